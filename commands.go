package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"cunwu/api"
	"cunwu/config"
	"cunwu/config/rules"
	"cunwu/repository"
	"cunwu/service/audit"
	"cunwu/service/ballot"
	"cunwu/service/chronicle"
	"cunwu/service/concern"
	"cunwu/service/consultation"
	"cunwu/service/council"
	"cunwu/service/covenant"
	"cunwu/service/duty"
	"cunwu/service/moderation"
	"cunwu/service/opendata"
	"cunwu/service/ranking"
	"cunwu/service/record"
	"cunwu/service/redblack"
	"cunwu/service/region"
)

// stopFor is how long requests under way may take when the server ends.
const stopFor = 20 * time.Second

type serveCommand struct{}

// Run serves until the process is told to end.
func (serveCommand) Run(ctx context.Context, e *environment) error {
	cfg, err := config.Load(e.environ, false)
	if err != nil {
		return err
	}
	log := newLog(cfg, e.stderr)
	warn(e.stderr, cfg)
	o := appOptions{autoCreate: embedded(cfg)}
	a, err := NewApp(ctx, cfg, log, o)
	if err != nil {
		return err
	}
	return serveUntilDone(ctx, a, func() { log.Info("serving", "address", a.Addr(), "version", version) })
}

// serveUntilDone starts the app, says so, waits for the end, and closes it.
func serveUntilDone(ctx context.Context, a *App, started func()) error {
	err := a.Start(ctx)
	if err == nil {
		started()
		<-ctx.Done()
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopFor)
	defer cancel()
	return errors.Join(err, a.Close(end))
}

func newLog(cfg config.Config, w io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: cfg.LogLevel}))
}

// warn prints what must not be overlooked, such as test switches.
func warn(w io.Writer, cfg config.Config) {
	for _, text := range cfg.Warnings {
		_, _ = fmt.Fprintln(w, "!!! "+text) // a closed stderr stops nothing
	}
}

// embedded reports whether the database is a file of this server alone: then
// its schema is kept up to date on start. A shared one is migrated on purpose.
func embedded(cfg config.Config) bool { return strings.HasPrefix(cfg.DatabaseURL, "sqlite:") }

type migrateCommand struct{}

// Run brings the schema to this version.
func (migrateCommand) Run(ctx context.Context, e *environment) error {
	return withStorage(ctx, e, func(db *repository.DB) error {
		if err := db.Migrate(ctx); err != nil {
			return err
		}
		_, err := fmt.Fprintln(e.stdout, "数据库已是最新版本。")
		return err
	})
}

// withStorage opens the configured database for one command.
func withStorage(ctx context.Context, e *environment, do func(*repository.DB) error) error {
	cfg, err := config.Load(e.environ, false)
	if err != nil {
		return err
	}
	// A command works alone: it may keep more of the file in memory than a
	// server does, and wait longer for a statement.
	db, err := repository.Open(ctx, repository.Options{URL: cfg.DatabaseURL, Logger: newLog(cfg, e.stderr), CacheMB: 32, ReadTimeout: 5 * time.Minute, WriteTimeout: time.Minute})
	if err != nil {
		return err
	}
	if embedded(cfg) { // a file of ours alone is made and kept up to date by whoever comes first
		err = db.Migrate(ctx)
	}
	if err == nil {
		err = do(db)
	}
	return errors.Join(err, db.Close())
}

type importRegionsCommand struct {
	File    string `arg:"" help:"区划文件：code,parent_code,level,name（csv 或 csv.gz）"`
	Edition string `help:"这一版的名称，如 2023；默认取文件名"`
	Merges  string `help:"并村对照表：old_code,new_code,date" type:"existingfile"`
	Apply   bool   `help:"写入；不加则只预览"`
}

// Run previews an edition of the codes, or applies it.
func (c importRegionsCommand) Run(ctx context.Context, e *environment) error {
	return withStorage(ctx, e, func(db *repository.DB) error {
		if err := db.CheckSchema(ctx); err != nil {
			return err
		}
		f, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }() // only read
		o := region.ImportOptions{Apply: c.Apply}
		if c.Merges != "" {
			m, err := os.Open(c.Merges)
			if err != nil {
				return err
			}
			defer func() { _ = m.Close() }() // only read
			o.Merges = m
		}
		name := c.Edition
		if name == "" {
			name = strings.TrimSuffix(strings.TrimSuffix(path.Base(c.File), ".gz"), ".csv")
		}
		p, err := region.New(db.Regions()).Import(ctx, audit.BySystem("import regions"), name, f, o)
		if err != nil {
			return err
		}
		return printPreview(e.stdout, p)
	})
}

func printPreview(w io.Writer, p region.Preview) error {
	var b strings.Builder
	fmt.Fprintf(&b, "版本 %s：%d 个地方\n", p.Edition, p.Places)
	for _, l := range region.Levels {
		if n := p.ByLevel[l]; n > 0 {
			fmt.Fprintf(&b, "  %-9s %d\n", l, n)
		}
	}
	for _, part := range []struct {
		name string
		c    region.Changes
	}{{"新增", p.New}, {"改名", p.Renamed}, {"恢复", p.Returned}, {"并入他处", p.Merged}, {"不再列出", p.Gone}} {
		fmt.Fprintf(&b, "%s %d\n", part.name, part.c.Count)
		for _, x := range part.c.First {
			fmt.Fprintf(&b, "  %s %s%s\n", x.Code, x.Name, note(x))
		}
	}
	if p.Applied {
		b.WriteString("已写入。\n")
	} else {
		b.WriteString("这是预览，什么都没有写入。确认后加 --apply。\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func note(x region.Change) string {
	switch {
	case x.Was != "":
		return "（原名 " + x.Was + "）"
	case x.Into != "":
		return "（并入 " + string(x.Into) + "）"
	}
	return ""
}

// importEmbeddedRegions loads the tree that the binary carries.
func importEmbeddedRegions(ctx context.Context, s *region.Service) error {
	names, err := fs.Glob(rules.FS, "regions/*.csv")
	if err != nil {
		return err
	}
	for _, name := range names {
		f, err := rules.FS.Open(name)
		if err != nil {
			return err
		}
		_, err = s.Import(ctx, audit.BySystem("import regions"), strings.TrimSuffix(path.Base(name), ".csv"), f, region.ImportOptions{Apply: true})
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}

type adminInitCommand struct {
	Region string `help:"管理员所在地区代码，如 5108" required:""`
}

// Run prints a one-time invite for the first administrator.
func (c adminInitCommand) Run(ctx context.Context, e *environment) error {
	cfg, err := config.Load(e.environ, false)
	if err != nil {
		return err
	}
	a, err := NewApp(ctx, cfg, newLog(cfg, e.stderr), appOptions{autoCreate: embedded(cfg)})
	if err != nil {
		return err
	}
	code, err := a.accounts.AdminInit(ctx, region.Code(c.Region))
	if err := errors.Join(err, a.release()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "首个管理员的一次性邀请码（只显示这一次）：\n%s\n登录小程序后在“我的任职”填写；或 POST /api/v1/me/appointments {\"code\": \"...\"}。\n", code)
	return err
}

type lintCommand struct{}

// Run checks the rule book.
func (lintCommand) Run(e *environment) error {
	if _, err := embeddedRules(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(e.stdout, "规则书没有问题。")
	return err
}

type openapiCommand struct{}

// Run prints the API document: built from the code, without a database.
func (openapiCommand) Run(e *environment) error {
	gin.SetMode(gin.ReleaseMode)
	a, err := api.New(gin.New(), api.Options{
		Log: slog.New(slog.DiscardHandler), Metrics: api.NewMetrics(), Version: version,
		// Never asked: they make the document complete.
		Record: new(record.Service), Duties: new(duty.Service), OpenData: new(opendata.Service),
		Ballots: new(ballot.Service), Consultations: new(consultation.Service), Chronicle: new(chronicle.Service),
		Concerns: new(concern.Service), Councils: new(council.Service), Covenants: new(covenant.Service), Moderation: new(moderation.Service), Rankings: new(ranking.Service), RedBlack: new(redblack.Service),
	})
	if err != nil {
		return err
	}
	doc, err := a.OpenAPI()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%s\n", doc)
	return err
}

type healthCommand struct {
	URL string `help:"服务地址" default:"http://127.0.0.1:8080"`
}

// Run asks /readyz, for container health checks.
func (c healthCommand) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL+"/readyz", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	if err := res.Body.Close(); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", res.Status)
	}
	return nil
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(e *environment) error {
	_, err := fmt.Fprintln(e.stdout, version)
	return err
}
