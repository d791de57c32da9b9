package ballot

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"slices"
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
	Image     string // where the picture is, in lists
	State     SheetState
	EnteredBy string
	EnteredAt time.Time
	DecidedBy string
	DecidedAt time.Time
}

// EnterSheet stores what a paper says, with its picture; the cast is made by
// DecideSheet. Of a sealed ballot it stores who put a paper into the box, and
// neither choice nor picture.
func (s *Service) EnterSheet(ctx context.Context, by account.Caller, act audit.Act, id, voter string, m Mark, mediaID string) (Sheet, error) {
	r, err := s.known(ctx, by, id)
	if err != nil {
		return Sheet{}, err
	}
	if err := s.readable(ctx, by, r, m, mediaID); err != nil {
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

// readable checks what is entered of a paper.
func (s *Service) readable(ctx context.Context, by account.Caller, r Record, m Mark, mediaID string) error {
	if r.Sealed {
		if mediaID != "" || len(m.Choices) > 0 || len(m.Scores) > 0 {
			return ErrBlankSheet
		}
		return nil
	}
	if !r.Valid(m) {
		return ErrChoice
	}
	return s.picture(ctx, by, r, mediaID)
}

// picture demands an image that the caller has uploaded, and of which no other
// paper of the ballot was entered.
func (s *Service) picture(ctx context.Context, by account.Caller, r Record, id string) error {
	if id == "" {
		return ErrImage.At("body.media", "没有照片")
	}
	sheets, err := s.store.BallotSheets(ctx, r.Number)
	if err != nil {
		return err
	}
	ids := []string{id}
	for _, other := range sheets {
		if other.State != SheetRefused {
			ids = append(ids, other.MediaID)
		}
	}
	os, err := s.objects(ctx, ids)
	if err != nil {
		return err
	}
	o, ok := os[id]
	if !ok || o.Owner != by.AccountID || o.Kind != media.JPEG && o.Kind != media.PNG {
		return ErrImage.At("body.media", "不是您上传的照片")
	}
	for _, other := range ids[1:] {
		if os[other].Digest == o.Digest {
			return ErrImageUsed
		}
	}
	return nil
}

// objects gives attachments by id, asked for in parts that a statement bears.
func (s *Service) objects(ctx context.Context, ids []string) (map[string]media.Object, error) {
	out := make(map[string]media.Object, len(ids))
	for part := range slices.Chunk(ids, objectsMost) {
		os, err := s.opt.Media.Objects(ctx, part)
		if err != nil {
			return nil, err
		}
		for _, o := range os {
			out[o.ID] = o
		}
	}
	return out, nil
}

const objectsMost = 500

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
			got, err := tx.PutCasts(ctx, []CastRequest{r.atTable(sheet)})
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

// atTable is the cast that a compared paper makes. Of a sealed ballot it only
// marks the roll; an earlier sealed cast is dropped at closing.
func (r Record) atTable(sheet Sheet) CastRequest {
	q := CastRequest{Ballot: r.Number, Voter: sheet.Voter, Origin: Meeting}
	if r.Sealed {
		q.SealedBy = ByTable
		return q
	}
	q.Pattern, q.Tracker = sheet.Pattern, NewTracker()
	return q
}

// Sheets lists the sheets of a ballot to those who enter or compare them. What a
// paper says is shown to who compares it, and to who entered it, until it is
// decided on; of all papers together only when the result is public, so that
// nobody counts along.
func (s *Service) Sheets(ctx context.Context, by account.Caller, id string) ([]Sheet, error) {
	r, err := s.known(ctx, by, id)
	if err != nil {
		return nil, err
	}
	if !s.may(by, PowerEnter, r.Region) && !s.may(by, PowerWitness, r.Region) {
		return nil, ErrMayNot
	}
	sheets, err := s.store.BallotSheets(ctx, r.Number)
	if err != nil {
		return nil, err
	}
	compares := s.may(by, PowerWitness, r.Region)
	var shown []string
	for i := range sheets {
		sh := &sheets[i]
		if sh.State == SheetPending && (compares || sh.EnteredBy == by.AccountID) {
			shown = append(shown, sh.MediaID)
		} else if r.State != Certified {
			sh.Pattern = ""
		}
	}
	os, err := s.objects(ctx, shown)
	for i, sh := range sheets {
		if o, ok := os[sh.MediaID]; ok {
			sheets[i].Image = o.Path()
		}
	}
	return sheets, err
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
