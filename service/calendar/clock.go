// Package calendar is time as the village knows it: the clock, the time zone of
// China, statutory holidays and make-up working days, and the counting of
// deadlines by the Civil Code (articles 200 to 204).
//
// Invariants: the day of the event is not counted; a period of days that ends
// on a day off ends on the next working day after it; a working-day period
// skips days off; years whose holiday schedule is not published yet are
// computed from weekends and the legal festivals and are marked provisional.
package calendar

import "time"

// China is the one time zone of all dates people see (UTC+8, no summer time).
var China = time.FixedZone("CST", 8*60*60)

// Clock tells the time. Everything that decides by time takes one, so that
// tests and the demo's seeding can move it.
type Clock interface {
	Now() time.Time
}

// System is the machine's clock.
type System struct{}

// Now gives the machine's time.
func (System) Now() time.Time { return time.Now() }

// Func adapts a function to a Clock.
type Func func() time.Time

// Now calls f.
func (f Func) Now() time.Time { return f() }
