package ballot

import (
	"context"
	"io"
	"time"

	"cunwu/service/account"
	"cunwu/service/calendar"
)

// OwnEntry is an entry of a frozen roll for which a resident may cast.
type OwnEntry struct {
	Record
	Subject string // the resident, or a household
	Way     Origin // by which the entry is marked as voted, "" not at all
	Pattern string // of an open ballot's cast
	Tracker string // of an open ballot's cast
}

// mine reports whether the choice of an entry is the person's own to take away:
// what a household cast, another member may have cast, and it is for all to
// read only with the certified list.
func (e OwnEntry) mine(resident string) bool { return e.Subject == resident || e.State == Certified }

// ExportOwn adds what is kept here of a person to the export of own data: the
// ballots on whose roll they stand, whether their entry is marked as voted, and
// of open ballots the cast. Of sealed ones nobody here knows the choice. It
// implements account.ExportSource.
func (s *Service) ExportOwn(ctx context.Context, c account.Caller, file func(name string) (io.Writer, error)) error {
	entries := []OwnEntry{}
	if c.ResidentID != "" {
		var err error
		if entries, err = s.store.BallotsOf(ctx, c.ResidentID); err != nil {
			return err
		}
	}
	type line = map[string]any
	out := []line{}
	for _, e := range entries {
		l := line{
			"ballot_id": e.ID, "region": e.Region, "question": e.Question, "sealed": e.Sealed, "state": e.State,
			"closes_at": e.ClosesAt.In(calendar.China).Format(time.RFC3339), "household": e.Subject != c.ResidentID,
			"voted": e.Way != "", "origin": e.Way,
		}
		if !e.Sealed && e.Pattern != "" && e.mine(c.ResidentID) {
			l["choices"], l["tracker"] = KeysOfPattern(e.Pattern), e.Tracker
		}
		out = append(out, l)
	}
	return account.WriteOwn(file, "ballots.json", map[string]any{"ballots": out})
}
