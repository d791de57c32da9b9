package api

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/region"
)

// rollPreview says what importing a roll would do, or did.
type rollPreview struct {
	First    []rollRow     `json:"first" doc:"前 5 行，隐去个人信息"`
	Total    int           `json:"total"`
	Problems []rollProblem `json:"problems" doc:"逐行指出的问题，最多 200 条"`
	More     int           `json:"more_problems"`
	New      int           `json:"new"`
	Changed  int           `json:"changed"`
	Same     int           `json:"same"`
	Missing  int           `json:"missing" doc:"名册上有、文件里没有的人"`
	Applied  bool          `json:"applied" doc:"false 为预览，什么都没有写入"`
}

type rollRow struct {
	Row       int    `json:"row"`
	Household string `json:"household"`
	Name      string `json:"name"`
	Phone     string `json:"phone"`
	HasID     bool   `json:"has_id"`
	Group     string `json:"group"`
}

type rollProblem struct {
	Row     int    `json:"row"`
	Column  string `json:"column,omitempty"`
	Message string `json:"message"`
}

func showPreview(p account.RollPreview) rollPreview {
	return rollPreview{
		First: mapped(p.First, func(r account.RollRow) rollRow {
			return rollRow{Row: r.Row, Household: r.Household, Name: r.Name, Phone: r.Phone, HasID: r.Last4, Group: r.Group}
		}),
		Problems: mapped(p.Problems, func(x account.RollProblem) rollProblem { return rollProblem(x) }),
		Total:    p.Total, More: p.More, New: p.New, Changed: p.Changed, Same: p.Same, Missing: p.Missing, Applied: p.Applied,
	}
}

// rollInput is an import: the file itself is read by hand, within bounds.
type rollInput struct {
	Code    string `path:"code" pattern:"^[0-9]{12}$" patternDescription:"12 位数字的村（社区）代码" example:"510821102200"`
	Apply   bool   `query:"apply" doc:"true 才写入；默认只预览"`
	Missing bool   `query:"mark_missing" doc:"true：文件里没有的人记为迁出"`

	request *http.Request
}

// Resolve takes the raw request.
func (f *rollInput) Resolve(hctx huma.Context) []error {
	f.request = unwrapGin(hctx).Request
	return nil
}

func (a *API) mountRoll() {
	a.mountRollImport()
	a.mountResidents()
	a.mountBindings()
}

func (a *API) mountRollImport() {
	op := a.operation(route{
		id: "import-roll", method: http.MethodPost, path: "/regions/{code}/roll", tag: "名册", access: signedIn,
		summary: "导入村民名册（xlsx 或 csv）", detail: "先预览：前 5 行、总数和逐行问题；apply=true 且没有问题才写入。身份证号只存不可还原的摘要和后四位。",
	})
	op.Middlewares = huma.Middlewares{a.identify, a.signedIn, a.paced, a.idempotent}
	op.MaxBodyBytes, op.BodyReadTimeout = -1, -1
	huma.Register(a.huma, op, func(ctx context.Context, in *rollInput) (*output[rollPreview], error) {
		q := requestFrom(ctx)
		act := q.act()
		if q.key != "" && in.Apply {
			act.Receipt = receipt(q, http.StatusOK, showPreview)
		}
		name, file, err := a.formFile(in.request)
		if err != nil {
			return nil, a.asError(ctx, err)
		}
		if act.Receipt != nil {
			act.Receipt.Digest = sha256.Sum256(fmt.Appendf(nil, "%s\x00%t\x00%s", name, in.Missing, file))
		}
		p, err := a.accounts.ImportRoll(ctx, q.caller, act, account.RollImport{
			Village: region.Code(in.Code), Filename: name, File: file, Apply: in.Apply, MarkMissing: in.Missing,
		})
		if errors.Is(err, account.ErrRollProblems) && len(p.Problems) > 0 {
			f := account.ErrRollProblems
			for _, x := range p.Problems {
				f = f.At("body.file", "第 %d 行 %s：%s", x.Row, x.Column, x.Message)
			}
			err = f
		}
		if err != nil {
			return nil, a.asError(ctx, err)
		}
		return &output[rollPreview]{Status: http.StatusOK, CacheControl: "private, no-store", Body: showPreview(p)}, nil
	})
	a.documentFile(op.Path, "第一行是表头：户号、姓名、身份证号、电话、小组……")
}

// formFile reads the part named file, within the upload limit.
func (a *API) formFile(r *http.Request) (name string, data []byte, err error) {
	part, err := a.filePart(r, account.ErrRollFile)
	if err != nil {
		return "", nil, err
	}
	return readPart(part)
}

func readPart(part *multipart.Part) (string, []byte, error) {
	data, err := io.ReadAll(part)
	if err != nil {
		return "", nil, bodyError(err)
	}
	return fileName(part), data, nil
}

// resident is a person of the roll, masked.
type resident struct {
	ID        string      `json:"id"`
	Name      string      `json:"name"`
	Phone     string      `json:"phone"`
	Household string      `json:"household"`
	Group     region.Code `json:"group,omitempty"`
	State     string      `json:"state" enum:"on_roll,moved_out"`
	Bound     bool        `json:"bound"`
}

func showResident(r account.ResidentView) resident {
	return resident{ID: r.ID, Name: r.Name, Phone: r.Phone, Household: r.Household, Group: r.Group, State: string(r.State), Bound: r.Bound}
}

func (a *API) mountResidents() {
	type query struct {
		Code   string `path:"code" pattern:"^[0-9]{12}$" patternDescription:"12 位数字的村（社区）代码"`
		Name   string `query:"name" maxLength:"30" doc:"完整的姓名"`
		Cursor string `query:"cursor" pattern:"^([a-z2-7]{26})?$" patternDescription:"上一页的 next_cursor"`
		Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
	}
	read(a, route{id: "list-residents", path: "/regions/{code}/residents", tag: "名册", access: signedIn, summary: "名册（限管名册的人看）"},
		func(ctx context.Context, c account.Caller, in *query) (list[resident], error) {
			p, err := a.accounts.Residents(ctx, c, account.ResidentQuery{Village: region.Code(in.Code), Name: in.Name, After: in.Cursor, Limit: in.Limit})
			return list[resident]{Items: mapped(p.Items, showResident), Next: p.Next}, err
		})
	type kin struct {
		Body struct {
			A    string `json:"a" minLength:"1" maxLength:"40" doc:"名册上的一个人"`
			B    string `json:"b" minLength:"1" maxLength:"40" doc:"另一个人"`
			Kind string `json:"kind" enum:"spouse,parent,child,sibling,grandparent,grandchild" doc:"a 是 b 的什么人"`
		}
	}
	type kinAnswer struct {
		Conflicts []string `json:"conflicts" doc:"现任职务因此违反的回避规定"`
	}
	write(a, route{
		id: "add-kinship", path: "/kinships", tag: "名册", access: signedIn, status: http.StatusCreated, summary: "登记近亲属关系（用于任职回避）",
		example: map[string]any{"a": "名册编号甲", "b": "名册编号乙", "kind": "sibling"},
	},
		func(ctx context.Context, c account.Caller, act audit.Act, in *kin) (account.KinshipResult, error) {
			return a.accounts.AddKinship(ctx, c, act, account.KinshipInput{A: in.Body.A, B: in.Body.B, Kind: account.Kin(in.Body.Kind)})
		}, func(r account.KinshipResult) kinAnswer {
			return kinAnswer{Conflicts: append([]string{}, r.Conflicts...)}
		})
}
