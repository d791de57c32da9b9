package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"cunwu/verify"
)

type witnessCommand struct {
	Listen  string        `help:"接受 add-checkpoint 的地址；不要则留空" default:"127.0.0.1:8091"`
	URL     string        `help:"自己定时去看的网站；不给则只等网站送来"`
	Key     string        `help:"网站的公钥（/log/key 的第一行）；不给则用 --state 里记住的，再没有就第一次相信网站"`
	KeyFile string        `help:"见证人自己的密钥文件；没有则生成（权限 0600）" required:"" type:"path"`
	Name    string        `help:"见证人的名称，如 witness.example.cn/jiachuan；生成密钥时必须给"`
	State   string        `help:"记住见证到哪里的目录" required:"" type:"path"`
	Every   time.Duration `help:"多久看一次网站" default:"1m"`
}

// Run witnesses until the process is told to end.
func (c witnessCommand) Run(ctx context.Context, e *environment) error {
	if c.Listen == "" && c.URL == "" {
		return fmt.Errorf("%w: --listen 和 --url 至少要有一个", errUsage)
	}
	cosigner, err := loadCosigner(c.KeyFile, c.Name)
	if err != nil {
		return err
	}
	var source verify.Source
	if c.URL != "" {
		if source, err = verify.NewSite(c.URL); err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
	}
	line, first, err := verify.WitnessKey(ctx, c.Key, c.State, source)
	if err != nil {
		return err
	}
	w, err := verify.NewWitness(ctx, line, c.State, cosigner, time.Now)
	if err != nil {
		return err
	}
	if first {
		_, _ = fmt.Fprintf(e.stderr, "!!! 第一次使用，没有给出公钥：相信了网站自己的公钥\n!!!   %s\n", line)
	}
	_, _ = fmt.Fprintf(e.stdout, "见证人公钥：%s\n已见证 %d 条。\n", cosigner.VerifierKey(), w.Size())
	log := slog.New(slog.NewJSONHandler(e.stderr, nil))
	var loops sync.WaitGroup
	if source != nil {
		loops.Go(func() { w.Watch(ctx, source, c.Every, log) })
	}
	err = c.serve(ctx, w)
	loops.Wait()
	return err
}

// serve answers add-checkpoint until the context ends.
func (c witnessCommand) serve(ctx context.Context, w *verify.Witness) error {
	if c.Listen == "" {
		<-ctx.Done()
		return nil
	}
	lc := net.ListenConfig{}
	l, err := lc.Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return err
	}
	s := &http.Server{Handler: w, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10}
	stop := context.AfterFunc(ctx, func() { _ = s.Close() }) // a request under way is asked again
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// loadCosigner reads the witness's own key, or makes one: a file of two lines,
// the name and the seed in hex.
func loadCosigner(file, name string) (*verify.Cosigner, error) {
	f, err := os.Open(file) //nolint:gosec // the operator names it
	if errors.Is(err, fs.ErrNotExist) {
		return makeCosigner(file, name)
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	var lines []string
	for s := bufio.NewScanner(f); s.Scan(); {
		lines = append(lines, strings.TrimSpace(s.Text()))
	}
	if len(lines) != 2 {
		return nil, fmt.Errorf("密钥文件 %s 应当是两行：名称和密钥", file)
	}
	if name != "" && name != lines[0] {
		return nil, fmt.Errorf("%w: 密钥文件 %s 的名称是 %s，不能改", errUsage, file, lines[0])
	}
	seed, err := hex.DecodeString(lines[1])
	if err != nil {
		return nil, fmt.Errorf("密钥文件 %s 的第二行不是十六进制", file)
	}
	return verify.NewCosigner(lines[0], seed)
}

func makeCosigner(file, name string) (*verify.Cosigner, error) {
	if name == "" {
		return nil, fmt.Errorf("%w: 第一次使用要用 --name 给见证人起名", errUsage)
	}
	seed := verify.NewSeed()
	c, err := verify.NewCosigner(name, seed)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the operator names it
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(f, "%s\n%s\n", name, hex.EncodeToString(seed))
	if err == nil {
		err = f.Sync()
	}
	return c, errors.Join(err, f.Close())
}
