package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"time"

	"cunwu/service/account"
)

// Planned gives when every posting that is published comes out last, by village,
// title and period.
func Planned(seed uint64, now time.Time) map[string]time.Time {
	out := map[string]time.Time{}
	for _, x := range plan(seed, now, villages()...) {
		if x.last().action == actPublish {
			out[x.desk.v.name+" "+x.paper.Title+" "+x.period] = x.last().at
		}
	}
	return out
}

// SeedConcerns enters the places, the people and what villagers say, and nothing
// else of the sample.
func SeedConcerns(ctx context.Context, s Services, o Options) error {
	x := &seeder{s: s, o: o, plan: spanUntil(o.Now), callers: map[string]account.Caller{}, signedIn: map[string]bool{}, keys: map[string]string{}}
	for _, y := range x.plan.sayings() {
		for _, t := range y.way {
			*x.topic(t.to) = "none"
		}
	}
	return errors.Join(x.only(ctx, x.concerns()), x.fireDue(ctx))
}

// SeedRules enters the places, the people, and what villages made of their own
// rules: covenants, bodies, the lists.
func SeedRules(ctx context.Context, s Services, o Options) error {
	x := &seeder{s: s, o: o, plan: spanUntil(o.Now), callers: map[string]account.Caller{}, signedIn: map[string]bool{}, keys: map[string]string{}}
	x.snaps = newSnapshots(o.Seed)
	return errors.Join(x.only(ctx, slices.Concat(x.covenants(), x.councils(), x.boards())), x.fireDue(ctx))
}

// only takes these acts and no others.
func (x *seeder) only(ctx context.Context, deeds []deed) error {
	if err := errors.Join(x.places(ctx), x.people(ctx)); err != nil {
		return err
	}
	sort.SliceStable(deeds, func(i, j int) bool { return deeds[i].at.Before(deeds[j].at) })
	for _, d := range deeds {
		x.s.Clock.Set(d.at)
		if err := d.do(ctx); err != nil {
			return fmt.Errorf("%s: %w%s", d.what, err, told(err))
		}
	}
	x.s.Clock.Set(x.o.Now)
	return nil
}
