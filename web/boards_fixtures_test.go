package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/covenant"
	"cunwu/service/prepared"
	"cunwu/service/procedure"
	"cunwu/service/ranking"
	"cunwu/service/redblack"
	"cunwu/service/region"
	"cunwu/web"
)

const (
	saltVillage = region.Code("510821102200")
	redName     = "陈桂芳" // by consent, to everybody
	blackName   = "周建平" // by every condition, to verified villagers of the village
	replyWords  = "那天风大，<没有>看住火。"
)

// judged is what a village judged, fixed for ever, with its text.
type judged struct {
	*board
	leaks   bool // it gives everybody what only some may see
	unknown bool // nothing was announced
	mine    string
	asked   int
	did     []procedure.Input
	said    covenant.NewOpinion
	refuse  error
	on      map[string]bool // who endorsed "corn"
	sent    redblack.NewEntry
}

func villager(by account.Caller) bool { return by.ResidentID != "" && by.Village == saltVillage }

func ref(code, text string) redblack.ClauseRef {
	return redblack.ClauseRef{Code: code, Text: text, CovenantID: "pact", Version: 2, Topic: "neighbours"}
}

func (x *judged) entries(by account.Caller) []redblack.Entry {
	red := redblack.Entry{
		Kind: redblack.Red, Region: saltVillage, RegionName: "盐井村", GroupName: "三组", Clause: ref("c02", "提倡邻里互助，农忙时搭把手。"), Month: "2026-08",
		State: redblack.Listed, StateName: "在榜", NoticeAt: at(9, 20), NoticeEnd: at(9, 26), ListedAt: at(9, 28), ExpiresAt: at(12, 26),
		Endorsable: villager(by), Available: []procedure.Available{},
	}
	corn := red
	corn.ID, corn.Deed, corn.Name = "corn", "雨夜帮<b>邻居</b>抢收三亩玉米", redName
	corn.Photo = &redblack.Photo{ID: "p", URL: "/media/" + strings.Repeat("a", 64) + ".jpg", ThumbURL: "/media/" + strings.Repeat("b", 64) + ".jpg"}
	corn.Log = &redblack.Logged{Index: 77, Salt: []byte("salt-of-corn")}
	road := red
	road.ID, road.Deed, road.State, road.StateName, road.GroupName = "road", "自己出工，把三组便道的坑填平了", redblack.Notice, "公示中", ""
	road.NoticeAt, road.NoticeEnd, road.ListedAt, road.ExpiresAt, road.Endorsable = at(10, 18), at(10, 24), time.Time{}, time.Time{}, false
	if villager(by) {
		road.Available = []procedure.Available{{Action: "object", Name: "提异议", Fields: []procedure.Field{{Code: "text", Name: "异议和理由", Required: true, Min: 4, Max: 500}}}}
	}
	fire := red
	fire.ID, fire.Kind, fire.Deed, fire.Clause, fire.Month, fire.GroupName = "fire", redblack.Black, "在林边烧秸秆", ref("c05", "不准在林边、田坎野外用火。"), "2026-09", "一组"
	fire.NoticeAt, fire.NoticeEnd, fire.ListedAt, fire.ExpiresAt, fire.Endorsable = at(10, 3), at(10, 10), at(10, 12), at(11, 10), false
	if x.leaks || villager(by) {
		fire.Name, fire.Reply = blackName, replyWords
	}
	if x.leaks {
		fire.Photo = corn.Photo
	}
	return []redblack.Entry{corn, road, fire}
}

func (x *judged) Board(_ context.Context, by account.Caller, q redblack.BoardQuery) (redblack.Board, error) {
	x.asked++
	b := redblack.Board{Region: q.Region, Kind: q.Kind}
	for _, e := range x.entries(by) {
		if q.Region.Contains(e.Region) && (q.Kind == "" || q.Kind == e.Kind) && q.Before == 0 {
			b.Entries = append(b.Entries, e)
		}
	}
	if q.Kind == redblack.Red && q.Before == 0 {
		b.Next = 4711
	}
	if q.Kind == redblack.Black && q.Region.Contains(saltVillage) {
		b.Apologies = []redblack.Apology{{
			ID: "sorry", Region: saltVillage, Clause: ref("c06", "不准往河里倒垃圾。"), Month: "2026-07", Text: "经监委会查明，这一条不实，<现>向当事人道歉。",
			MadeAt: at(10, 15), ShownTil: at(11, 14),
		}}
	}
	return b, x.away
}

func (x *judged) Entry(_ context.Context, by account.Caller, id string) (redblack.Entry, error) {
	x.asked++
	for _, e := range x.entries(by) {
		if e.ID == id {
			return e, x.away
		}
	}
	return redblack.Entry{}, redblack.ErrNotFound
}

func (x *judged) Own(_ context.Context, by account.Caller) (redblack.Own, error) {
	if by.ResidentID != "r1" {
		return redblack.Own{}, x.away
	}
	asked := redblack.Matter{
		Entry: redblack.Entry{
			ID: "asked", Kind: redblack.Red, Region: saltVillage, RegionName: "盐井村", Clause: ref("c02", "提倡邻里互助，农忙时搭把手。"), Deed: "照看邻居家的老人",
			Month: "2026-09", State: redblack.Asked, StateName: "征求本人意见", Available: []procedure.Available{
				{Action: "consent", Fields: []procedure.Field{{Code: "name", Name: "姓名怎么公布", Required: true, OneOf: []string{"full", "masked", "none"}}}},
				{Action: "decline"},
				{Action: "verify"},
			},
		},
		StageName: "等待本人答复", DueAt: at(11, 1), Name: "王大成",
	}
	own := redblack.Own{About: []redblack.Matter{asked}}
	appeal := procedure.Available{Action: "appeal", Fields: []procedure.Field{{Code: "text", Name: "为什么不该公示", Required: true, Min: 4, Max: 1000}}}
	for _, e := range x.entries(by) {
		switch {
		case e.ID != x.mine:
		case e.Kind == redblack.Red:
			e.Available = []procedure.Available{{Action: "withdraw_consent"}, {Action: "remove_me"}}
			own.About = append(own.About, redblack.Matter{Entry: e, StageName: "在榜", Consent: &redblack.Consent{Name: "full", Photo: true, At: at(9, 19)}})
		default:
			e.Available = []procedure.Available{{Action: "claim", Fields: []procedure.Field{{Code: "text", Name: "怎么改的", Required: true, Min: 2}}}, appeal}
			own.About = append(own.About, redblack.Matter{Entry: e, StageName: "在榜", Replied: &redblack.Said{Text: replyWords, At: at(9, 29)}})
		}
	}
	own.Made = []redblack.Matter{{
		Entry: redblack.Entry{ID: "made", Kind: redblack.Black, Region: saltVillage, RegionName: "盐井村", State: redblack.Reported, StateName: "已反映", Available: []procedure.Available{}},
		Name:  "刘长贵", NameGroup: "二组", Facts: "把建筑垃圾倒在河边。", StageName: "等待核实",
	}}
	return own, x.away
}

func (x *judged) Announcement(_ context.Context, village region.Code) (redblack.Announcement, error) {
	if x.unknown || village != saltVillage {
		return redblack.Announcement{}, redblack.ErrNotAnnounced
	}
	clause := func(number int, list redblack.Kind, r redblack.ClauseRef) redblack.AnnouncedClause {
		return redblack.AnnouncedClause{ClauseRef: r, Number: number, List: list, Usable: number != 6}
	}
	return redblack.Announcement{
		ID: "known", Region: saltVillage, RegionName: "盐井村", Council: "道德评议会", Members: 9, Keeper: "李秀英", CovenantID: "pact", Version: 2, From: "2026-08-01",
		Clauses: []redblack.AnnouncedClause{
			clause(2, redblack.Red, ref("c02", "提倡邻里互助，农忙时搭把手。")),
			clause(5, redblack.Black, ref("c05", "不准在林边、田坎野外用火。")),
			clause(6, redblack.Black, ref("c06", "不准往河里<倒>垃圾。")),
		},
		Incentives: "上红榜的，年底送一份春联，村里办事优先叫号。", Objections: "不同意的，公示期内找监委会主任，电话在村务公开栏上。", MadeAt: at(7, 20), Revision: 2,
		Log: &redblack.Logged{Index: 900},
	}, x.away
}

func (x *judged) Nominate(_ context.Context, _ account.Caller, _ audit.Act, in redblack.NewEntry) (redblack.Receipt, error) {
	x.sent = in
	return redblack.Receipt{ID: "made", Kind: in.Kind}, x.refuse
}

func (x *judged) Act(_ context.Context, _ account.Caller, _ audit.Act, id string, in procedure.Input) (redblack.Receipt, error) {
	x.did = append(x.did, in)
	return redblack.Receipt{ID: id}, x.refuse
}

// Endorsements is of the deeds alone: a black entry has none.
func (x *judged) Endorsements(_ context.Context, deeds []string) (map[string]int64, error) {
	out := map[string]int64{}
	for _, id := range deeds {
		if id == "corn" {
			out[id] = 23 + int64(len(x.on))
		}
	}
	return out, x.away
}

func (x *judged) Endorsement(_ context.Context, by account.Caller, deed string) (ranking.State, error) {
	return ranking.State{Endorsed: x.on[by.AccountID], Endorsements: 23 + int64(len(x.on))}, x.away
}

func (x *judged) Endorse(_ context.Context, by account.Caller, deed string, on bool) (ranking.State, error) {
	if !villager(by) {
		return ranking.State{}, ranking.ErrNotVillager
	}
	if x.on == nil {
		x.on = map[string]bool{}
	}
	if x.on[by.AccountID] = true; !on {
		delete(x.on, by.AccountID)
	}
	return ranking.State{}, x.refuse
}

// listPages is the rules' own ranking and covenant, behind other names.
type (
	rankingsOf  struct{ *judged }
	covenantsOf struct{ *judged }
	listsOf     struct{ *judged }
)

func (x rankingsOf) Page(_ context.Context, q ranking.Query) (ranking.Page, error) {
	var p ranking.Page
	switch q.By {
	case ranking.ByDeed:
		d := func(id string) *ranking.Deed { return &ranking.Deed{ID: id, Region: saltVillage} }
		p.Items = []ranking.Row{
			{Rank: 1, ID: "corn", Title: "雨夜帮<b>邻居</b>抢收三亩玉米", Endorsements: 23 + int64(len(x.on)), Deed: d("corn"), RegionName: "盐井村", GroupName: "三组"},
			{Rank: 2, ID: "school", Title: "每天护送孩子过河上学", Endorsements: 11, Tied: true, Deed: d("school"), RegionName: "盐井村"},
			{Rank: 2, ID: "lamp", Title: "修好了村口的路灯", Endorsements: 11, Tied: true, Deed: d("lamp"), RegionName: "盐井村"},
			{Rank: 4, ID: "well", Title: "清理了老井", Endorsements: 2, SmallSample: true, Deed: d("well"), RegionName: "盐井村"},
		}
		p.Next = &ranking.Place{Before: 4}
	case ranking.ByClause:
		p.Items = []ranking.Row{{Rank: 1, ID: "c02", Title: "提倡邻里互助，农忙时搭把手。", Entries: 6}}
	case ranking.ByGroup:
		p.Items = []ranking.Row{{Rank: 1, ID: "51082110220003", Title: "三组", Entries: 4, Households: 62, PerMille: 65}, {Rank: 2, ID: "51082110220009", Title: "九组", Households: 8, SmallSample: true}}
	}
	return p, x.away
}

func (listsOf) Rules() *redblack.Rules {
	r := &redblack.Rules{Texts: redblack.TextLengths{FactsMin: 10, FactsMax: 1000, NameMax: 20, PlaceMax: 60, EvidenceMost: 6}}
	r.Display.Red.Days, r.Display.Black.Days, r.Apology.Days = 90, 30, 7
	r.Naming.Days = 30
	return r
}

func (covenantsOf) Rules() *covenant.Rules {
	return &covenant.Rules{Topics: []covenant.Topic{{Code: "neighbours", Name: "邻里互助"}}, Opinions: covenant.OpinionRules{Chars: 500}}
}

func pactClauses(version int) []covenant.Clause {
	cs := []covenant.Clause{
		{Code: "c01", Number: 1, Topic: "elders", Kind: covenant.Encouraged, Text: "提倡孝敬老人，常回家看看。", Source: "老年人权益保障法"},
		{
			Code: "c02", Number: 2, Topic: "neighbours", Kind: covenant.Encouraged, Text: "提倡邻里互助，农忙时搭把手。", Source: "村民会议", List: covenant.Red,
			Measures: []covenant.Measure{{Text: "年底送一份春联", Source: "村民会议决定"}},
		},
		{Code: "c05", Number: 3, Topic: "safety", Kind: covenant.NotAllowed, Text: "不准在林边、田坎野外用火。", Source: "森林防火条例", List: covenant.Black, TurnsRed: true, Measures: []covenant.Measure{{Text: "上门讲清危险", Source: "村民会议决定"}}},
		{Code: "c06", Number: 4, Topic: "tidy", Kind: covenant.NotAllowed, Text: "不准往河里<倒>垃圾。", Source: "固体废物法", List: covenant.Black},
	}
	switch version {
	case 1:
		return append(cs[:2:2], covenant.Clause{Code: "c04", Number: 3, Kind: covenant.General, Text: "红白喜事一切从简。", Source: "老规矩"})
	case 3:
		cs[1].Text, cs[1].List = "提倡邻里互助，农忙、修房时搭把手。", ""
		cs[3].Number = 5
		return append(cs, covenant.Clause{Code: "c08", Number: 4, Kind: covenant.General, Text: "<i>婚事</i>不比阔。", Source: "村民会议"})
	}
	return cs
}

func pactVersion(n int) covenant.Version {
	v := covenant.Version{
		ID: "v", CovenantID: "pact", Number: n, Region: saltVillage, Kind: covenant.Covenant, Digest: strings.Repeat("c0", 32), ChangedAt: at(9, 1),
		Content: covenant.Content{Draft: covenant.Draft{Title: "盐井村村规民约", Clauses: pactClauses(n)}, Base: n - 1},
	}
	vote := &covenant.Vote{Ballot: "b1", Passed: true, On: "2026-03-02", Roll: 1206, Present: 702, Yes: 655, No: 31, Abstain: 16, Women: 341}
	switch n {
	case 1:
		v.State, v.Since, v.Until = covenant.Superseded, at(1, 5).AddDate(-3, 0, 0), at(3, 20)
	case 2:
		v.State, v.Since, v.Content.Vote, v.Content.Filing = covenant.Force, at(3, 20), vote, &covenant.Filing{On: "2026-03-08", Receipt: "嘉备〔2026〕3号"}
	case 3:
		v.State, v.Content.Notice = covenant.Collecting, "想加一条婚事不比阔，大家说说。"
		v.Content.Marks = []covenant.Mark{{State: covenant.Collecting, At: at(10, 1)}}
	}
	return v
}

func (x covenantsOf) view(by account.Caller) covenant.View {
	v1, v2, v3 := pactVersion(1), pactVersion(2), pactVersion(3)
	return covenant.View{
		Text:       covenant.Text{ID: "pact", Region: saltVillage, Kind: covenant.Covenant, Current: 2, Open: 3, Last: 3},
		RegionName: "盐井村", InForce: &v2, UnderWay: &v3, Versions: []covenant.Version{v3, v2, v1}, MaySpeak: villager(by), WhyNot: covenant.ErrNotVillager.Message,
		Opinions: covenant.Counts{Version: 3, Opinions: 12, Answered: 5, Adopted: 2, Answers: []covenant.Answer{
			{Number: 1, Stance: covenant.Change, Adopted: true, Reason: "改得对，照改。", By: "村委会主任", At: at(10, 9)},
		}},
	}
}

func (x covenantsOf) List(_ context.Context, q covenant.Query) (covenant.Page, error) {
	x.asked++
	if q.Region != saltVillage || q.Kind != covenant.Covenant {
		return covenant.Page{}, x.away
	}
	return covenant.Page{Items: []covenant.View{x.view(account.Caller{})}}, x.away
}

func (x covenantsOf) Covenant(_ context.Context, by account.Caller, _ string) (covenant.View, error) {
	return x.view(by), x.away
}

func (x covenantsOf) Version(_ context.Context, _ string, n int) (covenant.Version, error) {
	if n > 3 {
		return covenant.Version{}, covenant.ErrVersionNotFound
	}
	return pactVersion(n), x.away
}

func (x covenantsOf) Difference(_ context.Context, _ string, from, to int) (covenant.Difference, error) {
	d := covenant.Compare(pactVersion(from).Content.Draft, pactVersion(to).Content.Draft)
	d.From, d.To = from, to
	return d, x.away
}

func (x covenantsOf) Opinions(context.Context, account.Caller, string) ([]covenant.Opinion, error) {
	return []covenant.Opinion{
		{Number: 1, Stance: covenant.Change, Clause: "c08", Text: "彩礼<多少>写明白。", Author: "r1", At: at(10, 5), Adopted: true, Answer: "改得对，照改。", AnsweredBy: "村委会主任", AnsweredAt: at(10, 9)},
		{Number: 2, Stance: covenant.Oppose, Text: "别人的意见", Author: "r9", At: at(10, 5)},
	}, x.away
}

func (x covenantsOf) Speak(_ context.Context, _ account.Caller, _ audit.Act, _ string, in covenant.NewOpinion) (covenant.Opinion, error) {
	x.said = in
	return covenant.Opinion{}, x.refuse
}

// neighbours knows a villager, one of the next village, and somebody on no roll.
type neighbours struct{ people }

func (n neighbours) Authenticate(ctx context.Context, token string) (account.Caller, error) {
	good, err := n.people.Authenticate(ctx, "good")
	switch token {
	case "good":
	case "next":
		good.AccountID, good.SessionID, good.ResidentID, good.Village = "a2", "s2", "r2", "510821102202"
	case "nobody":
		good.AccountID, good.SessionID, good.ResidentID, good.Village, good.Standing, good.DisplayName = "a3", "s3", "", "", account.Unbound, ""
	default:
		return account.Caller{}, account.ErrExpired
	}
	return good, err
}

func judging(t testing.TB, x *judged, change func(*web.Options)) site {
	t.Helper()
	gin.SetMode(gin.TestMode)
	x.board = newBoard(t)
	cache := prepared.New(prepared.Options{Subjects: []string{"ranking"}})
	t.Cleanup(cache.Close)
	o := web.Options{
		Places: x.board, Disclosures: x.board, Prepared: cache, Clock: x.clock, Leaves: x.board, Lists: listsOf{x}, Rankings: rankingsOf{x}, Covenants: covenantsOf{x},
		Talk: web.Talk{Sessions: neighbours{}, Uploads: noUploads{}, Sign: func(kind, value string) []byte { return []byte(kind + value) }},
	}
	if change != nil {
		change(&o)
	}
	w, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	r := gin.New()
	w.Mount(r)
	return site{Handler: r, cache: cache}
}

// send posts a form in the name of who holds the session "good".
func (s site) send(t testing.TB, path string, fields url.Values) *httptest.ResponseRecorder {
	t.Helper()
	if !fields.Has("token") {
		fields.Set("token", "d2ViX2Zvcm1zMQ") // what Sign makes of web_form and s1
	}
	req := httptest.NewRequestWithContext(context.Background(), http.MethodPost, path, strings.NewReader(fields.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Cookie", "session=good")
	rec := httptest.NewRecorder()
	s.ServeHTTP(rec, req)
	return rec
}
