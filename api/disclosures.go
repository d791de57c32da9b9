package api

import (
	"context"
	"net/http"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/disclosure"
	"cunwu/service/region"
)

// IDPath is the {id} of a path. It is exported for the library that reads
// requests: it passes over embedded types that are not.
type IDPath struct {
	ID string `path:"id" minLength:"1" maxLength:"40"`
}

// DraftBody is what a clerk writes. Types that others embed are exported: the
// library that reads requests passes over those that are not.
type DraftBody struct {
	Title      string            `json:"title" minLength:"1" maxLength:"60" doc:"标题"`
	Summary    string            `json:"summary" maxLength:"300" doc:"几句大白话：是什么事、多少钱、和上期比怎样、找谁问"`
	Body       string            `json:"body,omitempty" maxLength:"50000" doc:"正文，Markdown"`
	Fields     map[string]string `json:"fields,omitempty" doc:"目录规定的内容要素"`
	Lines      []line            `json:"lines,omitempty" maxItems:"5000" doc:"逐笔明细"`
	IncomeFen  *int64            `json:"income_fen,omitempty" minimum:"0" doc:"收入合计，分；必须等于明细之和"`
	ExpenseFen *int64            `json:"expense_fen,omitempty" minimum:"0" doc:"支出合计，分；必须等于明细之和"`
	OpeningFen *int64            `json:"opening_fen,omitempty" minimum:"0" doc:"期初余额，分；逐期结转的事项必填，等于上一期的期末余额"`
	ClosingFen *int64            `json:"closing_fen,omitempty" minimum:"0" doc:"期末余额，分；必须等于期初余额加收入减支出"`
	Media      []string          `json:"media,omitempty" maxItems:"30" doc:"附件，先传到 /uploads"`
	WrittenOn  string            `json:"written_on,omitempty" format:"date" doc:"纸上的落款日期"`
}

func (b DraftBody) content() disclosure.Content {
	return disclosure.Content{
		Title: b.Title, Summary: b.Summary, Body: b.Body, Fields: b.Fields, Lines: mapped(b.Lines, takeLine),
		IncomeFen: b.IncomeFen, ExpenseFen: b.ExpenseFen, OpeningFen: b.OpeningFen, ClosingFen: b.ClosingFen,
		Media: b.Media, WrittenOn: b.WrittenOn,
	}
}

type newDraft struct {
	Region   region.Code `json:"region" pattern:"^[0-9]{12}$" patternDescription:"12 位数字的村（社区）代码" doc:"村（社区）代码"`
	ItemCode string      `json:"item_code" minLength:"3" maxLength:"8" doc:"目录事项代码"`
	Period   string      `json:"period" minLength:"4" maxLength:"10" doc:"2026-09、2026Q3、2026H1、2026 或 2026-09-30，按事项的公开周期"`
	DraftBody
}

type editedDraft struct {
	Revision int `json:"revision" minimum:"0" doc:"读到的 revision，防止覆盖别人的修改"`
	DraftBody
}

var exampleDraft = map[string]any{
	"region": "510821102200", "item_code": "D02", "period": "2026-09", "title": "盐井村2026年9月财务收支明细",
	"summary":    "9月收入2000.00元，支出1260.50元。收入是鱼塘发包款，支出是路灯电费。有疑问请找村监委会。",
	"lines":      []any{map[string]any{"date": "2026-09-03", "voucher": "记-0901", "summary": "收鱼塘发包款", "category": "经营收入", "income_fen": 200000}, map[string]any{"date": "2026-09-12", "voucher": "记-0902", "summary": "支付村道路灯电费", "category": "公益支出", "expense_fen": 126050, "payee": "国网旺苍县供电公司"}},
	"income_fen": 200000, "expense_fen": 126050, "opening_fen": 8763470, "closing_fen": 8837420,
}

func (a *API) mountDisclosures() {
	known := func(ctx context.Context, caller account.Caller, id string) error {
		return a.disclosures.Known(ctx, caller, id)
	}
	write(a, route{
		id: "create-disclosure", path: "/disclosures", tag: "公开", access: signedIn, status: http.StatusCreated,
		summary: "起草一条公开", detail: "由村文书起草。事项与期间见公开目录；有金额的事项要逐笔列出，合计必须对得上。",
		example: exampleDraft,
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct{ Body newDraft }) (disclosure.Posting, error) {
		b := in.Body
		return a.disclosures.Draft(ctx, caller, act, disclosure.NewDraft{Region: b.Region, ItemCode: b.ItemCode, Period: b.Period, Content: b.content()})
	}, showPosting)
	write(a, route{
		id: "edit-disclosure", method: http.MethodPut, path: "/disclosures/{id}", tag: "公开", access: signedIn, known: known,
		summary: "修改草稿或撤回后的更正稿", example: map[string]any{"revision": 1, "title": "盐井村2026年9月财务收支明细（更正）", "summary": "更正了一笔电费金额，合计支出1260.50元。"},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct {
		IDPath
		Body editedDraft
	},
	) (disclosure.Posting, error) {
		return a.disclosures.Edit(ctx, caller, act, in.ID, disclosure.Changes{Revision: in.Body.Revision, Content: in.Body.content()})
	}, showPosting)
	write(a, route{
		id: "act-on-disclosure", path: "/disclosures/{id}/actions", tag: "公开", access: signedIn, known: known,
		summary: "办一步：提交、审核、确认、发布、撤回……", detail: "能办哪一步，看 available_actions。监委会审查同意时，media 里要逐个列出看过的附件。",
		example: map[string]any{"action": "approve", "opinion": "账目与凭证一致，同意公开。", "media": []string{}},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct {
		IDPath
		Body actionBody
	},
	) (disclosure.Posting, error) {
		return a.disclosures.Act(ctx, caller, act, in.ID, in.Body.Input)
	}, showPosting)
	type mineQuery struct {
		Region string `query:"region" required:"true" pattern:"^[0-9]{12}$" patternDescription:"12 位数字的村（社区）代码" example:"510821102200"`
		Cursor string `query:"cursor" maxLength:"40"`
		Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
	}
	read(a, route{
		id: "list-unfinished-disclosures", path: "/disclosures", tag: "公开", access: signedIn,
		summary: "一个村还没公布、等人办理的公开", detail: "在这个村有职务的人可看。已公布的请看 /feed。",
	}, func(ctx context.Context, c account.Caller, in *mineQuery) (list[posting], error) {
		name := "mine/" + in.Region
		before, err := readCursor(name, in.Cursor)
		if err != nil {
			return list[posting]{}, err
		}
		p, err := a.disclosures.Mine(ctx, c, region.Code(in.Region), before, in.Limit)
		return list[posting]{Items: mapped(p.Items, showPosting), Next: makeCursor(name, p.Next)}, err
	})
	read(a, route{
		id: "get-disclosure", path: "/disclosures/{id}", tag: "公开", public: true, known: known,
		summary: "一条公开的全部内容",
	}, func(ctx context.Context, caller account.Caller, in *IDPath) (posting, error) {
		p, err := a.disclosures.Posting(ctx, caller, in.ID)
		if err != nil {
			return posting{}, err
		}
		return showPosting(p), nil
	})
	read(a, route{
		id: "list-disclosure-versions", path: "/disclosures/{id}/versions", tag: "公开", public: true, known: known,
		summary: "历次发布的版本",
	}, func(ctx context.Context, caller account.Caller, in *IDPath) (list[version], error) {
		vs, err := a.disclosures.Versions(ctx, caller, in.ID)
		return list[version]{Items: mapped(vs, showVersion)}, err
	})
	a.mountReading()
	a.mountHouseholds()
}

// version is one published text of a posting.
type version struct {
	Number      int             `json:"version"`
	PublishedAt *string         `json:"published_at"`
	WithdrawnAt *string         `json:"withdrawn_at,omitempty"`
	Reason      string          `json:"reason,omitempty" doc:"为什么更正"`
	Author      string          `json:"author,omitempty" doc:"谁公布的：遮盖后的姓名和职务" example:"李*明 文书"`
	Digest      string          `json:"digest" doc:"规范 JSON 的 SHA-256；只对本村公开的是加了随机数的承诺值"`
	Content     *versionContent `json:"content" doc:"因涉及隐私撤回的为 null"`
}

type versionContent struct {
	Title      string            `json:"title"`
	Summary    string            `json:"summary"`
	Body       string            `json:"body"`
	Fields     map[string]string `json:"fields"`
	Lines      []line            `json:"lines"`
	IncomeFen  *int64            `json:"income_fen,omitempty"`
	ExpenseFen *int64            `json:"expense_fen,omitempty"`
	OpeningFen *int64            `json:"opening_fen,omitempty"`
	ClosingFen *int64            `json:"closing_fen,omitempty"`
	Media      []string          `json:"media,omitempty" doc:"附件编号"`
	WrittenOn  string            `json:"written_on,omitempty"`
}

func showVersion(v disclosure.Version) version {
	out := version{
		Number: v.Number, PublishedAt: stampOrNil(v.PublishedAt), WithdrawnAt: stampOrNil(v.WithdrawnAt),
		Reason: v.Reason, Author: v.Author, Digest: v.Digest,
	}
	if c := v.Content; c != nil {
		out.Content = &versionContent{
			Title: c.Title, Summary: c.Summary, Body: c.Body, Fields: c.Fields, Lines: mapped(c.Lines, showLine),
			IncomeFen: c.IncomeFen, ExpenseFen: c.ExpenseFen, OpeningFen: c.OpeningFen, ClosingFen: c.ClosingFen,
			Media: c.Media, WrittenOn: c.WrittenOn,
		}
	}
	return out
}
