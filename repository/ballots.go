package repository

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cunwu/service/ballot"
)

type ballotRow struct {
	Number       int64 `gorm:"primaryKey;autoIncrement"`
	ID           string
	Region       string
	State        string
	Sealed       int
	Revote       int
	OpensAt      int64
	ClosesAt     int64
	Revision     int
	Definition   string
	Members      string
	Digest       string
	RollSize     int
	RollDigest   string
	RollSalt     []byte
	OpenedAt     int64
	ClosedAt     int64
	CertifiedAt  int64
	CertifiedBy  string
	Opinion      string
	Reason       string
	CreatedAt    int64 `gorm:"autoCreateTime:false"`
	CreatedBy    string
	Turnout      int
	TurnoutAt    int64
	TurnoutNext  int
	TurnoutTaken int64
	Tally        string
	OpenedIndex  *int64
	ResultIndex  *int64
}

// TableName names the table.
func (ballotRow) TableName() string { return "ballots" }

// ballotMoves are the columns that change in a ballot's life.
var ballotMoves = []string{
	"state", "sealed", "revote", "opens_at", "closes_at", "revision", "definition", "members", "digest", "roll_size",
	"roll_digest", "roll_salt", "opened_at", "closed_at", "certified_at", "certified_by", "opinion", "reason", "turnout",
	"turnout_at", "turnout_next", "turnout_taken", "tally", "opened_index", "result_index",
}

func toBallotRow(r ballot.Record) (ballotRow, error) {
	definition, err := r.Encode()
	if err != nil {
		return ballotRow{}, err
	}
	row := ballotRow{
		ID: r.ID, Region: string(r.Region), State: string(r.State), Sealed: toBit(r.Sealed), Revote: toBit(r.Revote),
		OpensAt: toMillis(r.OpensAt), ClosesAt: toMillis(r.ClosesAt), Revision: r.Revision, Definition: string(definition),
		Digest: r.Digest, RollSize: r.RollSize, RollDigest: r.RollDigest, RollSalt: r.RollSalt,
		OpenedAt: toMillis(r.OpenedAt), ClosedAt: toMillis(r.ClosedAt), CertifiedAt: toMillis(r.CertifiedAt),
		CertifiedBy: r.CertifiedBy, Opinion: r.Opinion, Reason: r.Reason, CreatedAt: toMillis(r.CreatedAt), CreatedBy: r.CreatedBy,
		Turnout: r.Turnout.Shown, TurnoutAt: toMillis(r.Turnout.ShownAt), TurnoutNext: r.Turnout.Next,
		TurnoutTaken: toMillis(r.Turnout.NextAt), OpenedIndex: r.OpenedIndex, ResultIndex: r.ResultIndex,
	}
	for _, part := range []struct {
		to   *string
		v    any
		none bool
	}{{&row.Members, r.Members, len(r.Members) == 0}, {&row.Tally, r.Tally, r.Tally == nil}} {
		if part.none {
			continue
		}
		raw, err := json.Marshal(part.v)
		if err != nil {
			return ballotRow{}, fmt.Errorf("encode ballot: %w", err)
		}
		*part.to = string(raw)
	}
	return row, nil
}

func (r ballotRow) record() (ballot.Record, error) {
	d, err := ballot.DecodeDefinition([]byte(r.Definition))
	if err != nil {
		return ballot.Record{}, err
	}
	out := ballot.Record{
		Definition: d, Number: r.Number, State: ballot.State(r.State), Revision: r.Revision, Digest: r.Digest,
		RollSize: r.RollSize, RollDigest: r.RollDigest, RollSalt: r.RollSalt, OpenedAt: fromMillis(r.OpenedAt),
		ClosedAt: fromMillis(r.ClosedAt), CertifiedAt: fromMillis(r.CertifiedAt), CertifiedBy: r.CertifiedBy,
		Opinion: r.Opinion, Reason: r.Reason, CreatedAt: fromMillis(r.CreatedAt), CreatedBy: r.CreatedBy,
		Turnout: ballot.Turnout{
			Shown: r.Turnout, ShownAt: fromMillis(r.TurnoutAt), Next: r.TurnoutNext, NextAt: fromMillis(r.TurnoutTaken),
		},
		OpenedIndex: r.OpenedIndex, ResultIndex: r.ResultIndex,
	}
	if r.Members != "" {
		if err := json.Unmarshal([]byte(r.Members), &out.Members); err != nil {
			return ballot.Record{}, fmt.Errorf("read members of ballot %s: %w", r.ID, err)
		}
	}
	if r.Tally != "" {
		if err := json.Unmarshal([]byte(r.Tally), &out.Tally); err != nil {
			return ballot.Record{}, fmt.Errorf("read tally of ballot %s: %w", r.ID, err)
		}
	}
	return out, nil
}

// Ballots is the archive of package ballot.
type Ballots struct{ store[ballot.Tx] }

var (
	_ ballot.Store = (*Ballots)(nil)
	_ ballot.Tx    = (*tx)(nil)
)

// Ballots gives the archive of ballots.
func (db *DB) Ballots() *Ballots {
	return &Ballots{store[ballot.Tx]{db: db, as: func(t *tx) ballot.Tx { return t }}}
}

func takeBallot(g *gorm.DB, id string) (ballot.Record, error) {
	var row ballotRow
	if err := g.Where("id = ?", id).Take(&row).Error; err != nil {
		return ballot.Record{}, wrapped("read ballot", orMissing(err, ballot.ErrNotFound))
	}
	return row.record()
}

// BallotRecord implements ballot.Store.
func (s *Ballots) BallotRecord(ctx context.Context, id string) (ballot.Record, error) {
	return takeBallot(s.db.reader(ctx), id)
}

// BallotRecords implements ballot.Store.
func (s *Ballots) BallotRecords(ctx context.Context, p ballot.Page) ([]ballot.Record, error) {
	// ":" is the byte after "9": the range holds the codes that begin with within.
	q := s.db.reader(ctx).Where("region >= ? AND region < ?", string(p.Within), string(p.Within)+":")
	if !p.Drafts {
		q = q.Where("opened_at > 0")
	}
	if p.Before > 0 {
		q = q.Where("number < ?", p.Before)
	}
	var rows []ballotRow
	if err := q.Order("number DESC").Limit(p.Limit).Find(&rows).Error; err != nil {
		return nil, wrapped("read ballots", err)
	}
	out := make([]ballot.Record, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = r.record(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// BallotsToClose implements ballot.Store.
func (s *Ballots) BallotsToClose(ctx context.Context, now time.Time, limit int) ([]string, error) {
	var ids []string
	err := s.db.reader(ctx).Model(&ballotRow{}).
		Where("state = ? AND closes_at <= ?", string(ballot.Open), toMillis(now)).
		Or("state = ? AND sealed = 0", string(ballot.Closed)).
		Order("closes_at, number").Limit(limit).Pluck("id", &ids).Error
	return ids, wrapped("find ballots to close", err)
}

// BallotsOpen implements ballot.Store.
func (s *Ballots) BallotsOpen(ctx context.Context) ([]string, error) {
	var ids []string
	err := s.db.reader(ctx).Model(&ballotRow{}).Where("state = ?", string(ballot.Open)).Order("number").Pluck("id", &ids).Error
	return ids, wrapped("find open ballots", err)
}

// AddBallot implements ballot.Tx.
func (t *tx) AddBallot(ctx context.Context, r ballot.Record) error {
	row, err := toBallotRow(r)
	if err != nil {
		return err
	}
	return wrapped("add ballot", t.in(ctx).Create(&row).Error)
}

// BallotForUpdate implements ballot.Tx.
func (t *tx) BallotForUpdate(ctx context.Context, id string) (ballot.Record, error) {
	return takeBallot(t.in(ctx).Clauses(clause.Locking{Strength: "UPDATE"}), id)
}

// SaveBallot implements ballot.Tx.
func (t *tx) SaveBallot(ctx context.Context, r ballot.Record) error {
	row, err := toBallotRow(r)
	if err != nil {
		return err
	}
	g := t.in(ctx).Model(&ballotRow{}).Where("id = ? AND revision = ?", r.ID, r.Revision-1).Select(ballotMoves).Updates(&row)
	return wrapped("save ballot", one(g, ballot.ErrRaced))
}

type ballotRollRow struct {
	Ballot  int64 `gorm:"primaryKey;autoIncrement:false"`
	Voter   int64 `gorm:"primaryKey;autoIncrement:false"`
	Subject string
	Way     string
}

// TableName names the table.
func (ballotRollRow) TableName() string { return "ballot_roll" }

type ballotVoterRow struct {
	Ballot   int64  `gorm:"primaryKey;autoIncrement:false"`
	Resident string `gorm:"primaryKey"`
	Voter    int64
}

// TableName names the table.
func (ballotVoterRow) TableName() string { return "ballot_voters" }

// FreezeRoll implements ballot.Tx.
func (t *tx) FreezeRoll(ctx context.Context, number int64, roll []ballot.Entry) error {
	entries := make([]ballotRollRow, len(roll))
	voters := make([]ballotVoterRow, 0, len(roll))
	for i, e := range roll {
		entries[i] = ballotRollRow{Ballot: number, Voter: int64(i + 1), Subject: e.Subject}
		for _, v := range e.Voters {
			voters = append(voters, ballotVoterRow{Ballot: number, Resident: v, Voter: int64(i + 1)})
		}
	}
	if err := t.in(ctx).CreateInBatches(&entries, insertBatch).Error; err != nil {
		return wrapped("freeze roll", err)
	}
	return wrapped("freeze voters", t.in(ctx).CreateInBatches(&voters, insertBatch).Error)
}

// BallotEntered implements ballot.Store.
func (s *Ballots) BallotEntered(ctx context.Context, number int64, resident string) (ballot.Entered, error) {
	var row struct {
		Voter   int64
		Subject string
		Way     string
		Tracker *string
	}
	err := s.db.reader(ctx).Table("ballot_voters v").Select("v.voter, r.subject, r.way, c.tracker").
		Joins("JOIN ballot_roll r ON r.ballot = v.ballot AND r.voter = v.voter").
		Joins("LEFT JOIN ballot_casts c ON c.ballot = v.ballot AND c.voter = v.voter").
		Where("v.ballot = ? AND v.resident = ?", number, resident).Take(&row).Error
	if err != nil {
		return ballot.Entered{}, wrapped("read roll of ballot", orMissing(err, ballot.ErrNotOnRoll))
	}
	out := ballot.Entered{Voter: row.Voter, Subject: row.Subject, Way: ballot.Origin(row.Way)}
	if row.Tracker != nil {
		out.Tracker = *row.Tracker
	}
	return out, nil
}

// BallotVoter implements ballot.Store.
func (s *Ballots) BallotVoter(ctx context.Context, number int64, subject string) (int64, error) {
	var voters []int64
	err := s.db.reader(ctx).Raw("SELECT voter FROM ballot_voters WHERE ballot = ? AND resident = ? UNION SELECT voter FROM ballot_roll WHERE ballot = ? AND subject = ?",
		number, subject, number, subject).Scan(&voters).Error
	if err != nil {
		return 0, wrapped("find voter", err)
	}
	if len(voters) == 0 {
		return 0, ballot.ErrVoter.At("body.voter", "名册里没有")
	}
	return voters[0], nil
}
