package demo

import (
	"time"

	"cunwu/service/board"
	"cunwu/service/disclosure"
)

// photo is a photo of the board with a posting on it, and what the supervisory
// committee says of it.
type photo struct {
	at      time.Time
	shot    file
	decided time.Time // zero while it waits
	action  string
	reason  string
}

// photograph has the clerk photograph four postings on the board: two photos are
// confirmed, one is refused, one waits.
func (p *planner) photograph(k *desk, newest func(item string, days int) *posting) {
	ends := []struct {
		item           string
		out            int // days for which it is out at least
		action, reason string
	}{
		{"D04", 30, board.Confirm, ""},
		{"D03", 30, board.Confirm, ""},
		{"K01", 30, board.Refuse, "照片太暗，看不清公布的日期，请白天重新拍。"},
		{"C01", 0, "", ""},
	}
	for _, e := range ends {
		x := newest(e.item, e.out)
		if x == nil {
			continue
		}
		shot := photo{at: x.last().at.Add(30 * time.Minute), shot: k.picture("board", "公开栏", k.dice("board", e.item)), action: e.action, reason: e.reason}
		if e.action != "" {
			shot.decided = shot.at.AddDate(0, 0, 1)
		}
		x.photos = append(x.photos, shot)
	}
}

// households tells each household of the roll what of some postings concerns it.
func (p *planner) households(k *desk, newest func(item string, days int) *posting) {
	entries := func(text string, fen func(i int) int64) []disclosure.HouseholdEntry {
		var out []disclosure.HouseholdEntry
		for _, m := range k.r.people {
			if m.head {
				out = append(out, disclosure.HouseholdEntry{Number: m.household, Summary: text, AmountFen: fen(len(out))})
			}
		}
		return out
	}
	if x := newest("D06", 0); x != nil {
		x.households = entries("集体收益分红，按户一份，已打到一卡通", func(int) int64 { return yuan(k.v.share) })
	}
	if x := newest("G03", 0); x != nil {
		x.households = entries("退耕还林补助，打到一卡通", func(i int) int64 { return yuan(125 + 25*(i%7)) })
	}
	if x := newest("G08", 0); x != nil {
		x.households = entries("公益林补偿，财政直接打到一卡通", func(i int) int64 { return yuan(60 + 5*(i%6)) })
	}
}
