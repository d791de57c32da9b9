package main

import (
	"net/http"
	"strings"
	"testing"
)

// What is wrong with a nomination or a report is refused with its code, and
// nothing is shown.
func TestBoards_RefusedNominations(t *testing.T) {
	t.Parallel()
	d := newStand(t)
	maker := d.folk["maker"]
	red, says := d.says("red")
	black, reports := d.says("black")
	d.anon.post(red, says).problem(http.StatusUnauthorized, "auth.required")
	d.folk["subject"].post(red, says).problem(http.StatusUnprocessableEntity, "redblack.self_nomination")
	for _, c := range []client{d.stranger, d.otherClerk} {
		c.post(red, says).problem(http.StatusForbidden, "redblack.not_verified")
		c.post(black, reports).problem(http.StatusForbidden, "redblack.not_verified")
	}
	maker.post("/api/v1/boards/"+otherVillage+"/nominations", says).problem(http.StatusForbidden, "redblack.not_verified")
	for _, clause := range []string{"c03", "c02", "c99"} { // not announced, of the other list, none
		maker.post(red, merge(says, obj{"clause": clause})).problem(http.StatusUnprocessableEntity, "redblack.clause_not_in_force")
	}
	maker.post(red, merge(says, obj{"evidence": []string{"mfzwkzdjmfzwkzdjmfzwkzdjme"}})).problem(http.StatusUnprocessableEntity, "redblack.media_invalid")
	foreign := d.folk["other"].upload("别人的.png", photoOf(t, 31, 31)).want(http.StatusCreated).str("id")
	maker.post(black, merge(reports, obj{"evidence": []string{foreign}})).problem(http.StatusUnprocessableEntity, "redblack.media_invalid")
	for _, change := range []obj{{"name": "欧"}, {"facts": "太短"}, {"on": d.day(3)}, {"on": "2020-01-01"}, {"maker": "somebody"}} {
		maker.post(red, merge(says, change)).problem(http.StatusUnprocessableEntity, "request.invalid")
	}
	// Whether somebody of the name is on the roll is told to nobody.
	maker.post(black, merge(reports, obj{"name": "无此一人"})).want(http.StatusCreated)
	maker.post(black, reports).want(http.StatusCreated)
	maker.post(black, reports).want(http.StatusCreated)
	maker.post(black, reports).problem(http.StatusTooManyRequests, "redblack.too_many")
	for _, list := range []string{"red", "black"} {
		if r := d.anon.get(d.board(list)).want(http.StatusOK); strings.Contains(string(r.body), `"id":"`) && !strings.Contains(string(r.body), `"items":[]`) {
			t.Errorf("refusals left: %s", clip(r.body))
		}
	}
	d.anon.get("/api/v1/boards/"+otherVillage+"/announcement").problem(http.StatusConflict, "redblack.not_announced")
	d.anon.get("/api/v1/boards/999999999999/red").problem(http.StatusNotFound, "region.not_found")
	d.clerk.post(d.board("announcement"), obj{
		"council": "道德评议会", "keeper_role": "clerk", "keeper": "陈晓兰", "clauses": []string{"c77"}, "incentives": "没有。", "objections": "可以申诉。", "from": d.day(0),
	}).problem(http.StatusUnprocessableEntity, "redblack.clause_not_in_force")
	d.folk["other"].post(d.board("announcement"), obj{
		"council": "道德评议会", "keeper_role": "clerk", "keeper": "陈晓兰", "clauses": []string{"c01"}, "incentives": "没有。", "objections": "可以申诉。", "from": d.day(0),
	}).problem(http.StatusForbidden, "account.not_allowed")
}

// What is wrong with the steps of a black matter is refused with its code.
func TestBoards_RefusedSteps(t *testing.T) {
	t.Parallel()
	d := newStand(t)
	id := d.raised("black", nil)
	verify := d.verification(id, blackDeed)
	for deed, code := range map[string]string{
		"好吃懒做，把垃圾倒在沟里":                "redblack.text_refused",
		"家里贫困，把垃圾倒在沟里":                "redblack.text_refused",
		"精神病人把垃圾倒在沟里":                 "redblack.text_refused",
		"离婚以后把垃圾倒在沟里":                 "redblack.text_refused",
		nameOf("subject") + "把垃圾倒在沟里": "redblack.names_person",
		"把垃圾倒在沟里，电话13800138000":       "redblack.private_data",
		"短": "procedure.fields_invalid",
	} {
		d.refuse(d.clerk, id, http.StatusUnprocessableEntity, code, merge(verify, obj{"deed": deed}))
	}
	d.refuse(d.clerk, id, http.StatusUnprocessableEntity, "redblack.resident_unknown", merge(verify, obj{"resident": d.resident("other")}))
	minor := d.raised("black", obj{"name": nameOf("child")})
	d.refuse(d.clerk, minor, http.StatusUnprocessableEntity, "redblack.minor", d.verification(minor, blackDeed))
	picture := d.clerk.upload("有人脸.png", photoOf(t, 45, 45)).want(http.StatusCreated).str("id")
	d.refuse(d.clerk, id, http.StatusUnprocessableEntity, "redblack.black_photo", merge(verify, obj{"media": []string{picture}}))
	d.step(d.clerk, id, "verified", verify)
	d.step(d.clerk, id, "heard", obj{"action": "tell", "by": "visit"})
	d.step(d.folk["subject"], id, "education", obj{"action": "reply", "text": replyText})
	d.refuse(d.clerk, id, http.StatusConflict, "procedure.too_early", obj{"action": "to_council"}) // education takes a week
	d.later(9)
	d.step(d.clerk, id, "education", obj{"action": "to_council"})
	d.refusedVotes(id)
	d.agreedAfter(id)
	d.step(d.clerk, id, "notice", obj{"action": "give_notice", "by": "visit"})
	d.refuse(d.clerk, id, http.StatusConflict, "redblack.notice_running", obj{"action": "list"})
	d.stranger.post(entryAt(id, "/objections"), obj{"text": "我不是这个村的。"}).problem(http.StatusForbidden, "redblack.not_verified")
	d.folk["other"].post(entryAt(id, "/objections"), obj{"text": "应该先修垃圾池。"}).want(http.StatusCreated)
	d.folk["other"].post(entryAt(id, "/objections"), obj{"text": "应该先修垃圾池。"}).problem(http.StatusConflict, "redblack.objected")
	d.later(9)
	d.refuse(d.clerk, id, http.StatusConflict, "redblack.objections_open", obj{"action": "list"})
	d.refuse(d.clerk, id, http.StatusUnprocessableEntity, "redblack.objection_unknown", obj{"action": "resolve", "number": "7", "result": "dismissed", "reason": "没有这一条。"})
	d.step(d.clerk, id, "notice", obj{"action": "resolve", "number": "1", "result": "dismissed", "reason": "垃圾池已经修好。"})
	d.step(d.clerk, id, "listed", obj{"action": "list"})
	d.refusedNaming(id)
}

// refusedVotes: relatives, outsiders, and twice.
func (d *stand) refusedVotes(id string) {
	d.t.Helper()
	vote := func(who string) reply { return d.folk[who].post(entryAt(id, "/votes"), obj{"vote": "yes"}) }
	vote("brother").problem(http.StatusForbidden, "redblack.relative")
	d.clerk.post(entryAt(id, "/votes"), obj{"vote": "yes"}).problem(http.StatusForbidden, "redblack.not_council")
	vote("c1").want(http.StatusOK)
	vote("c1").problem(http.StatusConflict, "redblack.voted")
	d.folk["c2"].post(entryAt(id, "/votes"), obj{"vote": "perhaps"}).problem(http.StatusUnprocessableEntity, "request.invalid")
	d.refuse(d.clerk, id, http.StatusConflict, "procedure.condition_unmet", obj{"action": "adopt"})
	if m := d.folk["c2"].get(entryAt(id, "")).want(http.StatusOK); strings.Contains(string(m.body), nameOf("c1")) {
		d.t.Errorf("who voted is told: %s", clip(m.body))
	}
}

// agreedAfter is agreed where c1 has voted.
func (d *stand) agreedAfter(id string) {
	d.t.Helper()
	for _, who := range []string{"c2", "c3"} {
		d.folk[who].post(entryAt(id, "/votes"), obj{"vote": "yes"}).want(http.StatusOK)
	}
	d.step(d.clerk, id, "evaluated", obj{"action": "adopt"})
	d.folk["c1"].post(entryAt(id, "/votes"), obj{"vote": "yes", "as": "representative"}).problem(http.StatusForbidden, "redblack.not_representative")
	for _, who := range []string{"d1", "d2"} {
		d.folk[who].post(entryAt(id, "/votes"), obj{"vote": "no", "as": "representative"}).want(http.StatusOK)
	}
	d.refuse(d.clerk, id, http.StatusConflict, "procedure.condition_unmet", obj{"action": "agreed"})
	d.step(d.clerk, id, "education", obj{"action": "back"})
	d.agreed(id)
}

// refusedNaming: every condition, then the name for verified villagers of the
// village alone, and not for long.
func (d *stand) refusedNaming(id string) {
	t := d.t
	t.Helper()
	propose := obj{"action": "propose_naming", "basis": "consent", "days": "10"}
	d.refuse(d.supervisor, id, http.StatusConflict, "redblack.name_no_basis", obj{"action": "approve_naming"})
	d.refuse(d.clerk, id, http.StatusConflict, "redblack.name_no_basis", propose)
	d.refuse(d.clerk, id, http.StatusConflict, "redblack.name_period", merge(propose, obj{"days": "31"}))
	d.refuse(d.clerk, id, http.StatusForbidden, "procedure.forbidden", obj{"action": "approve_naming"})
	d.step(d.folk["subject"], id, "listed", obj{"action": "agree_naming"})
	d.refuse(d.supervisor, id, http.StatusConflict, "redblack.name_not_approved", obj{"action": "approve_naming"})
	for _, c := range []client{d.anon, d.folk["other"], d.clerk} {
		if e := d.shown(c, "black", id); e == nil || e["name"] != nil {
			t.Errorf("named without its conditions: %v", e)
		}
	}
	d.step(d.clerk, id, "listed", propose)
	d.step(d.supervisor, id, "listed", obj{"action": "approve_naming"})
	for c, name := range map[*client]any{&d.anon: nil, &d.stranger: nil, &d.otherClerk: nil, ptrTo(d.folk["other"]): nameOf("subject")} {
		if e := d.shown(*c, "black", id); e == nil || e["name"] != name {
			t.Errorf("named: %v, want %v", e["name"], name)
		}
	}
	for _, place := range []string{testTownship, testCity} {
		if r := d.folk["other"].get("/api/v1/boards/" + place + "/black").want(http.StatusOK); strings.Contains(string(r.body), nameOf("subject")) {
			t.Errorf("named above the village: %s", clip(r.body))
		}
	}
	d.step(d.folk["subject"], id, "appealed", obj{"action": "appeal", "text": "碎砖不是我家倒的。"})
	d.step(d.supervisor, id, "appealed", obj{"action": "refuse", "reason": "现场照片清楚。"})
	d.step(d.folk["subject"], id, "listed", obj{"action": "accept"})
	if e := d.shown(d.folk["other"], "black", id); e == nil || e["name"] != nil {
		t.Errorf("the name came back by itself: %v", e)
	}
}

// An appeal comes in time or not at all, and a clause that left the covenant
// lists nobody any more.
func TestBoards_TooLate(t *testing.T) {
	t.Parallel()
	d := newStand(t)
	id := d.blackNotice(nil)
	d.folk["other"].post(entryAt(id, "/objections"), obj{"text": "应该先修垃圾池。"}).want(http.StatusCreated)
	d.later(9)
	d.step(d.clerk, id, "notice", obj{"action": "resolve", "number": "1", "result": "dismissed", "reason": "垃圾池已经修好。"})
	d.step(d.clerk, id, "listed", obj{"action": "list"})
	d.later(25) // more than thirty days since the notice, less since the listing
	d.refuse(d.folk["subject"], id, http.StatusConflict, "redblack.appeal_late", obj{"action": "appeal", "text": "碎砖不是我家倒的。"})

	child := d.raised("red", obj{"name": nameOf("child")})
	d.step(d.clerk, child, "verified", d.verification(child, redDeed))
	d.agreed(child, "brother")
	d.step(d.clerk, child, "asked", obj{"action": "ask", "by": "visit"})
	sheet := d.clerk.upload("签字单.png", photoOf(t, 23, 23)).want(http.StatusCreated).str("id")
	d.refuse(d.clerk, child, http.StatusUnprocessableEntity, "redblack.minor", obj{"action": "consent_paper", "name": "full", "media": []string{sheet}})

	waiting := d.redAsked()
	d.withoutClause("c01")
	d.refuse(d.folk["subject"], waiting, http.StatusUnprocessableEntity, "redblack.clause_not_in_force", obj{"action": "consent", "name": "none"})
	path, body := d.says("red")
	d.later(1)
	d.folk["maker"].post(path, body).problem(http.StatusUnprocessableEntity, "redblack.clause_not_in_force")
	if d.shown(d.anon, "red", waiting) != nil {
		t.Error("it is shown")
	}
}
