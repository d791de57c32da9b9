package api

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
)

const (
	lingerTime = 500 * time.Millisecond // for the client to take the answer and go
	lingerMost = 64 << 10
)

// sizedWriter says how long an answer is that is written at once: its connection
// is taken from the server before that could.
type sizedWriter struct{ gin.ResponseWriter }

// Write implements http.ResponseWriter.
func (w sizedWriter) Write(b []byte) (int, error) {
	if !w.Written() {
		w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap gives what it stands before.
func (w sizedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// wipeConnection ends the connection of an answered request and overwrites the
// buffer through which the server read it: it would lie in memory, with what was
// sent, until another connection happens to use it.
func wipeConnection(w gin.ResponseWriter) {
	w.Flush()
	under, ok := w.(interface{ Unwrap() http.ResponseWriter })
	for ok { // below gin, which hands out no connection that was written to
		below := under.Unwrap()
		if under, ok = below.(interface{ Unwrap() http.ResponseWriter }); ok {
			continue
		}
		conn, buffer, err := http.NewResponseController(below).Hijack()
		if err != nil { // a test's recorder
			return
		}
		wipe(buffer.Reader)
		linger(conn)
	}
}

func wipe(r *bufio.Reader) {
	r.Reset(zeros{})
	_, _ = r.Peek(r.Size()) // zeros never end
}

// linger closes a connection whose client may still be sending, without taking
// from it the answer that is on its way.
func linger(conn net.Conn) {
	if half, ok := conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_ = conn.SetReadDeadline(time.Now().Add(lingerTime)) // without one the limit below holds
		_, _ = io.Copy(io.Discard, io.LimitReader(conn, lingerMost))
	}
	_ = conn.Close() // nothing is written any more
}

// zeros reads as zeros for ever.
type zeros struct{}

// Read implements io.Reader.
func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
