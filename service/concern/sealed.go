package concern

import (
	"context"
	"strconv"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/region"
)

// recordReading leaves an event of whoever reads what is sealed and did not
// raise it. A reading that could not be recorded does not happen.
func (s *Service) recordReading(ctx context.Context, by account.Caller, rs ...Record) error {
	var read []Record
	for _, r := range rs {
		if r.Visibility == Sealed && !s.raised(by, r) {
			read = append(read, r)
		}
	}
	if len(read) == 0 {
		return nil
	}
	act := s.actingAs(by, audit.Act{Actor: audit.Actor{AccountID: by.AccountID}}, read[0], "read")
	return s.store.InTx(ctx, act, func(tx Tx) error {
		for _, r := range read {
			if err := tx.Record(ctx, audit.Event{
				Action: "concern_sealed.read", Object: "concern", ObjectID: r.ID, Region: string(r.Region.At(region.County)), Result: "ok",
				Detail: map[string]string{"of": strconv.Itoa(len(read))},
			}); err != nil {
				return err
			}
		}
		return nil
	})
}
