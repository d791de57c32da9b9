package disclosure

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"cunwu/service/calendar"
)

// Frequency is how often an item must be disclosed.
type Frequency string

// Frequencies, as the catalogue writes them.
const (
	Monthly    Frequency = "每月"
	Quarterly  Frequency = "每季度"
	HalfYearly Frequency = "每半年"
	Yearly     Frequency = "每年"
	Standing   Frequency = "长期" // stays up; within days of a change
	AtOnce     Frequency = "随时" // within days of the event
	Before     Frequency = "事前" // days before the event
)

// CatalogueItem is one thing that a village must disclose.
type CatalogueItem struct {
	Code         string // a letter for the category and two digits
	Category     string
	CategoryName string
	Name         string
	Frequency    Frequency
	DeadlineDays int  // negative: so many days before the event
	WorkingDays  bool // DeadlineDays counts working days, not calendar days
	Responsible  string
	Visibility   Visibility // the widest allowed
	HasLines     bool
	Fields       []FieldDef
	Source       string
}

// FieldDef is one field of an item. Note is what the catalogue says of it in
// brackets; Masked is set where that asks for 脱敏.
type FieldDef struct {
	Name   string
	Note   string
	Masked bool
}

// Category is one class of items; Number is its place in the alphabet (A=1).
type Category struct {
	Code   string
	Name   string
	Number int
}

// Edition is the catalogue as it is in force from a day on.
type Edition struct {
	From       string // 2006-01-02
	Items      []CatalogueItem
	Categories []Category
	byCode     map[string]int
}

// Catalogue is all editions, oldest first.
type Catalogue struct{ editions []*Edition }

// Item gives an item by code.
func (e *Edition) Item(code string) (CatalogueItem, bool) {
	i, ok := e.byCode[code]
	if !ok {
		return CatalogueItem{}, false
	}
	return e.Items[i], true
}

// CategoryOf gives a category by code.
func (e *Edition) CategoryOf(code string) (Category, bool) {
	i := slices.IndexFunc(e.Categories, func(c Category) bool { return c.Code == code })
	if i < 0 {
		return Category{}, false
	}
	return e.Categories[i], true
}

// At gives the edition in force on the day of t in China. Before the first
// edition the first is given.
func (c *Catalogue) At(t time.Time) *Edition {
	return c.Edition(t.In(calendar.China).Format(time.DateOnly))
}

// Edition gives the edition in force on a day (2006-01-02).
func (c *Catalogue) Edition(day string) *Edition {
	found := c.editions[0]
	for _, e := range c.editions {
		if e.From <= day {
			found = e
		}
	}
	return found
}

var catalogueFile = regexp.MustCompile(`^catalogue\.(\d{4}-\d{2}-\d{2})\.csv$`)

// LoadCatalogue reads every catalogue.<effective date>.csv of a folder. It is
// strict and reports all problems of all files at once.
func LoadCatalogue(dir fs.FS) (*Catalogue, error) {
	names, err := fs.Glob(dir, "catalogue.*.csv")
	if err != nil {
		return nil, fmt.Errorf("disclosure: list the catalogues: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("disclosure: no catalogue.<date>.csv among the rules")
	}
	sort.Strings(names)
	c := &Catalogue{}
	var problems []error
	for _, name := range names {
		e, errs := loadEdition(dir, name)
		for _, p := range errs {
			problems = append(problems, fmt.Errorf("%s: %w", name, p))
		}
		c.editions = append(c.editions, e)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return c, nil
}

func loadEdition(dir fs.FS, name string) (*Edition, []error) {
	m := catalogueFile.FindStringSubmatch(name)
	if m == nil {
		return nil, []error{errors.New("the name must be catalogue.YYYY-MM-DD.csv")}
	}
	if _, err := time.Parse(time.DateOnly, m[1]); err != nil {
		return nil, []error{fmt.Errorf("the date in the name: %w", err)}
	}
	raw, err := fs.ReadFile(dir, name)
	if err != nil {
		return nil, []error{err}
	}
	return parseEdition(m[1], raw)
}

var catalogueHeader = []string{
	"code", "category_code", "category", "item", "frequency", "deadline_days", "unit",
	"responsible", "visibility", "has_lines", "fields", "source",
}

func parseEdition(from string, raw []byte) (*Edition, []error) {
	e := &Edition{From: from, byCode: map[string]int{}}
	r := csv.NewReader(bytes.NewReader(raw))
	r.FieldsPerRecord = len(catalogueHeader)
	var problems []error
	for n := 1; ; n++ {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			problems = append(problems, err)
			if errors.Is(err, csv.ErrFieldCount) {
				continue
			}
			break
		}
		if n == 1 {
			if !slices.Equal(row, catalogueHeader) {
				return nil, []error{fmt.Errorf("the header must be %s", strings.Join(catalogueHeader, ","))}
			}
			continue
		}
		item, errs := parseItem(row)
		errs = append(errs, e.add(item)...)
		for _, p := range errs {
			problems = append(problems, fmt.Errorf("line %d (%s): %w", n, row[0], p))
		}
	}
	if len(e.Items) == 0 {
		problems = append(problems, errors.New("there are no items"))
	}
	return e, problems
}

// add enters an item and checks it against those before it.
func (e *Edition) add(item CatalogueItem) []error {
	var problems []error
	if _, dup := e.byCode[item.Code]; dup {
		problems = append(problems, errors.New("the code is there twice"))
	}
	e.byCode[item.Code] = len(e.Items)
	e.Items = append(e.Items, item)
	if item.Code == "" {
		return problems
	}
	number := int(item.Code[0]-'A') + 1
	for _, c := range e.Categories {
		switch {
		case c.Code == item.Category && c.Name == item.CategoryName && c.Number == number:
			return problems
		case c.Code == item.Category || c.Name == item.CategoryName || c.Number == number:
			return append(problems, fmt.Errorf("category %s %s differs from %s %s of the lines before",
				item.Category, item.CategoryName, c.Code, c.Name))
		}
	}
	e.Categories = append(e.Categories, Category{Code: item.Category, Name: item.CategoryName, Number: number})
	return problems
}

var (
	itemCode     = regexp.MustCompile(`^[A-Z][0-9]{2}$`)
	categoryCode = regexp.MustCompile(`^[A-Z_]{2,20}$`)
	frequencies  = []Frequency{Monthly, Quarterly, HalfYearly, Yearly, Standing, AtOnce, Before}
)

func parseItem(row []string) (CatalogueItem, []error) {
	var problems []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	for i, cell := range row {
		check(cell != "" && cell == strings.TrimSpace(cell), "%s is empty or has spaces around", catalogueHeader[i])
	}
	item := CatalogueItem{
		Category: row[1], CategoryName: row[2], Name: row[3], Frequency: Frequency(row[4]),
		WorkingDays: row[6] == "working_day", Responsible: row[7], Visibility: Visibility(row[8]),
		HasLines: row[9] == "true", Source: row[11],
	}
	if itemCode.MatchString(row[0]) {
		item.Code = row[0]
	} else {
		check(false, "code must be a capital letter and two digits")
	}
	check(categoryCode.MatchString(row[1]), "category_code %q must be capital letters", row[1])
	check(slices.Contains(frequencies, item.Frequency), "frequency %q must be one of %v", row[4], frequencies)
	days, err := strconv.Atoi(row[5])
	check(err == nil && days >= -365 && days <= 365, "deadline_days %q must be a number of days", row[5])
	item.DeadlineDays = days
	check(days >= 0 || item.Frequency == Before, "a negative deadline is for 事前 only")
	check(days < 0 || item.Frequency != Before, "事前 needs a negative deadline")
	check(row[6] == "working_day" || row[6] == "calendar_day", "unit %q must be calendar_day or working_day", row[6])
	check(item.Visibility == PublicInternet || item.Visibility == VerifiedVillager,
		"visibility %q must be one of %v", row[8], []Visibility{PublicInternet, VerifiedVillager})
	check(row[9] == "true" || row[9] == "false", "has_lines %q must be true or false", row[9])
	fields, errs := parseFields(row[10])
	item.Fields = fields
	return item, append(problems, errs...)
}

// parseFields reads "户主(脱敏);小组": names, with notes in brackets.
func parseFields(cell string) ([]FieldDef, []error) {
	var out []FieldDef
	var problems []error
	for part := range strings.SplitSeq(cell, ";") {
		name, note, bracketed := strings.Cut(part, "(")
		if bracketed {
			var closed bool
			if note, closed = strings.CutSuffix(note, ")"); !closed || note == "" {
				problems = append(problems, fmt.Errorf("field %q: the bracket must close at the end", part))
			}
		}
		if name == "" || name != strings.TrimSpace(name) {
			problems = append(problems, fmt.Errorf("field %q has no name", part))
		}
		if slices.ContainsFunc(out, func(f FieldDef) bool { return f.Name == name }) {
			problems = append(problems, fmt.Errorf("field %q is there twice", name))
		}
		out = append(out, FieldDef{Name: name, Note: note, Masked: strings.Contains(note, "脱敏")})
	}
	return out, problems
}
