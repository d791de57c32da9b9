package repository

import (
	"context"
	"strings"
)

// rows runs a query and hands each row to take.
func (t *tx) rows(ctx context.Context, q string, args []any, take func(scan func(...any) error) error) error {
	rows, err := t.gorm.Statement.ConnPool.QueryContext(ctx, q, args...)
	if err != nil {
		return translate(t.db.dialect, err)
	}
	defer func() { _ = rows.Close() }() // what it would say, Err says
	for rows.Next() {
		if err := take(rows.Scan); err != nil {
			return translate(t.db.dialect, err)
		}
	}
	return translate(t.db.dialect, rows.Err())
}

func (t *tx) exec(ctx context.Context, q string, args ...any) error {
	t.wrote = true
	_, err := t.gorm.Statement.ConnPool.ExecContext(ctx, q, args...)
	return translate(t.db.dialect, err)
}

// insertMany inserts rows of width values in statements of 64, 16, 4 and 1
// rows, so that there are four texts of each and not one for every number.
func (t *tx) insertMany(ctx context.Context, head string, width int, args []any) error {
	row := "(" + strings.Repeat("?,", width-1) + "?)"
	for n := 64; len(args) > 0; {
		for len(args) < n*width {
			n /= 4
		}
		if err := t.exec(ctx, head+strings.Repeat(row+",", n-1)+row, args[:n*width]...); err != nil {
			return err
		}
		args = args[n*width:]
	}
	return nil
}

// marks pads a list as padded does and gives its question marks.
func marks(list *[]any) string {
	*list = padded(*list)
	return strings.Repeat("?,", max(len(*list)-1, 0)) + "?"
}

func anys[T any](in []T) []any {
	out := make([]any, len(in))
	for i, v := range in {
		out[i] = v
	}
	return out
}
