// Package board is the photo of the physical board: the proof that what is
// published here also hangs where people without a phone read it. One officer
// photographs, another one of the supervisory committee confirms.
//
// Invariants: a photo belongs to one version of one posting; it is shown to
// others only once somebody else than the uploader confirmed it, and only while
// that version's text may be read; a refused photo stays, unseen, with the
// reason.
package board

import (
	"context"
	"time"

	"cunwu/service/audit"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/media"
	"cunwu/service/outbox"
	"cunwu/service/region"
)

// State is where a photo stands.
type State string

// States of a photo.
const (
	Posted    State = "posted"    // waits for the supervisory committee
	Confirmed State = "confirmed" // shown
	Refused   State = "refused"   // kept, not shown
)

// Actions on a photo.
const (
	Confirm = "confirm"
	Refuse  = "refuse"
)

// Kinds of events that this package announces (see package outbox). Region is
// the village, Subject the photo's id. Facts: posting, item, taken_on.
const (
	EventPosted    = "board.posted"
	EventConfirmed = "board.confirmed"
	EventRefused   = "board.refused" // facts have no reason: it is text
)

// Record is a photo as the archive keeps it.
type Record struct {
	ID         string
	Serial     int64 // given by the archive
	PostingID  string
	Version    int // of the posting when it was photographed
	Region     region.Code
	MediaID    string
	TakenOn    string // 2006-01-02
	State      State
	Uploader   string // account id
	UploadedBy string // masked name and office
	UploadedAt time.Time
	Decider    string // account id, "" while it waits
	DecidedBy  string
	DecidedAt  time.Time
	Reason     string // of a refusal
}

// Photo is one photo as the caller may see it.
type Photo struct {
	Record
	Picture disclosure.Attachment
	Actions []string // what the caller can do now: Confirm, Refuse
}

// Store is what the package needs of the archive.
type Store interface {
	// BoardPhoto gives one photo. ErrNotFound if there is none.
	BoardPhoto(ctx context.Context, id string) (Record, error)
	// BoardPhotos gives the photos of a posting, newest first.
	BoardPhotos(ctx context.Context, postingID string) ([]Record, error)
	// BoardPosting gives the posting of a photo. disclosure.ErrNotFound.
	BoardPosting(ctx context.Context, id string) (disclosure.Record, error)
	// Objects gives those of the uploads that exist.
	Objects(ctx context.Context, ids []string) ([]media.Object, error)
	// InTx runs fn in one transaction, in the name of act.
	InTx(ctx context.Context, act audit.Act, fn func(Tx) error) error
}

// Tx is the writing side.
type Tx interface {
	outbox.Tx
	// PostingForUpdate locks the posting until the transaction ends.
	PostingForUpdate(ctx context.Context, id string) (disclosure.Record, []byte, error)
	// AddBoardPhoto inserts a photo and gives its serial. ErrTwice where the
	// posting has that upload already.
	AddBoardPhoto(ctx context.Context, r Record) (int64, error)
	// DecideBoardPhoto writes the decision where the photo still waits, and
	// fails with ErrDecided otherwise.
	DecideBoardPhoto(ctx context.Context, r Record) error
	// RegionChanged leaves a mark that every instance reads to drop prepared
	// answers of the place and of its ancestors.
	RegionChanged(ctx context.Context, code region.Code) error
}

// Refusals of this noun.
var (
	// ErrNotFound: no such photo, or the caller may not know of it.
	ErrNotFound = fault.Define(fault.NotFound, "board.not_found", "没有找到这张公开栏照片。")
	// ErrAction: not an action of a photo.
	ErrAction = fault.Define(fault.Invalid, "board.action_unknown", "没有这项操作，只能确认或退回。")
	// ErrPrivate: the reason holds what must never be published.
	ErrPrivate = fault.Define(fault.Invalid, "board.private_data", "内容里有不能公开的个人信息，请按提示删去后再提交。")
	// ErrSamePerson: whoever uploaded a photo does not confirm it.
	ErrSamePerson = fault.Define(fault.Forbidden, "board.same_person", "自己上传的照片要由别人核对。")
	// ErrNotStanding: the posting is not up now.
	ErrNotStanding = fault.Define(fault.Conflict, "board.not_standing", "这条公开现在没有挂出来，公布以后再上传公开栏照片。")
	// ErrTwice: the posting has this picture already.
	ErrTwice = fault.Define(fault.Conflict, "board.posted_already", "这张照片已经传过了。")
	// ErrDecided: it was confirmed or refused already.
	ErrDecided = fault.Define(fault.Conflict, "board.decided", "这张照片已经核对过了，请刷新。")
)
