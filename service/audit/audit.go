// Package audit says who does what. Every write of the system is done in the
// name of an Act, and leaves at least one Event in the same transaction: an act
// that could not be recorded did not happen.
//
// Invariants: events carry ids, codes and states, never names or text of
// people; an event outlives what it speaks of, so it has no foreign keys; the
// transaction refuses to commit writes without an event.
package audit

import (
	"context"
	"errors"
	"time"
)

// System is the account id under which timers and start-up act.
const System = "system"

// Actor is who acts: the account, the role under which the act is done (empty
// for a villager's own affairs) and the region of that role.
type Actor struct {
	AccountID string
	Role      string
	Region    string
}

// Act is one request to change something. RequestID ties it to the log line;
// Receipt is set where the request came with an Idempotency-Key.
type Act struct {
	Actor     Actor
	RequestID string
	Receipt   *Receipt
}

// BySystem is the act of a timer or of start-up; what names the task.
func BySystem(what string) Act {
	return Act{Actor: Actor{AccountID: System, Role: what}}
}

// As gives the act done under a role of a region.
func (a Act) As(role, region string) Act {
	a.Actor.Role, a.Actor.Region = role, region
	return a
}

// Receipt binds an act to the client's Idempotency-Key. Scope is caller, method
// and path; Digest is SHA-256 over the request body. Encode renders the result
// that the service hands to Tx.Answer into the status and body that a repeat
// will get; it is called inside the transaction.
type Receipt struct {
	Scope  string
	Key    string
	Digest [32]byte
	Encode func(result any) (status int, body []byte, err error)
}

// Replay is returned by InTx, as an error, when the same request was answered
// before: nothing was done again, and this is the first answer.
type Replay struct {
	Status int
	Body   []byte
}

// Error makes Replay travel the error path.
func (r *Replay) Error() string { return "audit: this request was answered before" }

// Event is one line of the journal. Action is dotted ("disclosure.publish");
// Object and ObjectID name what was acted on; Region is where (may be empty);
// Result is "ok" or a fault code; Detail holds ids, codes and states only.
type Event struct {
	Action   string
	Object   string
	ObjectID string
	Region   string
	Result   string
	Detail   map[string]string
}

// Tx is what every transaction of every noun can do.
type Tx interface {
	// Now is the one time of this transaction: all its rows agree on it. It is
	// taken when the transaction has its place in the order of writes.
	Now() time.Time
	// Record appends an event in the name of the act.
	Record(ctx context.Context, e Event) error
	// Answer stores the result for a repeat of the same request. It does
	// nothing for acts without a Receipt. It is the last call of a closure.
	Answer(ctx context.Context, result any) error
}

var (
	// ErrNoActor: a write was tried in nobody's name. A programming error.
	ErrNoActor = errors.New("audit: a write needs an actor")
	// ErrNoEvent: a transaction wrote and recorded nothing. A programming error.
	ErrNoEvent = errors.New("audit: a transaction wrote without an event")
)
