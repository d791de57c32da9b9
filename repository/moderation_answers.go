package repository

import (
	"context"
	"time"

	"gorm.io/gorm/clause"

	"cunwu/service/moderation"
	"cunwu/service/region"
)

type checkAnswerRow struct {
	Trace    string `gorm:"primaryKey"`
	CheckID  string
	Answered int
	Suggest  string
	Label    int64
	Code     int64
	At       int64
}

// TableName names the table.
func (checkAnswerRow) TableName() string { return "check_answers" }

func (r checkAnswerRow) verdict() moderation.Verdict {
	return moderation.Verdict{Trace: r.Trace, Suggest: r.Suggest, Label: r.Label, Code: r.Code}
}

type moderationRow struct {
	Serial    int64 `gorm:"primaryKey;autoIncrement"`
	Kind      string
	Subject   string
	Region    string
	Part      string
	Act       string
	Violation string
	Reason    string
	Office    string
	At        int64
}

// TableName names the table.
func (moderationRow) TableName() string { return "moderations" }

type checkReminderRow struct {
	Region string `gorm:"primaryKey"`
	Day    string
}

// TableName names the table.
func (checkReminderRow) TableName() string { return "check_reminders" }

// meet makes the row of a trace id, or locks the one that is there: of two that
// come at the same time one makes it, and the other waits and finds it.
func (t *tx) meet(ctx context.Context, row checkAnswerRow) (had checkAnswerRow, made bool, err error) {
	made, err = fresh("keep a trace", t.in(ctx).Create(&row).Error)
	if err != nil || made {
		return row, made, err
	}
	err = t.in(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).Where("trace = ?", row.Trace).Take(&had).Error
	return had, false, wrapped("read a trace", err)
}

// TraceGiven implements moderation.Tx.
func (t *tx) TraceGiven(ctx context.Context, trace, checkID string) (v moderation.Verdict, answered, ours bool, err error) {
	had, made, err := t.meet(ctx, checkAnswerRow{Trace: trace, CheckID: checkID, At: toMillis(t.now)})
	switch {
	case err != nil:
		return v, false, false, err
	case made:
		return v, false, true, nil
	case had.CheckID != "":
		return had.verdict(), had.Answered != 0, had.CheckID == checkID, nil
	}
	g := t.in(ctx).Model(&checkAnswerRow{}).Where("trace = ?", trace).Update("check_id", checkID)
	return had.verdict(), had.Answered != 0, true, wrapped("keep whose a trace is", g.Error)
}

// AnswerGiven implements moderation.Tx.
func (t *tx) AnswerGiven(ctx context.Context, v moderation.Verdict) (checkID string, first bool, err error) {
	row := checkAnswerRow{Trace: v.Trace, Answered: 1, Suggest: v.Suggest, Label: v.Label, Code: v.Code, At: toMillis(t.now)}
	had, made, err := t.meet(ctx, row)
	switch {
	case err != nil:
		return "", false, err
	case made:
		return "", true, nil
	case had.Answered != 0:
		return had.CheckID, false, nil
	}
	g := t.in(ctx).Model(&checkAnswerRow{}).Where("trace = ?", v.Trace).
		Select("answered", "suggest", "label", "code", "at").Updates(&row)
	return had.CheckID, true, wrapped("keep an answer", g.Error)
}

// DropAnswers implements moderation.Tx.
func (t *tx) DropAnswers(ctx context.Context, before time.Time, limit int) (int, error) {
	var traces []string
	err := t.in(ctx).Model(&checkAnswerRow{}).Where("at < ?", toMillis(before)).Order("at, trace").Limit(limit).Pluck("trace", &traces).Error
	if err != nil || len(traces) == 0 {
		return 0, wrapped("list old answers", err)
	}
	return len(traces), wrapped("drop old answers", t.in(ctx).Where("trace IN ?", padded(traces)).Delete(&checkAnswerRow{}).Error)
}

// LogModeration implements moderation.Tx.
func (t *tx) LogModeration(ctx context.Context, e moderation.Entry) error {
	row := moderationRow{
		Kind: e.Subject.Kind, Subject: e.Subject.ID, Region: string(e.Subject.Region), Part: e.Part, Act: e.Act,
		Violation: e.Violation, Reason: e.Reason, Office: e.Office, At: toMillis(e.At),
	}
	return wrapped("log moderation", t.in(ctx).Create(&row).Error)
}

// ModerationEntries implements moderation.Store.
func (s *Moderation) ModerationEntries(ctx context.Context, at region.Code, after int64, limit int) ([]moderation.Entry, error) {
	var rows []moderationRow
	err := s.db.reader(ctx).Where("region >= ? AND region < ? AND serial > ?", string(at), string(at)+":", after).
		Order("serial").Limit(limit).Find(&rows).Error
	return each(rows, func(r moderationRow) moderation.Entry {
		return moderation.Entry{
			Serial: r.Serial, Subject: moderation.Subject{Kind: r.Kind, ID: r.Subject, Region: region.Code(r.Region)}, Part: r.Part,
			Act: r.Act, Violation: r.Violation, Reason: r.Reason, Office: r.Office, At: fromMillis(r.At),
		}
	}), wrapped("read the log of moderation", err)
}

// FirstReminder implements moderation.Tx.
func (t *tx) FirstReminder(ctx context.Context, at region.Code, day string) (bool, error) {
	made, err := fresh("note a reminder", t.in(ctx).Create(&checkReminderRow{Region: string(at), Day: day}).Error)
	if err != nil || made {
		return made, err
	}
	g := t.in(ctx).Model(&checkReminderRow{}).Where("region = ? AND day < ?", string(at), day).Update("day", day)
	return g.RowsAffected > 0, wrapped("note a reminder", g.Error)
}
