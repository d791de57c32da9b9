package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"cunwu/scripts/crowd"
)

const (
	castVoters      = 30_000
	castAlone       = 5_000 // one transaction per cast is slow
	castPlain       = 5_000 // and so is sealing
	castConnections = 64
)

// castMode is one way of taking casts that is measured.
type castMode struct {
	kind   string // open, sealed-client, sealed-server
	db     string // sqlite, mysql
	mode   string // grouped, alone
	voters int
	rate   float64 // that is promised; 0 for none
}

func (m castMode) String() string {
	return map[string]string{"open": "open", "sealed-client": "sealed on the phone", "sealed-server": "sealed in the server's memory"}[m.kind] +
		", " + map[string]string{"sqlite": "SQLite FULL", "mysql": "MySQL protocol"}[m.db] +
		", " + map[string]string{"grouped": "in groups", "alone": "one transaction each"}[m.mode]
}

// castModes are the five figures that are promised, and what the first is
// compared with.
var castModes = []castMode{
	{"open", "sqlite", "grouped", castVoters, 8000},
	{"open", "sqlite", "alone", castAlone, 0},
	{"open", "mysql", "grouped", castVoters, 6000},
	{"sealed-client", "sqlite", "grouped", castVoters, 6000},
	{"sealed-server", "sqlite", "grouped", castPlain, 1000},
}

// castChoice is what of it the command line asked for; empty means all.
type castChoice struct {
	kind, db, mode, profile string
	million                 bool
	votes                   int
}

func (c castChoice) takes(m castMode) bool {
	return (c.kind == "" || c.kind == m.kind) && (c.db == "" || c.db == m.db) && (c.mode == "" || c.mode == m.mode)
}

// castsP99 is the promise for the slowest of a hundred answers of the first.
const castsP99 = 100 * time.Millisecond

// casts measures acknowledged votes over HTTP with every check on (session,
// roll, state and time, Idempotency-Key, double vote): each voter has a session
// that the server has not seen before, and casts once.
func (b *bench) casts(ctx context.Context) error {
	if b.cast.million {
		return b.millionCasts(ctx)
	}
	t := &table{
		title: fmt.Sprintf("Voting: acknowledged casts over HTTP, %d connections, Idempotency-Key on each", castConnections),
		head:  []string{"ballot", "casts", "casts/s", "median ms", "p99 ms", "server CPU s/1000", "generator CPU s/1000", "promise", ""},
	}
	rates := map[string]float64{}
	modes := slices.DeleteFunc(slices.Clone(castModes), func(m castMode) bool { return !b.cast.takes(m) })
	for _, m := range modes {
		if m.db == "mysql" && os.Getenv("CUNWU_TEST_MYSQL_URL") == "" {
			progress("CUNWU_TEST_MYSQL_URL is not set: casting was NOT measured on the MySQL protocol")
			continue
		}
		f, err := b.castRun(ctx, m)
		if err != nil {
			return fmt.Errorf("%s: %w", m, err)
		}
		rates[m.db+m.kind+m.mode] = f.rate
		promise, kept := "", ""
		if m.rate > 0 {
			slow := m.kind == "open" && m.db == "sqlite" && f.at(99) >= castsP99
			promise, kept = fmt.Sprintf("≥ %.0f", m.rate), verdict(f.rate >= m.rate && !slow)
			if m.kind == "open" && m.db == "sqlite" {
				promise += ", p99 < 100 ms"
			}
		}
		t.add(m.String(), strconv.Itoa(m.voters), fmt.Sprintf("%.0f", f.rate), millis(f.at(50)), millis(f.at(99)),
			perThousand(f.server, m.voters), perThousand(f.generator, m.voters), promise, kept)
	}
	if many, one := rates["sqliteopengrouped"], rates["sqliteopenalone"]; many > 0 && one > 0 {
		t.add("in groups, times one transaction each", "", fmt.Sprintf("%.1f", many/one), "", "", "", "", "≥ 2", verdict(many >= 2*one))
	}
	t.note("Server and load generator share the processors; CPU is user and system time of each process, which other work on the machine hardly changes.")
	t.print(b.out)
	return nil
}

// castFigures are the rate, the sorted times of answers and the processor time
// of both sides.
type castFigures struct {
	rate              float64
	times             []time.Duration
	server, generator time.Duration
}

func (f castFigures) at(percent int) time.Duration { return f.times[(len(f.times)-1)*percent/100] }

func perThousand(d time.Duration, n int) string {
	return fmt.Sprintf("%.3f", d.Seconds()*1000/float64(n))
}

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

// castRun lets voters cast once each at a fresh server.
func (b *bench) castRun(ctx context.Context, m castMode) (castFigures, error) {
	data, err := os.MkdirTemp(b.dir, "casts")
	if err != nil {
		return castFigures{}, err
	}
	defer os.RemoveAll(data)
	url, env := crowd.URL(data), append(crowd.Environment(), "CUNWU_DATA="+data)
	if m.db == "mysql" {
		var drop func()
		if _, url, drop, err = emptyMySQL(ctx, os.Getenv("CUNWU_TEST_MYSQL_URL")); err != nil {
			return castFigures{}, err
		}
		defer drop()
		env = append(env, "CUNWU_DATABASE_URL="+url)
	}
	progress("%s: making %d voters", m, m.voters)
	c, err := crowd.Make(ctx, crowd.Options{URL: url, Voters: m.voters, Sealed: m.kind != "open"})
	if err != nil {
		return castFigures{}, err
	}
	own := *b
	if m.mode == "alone" {
		if own.tester, err = b.tagged(ctx, "cunwu_cast_alone"); err != nil {
			return castFigures{}, err
		}
	}
	own.profile = b.cast.profile
	p, err := own.startInside(ctx, env...)
	if err != nil {
		return castFigures{}, err
	}
	defer func() { _ = p.stop() }()
	bodies, err := castBodies(m, c)
	if err != nil {
		return castFigures{}, err
	}
	if err := p.waitIdle(ctx); err != nil { // everybody is told of the ballot first
		return castFigures{}, err
	}
	progress("casting")
	return castAll(ctx, p, c, bodies)
}

// waitIdle waits until the server does nothing of its own accord any more.
func (p *process) waitIdle(ctx context.Context) error {
	before := cpuTime(p.cmd.Process.Pid)
	for range 300 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
		now := cpuTime(p.cmd.Process.Pid)
		if now-before <= 20*time.Millisecond {
			return nil
		}
		before = now
	}
	return errors.New("the server is busy with itself for five minutes")
}

// tagged builds the server with a tag.
func (b *bench) tagged(ctx context.Context, tag string) (string, error) {
	binary := filepath.Join(b.dir, "cunwu."+tag+".test")
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-trimpath", "-tags", tag, "-o", binary, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go test -c: %w: %s", err, out)
	}
	return binary, nil
}
