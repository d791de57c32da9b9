package concern

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"time"

	"go.yaml.in/yaml/v3"

	"cunwu/service/calendar"
)

// RulesFile is where the rules lie in the rule book. The deadlines are in
// procedures/concern.v1.yaml.
const RulesFile = "concerns.yaml"

// mostCategories keeps the choice one that people read to its end.
const mostCategories = 20

// otherCategory must always be there.
const otherCategory = "other"

// Category is a kind of concern, in villagers' words. Similar says how far
// around the same is looked for: group or village.
type Category struct {
	Code    string `yaml:"code"`
	Name    string `yaml:"name"`
	Similar string `yaml:"similar"`
}

// Bound is a number of the rules with its source.
type Bound struct {
	Min     int           `yaml:"min"`
	Max     int           `yaml:"max"`
	Most    int           `yaml:"most"`
	Seconds int           `yaml:"seconds"`
	Percent int           `yaml:"percent"`
	Count   int           `yaml:"count"`
	Days    int           `yaml:"days"`
	Unit    calendar.Unit `yaml:"unit"`
	Source  string        `yaml:"source"`
}

// MonthDays are days of every month.
type MonthDays struct {
	Days   []int  `yaml:"days"`
	Source string `yaml:"source"`
}

// ReviewRules are the times of the checks.
type ReviewRules struct {
	TextWaitMs      int    `yaml:"text_wait_ms"`
	WatchdogMinutes int    `yaml:"watchdog_minutes"`
	RemindHours     int    `yaml:"remind_hours"`
	Source          string `yaml:"source"`
}

// Violation is why something may be hidden.
type Violation struct {
	Code string `yaml:"code"`
	Name string `yaml:"name"`
}

// Rules is concerns.yaml. It never changes once loaded.
type Rules struct {
	Version          int         `yaml:"version"`
	Effective        string      `yaml:"effective"`
	Categories       []Category  `yaml:"categories"`
	CategoriesSource string      `yaml:"categories_source"`
	Text             Bound       `yaml:"text"`
	Photos           Bound       `yaml:"photos"`
	Voice            Bound       `yaml:"voice"`
	PerDay           Bound       `yaml:"per_day"`
	AskAgain         Bound       `yaml:"ask_again"`
	Callback         Bound       `yaml:"callback"`
	TalkDays         MonthDays   `yaml:"talk_days"`
	Small            Bound       `yaml:"small"`
	Review           ReviewRules `yaml:"review"`
	Violations       []Violation `yaml:"violations"`
	ViolationsSource string      `yaml:"violations_source"`
}

// Category gives a category by code.
func (r *Rules) Category(code string) (Category, bool) {
	for _, c := range r.Categories {
		if c.Code == code {
			return c, true
		}
	}
	return Category{}, false
}

// ViolationName gives the word for a kind of violation, "" for none.
func (r *Rules) ViolationName(code string) string {
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

// LoadRules reads and checks concerns.yaml of a rule book. All problems are
// reported at once.
func LoadRules(book fs.FS) (*Rules, error) {
	f, err := book.Open(RulesFile)
	if err != nil {
		return nil, fmt.Errorf("concern: %w", err)
	}
	defer func() { _ = f.Close() }() // read only
	dec := yaml.NewDecoder(f)
	dec.KnownFields(true)
	var r Rules
	if err := dec.Decode(&r); err != nil {
		return nil, fmt.Errorf("%s: %w", RulesFile, err)
	}
	return &r, errors.Join(r.problems()...)
}

func (r *Rules) problems() []error {
	var out []error
	say := func(format string, args ...any) {
		out = append(out, fmt.Errorf(RulesFile+": "+format, args...))
	}
	if _, err := time.Parse(time.DateOnly, r.Effective); err != nil || r.Version < 1 {
		say("version 应不小于 1，effective 应是日期")
	}
	r.categoryProblems(say)
	r.numberProblems(say)
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
	return out
}

func (r *Rules) categoryProblems(say func(string, ...any)) {
	seen := map[string]bool{}
	for _, c := range r.Categories {
		if !ruleCode.MatchString(c.Code) || c.Name == "" || seen[c.Code] {
			say("categories[%s]: 代码和名称不能少，也不能重复", c.Code)
		}
		if c.Similar != "group" && c.Similar != "village" {
			say("categories[%s]: similar 应是 group 或 village", c.Code)
		}
		seen[c.Code] = true
	}
	if len(r.Categories) > mostCategories {
		say("categories: 最多 %d 类，现在有 %d 类", mostCategories, len(r.Categories))
	}
	if !seen[otherCategory] {
		say("categories: 必须有 %s（其他）", otherCategory)
	}
}

func (r *Rules) numberProblems(say func(string, ...any)) {
	within := func(name string, n, least, most int) {
		if n < least || n > most {
			say("%s: 应在 %d 到 %d 之间", name, least, most)
		}
	}
	within("text.min", r.Text.Min, 1, 100)
	within("text.max", r.Text.Max, max(r.Text.Min, 1), 5000)
	within("photos.most", r.Photos.Most, 0, 9) // what can be chosen at once
	within("voice.seconds", r.Voice.Seconds, 1, 60)
	within("per_day.most", r.PerDay.Most, 1, 1000)
	within("ask_again.days", r.AskAgain.Days, 1, 365)
	if !r.AskAgain.Unit.Valid() {
		say("ask_again.unit: 应是 %s", calendar.UnitNames())
	}
	within("callback.percent", r.Callback.Percent, 0, 100)
	within("small.count", r.Small.Count, 2, 100)
	within("review.text_wait_ms", r.Review.TextWaitMs, 100, 3000)
	within("review.watchdog_minutes", r.Review.WatchdogMinutes, 31, 24*60) // the platform answers within 30
	within("review.remind_hours", r.Review.RemindHours, 1, 24*30)
	for _, d := range r.TalkDays.Days {
		within("talk_days.days", d, 1, 28)
	}
	for name, source := range map[string]string{
		"categories_source": r.CategoriesSource, "text": r.Text.Source, "photos": r.Photos.Source, "voice": r.Voice.Source,
		"per_day": r.PerDay.Source, "ask_again": r.AskAgain.Source, "callback": r.Callback.Source, "talk_days": r.TalkDays.Source,
		"small": r.Small.Source, "review": r.Review.Source, "violations_source": r.ViolationsSource,
	} {
		if !sourced.MatchString(source) {
			say("%s: 出处不能少，要以证据等级开头（L、R、S、P、X、I）", name)
		}
	}
}
