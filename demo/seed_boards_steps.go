package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"

	"cunwu/service/account"
	"cunwu/service/procedure"
	"cunwu/service/redblack"
	"cunwu/service/region"
)

// listing is an entry of either list on its way through the services.
type listing struct {
	x       *seeder
	village region.Code
	group   int
	who, by int
	name    string // for whoever edits the texts
	id      string
	asked   bool // whom it is about is asked on the way
	listed  int  // days after the beginning of the notice, 0 while it is not
	out     []deed
	minute  int
}

func (l *listing) code(who int) string {
	return codeAt(l.village, string(account.Villager)+"-"+strconv.Itoa(who))
}

// person gives whom the entry is about.
func (l *listing) person() person {
	people := l.x.rosterAt(l.village).people
	return people[slices.IndexFunc(people, func(p person) bool { return p.code == l.code(l.who) })]
}

func (l *listing) add(ago, hour int, what string, do func(ctx context.Context) error) {
	l.out = append(l.out, deed{at: l.x.plan.on(ago, hour, l.minute), what: l.name + ", " + what, do: do})
}

// step adds one action in the name of somebody of the village.
func (l *listing) step(ago, hour int, who, action string, f fields) {
	l.add(ago, hour, action, func(ctx context.Context) error { return l.take(ctx, who, action, f) })
}

func (l *listing) take(ctx context.Context, who, action string, f fields, files ...string) error {
	code := codeAt(l.village, who)
	if who == aboutWhom {
		code = l.code(l.who)
	}
	by, err := l.x.actor(ctx, code)
	if err != nil {
		return err
	}
	_, err = l.x.s.RedBlack.Act(ctx, by, l.x.act(by), l.id, procedure.Input{Action: action, Fields: f, Media: files})
	return err
}

// keeper is who keeps the lists, as announced.
const keeper = string(account.Clerk)

// reported has a villager nominate or report.
func (l *listing) reported(ago int, kind redblack.Kind, clause, deed string) {
	l.add(ago, 19, "nominated", func(ctx context.Context) error {
		by, err := l.x.actor(ctx, l.code(l.by))
		if err != nil {
			return err
		}
		got, err := l.x.s.RedBlack.Nominate(ctx, by, l.x.act(by), redblack.NewEntry{
			Kind: kind, Region: l.village, Name: l.person().name, Group: groupName(l.group), Clause: clause,
			Facts: "看到的经过：" + deed, Place: groupName(l.group), On: iso(l.x.plan.on(ago+1, 0, 0)),
		})
		l.id = got.ID
		return err
	})
}

// verified has the keeper look who it was, and write what may be shown.
func (l *listing) verified(ago, happened int, deed string) {
	l.add(ago, 9, "verify", func(ctx context.Context) error {
		resident, err := l.found(ctx)
		if err != nil {
			return err
		}
		return l.take(ctx, keeper, "verify", fields{
			"resident": resident, "deed": deed, "month": l.x.plan.on(happened, 0, 0).Format("2006-01"),
			"group": fmt.Sprintf("%s%02d", l.village, l.group),
		})
	})
}

// found gives who is meant: whoever is asked later signs in for that, others are
// looked up by their name.
func (l *listing) found(ctx context.Context) (string, error) {
	if l.asked {
		whom, err := l.x.actor(ctx, l.code(l.who))
		return whom.ResidentID, err
	}
	by, err := l.x.actor(ctx, codeAt(l.village, keeper))
	if err != nil {
		return "", err
	}
	them, err := l.x.s.RedBlack.Candidates(ctx, by, l.id)
	if err == nil && len(them) != 1 {
		err = fmt.Errorf("%w: %d bear the name", errPlan, len(them))
	}
	if err != nil {
		return "", err
	}
	return them[0].ResidentID, nil
}

// judged has the council vote on an evening, and the keeper write down what came
// of it the next morning.
func (l *listing) judged(ago, then int, refused bool) {
	d := newDice(l.x.o.Seed, "judged", l.name)
	l.add(ago, 19, "votes", func(ctx context.Context) error {
		n := l.x.rosterAt(l.village).council
		other := d.IntN(n + 2)
		return l.together(ctx, account.Council, n, "vote", func(i int) fields {
			switch {
			case refused && i >= n/2, !refused && i == other && other%2 == 0:
				return fields{"vote": string(redblack.No)}
			case i == other:
				return fields{"vote": string(redblack.Abstain)}
			}
			return fields{"vote": string(redblack.Yes)}
		})
	})
	if refused {
		l.step(then, 9, keeper, leftRefused, nil)
		return
	}
	l.step(then, 9, keeper, "adopt", nil)
}

// heard has half of the representatives say what they think.
func (l *listing) heard(ago, then int) {
	d := newDice(l.x.o.Seed, "heard", l.name)
	l.add(ago, 19, "consulted", func(ctx context.Context) error {
		n := (l.x.rosterAt(l.village).representatives + 1) / 2
		against := d.IntN(2 * n)
		return l.together(ctx, account.Representative, n, "consult", func(i int) fields {
			if i == against {
				return fields{"answer": string(redblack.No)}
			}
			return fields{"answer": string(redblack.Yes)}
		})
	})
	l.step(then, 10, keeper, "agreed", nil)
}

// together has the first n who hold an office act at once.
func (l *listing) together(ctx context.Context, role account.Role, n int, action string, with func(i int) fields) error {
	var g errgroup.Group
	g.SetLimit(atOnce)
	for i := range n {
		by, err := l.x.actor(ctx, codeAt(l.village, string(role)+"-"+strconv.Itoa(i+1)))
		if err != nil {
			return err
		}
		g.Go(func() error {
			_, err := l.x.s.RedBlack.Act(ctx, by, l.x.act(by), l.id, procedure.Input{Action: action, Fields: with(i)})
			return err
		})
	}
	return g.Wait()
}

// atOnce is how many act at the same time: one writes while others seal.
const atOnce = 3

// tried has the keeper put an entry on the list on the first of some days on
// which its notice is over.
func (l *listing) tried(notice int, days []int) {
	for _, after := range days {
		l.add(notice-after, 9, "list", func(ctx context.Context) error {
			if l.listed > 0 {
				return nil
			}
			err := l.take(ctx, keeper, "list", nil)
			if errors.Is(err, redblack.ErrNoticeRunning) && after != days[len(days)-1] {
				return nil
			}
			l.listed = after
			return err
		})
	}
}

// expired fires the timers on the morning after an entry's last day.
func (l *listing) expired(notice, days int, tries []int) {
	for _, after := range tries {
		l.add(notice-after-days, 0, "expired", func(ctx context.Context) error {
			if l.listed != after {
				return nil
			}
			return l.x.fireDue(ctx)
		})
	}
}
