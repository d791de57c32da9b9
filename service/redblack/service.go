package redblack

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/ballot"
	"cunwu/service/calendar"
	"cunwu/service/covenant"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/media"
	"cunwu/service/procedure"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// Places is what the package needs of the tree of places.
type Places interface {
	// Active gives a place of one of the levels that is in the current edition.
	Active(ctx context.Context, code region.Code, levels ...region.Level) (region.Region, error)
	// Region gives a place, or region.not_found.
	Region(ctx context.Context, code region.Code) (region.Region, error)
	// Names gives the names of those of the codes that exist.
	Names(ctx context.Context, codes []region.Code) (map[region.Code]string, error)
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

// Eraser takes the bytes of attachments away for good.
type Eraser interface {
	// Erase removes attachments that nothing shows any more, bytes and all. One
	// that is gone already is left alone.
	Erase(ctx context.Context, ids []string) error
}

// Rolls is what the package needs to know of people on rolls.
type Rolls interface {
	// Named gives those on a village's roll who bear exactly this name.
	Named(ctx context.Context, village region.Code, name string) ([]account.RollEntry, error)
	// FullName gives the name of a person as the roll writes it.
	FullName(ctx context.Context, residentID string) (name string, on bool, err error)
	// HouseholdNames gives the names of all in the person's household.
	HouseholdNames(ctx context.Context, residentID string) ([]string, error)
	// Adult reports whether a person is of age on a day, and whether anybody knows.
	Adult(ctx context.Context, residentID string, on time.Time) (adult, known bool, err error)
	// NearKin gives the near relatives of a person by id.
	NearKin(ctx context.Context, residentID string) ([]string, error)
	// OnRoll gives a person who is on a roll now, with the account bound to it.
	OnRoll(ctx context.Context, residentID string) (account.RollEntry, bool, error)
	// Holders gives the residents who hold a role within a place, each once.
	Holders(ctx context.Context, role account.Role, within region.Code, on time.Time) ([]string, error)
}

// Covenants gives what is in force.
type Covenants interface {
	// InForce gives the text in force at a village at a time, or a not-found fault.
	InForce(ctx context.Context, place region.Code, kind covenant.Kind, at time.Time) (covenant.InForce, error)
}

// Postings takes drafts of the catalogue items C04 to C06.
type Postings interface {
	// Draft makes a posting that nobody outside sees yet.
	Draft(ctx context.Context, by account.Caller, act audit.Act, in disclosure.NewDraft) (disclosure.Posting, error)
}

// Options are what the service works with. All but the last four are required.
type Options struct {
	Procedures *procedure.Service
	Places     Places
	Powers     PowerTable
	Media      Media
	Rolls      Rolls
	Covenants  Covenants
	Rules      *Rules
	Thresholds *ballot.Thresholds
	Screening  *screening.Screen
	Sealer     account.Sealer
	Holidays   *calendar.Holidays
	Clock      calendar.Clock
	// Erase takes away photos after an entry ended. Nil: they are left to whoever
	// sweeps what nothing shows.
	Erase Eraser
	// Postings takes drafts. Nil: none can be made.
	Postings Postings
	// MaskedNames gives the masked names of accounts. Nil: none.
	MaskedNames func(ctx context.Context, accounts []string) (map[string]string, error)
	// RoleName gives the Chinese name of a role. Nil: its identifier.
	RoleName func(account.Role) string
}

// Service is the red and black lists of villages. It is safe for concurrent use.
type Service struct {
	store Store
	opt   Options
}

// New makes the service.
func New(store Store, opt Options) *Service { return &Service{store: store, opt: opt} }

// Rules gives the rule data.
func (s *Service) Rules() *Rules { return s.opt.Rules }

// OwnPower is the right of whom an entry is about. It stands in no table of
// powers: the person's own account has it, once the person was told.
const OwnPower = "redblack.own"

// key is a keyed hash that fits a column, of a kind of its own.
func (s *Service) key(kind, value string) string {
	return hex.EncodeToString(s.opt.Sealer.MAC("redblack_"+kind, value))[:56]
}

func (s *Service) subjectKey(residentID string) string { return s.key("subject", residentID) }

func (s *Service) makerKey(accountID string) string { return s.key("maker", accountID) }

// voiceKey is somebody's voice on one entry: of two entries, nothing tells that
// it was the same person.
func (s *Service) voiceKey(entry, residentID string) string {
	return s.key("voice", entry+"/"+residentID)
}

// veiled is an act whose journal knows the actor by a keyed hash bound to the
// entry alone: of villagers, so that no journal tells who said so, who voted,
// objected or was meant.
func (s *Service) veiled(act audit.Act, entry string) audit.Act {
	if broken("redblack.veil") {
		return act
	}
	act.Actor.AccountID = s.key("actor", entry+"/"+act.Actor.AccountID)
	return act
}

func (s *Service) seal(binding string, v any) (account.Sealed, error) {
	return account.SealJSON(s.opt.Sealer, binding, v)
}

func (s *Service) unseal(binding string, sealed account.Sealed, v any) error {
	return account.OpenJSON(s.opt.Sealer, binding, sealed, v)
}

func entryBinding(id string) string { return account.SealedBoardEntry + "/" + id }

func objectionBinding(entry string, number int) string {
	return account.SealedBoardObjection + "/" + entry + "/" + strconv.Itoa(number)
}

// opened gives an entry with its private part.
func (s *Service) opened(r Record) (Record, error) {
	return r, s.unseal(entryBinding(r.ID), r.Sealed, &r.Private)
}

// closed seals the private part of an entry for the archive.
func (s *Service) closed(r Record) (Record, error) {
	if r.State.Ended() && !broken("redblack.erasure") {
		r.Private, r.Sealed = Private{}, account.Sealed{}
		return r, nil
	}
	var err error
	r.Sealed, err = s.seal(entryBinding(r.ID), r.Private)
	return r, err
}

// read gives an entry with its private part.
func (s *Service) read(ctx context.Context, id string) (Record, error) {
	r, err := s.store.BoardEntry(ctx, id)
	if err != nil {
		return Record{}, err
	}
	return s.opened(r)
}

// belongs reports whether a caller is a verified villager of a village.
func belongs(by account.Caller, village region.Code) bool {
	return by.Standing != account.Unbound && by.ResidentID != "" && by.Village == village
}

// holds reports whether a caller has a power at a place; a sign-in too old to act
// counts, since the power is there.
func (s *Service) holds(by account.Caller, power string, at region.Code) bool {
	_, err := s.opt.Powers.May(by, power, at)
	return err == nil || errors.Is(err, account.ErrStale)
}

// mayOn gives the question that a case asks of its actor's powers, and remembers
// the refusal that says more than "no".
func (s *Service) mayOn(by account.Caller, r Record) (may func(power string) bool, stale *error) {
	stale = new(error)
	return func(power string) bool {
		if power == OwnPower {
			return s.about(by, r) && told(r)
		}
		_, err := s.opt.Powers.May(by, power, r.Region)
		if errors.Is(err, account.ErrStale) {
			*stale = err
		}
		return err == nil
	}, stale
}

// about reports whether an entry is about the caller.
func (s *Service) about(by account.Caller, r Record) bool {
	return r.SubjectKey != "" && belongs(by, r.Region) && s.subjectKey(by.ResidentID) == r.SubjectKey
}

// told reports whether the person knows of the entry by its way: of black from
// the hearing on, of red from the question on.
func told(r Record) bool {
	switch r.State {
	case Nominated, Reported, Verified:
		return false
	case Evaluated, Consulted:
		return r.Kind == Black
	case Heard, Education, Asked, Notice, Listed, Suspended, Appealed, Corrected, Expired, Rejected, Declined, Revoked:
	}
	return true
}

// made reports whether the caller nominated or reported it.
func (s *Service) made(by account.Caller, r Record) bool {
	return by.Known() && r.MakerKey != "" && r.MakerKey == s.makerKey(by.AccountID)
}

// isKin reports whether a caller is whom the entry is about, or near kin of it.
func isKin(by account.Caller, r Record, kin []string) bool {
	if by.ResidentID == "" || r.Private.Resident == "" || broken("redblack.relative") {
		return false
	}
	return by.ResidentID == r.Private.Resident || slices.Contains(kin, by.ResidentID)
}

func (s *Service) roleName(role string) string {
	if s.opt.RoleName == nil || role == "" {
		return role
	}
	return s.opt.RoleName(account.Role(role))
}

// today is the day in China, 2006-01-02.
func today(now time.Time) string { return now.In(calendar.China).Format(time.DateOnly) }

// cut shortens what a client sent before it is shown back.
func cut(text string) string {
	r := []rune(strings.ToValidUTF8(text, "?"))
	return string(r[:min(len(r), 20)])
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
	case n < least:
		w.add(at, "“%s”至少写 %d 个字。", name, least)
	case n > most:
		w.add(at, "“%s”最多写 %d 个字。", name, most)
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f }) {
		w.add(at, "“%s”中有无法识别的字符。", name)
	}
}

// shownText refuses a text that would be shown and must not: private data,
// refused words, a name of whom it is about or of the household.
func (s *Service) shownText(place region.Code, at, text string, names []string) error {
	if err := s.opt.Screening.Refuse(place, ErrPrivate, screening.Part{Location: at, Text: text}); err != nil {
		return err
	}
	if err := s.opt.Rules.refuseWords(at, text); err != nil {
		return err
	}
	if holdsName(text, names) {
		return ErrNamesPerson.At(at, "请只写事情，不写人的姓名。")
	}
	return nil
}

// clauseFor gives the clause of a code where it was announced, is in force and
// leads to the list; redblack.not_announced, redblack.clause_not_in_force.
func (s *Service) clauseFor(ctx context.Context, village region.Code, code string, kind Kind, now time.Time, turned bool) (ClauseRef, error) {
	a, err := s.store.BoardAnnouncement(ctx, village)
	if err != nil {
		return ClauseRef{}, err
	}
	if a.From > today(now) {
		return ClauseRef{}, ErrNotAnnounced
	}
	announced := slices.ContainsFunc(a.Clauses, func(c AnnouncedClause) bool { return c.Code == code && (c.List == kind || turned) })
	if !announced {
		return ClauseRef{}, ErrClauseNotInForce.At("body.clause", "没有公布这一条。")
	}
	text, c, err := s.inForce(ctx, village, code, now)
	if err != nil {
		return ClauseRef{}, err
	}
	if string(c.List) != string(kind) && (!turned || !c.TurnsRed) {
		return ClauseRef{}, ErrClauseNotInForce.At("body.clause", "这一条现在不再上这个榜。")
	}
	return refOf(text, c), nil
}

// inForce gives a clause of the covenant in force.
func (s *Service) inForce(ctx context.Context, village region.Code, code string, now time.Time) (covenant.InForce, covenant.Clause, error) {
	text, err := s.opt.Covenants.InForce(ctx, village, covenant.Covenant, now)
	if f := fault.Of(err); f != nil && f.Kind != fault.Internal && f.Kind != fault.Unavailable {
		return text, covenant.Clause{}, ErrClauseNotInForce.At("body.clause", "本村现在没有生效的村规民约。")
	}
	if err != nil {
		return text, covenant.Clause{}, err
	}
	c, ok := text.Clause(code)
	if !ok {
		return text, c, ErrClauseNotInForce.At("body.clause", "现行村规民约里没有这一条。")
	}
	return text, c, nil
}

func refOf(text covenant.InForce, c covenant.Clause) ClauseRef {
	return ClauseRef{Code: c.Code, Text: c.Text, CovenantID: text.CovenantID, Version: text.Version, Topic: c.Topic}
}

// objects gives the caller's own pictures by id, in the order asked.
// redblack.media_invalid.
func (s *Service) objects(ctx context.Context, by account.Caller, ids []string, most int) error {
	if len(ids) == 0 {
		return nil
	}
	if len(ids) > most {
		return ErrMedia.At("body.media", "最多 %d 个文件。", most)
	}
	found, err := s.opt.Media.Objects(ctx, ids)
	if err != nil {
		return err
	}
	for i, id := range ids {
		at := slices.IndexFunc(found, func(o media.Object) bool { return o.ID == id })
		if at < 0 || found[at].Owner != by.AccountID || found[at].Kind == media.MP3 || slices.Contains(ids[:i], id) {
			return ErrMedia.At("body.media", "没有找到附件“%s”，请重新上传。", cut(id))
		}
	}
	return nil
}
