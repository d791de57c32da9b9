package repository_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cunwu/repository"
	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/chronicle"
	"cunwu/service/ranking"
	"cunwu/service/region"
)

// rankingTx is a transaction of a noun that lists deeds.
type rankingTx interface {
	ranking.Tx
	audit.Tx
}

// deeds writes to rankings as the noun that lists deeds does.
func deeds(ctx context.Context, t interface{ Fatal(...any) }, db *dbtest.DB, do func(tx ranking.Tx) error) {
	err := db.Regions().InTx(ctx, dbtest.Act(), func(tx region.Tx) error {
		r, ok := tx.(rankingTx)
		if !ok {
			return errors.New("no transaction of rankings")
		}
		return errors.Join(do(r), r.Record(ctx, audit.Event{Action: "test"}))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func deed(n int, village region.Code, at time.Time) ranking.Deed {
	return ranking.Deed{
		ID: fmt.Sprintf("deed%022d", n), Region: village, Group: village + "01", Title: fmt.Sprintf("帮邻居收玉米，第%d回", n),
		Clause: fmt.Sprintf("c%d", n%3), ClauseText: "邻里相助", Topic: fmt.Sprintf("t%d", n%2), ListedAt: at, Open: true,
	}
}

func endorse(d ranking.Deed, who string, on bool) ranking.Endorsement {
	return ranking.Endorsement{Deed: d.ID, Resident: who, Village: d.Region, On: on}
}

func recounted(ctx context.Context, t interface{ Fatalf(string, ...any) }, r *repository.Rankings) {
	wrong, err := r.Recount(ctx)
	if err != nil || len(wrong) > 0 {
		t.Fatalf("%v\n%s", err, strings.Join(wrong, "\n"))
	}
}

// rankingModel is what should be there, kept the plain way.
type rankingModel struct {
	deeds map[string]ranking.Deed
	given map[string]map[string]bool
}

func (m *rankingModel) endorse(e ranking.Endorsement) error {
	d, ok := m.deeds[e.Deed]
	switch {
	case !ok:
		return ranking.ErrNotFound
	case e.Refused != nil:
		return e.Refused
	case d.Region != e.Village:
		return ranking.ErrNotVillager
	case !d.Open:
		return ranking.ErrClosed
	}
	if m.given[e.Deed] == nil {
		m.given[e.Deed] = map[string]bool{}
	}
	delete(m.given[e.Deed], e.Resident)
	if e.On {
		m.given[e.Deed][e.Resident] = true
	}
	return nil
}

// order is the ranking of a scope and period, the plain way.
func (m *rankingModel) order(scope, period int64) []string {
	in := slices.DeleteFunc(slices.Collect(maps.Values(m.deeds)), func(d ranking.Deed) bool {
		return !slices.Contains(chronicle.Scopes(d.Region), scope) || !slices.Contains(ranking.Periods(d.ListedAt), period)
	})
	slices.SortFunc(in, func(a, b ranking.Deed) int {
		if n := len(m.given[b.ID]) - len(m.given[a.ID]); n != 0 {
			return n
		}
		if n := a.ListedAt.Compare(b.ListedAt); n != 0 {
			return n
		}
		return strings.Compare(a.ID, b.ID)
	})
	out := []string{}
	for _, d := range in {
		out = append(out, fmt.Sprintf("%s %d", d.ID, len(m.given[d.ID])))
	}
	return out
}

// paged reads a whole ranking in pages of a size.
func paged(ctx context.Context, r *repository.Rankings, scope, period int64, size int) ([]string, error) {
	out := []string{}
	var after *ranking.Place
	for {
		page, err := r.DeedsRanked(ctx, scope, period, after, size)
		if err != nil || len(page) == 0 {
			return out, err
		}
		for _, d := range page {
			out = append(out, fmt.Sprintf("%s %d", d.ID, d.Endorsements))
		}
		last := page[len(page)-1]
		after = &ranking.Place{Figure: last.Endorsements, Listed: last.ListedAt.UnixMilli(), ID: last.ID}
	}
}

var rankingVillages = []region.Code{"510821102200", "510821102201", "510802001001"}

// Any history of listing, endorsing, taking back, closing and dropping leaves
// what a plain recount gives, in the order that a plain sort gives.
func TestRankings_Recount(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx, r, run := t.Context(), db.Rankings(), 0
		rapid.Check(t, func(rt *rapid.T) {
			run++
			m := &rankingModel{deeds: map[string]ranking.Deed{}, given: map[string]map[string]bool{}}
			pick := func() ranking.Deed {
				n := rapid.IntRange(0, 7).Draw(rt, "deed")
				at := time.Date(2026, time.Month(1+n*2%12), 1, 0, 0, 0, 0, calendar.China)
				return deed(run*100+n, rankingVillages[n%3], at)
			}
			steps := map[string]func(*rapid.T){
				"rank": func(rt *rapid.T) {
					d := pick()
					deeds(ctx, rt, db, func(tx ranking.Tx) error { return tx.RankDeed(ctx, d) })
					if _, ok := m.deeds[d.ID]; !ok {
						m.deeds[d.ID] = d
					}
				},
				"close": func(rt *rapid.T) {
					d := pick()
					deeds(ctx, rt, db, func(tx ranking.Tx) error { return tx.CloseDeed(ctx, d.ID) })
					if d, ok := m.deeds[d.ID]; ok {
						d.Open = false
						m.deeds[d.ID] = d
					}
				},
				"drop": func(rt *rapid.T) {
					d := pick()
					deeds(ctx, rt, db, func(tx ranking.Tx) error { return tx.DropDeed(ctx, d.ID) })
					delete(m.deeds, d.ID)
					delete(m.given, d.ID)
				},
				"endorse": func(rt *rapid.T) {
					var es []ranking.Endorsement
					for range rapid.IntRange(1, 20).Draw(rt, "group") {
						e := endorse(pick(), fmt.Sprintf("resident%d", rapid.IntRange(0, 4).Draw(rt, "who")), rapid.Bool().Draw(rt, "on"))
						if rapid.IntRange(0, 9).Draw(rt, "outside") == 0 {
							e.Village = "510821102299"
						}
						es = append(es, e)
					}
					for i, o := range r.Endorse(ctx, es) {
						want := m.endorse(es[i])
						if !errors.Is(o.Err, want) || want == nil && (o.Err != nil || o.Endorsed != es[i].On || o.Endorsements != int64(len(m.given[es[i].Deed]))) {
							rt.Fatalf("%+v: %+v, want %v and %d", es[i], o, want, len(m.given[es[i].Deed]))
						}
					}
				},
				"": func(rt *rapid.T) {
					recounted(ctx, rt, r)
					scope := rapid.SampledFrom([]int64{51, 5108, 510821, 510821102, 510821102200}).Draw(rt, "scope")
					period := rapid.SampledFrom([]int64{0, 2026, 20261, 202601}).Draw(rt, "period")
					got, err := paged(ctx, r, scope, period, rapid.IntRange(1, 5).Draw(rt, "size"))
					if want := m.order(scope, period); err != nil || !slices.Equal(got, want) {
						rt.Fatalf("%d in %d: %v %v, want %v", period, scope, err, got, want)
					}
				},
			}
			rt.Repeat(steps)
			deeds(ctx, rt, db, func(tx ranking.Tx) error {
				for id := range m.deeds {
					if err := tx.DropDeed(ctx, id); err != nil {
						return err
					}
				}
				return nil
			})
			if n, err := r.EntriesCounted(ctx, 51, 0, ranking.OfTopic); err != nil || len(n) != 0 {
				rt.Fatalf("counts of nothing: %v, %v", n, err)
			}
		})
	})
}

// Many who press at once, from two programs, each count once; and the deed that
// is dropped under them leaves nothing.
func TestRankings_AtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx := t.Context()
		other := opened(t, db.Options)
		d := []ranking.Deed{deed(1, rankingVillages[0], dbtest.Start), deed(2, rankingVillages[0], dbtest.Start)}
		deeds(ctx, t, db, func(tx ranking.Tx) error { return errors.Join(tx.RankDeed(ctx, d[0]), tx.RankDeed(ctx, d[1])) })
		var wg sync.WaitGroup
		for i := range 8 {
			r := []*repository.Rankings{db.Rankings(), other.Rankings()}[i%2]
			wg.Go(func() {
				var es []ranking.Endorsement
				for n := range 30 {
					es = append(es, endorse(d[(n+i)%2], fmt.Sprintf("resident%d", n), true))
				}
				for _, o := range r.Endorse(ctx, es) {
					if o.Err != nil && !errors.Is(o.Err, ranking.ErrNotFound) {
						t.Errorf("endorse: %v", o.Err)
					}
				}
			})
		}
		wg.Go(func() { deeds(ctx, t, db, func(tx ranking.Tx) error { return tx.DropDeed(ctx, d[1].ID) }) })
		wg.Wait()
		recounted(ctx, t, db.Rankings())
		if s, err := db.Rankings().EndorsementOf(ctx, d[0].ID, "resident3"); err != nil || s.Endorsements != 30 || !s.Endorsed {
			t.Errorf("%+v, %v", s, err)
		}
		if own, err := db.Rankings().OwnEndorsements(ctx, "resident4"); err != nil || len(own) != 1 || own[0].Deed != d[0].ID {
			t.Errorf("own: %v, %v", own, err)
		}
	})
}

// The follower of another program hears of each change, once, however many there
// were in between; and the feed's followers hear nothing.
func TestRankings_Marks(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx, r := t.Context(), db.Rankings()
		feed, err := opened(t, db.Options).Follow(ctx)
		if err != nil {
			t.Fatal(err)
		}
		f := opened(t, db.Options).FollowRankings()
		hears := func(want ...region.Code) {
			t.Helper()
			got, err := f.Next(ctx)
			slices.Sort(got)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("heard %v, %v; want %v", got, err, want)
			}
		}
		hears()
		a, b := deed(1, rankingVillages[0], dbtest.Start), deed(2, rankingVillages[2], dbtest.Start)
		deeds(ctx, t, db, func(tx ranking.Tx) error { return errors.Join(tx.RankDeed(ctx, a), tx.RankDeed(ctx, b)) })
		hears(b.Region, a.Region)
		hears()
		for i := range 5 {
			r.Endorse(ctx, []ranking.Endorsement{endorse(a, fmt.Sprint("r", i), true)})
		}
		hears(a.Region)
		r.Endorse(ctx, []ranking.Endorsement{endorse(a, "r1", true), {Deed: b.ID, Resident: "r1", Village: a.Region, On: true}})
		hears() // nothing has changed
		r.Endorse(ctx, []ranking.Endorsement{endorse(a, "r1", false)})
		hears(a.Region)
		deeds(ctx, t, db, func(tx ranking.Tx) error { return errors.Join(tx.CloseDeed(ctx, a.ID), tx.DropDeed(ctx, b.ID)) })
		hears(b.Region)
		if got := next(t, feed); got != nil {
			t.Errorf("the feed was dropped: %v", got)
		}
		if es, err := db.AuditEvents(ctx, 0, 50); err != nil || slices.ContainsFunc(es, func(e repository.AuditEvent) bool {
			return strings.Contains(fmt.Sprint(e), "r1")
		}) {
			t.Errorf("the journal says who: %v, %v", es, err)
		}
	})
}
