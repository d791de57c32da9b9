package search

import (
	"cmp"
	"context"
	"math"
	"slices"
)

const (
	// sampled is how many places of each list are looked at to see which is the
	// sparsest just there.
	sampled = 16
	// firstChunk and lastChunk are how many places of it are tried at once,
	// growing: a page of a common word needs few, a rare one many.
	firstChunk = 64
	lastChunk  = 1024
)

// walk intersects lists, newest first. In each round it goes below the lowest
// of their heads, since above it no place can be in all, takes a chunk of the
// list that is sparsest there, and asks of each other list which of the chunk
// it holds. So the cost follows the shortest list, and stretches without it are
// jumped over.
type walk struct {
	store  Store
	lists  []List
	below  int64 // everything from here up is done
	size   int
	walked int
}

// head is a list with the places it begins with below where the walk is.
type head struct {
	list   List
	places []int64
}

// reach is how far down the sample leads: the further, the sparser the list.
func (h head) reach() int64 {
	if len(h.places) < sampled {
		return math.MinInt64 + int64(len(h.places)) // it ends: the shorter, the better
	}
	return h.places[len(h.places)-1]
}

// next gives the hits of the next chunk, which may be none, and whether there
// may be more below.
func (w *walk) next(ctx context.Context) (hits []int64, more bool, err error) {
	heads, err := w.heads(ctx)
	if err != nil || heads == nil {
		return nil, false, err
	}
	slices.SortFunc(heads, func(a, b head) int { return cmp.Compare(a.reach(), b.reach()) })
	chunk := heads[0].places
	if chunk[0] >= w.below || len(chunk) == sampled { // the walk went below it, or it goes on
		if chunk, err = w.store.SearchPlaces(ctx, heads[0].list, w.below, w.size); err != nil {
			return nil, false, err
		}
		more = len(chunk) == w.size
	}
	if len(chunk) == 0 {
		return nil, false, nil
	}
	w.walked += len(chunk)
	w.below = chunk[len(chunk)-1]
	w.size = min(w.size*4, lastChunk)
	hits = chunk
	for _, h := range heads[1:] {
		if hits, err = w.store.SearchAmong(ctx, h.list, hits); err != nil || len(hits) == 0 {
			return nil, more, err
		}
	}
	return hits, more, nil
}

// heads samples the lists and goes below the lowest head. It gives none where a
// list has come to its end.
func (w *walk) heads(ctx context.Context) ([]head, error) {
	out := make([]head, len(w.lists))
	for i, l := range w.lists {
		places, err := w.store.SearchPlaces(ctx, l, w.below, sampled)
		if err != nil || len(places) == 0 {
			return nil, err
		}
		out[i] = head{l, places}
		w.below = min(w.below, places[0]+1)
	}
	return out, nil
}
