package api

import (
	"encoding/hex"

	"cunwu/service/consultation"
	"cunwu/service/consultation/opinion"
	"cunwu/service/region"
)

// ConsultationLine is one consultation in a list. Types that others embed are
// exported, for the library that describes them.
type ConsultationLine struct {
	ID          string      `json:"id"`
	Region      region.Code `json:"region" example:"510821102200"`
	RegionName  string      `json:"region_name" example:"盐井村"`
	Group       region.Code `json:"group,omitempty"`
	Title       string      `json:"title"`
	Question    string      `json:"question"`
	Channel     string      `json:"channel" enum:"ordinary,come_consult"`
	ChannelName string      `json:"channel_name" example:"村民协商"`
	State       string      `json:"state" example:"in_session"`
	StateName   string      `json:"state_name" example:"协商中"`
	Speaking    bool        `json:"statements_open" doc:"现在可以发表意见和表态"`
	CreatedAt   *string     `json:"created_at"`
	ChangedAt   *string     `json:"changed_at"`
}

func showConsultationLine(c consultation.Consultation) ConsultationLine {
	return ConsultationLine{
		ID: c.ID, Region: c.Region, RegionName: c.RegionName, Group: c.Group, Title: c.Title, Question: c.Content.Topic.Question,
		Channel: string(c.Channel), ChannelName: c.Channel.Name(), State: string(c.State), StateName: c.StateName,
		Speaking: c.Speaking, CreatedAt: stampOrNil(c.CreatedAt), ChangedAt: stampOrNil(c.ChangedAt),
	}
}

// consultationShown is a consultation in full.
type consultationShown struct {
	ConsultationLine
	Why          string             `json:"why,omitempty"`
	Source       string             `json:"source"`
	SourceName   string             `json:"source_name"`
	Concern      string             `json:"concern_id,omitempty"`
	Liaison      string             `json:"cppcc_liaison,omitempty"`
	Item         *directoryItem     `json:"item" doc:"指导目录中的事项；目录外的为 null"`
	Revision     int                `json:"revision"`
	Mine         bool               `json:"mine" doc:"是我提出的"`
	MaySpeak     bool               `json:"may_speak"`
	WhyNot       string             `json:"why_not,omitempty" doc:"为什么不能发表意见和表态"`
	Steps        []consultationStep `json:"steps" doc:"一步一步到了哪里"`
	Review       *preReview         `json:"prereview"`
	Participants []participant      `json:"participants"`
	Sessions     []sessionShown     `json:"sessions"`
	Counts       countsShown        `json:"counts"`
	ConsultationResult
	Available []available `json:"available_actions"`
}

// ConsultationResult is what came of it.
type ConsultationResult struct {
	Outcome    *outcomeShown     `json:"outcome" doc:"还没有形成意见的为 null"`
	Ballot     *ballotLinked     `json:"ballot" doc:"关联的征求意见投票"`
	Resolution string            `json:"resolution_id,omitempty" doc:"提交的决议事项"`
	Decided    *resolutionLinked `json:"resolution" doc:"提交的决议事项，从那边用 /consultations?resolution= 查得回来"`
	NoFollowUp string            `json:"no_follow_up,omitempty" doc:"为什么不需要落实"`
	Plan       *planShown        `json:"implementation"`
	Feedback   *saidShown        `json:"feedback"`
	Ratings    ratingsShown      `json:"ratings"`
	Adoption   *adoptionShown    `json:"adoption" doc:"有事来协商：采纳单位的回复"`
}

type consultationStep struct {
	State string  `json:"state"`
	Name  string  `json:"name"`
	At    *string `json:"at"`
	Now   bool    `json:"now"`
}

type preReview struct {
	Result   string  `json:"result" enum:"accept,redirect,reject"`
	Reason   string  `json:"reason"`
	To       string  `json:"to,omitempty"`
	ToName   string  `json:"to_name,omitempty"`
	Level    string  `json:"level,omitempty"`
	Concerns string  `json:"concerns,omitempty"`
	HowMany  int     `json:"how_many,omitempty"`
	By       string  `json:"by"`
	At       *string `json:"at"`
}

type participant struct {
	Kind     string `json:"kind"`
	Who      string `json:"who"`
	Interest string `json:"interest,omitempty"`
	Advises  bool   `json:"advises" doc:"只提供意见，不参加表决"`
}

type sessionShown struct {
	On        string       `json:"on" format:"date"`
	Form      string       `json:"form" enum:"online,offline,both"`
	FormName  string       `json:"form_name"`
	Place     string       `json:"place"`
	Agenda    string       `json:"agenda"`
	Notified  *string      `json:"notified_at"`
	Started   *string      `json:"started_at"`
	Ended     *string      `json:"ended_at"`
	Cancelled string       `json:"cancelled,omitempty" doc:"改期的理由"`
	Minutes   string       `json:"minutes,omitempty"`
	Matters   string       `json:"matters,omitempty"`
	Attended  int          `json:"attended"`
	Photos    []photoShown `json:"photos"`
}

type photoShown struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	URL      string `json:"url"`
	ThumbURL string `json:"thumb_url,omitempty"`
}

type countsShown struct {
	People     int `json:"people" doc:"发表意见或表态的人数"`
	Statements int `json:"statements"`
	Hidden     int `json:"hidden"`
	Votes      int `json:"votes"`
}

type outcomeShown struct {
	Result     string  `json:"result" enum:"consensus,partial,none"`
	ResultName string  `json:"result_name"`
	Text       string  `json:"text"`
	Reasons    string  `json:"reasons"`
	At         *string `json:"at"`
	Log        *logPin `json:"log" doc:"在存证记录里的位置：SHA-256(盐 ‖ result、text、reasons 的规范 JSON)"`
}

type ballotLinked struct {
	ID       string `json:"id"`
	Title    string `json:"title,omitempty"`
	State    string `json:"state,omitempty"`
	Advisory bool   `json:"advisory" doc:"总是 true：协商中的投票只作参考"`
	Note     string `json:"note" example:"这次投票只征求意见，供协商参考，不是决议。"`
}

type planShown struct {
	Responsible string      `json:"responsible"`
	Due         string      `json:"due" format:"date"`
	Text        string      `json:"plan"`
	Percent     int         `json:"percent"`
	Overdue     bool        `json:"overdue"`
	Milestones  []milestone `json:"milestones"`
}

type milestone struct {
	Percent int          `json:"percent"`
	What    string       `json:"what"`
	At      *string      `json:"at"`
	Photos  []photoShown `json:"photos"`
}

type saidShown struct {
	Text string  `json:"text"`
	At   *string `json:"at"`
	Log  *logPin `json:"log" doc:"在存证记录里的位置：SHA-256(盐 ‖ text 的规范 JSON)"`
}

// logPin is where a text stands in the public record.
type logPin struct {
	Index int64  `json:"index"`
	Salt  string `json:"salt" doc:"十六进制"`
}

func showPin(l *consultation.Logged) *logPin {
	if l == nil {
		return nil
	}
	return &logPin{Index: l.Index, Salt: hex.EncodeToString(l.Salt)}
}

// resolutionLinked is the resolution that a consultation was handed on to.
type resolutionLinked struct {
	ID    string `json:"id"`
	Title string `json:"title,omitempty"`
	State string `json:"state,omitempty"`
}

type ratingsShown struct {
	Satisfied    int    `json:"satisfied"`
	Basic        int    `json:"basic"`
	Dissatisfied int    `json:"dissatisfied"`
	Mine         string `json:"mine,omitempty"`
}

type adoptionShown struct {
	By    string  `json:"result_adopter"`
	Reply string  `json:"adoption_reply"`
	At    *string `json:"at"`
}

func showRatings(r consultation.Ratings) ratingsShown { return ratingsShown(r) }

func showConsultation(c consultation.Consultation) consultationShown {
	x := c.Content
	photos := func(ids []string) []photoShown {
		out := []photoShown{}
		for _, id := range ids {
			if p, ok := c.Photos[id]; ok {
				out = append(out, photoShown{ID: p.ID, Name: p.Name, URL: p.URL, ThumbURL: p.ThumbURL})
			}
		}
		return out
	}
	out := consultationShown{
		ConsultationLine: showConsultationLine(c), Why: x.Topic.Why, Source: string(x.Topic.Source), SourceName: x.Topic.Source.Name(),
		Concern: x.Topic.ConcernID, Liaison: x.Topic.Liaison, Revision: c.Revision, Mine: c.Mine, MaySpeak: c.MaySpeak, WhyNot: c.WhyNot,
		Steps: mapped(c.Way, func(s consultation.Step) consultationStep {
			return consultationStep{State: string(s.State), Name: s.Name, At: stampOrNil(s.At), Now: s.Now}
		}),
		Participants: mapped(x.Participants, func(p consultation.Participant) participant { return participant(p) }),
		Sessions: mapped(x.Sessions, func(s consultation.Session) sessionShown {
			return sessionShown{
				On: s.On, Form: string(s.Form), FormName: s.Form.Name(), Place: s.Place, Agenda: s.Agenda,
				Notified: stampOrNil(s.NotifiedAt), Started: stampOrNil(s.StartedAt), Ended: stampOrNil(s.EndedAt),
				Cancelled: s.Cancelled, Minutes: s.Minutes, Matters: s.Matters, Attended: s.Attended, Photos: photos(s.Photos),
			}
		}),
		Counts: countsShown(c.Counts), ConsultationResult: showConsultationResult(c, photos), Available: mapped(c.Available, showAvailable),
	}
	if c.Item != nil {
		i := showDirectoryItem(*c.Item)
		out.Item = &i
	}
	if r := x.Review; r != nil {
		out.Review = &preReview{
			Result: r.Result, Reason: r.Reason, To: r.To, ToName: r.ToName(), Level: r.Level, Concerns: r.Concerns,
			HowMany: r.HowMany, By: r.By, At: stampOrNil(r.At),
		}
	}
	return out
}

func showConsultationResult(c consultation.Consultation, photos func([]string) []photoShown) ConsultationResult {
	x := c.Content
	out := ConsultationResult{Resolution: x.Resolution, NoFollowUp: x.NoFollowUp, Ratings: showRatings(c.Ratings)}
	if o := x.Outcome; o != nil {
		out.Outcome = &outcomeShown{Result: o.Result, ResultName: o.Name(), Text: o.Text, Reasons: o.Reasons, At: stampOrNil(o.At), Log: showPin(o.Log)}
	}
	if b := c.Ballot; b != nil {
		out.Ballot = &ballotLinked{ID: b.ID, Title: b.Title, State: b.State, Advisory: true, Note: consultation.Advisory}
	}
	if d := c.Resolution; d != nil {
		out.Decided = &resolutionLinked{ID: d.ID, Title: d.Title, State: d.State}
	}
	if p := x.Plan; p != nil {
		out.Plan = &planShown{
			Responsible: p.Responsible, Due: p.Due, Text: p.Text, Percent: p.Percent, Overdue: c.Late,
			Milestones: mapped(p.Milestones, func(m consultation.Milestone) milestone {
				return milestone{Percent: m.Percent, What: m.What, At: stampOrNil(m.At), Photos: photos(m.Photos)}
			}),
		}
	}
	if f := x.Feedback; f != nil {
		out.Feedback = &saidShown{Text: f.Text, At: stampOrNil(f.At), Log: showPin(f.Log)}
	}
	if d := x.Adoption; d != nil {
		out.Adoption = &adoptionShown{By: d.By, Reply: d.Reply, At: stampOrNil(d.At)}
	}
	return out
}

type statementShown struct {
	ID       string  `json:"id"`
	Number   int     `json:"number"`
	By       string  `json:"by" example:"村民发表"`
	Text     string  `json:"text"`
	State    string  `json:"state" enum:"shown,withdrawn,hidden"`
	Kind     string  `json:"kind,omitempty" doc:"为什么隐藏：类别"`
	Reason   string  `json:"reason,omitempty" doc:"为什么隐藏：理由"`
	At       *string `json:"at"`
	Agree    int     `json:"agree"`
	Disagree int     `json:"disagree"`
	Pass     int     `json:"pass"`
	Mine     bool    `json:"mine"`
	MyVote   string  `json:"my_vote,omitempty" enum:"agree,disagree,pass"`
}

func showStatement(s consultation.Statement) statementShown {
	out := statementShown{
		ID: s.ID, Number: s.Number, By: consultation.Anonymous, Text: s.Text, State: string(s.State), Kind: s.Kind, Reason: s.Reason,
		At: stampOrNil(s.At), Agree: s.Tally.Agree, Disagree: s.Tally.Disagree, Pass: s.Tally.Pass, Mine: s.Mine,
	}
	for word, v := range voteCodes {
		if v == s.MyVote {
			out.MyVote = word
		}
	}
	return out
}

type opinionsShown struct {
	Counts     countsShown      `json:"counts"`
	GroupsFrom int              `json:"groups_from" doc:"表态的人满多少才显示分组"`
	Shown      bool             `json:"groups_shown"`
	Words      []string         `json:"words" doc:"用几句话说明"`
	Statements []statementShown `json:"statements"`
	Groups     []opinionGroup   `json:"groups"`
	Common     []int            `json:"common" doc:"各类人都赞成的意见编号"`
	Apart      []int            `json:"apart" doc:"分歧最大的意见编号"`
}

type opinionGroup struct {
	Size    int          `json:"size"`
	Typical []int        `json:"typical" doc:"这一类人和别人看法最不一样的意见编号；是赞成还是不赞成，看 shares"`
	Shares  []groupShare `json:"shares"`
}

type groupShare struct {
	Number   int `json:"number" doc:"意见编号"`
	Voted    int `json:"voted"`
	Agree    int `json:"agree_percent"`
	Disagree int `json:"disagree_percent"`
	Pass     int `json:"pass_percent"`
}

func showOpinions(o consultation.Opinions) opinionsShown {
	numbers := func(places []int) []int { return mapped(places, func(i int) int { return o.Statements[i].Number }) }
	return opinionsShown{
		Counts: countsShown(o.Counts), GroupsFrom: o.GroupsFrom, Shown: o.Enough, Words: o.Words,
		Statements: mapped(o.Statements, showStatement), Common: numbers(o.Common), Apart: numbers(o.Apart),
		Groups: mapped(o.Groups, func(g opinion.Group) opinionGroup {
			out := opinionGroup{Size: g.Size, Typical: numbers(g.Typical), Shares: []groupShare{}}
			for i, t := range g.Tallies {
				if agree, disagree, pass, ok := o.Shares(t); ok {
					out.Shares = append(out.Shares, groupShare{Number: o.Statements[i].Number, Voted: t.Voted(), Agree: agree, Disagree: disagree, Pass: pass})
				}
			}
			return out
		}),
	}
}

type directoryShown struct {
	Version    int              `json:"version"`
	Effective  string           `json:"effective" format:"date"`
	NoticeDays int              `json:"notice_days" doc:"协商至少提前几天预告"`
	Chars      int              `json:"statement_chars" doc:"一条意见最多几个字"`
	GroupsFrom int              `json:"groups_from"`
	Moderation []moderationKind `json:"moderation" doc:"意见可以因为什么被隐藏"`
	Items      []directoryItem  `json:"items"`
}

type moderationKind struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

type directoryItem struct {
	Code         string   `json:"code" example:"B01"`
	Category     string   `json:"category"`
	Name         string   `json:"item"`
	Example      string   `json:"example"`
	Form         string   `json:"form"`
	FormName     string   `json:"form_name"`
	Participants []string `json:"participants"`
	Route        string   `json:"route"`
	RouteName    string   `json:"route_name"`
	Limits       string   `json:"limits" doc:"法律上不能越过的线"`
	Source       string   `json:"source"`
}

func showDirectoryItem(i consultation.Item) directoryItem {
	return directoryItem{
		Code: i.Code, Category: i.Category, Name: i.Name, Example: i.Example, Form: i.Form, FormName: i.FormName(),
		Participants: i.Participants, Route: i.Route, RouteName: i.RouteName(), Limits: i.Limits, Source: i.Source,
	}
}

func showDirectory(d *consultation.Directory) directoryShown {
	return directoryShown{
		Version: d.Version, Effective: d.Effective, NoticeDays: d.Notice.Days, Chars: d.Online.StatementChars, GroupsFrom: d.Online.GroupsFrom,
		Moderation: mapped(d.Moderation, func(k consultation.HideKind) moderationKind { return moderationKind(k) }),
		Items:      mapped(d.Items, showDirectoryItem),
	}
}
