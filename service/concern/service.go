package concern

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/media"
	"cunwu/service/moderation"
	"cunwu/service/outbox"
	"cunwu/service/procedure"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// Places is what the package needs of the tree of places.
type Places interface {
	// Active gives a place of one of the levels that is in the current edition.
	Active(ctx context.Context, code region.Code, levels ...region.Level) (region.Region, error)
	// Names gives the names of those of the codes that exist, in any state.
	Names(ctx context.Context, codes []region.Code) (map[region.Code]string, error)
	// Children gives the places directly below one, by code.
	Children(ctx context.Context, parent region.Code) ([]region.Region, error)
}

// PowerTable says what a caller may do where.
type PowerTable interface {
	// May gives the grant under which a power is held, or auth.required,
	// auth.stale, account.not_allowed.
	May(c account.Caller, power string, at region.Code) (account.Grant, error)
}

// Media is what the package needs of the attachments.
type Media interface {
	// Objects gives those of the ids that exist, in any order.
	Objects(ctx context.Context, ids []string) ([]media.Object, error)
}

// Rolls is what the package needs to know of the residents' rolls.
type Rolls interface {
	// OnRoll gives a resident who is on a roll now, the name masked; false where
	// there is none such.
	OnRoll(ctx context.Context, resident string) (account.RollEntry, bool, error)
}

// Checks asks whether what people wrote, photographed and said may be shown to
// others (package moderation).
type Checks interface {
	// Text asks about texts, before any transaction; why says why it is not
	// passed.
	Text(ctx context.Context, by account.Caller, texts ...string) (state moderation.State, why string)
	// Begin enters the checks of a subject in the transaction that makes it.
	Begin(ctx context.Context, tx Tx, by account.Caller, s moderation.Subject, text moderation.State, media []string) error
	// Decided keeps in the public log that a moderator of this noun hid or showed
	// the whole of a subject, in the transaction in which that is done.
	Decided(ctx context.Context, tx Tx, s moderation.Subject, hidden bool, violation, reason, office string) error
}

// Options are what the service works with. Those before Checks are required.
type Options struct {
	Procedures *procedure.Service
	Places     Places
	Powers     PowerTable
	Media      Media
	Rolls      Rolls
	Rules      *Rules
	Screening  *screening.Screen
	Sealer     account.Sealer
	Holidays   *calendar.Holidays
	Clock      calendar.Clock
	// Checks of what is to be public. Nil: a person decides on everything.
	Checks Checks
	// Postings take the monthly list, and hold the lines that a result may name.
	// Nil: there is neither.
	Postings Postings
	// MaskedNames gives the masked names of accounts. Nil: no names at all.
	MaskedNames func(ctx context.Context, accountIDs []string) (map[string]string, error)
	// RoleName gives the Chinese name of a role. Nil: its identifier.
	RoleName func(account.Role) string
}

// Service is what villagers say is wrong. It is safe for concurrent use.
type Service struct {
	store Store
	opt   Options
}

// New makes the service.
func New(store Store, opt Options) *Service { return &Service{store: store, opt: opt} }

// Rules gives categories, limits and kinds of violations.
func (s *Service) Rules() *Rules { return s.opt.Rules }

// handlerPowers make one a handler of the places where they are held.
var handlerPowers = []string{
	PowerRegister, PowerTriage, PowerHandle, PowerTownship, PowerCounty, PowerModerate, PowerCallBack,
}

// holds reports whether a caller has a power at a place; a sign-in too old to
// act counts, since the power is there.
func (s *Service) holds(by account.Caller, power string, at region.Code) bool {
	if !by.Known() {
		return false
	}
	_, err := s.opt.Powers.May(by, power, at)
	return err == nil || errors.Is(err, account.ErrStale)
}

// handles reports whether a caller is one of those who work on the concerns of
// a place.
func (s *Service) handles(by account.Caller, at region.Code) bool {
	return slices.ContainsFunc(handlerPowers, func(p string) bool { return s.holds(by, p, at) })
}

// works reports whether a caller is one of those who work on a concern: of what
// is sealed, the discipline officer and nobody else.
func (s *Service) works(by account.Caller, r Record) bool {
	if r.Visibility == Sealed {
		return s.holds(by, PowerSealed, r.Region)
	}
	return s.handles(by, r.Region)
}

// sealedKey is the raiser of sealed concerns as the archive knows them.
func (s *Service) sealedKey(accountID string) string {
	return hex.EncodeToString(s.opt.Sealer.MAC("concern_raiser", accountID))[:56]
}

// ownKeys are what a caller's concerns are kept under.
func (s *Service) ownKeys(by account.Caller) []string {
	return []string{by.AccountID, s.sealedKey(by.AccountID)}
}

// typed reports whether the caller typed a concern.
func (s *Service) typed(by account.Caller, r Record) bool {
	return by.Known() && slices.Contains(s.ownKeys(by), r.Raiser)
}

// raised reports whether a caller has the raiser's rights: whoever said it, and
// the person for whom a relative or an office typed. What an office typed is
// the office's in nothing.
func (s *Service) raised(by account.Caller, r Record) bool {
	switch {
	case !by.Known():
		return false
	case r.Resident != "" && by.ResidentID == r.Resident:
		return true
	}
	return !r.Content.ByOffice && s.typed(by, r)
}

// readable reports whether a caller may read a concern at all.
func (s *Service) readable(by account.Caller, r Record) bool {
	return r.Shown() || s.raised(by, r) || s.works(by, r)
}

// Shown reports whether everybody may read a concern.
func (r Record) Shown() bool {
	return r.Review == Passed && (r.Visibility == Public || r.Visibility == Named) && r.State != Withdrawn
}

// known gives a concern that the caller may know of, or concern.not_found.
func (s *Service) known(ctx context.Context, by account.Caller, id string) (Record, error) {
	r, err := s.store.ConcernRecord(ctx, id)
	if err != nil {
		return Record{}, err
	}
	if !s.readable(by, r) {
		return Record{}, ErrNotFound
	}
	return r, nil
}

// Known gives concern.not_found unless the caller may know that the concern
// exists; doors ask it before they look at what was sent.
func (s *Service) Known(ctx context.Context, by account.Caller, id string) error {
	_, err := s.known(ctx, by, id)
	return err
}

// ownerOf gives the place whose office owes the next step: the village, the
// township or the county by level, "" where nobody does. What is sealed stands
// under a name that is no place's code.
func ownerOf(r Record) string {
	if r.Visibility == Sealed {
		if r.State == Raised || r.State == InProgress {
			return sealedOwner(r.Region.At(region.County))
		}
		return ""
	}
	switch r.State {
	case Raised, Registered, AtTownship, AtCounty, InProgress, Elsewhere:
		return string(placeOf(r))
	default:
		return ""
	}
}

func sealedOwner(county region.Code) string { return "s" + string(county) }

// placeOf gives the place whose office holds a concern.
func placeOf(r Record) region.Code {
	switch r.Level {
	case levelTownship:
		return r.Region.At(region.Township)
	case levelCounty:
		return r.Region.At(region.County)
	}
	return r.Region
}

// Levels, as the procedure's data names them.
const (
	levelVillage  = "village"
	levelTownship = "township"
	levelCounty   = "county"
)

// levelOf gives the level of a stage by its name; a stage of no level leaves it
// where it was.
func levelOf(stage, before string) string {
	for _, l := range []string{levelVillage, levelTownship, levelCounty} {
		if strings.HasSuffix(stage, "_"+l) {
			return l
		}
	}
	return before
}

// stands writes into the record where its case stands now.
func (s *Service) stands(r *Record, c procedure.Case, now time.Time) {
	r.Stage, r.State = c.Stage, State(s.opt.Procedures.State(c))
	r.Level = levelOf(c.Stage, r.Level)
	r.DueAt = c.DueAt
	switch {
	case r.State.Open():
		r.EndedAt = time.Time{}
	case r.EndedAt.IsZero():
		r.EndedAt = now
	}
	r.Owner = ownerOf(*r)
	r.ChangedAt = now
}

// announce tells what happened, for those who follow. Facts hold no texts and
// no persons. What is sealed is told under a kind of its own, at the county.
func announce(ctx context.Context, tx Tx, what string, r Record) error {
	e := outbox.Event{Kind: "concern." + what, Region: r.Region, Subject: r.ID}
	if r.Visibility == Sealed {
		e.Kind, e.Region = "concern_sealed."+what, r.Region.At(region.County)
		e.Facts = map[string]string{"state": string(r.State)}
		return tx.Announce(ctx, e)
	}
	e.Facts = map[string]string{
		"state": string(r.State), "level": r.Level, "public": fmt.Sprint(r.Shown()), "category": r.Category,
		"group": string(r.Group), "due": dayOf(r.DueAt),
	}
	return tx.Announce(ctx, e)
}

func dayOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(calendar.China).Format(time.DateOnly)
}

// changed drops prepared answers where others could see the change.
func changed(ctx context.Context, tx Tx, before, after Record) error {
	if !before.Shown() && !after.Shown() {
		return nil
	}
	return tx.RegionChanged(ctx, after.Region)
}

// save writes a concern that was changed, and what follows it.
func (s *Service) save(ctx context.Context, tx Tx, before Record, r *Record) error {
	r.Revision++
	if err := tx.SaveConcern(ctx, *r); err != nil {
		return err
	}
	if r.Shown() != before.Shown() {
		if err := tx.ShowConcernMedia(ctx, r.ID, 0, r.Shown()); err != nil {
			return err
		}
	}
	if err := s.index(ctx, tx, before, *r); err != nil {
		return err
	}
	return changed(ctx, tx, before, *r)
}

// record writes an event about a concern: codes only.
func record(ctx context.Context, tx Tx, action string, r Record, detail map[string]string) error {
	return tx.Record(ctx, audit.Event{Action: action, Object: "concern", ObjectID: r.ID, Region: string(r.Region), Result: "ok", Detail: detail})
}

// drawn reports whether a concern is one of those whose raiser is called. The
// draw depends on a secret: nobody who handles it can tell beforehand.
func (s *Service) drawn(id string) bool {
	sum := s.opt.Sealer.MAC("concern_callback", id)
	return int(binary.BigEndian.Uint32(sum)%100) < s.opt.Rules.Callback.Percent
}

func (s *Service) seal(binding string, v any) (account.Sealed, error) {
	return account.SealJSON(s.opt.Sealer, binding, v)
}

func (s *Service) unseal(binding string, sealed account.Sealed, v any) error {
	return account.OpenJSON(s.opt.Sealer, binding, sealed, v)
}

func bindingOf(id string) string { return "concern/" + id }

func updateBinding(u UpdateRecord) string {
	return "concern_update/" + u.ConcernID + "/" + u.At.UTC().Format(time.RFC3339Nano)
}
