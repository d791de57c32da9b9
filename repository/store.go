package repository

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"cunwu/service/audit"
	"cunwu/service/calendar"
)

// store gives a noun its InTx: T is the noun's Tx interface and as shows it the
// one transaction type. Each noun's store embeds it and adds its reads.
type store[T any] struct {
	db *DB
	as func(*tx) T
}

// InTx runs fn in one transaction in the name of act. It fails with
// audit.ErrNoActor, audit.ErrNoEvent, *audit.Replay, receipt and service faults
// besides the errors of fn. fn may be run more than once.
func (s store[T]) InTx(ctx context.Context, act audit.Act, fn func(T) error) error {
	return s.db.inTx(ctx, act, func(t *tx) error { return fn(s.as(t)) })
}

// orMissing turns "no such row" into the noun's own refusal.
func orMissing(err, missing error) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return missing
	}
	return err
}

// orTaken turns "key is taken" into the noun's own refusal.
func orTaken(err, taken error) error {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return taken
	}
	return err
}

// one checks that a write met a row: missing is returned where it met none.
func one(g *gorm.DB, missing error) error {
	if g.Error != nil {
		return g.Error
	}
	if g.RowsAffected == 0 {
		return missing
	}
	return nil
}

// toMillis gives unix milliseconds; the zero time is 0.
func toMillis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// fromMillis is the reverse, in China's zone.
func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).In(calendar.China)
}

// padded repeats the last value until the list has 1, 4, 16, 64 ... entries, so
// that IN lists have few shapes and prepared statements stay few.
func padded[V any](vs []V) []V {
	if len(vs) == 0 {
		return vs
	}
	n := 1
	for n < len(vs) {
		n *= 4
	}
	out := make([]V, n)
	for i := copy(out, vs); i < n; i++ {
		out[i] = vs[len(vs)-1]
	}
	return out
}
