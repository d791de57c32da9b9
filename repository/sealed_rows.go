package repository

import (
	"context"
	"fmt"
	"strings"
	"time"

	"cunwu/service/account"
)

// sealedTable is a table with a sealed column, and how its rows are told apart.
type sealedTable struct {
	name string
	key  []string // the primary key
	// id gives what the blob of a row is bound to, by the values of the key and,
	// where bound is set, of that column of milliseconds. Nil: the first value.
	id    func(key []string, at int64) string
	bound string
}

// sealedTables are all of them, by kind.
var sealedTables = map[string]sealedTable{
	account.SealedAccount:        {name: "accounts", key: []string{"id"}},
	account.SealedResident:       {name: "residents", key: []string{"id"}},
	account.SealedRequest:        {name: "binding_requests", key: []string{"id"}},
	account.SealedConcern:        {name: "concerns", key: []string{"id"}},
	account.SealedHousehold:      {name: "posting_households", key: []string{"posting_id", "household"}, id: joined},
	account.SealedBoardEntry:     {name: "board_entries", key: []string{"id"}},
	account.SealedBoardObjection: {name: "board_objections", key: []string{"entry_id", "number"}, id: joined},
	account.SealedConcernUpdate: {name: "concern_updates", key: []string{"concern_id", "number"}, bound: "at", id: func(key []string, at int64) string {
		return key[0] + "/" + fromMillis(at).UTC().Format(time.RFC3339Nano)
	}},
}

func joined(key []string, _ int64) string { return strings.Join(key, "/") }

type sealedRowRead struct {
	One, Two string
	At       int64
	SealKey  string
	Sealed   []byte
}

// SealedOld gives rows sealed under other keys than the newest.
func (r accountReads) SealedOld(ctx context.Context, kind, newestKey string, limit int) ([]account.SealedRow, error) {
	t, at, two := sealedTables[kind], "0", "''"
	if t.bound != "" {
		at = t.bound
	}
	if len(t.key) > 1 {
		two = t.key[1]
	}
	var rows []sealedRowRead
	err := r.on(ctx).Table(t.name).Select(t.key[0]+" AS one, "+two+" AS two, "+at+" AS at, seal_key, sealed").
		Where("seal_key <> ? AND seal_key <> ''", newestKey).Order("seal_key, " + strings.Join(t.key, ", ")).Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read sealed rows: %w", err)
	}
	out := make([]account.SealedRow, len(rows))
	for i, row := range rows {
		key, values := []string{row.One}, []any{row.One}
		if len(t.key) > 1 {
			key, values = append(key, row.Two), append(values, row.Two)
		}
		id := row.One
		if t.id != nil {
			id = t.id(key, row.At)
		}
		out[i] = account.SealedRow{ID: id, Key: values, Sealed: account.Sealed{Key: row.SealKey, Blob: row.Sealed}}
	}
	return out, nil
}

// Reseal replaces a blob where the old one still stands, and nothing otherwise.
func (t *tx) Reseal(ctx context.Context, kind string, row account.SealedRow, sealed account.Sealed) error {
	table := sealedTables[kind]
	q := t.in(ctx).Table(table.name).Where("sealed = ?", row.Sealed.Blob)
	for i, column := range table.key {
		q = q.Where(column+" = ?", row.Key[i])
	}
	if err := q.Updates(map[string]any{"seal_key": sealed.Key, "sealed": sealed.Blob}).Error; err != nil {
		return fmt.Errorf("reseal %s: %w", kind, err)
	}
	return nil
}
