package disclosure

import (
	"cmp"
	"context"
	"slices"

	"cunwu/service/account"
)

// Comparison sets a posting beside what stands for the period before and for
// the same period of the year before. Amounts are 分.
type Comparison struct {
	Period  string
	Current Accounts
	// Before and YearBefore are nil where nothing stands that the caller may read.
	Before     *Accounts
	YearBefore *Accounts
	Categories []CategorySums // by the amount of the current period, largest first
}

// Accounts are the totals of one posting.
type Accounts struct {
	ID         string
	Period     string
	Title      string
	IncomeFen  int64
	ExpenseFen int64
	OpeningFen *int64
	ClosingFen *int64
}

// Sums are the income and expense of one category.
type Sums struct {
	IncomeFen  int64
	ExpenseFen int64
}

// CategorySums are the sums of all lines of one category ("" for lines that
// name none). Before and YearBefore are nil where their posting is.
type CategorySums struct {
	Category string
	Sums
	Before     *Sums
	YearBefore *Sums
}

// Compare compares a posting, as the caller may read it, with the standing
// postings of the same village and item for the period before and the year
// before. disclosure.not_found where the caller may not read its text, or
// nothing stands of it.
func (s *Service) Compare(ctx context.Context, by account.Caller, id string) (Comparison, error) {
	rec, err := s.store.PostingRecord(ctx, id)
	if err != nil {
		return Comparison{}, err
	}
	insider := s.knowsDrafts(by, rec.Region)
	if !insider && (!readable(rec, by) || !rec.standing()) {
		return Comparison{}, ErrNotFound
	}
	shown, err := s.textFor(ctx, rec, insider)
	if err != nil {
		return Comparison{}, err
	}
	item, err := s.itemOf(rec)
	if err != nil {
		return Comparison{}, err
	}
	before, err := s.standingBefore(ctx, by, insider, rec, item)
	if err != nil {
		return Comparison{}, err
	}
	return compared(standingText{rec, shown.Content}, before[0], before[1]), nil
}

// standingText is a posting with its text.
type standingText struct {
	rec     Record
	content Content
}

// standingBefore gives what the caller may read of the period before and of the
// year before, nil where there is nothing.
func (s *Service) standingBefore(ctx context.Context, by account.Caller, insider bool, rec Record, item CatalogueItem) ([2]*standingText, error) {
	var out [2]*standingText
	periods := make([]string, len(out))
	periods[0], _ = PreviousPeriod(item.Frequency, rec.Period)
	periods[1], _ = YearBefore(item.Frequency, rec.Period)
	recs, err := s.standingOf(ctx, rec, periods)
	if err != nil {
		return out, err
	}
	for i, p := range periods {
		at := slices.IndexFunc(recs, func(r Record) bool { return r.Period == p && (insider || readable(r, by)) })
		if at < 0 {
			continue
		}
		v, err := s.store.PostingVersion(ctx, recs[at].ID, recs[at].Version)
		if err != nil {
			return out, err
		}
		c, err := readContent(v.Content)
		if err != nil {
			return out, err
		}
		out[i] = &standingText{recs[at], c}
	}
	return out, nil
}

// standingOf gives what stands of a posting's village and item for periods; ""
// among them is passed over.
func (s *Service) standingOf(ctx context.Context, rec Record, periods []string) ([]Record, error) {
	asked := slices.DeleteFunc(slices.Clone(periods), func(p string) bool { return p == "" })
	if len(asked) == 0 {
		return nil, nil
	}
	return s.store.PostingsStanding(ctx, rec.Region, rec.ItemCode, asked)
}

// previousOf gives what the accounts of a posting must follow from: nothing
// where its item carries no balance.
func (s *Service) previousOf(ctx context.Context, rec Record, item CatalogueItem) (previous, error) {
	period, ok := PreviousPeriod(item.Frequency, rec.Period)
	if !ok || !s.opt.Accounts.running(item.Code) {
		return previous{}, nil
	}
	recs, err := s.standingOf(ctx, rec, []string{period})
	if err != nil || len(recs) == 0 {
		return previous{}, err
	}
	v, err := s.store.PostingVersion(ctx, recs[0].ID, recs[0].Version)
	if err != nil {
		return previous{}, err
	}
	c, err := readContent(v.Content)
	return previous{period: period, closing: c.ClosingFen}, err
}

// compared is the pure part of Compare.
func compared(now standingText, before, yearBefore *standingText) Comparison {
	out := Comparison{Period: now.rec.Period, Current: now.accounts()}
	rows := map[string]*CategorySums{}
	row := func(category string) *CategorySums {
		r := rows[category]
		if r == nil {
			r = &CategorySums{Category: category}
			if before != nil {
				r.Before = &Sums{}
			}
			if yearBefore != nil {
				r.YearBefore = &Sums{}
			}
			rows[category] = r
		}
		return r
	}
	for _, l := range now.content.Lines {
		row(l.Category).add(l)
	}
	if before != nil {
		a := before.accounts()
		out.Before = &a
		for _, l := range before.content.Lines {
			row(l.Category).Before.add(l)
		}
	}
	if yearBefore != nil {
		a := yearBefore.accounts()
		out.YearBefore = &a
		for _, l := range yearBefore.content.Lines {
			row(l.Category).YearBefore.add(l)
		}
	}
	for _, r := range rows {
		out.Categories = append(out.Categories, *r)
	}
	slices.SortFunc(out.Categories, func(a, b CategorySums) int {
		return cmp.Or(cmp.Compare(b.IncomeFen+b.ExpenseFen, a.IncomeFen+a.ExpenseFen), cmp.Compare(a.Category, b.Category))
	})
	return out
}

func (s *Sums) add(l Line) {
	s.IncomeFen += l.IncomeFen
	s.ExpenseFen += l.ExpenseFen
}

// accounts gives the totals: as stated, else the sums of the lines.
func (t standingText) accounts() Accounts {
	var sums Sums
	for _, l := range t.content.Lines {
		sums.add(l)
	}
	if t.content.IncomeFen != nil {
		sums.IncomeFen = *t.content.IncomeFen
	}
	if t.content.ExpenseFen != nil {
		sums.ExpenseFen = *t.content.ExpenseFen
	}
	return Accounts{
		ID: t.rec.ID, Period: t.rec.Period, Title: t.content.Title, IncomeFen: sums.IncomeFen, ExpenseFen: sums.ExpenseFen,
		OpeningFen: t.content.OpeningFen, ClosingFen: t.content.ClosingFen,
	}
}
