// Package objects keeps the bytes of attachments by name: in a directory, or in
// a bucket of S3-compatible storage.
//
// Invariants: a name is the SHA-256 of the content and an ending, so a name
// never changes its content and no name leads out of the store; an object is
// there whole or not at all, also after a power cut.
package objects

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"cunwu/service/media"
)

// ErrName: not a name of content. A programming error: doors check names first.
var ErrName = errors.New("objects: not a name of content")

var nameForm = regexp.MustCompile(`^[a-f0-9]{64}\.[a-z0-9]{3,4}$`)

// ValidName reports whether name is the digest and ending of some content.
func ValidName(name string) bool { return nameForm.MatchString(name) }

// Open gives the store of an address: "file:PATH" for a directory, which is
// made if need be, or "s3://KEY:SECRET@HOST[:PORT]/BUCKET[?tls=0&region=R]".
// It does not wait for S3 to be there. Errors never show the secret.
func Open(address string) (media.Blobs, error) {
	if dir, ok := strings.CutPrefix(address, "file:"); ok {
		return OpenDir(dir)
	}
	o, err := ParseS3(address)
	if err != nil {
		return nil, fmt.Errorf("objects: %w", err)
	}
	return OpenS3(o)
}

// S3Options name a bucket.
type S3Options struct {
	Endpoint string // host[:port]
	Bucket   string
	Region   string // may be empty
	Key      string
	Secret   string
	TLS      bool
	Timeout  time.Duration // of one request, default 30 s
}

var bucketForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// ParseS3 reads an s3:// address.
func ParseS3(address string) (S3Options, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "s3" {
		return S3Options{}, errors.New("an objects address is file:PATH or s3://KEY:SECRET@HOST/BUCKET")
	}
	o := S3Options{Endpoint: u.Host, Bucket: strings.Trim(u.Path, "/"), Region: u.Query().Get("region"), TLS: true}
	o.Key = u.User.Username()
	o.Secret, _ = u.User.Password()
	for name, values := range u.Query() {
		switch {
		case name == "tls" && (values[0] == "0" || values[0] == "1"):
			o.TLS = values[0] == "1"
		case name == "region":
		default:
			return S3Options{}, errors.New("an s3:// address takes only ?tls=0, ?tls=1 and ?region=")
		}
	}
	switch {
	case o.Endpoint == "":
		return S3Options{}, errors.New("the s3:// address has no host")
	case o.Key == "" || o.Secret == "":
		return S3Options{}, errors.New("the s3:// address has no key and secret")
	case !bucketForm.MatchString(o.Bucket):
		return S3Options{}, errors.New("the s3:// address has no bucket, or its name is not allowed")
	}
	return o, nil
}

func checkName(name string) error {
	if !ValidName(name) {
		return ErrName
	}
	return nil
}

var (
	_ media.Blobs = (*Dir)(nil)
	_ media.Blobs = (*S3)(nil)
)
