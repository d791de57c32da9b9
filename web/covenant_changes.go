package web

import (
	"context"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"cunwu/service/covenant"
	"cunwu/service/disclosure"
	"cunwu/service/region"
)

// changesPage is "/r/:code/covenant/:n/changes": what a version changed of the one
// that it began from.
type changesPage struct {
	Path       []region.Region
	RegionName string
	Kind       string
	URL        string
	From, To   int
	Title      []piece // nil where it stayed
	Summary    string
	Clauses    []clauseChange
	Same       int // clauses that say the same
	Draft      bool
}

// clauseChange is what became of one clause, in words.
type clauseChange struct {
	Word   string // 增加, 删去, 改动
	Number string
	Op     disclosure.Op
	Clause clauseLine
	Pieces []piece  // of the words of the clause
	Others []string // what else differs
}

func (w *Web) textChanges(word string, kind covenant.Kind) gin.HandlerFunc {
	return func(c *gin.Context) {
		big := isBig(c.Request)
		if w.fast(c, big) {
			return
		}
		code, err := villageOf(c)
		number := 0
		if err == nil {
			number, err = versionNumber(c)
		}
		if err != nil {
			w.refuse(c, err)
			return
		}
		here := changesURL(textURL(code, word), number)
		w.page(c, string(code), here, big, func(ctx context.Context) ([]byte, error) {
			m, err := w.changesOf(ctx, code, word, kind, number)
			if err != nil {
				return nil, err
			}
			return w.render("covenant_changes", frame{
				Title: m.RegionName + m.Kind + "第" + strconv.Itoa(number) + "版改了什么", Big: big, Here: here, NoIndex: true, Main: m,
			})
		})
	}
}

func (w *Web) changesOf(ctx context.Context, code region.Code, word string, kind covenant.Kind, number int) (changesPage, error) {
	m := changesPage{Kind: kind.Name(), URL: textURL(code, word), To: number}
	text, err := w.textOf(ctx, code, kind)
	if err != nil {
		return m, err
	}
	m.RegionName = text.RegionName
	if m.Path, err = w.places.Path(ctx, code); err != nil {
		return m, err
	}
	v, err := w.covenants.Version(ctx, text.ID, number)
	if err != nil {
		return m, err
	}
	if m.From, m.Draft = v.Content.Base, v.State.UnderWay(); m.From == 0 {
		return m, covenant.ErrVersionNotFound // the first version changed nothing
	}
	d, err := w.covenants.Difference(ctx, text.ID, m.From, number)
	if err != nil {
		return m, err
	}
	rules := w.covenants.Rules()
	for _, c := range d.Clauses {
		if c.Op == disclosure.OpSame {
			m.Same++
			continue
		}
		m.Clauses = append(m.Clauses, clauseChangeOf(c, rules))
	}
	if differs(d.Title) {
		m.Title = shortened(d.Title)
	}
	m.Summary = changesInWords(d)
	return m, nil
}

func changesInWords(d covenant.Difference) string {
	var parts []string
	for _, p := range []struct {
		n    int
		word string
	}{{d.Added, "增加"}, {d.Changed, "改动"}, {d.Removed, "删去"}} {
		if p.n > 0 {
			parts = append(parts, p.word+" "+strconv.Itoa(p.n)+" 条")
		}
	}
	if len(parts) == 0 {
		return "条款没有变。"
	}
	return strings.Join(parts, "，") + "。"
}

// partNames are the parts of a clause besides its words. That a clause has another
// number now is seen where it stands.
var partNames = []struct{ code, name string }{{"kind", "性质"}, {"list", "上不上榜"}, {"measures", "怎么办"}, {"source", "出处"}, {"topic", "主题"}}

func clauseChangeOf(c covenant.ClauseChange, rules *covenant.Rules) clauseChange {
	out := clauseChange{Op: c.Op, Word: "改动", Pieces: shortened(c.Text)}
	shown := c.After
	switch c.Op {
	case disclosure.OpAdded:
		out.Word = "增加"
	case disclosure.OpRemoved:
		out.Word, shown = "删去", c.Before
	case disclosure.OpChanged, disclosure.OpSame:
	}
	if shown == nil { // a change without either side is none
		return out
	}
	out.Clause = clauseLines([]covenant.Clause{*shown}, rules)[0]
	out.Number = "第" + strconv.Itoa(shown.Number) + "条"
	if c.Op == disclosure.OpRemoved {
		out.Number = "原第" + strconv.Itoa(shown.Number) + "条"
	}
	if c.Before == nil || c.After == nil {
		return out
	}
	if !differs(c.Text) {
		out.Pieces = nil
	}
	if c.Before.Number != c.After.Number {
		out.Number += "（原第" + strconv.Itoa(c.Before.Number) + "条）"
	}
	for _, p := range partNames {
		for _, part := range c.Parts {
			if part == p.code {
				before, after := partOf(*c.Before, part, rules), partOf(*c.After, part, rules)
				out.Others = append(out.Others, p.name+"：原来“"+before+"”，现在“"+after+"”。")
			}
		}
	}
	return out
}

// partOf is a part of a clause in words.
func partOf(c covenant.Clause, part string, rules *covenant.Rules) string {
	line := clauseLines([]covenant.Clause{c}, rules)[0]
	text := ""
	switch part {
	case "kind":
		text = line.KindName
	case "list":
		if text = line.ListName; text == "" {
			return "不上榜"
		}
		if c.TurnsRed {
			text += "，改了可以上红榜"
		}
	case "measures":
		for i, m := range c.Measures {
			if i > 0 {
				text += "；"
			}
			text += m.Text
		}
	case "source":
		text = c.Source
	case "topic":
		if text = line.TopicName; text == "" {
			text = c.Topic
		}
	}
	if text == "" {
		return "没有写"
	}
	return text
}
