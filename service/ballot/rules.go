package ballot

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"go.yaml.in/yaml/v3"

	"cunwu/service/region"
)

// Secrecy says whether a ballot under a rule may, must or must not be sealed.
type Secrecy string

// Secrecies.
const (
	MaySeal   Secrecy = "may"
	MustSeal  Secrecy = "must"
	NeverSeal Secrecy = "never"
)

// Rule is a quorum and a majority with their source. A rule without Pass asks
// for opinions only.
type Rule struct {
	Code       string     `yaml:"code"`
	Name       string     `yaml:"name"`
	Electorate Electorate `yaml:"electorate"`
	Place      string     `yaml:"place"` // village or group where the rule is for one of them only
	Quorum     Share      `yaml:"quorum"`
	Pass       Share      `yaml:"pass"`
	Sealed     Secrecy    `yaml:"sealed"`
	Source     string     `yaml:"source"`
}

// Places of rules.
const (
	placeVillage = "village"
	placeGroup   = "group"
)

// fits reports whether the rule is for places like this one: a group that took
// the rule of the village would need fewer people than its own asks for.
func (r Rule) fits(at region.Code) bool {
	return r.Place == "" || (r.Place == placeGroup) == (at.Level() == region.Group)
}

// Thresholds is config/rules/thresholds.yaml.
type Thresholds struct {
	Version     int    `yaml:"version"`
	Effective   string `yaml:"effective"`
	SealedLeast struct {
		Ballots int    `yaml:"ballots"`
		Source  string `yaml:"source"`
	} `yaml:"sealed_least"`
	Rules []Rule `yaml:"rules"`
}

// Rule gives a rule by code.
func (t *Thresholds) Rule(code string) (Rule, bool) {
	i := slices.IndexFunc(t.Rules, func(r Rule) bool { return r.Code == code })
	if i < 0 {
		return Rule{}, false
	}
	return t.Rules[i], true
}

// LoadThresholds reads thresholds.yaml of the rule book. It is strict and
// reports all problems at once.
func LoadThresholds(dir fs.FS) (*Thresholds, error) {
	f, err := dir.Open("thresholds.yaml")
	if err != nil {
		return nil, fmt.Errorf("ballot: %w", err)
	}
	defer func() { _ = f.Close() }() // read only
	d := yaml.NewDecoder(f)
	d.KnownFields(true)
	var t Thresholds
	if err := d.Decode(&t); err != nil {
		return nil, fmt.Errorf("thresholds.yaml: %w", err)
	}
	return &t, t.problems()
}

var electorates = []Electorate{Residents, Households, Representatives, PartyMembers, Collective, Body, Interested}

func (t *Thresholds) problems() error {
	var out []error
	say := func(format string, args ...any) {
		out = append(out, fmt.Errorf("thresholds.yaml: "+format, args...))
	}
	if t.Version < 1 || t.Effective == "" {
		say("version 和 effective 不能少")
	}
	if t.SealedLeast.Ballots < 2 || t.SealedLeast.Source == "" {
		say("sealed_least 要有 ballots（至少 2）和 source")
	}
	if len(t.Rules) == 0 {
		say("没有规则")
	}
	for i, r := range t.Rules {
		if r.Code == "" || r.Name == "" || r.Source == "" {
			say("第 %d 条规则缺 code、name 或 source", i+1)
		}
		if slices.ContainsFunc(t.Rules[:i], func(o Rule) bool { return o.Code == r.Code }) {
			say("%s 重复", r.Code)
		}
		if !slices.Contains(electorates, r.Electorate) {
			say("%s: electorate %q 不对", r.Code, r.Electorate)
		}
		if r.Place != "" && r.Place != placeVillage && r.Place != placeGroup {
			say("%s: place %q 不对，应是 village 或 group", r.Code, r.Place)
		}
		if !slices.Contains([]Secrecy{MaySeal, MustSeal, NeverSeal}, r.Sealed) {
			say("%s: sealed %q 不对，应是 may、must 或 never", r.Code, r.Sealed)
		}
		for name, s := range map[string]Share{"quorum": r.Quorum, "pass": r.Pass} {
			if why := s.problem(name == "quorum"); why != "" {
				say("%s: %s %s", r.Code, name, why)
			}
		}
	}
	return errors.Join(out...)
}

// problem says what is wrong with a share, "" for nothing.
func (s Share) problem(quorum bool) string {
	switch {
	case s == Share{}:
		return ""
	case s.Den < 1 || s.Num < 1 || s.Num > s.Den || s.Den > 1000:
		return "的分数不对"
	case s.Strict && s.Num == s.Den:
		return "不可能达到（超过全部）"
	case s.Of != OfRoll && s.Of != OfPresent:
		return "的 of 应是 roll 或 present"
	case quorum && s.Of != OfRoll:
		return "的 of 应是 roll"
	}
	return ""
}
