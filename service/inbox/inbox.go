// Package inbox tells people what concerns them: messages in the app first,
// and through WeChat where they agreed to it.
//
// Invariants: a message is written in the transaction that takes its event
// from the outbox, so each event is told once; nobody is told of their own
// act; what is unread of one matter is one message; texts are built from
// public facts, and name what only villagers may read by its item, never by
// its title. A delivery to WeChat is marked as being sent, and committed,
// before the call: what may have been sent is never sent again, what certainly
// was not is tried again.
package inbox

import (
	"time"

	"cunwu/service/region"
)

// Message is one thing that an account is told. Count is how many events it
// stands for, the newest of which it shows.
type Message struct {
	Serial  int64 // place in the list, given by the archive
	ID      string
	Account string
	Matter  string // what belongs together, e.g. "place/510821102200"
	Kind    string // of the newest event, e.g. "disclosure.published"
	Region  region.Code
	Subject string // id of what the newest event is about
	Title   string
	Body    string
	Link    string // path on this site
	Count   int
	At      time.Time
	ReadAt  time.Time // zero while unread
}

// FollowKind says what sort of thing is followed.
type FollowKind string

// The kinds.
const (
	FollowPlace   FollowKind = "place"   // key: region code of any level
	FollowItem    FollowKind = "item"    // key: village code "/" item code
	FollowPosting FollowKind = "posting" // key: id of the posting
)

// Follow is one thing that an account follows. Name is for people.
type Follow struct {
	Kind FollowKind
	Key  string
	Name string
	At   time.Time
}

// Followed is the key of the archive: kind "/" key.
func (f Follow) Followed() string { return string(f.Kind) + "/" + f.Key }

// Credit is how many messages of a template an account still takes, as far as
// is known: the client tells of consents, WeChat's pushes correct it.
type Credit struct {
	Account   string
	Template  string
	Remaining int
	Ahead     int // accepts told by the client less those told by WeChat
	UpdatedAt time.Time
}

// DeliveryState is where a delivery to WeChat stands.
type DeliveryState string

// The states. Only Pending ones are ever sent.
const (
	Pending DeliveryState = "pending"
	Sending DeliveryState = "sending" // committed before the call
	Sent    DeliveryState = "sent"
	Unknown DeliveryState = "unknown" // may have been sent: never sent again
	Dropped DeliveryState = "dropped" // certainly not sent, and not tried again
)

// Delivery is one message on its way through WeChat.
type Delivery struct {
	ID        string
	Message   string
	Account   string
	Template  string
	State     DeliveryState
	Attempts  int
	NextAt    time.Time
	Code      int64 // WeChat's last errcode
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Spread is an event that is still to be told to followers whose account comes
// after After.
type Spread struct {
	Serial int64
	Event  []byte // JSON
	After  string
}

// Following ties an account to one of the things it follows.
type Following struct {
	Account  string
	Followed string
}

// Brief is what messages may need to know of a posting.
type Brief struct {
	Title    string
	State    string
	Version  int
	Personal bool // visible to verified villagers only
}
