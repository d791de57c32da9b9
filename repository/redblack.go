package repository

import (
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cunwu/service/account"
	"cunwu/service/redblack"
	"cunwu/service/region"
)

type boardEntryRow struct {
	Serial       int64 `gorm:"primaryKey;autoIncrement"`
	ID           string
	CaseID       string
	Kind         string
	Region       string
	VillageGroup string
	Clause       string
	Deed         string
	Month        string
	State        string
	Stage        string
	Revision     int
	CreatedAt    int64 `gorm:"autoCreateTime:false"`
	ChangedAt    int64
	NoticeAt     int64
	NoticeEnd    int64
	ListedAt     int64
	ExpiresAt    int64
	EndedAt      int64
	EndKind      string
	Council      string
	Consulted    string
	Named        int
	Log          string
	SubjectKey   string
	MakerKey     string
	SealKey      string
	Sealed       []byte
}

// TableName names the table.
func (boardEntryRow) TableName() string { return "board_entries" }

// boardEntryMoves are the columns that change in an entry's life.
var boardEntryMoves = []string{
	"village_group", "clause", "deed", "month", "state", "stage", "revision", "changed_at", "notice_at", "notice_end", "listed_at",
	"expires_at", "ended_at", "end_kind", "council", "consulted", "named", "log", "subject_key", "maker_key", "seal_key", "sealed",
}

// asJSON writes the parts of a row that are kept as JSON.
func asJSON(parts map[*string]any) error {
	for to, what := range parts {
		b, err := json.Marshal(what)
		if err != nil {
			return fmt.Errorf("encode entry: %w", err)
		}
		*to = string(b)
	}
	return nil
}

func blob(sealed account.Sealed) []byte {
	if sealed.Blob == nil {
		return []byte{}
	}
	return sealed.Blob
}

func toBoardEntryRow(r redblack.Record) (boardEntryRow, error) {
	row := boardEntryRow{
		Serial: r.Serial, ID: r.ID, CaseID: r.CaseID, Kind: string(r.Kind), Region: string(r.Region), VillageGroup: string(r.Group),
		Deed: r.Deed, Month: r.Month, State: string(r.State), Stage: r.Stage, Revision: r.Revision,
		CreatedAt: toMillis(r.CreatedAt), ChangedAt: toMillis(r.ChangedAt), NoticeAt: toMillis(r.NoticeAt), NoticeEnd: toMillis(r.NoticeEnd),
		ListedAt: toMillis(r.ListedAt), ExpiresAt: toMillis(r.ExpiresAt), EndedAt: toMillis(r.EndedAt), EndKind: r.EndKind,
		Named: toBit(r.Named), SubjectKey: r.SubjectKey, MakerKey: r.MakerKey, SealKey: r.Sealed.Key, Sealed: blob(r.Sealed),
	}
	err := asJSON(map[*string]any{&row.Clause: r.Clause, &row.Council: r.Council, &row.Consulted: r.Consulted, &row.Log: r.Log})
	return row, err
}

func (r boardEntryRow) record() (redblack.Record, error) {
	out := redblack.Record{
		Serial: r.Serial, ID: r.ID, CaseID: r.CaseID, Kind: redblack.Kind(r.Kind), Region: region.Code(r.Region),
		Group: region.Code(r.VillageGroup), Deed: r.Deed, Month: r.Month, State: redblack.State(r.State), Stage: r.Stage,
		Revision: r.Revision, CreatedAt: fromMillis(r.CreatedAt), ChangedAt: fromMillis(r.ChangedAt), NoticeAt: fromMillis(r.NoticeAt),
		NoticeEnd: fromMillis(r.NoticeEnd), ListedAt: fromMillis(r.ListedAt), ExpiresAt: fromMillis(r.ExpiresAt),
		EndedAt: fromMillis(r.EndedAt), EndKind: r.EndKind, Named: r.Named != 0, SubjectKey: r.SubjectKey, MakerKey: r.MakerKey,
		Sealed: account.Sealed{Key: r.SealKey, Blob: r.Sealed},
	}
	for _, part := range []struct {
		text string
		to   any
	}{{r.Clause, &out.Clause}, {r.Council, &out.Council}, {r.Consulted, &out.Consulted}, {r.Log, &out.Log}} {
		if err := json.Unmarshal([]byte(part.text), part.to); err != nil {
			return out, fmt.Errorf("read entry %s: %w", r.ID, err)
		}
	}
	return out, nil
}

func boardRecords(rows []boardEntryRow) ([]redblack.Record, error) {
	out := make([]redblack.Record, len(rows))
	for i, row := range rows {
		r, err := row.record()
		if err != nil {
			return nil, err
		}
		out[i] = r
	}
	return out, nil
}

// RedBlack is the archive of package redblack.
type RedBlack struct{ store[redblack.Tx] }

var (
	_ redblack.Store = (*RedBlack)(nil)
	_ redblack.Tx    = (*tx)(nil)
)

// RedBlack gives the archive of the red and black lists.
func (db *DB) RedBlack() *RedBlack {
	return &RedBlack{store[redblack.Tx]{db: db, as: func(t *tx) redblack.Tx { return t }}}
}

// BoardEntry implements redblack.Store.
func (s *RedBlack) BoardEntry(ctx context.Context, id string) (redblack.Record, error) {
	return takeBoardEntry(s.db.reader(ctx).Where("id = ?", id))
}

func takeBoardEntry(q *gorm.DB) (redblack.Record, error) {
	var row boardEntryRow
	if err := q.Take(&row).Error; err != nil {
		return redblack.Record{}, wrapped("read entry", orMissing(err, redblack.ErrNotFound))
	}
	return row.record()
}

// BoardSubject implements redblack.Store. It is asked before each endorsement.
func (s *RedBlack) BoardSubject(ctx context.Context, id string) (string, error) {
	var keys []string
	err := s.db.reader(ctx).Model(&boardEntryRow{}).Where("id = ?", id).Limit(1).Pluck("subject_key", &keys).Error
	if err != nil || len(keys) == 0 {
		return "", wrapped("read whom an entry is about", err)
	}
	return keys[0], nil
}

// BoardEntries implements redblack.Store.
func (s *RedBlack) BoardEntries(ctx context.Context, q redblack.Query) ([]redblack.Record, error) {
	g := s.db.reader(ctx)
	if q.Region != "" {
		g = g.Where("region >= ? AND region < ?", string(q.Region), string(q.Region)+":")
	}
	if q.Kind != "" {
		g = g.Where("kind = ?", string(q.Kind))
	}
	if len(q.States) > 0 {
		g = g.Where("state IN ?", padded(q.States))
	}
	if len(q.Stages) > 0 {
		g = g.Where("stage IN ?", padded(q.Stages))
	}
	if q.Subject != "" {
		g = g.Where("subject_key = ?", q.Subject)
	}
	if q.Maker != "" {
		g = g.Where("maker_key = ?", q.Maker)
	}
	if !q.ShownAt.IsZero() {
		g = g.Where("(expires_at = 0 OR expires_at >= ?)", toMillis(q.ShownAt))
	}
	if q.Before != 0 {
		g = g.Where("serial < ?", q.Before)
	}
	var rows []boardEntryRow
	if err := g.Order("serial DESC").Limit(q.Limit).Find(&rows).Error; err != nil {
		return nil, wrapped("list entries", err)
	}
	return boardRecords(rows)
}

// AddBoardEntry implements redblack.Tx.
func (t *tx) AddBoardEntry(ctx context.Context, r redblack.Record) error {
	row, err := toBoardEntryRow(r)
	if err != nil {
		return err
	}
	row.Serial = 0 // given by the engine
	return wrapped("add entry", t.in(ctx).Create(&row).Error)
}

// BoardEntryForUpdate implements redblack.Tx.
func (t *tx) BoardEntryForUpdate(ctx context.Context, id string) (redblack.Record, error) {
	return takeBoardEntry(t.in(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id))
}

// SaveBoardEntry implements redblack.Tx.
func (t *tx) SaveBoardEntry(ctx context.Context, r redblack.Record) error {
	row, err := toBoardEntryRow(r)
	if err != nil {
		return err
	}
	row.Serial = 0 // not in the condition
	g := t.in(ctx).Model(&boardEntryRow{}).Where("id = ? AND revision = ?", r.ID, r.Revision-1).Select(boardEntryMoves).Updates(&row)
	return wrapped("save entry", one(g, redblack.ErrRaced))
}
