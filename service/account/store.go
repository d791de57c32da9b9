package account

import (
	"context"
	"time"

	"cunwu/service/audit"
	"cunwu/service/record"
	"cunwu/service/region"
)

// Store is what the package needs of the archive: reads, and the one way to write.
type Store interface {
	Reads
	InTx(ctx context.Context, act audit.Act, fn func(Tx) error) error
}

// Reads is everything that is read, outside a transaction as well as inside.
// Whatever asks for one row answers ErrNone where there is none.
type Reads interface {
	identityReader
	rollReader
	bindingReader
	officeReader
}

type identityReader interface {
	// Identities gives what is behind the hashes of tokens, in any order and
	// nothing for hashes of no session, as of a moment after the call began.
	Identities(ctx context.Context, tokenHashes [][]byte) ([]Identity, error)
	SessionsOf(ctx context.Context, accountID string) ([]Session, error)
	AccountByOpenID(ctx context.Context, mac []byte) (Account, error)
	Account(ctx context.Context, id string) (Account, error)
	// CodeUsed reports whether the hash of a one-time code is known.
	CodeUsed(ctx context.Context, codeHash []byte) (bool, error)
	ConsentsOf(ctx context.Context, accountID string) ([]Consent, error)
	// SealedOld gives at most limit rows of a kind sealed under another key
	// than the named one, by id.
	SealedOld(ctx context.Context, kind, newestKey string, limit int) ([]SealedRow, error)
}

type rollReader interface {
	Resident(ctx context.Context, id string) (Resident, error)
	// ResidentsNamed gives those on a village's roll with that name's hash.
	ResidentsNamed(ctx context.Context, village region.Code, nameMAC []byte) ([]Resident, error)
	// Roll gives a village's residents in the order of ids, after an id, at
	// most limit (0 for all), those who moved away only if gone.
	Roll(ctx context.Context, village region.Code, gone bool, after string, limit int) ([]Resident, error)
	Households(ctx context.Context, village region.Code) ([]Household, error)
	// KinOf gives the recorded kinships of any of the residents.
	KinOf(ctx context.Context, residents []string) ([]Kinship, error)
}

type bindingReader interface {
	// BindingOf gives an account's binding with its resident.
	BindingOf(ctx context.Context, accountID string) (Binding, Resident, error)
	BindingOfResident(ctx context.Context, residentID string) (Binding, error)
	Binding(ctx context.Context, id string) (Binding, error)
	// BindingsToCountersign gives bindings of the villages that a clerk has
	// confirmed or a match of ID digits made, and that nobody countersigned.
	BindingsToCountersign(ctx context.Context, villages []region.Code, after string, limit int) ([]Binding, error)
	Request(ctx context.Context, id string) (Request, error)
	// RequestsPending gives the pending requests of the villages, by id.
	RequestsPending(ctx context.Context, villages []region.Code, after string, limit int) ([]Request, error)
	RequestsOf(ctx context.Context, accountID string) ([]Request, error)
	// RequestsSince counts attempts since a time, of an account and at a village.
	RequestsSince(ctx context.Context, accountID string, village region.Code, since time.Time) (ofAccount, atVillage int, err error)
}

type officeReader interface {
	Appointment(ctx context.Context, id string) (Appointment, error)
	// AppointmentsOf gives appointments not ended early of an account or of a
	// resident (either may be empty), by id.
	AppointmentsOf(ctx context.Context, accountID, residentID string) ([]Appointment, error)
	// AppointmentsAt lists those within a region, not ended early and not over
	// at the time, by id, after an id.
	AppointmentsAt(ctx context.Context, within region.Code, at time.Time, after string, limit int) ([]Appointment, error)
	// AppointmentByInvite finds by the hash of an invite code.
	AppointmentByInvite(ctx context.Context, inviteHash []byte) (Appointment, error)
	// HoldersOf gives the appointments to a role within a place ("": anywhere)
	// that are not ended early and not over.
	HoldersOf(ctx context.Context, role Role, within region.Code, at time.Time) ([]Appointment, error)
	// LoggedAppointments gives appointments in the order of the entries by which
	// they were made (ended: by which they ended), with indexes above after, at
	// most limit.
	LoggedAppointments(ctx context.Context, ended bool, after int64, limit int) ([]Appointment, error)
}

// Tx is the writing side.
type Tx interface {
	record.Tx
	Reads
	identityWriter
	rollWriter
	bindingWriter
	officeWriter
}

type identityWriter interface {
	// LockAccount locks the account's row until the transaction ends.
	LockAccount(ctx context.Context, id string) (Account, error)
	AddAccount(ctx context.Context, a Account) error // ErrTaken: the openid is known
	SetNotice(ctx context.Context, accountID string, version int) error
	// EraseAccount removes openid, sealed data, sessions, binding and the
	// sealed data of requests, and leaves a tombstone.
	EraseAccount(ctx context.Context, accountID string) error
	AddSession(ctx context.Context, s Session) error
	EndSession(ctx context.Context, id string) error
	EndSessionsOf(ctx context.Context, accountID string) (int, error)
	UseCode(ctx context.Context, codeHash []byte) error // ErrTaken: used before
	AddConsent(ctx context.Context, c Consent) error
	// Forget removes sessions over and codes used before the times.
	Forget(ctx context.Context, sessionsOver, codesUsed time.Time) (int, error)
	// Reseal replaces a sealed blob where the old one still stands.
	Reseal(ctx context.Context, kind string, row SealedRow, sealed Sealed) error
}

type rollWriter interface {
	AddHouseholds(ctx context.Context, hs []Household) error
	AddResidents(ctx context.Context, rs []Resident) error
	// SaveResident replaces all columns of a resident at revision r.Revision-1; ErrRaced otherwise.
	SaveResident(ctx context.Context, r Resident) error
	// LockResident locks the resident's row until the transaction ends.
	LockResident(ctx context.Context, id string) (Resident, error)
	// LockPlace makes changes of offices and rolls of one village wait for each other.
	LockPlace(ctx context.Context, village region.Code) error
	PutKinship(ctx context.Context, k Kinship) error
}

type bindingWriter interface {
	AddBinding(ctx context.Context, b Binding) error // ErrTaken: the account or the person is bound
	// SaveBinding writes standing and confirmations at revision b.Revision-1; ErrRaced otherwise.
	SaveBinding(ctx context.Context, b Binding) error
	RemoveBinding(ctx context.Context, id string) error
	AddRequest(ctx context.Context, r Request) error
	// SaveRequest writes state, resident, decision and sealed data of a pending request; ErrRaced if it is not pending.
	SaveRequest(ctx context.Context, r Request) error
}

type officeWriter interface {
	AddAppointment(ctx context.Context, a Appointment) error
	// SaveAppointment writes holder, invite, end and reason at revision a.Revision-1; ErrRaced otherwise.
	SaveAppointment(ctx context.Context, a Appointment) error
	// PlaceAppointment ties an appointment to its entries in the public record.
	PlaceAppointment(ctx context.Context, id string, l Logged) error
}
