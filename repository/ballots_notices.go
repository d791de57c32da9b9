package repository

import (
	"context"
	"time"

	"cunwu/service/ballot"
)

type ballotNoticeRow struct {
	Ballot int64  `gorm:"primaryKey;autoIncrement:false"`
	What   string `gorm:"primaryKey"`
	At     int64
}

// TableName names the table.
func (ballotNoticeRow) TableName() string { return "ballot_notices" }

// BallotsClosing implements ballot.Store.
func (s *Ballots) BallotsClosing(ctx context.Context, after, until time.Time, what string, limit int) ([]string, error) {
	var ids []string
	err := s.db.reader(ctx).Table("ballots b").
		Joins("LEFT JOIN ballot_notices n ON n.ballot = b.number AND n.what = ?", what).
		Where("b.state = ? AND b.sealed = 0 AND b.closes_at > ? AND b.closes_at <= ? AND n.ballot IS NULL",
			string(ballot.Open), toMillis(after), toMillis(until)).
		Order("b.closes_at, b.number").Limit(limit).Pluck("b.id", &ids).Error
	return ids, wrapped("find ballots that close soon", err)
}

// FirstNotice implements ballot.Tx. Whoever asks holds the ballot's row.
func (t *tx) FirstNotice(ctx context.Context, number int64, what string) (bool, error) {
	var rows []ballotNoticeRow
	err := t.in(ctx).Where("ballot = ? AND what = ?", number, what).Order("ballot").Limit(1).Find(&rows).Error
	if err != nil || len(rows) > 0 {
		return false, wrapped("look for notice of ballot", err)
	}
	err = t.in(ctx).Create(&ballotNoticeRow{Ballot: number, What: what, At: toMillis(t.now)}).Error
	return err == nil, wrapped("note notice of ballot", err)
}

// BallotsOf implements ballot.Store.
func (s *Ballots) BallotsOf(ctx context.Context, resident string) ([]ballot.OwnEntry, error) {
	var rows []struct {
		Ballot           ballotRow `gorm:"embedded"`
		Subject, Way     string
		Pattern, Tracker *string
	}
	err := s.db.reader(ctx).Table("ballot_voters v").Select("b.*, r.subject, r.way, c.pattern, c.tracker").
		Joins("JOIN ballots b ON b.number = v.ballot").
		Joins("JOIN ballot_roll r ON r.ballot = v.ballot AND r.voter = v.voter").
		Joins("LEFT JOIN ballot_casts c ON c.ballot = v.ballot AND c.voter = v.voter").
		Where("v.resident = ?", resident).Order("b.number").Scan(&rows).Error
	if err != nil {
		return nil, wrapped("read ballots of a resident", err)
	}
	out := make([]ballot.OwnEntry, len(rows))
	for i, row := range rows {
		r, err := row.Ballot.record()
		if err != nil {
			return nil, err
		}
		out[i] = ballot.OwnEntry{Record: r, Subject: row.Subject, Way: ballot.Origin(row.Way)}
		if row.Pattern != nil && row.Tracker != nil {
			out[i].Pattern, out[i].Tracker = *row.Pattern, *row.Tracker
		}
	}
	return out, nil
}
