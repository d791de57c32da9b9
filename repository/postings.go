package repository

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cunwu/service/disclosure"
	"cunwu/service/record"
	"cunwu/service/region"
)

type postingRow struct {
	Serial      int64 `gorm:"primaryKey;autoIncrement"`
	Pos         *int64
	ID          string
	Region      string
	ItemCode    string
	Category    string
	Edition     string
	Period      string
	Visibility  string
	State       string
	Version     int
	Late        int
	PublishedAt int64
	Title       string
	Summary     string
	Attachments int
	Questions   int
	Answered    int
	IncomeFen   *int64
	ExpenseFen  *int64
	CaseID      string
	Revision    int
	Personal    int
	FirstAt     int64
	PostedFrom  int64
	PostedUntil int64
	CreatedAt   int64 `gorm:"autoCreateTime:false"`
	CreatedBy   string
	Reason      string
	Review      string
	Draft       []byte
	LogIndex    *int64
}

// TableName names the table.
func (postingRow) TableName() string { return "postings" }

// postingMoves are the columns that change in a posting's life.
var postingMoves = []string{
	"pos", "state", "version", "late", "published_at", "title", "summary", "attachments", "questions",
	"income_fen", "expense_fen", "revision", "first_at", "posted_from", "posted_until", "reason", "review", "draft", "log_index",
}

// feedColumns are what a feed shows: no texts but title and summary.
var feedColumns = []string{
	"serial", "pos", "id", "region", "item_code", "category", "edition", "period", "visibility", "state", "version",
	"late", "published_at", "title", "summary", "attachments", "questions", "answered", "income_fen", "expense_fen",
}

// recordColumns are all but the draft.
var recordColumns = append(append([]string(nil), feedColumns...),
	"case_id", "revision", "personal", "first_at", "posted_from", "posted_until", "created_at", "created_by", "reason", "review", "log_index")

// reviewJSON is how the supervisory committee's word is stored.
type reviewJSON struct {
	Opinion   string `json:"opinion,omitempty"`
	Objection string `json:"objection,omitempty"`
	LookedAt  int    `json:"looked_at,omitempty"`
	By        string `json:"by"`
	At        int64  `json:"at"`
}

func toPostingRow(r disclosure.Record, draft []byte) (postingRow, error) {
	row := postingRow{
		Serial: r.Serial, ID: r.ID, Region: string(r.Region), ItemCode: r.ItemCode, Category: r.Category,
		Edition: r.Edition, Period: r.Period, Visibility: string(r.Visibility), State: string(r.State),
		Version: r.Version, Late: toBit(r.Late), PublishedAt: toMillis(r.PublishedAt),
		Title: r.Shown.Title, Summary: r.Shown.Summary, Attachments: r.Shown.Attachments, Questions: r.Shown.Questions, Answered: r.Answered,
		IncomeFen: r.Shown.IncomeFen, ExpenseFen: r.Shown.ExpenseFen, CaseID: r.CaseID, Revision: r.Revision,
		Personal: toBit(r.Personal), FirstAt: toMillis(r.FirstAt), PostedFrom: toMillis(r.PostedFrom),
		PostedUntil: toMillis(r.PostedUntil), CreatedAt: toMillis(r.CreatedAt), CreatedBy: r.CreatedBy,
		Reason: r.Reason, Draft: draft, LogIndex: r.LogIndex,
	}
	if r.Pos != 0 {
		row.Pos = &r.Pos
	}
	if r.Review != nil {
		raw, err := json.Marshal(reviewJSON{r.Review.Opinion, r.Review.Objection, r.Review.LookedAt, r.Review.By, toMillis(r.Review.At)})
		if err != nil {
			return postingRow{}, fmt.Errorf("encode review: %w", err)
		}
		row.Review = string(raw)
	}
	return row, nil
}

func (r postingRow) record() (disclosure.Record, error) {
	out := disclosure.Record{
		ID: r.ID, Serial: r.Serial, CaseID: r.CaseID, Region: region.Code(r.Region), ItemCode: r.ItemCode,
		Category: r.Category, Edition: r.Edition, Period: r.Period, Visibility: disclosure.Visibility(r.Visibility),
		State: disclosure.State(r.State), Answered: r.Answered, Revision: r.Revision, Version: r.Version, Personal: r.Personal != 0,
		Late: r.Late != 0, Reason: r.Reason, LogIndex: r.LogIndex,
		Shown: disclosure.Shown{
			Title: r.Title, Summary: r.Summary, Attachments: r.Attachments, Questions: r.Questions,
			IncomeFen: r.IncomeFen, ExpenseFen: r.ExpenseFen,
		},
		CreatedAt: fromMillis(r.CreatedAt), CreatedBy: r.CreatedBy, PublishedAt: fromMillis(r.PublishedAt),
		FirstAt: fromMillis(r.FirstAt), PostedFrom: fromMillis(r.PostedFrom), PostedUntil: fromMillis(r.PostedUntil),
	}
	if r.Pos != nil {
		out.Pos = *r.Pos
	}
	if r.Review != "" {
		var j reviewJSON
		if err := json.Unmarshal([]byte(r.Review), &j); err != nil {
			return disclosure.Record{}, fmt.Errorf("read review of posting %s: %w", r.ID, err)
		}
		out.Review = &disclosure.Review{Opinion: j.Opinion, Objection: j.Objection, LookedAt: j.LookedAt, By: j.By, At: fromMillis(j.At)}
	}
	return out, nil
}

func toRecords(rows []postingRow) ([]disclosure.Record, error) {
	out := make([]disclosure.Record, len(rows))
	for i, r := range rows {
		rec, err := r.record()
		if err != nil {
			return nil, err
		}
		out[i] = rec
	}
	return out, nil
}

type postingVersionRow struct {
	PostingID   string `gorm:"primaryKey"`
	Number      int    `gorm:"primaryKey;autoIncrement:false"`
	PublishedAt int64
	WithdrawnAt int64
	Digest      string
	Reason      string
	Author      string
	Content     []byte
	Salt        []byte
	LogIndex    *int64
	EndedIndex  *int64
}

// TableName names the table.
func (postingVersionRow) TableName() string { return "posting_versions" }

func (r postingVersionRow) version() disclosure.VersionRecord {
	return disclosure.VersionRecord{
		PostingID: r.PostingID, Number: r.Number, PublishedAt: fromMillis(r.PublishedAt),
		WithdrawnAt: fromMillis(r.WithdrawnAt), Reason: r.Reason, Content: r.Content, Digest: r.Digest,
		Author: r.Author, Salt: r.Salt, LogIndex: r.LogIndex, EndedIndex: r.EndedIndex,
	}
}

type postingMediaRow struct {
	MediaID   string `gorm:"primaryKey"`
	PostingID string `gorm:"primaryKey"`
	Published int
}

// TableName names the table.
func (postingMediaRow) TableName() string { return "posting_media" }

// Disclosures is the archive of package disclosure.
type Disclosures struct{ store[disclosure.Tx] }

var (
	_ disclosure.Store = (*Disclosures)(nil)
	_ disclosure.Tx    = (*tx)(nil)
)

// Disclosures gives the archive of postings and feeds.
func (db *DB) Disclosures() *Disclosures {
	return &Disclosures{store[disclosure.Tx]{db: db, as: func(t *tx) disclosure.Tx { return t }}}
}

// PostingRecord implements disclosure.Store.
func (s *Disclosures) PostingRecord(ctx context.Context, id string) (disclosure.Record, error) {
	var row postingRow
	err := s.db.reader(ctx).Select(recordColumns).Where("id = ?", id).Take(&row).Error
	if err != nil {
		return disclosure.Record{}, wrapped("read posting", orMissing(err, disclosure.ErrNotFound))
	}
	return row.record()
}

// PostingDraft implements disclosure.Store.
func (s *Disclosures) PostingDraft(ctx context.Context, id string) ([]byte, error) {
	var row postingRow
	err := s.db.reader(ctx).Select("draft").Where("id = ?", id).Take(&row).Error
	if err != nil {
		return nil, wrapped("read draft", orMissing(err, disclosure.ErrNotFound))
	}
	return row.Draft, nil
}

// PostingVersions implements disclosure.Store.
func (s *Disclosures) PostingVersions(ctx context.Context, id string) ([]disclosure.VersionRecord, error) {
	var rows []postingVersionRow
	if err := s.db.reader(ctx).Where("posting_id = ?", id).Order("number").Find(&rows).Error; err != nil {
		return nil, wrapped("read versions", err)
	}
	out := make([]disclosure.VersionRecord, len(rows))
	for i, r := range rows {
		out[i] = r.version()
	}
	return out, nil
}

// PostingVersion implements disclosure.Store.
func (s *Disclosures) PostingVersion(ctx context.Context, id string, number int) (disclosure.VersionRecord, error) {
	return takeVersion(s.db.reader(ctx), id, number)
}

func takeVersion(q *gorm.DB, id string, number int) (disclosure.VersionRecord, error) {
	var row postingVersionRow
	if err := q.Where("posting_id = ? AND number = ?", id, number).Take(&row).Error; err != nil {
		return disclosure.VersionRecord{}, wrapped("read version", orMissing(err, disclosure.ErrNotFound))
	}
	return row.version(), nil
}

// unfinished are the states of what is not public now and waits for work.
var unfinished = []string{
	string(disclosure.Draft), string(disclosure.InReview), string(disclosure.Reviewed),
	string(disclosure.Confirmed), string(disclosure.Withdrawn),
}

// PostingsUnfinished implements disclosure.Store.
func (s *Disclosures) PostingsUnfinished(ctx context.Context, village region.Code, before int64, limit int) ([]disclosure.Record, error) {
	q := s.db.reader(ctx).Select(recordColumns).Where("region = ? AND state IN ?", string(village), unfinished)
	if before != 0 {
		q = q.Where("serial < ?", before)
	}
	var rows []postingRow
	if err := q.Order("serial DESC").Limit(limit).Find(&rows).Error; err != nil {
		return nil, wrapped("read unfinished postings", err)
	}
	return toRecords(rows)
}

// AddPosting implements disclosure.Tx.
func (t *tx) AddPosting(ctx context.Context, r disclosure.Record, draft []byte) (int64, error) {
	row, err := toPostingRow(r, draft)
	if err != nil {
		return 0, err
	}
	row.Serial = 0 // given by the engine
	if err := t.in(ctx).Create(&row).Error; err != nil {
		return 0, wrapped("add posting", err)
	}
	return row.Serial, nil
}

// PostingForUpdate implements disclosure.Tx.
func (t *tx) PostingForUpdate(ctx context.Context, id string) (disclosure.Record, []byte, error) {
	var row postingRow
	err := t.in(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(&row).Error
	if err != nil {
		return disclosure.Record{}, nil, wrapped("lock posting", orMissing(err, disclosure.ErrNotFound))
	}
	rec, err := row.record()
	return rec, row.Draft, err
}

// SavePosting implements disclosure.Tx.
func (t *tx) SavePosting(ctx context.Context, r disclosure.Record, draft []byte) error {
	row, err := toPostingRow(r, draft)
	if err != nil {
		return err
	}
	row.Serial = 0 // not in the condition
	g := t.in(ctx).Model(&postingRow{}).Where("id = ? AND revision = ?", r.ID, r.Revision-1).
		Select(postingMoves).Updates(&row)
	return wrapped("save posting", one(g, disclosure.ErrRaced))
}

// AddPostingVersion implements disclosure.Tx.
func (t *tx) AddPostingVersion(ctx context.Context, v disclosure.VersionRecord) error {
	row := postingVersionRow{
		PostingID: v.PostingID, Number: v.Number, PublishedAt: toMillis(v.PublishedAt),
		WithdrawnAt: toMillis(v.WithdrawnAt), Digest: v.Digest, Reason: v.Reason, Content: v.Content,
		Author: v.Author, Salt: v.Salt, LogIndex: v.LogIndex, EndedIndex: v.EndedIndex,
	}
	return wrapped("add version", orTaken(t.in(ctx).Create(&row).Error, disclosure.ErrRaced))
}

// PostingVersionForUpdate implements disclosure.Tx.
func (t *tx) PostingVersionForUpdate(ctx context.Context, id string, number int) (disclosure.VersionRecord, error) {
	return takeVersion(t.in(ctx).Clauses(clause.Locking{Strength: "UPDATE"}), id, number)
}

var errNoVersion = errors.New("repository: no such version of a posting")

// EndPostingVersion implements disclosure.Tx.
func (t *tx) EndPostingVersion(ctx context.Context, id string, number int, place record.Place, reason string) error {
	changes := map[string]any{"ended_index": place.Index}
	if reason != "" {
		changes["withdrawn_at"], changes["reason"] = toMillis(place.At), reason
	}
	g := t.in(ctx).Model(&postingVersionRow{}).Where("posting_id = ? AND number = ?", id, number).Updates(changes)
	return wrapped("end version", one(g, errNoVersion))
}

// EraseVersions implements disclosure.Tx.
func (t *tx) EraseVersions(ctx context.Context, id string) error {
	err := t.in(ctx).Model(&postingVersionRow{}).Where("posting_id = ?", id).
		Updates(map[string]any{"content": nil, "salt": nil}).Error
	if err != nil {
		return wrapped("erase versions", err)
	}
	if err := t.in(ctx).Where("posting_id = ?", id).Delete(&postingHouseholdRow{}).Error; err != nil {
		return wrapped("erase what concerns households", err)
	}
	if err := t.eraseAnswers(ctx, id); err != nil {
		return err
	}
	return wrapped("untie attachments", t.in(ctx).Where("posting_id = ?", id).Delete(&postingMediaRow{}).Error)
}

// HangMedia implements disclosure.Tx.
func (t *tx) HangMedia(ctx context.Context, id string, media []string, published bool) error {
	err := t.in(ctx).Where("posting_id = ? AND published = 0", id).Delete(&postingMediaRow{}).Error
	if err != nil {
		return wrapped("untie attachments", err)
	}
	if len(media) == 0 {
		return nil
	}
	rows := make([]postingMediaRow, len(media))
	for i, m := range media {
		rows[i] = postingMediaRow{MediaID: m, PostingID: id, Published: toBit(published)}
	}
	// What hangs on a published text already stays so.
	taken := clause.OnConflict{Columns: []clause.Column{{Name: "media_id"}, {Name: "posting_id"}}, DoNothing: true}
	return wrapped("tie attachments", t.in(ctx).Clauses(taken).Create(&rows).Error)
}
