package demo

import "time"

// Planned gives when every posting that is published comes out last, by village,
// title and period.
func Planned(seed uint64, now time.Time) map[string]time.Time {
	out := map[string]time.Time{}
	for _, x := range plan(seed, now, villages()...) {
		if x.last().action == actPublish {
			out[x.desk.v.name+" "+x.paper.Title+" "+x.period] = x.last().at
		}
	}
	return out
}
