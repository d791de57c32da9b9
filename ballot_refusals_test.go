package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"cunwu/service/calendar"
)

// box says all that is counted of ballots: casts, marks of the roll, sheets.
func (h *hall) box(ids ...string) string {
	t := h.anon.t
	t.Helper()
	var out strings.Builder
	for _, id := range ids {
		r, err := h.db.Ballots().BallotRecord(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		patterns, origins, err := h.db.Ballots().BallotPatterns(t.Context(), r.Number, r.RollSize)
		if err != nil {
			t.Fatal(err)
		}
		marked, err := h.db.Ballots().BallotMarked(t.Context(), r.Number, r.RollSize)
		if err != nil {
			t.Fatal(err)
		}
		sheets, err := h.db.Ballots().BallotSheets(t.Context(), r.Number)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "%s: %v %v marked %d sheets %+v\n", id, patterns, origins, marked, sheets)
	}
	return out.String()
}

// refused is a request that must leave nothing behind.
type refused struct {
	who    client
	path   string
	body   any
	status int
	code   string
}

// refuse sends them all, and each must be refused so and leave the boxes as
// they are.
func (h *hall) refuse(t *testing.T, ids []string, all map[string]refused) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		x, before := all[name], h.box(ids...)
		t.Run(name, func(t *testing.T) {
			c := client{t: t, base: x.who.base, token: x.who.token}
			if raw, ok := x.body.(string); ok {
				c.do(http.MethodPost, x.path, strings.NewReader(raw), map[string]string{"Content-Type": "application/json"}).problem(x.status, x.code)
			} else {
				c.post(x.path, x.body).problem(x.status, x.code)
			}
			if now := h.box(ids...); now != before {
				t.Errorf("something was counted:\n%s\nwas\n%s", now, before)
			}
		})
	}
}

// roll is the village's roll as a file: of voters who are left out it says that
// they moved away, and household names those who live elsewhere now.
func (h *hall) roll(out map[int]bool, household map[int]int) {
	t := h.anon.t
	t.Helper()
	csv := strings.Builder{}
	csv.WriteString("户号,姓名,身份证号,电话,组\n1,王小成,,13800000001,1\n")
	for i := range h.voters {
		at, moved := household[i]
		if !moved {
			at = i/2 + 2
		}
		if !out[i] {
			fmt.Fprintf(&csv, "%d,%s,,138001%05d,1\n", at, voterName(i), i)
		}
	}
	h.clerk.do(http.MethodPost, "/api/v1/regions/"+testVillage+"/roll?apply=true&mark_missing=true", rollFile(t, csv.String()), rollHeader).want(http.StatusOK)
}

func (h *hall) endOffice(by client, role string) {
	h.clerk.t.Helper()
	by.post("/api/v1/appointments/"+h.appointments[role+" "+testVillage]+"/actions", obj{"action": "end", "reason": "本人辞职，村民会议已同意。"}).want(http.StatusOK)
}

// TestBallots_BadCasts: each way of casting that must not be, with its code, and
// nothing of it in any box.
func TestBallots_BadCasts(t *testing.T) {
	t.Parallel()
	h := start(t, testConfig(t, tempData(t))).hall(9)
	v := h.voters
	v[4].redeem(h.appoint(h.director, "representative", testVillage))
	other := h.foreigner()
	double := h.doubleAccount(0)
	fixed, _ := h.question(nil)
	now := h.clock.Now().In(calendar.China)
	later, _ := h.question(obj{"opens_at": now.Add(time.Hour).Format(time.RFC3339)})
	reps, _ := h.question(obj{"rule": "representatives_meeting", "revote": true})
	homes, last := h.question(obj{"rule": "villagers_meeting_households", "revote": true})
	called, _ := h.question(nil)
	h.clerk.post("/api/v1/ballots/"+called+"/actions", obj{"action": "cancel", "reason": "题目写错了，另行表决。"}).want(http.StatusOK)
	draft := h.clerk.post("/api/v1/ballots", h.draftBody(nil)).want(http.StatusCreated).str("id")
	ids := []string{fixed, later, reps, homes, called, draft}
	cast := func(id string) string { return "/api/v1/ballots/" + id + "/casts" }
	yes := obj{"choices": []string{"yes"}}
	v[0].post(cast(fixed), yes).want(http.StatusOK)
	v[7].post(cast(fixed), yes).want(http.StatusOK)
	v[4].post(cast(reps), yes).want(http.StatusOK)
	passed := h.clerk.post("/api/v1/ballots/"+fixed+"/assists", obj{"voter": h.residentOf(2), "consent": "本人当面同意。"}).want(http.StatusCreated).str("token")
	helped := client{base: h.anon.base, token: passed}
	sixth := h.residentOf(6)

	h.roll(map[int]bool{6: true}, map[int]int{3: 2}) // six left the village, three lives with nought and one
	h.endOffice(h.director, "representative")

	manyIDs := make([]string, 100_000)
	for i := range manyIDs {
		manyIDs[i] = fmt.Sprintf("o%d", i)
	}
	scores, _ := json.Marshal(obj{"scores": func() map[string]int {
		out := map[string]int{}
		for _, id := range manyIDs {
			out[id] = 5
		}
		return out
	}()})
	h.refuse(t, ids, map[string]refused{
		"Early":            {v[1], cast(later), yes, 409, "ballot.not_open"},
		"Twice":            {v[0], cast(fixed), obj{"choices": []string{"no"}}, 409, "ballot.already_cast"},
		"TwiceTheSame":     {v[0], cast(fixed), yes, 409, "ballot.already_cast"},
		"SecondAccount":    {double, cast(fixed), yes, 403, "ballot.not_on_roll"},
		"CalledOff":        {v[1], cast(called), yes, 409, "ballot.cancelled"},
		"Draft":            {v[1], cast(draft), yes, 404, "ballot.not_found"},
		"DraftByTheClerk":  {h.clerk, cast(draft), yes, 403, "ballot.not_on_roll"},
		"Stranger":         {h.anon, cast(fixed), yes, 401, "auth.required"},
		"MadeUpToken":      {client{base: h.anon.base, token: "x"}, cast(fixed), yes, 401, "auth.expired"},
		"ForeignVillage":   {other, cast(fixed), yes, 403, "ballot.not_on_roll"},
		"NobodysAccount":   {h.stranger, cast(fixed), yes, 403, "ballot.not_on_roll"},
		"MovedAway":        {v[6], cast(fixed), yes, 403, "ballot.not_on_roll"},
		"MovedAwayHome":    {v[6], cast(homes), yes, 403, "ballot.not_on_roll"},
		"LeftTheHousehold": {v[3], cast(homes), yes, 403, "ballot.not_on_roll"},
		"OfficeEnded":      {v[4], cast(reps), obj{"choices": []string{"no"}}, 403, "ballot.role_ended"},
		"NoOffice":         {v[5], cast(reps), yes, 403, "ballot.not_on_roll"},
		"ForAnother":       {v[1], cast(fixed), obj{"choices": []string{"yes"}, "voter": sixth}, 422, "request.invalid"},
		"ForAnotherHelp":   {v[1], "/api/v1/ballots/" + fixed + "/assists", obj{"voter": h.residentOf(2), "consent": "本人当面同意。"}, 403, "account.not_allowed"},
		"HelpElsewhere":    {helped, cast(homes), yes, 401, "ballot.assist_invalid"},
		"HelpMadeUp":       {client{base: h.anon.base, token: "assist-aaaaaaaa"}, cast(fixed), yes, 401, "ballot.assist_invalid"},
		"HelpTheGone":      {h.clerk, "/api/v1/ballots/" + fixed + "/assists", obj{"voter": sixth, "consent": "本人当面同意。"}, 422, "ballot.voter_unknown"},
		"HelpWithoutLeave": {h.clerk, "/api/v1/ballots/" + fixed + "/assists", obj{"voter": h.residentOf(2), "consent": " "}, 422, "ballot.consent_needed"},
		"HelpEndedOffice":  {h.clerk, "/api/v1/ballots/" + reps + "/assists", obj{"voter": h.residentOf(4), "consent": "本人当面同意。"}, 403, "ballot.role_ended"},
		"ForeignClerk":     {h.otherClerk, "/api/v1/ballots/" + fixed + "/assists", obj{"voter": h.residentOf(2), "consent": "本人当面同意。"}, 403, "account.not_allowed"},
		"NoSuchOption":     {v[1], cast(fixed), obj{"choices": []string{"perhaps"}}, 422, "ballot.choice_invalid"},
		"OtherCase":        {v[1], cast(fixed), obj{"choices": []string{"Yes"}}, 422, "ballot.choice_invalid"},
		"Two":              {v[1], cast(fixed), obj{"choices": []string{"yes", "no"}}, 422, "ballot.choice_invalid"},
		"None":             {v[1], cast(fixed), obj{"choices": []string{}}, 422, "ballot.choice_invalid"},
		"Nothing":          {v[1], cast(fixed), obj{}, 422, "ballot.choice_invalid"},
		"Scores":           {v[1], cast(fixed), obj{"scores": obj{"yes": 5}}, 422, "ballot.choice_invalid"},
		"Both":             {v[1], cast(fixed), obj{"choices": []string{"yes"}, "scores": obj{"yes": 5}}, 422, "ballot.choice_invalid"},
		"Sealed":           {v[1], cast(fixed), obj{"ballot": strings.Repeat("A", 516)}, 422, "ballot.choice_invalid"},
		"ManyTheSame":      {v[1], cast(fixed), obj{"choices": slices.Repeat([]string{"yes"}, 100_000)}, 422, "ballot.choice_invalid"},
		"ManyOthers":       {v[1], cast(fixed), obj{"choices": manyIDs}, 422, "ballot.choice_invalid"},
		"ManyScores":       {v[1], cast(fixed), string(scores), 413, "request.too_large"},
		"Numbers":          {v[1], cast(fixed), obj{"choices": []int{1}}, 422, "request.invalid"},
		"Text":             {v[1], cast(fixed), obj{"choices": "yes"}, 422, "request.invalid"},
		"List":             {v[1], cast(fixed), `["yes"]`, 422, "request.invalid"},
		"NullBody":         {v[1], cast(fixed), `null`, 422, "ballot.choice_invalid"},
		"Broken":           {v[1], cast(fixed), `{"choices":["yes"]`, 400, "request.malformed"},
		"Repeated":         {v[1], cast(fixed), `{"choices":["yes"],"choices":["no"]}`, 422, "request.invalid"},
		"Deep":             {v[1], cast(fixed), strings.Repeat(`{"choices":`, 5000) + "1" + strings.Repeat("}", 5000), 400, "request.malformed"},
	})
	if c := v[6].get("/api/v1/ballots/" + fixed).want(http.StatusOK); c.str("can_vote", "code") != "ballot.not_on_roll" || c.at("can_vote", "on_roll") != false {
		t.Errorf("%s", c.body)
	}
	if c := v[3].get("/api/v1/ballots/" + homes).want(http.StatusOK); c.str("can_vote", "code") != "ballot.not_on_roll" {
		t.Errorf("%s", c.body)
	}

	h.moveTo(last) // the household ballot was made later
	h.refuse(t, ids, map[string]refused{
		"Late":          {v[1], cast(fixed), yes, 409, "ballot.closed"},
		"LateAgain":     {v[1], cast(fixed), yes, 409, "ballot.closed"},
		"LateHousehold": {v[1], cast(homes), yes, 409, "ballot.closed"},
		"LateHelp":      {h.clerk, "/api/v1/ballots/" + fixed + "/assists", obj{"voter": h.residentOf(2), "consent": "本人当面同意。"}, 409, "ballot.closed"},
		"LateWithHelp":  {helped, cast(fixed), yes, 409, "ballot.closed"},
	})
}

// foreigner is a voter of another village.
func (h *hall) foreigner() client {
	h.clerk.t.Helper()
	h.otherClerk.do(http.MethodPost, "/api/v1/regions/"+otherVillage+"/roll?apply=true", rollFile(h.clerk.t, "户号,姓名,身份证号,电话,组\n1,何大山,,13800200001,1\n"), rollHeader).want(http.StatusOK)
	c := h.person(60)
	c.consent()
	c.post("/api/v1/me/residency", obj{"region": otherVillage, "name": "何大山", "phone_code": "phone-13800200001"}).want(http.StatusOK)
	return c
}

// doubleAccount is another account of a voter, with the right name and phone.
// It stays unbound: clerk and supervisor cannot bind it either.
func (h *hall) doubleAccount(i int) client {
	t := h.clerk.t
	t.Helper()
	c := h.person(61)
	c.consent()
	phone := fmt.Sprintf("138001%05d", i)
	if r := c.post("/api/v1/me/residency", obj{"region": testVillage, "name": voterName(i), "phone_code": "phone-" + phone}); !strings.Contains(string(r.body), "pending") {
		t.Errorf("a second account: %d %s", r.status, r.body)
	}
	return c
}

// draftBody is a question that may be put.
func (h *hall) draftBody(change obj) obj {
	now := h.clock.Now().In(calendar.China)
	body := obj{
		"region": testVillage, "question": "是否同意用集体收入修缮村道", "kind": "yes_no", "rule": "villagers_meeting",
		"opens_at": now.Format(time.RFC3339), "closes_at": now.Add(2 * time.Hour).Format(time.RFC3339),
	}
	maps.Copy(body, change)
	return body
}
