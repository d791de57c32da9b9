package disclosure_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/disclosure"
	"cunwu/service/region"
)

func TestService_Feed_Refusals(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ask := func(by account.Caller, q disclosure.FeedQuery) error {
			_, err := h.svc.Feed(t.Context(), by, q)
			return err
		}
		refused(t, ask(account.Caller{}, disclosure.FeedQuery{Region: "51a8"}), region.ErrCode)
		refused(t, ask(account.Caller{}, disclosure.FeedQuery{Region: ""}), region.ErrCode)
		refused(t, ask(account.Caller{}, disclosure.FeedQuery{Region: "99"}), region.ErrNotFound)
		refused(t, ask(account.Caller{}, disclosure.FeedQuery{Region: "51", Category: "finance"}), disclosure.ErrCategoryUnknown)
		refused(t, ask(account.Caller{}, disclosure.FeedQuery{Region: "51", Limit: 51}), disclosure.ErrFeedQuery)
		refused(t, ask(account.Caller{}, disclosure.FeedQuery{Region: "51", Limit: -1}), disclosure.ErrFeedQuery)
		refused(t, ask(account.Caller{}, disclosure.FeedQuery{Region: "51", Before: -1}), disclosure.ErrFeedQuery)
		refused(t, ask(account.Caller{}, disclosure.FeedQuery{Region: yanjing, Verified: true}), account.ErrRequired)
		refused(t, ask(villager(yanjing), disclosure.FeedQuery{Region: "5108", Verified: true}), disclosure.ErrVerifiedOnly)
		if page := h.feed(account.Caller{}, disclosure.FeedQuery{Region: "51"}); page.Items == nil || page.Next != 0 {
			t.Errorf("an empty feed is %+v", page)
		}
	})
}

// entry is what the reference knows of a posting: enough to filter and sort.
type entry struct {
	id       string
	at       region.Code
	category string
	personal bool
	top      time.Time // of the last publication; zero while never published
	state    disclosure.State
	version  int
}

// reference is the feed by its definition: everything, filtered and sorted.
func reference(all []*entry, place region.Code, category string, verified bool) []string {
	var in []*entry
	for _, e := range all {
		if !e.top.IsZero() && place.Contains(e.at) && (category == "" || e.category == category) && (verified || !e.personal) {
			in = append(in, e)
		}
	}
	slices.SortFunc(in, func(a, b *entry) int { return b.top.Compare(a.top) })
	out := make([]string, len(in))
	for i, e := range in {
		out[i] = e.id
	}
	return out
}

// walk reads a whole feed page by page.
func (h *house) walk(by account.Caller, q disclosure.FeedQuery) []disclosure.Item {
	var out []disclosure.Item
	for {
		page := h.feed(by, q)
		out = append(out, page.Items...)
		if page.Next == 0 {
			return out
		}
		q.Before = page.Next
	}
}

func ids(items []disclosure.Item) []string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = item.ID
	}
	return out
}

// kinds of postings that the property below publishes.
type sample struct {
	item, period, category string
	personal               bool
	content                func() disclosure.Content
}

func samples() []sample {
	return []sample{
		{"D02", "2026-02", "FINANCE", false, accounts},
		{"A02", "2026", "ORG", false, func() disclosure.Content { return plain("村规民约") }},
		{"H03", "2026Q1", "WELFARE", true, func() disclosure.Content { return plain("动态名单") }},
	}
}

// world is a city of its own for one run of the property, because the archive
// is kept between the runs.
type world struct {
	*house
	city region.Code
	all  []*entry
}

func (w *world) villages() []region.Code {
	return []region.Code{w.city + "21102200", w.city + "21102202", w.city + "02101201"}
}

// TestService_FeedsEqualTheReference does random work in random villages, and
// compares the feed of every place, category and kind of reader with all
// postings filtered and sorted.
func TestService_FeedsEqualTheReference(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		runs := 0
		rapid.Check(t, func(rt *rapid.T) {
			runs++
			w := &world{house: h, city: region.Code(fmt.Sprint(2000 + runs))}
			h.places(w.city)
			for range rapid.IntRange(1, 6).Draw(rt, "steps") {
				w.anyStep(rt)
			}
			places := append([]region.Code{w.city.Parent(), w.city, w.city + "21", w.city + "02", w.city + "21102"}, w.villages()...)
			for _, place := range places {
				for _, category := range []string{"", rapid.SampledFrom([]string{"FINANCE", "WELFARE"}).Draw(rt, "category")} {
					w.compare(rt, disclosure.FeedQuery{Region: place, Category: category, Limit: rapid.SampledFrom([]int{1, 2, 3, 50}).Draw(rt, "limit")})
				}
			}
		})
	})
}

// compare reads one feed as strangers do and, of a village, as its people do.
func (w *world) compare(rt *rapid.T, q disclosure.FeedQuery) {
	for _, verified := range []bool{false, true} {
		if verified && q.Region.Level() != region.Village {
			continue
		}
		q.Verified = verified
		if q.Region.Level() == region.Province {
			q.Limit = 50 // shared with the other worlds
		}
		items := slices.DeleteFunc(w.walk(villager(q.Region), q), func(i disclosure.Item) bool { return !w.city.Contains(i.Region) })
		if got, want := ids(items), reference(w.all, q.Region, q.Category, verified); !slices.Equal(got, want) {
			rt.Fatalf("feed %+v:\n got %v\nwant %v", q, got, want)
		}
		for _, item := range items {
			e := w.all[slices.IndexFunc(w.all, func(e *entry) bool { return e.id == item.ID })]
			if item.State != e.state || item.Version != e.version || (item.Summary != "") != (e.state == disclosure.Published) {
				rt.Fatalf("feed %+v shows %+v of %+v", q, item, *e)
			}
		}
	}
}

// anyStep publishes something new, takes something down, or corrects it.
func (w *world) anyStep(rt *rapid.T) {
	w.db.Clock.Advance(time.Duration(rapid.IntRange(1, 5000).Draw(rt, "ms")) * time.Millisecond)
	if len(w.all) == 0 || rapid.Bool().Draw(rt, "new") {
		s := rapid.SampledFrom(samples()).Draw(rt, "sample")
		at := rapid.SampledFrom(w.villages()).Draw(rt, "village")
		e := &entry{id: w.draft(at, s.item, s.period, s.content()).ID, at: at, category: s.category, personal: s.personal}
		w.all = append(w.all, e)
		if rapid.IntRange(0, 4).Draw(rt, "finished") == 0 {
			return
		}
		e.up(w.publish(e.id))
		return
	}
	e := rapid.SampledFrom(w.all).Draw(rt, "posting")
	if e.state != disclosure.Published { // a draft, or what is being corrected
		e.up(w.publish(e.id))
		return
	}
	kind := rapid.SampledFrom([]string{"error", "privacy", "other"}).Draw(rt, "kind")
	w.do(e.id, "withdraw", map[string]string{"reason": "需要更正", "kind": kind})
	e.state = disclosure.Withdrawn
}

func (e *entry) up(p disclosure.Posting) {
	e.top, e.state, e.version = p.PublishedAt, disclosure.Published, p.Version
}

// TestService_PagingUnderInserts publishes between the pages: what stood when
// the walk began comes exactly once.
func TestService_PagingUnderInserts(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var want []string
		for range 7 {
			h.db.Clock.Advance(time.Millisecond)
			want = append(want, h.put(yanjing, "A02", "2026", plain("村规民约")).ID)
		}
		slices.Reverse(want)
		var got []string
		q := disclosure.FeedQuery{Region: "5108", Limit: 2}
		for {
			page := h.feed(account.Caller{}, q)
			got = append(got, ids(page.Items)...)
			h.db.Clock.Advance(time.Millisecond)
			h.put(liushu, "A02", "2026", plain("村规民约"))
			if page.Next == 0 {
				break
			}
			q.Before = page.Next
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

// TestService_SameMillisecond publishes without moving the clock: the order is
// that of the public record.
func TestService_SameMillisecond(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		a, b := h.put(yanjing, "A02", "2026", plain("村规民约")), h.put(liushu, "A02", "2026", plain("村规民约"))
		h.do(a.ID, "withdraw", map[string]string{"reason": "更正", "kind": "error"})
		h.publish(a.ID)
		if got := ids(h.walk(account.Caller{}, disclosure.FeedQuery{Region: "51", Limit: 1})); !slices.Equal(got, []string{a.ID, b.ID}) {
			t.Errorf("feed %v, want %v", got, []string{a.ID, b.ID})
		}
	})
}
