package api

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"cunwu/config/rules"
	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/mention"
	"cunwu/service/outbox"
	"cunwu/service/prepared"
	"cunwu/service/region"
)

var updateFeeds = flag.Bool("update-feeds", false, "write the golden feeds anew")

const village = region.Code("510821102200")

func amount(n int64) *int64 { return &n }

// sampleFeed holds an entry of each sort: corrected, withdrawn, expired, hostile.
func sampleFeed() syndication {
	at := time.Date(2026, 10, 9, 10, 12, 0, 0, calendar.China)
	base := disclosure.Item{
		Region: village, RegionName: "盐井村", Category: "FINANCE", CategoryName: "村级财务", Version: 1,
		State: disclosure.Published, PublishedAt: at, Title: "9月财务收支明细", Summary: "9月收入2000元。",
	}
	corrected, gone, over, odd := base, base, base, base
	base.ID, base.IncomeFen, base.ExpenseFen = "first", amount(200000), amount(126050)
	corrected.ID, corrected.Version, corrected.PublishedAt = "corrected", 2, at.Add(-time.Hour)
	gone.ID, gone.Version, gone.State, gone.Title, gone.Summary = "gone", 2, disclosure.Withdrawn, "财务收支逐笔明细（已撤回）", ""
	over.ID, over.State, over.Title, over.Summary = "over", disclosure.Expired, "低保名单", ""
	odd.ID, odd.Title, odd.Summary = "odd", `<b>&"]]>`, "控制符\x01和<script>"
	return syndication{
		base: "https://cunwu.example.cn", path: "/feeds/510821102200", next: "/feeds/510821102200?cursor=abc",
		place: region.Region{Code: village, Short: "盐井村", Name: "盐井村村民委员会"},
		items: mapped([]disclosure.Item{base, corrected, gone, over, odd}, postingEntry),
	}
}

func TestSyndication_Golden(t *testing.T) {
	t.Parallel()
	for ending, f := range feedFormats {
		got, err := f.write(sampleFeed())
		if err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", "feed"+ending)
		if *updateFeeds {
			if err := os.MkdirAll("testdata", 0o750); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(golden, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatalf("%v; write it with -update-feeds", err)
		}
		if string(want) != string(got) {
			t.Errorf("%s is now\n%s", golden, got)
		}
	}
}

// parsedAtom is what RFC 4287 speaks of.
type parsedAtom struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	ID      []string    `xml:"http://www.w3.org/2005/Atom id"`
	Title   []string    `xml:"http://www.w3.org/2005/Atom title"`
	Updated []string    `xml:"http://www.w3.org/2005/Atom updated"`
	Links   []atomXLink `xml:"http://www.w3.org/2005/Atom link"`
	Entries []struct {
		ID       []string    `xml:"http://www.w3.org/2005/Atom id"`
		Title    []string    `xml:"http://www.w3.org/2005/Atom title"`
		Updated  []string    `xml:"http://www.w3.org/2005/Atom updated"`
		Links    []atomXLink `xml:"http://www.w3.org/2005/Atom link"`
		Authors  []string    `xml:"http://www.w3.org/2005/Atom author>name"`
		Category []struct {
			Term string `xml:"term,attr"`
		} `xml:"http://www.w3.org/2005/Atom category"`
		Content []struct {
			Type string `xml:"type,attr"`
			Text string `xml:",chardata"`
		} `xml:"http://www.w3.org/2005/Atom content"`
	} `xml:"http://www.w3.org/2005/Atom entry"`
}

type atomXLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

// checkAtom holds a document to the rules of RFC 4287, section 4.
func checkAtom(raw []byte) (parsedAtom, []string) {
	var f parsedAtom
	var wrong []string
	note := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	if err := xml.Unmarshal(raw, &f); err != nil {
		return f, []string{err.Error()}
	}
	absolute := func(s string) bool { u, err := url.Parse(s); return err == nil && u.IsAbs() }
	dated := func(v []string) bool {
		if len(v) != 1 {
			return false
		}
		_, err := time.Parse(time.RFC3339, v[0])
		return err == nil
	}
	links := func(where string, ls []atomXLink) {
		seen := map[string]bool{}
		for _, l := range ls {
			note(absolute(l.Href), "%s: link %q", where, l.Href)
			note(!seen[l.Rel], "%s: two links %s", where, l.Rel)
			seen[l.Rel] = true
		}
	}
	note(len(f.ID) == 1 && absolute(f.ID[0]), "feed: id %v", f.ID)
	note(len(f.Title) == 1, "feed: title %v", f.Title)
	note(dated(f.Updated), "feed: updated %v", f.Updated)
	note(slices.ContainsFunc(f.Links, func(l atomXLink) bool { return l.Rel == "self" }), "feed: no self")
	links("feed", f.Links)
	ids := map[string]bool{}
	for i, e := range f.Entries {
		where := fmt.Sprintf("entry %d", i)
		note(len(e.ID) == 1 && absolute(e.ID[0]) && !ids[e.ID[0]], "%s: id %v", where, e.ID)
		if len(e.ID) == 1 {
			ids[e.ID[0]] = true
		}
		note(len(e.Title) == 1 && e.Title[0] != "", "%s: title %v", where, e.Title)
		note(dated(e.Updated), "%s: updated %v", where, e.Updated)
		note(len(e.Authors) == 1 && e.Authors[0] != "", "%s: author %v", where, e.Authors)
		note(len(e.Content) == 1 && e.Content[0].Type == "text", "%s: content %v", where, e.Content)
		note(len(e.Category) == 1 && e.Category[0].Term != "", "%s: category %v", where, e.Category)
		links(where, e.Links)
	}
	return f, wrong
}

func TestAtom_KeepsTheRules(t *testing.T) {
	t.Parallel()
	s := sampleFeed()
	empty := s
	empty.items, empty.next = nil, ""
	for _, s := range []syndication{s, empty} {
		raw, err := writeAtom(s)
		if err != nil {
			t.Fatal(err)
		}
		f, wrong := checkAtom(raw)
		for _, w := range wrong {
			t.Error(w)
		}
		if f.Lang != "zh-CN" || len(f.Entries) != len(s.items) {
			t.Errorf("language %q, %d entries", f.Lang, len(f.Entries))
		}
	}
	raw, _ := writeAtom(s)
	f, _ := checkAtom(raw)
	for i, want := range []string{"9月财务收支明细", "更正：9月财务收支明细", "财务收支逐笔明细（已撤回）", "低保名单", `<b>&"]]>`} {
		if f.Entries[i].Title[0] != want {
			t.Errorf("entry %d is called %q, want %q", i, f.Entries[i].Title[0], want)
		}
	}
	if f.Updated[0] != "2026-10-09T10:12:00+08:00" || f.Entries[1].Updated[0] != "2026-10-09T09:12:00+08:00" {
		t.Errorf("updated %v, %v", f.Updated, f.Entries[1].Updated)
	}
	if strings.Contains(f.Entries[2].Content[0].Text, "2000") {
		t.Error("a tombstone shows the text")
	}
	// The checker can say no.
	if _, wrong := checkAtom([]byte(strings.Replace(string(raw), "<updated>", "<updated>x", 1))); len(wrong) != 1 {
		t.Errorf("findings: %v", wrong)
	}
}

func TestJSONFeed_KeepsTheRules(t *testing.T) {
	t.Parallel()
	s := sampleFeed()
	s.items = s.items[:0]
	raw, err := writeJSONFeed(s)
	if err != nil || !strings.Contains(string(raw), `"items":[]`) {
		t.Errorf("an empty feed must have its items: %s %v", raw, err)
	}
	raw, err = writeJSONFeed(sampleFeed())
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Version  string `json:"version"`
		Language string `json:"language"`
		NextURL  string `json:"next_url"`
		FeedURL  string `json:"feed_url"`
		Items    []struct {
			ID       string    `json:"id"`
			URL      string    `json:"url"`
			Text     string    `json:"content_text"`
			Modified time.Time `json:"date_modified"`
		} `json:"items"`
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		t.Fatal(err)
	}
	if f.Version != "https://jsonfeed.org/version/1.1" || f.Language != "zh-CN" || f.NextURL != "https://cunwu.example.cn/feeds/510821102200?cursor=abc" {
		t.Errorf("%+v", f)
	}
	for _, i := range f.Items {
		if i.ID == "" || i.Text == "" || i.Modified.IsZero() || !strings.HasPrefix(i.URL, "https://cunwu.example.cn/d/") {
			t.Errorf("item %+v", i)
		}
	}
}

// noPowers is the table of powers of strangers.
type noPowers struct{}

func (noPowers) May(account.Caller, string, region.Code) (account.Grant, error) {
	return account.Grant{}, account.ErrRequired
}

// noticeServer serves feeds and things over a real archive that holds n
// published postings of one village, one second apart.
func noticeServer(t *testing.T, db *dbtest.DB, n int) *httptest.Server {
	t.Helper()
	catalogue, err := disclosure.LoadCatalogue(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	places := region.New(db.Regions())
	cache := prepared.New(prepared.Options{})
	t.Cleanup(cache.Close)
	db.OnChange(func(codes []region.Code) { cache.Changed(codes...) })
	things := mention.New(db.Mentions(), places)
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	_, err = New(r, Options{
		Prepared: cache, Log: slog.New(slog.DiscardHandler), Metrics: NewMetrics(), Version: "test", LastChange: db.LastChange,
		Regions: places, Mentions: things, Clock: db.Clock,
		Disclosures: disclosure.New(db.Disclosures(), disclosure.Options{Places: places, Catalogue: catalogue, Clock: db.Clock, Media: db.Media(), Powers: noPowers{}}),
	})
	if err != nil {
		t.Fatal(err)
	}
	putPlace(t, db)
	for i := range n {
		putPosting(t, db, things, i)
	}
	srv := httptest.NewServer(r)
	t.Cleanup(srv.Close)
	return srv
}

func putPlace(t *testing.T, db *dbtest.DB) {
	t.Helper()
	err := db.Regions().InTx(t.Context(), dbtest.Act(), func(tx region.Tx) error {
		var rs []region.Region
		for _, c := range village.Path() {
			rs = append(rs, region.Region{Code: c, Parent: c.Parent(), Level: c.Level(), Name: "盐井村村民委员会", Short: "盐井村", State: region.Active})
		}
		if err := tx.PutRegions(t.Context(), rs); err != nil {
			return err
		}
		return tx.Record(t.Context(), audit.Event{Action: "test.places", Object: "region", Result: "ok"})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// putPosting makes a published posting with two lines that name one project.
func putPosting(t *testing.T, db *dbtest.DB, things *mention.Service, i int) {
	t.Helper()
	id, at := fmt.Sprintf("posting%d", i), db.Clock.Now().Add(time.Duration(i)*time.Second)
	content := disclosure.Content{Title: fmt.Sprintf("第%d期明细", i), Summary: "白话", Lines: []disclosure.Line{
		{Date: "2026-01-02", Summary: "支付村道路灯电费", ExpenseFen: 100, Project: "三组便道"},
		{Date: "2026-01-03", Summary: "买水泥", ExpenseFen: 50, Project: "三组便道"},
	}}
	raw, err := content.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	rec := disclosure.Record{
		ID: id, CaseID: "case" + id, Region: village, ItemCode: "D02", Category: "FINANCE", Edition: "2026-01-01", Period: "2026-01",
		Visibility: disclosure.PublicInternet, State: disclosure.Published, Version: 1, PublishedAt: at, FirstAt: at,
		Pos: disclosure.Position(at, int64(i)), Shown: disclosure.Shown{Title: content.Title, Summary: "白话"},
	}
	err = db.Disclosures().InTx(t.Context(), dbtest.Act(), func(tx disclosure.Tx) error {
		ctx := t.Context()
		if _, err := tx.AddPosting(ctx, rec, nil); err != nil {
			return err
		}
		if err := tx.AddPostingVersion(ctx, disclosure.VersionRecord{PostingID: id, Number: 1, PublishedAt: at, Content: raw, Digest: disclosure.Digest(raw)}); err != nil {
			return err
		}
		if err := tx.PutFeed(ctx, disclosure.Scopes(village, 4, disclosure.PublicInternet), rec.Pos); err != nil {
			return err
		}
		follower, ok := tx.(mention.Tx)
		if !ok {
			return fmt.Errorf("%T follows nothing", tx)
		}
		if err := things.Take(ctx, follower, []outbox.Event{{Kind: disclosure.EventPublished, Region: village, Subject: id}}); err != nil {
			return err
		}
		return tx.Record(ctx, audit.Event{Action: "test.posting", Object: "posting", Result: "ok"})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// ask gets a path; body is nil for what has none.
func ask(ctx context.Context, t *testing.T, srv *httptest.Server, path string, header ...string) (answered, []byte) {
	t.Helper()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		if q.Header.Set(header[i], header[i+1]); header[i] == "Host" {
			q.Host = header[i+1]
		}
	}
	resp, err := srv.Client().Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var b strings.Builder
	if _, err := copyAll(&b, resp); err != nil {
		t.Fatal(err)
	}
	return answered{resp.StatusCode, resp.Status, resp.Header}, []byte(b.String())
}

func TestSyndicate(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx, srv := t.Context(), noticeServer(t, db, syndicationPage+3)
		seen := map[string]bool{}
		pages := 0
		for path := "/feeds/5108.atom"; path != ""; pages++ {
			resp, raw := ask(ctx, t, srv, path, "Host", "Cunwu.example.cn", "X-Forwarded-Proto", "https")
			if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "application/atom+xml; charset=utf-8" || resp.Header.Get("Access-Control-Allow-Origin") != "*" {
				t.Fatalf("%s: %d %v", path, resp.StatusCode, resp.Header)
			}
			f, wrong := checkAtom(raw)
			if len(wrong) > 0 {
				t.Fatal(wrong)
			}
			path = ""
			for _, l := range f.Links {
				if rest, ok := strings.CutPrefix(l.Href, "https://cunwu.example.cn"); !ok {
					t.Errorf("link %s", l.Href)
				} else if l.Rel == "next" {
					path = rest
				}
			}
			for _, e := range f.Entries {
				seen[e.ID[0]] = true
			}
		}
		if len(seen) != syndicationPage+3 || pages != 2 {
			t.Errorf("%d entries on %d pages", len(seen), pages)
		}

		resp, raw := ask(ctx, t, srv, "/feeds/510821102200.json")
		if resp.StatusCode != http.StatusOK || !json.Valid(raw) || !strings.Contains(string(raw), srv.URL+"/d/posting0") && !strings.Contains(string(raw), srv.URL+"/d/posting9") {
			t.Errorf("%d %s", resp.StatusCode, raw)
		}
		again, body := ask(ctx, t, srv, "/feeds/510821102200.json", "If-None-Match", resp.Header.Get("Etag"))
		if again.StatusCode != http.StatusNotModified || len(body) != 0 {
			t.Errorf("asked again: %d", again.StatusCode)
		}
		packed, _ := ask(ctx, t, srv, "/feeds/510821102200.json", "Accept-Encoding", "gzip")
		if packed.Header.Get("Content-Encoding") != "gzip" {
			t.Error("not compressed")
		}
	})
}

func TestSyndicate_Refuses(t *testing.T) {
	t.Parallel()
	srv := noticeServer(t, dbtest.New(t), 0)
	for path, want := range map[string]int{
		"/feeds/510821102200.rss": 404, "/feeds/510821102200": 404, "/feeds/x.atom": 404, "/feeds/510821102209.atom": 404, "/feeds/.json": 404,
		"/feeds/5108.atom?cursor=x": 422, "/feeds/5108.atom?utm=1": 422, "/feeds/5108.atom?cursor=&cursor=": 422, "/feeds/5108.atom": 200,
	} {
		resp, raw := ask(t.Context(), t, srv, path)
		if resp.StatusCode != want || want != 200 && resp.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", path, resp.StatusCode, raw)
		}
	}
	for _, host := range []string{"a b", "evil\"><x", "甲.cn"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.Host = host
		if base, err := siteAddress(r); err == nil {
			t.Errorf("host %q made %q", host, base)
		}
	}
}
