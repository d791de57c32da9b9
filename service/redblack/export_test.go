package redblack

// RefuseWords lets tests ask about texts without a matter around them.
func (r *Rules) RefuseWords(at, text string) error { return r.refuseWords(at, text) }

// HoldsName lets tests ask for names in texts.
func HoldsName(text string, names []string) bool { return holdsName(text, names) }
