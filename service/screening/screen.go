package screening

// Screen holds the rules.
type Screen struct{}
