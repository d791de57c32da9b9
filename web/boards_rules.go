package web

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"cunwu/service/broadcast"
	"cunwu/service/record"
	"cunwu/service/redblack"
	"cunwu/service/region"
	"cunwu/web/paper"
)

// rulesPage is 知榜: the rules that were made known, on "/r/:code/boards/rules"
// and in short on the page of the lists.
type rulesPage struct {
	redblack.Announcement
	Path        []region.Region
	InEffect    bool
	Red         []ruleClause
	Black       []ruleClause
	CovenantURL string
	RedDays     int // how long an entry is shown at most
	BlackDays   int
	ApologyDays int
	NameDays    int      // how long a name is shown at most with a black entry
	Digest      []string // of the leaf, in groups of eight
}

// ruleClause is a clause that leads to a list.
type ruleClause struct {
	redblack.AnnouncedClause
	URL string
}

func (w *Web) rulesOf(a redblack.Announcement) rulesPage {
	m := rulesPage{Announcement: a, InEffect: a.From <= w.today(), CovenantURL: textURL(a.Region, "covenant")}
	if a.Version > 0 {
		m.CovenantURL += "/" + strconv.Itoa(a.Version)
	}
	for _, c := range a.Clauses {
		one := ruleClause{AnnouncedClause: c, URL: clauseURL(a.Region, c.Version, c.Code)}
		if c.List == redblack.Black {
			m.Black = append(m.Black, one)
		} else {
			m.Red = append(m.Red, one)
		}
	}
	if r := w.redblack.Rules(); r != nil {
		m.RedDays, m.BlackDays = r.Display.Red.Days, r.Display.Black.Days
		m.ApologyDays, m.NameDays = r.Apology.Days, r.Naming.Days
	}
	return m
}

// rulesFor gathers the page of the rules, and the digest of their leaf, "" for
// none.
func (w *Web) rulesFor(ctx context.Context, village region.Code) (rulesPage, string, error) {
	a, err := w.redblack.Announcement(ctx, village)
	if err != nil {
		return rulesPage{}, "", missing(err)
	}
	m := w.rulesOf(a)
	if m.Path, err = w.places.Path(ctx, village); err != nil {
		return m, "", err
	}
	if a.Log == nil || w.leaves == nil {
		return m, "", nil
	}
	proof, err := w.leaves.Proof(ctx, a.Log.Index)
	if err != nil {
		return m, "", err
	}
	sum := record.Digest(proof.Leaf)
	digest := hex.EncodeToString(sum[:])
	m.Digest = eights(digest)
	return m, digest, nil
}

// missing turns "nothing announced" into "no such page".
func missing(err error) error {
	if isFault(err, redblack.ErrNotAnnounced) {
		return redblack.ErrNotFound
	}
	return err
}

// villageOf reads the village of a path.
func villageOf(c *gin.Context) (region.Code, error) {
	code := region.Code(c.Param("code"))
	if !code.Valid() || code.Level() != region.Village {
		return code, region.ErrNotFound
	}
	return code, nil
}

// rules is "/r/:code/boards/rules".
func (w *Web) rules(c *gin.Context) {
	big := isBig(c.Request)
	if w.fastToday(c, big) {
		return
	}
	code, err := villageOf(c)
	if err != nil {
		w.refuse(c, err)
		return
	}
	here := listsURL(code) + "/rules"
	w.pageOfDay(c, string(code), here, big, func(ctx context.Context) ([]byte, error) {
		m, _, err := w.rulesFor(ctx, code)
		if err != nil {
			return nil, err
		}
		return w.render("boards_rules", frame{
			Title: m.RegionName + "红黑榜的规则", Description: m.RegionName + "的知榜：哪些条款会上榜、怎么评、怎么提异议。", Big: big, Here: here, Main: m,
		})
	})
}

// rulesScript is "/r/:code/boards/rules/script".
func (w *Web) rulesScript(c *gin.Context) {
	big := isBig(c.Request)
	if w.fastToday(c, big) {
		return
	}
	code, err := villageOf(c)
	if err != nil {
		w.refuse(c, err)
		return
	}
	here := listsURL(code) + "/rules/script"
	w.pageOfDay(c, string(code), here, big, func(ctx context.Context) ([]byte, error) {
		m, _, err := w.rulesFor(ctx, code)
		if err != nil {
			return nil, err
		}
		text := broadcast.Announce(spokenRules(m))
		heading := m.RegionName + "红黑榜的规则"
		return w.render("boards_script", frame{
			Title: heading + "（广播稿）", Big: big, Here: here, NoIndex: true,
			Main: scriptPage{ID: listsURL(code) + "/rules", Heading: heading, Lines: strings.Split(text, "\n"), Took: took(broadcast.Seconds(text))},
		})
	})
}

// spokenRules is what is said of the rules, the most important first.
func spokenRules(m rulesPage) broadcast.Announcement {
	a := broadcast.Announcement{Place: m.RegionName, Title: "红黑榜的规则", Objections: m.Objections, Paragraphs: []string{
		"从" + date(m.From) + "起，本村按村规民约评红黑榜，由" + m.Council + "评，管榜人是" + m.Keeper + "。", howShown(m),
	}}
	for _, c := range m.Black {
		a.Paragraphs = append(a.Paragraphs, fmt.Sprintf("会上黑榜的，村规第%d条：%s", c.Number, c.Text))
	}
	for _, c := range m.Red {
		a.Paragraphs = append(a.Paragraphs, fmt.Sprintf("可以上红榜的，村规第%d条：%s", c.Number, c.Text))
	}
	a.Paragraphs = append(a.Paragraphs, m.Incentives)
	return a
}

// howShown says for how long and with what the lists are shown.
func howShown(m rulesPage) string {
	return fmt.Sprintf("红榜记好事，最多展示%d天；本人不同意，不写姓名，不放照片。黑榜只写事，不公开姓名，不放照片，最多展示%d天，改了就下榜。", m.RedDays, m.BlackDays)
}

// rulesSheet is "/r/:code/boards/rules/sheet.pdf".
func (w *Web) rulesSheet(c *gin.Context) {
	site, ok := siteAddress(c.Request)
	if !ok {
		w.message(c, http.StatusBadRequest, pageBad)
		return
	}
	code, err := villageOf(c)
	if err != nil {
		w.refuse(c, err)
		return
	}
	key := listsURL(code) + "/rules/sheet.pdf/" + site
	w.file(c, string(code), key, "rules-"+string(code)+".pdf", func(ctx context.Context) ([]byte, error) {
		m, digest, err := w.rulesFor(ctx, code)
		if err != nil {
			return nil, err
		}
		return w.press.Sheet(ctx, rulesSheetOf(m, site, digest))
	})
}

// rulesSheetOf puts the rules into the words of a sheet for the board. site is the
// address of the site, digest that of the leaf or "".
func rulesSheetOf(m rulesPage, site, digest string) paper.Sheet {
	who := "本村按村规民约评红黑榜，由" + m.Council
	if m.Members > 0 {
		who += "（" + strconv.Itoa(m.Members) + " 人）"
	}
	a := paper.Announcement{
		Place: placeLine(m.Path), Title: m.RegionName + "红黑榜的规则", Facts: "知榜　" + date(m.From) + "起",
		Paragraphs: []string{who + "评，管榜人是" + m.Keeper + "。", howShown(m)},
		Objections: paragraphs(m.Objections), Site: site, Path: listsURL(m.Region) + "/rules", Sign: signOf(m.Path),
	}
	for _, p := range []struct {
		name    string
		clauses []ruleClause
	}{{"★ 红榜：这些事可以上", m.Red}, {"■ 黑榜：这些事会上", m.Black}} {
		part := paper.Part{Name: p.name}
		for _, c := range p.clauses {
			part.Paras = append(part.Paras, "第"+strconv.Itoa(c.Number)+"条　"+c.Text)
		}
		if len(part.Paras) > 0 {
			a.Parts = append(a.Parts, part)
		}
	}
	if paras := paragraphs(m.Incentives); len(paras) > 0 {
		a.Parts = append(a.Parts, paper.Part{Name: "奖励和帮助", Paras: paras})
	}
	s := a.Sheet()
	if digest != "" {
		s.Code += fmt.Sprintf("#log=%d.%s", m.Log.Index, digest)
		s.Proof = append(s.Proof, "存证：第 "+strconv.FormatInt(m.Log.Index, 10)+" 条　校验码 "+strings.Join(m.Digest, " "))
	}
	return s
}
