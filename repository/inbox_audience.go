package repository

import (
	"context"

	"gorm.io/gorm"

	"cunwu/service/account"
	"cunwu/service/ballot"
	"cunwu/service/consultation"
	"cunwu/service/region"
)

// VillagerAccounts implements inbox.Tx.
func (t *tx) VillagerAccounts(ctx context.Context, at region.Code, after string, limit int) ([]string, error) {
	q := t.in(ctx).Table("bindings b").Where("b.village = ? AND b.account > ?", string(at.At(region.Village)), after)
	if at.Level() == region.Group {
		q = q.Joins("JOIN residents r ON r.id = b.resident").Where("r.village_group = ?", string(at))
	}
	return accountsOf("read villagers to tell", q, limit)
}

// PartakerAccounts implements inbox.Tx.
func (t *tx) PartakerAccounts(ctx context.Context, consultation, after string, limit int) ([]string, error) {
	// A table of its own, so that no engine asks it anew for each binding.
	q := t.in(ctx).Table("(SELECT author AS resident FROM statements WHERE consultation_id = ? "+
		"UNION SELECT voter FROM statement_votes WHERE consultation_id = ? "+
		"UNION SELECT resident FROM consultation_ratings WHERE consultation_id = ?) p", consultation, consultation, consultation).
		Joins("JOIN bindings b ON b.resident = p.resident").Where("b.account > ?", after)
	return accountsOf("read who took part", q, limit)
}

// VoterAccounts implements inbox.Tx.
func (t *tx) VoterAccounts(ctx context.Context, number int64, waiting bool, after string, limit int) ([]string, error) {
	q := t.in(ctx).Table("ballot_voters v").Joins("JOIN bindings b ON b.resident = v.resident").
		Where("v.ballot = ? AND b.account > ?", number, after)
	if waiting {
		q = q.Joins("JOIN ballot_roll r ON r.ballot = v.ballot AND r.voter = v.voter").
			Where("r.way = '' AND b.standing = ?", string(account.Voter))
	}
	return accountsOf("read voters to tell", q, limit)
}

func accountsOf(what string, q *gorm.DB, limit int) ([]string, error) {
	var out []string
	err := q.Order("b.account").Limit(limit).Pluck("b.account", &out).Error
	return out, wrapped(what, err)
}

// ConsultationBrief implements inbox.Tx.
func (t *tx) ConsultationBrief(ctx context.Context, id string) (consultation.Record, bool, error) {
	var rows []consultationRow
	if err := t.in(ctx).Where("id = ?", id).Limit(1).Find(&rows).Error; err != nil || len(rows) == 0 {
		return consultation.Record{}, false, wrapped("read consultation", err)
	}
	r, err := rows[0].record()
	return r, err == nil, err
}

// BallotBrief implements inbox.Tx.
func (t *tx) BallotBrief(ctx context.Context, id string) (ballot.Record, bool, error) {
	var rows []ballotRow
	if err := t.in(ctx).Where("id = ?", id).Limit(1).Find(&rows).Error; err != nil || len(rows) == 0 {
		return ballot.Record{}, false, wrapped("read ballot", err)
	}
	r, err := rows[0].record()
	return r, err == nil, err
}
