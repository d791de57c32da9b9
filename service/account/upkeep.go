package account

import (
	"context"
	"time"

	"cunwu/service/audit"
)

// keepCodes is how long a used code is remembered: WeChat's own live 5 minutes.
const keepCodes = 30 * 24 * time.Hour

// Reseal seals up to batch rows of each kind again, that are under an older
// key, and says how many it did: 0 means that the older keys can go. It is
// safe to run beside everything else, also twice at once.
func (s *Service) Reseal(ctx context.Context, batch int) (int, error) {
	done := 0
	for _, kind := range sealedKinds {
		rows, err := s.store.SealedOld(ctx, kind, s.o.Sealer.KeyID(), batch)
		if err != nil {
			return done, err
		}
		if len(rows) == 0 {
			continue
		}
		if err := s.reseal(ctx, kind, rows); err != nil {
			return done, err
		}
		done += len(rows)
	}
	return done, nil
}

func (s *Service) reseal(ctx context.Context, kind string, rows []SealedRow) error {
	return s.store.InTx(ctx, audit.BySystem("reseal"), func(tx Tx) error {
		for _, row := range rows {
			aad := sealedBinding(kind, row.ID)
			plain, err := s.o.Sealer.Open(row.Sealed.Blob, aad)
			if err != nil {
				return err
			}
			blob, err := s.o.Sealer.Seal(plain, aad)
			if err != nil {
				return err
			}
			if err := tx.Reseal(ctx, kind, row, Sealed{Key: s.o.Sealer.KeyID(), Blob: blob}); err != nil {
				return err
			}
		}
		return s.record(ctx, tx, "seal.rotate", kind, s.o.Sealer.KeyID(), "", nil)
	})
}

// Sweep removes sessions that are over and codes that nobody can use any more.
func (s *Service) Sweep(ctx context.Context) (int, error) {
	var n int
	err := s.store.InTx(ctx, audit.BySystem("session sweep"), func(tx Tx) error {
		var err error
		n, err = tx.Forget(ctx, tx.Now(), tx.Now().Add(-keepCodes))
		if err != nil || n == 0 {
			return err
		}
		return s.record(ctx, tx, "session.sweep", "session", "", "", nil)
	})
	return n, err
}
