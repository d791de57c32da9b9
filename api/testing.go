package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"cunwu/service/fault"
)

var errClock = fault.Define(fault.Invalid, "testing.clock_invalid", "测试时钟只能向前拨，格式如 {\"now\":\"2026-10-01T08:00:00+08:00\"}。")

// moveClock is PUT /testing/clock {"now": "RFC 3339"}. It exists only where the
// test switch is on, which production refuses.
func (a *API) moveClock(move func(ctx context.Context, to time.Time) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		var in struct {
			Now time.Time `json:"now"`
		}
		body, err := a.readBody(c, a.limits.JSONBytes)
		if err != nil {
			a.refuse(c, err)
			return
		}
		if err := json.Unmarshal(body, &in); err != nil || in.Now.IsZero() {
			a.refuse(c, errClock)
			return
		}
		if err := move(c.Request.Context(), in.Now); err != nil {
			a.refuse(c, err)
			return
		}
		c.JSON(http.StatusOK, gin.H{"now": stamp(a.clock.Now())})
	}
}

// ErrClockBack is what a clock's mover answers for a time before its now.
var ErrClockBack = errClock
