package duty

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"time"

	"go.yaml.in/yaml/v3"

	"cunwu/service/calendar"
)

// RulesFile is where the numbers of the clock are in the rule book.
const RulesFile = "duties.yaml"

// Rules are the numbers of the duty clock. Each has its source beside it in
// the file.
type Rules struct {
	Version            int
	From               time.Time // midnight of the day from which periods count
	VeryOverdueDays    int
	WindowMonths       int
	ExtensionDays      int // furthest day of an extension, counted from the due day
	RemindBefore       []int
	RemindTownship     int // days late after which the township is told
	RemindHour         int
	VillagersOneIn     int
	RepresentativesOne int // one in so many representatives
	DemandDays         int
}

type days struct {
	Days   int    `yaml:"days"`
	Source string `yaml:"source"`
}

type oneIn struct {
	OneIn  int    `yaml:"one_in"`
	Source string `yaml:"source"`
}

// rulesFile is the file as it is written.
type rulesFile struct {
	Version int `yaml:"version"`
	From    struct {
		Date   string `yaml:"date"`
		Source string `yaml:"source"`
	} `yaml:"from"`
	VeryOverdue days `yaml:"very_overdue"`
	Window      struct {
		Months int    `yaml:"months"`
		Source string `yaml:"source"`
	} `yaml:"window"`
	Extension days `yaml:"extension"`
	Remind    struct {
		BeforeDays        []int  `yaml:"before_days"`
		TownshipAfterDays int    `yaml:"township_after_days"`
		FromHour          int    `yaml:"from_hour"`
		Source            string `yaml:"source"`
	} `yaml:"remind"`
	Demand struct {
		Villagers       oneIn `yaml:"villagers"`
		Representatives oneIn `yaml:"representatives"`
		Due             days  `yaml:"due"`
	} `yaml:"demand"`
}

// LoadRules reads RulesFile of a rule book. It is strict: an unknown key, a
// number out of its bounds and a missing source are problems, and all are
// reported at once.
func LoadRules(book fs.FS) (*Rules, error) {
	data, err := fs.ReadFile(book, RulesFile)
	if err != nil {
		return nil, fmt.Errorf("duty: %w", err)
	}
	return parseRules(data)
}

func parseRules(data []byte) (*Rules, error) {
	var f rulesFile
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("duty: %s: %w", RulesFile, err)
	}
	from, err := time.ParseInLocation(time.DateOnly, f.From.Date, calendar.China)
	problems := f.problems()
	if err != nil {
		problems = append(problems, fmt.Errorf("from.date %q 不是日期，应写成 2026-01-01 的样子", f.From.Date))
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("duty: %s: %w", RulesFile, errors.Join(problems...))
	}
	return &Rules{
		Version: f.Version, From: from, VeryOverdueDays: f.VeryOverdue.Days, WindowMonths: f.Window.Months,
		ExtensionDays: f.Extension.Days, RemindBefore: f.Remind.BeforeDays, RemindTownship: f.Remind.TownshipAfterDays,
		RemindHour: f.Remind.FromHour, VillagersOneIn: f.Demand.Villagers.OneIn,
		RepresentativesOne: f.Demand.Representatives.OneIn, DemandDays: f.Demand.Due.Days,
	}, nil
}

// sourceForm is a grade of evidence and what it grades.
var sourceForm = regexp.MustCompile(`^[LRSPXI] \S`)

func (f rulesFile) problems() []error {
	var out []error
	within := func(name string, n, least, most int) {
		if n < least || n > most {
			out = append(out, fmt.Errorf("%s 是 %d，应在 %d 到 %d 之间", name, n, least, most))
		}
	}
	sourced := func(name, source string) {
		if !sourceForm.MatchString(source) {
			out = append(out, fmt.Errorf("%s.source %q 不对，应以等级 L R S P X I 之一开头，空一格，再写出处", name, source))
		}
	}
	within("version", f.Version, 1, 1_000_000)
	sourced("from", f.From.Source)
	within("very_overdue.days", f.VeryOverdue.Days, 1, 365)
	sourced("very_overdue", f.VeryOverdue.Source)
	within("window.months", f.Window.Months, 1, 36)
	sourced("window", f.Window.Source)
	within("extension.days", f.Extension.Days, 1, 365)
	sourced("extension", f.Extension.Source)
	for i, n := range f.Remind.BeforeDays {
		within(fmt.Sprintf("remind.before_days[%d]", i), n, 1, 60)
		if i > 0 && n >= f.Remind.BeforeDays[i-1] {
			out = append(out, errors.New("remind.before_days 应从大到小，不重复"))
		}
	}
	within("remind.township_after_days", f.Remind.TownshipAfterDays, 1, 365)
	within("remind.from_hour", f.Remind.FromHour, 0, 23)
	sourced("remind", f.Remind.Source)
	within("demand.villagers.one_in", f.Demand.Villagers.OneIn, 1, 1000)
	sourced("demand.villagers", f.Demand.Villagers.Source)
	within("demand.representatives.one_in", f.Demand.Representatives.OneIn, 1, 1000)
	sourced("demand.representatives", f.Demand.Representatives.Source)
	within("demand.due.days", f.Demand.Due.Days, 1, 365)
	sourced("demand.due", f.Demand.Due.Source)
	return out
}
