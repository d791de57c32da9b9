package redblack

import (
	"context"
	"io"
	"time"

	"cunwu/service/account"
	"cunwu/service/calendar"
	"cunwu/service/region"
)

// mostOwn bounds what is given of one person at once.
const mostOwn = 200

// Own gives what there is about the caller, once told of it, and what the caller
// nominated or reported and is still under way. auth.required.
func (s *Service) Own(ctx context.Context, by account.Caller) (Own, error) {
	out := Own{About: []Matter{}, Made: []Matter{}}
	if !by.Known() {
		return out, account.ErrRequired
	}
	if by.ResidentID != "" && by.Standing != account.Unbound {
		rs, err := s.store.BoardEntries(ctx, Query{Subject: s.subjectKey(by.ResidentID), Limit: mostOwn})
		if err != nil {
			return out, err
		}
		if out.About, err = s.as(ctx, by, rs, RolePerson); err != nil {
			return out, err
		}
	}
	rs, err := s.store.BoardEntries(ctx, Query{Maker: s.makerKey(by.AccountID), Limit: mostOwn})
	if err != nil {
		return out, err
	}
	out.Made, err = s.as(ctx, by, rs, RoleMaker)
	return out, err
}

// as gives those entries to which the caller is something, as that alone.
func (s *Service) as(ctx context.Context, by account.Caller, rs []Record, role string) ([]Matter, error) {
	out := []Matter{}
	for _, r := range rs {
		r, err := s.opened(r)
		if err != nil {
			return nil, err
		}
		if role == RolePerson && (!s.about(by, r) || !told(r)) || role == RoleMaker && r.Private.Behalf != "" {
			continue
		}
		m, err := s.matter(ctx, by, r, []string{role})
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// ExportOwn adds what is kept of a person to the export of own data: matters about
// the person, what the person said of others. It implements account.ExportSource.
func (s *Service) ExportOwn(ctx context.Context, c account.Caller, file func(name string) (io.Writer, error)) error {
	own, err := s.Own(ctx, c)
	if err != nil {
		return err
	}
	type line = map[string]any
	stamp := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(calendar.China).Format(time.RFC3339)
	}
	plain := func(m Matter) line {
		return line{
			"id": m.ID, "list": m.Kind, "region": m.Region, "state": m.State, "clause": m.Clause.Text, "month": m.Month,
			"created_at": stamp(m.CreatedAt), "listed_at": stamp(m.ListedAt), "expires_at": stamp(m.ExpiresAt),
		}
	}
	about, made := []line{}, []line{}
	for _, m := range own.About {
		l := plain(m)
		l["deed"], l["told"], l["reply"], l["education"], l["consent"], l["claim"] = m.Deed, m.Told, m.Replied, m.Education, m.Consent, m.Claim
		l["appeals"], l["naming"], l["naming_basis"] = m.Appeals, m.Naming, m.Basis
		about = append(about, l)
	}
	for _, m := range own.Made {
		l := plain(m)
		l["name"], l["group"], l["facts"], l["place"], l["on"] = m.Name, m.NameGroup, m.Facts, m.Place, m.On
		made = append(made, l)
	}
	return account.WriteOwn(file, "red-and-black-list.json", map[string]any{"about_me": about, "said_by_me": made})
}

// People gives whom an entry is about, once told, and who said so, by account, for
// messages to them; "" where there is none or the entry ended. It is for the
// program, never for a door.
func (s *Service) People(ctx context.Context, id string) (person, maker string, err error) {
	r, err := s.read(ctx, id)
	if err != nil || r.State.Ended() {
		return "", "", err
	}
	if r.Private.Behalf == "" {
		maker = r.Private.Maker
	}
	if r.Private.Resident == "" || !told(r) {
		return "", maker, nil
	}
	e, on, err := s.opt.Rolls.OnRoll(ctx, r.Private.Resident)
	if err != nil || !on {
		return "", maker, err
	}
	return e.AccountID, maker, nil
}

// Totals counts, for indicators, black entries that went to notice within a time
// in a place and all below it, and of them those revoked.
func (s *Service) Totals(ctx context.Context, place region.Code, from, until time.Time) (Totals, error) {
	return s.store.BoardTotals(ctx, place, from, until)
}
