package main

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"cunwu/api"
	"cunwu/repository"
	"cunwu/service/audit"
	"cunwu/service/calendar"
)

// shiftedClock is a clock that a test may move forward. It runs ahead of its
// base by a shift that is kept in the database, so that it survives a restart.
// Without a shift it is its base.
type shiftedClock struct {
	base  calendar.Clock
	shift atomic.Int64 // milliseconds
}

const shiftSetting = "testing.clock_shift_ms"

// furthestYears is how far the clock may run ahead: a span of time ends at 292
// years, and beyond it the clock would turn over and run before its base.
const furthestYears = 200

// Now gives the base's time plus the shift.
func (c *shiftedClock) Now() time.Time {
	return c.base.Now().Add(time.Duration(c.shift.Load()) * time.Millisecond)
}

// restore reads the shift that an earlier run left.
func (c *shiftedClock) restore(ctx context.Context, db *repository.DB) error {
	v, ok, err := db.Setting(ctx, shiftSetting)
	if err != nil || !ok {
		return err
	}
	ms, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		return fmt.Errorf("setting %s: %w", shiftSetting, err)
	}
	c.shift.Store(ms)
	return nil
}

// moveTo moves the clock forward to a time. Going back is refused: rows that
// were written later than now would lie.
func (c *shiftedClock) moveTo(ctx context.Context, db *repository.DB, to time.Time) error {
	now := c.Now()
	if to.Before(now) {
		return api.ErrClockBack.At("body.now", "现在已经是 %s", now.In(calendar.China).Format(time.RFC3339))
	}
	if to.After(c.base.Now().AddDate(furthestYears, 0, 0)) {
		return api.ErrClockBack.At("body.now", "最多比现在晚 %d 年", furthestYears)
	}
	shift := c.shift.Load() + to.Sub(now).Milliseconds()
	if err := db.PutSetting(ctx, audit.BySystem("testing.clock"), shiftSetting, strconv.FormatInt(shift, 10)); err != nil {
		return err
	}
	c.shift.Store(shift)
	return nil
}
