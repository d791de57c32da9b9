package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/concern"
	"cunwu/service/consultation"
	"cunwu/service/consultation/opinion"
	"cunwu/service/fault"
	"cunwu/service/region"
)

// Consultations is what the pages need of the consultations.
type Consultations interface {
	Consultation(ctx context.Context, by account.Caller, id string) (consultation.Consultation, error)
	Groups(ctx context.Context, by account.Caller, id string) (consultation.Opinions, error)
	List(ctx context.Context, by account.Caller, q consultation.Query) (consultation.Page, error)
}

// talkPage is "/c/:id": the question, where it stands, what was said, how the
// groups differ, the result, what became of it.
type talkPage struct {
	consultation.Consultation
	Path     []region.Region
	Opinions consultation.Opinions
	Said     []saidLine
	Common   []saidLine
	Apart    []apartLine
	Groups   []groupLine
	Ratings  []share
	Advisory string
	By       string
	From     []concern.Concern // what villagers said that led here
}

// share is one bar of a chart of people, or a part of one. The figure stands
// beside it.
type share struct {
	Label string
	N     int
	Text  string
	From  string // where a part begins, of 100, as SVG writes it
	Width string // of 100
	Fill  string // class of a part
}

// saidLine is one statement with how people voted on it.
type saidLine struct {
	Number int
	Text   string
	Voted  int
	Bars   []share
}

// apartLine is a statement on which the groups differ.
type apartLine struct {
	Number int
	Text   string
	Bars   []share
}

// groupLine is one group in words: what sets it apart from the others.
type groupLine struct {
	Name    string
	Size    int
	Agrees  []saidLine
	Objects []saidLine
}

// mostSaid is how many statements a page shows, the most voted first.
const mostSaid = 50

// talk is "/c/:id".
func (w *Web) talk(c *gin.Context) {
	big := isBig(c.Request)
	if w.fast(c, big) {
		return
	}
	id := c.Param("id")
	seen, err := w.consultations.Consultation(c.Request.Context(), account.Caller{}, id)
	if err != nil {
		w.refuse(c, err)
		return
	}
	build := func(ctx context.Context) ([]byte, error) {
		m, err := w.talkOf(ctx, id)
		if err != nil {
			return nil, err
		}
		return w.render("consultation", frame{
			Title: m.Title, Description: m.Content.Topic.Question, Big: big, Here: "/c/" + m.ID, Main: m,
		})
	}
	if seen.Speaking {
		w.live(c, build)
		return
	}
	w.page(c, string(seen.Region), "c/"+id, big, build)
}

// live serves a page that is made anew for each reader: votes come by the
// second and do not drop what is prepared of the whole place.
func (w *Web) live(c *gin.Context, build maker) {
	body, err := build(c.Request.Context())
	if err != nil {
		w.refuse(c, err)
		return
	}
	h := c.Writer.Header()
	w.guard(h)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "text/html; charset=utf-8")
	c.Status(http.StatusOK)
	if c.Request.Method == http.MethodHead {
		c.Writer.WriteHeaderNow()
		return
	}
	_, _ = c.Writer.Write(body) // the client went away: nothing to do about it
}

// mostFrom is how many concerns a page names that led to what it is about.
const mostFrom = 20

// cameFrom gives the public concerns that a consultation was made of: the one
// that its topic names, and those that were sent to it.
func (w *Web) cameFrom(ctx context.Context, c consultation.Consultation) ([]concern.Concern, error) {
	if w.concerns == nil {
		return nil, nil
	}
	page, err := w.concerns.Concerns(ctx, account.Caller{}, concern.Query{Region: c.Region, Linked: c.ID, Limit: mostFrom})
	if err != nil {
		return nil, err
	}
	id := c.Content.Topic.ConcernID
	if id == "" || slices.ContainsFunc(page.Items, func(o concern.Concern) bool { return o.ID == id }) {
		return page.Items, nil
	}
	first, err := w.concerns.Concern(ctx, account.Caller{}, id)
	if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
		return page.Items, nil // not public, or none of ours
	}
	return append([]concern.Concern{first}, page.Items...), err
}

// talkOf gathers the page of a consultation.
func (w *Web) talkOf(ctx context.Context, id string) (talkPage, error) {
	c, err := w.consultations.Consultation(ctx, account.Caller{}, id)
	if err != nil {
		return talkPage{}, err
	}
	m := talkPage{Consultation: c, Advisory: consultation.Advisory, By: consultation.Anonymous, Ratings: ratingBars(c.Ratings)}
	if m.Path, err = w.places.Path(ctx, c.Region); err != nil {
		return m, err
	}
	if m.From, err = w.cameFrom(ctx, c); err != nil {
		return m, err
	}
	if m.Opinions, err = w.consultations.Groups(ctx, account.Caller{}, id); err != nil {
		return m, err
	}
	o := m.Opinions
	m.Said = spoken(o)
	for _, i := range o.Common {
		m.Common = append(m.Common, sayLine(o.Statements[i]))
	}
	for _, i := range o.Apart {
		line := apartLine{Number: o.Statements[i].Number, Text: o.Statements[i].Text}
		for g, group := range o.Groups {
			if agree, _, _, ok := o.Shares(group.Tallies[i]); ok {
				line.Bars = append(line.Bars, share{Label: groupName(g), N: agree, Text: strconv.Itoa(agree) + "% 赞成", Width: talkWidth(agree)})
			}
		}
		m.Apart = append(m.Apart, line)
	}
	for g, group := range o.Groups {
		line := groupLine{Name: groupName(g), Size: group.Size}
		for _, i := range group.Typical {
			if t := group.Tallies[i]; t.Agree >= t.Disagree {
				line.Agrees = append(line.Agrees, sayLine(o.Statements[i]))
			} else {
				line.Objects = append(line.Objects, sayLine(o.Statements[i]))
			}
		}
		m.Groups = append(m.Groups, line)
	}
	return m, nil
}

func groupName(g int) string {
	return "第" + strings.Split("一二三四五六七八九", "")[g] + "类"
}

// spoken gives the statements, the most voted first.
func spoken(o consultation.Opinions) []saidLine {
	out := make([]saidLine, 0, len(o.Statements))
	for _, s := range o.Statements {
		out = append(out, sayLine(s))
	}
	sortLines(out)
	return out[:min(len(out), mostSaid)]
}

func sayLine(s consultation.Statement) saidLine {
	return saidLine{Number: s.Number, Text: s.Text, Voted: s.Tally.Voted(), Bars: tallyBars(s.Tally)}
}

func tallyBars(t opinion.Tally) []share {
	if t.Voted() == 0 {
		return nil
	}
	bars := people([]share{
		{Label: "赞成", N: t.Agree, Fill: "bars__fill"}, {Label: "不赞成", N: t.Disagree, Fill: "bars__against"}, {Label: "说不好", N: t.Pass, Fill: "bars__unsure"},
	})
	from := 0
	for i := range bars { // the parts lie end to end
		to := 100 * (bars[i].N + headcount(bars[:i])) / t.Voted()
		bars[i].From, bars[i].Width = talkWidth(from), talkWidth(to-from)
		from = to
	}
	return bars
}

// headcount adds up the people of bars.
func headcount(bars []share) int {
	n := 0
	for _, b := range bars {
		n += b.N
	}
	return n
}

func ratingBars(r consultation.Ratings) []share {
	if r.Satisfied+r.Basic+r.Dissatisfied == 0 {
		return nil
	}
	return people([]share{{Label: "满意", N: r.Satisfied}, {Label: "基本满意", N: r.Basic}, {Label: "不满意", N: r.Dissatisfied}})
}

// people turns numbers of people into bars.
func people(bars []share) []share {
	total := headcount(bars)
	for i := range bars {
		b := &bars[i]
		b.Text = strconv.Itoa(b.N) + " 人"
		b.Width = talkWidth(100 * b.N / total)
	}
	return bars
}

// photosOf gives the photos of a list of ids, as far as they can be shown.
func photosOf(photos map[string]consultation.Photo, ids []string) []consultation.Photo {
	var out []consultation.Photo
	for _, id := range ids {
		if p, ok := photos[id]; ok {
			out = append(out, p)
		}
	}
	return out
}

func talkWidth(percent int) string { return strconv.Itoa(percent) }
