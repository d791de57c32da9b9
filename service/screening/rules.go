package screening

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"regexp"

	"go.yaml.in/yaml/v3"
)

// Rules is the shape of rules/screening.yaml.
type Rules struct {
	Source       string       `yaml:"source"`
	CardPrefixes []string     `yaml:"card_prefixes"`
	Address      AddressRules `yaml:"address"`
	Names        NameRules    `yaml:"names"`
}

// AddressRules say what an exact address looks like.
type AddressRules struct {
	Source string `yaml:"source"`
	// Offices are words that make an address near them a public one.
	Offices  []string      `yaml:"offices"`
	Patterns []PatternRule `yaml:"patterns"`
}

// PatternRule is one form of address: a regular expression (RE2) over text with
// half-width digits, and what must not follow it at once.
type PatternRule struct {
	Name      string   `yaml:"name"`
	Match     string   `yaml:"match"`
	NotBefore []string `yaml:"not_before"`
}

// NameRules say where the names of persons are masked.
type NameRules struct {
	Source string `yaml:"source"`
	// Categories are those of the catalogue whose tables are masked.
	Categories []string `yaml:"categories"`
	// Columns are heads of table columns that hold names.
	Columns []string `yaml:"columns"`
}

// Screen holds the rules, ready to be used. It is safe for concurrent use.
type Screen struct {
	rules    Rules
	patterns []pattern
}

type pattern struct {
	PatternRule
	re *regexp.Regexp
}

// Load reads the rules from a file. It is strict (an unknown key fails) and
// reports all problems at once.
func Load(dir fs.FS, name string) (*Screen, error) {
	raw, err := fs.ReadFile(dir, name)
	if err != nil {
		return nil, fmt.Errorf("screening: read the rules: %w", err)
	}
	s := &Screen{}
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(&s.rules); err != nil {
		return nil, fmt.Errorf("screening: %s: %w", name, err)
	}
	problems := s.rules.lint()
	for _, p := range s.rules.Address.Patterns {
		re, err := regexp.Compile(p.Match)
		switch {
		case err != nil:
			problems = append(problems, fmt.Errorf("pattern %q: %w", p.Name, err))
		case re.MatchString(""):
			problems = append(problems, fmt.Errorf("pattern %q matches nothing at all", p.Name))
		default:
			s.patterns = append(s.patterns, pattern{p, re})
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("screening: %s: %w", name, err)
	}
	return s, nil
}

var digitsOnly = regexp.MustCompile(`^[0-9]{1,6}$`)

func (r Rules) lint() []error {
	var problems []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	check(r.Source != "" && r.Address.Source != "" && r.Names.Source != "", "every part needs a source")
	check(len(r.CardPrefixes) > 0, "card_prefixes is empty")
	for _, p := range r.CardPrefixes {
		check(digitsOnly.MatchString(p), "card prefix %q must be 1 to 6 digits", p)
	}
	check(len(r.Address.Patterns) > 0, "there are no address patterns")
	for i, p := range r.Address.Patterns {
		check(p.Name != "", "address pattern %d has no name", i+1)
	}
	check(len(r.Names.Categories) > 0 && len(r.Names.Columns) > 0, "names need categories and columns")
	for _, list := range [][]string{r.Address.Offices, r.Names.Categories, r.Names.Columns} {
		for _, w := range list {
			check(w != "", "an empty word in a list")
		}
	}
	return problems
}
