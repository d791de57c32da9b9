// Package cache is what instances share for speed and may lose at any time:
// prepared pages, small values such as the WeChat token, and rate limits, each
// in memory and on Redis behind one contract.
//
// Invariants: nothing here is the only copy of anything; a Redis that is dead,
// hung or slow costs at most one time-out per second, because a breaker stands
// before every call; what comes from Redis is never trusted to be fresh by
// itself (see prepared.Shared for how a raced page is kept out).
package cache

import (
	"context"
	"errors"
	"time"
)

// ErrAway: the store did not answer in time, or is known not to.
var ErrAway = errors.New("cache: the store is away")

// Values keeps small secrets and settings by key. Set with ttl <= 0 does
// nothing. Get gives false where there is no value or it is over.
type Values interface {
	Get(ctx context.Context, key string) (string, bool, error)
	Set(ctx context.Context, key, value string, ttl time.Duration) error
	Delete(ctx context.Context, key string) error
	// DeleteIf removes the key only while it holds value, so that nobody
	// removes what another has just renewed.
	DeleteIf(ctx context.Context, key, value string) error
}

// Limiter says whether a key may act now, at rate acts per second on average
// and burst at once; if not, how long until it may. It never fails: where the
// shared store is away it counts in this process. A rate or burst that is not
// positive refuses nothing.
type Limiter interface {
	Allow(ctx context.Context, key string, rate float64, burst int) (ok bool, retryAfter time.Duration)
}
