package moderation_test

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"cunwu/config/rules"
	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/fault"
	"cunwu/service/media"
	"cunwu/service/moderation"
	"cunwu/service/outbox"
	"cunwu/service/screening"
)

const goodReason = "照片里拍到了别人的身份证。"

// TestDecide_StandsAbove: a person's word stands, whatever is pushed later, and
// another person may change it.
func TestDecide_StandsAbove(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		decide := func(by account.Caller, id string, approve bool, kind, reason string) error {
			_, err := h.svc.Decide(t.Context(), by, act(by), id, approve, kind, reason)
			return err
		}
		id, trace, part := h.photo("pass")
		check := h.checks(id)[part].ID
		if err := decide(moderator, check, false, "privacy", goodReason); err != nil {
			t.Fatal(err)
		}
		events := h.follow()
		if len(events) != 1 || events[0].Facts["by"] != "person" || events[0].Facts["violation"] != "privacy" || events[0].Facts["state"] != "rejected" {
			t.Errorf("%+v", events)
		}
		h.push(trace, "pass")
		if c := h.wants(id, part, moderation.Rejected); !c.ByPerson {
			t.Error("nobody knows that it was a person")
		}
		if err := decide(second, check, true, "", ""); err != nil {
			t.Fatal(err)
		}
		db.Clock.Advance(time.Hour)
		if _, err := h.svc.Watch(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.wants(id, part, moderation.Passed)
		// Decided before it was asked: the answer under way moves nothing.
		m := h.files.add(media.JPEG, "risky")
		early := h.begin(moderation.Manual, m)
		if err := decide(moderator, h.checks(early)[moderation.MediaPart(m)].ID, true, "", ""); err != nil {
			t.Fatal(err)
		}
		h.ask()
		for _, a := range h.fake.AskedMedia() {
			h.push(a.Trace, "risky")
		}
		h.wants(early, moderation.MediaPart(m), moderation.Passed)
		if slices.Contains(h.public(), early) {
			t.Error("the text was let through by nobody")
		}
		if err := decide(moderator, h.checks(early)[moderation.TextPart].ID, true, "", ""); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(h.public(), early) {
			t.Error("all parts were let through")
		}
		h.agree()
	})
}

func TestDecide_Refusals(t *testing.T) {
	t.Parallel()
	screen, err := screening.Load(rules.FS, "screening.yaml")
	if err != nil {
		t.Fatal(err)
	}
	h := newHouse(t, dbtest.New(t), func(o *moderation.Options) { o.Screening = screen })
	id := h.begin(moderation.Manual)
	check := h.checks(id)[moderation.TextPart].ID
	stale := moderator
	stale.SessionID = "old"
	for name, c := range map[string]struct {
		by           account.Caller
		id           string
		approve      bool
		kind, reason string
		want         *fault.Fault
	}{
		"Stranger":      {account.Caller{}, check, true, "", "", account.ErrRequired},
		"Villager":      {account.Caller{AccountID: "nobody"}, check, true, "", "", moderation.ErrNotFound},
		"OtherVillage":  {elsewhere, check, true, "", "", moderation.ErrNotFound},
		"StaleSignIn":   {stale, check, true, "", "", account.ErrStale},
		"Unknown":       {moderator, audit.NewID(), true, "", "", moderation.ErrNotFound},
		"Own":           {account.Caller{AccountID: "villager"}, check, true, "", "", moderation.ErrOwn},
		"NoKind":        {moderator, check, false, "", goodReason, moderation.ErrDecision},
		"UnknownKind":   {moderator, check, false, "ugly", goodReason, moderation.ErrDecision},
		"KindOfGood":    {moderator, check, true, "privacy", "", moderation.ErrDecision},
		"NoReason":      {moderator, check, false, "privacy", "  ", moderation.ErrDecision},
		"LongReason":    {moderator, check, false, "privacy", strings.Repeat("长", 201), moderation.ErrDecision},
		"PrivateReason": {moderator, check, false, "privacy", "写了 13800138000 的电话", moderation.ErrPrivate},
	} {
		_, err := h.svc.Decide(t.Context(), c.by, act(moderator), c.id, c.approve, c.kind, c.reason)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		h.wants(id, moderation.TextPart, moderation.Manual)
	}
	if _, err := h.svc.Decide(t.Context(), moderator, act(moderator), check, false, "privacy", goodReason); err != nil {
		t.Fatal(err)
	}
	if _, err := h.svc.Decide(t.Context(), moderator, act(moderator), check, false, "insult", goodReason); !errors.Is(err, moderation.ErrDecided) {
		t.Errorf("twice: %v", err)
	}
	if err := h.svc.Known(t.Context(), stale, check); err != nil {
		t.Errorf("who holds the power knows: %v", err)
	}
}

// TestDecideAll: all or none.
func TestDecideAll(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		var ids []string
		for range 5 {
			ids = append(ids, h.checks(h.begin(moderation.Manual))[moderation.TextPart].ID)
		}
		all := func(ids []string) error {
			_, err := h.svc.DecideAll(t.Context(), moderator, act(moderator), ids, true, "", "")
			return err
		}
		if err := all(append(slices.Clone(ids), audit.NewID())); !errors.Is(err, moderation.ErrNotFound) {
			t.Error(err)
		}
		if err := all(nil); !errors.Is(err, moderation.ErrDecision) {
			t.Error(err)
		}
		if len(h.public()) != 0 {
			t.Fatal("some were let through")
		}
		if err := all(append(ids, ids[0])); err != nil {
			t.Fatal(err)
		}
		if len(h.public()) != 5 {
			t.Error("not all were let through")
		}
		p, err := h.svc.PublicLog(t.Context(), village, 0, 50)
		if err != nil || len(p.Lines) != 5 {
			t.Errorf("%d lines %v", len(p.Lines), err)
		}
	})
}

func TestQueue(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		var want []string
		for range 3 {
			m := h.files.add(media.JPEG, "risky")
			id := h.begin(moderation.Manual, m)
			h.ask()
			cs := h.checks(id)
			h.push(cs[moderation.MediaPart(m)].Trace, "risky")
			want = append(want, cs[moderation.TextPart].ID, cs[moderation.MediaPart(m)].ID)
		}
		h.begin(moderation.Passed)
		var got []string
		for after := int64(0); ; {
			q, err := h.svc.Queue(t.Context(), moderator, village, after, 4)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range q.Items {
				got = append(got, i.ID)
				if i.Text == "" || i.KindName != "说事" || i.RegionName == "" || i.WaitsAt.IsZero() || i.Overdue ||
					i.Part.Media() != "" && (i.File.ID != i.Part.Media() || i.Why != "微信认为有风险：正常") {
					t.Errorf("%+v", i)
				}
			}
			if after = q.Next; after == 0 {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v, want oldest first %v", got, want)
		}
		for name, c := range map[string]struct {
			by   account.Caller
			want error
		}{"Stranger": {account.Caller{}, account.ErrRequired}, "Villager": {account.Caller{AccountID: "x"}, account.ErrMayNot}, "Elsewhere": {elsewhere, account.ErrMayNot}} {
			if _, err := h.svc.Queue(t.Context(), c.by, village, 0, 10); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := h.svc.Queue(t.Context(), moderator, village, 0, 51); !errors.Is(err, moderation.ErrQuery) {
			t.Error(err)
		}
	})
}

// TestRemind: once a day for a village where something waits too long, and never
// where nothing does.
func TestRemind(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		remind := func(want int) {
			t.Helper()
			if n, err := h.svc.Remind(t.Context()); err != nil || n != want {
				t.Errorf("%d reminded, want %d (%v)", n, want, err)
			}
		}
		remind(0)
		a, b := h.begin(moderation.Manual), h.begin(moderation.Manual)
		db.Clock.Advance(23 * time.Hour)
		remind(0)
		db.Clock.Advance(time.Hour)
		remind(1)
		remind(0)
		db.Clock.Advance(24 * time.Hour)
		remind(1)
		for _, id := range []string{a, b} {
			if _, err := h.svc.Decide(t.Context(), moderator, act(moderator), h.checks(id)[moderation.TextPart].ID, true, "", ""); err != nil {
				t.Fatal(err)
			}
		}
		db.Clock.Advance(24 * time.Hour)
		remind(0)
		var told []outbox.Event
		for _, e := range h.follow() {
			if e.Kind == moderation.Waiting {
				told = append(told, e)
			}
		}
		if len(told) != 2 || told[0].Facts["count"] != "2" || told[0].Facts["since"] != "2026-03-02" || told[0].Region != village || told[0].Subject == told[1].Subject {
			t.Errorf("%+v", told)
		}
	})
}

// TestLog_OfANoun: what a noun's moderators hid is decided: it leaves the queue,
// and neither a push nor another moderator's queue brings it back.
func TestLog_OfANoun(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		id, trace, part := h.photo("pass")
		hide := func(what string) error {
			return h.store.InTx(t.Context(), act(moderator), func(tx moderation.Tx) error {
				e := moderation.Entry{
					Subject: moderation.Subject{Kind: "concern", ID: id, Region: village}, Act: what, Violation: "privacy", Reason: goodReason, Office: "村文书",
				}
				if err := h.svc.Log(t.Context(), tx, e); err != nil {
					return err
				}
				return tx.Record(t.Context(), audit.Event{Action: "concern.hide", Object: "concern", ObjectID: id, Result: "ok"})
			})
		}
		if err := hide(moderation.Hide); err != nil {
			t.Fatal(err)
		}
		h.push(trace, "pass")
		h.wants(id, part, moderation.Rejected)
		if q, err := h.svc.Queue(t.Context(), moderator, village, 0, 10); err != nil || len(q.Items) != 0 {
			t.Error(q, err)
		}
		if err := hide("erase"); err == nil {
			t.Error("an act that is none was logged")
		}
		if err := hide(moderation.Show); err != nil {
			t.Fatal(err)
		}
		h.wants(id, part, moderation.Passed)
	})
}

// TestPublicLog: no names, no texts; a file that spreadsheets take for no formula.
func TestPublicLog(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		id := h.begin(moderation.Manual)
		if _, err := h.svc.Decide(t.Context(), moderator, act(moderator), h.checks(id)[moderation.TextPart].ID, false, "insult", "=骂人的话不公开"); err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := h.svc.WriteLog(t.Context(), "5108", func() io.Writer { return &b }); err != nil {
			t.Fatal(err)
		}
		text, marked := strings.CutPrefix(b.String(), "\ufeff")
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || !marked || len(rows) != 2 {
			t.Fatalf("%v %q", err, b.String())
		}
		want := []string{"2026-03-02 09:00:00", string(village), "盐井村", "说事", id, "文字", "不通过", "侮辱谩骂", "'=骂人的话不公开", "clerk"}
		if !slices.Equal(rows[1], want) {
			t.Errorf("%q", rows[1])
		}
		for _, secret := range []string{"路灯", "villager", "moderator"} {
			if strings.Contains(text, secret) {
				t.Errorf("the log tells %q", secret)
			}
		}
		if p, err := h.svc.PublicLog(t.Context(), other, 0, 10); err != nil || len(p.Lines) != 0 {
			t.Error("another village's log", p, err)
		}
		if _, err := h.svc.PublicLog(t.Context(), village, 0, 0); !errors.Is(err, moderation.ErrQuery) {
			t.Error(err)
		}
		if err := h.svc.WriteLog(t.Context(), "", func() io.Writer { t.Error("begun"); return io.Discard }); !errors.Is(err, moderation.ErrQuery) {
			t.Error(err)
		}
	})
}

// TestLink: an address opens its one file for as long as the platform needs.
func TestLink(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	h := newHouse(t, db)
	h.photo("pass")
	url := h.fake.AskedMedia()[0].URL
	token, ok := strings.CutPrefix(url, "https://cunwu.example.cn/media/check/")
	if !ok || !strings.HasSuffix(token, ".jpg") {
		t.Fatal(url)
	}
	open := func(token string) error {
		f, err := h.svc.OpenLink(t.Context(), token)
		if err == nil {
			err = f.Body.Close()
		}
		return err
	}
	if err := open(token); err != nil {
		t.Fatal(err)
	}
	parts := strings.SplitN(token, "-", 3)
	for name, bad := range map[string]string{
		"Empty": "", "OneDash": "a-b", "OtherFile": parts[0] + "-" + parts[1] + "-" + strings.Repeat("a", 64) + ".jpg",
		"Longer": "zzzzzz-" + parts[1] + "-" + parts[2], "Unsigned": parts[0] + "--" + parts[2], "Cut": token[:len(token)-1],
	} {
		if err := open(bad); !errors.Is(err, moderation.ErrLink) {
			t.Errorf("%s: %v", name, err)
		}
	}
	db.Clock.Advance(time.Hour)
	if err := open(token); err != nil {
		t.Errorf("after an hour: %v", err)
	}
	db.Clock.Advance(time.Hour)
	if err := open(token); !errors.Is(err, moderation.ErrLink) {
		t.Errorf("after two: %v", err)
	}
}

func TestPurge(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		h.push("old", "pass")
		db.Clock.Advance(30*24*time.Hour + time.Second)
		h.push("new", "pass")
		for _, want := range []int{1, 0} {
			if n, err := h.svc.Purge(t.Context()); err != nil || n != want {
				t.Errorf("%d gone, want %d (%v)", n, want, err)
			}
		}
	})
}
