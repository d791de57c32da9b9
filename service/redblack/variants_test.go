//go:build !cunwu_broken

package redblack_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestBrokenVariants takes out one check after the other and shows that the test
// of that check then fails: a test that passes without what it tests is a defect.
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
	var env []string // on one engine
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "CUNWU_TEST_") {
			env = append(env, e)
		}
	}
	for check, test := range map[string]string{
		"redblack.names":    "TestProperty_NoNameWithoutItsConditions",
		"redblack.expiry":   "TestBlack_ListedAndExpired",
		"redblack.erasure":  "TestRemoval_LeavesNoTrace",
		"redblack.relative": "TestCouncil_AndRepresentatives",
		"redblack.veil":     "TestRemoval_LeavesNoTrace",
	} {
		t.Run(check, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), bin, "-test.run", "^"+test+"$")
			cmd.Env = slices.Concat(env, []string{"CUNWU_BROKEN=" + check})
			if out, err := cmd.CombinedOutput(); err == nil {
				t.Errorf("%s passes without the check %q\n%s", test, check, out)
			}
		})
	}
}
