package ballot_test

import (
	"fmt"
	"slices"
	"testing"

	"cunwu/repository/dbtest"
	"cunwu/service/ballot"
	"cunwu/service/ballot/sealed"
)

// Sealed casts of one group: of who casts more than once, now or before, the last
// stands and the trackers of all stay, numbered in their order.
func TestSealed_Group(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		v := newVillage(t, db, 130)
		s := v.openSealed()
		want := map[string][]string{} // resident, trackers in order
		last := map[string][]byte{}
		group := func(residents ...int) {
			t.Helper()
			var casts []ballot.CastRequest
			for _, i := range residents {
				b, who := s.seal(i%3), fmt.Sprintf("resident%04d", i)
				tracker := sealed.TrackerText(sealed.Tracker(b))
				casts = append(casts, ballot.CastRequest{
					Ballot: s.number(), Resident: who, Origin: ballot.Online, Sealed: b, SealedBy: ballot.ByPhone, Tracker: tracker,
				})
				want[who], last[who] = append(want[who], tracker), b
			}
			for i, o := range db.Ballots().CastAll(t.Context(), casts) {
				if o.Err != nil || o.Tracker != casts[i].Tracker || o.SealedBy != ballot.ByPhone {
					t.Fatalf("%d: %+v", i, o)
				}
			}
		}
		first := []int{}
		for i := range 100 {
			first = append(first, i)
		}
		group(first...)
		group(append([]int{3, 120, 3, 4, 3}, first[90:]...)...)
		group(120, 121)

		k, err := db.Ballots().BallotSealed(t.Context(), s.number())
		if err != nil {
			t.Fatal(err)
		}
		stands, replaced := map[string]int{}, 0
		for _, c := range k {
			who, ok := "", false
			for name, trackers := range want {
				if at := slices.Index(trackers, sealed.TrackerText([32]byte(c.Tracker))); at >= 0 {
					who, ok = name, c.N == at+1
					if (c.Ballot != nil) != (at == len(trackers)-1) || c.Ballot != nil && !slices.Equal(c.Ballot, last[name]) {
						t.Errorf("%s, cast %d of %d: it stands: %v", name, at+1, len(trackers), c.Ballot != nil)
					}
				}
			}
			if !ok {
				t.Errorf("cast %d of %q", c.N, who)
			}
			if c.Ballot != nil {
				stands[who]++
			} else {
				replaced++
			}
		}
		if len(stands) != 102 || replaced != 3+1+10+1 || len(k) != 102+replaced {
			t.Errorf("%d stand, %d replaced, %d in all", len(stands), replaced, len(k))
		}
	})
}
