package ballot

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/media"
	"cunwu/service/region"
)

// SheetState is where a sheet of paper stands.
type SheetState string

// States of a sheet.
const (
	SheetPending   SheetState = "pending"
	SheetConfirmed SheetState = "confirmed"
	SheetRefused   SheetState = "refused"
)

// Sheet is a ballot paper that a clerk entered and a supervisor compares with
// its picture. It is a cast only once it is confirmed.
type Sheet struct {
	Ballot    int64
	Number    int
	Voter     int64
	Subject   string // as the clerk named the voter
	Pattern   string
	MediaID   string
	State     SheetState
	EnteredBy string
	EnteredAt time.Time
	DecidedBy string
	DecidedAt time.Time
}

// EnterSheet stores what a paper says; the cast is made by ConfirmSheet.
func (s *Service) EnterSheet(ctx context.Context, by account.Caller, act audit.Act, id, voter string, m Mark, mediaID string) (Sheet, error) {
	r, err := s.known(ctx, by, id)
	if err != nil {
		return Sheet{}, err
	}
	if r.Sealed { // what a paper says stays without a name: see MarkAtTable
		return Sheet{}, ErrSealedWay
	}
	if !r.Valid(m) {
		return Sheet{}, ErrChoice
	}
	if err := s.picture(ctx, by, mediaID); err != nil {
		return Sheet{}, err
	}
	grant, err := s.opt.Powers.May(by, PowerEnter, r.Region.At(region.Village))
	if err != nil {
		return Sheet{}, err
	}
	if err := r.Takes(s.opt.Clock.Now()); err != nil {
		return Sheet{}, err
	}
	n, err := s.find(ctx, r, voter)
	if err != nil {
		return Sheet{}, err
	}
	var out Sheet
	err = s.store.InTx(ctx, act.As(string(grant.Role), string(grant.Region)), func(tx Tx) error {
		var err error
		out, err = tx.AddSheet(ctx, Sheet{
			Ballot: r.Number, Voter: n, Subject: voter, Pattern: m.Pattern(), MediaID: mediaID, State: SheetPending,
			EnteredBy: by.AccountID, EnteredAt: tx.Now(),
		})
		if err != nil {
			return err
		}
		if err := tx.Record(ctx, event("ballot.sheet", r, nil)); err != nil {
			return err
		}
		return tx.Answer(ctx, out)
	})
	return out, err
}

// picture demands an image that the caller has uploaded.
func (s *Service) picture(ctx context.Context, by account.Caller, id string) error {
	if id == "" {
		return ErrImage.At("body.media", "没有照片")
	}
	os, err := s.opt.Media.Objects(ctx, []string{id})
	if err != nil {
		return err
	}
	for _, o := range os {
		if o.ID == id && o.Owner == by.AccountID && (o.Kind == media.JPEG || o.Kind == media.PNG) {
			return nil
		}
	}
	return ErrImage.At("body.media", "不是您上传的照片")
}

// DecideSheet confirms a sheet, which casts it, or refuses it. Whoever decides
// is another person than who entered it.
func (s *Service) DecideSheet(ctx context.Context, by account.Caller, act audit.Act, id string, number int, confirm bool) (Sheet, error) {
	r, err := s.known(ctx, by, id)
	if err != nil {
		return Sheet{}, err
	}
	grant, err := s.opt.Powers.May(by, PowerWitness, r.Region.At(region.Village))
	if err != nil {
		return Sheet{}, err
	}
	var out Sheet
	err = s.store.InTx(ctx, act.As(string(grant.Role), string(grant.Region)), func(tx Tx) error {
		sheet, err := tx.SheetForUpdate(ctx, r.Number, number)
		switch {
		case err != nil:
			return err
		case sheet.State != SheetPending:
			return ErrSheetDone
		case sheet.EnteredBy == by.AccountID:
			return ErrSamePerson
		}
		sheet.State, sheet.DecidedBy, sheet.DecidedAt = SheetRefused, by.AccountID, tx.Now()
		if confirm {
			sheet.State = SheetConfirmed
			got, err := tx.PutCasts(ctx, []CastRequest{{
				Ballot: r.Number, Voter: sheet.Voter, Pattern: sheet.Pattern, Origin: Meeting, Tracker: NewTracker(),
			}})
			if err == nil {
				err = got[0].Err
			}
			if err != nil {
				return err
			}
		}
		if err := tx.SaveSheet(ctx, sheet); err != nil {
			return err
		}
		if err := tx.Record(ctx, event("ballot.sheet_"+string(sheet.State), r, nil)); err != nil {
			return err
		}
		out = sheet
		return tx.Answer(ctx, out)
	})
	return out, err
}

// Sheets lists the sheets of a ballot to those who enter or compare them.
func (s *Service) Sheets(ctx context.Context, by account.Caller, id string) ([]Sheet, error) {
	r, err := s.known(ctx, by, id)
	if err != nil {
		return nil, err
	}
	if !s.may(by, PowerEnter, r.Region) && !s.may(by, PowerWitness, r.Region) {
		return nil, ErrMayNot
	}
	return s.store.BallotSheets(ctx, r.Number)
}

// AssistTime is how long a session of help may last (U V-9).
const AssistTime = 30 * time.Minute

// Assist is a session in which somebody is helped to vote: for one voter and
// one ballot, for one cast.
type Assist struct {
	TokenHash []byte
	Ballot    int64
	Voter     int64
	Helper    string // account
	Consent   string // how the voter agreed
	OpenedAt  time.Time
	ExpiresAt time.Time
	UsedAt    time.Time
}

// AssistPass is a fresh session: the token is shown this once.
type AssistPass struct {
	Token     string
	ExpiresAt time.Time
}

// Assist opens a session of help. consent says how the voter agreed.
func (s *Service) Assist(ctx context.Context, by account.Caller, act audit.Act, id, voter, consent string) (AssistPass, error) {
	r, err := s.known(ctx, by, id)
	if err != nil {
		return AssistPass{}, err
	}
	if consent = strings.TrimSpace(consent); len([]rune(consent)) < leastReason || len([]rune(consent)) > mostReason {
		return AssistPass{}, ErrConsent.At("body.consent", "写明本人如何同意")
	}
	grant, err := s.opt.Powers.May(by, PowerAssist, r.Region.At(region.Village))
	if err != nil {
		return AssistPass{}, err
	}
	if err := r.Takes(s.opt.Clock.Now()); err != nil {
		return AssistPass{}, err
	}
	n, err := s.find(ctx, r, voter)
	if err != nil {
		return AssistPass{}, err
	}
	var secret [20]byte
	_, _ = rand.Read(secret[:]) // crypto/rand never fails: the runtime aborts instead
	token := AssistPrefix + strings.ToLower(base32.StdEncoding.EncodeToString(secret[:]))
	hash := sha256.Sum256([]byte(token))
	var out AssistPass
	err = s.store.InTx(ctx, act.As(string(grant.Role), string(grant.Region)), func(tx Tx) error {
		a := Assist{
			TokenHash: hash[:], Ballot: r.Number, Voter: n, Helper: by.AccountID, Consent: consent,
			OpenedAt: tx.Now(), ExpiresAt: tx.Now().Add(AssistTime),
		}
		if a.ExpiresAt.After(r.ClosesAt) {
			a.ExpiresAt = r.ClosesAt
		}
		if err := tx.AddAssist(ctx, a); err != nil {
			return err
		}
		if err := tx.Record(ctx, event("ballot.assist", r, nil)); err != nil {
			return err
		}
		out = AssistPass{Token: token, ExpiresAt: a.ExpiresAt}
		return tx.Answer(ctx, out)
	})
	return out, err
}
