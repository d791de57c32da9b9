package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"time"

	"cunwu/repository"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/record"
)

const (
	recordRounds = 400  // appends compared, of each kind
	recordAsks   = 300  // checkpoints and proofs asked for
	recordBatch  = 1000 // leaves in a transaction while the log is filled
)

// record measures the public log on the embedded engine: what a leaf adds to a
// commit, and how fast a log of a million leaves answers. It is done inside of
// this process, past HTTP.
func (b *bench) record(ctx context.Context) error {
	db, err := repository.Open(ctx, repository.Options{
		URL: "sqlite:" + filepath.Join(b.dir, "record.db"), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	t := &table{title: "The public record, SQLite synchronous=FULL", head: []string{"what", "leaves", "median ms", "promise", ""}}
	if err := measureAppends(ctx, db, t); err != nil {
		return err
	}
	if err := fillLog(ctx, db, int64(b.postings)); err != nil {
		return err
	}
	if err := measureAppends(ctx, db, t); err != nil {
		return err
	}
	if err := measureAnswers(ctx, db, t); err != nil {
		return err
	}
	t.note("A leaf's cost is the median of commits with a leaf less the median of commits without, in turns. " +
		"Every checkpoint measured is read and signed anew (Ed25519 twice, SM2 once).")
	t.print(b.out)
	return nil
}

var benchAct = audit.BySystem("bench")

// benchCommit is one commit with an event and n leaves of the usual size.
func benchCommit(ctx context.Context, db *repository.DB, n int) error {
	return db.Records().InTx(ctx, benchAct, func(tx record.KeyTx) error {
		for range n {
			_, err := record.Append(ctx, tx, record.Leaf{Kind: record.KindPublished, Facts: map[string]any{
				"id": audit.NewID(), "region": "510821102200", "item": "A07", "period": "2026-03", "version": 1, "visibility": "public",
				"digest": "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b", "committed": false, "attachments": []string{}, "late": false,
			}})
			if err != nil {
				return err
			}
		}
		return tx.Record(ctx, audit.Event{Action: "bench.append", Object: "log"})
	})
}

func measureAppends(ctx context.Context, db *repository.DB, t *table) error {
	var took [2][]float64
	for range recordRounds {
		for leaves := range took {
			start := time.Now()
			if err := benchCommit(ctx, db, leaves); err != nil {
				return err
			}
			took[leaves] = append(took[leaves], float64(time.Since(start))/float64(time.Millisecond))
		}
	}
	head, err := db.Records().Head(ctx)
	if err != nil {
		return err
	}
	cost := median(took[1]) - median(took[0])
	t.add("what a leaf adds to a commit", fmt.Sprint(head.Size), fmt.Sprintf("%.2f", cost), "< 2", verdict(cost < 2))
	return nil
}

// fillLog appends until the log has size leaves.
func fillLog(ctx context.Context, db *repository.DB, size int64) error {
	for {
		head, err := db.Records().Head(ctx)
		if err != nil {
			return err
		}
		if head.Size >= size {
			return nil
		}
		if head.Size%100_000 < recordBatch {
			progress("%d leaves of %d", head.Size, size)
		}
		if err := benchCommit(ctx, db, int(min(recordBatch, size-head.Size))); err != nil {
			return err
		}
	}
}

func measureAnswers(ctx context.Context, db *repository.DB, t *table) error {
	keys, err := record.KeysFromSeed(bytes.Repeat([]byte{7}, record.SeedSize))
	if err != nil {
		return err
	}
	// Each look is a minute after the one before, so that none is from memory.
	now := time.Now()
	clock := calendar.Func(func() time.Time { now = now.Add(time.Minute); return now })
	s, err := record.New(db.Records(), record.Options{Keys: keys, Clock: clock, Origin: "bench.example/log"})
	if err != nil {
		return err
	}
	size, err := s.Size(ctx)
	if err != nil {
		return err
	}
	for _, what := range []struct {
		name string
		most float64
		ask  func() error
	}{
		{"checkpoint, signed anew", 5, func() error { _, err := s.Checkpoint(ctx); return err }},
		{"inclusion proof of any leaf, with such a checkpoint", 10, func() error {
			_, err := s.Proof(ctx, rand.Int64N(size))
			return err
		}},
	} {
		var took []float64
		for range recordAsks {
			start := time.Now()
			if err := what.ask(); err != nil {
				return err
			}
			took = append(took, float64(time.Since(start))/float64(time.Millisecond))
		}
		m := median(took)
		t.add(what.name, fmt.Sprint(size), fmt.Sprintf("%.2f", m), fmt.Sprintf("< %.0f", what.most), verdict(m < what.most))
	}
	return nil
}
