package disclosure

import (
	"context"
	"errors"
	"maps"
	"slices"

	"cunwu/service/account"
)

// Op says what became of a part between two texts.
type Op string

// Ops of a difference.
const (
	OpSame    Op = "same"
	OpAdded   Op = "added"
	OpRemoved Op = "removed"
	OpChanged Op = "changed" // lines of account alone
)

// Piece is a part of a text. Those that are same or removed give the text
// before, those that are same or added the text after.
type Piece struct {
	Op   Op
	Text string
}

// FieldChange is the difference of one field of the catalogue item.
type FieldChange struct {
	Name   string
	Pieces []Piece
}

// AmountChange is a total that differs; nil where it is not stated.
type AmountChange struct {
	Name   string // "收入合计" and the like
	Before *int64
	After  *int64
}

// CellChange is one cell of a line that differs, as people read it.
type CellChange struct {
	Name   string // "摘要" and the like
	Before string
	After  string
}

// LineChange is what became of one line of account. Numbers count from 1.
type LineChange struct {
	Op           Op
	NumberBefore int // 0 where it was added
	NumberAfter  int // 0 where it was removed
	Before       *Line
	After        *Line
	Cells        []CellChange // where Op is changed
}

// ContentDifference is what turns one text into another. Fields and Amounts
// hold what differs alone (an empty field is as one that is not there); the
// others are whole, with what stayed the same.
type ContentDifference struct {
	Title     []Piece
	Summary   []Piece
	Body      []Piece
	WrittenOn []Piece
	Fields    []FieldChange // by name
	Amounts   []AmountChange
	Lines     []LineChange
	Media     []Piece // one id each
}

// VersionDifference is how a version differs from the one before it.
type VersionDifference struct {
	Number int // of the version after
	Reason string
	ContentDifference
}

// Difference gives what turns a into b. It is pure, and bounded: texts too long
// to be compared in parts are told as removed and added whole.
func Difference(a, b Content) ContentDifference {
	d := ContentDifference{
		Title: TextDifference(a.Title, b.Title), Summary: TextDifference(a.Summary, b.Summary),
		Body: TextDifference(a.Body, b.Body), WrittenOn: whole(a.WrittenOn, b.WrittenOn),
		Lines: lineDifference(a.Lines, b.Lines),
	}
	names := slices.Concat(slices.Collect(maps.Keys(a.Fields)), slices.Collect(maps.Keys(b.Fields)))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if a.Fields[name] != b.Fields[name] {
			d.Fields = append(d.Fields, FieldChange{Name: name, Pieces: TextDifference(a.Fields[name], b.Fields[name])})
		}
	}
	for _, x := range []AmountChange{
		{"收入合计", a.IncomeFen, b.IncomeFen},
		{"支出合计", a.ExpenseFen, b.ExpenseFen},
		{"期初余额", a.OpeningFen, b.OpeningFen},
		{"期末余额", a.ClosingFen, b.ClosingFen},
	} {
		if !sameAmount(x.Before, x.After) {
			d.Amounts = append(d.Amounts, x)
		}
	}
	for _, e := range edits(a.Media, b.Media, func(x, y string) bool { return x == y }) {
		if e.op == OpAdded {
			d.Media = append(d.Media, Piece{e.op, b.Media[e.b]})
		} else {
			d.Media = append(d.Media, Piece{e.op, a.Media[e.a]})
		}
	}
	return d
}

// Difference gives how a version of a posting differs from the one before it.
// disclosure.not_found where the caller may not know of the posting, and
// disclosure.no_difference where there is no text to compare.
func (s *Service) Difference(ctx context.Context, by account.Caller, id string, number int) (VersionDifference, error) {
	if err := s.Known(ctx, by, id); err != nil {
		return VersionDifference{}, err
	}
	if number < 2 {
		return VersionDifference{}, ErrNoDifference
	}
	var texts [2]Content
	out := VersionDifference{Number: number}
	for i := range texts {
		v, err := s.store.PostingVersion(ctx, id, number-1+i)
		if errors.Is(err, ErrNotFound) || err == nil && len(v.Content) == 0 {
			return VersionDifference{}, ErrNoDifference
		}
		if err != nil {
			return VersionDifference{}, err
		}
		if texts[i], err = readContent(v.Content); err != nil {
			return VersionDifference{}, err
		}
		if i == 0 {
			out.Reason = v.Reason
		}
	}
	out.ContentDifference = Difference(texts[0], texts[1])
	return out, nil
}

func sameAmount(x, y *int64) bool { return (x == nil) == (y == nil) && (x == nil || *x == *y) }

// lineDifference matches lines that are the same, and between them those that
// are one line with other cells.
func lineDifference(a, b []Line) []LineChange {
	var out []LineChange
	var removed, added []int
	flush := func() {
		similar := func(x, y int) bool { return sameEntry(a[x], b[y]) }
		for _, e := range edits(removed, added, similar) {
			switch e.op {
			case OpRemoved:
				out = append(out, LineChange{Op: OpRemoved, NumberBefore: removed[e.a] + 1, Before: &a[removed[e.a]]})
			case OpAdded:
				out = append(out, LineChange{Op: OpAdded, NumberAfter: added[e.b] + 1, After: &b[added[e.b]]})
			case OpSame, OpChanged:
				x, y := removed[e.a], added[e.b]
				out = append(out, LineChange{
					Op: OpChanged, NumberBefore: x + 1, NumberAfter: y + 1, Before: &a[x], After: &b[y], Cells: cellChanges(a[x], b[y]),
				})
			}
		}
		removed, added = nil, nil
	}
	for _, e := range edits(a, b, sameLine) {
		switch e.op {
		case OpRemoved:
			removed = append(removed, e.a)
		case OpAdded:
			added = append(added, e.b)
		case OpSame, OpChanged:
			flush()
			out = append(out, LineChange{Op: OpSame, NumberBefore: e.a + 1, NumberAfter: e.b + 1, Before: &a[e.a], After: &b[e.b]})
		}
	}
	flush()
	return out
}

// sameLine reports whether no cell differs. It is asked of millions of pairs.
func sameLine(x, y Line) bool {
	if !sameAmount(x.BalanceFen, y.BalanceFen) {
		return false
	}
	x.BalanceFen, y.BalanceFen = nil, nil
	return x == y
}

// sameEntry reports whether two lines that differ are of one entry: they have
// the same voucher, the same words, or the same day and amounts.
func sameEntry(x, y Line) bool {
	return x.Voucher != "" && x.Voucher == y.Voucher || x.Summary == y.Summary ||
		x.Date == y.Date && x.IncomeFen == y.IncomeFen && x.ExpenseFen == y.ExpenseFen
}

// cellChanges lists the cells in which two lines differ.
func cellChanges(x, y Line) []CellChange {
	var out []CellChange
	text := func(name, before, after string) {
		if before != after {
			out = append(out, CellChange{name, before, after})
		}
	}
	amount := func(name string, before, after *int64) {
		if !sameAmount(before, after) {
			out = append(out, CellChange{name, yuanOrNone(before), yuanOrNone(after)})
		}
	}
	text("日期", x.Date, y.Date)
	text("凭证号", x.Voucher, y.Voucher)
	text("摘要", x.Summary, y.Summary)
	text("科目", x.Category, y.Category)
	amount("收入", &x.IncomeFen, &y.IncomeFen)
	amount("支出", &x.ExpenseFen, &y.ExpenseFen)
	amount("余额", x.BalanceFen, y.BalanceFen)
	text("经办人", x.Handler, y.Handler)
	text("审核人", x.Reviewer, y.Reviewer)
	text("项目", x.Project, y.Project)
	text("合同", x.Contract, y.Contract)
	text("资产", x.Asset, y.Asset)
	text("收款方", x.Payee, y.Payee)
	text("凭证图片", x.Image, y.Image)
	return out
}

func yuanOrNone(fen *int64) string {
	if fen == nil {
		return ""
	}
	return signedYuan(*fen)
}
