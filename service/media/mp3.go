package media

import (
	"bytes"
	"time"
)

const (
	frameHeaderSize = 4
	id3v2HeaderSize = 10
	// maxNoise is how many bytes between frames are skipped while looking for
	// the next one; a damaged second is forgiven, another format is not.
	maxNoise  = 4096
	minFrames = 3
)

// frame is one MPEG audio frame, layer III.
type frame struct {
	size    int
	rate    int // samples per second
	samples int
	version byte
}

// Bit rates in kbit/s and sample rates by ISO/IEC 11172-3 and 13818-3, layer III.
var (
	kbps1 = [15]int{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}
	kbps2 = [15]int{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}
	rates = map[byte][3]int{
		3: {44100, 48000, 32000}, // MPEG 1
		2: {22050, 24000, 16000}, // MPEG 2
		0: {11025, 12000, 8000},  // MPEG 2.5
	}
)

// parseFrame reads a frame header; free-format streams are not taken, since
// their frames cannot be measured.
func parseFrame(b []byte) (frame, bool) {
	if len(b) < frameHeaderSize || b[0] != 0xFF || b[1]&0xE0 != 0xE0 {
		return frame{}, false
	}
	version, layer := b[1]>>3&3, b[1]>>1&3
	bitrate, rate, padding := b[2]>>4, b[2]>>2&3, int(b[2]>>1&1)
	if version == 1 || layer != 1 || bitrate == 0 || bitrate == 15 || rate == 3 || b[3]&3 == 2 {
		return frame{}, false
	}
	f := frame{version: version, rate: rates[version][rate]}
	kbps := kbps2[bitrate]
	f.samples = 576
	if version == 3 {
		kbps, f.samples = kbps1[bitrate], 1152
	}
	f.size = f.samples/8*kbps*1000/f.rate + padding
	return f, f.size > frameHeaderSize
}

// remakeMP3 gives the frames of a recording and nothing else: tags in front and
// behind, pictures in tags and appended bytes are left out. Gives ErrBroken.
func remakeMP3(data []byte) ([]byte, time.Duration, error) {
	var (
		out     []byte
		length  time.Duration
		count   int
		noise   int
		first   frame
		wasGood bool
	)
	for rest := skipID3v2(data); len(rest) > 0; {
		if atTail(rest) {
			break
		}
		f, ok := parseFrame(rest)
		ok = ok && f.size <= len(rest) && (count == 0 || f.rate == first.rate && f.version == first.version)
		if ok && !wasGood { // after noise one header is not enough: any bytes may look like one
			ok = followed(rest[f.size:], f)
		}
		if !ok {
			noise++
			if noise > maxNoise {
				break
			}
			rest, wasGood = rest[1:], false
			continue
		}
		if count == 0 {
			first = f
		}
		out = append(out, rest[:f.size]...)
		length += time.Duration(f.samples) * time.Second / time.Duration(f.rate)
		rest, wasGood = rest[f.size:], true
		count++
	}
	if count < minFrames {
		return nil, 0, ErrBroken
	}
	return out, length, nil
}

// followed reports whether a frame like f comes next, or the end.
func followed(rest []byte, f frame) bool {
	if len(rest) == 0 || atTail(rest) {
		return true
	}
	next, ok := parseFrame(rest)
	return ok && next.rate == f.rate && next.version == f.version
}

// atTail reports whether what remains is a closing tag (ID3v1, APE, Lyrics3).
func atTail(rest []byte) bool {
	return bytes.HasPrefix(rest, []byte("TAG")) || bytes.HasPrefix(rest, []byte("APETAGEX")) || bytes.HasPrefix(rest, []byte("LYRICSBEGIN"))
}

// skipID3v2 steps over the tags in front; their size is four times seven bits.
func skipID3v2(data []byte) []byte {
	for len(data) >= id3v2HeaderSize && bytes.HasPrefix(data, []byte("ID3")) {
		n := id3v2HeaderSize
		for i, b := range data[6:10] {
			n += int(b&0x7F) << (7 * (3 - i))
		}
		if data[5]&0x10 != 0 { // has a footer
			n += id3v2HeaderSize
		}
		if n > len(data) {
			return nil
		}
		data = data[n:]
	}
	return data
}
