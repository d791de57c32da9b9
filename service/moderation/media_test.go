package moderation_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cunwu/repository/dbtest"
	"cunwu/repository/wechat"
	"cunwu/service/audit"
	"cunwu/service/media"
	"cunwu/service/moderation"
)

// eventOf is a pushed answer, with what change does to it.
func eventOf(trace, suggest string, change func(map[string]any)) []byte {
	f := wechat.NewFake(wechat.FakeOptions{AppID: appID})
	e := f.Answer(trace, suggest, 100)
	if change != nil {
		change(e)
	}
	raw, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	return raw
}

// photo begins a subject with one picture and asks about it.
func (h *house) photo(suggest string) (id, trace string, part moderation.Part) {
	h.t.Helper()
	m := h.files.add(media.JPEG, suggest)
	id = h.begin(moderation.Passed, m)
	h.ask()
	part = moderation.MediaPart(m)
	return id, h.checks(id)[part].Trace, part
}

func TestMedia_Answers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		for suggest, want := range map[string]moderation.State{
			"pass": moderation.Passed, "review": moderation.Manual, "risky": moderation.Manual, "": moderation.Manual, "PASS": moderation.Manual,
		} {
			id, trace, part := h.photo(suggest)
			if trace == "" || h.state(id, part) != moderation.Pending {
				t.Fatalf("%q was not asked", suggest)
			}
			for range 2 { // twice is once
				h.push(trace, suggest)
				h.wants(id, part, want)
			}
			h.push(trace, "pass") // the first of a trace id counts
			h.wants(id, part, want)
		}
		h.agree()
		if n := h.unreviewed(); n != 0 {
			t.Errorf("%d unreviewed", n)
		}
	})
}

// TestMedia_AnswerBeforeTrace: the push may come before the request is answered.
func TestMedia_AnswerBeforeTrace(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		h.fake.Traces(func(n int) string { return fmt.Sprintf("trace-%d", n) })
		h.push("trace-0", "pass")
		h.push("trace-0", "risky") // a repeat changes nothing
		h.push("trace-1", "risky")
		first, second := h.files.add(media.JPEG, "pass"), h.files.add(media.MP3, "risky")
		a := h.begin(moderation.Passed, first)
		h.ask()
		b := h.begin(moderation.Passed, second)
		h.ask()
		h.wants(a, moderation.MediaPart(first), moderation.Passed)
		h.wants(b, moderation.MediaPart(second), moderation.Manual)
		if asked := h.fake.AskedMedia(); len(asked) != 2 || asked[0].Audio || !asked[1].Audio {
			t.Errorf("%+v", asked)
		}
		h.agree()
	})
}

// TestMedia_AnswerAndTraceAtOnce: whichever commits first, they meet.
func TestMedia_AnswerAndTraceAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		h.fake.Traces(func(n int) string { return fmt.Sprintf("trace-%d", n) })
		const rounds = 10
		for n := range rounds {
			m := h.files.add(media.JPEG, "pass")
			id := h.begin(moderation.Passed, m)
			var wg sync.WaitGroup
			wg.Go(func() { h.ask() })
			for range 2 {
				wg.Go(func() { h.push(fmt.Sprintf("trace-%d", n), "pass") })
			}
			wg.Wait()
			h.wants(id, moderation.MediaPart(m), moderation.Passed)
		}
		h.agree()
	})
}

// TestMedia_TwoOfOneSubjectAtOnce: of two answers that come together one sees
// the other, and the whole is announced.
func TestMedia_TwoOfOneSubjectAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		for range 10 {
			a, b := h.files.add(media.JPEG, "pass"), h.files.add(media.JPEG, "pass")
			id := h.begin(moderation.Passed, a, b)
			h.ask()
			cs := h.checks(id)
			var wg sync.WaitGroup
			for _, m := range []string{a, b} {
				wg.Go(func() { h.push(cs[moderation.MediaPart(m)].Trace, "pass") })
			}
			wg.Wait()
			if !slices.Contains(h.public(), id) {
				t.Fatal("both passed and the whole was not announced")
			}
		}
	})
}

// TestAnswered_Refuses what is not for us or cannot be read; nothing changes.
func TestAnswered_Refuses(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.New(t))
	id, trace, part := h.photo("risky")
	for name, raw := range map[string][]byte{
		"OtherApp":     eventOf(trace, "pass", func(e map[string]any) { e["appid"] = "wx1111111111111111" }),
		"NoApp":        eventOf(trace, "pass", func(e map[string]any) { delete(e, "appid") }),
		"OtherEvent":   eventOf(trace, "pass", func(e map[string]any) { e["Event"] = "wxa_media_check_done" }),
		"Version1":     eventOf(trace, "pass", func(e map[string]any) { e["version"] = 1; e["isrisky"] = 0 }),
		"NoTrace":      eventOf("", "pass", nil),
		"LongTrace":    eventOf(strings.Repeat("t", 65), "pass", nil),
		"SpaceInTrace": eventOf(trace+" ", "pass", nil),
		"NotJSON":      []byte("<xml>"),
		"Nothing":      nil,
		"List":         []byte("[]"),
	} {
		if err := h.svc.Answered(t.Context(), raw); !errors.Is(err, moderation.ErrPush) {
			t.Errorf("%s was taken: %v", name, err)
		}
		h.wants(id, part, moderation.Pending)
	}
	h.push("a trace of nobody's"[:1]+"-unknown", "pass") // kept, and of no use to anybody
	h.wants(id, part, moderation.Pending)
	// A pass with a code, or of which one strategy could not be applied, is none.
	if err := h.svc.Answered(t.Context(), eventOf(trace, "pass", func(e map[string]any) {
		e["detail"] = []any{map[string]any{"strategy": "content_model", "errcode": -1}}
	})); err != nil {
		t.Fatal(err)
	}
	if c := h.wants(id, part, moderation.Manual); c.Suggest != moderation.SuggestReview {
		t.Errorf("%+v", c)
	}
}

// TestMedia_CouldNotFetch: the platform gets a fresh address once, then a person
// looks; a pass beside the code is none.
func TestMedia_CouldNotFetch(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.New(t))
	id, trace, part := h.photo("pass")
	failed := func(trace string) {
		t.Helper()
		if err := h.svc.Answered(t.Context(), eventOf(trace, "pass", func(e map[string]any) { e["errcode"] = -1008 })); err != nil {
			t.Fatal(err)
		}
	}
	failed(trace)
	h.wants(id, part, moderation.Pending)
	h.ask()
	again := h.wants(id, part, moderation.Pending).Trace
	if again == trace || again == "" {
		t.Fatalf("not asked again: %q", again)
	}
	h.push(trace, "pass") // a repeat of the first
	h.wants(id, part, moderation.Pending)
	failed(again)
	h.wants(id, part, moderation.Manual)
}

// TestMedia_NotAsked: what cannot be asked about waits for a person at once.
func TestMedia_NotAsked(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	for name, c := range map[string]struct {
		change func(*moderation.Options)
		why    string
	}{
		"NoChecker": {func(o *moderation.Options) { o.Checker = nil }, moderation.WhyNoChecker},
		"NoSite":    {func(o *moderation.Options) { o.Site = "" }, moderation.WhyNoAddress},
		"NoOpenID":  {func(o *moderation.Options) { o.Addresses = openIDs{} }, moderation.WhyNoOpenID},
		"NoFile":    {func(o *moderation.Options) { o.Files = &files{} }, moderation.WhyNoFile},
	} {
		h := newHouse(t, db, c.change)
		id, _, part := h.photo("pass")
		if got := h.wants(id, part, moderation.Manual); got.Suggest != c.why {
			t.Errorf("%s: %q", name, got.Suggest)
		}
		h.agree()
	}
	h := newHouse(t, db)
	h.fake.Idle("o-villager")
	id, _, part := h.photo("pass")
	if got := h.wants(id, part, moderation.Manual); got.Suggest != moderation.WhyRefused {
		t.Errorf("61010: %q", got.Suggest)
	}
	pdf := h.files.add(media.PDF, "pass")
	id = h.begin(moderation.Passed, pdf)
	h.ask()
	h.wants(id, moderation.MediaPart(pdf), moderation.Manual)
}

// TestMedia_TraceOfAnother: a platform that gives one trace id for two files
// passes neither by the other's answer.
func TestMedia_TraceOfAnother(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		h.fake.Traces(func(int) string { return "always-the-same" })
		a, b := h.files.add(media.JPEG, "pass"), h.files.add(media.JPEG, "risky")
		first := h.begin(moderation.Passed, a)
		h.ask()
		then := h.begin(moderation.Passed, b)
		h.ask()
		h.push("always-the-same", "pass")
		h.wants(first, moderation.MediaPart(a), moderation.Passed)
		h.wants(then, moderation.MediaPart(b), moderation.Manual)
	})
}

// TestWatchdog: what is never answered waits for a person after 35 minutes, and
// what comes later passes nothing.
func TestWatchdog(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		id, trace, part := h.photo("pass")
		watch := func() int {
			t.Helper()
			n, err := h.svc.Watch(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		db.Clock.Advance(35*time.Minute - time.Millisecond)
		if watch() != 0 {
			t.Error("it barked early")
		}
		h.wants(id, part, moderation.Pending)
		db.Clock.Advance(time.Millisecond)
		if watch() != 1 || watch() != 0 {
			t.Error("not handed over once")
		}
		if c := h.wants(id, part, moderation.Manual); c.Suggest != moderation.WhyWatchdog || c.WaitsAt.IsZero() {
			t.Errorf("%+v", c)
		}
		h.push(trace, "pass")
		if c := h.wants(id, part, moderation.Manual); c.Suggest != "pass" {
			t.Errorf("the moderator is not told: %q", c.Suggest)
		}
		h.agree()
	})
}

// TestRecovery: the platform is away for 20 minutes while 30 files come in. All
// are asked once it is back, and each comes to its end.
func TestRecovery(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		h.fake.Down(true)
		type sent struct {
			id   string
			part moderation.Part
		}
		var all []sent
		for i := range 30 {
			m := h.files.add(media.JPEG, []string{"pass", "risky", "review"}[i%3])
			all = append(all, sent{h.begin(moderation.Passed, m), moderation.MediaPart(m)})
			if i%15 == 0 {
				h.ask()
			}
		}
		for range 20 {
			h.ask()
			db.Clock.Advance(time.Minute)
		}
		if len(h.fake.AskedMedia()) != 0 || len(h.public()) != 0 {
			t.Fatal("something happened while it was away")
		}
		h.fake.Down(false)
		db.Clock.Advance(5 * time.Minute) // the longest pause between askings
		h.ask()
		for _, a := range h.fake.AskedMedia() {
			_, name, _ := strings.Cut(a.URL, "/media/check/")
			digest := name[strings.LastIndexByte(name, '-')+1:]
			suggest, _, _ := strings.Cut(digest, "0")
			h.push(a.Trace, suggest)
		}
		passed := 0
		for _, s := range all {
			switch c := h.checks(s.id)[s.part]; c.State {
			case moderation.Passed:
				passed++
			case moderation.Manual:
			default:
				t.Errorf("lost: %+v", c)
			}
		}
		if passed != 10 || h.unreviewed() != 0 {
			t.Errorf("%d passed, %d unreviewed", passed, h.unreviewed())
		}
		h.agree()
	})
}

// uploads sends 100 files through all sorts of mishaps and gives how many are
// shown that nobody looked at; each must come to its end. It is the promise as
// one number, so that a broken service can be put in.
func uploads(h *house, seed uint64) (unreviewed, lost int) {
	h.t.Helper()
	r := rand.New(rand.NewPCG(seed, 7)) //nolint:gosec // a test's dice
	kinds := []string{"pass", "pass", "review", "risky"}
	for i := range 100 {
		var ids []string
		for range 1 + r.IntN(3) {
			ids = append(ids, h.files.add(media.JPEG, kinds[r.IntN(len(kinds))]))
		}
		h.begin(moderation.Passed, ids...)
		switch i % 10 {
		case 3:
			h.fake.Lose(mediaPath, 1) // asked, and the trace id is lost
		case 4:
			h.fake.FailStatus(mediaPath, 1, 502)
		case 5:
			h.fake.Fail(mediaPath, 1, -1, "busy")
		case 6:
			h.fake.ExpireTokens()
		}
		if r.IntN(4) == 0 {
			h.ask()
			h.somePushes(r)
		}
		h.db.Clock.Advance(time.Duration(r.IntN(90)) * time.Second)
	}
	for range 12 {
		h.db.Clock.Advance(10 * time.Minute)
		h.ask()
		h.somePushes(r)
		if _, err := h.svc.Watch(h.ctx); err != nil {
			h.t.Fatalf("%v", err)
		}
	}
	for id := range h.announce {
		for _, c := range h.checks(id) {
			if c.State == moderation.Pending {
				lost++
			}
		}
	}
	return h.unreviewed(), lost
}

// somePushes answers some of what was asked, in any order: rightly, twice,
// never, with the answer of another file, for another mini-program.
func (h *house) somePushes(r *rand.Rand) {
	h.t.Helper()
	asked := h.fake.AskedMedia()
	for range 1 + r.IntN(30) {
		if len(asked) == 0 {
			return
		}
		a := asked[r.IntN(len(asked))]
		digest := a.URL[strings.LastIndexByte(a.URL, '-')+1:]
		suggest, _, _ := strings.Cut(digest, "0")
		raw := eventOf(a.Trace, suggest, nil)
		switch r.IntN(8) {
		case 0: // lost
			continue
		case 1:
			raw = eventOf(a.Trace, "pass", func(e map[string]any) { e["appid"] = "wx1111111111111111" })
		case 2:
			raw = eventOf(fmt.Sprintf("made-up-%d", r.IntN(1000)), "pass", nil)
		case 3:
			raw = eventOf(a.Trace, "pass", func(e map[string]any) { e["errcode"] = -1008 })
		case 4:
			if err := h.svc.Answered(h.ctx, raw); err != nil {
				h.t.Fatalf("%v", err)
			}
		}
		if err := h.svc.Answered(h.ctx, raw); err != nil && !errors.Is(err, moderation.ErrPush) {
			h.t.Fatalf("%v", err)
		}
	}
}

func TestUploads_NothingUnreviewed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		seed := rand.Uint64() //nolint:gosec // a test's dice
		unreviewed, lost := uploads(h, seed)
		if unreviewed != 0 || lost != 0 {
			t.Errorf("seed %d: %d unreviewed shown, %d lost", seed, unreviewed, lost)
		}
		h.agree()
	})
}

// crossed is an archive that takes the answer of one trace id for the check of
// another: the one that was asked last.
type crossed struct {
	moderation.Store
	trace    string // asked last
	check    string
	answered string
}

func (c *crossed) InTx(ctx context.Context, a audit.Act, fn func(moderation.Tx) error) error {
	return c.Store.InTx(ctx, a, func(tx moderation.Tx) error { return fn(crossedTx{Tx: tx, home: c}) })
}

type crossedTx struct {
	moderation.Tx
	home *crossed
}

func (t crossedTx) TraceGiven(ctx context.Context, trace, checkID string) (v moderation.Verdict, answered, ours bool, err error) {
	t.home.trace, t.home.check = trace, checkID
	return t.Tx.TraceGiven(ctx, trace, checkID)
}

// AnswerGiven pretends that the answer is about the last trace id.
func (t crossedTx) AnswerGiven(ctx context.Context, v moderation.Verdict) (string, bool, error) {
	t.home.answered = v.Trace
	if t.home.trace != "" {
		v.Trace = t.home.trace
	}
	return t.Tx.AnswerGiven(ctx, v)
}

// ChecksForUpdate makes the check hold whatever trace id was answered.
func (t crossedTx) ChecksForUpdate(ctx context.Context, kind, id string) ([]moderation.Check, error) {
	cs, err := t.Tx.ChecksForUpdate(ctx, kind, id)
	for i := range cs {
		if cs[i].ID == t.home.check && cs[i].Trace != "" {
			cs[i].Trace = t.home.answered
		}
	}
	return cs, err
}

// credulous is an archive that remembers every answer as a pass.
type credulous struct{ moderation.Store }

func (c *credulous) InTx(ctx context.Context, a audit.Act, fn func(moderation.Tx) error) error {
	return c.Store.InTx(ctx, a, func(tx moderation.Tx) error { return fn(credulousTx{tx}) })
}

type credulousTx struct{ moderation.Tx }

func (t credulousTx) TraceGiven(ctx context.Context, trace, checkID string) (v moderation.Verdict, answered, ours bool, err error) {
	_, _, ours, err = t.Tx.TraceGiven(ctx, trace, checkID)
	return moderation.Verdict{Trace: trace, Suggest: moderation.SuggestPass}, true, ours, err
}

// TestUploads_CatchesBroken: the promise fails where the answer of another trace
// id counts, where an error is taken for a pass, and where a watchdog passes.
func TestUploads_CatchesBroken(t *testing.T) {
	t.Parallel()
	t.Run("AnswerOfAnotherTrace", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t, dbtest.New(t))
		good := h.store
		h.store = &crossed{Store: good}
		h.build()
		if n, _ := uploads(h, 1); n == 0 {
			t.Error("not noticed")
		}
	})
	t.Run("EveryAnswerIsPass", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t, dbtest.New(t))
		h.store = &credulous{Store: h.store}
		h.build()
		if n, _ := uploads(h, 1); n == 0 {
			t.Error("not noticed")
		}
	})
}
