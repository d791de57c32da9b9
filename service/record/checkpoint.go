package record

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// Checkpoint gives the signed tree head (c2sp.org/tlog-checkpoint). Lines of
// signatures: Ed25519 of the log, SM2 of the log, timestamped cosignature/v1 of
// the log's cosigner. A grown log shows within lookEvery; the checkpoint is
// signed anew at least every signEvery, so it is never MaxAge old.
//
// Every instance has its own: of two instances, one may answer with a tree that
// is up to lookEvery older than the other's.
func (s *Service) Checkpoint(ctx context.Context) (string, error) {
	c, err := s.renewed(ctx, func(c checkpoint, now time.Time) bool { return within(c.looked, now, lookEvery) })
	return c.text, err
}

// covering gives a checkpoint of a tree that has the index, where there is one.
func (s *Service) covering(ctx context.Context, index int64) (checkpoint, error) {
	return s.renewed(ctx, func(c checkpoint, now time.Time) bool {
		return index < c.size && within(c.signed, now, signEvery)
	})
}

func within(since, now time.Time, d time.Duration) bool {
	age := now.Sub(since)
	return age >= 0 && age < d
}

// renewed gives the present checkpoint if it is good enough, or looks at the
// log and signs where it has grown or the signature is old.
func (s *Service) renewed(ctx context.Context, good func(checkpoint, time.Time) bool) (checkpoint, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	if s.current.text != "" && good(s.current, now) {
		return s.current, nil
	}
	next, err := s.look(ctx, now)
	if err == nil {
		s.current = next
		return next, nil
	}
	// While storage is away the last checkpoint stays true, as long as it is young.
	if s.current.text != "" && within(s.current.signed, now, MaxAge) {
		s.log.WarnContext(ctx, "checkpoint not renewed", "cause", err)
		return s.current, nil
	}
	return checkpoint{}, err
}

func (s *Service) look(ctx context.Context, now time.Time) (checkpoint, error) {
	head, err := s.store.Head(ctx)
	if err != nil {
		return checkpoint{}, err
	}
	if c := s.current; c.text != "" && c.size == head.Size && within(c.signed, now, signEvery) {
		c.looked = now
		return c, nil
	}
	if err := s.usable(ctx); err != nil {
		return checkpoint{}, err
	}
	text, err := s.keys.sign(ctx, s.origin, head, now)
	if err != nil {
		return checkpoint{}, err
	}
	return checkpoint{text: text, size: head.Size, signed: now, looked: now}, nil
}

// noteSigner puts a Signer into the frame of a signed note.
type noteSigner struct {
	name string
	hash uint32
	sign func(message []byte) ([]byte, error)
}

func (n noteSigner) Name() string                        { return n.name }
func (n noteSigner) KeyHash() uint32                     { return n.hash }
func (n noteSigner) Sign(message []byte) ([]byte, error) { return n.sign(message) }

// sign makes the checkpoint of a head.
func (k Keys) sign(ctx context.Context, origin string, head Head, now time.Time) (string, error) {
	plain := func(signer Signer) func([]byte) ([]byte, error) {
		return func(message []byte) ([]byte, error) { return signer.Sign(ctx, message) }
	}
	stamped := func(message []byte) ([]byte, error) {
		at := now.Unix()
		sig, err := k.Cosigner.Sign(ctx, fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, message))
		return append(binary.BigEndian.AppendUint64(nil, uint64(at)), sig...), err //nolint:gosec // after 1970
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", origin, head.Size, head.Root)
	raw, err := note.Sign(&note.Note{Text: text},
		noteSigner{origin, keyHash(origin, algEd25519, k.Log.Public()), plain(k.Log)},
		noteSigner{origin, keyHash(origin, algSM2, k.SM2.Public()), plain(k.SM2)},
		noteSigner{CosignerName(origin), keyHash(CosignerName(origin), algCosignature, k.Cosigner.Public()), stamped},
	)
	if err != nil {
		return "", fmt.Errorf("sign the checkpoint: %w", err)
	}
	return string(raw), nil
}

// lines are the verifier lines: Ed25519, cosigner, SM2.
func (k Keys) lines(origin string) []string {
	return []string{
		verifierLine(origin, algEd25519, k.Log.Public()),
		verifierLine(CosignerName(origin), algCosignature, k.Cosigner.Public()),
		verifierLine(origin, algSM2, k.SM2.Public()),
	}
}

// check refuses keys that are missing or of the wrong kind.
func (k Keys) check(origin string) error {
	if k.Log == nil || k.Cosigner == nil || k.SM2 == nil {
		return fmt.Errorf("%w: a key is missing", ErrKey)
	}
	for _, line := range k.lines(origin) {
		if _, err := ReadVerifierKey(line); err != nil {
			return err
		}
	}
	return nil
}
