package covenant

import (
	"context"
	"reflect"
	"slices"

	"cunwu/service/disclosure"
)

// ClauseChange is what became of one clause. Before or After is nil where it was
// added or removed.
type ClauseChange struct {
	Op     disclosure.Op
	Code   string
	Before *Clause
	After  *Clause
	Text   []disclosure.Piece // of the clause's words
	Parts  []string           // what else differs: number, topic, kind, list, measures, source
}

// Difference is how one version differs from another.
type Difference struct {
	From, To int
	Title    []disclosure.Piece
	Clauses  []ClauseChange // all, in the order of the later text, the removed where they stood
	Added    int
	Removed  int
	Changed  int
}

// Compare gives what turns a into b, clause by clause. It is pure.
func Compare(a, b Draft) Difference {
	d := Difference{Title: disclosure.TextDifference(a.Title, b.Title)}
	before := byCode(a.Clauses)
	for i := range b.Clauses {
		after := &b.Clauses[i]
		d.Clauses = append(d.Clauses, change(before[after.Code], after))
	}
	there := byCode(b.Clauses)
	last := 0 // how many changes stand up to the clause before
	for i := range a.Clauses {
		c := &a.Clauses[i]
		if there[c.Code] == nil {
			d.Clauses = slices.Insert(d.Clauses, last, change(c, nil))
			last++
			continue
		}
		last = 1 + slices.IndexFunc(d.Clauses, func(x ClauseChange) bool { return x.Code == c.Code })
	}
	for _, c := range d.Clauses {
		switch c.Op {
		case disclosure.OpAdded:
			d.Added++
		case disclosure.OpRemoved:
			d.Removed++
		case disclosure.OpChanged:
			d.Changed++
		case disclosure.OpSame:
		}
	}
	return d
}

func byCode(clauses []Clause) map[string]*Clause {
	out := make(map[string]*Clause, len(clauses))
	for i := range clauses {
		out[clauses[i].Code] = &clauses[i]
	}
	return out
}

func change(a, b *Clause) ClauseChange {
	switch {
	case a == nil:
		return ClauseChange{Op: disclosure.OpAdded, Code: b.Code, After: b, Text: disclosure.TextDifference("", b.Text)}
	case b == nil:
		return ClauseChange{Op: disclosure.OpRemoved, Code: a.Code, Before: a, Text: disclosure.TextDifference(a.Text, "")}
	}
	c := ClauseChange{Op: disclosure.OpSame, Code: b.Code, Before: a, After: b, Text: disclosure.TextDifference(a.Text, b.Text)}
	for _, x := range []struct {
		name    string
		differs bool
	}{
		{"topic", a.Topic != b.Topic},
		{"kind", a.Kind != b.Kind},
		{"list", a.List != b.List || a.TurnsRed != b.TurnsRed},
		{"measures", !reflect.DeepEqual(a.Measures, b.Measures)},
		{"source", a.Source != b.Source},
	} {
		if x.differs {
			c.Parts = append(c.Parts, x.name)
		}
	}
	if a.Text != b.Text || len(c.Parts) > 0 {
		c.Op = disclosure.OpChanged
	}
	// A clause that only moved says the same as before.
	if a.Number != b.Number {
		c.Parts = append(c.Parts, "number")
	}
	return c
}

// Difference gives how version to differs from version from; from 0 is the empty
// text. Refusals: covenant.not_found, covenant.version_not_found.
func (s *Service) Difference(ctx context.Context, covenantID string, from, to int) (Difference, error) {
	b, err := s.Version(ctx, covenantID, to)
	if err != nil {
		return Difference{}, err
	}
	var a Version
	if from != 0 {
		if a, err = s.Version(ctx, covenantID, from); err != nil {
			return Difference{}, err
		}
	}
	d := Compare(a.Content.Draft, b.Content.Draft)
	d.From, d.To = from, to
	return d, nil
}
