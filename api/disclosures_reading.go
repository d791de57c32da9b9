package api

import (
	"context"

	"cunwu/service/account"
	"cunwu/service/disclosure"
)

// mountReading mounts what helps to understand a posting: how a version differs
// from the one before, and how its figures compare.
func (a *API) mountReading() {
	type versionPath struct {
		IDPath
		Number int `path:"number" minimum:"1" maximum:"100000" doc:"第几版" example:"2"`
	}
	read(a, route{
		id: "get-disclosure-difference", path: "/disclosures/{id}/versions/{number}/difference", tag: "公开", public: true,
		known: a.knownDisclosure, summary: "这一版和上一版的差别",
		detail: "op 为 same、removed 的连起来是上一版，same、added 的连起来是这一版。因涉及个人信息撤下的版本没有差别可看。",
	}, func(ctx context.Context, caller account.Caller, in *versionPath) (difference, error) {
		d, err := a.disclosures.Difference(ctx, caller, in.ID, in.Number)
		if err != nil {
			return difference{}, err
		}
		return showDifference(d), nil
	})
	read(a, route{
		id: "get-disclosure-comparison", path: "/disclosures/{id}/comparison", tag: "公开", public: true,
		known: a.knownDisclosure, summary: "和上一期、上年同期比",
		detail: "总额和各科目合计，单位分。没有公布过的期间为 null。",
	}, func(ctx context.Context, caller account.Caller, in *IDPath) (comparison, error) {
		c, err := a.disclosures.Compare(ctx, caller, in.ID)
		if err != nil {
			return comparison{}, err
		}
		return showComparison(c), nil
	})
}

func (a *API) knownDisclosure(ctx context.Context, caller account.Caller, id string) error {
	return a.disclosures.Known(ctx, caller, id)
}

// difference is how a version differs from the one before it.
type difference struct {
	Version   int            `json:"version"`
	Reason    string         `json:"reason,omitempty" doc:"为什么更正"`
	Title     []piece        `json:"title"`
	Summary   []piece        `json:"summary"`
	Body      []piece        `json:"body"`
	Fields    []fieldChange  `json:"fields" doc:"有变化的内容要素"`
	Amounts   []amountChange `json:"amounts" doc:"有变化的总额和余额"`
	Lines     []lineChange   `json:"lines"`
	Media     []piece        `json:"media" doc:"附件编号"`
	WrittenOn []piece        `json:"written_on"`
}

type piece struct {
	Op   string `json:"op" enum:"same,added,removed"`
	Text string `json:"text"`
}

type fieldChange struct {
	Name   string  `json:"name"`
	Pieces []piece `json:"pieces"`
}

type amountChange struct {
	Name      string `json:"name" example:"支出合计"`
	BeforeFen *int64 `json:"before_fen" doc:"分；原来没有填的为 null"`
	AfterFen  *int64 `json:"after_fen"`
}

type lineChange struct {
	Op           string       `json:"op" enum:"same,changed,added,removed"`
	NumberBefore int          `json:"number_before,omitempty" doc:"上一版的第几行，从 1 开始"`
	NumberAfter  int          `json:"number_after,omitempty" doc:"这一版的第几行"`
	Before       *line        `json:"before,omitempty" doc:"上一版的这一行；没有变的不重复给出"`
	After        *line        `json:"after,omitempty"`
	Cells        []cellChange `json:"cells,omitempty" doc:"改了哪几格"`
}

type cellChange struct {
	Name   string `json:"name" example:"支出"`
	Before string `json:"before" example:"300.50"`
	After  string `json:"after" example:"200.50"`
}

func showPiece(p disclosure.Piece) piece { return piece{string(p.Op), p.Text} }

func showDifference(d disclosure.VersionDifference) difference {
	return difference{
		Version: d.Number, Reason: d.Reason, Title: mapped(d.Title, showPiece), Summary: mapped(d.Summary, showPiece),
		Body: mapped(d.Body, showPiece), Media: mapped(d.Media, showPiece), WrittenOn: mapped(d.WrittenOn, showPiece),
		Fields: mapped(d.Fields, func(f disclosure.FieldChange) fieldChange {
			return fieldChange{f.Name, mapped(f.Pieces, showPiece)}
		}),
		Amounts: mapped(d.Amounts, func(x disclosure.AmountChange) amountChange {
			return amountChange{x.Name, x.Before, x.After}
		}),
		Lines: mapped(d.Lines, showLineChange),
	}
}

func showLineChange(l disclosure.LineChange) lineChange {
	out := lineChange{
		Op: string(l.Op), NumberBefore: l.NumberBefore, NumberAfter: l.NumberAfter,
		Cells: mapped(l.Cells, func(c disclosure.CellChange) cellChange { return cellChange{c.Name, c.Before, c.After} }),
	}
	if l.Before != nil && l.Op != disclosure.OpSame {
		out.Before = ptr(showLine(*l.Before))
	}
	if l.After != nil {
		out.After = ptr(showLine(*l.After))
	}
	return out
}

// comparison sets the figures of a posting beside those of other periods.
type comparison struct {
	Period     string         `json:"period" example:"2026-09"`
	Current    accounts       `json:"current"`
	Before     *accounts      `json:"before" doc:"上一期；没有公布的为 null"`
	YearBefore *accounts      `json:"year_before" doc:"上年同期；按年公开的事项上一期就是上年，这里为 null"`
	Categories []categorySums `json:"categories" doc:"本期金额大的在前"`
}

type accounts struct {
	ID         string `json:"id"`
	Period     string `json:"period"`
	Title      string `json:"title"`
	IncomeFen  int64  `json:"income_fen"`
	ExpenseFen int64  `json:"expense_fen"`
	OpeningFen *int64 `json:"opening_fen,omitempty"`
	ClosingFen *int64 `json:"closing_fen,omitempty"`
}

type sums struct {
	IncomeFen  int64 `json:"income_fen"`
	ExpenseFen int64 `json:"expense_fen"`
}

type categorySums struct {
	Category   string `json:"category" doc:"科目；没有写科目的行为空" example:"公益支出"`
	IncomeFen  int64  `json:"income_fen"`
	ExpenseFen int64  `json:"expense_fen"`
	Before     *sums  `json:"before" doc:"上一期"`
	YearBefore *sums  `json:"year_before" doc:"上年同期"`
}

func showComparison(c disclosure.Comparison) comparison {
	out := comparison{Period: c.Period, Current: accounts(c.Current), Categories: mapped(c.Categories, func(r disclosure.CategorySums) categorySums {
		return categorySums{
			Category: r.Category, IncomeFen: r.IncomeFen, ExpenseFen: r.ExpenseFen,
			Before: showSums(r.Before), YearBefore: showSums(r.YearBefore),
		}
	})}
	if c.Before != nil {
		out.Before = ptr(accounts(*c.Before))
	}
	if c.YearBefore != nil {
		out.YearBefore = ptr(accounts(*c.YearBefore))
	}
	return out
}

func showSums(s *disclosure.Sums) *sums {
	if s == nil {
		return nil
	}
	return &sums{s.IncomeFen, s.ExpenseFen}
}
