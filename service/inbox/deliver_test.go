package inbox_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/disclosure"
	"cunwu/service/inbox"
)

// WeChat is away for an hour, in every way of being away, and then back:
// nothing is lost, nothing is sent twice.
func TestDeliver_AnHourAway(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		var readers []string
		h.fake.Down(true)
		for minute := range 60 {
			switch minute {
			case 15:
				h.fake.Down(false)
				h.fake.FailStatus(sendPath, 1000, 502)
			case 30:
				h.fake.Clear(sendPath)
				h.fake.Fail(sendPath, 1000, -1, "system error")
			case 45:
				h.fake.Clear(sendPath)
				h.fake.Fail(sendPath, 1000, 45009, "reach max api daily quota limit")
			}
			if minute%6 == 0 {
				readers = append(readers, h.news())
			}
			h.deliver(h.svc)
			since(h, time.Minute)
		}
		if n := len(h.fake.Sent()); n != 0 {
			t.Fatalf("%d messages were sent while WeChat was away", n)
		}
		h.fake.Clear(sendPath)
		for range 3 * 60 { // an hour is the longest wait
			since(h, time.Minute)
			h.deliver(h.svc)
		}
		got := h.received()
		for _, who := range readers {
			if got["o-"+who] != 1 {
				t.Errorf("%s got %d messages, want 1: %+v", who, got["o-"+who], h.deliveries(who))
			}
			if ds := h.deliveries(who); len(ds) != 1 || ds[0].State != inbox.Sent {
				t.Errorf("%+v", ds)
			}
		}
		if len(got) != len(readers) {
			t.Errorf("%v", got)
		}
	})
}

// An answer that was lost on the way: the message may be there, and it is, so
// it is not sent again.
func TestDeliver_LostAnswer(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		who := h.news()
		h.fake.Lose(sendPath, 1)
		for range 200 {
			h.deliver(h.svc)
			since(h, 30*time.Minute)
		}
		if got := h.received(); got["o-"+who] != 1 {
			t.Errorf("%v", got)
		}
		if ds := h.deliveries(who); len(ds) != 1 || ds[0].State != inbox.Unknown {
			t.Errorf("%+v", ds)
		}
		if h.remaining(who, newsID) != 0 {
			t.Error("the consent of what may have been sent was given back")
		}
	})
}

func TestDeliver_Reactions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		code      int64
		state     inbox.DeliveryState
		remaining int
		sends     int // of further deliveries for the same template in this process
	}{
		{"Refused", 43101, inbox.Dropped, 0, 1},
		{"WrongOpenID", 40003, inbox.Dropped, 0, 1},
		{"WrongTemplate", 40037, inbox.Dropped, -1, 0}, // disabled: it is not offered any more
		{"WrongPage", 41030, inbox.Dropped, 2, 1},
		{"WrongField", 47003, inbox.Dropped, 2, 1},
		{"NeverHeardOf", 99999, inbox.Dropped, 2, 1},
		{"Busy", -1, inbox.Pending, 1, 1},
		{"Quota", 45009, inbox.Pending, 1, 0},
		{"WrongAddress", 40164, inbox.Pending, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, dbtest.New(t))
			h.accepts("reader1", newsID, 1)
			who := h.news() // a second consent, of which one is set aside
			h.fake.Fail(sendPath, 1, c.code, "refused")
			h.deliver(h.svc)
			ds := h.deliveries(who)
			if len(ds) != 1 || ds[0].State != c.state || ds[0].Code != c.code {
				t.Errorf("%+v", ds)
			}
			if got := h.remaining(who, newsID); got != c.remaining {
				t.Errorf("%d remain, want %d", got, c.remaining)
			}
			h.news()
			h.deliver(h.svc)
			if got := len(h.fake.Sent()); got != c.sends {
				t.Errorf("%d sent afterwards, want %d: %v", got, c.sends, h.seen)
			}
		})
	}
}

// A token that WeChat refuses is renewed, and the message sent once.
func TestDeliver_Token(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.New(t))
	h.news()
	h.deliver(h.svc)
	h.fake.ExpireTokens()
	h.news()
	h.deliver(h.svc)
	if n := len(h.fake.Sent()); n != 2 {
		t.Errorf("%d sent", n)
	}
	// No token to be had: nothing was sent, so it is tried again.
	h.fake.ExpireTokens()
	h.fake.Fail("/cgi-bin/stable_token", 1, 40164, "invalid ip")
	who := h.news()
	h.fake.Fail(sendPath, 1, 42001, "access_token expired")
	h.deliver(h.svc)
	since(h, 2*time.Hour)
	h.deliver(h.svc)
	if got := h.received(); got["o-"+who] != 1 {
		t.Errorf("%v %+v", got, h.deliveries(who))
	}
}

// What could not be sent for three days is news no more; the consent is given back.
func TestDeliver_GivesUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.New(t))
	who := h.news()
	h.fake.Down(true)
	for range 75 {
		if ds := h.deliveries(who); h.db.Clock.Now().Before(dbtest.Start.Add(24*time.Hour)) && ds[0].State != inbox.Pending {
			t.Fatalf("given up within a day: %+v", ds)
		}
		h.deliver(h.svc)
		since(h, time.Hour)
	}
	h.fake.Down(false)
	h.deliver(h.svc)
	if ds := h.deliveries(who); ds[0].State != inbox.Dropped || len(h.fake.Sent()) != 0 || h.remaining(who, newsID) != 1 {
		t.Errorf("%+v", ds)
	}
}

// Two instances with two workers each share the work: each message once.
func TestDeliver_Together(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		var readers []string
		for range 20 {
			readers = append(readers, h.news())
		}
		quiet := func() *inbox.Service { return inbox.New(db.Inbox(), silent(h)) }
		errs := make(chan error, 4)
		for range 2 {
			svc := quiet()
			for range 2 {
				go func() { _, err := svc.Deliver(context.WithoutCancel(t.Context())); errs <- err }()
			}
		}
		for range 4 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		got := h.received()
		for _, who := range readers {
			if got["o-"+who] != 1 {
				t.Errorf("%s got %d", who, got["o-"+who])
			}
		}
	})
}

// crash is a machine that dies: at the call, or just after it.
type crash struct {
	inbox.Sender
	after bool
}

type died struct{}

func (c crash) Send(ctx context.Context, m inbox.Outgoing) inbox.Report {
	if c.after {
		c.Sender.Send(ctx, m)
	}
	panic(died{})
}

// dies runs a delivery on a machine that dies in it.
func dies(t *testing.T, svc *inbox.Service) {
	t.Helper()
	defer func() {
		if _, ok := recover().(died); !ok {
			t.Fatal("nothing was to be sent")
		}
	}()
	_, _ = svc.Deliver(t.Context())
}

// afterCrash gives how often a message arrived when one machine died in the
// delivery, on a store, and another went on.
func afterCrash(t *testing.T, h *house, store inbox.Store, sentFirst bool) (int, []inbox.Delivery) {
	t.Helper()
	who := h.news()
	dies(t, h.serviceOn(store, crash{h.client, sentFirst}))
	next := h.serviceOn(store, h.client)
	for range 24 {
		if _, err := next.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.deliver(next)
		since(h, time.Hour)
	}
	return h.received()["o-"+who], h.deliveries(who)
}

// A crash between the claim and the outcome never sends a message twice.
func TestDeliver_Crash(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		for _, sentFirst := range []bool{true, false} {
			want := 0
			if sentFirst {
				want = 1
			}
			got, ds := afterCrash(t, h, db.Inbox(), sentFirst)
			if got != want || len(ds) != 1 || ds[0].State != inbox.Unknown {
				t.Errorf("sent first %v: arrived %d times, want %d: %+v", sentFirst, got, want, ds)
			}
		}
	})
}

// uncommitted is an archive that has the claim wrong: it is undone before the
// call, as if it were committed only with the outcome.
type uncommitted struct{ inbox.Store }

var errUndone = errors.New("undone")

func (u uncommitted) InTx(ctx context.Context, act audit.Act, fn func(inbox.Tx) error) error {
	claims := false
	err := u.Store.InTx(ctx, act, func(tx inbox.Tx) error {
		w := &watched{Tx: tx}
		if err := fn(w); err != nil {
			return err
		}
		if claims = w.claimed && !w.settled; claims {
			return errUndone
		}
		return nil
	})
	if claims && errors.Is(err, errUndone) {
		return nil
	}
	return err
}

type watched struct {
	inbox.Tx
	claimed, settled bool
}

func (w *watched) ClaimDelivery(ctx context.Context) (inbox.Delivery, bool, error) {
	d, ok, err := w.Tx.ClaimDelivery(ctx)
	w.claimed = w.claimed || ok
	return d, ok, err
}

func (w *watched) SettleDelivery(ctx context.Context, d inbox.Delivery) (bool, error) {
	w.settled = true
	return w.Tx.SettleDelivery(ctx, d)
}

// TestDeliver_CrashIsCaught shows that the test above can fail: with the claim
// not committed before the call, the message arrives twice.
func TestDeliver_CrashIsCaught(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		if got, _ := afterCrash(t, h, uncommitted{db.Inbox()}, true); got < 2 {
			t.Errorf("arrived %d times: the test of crashes proves nothing", got)
		}
	})
}

// One message, one delivery, however many events it comes to stand for; without
// a consent there is none, and the inbox has it all the same.
func TestDeliver_OneConsentOneMessage(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		h.follows("reader", inbox.FollowPlace, string(yanjing))
		tell := func() {
			id := h.posting("收支", disclosure.Published, 1, disclosure.PublicInternet)
			h.happens("clerk", disclosure.EventPublished, id, published(1))
			h.follow()
			h.deliver(h.svc)
		}
		tell()
		if len(h.fake.Sent()) != 0 || len(h.messages("reader")) != 1 {
			t.Error("a message without a consent")
		}
		h.accepts("reader", newsID, 3)
		for range 4 {
			tell()
		}
		if n := len(h.fake.Sent()); n != 1 || h.remaining("reader", newsID) != 2 {
			t.Errorf("%d sent for one unread message, %d remain", n, h.remaining("reader", newsID))
		}
		for range 4 {
			if _, err := h.svc.Read(t.Context(), caller("reader"), act("reader"), inbox.ReadInput{All: true}); err != nil {
				t.Fatal(err)
			}
			tell()
		}
		if n := len(h.fake.Sent()); n != 3 || h.remaining("reader", newsID) != 0 {
			t.Errorf("%d sent, want as many as were agreed to", n)
		}
	})
}
