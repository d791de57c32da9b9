package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// told gives the titles and bodies that a caller has in the inbox of a subject's
// link, newest first.
func (c client) told(link string) string {
	c.t.Helper()
	var page struct {
		Items []struct{ Title, Body, Link string }
	}
	c.get("/api/v1/me/messages?limit=50").want(http.StatusOK).into(&page)
	var out []string
	for _, m := range page.Items {
		if m.Link == link {
			out = append(out, m.Title+" "+m.Body)
		}
	}
	return strings.Join(out, "\n")
}

// steps gives the titles of what went on in a place, newest first.
func (s *started) steps(place string) string {
	s.anon.t.Helper()
	var page struct {
		Items []struct {
			Kind, Title, Summary, Link string
		}
	}
	s.anon.get("/api/v1/feed/steps?region=" + place + "&limit=50").want(http.StatusOK).into(&page)
	var out []string
	for _, e := range page.Items {
		out = append(out, e.Kind+" "+e.Title+" "+e.Summary)
	}
	return strings.Join(out, "\n")
}

// What follows from a consultation, through the door: the offices have work, all
// villagers hear of the session, whoever took part hears of outcome and
// feedback, and every public step is in the feeds.
func TestConsultation_FollowedUp(t *testing.T) {
	s := start(t, testConfig(t, tempData(t)))
	h := s.hall(3)
	o := h.office
	o.villager = h.voters[0]
	k := talk{t: t, s: s, o: o}
	k.id = o.villager.post("/api/v1/consultations", newTalk).want(http.StatusCreated).str("id")
	link := "/c/" + k.id
	s.settle()
	if !strings.Contains(o.clerk.told(link), "有新的协商议题") || o.township.told(link) != "" || s.steps(testCity) != "" {
		t.Errorf("a topic that nobody has looked at: %q %q", o.clerk.told(link), s.steps(testCity))
	}
	k.step(o.clerk, obj{"action": "forward"})
	s.settle()
	if !strings.Contains(o.township.told(link), "等待预审") || !strings.Contains(o.villager.told(link), "您提的") || o.clerk.unread() != 0 {
		t.Errorf("%q %q", o.township.told(link), o.villager.told(link))
	}
	k.step(o.township, passes)
	k.step(o.clerk, obj{"action": "fix_subjects", "participants": "利益相关方：沿线12户：出行和占地"})
	k.step(o.director, obj{"action": "notify", "session_on": k.day(3), "form": "both", "place": "村委会会议室", "agenda": "路线走法和占地补偿"})
	s.settle()
	for i, c := range h.voters {
		if !strings.Contains(c.told(link), "路线走法") {
			t.Errorf("villager %d does not know of the session: %q", i, c.told(link))
		}
	}
	if o.stranger.told(link) != "" {
		t.Error("somebody of no village is told")
	}
	k.later(3)
	k.step(o.director, obj{"action": "start"})
	speaker := s.person(21)
	speaker.post(k.path("/statements"), obj{"text": "走老路，不占地。"}).want(http.StatusCreated)
	k.step(o.director, obj{"action": "end", "minutes": "到会代表逐一发言，多数主张走老路。", "attended": "26"})
	k.step(o.director, obj{"action": "conclude", "result": "partial", "outcome": "便道先走沟边老路，不占坡地。", "reasons": "不占地，花费少，多数人赞成。"})
	k.step(o.director, obj{"action": "to_resolution", "resolution": "res-2026-1"})
	r := s.anon.get(k.path("")).want(http.StatusOK)
	if r.str("resolution", "id") != "res-2026-1" || r.str("outcome", "log", "salt") == "" {
		t.Errorf("%s", clip(r.body))
	}
	for _, q := range []string{"resolution=res-2026-1", "resolution=res-2026-1&region=" + testCounty} {
		if l := s.anon.get("/api/v1/consultations?" + q).want(http.StatusOK); l.str("items", 0, "id") != k.id {
			t.Errorf("%s: %s", q, l.body)
		}
	}
	for _, q := range []string{"", "?resolution=a&concern=b"} {
		s.anon.get("/api/v1/consultations"+q).problem(http.StatusUnprocessableEntity, "request.invalid")
	}
	k.step(o.director, obj{"action": "no_follow_up", "reason": "由决议办理，不用再落实。"})
	k.step(o.clerk, obj{"action": "feed_back", "feedback": "已提交村民会议，谢谢参与。"})
	s.settle()
	if !strings.Contains(speaker.told(link), "谢谢参与") {
		t.Errorf("who spoke is not told: %q", speaker.told(link))
	}
	if other := s.person(22).told(link); strings.Contains(other, "谢谢参与") {
		t.Errorf("who took no part: %q", other)
	}
	if got := s.steps(testCity); strings.Count(got, "consultation.") != 10 || !strings.Contains(got, "便道先走沟边老路") {
		t.Errorf("steps:\n%s", got)
	}
	for _, ending := range []string{".atom", ".json"} {
		if f := string(s.anon.get("/feeds/" + testVillage + ending).want(http.StatusOK).body); !strings.Contains(f, link) || !strings.Contains(f, "协商结果反馈") {
			t.Errorf("%s lacks the steps: %s", ending, f)
		}
	}
	if f := s.anon.get("/api/v1/feed?region=" + testVillage).want(http.StatusOK); strings.Contains(string(f.body), k.id) {
		t.Error("the feed of postings has an item that is none")
	}
	own := ownFile(t, speaker.get("/api/v1/me/export").want(http.StatusOK).body, "consultations.json")
	if !strings.Contains(own, "走老路，不占地。") {
		t.Errorf("own data: %s", own)
	}
}

// settle does all that follows from what was announced.
func (s *started) settle() {
	s.anon.t.Helper()
	if err := s.drain(s.anon.t.Context()); err != nil {
		s.anon.t.Fatal(err)
	}
	for {
		more, err := s.inbox.Spread(s.anon.t.Context())
		if err != nil {
			s.anon.t.Fatal(err)
		}
		if !more {
			return
		}
	}
}

// What follows from a ballot, through the door: those on the roll hear that they
// can vote, those who have not are reminded, all hear of the result; and the
// figures are in no message, feed or page before.
func TestBallot_FollowedUp(t *testing.T) {
	s, fake := withFake(t)
	h := s.hall(9)
	for _, c := range h.voters {
		c.post("/api/v1/me/subscriptions", obj{"results": []obj{{"template": "tmpl-news", "result": "accept"}, {"template": "tmpl-news", "result": "accept"}}})
	}
	id, closes := h.question(nil)
	link := "/b/" + id
	s.settle()
	for i, c := range h.voters {
		if !strings.Contains(c.told(link), "请您投票") {
			t.Errorf("voter %d: %q", i, c.told(link))
		}
	}
	if h.stranger.told(link) != "" || !strings.Contains(s.steps(testVillage), "表决开始") {
		t.Errorf("%q %q", h.stranger.told(link), s.steps(testVillage))
	}
	for i, c := range h.voters[:7] {
		c.post("/api/v1/ballots/"+id+"/casts", obj{"choices": []string{"yes"}}, "Idempotency-Key", fmt.Sprint(i)).want(http.StatusOK)
	}
	h.moveTo(closes.Add(-time.Minute))
	s.sweepBallots(t.Context())
	s.settle()
	for i, c := range h.voters {
		if strings.Contains(c.told(link), "快要截止") != (i >= 7) {
			t.Errorf("voter %d is told %q", i, c.told(link))
		}
	}
	h.moveTo(closes)
	h.counted("/api/v1/ballots/" + id)
	s.settle()
	everywhere := s.steps(testVillage) + string(s.anon.get("/feeds/"+testVillage+".atom").want(http.StatusOK).body)
	for _, c := range append(h.voters, h.supervisor, h.clerk) {
		everywhere += string(c.get("/api/v1/me/messages?limit=50").want(http.StatusOK).body)
	}
	for _, raw := range fake.Sent() {
		everywhere += string(raw)
	}
	for _, figure := range []string{"7 人", "赞成 7", "赞成7", "实到", "过半数"} {
		if strings.Contains(everywhere, figure) {
			t.Errorf("%q is told before certification:\n%s", figure, everywhere)
		}
	}
	if !strings.Contains(h.supervisor.told(link), "等您确认结果") {
		t.Errorf("the supervisory committee: %q", h.supervisor.told(link))
	}
	h.supervisor.post("/api/v1/ballots/"+id+"/actions", obj{"action": "certify", "opinion": "计票无误，同意公布。"}).want(http.StatusOK)
	s.settle()
	for i, c := range h.voters {
		if !strings.Contains(c.told(link), "表决结果公布了") || !strings.Contains(c.told(link), "赞成 7") {
			t.Errorf("voter %d: %q", i, c.told(link))
		}
	}
	if got := s.steps(testVillage); !strings.Contains(got, "赞成 7") {
		t.Errorf("steps:\n%s", got)
	}
	own := ownFile(t, h.voters[0].get("/api/v1/me/export").want(http.StatusOK).body, "ballots.json")
	if !strings.Contains(own, id) || !strings.Contains(own, `"yes"`) {
		t.Errorf("own data: %s", own)
	}
}

// The verifier takes leaves of kinds that it need not compare.
func TestConsultation_Verified(t *testing.T) { // not parallel: verify sets the memory limit of the process
	cfg := testConfig(t, tempData(t))
	s := start(t, cfg)
	o := s.staff()
	o.publish(draftOf(testVillage, "2026-01"))
	k := talk{t: t, s: s, o: o}
	k.id = o.clerk.post("/api/v1/consultations", merge(newTalk, obj{"source": "committee"})).want(http.StatusCreated).str("id")
	k.step(o.township, obj{"action": "take_up"})
	k.step(o.township, passes)
	k.step(o.clerk, obj{"action": "fix_subjects", "participants": "利益相关方：沿线12户：出行和占地"})
	k.step(o.director, obj{"action": "notify", "session_on": k.day(3), "form": "offline", "place": "村委会会议室", "agenda": "路线走法和占地补偿"})
	k.later(3)
	k.step(o.director, obj{"action": "start"})
	k.step(o.director, obj{"action": "end", "minutes": "到会代表逐一发言，多数主张走老路。", "attended": "26"})
	k.step(o.director, obj{"action": "conclude", "result": "consensus", "outcome": "便道走沟边老路，不占坡地。", "reasons": "不占地，花费少，多数人赞成。"})
	if err := s.recordRules(t.Context()); err != nil {
		t.Fatal(err)
	}
	if code, out := verifier(t, s.anon.base, "--database", cfg.DatabaseURL); code != 0 || !strings.Contains(out, "全部一致") {
		t.Fatal(code, out)
	}
}
