package paper

import "context"

// Announcement is what a village hangs up beside its postings: the rules of its
// lists, a meeting. All but Title may be empty; nothing is cut off.
type Announcement struct {
	Place      string   // where it is from, widest place first
	Title      string   // in large letters
	Marks      []string // what readers must know at once
	Facts      string   // by whom and of when, one line
	Paragraphs []string // what is said
	Parts      []Part   // clauses, incentives: headed parts
	Objections []string // how to object, paragraphs
	Source     []string // by whose decision and which rule, paragraphs
	Site, Path string   // the page of the same words: the code says Site+Path
	Sign       []string // names of lines to be signed or filled in by hand
}

// Sheet puts an announcement into the words of a sheet: what is said, then how to
// object and by whose decision, then the code of its page.
func (a Announcement) Sheet() Sheet {
	s := Sheet{Place: a.Place, Title: a.Title, Marks: a.Marks, Facts: a.Facts, Summary: a.Paragraphs, Sign: a.Sign, Foot: a.Title}
	s.Parts = append(s.Parts, a.Parts...)
	if len(a.Objections) > 0 {
		s.Parts = append(s.Parts, Part{Name: "有不同意见怎么办", Paras: a.Objections})
	}
	if len(a.Source) > 0 {
		s.Parts = append(s.Parts, Part{Name: "依据", Paras: a.Source})
	}
	if a.Path != "" {
		s.Code = a.Site + a.Path
		s.Proof = []string{"扫码看网页上的同一份公告，以网页为准。", s.Code}
	}
	return s
}

// Announcement makes the sheet of an announcement as PDF, as Sheet does.
func (p *Press) Announcement(ctx context.Context, a Announcement) ([]byte, error) {
	return p.Sheet(ctx, a.Sheet())
}
