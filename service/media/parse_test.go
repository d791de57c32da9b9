package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image/color"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

type colorOf = color.Color

var white = color.White

func nameOf(c color.Color) string {
	r, g, b, _ := c.RGBA()
	high := func(v uint32) bool { return v > 0x8000 }
	switch {
	case high(r) && high(g) && high(b):
		return "white"
	case high(r):
		return "red"
	case high(g):
		return "green"
	case high(b):
		return "blue"
	}
	return "black"
}

func TestCheckPDF(t *testing.T) {
	t.Parallel()
	refused := map[string][]byte{
		"JavaScript":      pdfOf("/Names << /JavaScript 3 0 R >>"),
		"JS":              pdfOf("/X << /S /Y /JS (app.alert(1)) >>"),
		"Escaped":         pdfOf("/Names << /J#61vaScr#69pt 3 0 R >>"),
		"EscapedShort":    pdfOf("/#4aS (1)"),
		"Launch":          pdfOf("/X << /S /Launch >>"),
		"EmbeddedFile":    pdfOf("/X << /Type /EmbeddedFile >>"),
		"OpenAction":      pdfOf("/OpenAction << /S /URI >>"),
		"OpenActionRef":   pdfOf("/OpenAction 7 0 R"),
		"AA":              pdfOf("/AA<</O 3 0 R>>"),
		"RichMedia":       pdfOf("/Subtype/RichMedia"),
		"Password":        pdfOf("/Encrypt 9 0 R"),
		"InObjectStream":  pdfWithObjects("1 0 << /S /JavaScript /JS (x) >>", "FlateDecode"),
		"ShortInObjects":  pdfWithObjects("1 0 << /AA 3 0 R >>", "Fl#61teDecode"),
		"OddPacking":      pdfWithObjects("1 0 << >>", "LZWDecode"),
		"HiddenInAStream": []byte("%PDF-1.4\n1 0 obj\n<< /Length 99 >>\nstream\n2 0 obj << /S /JavaScript >> endobj\nendstream\nendobj\n%%EOF"),
		"UnpacksForever":  pdfWithObjects(strings.Repeat(" ", maxInflated+1), "FlateDecode"),
	}
	for name, data := range refused {
		if _, err := checkPDF(data); !errors.Is(err, ErrUnsafePDF) {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := map[string][]byte{
		"NoEnd":       []byte("%PDF-1.7\n1 0 obj"),
		"OpenStream":  []byte("%PDF-1.7\n<< /Length 5 >>\nstream\nabc %%EOF"),
		"NotDeflated": []byte("%PDF-1.7\n<< /Type /ObjStm /Filter /FlateDecode >>\nstream\nabc\nendstream %%EOF"),
	}
	for name, data := range broken {
		if _, err := checkPDF(data); !errors.Is(err, ErrBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	taken := map[string][]byte{
		"Plain":       pdfOf(""),
		"PageToOpen":  pdfOf("/OpenAction [1 0 R /XYZ null null 0]"),
		"LikeNames":   pdfOf("/JSON 1 /AAB 2 /JSX 3"),
		"Objects":     pdfWithObjects("1 0 << /Type /Page >>", "FlateDecode"),
		"ChanceInRaw": []byte("%PDF-1.4\n1 0 obj\n<< /Length 9 >>\nstream\n\x80/JS \x81/AA<\nendstream\nendobj\n%%EOF"),
	}
	for name, data := range taken {
		got, err := checkPDF(append(data, "\n<script>PK\x05\x06"...))
		if err != nil || bytes.Contains(got, []byte("script")) || !bytes.HasPrefix(data, bytes.TrimSpace(got)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRemakeMP3(t *testing.T) {
	t.Parallel()
	got, length, err := remakeMP3(silence(100))
	if err != nil || !bytes.Equal(got, silence(100)) || length.Round(time.Millisecond) != 2612*time.Millisecond {
		t.Error(len(got), length, err)
	}
	noisy := append(append(silence(10), bytes.Repeat([]byte{0xFF}, 100)...), silence(10)...)
	if got, _, err = remakeMP3(noisy); err != nil || len(got) < 18*417 {
		t.Error("a damaged spot is not forgiven", len(got), err)
	}
	speech := make([]byte, 72) // MPEG 2.5, 8 kbit/s at 8 kHz
	copy(speech, []byte{0xFF, 0xE3, 0x18, 0xC4})
	if _, length, err = remakeMP3(bytes.Repeat(speech, 50)); err != nil || length != 50*72*time.Millisecond {
		t.Error(length, err)
	}
	if kind, err := kindOf(bytes.Repeat(speech, 50)); kind != MP3 || err != nil {
		t.Error(kind, err)
	}
	for name, bad := range map[string][]byte{"One": silence(1), "Noise": bytes.Repeat([]byte("你好"), 5000), "Empty": nil} {
		if _, _, err := remakeMP3(bad); !errors.Is(err, ErrBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCleanName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"三季度收支.pdf":                       "三季度收支.pdf",
		"../../etc/passwd":                "passwd",
		`C:\Users\文书\账.jpg`:               "账.jpg",
		"a\x00b\r\nc.png":                 "abc.png",
		"exe\u202Egpj.scr":                "exegpj.scr",
		"":                                "附件",
		"..":                              "附件",
		"/":                               "附件",
		" . ":                             "附件",
		"a.pdf.exe":                       "a.pdf.exe",
		"\xff\xfe":                        "附件",
		strings.Repeat("长", 200) + ".jpg": strings.Repeat("长", 96) + ".jpg",
	} {
		if got := cleanName(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		got := cleanName(rapid.String().Draw(t, "name"))
		if got == "" || utf8.RuneCountInString(got) > maxNameRunes || strings.ContainsAny(got, "/\\\x00\r\n") || !utf8.ValidString(got) {
			t.Errorf("%q", got)
		}
	})
}

func FuzzOrientation(f *testing.F) {
	f.Add(withExif(jpegOf(f, painted(8, 8)), exifOf(binary.LittleEndian, 6)))
	f.Add(withExif(jpegOf(f, painted(8, 8)), exifOf(binary.BigEndian, 3)))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00MM\x00*\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if o := orientation(data); o < 1 || o > 8 {
			t.Errorf("orientation %d", o)
		}
		if n := jpegTenths(data); n < 0 {
			t.Errorf("cost %d", n)
		}
	})
}

func FuzzRemakeMP3(f *testing.F) {
	f.Add(append(id3v2("title"), silence(5)...))
	f.Add(append(silence(4), id3v1("title")...))
	f.Add([]byte("ID3\x03\x00\x10\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		out, length, err := remakeMP3(data)
		if err != nil {
			return
		}
		again, same, err := remakeMP3(out)
		if len(out) > len(data) || length <= 0 || err != nil || same > length || len(again) > len(out) {
			t.Errorf("in %d out %d again %d, %v then %v: %v", len(data), len(out), len(again), length, same, err)
		}
	})
}

func FuzzCheckPDF(f *testing.F) {
	f.Add(pdfOf("/AA 1 0 R"))
	f.Add(pdfWithObjects("<< /A 1 >>", "FlateDecode"))
	f.Fuzz(func(t *testing.T, data []byte) {
		out, err := checkPDF(data)
		if err == nil && bytes.Contains(out, []byte("/JavaScript")) {
			// Allowed only where it is part of a longer name.
			i := bytes.Index(out, []byte("/JavaScript")) + len("/JavaScript")
			if i == len(out) || !isRegular(out[i]) {
				t.Error("a script got through")
			}
		}
	})
}
