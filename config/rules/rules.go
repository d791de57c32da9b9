// Package rules is the rule book: data only, embedded as it lies in this
// folder, so that the one binary carries the rules it was tested with. The
// format of every file is in README.md; reading and checking are done by the
// nouns that the rules are about.
package rules

import "embed"

// FS holds everything below config/rules that is data, by path relative to
// this folder ("holidays/…", "procedures/…").
//
//go:embed *
var FS embed.FS
