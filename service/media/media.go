// Package media takes in attachments and keeps them by what they are: pictures,
// PDF and voice. What was uploaded is never served as it came.
//
// Invariants: the kind is told by the bytes, never by name or header; nothing
// is decoded before its stated dimensions are within limits; pictures are
// decoded and encoded anew, so that EXIF, GPS and anything appended are gone;
// the stored name is the SHA-256 of the stored bytes, so equal files are one
// and an address never changes its content.
package media

import (
	"context"
	"io"
	"time"

	"cunwu/service/audit"
	"cunwu/service/region"
)

// Kind is what an attachment is.
type Kind string

// Kinds taken.
const (
	JPEG Kind = "jpeg"
	PNG  Kind = "png"
	PDF  Kind = "pdf"
	MP3  Kind = "mp3"
)

// Object is one stored attachment. Digest and Thumb are lower-case hex SHA-256
// of the stored bytes; Thumb is empty for pdf and mp3.
type Object struct {
	ID        string
	Kind      Kind
	Digest    string
	Size      int64 // bytes as stored
	Width     int   // pixels, 0 for pdf and mp3
	Height    int
	Thumb     string
	FileName  string // as the uploader named it, screened before it is shown
	Owner     string // account id
	CreatedAt time.Time
}

// Path gives the address under which the stored bytes are served:
// "/media/<digest>.<ext>".
func (o Object) Path() string { return "/media/" + o.Digest + "." + o.Kind.Ext() }

// ThumbPath gives the address of the small picture, or "".
func (o Object) ThumbPath() string {
	if o.Thumb == "" {
		return ""
	}
	return "/media/" + o.Thumb + ".jpg"
}

// Ext gives the file ending of a kind.
func (k Kind) Ext() string {
	if k == JPEG {
		return "jpg"
	}
	return string(k)
}

// Blobs keeps bytes by name (digest plus ending): a directory or an S3 bucket.
// Put of a name that exists does nothing. Get gives ErrNotFound. Delete of a name
// that does not exist does nothing. What Get gives
// may also be an io.Seeker, which the door uses to answer ranges.
type Blobs interface {
	Put(ctx context.Context, name string, r io.Reader, size int64, contentType string) error
	Get(ctx context.Context, name string) (io.ReadCloser, int64, error)
	Has(ctx context.Context, name string) (bool, error)
	Delete(ctx context.Context, name string) error
}

// Store is what the package needs of the archive.
type Store interface {
	Objects(ctx context.Context, ids []string) ([]Object, error)
	// Shown reports whether a stored name (digest of an object or of its thumb)
	// belongs to something that the public may see, or to which places its
	// readers are limited; viewer is the account that asks, or "".
	// ErrNotFound where no object has that digest.
	Shown(ctx context.Context, digest, viewer string) (Showing, error)
	// Erasures gives names of bytes to be taken away, the longest waiting first.
	Erasures(ctx context.Context, limit int) ([]string, error)
	// Erasing gives those of the names that are to be taken away.
	Erasing(ctx context.Context, names []string) ([]string, error)
	InTx(ctx context.Context, act audit.Act, fn func(Tx) error) error
}

// Showing says who may fetch a stored name. One digest may have been uploaded
// by several people and be attached in several places; any of it suffices.
type Showing struct {
	Public   bool
	Villages []region.Code // verified villagers of these, and officers over them, may
	Offices  []region.Code // only officers over these may: it hangs on what is not published yet
	Papers   []region.Code // ballot papers of these: those who compare sheets there may, and no other officer
	Matters  []region.Code // matters of the boards of these: those who work on them may, and no other officer
	Passing  bool          // everybody may now, and nobody may keep it: it goes when the person says so
	Mine     bool          // the viewer uploaded it, and may always
}

// Tx is the writing side.
type Tx interface {
	audit.Tx
	AddObject(ctx context.Context, o Object) error
	Eraser
	erasing
}
