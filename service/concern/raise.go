package concern

import (
	"context"
	"slices"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/media"
	"cunwu/service/moderation"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

// Raise says that something is wrong: as a verified villager of the village,
// for oneself or for somebody of the own household; or, under concern.register,
// for somebody who came, phoned or spoke on a talk day. The answer to a sealed
// one carries no text, since answers are kept for repeats. Refusals:
// auth.required, region faults, request.invalid, concern.text_length,
// concern.category_unknown, concern.media_invalid, concern.behalf_invalid,
// concern.talk_day_unknown, consent.required, concern.not_verified,
// account.not_allowed, concern.too_many.
func (s *Service) Raise(ctx context.Context, by account.Caller, act audit.Act, in NewConcern) (Concern, error) {
	if !by.Known() {
		return Concern{}, account.ErrRequired
	}
	given, err := s.check(ctx, by, in)
	if err != nil {
		return Concern{}, err
	}
	if act, err = s.raising(by, act, given); err != nil {
		return Concern{}, err
	}
	text, why := s.checkPublic(ctx, by, given)
	fresh, err := s.fresh(by, given, text)
	if err != nil {
		return Concern{}, err
	}
	d, err := s.desk(ctx, by, []Record{fresh}, nil)
	if err != nil {
		return Concern{}, err
	}
	var out Concern
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		r := fresh // the closure may run again
		c, err := s.add(ctx, tx, by, act, &r)
		if err != nil {
			return err
		}
		if err := s.beginChecks(ctx, tx, by, r, text, why); err != nil {
			return err
		}
		updates, err := tx.ConcernTimeline(ctx, r.ID)
		if err != nil {
			return err
		}
		out = s.view(by, r, c, updates, d)
		if r.Visibility == Sealed {
			out.Text, out.Transcript, out.Place, out.Title = "", "", Place{}, sealedTitle
		}
		return tx.Answer(ctx, out)
	})
	return out, err
}

// raising finds in whose name something is raised.
func (s *Service) raising(by account.Caller, act audit.Act, in checked) (audit.Act, error) {
	ownWord := in.Channel == ByApp || in.Channel == OnTalkDay && in.OnBehalf == nil && belongs(by, in.Region)
	if !ownWord {
		g, err := s.opt.Powers.May(by, PowerRegister, in.Region)
		return act.As(string(g.Role), string(g.Region)), err
	}
	switch {
	case !belongs(by, in.Region):
		return act, ErrNotVerified
	case by.ConsentDue:
		return act, account.ErrConsent
	}
	if in.Visibility == Sealed {
		// The journals of what is sealed know the raiser by a keyed hash alone.
		act.Actor.AccountID = s.sealedKey(by.AccountID)
	}
	return act, nil
}

// belongs reports whether a caller is a verified villager of a village.
func belongs(by account.Caller, village region.Code) bool {
	return by.Standing != account.Unbound && by.ResidentID != "" && by.Village == village
}

// checkPublic asks about the texts of what others shall read. Nothing else is
// sent anywhere.
func (s *Service) checkPublic(ctx context.Context, by account.Caller, in checked) (state moderation.State, why string) {
	if in.Visibility != Public && in.Visibility != Named || s.opt.Checks == nil {
		return moderation.Manual, ""
	}
	texts := slices.DeleteFunc([]string{in.Text, in.Transcript, in.Place.Text}, func(t string) bool { return t == "" })
	return s.opt.Checks.Text(ctx, by, texts...)
}

// reviewOf gives how far a subject may be seen by what its checks came to.
func reviewOf(state moderation.State) Review {
	switch state {
	case moderation.Passed:
		return Passed
	case moderation.Pending:
		return Pending
	case moderation.Rejected:
		return Hidden
	case moderation.Manual:
	}
	return Manual
}

// fresh makes the record of what is raised, with everything that needs no
// transaction.
func (s *Service) fresh(by account.Caller, in checked, text moderation.State) (Record, error) {
	review := reviewOf(text)
	if review == Passed && len(in.objects) > 0 {
		review = Pending // the photos are asked about after the commit
	}
	r := Record{
		ID: audit.NewID(), Region: in.Region, Group: in.Group, Category: in.Category, Visibility: in.Visibility, Channel: in.Channel,
		Level: levelVillage, Review: review, Raiser: by.AccountID, TalkDay: in.TalkDay, Revision: 1, Title: titleOf(in.Text),
		Content: Content{
			Text: in.Text, Transcript: in.Transcript, Place: in.Place, Media: idsOfMedia(in.objects), Photos: photosOf(in.objects),
			ForOther: in.OnBehalf != nil, ByOffice: in.OnBehalf != nil && in.Channel != ByApp,
		},
	}
	hidden := secret{}
	if in.OnBehalf == nil {
		r.Resident = by.ResidentID
	}
	if b := in.OnBehalf; b != nil {
		r.Resident, r.Content.Anonymous = b.Resident, b.Anonymous
		hidden.Name, hidden.Contact = b.Name, b.Contact
	}
	if r.Visibility == Sealed {
		hidden.Text, hidden.Transcript, hidden.Place, hidden.Media = in.Text, in.Transcript, in.Place, r.Content.Media
		hidden.Raiser, r.Raiser = by.AccountID, s.sealedKey(by.AccountID)
		r.Content, r.Title, r.Category, r.Group = Content{ForOther: r.Content.ForOther}, "", otherCategory, ""
		r.Resident = "" // whoever typed keeps it to themselves
	}
	if hidden.empty() {
		return r, nil
	}
	var err error
	r.Secret, err = s.seal(bindingOf(r.ID), hidden)
	return r, err
}

func (h secret) empty() bool { return h.Text == "" && h.Name == "" && h.Contact == "" }

func idsOfMedia(objects []media.Object) []string {
	var out []string
	for _, o := range objects {
		out = append(out, o.ID)
	}
	return out
}

func photosOf(objects []media.Object) int {
	n := 0
	for _, o := range objects {
		if o.Kind != media.MP3 {
			n++
		}
	}
	return n
}

// add opens the case of a concern and writes it down.
func (s *Service) add(ctx context.Context, tx Tx, by account.Caller, act audit.Act, r *Record) (procedure.Case, error) {
	now := tx.Now()
	if !r.Content.ByOffice {
		n, err := tx.ConcernsRaisedSince(ctx, s.ownKeys(by), calendar.Day(now))
		if err != nil {
			return procedure.Case{}, err
		}
		if n >= s.opt.Rules.PerDay.Most {
			return procedure.Case{}, ErrTooMany.After(calendar.EndOfDay(now).Sub(now))
		}
	}
	code := Procedure
	if r.Visibility == Sealed {
		code, r.Level = SealedProcedure, levelCounty
	}
	c, err := s.opt.Procedures.Open(ctx, tx, act, code, r.Region, r.ID, map[string]string{"level": r.Level, "reopened": "false"})
	if err != nil {
		return c, err
	}
	r.CaseID, r.RaisedAt = c.ID, now
	if r.Visibility != Sealed {
		r.AgainAt = s.againAt(now)
	}
	s.stands(r, c, now)
	if r.Serial, err = tx.AddConcern(ctx, *r); err != nil {
		return c, err
	}
	if err := s.hang(ctx, tx, *r); err != nil {
		return c, err
	}
	if _, err := tx.AddConcernUpdate(ctx, UpdateRecord{
		ConcernID: r.ID, Kind: StepTaken, Action: procedure.OpenAction, By: raiserWord, At: now, State: r.State, Public: true,
	}); err != nil {
		return c, err
	}
	if err := s.index(ctx, tx, Record{}, *r); err != nil {
		return c, err
	}
	if err := announce(ctx, tx, "raised", *r); err != nil {
		return c, err
	}
	return c, changed(ctx, tx, Record{}, *r)
}

func (s *Service) againAt(raised time.Time) time.Time {
	return raised.AddDate(0, 0, s.opt.Rules.AskAgain.Days)
}

// hang ties the uploads of the raising to it. Those of a sealed one are tied to
// the county alone: a row that named both would name the raiser.
func (s *Service) hang(ctx context.Context, tx Tx, r Record) error {
	ids, at, id := r.Content.Media, r.Region, r.ID
	if r.Visibility == Sealed {
		var h secret
		if err := s.unseal(bindingOf(r.ID), r.Secret, &h); err != nil {
			return err
		}
		ids, at, id = h.Media, r.Region.At(region.County), ""
	}
	ms := make([]MediaRecord, len(ids))
	for i, m := range ids {
		ms[i] = MediaRecord{MediaID: m, ConcernID: id, Region: at, Public: r.Shown()}
	}
	return tx.AddConcernMedia(ctx, ms)
}

// SubjectKind and UpdateSubject name what is checked: a concern as it was
// raised, and the photos of an update ("<concern>.<number>").
const (
	SubjectKind   = "concern"
	UpdateSubject = "concern_update"
)

func (s *Service) beginChecks(ctx context.Context, tx Tx, by account.Caller, r Record, text moderation.State, why string) error {
	if s.opt.Checks == nil || r.Visibility != Public && r.Visibility != Named {
		return nil
	}
	subject := subjectOf(r)
	subject.Why = why
	return s.opt.Checks.Begin(ctx, tx, by, subject, text, r.Content.Media)
}

func subjectOf(r Record) moderation.Subject {
	return moderation.Subject{Kind: SubjectKind, ID: r.ID, Region: r.Region}
}
