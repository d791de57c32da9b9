package api

import (
	"compress/gzip"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"cunwu/service/ballot"
	"cunwu/service/prepared"
)

const (
	// finalCache: a certified open ballot never changes again, so that copies
	// never have to ask. A sealed one awaits its keepers' last statements.
	finalCache = "public, max-age=31536000, immutable"
	laterCache = "public, no-cache"
)

var ballotExportTypes = map[ballot.Format]string{
	ballot.JSON: "application/json", ballot.CSV: "text/csv; charset=utf-8; header=present",
}

// errUnchanged ends an export that the client has already.
var errUnchanged = errors.New("api: unchanged")

// mountBallotExports serves what a stranger needs to count again. They are plain
// handlers: they stream.
func (a *API) mountBallotExports(g *gin.RouterGroup) {
	g.GET("/api/v1/ballots/:id/export", func(c *gin.Context) { a.exportBallot(c, ballot.JSON) })
	g.GET("/api/v1/ballots/:id/export.csv", func(c *gin.Context) { a.exportBallot(c, ballot.CSV) })
	a.documentBallotExports()
}

// exportBallot streams a certified ballot. What cannot be read to its end is cut
// off, never ended as if whole.
func (a *API) exportBallot(c *gin.Context, f ballot.Format) {
	ctx := c.Request.Context()
	c.Header("Access-Control-Allow-Origin", "*")
	c.Header("Access-Control-Expose-Headers", "ETag, Content-Disposition")
	caller, err := a.callerOf(ctx, c)
	if err != nil {
		a.refuse(c, err)
		return
	}
	w := &openWriter{c: c, header: http.Header{}, control: http.NewResponseController(c.Writer)}
	err = a.ballots.WriteExport(ctx, caller, c.Param("id"), f, func(i ballot.ExportInfo) (io.Writer, error) {
		return a.beginBallotExport(c, w, f, i)
	})
	if err == nil && w.packed != nil {
		err = w.packed.Close()
	}
	switch {
	case err == nil, errors.Is(err, errUnchanged):
	case !w.started:
		a.refuse(c, err)
	default:
		a.log.LogAttrs(ctx, slog.LevelWarn, "export broken off", slog.String("request_id", requestID(ctx)), slog.Any("cause", err))
		panic(http.ErrAbortHandler)
	}
}

// beginBallotExport sets the header, or answers 304 where the client has it.
func (a *API) beginBallotExport(c *gin.Context, w *openWriter, f ballot.Format, i ballot.ExportInfo) (io.Writer, error) {
	v := prepared.Variant{ETag: `"` + i.Tag + `"`}
	h := w.header
	h.Set("Etag", "W/"+v.ETag) // of either coding
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", laterCache)
	if i.Final {
		h.Set("Cache-Control", finalCache)
	}
	if match := c.GetHeader("If-None-Match"); match != "" && v.Matches(match) {
		for name, value := range h {
			c.Writer.Header()[name] = value
		}
		c.Status(http.StatusNotModified)
		c.Writer.WriteHeaderNow()
		return nil, errUnchanged
	}
	h.Set("Content-Type", ballotExportTypes[f])
	if f == ballot.CSV {
		h.Set("Content-Disposition", `attachment; filename="`+i.Name+`"`)
	}
	if takesGzip(c.Request.Header["Accept-Encoding"]) {
		h.Set("Content-Encoding", "gzip")
		w.packed = gzip.NewWriter(c.Writer)
	}
	return w, nil
}

func (a *API) documentBallotExports() {
	oapi := a.huma.OpenAPI()
	schemas := oapi.Components.Schemas
	problem := &huma.Response{Description: "拒绝", Content: map[string]*huma.MediaType{
		"application/problem+json": {Schema: schemas.Schema(typeOf[Problem](), true, "Problem")},
	}}
	type exportedCast struct {
		Tracker string   `json:"tracker"`
		Choices []string `json:"choices"`
		Origin  string   `json:"origin,omitempty"`
	}
	type exported struct {
		Definition  map[string]any `json:"definition"`
		Digest      string         `json:"definition_digest" doc:"definition 去掉 opened_at 和 closed_at 以后规范 JSON 的 SHA-256"`
		RollSize    int            `json:"roll_size"`
		RollDigest  string         `json:"roll_digest"`
		CastsDigest string         `json:"casts_digest" doc:"每票一行“编号 空格 选项代码（逗号隔开）换行”，按编号排列，全部的 SHA-256"`
		Log         *ballotPlaces  `json:"log"`
		Ballots     []exportedCast `json:"ballots" doc:"按编号排列；任何一种方式不足 5 票的不写方式。秘密表决没有这一项，有 box、trustees、commitments、pair"`
		Result      map[string]any `json:"result" doc:"规范 JSON 的 SHA-256 在公开存证里；秘密表决的先去掉 counted、bad、paper、values、sealed_by"`
		Opinion     string         `json:"opinion" doc:"监委会的意见"`
	}
	id := &huma.Param{Name: "id", In: "path", Required: true, Description: "表决编号", Schema: &huma.Schema{Type: "string"}}
	const detail = "监委会确认以后公布。支持 gzip 和 If-None-Match；公布以后不再变，可以一直缓存（秘密表决等三位保管人都声明销毁钥匙以后）。"
	for _, o := range []struct {
		id, ending, summary, media string
		schema                     *huma.Schema
	}{
		{"export-ballot", "", "每一票和结果，任何人都能重新计票", "application/json", schemas.Schema(typeOf[exported](), true, "BallotExport")},
		{"export-ballot-csv", ".csv", "每一票一行的表格，列见 docs/open-data.md", "text/csv", &huma.Schema{Type: "string"}},
	} {
		oapi.AddOperation(&huma.Operation{
			OperationID: o.id, Method: http.MethodGet, Path: "/api/v1/ballots/{id}/export" + o.ending, Tags: []string{"表决"},
			Summary: o.summary, Description: detail, Security: openToAll(), Parameters: []*huma.Param{id},
			Responses: map[string]*huma.Response{
				"200": {Description: "全部", Content: map[string]*huma.MediaType{o.media: {Schema: o.schema}}},
				"304": {Description: "和 If-None-Match 的一样"},
				"404": problem, "409": problem, "503": problem,
			},
		})
	}
}
