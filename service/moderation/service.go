package moderation

import (
	"context"
	"log/slog"
	"time"

	"cunwu/service/account"
	"cunwu/service/calendar"
	"cunwu/service/media"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// Addresses ties accounts to their users at the platform.
type Addresses interface {
	// OpenIDOf gives an account's openid, "" for one that is closed or unknown.
	OpenIDOf(ctx context.Context, accountID string) (string, error)
}

// PowerTable says what a caller may do where.
type PowerTable interface {
	// May gives the grant under which a power is held, or auth.required,
	// auth.stale, account.not_allowed.
	May(c account.Caller, power string, at region.Code) (account.Grant, error)
}

// Files is what the package needs of the attachments.
type Files interface {
	// Objects gives those of the ids that exist, in any order.
	Objects(ctx context.Context, ids []string) ([]media.Object, error)
	// Fetch gives stored bytes by name, whoever asks. media.ErrNotFound.
	Fetch(ctx context.Context, name string) (media.File, error)
}

// Places names places.
type Places interface {
	Names(ctx context.Context, codes []region.Code) (map[region.Code]string, error)
}

// Kind is a noun, or a part of one, that is checked.
type Kind struct {
	Name  string // in Chinese, for moderators and the log
	Power string // of those who decide
	// Texts gives the texts of subjects by id, for a moderator. Nil: there are none.
	Texts func(ctx context.Context, by account.Caller, ids []string) (map[string]string, error)
}

// Options are what the service works with. Rules, Powers, Places, Clock and Kinds are
// required.
type Options struct {
	Rules  *Rules
	Powers PowerTable
	Places Places
	Clock  calendar.Clock
	Kinds  map[string]Kind // by Subject.Kind
	// Checker asks the platform. Nil: a person decides on everything.
	Checker   Checker
	Addresses Addresses // required with Checker
	// AppID is that of the mini-program: answers for another are not taken.
	AppID string
	Files Files
	// Site is our public address without a slash at the end, from which the
	// platform fetches files. "": a person looks at every file.
	Site string
	// Sign gives a keyed digest of a text, for the addresses of files. Nil: as
	// without Site.
	Sign      func(text string) []byte
	Screening *screening.Screen // of reasons; nil: none
	// RoleName gives the Chinese name of a role. Nil: its identifier.
	RoleName func(account.Role) string
	Log      *slog.Logger
	// Observe counts what came of checks, by "text" or "media" and outcome. Nil: nobody counts.
	Observe func(what, outcome string)
}

// Service sees to checks. It is safe for concurrent use.
type Service struct {
	store Store
	o     Options
}

// New makes the service.
func New(store Store, o Options) *Service {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Observe == nil {
		o.Observe = func(string, string) {}
	}
	if o.RoleName == nil {
		o.RoleName = func(r account.Role) string { return string(r) }
	}
	return &Service{store: store, o: o}
}

// Rules gives kinds of violations and times.
func (s *Service) Rules() *Rules { return s.o.Rules }

// openID gives the user of an account at the platform, or why there is none.
func (s *Service) openID(ctx context.Context, accountID string) (id string, err error) {
	if s.o.Addresses == nil || accountID == "" {
		return "", nil
	}
	return s.o.Addresses.OpenIDOf(ctx, accountID)
}

// now is the time outside of transactions.
func (s *Service) now() time.Time { return s.o.Clock.Now() }
