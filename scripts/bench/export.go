package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"cunwu/config/rules"
	"cunwu/repository"
	"cunwu/service/audit"
	"cunwu/service/disclosure"
	"cunwu/service/opendata"
	"cunwu/service/region"
)

const (
	exportLines   = 100_000
	exportPosting = 20 // lines of one
	exportBatch   = 500
	exportVillage = region.Code("510821102200")
	// What a download of any length may add to the heap. An xlsx has the chunk of
	// the library that writes it, 16 MB in a buffer that doubles, before it goes
	// to a temporary file.
	exportGrowth = 32 << 20
	bookGrowth   = 80 << 20
)

// export measures files of 100,000 lines on the embedded engine, inside of this
// process and past HTTP: how fast rows come, when the first byte does, and what
// of it is in memory at once.
func (b *bench) export(ctx context.Context) error {
	db, err := repository.Open(ctx, repository.Options{
		URL: "sqlite:" + filepath.Join(b.dir, "export.db"), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	catalogue, err := disclosure.LoadCatalogue(rules.FS)
	if err != nil {
		return err
	}
	progress("publishing %d lines", exportLines)
	for n := 0; n < exportLines/exportPosting; n += exportBatch {
		if err := publishLines(ctx, db, n, exportBatch); err != nil {
			return err
		}
	}
	s := opendata.New(db.OpenData(), opendata.Options{
		Places: onePlace{}, Catalogue: catalogue, State: func(context.Context) (string, error) { return "", nil },
	})
	t := &table{
		title: fmt.Sprintf("Open data, %d lines, SQLite", exportLines),
		head:  []string{"format", "rows/s", "MB", "seconds", "first byte ms", "heap grew MB", "promise", ""},
	}
	for _, f := range []opendata.Format{opendata.CSV, opendata.JSONL, opendata.XLSX} {
		if err := measureExport(ctx, s, f, t); err != nil {
			return err
		}
	}
	t.note("Heap growth is the highest reading, once a page, above that after a collection before the file.")
	t.print(b.out)
	return nil
}

func measureExport(ctx context.Context, s *opendata.Service, f opendata.Format, t *table) error {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before, peak := m.HeapAlloc, uint64(0)
	sink := &firstByte{begun: time.Now()}
	e, err := s.Open(ctx, opendata.Query{Region: "5108", Kind: opendata.Lines})
	if err != nil {
		return err
	}
	err = e.Write(ctx, f, sink, func() error {
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapAlloc)
		return nil
	})
	if err != nil {
		return err
	}
	took := time.Since(sink.begun)
	grew := peak - min(peak, before)
	const mb = 1 << 20
	most := uint64(exportGrowth)
	if f == opendata.XLSX {
		most = bookGrowth
	}
	t.add(string(f), fmt.Sprintf("%.0f", exportLines/took.Seconds()), fmt.Sprintf("%.1f", float64(sink.bytes)/mb), fmt.Sprintf("%.2f", took.Seconds()),
		millis(sink.first), fmt.Sprintf("%.1f", float64(grew)/mb), fmt.Sprintf("at most %d MB", most/mb), verdict(grew <= most))
	return nil
}

// firstByte counts what is written and notes when it began.
type firstByte struct {
	begun time.Time
	first time.Duration
	bytes int64
}

// Write counts.
func (w *firstByte) Write(p []byte) (int, error) {
	if w.bytes == 0 {
		w.first = time.Since(w.begun)
	}
	w.bytes += int64(len(p))
	return len(p), nil
}

type onePlace struct{}

// Names gives every place a name.
func (onePlace) Names(_ context.Context, codes []region.Code) (map[region.Code]string, error) {
	out := map[region.Code]string{}
	for _, c := range codes {
		out[c] = "地方" + string(c)
	}
	return out, nil
}

// publishLines puts postings of lines straight into the archive: how they get
// there is measured elsewhere.
func publishLines(ctx context.Context, db *repository.DB, from, count int) error {
	return db.Disclosures().InTx(ctx, benchAct, func(tx disclosure.Tx) error {
		for n := from; n < from+count; n++ {
			c := disclosure.Content{Title: "财务收支逐笔明细", Summary: "收支明细，请大家看看，有疑问找村监委会。"}
			for i := range exportPosting {
				c.Lines = append(c.Lines, disclosure.Line{
					Date: "2026-02-03", Voucher: fmt.Sprintf("记-%d-%d", n, i), Summary: "支付村道路灯电费", Category: "公益支出",
					ExpenseFen: int64(n + i + 1), Handler: "李*四", Payee: "供电公司", Project: "村道亮化",
				})
			}
			raw, err := c.Canonical()
			if err != nil {
				return err
			}
			at, index := time.UnixMilli(1_770_000_000_000+int64(n)), int64(n)
			r := disclosure.Record{
				ID: audit.NewID(), CaseID: audit.NewID(), Region: exportVillage, ItemCode: "D02", Category: "FINANCE", Edition: "2026-01-01",
				Period: "2026-02", Visibility: disclosure.PublicInternet, State: disclosure.Published, Revision: 1, Version: 1,
				Pos: disclosure.Position(at, index), PublishedAt: at, FirstAt: at, CreatedAt: at, Shown: disclosure.Shown{Title: c.Title, Summary: c.Summary},
			}
			if _, err := tx.AddPosting(ctx, r, nil); err != nil {
				return err
			}
			v := disclosure.VersionRecord{PostingID: r.ID, Number: 1, PublishedAt: at, Content: raw, Digest: strings.Repeat("a", 64), LogIndex: &index}
			if err := tx.AddPostingVersion(ctx, v); err != nil {
				return err
			}
			if err := tx.PutFeed(ctx, disclosure.Scopes(exportVillage, 4, disclosure.PublicInternet), r.Pos); err != nil {
				return err
			}
		}
		return tx.Record(ctx, audit.Event{Action: "bench.export", Object: "disclosure", Result: "ok"})
	})
}
