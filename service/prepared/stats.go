package prepared

import "sync/atomic"

type counters struct {
	misses, loads, failures, stale, sharedHits atomic.Int64
}

// Stats are counts since the start, for metrics. Hits are not counted here: a
// counter that every core writes would cost more than the hit.
type Stats struct {
	Misses     int64 // requests that found nothing fresh in memory
	Loads      int64 // loads from storage
	Failures   int64 // loads that failed because storage was away
	Stale      int64 // answers given as stale
	SharedHits int64 // pages taken from the shared store
	Pages      int   // pages in memory
	Bytes      int64 // their weight
}

// Stats gives the counts as of now.
func (c *Cache) Stats() Stats {
	return Stats{
		Misses:     c.counts.misses.Load(),
		Loads:      c.counts.loads.Load(),
		Failures:   c.counts.failures.Load(),
		Stale:      c.counts.stale.Load(),
		SharedHits: c.counts.sharedHits.Load(),
		Pages:      c.pages.EstimatedSize(),
		Bytes:      int64(c.pages.WeightedSize()), //nolint:gosec // bounded by Options.MaxBytes
	}
}
