package api

import (
	"testing"

	"pgregory.net/rapid"

	"cunwu/service/ranking"
)

// A place comes back from its cursor as it went in, and from no other list's.
func TestPlaceCursor(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := ranking.Place{
			Before: rapid.Int64Range(1, 1<<40).Draw(t, "before"), Rank: rapid.Int64Range(1, 1<<40).Draw(t, "rank"),
			Figure: rapid.Int64Range(0, 1<<40).Draw(t, "figure"), Listed: rapid.Int64Range(0, 1<<45).Draw(t, "listed"),
			ID: rapid.StringMatching(`[a-z0-9]{1,64}`).Draw(t, "id"),
		}
		c := makePlace("one", &p)
		if got, err := readPlace("one", c); err != nil || *got != p {
			t.Fatalf("%+v: %+v, %v", p, got, err)
		}
		if got, err := readPlace("other", c); err == nil {
			t.Fatalf("another list's cursor: %+v", got)
		}
	})
	if p, err := readPlace("one", ""); p != nil || err != nil {
		t.Errorf("no cursor: %v, %v", p, err)
	}
}

func FuzzReadPlace(f *testing.F) {
	f.Add(makePlace("list", &ranking.Place{Before: 20, Rank: 19, Figure: 3, Listed: 1, ID: "abc"}))
	f.Add("")
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, cursor string) {
		p, err := readPlace("list", cursor)
		if err == nil && p != nil && makePlace("list", p) != cursor {
			t.Errorf("%q is read as %+v", cursor, p)
		}
	})
}
