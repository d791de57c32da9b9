package account

import (
	"context"
	"slices"
	"sync"
	"time"

	"cunwu/service/fault"
)

// Identity is what the store knows behind a token. Of account, binding,
// resident and appointments it has what a Caller is made of, and no more.
type Identity struct {
	Session      Session
	Account      Account
	Binding      Binding // zero if unbound
	Resident     Resident
	Appointments []Appointment // not ended early, by id
}

const (
	identitiesAtOnce = 64
	identitiesMost   = 4096 // requests waiting; one more is told to come back
	identitiesTime   = 5 * time.Second
	identitiesAgain  = 2 * time.Second
)

// gatherer reads identities for many requests at once: while one read is under
// way the next gathers. Each read begins after all that get its answer have
// asked, so nobody is told of something older than the question. A single
// request is read at once. The work goes on in one goroutine that lives as long
// as somebody waits.
type gatherer struct {
	read    func(ctx context.Context, tokenHashes [][]byte) ([]Identity, error)
	mu      sync.Mutex
	queue   []*asking
	working bool
}

// asking is a request that waits; err or found is set when done is closed.
type asking struct {
	hash  [32]byte
	done  chan struct{}
	found *Identity // nil: there is no such session
	err   error
}

// identity gives what is behind a token's hash, nil for nothing.
func (g *gatherer) identity(ctx context.Context, hash [32]byte) (*Identity, error) {
	a := &asking{hash: hash, done: make(chan struct{})}
	if !g.enqueue(ctx, a) {
		return nil, fault.ErrUnavailable.After(identitiesAgain)
	}
	select {
	case <-a.done:
		return a.found, a.err
	case <-ctx.Done():
		return nil, fault.ErrUnavailable.Because(ctx.Err()).After(identitiesAgain)
	}
}

func (g *gatherer) enqueue(ctx context.Context, a *asking) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.queue) >= identitiesMost {
		return false
	}
	g.queue = append(g.queue, a)
	if !g.working {
		g.working = true
		go g.work(context.WithoutCancel(ctx)) // a read is many requests': none of them can end it
	}
	return true
}

func (g *gatherer) work(ctx context.Context) {
	for group := g.next(); group != nil; group = g.next() {
		g.answer(ctx, group)
	}
}

// next takes what waits, or ends the work.
func (g *gatherer) next() []*asking {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.queue), identitiesAtOnce)
	if n == 0 {
		g.working, g.queue = false, nil
		return nil
	}
	group := g.queue[:n:n]
	g.queue = g.queue[n:]
	return group
}

func (g *gatherer) answer(ctx context.Context, group []*asking) {
	ctx, cancel := context.WithTimeout(ctx, identitiesTime)
	defer cancel()
	hashes := make([][]byte, 0, len(group))
	for _, a := range group {
		hashes = append(hashes, a.hash[:])
	}
	found, err := g.read(ctx, hashes)
	byHash := make(map[[32]byte]*Identity, len(found))
	for i := range found {
		if h := found[i].Session.TokenHash; len(h) == len(group[0].hash) {
			byHash[[32]byte(h)] = &found[i]
		}
	}
	for _, a := range group {
		a.err = err
		if id := byHash[a.hash]; err == nil && id != nil {
			own := *id // two requests with one token share nothing that can be written
			own.Appointments = slices.Clone(id.Appointments)
			a.found = &own
		}
		close(a.done)
	}
}

// load reads who is behind a token: ErrExpired for nobody.
func (s *Service) load(ctx context.Context, hash [32]byte) (*identity, error) {
	found, err := s.gather.identity(ctx, hash)
	if err != nil {
		return nil, err
	}
	if found == nil || !found.Account.ClosedAt.IsZero() {
		return nil, ErrExpired
	}
	id := &identity{
		session: found.Session, account: found.Account, binding: found.Binding, resident: found.Resident,
		appointments: found.Appointments,
	}
	return id, s.name(id)
}

// name opens the sealed name of the person, and keeps it masked.
func (s *Service) name(id *identity) error {
	if id.binding.ID == "" {
		return nil
	}
	var secret residentSecret
	err := s.open(SealedResident, id.resident.ID, id.resident.Sealed, &secret)
	id.resident.Sealed = Sealed{} // it is not needed again, and there are many
	id.name = MaskName(secret.Name)
	return err
}
