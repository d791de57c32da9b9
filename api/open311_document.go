package api

import (
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
)

// documentOpen311 describes what huma does not serve.
func (a *API) documentOpen311() {
	schemas := a.huma.OpenAPI().Components.Schemas
	refused := &huma.Response{Description: "拒绝，按标准的格式", Content: map[string]*huma.MediaType{
		"application/json": {Schema: schemas.Schema(typeOf[[]Error311](), true, "Errors311")}, "text/xml": {Schema: &huma.Schema{Type: "string"}},
	}}
	all := map[string]*huma.Param{}
	for _, p := range []struct{ name, doc, example string }{
		{"jurisdiction_id", "地区代码，任何级别；不填是全站", "510821102200"},
		{"service_request_id", "编号，几个用逗号隔开，最多五十个；填了就不看别的条件", ""},
		{"service_code", "类别，几个用逗号隔开", "road,water"},
		{"start_date", "从什么时候起说的；不填是最近九十天", "2026-07-01T00:00:00+08:00"},
		{"end_date", "到什么时候为止；和 start_date 最多相隔九十天", "2026-09-01T00:00:00+08:00"},
		{"status", "open 没有了结的，closed 已经了结的（不等于解决）", "open"},
		{"page", "第几页（扩展）", "1"},
		{"page_size", "每页几件（扩展）", "50"},
	} {
		one := &huma.Param{Name: p.name, In: "query", Description: p.doc, Schema: &huma.Schema{Type: "string"}}
		if p.example != "" {
			one.Example = p.example
		}
		all[p.name] = one
	}
	for _, d := range []struct {
		id, path, summary string
		schema            *huma.Schema
		names             []string
	}{
		{"open311-discovery", "discovery", "Open311：有哪些接口", schemas.Schema(typeOf[Discovery311](), true, "Discovery311"), nil},
		{"open311-services", "services", "Open311：类别", schemas.Schema(typeOf[[]Service311](), true, "Services311"), oneKind.names},
		{"open311-service", "services/{service_code}", "Open311：一个类别要另填什么（没有）", schemas.Schema(typeOf[Definition311](), true, "Definition311"), oneKind.names},
		{"open311-requests", "requests", "Open311：公开的说事，新的在前", schemas.Schema(typeOf[[]Request311](), true, "Requests311"), narrowing311},
		{"open311-request", "requests/{service_request_id}", "Open311：一件公开的说事", schemas.Schema(typeOf[[]Request311](), true, "Requests311"), oneKind.names},
		{"open311-updates", "updates", "Open311：公开说事的进展（扩展）", schemas.Schema(typeOf[[]Update311](), true, "Updates311"), narrowing311},
	} {
		op := &huma.Operation{
			OperationID: d.id, Method: http.MethodGet, Path: base311 + d.path + ".{format}", Tags: []string{"说事"}, Summary: d.summary,
			Description: "Open311 GeoReport v2 的读的一半，见 docs/open311.md。只有审核过的公开说事，没有说事人。支持 ETag、If-None-Match 和 gzip。",
			Security:    openToAll(),
			Parameters: []*huma.Param{{
				Name: "format", In: "path", Required: true, Description: "格式", Example: "json", Schema: &huma.Schema{Type: "string", Enum: []any{"json", "xml"}},
			}},
			Responses: map[string]*huma.Response{
				"200": {Description: "结果", Content: map[string]*huma.MediaType{"application/json": {Schema: d.schema}, "text/xml": {Schema: &huma.Schema{Type: "string"}}}},
				"304": {Description: "没有变化"}, "400": refused, "404": refused, "429": refused, "503": refused,
			},
		}
		for _, in := range []string{"service_code", "service_request_id"} {
			if d.path == "services/{"+in+"}" || d.path == "requests/{"+in+"}" {
				op.Parameters = append(op.Parameters, &huma.Param{Name: in, In: "path", Required: true, Schema: &huma.Schema{Type: "string"}})
			}
		}
		for _, name := range narrowing311 {
			if slices.Contains(d.names, name) {
				op.Parameters = append(op.Parameters, all[name])
			}
		}
		a.huma.OpenAPI().AddOperation(op)
	}
}
