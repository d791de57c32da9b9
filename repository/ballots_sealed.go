package repository

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"cunwu/service/ballot"
)

type keepingRow struct {
	Ballot int64 `gorm:"primaryKey;autoIncrement:false"`
	Body   string
}

// TableName names the table.
func (keepingRow) TableName() string { return "ballot_keeping" }

func readKeeping(g *gorm.DB, number int64) (ballot.Keeping, error) {
	var row keepingRow
	err := g.Where("ballot = ?", number).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return ballot.Keeping{}, nil
	}
	if err != nil {
		return ballot.Keeping{}, wrapped("read keeping of ballot", err)
	}
	var k ballot.Keeping
	if err := json.Unmarshal([]byte(row.Body), &k); err != nil {
		return ballot.Keeping{}, fmt.Errorf("read keeping of ballot %d: %w", number, err)
	}
	return k, nil
}

// BallotKeeping implements ballot.Store.
func (s *Ballots) BallotKeeping(ctx context.Context, number int64) (ballot.Keeping, error) {
	return readKeeping(s.db.reader(ctx), number)
}

// BallotsKept implements ballot.Store.
func (s *Ballots) BallotsKept(ctx context.Context) ([]ballot.Kept, error) {
	var rows []struct{ ID, State, Body string }
	err := s.db.reader(ctx).Raw("SELECT b.id, b.state, k.body FROM ballots b JOIN ballot_keeping k ON k.ballot = b.number "+
		"WHERE b.sealed = 1 AND b.state IN (?) ORDER BY b.number", ballot.KeeperStates()).Scan(&rows).Error
	if err != nil {
		return nil, wrapped("read kept ballots", err)
	}
	out := make([]ballot.Kept, len(rows))
	for i, r := range rows {
		out[i].ID, out[i].State = r.ID, ballot.State(r.State)
		if err := json.Unmarshal([]byte(r.Body), &out[i].Keeping); err != nil {
			return nil, fmt.Errorf("read keeping of ballot %s: %w", r.ID, err)
		}
	}
	return out, nil
}

// Keeping implements ballot.Tx.
func (t *tx) Keeping(ctx context.Context, number int64) (ballot.Keeping, error) {
	return readKeeping(t.in(ctx), number)
}

// SaveKeeping implements ballot.Tx.
func (t *tx) SaveKeeping(ctx context.Context, number int64, k ballot.Keeping) error {
	raw, err := json.Marshal(k)
	if err != nil {
		return fmt.Errorf("encode keeping: %w", err)
	}
	var old int64
	if err := t.in(ctx).Model(&keepingRow{}).Where("ballot = ?", number).Count(&old).Error; err != nil {
		return wrapped("look for keeping", err)
	}
	if old == 0 {
		return wrapped("add keeping", t.in(ctx).Create(&keepingRow{Ballot: number, Body: string(raw)}).Error)
	}
	return wrapped("save keeping", t.in(ctx).Model(&keepingRow{}).Where("ballot = ?", number).Update("body", string(raw)).Error)
}

// putSealed puts the sealed casts of a group, voter by voter in the order of the
// roll: the last stands, of the others the trackers stay. A vote at the table
// leaves what was cast before for the closing to drop. The entries of the roll
// are locked, so that nobody else reads or writes these rows.
func (t *tx) putSealed(ctx context.Context, places []rollPlace, states map[rollPlace]*boxState) error {
	before, err := t.envelopesBefore(ctx, places, states)
	if err != nil {
		return err
	}
	var fresh, replaced []any
	for _, at := range places {
		casts := states[at].all
		if len(casts) == 0 {
			continue
		}
		old, had := before[at]
		for _, c := range casts {
			if old.tracker != nil {
				replaced = append(replaced, at.ballot, at.voter, old.n, old.tracker)
			}
			tracker := ballot.FullTracker(c.Sealed)
			old = envelope{n: old.n + 1, tracker: tracker[:]}
		}
		last := casts[len(casts)-1]
		if !had {
			fresh = append(fresh, at.ballot, at.voter, old.n, old.tracker, last.Sealed, last.SealedBy)
		} else if err := t.exec(ctx, "UPDATE ballot_sealed SET n = ?, tracker = ?, body = ?, sealed_by = ? WHERE ballot = ? AND voter = ?",
			old.n, old.tracker, last.Sealed, last.SealedBy, at.ballot, at.voter); err != nil {
			return err
		}
	}
	if err := t.insertMany(ctx, "INSERT INTO ballot_trackers (ballot, voter, n, tracker) VALUES ", 4, replaced); err != nil {
		return err
	}
	return t.insertMany(ctx, "INSERT INTO ballot_sealed (ballot, voter, n, tracker, body, sealed_by) VALUES ", 6, fresh)
}

// envelope is what of a voter's standing cast is needed to replace it.
type envelope struct {
	n       int
	tracker []byte
}

// envelopesBefore reads the standing casts of those who have voted before.
func (t *tx) envelopesBefore(ctx context.Context, places []rollPlace, states map[rollPlace]*boxState) (map[rollPlace]envelope, error) {
	voters := map[int64][]any{}
	for _, at := range places {
		if st := states[at]; st.had != "" && len(st.all) > 0 {
			voters[at.ballot] = append(voters[at.ballot], at.voter)
		}
	}
	out := map[rollPlace]envelope{}
	for number, some := range voters {
		q := "SELECT voter, n, tracker FROM ballot_sealed WHERE ballot = ? AND voter IN (" + marks(&some) + ")"
		err := t.rows(ctx, q, append([]any{number}, some...), func(scan func(...any) error) error {
			at, e := rollPlace{ballot: number}, envelope{}
			err := scan(&at.voter, &e.n, &e.tracker)
			out[at] = e
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func readSealed(g *gorm.DB, number int64) ([]ballot.SealedCast, error) {
	var rows []struct {
		Voter    int64
		Way      string
		N        int
		Tracker  []byte
		Body     []byte
		SealedBy string
	}
	err := g.Raw("SELECT s.voter, r.way, s.n, s.tracker, s.body, s.sealed_by FROM ballot_sealed s "+
		"JOIN ballot_roll r ON r.ballot = s.ballot AND r.voter = s.voter WHERE s.ballot = ? ORDER BY s.voter", number).Scan(&rows).Error
	if err != nil {
		return nil, wrapped("read sealed casts", err)
	}
	out := make([]ballot.SealedCast, 0, len(rows))
	for _, r := range rows {
		out = append(out, ballot.SealedCast{Voter: r.Voter, Way: ballot.Origin(r.Way), N: r.N, Tracker: r.Tracker, Ballot: r.Body, SealedBy: r.SealedBy})
	}
	rows = nil
	err = g.Raw("SELECT s.voter, r.way, s.n, s.tracker FROM ballot_trackers s "+
		"JOIN ballot_roll r ON r.ballot = s.ballot AND r.voter = s.voter WHERE s.ballot = ? ORDER BY s.voter, s.n", number).Scan(&rows).Error
	for _, r := range rows {
		out = append(out, ballot.SealedCast{Voter: r.Voter, Way: ballot.Origin(r.Way), N: r.N, Tracker: r.Tracker})
	}
	return out, wrapped("read replaced casts", err)
}

// BallotSealed implements ballot.Store.
func (s *Ballots) BallotSealed(ctx context.Context, number int64) ([]ballot.SealedCast, error) {
	return readSealed(s.db.reader(ctx), number)
}

// SealedCasts implements ballot.Tx.
func (t *tx) SealedCasts(ctx context.Context, number int64) ([]ballot.SealedCast, error) {
	return readSealed(t.in(ctx), number)
}

const keepTrackers = "INSERT INTO ballot_trackers (ballot, voter, n, tracker) SELECT ballot, voter, n, tracker FROM ballot_sealed WHERE ballot = ?"

// DropOverridden implements ballot.Tx.
func (t *tx) DropOverridden(ctx context.Context, number int64) error {
	const atTable = " AND voter IN (SELECT voter FROM ballot_roll WHERE ballot = ? AND way = 'meeting')"
	if err := t.exec(ctx, keepTrackers+atTable, number, number); err != nil {
		return wrapped("keep trackers", err)
	}
	return wrapped("drop overridden casts", t.exec(ctx, "DELETE FROM ballot_sealed WHERE ballot = ?"+atTable, number, number))
}

// EraseSealed implements ballot.Tx.
func (t *tx) EraseSealed(ctx context.Context, number int64) error {
	if err := t.exec(ctx, keepTrackers, number); err != nil {
		return wrapped("keep trackers", err)
	}
	return wrapped("erase sealed casts", t.exec(ctx, "DELETE FROM ballot_sealed WHERE ballot = ?", number))
}

// TableMarks implements ballot.Tx.
func (t *tx) TableMarks(ctx context.Context, number int64) (marked, table int, err error) {
	err = t.in(ctx).Raw("SELECT COUNT(*) FROM ballot_roll WHERE ballot = ? AND way <> ''", number).Scan(&marked).Error
	if err == nil {
		err = t.in(ctx).Raw("SELECT COUNT(*) FROM ballot_roll WHERE ballot = ? AND way = 'meeting'", number).Scan(&table).Error
	}
	return marked, table, wrapped("count marks", err)
}

// ScrubSealed implements ballot.Store. SQLite overwrites what it deletes
// (secure_delete); what the write-ahead log still holds goes with its
// truncation. MySQL keeps deleted rows in the table's pages until it is rebuilt,
// and in its logs longer: see docs/design/sealed-ballots.md.
func (s *Ballots) ScrubSealed(ctx context.Context) error {
	q := "PRAGMA wal_checkpoint(TRUNCATE)"
	if s.db.Engine() != "sqlite" {
		q = "OPTIMIZE TABLE ballot_sealed"
	}
	rows, err := s.db.write.WithContext(ctx).Raw(q).Rows()
	if err != nil {
		return wrapped("scrub sealed casts", translate(s.db.dialect, err))
	}
	defer func() { _ = rows.Close() }() // what it would say, Err says
	for rows.Next() {                   // both answer with rows; done when they are read
		continue
	}
	return wrapped("scrub sealed casts", rows.Err())
}
