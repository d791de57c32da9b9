package repository

import (
	"database/sql"
	"testing"

	engine "modernc.org/sqlite"
)

// MostStatements is how many compiled statements a connection keeps.
const MostStatements = keptStatements

// KeepingPool opens a pool whose connections keep their statements.
func KeepingPool(path string) (*sql.DB, error) {
	c, err := engine.NewConnector("file:" + path)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(statementKeeper{c}), nil
}

// KeptStatements tells how many compiled statements a connection has laid aside.
func KeptStatements(t *testing.T, c *sql.Conn) int {
	t.Helper()
	n := -1
	if err := c.Raw(func(inner any) error {
		if k, ok := inner.(*keepingConn); ok {
			n = len(k.idle)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return n
}
