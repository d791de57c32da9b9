package repository_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

// The toy procedure is data alone: nothing in the program knows of it.
const toyRules = `
code: broom
version: 1
effective_from: 2026-01-01
name: 领扫帚
source: I 示例
open_power: toy.ask
start: asked
stages:
  - code: asked
    name: 等待发放
    state: asked
    deadline: {days: 3, unit: working_day, source: I 示例}
    extension: {max_days: 2, unit: working_day, power: toy.give, source: I 示例}
    actions:
      - code: give
        name: 发放
        power: toy.give
        fields:
          - {code: number, name: 编号, required: true}
        to: given
        effects: [toy.told]
      - code: refuse
        name: 不发
        power: toy.give
        fields:
          - {code: reason, name: 理由, required: true}
        to: mended
        return: true
  - code: mended
    name: 请补充说明
    state: asked
    actions:
      - {code: ask_again, name: 再次申请, power: toy.ask, to: asked}
  - code: given
    name: 已领
    state: given
    resting: true
    timer: {action: keep, days: 10, unit: calendar_day, source: I 示例}
    actions:
      - {code: keep, name: 归个人, to: kept, effects: [toy.told]}
      - {code: give_back, name: 归还, power: toy.give, to: kept}
  - code: kept
    name: 了结
    state: kept
    terminal: true
`

const village region.Code = "510821102200"

var errFull = errors.New("no room")

// toys is the toy noun: what package disclosure is to its definition.
type toys struct {
	*testing.T
	db  *dbtest.DB
	svc *procedure.Service
	act audit.Act

	mu   sync.Mutex
	told []string
}

func newToys(t *testing.T, db *dbtest.DB, files map[string]string) *toys {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys["procedures/"+name] = &fstest.MapFile{Data: []byte(strings.TrimPrefix(text, "\n"))}
	}
	defs, err := procedure.LoadDefinitions(fsys, func(p string) bool { return strings.HasPrefix(p, "toy.") }, []string{"toy.told"})
	if err != nil {
		t.Fatal(err)
	}
	days, err := calendar.LoadHolidays(os.DirFS("../config/rules"))
	if err != nil {
		t.Fatal(err)
	}
	return &toys{T: t, db: db, svc: procedure.New(db.Cases(), defs, days, db.Clock), act: dbtest.Act()}
}

func all(string) bool { return true }

func (ts *toys) effects(_ context.Context, e procedure.Effect, c procedure.Case) error {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.told = append(ts.told, fmt.Sprintf("%s %s->%s", e.Name, e.Step.From, c.Stage))
	return nil
}

func (ts *toys) open(subject string, at region.Code) procedure.Case {
	ts.Helper()
	var c procedure.Case
	err := ts.db.Cases().InTx(ts.Context(), ts.act, func(tx procedure.Tx) error {
		var err error
		c, err = ts.svc.Open(ts.Context(), tx, ts.act, "broom", at, subject, map[string]string{"colour": "blue"})
		return err
	})
	if err != nil {
		ts.Fatalf("open %s: %v", subject, err)
	}
	return c
}

func (ts *toys) do(id string, in procedure.Input, effects procedure.EffectFunc) (procedure.Case, error) {
	var c procedure.Case
	err := ts.db.Cases().InTx(ts.Context(), ts.act, func(tx procedure.Tx) error {
		var err error
		c, _, err = ts.svc.Act(ts.Context(), tx, ts.act, id, in, all, effects)
		return err
	})
	return c, err
}

func (ts *toys) must(id string, in procedure.Input) procedure.Case {
	ts.Helper()
	c, err := ts.do(id, in, ts.effects)
	if err != nil {
		ts.Fatalf("%s: %v", in.Action, err)
	}
	return c
}

func (ts *toys) fire(ctx context.Context, c procedure.Case) error {
	act := audit.BySystem("timer")
	return ts.db.Cases().InTx(ctx, act, func(tx procedure.Tx) error {
		_, _, err := ts.svc.Fire(ctx, tx, act, c.ID, ts.effects)
		return err
	})
}

func give(number string) procedure.Input {
	return procedure.Input{Action: "give", Fields: map[string]string{"number": number}, Media: []string{"photo1"}}
}

func TestCases_ToyProcedureNeedsNoCode(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ts := newToys(t, db, map[string]string{"broom.v1.yaml": toyRules})
		ctx := t.Context()

		c := ts.open("broom-7", village)
		stored, err := ts.svc.CaseOf(ctx, "broom", "broom-7")
		if err != nil || !reflect.DeepEqual(stored, c) {
			t.Fatalf("stored %+v\nopened %+v\n%v", stored, c, err)
		}
		c = ts.must(c.ID, procedure.Input{Action: "refuse", Fields: map[string]string{"reason": "请写明用途"}})
		if !c.Returned {
			t.Fatal("not marked as sent back")
		}
		ts.must(c.ID, procedure.Input{Action: "ask_again"})
		if err := db.Cases().InTx(ctx, ts.act, func(tx procedure.Tx) error {
			_, _, err := ts.svc.Extend(ctx, tx, ts.act, c.ID, 2, "库房盘点", all)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		c = ts.must(c.ID, give("七号"))
		if n, err := ts.svc.Sweep(ctx, ts.fire); n != 0 || err != nil {
			t.Fatalf("swept %d too early: %v", n, err)
		}
		db.Clock.Set(c.TimerAt)
		if n, err := ts.svc.Sweep(ctx, ts.fire); n != 1 || err != nil {
			t.Fatalf("swept %d: %v", n, err)
		}
		if n, err := ts.svc.Sweep(ctx, ts.fire); n != 0 || err != nil {
			t.Fatalf("swept %d again: %v", n, err)
		}
		c, err = ts.svc.Case(ctx, c.ID)
		if err != nil || c.Stage != "kept" || c.ClosedAt.IsZero() || ts.svc.State(c) != "kept" {
			t.Fatalf("%+v %v", c, err)
		}
		ts.checkJournal(c, "open refuse ask_again extend give keep")
		if got := strings.Join(ts.told, ", "); got != "toy.told asked->given, toy.told given->kept" {
			t.Errorf("effects: %s", got)
		}
	})
}

func (ts *toys) checkJournal(c procedure.Case, want string) {
	ts.Helper()
	steps, err := ts.svc.Steps(ts.Context(), c.ID)
	if err != nil {
		ts.Fatal(err)
	}
	var actions []string
	stage := ""
	for i, s := range steps {
		if s.Seq != i+1 || s.From != stage || s.At.IsZero() || s.Actor.AccountID == "" {
			ts.Errorf("step %d = %+v", i+1, s)
		}
		stage = s.To
		actions = append(actions, s.Action)
	}
	if strings.Join(actions, " ") != want || stage != c.Stage || c.Revision != len(steps) {
		ts.Errorf("journal %v of revision %d ends in %s", actions, c.Revision, stage)
	}
	for _, s := range steps {
		if s.Action == "give" && (s.Fields["number"] != "七号" || s.Media[0] != "photo1") {
			ts.Errorf("what was given is lost: %+v", s)
		}
	}
}

func TestCases_Refusals(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ts := newToys(t, db, map[string]string{"broom.v1.yaml": toyRules})
		ctx := t.Context()
		c := ts.open("broom-1", village)

		if _, err := ts.svc.Case(ctx, "nosuchcase"); !errors.Is(err, procedure.ErrNotFound) {
			t.Errorf("unknown case: %v", err)
		}
		if _, err := ts.do("nosuchcase", give("1"), nil); !errors.Is(err, procedure.ErrNotFound) {
			t.Errorf("acting on an unknown case: %v", err)
		}
		err := db.Cases().InTx(ctx, ts.act, func(tx procedure.Tx) error {
			_, err := ts.svc.Open(ctx, tx, ts.act, "broom", village, "broom-1", nil)
			return err
		})
		if !errors.Is(err, procedure.ErrExists) {
			t.Errorf("opened twice: %v", err)
		}
		err = db.Cases().InTx(ctx, ts.act, func(tx procedure.Tx) error {
			return tx.SaveCase(ctx, c) // not one step on
		})
		if !errors.Is(err, procedure.ErrRaced) {
			t.Errorf("saved over another's step: %v", err)
		}

		// An effect that fails undoes the step, its journal and its event.
		_, err = ts.do(c.ID, give("1"), func(context.Context, procedure.Effect, procedure.Case) error { return errFull })
		if !errors.Is(err, errFull) {
			t.Errorf("effect failed: %v", err)
		}
		if _, err = ts.do(c.ID, give("1"), nil); err == nil {
			t.Error("an effect with nobody to do it passed")
		}
		after, err := ts.svc.Case(ctx, c.ID)
		if err != nil || !reflect.DeepEqual(after, c) {
			t.Errorf("half a step was kept: %+v %v", after, err)
		}
		ts.checkJournal(after, "open")
	})
}

// Of many who take the same step at once one succeeds.
func TestCases_Race(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ts := newToys(t, db, map[string]string{"broom.v1.yaml": toyRules})
		c := ts.open("broom-1", village)
		const racers = 8
		errs := make(chan error, racers)
		for range racers {
			go func() {
				_, err := ts.do(c.ID, give("七号"), ts.effects)
				errs <- err
			}()
		}
		won := 0
		for range racers {
			switch err := <-errs; {
			case err == nil:
				won++
			case errors.Is(err, procedure.ErrStage), errors.Is(err, procedure.ErrRaced):
			default:
				t.Errorf("loser got %v", err)
			}
		}
		if won != 1 {
			t.Errorf("%d won", won)
		}
		c, err := ts.svc.Case(t.Context(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		ts.checkJournal(c, "open give")
	})
}

func TestCases_Tasks(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ts := newToys(t, db, map[string]string{"broom.v1.yaml": toyRules})
		var want []string
		for i := range 7 { // opened a day apart, so due in this order
			c := ts.open(fmt.Sprint("here-", i), village)
			want = append(want, c.ID)
			ts.open(fmt.Sprint("next-door-", i), "510821102202")
			db.Clock.Advance(24 * time.Hour)
		}
		// Without a deadline: last. Resting: nobody's task.
		undated := ts.open("undated", village)
		ts.must(undated.ID, procedure.Input{Action: "refuse", Fields: map[string]string{"reason": "请写明用途"}})
		resting := ts.open("resting", village)
		ts.must(resting.ID, give("1"))

		clerk := []procedure.Reach{{Region: village, May: all}}
		got := ts.tasks(clerk, 3)
		var ids []string
		for _, task := range got {
			ids = append(ids, task.CaseID)
			if task.Region != village || len(task.Actions) == 0 || task.StageName == "" {
				t.Errorf("%+v", task)
			}
			if want := !task.DueAt.IsZero() && db.Clock.Now().After(task.DueAt); task.Overdue != want {
				t.Errorf("overdue = %v, due %s", task.Overdue, task.DueAt)
			}
		}
		// Cases due on the same day come by id; here the first ones share days
		// only over a weekend, so sort what is equal before comparing.
		if !sameByDue(got, append(want, undated.ID)) {
			t.Errorf("got %v want %v, %s", ids, want, undated.ID)
		}
		asker := []procedure.Reach{{Region: "51", May: func(p string) bool { return p == "toy.ask" }}}
		if got := ts.tasks(asker, 50); len(got) != 1 || got[0].CaseID != undated.ID || !got[0].Returned {
			t.Errorf("asker's tasks: %+v", got)
		}
		if got := ts.tasks([]procedure.Reach{{Region: "5108", May: all}}, 4); len(got) != 15 {
			t.Errorf("the city sees %d tasks", len(got))
		}
		if got := ts.tasks(nil, 4); len(got) != 0 {
			t.Errorf("a villager sees %d tasks", len(got))
		}
	})
}

func (ts *toys) tasks(reaches []procedure.Reach, page int) []procedure.Task {
	ts.Helper()
	var out []procedure.Task
	var after procedure.TaskCursor
	for {
		tasks, next, err := ts.svc.Tasks(ts.Context(), reaches, after, page)
		if err != nil {
			ts.Fatal(err)
		}
		if out = append(out, tasks...); next == nil {
			return out
		}
		if len(tasks) != page {
			ts.Fatalf("a page of %d is followed by another", len(tasks))
		}
		after = *next
	}
}

// sameByDue: the same cases, each once, by due time with none last, then id.
func sameByDue(got []procedure.Task, want []string) bool {
	left := map[string]bool{}
	for _, id := range want {
		left[id] = true
	}
	for i, task := range got {
		if !left[task.CaseID] {
			return false
		}
		delete(left, task.CaseID)
		if i == 0 {
			continue
		}
		switch before := got[i-1]; {
		case before.DueAt.IsZero() && !task.DueAt.IsZero():
			return false
		case before.DueAt.Equal(task.DueAt) && before.CaseID > task.CaseID:
			return false
		case !task.DueAt.IsZero() && before.DueAt.After(task.DueAt):
			return false
		}
	}
	return len(left) == 0
}

func TestCases_VersionsArePinned(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		second := strings.NewReplacer("version: 1", "version: 2", "2026-01-01", "2026-04-01", "days: 3,", "days: 1,").Replace(toyRules)
		both := map[string]string{"broom.v1.yaml": toyRules, "broom.v2.yaml": second}
		ts := newToys(t, db, both)
		old := ts.open("old", village)
		db.Clock.Set(time.Date(2026, 4, 1, 0, 0, 0, 0, calendar.China))
		young := ts.open("young", village)
		if old.Version != 1 || young.Version != 2 {
			t.Fatalf("versions %d and %d", old.Version, young.Version)
		}
		// Back to the start under the old version: its three days, not the new one.
		ts.must(old.ID, procedure.Input{Action: "refuse", Fields: map[string]string{"reason": "请写明用途"}})
		old = ts.must(old.ID, procedure.Input{Action: "ask_again"})
		if got := old.DueAt.Format(time.DateOnly); got != "2026-04-07" { // 2 and 3 April, the 4th to 6th are 清明
			t.Errorf("due %s", got)
		}
		if err := ts.svc.CheckVersions(t.Context()); err != nil {
			t.Error(err)
		}
		delete(both, "broom.v1.yaml")
		err := newToys(t, db, both).svc.CheckVersions(t.Context())
		if err == nil || !strings.Contains(err.Error(), "broom.v1.yaml") {
			t.Errorf("started without a version in use: %v", err)
		}
		// Once nothing follows the old version its file may go.
		old = ts.must(old.ID, give("1"))
		ts.must(old.ID, procedure.Input{Action: "give_back"})
		if err := newToys(t, db, both).svc.CheckVersions(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// One case whose timer fails does not hold up the others, and of two sweeps at
// once each case is fired once.
func TestCases_Sweep(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ts := newToys(t, db, map[string]string{"broom.v1.yaml": toyRules})
		var poisoned string
		for i := range 5 {
			c := ts.open(fmt.Sprint("b", i), village)
			ts.must(c.ID, give("1"))
			if i == 0 {
				poisoned = c.ID
			}
		}
		ts.told = nil
		db.Clock.Advance(20 * 24 * time.Hour)
		fire := func(ctx context.Context, c procedure.Case) error {
			if c.ID == poisoned {
				return errFull
			}
			return ts.fire(ctx, c)
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		moved := 0
		for range 2 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				n, err := ts.svc.Sweep(t.Context(), fire)
				mu.Lock()
				defer mu.Unlock()
				if moved += n; !errors.Is(err, errFull) {
					t.Errorf("sweep: %v", err)
				}
			}()
		}
		wg.Wait()
		if moved != 4 || len(ts.told) != 4 {
			t.Errorf("moved %d, effects %v", moved, ts.told)
		}
	})
}
