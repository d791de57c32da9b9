package prepared

import (
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"cunwu/service/region"
)

// What changes of a subject drops that subject's pages of the place and of all
// above it, and no other page; what changes of a place drops both.
func TestChangedOf(t *testing.T) {
	t.Parallel()
	places := []region.Code{"51", "5108", yanjing, liushu}
	both := []string{"", "ranking"}
	c := newCache(t, Options{Subjects: both[1:], Shared: newMemoryShared()})
	for clash(c, both, places) { // by chance, which costs a load and nothing else
		c = newCache(t, Options{Subjects: both[1:], Shared: newMemoryShared()})
	}
	v := newVillage()
	fresh := func(subject string, code region.Code) bool {
		t.Helper()
		before := v.loads.Load()
		if _, _, err := c.Get(t.Context(), Of(subject, string(code)), "page", v.load(code)); err != nil {
			t.Fatal(err)
		}
		return v.loads.Load() == before
	}
	warm := func() {
		for _, p := range places {
			for _, s := range both {
				fresh(s, p)
			}
		}
	}
	for _, x := range []struct {
		change func()
		stays  func(subject string, p region.Code) bool
	}{
		{func() { c.ChangedOf("ranking", yanjing) }, func(s string, p region.Code) bool { return s == "" || p == liushu }},
		{func() { c.ChangedOf("ranking") }, func(string, region.Code) bool { return true }},
		{func() { c.Changed(yanjing) }, func(_ string, p region.Code) bool { return p == liushu }},
		{func() { c.Changed("") }, func(string, region.Code) bool { return false }},
	} {
		eventually(t, "drops are carried", func() bool { codes, _ := c.drops.batch(); return len(codes) == 0 })
		warm()
		x.change()
		eventually(t, "drops are carried", func() bool { codes, _ := c.drops.batch(); return len(codes) == 0 })
		for _, p := range places {
			for _, s := range both {
				k := pageKey{Of(s, string(p)), "page"}
				kept, ok := c.pages.GetIfPresent(k)
				if !ok {
					t.Fatalf("%v was never prepared", k)
				}
				if got := kept.answer.Load().current(); got != x.stays(s, p) {
					t.Errorf("%q of %s is current: %t", s, p, got)
				}
			}
		}
	}
}

// clash reports whether two of the names share a counter.
func clash(c *Cache, subjects []string, places []region.Code) bool {
	seen := map[*atomic.Uint64]bool{}
	for _, s := range subjects {
		for _, p := range append([]region.Code{"", "510821", "510821102"}, places...) {
			seen[c.gens.of(Of(s, string(p)))] = true
		}
	}
	return len(seen) < len(subjects)*(len(places)+3)
}

// No subject's place is another's, nor a place itself.
func TestOf(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.StringMatching(`[0-9]{2,14}`).Draw(t, "code")
		if Of("", code) != code || region.Code(Of("ranking", code)).Valid() || Of("ranking", code) == Of("other", code) {
			t.Fatal(code)
		}
	})
}
