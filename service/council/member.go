package council

import (
	"context"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/region"
)

// NewMember is a person of the village's roll who comes to sit in a body. Until
// may be "".
type NewMember struct {
	Resident    string
	Office      string
	From, Until string // 2006-01-02, both included
}

// AddMember enters a membership. Refusals: auth.required, council.not_found,
// council.members_by_office, request.invalid, council.member_days, auth.stale,
// account.not_allowed, council.member_unknown, council.members_full,
// council.member_overlap, council.office_held.
func (s *Service) AddMember(ctx context.Context, by account.Caller, act audit.Act, id string, in NewMember) (Council, error) {
	if !by.Known() {
		return Council{}, account.ErrRequired
	}
	rec, err := s.store.CouncilByID(ctx, id)
	if err != nil {
		return Council{}, err
	}
	if rule, _ := s.opt.Rules.Kind(rec.Kind); rule.VotersRole != "" {
		return Council{}, ErrByOffice
	}
	if err := s.checkMember(in); err != nil {
		return Council{}, err
	}
	if act, err = s.office(by, act, rec.Region); err != nil {
		return Council{}, err
	}
	members, err := s.readMembers(ctx, rec.Region, []NewMember{in})
	if err != nil {
		return Council{}, err
	}
	return s.membership(ctx, act, id, func(tx Tx, sitting []Member) ([]Member, string, error) {
		sitting, err := s.seat(ctx, tx, id, sitting, members[0])
		return sitting, "新增一名" + s.officeName(in.Office) + "。", err
	})
}

// EndMember writes down the last day of a membership. Refusals: auth.required,
// council.not_found, council.member_not_found, council.member_days, auth.stale,
// account.not_allowed, council.member_ended.
func (s *Service) EndMember(ctx context.Context, by account.Caller, act audit.Act, id string, number int, until string) (Council, error) {
	if !by.Known() {
		return Council{}, account.ErrRequired
	}
	rec, err := s.store.CouncilByID(ctx, id)
	if err != nil {
		return Council{}, err
	}
	members, err := s.store.CouncilMembers(ctx, []string{id})
	if err != nil {
		return Council{}, err
	}
	if number < 1 || number > len(members) {
		return Council{}, ErrMemberNotFound
	}
	if last, ok := parseDay(until); !ok || until < members[number-1].From || last.After(s.opt.Clock.Now().AddDate(s.opt.Rules.Limits.TermYears, 0, 0)) {
		return Council{}, ErrMemberDays.At("body.until", "请填写任职的最后一天，不早于开始的一天，如 2026-12-31。")
	}
	if act, err = s.office(by, act, rec.Region); err != nil {
		return Council{}, err
	}
	return s.membership(ctx, act, id, func(tx Tx, sitting []Member) ([]Member, string, error) {
		m := &sitting[number-1]
		if !m.EndedAt.IsZero() || m.Until != "" && m.Until <= until {
			return nil, "", ErrEnded
		}
		m.Until, m.EndedAt = until, tx.Now()
		return sitting, "一名" + s.officeName(m.Office) + "任职到 " + until + "。", tx.EndCouncilMember(ctx, id, number, until, tx.Now())
	})
}

// membership changes who sits in a body, under its lock. What is told of it holds
// no name: the chronicle outlives what the page shows.
func (s *Service) membership(ctx context.Context, act audit.Act, id string, change func(tx Tx, sitting []Member) ([]Member, string, error)) (Council, error) {
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
		sitting, err := tx.CouncilMembersNow(ctx, id)
		if err != nil {
			return err
		}
		sitting, what, err := change(tx, sitting)
		if err != nil {
			return err
		}
		rec.Revision++
		rec.ChangedAt = tx.Now()
		if err := tx.SaveCouncil(ctx, rec); err != nil {
			return err
		}
		if err := told(ctx, tx, rec, MembersChanged, what); err != nil {
			return err
		}
		rule, _ := s.opt.Rules.Kind(rec.Kind)
		out = s.show(rec, rule, charters, sitting)
		out.Manages = true
		return tx.Answer(ctx, out)
	})
	return out, err
}

func (s *Service) checkMember(in NewMember) error {
	if _, ok := s.opt.Rules.Office(in.Office); !ok {
		var w wrongs
		w.add("body.office", "没有“%s”这个职务。", cut(in.Office))
		return w.err()
	}
	if _, ok := parseDay(in.From); !ok {
		return ErrMemberDays.At("body.from", "请填写任职的第一天，如 2026-01-31。")
	}
	if _, ok := parseDay(in.Until); in.Until != "" && (!ok || in.Until < in.From) {
		return ErrMemberDays.At("body.until", "任职的最后一天不能早于第一天。")
	}
	return nil
}

// readMembers finds people, checked before, on the roll of a village.
func (s *Service) readMembers(ctx context.Context, village region.Code, in []NewMember) ([]Member, error) {
	out := make([]Member, 0, len(in))
	for _, n := range in {
		e, ok, err := s.opt.Roll.OnRoll(ctx, n.Resident)
		if err != nil {
			return nil, err
		}
		if !ok || e.Village != village {
			return nil, ErrMemberUnknown.At("body.resident", "%s", ErrMemberUnknown.Message)
		}
		out = append(out, Member{Resident: n.Resident, Name: e.Name, Office: n.Office, From: n.From, Until: n.Until})
	}
	return out, nil
}

// seat adds one to those who sit in a body.
func (s *Service) seat(ctx context.Context, tx Tx, id string, sitting []Member, m Member) ([]Member, error) {
	if len(sitting) >= s.opt.Rules.Limits.MembersMost {
		return nil, ErrFull
	}
	office, _ := s.opt.Rules.Office(m.Office)
	same := []Member{m}
	for _, o := range sitting {
		if o.Resident == m.Resident && o.meets(m) {
			return nil, ErrOverlap
		}
		if o.Office == m.Office && o.meets(m) {
			same = append(same, o)
		}
	}
	if office.Most > 0 && atOnce(same) > office.Most {
		return nil, ErrOffice
	}
	m.CouncilID, m.Number, m.EnteredAt = id, len(sitting)+1, tx.Now()
	return append(sitting, m), tx.AddCouncilMember(ctx, m)
}

// atOnce gives how many memberships run on one day at most: the day on which
// most run is the first day of one of them.
func atOnce(members []Member) int {
	most := 0
	for _, m := range members {
		n := 0
		for _, o := range members {
			if o.On(m.From) {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

func (s *Service) officeName(code string) string {
	o, _ := s.opt.Rules.Office(code)
	return o.Name
}

// voters gives the masked names of those who hold the office that makes a body
// up, by name.
func (s *Service) voters(ctx context.Context, role account.Role, village region.Code, now time.Time) ([]string, error) {
	ids, err := s.opt.Roll.Holders(ctx, role, village, now)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, id := range ids {
		e, ok, err := s.opt.Roll.OnRoll(ctx, id)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, e.Name)
		}
	}
	return out, nil
}
