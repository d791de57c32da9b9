package concern

import (
	"context"
	"maps"
	"slices"
	"strings"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/moderation"
)

// checkOriginal refuses what a concern cannot be merged into: itself, one of
// another village, a sealed one, and one that is merged or withdrawn.
func (s *Service) checkOriginal(ctx context.Context, r Record, original string) error {
	original = strings.TrimSpace(original)
	if original == "" {
		return nil // the procedure says that it is missing
	}
	bad := ErrOriginal.At("body.original", "本村没有这个编号的说事，或者它不能并入。")
	found, err := s.store.ConcernRecords(ctx, []string{original})
	if err != nil {
		return err
	}
	if len(found) == 0 || !takesIn(found[0], r) {
		return bad
	}
	return nil
}

// takesIn reports whether a concern can be merged into another.
func takesIn(original, r Record) bool {
	return original.ID != r.ID && original.Region == r.Region && original.Visibility != Sealed && r.Visibility != Sealed &&
		original.State != Merged && original.State != Withdrawn
}

// merge links the duplicate and its original both ways; whoever raised or
// joined the duplicate asks the same as the original from now on.
func (m *move) merge(ctx context.Context, tx Tx) error {
	if m.other == nil || !takesIn(*m.other, m.r) {
		return ErrOriginal.At("body.original", "本村没有这个编号的说事，或者它不能并入。")
	}
	before := *m.other
	o := m.other
	o.Content.MergedFrom = append(slices.Clone(o.Content.MergedFrom), m.r.ID)
	if err := m.carryVoices(ctx, tx, o); err != nil {
		return err
	}
	if err := m.s.save(ctx, tx, before, o); err != nil {
		return err
	}
	return record(ctx, tx, "concern.merged_from", *o, map[string]string{"duplicate": m.r.ID})
}

func (m *move) carryVoices(ctx context.Context, tx Tx, o *Record) error {
	voices, err := tx.ConcernJoins(ctx, m.r.ID)
	if err != nil {
		return err
	}
	there, err := tx.ConcernJoins(ctx, o.ID)
	if err != nil {
		return err
	}
	if person, account, err := m.s.personOf(ctx, m.r); err != nil {
		return err
	} else if person != "" {
		voices[person] = account
	}
	raiser, _, err := m.s.personOf(ctx, *o)
	if err != nil {
		return err
	}
	for _, person := range slices.Sorted(maps.Keys(voices)) {
		if _, has := there[person]; has || person == raiser {
			continue
		}
		if err := tx.AddConcernJoin(ctx, o.ID, person, voices[person]); err != nil {
			return err
		}
		o.Joined++
	}
	return nil
}

// personOf gives the person whose concern it is, with an account that speaks
// for them; "" where that is not known.
func (s *Service) personOf(ctx context.Context, r Record) (person, accountID string, err error) {
	switch {
	case r.Resident != "":
		found, ok, err := s.opt.Rolls.OnRoll(ctx, r.Resident)
		if err != nil || !ok {
			return "", "", err
		}
		if found.AccountID == "" && !r.Content.ByOffice {
			found.AccountID = r.Raiser
		}
		return r.Resident, found.AccountID, nil
	case r.Content.ByOffice || r.Visibility == Sealed:
		return "", "", nil
	}
	return "", r.Raiser, nil // typed for somebody on no roll
}

// Join makes the caller ask the same (同问). Doing it again changes nothing.
// Refusals: auth.required, concern.not_found, consent.required,
// concern.not_verified, concern.own_concern, concern.over.
func (s *Service) Join(ctx context.Context, by account.Caller, act audit.Act, id string) (Concern, error) {
	return s.join(ctx, by, act, id, true)
}

// Leave takes a Join back, at any time. Doing it again changes nothing.
// Refusals: auth.required, concern.not_found.
func (s *Service) Leave(ctx context.Context, by account.Caller, act audit.Act, id string) (Concern, error) {
	return s.join(ctx, by, act, id, false)
}

func (s *Service) join(ctx context.Context, by account.Caller, act audit.Act, id string, want bool) (Concern, error) {
	if !by.Known() {
		return Concern{}, account.ErrRequired
	}
	r, err := s.known(ctx, by, id)
	if err != nil {
		return Concern{}, err
	}
	if err := s.mayJoin(by, r); want && err != nil {
		return Concern{}, err
	}
	m := move{s: s, by: by, act: act}
	return m.run(ctx, r, func(tx Tx) error { return m.joins(ctx, tx, want) })
}

func (s *Service) mayJoin(by account.Caller, r Record) error {
	switch {
	case !belongs(by, r.Region):
		return ErrNotVerified
	case by.ConsentDue:
		return account.ErrConsent
	case s.raised(by, r):
		return ErrOwn
	}
	return nil
}

func (m *move) joins(ctx context.Context, tx Tx, want bool) error {
	r := &m.r
	if want && (!r.State.Open() || !r.Shown()) {
		return ErrOver
	}
	there, err := tx.ConcernJoined(ctx, r.ID, m.by.ResidentID)
	if err != nil || there == want {
		return err
	}
	action, what := "concern.join", "joined"
	if want {
		r.Joined++
		err = tx.AddConcernJoin(ctx, r.ID, m.by.ResidentID, m.by.AccountID)
	} else {
		r.Joined--
		action, what = "concern.leave", "left"
		err = tx.DropConcernJoin(ctx, r.ID, m.by.ResidentID)
	}
	if err != nil {
		return err
	}
	if err := m.s.save(ctx, tx, m.before, r); err != nil {
		return err
	}
	if err := announce(ctx, tx, what, *r); err != nil {
		return err
	}
	return record(ctx, tx, action, *r, nil)
}

// People gives the accounts to tell what became of a concern: the raiser's and
// those that joined. It is for the program, never for a door.
func (s *Service) People(ctx context.Context, id string) (raiser string, joined []string, err error) {
	r, err := s.store.ConcernRecord(ctx, id)
	if err != nil {
		return "", nil, err
	}
	if r.Visibility == Sealed {
		var h secret
		err := s.unseal(bindingOf(r.ID), r.Secret, &h)
		return h.Raiser, nil, err
	}
	if _, raiser, err = s.personOf(ctx, r); err != nil {
		return "", nil, err
	}
	joined, err = s.store.ConcernJoiners(ctx, id)
	return raiser, joined, err
}

// hangUpdate ties photos to a line of the timeline and begins their check.
func (s *Service) hangUpdate(ctx context.Context, tx Tx, by account.Caller, r Record, number int, ids []string) error {
	ms := make([]MediaRecord, len(ids))
	for i, id := range ids {
		ms[i] = MediaRecord{MediaID: id, ConcernID: r.ID, Number: number, Region: r.Region}
	}
	if err := tx.AddConcernMedia(ctx, ms); err != nil {
		return err
	}
	if s.opt.Checks == nil || r.Visibility != Public && r.Visibility != Named {
		return nil
	}
	subject := moderation.Subject{Kind: UpdateSubject, ID: updateID(r.ID, number), Region: r.Region}
	return s.opt.Checks.Begin(ctx, tx, by, subject, moderation.Passed, ids)
}
