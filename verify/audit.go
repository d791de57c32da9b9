package verify

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"cunwu/service/record"
)

// Auditor reads the database behind a site, for somebody who may.
type Auditor interface {
	// Interval computes anew the digest of a stretch of the journal.
	Interval(ctx context.Context, from, to int64) (record.Interval, error)
	// Lines gives what the digest export would say, straight from the database.
	Lines(ctx context.Context) iter.Seq2[record.DigestLine, error]
	// Ballot writes the export of a certified ballot, straight from the database;
	// ErrMissing where there is none.
	Ballot(ctx context.Context, id string, to io.Writer) error
}

// audit compares the journal with the log, interval by interval, and the rows
// of what is public with its entries.
func (v *run) audit(ctx context.Context) error {
	var end int64
	for i, want := range v.walk.intervals {
		if want.From != end+1 && (i > 0 || v.walk.base == 0) {
			v.r.find(Database, "操作日志", "记录里的区间不连续：%d 之后是 %d", end, want.From)
		}
		end = want.To
		got, err := v.Auditor.Interval(ctx, want.From, want.To)
		if err != nil {
			return err
		}
		if got != want {
			v.r.find(Database, "操作日志", "第%d至%d行：记录里是 %d 行、摘要 %s；数据库里是 %d 行、摘要 %s：操作日志被改动过",
				want.From, want.To, want.Count, want.Digest, got.Count, got.Digest)
		}
	}
	return v.auditRows(ctx)
}

// auditRows holds the database against the log as compare does with the site.
// What is newer than the checkpoint is left alone: it is of no earlier moment.
func (v *run) auditRows(ctx context.Context) error {
	f, err := os.CreateTemp("", "cunwu-rows-*")
	if err != nil {
		return err
	}
	lines := &spooled{f}
	defer lines.close()
	w := bufio.NewWriter(f)
	for l, err := range v.Auditor.Lines(ctx) {
		if err != nil {
			return fmt.Errorf("read the database: %w", err)
		}
		if l.Index >= v.now.N {
			break
		}
		if _, err := w.WriteString(l.String() + "\n"); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	found := len(v.r.Findings)
	m := matcher{run: v, first: v.now.N}
	err = errors.Join(m.all(lines), v.recountDatabase(ctx))
	for i := found; i < len(v.r.Findings); i++ {
		v.r.Findings[i].Code = Database
		v.r.Findings[i].Text = "（数据库）" + v.r.Findings[i].Text
	}
	return err
}
