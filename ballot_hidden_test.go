package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cunwu/service/calendar"
)

// channels are all the ways by which something of an open ballot could get out,
// by name: who asks, and where.
func (h *hall) channels(id string) map[string][]string {
	path, place := "/api/v1/ballots/"+id, testVillage
	return map[string][]string{
		"Detail":   {path, path + "/result", path + "/notice", path + "/commitment"},
		"List":     {"/api/v1/ballots?region=" + place, "/api/v1/ballots?region=51", "/api/v1/ballots?region=" + place + "&limit=1"},
		"Feed":     {"/api/v1/feed?region=" + place, "/api/v1/feed?region=51", "/feeds/" + place + ".atom", "/feeds/" + place + ".json", "/api/v1/steps?region=" + place, "/r/" + place},
		"Message":  {"/api/v1/me/messages", "/api/v1/me/messages/count", "/api/v1/me/tasks"},
		"Export":   {path + "/export", path + "/export.csv", path + "/rows", "/api/v1/me/export"},
		"OpenData": {"/open/51/postings.csv", "/log/digests"},
		"Admin":    {path + "/sheets", "/api/v1/appointments?region=" + place, "/api/v1/regions/" + place + "/residents", "/api/v1/indicators?region=" + place},
		"Pages":    {"/b/" + id, "/r/" + place + "/ballots", "/api/v1/search?q=修缮村道"},
	}
}

// see gives what everybody but the voters sees there: status, the headers that
// could tell, and the body without what the clock writes.
func (h *hall) see(paths []string) map[string]string {
	t := h.anon.t
	t.Helper()
	out := map[string]string{}
	for name, c := range map[string]client{
		"anonymous": h.anon, "clerk": h.clerk, "director": h.director, "supervisor": h.supervisor, "township": h.township,
		"county": h.admin, "stranger": h.stranger, "villager": h.villager, "another voter": h.voters[11],
	} {
		for _, p := range paths {
			r := c.get(p)
			body := unzipped(r.body)
			tag := r.header.Get("Etag")
			if timeless(body) != body || strings.HasPrefix(p, "/open/") {
				tag = "" // it is made of the time too, or of the last change anywhere
			}
			out[name+" "+p] = fmt.Sprintf("%d %s %s\n%s", r.status, tag, r.header.Get("Last-Modified"), timeless(body))
		}
	}
	return out
}

// unzipped gives what is in an archive, whose own bytes bear times.
func unzipped(body []byte) string {
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return string(body)
	}
	var out strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			return string(body)
		}
		raw, _ := io.ReadAll(r) // what cannot be read shows as missing
		_ = r.Close()
		fmt.Fprintf(&out, "%s\n%s\n", f.Name, raw)
	}
	return out.String()
}

// timeless takes out what differs between two looks although nothing happened.
func timeless(body string) string {
	for _, mark := range []string{`"server_time":"`, `"request_id":"`, `"exported_at":"`, `<updated>`, `"generated_at":"`, `data-now="`} {
		for i := strings.Index(body, mark); i >= 0; {
			i += len(mark)
			end := strings.IndexAny(body[i:], `"<`)
			if end < 0 {
				break
			}
			body = body[:i] + body[i+end:]
			next := strings.Index(body[i:], mark)
			if next < 0 {
				break
			}
			i += next
		}
	}
	return body
}

// TestBallots_Hidden: while a ballot is open, no channel tells what was chosen,
// how many chose what, or who has voted: everybody else sees the very same
// before and after eight people have cast, changed their mind, been helped and
// voted at the table.
func TestBallots_Hidden(t *testing.T) {
	t.Parallel()
	h := start(t, testConfig(t, tempData(t))).hall(12)
	id, _ := h.question(obj{"revote": true})
	path := "/api/v1/ballots/" + id
	h.villager.send(http.MethodPut, "/api/v1/me/follows", obj{"kind": "place", "key": testVillage}).want(http.StatusOK)
	if err := h.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The picture of the paper is there before: that a paper was entered is known
	// to who enters and compares, what counts of it is not.
	picture := h.clerk.upload("a.png", paperPNG(t, 9)).want(http.StatusCreated).str("id")
	h.clerk.post(path+"/sheets", obj{"voter": h.residentOf(9), "choices": []string{"no"}, "media": picture}).want(http.StatusCreated)
	h.sweepBallots(t.Context())
	all := h.channels(id)
	before := map[string]map[string]string{}
	for name, paths := range all {
		before[name] = h.see(paths)
	}
	var first reply
	for i := range 8 {
		r := h.voters[i].post(path+"/casts", obj{"choices": []string{[]string{"yes", "no"}[i%2]}}).want(http.StatusOK)
		if i == 0 {
			first = r
		}
		if len(r.body) != len(first.body) {
			t.Errorf("answers of %d and %d bytes", len(first.body), len(r.body))
		}
	}
	h.voters[0].post(path+"/casts", obj{"choices": []string{"abstain"}}).want(http.StatusOK)
	if err := h.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, paths := range all {
		t.Run(name, func(t *testing.T) {
			now := h.see(paths)
			for at, was := range before[name] {
				if now[at] != was {
					t.Errorf("%s says another thing once people have voted:\n%s\nbefore\n%s", at, now[at], was)
				}
				if strings.Contains(now[at], first.str("tracker")) || strings.Contains(now[at], `"counts"`) || strings.Contains(now[at], `"reasoning"`) {
					t.Errorf("%s tells: %s", at, now[at])
				}
			}
		})
	}
	t.Run("Cache", func(t *testing.T) {
		for _, c := range []client{h.voters[0], h.clerk} {
			if cc := c.get(path).header.Get("Cache-Control"); cc != "private, no-store" {
				t.Errorf("Cache-Control %q of what is one person's", cc)
			}
		}
		if cc := h.voters[1].post(path+"/casts", obj{"choices": []string{"yes"}}).want(http.StatusOK).header.Get("Cache-Control"); cc != "private, no-store" {
			t.Errorf("Cache-Control %q of a receipt", cc)
		}
		if r := h.anon.get(path); strings.Contains(string(r.body), `"tracker"`) || strings.Contains(string(r.body), `"way"`) {
			t.Errorf("%s", r.body)
		}
	})
	t.Run("Sizes", func(t *testing.T) {
		size := func(choice string) int {
			h.voters[3].post(path+"/casts", obj{"choices": []string{choice}}).want(http.StatusOK)
			return len(h.voters[3].get(path).want(http.StatusOK).body)
		}
		if a, b, c := size("yes"), size("no"), size("abstain"); a != b || b != c {
			t.Errorf("the voter's own page has %d, %d, %d bytes", a, b, c)
		}
	})
	t.Run("TurnoutByPerson", func(t *testing.T) {
		voted, not := h.residentOf(2), h.residentOf(10)
		for _, c := range []client{h.clerk, h.supervisor} {
			for _, p := range []string{"/api/v1/regions/" + testVillage + "/residents", path + "/sheets", path} {
				body := string(c.get(p).body)
				if strings.Contains(body, `"voted":true`) || strings.Contains(body, `"way":"`) {
					t.Errorf("%s: %s", p, body)
				}
			}
		}
		// What a clerk can do for one who has voted is answered as for one who has not.
		for _, who := range []string{voted, not} {
			h.clerk.post(path+"/assists", obj{"voter": who, "consent": "本人当面同意。"}).want(http.StatusCreated)
		}
	})
	t.Run("Order", func(t *testing.T) { h.hiddenOrder(t, id) })
}

// hiddenOrder: the list stands as it did, whatever was voted on last.
func (h *hall) hiddenOrder(t *testing.T, id string) {
	t.Helper()
	other, _ := h.question(nil)
	order := func() string {
		l, _ := h.anon.get("/api/v1/ballots?region=" + testVillage).want(http.StatusOK).at("items").([]any)
		var out []string
		for _, v := range l {
			if m, ok := v.(map[string]any); ok {
				out = append(out, fmt.Sprint(m["id"]))
			}
		}
		return strings.Join(out, " ")
	}
	was := order()
	h.voters[5].post("/api/v1/ballots/"+id+"/casts", obj{"choices": []string{"yes"}}).want(http.StatusOK)
	if now := order(); now != was || now != other+" "+id {
		t.Errorf("order %s, was %s", now, was)
	}
}

// TestBallots_Turnout: of a roll under a hundred the figure is rounded down to
// tens and ten minutes old at least.
func TestBallots_Turnout(t *testing.T) {
	t.Parallel()
	h := start(t, testConfig(t, tempData(t))).hall(14)
	id, _ := h.question(nil)
	path := "/api/v1/ballots/" + id
	figure := func() any {
		h.sweepBallots(t.Context())
		m, _ := h.anon.get(path).want(http.StatusOK).at().(map[string]any)
		if turnout, ok := m["turnout"].(map[string]any); ok {
			return turnout["cast"]
		}
		return nil
	}
	begin := h.clock.Now()
	figure()
	for i, v := range h.voters[:13] {
		v.post(path+"/casts", obj{"choices": []string{"yes"}}).want(http.StatusOK)
		if n := figure(); n != nil {
			t.Fatalf("%v is told after %d casts, at once", n, i+1)
		}
	}
	seen := []any{}
	for _, after := range []time.Duration{5, 9, 11, 15, 22, 33} {
		h.moveTo(begin.Add(after * time.Minute))
		n := figure()
		seen = append(seen, n)
		if n != nil && n != 0.0 && n != 10.0 {
			t.Errorf("%v is told after %v minutes", n, int(after))
		}
		if after <= 9 && n != nil && n != 0.0 {
			t.Errorf("%v is told %d minutes after the casts", n, after)
		}
	}
	if !slices.Contains(seen, any(10.0)) {
		t.Errorf("it is never told: %v", seen)
	}
}

// jumping is a clock that the test moves, forth and back.
type jumping struct {
	mu sync.Mutex
	by time.Duration
}

func (j *jumping) Now() time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	return time.Now().Add(j.by)
}

func (j *jumping) jump(by time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.by += by
}

// TestBallots_ClockJumps: a clock that goes back does not open again what was
// closed, nor does a session of help live longer; before the beginning nothing
// is taken.
func TestBallots_ClockJumps(t *testing.T) {
	t.Parallel()
	clock := &jumping{}
	h := start(t, testConfig(t, tempData(t)), func(o *appOptions) { o.clock = clock }).hall(6)
	id, _ := h.question(obj{"revote": true, "opens_at": clock.Now().In(calendar.China).Format(time.RFC3339)})
	path := "/api/v1/ballots/" + id
	yes, no := obj{"choices": []string{"yes"}}, obj{"choices": []string{"no"}}
	h.voters[0].post(path+"/casts", yes).want(http.StatusOK)
	clock.jump(-10 * time.Minute) // before it was opened
	h.voters[1].post(path+"/casts", yes).problem(http.StatusConflict, "ballot.not_open")
	if r := h.voters[1].get(path).want(http.StatusOK); r.str("can_vote", "code") != "ballot.not_open" {
		t.Errorf("%s", r.body)
	}
	clock.jump(10 * time.Minute)
	h.voters[1].post(path+"/casts", yes).want(http.StatusOK)
	token := h.clerk.post(path+"/assists", obj{"voter": h.residentOf(4), "consent": "本人当面同意。"}).want(http.StatusCreated).str("token")
	helped := client{t: t, base: h.anon.base, token: token}
	clock.jump(2 * time.Hour)
	h.voters[2].post(path+"/casts", yes).problem(http.StatusConflict, "ballot.closed")
	clock.jump(-2 * time.Hour)
	for range 3 {
		h.voters[2].post(path+"/casts", yes).problem(http.StatusConflict, "ballot.closed")
		h.voters[0].post(path+"/casts", no).problem(http.StatusConflict, "ballot.closed")
		helped.post(path+"/casts", no).problem(http.StatusConflict, "ballot.closed")
	}
	if s := h.anon.get(path).want(http.StatusOK).str("state"); s != "closed" && s != "counted" {
		t.Errorf("it is %s", s)
	}
	h.clerk.post(path+"/actions", obj{"action": "cancel", "reason": "结果不理想，想重来。"}).problem(http.StatusConflict, "ballot.wrong_state")
	h.counted(path)
	certify := obj{"action": "certify", "opinion": "与名册核对一致，同意公布。"}
	h.supervisor.post(path+"/actions", certify).problem(http.StatusServiceUnavailable, "record.clock_back") // the public record does not go back either
	clock.jump(2*time.Hour + time.Minute)
	h.supervisor.post(path+"/actions", certify).want(http.StatusOK)
	clock.jump(-3 * time.Hour)
	h.voters[2].post(path+"/casts", yes).problem(http.StatusConflict, "ballot.closed")
	if r := h.anon.get(path + "/result").want(http.StatusOK); r.at("result", "counts", "yes") != 2.0 || r.at("result", "cast") != 2.0 {
		t.Errorf("%s", r.body)
	}
}

// TestBallots_Mismatch: a cast that is gone from the box, and one that nobody is
// marked for, show in numbers and words, to who certifies and to everybody.
func TestBallots_Mismatch(t *testing.T) {
	t.Parallel()
	h := start(t, testConfig(t, tempData(t))).hall(6)
	id, closes := h.question(nil)
	path := "/api/v1/ballots/" + id
	for i := range 5 {
		h.voters[i].post(path+"/casts", obj{"choices": []string{"yes"}}).want(http.StatusOK)
	}
	behind := openBehind(t, h.cfg.DatabaseURL)
	defer func() { _ = behind.Close() }()
	if _, err := behind.ExecContext(t.Context(), "DELETE FROM ballot_casts WHERE voter = (SELECT MIN(voter) FROM ballot_casts)"); err != nil {
		t.Fatal(err)
	}
	h.moveTo(closes)
	h.counted(path)
	says := func(c client) {
		t.Helper()
		r := c.get(path + "/result").want(http.StatusOK)
		if r.at("result", "mismatch") != true || r.at("result", "marked") != 5.0 || r.at("result", "cast") != 4.0 ||
			!strings.Contains(r.str("result", "reasoning"), "名册上记为投过的有 5 人，计到的票有 4 张，两者不符") {
			t.Errorf("%s", r.body)
		}
	}
	says(h.supervisor)
	h.supervisor.post(path+"/actions", obj{"action": "certify", "opinion": "少了一张票，已经核对并在此说明。"}).want(http.StatusOK)
	says(h.anon)
	if r := h.anon.get(path + "/export").want(http.StatusOK); r.at("result", "mismatch") != true {
		t.Errorf("%s", r.body)
	}
}
