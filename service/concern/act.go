package concern

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/fault"
	"cunwu/service/procedure"
	"cunwu/service/screening"
)

// Act takes an action of the concern's case, or one of the noun's own:
// progress, rate, again, hide, show, called_back. What each asks for is in
// available_actions. Refusals: those of procedure.Service.Act, auth.required,
// auth.stale, concern.not_found, concern.private_data, concern.media_invalid,
// concern.original_invalid, concern.not_raiser, concern.not_rating,
// concern.not_asked, concern.reviewed, concern.own_work, concern.not_to_call.
func (s *Service) Act(ctx context.Context, by account.Caller, act audit.Act, id string, in procedure.Input) (Concern, error) {
	if !by.Known() {
		return Concern{}, account.ErrRequired
	}
	r, err := s.known(ctx, by, id)
	if err != nil {
		return Concern{}, err
	}
	in.Data = nil
	if take := ownActions[in.Action]; take != nil {
		return take(s, ctx, by, act, r, in)
	}
	if rates(r, in.Action) {
		return Concern{}, procedure.ErrUnknownAction.At("body.action", "评价请用 rate。")
	}
	if err := s.checkAction(ctx, by, r, in); err != nil {
		return Concern{}, err
	}
	m := move{s: s, by: by, act: s.actingAs(by, act, r, in.Action), given: in}
	if in.Action == "merge" {
		m.merging = strings.TrimSpace(in.Fields["original"])
	}
	return m.run(ctx, r, func(tx Tx) error { return m.step(ctx, tx, in) })
}

type ownAction func(s *Service, ctx context.Context, by account.Caller, act audit.Act, r Record, in procedure.Input) (Concern, error)

// ownActions are what the noun does besides the steps of the case.
var ownActions = map[string]ownAction{
	"progress": (*Service).progress, "rate": (*Service).rate, "again": (*Service).again,
	"hide": (*Service).hide, "show": (*Service).reveal, "called_back": (*Service).calledBack,
}

// rates reports whether an action of the case is what rating means: it is taken
// by rating and in no other way, so that no rating is missing.
func rates(r Record, action string) bool {
	if strings.HasPrefix(action, "reopen_") || action == "refuse" {
		return true
	}
	return action == "accept" && (r.Visibility != Sealed || r.State != Raised)
}

// checkAction looks at what is given with a step as far as the procedure cannot.
func (s *Service) checkAction(ctx context.Context, by account.Caller, r Record, in procedure.Input) error {
	for code, text := range in.Fields {
		if !utf8.ValidString(code) || screening.Unreadable(text) {
			return procedure.ErrFields
		}
	}
	own := in.Action == "answer" && r.Visibility != Sealed
	if len(in.Media) > 0 && !own && in.Action != "finish" && in.Action != "on_the_spot" {
		return ErrMedia.At("body.media", "这一步不带照片。")
	}
	if _, err := s.checkMedia(ctx, by, "body.media", in.Media, own); err != nil {
		return err
	}
	if !own && r.Visibility != Sealed {
		if err := s.screened(r.Region, in.Fields); err != nil {
			return err
		}
	}
	if id := in.Fields["disclosure"]; id != "" {
		if err := s.checkPosting(ctx, id); err != nil {
			return err
		}
	}
	if in.Action == "merge" {
		return s.checkOriginal(ctx, r, in.Fields["original"])
	}
	return nil
}

// checkPosting demands that a posting which a result names can be read by all.
func (s *Service) checkPosting(ctx context.Context, id string) error {
	missing := procedure.ErrFields.At("body.disclosure", "没有找到这条公开内容，请核对编号；只对本村公开的不能写。")
	if s.opt.Postings == nil {
		return missing
	}
	err := s.opt.Postings.Known(ctx, account.Caller{}, id)
	if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
		return missing
	}
	return err
}

// mayOn gives the question that a case asks of its actor's powers, and
// remembers the refusal that says more than "no". Nobody handles what is their
// own.
func (s *Service) mayOn(by account.Caller, r Record) (may func(power string) bool, stale *error) {
	stale = new(error)
	return func(power string) bool {
		if power == OwnPower {
			return s.raised(by, r)
		}
		if s.raised(by, r) {
			return false
		}
		_, err := s.opt.Powers.May(by, power, r.Region)
		if errors.Is(err, account.ErrStale) {
			*stale = err
		}
		return err == nil
	}, stale
}

// actingAs names the office under which an action is taken. What the raiser
// does is done under none, and where sealed under no name.
func (s *Service) actingAs(by account.Caller, act audit.Act, r Record, action string) audit.Act {
	if s.raised(by, r) {
		if r.Visibility == Sealed {
			act.Actor.AccountID = s.sealedKey(by.AccountID)
		}
		return act
	}
	for _, power := range powersOf(r, action) {
		if g, err := s.opt.Powers.May(by, power, r.Region); err == nil {
			return act.As(string(g.Role), string(g.Region))
		}
	}
	return act
}

// powersOf gives the powers under which an action may be taken, the likeliest
// first: it only decides under which office it is written down.
func powersOf(r Record, action string) []string {
	switch {
	case r.Visibility == Sealed:
		return []string{PowerSealed}
	case action == "register":
		return []string{PowerRegister}
	case action == "hide" || action == "show":
		return []string{PowerModerate}
	case action == "called_back":
		return []string{PowerCallBack}
	}
	return []string{handlingPower(r), PowerHandle, PowerTriage, PowerRegister, PowerTownship, PowerCounty}
}

// handlingPower gives the power of those who hold a concern.
func handlingPower(r Record) string {
	switch {
	case r.Visibility == Sealed:
		return PowerSealed
	case r.Level == levelTownship:
		return PowerTownship
	case r.Level == levelCounty:
		return PowerCounty
	}
	return PowerHandle
}
