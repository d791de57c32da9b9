package mention_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/disclosure"
	"cunwu/service/mention"
	"cunwu/service/outbox"
	"cunwu/service/region"
)

const (
	yanjing = region.Code("510821102200")
	liushu  = region.Code("510821102202")
)

type names map[region.Code]string

func (n names) Names(context.Context, []region.Code) (map[region.Code]string, error) { return n, nil }

// desk writes postings as they stand and lets the service follow.
type desk struct {
	t   testing.TB
	db  *dbtest.DB
	svc *mention.Service
	n   int64
}

func newDesk(t testing.TB, db *dbtest.DB) *desk {
	return &desk{t: t, db: db, svc: mention.New(db.Mentions(), names{yanjing: "盐井村", liushu: "柳树村"})}
}

// tx runs fn in a transaction that is recorded.
func (d *desk) tx(fn func(ctx context.Context, tx disclosure.Tx) error) {
	d.t.Helper()
	ctx := d.t.Context()
	err := d.db.Disclosures().InTx(ctx, dbtest.Act(), func(tx disclosure.Tx) error {
		if err := fn(ctx, tx); err != nil {
			return err
		}
		return tx.Record(ctx, audit.Event{Action: "test.write", Object: "posting", Result: "ok"})
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// publish makes the next version of a posting stand, newer than all others.
func (d *desk) publish(rec disclosure.Record, c disclosure.Content) disclosure.Record {
	d.t.Helper()
	raw, err := c.Canonical()
	if err != nil {
		d.t.Fatal(err)
	}
	d.n++
	at := d.db.Clock.Now().Add(time.Duration(d.n) * time.Second)
	rec.Version, rec.State, rec.Pos, rec.PublishedAt = rec.Version+1, disclosure.Published, disclosure.Position(at, d.n), at
	d.tx(func(ctx context.Context, tx disclosure.Tx) error {
		if err := d.save(ctx, tx, &rec); err != nil {
			return err
		}
		return tx.AddPostingVersion(ctx, disclosure.VersionRecord{PostingID: rec.ID, Number: rec.Version, PublishedAt: at, Content: raw, Digest: disclosure.Digest(raw)})
	})
	return rec
}

func (d *desk) save(ctx context.Context, tx disclosure.Tx, rec *disclosure.Record) error {
	if rec.Serial == 0 {
		var err error
		rec.Serial, err = tx.AddPosting(ctx, *rec, nil)
		return err
	}
	rec.Revision++
	return tx.SavePosting(ctx, *rec, nil)
}

func (d *desk) state(rec disclosure.Record, s disclosure.State) disclosure.Record {
	d.t.Helper()
	rec.State = s
	d.tx(func(ctx context.Context, tx disclosure.Tx) error { return d.save(ctx, tx, &rec) })
	return rec
}

// follow hands events of postings to the service.
func (d *desk) follow(ids ...string) {
	d.t.Helper()
	d.tx(func(ctx context.Context, tx disclosure.Tx) error {
		var events []outbox.Event
		for _, id := range ids {
			events = append(events, outbox.Event{Kind: disclosure.EventPublished, Region: yanjing, Subject: id})
		}
		follower, ok := tx.(mention.Tx)
		if !ok {
			return errors.New("the transaction does not suit the follower")
		}
		return d.svc.Take(ctx, follower, events)
	})
}

func (d *desk) things(kind mention.Kind) []mention.Thing {
	d.t.Helper()
	var out []mention.Thing
	for after := (mention.After{}); ; {
		page, next, err := d.svc.Things(d.t.Context(), yanjing, kind, after, 2)
		if err != nil {
			d.t.Fatal(err)
		}
		if out = append(out, page...); next == (mention.After{}) {
			return out
		}
		after = next
	}
}

func (d *desk) lines(id, q string) []mention.Mention {
	d.t.Helper()
	var out []mention.Mention
	for after := (mention.AfterLine{}); ; {
		page, next, err := d.svc.Lines(d.t.Context(), id, q, after, 2)
		if err != nil {
			d.t.Fatal(err)
		}
		if out = append(out, page...); next == (mention.AfterLine{}) {
			return out
		}
		after = next
	}
}

func posting(id string) disclosure.Record {
	return disclosure.Record{
		ID: id, CaseID: "case-" + id, Region: yanjing, ItemCode: "D02", Category: "FINANCE", Edition: "2026-01-01", Period: "2026-01",
		Visibility: disclosure.PublicInternet,
	}
}

func spent(summary string, fen int64, project, payee string) disclosure.Line {
	return disclosure.Line{Date: "2026-01-12", Summary: summary, ExpenseFen: fen, Project: project, Payee: payee}
}

func TestTake(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		d := newDesk(t, db)
		one := d.publish(posting("one"), disclosure.Content{Title: "一月明细", Summary: "白话", Lines: []disclosure.Line{
			spent("买水泥", 100_00, "三组便道", "旺苍县兴达建材有限公司"), spent("付工钱", 250_50, " 三组便道　", "张*三"),
			{Date: "2026-01-20", Summary: "收鱼塘发包款", IncomeFen: 800_00, Contract: "盐井〔２０２６〕3号", Asset: "村东鱼塘", Payee: "李长贵"},
		}})
		two := d.publish(posting("two"), disclosure.Content{
			Title: "便道立项", Summary: "白话", Fields: map[string]string{"项目": "三组便道", "合同编号": "盐井〔2026〕3号"},
		})
		d.follow("one", "two")
		road := d.things(mention.Project)
		if len(road) != 1 || road[0].Name != "三组便道" || road[0].Lines != 3 || road[0].ExpenseFen != 350_50 || !road[0].LastAt.Equal(two.PublishedAt) || road[0].RegionName != "盐井村" {
			t.Fatalf("project: %+v", road)
		}
		if road[0].ID != mention.ID(yanjing, mention.Project, "三组便道") || len(road[0].ID) != 26 {
			t.Errorf("id %q", road[0].ID)
		}
		got := d.lines(road[0].ID, "")
		if len(got) != 3 || got[0].PostingID != "two" || got[0].Line != mention.FieldLine || got[1].Line != 1 || got[2].Summary != "买水泥" {
			t.Errorf("lines: %+v", got)
		}
		if got := d.lines(road[0].ID, "水泥"); len(got) != 1 || got[0].ExpenseFen != 100_00 {
			t.Errorf("lines with 水泥: %+v", got)
		}
		if c := d.things(mention.Contract); len(c) != 1 || c[0].IncomeFen != 800_00 || c[0].Lines != 2 {
			t.Errorf("contract: %+v", c)
		}
		if p := d.things(mention.Payee); len(p) != 1 || p[0].Name != "旺苍县兴达建材有限公司" {
			t.Errorf("people have pages: %+v", p)
		}
		if all := d.things(""); len(all) != 4 {
			t.Errorf("things: %+v", all)
		}

		// What is withdrawn is not in the lists even before its event is followed.
		one = d.state(one, disclosure.Withdrawn)
		if got := d.lines(road[0].ID, ""); len(got) != 1 || got[0].PostingID != "two" {
			t.Errorf("withdrawn lines are shown: %+v", got)
		}
		d.follow("one", "one")
		if all := d.things(""); len(all) != 2 {
			t.Errorf("after the withdrawal: %+v", all)
		}
		if _, err := d.svc.Thing(t.Context(), mention.ID(yanjing, mention.Asset, "村东鱼塘")); !errors.Is(err, mention.ErrNotFound) {
			t.Errorf("a thing without lines: %v", err)
		}

		// A correction moves the posting and replaces what it says.
		d.publish(one, disclosure.Content{Title: "更正", Summary: "白话", Lines: []disclosure.Line{spent("付工钱", 300_00, "三组便道", "")}})
		d.follow("one")
		x, err := d.svc.Thing(t.Context(), road[0].ID)
		if err != nil || x.Lines != 2 || x.ExpenseFen != 300_00 {
			t.Errorf("corrected: %+v %v", x, err)
		}
		d.state(two, disclosure.Archived) // still readable
		d.follow("two")
		if x, err := d.svc.Thing(t.Context(), road[0].ID); err != nil || x.Lines != 2 {
			t.Errorf("archived: %+v %v", x, err)
		}
	})
}

// What villagers alone may read names nothing in public.
func TestTake_PublicOnly(t *testing.T) {
	t.Parallel()
	d := newDesk(t, dbtest.New(t))
	p := posting("own")
	p.Visibility = disclosure.VerifiedVillager
	d.publish(p, disclosure.Content{Title: "名单", Summary: "白话", Lines: []disclosure.Line{spent("发放", 1, "以工代赈", "")}})
	d.follow("own", "nobody")
	if all := d.things(""); len(all) != 0 {
		t.Errorf("collected: %+v", all)
	}
}

func TestThings_Refuses(t *testing.T) {
	t.Parallel()
	d := newDesk(t, dbtest.New(t))
	for _, c := range []struct {
		place region.Code
		kind  mention.Kind
		limit int
		want  error
	}{
		{"5108", "", 0, mention.ErrQuery},
		{"x", "", 0, region.ErrCode},
		{"510821102209", "", 0, region.ErrNotFound},
		{yanjing, "person", 0, mention.ErrQuery},
		{yanjing, "", 51, mention.ErrQuery},
		{yanjing, "", -1, mention.ErrQuery},
	} {
		if _, _, err := d.svc.Things(t.Context(), c.place, c.kind, mention.After{}, c.limit); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if _, _, err := d.svc.Lines(t.Context(), "x", "路", mention.AfterLine{}, 99); !errors.Is(err, mention.ErrQuery) {
		t.Errorf("lines: %v", err)
	}
}

// After any history the things are exactly what the standing public texts name.
func TestTake_Property(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		rapid.Check(t, func(rt *rapid.T) {
			history(rt, t, db)
		})
	})
}

func history(rt *rapid.T, t *testing.T, db *dbtest.DB) {
	d := newDesk(t, db)
	d.n = time.Now().UnixNano() % (1 << 40) // positions are unique over runs on one database
	run := audit.NewID()[:10]
	projects := []string{"项目甲" + run, "项目乙" + run, "项目丙" + run}
	recs := map[string]disclosure.Record{}
	texts := map[string]disclosure.Content{}
	for range rapid.IntRange(1, 12).Draw(rt, "steps") {
		id := fmt.Sprintf("p%s%d", run, rapid.IntRange(0, 2).Draw(rt, "posting"))
		rec, there := recs[id]
		if !there {
			rec = posting(id)
		}
		if there && rapid.Bool().Draw(rt, "withdraw") {
			recs[id] = d.state(rec, disclosure.Withdrawn)
			delete(texts, id)
		} else {
			c := disclosure.Content{Title: "明细"}
			for range rapid.IntRange(0, 4).Draw(rt, "lines") {
				c.Lines = append(c.Lines, spent("支出", rapid.Int64Range(0, 1000).Draw(rt, "fen"), rapid.SampledFrom(projects).Draw(rt, "project"), ""))
			}
			recs[id], texts[id] = d.publish(rec, c), c
		}
		if rapid.Bool().Draw(rt, "follow") {
			d.follow(id)
		}
	}
	var ids []string
	for id := range recs {
		ids = append(ids, id)
	}
	d.follow(ids...)
	for _, p := range projects {
		var want mention.Thing
		for _, c := range texts {
			for _, l := range c.Lines {
				if l.Project == p {
					want.Lines++
					want.ExpenseFen += l.ExpenseFen
				}
			}
		}
		id := mention.ID(yanjing, mention.Project, p)
		got, err := d.svc.Thing(t.Context(), id)
		if want.Lines == 0 {
			if !errors.Is(err, mention.ErrNotFound) {
				rt.Fatalf("%s is there: %+v %v", p, got, err)
			}
			continue
		}
		if err != nil || got.Lines != want.Lines || got.ExpenseFen != want.ExpenseFen || len(d.lines(id, "")) != want.Lines {
			rt.Fatalf("%s: %+v, want %+v (%v)", p, got, want, err)
		}
	}
}

func TestName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		" 三组　便道 ": "三组 便道", "（２０２６）第３号": "(2026)第3号", "ＡＢ厂": "AB厂", "": "",
	} {
		if got := mention.Name(in); got != want {
			t.Errorf("Name(%q) = %q, want %q", in, got, want)
		}
	}
	if mention.ID(yanjing, mention.Payee, "供电所") == mention.ID(liushu, mention.Payee, "供电所") {
		t.Error("two villages share a page")
	}
	if mention.ID(yanjing, mention.Payee, "甲") == mention.ID(yanjing, mention.Asset, "甲") {
		t.Error("two kinds share a page")
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	lines := []disclosure.Line{
		{Summary: "支付村道路灯电费", Category: "公益支出"}, {Summary: "买水泥", Voucher: "记-ＡＢ12"}, {Summary: "工钱", Project: "路灯改造"},
	}
	for q, want := range map[string][]int{"路灯": {0, 2}, "ab12": {1}, "公益": {0}, "张": {}, "": {0, 1, 2}} {
		got := []int{}
		for _, h := range mention.Match(lines, q) {
			got = append(got, h.Index)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", q, got, want)
		}
	}
}
