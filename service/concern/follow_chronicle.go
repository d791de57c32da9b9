package concern

import (
	"context"

	"cunwu/service/region"
)

// Entry is a public step of a concern, for the chronicle of its place and of
// all above it. It holds what everybody may read.
type Entry struct {
	Kind    string // "concern." and the state
	Region  region.Code
	Subject string
	Title   string
	Text    string
	Link    string
}

// Chronicle is what went on in public in a place. An entry is written in the
// transaction of its step.
type Chronicle interface {
	AddEntry(ctx context.Context, tx Tx, e Entry) error
	// DropEntries takes all entries about a subject out again.
	DropEntries(ctx context.Context, tx Tx, subject string) error
}

// Path is where a concern is read.
func Path(id string) string { return "/v/" + id }

// chronicled enters what became of a concern that everybody may read, and takes
// everything out again where it is hidden or withdrawn.
func (s *Service) chronicled(ctx context.Context, tx Tx, before, after Record) error {
	if s.opt.Chronicle == nil {
		return nil
	}
	switch {
	case before.Shown() && !after.Shown():
		return s.opt.Chronicle.DropEntries(ctx, tx, after.ID)
	case after.Shown() && (!before.Shown() || before.State != after.State):
		return s.opt.Chronicle.AddEntry(ctx, tx, Entry{
			Kind: EventPrefix + string(after.State), Region: after.Region, Subject: after.ID, Link: Path(after.ID),
			Title: titleOf(s.opt.Screening.BlackOut(string(after.Region), after.Content.Text)), Text: after.State.Name(),
		})
	}
	return nil
}
