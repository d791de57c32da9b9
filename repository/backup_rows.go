package repository

import (
	"bufio"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Rows of the MySQL protocol are kept one table a file: gzip, one JSON value a
// line, first {"table":...,"columns":[...]}, then an array for each row in the
// order of the primary key. A value is null, an integer, a string, or
// {"b64":"..."} for bytes that are no UTF-8.

// rowsBatch bounds one INSERT of a restore, in rows and bytes: well below the
// least max_allowed_packet in use.
const (
	rowsBatch      = 200
	rowsBatchBytes = 1 << 20
	// longestRow bounds a line of a table file: a row is at most a few blobs of
	// 16 MB.
	longestRow = 64 << 20
)

var createTable = regexp.MustCompile(`(?m)^CREATE TABLE ([a-z0-9_]+) `)

// tables names the tables of this program's schema, in the order in which the
// steps make them.
func tables(engine string) ([]string, error) {
	steps, err := renderMigrations(engine)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, name := range sortedKeys(steps) {
		up, _, _ := strings.Cut(string(steps[name].Data), "-- +goose Down")
		for _, m := range createTable.FindAllStringSubmatch(up, -1) {
			if !slices.Contains(out, m[1]) {
				out = append(out, m[1])
			}
		}
	}
	return out, nil
}

// tableHead is the first line of a table file.
type tableHead struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
}

// snapshot reads all tables within one transaction that sees one moment.
func (m *mysqlDialect) snapshot(ctx context.Context, w *backupWriter, f func(queryer) error) (err error) {
	c := m.config.Clone()
	c.ReadTimeout, c.WriteTimeout = migrationTimeout, migrationTimeout
	pool, err := m.pool(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	tx, err := pool.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return translate(m, err)
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	names, err := tables("mysql")
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := dumpTable(ctx, tx, w, name); err != nil {
			return fmt.Errorf("table %s: %w", name, translate(m, err))
		}
	}
	return f(tx)
}

// dumpTable writes one table. Its name is of our own migrations.
func dumpTable(ctx context.Context, q queryer, w *backupWriter, table string) (err error) {
	by, err := primaryKey(ctx, q, table)
	if err != nil {
		return err
	}
	file, err := w.create(tablesFolder + "/" + table + ".jsonl.gz")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.close()) }()
	rows, err := q.QueryContext(ctx, "SELECT * FROM "+table+" ORDER BY "+strings.Join(by, ", "))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	zw := gzip.NewWriter(file)
	if err := dumpRows(rows, table, json.NewEncoder(zw)); err != nil {
		return err
	}
	return zw.Close()
}

func dumpRows(rows *sql.Rows, table string, out *json.Encoder) error {
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	out.SetEscapeHTML(false)
	if err := out.Encode(tableHead{table, columns}); err != nil {
		return err
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, v := range values {
			if b, ok := v.([]byte); ok {
				values[i] = portable(b)
			}
		}
		if err := out.Encode(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

func portable(b []byte) any {
	if utf8.Valid(b) {
		return string(b)
	}
	return map[string]string{"b64": base64.StdEncoding.EncodeToString(b)}
}

func primaryKey(ctx context.Context, q queryer, table string) (columns []string, err error) {
	rows, err := q.QueryContext(ctx, "SELECT column_name FROM information_schema.key_column_usage WHERE table_schema = DATABASE() AND table_name = ? AND constraint_name = 'PRIMARY' ORDER BY ordinal_position", table)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var c string
		if err := rows.Scan(&c); err != nil {
			return nil, err
		}
		columns = append(columns, "`"+c+"`")
	}
	if len(columns) == 0 {
		err = errors.New("no primary key")
	}
	return columns, errors.Join(err, rows.Err())
}

// readTable reads a table file of a backup and hands out its rows. A value is
// nil, an int64, a string or []byte.
func (b *Backup) readTable(table string, row func(columns []string, values []any) error) (err error) {
	f, err := os.Open(b.path(tablesFolder + "/" + table + ".jsonl.gz"))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBackupChanged, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	zr, err := gzip.NewReader(bufio.NewReaderSize(f, 1<<16))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBackupChanged, err)
	}
	lines := bufio.NewScanner(zr)
	lines.Buffer(make([]byte, 1<<16), longestRow)
	var head tableHead
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &head) != nil || head.Table != table {
		return fmt.Errorf("%w: table %s has no head", ErrBackupChanged, table)
	}
	for lines.Scan() {
		values, err := parseRow(lines.Text(), len(head.Columns))
		if err != nil {
			return fmt.Errorf("%w: table %s: %w", ErrBackupChanged, table, err)
		}
		if err := row(head.Columns, values); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%w: table %s: %w", ErrBackupChanged, table, err)
	}
	return nil
}

func parseRow(line string, columns int) ([]any, error) {
	d := json.NewDecoder(strings.NewReader(line))
	d.UseNumber()
	var values []any
	if err := d.Decode(&values); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) || len(values) != columns {
		return nil, errors.New("a row is not as long as the head")
	}
	for i, v := range values {
		var err error
		if values[i], err = stored(v); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// stored gives a value as the driver takes it.
func stored(v any) (any, error) {
	switch v := v.(type) {
	case nil, string:
		return v, nil
	case json.Number:
		return v.Int64()
	case map[string]any:
		text, ok := v["b64"].(string)
		if !ok {
			break
		}
		return base64.StdEncoding.DecodeString(text)
	}
	return nil, fmt.Errorf("a value of type %T", v)
}

// loadTable inserts a table file in batches.
func (b *Backup) loadTable(ctx context.Context, to *sql.DB, table string) error {
	var batch pendingRows
	err := b.readTable(table, func(columns []string, values []any) error {
		batch.add(table, columns, values)
		if batch.rows < rowsBatch && batch.bytes < rowsBatchBytes {
			return nil
		}
		return batch.flush(ctx, to)
	})
	if err != nil {
		return err
	}
	return batch.flush(ctx, to)
}

// pendingRows is one INSERT of several rows.
type pendingRows struct {
	text  strings.Builder
	args  []any
	rows  int
	bytes int
}

func (i *pendingRows) add(table string, columns []string, values []any) {
	if i.rows == 0 {
		i.text.WriteString("INSERT INTO " + table + " (`" + strings.Join(columns, "`, `") + "`) VALUES ")
	} else {
		i.text.WriteString(", ")
	}
	i.text.WriteString("(" + strings.TrimSuffix(strings.Repeat("?, ", len(values)), ", ") + ")")
	for _, v := range values {
		switch v := v.(type) {
		case string:
			i.bytes += len(v)
		case []byte:
			i.bytes += len(v)
		}
	}
	i.args = append(i.args, values...)
	i.rows++
}

func (i *pendingRows) flush(ctx context.Context, to *sql.DB) error {
	if i.rows == 0 {
		return nil
	}
	_, err := to.ExecContext(ctx, i.text.String(), i.args...)
	*i = pendingRows{}
	return err
}
