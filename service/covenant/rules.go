package covenant

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"cunwu/service/calendar"
)

// RulesFile is where the rules lie in the rule book.
const RulesFile = "covenants.yaml"

// Topic is one subject that clauses are about, the same in all villages.
type Topic struct {
	Code string `yaml:"code"`
	Name string `yaml:"name"`
}

// Pattern is something that no clause may say, with the law that forbids it.
type Pattern struct {
	Code    string   `yaml:"code"`
	Name    string   `yaml:"name"`
	Match   []string `yaml:"match"`           // regular expressions; one is enough
	Unless  []string `yaml:"unless"`          // what lets a match pass, between the same commas
	Whole   []string `yaml:"unless_sentence"` // and anywhere in the sentence
	Law     string   `yaml:"law"`
	Plain   string   `yaml:"plain"`
	Suggest string   `yaml:"suggest"`
	Source  string   `yaml:"source"`

	match, unless, whole []*regexp.Regexp
}

// OpinionRules bound what is said of a draft.
type OpinionRules struct {
	PerDay    int    `yaml:"per_day"`
	Chars     int    `yaml:"chars"`
	PaperMost int    `yaml:"paper_most"` // people on one sheet
	Most      int    `yaml:"most"`       // of one revision
	Source    string `yaml:"source"`
}

// TextRules bound a text.
type TextRules struct {
	Clauses  int    `yaml:"clauses"`
	Chars    int    `yaml:"chars"` // of a clause
	Measures int    `yaml:"measures"`
	Source   string `yaml:"source"`
}

// Women is how many must have attended the vote.
type Women struct {
	Least  int    `yaml:"least"`
	Source string `yaml:"source"`
}

// Period is a number of days with its source.
type Period struct {
	Days   int           `yaml:"days"`
	Unit   calendar.Unit `yaml:"unit"`
	Source string        `yaml:"source"`
}

// Rules is covenants.yaml. It never changes once loaded.
type Rules struct {
	Version    int          `yaml:"version"`
	Effective  string       `yaml:"effective"`
	Opinions   OpinionRules `yaml:"opinions"`
	Text       TextRules    `yaml:"text"`
	Women      Women        `yaml:"women"`
	Correction Period       `yaml:"correction"` // after the filing
	Topics     []Topic      `yaml:"topics"`
	Lint       []Pattern    `yaml:"lint"`
}

// TopicName gives the name of a topic of the directory, "" for one that it lacks.
func (r *Rules) TopicName(code string) string {
	t, _ := r.Topic(code)
	return t.Name
}

// Topic gives a topic by code.
func (r *Rules) Topic(code string) (Topic, bool) {
	i := slices.IndexFunc(r.Topics, func(t Topic) bool { return t.Code == code })
	if i < 0 {
		return Topic{}, false
	}
	return r.Topics[i], true
}

var (
	ruleCode = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)
	sourced  = regexp.MustCompile(`^[LRSPXI] \S`)
)

// LoadRules reads and checks the rules of a rule book. All problems are reported
// at once.
func LoadRules(book fs.FS) (*Rules, error) {
	f, err := book.Open(RulesFile)
	if err != nil {
		return nil, fmt.Errorf("covenant: %w", err)
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

type sayer func(format string, args ...any)

// problems says what is wrong, and makes the patterns ready.
func (r *Rules) problems() []error {
	var out []error
	say := func(format string, args ...any) { out = append(out, fmt.Errorf(RulesFile+": "+format, args...)) }
	if r.Version < 1 || r.Effective == "" {
		say("version 和 effective 不能少")
	}
	r.numbers(say)
	if len(r.Topics) == 0 {
		say("topics: 一个主题也没有")
	}
	seen := map[string]bool{}
	for _, t := range r.Topics {
		if !ruleCode.MatchString(t.Code) || strings.TrimSpace(t.Name) == "" || seen[t.Code] {
			say("topics[%s]: 代码和名称不能少，也不能重复", t.Code)
		}
		seen[t.Code] = true
	}
	if len(r.Lint) == 0 {
		say("lint: 一条规则也没有")
	}
	seen = map[string]bool{}
	for i := range r.Lint {
		p := &r.Lint[i]
		if !ruleCode.MatchString(p.Code) || seen[p.Code] {
			say("lint[%s]: 代码不对或重复", p.Code)
		}
		seen[p.Code] = true
		p.problems(say)
	}
	return out
}

func (r *Rules) numbers(say sayer) {
	for _, x := range []struct {
		name              string
		value, least, top int
	}{
		{"opinions.per_day", r.Opinions.PerDay, 1, 100},
		{"opinions.chars", r.Opinions.Chars, 20, 2000},
		{"opinions.paper_most", r.Opinions.PaperMost, 1, 100_000},
		{"opinions.most", r.Opinions.Most, 1, 100_000},
		{"text.clauses", r.Text.Clauses, 1, 200},
		{"text.chars", r.Text.Chars, 20, 2000},
		{"text.measures", r.Text.Measures, 1, 20},
		{"women.least", r.Women.Least, 1, 1000},
		{"correction.days", r.Correction.Days, 1, 366},
	} {
		if x.value < x.least || x.value > x.top {
			say("%s: 应在 %d 到 %d 之间", x.name, x.least, x.top)
		}
	}
	if !r.Correction.Unit.Valid() {
		say("correction.unit: 应是 %s", calendar.UnitNames())
	}
	for name, source := range map[string]string{
		"opinions": r.Opinions.Source, "text": r.Text.Source, "women": r.Women.Source, "correction": r.Correction.Source,
	} {
		if !sourced.MatchString(source) {
			say("%s.source: 出处要以证据等级开头", name)
		}
	}
}

func (p *Pattern) problems(say sayer) {
	for name, text := range map[string]string{"name": p.Name, "law": p.Law, "plain": p.Plain, "suggest": p.Suggest} {
		if strings.TrimSpace(text) == "" {
			say("lint[%s].%s: 没有写", p.Code, name)
		}
	}
	if !sourced.MatchString(p.Source) {
		say("lint[%s].source: 出处要以证据等级开头", p.Code)
	}
	if len(p.Match) == 0 {
		say("lint[%s].match: 一个也没有", p.Code)
	}
	compile := func(name string, texts []string) (out []*regexp.Regexp) {
		for i, text := range texts {
			re, err := regexp.Compile(text)
			switch {
			case err != nil:
				say("lint[%s].%s[%d]: 正则表达式不对：%v", p.Code, name, i, err)
			case re.MatchString(""):
				say("lint[%s].%s[%d]: 空的句子也会对上", p.Code, name, i)
			default:
				out = append(out, re)
			}
		}
		return out
	}
	p.match, p.unless, p.whole = compile("match", p.Match), compile("unless", p.Unless), compile("unless_sentence", p.Whole)
}
