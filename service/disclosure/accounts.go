package disclosure

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"cunwu/service/screening"
)

// AccountRules are what accounts must satisfy besides arithmetic: the shape of
// rules/accounts.yaml. A nil *AccountRules has no rules.
type AccountRules struct {
	Other   OtherRule `yaml:"other"`
	Running ItemsRule `yaml:"running"`
	Ahead   ItemsRule `yaml:"ahead"`
	Payees  PayeeRule `yaml:"payees"`
}

// OtherRule bounds what may stand under a heading that says nothing: lines
// whose category or summary is one of Words make up at most Percent of all
// income, and of all expense.
type OtherRule struct {
	Percent int64    `yaml:"percent"`
	Words   []string `yaml:"words"`
	Source  string   `yaml:"source"`
}

// ItemsRule is a rule for some items of the catalogue. Running: those that
// carry a balance from period to period. Ahead: plans, which may be drafted
// before their period begins.
type ItemsRule struct {
	Items  []string `yaml:"items"`
	Source string   `yaml:"source"`
}

// PayeeRule tells organisations, whose names are public, by their endings.
type PayeeRule struct {
	Organisations []string `yaml:"organisations"`
	Source        string   `yaml:"source"`
}

// LoadAccountRules reads the rules from a file. It is strict (an unknown key
// fails) and reports all problems at once. catalogue may be nil, where it could
// not be read: then the items are not looked up.
func LoadAccountRules(dir fs.FS, name string, catalogue *Catalogue) (*AccountRules, error) {
	raw, err := fs.ReadFile(dir, name)
	if err != nil {
		return nil, fmt.Errorf("disclosure: read the rules of accounts: %w", err)
	}
	r := &AccountRules{}
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(r); err != nil {
		return nil, fmt.Errorf("disclosure: %s: %w", name, err)
	}
	if err := errors.Join(r.lint(catalogue)...); err != nil {
		return nil, fmt.Errorf("disclosure: %s: %w", name, err)
	}
	return r, nil
}

func (r *AccountRules) lint(catalogue *Catalogue) []error {
	var problems []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	check(r.Other.Percent >= 0 && r.Other.Percent <= 100, "other.percent %d must be 0 to 100", r.Other.Percent)
	for part, source := range map[string]string{
		"other": r.Other.Source, "running": r.Running.Source, "ahead": r.Ahead.Source, "payees": r.Payees.Source,
	} {
		check(source != "", "%s has no source", part)
	}
	for part, words := range map[string][]string{
		"other.words": r.Other.Words, "payees.organisations": r.Payees.Organisations,
	} {
		check(len(words) > 0, "%s is empty", part)
		for i, w := range words {
			check(w != "" && w == strings.TrimSpace(w), "%s: %q is empty or has spaces around", part, w)
			check(!slices.Contains(words[:i], w), "%s: %q is there twice", part, w)
		}
	}
	for part, rule := range map[string]ItemsRule{"running": r.Running, "ahead": r.Ahead} {
		for _, code := range rule.Items {
			item, known := catalogue.last(code)
			check(known, "%s: %s is not in the catalogue", part, code)
			check(!known || part != "running" || catalogue == nil || item.HasLines, "running: %s has no lines", code)
		}
	}
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return problems
}

// last gives an item as the newest edition has it. A nil catalogue knows all.
func (c *Catalogue) last(code string) (CatalogueItem, bool) {
	if c == nil {
		return CatalogueItem{}, true
	}
	return c.editions[len(c.editions)-1].Item(code)
}

// running reports whether an item carries a balance from period to period.
func (r *AccountRules) running(item string) bool {
	return r != nil && slices.Contains(r.Running.Items, item)
}

// ahead reports whether an item may be drafted before its period begins.
func (r *AccountRules) ahead(item string) bool {
	return r != nil && slices.Contains(r.Ahead.Items, item)
}

// vague reports whether a line says nothing of what it is: a category or a summary that is only "other".
func (r *AccountRules) vague(l Line) bool {
	return r != nil && (slices.Contains(r.Other.Words, strings.TrimSpace(l.Category)) ||
		slices.Contains(r.Other.Words, strings.TrimSpace(l.Summary)))
}

// maskPayee hides the names of persons among those who were paid; names of
// organisations stay whole. What could be either is taken for a person.
func (r *AccountRules) maskPayee(payee string) string {
	var b strings.Builder
	for payee != "" {
		end := strings.IndexFunc(payee, func(c rune) bool { return !ofName(c) })
		if end == 0 {
			end = strings.IndexFunc(payee, ofName)
		}
		if end < 0 {
			end = len(payee)
		}
		token := payee[:end]
		payee = payee[end:]
		if !r.organisation(token) {
			token = screening.MaskNames(token)
		}
		b.WriteString(token)
	}
	return b.String()
}

// ofName reports whether a rune can stand within one name.
func ofName(c rune) bool {
	return unicode.IsLetter(c) || c == '*' || c == '＊' || c == '·' || c == '•'
}

func (r *AccountRules) organisation(token string) bool {
	return r != nil && slices.ContainsFunc(r.Payees.Organisations, func(w string) bool {
		return strings.HasSuffix(token, w) && token != w
	})
}
