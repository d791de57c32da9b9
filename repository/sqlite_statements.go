package repository

import (
	"context"
	"database/sql/driver"
)

// keptStatements bounds the compiled statements that one connection keeps idle.
const keptStatements = 256

// statementKeeper opens connections that keep their compiled statements.
//
// database/sql compiles a statement anew for every transaction that uses it,
// when it was first compiled inside of one, as everything on our one writing
// connection is. That was a fifth of the time of a publication. So a statement
// that is closed is not given back to the engine but laid aside, and taken up
// again when the same text is prepared.
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
	return &keepingConn{engineConn: inner, idle: map[string][]*keptStatement{}}, nil
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
	idle  map[string][]*keptStatement
	count int
}

// PrepareContext takes a statement that was laid aside, or compiles one.
func (c *keepingConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if laid := c.idle[query]; len(laid) > 0 {
		s := laid[len(laid)-1]
		c.idle[query] = laid[:len(laid)-1]
		c.count--
		return s, nil
	}
	s, err := c.engineConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	inner, ok := s.(engineStatement)
	if !ok {
		return s, nil
	}
	return &keptStatement{engineStatement: inner, conn: c, query: query}, nil
}

// Close gives everything back to the engine.
func (c *keepingConn) Close() error {
	for query, laid := range c.idle {
		for _, s := range laid {
			_ = s.engineStatement.Close() // the connection goes anyway
		}
		delete(c.idle, query)
	}
	return c.engineConn.Close()
}

type engineStatement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// keptStatement is a compiled statement that outlives its Close.
type keptStatement struct {
	engineStatement
	conn  *keepingConn
	query string
}

// Close lays the statement aside. The engine resets it after each use.
func (s *keptStatement) Close() error {
	if s.conn.count >= keptStatements {
		return s.engineStatement.Close()
	}
	s.conn.idle[s.query] = append(s.conn.idle[s.query], s)
	s.conn.count++
	return nil
}
