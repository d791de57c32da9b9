package account

import (
	"sync"
	"time"
)

// identity is what the store knows behind a token: everything of a Caller that
// does not depend on the moment of the request.
type identity struct {
	session      Session
	account      Account
	binding      Binding // zero if unbound
	resident     Resident
	name         string // masked
	appointments []Appointment
}

// sessionCache keeps identities by token hash for a moment. What this process
// changes is dropped at once; what another instance changes is seen when the
// moment is over. It never answers who may do what: terms and expiry are
// compared with the clock at each request.
type sessionCache struct {
	mu      sync.RWMutex
	max     int
	ttl     time.Duration
	era     uint64 // grows with each drop, so that no load from before it is kept
	byToken map[[32]byte]cached
	holders map[string]map[[32]byte]struct{} // account -> its tokens
}

type cached struct {
	identity *identity
	loaded   time.Time
}

func newSessionCache(maximum int, ttl time.Duration) *sessionCache {
	c := &sessionCache{max: maximum, ttl: ttl}
	c.reset()
	return c
}

func (c *sessionCache) reset() {
	c.byToken = map[[32]byte]cached{}
	c.holders = map[string]map[[32]byte]struct{}{}
}

// get gives what is kept and fresh, and the era to hand to put otherwise. Age
// is measured by the machine's monotonic clock: the injected one may stand still.
func (c *sessionCache) get(hash [32]byte) (*identity, uint64) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if e, ok := c.byToken[hash]; ok && time.Since(e.loaded) < c.ttl {
		return e.identity, c.era
	}
	return nil, c.era
}

// put keeps an identity whose load began in an era at a time, unless something
// was dropped since.
func (c *sessionCache) put(hash [32]byte, id *identity, era uint64, began time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.era != era {
		return
	}
	if len(c.byToken) >= c.max {
		// Rather a moment of loads than a list of who came when.
		c.reset()
	}
	c.byToken[hash] = cached{identity: id, loaded: began}
	tokens := c.holders[id.account.ID]
	if tokens == nil {
		tokens = map[[32]byte]struct{}{}
		c.holders[id.account.ID] = tokens
	}
	tokens[hash] = struct{}{}
}

// drop forgets what is kept of accounts; none named forgets everything.
func (c *sessionCache) drop(accounts ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.era++
	if len(accounts) == 0 {
		c.reset()
		return
	}
	for _, a := range accounts {
		for hash := range c.holders[a] {
			delete(c.byToken, hash)
		}
		delete(c.holders, a)
	}
}
