package demo

import (
	"fmt"
	"strings"

	"cunwu/service/disclosure"
)

// desk is the writing desk of one village: all that its texts are made from.
type desk struct {
	seed  uint64
	span  span
	v     profile
	r     roster
	l     ledger
	order int // place of the village in the list, to vary the choice of items
}

func newDesk(seed uint64, s span, v profile) *desk {
	return &desk{seed: seed, span: s, order: v.number - 1, v: v, r: rosterOf(seed, v), l: keepLedger(seed, v, s)}
}

// dice gives the choices of one text.
func (k *desk) dice(item, period string) dice {
	return newDice(k.seed, string(k.v.code), item, period)
}

// paper is what a clerk hands in: the content and the files that go with it.
type paper struct {
	disclosure.Content
	files []file
}

// file is one attachment, made when it is uploaded.
type file struct {
	name  string
	scene string     // picture: what it shows
	table [][]string // pdf: rows of cells, the first row is the head
	title string     // pdf
	seed  uint64
	line  int // from 1: the line of which it is the voucher; 0 for none
}

// picture is a photo of a scene. Names of files tell what is to be seen.
func (k *desk) picture(scene, name string, d dice) file {
	return file{name: name + ".jpg", scene: scene, seed: d.Uint64()}
}

// ask tells whom to ask. Officers' names are public.
func (k *desk) ask() string {
	return fmt.Sprintf("有疑问请找文书%s，或监委会主任%s。", k.r.clerk, k.r.supervisor)
}

// askClerk is the short form for matters without money.
func (k *desk) askClerk() string {
	return fmt.Sprintf("有疑问请到村便民服务中心找文书%s。", k.r.clerk)
}

// list writes Markdown bullets.
func list(points ...string) string {
	return "- " + strings.Join(points, "\n- ") + "\n"
}

// numbered writes a Markdown numbered list.
func numbered(points []string) string {
	var b strings.Builder
	for i, p := range points {
		fmt.Fprintf(&b, "%d. %s\n", i+1, p)
	}
	return b.String()
}

// section writes a Markdown heading and what follows it.
func section(heading, text string) string {
	return "## " + heading + "\n\n" + strings.TrimRight(text, "\n") + "\n\n"
}

// table writes a Markdown table; the first row is the head.
func table(rows [][]string) string {
	var b strings.Builder
	for i, row := range rows {
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
		if i == 0 {
			b.WriteString(strings.Repeat("| --- ", len(row)) + "|\n")
		}
	}
	return b.String()
}

// total gives the sums of lines as the stated totals of a posting.
func (p *paper) total() {
	var income, expense int64
	for _, l := range p.Lines {
		income += l.IncomeFen
		expense += l.ExpenseFen
	}
	p.IncomeFen, p.ExpenseFen = &income, &expense
}

// joined writes 甲、乙和丙.
func joined(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], "、") + "和" + parts[len(parts)-1]
}
