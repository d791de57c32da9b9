package paper

// The sheet is A4; all measures are points, from the upper left corner.
const (
	pageWidth  = 595.28
	pageHeight = 841.89
	margin     = 42.5 // 15 mm
	inner      = pageWidth - 2*margin
	footRoom   = 22.0 // above the lower margin, for the page's number
	bodyEnd    = pageHeight - margin - footRoom
)

// Run is text on one line; Y is its base line.
type Run struct {
	X, Y, Size float64
	Text       string
}

// Stroke is a straight line.
type Stroke struct{ X1, Y1, X2, Y2, Width float64 }

// Square is a QR code with its quiet zone.
type Square struct {
	X, Y, Side float64
	Text       string
}

// Page is what stands on one side of paper, in reading order.
type Page struct {
	Runs    []Run
	Strokes []Stroke
	Squares []Square
}

// Document is what is printed.
type Document struct{ Pages []Page }

// flow fills pages from the top.
type flow struct {
	*face
	doc Document
	y   float64 // where the next thing begins
}

func newFlow(f *face) *flow {
	fl := &flow{face: f}
	fl.turn()
	return fl
}

// turn begins a page.
func (fl *flow) turn() {
	fl.doc.Pages = append(fl.doc.Pages, Page{})
	fl.y = margin
}

func (fl *flow) page() *Page { return &fl.doc.Pages[len(fl.doc.Pages)-1] }

// fresh reports whether nothing stands on the page yet.
func (fl *flow) fresh() bool { return fl.y == margin }

// need begins a page where what is h high does not fit on this one.
func (fl *flow) need(h float64) {
	if fl.y+h > bodyEnd && !fl.fresh() {
		fl.turn()
	}
}

// space leaves room, but not at the head of a page.
func (fl *flow) space(h float64) {
	if !fl.fresh() {
		fl.y += h
	}
}

// rise is how far the base line lies below the top of a line of text.
const rise = 0.88

// put writes one line of clean text whose top is y.
func (fl *flow) put(x, y, size float64, text string) {
	if text != "" {
		p := fl.page()
		p.Runs = append(p.Runs, Run{X: x, Y: y + rise*size, Size: size, Text: text})
	}
}

func (fl *flow) stroke(x1, y1, x2, y2, width float64) {
	p := fl.page()
	p.Strokes = append(p.Strokes, Stroke{x1, y1, x2, y2, width})
}

func (fl *flow) frame(x, y, w, h, width float64) {
	fl.stroke(x, y, x+w, y, width)
	fl.stroke(x, y+h, x+w, y+h, width)
	fl.stroke(x, y, x, y+h, width)
	fl.stroke(x+w, y, x+w, y+h, width)
}

// style is how a paragraph is set.
type style struct {
	size    float64
	leading float64 // of the size
	left    float64 // from the left margin
	width   float64 // 0: to the right margin
	centre  bool
}

// para writes a paragraph, over pages where need be.
func (fl *flow) para(st style, text string) {
	if st.width == 0 {
		st.width = inner - st.left
	}
	high := st.size * st.leading
	for _, line := range fl.wrap(text, st.size, st.width) {
		fl.need(high)
		x := margin + st.left
		if st.centre {
			x += (st.width - fl.width(line, st.size)) / 2
		}
		fl.put(x, fl.y+(high-st.size)/2, st.size, line)
		fl.y += high
	}
}

// heading writes the name of a part, and keeps it with what follows.
func (fl *flow) heading(text string) {
	const size, after = 14.0, 60.0
	fl.space(12)
	fl.need(size*1.5 + after)
	fl.para(style{size: size, leading: 1.5}, text)
	fl.stroke(margin, fl.y, margin+inner, fl.y, 0.6)
	fl.y += 5
}
