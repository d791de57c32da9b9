package council

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/media"
	"cunwu/service/procedure"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// Technical limits; they come from no rule.
const (
	leastName, mostName   = 2, 40
	leastTitle, mostTitle = 2, 60
	mostPlan              = 1000
	mostPage              = 50
)

// Places is what the package needs of the tree of places.
type Places interface {
	// Active gives a place of one of the levels that is in the current edition.
	Active(ctx context.Context, code region.Code, levels ...region.Level) (region.Region, error)
	// Names gives the names of those of the codes that exist.
	Names(ctx context.Context, codes []region.Code) (map[region.Code]string, error)
}

// PowerTable says what a caller may do where.
type PowerTable interface {
	// May gives the grant under which a power is held, or auth.required,
	// auth.stale, account.not_allowed.
	May(c account.Caller, power string, at region.Code) (account.Grant, error)
}

// Roll is what the package needs of the rolls of villages.
type Roll interface {
	// OnRoll gives a person who is on a roll now; false where there is none such.
	OnRoll(ctx context.Context, residentID string) (account.RollEntry, bool, error)
	// Holders gives the residents who hold a role within a place at a time.
	Holders(ctx context.Context, role account.Role, within region.Code, on time.Time) ([]string, error)
}

// Media is what the package needs of the attachments.
type Media interface {
	// Objects gives those of the ids that exist, in any order.
	Objects(ctx context.Context, ids []string) ([]media.Object, error)
}

// Postings is what the package needs of the disclosures.
type Postings interface {
	// Draft begins a posting.
	Draft(ctx context.Context, by account.Caller, act audit.Act, in disclosure.NewDraft) (disclosure.Posting, error)
}

// Options are what the service works with. All but the last are required.
type Options struct {
	Procedures *procedure.Service
	Places     Places
	Powers     PowerTable
	Roll       Roll
	Media      Media
	Postings   Postings
	Rules      *Rules
	Screening  *screening.Screen
	Clock      calendar.Clock
	// RoleName gives the Chinese name of a role. Nil: its identifier.
	RoleName func(account.Role) string
}

// Service is the bodies of villages. It is safe for concurrent use.
type Service struct {
	store Store
	opt   Options
}

// New makes the service.
func New(store Store, opt Options) *Service { return &Service{store: store, opt: opt} }

// Rules gives the kinds, offices and limits.
func (s *Service) Rules() *Rules { return s.opt.Rules }

// Known gives nil where there is such a body, else council.not_found.
func (s *Service) Known(ctx context.Context, _ account.Caller, id string) error {
	_, err := s.store.CouncilByID(ctx, id)
	return err
}

// KnownActivity gives nil where there is such an activity, else
// council.activity_not_found.
func (s *Service) KnownActivity(ctx context.Context, _ account.Caller, id string) error {
	_, err := s.store.CouncilActivity(ctx, id)
	return err
}

// manages reports whether a caller has the power over the bodies of a village; a
// sign-in too old to act counts, since the power is there.
func (s *Service) manages(by account.Caller, village region.Code) bool {
	_, err := s.opt.Powers.May(by, PowerManage, village)
	return err == nil || errors.Is(err, account.ErrStale)
}

// office demands the power and gives the act in its name.
func (s *Service) office(by account.Caller, act audit.Act, village region.Code) (audit.Act, error) {
	g, err := s.opt.Powers.May(by, PowerManage, village)
	return act.As(string(g.Role), string(g.Region)), err
}

func (s *Service) roleName(role string) string {
	if s.opt.RoleName == nil || role == "" {
		return role
	}
	return s.opt.RoleName(account.Role(role))
}

// today is the day in China, 2006-01-02.
func (s *Service) today() string { return day(s.opt.Clock.Now()) }

func day(t time.Time) string { return t.In(calendar.China).Format(time.DateOnly) }

// parseDay reads 2006-01-02 of a year that a village may have records of.
func parseDay(text string) (time.Time, bool) {
	t, err := time.ParseInLocation(time.DateOnly, text, calendar.China)
	return t, err == nil && t.Year() >= 1949 && t.Year() < 2200
}

// screened refuses texts that hold what must not be published; texts are by
// where they were sent.
func (s *Service) screened(place region.Code, texts ...screening.Part) error {
	return s.opt.Screening.Refuse(place, ErrPrivate, texts...)
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
	if screening.Unreadable(text) {
		w.add(at, "“%s”中有无法识别的字符。", name)
	}
}

func trim(texts ...*string) {
	for _, t := range texts {
		*t = strings.TrimSpace(*t)
	}
}

// cut shortens what a client sent before it is shown back.
func cut(text string) string {
	r := []rune(strings.ToValidUTF8(text, "?"))
	return string(r[:min(len(r), 20)])
}
