package concern_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/chronicle"
	"cunwu/service/concern"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/outbox"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

// count follows what was announced, as the follower of the counts does.
func (h *house) count() {
	h.t.Helper()
	h.ok(h.db.Concerns().InTx(h.t.Context(), audit.BySystem("tally"), func(tx concern.Tx) error {
		events, err := tx.TakeEvents(h.t.Context(), outbox.Tally, 1000)
		if err != nil {
			return err
		}
		if err := h.svc.Take(h.t.Context(), tx, events); err != nil {
			return err
		}
		return tx.Record(h.t.Context(), audit.Event{Action: "test.count", Object: "outbox", Result: "ok"})
	}))
}

func (h *house) figures(by account.Caller, at region.Code) concern.FiguresReport {
	h.t.Helper()
	r, err := h.svc.Figures(h.t.Context(), by, at, "", "")
	h.ok(err)
	return r
}

// rate brings a concern that is done to its end.
func (h *house) rated(rating string, change ...func(*concern.NewConcern)) {
	h.t.Helper()
	h.do(villager(1), h.finished(change...), "rate", given{"rating": rating})
}

func TestFigures(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for _, rating := range []string{"satisfied", "basic", "satisfied", "satisfied"} {
			h.rated(rating)
		}
		h.finished()                                         // nobody rates it
		h.raise(villager(2))                                 // open
		h.raise(villager(2), saying("低保名单没有公示过", "welfare")) // few of its kind
		h.raise(villager(3), func(in *concern.NewConcern) { in.Visibility = concern.Sealed })
		h.later(16) // what is not rated stays so, what is not registered goes up
		h.count()
		h.db.Clock.Set(h.db.Clock.Now().AddDate(0, 0, 10)) // and nobody looked since
		want := concern.Figures{
			RegionCode: yanjing, RegionName: "盐井村", Raised: 7, Open: 2, Ends: map[concern.State]int{concern.Settled: 4, concern.Unrated: 1},
			Closed: 5, Due: 7, InTime: 5, Rated: 4, Content: 4, MedianHours: 4, ResponseRate: 80,
		}
		got := h.figures(h.clerk(), yanjing)
		if got.Total.Overdue == 0 {
			t.Error("nothing is overdue")
		}
		got.Total.Overdue = 0
		if fmt.Sprint(got.Total) != fmt.Sprint(want) {
			t.Errorf("got  %+v\nwant %+v", got.Total, want)
		}
		if len(got.Categories) != 2 || got.Categories[0].Category != "road" || !got.Categories[1].SmallSample || got.Categories[1].MedianHours != -1 {
			t.Errorf("by category: %+v", got.Categories)
		}
		strange := h.figures(account.Caller{}, yanjing)
		if len(strange.Categories) != 1 || strange.Total.Raised != 7 {
			t.Errorf("one person's matter is told to strangers: %+v", strange.Categories)
		}
		above := h.figures(account.Caller{}, jiachuan)
		if len(above.Places) != 1 || above.Places[0].Raised != 7 || above.Places[0].RegionName != "盐井村" || above.Total.Raised != 7 {
			t.Errorf("of the township: %+v", above)
		}
		old, err := h.svc.Figures(t.Context(), h.clerk(), yanjing, "2024-01", "2024-12")
		if err != nil || old.Total.Raised != 0 || !old.Total.SmallSample || old.Total.MedianHours != -1 {
			t.Errorf("of another year: %+v (%v)", old.Total, err)
		}
	})
}

// Others than those who work there do not get the parts of few.
func TestFigures_FewAreNotBrokenDown(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.rated("dissatisfied", func(in *concern.NewConcern) { in.Visibility = concern.Private })
		h.count()
		f := h.figures(villager(5), yanjing).Total
		if f.Raised != 1 || !f.SmallSample || f.Rated != 0 || f.Open != 0 || len(f.Ends) != 0 || f.ResponseRate != -1 {
			t.Errorf("%+v", f)
		}
		if f := h.figures(h.clerk(), yanjing).Total; f.Rated != 1 || f.Content != 0 || f.ResponseRate != -1 {
			t.Errorf("to those who work there: %+v", f)
		}
	})
}

func TestFigures_Refusals(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for _, c := range []struct {
			at          region.Code
			from, until string
			want        *fault.Fault
		}{
			{"5x", "", "", region.ErrCode},
			{"510821102999", "", "", region.ErrNotFound},
			{yanjing, "2026-13", "", concern.ErrQuery},
			{yanjing, "", "soon", concern.ErrQuery},
			{yanjing, "2026-03", "2026-02", concern.ErrQuery},
			{yanjing, "1990-01", "2026-02", concern.ErrQuery},
		} {
			_, err := h.svc.Figures(t.Context(), villager(1), c.at, c.from, c.until)
			refused(t, err, c.want)
		}
	})
}

// Whatever happens in whatever order, the counts that were moved step by step
// are those that counting anew gives.
func TestCounts_MovedIsRecounted(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var ids []string
		rapid.Check(t, func(rt *rapid.T) {
			n := rapid.IntRange(0, 11).Draw(rt, "villager")
			if len(ids) < 3 || rapid.IntRange(0, 4).Draw(rt, "raise") == 0 {
				c, err := h.tryRaise(villager(n))
				if err == nil {
					ids = append(ids, c.ID)
				}
			}
			id := rapid.SampledFrom(ids).Draw(rt, "id")
			step := rapid.SampledFrom([]struct {
				action string
				fields given
			}{
				{"register", nil},
				{"assign", given{"handler": "村委会主任"}},
				{"finish", given{"result": "路已经修好，装了护栏。"}},
				{"rate", given{"rating": "satisfied"}},
				{"rate", given{"rating": "dissatisfied"}},
				{"unable", given{"reason": "没有这笔钱，报过了"}},
				{"withdraw", nil},
				{"to_township", given{"reason": "要动用专项资金"}},
			}).Draw(rt, "step")
			by := h.clerk()
			if step.action == "rate" || step.action == "withdraw" {
				by = villager(n)
			}
			if step.action == "finish" || step.action == "unable" {
				by = h.director()
			}
			_, _ = h.try(by, id, step.action, step.fields) // mostly refused
			if rapid.IntRange(0, 9).Draw(rt, "later") == 0 {
				h.later(rapid.IntRange(1, 20).Draw(rt, "days"))
			}
			if rapid.Bool().Draw(rt, "count") {
				h.count()
			}
		})
		h.count()
		if differed, err := h.svc.Recount(t.Context()); err != nil || differed != 0 {
			t.Errorf("%d concerns were counted wrongly (%v)", differed, err)
		}
		want := map[string]int{}
		h.ok(h.db.Concerns().InTx(t.Context(), audit.BySystem("look"), func(tx concern.Tx) error {
			for _, id := range ids {
				r, closedAt, _, err := tx.ConcernFacts(t.Context(), id)
				if err != nil {
					return err
				}
				for f := range strings.SplitSeq(concern.FiguresOf(r, closedAt).Figures, ",") {
					want[f]++
				}
			}
			return tx.Record(t.Context(), audit.Event{Action: "test.look", Object: "concern", Result: "ok"})
		}))
		for _, place := range []region.Code{"51", wangcang, yanjing} {
			got := map[string]int{}
			rows, err := h.db.Concerns().ConcernCounts(t.Context(), []region.Code{place}, 0, 999912)
			h.ok(err)
			for _, m := range rows {
				if m.By != 0 {
					got[string(m.Figure)] += m.By
				}
			}
			if !maps.Equal(got, want) || got["raised"] != len(ids) {
				t.Errorf("%s: counted %v, are %v", place, got, want)
			}
		}
	})
}

// What somebody wrote into the counts by hand goes out again.
func TestRecount_Mends(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.raise(villager(1)).ID
		h.count()
		h.ok(h.db.Concerns().InTx(t.Context(), audit.BySystem("look"), func(tx concern.Tx) error {
			if err := tx.SaveCountedConcern(t.Context(), concern.Counted{ID: id}); err != nil {
				return err
			}
			if err := tx.MoveConcernCounts(t.Context(), []concern.CountMove{
				{Region: yanjing, Month: 202603, Category: "road", Figure: concern.CountRaised, By: -1},
			}); err != nil {
				return err
			}
			return tx.Record(t.Context(), audit.Event{Action: "test.look", Object: "concern", Result: "ok"})
		}))
		if differed, err := h.svc.Recount(t.Context()); err != nil || differed != 1 {
			t.Errorf("%d differed (%v)", differed, err)
		}
		if n := h.figures(h.clerk(), yanjing).Total.Raised; n != 1 {
			t.Errorf("%d raised", n)
		}
	})
}

func TestBatch(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		a, b, c := h.raise(villager(1)).ID, h.raise(villager(2)).ID, h.raise(villager(3)).ID
		h.do(h.clerk(), b, "register", nil)
		ids := []string{a, b, "01nothingofthatkind0000000", c}
		how := act(h.clerk())
		how.Receipt = &audit.Receipt{Scope: "batch", Key: "k1", Digest: [32]byte{1}, Encode: func(any) (int, []byte, error) {
			return 0, nil, errors.New("the receipt of the whole answers for none")
		}}
		batch := func() []concern.BatchResult {
			t.Helper()
			out, err := h.svc.Batch(t.Context(), h.clerk(), how, ids, procedure.Input{Action: "register"})
			h.ok(err)
			return out
		}
		first := batch()
		for i, want := range []error{nil, procedure.ErrStage, concern.ErrNotFound, nil} {
			if got := first[i]; got.ID != ids[i] || !errors.Is(got.Err, want) || want == nil && got.State != concern.Registered {
				t.Errorf("%d: %+v, want %v", i, got, want)
			}
		}
		if again := batch(); again[0] != first[0] || again[3] != first[3] {
			t.Errorf("a repeat: %+v, first %+v", again, first)
		}
		if n := len(h.see(h.clerk(), a).Updates); n != 2 {
			t.Errorf("done twice: %d lines", n)
		}
		for _, bad := range [][]string{nil, {a, a}, slices.Repeat([]string{"x"}, 51)} {
			_, err := h.svc.Batch(t.Context(), h.clerk(), how, bad, procedure.Input{Action: "register"})
			refused(t, err, fault.ErrInvalid)
		}
		_, err := h.svc.Batch(t.Context(), account.Caller{}, how, ids, procedure.Input{Action: "register"})
		refused(t, err, account.ErrRequired)
		out, err := h.svc.Batch(t.Context(), villager(7), act(villager(7)), []string{a, c}, procedure.Input{Action: "assign", Fields: given{"handler": "自己"}})
		h.ok(err)
		for _, r := range out {
			refused(t, r.Err, procedure.ErrForbidden)
		}
	})
}

// drafts keeps what was drafted, and knows one posting.
type drafts struct{ last disclosure.NewDraft }

const knownPosting = "posting00000000000000000001"

func (*drafts) Known(_ context.Context, _ account.Caller, id string) error {
	if id != knownPosting {
		return disclosure.ErrNotFound
	}
	return nil
}

// What a concern went on to is found from it, and it from there; what is not
// public is found by nobody else, and a made-up number is refused.
func TestLinks_BothWays(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.svc = h.with(func(o *concern.Options) { o.Postings = &drafts{} })
		finish := func(text string, change ...func(*concern.NewConcern)) string {
			id := h.raise(villager(1), append([]func(*concern.NewConcern){saying(text, "road")}, change...)...).ID
			h.do(h.clerk(), id, "register", nil)
			h.do(h.clerk(), id, "on_the_spot", given{"result": "买了两车碎石补平", "disclosure": knownPosting})
			return id
		}
		id := finish("村口的路垮了半边")
		finish("我家门口的路也垮了", func(in *concern.NewConcern) { in.Visibility = concern.Private })
		got, err := h.svc.Concern(t.Context(), account.Caller{}, id)
		if err != nil || len(got.Links) != 1 || got.Links[0].Path() != "/d/"+knownPosting {
			t.Fatalf("%+v %v", got.Links, err)
		}
		back, err := h.svc.Concerns(t.Context(), account.Caller{}, concern.Query{Region: yanjing, Linked: knownPosting, Limit: 10})
		if err != nil || len(back.Items) != 1 || back.Items[0].ID != id {
			t.Errorf("back: %+v %v", back.Items, err)
		}
		for _, other := range []string{"posting00000000000000000002", knownPosting[1:]} {
			if back, err = h.svc.Concerns(t.Context(), account.Caller{}, concern.Query{Region: yanjing, Linked: other, Limit: 10}); err != nil || len(back.Items) != 0 {
				t.Errorf("%s: %+v %v", other, back.Items, err)
			}
		}
		_, err = h.svc.Concerns(t.Context(), account.Caller{}, concern.Query{Region: yanjing, Linked: "%", Limit: 10})
		refused(t, err, concern.ErrQuery)
		open := h.raise(villager(2), saying("水管冻裂了没人修", "water")).ID
		h.do(h.clerk(), open, "register", nil)
		_, err = h.svc.Act(t.Context(), h.clerk(), act(h.clerk()), open, procedure.Input{
			Action: "on_the_spot", Fields: map[string]string{"result": "已经换了新水管", "disclosure": "nothing0000000000000000000"},
		})
		refused(t, err, procedure.ErrFields)
	})
}

func (d *drafts) Draft(_ context.Context, _ account.Caller, _ audit.Act, in disclosure.NewDraft) (disclosure.Posting, error) {
	d.last = in
	return disclosure.Posting{}, nil
}

// The list C03 is made from the records and names nobody.
func TestReport(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		d := &drafts{}
		svc := h.with(func(o *concern.Options) { o.Postings = d })
		h.rated("satisfied")
		h.raise(villager(2), saying("村口垃圾池满了没人清", "rubbish"))
		h.finished(saying("我家的低保为什么停了", "welfare"), func(in *concern.NewConcern) { in.Visibility = concern.Private })
		h.raise(villager(3), func(in *concern.NewConcern) { in.Visibility = concern.Sealed })
		month := dbtest.Start.Format("2006-01")
		_, err := svc.Report(t.Context(), h.clerk(), act(h.clerk()), concern.NewReport{Region: yanjing, Month: month})
		h.ok(err)
		got := d.last
		if got.ItemCode != "C03" || got.Period != month || got.Region != yanjing {
			t.Errorf("%+v", got)
		}
		for _, want := range []string{"| 1 | 道路桥梁 | 村委会主任 |", "说事人认为已解决：路已经修好，装了护栏。", "| 满意 |", "| 2 | 垃圾污水厕所 |", "等村里登记"} {
			if !strings.Contains(got.Content.Body, want) {
				t.Errorf("without %q: %s", want, got.Content.Body)
			}
		}
		all := got.Content.Title + got.Content.Summary + got.Content.Body
		for _, never := range []string{"王", "13800138000", "低保", "密封", "堰塘", "acc-", "res-"} {
			if strings.Contains(all, never) {
				t.Errorf("%q is in it: %s", never, all)
			}
		}
		if !strings.Contains(got.Content.Summary, "办结1件") || !strings.Contains(got.Content.Summary, "已解决1件；还在办理1件") {
			t.Errorf("%s", got.Content.Summary)
		}
		for _, bad := range []string{"2026-13", "2030-01", ""} {
			_, err := svc.Report(t.Context(), h.clerk(), act(h.clerk()), concern.NewReport{Region: yanjing, Month: bad})
			refused(t, err, fault.ErrInvalid)
		}
		_, err = svc.Report(t.Context(), villager(1), act(villager(1)), concern.NewReport{Region: yanjing, Month: month})
		refused(t, err, account.ErrMayNot)
	})
}

// Each public step is told as everybody may read it; what is hidden is not.
func TestChronicle(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		told := func() []chronicle.Shown {
			page, err := chronicle.New(h.db.Chronicle(), region.New(h.db.Regions())).Page(t.Context(), yanjing, 0, 50)
			if err != nil {
				t.Fatal(err)
			}
			return page.Items
		}
		h.raise(villager(2), func(in *concern.NewConcern) { in.Visibility = concern.Private })
		h.raise(villager(2), func(in *concern.NewConcern) { in.Visibility = concern.Sealed })
		id := h.finished(saying("13800138000路垮了半边", "road"))
		var kinds []string
		for _, e := range told() {
			if kinds = append(kinds, e.Kind); e.Subject != id {
				t.Errorf("what is not public is told: %+v", e)
			}
			if strings.Contains(e.Title+e.Text, "13800138000") || e.Link != "/v/"+id || e.Region != yanjing {
				t.Errorf("%+v", e)
			}
		}
		if want := []string{"concern.done", "concern.in_progress", "concern.registered", "concern.raised"}; !slices.Equal(kinds, want) {
			t.Errorf("%v, want %v", kinds, want)
		}
		h.do(h.supervisor(), id, "hide", given{"kind": "privacy", "reason": "写了别人家的事"})
		if len(told()) != 0 {
			t.Error("hidden, and still told")
		}
	})
}
