package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"cunwu/scripts/crowd"
)

// castBodies makes what is sent before the clock starts: sealing on phones is
// not the server's work, nor that of the machine that plays them.
func castBodies(m castMode, c crowd.Crowd) (func(n int) (path, contentType string, body []byte), error) {
	path := "/api/v1/ballots/" + c.Ballot + "/casts"
	if m.kind == "open" {
		body := []byte(`{"choices":["yes"]}`)
		return func(int) (string, string, []byte) { return path, "application/json", body }, nil
	}
	values := make([]byte, c.Poll.Options)
	values[0] = 1
	frame, err := c.Poll.Frame(values)
	if err != nil {
		return nil, err
	}
	if m.kind == "sealed-server" {
		body := []byte(base64.StdEncoding.EncodeToString(frame))
		return func(int) (string, string, []byte) { return path + "/plain", "text/plain", body }, nil
	}
	bodies := make([][]byte, len(c.Tokens))
	for i := range bodies {
		ballot, err := c.Poll.Seal(slices.Clone(frame))
		if err != nil {
			return nil, err
		}
		bodies[i] = fmt.Appendf(nil, `{"ballot":"%s"}`, base64.StdEncoding.EncodeToString(ballot))
	}
	return func(n int) (string, string, []byte) { return path, "application/json", bodies[n] }, nil
}

// castAll sends the casts over keep-alive connections, each of which waits for
// its answer before it sends the next.
func castAll(ctx context.Context, p *process, c crowd.Crowd, body func(n int) (string, string, []byte)) (castFigures, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	times := make([]time.Duration, len(c.Tokens))
	var next atomic.Int64
	var wg sync.WaitGroup
	server, generator := cpuTime(p.cmd.Process.Pid), cpuTime(os.Getpid())
	start := time.Now()
	for range castConnections {
		wg.Go(func() {
			if err := castConnection(ctx, p.app, c, &next, times, body); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	took := time.Since(start)
	f := castFigures{
		rate: float64(len(times)) / took.Seconds(), times: times,
		server: cpuTime(p.cmd.Process.Pid) - server, generator: cpuTime(os.Getpid()) - generator,
	}
	slices.Sort(times)
	return f, context.Cause(ctx)
}

// castConnection is one phone after the other on one connection. A server that
// ends the connection with its answer, as it does after a plain choice, is
// called again; that is part of the time of the next cast.
func castConnection(ctx context.Context, host string, c crowd.Crowd, next *atomic.Int64, times []time.Duration, what func(n int) (string, string, []byte)) error {
	var conn net.Conn
	defer func() {
		if conn != nil {
			_ = conn.Close()
		}
	}()
	in := bufio.NewReaderSize(nil, 4<<10)
	var q []byte
	for {
		n := int(next.Add(1)) - 1
		if n >= len(c.Tokens) {
			return nil
		}
		path, kind, body := what(n)
		q = append(append(append(append(q[:0], "POST "...), path...), " HTTP/1.1\r\nHost: "...), host...)
		q = append(append(q, "\r\nAuthorization: Bearer "...), c.Tokens[n]...)
		q = append(append(q, "\r\nContent-Type: "...), kind...)
		q = strconv.AppendInt(append(q, "\r\nIdempotency-Key: k"...), int64(n), 10)
		q = strconv.AppendInt(append(q, "\r\nContent-Length: "...), int64(len(body)), 10)
		q = append(append(q, "\r\n\r\n"...), body...)
		start := time.Now()
		if conn == nil {
			var err error
			if conn, err = dialCast(ctx, host); err != nil {
				return err
			}
			in.Reset(conn)
		}
		if _, err := conn.Write(q); err != nil {
			return err
		}
		last, err := readRecorded(in)
		if err != nil {
			return fmt.Errorf("cast %d: %w", n, err)
		}
		times[n] = time.Since(start)
		if last {
			_ = conn.Close() // its work is done
			conn = nil
		}
	}
}

// dialCast opens a connection that ends with the run.
func dialCast(ctx context.Context, host string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", host)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	return conn, nil
}

var recordedMark = []byte(`"recorded":true`)

// readRecorded reads one answer and wants it to say that the cast is recorded.
// last says that the server ends the connection with it.
func readRecorded(in *bufio.Reader) (last bool, err error) {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return false, err
	}
	if !bytes.HasPrefix(line, []byte("HTTP/1.1 200")) {
		return false, fmt.Errorf("answer %q", bytes.TrimSpace(line))
	}
	length := 0
	for len(line) > 2 {
		if line, err = in.ReadSlice('\n'); err != nil {
			return false, err
		}
		if bytes.HasPrefix(line, []byte("Connection: close")) {
			last = true
		}
		if bytes.HasPrefix(line, contentLength) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(contentLength):]))); err != nil {
				return false, err
			}
		}
	}
	body, err := in.Peek(length)
	if err != nil {
		return false, err
	}
	if !bytes.Contains(body, recordedMark) {
		return false, errors.New("an answer that does not say that the cast is recorded")
	}
	_, err = in.Discard(length)
	return last, err
}
