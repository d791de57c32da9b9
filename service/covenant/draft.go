package covenant

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/fault"
	"cunwu/service/region"
	"cunwu/service/screening"
)

const (
	leastTitle  = 4
	mostTitle   = 60
	leastClause = 4
	mostMeasure = 200
	mostSource  = 100
	leastWords  = 2 // of a measure or a source
)

// PutDraft writes the text of the revision under way, in place of what was
// there. A clause that has a code is that clause, changed or not; one without is
// new and gets a code that was never given before. revision is that of the
// version as it was read, 0 for whatever it is now. Refusals: auth.required,
// auth.stale, covenant.not_found, request.invalid, covenant.clause_forbidden
// (the fields name the law and what to write instead), covenant.private_data,
// account.not_allowed, covenant.clause_unknown, covenant.no_revision,
// covenant.draft_frozen, covenant.raced.
func (s *Service) PutDraft(ctx context.Context, by account.Caller, act audit.Act, id string, revision int, in Draft) (View, error) {
	if !by.Known() {
		return View{}, account.ErrRequired
	}
	t, err := s.store.CovenantByID(ctx, id)
	if err != nil {
		return View{}, err
	}
	in = in.tidy()
	if err := s.checkDraft(t, in); err != nil {
		return View{}, err
	}
	grant, err := s.opt.Powers.May(by, PowerManage, t.Region)
	if err != nil {
		return View{}, err
	}
	return s.change(ctx, by, act.As(string(grant.Role), string(grant.Region)), t.ID, "covenant.draft", func(tx Tx, w *work) error {
		v := w.open
		switch {
		case v == nil:
			return ErrNoRevision
		case revision != 0 && revision != v.Revision:
			return ErrRaced
		case v.Content.Submitted || v.State != Collecting && v.State != Drafted:
			return ErrFrozen
		}
		clauses, err := number(&w.text, in.Clauses)
		if err != nil {
			return err
		}
		v.Content.Draft = Draft{Title: in.Title, Clauses: clauses}
		v.Digest, err = v.digested()
		return err
	})
}

// tidy trims all texts, and leaves empty lists out.
func (d Draft) tidy() Draft {
	d.Title = strings.TrimSpace(d.Title)
	d.Clauses = slices.Clone(d.Clauses)
	for i := range d.Clauses {
		c := &d.Clauses[i]
		c.Code, c.Text, c.Source = strings.TrimSpace(c.Code), strings.TrimSpace(c.Text), strings.TrimSpace(c.Source)
		if len(c.Measures) == 0 {
			c.Measures = nil
		}
		c.Measures = slices.Clone(c.Measures)
		for j := range c.Measures {
			m := &c.Measures[j]
			m.Text, m.Source = strings.TrimSpace(m.Text), strings.TrimSpace(m.Source)
		}
	}
	return d
}

// number puts the clauses in order, and gives codes to the new ones.
func number(t *Text, clauses []Clause) ([]Clause, error) {
	out := slices.Clone(clauses)
	for i := range out {
		c := &out[i]
		c.Number = i + 1
		if c.Code == "" {
			t.Codes++
			c.Code = fmt.Sprintf("c%02d", t.Codes)
			continue
		}
		var n int
		if _, err := fmt.Sscanf(c.Code, "c%d", &n); err != nil || n < 1 || n > t.Codes || fmt.Sprintf("c%02d", n) != c.Code {
			return nil, ErrClauseUnknown.At(fmt.Sprintf("body.clauses[%d].code", i), "这份文本没有用过编号 %q；新条款不要填编号。", cut(c.Code))
		}
	}
	return out, nil
}

// checkDraft looks at a text: its shape first, then what it may not say.
func (s *Service) checkDraft(t Text, d Draft) error {
	var w wrongs
	w.text("body.title", "名称", d.Title, leastTitle, mostTitle)
	if n := len(d.Clauses); n < 1 || n > s.opt.Rules.Text.Clauses {
		w.add("body.clauses", "应有 1 到 %d 条。", s.opt.Rules.Text.Clauses)
	}
	codes := map[string]bool{}
	for i, c := range d.Clauses {
		at := fmt.Sprintf("body.clauses[%d]", i)
		if c.Code != "" && codes[c.Code] {
			w.add(at+".code", "编号 %q 用了两次。", cut(c.Code))
		}
		codes[c.Code] = true
		s.checkClause(&w, at, c)
	}
	if err := w.err(); err != nil {
		return err
	}
	if err := s.lint(d); err != nil {
		return err
	}
	return s.screened(t.Region, d.parts()...)
}

func (s *Service) checkClause(w *wrongs, at string, c Clause) {
	w.text(at+".text", "条款", c.Text, leastClause, s.opt.Rules.Text.Chars)
	w.text(at+".source", "来源", c.Source, leastWords, mostSource)
	if _, ok := s.opt.Rules.Topic(c.Topic); !ok {
		w.add(at+".topic", "没有主题 %q，见 /covenants/topics。", cut(c.Topic))
	}
	if clauseKindNames[c.Kind] == "" {
		w.add(at+".kind", "应是 encouraged、not_allowed 或 general。")
	}
	switch {
	case c.List != "" && c.List != Red && c.List != Black:
		w.add(at+".list", "应是 red、black，或者不填。")
	case c.List == Red && c.Kind != Encouraged:
		w.add(at+".list", "只有提倡的条款可以上红榜。")
	case c.List == Black && c.Kind != NotAllowed:
		w.add(at+".list", "只有禁止的条款可以上黑榜。")
	}
	if c.TurnsRed && c.List != Black {
		w.add(at+".turns_red", "只有上黑榜的条款可以写“改正后转红榜”。")
	}
	if len(c.Measures) > s.opt.Rules.Text.Measures {
		w.add(at+".measures", "最多 %d 项措施。", s.opt.Rules.Text.Measures)
		return
	}
	for j, m := range c.Measures {
		w.text(fmt.Sprintf("%s.measures[%d].text", at, j), "措施", m.Text, leastWords, mostMeasure)
		w.text(fmt.Sprintf("%s.measures[%d].source", at, j), "措施的依据", m.Source, leastWords, mostSource)
	}
}

// lint refuses what no clause and no measure may say.
func (s *Service) lint(d Draft) error {
	var wrong []fault.Field
	look := func(at, text string) {
		for _, f := range s.opt.Rules.Check(text) {
			wrong = append(wrong, fault.Field{Location: at, Message: f.Message()})
		}
	}
	for i, c := range d.Clauses {
		look(fmt.Sprintf("body.clauses[%d].text", i), c.Text)
		for j, m := range c.Measures {
			look(fmt.Sprintf("body.clauses[%d].measures[%d].text", i, j), m.Text)
		}
	}
	if len(wrong) > 0 {
		return ErrForbidden.With(wrong...)
	}
	return nil
}

// parts gives all words of a draft, for screening.
func (d Draft) parts() []screening.Part {
	out := []screening.Part{{Location: "body.title", Text: d.Title}}
	for i, c := range d.Clauses {
		at := fmt.Sprintf("body.clauses[%d]", i)
		out = append(out, screening.Part{Location: at + ".text", Text: c.Text}, screening.Part{Location: at + ".source", Text: c.Source})
		for j, m := range c.Measures {
			out = append(out,
				screening.Part{Location: fmt.Sprintf("%s.measures[%d].text", at, j), Text: m.Text},
				screening.Part{Location: fmt.Sprintf("%s.measures[%d].source", at, j), Text: m.Source})
		}
	}
	return out
}

// wrongs collects what is wrong with what was sent.
type wrongs []fault.Field

func (w *wrongs) add(at, format string, args ...any) {
	*w = append(*w, fault.Field{Location: at, Message: fmt.Sprintf(format, args...)})
}

func (w wrongs) err() error {
	if len(w) == 0 {
		return nil
	}
	return fault.ErrInvalid.With(w...)
}

func (w *wrongs) text(at, name, text string, least, most int) {
	switch n := utf8.RuneCountInString(text); {
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f }):
		w.add(at, "“%s”中有无法识别的字符。", name)
	case n < least:
		w.add(at, "“%s”至少写 %d 个字。", name, least)
	case n > most:
		w.add(at, "“%s”最多写 %d 个字。", name, most)
	}
}

// cut shortens what a client sent before it is shown back.
func cut(text string) string {
	r := []rune(strings.ToValidUTF8(text, "?"))
	return string(r[:min(len(r), 20)])
}

// screened refuses texts that hold what must not be published.
func (s *Service) screened(place region.Code, parts ...screening.Part) error {
	return s.opt.Screening.Refuse(place, ErrPrivate, parts...)
}
