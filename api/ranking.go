package api

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/fault"
	"cunwu/service/prepared"
	"cunwu/service/ranking"
	"cunwu/service/region"
)

// RankingSubject is under which the pages of rankings are prepared: an
// endorsement drops them and leaves the rest of a place's pages alone.
const RankingSubject = "ranking"

// rankingCache lets an endorsement be seen within a second by those, too, who
// have just looked.
var rankingCache = []string{"public, max-age=1"}

// rankingRow is one row of a ranking; of the figures it has that of its kind.
type rankingRow struct {
	Rank         int64       `json:"rank" example:"1" doc:"名次；并列的名次相同，后面空出来：1、2、2、4"`
	ID           string      `json:"id" doc:"好事、村规条目或小组的代码。不会是人、干部或村"`
	Title        string      `json:"title" example:"雨夜帮邻居抢收玉米"`
	Endorsements *int64      `json:"endorsements,omitempty" doc:"by=deed：多少本村村民赞同"`
	Entries      *int64      `json:"entries,omitempty" doc:"by=clause、group：期间里的红榜条数"`
	Per100       *float64    `json:"entries_per_100_households,omitempty" doc:"by=group：每百户几条，一位小数"`
	Households   int64       `json:"households,omitempty" doc:"by=group：小组有多少户"`
	Tied         bool        `json:"tied" doc:"和别的并列"`
	SmallSample  bool        `json:"small_sample" doc:"样本少，名次说明不了什么"`
	Region       region.Code `json:"region,omitempty" example:"510821102200"`
	RegionName   string      `json:"region_name,omitempty" example:"盐井村"`
	Group        region.Code `json:"group,omitempty"`
	GroupName    string      `json:"group_name,omitempty"`
	Clause       string      `json:"clause,omitempty" doc:"by=deed：按哪一条上的榜"`
	ClauseText   string      `json:"clause_text,omitempty"`
	ListedAt     *string     `json:"listed_at,omitempty"`
}

func showRankingRow(r ranking.Row) rankingRow {
	out := rankingRow{Rank: r.Rank, ID: r.ID, Title: r.Title, Tied: r.Tied, SmallSample: r.SmallSample, Households: r.Households}
	if r.Deed == nil {
		out.Entries = &r.Entries
		if r.Households > 0 {
			out.Per100 = ptr(float64(r.PerMille) / 10)
		}
		return out
	}
	out.Endorsements, out.Region, out.RegionName = &r.Endorsements, r.Deed.Region, r.RegionName
	out.Group, out.GroupName, out.Clause, out.ClauseText = r.Deed.Group, r.GroupName, r.Deed.Clause, r.Deed.ClauseText
	out.ListedAt = stampOrNil(r.Deed.ListedAt)
	return out
}

// rankingPage is a page of a ranking and of what.
type rankingPage struct {
	Region     region.Code  `json:"region" example:"510821102200"`
	RegionName string       `json:"region_name" example:"盐井村"`
	By         string       `json:"by" enum:"deed,clause,group"`
	Period     string       `json:"period" example:"2026Q3"`
	Items      []rankingRow `json:"items"`
	Next       string       `json:"next_cursor,omitempty" doc:"下一页的标记；到底了就没有"`
}

// rankingQuery is a parsed and canonical question to a ranking.
type rankingQuery struct {
	ranking.Query
	list string // what is asked for: what a cursor belongs to
	key  string // canonical: equal questions have equal keys
}

// parseRanking reads the question strictly: see parseFeed.
func (a *API) parseRanking(place, raw string) (rankingQuery, error) {
	q := rankingQuery{Query: ranking.Query{Region: region.Code(place)}}
	if !q.Region.Valid() {
		return q, region.ErrCode.At("path.region", "请给出 2 到 12 位的地区代码")
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return q, fault.ErrInvalid.At("query", "参数格式不对")
	}
	for name, vs := range values {
		switch {
		case name != "by" && name != "period" && name != "cursor" && name != "limit":
			return q, fault.ErrInvalid.At("query."+clipName(name), "没有这个参数")
		case len(vs) != 1:
			return q, fault.ErrInvalid.At("query."+name, "只能给一次")
		}
	}
	q.By = ranking.ByDeed
	if by := values.Get("by"); by != "" {
		if q.By, err = ranking.ParseBy(by); err != nil {
			return q, err
		}
	}
	if q.Period, err = ranking.ParsePeriod(values.Get("period"), a.clock.Now()); err != nil {
		return q, err
	}
	usual, most := a.rankings.PageLimits()
	if q.Limit = usual; values.Get("limit") != "" {
		if q.Limit, err = strconv.Atoi(values.Get("limit")); err != nil || q.Limit < 1 || q.Limit > most {
			return q, fault.ErrInvalid.At("query.limit", "应为 1 到 %d", most)
		}
	}
	q.list = fmt.Sprintf("ranking/%s/%s/%s", q.Region, q.By, q.Period.Label)
	q.After, err = readPlace(q.list, values.Get("cursor"))
	q.key = fmt.Sprintf("%s/%d/%s", q.list, q.Limit, values.Get("cursor"))
	return q, err
}

// A cursor of a ranking holds the place, each number as a varint, then the id,
// and the digest that binds it to the list; see makeCursor.
func makePlace(list string, p *ranking.Place) string {
	if p == nil {
		return ""
	}
	var b []byte
	for _, n := range []int64{p.Before, p.Rank, p.Figure, p.Listed} {
		b = binary.AppendVarint(b, n)
	}
	b = append(b, p.ID...)
	return base64.RawURLEncoding.EncodeToString(append(cursorSum(list, b), b...))
}

const longestPlace = 200 // an id is 26 characters, a code at most 64

func readPlace(list, cursor string) (*ranking.Place, error) {
	if cursor == "" {
		return nil, nil //nolint:nilnil // no place: from the first
	}
	wrong := errCursor.At("query.cursor", "翻页标记不对")
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(b) < 4 || len(b) > longestPlace || string(cursorSum(list, b[4:])) != string(b[:4]) {
		return nil, wrong
	}
	var p ranking.Place
	b = b[4:]
	for _, into := range []*int64{&p.Before, &p.Rank, &p.Figure, &p.Listed} {
		v, n := binary.Varint(b)
		if n <= 0 || v < 0 {
			return nil, wrong
		}
		*into, b = v, b[n:]
	}
	if p.ID = string(b); p.ID == "" || p.Before == 0 {
		return nil, wrong
	}
	return &p, nil
}

// ranking is a hot path like the feed: a stranger's question that was asked
// before costs one look-up by its raw text and one write of ready bytes.
func (a *API) ranking(c *gin.Context) {
	signed := c.Request.Header["Authorization"] != nil
	if !signed {
		if ans, fresh, ok := a.prepared.GetFast(c.Request.RequestURI); ok {
			a.serveFor(c, rankingCache, ans, fresh)
			return
		}
	}
	r, started := a.begin(c)
	defer a.finish(c, r, started)
	if !signed {
		c.Writer.Header()["Access-Control-Allow-Origin"] = hotOrigin // a page elsewhere reads refusals, too
	} else if _, err := a.callerOf(c.Request.Context(), c); err != nil {
		a.refuse(c, err)
		return
	}
	q, err := a.parseRanking(c.Param("region"), c.Request.URL.RawQuery)
	if err != nil {
		a.refuse(c, a.unlessMissing(c.Request.Context(), q, err))
		return
	}
	if signed { // the same rows, in an answer that nobody stores
		body, err := a.rankingBody(c.Request.Context(), q)
		if err != nil {
			a.refuse(c, err)
			return
		}
		h := c.Writer.Header()
		h.Set("Cache-Control", "private, no-store")
		h.Set("Vary", "Authorization")
		c.Data(http.StatusOK, "application/json", body)
		return
	}
	a.coldRanking(c, q)
}

// unlessMissing puts "no such place" before what else is wrong with a question.
func (a *API) unlessMissing(ctx context.Context, q rankingQuery, err error) error {
	if q.Region.Valid() {
		if _, missing := a.regions.Region(ctx, q.Region); missing != nil {
			return missing
		}
	}
	return err
}

func (a *API) coldRanking(c *gin.Context, q rankingQuery) {
	under := prepared.Of(RankingSubject, string(q.Region))
	ans, fresh, err := a.prepared.Get(c.Request.Context(), under, q.key, func(ctx context.Context) ([]byte, string, int64, error) {
		asOf, err := a.lastChange(ctx)
		if err != nil {
			return nil, "", 0, err
		}
		body, err := a.rankingBody(ctx, q)
		return body, "application/json", asOf, err
	})
	if err != nil {
		a.refuse(c, err)
		return
	}
	a.prepared.Alias(c.Request.RequestURI, under, q.key)
	a.serveFor(c, rankingCache, ans, fresh)
}

func (a *API) rankingBody(ctx context.Context, q rankingQuery) ([]byte, error) {
	p, err := a.rankings.Page(ctx, q.Query)
	if err != nil {
		return nil, err
	}
	return json.Marshal(rankingPage{
		Region: q.Region, RegionName: p.RegionName, By: string(q.By), Period: q.Period.Label,
		Items: mapped(p.Items, showRankingRow), Next: makePlace(q.list, p.Next),
	})
}

// endorsed is what one is told of a deed and oneself.
type endorsed struct {
	Endorsed     bool  `json:"endorsed" doc:"您赞同了没有。别人看不到是谁赞同的"`
	Endorsements int64 `json:"endorsements" doc:"一共多少本村村民赞同"`
}

func showEndorsed(s ranking.State) endorsed { return endorsed(s) }

func (a *API) mountRankings(r *gin.Engine) {
	const path = "/boards/:region/red/ranking"
	r.GET("/api/v1"+path, a.ranking)
	r.HEAD("/api/v1"+path, a.ranking)
	a.documentRankings()
	const own = "/boards/entries/{id}/endorsement"
	read(a, route{
		id: "get-endorsement", path: own, tag: "红榜排行", access: signedIn, known: a.rankings.Known,
		summary: "我赞同了没有", detail: "只告诉本人。",
	}, func(ctx context.Context, by account.Caller, in *IDPath) (endorsed, error) {
		s, err := a.rankings.Endorsement(ctx, by, in.ID)
		return endorsed(s), err
	})
	for _, w := range []struct {
		id, method, summary string
		on                  bool
	}{
		{"endorse-deed", http.MethodPut, "赞同一件好事", true},
		{"withdraw-endorsement", http.MethodDelete, "收回赞同", false},
	} {
		write(a, route{
			id: w.id, method: w.method, path: own, tag: "红榜排行", access: signedIn, summary: w.summary,
			detail: "本村经过认证的村民，一人一次，在榜时可以收回。存好以后才回答；重复提交结果不变。",
		}, func(ctx context.Context, by account.Caller, _ audit.Act, in *IDPath) (ranking.State, error) {
			return a.rankings.Endorse(ctx, by, in.ID, w.on)
		}, showEndorsed)
	}
}

// documentRankings describes the hot path, which huma does not serve.
func (a *API) documentRankings() {
	oapi := a.huma.OpenAPI()
	schema := oapi.Components.Schemas.Schema(typeOf[rankingPage](), true, "RankingPage")
	param := func(name, in, doc string, s *huma.Schema, example any) *huma.Param {
		return &huma.Param{Name: name, In: in, Description: doc, Required: in == "path", Example: example, Schema: s}
	}
	text := &huma.Schema{Type: "string"}
	problem := &huma.Response{Description: "拒绝", Content: map[string]*huma.MediaType{
		"application/problem+json": {Schema: oapi.Components.Schemas.Schema(typeOf[Problem](), true, "Problem")},
	}}
	oapi.AddOperation(&huma.Operation{
		OperationID: "get-red-ranking", Method: http.MethodGet, Path: "/api/v1/boards/{region}/red/ranking", Tags: []string{"红榜排行"},
		Summary: "红榜排行：好事、村规条目、小组", Security: openToAll(),
		Description: "好事按本村村民的赞同排；村规条目按红榜条数排，村以上按共同的主题合计；小组按每百户的红榜条数排，只在一个村里比。" +
			"数字相同的名次相同，先上榜的在前，再按编号。不给人、干部和村排名。支持 ETag、If-None-Match 和 gzip。",
		Parameters: []*huma.Param{
			param("region", "path", "地区代码，从省到村", text, "510821102200"),
			param("by", "query", "排什么，默认 deed", &huma.Schema{Type: "string", Enum: []any{"deed", "clause", "group"}, Default: "deed"}, nil),
			param("period", "query", "月 2026-09、季度 2026Q3、年 2026，或 all；默认本季度", text, "all"),
			param("cursor", "query", "上一页的 next_cursor", text, nil),
			param("limit", "query", "每页几条", &huma.Schema{Type: "integer", Minimum: ptr(1.0)}, nil),
		},
		Responses: map[string]*huma.Response{
			"200": {Description: "一页", Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}},
			"304": {Description: "没有变化"}, "401": problem, "404": problem, "422": problem, "503": problem,
		},
	})
}
