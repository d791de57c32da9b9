package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
	"github.com/gorilla/feeds"

	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/region"
)

const (
	syndicationPage = 30
	atomType        = "application/atom+xml"
	jsonFeedType    = "application/feed+json"
	language        = "zh-CN"
)

// feedFormats are the formats by the ending of the address.
var feedFormats = map[string]struct {
	contentType string
	write       func(syndication) ([]byte, error)
}{
	".atom": {atomType + "; charset=utf-8", writeAtom},
	".json": {jsonFeedType + "; charset=utf-8", writeJSONFeed},
}

// syndication is what a place has published, for programs that follow it.
type syndication struct {
	base  string // address of the site, scheme and host
	path  string // of this page of the feed, with its query
	next  string // of the next page, "" at the end
	place region.Region
	items []feedEntry
}

// mountSyndication serves the feeds. They are plain handlers: their bytes are
// standards' and not ours.
func (a *API) mountSyndication(r gin.IRouter) {
	r.GET("/feeds/:name", a.syndicate)
	r.HEAD("/feeds/:name", a.syndicate)
	a.documentSyndication()
}

// honestHost is what a feed may carry as the site's name: answers are kept, and
// must not carry whatever somebody put into a header.
var honestHost = regexp.MustCompile(`^[A-Za-z0-9.:\[\]-]{1,255}$`)

// siteAddress is the site's address as the reader has it.
func siteAddress(r *http.Request) (string, error) {
	if !honestHost.MatchString(r.Host) {
		return "", fault.ErrInvalid.At("header.Host", "主机名不对")
	}
	if r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
		return "https://" + strings.ToLower(r.Host), nil
	}
	return "http://" + strings.ToLower(r.Host), nil
}

// syndicate is "/feeds/{region}.atom" and "/feeds/{region}.json".
func (a *API) syndicate(c *gin.Context) {
	c.Writer.Header()["Access-Control-Allow-Origin"] = hotOrigin
	base, err := siteAddress(c.Request)
	if err != nil {
		a.refuse(c, err)
		return
	}
	alias := base + c.Request.RequestURI
	if ans, fresh, ok := a.prepared.GetFast(alias); ok {
		a.serve(c, ans, fresh)
		return
	}
	name := c.Param("name")
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 || feedFormats[name[dot:]].write == nil || !region.Code(name[:dot]).Valid() {
		a.refuse(c, errNoRoute)
		return
	}
	place, format := region.Code(name[:dot]), feedFormats[name[dot:]]
	before, err := syndicationCursor(place, c.Request.URL.RawQuery)
	if err != nil {
		a.refuse(c, err)
		return
	}
	key := fmt.Sprintf("syndication/%s/%s/%d", base, name, before)
	ans, fresh, err := a.prepared.Get(c.Request.Context(), string(place), key, func(ctx context.Context) ([]byte, string, int64, error) {
		asOf, err := a.lastChange(ctx)
		if err != nil {
			return nil, "", 0, err
		}
		s, err := a.syndication(ctx, base, name, place, before)
		if err != nil {
			return nil, "", 0, err
		}
		body, err := format.write(s)
		return body, format.contentType, asOf, err
	})
	if err != nil {
		a.refuse(c, err)
		return
	}
	a.prepared.Alias(alias, string(place), key)
	a.serve(c, ans, fresh)
}

// syndicationList is what a cursor of a place's feeds belongs to.
func syndicationList(place region.Code) string { return "syndication/" + string(place) }

// syndicationCursor reads the query strictly, as parseFeed does.
func syndicationCursor(place region.Code, raw string) (int64, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return 0, fault.ErrInvalid.At("query", "参数格式不对")
	}
	for name, vs := range values {
		if name != "cursor" || len(vs) != 1 {
			return 0, fault.ErrInvalid.At("query."+name, "没有这个参数，或者给了几次")
		}
	}
	return readCursor(syndicationList(place), values.Get("cursor"))
}

func (a *API) syndication(ctx context.Context, base, name string, place region.Code, before int64) (syndication, error) {
	s := syndication{base: base, path: "/feeds/" + name}
	var err error
	if s.place, err = a.regions.Region(ctx, place); err != nil {
		return s, err
	}
	next := int64(0)
	if s.items, next, err = a.feedEntries(ctx, place, before); err != nil {
		return s, err
	}
	if next != 0 {
		s.next = s.path + "?cursor=" + makeCursor(syndicationList(place), next)
	}
	if before != 0 {
		s.path += "?cursor=" + makeCursor(syndicationList(place), before)
	}
	return s, nil
}

// updated is the newest time of the entries; an empty feed is as old as the duty
// to publish in this form (村民委员会组织法（2025）第三十五条).
func (s syndication) updated() time.Time {
	t := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, item := range s.items {
		if i == 0 || item.at.After(t) {
			t = item.at
		}
	}
	return t
}

func (s syndication) title() string { return s.place.Short + "村务公开" }

func (s syndication) about() string {
	if s.place.Code.Level() >= region.Village {
		return s.place.Name + "公开的村务，新的在前。"
	}
	return s.place.Name + "和它下面所有地方公开的村务，新的在前。"
}

// permanent gives an id that stays when the site moves to another address.
func permanent(what string) string {
	sum := sha256.Sum256([]byte("cunwu/" + what))
	b := sum[:16]
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80 // a UUID of version 8: made by rules of ours
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// entryTitle says first where a text is not the first one.
func entryTitle(i disclosure.Item) string {
	if i.Version > 1 && i.State != disclosure.Withdrawn && i.State != disclosure.Expired {
		return "更正：" + i.Title
	}
	return i.Title // a tombstone's says 已撤回 itself
}

// entryText is the plain words of an entry.
func entryText(i disclosure.Item) string {
	switch i.State { //nolint:exhaustive // all others show their text
	case disclosure.Withdrawn:
		return "这条公开已撤回，正在更正。更正后的内容会重新公开。"
	case disclosure.Expired:
		return "公示期已满，依法不再显示名单内容。"
	}
	text := i.Summary
	if i.IncomeFen != nil {
		text += "\n收入合计：" + yuanOf(*i.IncomeFen)
	}
	if i.ExpenseFen != nil {
		text += "\n支出合计：" + yuanOf(*i.ExpenseFen)
	}
	return strings.TrimSpace(text)
}

func yuanOf(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	return fmt.Sprintf("%s%d.%02d元", sign, fen/100, fen%100)
}

// atomFeed is an Atom 1.0 feed (RFC 4287). The library's own has room for one
// link and no language.
type atomFeed struct {
	XMLName  xml.Name `xml:"feed"`
	Xmlns    string   `xml:"xmlns,attr"`
	Lang     string   `xml:"xml:lang,attr"`
	ID       string   `xml:"id"`
	Title    string   `xml:"title"`
	Subtitle string   `xml:"subtitle"`
	Updated  string   `xml:"updated"`
	Links    []feeds.AtomLink
	Entries  []atomEntry `xml:"entry"`
}

// atomEntry is the library's with a category as the standard wants it.
type atomEntry struct {
	feeds.AtomEntry
	Category atomCategory `xml:"category"`
}

type atomCategory struct {
	Term  string `xml:"term,attr"`
	Label string `xml:"label,attr"`
}

func writeAtom(s syndication) ([]byte, error) {
	f := atomFeed{
		Xmlns: "http://www.w3.org/2005/Atom", Lang: language, ID: permanent("feed/" + string(s.place.Code)),
		Title: s.title(), Subtitle: s.about(), Updated: stamp(s.updated()),
		Links: []feeds.AtomLink{
			{Rel: "self", Type: atomType, Href: s.base + s.path},
			{Rel: "alternate", Type: "text/html", Href: s.base + "/r/" + string(s.place.Code)},
		},
	}
	if s.next != "" {
		f.Links = append(f.Links, feeds.AtomLink{Rel: "next", Type: atomType, Href: s.base + s.next})
	}
	for _, i := range s.items {
		f.Entries = append(f.Entries, atomEntry{
			AtomEntry: feeds.AtomEntry{
				Id: i.id, Title: i.title, Updated: stamp(i.at),
				Links:   []feeds.AtomLink{{Rel: "alternate", Type: "text/html", Href: s.base + i.path}},
				Author:  &feeds.AtomAuthor{AtomPerson: feeds.AtomPerson{Name: i.author}},
				Content: &feeds.AtomContent{Type: "text", Content: i.text},
			},
			Category: i.category,
		})
	}
	body, err := xml.MarshalIndent(f, "", " ")
	if err != nil {
		return nil, fmt.Errorf("api: write a feed: %w", err)
	}
	return append([]byte(xml.Header), append(body, '\n')...), nil
}

// jsonFeedDocument is the library's, with its items even where there are none.
type jsonFeedDocument struct {
	feeds.JSONFeed
	Items []*feeds.JSONItem `json:"items"`
}

func writeJSONFeed(s syndication) ([]byte, error) {
	f := jsonFeedDocument{JSONFeed: feeds.JSONFeed{
		Version: "https://jsonfeed.org/version/1.1", Title: s.title(), Language: language, Description: s.about(),
		HomePageUrl: s.base + "/r/" + string(s.place.Code), FeedUrl: s.base + s.path,
	}, Items: []*feeds.JSONItem{}}
	if s.next != "" {
		f.NextUrl = s.base + s.next
	}
	for _, i := range s.items {
		at := i.at
		f.Items = append(f.Items, &feeds.JSONItem{
			Id: i.id, Url: s.base + i.path, Title: i.title, ContentText: i.text,
			PublishedDate: &at, ModifiedDate: &at, Authors: []*feeds.JSONAuthor{{Name: i.author}}, Tags: []string{i.category.Label},
		})
	}
	body, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("api: write a feed: %w", err)
	}
	return append(body, '\n'), nil
}

// documentSyndication describes what huma does not serve.
func (a *API) documentSyndication() {
	oapi := a.huma.OpenAPI()
	problem := &huma.Response{Description: "拒绝", Content: map[string]*huma.MediaType{
		"application/problem+json": {Schema: oapi.Components.Schemas.Schema(typeOf[Problem](), true, "Problem")},
	}}
	for _, f := range []struct{ id, ending, contentType, name string }{
		{"get-atom-feed", ".atom", atomType, "Atom 1.0"}, {"get-json-feed", ".json", jsonFeedType, "JSON Feed 1.1"},
	} {
		oapi.AddOperation(&huma.Operation{
			OperationID: f.id, Method: http.MethodGet, Path: "/feeds/{region}" + f.ending, Tags: []string{"公开"},
			Summary:     "订阅一个地方和它下面所有地方的公开、协商和表决（" + f.name + "）",
			Description: "支持 ETag、If-None-Match 和 gzip。条目的 id 不随网址改变；更正过的标题前有“更正：”，撤回的写明“已撤回”。",
			Parameters: []*huma.Param{
				{Name: "region", In: "path", Required: true, Description: "地区代码", Example: "510821102200", Schema: &huma.Schema{Type: "string"}},
				{Name: "cursor", In: "query", Description: "下一页，见 next 链接", Schema: &huma.Schema{Type: "string"}},
			},
			Responses: map[string]*huma.Response{
				"200": {Description: "一页", Content: map[string]*huma.MediaType{f.contentType: {Schema: &huma.Schema{Type: "string"}}}},
				"304": {Description: "没有变化"}, "404": problem, "422": problem, "503": problem,
			},
		})
	}
}
