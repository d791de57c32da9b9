package inbox

import (
	"context"
	"log/slog"
	"math/rand/v2"

	"cunwu/service/account"
	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/region"
)

// Places is what the package needs to know of the tree of places.
type Places interface {
	// Active gives a place of the current edition, or region.not_found and the like.
	Active(ctx context.Context, code region.Code, levels ...region.Level) (region.Region, error)
	// Names gives the names of those of the codes that exist.
	Names(ctx context.Context, codes []region.Code) (map[region.Code]string, error)
}

// Postings says what of the postings a caller may know.
type Postings interface {
	// Posting gives one posting, or disclosure.not_found where the caller may not know of it.
	Posting(ctx context.Context, by account.Caller, id string) (disclosure.Posting, error)
}

// Askers gives the accounts that asked or joined a question.
type Askers interface {
	Askers(ctx context.Context, questionID string) ([]string, error)
}

// Addresses ties accounts to their users at WeChat.
type Addresses interface {
	// OpenIDOf gives an account's openid, "" for one that is closed or unknown.
	OpenIDOf(ctx context.Context, accountID string) (string, error)
	// AccountOf gives the account of an openid, "" where there is none.
	AccountOf(ctx context.Context, openID string) (string, error)
}

// Sender hands messages to WeChat. It never fails otherwise than by its report.
type Sender interface {
	Send(ctx context.Context, m Outgoing) Report
}

// Options are what the service works with. Places and Catalogue are required.
type Options struct {
	Places    Places
	Catalogue *disclosure.Catalogue
	Postings  Postings  // nil: postings cannot be followed
	Askers    Askers    // nil: answers reach nobody but those who follow
	Raisers   Raisers   // nil: what becomes of a concern reaches the offices alone
	Entries   Entries   // nil: of the red and black list nobody is told
	Addresses Addresses // needed where Templates are set
	Sender    Sender    // nil: nothing goes to WeChat
	Templates []Template
	Clock     calendar.Clock
	Log       *slog.Logger
	// Observe counts how deliveries end, by outcome and errcode. May be nil.
	Observe func(outcome string, code int64)
	// Jitter gives a number in [0, 1) that spreads the times of retries. Nil: at random.
	Jitter func() float64
}

// Service tells people. It is safe for concurrent use.
type Service struct {
	store Store
	o     Options
	rest  restingTemplates
}

// New makes the service.
func New(store Store, o Options) *Service {
	if o.Clock == nil {
		o.Clock = calendar.System{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Observe == nil {
		o.Observe = func(string, int64) {}
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	return &Service{store: store, o: o, rest: newRestingTemplates()}
}

// template gives the template for a purpose, where one is in use.
func (s *Service) template(p Purpose) (Template, bool) {
	if s.o.Sender == nil {
		return Template{}, false
	}
	for _, t := range s.o.Templates {
		if t.Purpose == p && !s.rest.disabled(t.ID) {
			return t, true
		}
	}
	return Template{}, false
}

func (s *Service) templateByID(id string) (Template, bool) {
	for _, t := range s.o.Templates {
		if t.ID == id {
			return t, true
		}
	}
	return Template{}, false
}
