package main

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"cunwu/service/ballot"
	"cunwu/service/ballot/sealed"
	"cunwu/verify"
)

// TestBallotPage_Hidden: while a ballot is open, no page and nothing of what
// caches see of it depends on what was chosen.
func TestBallotPage_Hidden(t *testing.T) {
	t.Parallel()
	h := start(t, testConfig(t, tempData(t))).hall(6)
	id, closes := h.question(obj{"revote": true})
	look := func() map[string]string {
		out := map[string]string{}
		for _, path := range []string{"/b/" + id, "/b/" + id + "?big=1", "/r/" + testVillage + "/ballots", "/r/51/ballots", "/r/" + testVillage} {
			for _, coding := range []string{"identity", "gzip"} {
				r := h.anon.do(http.MethodGet, path, nil, map[string]string{"Accept-Encoding": coding}).want(http.StatusOK)
				out[path+" "+coding] = strings.Join([]string{string(r.body), r.header.Get("Etag"), r.header.Get("Content-Length"), r.header.Get("Last-Modified")}, "\n")
			}
		}
		return out
	}
	vote := func(choice string) {
		for _, v := range h.voters[:5] {
			v.post("/api/v1/ballots/"+id+"/casts", obj{"choices": []string{choice}}).want(http.StatusOK)
		}
	}
	vote("yes")
	before := look()
	for _, choice := range []string{"no", "abstain"} {
		vote(choice)
		for name, now := range look() {
			if now != before[name] {
				t.Errorf("%s is another once the choices are %s", name, choice)
			}
		}
	}
	page := before["/b/"+id+" identity"]
	if !strings.Contains(page, "谁也看不到票数") || strings.Contains(page, "bars__fill") || strings.Contains(page, "export") {
		t.Errorf("the page of an open ballot: %s", page)
	}
	h.moveTo(closes)
	h.counted("/api/v1/ballots/" + id)
	if page := string(h.anon.get("/b/" + id).want(http.StatusOK).body); strings.Contains(page, "弃权 5") || !strings.Contains(page, "等待确认") {
		t.Errorf("before certification: %s", page)
	}
	h.supervisor.post("/api/v1/ballots/"+id+"/actions", obj{"action": "certify", "opinion": "同意公布。"}).want(http.StatusOK)
	if page := string(h.anon.get("/b/" + id).want(http.StatusOK).body); !strings.Contains(page, "弃权 5") {
		t.Errorf("after certification: %s", page)
	}
}

// TestBallots_StrangersWalk: from the village's list to the own vote, with
// nothing but what everybody gets.
func TestBallots_StrangersWalk(t *testing.T) {
	t.Parallel()
	h := start(t, testConfig(t, tempData(t))).hall(9)
	made, closes := h.question(obj{"kind": "choose_up_to", "max_choices": 2, "question": "先修哪两样", "options": []obj{
		{"id": "road", "label": "便道"}, {"id": "lamp", "label": "路灯"}, {"id": "ditch", "label": "水渠"},
	}})
	mine := ""
	for i, v := range h.voters[:8] {
		chosen := []string{"road", "ditch"}
		if i > 4 {
			chosen = []string{"lamp"}
		}
		mine = v.post("/api/v1/ballots/"+made+"/casts", obj{"choices": chosen}).want(http.StatusOK).str("tracker")
	}
	h.anon.get("/api/v1/ballots/"+made+"/export.csv").problem(http.StatusConflict, "ballot.not_certified")
	h.moveTo(closes)
	h.counted("/api/v1/ballots/" + made)
	h.supervisor.post("/api/v1/ballots/"+made+"/actions", obj{"action": "certify", "opinion": "同意公布。"}).want(http.StatusOK)

	link := func(page, pattern string) string {
		t.Helper()
		found := regexp.MustCompile(pattern).FindStringSubmatch(string(h.anon.get(page).want(http.StatusOK).body))
		if found == nil {
			t.Fatalf("%s has no link like %s", page, pattern)
		}
		return found[1]
	}
	list := link("/r/"+testVillage, `href="(/r/`+testVillage+`/ballots)"`)
	page := link(list, `href="(/b/[^"]+)"`)
	table, whole := link(page, `href="([^"]+/export\.csv)"`), link(page, `href="([^"]+/export)"`)

	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(h.unpacked(t, table)), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 9 || strings.Join(rows[0], "|") != "编号|选择代码|选择|方式" {
		t.Fatalf("%v %v", rows, err)
	}
	counts, casts, found := map[string]int{}, "", false
	for _, r := range rows[1:] {
		for key := range strings.SplitSeq(r[1], ",") {
			counts[key]++
		}
		casts += r[0] + " " + r[1] + "\n"
		found = found || r[0] == mine && r[2] == "路灯"
	}
	var e struct {
		Digest string `json:"casts_digest"`
		Log    struct{ Result int64 }
		Result struct {
			Counts    map[string]int
			Reasoning string
		}
	}
	if err := json.Unmarshal(h.unpacked(t, whole), &e); err != nil {
		t.Fatal(err)
	}
	if !found || hexOf([]byte(casts)) != e.Digest || counts["road"] != 5 || counts["lamp"] != 3 || e.Result.Counts["ditch"] != counts["ditch"] {
		t.Errorf("own vote found: %v; counted %v, told %+v", found, counts, e)
	}
	if text := string(h.anon.get(page).want(http.StatusOK).body); !strings.Contains(text, e.Result.Reasoning) || !strings.Contains(text, e.Digest) {
		t.Errorf("the page does not say %q", e.Result.Reasoning)
	}
	r := h.verified(t.TempDir())
	if !r.OK() || len(r.Ballots) != 1 || r.Ballots[0].Words != e.Result.Reasoning {
		t.Errorf("the verifier: %v %+v", r.Findings, r.Ballots)
	}
}

// unpacked fetches an export as a client that takes gzip and keeps copies.
func (h *hall) unpacked(t *testing.T, path string) []byte {
	t.Helper()
	gzipped := map[string]string{"Accept-Encoding": "gzip"}
	r := h.anon.do(http.MethodGet, path, nil, gzipped).want(http.StatusOK)
	tag := r.header.Get("Etag")
	if r.header.Get("Cache-Control") != "public, max-age=31536000, immutable" || tag == "" || r.header.Get("Content-Encoding") != "gzip" {
		t.Errorf("%s: %v", path, r.header)
	}
	z, err := gzip.NewReader(bytes.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if plain := h.anon.do(http.MethodGet, path, nil, map[string]string{"Accept-Encoding": "identity"}).want(http.StatusOK); !bytes.Equal(plain.body, raw) {
		t.Errorf("%s is another without gzip", path)
	}
	gzipped["If-None-Match"] = tag
	if r := h.anon.do(http.MethodGet, path, nil, gzipped).want(http.StatusNotModified); len(r.body) != 0 {
		t.Errorf("%s: 304 with %d bytes", path, len(r.body))
	}
	return raw
}

// TestVerify_SealedBallot: what a stranger can check of a sealed ballot agrees,
// on the site, in the database and in a mirror; and what is changed in a copy is
// told.
func TestVerify_SealedBallot(t *testing.T) {
	t.Parallel()
	h := start(t, testConfig(t, tempData(t))).hall(14)
	now := h.clock.Now()
	k := h.keepers()
	path := h.draftSealed(k)
	tools, n, poll := h.giveKeys(t, path, k)
	h.castSealed(t, path, poll)
	openID, closes := h.question(obj{"question": "是否同意修缮村道"})
	for i, v := range h.voters[:9] {
		v.post("/api/v1/ballots/"+openID+"/casts", obj{"choices": []string{[]string{"yes", "no"}[i%2]}}).want(http.StatusOK)
	}
	h.moveTo(now.Add(125 * time.Minute))
	_ = closes
	h.counted("/api/v1/ballots/" + openID)
	h.openSealed(t, path, n, poll, tools, k)
	for _, p := range []string{path, "/api/v1/ballots/" + openID} {
		h.supervisor.post(p+"/actions", obj{"action": "certify", "opinion": "两位保管人签字齐全，同意公布。"}).want(http.StatusOK)
	}
	if got := h.anon.get(path + "/export").want(http.StatusOK).header.Get("Cache-Control"); got != "public, no-cache" {
		t.Errorf("an export that will change may be kept: %s", got)
	}
	for _, seat := range []int{0, 1} {
		k[seat].post(path+"/destroyed", tools[seat].Says(sealed.SaysDestroyed, poll)).want(http.StatusOK)
	}
	id := strings.TrimPrefix(path, "/api/v1/ballots/")
	r := h.verified(t.TempDir())
	if !r.OK() || len(r.Ballots) != 2 || !r.Ballots[0].Sealed || r.Ballots[0].Cast != 12 || !strings.Contains(r.Ballots[0].Words, "赞成 6") {
		t.Fatalf("an honest ballot is reported: %v %+v", r.Findings, r.Ballots)
	}
	site, err := verify.NewSite(h.anon.base)
	if err != nil {
		t.Fatal(err)
	}
	mirror := t.TempDir()
	if _, err := verify.Verify(t.Context(), verify.Options{Source: site, Save: mirror, Auto: true, Settle: 10 * time.Second}); err != nil {
		t.Fatal(err)
	}
	checkMirror(t, mirror, id, openID)
}

// checkMirror spoils a mirror's copies of exports in each way.
func checkMirror(t *testing.T, mirror, id, openID string) {
	t.Helper()
	file := func(id string) string { return filepath.Join(mirror, "ballots", id+".json") }
	whole, other := readAll(t, file(id)), readAll(t, file(openID))
	var e map[string]any
	if err := json.Unmarshal(whole, &e); err != nil {
		t.Fatal(err)
	}
	changed := func(change func(e map[string]any)) []byte {
		var e map[string]any
		if err := json.Unmarshal(whole, &e); err != nil {
			t.Fatal(err)
		}
		change(e)
		raw, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	in := func(e map[string]any, name string) map[string]any { m, _ := e[name].(map[string]any); return m }
	for name, c := range map[string]struct {
		id   string
		raw  []byte
		says string
	}{
		"nothing":         {id, whole, ""},
		"another ballot":  {id, other, "导出的是另一次表决"},
		"swapped back":    {openID, whole, "导出的是另一次表决"},
		"no JSON":         {id, []byte(`{"definition": 7, nonsense}`), "导出的内容读不懂"},
		"definition gone": {id, []byte(`{}`), "导出的内容读不懂"},
		"gone":            {id, nil, "不能重新计票"},
		"tracker dropped": {id, changed(func(e map[string]any) { box, _ := e["box"].([]any); e["box"] = box[1:] }), "票箱清单少了 1 票"},
		"tracker added": {id, changed(func(e map[string]any) {
			box, _ := e["box"].([]any)
			e["box"] = append(box, strings.Repeat("f", 64))
		}), "票箱清单多了 1 票"},
		"counts": {id, changed(func(e map[string]any) {
			counts := in(in(e, "result"), "counts")
			counts["yes"], counts["no"] = 5, 7
		}), "公布的票数不是保管人签名的票数"},
		"signature": {id, changed(func(e map[string]any) {
			trustees, _ := e["trustees"].([]any)
			for _, x := range trustees {
				if m, _ := x.(map[string]any); m["opened"] != nil {
					in(m, "opened")["counted"] = 11
				}
			}
		}), "第二位保管人开箱的签名不对"},
		"key": {id, changed(func(e map[string]any) {
			trustees, _ := e["trustees"].([]any)
			a, _ := trustees[0].(map[string]any)
			b, _ := trustees[1].(map[string]any)
			a["box_key"], b["box_key"] = b["box_key"], a["box_key"]
		}), "和开始时存证的不同"},
		"roll":  {id, changed(func(e map[string]any) { e["roll_size"] = 99 }), "名册人数被改动过"},
		"words": {id, changed(func(e map[string]any) { in(e, "result")["reasoning"] = "都同意。" }), "公布的结果被改动过"},
	} {
		t.Run(name, func(t *testing.T) {
			was := readAll(t, file(c.id))
			if err := os.WriteFile(file(c.id), c.raw, 0o600); err != nil {
				t.Fatal(err)
			}
			if c.raw == nil {
				if err := os.Remove(file(c.id)); err != nil {
					t.Fatal(err)
				}
			}
			r, err := verify.Verify(t.Context(), verify.Options{Source: verify.Folder(mirror), Auto: true})
			if err := os.WriteFile(file(c.id), was, 0o600); err != nil {
				t.Fatal(err)
			}
			if err != nil {
				t.Fatal(err)
			}
			said := ""
			for _, f := range r.Findings {
				said += f.String() + "\n"
			}
			if c.says == "" && !r.OK() || !strings.Contains(said, c.says) {
				t.Errorf("no line says %q:\n%s", c.says, said)
			}
		})
	}
}

// Everything that the digest of a definition covers is shown while a ballot is
// open: else a verifier could not make the digest from what people see.
func TestBallots_ShowWholeDefinition(t *testing.T) {
	t.Parallel()
	h := start(t, testConfig(t, tempData(t))).hall(3)
	id, _ := h.question(nil)
	shown := h.anon.get("/api/v1/ballots/" + id).want(http.StatusOK)
	all := ballot.Definition{Sealed: true, AllPairs: true, Quorum: ballot.Share{Num: 1, Den: 2}, Pass: ballot.Share{Num: 1, Den: 2}}
	for name := range all.Facts() {
		if name == "all_pairs" { // shown where it is asked for
			continue
		}
		if shown.at(name) == nil {
			t.Errorf("%s is not shown", name)
		}
	}
}
