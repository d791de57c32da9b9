package moderation

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"time"

	"go.yaml.in/yaml/v3"
)

// RulesFile is where the rules lie in the rule book. The rest of the file is
// that of package concern.
const RulesFile = "concerns.yaml"

// Violation is why something may be kept from the public.
type Violation struct {
	Code string `yaml:"code"`
	Name string `yaml:"name"`
}

// Times are those of the checks.
type Times struct {
	TextWaitMs      int    `yaml:"text_wait_ms"`
	WatchdogMinutes int    `yaml:"watchdog_minutes"`
	RemindHours     int    `yaml:"remind_hours"`
	Source          string `yaml:"source"`
}

// Rules are the parts `review` and `violations` of concerns.yaml.
type Rules struct {
	Review           Times       `yaml:"review"`
	Violations       []Violation `yaml:"violations"`
	ViolationsSource string      `yaml:"violations_source"`
}

// TextWait is the most that the check of texts may take of a request.
func (r *Rules) TextWait() time.Duration {
	return time.Duration(r.Review.TextWaitMs) * time.Millisecond
}

// Watchdog is how long a pushed answer is waited for.
func (r *Rules) Watchdog() time.Duration {
	return time.Duration(r.Review.WatchdogMinutes) * time.Minute
}

// Remind is how long something may wait for a person.
func (r *Rules) Remind() time.Duration { return time.Duration(r.Review.RemindHours) * time.Hour }

// Violation gives the word for a kind of violation, "" for none.
func (r *Rules) Violation(code string) string {
	for _, v := range r.Violations {
		if v.Code == code {
			return v.Name
		}
	}
	return ""
}

var (
	ruleCode = regexp.MustCompile(`^[a-z][a-z_]{1,15}$`)
	sourced  = regexp.MustCompile(`^[LRSPXI] \S`)
)

// pushedWithin is when the platform says its answers are pushed at the latest:
// a watchdog that barks earlier would take work from it.
const pushedWithin = 30

// LoadRules reads and checks what concerns this package. All problems are
// reported at once.
func LoadRules(book fs.FS) (*Rules, error) {
	raw, err := fs.ReadFile(book, RulesFile)
	if err != nil {
		return nil, fmt.Errorf("moderation: %w", err)
	}
	var r Rules
	if err := yaml.Unmarshal(raw, &r); err != nil { // other keys are package concern's
		return nil, fmt.Errorf("%s: %w", RulesFile, err)
	}
	return &r, errors.Join(r.problems()...)
}

func (r *Rules) problems() []error {
	var out []error
	say := func(format string, args ...any) {
		out = append(out, fmt.Errorf(RulesFile+": "+format, args...))
	}
	within := func(name string, n, least, most int) {
		if n < least || n > most {
			say("%s: 应在 %d 到 %d 之间", name, least, most)
		}
	}
	within("review.text_wait_ms", r.Review.TextWaitMs, 100, 3000)
	within("review.watchdog_minutes", r.Review.WatchdogMinutes, pushedWithin+1, 24*60)
	within("review.remind_hours", r.Review.RemindHours, 1, 24*30)
	seen := map[string]bool{}
	for _, v := range r.Violations {
		if !ruleCode.MatchString(v.Code) || v.Name == "" || seen[v.Code] {
			say("violations[%s]: 代码和名称不能少，也不能重复", v.Code)
		}
		seen[v.Code] = true
	}
	if len(seen) == 0 {
		say("violations: 至少要有一种")
	}
	for name, source := range map[string]string{"review": r.Review.Source, "violations_source": r.ViolationsSource} {
		if !sourced.MatchString(source) {
			say("%s: 出处不能少，要以证据等级开头（L、R、S、P、X、I）", name)
		}
	}
	return out
}
