package inbox

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"cunwu/service/audit"
	"cunwu/service/outbox"
)

// notice is what is said of an event to one sort of people.
type notice struct {
	Matter string
	Title  string
	Body   string
	Link   string
	Many   string  // of the title where it stands for several, with one %d; "" adds the number
	For    Purpose // "" takes that of the kind of event
}

// tell writes a notice to accounts, each once and never to who acted. What an
// account has not read yet of the matter becomes one message with it.
func (s *Service) tell(ctx context.Context, tx Tx, e outbox.Event, n notice, accounts []string) error {
	who := slices.DeleteFunc(slices.Clone(accounts), func(a string) bool { return a == "" || a == e.Actor || a == audit.System })
	slices.Sort(who)
	who = slices.Compact(who)
	for part := range slices.Chunk(who, 100) {
		if err := s.tellPart(ctx, tx, e, n, part); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) tellPart(ctx context.Context, tx Tx, e outbox.Event, n notice, who []string) error {
	unread, err := tx.UnreadOf(ctx, who, n.Matter)
	if err != nil {
		return err
	}
	ms := make([]Message, 0, len(who))
	for _, a := range who {
		m := Message{
			ID: audit.NewID(), Account: a, Matter: n.Matter, Kind: e.Kind, Region: e.Region, Subject: e.Subject,
			Title: n.Title, Body: clip(n.Body, 300), Link: n.Link, Count: 1, At: e.At,
		}
		if old, ok := unread[a]; ok {
			m.ID, m.Count = old.ID, old.Count+1
			m.Title = n.several(m.Count)
		}
		m.Title = clip(m.Title, 120)
		ms = append(ms, m)
	}
	if len(ms) == 0 {
		return nil
	}
	if err := tx.PutMessages(ctx, ms); err != nil {
		return err
	}
	p := n.For
	if p == "" {
		p, _ = purpose(e.Kind)
	}
	return s.addDeliveries(ctx, tx, p, ms)
}

func (n notice) several(count int) string {
	if n.Many != "" {
		return fmt.Sprintf(n.Many, count)
	}
	return fmt.Sprintf("%s（这件事共 %d 条新消息）", clip(n.Title, 100), count)
}

// addDeliveries makes a delivery for each message whose reader still takes one
// of the template, and takes it off their balance. One message is delivered at
// most once, however many events it comes to stand for.
func (s *Service) addDeliveries(ctx context.Context, tx Tx, p Purpose, ms []Message) error {
	t, ok := s.template(p)
	if !ok {
		return nil
	}
	accounts, ids := make([]string, len(ms)), make([]string, len(ms))
	for i, m := range ms {
		accounts[i], ids[i] = m.Account, m.ID
	}
	credits, err := tx.CreditsForUpdate(ctx, t.ID, accounts)
	if err != nil || len(credits) == 0 {
		return err
	}
	fresh, err := tx.Undelivered(ctx, ids)
	if err != nil {
		return err
	}
	var ds []Delivery
	for _, m := range ms {
		c, ok := credits[m.Account]
		if !ok || c.Remaining <= 0 || !fresh[m.ID] {
			continue
		}
		ds = append(ds, Delivery{
			ID: audit.NewID(), Message: m.ID, Account: m.Account, Template: t.ID, State: Pending,
			NextAt: tx.Now(), CreatedAt: tx.Now(), UpdatedAt: tx.Now(),
		})
		if t.LongTerm {
			continue
		}
		c.Remaining--
		if err := tx.PutCredit(ctx, c); err != nil {
			return err
		}
	}
	if len(ds) == 0 {
		return nil
	}
	return tx.AddDeliveries(ctx, ds)
}

func clip(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most-1]) + "…"
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
