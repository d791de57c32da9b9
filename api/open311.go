package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"cunwu/service/concern"
	"cunwu/service/fault"
	"cunwu/service/region"
)

// Open311 GeoReport v2, the read side, over public concerns. It is a door for
// programs of others: names, shapes and refusals are the standard's. Whoever
// asks is a stranger, whatever token is sent.

const (
	root311 = "/open311"
	base311 = root311 + "/v2/"
	spec311 = "http://wiki.open311.org/GeoReport_v2"

	// Questions of one network address that are not answered from memory.
	asks311PerSecond = 2.0
	asks311Burst     = 60
)

var (
	errNoKey    = fault.Define(fault.Forbidden, "open311.read_only", "这里只能读，不发 api_key。要说事请用本站的页面或小程序。")
	errNoFormat = fault.Define(fault.NotFound, "open311.no_route", "没有这个地址。地址要以 .json 或 .xml 结尾，有哪些见 /open311/v2/discovery.xml 和 docs/open311.md。")
)

// mountOpen311 takes everything below its root, so that every refusal there is
// in the standard's form.
func (a *API) mountOpen311(r gin.IRouter) {
	r.Any(root311+"/*path", a.open311)
	a.documentOpen311()
}

// lost refuses what no route is for, below the root of Open311 in its form.
func (a *API) lost(err error) gin.HandlerFunc {
	return func(c *gin.Context) {
		path := c.Request.URL.Path
		if a.concerns == nil || path != root311 && !strings.HasPrefix(path, root311+"/") {
			a.refuse(c, err)
			return
		}
		c.Writer.Header()["Access-Control-Allow-Origin"] = hotOrigin
		_, format, _ := formatOf311(path)
		a.refuse311(c, format, err)
	}
}

// asked311 is one question on its way.
type asked311 struct {
	base   string // address of the site
	parts  []string
	format format311
}

// formatOf311 reads the ending; JSON where there is none that is known.
func formatOf311(path string) (rest string, f format311, ok bool) {
	for _, f := range []format311{json311, xml311} {
		if rest, ok := strings.CutSuffix(path, "."+string(f)); ok {
			return rest, f, true
		}
	}
	return path, json311, false
}

func (a *API) open311(c *gin.Context) {
	h := c.Writer.Header()
	h["Access-Control-Allow-Origin"] = hotOrigin
	rest, format, ok := formatOf311(c.Request.URL.Path)
	q := asked311{format: format}
	if ok {
		q.parts = strings.Split(strings.TrimPrefix(rest, base311), "/")
	}
	var err error
	switch c.Request.Method {
	case http.MethodGet, http.MethodHead:
		if q.base, err = siteAddress(c.Request); err == nil {
			err = a.answer311(c, q, ok && strings.HasPrefix(rest, base311))
		}
	case http.MethodOptions:
		h.Set("Allow", "GET, HEAD, OPTIONS")
		h.Set("Access-Control-Allow-Methods", "GET, HEAD")
		h.Set("Access-Control-Allow-Headers", "If-None-Match")
		c.Status(http.StatusNoContent)
		c.Writer.WriteHeaderNow()
	case http.MethodPost:
		if err = errNoMethod; len(q.parts) == 1 && q.parts[0] == "requests" {
			err = errNoKey // the standard: 403 for a missing or wrong key
		}
	default:
		err = errNoMethod
	}
	if err != nil {
		a.refuse311(c, format, err)
	}
}

// refuse311 writes a refusal as the standard has it: an array, 400 for what is
// wrong with a question.
func (a *API) refuse311(c *gin.Context, f format311, err error) {
	p := a.problem(c.Request.Context(), err)
	status := p.Status
	if status == http.StatusUnprocessableEntity {
		status = http.StatusBadRequest
	}
	h := c.Writer.Header()
	for k, v := range p.GetHeaders() {
		h[k] = v
	}
	if status == http.StatusMethodNotAllowed {
		h.Set("Allow", "GET, HEAD, OPTIONS")
	}
	var out errors311
	for _, e := range p.Errors {
		out.Items = append(out.Items, Error311{status, strings.TrimPrefix(e.Location, "query.") + "：" + e.Message})
	}
	if out.Items == nil {
		out.Items = []Error311{{status, p.Detail}}
	}
	body, _ := f.write(out) // two plain fields
	c.Abort()
	c.Data(status, f.contentType(), body)
}

// answer311 finds what is asked for.
func (a *API) answer311(c *gin.Context, q asked311, ours bool) error {
	if !ours {
		return errNoFormat
	}
	name, rest := q.parts[0], q.parts[1:]
	switch {
	case name == "discovery" && len(rest) == 0:
		return send311(c, q.format, a.discovery311(q.base))
	case name == "services" && len(rest) <= 1:
		return a.services311(c, q.format, rest)
	case name == "requests" && len(rest) == 0:
		return a.list311(c, q, requestsKind, nil)
	case name == "requests" && len(rest) == 1 && rest[0] != "":
		return a.list311(c, q, oneKind, rest)
	case name == "updates" && len(rest) == 0:
		return a.list311(c, q, updatesKind, nil)
	}
	return errNoFormat
}

// send311 writes what hardly changes, with an entity tag.
func send311(c *gin.Context, f format311, v any) error {
	body, err := f.write(v)
	if err != nil {
		return err
	}
	c.Header("Content-Type", f.contentType())
	c.Header("Cache-Control", "public, max-age=300")
	sendConditional(c, body)
	return nil
}

func (a *API) discovery311(base string) Discovery311 {
	changed := a.concerns.Rules().Effective + "T00:00:00+08:00"
	return Discovery311{
		Changeset: changed, Contact: "说明见 " + base + "/docs", KeyService: "只读，不需要 api_key。",
		Endpoints: []Endpoint311{{
			Specification: spec311, URL: base + root311 + "/v2", Changeset: changed, Type: "production",
			Formats: []string{"text/xml", "application/json"},
		}},
	}
}

// services311 are the categories, the same everywhere; of one of them, what
// must be told besides, which is nothing.
func (a *API) services311(c *gin.Context, f format311, one []string) error {
	rules := a.concerns.Rules()
	q, err := parse311(c.Request.URL.RawQuery, a.clock.Now(), rules, oneKind)
	if err != nil {
		return err
	}
	if q.place != "" {
		names, err := a.regions.Names(c.Request.Context(), []region.Code{q.place})
		if err != nil {
			return err
		}
		if names[q.place] == "" {
			return region.ErrNotFound
		}
	}
	if len(one) > 0 {
		if _, ok := rules.Category(one[0]); !ok {
			return errNoFormat.Saying("没有这个 service_code。")
		}
		return send311(c, f, Definition311{Code: one[0], Attributes: []string{}})
	}
	return send311(c, f, services311{Items: mapped(rules.Categories, func(k concern.Category) Service311 {
		return Service311{Code: k.Code, Name: k.Name, Type: "realtime", Group: "村民说事"}
	})})
}

// list311 answers with requests or their timelines, prepared as other public
// answers are. Only who makes the archive work is held to a pace.
func (a *API) list311(c *gin.Context, q asked311, k kind311, ids []string) error {
	asked, err := parse311(c.Request.URL.RawQuery, a.clock.Now(), a.concerns.Rules(), k)
	if err != nil {
		return err
	}
	if len(ids) > 0 {
		if err := asked.takeIDs(ids[0]); err != nil {
			return err
		}
		if len(asked.ids) == 0 {
			return errNoFormat
		}
	}
	from := "open311:" + c.ClientIP()
	key := strings.Join([]string{"open311", q.base, q.parts[0], string(q.format), asked.key()}, "/")
	ans, fresh, err := a.prepared.Get(c.Request.Context(), asked.cachedUnder(), key, func(ctx context.Context) ([]byte, string, int64, error) {
		if ok, wait := a.limiter.Allow(ctx, from, asks311PerSecond, asks311Burst); !ok {
			return nil, "", 0, errTooMany.After(wait)
		}
		asOf, err := a.lastChange(ctx)
		if err != nil {
			return nil, "", 0, err
		}
		found, err := a.find311(ctx, asked)
		if err != nil {
			return nil, "", 0, err
		}
		body, err := a.body311(ctx, q, found)
		return body, q.format.contentType(), asOf, err
	})
	if err != nil {
		return err
	}
	a.serve(c, ans, fresh)
	return nil
}

func (a *API) body311(ctx context.Context, q asked311, found []concern.Concern) ([]byte, error) {
	if q.parts[0] == "updates" {
		lines, err := a.timelines311(ctx, q.base, found)
		if err != nil {
			return nil, err
		}
		return q.format.write(updates311{Items: lines})
	}
	return q.format.write(requests311{Items: mapped(found, func(c concern.Concern) Request311 { return show311(q.base, c) })})
}
