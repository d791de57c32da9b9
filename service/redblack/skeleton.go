package redblack

import (
	"context"
	"io"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

// Announce makes the rules known (知榜) in place of those before.
func (s *Service) Announce(ctx context.Context, by account.Caller, act audit.Act, in NewAnnouncement) (Announcement, error) {
	return Announcement{}, fault.ErrInternal
}

// Announcement gives the rules made known last, whether in effect yet or not;
// anybody may read them. redblack.not_announced.
func (s *Service) Announcement(ctx context.Context, village region.Code) (Announcement, error) {
	return Announcement{}, fault.ErrInternal
}

// Nominate takes a nomination (red) or a report (black).
func (s *Service) Nominate(ctx context.Context, by account.Caller, act audit.Act, in NewEntry) (Receipt, error) {
	return Receipt{}, fault.ErrInternal
}

// Act takes any action of an entry: those of the procedure, and besides vote,
// consult, object, resolve, note, withdraw_consent, agree_naming, propose_naming,
// approve_naming. Matter and Entry list what is open to the caller.
func (s *Service) Act(ctx context.Context, by account.Caller, act audit.Act, id string, in procedure.Input) (Receipt, error) {
	return Receipt{}, fault.ErrInternal
}

// Candidates gives the keeper those on the roll who bear the name that was given.
func (s *Service) Candidates(ctx context.Context, by account.Caller, id string) ([]Candidate, error) {
	return nil, fault.ErrInternal
}

// Board gives the lists of a place. The zero Caller is a stranger.
func (s *Service) Board(ctx context.Context, by account.Caller, q BoardQuery) (Board, error) {
	return Board{}, fault.ErrInternal
}

// Entry gives an entry that is on the board, or a red one that expired this
// year, without its name. redblack.not_found.
func (s *Service) Entry(ctx context.Context, by account.Caller, id string) (Entry, error) {
	return Entry{}, fault.ErrInternal
}

// Matter gives an entry to those who work on it, whom it is about, or who said
// so. redblack.not_found for all others.
func (s *Service) Matter(ctx context.Context, by account.Caller, id string) (Matter, error) {
	return Matter{}, fault.ErrInternal
}

// Matters lists what waits for the caller.
func (s *Service) Matters(ctx context.Context, by account.Caller, q MattersQuery) (Matters, error) {
	return Matters{}, fault.ErrInternal
}

// Own gives what there is about the caller, and what the caller said of others.
func (s *Service) Own(ctx context.Context, by account.Caller) (Own, error) {
	return Own{}, fault.ErrInternal
}

// Known gives redblack.not_found unless the caller may know that the entry exists.
func (s *Service) Known(ctx context.Context, by account.Caller, id string) error {
	return fault.ErrInternal
}

// NewReport asks for a draft of a catalogue item for a quarter.
type NewReport struct {
	Region region.Code
	Item   string // C04, C05, C06
	Period string // 2026-Q3
}

// Report makes a draft of item C04, C05 or C06 from the records.
func (s *Service) Report(ctx context.Context, by account.Caller, act audit.Act, in NewReport) (disclosure.Posting, error) {
	return disclosure.Posting{}, fault.ErrInternal
}

// ExportOwn adds what is kept of a person to the export of own data.
func (s *Service) ExportOwn(ctx context.Context, c account.Caller, file func(name string) (io.Writer, error)) error {
	return fault.ErrInternal
}

// FireTimer takes the automatic action of an entry's case whose time has come.
func (s *Service) FireTimer(ctx context.Context, c procedure.Case) error { return fault.ErrInternal }
