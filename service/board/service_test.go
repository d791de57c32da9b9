package board_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/board"
	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/media"
	"cunwu/service/region"
	"cunwu/service/screening"
)

const (
	yanjing = region.Code("510821102200")
	liushu  = region.Code("510821102202")
)

var rulesDir = os.DirFS("../../config/rules")

// house is the noun on one engine, with postings that are put there directly.
type house struct {
	t   testing.TB
	db  *dbtest.DB
	svc *board.Service
}

// powers is the table of powers as the account service asks it.
type powers struct {
	policy *account.Policy
	clock  calendar.Clock
}

func (p powers) May(c account.Caller, power string, at region.Code) (account.Grant, error) {
	if !c.Known() {
		return account.Grant{}, account.ErrRequired
	}
	if g, ok := p.policy.May(c, power, at, p.clock.Now()); ok {
		return g, nil
	}
	return account.Grant{}, account.ErrMayNot
}

func newHouse(t testing.TB, db *dbtest.DB) *house {
	t.Helper()
	screen, err := screening.Load(rulesDir, "screening.yaml")
	if err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile("../../config/rules/powers.yaml")
	if err != nil {
		t.Fatal(err)
	}
	policy, err := account.ParsePolicy(table)
	if err != nil {
		t.Fatal(err)
	}
	may := powers{policy, db.Clock}
	return &house{t: t, db: db, svc: board.New(db.Boards(), board.Options{
		Postings: disclosure.New(db.Disclosures(), disclosure.Options{Powers: may, Clock: db.Clock}),
		Powers:   may, Screening: screen, Clock: db.Clock,
		RoleName: func(r account.Role) string { rule, _ := policy.Role(r); return rule.Name },
	})}
}

// put makes a posting that stands.
func (h *house) put(visibility disclosure.Visibility) string {
	h.t.Helper()
	now := h.db.Clock.Now()
	rec := disclosure.Record{
		ID: audit.NewID(), CaseID: audit.NewID(), Region: yanjing, ItemCode: "D02", Category: "FINANCE", Edition: "2026-01-01",
		Visibility: visibility, State: disclosure.Published, Revision: 1, Version: 1, PublishedAt: now,
	}
	h.write(func(tx disclosure.Tx) error { _, err := tx.AddPosting(h.t.Context(), rec, nil); return err })
	return rec.ID
}

func (h *house) write(fn func(tx disclosure.Tx) error) {
	h.t.Helper()
	err := h.db.Disclosures().InTx(h.t.Context(), dbtest.Act(), func(tx disclosure.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return tx.Record(h.t.Context(), audit.Event{Action: "test.write", Object: "test", Result: "ok"})
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) change(id string, fn func(r *disclosure.Record)) {
	h.t.Helper()
	h.write(func(tx disclosure.Tx) error {
		r, draft, err := tx.PostingForUpdate(h.t.Context(), id)
		if err != nil {
			return err
		}
		fn(&r)
		r.Revision++
		return tx.SavePosting(h.t.Context(), r, draft)
	})
}

// upload puts an attachment's row and gives its id and the digest of its bytes.
func (h *house) upload(owner string, kind media.Kind) (id, digest string) {
	h.t.Helper()
	o := media.Object{ID: audit.NewID(), Kind: kind, Thumb: strings.Repeat("b", 64), Size: 10, FileName: "栏.jpg", Owner: owner}
	o.Digest = fmt.Sprintf("%064x", []byte(o.ID))
	err := h.db.Media().InTx(h.t.Context(), dbtest.Act(), func(tx media.Tx) error {
		if err := tx.AddObject(h.t.Context(), o); err != nil {
			return err
		}
		return tx.Record(h.t.Context(), audit.Event{Action: "test.upload", Object: "media", Result: "ok"})
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return o.ID, o.Digest
}

func (h *house) holder(role account.Role, at region.Code) account.Caller {
	now := h.db.Clock.Now()
	return account.Caller{
		AccountID: "acc-" + string(role) + "-" + string(at), SignedInAt: now, DisplayName: "李*四",
		Grants: []account.Grant{{Role: role, Region: at, Start: now.AddDate(-1, 0, 0), End: now.AddDate(1, 0, 0)}},
	}
}

func act(by account.Caller) audit.Act {
	return audit.Act{Actor: audit.Actor{AccountID: by.AccountID}, RequestID: "req-test"}
}

func (h *house) today() string { return h.db.Clock.Now().Format(time.DateOnly) }

// post adds a photo as the clerk does, and gives it with its digest.
func (h *house) post(posting string) (board.Photo, string) {
	h.t.Helper()
	clerk := h.holder(account.Clerk, yanjing)
	id, digest := h.upload(clerk.AccountID, media.JPEG)
	p, err := h.svc.Post(h.t.Context(), clerk, act(clerk), board.NewPhoto{PostingID: posting, Media: id, TakenOn: h.today()})
	if err != nil {
		h.t.Fatal(err)
	}
	return p, digest
}

func (h *house) decide(by account.Caller, id, action, reason string) (board.Photo, error) {
	return h.svc.Act(h.t.Context(), by, act(by), board.Decision{ID: id, Action: action, Reason: reason})
}

// seen counts what a caller sees of a posting's photos.
func (h *house) seen(by account.Caller, posting string) int {
	h.t.Helper()
	ps, err := h.svc.Photos(h.t.Context(), by, posting)
	if err != nil {
		h.t.Fatal(err)
	}
	return len(ps)
}

func each(t *testing.T, body func(t *testing.T, h *house)) {
	t.Helper()
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		t.Helper()
		body(t, newHouse(t, db))
	})
}

func refused(t testing.TB, err error, want *fault.Fault) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error %v, want %s", err, want.Code)
	}
}

// A photo and its bytes are for officers until the committee confirmed it, and
// again once the text it shows was corrected.
func TestConfirmed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.put(disclosure.PublicInternet)
		villager := account.Caller{AccountID: "acc-v", Village: yanjing, Standing: account.Reader}
		supervisor := h.holder(account.Supervisor, yanjing)
		p, digest := h.post(id)
		public := func(ctx context.Context) bool {
			s, err := h.db.Media().Shown(ctx, digest, "")
			if err != nil {
				t.Fatal(err)
			}
			return s.Public
		}
		if h.seen(account.Caller{}, id) != 0 || h.seen(villager, id) != 0 || h.seen(supervisor, id) != 1 || public(t.Context()) {
			t.Error("shown before it is confirmed")
		}
		refused(t, h.svc.Known(t.Context(), villager, p.ID), board.ErrNotFound)
		if s, err := h.db.Media().Shown(t.Context(), digest, ""); err != nil || !slices.Contains(s.Offices, yanjing) {
			t.Errorf("the committee cannot look at it: %+v %v", s, err)
		}
		clerk := h.holder(account.Clerk, yanjing)
		_, err := h.decide(clerk, p.ID, board.Confirm, "")
		refused(t, err, account.ErrMayNot)
		got, err := h.decide(supervisor, p.ID, board.Confirm, "")
		if err != nil || got.State != board.Confirmed || got.DecidedBy == "" || len(got.Actions) != 0 {
			t.Fatalf("%+v %v", got, err)
		}
		if h.seen(account.Caller{}, id) != 1 || !public(t.Context()) {
			t.Error("not shown once confirmed")
		}
		_, err = h.decide(supervisor, p.ID, board.Refuse, "后悔了")
		refused(t, err, board.ErrDecided)
		h.change(id, func(r *disclosure.Record) { r.State = disclosure.Withdrawn })
		if h.seen(account.Caller{}, id) != 0 || public(t.Context()) {
			t.Error("shown while its text is taken down")
		}
		h.change(id, func(r *disclosure.Record) { r.State, r.Version = disclosure.Published, 2 })
		if h.seen(account.Caller{}, id) != 0 || public(t.Context()) || h.seen(supervisor, id) != 1 {
			t.Error("the photo of the first version is shown beside the second")
		}
		h.change(id, func(r *disclosure.Record) { r.State = disclosure.Expired })
		if h.seen(supervisor, id) != 0 {
			t.Error("shown after the list of persons is gone")
		}
	})
}

func TestRefused(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id, supervisor := h.put(disclosure.PublicInternet), h.holder(account.Supervisor, yanjing)
		p, digest := h.post(id)
		_, err := h.decide(supervisor, p.ID, board.Refuse, " ")
		refused(t, err, fault.ErrInvalid)
		_, err = h.decide(supervisor, p.ID, board.Refuse, strings.Repeat("长", 201))
		refused(t, err, fault.ErrInvalid)
		_, err = h.decide(supervisor, p.ID, board.Refuse, "拍到了 13812345678")
		refused(t, err, board.ErrPrivate)
		_, err = h.decide(supervisor, p.ID, "delete", "")
		refused(t, err, board.ErrAction)
		if _, err := h.decide(supervisor, p.ID, board.Refuse, "看不清日期"); err != nil {
			t.Fatal(err)
		}
		ps, err := h.svc.Photos(t.Context(), supervisor, id)
		if err != nil || len(ps) != 1 || ps[0].State != board.Refused || ps[0].Reason != "看不清日期" {
			t.Errorf("%+v %v", ps, err)
		}
		if s, err := h.db.Media().Shown(t.Context(), digest, ""); err != nil || s.Public || h.seen(account.Caller{}, id) != 0 {
			t.Errorf("a refused photo is shown: %+v %v", s, err)
		}
	})
}

// Whoever uploaded it does not confirm it, whatever offices are in one hand;
// and of two decisions at once one stands.
func TestAnotherPerson(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id, both := h.put(disclosure.PublicInternet), h.holder(account.Clerk, yanjing)
		p, _ := h.post(id)
		both.Grants = append(both.Grants, h.holder(account.Supervisor, yanjing).Grants...)
		_, err := h.decide(both, p.ID, board.Confirm, "")
		refused(t, err, board.ErrSamePerson)
		one, other := h.holder(account.Supervisor, yanjing), h.holder(account.Supervisor, yanjing)
		other.AccountID = "acc-another-member"
		var wg sync.WaitGroup
		var done atomic.Int32
		for _, by := range []account.Caller{one, other} {
			wg.Go(func() {
				if _, err := h.decide(by, p.ID, board.Confirm, ""); err == nil {
					done.Add(1)
				} else if !errors.Is(err, board.ErrDecided) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if done.Load() != 1 {
			t.Errorf("decided %d times", done.Load())
		}
	})
}

func TestPost_Refusals(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id, down, own := h.put(disclosure.PublicInternet), h.put(disclosure.PublicInternet), h.put(disclosure.VerifiedVillager)
		h.change(down, func(r *disclosure.Record) { r.State = disclosure.Withdrawn })
		clerk, far := h.holder(account.Clerk, yanjing), h.holder(account.Clerk, liushu)
		picture, _ := h.upload(clerk.AccountID, media.PNG)
		paper, _ := h.upload(clerk.AccountID, media.PDF)
		others, _ := h.upload("acc-x", media.JPEG)
		theirs, _ := h.upload(far.AccountID, media.JPEG)
		day := func(n int) string { return h.db.Clock.Now().AddDate(0, 0, n).Format(time.DateOnly) }
		for name, tt := range map[string]struct {
			by                   account.Caller
			posting, media, when string
			want                 *fault.Fault
		}{
			"stranger":             {account.Caller{}, id, picture, day(0), account.ErrRequired},
			"no such posting":      {clerk, "none", picture, day(0), disclosure.ErrNotFound},
			"another village":      {far, id, theirs, day(0), account.ErrMayNot},
			"not theirs to know":   {far, own, theirs, day(0), disclosure.ErrNotFound},
			"somebody's upload":    {clerk, id, others, day(0), fault.ErrInvalid},
			"no upload":            {clerk, id, "none", day(0), fault.ErrInvalid},
			"no picture":           {clerk, id, paper, day(0), fault.ErrInvalid},
			"tomorrow":             {clerk, id, picture, day(1), fault.ErrInvalid},
			"before publication":   {clerk, id, picture, day(-1), fault.ErrInvalid},
			"no day":               {clerk, id, picture, "2026-02-30", fault.ErrInvalid},
			"taken down meanwhile": {clerk, down, picture, day(0), board.ErrNotStanding},
		} {
			in := board.NewPhoto{PostingID: tt.posting, Media: tt.media, TakenOn: tt.when}
			if _, err := h.svc.Post(t.Context(), tt.by, act(account.Caller{AccountID: "x"}), in); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %s", name, err, tt.want.Code)
			}
		}
		in := board.NewPhoto{PostingID: id, Media: picture, TakenOn: day(0)}
		if _, err := h.svc.Post(t.Context(), clerk, act(clerk), in); err != nil {
			t.Fatal(err)
		}
		_, err := h.svc.Post(t.Context(), clerk, act(clerk), in)
		refused(t, err, board.ErrTwice)
		if n := h.seen(account.Caller{AccountID: "v", Village: yanjing, Standing: account.Reader}, own); n != 0 {
			t.Errorf("%d photos of another posting", n)
		}
		_, err = h.svc.Photos(t.Context(), account.Caller{}, own)
		refused(t, err, disclosure.ErrNotFound)
	})
}
