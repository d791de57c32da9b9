package procedure

import (
	"context"
	"errors"
	"fmt"

	"cunwu/service/region"
)

// Reach is a place, with all below it, and what the caller may do there.
type Reach struct {
	Region region.Code
	May    func(power string) bool
}

// maxTasks bounds a page of tasks.
const maxTasks = 50

// sweepPage is how many due timers are read at a time.
const sweepPage = 200

// Tasks lists the cases that wait for the caller, by deadline (those without
// one last), at most limit, after the cursor. A case waits for somebody where
// an action is open to them now and its stage is not a resting one. next is nil
// at the end.
func (s *Service) Tasks(ctx context.Context, reaches []Reach, after TaskCursor, limit int) (tasks []Task, next *TaskCursor, err error) {
	limit = min(max(limit, 1), maxTasks)
	tasks = []Task{}
	spots := s.spots(reaches)
	if len(spots) == 0 {
		return tasks, nil, nil
	}
	for {
		// One more than asked for tells whether there is another page.
		want := limit + 1
		cases, err := s.store.Waiting(ctx, spots, after, want)
		if err != nil {
			return nil, nil, fmt.Errorf("procedure: waiting cases: %w", err)
		}
		for _, c := range cases {
			t, mine := s.task(c, reaches)
			if mine && len(tasks) == limit {
				return tasks, &after, nil
			}
			if mine {
				tasks = append(tasks, t)
			}
			after = TaskCursor{DueAt: c.DueAt, ID: c.ID}
		}
		if len(cases) < want {
			return tasks, nil, nil
		}
	}
}

// spots gives where cases may stand that the caller could act on, whatever the
// hour and the conditions.
func (s *Service) spots(reaches []Reach) []Spot {
	var out []Spot
	seen := map[Spot]bool{}
	for _, d := range s.defs.all() {
		for _, stage := range d.Stages {
			for _, r := range reaches {
				spot := Spot{Procedure: d.Code, Stage: stage.Code, Region: r.Region}
				if !seen[spot] && stage.waitsFor(r.May) {
					seen[spot] = true
					out = append(out, spot)
				}
			}
		}
	}
	return out
}

func (s *Stage) waitsFor(may func(power string) bool) bool {
	if s.Resting || s.Terminal {
		return false
	}
	by := Holder{May: may}
	for _, a := range s.Actions {
		if by.may(a.Power) {
			return true
		}
	}
	return false
}

// task gives the case as a task of the caller, and whether it is one.
func (s *Service) task(c Case, reaches []Reach) (Task, bool) {
	d, err := s.defs.Version(c.Procedure, c.Version)
	if err != nil {
		return Task{}, false
	}
	stage := d.stages[c.Stage]
	may := mayAt(reaches, c.Region)
	if stage == nil || !stage.waitsFor(may) {
		return Task{}, false
	}
	now := s.clock.Now()
	actions := d.Available(c, may, now, s.cal)
	if len(actions) == 0 || (len(actions) == 1 && actions[0].Action == ExtendAction) {
		return Task{}, false
	}
	return Task{
		CaseID: c.ID, Procedure: c.Procedure, SubjectID: c.SubjectID, Region: c.Region,
		Stage: c.Stage, StageName: stage.Name, Returned: c.Returned,
		DueAt: c.DueAt, Overdue: c.Overdue(now), Actions: actions,
	}, true
}

func mayAt(reaches []Reach, place region.Code) func(power string) bool {
	return func(power string) bool {
		for _, r := range reaches {
			if r.Region.Contains(place) && r.May(power) {
				return true
			}
		}
		return false
	}
}

// Sweep hands every case whose timer is due to fire, each at most once, and
// counts those that fire moved. fire opens its own transaction and calls Fire
// in it; ErrTooEarly and ErrRaced from it mean that somebody was quicker and
// are no failures. One failing case does not hold up the others: all failures
// come back joined.
func (s *Service) Sweep(ctx context.Context, fire func(ctx context.Context, c Case) error) (n int, err error) {
	now := s.clock.Now()
	var failures []error
	var after TaskCursor
	for {
		due, err := s.store.TimersDue(ctx, now, after, sweepPage)
		if err != nil {
			return n, errors.Join(append(failures, fmt.Errorf("procedure: due timers: %w", err))...)
		}
		for _, c := range due {
			if ctx.Err() != nil {
				return n, errors.Join(append(failures, ctx.Err())...)
			}
			err := fire(ctx, c)
			switch {
			case err == nil:
				n++
			case errors.Is(err, ErrTooEarly), errors.Is(err, ErrRaced):
			default:
				failures = append(failures, fmt.Errorf("procedure: timer of case %s: %w", c.ID, err))
			}
			after = TaskCursor{DueAt: c.TimerAt, ID: c.ID}
		}
		if len(due) < sweepPage {
			return n, errors.Join(failures...)
		}
	}
}
