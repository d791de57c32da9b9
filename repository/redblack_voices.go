package repository

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cunwu/service/account"
	"cunwu/service/redblack"
	"cunwu/service/region"
)

type boardVoteRow struct {
	EntryID string `gorm:"primaryKey"`
	Round   int    `gorm:"primaryKey;autoIncrement:false"`
	Body    string `gorm:"primaryKey"`
	Voter   string `gorm:"primaryKey"`
	Vote    string
}

// TableName names the table.
func (boardVoteRow) TableName() string { return "board_votes" }

type boardObjectionRow struct {
	EntryID    string `gorm:"primaryKey"`
	Number     int    `gorm:"primaryKey;autoIncrement:false"`
	Objector   string
	At         int64
	Result     string
	AnsweredAt int64
	SealKey    string
	Sealed     []byte
}

// TableName names the table.
func (boardObjectionRow) TableName() string { return "board_objections" }

func votesOf(q *gorm.DB, entry string, round int) ([]redblack.VoteRecord, error) {
	var rows []boardVoteRow
	if err := q.Where("entry_id = ? AND round = ?", entry, round).Order("body, voter").Find(&rows).Error; err != nil {
		return nil, wrapped("read votes on an entry", err)
	}
	out := make([]redblack.VoteRecord, len(rows))
	for i, r := range rows {
		out[i] = redblack.VoteRecord{Entry: r.EntryID, Body: redblack.Body(r.Body), Round: r.Round, Voter: r.Voter, Vote: redblack.Vote(r.Vote)}
	}
	return out, nil
}

// BoardVotes implements redblack.Store.
func (s *RedBlack) BoardVotes(ctx context.Context, entry string, round int) ([]redblack.VoteRecord, error) {
	return votesOf(s.db.reader(ctx), entry, round)
}

// BoardVotesCast implements redblack.Tx.
func (t *tx) BoardVotesCast(ctx context.Context, entry string, round int) ([]redblack.VoteRecord, error) {
	return votesOf(t.in(ctx), entry, round)
}

// AddBoardVote implements redblack.Tx.
func (t *tx) AddBoardVote(ctx context.Context, v redblack.VoteRecord) error {
	row := boardVoteRow{EntryID: v.Entry, Round: v.Round, Body: string(v.Body), Voter: v.Voter, Vote: string(v.Vote)}
	return wrapped("add vote on an entry", orTaken(t.in(ctx).Create(&row).Error, redblack.ErrVoted))
}

func objectionsOf(q *gorm.DB, entry string) ([]redblack.ObjectionRecord, error) {
	var rows []boardObjectionRow
	if err := q.Where("entry_id = ?", entry).Order("number").Find(&rows).Error; err != nil {
		return nil, wrapped("read objections", err)
	}
	out := make([]redblack.ObjectionRecord, len(rows))
	for i, r := range rows {
		out[i] = redblack.ObjectionRecord{
			Entry: r.EntryID, Number: r.Number, Objector: r.Objector, At: fromMillis(r.At), Result: r.Result,
			Answered: fromMillis(r.AnsweredAt), Sealed: account.Sealed{Key: r.SealKey, Blob: r.Sealed},
		}
	}
	return out, nil
}

// BoardObjections implements redblack.Store.
func (s *RedBlack) BoardObjections(ctx context.Context, entry string) ([]redblack.ObjectionRecord, error) {
	return objectionsOf(s.db.reader(ctx), entry)
}

// BoardObjectionsMade implements redblack.Tx.
func (t *tx) BoardObjectionsMade(ctx context.Context, entry string) ([]redblack.ObjectionRecord, error) {
	return objectionsOf(t.in(ctx), entry)
}

// AddBoardObjection implements redblack.Tx.
func (t *tx) AddBoardObjection(ctx context.Context, o redblack.ObjectionRecord) error {
	row := boardObjectionRow{
		EntryID: o.Entry, Number: o.Number, Objector: o.Objector, At: toMillis(o.At), Result: o.Result,
		AnsweredAt: toMillis(o.Answered), SealKey: o.Sealed.Key, Sealed: blob(o.Sealed),
	}
	return wrapped("add objection", orTaken(t.in(ctx).Create(&row).Error, redblack.ErrObjected))
}

// AnswerBoardObjection implements redblack.Tx.
func (t *tx) AnswerBoardObjection(ctx context.Context, o redblack.ObjectionRecord) error {
	g := t.in(ctx).Model(&boardObjectionRow{}).Where("entry_id = ? AND number = ? AND result = ''", o.Entry, o.Number).
		Updates(map[string]any{"result": o.Result, "answered_at": toMillis(o.Answered), "seal_key": o.Sealed.Key, "sealed": blob(o.Sealed)})
	return wrapped("answer objection", one(g, redblack.ErrObjection))
}

// HangBoardMedia implements redblack.Tx.
func (t *tx) HangBoardMedia(ctx context.Context, ms []redblack.MediaRecord) error {
	if len(ms) == 0 {
		return nil
	}
	rows := make([]boardMediaRow, len(ms))
	for i, m := range ms {
		rows[i] = boardMediaRow{MediaID: m.MediaID, EntryID: m.Entry, Region: string(m.Region), Purpose: string(m.Use), Shown: toBit(m.Public)}
	}
	hung := clause.OnConflict{Columns: []clause.Column{{Name: "media_id"}, {Name: "entry_id"}}, DoNothing: true}
	return wrapped("hang uploads of an entry", t.in(ctx).Clauses(hung).Create(&rows).Error)
}

// ShowBoardPortrait implements redblack.Tx.
func (t *tx) ShowBoardPortrait(ctx context.Context, entry string, public bool) error {
	return wrapped("show portrait", t.in(ctx).Model(&boardMediaRow{}).
		Where("entry_id = ? AND purpose = ?", entry, string(redblack.Portrait)).Updates(map[string]any{"shown": toBit(public)}).Error)
}

// DropBoardMedia implements redblack.Tx.
func (t *tx) DropBoardMedia(ctx context.Context, entry string, use redblack.Use) ([]string, error) {
	q := func() *gorm.DB {
		g := t.in(ctx).Where("entry_id = ?", entry)
		if use != "" {
			g = g.Where("purpose = ?", string(use))
		}
		return g
	}
	var ids []string
	if err := q().Model(&boardMediaRow{}).Order("media_id").Pluck("media_id", &ids).Error; err != nil {
		return nil, wrapped("read uploads of an entry", err)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return ids, wrapped("drop uploads of an entry", q().Delete(&boardMediaRow{}).Error)
}

// WipeBoardEntry implements redblack.Tx.
func (t *tx) WipeBoardEntry(ctx context.Context, entry string) error {
	if err := t.in(ctx).Where("entry_id = ?", entry).Delete(&boardVoteRow{}).Error; err != nil {
		return wrapped("drop votes", err)
	}
	if err := t.in(ctx).Where("entry_id = ?", entry).Delete(&boardObjectionRow{}).Error; err != nil {
		return wrapped("drop objections", err)
	}
	t.wiped = true
	return nil
}

type boardAnnouncementRow struct {
	ID           string `gorm:"primaryKey"`
	Region       string
	Revision     int
	Council      string
	Members      int
	KeeperRole   string
	Keeper       string
	CovenantID   string
	Version      int
	Clauses      string
	Incentives   string
	Objections   string
	FromOn       string
	MadeAt       int64
	SupersededAt int64
	Log          string
}

// TableName names the table.
func (boardAnnouncementRow) TableName() string { return "board_announcements" }

func latestAnnouncement(q *gorm.DB, village region.Code) (redblack.Announcement, error) {
	var r boardAnnouncementRow
	if err := q.Where("region = ?", string(village)).Order("revision DESC").Take(&r).Error; err != nil {
		return redblack.Announcement{}, wrapped("read announcement", orMissing(err, redblack.ErrNotAnnounced))
	}
	out := redblack.Announcement{
		ID: r.ID, Region: region.Code(r.Region), Revision: r.Revision, Council: r.Council, Members: r.Members, KeeperRole: r.KeeperRole,
		Keeper: r.Keeper, CovenantID: r.CovenantID, Version: r.Version, Incentives: r.Incentives, Objections: r.Objections, From: r.FromOn,
		MadeAt: fromMillis(r.MadeAt), Superseded: fromMillis(r.SupersededAt),
	}
	for text, to := range map[string]any{r.Clauses: &out.Clauses, r.Log: &out.Log} {
		if err := json.Unmarshal([]byte(text), to); err != nil {
			return out, fmt.Errorf("read announcement %s: %w", r.ID, err)
		}
	}
	return out, nil
}

// BoardAnnouncement implements redblack.Store.
func (s *RedBlack) BoardAnnouncement(ctx context.Context, village region.Code) (redblack.Announcement, error) {
	return latestAnnouncement(s.db.reader(ctx), village)
}

// BoardAnnouncementNow implements redblack.Tx.
func (t *tx) BoardAnnouncementNow(ctx context.Context, village region.Code) (redblack.Announcement, error) {
	return latestAnnouncement(t.in(ctx), village)
}

// AddBoardAnnouncement implements redblack.Tx.
func (t *tx) AddBoardAnnouncement(ctx context.Context, a redblack.Announcement) error {
	row := boardAnnouncementRow{
		ID: a.ID, Region: string(a.Region), Revision: a.Revision, Council: a.Council, Members: a.Members, KeeperRole: a.KeeperRole,
		Keeper: a.Keeper, CovenantID: a.CovenantID, Version: a.Version, Incentives: a.Incentives, Objections: a.Objections,
		FromOn: a.From, MadeAt: toMillis(a.MadeAt),
	}
	if err := asJSON(map[*string]any{&row.Clauses: a.Clauses, &row.Log: a.Log}); err != nil {
		return err
	}
	err := t.in(ctx).Model(&boardAnnouncementRow{}).Where("region = ? AND superseded_at = 0", string(a.Region)).
		Updates(map[string]any{"superseded_at": toMillis(a.MadeAt)}).Error
	if err != nil {
		return wrapped("supersede announcement", err)
	}
	return wrapped("add announcement", orTaken(t.in(ctx).Create(&row).Error, redblack.ErrRaced))
}

type boardApologyRow struct {
	Serial       int64 `gorm:"primaryKey;autoIncrement"`
	ID           string
	Region       string
	VillageGroup string
	Clause       string
	Month        string
	Body         string
	MadeAt       int64
	ShownTo      int64
}

// TableName names the table.
func (boardApologyRow) TableName() string { return "board_apologies" }

// AddBoardApology implements redblack.Tx.
func (t *tx) AddBoardApology(ctx context.Context, a redblack.ApologyRecord) error {
	row := boardApologyRow{
		ID: a.ID, Region: string(a.Region), VillageGroup: string(a.Group), Month: a.Month, Body: a.Text,
		MadeAt: toMillis(a.MadeAt), ShownTo: toMillis(a.ShownTo),
	}
	if err := asJSON(map[*string]any{&row.Clause: a.Clause}); err != nil {
		return err
	}
	return wrapped("add apology", orTaken(t.in(ctx).Create(&row).Error, redblack.ErrRaced))
}

// BoardApologies implements redblack.Store.
func (s *RedBlack) BoardApologies(ctx context.Context, place region.Code, at time.Time, limit int) ([]redblack.ApologyRecord, error) {
	var rows []boardApologyRow
	err := s.db.reader(ctx).Where("region >= ? AND region < ? AND shown_to >= ?", string(place), string(place)+":", toMillis(at)).
		Order("serial DESC").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, wrapped("read apologies", err)
	}
	out := make([]redblack.ApologyRecord, len(rows))
	for i, r := range rows {
		out[i] = redblack.ApologyRecord{
			Serial: r.Serial, ID: r.ID, Region: region.Code(r.Region), Group: region.Code(r.VillageGroup), Month: r.Month, Text: r.Body,
			MadeAt: fromMillis(r.MadeAt), ShownTo: fromMillis(r.ShownTo),
		}
		if err := json.Unmarshal([]byte(r.Clause), &out[i].Clause); err != nil {
			return nil, fmt.Errorf("read apology %s: %w", r.ID, err)
		}
	}
	return out, nil
}

// BoardEntriesListed implements redblack.Store.
func (s *RedBlack) BoardEntriesListed(ctx context.Context, village region.Code, from, until time.Time, limit int) ([]redblack.Record, error) {
	var rows []boardEntryRow
	err := s.db.reader(ctx).Where("region = ? AND listed_at >= ? AND listed_at < ?", string(village), toMillis(from), toMillis(until)).
		Order("serial").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, wrapped("list entries of a time", err)
	}
	return boardRecords(rows)
}

// BoardTotals implements redblack.Store.
func (s *RedBlack) BoardTotals(ctx context.Context, place region.Code, from, until time.Time) (redblack.Totals, error) {
	var row struct{ Black, Revoked int }
	err := s.db.reader(ctx).Model(&boardEntryRow{}).
		Select("COUNT(*) AS black, COALESCE(SUM(CASE WHEN state = 'revoked' THEN 1 ELSE 0 END), 0) AS revoked").
		Where("kind = 'black' AND region >= ? AND region < ? AND notice_at >= ? AND notice_at < ?",
			string(place), string(place)+":", toMillis(from), toMillis(until)).Scan(&row).Error
	return redblack.Totals{Black: row.Black, Revoked: row.Revoked}, wrapped("count black entries", err)
}

// BoardEntriesMadeSince implements redblack.Tx.
func (t *tx) BoardEntriesMadeSince(ctx context.Context, maker string, since time.Time) (int, error) {
	var n int64
	err := t.in(ctx).Model(&boardEntryRow{}).Where("maker_key = ? AND created_at >= ?", maker, toMillis(since)).Count(&n).Error
	return int(n), wrapped("count entries of a maker", err)
}
