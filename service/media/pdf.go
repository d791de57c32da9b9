package media

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"strconv"
)

const (
	// maxInflated bounds what all object streams of a PDF may unpack to.
	maxInflated = 32 << 20
	pdfEnd      = "%%EOF"
)

// dangerous are PDF names (ISO 32000) that make a reader run, fetch, send or
// unpack something. The long ones are looked for even inside compressed
// streams, where they cannot turn up by chance; the short ones cannot.
var (
	dangerousLong = []string{"JavaScript", "Launch", "EmbeddedFile", "EmbeddedFiles", "RichMedia", "SubmitForm", "ImportData", "OpenAction"}
	dangerous     = append([]string{"JS", "AA", "XFA", "GoToE", "Encrypt"}, dangerousLong...)
)

// checkPDF refuses documents that can do more than be looked at. It gives the
// document without what follows its end. Gives ErrBroken and ErrUnsafePDF.
func checkPDF(data []byte) ([]byte, error) {
	end := bytes.LastIndex(data, []byte(pdfEnd))
	if end < 0 {
		return nil, ErrBroken
	}
	data = data[:end+len(pdfEnd)]
	budget := int64(maxInflated)
	if err := scanPDF(data, &budget); err != nil {
		return nil, err
	}
	return append(bytes.Clone(data), '\n'), nil
}

// scanPDF walks the document once. Bytes of a stream are searched for the long
// names only; streams that hold objects are unpacked and searched for all.
func scanPDF(data []byte, budget *int64) error {
	dictAt := 0
	for i := 0; i < len(data); {
		switch {
		case data[i] == '/':
			name, next := pdfName(data, i)
			if contains(dangerous, name) && !isPlainDestination(name, data[next:]) {
				return ErrUnsafePDF.Because(errors.New("name " + name))
			}
			i = next
		case isStreamStart(data, i):
			next, err := scanStream(data, dictAt, i, budget)
			if err != nil {
				return err
			}
			i, dictAt = next, next
		default:
			if bytes.HasPrefix(data[i:], []byte("endobj")) {
				dictAt = i
			}
			i++
		}
	}
	return nil
}

// isPlainDestination tells the harmless form of OpenAction, which LibreOffice
// writes into every file: an array naming the page to open at.
func isPlainDestination(name string, rest []byte) bool {
	return name == "OpenAction" && bytes.HasPrefix(bytes.TrimLeft(rest, "\x00\t\n\f\r "), []byte("["))
}

// pdfName reads the name that begins at data[i] with '/', undoing #xx, and
// gives where it ends.
func pdfName(data []byte, i int) (string, int) {
	var name []byte
	i++
	for i < len(data) && len(name) < 128 && isRegular(data[i]) {
		if data[i] == '#' && i+2 < len(data) {
			if v, err := strconv.ParseUint(string(data[i+1:i+3]), 16, 8); err == nil {
				name = append(name, byte(v))
				i += 3
				continue
			}
		}
		name = append(name, data[i])
		i++
	}
	return string(name), i
}

func isRegular(c byte) bool {
	return c > ' ' && !bytes.ContainsRune([]byte("()<>[]{}/%"), rune(c))
}

// isStreamStart reports whether the keyword "stream" with its line end is at i,
// behind a dictionary.
func isStreamStart(data []byte, i int) bool {
	if !bytes.HasPrefix(data[i:], []byte("stream\n")) && !bytes.HasPrefix(data[i:], []byte("stream\r")) {
		return false
	}
	before := bytes.TrimRight(data[max(0, i-32):i], "\x00\t\n\f\r ")
	return bytes.HasSuffix(before, []byte(">>"))
}

// scanStream looks into the stream whose keyword is at i and whose dictionary
// lies between dictAt and i; it gives where its data ends.
func scanStream(data []byte, dictAt, i int, budget *int64) (int, error) {
	start := i + len("stream")
	length := bytes.Index(data[start:], []byte("endstream"))
	if length < 0 {
		return 0, ErrBroken
	}
	body := data[start : start+length]
	if holdsLong(body) {
		return 0, ErrUnsafePDF.Because(errors.New("name inside a stream"))
	}
	names := namesIn(data[dictAt:i])
	if contains(names, "ObjStm") {
		if err := scanObjects(names, body, budget); err != nil {
			return 0, err
		}
	}
	return start + length, nil
}

// scanObjects unpacks a stream of objects; one packed in a way not known here
// cannot be looked into and is refused.
func scanObjects(names []string, body []byte, budget *int64) error {
	if !contains(names, "Filter") {
		return scanPDF(body, budget)
	}
	for _, other := range []string{"LZWDecode", "ASCIIHexDecode", "ASCII85Decode", "RunLengthDecode", "Crypt", "DecodeParms"} {
		if contains(names, other) {
			return ErrUnsafePDF.Because(errors.New("objects packed by " + other))
		}
	}
	zr, err := zlib.NewReader(bytes.NewReader(bytes.TrimLeft(body, "\r\n")))
	if err != nil {
		return ErrBroken.Because(err)
	}
	plain, err := io.ReadAll(io.LimitReader(zr, *budget+1))
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrBroken.Because(err)
	}
	*budget -= int64(len(plain))
	if *budget < 0 {
		return ErrUnsafePDF.Because(errors.New("objects unpack to too much"))
	}
	return scanPDF(plain, budget)
}

func namesIn(b []byte) []string {
	var out []string
	for i := 0; i < len(b); {
		if b[i] != '/' {
			i++
			continue
		}
		name, next := pdfName(b, i)
		out = append(out, name)
		i = next
	}
	return out
}

// holdsLong reports whether stream data names something dangerous, lest a
// reader's cross-reference table points into what looks like a stream.
func holdsLong(body []byte) bool {
	for i := bytes.IndexByte(body, '/'); i >= 0 && i < len(body); {
		name, next := pdfName(body, i)
		if contains(dangerousLong, name) && !isPlainDestination(name, body[next:]) {
			return true
		}
		j := bytes.IndexByte(body[next:], '/')
		if j < 0 {
			return false
		}
		i = next + j
	}
	return false
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}
