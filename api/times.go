package api

import (
	"time"

	"cunwu/service/calendar"
)

// stamp gives a time as clients get it: RFC 3339 in China's zone, whole
// milliseconds dropped because people never see them.
func stamp(t time.Time) string {
	return t.In(calendar.China).Format(time.RFC3339)
}

// stampOrNil leaves out times that never were.
func stampOrNil(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := stamp(t)
	return &s
}
