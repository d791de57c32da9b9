package record

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"

	"cunwu/service/audit"
)

// retiredSetting holds the verifier lines that are no longer in use.
const retiredSetting = "record.retired_keys"

// retiredKey is a verifier line and the index of the leaf that retired it.
type retiredKey struct {
	Line  string `json:"line"`
	Ended int64  `json:"ended"`
}

// settings is where values are read from: the store, or a transaction.
type settings interface {
	Setting(ctx context.Context, key string) (string, bool, error)
}

// retired reads the lines that are no longer in use, newest first.
func (*Service) retired(ctx context.Context, from settings) ([]retiredKey, error) {
	text, ok, err := from.Setting(ctx, retiredSetting)
	if err != nil || !ok {
		return nil, err
	}
	var out []retiredKey
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		return nil, fmt.Errorf("setting %s: %w", retiredSetting, err)
	}
	return out, nil
}

// usable refuses to sign with keys that were retired, by this instance or by
// another one.
func (s *Service) usable(ctx context.Context) error {
	old, err := s.retired(ctx, s.store)
	if err != nil {
		return err
	}
	for _, line := range s.keys.lines(s.origin) {
		if slices.ContainsFunc(old, func(k retiredKey) bool { return k.Line == line }) {
			return fmt.Errorf("%w: it was retired: %s", ErrKey, line)
		}
	}
	return nil
}

// RotationText is what the old Ed25519 key signs when it hands over: nobody but
// its holder could have named the new lines.
func RotationText(oldLines, newLines []string) []byte {
	raw, err := Canonical(map[string]any{"new": newLines, "old": oldLines})
	if err != nil { // lines are ASCII
		return nil
	}
	return append([]byte("cunwu key.rotated/v1\n"), raw...)
}

// Rotate retires the keys in use and goes on with newKeys. The leaf key.rotated
// names the old and the new verifier lines and carries the old Ed25519 key's
// signature over RotationText ("signature", base64). What was signed before
// stays verifiable by the retired lines, which KeyText goes on listing.
// Other instances refuse to sign until they are started with the new keys.
func (s *Service) Rotate(ctx context.Context, act audit.Act, newKeys Keys) (Place, error) {
	if err := newKeys.check(s.origin); err != nil {
		return Place{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	before, after := s.keys.lines(s.origin), newKeys.lines(s.origin)
	for _, line := range after {
		if slices.Contains(before, line) {
			return Place{}, fmt.Errorf("%w: the new keys must all be new", ErrKey)
		}
	}
	sig, err := s.keys.Log.Sign(ctx, RotationText(before, after))
	if err != nil {
		return Place{}, fmt.Errorf("sign the rotation: %w", err)
	}
	leaf := Leaf{Kind: KindKeyRotated, Facts: map[string]any{
		"old": before, "new": after, "signature": base64.StdEncoding.EncodeToString(sig),
	}}
	var at Place
	err = s.store.InTx(ctx, act, func(tx KeyTx) error {
		var err error
		at, err = s.rotateIn(ctx, tx, leaf, before, after)
		return err
	})
	if err != nil {
		return Place{}, err
	}
	s.keys, s.current = newKeys, checkpoint{}
	return at, nil
}

func (s *Service) rotateIn(ctx context.Context, tx KeyTx, leaf Leaf, before, after []string) (Place, error) {
	at, err := Append(ctx, tx, leaf)
	if err != nil {
		return Place{}, err
	}
	old, err := s.retired(ctx, tx)
	if err != nil {
		return Place{}, err
	}
	for _, k := range old {
		if slices.Contains(before, k.Line) || slices.Contains(after, k.Line) {
			return Place{}, fmt.Errorf("%w: it was retired: %s", ErrKey, k.Line)
		}
	}
	now := make([]retiredKey, 0, len(before)+len(old))
	for _, line := range before {
		now = append(now, retiredKey{Line: line, Ended: at.Index})
	}
	text, err := json.Marshal(append(now, old...))
	if err != nil {
		return Place{}, err
	}
	if err := tx.PutSetting(ctx, retiredSetting, string(text)); err != nil {
		return Place{}, err
	}
	err = tx.Record(ctx, audit.Event{Action: "record.rotate", Object: "log", ObjectID: s.origin})
	if err != nil {
		return Place{}, err
	}
	return at, tx.Answer(ctx, at)
}
