package verify

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

// A tile has 256 hashes, a bundle 256 entries (c2sp.org/tlog-tiles).
const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

// tileName gives the name of a tile or, for level "entries", of a bundle.
func tileName(level string, n int64, width int) string {
	s := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		s = fmt.Sprintf("x%03d/%s", n%1000, s)
	}
	s = "tile/" + level + "/" + s
	if width < tileWidth {
		s += fmt.Sprintf(".p/%d", width)
	}
	return s
}

// readTile reads a tile; where a partial one is gone because the full one
// replaced it, it gives the beginning of that.
func readTile(ctx context.Context, s Source, level int, n int64, width int) ([]byte, error) {
	b, err := read(ctx, s, tileName(strconv.Itoa(level), n, width))
	if errors.Is(err, ErrMissing) && width < tileWidth {
		if whole, err := read(ctx, s, tileName(strconv.Itoa(level), n, tileWidth)); err == nil && len(whole) >= width*tlog.HashSize {
			return whole[:width*tlog.HashSize], nil
		}
	}
	return b, err
}

// tileReader lets tlog prove things with the tiles of a source.
type tileReader struct {
	ctx    context.Context // tlog's interface has no place for it
	source Source
}

// Height implements tlog.TileReader.
func (tileReader) Height() int { return tileHeight }

// ReadTiles implements tlog.TileReader.
func (r tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(tiles))
	for i, t := range tiles {
		b, err := readTile(r.ctx, r.source, t.L, t.N, t.W)
		if err != nil {
			return nil, &unread{err}
		}
		if len(b) != t.W*tlog.HashSize {
			return nil, fmt.Errorf("tile %d/%d has %d bytes, not %d", t.L, t.N, len(b), t.W*tlog.HashSize)
		}
		out[i] = b
	}
	return out, nil
}

// SaveTiles implements tlog.TileReader.
func (tileReader) SaveTiles([]tlog.Tile, [][]byte) {}

// unread marks what could not be fetched, as against what does not agree.
type unread struct{ error }

func (u *unread) Unwrap() error { return u.error }

// bundle splits a bundle into entries: each has its length before it, two
// bytes, big-endian. The entries are parts of b.
func bundle(b []byte, width int) ([][]byte, error) {
	out := make([][]byte, 0, width)
	for len(b) > 0 && len(out) < width {
		if len(b) < 2 {
			return nil, errors.New("the bundle ends inside of a length")
		}
		n := int(binary.BigEndian.Uint16(b))
		if len(b) < 2+n {
			return nil, errors.New("the bundle ends inside of an entry")
		}
		out = append(out, b[2:2+n])
		b = b[2+n:]
	}
	if len(out) < width {
		return nil, fmt.Errorf("the bundle has %d entries, not %d", len(out), width)
	}
	return out, nil
}

// readBundle reads the entries n*256 … n*256+width-1.
func readBundle(ctx context.Context, s Source, n int64, width int) ([][]byte, error) {
	b, err := read(ctx, s, tileName("entries", n, width))
	if errors.Is(err, ErrMissing) && width < tileWidth {
		b, err = read(ctx, s, tileName("entries", n, tileWidth))
	}
	if err != nil {
		return nil, &unread{err}
	}
	return bundle(b, width)
}

// frontier is the least that is needed of a tree to let it grow: the roots of
// its full subtrees, largest first.
type frontier struct {
	size   int64
	hashes []tlog.Hash
}

// add appends a leaf's hash.
func (f *frontier) add(h tlog.Hash) {
	for n := f.size; n&1 == 1; n >>= 1 {
		last := len(f.hashes) - 1
		h = tlog.NodeHash(f.hashes[last], h)
		f.hashes = f.hashes[:last]
	}
	f.hashes = append(f.hashes, h)
	f.size++
}

// root gives the hash of the whole tree.
func (f *frontier) root() tlog.Hash {
	if f.size == 0 {
		h, _ := tlog.TreeHash(0, nil) // reads nothing
		return h
	}
	h := f.hashes[len(f.hashes)-1]
	for i := len(f.hashes) - 2; i >= 0; i-- {
		h = tlog.NodeHash(f.hashes[i], h)
	}
	return h
}

// frontierOf reads the frontier of a tree's first size leaves, proven by its root.
func frontierOf(tree tlog.Tree, size int64, r tlog.TileReader) (frontier, error) {
	f := frontier{size: size}
	var indexes []int64
	var at int64
	for b := bits.Len64(uint64(size)) - 1; b >= 0; b-- { //nolint:gosec // sizes are not negative
		if size&(1<<b) != 0 {
			indexes = append(indexes, tlog.StoredHashIndex(b, at>>b))
			at += 1 << b
		}
	}
	if len(indexes) == 0 {
		return f, nil
	}
	var err error
	f.hashes, err = tlog.TileHashReader(tree, r).ReadHashes(indexes)
	return f, err
}
