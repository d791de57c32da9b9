package demo

import (
	"fmt"
	"time"

	"cunwu/service/account"
	"cunwu/service/consultation"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

// matter is one consultation of the sample from the topic on.
type matter struct {
	village region.Code
	channel consultation.Channel
	topic   consultation.Topic
	by      string // who brings it up, as of codeAt
	ago     int    // days before the day of the first start
	turns   []turn
	talk    talking
	poll    *poll // what is linked on the way
	ratings []int // how many are satisfied, rather, not
}

// turn is one step of a consultation, so many days before the first start.
type turn struct {
	ago, hour int
	by        string // clerk, director, supervisor, township
	procedure.Input
	scene string // of the photo that goes with it, "" for none
}

// talking is what is said while a consultation is held.
type talking struct {
	from, to int   // days before the first start, both included
	camps    []int // how many people think alike
	part     int   // of a hundred, how many speak up on a statement
	said     []remark
}

// remark is a statement and what each camp thinks of it: '+', '-' or '0' for
// those who cannot say.
type remark struct {
	later  int // days after the first evening
	text   string
	stance string
}

// poll is one ballot of the sample.
type poll struct {
	village       region.Code
	question      string
	asks          func() string // the question, where it is known only once it is drafted
	kind          string
	options       []string
	rule          string
	most          int // choices, of a ballot that takes several
	sealed        bool
	revote        bool
	opens, closes int   // days before the first start; closes may be negative
	weights       []int // how people choose, by option
	away          int   // how many of the roll do not vote
	opinion       string
}

// kept is how many plain villagers have not voted in a ballot that is open, so
// that whoever tries the demo can.
const kept = 12

// on gives a time of day so many days before the first start.
func (s span) on(ago, hour, minute int) time.Time {
	return s.today.AddDate(0, 0, -ago).Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

// at gives when a turn is taken: the township has no office hours at weekends.
func (t turn) at(s span, place int) time.Time {
	day := s.today.AddDate(0, 0, -t.ago)
	if t.by == string(account.TownshipRole) {
		for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
			day = day.AddDate(0, 0, -1)
		}
	}
	return day.Add(time.Duration(t.hour)*time.Hour + time.Duration(place)*time.Minute)
}

// codeAt gives the sign-in code of somebody of a village: an office, or one of
// several, as villager-3.
func codeAt(village region.Code, who string) string {
	return (&desk{v: profile{code: village}}).codeOf(who)
}

type fields map[string]string

func stepBy(ago, hour int, by, action string, f fields) turn {
	return turn{ago: ago, hour: hour, by: by, Input: procedure.Input{Action: action, Fields: f}}
}

func forwarded(ago int) turn { return stepBy(ago, 10, "clerk", "forward", nil) }

func accepted(ago int, concerns, many, reason string) turn {
	return stepBy(ago, 15, "township", "accept", fields{
		"in_scope": "yes", "lawful": "yes", "decided": "no", "materials": "yes", "level": "village",
		"concerns": concerns, "how_many": many, "reason": reason,
	})
}

func invited(ago int, sides string) turn {
	return stepBy(ago, 9, "clerk", "fix_subjects", fields{"participants": sides})
}

func (s span) announced(ago, held int, place, agenda string) turn {
	return stepBy(ago, 10, "director", "notify", fields{
		"session_on": iso(s.today.AddDate(0, 0, -held)), "form": string(consultation.Both), "place": place, "agenda": agenda,
	})
}

func begun(ago int) turn { return stepBy(ago, 14, "director", "start", nil) }

func ended(ago int, attended, matters, minutes string) turn {
	t := stepBy(ago, 17, "director", "end", fields{"attended": attended, "matters": matters, "minutes": minutes})
	t.scene = "meeting"
	return t
}

func concluded(ago int, result, outcome, reasons string) turn {
	return stepBy(ago, 16, "director", "conclude", fields{"result": result, "outcome": outcome, "reasons": reasons})
}

func (s span) planned(ago, due int, responsible, plan string) turn {
	return stepBy(ago, 11, "director", "implement", fields{
		"responsible": responsible, "due": iso(s.today.AddDate(0, 0, -due)), "plan": plan,
	})
}

func reported(ago, percent int, what string) turn {
	return stepBy(ago, 15, "clerk", "report", fields{"percent": fmt.Sprint(percent), "what": what})
}
