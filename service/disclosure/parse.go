package disclosure

// ParseContent reads what Canonical wrote, for the nouns that follow postings
// through their versions. Nothing gives the empty content.
func ParseContent(raw []byte) (Content, error) { return readContent(raw) }
