// Package fault is the one error type that crosses from the rules of village
// life to its doors. A Fault carries a stable machine code, one Chinese
// sentence that a villager understands, and a cause that is never shown.
//
// Invariants: codes are dotted, lower case and unique in the program; a code
// never changes its meaning; the HTTP status of a Kind is decided by the door
// (package api), not here; text of a cause never reaches a client.
package fault

import (
	"errors"
	"fmt"
	"sort"
	"sync"
	"time"
)

// Kind says what sort of refusal a Fault is. The doors map it to their own
// status words.
type Kind int

// The kinds, in the order in which refusals are decided.
const (
	// Internal is a failure of ours: nothing of its cause is told.
	Internal Kind = iota
	// Unauthenticated: who is asking is not known, or no longer.
	Unauthenticated
	// NotFound: it does not exist, or the caller may not know of it.
	NotFound
	// Invalid: what was sent is wrong.
	Invalid
	// Malformed: what was sent cannot be read at all.
	Malformed
	// TooLarge: what was sent exceeds a stated limit.
	TooLarge
	// Unsupported: the media type of what was sent is not taken.
	Unsupported
	// Forbidden: the caller is known and may not do it.
	Forbidden
	// Conflict: not now, not in this state, or already done.
	Conflict
	// TooMany: asked too often; RetryAfter says when again.
	TooMany
	// Unavailable: a part of the system is away; RetryAfter says when again.
	Unavailable
)

// Field names one thing that was wrong in what was sent. Location is a path
// such as "body.lines[3].expense_fen"; Message is a Chinese sentence.
type Field struct {
	Location string
	Message  string
}

// Fault is an error with a code. Faults declared with Define are templates:
// With, Because and Saying return copies, so that a package variable is safe
// to share between requests.
type Fault struct {
	Kind       Kind
	Code       string
	Message    string
	Fields     []Field
	RetryAfter time.Duration
	cause      error
}

var (
	registryMu sync.Mutex
	registry   = map[string]*Fault{}
)

// Define declares a fault for a package variable and enters it in the table of
// codes that the documentation prints. It panics on a code declared twice:
// two meanings of one code are a programming error found at start.
func Define(kind Kind, code, message string) *Fault {
	registryMu.Lock()
	defer registryMu.Unlock()
	if _, dup := registry[code]; dup {
		panic("fault: code declared twice: " + code)
	}
	f := &Fault{Kind: kind, Code: code, Message: message}
	registry[code] = f
	return f
}

// All lists every declared fault by code, for the published table of codes.
func All() []*Fault {
	registryMu.Lock()
	defer registryMu.Unlock()
	out := make([]*Fault, 0, len(registry))
	for _, f := range registry {
		out = append(out, f)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Code < out[j].Code })
	return out
}

// Error gives code, message and cause, for logs only.
func (f *Fault) Error() string {
	if f.cause != nil {
		return fmt.Sprintf("%s: %s: %v", f.Code, f.Message, f.cause)
	}
	return f.Code + ": " + f.Message
}

// Unwrap gives the hidden cause.
func (f *Fault) Unwrap() error { return f.cause }

// Is matches by code, so that errors.Is(err, ErrX) holds for every copy of ErrX.
func (f *Fault) Is(target error) bool {
	var t *Fault
	return errors.As(target, &t) && t.Code == f.Code
}

// With returns a copy that names what was wrong.
func (f *Fault) With(fields ...Field) *Fault {
	c := *f
	c.Fields = append(append([]Field(nil), f.Fields...), fields...)
	return &c
}

// At returns a copy with one field error; message is formatted.
func (f *Fault) At(location, format string, args ...any) *Fault {
	return f.With(Field{Location: location, Message: fmt.Sprintf(format, args...)})
}

// Because returns a copy that keeps err as its hidden cause.
func (f *Fault) Because(err error) *Fault {
	c := *f
	c.cause = err
	return &c
}

// Saying returns a copy with another sentence for the same code.
func (f *Fault) Saying(format string, args ...any) *Fault {
	c := *f
	c.Message = fmt.Sprintf(format, args...)
	return &c
}

// After returns a copy that tells when to try again.
func (f *Fault) After(d time.Duration) *Fault {
	c := *f
	c.RetryAfter = d
	return &c
}

// Of gives the Fault inside err, or nil.
func Of(err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return nil
}

// Faults that belong to no single noun.
var (
	// ErrInvalid: what was sent is wrong; the fields say where.
	ErrInvalid = Define(Invalid, "request.invalid", "提交的内容有误，请按提示修改后再试。")
	// ErrUnavailable: storage is away; a write was not done, or its outcome is unknown.
	ErrUnavailable = Define(Unavailable, "service.unavailable", "系统暂时繁忙，请稍后再试；如果刚才是在提交，请用同一个提交重试，不会重复。")
	// ErrStorageFull: no room to write; nothing was lost.
	ErrStorageFull = Define(Unavailable, "service.storage_full", "系统存储空间不足，暂时不能提交，已有内容不受影响。")
	// ErrInternal: a failure of ours.
	ErrInternal = Define(Internal, "service.internal", "系统出了点问题，我们已经记录，请稍后再试。")
)
