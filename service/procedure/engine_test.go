package procedure

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/fault"
)

const (
	chairsFile     = "testdata/working_every_key.yaml"
	disclosureFile = ruleBook + "/procedures/disclosure.v1.yaml"
)

var (
	someone  = audit.Actor{AccountID: "someone", Role: "clerk", Region: "510821102200"}
	anything = Holder{Actor: someone, May: func(string) bool { return true }}
	holidays = must(calendar.LoadHolidays(os.DirFS(ruleBook)))
)

func date(s string) time.Time {
	return must(time.ParseInLocation(time.DateOnly, s, calendar.China))
}

func moment(s string) time.Time {
	return must(time.ParseInLocation("2006-01-02 15:04:05.000", s, calendar.China))
}

func begun(t testing.TB, d *Definition, at time.Time, data map[string]string) Case {
	t.Helper()
	c, step, err := Begin(d, Subject{CaseID: "case", SubjectID: "subject", Region: "510821102200", Data: data}, someone, at, holidays)
	if err != nil {
		t.Fatal(err)
	}
	if step.Seq != 1 || step.Action != OpenAction || step.To != d.Start || c.Revision != 1 || c.OpenedBy != "someone" {
		t.Fatalf("opening = %+v of %+v", step, c)
	}
	return c
}

// steps applies actions one after the other; each is "code" or "code field=value".
func steps(t testing.TB, d *Definition, c Case, at time.Time, actions ...string) (Case, Step, []Effect) {
	t.Helper()
	var step Step
	var effects []Effect
	for _, text := range actions {
		in := input(text)
		var err error
		c, step, effects, err = Apply(d, c, in, anything, at, holidays)
		if err != nil {
			t.Fatalf("%s at %s: %v", text, c.Stage, err)
		}
	}
	return c, step, effects
}

func input(text string) Input {
	parts := strings.Fields(text)
	in := Input{Action: parts[0], Fields: map[string]string{}}
	for _, p := range parts[1:] {
		code, value, _ := strings.Cut(p, "=")
		in.Fields[code] = value
	}
	return in
}

func codes(list []Available) []string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = a.Action
	}
	return out
}

func TestApply_Disclosure(t *testing.T) {
	t.Parallel()
	d := mustParse(t, disclosureFile)
	monday := moment("2026-03-02 10:00:00.000")

	t.Run("from draft to archive", func(t *testing.T) {
		t.Parallel()
		c := begun(t, d, monday, nil)
		c, _, effects := steps(t, d, c, monday, "submit")
		if effects[0].Name != "disclosure.submitted" || !c.DueAt.Equal(moment("2026-03-09 23:59:59.999")) {
			// 5 days end on Saturday 7 March, so on Monday 9.
			t.Fatalf("submitted: %+v %+v", c, effects)
		}
		c, _, _ = steps(t, d, c, monday, "approve opinion=同意公布", "confirm meeting_on=2026-03-02", "publish")
		if !c.TimerAt.Equal(moment("2026-03-18 00:00:00.000")) || d.State(c.Stage) != "published" {
			t.Fatalf("posted: %+v", c)
		}
		if _, _, _, err := Fire(d, c, someone, moment("2026-03-17 23:59:59.999"), holidays); !errors.Is(err, ErrTooEarly) {
			t.Fatalf("archived before the fifteenth day was over: %v", err)
		}
		c, step, effects, err := Fire(d, c, audit.BySystem("timer").Actor, moment("2026-03-18 00:00:00.000"), holidays)
		if err != nil || c.Stage != "archived" || step.Actor.AccountID != audit.System || effects[0].Name != "disclosure.archived" {
			t.Fatalf("fired: %+v %+v %v", c, step, err)
		}
		if _, _, _, err := Fire(d, c, someone, date("2027-01-01"), holidays); !errors.Is(err, ErrTooEarly) {
			t.Fatalf("fired twice: %v", err)
		}
		c, step, _ = steps(t, d, c, monday, "withdraw reason=金额有误 kind=error", "submit", "approve opinion=同意", "confirm note=同意", "publish")
		if c.Stage != "posted" || step.Seq != 11 {
			t.Fatalf("published again: %+v %+v", c, step)
		}
	})

	t.Run("silence of the supervisors is waited for", func(t *testing.T) {
		t.Parallel()
		c, _, _ := steps(t, d, begun(t, d, monday, nil), monday, "submit")
		_, _, _, err := Apply(d, c, input("proceed"), anything, moment("2026-03-09 23:59:59.999"), holidays)
		if !errors.Is(err, ErrTooEarly) || !strings.Contains(fault.Of(err).Message, "2026-03-09") {
			t.Fatalf("proceeded within the deadline: %v", err)
		}
		c, _, _ = steps(t, d, c, moment("2026-03-10 00:00:00.000"), "proceed")
		if c.Stage != "confirm" {
			t.Fatal(c.Stage)
		}
	})

	t.Run("an objection sends it back with its reason and a deadline", func(t *testing.T) {
		t.Parallel()
		c, step, _ := steps(t, d, begun(t, d, monday, nil), monday, "submit", "object objection=第三行金额与票据不符")
		if c.Stage != "draft" || !c.Returned || step.Reason != "第三行金额与票据不符" || c.DueAt.IsZero() {
			t.Fatalf("%+v %+v", c, step)
		}
		c, _, _ = steps(t, d, c, monday, "submit")
		if c.Returned {
			t.Fatal("still marked as sent back")
		}
	})

	t.Run("standing items stay up", func(t *testing.T) {
		t.Parallel()
		c, _, _ := steps(t, d, begun(t, d, monday, map[string]string{"standing": "true"}), monday,
			"submit", "approve opinion=同意", "confirm note=同意", "publish")
		if !c.TimerAt.IsZero() {
			t.Fatalf("%+v", c)
		}
	})

	t.Run("the archive action is the timer's alone", func(t *testing.T) {
		t.Parallel()
		c, _, _ := steps(t, d, begun(t, d, monday, nil), monday, "submit", "approve opinion=同意", "confirm note=同意", "publish")
		if _, _, _, err := Apply(d, c, input("archive"), anything, date("2026-09-01"), holidays); !errors.Is(err, ErrForbidden) {
			t.Fatal(err)
		}
		if got := codes(d.Available(c, anything.May, date("2026-09-01"), holidays)); !slices.Equal(got, []string{"withdraw"}) {
			t.Fatal(got)
		}
	})
}

func TestApply_Refusals(t *testing.T) {
	t.Parallel()
	d := mustParse(t, disclosureFile)
	now := moment("2026-03-02 10:00:00.000")
	inReview, _, _ := steps(t, d, begun(t, d, now, nil), now, "submit")
	nobody := Holder{Actor: someone, May: func(string) bool { return false }}

	for name, tc := range map[string]struct {
		in   Input
		by   Holder
		want error
	}{
		"ErrUnknownAction":                         {input("fly"), nobody, ErrUnknownAction},
		"ErrUnknownAction, nothing to extend":      {input("extend days=1 reason=连日大雨"), nobody, ErrUnknownAction},
		"ErrFields before ErrForbidden":            {input("approve"), nobody, ErrFields},
		"ErrFields, unknown field":                 {input("approve opinion=同意 extra=1"), anything, ErrFields},
		"ErrForbidden before ErrStage":             {input("publish"), nobody, ErrForbidden},
		"ErrForbidden without powers at all":       {input("publish"), Holder{}, ErrForbidden},
		"ErrRaced where the actor saw another":     {Input{Action: "approve", Fields: map[string]string{"opinion": "同意"}, Revision: 1}, anything, ErrRaced},
		"ErrStage":                                 {input("publish"), anything, ErrStage},
		"ErrFields, too long":                      {input("approve opinion=" + strings.Repeat("好", 501)), anything, ErrFields},
		"ErrFields, not UTF-8":                     {input("approve opinion=\xff\xfe"), anything, ErrFields},
		"ErrFields, control characters":            {input("approve opinion=a\x00b"), anything, ErrFields},
		"ErrFields, neither date nor note":         {input("confirm"), anything, ErrFields},
		"ErrFields, not a date":                    {input("confirm meeting_on=2026-02-30"), anything, ErrFields},
		"ErrFields, none of the words":             {input("withdraw reason=写错了 kind=mistake"), anything, ErrFields},
		"ErrFields, the same attachment twice":     {Input{Action: "submit", Media: []string{"a", "a"}}, anything, ErrFields},
		"ErrFields, blank is not given":            {Input{Action: "approve", Fields: map[string]string{"opinion": " \t\n"}}, anything, ErrFields},
		"ErrUnknownAction, opening is none":        {input("open"), anything, ErrUnknownAction},
		"ErrFields, hostile field name is cut":     {Input{Action: "submit", Fields: map[string]string{strings.Repeat("x", 1<<16): ""}}, anything, ErrFields},
		"ErrUnknownAction, hostile action is cut":  {Input{Action: strings.Repeat("x", 1<<16)}, anything, ErrUnknownAction},
		"ErrFields, a huge attachment id":          {Input{Action: "submit", Media: []string{strings.Repeat("x", 1<<16)}}, anything, ErrFields},
		"ErrTooEarly, nobody is late yet":          {input("proceed"), anything, ErrTooEarly},
		"ErrFields, more attachments than allowed": {Input{Action: "submit", Media: must(manyIDs(maxMedia + 1))}, anything, ErrFields},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := inReview
			after, step, effects, err := Apply(d, before, tc.in, tc.by, now, holidays)
			if !errors.Is(err, tc.want) {
				t.Fatalf("got %v, want %v", err, tc.want)
			}
			if after.Revision != before.Revision || after.Stage != before.Stage || step.Seq != 0 || len(effects) != 0 {
				t.Fatalf("a refusal moved the case: %+v", after)
			}
			for _, f := range fault.Of(err).Fields {
				if len(f.Message) > 400 || !strings.HasPrefix(f.Location, "body.") {
					t.Errorf("field = %.200q %.400q", f.Location, f.Message)
				}
			}
		})
	}
}

func manyIDs(n int) ([]string, error) {
	out := make([]string, n)
	for i := range out {
		out[i] = "id" + itoa(i)
	}
	return out, nil
}

func TestApply_EveryKey(t *testing.T) {
	t.Parallel()
	d := mustParse(t, chairsFile)
	now := moment("2026-02-12 09:00:00.000") // Thursday before the Spring Festival

	t.Run("working days skip the festival and count its make-up days", func(t *testing.T) {
		t.Parallel()
		c := begun(t, d, now, nil)
		// 13 and 14 February (a Saturday worked in exchange), then 24 February.
		if !c.DueAt.Equal(moment("2026-02-24 23:59:59.999")) || c.Provisional {
			t.Fatalf("due %s", c.DueAt)
		}
	})

	t.Run("a deadline in a year not published is provisional", func(t *testing.T) {
		t.Parallel()
		if c := begun(t, d, date("2026-12-31"), nil); !c.Provisional {
			t.Fatalf("%+v", c)
		}
	})

	t.Run("extension: once, in time, within the limit, with a reason", func(t *testing.T) {
		t.Parallel()
		c := begun(t, d, now, nil)
		for _, bad := range []string{"extend", "extend days=6 reason=连日大雨", "extend days=0 reason=连日大雨", "extend days=99999999999999999999 reason=连日大雨", "extend days=2", "extend days=2 reason=雨"} {
			if _, _, _, err := Apply(d, c, input(bad), anything, now, holidays); !errors.Is(err, ErrFields) {
				t.Errorf("%s: %v", bad, err)
			}
		}
		if _, _, _, err := Apply(d, c, input("extend days=2 reason=连日大雨"), anything, c.DueAt.Add(time.Millisecond), holidays); !errors.Is(err, ErrTooLate) {
			t.Errorf("extended after the deadline: %v", err)
		}
		longer, step, _ := steps(t, d, c, now, "extend days=2 reason=连日大雨")
		if !longer.DueAt.Equal(moment("2026-02-26 23:59:59.999")) || !longer.Extended || step.Reason != "连日大雨" || longer.Stage != c.Stage {
			t.Fatalf("%+v %+v", longer, step)
		}
		if _, _, _, err := Apply(d, longer, input("extend days=1 reason=又是大雨"), anything, now, holidays); !errors.Is(err, ErrExtended) {
			t.Errorf("extended twice: %v", err)
		}
		if slices.Contains(codes(d.Available(longer, anything.May, now, holidays)), ExtendAction) {
			t.Error("extension is offered a second time")
		}
	})

	t.Run("guards decide over the declared data", func(t *testing.T) {
		t.Parallel()
		c := begun(t, d, now, map[string]string{"tables": "21", "purpose": "婚宴"})
		_, _, _, err := Apply(d, c, input("agree by_when=2026-03-01"), anything, now, holidays)
		if !errors.Is(err, ErrGuard) || fault.Of(err).Message != "借用超过二十张桌子的，请先缴押金。" {
			t.Fatal(err)
		}
		in := input("agree by_when=2026-03-01")
		in.Data = map[string]string{"paid": "true"}
		after, _, _, err := Apply(d, c, in, anything, now, holidays)
		if err != nil || after.Data["tables"] != "21" || after.Data["paid"] != "true" || c.Data["paid"] != "" {
			t.Fatalf("%+v %v", after, err)
		}
		if !after.TimerAt.IsZero() {
			t.Error("the reminder's condition does not hold, and yet it is set")
		}
	})

	t.Run("data that cannot be read is a failure, not a pass", func(t *testing.T) {
		t.Parallel()
		c := begun(t, d, now, map[string]string{"tables": "many"})
		if _, _, _, err := Apply(d, c, input("agree by_when=2026-03-01"), anything, now, holidays); err == nil || errors.Is(err, ErrGuard) {
			t.Fatal(err)
		}
		if slices.Contains(codes(d.Available(c, anything.May, now, holidays)), "agree") {
			t.Error("offered")
		}
	})

	t.Run("in time only", func(t *testing.T) {
		t.Parallel()
		c := begun(t, d, now, nil)
		if _, _, _, err := Apply(d, c, input("refuse reason=没有这么多桌子"), anything, c.DueAt.Add(time.Millisecond), holidays); !errors.Is(err, ErrTooLate) {
			t.Fatal(err)
		}
		back, _, _ := steps(t, d, c, now, "refuse reason=没有这么多桌子")
		if !back.DueAt.Equal(moment("2026-03-12 23:59:59.999")) { // the action's own deadline: a month
			t.Fatal(back.DueAt)
		}
	})

	t.Run("not before, attachments, and the end", func(t *testing.T) {
		t.Parallel()
		c, _, _ := steps(t, d, begun(t, d, now, nil), now, "agree by_when=2026-03-01")
		in := input("give_back broken=0")
		if _, _, _, err := Apply(d, c, in, anything, now, holidays); !errors.Is(err, ErrFields) {
			t.Fatalf("no photograph: %v", err)
		}
		in.Media = []string{"photo"}
		if _, _, _, err := Apply(d, c, in, anything, now, holidays); !errors.Is(err, ErrTooEarly) {
			t.Fatalf("on the same day: %v", err)
		}
		over, step, effects, err := Apply(d, c, in, anything, date("2026-02-14"), holidays)
		if err != nil || over.ClosedAt.IsZero() || len(effects) != 2 || effects[1].Step.Seq != step.Seq || step.Media[0] != "photo" {
			t.Fatalf("%+v %+v %v", over, effects, err)
		}
		if _, _, _, err := Apply(d, over, in, anything, date("2026-02-15"), holidays); !errors.Is(err, ErrClosed) {
			t.Fatalf("after the end: %v", err)
		}
		if len(d.Available(over, anything.May, now, holidays)) != 0 {
			t.Error("something is offered after the end")
		}
	})
}

// A promised day is the deadline, moves the timer with it, and has its bounds.
func TestApply_Promise(t *testing.T) {
	t.Parallel()
	d, problems := ParseDefinition(must(os.ReadFile("testdata/working_promise.yaml")), examplePower, exampleEffects)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	monday := date("2026-03-02").Add(9 * time.Hour)
	assign := func(day string) (Case, error) {
		c, _, _, err := Apply(d, begun(t, d, monday, nil), Input{Action: "assign", Data: map[string]string{"promised_on": day}}, anything, monday, holidays)
		return c, err
	}
	for day, ok := range map[string]bool{
		"": true, "2026-03-02": true, "2026-04-01": true,
		"2026-03-01": false, "2026-04-02": false, "tomorrow": false, "2026-02-30": false,
	} {
		if _, err := assign(day); (err == nil) != ok || !ok && !errors.Is(err, ErrFields) {
			t.Errorf("promised %q: %v", day, err)
		}
	}
	plain := must(assign(""))
	if got := plain.DueAt.Format(time.DateOnly); got != "2026-03-09" || !plain.TimerAt.Equal(plain.DueAt.Add(time.Millisecond)) {
		t.Errorf("without a promise: due %s, timer %s", got, plain.TimerAt)
	}
	promised := must(assign("2026-03-20"))
	if want := moment("2026-03-20 23:59:59.999"); !promised.DueAt.Equal(want) || !promised.TimerAt.Equal(want.Add(time.Millisecond)) {
		t.Errorf("promised: due %s, timer %s", promised.DueAt, promised.TimerAt)
	}
	later, _, _ := steps(t, d, promised, monday, "extend days=5 reason=等材料到齐")
	if want := moment("2026-03-25 23:59:59.999"); !later.DueAt.Equal(want) || !later.TimerAt.Equal(want.Add(time.Millisecond)) {
		t.Errorf("extended: due %s, timer %s", later.DueAt, later.TimerAt)
	}
	if _, _, _, err := Fire(d, later, audit.Actor{}, later.DueAt, holidays); !errors.Is(err, ErrTooEarly) {
		t.Errorf("the last moment of the deadline is in time: %v", err)
	}
	up, _, _, err := Fire(d, later, audit.Actor{}, later.TimerAt, holidays)
	if err != nil || up.Stage != "up" {
		t.Fatalf("escalated: %v %s", err, up.Stage)
	}
	// Back without a bound: what was left when the clock was stopped may be long.
	back, _, _, err := Apply(d, up, Input{Action: "back", Data: map[string]string{"promised_on": "2026-06-01"}}, anything, up.EnteredAt, holidays)
	if err != nil || back.DueAt.Format(time.DateOnly) != "2026-06-01" {
		t.Errorf("back: %v, due %s", err, back.DueAt)
	}
}
