package paper

import "fmt"

// Sheet is a posting in words, as it is put on the board. Everything may be
// empty; what is empty takes no room.
type Sheet struct {
	Place     string // where it is from, widest place first
	Title     string
	Marks     []string // what readers must know at once: 更正, 补录, 已撤回
	Facts     string   // what it is about, one line
	Posted    string   // from when to when it hangs
	Notice    []string // why there is no content
	Summary   []string
	Totals    []Pair
	LinesName string
	Lines     Table
	Parts     []Part
	Code      string   // what the QR code says
	Proof     []string // beside the code
	Sign      []string // names of lines to be signed or filled in by hand
	Foot      string   // on every page, before its number
}

// Pair is a name and what goes with it.
type Pair struct {
	Name  string
	Value []string // paragraphs
}

// Part is a headed part of a sheet: facts, then paragraphs.
type Part struct {
	Name  string
	Facts []Pair
	Paras []string
}

// lackNote is at the end of a sheet that has 〓 in it.
const lackNote = "注：〓 是打印字库里没有的字，以网页为准。"

func laySheet(f *face, s Sheet) (*Document, error) {
	fl := newFlow(f)
	fl.title(s)
	fl.notice(s.Notice)
	for _, p := range s.Summary {
		fl.para(style{size: 16, leading: 1.55}, p)
	}
	fl.totals(s.Totals)
	if len(s.Lines.Rows) > 0 {
		fl.heading(s.LinesName)
		fl.table(s.Lines)
	}
	for _, p := range s.Parts {
		fl.part(p)
	}
	fl.ending(s)
	fl.number(s.Foot)
	return &fl.doc, nil
}

func (fl *flow) title(s Sheet) {
	if s.Place != "" {
		fl.para(style{size: 13, leading: 1.5, centre: true}, s.Place)
	}
	fl.para(style{size: 24, leading: 1.35, centre: true}, s.Title)
	fl.y += 3
	fl.marks(s.Marks)
	if s.Facts != "" {
		fl.para(style{size: 11, leading: 1.5, centre: true}, s.Facts)
	}
	if s.Posted != "" {
		fl.para(style{size: 12, leading: 1.5, centre: true}, s.Posted)
	}
	fl.y += 4
	fl.stroke(margin, fl.y, margin+inner, fl.y, 1.6)
	fl.y += 9
}

// marks are framed words side by side.
func (fl *flow) marks(marks []string) {
	const size, pad, gap, high = 13.0, 7.0, 10.0, 21.0
	var row []string
	used := 0.0
	end := func() {
		fl.need(high + 5)
		x := margin + (inner-used+gap)/2
		for _, m := range row {
			w := fl.width(m, size) + 2*pad
			fl.frame(x, fl.y, w, high, 1)
			fl.put(x+pad, fl.y+(high-size)/2, size, m)
			x += w + gap
		}
		if len(row) > 0 {
			fl.y += high + 5
		}
		row, used = nil, 0
	}
	var framed []string
	for _, m := range marks {
		framed = append(framed, fl.wrap(m, size, inner-2*pad)...)
	}
	for _, m := range framed {
		w := fl.width(m, size) + 2*pad + gap
		if used+w-gap > inner {
			end()
		}
		row = append(row, m)
		used += w
	}
	end()
}

// notice is framed and large: what hangs here is not in force any more.
func (fl *flow) notice(paras []string) {
	if len(paras) == 0 {
		return
	}
	const pad = 14.0
	st := style{size: 20, leading: 1.5, left: pad, width: inner - 2*pad}
	high := 2 * pad
	for _, p := range paras {
		high += float64(len(fl.wrap(p, st.size, st.width))) * st.size * st.leading
	}
	if framed := fl.y+high <= bodyEnd; framed {
		fl.frame(margin, fl.y, inner, high, 1.6)
	}
	fl.y += pad
	for _, p := range paras {
		fl.para(st, p)
	}
	fl.y += pad + 10
}

// totals stand side by side, at most three in a row.
func (fl *flow) totals(totals []Pair) {
	const nameSize, size, high = 11.0, 19.0, 48.0
	for len(totals) > 0 {
		row := totals[:min(3, len(totals))]
		totals = totals[len(row):]
		fl.space(6)
		fl.need(high)
		w := inner / float64(len(row))
		for i, p := range row {
			x := margin + float64(i)*w
			fl.put(x, fl.y+4, nameSize, fl.clean(p.Name))
			at := size
			value := fl.clean(join(p.Value))
			for at > 8 && fl.width(value, at) > w-6 {
				at--
			}
			fl.put(x, fl.y+20, at, value)
		}
		fl.y += high
	}
}

func join(parts []string) string {
	out := ""
	for i, p := range parts {
		if i > 0 {
			out += " "
		}
		out += p
	}
	return out
}

func (fl *flow) part(p Part) {
	fl.heading(p.Name)
	const size, leading, gap = 12.0, 1.5, 10.0
	names := 0.0
	for _, fact := range p.Facts {
		names = max(names, min(fl.width(fl.clean(fact.Name), size), 9*size))
	}
	for _, fact := range p.Facts {
		fl.need(size * leading)
		page, top := len(fl.doc.Pages), fl.y
		fl.para(style{size: size, leading: leading, width: names + 0.01}, fact.Name)
		endPage, end := len(fl.doc.Pages), fl.y
		if page == endPage { // the value stands beside its name
			fl.y = top
		}
		for _, v := range fact.Value {
			fl.para(style{size: size, leading: leading, left: names + gap}, v)
		}
		if len(fl.doc.Pages) == endPage {
			fl.y = max(fl.y, end)
		}
	}
	for _, text := range p.Paras {
		fl.para(style{size: size, leading: leading}, text)
	}
}

// ending is the code with what proves the paper, and the lines to be signed:
// they stay together.
func (fl *flow) ending(s Sheet) {
	const side, size, leading, signHigh, gap = 102.0, 10.0, 1.45, 33.0, 12.0 // 36 mm: the code carries a digest
	rows := (len(s.Sign) + 1) / 2
	text := 0.0
	st := style{size: size, leading: leading, left: side + gap}
	for _, p := range s.Proof {
		text += float64(len(fl.wrap(p, size, inner-st.left))) * size * leading
	}
	fl.space(12)
	fl.need(max(side, text) + float64(rows)*signHigh + 24)
	fl.stroke(margin, fl.y, margin+inner, fl.y, 0.8)
	fl.y += 6
	top := fl.y
	if s.Code != "" {
		p := fl.page()
		p.Squares = append(p.Squares, Square{X: margin, Y: top, Side: side, Text: s.Code})
	}
	fl.y += max(0, (side-text)/2)
	for _, p := range s.Proof {
		fl.para(st, p)
	}
	fl.y = max(fl.y, top+side) + 4
	fl.sign(s.Sign, signHigh)
	if fl.lacked {
		fl.need(14)
		fl.para(style{size: 9, leading: 1.4}, lackNote)
	}
}

// sign leaves lines for the hand, two in a row.
func (fl *flow) sign(names []string, high float64) {
	const size, gap = 12.0, 24.0
	w := (inner - gap) / 2
	for i, name := range names {
		x := margin + float64(i%2)*(w+gap)
		if i%2 == 0 && i > 0 {
			fl.y += high
		}
		base := fl.y + high - 6
		name = fl.clean(name)
		fl.put(x, base-size, size, name)
		fl.stroke(x+fl.width(name, size)+6, base+1, x+w, base+1, 0.6)
	}
	if len(names) > 0 {
		fl.y += high
	}
}

// number writes the foot of every page.
func (fl *flow) number(foot string) {
	const size = 9.0
	all := len(fl.doc.Pages)
	for i := range fl.doc.Pages {
		p := &fl.doc.Pages[i]
		count := fmt.Sprintf("第 %d 页，共 %d 页", i+1, all)
		w := fl.width(count, size)
		y := pageHeight - margin
		if lines := fl.wrap(foot, size, inner-w-20); lines[0] != "" {
			p.Runs = append(p.Runs, Run{X: margin, Y: y, Size: size, Text: lines[0]})
		}
		p.Runs = append(p.Runs, Run{X: margin + inner - w, Y: y, Size: size, Text: count})
	}
}
