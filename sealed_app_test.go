package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	signed "golang.org/x/mod/sumdb/note"

	"cunwu/service/ballot/sealed"
	"cunwu/service/calendar"
)

// TestSealed_OverHTTP: a sealed ballot from keys to erasure through the door,
// with the keepers' files as their tool writes them.
func TestSealed_OverHTTP(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t, tempData(t))
	h := start(t, cfg).hall(14)
	now := h.clock.Now()
	k := h.keepers()
	path := h.draftSealed(k)
	h.clerk.post(path+"/actions", obj{"action": "open"}).problem(http.StatusConflict, "ballot.sealed_not_ready")
	h.anon.get(path+"/notice").problem(http.StatusNotFound, "ballot.not_found")
	tools, n, poll := h.giveKeys(t, path, k)
	keepers := k
	h.castSealed(t, path, poll)
	h.moveTo(now.Add(121 * time.Minute))
	h.anon.get(path+"/result").problem(http.StatusConflict, "ballot.not_certified")
	h.anon.get(path+"/export").problem(http.StatusConflict, "ballot.not_certified")
	h.clerk.get(path+"/rows").problem(http.StatusForbidden, "ballot.not_keeper")
	h.openSealed(t, path, n, poll, tools, keepers)
	h.supervisor.post(path+"/actions", obj{"action": "certify", "opinion": "两位保管人签字齐全，同意公布。"}).want(http.StatusOK)
	e := h.anon.get(path + "/export").want(http.StatusOK)
	if box, _ := e.at("box").([]any); len(box) != 14 || e.at("ballots") != nil || e.str("pair") != "AC" || e.str("commitments", "peeled") == "" {
		t.Errorf("%s", e.body)
	}
	if yes, _ := e.at("result", "counts", "yes").(float64); yes != 6 {
		t.Errorf("%s", e.body)
	}
	behind := openBehind(t, cfg.DatabaseURL)
	box := boxOf(t, behind, path)
	_ = behind.Close() // a reader would keep the write-ahead log from being cut
	if n := inFiles(t, cfg.DatabaseURL, box); n != len(box) {
		t.Fatalf("only %d of %d ballots are found in the files: the search is broken", n, len(box))
	}
	for _, seat := range []int{0, 1} {
		keepers[seat].post(path+"/destroyed", tools[seat].Says(sealed.SaysDestroyed, poll)).want(http.StatusOK)
	}
	keepers[0].get(path+"/rows").problem(http.StatusConflict, "ballot.erased")
	if n := inFiles(t, cfg.DatabaseURL, box); n != 0 {
		t.Errorf("%d of %d erased ballots are still in the files", n, len(box))
	}
}

// inFiles counts the ballots whose bytes are in the database's files.
func inFiles(t *testing.T, url string, box [][]byte) int {
	t.Helper()
	files, err := filepath.Glob(strings.TrimPrefix(url, "sqlite:") + "*")
	if err != nil || len(files) == 0 {
		t.Fatal(url, err)
	}
	var all []byte
	for _, f := range files {
		all = append(all, readAll(t, f)...)
	}
	n := 0
	for _, b := range box {
		if bytes.Contains(all, b[60:124]) {
			n++
		}
	}
	return n
}

// castSealed has twelve people vote, one of them twice; all requests are of one
// length, and so are all answers of one way.
func (h *hall) castSealed(t *testing.T, path string, poll *sealed.Poll) {
	t.Helper()
	frame := func(option int) []byte {
		values := []byte{0, 0, 0}
		values[option] = 1
		f, err := poll.Frame(values)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	sizes := map[int]bool{}
	phone := func(i, option int) {
		b, err := poll.Seal(frame(option))
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := json.Marshal(obj{"ballot": b})
		r := h.voters[i].do(http.MethodPost, path+"/casts", bytes.NewReader(raw), map[string]string{"Content-Type": "application/json"}).want(http.StatusOK)
		sizes[len(raw)<<16|len(r.body)] = true
		if r.str("tracker") != sealed.TrackerText(sealed.Tracker(b)) || r.str("sealed_by") != "phone" {
			t.Errorf("%s", r.body)
		}
	}
	for i := range 8 {
		phone(i, i%2)
	}
	phone(1, 1) // once more
	if len(sizes) != 1 {
		t.Errorf("lengths differ: %v", sizes)
	}
	answers := map[int]bool{}
	plain := func(i int, body string, header map[string]string) reply {
		return h.voters[i].do(http.MethodPost, path+"/casts/plain", io.NopCloser(strings.NewReader(body)), header)
	}
	for i := 8; i < 12; i++ {
		r := plain(i, base64.StdEncoding.EncodeToString(frame(i%2)), nil).want(http.StatusOK)
		answers[len(r.body)] = true
		if r.str("sealed_by") != "server" {
			t.Errorf("%s", r.body)
		}
	}
	if len(answers) != 1 {
		t.Errorf("lengths differ: %v", answers)
	}
	// A repeat gets the first receipt, whatever it says: there is no fingerprint
	// that could tell the two choices apart.
	key := map[string]string{"Idempotency-Key": "plain-1"}
	first := plain(12, base64.StdEncoding.EncodeToString(frame(2))[:43], key)
	first.problem(http.StatusUnprocessableEntity, "ballot.choice_invalid")
	first = plain(11, base64.StdEncoding.EncodeToString(frame(1)), key).want(http.StatusOK)
	again := plain(11, base64.StdEncoding.EncodeToString(frame(0)), key).want(http.StatusOK)
	if !slices.Equal(first.body, again.body) {
		t.Errorf("%s, first %s", again.body, first.body)
	}
	h.voters[0].post(path+"/casts", obj{"choices": []string{"yes"}}).problem(http.StatusUnprocessableEntity, "ballot.choice_invalid")
	h.anon.post(path+"/casts/plain", obj{}).problem(http.StatusUnauthorized, "auth.required")
}

// openSealed is what the keepers of the pair do, from what the site gives them.
func (h *hall) openSealed(t *testing.T, path string, n sealed.Notice, poll *sealed.Poll, tools [sealed.Seats]*sealed.Trustee, keepers [sealed.Seats]client) {
	t.Helper()
	var logged sealed.Logged
	read := func(r reply, into any) {
		raw := bytes.TrimSpace(r.want(http.StatusOK).body)
		var object map[string]json.RawMessage
		if err := json.Unmarshal(raw, &object); err != nil {
			t.Fatal(err)
		}
		delete(object, "$schema")
		raw, _ = json.Marshal(object)
		if err := sealed.ReadFile(raw, into); err != nil {
			t.Fatal(err)
		}
	}
	read(h.anon.get(path+"/commitment"), &logged)
	line, _, _ := strings.Cut(string(h.anon.get("/log/key").want(http.StatusOK).body), "\n")
	site, err := signed.NewVerifier(line)
	if err != nil {
		t.Fatal(err)
	}
	c, err := logged.Commitment([]byte(logged.Checkpoint), site)
	if err != nil {
		t.Fatal(err)
	}
	var rows sealed.Rows
	read(keepers[0].get(path+"/rows"), &rows)
	list, err := tools[0].PeelRows(poll, c, c.Pair, rows.Rows, n.Minimum())
	if err != nil {
		t.Fatal(err)
	}
	out, err := tools[2].OpenList(n, c, list, false)
	if err != nil {
		t.Fatal(err)
	}
	keepers[2].post(path+"/opened", out).problem(http.StatusConflict, "ballot.wrong_state")
	keepers[1].post(path+"/peeled", list.Peeled).problem(http.StatusForbidden, "ballot.not_keeper")
	forged := list.Peeled
	forged.Bad++
	keepers[0].post(path+"/peeled", forged).problem(http.StatusUnprocessableEntity, "ballot.statement_invalid")
	keepers[0].post(path+"/peeled", list.Peeled).want(http.StatusOK)
	keepers[2].post(path+"/opened", out).want(http.StatusOK)
}

func stampOf(at time.Time, minutes int) string {
	return at.Add(time.Duration(minutes) * time.Minute).In(calendar.China).Format(time.RFC3339)
}

// keepers are the officers of the three seats.
func (h *hall) keepers() [sealed.Seats]client {
	representative := h.person(90).redeem(h.appoint(h.director, "representative", testVillage))
	return [sealed.Seats]client{h.supervisor, representative, h.township}
}

func (h *hall) draftSealed(_ [sealed.Seats]client) string {
	now := h.clock.Now()
	return "/api/v1/ballots/" + h.clerk.post("/api/v1/ballots", obj{
		"region": testVillage, "question": "是否同意撤换村民小组长", "kind": "yes_no", "rule": "villagers_meeting", "sealed": true, "revote": true,
		"opens_at": stampOf(now, -1), "closes_at": stampOf(now, 120),
	}).want(http.StatusCreated).str("id")
}

// giveKeys makes the keepers' keys, hands them in and opens the ballot.
func (h *hall) giveKeys(t *testing.T, path string, keepers [sealed.Seats]client) (tools [sealed.Seats]*sealed.Trustee, n sealed.Notice, poll *sealed.Poll) {
	t.Helper()
	n, err := sealed.ReadNotice(keepers[1].get(path + "/notice").want(http.StatusOK).body)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := n.Digest()
	if err != nil {
		t.Fatal(err)
	}
	for seat := range tools {
		seed := make([]byte, sealed.SeedSize)
		_, _ = rand.Read(seed) // never fails
		if tools[seat], err = sealed.NewTrustee(seat, seed, digest); err != nil {
			t.Fatal(err)
		}
		keys := obj{"seat": sealed.SeatName(seat), "statement": tools[seat].Statement(digest)}
		h.clerk.post(path+"/keys", keys).problem(http.StatusForbidden, "ballot.not_keeper")
		h.admin.post(path+"/keys", keys).problem(http.StatusForbidden, "ballot.keeper_is_admin")
		keepers[seat].post(path+"/keys", keys).want(http.StatusOK)
	}
	h.clerk.post(path+"/actions", obj{"action": "open"}).want(http.StatusOK)
	if n, err = sealed.ReadNotice(h.anon.get(path + "/notice").want(http.StatusOK).body); err != nil {
		t.Fatal(err)
	}
	if poll, err = n.Poll(); err != nil {
		t.Fatal(err)
	}
	return tools, n, poll
}
