package demo

import (
	"slices"
	"strconv"
	"time"

	"cunwu/service/account"
	"cunwu/service/concern"
	"cunwu/service/region"
)

// saying is one concern of the sample: who says what when, and what came of it.
type saying struct {
	key      string // by which others name it
	village  region.Code
	group    int    // 0 for the whole village
	by       string // as of codeAt
	ago      int    // days before the day of the first start
	category string
	text     string
	place    string
	point    *concern.Point // a pin on the map, drawn anywhere near
	spoken   string         // what the recording says that goes with it, "" for none
	see      concern.Visibility
	channel  concern.Channel
	kin      bool            // for a member of the own household
	behalf   *concern.Behalf // for somebody who came or phoned; Resident is a name of codeAt
	shots    []string        // names of snapshots
	joins    int             // how many say the same
	way      []stride
}

// stride is one step, so many days after the concern was raised.
type stride struct {
	after  int
	by     string // as of codeAt; raiser for whoever raised it
	action string
	fields fields
	days   int    // till the promised day, 0 for none
	shot   string // of the result
	to     string // key of the original, or the title of the consultation
}

const raiser = "raiser"

// The sample villages in short.
const (
	liushu   = region.Code("510821102202")
	chayuan  = region.Code("510821102205")
	yuqian   = region.Code("510821101222")
	chichuan = region.Code("510821107225")
	xiaodao  = region.Code("510802101201")
	chanlong = region.Code("510802101203")
	shengou  = region.Code("510802102209")
	haitang  = region.Code("510802103227")
	yueba    = region.Code("510802200209")
)

// sayings lists all concerns of the sample.
func (s span) sayings() []saying {
	return slices.Concat(
		onRoads(), onWater(), onLamps(), onRubbish(), onFields(), onMoney(), onPeople(), onNeighbours(), onElsewhere(), s.onTalkDays(),
		notPublic(), doubted(), withNames(),
	)
}

// say makes a public concern that a villager raises.
func say(village region.Code, group, who, ago int, category, text string, way ...stride) saying {
	return saying{
		village: village, group: group, by: "villager-" + strconv.Itoa(who), ago: ago, category: category, text: text,
		see: concern.Public, channel: concern.ByApp, way: way,
	}
}

func (y saying) at(place string) saying { y.place = place; return y }
func (y saying) pinned(north, east float64) saying {
	y.point = &concern.Point{Latitude: north, Longitude: east}
	return y
}
func (y saying) recorded(words string) saying     { y.spoken = words; return y }
func (y saying) shot(names ...string) saying      { y.shots = names; return y }
func (y saying) joined(n int) saying              { y.joins = n; return y }
func (y saying) called(key string) saying         { y.key = key; return y }
func (y saying) seen(v concern.Visibility) saying { y.see = v; return y }
func (y saying) aloud() saying                    { y.channel = concern.OnTalkDay; return y }
func (y saying) forKin() saying                   { y.kin = true; return y }
func (y saying) entered(c concern.Channel, b concern.Behalf) saying {
	y.by, y.channel, y.behalf = string(account.Clerk), c, &b
	return y
}

// as gives the step to somebody else.
func (t stride) as(who string) stride { t.by = who; return t }

// shown adds a photo of the result.
func (t stride) shown(scene string) stride { t.shot = scene; return t }

func (t stride) inTown() stride   { return t.as(string(account.TownshipRole)) }
func (t stride) inCounty() stride { return t.as(string(account.CountyRole)) }

func office(after int, action string, f fields) stride {
	return stride{after: after, by: string(account.Clerk), action: action, fields: f}
}

// registered is the morning after.
func registered() stride { return office(1, "register", nil) }

// given is handed to somebody; without days it is a simple matter of seven, which
// end on a working day. A promised day is a promised day: what is to go up by
// itself on a certain morning has one.
func given(after int, handler string, days int) stride {
	t := office(after, "assign", fields{"handler": handler})
	t.days = days
	return t
}

func meanwhile(after int, text string) stride { return office(after, "progress", fields{"text": text}) }

func finished(after int, result string) stride {
	return office(after, "finish", fields{"result": result})
}

func onTheSpot(after int, result string) stride {
	return office(after, "on_the_spot", fields{"result": result})
}

func handedUp(after int, reason string) stride {
	return office(after, "to_township", fields{"reason": reason})
}

func toCounty(after int, reason string) stride {
	return office(after, "to_county", fields{"reason": reason}).inTown()
}

func cannot(after int, reason string) stride {
	return office(after, "unable", fields{"reason": reason})
}

func notOurs(reason, where string) stride {
	return office(2, "not_ours", fields{"reason": reason, "where": where})
}
func askedBack(after int, text string) stride { return office(after, "ask", fields{"text": text}) }
func prolonged(after, days int, reason string) stride {
	return office(after, "extend", fields{"days": strconv.Itoa(days), "reason": reason})
}

func merged(after int, original string) stride {
	t := office(after, "merge", nil)
	t.to = original
	return t
}

func sentOn(after int, where, reason, topic string) stride {
	t := office(after, where, fields{"reason": reason})
	t.to = topic
	return t
}

func own(after int, action string, f fields) stride {
	return stride{after: after, by: raiser, action: action, fields: f}
}
func answered(after int, text string) stride { return own(after, "answer", fields{"text": text}) }
func withdrawn(after int) stride             { return own(after, "withdraw", nil) }
func rated(after int, rating concern.Rating, comment string) stride {
	f := fields{"rating": string(rating)}
	if comment != "" {
		f["comment"] = comment
	}
	return own(after, "rate", f)
}
func pleased(after int) stride { return rated(after, concern.Satisfied, "") }

// asked4 is the answer to the question of four weeks later.
func asked4(after int, answer concern.Again, comment string) stride {
	return own(after, "again", fields{"answer": string(answer), "comment": comment})
}

// at gives when a step is taken: offices in the morning, villagers after supper.
func (t stride) at(s span, y saying, place int) time.Time {
	hour := 9
	if t.by == raiser {
		hour = 19
	}
	return s.on(y.ago-t.after, hour, 5*place)
}
