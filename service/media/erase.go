package media

import (
	"context"
	"errors"
	"fmt"

	"cunwu/service/audit"
	"cunwu/service/fault"
)

// Eraser is part of the Tx of a noun whose attachments go for good.
type Eraser interface {
	// EraseMedia removes the row of an attachment that hangs nowhere, and notes
	// its bytes to be taken away. One that hangs somewhere stays, one that is gone
	// is left alone.
	EraseMedia(ctx context.Context, id string) error
}

// erasing is what taking bytes away needs of a transaction.
type erasing interface {
	// Erasure locks a name that is to be taken away until the transaction ends,
	// and reports whether it still is, and whether an attachment has those bytes.
	Erasure(ctx context.Context, name string) (asked, used bool, err error)
	EndErasure(ctx context.Context, name string) error
}

// erasures is how many names one sweep takes away.
const erasures = 200

var sweeper = audit.Act{Actor: audit.Actor{AccountID: audit.System}}

// Erase removes attachments that nothing shows any more, row and bytes. What
// hangs somewhere stays; what is gone is left alone. Bytes that other uploads
// share stay with them. Gives fault.ErrUnavailable where the storage is away:
// the bytes then go with a later SweepErased.
func (s *Service) Erase(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	err := s.store.InTx(ctx, sweeper, func(tx Tx) error {
		for _, id := range ids {
			if err := tx.EraseMedia(ctx, id); err != nil {
				return err
			}
		}
		return tx.Record(ctx, audit.Event{Action: "media.erase", Object: "media", Result: "ok"})
	})
	if err != nil {
		return err
	}
	_, err = s.SweepErased(ctx)
	return err
}

// SweepErased takes away bytes that transactions of the past noted, and gives
// how many names it did. It is called after whatever erases, and by a loop,
// since a crash may fall between commit and deletion.
func (s *Service) SweepErased(ctx context.Context) (int, error) {
	names, err := s.store.Erasures(ctx, erasures)
	if err != nil {
		return 0, err
	}
	var done int
	var failed []error
	for _, name := range names {
		if err := s.takeAway(ctx, name); err != nil {
			failed = append(failed, err)
			continue
		}
		done++
	}
	return done, errors.Join(failed...)
}

// takeAway deletes while the name is locked, so that an upload of the same bytes
// comes either before, and keeps them, or after, and puts them anew.
func (s *Service) takeAway(ctx context.Context, name string) error {
	return s.store.InTx(ctx, sweeper, func(tx Tx) error {
		asked, used, err := tx.Erasure(ctx, name)
		if err != nil || !asked {
			return err
		}
		if !used && !broken("media.erasure") {
			if err := s.blobs.Delete(ctx, name); err != nil {
				return fault.ErrUnavailable.Because(fmt.Errorf("delete attachment: %w", err))
			}
		}
		if err := tx.EndErasure(ctx, name); err != nil {
			return err
		}
		return tx.Record(ctx, audit.Event{Action: "media.erased", Object: "media", Result: "ok"})
	})
}

// stay puts the bytes of an upload anew where a sweep took equal ones away while
// the row was written.
func (s *Service) stay(ctx context.Context, m made, o Object) error {
	names := []string{o.Digest + "." + o.Kind.Ext()}
	if o.Thumb != "" {
		names = append(names, o.Thumb+"."+JPEG.Ext())
	}
	noted, err := s.store.Erasing(ctx, names)
	if err != nil {
		return err
	}
	for _, name := range noted { // it sees the row, so that it only waits for another sweep
		if err := s.takeAway(ctx, name); err != nil {
			return err
		}
	}
	for _, name := range names {
		there, err := s.blobs.Has(ctx, name)
		if err != nil {
			return fault.ErrUnavailable.Because(err)
		}
		if !there {
			_, err := s.keep(ctx, m)
			return err
		}
	}
	return nil
}
