package procedure

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"

	"cunwu/service/calendar"
)

// linter collects what is wrong with one definition, place by place.
type linter struct {
	powers   func(string) bool
	effects  []string
	problems []error
}

func (l *linter) add(place, format string, args ...any) {
	l.problems = append(l.problems, errors.New(place+": "+fmt.Sprintf(format, args...)))
}

func at(place, key string) string { return place + "." + key }

func stageAt(stage string) string { return "stages[" + stage + "]" }

func actionAt(stage, action string) string { return stageAt(stage) + ".actions[" + action + "]" }

var (
	codePattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)
	// A source begins with how firm it is (see the format manual).
	sourcePattern = regexp.MustCompile(`^[LRSPXI] \S`)
)

const (
	maxPeriod     = 3660 // ten years of days: longer is a typing error
	maxFieldChars = 2000
	codeForm      = "应由小写字母开头，只含小写字母、数字和下划线，不超过 32 个字符"
	sourceForm    = "应以证据等级开头再写出处：L 国家法律，R 部委规定，S 四川和广元，P 参照外省，X 实践做法，I 本系统默认。例如：L 村民委员会组织法（2025）第三十五条"
)

func (l *linter) lint(d *Definition) {
	l.code("code", d.Code)
	if d.Version < 1 {
		l.add("version", "应是 1 或更大的整数")
	}
	l.text("name", d.Name)
	l.source("source", d.Source)
	l.power("open_power", d.OpenPower)
	if len(d.Stages) == 0 {
		l.add("stages", "一个环节也没有")
		return
	}
	if d.Start == "" {
		l.add("start", "没有写起始环节，应是其中之一：%s", stageCodes(d))
	} else if d.stages[d.Start] == nil {
		l.add("start", "没有环节 %q，应是其中之一：%s", d.Start, stageCodes(d))
	}
	seen := map[string]bool{}
	for _, s := range d.Stages {
		if seen[s.Code] {
			l.add(stageAt(s.Code), "环节代码重复")
		}
		seen[s.Code] = true
		l.stage(d, s)
	}
	l.graph(d)
}

func (l *linter) stage(d *Definition, s *Stage) {
	place := stageAt(s.Code)
	l.code(at(place, "code"), s.Code)
	l.text(at(place, "name"), s.Name)
	l.code(at(place, "state"), s.State)
	if s.Terminal && (len(s.Actions) > 0 || s.Timer != nil || s.Deadline != nil) {
		l.add(place, "终结环节（terminal）不能再有操作、期限或定时")
	}
	if !s.Terminal && len(s.Actions) == 0 {
		l.add(place, "走到这里就出不去了：应写操作（actions），或标明终结环节（terminal: true）")
	}
	if s.Deadline != nil {
		l.period(at(place, "deadline"), s.Deadline)
	}
	l.extension(d, s)
	l.timer(d, s)
	seen := map[string]bool{}
	for _, a := range s.Actions {
		if seen[a.Code] {
			l.add(actionAt(s.Code, a.Code), "操作代码重复")
		}
		seen[a.Code] = true
		l.action(d, s, a)
	}
}

func (l *linter) extension(d *Definition, s *Stage) {
	x := s.Extension
	if x == nil {
		return
	}
	place := at(stageAt(s.Code), "extension")
	l.period(place, &Period{Days: x.MaxDays, Unit: x.Unit, Source: x.Source})
	l.power(at(place, "power"), x.Power)
	if !d.canHaveDeadline(s) {
		l.add(place, "这个环节没有期限（deadline），无从延期")
	}
}

// canHaveDeadline: by the stage's own rule or by an action that leads to it.
func (d *Definition) canHaveDeadline(to *Stage) bool {
	if to.Deadline != nil {
		return true
	}
	for _, s := range d.Stages {
		for _, a := range s.Actions {
			if a.To == to.Code && (a.Deadline != nil || a.Until != nil) {
				return true
			}
		}
	}
	return false
}

// atDue reads when a timer goes off.
func (l *linter) atDue(stage string, t *timerYAML) bool {
	place := at(at(stageAt(stage), "timer"), "at")
	switch {
	case t.At == "":
		return false
	case t.At != "due":
		l.add(place, "不认识 %q，只能写 due（期限届满时），或者不写这一项而写天数", t.At)
	case t.Period != (Period{}):
		l.add(place, "写了 at: due 就不用再写天数、单位和出处")
	}
	return true
}

func (l *linter) timer(d *Definition, s *Stage) {
	if s.Timer == nil {
		return
	}
	place := at(stageAt(s.Code), "timer")
	switch {
	case !s.Timer.AtDue:
		l.period(place, &s.Timer.Period)
	case !d.canHaveDeadline(s):
		l.add(at(place, "at"), "这个环节没有期限（deadline），定时没有可等的")
	}
	if s.Timer.Action == "" {
		l.add(at(place, "action"), "定时没有写到时要做的操作，应是其中之一：%s", actionCodes(s))
		return
	}
	a := s.Action(s.Timer.Action)
	if a == nil {
		l.add(at(place, "action"), "这个环节没有操作 %q，应是其中之一：%s", s.Timer.Action, actionCodes(s))
		return
	}
	// Nobody is there to fill in a form or to wait for a condition.
	if len(a.AnyOf) > 0 || a.Media > 0 || a.If != nil || a.NotBefore != nil || a.When != Always ||
		slices.ContainsFunc(a.Fields, func(f Field) bool { return f.Required }) {
		l.add(at(place, "action"), "定时操作 %q 不能要求填写、附件或另外的条件；条件应写在 timer.if", a.Code)
	}
}

func (l *linter) action(d *Definition, s *Stage, a *Action) {
	place := actionAt(s.Code, a.Code)
	l.code(at(place, "code"), a.Code)
	if a.Code == OpenAction || a.Code == ExtendAction {
		l.add(at(place, "code"), "%q 是系统保留的操作代码，请换一个", a.Code)
	}
	l.text(at(place, "name"), a.Name)
	if byTimer := s.Timer != nil && s.Timer.Action == a.Code; a.Power != "" || !byTimer {
		l.power(at(place, "power"), a.Power)
	}
	l.timing(d, s, a)
	if a.If == nil && a.Else != "" {
		l.add(at(place, "else"), "没有条件（if）就不用写 else")
	}
	if a.If != nil && a.Else == "" {
		l.add(at(place, "else"), "有条件（if）就要写 else：条件不满足时给群众看的一句话")
	}
	l.fields(place, a)
	switch {
	case a.To == "":
		l.add(at(place, "to"), "没有写办完后到哪个环节，应是其中之一：%s", stageCodes(d))
	case d.stages[a.To] == nil:
		l.add(at(place, "to"), "没有环节 %q，应是其中之一：%s", a.To, stageCodes(d))
	}
	if a.Deadline != nil {
		l.period(at(place, "deadline"), a.Deadline)
	}
	l.until(d, at(place, "until"), a.Until)
	for _, e := range a.Effects {
		if !slices.Contains(l.effects, e) {
			l.add(at(place, "effects"), "程序中没有 %q 这个后续动作，应是其中之一：%s", e, oneOf(l.effects))
		}
	}
	if a.Return && reasonField(a) == "" {
		l.add(at(place, "return"), "退回必须说明理由：fields 中至少要有一个不保密的必填项（required: true）")
	}
}

func (l *linter) until(d *Definition, place string, u *Until) {
	if u == nil {
		return
	}
	var days []string
	for _, datum := range d.Data {
		if datum.Type == "date" {
			days = append(days, datum.Code)
		}
	}
	if !slices.Contains(days, u.Datum) {
		l.add(at(place, "datum"), "没有日期数据 %q，应是 data 中 type: date 的其中之一：%s", u.Datum, oneOf(days))
	}
	if u.Most != nil {
		l.period(at(place, "most"), u.Most)
	}
}

func (l *linter) timing(d *Definition, s *Stage, a *Action) {
	place := actionAt(s.Code, a.Code)
	switch a.When {
	case Always:
	case InTime, Overdue:
		if !d.canHaveDeadline(s) {
			l.add(at(place, "when"), "这个环节没有期限（deadline），不能用 %q", a.When)
		}
	default:
		l.add(at(place, "when"), "不认识 %q，应是其中之一：%s, %s, %s", a.When, Always, InTime, Overdue)
	}
	if a.NotBefore != nil {
		l.period(at(place, "not_before"), a.NotBefore)
	}
}

func (l *linter) fields(place string, a *Action) {
	if a.Media < 0 || a.Media > maxMedia {
		l.add(at(place, "media"), "附件数应在 0 到 %d 之间", maxMedia)
	}
	codes := map[string]bool{}
	for _, f := range a.Fields {
		where := at(place, "fields["+f.Code+"]")
		if codes[f.Code] {
			l.add(where, "填写项代码重复")
		}
		codes[f.Code] = true
		l.code(at(where, "code"), f.Code)
		l.text(at(where, "name"), f.Name)
		switch f.Kind {
		case "", TextField, DateField, NumberField:
		default:
			l.add(at(where, "kind"), "不认识 %q，应是其中之一：%s, %s, %s", f.Kind, TextField, DateField, NumberField)
		}
		if f.Min < 0 || f.Max < 0 || f.most() > maxFieldChars || f.Min > f.most() {
			l.add(where, "字数应是 0 ≤ min ≤ max ≤ %d", maxFieldChars)
		}
		// What one of few words was chosen follows from the stage it led to.
		if f.Private && (f.Kind != "" && f.Kind != TextField || len(f.OneOf) > 0) {
			l.add(at(where, "private"), "只有自由填写的文字（没有 one_of）才能保密")
		}
	}
	for _, c := range a.AnyOf {
		if !codes[c] {
			l.add(at(place, "any_of"), "没有填写项 %q，应是其中之一：%s", c, oneOf(sortedKeys(codes)))
		}
	}
}

// graph checks that every stage can be reached, and that from every stage the
// case can get to rest: to a terminal or a resting stage.
func (l *linter) graph(d *Definition) {
	if d.stages[d.Start] == nil {
		return
	}
	reached := map[string]bool{}
	d.walk(d.Start, reached)
	for _, s := range d.Stages {
		if !reached[s.Code] {
			l.add(stageAt(s.Code), "从起始环节 %q 走不到这里", d.Start)
			continue
		}
		// Only where nothing else is wrong: a wrong "to" would show up again here.
		if len(l.problems) == 0 && !d.comesToRest(s.Code) {
			l.add(stageAt(s.Code), "从这里走不到任何终结（terminal）或存续（resting）环节，事情永远办不完")
		}
	}
}

func (d *Definition) walk(from string, reached map[string]bool) {
	s := d.stages[from]
	if s == nil || reached[from] {
		return
	}
	reached[from] = true
	for _, a := range s.Actions {
		d.walk(a.To, reached)
	}
}

func (d *Definition) comesToRest(from string) bool {
	reached := map[string]bool{}
	d.walk(from, reached)
	for code := range reached {
		if s := d.stages[code]; s.Terminal || s.Resting {
			return true
		}
	}
	return false
}

// lintVersions checks what only several versions together can get wrong.
func lintVersions(code string, versions []*Definition) []error {
	var problems []error
	for i := 1; i < len(versions); i++ {
		before, after := versions[i-1], versions[i]
		if before.Version == after.Version {
			problems = append(problems, fmt.Errorf("procedures/%s: 第 %d 版有两个文件", code, after.Version))
		}
		if !after.EffectiveFrom.After(before.EffectiveFrom) {
			problems = append(problems, fmt.Errorf("procedures/%s.v%d.yaml: effective_from: 应晚于第 %d 版的 %s",
				code, after.Version, before.Version, before.EffectiveFrom.Format(time.DateOnly)))
		}
	}
	return problems
}

func (l *linter) lintData(data []Datum) {
	seen := map[string]bool{}
	for _, d := range data {
		place := "data[" + d.Code + "]"
		l.code(at(place, "code"), d.Code)
		if _, reserved := builtinNames[d.Code]; reserved || seen[d.Code] {
			l.add(place, "代码重复，或与系统自带的名称相同")
		}
		seen[d.Code] = true
		if _, ok := dataTypes[d.Type]; !ok {
			l.add(at(place, "type"), "不认识 %q，应是其中之一：bool, date, int, text", d.Type)
		}
	}
}

func (l *linter) guard(place, text string, data []Datum) *Guard {
	if text == "" {
		return nil
	}
	g, err := compileGuard(text, data)
	if err != nil {
		names := sortedKeys(builtinNames)
		for _, d := range data {
			names = append(names, d.Code)
		}
		first, _, _ := strings.Cut(err.Error(), "\n")
		l.add(place, "条件 %q 读不懂（%s）；可用的名称：%s", cut(text), first, oneOf(names))
		return &Guard{Text: text} // so that what depends on there being one is judged as well
	}
	return g
}

func (l *linter) period(place string, p *Period) {
	if p.Days < 1 || p.Days > maxPeriod {
		l.add(at(place, "days"), "应在 1 到 %d 之间", maxPeriod)
	}
	if !p.Unit.Valid() {
		l.add(at(place, "unit"), "不认识 %q，应是其中之一：%s", p.Unit, calendar.UnitNames())
	}
	l.source(at(place, "source"), p.Source)
}

func (l *linter) code(place, code string) {
	if !codePattern.MatchString(code) {
		l.add(place, "%q 不对，%s", code, codeForm)
	}
}

func (l *linter) text(place, text string) {
	if strings.TrimSpace(text) == "" {
		l.add(place, "没有写，应写一个中文名称")
	}
}

func (l *linter) source(place, text string) {
	if !sourcePattern.MatchString(text) {
		l.add(place, "出处 %q 不对，%s", text, sourceForm)
	}
}

func (l *linter) power(place, power string) {
	switch {
	case power == "":
		l.add(place, "没有写需要什么权限（见 powers.yaml）")
	case l.powers != nil && !Own(power) && !l.powers(power):
		l.add(place, "没有权限 %q，应是 powers.yaml 中列出的权限之一", power)
	}
}

func stageCodes(d *Definition) string {
	codes := make([]string, len(d.Stages))
	for i, s := range d.Stages {
		codes[i] = s.Code
	}
	slices.Sort(codes)
	return oneOf(slices.Compact(codes))
}

func actionCodes(s *Stage) string {
	codes := make([]string, len(s.Actions))
	for i, a := range s.Actions {
		codes[i] = a.Code
	}
	return oneOf(codes)
}

func oneOf(names []string) string {
	if len(names) == 0 {
		return "（目前一个也没有）"
	}
	return strings.Join(names, ", ")
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
