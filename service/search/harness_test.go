package search_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/disclosure"
	"cunwu/service/outbox"
	"cunwu/service/region"
	"cunwu/service/search"
)

const (
	yanjing = region.Code("510821102200")
	liushu  = region.Code("510821102202")
	longtan = region.Code("510802101201")
)

// desk is the noun on one engine, with postings put straight into the archive.
type desk struct {
	t     testing.TB
	db    *dbtest.DB
	posts *disclosure.Service
	svc   *search.Service
	n     int64 // publications so far
}

func newDesk(t testing.TB, db *dbtest.DB) *desk {
	t.Helper()
	catalogue, err := disclosure.LoadCatalogue(os.DirFS("../../config/rules"))
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, db: db}
	d.posts = disclosure.New(db.Disclosures(), disclosure.Options{Places: region.New(db.Regions()), Catalogue: catalogue, Clock: db.Clock})
	d.svc = search.New(db.Search(), search.Options{Postings: d.posts})
	d.places("5108")
	return d
}

// each runs body on every engine.
func each(t *testing.T, body func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		t.Helper()
		body(t, newDesk(t, db))
	})
}

// places puts a city with three villages in two counties.
func (d *desk) places(city region.Code) {
	d.t.Helper()
	var rs []region.Region
	for tail, name := range map[region.Code]string{
		"": "广元市", "21": "旺苍县", "02": "利州区", "21102": "嘉川镇", "02101": "宝轮镇",
		"21102200": "盐井村", "21102202": "柳树村", "02101201": "龙潭村",
	} {
		code := city + tail
		rs = append(rs, region.Region{Code: code, Parent: code.Parent(), Level: code.Level(), Name: name, Short: name, State: region.Active})
	}
	err := d.db.Regions().InTx(d.t.Context(), dbtest.Act(), func(tx region.Tx) error {
		if err := tx.PutRegions(d.t.Context(), rs); err != nil {
			return err
		}
		return tx.Record(d.t.Context(), audit.Event{Action: "test.places", Object: "region", Result: "ok"})
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// post is a posting and the text that it stands with.
type post struct {
	rec     disclosure.Record
	content disclosure.Content
}

// tx does something to postings and announces it.
func (d *desk) tx(kind string, p *post, fn func(ctx context.Context, tx disclosure.Tx) error) {
	d.t.Helper()
	ctx := d.t.Context()
	err := d.db.Disclosures().InTx(ctx, dbtest.Act(), func(tx disclosure.Tx) error {
		if err := fn(ctx, tx); err != nil {
			return err
		}
		if err := tx.Announce(ctx, outbox.Event{Kind: kind, Region: p.rec.Region, Subject: p.rec.ID}); err != nil {
			return err
		}
		return tx.Record(ctx, audit.Event{Action: "test.posting", Object: "disclosure", ObjectID: p.rec.ID, Result: "ok"})
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// kinds of postings that the tests publish: item, category and its number.
var items = map[string]struct {
	category string
	number   int
}{"A02": {"ORG", 1}, "D02": {"FINANCE", 4}}

// publish puts a new posting up.
func (d *desk) publish(at region.Code, item, period string, c disclosure.Content) *post {
	d.t.Helper()
	p := &post{content: c, rec: disclosure.Record{
		ID: audit.NewID(), CaseID: audit.NewID(), Region: at, ItemCode: item, Category: items[item].category,
		Edition: "2026-01-01", Period: period, Visibility: disclosure.PublicInternet, State: disclosure.Draft, Revision: 1,
	}}
	d.up(p)
	return p
}

// up publishes, or publishes again, the post's content.
func (d *desk) up(p *post) {
	d.t.Helper()
	d.tx(disclosure.EventPublished, p, func(ctx context.Context, tx disclosure.Tx) error {
		r := &p.rec
		scopes := disclosure.Scopes(r.Region, items[r.ItemCode].number, r.Visibility)
		if r.Pos == 0 {
			if _, err := tx.AddPosting(ctx, *r, nil); err != nil {
				return err
			}
		} else if err := tx.DropFeed(ctx, scopes, r.Pos); err != nil {
			return err
		}
		d.n++
		at := dbtest.Start.Add(time.Duration(d.n) * time.Millisecond)
		r.Pos, r.PublishedAt = disclosure.Position(at, d.n), at
		r.Version, r.State = r.Version+1, disclosure.Published
		r.Shown = disclosure.Shown{Title: p.content.Title, Summary: p.content.Summary}
		raw, err := p.content.Canonical()
		if err != nil {
			return err
		}
		if err := tx.AddPostingVersion(ctx, disclosure.VersionRecord{
			PostingID: r.ID, Number: r.Version, PublishedAt: at, Content: raw, Digest: disclosure.Digest(raw),
		}); err != nil {
			return err
		}
		r.Revision++
		if err := tx.SavePosting(ctx, *r, nil); err != nil {
			return err
		}
		return tx.PutFeed(ctx, scopes, r.Pos)
	})
}

// down takes a posting down; erase removes its texts besides.
func (d *desk) down(p *post, erase bool) {
	d.t.Helper()
	d.tx(disclosure.EventWithdrawn, p, func(ctx context.Context, tx disclosure.Tx) error {
		p.rec.State = disclosure.Withdrawn
		p.rec.Revision++
		if err := tx.SavePosting(ctx, p.rec, nil); err != nil {
			return err
		}
		if erase {
			return tx.EraseVersions(ctx, p.rec.ID)
		}
		return nil
	})
}

// follow indexes all that is waiting, at most limit events at once.
func (d *desk) follow(limit int) {
	d.t.Helper()
	for {
		n, err := d.svc.Follow(d.t.Context(), limit)
		if err != nil {
			d.t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// find reads all pages of an answer and gives ids.
func (d *desk) find(q search.Query) []string {
	d.t.Helper()
	var out []string
	for {
		page, err := d.svc.Find(d.t.Context(), q)
		if err != nil {
			d.t.Fatalf("%+v: %v", q, err)
		}
		for _, item := range page.Items {
			out = append(out, item.ID)
		}
		if page.Next == 0 {
			return out
		}
		if q.Before != 0 && page.Next >= q.Before {
			d.t.Fatalf("%+v: Next %d does not go on", q, page.Next)
		}
		q.Before = page.Next
	}
}

// plainly gives a text as the reference looks through it.
func plainly(text string) string {
	return " " + strings.Join(strings.FieldsFunc(strings.ToLower(norm.NFKC.String(text)), func(r rune) bool {
		return strings.ContainsRune(" ,。、-—:;!%_'\"😀\n", r)
	}), " ") + " "
}

// matches is the question by its definition.
func (p *post) matches(q search.Query, category string, itemName string) bool {
	if p.rec.State != disclosure.Published || p.rec.Visibility != disclosure.PublicInternet || !q.Region.Contains(p.rec.Region) {
		return false
	}
	if q.Category != "" && category != q.Category || q.Item != "" && q.Item != p.rec.ItemCode {
		return false
	}
	if q.Period != "" && q.Period != p.rec.Period && !within(p.rec.Period, q.Period) {
		return false
	}
	c := p.content
	all := []string{c.Title, c.Summary, c.Body, itemName}
	for _, v := range c.Fields {
		all = append(all, v)
	}
	for _, l := range c.Lines {
		all = append(all, l.Summary, l.Voucher, l.Project, l.Contract, l.Asset, l.Payee)
	}
	var text strings.Builder
	for _, t := range all {
		text.WriteString(plainly(t))
	}
	for word := range strings.FieldsSeq(plainly(q.Text)) {
		if !strings.Contains(text.String(), word) {
			return false
		}
	}
	return true
}

// within compares days: both periods as their first and last month.
func within(period, in string) bool {
	months := func(p string) (from, to string) {
		year := p[:4]
		switch {
		case len(p) == 4:
			return year + "-01", year + "-12"
		case p[4] == 'H':
			return year + map[byte]string{'1': "-01", '2': "-07"}[p[5]], year + map[byte]string{'1': "-06", '2': "-12"}[p[5]]
		case p[4] == 'Q':
			first := map[byte]string{'1': "-01", '2': "-04", '3': "-07", '4': "-10"}
			final := map[byte]string{'1': "-03", '2': "-06", '3': "-09", '4': "-12"}
			return year + first[p[5]], year + final[p[5]]
		}
		return p[:7], p[:7]
	}
	from, to := months(period)
	low, high := months(in)
	return len(in) < 10 && low <= from && to <= high
}
