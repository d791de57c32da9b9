package moderation_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"cunwu/repository/dbtest"
	"cunwu/repository/wechat"
	"cunwu/service/account"
	"cunwu/service/moderation"
)

const (
	textPath  = "/wxa/msg_sec_check"
	mediaPath = "/wxa/media_check_async"
)

// textCase is a mood of the platform and what may come of it.
type textCase struct {
	name  string
	mood  func(f *wechat.Fake)
	by    account.Caller
	texts []string
	want  moderation.State
	why   string
}

func textCases() []textCase {
	fails := func(code int64) func(*wechat.Fake) {
		return func(f *wechat.Fake) { f.Fail(textPath, 50, code, "no") }
	}
	status := func(status int) func(*wechat.Fake) {
		return func(f *wechat.Fake) { f.FailStatus(textPath, 50, status) }
	}
	calm := func(*wechat.Fake) {}
	judged := func(suggest string) func(*wechat.Fake) {
		return func(f *wechat.Fake) { f.Judge(func(string) (string, int64) { return suggest, 20001 }) }
	}
	fine := []string{"三组的路灯不亮了。"}
	return []textCase{
		{"Pass", calm, villager, fine, moderation.Passed, "pass"},
		{"SeveralPass", calm, villager, []string{"路灯", "语音转的字", "", "堰塘边"}, moderation.Passed, "pass"},
		{"NothingToRead", calm, villager, []string{" ", "\n"}, moderation.Passed, "pass"},
		{"Review", judged("review"), villager, fine, moderation.Manual, "review:20001"},
		{"Errcode0AndRisky", judged("risky"), villager, fine, moderation.Manual, "risky:20001"},
		{"OneOfThreeRisky", calm, villager, []string{"路灯", "risky", "堰塘边"}, moderation.Manual, "risky:20012"},
		{"RiskyAtTheEndOfALongText", calm, villager, []string{strings.Repeat("路", 6000) + "risky"}, moderation.Manual, "risky:20012"},
		{"RiskyOnTheSeam", calm, villager, []string{strings.Repeat("路", 2497) + "risky" + strings.Repeat("灯", 2000)}, moderation.Manual, "risky:20012"},
		{"SaysNothing", judged(""), villager, fine, moderation.Manual, "refused"},
		{"SaysPASS", judged("PASS"), villager, fine, moderation.Manual, "refused"},
		{"Down", func(f *wechat.Fake) { f.Down(true) }, villager, fine, moderation.Manual, "refused"},
		{"AnswerLost", func(f *wechat.Fake) { f.Lose(textPath, 50) }, villager, fine, moderation.Manual, "refused"},
		{"TenSeconds", func(f *wechat.Fake) { f.Delay(textPath, 10*time.Second) }, villager, fine, moderation.Manual, "timeout"},
		{"Idle61010", func(f *wechat.Fake) { f.Idle("o-villager") }, villager, fine, moderation.Manual, "refused"},
		{"Quota45009", fails(45009), villager, fine, moderation.Manual, "refused"},
		{"Busy", fails(-1), villager, fine, moderation.Manual, ""},
		{"TokenRefusedForever", fails(40001), villager, fine, moderation.Manual, "refused"},
		{"RiskyOfVersion1", fails(87014), villager, fine, moderation.Manual, "refused"},
		{"Status500", status(500), villager, fine, moderation.Manual, "refused"},
		{"Status502", status(502), villager, fine, moderation.Manual, "refused"},
		{"NoOpenID", calm, account.Caller{AccountID: "typed by an office"}, fine, moderation.Manual, "no_openid"},
		{"Stranger", calm, account.Caller{}, fine, moderation.Manual, "no_openid"},
		{"AccountsAway", calm, account.Caller{AccountID: "broken"}, fine, moderation.Manual, "no_openid"},
	}
}

// passedWithout counts the cases of a platform without a verdict of pass whose
// texts pass all the same, with a change to the service.
func passedWithout(t *testing.T, change func(*moderation.Options)) (wrong int) {
	t.Helper()
	db := dbtest.New(t)
	for _, c := range textCases() {
		h := newHouse(t, db, func(o *moderation.Options) {
			r := *o.Rules
			r.Review.TextWaitMs = 300
			o.Rules = &r
		})
		change(&h.opt)
		h.build()
		c.mood(h.fake)
		state, why := h.svc.Text(t.Context(), c.by, c.texts...)
		if state != moderation.Manual && c.want == moderation.Manual {
			wrong++
		}
		if state != c.want || c.why != "" && why != c.why { // "": its retries may take the whole time
			t.Logf("%s: %s %q, want %s %q", c.name, state, why, c.want, c.why)
			wrong++
		}
	}
	return wrong
}

func TestText(t *testing.T) {
	t.Parallel()
	if n := passedWithout(t, func(*moderation.Options) {}); n != 0 {
		t.Errorf("%d cases came out wrong", n)
	}
}

// naive is a checker as one would write it in a hurry: errcode 0 is a pass.
type naive struct{ moderation.Checker }

func (n naive) CheckText(ctx context.Context, openID, text string) (moderation.Verdict, error) {
	v, err := n.Checker.CheckText(ctx, openID, text)
	if err == nil {
		v.Suggest = moderation.SuggestPass
	}
	return v, err
}

// trusting takes silence for consent.
type trusting struct{ moderation.Checker }

func (n trusting) CheckText(ctx context.Context, openID, text string) (moderation.Verdict, error) {
	v, err := n.Checker.CheckText(ctx, openID, text)
	if err != nil {
		return moderation.Verdict{Suggest: moderation.SuggestPass}, nil
	}
	return v, nil
}

// TestText_CatchesBroken: the table fails where errcode 0 is taken for a pass,
// and where a failure is.
func TestText_CatchesBroken(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]func(moderation.Checker) moderation.Checker{
		"Errcode0IsPass": func(c moderation.Checker) moderation.Checker { return naive{c} },
		"FailureIsPass":  func(c moderation.Checker) moderation.Checker { return trusting{c} },
	} {
		if n := passedWithout(t, func(o *moderation.Options) { o.Checker = broken(o.Checker) }); n == 0 {
			t.Errorf("%s was not noticed", name)
		}
	}
}

// deaf does not heed its context.
type deaf struct{ moderation.Checker }

func (deaf) CheckText(context.Context, string, string) (moderation.Verdict, error) {
	time.Sleep(3 * time.Second)
	return moderation.Verdict{Suggest: moderation.SuggestPass}, nil
}

// TestText_Bounded: the time of the rules is kept whatever the platform does.
func TestText_Bounded(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.New(t), func(o *moderation.Options) {
		r := *o.Rules
		r.Review.TextWaitMs = 100
		o.Rules, o.Checker = &r, deaf{}
	})
	began := time.Now()
	state, why := h.svc.Text(t.Context(), villager, "路灯", "堰塘")
	if took := time.Since(began); state != moderation.Manual || why != moderation.WhyTimeout || took > time.Second {
		t.Errorf("%s %s after %v", state, why, took)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if state, _ := h.svc.Text(gone, villager, "路灯"); state != moderation.Manual {
		t.Errorf("the request is over, yet %s", state)
	}
	h.opt.Checker = nil
	h.build()
	if state, why := h.svc.Text(t.Context(), villager, "路灯"); state != moderation.Manual || why != moderation.WhyNoChecker {
		t.Error(state, why)
	}
	if errors.Is(moderation.ErrUnaskable, moderation.ErrPush) {
		t.Error("two errors are one")
	}
}

// TestText_TokenRenewedOnce: a token that WeChat gave up costs no person's time.
func TestText_TokenRenewedOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.New(t))
	for range 2 {
		if state, why := h.svc.Text(t.Context(), villager, "路灯"); state != moderation.Passed {
			t.Error(state, why)
		}
		h.fake.ExpireTokens()
	}
}
