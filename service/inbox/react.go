package inbox

import (
	"sync"
	"time"
)

// Reach says how far a call to WeChat came.
type Reach int

// The reaches.
const (
	// Unclear: it may have arrived and no answer came. The zero value, so that
	// a report that says nothing never leads to a second message.
	Unclear Reach = iota
	// NotReached: it certainly did not arrive, or was turned away unread.
	NotReached
	// Answered: WeChat said Code.
	Answered
)

// Report is what came of a call to WeChat.
type Report struct {
	Reach Reach
	Code  int64  // errcode, where Answered
	Note  string // for the log, without secrets
}

// verdict is what is done with a delivery.
type verdict int

const (
	sent      verdict = iota // it is there
	again                    // certainly not sent: later once more
	uncertain                // may be there: never again
	refused                  // certainly not sent, and it would not help to try again
)

// reaction is what an answer leads to.
type reaction struct {
	verdict verdict
	refund  bool          // the consent was not used: give it back
	empty   bool          // the reader takes no more of this template
	flag    bool          // the openid is none: no template reaches this account
	disable bool          // the template is no good: use it no more
	alarm   bool          // a person must look at our settings or our code
	rest    time.Duration // ask for nothing for so long
}

// reactions is the one table of what WeChat's errcodes lead to
// (subscribeMessage.send and the codes of all calls).
var reactions = map[int64]reaction{
	0:     {verdict: sent},
	-1:    {verdict: again},                                             // busy
	45009: {verdict: again, alarm: true, rest: time.Minute},             // quota used up
	40001: {verdict: again, alarm: true},                                // token refused, after the client renewed it
	40014: {verdict: again, alarm: true},                                //
	42001: {verdict: again, alarm: true},                                //
	40013: {verdict: again, alarm: true, rest: time.Minute},             // our appid is wrong
	40125: {verdict: again, alarm: true, rest: time.Minute},             // our secret is wrong
	40164: {verdict: again, alarm: true, rest: time.Minute},             // our address is not on the list
	48001: {verdict: again, alarm: true, rest: time.Minute},             // no permission for this call
	43101: {verdict: refused, empty: true},                              // the reader refused, or used it up
	40003: {verdict: refused, flag: true},                               // wrong openid
	40037: {verdict: refused, alarm: true, disable: true, refund: true}, // wrong template id
	41030: {verdict: refused, alarm: true, refund: true},                // the page is not in the released version
	47003: {verdict: refused, alarm: true, refund: true},                // a field breaks the limits: our mistake
}

// react gives what a report leads to.
func react(r Report) reaction {
	switch r.Reach {
	case NotReached:
		return reaction{verdict: again}
	case Answered:
		if known, ok := reactions[r.Code]; ok {
			return known
		}
		// WeChat said no with a code we do not know: it was not sent.
		return reaction{verdict: refused, alarm: true, refund: true}
	case Unclear:
	}
	return reaction{verdict: uncertain, alarm: false}
}

const (
	firstBackoff = 15 * time.Second
	mostBackoff  = time.Hour
	// giveUp is how long a delivery is tried. What is older is news no more, and
	// stands in the inbox.
	giveUp = 72 * time.Hour
	// mayStillRun is how long a call may take at most, with room: what is being
	// sent for longer was cut off.
	mayStillRun = 5 * time.Minute
)

// backoff gives how long to wait after a number of attempts: it doubles up to
// an hour, and is spread by a quarter to either side.
func backoff(attempts int, jitter float64) time.Duration {
	d := mostBackoff
	if shift := max(attempts-1, 0); shift < 10 {
		d = min(firstBackoff<<shift, mostBackoff)
	}
	return d*3/4 + time.Duration(float64(d/4)*jitter)
}

// restingTemplates is what this process learned of the platform: templates
// that are no good, and until when not to ask at all.
type restingTemplates struct{ *resting }

type resting struct {
	mu    sync.Mutex
	bad   map[string]bool
	until time.Time
}

func newRestingTemplates() restingTemplates {
	return restingTemplates{&resting{bad: map[string]bool{}}}
}

func (r *resting) disabled(template string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bad[template]
}

func (r *resting) disable(template string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bad[template] = true
}

func (r *resting) pause(until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if until.After(r.until) {
		r.until = until
	}
}

func (r *resting) paused(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return now.Before(r.until)
}
