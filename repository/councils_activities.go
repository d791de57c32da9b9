package repository

import (
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cunwu/service/council"
	"cunwu/service/disclosure"
	"cunwu/service/region"
)

type councilActivityRow struct {
	Serial    int64 `gorm:"primaryKey;autoIncrement"`
	ID        string
	CaseID    string
	CouncilID string
	Region    string
	Kind      string
	State     string
	Title     string
	HeldOn    string
	Heads     int
	CostFen   int64
	Revision  int
	PlannedAt int64
	ChangedAt int64
	Content   string
}

// TableName names the table.
func (councilActivityRow) TableName() string { return "council_activities" }

// councilActivityMoves are the columns that change in an activity's life.
var councilActivityMoves = []string{"state", "title", "held_on", "heads", "cost_fen", "revision", "changed_at", "content"}

func toCouncilActivityRow(a council.ActivityRecord) (councilActivityRow, error) {
	content, err := json.Marshal(a.Content)
	if err != nil {
		return councilActivityRow{}, fmt.Errorf("encode activity: %w", err)
	}
	return councilActivityRow{
		Serial: a.Serial, ID: a.ID, CaseID: a.CaseID, CouncilID: a.CouncilID, Region: string(a.Region), Kind: a.Kind, State: string(a.State),
		Title: a.Title, HeldOn: a.HeldOn, Heads: a.Heads, CostFen: a.CostFen, Revision: a.Revision,
		PlannedAt: toMillis(a.PlannedAt), ChangedAt: toMillis(a.ChangedAt), Content: string(content),
	}, nil
}

func (r councilActivityRow) record() (council.ActivityRecord, error) {
	out := council.ActivityRecord{
		Serial: r.Serial, ID: r.ID, CaseID: r.CaseID, CouncilID: r.CouncilID, Region: region.Code(r.Region), Kind: r.Kind, State: council.State(r.State),
		Title: r.Title, HeldOn: r.HeldOn, Heads: r.Heads, CostFen: r.CostFen, Revision: r.Revision,
		PlannedAt: fromMillis(r.PlannedAt), ChangedAt: fromMillis(r.ChangedAt),
	}
	if err := json.Unmarshal([]byte(r.Content), &out.Content); err != nil {
		return out, fmt.Errorf("read activity %s: %w", r.ID, err)
	}
	return out, nil
}

type councilMediaRow struct {
	MediaID    string `gorm:"primaryKey"`
	ActivityID string `gorm:"primaryKey"`
}

// TableName names the table.
func (councilMediaRow) TableName() string { return "council_media" }

// CouncilActivity implements council.Store.
func (s *Councils) CouncilActivity(ctx context.Context, id string) (council.ActivityRecord, error) {
	return takeCouncilActivity(s.db.reader(ctx), id)
}

func takeCouncilActivity(q *gorm.DB, id string) (council.ActivityRecord, error) {
	var row councilActivityRow
	if err := q.Where("id = ?", id).Take(&row).Error; err != nil {
		return council.ActivityRecord{}, wrapped("read activity", orMissing(err, council.ErrActivityNotFound))
	}
	return row.record()
}

// CouncilActivities implements council.Store.
func (s *Councils) CouncilActivities(ctx context.Context, r council.ActivityRange) ([]council.ActivityRecord, error) {
	q := s.db.reader(ctx)
	if r.CouncilID != "" {
		q = q.Where("council_id = ?", r.CouncilID)
	} else {
		q = under(q, r.Region)
	}
	if r.From != "" {
		q = q.Where("held_on >= ? AND held_on <= ?", r.From, r.Until)
	}
	if r.Before != 0 {
		q = q.Where("serial < ?", r.Before)
	}
	var rows []councilActivityRow
	if err := q.Order("serial DESC").Limit(r.Limit).Find(&rows).Error; err != nil {
		return nil, wrapped("list activities", err)
	}
	out := make([]council.ActivityRecord, len(rows))
	for i, row := range rows {
		a, err := row.record()
		if err != nil {
			return nil, err
		}
		out[i] = a
	}
	return out, nil
}

// AddCouncilActivity implements council.Tx.
func (t *tx) AddCouncilActivity(ctx context.Context, a council.ActivityRecord) error {
	row, err := toCouncilActivityRow(a)
	if err != nil {
		return err
	}
	row.Serial = 0 // given by the engine
	return wrapped("add activity", t.in(ctx).Create(&row).Error)
}

// CouncilActivityForUpdate implements council.Tx.
func (t *tx) CouncilActivityForUpdate(ctx context.Context, id string) (council.ActivityRecord, error) {
	return takeCouncilActivity(t.in(ctx).Clauses(clause.Locking{Strength: "UPDATE"}), id)
}

// SaveCouncilActivity implements council.Tx.
func (t *tx) SaveCouncilActivity(ctx context.Context, a council.ActivityRecord) error {
	row, err := toCouncilActivityRow(a)
	if err != nil {
		return err
	}
	row.Serial = 0 // not in the condition
	g := t.in(ctx).Model(&councilActivityRow{}).Where("id = ? AND revision = ?", a.ID, a.Revision-1).Select(councilActivityMoves).Updates(&row)
	if err := one(g, council.ErrRaced); err != nil {
		return wrapped("save activity", err)
	}
	if err := t.in(ctx).Where("activity_id = ?", a.ID).Delete(&councilMediaRow{}).Error; err != nil {
		return wrapped("take photos down", err)
	}
	if len(a.Content.Photos) == 0 {
		return nil
	}
	rows := make([]councilMediaRow, len(a.Content.Photos))
	for i, id := range a.Content.Photos {
		rows[i] = councilMediaRow{MediaID: id, ActivityID: a.ID}
	}
	return wrapped("hang photos", t.in(ctx).Create(&rows).Error)
}

// councilHangs gives where uploads hang on activities, in the terms of postings:
// everybody may read what hangs on one that took place, and the offices of the
// village the rest.
func (s mediaStore) councilHangs(ctx context.Context, ids []string) ([]hangRow, error) {
	var rows []struct{ Region, State string }
	err := s.db.reader(ctx).Table("council_media").Distinct("a.region", "a.state").
		Joins("JOIN council_activities a ON a.id = council_media.activity_id").
		Where("council_media.media_id IN ?", padded(ids)).Order("a.region, a.state").Limit(maxNamesakes).Scan(&rows).Error
	if err != nil {
		return nil, wrapped("read photos of activities", err)
	}
	out := make([]hangRow, len(rows))
	for i, r := range rows {
		out[i] = hangRow{Region: r.Region, Visibility: string(disclosure.PublicInternet), Published: toBit(council.State(r.State).Happened())}
	}
	return out, nil
}
