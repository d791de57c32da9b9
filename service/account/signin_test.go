package account_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
)

func TestService_SignIn(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		first := w.signIn("anna")
		second := w.signIn("anna")
		if first.AccountID == "" || first.AccountID != second.AccountID || first.SessionID == second.SessionID {
			w.Errorf("two sign-ins of one person: %+v, %+v", first, second)
		}
		if w.signIn("bert").AccountID == first.AccountID {
			w.Error("two people have one account")
		}
		if first.Standing != account.Unbound || len(first.Grants) != 0 {
			w.Errorf("a newcomer has %+v", first)
		}
	})
}

func TestService_SignIn_CodesAreGuarded(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		sign := func(code string) error {
			_, err := w.svc.SignIn(w.Context(), audit.Act{RequestID: "r"}, code)
			return err
		}
		asked := w.wx.asked.Load()
		for _, bad := range []string{"", "a b", "abc&appid=EVIL", "码", strings.Repeat("a", 129), "a\n", "a#b", "%41"} {
			w.refused(sign(bad), account.ErrCode)
		}
		if w.wx.asked.Load() != asked {
			w.Error("WeChat was asked about a malformed code")
		}
		w.ok(sign("s-1-anna"))
		asked = w.wx.asked.Load()
		w.refused(sign("s-1-anna"), account.ErrCode) // the stand-in would take it again
		if w.wx.asked.Load() != asked {
			w.Error("WeChat was asked about a used code")
		}
		w.ok(sign("s-demo-anna"))
		w.ok(sign("s-demo-anna"))
		w.refused(sign("unknown"), account.ErrCode)
	})
}

// Of one code presented ten times at once one wins, and one account comes to be.
func TestService_SignIn_Races(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		var wg sync.WaitGroup
		results := make([]account.SignedIn, 10)
		errs := make([]error, 10)
		for i := range results {
			wg.Go(func() {
				code := "s-once-anna"
				if i >= 5 {
					code = "s-demo-bert"
				}
				results[i], errs[i] = w.svc.SignIn(w.Context(), audit.Act{RequestID: "r"}, code)
			})
		}
		wg.Wait()
		won := 0
		for i, err := range errs[:5] {
			if err == nil {
				won++
			} else {
				w.refused(err, account.ErrCode)
			}
			_ = i
		}
		if won != 1 {
			w.Errorf("one code made %d sessions", won)
		}
		for i := 5; i < 10; i++ {
			w.ok(errs[i])
			if results[i].Caller.AccountID != results[5].Caller.AccountID {
				w.Error("one person got two accounts")
			}
		}
	})
}

func TestService_Authenticate(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.signIn("anna")
		ask := func(token string) error {
			_, err := w.svc.Authenticate(w.Context(), token)
			return err
		}
		w.refused(ask(""), account.ErrRequired)
		for _, forged := range []string{"x", w.tokens["anna"] + "x", strings.Repeat("A", 43), strings.Repeat("é", 22)} {
			w.refused(ask(forged), account.ErrExpired)
		}
		w.ok(ask(w.tokens["anna"]))
		w.db.Clock.Advance(7*24*time.Hour - time.Second)
		w.ok(ask(w.tokens["anna"]))
		w.db.Clock.Advance(time.Second)
		w.refused(ask(w.tokens["anna"]), account.ErrExpired)
	})
}

func TestService_Logout_IsAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		c := w.signIn("anna")
		old := w.tokens["anna"]
		w.signIn("anna")
		w.ok(w.svc.Logout(w.Context(), c, w.act(c)))
		_, err := w.svc.Authenticate(w.Context(), old)
		w.refused(err, account.ErrExpired)
		c = w.who("anna") // the other session stands
		w.signIn("anna")
		n, err := w.svc.LogoutEverywhere(w.Context(), c, w.act(c))
		w.ok(err)
		if n != 2 {
			w.Errorf("%d sessions ended", n)
		}
		_, err = w.svc.Authenticate(w.Context(), w.tokens["anna"])
		w.refused(err, account.ErrExpired)
	})
}

// What another instance revokes is seen when the moment of belief is over.
func TestService_Logout_ReachesOtherInstances(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		o := w.opts
		o.Limits.SessionTTL = time.Nanosecond
		other := account.New(w.db.Accounts(), o)
		c := w.signIn("anna")
		_, err := other.Authenticate(w.Context(), w.tokens["anna"])
		w.ok(err)
		w.ok(w.svc.Logout(w.Context(), c, w.act(c)))
		_, err = other.Authenticate(w.Context(), w.tokens["anna"])
		w.refused(err, account.ErrExpired)
	})
}

func TestService_OfficersSessionsAreShort(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		admin := w.admin()
		fresh, err := w.svc.SignIn(w.Context(), audit.Act{RequestID: "r"}, w.code("admin"))
		w.ok(err)
		if got := fresh.ExpiresAt.Sub(w.db.Clock.Now()); got != 8*time.Hour {
			w.Errorf("an officer's session lasts %v", got)
		}
		// The session from before the appointment lives on, but does not act.
		w.db.Clock.Advance(8 * time.Hour)
		_, err = w.svc.May(admin, "region.import", county)
		w.ok(err)
		w.db.Clock.Advance(time.Second)
		_, err = w.svc.May(w.who("admin"), "region.import", county)
		w.refused(err, account.ErrStale)
		_, err = w.svc.Authenticate(w.Context(), fresh.Token)
		w.refused(err, account.ErrExpired)
	})
}

func TestService_Sweep(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.signIn("anna")
		n, err := w.svc.Sweep(w.Context())
		w.ok(err)
		if n != 0 {
			w.Errorf("swept %d of what is in use", n)
		}
		w.db.Clock.Advance(31 * 24 * time.Hour)
		if n, err = w.svc.Sweep(w.Context()); err != nil || n != 2 {
			w.Errorf("swept %d, %v, want the session and the code", n, err)
		}
	})
}
