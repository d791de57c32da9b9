// Command bench measures what docs/benchmarks.md promises and prints Markdown:
//
//	go run ./scripts/bench [feed|pages|memory|publish|record|search|export|duties|casts|concerns|ranking|all] [-postings N] [-concerns N] [-keep DIR]
//	go run ./scripts/bench casts [-kind open|sealed-client|sealed-server] [-db sqlite|mysql] [-mode grouped|alone] [-profile FILE]
//	go run ./scripts/bench casts -million [-votes N]
//	go run ./scripts/bench ranking [-db sqlite|mysql] [-endorsements N] [-endorsers N]
//
// It is no timed test: it compares things within one run, in turns, and prints
// ratios and medians, with a mark where a promise was not kept. Everything
// happens on the loopback interface with a bounded number of requests. With
// CUNWU_TEST_MYSQL_URL set, pages, search, casts and rankings are measured on that server, too.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// bench is one run: where it works and what it was asked.
type bench struct {
	dir      string // scratch
	binary   string // the program
	tester   string // the program's test binary, for what needs the inside of the process
	postings int
	concerns int
	out      io.Writer
	cast     castChoice
	rank     rankingChoice
	profile  string // file for the server's profile of processor time
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

var parts = []struct {
	name string
	run  func(*bench, context.Context) error
}{
	{"feed", (*bench).feed},
	{"pages", (*bench).pages},
	{"memory", (*bench).memory},
	{"publish", (*bench).publish},
	{"record", (*bench).record},
	{"search", (*bench).search},
	{"export", (*bench).export},
	{"duties", (*bench).duties},
	{"casts", (*bench).casts},
	{"concerns", (*bench).concernsBench},
	{"ranking", (*bench).ranking},
}

func run(ctx context.Context, args []string, out io.Writer) error {
	what := "all"
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		what, args = args[0], args[1:]
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	postings := flags.Int("postings", 1_000_000, "how many postings the pages and the memory, and leaves the record, are measured with")
	concerns := flags.Int("concerns", 100_000, "how many concerns of a county are looked through")
	keep := flags.String("keep", "", "folder for scratch data that is kept and used again")
	var cast castChoice
	flags.StringVar(&cast.kind, "kind", "", "casts: only open, sealed-client or sealed-server")
	flags.StringVar(&cast.db, "db", "", "casts, ranking: only sqlite or mysql")
	flags.StringVar(&cast.mode, "mode", "", "casts: only grouped or alone")
	flags.StringVar(&cast.profile, "profile", "", "casts: file for the server's profile of processor time")
	flags.BoolVar(&cast.million, "million", false, "casts: result and own vote of one ballot with very many casts, instead")
	flags.IntVar(&cast.votes, "votes", 1_000_000, "casts: how many those are")
	rank := rankingChoice{}
	flags.IntVar(&rank.endorsements, "endorsements", 10_000_000, "ranking: how many endorsements the pages are measured among")
	flags.IntVar(&rank.endorsers, "endorsers", 20_000, "ranking: how many villagers endorse")
	if err := flags.Parse(args); err != nil {
		return err
	}
	b := &bench{postings: *postings, concerns: *concerns, out: out, dir: *keep, cast: cast, rank: rank}
	if b.dir == "" {
		dir, err := os.MkdirTemp("", "cunwu-bench.")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		b.dir = dir
	} else if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return err
	}
	if err := b.build(ctx); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s, %s, %d CPUs, %s\n", time.Now().Format("2006-01-02"), runtime.Version(), runtime.NumCPU(), machine())
	known := false
	for _, p := range parts {
		if what != "all" && what != p.name {
			continue
		}
		known = true
		if err := p.run(b, ctx); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	if !known {
		return errors.New("usage: bench [feed|pages|memory|publish|record|search|export|duties|casts|concerns|ranking|all]")
	}
	return nil
}

// build makes the program and its test binary as they would be released:
// without cgo and without the race detector.
func (b *bench) build(ctx context.Context) error {
	b.binary, b.tester = filepath.Join(b.dir, "cunwu"), filepath.Join(b.dir, "cunwu.test")
	for _, args := range [][]string{
		{"build", "-trimpath", "-o", b.binary, "."},
		{"test", "-c", "-o", b.tester, "."},
	} {
		cmd := exec.CommandContext(ctx, "go", args...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		cmd.Stderr = os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
		}
	}
	return nil
}

// machine names the processor and the memory, as Linux tells them.
func machine() string {
	cpu := procLine("/proc/cpuinfo", "model name")
	mem := procLine("/proc/meminfo", "MemTotal")
	return strings.TrimSpace(cpu + ", " + runtime.GOOS + "/" + runtime.GOARCH + ", memory " + mem)
}

// procLine gives the value of the first "key: value" line of a file of /proc.
func procLine(file, key string) string {
	raw, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.SplitSeq(string(raw), "\n") {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == key {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// progress tells the person waiting what is going on; it is not part of the result.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "-- "+format+"\n", args...)
}
