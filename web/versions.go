package web

import (
	"context"
	"strconv"

	"github.com/gin-gonic/gin"

	"cunwu/service/disclosure"
)

// versionsPage is every text that a posting had, newest first, each with what
// it changed.
type versionsPage struct {
	postingPage
	Texts []versionText
}

// versionText is one version. Changed is nil where there is nothing to compare
// it with; Silent says why in words.
type versionText struct {
	disclosure.Version
	Current bool
	Ended   string // in words, "" where it is the standing one
	Changed *changed
	Silent  string
}

// changed is a difference as people read it.
type changed struct {
	Texts   []textChange
	Amounts []amountChange
	Lines   []lineChange
	Media   string // in words
}

func (c changed) none() bool { return len(c.Texts)+len(c.Amounts)+len(c.Lines) == 0 && c.Media == "" }

type textChange struct {
	Name   string
	Pieces []piece
}

// piece is a part of a text that stayed, was added or was removed. Gap stands
// for a long part that stayed.
type piece struct {
	disclosure.Piece
	Gap bool
}

type amountChange struct{ Name, Before, After string }

type lineChange struct {
	Word  string // 增加, 删去, 改动
	Line  disclosure.Line
	Sum   string
	Place string
	Cells []disclosure.CellChange
}

// versions is "/d/:id/versions".
func (w *Web) versions(c *gin.Context) {
	big := isBig(c.Request)
	if w.fast(c, big) {
		return
	}
	id := c.Param("id")
	place, err := w.homeOf(c.Request.Context(), id)
	if err != nil {
		w.refuse(c, err)
		return
	}
	w.page(c, string(place), "d/"+id+"/versions", big, func(ctx context.Context) ([]byte, error) {
		m, err := w.sheet(ctx, id)
		if err != nil {
			return nil, err
		}
		return w.render("versions", frame{
			Title: m.Heading + "的历次版本", Big: big, Here: "/d/" + m.ID + "/versions", NoIndex: true,
			Main: versionsPage{m, versionTexts(m.Posting, m.Versions)},
		})
	})
}

// versionTexts sets each version against the one before. What strangers may not
// read of a version the service has left out of it.
func versionTexts(p disclosure.Posting, versions []disclosure.Version) []versionText {
	out := make([]versionText, len(versions))
	for i, v := range versions {
		t := versionText{Version: v, Current: i == 0 && v.WithdrawnAt.IsZero()}
		switch {
		case t.Current && p.State == disclosure.Expired:
			t.Current, t.Ended = false, "公示期已满，依法不再显示内容"
		case !v.WithdrawnAt.IsZero():
			t.Ended = day(v.WithdrawnAt) + "撤回"
		}
		switch {
		case p.State == disclosure.Withdrawn: // it may have been taken down for what it says
			t.Silent = "撤回期间不显示内容，更正公布以后可以对照。"
		case v.Content == nil:
			t.Silent = "这一版的内容已经依法撤下，只留下时间、原因和校验码。"
		case i+1 == len(versions):
			t.Silent = "第一次公开，没有更早的版本可以对照。"
		case versions[i+1].Content == nil:
			t.Silent = "前一版的内容已经依法撤下，不能对照。"
		default:
			c := changedOf(disclosure.Difference(plain(*versions[i+1].Content), plain(*v.Content)))
			if t.Changed = &c; c.none() {
				t.Changed, t.Silent = nil, "内容和前一版一样。"
			}
		}
		out[i] = t
	}
	return out
}

// plain gives a content with its body as people read it, without the marks of
// its making; one that cannot be read so is left as it is.
func plain(c disclosure.Content) disclosure.Content {
	if text, err := disclosure.ReadableBody(c.Body); err == nil {
		c.Body = text
	}
	return c
}

func changedOf(d disclosure.ContentDifference) changed {
	var c changed
	text := func(name string, pieces []disclosure.Piece) {
		if differs(pieces) {
			c.Texts = append(c.Texts, textChange{name, shortened(pieces)})
		}
	}
	text("标题", d.Title)
	text("白话摘要", d.Summary)
	text("详细说明", d.Body)
	for _, f := range d.Fields {
		text(f.Name, f.Pieces)
	}
	text("纸上的日期", d.WrittenOn)
	for _, a := range d.Amounts {
		c.Amounts = append(c.Amounts, amountChange{a.Name, stated(a.Before), stated(a.After)})
	}
	for _, l := range d.Lines {
		if l.Op != disclosure.OpSame {
			c.Lines = append(c.Lines, lineChangeOf(l))
		}
	}
	c.Media = mediaWords(d.Media)
	return c
}

func stated(fen *int64) string {
	if fen == nil {
		return "没有写"
	}
	return yuan(*fen)
}

func differs(pieces []disclosure.Piece) bool {
	for _, p := range pieces {
		if p.Op != disclosure.OpSame {
			return true
		}
	}
	return false
}

// around is how many characters of what stayed are shown beside a change.
const around = 30

// shortened leaves out the middle of long parts that stayed the same.
func shortened(pieces []disclosure.Piece) []piece {
	var out []piece
	for i, p := range pieces {
		text := []rune(p.Text)
		if p.Op != disclosure.OpSame || len(text) <= 3*around {
			out = append(out, piece{Piece: p})
			continue
		}
		same := func(r []rune) piece {
			return piece{Piece: disclosure.Piece{Op: disclosure.OpSame, Text: string(r)}}
		}
		if i > 0 {
			out = append(out, same(text[:around]))
		}
		out = append(out, piece{Gap: true})
		if i+1 < len(pieces) {
			out = append(out, same(text[len(text)-around:]))
		}
	}
	return out
}

func lineChangeOf(l disclosure.LineChange) lineChange {
	c := lineChange{Word: "改动", Place: "第 " + strconv.Itoa(l.NumberAfter) + " 笔"}
	shown := l.After
	switch l.Op {
	case disclosure.OpAdded:
		c.Word = "增加"
	case disclosure.OpRemoved:
		c.Word, c.Place, shown = "删去", "原第 "+strconv.Itoa(l.NumberBefore)+" 笔", l.Before
	case disclosure.OpChanged:
		for _, cell := range l.Cells {
			if cell.Name == "凭证图片" { // ids say nothing to people
				cell.Before, cell.After = have(cell.Before), have(cell.After)
			}
			c.Cells = append(c.Cells, cell)
		}
	case disclosure.OpSame:
	}
	if c.Line = *shown; c.Line.IncomeFen != 0 {
		c.Sum = "收入 " + yuan(c.Line.IncomeFen)
	} else if c.Line.ExpenseFen != 0 {
		c.Sum = "支出 " + yuan(c.Line.ExpenseFen)
	}
	return c
}

func have(id string) string {
	if id == "" {
		return "没有"
	}
	return "有"
}

// mediaWords counts the attachments that came and went; their ids say nothing
// to people.
func mediaWords(pieces []disclosure.Piece) string {
	var added, removed int
	for _, p := range pieces {
		switch p.Op {
		case disclosure.OpAdded:
			added++
		case disclosure.OpRemoved:
			removed++
		case disclosure.OpSame, disclosure.OpChanged:
		}
	}
	text := ""
	if added > 0 {
		text = "增加 " + strconv.Itoa(added) + " 个附件。"
	}
	if removed > 0 {
		text += "去掉 " + strconv.Itoa(removed) + " 个附件。"
	}
	return text
}
