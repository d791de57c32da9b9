package search

// TermOf gives the number of the term of a two-letter word.
func TermOf(word string) int64 {
	var out int64
	bigrams(word, func(t Term) { out = int64(t) })
	return out
}
