package main

import (
	"net/http"
	"strings"
	"testing"
)

// A red matter through every branch: consent with name and photo, endorsement,
// withdrawal of both, expiry; and no.
func TestBoards_Red(t *testing.T) {
	t.Parallel()
	d := newStand(t)
	id, photo := d.redListed()
	e := d.shown(d.anon, "red", id)
	if e == nil || e["name"] != nameOf("subject") || e["deed"] != redDeed || e["photo"] == nil || e["endorsements"] != 0.0 || e["listed_at"] == nil || e["expires_at"] == nil {
		t.Fatalf("on the board: %v", e)
	}
	for _, at := range []string{"url", "thumb_url"} {
		if r := d.anon.get(photo.str(at)).want(http.StatusOK); r.header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("a cache may keep the photo: %s", r.header.Get("Cache-Control"))
		}
	}
	d.waits("the subject is told", func() bool {
		return strings.Contains(string(d.folk["subject"].get("/api/v1/me/messages").want(http.StatusOK).body), "上榜了")
	})
	d.folk["subject"].send(http.MethodPut, entryAt(id, "/endorsement"), nil).problem(http.StatusForbidden, "ranking.own_deed")
	d.folk["other"].send(http.MethodPut, entryAt(id, "/endorsement"), nil).want(http.StatusOK)
	if e := d.shown(d.anon, "red", id); e["endorsements"] != 1.0 {
		t.Errorf("endorsed: %v", e)
	}
	d.refuse(d.folk["other"], id, http.StatusForbidden, "procedure.forbidden", obj{"action": "withdraw_consent"})
	d.step(d.folk["subject"], id, "listed", obj{"action": "withdraw_consent"})
	if e := d.shown(d.anon, "red", id); e == nil || e["name"] != nil || e["photo"] != nil || e["deed"] != redDeed {
		t.Errorf("after the consent was withdrawn: %v", e)
	}
	for _, at := range []string{"url", "thumb_url"} {
		for _, c := range []client{d.anon, d.folk["subject"], d.clerk} {
			c.get(photo.str(at)).problem(http.StatusNotFound, "media.not_found")
		}
	}

	declined := d.redAsked()
	if own := d.folk["subject"].get("/api/v1/me/boards").want(http.StatusOK); own.str("about", 0, "id") != declined || own.at("about", 0, "maker") != nil {
		t.Errorf("one's own: %s", clip(own.body))
	}
	d.step(d.folk["subject"], declined, "declined", obj{"action": "decline"})
	d.gone("red", declined, "declined")

	paper := d.redAsked()
	sheet := d.clerk.upload("签字单.png", photoOf(t, 99, 99)).want(http.StatusCreated)
	d.step(d.clerk, paper, "notice", obj{"action": "consent_paper", "name": "masked", "media": []string{sheet.str("id")}})
	if e := d.shown(d.anon, "red", paper); e == nil || e["name"] != "欧**雪" || e["photo"] != nil {
		t.Errorf("by the paper: %v", e)
	}
	for c, status := range map[*client]int{&d.anon: http.StatusNotFound, &d.otherClerk: http.StatusNotFound, &d.director: http.StatusOK} {
		c.get(sheet.str("url")).want(status)
	}
	d.step(d.folk["subject"], paper, "declined", obj{"action": "remove_me"})
	d.gone("red", paper, "declined")

	silent := d.redAsked()
	d.later(30)
	d.gone("red", silent, "declined")

	d.later(370)
	d.gone("red", id, "expired")
	if r := d.anon.get(entryAt(id, "")); r.status == http.StatusOK && r.at("name") != nil {
		t.Errorf("what expired holds a name: %s", clip(r.body))
	}
}

// A black matter that ends without being listed, or by correction or expiry.
func TestBoards_Black(t *testing.T) {
	t.Parallel()
	d := newStand(t)
	evidence := d.folk["maker"].upload("现场.png", photoOf(t, 77, 55)).want(http.StatusCreated)
	id := d.raised("black", obj{"evidence": []string{evidence.str("id")}})
	d.clerk.get(evidence.str("url")).want(http.StatusOK)
	d.folk["c1"].get(evidence.str("url")).want(http.StatusOK)
	for _, c := range []client{d.anon, d.folk["other"], d.folk["subject"], d.otherClerk} {
		c.get(entryAt(id, "")).problem(http.StatusNotFound, "redblack.not_found")
		c.get(evidence.str("url")).problem(http.StatusNotFound, "media.not_found")
	}
	if m := d.folk["c1"].get(entryAt(id, "")).want(http.StatusOK); m.str("matter", "facts") != blackFacts || m.at("matter", "maker") != nil {
		t.Errorf("the council reads %s", clip(m.body))
	}
	if m := d.clerk.get(d.board("matters")).want(http.StatusOK); m.str("items", 0, "id") != id || m.str("items", 0, "maker") != "褚*满" {
		t.Errorf("the keeper's work: %s", clip(m.body))
	}
	d.step(d.clerk, id, "verified", d.verification(id, blackDeed))
	d.step(d.clerk, id, "heard", obj{"action": "tell", "by": "app"})
	d.waits("told", func() bool {
		return strings.Contains(string(d.folk["subject"].get("/api/v1/me/messages").want(http.StatusOK).body), "要听您说明")
	})
	d.step(d.folk["subject"], id, "education", obj{"action": "reply", "text": replyText})
	d.step(d.clerk, id, "corrected", obj{"action": "mended", "note": "沟已经清理干净，现场看过。", "red_deed": "主动清理村道边的排水沟"})
	d.gone("black", id, "corrected")
	d.folk["maker"].get(evidence.str("url")).problem(http.StatusNotFound, "media.not_found")
	if m := d.folk["c1"].get(d.board("matters")).want(http.StatusOK); m.str("items", 0, "kind") != "red" || m.str("items", 0, "state") != "verified" {
		t.Errorf("it does not turn red: %s", clip(m.body))
	}

	id = d.blackListed(nil)
	for c, reply := range map[*client]any{&d.anon: nil, &d.clerk: nil, ptrTo(d.folk["other"]): replyText} {
		if e := d.shown(*c, "black", id); e == nil || e["name"] != nil || e["photo"] != nil || e["deed"] != blackDeed || e["reply"] != reply || e["endorsements"] != nil {
			t.Errorf("on the board: %v", e)
		}
	}
	d.step(d.folk["subject"], id, "listed", obj{"action": "claim", "text": "已经清理干净了。"})
	d.step(d.clerk, id, "corrected", obj{"action": "confirm", "note": "现场看过，沟已经通了。", "council": "同意下榜"})
	d.gone("black", id, "corrected")

	id = d.blackListed(nil)
	d.step(d.folk["subject"], id, "listed", obj{"action": "claim", "text": "已经清理干净了。"})
	d.later(5) // nobody looked within a working day
	if d.shown(d.anon, "black", id) != nil {
		t.Error("it is shown although nobody looked at the correction in time")
	}
	d.step(d.clerk, id, "listed", obj{"action": "not_mended", "reason": "现场还有碎砖。"})
	d.later(40)
	d.gone("black", id, "expired")

	id = d.blackNotice(nil)
	d.folk["other"].post(entryAt(id, "/objections"), obj{"text": "当天他不在村里。"}).want(http.StatusCreated)
	d.later(9)
	d.refuse(d.clerk, id, http.StatusConflict, "redblack.objections_open", obj{"action": "list"})
	d.step(d.clerk, id, "rejected", obj{"action": "resolve", "number": "1", "result": "upheld", "reason": "查明不在村里。"})
	d.gone("black", id, "rejected")
}

// Appeals: nothing is shown while one runs, in either instance, in time or not.
func TestBoards_Appeals(t *testing.T) {
	t.Parallel()
	d := newStand(t)
	appeal := obj{"action": "appeal", "text": "碎砖不是我家倒的。"}
	upheld := obj{"action": "uphold", "reason": "查明不是他家。", "apology": sorry}
	refused := obj{"action": "refuse", "reason": "现场照片清楚。"}
	hidden := func(id string) {
		t.Helper()
		for _, c := range []client{d.anon, d.folk["other"], d.clerk} {
			if d.shown(c, "black", id) != nil {
				t.Error("what is appealed is shown")
			}
		}
	}
	id := d.blackListed(nil)
	d.refuse(d.folk["other"], id, http.StatusForbidden, "procedure.forbidden", appeal)
	d.step(d.folk["subject"], id, "appealed", appeal)
	hidden(id)
	d.refuse(d.clerk, id, http.StatusForbidden, "procedure.forbidden", upheld)
	d.refuse(d.supervisor, id, http.StatusUnprocessableEntity, "redblack.names_person", merge(upheld, obj{"apology": nameOf("subject") + "没有倒垃圾，公开道歉。"}))
	d.step(d.supervisor, id, "revoked", upheld)
	d.gone("black", id, "revoked")
	if r := d.anon.get(d.board("black")).want(http.StatusOK); r.str("apologies", 0, "text") != sorry {
		t.Errorf("no apology: %s", clip(r.body))
	}
	d.waits("the apology reaches the villagers", func() bool {
		return strings.Contains(string(d.folk["other"].get("/api/v1/me/messages").want(http.StatusOK).body), "公开道歉")
	})

	id = d.blackListed(nil)
	d.step(d.folk["subject"], id, "appealed", appeal)
	d.step(d.supervisor, id, "appealed", refused)
	hidden(id)
	d.step(d.folk["subject"], id, "appealed", merge(appeal, obj{"action": "appeal_on"}))
	d.refuse(d.supervisor, id, http.StatusForbidden, "procedure.forbidden", upheld)
	hidden(id)
	d.step(d.township, id, "revoked", upheld)
	d.gone("black", id, "revoked")

	id = d.blackListed(nil)
	d.step(d.folk["subject"], id, "appealed", appeal)
	d.step(d.supervisor, id, "appealed", refused)
	d.step(d.folk["subject"], id, "appealed", merge(appeal, obj{"action": "appeal_on"}))
	d.step(d.township, id, "listed", refused)
	if d.shown(d.anon, "black", id) == nil {
		t.Error("refused twice, and not back on the list")
	}
	d.later(40)
	d.gone("black", id, "expired")

	id = d.blackListed(nil)
	d.step(d.folk["subject"], id, "appealed", appeal)
	d.later(9) // the supervisors let it lie
	d.refuse(d.supervisor, id, http.StatusForbidden, "procedure.forbidden", refused)
	d.later(20) // and the township: it moves up by itself, it never comes back by itself
	hidden(id)
	if m := d.township.get(d.board("matters")).want(http.StatusOK); m.str("items", 0, "id") != id || m.at("items", 0, "overdue") != true {
		t.Errorf("the township's work: %s", clip(m.body))
	}
	d.step(d.township, id, "revoked", upheld)
}

func ptrTo[T any](v T) *T { return &v }
