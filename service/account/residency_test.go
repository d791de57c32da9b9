package account_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"cunwu/service/account"
	"cunwu/service/region"
)

func TestService_BindResidency(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		_, clerk, supervisor := w.staffed()

		// The phone number that WeChat verified votes at once.
		anna := w.signIn("anna")
		got, err := w.bindPhone(anna, "张小三", "13800000001")
		w.ok(err)
		if got.State != account.StateBound || got.Standing != account.Voter {
			w.Errorf("by phone: %+v", got)
		}
		anna = w.who("anna")
		if anna.Village != village || anna.Group != village+"01" || anna.DisplayName != "张*三" || !anna.ReadsVillage(village) {
			w.Errorf("bound caller = %+v", anna)
		}
		_, err = w.bindPhone(anna, "张小三", "13800000001")
		w.refused(err, account.ErrAlreadyBound)

		// The last four of the ID read at once and vote after clerk and supervisor.
		bert := w.signIn("bert")
		got, err = w.bind(bert, " 王 小五", "003x")
		w.ok(err)
		if got.State != account.StateBound || got.Standing != account.Reader {
			w.Errorf("by ID digits: %+v", got)
		}
		page, err := w.svc.BindingTasks(w.Context(), clerk, account.BindingQuery{})
		w.ok(err)
		if len(page.Items) != 1 || page.Items[0].Kind != account.TaskConfirm || page.Items[0].Name != "王*五" {
			w.Fatalf("the clerk's tasks = %+v", page)
		}
		id := page.Items[0].ID
		_, err = w.svc.CountersignBinding(w.Context(), supervisor, w.act(supervisor), id)
		w.refused(err, account.ErrBindingState)
		_, err = w.svc.ConfirmBinding(w.Context(), bert, w.act(bert), id)
		w.refused(err, account.ErrBinding)
		_, err = w.svc.ConfirmBinding(w.Context(), clerk, w.act(clerk), id)
		w.ok(err)
		if w.who("bert").Standing != account.Reader {
			w.Error("one signature made a voter")
		}
		page, err = w.svc.BindingTasks(w.Context(), supervisor, account.BindingQuery{})
		w.ok(err)
		if len(page.Items) != 1 || page.Items[0].Kind != account.TaskCountersign {
			w.Fatalf("the supervisor's tasks = %+v", page)
		}
		view, err := w.svc.CountersignBinding(w.Context(), supervisor, w.act(supervisor), id)
		w.ok(err)
		if view.Standing != account.Voter || w.who("bert").Standing != account.Voter {
			w.Errorf("after both signatures: %+v", view)
		}
	})
}

// Nobody learns from the answer who is on the roll.
func TestService_BindResidency_CannotProbe(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.staffed()
		anna := w.signIn("anna")
		_, err := w.bindPhone(anna, "张小三", "13800000001")
		w.ok(err)
		want := account.Residency{State: account.StatePending, Village: village}
		for what, try := range map[string]func(account.Caller) (account.Residency, error){
			"name on the roll, wrong digits":   func(c account.Caller) (account.Residency, error) { return w.bind(c, "李小四", "1111") },
			"name on no roll":                  func(c account.Caller) (account.Residency, error) { return w.bind(c, "孙小八", "1111") },
			"right digits, name on no roll":    func(c account.Caller) (account.Residency, error) { return w.bind(c, "孙小八", idLi[14:]) },
			"right, but the person is bound":   func(c account.Caller) (account.Residency, error) { return w.bind(c, "张小三", idZhang[14:]) },
			"on the roll without any number":   func(c account.Caller) (account.Residency, error) { return w.bind(c, "王小六", "1111") },
			"on the roll, another phone":       func(c account.Caller) (account.Residency, error) { return w.bindPhone(c, "李小四", "13911111111") },
			"on no roll, phone of another":     func(c account.Caller) (account.Residency, error) { return w.bindPhone(c, "孙小八", "13800000002") },
			"phone that is no Chinese mobile":  func(c account.Caller) (account.Residency, error) { return w.bindPhone(c, "李小四", "5551234") },
			"no phone on the roll, no mobile":  func(c account.Caller) (account.Residency, error) { return w.bindPhone(c, "王小六", "5551234") },
			"bound person, with his own phone": func(c account.Caller) (account.Residency, error) { return w.bindPhone(c, "张小三", "13800000001") },
		} {
			c := w.signIn("stranger_" + strings.Map(func(r rune) rune {
				if r == ' ' || r == ',' {
					return '_'
				}
				return r
			}, what))
			got, err := try(c)
			if err != nil || got != want {
				w.Errorf("%s: %+v, %v", what, got, err)
			}
		}
		// A village without any roll answers the same.
		c := w.signIn("carl")
		got, err := w.svc.BindResidency(w.Context(), c, w.act(c), account.ResidencyInput{Region: otherVill, Name: "张小三", Last4: "1111"})
		if want.Village = otherVill; err != nil || got != want {
			w.Errorf("without a roll: %+v, %v", got, err)
		}
	})
}

func TestService_BindResidency_Limits(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.staffed()
		c := w.signIn("carl")
		for range 5 {
			_, err := w.bind(c, "李小四", "1111")
			w.ok(err)
		}
		_, err := w.bind(c, "李小四", idLi[14:])
		w.refused(err, account.ErrResidencyLimit)
		asked := w.wx.asked.Load()
		_, err = w.bindPhone(c, "李小四", "13800000002")
		w.refused(err, account.ErrResidencyLimit)
		if w.wx.asked.Load() != asked {
			w.Error("WeChat was asked beyond the limit")
		}
		w.db.Clock.Advance(24*time.Hour + time.Second)
		got, err := w.bind(c, "李小四", idLi[14:])
		w.ok(err)
		if got.State != account.StateBound {
			w.Errorf("a day later: %+v", got)
		}
	})
}

func TestService_BindResidency_BadInput(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.staffed()
		c := w.signIn("carl")
		for _, in := range []account.ResidencyInput{
			{Region: village, Name: "张小三"},
			{Region: village, Name: "张小三", Last4: "1234", PhoneCode: "p-1-13800000001"},
			{Region: village, Name: "张", Last4: "1234"},
			{Region: village, Name: "张小三", Last4: "12345"},
			{Region: village, Name: "张小三", Last4: "X123"},
			{Region: township, Name: "张小三", Last4: "1234"},
			{Region: "x", Name: "张小三", Last4: "1234"},
		} {
			_, err := w.svc.BindResidency(w.Context(), c, w.act(c), in)
			w.refused(err, account.ErrResidencyInput)
		}
		_, err := w.svc.BindResidency(w.Context(), c, w.act(c), account.ResidencyInput{Region: "510821102299", Name: "张小三", Last4: "1234"})
		w.refused(err, region.ErrNotFound)
		_, err = w.svc.BindResidency(w.Context(), account.Caller{}, w.act(c), account.ResidencyInput{Region: village})
		w.refused(err, account.ErrRequired)
		_, err = w.svc.BindResidency(w.Context(), c, w.act(c), account.ResidencyInput{Region: village, Name: "张小三", PhoneCode: "a&b"})
		w.refused(err, account.ErrPhoneCode)
	})
}

func TestService_PhoneCodesAreUsedOnce(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.staffed()
		try := func(name string) error {
			c := w.signIn(name)
			_, err := w.svc.BindResidency(w.Context(), c, w.act(c), account.ResidencyInput{
				Region: village, Name: "李小四", PhoneCode: "p-same-13911111111",
			})
			return err
		}
		w.ok(try("anna"))
		w.refused(try("bert"), account.ErrPhoneCode)
	})
}

// Two accounts claim one person at once: exactly one gets it.
func TestService_BindResidency_Races(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.staffed()
		names := []string{"a1", "a2", "a3", "a4", "a5", "a6"}
		callers := make([]account.Caller, len(names))
		for i, n := range names {
			callers[i] = w.signIn(n)
		}
		var wg sync.WaitGroup
		bound := make([]bool, len(names))
		for i, c := range callers {
			wg.Go(func() {
				got, err := w.bind(c, "李小四", idLi[14:])
				if err != nil && !errors.Is(err, account.ErrRaced) {
					w.Errorf("%v", err)
				}
				bound[i] = got.State == account.StateBound
			})
		}
		wg.Wait()
		n := 0
		for i, name := range names {
			if bound[i] != (w.who(name).Standing != account.Unbound) {
				w.Errorf("%s was told %v and is %+v", name, bound[i], w.who(name))
			}
			if bound[i] {
				n++
			}
		}
		if n != 1 {
			w.Errorf("%d accounts have one person", n)
		}
	})
}

// One account that claims two people at once gets one.
func TestService_BindResidency_OnePersonPerAccount(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.staffed()
		c := w.signIn("anna")
		var wg sync.WaitGroup
		errs := make([]error, 2)
		wg.Go(func() { _, errs[0] = w.bind(c, "李小四", idLi[14:]) })
		wg.Go(func() { _, errs[1] = w.bind(c, "王小五", idWang[14:]) })
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			w.Errorf("%v, %v", errs[0], errs[1])
		}
	})
}

func TestService_ClerkSettlesMismatches(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		_, clerk, supervisor := w.staffed()
		anna, bert := w.signIn("anna"), w.signIn("bert")
		_, err := w.bindPhone(anna, "李小四", "13911111111")
		w.ok(err)
		_, err = w.bind(bert, "孙小八", "1111")
		w.ok(err)
		page, err := w.svc.BindingTasks(w.Context(), clerk, account.BindingQuery{Region: township})
		w.ok(err)
		if len(page.Items) != 2 {
			w.Fatalf("tasks = %+v", page)
		}
		requests := map[string]string{}
		for _, task := range page.Items {
			requests[task.Name] = task.ID
		}
		_, err = w.svc.OpenRequest(w.Context(), supervisor, w.act(supervisor), requests["李*四"])
		w.refused(err, account.ErrBinding)
		d, err := w.svc.OpenRequest(w.Context(), clerk, w.act(clerk), requests["李*四"])
		w.ok(err)
		if d.Name != "李小四" || d.Phone != "13911111111" || len(d.Candidates) != 1 || d.Candidates[0].Phone != "138****0002" {
			w.Errorf("detail = %+v", d)
		}
		in := account.ConfirmInput{RequestID: requests["李*四"], ResidentID: d.Candidates[0].ID}
		view, err := w.svc.ConfirmRequest(w.Context(), clerk, w.act(clerk), in)
		w.ok(err)
		if view.Standing != account.Reader || w.who("anna").Standing != account.Reader {
			w.Errorf("confirmed = %+v", view)
		}
		_, err = w.svc.ConfirmRequest(w.Context(), clerk, w.act(clerk), in)
		w.refused(err, account.ErrBindingState)
		// The person has an account now: a second request for it is told to the clerk.
		in = account.ConfirmInput{RequestID: requests["孙*八"], ResidentID: in.ResidentID}
		_, err = w.svc.ConfirmRequest(w.Context(), clerk, w.act(clerk), in)
		w.refused(err, account.ErrPersonBound)
		_, err = w.svc.RefuseRequest(w.Context(), clerk, w.act(clerk), account.DecisionInput{ID: requests["孙*八"]})
		w.refused(err, account.ErrReason)
		_, err = w.svc.RefuseRequest(w.Context(), clerk, w.act(clerk), account.DecisionInput{ID: requests["孙*八"], Reason: "名册里没有这个人"})
		w.ok(err)
		// Untied, the person can be bound again by somebody else.
		w.refused(w.svc.EndBinding(w.Context(), supervisor, w.act(supervisor), account.DecisionInput{ID: view.ID, Reason: "换手机"}), account.ErrBinding)
		w.ok(w.svc.EndBinding(w.Context(), clerk, w.act(clerk), account.DecisionInput{ID: view.ID, Reason: "换手机"}))
		if w.who("anna").Standing != account.Unbound {
			w.Error("still bound")
		}
		got, err := w.bind(bert, "李小四", idLi[14:])
		w.ok(err)
		if got.State != account.StateBound {
			w.Errorf("rebound = %+v", got)
		}
	})
}

// Clerk and supervisor cannot be one person, nor sign for themselves.
func TestService_TwoPersonsSign(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		_, clerk, supervisor := w.staffed()
		_, err := w.bind(clerk, "李小四", idLi[14:])
		w.ok(err)
		_, err = w.bind(supervisor, "王小五", idWang[14:])
		w.ok(err)
		clerk, supervisor = w.who("clerk"), w.who("supervisor")
		page, err := w.svc.BindingTasks(w.Context(), clerk, account.BindingQuery{})
		w.ok(err)
		if len(page.Items) != 1 || page.Items[0].Name != "王*五" {
			w.Fatalf("a clerk's tasks = %+v", page)
		}
		sup := page.Items[0].ID
		_, err = w.svc.ConfirmBinding(w.Context(), clerk, w.act(clerk), sup)
		w.ok(err)
		_, err = w.svc.CountersignBinding(w.Context(), supervisor, w.act(supervisor), sup)
		w.refused(err, account.ErrSamePerson)
	})
}

func TestService_BindingTasks_Pages(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		_, clerk, _ := w.staffed()
		for _, n := range []string{"a1", "a2", "a3"} {
			_, err := w.bind(w.signIn(n), "孙小八", "1111")
			w.ok(err)
		}
		_, err := w.bind(w.signIn("a4"), "李小四", idLi[14:])
		w.ok(err)
		seen, after := map[string]bool{}, ""
		for range 10 {
			page, err := w.svc.BindingTasks(w.Context(), clerk, account.BindingQuery{After: after, Limit: 1})
			w.ok(err)
			for _, task := range page.Items {
				if seen[task.ID] {
					w.Errorf("%s twice", task.ID)
				}
				seen[task.ID] = true
			}
			if after = page.Next; after == "" {
				break
			}
		}
		if len(seen) != 4 || after != "" {
			w.Errorf("%d tasks, rest %q", len(seen), after)
		}
		_, err = w.svc.BindingTasks(w.Context(), clerk, account.BindingQuery{After: "zzz"})
		w.refused(err, account.ErrCursor)
	})
}
