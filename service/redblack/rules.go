package redblack

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"cunwu/service/calendar"
)

// RulesFile is where the rule data lies in the rule book.
const RulesFile = "boards.yaml"

// RefusedWords are words of one kind that no shown text may hold.
type RefusedWords struct {
	Code     string   `yaml:"code"`
	Name     string   `yaml:"name"`
	Sentence string   `yaml:"sentence"`
	Source   string   `yaml:"source"`
	Match    []string `yaml:"match"`
	Except   []string `yaml:"except"` // sayings that hold such a word and are harmless
}

// TextLengths bound what is written, in characters.
type TextLengths struct {
	DeedMin         int    `yaml:"deed_min"`
	DeedMax         int    `yaml:"deed_max"`
	FactsMin        int    `yaml:"facts_min"`
	FactsMax        int    `yaml:"facts_max"`
	PlaceMax        int    `yaml:"place_max"`
	NameMax         int    `yaml:"name_max"`
	ObjectionMin    int    `yaml:"objection_min"`
	ObjectionMax    int    `yaml:"objection_max"`
	AnnouncementMax int    `yaml:"announcement_max"`
	EvidenceMost    int    `yaml:"evidence_most"` // files
	Source          string `yaml:"source"`
}

// Span is a number of calendar days with its source.
type Span struct {
	Days   int    `yaml:"days"`
	Source string `yaml:"source"`
}

// Condition is one condition of naming; Code is what is missing.
type Condition struct {
	Code     string `yaml:"code"`
	Sentence string `yaml:"sentence"`
	Source   string `yaml:"source"`
}

// Rules is boards.yaml. It never changes once loaded.
type Rules struct {
	Version   int            `yaml:"version"`
	Effective string         `yaml:"effective"`
	Refused   []RefusedWords `yaml:"refused"`
	Texts     TextLengths    `yaml:"texts"`
	PerDay    struct {
		Most   int    `yaml:"most"`
		Source string `yaml:"source"`
	} `yaml:"per_day"`
	SelfNomination struct {
		Allowed bool   `yaml:"allowed"`
		Source  string `yaml:"source"`
	} `yaml:"self_nomination"`
	// Display is for how many days at most an entry is shown, its first included.
	Display struct {
		Red   Span `yaml:"red"`
		Black Span `yaml:"black"`
	} `yaml:"display"`
	// Appeal is how long after having been told of the notice one may appeal.
	Appeal struct {
		Days   int           `yaml:"days"`
		Unit   calendar.Unit `yaml:"unit"`
		Source string        `yaml:"source"`
	} `yaml:"appeal"`
	// Representatives is the least share of them that is heard.
	Representatives struct {
		Num    int    `yaml:"num"`
		Den    int    `yaml:"den"`
		Source string `yaml:"source"`
	} `yaml:"representatives"`
	// Council names the threshold rule by which its votes are counted.
	Council struct {
		Rule   string `yaml:"rule"`
		Source string `yaml:"source"`
	} `yaml:"council"`
	Apology Span `yaml:"apology"` // how long an apology is shown at least
	Naming  struct {
		Days       int         `yaml:"days"`
		Source     string      `yaml:"source"`
		Conditions []Condition `yaml:"conditions"`
	} `yaml:"naming"`
}

// mostBlackDays is the longest that conduct is shown on the black list, and a
// name with it: domain reference 7.5. Rule data may ask for less, never for more.
const mostBlackDays = 30

var sourced = regexp.MustCompile(`^[LRSPXI] \S`)

// refusedKinds are the kinds of words that must be refused: users' requirement H-1.
var refusedKinds = []string{"character", "poverty", "health", "family"}

// LoadRules reads and checks boards.yaml of a rule book. All problems are
// reported at once.
func LoadRules(book fs.FS) (*Rules, error) {
	f, err := book.Open(RulesFile)
	if err != nil {
		return nil, fmt.Errorf("redblack: %w", err)
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
	if r.Version < 1 || r.Effective == "" {
		say("version 和 effective 不能少")
	}
	for at, source := range map[string]string{
		"texts": r.Texts.Source, "per_day": r.PerDay.Source, "self_nomination": r.SelfNomination.Source,
		"display.red": r.Display.Red.Source, "display.black": r.Display.Black.Source, "appeal": r.Appeal.Source,
		"representatives": r.Representatives.Source, "council": r.Council.Source, "apology": r.Apology.Source, "naming": r.Naming.Source,
	} {
		if !sourced.MatchString(source) {
			say("%s.source: 出处要以证据等级开头", at)
		}
	}
	r.figures(say)
	r.refusedProblems(say)
	r.namingProblems(say)
	return out
}

func (r *Rules) figures(say func(string, ...any)) {
	t := r.Texts
	for at, v := range map[string][3]int{
		"texts.deed_min": {t.DeedMin, 1, t.DeedMax}, "texts.deed_max": {t.DeedMax, 10, 120}, "texts.facts_min": {t.FactsMin, 1, t.FactsMax},
		"texts.facts_max": {t.FactsMax, 10, 2000}, "texts.place_max": {t.PlaceMax, 4, 200}, "texts.name_max": {t.NameMax, 2, 50},
		"texts.objection_min": {t.ObjectionMin, 1, t.ObjectionMax}, "texts.objection_max": {t.ObjectionMax, 10, 2000},
		"texts.announcement_max": {t.AnnouncementMax, 100, 4000}, "texts.evidence_most": {t.EvidenceMost, 0, 20},
		"per_day.most": {r.PerDay.Most, 1, 100}, "display.red.days": {r.Display.Red.Days, 1, 366},
		"display.black.days": {r.Display.Black.Days, 1, mostBlackDays}, "appeal.days": {r.Appeal.Days, 1, 365},
		"representatives.den": {r.Representatives.Den, 1, 100}, "representatives.num": {r.Representatives.Num, 1, r.Representatives.Den},
		"apology.days": {r.Apology.Days, 1, 365}, "naming.days": {r.Naming.Days, 1, mostBlackDays},
	} {
		if v[0] < v[1] || v[0] > v[2] {
			say("%s: 应在 %d 到 %d 之间", at, v[1], v[2])
		}
	}
	if !r.Appeal.Unit.Valid() {
		say("appeal.unit: 应是 %s", calendar.UnitNames())
	}
	if r.Council.Rule == "" {
		say("council.rule: 没有写")
	}
}

func (r *Rules) refusedProblems(say func(string, ...any)) {
	seen := map[string]bool{}
	for _, k := range r.Refused {
		if k.Code == "" || k.Name == "" || k.Sentence == "" || seen[k.Code] {
			say("refused[%s]: 代码、名称和说明不能少，也不能重复", k.Code)
		}
		seen[k.Code] = true
		if !sourced.MatchString(k.Source) {
			say("refused[%s].source: 出处要以证据等级开头", k.Code)
		}
		if len(k.Match) == 0 {
			say("refused[%s].match: 一个词也没有", k.Code)
		}
		for _, w := range append(append([]string{}, k.Match...), k.Except...) {
			if strings.TrimSpace(w) == "" || plain(w) != w {
				say("refused[%s]: %q 不是词，应是没有空格和标点的字", k.Code, w)
			}
		}
	}
	for _, code := range refusedKinds {
		if !seen[code] {
			say("refused: 没有 %q 这一类", code)
		}
	}
}

func (r *Rules) namingProblems(say func(string, ...any)) {
	seen := map[string]bool{}
	for _, c := range r.Naming.Conditions {
		if namingFaults[c.Code] == nil || seen[c.Code] {
			say("naming.conditions[%s]: 没有这个条件，或者重复", c.Code)
		}
		seen[c.Code] = true
		if c.Sentence == "" || !sourced.MatchString(c.Source) {
			say("naming.conditions[%s]: 说明不能少，出处要以证据等级开头", c.Code)
		}
	}
	for code := range namingFaults {
		if !seen[code] {
			say("naming.conditions: 少了 %q，点名的条件一个也不能少", code)
		}
	}
}
