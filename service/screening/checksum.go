package screening

import "time"

var idWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

const idChecks = "10X98765432"

// provinces are the first two digits of GB/T 2260 codes that ID numbers begin
// with; 81 to 83 are residence permits of people from Hong Kong, Macao, Taiwan.
var provinces = [100]bool{
	11: true, 12: true, 13: true, 14: true, 15: true,
	21: true, 22: true, 23: true,
	31: true, 32: true, 33: true, 34: true, 35: true, 36: true, 37: true,
	41: true, 42: true, 43: true, 44: true, 45: true, 46: true,
	50: true, 51: true, 52: true, 53: true, 54: true,
	61: true, 62: true, 63: true, 64: true, 65: true,
	71: true, 81: true, 82: true, 83: true,
}

// validID reports whether 18 characters are a citizen ID number (GB 11643): a
// province, a date of birth that exists, and the check character.
func validID(s []byte) bool {
	if len(s) != 18 || !provinces[int(s[0]-'0')*10+int(s[1]-'0')] {
		return false
	}
	sum := 0
	for i, w := range idWeights {
		sum += int(s[i]-'0') * w
	}
	if s[17] != idChecks[sum%11] {
		return false
	}
	born, err := time.Parse("20060102", string(s[6:14]))
	return err == nil && born.Year() >= 1850 && born.Year() <= 2100
}

// validLuhn reports whether digits pass the check of bank cards (GB/T 17552,
// ISO/IEC 7812-1 annex B).
func validLuhn(s []byte) bool {
	sum := 0
	for i := range s {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

const creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

var creditWeights = [17]int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28}

// validCredit reports whether 18 characters are the unified social credit code
// of an organisation (GB 32100), which is public and may be mistaken for an ID.
func validCredit(s []byte) bool {
	if len(s) != 18 {
		return false
	}
	sum := 0
	for i, w := range creditWeights {
		v := creditValue(s[i])
		if v < 0 {
			return false
		}
		sum += v * w
	}
	return creditValue(s[17]) == (31-sum%31)%31
}

func creditValue(c byte) int {
	for i := range len(creditAlphabet) {
		if creditAlphabet[i] == c {
			return i
		}
	}
	return -1
}
