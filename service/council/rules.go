package council

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// RulesFile is where the rules lie in the rule book.
const RulesFile = "councils.yaml"

// KindRule is a kind of body. Where VotersRole is set its members are those who
// hold that role of rules/powers.yaml.
type KindRule struct {
	Code       string `yaml:"code"`
	Name       string `yaml:"name"`
	About      string `yaml:"about"`
	VotersRole string `yaml:"voters_role"`
	Source     string `yaml:"source"`
}

// OfficeRule is an office of members; Most is how many hold it at a time, 0 for
// any number.
type OfficeRule struct {
	Code   string `yaml:"code"`
	Name   string `yaml:"name"`
	Most   int    `yaml:"most"`
	Source string `yaml:"source"`
}

// NameRule is a word of a list: a kind of activity, a source of money.
type NameRule struct {
	Code   string `yaml:"code"`
	Name   string `yaml:"name"`
	Source string `yaml:"source"`
}

// Limits bound what is registered.
type Limits struct {
	Source          string `yaml:"source"`
	TermYears       int    `yaml:"term_years"`
	CharterLeast    int    `yaml:"charter_least"` // characters
	CharterMost     int    `yaml:"charter_most"`
	MembersMost     int    `yaml:"members_most"`
	HeadsMost       int    `yaml:"heads_most"`
	CostMostFen     int64  `yaml:"cost_most_fen"`
	BackDays        int    `yaml:"back_days"`
	AheadDays       int    `yaml:"ahead_days"`
	PhotosMost      int    `yaml:"photos_most"`
	CorrectionsMost int    `yaml:"corrections_most"`
}

// Rules is councils.yaml. It never changes once loaded.
type Rules struct {
	Version    int          `yaml:"version"`
	Effective  string       `yaml:"effective"`
	Kinds      []KindRule   `yaml:"kinds"`
	Offices    []OfficeRule `yaml:"offices"`
	Activities []NameRule   `yaml:"activities"`
	Money      []NameRule   `yaml:"money"`
	Limits     Limits       `yaml:"limits"`
}

// Kind gives a kind of body.
func (r *Rules) Kind(code string) (KindRule, bool) {
	i := slices.IndexFunc(r.Kinds, func(k KindRule) bool { return k.Code == code })
	if i < 0 {
		return KindRule{}, false
	}
	return r.Kinds[i], true
}

// Office gives an office of members.
func (r *Rules) Office(code string) (OfficeRule, bool) {
	i := slices.IndexFunc(r.Offices, func(o OfficeRule) bool { return o.Code == code })
	if i < 0 {
		return OfficeRule{}, false
	}
	return r.Offices[i], true
}

// ActivityName and MoneyName give the word for a code, "" for none.
func (r *Rules) ActivityName(code string) string { return nameOf(r.Activities, code) }

// MoneyName gives the word for where money comes from, "" for none.
func (r *Rules) MoneyName(code string) string { return nameOf(r.Money, code) }

func nameOf(names []NameRule, code string) string {
	for _, n := range names {
		if n.Code == code {
			return n.Name
		}
	}
	return ""
}

// LoadRules reads and checks the rules of a rule book. All problems are reported
// at once.
func LoadRules(book fs.FS) (*Rules, error) {
	f, err := book.Open(RulesFile)
	if err != nil {
		return nil, fmt.Errorf("council: %w", err)
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

var (
	ruleCode = regexp.MustCompile(`^[a-z][a-z_]{1,23}$`)
	sourced  = regexp.MustCompile(`^[LRSPXI] \S`)
)

// entry is one line of any list of the rules.
type entry struct{ code, name, source string }

func (r *Rules) problems() []error {
	var out []error
	say := func(format string, args ...any) { out = append(out, fmt.Errorf(RulesFile+": "+format, args...)) }
	if r.Version < 1 {
		say("version 应是从 1 开始的整数")
	}
	if _, err := time.Parse(time.DateOnly, r.Effective); err != nil {
		say("effective 应是日期，如 2026-01-01")
	}
	for list, entries := range r.lists() {
		if len(entries) == 0 {
			say("%s 是空的", list)
		}
		seen := map[string]bool{}
		for _, e := range entries {
			if !ruleCode.MatchString(e.code) || seen[e.code] {
				say("%s 的 code %q 应是没有用过的小写字母", list, e.code)
			}
			seen[e.code] = true
			if e.name == "" {
				say("%s 的 %s 没有 name", list, e.code)
			}
			if !sourced.MatchString(e.source) {
				say("%s 的 %s 的 source 应以 L、R、S、P、X 或 I 开头，如“I 本系统默认”", list, e.code)
			}
		}
	}
	if _, ok := r.Office(Convenor); !ok {
		say("offices 里没有召集人 %s", Convenor)
	}
	return append(out, r.Limits.problems()...)
}

func (r *Rules) lists() map[string][]entry {
	out := map[string][]entry{}
	for _, k := range r.Kinds {
		out["kinds"] = append(out["kinds"], entry{k.Code, k.Name, k.Source})
	}
	for _, o := range r.Offices {
		out["offices"] = append(out["offices"], entry{o.Code, o.Name, o.Source})
	}
	for _, n := range r.Activities {
		out["activities"] = append(out["activities"], entry{n.Code, n.Name, n.Source})
	}
	for _, n := range r.Money {
		out["money"] = append(out["money"], entry{n.Code, n.Name, n.Source})
	}
	for _, list := range []string{"kinds", "offices", "activities", "money"} {
		if _, ok := out[list]; !ok {
			out[list] = nil
		}
	}
	return out
}

func (l Limits) problems() []error {
	var out []error
	if !sourced.MatchString(l.Source) {
		out = append(out, errors.New(RulesFile+": limits 的 source 应以 L、R、S、P、X 或 I 开头"))
	}
	var wrong []string
	for name, n := range map[string]int64{
		"term_years": int64(l.TermYears), "charter_least": int64(l.CharterLeast), "members_most": int64(l.MembersMost),
		"heads_most": int64(l.HeadsMost), "cost_most_fen": l.CostMostFen, "back_days": int64(l.BackDays), "ahead_days": int64(l.AheadDays),
		"photos_most": int64(l.PhotosMost), "corrections_most": int64(l.CorrectionsMost),
	} {
		if n < 1 {
			wrong = append(wrong, name)
		}
	}
	if l.CharterMost < l.CharterLeast {
		wrong = append(wrong, "charter_most")
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		out = append(out, errors.New(RulesFile+": limits 的 "+strings.Join(wrong, "、")+" 应是 1 以上的整数"))
	}
	return out
}
