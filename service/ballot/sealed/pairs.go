package sealed

import (
	"errors"
	"fmt"
	"slices"
)

// DiffersError says by how many ballots the openings by three pairs differ, and
// nothing more: the tallies would show one voter's choice. It is ErrRefused.
type DiffersError struct{ By int }

// Error implements error.
func (e *DiffersError) Error() string {
	return fmt.Sprintf("%v：三对开出的结果相差 %d 票，不公布票数，改用纸质票重投", ErrRefused, e.By)
}

// Unwrap gives ErrRefused.
func (e *DiffersError) Unwrap() error { return ErrRefused }

// errPairs: fewer than three openings are no comparison, since two share a member.
var errPairs = errors.New("三对都开了才能比较")

// Agree compares the openings by all three pairs, where the definition asked for
// that beforehand. One keeper who cheats makes two tallies differ from the third;
// so does one voter with a client that seals three different ballots, which is
// why a difference proves nothing against anybody. A difference is *DiffersError.
func Agree(tallies map[Pair]Tally) error {
	ab, ac, bc := tallies[AB], tallies[AC], tallies[BC]
	if len(tallies) != pairs && !broken("two-pairs") {
		return fmt.Errorf("%w：%w", ErrRefused, errPairs)
	}
	most := max(difference(ab, ac), difference(ab, bc), difference(ac, bc))
	if broken("two-pairs") {
		most = difference(ab, ac)
	}
	if most > 0 {
		return &DiffersError{By: most}
	}
	return nil
}

// difference is by how many ballots two tallies differ, at least 1 if they do.
func difference(a, b Tally) int {
	if len(a.Values) != len(b.Values) {
		return max(a.Counted, b.Counted, 1)
	}
	most := max(a.Counted-b.Counted, b.Counted-a.Counted)
	for i := range a.Values {
		if slices.Equal(a.Values[i], b.Values[i]) {
			continue
		}
		for v := range min(len(a.Values[i]), len(b.Values[i])) {
			most = max(most, a.Values[i][v]-b.Values[i][v], b.Values[i][v]-a.Values[i][v])
		}
		most = max(most, 1)
	}
	return most
}
