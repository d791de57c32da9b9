package main

import (
	"context"
	"errors"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cunwu/config"
	"cunwu/service/account"
	"cunwu/service/inbox"
	"cunwu/service/outbox"
	"cunwu/service/question"
)

const (
	deliverEvery = time.Second
	recoverEvery = time.Minute
	// deliverers send beside each other: one call takes about a tenth of a second.
	deliverers = 4
)

// openInbox builds what tells people. It is called when the services that it
// asks are there.
func (a *App) openInbox() {
	outcomes := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "cunwu_wechat_deliveries_total", Help: "Calls to deliver a message through WeChat, by outcome (sent, again, unknown, dropped) and errcode.",
	}, []string{"outcome", "errcode"})
	a.metrics.Registry.MustRegister(outcomes)
	o := inbox.Options{
		Places: a.regions, Catalogue: a.rules.catalogue, Postings: a.disclosures, Askers: askersOf{a.questions}, Raisers: raisersOf{a}, Entries: entriesOf{a}, Addresses: a.accounts,
		Clock: a.clock, Log: a.log, Templates: templatesOf(a.cfg.WeChat.Templates),
		Observe: func(outcome string, code int64) {
			outcomes.WithLabelValues(outcome, strconv.FormatInt(code, 10)).Inc()
		},
	}
	if sender, ok := a.wechat.(inbox.Sender); ok {
		o.Sender = sender
	}
	a.inbox = inbox.New(a.db.Inbox(), o)
}

func templatesOf(ts []config.Template) []inbox.Template {
	out := make([]inbox.Template, len(ts))
	for i, t := range ts {
		out[i] = inbox.Template{Purpose: inbox.Purpose(t.Purpose), ID: t.ID, LongTerm: t.LongTerm, Fields: t.Fields, Page: t.Page}
	}
	return out
}

// askersOf says who asked and joined a question.
type askersOf struct{ questions *question.Service }

// Askers implements inbox.Askers. A question that is gone has none.
func (q askersOf) Askers(ctx context.Context, id string) ([]string, error) {
	asker, joined, err := q.questions.Asker(ctx, id)
	if errors.Is(err, question.ErrNotFound) {
		return nil, nil
	}
	return append([]string{asker}, joined...), err
}

// ownMessages adds messages to the export of own data. The inbox is built after
// the accounts, so it is looked up when asked.
type ownMessages struct{ app *App }

// ExportOwn implements account.ExportSource.
func (o ownMessages) ExportOwn(ctx context.Context, c account.Caller, file func(name string) (io.Writer, error)) error {
	return o.app.inbox.ExportOwn(ctx, c, file)
}

// startInbox runs what tells people beside the requests. Each loop ends with ctx.
func (a *App) startInbox(ctx context.Context) {
	deliver := make(chan struct{}, 1)
	follower := a.newFollower(outbox.Notify, func(ctx context.Context, limit int) (int, error) {
		n, err := a.inbox.Follow(ctx, limit)
		if n > 0 {
			select {
			case deliver <- struct{}{}:
			default:
			}
		}
		return n, err
	})
	a.db.OnAnnounced(follower.Wake)
	a.loops.Go(func() { follower.Run(ctx) })
	a.loops.Go(func() { a.recoverDeliveries(ctx); every(ctx, recoverEvery, a.recoverDeliveries) })
	a.loops.Go(func() { every(ctx, purgeEvery, a.sweepInbox) })
	a.loops.Go(func() {
		t := time.NewTicker(deliverEvery)
		defer t.Stop()
		for {
			a.spreadAndDeliver(ctx)
			select {
			case <-ctx.Done():
				return
			case <-deliver:
			case <-t.C:
			}
		}
	})
}

// spreadAndDeliver does what is left of events with many followers, and sends
// what is due.
func (a *App) spreadAndDeliver(ctx context.Context) {
	for {
		more, err := a.inbox.Spread(ctx)
		if err != nil && ctx.Err() == nil {
			a.log.WarnContext(ctx, "followers not told", "cause", err)
		}
		if !more || err != nil {
			break
		}
	}
	var wg sync.WaitGroup
	for range deliverers {
		wg.Go(func() {
			if _, err := a.inbox.Deliver(ctx); err != nil && ctx.Err() == nil {
				a.log.WarnContext(ctx, "messages not delivered", "cause", err)
			}
		})
	}
	wg.Wait()
}

func (a *App) recoverDeliveries(ctx context.Context) {
	n, err := a.inbox.Recover(ctx)
	switch {
	case err != nil && ctx.Err() == nil:
		a.log.WarnContext(ctx, "deliveries not recovered", "cause", err)
	case n > 0:
		a.log.WarnContext(ctx, "deliveries were cut off and are not sent again", "count", n)
	}
}

func (a *App) sweepInbox(ctx context.Context) {
	if _, err := a.inbox.Sweep(ctx); err != nil && ctx.Err() == nil {
		a.log.WarnContext(ctx, "old messages not removed", "cause", err)
	}
}
