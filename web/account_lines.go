package web

import (
	"cunwu/service/disclosure"
	"cunwu/service/mention"
	"cunwu/service/region"
)

// accountLine is one line of account with what it leads to.
type accountLine struct {
	disclosure.Line
	Named   []named
	Picture string // address of the voucher's picture, "" for none
}

// named is a project, contract, asset or payee of a line; URL is "" where the
// name has no page.
type named struct{ Word, Name, URL string }

// accountLines adds to the lines of a posting what they lead to.
func (w *Web) accountLines(p disclosure.Posting) []accountLine {
	village := p.Region.At(region.Village)
	if village == "" {
		village = p.Region
	}
	pictures := map[string]string{}
	for _, a := range p.Attachments {
		pictures[a.ID] = a.URL
	}
	var out []accountLine
	for _, l := range p.Content.Lines {
		row := accountLine{Line: l, Picture: pictures[l.Image]}
		add := func(kind mention.Kind, word, name string) {
			if name == "" {
				return
			}
			n := named{Word: word, Name: name}
			if id, ok := mention.Linked(village, kind, name); ok && w.things != nil {
				n.URL = "/t/" + id
			}
			row.Named = append(row.Named, n)
		}
		add(mention.Project, "项目", l.Project)
		add(mention.Contract, "合同", l.Contract)
		add(mention.Asset, "资产", l.Asset)
		add(mention.Payee, "对方", l.Payee)
		out = append(out, row)
	}
	return out
}

// withBalances puts what was in hand before and after around the totals.
func withBalances(ts []total, c disclosure.Content) []total {
	if c.OpeningFen != nil {
		ts = append([]total{{"期初余额", *c.OpeningFen}}, ts...)
	}
	if c.ClosingFen != nil {
		ts = append(ts, total{"期末余额", *c.ClosingFen})
	}
	return ts
}
