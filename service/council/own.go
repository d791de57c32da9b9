package council

import (
	"context"
	"io"

	"cunwu/service/account"
)

// ExportOwn adds in which bodies a person sat to the export of own data. It
// implements account.ExportSource.
func (s *Service) ExportOwn(ctx context.Context, c account.Caller, file func(name string) (io.Writer, error)) error {
	type seat = map[string]any
	out := []seat{}
	if c.ResidentID != "" {
		members, bodies, err := s.store.CouncilSeats(ctx, c.ResidentID)
		if err != nil {
			return err
		}
		for i, m := range members {
			out = append(out, seat{
				"council_id": m.CouncilID, "council": bodies[i].Name, "region": bodies[i].Region, "office": m.Office, "from": m.From, "until": m.Until,
			})
		}
	}
	return account.WriteOwn(file, "councils.json", out)
}
