package concern

import (
	"context"

	"cunwu/service/chronicle"
)

// Path is where a concern is read.
func Path(id string) string { return "/v/" + id }

// chronicled enters what became of a concern that everybody may read, and takes
// everything out again where it is hidden or withdrawn.
func (s *Service) chronicled(ctx context.Context, tx Tx, before, after Record) error {
	switch {
	case before.Shown() && !after.Shown():
		return tx.DropEntries(ctx, after.ID)
	case after.Shown() && (!before.Shown() || before.State != after.State):
		return tx.AddEntry(ctx, chronicle.Entry{
			Kind: EventPrefix + string(after.State), Region: after.Region, Subject: after.ID, Link: Path(after.ID),
			Title: titleOf(s.opt.Screening.BlackOut(string(after.Region), after.Content.Text)), Text: after.State.Name(),
		})
	}
	return nil
}
