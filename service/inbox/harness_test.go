package inbox_test

import (
	"context"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"cunwu/repository/dbtest"
	"cunwu/repository/wechat"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/disclosure"
	"cunwu/service/inbox"
	"cunwu/service/outbox"
	"cunwu/service/region"
)

const (
	yanjing  = region.Code("510821102200")
	jiachuan = region.Code("510821102")
	sendPath = "/cgi-bin/message/subscribe/send"
	newsID   = "NEWS-template"
	tasksID  = "TASKS-template"
	longID   = "ANSWERS-long"
)

// house is the noun on one engine, with the stand-in for WeChat.
type house struct {
	t       *testing.T
	db      *dbtest.DB
	fake    *wechat.Fake
	client  *wechat.Client
	svc     *inbox.Service
	asked   map[string][]string
	raisers inbox.Raisers
	entries inbox.Entries
	seen    []string // outcomes
	n       int
}

// openIDs ties test accounts to openids: "o-" before the account's id.
type openIDs struct{}

func (openIDs) OpenIDOf(_ context.Context, a string) (string, error) {
	if strings.HasPrefix(a, "closed") {
		return "", nil
	}
	return "o-" + a, nil
}

func (openIDs) AccountOf(_ context.Context, o string) (string, error) {
	a, ok := strings.CutPrefix(o, "o-")
	if !ok {
		return "", nil
	}
	return a, nil
}

type askers map[string][]string

func (a askers) Askers(_ context.Context, id string) ([]string, error) { return a[id], nil }

// postings knows those that the caller may read, by id.
type postings struct{ readable map[string]bool }

func (p postings) Posting(_ context.Context, _ account.Caller, id string) (disclosure.Posting, error) {
	if !p.readable[id] {
		return disclosure.Posting{}, disclosure.ErrNotFound
	}
	return disclosure.Posting{ID: id, RegionName: "盐井村", ItemName: "财务收支明细"}, nil
}

func newHouse(t *testing.T, db *dbtest.DB) *house {
	t.Helper()
	h := &house{t: t, db: db, asked: map[string][]string{}}
	h.fake = wechat.NewFake(wechat.FakeOptions{AppID: "wx1", AppSecret: "s"})
	var err error
	h.client, err = wechat.New(wechat.Options{AppID: "wx1", AppSecret: "s", Transport: h.fake.Transport(), Clock: db.Clock})
	if err != nil {
		t.Fatal(err)
	}
	h.svc = h.service(h.client)
	var rs []region.Region
	for code, name := range map[region.Code]string{
		"51": "四川省", "5108": "广元市", "510821": "旺苍县", jiachuan: "嘉川镇", yanjing: "盐井村",
	} {
		rs = append(rs, region.Region{Code: code, Parent: code.Parent(), Level: code.Level(), Name: name, Short: name, State: region.Active})
	}
	err = db.Regions().InTx(t.Context(), dbtest.Act(), func(tx region.Tx) error {
		if err := tx.PutRegions(t.Context(), rs); err != nil {
			return err
		}
		return tx.Record(t.Context(), audit.Event{Action: "test.places", Object: "region", Result: "ok"})
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// service is another instance on the same archive.
func (h *house) service(sender inbox.Sender) *inbox.Service { return h.serviceOn(h.db.Inbox(), sender) }

func (h *house) serviceOn(store inbox.Store, sender inbox.Sender) *inbox.Service {
	h.t.Helper()
	catalogue, err := disclosure.LoadCatalogue(os.DirFS("../../config/rules"))
	if err != nil {
		h.t.Fatal(err)
	}
	return inbox.New(store, inbox.Options{
		Places: region.New(h.db.Regions()), Catalogue: catalogue, Askers: askers(h.asked), Raisers: h.raisers, Entries: h.entries, Addresses: openIDs{}, Sender: sender,
		Postings: postings{map[string]bool{strings.Repeat("a", 26): true}},
		Clock:    h.db.Clock, Jitter: func() float64 { return 0.5 },
		Observe: func(outcome string, code int64) { h.seen = append(h.seen, outcome+" "+strconv.FormatInt(code, 10)) },
		Templates: []inbox.Template{
			{Purpose: inbox.ForNews, ID: newsID},
			{Purpose: inbox.ForTasks, ID: tasksID},
			{Purpose: inbox.ForAnswers, ID: longID, LongTerm: true},
		},
	})
}

// in runs one transaction of the archive in somebody's name.
func (h *house) in(by string, fn func(tx inbox.Tx) error) {
	h.t.Helper()
	act := audit.Act{Actor: audit.Actor{AccountID: by}}
	err := h.db.Inbox().InTx(h.t.Context(), act, func(tx inbox.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return tx.Record(h.t.Context(), audit.Event{Action: "test", Object: "test", Result: "ok"})
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// happens announces an event in somebody's name.
func (h *house) happens(by, kind, subject string, facts map[string]string) {
	h.t.Helper()
	h.in(by, func(tx inbox.Tx) error {
		return tx.Announce(h.t.Context(), outbox.Event{Kind: kind, Region: yanjing, Subject: subject, Facts: facts})
	})
}

func published(version int) map[string]string {
	return map[string]string{"item": "D02", "period": "2026-02", "version": strconv.Itoa(version), "visibility": "PUBLIC_INTERNET"}
}

// follow drains the outbox and what it spreads.
func (h *house) follow() {
	h.t.Helper()
	for {
		n, err := h.svc.Follow(h.t.Context(), 50)
		if err != nil {
			h.t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	for {
		more, err := h.svc.Spread(h.t.Context())
		if err != nil {
			h.t.Fatal(err)
		}
		if !more {
			return
		}
	}
}

// posting puts a posting into the archive as it stands.
func (h *house) posting(title string, state disclosure.State, version int, v disclosure.Visibility) string {
	h.t.Helper()
	id := audit.NewID()
	err := h.db.Disclosures().InTx(h.t.Context(), dbtest.Act(), func(tx disclosure.Tx) error {
		_, err := tx.AddPosting(h.t.Context(), disclosure.Record{
			ID: id, CaseID: audit.NewID(), Region: yanjing, ItemCode: "D02", Category: "FINANCE", Edition: "2026-01-01", Period: "2026-02",
			Visibility: v, State: state, Version: version, Revision: 1, Shown: disclosure.Shown{Title: title}, CreatedAt: tx.Now(), CreatedBy: "clerk",
		}, nil)
		if err != nil {
			return err
		}
		return tx.Record(h.t.Context(), audit.Event{Action: "test", Object: "posting", Result: "ok"})
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

func (h *house) appoint(who string, role account.Role, at region.Code) {
	h.t.Helper()
	err := h.db.Accounts().InTx(h.t.Context(), dbtest.Act(), func(tx account.Tx) error {
		err := tx.AddAppointment(h.t.Context(), account.Appointment{
			ID: audit.NewID(), Role: role, Region: at, AccountID: who, InviteHash: []byte(audit.NewID()),
			Start: tx.Now().AddDate(-1, 0, 0), End: tx.Now().AddDate(1, 0, 0), CreatedAt: tx.Now(),
		})
		if err != nil {
			return err
		}
		return tx.Record(h.t.Context(), audit.Event{Action: "test", Object: "appointment", Result: "ok"})
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func caller(who string) account.Caller {
	return account.Caller{AccountID: who, Standing: account.Reader}
}

func act(who string) audit.Act { return audit.Act{Actor: audit.Actor{AccountID: who}} }

func (h *house) follows(who string, kind inbox.FollowKind, key string) {
	h.t.Helper()
	h.in(who, func(tx inbox.Tx) error {
		return tx.PutFollow(h.t.Context(), who, inbox.Follow{Kind: kind, Key: key}.Followed())
	})
}

// accepts gives consent n times.
func (h *house) accepts(who, template string, n int) {
	h.t.Helper()
	for range n {
		if _, err := h.svc.Subscribe(h.t.Context(), caller(who), act(who), []inbox.Answer{{Template: template, Result: "accept"}}); err != nil {
			h.t.Fatal(err)
		}
	}
}

func (h *house) messages(who string) []inbox.Message {
	h.t.Helper()
	p, err := h.svc.Messages(h.t.Context(), caller(who), false, 0, 50)
	if err != nil {
		h.t.Fatal(err)
	}
	return p.Items
}

func (h *house) remaining(who, template string) int {
	h.t.Helper()
	ss, err := h.svc.Subscriptions(h.t.Context(), caller(who))
	if err != nil {
		h.t.Fatal(err)
	}
	for _, s := range ss {
		if s.Template == template {
			return s.Remaining
		}
	}
	return -1
}

func (h *house) deliveries(who string) []inbox.Delivery {
	h.t.Helper()
	ds, err := h.db.Inbox().DeliveriesOf(h.t.Context(), who)
	if err != nil {
		h.t.Fatal(err)
	}
	return ds
}

func (h *house) deliver(svc *inbox.Service) {
	h.t.Helper()
	if _, err := svc.Deliver(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

// received counts what arrived at WeChat, by openid.
func (h *house) received() map[string]int {
	h.t.Helper()
	out := map[string]int{}
	for _, raw := range h.fake.Sent() {
		var m struct {
			ToUser string `json:"touser"`
		}
		if err := json.Unmarshal(raw, &m); err != nil {
			h.t.Fatal(err)
		}
		out[m.ToUser]++
	}
	return out
}

// news tells one follower of one new posting, with a consent, and gives the
// follower.
func (h *house) news() string {
	h.t.Helper()
	h.n++
	who := "reader" + strconv.Itoa(h.n)
	h.accepts(who, newsID, 1)
	id := h.posting("二月收支"+strconv.Itoa(h.n), disclosure.Published, 1, disclosure.PublicInternet)
	h.follows(who, inbox.FollowPosting, id)
	h.happens("clerk", disclosure.EventPublished, id, published(1))
	h.follow()
	return who
}

func since(h *house, d time.Duration) { h.db.Clock.Advance(d) }

var testEvent = audit.Event{Action: "test", Object: "test", Result: "ok"}

// silent are options for services that run beside each other.
func silent(h *house) inbox.Options {
	h.t.Helper()
	catalogue, err := disclosure.LoadCatalogue(os.DirFS("../../config/rules"))
	if err != nil {
		h.t.Fatal(err)
	}
	return inbox.Options{
		Places: region.New(h.db.Regions()), Catalogue: catalogue, Addresses: openIDs{}, Sender: h.client, Clock: h.db.Clock,
		Templates: []inbox.Template{{Purpose: inbox.ForNews, ID: newsID}},
	}
}
