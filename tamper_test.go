package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"cunwu/repository"
	"cunwu/service/calendar"
	"cunwu/service/record"
	"cunwu/verify"
)

// evidence is a server's data folder that was left behind, and what a verifier
// remembers of it.
type evidence struct {
	data, state string
	lastWeek    string   // a backup from before the last postings
	ids         []string // of postings, in the order of publication
	picture     string   // name of an attachment's stored bytes
	polls       []string // of certified ballots, then one that is still open
}

// gather runs a server with published postings, lets a verifier look, and stops it.
func gather(t *testing.T) evidence {
	t.Helper()
	e := evidence{data: tempData(t), state: t.TempDir(), lastWeek: filepath.Join(t.TempDir(), "lastweek.tar")}
	t.Run("Gather", func(t *testing.T) {
		s := start(t, testConfig(t, e.data))
		o := s.staff()
		for m := 1; m <= 4; m++ {
			d := draftOf(testVillage, fmt.Sprintf("2026-%02d", m))
			up := o.clerk.upload("票据.png", photo(t)).want(http.StatusCreated)
			d["media"] = []string{up.str("id")}
			e.picture = strings.TrimPrefix(up.str("url"), "/media/")
			e.ids = append(e.ids, o.publish(d))
			if m == 2 {
				command(t, e.data, 0, "backup", e.lastWeek)
			}
		}
		o.withdraw(e.ids[0])
		e.polls = s.polls(o)
		s.seal()
		if r := s.verified(e.state); !r.OK() {
			t.Fatalf("an honest site is reported: %v", r.Findings)
		}
	})
	if t.Failed() {
		t.FailNow()
	}
	return e
}

// polls holds two ballots to their certified end, and opens a third.
func (s *started) polls(o *office) []string {
	h := s.hallOf(o, 12)
	var out []string
	closes := h.clock.Now()
	for i, question := range []string{"是否同意用集体收入修缮村道", "是否同意把老学校租给合作社"} {
		id, at := h.question(obj{"question": question})
		for j, c := range h.voters[:8+i] {
			c.post("/api/v1/ballots/"+id+"/casts", obj{"choices": []string{[]string{"yes", "yes", "no"}[j%3]}}).want(http.StatusOK)
		}
		out, closes = append(out, id), at
	}
	h.moveTo(closes)
	for _, id := range out {
		h.counted("/api/v1/ballots/" + id)
		h.supervisor.post("/api/v1/ballots/"+id+"/actions", obj{"action": "certify", "opinion": "与名册核对一致，同意公布。"}).want(http.StatusOK)
	}
	id, _ := h.question(obj{"question": "是否同意三组自来水改道"})
	return append(out, id)
}

func (o *office) withdraw(id string) {
	o.clerk.t.Helper()
	o.clerk.post("/api/v1/disclosures/"+id+"/actions", obj{"action": "withdraw", "reason": "一笔电费金额写错", "kind": "error"}).want(http.StatusOK)
}

// command runs the program with a data folder and wants an exit code.
func command(t *testing.T, data string, want int, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if code := run(t.Context(), args, []string{"CUNWU_DATA=" + data}, &out, &out); code != want {
		t.Fatalf("cunwu %s: exit %d, want %d\n%s", strings.Join(args, " "), code, want, out.String())
	}
	return out.String()
}

// seal waits until the journal up to now has its digest in the record. Whoever
// holds the lease does it: this, or the server's own loop.
func (s *started) seal() {
	t := s.anon.t
	t.Helper()
	last, err := s.db.Journal().LastAuditSerial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sealer := record.NewSealer(s.db.Journal(), s.clock.Now)
	eventually(t, time.Minute, "the journal is sealed", func() bool {
		if _, err := sealer.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		text, _, err := s.db.Setting(t.Context(), record.IntervalSetting)
		var mark struct {
			To int64 `json:"to"`
		}
		return err == nil && json.Unmarshal([]byte(text), &mark) == nil && mark.To >= last
	})
}

// verified runs the verifier as an auditor with the database at hand would.
func (s *started) verified(state string) *verify.Report {
	t := s.anon.t
	t.Helper()
	site, err := verify.NewSite(s.anon.base)
	if err != nil {
		t.Fatal(err)
	}
	r, err := verify.Verify(t.Context(), verify.Options{Source: site, State: state, Deep: verify.All, Settle: 10 * time.Second, Auditor: newAuditor(s.db)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// copied gives a copy of the evidence to spoil.
func (e evidence) copied(t *testing.T) evidence {
	t.Helper()
	data, state := tempData(t), filepath.Join(t.TempDir(), "state")
	for to, from := range map[string]string{data: e.data, state: e.state} {
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	e.data, e.state = data, state
	return e
}

// forged is the database of a stopped server in the hands of its operator.
type forged struct {
	t *testing.T
	*sql.DB
	evidence
}

func (e evidence) open(t *testing.T) forged {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(e.data, "cunwu.db"))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return forged{t, db, e}
}

// exec changes rows, and wants that it changed some.
func (f forged) exec(query string, args ...any) {
	f.t.Helper()
	res, err := f.ExecContext(f.t.Context(), query, args...)
	if err != nil {
		f.t.Fatal(err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		f.t.Fatalf("%s changed %d rows: %v", query, n, err)
	}
}

func (f forged) leaves() [][]byte {
	f.t.Helper()
	rows, err := f.QueryContext(f.t.Context(), "SELECT data FROM log_entries ORDER BY id")
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var out [][]byte
	for rows.Next() {
		var data []byte
		if err := rows.Scan(&data); err != nil {
			f.t.Fatal(err)
		}
		out = append(out, data)
	}
	if err := rows.Err(); err != nil {
		f.t.Fatal(err)
	}
	return out
}

// rebuild writes another log, with every hash as it should be.
func (f forged) rebuild(leaves [][]byte) {
	f.t.Helper()
	for _, table := range []string{"log_entries", "log_hashes"} {
		f.exec("DELETE FROM " + table)
	}
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, x := range indexes {
			out[i] = stored[x]
		}
		return out, nil
	})
	var last struct {
		At int64 `json:"at"`
	}
	for i, data := range leaves {
		hashes, err := tlog.StoredHashes(int64(i), data, reader)
		if err != nil {
			f.t.Fatal(err)
		}
		f.exec("INSERT INTO log_entries (id, data) VALUES (?, ?)", i, data)
		for _, h := range hashes {
			f.exec("INSERT INTO log_hashes (id, hash) VALUES (?, ?)", len(stored), h[:])
			stored = append(stored, h)
		}
		if err := json.Unmarshal(data, &last); err != nil {
			f.t.Fatal(err)
		}
	}
	root, err := tlog.TreeHash(int64(len(leaves)), reader)
	if err != nil {
		f.t.Fatal(err)
	}
	f.exec("UPDATE log_head SET size = ?, root = ?, last_at = ?", len(leaves), root[:], last.At)
}

// cheaper makes the last posting's largest expense smaller, in the text, the
// totals and what the feeds show; honest readers of the page see no fault.
func (f forged) cheaper() (before, after string) {
	f.t.Helper()
	id := f.ids[len(f.ids)-1]
	var content []byte
	if err := f.QueryRowContext(f.t.Context(), "SELECT content FROM posting_versions WHERE posting_id = ?", id).Scan(&content); err != nil {
		f.t.Fatal(err)
	}
	other := bytes.ReplaceAll(content, []byte("126050"), []byte("26050"))
	if bytes.Equal(content, other) {
		f.t.Fatal("there is no such amount")
	}
	f.exec("UPDATE posting_versions SET content = ? WHERE posting_id = ?", other, id)
	f.exec("UPDATE postings SET expense_fen = 26050 WHERE id = ?", id)
	sum := func(b []byte) string { s := sha256.Sum256(b); return hex.EncodeToString(s[:]) }
	return sum(content), sum(other)
}

func (f forged) cheaperWithDigest() (before, after string) {
	f.t.Helper()
	before, after = f.cheaper()
	f.exec("UPDATE posting_versions SET digest = ? WHERE digest = ?", after, before)
	return before, after
}

// tamperings are the ways to change what was public, by what a verifier says.
var tamperings = []struct {
	name string
	do   func(f forged)
	want []verify.Code // one of these is found
}{
	{"EditAmount", func(f forged) { f.cheaper() }, []verify.Code{verify.Changed, verify.Content}},
	{"EditAmountAndDigest", func(f forged) { f.cheaperWithDigest() }, []verify.Code{verify.Changed}},
	{"Backdate", func(f forged) {
		f.exec("UPDATE postings SET published_at = published_at - 2592000000, first_at = first_at - 2592000000, posted_from = posted_from - 2592000000 WHERE id = ?", f.ids[3])
		f.exec("UPDATE posting_versions SET published_at = published_at - 2592000000 WHERE posting_id = ?", f.ids[3])
	}, []verify.Code{verify.Changed}},
	{"BackdateVersion", func(f forged) {
		f.exec("UPDATE posting_versions SET published_at = published_at - 2592000000 WHERE posting_id = ?", f.ids[3])
	}, []verify.Code{verify.Changed}},
	{"Delete", func(f forged) {
		f.exec("DELETE FROM feed_entries WHERE pos = (SELECT pos FROM postings WHERE id = ?)", f.ids[2])
		f.exec("DELETE FROM posting_versions WHERE posting_id = ?", f.ids[2])
		f.exec("DELETE FROM postings WHERE id = ?", f.ids[2])
	}, []verify.Code{verify.Missing}},
	{"DeleteTombstone", func(f forged) {
		f.exec("DELETE FROM posting_versions WHERE posting_id = ?", f.ids[0])
		f.exec("DELETE FROM postings WHERE id = ?", f.ids[0])
	}, []verify.Code{verify.Missing}},
	{"ReorderLeaves", func(f forged) {
		l := f.leaves()
		f.exec("UPDATE log_entries SET data = ? WHERE id = 2", l[1])
		f.exec("UPDATE log_entries SET data = ? WHERE id = 1", l[2])
	}, []verify.Code{verify.Tree, verify.Fork, verify.Tile}},
	{"ReorderLeavesAndHashes", func(f forged) {
		l := f.leaves()
		l[1], l[2] = l[2], l[1]
		f.rebuild(l)
	}, []verify.Code{verify.Fork}},
	{"InsertLeafInThePast", func(f forged) {
		l := f.leaves()
		f.rebuild(slices.Insert(l, 2, l[1]))
	}, []verify.Code{verify.Fork}},
	{"Truncate", func(f forged) {
		l := f.leaves()
		f.rebuild(l[:len(l)-3])
	}, []verify.Code{verify.Rollback}},
	{"SwapAttachment", func(f forged) {
		path := filepath.Join(f.data, "objects", f.picture[:2], f.picture)
		if err := os.WriteFile(path, photo(f.t), 0o600); err != nil {
			f.t.Fatal(err)
		}
	}, []verify.Code{verify.Attachment}},
	{"SwapAttachmentAndRow", func(f forged) {
		other := photo(f.t)
		sum := sha256.Sum256(other)
		digest := hex.EncodeToString(sum[:])
		folder := filepath.Join(f.data, "objects", digest[:2])
		if err := os.MkdirAll(folder, 0o750); err != nil {
			f.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, digest+".png"), other, 0o600); err != nil {
			f.t.Fatal(err)
		}
		f.exec("UPDATE media_objects SET digest = ? WHERE digest = ?", digest, f.picture[:64])
	}, []verify.Code{verify.Changed, verify.Attachment}},
	{"EditAuditRow", func(f forged) {
		f.exec("UPDATE audit_events SET account = 'somebodyelse' WHERE action LIKE 'disclosure.%' AND serial = (SELECT MIN(serial) FROM audit_events WHERE action LIKE 'disclosure.%')")
	}, []verify.Code{verify.Database}},
	{"DeleteAuditRow", func(f forged) {
		f.exec("DELETE FROM audit_events WHERE serial = 3")
	}, []verify.Code{verify.Database}},
	{"EditResult", func(f forged) {
		f.exec(`UPDATE ballots SET tally = REPLACE(REPLACE(tally, '"yes":6', '"yes":4'), '"no":2', '"no":4') WHERE id = ?`, f.polls[0])
	}, []verify.Code{verify.Ballot}},
	{"EditResultAndWords", func(f forged) {
		f.exec(`UPDATE ballots SET tally = REPLACE(REPLACE(tally, '"Passed":true', '"Passed":false'), '通过', '不通过') WHERE id = ?`, f.polls[0])
	}, []verify.Code{verify.Ballot}},
	{"EditQuestionAfterOpening", func(f forged) {
		f.exec("UPDATE ballots SET definition = REPLACE(definition, '自来水', '灌溉渠') WHERE id = ?", f.polls[2])
	}, []verify.Code{verify.Ballot}},
	{"EditQuestionAfterResult", func(f forged) {
		f.exec("UPDATE ballots SET definition = REPLACE(definition, '修缮', '拆除') WHERE id = ?", f.polls[0])
	}, []verify.Code{verify.Ballot}},
	{"DropCast", func(f forged) {
		f.exec("DELETE FROM ballot_casts WHERE tracker = (SELECT MIN(tracker) FROM ballot_casts WHERE ballot = "+pollNumber+")", f.polls[0])
	}, []verify.Code{verify.Ballot}},
	{"AddCast", func(f forged) {
		f.exec("INSERT INTO ballot_casts (ballot, voter, pattern, origin, tracker) SELECT ballot, voter + 1, 'no', 'online', '22222222222222222222' FROM ballot_casts c WHERE ballot = "+pollNumber+
			" AND NOT EXISTS (SELECT 1 FROM ballot_casts d WHERE d.ballot = c.ballot AND d.voter = c.voter + 1) ORDER BY voter LIMIT 1", f.polls[0])
	}, []verify.Code{verify.Ballot}},
	{"ChangeCast", func(f forged) {
		f.exec("UPDATE ballot_casts SET pattern = 'no' WHERE tracker = (SELECT MIN(tracker) FROM ballot_casts WHERE pattern = 'yes' AND ballot = "+pollNumber+")", f.polls[0])
	}, []verify.Code{verify.Ballot}},
	{"SwapExports", func(f forged) {
		f.exec("UPDATE ballot_casts SET ballot = -1 WHERE ballot = "+pollNumber, f.polls[0])
		f.exec("UPDATE ballot_casts SET ballot = (SELECT number FROM ballots WHERE id = ?) WHERE ballot = "+pollNumber, f.polls[0], f.polls[1])
		f.exec("UPDATE ballot_casts SET ballot = "+pollNumber+" WHERE ballot = -1", f.polls[1])
	}, []verify.Code{verify.Ballot}},
	{"ChangeRollSize", func(f forged) {
		f.exec("UPDATE ballots SET roll_size = roll_size + 5 WHERE id = ?", f.polls[0])
	}, []verify.Code{verify.Ballot}},
	{"EditOpinion", func(f forged) {
		f.exec("UPDATE ballots SET opinion = '同意。' WHERE id = ?", f.polls[0])
	}, []verify.Code{verify.Ballot}},
	{"DeleteBallot", func(f forged) {
		f.exec("DELETE FROM ballots WHERE id = ?", f.polls[1])
	}, []verify.Code{verify.Missing}},
	{"HideResult", func(f forged) {
		f.exec("UPDATE ballots SET state = 'counted' WHERE id = ?", f.polls[1])
	}, []verify.Code{verify.Ballot, verify.Missing}},
	// The key lies in the data folder: the server signs what it finds.
	{"RewriteEverythingAndSign", func(f forged) {
		before, after := f.cheaperWithDigest()
		l := f.leaves()
		for i := range l {
			l[i] = bytes.ReplaceAll(l[i], []byte(before), []byte(after))
		}
		f.rebuild(l)
	}, []verify.Code{verify.Fork}},
}

// pollNumber finds the narrow key of a ballot.
const pollNumber = "(SELECT number FROM ballots WHERE id = ?)"

// tamperingWords are what the report must say of some of them, in plain words.
var tamperingWords = map[string]string{
	"EditResult":               "公布的结果被改动过",
	"EditResultAndWords":       "重新计票和公布的结果不同",
	"EditQuestionAfterOpening": "在开始以后被改动过",
	"EditQuestionAfterResult":  "表决的内容（问题、选项、谁来投、按什么规则、时间）被改动过",
	"DropCast":                 "少了 1 票：公布结果时存证的是 8 票，现在导出的只有 7 票",
	"AddCast":                  "多了 1 票：公布结果时存证的是 8 票，现在导出的有 9 票",
	"ChangeCast":               "有票被换过或改过",
	"SwapExports":              "少了 1 票：公布结果时存证的是 9 票，现在导出的只有 8 票",
	"ChangeRollSize":           "名册人数被改动过：存证是 13，现在显示 18",
	"EditOpinion":              "监委会的意见和公布结果时存证的不同",
	"DeleteBallot":             "网站上打不开",
	"HideResult":               "已计票，还没确认",
}

// Whoever holds an older checkpoint finds each way of changing what was public.
func TestTampering(t *testing.T) {
	e := gather(t)
	for _, m := range tamperings {
		t.Run(m.name, func(t *testing.T) {
			e := e.copied(t)
			f := e.open(t)
			f.t = t
			m.do(f)
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			r := again(t, e.data).verified(e.state)
			found := slices.ContainsFunc(r.Findings, func(x verify.Finding) bool { return slices.Contains(m.want, x.Code) })
			if !found {
				t.Errorf("want %v, found %v", m.want, r.Findings)
			}
			said := ""
			for _, x := range r.Findings {
				t.Log(x)
				said += x.String() + "\n"
			}
			if words := tamperingWords[m.name]; !strings.Contains(said, words) {
				t.Errorf("no line says %q", words)
			}
		})
	}
	t.Run("Untouched", func(t *testing.T) {
		e := e.copied(t)
		r := again(t, e.data).verified(e.state)
		if !r.OK() {
			t.Errorf("reported: %v", r.Findings)
		}
		if len(r.Ballots) != 2 || r.Ballots[0].Cast != 8 || !r.Ballots[0].Agrees || !r.SM2 ||
			!strings.Contains(r.Ballots[0].Words, "应到 13 人，实到 8 人，满足过半数；赞成 6，反对 2，弃权 0；") {
			t.Errorf("counted again: %+v, SM2 %v", r.Ballots, r.SM2)
		}
	})
	t.Run("RestoreOfLastWeek", func(t *testing.T) { restoreLastWeek(t, e.copied(t)) })
}

// restoreLastWeek goes back to an old backup: the command refuses where it can
// know, and the verifier says so where it was forced.
func restoreLastWeek(t *testing.T, e evidence) {
	for _, name := range []string{"cunwu.db", "cunwu.db-wal", "cunwu.db-shm", "objects"} {
		if err := os.RemoveAll(filepath.Join(e.data, name)); err != nil {
			t.Fatal(err)
		}
	}
	if out := command(t, e.data, 1, "restore", e.lastWeek, "--state", e.state); !strings.Contains(out, "--accept-rollback") {
		t.Errorf("the refusal: %s", out)
	}
	if _, err := os.Stat(filepath.Join(e.data, "cunwu.db")); err == nil {
		t.Fatal("restored in spite of the refusal")
	}
	command(t, e.data, 0, "restore", e.lastWeek, "--state", e.state, "--accept-rollback")
	r := again(t, e.data).verified(e.state)
	if len(r.Findings) == 0 || r.Findings[0].Code != verify.Rollback {
		t.Errorf("found %v", r.Findings)
	}
}

// again starts a server on a data folder as it was left.
func again(t *testing.T, data string) *started {
	t.Helper()
	app, err := NewApp(t.Context(), withDemoAccount(testConfig(t, data)), quiet(), demoOptions(nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
		defer cancel()
		if err := app.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return &started{App: app, anon: client{t: t, base: "http://" + app.Addr()}}
}

// What honest people do is never reported: a thousand operations, with looks of
// the verifier, restarts and a move to another machine in between.
func TestHonestOperations(t *testing.T) {
	if testing.Short() {
		t.Skip("a thousand operations")
	}
	data, state := tempData(t), t.TempDir()
	s := start(t, testConfig(t, data))
	o := s.staff()
	operations := 0
	for year := 2025; operations < 1000; year-- {
		for month := 1; month <= 12; month++ {
			id := o.publish(draftOf(testVillage, fmt.Sprintf("%d-%02d", year, month)))
			operations += 5
			if month%4 == 0 {
				o.withdraw(id)
				operations++
			}
		}
		if year%4 == 0 {
			if r := s.verified(state); !r.OK() {
				t.Fatalf("after %d operations: %v", operations, r.Findings)
			}
		}
	}
	s.seal()
	if r := s.verified(state); !r.OK() {
		t.Fatalf("after %d operations: %v", operations, r.Findings)
	}
	backup, moved := filepath.Join(t.TempDir(), "backup"), tempData(t)
	command(t, data, 0, "backup", backup, "--with-keys")
	command(t, moved, 0, "restore", backup, "--state", state)
	if r := again(t, moved).verified(state); !r.OK() {
		t.Errorf("on another machine: %v", r.Findings)
	}
}

// settable is a clock that a test sets.
type settable struct {
	mu  sync.Mutex
	now time.Time
}

func (c *settable) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *settable) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// A clock set back more than 5 s before the last leaf refuses to publish; less
// is an ordinary correction of the clock, and the record's times do not go back.
func TestClockSetBack(t *testing.T) {
	clock := &settable{now: time.Now().In(calendar.China).Truncate(time.Millisecond)}
	// Limits of writes go by the clock as well; here they are not to be the first to refuse.
	s := start(t, testConfig(t, tempData(t), "CUNWU_WRITES_PER_SECOND=0"), func(o *appOptions) { o.clock = clock })
	o := s.staff()
	first := o.publish(draftOf(testVillage, "2026-01"))
	id := o.clerk.post("/api/v1/disclosures", draftOf(testVillage, "2026-02")).want(http.StatusCreated).str("id")
	for _, step := range []struct {
		by   client
		body obj
	}{
		{o.clerk, obj{"action": "submit"}},
		{o.supervisor, obj{"action": "approve", "opinion": "账目与凭证一致，同意公开。"}},
		{o.director, obj{"action": "confirm", "note": "村委会会议已确认。"}},
	} {
		step.by.post("/api/v1/disclosures/"+id+"/actions", step.body).want(http.StatusOK)
	}
	clock.add(-5001 * time.Millisecond)
	publish := func() reply { return o.clerk.post("/api/v1/disclosures/"+id+"/actions", obj{"action": "publish"}) }
	r := publish()
	r.problem(http.StatusServiceUnavailable, "record.clock_back")
	if r.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	clock.add(time.Second)
	publish().want(http.StatusOK)
	at := func(id string) string {
		return s.anon.get("/api/v1/disclosures/" + id).want(http.StatusOK).str("published_at")
	}
	if at(id) < at(first) {
		t.Errorf("published at %s, after what was published at %s", at(id), at(first))
	}
}

// Backup and restore by their commands, with everything that can be refused.
func TestBackupCommands(t *testing.T) {
	data := tempData(t)
	dir := t.TempDir()
	s := start(t, testConfig(t, data))
	o := s.staff()
	d := draftOf(testVillage, "2026-01")
	up := o.clerk.upload("票据.png", photo(t)).want(http.StatusCreated)
	d["media"] = []string{up.str("id")}
	id := o.publish(d)
	for _, to := range []string{"folder", "file.tar"} {
		to = filepath.Join(dir, to)
		if out := command(t, data, 0, "backup", to); !strings.Contains(out, "密钥不在备份里") {
			t.Error(out)
		}
		command(t, data, 1, "backup", to) // never over another
		elsewhere := tempData(t)
		command(t, elsewhere, 0, "restore", to)
		if out := command(t, elsewhere, 1, "restore", to); !strings.Contains(out, "只能恢复到空的地方") {
			t.Error(out)
		}
		for _, key := range []string{"seal.key", "mac.key", "log.key"} {
			if _, err := os.Stat(filepath.Join(elsewhere, key)); err == nil {
				t.Errorf("%s came out of a backup without keys", key)
			}
			if err := writeWhole(filepath.Join(elsewhere, key), []byte(readText(t, filepath.Join(data, key)))); err != nil {
				t.Fatal(err)
			}
		}
		there := again(t, elsewhere)
		there.anon.get("/api/v1/disclosures/" + id).want(http.StatusOK)
		there.anon.get(up.str("url")).want(http.StatusOK)
	}
	s.leaveCheckpoint(t.Context())
	withKeys := filepath.Join(dir, "keys")
	if out := command(t, data, 0, "backup", withKeys, "--with-keys"); !strings.Contains(out, "!!!") {
		t.Errorf("no warning: %s", out)
	}
	checkpoint := filepath.Join(withKeys, "checkpoint")
	if _, err := os.Stat(checkpoint); err != nil {
		t.Error(err)
	}
	command(t, tempData(t), 0, "restore", withKeys, "--checkpoint", checkpoint)
	if out := command(t, tempData(t), 1, "restore", dir); !strings.Contains(out, "不是一份完整的备份") {
		t.Error(out)
	}
	o.publish(draftOf(testVillage, "2026-02"))
	eventually(t, 10*time.Second, "a checkpoint of what came later", func() bool {
		s.leaveCheckpoint(t.Context())
		_, head, err := repository.ParseCheckpoint(readText(t, filepath.Join(data, checkpointFile)))
		return err == nil && head.Size > treeSize(t, withKeys)
	})
	later := filepath.Join(data, checkpointFile)
	if out := command(t, tempData(t), 1, "restore", withKeys, "--checkpoint", later); !strings.Contains(out, "--accept-rollback") {
		t.Error(out)
	}
	// A folder whose server left a checkpoint needs no reminder.
	known := tempData(t)
	if err := writeWhole(filepath.Join(known, checkpointFile), []byte(readText(t, later))); err != nil {
		t.Fatal(err)
	}
	command(t, known, 1, "restore", withKeys)
	command(t, known, 0, "restore", withKeys, "--accept-rollback")
	if readText(t, filepath.Join(known, checkpointFile)) != readText(t, checkpoint) {
		t.Error("the checkpoint that was given up is still the known one")
	}
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func treeSize(t *testing.T, backup string) int64 {
	t.Helper()
	var m repository.Manifest
	if err := json.Unmarshal([]byte(readText(t, filepath.Join(backup, "manifest.json"))), &m); err != nil {
		t.Fatal(err)
	}
	return m.Tree.Size
}
