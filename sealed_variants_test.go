//go:build !cunwu_broken

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestSealed_BrokenVariants takes out what keeps a choice off the wire's lengths,
// the memory and the files, and a person off the lists, one thing after the other,
// and shows that the test of it then fails.
func TestSealed_BrokenVariants(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("compiles the program once more")
	}
	bin := filepath.Join(t.TempDir(), "broken.test")
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-tags", "cunwu_broken", "-o", bin, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var env []string
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
	sound := map[string]error{} // every test once, with everything in place
	variants := map[string]string{
		"plain-text":  "TestSealed_LeavesNothingInMemory",
		"buffer":      "TestSealed_LeavesNothingInMemory",
		"label":       "TestSealed_SameForEveryChoice",
		"log-choice":  "TestSealed_SameForEveryChoice",
		"fingerprint": "TestSealed_Receipts",
		// Of the red and black list: what takes a person off, and what names one.
		"media.erasure":    "TestBoards_NoTrace",
		"redblack.erasure": "TestBoards_NoTrace",
		"redblack.names":   "TestBoards_RefusedSteps",
	}
	for _, test := range variants {
		if _, ran := sound[test]; !ran {
			sound[test] = run("", test)
		}
	}
	for check, test := range variants {
		t.Run(check, func(t *testing.T) {
			if err := sound[test]; err != nil {
				t.Fatalf("%s fails with every check in place: %v", test, err)
			}
			if err := run(check, test); err == nil {
				t.Errorf("%s passes without the check %q", test, check)
			}
		})
	}
}
