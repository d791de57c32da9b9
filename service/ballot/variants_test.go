//go:build !cunwu_broken

package ballot_test

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
	run := func(check, test string) error {
		cmd := exec.CommandContext(t.Context(), bin, "-test.run", "^"+test+"$")
		cmd.Env = slices.Concat(env, []string{"CUNWU_BROKEN=" + check}) // a copy: several run at once
		return cmd.Run()
	}
	for check, test := range map[string]string{
		"one-of-three":     "TestSealed_AllPairsAgree",
		"agree":            "TestSealed_PairsThatDiffer",
		"second-run":       "TestSealed_ServerRefuses",
		"second-list":      "TestSealed_ServerRefuses",
		"second-batch":     "TestSealed_ServerRefuses",
		"unsealed-salt":    "TestSealed_UnsealedLeafHides",
		"box-counted-only": "TestSealed_Box",
		"keeper-admin":     "TestSealed_AdminsKeepNoKeys",
		"few":              "TestSealed_FewAreVoid",
		"scrub":            "TestSealed_ErasedFromFiles",
		"one-statement":    "TestSealed_ErasedFromFiles",
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
