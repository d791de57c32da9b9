package main

import (
	"bytes"
	"net/http"
	"testing"
)

// TestDisclosure_Understood goes by the door the way of a month's accounts that
// are checked, corrected, compared and told to the households they concern.
func TestDisclosure_Understood(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	o := s.staff()
	o.villager = s.bound(o)
	o.publish(draftOf(testVillage, "2026-08"))
	d := draftOf(testVillage, "2026-09")
	file := o.clerk.upload("凭证.png", photo(t)).want(http.StatusCreated)
	d["media"] = []any{file.str("id")}
	lines, ok := d["lines"].([]obj)
	if !ok {
		t.Fatal("a draft has no lines")
	}
	lines[1]["image"], lines[1]["payee"], lines[1]["project"] = file.str("id"), "王小成", "路灯"
	opening := d["opening_fen"]
	d["opening_fen"] = 1
	id := o.clerk.post("/api/v1/disclosures", d).want(http.StatusCreated).str("id")
	path := "/api/v1/disclosures/" + id
	act := func(c client, body obj) reply { c.t.Helper(); return c.post(path+"/actions", body) }
	act(o.clerk, obj{"action": "submit"}).problem(http.StatusUnprocessableEntity, "disclosure.balance_differs")
	d["opening_fen"], d["revision"] = opening, 1
	for _, key := range []string{"region", "item_code", "period"} {
		delete(d, key)
	}
	o.clerk.send(http.MethodPut, path, d).want(http.StatusOK)
	act(o.clerk, obj{"action": "submit"}).want(http.StatusOK)
	act(o.supervisor, obj{"action": "approve", "opinion": "同意公开。"}).problem(http.StatusUnprocessableEntity, "disclosure.attachment_unseen")
	act(o.supervisor, o.approval(id)).want(http.StatusOK)
	act(o.director, obj{"action": "confirm", "note": "村委会会议已确认。"}).want(http.StatusOK)
	act(o.clerk, obj{"action": "publish"}).want(http.StatusOK)

	p := s.anon.get(path).want(http.StatusOK)
	if p.str("lines", 1, "payee") != "王*成" || p.str("lines", 1, "image_url") != file.str("url") || p.at("opening_fen") == nil || p.at("review", "looked_at") != 1.0 {
		t.Errorf("shown: %s", p.body)
	}
	c := s.anon.get(path + "/comparison").want(http.StatusOK)
	if c.str("before", "period") != "2026-08" || c.at("year_before") != nil || c.at("categories", 0, "before", "income_fen") != 200000.0 {
		t.Errorf("comparison: %s", c.body)
	}
	households(t, s, o, path)
	s.anon.get(path+"/versions/1/difference").problem(http.StatusNotFound, "disclosure.no_difference")
	s.anon.get("/api/v1/disclosures/nothing/comparison").problem(http.StatusNotFound, "disclosure.not_found")
}

// households tells each household what concerns it, and nobody else.
func households(t *testing.T, s *started, o *office, path string) {
	t.Helper()
	put := func(c client, number string) reply {
		return c.send(http.MethodPut, path+"/households", obj{"entries": []any{obj{"household": number, "summary": "青苗补偿", "amount_fen": 12345}}})
	}
	put(o.clerk, "77").problem(http.StatusUnprocessableEntity, "disclosure.household_unknown")
	put(o.supervisor, "1").problem(http.StatusForbidden, "account.not_allowed")
	if r := put(o.clerk, "1").want(http.StatusOK); r.at("count") != 1.0 {
		t.Errorf("%s", r.body)
	}
	if r := o.villager.get("/api/v1/me/household/disclosures").want(http.StatusOK); r.at("items", 0, "amount_fen") != 12345.0 || r.str("items", 0, "summary") != "青苗补偿" {
		t.Errorf("the household reads %s", r.body)
	}
	if r := o.clerk.get(path + "/households").want(http.StatusOK); r.at("count") != 1.0 || bytes.Contains(r.body, []byte("青苗")) {
		t.Errorf("the clerk reads %s", r.body)
	}
	o.clerk.get("/api/v1/me/household/disclosures").problem(http.StatusForbidden, "feed.verified_only")
	o.villager.get(path+"/households").problem(http.StatusNotFound, "disclosure.not_found")
	for _, c := range []client{s.anon, o.clerk, o.township, o.stranger} {
		for _, at := range []string{"", "/versions", "/comparison"} {
			if r := c.get(path + at); bytes.Contains(r.body, []byte("青苗")) {
				t.Errorf("%s tells: %s", at, r.body)
			}
		}
	}
}

// TestDisclosure_Corrected: readers see what a correction changed, and who
// published it; a text that had to go is in no answer to a repeat either.
func TestDisclosure_Corrected(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	o := s.staff()
	d := draftOf(testVillage, "2026-09")
	d["body"] = "这一段里有不该公开的事"
	id := o.clerk.post("/api/v1/disclosures", d, "Idempotency-Key", "first").want(http.StatusCreated).str("id")
	o.walk(id)
	path := "/api/v1/disclosures/" + id
	o.clerk.post(path+"/actions", obj{"action": "withdraw", "reason": "电费写错", "kind": "error"}).want(http.StatusOK)
	revision := o.clerk.get(path).want(http.StatusOK).at("revision")
	edit := draftOf(testVillage, "2026-09")
	for _, key := range []string{"region", "item_code", "period"} {
		delete(edit, key)
	}
	edit["revision"], edit["body"] = revision, "这一段改过了"
	o.clerk.send(http.MethodPut, path, edit).want(http.StatusOK)
	o.walk(id)
	r := s.anon.get(path + "/versions/2/difference").want(http.StatusOK)
	if r.str("reason") != "电费写错" || r.at("body", 0, "op") == nil || r.str("lines", 0, "op") != "same" {
		t.Errorf("difference: %s", r.body)
	}
	if v := s.anon.get(path + "/versions").want(http.StatusOK); v.str("items", 0, "author") == "" {
		t.Errorf("versions: %s", v.body)
	}
	if f := s.anon.get("/api/v1/feed?region=" + testVillage).want(http.StatusOK); f.at("items", 0, "corrected") != true {
		t.Errorf("feed: %s", f.body)
	}
	again := func() reply { return o.clerk.post("/api/v1/disclosures", d, "Idempotency-Key", "first") }
	if r := again().want(http.StatusCreated); !bytes.Contains(r.body, []byte("不该公开")) {
		t.Errorf("the repeat: %s", r.body)
	}
	o.clerk.post(path+"/actions", obj{"action": "withdraw", "reason": "写了个人情况", "kind": "privacy"}).want(http.StatusOK)
	if r := again(); r.status != http.StatusConflict || bytes.Contains(r.body, []byte("不该公开")) {
		t.Errorf("a repeat gives %d %s", r.status, r.body)
	}
	again().problem(http.StatusConflict, "idempotency.gone")
}
