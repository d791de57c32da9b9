package disclosure_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

func TestService_FromDraftToFeed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		draft := h.draft(yanjing, "D02", "2026-02", accounts())
		if draft.State != disclosure.Draft || draft.Version != 0 || len(draft.Available) != 1 || draft.Available[0].Action != "submit" {
			t.Fatalf("draft: %+v", draft)
		}
		p := h.publish(draft.ID)
		if p.State != disclosure.Published || p.Version != 1 || !p.PublishedAt.Equal(h.db.Clock.Now()) {
			t.Fatalf("published: %+v", p)
		}
		if want := time.Date(2026, 3, 18, 0, 0, 0, 0, p.PublishedAt.Location()); !p.PostedUntil.Equal(want) {
			t.Errorf("posted until %v, want %v", p.PostedUntil, want)
		}
		for _, at := range yanjing.Path() {
			for _, category := range []string{"", "FINANCE"} {
				page := h.feed(account.Caller{}, disclosure.FeedQuery{Region: at, Category: category})
				if len(page.Items) != 1 || page.Items[0].ID != p.ID || page.Next != 0 {
					t.Fatalf("feed of %s %q: %+v", at, category, page)
				}
				i := page.Items[0]
				if i.Title != "2026年一季度收支" || *i.IncomeFen != 100000 || !slices.Equal(i.PathNames, []string{"广元市", "旺苍县", "嘉川镇", "盐井村"}) {
					t.Errorf("item: %+v", i)
				}
			}
		}
		for _, q := range []disclosure.FeedQuery{{Region: liushu}, {Region: "510802"}, {Region: yanjing, Category: "LAND"}} {
			if page := h.feed(account.Caller{}, q); len(page.Items) != 0 {
				t.Errorf("feed %+v is not empty", q)
			}
		}
		stranger := h.posting(account.Caller{}, p.ID)
		if len(stranger.Content.Lines) != 2 || stranger.Content.Lines[1].Handler != "李*四" || len(stranger.Available) != 0 {
			t.Errorf("a stranger reads %+v", stranger)
		}
		if r := stranger.Review; r == nil || r.Opinion != "账实相符，同意公开。" || !strings.HasPrefix(r.By, "张* ") {
			t.Errorf("review: %+v", stranger.Review)
		}
	})
}

func TestService_WithdrawAndCorrect(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first := h.put(yanjing, "D02", "2026-02", accounts())
		h.db.Clock.Advance(time.Hour)
		other := h.put(liushu, "D02", "2026-02", accounts())
		h.db.Clock.Advance(time.Hour)
		h.do(first.ID, "withdraw", map[string]string{"reason": "第二笔金额写错", "kind": "error"})

		p := h.posting(account.Caller{}, first.ID)
		if p.State != disclosure.Withdrawn || p.Reason != "第二笔金额写错" || p.Content.Title != "" || p.Review != nil {
			t.Errorf("the tombstone tells %+v", p)
		}
		page := h.feed(account.Caller{}, disclosure.FeedQuery{Region: "5108"})
		if len(page.Items) != 2 || page.Items[1].ID != first.ID || page.Items[1].Title != "财务收支逐笔明细（已撤回）" ||
			page.Items[1].Summary != "" || page.Items[1].IncomeFen != nil || page.Items[1].State != disclosure.Withdrawn {
			t.Fatalf("feed: %+v", page.Items)
		}

		clerk := h.holder(account.Clerk, yanjing)
		mine := h.posting(clerk, first.ID)
		c := mine.Content
		if len(c.Lines) != 2 {
			t.Fatalf("the clerk has nothing to correct: %+v", mine)
		}
		c.Lines[1].ExpenseFen, c.ExpenseFen, c.ClosingFen = 200_50, fen(200_50), fen(849_50)
		edit := disclosure.Changes{Revision: mine.Revision, Content: c}
		if _, err := h.svc.Edit(t.Context(), clerk, act(clerk), first.ID, edit); err != nil {
			t.Fatal(err)
		}
		h.do(first.ID, "submit", nil)
		if p := h.posting(account.Caller{}, first.ID); p.State != disclosure.Withdrawn || p.Content.Title != "" {
			t.Errorf("under review again it shows %+v", p)
		}
		h.do(first.ID, "approve", map[string]string{"opinion": "更正属实。"})
		h.do(first.ID, "confirm", map[string]string{"note": "已核对"})
		p = h.do(first.ID, "publish", nil)
		if p.Version != 2 || !p.Corrected || *p.Content.ExpenseFen != 200_50 {
			t.Errorf("corrected: %+v", p)
		}
		page = h.feed(account.Caller{}, disclosure.FeedQuery{Region: "5108"})
		if len(page.Items) != 2 || page.Items[0].ID != first.ID || page.Items[1].ID != other.ID {
			t.Errorf("the correction does not stand on top: %+v", page.Items)
		}
		vs, err := h.svc.Versions(t.Context(), account.Caller{}, first.ID)
		if err != nil {
			t.Fatal(err)
		}
		if len(vs) != 2 || vs[0].Number != 2 || vs[0].Reason != "第二笔金额写错" || vs[1].Reason != "" ||
			vs[1].WithdrawnAt.IsZero() || vs[1].Content == nil || *vs[1].Content.ExpenseFen != 300_50 {
			t.Errorf("versions: %+v", vs)
		}
		for _, v := range vs {
			raw, err := v.Content.Canonical()
			if err != nil || disclosure.Digest(raw) != v.Digest {
				t.Errorf("digest of version %d does not fit: %v", v.Number, err)
			}
		}
	})
}

func TestService_WithdrawForPrivacyErasesTheText(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.put(yanjing, "D02", "2026-02", accounts())
		h.do(p.ID, "withdraw", map[string]string{"reason": "写了个人情况", "kind": "privacy"})
		vs, err := h.svc.Versions(t.Context(), account.Caller{}, p.ID)
		if err != nil || len(vs) != 1 || vs[0].Content != nil || len(vs[0].Digest) != 64 {
			t.Fatalf("versions: %+v %v", vs, err)
		}
		if d := h.posting(h.holder(account.Clerk, yanjing), p.ID); d.Content.Title == "" {
			t.Error("the clerk has lost the text to correct")
		}
	})
}

func TestService_PersonalListsExpire(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := plain("二月低保动态名单")
		c.Fields = map[string]string{"姓名": "张三、李小四", "小组": "三组"}
		c.Body = "| 姓名 | 小组 |\n|---|---|\n| 张三 | 三组 |\n"
		p := h.put(yanjing, "H03", "2026Q1", c)
		if p.Visibility != disclosure.VerifiedVillager || p.Content.Fields["姓名"] != "张*、李*四" || strings.Contains(p.Content.Body, "张三") {
			t.Fatalf("names are not masked: %+v", p.Content)
		}
		if _, err := h.svc.Posting(t.Context(), account.Caller{}, p.ID); !errors.Is(err, disclosure.ErrNotFound) {
			t.Errorf("a stranger: %v", err)
		}
		if _, err := h.svc.Versions(t.Context(), villager(liushu), p.ID); !errors.Is(err, disclosure.ErrNotFound) {
			t.Errorf("a villager of elsewhere: %v", err)
		}
		if got := h.posting(villager(yanjing), p.ID); got.Content.Title != "二月低保动态名单" {
			t.Errorf("a villager reads %+v", got)
		}
		if got := h.feed(account.Caller{}, disclosure.FeedQuery{Region: yanjing}); len(got.Items) != 0 {
			t.Error("the list stands in the public feed")
		}
		own := disclosure.FeedQuery{Region: yanjing, Verified: true}
		if got := h.feed(villager(yanjing), own); len(got.Items) != 1 {
			t.Error("the list is missing from the villagers' feed")
		}
		_, err := h.svc.Feed(t.Context(), villager(liushu), own)
		refused(t, err, disclosure.ErrVerifiedOnly)

		h.db.Clock.Advance(16 * 24 * time.Hour)
		h.sweep()
		got := h.posting(villager(yanjing), p.ID)
		if got.State != disclosure.Expired || got.Content.Title != "" || len(got.Content.Fields) != 0 {
			t.Errorf("after its time it shows %+v", got)
		}
		vs, err := h.svc.Versions(t.Context(), villager(yanjing), p.ID)
		if err != nil || len(vs) != 1 || vs[0].Content != nil || vs[0].Digest == "" {
			t.Errorf("versions: %+v %v", vs, err)
		}
		if i := h.feed(villager(yanjing), own).Items; len(i) != 1 || i[0].Summary != "" || i[0].State != disclosure.Expired {
			t.Errorf("feed: %+v", i)
		}
		_, err = h.try(p.ID, "withdraw", map[string]string{"reason": "不要了", "kind": "other"})
		refused(t, err, procedure.ErrStage)
	})
}

func TestService_ArchivesByItself(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.put(yanjing, "D02", "2026-02", accounts())
		standing := h.put(yanjing, "A02", "2026", plain("村规民约"))
		if !standing.PostedUntil.IsZero() {
			t.Errorf("a standing item ends at %v", standing.PostedUntil)
		}
		h.db.Clock.Advance(14 * 24 * time.Hour)
		h.sweep()
		if got := h.posting(account.Caller{}, p.ID); got.State != disclosure.Published {
			t.Errorf("after 14 days: %s", got.State)
		}
		h.db.Clock.Advance(2 * 24 * time.Hour)
		h.sweep()
		if got := h.posting(account.Caller{}, p.ID); got.State != disclosure.Archived || len(got.Content.Lines) != 2 {
			t.Errorf("after 16 days: %+v", got)
		}
		if got := h.posting(account.Caller{}, standing.ID); got.State != disclosure.Published {
			t.Errorf("the standing item: %s", got.State)
		}
	})
}

func TestService_DraftsAreKnownToTheirOfficesOnly(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.draft(yanjing, "D02", "2026-02", accounts())
		for name, by := range map[string]account.Caller{
			"stranger": {}, "villager": villager(yanjing), "clerk of elsewhere": h.holder(account.Clerk, liushu),
			"township of elsewhere": h.holder(account.TownshipRole, "510802101"),
			"representative":        h.holder(account.Representative, yanjing),
		} {
			if _, err := h.svc.Posting(t.Context(), by, p.ID); !errors.Is(err, disclosure.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
			if err := h.svc.Known(t.Context(), by, p.ID); !errors.Is(err, disclosure.ErrNotFound) {
				t.Errorf("%s knows: %v", name, err)
			}
			if !by.Known() {
				continue
			}
			if _, err := h.svc.Act(t.Context(), by, act(by), p.ID, procedure.Input{Action: "submit"}); !errors.Is(err, disclosure.ErrNotFound) {
				t.Errorf("%s acts: %v", name, err)
			}
		}
		for name, by := range map[string]account.Caller{
			"clerk": h.holder(account.Clerk, yanjing), "supervisor": h.holder(account.Supervisor, yanjing),
			"township": h.holder(account.TownshipRole, "510821102"), "county": h.holder(account.CountyRole, "510821"),
		} {
			if got, err := h.svc.Posting(t.Context(), by, p.ID); err != nil || got.Content.Title == "" {
				t.Errorf("%s: %v", name, err)
			}
		}
		page, err := h.svc.Mine(t.Context(), h.holder(account.Clerk, yanjing), yanjing, 0, 20)
		if err != nil || len(page.Items) != 1 || page.Items[0].Content.Title != "2026年一季度收支" {
			t.Errorf("mine: %+v %v", page, err)
		}
		if _, err := h.svc.Mine(t.Context(), h.holder(account.Clerk, liushu), yanjing, 0, 20); !errors.Is(err, region.ErrNotFound) {
			t.Errorf("another's drafts: %v", err)
		}
	})
}

func TestService_Refusals(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		clerk := h.holder(account.Clerk, yanjing)
		begin := func(by account.Caller, change func(*disclosure.NewDraft)) error {
			in := disclosure.NewDraft{Region: yanjing, ItemCode: "D02", Period: "2026-02", Content: accounts()}
			change(&in)
			_, err := h.svc.Draft(t.Context(), by, act(by), in)
			return err
		}
		refused(t, begin(account.Caller{}, func(*disclosure.NewDraft) {}), account.ErrRequired)
		refused(t, begin(h.holder(account.Supervisor, yanjing), func(*disclosure.NewDraft) {}), account.ErrMayNot)
		refused(t, begin(clerk, func(d *disclosure.NewDraft) { d.Region = "510821102999" }), region.ErrNotFound)
		refused(t, begin(clerk, func(d *disclosure.NewDraft) { d.Region = "510821102" }), fault.ErrInvalid)
		refused(t, begin(clerk, func(d *disclosure.NewDraft) { d.ItemCode = "Z99" }), disclosure.ErrItemUnknown)
		refused(t, begin(clerk, func(d *disclosure.NewDraft) { d.Period = "2026Q1" }), fault.ErrInvalid)
		refused(t, begin(clerk, func(d *disclosure.NewDraft) { d.Visibility = "SECRET" }), fault.ErrInvalid)
		refused(t, begin(clerk, func(d *disclosure.NewDraft) {
			d.ItemCode, d.Period, d.Visibility, d.Content = "H03", "2026Q1", disclosure.PublicInternet, plain("名单")
		}), fault.ErrInvalid)
		stale := clerk
		stale.SignedInAt = h.db.Clock.Now().Add(-9 * time.Hour)
		refused(t, begin(stale, func(*disclosure.NewDraft) {}), account.ErrStale)

		p := h.draft(yanjing, "D02", "2026-02", accounts())
		_, err := h.svc.Act(t.Context(), stale, act(stale), p.ID, procedure.Input{Action: "submit"})
		refused(t, err, account.ErrStale)
		_, err = h.svc.Act(t.Context(), h.holder(account.Supervisor, yanjing), act(clerk), p.ID, procedure.Input{Action: "submit"})
		refused(t, err, procedure.ErrForbidden)
		_, err = h.svc.Act(t.Context(), clerk, act(clerk), p.ID, procedure.Input{Action: "submit", Revision: 9})
		refused(t, err, disclosure.ErrRaced)
		_, err = h.svc.Edit(t.Context(), clerk, act(clerk), p.ID, disclosure.Changes{Revision: 9, Content: accounts()})
		refused(t, err, disclosure.ErrRaced)
		h.do(p.ID, "submit", nil)
		_, err = h.svc.Edit(t.Context(), clerk, act(clerk), p.ID, disclosure.Changes{Revision: 2, Content: accounts()})
		refused(t, err, disclosure.ErrNotDraft)
		_, err = h.try(p.ID, "object", map[string]string{"objection": "请联系13812345678"})
		if at := refused(t, err, disclosure.ErrPrivate); !slices.Equal(at, []string{"body.objection"}) {
			t.Errorf("locations %v", at)
		}
		back := h.do(p.ID, "object", map[string]string{"objection": "第二笔没有凭证"})
		if back.State != disclosure.Draft || back.Review == nil || back.Review.Objection != "第二笔没有凭证" {
			t.Errorf("objected: %+v", back)
		}
	})
}

func TestService_SubmitChecksTheWhole(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		differ := accounts()
		differ.IncomeFen = fen(1)
		p := h.draft(yanjing, "D02", "2026-02", differ)
		_, err := h.try(p.ID, "submit", nil)
		if at := refused(t, err, disclosure.ErrTotalsDiffer); !slices.Equal(at, []string{"body.income_fen"}) {
			t.Errorf("locations %v", at)
		}
		if text := fault.Of(err).Fields[0].Message; !strings.Contains(text, "1,000.00") || !strings.Contains(text, "0.01") {
			t.Errorf("the amounts are not named: %s", text)
		}
		none := accounts()
		none.Lines, none.IncomeFen, none.ExpenseFen = nil, nil, nil
		_, err = h.try(h.draft(yanjing, "D02", "2026-02", none).ID, "submit", nil)
		refused(t, err, fault.ErrInvalid)

		clerk := h.holder(account.Clerk, yanjing)
		bad := accounts()
		bad.Body = "联系 138**1234**5678"
		bad.Lines[0].Summary = "付13812345678"
		bad.Media = []string{h.upload(clerk.AccountID, "13812345678.jpg")}
		_, err = h.try(h.draft(yanjing, "D02", "2026-02", bad).ID, "submit", nil)
		at := refused(t, err, disclosure.ErrPrivate)
		for _, want := range []string{"body.body", "body.lines[0].summary", "body.media[0]"} {
			if !slices.Contains(at, want) {
				t.Errorf("%s is missing among %v", want, at)
			}
		}
	})
}

func TestService_Attachments(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		clerk := h.holder(account.Clerk, yanjing)
		own := h.upload(clerk.AccountID, "村道.jpg")
		foreign := h.upload("somebody", "别人的.jpg")
		c := accounts()
		c.Media = []string{own, foreign, "nothing"}
		in := disclosure.NewDraft{Region: yanjing, ItemCode: "D02", Period: "2026-02", Content: c}
		_, err := h.svc.Draft(t.Context(), clerk, act(clerk), in)
		if at := refused(t, err, fault.ErrInvalid); !slices.Equal(at, []string{"body.media[1]", "body.media[2]"}) {
			t.Errorf("locations %v", at)
		}
		c.Media = []string{own}
		p := h.draft(yanjing, "D02", "2026-02", c)
		shown, err := h.db.Media().Shown(t.Context(), strings.Repeat("a", 64), "")
		if err != nil || shown.Public || !slices.Contains(shown.Offices, yanjing) {
			t.Errorf("before publication: %+v %v", shown, err)
		}
		h.publish(p.ID)
		shown, err = h.db.Media().Shown(t.Context(), strings.Repeat("a", 64), "")
		if err != nil || !shown.Public {
			t.Errorf("after publication: %+v %v", shown, err)
		}
		got := h.posting(account.Caller{}, p.ID)
		if len(got.Attachments) != 1 || got.Attachments[0].Name != "村道.jpg" || got.Attachments[0].ThumbURL == "" {
			t.Errorf("attachments: %+v", got.Attachments)
		}
		h.do(p.ID, "withdraw", map[string]string{"reason": "拍到了人脸", "kind": "privacy"})
		shown, err = h.db.Media().Shown(t.Context(), strings.Repeat("a", 64), "")
		if err != nil || shown.Public {
			t.Errorf("after withdrawal for privacy: %+v %v", shown, err)
		}
	})
}

func TestService_OnlyOneOfTwoPublishersWins(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.draft(yanjing, "D02", "2026-02", accounts())
		h.review(p.ID)
		by := h.office("publish", yanjing)
		const racers = 4
		errs := make([]error, racers)
		var wg sync.WaitGroup
		for i := range racers {
			wg.Go(func() {
				_, errs[i] = h.svc.Act(t.Context(), by, act(by), p.ID, procedure.Input{Action: "publish"})
			})
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			switch {
			case err == nil:
				won++
			case fault.Of(err) == nil || fault.Of(err).Kind != fault.Conflict:
				t.Errorf("a loser got %v", err)
			}
		}
		vs, err := h.svc.Versions(t.Context(), account.Caller{}, p.ID)
		if err != nil || won != 1 || len(vs) != 1 {
			t.Errorf("%d won, %d versions, %v", won, len(vs), err)
		}
		if page := h.feed(account.Caller{}, disclosure.FeedQuery{Region: "5108"}); len(page.Items) != 1 {
			t.Errorf("%d entries in the feed", len(page.Items))
		}
	})
}

// failing is a store whose transactions come to nothing at the end.
type failing struct{ disclosure.Store }

var errLost = errors.New("the connection is lost")

func (f failing) InTx(ctx context.Context, a audit.Act, fn func(disclosure.Tx) error) error {
	return f.Store.InTx(ctx, a, func(tx disclosure.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return errLost
	})
}

func TestService_AFailedPublicationLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.draft(yanjing, "D02", "2026-02", accounts())
		h.review(p.ID)
		before, err := h.db.Disclosures().PostingRecord(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		broken := h.svc.On(failing{h.db.Disclosures()})
		by := h.office("publish", yanjing)
		if _, err := broken.Act(t.Context(), by, act(by), p.ID, procedure.Input{Action: "publish"}); !errors.Is(err, errLost) {
			t.Fatal(err)
		}
		after, err := h.db.Disclosures().PostingRecord(t.Context(), p.ID)
		if err != nil || after.Revision != before.Revision || after.State != disclosure.Confirmed || after.Pos != 0 {
			t.Errorf("after: %+v %v", after, err)
		}
		c, err := h.procs.Case(t.Context(), before.CaseID)
		if err != nil || c.Stage != "confirmed" {
			t.Errorf("case: %+v %v", c, err)
		}
		if vs, err := h.db.Disclosures().PostingVersions(t.Context(), p.ID); err != nil || len(vs) != 0 {
			t.Errorf("versions: %v %v", vs, err)
		}
		if page := h.feed(account.Caller{}, disclosure.FeedQuery{Region: yanjing}); len(page.Items) != 0 {
			t.Error("it stands in the feed")
		}
		h.do(p.ID, "publish", nil)
	})
}

func TestService_Late(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.db.Clock.Set(day("2026-03-15")) // a Sunday: in time until Monday
		if p := h.put(yanjing, "D02", "2026-02", accounts()); p.Late {
			t.Error("late on the last day but one")
		}
		h.db.Clock.Set(day("2026-03-16"))
		if p := h.put(yanjing, "D02", "2026-02", accounts()); p.Late {
			t.Error("late on the last day")
		}
		h.db.Clock.Set(day("2026-03-17"))
		p := h.put(yanjing, "D02", "2026-02", accounts())
		if !p.Late {
			t.Error("not late on the day after")
		}
		if i := h.feed(account.Caller{}, disclosure.FeedQuery{Region: yanjing}).Items[0]; !i.Late {
			t.Error("the feed does not say so")
		}
	})
}

func TestService_RepeatGetsTheFirstAnswer(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		clerk := h.holder(account.Clerk, yanjing)
		a := act(clerk)
		a.Receipt = &audit.Receipt{Scope: clerk.AccountID + " POST /x", Key: "k1", Encode: func(result any) (int, []byte, error) {
			p, ok := result.(disclosure.Posting)
			if !ok {
				return 0, nil, errors.New("not a posting")
			}
			return 201, []byte(p.ID), nil
		}}
		in := disclosure.NewDraft{Region: yanjing, ItemCode: "D02", Period: "2026-02", Content: accounts()}
		p, err := h.svc.Draft(t.Context(), clerk, a, in)
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.svc.Draft(t.Context(), clerk, a, in)
		var again *audit.Replay
		if !errors.As(err, &again) || string(again.Body) != p.ID {
			t.Errorf("the repeat got %v", err)
		}
	})
}
