package redblack

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/region"
)

// Nominate takes a nomination (red) or a report (black) of a verified villager,
// or of the keeper for somebody without a phone. Nothing in the answer tells
// whether the person is on the roll. Refusals: auth.required, region faults,
// request.invalid, redblack.self_nomination, redblack.media_invalid,
// redblack.clause_not_in_force, redblack.not_verified, consent.required,
// account.not_allowed, auth.stale, redblack.not_announced, redblack.too_many.
func (s *Service) Nominate(ctx context.Context, by account.Caller, act audit.Act, in NewEntry) (Receipt, error) {
	if !by.Known() {
		return Receipt{}, account.ErrRequired
	}
	if err := s.checkEntry(ctx, by, &in); err != nil {
		return Receipt{}, err
	}
	id := audit.NewID()
	act, err := s.nominating(ctx, by, act, in, id)
	if err != nil {
		return Receipt{}, err
	}
	ref, err := s.clauseFor(ctx, in.Region, in.Clause, in.Kind, s.opt.Clock.Now(), false)
	if err != nil {
		return Receipt{}, err
	}
	var out Receipt
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		if err := s.capped(ctx, tx, by, in); err != nil {
			return err
		}
		r := Record{
			ID: id, Kind: in.Kind, Region: in.Region, Clause: ref, CreatedAt: tx.Now(), MakerKey: s.makerKey(by.AccountID),
			Private: Private{
				Name: in.Name, NameGroup: in.Group, Maker: by.AccountID, Behalf: in.Behalf, Facts: in.Facts, Place: in.Place, At: in.On,
				Evidence: in.Evidence,
			},
		}
		if err := s.begin(ctx, tx, act, &r); err != nil {
			return err
		}
		if err := hang(ctx, tx, r, Evidence, in.Evidence...); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, r, string(r.State)); err != nil {
			return err
		}
		out = receipt(r, nil)
		return tx.Answer(ctx, out)
	})
	return out, err
}

// begin begins the case of an entry and writes it down.
func (s *Service) begin(ctx context.Context, tx Tx, act audit.Act, r *Record) error {
	code := RedProcedure
	if r.Kind == Black {
		code = BlackProcedure
	}
	c, err := s.opt.Procedures.Open(ctx, tx, act, code, r.Region, r.ID, nil)
	if err != nil {
		return err
	}
	r.CaseID, r.Stage, r.State, r.Revision, r.ChangedAt = c.ID, c.Stage, State(s.opt.Procedures.State(c)), 1, tx.Now()
	kept, err := s.closed(*r)
	if err != nil {
		return err
	}
	return tx.AddBoardEntry(ctx, kept)
}

func hang(ctx context.Context, tx Tx, r Record, use Use, ids ...string) error {
	ms := make([]MediaRecord, len(ids))
	for i, id := range ids {
		ms[i] = MediaRecord{MediaID: id, Entry: r.ID, Region: r.Region, Use: use}
	}
	return tx.HangBoardMedia(ctx, ms)
}

// capped refuses what is too much for a day. The keeper writes down for many.
func (s *Service) capped(ctx context.Context, tx Tx, by account.Caller, in NewEntry) error {
	if in.Behalf != "" {
		return nil
	}
	n, err := tx.BoardEntriesMadeSince(ctx, s.makerKey(by.AccountID), calendar.Day(tx.Now()))
	if err != nil {
		return err
	}
	if n >= s.opt.Rules.PerDay.Most {
		return ErrTooMany.After(calendar.EndOfDay(tx.Now()).Sub(tx.Now()))
	}
	return nil
}

// nominating finds in whose name something is said.
func (s *Service) nominating(ctx context.Context, by account.Caller, act audit.Act, in NewEntry, id string) (audit.Act, error) {
	if in.Behalf != "" {
		g, err := s.opt.Powers.May(by, PowerKeep, in.Region)
		return act.As(string(g.Role), string(g.Region)), err
	}
	if !belongs(by, in.Region) {
		return act, ErrNotVerified
	}
	if by.ConsentDue {
		return act, account.ErrConsent
	}
	if in.Kind == Red && !s.opt.Rules.SelfNomination.Allowed {
		own, _, err := s.opt.Rolls.FullName(ctx, by.ResidentID)
		if err != nil {
			return act, err
		}
		if own != "" && plain(own) == plain(in.Name) {
			return act, ErrSelf
		}
	}
	return s.veiled(act, id), nil
}

func (s *Service) checkEntry(ctx context.Context, by account.Caller, in *NewEntry) error {
	for _, text := range []*string{&in.Name, &in.Group, &in.Clause, &in.Facts, &in.Place, &in.On, &in.Behalf} {
		*text = strings.TrimSpace(*text)
	}
	t := s.opt.Rules.Texts
	var w wrongs
	if in.Kind != Red && in.Kind != Black {
		w.add("body.kind", "只能是 %s 或 %s。", Red, Black)
	}
	if in.Region.Level() != region.Village {
		w.add("body.region", "请填写村（社区）的 12 位代码。")
	}
	w.text("body.name", "姓名", in.Name, 2, t.NameMax)
	w.text("body.group", "村民小组", in.Group, 0, t.NameMax)
	w.text("body.clause", "条款", in.Clause, 1, 16)
	w.text("body.facts", "事实", in.Facts, t.FactsMin, t.FactsMax)
	w.text("body.place", "地点", in.Place, 2, t.PlaceMax)
	w.text("body.behalf", "替谁登记", in.Behalf, 0, t.NameMax)
	now := s.opt.Clock.Now()
	if on, err := time.ParseInLocation(time.DateOnly, in.On, calendar.China); err != nil || on.After(now) || on.Before(now.AddDate(-1, 0, 0)) {
		w.add("body.on", "请填写一年以内的日期，如 2026-08-31。")
	}
	if slices.ContainsFunc(in.Evidence, func(id string) bool { return !utf8.ValidString(id) }) {
		w.add("body.evidence", "附件编号不对。")
	}
	if err := w.err(); err != nil {
		return err
	}
	if _, err := s.opt.Places.Active(ctx, in.Region, region.Village); err != nil {
		return err
	}
	return s.objects(ctx, by, in.Evidence, t.EvidenceMost)
}

// Candidates gives the keeper those on the roll who bear the name that was given.
// redblack.not_found for everybody else.
func (s *Service) Candidates(ctx context.Context, by account.Caller, id string) ([]Candidate, error) {
	if !by.Known() {
		return nil, account.ErrRequired
	}
	r, err := s.read(ctx, id)
	if err != nil {
		return nil, err
	}
	if !s.holds(by, PowerKeep, r.Region) {
		return nil, ErrNotFound
	}
	if r.State != Nominated && r.State != Reported {
		return []Candidate{}, nil
	}
	named, err := s.opt.Rolls.Named(ctx, r.Region, r.Private.Name)
	if err != nil {
		return nil, err
	}
	out := make([]Candidate, len(named))
	var groups []region.Code
	for i, e := range named {
		adult, known, err := s.opt.Rolls.Adult(ctx, e.ResidentID, s.opt.Clock.Now().In(calendar.China))
		if err != nil {
			return nil, err
		}
		out[i] = Candidate{ResidentID: e.ResidentID, Name: e.Name, Group: e.Group, Minor: known && !adult}
		groups = append(groups, e.Group)
	}
	names, err := s.opt.Places.Names(ctx, groups)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].GroupName = names[out[i].Group]
	}
	return out, nil
}
