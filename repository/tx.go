package repository

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"time"

	"gorm.io/gorm"

	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/fault"
	"cunwu/service/region"
)

const (
	// maxAttempts is how often a transaction is run when the engine keeps
	// throwing it out.
	maxAttempts = 5
	txSetting   = "cunwu:tx"
)

var (
	errNested   = errors.New("repository: InTx inside InTx")
	errNoAnswer = errors.New("repository: a receipt was asked for and Answer was not called")
	errOutside  = errors.New("repository: write outside of a transaction")
)

// tx is one transaction. It is the writing side of every noun: each noun sees
// it through its own Tx interface. It is used by one goroutine.
type tx struct {
	db        *DB
	gorm      *gorm.DB
	act       audit.Act
	now       time.Time
	wrote     bool
	events    int
	answered  bool
	changed   []region.Code
	announced bool          // something is in the outbox
	log       *logEdge      // once a place in the public log was asked for
	subject   string        // what the last event speaks of
	erased    []string      // subjects whose text is taken away here
	wiped     bool          // something was taken away of which no trace is to stay
	boxes     map[int64]box // the ballots that casts of this transaction are for
}

// Now is the time of the transaction, to the millisecond, in China's zone.
func (t *tx) Now() time.Time { return t.now }

// in gives the handle on which the statements of this transaction are run.
func (t *tx) in(ctx context.Context) *gorm.DB { return t.gorm.WithContext(ctx) }

// inTx runs fn in one transaction in the name of act and commits it. fn is run
// again, from the start, when the engine throws the transaction out, so it must
// have no effects but through tx. Errors of fn come back as they are; a
// *audit.Replay says that the same request was answered before.
func (db *DB) inTx(ctx context.Context, act audit.Act, fn func(*tx) error) error {
	if act.Actor.AccountID == "" {
		return audit.ErrNoActor
	}
	if nested() {
		return errNested
	}
	var err error
	for attempt := range maxAttempts {
		if attempt > 0 && !rest(ctx, attempt) {
			break
		}
		var t *tx
		if t, err = db.attempt(ctx, act, fn); err == nil {
			if t.wiped {
				db.wiped.Store(true)
			}
			db.tell(t.changed)
			if t.announced {
				db.tellAnnounced()
			}
			return nil
		}
		if !errors.Is(err, errRetry) {
			return err
		}
		db.log.InfoContext(ctx, "transaction runs again", "attempt", attempt+1, "request_id", act.RequestID, "cause", err.Error())
	}
	return fault.ErrUnavailable.Because(err).After(retryAfter)
}

// attempt runs the transaction once.
func (db *DB) attempt(ctx context.Context, act audit.Act, fn func(*tx) error) (*tx, error) {
	g := db.write.WithContext(ctx).Begin()
	if g.Error != nil {
		return nil, g.Error
	}
	// The time is taken when the transaction has its place in the order of
	// writes, so that times follow that order.
	t := &tx{db: db, act: act, now: db.clock.Now().In(calendar.China).Truncate(time.Millisecond)}
	t.gorm = g.Set(txSetting, t).Session(&gorm.Session{})
	committed := false
	defer func() {
		if !committed { // fn failed or panicked
			g.Rollback()
		}
	}()
	if err := t.claim(ctx); err != nil {
		return nil, err
	}
	if err := fn(t); err != nil {
		return nil, err
	}
	if err := t.complete(); err != nil {
		return nil, err
	}
	committed = true // Commit ends the transaction even when it fails
	if err := g.Commit().Error; err != nil {
		return nil, unknownOutcome(err)
	}
	return t, nil
}

// complete refuses what must not be committed.
func (t *tx) complete() error {
	if t.wrote && t.events == 0 {
		return audit.ErrNoEvent
	}
	if t.log != nil && t.log.broken {
		return errHalfLeaf
	}
	if t.act.Receipt != nil && !t.answered {
		return errNoAnswer
	}
	return nil
}

// unknownOutcome makes every failed commit that is not a definite refusal an
// ErrUnavailable: the client repeats with the same key and learns what happened.
func unknownOutcome(err error) error {
	if errors.Is(err, errRetry) || fault.Of(err) != nil {
		return err
	}
	return fault.ErrUnavailable.Because(fmt.Errorf("commit: %w", err)).After(retryAfter)
}

// nested reports whether the caller of inTx runs inside another inTx. A nested
// one would wait for the connection that the outer one holds (SQLite) or commit
// on its own (MySQL). Contexts cannot tell, because closures use the outer one.
func nested() bool {
	var pcs [96]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		f, more := frames.Next()
		if strings.HasSuffix(f.Function, "repository.(*DB).attempt") {
			return true
		}
		if !more {
			return false
		}
	}
}

// rest waits a little, longer each time and never equally long, so that two
// transactions that threw each other out do not meet again. It reports whether
// ctx allows to go on.
func rest(ctx context.Context, attempt int) bool {
	d := time.Duration(1<<attempt)*time.Millisecond + rand.N(10*time.Millisecond) //nolint:gosec // jitter needs no secrecy
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// watchWrites makes gorm tell the transaction that rows were written, and
// refuses writes on handles that belong to no transaction.
func watchWrites(g *gorm.DB) error {
	before := func(g *gorm.DB) {
		if _, ok := g.Get(txSetting); !ok {
			_ = g.AddError(errOutside)
		}
	}
	after := func(g *gorm.DB) {
		if v, ok := g.Get(txSetting); ok && g.RowsAffected > 0 {
			if t, ok := v.(*tx); ok {
				t.wrote = true
			}
		}
	}
	cb := g.Callback()
	return errors.Join(
		cb.Create().Before("gorm:create").Register("cunwu:before", before),
		cb.Update().Before("gorm:update").Register("cunwu:before", before),
		cb.Delete().Before("gorm:delete").Register("cunwu:before", before),
		cb.Raw().Before("gorm:raw").Register("cunwu:before", before),
		cb.Create().After("gorm:create").Register("cunwu:after", after),
		cb.Update().After("gorm:update").Register("cunwu:after", after),
		cb.Delete().After("gorm:delete").Register("cunwu:after", after),
		cb.Raw().After("gorm:raw").Register("cunwu:after", after),
	)
}
