package disclosure

import (
	"strings"
	"unicode"
)

// edit is one step from a list to another: an element of the first (a), of the
// second (b), or of both where it stayed. An index that has no meaning is -1.
type edit struct {
	op   Op
	a, b int
}

// mostCompared bounds the pairs of elements that are compared: beyond it what
// lies between the common beginning and end is told as removed and added.
const mostCompared = 4_000_000

// edits gives a shortest way from a to b, removals before additions.
func edits[T any](a, b []T, same func(x, y T) bool) []edit {
	head := 0
	for head < min(len(a), len(b)) && same(a[head], b[head]) {
		head++
	}
	tail := 0
	for tail < min(len(a), len(b))-head && same(a[len(a)-1-tail], b[len(b)-1-tail]) {
		tail++
	}
	out := make([]edit, 0, max(len(a), len(b)))
	for i := range head {
		out = append(out, edit{OpSame, i, i})
	}
	for _, e := range between(a[head:len(a)-tail], b[head:len(b)-tail], same) {
		if e.a >= 0 {
			e.a += head
		}
		if e.b >= 0 {
			e.b += head
		}
		out = append(out, e)
	}
	for i := tail; i > 0; i-- {
		out = append(out, edit{OpSame, len(a) - i, len(b) - i})
	}
	return out
}

// between is edits by the longest common subsequence, without the ends.
func between[T any](a, b []T, same func(x, y T) bool) []edit {
	var out []edit
	i, j := 0, 0
	if len(a) > 0 && len(b) > 0 && len(a) <= mostCompared/len(b) {
		wide := len(b) + 1
		// long[i*wide+j] is the length of the longest of a[i:] and b[j:]. It fits:
		// the shorter of two lists within the bound has at most 2000 elements.
		long := make([]uint16, (len(a)+1)*wide)
		for i := len(a) - 1; i >= 0; i-- {
			for j := len(b) - 1; j >= 0; j-- {
				if same(a[i], b[j]) {
					long[i*wide+j] = long[(i+1)*wide+j+1] + 1
				} else {
					long[i*wide+j] = max(long[(i+1)*wide+j], long[i*wide+j+1])
				}
			}
		}
		for i < len(a) && j < len(b) {
			switch {
			case same(a[i], b[j]):
				out = append(out, edit{OpSame, i, j})
				i, j = i+1, j+1
			case long[(i+1)*wide+j] >= long[i*wide+j+1]:
				out = append(out, edit{OpRemoved, i, -1})
				i++
			default:
				out = append(out, edit{OpAdded, -1, j})
				j++
			}
		}
	}
	for ; i < len(a); i++ {
		out = append(out, edit{OpRemoved, i, -1})
	}
	for ; j < len(b); j++ {
		out = append(out, edit{OpAdded, -1, j})
	}
	return out
}

// TextDifference compares texts line by line, and what differs word by word.
func TextDifference(a, b string) []Piece {
	var p pieces
	x, y := strings.SplitAfter(a, "\n"), strings.SplitAfter(b, "\n")
	var removed, added strings.Builder
	flush := func() {
		p.words(removed.String(), added.String())
		removed.Reset()
		added.Reset()
	}
	for _, e := range edits(x, y, func(s, t string) bool { return s == t }) {
		switch e.op {
		case OpRemoved:
			removed.WriteString(x[e.a])
		case OpAdded:
			added.WriteString(y[e.b])
		case OpSame, OpChanged:
			flush()
			p.add(OpSame, x[e.a])
		}
	}
	flush()
	return p
}

// whole compares texts that are not to be taken apart.
func whole(a, b string) []Piece {
	var p pieces
	if a == b {
		p.add(OpSame, a)
		return p
	}
	p.add(OpRemoved, a)
	p.add(OpAdded, b)
	return p
}

// pieces is a difference being written: neighbours of one op are one piece.
type pieces []Piece

func (p *pieces) add(op Op, text string) {
	switch last := len(*p) - 1; {
	case text == "":
	case last >= 0 && (*p)[last].Op == op:
		(*p)[last].Text += text
	default:
		*p = append(*p, Piece{op, text})
	}
}

// words compares two texts word by word, unless so little of them is the same
// that the parts would be harder to read than the whole.
func (p *pieces) words(a, b string) {
	x, y := splitWords(a), splitWords(b)
	steps := edits(x, y, func(s, t string) bool { return s == t })
	kept := 0
	for _, e := range steps {
		if e.op == OpSame {
			kept += len(x[e.a])
		}
	}
	if kept*3 < max(len(a), len(b)) {
		p.add(OpRemoved, a)
		p.add(OpAdded, b)
		return
	}
	var removed, added strings.Builder
	flush := func() {
		p.add(OpRemoved, removed.String())
		p.add(OpAdded, added.String())
		removed.Reset()
		added.Reset()
	}
	for _, e := range steps {
		switch e.op {
		case OpRemoved:
			removed.WriteString(x[e.a])
		case OpAdded:
			added.WriteString(y[e.b])
		case OpSame, OpChanged:
			flush()
			p.add(OpSame, x[e.a])
		}
	}
	flush()
}

// splitWords parts a text into Chinese characters, marks, and whole numbers and
// Latin words, so that an amount that differs is shown as a whole.
func splitWords(text string) []string {
	var out []string
	start, joined := 0, false // of the last word; whether it can go on
	for i, r := range text {
		inWord := r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(".,-", r))
		if i > 0 && (!inWord || !joined) {
			out = append(out, text[start:i])
			start = i
		}
		joined = inWord
	}
	if start < len(text) {
		out = append(out, text[start:])
	}
	return out
}
