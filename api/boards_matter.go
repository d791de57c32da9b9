package api

import (
	"cunwu/service/redblack"
	"cunwu/service/region"
)

// matterShown is an entry as those who work on it, or whom it is about, see it.
// What is empty is not theirs to see, or is not there.
type matterShown struct {
	ID         string           `json:"id"`
	Kind       string           `json:"kind" enum:"red,black"`
	Region     region.Code      `json:"region"`
	RegionName string           `json:"region_name"`
	Group      region.Code      `json:"group,omitempty"`
	Clause     entryClause      `json:"clause"`
	Deed       string           `json:"deed,omitempty"`
	Month      string           `json:"month,omitempty"`
	State      string           `json:"state"`
	StateName  string           `json:"state_name"`
	Stage      string           `json:"stage"`
	StageName  string           `json:"stage_name"`
	Role       string           `json:"role" enum:"keeper,council,representative,supervisor,township,person,maker" doc:"您以什么身份看到"`
	Name       string           `json:"name,omitempty" doc:"是谁"`
	NameGroup  string           `json:"name_group,omitempty"`
	Resident   string           `json:"resident_id,omitempty" doc:"管榜人才有"`
	Facts      string           `json:"facts,omitempty"`
	Place      string           `json:"place,omitempty"`
	On         string           `json:"on,omitempty" format:"date"`
	Evidence   []photoShown     `json:"evidence"`
	Portrait   *photoShown      `json:"photo,omitempty"`
	ToldBy     string           `json:"told_by,omitempty" enum:",app,visit,letter" doc:"怎样告知的"`
	ToldAt     *string          `json:"told_at,omitempty"`
	Reply      *entrySaid       `json:"reply,omitempty" doc:"本人的说明"`
	Education  []entrySaid      `json:"education" doc:"教育帮助的记录"`
	Consent    *entryConsent    `json:"consent,omitempty"`
	Claim      *entrySaid       `json:"claim,omitempty" doc:"说已经改正"`
	Naming     *entryNaming     `json:"naming,omitempty"`
	Appeals    []entryAppeal    `json:"appeals"`
	Objections []entryObjection `json:"objections"`
	Council    *entryFigures    `json:"council,omitempty"`
	Consulted  *entryFigures    `json:"consulted,omitempty"`
	Maker      string           `json:"maker,omitempty" doc:"谁提的，隐去一部分；只有管榜人看得到"`
	NoticeEnds *string          `json:"notice_ends,omitempty"`
	ListedAt   *string          `json:"listed_at,omitempty"`
	ExpiresAt  *string          `json:"expires_at,omitempty"`
	DueAt      *string          `json:"due_at"`
	Overdue    bool             `json:"overdue"`
	CreatedAt  *string          `json:"created_at"`
	EndedAt    *string          `json:"ended_at,omitempty"`
	EndKind    string           `json:"end_kind,omitempty"`
	TurnsRed   bool             `json:"turns_red" doc:"改正以后可以转为红榜提名"`
	Revision   int              `json:"revision"`
	Available  []available      `json:"available_actions"`
}

type entrySaid struct {
	Text string  `json:"text"`
	By   string  `json:"by,omitempty"`
	At   *string `json:"at"`
}

func showSaid(s redblack.Said) entrySaid {
	return entrySaid{Text: s.Text, By: s.By, At: stampOrNil(s.At)}
}

func saidOrNil(s *redblack.Said) *entrySaid {
	if s == nil {
		return nil
	}
	out := showSaid(*s)
	return &out
}

type entryConsent struct {
	Name  string  `json:"name" enum:"full,masked,none" doc:"姓名怎样公布"`
	Photo bool    `json:"photo"`
	By    string  `json:"by" enum:"app,paper"`
	At    *string `json:"at"`
}

type entryNaming struct {
	Basis     string   `json:"basis"`
	Keeper    string   `json:"keeper"`
	Approved  string   `json:"approved"`
	Until     *string  `json:"until"`
	Satisfied []string `json:"satisfied" doc:"满足的条件"`
}

type entryAppeal struct {
	Text       string  `json:"text"`
	At         *string `json:"at"`
	Supervisor string  `json:"supervisor,omitempty" enum:",upheld,refused,overdue"`
	Township   string  `json:"township,omitempty" enum:",upheld,refused,overdue"`
	Reason     string  `json:"reason,omitempty"`
	DecidedAt  *string `json:"decided_at"`
}

type entryObjection struct {
	Number   int     `json:"number"`
	Text     string  `json:"text"`
	At       *string `json:"at"`
	Answer   string  `json:"answer,omitempty"`
	Answered *string `json:"answered_at"`
	Result   string  `json:"result,omitempty" enum:",dismissed,upheld"`
}

type entryFigures struct {
	Roll    int    `json:"roll" doc:"应到，回避的除外"`
	Present int    `json:"present"`
	Yes     int    `json:"yes"`
	No      int    `json:"no"`
	Abstain int    `json:"abstain"`
	On      string `json:"on,omitempty"`
	Words   string `json:"words,omitempty"`
}

func showFigures(f redblack.Figures) *entryFigures {
	if f == (redblack.Figures{}) {
		return nil
	}
	out := entryFigures(f)
	return &out
}

func showMatter(m redblack.Matter) matterShown {
	out := matterShown{
		ID: m.ID, Kind: string(m.Kind), Region: m.Region, RegionName: m.RegionName, Group: m.Group, Clause: showClause(m.Clause),
		Deed: m.Deed, Month: m.Month, State: string(m.State), StateName: m.StateName, Stage: m.Stage, StageName: m.StageName, Role: m.Role,
		Name: m.Name, NameGroup: m.NameGroup, Resident: m.Resident, Facts: m.Facts, Place: m.Place, On: m.On,
		Evidence: mapped(m.Evidence, showEntryPhoto),
		Reply:    saidOrNil(m.Replied), Education: mapped(m.Education, showSaid), Claim: saidOrNil(m.Claim),
		Appeals: mapped(m.Appeals, func(x redblack.Appeal) entryAppeal {
			return entryAppeal{
				Text: x.Text, At: stampOrNil(x.At), Supervisor: x.Supervisor, Township: x.Township, Reason: x.Reason, DecidedAt: stampOrNil(x.DecidedAt),
			}
		}),
		Objections: mapped(m.Objections, func(o redblack.Objection) entryObjection {
			return entryObjection{Number: o.Number, Text: o.Text, At: stampOrNil(o.At), Answer: o.Answer, Answered: stampOrNil(o.Answered), Result: o.Result}
		}),
		Council: showFigures(m.Council), Consulted: showFigures(m.Consulted), Maker: m.Maker, NoticeEnds: stampOrNil(m.NoticeEnd),
		ListedAt: stampOrNil(m.ListedAt), ExpiresAt: stampOrNil(m.ExpiresAt), DueAt: stampOrNil(m.DueAt), Overdue: m.Overdue,
		CreatedAt: stampOrNil(m.CreatedAt), EndedAt: stampOrNil(m.EndedAt), EndKind: m.EndKind, TurnsRed: m.TurnsRed, Revision: m.Revision,
		Available: mapped(m.Available, showAvailable),
	}
	if m.Photo != nil {
		p := showEntryPhoto(*m.Photo)
		out.Portrait = &p
	}
	if m.Told != nil {
		out.ToldBy, out.ToldAt = m.Told.By, stampOrNil(m.Told.At)
	}
	if c := m.Consent; c != nil {
		out.Consent = &entryConsent{Name: c.Name, Photo: c.Photo, By: c.By, At: stampOrNil(c.At)}
	}
	if n := m.Naming; n != nil {
		out.Naming = &entryNaming{Basis: n.Basis, Keeper: n.Keeper, Approved: n.Approved, Until: stampOrNil(n.Until), Satisfied: n.Satisfied}
	}
	return out
}

// ownBoards is what there is about the caller, and what the caller said of others.
type ownBoards struct {
	About []matterShown `json:"about" doc:"和您有关的"`
	Made  []matterShown `json:"made" doc:"您提名、反映的"`
}

// candidate is one of those on the roll who bear the name that was given.
type candidate struct {
	Resident  string      `json:"resident_id"`
	Name      string      `json:"name" example:"王*五"`
	Group     region.Code `json:"group,omitempty"`
	GroupName string      `json:"group_name,omitempty"`
	Minor     bool        `json:"minor" doc:"不满十八岁，或者不知道满没满"`
}

func showCandidate(c redblack.Candidate) candidate {
	return candidate{Resident: c.ResidentID, Name: c.Name, Group: c.Group, GroupName: c.GroupName, Minor: c.Minor}
}
