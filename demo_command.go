package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"text/tabwriter"
	"time"

	"cunwu/config"
	"cunwu/demo"
	"cunwu/repository/wechat"
	"cunwu/service/calendar"
	"cunwu/service/mention"
	"cunwu/service/record"
)

// The demo's account at the stand-in for WeChat. Nobody else knows them,
// and they open nothing.
const (
	demoAppID     = "wxdemodemodemo0000"
	demoAppSecret = "demo"
	demoSeed      = 20260101
)

// seedMemory lets the making of two years of pictures and papers run without
// the narrow bound that serving keeps.
const seedMemory = 512 << 20

// seedGarbage lets more garbage gather while seeding: the collector would take a
// twelfth of the time.
const seedGarbage = 200

// demoGarbage keeps the demo small on the machine of whoever tries it, where
// nothing is gained by answering thousands a second.
const demoGarbage = 50

// demoCache is the page cache of each connection: the whole sample is in the
// machine's own cache anyway.
const demoCache = "cache_size(-1000)"

type demoCommand struct {
	Fill bool `help:"只写入样例数据，不启动服务"`
}

// Run serves the demo: on a first start it fills an empty database first.
func (d demoCommand) Run(ctx context.Context, e *environment) error {
	cfg, err := config.Load(e.environ, true)
	if err != nil {
		return err
	}
	log := newLog(cfg, e.stderr)
	began := time.Now()
	if d.Fill {
		_, err := seedIfNew(ctx, cfg, log)
		return err
	}
	warn(e.stderr, cfg)
	first, err := fillApart(ctx, cfg, e)
	if err != nil {
		return err
	}
	if _, set := os.LookupEnv("GOGC"); !set {
		debug.SetGCPercent(demoGarbage)
	}
	o := demoOptions(nil)
	o.pragmas = []string{demoCache}
	a, err := NewApp(ctx, withDemoAccount(cfg), log, o)
	if err != nil {
		return err
	}
	return serveUntilDone(ctx, a, func() { printWelcome(e.stdout, a, first, time.Since(began)) })
}

// fillApart has another process of this program fill a database where there is
// none: making two years of pictures and papers takes several times the memory
// that serving does, and a process never gives all of it back.
func fillApart(ctx context.Context, cfg config.Config, e *environment) (bool, error) {
	if _, err := emptyPlace(cfg); errors.Is(err, fs.ErrExist) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	self, err := os.Executable()
	if err != nil {
		return false, err
	}
	fill := exec.CommandContext(ctx, self, "demo", "--fill") //nolint:gosec // this very program
	fill.Env, fill.Stdout, fill.Stderr = e.environ, e.stdout, e.stderr
	if err := fill.Run(); err != nil {
		return false, fmt.Errorf("样例数据没有写完，请重新启动：%w", err)
	}
	return true, nil
}

// withDemoAccount gives the settings an account at the stand-in, unless they
// name one of another stand-in.
func withDemoAccount(cfg config.Config) config.Config {
	if cfg.WeChat.AppID == "" {
		cfg.WeChat.AppID, cfg.WeChat.AppSecret = demoAppID, demoAppSecret
	}
	return cfg
}

// demoOptions put the stand-in for WeChat in place of the network. Sign-in
// codes of the demo may be used again and again.
func demoOptions(clock calendar.Clock) appOptions {
	fake := wechat.NewFake(wechat.FakeOptions{AppID: demoAppID, AppSecret: demoAppSecret, Demo: demo.Known})
	fake.Judge(demo.Judge)
	return appOptions{clock: clock, weChat: fake.Transport(), reusable: wechat.DemoCode, autoCreate: true}
}

// emptyPlace gives the path at which a database is to be made, or fs.ErrExist. A
// database on a server is never filled.
func emptyPlace(cfg config.Config) (string, error) {
	path, isFile := strings.CutPrefix(cfg.DatabaseURL, "sqlite:")
	if !isFile {
		return "", errors.New("演示只用内置数据库，请去掉 CUNWU_DATABASE_URL，或写成 sqlite:路径")
	}
	switch _, err := os.Stat(path); {
	case err == nil:
		return "", fs.ErrExist
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	return path, nil
}

// seedIfNew fills a database where there is none. It is written beside its
// place and moved there when it is complete, so that a start that was cut short
// leaves nothing half done.
func seedIfNew(ctx context.Context, cfg config.Config, log *slog.Logger) (bool, error) {
	path, err := emptyPlace(cfg)
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	draft := filepath.Join(filepath.Dir(path), filepath.Base(path)+".seeding")
	if err := removeDatabase(draft); err != nil {
		return false, err
	}
	cfg.DatabaseURL = "sqlite:" + draft
	cfg.RedisURL = "" // nobody else may learn of it yet
	if err := seed(ctx, cfg, log); err != nil {
		return false, errors.Join(fmt.Errorf("样例数据没有写完：%w", err), removeDatabase(draft))
	}
	return true, keep(draft, path)
}

// keep gives a complete database its name. It was written without waiting for
// the disk (repository.Hurry), so it is brought there before the name is: after
// a loss of power there is all of it under its name, or nothing.
func keep(draft, path string) error {
	if err := synced(draft); err != nil {
		return err
	}
	if err := os.Rename(draft, path); err != nil {
		return err
	}
	return synced(filepath.Dir(path))
}

// synced waits until a file or folder is on the disk.
func synced(name string) error {
	f, err := os.Open(name) //nolint:gosec // the operator's own path
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func seed(ctx context.Context, cfg config.Config, log *slog.Logger) error {
	clock := demo.NewClock()
	a, err := NewApp(ctx, withDemoAccount(cfg), log, demoOptions(clock))
	if err != nil {
		return err
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(seedMemory))
	defer debug.SetGCPercent(debug.SetGCPercent(seedGarbage))
	if err := a.db.Hurry(ctx); err != nil {
		return errors.Join(err, a.release())
	}
	_, err = demo.Seed(ctx, demo.Services{
		Accounts: a.accounts, Regions: a.regions, Disclosures: a.disclosures, Media: a.media, Clock: clock, Log: log,
		Duties: a.duties, Questions: a.questions, Boards: a.boards, Inbox: a.inbox, Settle: a.settle,
		Ballots: a.ballots, Consultations: a.consultations, Leaf: a.leaf,
		Procedures: a.procedures, Concerns: a.concerns, Moderation: a.moderation,
		Councils: a.councils, Covenants: a.covenants, RedBlack: a.redblack, Rankings: a.rankings,
	}, demo.Options{Seed: demoSeed, Now: time.Now()})
	return errors.Join(err, a.release())
}

// settle does what follows by itself by the clock: timers, then followers.
func (a *App) settle(ctx context.Context) error {
	a.sweep(ctx)
	return a.drain(ctx)
}

// leaf gives an entry of the public record.
func (a *App) leaf(ctx context.Context, index int64) ([]byte, error) {
	leaves, err := a.db.Records().Leaves(ctx, index, 1)
	if err == nil && len(leaves) != 1 {
		err = record.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return leaves[0], nil
}

// removeDatabase removes a SQLite file and its side files.
func removeDatabase(path string) error {
	var errs []error
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(path + suffix); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// printWelcome tells a newcomer where to look and how to sign in.
func printWelcome(w io.Writer, a *App, first bool, took time.Duration) {
	var b strings.Builder
	host := a.Addr()
	what := "已有数据，继续使用"
	if first {
		what = "样例数据已写入"
	}
	fmt.Fprintf(&b, "\n村务公开演示已启动（%s，用时 %.1f 秒）\n\n", what, took.Seconds())
	fmt.Fprintf(&b, "  首页        http://%s/\n", host)
	fmt.Fprintf(&b, "  盐井村      http://%s/r/%s\n", host, demo.Village)
	fmt.Fprintf(&b, "  公开任务    http://%s/r/%s/duties\n", host, demo.Village)
	fmt.Fprintf(&b, "  协商        http://%s/r/%s/consultations\n", host, demo.City)
	fmt.Fprintf(&b, "  表决        http://%s/r/%s/ballots\n", host, demo.City)
	fmt.Fprintf(&b, "  红黑榜      http://%s/r/%s/boards\n", host, demo.Village)
	fmt.Fprintf(&b, "  一个工程    http://%s/t/%s\n", host, mention.ID(demo.Village, mention.Project, demo.Project))
	fmt.Fprintf(&b, "  接口说明    http://%s/docs\n", host)
	fmt.Fprintf(&b, "  公开数据    http://%s/api/v1/feed?region=5108\n", host)
	fmt.Fprintf(&b, "  指标        http://%s/metrics\n\n", a.MetricsAddr())
	b.WriteString("登录码（POST /api/v1/auth/wechat {\"code\": \"...\"}）：\n")
	tw := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	for _, c := range demo.Codes() {
		count := ""
		if c.Count > 0 {
			count = fmt.Sprintf("n = 1..%d", c.Count)
		}
		fmt.Fprintf(tw, "  %s\t%s%s\t%s\n", c.Code, c.Place, c.Office, count)
	}
	_ = tw.Flush() // into memory
	_, _ = io.WriteString(w, b.String()+"\n按 Ctrl-C 结束。\n")
}
