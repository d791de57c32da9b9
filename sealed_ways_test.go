package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	signed "golang.org/x/mod/sumdb/note"

	"cunwu/service/ballot/sealed"
)

// fetch reads one of the ceremony's files from the site.
func fetch(r reply, into any) {
	r.t.Helper()
	var object map[string]json.RawMessage
	r.want(http.StatusOK).into(&object)
	delete(object, "$schema")
	raw, err := json.Marshal(object)
	if err == nil {
		err = sealed.ReadFile(raw, into)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// committed reads what was fixed at closing, from the public record.
func (s *sealedHall) committed() sealed.Commitment {
	t := s.anon.t
	t.Helper()
	var logged sealed.Logged
	fetch(s.anon.get(s.path+"/commitment"), &logged)
	line, _, _ := strings.Cut(string(s.anon.get("/log/key").want(http.StatusOK).body), "\n")
	site, err := signed.NewVerifier(line)
	if err != nil {
		t.Fatal(err)
	}
	c, err := logged.Commitment([]byte(logged.Checkpoint), site)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// openBy takes the closed box through a pair; before is called when the list is
// handed in and the counts are not.
func (s *sealedHall) openBy(pair sealed.Pair, before func(out sealed.Outcome)) sealed.Outcome {
	t := s.anon.t
	t.Helper()
	c := s.committed()
	var rows sealed.Rows
	fetch(s.keepers[pair.First()].get(s.path+"/rows"), &rows)
	list, err := s.tools[pair.First()].PeelRows(s.poll, c, pair, rows.Rows, s.notice.Minimum())
	if err != nil {
		t.Fatal(err)
	}
	s.keepers[pair.First()].post(s.path+"/peeled", list.Peeled).want(http.StatusOK)
	out, err := s.tools[pair.Second()].OpenList(s.notice, c, list, false)
	if err != nil {
		t.Fatal(err)
	}
	if before != nil {
		before(out)
	}
	s.keepers[pair.Second()].post(s.path+"/opened", out).want(http.StatusOK)
	return out
}

// closes moves the clock beyond the end.
func (s *sealedHall) closes() { s.moveTo(s.clock.Now().Add(121 * time.Minute)) }

// TestSealed_WaysOverHTTP: phone, server, helper and table in one sealed ballot,
// each with its honest label; receipts that are in the box; a pair that is fixed
// by who still holds a seed; few papers that are not told apart.
func TestSealed_WaysOverHTTP(t *testing.T) {
	t.Parallel()
	s := newSealedHall(t, 14, nil)
	s.holds()
	labels := map[string]string{"phone": "本机封票", "server": "服务器代封", "helper": "协助投票"}
	from := map[string][2]int{"phone": {0, 6}, "server": {6, 9}, "helper": {9, 11}}
	receipts := []string{}
	counts := map[string]int{}
	for way, cast := range s.ways() {
		for voter := from[way][0]; voter < from[way][1]; voter++ {
			r, _ := cast(voter, voter%3, "")
			if r.want(http.StatusOK).str("sealed_by_label") != labels[way] || r.str("sealed_by") != way {
				t.Errorf("%s: %s", way, r.body)
			}
			receipts = append(receipts, r.str("tracker"))
			counts[[]string{"o1", "o2", "o3"}[voter%3]]++
		}
	}
	s.helpIsForOneCast()
	for _, voter := range []int{0, 11} { // one of them has cast before
		s.table(voter)
	}
	counts["o1"]-- // the cast of voter 0 is dropped
	s.anon.get(s.path+"/box").problem(http.StatusConflict, "ballot.box_open")
	if own := s.voters[1].get(s.path).want(http.StatusOK); own.at("voted") != true || own.at("tracker") != nil {
		t.Errorf("the site tells which receipt counts: %s", own.body)
	}
	s.closes()
	s.keepers[0].post(s.path+"/holds", s.tools[0].Says(sealed.SaysHold, s.poll)).problem(http.StatusConflict, "ballot.wrong_state")
	s.inBox(receipts)
	if c := s.committed(); c.Pair != sealed.AB || c.N != 10 || c.Paper != 2 || c.Overridden != 1 {
		t.Errorf("fixed %+v", c)
	}
	s.openBy(sealed.AB, func(out sealed.Outcome) {
		s.keepers[1].post(s.path+"/opened", out).problem(http.StatusConflict, "ballot.paper_first")
		s.clerk.post(s.path+"/paper", obj{"counts": obj{"o9": 1}}).problem(http.StatusUnprocessableEntity, "ballot.choice_invalid")
		s.clerk.post(s.path+"/paper", obj{"counts": obj{"o1": 1_000_000_000_000}}).problem(http.StatusUnprocessableEntity, "ballot.choice_invalid")
		s.voters[1].post(s.path+"/paper", obj{"counts": obj{"o1": 1}}).problem(http.StatusForbidden, "account.not_allowed")
		s.clerk.post(s.path+"/paper", obj{"counts": obj{"o4": 2}}).want(http.StatusOK)
	})
	s.anon.get(s.path+"/result").problem(http.StatusConflict, "ballot.not_certified")
	s.supervisor.post(s.path+"/actions", obj{"action": "certify", "opinion": "两位保管人签字齐全，同意公布。"}).want(http.StatusOK)
	e := s.anon.get(s.path + "/export").want(http.StatusOK)
	for option, n := range counts {
		if got, _ := e.at("result", "counts", option).(float64); int(got) != n {
			t.Errorf("%s: %v, want %d", option, got, n)
		}
	}
	if got, _ := e.at("result", "counts", "o4").(float64); got != 2 || e.at("result", "mismatch") != false {
		t.Errorf("%s", e.body)
	}
	if e.at("result", "values") != nil || e.at("openings", 0, "opened") != nil || e.at("openings", 0, "salt") != nil {
		t.Errorf("the sealed part is told beside two papers: %s", e.body)
	}
	if e.at("result", "sealed_by") != nil || e.str("sealed_by_labels", "helper") != "协助投票" {
		t.Errorf("labels with fewer than five are counted: %s", e.body)
	}
}

// holds: A and B show that they still have their seeds, so that they open.
func (s *sealedHall) holds() {
	hold := s.tools[0].Says(sealed.SaysHold, s.poll)
	s.clerk.post(s.path+"/holds", hold).problem(http.StatusForbidden, "ballot.not_keeper")
	s.keepers[1].post(s.path+"/holds", hold).problem(http.StatusForbidden, "ballot.not_keeper")
	s.keepers[0].post(s.path+"/holds", s.tools[0].Says(sealed.SaysDestroyed, s.poll)).problem(http.StatusUnprocessableEntity, "ballot.statement_invalid")
	for seat := range 2 {
		s.keepers[seat].post(s.path+"/holds", s.tools[seat].Says(sealed.SaysHold, s.poll)).want(http.StatusOK)
	}
}

// helpIsForOneCast: a session of help opens nothing else, is used up, and ends.
func (s *sealedHall) helpIsForOneCast() {
	text := func() *strings.Reader { return strings.NewReader(base64.StdEncoding.EncodeToString(s.frame(0))) }
	helped := s.assisted(12)
	helped.get("/api/v1/me").want(http.StatusUnauthorized)
	helped.post(s.path+"/casts", obj{"choices": []string{"o1"}}).problem(http.StatusUnprocessableEntity, "ballot.choice_invalid")
	helped.do(http.MethodPost, s.path+"/casts/plain", strings.NewReader("x"), nil).problem(http.StatusUnprocessableEntity, "ballot.choice_invalid")
	s.moveTo(s.clock.Now().Add(31 * time.Minute))
	helped.do(http.MethodPost, s.path+"/casts/plain", text(), nil).problem(http.StatusUnauthorized, "ballot.assist_invalid")
	other, _ := s.question(nil)
	foreign := client{t: s.anon.t, base: s.anon.base, token: s.assisted(12).token}
	foreign.post("/api/v1/ballots/"+other+"/casts", obj{"choices": []string{"yes"}}).problem(http.StatusUnauthorized, "ballot.assist_invalid")
	s.voters[3].post(s.path+"/assists", obj{"voter": "1", "consent": "本人当面同意。"}).problem(http.StatusForbidden, "account.not_allowed")
	s.clerk.post(s.path+"/assists", obj{"voter": s.residentOf(12), "consent": " "}).problem(http.StatusUnprocessableEntity, "ballot.consent_needed")
}

// table enters a paper without a name: two officers, and what was cast online is
// dropped.
func (s *sealedHall) table(voter int) {
	t := s.anon.t
	t.Helper()
	who := s.residentOf(voter)
	s.clerk.post(s.path+"/sheets", obj{"voter": who, "choices": []string{"o4"}}).problem(http.StatusUnprocessableEntity, "ballot.sheet_not_blank")
	n, _ := s.clerk.post(s.path+"/sheets", obj{"voter": who}).want(http.StatusCreated).at("number").(float64)
	at := s.path + "/sheets/" + strconv.Itoa(int(n)) + "/actions"
	s.clerk.post(at, obj{"action": "confirm"}).want(http.StatusForbidden)
	s.supervisor.post(at, obj{"action": "confirm"}).want(http.StatusOK)
	for way, cast := range s.ways() {
		if way != "helper" {
			r, _ := cast(voter, 0, "")
			r.problem(http.StatusConflict, "ballot.cast_at_meeting")
		}
	}
	twice, _ := s.clerk.post(s.path+"/sheets", obj{"voter": who}).want(http.StatusCreated).at("number").(float64)
	s.supervisor.post(s.path+"/sheets/"+strconv.Itoa(int(twice))+"/actions", obj{"action": "confirm"}).problem(http.StatusConflict, "ballot.already_cast")
}

// inBox asks for each receipt as its voter would, and for what is none.
func (s *sealedHall) inBox(receipts []string) {
	t := s.anon.t
	t.Helper()
	box := s.anon.get(s.path + "/box").want(http.StatusOK)
	if list, _ := box.at("trackers").([]any); len(list) != len(receipts) || strings.Contains(string(box.body), "resident") {
		t.Errorf("%d receipts: %s", len(receipts), box.body)
	}
	var sizes []int
	for _, r := range receipts {
		one := s.anon.get(s.path + "/box?tracker=" + r).want(http.StatusOK)
		if one.at("in_box") != true || one.at("trackers") != nil {
			t.Errorf("%s: %s", r, one.body)
		}
		sizes = append(sizes, len(one.body))
	}
	for _, n := range sizes { // whether it was replaced is not told
		if n != sizes[0] {
			t.Errorf("answers of %v bytes", sizes)
		}
	}
	if s.anon.get(s.path+"/box?tracker="+strings.Repeat("a", 20)).want(http.StatusOK).at("in_box") != false {
		t.Error("what nobody cast is in the box")
	}
	s.anon.get(s.path + "/box?tracker=1").want(http.StatusUnprocessableEntity)
	s.anon.get("/api/v1/ballots/nothing/box").problem(http.StatusNotFound, "ballot.not_found")
}

// TestSealed_FewOverHTTP: four ballots are not opened, the reason is told, and
// results stay shut; the box list is there.
func TestSealed_FewOverHTTP(t *testing.T) {
	t.Parallel()
	s := newSealedHall(t, 8, nil)
	receipts := []string{}
	for voter := range 4 {
		r, _ := s.ways()["phone"](voter, voter%2, "")
		receipts = append(receipts, r.want(http.StatusOK).str("tracker"))
	}
	s.closes()
	got := s.anon.get(s.path).want(http.StatusOK)
	if got.str("state") != "void" || !strings.Contains(got.str("reason"), "封票太少") {
		t.Errorf("%s", got.body)
	}
	for _, c := range []client{s.anon, s.clerk, s.supervisor, s.voters[0]} {
		c.get(s.path+"/result").problem(http.StatusConflict, "ballot.not_certified")
		c.get(s.path+"/export").problem(http.StatusConflict, "ballot.not_certified")
	}
	s.keepers[0].get(s.path+"/rows").problem(http.StatusConflict, "ballot.wrong_state")
	s.supervisor.post(s.path+"/actions", obj{"action": "certify", "opinion": "同意公布。"}).problem(http.StatusConflict, "ballot.not_counted")
	s.inBox(receipts)
}

// TestSealed_ThreePairsOverHTTP: where the definition asks for all three pairs,
// the third opening counts, and each pair's is in the export.
func TestSealed_ThreePairsOverHTTP(t *testing.T) {
	t.Parallel()
	s := newSealedHall(t, 9, obj{"all_pairs": true})
	s.clerk.post("/api/v1/ballots", obj{
		"region": testVillage, "question": "是否同意修路", "kind": "yes_no", "rule": "opinion", "all_pairs": true,
		"opens_at": stampOf(s.clock.Now(), -1), "closes_at": stampOf(s.clock.Now(), 120),
	}).problem(http.StatusUnprocessableEntity, "ballot.definition_invalid")
	for voter := range 9 {
		r, _ := s.ways()["phone"](voter, voter%4, "")
		r.want(http.StatusOK)
	}
	if s.anon.get(s.path).want(http.StatusOK).at("all_pairs") != true || !s.notice.AllPairs() {
		t.Error("nobody is told that all three pairs open")
	}
	s.closes()
	for i, pair := range []sealed.Pair{sealed.AC, sealed.BC, sealed.AB} {
		s.openBy(pair, nil)
		if state := s.anon.get(s.path).want(http.StatusOK).str("state"); (state == "counted") != (i == 2) {
			t.Errorf("after %s: %s", pair, state)
		}
	}
	s.supervisor.post(s.path+"/actions", obj{"action": "certify", "opinion": "三对一致，同意公布。"}).want(http.StatusOK)
	e := s.anon.get(s.path + "/export").want(http.StatusOK)
	if list, _ := e.at("openings").([]any); len(list) != 3 || e.str("openings", 2, "salt") == "" {
		t.Errorf("%s", e.body)
	}
}
