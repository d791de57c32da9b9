package screening

// blacked stands for every character that others do not get to read.
const blacked = '■'

// BlackOut gives a text with everything that Check would find blacked out,
// character by character. What villagers write is not refused for it: others
// read it blacked out, and those who must act read it whole.
func (s *Screen) BlackOut(place, text string) string {
	runes := []rune(text)
	var plain []rune
	var from []int // where in runes each of plain stands
	for i, r := range runes {
		n := normalise(string(r))
		plain = append(plain, n...)
		for range n {
			from = append(from, i)
		}
	}
	for _, h := range s.find(place, plain) {
		for i := from[h.start]; i <= from[h.end-1]; i++ {
			if runes[i] != ' ' && runes[i] != '\n' {
				runes[i] = blacked
			}
		}
	}
	return string(runes)
}
