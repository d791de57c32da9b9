package main

import (
	"context"
	"fmt"

	"cunwu/service/mention"
	"cunwu/service/outbox"
	"cunwu/service/search"
)

// buildSearch makes the index of texts and, in the same followed topic, that of
// named things. It comes after the disclosures.
func (a *App) buildSearch() {
	a.mentions = mention.New(a.db.Mentions(), a.regions)
	a.search = search.New(a.db.Search(), search.Options{
		Postings: a.disclosures,
		Also: func(ctx context.Context, tx search.Tx, events []outbox.Event) error {
			named, ok := tx.(mention.Tx) // one transaction type serves every noun
			if !ok {
				return fmt.Errorf("a transaction of %T has no named things", tx)
			}
			return a.mentions.Take(ctx, named, events)
		},
	})
}
