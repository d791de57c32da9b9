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

// Deed is a recognised deed as a ranking knows it: no person.
type Deed struct {
	ID       string      // of the red entry
	Region   region.Code // the village
	Group    region.Code // "" where it belongs to none
	Title    string      // the deed in a line, as on the list
	Clause   string      // code within the village's covenant
	Topic    string      // code of the directory, the same everywhere
	ListedAt time.Time   // decides the periods it lies in
	Open     bool        // can be endorsed now
}

// Tx is part of the Tx of the noun that lists deeds.
type Tx interface {
	// RankDeed enters a deed that was listed, with no endorsements, into every
	// ranking it belongs to. Doing so again changes nothing.
	RankDeed(ctx context.Context, d Deed) error
	// CloseDeed ends endorsing; the deed stays in the rankings of its periods.
	CloseDeed(ctx context.Context, id string) error
	// DropDeed takes a deed and its endorsements out of all rankings.
	DropDeed(ctx context.Context, id string) error
}
