package moderation_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"cunwu/config/rules"
	"cunwu/service/moderation"
)

func TestLoadRules(t *testing.T) {
	t.Parallel()
	r, err := moderation.LoadRules(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	if r.TextWait() > 3*time.Second || r.Watchdog() != 35*time.Minute || r.Remind() != 24*time.Hour || r.Violation("privacy") == "" || r.Violation("x") != "" {
		t.Errorf("%+v", r)
	}
	bad := "review: {text_wait_ms: 9000, watchdog_minutes: 30, remind_hours: 0}\nviolations: [{code: A, name: x}, {code: ok, name: ''}]\n"
	_, err = moderation.LoadRules(fstest.MapFS{moderation.RulesFile: {Data: []byte(bad)}})
	for _, want := range []string{"text_wait_ms", "watchdog_minutes", "remind_hours", "violations[A]", "violations[ok]", "review: 出处", "violations_source"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not told: %v", want, err)
		}
	}
	if _, err := moderation.LoadRules(fstest.MapFS{}); err == nil {
		t.Error("no file is no fault")
	}
}

func TestOverall(t *testing.T) {
	t.Parallel()
	p, w, m, r := moderation.Passed, moderation.Pending, moderation.Manual, moderation.Rejected
	for _, c := range []struct {
		parts []moderation.State
		want  moderation.State
	}{
		{nil, p},
		{[]moderation.State{p, p}, p},
		{[]moderation.State{p, w}, w},
		{[]moderation.State{m, w}, m},
		{[]moderation.State{m, r, p}, r},
		{[]moderation.State{"unheard of"}, m},
	} {
		if got := moderation.Overall(c.parts); got != c.want {
			t.Errorf("%v: %s, want %s", c.parts, got, c.want)
		}
	}
}
