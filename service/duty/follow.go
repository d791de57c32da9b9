package duty

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"cunwu/service/audit"
	"cunwu/service/outbox"
	"cunwu/service/region"
)

// EventChanged tells that a duty began or was decided about: kinds of the fact
// "kind" are happened, demanded, extended, not_applicable. Further facts: item,
// period, due (the due day, of an extension the new one).
const EventChanged = "duty.changed"

// errNothing rolls back a transaction that found nothing to do.
var errNothing = errors.New("duty: nothing to follow")

// Follow takes at most limit events of outbox.Tally, brings the counts of the
// villages and items that they touch up to what is true now, and gives how many
// events it took. Counting again what was counted changes nothing.
func (s *Service) Follow(ctx context.Context, limit int) (int, error) {
	taken := 0
	err := s.store.InTx(ctx, audit.BySystem("tally"), func(tx Tx) error {
		events, err := tx.TakeEvents(ctx, outbox.Tally, limit)
		if err != nil {
			return err
		}
		if taken = len(events); taken == 0 {
			return errNothing
		}
		if _, err := s.recount(ctx, tx, touched(events)); err != nil {
			return err
		}
		if s.opt.Also != nil {
			if err := s.opt.Also(ctx, tx, events); err != nil {
				return err
			}
		}
		return tx.Record(ctx, audit.Event{
			Action: "duty.tally", Object: "outbox", Result: "ok", Detail: map[string]string{"events": strconv.Itoa(taken)},
		})
	})
	if errors.Is(err, errNothing) {
		return 0, nil
	}
	return taken, err
}

// touched gives the items of each village that events speak of.
func touched(events []outbox.Event) map[region.Code][]string {
	out := map[region.Code][]string{}
	for _, e := range events {
		item := e.Facts["item"]
		if item == "" || e.Region.Level() != region.Village || slices.Contains(out[e.Region], item) {
			continue
		}
		out[e.Region] = append(out[e.Region], item)
	}
	return out
}

// Recount brings all counts of the villages within a place ("" for all) up to
// what is true now, and gives how many villages were counted otherwise before.
// It is for the first start over an older archive, after a change of the rules
// and for tests: Follow keeps the counts true by itself.
func (s *Service) Recount(ctx context.Context, within region.Code) (int, error) {
	active := func(after region.Code) ([]region.Code, error) {
		return s.store.VillagesAfter(ctx, within, after, villagesAtOnce)
	}
	n, err := s.recountPages(ctx, active)
	if err != nil {
		return n, err
	}
	gone, err := s.Tidy(ctx, within)
	return n + gone, err
}

// Tidy takes villages that merged or are gone out of the counts of the places
// above them, and gives how many there were.
func (s *Service) Tidy(ctx context.Context, within region.Code) (int, error) {
	return s.recountPages(ctx, func(after region.Code) ([]region.Code, error) {
		return s.store.TalliedAfter(ctx, within, after, true, villagesAtOnce)
	})
}

func (s *Service) recountPages(ctx context.Context, next func(after region.Code) ([]region.Code, error)) (int, error) {
	total := 0
	err := pages(next, func(codes []region.Code) error {
		all := make(map[region.Code][]string, len(codes))
		for _, c := range codes {
			all[c] = nil
		}
		moved := 0
		err := s.store.InTx(ctx, audit.BySystem("recount"), func(tx Tx) error {
			var err error
			if moved, err = s.recount(ctx, tx, all); err != nil {
				return err
			}
			return tx.Record(ctx, audit.Event{
				Action: "duty.recount", Object: "region", ObjectID: string(codes[0]), Result: "ok",
				Detail: map[string]string{"villages": strconv.Itoa(len(codes)), "moved": strconv.Itoa(moved)},
			})
		})
		total += moved
		return err
	})
	return total, err
}

// recount compares the counted rows of villages with what is true, for items of
// each (nil for all), and moves the counts of the villages and of all places
// above by the difference. It gives how many villages moved.
func (s *Service) recount(ctx context.Context, tx Tx, what map[region.Code][]string) (int, error) {
	if len(what) == 0 {
		return 0, nil
	}
	// Two that compare the same row at once would both move it.
	if err := tx.LockDutyTallies(ctx); err != nil {
		return 0, err
	}
	var (
		villages []region.Code
		items    []string
		all      bool
	)
	for v, is := range what {
		villages = append(villages, v)
		items = append(items, is...)
		all = all || is == nil
	}
	slices.Sort(villages)
	if slices.Sort(items); all {
		items = nil
	}
	items = slices.Compact(items)
	sch := s.scheduleOn(tx.Now())
	m, moved := moves{}, 0
	for batch := range slices.Chunk(villages, villagesAtOnce) {
		n, err := s.compareVillages(ctx, tx, sch, m, batch, items)
		if err != nil {
			return 0, err
		}
		moved += n
	}
	return moved, tx.MoveDutyTallies(ctx, m.list())
}

func (s *Service) compareVillages(ctx context.Context, tx Tx, sch *schedule, m moves, villages []region.Code, items []string) (int, error) {
	facts, err := tx.DutyFacts(ctx, villages, items, time.Time{})
	if err != nil {
		return 0, err
	}
	moved := 0
	for _, v := range villages {
		counted, err := tx.DutyTalliesOf(ctx, v, items)
		if err != nil {
			return 0, err
		}
		if !m.compare(v, counted, s.reckoner.tally(sch, facts[v])) {
			continue
		}
		moved++
		if err := tx.RegionChanged(ctx, v); err != nil {
			return 0, err
		}
	}
	return moved, nil
}
