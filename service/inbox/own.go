package inbox

import (
	"context"
	"io"
	"time"

	"cunwu/service/account"
)

// exportPage is how many messages are read at a time.
const exportPage = 500

// ExportOwn adds what is kept here of a person to the export of own data:
// messages, what is followed, consents and deliveries. It implements
// account.ExportSource.
func (s *Service) ExportOwn(ctx context.Context, c account.Caller, file func(name string) (io.Writer, error)) error {
	own, err := s.own(ctx, c)
	if err != nil {
		return err
	}
	return account.WriteOwn(file, "inbox.json", own)
}

func (s *Service) own(ctx context.Context, c account.Caller) (map[string]any, error) {
	type line = map[string]any
	messages := []line{}
	for before := int64(0); ; {
		ms, err := s.store.Messages(ctx, c.AccountID, false, before, exportPage)
		if err != nil {
			return nil, err
		}
		for _, m := range ms {
			messages = append(messages, line{
				"id": m.ID, "title": m.Title, "body": m.Body, "link": m.Link, "count": m.Count, "at": stamp(m.At), "read_at": stamp(m.ReadAt),
			})
			before = m.Serial
		}
		if len(ms) < exportPage {
			break
		}
	}
	follows, err := s.store.FollowsOf(ctx, c.AccountID)
	if err != nil {
		return nil, err
	}
	credits, err := s.store.CreditsOf(ctx, c.AccountID)
	if err != nil {
		return nil, err
	}
	deliveries, err := s.store.DeliveriesOf(ctx, c.AccountID)
	if err != nil {
		return nil, err
	}
	out := map[string]any{"messages": messages, "follows": []line{}, "subscriptions": []line{}, "deliveries": []line{}}
	add := func(name string, l line) { out[name] = append(out[name].([]line), l) }
	for _, f := range follows {
		add("follows", line{"kind": f.Kind, "key": f.Key, "at": stamp(f.At)})
	}
	for _, cr := range credits {
		add("subscriptions", line{"template": cr.Template, "remaining": cr.Remaining, "updated_at": stamp(cr.UpdatedAt)})
	}
	for _, d := range deliveries {
		add("deliveries", line{"message": d.Message, "template": d.Template, "state": d.State, "created_at": stamp(d.CreatedAt)})
	}
	return out, nil
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}
