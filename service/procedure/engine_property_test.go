package procedure

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"cunwu/service/audit"
)

// rulesAsWritten reads a definition a second time, by none of the engine's
// types, so that the properties below do not repeat the engine's mistakes.
type rulesAsWritten struct {
	Stages []struct {
		Code    string
		Actions []struct {
			Code, Power, To, When string
			Fields                []struct {
				Code     string
				Required bool
			}
		}
	}
}

func asWritten(t testing.TB, name string) rulesAsWritten {
	t.Helper()
	var r rulesAsWritten
	if err := yaml.Unmarshal(must(os.ReadFile(name)), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// lawful tells why a step may not stand in a journal, "" if it may.
func (r rulesAsWritten) lawful(s Step, held func(string) bool, timer, late bool) string {
	for _, stage := range r.Stages {
		for _, a := range stage.Actions {
			if stage.Code != s.From || a.Code != s.Action {
				continue
			}
			for _, f := range a.Fields {
				if f.Required && strings.TrimSpace(s.Fields[f.Code]) == "" {
					return "required field " + f.Code + " is missing"
				}
			}
			switch {
			case a.To != s.To:
				return "leads elsewhere"
			case !timer && (a.Power == "" || !held(a.Power)):
				return "taken without the power"
			case a.When == "overdue" && !late:
				return "taken before the deadline had passed"
			case a.When == "in_time" && late:
				return "taken after the deadline"
			}
			return ""
		}
	}
	return "no such way"
}

// walker takes random steps and checks each.
type walker struct {
	d       *Definition
	rules   rulesAsWritten
	c       Case
	now     time.Time
	journal []Step
}

var walkPowers = []string{
	"disclosure.submit", "disclosure.review", "disclosure.proceed", "disclosure.confirm",
	"disclosure.return", "disclosure.publish", "disclosure.withdraw", "toy.ask", "toy.decide", "toy.finish",
}

func (w *walker) step(t *rapid.T) {
	w.now = w.now.Add(time.Duration(rapid.Int64Range(0, int64(9*24*time.Hour/time.Millisecond)).Draw(t, "wait")) * time.Millisecond)
	held := walkPowers // mostly, so that walks get somewhere
	if rapid.IntRange(0, 2).Draw(t, "limited") == 0 {
		held = rapid.SliceOfDistinct(rapid.SampledFrom(walkPowers), rapid.ID[string]).Draw(t, "powers")
	}
	by := Holder{Actor: someone, May: func(p string) bool { return slices.Contains(held, p) }}
	before, late := w.c, w.c.Overdue(w.now)
	frozen := maps.Clone(w.c.Data)
	w.checkAvailable(t, by)

	timer := rapid.IntRange(0, 3).Draw(t, "timer") == 0
	var after Case
	var step Step
	var err error
	if timer {
		after, step, _, err = Fire(w.d, w.c, audit.BySystem("timer").Actor, w.now, holidays)
	} else {
		after, step, _, err = Apply(w.d, w.c, randomInput(t, w.d, w.c), by, w.now, holidays)
	}
	if !maps.Equal(frozen, w.c.Data) || !reflect.DeepEqual(before, w.c) {
		t.Fatal("the case given was changed")
	}
	if err != nil {
		if !reflect.DeepEqual(stripData(after), stripData(before)) {
			t.Fatalf("a refusal (%v) moved the case", err)
		}
		return
	}
	w.checkStep(t, before, after, step, by, timer, late)
	w.c, w.journal = after, append(w.journal, step)
}

func stripData(c Case) Case { c.Data = nil; return c }

func (w *walker) checkStep(t *rapid.T, before, after Case, step Step, by Holder, timer, late bool) {
	if after.Revision != before.Revision+1 || step.Seq != after.Revision || step.CaseID != before.ID {
		t.Fatalf("journal is not continuous: %+v after revision %d", step, before.Revision)
	}
	if after.ClosedAt.IsZero() == w.d.stages[after.Stage].Terminal {
		t.Fatalf("closed at %s in stage %s", after.ClosedAt, after.Stage)
	}
	if step.From != before.Stage || step.To != after.Stage || !step.At.Equal(w.now) || !before.ClosedAt.IsZero() {
		t.Fatalf("journal tells another story: %+v, case went %s -> %s", step, before.Stage, after.Stage)
	}
	if step.Action == ExtendAction {
		if before.Extended || !after.Extended || step.Reason == "" || !after.DueAt.After(before.DueAt) || late {
			t.Fatalf("unlawful extension: %+v -> %+v", before, after)
		}
		return
	}
	if why := w.rules.lawful(step, by.May, timer, late); why != "" {
		t.Fatalf("step %+v: %s", step, why)
	}
	if timer && w.now.Sub(before.EnteredAt) < 10*24*time.Hour { // the shortest timer of the two definitions
		t.Fatalf("the timer fired after %s", w.now.Sub(before.EnteredAt))
	}
}

// checkAvailable: what is offered is exactly what is taken, given good fields.
func (w *walker) checkAvailable(t *rapid.T, by Holder) {
	offered := codes(w.d.Available(w.c, by.May, w.now, holidays))
	for _, code := range append(actionsOf(w.d), ExtendAction) {
		_, _, _, err := Apply(w.d, w.c, goodInput(w.d, w.c, code), by, w.now, holidays)
		if taken := err == nil; taken != slices.Contains(offered, code) {
			t.Fatalf("%s at %s: offered %v, but taking it gives %v", code, w.c.Stage, offered, err)
		}
	}
}

func actionsOf(d *Definition) []string {
	var out []string
	for _, s := range d.Stages {
		for _, a := range s.Actions {
			if !slices.Contains(out, a.Code) {
				out = append(out, a.Code)
			}
		}
	}
	return out
}

// goodInput fills in everything that an action asks for.
func goodInput(d *Definition, c Case, code string) Input {
	in := Input{Action: code, Fields: map[string]string{}}
	if code == ExtendAction {
		in.Fields = map[string]string{"days": "1", "reason": "连日大雨"}
		return in
	}
	a := d.actionOf(c, code)
	if a == nil {
		a = d.anywhere(code)
	}
	for _, f := range a.Fields {
		switch {
		case len(f.OneOf) > 0:
			in.Fields[f.Code] = f.OneOf[0]
		case f.Kind == DateField:
			in.Fields[f.Code] = "2026-03-01"
		case f.Kind == NumberField:
			in.Fields[f.Code] = "1"
		default:
			in.Fields[f.Code] = strings.Repeat("好", max(f.Min, 1))
		}
	}
	for i := range a.Media {
		in.Media = append(in.Media, fmt.Sprint("photo", i))
	}
	return in
}

// randomInput is mostly good, so that walks get somewhere.
func randomInput(t *rapid.T, d *Definition, c Case) Input {
	choices := append(actionsOf(d), ExtendAction, OpenAction, "nonsense")
	if here := d.stages[c.Stage].Actions; len(here) > 0 && rapid.IntRange(0, 3).Draw(t, "sensible") > 0 {
		choices = nil
		for _, a := range here {
			choices = append(choices, a.Code)
		}
	}
	code := rapid.SampledFrom(choices).Draw(t, "action")
	in := Input{Action: code}
	if d.anywhere(code) != nil || code == ExtendAction {
		in = goodInput(d, c, code)
	}
	if rapid.IntRange(0, 9).Draw(t, "spoil") == 0 {
		for _, f := range sortedKeys(in.Fields) {
			in.Fields[f] = rapid.SampledFrom([]string{"", " ", "x", "\xff", "好"}).Draw(t, f)
		}
	}
	if rapid.IntRange(0, 9).Draw(t, "flag") == 0 {
		in.Data = map[string]string{"standing": "true", "paid": "true", "tables": "30"}
	}
	return in
}

// published checks the safety of the disclosure: between the last time that it
// lay with the clerk and its publication it passed the supervisors (or their
// silence) and the committee.
func published(journal []Step) string {
	var path []string
	for _, s := range journal {
		if s.From == "draft" || s.From == "withdrawn" {
			path = nil
		}
		path = append(path, s.Action)
		if s.To != "posted" {
			continue
		}
		got := strings.Join(path, " ")
		if got != "submit approve confirm publish" && got != "submit proceed confirm publish" {
			return "published by way of: " + got
		}
	}
	return ""
}

func walkProperty(t testing.TB, file string) func(*rapid.T) {
	d, rules := mustParse(t, file), asWritten(t, file)
	return func(t *rapid.T) {
		start := date("2026-01-01").Add(time.Duration(rapid.Int64Range(0, 300*24*3600).Draw(t, "start")) * time.Second)
		c, opening, err := Begin(d, Subject{CaseID: "case", Region: "510821102200", Data: map[string]string{"purpose": "婚宴"}}, someone, start, holidays)
		if err != nil {
			t.Fatal(err)
		}
		w := &walker{d: d, rules: rules, c: c, now: start, journal: []Step{opening}}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			w.step(t)
		}
		if why := published(w.journal); why != "" {
			t.Fatal(why)
		}
	}
}

func TestApply_NoWayAroundTheRules(t *testing.T) {
	t.Parallel()
	for _, file := range []string{disclosureFile, chairsFile, "testdata/working_smallest.yaml"} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, walkProperty(t, file))
		})
	}
}

// The check of the property must itself be able to fail.
func TestPublished_SeesShortcuts(t *testing.T) {
	t.Parallel()
	text := string(must(os.ReadFile(disclosureFile)))
	short := strings.Replace(text, "        to: review\n", "        to: confirmed\n", 1)
	d, problems := ParseDefinition([]byte(short), nil, disclosureEffects)
	if d == nil {
		t.Fatal(problems)
	}
	now := date("2026-03-02")
	c := begun(t, d, now, nil)
	var journal []Step
	for _, action := range []string{"submit", "publish"} {
		next, step, _, err := Apply(d, c, input(action), anything, now, holidays)
		if err != nil {
			t.Fatal(err)
		}
		c, journal = next, append(journal, step)
	}
	if published(journal) == "" {
		t.Error("a publication without review was not noticed")
	}
	if asWritten(t, disclosureFile).lawful(journal[0], anything.May, false, false) == "" {
		t.Error("a step that the rules do not have was not noticed")
	}
}

func FuzzApply(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(walkProperty(f, disclosureFile)))
}
