package prepared

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"sync"
	"time"
)

// Shared is a store of pages that instances share. All pages of a region live
// and die together, under a token that is drawn anew after each drop.
//
// Fetch gives the stored value, or nil and the token under which a page loaded
// from now on may be stored. Store does nothing if the region was dropped since
// the token was given, or if what is there was loaded as of a later serial; so a
// load that raced a change leaves nothing behind. No value outlives ttl, counted
// from the region's first token after a drop. Every method returns soon, also
// where the store is away (with an error, which costs the caller nothing else).
type Shared interface {
	Fetch(ctx context.Context, regionCode, key string, ttl time.Duration) (value []byte, token string, err error)
	Store(ctx context.Context, regionCode, key, token string, asOf int64, value []byte) error
	Drop(ctx context.Context, regionCodes []string) error
}

// dropQueue holds regions whose drop has not reached the shared store yet.
type dropQueue struct {
	mu      sync.Mutex
	waiting map[string]waitingDrop
	seq     uint64
	work    chan struct{}
}

type waitingDrop struct {
	seq uint64
	at  time.Time
}

func (q *dropQueue) init() {
	q.waiting = map[string]waitingDrop{}
	q.work = make(chan struct{}, 1)
}

func (q *dropQueue) add(places map[string]struct{}, now time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.seq++
	for p := range places {
		q.waiting[p] = waitingDrop{q.seq, now}
	}
}

func (q *dropQueue) signal() {
	select {
	case q.work <- struct{}{}:
	default:
	}
}

func (q *dropQueue) has(regionCode string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	_, ok := q.waiting[regionCode]
	return ok
}

func (q *dropQueue) batch() (codes []string, upTo uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	codes = make([]string, 0, len(q.waiting))
	for p := range q.waiting {
		codes = append(codes, p)
	}
	return codes, q.seq
}

// done takes dropped places off the queue, unless they changed again meanwhile.
func (q *dropQueue) done(codes []string, upTo uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, p := range codes {
		if w, ok := q.waiting[p]; ok && w.seq <= upTo {
			delete(q.waiting, p)
		}
	}
}

// expire forgets drops so old that nothing from before them can be left in the
// shared store.
func (q *dropQueue) expire(before time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for p, w := range q.waiting {
		if w.at.Before(before) {
			delete(q.waiting, p)
		}
	}
}

// tend is the cache's one goroutine: it carries drops to the shared store and
// frees outdated answers past their use.
func (c *Cache) tend(ctx context.Context) {
	defer close(c.closed)
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	for {
		var again <-chan time.Time
		if c.opt.Shared != nil && !c.carryDrops(ctx) {
			again = time.After(dropRetry)
		}
		select {
		case <-ctx.Done():
			return
		case <-sweep.C:
			c.sweep()
		case <-c.drops.work:
		case <-again:
		}
	}
}

// carryDrops reports whether nothing is left to carry.
func (c *Cache) carryDrops(ctx context.Context) bool {
	codes, upTo := c.drops.batch()
	if len(codes) == 0 {
		return true
	}
	if err := c.opt.Shared.Drop(ctx, codes); err != nil {
		c.drops.expire(c.opt.Clock.Now().Add(-c.opt.SharedTTL - c.opt.LoadFor))
		return false
	}
	c.drops.done(codes, upTo)
	return true
}

// sweep starts the time of answers that were outdated unseen, and frees those
// whose time is over.
func (c *Cache) sweep() {
	now := c.nowMillis()
	for k, s := range c.pages.All() {
		a := s.answer.Load()
		if a != nil && !a.current() && c.spent(a, now) {
			c.pages.Invalidate(k)
		}
	}
}

func (c *Cache) fromShared(ctx context.Context, k pageKey) (*Answer, string) {
	if c.opt.Shared == nil || c.drops.has(k.region) {
		return nil, ""
	}
	value, token, err := c.opt.Shared.Fetch(ctx, k.region, c.field(k.key), c.opt.SharedTTL)
	if err != nil || value == nil {
		return nil, token
	}
	a, err := decodePage(value, c.opt.MaxBytes)
	if err != nil {
		c.opt.Logger.WarnContext(ctx, "a shared page cannot be read", "error", err)
		return nil, token
	}
	c.counts.sharedHits.Add(1)
	return a, ""
}

func (c *Cache) toShared(ctx context.Context, k pageKey, token string, a *Answer) {
	// A failed store costs the next instance a load, nothing else.
	if err := c.opt.Shared.Store(ctx, k.region, c.field(k.key), token, a.AsOf, encodePage(a)); err != nil {
		c.opt.Logger.DebugContext(ctx, "a page was not shared", "error", err)
	}
}

func (c *Cache) field(key string) string { return c.opt.Edition + "/" + key }

var errPage = errors.New("prepared: malformed shared page")

// pageFormat is the first byte of an encoded page; another format is refused.
const pageFormat = 1

// encodePage writes format, SHA-256 of all that follows, built-at ms, as-of,
// packed flag, length and text of the content type, and the bytes: compressed
// ones where there are.
func encodePage(a *Answer) []byte {
	bytes, packed := a.Body, byte(0)
	if a.Gzip != nil {
		bytes, packed = a.Gzip, 1
	}
	out := make([]byte, 1+sha256.Size, 1+sha256.Size+24+len(a.ContentType)+len(bytes))
	out[0] = pageFormat
	out = binary.BigEndian.AppendUint64(out, uint64(a.BuiltAt.UnixMilli()))
	out = binary.BigEndian.AppendUint64(out, uint64(a.AsOf)) //nolint:gosec // read back as the same 64 bits
	out = append(out, packed)
	out = binary.BigEndian.AppendUint16(out, uint16(len(a.ContentType))) //nolint:gosec // media types are short
	out = append(out, a.ContentType...)
	out = append(out, bytes...)
	sum := sha256.Sum256(out[1+sha256.Size:])
	copy(out[1:], sum[:])
	return out
}

func decodePage(value []byte, limit int64) (*Answer, error) {
	const head = 1 + sha256.Size
	if len(value) < head+19 || value[0] != pageFormat {
		return nil, errPage
	}
	if sum := sha256.Sum256(value[head:]); string(sum[:]) != string(value[1:head]) {
		return nil, errPage
	}
	rest := value[head:]
	builtAt := time.UnixMilli(int64(binary.BigEndian.Uint64(rest))) //nolint:gosec // written from the same 64 bits
	asOf := int64(binary.BigEndian.Uint64(rest[8:]))                //nolint:gosec // as above
	packed := rest[16] == 1
	n := int(binary.BigEndian.Uint16(rest[17:]))
	rest = rest[19:]
	if len(rest) < n {
		return nil, errPage
	}
	contentType, bytes := string(rest[:n]), rest[n:]
	if !packed {
		return newAnswer(bytes, nil, contentType, asOf, builtAt), nil
	}
	body, err := expand(bytes, limit)
	if err != nil {
		return nil, err
	}
	return newAnswer(body, bytes, contentType, asOf, builtAt), nil
}
