package sealed

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Deliberately wrong bundles, each made from the right one by a change of a few
// characters: what a test of the phone's side would let pass, if it could.
func TestPhone_BrokenVariants(t *testing.T) {
	t.Parallel()
	right, err := os.ReadFile("../../../client/seal/dist/seal.js")
	if err != nil {
		t.Fatal(err)
	}
	const (
		test    = `if(!Yt())throw new Error("seal: self-test failed");`
		repeats = `if(new Set(n.map(String)).size!==6||n.some(Ee))throw new Error("seal: the random source repeats");`
		twice   = `if(e.length!==3||new Set(e.map(String)).size!==3)throw new Error("seal: not three different keys");`
		one     = `et(h,Uint8Array.of(d,1))`
		two     = `et(h,Uint8Array.of(d,2))`
	)
	for name, c := range map[string]struct {
		notices func(*testing.T, string) bool
		changes []string // old, new, ...
	}{
		"HKDF label, self-test":     {failsSelfTest, []string{`"shared_secret"`, `"shared_sekret"`}},
		"HKDF label, no self-test":  {sealsWhatDoesNotOpen, []string{`"shared_secret"`, `"shared_sekret"`, test, ""}},
		"layers swapped":            {sealsWhatDoesNotOpen, []string{one, "@", two, one, "@", two}},
		"one trustee twice":         {sealsWhatDoesNotOpen, []string{"Lt(e[c]," + one, "Lt(e[l]," + one}},
		"order of keys":             {sealsWhatDoesNotOpen, []string{"[[0,1],[0,2],[1,2]]", "[[1,0],[2,0],[2,1]]"}},
		"poll not in the envelope":  {sealsWhatDoesNotOpen, []string{one, "Uint8Array.of(d,1)", two, "Uint8Array.of(d,2)"}},
		"layer not in the envelope": {sealsWhatDoesNotOpen, []string{one, "et(h,Uint8Array.of(d))"}},
		"pair not in the envelope":  {sealsWhatDoesNotOpen, []string{two, "et(h,Uint8Array.of(2))"}},
		"repeating random bytes":    {sealsAnyway, []string{repeats, ""}},
		"one key twice":             {sealsAnyway, []string{twice, ""}},
		"a key of low order":        {sealsAnyway, []string{"mt(t,i,!0)", "mt(t,i,!1)"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wrong := string(right)
			for pair := range slices.Chunk(c.changes, 2) {
				if strings.Count(wrong, pair[0]) != 1 {
					t.Fatalf("%q is not once in the bundle: change this test with it", pair[0])
				}
				wrong = strings.Replace(wrong, pair[0], pair[1], 1)
			}
			bundle := filepath.Join(t.TempDir(), "seal.js")
			if err := os.WriteFile(bundle, []byte(wrong), 0o600); err != nil {
				t.Fatal(err)
			}
			if !c.notices(t, bundle) {
				t.Error("nobody notices")
			}
		})
	}
}

func failsSelfTest(t *testing.T, bundle string) bool {
	t.Helper()
	return !slices.Equal(phoneOf(t, bundle, "self-test"), []string{"true"})
}

// sealsWhatDoesNotOpen reports whether none of the ballots counts for every pair.
func sealsWhatDoesNotOpen(t *testing.T, bundle string) bool {
	t.Helper()
	h := newHouse(t)
	args := []string{"seal", hexOf(h.poll.Definition[:]), hexOf(h.poll.Keys[0], h.poll.Keys[1], h.poll.Keys[2])}
	batch := h.box(3, 3, 0) // good ones beside
	for _, line := range phoneOf(t, bundle, append(args, "010000", "000100", "000001")...) {
		b, err := hex.DecodeString(strings.Fields(line)[0])
		if err != nil || len(b) != BallotSize {
			t.Fatalf("%d bytes: %v", len(b), err)
		}
		batch = append(batch, b)
	}
	inner, err := h.trustees[0].Peel(h.poll, AC, batch, h.poll.Commit(KindBatch, batch), least)
	if err != nil {
		t.Fatal(err)
	}
	got, err := h.trustees[2].Open(h.poll, AC, inner, len(batch), h.poll.Commit(KindPeeled, inner), least, true)
	if err != nil {
		t.Fatal(err)
	}
	return got.Counted == 6 && got.Bad == 3
}

func sealsAnyway(t *testing.T, bundle string) bool {
	t.Helper()
	return slices.ContainsFunc(phoneOf(t, bundle, "refuse"), func(line string) bool { return strings.HasSuffix(line, ": SEALED") })
}
