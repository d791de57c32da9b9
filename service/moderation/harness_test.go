package moderation_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"cunwu/config/rules"
	"cunwu/repository/dbtest"
	"cunwu/repository/wechat"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/media"
	"cunwu/service/moderation"
	"cunwu/service/outbox"
	"cunwu/service/region"
)

const (
	village = region.Code("510821102200")
	other   = region.Code("510821102202")
	appID   = "wx0123456789abcdef"
)

// testing.TB without its cleanup, so that rapid's T fits as well.
type tb interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

var (
	_ tb = (*testing.T)(nil)
	_ tb = (*rapid.T)(nil)
)

// house is an archive, a platform held in the hand, and the service between.
type house struct {
	t        tb
	ctx      context.Context
	db       *dbtest.DB
	store    moderation.Store
	fake     *wechat.Fake
	svc      *moderation.Service
	opt      moderation.Options
	files    *files
	announce map[string]string // by subject: the state last announced
	texts    map[string]string
}

// files are uploads: the digest tells what the platform ought to think of one.
type files struct {
	mu      sync.Mutex
	objects map[string]media.Object
}

func (f *files) Objects(_ context.Context, ids []string) ([]media.Object, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []media.Object
	for _, id := range ids {
		if o, ok := f.objects[id]; ok {
			out = append(out, o)
		}
	}
	return out, nil
}

func (f *files) Fetch(_ context.Context, name string) (media.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, o := range f.objects {
		if o.Digest+"."+o.Kind.Ext() == name {
			return media.File{Body: io.NopCloser(strings.NewReader("bytes of " + name)), Kind: o.Kind, ContentType: o.Kind.ContentType()}, nil
		}
	}
	return media.File{}, media.ErrNotFound
}

// add makes an upload of which the platform thinks what suggest says.
func (f *files) add(kind media.Kind, suggest string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := audit.NewID()
	f.objects[id] = media.Object{ID: id, Kind: kind, Digest: suggest + strings.Repeat("0", 20) + id}
	return id
}

// suggestOf is what the platform truly thinks of an upload.
func (f *files) suggestOf(id string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, _, _ := strings.Cut(f.objects[id].Digest, "0")
	return s
}

type openIDs map[string]string

func (o openIDs) OpenIDOf(_ context.Context, a string) (string, error) {
	if o[a] == "broken" {
		return "", errors.New("the archive is away")
	}
	return o[a], nil
}

type places struct{}

func (places) Names(_ context.Context, codes []region.Code) (map[region.Code]string, error) {
	out := map[region.Code]string{}
	for _, c := range codes {
		out[c] = "盐井村"
	}
	return out, nil
}

// powers lets moderators of a place decide there.
type powers map[string]region.Code

func (p powers) May(c account.Caller, power string, at region.Code) (account.Grant, error) {
	switch {
	case !c.Known():
		return account.Grant{}, account.ErrRequired
	case power != "concern.moderate" || p[c.AccountID] == "" || !p[c.AccountID].Contains(at):
		return account.Grant{}, account.ErrMayNot
	case strings.HasSuffix(c.SessionID, "old"):
		return account.Grant{}, account.ErrStale
	}
	return account.Grant{Role: account.Clerk, Region: p[c.AccountID]}, nil
}

var (
	villager  = account.Caller{AccountID: "villager", Village: village}
	moderator = account.Caller{AccountID: "moderator"}
	second    = account.Caller{AccountID: "supervisor"}
	elsewhere = account.Caller{AccountID: "elsewhere"}
)

func act(c account.Caller) audit.Act { return audit.Act{Actor: audit.Actor{AccountID: c.AccountID}} }

func newHouse(t *testing.T, db *dbtest.DB, change ...func(*moderation.Options)) *house {
	t.Helper()
	return houseFor(t.Context(), t, db, change...)
}

func houseFor(ctx context.Context, t tb, db *dbtest.DB, change ...func(*moderation.Options)) *house {
	t.Helper()
	h := &house{
		t: t, ctx: ctx, db: db, store: db.Moderation(), files: &files{objects: map[string]media.Object{}},
		announce: map[string]string{}, texts: map[string]string{},
	}
	h.fake = wechat.NewFake(wechat.FakeOptions{AppID: appID, AppSecret: "s", Now: func() int64 { return db.Clock.Now().Unix() }})
	h.fake.Hold(true)
	client, err := wechat.New(wechat.Options{AppID: appID, AppSecret: "s", Transport: h.fake.Transport(), Clock: db.Clock})
	if err != nil {
		t.Fatalf("%v", err)
	}
	loaded, err := moderation.LoadRules(rules.FS)
	if err != nil {
		t.Fatalf("%v", err)
	}
	h.opt = moderation.Options{
		Rules: loaded, Clock: db.Clock, Places: places{}, Checker: client, AppID: appID, Files: h.files,
		Powers:    powers{"moderator": village, "supervisor": village, "elsewhere": other, "villager": village},
		Addresses: openIDs{"villager": "o-villager", "broken": "broken"},
		Site:      "https://cunwu.example.cn", Sign: func(text string) []byte { return []byte(fmt.Sprintf("%032x", len(text)) + text) },
		Kinds: map[string]moderation.Kind{"concern": {Name: "说事", Power: "concern.moderate", Texts: h.textsOf}},
		Log:   slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&h.opt)
	}
	h.build()
	return h
}

func (h *house) build() { h.svc = moderation.New(h.store, h.opt) }

func (h *house) textsOf(_ context.Context, _ account.Caller, ids []string) (map[string]string, error) {
	out := map[string]string{}
	for _, id := range ids {
		out[id] = h.texts[id]
	}
	return out, nil
}

// begin enters a subject and gives its id.
func (h *house) begin(text moderation.State, media ...string) string {
	h.t.Helper()
	id := audit.NewID()
	h.texts[id] = "三组的路灯不亮了。"
	err := h.store.InTx(h.ctx, act(villager), func(tx moderation.Tx) error {
		sub := moderation.Subject{Kind: "concern", ID: id, Region: village}
		if err := h.svc.Begin(h.ctx, tx, villager, sub, text, media); err != nil {
			return err
		}
		return tx.Record(h.ctx, audit.Event{Action: "test.begin", Object: "concern", ObjectID: id, Result: "ok"})
	})
	if err != nil {
		h.t.Fatalf("begin: %v", err)
	}
	states := []moderation.State{text}
	for range media {
		states = append(states, moderation.Pending)
	}
	h.announce[id] = string(moderation.Overall(states))
	return id
}

// ask gives the platform all that is due.
func (h *house) ask() {
	h.t.Helper()
	for {
		n, err := h.svc.Ask(h.ctx)
		if err != nil {
			h.t.Fatalf("ask: %v", err)
		}
		if n == 0 {
			return
		}
	}
}

// push hands a verified answer to the service.
func (h *house) push(trace, suggest string) {
	h.t.Helper()
	if err := h.svc.Answered(h.ctx, eventOf(trace, suggest, nil)); err != nil {
		h.t.Fatalf("push: %v", err)
	}
}

// checks gives all checks of a subject by part.
func (h *house) checks(id string) map[moderation.Part]moderation.Check {
	h.t.Helper()
	out := map[moderation.Part]moderation.Check{}
	err := h.store.InTx(h.ctx, act(villager), func(tx moderation.Tx) error {
		clear(out)
		cs, err := tx.ChecksForUpdate(h.ctx, "concern", id)
		for _, c := range cs {
			out[c.Part] = c
		}
		return err
	})
	if err != nil {
		h.t.Fatalf("checks: %v", err)
	}
	return out
}

func (h *house) state(id string, part moderation.Part) moderation.State {
	h.t.Helper()
	return h.checks(id)[part].State
}

// wants checks the state of a part.
func (h *house) wants(id string, part moderation.Part, want moderation.State) moderation.Check {
	h.t.Helper()
	c := h.checks(id)[part]
	if c.State != want {
		h.t.Errorf("%s is %s (%s), want %s", part, c.State, c.Suggest, want)
	}
	return c
}

// follow takes what was announced and keeps the last state of each subject, as
// a noun does.
func (h *house) follow() []outbox.Event {
	h.t.Helper()
	var all []outbox.Event
	err := h.store.InTx(h.ctx, audit.BySystem("test"), func(tx moderation.Tx) error {
		all = nil
		events, err := tx.TakeEvents(h.ctx, outbox.Review, 10_000)
		if err != nil {
			return err
		}
		all = events
		return tx.Record(h.ctx, audit.Event{Action: "test.follow", Object: "outbox", Result: "ok"})
	})
	if err != nil {
		h.t.Fatalf("follow: %v", err)
	}
	for _, e := range all {
		if e.Kind == moderation.Decided {
			h.announce[e.Subject] = e.Facts["state"]
		}
	}
	return all
}

// agree checks that what was announced last is what the checks say.
func (h *house) agree() {
	h.t.Helper()
	h.follow()
	for _, id := range slices.Sorted(maps.Keys(h.announce)) {
		var states []moderation.State
		for _, c := range h.checks(id) {
			states = append(states, c.State)
		}
		if got := moderation.Overall(states); string(got) != h.announce[id] {
			h.t.Errorf("%s stands at %s, announced was %s", id, got, h.announce[id])
		}
	}
}

// public gives the subjects that the world may see by what was announced.
func (h *house) public() []string {
	h.t.Helper()
	h.follow()
	var out []string
	for _, id := range slices.Sorted(maps.Keys(h.announce)) {
		if h.announce[id] == string(moderation.Passed) {
			out = append(out, id)
		}
	}
	return out
}

// unreviewed counts parts that passed though the platform does not think pass
// of that very file and no person let them through: the promise is 0.
func (h *house) unreviewed() int {
	h.t.Helper()
	n := 0
	for id := range h.announce {
		for part, c := range h.checks(id) {
			if c.State != moderation.Passed || c.ByPerson || part == moderation.TextPart {
				continue
			}
			if h.files.suggestOf(part.Media()) != "pass" {
				n++
			}
		}
	}
	return n
}

var errRefusing = errors.New("an archive that refuses")

// refusing is an archive that takes nothing.
type refusing struct{ moderation.Store }

func (refusing) InTx(context.Context, audit.Act, func(moderation.Tx) error) error { return errRefusing }
