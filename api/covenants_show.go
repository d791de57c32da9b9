package api

import (
	"cunwu/service/covenant"
	"cunwu/service/region"
)

// CovenantLine is one text in a list.
type CovenantLine struct {
	ID         string         `json:"id"`
	Region     region.Code    `json:"region" example:"510821102200"`
	RegionName string         `json:"region_name" example:"盐井村"`
	Kind       string         `json:"kind" enum:"charter,covenant"`
	KindName   string         `json:"kind_name" example:"村规民约"`
	Title      string         `json:"title" example:"盐井村村规民约"`
	InForce    *CovenantBrief `json:"in_force" doc:"生效的一版；没有的为 null"`
	UnderWay   *CovenantBrief `json:"under_way" doc:"正在修订的一版；没有的为 null"`
	ChangedAt  *string        `json:"changed_at"`
}

// CovenantBrief is a version without its text.
type CovenantBrief struct {
	Number     int     `json:"number" doc:"第几版"`
	State      string  `json:"state" example:"in_force"`
	StateName  string  `json:"state_name" example:"生效"`
	Title      string  `json:"title"`
	Clauses    int     `json:"clauses" doc:"几条"`
	AdoptedOn  string  `json:"adopted_on,omitempty" format:"date"`
	FiledOn    string  `json:"filed_on,omitempty" format:"date"`
	Since      *string `json:"since" doc:"从什么时候起生效"`
	Until      *string `json:"until" doc:"到什么时候为止"`
	Correction bool    `json:"correction_ordered" doc:"乡镇责令改正"`
}

func showCovenantBrief(v covenant.Version) CovenantBrief {
	out := CovenantBrief{
		Number: v.Number, State: string(v.State), StateName: v.State.Name(), Title: v.Content.Title, Clauses: len(v.Content.Clauses),
		Since: stampOrNil(v.Since), Until: stampOrNil(v.Until), Correction: v.Content.Correction != nil,
	}
	if v.Content.Vote != nil {
		out.AdoptedOn = v.Content.Vote.On
	}
	if v.Content.Filing != nil {
		out.FiledOn = v.Content.Filing.On
	}
	return out
}

func briefOrNil(v *covenant.Version) *CovenantBrief {
	if v == nil {
		return nil
	}
	b := showCovenantBrief(*v)
	return &b
}

func showCovenantLine(v covenant.View) CovenantLine {
	out := CovenantLine{
		ID: v.ID, Region: v.Region, RegionName: v.RegionName, Kind: string(v.Kind), KindName: v.Kind.Name(),
		InForce: briefOrNil(v.InForce), UnderWay: briefOrNil(v.UnderWay), ChangedAt: stampOrNil(v.ChangedAt),
	}
	switch {
	case v.InForce != nil:
		out.Title = v.InForce.Content.Title
	case len(v.Versions) > 0:
		out.Title = v.Versions[0].Content.Title
	}
	return out
}

// covenantShown is a text in full.
type covenantShown struct {
	CovenantLine
	Revision  int              `json:"revision" doc:"改过几次，办下一步时可以带上"`
	Current   *covenantVersion `json:"current" doc:"生效的一版全文"`
	Draft     *covenantVersion `json:"draft" doc:"正在修订的一版全文"`
	Versions  []CovenantBrief  `json:"versions" doc:"历次版本，新的在前"`
	Opinions  opinionCounts    `json:"opinions" doc:"对最新一版的意见：计数和答复，没有姓名和原文"`
	StageName string           `json:"stage_name,omitempty" example:"合法性审查"`
	DueAt     *string          `json:"due_at"`
	Overdue   bool             `json:"overdue"`
	MaySpeak  bool             `json:"may_speak" doc:"现在可以提意见"`
	WhyNot    string           `json:"why_not,omitempty"`
	Actions   []available      `json:"available_actions"`
}

type opinionCounts struct {
	Version  int              `json:"version"`
	Support  int              `json:"support" doc:"赞成的人数"`
	Change   int              `json:"change" doc:"建议修改的人数"`
	Oppose   int              `json:"oppose" doc:"不赞成的人数"`
	Opinions int              `json:"opinions" doc:"意见条数"`
	Answered int              `json:"answered"`
	Adopted  int              `json:"adopted"`
	Answers  []covenantAnswer `json:"answers"`
}

type covenantAnswer struct {
	Number  int     `json:"number"`
	Stance  string  `json:"stance"`
	Clause  string  `json:"clause,omitempty"`
	Adopted bool    `json:"adopted"`
	Reason  string  `json:"reason"`
	By      string  `json:"by" example:"文书"`
	At      *string `json:"at"`
}

func showCovenant(v covenant.View) covenantShown {
	o := v.Opinions
	return covenantShown{
		CovenantLine: showCovenantLine(v), Revision: v.Revision, Current: versionOrNil(v.InForce), Draft: versionOrNil(v.UnderWay),
		Versions: mapped(v.Versions, showCovenantBrief), StageName: v.StageName, DueAt: stampOrNil(v.DueAt), Overdue: v.Overdue,
		MaySpeak: v.MaySpeak, WhyNot: v.WhyNot, Actions: mapped(v.Available, showAvailable),
		Opinions: opinionCounts{
			Version: o.Version, Support: o.People[covenant.Support], Change: o.People[covenant.Change], Oppose: o.People[covenant.Oppose],
			Opinions: o.Opinions, Answered: o.Answered, Adopted: o.Adopted, Answers: mapped(o.Answers, func(x covenant.Answer) covenantAnswer {
				return covenantAnswer{
					Number: x.Number, Stance: string(x.Stance), Clause: x.Clause, Adopted: x.Adopted, Reason: x.Reason, By: x.By, At: stampOrNil(x.At),
				}
			}),
		},
	}
}

// covenantVersion is a version in full.
type covenantVersion struct {
	CovenantBrief
	Covenant   string              `json:"covenant_id"`
	Revision   int                 `json:"revision"`
	Base       int                 `json:"base" doc:"从第几版改来；0 是第一次制定"`
	Corrects   bool                `json:"corrects" doc:"乡镇责令改正后的修订"`
	Notice     string              `json:"notice"`
	Text       []clauseShown       `json:"text" doc:"条款，按顺序"`
	Digest     string              `json:"digest" doc:"文本的 SHA-256"`
	Question   string              `json:"question" doc:"村民会议表决用的题目，照抄到投票里"`
	Steps      []covenantMark      `json:"steps" doc:"什么时候到哪一步"`
	Said       []covenantSaid      `json:"said" doc:"各级的意见和理由"`
	Vote       *covenantVote       `json:"vote"`
	Failed     []covenantVote      `json:"failed_votes"`
	Filing     *covenantFiling     `json:"filing"`
	InForceOn  string              `json:"in_force_on,omitempty" format:"date"`
	Correction *covenantCorrection `json:"correction"`
	LogIndex   *int64              `json:"log_index" doc:"公布时的存证编号"`
}

type clauseShown struct {
	Code     string        `json:"code" example:"c02"`
	Number   int           `json:"number"`
	Topic    string        `json:"topic" example:"tidy"`
	Kind     string        `json:"kind" enum:"encouraged,not_allowed,general"`
	KindName string        `json:"kind_name" example:"禁止"`
	Text     string        `json:"text"`
	Measures []MeasureBody `json:"measures"`
	Source   string        `json:"source"`
	List     string        `json:"list,omitempty" example:"black"`
	TurnsRed bool          `json:"turns_red"`
}

type covenantMark struct {
	State string  `json:"state"`
	Name  string  `json:"name"`
	At    *string `json:"at"`
}

type covenantSaid struct {
	Action string  `json:"action"`
	Text   string  `json:"text"`
	By     string  `json:"by"`
	At     *string `json:"at"`
}

type covenantVote struct {
	Ballot  string `json:"ballot_id"`
	Rule    string `json:"rule"`
	Passed  bool   `json:"passed"`
	On      string `json:"on" format:"date"`
	Roll    int    `json:"roll" doc:"应到"`
	Present int    `json:"present" doc:"参加"`
	Yes     int    `json:"yes"`
	No      int    `json:"no"`
	Abstain int    `json:"abstain"`
	Women   int    `json:"women" doc:"参加的妇女人数"`
}

type covenantFiling struct {
	On      string `json:"on" format:"date"`
	By      string `json:"due_on,omitempty" format:"date" doc:"应当在这一天以前"`
	Receipt string `json:"receipt"`
	Late    bool   `json:"late"`
}

type covenantCorrection struct {
	Text    string   `json:"text"`
	Clauses []string `json:"clauses"`
	Until   string   `json:"until" format:"date"`
	At      *string  `json:"at"`
}

func versionOrNil(v *covenant.Version) *covenantVersion {
	if v == nil {
		return nil
	}
	out := showCovenantVersion(*v)
	return &out
}

func showCovenantVersion(v covenant.Version) covenantVersion {
	c := v.Content
	out := covenantVersion{
		CovenantBrief: showCovenantBrief(v), Covenant: v.CovenantID, Revision: v.Revision, Base: c.Base, Corrects: c.Corrects, Notice: c.Notice,
		Text: mapped(c.Clauses, showCovenantClause), Digest: v.Digest, Question: v.Question(), InForceOn: c.InForceOn, LogIndex: c.LogIndex,
		Steps: mapped(c.Marks, func(m covenant.Mark) covenantMark {
			return covenantMark{State: string(m.State), Name: m.State.Name(), At: stampOrNil(m.At)}
		}),
		Said: mapped(c.Said, func(x covenant.Said) covenantSaid {
			return covenantSaid{Action: x.Action, Text: x.Text, By: x.By, At: stampOrNil(x.At)}
		}),
		Failed: mapped(c.Failed, showCovenantVote),
	}
	if c.Vote != nil {
		vote := showCovenantVote(*c.Vote)
		out.Vote = &vote
	}
	if f := c.Filing; f != nil {
		out.Filing = &covenantFiling{On: f.On, Receipt: f.Receipt, Late: f.Late}
		if c.Vote != nil {
			out.Filing.By = c.Vote.FileBy
		}
	}
	if x := c.Correction; x != nil {
		out.Correction = &covenantCorrection{Text: x.Text, Clauses: append([]string{}, x.Clauses...), Until: x.Until, At: stampOrNil(x.At)}
	}
	return out
}

func showCovenantVote(x covenant.Vote) covenantVote {
	return covenantVote{
		Ballot: x.Ballot, Rule: x.Rule, Passed: x.Passed, On: x.On, Roll: x.Roll, Present: x.Present, Yes: x.Yes, No: x.No,
		Abstain: x.Abstain, Women: x.Women,
	}
}

func showCovenantClause(c covenant.Clause) clauseShown {
	return clauseShown{
		Code: c.Code, Number: c.Number, Topic: c.Topic, Kind: string(c.Kind), KindName: c.Kind.Name(), Text: c.Text, Source: c.Source,
		List: string(c.List), TurnsRed: c.TurnsRed, Measures: mapped(c.Measures, func(m covenant.Measure) MeasureBody { return MeasureBody(m) }),
	}
}

func covenantClauseOrNil(c *covenant.Clause) *clauseShown {
	if c == nil {
		return nil
	}
	out := showCovenantClause(*c)
	return &out
}

type covenantDifference struct {
	From    int            `json:"from"`
	To      int            `json:"to"`
	Title   []piece        `json:"title"`
	Clauses []clauseChange `json:"clauses" doc:"按后一版的顺序，删去的在原来的位置"`
	Added   int            `json:"added"`
	Removed int            `json:"removed"`
	Changed int            `json:"changed"`
}

type clauseChange struct {
	Op     string       `json:"op" enum:"same,added,removed,changed"`
	Code   string       `json:"code"`
	Before *clauseShown `json:"before"`
	After  *clauseShown `json:"after"`
	Text   []piece      `json:"text" doc:"条款文字的增删"`
	Parts  []string     `json:"parts" doc:"还有哪些不同：number 顺序，topic 主题，kind 种类，list 红黑榜，measures 措施，source 来源"`
}

func showCovenantDifference(d covenant.Difference) covenantDifference {
	return covenantDifference{
		From: d.From, To: d.To, Title: mapped(d.Title, showPiece), Added: d.Added, Removed: d.Removed, Changed: d.Changed,
		Clauses: mapped(d.Clauses, func(c covenant.ClauseChange) clauseChange {
			return clauseChange{
				Op: string(c.Op), Code: c.Code, Before: covenantClauseOrNil(c.Before), After: covenantClauseOrNil(c.After), Text: mapped(c.Text, showPiece),
				Parts: append([]string{}, c.Parts...),
			}
		}),
	}
}

// covenantOpinion is an opinion for its author and for those who answer: without
// whose it is.
type covenantOpinion struct {
	OpinionTaken
	Clause  string  `json:"clause,omitempty"`
	Text    string  `json:"text"`
	Origin  string  `json:"origin" enum:"online,paper"`
	People  int     `json:"people"`
	Sheet   string  `json:"sheet,omitempty" doc:"意见表照片的附件编号"`
	At      *string `json:"at"`
	Adopted bool    `json:"adopted"`
	Answer  string  `json:"answer,omitempty"`
	By      string  `json:"answered_by,omitempty"`
}

// OpinionTaken is the answer to a write: it is kept as a receipt, so that no
// words are in it.
type OpinionTaken struct {
	Covenant   string  `json:"covenant_id"`
	Version    int     `json:"version"`
	Number     int     `json:"number"`
	Stance     string  `json:"stance"`
	Answered   bool    `json:"answered"`
	AnsweredAt *string `json:"answered_at"`
}

func showOpinionTaken(o covenant.Opinion) OpinionTaken {
	return OpinionTaken{
		Covenant: o.CovenantID, Version: o.Version, Number: o.Number, Stance: string(o.Stance), Answered: o.Answered(), AnsweredAt: stampOrNil(o.AnsweredAt),
	}
}

func showCovenantOpinion(o covenant.Opinion) covenantOpinion {
	return covenantOpinion{
		OpinionTaken: showOpinionTaken(o), Clause: o.Clause, Text: o.Text, Origin: string(o.Origin), People: o.People, Sheet: o.Sheet,
		At: stampOrNil(o.At), Adopted: o.Adopted, Answer: o.Answer, By: o.AnsweredBy,
	}
}

type covenantRules struct {
	Version   int             `json:"version"`
	Effective string          `json:"effective" format:"date"`
	Topics    []covenantTopic `json:"topics"`
	Forbidden []forbiddenText `json:"forbidden" doc:"不能写进条款的话"`
	PerDay    int             `json:"opinions_per_day"`
	Chars     int             `json:"clause_chars"`
	Correct   int             `json:"correction_days" doc:"备案后多少天以内乡镇可以责令改正"`
}

type covenantTopic struct {
	Code string `json:"code" example:"tidy"`
	Name string `json:"name" example:"环境卫生"`
}

type forbiddenText struct {
	Code    string `json:"code" example:"fine"`
	Name    string `json:"name"`
	Law     string `json:"law"`
	Plain   string `json:"plain"`
	Suggest string `json:"suggest"`
	Source  string `json:"source"`
}

func showCovenantRules(r *covenant.Rules) covenantRules {
	return covenantRules{
		Version: r.Version, Effective: r.Effective, PerDay: r.Opinions.PerDay, Chars: r.Text.Chars, Correct: r.Correction.Days,
		Topics: mapped(r.Topics, func(t covenant.Topic) covenantTopic { return covenantTopic(t) }),
		Forbidden: mapped(r.Lint, func(p covenant.Pattern) forbiddenText {
			return forbiddenText{Code: p.Code, Name: p.Name, Law: p.Law, Plain: p.Plain, Suggest: p.Suggest, Source: p.Source}
		}),
	}
}
