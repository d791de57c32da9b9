package main

import (
	"context"
	"fmt"

	"cunwu/service/opendata"
)

// buildOpenData makes what is taken away as files. Its state follows from the
// public record, which every publication and withdrawal lengthens, the marks of
// change, which names of places leave, the catalogue and the program.
func (a *App) buildOpenData() {
	a.openData = opendata.New(a.db.OpenData(), opendata.Options{
		Places: a.regions, Catalogue: a.rules.catalogue,
		State: func(ctx context.Context) (string, error) {
			size, err := a.record.Size(ctx)
			if err != nil {
				return "", err
			}
			last, err := a.db.LastChange(ctx)
			if err != nil {
				return "", err
			}
			return fmt.Sprintf("%d %d %s %s", size, last, a.rules.catalogue.At(a.clock.Now()).From, version), nil
		},
	})
}
