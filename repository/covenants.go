package repository

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cunwu/service/covenant"
	"cunwu/service/region"
)

type covenantRow struct {
	Serial         int64 `gorm:"primaryKey;autoIncrement"`
	ID             string
	Region         string
	Kind           string
	CurrentVersion int
	OpenVersion    int
	LastVersion    int
	Codes          int
	Revision       int
	CreatedAt      int64 `gorm:"autoCreateTime:false"`
	ChangedAt      int64
}

// TableName names the table.
func (covenantRow) TableName() string { return "covenants" }

// covenantMoves are the columns that change in a text's life.
var covenantMoves = []string{"current_version", "open_version", "last_version", "codes", "revision", "changed_at"}

func toCovenantRow(t covenant.Text) covenantRow {
	return covenantRow{
		Serial: t.Serial, ID: t.ID, Region: string(t.Region), Kind: string(t.Kind), CurrentVersion: t.Current, OpenVersion: t.Open,
		LastVersion: t.Last, Codes: t.Codes, Revision: t.Revision, CreatedAt: toMillis(t.CreatedAt), ChangedAt: toMillis(t.ChangedAt),
	}
}

func (r covenantRow) text() covenant.Text {
	return covenant.Text{
		Serial: r.Serial, ID: r.ID, Region: region.Code(r.Region), Kind: covenant.Kind(r.Kind), Current: r.CurrentVersion,
		Open: r.OpenVersion, Last: r.LastVersion, Codes: r.Codes, Revision: r.Revision, CreatedAt: fromMillis(r.CreatedAt),
		ChangedAt: fromMillis(r.ChangedAt),
	}
}

type covenantVersionRow struct {
	CovenantID string `gorm:"primaryKey"`
	Number     int    `gorm:"primaryKey;autoIncrement:false"`
	ID         string
	CaseID     string
	Region     string
	Kind       string
	State      string
	Revision   int
	Digest     string
	ReviewedAt int64
	FiledAt    int64
	CorrectTo  int64
	SinceAt    int64
	UntilAt    int64
	CreatedAt  int64 `gorm:"autoCreateTime:false"`
	ChangedAt  int64
	Content    string
}

// TableName names the table.
func (covenantVersionRow) TableName() string { return "covenant_versions" }

// covenantVersionMoves are the columns that change in a version's life.
var covenantVersionMoves = []string{
	"state", "revision", "digest", "reviewed_at", "filed_at", "correct_to", "since_at", "until_at", "changed_at", "content",
}

func toCovenantVersionRow(v covenant.Version) (covenantVersionRow, error) {
	content, err := json.Marshal(v.Content)
	if err != nil {
		return covenantVersionRow{}, fmt.Errorf("encode covenant: %w", err)
	}
	return covenantVersionRow{
		CovenantID: v.CovenantID, Number: v.Number, ID: v.ID, CaseID: v.CaseID, Region: string(v.Region), Kind: string(v.Kind),
		State: string(v.State), Revision: v.Revision, Digest: v.Digest, ReviewedAt: toMillis(v.ReviewedAt), FiledAt: toMillis(v.FiledAt),
		CorrectTo: toMillis(v.CorrectTo), SinceAt: toMillis(v.Since), UntilAt: toMillis(v.Until), CreatedAt: toMillis(v.CreatedAt),
		ChangedAt: toMillis(v.ChangedAt), Content: string(content),
	}, nil
}

func (r covenantVersionRow) version() (covenant.Version, error) {
	v := covenant.Version{
		CovenantID: r.CovenantID, Number: r.Number, ID: r.ID, CaseID: r.CaseID, Region: region.Code(r.Region), Kind: covenant.Kind(r.Kind),
		State: covenant.State(r.State), Revision: r.Revision, Digest: r.Digest, ReviewedAt: fromMillis(r.ReviewedAt),
		FiledAt: fromMillis(r.FiledAt), CorrectTo: fromMillis(r.CorrectTo), Since: fromMillis(r.SinceAt), Until: fromMillis(r.UntilAt),
		CreatedAt: fromMillis(r.CreatedAt), ChangedAt: fromMillis(r.ChangedAt),
	}
	if err := json.Unmarshal([]byte(r.Content), &v.Content); err != nil {
		return v, fmt.Errorf("read covenant %s version %d: %w", r.CovenantID, r.Number, err)
	}
	return v, nil
}

// Covenants is the archive of package covenant.
type Covenants struct{ store[covenant.Tx] }

var (
	_ covenant.Store = (*Covenants)(nil)
	_ covenant.Tx    = (*tx)(nil)
)

// Covenants gives the archive of charters and covenants.
func (db *DB) Covenants() *Covenants {
	return &Covenants{store[covenant.Tx]{db: db, as: func(t *tx) covenant.Tx { return t }}}
}

// CovenantByID implements covenant.Store.
func (s *Covenants) CovenantByID(ctx context.Context, id string) (covenant.Text, error) {
	t, err := takeCovenant(s.db.reader(ctx).Where("id = ?", id))
	if !errors.Is(err, covenant.ErrNotFound) {
		return t, err
	}
	return takeCovenant(s.db.reader(ctx).Where("id IN (?)",
		s.db.reader(ctx).Model(&covenantVersionRow{}).Select("covenant_id").Where("id = ?", id)))
}

func takeCovenant(q *gorm.DB) (covenant.Text, error) {
	var row covenantRow
	if err := q.Take(&row).Error; err != nil {
		return covenant.Text{}, wrapped("read covenant", orMissing(err, covenant.ErrNotFound))
	}
	return row.text(), nil
}

// CovenantsOf implements covenant.Store.
func (s *Covenants) CovenantsOf(ctx context.Context, q covenant.Query) ([]covenant.Text, error) {
	g := s.db.reader(ctx).Where("region >= ? AND region < ?", string(q.Region), string(q.Region)+":")
	if q.Kind != "" {
		g = g.Where("kind = ?", string(q.Kind))
	}
	if q.Before != 0 {
		g = g.Where("serial < ?", q.Before)
	}
	var rows []covenantRow
	if err := g.Order("serial DESC").Limit(q.Limit).Find(&rows).Error; err != nil {
		return nil, wrapped("list covenants", err)
	}
	return each(rows, covenantRow.text), nil
}

// CovenantVersions implements covenant.Store.
func (s *Covenants) CovenantVersions(ctx context.Context, ids []string) ([]covenant.Version, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []covenantVersionRow
	if err := s.db.reader(ctx).Where("covenant_id IN ?", padded(ids)).Order("covenant_id, number").Find(&rows).Error; err != nil {
		return nil, wrapped("list versions of covenants", err)
	}
	out := make([]covenant.Version, len(rows))
	for i, r := range rows {
		v, err := r.version()
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// CovenantVersion implements covenant.Store.
func (s *Covenants) CovenantVersion(ctx context.Context, id string, number int) (covenant.Version, error) {
	return takeCovenantVersion(s.db.reader(ctx).Where("covenant_id = ? AND number = ?", id, number), covenant.ErrVersionNotFound)
}

// CovenantAt implements covenant.Store.
func (s *Covenants) CovenantAt(ctx context.Context, place region.Code, kind covenant.Kind, at time.Time) (covenant.Version, error) {
	return takeCovenantVersion(s.db.reader(ctx).
		Where("region = ? AND kind = ? AND since_at > 0 AND since_at <= ?", string(place), string(kind), toMillis(at)).
		Where("(until_at = 0 OR until_at > ?)", toMillis(at)).Order("since_at DESC, number DESC"), covenant.ErrNoneInForce)
}

func takeCovenantVersion(q *gorm.DB, missing error) (covenant.Version, error) {
	var row covenantVersionRow
	if err := q.Take(&row).Error; err != nil {
		return covenant.Version{}, wrapped("read version of covenant", orMissing(err, missing))
	}
	return row.version()
}

// AddCovenant implements covenant.Tx.
func (t *tx) AddCovenant(ctx context.Context, text covenant.Text) error {
	row := toCovenantRow(text)
	row.Serial = 0 // given by the engine
	return wrapped("add covenant", orTaken(t.in(ctx).Create(&row).Error, covenant.ErrUnderWay))
}

// CovenantOfPlace implements covenant.Tx.
func (t *tx) CovenantOfPlace(ctx context.Context, place region.Code, kind covenant.Kind) (covenant.Text, error) {
	return takeCovenant(t.in(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).Where("region = ? AND kind = ?", string(place), string(kind)))
}

// CovenantForUpdate implements covenant.Tx.
func (t *tx) CovenantForUpdate(ctx context.Context, id string) (covenant.Text, error) {
	return takeCovenant(t.in(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id))
}

// SaveCovenant implements covenant.Tx.
func (t *tx) SaveCovenant(ctx context.Context, text covenant.Text) error {
	row := toCovenantRow(text)
	row.Serial = 0 // not in the condition
	g := t.in(ctx).Model(&covenantRow{}).Where("id = ? AND revision = ?", text.ID, text.Revision-1).Select(covenantMoves).Updates(&row)
	return wrapped("save covenant", one(g, covenant.ErrRaced))
}

// AddCovenantVersion implements covenant.Tx.
func (t *tx) AddCovenantVersion(ctx context.Context, v covenant.Version) error {
	row, err := toCovenantVersionRow(v)
	if err != nil {
		return err
	}
	return wrapped("add version of covenant", orTaken(t.in(ctx).Create(&row).Error, covenant.ErrRaced))
}

// LockedCovenantVersion implements covenant.Tx.
func (t *tx) LockedCovenantVersion(ctx context.Context, id string, number int) (covenant.Version, error) {
	return takeCovenantVersion(t.in(ctx).Where("covenant_id = ? AND number = ?", id, number), covenant.ErrVersionNotFound)
}

// SaveCovenantVersion implements covenant.Tx.
func (t *tx) SaveCovenantVersion(ctx context.Context, v covenant.Version, papers []string) error {
	row, err := toCovenantVersionRow(v)
	if err != nil {
		return err
	}
	g := t.in(ctx).Model(&covenantVersionRow{}).
		Where("covenant_id = ? AND number = ? AND revision = ?", v.CovenantID, v.Number, v.Revision-1).
		Select(covenantVersionMoves).Updates(&row)
	if err := one(g, covenant.ErrRaced); err != nil {
		return wrapped("save version of covenant", err)
	}
	return t.hangOnCovenant(ctx, v.CovenantID, papers)
}
