package council

import (
	"context"
	"strconv"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// NewCouncil registers a body with who sits in it.
type NewCouncil struct {
	Region      region.Code // the village
	Kind        string
	Name        string
	Charter     string
	From, Until string // the term, 2006-01-02, both included
	Members     []NewMember
}

// Changes is what changes of a body. Revision is that of what was read, 0 for
// whatever it is now. A charter that differs is a new version.
type Changes struct {
	Revision    int
	Name        string
	Charter     string
	From, Until string
}

// Register enters a body. Refusals: auth.required, request.invalid, region
// faults, council.kind_unknown, council.term_invalid, council.members_by_office,
// council.member_unknown, council.member_days, council.private_data, auth.stale,
// account.not_allowed, council.name_taken, council.member_overlap,
// council.office_held, council.members_full.
func (s *Service) Register(ctx context.Context, by account.Caller, act audit.Act, in NewCouncil) (Council, error) {
	if !by.Known() {
		return Council{}, account.ErrRequired
	}
	trim(&in.Name, &in.Charter)
	rule, err := s.checkNew(ctx, in)
	if err != nil {
		return Council{}, err
	}
	if act, err = s.office(by, act, in.Region); err != nil {
		return Council{}, err
	}
	members, err := s.readMembers(ctx, in.Region, in.Members) // the roll is told to nobody without the power
	if err != nil {
		return Council{}, err
	}
	rec := Record{
		ID: audit.NewID(), Region: in.Region, Kind: in.Kind, Name: in.Name, From: in.From, Until: in.Until, Charter: 1, Revision: 1,
	}
	first := Charter{CouncilID: rec.ID, Version: 1, Text: in.Charter, By: s.roleName(act.Actor.Role), Account: by.AccountID}
	var out Council
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		rec := rec
		rec.RegisteredAt, rec.ChangedAt, first.At = tx.Now(), tx.Now(), tx.Now()
		if err := tx.AddCouncil(ctx, rec); err != nil {
			return err
		}
		if err := tx.AddCouncilCharter(ctx, first); err != nil {
			return err
		}
		var sitting []Member
		for _, m := range members {
			if sitting, err = s.seat(ctx, tx, rec.ID, sitting, m); err != nil {
				return err
			}
		}
		if err := told(ctx, tx, rec, Registered, rule.Name+"，任期"+term(rec)+"。"); err != nil {
			return err
		}
		out = s.show(rec, rule, []Charter{first}, sitting)
		out.Manages = true
		return tx.Answer(ctx, out)
	})
	return out, err
}

func (s *Service) checkNew(ctx context.Context, in NewCouncil) (KindRule, error) {
	if _, err := s.opt.Places.Active(ctx, in.Region, region.Village); err != nil {
		return KindRule{}, err
	}
	rule, ok := s.opt.Rules.Kind(in.Kind)
	if !ok {
		return rule, ErrKind.At("body.kind", "没有“%s”这种组织。", cut(in.Kind))
	}
	if err := s.checkTexts(in.Region, in.Name, in.Charter); err != nil {
		return rule, err
	}
	if rule.VotersRole != "" && len(in.Members) > 0 {
		return rule, ErrByOffice.At("body.members", "%s", ErrByOffice.Message)
	}
	for _, m := range in.Members {
		if err := s.checkMember(m); err != nil {
			return rule, err
		}
	}
	return rule, s.checkTerm(in.From, in.Until)
}

func (s *Service) checkTexts(place region.Code, name, charter string) error {
	var w wrongs
	l := s.opt.Rules.Limits
	w.text("body.name", "名称", name, leastName, mostName)
	w.text("body.charter", "章程", charter, l.CharterLeast, l.CharterMost)
	if err := w.err(); err != nil {
		return err
	}
	return s.screened(place, screening.Part{Location: "body.name", Text: name}, screening.Part{Location: "body.charter", Text: charter})
}

func (s *Service) checkTerm(from, until string) error {
	first, ok := parseDay(from)
	if !ok {
		return ErrTerm.At("body.from", "请填写任期的第一天，如 2026-01-31。")
	}
	last, ok := parseDay(until)
	years := s.opt.Rules.Limits.TermYears
	switch {
	case !ok:
		return ErrTerm.At("body.until", "请填写任期的最后一天，如 2026-12-31。")
	case !first.Before(last):
		return ErrTerm.At("body.until", "任期的最后一天应在第一天以后。")
	case last.After(first.AddDate(years, 0, 0)):
		return ErrTerm.At("body.until", "一届最长 %d 年。", years)
	}
	return nil
}

// Change gives a body another name, charter or term. Refusals: auth.required,
// council.not_found, request.invalid, council.term_invalid,
// council.private_data, auth.stale, account.not_allowed, council.raced,
// council.name_taken.
func (s *Service) Change(ctx context.Context, by account.Caller, act audit.Act, id string, in Changes) (Council, error) {
	if !by.Known() {
		return Council{}, account.ErrRequired
	}
	before, err := s.store.CouncilByID(ctx, id)
	if err != nil {
		return Council{}, err
	}
	trim(&in.Name, &in.Charter)
	if err := s.checkTexts(before.Region, in.Name, in.Charter); err != nil {
		return Council{}, err
	}
	if err := s.checkTerm(in.From, in.Until); err != nil {
		return Council{}, err
	}
	if act, err = s.office(by, act, before.Region); err != nil {
		return Council{}, err
	}
	charters, err := s.store.CouncilCharters(ctx, id)
	if err != nil {
		return Council{}, err
	}
	var out Council
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		rec, err := tx.CouncilForUpdate(ctx, id)
		if err != nil {
			return err
		}
		// The charters were read before the lock: they are those of before.
		if in.Revision != 0 && in.Revision != rec.Revision || rec.Charter != before.Charter {
			return ErrRaced
		}
		what := rec.differs(in, charters[0].Text)
		rec.Name, rec.From, rec.Until = in.Name, in.From, in.Until
		rec.Revision++
		rec.ChangedAt = tx.Now()
		now := charters
		if in.Charter != charters[0].Text {
			rec.Charter++
			next := Charter{CouncilID: id, Version: rec.Charter, Text: in.Charter, By: s.roleName(act.Actor.Role), Account: by.AccountID, At: tx.Now()}
			if err := tx.AddCouncilCharter(ctx, next); err != nil {
				return err
			}
			now = append([]Charter{next}, charters...)
		}
		if err := tx.SaveCouncil(ctx, rec); err != nil {
			return err
		}
		if err := told(ctx, tx, rec, Changed, what); err != nil {
			return err
		}
		members, err := tx.CouncilMembersNow(ctx, id)
		if err != nil {
			return err
		}
		rule, _ := s.opt.Rules.Kind(rec.Kind)
		out = s.show(rec, rule, now, members)
		out.Manages = true
		return tx.Answer(ctx, out)
	})
	return out, err
}

// differs says in a sentence what a change changes.
func (r Record) differs(in Changes, charter string) string {
	var what string
	if r.Name != in.Name {
		what += "名称改为“" + in.Name + "”。"
	}
	if r.From != in.From || r.Until != in.Until {
		what += "任期改为" + term(Record{From: in.From, Until: in.Until}) + "。"
	}
	if charter != in.Charter {
		what += "章程改为第 " + strconv.Itoa(r.Charter+1) + " 版。"
	}
	return what
}
