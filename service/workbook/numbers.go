package workbook

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// shape is how a number format shows a number, as far as it changes what the
// number means.
type shape int

const (
	plain   shape = iota
	date          // a day
	instant       // a day and a time
	hour          // a time alone
	padded        // zeros before it, as in 001
	percent
)

// format is a number format reduced to its shape; width is of padded.
type format struct {
	shape shape
	width int
}

// builtin gives the formats that are known by number (ECMA-376 18.8.30 and the
// Chinese ones of the same table).
func builtin(id int) format {
	switch {
	case id == 9 || id == 10:
		return format{shape: percent}
	case id >= 14 && id <= 17, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id == 57 || id == 58:
		return format{shape: date}
	case id == 22:
		return format{shape: instant}
	case id >= 18 && id <= 21, id >= 32 && id <= 35, id >= 45 && id <= 47, id == 55 || id == 56:
		return format{shape: hour}
	}
	return format{}
}

// Parts of a format code that are text: quoted, escaped, padding, colours and
// conditions in brackets. [h] is no such part: it counts hours.
var (
	formatText = regexp.MustCompile(`"[^"]*"|\\.|_.|\*.|\[[^\]hHmMsS][^\]]*\]|General|G/通用格式`)
	zeros      = regexp.MustCompile(`^0{2,20}$`)
)

// custom reads a format code such as yyyy"年"m"月"d"日".
func custom(code string) format {
	first, _, _ := strings.Cut(code, ";")
	if zeros.MatchString(first) {
		return format{shape: padded, width: len(first)}
	}
	bare := strings.ToLower(formatText.ReplaceAllString(first, ""))
	days := strings.ContainsAny(bare, "yd") || strings.Contains(bare, "m") && !strings.ContainsAny(bare, "hs")
	hours := strings.ContainsAny(bare, "hs")
	switch {
	case days && hours:
		return format{shape: instant}
	case days:
		return format{shape: date}
	case hours:
		return format{shape: hour}
	case strings.Contains(bare, "%"):
		return format{shape: percent}
	}
	return format{}
}

// digits is how many digits a spreadsheet program keeps: what a file holds
// beyond them is noise of its arithmetic (0.30000000000000004).
const digits = 15

// number gives a stored number as it is read by people: a day as 2006-01-02,
// else its digits without exponent. Amounts are not rounded to what the cell
// shows: who sees 12.35 and stored 12.345 has to be told.
func (f format) number(raw string, since1904 bool) string {
	v, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return raw
	}
	switch f.shape {
	case date, instant, hour:
		if t, ok := fromSerial(v, since1904); ok {
			return t.Format(map[shape]string{date: time.DateOnly, instant: "2006-01-02 15:04", hour: "15:04"}[f.shape])
		}
	case padded:
		if v == math.Trunc(v) && v >= 0 && v < 1e15 {
			s := strconv.FormatInt(int64(v), 10)
			return strings.Repeat("0", max(0, f.width-len(s))) + s
		}
	case percent:
		return exact(v*100, raw) + "%"
	case plain:
	}
	return exact(v, raw)
}

// exact writes 15 digits; what needs more, or an exponent, stays as it is
// stored, since a guess could pass for somebody's number.
func exact(v float64, raw string) string {
	if size := math.Abs(v); size >= 1e15 || size != 0 && size < 1e-9 {
		return raw
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', digits, 64), 64)
	if err != nil {
		return raw
	}
	if rounded == 0 {
		return "0"
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// maxSerial is 9999-12-31, where spreadsheet programs end.
const maxSerial = 2958466

// fromSerial turns days since the end of 1899 into a moment, to the minute.
// Serial 60 is a 29 February 1900 that never was; later ones count it.
func fromSerial(v float64, since1904 bool) (time.Time, bool) {
	if v < 0 || v >= maxSerial {
		return time.Time{}, false
	}
	days, part := math.Modf(v)
	start := time.Date(1899, 12, 31, 0, 0, 0, 0, time.UTC)
	switch {
	case since1904:
		start = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case days >= 60:
		days--
	}
	return start.AddDate(0, 0, int(days)).Add(time.Duration(math.Round(part*24*60)) * time.Minute), true
}

// Day reads the serial number of a day, as a cell without a format of dates
// holds one. It is false for what is no day between 1954 and 2173: a smaller or
// larger number is more likely an amount.
func Day(text string) (time.Time, bool) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || v != math.Trunc(v) || v < 20_000 || v > 100_000 {
		return time.Time{}, false
	}
	return fromSerial(v, false)
}
