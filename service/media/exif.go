package media

import (
	"bytes"
	"encoding/binary"
)

// Markers and sizes of JPEG and of the TIFF structure inside its EXIF segment.
const (
	markerSOS  = 0xDA
	markerAPP1 = 0xE1

	tagOrientation = 0x0112
	typeShort      = 3
	ifdEntrySize   = 12
)

// segment is one marker segment before the picture data.
type segment struct {
	marker byte
	body   []byte
}

// headerSegments lists the segments of a JPEG up to the start of scan. It stops
// quietly at the first thing that is not well formed: whether the picture can
// be used is for the decoder to say.
func headerSegments(data []byte) []segment {
	var out []segment
	for i := 2; i+4 <= len(data) && data[i] == 0xFF; {
		m := data[i+1]
		if m == 0xFF { // fill byte
			i++
			continue
		}
		if m == markerSOS {
			break
		}
		n := int(binary.BigEndian.Uint16(data[i+2:]))
		if n < 2 || i+2+n > len(data) {
			break
		}
		out = append(out, segment{marker: m, body: data[i+4 : i+2+n]})
		i += 2 + n
	}
	return out
}

// orientation gives the EXIF orientation of a JPEG, 1 to 8; 1 where it has
// none or none that makes sense.
func orientation(data []byte) int {
	for _, s := range headerSegments(data) {
		if s.marker != markerAPP1 || !bytes.HasPrefix(s.body, []byte("Exif\x00\x00")) {
			continue
		}
		if o := tiffOrientation(s.body[6:]); o != 0 {
			return o
		}
	}
	return 1
}

// tiffOrientation reads the orientation tag of the first directory, 0 if absent.
func tiffOrientation(t []byte) int {
	if len(t) < 8 {
		return 0
	}
	var order binary.ByteOrder
	switch string(t[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 0
	}
	at := uint64(order.Uint32(t[4:]))
	if at+2 > uint64(len(t)) {
		return 0
	}
	n := uint64(order.Uint16(t[at:]))
	for i := range n {
		e := at + 2 + i*ifdEntrySize
		if e+ifdEntrySize > uint64(len(t)) {
			return 0
		}
		if order.Uint16(t[e:]) != tagOrientation || order.Uint16(t[e+2:]) != typeShort {
			continue
		}
		if v := int(order.Uint16(t[e+8:])); v >= 1 && v <= 8 {
			return v
		}
	}
	return 0
}
