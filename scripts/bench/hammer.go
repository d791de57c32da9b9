package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// request is one HTTP/1.1 request, ready as bytes. The load generator is lean
// on purpose: a client that costs more than the server would hide the
// difference between two servers.
type request struct {
	host  string
	bytes []byte
}

// get makes a GET with header lines "Name: value".
func get(host, path string, headers ...string) request {
	var b bytes.Buffer
	fmt.Fprintf(&b, "GET %s HTTP/1.1\r\nHost: %s\r\n", path, host)
	for _, h := range headers {
		b.WriteString(h + "\r\n")
	}
	b.WriteString("\r\n")
	return request{host: host, bytes: b.Bytes()}
}

// hammer sends total requests over keep-alive connections, each sending its
// next when the last was answered, and gives requests per second. Any answer
// but the wanted status ends it: a fast refusal is no result.
func hammer(ctx context.Context, connections, total, wantStatus int, next func(n int) request) (float64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var sent atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for range connections {
		wg.Go(func() {
			if err := oneConnection(ctx, &sent, total, wantStatus, next); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	took := time.Since(start)
	if err := context.Cause(ctx); err != nil {
		return 0, err
	}
	return float64(total) / took.Seconds(), nil
}

func oneConnection(ctx context.Context, sent *atomic.Int64, total, wantStatus int, next func(n int) request) error {
	first := next(0)
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", first.host)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	in := bufio.NewReaderSize(conn, 64<<10)
	for {
		n := int(sent.Add(1)) - 1
		if n >= total {
			return nil
		}
		q := next(n)
		if _, err := conn.Write(q.bytes); err != nil {
			return err
		}
		status, err := readAnswer(in)
		if err != nil {
			return err
		}
		if status != wantStatus {
			return fmt.Errorf("answer %d, want %d, to %q", status, wantStatus, firstLine(q.bytes))
		}
	}
}

var contentLength = []byte("Content-Length:")

// readAnswer reads one answer with a stated length (or none, for 304) and
// throws the body away.
func readAnswer(in *bufio.Reader) (status int, err error) {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < 12 {
		return 0, errors.New("not an HTTP answer")
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, err
	}
	length := 0
	for {
		if line, err = in.ReadSlice('\n'); err != nil {
			return 0, err
		}
		if len(line) <= 2 {
			break
		}
		if bytes.HasPrefix(line, contentLength) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(contentLength):]))); err != nil {
				return 0, err
			}
		}
		if bytes.HasPrefix(line, []byte("Transfer-Encoding:")) {
			return 0, errors.New("chunked answer: a hot page states its length")
		}
	}
	if status == 304 {
		return status, nil
	}
	_, err = io.CopyN(io.Discard, in, int64(length))
	return status, err
}

func firstLine(b []byte) string {
	line, _, _ := bytes.Cut(b, []byte("\r\n"))
	return string(line)
}
