package cache

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"cunwu/service/calendar"
)

// The algorithm of both limiters is GCRA: one number per key, the time at
// which the bucket will be full again.

// maxLimited is how many keys a MemoryLimiter remembers; beyond it, keys that
// are back at rest are forgotten, then all.
const maxLimited = 100_000

// MemoryLimiter counts in this process.
type MemoryLimiter struct {
	clock calendar.Clock
	mu    sync.Mutex
	full  map[string]time.Time
}

// NewMemoryLimiter makes a limiter with nothing counted.
func NewMemoryLimiter(clock calendar.Clock) *MemoryLimiter {
	return &MemoryLimiter{clock: clock, full: map[string]time.Time{}}
}

// Allow counts one act.
func (l *MemoryLimiter) Allow(_ context.Context, key string, rate float64, burst int) (ok bool, retryAfter time.Duration) {
	gap, unlimited := spacing(rate, burst)
	if unlimited {
		return true, 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	full := l.full[key]
	// No act is let in that fills further than this: where it is, the clock went
	// back, and nobody is to wait until it has caught up.
	if full.Before(now) || full.After(now.Add(gap*time.Duration(burst))) {
		full = now
	}
	full = full.Add(gap)
	if wait := full.Add(-gap * time.Duration(burst)).Sub(now); wait > 0 {
		return false, wait
	}
	l.makeRoom(now)
	l.full[key] = full
	return true, 0
}

func (l *MemoryLimiter) makeRoom(now time.Time) {
	if len(l.full) < maxLimited {
		return
	}
	for k, full := range l.full {
		if !full.After(now) {
			delete(l.full, k)
		}
	}
	if len(l.full) >= maxLimited {
		clear(l.full)
	}
}

// spacing is the time that one act takes up of the average rate.
func spacing(rate float64, burst int) (gap time.Duration, unlimited bool) {
	if !(rate > 0) || math.IsInf(rate, 1) || burst <= 0 {
		return 0, true
	}
	return time.Duration(min(float64(time.Second)/rate, float64(24*time.Hour))), false
}

// SharedLimiter counts on Redis for all instances together, by the clock of
// Redis; while that is away, each instance counts for itself.
type SharedLimiter struct {
	redis *Redis
	local *MemoryLimiter
}

var (
	_ Limiter = (*MemoryLimiter)(nil)
	_ Limiter = (*SharedLimiter)(nil)
)

// NewLimiter makes a limiter over Redis with a local one behind it.
func (r *Redis) NewLimiter(clock calendar.Clock) *SharedLimiter {
	return &SharedLimiter{redis: r, local: NewMemoryLimiter(clock)}
}

// allowScript: KEYS[1] the key; ARGV[1] gap in µs, [2] burst. It gives the wait in µs.
var allowScript = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local gap, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now) + gap
local wait = full - gap * burst - now
if wait > 0 then return wait end
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000) + 1)
return 0`)

// Allow counts one act.
func (l *SharedLimiter) Allow(ctx context.Context, key string, rate float64, burst int) (ok bool, retryAfter time.Duration) {
	gap, unlimited := spacing(rate, burst)
	if unlimited {
		return true, 0
	}
	var wait int64
	err := l.redis.do(ctx, func(ctx context.Context) (err error) {
		wait, err = allowScript.Run(ctx, l.redis.client, []string{l.redis.prefix + "limit:" + key}, max(gap.Microseconds(), 1), burst).Int64()
		return err
	})
	if err != nil {
		return l.local.Allow(ctx, key, rate, burst)
	}
	return wait <= 0, time.Duration(max(wait, 0)) * time.Microsecond
}
