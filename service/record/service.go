package record

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"cunwu/service/calendar"
)

const (
	// lookEvery is how long a checkpoint is handed out without looking whether
	// the log has grown.
	lookEvery = 2 * time.Second
	// signEvery is when a checkpoint is signed anew although nothing happened.
	signEvery = 30 * time.Second
	// MaxAge is the age that no checkpoint handed out has reached.
	MaxAge = 60 * time.Second
)

// Options of the Service. Origin is the log's name for ever: a URL without the
// scheme, such as "cunwu.example.cn/log", with neither spaces nor "+". A nil
// Log is silence.
type Options struct {
	Keys   Keys
	Clock  calendar.Clock
	Origin string
	Log    *slog.Logger
}

// Service answers for the log: checkpoints, tiles and proofs. It is safe for
// concurrent use. Writing is done by the nouns, through Tx.
type Service struct {
	store  Store
	clock  calendar.Clock
	origin string
	log    *slog.Logger

	mu      sync.Mutex // one renewal at a time
	keys    Keys
	current checkpoint
}

// checkpoint is what was signed last: of which tree, when, and when the tree
// was looked at last.
type checkpoint struct {
	text           string
	size           int64
	signed, looked time.Time
}

// New makes the service. ErrKey where a key is missing or of the wrong kind, or
// the origin cannot be a key's name.
func New(store Store, o Options) (*Service, error) {
	if !validName(o.Origin) {
		return nil, fmt.Errorf("%w: origin %q", ErrKey, o.Origin)
	}
	if err := o.Keys.check(o.Origin); err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = calendar.System{}
	}
	return &Service{store: store, clock: o.Clock, origin: o.Origin, log: o.Log, keys: o.Keys}, nil
}

// Origin is the log's name: the first line of its checkpoints.
func (s *Service) Origin() string { return s.origin }

// Size is the number of committed leaves.
func (s *Service) Size(ctx context.Context) (int64, error) {
	head, err := s.store.Head(ctx)
	return head.Size, err
}

// VerifierKeys gives the verifier lines in use: Ed25519, cosigner, SM2.
func (s *Service) VerifierKeys() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys.lines(s.origin)
}

// KeyText is what /log/key serves: the verifier lines in use, then those that
// were in use before, each followed by " ended " and the index of the leaf that
// retired it: checkpoints up to that size may carry its signature.
func (s *Service) KeyText(ctx context.Context) (string, error) {
	old, err := s.retired(ctx, s.store)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, line := range s.VerifierKeys() {
		b.WriteString(line + "\n")
	}
	for _, k := range old {
		fmt.Fprintf(&b, "%s ended %d\n", k.Line, k.Ended)
	}
	return b.String(), nil
}

// Proof shows that the leaf at Index is in the tree of Checkpoint. Hashes lead
// from the leaf's hash to the root, as RFC 6962 orders them.
type Proof struct {
	Leaf       []byte
	Index      int64
	TreeSize   int64
	Hashes     [][32]byte
	Checkpoint string
}

// Proof proves the leaf at an index to be in the present checkpoint. ErrNotFound
// for an index that is not committed.
func (s *Service) Proof(ctx context.Context, index int64) (Proof, error) {
	c, err := s.covering(ctx, index)
	if err != nil {
		return Proof{}, err
	}
	if index < 0 || index >= c.size {
		return Proof{}, ErrNotFound
	}
	leaves, err := s.store.Leaves(ctx, index, 1)
	if err != nil {
		return Proof{}, err
	}
	if len(leaves) != 1 {
		return Proof{}, ErrNotFound
	}
	path, err := tlog.ProveRecord(c.size, index, s.reader(ctx))
	if err != nil {
		return Proof{}, fmt.Errorf("prove leaf %d: %w", index, err)
	}
	p := Proof{Leaf: leaves[0], Index: index, TreeSize: c.size, Hashes: make([][32]byte, len(path)), Checkpoint: c.text}
	for i, h := range path {
		p.Hashes[i] = h
	}
	return p, nil
}

// reader reads hashes of the committed log.
func (s *Service) reader(ctx context.Context) tlog.HashReaderFunc {
	return func(indexes []int64) ([]tlog.Hash, error) { return s.store.Hashes(ctx, indexes) }
}
