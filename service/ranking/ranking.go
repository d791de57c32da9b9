// Package ranking orders what the villagers' own council recognised: deeds by the
// endorsements of verified villagers, rules of the covenant by how often they were
// lived up to, groups of one village by red entries per 100 households.
//
// Invariants: it knows deeds, clauses and groups, and no person, cadre or village,
// so none of these can be ranked; a verified villager endorses a deed of the own
// village once, and can take it back while the deed is on the list; ties are told
// and broken by the earlier listing, then the id; small samples are marked. Opinion of the
// cyberspace commission of 2023-12-18 and 国办函〔2026〕12号: no personal points
// ranking, no judging of villages or cadres by votes, likes or log-ins.
package ranking

import (
	"context"
	"time"

	"cunwu/service/region"
)

// By is what is ranked.
type By string

// What can be ranked; nothing else can.
const (
	ByDeed   By = "deed"
	ByClause By = "clause"
	ByGroup  By = "group"
)

// ParseBy takes deed, clause or group; anything else is ErrBy.
func ParseBy(s string) (By, error) {
	switch by := By(s); by {
	case ByDeed, ByClause, ByGroup:
		return by, nil
	}
	return "", ErrBy.At("query.by", "只能是 deed、clause 或 group")
}

// Deed is a recognised deed as a ranking knows it: no person.
type Deed struct {
	ID         string      // of the red entry
	Region     region.Code // the village
	Group      region.Code // "" where it belongs to none
	Title      string      // the deed in a line, as on the list
	Clause     string      // code within the village's covenant, at most 64 bytes
	ClauseText string      // the clause in a line, as it is shown in the ranking of clauses
	Topic      string      // code of the directory, the same everywhere, at most 64 bytes
	ListedAt   time.Time   // decides the periods it lies in
	Open       bool        // can be endorsed now
}

// Tx is part of the Tx of the noun that lists deeds.
type Tx interface {
	// RankDeed enters a deed that was listed, with no endorsements, into every
	// ranking it belongs to. Doing so again changes nothing.
	RankDeed(ctx context.Context, d Deed) error
	// CloseDeed ends endorsing; the deed stays in the rankings of its periods.
	// A deed that is not there is left alone.
	CloseDeed(ctx context.Context, id string) error
	// DropDeed takes a deed and its endorsements out of all rankings. A deed that
	// is not there is left alone.
	DropDeed(ctx context.Context, id string) error
}

// Standing is a deed with what it is ranked by.
type Standing struct {
	Deed
	Endorsements int64
}

// Kind is what entries are counted by.
type Kind string

// Kinds of counts. Clauses are counted in villages, topics in the places above
// them, where every village has clauses of its own.
const (
	OfClause Kind = "clause"
	OfTopic  Kind = "topic"
	OfGroup  Kind = "group"
)

// Count is how many red entries fall to a clause, topic or group.
type Count struct {
	Code    string
	Title   string // of a clause, in the words of the latest entry; else ""
	Entries int64
}

// Place is where a page begins: behind the row that is named.
type Place struct {
	Before int64  // how many rows stand before the page
	Rank   int64  // of the last of them
	Figure int64  // of the last of them
	Listed int64  // when that was listed, unix ms; 0 in rankings of counts
	ID     string // of that
}

// Endorsement asks for one resident to stand behind a deed, or no longer.
type Endorsement struct {
	Deed     string // id
	Resident string
	Village  region.Code // of the resident
	On       bool
	Refused  error // decided before: told unless the deed is not there
}

// Outcome is what came of it.
type Outcome struct {
	State
	Err error
}

// State is what one resident is told of a deed.
type State struct {
	Endorsed     bool
	Endorsements int64
}

// Own is an endorsement as its maker exports it.
type Own struct {
	Deed   string
	Region region.Code
	Title  string
	At     time.Time
}

// Store is what the package needs of the archive.
type Store interface {
	// DeedsRanked gives at most limit deeds of a scope and period in their order,
	// behind a place (nil: from the first).
	DeedsRanked(ctx context.Context, scope, period int64, after *Place, limit int) ([]Standing, error)
	// EntriesCounted gives the counts of a scope and period, by code.
	EntriesCounted(ctx context.Context, scope, period int64, kind Kind) ([]Count, error)
	// Endorse takes endorsements in their order in one transaction. Outcomes are
	// in the order of what was asked: ErrNotFound, the refusal decided before,
	// ErrNotVillager, ErrClosed, or the state after it. Where the transaction
	// fails, all have its error.
	Endorse(ctx context.Context, es []Endorsement) []Outcome
	// EndorsementOf gives a deed's state for a resident; ErrNotFound.
	EndorsementOf(ctx context.Context, deed, resident string) (State, error)
	// EndorsementsOf gives the numbers of those of the deeds that are ranked, by id.
	EndorsementsOf(ctx context.Context, deeds []string) (map[string]int64, error)
	// OwnEndorsements gives what a resident stands behind, by deed.
	OwnEndorsements(ctx context.Context, resident string) ([]Own, error)
}
