package account

import (
	"time"

	"cunwu/service/region"
)

// Me is what an account sees of itself.
type Me struct {
	Caller  Caller
	Pending bool // a binding request waits for the clerk
	Roles   []AppointmentView
}

// AppointmentView is an appointment as it is shown. Name is masked, "" while
// an invite was not redeemed or the account is on no roll.
type AppointmentView struct {
	ID        string
	Role      Role
	RoleName  string
	Region    region.Code
	Name      string
	State     string // offered, upcoming, active, ended
	Start     time.Time
	End       time.Time
	EndReason string
	MayEnd    bool // the caller may end it
}

// AppointmentQuery asks for offices within a region.
type AppointmentQuery struct {
	Region region.Code
	After  string
	Limit  int // 1..50, 0 for 20
}

// AppointmentPage is one page; Next is "" at the end.
type AppointmentPage struct {
	Items []AppointmentView
	Next  string
}

// AppointInput names an office and who shall hold it: a resident of a roll, or
// whoever redeems the invite code. Both ends of the term are needed.
type AppointInput struct {
	Role       Role
	Region     region.Code
	ResidentID string
	Invite     bool
	Start, End time.Time
}

// Appointed is a made appointment. InviteCode is shown this once. Advice holds
// what rules advise against without forbidding it.
type Appointed struct {
	Appointment AppointmentView
	InviteCode  string
	Advice      []string
}

// DecisionInput is a decision on one thing, with its reason.
type DecisionInput struct {
	ID     string
	Reason string // 2 to 200 characters
}

// KinshipInput says that resident A is Kind of resident B.
type KinshipInput struct {
	A, B string
	Kind Kin
}

// KinshipResult tells which rules offices now in hand violate.
type KinshipResult struct {
	Conflicts []string
}

// RollImport is a roll to be imported. Nothing is written unless Apply; those
// the file does not name are marked as moved away only with MarkMissing.
type RollImport struct {
	Village     region.Code
	Filename    string // decides xlsx or csv by its ending
	File        []byte
	Apply       bool
	MarkMissing bool
}

// RollProblem is one thing wrong in the file. Row counts from 1 with the header
// as row 1; Column is the Chinese heading, empty for a whole row.
type RollProblem struct {
	Row     int
	Column  string
	Message string
}

// RollRow is one row as the preview shows it, masked.
type RollRow struct {
	Row       int
	Household string
	Name      string
	Phone     string // 138****1234
	Last4     bool   // an ID number is there
	Group     string
}

// RollPreview says what an import would do, or did.
type RollPreview struct {
	First    []RollRow // at most 5
	Total    int
	Problems []RollProblem // at most 200
	More     int           // problems beyond those
	New      int
	Changed  int
	Same     int
	Missing  int // on the roll, not in the file
	Applied  bool
}

// ResidentQuery asks for residents of a village; Name must match wholly.
type ResidentQuery struct {
	Village region.Code
	Name    string
	After   string
	Limit   int // 1..50, 0 for 20
}

// ResidentView is a person of a roll as officers see it in lists.
type ResidentView struct {
	ID        string
	Name      string // masked
	Phone     string // masked
	Household string
	Group     region.Code
	State     ResidentState
	Bound     bool
}

// ResidentPage is one page; Next is "" at the end.
type ResidentPage struct {
	Items []ResidentView
	Next  string
}

// ResidencyInput asks to be bound to the roll of a village: a name, and either
// a phone code of WeChat or the last four characters of the ID number.
type ResidencyInput struct {
	Region    region.Code
	Name      string
	PhoneCode string
	Last4     string
}

// Residency is the answer: "bound", or "pending" for every other outcome.
type Residency struct {
	State    string
	Standing Standing
	Village  region.Code
}

// BindingQuery asks what waits for the caller, within a region ("" for all).
type BindingQuery struct {
	Region region.Code
	After  string
	Limit  int // 1..50, 0 for 20
}

// BindingTask is one thing that waits for a clerk or a supervisor. Kind is
// "request" (a mismatch for the clerk), "confirm" (a match of ID digits for the
// clerk) or "countersign" (for the supervisor).
type BindingTask struct {
	Kind      string
	ID        string // of the request, or of the binding
	Village   region.Code
	Name      string // masked
	Method    Method
	CreatedAt time.Time
}

// BindingPage is one page; Next is "" at the end.
type BindingPage struct {
	Items []BindingTask
	Next  string
}

// RequestDetail is a request with what the person gave, in clear: reading it is
// journalled. Candidates are those of the roll with that name.
type RequestDetail struct {
	Task       BindingTask
	Name       string
	Phone      string
	Last4      string
	Candidates []ResidentView
}

// ConfirmInput says which resident a request's account belongs to.
type ConfirmInput struct {
	RequestID  string
	ResidentID string
}

// BindingView is a binding as officers see it.
type BindingView struct {
	ID            string
	Village       region.Code
	Name          string // masked
	Standing      Standing
	Method        Method
	Confirmed     bool
	Countersigned bool
}

// ConsentInput names a version of a notice.
type ConsentInput struct {
	Notice  string
	Version int
	Channel string // where it was given, e.g. "miniprogram"
}

// ConsentView is one line of the ledger.
type ConsentView struct {
	Notice  string
	Version int
	Given   bool
	Channel string
	At      time.Time
}
