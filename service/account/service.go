package account

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"cunwu/service/calendar"
	"cunwu/service/region"
)

// Places is what the package needs to know of regions; region.Store has it.
type Places interface {
	// Region gives one place of any state; region.ErrNotFound if there is none.
	Region(ctx context.Context, code region.Code) (region.Region, error)
}

// ExportSource adds what another noun keeps of a person to the export of own
// data. Write gives file names (without folder) and their bytes.
type ExportSource interface {
	ExportOwn(ctx context.Context, c Caller, file func(name string) (io.Writer, error)) error
}

// WriteOwn writes what a noun keeps of a person as one JSON file of the export.
func WriteOwn(file func(name string) (io.Writer, error), name string, what any) error {
	w, err := file(name)
	if err != nil {
		return err
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(what); err != nil {
		return fmt.Errorf("export of own data, %s: %w", name, err)
	}
	return nil
}

// Limits are technical bounds, not rules. A zero field takes the default.
type Limits struct {
	AccountAttempts int           // binding attempts of one account within 24 hours
	PlaceAttempts   int           // binding attempts at one village within 24 hours
	SessionCache    int           // sessions kept in memory
	SessionTTL      time.Duration // how long one is believed without asking the store
	RollBytes       int64         // of an imported file as sent
	RollUnpacked    int64         // of an xlsx unpacked
	RollRows        int
	RollColumns     int
}

// Options of a Service. Policy, Sealer, WeChat, Notices and Places are needed;
// the others have useful zero values.
type Options struct {
	Clock   calendar.Clock
	Policy  *Policy
	Sealer  Sealer
	WeChat  WeChat
	Notices *Notices
	Places  Places
	Limits  Limits
	Exports []ExportSource
	// ReusableCodes says which sign-in and phone codes may be used again; nil
	// for none. Only the demo sets it.
	ReusableCodes func(code string) bool
	// Bars refuses an office for reasons that lie outside of the offices; nil:
	// nothing does. accountID and residentID say whose it would be.
	Bars func(ctx context.Context, role Role, accountID, residentID string) error
}

// Service answers who somebody is, what they may do, and changes it.
type Service struct {
	store  Store
	o      Options
	cache  *sessionCache
	gather *gatherer
}

// New builds the service.
func New(store Store, o Options) *Service {
	if o.Clock == nil {
		o.Clock = calendar.System{}
	}
	if o.ReusableCodes == nil {
		o.ReusableCodes = func(string) bool { return false }
	}
	o.Limits = o.Limits.orDefaults()
	return &Service{
		store: store, o: o, cache: newSessionCache(o.Limits.SessionCache, o.Limits.SessionTTL),
		gather: &gatherer{read: store.Identities},
	}
}

func (l Limits) orDefaults() Limits {
	return Limits{
		AccountAttempts: or(l.AccountAttempts, 5),
		PlaceAttempts:   or(l.PlaceAttempts, 500),
		SessionCache:    or(l.SessionCache, 50_000),
		SessionTTL:      or(l.SessionTTL, time.Second),
		RollBytes:       or(l.RollBytes, 8<<20),
		RollUnpacked:    or(l.RollUnpacked, 64<<20),
		RollRows:        or(l.RollRows, 20_000),
		RollColumns:     or(l.RollColumns, 50),
	}
}

func or[T int | int64 | time.Duration](v, standard T) T {
	if v <= 0 {
		return standard
	}
	return v
}

// May says whether the caller may use a power at a place now, and under which
// appointment. ErrRequired for a stranger, ErrMayNot without the power,
// ErrStale if an officer signed in too long ago to act.
func (s *Service) May(c Caller, power string, at region.Code) (Grant, error) {
	if !c.Known() {
		return Grant{}, ErrRequired
	}
	now := s.o.Clock.Now()
	g, ok := s.o.Policy.May(c, power, at, now)
	if !ok {
		return Grant{}, ErrMayNot
	}
	if s.o.Policy.Stale(c, g, now) {
		return Grant{}, ErrStale
	}
	return g, nil
}

// Policy gives the table of powers in force.
func (s *Service) Policy() *Policy { return s.o.Policy }
