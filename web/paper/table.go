package paper

// Table is lines under a head that is repeated on every page.
type Table struct {
	Columns []Column
	Rows    [][]string // a cell for each column
	Sum     []string   // the last row, set off; nil for none
}

// Column is one column. Wide is the one that takes the room that is left: at
// most one has it. Figures are set to the right and never broken.
type Column struct {
	Name   string
	Figure bool
	Wide   bool
}

const (
	cellPad   = 3.5
	leastWide = 10.0 // characters of the wide column
	mostEm    = 7.0  // of a column of words
	tableLead = 1.32
)

// grid is a table with its sizes decided.
type grid struct {
	fl     *flow
	t      Table
	size   float64
	widths []float64
}

// table writes a table in the largest of a few sizes in which its figures and
// its wide column fit.
func (fl *flow) table(t Table) {
	if len(t.Columns) == 0 || len(t.Rows) == 0 {
		return
	}
	g := grid{fl: fl, t: t}
	for _, size := range []float64{11, 10, 9, 8, 7, 6} {
		if g.fit(size) {
			break
		}
	}
	g.head()
	for _, row := range t.Rows {
		g.row(row)
	}
	if t.Sum != nil {
		g.row(t.Sum)
	}
	fl.y += 4
}

// fit decides the widths at a size and reports whether they do for reading.
func (g *grid) fit(size float64) bool {
	g.size, g.widths = size, make([]float64, len(g.t.Columns))
	wide, rest := -1, inner
	for i, c := range g.t.Columns {
		if c.Wide {
			wide = i
			continue
		}
		w := g.fl.width(g.fl.clean(c.Name), size)
		for _, row := range g.cells(i) {
			w = max(w, g.fl.width(g.fl.clean(row), size))
		}
		if !c.Figure {
			w = min(w, mostEm*size)
		}
		g.widths[i] = w + 2*cellPad
		rest -= g.widths[i]
	}
	if wide >= 0 {
		g.widths[wide] = max(rest, 4*size)
		return rest >= leastWide*size+2*cellPad
	}
	return rest >= 0
}

func (g *grid) cells(column int) []string {
	out := make([]string, 0, len(g.t.Rows)+1)
	for _, row := range g.t.Rows {
		out = append(out, row[column])
	}
	if g.t.Sum != nil {
		out = append(out, g.t.Sum[column])
	}
	return out
}

func (g *grid) head() {
	names := make([]string, len(g.t.Columns))
	for i, c := range g.t.Columns {
		names[i] = c.Name
	}
	cells, high := g.set(names)
	g.fl.need(3 * high) // a head alone at the foot of a page helps nobody
	g.fl.stroke(margin, g.fl.y, margin+inner, g.fl.y, 1)
	g.place(cells, high, 0)
	g.fl.stroke(margin, g.fl.y, margin+inner, g.fl.y, 1)
}

// set wraps the cells of a row and gives its height.
func (g *grid) set(row []string) ([][]string, float64) {
	cells, most := make([][]string, len(row)), 1
	for i, text := range row {
		cells[i] = g.fl.wrap(text, g.size, g.widths[i]-2*cellPad+0.01)
		most = max(most, len(cells[i]))
	}
	return cells, float64(most)*g.size*tableLead + 2*cellPad
}

// row writes one row whole, or line by line where it is higher than a page.
func (g *grid) row(row []string) {
	cells, high := g.set(row)
	if g.fl.y+high > bodyEnd {
		g.fl.turn()
		g.head()
	}
	for from := 0; ; {
		room := int((bodyEnd - g.fl.y - 2*cellPad) / (g.size * tableLead))
		left := 0
		for _, c := range cells {
			left = max(left, len(c)-from)
		}
		if left <= max(room, 1) {
			g.place(cells, float64(left)*g.size*tableLead+2*cellPad, from)
			break
		}
		g.place(upTo(cells, from+room), float64(room)*g.size*tableLead+2*cellPad, from)
		from += room
		g.fl.turn()
		g.head()
	}
	g.fl.stroke(margin, g.fl.y, margin+inner, g.fl.y, 0.4)
}

func upTo(cells [][]string, n int) [][]string {
	out := make([][]string, len(cells))
	for i, c := range cells {
		out[i] = c[:min(n, len(c))]
	}
	return out
}

// place writes wrapped cells from one of their lines on.
func (g *grid) place(cells [][]string, high float64, from int) {
	x := margin
	for i, lines := range cells {
		y := g.fl.y + cellPad
		for n := from; n < len(lines); n++ {
			at := x + cellPad
			if g.t.Columns[i].Figure {
				at = x + g.widths[i] - cellPad - g.fl.width(lines[n], g.size)
			}
			g.fl.put(at, y+g.size*(tableLead-1)/2, g.size, lines[n])
			y += g.size * tableLead
		}
		x += g.widths[i]
	}
	g.fl.y += high
}
