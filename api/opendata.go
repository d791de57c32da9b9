package api

import (
	"compress/gzip"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"cunwu/service/fault"
	"cunwu/service/opendata"
	"cunwu/service/prepared"
	"cunwu/service/region"
)

const (
	// openTime is how long a page of an export may take to reach the client.
	openTime = 60 * time.Second
	// Exports of one network address: a village shares one.
	exportsPerSecond = 1.0
	exportBurst      = 30
	// openCache lets copies be kept, and asked for each time: what is withdrawn
	// is gone from them at once.
	openCache = "public, no-cache"
)

var openTypes = map[opendata.Format]string{
	opendata.CSV: "text/csv; charset=utf-8; header=present", opendata.XLSX: xlsxType, opendata.JSONL: "application/jsonl; charset=utf-8",
}

// mountOpenData serves files. They are plain handlers: they stream.
func (a *API) mountOpenData(r gin.IRouter) {
	for path, h := range map[string]gin.HandlerFunc{"/open/:region/:file": a.exportOpen, "/open/columns.json": a.openColumns} {
		r.GET(path, h)
		r.HEAD(path, h)
	}
	a.documentOpenData()
}

// openDocument is the machine-readable description of all columns.
type openDocument struct {
	Encoding string            `json:"encoding"`
	Timezone string            `json:"timezone"`
	License  string            `json:"license"`
	Postings []opendata.Column `json:"postings"`
	Lines    []opendata.Column `json:"lines"`
}

func (a *API) openColumns(c *gin.Context) {
	c.Header("Access-Control-Allow-Origin", "*")
	c.Header("Cache-Control", "public, max-age=3600")
	c.JSON(http.StatusOK, openDocument{
		Encoding: "UTF-8", Timezone: "Asia/Shanghai", License: "政府信息公开内容，注明来源即可使用",
		Postings: opendata.Columns(opendata.Postings), Lines: opendata.Columns(opendata.Lines),
	})
}

// exportOpen is "/open/{region}/{postings|lines}.{csv|xlsx|jsonl}".
func (a *API) exportOpen(c *gin.Context) {
	c.Header("Access-Control-Allow-Origin", "*")
	c.Header("Access-Control-Expose-Headers", "ETag, Content-Disposition")
	q, f, err := readOpenQuery(c)
	if err == nil {
		if ok, wait := a.limiter.Allow(c.Request.Context(), "open:"+c.ClientIP(), exportsPerSecond, exportBurst); !ok {
			err = errTooMany.After(wait)
		}
	}
	if err != nil {
		a.refuse(c, err)
		return
	}
	tag, err := a.openData.Tag(c.Request.Context(), q, f)
	if err != nil {
		a.refuse(c, err)
		return
	}
	v := prepared.Variant{ETag: `"` + tag + `"`}
	if match := c.GetHeader("If-None-Match"); match != "" && v.Matches(match) {
		c.Header("Etag", "W/"+v.ETag)
		c.Header("Cache-Control", openCache)
		c.Status(http.StatusNotModified)
		c.Writer.WriteHeaderNow()
		return
	}
	export, err := a.openData.Open(c.Request.Context(), q)
	if err != nil {
		a.refuse(c, err)
		return
	}
	h := openHeader(q, f)
	h.Set("Etag", "W/"+v.ETag)
	a.sendExport(c, export, f, h)
}

// sendExport streams. Nothing is sent before there is something to send, so
// that a refusal is a problem; after that a failure breaks the connection off,
// which every client notices, where an end would look like the end of the file.
func (a *API) sendExport(c *gin.Context, export *opendata.Export, f opendata.Format, header http.Header) {
	w := &openWriter{c: c, header: header, control: http.NewResponseController(c.Writer)}
	if f != opendata.XLSX && takesGzip(c.Request.Header["Accept-Encoding"]) {
		header.Set("Content-Encoding", "gzip")
		w.packed = gzip.NewWriter(c.Writer)
	}
	w.later()
	if c.Request.Method == http.MethodHead {
		w.start()
		c.Writer.WriteHeaderNow()
		return
	}
	err := export.Write(c.Request.Context(), f, w, w.flush)
	if err == nil && w.packed != nil {
		err = w.packed.Close()
	}
	if err == nil {
		return
	}
	if !w.started {
		a.refuse(c, err)
		return
	}
	a.log.LogAttrs(c.Request.Context(), slog.LevelWarn, "export broken off", slog.String("request_id", requestID(c.Request.Context())), slog.Any("cause", err))
	panic(http.ErrAbortHandler)
}

// openWriter begins the answer with its first byte.
type openWriter struct {
	c       *gin.Context
	header  http.Header
	control *http.ResponseController
	packed  *gzip.Writer
	started bool
}

func (w *openWriter) start() {
	w.started = true
	h := w.c.Writer.Header()
	for k, v := range w.header {
		h[k] = v
	}
	w.c.Writer.WriteHeader(http.StatusOK)
}

func (w *openWriter) Write(p []byte) (int, error) {
	if !w.started {
		w.start()
	}
	w.later()
	if w.packed != nil {
		return w.packed.Write(p) //nolint:wrapcheck // a writer hands on what it is told
	}
	return w.c.Writer.Write(p) //nolint:wrapcheck // as above
}

// flush sends what there is and gives the next page its time: a slow line may
// take as long as it moves, a dead one may not.
func (w *openWriter) flush() error {
	w.later()
	if w.packed != nil && w.started {
		if err := w.packed.Flush(); err != nil {
			return fmt.Errorf("api: compress: %w", err)
		}
	}
	if !w.started {
		return nil
	}
	if err := w.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("api: flush: %w", err)
	}
	return nil
}

func (w *openWriter) later() {
	_ = w.control.SetWriteDeadline(time.Now().Add(openTime)) // test recorders have no deadline
}

// readOpenQuery reads the address strictly: each answer has one address.
func readOpenQuery(c *gin.Context) (opendata.Query, opendata.Format, error) {
	name, ending, _ := strings.Cut(c.Param("file"), ".")
	q, f := opendata.Query{Region: region.Code(c.Param("region")), Kind: opendata.Kind(name)}, opendata.Format(ending)
	if openTypes[f] == "" || q.Kind != opendata.Postings && q.Kind != opendata.Lines {
		return q, f, errNoRoute
	}
	values, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		return q, f, fault.ErrInvalid.At("query", "参数格式不对")
	}
	for name, vs := range values {
		if len(vs) != 1 {
			return q, f, fault.ErrInvalid.At("query."+name, "只能给一次")
		}
		switch name {
		case "from":
			q.From = vs[0]
		case "to":
			q.To = vs[0]
		default:
			return q, f, fault.ErrInvalid.At("query."+name, "没有这个参数")
		}
	}
	return q, f, nil
}

func openHeader(q opendata.Query, f opendata.Format) http.Header {
	span := ""
	if q.From != "" || q.To != "" {
		span = "-" + q.From + "-" + q.To
	}
	file := string(q.Region) + span + "." + string(f)
	said := map[opendata.Kind]string{opendata.Postings: "村务公开", opendata.Lines: "收支明细"}[q.Kind]
	return http.Header{
		"Content-Type":        {openTypes[f]},
		"Content-Disposition": {attachmentName(string(q.Kind)+"-"+file, said+"-"+file)},
		"Cache-Control":       {openCache},
		"Vary":                {"Accept-Encoding"},
		"Link":                {`</open/columns.json>; rel="describedby"`},
	}
}

// documentOpenData describes what huma does not serve.
func (a *API) documentOpenData() {
	oapi := a.huma.OpenAPI()
	problem := &huma.Response{Description: "拒绝", Content: map[string]*huma.MediaType{
		"application/problem+json": {Schema: oapi.Components.Schemas.Schema(typeOf[Problem](), true, "Problem")},
	}}
	day := func(name, doc string) *huma.Param {
		return &huma.Param{Name: name, In: "query", Description: doc, Example: "2026-09-01", Schema: &huma.Schema{Type: "string", Format: "date"}}
	}
	content := map[string]*huma.MediaType{}
	for _, t := range openTypes {
		content[strings.TrimSpace(strings.Split(t, ";")[0])] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	}
	oapi.AddOperation(&huma.Operation{
		OperationID: "export-open-data", Method: http.MethodGet, Path: "/open/{region}/{file}", Tags: []string{"开放数据"},
		Summary:     "一个地方和它下面所有地方现在公开的内容，整个文件，新的在前",
		Description: "file 为 postings（每条公开一行）或 lines（每笔收支一行），加上 .csv、.xlsx 或 .jsonl。列的说明见 /open/columns.json 和 docs/open-data.md。支持 ETag 和 If-None-Match；传输中途出错会断开连接，不会给出看似完整的文件。",
		Security:    openToAll(),
		Parameters: []*huma.Param{
			{Name: "region", In: "path", Required: true, Description: "地区代码，2 到 14 位", Example: "510821102200", Schema: &huma.Schema{Type: "string"}},
			{Name: "file", In: "path", Required: true, Description: "文件名", Example: "lines.csv", Schema: &huma.Schema{Type: "string", Enum: []any{
				"postings.csv", "postings.xlsx", "postings.jsonl", "lines.csv", "lines.xlsx", "lines.jsonl",
			}}},
			day("from", "从哪天公布的起（含）"), day("to", "到哪天公布的止（含）"),
		},
		Responses: map[string]*huma.Response{
			"200": {Description: "文件", Content: content}, "304": {Description: "没有变化"}, "404": problem, "422": problem, "429": problem, "503": problem,
		},
	})
	oapi.AddOperation(&huma.Operation{
		OperationID: "get-open-columns", Method: http.MethodGet, Path: "/open/columns.json", Tags: []string{"开放数据"},
		Summary: "开放数据每一列的名称和意思", Security: openToAll(),
		Responses: map[string]*huma.Response{"200": {Description: "说明", Content: map[string]*huma.MediaType{
			"application/json": {Schema: oapi.Components.Schemas.Schema(typeOf[openDocument](), true, "OpenColumns")},
		}}, "405": problem},
	})
}
