package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cunwu/config"
	"cunwu/service/calendar"
	"cunwu/service/record"
)

// hall is a running server with people who can vote.
type hall struct {
	*started
	*office
	voters []client
}

func (s *started) hall(n int) *hall { return s.hallOf(s.staff(), n) }

// hallOf is hall where the officers are there already.
func (s *started) hallOf(o *office, n int) *hall {
	t := s.anon.t
	t.Helper()
	h := &hall{started: s, office: o}
	csv := strings.Builder{}
	csv.WriteString("户号,姓名,身份证号,电话,组\n1,王小成,,13800000001,1\n")
	for i := range n {
		fmt.Fprintf(&csv, "%d,%s,,138001%05d,1\n", i/2+2, voterName(i), i)
	}
	h.clerk.do(http.MethodPost, "/api/v1/regions/"+testVillage+"/roll?apply=true", rollFile(t, csv.String()), rollHeader).want(http.StatusOK)
	for i := range n {
		c := s.person(20 + i)
		c.consent()
		c.post("/api/v1/me/residency", obj{"region": testVillage, "name": voterName(i), "phone_code": fmt.Sprintf("phone-138001%05d", i)}).want(http.StatusOK)
		h.voters = append(h.voters, c)
	}
	return h
}

func voterName(i int) string {
	return string([]rune("赵钱孙李周吴郑冯陈褚卫蒋沈韩杨朱")[i%16]) + string([]rune("大二三四五六七八九")[i/16%9]) + "明"
}

// question drafts and opens a ballot from now for two hours.
func (h *hall) question(change obj) (id string, closes time.Time) {
	h.clerk.t.Helper()
	now := h.clock.Now().In(calendar.China)
	closes = now.Add(2 * time.Hour).Truncate(time.Second)
	body := obj{
		"region": testVillage, "question": "是否同意用集体收入修缮村道", "kind": "yes_no", "rule": "villagers_meeting",
		"opens_at": now.Add(-time.Minute).Format(time.RFC3339), "closes_at": closes.Format(time.RFC3339),
	}
	maps.Copy(body, change)
	id = h.clerk.post("/api/v1/ballots", body).want(http.StatusCreated).str("id")
	h.voters[0].get("/api/v1/ballots/"+id).problem(http.StatusNotFound, "ballot.not_found")
	h.clerk.post("/api/v1/ballots/"+id+"/actions", obj{"action": "open"}).want(http.StatusOK)
	return id, closes
}

func (h *hall) moveTo(at time.Time) {
	h.anon.t.Helper()
	h.anon.send(http.MethodPut, "/testing/clock", obj{"now": at.Format(time.RFC3339)}).want(http.StatusOK)
}

// counted waits until a ballot is counted: the sweep of the moved clock may find
// that the server's own is at it.
func (h *hall) counted(path string) {
	h.clerk.t.Helper()
	eventually(h.clerk.t, 20*soon, "counted", func() bool {
		h.sweepBallots(h.clerk.t.Context())
		return h.clerk.get(path).want(http.StatusOK).str("state") == "counted"
	})
}

// TestBallots_OverHTTP: the whole way through the door, and what stays hidden
// on every channel until the result is certified.
func TestBallots_OverHTTP(t *testing.T) {
	t.Parallel()
	h := start(t, testConfig(t, tempData(t))).hall(12)
	id, closes := h.question(obj{"revote": true})
	path := "/api/v1/ballots/" + id
	v := h.voters

	got := v[0].post(path+"/casts", obj{"choices": []string{"yes"}}, "Idempotency-Key", "k1").want(http.StatusOK)
	again := v[0].post(path+"/casts", obj{"choices": []string{"yes"}}, "Idempotency-Key", "k1").want(http.StatusOK)
	if string(got.body) != string(again.body) || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("a retry: %s, first %s", again.body, got.body)
	}
	v[0].post(path+"/casts", obj{"choices": []string{"no"}}, "Idempotency-Key", "k1").problem(http.StatusUnprocessableEntity, "idempotency.mismatch")
	h.anon.post(path+"/casts", obj{}).problem(http.StatusUnauthorized, "auth.required")
	v[1].post("/api/v1/ballots/nothing/casts", obj{}).problem(http.StatusNotFound, "ballot.not_found")
	v[1].post(path+"/casts", obj{"choices": slices.Repeat([]string{"yes"}, 100_000)}).problem(http.StatusUnprocessableEntity, "ballot.choice_invalid")
	v[1].post(path+"/casts", obj{"Choices": []string{"yes"}}).problem(http.StatusUnprocessableEntity, "request.invalid")
	v[1].send(http.MethodPost, path+"/casts", []int{1}).problem(http.StatusUnprocessableEntity, "request.invalid")
	h.stranger.post(path+"/casts", obj{"choices": []string{"yes"}}).problem(http.StatusForbidden, "ballot.not_on_roll")
	h.villager.post(path+"/casts", obj{"choices": []string{"yes"}}).problem(http.StatusForbidden, "ballot.not_on_roll")

	h.hidden(id, got)

	for i, c := range v[1:9] {
		c.post(path+"/casts", obj{"choices": []string{[]string{"yes", "no", "yes"}[i%3]}}).want(http.StatusOK)
	}
	token := h.clerk.post(path+"/assists", obj{"voter": h.residentOf(9), "consent": "本人当面同意，家属在场。"}).want(http.StatusCreated).str("token")
	helped := client{t: t, base: h.anon.base, token: token}
	helped.get("/api/v1/me").want(http.StatusUnauthorized)
	if o := helped.post(path+"/casts", obj{"choices": []string{"abstain"}}).want(http.StatusOK).str("origin"); o != "assisted" {
		t.Errorf("origin %q", o)
	}
	helped.post(path+"/casts", obj{"choices": []string{"no"}}).problem(http.StatusUnauthorized, "ballot.assist_invalid")

	h.moveTo(closes)
	h.counted(path)
	h.clerk.get(path+"/result").problem(http.StatusConflict, "ballot.not_certified")
	h.anon.get(path+"/export").problem(http.StatusConflict, "ballot.not_certified")
	v[10].post(path+"/casts", obj{"choices": []string{"no"}}).problem(http.StatusConflict, "ballot.closed")
	h.supervisor.post(path+"/actions", obj{"action": "certify", "opinion": "与名册核对一致，同意公布。"}).want(http.StatusOK)
	mine := v[0].get(path).want(http.StatusOK).str("tracker")
	h.recount(id, mine)
}

// residentOf finds the id of a voter as the clerk does.
func (h *hall) residentOf(i int) string {
	h.clerk.t.Helper()
	return h.clerk.get("/api/v1/regions/"+testVillage+"/residents?name="+voterName(i)).want(http.StatusOK).str("items", 0, "id")
}

// hidden looks at every channel while one vote is in: none says what it is, and
// none has another size when it is another.
func (h *hall) hidden(id string, first reply) {
	t := h.anon.t
	t.Helper()
	path := "/api/v1/ballots/" + id
	look := func() map[string]string {
		out := map[string]string{}
		for name, c := range map[string]client{"anon": h.anon, "clerk": h.clerk, "supervisor": h.supervisor, "other": h.voters[3]} {
			for _, p := range []string{path, "/api/v1/ballots?region=" + testVillage, "/api/v1/ballots?region=51", path + "/result", path + "/export", "/api/v1/feed?region=" + testVillage} {
				r := c.get(p)
				out[name+" "+p] = string(r.body)
				for _, word := range []string{`"counts"`, `"reasoning"`, "赞成 ", first.str("tracker")} {
					if strings.Contains(string(r.body), word) {
						t.Errorf("%s sees %s at %s: %s", name, word, p, clip(r.body))
					}
				}
			}
			if c.token != "" {
				out[name+" me"] = string(c.get("/api/v1/me").body)
			}
		}
		return out
	}
	before := look()
	for _, p := range []string{path + "/result", path + "/export"} {
		h.anon.get(p).problem(http.StatusConflict, "ballot.not_certified")
	}
	other := h.voters[0].post(path+"/casts", obj{"choices": []string{"no"}}).want(http.StatusOK)
	if len(other.body) != len(first.body) {
		t.Errorf("answers of %d and %d bytes", len(first.body), len(other.body))
	}
	for name, now := range look() {
		if len(now) != len(before[name]) {
			t.Errorf("%s has another size once the choice is another: %s\n%s", name, before[name], now)
		}
	}
	h.voters[0].post(path+"/casts", obj{"choices": []string{"yes"}}).want(http.StatusOK)
	h.hiddenInside(id)
}

// hiddenInside: neither the journal nor the metrics know a person or a choice.
func (h *hall) hiddenInside(id string) {
	t := h.anon.t
	t.Helper()
	events, err := h.db.AuditEvents(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	casts := 0
	for _, e := range events {
		if e.Action != "ballot.cast" {
			continue
		}
		casts++
		if e.Actor.AccountID != "system" || len(e.Detail) != 1 || e.Detail[id] != "1" || e.RequestID != "" {
			t.Errorf("the journal says %+v", e)
		}
	}
	if casts == 0 {
		t.Error("no event of casts was found: the test is broken")
	}
	r, err := httpClient.Get("http://" + h.MetricsAddr() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	raw, err := io.ReadAll(r.Body)
	if err != nil || strings.Contains(string(raw), id) {
		t.Errorf("the metrics name a ballot: %v", err)
	}
}

// recount is a stranger's program: the export, the public record, nothing else.
func (h *hall) recount(id, tracker string) {
	t := h.anon.t
	t.Helper()
	var e struct {
		Definition map[string]any
		RollSize   int    `json:"roll_size"`
		Digest     string `json:"definition_digest"`
		Ballots    []struct {
			Tracker, Origin string
			Choices         []string
		}
		Result struct {
			Counts map[string]int
			Cast   int
			Passed bool
		}
	}
	r := h.anon.get("/api/v1/ballots/" + id + "/export").want(http.StatusOK)
	r.into(&e)
	counts, list, found := map[string]int{}, "", false
	for _, b := range e.Ballots {
		counts[b.Choices[0]]++
		list += b.Tracker + " " + strings.Join(b.Choices, ",") + "\n"
		found = found || b.Tracker == tracker && b.Choices[0] == "yes"
		if b.Origin != "" {
			t.Errorf("origin of a way with fewer than five: %+v", b)
		}
	}
	if !maps.Equal(counts, map[string]int{"yes": e.Result.Counts["yes"], "no": e.Result.Counts["no"], "abstain": 1}) || e.Result.Cast != 10 || !found {
		t.Errorf("recounted %v, told %+v, own found: %v", counts, e.Result, found)
	}
	delete(e.Definition, "opened_at")
	delete(e.Definition, "closed_at")
	canonical, err := record.Canonical(integers(e.Definition))
	if err != nil || hexOf(canonical) != e.Digest {
		t.Errorf("definition %s is not of the digest: %v", canonical, err)
	}
	index := int64(h.anon.get("/api/v1/ballots/"+id).want(http.StatusOK).at("log", "result").(float64)) //nolint:forcetypeassert // a test
	leaves, err := h.db.Records().Leaves(t.Context(), index, 1)
	if err != nil {
		t.Fatal(err)
	}
	leaf, _, err := record.ReadLeaf(leaves[0])
	if err != nil || leaf.Kind != record.KindBallotResult || leaf.Facts["casts"] != hexOf([]byte(list)) || leaf.Facts["definition"] != e.Digest {
		t.Errorf("leaf %+v %v", leaf, err)
	}
}

func hexOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// integers makes the numbers of decoded JSON integers again.
func integers(v any) any {
	switch v := v.(type) {
	case float64:
		return int64(v)
	case []any:
		for i := range v {
			v[i] = integers(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = integers(v[k])
		}
	}
	return v
}

// TestBallots_LogLines: the server's own log does not say who voted when.
func TestBallots_LogLines(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "log.json")
	f, err := os.Create(name) //nolint:gosec // a test's own file
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	s := startLogged(t, f)
	h := s.hall(2)
	id, _ := h.question(nil)
	h.voters[0].post("/api/v1/ballots/"+id+"/casts", obj{"choices": []string{"yes"}}).want(http.StatusOK)
	raw, err := os.ReadFile(name) //nolint:gosec // as above
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for line := range strings.SplitSeq(string(raw), "\n") {
		lines++
		if strings.Contains(line, "/casts") || strings.Contains(line, id) {
			t.Errorf("the log says %s", line)
		}
	}
	if lines < 10 || !json.Valid([]byte(strings.SplitN(string(raw), "\n", 2)[0])) {
		t.Error("there is hardly a log: the test is broken")
	}
}

// TestBallots_Sheets: a paper of the meeting counts once two people agree.
func TestBallots_Sheets(t *testing.T) {
	t.Parallel()
	h := start(t, testConfig(t, tempData(t))).hall(4)
	id, closes := h.question(obj{"rule": "opinion_households"})
	path := "/api/v1/ballots/" + id
	image := h.clerk.upload("sheet.png", tinyPNG(t)).want(http.StatusCreated).str("id")
	h.clerk.post(path+"/sheets", obj{"voter": "2", "choices": []string{"no"}}).problem(http.StatusUnprocessableEntity, "ballot.sheet_image_needed")
	h.voters[0].post(path+"/sheets", obj{"voter": "2", "choices": []string{"no"}, "media": image}).want(http.StatusUnprocessableEntity)
	h.clerk.post(path+"/sheets", obj{"voter": "2", "choices": []string{"no"}, "media": image}).want(http.StatusCreated)
	h.clerk.post(path+"/sheets/1/actions", obj{"action": "confirm"}).want(http.StatusForbidden)
	h.voters[0].post(path+"/casts", obj{"choices": []string{"yes"}}).want(http.StatusOK)
	h.supervisor.post(path+"/sheets/1/actions", obj{"action": "confirm"}).want(http.StatusOK)
	h.voters[1].post(path+"/casts", obj{"choices": []string{"yes"}}).problem(http.StatusConflict, "ballot.cast_at_meeting")
	h.moveTo(closes)
	h.counted(path)
	h.supervisor.post(path+"/actions", obj{"action": "certify", "opinion": "同意公布。"}).want(http.StatusOK)
	if n := h.anon.get(path+"/result").want(http.StatusOK).at("result", "counts", "no"); n != 1.0 {
		t.Errorf("%v against", n)
	}
}

// tinyPNG is a picture that the door takes.
func tinyPNG(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 64))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// startLogged runs a server whose log goes to w.
func startLogged(t *testing.T, w io.Writer) *started {
	t.Helper()
	return startAt(t, testConfig(t, tempData(t)), slog.New(slog.NewJSONHandler(w, nil)))
}

// startAt runs a server with a log.
func startAt(t *testing.T, cfg config.Config, log *slog.Logger) *started {
	t.Helper()
	app, err := NewApp(t.Context(), withDemoAccount(cfg), log, demoOptions(nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := importEmbeddedRegions(t.Context(), app.regions); err != nil {
		t.Fatal(err)
	}
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
		defer cancel()
		_ = app.Close(ctx)
	})
	return &started{App: app, anon: client{t: t, base: "http://" + app.Addr()}}
}
