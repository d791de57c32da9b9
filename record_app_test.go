package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"cunwu/service/record"
)

// proofBody is what a stranger gets to check a posting with.
type proofBody struct {
	Leaf       []byte   `json:"leaf"`
	Index      int64    `json:"index"`
	TreeSize   int64    `json:"tree_size"`
	Hashes     [][]byte `json:"hashes"`
	Checkpoint string   `json:"checkpoint"`
}

// holds checks the inclusion proof against the checkpoint's root.
func (p proofBody) holds(t *testing.T) {
	t.Helper()
	lines := strings.Split(p.Checkpoint, "\n")
	if len(lines) < 4 || lines[1] != strconv.FormatInt(p.TreeSize, 10) {
		t.Fatalf("checkpoint %q of a tree of %d", p.Checkpoint, p.TreeSize)
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		t.Fatal(err)
	}
	way := make(tlog.RecordProof, len(p.Hashes))
	for i, h := range p.Hashes {
		if copy(way[i][:], h) != tlog.HashSize {
			t.Fatalf("hash %d has %d bytes", i, len(h))
		}
	}
	if err := tlog.CheckRecord(way, p.TreeSize, root, p.Index, tlog.RecordHash(p.Leaf)); err != nil {
		t.Errorf("the proof does not hold: %v", err)
	}
}

// TestProof lets a stranger check a posting with nothing but what the door says.
func TestProof(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	o := s.staff()
	id := o.clerk.post("/api/v1/disclosures", draftOf(testVillage, "2026-01")).want(http.StatusCreated).str("id")
	o.clerk.get("/api/v1/disclosures/"+id+"/proof").problem(http.StatusNotFound, "record.not_found")
	s.anon.get("/api/v1/disclosures/"+id+"/proof").problem(http.StatusNotFound, "disclosure.not_found")
	if r := o.clerk.get("/api/v1/disclosures/" + id).want(http.StatusOK); r.at("log") != nil {
		t.Errorf("a draft stands in the log: %v", r.at("log"))
	}
	o.walk(id)
	o.publish(draftOf(testVillage, "2026-02"))

	shown := s.anon.get("/api/v1/disclosures/" + id).want(http.StatusOK)
	var p proofBody
	s.anon.get("/api/v1/disclosures/" + id + "/proof").want(http.StatusOK).into(&p)
	if fmt.Sprint(shown.at("log")) != fmt.Sprint(obj{"index": float64(p.Index)}) {
		t.Errorf("log %v, the proof is of %d", shown.at("log"), p.Index)
	}
	p.holds(t)
	l, at, err := record.ReadLeaf(p.Leaf)
	if err != nil {
		t.Fatal(err)
	}
	if l.Kind != record.KindPublished || l.Facts["id"] != id || l.Facts["digest"] != digestOfShown(t, shown.body) {
		t.Errorf("the entry %s does not speak of %s", p.Leaf, clip(shown.body))
	}
	if published, err := time.Parse(time.RFC3339Nano, shown.str("published_at")); err != nil || published.Unix() != at.Unix() {
		t.Errorf("published at %s, recorded at %s (%v)", shown.str("published_at"), at, err)
	}
	s.digests(t, id, p)
}

// digestOfShown computes a version's digest from the posting that the door
// shows, in the way that docs/verify.md tells.
func digestOfShown(t *testing.T, body []byte) string {
	t.Helper()
	type lineForm struct {
		Date       string `json:"date,omitempty"`
		Voucher    string `json:"voucher,omitempty"`
		Summary    string `json:"summary"`
		Category   string `json:"category,omitempty"`
		IncomeFen  int64  `json:"income_fen"`
		ExpenseFen int64  `json:"expense_fen"`
		BalanceFen *int64 `json:"balance_fen,omitempty"`
		Handler    string `json:"handler,omitempty"`
		Reviewer   string `json:"reviewer,omitempty"`
		Project    string `json:"project,omitempty"`
		Contract   string `json:"contract,omitempty"`
		Asset      string `json:"asset,omitempty"`
		Payee      string `json:"payee,omitempty"`
		Image      string `json:"image,omitempty"`
	}
	var form struct {
		Title      string            `json:"title"`
		Summary    string            `json:"summary"`
		Body       string            `json:"body,omitempty"`
		Fields     map[string]string `json:"fields,omitempty"`
		Lines      []lineForm        `json:"lines,omitempty"`
		IncomeFen  *int64            `json:"income_fen,omitempty"`
		ExpenseFen *int64            `json:"expense_fen,omitempty"`
		OpeningFen *int64            `json:"opening_fen,omitempty"`
		ClosingFen *int64            `json:"closing_fen,omitempty"`
		Media      []string          `json:"media,omitempty"`
		WrittenOn  string            `json:"written_on,omitempty"`
	}
	if err := json.Unmarshal(body, &form); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(form)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(raw))
}

// digests reads the export.
func (s *started) digests(t *testing.T, id string, p proofBody) {
	t.Helper()
	want := fmt.Sprintf("%s 1 %x %d", id, sha256.Sum256(p.Leaf), p.Index)
	whole := s.anon.get("/log/digests").want(http.StatusOK)
	lines := strings.Split(strings.TrimSuffix(string(whole.body), "\n"), "\n")
	if !strings.Contains(string(whole.body), want+"\n") || whole.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("the export lacks %q:\n%s", want, whole.body)
	}
	// Six offices (the administrator, the township, four of villages) and two postings.
	if len(lines) != 8 {
		t.Errorf("%d lines, want 8:\n%s", len(lines), whole.body)
	}
	rest := s.anon.get("/log/digests?after=" + strconv.FormatInt(p.Index, 10)).want(http.StatusOK)
	if strings.Contains(string(rest.body), id) || strings.Count(string(rest.body), "\n") != 1 {
		t.Errorf("after %d comes %q", p.Index, rest.body)
	}
	for _, bad := range []string{"x", "-2", "1.5", "99999999999999999999"} {
		s.anon.get("/log/digests?after="+bad).problem(http.StatusUnprocessableEntity, "request.invalid")
	}
}

// TestRuleBookIsRecorded starts twice: the same rules leave one entry.
func TestRuleBookIsRecorded(t *testing.T) {
	t.Parallel()
	dir := tempData(t)
	for range 2 {
		s := start(t, testConfig(t, dir))
		raw, err := s.db.Records().Leaves(t.Context(), 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, r := range raw {
			if l, _, err := record.ReadLeaf(r); err == nil && l.Kind == record.KindRules {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d entries of the rule book, want 1", n)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
