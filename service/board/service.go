package board

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/media"
	"cunwu/service/outbox"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// Powers of offices, as the table of powers names them.
const (
	photoPower   = "board.photo"
	confirmPower = "board.confirm"
)

// Length of a reason, in characters.
const (
	minReason = 2
	maxReason = 200
)

// Postings is what the package needs of the disclosures.
type Postings interface {
	// Known gives disclosure.not_found unless the caller may know of a posting.
	Known(ctx context.Context, by account.Caller, id string) error
}

// Powers says what a caller may do where.
type Powers interface {
	// May gives the grant under which a power is held, or auth.required,
	// auth.stale, account.not_allowed.
	May(c account.Caller, power string, at region.Code) (account.Grant, error)
}

// Options are what the service works with. RoleName may be nil.
type Options struct {
	Postings  Postings
	Powers    Powers
	Screening *screening.Screen
	Clock     calendar.Clock
	RoleName  func(account.Role) string
}

// Service is the photos of boards. It is safe for concurrent use.
type Service struct {
	store Store
	opt   Options
}

// New makes the service.
func New(store Store, opt Options) *Service { return &Service{store: store, opt: opt} }

// NewPhoto is a photo of the board with a posting on it. Media is an upload of
// the caller, a picture.
type NewPhoto struct {
	PostingID string
	Media     string
	TakenOn   string // 2006-01-02
}

// Post adds a photo (power board.photo). Refusals: auth.required, auth.stale,
// disclosure.not_found, request.invalid, account.not_allowed,
// board.not_standing, board.posted_already.
func (s *Service) Post(ctx context.Context, by account.Caller, act audit.Act, in NewPhoto) (Photo, error) {
	if !by.Known() {
		return Photo{}, account.ErrRequired
	}
	if err := s.opt.Postings.Known(ctx, by, in.PostingID); err != nil {
		return Photo{}, err
	}
	about, err := s.store.BoardPosting(ctx, in.PostingID)
	if err != nil {
		return Photo{}, err
	}
	picture, err := s.picture(ctx, by, in.Media)
	if err != nil {
		return Photo{}, err
	}
	if err := checkDay(in.TakenOn, about, s.opt.Clock.Now()); err != nil {
		return Photo{}, err
	}
	grant, err := s.opt.Powers.May(by, photoPower, about.Region)
	if err != nil {
		return Photo{}, err
	}
	act = act.As(string(grant.Role), string(grant.Region))
	var out Photo
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		about, _, err := tx.PostingForUpdate(ctx, in.PostingID)
		if err != nil {
			return err
		}
		if !standing(about) {
			return ErrNotStanding
		}
		rec := Record{
			ID: audit.NewID(), PostingID: about.ID, Version: about.Version, Region: about.Region, MediaID: picture.ID,
			TakenOn: in.TakenOn, State: Posted, Uploader: by.AccountID, UploadedBy: s.signature(by, grant.Role), UploadedAt: tx.Now(),
		}
		if rec.Serial, err = tx.AddBoardPhoto(ctx, rec); err != nil {
			return err
		}
		if err := told(ctx, tx, EventPosted, about.ItemCode, rec); err != nil {
			return err
		}
		out = s.view(by, rec, picture)
		return tx.Answer(ctx, out)
	})
	return out, err
}

// standing reports whether a posting is up now.
func standing(r disclosure.Record) bool {
	return r.State == disclosure.Published || r.State == disclosure.Archived
}

// picture gives an upload of the caller that is a picture.
func (s *Service) picture(ctx context.Context, by account.Caller, id string) (media.Object, error) {
	found, err := s.store.Objects(ctx, []string{id})
	if err != nil {
		return media.Object{}, err
	}
	switch {
	case len(found) == 0 || found[0].Owner != by.AccountID:
		return media.Object{}, fault.ErrInvalid.At("body.media", "没有找到这张照片，请重新上传。")
	case found[0].Kind != media.JPEG && found[0].Kind != media.PNG:
		return media.Object{}, fault.ErrInvalid.At("body.media", "公开栏照片要是图片。")
	}
	return found[0], nil
}

// checkDay refuses days on which the posting cannot have hung there.
func checkDay(text string, about disclosure.Record, now time.Time) error {
	day, err := time.ParseInLocation(time.DateOnly, text, calendar.China)
	switch {
	case err != nil:
		return fault.ErrInvalid.At("body.taken_on", "拍摄日期不对，应写成 2026-09-18 这样。")
	case day.After(now):
		return fault.ErrInvalid.At("body.taken_on", "拍摄日期不能在今天以后。")
	case standing(about) && day.Before(calendar.Day(about.PublishedAt)):
		return fault.ErrInvalid.At("body.taken_on", "拍摄日期不能早于公布日期 %s。", about.PublishedAt.In(calendar.China).Format(time.DateOnly))
	}
	return nil
}

// Decision confirms or refuses a photo; a refusal needs a reason.
type Decision struct {
	ID     string
	Action string // Confirm or Refuse
	Reason string
}

// Act decides on a photo (power board.confirm), as somebody else than the
// uploader. Refusals: auth.required, auth.stale, board.not_found,
// board.action_unknown, request.invalid, board.private_data,
// account.not_allowed, board.same_person, board.decided.
func (s *Service) Act(ctx context.Context, by account.Caller, act audit.Act, in Decision) (Photo, error) {
	if !by.Known() {
		return Photo{}, account.ErrRequired
	}
	rec, about, err := s.known(ctx, by, in.ID)
	if err != nil {
		return Photo{}, err
	}
	in.Reason = strings.TrimSpace(in.Reason)
	if err := s.checkDecision(rec.Region, in); err != nil {
		return Photo{}, err
	}
	grant, err := s.opt.Powers.May(by, confirmPower, rec.Region)
	if err != nil {
		return Photo{}, err
	}
	if rec.Uploader == by.AccountID {
		return Photo{}, ErrSamePerson
	}
	pictures, err := s.pictures(ctx, []Record{rec})
	if err != nil {
		return Photo{}, err
	}
	var out Photo
	err = s.store.InTx(ctx, act.As(string(grant.Role), string(grant.Region)), func(tx Tx) error {
		rec := rec // the closure may run again
		rec.State, rec.Reason = Confirmed, ""
		event := EventConfirmed
		if in.Action == Refuse {
			rec.State, rec.Reason, event = Refused, in.Reason, EventRefused
		}
		rec.Decider, rec.DecidedBy, rec.DecidedAt = by.AccountID, s.signature(by, grant.Role), tx.Now()
		if err := tx.DecideBoardPhoto(ctx, rec); err != nil {
			return err
		}
		if err := told(ctx, tx, event, about.ItemCode, rec); err != nil {
			return err
		}
		if err := tx.RegionChanged(ctx, rec.Region); err != nil {
			return err
		}
		out = s.view(by, rec, pictures[rec.MediaID])
		return tx.Answer(ctx, out)
	})
	return out, err
}

func (s *Service) checkDecision(at region.Code, in Decision) error {
	n := utf8.RuneCountInString(in.Reason)
	switch {
	case in.Action != Confirm && in.Action != Refuse:
		return ErrAction.At("body.action", "只能是 %s 或 %s。", Confirm, Refuse)
	case in.Action == Refuse && n < minReason:
		return fault.ErrInvalid.At("body.reason", "请写明为什么退回。")
	case n > maxReason || strings.ContainsFunc(in.Reason, unicode.IsControl):
		return fault.ErrInvalid.At("body.reason", "理由最多 %d 个字，不能有特殊字符。", maxReason)
	}
	return s.opt.Screening.Refuse(at, ErrPrivate, screening.Part{Location: "body.reason", Text: in.Reason})
}

// told journals and announces what was done with a photo.
func told(ctx context.Context, tx Tx, kind, item string, r Record) error {
	err := tx.Record(ctx, audit.Event{
		Action: kind, Object: "board_photo", ObjectID: r.ID, Region: string(r.Region), Result: "ok",
		Detail: map[string]string{"posting": r.PostingID, "media": r.MediaID, "taken_on": r.TakenOn},
	})
	if err != nil {
		return err
	}
	return tx.Announce(ctx, outbox.Event{Kind: kind, Region: r.Region, Subject: r.ID, Facts: map[string]string{
		"posting": r.PostingID, "item": item, "taken_on": r.TakenOn,
	}})
}

// Photos lists the photos of a posting that the caller may see, newest first:
// the confirmed ones of what stands; to officers of the village and of the
// places above also those that wait or were refused, with the reason. The zero
// Caller is a stranger. disclosure.not_found.
func (s *Service) Photos(ctx context.Context, by account.Caller, postingID string) ([]Photo, error) {
	if err := s.opt.Postings.Known(ctx, by, postingID); err != nil {
		return nil, err
	}
	about, err := s.store.BoardPosting(ctx, postingID)
	if err != nil {
		return nil, err
	}
	recs, err := s.store.BoardPhotos(ctx, postingID)
	if err != nil {
		return nil, err
	}
	recs = slices.DeleteFunc(recs, func(r Record) bool { return !s.visible(by, r, about) })
	pictures, err := s.pictures(ctx, recs)
	if err != nil {
		return nil, err
	}
	out := make([]Photo, len(recs))
	for i, r := range recs {
		out[i] = s.view(by, r, pictures[r.MediaID])
	}
	return out, nil
}

// Known gives board.not_found unless the caller may know of the photo.
func (s *Service) Known(ctx context.Context, by account.Caller, id string) error {
	_, _, err := s.known(ctx, by, id)
	return err
}

func (s *Service) known(ctx context.Context, by account.Caller, id string) (Record, disclosure.Record, error) {
	rec, err := s.store.BoardPhoto(ctx, id)
	if err != nil {
		return Record{}, disclosure.Record{}, err
	}
	about, err := s.store.BoardPosting(ctx, rec.PostingID)
	if err != nil {
		return Record{}, disclosure.Record{}, err
	}
	if !s.visible(by, rec, about) || s.opt.Postings.Known(ctx, by, rec.PostingID) != nil {
		return Record{}, disclosure.Record{}, ErrNotFound
	}
	return rec, about, nil
}

// visible reports whether the caller may see a photo. A photo of a version
// that was corrected shows what no longer stands: it stays for officers.
func (s *Service) visible(by account.Caller, r Record, about disclosure.Record) bool {
	switch {
	case about.State == disclosure.Expired:
		return false // a list of persons whose posting time is over
	case s.insider(by, r.Region):
		return true
	case r.State != Confirmed || !standing(about) || r.Version != about.Version:
		return false
	}
	return about.Visibility == disclosure.PublicInternet || by.ReadsVillage(r.Region)
}

// insider reports whether a caller is an officer who works with the boards of
// a village, or of a place above it.
func (s *Service) insider(by account.Caller, village region.Code) bool {
	for _, g := range by.Grants {
		if g.Region != village && g.Region.Contains(village) {
			return true
		}
	}
	return slices.ContainsFunc([]string{photoPower, confirmPower}, func(p string) bool {
		_, err := s.opt.Powers.May(by, p, village)
		return err == nil || errors.Is(err, account.ErrStale)
	})
}

func (s *Service) pictures(ctx context.Context, recs []Record) (map[string]media.Object, error) {
	ids := make([]string, len(recs))
	for i, r := range recs {
		ids[i] = r.MediaID
	}
	found, err := s.store.Objects(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[string]media.Object, len(found))
	for _, o := range found {
		out[o.ID] = o
	}
	return out, nil
}

func (s *Service) view(by account.Caller, r Record, o media.Object) Photo {
	p := Photo{Record: r, Actions: []string{}, Picture: disclosure.Attachment{
		ID: o.ID, Kind: string(o.Kind), Name: "公开栏照片", URL: o.Path(), ThumbURL: o.ThumbPath(),
		Width: o.Width, Height: o.Height, Digest: o.Digest, Size: o.Size,
	}}
	if _, err := s.opt.Powers.May(by, confirmPower, r.Region); err == nil && r.State == Posted && r.Uploader != by.AccountID {
		p.Actions = []string{Confirm, Refuse}
	}
	return p
}

// signature is the masked name and the office of whoever acts.
func (s *Service) signature(by account.Caller, role account.Role) string {
	return screening.Signature(by, role, s.opt.RoleName)
}
