package api

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"sort"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"cunwu/service/fault"
)

//go:embed docs.html.tmpl docs.css
var docsFS embed.FS

var docsPage = template.Must(template.ParseFS(docsFS, "docs.html.tmpl"))

type docsOperation struct {
	Method, Path, ID, Summary, Detail string
	SignedIn                          bool
	Params                            []docsParam
	Example                           string
	Answers                           []docsAnswer
}

type docsParam struct {
	Name, In, Doc string
	Required      bool
}

type docsAnswer struct{ Status, Doc string }

type docsSection struct {
	Tag        string
	Operations []docsOperation
}

type docsCode struct {
	Code, Message string
	Status        int
}

// docsHTML renders the human pages of the API from the same document that
// machines get: no script, no third-party host.
func (a *API) docsHTML() ([]byte, error) {
	sections := map[string][]docsOperation{}
	var tags []string
	for path, item := range a.huma.OpenAPI().Paths {
		for method, op := range map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "DELETE": item.Delete} {
			if op == nil || len(op.Tags) == 0 {
				continue
			}
			tag := op.Tags[0]
			if !slices.Contains(tags, tag) {
				tags = append(tags, tag)
			}
			sections[tag] = append(sections[tag], describe(method, path, op))
		}
	}
	sort.Strings(tags)
	data := struct {
		Title    string
		Sections []docsSection
		Codes    []docsCode
	}{Title: a.huma.OpenAPI().Info.Title}
	for _, tag := range tags {
		ops := sections[tag]
		sort.Slice(ops, func(i, j int) bool {
			if ops[i].Path != ops[j].Path {
				return ops[i].Path < ops[j].Path
			}
			return ops[i].Method < ops[j].Method
		})
		data.Sections = append(data.Sections, docsSection{Tag: tag, Operations: ops})
	}
	for _, f := range fault.All() {
		data.Codes = append(data.Codes, docsCode{Code: f.Code, Message: f.Message, Status: statusOf[f.Kind]})
	}
	var buf bytes.Buffer
	if err := docsPage.Execute(&buf, data); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

func describe(method, path string, op *huma.Operation) docsOperation {
	d := docsOperation{Method: method, Path: path, ID: op.OperationID, Summary: op.Summary, Detail: op.Description, SignedIn: len(op.Security) == 1}
	for _, p := range op.Parameters {
		d.Params = append(d.Params, docsParam{Name: p.Name, In: p.In, Doc: p.Description, Required: p.Required})
	}
	if op.RequestBody != nil {
		if mt := op.RequestBody.Content["application/json"]; mt != nil && mt.Example != nil {
			if b, err := json.MarshalIndent(mt.Example, "", "  "); err == nil {
				d.Example = string(b)
			}
		}
	}
	for status, r := range op.Responses {
		if status != "default" {
			d.Answers = append(d.Answers, docsAnswer{Status: status, Doc: r.Description})
		}
	}
	sort.Slice(d.Answers, func(i, j int) bool { return d.Answers[i].Status < d.Answers[j].Status })
	return d
}

// mountDocs serves /docs and its style sheet.
func (a *API) mountDocs(r gin.IRouter) error {
	page, err := a.docsHTML()
	if err != nil {
		return err
	}
	css, err := docsFS.ReadFile("docs.css")
	if err != nil {
		return err
	}
	serve := func(contentType string, body []byte) gin.HandlerFunc {
		return func(c *gin.Context) {
			c.Header("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'")
			c.Header("Cache-Control", "public, max-age=300")
			c.Data(http.StatusOK, contentType, body)
		}
	}
	r.GET("/docs", serve("text/html; charset=utf-8", page))
	r.GET("/docs/style.css", serve("text/css; charset=utf-8", css))
	return nil
}
