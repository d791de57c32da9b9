package main

import (
	"bytes"
	"database/sql"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // to change a database behind the server's back

	"cunwu/service/record"
)

// verifier runs cunwu verify and gives its exit code and what it printed.
func verifier(t *testing.T, args ...string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	code := run(t.Context(), append([]string{"verify"}, args...), nil, &out, &out)
	return code, out.String()
}

// Each way of changing the database is found by who kept a checkpoint, from
// outside, and nothing honest is reported.
func TestVerifyCommand(t *testing.T) { // not parallel: it sets the memory limit of the process
	cfg := testConfig(t, tempData(t))
	s := start(t, cfg)
	o := s.staff()
	first := o.publish(draftOf(testVillage, "2026-01"))
	o.publish(draftOf(testVillage, "2026-02"))
	gone := o.publish(draftOf(testVillage, "2026-03"))
	o.clerk.post("/api/v1/disclosures/"+gone+"/actions", obj{"action": "withdraw", "kind": "error", "reason": "金额写错，更正后重新公开。"}).want(http.StatusOK)
	site, state, mirror := s.anon.base, filepath.Join(t.TempDir(), "state"), filepath.Join(t.TempDir(), "mirror")
	if err := s.recordRules(t.Context()); err != nil {
		t.Fatal(err)
	}
	database := cfg.DatabaseURL
	code, out := verifier(t, site, "--state", state, "--save-mirror", mirror, "--database", database)
	if code != 0 || !strings.Contains(out, "!!! 第一次使用") || !strings.Contains(out, "打开核对了 2 条") || !strings.Contains(out, "全部一致") {
		t.Fatal(code, out)
	}
	if code, out = verifier(t, "--mirror", mirror); code != 0 || !strings.Contains(out, "全部一致") {
		t.Fatal(code, out)
	}
	behind := openBehind(t, database)
	for name, c := range map[string]struct{ change, undo, says string }{
		"amount": {
			"UPDATE posting_versions SET content = CAST(REPLACE(CAST(content AS TEXT), '126050', '26050') AS BLOB) WHERE posting_id = '" + first + "'",
			"UPDATE posting_versions SET content = CAST(REPLACE(CAST(content AS TEXT), '26050', '126050') AS BLOB) WHERE posting_id = '" + first + "'",
			"changed " + first,
		},
		"backdated": {
			"UPDATE posting_versions SET published_at = published_at - 86400000 WHERE posting_id = '" + first + "'",
			"UPDATE posting_versions SET published_at = published_at + 86400000 WHERE posting_id = '" + first + "'",
			"changed " + first,
		},
		"hidden": {
			"UPDATE postings SET id = 'x' WHERE id = '" + first + "'",
			"UPDATE postings SET id = '" + first + "' WHERE id = 'x'",
			"missing " + first,
		},
		"log entry": {
			"UPDATE log_entries SET data = CAST(REPLACE(CAST(data AS TEXT), '2026-02', '2026-03') AS BLOB)",
			"UPDATE log_entries SET data = CAST(REPLACE(CAST(data AS TEXT), '\"period\":\"2026-03\"', '\"period\":\"2026-02\"') AS BLOB) WHERE CAST(data AS TEXT) NOT LIKE '%" + gone + "%'",
			"tile ",
		},
	} {
		if _, err := behind.ExecContext(t.Context(), c.change); err != nil {
			t.Fatal(name, err)
		}
		if code, out = verifier(t, site, "--state", state); code != 1 || !strings.Contains(out, c.says) {
			t.Errorf("%s: %d, %s", name, code, out)
		}
		if _, err := behind.ExecContext(t.Context(), c.undo); err != nil {
			t.Fatal(name, err)
		}
	}
	if code, out = verifier(t, site, "--state", state, "--settle", "0s"); code != 0 {
		t.Fatalf("after all was put back: %d, %s", code, out)
	}
	if _, err := behind.ExecContext(t.Context(), "DELETE FROM log_entries WHERE id > 2"); err != nil {
		t.Fatal(err)
	}
	if code, out = verifier(t, site, "--state", state); code != 1 || !strings.Contains(out, "entry 第0条起") {
		t.Fatal(code, out)
	}
}

// openBehind opens a server's database beside it.
func openBehind(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(url, "sqlite:")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// A changed line of the journal is found by who has the database: its interval
// is in the record.
func TestVerifyCommand_Journal(t *testing.T) { // not parallel: it sets the memory limit of the process
	cfg := testConfig(t, tempData(t))
	s := start(t, cfg)
	s.staff()
	sealer := record.NewSealer(s.db.Journal(), time.Now)
	for range 2 { // rows ripen for a look; the server's own loop may be first
		if _, err := sealer.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	behind := openBehind(t, cfg.DatabaseURL)
	if code, out := verifier(t, s.anon.base, "--database", cfg.DatabaseURL); code != 0 {
		t.Fatal(code, out)
	}
	if _, err := behind.ExecContext(t.Context(), "UPDATE audit_events SET account = 'somebody' WHERE serial = 2"); err != nil {
		t.Fatal(err)
	}
	if code, out := verifier(t, s.anon.base, "--database", cfg.DatabaseURL); code != 1 || !strings.Contains(out, "database 操作日志") {
		t.Fatal(code, out)
	}
}

// A command line that cannot be meant is 2, what cannot be reached is 1.
func TestVerifyCommand_Usage(t *testing.T) { // not parallel: it sets the memory limit of the process
	for _, c := range []struct {
		args []string
		code int
	}{
		{nil, 2},
		{[]string{"nonsense"}, 2},
		{[]string{"https://cunwu.example", "--mirror", t.TempDir()}, 2},
		{[]string{"https://cunwu.example", "--deep", "some"}, 2},
		{[]string{"https://cunwu.example", "--quick"}, 2},
		{[]string{"--mirror", t.TempDir()}, 1},
		{[]string{"http://127.0.0.1:1"}, 1},
	} {
		if code, out := verifier(t, c.args...); code != c.code {
			t.Errorf("%v: %d, not %d: %s", c.args, code, c.code, out)
		}
	}
}

// A witness's own key is made once, for nobody else to read, and keeps its name.
func TestWitnessKeyFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "keys", "witness.key")
	if _, err := loadCosigner(file, ""); err == nil {
		t.Fatal("a key without a name was made")
	}
	made, err := loadCosigner(file, "witness.example/town")
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(err, info.Mode())
	}
	again, err := loadCosigner(file, "")
	if err != nil || again.VerifierKey() != made.VerifierKey() {
		t.Fatal(err)
	}
	if _, err := loadCosigner(file, "other.example"); err == nil {
		t.Fatal("a key changed its name")
	}
}
