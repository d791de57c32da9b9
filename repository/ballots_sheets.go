package repository

import (
	"context"

	"gorm.io/gorm/clause"

	"cunwu/service/ballot"
	"cunwu/service/region"
)

type ballotSheetRow struct {
	Ballot    int64 `gorm:"primaryKey;autoIncrement:false"`
	Number    int   `gorm:"primaryKey;autoIncrement:false"`
	Voter     int64
	Subject   string
	Pattern   string
	MediaID   string
	State     string
	EnteredBy string
	EnteredAt int64
	DecidedBy string
	DecidedAt int64
}

// TableName names the table.
func (ballotSheetRow) TableName() string { return "ballot_sheets" }

func (r ballotSheetRow) sheet() ballot.Sheet {
	return ballot.Sheet{
		Ballot: r.Ballot, Number: r.Number, Voter: r.Voter, Subject: r.Subject, Pattern: r.Pattern, MediaID: r.MediaID,
		State: ballot.SheetState(r.State), EnteredBy: r.EnteredBy, EnteredAt: fromMillis(r.EnteredAt),
		DecidedBy: r.DecidedBy, DecidedAt: fromMillis(r.DecidedAt),
	}
}

// AddSheet implements ballot.Tx. Two that enter at once for the same number:
// the later one is run again.
func (t *tx) AddSheet(ctx context.Context, s ballot.Sheet) (ballot.Sheet, error) {
	var last int
	err := t.locking(ctx).Model(&ballotSheetRow{}).Select("number").Where("ballot = ?", s.Ballot).
		Order("number DESC").Limit(1).Scan(&last).Error
	if err != nil {
		return ballot.Sheet{}, wrapped("number sheet", err)
	}
	s.Number = last + 1
	row := ballotSheetRow{
		Ballot: s.Ballot, Number: s.Number, Voter: s.Voter, Subject: s.Subject, Pattern: s.Pattern, MediaID: s.MediaID,
		State: string(s.State), EnteredBy: s.EnteredBy, EnteredAt: toMillis(s.EnteredAt),
	}
	return s, wrapped("add sheet", orTaken(t.in(ctx).Create(&row).Error, errRetry))
}

// SheetForUpdate implements ballot.Tx.
func (t *tx) SheetForUpdate(ctx context.Context, number int64, sheet int) (ballot.Sheet, error) {
	var row ballotSheetRow
	err := t.in(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).Where("ballot = ? AND number = ?", number, sheet).Take(&row).Error
	if err != nil {
		return ballot.Sheet{}, wrapped("lock sheet", orMissing(err, ballot.ErrNotFound))
	}
	return row.sheet(), nil
}

// SaveSheet implements ballot.Tx.
func (t *tx) SaveSheet(ctx context.Context, s ballot.Sheet) error {
	g := t.in(ctx).Model(&ballotSheetRow{}).Where("ballot = ? AND number = ?", s.Ballot, s.Number).
		Updates(map[string]any{"state": string(s.State), "decided_by": s.DecidedBy, "decided_at": toMillis(s.DecidedAt)})
	return wrapped("save sheet", one(g, ballot.ErrNotFound))
}

// BallotSheets implements ballot.Store.
func (s *Ballots) BallotSheets(ctx context.Context, number int64) ([]ballot.Sheet, error) {
	var rows []ballotSheetRow
	if err := s.db.reader(ctx).Where("ballot = ?", number).Order("number").Find(&rows).Error; err != nil {
		return nil, wrapped("read sheets", err)
	}
	return each(rows, ballotSheetRow.sheet), nil
}

// paperHangs gives the villages of whose ballots uploads are papers.
func (s mediaStore) paperHangs(ctx context.Context, ids []string) ([]region.Code, error) {
	var at []string
	err := s.db.reader(ctx).Table("ballot_sheets").Joins("JOIN ballots b ON b.number = ballot_sheets.ballot").
		Where("ballot_sheets.media_id IN ?", padded(ids)).Distinct("b.region").Order("b.region").Limit(maxNamesakes).Pluck("b.region", &at).Error
	return each(at, func(code string) region.Code { return region.Code(code).At(region.Village) }), wrapped("find papers of ballots", err)
}

type ballotAssistRow struct {
	TokenHash []byte `gorm:"primaryKey"`
	Ballot    int64
	Voter     int64
	Helper    string
	Consent   string
	OpenedAt  int64
	ExpiresAt int64
	UsedAt    int64
}

// TableName names the table.
func (ballotAssistRow) TableName() string { return "ballot_assists" }

// AddAssist implements ballot.Tx.
func (t *tx) AddAssist(ctx context.Context, a ballot.Assist) error {
	row := ballotAssistRow{
		TokenHash: a.TokenHash, Ballot: a.Ballot, Voter: a.Voter, Helper: a.Helper, Consent: a.Consent,
		OpenedAt: toMillis(a.OpenedAt), ExpiresAt: toMillis(a.ExpiresAt), UsedAt: toMillis(a.UsedAt),
	}
	return wrapped("add assisted session", t.in(ctx).Create(&row).Error)
}

// BallotAssist implements ballot.Store. Used and outlived ones are given too:
// a repeat of the cast that used one up gets its first answer.
func (s *Ballots) BallotAssist(ctx context.Context, tokenHash []byte) (ballot.Assist, error) {
	var row ballotAssistRow
	if err := s.db.reader(ctx).Where("token_hash = ?", tokenHash).Take(&row).Error; err != nil {
		return ballot.Assist{}, wrapped("read assisted session", orMissing(err, ballot.ErrAssist))
	}
	return ballot.Assist{
		TokenHash: row.TokenHash, Ballot: row.Ballot, Voter: row.Voter, Helper: row.Helper, Consent: row.Consent,
		OpenedAt: fromMillis(row.OpenedAt), ExpiresAt: fromMillis(row.ExpiresAt), UsedAt: fromMillis(row.UsedAt),
	}, nil
}
