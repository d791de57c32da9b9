package repository

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cunwu/service/audit"
)

type settingRow struct {
	Key   string `gorm:"primaryKey;column:name"`
	Value string
	At    int64
}

// TableName names the table.
func (settingRow) TableName() string { return "settings" }

// Setting reads a value that the program keeps for itself (the test clock, the
// marks of seeding); ok is false where it was never put.
func (db *DB) Setting(ctx context.Context, key string) (value string, ok bool, err error) {
	return readSetting(db.reader(ctx), key)
}

func readSetting(g *gorm.DB, key string) (value string, ok bool, err error) {
	var row settingRow
	err = g.Where("name = ?", key).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("read setting: %w", err)
	}
	return row.Value, true, nil
}

// PutSetting stores a value in one transaction with its event.
func (db *DB) PutSetting(ctx context.Context, act audit.Act, key, value string) error {
	return db.inTx(ctx, act, func(t *tx) error {
		if err := t.PutSetting(ctx, key, value); err != nil {
			return err
		}
		return t.Record(ctx, audit.Event{Action: "setting.put", Object: "setting", ObjectID: key})
	})
}

// PutSetting stores a value; the event is the caller's.
func (t *tx) PutSetting(ctx context.Context, key, value string) error {
	row := settingRow{Key: key, Value: value, At: toMillis(t.now)}
	err := t.in(ctx).Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "name"}}, DoUpdates: clause.AssignmentColumns([]string{"value", "at"}),
	}).Create(&row).Error
	return wrapped("store setting", err)
}
