package concern

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/moderation"
	"cunwu/service/outbox"
)

// updateID names a line of a timeline as a subject of checks.
func updateID(id string, number int) string { return id + "." + strconv.Itoa(number) }

func splitUpdateID(s string) (id string, number int, ok bool) {
	id, n, _ := strings.Cut(s, ".")
	number, err := strconv.Atoi(n)
	return id, number, err == nil && number > 0
}

// Follow takes what checks decided from the outbox, at most limit, and moves
// the review of the concerns: what passed is shown from then on. What a person
// decided here stands. It implements outbox.Handler for topic review.
func (s *Service) Follow(ctx context.Context, limit int) (int, error) {
	taken := 0
	act := audit.BySystem("review")
	err := s.store.InTx(ctx, act, func(tx Tx) error {
		events, err := tx.TakeEvents(ctx, outbox.Review, limit)
		if err != nil {
			return err
		}
		if taken = len(events); taken == 0 {
			return errNothing
		}
		for _, e := range events {
			if e.Kind != moderation.Decided {
				continue
			}
			if err := s.decided(ctx, tx, act, e); err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
		}
		return tx.Record(ctx, audit.Event{
			Action: "concern.follow", Object: "outbox", ObjectID: string(outbox.Review), Result: "ok",
			Detail: map[string]string{"events": strconv.Itoa(taken)},
		})
	})
	if errors.Is(err, errNothing) {
		return 0, nil
	}
	return taken, err
}

// errNothing ends a transaction in which there was nothing to do.
var errNothing = errors.New("concern: nothing to follow")

func (s *Service) decided(ctx context.Context, tx Tx, act audit.Act, e outbox.Event) error {
	review := reviewOf(moderation.State(e.Facts["state"]))
	switch e.Facts["kind"] {
	case SubjectKind:
		return s.decidedConcern(ctx, tx, act, e, review)
	case UpdateSubject:
		id, number, ok := splitUpdateID(e.Subject)
		if !ok {
			return nil
		}
		r, err := tx.ConcernForUpdate(ctx, id)
		if err != nil {
			return err
		}
		if err := tx.ReviewConcernUpdate(ctx, id, number, review); err != nil {
			return err
		}
		if err := tx.ShowConcernMedia(ctx, id, number, review == Passed && r.Shown()); err != nil {
			return err
		}
		return changed(ctx, tx, r, r)
	}
	return nil
}

func (s *Service) decidedConcern(ctx context.Context, tx Tx, act audit.Act, e outbox.Event, review Review) error {
	r, err := tx.ConcernForUpdate(ctx, e.Subject)
	if err != nil {
		return err
	}
	byPerson := e.Facts["by"] == "person"
	if r.Review == review || r.Content.ByPerson && !byPerson {
		return nil
	}
	m := move{s: s, act: act, system: true, r: r, before: r}
	m.r.Review, m.r.Content.ByPerson = review, r.Content.ByPerson || byPerson
	if review == Hidden {
		m.r.Content.HiddenKind = e.Facts["violation"]
		m.r.Content.WhyHidden = s.opt.Rules.ViolationName(e.Facts["violation"])
	}
	what := map[Review]string{Passed: "shown", Hidden: "hidden"}[review]
	if what == "" {
		what = "reviewed"
	}
	return m.keep(ctx, tx, what, map[string]string{"review": string(review)})
}

// ReviewTexts gives what is to be read of subjects by id, for those who may
// decide on them: they handle concerns of the place and read them anyway.
func (s *Service) ReviewTexts(ctx context.Context, by account.Caller, ids []string) (map[string]string, error) {
	recs, err := s.store.ConcernRecords(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(recs))
	for _, r := range recs {
		if r.Visibility == Sealed || !s.works(by, r) {
			continue
		}
		parts := slices.DeleteFunc([]string{r.Content.Text, r.Content.Transcript, r.Content.Place.Text}, func(t string) bool { return t == "" })
		out[r.ID] = strings.Join(parts, "\n")
	}
	return out, nil
}
