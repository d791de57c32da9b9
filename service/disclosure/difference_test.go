package disclosure_test

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cunwu/service/account"
	"cunwu/service/disclosure"
)

// side reads one of the two texts out of a difference.
func side(ps []disclosure.Piece, op disclosure.Op) string {
	var b strings.Builder
	for _, p := range ps {
		if p.Op == disclosure.OpSame || p.Op == op {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

// apply turns a into the text after, by the difference alone where it is whole.
func apply(a disclosure.Content, d disclosure.ContentDifference) disclosure.Content {
	b := a
	b.Title, b.Summary = side(d.Title, disclosure.OpAdded), side(d.Summary, disclosure.OpAdded)
	b.Body, b.WrittenOn = side(d.Body, disclosure.OpAdded), side(d.WrittenOn, disclosure.OpAdded)
	b.Fields = maps.Clone(a.Fields)
	for _, f := range d.Fields {
		if b.Fields == nil {
			b.Fields = map[string]string{}
		}
		b.Fields[f.Name] = side(f.Pieces, disclosure.OpAdded)
	}
	maps.DeleteFunc(b.Fields, func(_, v string) bool { return v == "" })
	for _, x := range d.Amounts {
		*map[string]**int64{"收入合计": &b.IncomeFen, "支出合计": &b.ExpenseFen, "期初余额": &b.OpeningFen, "期末余额": &b.ClosingFen}[x.Name] = x.After
	}
	b.Lines, b.Media = nil, nil
	for _, l := range d.Lines {
		if l.After != nil {
			b.Lines = append(b.Lines, *l.After)
		}
	}
	for _, m := range d.Media {
		if m.Op != disclosure.OpRemoved {
			b.Media = append(b.Media, m.Text)
		}
	}
	return b
}

func canonical(t interface{ Fatalf(string, ...any) }, c disclosure.Content) []byte {
	c.Fields = maps.Clone(c.Fields)
	maps.DeleteFunc(c.Fields, func(_, v string) bool { return v == "" })
	raw, err := c.Canonical()
	if err != nil {
		t.Fatalf("%v", err)
	}
	return raw
}

var (
	someText = rapid.StringOfN(rapid.RuneFrom([]rune("路灯电费支出收入12,30.5 \n元村")), 0, 60, -1)
	someWord = rapid.SampledFrom([]string{"", "路灯", "水渠", "记-01", "记-02", "2026-02-03"})
	someFen  = rapid.Int64Range(0, 5)
)

func someContent(t *rapid.T) disclosure.Content {
	maybe := func(name string) *int64 {
		if rapid.Bool().Draw(t, name) {
			return fen(someFen.Draw(t, name))
		}
		return nil
	}
	c := disclosure.Content{
		Title: someText.Draw(t, "title"), Summary: someText.Draw(t, "summary"), Body: someText.Draw(t, "body"),
		Fields:    rapid.MapOfN(someWord, someText, 0, 3).Draw(t, "fields"),
		IncomeFen: maybe("income"), ExpenseFen: maybe("expense"), OpeningFen: maybe("opening"), ClosingFen: maybe("closing"),
		Media:     rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 3, rapid.ID).Draw(t, "media"),
		WrittenOn: someWord.Draw(t, "written"),
	}
	for range rapid.IntRange(0, 6).Draw(t, "lines") {
		c.Lines = append(c.Lines, disclosure.Line{
			Date: someWord.Draw(t, "date"), Voucher: someWord.Draw(t, "voucher"), Summary: someWord.Draw(t, "line"),
			Category: someWord.Draw(t, "category"), IncomeFen: someFen.Draw(t, "in"), ExpenseFen: someFen.Draw(t, "out"),
			BalanceFen: maybe("balance"), Payee: someWord.Draw(t, "payee"), Image: someWord.Draw(t, "image"),
		})
	}
	return c
}

func TestDifference_AppliedToTheOldGivesTheNew(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := someContent(t)
		b := a
		if rapid.Bool().Draw(t, "another") {
			b = someContent(t)
		} else { // a correction: the same lines with a few moved, changed, taken out
			b.Lines = slices.Clone(a.Lines)
			for range rapid.IntRange(0, 3).Draw(t, "changes") {
				if len(b.Lines) == 0 {
					break
				}
				i := rapid.IntRange(0, len(b.Lines)-1).Draw(t, "at")
				switch rapid.IntRange(0, 2).Draw(t, "how") {
				case 0:
					b.Lines[i].ExpenseFen++
				case 1:
					b.Lines = slices.Delete(b.Lines, i, i+1)
				default:
					b.Lines = slices.Insert(b.Lines, i, disclosure.Line{Summary: "补记一笔"})
				}
			}
		}
		d := disclosure.Difference(a, b)
		if got, want := canonical(t, apply(a, d)), canonical(t, b); !bytes.Equal(got, want) {
			t.Fatalf("applied\n%s\nwant\n%s", got, want)
		}
		var before []disclosure.Line
		for _, l := range d.Lines {
			if l.Before != nil {
				before = append(before, *l.Before)
				if l.NumberBefore != len(before) {
					t.Fatalf("line %d is called %d", len(before), l.NumberBefore)
				}
			}
			if (l.Op == disclosure.OpChanged) != (len(l.Cells) > 0) {
				t.Fatalf("%s with cells %v", l.Op, l.Cells)
			}
		}
		if got, want := canonical(t, disclosure.Content{Lines: before}), canonical(t, disclosure.Content{Lines: a.Lines}); !bytes.Equal(got, want) {
			t.Fatalf("lines before %s, want %s", got, want)
		}
		for _, x := range []struct {
			pieces []disclosure.Piece
			before string
		}{{d.Title, a.Title}, {d.Summary, a.Summary}, {d.Body, a.Body}, {d.WrittenOn, a.WrittenOn}} {
			if got := side(x.pieces, disclosure.OpRemoved); got != x.before {
				t.Fatalf("before %q, want %q", got, x.before)
			}
		}
	})
}

func TestDifference_IsReadable(t *testing.T) {
	t.Parallel()
	a := accounts()
	b := accounts()
	a.Body, b.Body = "第一段不变。\n路灯电费300.50元，已付。\n", "第一段不变。\n路灯电费200.50元，已付。\n"
	b.Lines[1].ExpenseFen, b.ExpenseFen = 200_50, fen(200_50)
	b.Lines = append(b.Lines, disclosure.Line{Summary: "补记电费", ExpenseFen: 1})
	d := disclosure.Difference(a, b)
	want := []disclosure.Piece{
		{Op: disclosure.OpSame, Text: "第一段不变。\n路灯电费"},
		{Op: disclosure.OpRemoved, Text: "300.50"},
		{Op: disclosure.OpAdded, Text: "200.50"},
		{Op: disclosure.OpSame, Text: "元，已付。\n"},
	}
	if !slices.Equal(d.Body, want) {
		t.Errorf("body %+v", d.Body)
	}
	ops := []disclosure.Op{d.Lines[0].Op, d.Lines[1].Op, d.Lines[2].Op}
	if !slices.Equal(ops, []disclosure.Op{disclosure.OpSame, disclosure.OpChanged, disclosure.OpAdded}) {
		t.Fatalf("lines %+v", d.Lines)
	}
	if c := d.Lines[1].Cells; len(c) != 1 || c[0] != (disclosure.CellChange{Name: "支出", Before: "300.50", After: "200.50"}) {
		t.Errorf("cells %+v", c)
	}
	if len(d.Amounts) != 1 || d.Amounts[0].Name != "支出合计" || *d.Amounts[0].Before != 300_50 {
		t.Errorf("amounts %+v", d.Amounts)
	}
	if d := disclosure.Difference(accounts(), plain("另一件事")); len(d.Title) != 2 || d.Title[0].Op != disclosure.OpRemoved {
		t.Errorf("two texts that share nothing are taken apart: %+v", d.Title)
	}
}

// A text made to be slow must not be.
func TestDifference_IsBounded(t *testing.T) {
	t.Parallel()
	a := disclosure.Content{Body: strings.Repeat("收\n", 25_000), Lines: make([]disclosure.Line, 2000)}
	b := disclosure.Content{Body: strings.Repeat("支\n出", 16_000) + strings.Repeat("a", 2000), Lines: make([]disclosure.Line, 2000)}
	for i := range a.Lines {
		a.Lines[i].IncomeFen, b.Lines[i].IncomeFen = int64(i), int64(5000-i)
	}
	start := time.Now()
	d := disclosure.Difference(a, b)
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	if side(d.Body, disclosure.OpAdded) != b.Body {
		t.Error("the text after is not in it")
	}
}

func TestService_Difference(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.put(yanjing, "D02", "2026-02", accounts())
		_, err := h.svc.Difference(t.Context(), account.Caller{}, p.ID, 1)
		refused(t, err, disclosure.ErrNoDifference)
		h.db.Clock.Advance(48 * time.Hour)
		h.correct(p.ID, func(c *disclosure.Content) {
			c.Lines[1].ExpenseFen, c.ExpenseFen, c.ClosingFen = 200_50, fen(200_50), fen(849_50)
		})
		d, err := h.svc.Difference(t.Context(), account.Caller{}, p.ID, 2)
		if err != nil || d.Number != 2 || d.Reason != "第二笔金额写错" || d.Lines[1].Op != disclosure.OpChanged {
			t.Fatalf("%+v %v", d, err)
		}
		_, err = h.svc.Difference(t.Context(), account.Caller{}, p.ID, 3)
		refused(t, err, disclosure.ErrNoDifference)
		vs, err := h.svc.Versions(t.Context(), account.Caller{}, p.ID)
		if err != nil || vs[0].Author != "张* 文书" || vs[1].Author != "张* 文书" {
			t.Errorf("authors of %+v %v", vs, err)
		}
		got := h.posting(account.Caller{}, p.ID)
		if !got.Corrected || !got.PostedFrom.Equal(got.PublishedAt) || got.PostedFrom.Sub(p.PostedFrom) < 48*time.Hour ||
			got.PostedUntil.Sub(p.PostedUntil) != 48*time.Hour {
			t.Errorf("posted from %v until %v, first from %v until %v", got.PostedFrom, got.PostedUntil, p.PostedFrom, p.PostedUntil)
		}
		if i := h.feed(account.Caller{}, disclosure.FeedQuery{Region: yanjing}).Items; !i[0].Corrected || i[0].Late {
			t.Errorf("feed %+v", i[0])
		}
		hidden := h.put(yanjing, "H03", "2026Q1", plain("低保名单公示稿"))
		if _, err := h.svc.Difference(t.Context(), account.Caller{}, hidden.ID, 2); !errors.Is(err, disclosure.ErrNotFound) {
			t.Errorf("a stranger: %v", err)
		}
		h.do(p.ID, "withdraw", map[string]string{"reason": "写了个人情况", "kind": "privacy"})
		_, err = h.svc.Difference(t.Context(), account.Caller{}, p.ID, 2)
		refused(t, err, disclosure.ErrNoDifference)
	})
}

// correct takes a posting down and publishes it changed.
func (h *house) correct(id string, change func(*disclosure.Content)) disclosure.Posting {
	h.t.Helper()
	h.do(id, "withdraw", map[string]string{"reason": "第二笔金额写错", "kind": "error"})
	p := h.posting(h.office("withdraw", yanjing), id)
	clerk := h.holder(account.Clerk, p.Region)
	change(&p.Content)
	if _, err := h.svc.Edit(h.t.Context(), clerk, act(clerk), id, disclosure.Changes{Revision: p.Revision, Content: p.Content}); err != nil {
		h.t.Fatalf("edit: %v %v", err, fields(err))
	}
	return h.publish(id)
}
