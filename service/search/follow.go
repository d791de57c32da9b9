package search

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"

	"cunwu/service/audit"
	"cunwu/service/disclosure"
	"cunwu/service/outbox"
)

// atOnce bounds how many texts are held in memory while they are indexed, and
// entriesAtOnce how many rows are written together, sorted.
const (
	atOnce        = 20
	entriesAtOnce = 20_000
)

var errNothing = errors.New("search: nothing to follow")

// Follow takes at most limit events of outbox.Search and brings the index in
// line with the postings they speak of, as these are now; then Options.Also.
// It gives how many it took. It is an outbox.Handler.
func (s *Service) Follow(ctx context.Context, limit int) (int, error) {
	taken := 0
	err := s.store.InTx(ctx, audit.BySystem("search"), func(tx Tx) error {
		events, err := tx.TakeEvents(ctx, outbox.Search, limit)
		if err != nil {
			return err
		}
		if taken = len(events); taken == 0 {
			return errNothing // nothing is to be written, not even that
		}
		if err := s.index(ctx, tx, subjects(events)); err != nil {
			return err
		}
		if s.opt.Also != nil {
			if err := s.opt.Also(ctx, tx, events); err != nil {
				return err
			}
		}
		return tx.Record(ctx, audit.Event{
			Action: "search.follow", Object: "outbox", Result: "ok", Detail: map[string]string{"events": strconv.Itoa(taken)},
		})
	})
	if errors.Is(err, errNothing) {
		return 0, nil
	}
	return taken, err
}

// subjects gives what events are about, each once, in order.
func subjects(events []outbox.Event) []string {
	seen := map[string]bool{}
	var out []string
	for _, e := range events {
		if !seen[e.Subject] {
			seen[e.Subject] = true
			out = append(out, e.Subject)
		}
	}
	return out
}

// index brings the index in line with postings.
func (s *Service) index(ctx context.Context, tx Tx, ids []string) error {
	w := &indexing{s: s, tx: tx}
	for part := range slices.Chunk(ids, atOnce) {
		if err := w.renew(ctx, part); err != nil {
			return err
		}
	}
	return w.flush(ctx)
}

// indexing is one transaction's work on the index. Rows are collected, since
// they are written faster in their order.
type indexing struct {
	s       *Service
	tx      Tx
	entries []Entry
	docs    []Doc
}

func (w *indexing) renew(ctx context.Context, ids []string) error {
	recs, err := w.tx.PostingsToIndex(ctx, ids)
	if err != nil {
		return err
	}
	have, err := w.tx.SearchDocs(ctx, ids)
	if err != nil {
		return err
	}
	indexed := map[string]Doc{}
	for _, d := range have {
		indexed[d.PostingID] = d
	}
	var want []disclosure.Record
	for _, r := range recs {
		if !searchable(r) {
			continue
		}
		if d, ok := indexed[r.ID]; ok && d.Pos == r.Pos {
			delete(indexed, r.ID) // a place has one text: it is in already
			continue
		}
		want = append(want, r)
	}
	if err := w.takeOut(ctx, indexed); err != nil {
		return err
	}
	return w.putIn(ctx, want)
}

// searchable reports whether anybody may read the posting's text now.
func searchable(r disclosure.Record) bool {
	return r.Standing() && r.Visibility == disclosure.PublicInternet
}

func (w *indexing) takeOut(ctx context.Context, docs map[string]Doc) error {
	if len(docs) == 0 {
		return nil
	}
	ids := make([]string, 0, len(docs))
	for id, d := range docs {
		ids = append(ids, id)
		terms, err := unpack(d.Terms)
		if err != nil {
			return err
		}
		if err := w.tx.DropSearchEntries(ctx, d.Pos, terms); err != nil {
			return err
		}
	}
	slices.Sort(ids)
	return w.tx.DropSearchDocs(ctx, ids)
}

func (w *indexing) putIn(ctx context.Context, recs []disclosure.Record) error {
	if len(recs) == 0 {
		return nil
	}
	ids := make([]string, len(recs))
	for i, r := range recs {
		ids[i] = r.ID
	}
	contents, err := w.tx.ContentsToIndex(ctx, ids)
	if err != nil {
		return err
	}
	for _, r := range recs {
		terms, err := w.s.terms(r, contents[r.ID])
		if err != nil {
			return err
		}
		w.docs = append(w.docs, Doc{PostingID: r.ID, Pos: r.Pos, Terms: pack(terms)})
		for _, t := range terms {
			w.entries = append(w.entries, Entry{t, r.Pos})
		}
		if len(w.entries) > entriesAtOnce {
			if err := w.flush(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *indexing) flush(ctx context.Context) error {
	if len(w.docs) == 0 {
		return nil
	}
	slices.SortFunc(w.entries, func(a, b Entry) int { return cmp.Or(cmp.Compare(a.Term, b.Term), cmp.Compare(a.Pos, b.Pos)) })
	if err := w.tx.PutSearchEntries(ctx, w.entries); err != nil {
		return err
	}
	err := w.tx.PutSearchDocs(ctx, w.docs)
	w.entries, w.docs = w.entries[:0], w.docs[:0]
	return err
}

// terms gives the terms of a posting with the text it stands with.
func (s *Service) terms(rec disclosure.Record, raw []byte) ([]Term, error) {
	all, err := s.texts(rec, raw)
	if err != nil {
		return nil, err
	}
	return TermsOf(rec.ItemCode, rec.Period, all), nil
}

func (s *Service) texts(rec disclosure.Record, raw []byte) ([]string, error) {
	content, err := disclosure.ParseContent(raw)
	if err != nil {
		return nil, err
	}
	name, err := s.opt.Postings.ItemName(rec)
	if err != nil {
		return nil, err
	}
	return texts(name, content)
}
