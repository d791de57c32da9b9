package web

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// printed turns the sanitised HTML of a body into paragraphs of plain text, for
// paper: items are marked or numbered, the cells of a row stand in one line.
func printed(body string) []string {
	if body == "" {
		return nil
	}
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil { // a reader of a string does not fail, and all text is HTML
		return nil
	}
	var p printer
	p.walk(doc, 0)
	p.end()
	return p.paras
}

// deepest bounds the walk: no honest body nests like that.
const deepest = 100

type printer struct {
	paras  []string
	text   strings.Builder
	lists  []int // the number of the next item of each open list, 0 for a marked one
	marked bool  // nothing but the mark of an item was written yet
}

// between reports whether blanks in an element only lay out its source.
func between(n *html.Node) bool {
	if n == nil {
		return true
	}
	switch n.DataAtom {
	case atom.Ul, atom.Ol, atom.Li, atom.Table, atom.Thead, atom.Tbody, atom.Tr, atom.Body, atom.Blockquote:
		return true
	default:
		return false
	}
}

// end closes the paragraph under way.
func (p *printer) end() {
	if s := strings.TrimSpace(p.text.String()); s != "" {
		p.paras = append(p.paras, s)
	}
	p.text.Reset()
	p.marked = false
}

func (p *printer) walk(n *html.Node, depth int) {
	if depth > deepest {
		return
	}
	if n.Type == html.TextNode {
		if s := strings.ReplaceAll(n.Data, "\n", " "); strings.TrimSpace(s) != "" || !between(n.Parent) {
			p.text.WriteString(s)
			p.marked = p.marked && strings.TrimSpace(s) == ""
		}
		return
	}
	block := p.open(n)
	for child := range n.ChildNodes() {
		p.walk(child, depth+1)
	}
	if block {
		p.end()
	}
	switch n.DataAtom {
	case atom.Ul, atom.Ol:
		p.lists = p.lists[:len(p.lists)-1]
	case atom.Td, atom.Th:
		p.text.WriteString("　")
	default:
	}
}

// open begins what an element begins, and reports whether it is a paragraph.
func (p *printer) open(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Ul, atom.Ol:
		p.end()
		first := 0
		if n.DataAtom == atom.Ol {
			first = 1
		}
		p.lists = append(p.lists, first)
		return false
	case atom.Li:
		p.end()
		p.text.WriteString(p.mark())
		p.marked = true
		return true
	case atom.Br:
		p.end()
		return false
	case atom.Img:
		if alt := attribute(n, "alt"); alt != "" {
			p.text.WriteString("（图：" + alt + "）")
		}
		return false
	case atom.P, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Blockquote, atom.Pre, atom.Tr, atom.Hr:
		if n.DataAtom != atom.P || !p.marked { // the first paragraph of an item stands behind its mark
			p.end()
		}
		return true
	default:
		return false
	}
}

// mark is what stands before an item.
func (p *printer) mark() string {
	if len(p.lists) == 0 || p.lists[len(p.lists)-1] == 0 {
		return "· "
	}
	last := &p.lists[len(p.lists)-1]
	*last++
	return strconv.Itoa(*last-1) + ". "
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
