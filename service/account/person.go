package account

import (
	"strings"
	"time"
	"unicode"

	"cunwu/service/region"
)

// Technical bounds of what people write.
const (
	maxName   = 30
	maxNumber = 20
	maxReason = 200
	minReason = 2
)

// normalName gives a name as it is compared: without spaces, with one kind of
// middle dot. "" if it is no name.
func normalName(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		switch {
		case unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff':
			continue
		case strings.ContainsRune("•・‧．.", r):
			r = '·'
		case !unicode.IsLetter(r) && r != '·':
			return ""
		}
		b.WriteRune(r)
		n++
	}
	if n < 2 || n > maxName {
		return ""
	}
	return b.String()
}

// normalPhone gives a mobile number as 11 digits, or "".
func normalPhone(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '-' || unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
	s = strings.TrimPrefix(s, "+86")
	if len(s) != 11 || s[0] != '1' || s[1] < '3' || !digits(s) {
		return ""
	}
	return s
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// normalLast4 gives the last four characters of an ID number, or "".
func normalLast4(s string) string {
	s = strings.ToUpper(strings.TrimSpace(s))
	if len(s) != 4 || !digits(s[:3]) || s[3] != 'X' && !digits(s[3:]) {
		return ""
	}
	return s
}

// Weights and check characters of GB 11643-1999.
var (
	idWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	idChecks  = "10X98765432"
)

// parseID checks an 18-character ID number (GB 11643) and gives it in upper
// case with the date of birth in it. The date must exist and be past.
func parseID(s string, now time.Time) (id string, birth time.Time, ok bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	if len(s) != 18 || !digits(s[:17]) || s[0] == '0' {
		return "", time.Time{}, false
	}
	sum := 0
	for i, w := range idWeights {
		sum += w * int(s[i]-'0')
	}
	birth, err := time.Parse("20060102", s[6:14])
	if err != nil || birth.After(now) || birth.Year() < 1900 || s[17] != idChecks[sum%11] {
		return "", time.Time{}, false
	}
	return s, birth, true
}

// maskPhone shows a number as 138****1234.
func maskPhone(s string) string {
	if len(s) != 11 {
		return ""
	}
	return s[:3] + "****" + s[7:]
}

// chineseDigits are the numerals that group names are written with.
var chineseDigits = map[rune]int{'一': 1, '二': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9}

// parseGroup reads a group as rolls write it: a 14-digit code, "3", "3组",
// "三组", "第十二组", "盐井村3组". "" with ok for an empty cell.
func parseGroup(s string, village region.Code) (g region.Code, ok bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", true
	}
	if c := region.Code(s); len(s) == int(region.Group) {
		return c, c.Valid() && village.Contains(c)
	}
	s = strings.TrimSuffix(strings.TrimSuffix(s, "组"), "小")
	n := trailingNumber([]rune(s))
	if n < 1 || n > 99 {
		return "", false
	}
	return village + region.Code([]byte{byte('0' + n/10), byte('0' + n%10)}), true
}

// trailingNumber reads the Arabic or Chinese number at the end, 0 if none.
func trailingNumber(r []rune) int {
	i := len(r)
	for i > 0 && r[i-1] >= '0' && r[i-1] <= '9' && len(r)-i < 3 {
		i--
	}
	if i < len(r) {
		n := 0
		for _, d := range r[i:] {
			n = n*10 + int(d-'0')
		}
		return n
	}
	units, tens, seenTen := 0, 0, false
	for i = len(r) - 1; i >= 0; i-- {
		d, isDigit := chineseDigits[r[i]]
		switch {
		case r[i] == '十' && !seenTen:
			seenTen, tens = true, 1
		case isDigit && seenTen:
			return d*10 + units
		case isDigit && units == 0:
			units = d
		default:
			return tens*10 + units
		}
	}
	return tens*10 + units
}

// reasonOf trims a reason; ErrReason if it is too short or too long.
func reasonOf(s string) (string, error) {
	s = strings.TrimSpace(s)
	if n := len([]rune(s)); n < minReason || n > maxReason {
		return "", ErrReason.At("body.reason", "原因要 2 到 200 个字。")
	}
	return s, nil
}
