package repository

import (
	"context"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cunwu/service/disclosure"
	"cunwu/service/mention"
	"cunwu/service/region"
)

type thingRow struct {
	ID         string `gorm:"primaryKey"`
	Region     string
	Kind       string
	Name       string
	LineCount  int
	IncomeFen  int64
	ExpenseFen int64
	LastAt     int64
}

// TableName names the table.
func (thingRow) TableName() string { return "things" }

func (r thingRow) thing() mention.Thing {
	return mention.Thing{
		ID: r.ID, Region: region.Code(r.Region), Kind: mention.Kind(r.Kind), Name: r.Name, Lines: r.LineCount,
		IncomeFen: r.IncomeFen, ExpenseFen: r.ExpenseFen, LastAt: fromMillis(r.LastAt),
	}
}

type mentionRow struct {
	ThingID    string `gorm:"primaryKey"`
	Pos        int64  `gorm:"primaryKey;autoIncrement:false"`
	Line       int    `gorm:"primaryKey;autoIncrement:false"`
	PostingID  string
	Version    int
	Day        string
	Summary    string
	IncomeFen  int64
	ExpenseFen int64
}

// TableName names the table.
func (mentionRow) TableName() string { return "mentions" }

func (r mentionRow) mention() mention.Mention {
	return mention.Mention{
		ThingID: r.ThingID, Pos: r.Pos, Line: r.Line, PostingID: r.PostingID, Version: r.Version, Date: r.Day,
		Summary: r.Summary, IncomeFen: r.IncomeFen, ExpenseFen: r.ExpenseFen,
	}
}

// Mentions is the archive of package mention.
type Mentions struct{ db *DB }

var (
	_ mention.Store = (*Mentions)(nil)
	_ mention.Tx    = (*tx)(nil)
)

// Mentions gives the archive of named things.
func (db *DB) Mentions() *Mentions { return &Mentions{db} }

// ThingList implements mention.Store.
func (s *Mentions) ThingList(ctx context.Context, village region.Code, kind mention.Kind, after mention.After, limit int) ([]mention.Thing, error) {
	q := s.db.reader(ctx).Where("region = ?", string(village))
	if kind != "" {
		q = q.Where("kind = ?", string(kind))
	}
	if after.ID != "" {
		at := toMillis(after.At)
		q = q.Where("last_at < ? OR (last_at = ? AND id < ?)", at, at, after.ID)
	}
	var rows []thingRow
	if err := q.Order("last_at DESC, id DESC").Limit(limit).Find(&rows).Error; err != nil {
		return nil, wrapped("list things", err)
	}
	out := make([]mention.Thing, len(rows))
	for i, r := range rows {
		out[i] = r.thing()
	}
	return out, nil
}

// Thing implements mention.Store.
func (s *Mentions) Thing(ctx context.Context, id string) (mention.Thing, error) {
	var row thingRow
	err := s.db.reader(ctx).Where("id = ?", id).Take(&row).Error
	return row.thing(), wrapped("read thing", orMissing(err, mention.ErrNotFound))
}

// ThingLines implements mention.Store.
func (s *Mentions) ThingLines(ctx context.Context, id, q string, after mention.AfterLine, limit int) ([]mention.Mention, mention.AfterLine, error) {
	g := s.db.reader(ctx).Where("thing_id = ?", id)
	if after.Pos != 0 {
		g = g.Where("pos < ? OR (pos = ? AND line < ?)", after.Pos, after.Pos, after.Line)
	}
	if q != "" {
		g = g.Where("INSTR(summary, ?) > 0", q)
	}
	var rows []mentionRow
	if err := g.Order("pos DESC, line DESC").Limit(limit + 1).Find(&rows).Error; err != nil {
		return nil, mention.AfterLine{}, wrapped("read lines of thing", err)
	}
	var next mention.AfterLine
	if len(rows) > limit {
		rows = rows[:limit]
		next = mention.AfterLine{Pos: rows[limit-1].Pos, Line: rows[limit-1].Line}
	}
	stands, err := s.standingVersions(ctx, rows)
	if err != nil {
		return nil, mention.AfterLine{}, err
	}
	out := make([]mention.Mention, 0, len(rows))
	for _, r := range rows {
		if stands[r.PostingID] == r.Version {
			out = append(out, r.mention())
		}
	}
	return out, next, nil
}

// standingStates are those in which the published text is up.
var standingStates = []string{string(disclosure.Published), string(disclosure.Archived)}

// standingVersions gives the versions that the public may read now of the
// postings of rows: what was just withdrawn must not be shown for as long as
// its event waits.
func (s *Mentions) standingVersions(ctx context.Context, rows []mentionRow) (map[string]int, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.PostingID
	}
	var stand []postingRow
	err := s.db.reader(ctx).Select("id", "version").
		Where("id IN ? AND state IN ? AND visibility = ?", padded(ids), standingStates, string(disclosure.PublicInternet)).Find(&stand).Error
	if err != nil {
		return nil, wrapped("read standing versions", err)
	}
	out := make(map[string]int, len(stand))
	for _, r := range stand {
		out[r.ID] = r.Version
	}
	return out, nil
}

// MentionSource implements mention.Tx.
func (t *tx) MentionSource(ctx context.Context, postingID string) (mention.Source, bool, error) {
	var row postingRow
	err := t.in(ctx).Select("id", "region", "item_code", "pos", "version").
		Where("id = ? AND state IN ? AND visibility = ?", postingID, standingStates, string(disclosure.PublicInternet)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return mention.Source{}, false, nil
	}
	if err != nil {
		return mention.Source{}, false, wrapped("read posting for its mentions", err)
	}
	v, err := takeVersion(t.in(ctx), postingID, row.Version)
	if err != nil {
		return mention.Source{}, false, err
	}
	out := mention.Source{ID: row.ID, Region: region.Code(row.Region), ItemCode: row.ItemCode, Version: row.Version, Content: v.Content}
	if row.Pos != nil {
		out.Pos = *row.Pos
	}
	return out, out.Pos != 0 && len(v.Content) > 0, nil
}

// DropMentions implements mention.Tx.
func (t *tx) DropMentions(ctx context.Context, postingID string) ([]string, error) {
	var things []string
	err := t.in(ctx).Model(&mentionRow{}).Where("posting_id = ?", postingID).Distinct().Order("thing_id").Pluck("thing_id", &things).Error
	if err != nil || len(things) == 0 {
		return nil, wrapped("read mentions of posting", err)
	}
	err = t.in(ctx).Where("posting_id = ?", postingID).Delete(&mentionRow{}).Error
	return things, wrapped("drop mentions", err)
}

// linesAtOnce bounds the rows of one statement, below every engine's limit of
// parameters.
const linesAtOnce = 500

// PutMentions implements mention.Tx.
func (t *tx) PutMentions(ctx context.Context, things []mention.Thing, lines []mention.Mention) error {
	heads := make([]thingRow, len(things))
	for i, x := range things {
		heads[i] = thingRow{ID: x.ID, Region: string(x.Region), Kind: string(x.Kind), Name: x.Name}
	}
	there := clause.OnConflict{Columns: []clause.Column{{Name: "id"}}, DoNothing: true}
	if err := t.in(ctx).Clauses(there).CreateInBatches(&heads, linesAtOnce).Error; err != nil {
		return wrapped("add things", err)
	}
	rows := make([]mentionRow, len(lines))
	for i, m := range lines {
		rows[i] = mentionRow{
			ThingID: m.ThingID, Pos: m.Pos, Line: m.Line, PostingID: m.PostingID, Version: m.Version, Day: m.Date,
			Summary: m.Summary, IncomeFen: m.IncomeFen, ExpenseFen: m.ExpenseFen,
		}
	}
	return wrapped("add mentions", t.in(ctx).CreateInBatches(&rows, linesAtOnce).Error)
}

// posMillis turns a place in the feeds into the time of publication; see
// disclosure.Position.
const posMillis = 20

// RecountThings implements mention.Tx.
func (t *tx) RecountThings(ctx context.Context, ids []string) error {
	for _, id := range ids {
		var sum struct {
			N       int
			Income  int64
			Expense int64
			Pos     int64
		}
		err := t.in(ctx).Model(&mentionRow{}).Where("thing_id = ?", id).
			Select("COUNT(*) AS n, COALESCE(SUM(income_fen), 0) AS income, COALESCE(SUM(expense_fen), 0) AS expense, COALESCE(MAX(pos), 0) AS pos").
			Scan(&sum).Error
		if err != nil {
			return wrapped("count lines of thing", err)
		}
		if sum.N == 0 {
			err = t.in(ctx).Where("id = ?", id).Delete(&thingRow{}).Error
		} else {
			err = t.in(ctx).Model(&thingRow{}).Where("id = ?", id).UpdateColumns(map[string]any{
				"line_count": sum.N, "income_fen": sum.Income, "expense_fen": sum.Expense, "last_at": sum.Pos >> posMillis,
			}).Error
		}
		if err != nil {
			return wrapped("write sums of thing", err)
		}
	}
	return nil
}
