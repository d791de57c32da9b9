package repository

import (
	"context"
	"fmt"
	"time"

	"cunwu/service/region"
)

const (
	// changeLife is how long marks of changes are kept. An instance that has
	// not read for longer must drop everything it has prepared.
	changeLife = time.Hour
	// changeTrail is how far back marks are read again: serials are given
	// before the commit, so a lower one may appear after a higher one. No
	// transaction lives longer than this.
	changeTrail = 15 * time.Second
	changeLimit = 5000
)

// Change is a mark that something shown of a place has changed.
type Change struct {
	Serial int64
	Region region.Code
	At     time.Time
}

type changeRow struct {
	Serial int64 `gorm:"primaryKey;autoIncrement"`
	Region string
	At     int64
}

// TableName names the table.
func (changeRow) TableName() string { return "changes" }

// RegionChanged leaves a mark for the other instances and, after the commit,
// tells the listeners of this one. Naming a place twice leaves one mark.
func (t *tx) RegionChanged(ctx context.Context, code region.Code) error {
	for _, c := range t.changed {
		if c == code {
			return nil
		}
	}
	row := changeRow{Region: string(code), At: toMillis(t.now)}
	if err := t.in(ctx).Create(&row).Error; err != nil {
		return fmt.Errorf("mark changed region: %w", err)
	}
	t.changed = append(t.changed, code)
	return nil
}

// OnChange adds a listener that is called after each commit with the places
// that changed, before InTx returns, in the writer's goroutine. It must be
// quick and must not write.
func (db *DB) OnChange(listen func([]region.Code)) {
	db.listenersMu.Lock()
	defer db.listenersMu.Unlock()
	db.listeners = append(db.listeners, listen)
}

// OnAnnounced adds a listener that is called after each commit that announced
// something, under the rules of OnChange.
func (db *DB) OnAnnounced(listen func()) {
	db.listenersMu.Lock()
	defer db.listenersMu.Unlock()
	db.followers = append(db.followers, listen)
}

func (db *DB) tellAnnounced() {
	db.listenersMu.RLock()
	defer db.listenersMu.RUnlock()
	for _, l := range db.followers {
		l()
	}
}

func (db *DB) tell(codes []region.Code) {
	if len(codes) == 0 {
		return
	}
	db.listenersMu.RLock()
	defer db.listenersMu.RUnlock()
	for _, l := range db.listeners {
		l(codes)
	}
}

// LastChange gives the highest serial given so far, 0 if none.
func (db *DB) LastChange(ctx context.Context) (int64, error) {
	var last int64
	err := db.reader(ctx).Raw("SELECT COALESCE(MAX(serial), 0) FROM changes").Scan(&last).Error
	if err != nil {
		return 0, fmt.Errorf("read last change: %w", err)
	}
	return last, nil
}

// ChangesSince gives the marks with a serial above after and, once more, those
// of the 15 seconds before it, by serial. The caller drops what it has seen;
// Follow does so.
func (db *DB) ChangesSince(ctx context.Context, after int64) ([]Change, error) {
	var rows []changeRow
	err := db.reader(ctx).Raw(`SELECT serial, region, at FROM changes WHERE serial > ?
		UNION SELECT serial, region, at FROM changes
		WHERE at >= (SELECT COALESCE(MAX(at), 0) FROM changes WHERE serial = ?) - ? AND serial <= ?
		ORDER BY serial LIMIT ?`, after, after, changeTrail.Milliseconds(), after, changeLimit).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read changes: %w", err)
	}
	out := make([]Change, len(rows))
	for i, r := range rows {
		out[i] = Change{Serial: r.Serial, Region: region.Code(r.Region), At: fromMillis(r.At)}
	}
	return out, nil
}

// Follower reads each mark of change once. It is used by one goroutine.
type Follower struct {
	db   *DB
	last Change
	seen map[int64]time.Time
}

// Follow gives a Follower of the marks left from now on.
func (db *DB) Follow(ctx context.Context) (*Follower, error) {
	f := &Follower{db: db, seen: map[int64]time.Time{}}
	last, err := db.LastChange(ctx)
	if err != nil {
		return nil, err
	}
	f.last.Serial = last
	first, err := db.ChangesSince(ctx, last)
	if err != nil {
		return nil, err
	}
	f.take(first)
	return f, nil
}

// Next gives the marks that were not given before, possibly none. After an
// error the same marks are given again by the next call.
func (f *Follower) Next(ctx context.Context) ([]Change, error) {
	cs, err := f.db.ChangesSince(ctx, f.last.Serial)
	if err != nil {
		return nil, err
	}
	return f.take(cs), nil
}

func (f *Follower) take(cs []Change) []Change {
	var fresh []Change
	for _, c := range cs {
		if _, dup := f.seen[c.Serial]; dup {
			continue
		}
		f.seen[c.Serial] = c.At
		fresh = append(fresh, c)
		if c.Serial >= f.last.Serial {
			f.last = c
		}
	}
	for serial, at := range f.seen {
		if at.Before(f.last.At.Add(-2 * changeTrail)) {
			delete(f.seen, serial)
		}
	}
	return fresh
}
