package concern

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/procedure"
	"cunwu/service/screening"
)

// form is what a noun-level action asks for.
type form struct {
	name   string
	fields []procedure.Field
}

var ratings = []string{string(Satisfied), string(Basic), string(Dissatisfied)}

// forms are the noun's own actions, as available_actions shows them.
var forms = map[string]form{
	"progress": {"报告进展", []procedure.Field{{Code: "text", Name: "进展", Required: true, Min: 4, Max: 1000}}},
	"rate": {"评价", []procedure.Field{
		{Code: "rating", Name: "满意不满意", Required: true, OneOf: ratings}, {Code: "comment", Name: "想说的话", Max: 500},
	}},
	"again": {"回答：解决了没有", []procedure.Field{
		{Code: "answer", Name: "解决了没有", Required: true, OneOf: []string{string(AgainSolved), string(AgainPartly), string(AgainNot), string(AgainUnsure)}},
		{Code: "comment", Name: "想说的话", Max: 500},
	}},
	"hide": {"隐藏", []procedure.Field{
		{Code: "kind", Name: "哪一种", Required: true, Max: 16}, {Code: "reason", Name: "理由", Required: true, Min: 4, Max: 200},
	}},
	"show": {"公开显示", []procedure.Field{{Code: "reason", Name: "理由", Max: 200}}},
	"called_back": {"回访", []procedure.Field{
		{Code: "rating", Name: "说事人怎么评价", Required: true, OneOf: ratings}, {Code: "text", Name: "说事人怎么说", Max: 500},
	}},
}

// read checks what is given with an action against its form. All problems are
// told at once.
func (f form) read(in procedure.Input, media bool) (map[string]string, error) {
	out := trimmed(in.Fields)
	bad := procedure.ErrFields
	for _, code := range sortedKeys(out) {
		if !slices.ContainsFunc(f.fields, func(d procedure.Field) bool { return d.Code == code }) {
			bad = bad.At("body."+strings.ToValidUTF8(code, "?"), "这一步不需要填写这一项。")
		}
	}
	for _, d := range f.fields {
		text := out[d.Code]
		switch n := utf8.RuneCountInString(text); {
		case text == "" && d.Required:
			bad = bad.At("body."+d.Code, "请填写“%s”。", d.Name)
		case screening.Unreadable(text):
			bad = bad.At("body."+d.Code, "“%s”中有无法识别的字符。", d.Name)
		case text != "" && n < d.Min, d.Max > 0 && n > d.Max:
			bad = bad.At("body."+d.Code, "“%s”应有 %d 到 %d 个字。", d.Name, d.Min, d.Max)
		case text != "" && len(d.OneOf) > 0 && !slices.Contains(d.OneOf, text):
			bad = bad.At("body."+d.Code, "“%s”应是其中之一：%s。", d.Name, strings.Join(d.OneOf, "、"))
		}
	}
	if len(in.Media) > 0 && !media {
		bad = bad.At("body.media", "这一步不带照片。")
	}
	if len(bad.Fields) > 0 {
		return nil, bad
	}
	return out, nil
}

// available lists what the caller can do now: the steps of the case, with the
// rating in place of the steps that rating means, and the noun's own actions.
func (s *Service) available(by account.Caller, r Record, c procedure.Case) []procedure.Available {
	may, _ := s.mayOn(by, r)
	out := []procedure.Available{}
	for _, a := range s.opt.Procedures.Available(c, may) {
		if rates(r, a.Action) || a.Action == procedure.ExtendAction && r.Content.Extended {
			continue
		}
		out = append(out, a)
	}
	for _, code := range []string{"progress", "rate", "again", "hide", "show", "called_back"} {
		if s.offers(by, r, c, code) {
			out = append(out, procedure.Available{Action: code, Name: forms[code].name, Fields: forms[code].fields})
		}
	}
	return out
}

// offers reports whether the caller could take one of the noun's own actions.
func (s *Service) offers(by account.Caller, r Record, c procedure.Case, code string) bool {
	own := s.raised(by, r)
	switch code {
	case "progress":
		return !own && progresses(r) && s.holds(by, handlingPower(r), r.Region)
	case "rate":
		return own && c.ClosedAt.IsZero() && (rateable(r, Satisfied) || rateable(r, Dissatisfied))
	case "again":
		return own && s.asks(r)
	case "hide":
		return !own && reviewable(r) && r.Review != Hidden && s.holds(by, PowerModerate, r.Region)
	case "show":
		return !own && reviewable(r) && r.Review != Passed && s.holds(by, PowerModerate, r.Region)
	case "called_back":
		return !own && r.Callback == ToCall && r.Visibility != Sealed && s.holds(by, PowerCallBack, r.Region) &&
			!slices.Contains(r.Content.Handlers, by.AccountID)
	}
	return false
}

func progresses(r Record) bool {
	return r.Visibility != Sealed && (r.State == InProgress || r.State == Elsewhere || r.State == Waiting)
}

func reviewable(r Record) bool { return r.Visibility == Public || r.Visibility == Named }

// rateable reports whether a rating means a step from where a concern stands,
// the rule about reopening once apart where it stands at an end.
func rateable(r Record, rating Rating) bool {
	good := rating != Dissatisfied
	switch r.State {
	case Done:
		return true
	case Unrated:
		return r.Visibility != Sealed && (good || !r.Reopened)
	case Unsatisfied:
		return good && r.Visibility != Sealed
	case Settled, Unable, NotOurs:
		return !good && !r.Reopened && r.Visibility != Sealed
	default:
		return false
	}
}

// stepOf gives the step that a rating means.
func stepOf(r Record, rating Rating) string {
	switch {
	case rating != Dissatisfied:
		return "accept"
	case r.Visibility == Sealed || r.State == Done && r.Reopened:
		return "refuse"
	}
	return "reopen_" + r.Level
}

// progress tells what was done meanwhile. It moves no deadline.
func (s *Service) progress(ctx context.Context, by account.Caller, act audit.Act, r Record, in procedure.Input) (Concern, error) {
	f, err := forms[in.Action].read(in, true)
	if err != nil {
		return Concern{}, err
	}
	if _, err := s.checkMedia(ctx, by, "body.media", in.Media, false); err != nil {
		return Concern{}, err
	}
	if err := s.screened(r.Region, f); err != nil {
		return Concern{}, err
	}
	g, err := s.opt.Powers.May(by, handlingPower(r), r.Region)
	if err != nil {
		return Concern{}, err
	}
	if s.raised(by, r) {
		return Concern{}, procedure.ErrForbidden
	}
	m := move{s: s, by: by, act: act.As(string(g.Role), string(g.Region)), given: in}
	return m.run(ctx, r, func(tx Tx) error {
		if !progresses(m.r) || handlingPower(m.r) != handlingPower(r) {
			return procedure.ErrStage
		}
		if err := m.append(ctx, tx, m.said(tx, Progress, f["text"])); err != nil {
			return err
		}
		if !slices.Contains(m.r.Content.Handlers, by.AccountID) {
			m.r.Content.Handlers = append(slices.Clone(m.r.Content.Handlers), by.AccountID)
		}
		return m.keep(ctx, tx, "progress", nil)
	})
}

// said makes a line of the timeline that is no step of the case.
func (m *move) said(tx Tx, kind UpdateKind, text string) UpdateRecord {
	return UpdateRecord{
		ConcernID: m.r.ID, Kind: kind, Text: text, By: m.signature(), Account: m.act.Actor.AccountID, At: tx.Now(),
		State: m.r.State, Public: true, Media: m.given.Media,
	}
}

// keep writes a change that is no step of the case.
func (m *move) keep(ctx context.Context, tx Tx, what string, detail map[string]string) error {
	m.r.ChangedAt = tx.Now()
	if err := m.s.save(ctx, tx, m.before, &m.r); err != nil {
		return err
	}
	m.before = m.r
	if err := announce(ctx, tx, what, m.r); err != nil {
		return err
	}
	return record(ctx, tx, "concern."+what, m.r, detail)
}

// rate is the raiser's word on what was done: satisfied and basic settle it,
// dissatisfied reopens it once.
func (s *Service) rate(ctx context.Context, by account.Caller, act audit.Act, r Record, in procedure.Input) (Concern, error) {
	f, err := forms[in.Action].read(in, false)
	if err != nil {
		return Concern{}, err
	}
	if !s.raised(by, r) {
		return Concern{}, ErrNotRaiser
	}
	m := move{s: s, by: by, act: s.actingAs(by, act, r, in.Action), given: procedure.Input{Revision: in.Revision}}
	return m.run(ctx, r, func(tx Tx) error { return m.rates(ctx, tx, Rating(f["rating"]), f["comment"]) })
}

func (m *move) rates(ctx context.Context, tx Tx, rating Rating, comment string) error {
	if !rateable(m.r, rating) {
		if rating == Dissatisfied && m.r.Reopened && !m.r.State.Open() {
			return procedure.ErrGuard.Saying("这件事已经重办过一次。还不满意，可以向上一级反映。")
		}
		return ErrNotRating
	}
	m.r.Rating = rating
	u := m.said(tx, Rated, comment)
	if err := m.append(ctx, tx, u); err != nil {
		return err
	}
	return m.step(ctx, tx, procedure.Input{Action: stepOf(m.r, rating)})
}

// again is the raiser's word four weeks later. "unsolved" reopens once where
// the concern is over; else it reaches whoever handles it as a line.
func (s *Service) again(ctx context.Context, by account.Caller, act audit.Act, r Record, in procedure.Input) (Concern, error) {
	f, err := forms[in.Action].read(in, false)
	if err != nil {
		return Concern{}, err
	}
	if !s.raised(by, r) {
		return Concern{}, ErrNotRaiser
	}
	m := move{s: s, by: by, act: s.actingAs(by, act, r, in.Action), given: procedure.Input{Revision: in.Revision}}
	return m.run(ctx, r, func(tx Tx) error {
		if !s.asks(m.r) {
			return ErrNotAsked
		}
		answer := Again(f["answer"])
		m.r.Content.Again = answer
		if err := m.append(ctx, tx, m.said(tx, AskedAgain, strings.TrimSpace(againWords[answer]+" "+f["comment"]))); err != nil {
			return err
		}
		if err := m.keep(ctx, tx, "again", map[string]string{"answer": string(answer)}); err != nil {
			return err
		}
		if answer != AgainNot || m.r.Reopened || !rateable(m.r, Dissatisfied) || strings.HasSuffix(m.r.Stage, "_archived") {
			return nil
		}
		return m.step(ctx, tx, procedure.Input{Action: "reopen_" + m.r.Level})
	})
}

var againWords = map[Again]string{AgainSolved: "解决了。", AgainPartly: "解决了一部分。", AgainNot: "没有解决。", AgainUnsure: "说不清。"}

// AskAgain stores the raiser's answer to the question of four weeks later, as
// Act with "again" does: for one tap in a message.
func (s *Service) AskAgain(ctx context.Context, by account.Caller, act audit.Act, id string, answer Again) (Concern, error) {
	return s.Act(ctx, by, act, id, procedure.Input{Action: "again", Fields: map[string]string{"answer": string(answer)}})
}

// hide takes a concern out of others' sight, with kind and reason. Nothing is
// deleted: the raiser and those who handle it go on reading it.
func (s *Service) hide(ctx context.Context, by account.Caller, act audit.Act, r Record, in procedure.Input) (Concern, error) {
	return s.review(ctx, by, act, r, in, Hidden)
}

// reveal lets others see a concern.
func (s *Service) reveal(ctx context.Context, by account.Caller, act audit.Act, r Record, in procedure.Input) (Concern, error) {
	return s.review(ctx, by, act, r, in, Passed)
}

func (s *Service) review(ctx context.Context, by account.Caller, act audit.Act, r Record, in procedure.Input, to Review) (Concern, error) {
	f, err := forms[in.Action].read(in, false)
	if err != nil {
		return Concern{}, err
	}
	if to == Hidden && s.opt.Rules.ViolationName(f["kind"]) == "" {
		return Concern{}, procedure.ErrFields.At("body.kind", "没有这一种。")
	}
	g, err := s.opt.Powers.May(by, PowerModerate, r.Region)
	if err != nil {
		return Concern{}, err
	}
	if s.raised(by, r) {
		return Concern{}, procedure.ErrForbidden // nobody decides about what is their own
	}
	m := move{s: s, by: by, act: act.As(string(g.Role), string(g.Region)), given: procedure.Input{Revision: in.Revision}}
	return m.run(ctx, r, func(tx Tx) error {
		if !reviewable(m.r) || m.r.Review == to {
			return ErrReviewed
		}
		m.r.Review, m.r.Content.ByPerson = to, true
		m.r.Content.HiddenKind, m.r.Content.WhyHidden = f["kind"], ""
		kind, what := ShownNow, "shown"
		if to == Hidden {
			kind, what = HiddenNow, "hidden"
			m.r.Content.WhyHidden = s.opt.Rules.ViolationName(f["kind"]) + "：" + f["reason"]
		}
		u := m.said(tx, kind, f["reason"])
		u.Public = false
		if err := m.append(ctx, tx, u); err != nil {
			return err
		}
		if s.opt.Checks != nil {
			if err := s.opt.Checks.Decided(ctx, tx, subjectOf(m.r), to == Hidden, f["kind"], f["reason"], m.signature()); err != nil {
				return err
			}
		}
		return m.keep(ctx, tx, what, map[string]string{"kind": f["kind"]})
	})
}

// calledBack keeps what a raiser said when called. Of a raiser without an
// account it is the rating itself; of others it stands beside theirs.
func (s *Service) calledBack(ctx context.Context, by account.Caller, act audit.Act, r Record, in procedure.Input) (Concern, error) {
	f, err := forms[in.Action].read(in, false)
	if err != nil {
		return Concern{}, err
	}
	g, err := s.opt.Powers.May(by, PowerCallBack, r.Region)
	if err != nil {
		return Concern{}, err
	}
	if s.raised(by, r) || s.typed(by, r) || slices.Contains(r.Content.Handlers, by.AccountID) {
		return Concern{}, ErrHandled
	}
	m := move{s: s, by: by, act: act.As(string(g.Role), string(g.Region)), given: procedure.Input{Revision: in.Revision}}
	return m.run(ctx, r, func(tx Tx) error {
		if m.r.Callback != ToCall || slices.Contains(m.r.Content.Handlers, by.AccountID) {
			return ErrCalled
		}
		m.r.Callback = CalledDone
		rating := Rating(f["rating"])
		if err := tx.AddConcernCallback(ctx, CallbackRecord{
			ConcernID: m.r.ID, Account: by.AccountID, By: m.signature(), Rating: rating, Text: f["text"], At: tx.Now(),
		}); err != nil {
			return err
		}
		u := m.said(tx, CalledBack, strings.TrimSpace(ratingWords[rating]+" "+f["text"]))
		u.Public = false
		if err := m.append(ctx, tx, u); err != nil {
			return err
		}
		if err := m.keep(ctx, tx, "called_back", map[string]string{"rating": string(rating), "voiceless": strconv.FormatBool(m.r.voiceless())}); err != nil {
			return err
		}
		if !m.r.voiceless() || !rateable(m.r, rating) {
			return nil
		}
		m.own = true
		return m.rates(ctx, tx, rating, "")
	})
}

var ratingWords = map[Rating]string{Satisfied: "满意。", Basic: "基本满意。", Dissatisfied: "不满意。"}

// Name gives the words that people read.
func (r Rating) Name() string { return strings.TrimSuffix(ratingWords[r], "。") }
