// Package opendata gives what villages have published, to be taken away: one
// row for each posting, or for each line of account, as csv, xlsx or JSON Lines.
//
// Invariants: only what anybody on the internet may read, and what stands at the
// moment when its page is read, is given; whatever the amount, one page of it is
// in memory; a file that breaks off is never closed as if it were whole; columns
// are only ever added, at the end.
package opendata

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/region"
)

// Refusals of this noun.
var (
	// ErrTooMany: an xlsx would have more rows than spreadsheet programs bear.
	ErrTooMany = fault.Define(fault.Invalid, "opendata.too_many", "数据太多，xlsx 放不下，请改用 csv 或 jsonl，或者用 from、to 缩小日期范围。")
	// ErrBusy: as many xlsx files as can be are being made.
	ErrBusy = fault.Define(fault.TooMany, "opendata.busy", "现在导出的人太多，请过一会儿再试，或改用 csv。")
)

// Kind is what a row is.
type Kind string

// Kinds.
const (
	Postings Kind = "postings"
	Lines    Kind = "lines"
)

// Format is how rows are written.
type Format string

// Formats, by the ending of the address.
const (
	CSV   Format = "csv"
	XLSX  Format = "xlsx"
	JSONL Format = "jsonl"
)

// Query asks for what a place and all below it have published, newest first.
// From and To are days in China (2006-01-02), both within; "" for no bound.
type Query struct {
	Region   region.Code
	Kind     Kind
	From, To string
}

// Standing is one published posting that stood when it was read. Content is its
// text in canonical JSON, nil where it was not asked for.
type Standing struct {
	Record  disclosure.Record
	Content []byte
}

// Page is what of the feed was read at once. Next is the position from which the
// next page is read, 0 at the end; Items may be fewer than were passed over,
// since tombstones are none.
type Page struct {
	Items []Standing
	Next  int64
}

// Range is a part of a feed: positions p with From <= p < Before, 0 for no
// bound, at most Limit of them.
type Range struct {
	Scope        int64
	From, Before int64
	Limit        int
	Texts        bool // with contents
}

// Store is what the package needs of the archive.
type Store interface {
	// OpenPage gives, newest first, what stands in a part of a feed.
	OpenPage(ctx context.Context, r Range) (Page, error)
}

// Places is what the package needs of the tree of places.
type Places interface {
	// Names gives the names of those of the codes that exist, in any state.
	Names(ctx context.Context, codes []region.Code) (map[region.Code]string, error)
}

// Options are what the service works with; all are required. State names what
// is public now: it changes whenever anything that is given here does.
type Options struct {
	Places    Places
	Catalogue *disclosure.Catalogue
	State     func(ctx context.Context) (string, error)
}

// Service gives open data. It is safe for concurrent use.
type Service struct {
	store Store
	opt   Options
	books chan struct{} // xlsx files being made: each takes room on the disk and in memory
}

// booksAtOnce is how many xlsx files are made at once: each takes up to 60 MB of
// a small machine's memory.
const booksAtOnce = 1

// New makes the service.
func New(store Store, opt Options) *Service {
	return &Service{store: store, opt: opt, books: make(chan struct{}, booksAtOnce)}
}

// Tag names the state of an answer: two answers with the same tag say the same.
// It is cheap: nothing of the answer is read. It must be asked before the answer
// is, so that an answer is never older than its tag.
func (s *Service) Tag(ctx context.Context, q Query, f Format) (string, error) {
	state, err := s.opt.State(ctx)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "1\x00%s\x00%s\x00%s\x00%s\x00%s\x00%s", q.Region, q.Kind, q.From, q.To, f, state))
	return hex.EncodeToString(sum[:12]), nil
}

// check reads a query: the place must exist, days must be days.
func (s *Service) check(ctx context.Context, q Query) (Range, error) {
	if !q.Region.Valid() {
		return Range{}, region.ErrNotFound
	}
	names, err := s.opt.Places.Names(ctx, []region.Code{q.Region})
	if err != nil {
		return Range{}, err
	}
	if names[q.Region] == "" {
		return Range{}, region.ErrNotFound
	}
	r := Range{Scope: disclosure.Scope(q.Region, 0, false), Limit: postingsPage}
	if q.Kind == Lines {
		r.Limit, r.Texts = linesPage, true
	}
	var bad []fault.Field
	from, err := day(q.From)
	if err != nil {
		bad = append(bad, fault.Field{Location: "query.from", Message: "日期应写成 2026-09-01 这样"})
	}
	to, err := day(q.To)
	if err != nil {
		bad = append(bad, fault.Field{Location: "query.to", Message: "日期应写成 2026-09-30 这样"})
	}
	if len(bad) > 0 {
		return Range{}, fault.ErrInvalid.With(bad...)
	}
	if !from.IsZero() {
		r.From = disclosure.Position(from, 0)
	}
	if !to.IsZero() {
		r.Before = disclosure.Position(to.AddDate(0, 0, 1), 0)
	}
	if r.From != 0 && r.Before != 0 && r.From >= r.Before {
		return Range{}, fault.ErrInvalid.At("query.to", "结束的日期在开始的日期之前")
	}
	return r, nil
}

func day(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	d, err := time.ParseInLocation(time.DateOnly, text, calendar.China)
	if err == nil && (d.Year() < 2000 || d.Year() > 2199) {
		err = fmt.Errorf("opendata: year %d", d.Year())
	}
	return d, err
}
