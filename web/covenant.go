package web

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/covenant"
	"cunwu/service/region"
)

// Covenants is what the pages need of charters and covenants.
type Covenants interface {
	List(ctx context.Context, q covenant.Query) (covenant.Page, error)
	Covenant(ctx context.Context, by account.Caller, id string) (covenant.View, error)
	Version(ctx context.Context, covenantID string, number int) (covenant.Version, error)
	Difference(ctx context.Context, covenantID string, from, to int) (covenant.Difference, error)
	// Opinions gives those that the caller may read: the own ones.
	Opinions(ctx context.Context, by account.Caller, id string) ([]covenant.Opinion, error)
	Speak(ctx context.Context, by account.Caller, act audit.Act, id string, in covenant.NewOpinion) (covenant.Opinion, error)
	Rules() *covenant.Rules
}

// textWords are the two texts by the word in their address.
var textWords = map[string]covenant.Kind{"covenant": covenant.Covenant, "charter": covenant.Charter}

func textURL(village region.Code, word string) string { return "/r/" + string(village) + "/" + word }

// mountCovenants adds, for covenant and charter alike, "/r/:code/covenant", its
// versions, what each changed, and where people can sign in the form of opinions.
func (w *Web) mountCovenants(r gin.IRouter) {
	for word, kind := range textWords {
		at := "/r/:code/" + word
		both(r, at, w.text(word, kind))
		both(r, at+"/:n", w.textVersion(word, kind))
		both(r, at+"/:n/changes", w.textChanges(word, kind))
		if w.sessions != nil {
			both(r, at+"/opinion", w.opinionPage(word, kind))
			r.POST(at+"/opinion", w.opinion(word, kind))
		}
	}
}

// textPage is "/r/:code/covenant" and "/r/:code/covenant/:n": a version of a text
// with how it came about.
type textPage struct {
	covenant.View
	Path     []region.Region
	Place    region.Region
	Kind     string // 村规民约
	URL      string // of the text
	Other    tab    // the other text of the village
	Shown    *covenant.Version
	Old      bool // it is not the version in force
	Standing string
	Clauses  []clauseLine
	Facts    []fact
	Vote     *covenant.Vote
	Failed   []covenant.Vote
	Changes  string // address of what this version changed, "" for the first
	History  []versionLine
	Revision *revision
	SignsIn  bool
}

// clauseLine is a clause in words.
type clauseLine struct {
	covenant.Clause
	KindName  string
	ListName  string
	TopicName string
}

// versionLine is a version in the list of them.
type versionLine struct {
	Number  int
	Name    string
	When    string
	URL     string
	Changes string
	Here    bool
}

// revision is the one under way.
type revision struct {
	covenant.Version
	StateName string
	Steps     []way
	URL       string // of its draft
	Changes   string
	Speak     string // where one gives an opinion, "" for not now
	Counts    covenant.Counts
}

// clauseKinds are what villages call the kinds of clauses.
var clauseKinds = map[covenant.ClauseKind]string{covenant.Encouraged: "提倡", covenant.NotAllowed: "不准", covenant.General: "约定"}

// textOf finds the text of a kind of a village. covenant.none_in_force where
// there was never one.
func (w *Web) textOf(ctx context.Context, village region.Code, kind covenant.Kind) (covenant.View, error) {
	page, err := w.covenants.List(ctx, covenant.Query{Region: village, Kind: kind, Limit: 1})
	if err != nil {
		return covenant.View{}, err
	}
	if len(page.Items) == 0 || page.Items[0].Region != village {
		return covenant.View{}, covenant.ErrNoneInForce
	}
	return w.covenants.Covenant(ctx, account.Caller{}, page.Items[0].ID)
}

// text is "/r/:code/covenant": the version in force, or that there is none yet.
func (w *Web) text(word string, kind covenant.Kind) gin.HandlerFunc {
	return func(c *gin.Context) {
		if other := c.Query("kind"); other != "" && other != string(kind) {
			w.otherText(c, other)
			return
		}
		w.textAt(c, word, kind, 0)
	}
}

// otherText sends those who ask for the other text by ?kind= to its address.
func (w *Web) otherText(c *gin.Context, kind string) {
	for word, k := range textWords {
		if string(k) == kind {
			if code, err := villageOf(c); err == nil {
				w.goTo(c, textURL(code, word))
				return
			}
		}
	}
	w.refuse(c, covenant.ErrNotFound)
}

func (w *Web) textVersion(word string, kind covenant.Kind) gin.HandlerFunc {
	return func(c *gin.Context) {
		n, err := versionNumber(c)
		if err != nil {
			w.refuse(c, err)
			return
		}
		w.textAt(c, word, kind, n)
	}
}

// mostVersions is the highest number that a version can have.
const mostVersions = 10000

func versionNumber(c *gin.Context) (int, error) {
	n, err := strconv.Atoi(c.Param("n"))
	if err != nil || n < 1 || n > mostVersions || strconv.Itoa(n) != c.Param("n") {
		return 0, covenant.ErrVersionNotFound
	}
	return n, nil
}

// textAt shows a version of a text; 0 is the one in force.
func (w *Web) textAt(c *gin.Context, word string, kind covenant.Kind, number int) {
	big := isBig(c.Request)
	if w.fast(c, big) {
		return
	}
	code, err := villageOf(c)
	if err != nil {
		w.refuse(c, err)
		return
	}
	here := textURL(code, word)
	if number != 0 {
		here += "/" + strconv.Itoa(number)
	}
	w.page(c, string(code), here, big, func(ctx context.Context) ([]byte, error) {
		m, err := w.textPageOf(ctx, code, word, kind, number)
		if err != nil {
			return nil, err
		}
		title := m.RegionName + m.Kind
		if number != 0 {
			title += "第" + strconv.Itoa(number) + "版"
		}
		return w.render("covenant", frame{Title: title, Description: m.RegionName + "的" + m.Kind + "：条款、怎么通过的、历次修改。", Big: big, Here: here, NoIndex: number != 0, Main: m})
	})
}

// textPageOf gathers the page of a version, 0 for the one in force.
func (w *Web) textPageOf(ctx context.Context, code region.Code, word string, kind covenant.Kind, number int) (textPage, error) {
	m := textPage{Kind: kind.Name(), URL: textURL(code, word), SignsIn: w.sessions != nil}
	for other, k := range textWords {
		if other != word {
			m.Other = tab{Name: k.Name(), URL: textURL(code, other)}
		}
	}
	var err error
	if m.Path, err = w.places.Path(ctx, code); err != nil {
		return m, err
	}
	if m.Place, err = w.places.Region(ctx, code); err != nil {
		return m, err
	}
	m.View, err = w.textOf(ctx, code, kind)
	switch {
	case errors.Is(err, covenant.ErrNoneInForce) && number == 0:
		m.RegionName = m.Place.Short
		return m, nil
	case err != nil:
		return m, err
	}
	if m.Shown = m.InForce; number != 0 {
		v, err := w.covenants.Version(ctx, m.ID, number)
		if err != nil {
			return m, err
		}
		m.Shown, m.Old = &v, m.Current != v.Number
	}
	m.fill(w.covenants.Rules())
	return m, nil
}

// fill puts what was read into words.
func (m *textPage) fill(rules *covenant.Rules) {
	if v := m.Shown; v != nil {
		m.Clauses = clauseLines(v.Content.Clauses, rules)
		m.Standing, m.Facts, m.Vote, m.Failed = standing(*v), textFacts(*v), v.Content.Vote, v.Content.Failed
		if v.Content.Base != 0 {
			m.Changes = changesURL(m.URL, v.Number)
		}
	}
	for _, v := range m.Versions {
		line := versionLine{Number: v.Number, Name: historyName(v.State), URL: m.URL + "/" + strconv.Itoa(v.Number), When: lived(v), Here: m.Shown != nil && m.Shown.Number == v.Number}
		if v.Content.Base != 0 && len(v.Content.Clauses) > 0 {
			line.Changes = changesURL(m.URL, v.Number)
		}
		m.History = append(m.History, line)
	}
	if v := m.UnderWay; v != nil {
		r := &revision{Version: *v, StateName: v.State.Name(), Steps: revisionWay(*v), Counts: m.Opinions}
		if len(v.Content.Clauses) > 0 {
			r.URL = m.URL + "/" + strconv.Itoa(v.Number)
			if v.Content.Base != 0 {
				r.Changes = changesURL(m.URL, v.Number)
			}
		}
		if v.State == covenant.Collecting && m.SignsIn {
			r.Speak = m.URL + "/opinion"
		}
		m.Revision = r
	}
}

func changesURL(text string, number int) string {
	return text + "/" + strconv.Itoa(number) + "/changes"
}

func clauseLines(clauses []covenant.Clause, rules *covenant.Rules) []clauseLine {
	out := make([]clauseLine, len(clauses))
	for i, c := range clauses {
		out[i] = clauseLine{Clause: c, KindName: clauseKinds[c.Kind], ListName: c.List.Name()}
		if rules != nil {
			for _, t := range rules.Topics {
				if t.Code == c.Topic {
					out[i].TopicName = t.Name
				}
			}
		}
	}
	return out
}

// standing says what a version is worth today.
func standing(v covenant.Version) string {
	switch v.State {
	case covenant.Force:
		return "现在生效的就是这一版。"
	case covenant.Superseded:
		return "这是以前的版本，" + day(v.Until) + "起已被新版代替。那时上榜的，按那时的条款看。"
	case covenant.CorrectionOrdered, covenant.Rejected, covenant.Withdrawn:
		return "这一版没有生效：" + v.State.Name() + "。"
	case covenant.Collecting, covenant.Drafted, covenant.LegalChecked, covenant.TownshipReviewed, covenant.Voting, covenant.VoteFailed,
		covenant.Voted, covenant.Filed, covenant.Published:
	}
	return "这是草案，还没有生效。走到这一步：" + v.State.Name() + "。"
}

// historyName is a state in the list of versions.
func historyName(s covenant.State) string {
	if s == covenant.Force {
		return "现在生效"
	}
	return s.Name()
}

// lived says when a version was in force.
func lived(v covenant.Version) string {
	switch {
	case v.Since.IsZero():
		return day(v.ChangedAt)
	case v.Until.IsZero():
		return day(v.Since) + "起"
	}
	return day(v.Since) + "到" + day(v.Until)
}

func textFacts(v covenant.Version) []fact {
	var out []fact
	add := func(name, value string) {
		if value != "" {
			out = append(out, fact{name, value})
		}
	}
	if x := v.Content.Vote; x != nil {
		add("表决通过", date(x.On))
	}
	if x := v.Content.Filing; x != nil {
		late := ""
		if x.Late {
			late = "（晚于规定的天数）"
		}
		add("报乡镇备案", date(x.On)+late)
	}
	add("生效", day(v.Since))
	if x := v.Content.Correction; x != nil {
		add("乡镇责令改正", fmt.Sprintf("%s（%s，限%s以前）", x.Text, day(x.At), date(x.Until)))
	}
	return out
}

// revisionWay is the steps of a revision, those that were taken with their days.
func revisionWay(v covenant.Version) []way {
	at := map[covenant.State]time.Time{}
	for _, m := range v.Content.Marks {
		at[m.State] = m.At
	}
	now := v.State
	if now == covenant.VoteFailed { // it may be voted on again
		now = covenant.Voting
	}
	var out []way
	passed := false
	for _, s := range covenant.Way {
		step := way{Name: s.Name(), Now: s == now}
		passed = passed || step.Now
		if step.Gone = !passed; step.Gone || step.Now {
			step.At = at[s]
		}
		out = append(out, step)
	}
	return out
}
