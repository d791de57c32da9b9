package ballot

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"cunwu/service/fault"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// Bounds of a definition; technical, not rules.
const (
	leastOptions   = 2
	mostOptions    = 30
	mostQuestion   = 200
	mostLabel      = 60
	mostMembers    = 20_000
	mostReason     = 200
	leastReason    = 2
	longestVote    = 90 * 24 * time.Hour
	earliestOpener = 180 * 24 * time.Hour
)

// Input is what a clerk writes of a ballot. Zero Quorum and Pass take the
// rule's. Options are fixed for YesNo and Satisfied; elsewhere an option without
// id gets one. Members name the roll where the electorate is a body, an
// interest group or the members of the collective.
type Input struct {
	Region     region.Code
	Question   string
	Kind       Kind
	Options    []Option
	MaxChoices int
	Rule       string
	Quorum     Share
	Pass       Share
	Sealed     bool
	AllPairs   bool // sealed: opened by all three pairs of keepers
	Revote     bool
	Advisory   bool
	OpensAt    time.Time
	ClosesAt   time.Time
	Members    []string
}

var (
	yesNoOptions     = []Option{{Yes, "赞成"}, {No, "反对"}, {Abstain, "弃权"}}
	satisfiedOptions = []Option{{OptSatisfied, "满意"}, {OptBasic, "基本满意"}, {OptNot, "不满意"}}
	optionID         = regexp.MustCompile(`^[a-z0-9][a-z0-9_]{0,19}$`)
)

// define makes a definition of an input, or says all that is wrong with it.
func (s *Service) define(in Input, now time.Time) (Definition, error) {
	d := Definition{
		Region: in.Region, Question: strings.TrimSpace(in.Question), Kind: in.Kind, Options: options(in),
		MaxChoices: in.MaxChoices, Rule: in.Rule, Quorum: in.Quorum, Pass: in.Pass, Sealed: in.Sealed, AllPairs: in.AllPairs, Revote: in.Revote,
		Advisory: in.Advisory, OpensAt: in.OpensAt.Truncate(time.Second), ClosesAt: in.ClosesAt.Truncate(time.Second),
	}
	if d.Kind != ChooseFew {
		d.MaxChoices = 1
	}
	var wrong []fault.Field
	say := func(at, format string, args ...any) {
		wrong = append(wrong, fault.Field{Location: "body." + at, Message: fmt.Sprintf(format, args...)})
	}
	if n := utf8.RuneCountInString(d.Question); n < leastReason || n > mostQuestion {
		say("question", "要写清楚表决什么，不超过 %d 个字", mostQuestion)
	}
	d.checkOptions(say)
	checkTimes(d, now, say)
	if len(in.Members) > mostMembers {
		say("members", "最多 %d 人", mostMembers)
	}
	rule, ok := s.opt.Thresholds.Rule(in.Rule)
	if !ok {
		say("rule", "没有这条表决规则")
		return Definition{}, ErrInvalid.With(wrong...)
	}
	if !rule.fits(in.Region) {
		return Definition{}, ErrPlace.At("body.rule", "%s", rule.Name)
	}
	d.Electorate = rule.Electorate
	d.checkRule(rule, say)
	if len(wrong) > 0 {
		return Definition{}, ErrInvalid.With(wrong...)
	}
	if err := d.strictEnough(rule); err != nil {
		return Definition{}, err
	}
	return d, s.screen(d)
}

type sayer func(at, format string, args ...any)

// options gives those that are fixed for the kind, else those given, named.
func options(in Input) []Option {
	switch in.Kind {
	case YesNo:
		return slices.Clone(yesNoOptions)
	case Satisfied:
		return slices.Clone(satisfiedOptions)
	case ChooseOne, ChooseFew, Score:
	}
	out := slices.Clone(in.Options)
	for i := range out {
		out[i].Label = strings.TrimSpace(out[i].Label)
		if out[i].ID == "" {
			out[i].ID = fmt.Sprintf("o%d", i+1)
		}
	}
	return out
}

func (d Definition) checkOptions(say sayer) {
	if !slices.Contains([]Kind{YesNo, ChooseOne, ChooseFew, Score, Satisfied}, d.Kind) {
		say("kind", "应是 yes_no、choose_one、choose_up_to、score 或 satisfied")
		return
	}
	if n := len(d.Options); n < leastOptions || n > mostOptions {
		say("options", "要有 %d 到 %d 个选项", leastOptions, mostOptions)
	}
	for i, o := range d.Options {
		at := fmt.Sprintf("options[%d]", i)
		if !optionID.MatchString(o.ID) {
			say(at+".id", "只能用小写字母、数字和下划线，最多 20 个")
		}
		if slices.ContainsFunc(d.Options[:i], func(p Option) bool { return p.ID == o.ID || p.Label == o.Label }) {
			say(at, "和前面的选项重复")
		}
		if n := utf8.RuneCountInString(o.Label); n < 1 || n > mostLabel {
			say(at+".label", "要写 1 到 %d 个字", mostLabel)
		}
	}
	if d.Kind == ChooseFew && (d.MaxChoices < 1 || d.MaxChoices >= len(d.Options)) {
		say("max_choices", "最多选几项，要比选项少")
	}
}

func checkTimes(d Definition, now time.Time, say sayer) {
	switch {
	case d.OpensAt.IsZero() || d.ClosesAt.IsZero():
		say("closes_at", "要有开始和截止时间")
	case !d.ClosesAt.After(d.OpensAt):
		say("closes_at", "截止要晚于开始")
	case d.ClosesAt.Sub(d.OpensAt) > longestVote:
		say("closes_at", "最长 90 天")
	case !d.ClosesAt.After(now):
		say("closes_at", "已经过去了")
	case d.OpensAt.Sub(now) > earliestOpener:
		say("opens_at", "最多提前 180 天")
	}
}

// checkRule sets what the rule gives and checks what it asks for.
func (d *Definition) checkRule(rule Rule, say sayer) {
	if d.Quorum == (Share{}) {
		d.Quorum = rule.Quorum
	}
	if d.Pass == (Share{}) {
		d.Pass = rule.Pass
	}
	if why := d.Quorum.problem(true); why != "" {
		say("quorum", "quorum %s", why)
	}
	if why := d.Pass.problem(false); why != "" {
		say("pass", "pass %s", why)
	}
	switch {
	case rule.Sealed == MustSeal && !d.Sealed:
		say("sealed", "%s必须用秘密表决（%s）", rule.Name, rule.Source)
	case rule.Sealed == NeverSeal && d.Sealed:
		say("sealed", "%s不能用秘密表决", rule.Name)
	case d.AllPairs && !d.Sealed:
		say("all_pairs", "三对保管人都开箱，只用于秘密表决")
	}
	if rule.Pass.Den == 0 && d.Pass.Den == 0 {
		d.Advisory = true
	}
	if d.Kind == Score && d.Pass.Den != 0 {
		say("kind", "打分只能用来征求意见")
	}
}

func (d Definition) strictEnough(rule Rule) error {
	var wrong []fault.Field
	if !d.Quorum.AtLeast(rule.Quorum) {
		wrong = append(wrong, fault.Field{Location: "body.quorum", Message: "不能低于" + rule.Quorum.told() + "（" + rule.Source + "）"})
	}
	if !d.Pass.AtLeast(rule.Pass) {
		wrong = append(wrong, fault.Field{Location: "body.pass", Message: "不能低于" + rule.Pass.told() + "（" + rule.Source + "）"})
	}
	if len(wrong) > 0 {
		return ErrLooser.With(wrong...)
	}
	return nil
}

// screen refuses texts that must not become public.
func (s *Service) screen(d Definition) error {
	parts := []screening.Part{{Location: "body.question", Text: d.Question}}
	for i, o := range d.Options {
		parts = append(parts, screening.Part{Location: fmt.Sprintf("body.options[%d].label", i), Text: o.Label})
	}
	return s.screened(d.Region, parts...)
}

func (s *Service) screened(place region.Code, parts ...screening.Part) error {
	return s.opt.Screening.Refuse(place, ErrPersonal, parts...)
}

// reasoned gives a reason or an opinion without the space around it.
func (s *Service) reasoned(place region.Code, field, text string) (string, error) {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n < leastReason || n > mostReason {
		return "", ErrReason.With(fault.Field{Location: "body." + field, Message: "请写 2 到 200 个字"})
	}
	return text, s.screened(place, screening.Part{Location: "body." + field, Text: text})
}
