package covenant

import (
	"context"
	"io"
	"time"

	"cunwu/service/account"
	"cunwu/service/calendar"
)

// ExportOwn adds what is kept here of a person to the export of own data: the
// opinions on drafts, with their answers. It implements account.ExportSource.
func (s *Service) ExportOwn(ctx context.Context, c account.Caller, file func(name string) (io.Writer, error)) error {
	type line = map[string]any
	out := map[string][]line{"opinions": {}}
	if c.ResidentID != "" {
		own, err := s.store.OwnCovenantOpinions(ctx, c.ResidentID)
		if err != nil {
			return err
		}
		for _, o := range own {
			l := line{
				"covenant_id": o.CovenantID, "version": o.Version, "number": o.Number, "stance": o.Stance, "clause": o.Clause, "text": o.Text,
				"at": o.At.In(calendar.China).Format(time.RFC3339),
			}
			if o.Answered() {
				l["adopted"], l["answer"] = o.Adopted, o.Answer
			}
			out["opinions"] = append(out["opinions"], l)
		}
	}
	return account.WriteOwn(file, "covenants.json", out)
}
