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
//
// What is kept is in two generations, of which the older goes as a whole: a
// village that votes leaves tens of thousands of people behind who do not come
// again, and every one of them kept is work for the collector.
type sessionCache struct {
	mu     sync.RWMutex
	max    int
	ttl    time.Duration
	era    uint64 // grows with each drop, so that no load from before it is kept
	young  generation
	old    generation
	turned time.Time // when young began
}

// generation is identities that were kept in the same span of time.
type generation struct {
	byToken map[[32]byte]cached
	holders map[string][][32]byte // account -> its tokens
}

func newGeneration() generation {
	return generation{byToken: map[[32]byte]cached{}, holders: map[string][][32]byte{}}
}

func (g generation) drop(account string) {
	for _, hash := range g.holders[account] {
		delete(g.byToken, hash)
	}
	delete(g.holders, account)
}

type cached struct {
	identity *identity
	loaded   time.Time
}

func newSessionCache(maximum int, ttl time.Duration) *sessionCache {
	return &sessionCache{max: maximum, ttl: ttl, young: newGeneration(), old: newGeneration(), turned: time.Now()}
}

// get gives what is kept and fresh, and the era to hand to put otherwise. Age
// is measured by the machine's monotonic clock: the injected one may stand still.
func (c *sessionCache) get(hash [32]byte) (*identity, uint64) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, g := range [...]generation{c.young, c.old} {
		if e, ok := g.byToken[hash]; ok && time.Since(e.loaded) < c.ttl {
			return e.identity, c.era
		}
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
	if len(c.young.byToken) >= c.max || time.Since(c.turned) >= c.ttl {
		c.young, c.old, c.turned = newGeneration(), c.young, time.Now()
	}
	if _, again := c.young.byToken[hash]; !again {
		c.young.holders[id.account.ID] = append(c.young.holders[id.account.ID], hash)
	}
	c.young.byToken[hash] = cached{identity: id, loaded: began}
}

// drop forgets what is kept of accounts; none named forgets everything.
func (c *sessionCache) drop(accounts ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.era++
	if len(accounts) == 0 {
		c.young, c.old, c.turned = newGeneration(), newGeneration(), time.Now()
		return
	}
	for _, a := range accounts {
		c.young.drop(a)
		c.old.drop(a)
	}
}
