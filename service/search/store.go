package search

import (
	"context"

	"cunwu/service/audit"
	"cunwu/service/disclosure"
	"cunwu/service/outbox"
)

// Store is what the package needs of the archive.
type Store interface {
	// SearchPlaces gives the places of a list below a place, highest first, at
	// most limit.
	SearchPlaces(ctx context.Context, l List, below int64, limit int) ([]int64, error)
	// SearchAmong gives those of the places that are in a list, highest first.
	SearchAmong(ctx context.Context, l List, places []int64) ([]int64, error)
	// PostingsAt gives the postings that stand at places, highest first, with
	// what a feed shows of them.
	PostingsAt(ctx context.Context, places []int64) ([]disclosure.Record, error)
	// LastContents gives by posting the canonical text of its last version; none
	// where it had to go.
	LastContents(ctx context.Context, postings []string) (map[string][]byte, error)
	// InTx runs fn in one transaction, in the name of act.
	InTx(ctx context.Context, act audit.Act, fn func(Tx) error) error
}

// Tx is the writing side.
type Tx interface {
	outbox.Tx
	// PostingsToIndex gives those of the postings that exist.
	PostingsToIndex(ctx context.Context, ids []string) ([]disclosure.Record, error)
	// ContentsToIndex is LastContents as this transaction sees it.
	ContentsToIndex(ctx context.Context, ids []string) (map[string][]byte, error)
	// SearchDocs gives what is indexed of postings.
	SearchDocs(ctx context.Context, ids []string) ([]Doc, error)
	// PutSearchDocs adds what is indexed of postings of which nothing was.
	PutSearchDocs(ctx context.Context, docs []Doc) error
	// DropSearchDocs removes what is noted of postings, not their entries.
	DropSearchDocs(ctx context.Context, ids []string) error
	// PutSearchEntries adds rows of the index that are not there.
	PutSearchEntries(ctx context.Context, entries []Entry) error
	// DropSearchEntries removes the rows of terms at a place.
	DropSearchEntries(ctx context.Context, pos int64, terms []Term) error
}

// Postings is what the package needs of disclosure.Service.
type Postings interface {
	// FeedScope checks place, category, position and limit and gives the number
	// of the public feed; refusals as those of disclosure.Service.Feed.
	FeedScope(ctx context.Context, q disclosure.FeedQuery) (int64, error)
	// Items gives records as feeds show them.
	Items(ctx context.Context, recs []disclosure.Record) ([]disclosure.Item, error)
	// ItemName gives the name of the record's catalogue item.
	ItemName(rec disclosure.Record) (string, error)
	// KnowsItem reports whether any edition of the catalogue has an item.
	KnowsItem(code string) bool
}

// Options are what the service works with. Postings is required.
type Options struct {
	Postings Postings
	// Also does what else follows from the events of the topic, in the same
	// transaction, after the index. Nil: nothing.
	Also func(ctx context.Context, tx Tx, events []outbox.Event) error
}

// Service is the index and its questions. It is safe for concurrent use.
type Service struct {
	store Store
	opt   Options
}

// New makes the service.
func New(store Store, opt Options) *Service { return &Service{store: store, opt: opt} }
