package indicator

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"

	"go.yaml.in/yaml/v3"
)

// Definition is one indicator as the rules have it.
type Definition struct {
	Code        string `yaml:"code"`
	Name        string `yaml:"name"`
	Numerator   string `yaml:"numerator"`   // in plain words
	Denominator string `yaml:"denominator"` // in plain words
	Target      Target `yaml:"target"`
}

// Formula says in plain words how the indicator is computed.
func (d Definition) Formula() string { return d.Numerator + " ÷ " + d.Denominator }

// Target is what is aimed at; Percent is nil where only the trend counts.
type Target struct {
	Percent *int   `yaml:"percent"`
	Source  string `yaml:"source"`
}

// Rules are config/rules/indicators.yaml.
type Rules struct {
	MinDenominator int // below it there is no ratio
	Definitions    []Definition
}

type rulesFile struct {
	Version int `yaml:"version"`
	Min     struct {
		Number int    `yaml:"number"`
		Source string `yaml:"source"`
	} `yaml:"min_denominator"`
	Indicators []Definition `yaml:"indicators"`
}

// codes are the indicators that the program can count, in order.
var codes = []string{"I01", "I02", "I03", "I04", "I05", "I06", "I07", "I08", "I09", "I10", "I11", "I33"}

// LoadRules reads indicators.yaml of a folder. It is strict and reports all
// problems at once.
func LoadRules(dir fs.FS) (*Rules, error) {
	raw, err := fs.ReadFile(dir, "indicators.yaml")
	if err != nil {
		return nil, fmt.Errorf("indicator: %w", err)
	}
	return ParseRules(raw)
}

// ParseRules reads the text of the rules; see LoadRules.
func ParseRules(raw []byte) (*Rules, error) {
	var f rulesFile
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil {
		return nil, fmt.Errorf("indicator: %w", err)
	}
	var problems []error
	note := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	note(f.Version == 1, "version must be 1, is %d", f.Version)
	note(f.Min.Number >= 1 && f.Min.Source != "", "min_denominator: a number from 1 and its source")
	note(len(f.Indicators) == len(codes), "there must be the %d indicators %v", len(codes), codes)
	for i, d := range f.Indicators {
		note(i >= len(codes) || d.Code == codes[i], "indicators[%d]: code %q, in order they are %v", i, d.Code, codes)
		note(d.Name != "" && d.Numerator != "" && d.Denominator != "", "%s: name, numerator and denominator are needed", d.Code)
		note(d.Target.Source != "", "%s: the target has no source", d.Code)
		note(d.Target.Percent == nil || *d.Target.Percent >= 0 && *d.Target.Percent <= 100, "%s: target.percent must be 0 to 100", d.Code)
	}
	return &Rules{MinDenominator: f.Min.Number, Definitions: f.Indicators}, errors.Join(problems...)
}
