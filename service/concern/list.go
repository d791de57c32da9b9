package concern

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"cunwu/service/account"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

// Concerns lists what the caller may see of a place and all below it, newest
// first; Mine: what the caller raised or joined, anywhere; Work: what waits for
// the caller's offices, by due time; CallBack: whose raisers are to be called.
// What is sealed is in no list but the discipline officer's (Work, or
// Visibility sealed) and the raiser's own. Items carry no timeline. Refusals:
// auth.required (Mine, Work, CallBack), region.not_found,
// concern.query_invalid.
func (s *Service) Concerns(ctx context.Context, by account.Caller, q Query) (Page, error) {
	if (q.Mine || q.Work || q.CallBack) && !by.Known() {
		return Page{}, account.ErrRequired
	}
	r, err := s.rangeOf(ctx, by, q)
	if err != nil {
		return Page{}, err
	}
	if (q.Work || q.CallBack) && len(r.Owners) == 0 && !r.Callback {
		return Page{Items: []Concern{}}, nil
	}
	r.Limit = q.Limit + 1
	recs, err := s.store.ConcernsIn(ctx, r)
	if err != nil {
		return Page{}, err
	}
	var page Page
	if len(recs) > q.Limit {
		recs = recs[:q.Limit]
		page.Next = makeCursor(q, recs[q.Limit-1])
	}
	recs = slices.DeleteFunc(recs, func(r Record) bool { return !s.readable(by, r) })
	if err := s.recordReading(ctx, by, recs...); err != nil {
		return Page{}, err
	}
	page.Items, err = s.views(ctx, by, recs)
	return page, err
}

// views gives records as lines of a list: without timeline and actions.
func (s *Service) views(ctx context.Context, by account.Caller, recs []Record) ([]Concern, error) {
	d, err := s.desk(ctx, by, recs, nil)
	if err != nil {
		return nil, err
	}
	out := make([]Concern, len(recs))
	for i, r := range recs {
		out[i] = s.view(by, r, procedure.Case{}, nil, d)
	}
	return out, nil
}

func (s *Service) rangeOf(ctx context.Context, by account.Caller, q Query) (Range, error) {
	r := Range{
		Region: q.Region, Group: q.Group, Category: q.Category, State: q.State, Open: q.Open, From: q.From, Until: q.Until, TalkDay: q.TalkDay, Linked: q.Linked,
	}
	if err := s.checkQuery(ctx, q); err != nil {
		return r, err
	}
	if err := readCursor(q, &r); err != nil {
		return r, err
	}
	switch {
	case q.Mine:
		r.MineOnly, r.JoinedBy = true, by.AccountID
		r.OwnKeys, r.OwnResident = s.ownKeys(by), by.ResidentID
		return r, nil
	case q.Work:
		r.Owners = s.owners(by, q.Region)
		return r, nil
	case q.CallBack:
		r.Callback = s.holds(by, PowerCallBack, q.Region)
		return r, nil
	case q.Sealed:
		if !s.holds(by, PowerSealed, q.Region) {
			return r, ErrQuery.At("query.visibility", "没有可以看的密封反映。")
		}
		r.Least = -1
		return r, nil
	}
	r.Least = 1
	if s.handles(by, q.Region) {
		r.Least = 0
	}
	if by.Known() {
		r.OwnKeys, r.OwnResident = s.ownKeys(by), by.ResidentID
	}
	return r, nil
}

func (s *Service) checkQuery(ctx context.Context, q Query) error {
	if q.Limit < 1 || q.Limit > maxPage {
		return ErrQuery.At("query.limit", "每页条数应在 1 到 %d 之间。", maxPage)
	}
	if q.State != "" && stateNames[q.State] == "" {
		return ErrQuery.At("query.state", "没有这种状态。")
	}
	if _, ok := s.opt.Rules.Category(q.Category); q.Category != "" && !ok {
		return ErrQuery.At("query.category", "没有这个类别。")
	}
	if strings.ContainsFunc(q.Linked, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
		return ErrQuery.At("query.linked", "编号不对。")
	}
	if q.Region == "" {
		if q.Mine || q.Work {
			return nil
		}
		return ErrQuery.At("query.region", "请给出地方的代码。")
	}
	names, err := s.opt.Places.Names(ctx, []region.Code{q.Region})
	if err != nil {
		return err
	}
	if names[q.Region] == "" {
		return region.ErrNotFound
	}
	return nil
}

// owners gives the places whose offices the caller holds, as far as they can
// owe a step, within a place ("" for anywhere).
func (s *Service) owners(by account.Caller, within region.Code) []string {
	var out []string
	add := func(owner string) {
		if !slices.Contains(out, owner) {
			out = append(out, owner)
		}
	}
	for _, g := range by.Grants {
		if within != "" && !within.Contains(g.Region) && !g.Region.Contains(within) {
			continue
		}
		for power, level := range map[string]region.Level{
			PowerRegister: region.Village, PowerTriage: region.Village, PowerHandle: region.Village,
			PowerTownship: region.Township, PowerCounty: region.County,
		} {
			if g.Region.Level() == level && s.holds(by, power, g.Region) {
				add(string(g.Region))
			}
		}
		if g.Region.Level() == region.County && s.holds(by, PowerSealed, g.Region) {
			add(sealedOwner(g.Region))
		}
	}
	slices.Sort(out)
	return out
}

// A cursor is a position bound to its list: "n<serial>" newest first,
// "w<due>.<serial>" by urgency.

func makeCursor(q Query, last Record) string {
	text := "n" + strconv.FormatInt(last.Serial, 36)
	if q.Work {
		text = fmt.Sprintf("w%s.%s", strconv.FormatInt(last.DueAt.UnixMilli(), 36), strconv.FormatInt(last.Serial, 36))
	}
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

func readCursor(q Query, r *Range) error {
	if q.Cursor == "" {
		return nil
	}
	bad := ErrQuery.At("query.cursor", "翻页标记不对。")
	raw, err := base64.RawURLEncoding.DecodeString(q.Cursor)
	if err != nil || len(raw) < 2 {
		return bad
	}
	kind, rest := raw[0], string(raw[1:])
	if (kind == 'w') != q.Work || kind != 'w' && kind != 'n' {
		return bad
	}
	serial := rest
	if kind == 'w' {
		due, after, _ := strings.Cut(rest, ".")
		ms, err := strconv.ParseInt(due, 36, 64)
		if err != nil {
			return bad
		}
		r.AfterDue, serial = time.UnixMilli(ms), after
	}
	n, err := strconv.ParseInt(serial, 36, 64)
	if err != nil || n < 1 {
		return bad
	}
	if kind == 'w' {
		r.AfterSerial = n
	} else {
		r.Before = n
	}
	return nil
}

// Titles gives the first words of concerns by id, for lists of what waits for
// somebody who may read them anyway. Of what is sealed it gives none.
func (s *Service) Titles(ctx context.Context, ids []string) (map[string]string, error) {
	recs, err := s.store.ConcernRecords(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(recs))
	for _, r := range recs {
		out[r.ID] = r.Title
		if r.Visibility == Sealed {
			out[r.ID] = sealedTitle
		}
	}
	return out, nil
}
