// Package demo fills an empty archive with ten sample villages of two real
// counties: people, offices and two years of postings, entered through the
// services in the name of the people concerned, on a clock that is walked from
// the past to the present.
//
// Invariants: the same seed and day of the first start give the same people,
// texts, amounts and times (ids differ); all names and numbers are made up, and
// nothing in them passes for a real person's; every amount comes from one cash
// book of its village, so that months, quarters and contracts agree.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"cunwu/service/account"
	"cunwu/service/ballot"
	"cunwu/service/board"
	"cunwu/service/calendar"
	"cunwu/service/concern"
	"cunwu/service/consultation"
	"cunwu/service/council"
	"cunwu/service/covenant"
	"cunwu/service/disclosure"
	"cunwu/service/duty"
	"cunwu/service/inbox"
	"cunwu/service/media"
	"cunwu/service/moderation"
	"cunwu/service/procedure"
	"cunwu/service/question"
	"cunwu/service/ranking"
	"cunwu/service/redblack"
	"cunwu/service/region"
)

// SettableClock is the clock that all services tell the time by. The caller of
// Seed lets it run with real time afterwards (Clock.Follow).
type SettableClock interface {
	calendar.Clock
	Set(t time.Time)
}

// Services are what the sample is entered through. All are required but Log.
// Settle does what follows by itself from what has happened by the clock: it
// fires the timers that are due and tells those who are to be told.
type Services struct {
	Accounts    *account.Service
	Regions     *region.Service
	Disclosures *disclosure.Service
	Media       *media.Service
	Duties      *duty.Service
	Questions   *question.Service
	Boards      *board.Service
	Inbox       *inbox.Service
	Ballots     *ballot.Service
	Settle      func(ctx context.Context) error
	Clock       SettableClock
	Log         *slog.Logger

	Consultations *consultation.Service
	Procedures    *procedure.Service
	Concerns      *concern.Service
	Moderation    *moderation.Service
	Councils      *council.Service
	Covenants     *covenant.Service
	RedBlack      *redblack.Service
	Rankings      *ranking.Service
	// Leaf gives an entry of the public record as it stands there.
	Leaf func(ctx context.Context, index int64) ([]byte, error)
}

// Options say what to seed. Now is the time of the first start: the sample ends
// the evening before its day, and all that follows from it by then is done. Edition is the CSV of the official codes; nil
// takes those of Guangyuan that the rule book holds.
type Options struct {
	Seed    uint64
	Now     time.Time
	Edition io.Reader
}

// Summary counts what was entered.
type Summary struct {
	Villages  int
	People    int // bound to a roll, each with a sign-in code
	Postings  int
	Published int
	Files     int
	Took      time.Duration
}

// City is the city whose counties the sample villages lie in.
const City = region.Code("5108")

// Seed enters the sample into an empty archive and leaves the clock at
// Options.Now. It stops at the first failure and then leaves a part behind: the
// caller marks a seeding as done only when Seed returned nil, and begins with an
// empty archive otherwise. It needs a WeChat stand-in that takes the sign-in
// codes of Codes and phone codes of the form phone-<11 digits>, several times.
func Seed(ctx context.Context, s Services, o Options) (Summary, error) {
	began := time.Now()
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	x := &seeder{s: s, o: o, callers: map[string]account.Caller{}, signedIn: map[string]bool{}, keys: map[string]string{}}
	deeds := x.renderAhead(planAll(o.Seed, o.Now, villages()...))
	if err := x.places(ctx); err != nil {
		return Summary{}, fmt.Errorf("demo: places: %w", err)
	}
	s.Log.Debug("demo: places", "took", time.Since(began))
	if err := x.people(ctx); err != nil {
		return Summary{}, fmt.Errorf("demo: people: %w", err)
	}
	s.Log.Debug("demo: people", "took", time.Since(began))
	if err := x.postings(ctx, deeds); err != nil {
		return Summary{}, fmt.Errorf("demo: postings: %w", err)
	}
	s.Clock.Set(o.Now)
	if err := s.Settle(ctx); err != nil {
		return Summary{}, fmt.Errorf("demo: what follows: %w", err)
	}
	x.sum.Took = time.Since(began)
	s.Log.Info("demo content entered", "villages", x.sum.Villages, "people", x.sum.People,
		"postings", x.sum.Postings, "published", x.sum.Published, "files", x.sum.Files, "took", x.sum.Took)
	return x.sum, nil
}

// errPlan: the plan asks for something that cannot be; a mistake of this package.
var errPlan = errors.New("demo: the plan does not hold together")
