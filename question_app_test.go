package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// later moves the test clock by days; the sessions of before are over then.
func (s *started) later(days int) {
	s.anon.t.Helper()
	to := s.clock.Now().AddDate(0, 0, days).Format(time.RFC3339)
	s.anon.send(http.MethodPut, "/testing/clock", obj{"now": to}).want(http.StatusOK)
}

// Two people of the roll; the ID numbers have right check characters and a
// district code that was never given out.
var residents = []struct{ name, id string }{
	{"王小成", validID("99000019700101002")}, {"李小芳", validID("99000019750101004")},
}

func validID(digits string) string { return digits + string("10X98765432"[checkSum(digits)]) }

// bound puts the residents on the roll and binds the first to the office's
// villager, by the last four of the ID number.
func (s *started) bound(o *office) client {
	s.anon.t.Helper()
	csv := "户号,姓名,身份证号,电话,组\n"
	for i, r := range residents {
		csv += fmt.Sprintf("%d,%s,%s,,1\n", i+1, r.name, r.id)
	}
	o.clerk.do(http.MethodPost, "/api/v1/regions/"+testVillage+"/roll?apply=true", rollFile(s.anon.t, csv), rollHeader).want(http.StatusOK)
	return s.boundAs(o.villager, 0)
}

// boundAs binds a person to a resident of the roll.
func (s *started) boundAs(c client, n int) client {
	s.anon.t.Helper()
	r := residents[n]
	got := c.post("/api/v1/me/residency", obj{"region": testVillage, "name": r.name, "last4": r.id[14:]}).want(http.StatusOK)
	if got.str("state") != "bound" {
		s.anon.t.Fatalf("not bound: %s", got.body)
	}
	return c
}

func offered(r reply, path ...any) []string {
	r.t.Helper()
	list, _ := r.at(append(path, "available_actions")...).([]any)
	var out []string
	for i := range list {
		out = append(out, r.str(append(slices.Clone(path), "available_actions", i, "action")...))
	}
	return out
}

// A question as people ask it: a villager asks, another joins, the village
// answers, the villager is not satisfied, the township decides, and the
// villager, who alone can, calls it settled. Nobody learns who it was.
func TestQuestion(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	o := s.staff()
	o.villager = s.bound(o)
	id := o.publish(draftOf(testVillage, "2026-09"))
	path := "/api/v1/disclosures/" + id + "/questions"
	feed := "/api/v1/feed?region=" + testCity
	s.anon.get(feed).want(http.StatusOK) // warm
	for _, c := range []struct {
		by     client
		status int
		code   string
	}{{s.anon, 401, "auth.required"}, {o.stranger, 403, "question.not_verified"}, {o.otherClerk, 403, "question.not_verified"}} {
		c.by.post(path, obj{"text": "路灯电费为什么比上月多？"}).problem(c.status, c.code)
	}
	o.villager.post(path, obj{"text": "打 13800000001 问问？"}).problem(http.StatusUnprocessableEntity, "question.private_data")
	o.villager.post(path, obj{"text": "这一行是什么钱？", "line": 7}).problem(http.StatusUnprocessableEntity, "request.invalid")
	whole := o.villager.post(path, obj{"text": "这一条整个看不懂。", "line": nil}).want(http.StatusCreated)
	o.villager.post("/api/v1/questions/"+whole.str("id")+"/actions", obj{"action": "settle"}).want(http.StatusOK)
	ask := obj{"text": "路灯电费为什么比上月多？", "line": 1}
	first := o.villager.post(path, ask, "Idempotency-Key", "q1").want(http.StatusCreated)
	again := o.villager.post(path, ask, "Idempotency-Key", "q1").want(http.StatusCreated)
	if !bytes.Equal(bytes.TrimSpace(first.body), bytes.TrimSpace(again.body)) || again.header.Get("Idempotent-Replayed") == "" {
		t.Errorf("a repeat: %s\nthe first: %s", again.body, first.body)
	}
	q := "/api/v1/questions/" + first.str("id")
	if r := s.anon.get(feed).want(http.StatusOK); r.at("items", 0, "questions") != 2.0 || r.at("items", 0, "answered") != 0.0 {
		t.Errorf("the feed: %s", clip(r.body))
	}
	r := s.anon.get(path).want(http.StatusOK)
	if r.at("items", 0, "line") != 1.0 || r.at("items", 0, "mine") != false || r.str("items", 0, "state") != "asked" || r.str("items", 0, "due_at") == "" {
		t.Errorf("the list: %s", r.body)
	}
	task := o.clerk.get("/api/v1/me/tasks").want(http.StatusOK)
	if task.str("items", 0, "subject_id") != first.str("id") || task.str("items", 0, "title") != "路灯电费为什么比上月多？" || task.str("items", 0, "procedure") != "question" {
		t.Errorf("the clerk's task: %s", task.body)
	}
	if r := o.clerk.get(q).want(http.StatusOK); r.str("asker") != "王*成" || !slices.Equal(offered(r), []string{"answer"}) {
		t.Errorf("to the clerk: %s", r.body)
	}
	step := func(c client, body obj) reply { t.Helper(); return c.post(q+"/actions", body).want(http.StatusOK) }
	step(o.clerk, obj{"action": "answer", "text": "上月多装了六盏路灯。"})
	for _, c := range []client{o.clerk, o.director, o.township, o.supervisor, o.stranger} {
		c.post(q+"/actions", obj{"action": "settle"}).problem(http.StatusForbidden, "procedure.forbidden")
	}
	if r := s.anon.get(feed).want(http.StatusOK); r.at("items", 0, "answered") != 1.0 {
		t.Errorf("the feed: %s", clip(r.body))
	}
	step(o.villager, obj{"action": "not_satisfied", "text": "没有说每盏多少钱。"})
	if task := o.township.get("/api/v1/me/tasks").want(http.StatusOK); task.str("items", 0, "subject_id") != first.str("id") {
		t.Errorf("the township's task: %s", task.body)
	}
	step(o.township, obj{"action": "decide", "text": "每盏每月八元，已核对电费单。"})
	if r := o.villager.get(q).want(http.StatusOK); !slices.Equal(offered(r), []string{"settle", "unsettled"}) || r.at("mine") != true {
		t.Errorf("to the asker: %s", r.body)
	}
	me := o.villager.get("/api/v1/me").want(http.StatusOK).str("user", "id")
	t.Run("NobodyLearnsWho", func(t *testing.T) {
		for _, c := range []client{s.anon, o.stranger, o.otherClerk, o.supervisor} {
			for _, p := range []string{path, q, "/d/" + id, "/r/" + testVillage, "/api/v1/disclosures/" + id, "/api/v1/regions/" + testVillage + "/questions", "/api/v1/disclosures/" + id + "/journal", "/api/v1/me/tasks"} {
				if p == "/api/v1/me/tasks" && c.token == "" {
					continue
				}
				r := c.get(p).want(http.StatusOK)
				if body := string(r.body); strings.Contains(body, "王") || strings.Contains(body, me) || strings.Contains(body, `"asker"`) {
					t.Errorf("%s tells who asked: %s", p, clip(r.body))
				}
			}
		}
	})
	t.Run("SettledOnce", func(t *testing.T) {
		var wg sync.WaitGroup
		statuses := make([]int, 4)
		for i := range statuses {
			wg.Go(func() { statuses[i] = o.villager.post(q+"/actions", obj{"action": "settle"}).status })
		}
		wg.Wait()
		slices.Sort(statuses)
		if !slices.Equal(statuses, []int{200, 409, 409, 409}) {
			t.Errorf("%v", statuses)
		}
	})
	report := o.clerk.post("/api/v1/regions/"+testVillage+"/questions/report", obj{"on": s.clock.Now().Format("2006-01-02")}).want(http.StatusCreated)
	if report.str("item_code") != "K06" || !strings.Contains(report.str("body"), "多装了六盏") || strings.Contains(string(report.body), "王") {
		t.Errorf("the report: %s", report.body)
	}
	o.villager.post("/api/v1/regions/"+testVillage+"/questions/report", obj{"on": "2026-09-30"}).problem(http.StatusForbidden, "account.not_allowed")
	if r := s.anon.get("/api/v1/procedures/question").want(http.StatusOK); !strings.Contains(string(r.body), "本人") || !strings.Contains(string(r.body), "四川省村务公开条例") {
		t.Errorf("the procedure: %s", clip(r.body))
	}
}

// The rules move what people leave lying: ten days, and the township has it;
// twenty more, and everybody sees that it is late.
func TestQuestion_Clock(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	o := s.staff()
	o.villager = s.bound(o)
	id := o.publish(draftOf(testVillage, "2026-09"))
	q := "/api/v1/questions/" + o.villager.post("/api/v1/disclosures/"+id+"/questions", obj{"text": "路灯电费为什么比上月多？"}).want(http.StatusCreated).str("id")
	s.later(20) // a period that ends in a long holiday ends after it
	r := s.anon.get(q).want(http.StatusOK)
	if r.str("state") != "escalated" || r.at("overdue") != false {
		t.Fatalf("after the village's time: %s", r.body)
	}
	if l := s.anon.get("/api/v1/regions/" + testTownship + "/questions?state=escalated").want(http.StatusOK); l.str("items", 0, "state") != "escalated" {
		t.Errorf("the township's list: %s", l.body)
	}
	s.later(40)
	if r = s.anon.get(q).want(http.StatusOK); r.str("state") != "escalated" || r.at("overdue") != true {
		t.Fatalf("after the township's time: %s", r.body)
	}
	township := s.person(2)
	township.post(q+"/actions", obj{"action": "decide", "text": "已责成村委会说明情况。"}).want(http.StatusOK)
	s.person(7).post(q+"/actions", obj{"action": "unsettled"}).want(http.StatusOK)
	if r = s.anon.get(q).want(http.StatusOK); r.str("state") != "unsettled" || r.at("overdue") != false {
		t.Errorf("%s", r.body)
	}
}

// The committee objects after publication, as the committee.
func TestObjection(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	o := s.staff()
	id := o.publish(draftOf(testVillage, "2026-09"))
	path := "/api/v1/disclosures/" + id + "/objections"
	o.clerk.post(path, obj{"text": "发包收入与合同不一致。"}).problem(http.StatusForbidden, "account.not_allowed")
	r := o.supervisor.post(path, obj{"text": "发包收入与合同不一致。"}).want(http.StatusCreated)
	q := "/api/v1/questions/" + r.str("id")
	if r := s.anon.get(q).want(http.StatusOK); r.str("author") != "监委会" || r.str("kind") != "objection" {
		t.Errorf("%s", r.body)
	}
	o.director.post(q+"/actions", obj{"action": "answer", "text": "已按合同补登记。"}).want(http.StatusOK)
	o.supervisor.post(q+"/actions", obj{"action": "settle"}).want(http.StatusOK)
}

// 同问 counts each person once, and can be taken back.
func TestQuestion_Joined(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	o := s.staff()
	o.villager = s.bound(o)
	other := s.person(9)
	other.consent()
	other = s.boundAs(other, 1)
	id := o.publish(draftOf(testVillage, "2026-09"))
	q := "/api/v1/questions/" + o.villager.post("/api/v1/disclosures/"+id+"/questions", obj{"text": "路灯电费为什么比上月多？"}).want(http.StatusCreated).str("id")
	o.villager.send(http.MethodPut, q+"/joined", obj{}).problem(http.StatusConflict, "question.own_question")
	o.stranger.send(http.MethodPut, q+"/joined", obj{}).problem(http.StatusForbidden, "question.not_verified")
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() { other.do(http.MethodPut, q+"/joined", nil, nil).want(http.StatusOK) })
	}
	wg.Wait()
	if r := other.get(q).want(http.StatusOK); r.at("joined") != 1.0 || r.at("joined_by_me") != true {
		t.Errorf("%s", r.body)
	}
	if r := o.clerk.get(q).want(http.StatusOK); strings.Contains(string(r.body), "李") {
		t.Errorf("who joined is told: %s", r.body)
	}
	for range 2 {
		if r := other.do(http.MethodDelete, q+"/joined", nil, nil).want(http.StatusOK); r.at("joined") != 0.0 {
			t.Errorf("%s", r.body)
		}
	}
	for c, want := range map[*client]string{&o.villager: "路灯电费", &other: `"joined": []`} {
		if own := ownFile(t, c.get("/api/v1/me/export").want(http.StatusOK).body, "questions.json"); !strings.Contains(own, want) {
			t.Errorf("own data: %s", own)
		}
	}
	other.post(q+"/actions", obj{"action": "settle"}).problem(http.StatusForbidden, "procedure.forbidden")
}

// ownFile gives a file of the export of own data.
func ownFile(t *testing.T, zipped []byte, name string) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(zipped), int64(len(zipped)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// The board's photo is public once somebody of the committee has confirmed it.
func TestBoardPhoto(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	o := s.staff()
	id := o.publish(draftOf(testVillage, "2026-09"))
	path, today := "/api/v1/disclosures/"+id+"/board-photos", s.clock.Now().Format("2006-01-02")
	up := o.clerk.upload("公开栏.png", photo(t)).want(http.StatusCreated)
	body := obj{"media": up.str("id"), "taken_on": today}
	o.villager.post(path, body).problem(http.StatusUnprocessableEntity, "request.invalid") // not their upload
	o.clerk.post(path, obj{"media": up.str("id"), "taken_on": "2020-01-01"}).problem(http.StatusUnprocessableEntity, "request.invalid")
	p := o.clerk.post(path, body, "Idempotency-Key", "b1").want(http.StatusCreated)
	if again := o.clerk.post(path, body, "Idempotency-Key", "b1").want(http.StatusCreated); again.str("id") != p.str("id") {
		t.Error("a repeat made another")
	}
	url, thumb := p.str("picture", "url"), p.str("picture", "thumb_url")
	if l, _ := s.anon.get(path).want(http.StatusOK).at("items").([]any); len(l) != 0 {
		t.Error("shown before it is confirmed")
	}
	s.anon.get(url).problem(http.StatusNotFound, "media.not_found")
	o.supervisor.get(url).want(http.StatusOK)
	act := fmt.Sprintf("/api/v1/board-photos/%s/actions", p.str("id"))
	s.anon.post(act, obj{"action": "confirm"}).problem(http.StatusUnauthorized, "auth.required")
	o.stranger.post(act, obj{"action": "confirm"}).problem(http.StatusNotFound, "board.not_found")
	o.clerk.post(act, obj{"action": "confirm"}).problem(http.StatusForbidden, "account.not_allowed")
	o.supervisor.post(act, obj{"action": "refuse"}).problem(http.StatusUnprocessableEntity, "request.invalid")
	o.supervisor.post(act, obj{"action": "confirm"}).want(http.StatusOK)
	o.supervisor.post(act, obj{"action": "confirm"}).problem(http.StatusConflict, "board.decided")
	if r := s.anon.get(path).want(http.StatusOK); r.str("items", 0, "picture", "url") != url || r.str("items", 0, "taken_on") != today {
		t.Errorf("%s", r.body)
	}
	s.anon.get(url).want(http.StatusOK)
	s.anon.get(thumb).want(http.StatusOK)
	o.clerk.post("/api/v1/disclosures/"+id+"/actions", obj{"action": "withdraw", "reason": "照片里拍到了身份证", "kind": "privacy"}).want(http.StatusOK)
	s.anon.get(url).problem(http.StatusNotFound, "media.not_found")
}
