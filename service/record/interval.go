package record

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"strconv"
	"time"

	"cunwu/service/audit"
)

// AuditRow is a line of the journal as it is stored.
type AuditRow struct {
	Serial     int64
	At         int64 // unix ms
	Account    string
	Role       string
	RoleRegion string
	Action     string
	Object     string
	ObjectID   string
	Region     string
	Result     string
	RequestID  string
	Detail     string
}

// Canonical gives the row's bytes for the chain: each column, in the order of
// the fields, as its length in bytes in decimal, ":", the value (numbers in
// decimal), ",". No two rows have the same bytes.
func (r AuditRow) Canonical() []byte {
	var b []byte
	for _, v := range []string{
		strconv.FormatInt(r.Serial, 10), strconv.FormatInt(r.At, 10), r.Account, r.Role, r.RoleRegion,
		r.Action, r.Object, r.ObjectID, r.Region, r.Result, r.RequestID, r.Detail,
	} {
		b = strconv.AppendInt(b, int64(len(v)), 10)
		b = append(b, ':')
		b = append(b, v...)
		b = append(b, ',')
	}
	return b
}

// Interval is one stretch of the journal: the rows with serials From to To.
// Digest is the chain over them, hex: 32 zero bytes at first, then for each row
// in order SHA-256 of the chain so far followed by the row's canonical bytes.
type Interval struct {
	From, To int64
	Count    int
	Digest   string
}

// DigestInterval computes the interval's digest anew from its rows.
func DigestInterval(from, to int64, rows iter.Seq2[AuditRow, error]) (Interval, error) {
	out := Interval{From: from, To: to}
	var chain [sha256.Size]byte
	for row, err := range rows {
		if err != nil {
			return Interval{}, err
		}
		chain = sha256.Sum256(append(chain[:], row.Canonical()...))
		out.Count++
	}
	out.Digest = hex.EncodeToString(chain[:])
	return out, nil
}

// Leaf gives the interval's entry.
func (i Interval) Leaf() Leaf {
	return Leaf{Kind: KindAudit, Facts: map[string]any{"from": i.From, "to": i.To, "count": i.Count, "digest": i.Digest}}
}

const (
	// IntervalSetting keeps where the last interval ended and who holds the
	// lease. Its row is there from the beginning, to be locked.
	IntervalSetting = "record.audit_interval"
	// SealEvery is how often an instance looks at the journal. A row waits for
	// two looks, so intervals are at most 10 s apart while there are events.
	SealEvery = 4 * time.Second
	// lease is how long the others leave the work to the one that did it last.
	lease = 15 * time.Second
	// actSeal is the journal's own line of an interval. An interval of nothing
	// else is not sealed, or the log would never rest.
	actSeal = "audit.seal"
)

// Journal is what sealing needs of the archive.
type Journal interface {
	// LastAuditSerial gives the highest serial that can be seen, 0 for none.
	LastAuditSerial(ctx context.Context) (int64, error)
	// Setting reads a value that the program keeps for itself.
	Setting(ctx context.Context, key string) (value string, ok bool, err error)
	// InTx runs fn in one transaction in the name of act.
	InTx(ctx context.Context, act audit.Act, fn func(JournalTx) error) error
}

// JournalTx is the writing side.
type JournalTx interface {
	Tx
	// SettingForUpdate locks a value until the commit; it must exist.
	SettingForUpdate(ctx context.Context, key string) (string, error)
	// PutSetting stores a value.
	PutSetting(ctx context.Context, key, value string) error
	// AuditRowsSettled gives the rows with serials from to, in order, after
	// waiting for transactions that have written any of them.
	AuditRowsSettled(ctx context.Context, from, to int64) iter.Seq2[AuditRow, error]
}

// interval is the setting's value.
type intervalMark struct {
	To     int64  `json:"to"`
	Holder string `json:"holder,omitempty"`
	Until  int64  `json:"until,omitempty"` // unix ms
}

func readMark(text string) (intervalMark, error) {
	var m intervalMark
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return m, fmt.Errorf("record: setting %s: %w", IntervalSetting, err)
	}
	return m, nil
}

// Sealer seals the journal, interval by interval. It is used by one goroutine.
type Sealer struct {
	journal Journal
	now     func() time.Time
	holder  string
	seen    int64 // highest serial at the last look
}

// NewSealer makes one for this instance. now is the time by which leases run.
func NewSealer(j Journal, now func() time.Time) *Sealer {
	return &Sealer{journal: j, now: now, holder: audit.NewID()}
}

// Seal looks at the journal and leaves a leaf of the rows that were there at
// the look before: serials are handed out before rows can be seen, so the rows
// below one that was seen a look ago are all written by now, and at most
// uncommitted, for which the transaction waits. It reports whether it sealed.
func (s *Sealer) Seal(ctx context.Context) (bool, error) {
	last, err := s.journal.LastAuditSerial(ctx)
	if err != nil {
		return false, err
	}
	ripe := s.seen
	s.seen = last
	if ripe == 0 {
		return false, nil
	}
	text, _, err := s.journal.Setting(ctx, IntervalSetting)
	if err != nil {
		return false, err
	}
	if m, err := readMark(text); err != nil || m.To >= ripe || s.others(m) {
		return false, err
	}
	sealed := false
	err = s.journal.InTx(ctx, audit.BySystem("audit seal"), func(tx JournalTx) error {
		sealed, err = s.seal(ctx, tx, ripe)
		return err
	})
	return sealed && err == nil, err
}

// others reports whether another instance does the work.
func (s *Sealer) others(m intervalMark) bool {
	return m.Holder != s.holder && m.Until > s.now().UnixMilli()
}

func (s *Sealer) seal(ctx context.Context, tx JournalTx, to int64) (bool, error) {
	text, err := tx.SettingForUpdate(ctx, IntervalSetting)
	if err != nil {
		return false, err
	}
	m, err := readMark(text)
	if err != nil || m.To >= to || s.others(m) {
		return false, err
	}
	idle := true
	found, err := DigestInterval(m.To+1, to, func(yield func(AuditRow, error) bool) {
		for row, err := range tx.AuditRowsSettled(ctx, m.To+1, to) {
			idle = idle && row.Action == actSeal
			if !yield(row, err) {
				return
			}
		}
	})
	if err != nil || idle {
		return false, err
	}
	mark, err := json.Marshal(intervalMark{To: to, Holder: s.holder, Until: s.now().Add(lease).UnixMilli()})
	if err != nil {
		return false, fmt.Errorf("record: encode the mark: %w", err)
	}
	if err := tx.PutSetting(ctx, IntervalSetting, string(mark)); err != nil {
		return false, err
	}
	if err := tx.Record(ctx, audit.Event{Action: actSeal, Object: "audit", ObjectID: strconv.FormatInt(to, 10)}); err != nil {
		return false, err
	}
	_, err = Append(ctx, tx, found.Leaf())
	return err == nil, err
}
