package media

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/fault"
	"cunwu/service/region"
)

// Limits are technical bounds, not rules: what one upload may cost this
// machine. A zero field takes the default.
type Limits struct {
	Bytes       int64 // of one file as sent
	Pixels      int64 // of a picture as sent
	Side        int   // pixels of its longer side as sent
	DecodeBytes int64 // the decoder's estimated memory for one picture
	StoredSide  int   // pixels of the longer side as stored
	ThumbSide   int   // of the small picture
	Duration    time.Duration
	Decoders    int // pictures decoded at once
}

// defaults are the limits in force where none are set: 8 MiB, 24 megapixels,
// 60 seconds (what WeChat's recorder gives at most), two decoders.
var defaults = Limits{
	Bytes: 8 << 20, Pixels: 24_000_000, Side: 12_000, DecodeBytes: 100 << 20,
	StoredSide: 2560, ThumbSide: 360, Duration: 60 * time.Second, Decoders: 2,
}

// recorderSlack forgives the silence that encoders add to a full minute.
const recorderSlack = time.Second

// Options of a Service; the zero value is useful.
type Options struct {
	Clock  calendar.Clock
	Limits Limits
	// Compares reports whether a caller compares ballot papers of a village with
	// what was entered of them. nil: nobody does.
	Compares func(caller account.Caller, village region.Code) bool
	// Keeps reports whether a caller works on the matters of a village's red and
	// black list. nil: nobody does.
	Keeps func(caller account.Caller, village region.Code) bool
}

// Service takes in and hands out attachments.
type Service struct {
	store  Store
	blobs  Blobs
	clock  calendar.Clock
	limits Limits
	slots  chan struct{}

	compares func(account.Caller, region.Code) bool
	keeps    func(account.Caller, region.Code) bool
}

// New builds the service.
func New(store Store, blobs Blobs, o Options) *Service {
	l := o.Limits.orDefaults()
	if o.Clock == nil {
		o.Clock = calendar.System{}
	}
	return &Service{store: store, blobs: blobs, clock: o.Clock, limits: l, slots: make(chan struct{}, l.Decoders), compares: o.Compares, keeps: o.Keeps}
}

func (l Limits) orDefaults() Limits {
	d := defaults
	set(&d.Bytes, l.Bytes)
	set(&d.Pixels, l.Pixels)
	set(&d.Side, l.Side)
	set(&d.DecodeBytes, l.DecodeBytes)
	set(&d.StoredSide, l.StoredSide)
	set(&d.ThumbSide, l.ThumbSide)
	set(&d.Duration, l.Duration)
	set(&d.Decoders, l.Decoders)
	return d
}

func set[T int | int64 | time.Duration](to *T, v T) {
	if v > 0 {
		*to = v
	}
}

// Limits gives the bounds in force, for doors that want to refuse early.
func (s *Service) Limits() Limits { return s.limits }

// Upload takes in one file of the caller; size is what the sender states, or
// -1. Bytes are stored before the row: a row never names bytes that are not
// there, and bytes without a row cannot be fetched. Gives ErrSignIn,
// ErrTooLarge, ErrEmpty, ErrKind, ErrDimensions, ErrBroken, ErrUnsafePDF,
// ErrTooLong, fault.ErrUnavailable.
func (s *Service) Upload(ctx context.Context, caller account.Caller, act audit.Act, fileName string, r io.Reader, size int64) (Object, error) {
	if !caller.Known() {
		return Object{}, ErrSignIn
	}
	data, err := s.read(r, size)
	if err != nil {
		return Object{}, err
	}
	kind, err := kindOf(data)
	if err != nil {
		return Object{}, err
	}
	m, err := s.remake(ctx, kind, data)
	if err != nil {
		return Object{}, err
	}
	o, err := s.keep(ctx, m)
	if err != nil {
		return Object{}, err
	}
	o.ID, o.FileName, o.Owner = audit.NewID(), cleanName(fileName), caller.AccountID
	if err := s.enter(ctx, act, &o); err != nil {
		return o, err
	}
	return o, s.stay(ctx, m, o)
}

// read takes at most one byte more than allowed, however much is sent.
func (s *Service) read(r io.Reader, size int64) ([]byte, error) {
	tooLarge := ErrTooLarge.Saying("文件太大，最多 %d MB，请压缩后再上传。", s.limits.Bytes>>20)
	if size > s.limits.Bytes {
		return nil, tooLarge
	}
	data, err := io.ReadAll(io.LimitReader(r, s.limits.Bytes+1))
	switch {
	case err != nil:
		return nil, ErrBroken.Because(err)
	case int64(len(data)) > s.limits.Bytes:
		return nil, tooLarge
	case len(data) == 0:
		return nil, ErrEmpty
	}
	return data, nil
}

// remake turns what came into what is stored. Pictures wait for one of few
// places, since each may cost a hundred megabytes for a second.
func (s *Service) remake(ctx context.Context, kind Kind, data []byte) (made, error) {
	switch kind {
	case JPEG, PNG:
		if err := s.limits.checkDimensions(kind, data); err != nil {
			return made{}, err
		}
		select {
		case s.slots <- struct{}{}:
			defer func() { <-s.slots }()
		case <-ctx.Done():
			return made{}, fault.ErrUnavailable.Because(ctx.Err())
		}
		return s.limits.remake(kind, data)
	case PDF:
		clean, err := checkPDF(data)
		return made{kind: PDF, full: clean}, err
	case MP3:
		frames, length, err := remakeMP3(data)
		if err == nil && length > s.limits.Duration+recorderSlack {
			err = ErrTooLong.Saying("录音有 %d 秒，请控制在 %d 秒以内。", int(length.Seconds()), int(s.limits.Duration.Seconds()))
		}
		return made{kind: MP3, full: frames}, err
	}
	return made{}, ErrKind
}

// keep stores the bytes under their digests.
func (s *Service) keep(ctx context.Context, m made) (Object, error) {
	o := Object{Kind: m.kind, Size: int64(len(m.full)), Width: m.width, Height: m.height}
	var err error
	if o.Digest, err = s.put(ctx, m.full, m.kind); err != nil {
		return Object{}, err
	}
	if len(m.thumb) > 0 {
		if o.Thumb, err = s.put(ctx, m.thumb, JPEG); err != nil {
			return Object{}, err
		}
	}
	return o, nil
}

func (s *Service) put(ctx context.Context, data []byte, kind Kind) (string, error) {
	sum := sha256.Sum256(data)
	digest := hex.EncodeToString(sum[:])
	name := digest + "." + kind.Ext()
	if err := s.blobs.Put(ctx, name, bytes.NewReader(data), int64(len(data)), kind.ContentType()); err != nil {
		if fault.Of(err) != nil {
			return "", err
		}
		return "", fault.ErrUnavailable.Because(fmt.Errorf("store %s: %w", name, err))
	}
	return digest, nil
}

// enter writes the row, the event and the receipt in one commit.
func (s *Service) enter(ctx context.Context, act audit.Act, o *Object) error {
	return s.store.InTx(ctx, act, func(tx Tx) error {
		o.CreatedAt = tx.Now()
		if err := tx.AddObject(ctx, *o); err != nil {
			return err
		}
		err := tx.Record(ctx, audit.Event{
			Action: "media.upload", Object: "media", ObjectID: o.ID, Result: "ok",
			Detail: map[string]string{"kind": string(o.Kind), "digest": o.Digest},
		})
		if err != nil {
			return err
		}
		return tx.Answer(ctx, *o)
	})
}

// Objects gives those of the ids that exist, in no order.
func (s *Service) Objects(ctx context.Context, ids []string) ([]Object, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return s.store.Objects(ctx, ids)
}

// File is an open attachment. Body may also be an io.Seeker. The caller closes it.
type File struct {
	Body        io.ReadCloser
	Size        int64
	Kind        Kind
	ContentType string
	Public      bool // may be kept by caches that others share
}

// Open gives stored bytes by name ("<digest>.<ending>") to whom may see them:
// everybody where it hangs on something public, the uploader always, verified
// villagers and officers by their place, a ballot paper's picture those who
// compare it. Gives ErrNotFound for everything else,
// so that nobody learns what exists.
func (s *Service) Open(ctx context.Context, caller account.Caller, name string) (File, error) {
	digest, ext, _ := strings.Cut(name, ".")
	kind, ok := kindOfExt(ext)
	if !ok || !isDigest(digest) {
		return File{}, ErrNotFound
	}
	shown, err := s.store.Shown(ctx, digest, caller.AccountID)
	if err != nil {
		return File{}, err
	}
	if !shown.to(caller) && !asks(s.compares, caller, shown.Papers) && !asks(s.keeps, caller, shown.Matters) {
		return File{}, ErrNotFound
	}
	body, size, err := s.blobs.Get(ctx, name)
	if err != nil {
		if errors.Is(err, ErrNotFound) {
			return File{}, ErrNotFound
		}
		return File{}, fault.ErrUnavailable.Because(fmt.Errorf("fetch %s: %w", name, err))
	}
	return File{Body: body, Size: size, Kind: kind, ContentType: kind.ContentType(), Public: shown.Public}, nil
}

func isDigest(s string) bool {
	if len(s) != 2*sha256.Size {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// to decides whether the caller may fetch.
func (s Showing) to(c account.Caller) bool {
	if s.Public || s.Passing || s.Mine && c.Known() {
		return true
	}
	if !c.Known() {
		return false
	}
	for _, v := range s.Villages {
		if c.ReadsVillage(v) {
			return true
		}
	}
	for _, v := range s.Offices {
		if holdsOffice(c, v) {
			return true
		}
	}
	return false
}

// asks reports whether the caller may, by a right of its own, at one of the places.
func asks(may func(account.Caller, region.Code) bool, c account.Caller, villages []region.Code) bool {
	return c.Known() && may != nil && slices.ContainsFunc(villages, func(v region.Code) bool { return may(c, v) })
}

func holdsOffice(c account.Caller, place region.Code) bool {
	for _, g := range c.Grants {
		if g.Region.Contains(place) {
			return true
		}
	}
	return false
}
