package media

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/region"
)

func TestService_Upload_Pictures(t *testing.T) {
	t.Parallel()
	big := painted(3000, 1200)
	cases := map[string]struct {
		data       []byte
		kind       Kind
		wide, high int
	}{
		"SmallJPEG": {jpegOf(t, painted(40, 30)), JPEG, 40, 30},
		"SmallPNG":  {pngOf(t, painted(40, 30)), PNG, 40, 30},
		"LargeJPEG": {jpegOf(t, big), JPEG, 2560, 1024},
		"OnePixel":  {pngOf(t, painted(1, 1)), PNG, 1, 1},
		"Gray":      {pngOf(t, image.NewGray(image.Rect(0, 0, 500, 9))), PNG, 500, 9},
		"Ribbon":    {pngOf(t, image.NewPaletted(image.Rect(0, 0, 9000, 1), []colorOf{white})), PNG, 2560, 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newArchive()
			o, err := upload(t, a, "照片.jpg", c.data)
			if err != nil {
				t.Fatal(err)
			}
			if o.Kind != c.kind || o.Width != c.wide || o.Height != c.high || o.Owner != clerk.AccountID || o.CreatedAt.IsZero() {
				t.Errorf("object %+v", o)
			}
			stored := a.bytes[strings.TrimPrefix(o.Path(), "/media/")]
			thumb := a.bytes[strings.TrimPrefix(o.ThumbPath(), "/media/")]
			if int64(len(stored)) != o.Size || bytes.Equal(stored, c.data) && c.kind == JPEG {
				t.Error("what came is served as it came")
			}
			small, _, err := image.DecodeConfig(bytes.NewReader(thumb))
			if err != nil || max(small.Width, small.Height) > 360 {
				t.Errorf("thumb %v %v", small, err)
			}
			if len(a.events) != 1 || a.events[0].Action != "media.upload" {
				t.Errorf("events %v", a.events)
			}
		})
	}
}

func TestService_Upload_DropsWhatIsNotPixels(t *testing.T) {
	t.Parallel()
	const script = "<html><script>alert(1)</script></html>"
	plain := jpegOf(t, painted(64, 48))
	cases := map[string][]byte{
		"GPS":          withExif(plain, exifOf(binary.LittleEndian, 1)),
		"AppendedHTML": append(bytes.Clone(plain), script...),
		"HTMLInSegment": withExif(plain, append([]byte{0xFF, 0xFE, 0, byte(len(script) + 2)},
			script...)),
		"PNGText": func() []byte {
			p := pngOf(t, painted(64, 48))
			at := len(p) - 12
			return append(append(append([]byte{}, p[:at]...), chunk("tEXt", []byte("Comment\x00"+gpsMark+script))...), append(p[at:], script...)...)
		}(),
	}
	for name, data := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newArchive()
			if _, err := upload(t, a, "x.jpg", data); err != nil {
				t.Fatal(err)
			}
			for n, b := range a.bytes {
				if bytes.Contains(b, []byte("script")) || bytes.Contains(b, []byte("GPS")) || bytes.Contains(b, []byte("Exif")) {
					t.Errorf("%s still holds what was not pixels", n)
				}
			}
		})
	}
}

func TestService_Upload_TurnsUpright(t *testing.T) {
	t.Parallel()
	// What the top left corner shows after turning, for each orientation of
	// the picture red green / blue white.
	want := map[uint16]string{1: "red", 2: "green", 3: "white", 4: "blue", 5: "red", 6: "blue", 7: "white", 8: "green"}
	for o, corner := range want {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			a := newArchive()
			obj, err := upload(t, a, "x.jpg", withExif(jpegOf(t, painted(64, 32)), exifOf(order, o)))
			if err != nil {
				t.Fatal(err)
			}
			if wide := obj.Width > obj.Height; wide != (o < 5) {
				t.Errorf("orientation %d: %dx%d", o, obj.Width, obj.Height)
			}
			img, err := decode(JPEG, a.bytes[obj.Digest+".jpg"])
			if err != nil {
				t.Fatal(err)
			}
			if got := nameOf(img.At(3, 3)); got != corner {
				t.Errorf("orientation %d: top left is %s, want %s", o, got, corner)
			}
		}
	}
}

func TestService_Upload_Refuses(t *testing.T) {
	t.Parallel()
	good := pngOf(t, painted(200, 200))
	wrongCRC := bytes.Clone(good)
	wrongCRC[len(wrongCRC)-20] ^= 0x55
	jpg := jpegOf(t, painted(300, 300))
	m4a := append([]byte("\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00M4A mp42isom"), make([]byte, 500)...)
	cases := map[string]struct {
		name string
		data []byte
		want error
	}{
		"Nothing":         {"a.jpg", nil, ErrEmpty},
		"GIF":             {"a.jpg", []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"), ErrKind},
		"SVG":             {"a.png", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), ErrKind},
		"HTML":            {"a.pdf", []byte("<!doctype html><script>1</script>"), ErrKind},
		"ZipAsPDF":        {"a.pdf", []byte("PK\x03\x04\x14\x00\x00\x00\x08\x00%PDF-1.7 %%EOF"), ErrKind},
		"PDFNotAtStart":   {"a.pdf", append([]byte("junk\n"), pdfOf("")...), ErrKind},
		"Exe":             {"a.jpg.exe", append([]byte("MZ"), make([]byte, 300)...), ErrKind},
		"M4A":             {"a.mp3", m4a, ErrKind},
		"ID3ThenM4A":      {"a.mp3", append(id3v2("x"), m4a...), ErrBroken},
		"ID3OfHugeSize":   {"a.mp3", []byte("ID3\x03\x00\x00\x7f\x7f\x7f\x7f"), ErrBroken},
		"CutJPEG":         {"a.jpg", jpg[:len(jpg)/2], ErrBroken},
		"JPEGOfThree":     {"a.jpg", jpg[:3], ErrBroken},
		"CutPNG":          {"a.png", good[:len(good)/2], ErrBroken},
		"WrongCRC":        {"a.png", wrongCRC, ErrBroken},
		"PNGOfZeroWidth":  {"a.png", bomb(0, 10, 8, 2), ErrBroken},
		"Bomb":            {"a.png", bomb(20000, 20000, 8, 6), ErrDimensions},
		"LongBomb":        {"a.png", bomb(1<<30, 1, 8, 0), ErrDimensions},
		"DeepBomb":        {"a.png", bomb(5000, 4800, 16, 6), ErrDimensions},
		"ShortPixels":     {"a.png", bomb(4000, 4000, 8, 6), ErrBroken},
		"OverBytes":       {"a.jpg", append(bytes.Clone(jpg), make([]byte, 8<<20)...), ErrTooLarge},
		"MinuteAndMore":   {"a.mp3", silence(2340), ErrTooLong},
		"ProgressiveBomb": {"a.jpg", progressive(jpg, 6000, 4000), ErrDimensions},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newArchive()
			_, err := upload(t, a, c.name, c.data)
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if len(a.objects)+len(a.bytes)+len(a.events) != 0 {
				t.Error("something was written")
			}
		})
	}
}

// progressive rewrites a JPEG's frame header to state a progressive picture.
func progressive(jpg []byte, w, h uint16) []byte {
	out := bytes.Clone(jpg)
	at := bytes.Index(out, []byte{0xFF, markerSOF0, 0, 17})
	out[at+1] = markerSOF2
	binary.BigEndian.PutUint16(out[at+5:], h)
	binary.BigEndian.PutUint16(out[at+7:], w)
	return out
}

// A bomb is refused by its header: memory stays far below what it states. Not
// parallel, since it reads the counters of the whole process.
func TestService_Upload_BombCostsLittle(t *testing.T) {
	data := bomb(20000, 20000, 8, 6)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := upload(t, newArchive(), "a.png", data); !errors.Is(err, ErrDimensions) {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if spent := after.TotalAlloc - before.TotalAlloc; spent > 4<<20 {
		t.Errorf("refusing a bomb took %d bytes", spent)
	}
}

// The dearest picture that is taken stays within the promise of 150 MB.
func TestService_Upload_DearestCostsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("decodes 24 megapixels")
	}
	img := image.NewNRGBA(image.Rect(0, 0, 6000, 4000))
	data := pngOf(t, img)
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := upload(t, newArchive(), "a.png", data); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	// Everything allocated, freed or not, bounds what was held at once.
	if spent := after.TotalAlloc - before.TotalAlloc; spent > 180<<20 {
		t.Errorf("24 megapixels took %d MB", spent>>20)
	}
}

func TestService_Upload_Voice(t *testing.T) {
	t.Parallel()
	data := append(append(id3v2("APIC picture of a house"), silence(200)...), id3v1("地址")...)
	data = append(data, "<script>"...)
	a := newArchive()
	o, err := upload(t, a, "录音.mp3", data)
	if err != nil {
		t.Fatal(err)
	}
	if got := a.bytes[o.Digest+".mp3"]; !bytes.Equal(got, silence(200)) {
		t.Errorf("stored %d bytes, want the frames alone", len(got))
	}
	if o.Thumb != "" || o.Width != 0 {
		t.Errorf("object %+v", o)
	}
}

func TestService_Upload_NeedsACaller(t *testing.T) {
	t.Parallel()
	a := newArchive()
	s := New(a, a, Options{})
	_, err := s.Upload(context.Background(), account.Caller{}, audit.Act{}, "a.png", bytes.NewReader(pngOf(t, painted(2, 2))), -1)
	if !errors.Is(err, ErrSignIn) {
		t.Error(err)
	}
	if _, err = s.Upload(context.Background(), clerk, audit.Act{}, "a.png", bytes.NewReader(pngOf(t, painted(2, 2))), -1); !errors.Is(err, audit.ErrNoActor) {
		t.Error(err)
	}
}

func TestService_Upload_WaitsForAPlace(t *testing.T) {
	t.Parallel()
	a := newArchive()
	s := New(a, a, Options{Limits: Limits{Decoders: 1}})
	s.slots <- struct{}{} // somebody else is decoding
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	act := audit.Act{Actor: audit.Actor{AccountID: clerk.AccountID}}
	_, err := s.Upload(ctx, clerk, act, "a.png", bytes.NewReader(pngOf(t, painted(2, 2))), -1)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestService_Upload_SameBytesSameAddress(t *testing.T) {
	t.Parallel()
	a := newArchive()
	data := jpegOf(t, painted(50, 50))
	one, err1 := upload(t, a, "a.jpg", data)
	two, err2 := upload(t, a, "b.jpg", data)
	if err1 != nil || err2 != nil || one.Digest != two.Digest || one.ID == two.ID || len(a.bytes) != 2 {
		t.Errorf("%v %v %+v %+v %d", err1, err2, one, two, len(a.bytes))
	}
	got, err := New(a, a, Options{}).Objects(context.Background(), []string{one.ID, "nobody"})
	if err != nil || len(got) != 1 {
		t.Errorf("%v %v", got, err)
	}
}

func TestService_Open(t *testing.T) {
	t.Parallel()
	const village region.Code = "510821102200"
	a := newArchive()
	o, err := upload(t, a, "a.jpg", jpegOf(t, painted(500, 500)))
	if err != nil {
		t.Fatal(err)
	}
	s := New(a, a, Options{Compares: func(c account.Caller, at region.Code) bool { return c.AccountID == "o" && at == village }})
	colleague := account.Caller{AccountID: "c", Grants: []account.Grant{{Role: account.Clerk, Region: village, End: time.Now()}}}
	above := account.Caller{AccountID: "t", Grants: []account.Grant{{Role: account.TownshipRole, Region: village.At(region.Township), End: time.Now()}}}
	papers, elsewhere := Showing{Papers: []region.Code{village}}, Showing{Papers: []region.Code{"510821102202"}}
	villager := account.Caller{AccountID: "v", Standing: account.Reader, Village: village}
	neighbour := account.Caller{AccountID: "n", Standing: account.Voter, Village: "510821102202"}
	officer := account.Caller{AccountID: "o", Grants: []account.Grant{{Role: account.Supervisor, Region: village, End: time.Now()}}}
	stranger := account.Caller{}
	cases := map[string]struct {
		shown  Showing
		caller account.Caller
		ok     bool
	}{
		"OwnerOfDraft":         {Showing{}, clerk, true},
		"StrangerOfDraft":      {Showing{}, stranger, false},
		"StrangerOfPublic":     {Showing{Public: true}, stranger, true},
		"VillagerOfVerified":   {Showing{Villages: []region.Code{village}}, villager, true},
		"NeighbourOfVerified":  {Showing{Villages: []region.Code{village}}, neighbour, false},
		"StrangerOfVerified":   {Showing{Villages: []region.Code{village}}, stranger, false},
		"SupervisorOfDraft":    {Showing{Offices: []region.Code{village}}, officer, true},
		"VillagerOfDraft":      {Showing{Offices: []region.Code{village}}, villager, false},
		"ComparesPaper":        {papers, officer, true},
		"EnteredPaper":         {papers, clerk, true},
		"ColleagueOfPaper":     {papers, colleague, false},
		"TownshipOfPaper":      {papers, above, false},
		"VillagerOfPaper":      {papers, villager, false},
		"StrangerOfPaper":      {papers, stranger, false},
		"PaperElsewhere":       {elsewhere, officer, false},
		"SupervisorOfVerified": {Showing{Villages: []region.Code{village}}, officer, true},
	}
	for name, c := range cases {
		a.shown[o.Digest] = c.shown
		for _, path := range []string{o.Path(), o.ThumbPath()} {
			f, err := s.Open(context.Background(), c.caller, strings.TrimPrefix(path, "/media/"))
			if c.ok != (err == nil) || !c.ok && !errors.Is(err, ErrNotFound) {
				t.Errorf("%s %s: %v", name, path, err)
			}
			if err == nil {
				n, _ := io.Copy(io.Discard, f.Body)
				if n != f.Size || f.ContentType != "image/jpeg" || f.Public != c.shown.Public || f.Body.Close() != nil {
					t.Errorf("%s: %+v", name, f)
				}
			}
		}
	}
	for _, bad := range []string{"", "a.jpg", "../" + o.Digest + ".jpg", o.Digest, o.Digest + ".png", o.Digest + ".html", strings.ToUpper(o.Digest) + ".jpg", strings.Repeat("0", 64) + ".jpg"} {
		if _, err := s.Open(context.Background(), clerk, bad); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
