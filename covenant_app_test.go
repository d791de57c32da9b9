package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"cunwu/service/calendar"
)

// pact is one covenant on its way, through the door alone.
type pact struct {
	t *testing.T
	*hall
	id string
}

func (p *pact) path(rest string) string { return "/api/v1/covenants/" + p.id + rest }

func (p *pact) step(c client, body obj) reply {
	p.t.Helper()
	return c.post(p.path("/actions"), body).want(http.StatusOK)
}

func (p *pact) day(days int) string {
	return p.clock.Now().In(calendar.China).AddDate(0, 0, days).Format(time.DateOnly)
}

// later moves the clock of the server and signs everybody in anew.
func (p *pact) later(d time.Duration) {
	p.t.Helper()
	p.moveTo(p.clock.Now().Add(d))
	p.signIn()
}

func (p *pact) signIn() {
	p.t.Helper()
	p.clerk, p.director, p.supervisor, p.township = p.person(3), p.person(4), p.person(5), p.person(2)
	p.otherClerk, p.villager = p.person(6), p.person(7)
	for i := range p.voters {
		p.voters[i] = p.person(20 + i)
	}
}

var tidyClause = obj{
	"topic": "tidy", "kind": "not_allowed", "text": "不得乱倒垃圾。", "source": "村民议事会", "list": "black", "turns_red": true,
	"measures": []obj{{"text": "由村民委员会批评教育，限期清理。", "source": "村民会议"}},
}

// A covenant from the first collection to force by the votes of a real ballot,
// every step by who may take it, and its correction.
func TestCovenant_WholeWay(t *testing.T) {
	t.Parallel()
	p := &pact{t: t, hall: start(t, testConfig(t, tempData(t))).hall(8)}
	begin := obj{"region": testVillage, "kind": "covenant", "notice": "请大家说说哪些约定要写进去。"}
	p.anon.post("/api/v1/covenants", begin).problem(http.StatusUnauthorized, "auth.required")
	p.villager.post("/api/v1/covenants", begin).problem(http.StatusForbidden, "account.not_allowed")
	p.id = p.clerk.post("/api/v1/covenants", begin).want(http.StatusCreated).str("id")
	p.director.post("/api/v1/covenants", begin).problem(http.StatusConflict, "covenant.under_way")
	p.writes()
	p.speaks()
	p.reviewed()
	p.votes()
	p.comesIntoForce()
	p.corrected()
}

// writes is the draft with its lint.
func (p *pact) writes() {
	p.t.Helper()
	fine := obj{"topic": "tidy", "kind": "not_allowed", "text": "不得乱倒垃圾，违者罚款50元。", "source": "村民议事会"}
	draft := obj{"title": "盐井村村规民约", "clauses": []obj{tidyClause, fine}}
	r := p.clerk.send(http.MethodPut, p.path("/draft"), draft).problem(http.StatusUnprocessableEntity, "covenant.clause_forbidden")
	if at := r.str("errors", 0, "location"); at != "body.clauses[1].text" || !strings.Contains(string(r.body), "行政处罚法") {
		p.t.Errorf("the lint: %s", r.body)
	}
	fine["text"] = "提倡婚事新办、丧事简办。"
	fine["kind"], fine["topic"] = "encouraged", "customs"
	p.otherClerk.send(http.MethodPut, p.path("/draft"), draft).problem(http.StatusForbidden, "account.not_allowed")
	r = p.clerk.send(http.MethodPut, p.path("/draft"), draft).want(http.StatusOK)
	if r.str("draft", "text", 1, "code") != "c02" || len(r.str("draft", "digest")) != 64 {
		p.t.Errorf("draft: %s", clip(r.body))
	}
}

// speaks is the collection: opinions, answers, what others see of them.
func (p *pact) speaks() {
	t := p.t
	t.Helper()
	words := "垃圾桶离三组太远"
	p.voters[0].post(p.path("/opinions"), obj{"stance": "change", "clause": "c01", "text": words}).want(http.StatusCreated)
	p.voters[1].post(p.path("/opinions"), obj{"stance": "support"}).want(http.StatusCreated)
	p.stranger.post(p.path("/opinions"), obj{"stance": "support"}).problem(http.StatusForbidden, "covenant.not_villager")
	p.anon.get(p.path("/opinions")).problem(http.StatusUnauthorized, "auth.required")
	sheet := p.clerk.upload("意见表.png", photo(t)).want(http.StatusCreated)
	p.clerk.post(p.path("/opinions"), obj{"stance": "support", "text": "二组意见表", "people": 17, "sheet": sheet.str("id")}).want(http.StatusCreated)
	p.anon.get(sheet.str("url")).want(http.StatusNotFound)
	p.director.get(sheet.str("url")).want(http.StatusOK)
	for _, c := range []client{p.anon, p.voters[1], p.otherClerk} {
		if r := c.get(p.path("")).want(http.StatusOK); strings.Contains(string(r.body), words) || r.at("opinions", "support") != 18.0 {
			t.Errorf("others see %s", clip(r.body))
		}
	}
	if r := p.voters[0].get(p.path("/opinions")).want(http.StatusOK); r.str("items", 0, "text") != words {
		t.Errorf("one's own: %s", r.body)
	}
	p.clerk.post(p.path("/actions"), obj{"action": "draft"}).problem(http.StatusConflict, "procedure.too_early")
	p.later(9 * 24 * time.Hour)
	p.step(p.clerk, obj{"action": "draft"})
	p.clerk.post(p.path("/actions"), obj{"action": "submit"}).problem(http.StatusConflict, "covenant.opinions_unanswered")
	for _, n := range []string{"1", "2", "3"} {
		p.clerk.post(p.path("/opinions/"+n+"/answer"), obj{"adopted": n == "1", "reason": "三组已经增设一个垃圾桶。"}).want(http.StatusOK)
	}
	if r := p.anon.get(p.path("")).want(http.StatusOK); r.str("opinions", "answers", 0, "reason") == "" || r.at("opinions", "adopted") != 1.0 {
		t.Errorf("answers: %s", clip(r.body))
	}
}

func (p *pact) reviewed() {
	t := p.t
	t.Helper()
	p.step(p.clerk, obj{"action": "submit"})
	if r := p.township.get("/api/v1/me/tasks").want(http.StatusOK); !strings.Contains(string(r.body), `"procedure":"covenant_revision"`) {
		t.Errorf("the township's tasks: %s", clip(r.body))
	}
	passed := obj{"action": "pass_check", "opinion": "没有违反法律的内容。"}
	p.clerk.post(p.path("/actions"), passed).problem(http.StatusForbidden, "procedure.forbidden")
	p.step(p.township, passed)
	p.clerk.post(p.path("/actions"), obj{"action": "begin_vote"}).problem(http.StatusConflict, "procedure.not_now")
	p.step(p.township, obj{"action": "pass_review", "opinion": "同意提交村民会议。"})
}

// votes is the ballot of the villagers' meeting, and those that are not it.
func (p *pact) votes() {
	t := p.t
	t.Helper()
	p.later(time.Minute)
	text := p.step(p.director, obj{"action": "begin_vote"}).str("draft", "question")
	p.clerk.send(http.MethodPut, p.path("/draft"), obj{"title": "盐井村村规民约", "clauses": []obj{tidyClause}}).problem(http.StatusConflict, "covenant.draft_frozen")
	record := func(ballot string, women string) reply {
		return p.director.post(p.path("/actions"), obj{"action": "record_vote", "ballot": ballot, "women": women})
	}
	other, _ := p.question(nil)
	record(other, "2").problem(http.StatusUnprocessableEntity, "covenant.ballot_text")
	opinion, _ := p.question(obj{"question": text, "rule": "opinion"})
	record(opinion, "2").problem(http.StatusUnprocessableEntity, "covenant.ballot_rule")
	record("mfzwkzdjmfzwkzdjmfzwkzdjme", "2").problem(http.StatusUnprocessableEntity, "covenant.ballot_unknown")
	id, closes := p.question(obj{"question": text})
	for i, c := range p.voters {
		c.post("/api/v1/ballots/"+id+"/casts", obj{"choices": []string{[]string{"yes", "yes", "yes", "no"}[i%4]}}).want(http.StatusOK)
	}
	record(id, "2").problem(http.StatusConflict, "covenant.ballot_uncertified")
	p.moveTo(closes)
	p.counted("/api/v1/ballots/" + id)
	p.supervisor.post("/api/v1/ballots/"+id+"/actions", obj{"action": "certify", "opinion": "与名册核对一致，同意公布。"}).want(http.StatusOK)
	record(id, "0").problem(http.StatusUnprocessableEntity, "covenant.no_women")
	p.director.post(p.path("/actions"), obj{"action": "vote_failed", "ballot": id, "women": "3"}).problem(http.StatusConflict, "covenant.ballot_passed")
	r := record(id, "3").want(http.StatusOK)
	if r.at("draft", "vote", "yes") != 6.0 || r.at("draft", "vote", "roll") != 9.0 || r.str("due_at") == "" {
		t.Errorf("the vote: %s", clip(r.body))
	}
}

func (p *pact) comesIntoForce() {
	t := p.t
	t.Helper()
	p.step(p.township, obj{"action": "file", "filed_on": p.day(0), "receipt": "嘉备〔2026〕3号"})
	p.clerk.post(p.path("/report"), obj{}).problem(http.StatusNotFound, "covenant.none_in_force")
	published := p.step(p.clerk, obj{"action": "publish", "in_force_on": p.day(1)})
	if published.at("draft", "log_index") == nil {
		t.Errorf("no leaf: %s", clip(published.body))
	}
	p.clerk.post(p.path("/actions"), obj{"action": "enter_force"}).problem(http.StatusConflict, "covenant.not_yet_in_force")
	p.later(24 * time.Hour)
	p.step(p.clerk, obj{"action": "enter_force"})
	r := p.anon.get(p.path("")).want(http.StatusOK)
	if r.str("current", "state") != "in_force" || r.str("current", "text", 0, "measures", 0, "text") == "" || r.at("draft") != nil {
		t.Errorf("in force: %s", clip(r.body))
	}
	if l := p.anon.get("/api/v1/covenants?region=" + testCity).want(http.StatusOK); l.str("items", 0, "id") != p.id {
		t.Errorf("the list: %s", clip(l.body))
	}
	if d := p.anon.get(p.path("/difference?from=0&to=1")).want(http.StatusOK); d.at("added") != 2.0 {
		t.Errorf("the difference: %s", clip(d.body))
	}
	p.anon.get(p.path("/versions/1")).want(http.StatusOK)
	p.anon.get(p.path("/versions/2")).problem(http.StatusNotFound, "covenant.version_not_found")
	p.anon.get("/api/v1/covenants/nosuch").problem(http.StatusNotFound, "covenant.not_found")
	if c := p.anon.get("/api/v1/feed/steps?region=" + testVillage).want(http.StatusOK); !strings.Contains(string(c.body), "covenant.in_force") {
		t.Errorf("the chronicle: %s", clip(c.body))
	}
	if a := p.clerk.post(p.path("/report"), obj{}).want(http.StatusCreated); a.str("item_code") != "A02" || !strings.Contains(string(a.body), "乱倒垃圾") {
		t.Errorf("A02: %s", clip(a.body))
	}
}

// corrected is the township's order, and the revision that follows from it.
func (p *pact) corrected() {
	t := p.t
	t.Helper()
	order := obj{"action": "order_correction", "reason": "第一条要写清楚清理的期限。", "until": p.day(30), "clauses": "c01"}
	p.clerk.post(p.path("/actions"), order).problem(http.StatusForbidden, "procedure.forbidden")
	r := p.step(p.township, order)
	if r.str("current", "correction", "clauses", 0) != "c01" {
		t.Errorf("the order: %s", clip(r.body))
	}
	r = p.clerk.post("/api/v1/covenants", obj{"region": testVillage, "kind": "covenant", "notice": "按乡镇的意见改第一条。"}).want(http.StatusCreated)
	if r.at("draft", "corrects") != true || r.at("draft", "base") != 1.0 || r.str("draft", "text", 0, "code") != "c01" || r.str("current", "state") != "in_force" {
		t.Errorf("the next revision: %s", clip(r.body))
	}
}
