package redblack

import (
	"context"
	"maps"
	"slices"
	"time"

	"cunwu/service/account"
	"cunwu/service/procedure"
)

// scene is what is needed to say what somebody can do with an entry.
type scene struct {
	r     Record
	c     procedure.Case
	votes []VoteRecord
	v     voices
	kin   []string
	now   time.Time
}

// scene reads it outside of a transaction.
func (s *Service) scene(ctx context.Context, r Record) (scene, error) {
	out := scene{r: r, now: s.opt.Clock.Now()}
	m := move{s: s}
	if err := m.lookUp(ctx, r); err != nil {
		return out, err
	}
	out.kin = m.prep.kin
	var (
		made []ObjectionRecord
		err  error
	)
	switch r.Stage {
	case stageEvaluating, stageConsulting:
		out.votes, err = s.store.BoardVotes(ctx, r.ID, r.round())
	case "notice":
		made, err = s.store.BoardObjections(ctx, r.ID)
	}
	if err != nil {
		return out, err
	}
	out.v = s.count(r, out.votes, made, m.prep.council, m.prep.deputies)
	out.c, err = s.opt.Procedures.Case(ctx, r.CaseID)
	return out, err
}

// after reads it within the transaction that moved the entry.
func (m *move) after(ctx context.Context) (scene, error) {
	out := scene{r: m.r, now: m.tx.Now()}
	if m.r.State.Ended() {
		return out, nil
	}
	// What was looked up before the transaction still holds where nothing moved:
	// a voice moves nothing, and there are many.
	if m.prep.stage != m.r.Stage || m.prep.about != m.r.Private.Resident {
		if err := m.lookUp(ctx, m.r); err != nil {
			return out, err
		}
	}
	out.kin = m.prep.kin
	var err error
	if m.r.Stage == stageEvaluating || m.r.Stage == stageConsulting {
		if out.votes, err = m.tx.BoardVotesCast(ctx, m.r.ID, m.r.round()); err != nil {
			return out, err
		}
	}
	if out.v, err = m.voices(ctx); err != nil {
		return out, err
	}
	out.c, err = m.tx.CaseForUpdate(ctx, m.r.CaseID)
	return out, err
}

// available lists what the caller can do with an entry now; never nil.
func (s *Service) available(by account.Caller, x scene) []procedure.Available {
	out := []procedure.Available{}
	if !by.Known() || x.r.State.Ended() {
		return out
	}
	related := isKin(by, x.r, x.kin)
	can, _ := s.mayOn(by, x.r)
	may := func(power string) bool {
		if related && power != OwnPower {
			return false
		}
		return can(power)
	}
	data := maps.Clone(x.c.Data)
	if data == nil {
		data = map[string]string{}
	}
	maps.Copy(data, s.data(x.r, x.v, x.now))
	x.c.Data = data
	out = append(out, s.opt.Procedures.Available(x.c, may)...)
	for _, a := range sideActions() {
		if s.open(by, a, x, may) {
			out = append(out, procedure.Available{Action: a.code, Name: a.name, Fields: a.fields, Media: a.media})
		}
	}
	return out
}

// open reports whether a side action is open to the caller.
func (s *Service) open(by account.Caller, a *aside, x scene, may func(string) bool) bool {
	r := x.r
	if a.kind != "" && a.kind != r.Kind || !slices.Contains(a.stages, r.Stage) {
		return false
	}
	if a.power == villagerPower {
		return belongs(by, r.Region)
	}
	if !may(a.power) {
		return false
	}
	switch a.code {
	case "vote":
		return s.silent(by, x, CouncilBody)
	case "consult":
		return s.silent(by, x, RepresentativesBody)
	case "resolve":
		return x.v.open > 0
	case "withdraw_consent", "take_name_off":
		c := r.Private.Consent
		return c != nil && (c.Name != "none" || c.Photo)
	case "approve_naming":
		return r.Private.Basis != nil && r.Private.Basis.Proposed != "" && r.Private.Naming == nil
	case "stop_naming", "withdraw_naming":
		return r.Private.Basis != nil || r.Private.Naming != nil
	}
	return true
}

// silent reports whether a member of the council or a representative has said
// nothing yet in this round.
func (s *Service) silent(by account.Caller, x scene, body Body) bool {
	if by.ResidentID == "" {
		return false
	}
	key := s.voiceKey(x.r.ID, by.ResidentID)
	return !slices.ContainsFunc(x.votes, func(v VoteRecord) bool { return v.Body == body && v.Voter == key })
}
