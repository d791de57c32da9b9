package verify

import (
	"context"

	"cunwu/service/record"
)

// Auditor reads the database behind a site, for somebody who may.
type Auditor interface {
	// Interval computes anew the digest of a stretch of the journal.
	Interval(ctx context.Context, from, to int64) (record.Interval, error)
	// LastSerial gives the highest serial of the journal.
	LastSerial(ctx context.Context) (int64, error)
}

// audit compares the journal with the log, interval by interval.
func (v *run) audit(ctx context.Context) error {
	var end int64
	for _, want := range v.walk.intervals {
		if !v.Quick && want.From != end+1 {
			v.r.find(Database, "操作日志", "记录里的区间不连续：%d 之后是 %d", end, want.From)
		}
		end = want.To
		got, err := v.Auditor.Interval(ctx, want.From, want.To)
		if err != nil {
			return err
		}
		if got != want {
			v.r.find(Database, "操作日志", "第%d至%d行：记录里是 %d 行、摘要 %s；数据库里是 %d 行、摘要 %s", want.From, want.To, want.Count, want.Digest, got.Count, got.Digest)
		}
	}
	return nil
}
