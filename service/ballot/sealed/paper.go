package sealed

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
)

// A paper backup is 56 letters in 14 groups of four: 32 bytes of seed and 3 of
// checksum in base32. The checksum is bound to seat and poll, so that the paper
// of another poll is told from a typing error of this one's by neither being
// taken.
const (
	checkSize  = 3
	groupSize  = 4
	groupsLine = 7
)

func paperCheck(seat int, definition [32]byte, seed []byte) []byte {
	sum := sha256.Sum256(slices.Concat([]byte("cunwu paper v1\x00"), []byte{byte(seat)}, definition[:], seed)) //nolint:gosec // 0 to 2
	return sum[:checkSize]
}

// Paper gives the backup to print: two lines of seven groups.
func Paper(seat int, definition [32]byte, seed []byte) string {
	letters := base32.StdEncoding.EncodeToString(slices.Concat(seed, paperCheck(seat, definition, seed)))
	var b strings.Builder
	for i := 0; i < len(letters); i += groupSize {
		switch n := i / groupSize; {
		case n > 0 && n%groupsLine == 0:
			b.WriteByte('\n')
		case n > 0:
			b.WriteByte(' ')
		}
		b.WriteString(letters[i : i+groupSize])
	}
	return b.String()
}

// ReadPaper reads what somebody typed from the paper: case, spaces and the
// figures 0, 1 and 8, which base32 does not have, do not matter.
func ReadPaper(seat int, definition [32]byte, typed string) ([]byte, error) {
	letters := strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\r', '\n', '-':
			return -1
		case '0':
			return 'O'
		case '1':
			return 'I'
		case '8':
			return 'B'
		}
		return r
	}, strings.ToUpper(typed))
	raw, err := base32.StdEncoding.DecodeString(letters)
	if err != nil || len(raw) != SeedSize+checkSize {
		return nil, fmt.Errorf("%w：纸质备份应是 14 组、每组 4 个字符", ErrFile)
	}
	seed := raw[:SeedSize]
	if !slices.Equal(paperCheck(seat, definition, seed), raw[SeedSize:]) {
		return nil, fmt.Errorf("%w：纸质备份抄错了字，或者不是这次表决、这个席位的", ErrFile)
	}
	return seed, nil
}
