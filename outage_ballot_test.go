package main

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"cunwu/config"
	"cunwu/repository"
	"cunwu/service/ballot"
)

// castAnswer is what a voter was told of a cast under one key.
type castAnswer struct {
	voter  int
	status int
	body   string
}

// castFrom lets some of the voters cast at once, each under the key of its own.
func (h *hall) castFrom(path string, from, to int) []castAnswer {
	out := make([]castAnswer, to-from)
	var wg sync.WaitGroup
	for i := range out {
		wg.Go(func() {
			r := h.voters[from+i].post(path+"/casts", obj{"choices": []string{"yes"}}, "Idempotency-Key", "outage")
			out[i] = castAnswer{from + i, r.status, string(r.body)}
			if r.status == http.StatusServiceUnavailable && r.header.Get("Retry-After") == "" {
				h.anon.t.Errorf("voter %d is not told when to come again", from+i)
			}
		})
	}
	wg.Wait()
	return out
}

// sound holds what voters were told against the box: who was told yes is in it,
// with that tracker; nobody is in it twice; all in it are marked.
func (h *hall) sound(cfg config.Config, id string, told []castAnswer) {
	t := h.anon.t
	t.Helper()
	db, err := repository.Open(t.Context(), repository.Options{URL: cfg.DatabaseURL})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	r, err := db.Ballots().BallotRecord(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	box := map[string]bool{}
	if err := db.Ballots().BallotCasts(t.Context(), r.Number, func(c ballot.Cast) error { box[c.Tracker] = true; return nil }); err != nil {
		t.Fatal(err)
	}
	trackers := map[int]string{}
	for _, a := range told {
		if a.status != http.StatusOK {
			continue
		}
		var yes struct{ Tracker string }
		if err := json.Unmarshal([]byte(a.body), &yes); err != nil || !box[yes.Tracker] {
			t.Errorf("voter %d was told yes, and the box does not know of it: %s", a.voter, a.body)
		}
		if first, had := trackers[a.voter]; had && first != yes.Tracker {
			t.Errorf("voter %d was told of two casts", a.voter)
		}
		trackers[a.voter] = yes.Tracker
	}
	marked, err := db.Ballots().BallotMarked(t.Context(), r.Number, r.RollSize)
	if err != nil {
		t.Fatal(err)
	}
	if marked != len(box) || len(box) != len(trackers) {
		t.Errorf("%d told yes in the end, %d in the box, %d marked", len(trackers), len(box), marked)
	}
}

// away wants 503 of each, and nothing else.
func away(t *testing.T, told []castAnswer) {
	t.Helper()
	for _, a := range told {
		if a.status != http.StatusServiceUnavailable || !strings.Contains(a.body, "service.") {
			t.Errorf("voter %d, the database away: %d %s", a.voter, a.status, a.body)
		}
	}
}

// Another process holds the database of a server for longer than it waits: no
// vote is acknowledged, and who repeats with the key is counted once.
func TestCasts_DatabaseHeld(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t, tempData(t))
	h := start(t, cfg, func(o *appOptions) { o.pragmas = []string{"busy_timeout(100)"} }).hall(9)
	id, _ := h.question(nil)
	path := "/api/v1/ballots/" + id
	told := h.castFrom(path, 0, 3)
	other, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(cfg.DatabaseURL, "sqlite:")+"?_txlock=immediate&_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	tx, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	held := h.castFrom(path, 3, 9)
	away(t, held)
	h.voters[3].get(path).want(http.StatusOK) // reading goes on
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 15*time.Second, "casts are taken again", func() bool {
		again := h.castFrom(path, 0, 9)
		told = append(told, again...)
		for _, a := range again {
			if a.status != http.StatusOK {
				return false
			}
		}
		return true
	})
	h.sound(cfg, id, append(told, held...))
}

// The server of the database dies, or freezes, under casts: a vote that is
// acknowledged is there, one that is not may be, and a repeat tells.
func TestCasts_DatabaseAway(t *testing.T) {
	for name, mode := range map[string]int32{"Killed": shut, "Frozen": clogged} {
		t.Run(name, func(t *testing.T) {
			env, database, _ := distributed(t)
			cfg := testConfig(t, tempData(t), env...)
			h := start(t, cfg).hall(24)
			id, _ := h.question(nil)
			path := "/api/v1/ballots/" + id
			told := h.castFrom(path, 0, 4)
			// Some are on their way when it happens, others come later.
			during := make(chan []castAnswer)
			go func() { during <- h.castFrom(path, 4, 16) }()
			database.set(mode)
			told = append(told, <-during...)
			late := h.castFrom(path, 16, 24)
			away(t, late)
			database.set(flowing)
			eventually(t, 30*time.Second, "casts are taken again", func() bool {
				again := h.castFrom(path, 0, 24)
				told = append(told, again...)
				for _, a := range again {
					if a.status != http.StatusOK {
						return false
					}
				}
				return true
			})
			for _, a := range told {
				if a.status != http.StatusOK && a.status != http.StatusServiceUnavailable {
					t.Errorf("voter %d: %d %s", a.voter, a.status, a.body)
				}
			}
			h.sound(cfg, id, told)
		})
	}
}
