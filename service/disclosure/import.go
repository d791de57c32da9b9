package disclosure

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/fault"
	"cunwu/service/workbook"
)

// ErrImport: a file has problems, each of which is named by row and column;
// nothing of it was written.
var ErrImport = fault.Define(fault.Invalid, "disclosure.import_problems", "表格里有问题，什么都没有写入，请按提示改好再上传。")

// LinesFile is a file of lines for a draft. Mapping says what columns hold whose
// headings are not understood: heading to one of LineFields. Revision is that of
// the Posting that was read; it is needed to apply.
type LinesFile struct {
	Name     string
	Data     []byte
	Mapping  map[string]string
	Apply    bool
	Revision int
}

// LinesPreview says how a file was understood, and what came of it.
type LinesPreview struct {
	Columns    []LinesColumn
	Unmatched  []string // headings that were not understood
	Lines      []Line
	IncomeFen  int64
	ExpenseFen int64
	OpeningFen *int64
	ClosingFen *int64
	Skipped    []Skipped // rows that are no lines: sums, balances, notes
	Problems   []CellProblem
	More       int // problems not listed
	Revision   int // of the draft
	Applied    bool
}

// ImportLines reads lines of account from the first sheet of a file into a
// draft, in place of the lines it has. Without Apply, or where there are
// problems, nothing is written. Refusals: those of Edit, workbook.unreadable,
// workbook.too_large, and with Apply workbook.formula and
// disclosure.import_problems (with the preview).
func (s *Service) ImportLines(ctx context.Context, by account.Caller, act audit.Act, id string, in LinesFile) (LinesPreview, error) {
	rec, item, err := s.toWork(ctx, by, id)
	if err != nil {
		return LinesPreview{}, err
	}
	if err := checkMapping(in.Mapping); err != nil {
		return LinesPreview{}, err
	}
	if _, err := s.opt.Powers.May(by, "disclosure.draft", rec.Region); err != nil {
		return LinesPreview{}, err
	}
	// With Apply this is for Edit to say: a repeat of what was done gets the
	// first answer, whatever became of the draft.
	if !in.Apply && rec.State != Draft && rec.State != Withdrawn {
		return LinesPreview{}, ErrNotDraft
	}
	book, err := workbook.Read(in.Name, in.Data, workbook.Limits{})
	if err != nil {
		return LinesPreview{}, err
	}
	read := readLines(book.Sheets[0], "", item, rec.Period, in.Mapping)
	out := read.preview()
	out.Revision = rec.Revision
	if !in.Apply {
		return out, nil
	}
	if err := (workbook.Book{Sheets: book.Sheets[:1]}).Plain(); err != nil {
		return out, err
	}
	if err := read.refusal(); err != nil {
		return out, err
	}
	return s.applyLines(ctx, by, act, rec, in.Revision, read, out)
}

// applyLines writes by Edit, whose answer the receipt gets as the preview.
func (s *Service) applyLines(
	ctx context.Context, by account.Caller, act audit.Act, rec Record, revision int, read *linesReading, out LinesPreview,
) (LinesPreview, error) {
	draft, err := s.draftOf(ctx, rec)
	if err != nil {
		return out, err
	}
	done := func(p Posting) LinesPreview {
		applied := out
		applied.Applied, applied.Revision = true, p.Revision
		return applied
	}
	if act.Receipt != nil {
		receipt := *act.Receipt
		receipt.Encode = encodeAs(act.Receipt, done)
		act.Receipt = &receipt
	}
	p, err := s.Edit(ctx, by, act, rec.ID, Changes{Revision: revision, Content: read.into(draft)})
	if err != nil {
		return out, err
	}
	return done(p), nil
}

// encodeAs makes a receipt keep what show gives of a posting.
func encodeAs(r *audit.Receipt, show func(Posting) LinesPreview) func(any) (int, []byte, error) {
	return func(result any) (int, []byte, error) {
		p, ok := result.(Posting)
		if !ok {
			return 0, nil, fmt.Errorf("disclosure: an edit answered with %T", result)
		}
		return r.Encode(show(p))
	}
}

// checkMapping demands that columns are mapped to fields that there are.
func checkMapping(mapping map[string]string) error {
	var w wrongs
	for _, name := range slices.Sorted(maps.Keys(mapping)) {
		if !knownField(mapping[name]) {
			w.add("body.mapping."+firstRunes(name, 20), "没有“%s”这个栏目，只能是：%v。", firstRunes(mapping[name], 20), LineFields())
		}
	}
	return w.err()
}

func (r *linesReading) preview() LinesPreview {
	return LinesPreview{
		Columns: r.columns, Unmatched: r.unmatched, Lines: r.lines, IncomeFen: r.income, ExpenseFen: r.expense,
		OpeningFen: r.opening, ClosingFen: r.closing, Skipped: r.skipped, Problems: r.list, More: r.more,
	}
}
