package disclosure

import (
	"context"
	"fmt"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/region"
	"cunwu/service/workbook"
)

// BatchFile is a workbook of many postings of a village.
type BatchFile struct {
	Region region.Code
	Name   string
	Data   []byte
	Apply  bool
}

// BatchDraft is one posting that a workbook would draft, or did: ID is set then.
type BatchDraft struct {
	ID         string
	Sheet      string
	Row        int
	ItemCode   string
	ItemName   string
	Period     string
	Title      string
	LinesSheet string // "" for none
	Lines      int
	IncomeFen  *int64
	ExpenseFen *int64
}

// BatchPreview says what a workbook would draft, and what came of it.
type BatchPreview struct {
	Drafts   []BatchDraft
	Skipped  []Skipped // prefilled rows that nobody filled in, and rows that are no lines
	Problems []CellProblem
	More     int // problems not listed
	Applied  bool
}

// draftable is a draft that was checked and can be written.
type draftable struct {
	BatchDraft
	item    CatalogueItem
	rec     Record
	content Content
}

// ImportBatch reads a workbook in the form of Template and drafts all its
// postings in one transaction, or none. Without Apply, or where there are
// problems, nothing is written. Refusals: auth.required, auth.stale,
// account.not_allowed, region.not_found, request.invalid, workbook.unreadable,
// workbook.too_large, and with Apply workbook.formula and
// disclosure.import_problems (with the preview).
func (s *Service) ImportBatch(ctx context.Context, by account.Caller, act audit.Act, in BatchFile) (BatchPreview, error) {
	grant, err := s.mayDraft(ctx, by, in.Region)
	if err != nil {
		return BatchPreview{}, err
	}
	book, err := workbook.Read(in.Name, in.Data, workbook.Limits{})
	if err != nil {
		return BatchPreview{}, err
	}
	b, err := s.readBatch(ctx, by, in.Region, book)
	if err != nil {
		return BatchPreview{}, err
	}
	if !in.Apply {
		if err := s.nameUnfinished(ctx, b, in.Region); err != nil {
			return BatchPreview{}, err
		}
		return b.preview(), nil
	}
	if err := book.Plain(); err != nil {
		return b.preview(), err
	}
	if err := b.refusal(); err != nil {
		return b.preview(), err
	}
	act = act.As(string(grant.Role), string(grant.Region))
	var out BatchPreview
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		again := *b // the closure may run again
		again.problems = problems{}
		// Inside, so that a repeat gets its first answer, and on an engine with
		// one writer nobody drafts between the look and the writing.
		if err := s.nameUnfinished(ctx, &again, in.Region); err != nil {
			return err
		}
		if err := again.refusal(); err != nil {
			out = again.preview()
			return err
		}
		for i := range again.drafts {
			if err := s.begin(ctx, tx, act, again.drafts[i]); err != nil {
				return err
			}
		}
		out = again.preview()
		for i := range out.Drafts {
			out.Drafts[i].ID = again.drafts[i].rec.ID
		}
		out.Applied = true
		return tx.Answer(ctx, out)
	})
	if err != nil {
		out.Applied = false
	}
	return out, err
}

// mayDraft demands a village where the caller drafts.
func (s *Service) mayDraft(ctx context.Context, by account.Caller, village region.Code) (account.Grant, error) {
	if !by.Known() {
		return account.Grant{}, account.ErrRequired
	}
	if _, err := s.opt.Places.Active(ctx, village, region.Village); err != nil {
		return account.Grant{}, err
	}
	return s.opt.Powers.May(by, "disclosure.draft", village)
}

// begin writes one draft.
func (s *Service) begin(ctx context.Context, tx Tx, act audit.Act, d draftable) error {
	rec := d.rec
	draft, err := d.content.Canonical()
	if err != nil {
		return err
	}
	data := map[string]string{"standing": fmt.Sprint(d.item.Frequency == Standing)}
	c, err := s.opt.Procedures.Open(ctx, tx, act, Procedure, rec.Region, rec.ID, data)
	if err != nil {
		return err
	}
	rec.CaseID, rec.CreatedAt, rec.State = c.ID, tx.Now(), State(s.opt.Procedures.State(c))
	if _, err := tx.AddPosting(ctx, rec, draft); err != nil {
		return err
	}
	return tx.Record(ctx, written("disclosure.draft", rec))
}

// nameUnfinished tells of drafts whose item and period are being worked on
// already.
func (s *Service) nameUnfinished(ctx context.Context, b *batch, village region.Code) error {
	under := map[string]Record{}
	for before, more := int64(0), true; more; {
		recs, err := s.store.PostingsUnfinished(ctx, village, before, maxPage)
		if err != nil {
			return err
		}
		for _, r := range recs {
			under[r.ItemCode+" "+r.Period] = r
			before = r.Serial
		}
		more = len(recs) == maxPage
	}
	for _, d := range b.drafts {
		if r, ok := under[d.ItemCode+" "+d.Period]; ok {
			b.add(d.Sheet, d.Row, 0, fmt.Sprintf("“%s”%s 已经有一份没办完的（%s，编号 %s），请先办完或修改那一份。",
				d.ItemName, d.Period, firstRunes(r.Shown.Title, 30), r.ID))
		}
	}
	return nil
}

func (b *batch) preview() BatchPreview {
	out := BatchPreview{Skipped: b.skipped, Problems: b.list, More: b.more}
	for _, d := range b.drafts {
		out.Drafts = append(out.Drafts, d.BatchDraft)
	}
	return out
}
