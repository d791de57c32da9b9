package procedure

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"sort"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"cunwu/service/calendar"
)

// DefinitionFiles is where definitions lie inside the rule book, one version a
// file, named <code>.v<version>.yaml.
const DefinitionFiles = "procedures/*.yaml"

// maxFile bounds a definition file in bytes; the largest real one has a tenth.
const maxFile = 256 << 10

// LoadDefinitions reads and checks every file of DefinitionFiles. powers tells
// whether a power exists (nil: not checked); effects are the names that code
// has registered. All problems of all files are reported at once, joined, one
// line each: file, place, what is wrong, and what would be right.
func LoadDefinitions(fsys fs.FS, powers func(string) bool, effects []string) (*Definitions, error) {
	names, err := fs.Glob(fsys, DefinitionFiles)
	if err != nil {
		return nil, fmt.Errorf("procedure: %w", err)
	}
	var problems []error
	ds := &Definitions{byCode: map[string][]*Definition{}}
	for _, name := range names {
		d, found := loadFile(fsys, name, powers, effects)
		problems = append(problems, found...)
		if len(found) == 0 {
			ds.byCode[d.Code] = append(ds.byCode[d.Code], d)
		}
	}
	for code, versions := range ds.byCode {
		sort.Slice(versions, func(i, j int) bool { return versions[i].Version < versions[j].Version })
		problems = append(problems, lintVersions(code, versions)...)
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return ds, nil
}

func loadFile(fsys fs.FS, name string, powers func(string) bool, effects []string) (*Definition, []error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, []error{fmt.Errorf("%s: %w", name, err)}
	}
	var problems []error
	d, found := ParseDefinition(data, powers, effects)
	for _, p := range found {
		problems = append(problems, fmt.Errorf("%s: %w", name, p))
	}
	if d == nil {
		return nil, problems
	}
	if want := fmt.Sprintf("%s.v%d.yaml", d.Code, d.Version); path.Base(name) != want {
		problems = append(problems, fmt.Errorf("%s: 文件名应是 %s", name, want))
	}
	return d, problems
}

// ParseDefinition reads and checks one definition. It gives the definition as
// far as it could be read, nil if not at all, and every problem found.
func ParseDefinition(data []byte, powers func(string) bool, effects []string) (*Definition, []error) {
	if len(data) > maxFile {
		return nil, []error{fmt.Errorf("文件超过 %d KB", maxFile>>10)}
	}
	var f fileYAML
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil {
		return nil, yamlProblems(err)
	}
	if err := dec.Decode(new(any)); !errors.Is(err, io.EOF) {
		return nil, []error{errors.New("一个文件只能写一个程序，不能用 --- 分成几段")}
	}
	l := &linter{powers: powers, effects: effects}
	d := f.definition(l)
	l.lint(d)
	return d, l.problems
}

// yamlProblems gives one problem for each that the parser names.
func yamlProblems(err error) []error {
	var many *yaml.TypeError
	if !errors.As(err, &many) {
		return []error{fmt.Errorf("读不懂: %w", err)}
	}
	problems := make([]error, len(many.Errors))
	for i, e := range many.Errors {
		text := e
		if unmarshal := yamlErrorText(e); unmarshal != "" {
			text = unmarshal
		}
		problems[i] = errors.New(text)
	}
	return problems
}

// The files as written. They differ from the domain types in that guards and
// dates are still text.
type fileYAML struct {
	Code          string      `yaml:"code"`
	Version       int         `yaml:"version"`
	EffectiveFrom string      `yaml:"effective_from"`
	Name          string      `yaml:"name"`
	Source        string      `yaml:"source"`
	OpenPower     string      `yaml:"open_power"`
	Start         string      `yaml:"start"`
	Data          []Datum     `yaml:"data"`
	Stages        []stageYAML `yaml:"stages"`
}

type stageYAML struct {
	Code      string       `yaml:"code"`
	Name      string       `yaml:"name"`
	State     string       `yaml:"state"`
	Resting   bool         `yaml:"resting"`
	Terminal  bool         `yaml:"terminal"`
	Deadline  *Period      `yaml:"deadline"`
	Extension *Extension   `yaml:"extension"`
	Timer     *timerYAML   `yaml:"timer"`
	Actions   []actionYAML `yaml:"actions"`
}

type timerYAML struct {
	Period `yaml:",inline"`
	At     string `yaml:"at"`
	Action string `yaml:"action"`
	If     string `yaml:"if"`
}

type actionYAML struct {
	Code      string   `yaml:"code"`
	Name      string   `yaml:"name"`
	Power     string   `yaml:"power"`
	When      Timing   `yaml:"when"`
	NotBefore *Period  `yaml:"not_before"`
	If        string   `yaml:"if"`
	Else      string   `yaml:"else"`
	Fields    []Field  `yaml:"fields"`
	AnyOf     []string `yaml:"any_of"`
	Media     int      `yaml:"media"`
	To        string   `yaml:"to"`
	Return    bool     `yaml:"return"`
	Deadline  *Period  `yaml:"deadline"`
	Until     *Until   `yaml:"until"`
	Effects   []string `yaml:"effects"`
}

func (f *fileYAML) definition(l *linter) *Definition {
	d := &Definition{
		Code: f.Code, Version: f.Version, Name: f.Name, Source: f.Source,
		OpenPower: f.OpenPower, Start: f.Start, Data: f.Data,
		stages: make(map[string]*Stage, len(f.Stages)),
	}
	if f.EffectiveFrom == "" {
		l.add("effective_from", "没有写，应写生效日期，如 2026-01-01")
	} else if at, err := time.ParseInLocation(time.DateOnly, f.EffectiveFrom, calendar.China); err != nil {
		l.add("effective_from", "%q 不是日期，应写成 2026-01-01 的样子", f.EffectiveFrom)
	} else {
		d.EffectiveFrom = at
	}
	l.lintData(f.Data)
	for i := range f.Stages {
		s := f.Stages[i].stage(l, f.Data)
		d.Stages = append(d.Stages, s)
		if _, dup := d.stages[s.Code]; !dup {
			d.stages[s.Code] = s
		}
	}
	return d
}

func (y *stageYAML) stage(l *linter, data []Datum) *Stage {
	s := &Stage{
		Code: y.Code, Name: y.Name, State: y.State, Resting: y.Resting, Terminal: y.Terminal,
		Deadline: y.Deadline, Extension: y.Extension,
	}
	if t := y.Timer; t != nil {
		s.Timer = &Timer{Period: t.Period, AtDue: l.atDue(y.Code, t), Action: t.Action, If: l.guard(at(stageAt(y.Code), "timer.if"), t.If, data)}
	}
	for i := range y.Actions {
		a := y.Actions[i]
		when := a.When
		if when == "" {
			when = Always
		}
		s.Actions = append(s.Actions, &Action{
			Code: a.Code, Name: a.Name, Power: a.Power, When: when, NotBefore: a.NotBefore,
			If: l.guard(at(actionAt(y.Code, a.Code), "if"), a.If, data), Else: a.Else,
			Fields: a.Fields, AnyOf: a.AnyOf, Media: a.Media, To: a.To, Return: a.Return,
			Deadline: a.Deadline, Until: a.Until, Effects: a.Effects,
		})
	}
	return s
}

// yamlErrorText turns the parser's English about unknown keys into the words of
// the format manual; "" keeps the parser's own.
func yamlErrorText(e string) string {
	line, rest, ok := strings.Cut(e, ": field ")
	if !ok {
		return ""
	}
	key, _, ok := strings.Cut(rest, " not found in type ")
	if !ok {
		return ""
	}
	return fmt.Sprintf("%s: 不认识的项 %q，请对照格式说明（README.md）检查拼写", strings.Replace(line, "line ", "第 ", 1)+" 行", key)
}
