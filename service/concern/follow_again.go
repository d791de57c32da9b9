package concern

import (
	"context"
	"strconv"
	"time"

	"cunwu/service/audit"
	"cunwu/service/outbox"
)

// EventAskAgain asks that a raiser be asked whether it is really settled. It may
// be announced more than once: it is told once.
const EventAskAgain = EventPrefix + "ask_again"

const (
	// askedLately is how far back is looked for raisers to ask: a server that
	// was down for days asks all the same.
	askedLately = 7 * 24 * time.Hour
	mostToAsk   = 500
)

// AskRaisers announces the concerns whose raisers are to be asked now, four
// weeks after raising, and gives how many. Once or twice a day is enough.
func (s *Service) AskRaisers(ctx context.Context) (int, error) {
	now, asked := s.opt.Clock.Now(), 0
	for from := now.Add(-askedLately); ; {
		recs, err := s.store.ConcernsToAskAgain(ctx, from, now.Add(time.Millisecond), mostToAsk)
		if err != nil || len(recs) == 0 {
			return asked, err
		}
		n := 0
		err = s.store.InTx(ctx, audit.BySystem("ask"), func(tx Tx) error {
			n = 0
			for _, r := range recs {
				if !s.asks(r) {
					continue
				}
				n++
				if err := tx.Announce(ctx, outbox.Event{
					Kind: EventAskAgain, Region: r.Region, Subject: r.ID, Facts: map[string]string{"level": r.Level},
				}); err != nil {
					return err
				}
			}
			return tx.Record(ctx, audit.Event{
				Action: EventAskAgain, Object: "concern", Result: "ok", Detail: map[string]string{"concerns": strconv.Itoa(n)},
			})
		})
		if err != nil {
			return asked, err
		}
		asked += n
		last := recs[len(recs)-1].AgainAt
		if len(recs) < mostToAsk || !last.After(from) {
			return asked, nil
		}
		from = last // those of the same moment once more: they are told once
	}
}
