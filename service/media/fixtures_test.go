package media

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"sync"
	"testing"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
)

// archive keeps rows and bytes in memory: what the package needs of Store and
// Blobs and nothing more. The real ones are tested in the repository.
type archive struct {
	Eraser  // of which it needs none
	mu      sync.Mutex
	objects []Object
	events  []audit.Event
	bytes   map[string][]byte
	shown   map[string]Showing
}

func newArchive() *archive {
	return &archive{bytes: map[string][]byte{}, shown: map[string]Showing{}}
}

func (a *archive) Objects(_ context.Context, ids []string) ([]Object, error) {
	var out []Object
	for _, o := range a.objects {
		for _, id := range ids {
			if o.ID == id {
				out = append(out, o)
			}
		}
	}
	return out, nil
}

func (a *archive) Shown(_ context.Context, digest, viewer string) (Showing, error) {
	for _, o := range a.objects {
		if o.Digest == digest || o.Thumb == digest {
			s := a.shown[o.Digest]
			s.Mine = o.Owner == viewer
			return s, nil
		}
	}
	return Showing{}, ErrNotFound
}

func (a *archive) InTx(ctx context.Context, act audit.Act, fn func(Tx) error) error {
	if act.Actor.AccountID == "" {
		return audit.ErrNoActor
	}
	return fn(a)
}

func (a *archive) Erasures(context.Context, int) ([]string, error) { return nil, nil }

func (a *archive) Erasing(context.Context, []string) ([]string, error) { return nil, nil }

func (a *archive) Erasure(context.Context, string) (bool, bool, error) { return false, false, nil }

func (a *archive) EndErasure(context.Context, string) error { return nil }

func (a *archive) Now() time.Time { return time.UnixMilli(1_790_000_000_000) }

func (a *archive) Record(_ context.Context, e audit.Event) error {
	a.events = append(a.events, e)
	return nil
}

func (a *archive) Answer(context.Context, any) error { return nil }

func (a *archive) AddObject(_ context.Context, o Object) error {
	a.objects = append(a.objects, o)
	return nil
}

func (a *archive) Put(_ context.Context, name string, r io.Reader, _ int64, _ string) error {
	data, err := io.ReadAll(r)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.bytes[name] = data
	return err
}

func (a *archive) Get(_ context.Context, name string) (io.ReadCloser, int64, error) {
	data, ok := a.bytes[name]
	if !ok {
		return nil, 0, ErrNotFound
	}
	return io.NopCloser(bytes.NewReader(data)), int64(len(data)), nil
}

func (a *archive) Delete(_ context.Context, name string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.bytes, name)
	return nil
}

func (a *archive) Has(_ context.Context, name string) (bool, error) {
	_, ok := a.bytes[name]
	return ok, nil
}

var clerk = account.Caller{AccountID: "clerk-account"}

func upload(t *testing.T, a *archive, name string, data []byte) (Object, error) {
	t.Helper()
	s := New(a, a, Options{})
	act := audit.Act{Actor: audit.Actor{AccountID: clerk.AccountID}}
	return s.Upload(context.Background(), clerk, act, name, bytes.NewReader(data), int64(len(data)))
}

// painted is a picture whose four corners differ: red, green, blue, white from
// the top left, by rows.
func painted(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{A: 255}
			switch {
			case y < h/2 && x < w/2:
				c.R = 255
			case y < h/2:
				c.G = 255
			case x < w/2:
				c.B = 255
			default:
				c = color.RGBA{255, 255, 255, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func jpegOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const gpsMark = "GPS-32.4355N-105.8293E"

// exifOf builds an EXIF segment with an orientation and a place.
func exifOf(order binary.AppendByteOrder, o uint16) []byte {
	head := "II*\x00"
	if order == binary.BigEndian {
		head = "MM\x00*"
	}
	t := order.AppendUint32([]byte(head), 8)
	t = order.AppendUint16(t, 2)
	t = order.AppendUint32(order.AppendUint16(order.AppendUint16(t, 0x010E), 2), uint32(len(gpsMark)))
	t = order.AppendUint32(t, 38)
	t = order.AppendUint32(order.AppendUint16(order.AppendUint16(t, tagOrientation), typeShort), 1)
	t = order.AppendUint16(order.AppendUint16(t, o), 0)
	t = append(order.AppendUint32(t, 0), gpsMark...)
	body := append([]byte("Exif\x00\x00"), t...)
	out := binary.BigEndian.AppendUint16([]byte{0xFF, markerAPP1}, uint16(len(body)+2)) //nolint:gosec // a few dozen bytes
	return append(out, body...)
}

func withExif(plain, exif []byte) []byte {
	return append(append(append([]byte{}, plain[:2]...), exif...), plain[2:]...)
}

// chunk is one PNG chunk with its CRC.
func chunk(kind string, body []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body))) //nolint:gosec // small
	part := append([]byte(kind), body...)
	out = append(out, part...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(part))
}

// bomb is a PNG of few bytes that states w by h pixels.
func bomb(w, h uint32, depth, colour byte) []byte {
	ihdr := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	out := append(bytes.Clone(pngSignature), chunk("IHDR", append(ihdr, depth, colour, 0, 0, 0))...)
	var z bytes.Buffer
	zw := zlib.NewWriter(&z)
	_, _ = zw.Write(make([]byte, 1<<20))
	_ = zw.Close()
	return append(append(out, chunk("IDAT", z.Bytes())...), chunk("IEND", nil)...)
}

// silence is n frames of MPEG 1 layer III at 128 kbit/s and 44.1 kHz.
func silence(n int) []byte {
	one := make([]byte, 417)
	copy(one, []byte{0xFF, 0xFB, 0x90, 0xC4})
	return bytes.Repeat(one, n)
}

func id3v2(text string) []byte {
	n := len(text)
	return append([]byte{'I', 'D', '3', 3, 0, 0, byte(n >> 21 & 0x7F), byte(n >> 14 & 0x7F), byte(n >> 7 & 0x7F), byte(n & 0x7F)}, text...)
}

func id3v1(text string) []byte {
	tag := make([]byte, 128)
	copy(tag, "TAG"+text)
	return tag
}

// pdfOf is a small document whose catalogue has extra entries.
func pdfOf(extra string) []byte {
	return []byte("%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R " + extra + " >>\nendobj\n" +
		"2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n" +
		"trailer\n<< /Root 1 0 R >>\nstartxref\n0\n%%EOF\n")
}

// pdfWithObjects packs objects into a compressed object stream.
func pdfWithObjects(objects, filter string) []byte {
	var z bytes.Buffer
	zw := zlib.NewWriter(&z)
	_, _ = zw.Write([]byte(objects))
	_ = zw.Close()
	return []byte(fmt.Sprintf("%%PDF-1.7\n5 0 obj\n<< /Type /#4fbjStm /N 1 /First 4 /Filter /%s /Length %d >>\nstream\r\n%s\nendstream\nendobj\n%%%%EOF",
		filter, z.Len(), z.String()))
}
