// Command chaos kills a server under load, again and again, and checks that no
// acknowledged vote was lost, changed or counted twice:
//
//	go run ./scripts/chaos [-kills 200] [-tags TAGS] [-seed N]
//
// With -tags cunwu_broken_ack, which builds a server that answers before it
// commits, it must find losses: a harness that cannot fail shows nothing.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"cunwu/repository"
	"cunwu/scripts/crowd"
	"cunwu/service/ballot"
)

const (
	workers       = 24
	votersPerKill = 1500
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	kills := flag.Int("kills", 200, "how often the server is killed")
	tags := flag.String("tags", "", "build tags of the server")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "of the moments of killing")
	flag.Parse()
	report, err := run(ctx, *tags, *kills, *seed)
	stop()
	fmt.Println(report)
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

// verdicts of a run.
var errBroken = errors.New("an acknowledged vote was lost, changed or doubled")

// report is what a run saw.
type report struct {
	kills, acknowledged, voters, replays int
	lost, changed, doubled               int
	slowest                              time.Duration // to be ready again
}

// String prints the trials beside the failures.
func (r report) String() string {
	return fmt.Sprintf("%d kills, %d acknowledged casts of %d voters, %d repeats after a kill: %d lost, %d changed, %d doubled; ready again within %s",
		r.kills, r.acknowledged, r.voters, r.replays, r.lost, r.changed, r.doubled, r.slowest.Round(time.Millisecond))
}

// answer is an acknowledged cast as the client remembers it.
type answer struct {
	tracker, choice string
	key             string
}

// harness is one run.
type harness struct {
	binary, data, address string
	crowd                 crowd.Crowd
	dice                  *rand.Rand
	mu                    sync.Mutex
	acked                 map[int][]answer
	next                  int
	report                report
}

// run builds the server, kills it again and again, and compares.
func run(ctx context.Context, tags string, kills int, seed uint64) (report, error) {
	dir, err := os.MkdirTemp("", "cunwu-chaos.")
	if err != nil {
		return report{}, err
	}
	defer os.RemoveAll(dir)
	h := &harness{
		binary: filepath.Join(dir, "cunwu"), data: filepath.Join(dir, "data"), acked: map[int][]answer{},
		dice: rand.New(rand.NewPCG(seed, 1)),
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", tags, "-o", h.binary, "cunwu")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return report{}, fmt.Errorf("go build: %w: %s", err, out)
	}
	if h.crowd, err = crowd.Make(ctx, crowd.Options{URL: crowd.URL(h.data), Voters: kills * votersPerKill}); err != nil {
		return report{}, err
	}
	if h.address, err = freeAddress(ctx); err != nil {
		return report{}, err
	}
	for range kills {
		if err := h.round(ctx); err != nil {
			return h.report, err
		}
	}
	return h.report, h.compare(ctx)
}

// round starts the server, repeats some of what was acknowledged, loads it and
// kills it at a random moment.
func (h *harness) round(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, h.binary, "demo")
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "CUNWU_") }), crowd.Environment()...)
	cmd.Env = append(cmd.Env,
		"CUNWU_DATA="+h.data, "CUNWU_LISTEN="+h.address, "CUNWU_METRICS_LISTEN=127.0.0.1:0", "CUNWU_WRITES_PER_SECOND=0")
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	if err := h.waitReady(ctx); err != nil {
		return errors.Join(err, cmd.Process.Kill(), cmd.Wait())
	}
	h.report.slowest = max(h.report.slowest, time.Since(started))
	h.repeat(ctx)
	loading, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() { h.load(loading) })
	}
	time.Sleep(100*time.Millisecond + time.Duration(h.dice.IntN(500))*time.Millisecond)
	err := cmd.Process.Kill()
	stop()
	wg.Wait()
	_ = cmd.Wait() // it was killed, and says so
	h.report.kills++
	return err
}

func (h *harness) waitReady(ctx context.Context) error {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+h.address+"/readyz", nil)
		if err != nil {
			return err
		}
		if r, err := client.Do(q); err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return nil
			}
		}
	}
	return errors.New("the server did not become ready")
}

var client = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 3 * workers}}

// load takes voters, one after the other. Each submits three times at once: a
// vote, the same again with its key, and another choice.
func (h *harness) load(ctx context.Context) {
	for ctx.Err() == nil {
		h.mu.Lock()
		who := h.next
		h.next++
		h.mu.Unlock()
		if who >= len(h.crowd.Tokens) {
			return
		}
		var wg sync.WaitGroup
		for _, try := range []answer{{key: "a", choice: "yes"}, {key: "a", choice: "yes"}, {key: "b", choice: "no"}} {
			wg.Go(func() {
				if tracker, ok := h.cast(ctx, who, try); ok {
					try.tracker = tracker
					h.mu.Lock()
					h.acked[who] = append(h.acked[who], try)
					h.mu.Unlock()
				}
			})
		}
		wg.Wait()
	}
}

// cast reports whether the server acknowledged.
func (h *harness) cast(ctx context.Context, who int, a answer) (tracker string, ok bool) {
	body := fmt.Appendf(nil, `{"choices":[%q]}`, a.choice)
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+h.address+"/api/v1/ballots/"+h.crowd.Ballot+"/casts", bytes.NewReader(body))
	if err != nil {
		return "", false
	}
	q.Header.Set("Authorization", "Bearer "+h.crowd.Tokens[who])
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Idempotency-Key", a.key)
	r, err := client.Do(q)
	if err != nil {
		return "", false
	}
	defer func() { _ = r.Body.Close() }()
	var out struct {
		Tracker  string `json:"tracker"`
		Recorded bool   `json:"recorded"`
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK || json.Unmarshal(raw, &out) != nil {
		return "", false
	}
	return out.Tracker, out.Recorded
}

// repeat asks again, with their keys, for some casts that were acknowledged
// before the kill: the answer must be the first one.
func (h *harness) repeat(ctx context.Context) {
	n := 0
	for who, as := range h.acked {
		if n++; n > 20 {
			return
		}
		h.report.replays++
		if tracker, ok := h.cast(ctx, who, as[0]); !ok || tracker != as[0].tracker {
			h.report.changed++
		}
	}
}

// compare holds what was acknowledged against what is in the box, by tracker:
// as a stranger would with the export.
func (h *harness) compare(ctx context.Context) (err error) {
	db, err := repository.Open(ctx, repository.Options{URL: crowd.URL(h.data)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	box := map[string]string{}
	if err := db.Ballots().BallotCasts(ctx, h.crowd.Number, func(c ballot.Cast) error {
		box[c.Tracker] = c.Pattern
		return nil
	}); err != nil {
		return err
	}
	if h.report.voters = len(h.acked); h.report.voters == 0 {
		return errors.New("nothing was acknowledged: the server was killed without load, which shows nothing")
	}
	for _, as := range h.acked {
		h.report.acknowledged += len(as)
		for _, a := range as {
			switch choice, in := box[a.tracker]; {
			case a.tracker != as[0].tracker:
				h.report.doubled++
			case !in:
				h.report.lost++
			case choice != a.choice:
				h.report.changed++
			}
		}
	}
	marked, err := db.Ballots().BallotMarked(ctx, h.crowd.Number, len(h.crowd.Tokens))
	if err != nil {
		return err
	}
	if marked != len(box) {
		return fmt.Errorf("%d marked on the roll, %d in the box: %w", marked, len(box), errBroken)
	}
	if h.report.lost+h.report.changed+h.report.doubled > 0 {
		return errBroken
	}
	return nil
}

func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}
