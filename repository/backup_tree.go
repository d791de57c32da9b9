package repository

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// leafTable holds the leaves of the public record.
const leafTable = "log_entries"

// TreeHead is a state of the log: how many leaves, and their root in base64 as
// checkpoints write it.
type TreeHead struct {
	Size int64  `json:"size"`
	Root string `json:"root"`
}

var (
	// ErrRollback: a backup lacks leaves that were seen, so that restoring it
	// would take back what was public.
	ErrRollback = errors.New("repository: the backup is older than a known checkpoint")
	// ErrForked: a backup has other leaves than those seen.
	ErrForked = errors.New("repository: the backup's public record is not that of the known checkpoint")

	// ErrLog: the stored parts of the public record do not fit together.
	ErrLog = errors.New("repository: the public record fails its self-check")

	errCheckpoint = errors.New("repository: not a checkpoint")
)

// ParseCheckpoint reads the tree head of a signed note: the origin, the size
// and the root are its first three lines. Signatures are not looked at: a
// forged checkpoint could only make a restore more careful.
func ParseCheckpoint(text string) (origin string, head TreeHead, err error) {
	lines := strings.SplitN(text, "\n", 4)
	if len(lines) < 4 || lines[0] == "" {
		return "", TreeHead{}, errCheckpoint
	}
	head.Size, err = strconv.ParseInt(lines[1], 10, 64)
	root, decode := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || decode != nil || head.Size < 0 || len(root) != tlog.HashSize {
		return "", TreeHead{}, errCheckpoint
	}
	head.Root = lines[2]
	return lines[0], head, nil
}

// growing is a tree to which leaves are added. It keeps one hash for each whole
// subtree, so it stays small, and a digest of all hashes in the order in which
// they are stored.
type growing struct {
	size   int64
	peaks  []tlog.Hash
	stored hash.Hash
}

func (g *growing) add(leaf []byte) {
	h := tlog.RecordHash(leaf)
	g.note(h)
	for n := g.size; n&1 == 1; n >>= 1 {
		h = tlog.NodeHash(g.peaks[len(g.peaks)-1], h)
		g.note(h)
		g.peaks = g.peaks[:len(g.peaks)-1]
	}
	g.peaks = append(g.peaks, h)
	g.size++
}

func (g *growing) note(h tlog.Hash) { _, _ = g.stored.Write(h[:]) } // a hash never fails

func (g *growing) head() (TreeHead, error) {
	root, err := tlog.TreeHash(0, nil) // of no leaves
	if len(g.peaks) > 0 {
		root = g.peaks[len(g.peaks)-1]
		for i := len(g.peaks) - 2; i >= 0; i-- {
			root = tlog.NodeHash(g.peaks[i], root)
		}
	}
	return TreeHead{Size: g.size, Root: base64.StdEncoding.EncodeToString(root[:])}, err
}

// errEnough ends the reading of leaves early.
var errEnough = errors.New("enough leaves")

// treeOf computes the tree of the first n leaves that each hands out, or of all
// where n is negative.
func treeOf(each func(leaf func(index int64, data []byte) error) error, n int64) (TreeHead, error) {
	g, err := grow(each, n)
	if err != nil {
		return TreeHead{}, err
	}
	return g.head()
}

func grow(each func(leaf func(index int64, data []byte) error) error, n int64) (*growing, error) {
	g := &growing{stored: sha256.New()}
	err := each(func(index int64, data []byte) error {
		if n >= 0 && g.size >= n {
			return errEnough
		}
		if index != g.size {
			return fmt.Errorf("%w: entry %d stands in the place of %d", ErrLog, index, g.size)
		}
		g.add(data)
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	return g, nil
}

// checkLog is the log's self-check: leaves without a gap, and the stored hashes
// and the stored head are those of the leaves. ErrLog if not.
func checkLog(ctx context.Context, q queryer) (TreeHead, error) {
	g, err := grow(leavesOfRows(ctx, q), -1)
	if err != nil {
		return TreeHead{}, err
	}
	head, err := g.head()
	if err != nil {
		return TreeHead{}, err
	}
	var stored TreeHead
	err = eachRow(ctx, q, "SELECT size, root FROM log_head", func(size int64, root []byte) error {
		stored = TreeHead{Size: size, Root: base64.StdEncoding.EncodeToString(root)}
		return nil
	})
	if err != nil {
		return TreeHead{}, err
	}
	if stored != head {
		return TreeHead{}, fmt.Errorf("%w: the head says %d entries and there are %d", ErrLog, stored.Size, head.Size)
	}
	hashes := sha256.New()
	err = eachRow(ctx, q, "SELECT id, hash FROM log_hashes ORDER BY id", func(_ int64, h []byte) error {
		_, _ = hashes.Write(h) // a hash never fails
		return nil
	})
	if err == nil && !bytes.Equal(hashes.Sum(nil), g.stored.Sum(nil)) {
		err = fmt.Errorf("%w: stored hashes are not those of the entries", ErrLog)
	}
	return head, err
}

// eachRow hands out rows of an integer and bytes.
func eachRow(ctx context.Context, q queryer, query string, row func(int64, []byte) error) (err error) {
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return fmt.Errorf("read the public record: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var n int64
		var data []byte
		if err := rows.Scan(&n, &data); err != nil {
			return fmt.Errorf("read the public record: %w", err)
		}
		if err := row(n, data); err != nil {
			return err
		}
	}
	return rows.Err()
}

// leavesOfRows hands out the leaves of a database.
func leavesOfRows(ctx context.Context, q queryer) func(func(int64, []byte) error) error {
	return func(leaf func(int64, []byte) error) error {
		return eachRow(ctx, q, "SELECT id, data FROM "+leafTable+" ORDER BY id", leaf)
	}
}

// leavesOfFile hands out the leaves of a table file.
func (b *Backup) leavesOfFile(leaf func(int64, []byte) error) error {
	return b.readTable(leafTable, func(columns []string, values []any) error {
		index, data := int64(-1), []byte(nil)
		for i, c := range columns {
			switch v := values[i].(type) {
			case int64:
				if c == "id" {
					index = v
				}
			case string:
				if c == "data" {
					data = []byte(v)
				}
			}
		}
		return leaf(index, data)
	})
}

// tree computes the tree of the backup's first n leaves, or of all.
func (b *Backup) tree(ctx context.Context, n int64) (head TreeHead, err error) {
	if b.Engine == "mysql" {
		return treeOf(b.leavesOfFile, n)
	}
	err = readCopy(ctx, b.path(databaseName), func(q queryer) error {
		head, err = treeOf(leavesOfRows(ctx, q), n)
		return err
	})
	return head, err
}

// verifyTree demands that the leaves make the tree of the manifest, and that
// the checkpoint in the backup is of the same log.
func (b *Backup) verifyTree(ctx context.Context) error {
	head, err := b.tree(ctx, -1)
	if err != nil {
		return err
	}
	if head != b.Tree {
		return fmt.Errorf("%w: the public record is not the manifest's", ErrBackupChanged)
	}
	text, err := b.Checkpoint()
	if err != nil || text == "" {
		return err
	}
	if err := b.Behind(ctx, text); err != nil {
		return fmt.Errorf("%w: %w", ErrBackupChanged, err)
	}
	return nil
}

// Behind compares the backup with a checkpoint that somebody has seen:
// ErrRollback where the backup has fewer leaves, ErrForked where it has others.
func (b *Backup) Behind(ctx context.Context, checkpoint string) error {
	_, known, err := ParseCheckpoint(checkpoint)
	if err != nil {
		return err
	}
	if known.Size > b.Tree.Size {
		return fmt.Errorf("%w: it has %d entries, and %d were seen", ErrRollback, b.Tree.Size, known.Size)
	}
	then, err := b.tree(ctx, known.Size)
	if err != nil {
		return err
	}
	if then != known {
		return fmt.Errorf("%w: at %d entries", ErrForked, known.Size)
	}
	return nil
}

// agrees demands that the rows go on from a checkpoint.
func agrees(ctx context.Context, q queryer, checkpoint string) error {
	_, known, err := ParseCheckpoint(checkpoint)
	if err != nil {
		return err
	}
	then, err := treeOf(leavesOfRows(ctx, q), known.Size)
	if err == nil && then != known {
		err = fmt.Errorf("%w: at %d entries", ErrForked, known.Size)
	}
	return err
}
