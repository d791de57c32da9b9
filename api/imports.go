package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"cunwu/service/account"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/region"
	"cunwu/service/workbook"
)

// fileProblem is what is wrong at one place of a file.
type fileProblem struct {
	Sheet   string `json:"sheet,omitempty" doc:"工作表；只有一张表时没有"`
	Row     int    `json:"row" doc:"第几行，从 1 开始；0 为整张表"`
	Column  string `json:"column,omitempty" example:"D" doc:"列的字母"`
	Message string `json:"message"`
}

type skippedRow struct {
	Sheet string `json:"sheet,omitempty"`
	Row   int    `json:"row" doc:"0 为整张表"`
	Why   string `json:"why" example:"合计行，已和明细核对"`
}

type linesColumn struct {
	Column  string   `json:"column" example:"D"`
	Header  string   `json:"header" example:"支出（元）"`
	Field   string   `json:"field" example:"expense" doc:"认成了哪一栏；空为没认出来"`
	Samples []string `json:"samples"`
}

type linesTotals struct {
	IncomeFen  int64  `json:"income_fen"`
	ExpenseFen int64  `json:"expense_fen"`
	OpeningFen *int64 `json:"opening_fen,omitempty" doc:"表里写明的期初余额"`
	ClosingFen *int64 `json:"closing_fen,omitempty" doc:"表里写明的期末余额"`
}

// linesPreview says how a file of lines was understood.
type linesPreview struct {
	Columns   []linesColumn `json:"columns"`
	Unmatched []string      `json:"unmatched" doc:"没认出来的列名；可用 mapping 指定"`
	Lines     []line        `json:"lines"`
	Totals    linesTotals   `json:"totals"`
	Skipped   []skippedRow  `json:"skipped" doc:"认出来、但不是明细的行：合计、余额、说明"`
	Problems  []fileProblem `json:"problems"`
	More      int           `json:"more_problems" doc:"没有列出来的还有几条"`
	Revision  int           `json:"revision" doc:"草稿现在的 revision"`
	Applied   bool          `json:"applied" doc:"false 为预览，什么都没有写入"`
}

func showProblems(in []disclosure.CellProblem) []fileProblem {
	return mapped(in, func(p disclosure.CellProblem) fileProblem { return fileProblem(p) })
}

func showSkipped(in []disclosure.Skipped) []skippedRow {
	return mapped(in, func(s disclosure.Skipped) skippedRow { return skippedRow(s) })
}

func showLinesPreview(p disclosure.LinesPreview) linesPreview {
	return linesPreview{
		Columns: mapped(p.Columns, func(c disclosure.LinesColumn) linesColumn {
			return linesColumn{Column: c.Column, Header: c.Header, Field: c.Field, Samples: append([]string{}, c.Samples...)}
		}),
		Unmatched: append([]string{}, p.Unmatched...), Lines: mapped(p.Lines, showLine),
		Totals:  linesTotals{IncomeFen: p.IncomeFen, ExpenseFen: p.ExpenseFen, OpeningFen: p.OpeningFen, ClosingFen: p.ClosingFen},
		Skipped: showSkipped(p.Skipped), Problems: showProblems(p.Problems), More: p.More, Revision: p.Revision, Applied: p.Applied,
	}
}

type batchDraft struct {
	ID         string `json:"id,omitempty" doc:"写入后草稿的编号"`
	Sheet      string `json:"sheet"`
	Row        int    `json:"row"`
	ItemCode   string `json:"item_code"`
	ItemName   string `json:"item_name"`
	Period     string `json:"period"`
	Title      string `json:"title"`
	LinesSheet string `json:"lines_sheet,omitempty" doc:"明细所在的工作表"`
	Lines      int    `json:"lines" doc:"明细行数"`
	IncomeFen  *int64 `json:"income_fen,omitempty"`
	ExpenseFen *int64 `json:"expense_fen,omitempty"`
}

// batchPreview says what a workbook would draft.
type batchPreview struct {
	Drafts   []batchDraft  `json:"drafts"`
	Skipped  []skippedRow  `json:"skipped"`
	Problems []fileProblem `json:"problems"`
	More     int           `json:"more_problems"`
	Applied  bool          `json:"applied" doc:"false 为预览，什么都没有写入"`
}

func showBatch(p disclosure.BatchPreview) batchPreview {
	return batchPreview{
		Drafts:  mapped(p.Drafts, func(d disclosure.BatchDraft) batchDraft { return batchDraft(d) }),
		Skipped: showSkipped(p.Skipped), Problems: showProblems(p.Problems), More: p.More, Applied: p.Applied,
	}
}

// linesInput is an import of lines: the parts are read by hand, within bounds.
type linesInput struct {
	IDPath
	Apply    bool   `query:"apply" doc:"true 才写入；默认只预览"`
	Revision int    `query:"revision" minimum:"0" doc:"写入时必填：读到的 revision，防止覆盖别人的修改"`
	Mapping  string `query:"mapping" maxLength:"4000" doc:"没认出来的列是什么，JSON：{\"列名\":\"summary\"}；也可作为表单的一部分"`

	request *http.Request
}

// Resolve takes the raw request.
func (f *linesInput) Resolve(hctx huma.Context) []error {
	f.request = unwrapGin(hctx).Request
	return nil
}

type batchInput struct {
	Region string `query:"region" required:"true" pattern:"^[0-9]{12}$" patternDescription:"12 位数字的村（社区）代码" example:"510821102200"`
	Apply  bool   `query:"apply" doc:"true 才写入；默认只预览"`

	request *http.Request
}

// Resolve takes the raw request.
func (f *batchInput) Resolve(hctx huma.Context) []error {
	f.request = unwrapGin(hctx).Request
	return nil
}

func (a *API) mountImports() {
	a.mountLinesImport()
	a.mountBatchImport()
	a.mountTemplate()
}

// importing is the description of a POST of a file.
func (a *API) importing(r route) huma.Operation {
	op := a.operation(r)
	op.Middlewares = huma.Middlewares{a.identify, a.signedIn}
	if r.known != nil {
		op.Middlewares = append(op.Middlewares, a.knownFirst(r.known))
	}
	op.Middlewares = append(op.Middlewares, a.paced, a.idempotent)
	op.MaxBodyBytes, op.BodyReadTimeout = -1, -1
	op.Errors = append(op.Errors, http.StatusRequestEntityTooLarge)
	return op
}

func (a *API) mountLinesImport() {
	op := a.importing(route{
		id: "import-lines", method: http.MethodPost, path: "/disclosures/{id}/lines", tag: "公开", access: signedIn,
		known: func(ctx context.Context, caller account.Caller, id string) error {
			return a.disclosures.Known(ctx, caller, id)
		},
		summary: "导入收支明细（xlsx 或 csv）",
		detail:  "先预览：认出的列、明细、合计和逐格问题；apply=true 且没有问题才写入草稿，替换原有明细和合计。合计、期初、期末余额行会认出来，不算明细。",
	})
	huma.Register(a.huma, op, func(ctx context.Context, in *linesInput) (*output[linesPreview], error) {
		q := requestFrom(ctx)
		form, err := a.readForm(in.request)
		if err != nil {
			return nil, a.asError(ctx, err)
		}
		mapping, err := readMapping(in.Mapping, form.mapping)
		if err == nil && in.Apply && in.Revision == 0 {
			err = fault.ErrInvalid.At("query.revision", "写入时请带上读到的 revision")
		}
		if err != nil {
			return nil, a.asError(ctx, err)
		}
		act := q.act()
		if q.key != "" && in.Apply {
			act.Receipt = receipt(q, http.StatusOK, showLinesPreview)
			act.Receipt.Digest = sha256.Sum256(fmt.Appendf(nil, "%s\x00%d\x00%v\x00%s", form.name, in.Revision, mapping, form.file))
		}
		p, err := a.disclosures.ImportLines(ctx, q.caller, act, in.ID, disclosure.LinesFile{
			Name: form.name, Data: form.file, Mapping: mapping, Apply: in.Apply, Revision: in.Revision,
		})
		if err != nil {
			return nil, a.asError(ctx, err)
		}
		return &output[linesPreview]{Status: http.StatusOK, CacheControl: "private, no-store", Body: showLinesPreview(p)}, nil
	})
	a.documentFile(op.Path, "前 20 行里有表头：日期、凭证号、摘要、科目、收入、支出、余额、经办人、审核人、项目、合同、资产、收款单位……")
}

func (a *API) mountBatchImport() {
	op := a.importing(route{
		id: "import-workbook", method: http.MethodPost, path: "/disclosures/workbook", tag: "公开", access: signedIn,
		summary: "用一个工作簿起草多条公开（xlsx）",
		detail:  "模板见 GET /api/v1/disclosures/workbook。先预览；apply=true 且没有问题才全部起草，有一条不行就一条也不写。",
	})
	huma.Register(a.huma, op, func(ctx context.Context, in *batchInput) (*output[batchPreview], error) {
		q := requestFrom(ctx)
		form, err := a.readForm(in.request)
		if err != nil {
			return nil, a.asError(ctx, err)
		}
		act := q.act()
		if q.key != "" && in.Apply {
			act.Receipt = receipt(q, http.StatusOK, showBatch)
			act.Receipt.Digest = sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s", in.Region, form.name, form.file))
		}
		p, err := a.disclosures.ImportBatch(ctx, q.caller, act, disclosure.BatchFile{
			Region: region.Code(in.Region), Name: form.name, Data: form.file, Apply: in.Apply,
		})
		if err != nil {
			return nil, a.asError(ctx, err)
		}
		return &output[batchPreview]{Status: http.StatusOK, CacheControl: "private, no-store", Body: showBatch(p)}, nil
	})
	a.documentFile(op.Path, "模板格式的 xlsx：工作表“公开事项”和各事项的明细表")
}

const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// fileOutput is an answer that is a file.
type fileOutput struct {
	ContentType  string `header:"Content-Type"`
	Disposition  string `header:"Content-Disposition"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

func (a *API) mountTemplate() {
	type query struct {
		Region string `query:"region" required:"true" pattern:"^[0-9]{12}$" patternDescription:"12 位数字的村（社区）代码" example:"510821102200"`
		Period string `query:"period" required:"true" minLength:"4" maxLength:"7" example:"2026Q3" doc:"2026-09、2026Q3、2026H1 或 2026"`
	}
	op := a.operation(route{
		id: "get-workbook-template", method: http.MethodGet, path: "/disclosures/workbook", tag: "公开", access: signedIn,
		summary: "空白的起草工作簿，已列出这一期应公开的事项", detail: "季度的模板含季度事项和三个月的月度事项；半年、全年的模板只含半年、全年的事项。",
	})
	op.Responses = map[string]*huma.Response{"200": {
		Description: "xlsx 文件", Content: map[string]*huma.MediaType{xlsxType: {Schema: &huma.Schema{Type: "string", Format: "binary"}}},
	}}
	huma.Register(a.huma, op, func(ctx context.Context, in *query) (*fileOutput, error) {
		var b bytes.Buffer
		err := a.disclosures.Template(ctx, requestFrom(ctx).caller, region.Code(in.Region), in.Period, &b)
		if err != nil {
			return nil, a.asError(ctx, err)
		}
		return &fileOutput{
			ContentType: xlsxType, CacheControl: "private, no-store", Body: b.Bytes(),
			Disposition: attachmentName("template-"+in.Region+"-"+in.Period+".xlsx", "公开模板 "+in.Period+".xlsx"),
		}, nil
	})
}

// attachmentName is a Content-Disposition that every browser understands: an
// ASCII name, and the real one as RFC 8187 writes it.
func attachmentName(ascii, name string) string {
	return fmt.Sprintf(`attachment; filename="%s"; filename*=UTF-8''%s`, ascii, url.PathEscape(name))
}

// form is what an import sends.
type form struct {
	name    string
	file    []byte
	mapping string
}

const mappingBytes = 16 << 10

// readForm reads the parts file and mapping, in any order, within the limits.
func (a *API) readForm(r *http.Request) (form, error) {
	r.Body = http.MaxBytesReader(nil, r.Body, a.limits.UploadBytes+envelopeBytes)
	mr, err := r.MultipartReader()
	if err != nil {
		return form{}, errMediaType.Saying("请用 multipart/form-data 上传一个名为 file 的文件。").Because(err)
	}
	var f form
	found := false
	for {
		part, err := mr.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return form{}, bodyError(err)
		}
		switch part.FormName() {
		case "file":
			if found {
				return form{}, fault.ErrInvalid.At("body.file", "一次只能上传一个文件")
			}
			if f.name, f.file, err = readPart(part); err != nil {
				return form{}, err
			}
			found = true
		case "mapping":
			raw, err := io.ReadAll(io.LimitReader(part, mappingBytes))
			if err != nil {
				return form{}, bodyError(err)
			}
			f.mapping = string(raw)
		}
	}
	if !found {
		return form{}, workbook.ErrUnreadable.At("body.file", "没有收到文件")
	}
	return f, nil
}

// readMapping reads the mapping of the query or, if none, of the form.
func readMapping(query, part string) (map[string]string, error) {
	text := query
	if text == "" {
		text = part
	}
	if text == "" {
		return nil, nil
	}
	var m map[string]string
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return nil, fault.ErrInvalid.At("body.mapping", "应为 JSON：{\"列名\":\"summary\"}")
	}
	return m, nil
}
