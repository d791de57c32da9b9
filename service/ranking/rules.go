package ranking

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"time"

	"go.yaml.in/yaml/v3"
)

// RulesFile is the file of a rule book that this package reads.
const RulesFile = "rankings.yaml"

// Least is below what a figure says little.
type Least struct {
	Least  int64  `yaml:"least"`
	Unit   string `yaml:"unit"`
	Source string `yaml:"source"`
}

// PageRule bounds a page.
type PageRule struct {
	Default int    `yaml:"default"`
	Most    int    `yaml:"most"`
	Source  string `yaml:"source"`
}

// Rules is rankings.yaml. It never changes once loaded.
type Rules struct {
	Version   int      `yaml:"version"`
	Effective string   `yaml:"effective"`
	Deed      Least    `yaml:"deed"`
	Clause    Least    `yaml:"clause"`
	Group     Least    `yaml:"group"`
	Page      PageRule `yaml:"page"`
}

var sourced = regexp.MustCompile(`^[LRSPXI] \S`)

// pageMost is what no rule can exceed: a page is one answer.
const pageMost = 200

// LoadRules reads and checks rankings.yaml of a rule book. All problems are
// reported at once.
func LoadRules(book fs.FS) (*Rules, error) {
	f, err := book.Open(RulesFile)
	if err != nil {
		return nil, fmt.Errorf("ranking: %w", err)
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
	say := func(format string, args ...any) { out = append(out, fmt.Errorf(RulesFile+": "+format, args...)) }
	if _, err := time.Parse(time.DateOnly, r.Effective); err != nil || r.Version < 1 {
		say("version 应不小于 1，effective 应是日期")
	}
	for _, l := range []struct {
		name, unit string
		Least
	}{{"deed", "endorsements", r.Deed}, {"clause", "entries", r.Clause}, {"group", "households", r.Group}} {
		if l.Least.Least < 1 || l.Unit != l.unit || !sourced.MatchString(l.Source) {
			say("%s: least 应不小于 1，unit 应是 %s，要有来源", l.name, l.unit)
		}
	}
	if p := r.Page; p.Default < 1 || p.Most < p.Default || p.Most > pageMost || !sourced.MatchString(p.Source) {
		say("page: 1 ≤ default ≤ most ≤ %d，要有来源", pageMost)
	}
	return out
}
