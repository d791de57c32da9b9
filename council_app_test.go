package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"cunwu/service/calendar"
)

const feastCharter = "本会由村民推选产生，婚事新办、丧事简办。酒席不超过二十桌，不收礼金。"

// meeting is what a village governs itself by, through the door alone.
type meeting struct {
	*started
	*office
	t  *testing.T
	id string
}

// day gives a day as many days from now.
func (m *meeting) day(days int) string {
	return m.clock.Now().In(calendar.China).AddDate(0, 0, days).Format(time.DateOnly)
}

func (m *meeting) path(rest string) string { return "/api/v1/councils/" + m.id + rest }

func (m *meeting) body() obj {
	return obj{
		"region": testVillage, "kind": "wedding_funeral", "name": "盐井村红白理事会", "charter": feastCharter, "from": m.day(-100), "until": m.day(500),
	}
}

// resident gives the number in the roll of the only person on it.
func (m *meeting) resident() string {
	return m.clerk.get("/api/v1/regions/"+testVillage+"/residents").want(http.StatusOK).str("items", 0, "id")
}

// A body from its registration to the draft of C07: every step by who may take
// it, and nothing personal anywhere.
func TestCouncil_WholeWay(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	m := &meeting{started: s, office: s.staff(), t: t}
	m.registers()
	m.seats()
	a := m.meets()
	m.corrects(a)
	m.reports()
	// What was told names nobody and no number of the roll.
	feed := m.anon.get("/api/v1/feed/steps?region=" + testVillage).want(http.StatusOK)
	for _, kind := range []string{"council.registered", "council.members", "council.changed", "council.activity_planned", "council.activity_correct"} {
		if !strings.Contains(string(feed.body), kind) {
			t.Errorf("the chronicle lacks %s: %s", kind, clip(feed.body))
		}
	}
	if strings.Contains(string(feed.body), "王*成") || strings.Contains(string(feed.body), m.resident()) {
		t.Errorf("the chronicle names somebody: %s", feed.body)
	}
}

func (m *meeting) registers() {
	t := m.t
	t.Helper()
	for name, x := range map[string]struct {
		change obj
		code   string
	}{
		"CharterEmpty": {obj{"charter": ""}, "request.invalid"},
		"TermReversed": {obj{"from": m.day(10), "until": m.day(9)}, "council.term_invalid"},
		"Kind":         {obj{"kind": "court"}, "council.kind_unknown"},
		"Private":      {obj{"charter": feastCharter + "联系 13800138000。"}, "council.private_data"},
		"Extra":        {obj{"budget": 1}, "request.invalid"},
		"Foreign":      {obj{"members": []obj{{"resident": "nobody", "office": "member", "from": m.day(-1)}}}, "council.member_unknown"},
	} {
		r := m.clerk.post("/api/v1/councils", merge(m.body(), x.change))
		t.Run(name, func(t *testing.T) {
			r.t = t
			r.problem(http.StatusUnprocessableEntity, x.code)
		})
	}
	m.anon.post("/api/v1/councils", m.body()).problem(http.StatusUnauthorized, "auth.required")
	for _, c := range []client{m.villager, m.stranger, m.otherClerk, m.supervisor} {
		c.post("/api/v1/councils", m.body()).problem(http.StatusForbidden, "account.not_allowed")
	}
	r := m.clerk.post("/api/v1/councils", m.body(), "Idempotency-Key", "once").want(http.StatusCreated)
	m.id = r.str("id")
	if again := m.clerk.post("/api/v1/councils", m.body(), "Idempotency-Key", "once").want(http.StatusCreated); again.str("id") != m.id {
		t.Errorf("a repeat registers another: %s", again.body)
	}
	m.director.post("/api/v1/councils", m.body()).problem(http.StatusConflict, "council.name_taken")
	texts := obj{"name": "盐井村红白理事会", "charter": feastCharter + "违反的由理事劝导。", "from": m.day(-100), "until": m.day(500)}
	m.director.send(http.MethodPut, m.path(""), texts).want(http.StatusOK)
	m.otherClerk.send(http.MethodPut, m.path(""), texts).problem(http.StatusForbidden, "account.not_allowed")
	m.clerk.send(http.MethodPut, m.path(""), merge(texts, obj{"revision": 1})).problem(http.StatusConflict, "council.raced")
	m.clerk.send(http.MethodPut, "/api/v1/councils/nosuch", texts).problem(http.StatusNotFound, "council.not_found")
	charters := m.anon.get(m.path("/charters")).want(http.StatusOK)
	if charters.at("items", 0, "version") != 2.0 || charters.str("items", 1, "charter") != feastCharter || charters.str("items", 1, "by") != "文书" {
		t.Errorf("%s", charters.body)
	}
	if r := m.anon.get("/api/v1/councils?region=" + testCity).want(http.StatusOK); r.str("items", 0, "id") != m.id {
		t.Errorf("%s", r.body)
	}
}

func (m *meeting) seats() {
	t := m.t
	t.Helper()
	id := m.resident()
	in := obj{"resident": id, "office": "convenor", "from": m.day(-90)}
	m.villager.post(m.path("/members"), in).problem(http.StatusForbidden, "account.not_allowed")
	m.clerk.post(m.path("/members"), merge(in, obj{"until": m.day(-91)})).problem(http.StatusUnprocessableEntity, "council.member_days")
	if r := m.clerk.post(m.path("/members"), in).want(http.StatusCreated); strings.Contains(string(r.body), "*") || r.at("members_now") != 1.0 {
		t.Errorf("a receipt names somebody: %s", r.body)
	}
	m.clerk.post(m.path("/members"), merge(in, obj{"office": "member"})).problem(http.StatusConflict, "council.member_overlap")
	m.clerk.post(m.path("/members/1/end"), obj{"until": m.day(-95)}).problem(http.StatusUnprocessableEntity, "council.member_days")
	m.clerk.post(m.path("/members/9/end"), obj{"until": m.day(-5)}).problem(http.StatusNotFound, "council.member_not_found")
	m.clerk.post(m.path("/members/1/end"), obj{"until": m.day(-5)}).want(http.StatusOK)
	m.clerk.post(m.path("/members/1/end"), obj{"until": m.day(-6)}).problem(http.StatusConflict, "council.member_ended")
	m.clerk.post(m.path("/members"), merge(in, obj{"office": "member", "from": m.day(-4)})).want(http.StatusCreated)
	r := m.anon.get(m.path("")).want(http.StatusOK)
	if r.str("members", 0, "name") != "王*成" || r.str("former_members", 0, "office_name") != "召集人" || strings.Contains(string(r.body), id) {
		t.Errorf("%s", r.body)
	}
	page := string(m.anon.get("/o/" + m.id).want(http.StatusOK).body)
	if !strings.Contains(page, "王*成") || !strings.Contains(page, "以前的成员") || strings.Contains(page, id) || strings.Contains(page, "王小成") {
		t.Errorf("page: %s", clip([]byte(page)))
	}
	moral := m.clerk.post("/api/v1/councils", merge(m.body(), obj{"kind": "moral_council", "name": "道德评议会"})).want(http.StatusCreated).str("id")
	m.clerk.post("/api/v1/councils/"+moral+"/members", in).problem(http.StatusUnprocessableEntity, "council.members_by_office")
	m.director.post("/api/v1/appointments", obj{"role": "council", "region": testVillage, "resident_id": id, "start": m.day(-1), "end": m.day(300)}).want(http.StatusCreated)
	if r := m.anon.get("/api/v1/councils/" + moral).want(http.StatusOK); r.str("voters", "names", 0) != "王*成" || !strings.Contains(r.str("voters", "note"), "不另立名单") {
		t.Errorf("%s", r.body)
	}
	if p := m.anon.get("/o/" + moral).want(http.StatusOK); !strings.Contains(string(p.body), "王*成") {
		t.Errorf("page: %s", clip(p.body))
	}
}

// meets plans, holds and sums up an activity, and cancels another; it gives the
// path of the first.
func (m *meeting) meets() string {
	t := m.t
	t.Helper()
	plan := obj{"kind": "mutual_aid", "title": "帮缺劳力的人家收麦", "on": m.day(-3), "place": "二组坝子", "plan": "自带镰刀。"}
	m.otherClerk.post(m.path("/activities"), plan).problem(http.StatusForbidden, "account.not_allowed")
	m.clerk.post(m.path("/activities"), merge(plan, obj{"on": m.day(-101)})).problem(http.StatusUnprocessableEntity, "council.term_invalid")
	r := m.clerk.post(m.path("/activities"), plan).want(http.StatusCreated)
	a := "/api/v1/councils/activities/" + r.str("id")
	hold := obj{"action": "hold", "held_on": m.day(-3), "place": "二组坝子", "heads": "23", "cost_fen": "12050", "money": "collective"}
	photo := m.clerk.upload("现场.png", photo(t)).want(http.StatusCreated)
	m.otherClerk.post(a+"/actions", hold).problem(http.StatusForbidden, "procedure.forbidden")
	m.anon.post(a+"/actions", hold).problem(http.StatusUnauthorized, "auth.required")
	m.clerk.post(a+"/actions", merge(hold, obj{"cost_fen": "-1"})).problem(http.StatusUnprocessableEntity, "request.invalid")
	m.clerk.post(a+"/actions", merge(hold, obj{"money": ""})).problem(http.StatusUnprocessableEntity, "council.cost_invalid")
	m.clerk.post(a+"/actions", merge(hold, obj{"media": []string{"mfzwkzdjmfzwkzdjmfzwkzdjme"}})).problem(http.StatusUnprocessableEntity, "council.photo_unknown")
	m.director.post(a+"/actions", merge(hold, obj{"media": []string{photo.str("id")}})).problem(http.StatusUnprocessableEntity, "council.photo_unknown")
	m.anon.get(photo.str("url")).want(http.StatusNotFound)
	held := m.clerk.post(a+"/actions", merge(hold, obj{"media": []string{photo.str("id")}})).want(http.StatusOK)
	m.anon.get(held.str("photos", 0, "url")).want(http.StatusOK)
	if held.str("state") != "held" || held.at("cost_fen") != 12050.0 || held.str("available_actions", 0, "action") != "summarise" {
		t.Errorf("%s", held.body)
	}
	m.clerk.post(a+"/actions", obj{"action": "summarise", "summary": "二十三人帮三户收完了麦子，没有人受伤。"}).want(http.StatusOK)
	other := m.clerk.post(m.path("/activities"), merge(plan, obj{"title": "坝坝电影"})).want(http.StatusCreated).str("id")
	m.clerk.post("/api/v1/councils/activities/"+other+"/actions", obj{"action": "cancel", "reason": "连续下雨，没有放成。"}).want(http.StatusOK)
	if r := m.anon.get(m.path("/activities?limit=1")).want(http.StatusOK); r.str("items", 0, "state") != "cancelled" || r.str("next_cursor") == "" {
		t.Errorf("%s", r.body)
	}
	m.anon.get("/api/v1/councils/activities/nosuch").problem(http.StatusNotFound, "council.activity_not_found")
	return a
}

func (m *meeting) corrects(a string) {
	t := m.t
	t.Helper()
	before := m.anon.get(a).want(http.StatusOK)
	url := before.str("photos", 0, "url")
	r := m.director.post(a+"/actions", obj{"action": "correct", "reason": "照片里有孩子的脸，人数也记错了", "heads": "24", "photos": "replace"}).want(http.StatusOK)
	if r.at("version") != 2.0 || r.at("corrections", 0, "before", "heads") != 23.0 || r.str("corrections", 0, "by") == "" {
		t.Errorf("%s", r.body)
	}
	m.anon.get(url).want(http.StatusNotFound)
	page := string(m.anon.get(before.str("url")).want(http.StatusOK).body)
	for _, words := range []string{"24 人", "原来的人数", "23 人", "更正（第 2 版）", "¥120.50，村集体资金"} {
		if !strings.Contains(page, words) {
			t.Errorf("the page lacks %q", words)
		}
	}
	list := string(m.anon.get("/r/" + testVillage + "/councils").want(http.StatusOK).body)
	if !strings.Contains(list, "/o/"+m.id) || !strings.Contains(string(m.anon.get("/r/"+testVillage).want(http.StatusOK).body), "/r/"+testVillage+"/councils") {
		t.Errorf("not on the lists: %s", clip([]byte(list)))
	}
}

func (m *meeting) reports() {
	t := m.t
	t.Helper()
	on, err := time.Parse(time.DateOnly, m.day(-3))
	if err != nil {
		t.Fatal(err)
	}
	in := obj{"region": testVillage, "year": on.Year()}
	m.villager.post("/api/v1/councils/report", in).problem(http.StatusForbidden, "account.not_allowed")
	m.clerk.post("/api/v1/councils/report", merge(in, obj{"year": on.Year() + 2})).problem(http.StatusUnprocessableEntity, "request.invalid")
	r := m.clerk.post("/api/v1/councils/report", in).want(http.StatusCreated)
	want := fmt.Sprintf("%d年本村有自治组织2个，办了活动1次，经费合计120.50元。", on.Year())
	if r.str("item_code") != "C07" || r.str("summary") != want || strings.Contains(string(r.body), "王*成") {
		t.Errorf("%s", clip(r.body))
	}
	m.anon.get("/api/v1/disclosures/" + r.str("id")).want(http.StatusNotFound)
}
