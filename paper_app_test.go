package main

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
)

// A posting can be hung up, read out and found by its code, and what was taken
// down says so on paper too.
func TestPaper(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	o := s.staff()
	id := o.publish(draftOf(testVillage, "2026-09"))

	script := s.anon.get("/api/v1/disclosures/" + id + "/script").want(http.StatusOK)
	if text := script.str("text"); !strings.Contains(text, "收入合计二千元，支出合计一千二百六十元五角") || !strings.Contains(text, "二〇二六年九月") {
		t.Error(text)
	}
	if n, ok := script.at("seconds").(float64); !ok || n < 20 || n > 120 {
		t.Errorf("%v seconds", script.at("seconds"))
	}
	s.anon.get("/api/v1/disclosures/nosuch/script").problem(http.StatusNotFound, "disclosure.not_found")

	pdf := func(path string) reply {
		r := s.anon.get(path).want(http.StatusOK)
		if !bytes.HasPrefix(r.body, []byte("%PDF-")) || r.header.Get("Content-Type") != "application/pdf" {
			t.Errorf("%s: %v", path, r.header)
		}
		return r
	}
	standing := pdf("/d/" + id + "/sheet.pdf")
	codes := pdf("/r/" + testVillage + "/codes.pdf")
	s.anon.get("/d/" + id + "/script").want(http.StatusOK)
	if page := s.anon.get("/d/" + id).want(http.StatusOK); !bytes.Contains(page.body, []byte("/d/"+id+"/sheet.pdf")) {
		t.Error("the page does not lead to its sheet")
	}

	o.clerk.post("/api/v1/disclosures/"+id+"/actions", obj{"action": "withdraw", "reason": "电费少算了一笔，需要更正。", "kind": "error"}).want(http.StatusOK)
	// On a slow machine the old sheet is shown, and says so, while the new one is
	// being made.
	fresh := func(path string) (r reply) {
		eventually(t, 20*soon, path+" is made anew", func() bool { r = pdf(path); return r.header.Get("Warning") == "" })
		return r
	}
	if r := fresh("/d/" + id + "/sheet.pdf"); r.header.Get("Etag") == standing.header.Get("Etag") {
		t.Error("the sheet of what was taken down is as before")
	}
	if r := fresh("/r/" + testVillage + "/codes.pdf"); r.header.Get("Etag") == codes.header.Get("Etag") {
		t.Error("a code leads to what was taken down")
	}
	if text := s.anon.get("/api/v1/disclosures/" + id + "/script").want(http.StatusOK).str("text"); strings.Contains(text, "二千元") || !strings.Contains(text, "已经撤回") {
		t.Error(text)
	}
}
