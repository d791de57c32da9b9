package main

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"
	"time"

	"cunwu/service/calendar"
)

// talk is one consultation on its way, through the door alone.
type talk struct {
	t  *testing.T
	s  *started
	o  *office
	id string
}

func (k talk) step(c client, body obj) reply {
	k.t.Helper()
	return c.post("/api/v1/consultations/"+k.id+"/actions", body).want(http.StatusOK)
}

func (k talk) path(rest string) string { return "/api/v1/consultations/" + k.id + rest }

// later moves the clock of the server and signs the office in anew.
func (k talk) later(days int) {
	k.t.Helper()
	to := k.s.clock.Now().AddDate(0, 0, days)
	k.s.anon.send(http.MethodPut, "/testing/clock", obj{"now": to.Format(time.RFC3339)}).want(http.StatusOK)
	k.o.clerk, k.o.director, k.o.supervisor, k.o.township = k.s.person(3), k.s.person(4), k.s.person(5), k.s.person(2)
	k.o.villager = k.s.person(20)
}

func (k talk) day(days int) string {
	return k.s.clock.Now().In(calendar.China).AddDate(0, 0, days).Format(time.DateOnly)
}

var newTalk = obj{
	"region": testVillage, "source": "villager", "item": "B01", "title": "三组便道从哪家地边过",
	"question": "便道硬化走沟边老路，还是取直从坡地过？", "why": "老路绕，取直要占三户的坡地，几户意见不同。",
}

var passes = obj{
	"action": "accept", "in_scope": "yes", "lawful": "yes", "decided": "no", "materials": "yes", "level": "village",
	"concerns": "沿线农户和三组村民", "how_many": "120", "reason": "属于村内公益事业，没有争议中的决定。",
}

// A consultation from topic to archive: every step by who may take it, through
// the door alone.
func TestConsultation_WholeWay(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	h := s.hall(2)
	o := h.office
	o.villager = h.voters[0]
	k := talk{t: t, s: s, o: o}
	k.id = o.villager.post("/api/v1/consultations", newTalk).want(http.StatusCreated).str("id")
	t.Run("NotPublicBeforePreReview", func(t *testing.T) {
		for _, c := range []client{s.anon, o.stranger, o.otherClerk} {
			c.get(k.path("")).problem(http.StatusNotFound, "consultation.not_found")
		}
		o.villager.get(k.path("")).want(http.StatusOK)
		if r := s.anon.get("/api/v1/consultations?region=" + testCity).want(http.StatusOK); strings.Contains(string(r.body), k.id) {
			t.Error("listed before anybody looked at it")
		}
	})
	k.step(o.clerk, obj{"action": "forward"})
	if r := o.township.get("/api/v1/me/tasks").want(http.StatusOK); !strings.Contains(string(r.body), `"procedure":"consultation"`) || r.str("items", 0, "due_at") == "" {
		t.Errorf("the township's tasks: %s", clip(r.body))
	}
	k.o.clerk.post(k.path("/actions"), passes).problem(http.StatusForbidden, "procedure.forbidden")
	k.step(o.township, passes)
	k.step(o.clerk, obj{"action": "fix_subjects", "participants": "利益相关方：沿线12户：出行和占地\n专家：县公路站技术员\n人大代表：镇人大代表"})
	notice := obj{"action": "notify", "session_on": k.day(2), "form": "both", "place": "村委会会议室和小程序", "agenda": "路线走法和占地补偿"}
	o.director.post(k.path("/actions"), notice).problem(http.StatusUnprocessableEntity, "consultation.notice_short")
	notice["session_on"] = k.day(3)
	k.step(o.director, notice)
	o.director.post(k.path("/actions"), obj{"action": "start"}).problem(http.StatusConflict, "consultation.not_today")
	o.villager.post(k.path("/statements"), obj{"text": "走老路，不占地。"}).problem(http.StatusConflict, "consultation.not_in_session")
	k.later(3)
	k.o = o
	k.step(o.director, obj{"action": "start"})
	k.speaks()
	k.ends()
	k.follows()
}

// speaks is the online part: statements, votes, moderation.
func (k talk) speaks() {
	t, o, s := k.t, k.o, k.s
	t.Helper()
	st := o.villager.post(k.path("/statements"), obj{"text": "走老路，不占地，多绕几步也行。"}).want(http.StatusCreated)
	if st.str("by") != "村民发表" || strings.Contains(string(st.body), "王") {
		t.Errorf("a statement says who made it: %s", st.body)
	}
	id := "/api/v1/statements/" + st.str("id")
	o.villager.send(http.MethodPut, id, obj{"text": "走老路，不占地。"}).want(http.StatusOK)
	o.villager.send(http.MethodPut, id+"/vote", obj{"vote": "agree"}).want(http.StatusOK)
	o.villager.send(http.MethodPut, id, obj{"text": "走老路，不占地。"}).want(http.StatusOK) // one's own vote binds nobody
	r := o.villager.send(http.MethodPut, id+"/vote", obj{"vote": "disagree"}).want(http.StatusOK)
	if r.at("agree") != 0.0 || r.at("disagree") != 1.0 || r.str("my_vote") != "disagree" {
		t.Errorf("a changed vote: %s", r.body)
	}
	other := s.person(21)
	other.send(http.MethodPut, id, obj{"text": "改成别的意思。"}).problem(http.StatusForbidden, "statement.not_author")
	other.do(http.MethodDelete, id, nil, map[string]string{"Content-Type": "application/json"}).problem(http.StatusForbidden, "statement.not_author")
	other.send(http.MethodPut, id+"/vote", obj{"vote": "agree"}).want(http.StatusOK)
	o.villager.send(http.MethodPut, id, obj{"text": "走老路，谁也别拦。"}).problem(http.StatusConflict, "statement.voted")
	for _, c := range []client{o.stranger, o.director} {
		c.send(http.MethodPut, id+"/vote", obj{"vote": "agree"}).problem(http.StatusForbidden, "consultation.villagers_only")
		c.post(k.path("/statements"), obj{"text": "我也说一句"}).problem(http.StatusForbidden, "consultation.villagers_only")
	}
	for _, body := range []obj{{"text": strings.Repeat("长", 141)}, {"text": "一"}, {"text": "两行\n意见"}, {"txt": "x"}} {
		o.villager.post(k.path("/statements"), body).problem(http.StatusUnprocessableEntity, "request.invalid")
	}
	o.villager.post(k.path("/statements"), obj{"text": "找我 13800138000 商量"}).problem(http.StatusUnprocessableEntity, "consultation.private_data")
	o.villager.send(http.MethodPut, id+"/vote", obj{"vote": "maybe"}).problem(http.StatusUnprocessableEntity, "request.invalid")
	s.anon.send(http.MethodPut, id+"/vote", obj{"vote": "agree"}).problem(http.StatusUnauthorized, "auth.required")
	rude := o.villager.post(k.path("/statements"), obj{"text": "说些不相干的话。"}).want(http.StatusCreated).str("id")
	o.director.post("/api/v1/statements/"+rude+"/moderation", obj{"action": "hide", "kind": "off_topic", "reason": "与议题没有关系"}).problem(http.StatusForbidden, "account.not_allowed")
	o.supervisor.post("/api/v1/statements/"+rude+"/moderation", obj{"action": "hide", "kind": "off_topic", "reason": "与议题没有关系"}).want(http.StatusOK)
	if r := s.anon.get(k.path("/statements")).want(http.StatusOK); strings.Contains(string(r.body), "不相干") {
		t.Error("a hidden statement is shown")
	}
	if r := o.villager.get(k.path("/statements")).want(http.StatusOK); !strings.Contains(string(r.body), "与议题没有关系") {
		t.Errorf("the author does not read why: %s", r.body)
	}
	log := s.anon.get(k.path("/moderation.csv")).want(http.StatusOK)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(log.body), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][0] != "2" || strings.Contains(string(log.body), "不相干") {
		t.Errorf("%v %q", err, log.body)
	}
	g := s.anon.get(k.path("/groups")).want(http.StatusOK)
	if g.at("groups_shown") != false || g.at("counts", "votes") != 2.0 {
		t.Errorf("groups of one person: %s", g.body)
	}
	if p := s.anon.get("/c/" + k.id).want(http.StatusOK); !strings.Contains(string(p.body), "走老路，不占地。") || !strings.Contains(string(p.body), "村民发表") || strings.Contains(string(p.body), "不相干") {
		t.Errorf("page: %s", clip(p.body))
	}
}

// ends closes the session, links a ballot, and comes to an outcome.
func (k talk) ends() {
	t, o := k.t, k.o
	t.Helper()
	b := obj{
		"region": testVillage, "question": "便道走哪边", "kind": "choose_one", "rule": "opinion",
		"options":  []obj{{"label": "老路"}, {"label": "取直"}},
		"opens_at": k.s.clock.Now().Add(time.Hour).Format(time.RFC3339), "closes_at": k.s.clock.Now().AddDate(0, 0, 2).Format(time.RFC3339),
	}
	o.director.post(k.path("/actions"), obj{"action": "link_ballot", "ballot": "mfzwkzdjmfzwkzdjmfzwkzdjme"}).problem(http.StatusUnprocessableEntity, "consultation.ballot_unknown")
	ballot := o.director.post("/api/v1/ballots", b).want(http.StatusCreated).str("id")
	o.director.post("/api/v1/ballots/"+ballot+"/actions", obj{"action": "open"}).want(http.StatusOK)
	linked := k.step(o.director, obj{"action": "link_ballot", "ballot": ballot})
	if linked.at("ballot", "advisory") != true || linked.str("ballot", "title") != "便道走哪边" || !strings.Contains(linked.str("ballot", "note"), "不是决议") {
		t.Errorf("the linked ballot: %s", clip(linked.body))
	}
	photo := o.director.upload("会场.png", photo(t)).want(http.StatusCreated).str("id")
	k.step(o.director, obj{"action": "end", "minutes": "到会代表逐一发言，多数主张走老路。", "attended": "26", "media": []string{photo}})
	shown := k.s.anon.get(k.path("")).want(http.StatusOK)
	k.s.anon.get(shown.str("sessions", 0, "photos", 0, "url")).want(http.StatusOK)
	for _, missing := range []obj{
		{"action": "conclude", "result": "consensus"},
		{"action": "conclude", "result": "consensus", "outcome": "便道走沟边老路，不占坡地。"},
		{"action": "conclude", "result": "consensus", "reasons": "不占地，花费少，多数人赞成。"},
		{"action": "conclude", "result": "agreed", "outcome": "便道走沟边老路，不占坡地。", "reasons": "不占地，花费少，多数人赞成。"},
	} {
		o.director.post(k.path("/actions"), missing).problem(http.StatusUnprocessableEntity, "procedure.fields_invalid")
	}
	r := k.step(o.director, obj{"action": "conclude", "result": "consensus", "outcome": "便道走沟边老路，不占坡地。", "reasons": "不占地，花费少，多数人赞成。"})
	if r.str("state") != "outcome" || r.str("outcome", "result_name") != "形成一致意见" {
		t.Errorf("%s", clip(r.body))
	}
}

// follows puts the outcome into effect, reports, is rated and archived.
func (k talk) follows() {
	t, o := k.t, k.o
	t.Helper()
	k.step(o.director, obj{"action": "implement", "responsible": "村委会主任", "due": k.day(40), "plan": "清淤、浇路、验收。"})
	o.director.post(k.path("/actions"), obj{"action": "report", "percent": "101", "what": "多报了"}).problem(http.StatusUnprocessableEntity, "procedure.fields_invalid")
	k.step(o.director, obj{"action": "report", "percent": "60", "what": "路基已经垫好。"})
	o.director.post(k.path("/actions"), obj{"action": "finish"}).problem(http.StatusConflict, "procedure.condition_unmet")
	k.step(o.director, obj{"action": "report", "percent": "100", "what": "浇筑完毕，验收合格。"})
	k.step(o.director, obj{"action": "finish"})
	o.villager.send(http.MethodPut, k.path("/rating"), obj{"rating": "satisfied"}).problem(http.StatusConflict, "consultation.not_rating")
	k.step(o.clerk, obj{"action": "feed_back", "feedback": "便道已按大家的意见走老路修好，谢谢参与。"})
	o.villager.send(http.MethodPut, k.path("/rating"), obj{"rating": "basic"}).want(http.StatusOK)
	if r := o.villager.send(http.MethodPut, k.path("/rating"), obj{"rating": "satisfied"}).want(http.StatusOK); r.at("satisfied") != 1.0 || r.at("basic") != 0.0 {
		t.Errorf("a changed rating: %s", r.body)
	}
	o.clerk.post(k.path("/actions"), obj{"action": "close_rating"}).problem(http.StatusConflict, "procedure.too_early")
	k.later(12)
	o = k.o
	k.step(o.clerk, obj{"action": "close_rating"})
	o.clerk.post(k.path("/actions"), obj{"action": "adopt", "adoption_reply": "已采纳。", "result_adopter": "镇政府"}).problem(http.StatusConflict, "procedure.condition_unmet")
	if r := k.step(o.clerk, obj{"action": "archive"}); r.str("state") != "archived" {
		t.Errorf("%s", clip(r.body))
	}
	r := k.s.anon.get(k.path("/result")).want(http.StatusOK)
	if r.at("implementation", "percent") != 100.0 || r.at("ratings", "satisfied") != 1.0 || r.str("feedback", "text") == "" {
		t.Errorf("%s", r.body)
	}
	page := string(k.s.anon.get("/c/" + k.id).want(http.StatusOK).body)
	for _, words := range []string{"形成一致意见", "为什么这样定", "村委会主任", "100%", "已归档", "满意"} {
		if !strings.Contains(page, words) {
			t.Errorf("the page lacks %q", words)
		}
	}
	if p := k.s.anon.get("/r/" + testVillage + "/consultations").want(http.StatusOK); !strings.Contains(string(p.body), "/c/"+k.id) {
		t.Errorf("not on the list: %s", clip(p.body))
	}
}

// What is about single persons stays with those who work on it.
func TestConsultation_RedirectsAndComeConsult(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	h := s.hall(2)
	o := h.office
	o.villager = h.voters[0]
	k := talk{t: t, s: s, o: o}
	open := func(c client, change obj) string {
		body := obj{}
		for _, from := range []obj{newTalk, change} {
			for n, v := range from {
				body[n] = v
			}
		}
		return c.post("/api/v1/consultations", body).want(http.StatusCreated).str("id")
	}
	k.id = open(o.villager, nil)
	k.step(o.township, obj{"action": "take_up"})
	o.township.post(k.path("/actions"), obj{"action": "reject"}).problem(http.StatusUnprocessableEntity, "procedure.fields_invalid")
	k.step(o.township, obj{"action": "redirect", "to": "mediation", "reason": "两家之间的纠纷，请调解员办理。"})
	s.anon.get(k.path("")).problem(http.StatusNotFound, "consultation.not_found")
	o.villager.get(k.path("")).want(http.StatusOK)

	k.id = open(o.clerk, obj{"source": "cppcc_member", "channel": "come_consult", "cppcc_liaison": "县政协嘉川联络站"})
	k.step(o.township, obj{"action": "take_up"})
	k.step(o.township, obj{"action": "reject", "reason": "已经有生效的决定，不再协商。"})
	if r := s.anon.get(k.path("")).want(http.StatusOK); r.str("prereview", "reason") == "" || r.str("cppcc_liaison") == "" {
		t.Errorf("%s", clip(r.body))
	}
	o.villager.post("/api/v1/consultations", merge(newTalk, obj{"source": "committee"})).problem(http.StatusForbidden, "account.not_allowed")
	o.stranger.post("/api/v1/consultations", newTalk).problem(http.StatusForbidden, "consultation.villagers_only")
	for name, change := range map[string]obj{
		"Region": {"region": "510821"}, "Liaison": {"channel": "come_consult"}, "Concern": {"source": "concern"}, "Short": {"title": "一"},
		"Group": {"group": "51082110220201"}, "Source": {"source": "rumour"}, "Extra": {"state": "archived"},
	} {
		t.Run(name, func(t *testing.T) {
			r := o.clerk.post("/api/v1/consultations", merge(newTalk, change))
			r.t = t
			r.problem(http.StatusUnprocessableEntity, "request.invalid")
		})
	}
	o.clerk.post("/api/v1/consultations", merge(newTalk, obj{"item": "Z99"})).problem(http.StatusUnprocessableEntity, "consultation.item_unknown")
	s.anon.get("/c/nosuch").want(http.StatusNotFound)
	s.anon.get("/api/v1/consultations/nosuch/moderation.csv").problem(http.StatusNotFound, "consultation.not_found")
	if r := s.anon.get("/api/v1/consultations/directory").want(http.StatusOK); len(r.body) < 4000 {
		t.Errorf("directory: %s", clip(r.body))
	}
}

func merge(parts ...obj) obj {
	out := obj{}
	for _, p := range parts {
		for k, v := range p {
			out[k] = v
		}
	}
	return out
}
