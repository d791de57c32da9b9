package repository

import (
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cunwu/service/consultation"
	"cunwu/service/disclosure"
	"cunwu/service/region"
)

type consultationRow struct {
	Serial       int64 `gorm:"primaryKey;autoIncrement"`
	ID           string
	CaseID       string
	Region       string
	VillageGroup string
	Channel      string
	State        string
	Shown        int
	Revision     int
	Title        string
	CreatedAt    int64 `gorm:"autoCreateTime:false"`
	ChangedAt    int64
	CreatedBy    string
	Content      string
}

// TableName names the table.
func (consultationRow) TableName() string { return "consultations" }

// consultationMoves are the columns that change in a consultation's life.
var consultationMoves = []string{"state", "shown", "revision", "changed_at", "content"}

func toConsultationRow(r consultation.Record) (consultationRow, error) {
	content, err := json.Marshal(r.Content)
	if err != nil {
		return consultationRow{}, fmt.Errorf("encode consultation: %w", err)
	}
	return consultationRow{
		Serial: r.Serial, ID: r.ID, CaseID: r.CaseID, Region: string(r.Region), VillageGroup: string(r.Group),
		Channel: string(r.Channel), State: string(r.State), Shown: toBit(r.Public), Revision: r.Revision, Title: r.Title,
		CreatedAt: toMillis(r.CreatedAt), ChangedAt: toMillis(r.ChangedAt), CreatedBy: r.CreatedBy, Content: string(content),
	}, nil
}

func (r consultationRow) record() (consultation.Record, error) {
	out := consultation.Record{
		Serial: r.Serial, ID: r.ID, CaseID: r.CaseID, Region: region.Code(r.Region), Group: region.Code(r.VillageGroup),
		Channel: consultation.Channel(r.Channel), State: consultation.State(r.State), Public: r.Shown != 0,
		Revision: r.Revision, Title: r.Title, CreatedAt: fromMillis(r.CreatedAt), ChangedAt: fromMillis(r.ChangedAt),
		CreatedBy: r.CreatedBy,
	}
	if err := json.Unmarshal([]byte(r.Content), &out.Content); err != nil {
		return out, fmt.Errorf("read consultation %s: %w", r.ID, err)
	}
	return out, nil
}

type consultationMediaRow struct {
	MediaID        string `gorm:"primaryKey"`
	ConsultationID string `gorm:"primaryKey"`
}

// TableName names the table.
func (consultationMediaRow) TableName() string { return "consultation_media" }

type consultationRatingRow struct {
	ConsultationID string `gorm:"primaryKey"`
	Resident       string `gorm:"primaryKey"`
	Rating         string
}

// TableName names the table.
func (consultationRatingRow) TableName() string { return "consultation_ratings" }

// Consultations is the archive of package consultation.
type Consultations struct{ store[consultation.Tx] }

var (
	_ consultation.Store = (*Consultations)(nil)
	_ consultation.Tx    = (*tx)(nil)
)

// Consultations gives the archive of consultations and what was said in them.
func (db *DB) Consultations() *Consultations {
	return &Consultations{store[consultation.Tx]{db: db, as: func(t *tx) consultation.Tx { return t }}}
}

// ConsultationByID implements consultation.Store.
func (s *Consultations) ConsultationByID(ctx context.Context, id string) (consultation.Record, error) {
	return takeConsultation(s.db.reader(ctx).Where("id = ?", id))
}

func takeConsultation(q *gorm.DB) (consultation.Record, error) {
	var row consultationRow
	if err := q.Take(&row).Error; err != nil {
		return consultation.Record{}, wrapped("read consultation", orMissing(err, consultation.ErrNotFound))
	}
	return row.record()
}

// ConsultationsOf implements consultation.Store.
func (s *Consultations) ConsultationsOf(ctx context.Context, q consultation.Query) ([]consultation.Record, error) {
	g := s.db.reader(ctx)
	if q.Region != "" {
		g = g.Where("region >= ? AND region < ?", string(q.Region), string(q.Region)+":")
	}
	if q.Target != "" {
		g = g.Where("id IN (?)", s.db.reader(ctx).Model(&consultationLinkRow{}).Select("consultation_id").
			Where("kind = ? AND target = ?", string(q.LinkKind), q.Target))
	}
	if q.State != "" {
		g = g.Where("state = ?", string(q.State))
	}
	if q.Before != 0 {
		g = g.Where("serial < ?", q.Before)
	}
	switch {
	case q.All:
	case q.Own != "":
		g = g.Where("(shown = 1 OR created_by = ?)", q.Own)
	default:
		g = g.Where("shown = 1")
	}
	var rows []consultationRow
	if err := g.Order("serial DESC").Limit(q.Limit).Find(&rows).Error; err != nil {
		return nil, wrapped("list consultations", err)
	}
	out := make([]consultation.Record, len(rows))
	for i, row := range rows {
		r, err := row.record()
		if err != nil {
			return nil, err
		}
		out[i] = r
	}
	return out, nil
}

// RatingsOf implements consultation.Store.
func (s *Consultations) RatingsOf(ctx context.Context, id, resident string) (counts map[string]int, mine string, err error) {
	var rows []struct {
		Rating string
		N      int
	}
	err = s.db.reader(ctx).Model(&consultationRatingRow{}).Select("rating, COUNT(*) AS n").
		Where("consultation_id = ?", id).Group("rating").Order("rating").Scan(&rows).Error
	if err != nil {
		return nil, "", wrapped("count ratings", err)
	}
	counts = map[string]int{}
	for _, r := range rows {
		counts[r.Rating] = r.N
	}
	if resident == "" {
		return counts, "", nil
	}
	var own []string
	err = s.db.reader(ctx).Model(&consultationRatingRow{}).Where("consultation_id = ? AND resident = ?", id, resident).Pluck("rating", &own).Error
	if len(own) > 0 {
		mine = own[0]
	}
	return counts, mine, wrapped("read rating", err)
}

// AddConsultation implements consultation.Tx.
func (t *tx) AddConsultation(ctx context.Context, r consultation.Record) error {
	row, err := toConsultationRow(r)
	if err != nil {
		return err
	}
	row.Serial = 0 // given by the engine
	return wrapped("add consultation", t.in(ctx).Create(&row).Error)
}

// ConsultationForUpdate implements consultation.Tx.
func (t *tx) ConsultationForUpdate(ctx context.Context, id string) (consultation.Record, error) {
	return takeConsultation(t.in(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id))
}

// SaveConsultation implements consultation.Tx.
func (t *tx) SaveConsultation(ctx context.Context, r consultation.Record, photos []string) error {
	row, err := toConsultationRow(r)
	if err != nil {
		return err
	}
	row.Serial = 0 // not in the condition
	g := t.in(ctx).Model(&consultationRow{}).Where("id = ? AND revision = ?", r.ID, r.Revision-1).
		Select(consultationMoves).Updates(&row)
	if err := one(g, consultation.ErrRaced); err != nil {
		return wrapped("save consultation", err)
	}
	if len(photos) == 0 {
		return nil
	}
	rows := make([]consultationMediaRow, len(photos))
	for i, id := range photos {
		rows[i] = consultationMediaRow{MediaID: id, ConsultationID: r.ID}
	}
	hung := clause.OnConflict{Columns: []clause.Column{{Name: "media_id"}, {Name: "consultation_id"}}, DoNothing: true}
	return wrapped("hang photos", t.in(ctx).Clauses(hung).Create(&rows).Error)
}

// PutRating implements consultation.Tx.
func (t *tx) PutRating(ctx context.Context, id, resident, rating string) error {
	g := t.in(ctx).Where("consultation_id = ? AND resident = ?", id, resident).Delete(&consultationRatingRow{})
	if g.Error != nil {
		return wrapped("put rating", g.Error)
	}
	row := consultationRatingRow{ConsultationID: id, Resident: resident, Rating: rating}
	return wrapped("put rating", orTaken(t.in(ctx).Create(&row).Error, consultation.ErrRaced))
}

// consultationHangs gives where uploads hang on consultations, in the terms of
// postings: everybody may read what hangs on a public one, and the offices of
// the village the rest.
func (s mediaStore) consultationHangs(ctx context.Context, ids []string) ([]hangRow, error) {
	var rows []struct {
		Region string
		Shown  int
	}
	err := s.db.reader(ctx).Table("consultation_media").Distinct("c.region", "c.shown").
		Joins("JOIN consultations c ON c.id = consultation_media.consultation_id").
		Where("consultation_media.media_id IN ?", padded(ids)).Order("c.region, c.shown").Limit(maxNamesakes).Scan(&rows).Error
	if err != nil {
		return nil, wrapped("read photos of consultations", err)
	}
	out := make([]hangRow, len(rows))
	for i, r := range rows {
		out[i] = hangRow{Region: r.Region, Visibility: string(disclosure.PublicInternet), Published: r.Shown}
	}
	return out, nil
}
