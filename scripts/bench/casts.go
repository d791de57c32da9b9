package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"cunwu/scripts/crowd"
)

const (
	castVoters      = 20_000
	castAlone       = 5_000 // one transaction per cast is slow
	castConnections = 64
)

// casts measures acknowledged votes over HTTP with every check on (session,
// roll, state and time, Idempotency-Key, double vote), SQLite with every commit
// synced: committed in groups, and by the same server with a transaction each.
func (b *bench) casts(ctx context.Context) error {
	alone := filepath.Join(b.dir, "cunwu.alone")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags", "cunwu_cast_alone", "-o", alone, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w: %s", err, out)
	}
	t := &table{
		title: fmt.Sprintf("Voting: acknowledged casts over HTTP, SQLite synchronous=FULL, %d connections, Idempotency-Key on each", castConnections),
		head:  []string{"commits", "casts", "casts/s", "median ms", "p99 ms", "server CPU µs/cast", "promise", ""},
	}
	many, err := b.castRun(ctx, b.binary, castVoters)
	if err != nil {
		return err
	}
	one, err := b.castRun(ctx, alone, castAlone)
	if err != nil {
		return err
	}
	t.add("in groups", strconv.Itoa(castVoters), fmt.Sprintf("%.0f", many.rate), millis(many.at(50)), millis(many.at(99)), micros(many.cpu), "≥ 8,000, p99 ≤ 100 ms",
		verdict(many.rate >= 8000 && many.at(99) <= 100*time.Millisecond))
	t.add("one each", strconv.Itoa(castAlone), fmt.Sprintf("%.0f", one.rate), millis(one.at(50)), millis(one.at(99)), micros(one.cpu), "", "")
	t.add("ratio", "", fmt.Sprintf("%.1f", many.rate/one.rate), "", "", "", "≥ 2", verdict(many.rate >= 2*one.rate))
	t.print(b.out)
	return nil
}

// castFigures are the rate and the sorted times of answers.
type castFigures struct {
	rate  float64
	times []time.Duration
	cpu   time.Duration // of the server, for one cast
}

func micros(d time.Duration) string { return strconv.FormatInt(d.Microseconds(), 10) }

// cpuTime gives what a process has used of the processors, in steps of 10 ms.
func cpuTime(pid int) time.Duration {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	var ticks int64
	for _, f := range fields[11:13] { // utime and stime of proc(5)
		n, _ := strconv.ParseInt(f, 10, 64) // not a number: nothing
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

func (f castFigures) at(percent int) time.Duration { return f.times[(len(f.times)-1)*percent/100] }

// castRun lets n voters cast once each at a fresh server.
func (b *bench) castRun(ctx context.Context, binary string, n int) (castFigures, error) {
	data, err := os.MkdirTemp(b.dir, "casts")
	if err != nil {
		return castFigures{}, err
	}
	progress("making %d voters", n)
	c, err := crowd.Make(ctx, crowd.URL(data), n)
	if err != nil {
		return castFigures{}, err
	}
	own := *b
	own.binary = binary
	p, err := own.startDemo(ctx, data)
	if err != nil {
		return castFigures{}, err
	}
	defer func() { _ = p.stop() }()
	progress("casting")
	before := cpuTime(p.cmd.Process.Pid)
	f, err := castAll(ctx, p.app, c)
	f.cpu = (cpuTime(p.cmd.Process.Pid) - before) / time.Duration(n)
	return f, err
}

func castAll(ctx context.Context, host string, c crowd.Crowd) (castFigures, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	times := make([]time.Duration, len(c.Tokens))
	var next atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for range castConnections {
		wg.Go(func() {
			if err := castConnection(ctx, host, c, &next, times); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	took := time.Since(start)
	slices.Sort(times)
	return castFigures{rate: float64(len(times)) / took.Seconds(), times: times}, context.Cause(ctx)
}

func castConnection(ctx context.Context, host string, c crowd.Crowd, next *atomic.Int64, times []time.Duration) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", host)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	in := bufio.NewReaderSize(conn, 4<<10)
	var q []byte
	for {
		n := int(next.Add(1)) - 1
		if n >= len(c.Tokens) {
			return nil
		}
		body := `{"choices":["yes"]}`
		q = fmt.Appendf(q[:0], "POST /api/v1/ballots/%s/casts HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nIdempotency-Key: k%d\r\nContent-Length: %d\r\n\r\n%s",
			c.Ballot, host, c.Tokens[n], n, len(body), body)
		start := time.Now()
		if _, err := conn.Write(q); err != nil {
			return err
		}
		status, err := readAnswer(in)
		if err != nil {
			return err
		}
		if status != 200 {
			return fmt.Errorf("cast %d: answer %d", n, status)
		}
		times[n] = time.Since(start)
	}
}
