package repository

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"cunwu/service/account"
	"cunwu/service/duty"
	"cunwu/service/outbox"
	"cunwu/service/region"
)

type dutyEventRow struct {
	ID         string
	Region     string
	ItemCode   string
	EventOn    string
	Title      string
	Kind       string
	RecordedBy string
	At         int64
}

// TableName names the table.
func (dutyEventRow) TableName() string { return "duty_events" }

func (r dutyEventRow) event() duty.Event {
	return duty.Event{
		ID: r.ID, Region: region.Code(r.Region), ItemCode: r.ItemCode, On: r.EventOn, Title: r.Title,
		Kind: duty.EventKind(r.Kind), RecordedBy: r.RecordedBy, At: fromMillis(r.At),
	}
}

type dutyExceptionRow struct {
	Region    string
	ItemCode  string
	Period    string
	Kind      string
	Reason    string
	Until     string
	DecidedBy string
	At        int64
}

// TableName names the table.
func (dutyExceptionRow) TableName() string { return "duty_exceptions" }

func (r dutyExceptionRow) exception() duty.Exception {
	return duty.Exception{
		Region: region.Code(r.Region), ItemCode: r.ItemCode, Period: r.Period, Kind: duty.ExceptionKind(r.Kind),
		Reason: r.Reason, Until: r.Until, DecidedBy: r.DecidedBy, At: fromMillis(r.At),
	}
}

type dutyDemandRow struct {
	Region         string
	ItemCode       string
	Account        string
	Resident       string
	Representative int
	At             int64
}

// TableName names the table.
func (dutyDemandRow) TableName() string { return "duty_demands" }

type dutyReminderRow struct {
	Region   string
	ItemCode string
	Period   string
	Stage    string
	At       int64
}

// TableName names the table.
func (dutyReminderRow) TableName() string { return "duty_reminders" }

// Duties is the archive of package duty.
type Duties struct{ store[duty.Tx] }

var (
	_ duty.Store = (*Duties)(nil)
	_ duty.Tx    = (*tx)(nil)
)

// Duties gives the archive of the duty clock.
func (db *DB) Duties() *Duties {
	return &Duties{store[duty.Tx]{db: db, as: func(t *tx) duty.Tx { return t }}}
}

// DutyFacts implements duty.Store.
func (s *Duties) DutyFacts(ctx context.Context, villages []region.Code, items []string, since time.Time) (map[region.Code]duty.Facts, error) {
	return dutyFacts(ctx, s.db.reader, villages, items, since)
}

// TreeEdition implements duty.Store.
func (s *Duties) TreeEdition(ctx context.Context) (int64, error) {
	var serials []int64
	err := s.db.reader(ctx).Model(&editionRow{}).Order("serial DESC").Limit(1).Pluck("serial", &serials).Error
	if err != nil || len(serials) == 0 {
		return 0, wrapped("read edition of the tree", err)
	}
	return serials[0], nil
}

// VillagesByTownship implements duty.Store.
func (s *Duties) VillagesByTownship(ctx context.Context) (map[region.Code]int, error) {
	var rows []struct {
		Parent string
		N      int
	}
	err := s.db.reader(ctx).Model(&regionRow{}).Select("parent, COUNT(*) AS n").
		Where("level = ? AND state = ?", int(region.Village), string(region.Active)).Group("parent").Scan(&rows).Error
	if err != nil {
		return nil, wrapped("count villages", err)
	}
	out := make(map[region.Code]int, len(rows))
	for _, r := range rows {
		out[region.Code(r.Parent)] = r.N
	}
	return out, nil
}

// VillagesAfter implements duty.Store.
func (s *Duties) VillagesAfter(ctx context.Context, within, after region.Code, limit int) ([]region.Code, error) {
	q := s.db.reader(ctx).Model(&regionRow{}).
		Where("level = ? AND state = ? AND code > ?", int(region.Village), string(region.Active), string(after))
	return pluckCodes(inside(q, within).Order("code").Limit(limit), "code")
}

// TalliedAfter implements duty.Store.
func (s *Duties) TalliedAfter(ctx context.Context, within, after region.Code, gone bool, limit int) ([]region.Code, error) {
	q := s.db.reader(ctx).Table("regions").
		Where("level = ? AND code > ?", int(region.Village), string(after)).
		Where("EXISTS (SELECT 1 FROM duty_counts c WHERE c.region = regions.code AND c.item_code <> '')")
	if gone {
		q = q.Where("state <> ?", string(region.Active))
	}
	return pluckCodes(inside(q, within).Order("code").Limit(limit), "code")
}

// ServedAfter implements duty.Store.
func (s *Duties) ServedAfter(ctx context.Context, roles []account.Role, at time.Time, after region.Code, limit int) ([]region.Code, error) {
	names := each(roles, func(r account.Role) string { return string(r) })
	if len(names) == 0 {
		return nil, nil
	}
	q := s.db.reader(ctx).Model(&appointmentRow{}).Distinct("region").
		Where("region > ? AND LENGTH(region) = ? AND role IN ?", string(after), int(region.Village), padded(names)).
		Where("ended_at = 0 AND start_at <= ? AND end_at > ? AND (account <> '' OR resident <> '')", toMillis(at), toMillis(at))
	return pluckCodes(q.Order("region").Limit(limit), "region")
}

func pluckCodes(q *gorm.DB, column string) ([]region.Code, error) {
	var codes []string
	if err := q.Pluck(column, &codes).Error; err != nil {
		return nil, wrapped("list villages", err)
	}
	return each(codes, func(c string) region.Code { return region.Code(c) }), nil
}

// DutyFacts implements duty.Tx.
func (t *tx) DutyFacts(ctx context.Context, villages []region.Code, items []string, since time.Time) (map[region.Code]duty.Facts, error) {
	return dutyFacts(ctx, t.in, villages, items, since)
}

// AddDutyEvent implements duty.Tx.
func (t *tx) AddDutyEvent(ctx context.Context, e duty.Event) (duty.Event, error) {
	if err := t.LockPlace(ctx, e.Region); err != nil {
		return duty.Event{}, err
	}
	var known dutyEventRow
	err := t.in(ctx).Where("region = ? AND item_code = ? AND event_on = ?", string(e.Region), e.ItemCode, e.On).Take(&known).Error
	if err == nil {
		return known.event(), nil
	}
	if !errors.Is(err, gorm.ErrRecordNotFound) {
		return duty.Event{}, wrapped("read event", err)
	}
	row := dutyEventRow{
		ID: e.ID, Region: string(e.Region), ItemCode: e.ItemCode, EventOn: e.On, Title: e.Title, Kind: string(e.Kind),
		RecordedBy: e.RecordedBy, At: toMillis(e.At),
	}
	return e, wrapped("add event", t.in(ctx).Create(&row).Error)
}

// PutDutyException implements duty.Tx.
func (t *tx) PutDutyException(ctx context.Context, x duty.Exception) error {
	if err := t.LockPlace(ctx, x.Region); err != nil {
		return err
	}
	row := dutyExceptionRow{
		Region: string(x.Region), ItemCode: x.ItemCode, Period: x.Period, Kind: string(x.Kind), Reason: x.Reason,
		Until: x.Until, DecidedBy: x.DecidedBy, At: toMillis(x.At),
	}
	at := t.in(ctx).Where("region = ? AND item_code = ? AND period = ?", row.Region, row.ItemCode, row.Period)
	if err := at.Delete(&dutyExceptionRow{}).Error; err != nil {
		return wrapped("replace decision", err)
	}
	return wrapped("put decision", t.in(ctx).Create(&row).Error)
}

// PutDemand implements duty.Tx.
func (t *tx) PutDemand(ctx context.Context, d duty.Demand) error {
	if err := t.LockPlace(ctx, d.Region); err != nil {
		return err
	}
	row := dutyDemandRow{
		Region: string(d.Region), ItemCode: d.ItemCode, Account: d.Account, Resident: d.Resident,
		Representative: toBit(d.Representative), At: toMillis(t.now),
	}
	// Whoever has another account than before is still one person.
	err := t.in(ctx).Where("region = ? AND item_code = ? AND (account = ? OR resident = ?)", row.Region, row.ItemCode, row.Account, row.Resident).
		Delete(&dutyDemandRow{}).Error
	if err != nil {
		return wrapped("replace demand", err)
	}
	return wrapped("put demand", t.in(ctx).Create(&row).Error)
}

// CountDemands implements duty.Tx.
func (t *tx) CountDemands(ctx context.Context, village region.Code, item string, since time.Time) (all, representatives int, err error) {
	var row struct{ N, R int }
	err = t.in(ctx).Model(&dutyDemandRow{}).Select("COUNT(*) AS n, COALESCE(SUM(representative), 0) AS r").
		Where("region = ? AND item_code = ? AND at >= ?", string(village), item, toMillis(since)).Scan(&row).Error
	return row.N, row.R, wrapped("count demands", err)
}

// DropDemands implements duty.Tx.
func (t *tx) DropDemands(ctx context.Context, village region.Code, item string) error {
	err := t.in(ctx).Where("region = ? AND item_code = ?", string(village), item).Delete(&dutyDemandRow{}).Error
	return wrapped("drop demands", err)
}

// Electorate implements duty.Tx.
func (t *tx) Electorate(ctx context.Context, village region.Code, at time.Time) (residents, representatives int, err error) {
	var n, r int64
	err = t.in(ctx).Model(&residentRow{}).Where("village = ? AND state = ?", string(village), string(account.OnRoll)).Count(&n).Error
	if err != nil {
		return 0, 0, wrapped("count residents", err)
	}
	err = t.in(ctx).Model(&appointmentRow{}).
		Where("region >= ? AND region < ? AND role = ?", string(village), string(village)+":", string(account.Representative)).
		Where("ended_at = 0 AND start_at <= ? AND end_at > ? AND (account <> '' OR resident <> '')", toMillis(at), toMillis(at)).
		Count(&r).Error
	return int(n), int(r), wrapped("count representatives", err)
}

// AddReminders implements duty.Tx.
func (t *tx) AddReminders(ctx context.Context, village region.Code, rs []duty.Reminder) ([]duty.Reminder, error) {
	if err := t.LockPlace(ctx, village); err != nil {
		return nil, err
	}
	var rows []dutyReminderRow
	if err := t.in(ctx).Where("region = ?", string(village)).Order("item_code, period, stage").Find(&rows).Error; err != nil {
		return nil, wrapped("read reminders", err)
	}
	told := make(map[duty.Reminder]bool, len(rows))
	for _, r := range rows {
		told[duty.Reminder{ItemCode: r.ItemCode, Period: r.Period, Stage: r.Stage}] = true
	}
	var fresh []duty.Reminder
	rows = rows[:0]
	for _, r := range rs {
		if told[r] {
			continue
		}
		told[r] = true
		fresh = append(fresh, r)
		rows = append(rows, dutyReminderRow{Region: string(village), ItemCode: r.ItemCode, Period: r.Period, Stage: r.Stage, At: toMillis(t.now)})
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return fresh, wrapped("note reminders", t.in(ctx).CreateInBatches(rows, insertBatch).Error)
}

// LockDutyTallies implements duty.Tx: whoever follows events of the topic holds the
// same row.
func (t *tx) LockDutyTallies(ctx context.Context) error {
	g := t.in(ctx).Table("outbox_topics").Where("topic = ?", string(outbox.Tally)).UpdateColumn("taken", gorm.Expr("taken + 1"))
	return wrapped("lock counts", one(g, errors.New("repository: no topic of counts")))
}
