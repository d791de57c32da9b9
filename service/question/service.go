package question

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/procedure"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// Technical limits; they come from no rule.
const (
	minText    = 5
	maxText    = 300
	mostPerDay = 10 // questions of one account in a day, so that nobody floods a village
	maxPage    = 50
)

// Postings is what the package needs of the disclosures.
type Postings interface {
	// Known gives disclosure.not_found unless the caller may know of a posting.
	Known(ctx context.Context, by account.Caller, id string) error
	// Posting gives one posting as the caller may see it.
	Posting(ctx context.Context, by account.Caller, id string) (disclosure.Posting, error)
	// Draft begins a posting.
	Draft(ctx context.Context, by account.Caller, act audit.Act, in disclosure.NewDraft) (disclosure.Posting, error)
}

// Places is what the package needs of the tree of places.
type Places interface {
	// Active gives a place of a level that is in the current edition.
	Active(ctx context.Context, code region.Code, levels ...region.Level) (region.Region, error)
	// Names gives the names of those of the codes that exist, in any state.
	Names(ctx context.Context, codes []region.Code) (map[region.Code]string, error)
}

// Powers says what a caller may do where.
type Powers interface {
	// May gives the grant under which a power is held, or auth.required,
	// auth.stale, account.not_allowed.
	May(c account.Caller, power string, at region.Code) (account.Grant, error)
}

// Options are what the service works with. All but the last two are required.
type Options struct {
	Procedures *procedure.Service
	Postings   Postings
	Places     Places
	Powers     Powers
	Screening  *screening.Screen
	Clock      calendar.Clock
	// MaskedNames gives the masked names of accounts, for those who must
	// answer. Nil: no names at all.
	MaskedNames func(ctx context.Context, accountIDs []string) (map[string]string, error)
	// RoleName gives the Chinese name of a role. Nil: its identifier.
	RoleName func(account.Role) string
}

// Service is the questions of villages. It is safe for concurrent use.
type Service struct {
	store Store
	opt   Options
}

// New makes the service.
func New(store Store, opt Options) *Service { return &Service{store: store, opt: opt} }

// holds reports whether a caller has a power at a place; a sign-in too old to
// act counts, since the power is there.
func (s *Service) holds(by account.Caller, power string, at region.Code) bool {
	_, err := s.opt.Powers.May(by, power, at)
	return err == nil || errors.Is(err, account.ErrStale)
}

// mustAnswer reports whether a caller is one of those who owe the answer, and
// may therefore read who asked, by a masked name.
func (s *Service) mustAnswer(by account.Caller, q Record) bool {
	return s.holds(by, answerPower, q.Region) || s.holds(by, decidePower, q.Region)
}

// raised reports whether the caller is who raised a question.
func (s *Service) raised(by account.Caller, q Record) bool {
	if q.Kind == Objected {
		return s.holds(by, objectPower, q.Region)
	}
	return by.Known() && by.AccountID == q.Asker
}

// mayOn gives the question that a case asks of its actor's powers, and
// remembers the refusal that says more than "no".
func (s *Service) mayOn(by account.Caller, q Record) (may func(power string) bool, stale *error) {
	stale = new(error)
	return func(power string) bool {
		if power == OwnPower && q.Kind == Asked {
			return s.raised(by, q)
		}
		if power == OwnPower {
			power = objectPower
		} else if by.AccountID == q.Asker {
			return false // nobody answers themselves
		}
		_, err := s.opt.Powers.May(by, power, q.Region)
		if errors.Is(err, account.ErrStale) {
			*stale = err
		}
		return err == nil
	}, stale
}

// insider reports whether a caller works with the questions of a village: its
// officers by their powers, and officers of the places above.
func (s *Service) insider(by account.Caller, village region.Code) bool {
	for _, g := range by.Grants {
		if g.Region != village && g.Region.Contains(village) {
			return true
		}
	}
	return slices.ContainsFunc([]string{answerPower, decidePower, objectPower}, func(p string) bool {
		return s.holds(by, p, village)
	})
}

// readable reports whether a caller may read a question. What was asked about a
// list of persons goes from sight with the list.
func (s *Service) readable(by account.Caller, q Record, about disclosure.State) bool {
	switch {
	case s.raised(by, q), s.insider(by, q.Region):
		return true
	case about == disclosure.Expired:
		return false
	}
	return q.Public || by.ReadsVillage(q.Region)
}

// known gives a question that the caller may know of, or question.not_found.
func (s *Service) known(ctx context.Context, by account.Caller, id string) (Record, error) {
	q, err := s.store.QuestionRecord(ctx, id)
	if err != nil {
		return Record{}, err
	}
	about, err := s.store.QuestionPostings(ctx, []string{q.PostingID})
	if err != nil {
		return Record{}, err
	}
	if len(about) == 0 || !s.readable(by, q, about[0].State) {
		return Record{}, ErrNotFound
	}
	return q, nil
}

// Known gives question.not_found unless the caller may know that the question
// exists; doors ask it before they look at what was sent.
func (s *Service) Known(ctx context.Context, by account.Caller, id string) error {
	_, err := s.known(ctx, by, id)
	return err
}

// screened refuses what must not be published.
func (s *Service) screened(at region.Code, location, text string) error {
	return s.opt.Screening.Refuse(at, ErrPrivate, screening.Part{Location: location, Text: text})
}

// checkText gives the trimmed text of a question, or says what is wrong.
func checkText(text string) (string, error) {
	text = strings.TrimSpace(text)
	n := utf8.RuneCountInString(text)
	switch {
	case screening.Visible(text) < minText:
		return "", fault.ErrInvalid.At("body.text", "请把问题写清楚，至少 %d 个字。", minText)
	case n > maxText:
		return "", fault.ErrInvalid.At("body.text", "问题最多 %d 个字，现在是 %d 个字。", maxText, n)
	case screening.Unreadable(text):
		return "", fault.ErrInvalid.At("body.text", "内容里有不能显示的字符，请重新输入。")
	}
	return text, nil
}

// signature is the masked name and the office of whoever answers.
func (s *Service) signature(by account.Caller, role account.Role) string {
	return screening.Signature(by, role, s.opt.RoleName)
}
