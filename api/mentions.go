package api

import (
	"context"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"cunwu/service/account"
	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/mention"
	"cunwu/service/region"
)

// thing is a project, contract, asset or organisation with its sums.
type thing struct {
	ID         string      `json:"id" example:"mfzwkzdjmfzwkzdjmfzwkzdjme"`
	Region     region.Code `json:"region" example:"510821102200"`
	RegionName string      `json:"region_name" example:"盐井村"`
	Kind       string      `json:"kind" enum:"project,contract,asset,payee" doc:"project 项目，contract 合同，asset 资产，payee 往来单位"`
	Name       string      `json:"name" example:"三组便道修复"`
	Lines      int         `json:"lines" doc:"一共提到几处"`
	IncomeFen  int64       `json:"income_fen" doc:"提到它的明细的收入合计，分"`
	ExpenseFen int64       `json:"expense_fen" doc:"提到它的明细的支出合计，分"`
	LastAt     *string     `json:"last_at" doc:"最近一次公开的时间"`
}

func showThing(t mention.Thing) thing {
	return thing{
		ID: t.ID, Region: t.Region, RegionName: t.RegionName, Kind: string(t.Kind), Name: t.Name, Lines: t.Lines,
		IncomeFen: t.IncomeFen, ExpenseFen: t.ExpenseFen, LastAt: stampOrNil(t.LastAt),
	}
}

// thingPage is one thing with a page of the lines that name it.
type thingPage struct {
	Thing thing       `json:"thing"`
	Items []thingLine `json:"items"`
	Next  string      `json:"next_cursor,omitempty" doc:"下一页的标记；到底了就没有"`
}

// thingLine is one place in the public accounts where a thing is named.
type thingLine struct {
	PostingID  string `json:"disclosure_id" doc:"哪一条公开"`
	Line       *int   `json:"line" doc:"第几笔，从 0 开始；null 是在内容要素里提到的"`
	Date       string `json:"date,omitempty" example:"2026-09-12"`
	Summary    string `json:"summary" example:"支付三组便道水泥款"`
	IncomeFen  int64  `json:"income_fen"`
	ExpenseFen int64  `json:"expense_fen"`
}

func showThingLine(m mention.Mention) thingLine {
	out := thingLine{PostingID: m.PostingID, Date: m.Date, Summary: m.Summary, IncomeFen: m.IncomeFen, ExpenseFen: m.ExpenseFen}
	if m.Line != mention.FieldLine {
		out.Line = &m.Line
	}
	return out
}

// foundLine is a line of a posting with its place.
type foundLine struct {
	Index int  `json:"index" doc:"第几笔，从 0 开始"`
	Line  line `json:"line"`
}

type thingsQuery struct {
	Region string `query:"region" required:"true" pattern:"^[0-9]{12}$" patternDescription:"12 位数字的村（社区）代码" doc:"村（社区）代码" example:"510821102200"`
	Kind   string `query:"kind" enum:"project,contract,asset,payee" doc:"只看一类"`
	Cursor string `query:"cursor" maxLength:"100"`
	Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
}

type thingQuery struct {
	IDPath
	Q      string `query:"q" maxLength:"40" doc:"只看摘要里有这几个字的"`
	Cursor string `query:"cursor" maxLength:"100"`
	Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
}

type linesQuery struct {
	IDPath
	Q string `query:"q" maxLength:"40" doc:"要找的字，例如 路灯；不给就是全部" example:"路灯"`
}

// mountMentions adds the pages of named things and the search within lines.
func (a *API) mountMentions() {
	read(a, route{
		id: "list-things", path: "/things", tag: "公开", public: true,
		summary: "一个村的公开里提到的项目、合同、资产和往来单位", detail: "最近公开过的在前。个人不收录。",
	}, func(ctx context.Context, _ account.Caller, in *thingsQuery) (list[thing], error) {
		name := "things/" + in.Region + "/" + in.Kind
		n, id, err := readKeyCursor(name, in.Cursor)
		if err != nil {
			return list[thing]{}, err
		}
		after := mention.After{ID: id}
		if id != "" {
			after.At = time.UnixMilli(n).In(calendar.China)
		}
		things, next, err := a.mentions.Things(ctx, region.Code(in.Region), mention.Kind(in.Kind), after, in.Limit)
		if err != nil {
			return list[thing]{}, err
		}
		return list[thing]{Items: mapped(things, showThing), Next: makeKeyCursor(name, next.At.UnixMilli(), next.ID)}, nil
	})
	read(a, route{
		id: "get-thing", path: "/things/{id}", tag: "公开", public: true,
		known: func(ctx context.Context, _ account.Caller, id string) error {
			_, err := a.mentions.Thing(ctx, id)
			return err
		},
		summary: "一个项目、合同、资产或往来单位：提到它的每一笔", detail: "新的在前；合计按现行有效的公开计算。",
	}, func(ctx context.Context, _ account.Caller, in *thingQuery) (thingPage, error) {
		return a.thing(ctx, in)
	})
	read(a, route{
		id: "search-disclosure-lines", path: "/disclosures/{id}/lines", tag: "公开", public: true,
		known: func(ctx context.Context, caller account.Caller, id string) error {
			return a.disclosures.Known(ctx, caller, id)
		},
		summary: "在一条公开的逐笔明细里找",
	}, func(ctx context.Context, caller account.Caller, in *linesQuery) (list[foundLine], error) {
		p, err := a.disclosures.Posting(ctx, caller, in.ID)
		if err != nil {
			return list[foundLine]{}, err
		}
		var lines []disclosure.Line
		if p.State == disclosure.Published || p.State == disclosure.Archived {
			lines = p.Content.Lines
		}
		return list[foundLine]{Items: mapped(mention.Match(lines, in.Q), func(h mention.Hit) foundLine {
			return foundLine{h.Index, showLine(h.Line)}
		})}, nil
	})
}

func (a *API) thing(ctx context.Context, in *thingQuery) (thingPage, error) {
	name := "thing/" + in.ID + "/" + in.Q
	pos, at, err := readKeyCursor(name, in.Cursor)
	if err != nil {
		return thingPage{}, err
	}
	after := mention.AfterLine{Pos: pos}
	if at != "" {
		if after.Line, err = strconv.Atoi(at); err != nil {
			return thingPage{}, errCursor.At("query.cursor", "翻页标记不对")
		}
	}
	t, err := a.mentions.Thing(ctx, in.ID)
	if err != nil {
		return thingPage{}, err
	}
	lines, next, err := a.mentions.Lines(ctx, in.ID, in.Q, after, in.Limit)
	if err != nil {
		return thingPage{}, err
	}
	out := thingPage{Thing: showThing(t), Items: mapped(lines, showThingLine)}
	if next.Pos != 0 {
		out.Next = makeKeyCursor(name, next.Pos, strconv.Itoa(next.Line))
	}
	return out, nil
}

// A key cursor is a place in a list that one number does not tell: the number
// and the key behind it, bound to the list as other cursors are. Key "" is the
// end.
func makeKeyCursor(list string, n int64, key string) string {
	if key == "" {
		return ""
	}
	text := strconv.FormatInt(n, 36) + "." + key
	return base64.RawURLEncoding.EncodeToString(append(cursorSum(list, []byte(text)), text...))
}

func readKeyCursor(list, cursor string) (n int64, key string, err error) {
	if cursor == "" {
		return 0, "", nil
	}
	refused := errCursor.At("query.cursor", "翻页标记不对")
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(b) < 4 || string(cursorSum(list, b[4:])) != string(b[:4]) {
		return 0, "", refused
	}
	number, key, _ := strings.Cut(string(b[4:]), ".")
	if n, err = strconv.ParseInt(number, 36, 64); err != nil || key == "" {
		return 0, "", refused
	}
	return n, key, nil
}
