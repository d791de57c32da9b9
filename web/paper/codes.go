package paper

// CodeSheet is the QR codes of a village, by parts.
type CodeSheet struct {
	Title string
	Lead  []string // what they are for
	First Code     // the village's own page, larger
	Parts []CodePart
	Foot  string
}

// CodePart is codes of one kind.
type CodePart struct {
	Name  string
	Codes []Code
}

// Code is an address with what stands below it.
type Code struct {
	Name string
	Note string // smaller, one line
	Text string
}

const (
	codeColumns = 4
	codeSide    = 76.0 // 27 mm
	codeWidth   = inner / codeColumns
	codeHigh    = 118.0 // six rows, twenty-four codes, fill a page
	codeName    = 9.5
	codeNote    = 7.5
)

func layCodes(f *face, s CodeSheet) (*Document, error) {
	fl := newFlow(f)
	fl.para(style{size: 24, leading: 1.4, centre: true}, s.Title)
	for _, p := range s.Lead {
		fl.para(style{size: 12, leading: 1.5, centre: true}, p)
	}
	fl.y += 6
	fl.first(s.First)
	for _, part := range s.Parts {
		fl.codes(part)
	}
	if fl.lacked {
		fl.space(6)
		fl.para(style{size: 9, leading: 1.4}, lackNote)
	}
	fl.number(s.Foot)
	return &fl.doc, nil
}

// first is the code that everybody should find.
func (fl *flow) first(c Code) {
	const side = 140.0
	fl.square((pageWidth-side)/2, fl.y, side, c.Text)
	fl.y += side
	fl.para(style{size: 15, leading: 1.4, centre: true}, c.Name)
	if c.Note != "" {
		fl.para(style{size: 9, leading: 1.4, centre: true}, c.Note)
	}
}

func (fl *flow) square(x, y, side float64, text string) {
	p := fl.page()
	p.Squares = append(p.Squares, Square{X: x, Y: y, Side: side, Text: text})
}

func (fl *flow) codes(part CodePart) {
	if len(part.Codes) == 0 {
		return
	}
	fl.space(10)
	fl.need(24 + codeHigh)
	fl.para(style{size: 13, leading: 1.4}, part.Name)
	fl.stroke(margin, fl.y, margin+inner, fl.y, 0.6)
	fl.y += 4
	for i, c := range part.Codes {
		column := i % codeColumns
		if column == 0 {
			if i > 0 {
				fl.y += codeHigh
			}
			fl.need(codeHigh)
		}
		fl.code(margin+float64(column)*codeWidth, c)
	}
	fl.y += codeHigh
}

// code writes one code with its name in at most two lines: the name is on the
// page that it leads to as well, so nothing is lost where it is cut.
func (fl *flow) code(x float64, c Code) {
	fl.square(x+(codeWidth-codeSide)/2, fl.y, codeSide, c.Text)
	y := fl.y + codeSide
	lines := fl.wrap(c.Name, codeName, codeWidth-8)
	if len(lines) > 2 {
		lines = lines[:2]
		second := []rune(lines[1])
		lines[1] = string(second[:max(0, len(second)-1)]) + "…"
	}
	for _, line := range lines {
		fl.put(x+(codeWidth-fl.width(line, codeName))/2, y, codeName, line)
		y += codeName * 1.25
	}
	if note := fl.clean(c.Note); note != "" {
		note = fl.wrap(note, codeNote, codeWidth-8)[0]
		fl.put(x+(codeWidth-fl.width(note, codeNote))/2, y+1, codeNote, note)
	}
}
