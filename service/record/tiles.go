package record

import (
	"context"
	"encoding/binary"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	// tileHeight is log2 of TileWidth, fixed by the format.
	tileHeight = 8
	// TileWidth is the number of hashes in a full tile and of leaves in a full
	// bundle (c2sp.org/tlog-tiles).
	TileWidth = 1 << tileHeight
	// maxLevel and maxTile keep the arithmetic of indexes within 63 bits.
	maxLevel = 5
	maxTile  = 1 << 48
)

// Tile gives the width hashes of the n-th tile of a level: a full tile has
// TileWidth, a partial one fewer. ErrNotFound where the log has not as many.
func (s *Service) Tile(ctx context.Context, level int, n int64, width int) ([]byte, error) {
	if level < 0 || level > maxLevel || !inTree(n, width) || n >= maxTile>>(tileHeight*level) {
		return nil, ErrNotFound
	}
	indexes := make([]int64, width)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(level*tileHeight, n*TileWidth+int64(i))
	}
	hashes, err := s.store.Hashes(ctx, indexes)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, width*tlog.HashSize)
	for _, h := range hashes {
		out = append(out, h[:]...)
	}
	return out, nil
}

// Entries gives the n-th bundle of leaves, width of them, each after its length
// in two bytes, big-endian. ErrNotFound where the log has not as many.
func (s *Service) Entries(ctx context.Context, n int64, width int) ([]byte, error) {
	if !inTree(n, width) {
		return nil, ErrNotFound
	}
	leaves, err := s.store.Leaves(ctx, n*TileWidth, width)
	if err != nil {
		return nil, err
	}
	if len(leaves) != width {
		return nil, ErrNotFound
	}
	var out []byte
	for _, leaf := range leaves {
		out = binary.BigEndian.AppendUint16(out, uint16(len(leaf))) //nolint:gosec // at most MaxLeaf
		out = append(out, leaf...)
	}
	return out, nil
}

func inTree(n int64, width int) bool {
	return n >= 0 && n < maxTile && width >= 1 && width <= TileWidth
}
