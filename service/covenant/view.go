package covenant

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"cunwu/service/account"
	"cunwu/service/fault"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

// mostListed bounds a page of a list.
const mostListed = 50

// Page is a part of a list; Next is 0 at the end.
type Page struct {
	Items []View
	Next  int64
}

// List gives the texts of a place and all below it, newest first, without
// opinions and actions. Refusals: region.not_found, request.invalid.
func (s *Service) List(ctx context.Context, q Query) (Page, error) {
	if !q.Region.Valid() {
		return Page{}, region.ErrNotFound
	}
	if q.Limit < 1 || q.Limit > mostListed || q.Before < 0 || q.Kind != "" && q.Kind.Name() == "" {
		return Page{}, fault.ErrInvalid.At("query.kind", "查询条件不对。")
	}
	q.Limit++
	texts, err := s.store.CovenantsOf(ctx, q)
	if err != nil {
		return Page{}, err
	}
	page := Page{Items: []View{}}
	if len(texts) == q.Limit {
		texts = texts[:q.Limit-1]
		page.Next = texts[len(texts)-1].Serial
	}
	if len(texts) == 0 {
		return page, nil
	}
	ids, places := make([]string, len(texts)), make([]region.Code, len(texts))
	for i, t := range texts {
		ids[i], places[i] = t.ID, t.Region
	}
	names, err := s.opt.Places.Names(ctx, places)
	if err != nil {
		return Page{}, err
	}
	versions, err := s.store.CovenantVersions(ctx, ids)
	if err != nil {
		return Page{}, err
	}
	of := map[string][]Version{}
	for _, v := range versions {
		of[v.CovenantID] = append(of[v.CovenantID], v)
	}
	for _, t := range texts {
		d := desk{text: t, name: names[t.Region], versions: of[t.ID]}
		page.Items = append(page.Items, s.view(account.Caller{}, d.work(), d))
	}
	return page, nil
}

// Covenant gives a text as the caller may see it, by its id or by that of one of
// its versions. The zero Caller is a stranger. covenant.not_found.
func (s *Service) Covenant(ctx context.Context, by account.Caller, id string) (View, error) {
	d, err := s.desk(ctx, id)
	if err != nil {
		return View{}, err
	}
	w := d.work()
	if s.works(by, d.text.Region) {
		w.cases = map[string]procedure.Case{}
		for _, v := range w.versions() {
			if w.cases[v.ID], err = s.opt.Procedures.Case(ctx, v.CaseID); err != nil {
				return View{}, err
			}
		}
	}
	return s.view(by, w, d), nil
}

// Known gives nil where there is a text of that id, else covenant.not_found.
func (s *Service) Known(ctx context.Context, id string) error {
	_, err := s.store.CovenantByID(ctx, id)
	return err
}

// Version gives a version of a text, of whatever state: drafts are public.
// covenant.not_found, covenant.version_not_found.
func (s *Service) Version(ctx context.Context, covenantID string, number int) (Version, error) {
	t, err := s.store.CovenantByID(ctx, covenantID)
	if err != nil {
		return Version{}, err
	}
	return s.store.CovenantVersion(ctx, t.ID, number)
}

// ClauseAt gives a clause in the words of a version. covenant.not_found,
// covenant.version_not_found, covenant.clause_not_found.
func (s *Service) ClauseAt(ctx context.Context, covenantID string, version int, code string) (Clause, error) {
	v, err := s.Version(ctx, covenantID, version)
	if err != nil {
		return Clause{}, err
	}
	c, ok := v.Clause(code)
	if !ok {
		return Clause{}, ErrClauseNotFound
	}
	return c, nil
}

// InForce gives the text of a kind that is in force at a village at a time.
// covenant.none_in_force.
func (s *Service) InForce(ctx context.Context, place region.Code, kind Kind, at time.Time) (InForce, error) {
	v, err := s.store.CovenantAt(ctx, place, kind, at)
	if err != nil {
		return InForce{}, err
	}
	return v.inForce(), nil
}

// desk is what is read, outside of the transaction, to show a text.
type desk struct {
	text     Text
	name     string // of the village
	versions []Version
	opinions []Opinion // on the newest version
}

func (s *Service) desk(ctx context.Context, id string) (d desk, err error) {
	if d.text, err = s.store.CovenantByID(ctx, id); err != nil {
		return d, err
	}
	names, err := s.opt.Places.Names(ctx, []region.Code{d.text.Region})
	if err != nil {
		return d, err
	}
	d.name = names[d.text.Region]
	if d.versions, err = s.store.CovenantVersions(ctx, []string{d.text.ID}); err != nil {
		return d, err
	}
	d.opinions, err = s.store.CovenantOpinions(ctx, d.text.ID, d.text.Last)
	return d, err
}

// deskOf is the desk of a text that is about to be begun, or revised: without
// opinions, there being none on the version to come.
func (s *Service) deskOf(ctx context.Context, in NewRevision, name string) (desk, error) {
	d := desk{name: name}
	texts, err := s.store.CovenantsOf(ctx, Query{Region: in.Region, Kind: in.Kind, Limit: 1})
	if err != nil || len(texts) == 0 {
		return d, err
	}
	d.text = texts[0]
	d.versions, err = s.store.CovenantVersions(ctx, []string{d.text.ID})
	return d, err
}

// work gives what lies on the desk in the form of what is locked.
func (d desk) work() *work {
	w := &work{text: d.text}
	for i := range d.versions {
		v := &d.versions[i]
		if v.Number == d.text.Open {
			w.open = v
		}
		if v.Number == d.text.Current {
			w.current = v
		}
		if v.Number == d.text.Last {
			w.last = v
		}
	}
	return w
}

// view gives a text with what lies on the desk, where the work is newer.
func (s *Service) view(by account.Caller, w *work, d desk) View {
	versions := map[int]Version{}
	for _, v := range d.versions {
		versions[v.Number] = v
		if w.current != nil && v.Number < w.current.Number && v.State == Force { // replaced just now
			v.State, v.Until = Superseded, w.current.Since
			versions[v.Number] = v
		}
	}
	for _, v := range w.versions() {
		versions[v.Number] = v
	}
	out := View{
		Text: w.text, RegionName: d.name, InForce: w.current, UnderWay: w.open, Opinions: counted(w.text.Last, d.opinions),
		Versions:  slices.SortedFunc(maps.Values(versions), func(a, b Version) int { return cmp.Compare(b.Number, a.Number) }),
		Available: []procedure.Available{}, Worker: s.works(by, w.text.Region),
	}
	out.MaySpeak, out.WhyNot = maySpeak(w, by)
	for _, v := range []*Version{w.open, w.current} {
		if v != nil && out.Worker {
			s.showCase(&out, by, *v, w.cases[v.ID], v == w.open)
		}
	}
	return out
}

// showCase adds what can be done with the case of a version now.
func (s *Service) showCase(out *View, by account.Caller, v Version, c procedure.Case, open bool) {
	if c.ID == "" {
		return
	}
	now := s.opt.Clock.Now()
	if open {
		out.DueAt, out.Provisional, out.Overdue = c.DueAt, c.Provisional, c.Overdue(now)
		if def, err := s.opt.Procedures.Definitions().Version(c.Procedure, c.Version); err == nil && def.Stage(c.Stage) != nil {
			out.StageName = def.Stage(c.Stage).Name
		}
	}
	may, _ := s.mayAt(by, v.Region)
	// What only the action itself can tell (the result of a ballot, whether all
	// is answered) does not hide it: the refusal says what is missing.
	for _, passed := range []bool{true, false} {
		data := s.guards(v, now)
		data["passed"], data["unanswered"], data["changed"] = strconv.FormatBool(passed), "0", "true"
		asked := c
		asked.Data = data
		for _, a := range s.opt.Procedures.Available(asked, may) {
			if !slices.ContainsFunc(out.Available, func(x procedure.Available) bool { return x.Action == a.Action }) {
				out.Available = append(out.Available, a)
			}
		}
	}
}

// counted gives what everybody sees of the opinions on a version.
func counted(version int, opinions []Opinion) Counts {
	out := Counts{Version: version, People: map[Stance]int{}, Answers: []Answer{}}
	for _, o := range opinions {
		if o.Version != version {
			continue
		}
		out.Opinions++
		out.People[o.Stance] += o.People
		if !o.Answered() {
			continue
		}
		out.Answered++
		if o.Adopted {
			out.Adopted++
		}
		out.Answers = append(out.Answers, Answer{
			Number: o.Number, Stance: o.Stance, Clause: o.Clause, Adopted: o.Adopted, Reason: o.Answer, By: o.AnsweredBy, At: o.AnsweredAt,
		})
	}
	return out
}

// maySpeak says whether a caller can say an opinion now, and if not, why.
func maySpeak(w *work, by account.Caller) (ok bool, why string) {
	err := maySpeakNow(w, by)
	if f := fault.Of(err); f != nil {
		return false, f.Message
	}
	return err == nil, ""
}

// maySpeakNow refuses whoever cannot say an opinion now, in the order 401, 403,
// 409.
func maySpeakNow(w *work, by account.Caller) error {
	switch {
	case !by.Known():
		return account.ErrRequired
	case by.Standing == account.Unbound || by.ResidentID == "" || by.Village != w.text.Region:
		return ErrNotVillager
	case w.open == nil || w.open.State != Collecting:
		return ErrNotCollecting
	}
	return nil
}
