package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cunwu/service/ballot/sealed"
)

// sameOptions have labels of different lengths: what says one of them is longer.
var sameOptions = []obj{{"label": "修"}, {"label": "修村道"}, {"label": "修村道和水渠"}, {"label": "把钱存起来明年再说"}}

// sealedHall is a server with a log in a file and one open sealed ballot.
type sealedHall struct {
	*hall
	path, log string
	tools     [sealed.Seats]*sealed.Trustee
	keepers   [sealed.Seats]client
	notice    sealed.Notice
	poll      *sealed.Poll
	behind    *sql.DB
	url       string
}

func newSealedHall(t *testing.T, voters int, change obj) *sealedHall {
	t.Helper()
	name := filepath.Join(t.TempDir(), "log.json")
	f, err := os.Create(name) //nolint:gosec // a test's own file
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	cfg := testConfig(t, tempData(t))
	s := &sealedHall{log: name, url: cfg.DatabaseURL}
	s.hall = startAt(t, cfg, slog.New(slog.NewJSONHandler(f, &slog.HandlerOptions{Level: slog.LevelDebug}))).hall(voters)
	now := s.clock.Now()
	body := obj{
		"region": testVillage, "question": "集体收入先办哪一件", "kind": "choose_one", "options": sameOptions, "rule": "opinion",
		"sealed": true, "revote": true, "opens_at": stampOf(now, -1), "closes_at": stampOf(now, 120),
	}
	for k, v := range change {
		body[k] = v
	}
	s.path = "/api/v1/ballots/" + s.clerk.post("/api/v1/ballots", body).want(http.StatusCreated).str("id")
	s.keepers = s.hall.keepers()
	s.tools, s.notice, s.poll = s.giveKeys(t, s.path, s.keepers)
	s.behind = openBehind(t, cfg.DatabaseURL)
	return s
}

func (s *sealedHall) frame(option int) []byte {
	values := make([]byte, s.poll.Options)
	values[option] = 1
	f, err := s.poll.Frame(values)
	if err != nil {
		s.anon.t.Fatal(err)
	}
	return f
}

// ways are how a voter can cast in it; each gives the answer and the length of
// what was sent.
func (s *sealedHall) ways() map[string]func(voter, option int, key string) (reply, int) {
	header := func(key string) map[string]string {
		if key == "" {
			return map[string]string{}
		}
		return map[string]string{"Idempotency-Key": key}
	}
	plain := func(c client, option int, key string) (reply, int) {
		text := base64.StdEncoding.EncodeToString(s.frame(option))
		return c.do(http.MethodPost, s.path+"/casts/plain", strings.NewReader(text), header(key)), len(text)
	}
	return map[string]func(voter, option int, key string) (reply, int){
		"phone": func(voter, option int, key string) (reply, int) {
			b, err := s.poll.Seal(s.frame(option))
			if err != nil {
				s.anon.t.Fatal(err)
			}
			raw, _ := json.Marshal(obj{"ballot": b})
			h := header(key)
			h["Content-Type"] = "application/json"
			return s.voters[voter].do(http.MethodPost, s.path+"/casts", bytes.NewReader(raw), h), len(raw)
		},
		"server": func(voter, option int, key string) (reply, int) { return plain(s.voters[voter], option, key) },
		"helper": func(voter, option int, key string) (reply, int) { return plain(s.assisted(voter), option, key) },
	}
}

// assisted opens a session of help for a voter.
func (s *sealedHall) assisted(voter int) client {
	s.anon.t.Helper()
	token := s.clerk.post(s.path+"/assists", obj{"voter": s.residentOf(voter), "consent": "本人当面同意，家属在场。"}).want(http.StatusCreated).str("token")
	return client{t: s.anon.t, base: s.anon.base, token: token}
}

// logLines gives the lines of the log that speak of casts or of this ballot, but
// for the clerk's sessions of help.
func (s *sealedHall) logLines(from int64) []string {
	t := s.anon.t
	t.Helper()
	f, err := os.Open(s.log)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(raw)) {
		if strings.Contains(line, "/casts") || strings.Contains(line, s.path) || strings.Contains(line, `"cast"`) {
			if !strings.Contains(line, "assists") {
				out = append(out, line)
			}
		}
	}
	return out
}

// stored gives for each table that a cast may touch how many rows and how many
// bytes it has.
func (s *sealedHall) stored(ctx context.Context) map[string][2]int64 {
	t := s.anon.t
	t.Helper()
	out := map[string][2]int64{}
	for _, table := range []string{
		"ballots", "ballot_roll", "ballot_voters", "ballot_casts", "ballot_sealed", "ballot_trackers", "ballot_keeping", "receipts",
		"outbox", "audit_events", "log_leaves", "changes",
	} {
		columns := s.columns(ctx, table)
		if len(columns) == 0 {
			continue // no such table: counted below
		}
		for i, c := range columns {
			columns[i] = "CASE typeof(" + c + ") WHEN 'text' THEN LENGTH(CAST(" + c + " AS BLOB)) WHEN 'blob' THEN LENGTH(" + c + ") ELSE 8 END"
		}
		q := "SELECT COUNT(*), COALESCE(SUM(" + strings.Join(columns, "+") + "), 0) FROM " + table
		if table == "audit_events" { // others' acts go on beside the casts
			q += " WHERE action = 'ballot.cast'"
		}
		var n [2]int64
		if err := s.behind.QueryRowContext(ctx, q).Scan(&n[0], &n[1]); err != nil {
			t.Fatal(table, err)
		}
		out[table] = n
	}
	if len(out) < 10 || out["ballot_roll"][0] == 0 {
		t.Fatalf("tables were renamed: %v", out)
	}
	return out
}

// columns gives the names of a table's columns, none where there is no such table.
func (s *sealedHall) columns(ctx context.Context, table string) []string {
	t := s.anon.t
	t.Helper()
	rows, err := s.behind.QueryContext(ctx, "SELECT name FROM pragma_table_info(?)", table)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }() // read to the end
	var out []string
	for rows.Next() {
		var c string
		if err := rows.Scan(&c); err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// seen is what of one cast anybody but the voter can see, in sizes and words that
// do not change with time.
type seen struct{ answer, stored, log string }

func (s *sealedHall) watch(cast func() (reply, int)) seen {
	t := s.anon.t
	t.Helper()
	ctx := t.Context()
	before := s.stored(ctx)
	info, err := os.Stat(s.log)
	if err != nil {
		t.Fatal(err)
	}
	r, sent := cast()
	r.want(http.StatusOK)
	heads := []string{}
	for name, values := range r.header {
		if name != "Date" {
			heads = append(heads, fmt.Sprintf("%s %d", name, len(strings.Join(values, ""))))
		}
	}
	slices.Sort(heads)
	changed := []string{}
	for table, now := range s.stored(ctx) {
		rows, size := now[0]-before[table][0], now[1]-before[table][1]
		if table == "outbox" { // which is emptied meanwhile
			rows, size = max(rows, 0), max(size, 0)
		}
		changed = append(changed, fmt.Sprintf("%s %d %d", table, rows, size))
	}
	slices.Sort(changed)
	return seen{
		answer: fmt.Sprint(sent, r.status, len(r.body), heads), stored: fmt.Sprint(changed),
		log: fmt.Sprint(s.logLines(info.Size())),
	}
}

// sameMetrics: metrics of casts are told apart by route, status and time alone.
func (s *sealedHall) sameMetrics() {
	t := s.anon.t
	t.Helper()
	r := client{t: t, base: "http://" + s.MetricsAddr()}.get("/metrics").want(http.StatusOK)
	lines := 0
	for line := range strings.Lines(string(r.body)) {
		if _, labels, ok := strings.Cut(line, "{"); ok && strings.Contains(line, "casts") {
			lines++
			for label := range strings.SplitSeq(labels[:strings.LastIndexByte(labels, '}')], ",") {
				if name, _, _ := strings.Cut(label, "="); !slices.Contains([]string{"route", "le", "method", "status"}, name) {
					t.Errorf("a metric of casts says %s", label)
				}
			}
		}
	}
	if lines < 10 {
		t.Errorf("only %d metrics of casts: the search is broken", lines)
	}
}

// TestSealed_SameForEveryChoice: lengths of request and answer, log, metrics,
// journal, messages and rows are the same whatever is chosen, by each way; and
// request, answer and log also for who votes once more.
func TestSealed_SameForEveryChoice(t *testing.T) {
	t.Parallel()
	s := newSealedHall(t, 3*len(sameOptions), nil)
	voter := 0
	for way, cast := range s.ways() {
		var first, again []seen
		for option := range sameOptions {
			key := fmt.Sprint("k", option)
			first = append(first, s.watch(func() (reply, int) { return cast(voter+option, option, key) }))
			other := (option + 1) % len(sameOptions)
			again = append(again, s.watch(func() (reply, int) { return cast(voter+option, other, key+"x") }))
		}
		voter += len(sameOptions)
		for option := range sameOptions {
			for name, pair := range map[string][2]seen{"first": {first[0], first[option]}, "again": {again[0], again[option]}} {
				if pair[0] != pair[1] {
					t.Errorf("%s, %s, option %d:\n%+v\noption 0:\n%+v", way, name, option, pair[1], pair[0])
				}
			}
			if a, b := first[0], again[option]; a.answer != b.answer || a.log != b.log {
				t.Errorf("%s: who votes once more is seen to: %+v, first %+v", way, b, a)
			}
		}
		if first[0].log != "[]" {
			t.Errorf("%s: the log says %s", way, first[0].log)
		}
	}
	s.sameMetrics()
}

// TestSealed_Receipts: what is kept for repeats joins voter and envelope no more
// than the roll does: no time of a cast but the day, no fingerprint of a choice,
// and the first answer whatever a repeat says.
func TestSealed_Receipts(t *testing.T) {
	t.Parallel()
	s := newSealedHall(t, 6, nil)
	open, _ := s.question(obj{"revote": true})
	s.moveTo(s.clock.Now().Add(17 * time.Minute))
	from := s.clock.Now().UnixMilli()
	voter := 0
	for way, cast := range s.ways() {
		if way == "helper" {
			continue // its token is used up by the first: below
		}
		one, _ := cast(voter, 0, "same")
		two, _ := cast(voter, map[string]int{"phone": 0, "server": 3}[way], "same")
		if way == "server" && (!bytes.Equal(one.want(http.StatusOK).body, two.want(http.StatusOK).body) || two.header.Get("Idempotent-Replayed") != "true") {
			t.Errorf("%s: %s, first %s", way, two.body, one.body)
		}
		if way == "phone" { // another envelope is another request, of which nothing can be told
			two.problem(http.StatusUnprocessableEntity, "idempotency.mismatch")
		}
		voter++
	}
	helped := s.assisted(voter)
	send := func(option int) reply {
		return helped.do(http.MethodPost, s.path+"/casts/plain", strings.NewReader(base64.StdEncoding.EncodeToString(s.frame(option))), map[string]string{"Idempotency-Key": "same"})
	}
	one, two := send(1).want(http.StatusOK), send(2).want(http.StatusOK)
	if !bytes.Equal(one.body, two.body) || one.str("sealed_by_label") != "协助投票" || one.str("origin") != "assisted" {
		t.Errorf("%s, first %s", two.body, one.body)
	}
	s.voters[5].post("/api/v1/ballots/"+open+"/casts", obj{"choices": []string{"yes"}}, "Idempotency-Key", "open").want(http.StatusOK)
	to := s.clock.Now().UnixMilli()

	timed, days := 0, map[int64]bool{}
	rows, err := s.behind.QueryContext(t.Context(), "SELECT digest, body, at FROM receipts")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }() // read to the end
	none := make([]byte, 32)
	plain := 0
	for rows.Next() {
		var digest, body []byte
		var at int64
		if err := rows.Scan(&digest, &body, &at); err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(body, []byte(`"sealed_by"`)) {
			if at >= from && at <= to && bytes.Contains(body, []byte(`"tracker"`)) {
				timed++
			}
			continue
		}
		days[at] = true
		if at >= from && at <= to {
			t.Errorf("a sealed cast's receipt has its time: %s", body)
		}
		if !bytes.Contains(body, []byte(`"phone"`)) {
			plain++
			if !bytes.Equal(digest, none) {
				t.Errorf("a fingerprint of a plain choice: %x", digest)
			}
		}
	}
	if err := rows.Err(); err != nil || timed != 1 || plain != 2 || len(days) != 1 {
		t.Errorf("%d of an open ballot with their time, %d plain, days %v: %v", timed, plain, days, err)
	}
	s.noTimes(from, to)
}

// noTimes: no row that names a voter's entry or envelope holds a time of casting.
func (s *sealedHall) noTimes(from, to int64) {
	t := s.anon.t
	t.Helper()
	looked := 0
	for _, table := range []string{"ballot_sealed", "ballot_trackers", "ballot_roll", "ballot_voters"} {
		for _, column := range s.columns(t.Context(), table) {
			looked++
			var n int
			q := "SELECT COUNT(*) FROM " + table + " WHERE typeof(" + column + ") = 'integer' AND " + column + " BETWEEN ? AND ?" //nolint:gosec // names of our own tables
			if err := s.behind.QueryRowContext(t.Context(), q, from, to).Scan(&n); err != nil || n > 0 {
				t.Errorf("%s.%s holds %d times of casting: %v", table, column, n, err)
			}
		}
	}
	if looked < 15 {
		t.Errorf("only %d columns: the search is broken", looked)
	}
}
