package account

import (
	"time"

	"cunwu/service/region"
)

// Account is one user of the mini-program. A closed account is a tombstone:
// its id stays for the journal, everything personal is gone.
type Account struct {
	ID            string
	OpenIDMAC     []byte // nil once closed
	Sealed        Sealed // accountSecret
	NoticeVersion int    // of the privacy notice agreed to, 0 for none or withdrawn
	CreatedAt     time.Time
	ClosedAt      time.Time // zero while open
}

// accountSecret is what an account's sealed column holds.
type accountSecret struct {
	OpenID string `json:"openid,omitempty"`
	Phone  string `json:"phone,omitempty"`
}

// Session is one sign-in; of the token only the hash is kept.
type Session struct {
	ID         string
	TokenHash  []byte // SHA-256
	AccountID  string
	SignedInAt time.Time
	ExpiresAt  time.Time
}

// ResidentState says whether a person still belongs to the roll.
type ResidentState string

// States of a resident.
const (
	OnRoll   ResidentState = "on_roll"
	MovedOut ResidentState = "moved_out"
)

// Household is one household (户) of a roll.
type Household struct {
	ID      string
	Village region.Code
	Number  string
	Group   region.Code
}

// Resident is one person of a village's roll. What is personal is sealed; the
// hashes are for looking up. IDMAC is nil where the roll has no ID number.
type Resident struct {
	ID          string
	Village     region.Code
	Group       region.Code // "" if the roll does not say
	HouseholdID string
	State       ResidentState
	Sealed      Sealed // residentSecret
	NameMAC     []byte
	PhoneMAC    []byte
	IDMAC       []byte
	Last4MAC    []byte
	UpdatedAt   time.Time
	Revision    int
}

// residentSecret is what a resident's sealed column holds. The full ID number
// is never stored.
type residentSecret struct {
	Name  string `json:"name"`
	Phone string `json:"phone,omitempty"`
	Last4 string `json:"last4,omitempty"`
	Birth string `json:"birth,omitempty"` // 2006-01-02
}

// Method says how an account was bound to a person.
type Method string

// Methods of binding.
const (
	ByPhone Method = "phone" // name and the phone number that WeChat verified
	ByLast4 Method = "last4" // name and the last four of the ID number
	ByClerk Method = "clerk" // a clerk confirmed a mismatch
)

// Binding ties one account to one resident.
type Binding struct {
	ID              string
	AccountID       string
	ResidentID      string
	Village         region.Code
	Standing        Standing
	Method          Method
	ConfirmedBy     string // account of the clerk, "" if none
	CountersignedBy string // account of the supervisor, "" if none
	CreatedAt       time.Time
	Revision        int
}

// RequestState is where a binding request stands.
type RequestState string

// States of a request. Every attempt leaves one, also those that matched: they
// count for the limits.
const (
	Pending    RequestState = "pending"
	Matched    RequestState = "matched"
	Confirmed  RequestState = "confirmed"
	Refused    RequestState = "refused"
	Superseded RequestState = "superseded" // by a later attempt of the account
)

// Request is one attempt to be bound.
type Request struct {
	ID         string
	AccountID  string
	Village    region.Code
	State      RequestState
	Method     Method
	Sealed     Sealed // requestSecret; empty once decided
	ResidentID string // once confirmed or matched
	Reason     string // of a refusal
	DecidedBy  string
	CreatedAt  time.Time
	DecidedAt  time.Time
}

// requestSecret is what a request's sealed column holds while it is pending.
type requestSecret struct {
	Name  string `json:"name"`
	Phone string `json:"phone,omitempty"`
	Last4 string `json:"last4,omitempty"`
}

// Appointment is one office held, or offered by an invite, for a term.
type Appointment struct {
	ID          string
	Role        Role
	Region      region.Code
	ResidentID  string // the holder as a person of a roll, "" if by account
	AccountID   string // the holder as an account, "" if by roll or not redeemed
	InviteHash  []byte // SHA-256 of the invite code until it is redeemed
	InviteUntil time.Time
	Start       time.Time
	End         time.Time // exclusive
	EndedAt     time.Time // zero unless ended early
	EndReason   string
	MadeBy      string // account id
	MadeRole    Role
	CreatedAt   time.Time
	Revision    int
	Logged      Logged // written by PlaceAppointment alone
}

// InForce reports whether the office is held at a time: somebody holds it, the
// term runs, and it was not ended early.
func (a Appointment) InForce(now time.Time) bool {
	return (a.ResidentID != "" || a.AccountID != "") &&
		!now.Before(a.Start) && now.Before(a.End) &&
		(a.EndedAt.IsZero() || now.Before(a.EndedAt))
}

// grant gives the appointment as callers carry it.
func (a Appointment) grant() Grant {
	return Grant{AppointmentID: a.ID, Role: a.Role, Region: a.Region, Start: a.Start, End: a.End}
}

// Kin is a near relationship (近亲属), read as "A is ... of B".
type Kin string

// The kinds of near relatives: spouse, parents, children, siblings,
// grandparents, grandchildren (Civil Code art. 1045).
const (
	Spouse      Kin = "spouse"
	Parent      Kin = "parent"
	Child       Kin = "child"
	Sibling     Kin = "sibling"
	Grandparent Kin = "grandparent"
	Grandchild  Kin = "grandchild"
)

// Kinship says that resident A is Kind of resident B. The store keeps each once
// and answers with it for either.
type Kinship struct {
	A, B string
	Kind Kin
}

// Consent is one line of the consent ledger.
type Consent struct {
	ID        string
	AccountID string
	Notice    string
	Version   int
	Given     bool // false: withdrawn
	Channel   string
	At        time.Time
}

// SealedRow is one sealed column of a row, for resealing. ID is what the blob is
// bound to besides its kind, Key the values of the row's primary key.
type SealedRow struct {
	ID     string
	Key    []any
	Sealed Sealed
}
