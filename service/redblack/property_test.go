package redblack_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/procedure"
	"cunwu/service/redblack"
)

// allowed is what the test knows, by what succeeded, of who may be named: it shares
// nothing with the code that decides.
type allowed struct {
	kind  redblack.Kind
	name  string    // red: full, masked, none
	photo bool      // red
	until time.Time // black: a name may be shown till then
	asked int       // black: days asked for
}

// actions that anybody may try, with fields that fit most of them.
var tries = []struct {
	who    []string
	action string
	fields []string
}{
	{[]string{"clerk", "director"}, "verify", []string{"resident", "res-subject", "deed", "在村里做了一件事情", "month", "2026-03"}},
	{[]string{"clerk"}, "tell", []string{"by", "visit"}},
	{[]string{"subject", "other"}, "reply", []string{"text", "不是这样的"}},
	{[]string{"clerk"}, "to_council", nil},
	{[]string{"c1", "c2", "c3", "c4", "brother"}, "vote", []string{"vote", "yes"}},
	{[]string{"c1", "c2", "c3", "c4"}, "vote", []string{"vote", "yes"}},
	{[]string{"clerk"}, "adopt", nil},
	{[]string{"d1", "d2", "d3", "brother"}, "consult", []string{"answer", "yes"}},
	{[]string{"clerk"}, "agreed", nil},
	{[]string{"clerk"}, "ask", []string{"by", "app"}},
	{[]string{"clerk"}, "give_notice", []string{"by", "letter"}},
	{[]string{"subject", "other"}, "consent", []string{"name", "full"}},
	{[]string{"subject"}, "consent", []string{"name", "masked"}},
	{[]string{"subject"}, "consent", []string{"name", "none"}},
	{[]string{"subject", "other"}, "withdraw_consent", nil},
	{[]string{"clerk"}, "list", nil},
	{[]string{"other", "maker"}, "object", []string{"text", "我有不同意见"}},
	{[]string{"clerk"}, "resolve", []string{"number", "1", "result", "dismissed", "reason", "查过没有问题"}},
	{[]string{"subject"}, "agree_naming", nil},
	{[]string{"clerk"}, "propose_naming", []string{"basis", "consent", "days", "9"}},
	{[]string{"clerk"}, "propose_naming", []string{"basis", "statute", "text", "某某法第十条", "days", "25"}},
	{[]string{"sup", "brother"}, "approve_naming", nil},
	{[]string{"subject"}, "withdraw_naming", nil},
	{[]string{"clerk"}, "stop_naming", nil},
	{[]string{"subject", "other"}, "appeal", []string{"text", "不是我家做的"}},
	{[]string{"sup"}, "refuse", []string{"reason", "事实清楚"}},
	{[]string{"subject"}, "accept", nil},
	{[]string{"township"}, "refuse", []string{"reason", "事实清楚"}},
	{[]string{"sup", "township"}, "uphold", []string{"reason", "不属实的", "apology", "经查不属实，予以撤销并道歉。"}},
	{[]string{"subject"}, "claim", []string{"text", "已经改正"}},
	{[]string{"clerk"}, "confirm", []string{"note", "已经改正", "council", "同意"}},
	{[]string{"clerk"}, "not_mended", []string{"reason", "没有改正"}},
	{[]string{"clerk"}, "mended", []string{"note", "已经改正"}},
	{[]string{"subject"}, "remove_me", nil},
	{[]string{"clerk"}, "revoke", []string{"reason", "不属实的"}},
}

// world is a village in which things happen in any order.
type world struct {
	*house
	may map[string]*allowed
	now map[string]redblack.State
}

// TestProperty_NoNameWithoutItsConditions lets everybody do anything in any order,
// through every stage, and reads the board as everybody after each step.
func TestProperty_NoNameWithoutItsConditions(t *testing.T) {
	t.Parallel()
	named := map[redblack.Kind]int{}
	rapid.Check(t, func(rt *rapid.T) {
		h := newHouse(t, dbtest.New(t))
		h.announce()
		w := &world{house: h, may: map[string]*allowed{}, now: map[string]redblack.State{}}
		for _, kind := range []redblack.Kind{redblack.Red, redblack.Black} {
			w.from(rt, kind)
		}
		steps := rapid.IntRange(5, 20).Draw(rt, "steps")
		for range steps {
			w.step(rt)
			w.check(rt, named)
		}
	})
	if named[redblack.Red] == 0 || named[redblack.Black] == 0 {
		t.Errorf("nobody was ever named, so that nothing was tested: %v", named)
	}
}

// from begins anywhere on the way, so that the far stages are reached.
func (w *world) from(rt *rapid.T, kind redblack.Kind) {
	starts := []func() string{func() string { return w.nominate(kind) }}
	if kind == redblack.Red {
		starts = append(starts, w.redAsked)
	} else {
		starts = append(starts, w.blackEvaluating, w.blackNotice, w.blackListed, w.blackListed)
	}
	at := rapid.IntRange(0, len(starts)+1).Draw(rt, "start "+string(kind))
	id := starts[min(at, len(starts)-1)]()
	w.may[id], w.now[id] = &allowed{kind: kind}, w.row(id).State
	if at >= len(starts) {
		w.name(id, kind)
	}
}

// name does what it takes for a name to be shown.
func (w *world) name(id string, kind redblack.Kind) {
	ways := [][]string{{"subject", "consent", "name", "full"}}
	if kind == redblack.Black {
		ways = [][]string{
			{"subject", "agree_naming"}, {"clerk", "propose_naming", "basis", "consent", "days", "9"}, {"sup", "approve_naming"},
		}
	}
	for _, way := range ways {
		r, err := w.act(way[0], id, way[1], way[2:]...)
		if err != nil {
			w.Fatal(err)
		}
		w.learn(id, way[0], way[1], way[2:], false, r)
	}
}

func (w *world) step(rt *rapid.T) {
	if rapid.IntRange(0, 4).Draw(rt, "time") == 0 {
		w.db.Clock.Advance(time.Duration(rapid.IntRange(1, 12).Draw(rt, "days")) * 24 * time.Hour)
		if rapid.Bool().Draw(rt, "sweep") {
			w.sweep()
		}
		w.settle()
		return
	}
	ids := make([]string, 0, 2)
	for id := range w.may {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	slices.SortFunc(ids, func(a, b string) int { return strings.Compare(string(w.may[b].kind), string(w.may[a].kind)) })
	id := ids[rapid.IntRange(0, len(ids)-1).Draw(rt, "entry")]
	// What is open half of the time, anything at all the other half.
	var open []int
	can := map[string][]procedure.Available{}
	for i, try := range tries {
		if slices.ContainsFunc(try.who, func(who string) bool {
			if _, asked := can[who]; !asked {
				m, _ := w.svc.Matter(w.Context(), w.as(who), id) // who may know nothing can do nothing
				can[who] = m.Available
			}
			return slices.ContainsFunc(can[who], func(a procedure.Available) bool { return a.Action == try.action })
		}) {
			open = append(open, i)
		}
	}
	at := rapid.IntRange(0, len(tries)-1).Draw(rt, "try")
	if len(open) > 0 && rapid.IntRange(0, 3).Draw(rt, "open") > 0 {
		at = open[at%len(open)]
	}
	try := tries[at]
	who := try.who[rapid.IntRange(0, len(try.who)-1).Draw(rt, "who")]
	var uploads []string
	if try.action == "consent" && rapid.Bool().Draw(rt, "photo") {
		uploads = []string{photo(id)}
	}
	r, err := w.actWith(who, id, try.action, uploads, try.fields...)
	if err != nil {
		return
	}
	w.learn(id, who, try.action, try.fields, len(uploads) > 0, r)
	w.settle()
}

// learn keeps what a success means for names.
func (w *world) learn(id, who, action string, fields []string, photo bool, r redblack.Receipt) {
	a := w.may[id]
	switch action {
	case "consent":
		if who != "subject" {
			w.Errorf("%s consented for somebody else", who)
		}
		a.name, a.photo = fields[1], photo
	case "withdraw_consent":
		a.name, a.photo = "none", false
	case "propose_naming":
		a.asked = map[string]int{"9": 9, "25": 25}[fields[len(fields)-1]]
	case "approve_naming":
		a.until = w.db.Clock.Now().AddDate(0, 0, a.asked)
	case "withdraw_naming", "stop_naming", "appeal", "claim":
		a.until = time.Time{}
	}
	w.now[id] = r.State
}

// settle forgets what went with time.
func (w *world) settle() {
	for id, a := range w.may {
		r := w.row(id)
		if r.State.Ended() {
			*a = allowed{kind: a.kind}
		}
		if r.State != redblack.Listed {
			a.until = time.Time{}
		}
	}
}

// check reads everything as everybody.
func (w *world) check(rt *rapid.T, named map[redblack.Kind]int) {
	now := w.db.Clock.Now()
	for _, who := range []string{"", "other", "subject", "far", "township", "clerk", "d1"} {
		c := account.Caller{}
		if who != "" {
			c = w.as(who)
		}
		for _, at := range []redblack.BoardQuery{{Region: yanjing, Limit: 50}, {Region: jiachuan, Limit: 50}} {
			b, err := w.svc.Board(w.Context(), c, at)
			if err != nil {
				rt.Fatal(err)
			}
			for _, e := range b.Entries {
				w.checkEntry(rt, who, at.Region == yanjing, e, now, named)
			}
		}
	}
}

func (w *world) checkEntry(rt *rapid.T, who string, own bool, e redblack.Entry, now time.Time, named map[redblack.Kind]int) {
	a := w.may[e.ID]
	if a == nil { // turned red: nobody asked the person yet
		a = &allowed{kind: redblack.Red}
	}
	text, err := json.Marshal(e)
	if err != nil {
		rt.Fatal(err)
	}
	state := w.row(e.ID).State
	if !state.OnBoard() || !e.ExpiresAt.IsZero() && now.After(e.ExpiresAt) {
		rt.Fatalf("%s in state %s is shown until %s", e.ID, state, e.ExpiresAt)
	}
	full, masked := strings.Contains(string(text), subject), strings.Contains(string(text), account.MaskName(subject))
	switch a.kind {
	case redblack.Red:
		if full && a.name != "full" || masked && a.name != "masked" || e.Photo != nil && !a.photo {
			rt.Fatalf("%q reads %s, consent is %+v", who, text, *a)
		}
	case redblack.Black:
		village := slices.Contains([]string{"other", "subject", "clerk", "d1"}, who)
		if (full || masked) && (!village || !own || state != redblack.Listed || !now.Before(a.until)) || e.Photo != nil {
			rt.Fatalf("%q reads %s, naming is %+v", who, text, *a)
		}
	}
	if full {
		named[a.kind]++
	}
	if strings.Contains(fmt.Sprint(e.Available), subject) {
		rt.Fatal("the actions tell the name")
	}
}
