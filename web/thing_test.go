package web_test

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"cunwu/service/indicator"
	"cunwu/service/mention"
	"cunwu/service/prepared"
	"cunwu/service/region"
	"cunwu/web"
)

// catalogueOfThings is one road that 60 lines name, and figures.
type catalogueOfThings struct{ *board }

var road = mention.Thing{
	ID: "road", Region: "510821102200", RegionName: "盐井村", Kind: mention.Project, Name: "三组便道<修复>", Lines: 60, ExpenseFen: 6000_00, LastAt: at(10, 12),
}

func (b catalogueOfThings) Things(_ context.Context, _ region.Code, kind mention.Kind, after mention.After, _ int) ([]mention.Thing, mention.After, error) {
	if kind == mention.Asset || after.ID != "" {
		return nil, mention.After{}, b.away
	}
	return []mention.Thing{road}, mention.After{At: road.LastAt, ID: "road"}, b.away
}

func (b catalogueOfThings) Thing(_ context.Context, id string) (mention.Thing, error) {
	if id != "road" {
		return mention.Thing{}, mention.ErrNotFound
	}
	return road, b.away
}

func (b catalogueOfThings) Lines(_ context.Context, _, _ string, after mention.AfterLine, limit int) ([]mention.Mention, mention.AfterLine, error) {
	var out []mention.Mention
	for i := 60; i > 0 && len(out) < limit; i-- {
		if after.Pos == 0 || i < after.Line {
			out = append(out, mention.Mention{PostingID: "finance", Pos: 1000, Line: i, Date: "2026-09-12", Summary: fmt.Sprintf("买水泥第%d车", i), ExpenseFen: 100_00})
		}
	}
	if last := out[len(out)-1]; last.Line > 1 {
		return out, mention.AfterLine{Pos: last.Pos, Line: last.Line}, b.away
	}
	out[len(out)-1].Line = mention.FieldLine
	return out, mention.AfterLine{}, b.away
}

func (b catalogueOfThings) Report(ctx context.Context, place region.Code, period string) (indicator.Report, error) {
	p := indicator.LastQuarter(at(10, 20))
	if period != "" {
		var err error
		if p, err = indicator.ParsePeriod(period); err != nil {
			return indicator.Report{}, err
		}
	}
	r, err := b.Region(ctx, place)
	if err != nil {
		return indicator.Report{}, err
	}
	ratio, percent := 0.8889, 95
	timely := indicator.Definition{Code: "I01", Name: "公开及时率", Numerator: "按期公开的事项", Denominator: "到期应公开的事项", Target: indicator.Target{Percent: &percent}}
	small := indicator.Definition{Code: "I07", Name: "答复升级率", Numerator: "交乡镇答复的", Denominator: "提出的"}
	return indicator.Report{Place: r, Period: p, Least: 5, Recent: []indicator.Period{p}, Items: []indicator.Value{
		{Definition: timely, Numerator: 8, Denominator: 9, Ratio: &ratio}, {Definition: small, Numerator: 1, Denominator: 2, SmallSample: true},
	}}, b.away
}

func openThings(t *testing.T, b *board) site {
	t.Helper()
	gin.SetMode(gin.TestMode)
	cache := prepared.New(prepared.Options{})
	t.Cleanup(cache.Close)
	things := catalogueOfThings{b}
	w, err := web.New(web.Options{Places: b, Disclosures: b, Prepared: cache, Leaves: b, Things: things, Indicators: things})
	if err != nil {
		t.Fatal(err)
	}
	r := gin.New()
	w.Mount(r)
	return site{Handler: r, cache: cache}
}

func wantIn(t *testing.T, rec *httptest.ResponseRecorder, texts ...string) {
	t.Helper()
	if rec.Code != http.StatusOK {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	for _, want := range texts {
		if !strings.Contains(rec.Body.String(), want) {
			t.Errorf("no %q in\n%s", want, rec.Body)
		}
	}
}

func TestThing(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	s := openThings(t, b)
	first := s.get(t, "/t/road")
	wantIn(t, first, "三组便道&lt;修复&gt;", "60 处提到这个项目", "¥6,000.00", "买水泥第60车", `href="/d/finance"`, "/t/road?cursor=rs.11", "/t/road/qr.png")
	wantIn(t, s.get(t, "/t/road?cursor=rs.11"), "买水泥第1车", "整条公开讲的是它", "回到最新", `content="noindex"`)
	for path, want := range map[string]int{
		"/t/nothing": 404, "/t/nothing/qr.png": 404, "/t/road?cursor=x": 400, "/t/road?cursor=rs": 400, "/t/road?cursor=-1.1": 400,
		"/r/510821102200/things?kind=person": 404, "/r/5108/things": 404, "/r/510821102200/things?cursor=1": 400, "/r/x/things": 404,
	} {
		if rec := s.get(t, path); rec.Code != want {
			t.Errorf("%s: %d, want %d", path, rec.Code, want)
		}
	}
	rec := s.get(t, "/t/road/qr.png")
	if _, err := png.Decode(bytes.NewReader(rec.Body.Bytes())); err != nil || rec.Header().Get("Cache-Control") != "private, no-store" {
		t.Errorf("code: %v %v", err, rec.Header())
	}
	b.away = errAway // what was made is shown while storage is away
	if rec := s.get(t, "/t/road"); rec.Code != http.StatusOK {
		t.Errorf("with storage away: %d", rec.Code)
	}
}

func TestThingList(t *testing.T) {
	t.Parallel()
	s := openThings(t, newBoard(t))
	wantIn(t, s.get(t, "/r/510821102200/things"), `href="/t/road"`, "60 处提到", "往来单位", "kind=contract", "cursor=", `href="/feeds/510821102200.atom"`)
	wantIn(t, s.get(t, "/r/510821102200/things?kind=asset"), "公开内容里还没有提到资产")
	wantIn(t, s.get(t, "/r/510821102200"), `href="/r/510821102200/things"`, `href="/r/510821102200/indicators"`, `type="application/feed+json"`)
	if rec := s.get(t, "/r/5108"); strings.Contains(rec.Body.String(), "/things") {
		t.Error("a city has a list of things")
	}
}

func TestIndicators(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	s := openThings(t, b)
	rec := s.get(t, "/r/5108/indicators")
	wantIn(t, rec, "公开及时率：88.9%", "8，按期公开的事项", "9，到期应公开的事项", "95%", "答复升级率：样本不足", "2026年第三季度")
	if rec.Header().Get("Cache-Control") != "private, no-store" {
		t.Error("figures change with the day and may be kept")
	}
	wantIn(t, s.get(t, "/r/5108/indicators?period=2026-08"), "2026年8月")
	for path, want := range map[string]int{"/r/5108/indicators?period=x": 400, "/r/5199/indicators": 404} {
		if rec := s.get(t, path); rec.Code != want {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
	b.away = errAway
	if rec := s.get(t, "/r/5108/indicators"); rec.Code != http.StatusServiceUnavailable {
		t.Errorf("with storage away: %d", rec.Code)
	}
}
