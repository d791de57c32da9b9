package procedure

import (
	"time"

	"cunwu/service/audit"
	"cunwu/service/calendar"
)

var someone = audit.Actor{AccountID: "someone", Role: "clerk", Region: "510821102200"}

func date(s string) time.Time {
	return must(time.ParseInLocation(time.DateOnly, s, calendar.China))
}
