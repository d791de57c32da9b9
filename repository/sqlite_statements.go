package repository

import (
	"context"
	"database/sql/driver"
	"errors"
)

// keptStatements bounds the compiled statements that one connection keeps.
const keptStatements = 320

// statementKeeper opens connections that keep their compiled statements.
//
// database/sql compiles a statement anew each time it is used in a transaction,
// when it was first compiled inside of one, as everything on our one writing
// connection is, and closes them all at the end. That was a fifth of the time of
// a publication. So what is prepared here is only the text: a compiled statement
// is taken for the time of its use and then laid aside, so that thirty uses in
// one transaction need one.
type statementKeeper struct{ driver.Connector }

// Connect opens a connection.
func (k statementKeeper) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	inner, ok := c.(engineConn)
	if !ok {
		return c, nil // another version of the driver: slower, and right
	}
	return &keepingConn{engineConn: inner, idle: map[string]engineStatement{}}, nil
}

// engineConn is what database/sql makes use of in the engine's connections.
type engineConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// keepingConn is one connection and what it has laid aside. database/sql lets
// one goroutine at a time use it.
type keepingConn struct {
	engineConn
	idle map[string]engineStatement
}

// errDriver: another version of the driver, to which this file does not fit.
var errDriver = errors.New("the SQLite driver's statements or rows are not as expected")

// PrepareContext remembers the text. What is wrong with it is said at its use.
func (c *keepingConn) PrepareContext(_ context.Context, query string) (driver.Stmt, error) {
	return &textStatement{conn: c, query: query}, nil
}

// take gives a compiled statement, for the caller alone until it is laid aside.
func (c *keepingConn) take(ctx context.Context, query string) (engineStatement, error) {
	if s, ok := c.idle[query]; ok {
		delete(c.idle, query)
		return s, nil
	}
	s, err := c.engineConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	inner, ok := s.(engineStatement)
	if !ok {
		return nil, errors.Join(errDriver, s.Close())
	}
	return inner, nil
}

// lay keeps a statement that is no longer used. The engine has reset it. Where
// there are too many, any other goes: what is used often comes back.
func (c *keepingConn) lay(query string, s engineStatement) error {
	if _, ok := c.idle[query]; ok {
		return s.Close() // two of one text were in use at once
	}
	var err error
	if len(c.idle) >= keptStatements {
		for other, o := range c.idle {
			delete(c.idle, other)
			err = o.Close()
			break
		}
	}
	c.idle[query] = s
	return err
}

// Close gives everything back to the engine.
func (c *keepingConn) Close() error {
	for query, s := range c.idle {
		_ = s.Close() // the connection goes anyway
		delete(c.idle, query)
	}
	return c.engineConn.Close()
}

type engineStatement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// engineRows are what database/sql and gorm make use of in the engine's rows.
type engineRows interface {
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

// textStatement is what a connection prepares.
type textStatement struct {
	conn  *keepingConn
	query string
}

// Close has nothing to give back.
func (*textStatement) Close() error { return nil }

// NumInput leaves counting the parameters to the engine.
func (*textStatement) NumInput() int { return -1 }

// Exec implements driver.Stmt. database/sql calls ExecContext.
func (*textStatement) Exec([]driver.Value) (driver.Result, error) { return nil, driver.ErrSkip }

// Query implements driver.Stmt. database/sql calls QueryContext.
func (*textStatement) Query([]driver.Value) (driver.Rows, error) { return nil, driver.ErrSkip }

// ExecContext runs a compiled statement of the text.
func (t *textStatement) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	s, err := t.conn.take(ctx, t.query)
	if err != nil {
		return nil, err
	}
	got, err := s.ExecContext(ctx, args)
	if laid := t.conn.lay(t.query, s); err == nil {
		err = laid
	}
	return got, err
}

// QueryContext runs a compiled statement of the text, which is in use until the
// rows are closed.
func (t *textStatement) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	s, err := t.conn.take(ctx, t.query)
	if err != nil {
		return nil, err
	}
	got, err := s.QueryContext(ctx, args)
	if err != nil {
		_ = t.conn.lay(t.query, s) // the other error says more
		return nil, err
	}
	rows, ok := got.(engineRows)
	if !ok {
		return nil, errors.Join(errDriver, got.Close(), s.Close())
	}
	return &keptRows{engineRows: rows, of: t, statement: s}, nil
}

// keptRows lay their statement aside when they are closed.
type keptRows struct {
	engineRows
	of        *textStatement
	statement engineStatement
}

// Close ends the reading. It may be called twice.
func (r *keptRows) Close() error {
	err := r.engineRows.Close()
	if s := r.statement; s != nil {
		r.statement = nil
		if err != nil { // it may not have been reset
			return errors.Join(err, s.Close())
		}
		return r.of.conn.lay(r.of.query, s)
	}
	return err
}
