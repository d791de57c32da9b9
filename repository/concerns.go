package repository

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cunwu/service/account"
	"cunwu/service/concern"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

type concernRow struct {
	Serial       int64 `gorm:"primaryKey;autoIncrement"`
	ID           string
	CaseID       string
	Region       string
	VillageGroup string
	Category     string
	Visibility   string
	Channel      string
	State        string
	Stage        string
	Level        string
	Review       string
	Shown        int
	IsOpen       int
	Owner        string
	DueAt        int64
	RaisedAt     int64
	ChangedAt    int64
	EndedAt      int64
	AgainAt      int64
	Raiser       string
	Resident     string
	Rating       string
	Joined       int
	MergedInto   string
	Escalated    int
	Reopened     int
	Callback     int
	TalkDay      string
	Revision     int
	Title        string
	Content      string
	SealKey      string
	Sealed       []byte
}

// TableName names the table.
func (concernRow) TableName() string { return "concerns" }

// concernMoves are the columns that change in a concern's life.
var concernMoves = []string{
	"state", "stage", "level", "review", "shown", "is_open", "owner", "due_at", "changed_at", "ended_at", "again_at",
	"rating", "joined", "merged_into", "escalated", "reopened", "callback", "talk_day", "revision", "content",
}

// Who meets a concern in lists, as column shown keeps it.
const (
	shownToAll      = 1
	shownToHandlers = 0
	shownSealed     = -1
)

func shownOf(r concern.Record) int {
	switch {
	case r.Visibility == concern.Sealed:
		return shownSealed
	case r.Shown():
		return shownToAll
	}
	return shownToHandlers
}

func toConcernRow(r concern.Record) (concernRow, error) {
	content, err := json.Marshal(r.Content)
	if err != nil {
		return concernRow{}, fmt.Errorf("encode concern: %w", err)
	}
	sealed := r.Secret.Blob
	if sealed == nil {
		sealed = []byte{}
	}
	return concernRow{
		ID: r.ID, CaseID: r.CaseID, Region: string(r.Region), VillageGroup: string(r.Group), Category: r.Category,
		Visibility: string(r.Visibility), Channel: string(r.Channel), State: string(r.State), Stage: r.Stage, Level: r.Level,
		Review: string(r.Review), Shown: shownOf(r), IsOpen: toBit(r.State.Open()), Owner: r.Owner, DueAt: toMillis(r.DueAt),
		RaisedAt: toMillis(r.RaisedAt), ChangedAt: toMillis(r.ChangedAt), EndedAt: toMillis(r.EndedAt), AgainAt: toMillis(r.AgainAt),
		Raiser: r.Raiser, Resident: r.Resident, Rating: string(r.Rating), Joined: r.Joined, MergedInto: r.MergedInto,
		Escalated: toBit(r.Escalated), Reopened: toBit(r.Reopened), Callback: int(r.Callback), TalkDay: r.TalkDay,
		Revision: r.Revision, Title: r.Title, Content: string(content), SealKey: r.Secret.Key, Sealed: sealed,
	}, nil
}

func (r concernRow) record() (concern.Record, error) {
	out := concern.Record{
		Serial: r.Serial, ID: r.ID, CaseID: r.CaseID, Region: region.Code(r.Region), Group: region.Code(r.VillageGroup),
		Category: r.Category, Visibility: concern.Visibility(r.Visibility), Channel: concern.Channel(r.Channel),
		State: concern.State(r.State), Stage: r.Stage, Level: r.Level, Review: concern.Review(r.Review), Owner: r.Owner,
		DueAt: fromMillis(r.DueAt), RaisedAt: fromMillis(r.RaisedAt), ChangedAt: fromMillis(r.ChangedAt),
		EndedAt: fromMillis(r.EndedAt), AgainAt: fromMillis(r.AgainAt), Raiser: r.Raiser, Resident: r.Resident,
		Rating: concern.Rating(r.Rating), Joined: r.Joined, MergedInto: r.MergedInto, Escalated: r.Escalated != 0,
		Reopened: r.Reopened != 0, Callback: concern.Callback(r.Callback), TalkDay: r.TalkDay, Revision: r.Revision,
		Title: r.Title, Secret: account.Sealed{Key: r.SealKey, Blob: r.Sealed},
	}
	if err := json.Unmarshal([]byte(r.Content), &out.Content); err != nil {
		return out, fmt.Errorf("read concern %s: %w", r.ID, err)
	}
	return out, nil
}

// Concerns is the archive of package concern.
type Concerns struct{ store[concern.Tx] }

var (
	_ concern.Store = (*Concerns)(nil)
	_ concern.Tx    = (*tx)(nil)
)

// Concerns gives the archive of what villagers say is wrong.
func (db *DB) Concerns() *Concerns {
	return &Concerns{store[concern.Tx]{db: db, as: func(t *tx) concern.Tx { return t }}}
}

// ConcernRecord implements concern.Store.
func (s *Concerns) ConcernRecord(ctx context.Context, id string) (concern.Record, error) {
	return takeConcern(s.db.reader(ctx), id)
}

func takeConcern(q *gorm.DB, id string) (concern.Record, error) {
	var row concernRow
	if err := q.Where("id = ?", id).Take(&row).Error; err != nil {
		return concern.Record{}, wrapped("read concern", orMissing(err, concern.ErrNotFound))
	}
	return row.record()
}

func findConcerns(q *gorm.DB) ([]concern.Record, error) {
	var rows []concernRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, wrapped("read concerns", err)
	}
	out := make([]concern.Record, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = r.record(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// ConcernRecords implements concern.Store.
func (s *Concerns) ConcernRecords(ctx context.Context, ids []string) ([]concern.Record, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return findConcerns(s.db.reader(ctx).Where("id IN ?", padded(ids)).Order("id"))
}

// ConcernsIn implements concern.Store.
func (s *Concerns) ConcernsIn(ctx context.Context, r concern.Range) ([]concern.Record, error) {
	q := narrowConcerns(s.db.reader(ctx), r)
	if len(r.Owners) > 0 {
		q = q.Where("owner IN ?", padded(r.Owners))
		if r.AfterSerial != 0 {
			due := toMillis(r.AfterDue)
			q = q.Where("(due_at > ? OR due_at = ? AND serial > ?)", due, due, r.AfterSerial)
		}
		return findConcerns(q.Order("due_at, serial").Limit(r.Limit))
	}
	q = sightOfConcerns(q, r)
	if r.Before != 0 {
		q = q.Where("serial < ?", r.Before)
	}
	return findConcerns(q.Order("serial DESC").Limit(r.Limit))
}

func narrowConcerns(q *gorm.DB, r concern.Range) *gorm.DB {
	switch {
	case r.Region == "":
	case r.Region.Level() == region.Village:
		q = q.Where("region = ?", string(r.Region))
	default: // the greatest digit is below ":"
		q = q.Where("region >= ? AND region < ?", string(r.Region), string(r.Region)+":")
	}
	if r.Group != "" {
		q = q.Where("village_group = ?", string(r.Group))
	}
	if r.Category != "" {
		q = q.Where("category = ?", r.Category)
	}
	if r.State != "" {
		q = q.Where("state = ?", string(r.State))
	}
	if r.Open != nil {
		q = q.Where("is_open = ?", toBit(*r.Open))
	}
	if !r.From.IsZero() {
		q = q.Where("raised_at >= ?", toMillis(r.From))
	}
	if !r.Until.IsZero() {
		q = q.Where("raised_at < ?", toMillis(r.Until))
	}
	if r.Callback {
		q = q.Where("callback = ?", int(concern.ToCall))
	}
	if r.TalkDay != "" {
		q = q.Where("talk_day = ?", r.TalkDay)
	}
	if r.Linked != "" {
		// Few are looked through: those of one village, and ids are in no text.
		q = q.Where("content LIKE ?", `%"ID":"`+r.Linked+`"%`)
	}
	return q
}

// sightOfConcerns narrows to what the asker may meet.
func sightOfConcerns(q *gorm.DB, r concern.Range) *gorm.DB {
	own := "(raiser IN ? OR resident = ? AND resident <> '')"
	switch {
	case r.MineOnly:
		return q.Where("("+own+" OR id IN (SELECT concern_id FROM concern_joins WHERE account = ?))",
			padded(r.OwnKeys), r.OwnResident, r.JoinedBy)
	case r.Least < 0:
		return q.Where("shown = ?", shownSealed)
	case len(r.OwnKeys) > 0:
		return q.Where("(shown >= ? OR "+own+")", r.Least, padded(r.OwnKeys), r.OwnResident)
	}
	return q.Where("shown >= ?", r.Least)
}

// ConcernsToAskAgain implements concern.Store.
func (s *Concerns) ConcernsToAskAgain(ctx context.Context, from, until time.Time, limit int) ([]concern.Record, error) {
	return findConcerns(s.db.reader(ctx).Where("again_at >= ? AND again_at < ? AND again_at > 0", toMillis(from), toMillis(until)).
		Order("again_at, serial").Limit(limit))
}

// ConcernsRaisedBy implements concern.Store.
func (s *Concerns) ConcernsRaisedBy(ctx context.Context, keys []string, resident string) ([]concern.Record, error) {
	return findConcerns(s.db.reader(ctx).Where("(raiser IN ? OR resident = ? AND resident <> '')", padded(keys), resident).
		Order("raised_at, serial"))
}

// ConcernsRaisedSince implements concern.Tx.
func (t *tx) ConcernsRaisedSince(ctx context.Context, keys []string, since time.Time) (int, error) {
	var n int64
	err := t.in(ctx).Model(&concernRow{}).Where("raiser IN ? AND raised_at >= ?", padded(keys), toMillis(since)).Count(&n).Error
	return int(n), wrapped("count concerns of an account", err)
}

// AddConcern implements concern.Tx.
func (t *tx) AddConcern(ctx context.Context, r concern.Record) (int64, error) {
	row, err := toConcernRow(r)
	if err != nil {
		return 0, err
	}
	if err := t.in(ctx).Create(&row).Error; err != nil {
		return 0, wrapped("add concern", err)
	}
	return row.Serial, nil
}

// ConcernForUpdate implements concern.Tx.
func (t *tx) ConcernForUpdate(ctx context.Context, id string) (concern.Record, error) {
	return takeConcern(t.in(ctx).Clauses(clause.Locking{Strength: "UPDATE"}), id)
}

// SaveConcern implements concern.Tx.
func (t *tx) SaveConcern(ctx context.Context, r concern.Record) error {
	row, err := toConcernRow(r)
	if err != nil {
		return err
	}
	g := t.in(ctx).Model(&concernRow{}).Where("id = ? AND revision = ?", r.ID, r.Revision-1).Select(concernMoves).Updates(&row)
	return wrapped("save concern", one(g, procedure.ErrRaced))
}
