package prepared

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// gzipFrom is the size above which a body is compressed: below it the saving
// does not fill a packet.
const gzipFrom = 1 << 10

// Answer is one page as bytes. It is shared between requests and must not be
// changed. Gzip is nil where compression does not pay.
type Answer struct {
	Body        []byte
	Gzip        []byte
	ETag        string // strong, of Body: quoted, from its SHA-256
	GzipETag    string // strong, of Gzip: RFC 9110 8.8.3.3 wants another tag for another coding
	ContentType string
	BuiltAt     time.Time
	AsOf        int64

	plain, packed Variant
	gen           *atomic.Uint64
	at            uint64
	outdatedAt    atomic.Int64 // unix ms when it was first seen outdated, 0 before
}

// Variant is one representation of an Answer with its header lines made ahead.
type Variant struct {
	Body []byte
	ETag string

	contentType, contentLength, etag, vary, encoding []string
}

// current reports whether nothing has changed in the region since before the
// answer was loaded.
func (a *Answer) current() bool { return a.gen.Load() == a.at }

// Variant gives the compressed representation if the client takes gzip and
// there is one, else the plain one.
func (a *Answer) Variant(gzip bool) *Variant {
	if gzip && a.Gzip != nil {
		return &a.packed
	}
	return &a.plain
}

// SetHeaders sets Content-Type, Content-Length, Content-Encoding, ETag and Vary
// in an http.Header without allocating. The slices are shared: replace, never
// write into them.
func (v *Variant) SetHeaders(h map[string][]string) {
	h["Content-Type"] = v.contentType
	h["Content-Length"] = v.contentLength
	if v.encoding != nil {
		h["Content-Encoding"] = v.encoding
	}
	v.SetValidators(h)
}

// SetValidators sets ETag and Vary alone: what a 304 carries.
func (v *Variant) SetValidators(h map[string][]string) {
	h["Etag"] = v.etag
	h["Vary"] = v.vary
}

// Matches reports whether an If-None-Match header names this representation,
// by the weak comparison that RFC 9110 13.1.2 asks for.
func (v *Variant) Matches(ifNoneMatch string) bool {
	if ifNoneMatch == v.ETag {
		return true
	}
	for rest := ifNoneMatch; rest != ""; {
		var one string
		one, rest, _ = strings.Cut(rest, ",")
		one = strings.TrimSpace(one)
		if one == "*" || strings.TrimPrefix(one, "W/") == v.ETag {
			return true
		}
	}
	return false
}

// newAnswer prepares a body. compressed is the gzip form if it is known already.
func newAnswer(body, compressed []byte, contentType string, asOf int64, builtAt time.Time) *Answer {
	sum := sha256.Sum256(body)
	tag := base64.RawURLEncoding.EncodeToString(sum[:18])
	a := &Answer{
		Body: body, Gzip: compressed, ContentType: contentType, AsOf: asOf, BuiltAt: builtAt,
		ETag: `"` + tag + `"`, GzipETag: `"` + tag + `-gz"`,
	}
	if a.Gzip == nil {
		a.Gzip = squeeze(body)
	}
	vary := []string{"Accept-Encoding"}
	a.plain = variant(a.Body, a.ETag, contentType, vary)
	if a.Gzip != nil {
		a.packed = variant(a.Gzip, a.GzipETag, contentType, vary)
		a.packed.encoding = []string{"gzip"}
	}
	return a
}

func variant(body []byte, etag, contentType string, vary []string) Variant {
	return Variant{
		Body: body, ETag: etag, vary: vary,
		contentType:   []string{contentType},
		contentLength: []string{strconv.Itoa(len(body))},
		etag:          []string{etag},
	}
}

// gzipWriters are used again: each holds most of a megabyte, and many pages are
// made at once when a crowd comes to a cold server.
var gzipWriters = sync.Pool{New: func() any { return gzip.NewWriter(io.Discard) }}

// squeeze compresses, or gives nil where it does not pay.
func squeeze(body []byte) []byte {
	if len(body) <= gzipFrom {
		return nil
	}
	var out bytes.Buffer
	w, ok := gzipWriters.Get().(*gzip.Writer)
	if !ok {
		return nil
	}
	defer gzipWriters.Put(w)
	w.Reset(&out)
	_, err := w.Write(body)
	if cerr := w.Close(); err != nil || cerr != nil || out.Len() >= len(body) {
		return nil
	}
	return bytes.Clone(out.Bytes()) // without the buffer's spare room
}

// expand undoes squeeze; more than limit bytes are refused.
func expand(packed []byte, limit int64) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("prepared: open gzip: %w", err)
	}
	body, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("prepared: read gzip: %w", err)
	}
	if int64(len(body)) > limit {
		return nil, errPage
	}
	return body, nil
}

func cloned(s string) string { return strings.Clone(s) }
