//go:build !cunwu_broken

package sealed

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestBrokenVariants takes out one check after the other and shows that the
// test of that check then fails: a test that passes without what it tests is a
// defect.
func TestBrokenVariants(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("compiles the package once more")
	}
	bin := filepath.Join(t.TempDir(), "broken.test")
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-tags", "cunwu_broken", "-o", bin, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	run := func(check, test string) error {
		cmd := exec.CommandContext(t.Context(), bin, "-test.run", "^"+test+"$")
		cmd.Env = append(os.Environ(), "CUNWU_BROKEN="+check)
		return cmd.Run()
	}
	for check, test := range map[string]string{
		"sort":         "TestOrderIsForgotten",
		"commitment":   "TestChangedBatchesAreRefused",
		"copies":       "TestCopiesCountOnce",
		"context":      "TestBallotsOfOtherPollsAreBad",
		"layers":       "TestLayersAndPairsAreBound",
		"padding":      "TestMarkedFramesAreInvalid",
		"crosses":      "TestTwoCrossesAreInvalid",
		"first-counts": "TestLastCastCounts",
		"low-order":    "TestKeysThatMustBeRefused",
		"randomness":   "TestSeedsThatMustBeRefused",
		"least":        "TestFewBallotsStayShut",
		"loss":         "TestManyLostAskForASecondRun",
		"second-batch": "TestSecondBatchesAreRefused",
		"pair":         "TestChangedPairsAreRefused",
		"numbers":      "TestWrongNumbersAreRefused",
		"signature":    "TestForgedListsAreRefused",
		"two-pairs":    "TestPairsThatDiffer",
		"timing":       "TestSealing_TakesTheSameTime",
	} {
		t.Run(check, func(t *testing.T) {
			t.Parallel()
			if err := run("", test); err != nil {
				t.Fatalf("%s fails with every check in place: %v", test, err)
			}
			if err := run(check, test); err == nil {
				t.Errorf("%s passes without the check %q", test, check)
			}
		})
	}
}
