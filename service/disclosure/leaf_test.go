package disclosure_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/procedure"
	"cunwu/service/record"
	"cunwu/service/region"
)

// leaf is an entry of the log as a stranger reads it.
type leaf struct {
	record.Leaf
	raw []byte
	at  time.Time
}

func (h *house) log() []leaf {
	h.t.Helper()
	raw, err := h.db.Records().Leaves(h.t.Context(), 0, 1<<20)
	if err != nil {
		h.t.Fatal(err)
	}
	out := make([]leaf, len(raw))
	for i, r := range raw {
		l, at, err := record.ReadLeaf(r)
		if err != nil {
			h.t.Fatal(err)
		}
		out[i] = leaf{l, r, at}
	}
	return out
}

// last gives the newest entry, which must be of a kind and alone since before.
func (h *house) last(before int, kind string) leaf {
	h.t.Helper()
	all := h.log()
	if len(all) != before+1 || all[before].Kind != kind {
		h.t.Fatalf("%d entries, want %d, the last of kind %s: %+v", len(all), before+1, kind, all[before:])
	}
	return all[before]
}

// agree compares the digest export with the log, as the verifier does.
func (h *house) agree(t interface{ Fatalf(string, ...any) }) {
	all := h.log()
	said := map[int64]record.DigestLine{}
	last := int64(-1)
	for line, err := range h.svc.DigestLines(h.t.Context(), -1) {
		if err != nil {
			t.Fatalf("export: %v", err)
		}
		if line.Index <= last {
			t.Fatalf("line %v comes after index %d", line, last)
		}
		last, said[line.Index] = line.Index, line
	}
	n := 0
	for i, l := range all {
		if l.Kind == record.KindAudit {
			continue
		}
		n++
		line, ok := said[int64(i)]
		sum := record.Digest(l.raw)
		want := hex.EncodeToString(sum[:])
		switch l.Kind {
		case record.KindWithdrawn:
			want = record.Withdrawn
		case record.KindExpired:
			want = record.Expired
		}
		if !ok || line.ID != l.Facts["id"] || int64(line.Version) != l.Facts["version"] || line.Digest != want && line.Digest != record.Erased {
			t.Fatalf("entry %d %s: the site says %v (%v), want %s", i, l.raw, line, ok, want)
		}
	}
	if len(said) != n {
		t.Fatalf("%d lines of %d entries", len(said), n)
	}
}

func TestRecord_PublicPosting(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		by := h.holder(account.Clerk, yanjing)
		c := accounts()
		c.Media = []string{h.upload(by.AccountID, "二.jpg"), h.upload(by.AccountID, "一.jpg")}
		id := h.draft(yanjing, "D02", "2026-02", c).ID
		h.review(id)
		if len(h.log()) != 0 {
			t.Fatal("something was recorded before it was public")
		}
		published := h.do(id, "publish", nil)
		l := h.last(0, record.KindPublished)
		// All that a reader needs is in the posting that the door shows.
		shown := h.posting(account.Caller{}, id)
		canonical, err := shown.Content.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		files := []any{}
		for _, a := range shown.Attachments {
			files = append(files, a.Digest)
		}
		want := map[string]any{
			"id": id, "region": string(yanjing), "item": "D02", "period": "2026-02", "version": int64(1),
			"visibility": "PUBLIC_INTERNET", "digest": disclosure.Digest(canonical), "committed": false,
			"attachments": files, "written_on": "2026-03-01", "late": shown.Late,
		}
		if fmt.Sprint(l.Facts) != fmt.Sprint(want) || !l.at.Equal(shown.PublishedAt) {
			t.Errorf("facts %v at %v\nwant %v at %v", l.Facts, l.at, want, shown.PublishedAt)
		}
		if published.Log == nil || published.Log.Index != 0 || shown.Log == nil || shown.Log.Index != 0 || shown.Log.Salt != nil {
			t.Errorf("log %+v, %+v", published.Log, shown.Log)
		}
		h.db.Clock.Advance(time.Hour)
		h.do(id, "withdraw", map[string]string{"reason": "少记一笔", "kind": "error"})
		l = h.last(1, record.KindWithdrawn)
		if l.Facts["reason_digest"] != disclosure.Digest([]byte("少记一笔")) || l.Facts["version"] != int64(1) {
			t.Errorf("withdrawal %v", l.Facts)
		}
		if vs, err := h.svc.Versions(t.Context(), account.Caller{}, id); err != nil || !vs[0].WithdrawnAt.Equal(l.at) {
			t.Errorf("versions %+v %v, withdrawn at %v", vs, err, l.at)
		}
		if p := h.posting(account.Caller{}, id); p.Log == nil || p.Log.Index != 1 {
			t.Errorf("a tombstone's entry %+v", p.Log)
		}
		h.agree(t)
		h.publish(id)
		if l = h.last(2, record.KindPublished); l.Facts["version"] != int64(2) {
			t.Errorf("correction %v", l.Facts)
		}
		h.agree(t)
		h.do(id, "withdraw", map[string]string{"reason": "有隐私", "kind": "privacy"})
		h.agree(t)
	})
}

func TestRecord_ListOfPersons(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.put(yanjing, "H03", "2026Q1", plain("动态名单"))
		l := h.last(0, record.KindPublished)
		shown := h.posting(villager(yanjing), p.ID)
		canonical, err := shown.Content.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		if l.Facts["committed"] != true || l.Facts["digest"] == disclosure.Digest(canonical) {
			t.Fatalf("a list of persons with a plain digest: %v", l.Facts)
		}
		if shown.Log == nil || record.Commitment(shown.Log.Salt, canonical) != l.Facts["digest"] {
			t.Errorf("whoever may read it cannot check it: %+v", shown.Log)
		}
		if _, err := h.svc.Posting(t.Context(), account.Caller{}, p.ID); !errors.Is(err, disclosure.ErrNotFound) {
			t.Errorf("a stranger: %v", err)
		}
		h.agree(t)
		h.db.Clock.Set(p.PostedUntil.Add(time.Hour))
		h.sweep()
		h.last(1, record.KindExpired)
		v, err := h.db.Disclosures().PostingVersion(t.Context(), p.ID, 1)
		if err != nil || len(v.Content) != 0 || len(v.Salt) != 0 || v.Digest != l.Facts["digest"] {
			t.Errorf("kept of an erased list: %+v %v", v, err)
		}
		if gone := h.posting(villager(yanjing), p.ID); gone.State != disclosure.Expired || gone.Log.Index != 1 || gone.Log.Salt != nil {
			t.Errorf("shown of an erased list: %+v", gone)
		}
		h.agree(t)
	})
}

func TestRecord_RolledBackLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.draft(yanjing, "A02", "2026", plain("村规民约")).ID
		h.review(id)
		by := h.office("publish", yanjing)
		a := act(by)
		broken := errors.New("the answer cannot be rendered")
		a.Receipt = &audit.Receipt{Scope: "s", Key: "k", Encode: func(any) (int, []byte, error) { return 0, nil, broken }}
		if _, err := h.svc.Act(t.Context(), by, a, id, procedure.Input{Action: "publish"}); !errors.Is(err, broken) {
			t.Fatalf("error %v", err)
		}
		if n := len(h.log()); n != 0 {
			t.Errorf("%d entries of what did not happen", n)
		}
		h.do(id, "publish", nil)
		h.last(0, record.KindPublished)
		h.agree(t)
	})
}

// TestRecord_MidnightOfTwoClocks has an entry from a clock that is ahead: a
// posting that would be dated to the next day is not posted a day too short.
func TestRecord_MidnightOfTwoClocks(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.New(t))
	midnight := calendar.Day(dbtest.Start).AddDate(0, 0, 1)
	first, second := h.draft(yanjing, "A02", "2026", plain("村规民约")).ID, h.draft(liushu, "D02", "2026-02", accounts()).ID
	h.review(first)
	h.review(second)
	h.db.Clock.Set(midnight.Add(time.Second))
	h.do(first, "publish", nil)
	h.db.Clock.Set(midnight.Add(-2 * time.Second))
	_, err := h.try(second, "publish", nil)
	refused(t, err, fault.ErrUnavailable)
	h.db.Clock.Set(midnight.Add(-10 * time.Second))
	_, err = h.try(second, "publish", nil)
	refused(t, err, record.ErrClockBack)
	h.db.Clock.Set(midnight)
	if p := h.do(second, "publish", nil); !p.PublishedAt.Equal(midnight.Add(time.Second)) {
		t.Errorf("published at %v, before the entry below it", p.PublishedAt)
	}
}

// TestRecord_OrdersAgree does random work: the order of the log, of times and
// of the feed are one, and every entry agrees with what is shown.
func TestRecord_OrdersAgree(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		runs := 0
		rapid.Check(t, func(rt *rapid.T) {
			runs++
			w := &world{house: h, city: yanjing[:4]}
			if runs > 12 { // entries of all runs are compared each time
				return
			}
			for range rapid.IntRange(1, 6).Draw(rt, "steps") {
				w.anyStep(rt)
				if rapid.IntRange(0, 9).Draw(rt, "weeks") == 0 {
					w.db.Clock.Advance(15 * 24 * time.Hour)
					w.sweep()
					w.all = nil // some of them are over
				}
			}
			w.ordered(rt)
			w.agree(rt)
		})
	})
}

// ordered demands that what is published stands in one order everywhere.
func (w *world) ordered(rt *rapid.T) {
	var last disclosure.Record
	all := w.log()
	recs, err := w.db.Disclosures().FeedPage(w.t.Context(), disclosure.Scope("51", 0, false), 0, 10_000)
	if err != nil {
		rt.Fatal(err)
	}
	slices.Reverse(recs)
	for _, r := range recs {
		full, err := w.db.Disclosures().PostingVersion(w.t.Context(), r.ID, r.Version)
		if err != nil {
			rt.Fatal(err)
		}
		entry := all[*full.LogIndex]
		if last.LogIndex != nil && *full.LogIndex <= *last.LogIndex || r.PublishedAt.Before(last.PublishedAt) || r.Pos <= last.Pos ||
			!entry.at.Equal(r.PublishedAt) || entry.Facts["id"] != r.ID {
			rt.Fatalf("after %+v comes %+v at entry %d %s", last, r, *full.LogIndex, entry.raw)
		}
		r.LogIndex, last = full.LogIndex, r
	}
}

// TestRecord_ThousandHonestOperations is what must never raise an alarm.
func TestRecord_ThousandHonestOperations(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	t.Parallel()
	h := newHouse(t, dbtest.New(t))
	villages := (&world{house: h, city: yanjing[:4]}).villages()
	var up []string
	for done, i := 0, 0; done < 1000; i++ {
		h.db.Clock.Advance(time.Duration(i%7) * time.Hour)
		s := samples()[i%3]
		id := h.put(villages[i%len(villages)], s.item, s.period, s.content()).ID
		done += 5
		if up = append(up, id); i%4 == 3 {
			kind := []string{"error", "privacy", "other"}[i%3]
			if _, err := h.try(up[i/2], "withdraw", map[string]string{"reason": "需要更正", "kind": kind}); err == nil && kind != "other" {
				h.publish(up[i/2])
				done += 5
			}
		}
		if i%20 == 19 {
			h.sweep()
		}
	}
	h.agree(t)
}

// TestRecord_Concurrent publishes, takes down and seals the journal at once, at
// one standing moment of the clock: one order comes of it, and nothing is
// thrown out for good.
func TestRecord_Concurrent(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		const workers, each = 6, 4
		ids := make([][]string, workers)
		for w := range workers {
			for range each {
				id := h.draft([]region.Code{yanjing, liushu, longtan}[w%3], "A02", "2026", plain("村规民约")).ID
				h.review(id)
				ids[w] = append(ids[w], id)
			}
		}
		var g errgroup.Group
		for w := range workers {
			g.Go(func() error {
				for _, id := range ids[w] {
					if _, err := h.try(id, "publish", nil); err != nil {
						return err
					}
					if _, err := h.try(id, "withdraw", map[string]string{"reason": "需要更正", "kind": "error"}); err != nil {
						return err
					}
				}
				return nil
			})
		}
		g.Go(func() error {
			sealer := record.NewSealer(h.db.Journal(), h.db.Clock.Now)
			for range 10 {
				if _, err := sealer.Seal(t.Context()); err != nil {
					return err
				}
			}
			return nil
		})
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		all := h.log()
		published := 0
		for _, l := range all {
			if l.Kind == record.KindPublished {
				published++
			}
			if l.Kind == record.KindAudit {
				from, _ := l.Facts["from"].(int64)
				to, _ := l.Facts["to"].(int64)
				again, err := record.DigestInterval(from, to, h.db.AuditRows(t.Context(), from, to))
				if err != nil || again.Digest != l.Facts["digest"] {
					t.Errorf("interval %v computed anew is %+v %v", l.Facts, again, err)
				}
			}
		}
		if published != workers*each {
			t.Errorf("%d publications in the log, want %d", published, workers*each)
		}
		h.agree(t)
	})
}
