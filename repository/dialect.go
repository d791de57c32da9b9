package repository

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"cunwu/service/fault"
)

// ErrUnsafe: the engine is set so that acknowledged writes can be lost.
var ErrUnsafe = errors.New("repository: unsafe database settings")

// errRetry marks a transaction that the engine threw out for no fault of its
// own (deadlock, lock wait); inTx runs it again.
var errRetry = errors.New("repository: transaction must be run again")

// retryAfter is what a client is told to wait when the engine is away.
const retryAfter = 2 * time.Second

// dialect is what differs between the engines.
type dialect interface {
	name() string
	// open gives the writing and the reading handle; they may share a pool.
	open(ctx context.Context) (write, read *gorm.DB, err error)
	// check returns ErrUnsafe where acknowledged writes could be lost.
	check(ctx context.Context, g *gorm.DB) error
	// classify tells what an error of the driver means.
	classify(err error) failure
	// migrating runs f on connections fit for long DDL, while no other
	// process migrates.
	migrating(ctx context.Context, g *gorm.DB, f func(*sql.DB) error) error
}

// failure is what an engine's error means to us.
type failure int

const (
	otherwise failure = iota // a failure of ours, or no failure of the engine
	duplicate                // a unique key is taken
	rerun                    // the transaction lost a race inside the engine
	away                     // no answer, or an answer that may never come
	full                     // no room
)

func dialectFor(o Options) (dialect, error) {
	switch {
	case strings.HasPrefix(o.URL, "sqlite:"):
		return newSQLite(o)
	case strings.HasPrefix(o.URL, "mysql://"):
		return newMySQL(o)
	}
	// The address may hold a password: it is not repeated.
	return nil, errors.New("database address must begin with sqlite: or mysql://")
}

// translate turns an engine's error into what the services know: the faults
// service.unavailable and service.storage_full, gorm.ErrDuplicatedKey, or
// errRetry. Other errors pass. gorm calls it for every statement, so stores
// need not.
func translate(d dialect, err error) error {
	if err == nil || fault.Of(err) != nil || errors.Is(err, errRetry) || errors.Is(err, gorm.ErrDuplicatedKey) {
		return err
	}
	f := d.classify(err)
	if f == otherwise && lost(err) {
		f = away
	}
	switch f {
	case duplicate:
		return fmt.Errorf("%w: %w", gorm.ErrDuplicatedKey, err)
	case rerun:
		return fmt.Errorf("%w: %w", errRetry, err)
	case away:
		return fault.ErrUnavailable.Because(err).After(retryAfter)
	case full:
		return fault.ErrStorageFull.Because(err).After(time.Minute)
	case otherwise:
	}
	return err
}

// lost reports whether the connection, or the patience of the caller, is gone.
func lost(err error) bool {
	var n net.Error
	switch {
	case errors.As(err, &n),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone), errors.Is(err, sql.ErrTxDone),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return true
	}
	return false
}

// gormConfig is the one way in which gorm is set up.
func gormConfig(prepare bool) *gorm.Config {
	return &gorm.Config{
		Logger:                 logger.Discard,
		SkipDefaultTransaction: true,
		TranslateError:         true,
		DisableAutomaticPing:   true,
		PrepareStmt:            prepare,
		// The shapes of our statements are few; the bound is for the day
		// somebody forgets to pad an IN list.
		PrepareStmtMaxSize: 2000,
		PrepareStmtTTL:     24 * time.Hour,
	}
}
