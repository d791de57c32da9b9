package api

import (
	"encoding/hex"

	"cunwu/service/procedure"
	"cunwu/service/redblack"
	"cunwu/service/region"
)

// entryClause is the clause that an entry was made under, in the words of then.
type entryClause struct {
	Code     string `json:"code" example:"c07"`
	Text     string `json:"text"`
	Version  int    `json:"version" doc:"村规民约的第几版"`
	Covenant string `json:"covenant_id,omitempty"`
	Topic    string `json:"topic,omitempty"`
}

func showClause(c redblack.ClauseRef) entryClause {
	return entryClause{Code: c.Code, Text: c.Text, Version: c.Version, Covenant: c.CovenantID, Topic: c.Topic}
}

// BoardEntry is an entry as it stands on the board. Types that others embed are
// exported, for the library that describes them.
type BoardEntry struct {
	ID           string      `json:"id"`
	Kind         string      `json:"kind" enum:"red,black"`
	Region       region.Code `json:"region" example:"510821102200"`
	RegionName   string      `json:"region_name" example:"盐井村"`
	Group        region.Code `json:"group,omitempty"`
	GroupName    string      `json:"group_name,omitempty"`
	Clause       entryClause `json:"clause"`
	Deed         string      `json:"deed" example:"雨夜帮邻居抢收玉米"`
	Month        string      `json:"month" example:"2026-08" doc:"哪个月的事"`
	State        string      `json:"state" example:"listed"`
	StateName    string      `json:"state_name" example:"在榜"`
	NoticeAt     *string     `json:"notice_at"`
	NoticeEnds   *string     `json:"notice_ends"`
	ListedAt     *string     `json:"listed_at"`
	ExpiresAt    *string     `json:"expires_at"`
	Endorsements *int64      `json:"endorsements,omitempty" doc:"红榜：多少本村村民赞同"`
	Name         string      `json:"name,omitempty" doc:"红榜：本人同意公布的；黑榜：点名的每一个条件都满足时，只给本村认证村民看"`
	Photo        *photoShown `json:"photo,omitempty" doc:"红榜：本人同意公布的"`
	Reply        string      `json:"reply,omitempty" doc:"黑榜：本人的说明，只给本村认证村民看"`
	Endorsable   bool        `json:"endorsable"`
	Objectable   bool        `json:"objectable" doc:"公示期间，您可以提异议"`
	Log          *logPin     `json:"log,omitempty" doc:"在存证记录里的位置"`
	Revision     int         `json:"revision,omitempty"`
	Available    []available `json:"available_actions"`
}

func (a *API) showBoardEntry(e redblack.Entry, endorsed map[string]int64) BoardEntry {
	out := BoardEntry{
		ID: e.ID, Kind: string(e.Kind), Region: e.Region, RegionName: e.RegionName, Group: e.Group, GroupName: e.GroupName,
		Clause: showClause(e.Clause), Deed: e.Deed, Month: e.Month, State: string(e.State), StateName: e.StateName,
		NoticeAt: stampOrNil(e.NoticeAt), NoticeEnds: stampOrNil(e.NoticeEnd), ListedAt: stampOrNil(e.ListedAt), ExpiresAt: stampOrNil(e.ExpiresAt),
		Name: e.Name, Reply: e.Reply, Endorsable: e.Endorsable, Objectable: e.Objectable, Revision: e.Revision, Log: showEntryPin(e.Log),
		Available: mapped(e.Available, showAvailable),
	}
	if e.Photo != nil {
		p := showEntryPhoto(*e.Photo)
		out.Photo = &p
	}
	if e.Kind == redblack.Red {
		n := endorsed[e.ID]
		out.Endorsements = &n
	}
	return out
}

func showEntryPin(l *redblack.Logged) *logPin {
	if l == nil {
		return nil
	}
	return &logPin{Index: l.Index, Salt: hex.EncodeToString(l.Salt)}
}

// boardShown is one of the lists of a place.
type boardShown struct {
	Region       region.Code    `json:"region" example:"510821102200"`
	RegionName   string         `json:"region_name" example:"盐井村"`
	Announcement *announcement  `json:"announcement" doc:"知榜：村级才有；还没有公布的为 null"`
	Items        []BoardEntry   `json:"items"`
	Apologies    []apologyShown `json:"apologies" doc:"撤销的黑榜，公开道歉，没有姓名"`
	Next         string         `json:"next_cursor,omitempty"`
}

type apologyShown struct {
	ID     string      `json:"id"`
	Region region.Code `json:"region"`
	Clause entryClause `json:"clause"`
	Month  string      `json:"month"`
	Text   string      `json:"text"`
	MadeAt *string     `json:"made_at"`
	Until  *string     `json:"shown_until"`
}

func showApology(x redblack.Apology) apologyShown {
	return apologyShown{
		ID: x.ID, Region: x.Region, Clause: showClause(x.Clause), Month: x.Month, Text: x.Text,
		MadeAt: stampOrNil(x.MadeAt), Until: stampOrNil(x.ShownTil),
	}
}

// announcement is 知榜.
type announcement struct {
	ID         string            `json:"id"`
	Region     region.Code       `json:"region" example:"510821102200"`
	RegionName string            `json:"region_name" example:"盐井村"`
	Council    string            `json:"council" example:"道德评议会"`
	Members    int               `json:"members" doc:"公布时有多少成员"`
	KeeperRole string            `json:"keeper_role"`
	Keeper     string            `json:"keeper" doc:"管榜人，挂在榜上的名字"`
	Covenant   string            `json:"covenant_id"`
	Version    int               `json:"covenant_version"`
	Clauses    []announcedClause `json:"clauses"`
	Incentives string            `json:"incentives"`
	Objections string            `json:"objections" doc:"怎样提异议、怎样申诉"`
	From       string            `json:"from" format:"date"`
	MadeAt     *string           `json:"made_at"`
	Log        *logPin           `json:"log,omitempty"`
}

type announcedClause struct {
	Code    string `json:"code"`
	Number  int    `json:"number"`
	Title   string `json:"title,omitempty"`
	Text    string `json:"text"`
	Version int    `json:"version"`
	Topic   string `json:"topic"`
	List    string `json:"list" enum:"red,black"`
	Usable  bool   `json:"usable" doc:"现行村规民约里还有这一条"`
}

func showAnnouncement(x redblack.Announcement) announcement {
	return announcement{
		ID: x.ID, Region: x.Region, RegionName: x.RegionName, Council: x.Council, Members: x.Members, KeeperRole: x.KeeperRole,
		Keeper: x.Keeper, Covenant: x.CovenantID, Version: x.Version, Incentives: x.Incentives, Objections: x.Objections,
		From: x.From, MadeAt: stampOrNil(x.MadeAt), Log: showEntryPin(x.Log),
		Clauses: mapped(x.Clauses, func(c redblack.AnnouncedClause) announcedClause {
			return announcedClause{
				Code: c.Code, Number: c.Number, Title: c.Title, Text: c.Text, Version: c.Version, Topic: c.Topic, List: string(c.List), Usable: c.Usable,
			}
		}),
	}
}

// entryReceipt answers every write about an entry. It is kept for repeats of the
// request and says nothing of a person.
type entryReceipt struct {
	ID        string      `json:"id"`
	Kind      string      `json:"kind" enum:"red,black"`
	Region    region.Code `json:"region"`
	State     string      `json:"state"`
	StateName string      `json:"state_name"`
	Revision  int         `json:"revision"`
	Available []available `json:"available_actions"`
}

func showEntryReceipt(r redblack.Receipt) entryReceipt {
	return entryReceipt{
		ID: r.ID, Kind: string(r.Kind), Region: r.Region, State: string(r.State), StateName: r.StateName, Revision: r.Revision,
		Available: mapped(r.Available, func(x procedure.Available) available { return showAvailable(x) }),
	}
}

func showEntryPhoto(p redblack.Photo) photoShown {
	return photoShown{ID: p.ID, Name: p.Name, URL: p.URL, ThumbURL: p.ThumbURL}
}
