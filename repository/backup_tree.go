package repository

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// leafTable holds the leaves of the public record.
const leafTable = "log_leaves"

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
// subtree, so it stays small.
type growing struct {
	size  int64
	peaks []tlog.Hash
}

func (g *growing) add(leaf []byte) {
	h := tlog.RecordHash(leaf)
	for n := g.size; n&1 == 1; n >>= 1 {
		h = tlog.NodeHash(g.peaks[len(g.peaks)-1], h)
		g.peaks = g.peaks[:len(g.peaks)-1]
	}
	g.peaks = append(g.peaks, h)
	g.size++
}

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
	var g growing
	err := each(func(index int64, data []byte) error {
		if n >= 0 && g.size >= n {
			return errEnough
		}
		if index != g.size {
			return fmt.Errorf("%w: leaf %d stands at %d", ErrBackupChanged, index, g.size)
		}
		g.add(data)
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return TreeHead{}, err
	}
	return g.head()
}

// leavesOfRows hands out the leaves of a database.
func leavesOfRows(ctx context.Context, q queryer) func(func(int64, []byte) error) error {
	return func(leaf func(int64, []byte) error) (err error) {
		rows, err := q.QueryContext(ctx, "SELECT leaf_index, data FROM "+leafTable+" ORDER BY leaf_index")
		if err != nil {
			return fmt.Errorf("read the public record: %w", err)
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var index int64
			var data []byte
			if err := rows.Scan(&index, &data); err != nil {
				return fmt.Errorf("read the public record: %w", err)
			}
			if err := leaf(index, data); err != nil {
				return err
			}
		}
		return rows.Err()
	}
}

// leavesOfFile hands out the leaves of a table file.
func (b *Backup) leavesOfFile(leaf func(int64, []byte) error) error {
	return b.readTable(leafTable, func(columns []string, values []any) error {
		index, data := int64(-1), []byte(nil)
		for i, c := range columns {
			switch v := values[i].(type) {
			case int64:
				if c == "leaf_index" {
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
