package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func share(num, den int, of string, strict bool) obj {
	return obj{"num": num, "den": den, "of": of, "strict": strict}
}

func labels(n int) []obj {
	out := make([]obj, n)
	for i := range out {
		out[i] = obj{"label": fmt.Sprintf("方案%d", i+1)}
	}
	return out
}

// TestBallots_BadDefinitions: definitions that no rule allows are refused, and
// no draft is left of them.
func TestBallots_BadDefinitions(t *testing.T) {
	t.Parallel()
	h := start(t, testConfig(t, tempData(t))).hall(2)
	at := func(d time.Duration) string { return h.clock.Now().Add(d).Format(time.RFC3339) }
	few := obj{"kind": "choose_up_to", "options": labels(3), "rule": "opinion"}
	with := func(base, more obj) obj {
		out := obj{}
		for _, m := range []obj{base, more} {
			for k, v := range m {
				out[k] = v
			}
		}
		return out
	}
	for name, x := range map[string]struct {
		change obj
		code   string
	}{
		"NoRule":          {obj{"rule": "mine"}, "ballot.definition_invalid"},
		"NoKind":          {obj{"kind": "roulette"}, "request.invalid"},
		"NoQuestion":      {obj{"question": "  "}, "ballot.definition_invalid"},
		"LongQuestion":    {obj{"question": strings.Repeat("问", 201)}, "request.invalid"},
		"OneOption":       {obj{"kind": "choose_one", "options": labels(1)}, "ballot.definition_invalid"},
		"ManyOptions":     {obj{"kind": "choose_one", "options": labels(31)}, "ballot.definition_invalid"},
		"SameLabels":      {obj{"kind": "choose_one", "options": append(labels(2), labels(1)...)}, "ballot.definition_invalid"},
		"SameIDs":         {obj{"kind": "choose_one", "options": []obj{{"id": "a", "label": "甲"}, {"id": "a", "label": "乙"}}}, "ballot.definition_invalid"},
		"CommaInID":       {obj{"kind": "choose_one", "options": []obj{{"id": "a,b", "label": "甲"}, {"id": "c", "label": "乙"}}}, "ballot.definition_invalid"},
		"ColonInID":       {obj{"kind": "score", "rule": "opinion", "options": []obj{{"id": "a:5", "label": "甲"}, {"id": "c", "label": "乙"}}}, "ballot.definition_invalid"},
		"AllOfThree":      {with(few, obj{"max_choices": 3}), "ballot.definition_invalid"},
		"NoneOfThree":     {with(few, obj{"max_choices": 0}), "ballot.definition_invalid"},
		"ScoredDecision":  {obj{"kind": "score", "options": labels(3)}, "ballot.definition_invalid"},
		"OpenAppraisal":   {obj{"kind": "satisfied", "rule": "appraisal"}, "ballot.definition_invalid"},
		"EndsFirst":       {obj{"closes_at": at(-time.Hour)}, "ballot.definition_invalid"},
		"Over":            {obj{"opens_at": at(-48 * time.Hour), "closes_at": at(-24 * time.Hour)}, "ballot.definition_invalid"},
		"TooLong":         {obj{"closes_at": at(91 * 24 * time.Hour)}, "ballot.definition_invalid"},
		"TooEarly":        {obj{"opens_at": at(200 * 24 * time.Hour), "closes_at": at(201 * 24 * time.Hour)}, "ballot.definition_invalid"},
		"ZeroDenominator": {obj{"pass": share(1, 0, "roll", false)}, "request.invalid"},
		"Impossible":      {obj{"pass": share(1, 1, "roll", true)}, "ballot.definition_invalid"},
		"MoreThanAll":     {obj{"pass": share(3, 2, "roll", false)}, "ballot.definition_invalid"},
		"QuorumOfPresent": {obj{"quorum": share(2, 3, "present", false)}, "ballot.definition_invalid"},
		"LooserQuorum":    {obj{"quorum": share(1, 3, "roll", true)}, "ballot.rule_looser"},
		"NotStrict":       {obj{"pass": share(1, 2, "present", false)}, "ballot.rule_looser"},
		"OfFewer":         {obj{"rule": "collective_assembly", "pass": share(1, 1, "present", false)}, "ballot.rule_looser"},
		"GroupRule":       {obj{"rule": "group_meeting"}, "ballot.rule_place"},
		"VillageRule":     {obj{"region": testVillage + "01"}, "ballot.rule_place"},
		"PhoneNumber":     {obj{"question": "是否同意13812345678承包鱼塘"}, "ballot.personal_data"},
		"PhoneInOption":   {obj{"kind": "choose_one", "options": []obj{{"label": "找13812345678"}, {"label": "另找"}}}, "ballot.personal_data"},
		"UnknownField":    {obj{"weights": []int{1, 2}}, "request.invalid"},
		"CountySays":      {obj{"region": testCounty}, "request.invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			c := client{t: t, base: h.clerk.base, token: h.clerk.token}
			c.post("/api/v1/ballots", h.draftBody(x.change)).problem(http.StatusUnprocessableEntity, x.code)
		})
	}
	h.supervisor.post("/api/v1/ballots", h.draftBody(nil)).problem(http.StatusForbidden, "account.not_allowed")
	h.otherClerk.post("/api/v1/ballots", h.draftBody(nil)).problem(http.StatusForbidden, "account.not_allowed")
	if l, _ := h.clerk.get("/api/v1/ballots?region=" + testVillage).want(http.StatusOK).at("items").([]any); len(l) != 0 {
		t.Errorf("%d drafts are left", len(l))
	}
	h.clerk.post("/api/v1/ballots", h.draftBody(obj{"quorum": share(3, 4, "roll", false), "pass": share(2, 3, "roll", false)})).want(http.StatusCreated)
}

// TestBallots_Kinds: every kind is cast, counted and told in words.
func TestBallots_Kinds(t *testing.T) {
	t.Parallel()
	h := start(t, testConfig(t, tempData(t))).hall(6)
	three := []obj{{"id": "a", "label": "修路"}, {"id": "b", "label": "装灯"}, {"id": "c", "label": "通渠"}}
	type kind struct {
		change obj
		marks  []obj
		words  string
		passed bool
	}
	chosen := func(ids ...string) obj { return obj{"choices": ids} }
	scored := func(a, b, c int) obj { return obj{"scores": obj{"a": a, "b": b, "c": c}} }
	kinds := map[string]kind{
		"YesNo": {
			obj{"kind": "yes_no"},
			[]obj{chosen("yes"), chosen("yes"), chosen("yes"), chosen("no"), chosen("abstain")},
			"应到 7 人，实到 5 人，满足过半数；赞成 3，反对 1，弃权 1；赞成超过到会人员半数，通过。", true,
		},
		"Tie": {
			obj{"kind": "yes_no"},
			[]obj{chosen("yes"), chosen("yes"), chosen("no"), chosen("no")},
			"应到 7 人，实到 4 人，满足过半数；赞成 2，反对 2，弃权 0；赞成没有超过到会人员半数，不通过。", false,
		},
		"NoQuorum": {
			obj{"kind": "yes_no"},
			[]obj{chosen("yes"), chosen("yes"), chosen("yes")},
			"应到 7 人，实到 3 人，不足过半数；人数不够，表决无效。", false,
		},
		"One": {
			obj{"kind": "choose_one", "options": three},
			[]obj{chosen("a"), chosen("a"), chosen("a"), chosen("b"), chosen("c")},
			"应到 7 人，实到 5 人，满足过半数；修路 3，装灯 1，通渠 1；“修路”超过到会人员半数，通过。", true,
		},
		"Few": {
			obj{"kind": "choose_up_to", "options": three, "max_choices": 2},
			[]obj{chosen("a", "b"), chosen("b", "a"), chosen("a"), chosen("b", "c")},
			"应到 7 人，实到 4 人，满足过半数；修路 3，装灯 3，通渠 1；“修路”、“装灯”超过到会人员半数，通过。", true,
		},
		"Score": {
			obj{"kind": "score", "options": three, "rule": "opinion"},
			[]obj{scored(5, 1, 3), scored(4, 2, 3)},
			"应到 7 人，实到 2 人；修路共得 9 分，装灯共得 3 分，通渠共得 6 分；本次只征求意见，不作决定。", false,
		},
		"Satisfied": {
			obj{"kind": "satisfied"},
			[]obj{chosen("satisfied"), chosen("basic"), chosen("basic"), chosen("dissatisfied")},
			"应到 7 人，实到 4 人，满足过半数；满意 1，基本满意 2，不满意 1；满意和基本满意超过到会人员半数，通过。", true,
		},
	}
	ids := map[string]string{}
	var closes time.Time
	for name, k := range kinds {
		ids[name], closes = h.question(k.change)
		for i, m := range k.marks {
			h.voters[i].post("/api/v1/ballots/"+ids[name]+"/casts", m).want(http.StatusOK)
		}
	}
	h.voters[5].post("/api/v1/ballots/"+ids["Score"]+"/casts", scored(5, 1, 6)).problem(http.StatusUnprocessableEntity, "ballot.choice_invalid")
	h.voters[5].post("/api/v1/ballots/"+ids["Score"]+"/casts", obj{"scores": obj{"a": 5}}).problem(http.StatusUnprocessableEntity, "ballot.choice_invalid")
	h.voters[5].post("/api/v1/ballots/"+ids["Few"]+"/casts", chosen("a", "b", "c")).problem(http.StatusUnprocessableEntity, "ballot.choice_invalid")
	h.voters[5].post("/api/v1/ballots/"+ids["Few"]+"/casts", chosen("a", "a")).problem(http.StatusUnprocessableEntity, "ballot.choice_invalid")
	h.moveTo(closes)
	for name, k := range kinds {
		path := "/api/v1/ballots/" + ids[name]
		h.counted(path)
		h.supervisor.post(path+"/actions", obj{"action": "certify", "opinion": "与名册核对一致，同意公布。"}).want(http.StatusOK)
		r := h.anon.get(path + "/result").want(http.StatusOK)
		if r.str("result", "reasoning") != k.words || r.at("result", "passed") != k.passed || r.at("result", "mismatch") != false {
			t.Errorf("%s: %s", name, r.body)
		}
	}
}
