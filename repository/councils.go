package repository

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cunwu/service/council"
	"cunwu/service/region"
)

type councilRow struct {
	Serial       int64 `gorm:"primaryKey;autoIncrement"`
	ID           string
	Region       string
	Kind         string
	Name         string
	TermFrom     string
	TermUntil    string
	Charter      int
	Revision     int
	RegisteredAt int64
	ChangedAt    int64
}

// TableName names the table.
func (councilRow) TableName() string { return "councils" }

// councilMoves are the columns that change in a body's life.
var councilMoves = []string{"name", "term_from", "term_until", "charter", "revision", "changed_at"}

func toCouncilRow(r council.Record) councilRow {
	return councilRow{
		Serial: r.Serial, ID: r.ID, Region: string(r.Region), Kind: r.Kind, Name: r.Name, TermFrom: r.From, TermUntil: r.Until,
		Charter: r.Charter, Revision: r.Revision, RegisteredAt: toMillis(r.RegisteredAt), ChangedAt: toMillis(r.ChangedAt),
	}
}

func (r councilRow) record() council.Record {
	return council.Record{
		Serial: r.Serial, ID: r.ID, Region: region.Code(r.Region), Kind: r.Kind, Name: r.Name, From: r.TermFrom, Until: r.TermUntil,
		Charter: r.Charter, Revision: r.Revision, RegisteredAt: fromMillis(r.RegisteredAt), ChangedAt: fromMillis(r.ChangedAt),
	}
}

type councilCharterRow struct {
	CouncilID string `gorm:"primaryKey"`
	Version   int    `gorm:"primaryKey;autoIncrement:false"`
	Body      string
	Office    string
	Account   string
	At        int64
}

// TableName names the table.
func (councilCharterRow) TableName() string { return "council_charters" }

type councilMemberRow struct {
	CouncilID string `gorm:"primaryKey"`
	Number    int    `gorm:"primaryKey;autoIncrement:false"`
	Resident  string
	Masked    string
	Office    string
	FromDay   string
	UntilDay  string
	EnteredAt int64
	EndedAt   int64
}

// TableName names the table.
func (councilMemberRow) TableName() string { return "council_members" }

func (r councilMemberRow) member() council.Member {
	return council.Member{
		CouncilID: r.CouncilID, Number: r.Number, Resident: r.Resident, Name: r.Masked, Office: r.Office, From: r.FromDay, Until: r.UntilDay,
		EnteredAt: fromMillis(r.EnteredAt), EndedAt: fromMillis(r.EndedAt),
	}
}

// Councils is the archive of package council.
type Councils struct{ store[council.Tx] }

var (
	_ council.Store = (*Councils)(nil)
	_ council.Tx    = (*tx)(nil)
)

// Councils gives the archive of bodies, who sits in them and what they do.
func (db *DB) Councils() *Councils {
	return &Councils{store[council.Tx]{db: db, as: func(t *tx) council.Tx { return t }}}
}

// CouncilByID implements council.Store.
func (s *Councils) CouncilByID(ctx context.Context, id string) (council.Record, error) {
	return takeCouncil(s.db.reader(ctx), id)
}

func takeCouncil(q *gorm.DB, id string) (council.Record, error) {
	var row councilRow
	if err := q.Where("id = ?", id).Take(&row).Error; err != nil {
		return council.Record{}, wrapped("read council", orMissing(err, council.ErrNotFound))
	}
	return row.record(), nil
}

// CouncilsIn implements council.Store.
func (s *Councils) CouncilsIn(ctx context.Context, r council.Range) ([]council.Record, error) {
	q := under(s.db.reader(ctx), r.Region)
	if r.Kind != "" {
		q = q.Where("kind = ?", r.Kind)
	}
	if r.Before != 0 {
		q = q.Where("serial < ?", r.Before)
	}
	var rows []councilRow
	if err := q.Order("serial DESC").Limit(r.Limit).Find(&rows).Error; err != nil {
		return nil, wrapped("list councils", err)
	}
	out := make([]council.Record, len(rows))
	for i, row := range rows {
		out[i] = row.record()
	}
	return out, nil
}

// under narrows to a place and all below it. A village has nothing below it that
// holds bodies, and is met by the index alone; the greatest digit is below ":".
func under(q *gorm.DB, place region.Code) *gorm.DB {
	if place.Level() == region.Village {
		return q.Where("region = ?", string(place))
	}
	return q.Where("region >= ? AND region < ?", string(place), string(place)+":")
}

// CouncilCharters implements council.Store.
func (s *Councils) CouncilCharters(ctx context.Context, id string) ([]council.Charter, error) {
	var rows []councilCharterRow
	if err := s.db.reader(ctx).Where("council_id = ?", id).Order("version DESC").Find(&rows).Error; err != nil {
		return nil, wrapped("read charters", err)
	}
	out := make([]council.Charter, len(rows))
	for i, r := range rows {
		out[i] = council.Charter{CouncilID: r.CouncilID, Version: r.Version, Text: r.Body, By: r.Office, Account: r.Account, At: fromMillis(r.At)}
	}
	return out, nil
}

// CouncilMembers implements council.Store.
func (s *Councils) CouncilMembers(ctx context.Context, ids []string) ([]council.Member, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return findCouncilMembers(s.db.reader(ctx).Where("council_id IN ?", padded(ids)))
}

func findCouncilMembers(q *gorm.DB) ([]council.Member, error) {
	var rows []councilMemberRow
	if err := q.Order("council_id, number").Find(&rows).Error; err != nil {
		return nil, wrapped("read members of councils", err)
	}
	out := make([]council.Member, len(rows))
	for i, r := range rows {
		out[i] = r.member()
	}
	return out, nil
}

// CouncilSeats implements council.Store.
func (s *Councils) CouncilSeats(ctx context.Context, resident string) ([]council.Member, []council.Record, error) {
	members, err := findCouncilMembers(s.db.reader(ctx).Where("resident = ?", resident))
	if err != nil || len(members) == 0 {
		return nil, nil, err
	}
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.CouncilID
	}
	var rows []councilRow
	if err := s.db.reader(ctx).Where("id IN ?", padded(ids)).Order("id").Find(&rows).Error; err != nil {
		return nil, nil, wrapped("read councils of a resident", err)
	}
	byID := map[string]council.Record{}
	for _, r := range rows {
		byID[r.ID] = r.record()
	}
	bodies := make([]council.Record, len(members))
	for i, m := range members {
		bodies[i] = byID[m.CouncilID]
	}
	return members, bodies, nil
}

// AddCouncil implements council.Tx.
func (t *tx) AddCouncil(ctx context.Context, r council.Record) error {
	row := toCouncilRow(r)
	row.Serial = 0 // given by the engine
	return wrapped("add council", orTaken(t.in(ctx).Create(&row).Error, council.ErrNameTaken))
}

// CouncilForUpdate implements council.Tx.
func (t *tx) CouncilForUpdate(ctx context.Context, id string) (council.Record, error) {
	return takeCouncil(t.in(ctx).Clauses(clause.Locking{Strength: "UPDATE"}), id)
}

// SaveCouncil implements council.Tx.
func (t *tx) SaveCouncil(ctx context.Context, r council.Record) error {
	row := toCouncilRow(r)
	row.Serial = 0 // not in the condition
	g := t.in(ctx).Model(&councilRow{}).Where("id = ? AND revision = ?", r.ID, r.Revision-1).Select(councilMoves).Updates(&row)
	g.Error = orTaken(g.Error, council.ErrNameTaken)
	return wrapped("save council", one(g, council.ErrRaced))
}

// AddCouncilCharter implements council.Tx.
func (t *tx) AddCouncilCharter(ctx context.Context, c council.Charter) error {
	row := councilCharterRow{CouncilID: c.CouncilID, Version: c.Version, Body: c.Text, Office: c.By, Account: c.Account, At: toMillis(c.At)}
	return wrapped("add charter", orTaken(t.in(ctx).Create(&row).Error, council.ErrRaced))
}

// CouncilMembersNow implements council.Tx.
func (t *tx) CouncilMembersNow(ctx context.Context, id string) ([]council.Member, error) {
	return findCouncilMembers(t.in(ctx).Where("council_id = ?", id))
}

// AddCouncilMember implements council.Tx. The body's lock keeps numbers apart.
func (t *tx) AddCouncilMember(ctx context.Context, m council.Member) error {
	row := councilMemberRow{
		CouncilID: m.CouncilID, Number: m.Number, Resident: m.Resident, Masked: m.Name, Office: m.Office, FromDay: m.From, UntilDay: m.Until,
		EnteredAt: toMillis(m.EnteredAt), EndedAt: toMillis(m.EndedAt),
	}
	return wrapped("add council member", orTaken(t.in(ctx).Create(&row).Error, council.ErrRaced))
}

// EndCouncilMember implements council.Tx.
func (t *tx) EndCouncilMember(ctx context.Context, id string, number int, until string, at time.Time) error {
	g := t.in(ctx).Model(&councilMemberRow{}).Where("council_id = ? AND number = ?", id, number).
		Updates(map[string]any{"until_day": until, "ended_at": toMillis(at)})
	return wrapped("end council member", one(g, council.ErrMemberNotFound))
}
