package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a server of ours that runs beside us.
type process struct {
	cmd   *exec.Cmd
	app   string // host:port of the main listener
	bare  string // of the bare gin handler, where there is one
	stdin io.WriteCloser
	log   string        // file of what it says, where there is one
	ended chan struct{} // closed when it has ended
	err   error         // how, once ended is closed
}

// begin starts the process and watches for its end.
func (p *process) begin() error {
	if err := p.cmd.Start(); err != nil {
		return err
	}
	p.ended = make(chan struct{})
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	return nil
}

// startDemo runs the program as anybody would start it, with data in a folder.
func (b *bench) startDemo(ctx context.Context, data string, env ...string) (*process, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(b.dir, "server.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.CommandContext(ctx, b.binary, "demo")
	cmd.Env = append(append(cleanEnvironment(), "CUNWU_DATA="+data, "CUNWU_LISTEN="+address, "CUNWU_METRICS_LISTEN=127.0.0.1:0"), env...)
	cmd.Stdout, cmd.Stderr = log, log
	p := &process{cmd: cmd, app: address, log: log.Name()}
	if err := p.begin(); err != nil {
		return nil, err
	}
	if err := p.waitReady(ctx); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

// startInside runs the real app and a bare gin handler in one process, which
// lets us drop what it has prepared: see bench_server_test.go.
func (b *bench) startInside(ctx context.Context, env ...string) (*process, error) {
	args := []string{"-test.run=^TestBenchServer$", "-test.timeout=0"}
	if b.profile != "" {
		args = append(args, "-test.cpuprofile="+b.profile)
	}
	cmd := exec.CommandContext(ctx, b.tester, args...)
	cmd.Env = append(append(cleanEnvironment(), "BENCH_SERVER=1"), env...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, into := io.Pipe()
	cmd.Stdout = into
	p := &process{cmd: cmd, stdin: stdin}
	if err := p.begin(); err != nil {
		return nil, err
	}
	go func() {
		<-p.ended
		_ = into.Close()
	}()
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if n, _ := fmt.Sscanf(lines.Text(), "BENCH app=%s bare=%s", &p.app, &p.bare); n == 2 {
			break
		}
		progress("%s", lines.Text())
	}
	if p.bare == "" {
		return nil, errors.Join(errors.New("the server inside the test binary did not start"), p.stop())
	}
	go func() { _, _ = io.Copy(io.Discard, stdout) }()
	if err := p.waitReady(ctx); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

func (p *process) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for {
		if _, _, err := fetch(ctx, http.MethodGet, "http://"+p.app+"/readyz", nil, nil); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.New("the server did not become ready")
		case <-p.ended:
			said, _ := os.ReadFile(p.log)
			return fmt.Errorf("the server ended: %s", said)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// stop asks the server to end and waits for it.
func (p *process) stop() error {
	if p.stdin != nil {
		_ = p.stdin.Close()
	} else {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
	}
	force := time.AfterFunc(20*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer force.Stop()
	<-p.ended
	return p.err
}

// memory gives the resident memory now and at its highest, in MB.
func (p *process) memory() (now, highest float64) {
	file := "/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/status"
	return megabytes(procLine(file, "VmRSS")), megabytes(procLine(file, "VmHWM"))
}

func megabytes(s string) float64 {
	kb, err := strconv.ParseFloat(strings.TrimSuffix(s, " kB"), 64)
	if err != nil {
		return 0
	}
	return kb / 1024
}

// cleanEnvironment is ours without settings: what is measured is the program as
// it comes.
func cleanEnvironment() []string {
	return slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "CUNWU_") })
}

func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// fetch makes one request and gives the body and headers of a success.
func fetch(ctx context.Context, method, url string, header map[string]string, body io.Reader) ([]byte, http.Header, error) {
	q, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return nil, nil, err
	}
	for k, v := range header {
		q.Header.Set(k, v)
	}
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		return nil, nil, err
	}
	defer r.Body.Close()
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, nil, err
	}
	if r.StatusCode >= 300 {
		return raw, r.Header, &refusal{status: r.StatusCode, retryAfter: r.Header.Get("Retry-After"), text: fmt.Sprintf("%s %s: %d %s", method, url, r.StatusCode, raw)}
	}
	return raw, r.Header, nil
}

// refusal is an answer that is no success.
type refusal struct {
	status     int
	retryAfter string
	text       string
}

func (r *refusal) Error() string { return r.text }
