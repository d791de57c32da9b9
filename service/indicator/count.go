package indicator

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"cunwu/service/calendar"
	"cunwu/service/outbox"
	"cunwu/service/region"
)

// Take does what follows from events, in the transaction of the follower of
// topic outbox.Tally: what is counted of each posting and question becomes what
// is true of it. Repeating it changes nothing. The transaction records its own
// audit event.
func (s *Service) Take(ctx context.Context, tx Tx, events []outbox.Event) error {
	moves := map[Move]int{} // By is 0 in the keys
	done := map[string]bool{}
	for _, e := range events {
		subject, question := e.Subject, false
		switch {
		case strings.HasPrefix(e.Kind, "board."):
			subject = e.Facts["posting"]
		case strings.HasPrefix(e.Kind, "question."):
			question = true
		case !strings.HasPrefix(e.Kind, "disclosure."):
			continue
		}
		if subject == "" || done[subject] {
			continue
		}
		done[subject] = true
		if err := s.recount(ctx, tx, subject, question, moves); err != nil {
			return err
		}
	}
	return tx.MoveFigures(ctx, ordered(moves))
}

// recount compares what is counted of a subject with what is true, and notes
// the difference for its place and all above it.
func (s *Service) recount(ctx context.Context, tx Tx, subject string, question bool, moves map[Move]int) error {
	truth, err := s.truth(ctx, tx, subject, question)
	if err != nil {
		return err
	}
	counted, err := tx.CountedOf(ctx, subject)
	if err != nil {
		return err
	}
	if truth.Region == counted.Region && truth.Month == counted.Month && slices.Equal(truth.Figures, counted.Figures) {
		return nil
	}
	note(moves, counted, -1)
	note(moves, truth, 1)
	if err := tx.SaveCounted(ctx, truth); err != nil {
		return err
	}
	village := cmp.Or(truth.Region, counted.Region)
	return tx.RegionChanged(ctx, village)
}

func (s *Service) truth(ctx context.Context, tx Tx, subject string, question bool) (Counted, error) {
	if question {
		q, ok, err := tx.QuestionFacts(ctx, subject)
		if err != nil || !ok {
			return Counted{Subject: subject}, err
		}
		return s.ofQuestion(subject, q), nil
	}
	p, ok, err := tx.PostingFacts(ctx, subject)
	if err != nil || !ok {
		return Counted{Subject: subject}, err
	}
	return s.ofPosting(subject, p), nil
}

func note(moves map[Move]int, c Counted, by int) {
	for _, place := range c.Region.Path() {
		for _, f := range c.Figures {
			moves[Move{Region: place, Figure: f, Month: c.Month}] += by
		}
	}
}

// ordered lists moves in one order for all transactions, so that two never wait
// for each other in a ring; what cancels out is left out.
func ordered(moves map[Move]int) []Move {
	var out []Move
	for m, by := range moves {
		if by != 0 {
			m.By = by
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b Move) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Figure, b.Figure), cmp.Compare(a.Month, b.Month))
	})
	return out
}

// counted makes what is counted of a subject from what holds of it.
func counted(subject string, place region.Code, at time.Time, holds map[Figure]bool) Counted {
	maps.DeleteFunc(holds, func(_ Figure, v bool) bool { return !v })
	out := Counted{Subject: subject}
	if len(holds) == 0 {
		return out
	}
	out.Region, out.Month = place, MonthOf(at.In(calendar.China))
	for _, f := range figures {
		if holds[f] {
			out.Figures = append(out.Figures, f)
		}
	}
	return out
}

// ofPosting says what is counted of a posting: nothing before it is published.
func (s *Service) ofPosting(id string, p PostingFacts) Counted {
	if p.FirstAt.IsZero() {
		return Counted{Subject: id}
	}
	long := s.postedLong(p)
	return counted(id, p.Region, p.FirstAt, map[Figure]bool{
		Published: true, PostedLong: long, PostingOver: long || !p.Standing, OnBoard: p.OnBoard,
		Corrected: p.Version > 1, Reviewed: reviewed(p.Steps),
	})
}

// postedLong reports whether a text of the posting was up for as long as it
// must be: its posting time ran out, or it was taken down later than that. What
// is posted without end will be.
func (s *Service) postedLong(p PostingFacts) bool {
	if p.Over || p.Standing && p.Open {
		return true
	}
	return slices.ContainsFunc(p.Versions, func(v Span) bool {
		return !v.Until.IsZero() && !v.Until.Before(v.From.AddDate(0, 0, s.opt.PostingDays))
	})
}

// reviewed reports whether the supervisory committee agreed before each
// publication; action proceed goes on without its word.
func reviewed(steps []string) bool {
	agreed, all := false, false
	for _, step := range steps {
		switch step {
		case "approve":
			agreed = true
		case "submit", "proceed":
			agreed = false
		case "publish":
			if !agreed {
				return false
			}
			all = true
		}
	}
	return all
}

// ofQuestion says what is counted of a question.
func (s *Service) ofQuestion(id string, q QuestionFacts) Counted {
	due, _ := s.opt.Holidays.Deadline(q.AskedAt, s.opt.AnswerDays, calendar.CalendarDay)
	answered := !q.AnsweredAt.IsZero()
	return counted(id, q.Region, q.AskedAt, map[Figure]bool{
		Asked: true, AnswerOver: answered || q.Escalated, AnsweredInTime: answered && !q.AnsweredAt.After(due), EscalatedUp: q.Escalated,
	})
}
