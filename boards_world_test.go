package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"cunwu/config"
	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/covenant"
)

// stand is a village with a covenant in force, its council, its deputies, and
// those of whom the red and black list may speak, all through the door.
type stand struct {
	t *testing.T
	*started
	*office
	folk map[string]client
	text string // id of the covenant
}

// villagers are on the roll by name and year of birth; where the year is 0 the
// roll does not say. subject and brother are near kin.
var villagers = []struct {
	who, name string
	born      int
}{
	{"subject", "欧阳照雪", 1970},
	{"brother", "欧阳照林", 1972},
	{"maker", "褚小满", 1980},
	{"other", "卫长贵", 1985},
	{"c1", "蒋一平", 1960},
	{"c2", "沈二妹", 1961},
	{"c3", "韩三才", 1962},
	{"d1", "杨代一", 1963},
	{"d2", "朱代二", 1964},
	{"child", "秦小果", 2015},
	{"unborn", "尤不详", 0},
}

const (
	redDeed    = "雨夜帮没有劳力的邻居抢收玉米"
	redFacts   = "那天夜里雨下得很大，是他一个人背了十七趟玉米到我家堂屋。"
	blackDeed  = "把建筑垃圾倒在三组的排水沟里"
	blackFacts = "夏天以来拖拉机拉了七车碎砖倒进沟里，劝过两次都没有听。"
	replyText  = "那几车是施工队倒的，我会去清理。"
	sorry      = "经查这条黑榜不属实，现予撤销，并公开道歉。"
)

// idNumber gives a number with the right check digit in a district that was
// never given out.
func idNumber(year, n int) string {
	head := fmt.Sprintf("510899%04d0101%03d", year, n)
	sum := 0
	for i, w := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(head[i]-'0') * w
	}
	return head + string("10X98765432"[sum%11])
}

// newStand starts a server and puts everybody in place.
func newStand(t *testing.T) *stand {
	t.Helper()
	return newStandOn(t, testConfig(t, tempData(t), manySignIns))
}

// manySignIns: everybody signs in anew whenever the clock moves, and all of them
// from one address.
const manySignIns = "CUNWU_SIGN_IN_BURST=100000"

func newStandOn(t *testing.T, cfg config.Config) *stand {
	t.Helper()
	s := start(t, cfg)
	d := &stand{t: t, started: s, office: s.staff(), folk: map[string]client{}}
	d.director.post("/api/v1/regions/"+testVillage+"/groups", obj{"number": "03", "name": "三组"}).want(http.StatusCreated)
	csv := strings.Builder{}
	csv.WriteString(rollCSV)
	for i, v := range villagers {
		id := ""
		if v.born > 0 {
			id = idNumber(v.born, i+1)
		}
		house := i + 2
		if v.who == "brother" {
			house = 50
		}
		fmt.Fprintf(&csv, "%d,%s,%s,139001%05d,3\n", house, v.name, id, i)
	}
	d.clerk.do(http.MethodPost, "/api/v1/regions/"+testVillage+"/roll?apply=true", rollFile(t, csv.String()), rollHeader).want(http.StatusOK)
	for i, v := range villagers {
		if v.who == "child" || v.who == "unborn" {
			continue
		}
		c := s.person(40 + i)
		c.consent()
		c.post("/api/v1/me/residency", obj{"region": testVillage, "name": v.name, "phone_code": fmt.Sprintf("phone-139001%05d", i)}).want(http.StatusOK)
		d.folk[v.who] = c
	}
	d.clerk.post("/api/v1/kinships", obj{"a": d.resident("subject"), "b": d.resident("brother"), "kind": "sibling"}).want(http.StatusCreated)
	for who, role := range map[string]string{"c1": "council", "c2": "council", "c3": "council", "brother": "council", "d1": "representative", "d2": "representative"} {
		d.director.post("/api/v1/appointments", obj{
			"role": role, "region": testVillage, "resident_id": d.resident(who), "start": d.day(-1), "end": d.day(700),
		}).want(http.StatusCreated)
	}
	d.covenant()
	d.signIn()
	d.clerk.post(d.board("announcement"), obj{
		"council": "道德评议会", "keeper_role": "clerk", "keeper": "陈晓兰", "clauses": []string{"c01", "c02"}, "incentives": "年底发一张奖状。",
		"objections": "公示期间可以提异议，不服的可以申诉。", "from": d.day(0),
	}).want(http.StatusCreated)
	return d
}

func (d *stand) board(rest string) string { return "/api/v1/boards/" + testVillage + "/" + rest }

func entryAt(id, rest string) string { return "/api/v1/boards/entries/" + id + rest }

func (d *stand) day(days int) string {
	return d.clock.Now().In(calendar.China).AddDate(0, 0, days).Format(time.DateOnly)
}

func nameOf(who string) string {
	for _, v := range villagers {
		if v.who == who {
			return v.name
		}
	}
	return ""
}

func (d *stand) resident(who string) string {
	d.t.Helper()
	return d.clerk.get("/api/v1/regions/"+testVillage+"/residents?name="+nameOf(who)).want(http.StatusOK).str("items", 0, "id")
}

var clauses = []covenant.Clause{
	{Code: "c01", Number: 1, Topic: "mutual_aid", Kind: covenant.Encouraged, Text: "邻里互助，帮助孤寡老人。", List: covenant.Red},
	{Code: "c02", Number: 2, Topic: "tidy", Kind: covenant.NotAllowed, Text: "不在路边、沟里倒垃圾。", List: covenant.Black, TurnsRed: true},
	{Code: "c03", Number: 3, Topic: "feast", Kind: covenant.NotAllowed, Text: "不大操大办。", List: covenant.Black},
}

// covenant puts a text in force as a meeting would have: that way is shown in
// TestCovenant_WholeWay.
func (d *stand) covenant() {
	d.t.Helper()
	now := d.clock.Now()
	text := covenant.Text{ID: audit.NewID(), Region: testVillage, Kind: covenant.Covenant, Revision: 1, Last: 1, CreatedAt: now, ChangedAt: now}
	d.text = text.ID
	d.covenants(func(ctx context.Context, tx covenant.Tx) error {
		return errors.Join(tx.AddCovenant(ctx, text), tx.AddCovenantVersion(ctx, d.version(1, clauses)))
	})
}

// withoutClause puts a second version in force that lacks a clause.
func (d *stand) withoutClause(code string) {
	d.t.Helper()
	d.covenants(func(ctx context.Context, tx covenant.Tx) error {
		left := slices.DeleteFunc(slices.Clone(clauses), func(c covenant.Clause) bool { return c.Code == code })
		return tx.AddCovenantVersion(ctx, d.version(2, left))
	})
}

func (d *stand) version(number int, clauses []covenant.Clause) covenant.Version {
	now := d.clock.Now()
	v := covenant.Version{
		ID: audit.NewID(), CovenantID: d.text, Number: number, CaseID: audit.NewID(), Region: testVillage, Kind: covenant.Covenant, Revision: 1,
		State: "in_force", Since: now.Add(-time.Minute), CreatedAt: now, ChangedAt: now,
	}
	v.Content.Title, v.Content.Clauses = "盐井村村规民约", clauses
	v.Content.Vote, v.Content.Filing = &covenant.Vote{On: d.day(-20)}, &covenant.Filing{On: d.day(-15)}
	return v
}

func (d *stand) covenants(do func(ctx context.Context, tx covenant.Tx) error) {
	d.t.Helper()
	err := d.db.Covenants().InTx(d.t.Context(), dbtest.Act(), func(tx covenant.Tx) error {
		return errors.Join(do(d.t.Context(), tx), tx.Record(d.t.Context(), audit.Event{Action: "test"}))
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// later moves the clock of the server and signs everybody in anew.
func (d *stand) later(days int) {
	d.t.Helper()
	to := d.clock.Now().Add(time.Duration(days) * 24 * time.Hour)
	d.anon.send(http.MethodPut, "/testing/clock", obj{"now": to.Format(time.RFC3339)}).want(http.StatusOK)
	d.sweep(d.t.Context())
	d.signIn()
}

func (d *stand) signIn() {
	d.t.Helper()
	d.clerk, d.director, d.supervisor, d.township = d.person(3), d.person(4), d.person(5), d.person(2)
	d.otherClerk, d.villager, d.stranger = d.person(6), d.person(7), d.person(8)
	for i, v := range villagers {
		if _, bound := d.folk[v.who]; bound {
			d.folk[v.who] = d.person(40 + i)
		}
	}
}

// says is what is nominated or reported.
func (d *stand) says(list string) (path string, body obj) {
	body = obj{"name": nameOf("subject"), "group": "3组", "place": "三组", "on": d.day(-2)}
	if list == "red" {
		return d.board("nominations"), merge(body, obj{"clause": "c01", "facts": redFacts})
	}
	return d.board("reports"), merge(body, obj{"clause": "c02", "facts": blackFacts})
}

// raised nominates or reports, on a day of its own: one may not say much in one.
func (d *stand) raised(list string, change obj) string {
	d.t.Helper()
	d.later(1)
	path, body := d.says(list)
	return d.folk["maker"].post(path, merge(body, change)).want(http.StatusCreated).str("id")
}

// step takes an action and wants the state it leads to.
func (d *stand) step(c client, id, state string, body obj) reply {
	d.t.Helper()
	r := c.post(entryAt(id, "/actions"), body).want(http.StatusOK)
	if r.str("state") != state {
		d.t.Fatalf("%s leads to %s, want %s", body["action"], r.str("state"), state)
	}
	return r
}

func (d *stand) refuse(c client, id string, status int, code string, body obj) {
	d.t.Helper()
	c.post(entryAt(id, "/actions"), body).problem(status, code)
}

// verification is what the keeper finds out.
func (d *stand) verification(id, deed string) obj {
	d.t.Helper()
	found := d.clerk.get(entryAt(id, "/candidates")).want(http.StatusOK)
	return obj{
		"action": "verify", "resident": found.str("items", 0, "resident_id"), "deed": deed, "month": d.day(-2)[:7], "group": testVillage + "03",
	}
}

// agreed has the council vote and the deputies heard; more are those of it who are
// no relatives this time.
func (d *stand) agreed(id string, more ...string) {
	d.t.Helper()
	for _, who := range append(more, "c1", "c2", "c3") {
		d.folk[who].post(entryAt(id, "/votes"), obj{"vote": "yes"}).want(http.StatusOK)
	}
	d.step(d.clerk, id, "evaluated", obj{"action": "adopt"})
	for _, who := range []string{"d1", "d2"} {
		d.folk[who].post(entryAt(id, "/votes"), obj{"vote": "yes", "as": "representative"}).want(http.StatusOK)
	}
	d.step(d.clerk, id, "consulted", obj{"action": "agreed"})
}

// redAsked takes a nomination to where the person is asked.
func (d *stand) redAsked() string {
	d.t.Helper()
	id := d.raised("red", nil)
	d.step(d.clerk, id, "verified", d.verification(id, redDeed))
	d.agreed(id)
	d.step(d.clerk, id, "asked", obj{"action": "ask", "by": "app"})
	return id
}

// redListed lists a deed with name and photo.
func (d *stand) redListed() (id string, photo reply) {
	d.t.Helper()
	id = d.redAsked()
	photo = d.folk["subject"].upload("照片.png", photoOf(d.t, 161, 121)).want(http.StatusCreated)
	d.step(d.folk["subject"], id, "notice", obj{"action": "consent", "name": "full", "media": []string{photo.str("id")}})
	d.later(7)
	d.step(d.clerk, id, "listed", obj{"action": "list"})
	return id, photo
}

// blackHeard takes a report to where the person was heard.
func (d *stand) blackHeard(change obj) string {
	d.t.Helper()
	id := d.raised("black", change)
	d.step(d.clerk, id, "verified", d.verification(id, blackDeed))
	d.step(d.clerk, id, "heard", obj{"action": "tell", "by": "visit"})
	d.step(d.folk["subject"], id, "education", obj{"action": "reply", "text": replyText})
	return id
}

// blackNotice takes a report to its public notice.
func (d *stand) blackNotice(change obj) string {
	d.t.Helper()
	id := d.blackHeard(change)
	d.later(9)
	d.step(d.clerk, id, "education", obj{"action": "to_council"})
	d.agreed(id)
	d.step(d.clerk, id, "notice", obj{"action": "give_notice", "by": "visit"})
	return id
}

func (d *stand) blackListed(change obj) string {
	d.t.Helper()
	id := d.blackNotice(change)
	d.later(9)
	d.step(d.clerk, id, "listed", obj{"action": "list"})
	return id
}

// shown gives an entry as it stands on a list, nil where it does not.
func (d *stand) shown(c client, list, id string) map[string]any {
	d.t.Helper()
	r := c.get(d.board(list)).want(http.StatusOK)
	if cc, robots := r.header.Get("Cache-Control"), r.header.Get("X-Robots-Tag"); cc != "private, no-store" || !strings.Contains(robots, "noindex") {
		d.t.Errorf("the %s list may be kept: %q %q", list, cc, robots)
	}
	items, _ := r.at("items").([]any)
	for _, i := range items {
		if e, ok := i.(map[string]any); ok && e["id"] == id {
			return e
		}
	}
	return nil
}

// gone wants an entry to be over, and known to nobody outside.
func (d *stand) gone(list, id, state string) {
	d.t.Helper()
	for _, c := range []client{d.anon, d.folk["other"]} {
		if d.shown(c, list, id) != nil {
			d.t.Errorf("%s is on the board, and should be over as %s", id, state)
		}
	}
	if list == "black" || state != "expired" {
		d.anon.get(entryAt(id, "")).problem(http.StatusNotFound, "redblack.not_found")
	}
	m := d.clerk.get(entryAt(id, "")).want(http.StatusOK)
	if m.str("state") != state || m.str("matter", "state") != state {
		d.t.Errorf("state %s, want %s", m.str("state"), state)
	}
	if text := string(m.body); strings.Contains(text, nameOf("subject")) || strings.Contains(text, replyText) || strings.Contains(text, blackFacts) || strings.Contains(text, redFacts) {
		d.t.Errorf("the keeper still reads of the person: %s", text)
	}
}

// waits polls for what follows of itself.
func (d *stand) waits(what string, is func() bool) {
	d.t.Helper()
	eventually(d.t, 20*soon, what, is)
}
