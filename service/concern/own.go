package concern

import (
	"context"
	"io"
	"time"

	"cunwu/service/account"
	"cunwu/service/calendar"
)

// ownConcern is a concern in the export of own data.
type ownConcern struct {
	ID         string     `json:"id"`
	RaisedAt   string     `json:"raised_at"`
	Category   string     `json:"category"`
	Text       string     `json:"text"`
	Transcript string     `json:"transcript,omitempty"`
	Place      Place      `json:"place"`
	Visibility Visibility `json:"visibility"`
	ForName    string     `json:"on_behalf_of,omitempty"`
	Contact    string     `json:"contact,omitempty"`
	State      State      `json:"state"`
	Rating     Rating     `json:"rating,omitempty"`
	WhyHidden  string     `json:"why_hidden,omitempty"`
	Said       []string   `json:"said"` // by the raiser, afterwards
}

// ExportOwn adds what is kept here of a person to the export of own data: what
// was raised, sealed concerns too, what was said afterwards, what was joined.
// It implements account.ExportSource.
func (s *Service) ExportOwn(ctx context.Context, c account.Caller, file func(name string) (io.Writer, error)) error {
	recs, err := s.store.ConcernsRaisedBy(ctx, s.ownKeys(c), c.ResidentID)
	if err != nil {
		return err
	}
	joined, err := s.store.ConcernsJoinedBy(ctx, c.AccountID)
	if err != nil {
		return err
	}
	own := []ownConcern{}
	for _, r := range recs {
		if !s.raised(c, r) {
			continue // typed for somebody else, in an office
		}
		o, err := s.exported(ctx, r)
		if err != nil {
			return err
		}
		own = append(own, o)
	}
	return account.WriteOwn(file, "concerns.json", map[string]any{"raised": own, "joined": joined})
}

func (s *Service) exported(ctx context.Context, r Record) (ownConcern, error) {
	o := ownConcern{
		ID: r.ID, RaisedAt: r.RaisedAt.In(calendar.China).Format(time.RFC3339), Category: r.Category, Text: r.Content.Text,
		Transcript: r.Content.Transcript, Place: r.Content.Place, Visibility: r.Visibility, State: r.State, Rating: r.Rating,
		WhyHidden: r.Content.WhyHidden, Said: []string{},
	}
	var h secret
	if err := s.unseal(bindingOf(r.ID), r.Secret, &h); err != nil {
		return o, err
	}
	o.ForName, o.Contact = h.Name, h.Contact
	if r.Visibility == Sealed {
		o.Text, o.Transcript, o.Place = h.Text, h.Transcript, h.Place
	}
	updates, err := s.store.ConcernUpdates(ctx, r.ID)
	if err != nil {
		return o, err
	}
	for _, u := range updates {
		text := u.Text
		if err := s.unseal(updateBinding(u), u.Secret, &text); err != nil {
			return o, err
		}
		if u.By == raiserWord && text != "" {
			o.Said = append(o.Said, text)
		}
	}
	return o, nil
}
