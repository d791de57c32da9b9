package procedure

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"cunwu/service/calendar"
	"cunwu/service/fault"
)

// Own reports whether a power is the right of whoever raised a matter, as
// "question.own": it comes with no office, stands in no table of powers, and is
// for the noun that owns the case to judge.
func Own(power string) bool { return strings.HasSuffix(power, ".own") }

// Definition is one version of a procedure, read from a file and checked; it is
// immutable. The format is described for officials in config/rules/README.md.
type Definition struct {
	Code          string
	Version       int
	Name          string
	Source        string
	EffectiveFrom time.Time // midnight in China; cases opened from then on follow it
	OpenPower     string    // who may begin a case; asked by the owning noun
	Start         string
	Stages        []*Stage
	Data          []Datum
	stages        map[string]*Stage
}

// Stage is where a case can stand.
type Stage struct {
	Code      string
	Name      string // Chinese, for those who work on it
	State     string // the word that outsiders see; several stages may share one
	Resting   bool   // has actions, yet waits for nobody: not a task
	Terminal  bool   // the case is closed here
	Deadline  *Period
	Extension *Extension
	Timer     *Timer
	Actions   []*Action
}

// Period is a lawful span of time and where it comes from.
type Period struct {
	Days   int           `yaml:"days"` // number of units, whatever the unit is
	Unit   calendar.Unit `yaml:"unit"`
	Source string        `yaml:"source"`
}

// Extension is the rule under which a stage's deadline may be moved: once, with
// a reason, by at most MaxDays units counted from the deadline it replaces.
type Extension struct {
	MaxDays int           `yaml:"max_days"`
	Unit    calendar.Unit `yaml:"unit"`
	Power   string        `yaml:"power"`
	Source  string        `yaml:"source"`
}

// Timer takes an action of its stage by itself when its period is over, or
// (AtDue) when the stage's deadline has passed, wherever that was moved to.
type Timer struct {
	Period
	AtDue  bool
	Action string
	If     *Guard // set only where this holds when the stage is entered
}

// Until makes the deadline of the stage that an action leads to a day which the
// case's data names, as 2006-01-02: one that was promised. Where the datum is
// empty the stage keeps its own. Most, where set, is how far ahead the day may
// lie.
type Until struct {
	Datum string  `yaml:"datum"`
	Most  *Period `yaml:"most"`
}

// Timing says when in the life of a stage an action can be taken.
type Timing string

// Timings.
const (
	Always  Timing = "always"
	InTime  Timing = "in_time" // until the deadline
	Overdue Timing = "overdue" // only after the deadline
)

// Action is one way out of a stage.
type Action struct {
	Code      string
	Name      string
	Power     string // empty: taken by the stage's timer only
	When      Timing
	NotBefore *Period // counted from the entry of the stage
	If        *Guard
	Else      string // what people read where If does not hold
	Fields    []Field
	AnyOf     []string // at least one of these fields
	Media     int      // least number of attachments
	To        string
	Return    bool    // sends back; the first required field is the reason
	Deadline  *Period // of the stage it leads to, instead of that stage's own
	Until     *Until  // that deadline as a day, before either
	Effects   []string
}

// Datum declares one entry of Case.Data that guards may use.
type Datum struct {
	Code string `yaml:"code"`
	Type string `yaml:"type"` // text, int or bool
}

// Stage gives a stage by code, or nil.
func (d *Definition) Stage(code string) *Stage { return d.stages[code] }

// State gives the word that outsiders see of a stage, "" for none of this
// definition.
func (d *Definition) State(stage string) string {
	if s := d.stages[stage]; s != nil {
		return s.State
	}
	return ""
}

// Action gives an action of a stage, or nil.
func (s *Stage) Action(code string) *Action {
	for _, a := range s.Actions {
		if a.Code == code {
			return a
		}
	}
	return nil
}

// anywhere gives the first action of that code in any stage, or nil.
func (d *Definition) anywhere(code string) *Action {
	for _, s := range d.Stages {
		if a := s.Action(code); a != nil {
			return a
		}
	}
	return nil
}

// extends reports whether any stage can be extended.
func (d *Definition) extends() *Extension {
	for _, s := range d.Stages {
		if s.Extension != nil {
			return s.Extension
		}
	}
	return nil
}

// Definitions is every version of every procedure in the rule book.
type Definitions struct {
	byCode map[string][]*Definition // by version, rising
}

// Codes lists the procedures by code.
func (ds *Definitions) Codes() []string {
	codes := make([]string, 0, len(ds.byCode))
	for c := range ds.byCode {
		codes = append(codes, c)
	}
	sort.Strings(codes)
	return codes
}

// Current gives the version under which a case opened at a time begins: the
// newest already in effect. ErrUnknownProcedure if there is none.
func (ds *Definitions) Current(code string, at time.Time) (*Definition, error) {
	versions := ds.byCode[code]
	for i := len(versions) - 1; i >= 0; i-- {
		if !versions[i].EffectiveFrom.After(at) {
			return versions[i], nil
		}
	}
	return nil, ErrUnknownProcedure
}

// Version gives one version for a case pinned to it. A missing one is a failure
// of ours: the start-up check should have refused to run.
func (ds *Definitions) Version(code string, version int) (*Definition, error) {
	for _, d := range ds.byCode[code] {
		if d.Version == version {
			return d, nil
		}
	}
	return nil, fault.ErrInternal.Because(fmt.Errorf("procedure: no definition %s version %d", code, version))
}

// all gives every version of every procedure, by code and version.
func (ds *Definitions) all() []*Definition {
	var out []*Definition
	for _, code := range ds.Codes() {
		out = append(out, ds.byCode[code]...)
	}
	return out
}
