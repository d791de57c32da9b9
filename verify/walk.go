package verify

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"cunwu/service/record"
)

// ahead is how many bundles are fetched while one is being read.
const ahead = 8

// walk reads entries in order, rebuilds the tree of them, and compares the
// tiles that the log serves with it. It can go on where it ended.
type walk struct {
	source    Source
	report    *Report
	front     frontier
	base      int64         // first leaf of the tiles that are rebuilt; a multiple of 256
	levels    [][]tlog.Hash // hashes of the unfinished tile of each level; only from the beginning
	filled    []int64       // finished tiles of each level
	ledger    ledger
	intervals []record.Interval
	ballots   ballotBook
	last      time.Time
	read      int64
	// Handing over of keys: hold is the key in force, successor the one that
	// signs the checkpoint.
	hold      ed25519.PublicKey
	successor string
	rotated   bool
}

// skip begins the walk at the bundle in which size lies: what is before is
// proven by tiles.
func (w *walk) skip(ctx context.Context, tree tlog.Tree, size int64) error {
	w.base = size - size%tileWidth
	var err error
	w.front, err = frontierOf(tree, w.base, tileReader{ctx, w.source})
	return err
}

// fetched is a bundle and the tile of its leaves' hashes.
type fetched struct {
	entries [][]byte
	tile    []byte
	err     error
}

// to walks on to a size.
func (w *walk) to(ctx context.Context, size int64) error {
	if size <= w.front.size {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	first, last := w.front.size/tileWidth, (size-1)/tileWidth
	queue := make(chan chan fetched, ahead)
	go func() {
		defer close(queue)
		for n := first; n <= last; n++ {
			one := make(chan fetched, 1)
			select {
			case queue <- one:
			case <-ctx.Done():
				return
			}
			go func() { one <- w.fetch(ctx, n, int(min(size-n*tileWidth, tileWidth))) }()
		}
	}()
	n := first
	for one := range queue {
		if err := w.take(ctx, n, <-one); err != nil {
			return err
		}
		n++
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return w.checkUnfinished(ctx)
}

func (w *walk) fetch(ctx context.Context, n int64, width int) fetched {
	entries, err := readBundle(ctx, w.source, n, width)
	if err != nil {
		return fetched{err: err}
	}
	tile, err := readTile(ctx, w.source, 0, n, width)
	if err != nil {
		err = &unread{err}
	}
	return fetched{entries, tile, err}
}

// take adds a bundle's entries to the tree. Of a bundle that was read in part
// before, the entries after that part are new.
func (w *walk) take(ctx context.Context, n int64, f fetched) error {
	if f.err != nil {
		if u := (*unread)(nil); errors.As(f.err, &u) && !errors.Is(f.err, ErrMissing) {
			return f.err
		}
		w.report.find(Entry, "第"+strconv.FormatInt(n*tileWidth, 10)+"条起", "签名的检查点里有，却取不到或读不懂（%v）", f.err)
		return errStop
	}
	known := int(w.front.size - n*tileWidth)
	for i, raw := range f.entries[known:] {
		index := w.front.size
		h := tlog.RecordHash(raw)
		if at := (known + i) * tlog.HashSize; len(f.tile) < at+tlog.HashSize || tlog.Hash(f.tile[at:at+tlog.HashSize]) != h {
			w.report.find(Tile, strconv.FormatInt(index, 10), "这条记录的内容算出的摘要与树里的摘要不同：记录被改动或换了位置")
		}
		w.front.add(h)
		if err := w.grow(ctx, h); err != nil {
			return err
		}
		w.entry(raw, index)
	}
	return nil
}

// entry reads one leaf.
func (w *walk) entry(raw []byte, index int64) {
	w.read++
	name := strconv.FormatInt(index, 10)
	l, at, err := record.ReadLeaf(raw)
	if err != nil {
		w.report.find(Entry, name, "这条记录读不懂（%v）", err)
		return
	}
	if at.Before(w.last) {
		w.report.find(Time, name, "时间倒退：这条记录是 %s，前一条却是 %s", stamp(at), stamp(w.last))
	} else {
		w.last = at
	}
	if err := w.ledger.take(raw, l, index); err != nil {
		w.report.find(Entry, name, "这条记录缺少编号或版本（%v）", err)
	}
	w.ballots.take(l, index)
	switch l.Kind {
	case record.KindAudit:
		w.interval(l)
	case record.KindKeyRotated:
		w.rotation(l, name)
	}
}

func (w *walk) interval(l record.Leaf) {
	from, _ := l.Facts["from"].(int64)
	to, _ := l.Facts["to"].(int64)
	count, _ := l.Facts["count"].(int64)
	w.intervals = append(w.intervals, record.Interval{From: from, To: to, Count: int(count), Digest: fact(l, "digest")})
}

// rotation follows the handing over of the key: only the holder of the old one
// can have signed it.
func (w *walk) rotation(l record.Leaf, name string) {
	before, after := factList(l, "old"), factList(l, "new")
	if w.hold == nil || !slices.ContainsFunc(before, w.holds) {
		return // of a key before ours
	}
	sig, err := base64.StdEncoding.DecodeString(fact(l, "signature"))
	if err != nil || !ed25519.Verify(w.hold, record.RotationText(before, after), sig) {
		w.report.find(Signature, name, "钥匙交接没有旧钥匙的有效签名")
		return
	}
	for _, line := range after {
		if k, err := record.ReadVerifierKey(line); err == nil && k.Algorithm == "ed25519" {
			w.hold = k.Public
			w.rotated = w.rotated || line == w.successor
		}
	}
}

func (w *walk) holds(line string) bool {
	k, err := record.ReadVerifierKey(line)
	return err == nil && k.Algorithm == "ed25519" && w.hold.Equal(ed25519.PublicKey(k.Public))
}

// grow puts a leaf's hash into the tiles that are rebuilt. A walk that did not
// begin with the first leaf cannot rebuild those above.
func (w *walk) grow(ctx context.Context, h tlog.Hash) error {
	if w.base != 0 {
		return nil
	}
	for level := 0; ; level++ {
		if level == len(w.levels) {
			w.levels, w.filled = append(w.levels, make([]tlog.Hash, 0, tileWidth)), append(w.filled, 0)
		}
		w.levels[level] = append(w.levels[level], h)
		if len(w.levels[level]) < tileWidth {
			return nil
		}
		if err := w.compareTile(ctx, level); err != nil {
			return err
		}
		var f frontier
		for _, x := range w.levels[level] {
			f.add(x)
		}
		h = f.root()
		w.filled[level]++
		w.levels[level] = w.levels[level][:0]
	}
}

// compareTile compares a rebuilt tile above the leaves with the one served.
func (w *walk) compareTile(ctx context.Context, level int) error {
	ours := w.levels[level]
	if level == 0 || len(ours) == 0 {
		return nil // tiles of leaves are compared leaf by leaf
	}
	served, err := readTile(ctx, w.source, level, w.filled[level], len(ours))
	if err != nil && !errors.Is(err, ErrMissing) {
		return err
	}
	for i, h := range ours {
		if at := i * tlog.HashSize; len(served) < at+tlog.HashSize || tlog.Hash(served[at:at+tlog.HashSize]) != h {
			w.report.find(Tile, tileName(strconv.Itoa(level), w.filled[level], len(ours)), "提供的摘要块与记录算出的不同")
			return nil
		}
	}
	return nil
}

// checkUnfinished compares the tiles that are not full yet.
func (w *walk) checkUnfinished(ctx context.Context) error {
	for level := range w.levels {
		if err := w.compareTile(ctx, level); err != nil {
			return err
		}
	}
	return nil
}

// china is the one time zone of all dates people see.
var china = time.FixedZone("CST", 8*60*60)

func stamp(t time.Time) string { return t.In(china).Format("2006-01-02 15:04:05.000") }
