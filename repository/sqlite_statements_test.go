package repository_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"cunwu/repository"
)

// onOne gives one connection that keeps its statements, with a table t(n).
func onOne(t *testing.T) *sql.Conn {
	t.Helper()
	pool, err := repository.KeepingPool(filepath.Join(t.TempDir(), "kept.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	c, err := pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if _, err := c.ExecContext(t.Context(), "CREATE TABLE t (n INTEGER PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
	return c
}

// inTx runs f in a transaction, as everything that writes is run.
func inTx(t *testing.T, c *sql.Conn, f func(ctx context.Context, tx *sql.Tx)) {
	t.Helper()
	tx, err := c.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	f(t.Context(), tx)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

// prepared gives a statement of a transaction.
func prepared(ctx context.Context, t *testing.T, tx *sql.Tx, text string) *sql.Stmt {
	t.Helper()
	s, err := tx.PrepareContext(ctx, text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// reading calls each for every row.
func reading(ctx context.Context, t *testing.T, s *sql.Stmt, each func()) {
	t.Helper()
	rows, err := s.QueryContext(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		each()
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// One text used many times in many transactions is one compiled statement.
func TestStatements_Kept(t *testing.T) {
	t.Parallel()
	c := onOne(t)
	for round := range 3 {
		inTx(t, c, func(ctx context.Context, tx *sql.Tx) {
			for i := range 40 {
				s := prepared(ctx, t, tx, "INSERT INTO t (n) VALUES (?) RETURNING n")
				defer func() { _ = s.Close() }() // as the pool has it: not before the end
				var n int
				if err := s.QueryRowContext(ctx, round*40+i).Scan(&n); err != nil || n != round*40+i {
					t.Fatal(n, err)
				}
			}
		})
	}
	if n := repository.KeptStatements(t, c); n != 1 {
		t.Errorf("%d compiled statements of one text", n)
	}
}

// Two readings of one text at once do not disturb each other, and a statement
// that failed can be used again.
func TestStatements_AtOnce(t *testing.T) {
	t.Parallel()
	c := onOne(t)
	inTx(t, c, func(ctx context.Context, tx *sql.Tx) {
		insert := prepared(ctx, t, tx, "INSERT INTO t (n) VALUES (?)")
		defer func() { _ = insert.Close() }()
		for i, n := range []int{1, 2, 2, 3} {
			if _, err := insert.ExecContext(ctx, n); (err != nil) != (i == 2) { // the second 2 is refused
				t.Fatal(n, err)
			}
		}
		outer, inner := 0, 0
		all := prepared(ctx, t, tx, "SELECT n FROM t ORDER BY n")
		defer func() { _ = all.Close() }()
		reading(ctx, t, all, func() {
			outer++
			reading(ctx, t, all, func() { inner++ })
		})
		if outer != 3 || inner != 9 {
			t.Errorf("%d and %d rows", outer, inner)
		}
	})
}

// A text that is wrong is refused at its use, and more texts than are kept can
// be used.
func TestStatements_ManyAndWrong(t *testing.T) {
	t.Parallel()
	c := onOne(t)
	inTx(t, c, func(ctx context.Context, tx *sql.Tx) {
		if _, err := tx.ExecContext(ctx, "INSERT INTO nowhere (n) VALUES (?)", 1); err == nil {
			t.Error("a table that is not there")
		}
		text := "SELECT 1"
		for range 2 * repository.MostStatements {
			text += " "
			s := prepared(ctx, t, tx, text)
			defer func() { _ = s.Close() }()
			var n int
			if err := s.QueryRowContext(ctx).Scan(&n); err != nil || n != 1 {
				t.Fatal(n, err)
			}
		}
	})
	if n := repository.KeptStatements(t, c); n > repository.MostStatements {
		t.Errorf("%d kept", n)
	}
}
