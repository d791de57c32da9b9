package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
)

// A cursor is a position bound to the list it came from: eight bytes of
// position and four of a digest over list and position. It is not a secret; the
// digest refuses cursors of other lists and made-up ones.

func makeCursor(list string, pos int64) string {
	if pos == 0 {
		return ""
	}
	var b [12]byte
	binary.BigEndian.PutUint64(b[:8], uint64(pos)) //nolint:gosec // positions are positive
	copy(b[8:], cursorSum(list, b[:8]))
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func readCursor(list, cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(b) != 12 || string(cursorSum(list, b[:8])) != string(b[8:]) {
		return 0, errCursor.At("query.cursor", "翻页标记不对")
	}
	pos := int64(binary.BigEndian.Uint64(b[:8])) //nolint:gosec // written by makeCursor
	if pos <= 0 {
		return 0, errCursor.At("query.cursor", "翻页标记不对")
	}
	return pos, nil
}

func cursorSum(list string, pos []byte) []byte {
	h := sha256.New()
	_, _ = h.Write([]byte(list)) // a hash never fails to write
	_, _ = h.Write(pos)
	return h.Sum(nil)[:4]
}
