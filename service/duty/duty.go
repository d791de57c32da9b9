// Package duty is the disclosure clock: what a village owes its people, for
// which period, by when, and whether it was done.
//
// Invariants: a duty is (village, item, period) and is never stored; its due
// day follows from the catalogue and the calendar, whether it is done from the
// postings; stored are only what cannot be computed: events that start a
// clock, exceptions with who decided them, demands of villagers, and counts by
// place. A count is compared with what is true and never only added to, so
// counting twice changes nothing. A deadline is moved by nobody but an
// extension that is shown with its reason.
package duty

import (
	"time"

	"cunwu/service/calendar"
	"cunwu/service/fault"
	"cunwu/service/region"
)

// State is where a duty stands on a day.
type State string

// The states of a duty.
const (
	Upcoming      State = "upcoming"       // its period is not over
	Due           State = "due"            // its period is over, its due day is not
	Overdue       State = "overdue"        // its due day, or that of its extension, is over
	VeryOverdue   State = "very_overdue"   // so for Rules.VeryOverdueDays
	Extended      State = "extended"       // a lawful extension runs
	Done          State = "done"           // disclosed in time
	DoneLate      State = "done_late"      // disclosed after the due day
	NotApplicable State = "not_applicable" // decided by the township
)

// States lists the states.
var States = []State{Upcoming, Due, Overdue, VeryOverdue, Extended, Done, DoneLate, NotApplicable}

// Valid reports whether s is one of States.
func (s State) Valid() bool { return s.index() >= 0 }

func (s State) index() int {
	for i, known := range States {
		if s == known {
			return i
		}
	}
	return -1
}

// EventKind says what started a clock.
type EventKind string

// Kinds of events.
const (
	Happened EventKind = "happened" // a meeting, a payment, a change: recorded by an officer
	Demanded EventKind = "demanded" // enough villagers or representatives asked for the item
)

// Event starts the clock of one item in one village. Its period is its day.
type Event struct {
	ID         string
	Region     region.Code
	ItemCode   string
	On         string // 2006-01-02
	Title      string // shown to everybody
	Kind       EventKind
	RecordedBy string // account id; "system" for what was demanded
	At         time.Time
}

// ExceptionKind is what was decided about a duty.
type ExceptionKind string

// Kinds of exceptions.
const (
	Extension ExceptionKind = "extended"
	Exemption ExceptionKind = "not_applicable"
)

// Exception is a decision of the township about one duty. Until is the new due
// day of an extension, "" for an exemption.
type Exception struct {
	Region    region.Code
	ItemCode  string
	Period    string
	Kind      ExceptionKind
	Reason    string
	Until     string // 2006-01-02
	DecidedBy string // masked name and office
	At        time.Time
}

// Duty is one duty of a village as it stands on a day. Period is that of the
// item, or the day of the event that started the clock. DueOn is the last day
// in time by the rules; an extension stands beside it and does not change it.
type Duty struct {
	ItemCode     string
	ItemName     string
	Category     string
	Period       string
	DueOn        time.Time // midnight in China of the due day
	Provisional  bool      // DueOn depends on a year whose holidays are not published
	State        State
	DisclosureID string    // "" while not done
	DoneAt       time.Time // of the first publication
	Exception    *Exception
	Event        *Event // nil for what recurs

	limit time.Time // due day with the extension, midnight
	pos   int64     // place in the list of the village
}

// Posting is what the archive knows of a disclosure that stands: published,
// archived, or a list whose lawful posting time is over.
type Posting struct {
	ID       string
	ItemCode string
	Period   string
	FirstAt  time.Time
	Late     bool // first published after its own due day
	// PublishedAt is of each of its versions, first to last.
	PublishedAt []time.Time
}

// Facts are what is stored of one village, all that its duties follow from.
// Active is false for a place that merged or is gone: it owes nothing.
type Facts struct {
	Active     bool
	Postings   []Posting
	Events     []Event
	Exceptions []Exception
}

// Refusals of this noun.
var (
	// ErrState: the list was asked for a state that is none.
	ErrState = fault.Define(fault.Invalid, "duty.state_unknown", "没有这种公开状态，请从列出的状态中选择。")
	// ErrItem: not an item of the catalogue, or not one that this can be done with.
	ErrItem = fault.Define(fault.Invalid, "duty.item_unknown", "公开目录里没有这个事项，请从目录中选择。")
	// ErrPeriodic: an event was recorded for an item that recurs by itself.
	ErrPeriodic = fault.Define(fault.Invalid, "duty.item_periodic", "这个事项按周期公开，到期会自动提醒，不需要登记事件。")
	// ErrUnknown: the village has no such duty.
	ErrUnknown = fault.Define(fault.Invalid, "duty.unknown", "这个村没有这一期的公开任务，请从公开任务一览中选择。")
	// ErrPrivate: a reason or title holds what must never be published.
	ErrPrivate = fault.Define(fault.Invalid, "duty.private_data", "内容里有不能公开的个人信息，请按提示删去后再提交。")
	// ErrNotOfVillage: a demand by somebody who is no verified villager of the place.
	ErrNotOfVillage = fault.Define(fault.Forbidden, "duty.not_of_village", "只有本村认证村民才能联名要求公开，请先完成村民认证。")
	// ErrDone: an exception was asked for what is already disclosed.
	ErrDone = fault.Define(fault.Conflict, "duty.already_done", "这一期已经公开，不需要延期或认定不适用。")
	// ErrExempt: an extension was asked for what was found not to apply.
	ErrExempt = fault.Define(fault.Conflict, "duty.not_applicable", "这一期已经认定不适用，不能再延期。")
	// ErrDemanded: the item was demanded before and is not disclosed yet.
	ErrDemanded = fault.Define(fault.Conflict, "duty.already_demanded", "这个事项已经够联名人数，村里正在按期限公开，请等待公开结果。")
)

// dayFormat is how days are written in periods and facts.
const dayFormat = time.DateOnly

func readDay(text string) (time.Time, bool) {
	d, err := time.ParseInLocation(dayFormat, text, calendar.China)
	return d, err == nil
}
