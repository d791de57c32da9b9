package account_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"cunwu/service/account"
	"cunwu/service/fault"
	"cunwu/service/region"
)

func (w *world) appoint(by account.Caller, role account.Role, resident string) (account.Appointed, error) {
	start, end := w.term()
	return w.svc.Appoint(w.Context(), by, w.act(by), account.AppointInput{
		Role: role, Region: village, ResidentID: resident, Start: start, End: end,
	})
}

func (w *world) kin(by account.Caller, a string, kind account.Kin, b string) account.KinshipResult {
	w.Helper()
	out, err := w.svc.AddKinship(w.Context(), by, w.act(by), account.KinshipInput{A: a, B: b, Kind: kind})
	w.ok(err)
	return out
}

// clash wants a refusal that names the rule.
func (w *world) clash(err error, rule string) {
	w.Helper()
	w.refused(err, account.ErrClash)
	if f := fault.Of(err); f != nil {
		for _, field := range f.Fields {
			if field.Location == "rule."+rule && strings.Contains(field.Message, "（") {
				return
			}
		}
	}
	w.Errorf("the refusal does not name %s: %v", rule, err)
}

func TestService_AdminInit(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		_, err := w.svc.AdminInit(w.Context(), village)
		w.refused(err, account.ErrRole)
		_, err = w.svc.AdminInit(w.Context(), "99")
		w.refused(err, region.ErrNotFound)
		void, err := w.svc.AdminInit(w.Context(), city)
		w.ok(err)
		code, err := w.svc.AdminInit(w.Context(), city)
		w.ok(err)
		c := w.signIn("admin")
		_, err = w.svc.RedeemInvite(w.Context(), c, w.act(c), void)
		w.refused(err, account.ErrInvite)
		v, err := w.svc.RedeemInvite(w.Context(), c, w.act(c), " "+strings.ToLower(code)+"\n")
		w.ok(err)
		if v.Role != account.Admin || v.State != account.StateActive {
			w.Errorf("%+v", v)
		}
		_, err = w.svc.RedeemInvite(w.Context(), c, w.act(c), code)
		w.refused(err, account.ErrInvite)
		_, err = w.svc.AdminInit(w.Context(), city)
		w.refused(err, account.ErrAdminExists)
		// When the term is over, another first administrator can be made.
		w.db.Clock.Advance(366 * 24 * time.Hour)
		_, err = w.svc.AdminInit(w.Context(), city)
		w.ok(err)
		// An invite is too old after a day.
		code, err = w.svc.AdminInit(w.Context(), city)
		w.ok(err)
		w.db.Clock.Advance(24 * time.Hour)
		c = w.signIn("late")
		_, err = w.svc.RedeemInvite(w.Context(), c, w.act(c), code)
		w.refused(err, account.ErrInvite)
	})
}

func TestService_Appoint_InputAndPower(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		officer, clerk, _ := w.staffed()
		start, end := w.term()
		li := w.resident(clerk, "李小四")
		try := func(by account.Caller, in account.AppointInput) error {
			_, err := w.svc.Appoint(w.Context(), by, w.act(by), in)
			return err
		}
		good := account.AppointInput{Role: account.Director, Region: village, ResidentID: li, Start: start, End: end}
		for want, change := range map[*fault.Fault]func(*account.AppointInput){
			account.ErrRole:      func(in *account.AppointInput) { in.Role = "king" },
			account.ErrTerm:      func(in *account.AppointInput) { in.End = in.Start },
			account.ErrAppointee: func(in *account.AppointInput) { in.Invite = true },
			account.ErrResident:  func(in *account.AppointInput) { in.ResidentID = "nobody" },
			account.ErrMayNot:    func(in *account.AppointInput) { in.Region = farVill },
			region.ErrNotFound:   func(in *account.AppointInput) { in.Region = "510821102299" },
		} {
			in := good
			change(&in)
			w.refused(try(officer, in), want)
		}
		for _, change := range []func(*account.AppointInput){
			func(in *account.AppointInput) { in.End = time.Time{} },
			func(in *account.AppointInput) { in.Start = time.Time{} },
			func(in *account.AppointInput) { in.Start, in.End = start.AddDate(-3, 0, 0), start },
		} {
			in := good
			change(&in)
			w.refused(try(officer, in), account.ErrTerm)
		}
		w.refused(try(account.Caller{}, good), account.ErrRequired)
		w.refused(try(clerk, good), account.ErrMayNot)
		w.ok(try(officer, good))
		w.refused(try(officer, good), account.ErrHeld)
		w.db.Clock.Advance(8*time.Hour + time.Second)
		w.refused(try(officer, good), account.ErrStale)
	})
}

// A term ends by itself: nobody signs out, nothing is written, the power is gone.
func TestService_TermsEndByThemselves(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		officer, clerk, _ := w.staffed()
		anna := w.signIn("anna")
		_, err := w.bind(anna, "李小四", idLi[14:])
		w.ok(err)
		now := w.db.Clock.Now()
		_, err = w.svc.Appoint(w.Context(), officer, w.act(officer), account.AppointInput{
			Role: account.Director, Region: village, ResidentID: w.resident(clerk, "李小四"),
			Start: now.Add(time.Hour), End: now.Add(2 * time.Hour),
		})
		w.ok(err)
		for _, step := range []struct {
			after time.Duration
			want  bool
		}{{0, false}, {time.Hour - time.Millisecond, false}, {time.Hour, true}, {2*time.Hour - time.Millisecond, true}, {2 * time.Hour, false}} {
			w.db.Clock.Set(now.Add(step.after))
			_, err := w.svc.May(w.who("anna"), "disclosure.confirm", village)
			if (err == nil) != step.want {
				w.Errorf("after %v: %v, want %v", step.after, err, step.want)
			}
		}
		// A caller kept from before the end is refused as well.
		w.db.Clock.Set(now.Add(2*time.Hour - time.Minute))
		kept := w.who("anna")
		w.db.Clock.Advance(time.Minute)
		_, err = w.svc.May(kept, "disclosure.confirm", village)
		w.refused(err, account.ErrMayNot)
	})
}

func TestService_EndAppointment(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		officer, clerk, _ := w.staffed()
		id := clerk.Grants[0].AppointmentID
		end := func(by account.Caller, reason string) error {
			_, err := w.svc.EndAppointment(w.Context(), by, w.act(by), account.DecisionInput{ID: id, Reason: reason})
			return err
		}
		w.refused(end(clerk, "不想干了"), account.ErrAppointment)
		w.refused(end(officer, " "), account.ErrReason)
		w.ok(end(officer, "换届"))
		if len(w.who("clerk").Grants) != 0 {
			w.Error("the power outlived the appointment")
		}
		w.refused(end(officer, "换届"), account.ErrEnded)
		page, err := w.svc.Appointments(w.Context(), officer, account.AppointmentQuery{Region: township})
		w.ok(err)
		if len(page.Items) != 2 {
			w.Errorf("in office: %+v", page.Items)
		}
		_, err = w.svc.Appointments(w.Context(), w.signIn("stranger"), account.AppointmentQuery{Region: township})
		w.refused(err, account.ErrAppointment)
	})
}

func TestService_Conflicts_OnePerson(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		officer, clerk, _ := w.staffed()
		li, wang := w.resident(clerk, "李小四"), w.resident(clerk, "王小五")
		_, err := w.appoint(officer, account.Director, li)
		w.ok(err)
		_, err = w.appoint(officer, account.Supervisor, li)
		w.clash(err, "supervisor_not_committee")
		_, err = w.appoint(officer, "four_post", li)
		w.clash(err, "supervisor_not_committee")
		// Secretary and director in one hand is lawful (一肩挑).
		_, err = w.appoint(officer, account.Secretary, li)
		w.ok(err)
		_, err = w.appoint(officer, account.Supervisor, wang)
		w.ok(err)
		for role, rule := range map[account.Role]string{
			account.Director: "supervisor_not_committee", account.Clerk: "supervisor_not_clerk", "accountant": "supervisor_not_clerk",
		} {
			_, err = w.appoint(officer, role, wang)
			w.clash(err, rule)
		}
		// What is only advised against is told and done.
		made, err := w.appoint(officer, account.Secretary, wang)
		w.ok(err)
		if len(made.Advice) != 1 {
			w.Errorf("advice = %v", made.Advice)
		}
	})
}

func TestService_Conflicts_NearKin(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		officer, clerk, _ := w.staffed()
		zhang, li, wang := w.resident(clerk, "张小三"), w.resident(clerk, "李小四"), w.resident(clerk, "王小五")
		zhao := w.resident(clerk, "赵小七")
		w.kin(clerk, zhang, account.Parent, li)
		w.kin(clerk, wang, account.Child, zhang) // so li and wang are siblings
		w.kin(clerk, zhao, account.Spouse, li)
		_, err := w.appoint(officer, account.Director, li)
		w.ok(err)
		for _, relative := range []string{zhang, wang, zhao} {
			_, err = w.appoint(officer, account.Supervisor, relative)
			w.clash(err, "supervisor_not_committee")
			_, err = w.appoint(officer, "member", relative)
			w.clash(err, "committee_not_kin")
		}
		// A sister-in-law's spouse is no near relative by law: wang and zhao.
		_, err = w.appoint(officer, account.Representative, wang)
		w.ok(err)
		// In terms that do not overlap there is no conflict.
		_, end := w.term()
		_, err = w.svc.Appoint(w.Context(), officer, w.act(officer), account.AppointInput{
			Role: account.Supervisor, Region: village, ResidentID: zhang, Start: end, End: end.AddDate(3, 0, 0),
		})
		w.ok(err)
		// A kinship that comes to light later is recorded, and the conflict is named.
		liu := w.resident(clerk, "王小六")
		_, err = w.appoint(officer, account.Supervisor, liu)
		w.ok(err)
		if out := w.kin(clerk, liu, account.Sibling, li); len(out.Conflicts) != 1 {
			w.Errorf("conflicts = %v", out.Conflicts)
		}
		w.kin(clerk, li, account.Sibling, liu) // the same once more
		for _, bad := range []account.KinshipInput{{A: li, B: li, Kind: account.Sibling}, {A: li, B: liu, Kind: "cousin"}, {A: li, B: liu, Kind: account.Parent}} {
			_, err = w.svc.AddKinship(w.Context(), clerk, w.act(clerk), bad)
			w.refused(err, account.ErrKinship)
		}
	})
}

// Conflicts are found whichever way an office is held: by roll, or by an account
// that is bound to the person before or afterwards.
func TestService_Conflicts_AcrossAccountAndRoll(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		officer, clerk, _ := w.staffed()
		li := w.resident(clerk, "李小四")
		_, err := w.appoint(officer, account.Director, li)
		w.ok(err)
		start, end := w.term()
		offer, err := w.svc.Appoint(w.Context(), officer, w.act(officer), account.AppointInput{
			Role: account.Supervisor, Region: village, Invite: true, Start: start, End: end,
		})
		w.ok(err)
		anna := w.signIn("anna")
		_, err = w.bind(anna, "李小四", idLi[14:])
		w.ok(err)
		_, err = w.svc.RedeemInvite(w.Context(), w.who("anna"), w.act(anna), offer.InviteCode)
		w.clash(err, "supervisor_not_committee")
		// The supervisor by account claims to be the director by roll: the
		// answer is that of any mismatch.
		bert := w.signIn("bert")
		_, err = w.svc.RedeemInvite(w.Context(), bert, w.act(bert), offer.InviteCode)
		w.ok(err)
		wang := w.resident(clerk, "王小五")
		_, err = w.appoint(officer, account.Director, wang)
		w.ok(err)
		got, err := w.bind(bert, "王小五", idWang[14:])
		w.ok(err)
		if got.State != account.StatePending {
			w.Errorf("bound into a conflict: %+v", got)
		}
	})
}

// Two conflicting appointments of one person at once: exactly one is made.
func TestService_Appoint_Races(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		officer, clerk, _ := w.staffed()
		li := w.resident(clerk, "李小四")
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for i, role := range []account.Role{account.Director, account.Supervisor} {
			wg.Go(func() { _, errs[i] = w.appoint(officer, role, li) })
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			w.Errorf("%v, %v", errs[0], errs[1])
		}
	})
}

func TestService_ReissueInvite(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		officer, _, _ := w.staffed()
		start, end := w.term()
		made, err := w.svc.Appoint(w.Context(), officer, w.act(officer), account.AppointInput{
			Role: account.Director, Region: village, Invite: true, Start: start, End: end,
		})
		w.ok(err)
		again, err := w.svc.ReissueInvite(w.Context(), officer, w.act(officer), made.Appointment.ID)
		w.ok(err)
		anna := w.signIn("anna")
		_, err = w.svc.RedeemInvite(w.Context(), anna, w.act(anna), made.InviteCode)
		w.refused(err, account.ErrInvite)
		_, err = w.svc.RedeemInvite(w.Context(), anna, w.act(anna), again.InviteCode)
		w.ok(err)
		_, err = w.svc.ReissueInvite(w.Context(), officer, w.act(officer), made.Appointment.ID)
		w.refused(err, account.ErrEnded)
	})
}
