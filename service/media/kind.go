package media

import (
	"bytes"

	"github.com/gabriel-vasile/mimetype"
)

var pngSignature = []byte("\x89PNG\r\n\x1a\n")

// kindOf tells the kind by the first bytes. Two opinions must agree, a general
// detector's and the strict one here, because files that are two things at
// once are made to please one detector. Gives ErrKind.
func kindOf(data []byte) (Kind, error) {
	kind := strictKind(data)
	found := mimetype.Detect(data)
	if kind == "" {
		return "", ErrKind.Saying("只能上传照片（jpg、png）、PDF 文件和录音（mp3），这个文件看起来是“%s”。", found.String())
	}
	if found.Is(kind.ContentType()) {
		return kind, nil
	}
	// The detector does not know MPEG 2.5, which phones use for speech; the
	// frames are walked one by one later.
	if kind == MP3 && found.Is("application/octet-stream") {
		return kind, nil
	}
	return "", ErrKind
}

func strictKind(data []byte) Kind {
	switch {
	case bytes.HasPrefix(data, []byte{0xFF, 0xD8, 0xFF}):
		return JPEG
	case bytes.HasPrefix(data, pngSignature) && len(data) >= 16 && string(data[12:16]) == "IHDR":
		return PNG
	case bytes.HasPrefix(data, []byte("%PDF-")):
		return PDF
	case bytes.HasPrefix(data, []byte("ID3")):
		return MP3
	}
	if _, ok := parseFrame(data); ok {
		return MP3
	}
	return ""
}

// ContentType gives the media type under which a kind is stored and served.
func (k Kind) ContentType() string {
	switch k {
	case JPEG:
		return "image/jpeg"
	case PNG:
		return "image/png"
	case PDF:
		return "application/pdf"
	case MP3:
		return "audio/mpeg"
	}
	return "application/octet-stream"
}

// Inline reports whether the door may let a browser show the kind in place;
// everything else is served as a download.
func (k Kind) Inline() bool { return k == JPEG || k == PNG || k == MP3 }

func kindOfExt(ext string) (Kind, bool) {
	for _, k := range []Kind{JPEG, PNG, PDF, MP3} {
		if k.Ext() == ext {
			return k, true
		}
	}
	return "", false
}
