package main

import (
	"errors"
	"testing"
)

// Few kills here; docs/benchmarks.md has the numbers of many.
func TestKills(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and kills servers")
	}
	r, err := run(t.Context(), "", 3, 1)
	t.Log(r)
	if err != nil {
		t.Fatal(err)
	}
	if r.acknowledged < 100 || r.replays == 0 {
		t.Errorf("hardly any load: %s", r)
	}
}

// TestKills_BrokenServer: the harness finds a server that answers too early.
func TestKills_BrokenServer(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and kills servers")
	}
	r, err := run(t.Context(), "cunwu_broken_ack", 2, 1)
	t.Log(r)
	if !errors.Is(err, errBroken) || r.lost == 0 {
		t.Errorf("a server that answers before it commits was not found out: %s, %v", r, err)
	}
}
