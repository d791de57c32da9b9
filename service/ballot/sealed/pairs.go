package sealed

import (
	"fmt"
	"slices"
)

// Agree compares the openings by all three pairs, where the definition asked for
// that beforehand. One keeper who cheats makes two tallies differ from the third;
// so does one voter with a client that seals three different ballots, which is
// why a difference proves nothing against anybody. Where they differ, nothing is
// published but by how much: the tallies would show one voter's choice.
func Agree(tallies map[Pair]Tally) error {
	ab, ac, bc := tallies[AB], tallies[AC], tallies[BC]
	if len(tallies) != pairs && !broken("two-pairs") {
		return fmt.Errorf("%w：三对都开了才能比较", ErrRefused)
	}
	most := max(difference(ab, ac), difference(ab, bc), difference(ac, bc))
	if broken("two-pairs") {
		most = difference(ab, ac)
	}
	if most > 0 {
		return fmt.Errorf("%w：三对开出的结果相差 %d 票，不公布票数，改用纸质票重投", ErrRefused, most)
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
