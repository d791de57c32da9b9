package redblack

import (
	"context"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/chronicle"
	"cunwu/service/media"
	"cunwu/service/outbox"
	"cunwu/service/procedure"
	"cunwu/service/ranking"
	"cunwu/service/record"
	"cunwu/service/region"
)

// Body is who is asked.
type Body string

// Bodies.
const (
	CouncilBody         Body = "council"
	RepresentativesBody Body = "representatives"
)

// Vote is what somebody said.
type Vote string

// Votes. Representatives agree or disagree: yes or no.
const (
	Yes     Vote = "yes"
	No      Vote = "no"
	Abstain Vote = "abstain"
)

// VoteRecord is one voice. Voter is a keyed hash, bound to the entry.
type VoteRecord struct {
	Entry string
	Body  Body
	Round int // 1, or 2 after a matter went back to the council
	Voter string
	Vote  Vote
}

// ObjectionRecord is an objection as the archive keeps it. Text and answer are
// sealed; who objected is a keyed hash, bound to the entry.
type ObjectionRecord struct {
	Entry    string
	Number   int
	Objector string
	At       time.Time
	Result   string // dismissed, upheld, "" while open
	Answered time.Time
	Secret   ObjectionSecret
	Sealed   account.Sealed
}

// ObjectionSecret is what is sealed of an objection.
type ObjectionSecret struct {
	Text   string `json:"text"`
	Answer string `json:"answer,omitempty"`
}

// ApologyRecord is an apology as the archive keeps it.
type ApologyRecord struct {
	Serial  int64
	ID      string // of the entry
	Region  region.Code
	Group   region.Code
	Clause  ClauseRef
	Month   string
	Text    string
	MadeAt  time.Time
	ShownTo time.Time
}

// Use is what an upload is for.
type Use string

// Uses. A portrait may be shown by consent; nothing else is ever public.
const (
	Evidence Use = "evidence"
	Sheet    Use = "sheet"
	Portrait Use = "portrait"
)

// MediaRecord ties an upload to an entry.
type MediaRecord struct {
	MediaID string
	Entry   string
	Region  region.Code
	Use     Use
	Public  bool
}

// Query asks for entries of a place and all below it, newest first.
type Query struct {
	Region  region.Code
	Kind    Kind    // "" both
	States  []State // empty: all
	Stages  []string
	Subject string    // SubjectKey, "" any
	Maker   string    // MakerKey, "" any
	ShownAt time.Time // not zero: expiring then or later, or never
	Before  int64     // serial, 0 for the first page
	Limit   int
}

// Totals are what indicators are made from.
type Totals struct {
	Black   int // black entries that were listed
	Revoked int // of them, those revoked
}

// Store is what the package needs of the archive.
type Store interface {
	// BoardSubject gives the keyed hash of whom an entry is about, "" for none and
	// for an entry that there is not.
	BoardSubject(ctx context.Context, id string) (string, error)
	// BoardEntry gives one. ErrNotFound if there is none.
	BoardEntry(ctx context.Context, id string) (Record, error)
	// BoardEntries lists by query.
	BoardEntries(ctx context.Context, q Query) ([]Record, error)
	// BoardVotes gives the voices on an entry in a round.
	BoardVotes(ctx context.Context, entry string, round int) ([]VoteRecord, error)
	// BoardObjections gives the objections to an entry by number.
	BoardObjections(ctx context.Context, entry string) ([]ObjectionRecord, error)
	// BoardAnnouncement gives the latest of a village; ErrNotAnnounced if there is none.
	BoardAnnouncement(ctx context.Context, village region.Code) (Announcement, error)
	// BoardApologies gives those of a place and all below it that are shown at a
	// time, newest first.
	BoardApologies(ctx context.Context, place region.Code, at time.Time, limit int) ([]ApologyRecord, error)
	// BoardEntriesListed gives those first listed within a time, of a village, by serial.
	BoardEntriesListed(ctx context.Context, village region.Code, from, until time.Time, limit int) ([]Record, error)
	// BoardTotals counts black entries listed within a time, of a place and all below it.
	BoardTotals(ctx context.Context, place region.Code, from, until time.Time) (Totals, error)
	// InTx runs fn in one transaction, in the name of act.
	InTx(ctx context.Context, act audit.Act, fn func(Tx) error) error
}

// Tx is the writing side.
type Tx interface {
	procedure.Tx
	outbox.Tx
	chronicle.Tx
	record.Tx
	media.Eraser
	ranking.Tx
	// AddBoardEntry inserts one.
	AddBoardEntry(ctx context.Context, r Record) error
	// BoardEntryForUpdate locks one. ErrNotFound if there is none.
	BoardEntryForUpdate(ctx context.Context, id string) (Record, error)
	// SaveBoardEntry writes what can change where the stored revision is
	// r.Revision-1; ErrRaced otherwise.
	SaveBoardEntry(ctx context.Context, r Record) error
	// BoardEntriesMadeSince counts those of a maker since a time.
	BoardEntriesMadeSince(ctx context.Context, maker string, since time.Time) (int, error)
	// AddBoardVote inserts one; ErrVoted where the voter has one in that round.
	AddBoardVote(ctx context.Context, v VoteRecord) error
	// BoardVotesCast gives the voices on a locked entry in a round.
	BoardVotesCast(ctx context.Context, entry string, round int) ([]VoteRecord, error)
	// AddBoardObjection inserts one; ErrObjected where the objector has one.
	AddBoardObjection(ctx context.Context, o ObjectionRecord) error
	// BoardObjectionsMade gives the objections to a locked entry by number.
	BoardObjectionsMade(ctx context.Context, entry string) ([]ObjectionRecord, error)
	// AnswerBoardObjection writes result, answer and time of one.
	AnswerBoardObjection(ctx context.Context, o ObjectionRecord) error
	// HangBoardMedia ties uploads to an entry; doing so again changes nothing.
	HangBoardMedia(ctx context.Context, ms []MediaRecord) error
	// ShowBoardPortrait says whether the portrait of an entry may be read by all.
	ShowBoardPortrait(ctx context.Context, entry string, public bool) error
	// DropBoardMedia takes off the uploads of an entry for a use ("" all) and gives
	// their ids.
	DropBoardMedia(ctx context.Context, entry string, use Use) ([]string, error)
	// WipeBoardEntry deletes the votes and objections on an entry, and the answers
	// to earlier writes about it that are kept for repeats.
	WipeBoardEntry(ctx context.Context, entry string) error
	// AddBoardAnnouncement inserts one in place of the one before, whose revision
	// is one less; ErrRaced where somebody was quicker.
	AddBoardAnnouncement(ctx context.Context, a Announcement) error
	// BoardAnnouncementNow gives the latest of a village within the transaction.
	BoardAnnouncementNow(ctx context.Context, village region.Code) (Announcement, error)
	// AddBoardApology inserts one.
	AddBoardApology(ctx context.Context, a ApologyRecord) error
	// RegionChanged leaves a mark that every instance reads to drop prepared
	// answers of the place and of its ancestors.
	RegionChanged(ctx context.Context, code region.Code) error
}
