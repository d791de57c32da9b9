package disclosure

import (
	"context"

	"cunwu/service/account"
)

// Known gives disclosure.not_found unless the caller may know that the posting
// exists. Doors ask it before they look at what was sent, so that a refusal of
// the content never tells that something is there.
func (s *Service) Known(ctx context.Context, by account.Caller, id string) error {
	rec, err := s.store.PostingRecord(ctx, id)
	if err != nil {
		return err
	}
	if !readable(rec, by) && !s.knowsDrafts(by, rec.Region) {
		return ErrNotFound
	}
	return nil
}
