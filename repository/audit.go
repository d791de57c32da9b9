package repository

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"cunwu/service/audit"
)

type auditRow struct {
	Serial     int64 `gorm:"primaryKey;autoIncrement"`
	At         int64
	Account    string
	Role       string
	RoleRegion string
	Action     string
	Object     string
	ObjectID   string
	Region     string
	Result     string
	RequestID  string
	Detail     string
}

// TableName names the table.
func (auditRow) TableName() string { return "audit_events" }

// AuditEvent is one stored line of the journal.
type AuditEvent struct {
	Serial    int64
	At        time.Time
	Actor     audit.Actor
	RequestID string
	audit.Event
}

// Record appends an event in the name of the act.
func (t *tx) Record(ctx context.Context, e audit.Event) error {
	detail := "{}"
	if len(e.Detail) > 0 {
		b, err := json.Marshal(e.Detail)
		if err != nil {
			return fmt.Errorf("audit detail: %w", err)
		}
		detail = string(b)
	}
	if e.Result == "" {
		e.Result = "ok"
	}
	row := auditRow{
		At: toMillis(t.now), Account: t.act.Actor.AccountID, Role: t.act.Actor.Role, RoleRegion: t.act.Actor.Region,
		Action: e.Action, Object: e.Object, ObjectID: e.ObjectID, Region: e.Region, Result: e.Result,
		RequestID: t.act.RequestID, Detail: detail,
	}
	if err := t.in(ctx).Create(&row).Error; err != nil {
		return fmt.Errorf("append audit event: %w", err)
	}
	t.events++
	if t.subject = e.ObjectID; e.Detail["subject"] != "" {
		t.subject = e.Detail["subject"] // a case's event tells whose case it is
	}
	return nil
}

// AuditEvents reads the journal in the order of its serials, after the given
// one, at most limit lines.
func (db *DB) AuditEvents(ctx context.Context, after int64, limit int) ([]AuditEvent, error) {
	var rows []auditRow
	err := db.reader(ctx).Where("serial > ?", after).Order("serial").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read audit events: %w", err)
	}
	out := make([]AuditEvent, len(rows))
	for i, r := range rows {
		out[i] = AuditEvent{
			Serial: r.Serial, At: fromMillis(r.At), RequestID: r.RequestID,
			Actor: audit.Actor{AccountID: r.Account, Role: r.Role, Region: r.RoleRegion},
			Event: audit.Event{Action: r.Action, Object: r.Object, ObjectID: r.ObjectID, Region: r.Region, Result: r.Result},
		}
		if err := json.Unmarshal([]byte(r.Detail), &out[i].Detail); err != nil {
			return nil, fmt.Errorf("audit event %d: %w", r.Serial, err)
		}
	}
	return out, nil
}
