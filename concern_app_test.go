package main

import (
	"net/http"
	"strings"
	"testing"
)

// matter is one concern on its way, through the door alone.
type matter struct {
	t  *testing.T
	id string
}

func (m matter) path(rest string) string { return "/api/v1/concerns/" + m.id + rest }

func (m matter) step(c client, body obj) reply {
	m.t.Helper()
	return c.post(m.path("/actions"), body).want(http.StatusOK)
}

// newMatter is something that the stand-in of the checks doubts: a person has to
// look at it.
var newMatter = obj{
	"region": testVillage, "category": "road", "text": "三组堰塘边的路被水冲垮了半边，晚上骑车很危险（risky），找我 13800138000。",
	"place": obj{"text": "三组堰塘边", "point": obj{"latitude": 32.22861, "longitude": 106.29034}},
}

// A concern from raising to rating: every step by who may take it.
func TestConcern_WholeWay(t *testing.T) {
	s := start(t, testConfig(t, tempData(t)))
	h := s.hall(2)
	o := h.office
	o.villager = h.voters[0]
	r := o.villager.post("/api/v1/concerns", newMatter, "Idempotency-Key", "once").want(http.StatusCreated)
	m := matter{t, r.str("id")}
	t.Run("RetriedMakesOne", func(t *testing.T) {
		if again := o.villager.post("/api/v1/concerns", newMatter, "Idempotency-Key", "once").want(http.StatusCreated); again.str("id") != m.id {
			t.Errorf("made %s and %s", m.id, again.str("id"))
		}
	})
	t.Run("NobodyElseSeesWhatNobodyLookedAt", func(t *testing.T) {
		for _, c := range []client{s.anon, o.stranger, o.otherClerk} {
			c.get(m.path("")).problem(http.StatusNotFound, "concern.not_found")
			if l := c.get("/api/v1/concerns?region=" + testCity).want(http.StatusOK); strings.Contains(string(l.body), m.id) {
				t.Error("listed before anybody looked at it")
			}
		}
		o.villager.get(m.path("")).want(http.StatusOK)
	})
	if got := o.clerk.get("/api/v1/concerns?work=true").want(http.StatusOK); got.str("items", 0, "id") != m.id {
		t.Errorf("work: %s", clip(got.body))
	}
	if got := o.clerk.get("/api/v1/me/tasks").want(http.StatusOK); got.str("items", 0, "title") == "" {
		t.Errorf("tasks: %s", clip(got.body))
	}
	m.step(o.clerk, obj{"action": "show"})
	t.Run("OthersReadItBlackedOut", func(t *testing.T) {
		got := s.anon.get(m.path("")).want(http.StatusOK)
		text := string(got.body)
		if strings.Contains(text, "13800138000") || strings.Contains(text, "raiser") || strings.Contains(text, "32.22861") || got.at("solved") != false {
			t.Errorf("shown to strangers: %s", text)
		}
		if !strings.Contains(string(o.clerk.get(m.path("")).body), "13800138000") {
			t.Error("the handler cannot call")
		}
	})
	m.step(o.clerk, obj{"action": "register"})
	o.villager.post(m.path("/actions"), obj{"action": "assign", "handler": "自己"}).problem(http.StatusForbidden, "procedure.forbidden")
	o.clerk.post(m.path("/actions"), obj{"action": "assign"}).problem(http.StatusUnprocessableEntity, "procedure.fields_invalid")
	m.step(o.clerk, obj{"action": "assign", "handler": "村委会主任"})
	o.director.post(m.path("/actions"), obj{"action": "progress", "text": "电话 13800138000 已经通知"}).problem(http.StatusUnprocessableEntity, "concern.private_data")
	m.step(o.director, obj{"action": "progress", "text": "已经请了挖机，明天进场。"})
	m.step(o.director, obj{"action": "ask", "text": "请说说从哪一段开始垮的。"})
	if got := m.step(o.villager, obj{"action": "answer", "text": "从堰塘边第二根电杆开始。"}); got.str("state") != "in_progress" {
		t.Errorf("%s", clip(got.body))
	}
	o.clerk.post(m.path("/actions"), obj{"action": "rate", "rating": "satisfied"}).problem(http.StatusForbidden, "concern.not_raiser")
	o.villager.post(m.path("/actions"), obj{"action": "rate", "rating": "satisfied"}).problem(http.StatusConflict, "concern.not_rating")
	done := m.step(o.director, obj{"action": "finish", "result": "垮塌的路段已经修好，装了护栏。"})
	if done.at("solved") != false || done.str("state") != "done" {
		t.Errorf("done is not solved: %s", clip(done.body))
	}
	o.villager.post(m.path("/actions"), obj{"action": "rate", "rating": "great"}).problem(http.StatusUnprocessableEntity, "procedure.fields_invalid")
	o.villager.post(m.path("/actions"), obj{"action": "accept"}).problem(http.StatusUnprocessableEntity, "procedure.action_unknown")
	if got := m.step(o.villager, obj{"action": "rate", "rating": "satisfied", "comment": "修得好"}); got.at("solved") != true || got.str("state") != "settled" {
		t.Errorf("%s", clip(got.body))
	}
	if got := s.anon.get(m.path("")).want(http.StatusOK); strings.Contains(string(got.body), "修得好") || strings.Contains(string(got.body), "第二根电杆") {
		t.Errorf("what nobody looked at: %s", got.body)
	}
}

// What is wrong is refused with its code, and leaves nothing.
func TestConcern_BadInput(t *testing.T) {
	s := start(t, testConfig(t, tempData(t)))
	h := s.hall(2)
	by := h.voters[0]
	s.anon.post("/api/v1/concerns", newMatter).problem(http.StatusUnauthorized, "auth.required")
	for code, change := range map[string]obj{
		"concern.text_length":      {"text": strings.Repeat("长", 10_000)},
		"concern.category_unknown": {"category": "gossip"},
		"concern.media_invalid":    {"media": []string{"mfzwkzdjmfzwkzdjmfzwkzdjme"}},
		"concern.behalf_invalid":   {"channel": "phone"},
		"request.invalid":          {"raiser": "somebody"},
	} {
		by.post("/api/v1/concerns", merge(newMatter, change)).problem(http.StatusUnprocessableEntity, code)
	}
	by.post("/api/v1/concerns", merge(newMatter, obj{"region": otherVillage})).problem(http.StatusForbidden, "concern.not_verified")
	h.office.stranger.post("/api/v1/concerns", newMatter).problem(http.StatusForbidden, "concern.not_verified")
	if l := h.office.clerk.get("/api/v1/concerns?region=" + testVillage).want(http.StatusOK); strings.Contains(string(l.body), `"id"`) {
		t.Errorf("refusals left: %s", clip(l.body))
	}
	sealed := by.post("/api/v1/concerns", merge(newMatter, obj{"visibility": "sealed"}), "Idempotency-Key", "sealed").want(http.StatusCreated)
	if strings.Contains(string(sealed.body), "堰塘") {
		t.Errorf("the kept answer holds the text: %s", sealed.body)
	}
	for _, c := range []client{h.clerk, h.township, h.supervisor, s.anon} {
		c.get("/api/v1/concerns/"+sealed.str("id")).problem(http.StatusNotFound, "concern.not_found")
	}
}
