package search_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/outbox"
	"cunwu/service/region"
	"cunwu/service/search"
)

// world is one run of the property: a city of its own, since the archive is
// kept between the runs.
type world struct {
	*desk
	city region.Code
	all  []*post
}

// Few letters, so that words meet by chance.
var alphabet = []string{"路", "灯", "电", "费", "修", "A", "ａ", "1", "①", " ", "，", "-", "😀", "%", "㎡"}

func text(rt *rapid.T, name string, most int) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(alphabet), 0, most).Draw(rt, name), "")
}

var periods = []string{"2025-12", "2026-02", "2026Q1", "2026H1", "2026", "2026-02-11", "2026-07"}

func (w *world) villages() []region.Code {
	return []region.Code{w.city + "21102200", w.city + "21102202", w.city + "02101201"}
}

func anyContent(rt *rapid.T) disclosure.Content {
	c := disclosure.Content{Title: text(rt, "title", 8), Summary: text(rt, "summary", 12)}
	for range rapid.IntRange(0, 2).Draw(rt, "lines") {
		c.Lines = append(c.Lines, disclosure.Line{
			Summary: text(rt, "line", 8), Project: text(rt, "project", 4), Payee: text(rt, "payee", 4),
			Voucher: text(rt, "voucher", 3), Contract: text(rt, "contract", 3), Asset: text(rt, "asset", 3),
		})
	}
	if rapid.Bool().Draw(rt, "fields") {
		c.Fields = map[string]string{"说明": text(rt, "field", 6)}
	}
	return c
}

// step publishes, takes down, corrects, or indexes a part.
func (w *world) step(rt *rapid.T) {
	switch k := rapid.IntRange(0, 5).Draw(rt, "step"); {
	case k < 3 || len(w.all) == 0:
		at := rapid.SampledFrom(w.villages()).Draw(rt, "village")
		item := rapid.SampledFrom([]string{"A02", "D02"}).Draw(rt, "item")
		p := w.publish(at, item, rapid.SampledFrom(periods).Draw(rt, "period"), anyContent(rt))
		w.all = append(w.all, p)
	case k == 3:
		p := rapid.SampledFrom(w.all).Draw(rt, "posting")
		if p.rec.State == disclosure.Published {
			w.down(p, rapid.Bool().Draw(rt, "erase"))
		}
	case k == 4:
		p := rapid.SampledFrom(w.all).Draw(rt, "posting")
		p.content = anyContent(rt)
		w.up(p)
	default:
		if _, err := w.svc.Follow(w.t.Context(), rapid.IntRange(1, 3).Draw(rt, "limit")); err != nil {
			rt.Fatal(err)
		}
	}
}

func (w *world) question(rt *rapid.T) search.Query {
	places := append([]region.Code{w.city, w.city, w.city, w.city + "21", w.city + "21102"}, w.villages()...)
	q := search.Query{
		Region: rapid.SampledFrom(places).Draw(rt, "region"), Limit: rapid.SampledFrom([]int{1, 2, 50}).Draw(rt, "page"),
		Category: rapid.SampledFrom([]string{"", "", "", "FINANCE"}).Draw(rt, "category"),
		Item:     rapid.SampledFrom([]string{"", "", "", "D02"}).Draw(rt, "only item"),
		Period:   rapid.SampledFrom([]string{"", "", "", "", "", "2026Q1", "2026", "2026-02", "2026-02-11"}).Draw(rt, "only period"),
	}
	if p := rapid.SampledFrom(w.all).Draw(rt, "like"); rapid.Bool().Draw(rt, "a word that is there") {
		for _, word := range strings.Fields(search.Searched(p.content.Summary)) {
			if rs := []rune(word); len(rs) > 1 {
				q.Text += " " + string(rs[:min(len(rs), rapid.IntRange(2, 4).Draw(rt, "of it"))])
			}
		}
	}
	for range rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(rt, "words") {
		q.Text += " " + rapid.StringOfN(rapid.SampledFrom([]rune("路灯电费修a1公开")), 2, 4, -1).Draw(rt, "word")
	}
	if q.Text == "" {
		q.Text = "路灯"
	}
	if rapid.IntRange(0, 3).Draw(rt, "more") == 0 {
		q.Text += "，" + rapid.SampledFrom(alphabet).Draw(rt, "letter")
	}
	return q
}

// TestService_FindEqualsTheReference does random work, compares answers with
// all postings looked through one by one, and demands that nothing is shown
// that does not stand even while the index is behind.
func TestService_FindEqualsTheReference(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		d := newDesk(t, db)
		runs, hits := 0, 0
		rapid.Check(t, func(rt *rapid.T) {
			runs++
			w := &world{desk: d, city: region.Code(fmt.Sprint(2000 + runs))}
			d.places(w.city)
			for range rapid.IntRange(1, 8).Draw(rt, "steps") {
				w.step(rt)
			}
			q := w.question(rt)
			for _, id := range w.find(q) { // the index may be behind
				if p := w.byID(id); !p.matches(q, p.rec.Category, w.name(p)) {
					rt.Fatalf("%+v shows %+v", q, *p)
				}
			}
			w.follow(100)
			for range 4 {
				q := w.question(rt)
				want := w.reference(q)
				if got := w.find(q); !slices.Equal(got, want) {
					rt.Fatalf("%+v:\n got %v\nwant %v\n all %+v", q, got, want, w.texts())
				}
				hits += len(want)
			}
		})
		if hits < runs/4 {
			t.Errorf("%d hits in %d runs: this shows nothing", hits, runs)
		}
	})
}

func (w *world) byID(id string) *post {
	return w.all[slices.IndexFunc(w.all, func(p *post) bool { return p.rec.ID == id })]
}

func (d *desk) name(p *post) string {
	name, err := d.posts.ItemName(p.rec)
	if err != nil {
		d.t.Fatal(err)
	}
	return name
}

func (w *world) reference(q search.Query) []string {
	var in []*post
	for _, p := range w.all {
		if p.matches(q, p.rec.Category, w.name(p)) {
			in = append(in, p)
		}
	}
	slices.SortFunc(in, func(a, b *post) int { return int(b.rec.Pos - a.rec.Pos) })
	var out []string
	for _, p := range in {
		out = append(out, p.rec.ID)
	}
	return out
}

func lights(summary string) disclosure.Content {
	return disclosure.Content{
		Title: "2月收支", Summary: summary,
		Lines: []disclosure.Line{{Summary: "支付路灯电费", Payee: "国网供电公司", Voucher: "记-0901"}},
	}
}

// TestService_Life: found when published, in its new text when corrected, gone
// when withdrawn and nothing of it left in the index, even where the text went
// first.
func TestService_Life(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		p := d.publish(yanjing, "D02", "2026-02", lights("收支都记在这里。"))
		other := d.publish(longtan, "A02", "2026", disclosure.Content{Title: "村规民约", Summary: "大家商量定的。", Body: "## 第一条\n\n爱护**路灯**。"})
		q := search.Query{Text: "路灯", Region: "5108"}
		if got := d.find(q); got != nil {
			t.Errorf("found before it was indexed: %v", got)
		}
		d.follow(100)
		if got := d.find(q); !slices.Equal(got, []string{other.rec.ID, p.rec.ID}) {
			t.Errorf("found %v", got)
		}
		p.content = lights("已更正。")
		p.content.Lines[0].Summary = "支付水费"
		d.up(p)
		d.follow(100)
		if got := d.find(q); !slices.Equal(got, []string{other.rec.ID}) {
			t.Errorf("after the correction: %v", got)
		}
		if got := d.find(search.Query{Text: "付水费 供电", Region: yanjing}); !slices.Equal(got, []string{p.rec.ID}) {
			t.Errorf("the corrected text: %v", got)
		}
		d.down(p, true)
		if got := d.find(search.Query{Text: "水费", Region: yanjing}); got != nil {
			t.Errorf("a withdrawn text is shown before the index follows: %v", got)
		}
		d.down(other, true)
		d.follow(1)
		for _, word := range []string{"路灯", "水费", "爱护"} {
			for _, id := range []string{p.rec.ID, other.rec.ID} {
				if places, docs := d.left(word, id); len(places) > 0 || len(docs) > 0 {
					t.Errorf("of %s are left: %v %v", word, places, docs)
				}
			}
		}
	})
}

// left gives what the index holds of a two-letter word, and of a posting.
func (d *desk) left(word, id string) (places []int64, docs []search.Doc) {
	d.t.Helper()
	places, err := d.db.Search().SearchPlaces(d.t.Context(), search.List{Number: search.TermOf(word)}, 1<<62, 10)
	if err != nil {
		d.t.Fatal(err)
	}
	err = d.db.Search().InTx(d.t.Context(), dbtest.Act(), func(tx search.Tx) error {
		docs, err = tx.SearchDocs(d.t.Context(), []string{id})
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return places, docs
}

// TestService_OnlyForAll: what only verified villagers may read is not indexed,
// and is not shown by item or period either.
func TestService_OnlyForAll(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		p := &post{content: lights("路灯"), rec: disclosure.Record{
			ID: audit.NewID(), CaseID: audit.NewID(), Region: yanjing, ItemCode: "D02", Category: "FINANCE", Edition: "2026-01-01",
			Period: "2026-02", Visibility: disclosure.VerifiedVillager, State: disclosure.Draft, Revision: 1,
		}}
		d.up(p)
		d.follow(9)
		if places, docs := d.left("路灯", p.rec.ID); len(places) > 0 || len(docs) > 0 {
			t.Errorf("indexed: %v %v", places, docs)
		}
		for _, q := range []search.Query{{Text: "路灯", Region: yanjing}, {Item: "D02", Region: yanjing}, {Period: "2026", Region: yanjing}} {
			if got := d.find(q); got != nil {
				t.Errorf("%+v shows %v", q, got)
			}
		}
	})
}

func TestService_Refusals(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for _, c := range []struct {
			q    search.Query
			want *fault.Fault
		}{
			{search.Query{Region: "5108"}, search.ErrTooShort},
			{search.Query{Region: "5108", Text: "路"}, search.ErrTooShort},
			{search.Query{Region: "5108", Text: " 路，灯 "}, search.ErrTooShort},
			{search.Query{Region: "5108", Text: "😀😀😀"}, search.ErrTooShort},
			{search.Query{Region: "5108", Text: "%_"}, search.ErrTooShort},
			{search.Query{Region: "5108", Text: "\xed\xa0\x80\xed\xb0\x80"}, search.ErrTooShort},
			{search.Query{Region: "5108", Text: "\u200b\u200b\u200b"}, search.ErrTooShort},
			{search.Query{Region: "5108", Text: strings.Repeat("路灯", 5000)}, search.ErrTooLong},
			{search.Query{Region: "5108", Text: strings.Repeat("路", 41)}, search.ErrTooLong},
			{search.Query{Region: "99", Text: "路"}, region.ErrNotFound},
			{search.Query{Region: "5x", Text: "路灯"}, region.ErrCode},
			{search.Query{Region: "5108", Text: "路灯", Category: "NOPE"}, disclosure.ErrCategoryUnknown},
			{search.Query{Region: "5108", Text: "路灯", Item: "Z99"}, disclosure.ErrItemUnknown},
			{search.Query{Region: "5108", Text: "路灯", Period: "2026Q5"}, search.ErrPeriod},
			{search.Query{Region: "5108", Text: "路灯", Limit: 51}, disclosure.ErrFeedQuery},
			{search.Query{Region: "5108", Text: "路灯", Before: -1}, disclosure.ErrFeedQuery},
		} {
			if _, err := d.svc.Find(t.Context(), c.q); !errors.Is(err, c.want) {
				t.Errorf("%.60q: %v, want %s", c.q.Text, err, c.want.Code)
			}
		}
		for _, text := range []string{strings.Repeat("路", 40), "' OR 1=1 --", "路灯%", strings.Repeat("ﷺ", 40), "1️⃣2️⃣", "盐井\x00村"} {
			page, err := d.svc.Find(t.Context(), search.Query{Region: "5108", Text: text})
			if err != nil || page.Items == nil || len(page.Items) != 0 || page.Next != 0 {
				t.Errorf("%q: %+v, %v", text, page, err)
			}
		}
	})
}

// TestService_LongAnswer walks further than one answer may: every page goes on,
// and all that match come, once.
func TestService_LongAnswer(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		var want []string
		for i := range 700 { // the bigrams are all there, the word is in one of fifty
			c := disclosure.Content{Title: "路灯电 灯电费", Summary: "没有别的。", Lines: []disclosure.Line{{Summary: "修路"}}}
			if i%50 == 7 {
				c.Lines[0].Summary = "路灯电费"
			}
			if p := d.publish(liushu, "D02", "2026-02", c); i%50 == 7 {
				want = append(want, p.rec.ID)
			}
		}
		d.follow(200)
		slices.Reverse(want)
		page, err := d.svc.Find(t.Context(), search.Query{Text: "路灯电费", Region: "5108", Limit: 50})
		if err != nil || page.Next == 0 || len(page.Items) == len(want) {
			t.Errorf("one answer read %d texts and more: %+v %v", len(page.Items), page.Next, err)
		}
		if got := d.find(search.Query{Text: "路灯电费", Region: "5108", Limit: 50}); !slices.Equal(got, want) {
			t.Errorf("got %d, want %d", len(got), len(want))
		}
	})
}

// TestService_Also: what hangs on the events shares the transaction: where it
// fails, nothing is taken and nothing is indexed.
func TestService_Also(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		boom := errors.New("boom")
		var told []string
		fails := true
		svc := search.New(d.db.Search(), search.Options{Postings: d.posts, Also: func(_ context.Context, tx search.Tx, events []outbox.Event) error {
			if fails {
				return boom
			}
			for _, e := range events {
				told = append(told, e.Subject)
			}
			return nil
		}})
		p := d.publish(yanjing, "D02", "2026-02", lights("白话"))
		if n, err := svc.Follow(t.Context(), 9); !errors.Is(err, boom) {
			t.Errorf("%d, %v", n, err)
		}
		if places, docs := d.left("路灯", p.rec.ID); len(places) > 0 || len(docs) > 0 {
			t.Errorf("indexed all the same: %v %v", places, docs)
		}
		fails = false
		for _, want := range []int{1, 0} {
			if n, err := svc.Follow(t.Context(), 9); err != nil || n != want {
				t.Errorf("%d, %v", n, err)
			}
		}
		if _, docs := d.left("路灯", p.rec.ID); !slices.Equal(told, []string{p.rec.ID}) || len(docs) != 1 {
			t.Errorf("told %v, indexed %v", told, docs)
		}
	})
}

// texts shows the postings of a world.
func (w *world) texts() (out []string) {
	for _, p := range w.all {
		out = append(out, fmt.Sprintf("%s %s %s %s %s %+v", p.rec.ID, p.rec.State, p.rec.Region, p.rec.ItemCode, p.rec.Period, p.content))
	}
	return out
}
