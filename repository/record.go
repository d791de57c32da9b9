package repository

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cunwu/service/record"
)

type logEntryRow struct {
	ID   int64 `gorm:"primaryKey;autoIncrement:false"`
	Data []byte
}

// TableName names the table.
func (logEntryRow) TableName() string { return "log_entries" }

type logHashRow struct {
	ID   int64 `gorm:"primaryKey;autoIncrement:false"`
	Hash []byte
}

// TableName names the table.
func (logHashRow) TableName() string { return "log_hashes" }

type logHeadRow struct {
	ID     int64 `gorm:"primaryKey;autoIncrement:false"`
	Size   int64
	Root   []byte
	LastAt int64
}

// TableName names the table.
func (logHeadRow) TableName() string { return "log_head" }

const logHeadID = 1

func (r logHeadRow) toHead() (record.Head, error) {
	h := record.Head{Size: r.Size, LastAt: fromMillis(r.LastAt)}
	if copy(h.Root[:], r.Root) != tlog.HashSize || len(r.Root) != tlog.HashSize {
		return record.Head{}, fmt.Errorf("log head: the root has %d bytes", len(r.Root))
	}
	return h, nil
}

// Records keeps the public log.
type Records struct{ store[record.KeyTx] }

// Records gives the store of the public log.
func (db *DB) Records() *Records {
	return &Records{store[record.KeyTx]{db: db, as: func(t *tx) record.KeyTx { return t }}}
}

// Head reads the committed head.
func (s *Records) Head(ctx context.Context) (record.Head, error) {
	var row logHeadRow
	if err := s.db.reader(ctx).Where("id = ?", logHeadID).Take(&row).Error; err != nil {
		return record.Head{}, fmt.Errorf("read log head: %w", err)
	}
	return row.toHead()
}

// Hashes reads stored hashes in the order asked; record.ErrNotFound if one is
// missing.
func (s *Records) Hashes(ctx context.Context, indexes []int64) ([]tlog.Hash, error) {
	found, err := readHashes(s.db.reader(ctx), indexes)
	if err != nil {
		return nil, err
	}
	return pickHashes(found, indexes)
}

// Leaves reads at most n leaves from an index on.
func (s *Records) Leaves(ctx context.Context, from int64, n int) ([][]byte, error) {
	var rows []logEntryRow
	err := s.db.reader(ctx).Where("id >= ? AND id < ?", from, from+int64(n)).Order("id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read log entries: %w", err)
	}
	out := make([][]byte, len(rows))
	for i, r := range rows {
		if r.ID != from+int64(i) {
			return nil, fmt.Errorf("read log entries: %d is missing", from+int64(i))
		}
		out[i] = r.Data
	}
	return out, nil
}

// Setting reads what PutSetting of a transaction stored.
func (s *Records) Setting(ctx context.Context, key string) (value string, ok bool, err error) {
	return s.db.Setting(ctx, key)
}

// Setting reads a value inside of the transaction.
func (t *tx) Setting(ctx context.Context, key string) (value string, ok bool, err error) {
	return readSetting(t.in(ctx), key)
}

func readHashes(g *gorm.DB, indexes []int64) (map[int64]tlog.Hash, error) {
	found := make(map[int64]tlog.Hash, len(indexes))
	if len(indexes) == 0 {
		return found, nil
	}
	var rows []logHashRow
	if err := g.Where("id IN (?)", padded(indexes)).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read log hashes: %w", err)
	}
	for _, r := range rows {
		var h tlog.Hash
		if copy(h[:], r.Hash) != tlog.HashSize || len(r.Hash) != tlog.HashSize {
			return nil, fmt.Errorf("log hash %d has %d bytes", r.ID, len(r.Hash))
		}
		found[r.ID] = h
	}
	return found, nil
}

func pickHashes(found map[int64]tlog.Hash, indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		h, ok := found[x]
		if !ok {
			return nil, record.ErrNotFound.Because(fmt.Errorf("log hash %d", x))
		}
		out[i] = h
	}
	return out, nil
}

// logEdge is the log as one transaction sees it: the locked head, and the hashes
// of the complete subtrees along its right edge, which is all that the next
// leaves and the next root are computed from.
type logEdge struct {
	head   record.Head
	hashes map[int64]tlog.Hash
	broken bool // a leaf failed half-way: the transaction must not commit
}

// ReadHashes gives hashes of the edge.
func (e *logEdge) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	return pickHashes(e.hashes, indexes)
}

// edgeIndexes are where the hashes of the right edge of a tree are stored: one
// for each bit of its size.
func edgeIndexes(size int64) []int64 {
	var out []int64
	var done int64
	for level := bits.Len64(uint64(size)) - 1; level >= 0; level-- { //nolint:gosec // sizes are not negative
		if width := int64(1) << level; size&width != 0 {
			out = append(out, tlog.StoredHashIndex(level, done>>level))
			done += width
		}
	}
	return out
}

// NextPlace locks the log's head until the commit and gives the next place.
func (t *tx) NextPlace(ctx context.Context) (record.Place, error) {
	if err := t.openLog(ctx); err != nil {
		return record.Place{}, err
	}
	at, last := t.now, t.log.head.LastAt
	if back := last.Sub(at); back > record.MaxClockBack {
		return record.Place{}, record.ErrClockBack.Because(
			fmt.Errorf("the clock is %s behind leaf %d", back.Round(time.Millisecond), t.log.head.Size-1)).After(retryAfter)
	}
	if last.After(at) {
		at = last
	}
	return record.Place{Index: t.log.head.Size, At: at}, nil
}

// openLog locks the head and reads the edge, once for each transaction.
func (t *tx) openLog(ctx context.Context) error {
	if t.log != nil {
		return nil
	}
	var row logHeadRow
	err := t.in(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", logHeadID).Take(&row).Error
	if err != nil {
		return fmt.Errorf("lock log head: %w", err)
	}
	edge := &logEdge{}
	if edge.head, err = row.toHead(); err != nil {
		return err
	}
	if edge.hashes, err = readHashes(t.in(ctx), edgeIndexes(edge.head.Size)); err != nil {
		return err
	}
	t.log = edge
	return nil
}

var (
	errNotNext  = errors.New("not the place that NextPlace gave")
	errHalfLeaf = errors.New("repository: a leaf failed half-way and the closure went on")
)

// AppendLeaf puts the leaf at the place just taken.
func (t *tx) AppendLeaf(ctx context.Context, at record.Place, l record.Leaf) error {
	if t.log == nil || at.Index != t.log.head.Size || at.At.Before(t.log.head.LastAt) {
		return fmt.Errorf("%w: %s: %w", record.ErrLeaf, l.Kind, errNotNext)
	}
	data, err := l.Canonical(at.At)
	if err != nil {
		return err
	}
	t.log.broken = true
	if err := t.extend(ctx, at, data); err != nil {
		return err
	}
	t.log.broken = false
	return nil
}

// extend hashes the leaf into the tree and stores what is new.
func (t *tx) extend(ctx context.Context, at record.Place, data []byte) error {
	hashes, err := tlog.StoredHashes(at.Index, data, t.log)
	if err != nil {
		return fmt.Errorf("hash leaf %d: %w", at.Index, err)
	}
	rows := make([]logHashRow, len(hashes))
	first := tlog.StoredHashIndex(0, at.Index)
	for i, h := range hashes {
		rows[i] = logHashRow{ID: first + int64(i), Hash: h[:]}
		t.log.hashes[rows[i].ID] = h
	}
	root, err := tlog.TreeHash(at.Index+1, t.log)
	if err != nil {
		return fmt.Errorf("hash of the tree of %d: %w", at.Index+1, err)
	}
	t.log.head = record.Head{Size: at.Index + 1, Root: root, LastAt: at.At}
	return t.storeLeaf(ctx, logEntryRow{ID: at.Index, Data: data}, rows)
}

func (t *tx) storeLeaf(ctx context.Context, entry logEntryRow, hashes []logHashRow) error {
	if err := t.in(ctx).Create(&entry).Error; err != nil {
		return fmt.Errorf("append leaf %d: %w", entry.ID, err)
	}
	if err := t.in(ctx).Create(&hashes).Error; err != nil {
		return fmt.Errorf("append hashes of leaf %d: %w", entry.ID, err)
	}
	head := t.log.head
	err := one(t.in(ctx).Model(&logHeadRow{}).Where("id = ? AND size = ?", logHeadID, entry.ID).Updates(map[string]any{
		"size": head.Size, "root": head.Root[:], "last_at": toMillis(head.LastAt),
	}), errors.New("the head is elsewhere"))
	return wrapped("move log head", err)
}
