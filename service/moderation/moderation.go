// Package moderation sees to it that nothing which nobody looked at is shown to
// others (审核): texts are checked while they are sent, pictures and recordings
// by an asynchronous check whose answer is pushed, and a person decides where
// there is doubt.
//
// Invariants: only a verdict of "pass" for exactly that text or file, or a
// person's decision, passes anything; a check that is down, slow, lost, forged
// or late passes nothing; the first verdict of a trace id counts and repeats
// change nothing; a person's decision stands above verdicts that come later;
// the log holds no names and no texts.
package moderation

import (
	"context"
	"errors"
	"strings"
	"time"

	"cunwu/service/region"
)

// State is how far a check has come.
type State string

// States. Rejected and Passed are ends; Manual waits for a person.
const (
	Pending  State = "pending"
	Passed   State = "passed"
	Manual   State = "manual"
	Rejected State = "rejected"
)

// Part says which part of a subject is checked: "text", or "media/<id>".
type Part string

// TextPart is the part that the texts of a subject are; a file's is MediaPart.
const TextPart Part = "text"

// mediaPrefix is before the id of an upload in the name of its part.
const mediaPrefix = "media/"

// MediaPart names the part that an upload is.
func MediaPart(id string) Part { return Part(mediaPrefix + id) }

// Media gives the id of the upload that a part is, "" for texts.
func (p Part) Media() string {
	if id, ok := strings.CutPrefix(string(p), mediaPrefix); ok {
		return id
	}
	return ""
}

// Subject is what is checked, by its noun and id, e.g. "concern", or a part of
// it that came later, e.g. "concern_update".
type Subject struct {
	Kind   string
	ID     string
	Region region.Code // the village whose moderators decide
	// Why is what Service.Text gave beside the state of the texts, for whoever
	// decides. "" where it is not known.
	Why string
}

// Check is one text or file under review.
type Check struct {
	Serial    int64 // given by the archive
	ID        string
	Subject   Subject
	Part      Part
	State     State
	Trace     string // WeChat's, "" until it was asked
	Suggest   string // pass, review, risky, or why there is none, see the words of why
	Label     int64  // WeChat's label, 0 for none
	Account   string // in whose name it is asked
	Tries     int
	NextAt    time.Time // when to ask (again), zero for never
	WatchAt   time.Time // when a person takes over, zero for never
	WaitsAt   time.Time // since when a person is waited for, zero for not
	AskedAt   time.Time
	DecidedAt time.Time
	BegunAt   time.Time
	ByPerson  bool
}

// Verdict is what an automatic check answered.
type Verdict struct {
	Trace   string
	Suggest string // pass, review, risky; or "" with Code: it could not be checked
	Label   int64
	Code    int64 // errcode of the platform, 0 for none
}

// What the platform may suggest.
const (
	SuggestPass   = "pass"
	SuggestReview = "review"
	SuggestRisky  = "risky"
)

// Words of why there is no verdict.
const (
	WhyTimeout   = "timeout"    // no answer in time
	WhyRefused   = "refused"    // the platform did not check
	WhyNoOpenID  = "no_openid"  // whoever sent it has no user at the platform
	WhyWatchdog  = "watchdog"   // no answer was ever pushed
	WhyUnclear   = "unclear"    // an answer that says nothing
	WhyNoChecker = "no_checker" // there is no platform
	WhyNoFile    = "no_file"    // the file is gone, or of a kind that is not checked
	WhyNoAddress = "no_address" // the platform has no way to fetch files from here
)

// ErrUnaskable: the platform will not check in this user's name, however often
// it is asked. Implementations of Checker wrap it.
var ErrUnaskable = errors.New("moderation: the platform does not check for this user")

// Checker asks the platform. Implementations give an error for anything that is
// no verdict.
type Checker interface {
	// CheckText gives a verdict at once; openID must have used the app within
	// two hours. At most 2,500 characters a call.
	CheckText(ctx context.Context, openID, text string) (Verdict, error)
	// CheckMedia asks for a check of what lies at url and gives the trace id
	// under which the verdict will be pushed.
	CheckMedia(ctx context.Context, openID, url string, audio bool) (trace string, err error)
}

// Decided is announced (outbox kind "moderation.decided", topic review) when the
// state of a subject as a whole changed: facts "kind", "state", and where a
// person brought it to an end "by" = "person", "violation" and "reason". The
// event's subject is the subject's id.
const Decided = "moderation.decided"

// Waiting is announced once a day for a village where something waits for a
// person for too long: facts "count", "since" (a date). The event's subject is
// the village's code with the day.
const Waiting = "moderation.waiting"

// Overall gives the state of a subject from those of its parts: rejected where
// one is, else manual where one is, else pending where one is, else passed. A
// word that is no state counts as manual.
func Overall(parts []State) State {
	worst := Passed
	rank := map[State]int{Passed: 0, Pending: 1, Manual: 2, Rejected: 3}
	for _, p := range parts {
		if _, known := rank[p]; !known {
			p = Manual
		}
		if rank[p] > rank[worst] {
			worst = p
		}
	}
	return worst
}
