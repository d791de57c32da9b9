package repository

import (
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	"cunwu/service/audit"
	"cunwu/service/outbox"
	"cunwu/service/region"
)

type outboxRow struct {
	Serial  int64 `gorm:"primaryKey;autoIncrement"`
	Topic   string
	Kind    string
	Region  string
	Subject string
	Actor   string
	At      int64
	Facts   string
}

// TableName names the table.
func (outboxRow) TableName() string { return "outbox" }

func (r outboxRow) event() (outbox.Event, error) {
	e := outbox.Event{
		Serial: r.Serial, Kind: r.Kind, Region: region.Code(r.Region), Subject: r.Subject, Actor: r.Actor, At: fromMillis(r.At),
	}
	if err := json.Unmarshal([]byte(r.Facts), &e.Facts); err != nil {
		return e, fmt.Errorf("read facts of event %d: %w", r.Serial, err)
	}
	return e, nil
}

// Announce implements outbox.Tx.
func (t *tx) Announce(ctx context.Context, e outbox.Event) error {
	topics := outbox.Topics(e.Kind)
	if len(topics) == 0 {
		return nil
	}
	facts, err := json.Marshal(e.Facts)
	if err != nil {
		return fmt.Errorf("write facts of event %s: %w", e.Kind, err)
	}
	rows := make([]outboxRow, len(topics))
	for i, topic := range topics {
		rows[i] = outboxRow{
			Topic: string(topic), Kind: e.Kind, Region: string(e.Region), Subject: e.Subject,
			Actor: t.act.Actor.AccountID, At: toMillis(t.now), Facts: string(facts),
		}
	}
	t.announced = true
	return wrapped("announce", t.in(ctx).Create(&rows).Error)
}

// TakeEvents implements outbox.Tx.
func (t *tx) TakeEvents(ctx context.Context, topic outbox.Topic, limit int) ([]outbox.Event, error) {
	// The update is the lock: whoever else takes from this topic waits here.
	g := t.in(ctx).Table("outbox_topics").Where("topic = ?", string(topic)).UpdateColumn("taken", gorm.Expr("taken + 1"))
	if err := one(g, fmt.Errorf("no topic %q", topic)); err != nil {
		return nil, wrapped("lock topic", err)
	}
	var rows []outboxRow
	if err := t.in(ctx).Where("topic = ?", string(topic)).Order("serial").Limit(limit).Find(&rows).Error; err != nil {
		return nil, wrapped("read events", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	events := make([]outbox.Event, len(rows))
	serials := make([]int64, len(rows))
	for i, r := range rows {
		var err error
		if events[i], err = r.event(); err != nil {
			return nil, err
		}
		serials[i] = r.Serial
	}
	err := t.in(ctx).Where("serial IN ?", padded(serials)).Delete(&outboxRow{}).Error
	return events, wrapped("take events", err)
}

// Outbox is the archive of package outbox.
type Outbox struct{ db *DB }

var (
	_ outbox.Store = (*Outbox)(nil)
	_ outbox.Tx    = (*tx)(nil)
)

// Outbox gives the archive of what is still to be followed.
func (db *DB) Outbox() *Outbox { return &Outbox{db} }

// PendingEvents implements outbox.Store.
func (s *Outbox) PendingEvents(ctx context.Context, topic outbox.Topic, most int) (int, error) {
	var serials []int64
	err := s.db.reader(ctx).Model(&outboxRow{}).Where("topic = ?", string(topic)).Order("serial").Limit(most).Pluck("serial", &serials).Error
	return len(serials), wrapped("count events", err)
}

// parkedPrefix makes a topic's name that of its parked events.
const parkedPrefix = "parked/"

// ParkEvent implements outbox.Store.
func (s *Outbox) ParkEvent(ctx context.Context, topic outbox.Topic, why string) (e outbox.Event, parked bool, err error) {
	err = s.db.inTx(ctx, audit.BySystem("outbox"), func(t *tx) error {
		parked = false
		var row outboxRow
		err := t.in(ctx).Where("topic = ?", string(topic)).Order("serial").Take(&row).Error
		if err != nil {
			return orMissing(err, nil)
		}
		if e, err = row.event(); err != nil {
			return err
		}
		g := t.in(ctx).Model(&outboxRow{}).Where("serial = ?", row.Serial).UpdateColumn("topic", parkedPrefix+string(topic))
		if err := one(g, fmt.Errorf("event %d is gone", row.Serial)); err != nil {
			return err
		}
		parked = true
		return t.Record(ctx, audit.Event{
			Action: "outbox.park", Object: "event", ObjectID: e.Subject, Region: row.Region, Result: "ok",
			Detail: map[string]string{"topic": string(topic), "kind": e.Kind, "why": clip(why, 200)},
		})
	})
	return e, parked, wrapped("park event", err)
}

func clip(s string, most int) string {
	r := []rune(s)
	return string(r[:min(len(r), most)])
}
