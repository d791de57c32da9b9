package repository

import (
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	"cunwu/service/account"
	"cunwu/service/concern"
	"cunwu/service/disclosure"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

type concernUpdateRow struct {
	ConcernID string `gorm:"primaryKey"`
	Number    int    `gorm:"primaryKey;autoIncrement:false"`
	Kind      string
	Act       string
	Body      string
	Signature string
	Account   string
	At        int64
	State     string
	Public    int
	Media     string
	Review    string
	SealKey   string
	Sealed    []byte
}

// TableName names the table.
func (concernUpdateRow) TableName() string { return "concern_updates" }

type concernJoinRow struct {
	ConcernID string `gorm:"primaryKey"`
	Resident  string `gorm:"primaryKey"`
	Account   string
	At        int64
}

// TableName names the table.
func (concernJoinRow) TableName() string { return "concern_joins" }

type concernMediaRow struct {
	MediaID   string `gorm:"primaryKey"`
	ConcernID string `gorm:"primaryKey"`
	Number    int    `gorm:"primaryKey;autoIncrement:false"`
	Region    string
	Public    int
}

// TableName names the table.
func (concernMediaRow) TableName() string { return "concern_media" }

type concernCallbackRow struct {
	ConcernID string `gorm:"primaryKey"`
	Account   string
	Signature string
	Rating    string
	Body      string
	At        int64
}

// TableName names the table.
func (concernCallbackRow) TableName() string { return "concern_callbacks" }

// ConcernUpdates implements concern.Store.
func (s *Concerns) ConcernUpdates(ctx context.Context, id string) ([]concern.UpdateRecord, error) {
	return findConcernUpdates(s.db.reader(ctx), id)
}

// ConcernTimeline implements concern.Tx.
func (t *tx) ConcernTimeline(ctx context.Context, id string) ([]concern.UpdateRecord, error) {
	return findConcernUpdates(t.in(ctx), id)
}

func findConcernUpdates(q *gorm.DB, id string) ([]concern.UpdateRecord, error) {
	var rows []concernUpdateRow
	if err := q.Where("concern_id = ?", id).Order("number").Find(&rows).Error; err != nil {
		return nil, wrapped("read timeline of a concern", err)
	}
	out := make([]concern.UpdateRecord, len(rows))
	for i, r := range rows {
		out[i] = concern.UpdateRecord{
			ConcernID: r.ConcernID, Number: r.Number, Kind: concern.UpdateKind(r.Kind), Action: r.Act, Text: r.Body, By: r.Signature,
			Account: r.Account, At: fromMillis(r.At), State: concern.State(r.State), Public: r.Public != 0,
			Review: concern.Review(r.Review), Secret: account.Sealed{Key: r.SealKey, Blob: r.Sealed},
		}
		if err := json.Unmarshal([]byte(r.Media), &out[i].Media); err != nil {
			return nil, fmt.Errorf("read timeline of concern %s: %w", id, err)
		}
	}
	return out, nil
}

// AddConcernUpdate implements concern.Tx. The concern's lock keeps numbers apart.
func (t *tx) AddConcernUpdate(ctx context.Context, u concern.UpdateRecord) (int, error) {
	var n int64
	if err := t.in(ctx).Model(&concernUpdateRow{}).Where("concern_id = ?", u.ConcernID).Count(&n).Error; err != nil {
		return 0, wrapped("number updates", err)
	}
	media, err := json.Marshal(u.Media)
	if err != nil {
		return 0, fmt.Errorf("encode media of an update: %w", err)
	}
	sealed := u.Secret.Blob
	if sealed == nil {
		sealed = []byte{}
	}
	row := concernUpdateRow{
		ConcernID: u.ConcernID, Number: int(n) + 1, Kind: string(u.Kind), Act: u.Action, Body: u.Text, Signature: u.By,
		Account: u.Account, At: toMillis(u.At), State: string(u.State), Public: toBit(u.Public), Media: string(media),
		Review: string(u.Review), SealKey: u.Secret.Key, Sealed: sealed,
	}
	return row.Number, wrapped("add update of a concern", t.in(ctx).Create(&row).Error)
}

// ReviewConcernUpdate implements concern.Tx.
func (t *tx) ReviewConcernUpdate(ctx context.Context, id string, number int, r concern.Review) error {
	g := t.in(ctx).Model(&concernUpdateRow{}).Where("concern_id = ? AND number = ?", id, number).Update("review", string(r))
	return wrapped("review update of a concern", g.Error)
}

// ConcernsJoined implements concern.Store.
func (s *Concerns) ConcernsJoined(ctx context.Context, resident string, ids []string) ([]string, error) {
	if len(ids) == 0 || resident == "" {
		return nil, nil
	}
	var out []string
	err := s.db.reader(ctx).Model(&concernJoinRow{}).Where("concern_id IN ? AND resident = ?", padded(ids), resident).
		Order("concern_id").Pluck("concern_id", &out).Error
	return out, wrapped("read joined concerns", err)
}

// ConcernJoiners implements concern.Store.
func (s *Concerns) ConcernJoiners(ctx context.Context, id string) ([]string, error) {
	var out []string
	err := s.db.reader(ctx).Model(&concernJoinRow{}).Where("concern_id = ?", id).Order("account, resident").Pluck("account", &out).Error
	return out, wrapped("read who joined a concern", err)
}

// ConcernsJoinedBy implements concern.Store.
func (s *Concerns) ConcernsJoinedBy(ctx context.Context, account string) ([]string, error) {
	out := []string{}
	err := s.db.reader(ctx).Model(&concernJoinRow{}).Where("account = ?", account).Order("concern_id").Pluck("concern_id", &out).Error
	return out, wrapped("read concerns that an account joined", err)
}

// ConcernJoined implements concern.Tx.
func (t *tx) ConcernJoined(ctx context.Context, id, resident string) (bool, error) {
	var n int64
	err := t.in(ctx).Model(&concernJoinRow{}).Where("concern_id = ? AND resident = ?", id, resident).Count(&n).Error
	return n > 0, wrapped("read who joined a concern", err)
}

// ConcernJoins implements concern.Tx.
func (t *tx) ConcernJoins(ctx context.Context, id string) (map[string]string, error) {
	var rows []concernJoinRow
	if err := t.in(ctx).Where("concern_id = ?", id).Order("resident").Find(&rows).Error; err != nil {
		return nil, wrapped("read who joined a concern", err)
	}
	out := make(map[string]string, len(rows))
	for _, r := range rows {
		out[r.Resident] = r.Account
	}
	return out, nil
}

// AddConcernJoin implements concern.Tx.
func (t *tx) AddConcernJoin(ctx context.Context, id, resident, account string) error {
	row := concernJoinRow{ConcernID: id, Resident: resident, Account: account, At: toMillis(t.now)}
	return wrapped("join concern", orTaken(t.in(ctx).Create(&row).Error, procedure.ErrRaced))
}

// DropConcernJoin implements concern.Tx.
func (t *tx) DropConcernJoin(ctx context.Context, id, resident string) error {
	return wrapped("leave concern", t.in(ctx).Where("concern_id = ? AND resident = ?", id, resident).Delete(&concernJoinRow{}).Error)
}

// AddConcernMedia implements concern.Tx.
func (t *tx) AddConcernMedia(ctx context.Context, ms []concern.MediaRecord) error {
	if len(ms) == 0 {
		return nil
	}
	rows := each(ms, func(m concern.MediaRecord) concernMediaRow {
		return concernMediaRow{MediaID: m.MediaID, ConcernID: m.ConcernID, Number: m.Number, Region: string(m.Region), Public: toBit(m.Public)}
	})
	return wrapped("hang media on a concern", orTaken(t.in(ctx).Create(&rows).Error, concern.ErrMedia))
}

// ShowConcernMedia implements concern.Tx.
func (t *tx) ShowConcernMedia(ctx context.Context, id string, number int, public bool) error {
	g := t.in(ctx).Model(&concernMediaRow{}).Where("concern_id = ? AND number = ?", id, number).Update("public", toBit(public))
	return wrapped("show media of a concern", g.Error)
}

// AddConcernCallback implements concern.Tx.
func (t *tx) AddConcernCallback(ctx context.Context, c concern.CallbackRecord) error {
	row := concernCallbackRow{
		ConcernID: c.ConcernID, Account: c.Account, Signature: c.By, Rating: string(c.Rating), Body: c.Text, At: toMillis(c.At),
	}
	return wrapped("keep call-back", orTaken(t.in(ctx).Create(&row).Error, concern.ErrCalled))
}

// concernHangs gives where uploads hang on concerns, in the terms of postings:
// everybody may read what was found fit to be shown, the offices of the place
// the rest; of what is sealed the place is the county.
func (s mediaStore) concernHangs(ctx context.Context, ids []string) ([]hangRow, error) {
	var rows []struct {
		Region string
		Public int
	}
	err := s.db.reader(ctx).Model(&concernMediaRow{}).Distinct("region", "public").Where("media_id IN ?", padded(ids)).
		Order("region, public").Limit(maxNamesakes).Scan(&rows).Error
	if err != nil {
		return nil, wrapped("read photos of concerns", err)
	}
	out := make([]hangRow, len(rows))
	for i, r := range rows {
		out[i] = hangRow{Region: r.Region, Visibility: string(disclosure.PublicInternet), Published: r.Public}
	}
	return out, nil
}

type talkDayRow struct {
	Region   string `gorm:"primaryKey"`
	HeldOn   string `gorm:"primaryKey"`
	Place    string
	Host     string
	Agenda   string
	Minutes  string
	Carried  string
	Revision int
}

// TableName names the table.
func (talkDayRow) TableName() string { return "talk_days" }

func (r talkDayRow) day() (concern.TalkDay, error) {
	out := concern.TalkDay{
		Region: region.Code(r.Region), On: r.HeldOn, Place: r.Place, Host: r.Host, Agenda: r.Agenda, Minutes: r.Minutes, Revision: r.Revision,
	}
	if err := json.Unmarshal([]byte(r.Carried), &out.Carried); err != nil {
		return out, fmt.Errorf("read talk day of %s: %w", r.Region, err)
	}
	return out, nil
}

// TalkDays implements concern.Store.
func (s *Concerns) TalkDays(ctx context.Context, village region.Code, from, until string) ([]concern.TalkDay, error) {
	return findTalkDays(s.db.reader(ctx).Where("region = ? AND held_on >= ? AND held_on <= ?", string(village), from, until))
}

func findTalkDays(q *gorm.DB) ([]concern.TalkDay, error) {
	var rows []talkDayRow
	if err := q.Order("held_on").Find(&rows).Error; err != nil {
		return nil, wrapped("read talk days", err)
	}
	out := make([]concern.TalkDay, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = r.day(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// TalkDayForUpdate implements concern.Tx.
func (t *tx) TalkDayForUpdate(ctx context.Context, village region.Code, on string) (concern.TalkDay, bool, error) {
	days, err := findTalkDays(t.in(ctx).Where("region = ? AND held_on = ?", string(village), on))
	if err != nil || len(days) == 0 {
		return concern.TalkDay{}, false, err
	}
	return days[0], true, nil
}

// SaveTalkDay implements concern.Tx.
func (t *tx) SaveTalkDay(ctx context.Context, d concern.TalkDay) error {
	carried, err := json.Marshal(d.Carried)
	if err != nil {
		return fmt.Errorf("encode talk day: %w", err)
	}
	row := talkDayRow{
		Region: string(d.Region), HeldOn: d.On, Place: d.Place, Host: d.Host, Agenda: d.Agenda, Minutes: d.Minutes,
		Carried: string(carried), Revision: d.Revision,
	}
	if d.Revision == 1 {
		return wrapped("add talk day", orTaken(t.in(ctx).Create(&row).Error, procedure.ErrRaced))
	}
	g := t.in(ctx).Model(&talkDayRow{}).Where("region = ? AND held_on = ? AND revision = ?", row.Region, row.HeldOn, d.Revision-1).
		Select("place", "host", "agenda", "minutes", "carried", "revision").Updates(&row)
	return wrapped("save talk day", one(g, procedure.ErrRaced))
}
