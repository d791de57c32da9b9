package repository

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"cunwu/service/audit"
	"cunwu/service/fault"
)

// receiptLife is how long a repeat of a request gets the first answer.
const receiptLife = 72 * time.Hour

// purgeBatch bounds the rows that one purging transaction removes.
const purgeBatch = 1000

// ErrMismatch: the idempotency key was used before, for something else.
var ErrMismatch = fault.Define(fault.Invalid, "idempotency.mismatch", "这个提交编号已经用于另一次不同的提交，请刷新页面后重新提交。")

// ErrGone: the request was answered, and what was answered with had to go.
var ErrGone = fault.Define(fault.Conflict, "idempotency.gone", "这次提交已经办理过，但结果里的内容因涉及个人信息已经撤下，不再保留；请刷新页面查看现在的情况。")

// goneStatus marks a receipt whose answer was blanked. It is no HTTP status.
const goneStatus = -1

type receiptRow struct {
	ID      []byte `gorm:"primaryKey"`
	Digest  []byte
	Status  int
	Body    []byte
	At      int64
	Subject string
}

// TableName names the table.
func (receiptRow) TableName() string { return "receipts" }

// receiptID hides scope and key, and makes them one short key. The zero byte
// occurs in neither.
func receiptID(r *audit.Receipt) []byte {
	sum := sha256.Sum256([]byte(r.Scope + "\x00" + r.Key))
	return sum[:]
}

// claim takes the act's receipt at the start of the transaction. A second
// request with the same key waits here for the first to end and then gets its
// answer as *audit.Replay, or ErrMismatch if it asked for something else.
func (t *tx) claim(ctx context.Context) error {
	r := t.act.Receipt
	if r == nil {
		return nil
	}
	row := receiptRow{ID: receiptID(r), Digest: r.Digest[:], Body: []byte{}, At: toMillis(t.now)}
	err := t.in(ctx).Create(&row).Error
	t.wrote = false // the receipt alone asks for no event
	if !errors.Is(err, gorm.ErrDuplicatedKey) {
		return wrapped("claim receipt", err)
	}
	var first receiptRow
	err = t.in(ctx).Where("id = ?", row.ID).Take(&first).Error
	if errors.Is(err, gorm.ErrRecordNotFound) { // purged in between
		return fmt.Errorf("%w: receipt vanished", errRetry)
	}
	if err != nil {
		return wrapped("read receipt", err)
	}
	if first.At <= toMillis(t.now.Add(-receiptLife)) {
		return t.renew(ctx, row)
	}
	if !bytes.Equal(first.Digest, row.Digest) {
		return ErrMismatch
	}
	if first.Status == goneStatus {
		return ErrGone
	}
	return &audit.Replay{Status: first.Status, Body: first.Body}
}

// renew reuses the row of a receipt that has outlived its time.
func (t *tx) renew(ctx context.Context, row receiptRow) error {
	g := t.in(ctx).Model(&receiptRow{}).Where("id = ?", row.ID).
		Updates(map[string]any{"digest": row.Digest, "status": 0, "body": row.Body, "at": row.At, "subject": ""})
	t.wrote = false
	return one(g, fmt.Errorf("%w: receipt vanished", errRetry))
}

// Answer stores what a repeat of the request will get.
func (t *tx) Answer(ctx context.Context, result any) error {
	r := t.act.Receipt
	if r == nil {
		return nil
	}
	status, body, err := r.Encode(result)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	if body == nil {
		body = []byte{}
	}
	if slices.Contains(t.erased, t.subject) {
		status, body = goneStatus, []byte{} // it would keep what this act takes away
	}
	wrote := t.wrote
	g := t.in(ctx).Model(&receiptRow{}).Where("id = ?", receiptID(r)).
		Updates(map[string]any{"status": status, "body": body, "subject": t.subject})
	t.wrote = wrote
	if err := one(g, errNoAnswer); err != nil {
		return wrapped("store the answer", err)
	}
	t.answered = true
	return nil
}

// eraseAnswers blanks what was answered about a subject, for repeats that come
// after its text had to go; also what this transaction is about to answer.
func (t *tx) eraseAnswers(ctx context.Context, subject string) error {
	t.erased = append(t.erased, subject)
	err := t.in(ctx).Model(&receiptRow{}).Where("subject = ?", subject).
		Updates(map[string]any{"status": goneStatus, "body": []byte{}}).Error
	return wrapped("erase answers", err)
}

// Purge removes receipts older than 72 hours and marks of changes older than an
// hour, in small transactions, and gives the number of rows removed. It is run
// by a timer.
func (db *DB) Purge(ctx context.Context) (int64, error) {
	var total int64
	for {
		n, err := db.purgeSome(ctx)
		total += n
		if err != nil || n == 0 {
			return total, err
		}
	}
}

func (db *DB) purgeSome(ctx context.Context) (int64, error) {
	var n int64
	err := db.inTx(ctx, audit.BySystem("storage.purge"), func(t *tx) error {
		n = 0
		for _, p := range []struct {
			table, key string
			before     time.Time
		}{
			{"receipts", "id", t.now.Add(-receiptLife)},
			{"changes", "serial", t.now.Add(-changeLife)},
		} {
			m, err := t.purge(ctx, p.table, p.key, p.before)
			if err != nil {
				return fmt.Errorf("purge %s: %w", p.table, err)
			}
			n += m
		}
		if n == 0 {
			return nil
		}
		return t.Record(ctx, audit.Event{Action: "storage.purge", Object: "rows", Detail: map[string]string{"count": fmt.Sprint(n)}})
	})
	return n, err
}

// purge removes the oldest rows of a table by its key.
func (t *tx) purge(ctx context.Context, table, key string, before time.Time) (int64, error) {
	var rows []map[string]any
	err := t.in(ctx).Table(table).Select(key).Where("at <= ?", toMillis(before)).Order("at, " + key).Limit(purgeBatch).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	keys := make([]any, len(rows))
	for i, r := range rows {
		keys[i] = r[key]
	}
	g := t.in(ctx).Exec("DELETE FROM "+table+" WHERE "+key+" IN (?)", padded(keys))
	return g.RowsAffected, g.Error
}

// wrapped says what was being done, and keeps nil nil.
func wrapped(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
