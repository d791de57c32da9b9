package covenant_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"cunwu/service/covenant"
	"cunwu/service/disclosure"
)

func drawDraft(t *rapid.T, name string) covenant.Draft {
	codes := rapid.SliceOfNDistinct(rapid.IntRange(1, 12), 0, 8, rapid.ID[int]).Draw(t, name)
	d := covenant.Draft{Title: rapid.SampledFrom([]string{"盐井村村规民约", "盐井村约定"}).Draw(t, name+" title")}
	for i, n := range codes {
		text := rapid.SampledFrom([]string{"孝敬父母，每月看望一次。", "孝敬父母，每月看望两次。", "不得乱倒垃圾。", "林区不得用火。"}).Draw(t, "text")
		d.Clauses = append(d.Clauses, covenant.Clause{
			Code: fmt.Sprintf("c%02d", n), Number: i + 1, Topic: rapid.SampledFrom([]string{"tidy", "elders"}).Draw(t, "topic"), Text: text,
		})
	}
	return d
}

// A difference holds both texts: each clause of either is told once, the words
// of a clause before and after can be made from the pieces, and the order of the
// later text is kept.
func TestCompare_HoldsBoth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawDraft(t, "a"), drawDraft(t, "b")
		d := covenant.Compare(a, b)
		var before, after []string
		seen := map[string]bool{}
		for _, c := range d.Clauses {
			if seen[c.Code] {
				t.Fatalf("%s is told twice", c.Code)
			}
			seen[c.Code] = true
			var was, is string
			for _, p := range c.Text {
				if p.Op != disclosure.OpAdded {
					was += p.Text
				}
				if p.Op != disclosure.OpRemoved {
					is += p.Text
				}
			}
			if c.Before != nil {
				before = append(before, c.Code)
				if was != c.Before.Text {
					t.Fatalf("%q became %q", c.Before.Text, was)
				}
			}
			if c.After != nil {
				after = append(after, c.Code)
				if is != c.After.Text {
					t.Fatalf("%q became %q", c.After.Text, is)
				}
			}
			if same := c.Before != nil && c.After != nil && c.Before.Text == c.After.Text && c.Before.Topic == c.After.Topic; same != (c.Op == disclosure.OpSame) {
				t.Fatalf("%s is %s", c.Code, c.Op)
			}
		}
		if !slices.Equal(after, codes(b)) {
			t.Fatalf("order %v, text %v", after, codes(b))
		}
		slices.Sort(before)
		if want := codes(a); !slices.Equal(before, slices.Sorted(slices.Values(want))) {
			t.Fatalf("before %v, text %v", before, want)
		}
		back := covenant.Compare(b, a)
		if back.Added != d.Removed || back.Removed != d.Added || back.Changed != d.Changed {
			t.Fatalf("there %+v, back %+v", d, back)
		}
	})
}

func codes(d covenant.Draft) []string {
	var out []string
	for _, c := range d.Clauses {
		out = append(out, c.Code)
	}
	return out
}

// What was removed is told where it stood, and what differs in words, word by
// word.
func TestCompare_Example(t *testing.T) {
	t.Parallel()
	a := covenant.Draft{Title: "约", Clauses: []covenant.Clause{
		{Code: "c01", Number: 1, Text: "孝敬父母，每月看望一次。"}, {Code: "c02", Number: 2, Text: "不得乱倒垃圾。"}, {Code: "c03", Number: 3, Text: "邻里互助。"},
	}}
	b := covenant.Draft{Title: "约", Clauses: []covenant.Clause{
		{Code: "c01", Number: 1, Text: "孝敬父母，每月看望两次。"}, {Code: "c03", Number: 2, Text: "邻里互助。"}, {Code: "c04", Number: 3, Text: "林区不得用火。"},
	}}
	d := covenant.Compare(a, b)
	var told []string
	for _, c := range d.Clauses {
		told = append(told, c.Code+" "+string(c.Op))
	}
	if want := []string{"c01 changed", "c02 removed", "c03 same", "c04 added"}; !slices.Equal(told, want) {
		t.Errorf("told %v", told)
	}
	if p := d.Clauses[0].Text; len(p) != 4 || p[1].Text != "一" || p[2].Text != "两" {
		t.Errorf("pieces %+v", p)
	}
}
