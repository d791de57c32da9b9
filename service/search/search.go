// Package search finds what villages have published by the words in it, in
// Chinese without word breaks: titles, summaries, bodies, fields, lines of
// account and the names of catalogue items.
//
// A text is a set of terms, each two letters that stand side by side. The index
// holds for each term the postings with it, by their place in the feeds; a
// question is a handful of such lists and the feed of a place, intersected
// newest first, so that its cost follows the shortest of them.
//
// Invariants: only what anybody may read is indexed; the index is written in
// the follower's transaction, never in that of a publication; an answer is read
// from the postings as they stand now, so that a term that has outlived its
// text shows nothing.
package search

import (
	"cunwu/service/region"
)

// Bounds of a question and of the work for one answer.
const (
	// MinLetters and MaxCharacters bound the text of a question.
	MinLetters    = 2
	MaxCharacters = 40
	// maxLists is how many lists of terms one question is intersected from; what
	// they leave open is verified in the text.
	maxLists = 12
	// maxWalked is how many places of the leading list one answer is looked for
	// in, and maxTexts how many texts are read for it.
	maxWalked = 16 << 10
	maxTexts  = 300
	// maxTerms is how many terms of one posting are indexed, title first: no
	// honest posting has so many.
	maxTerms = 50_000
)

// Query asks for a page of what was published in a place and all below it.
// Text is one or more words, all of which must occur; at least one of Text,
// Item and Period is given. Before is the Next of the page before, 0 for the
// first page.
type Query struct {
	Text     string
	Region   region.Code
	Category string // "" for all
	Item     string // catalogue item code, "" for all
	Period   string // and every period within it; "" for all
	Before   int64
	Limit    int // 1..50, 0 for the usual
}

// Term is what the index knows of a text: two neighbouring letters, or
// (negative) an item or a period.
type Term int64

// List names one list of places in the feeds, each sorted: those of a term, or
// those of a feed (disclosure.Scope).
type List struct {
	Feed   bool
	Number int64
}

// Entry is one row of the index.
type Entry struct {
	Term Term
	Pos  int64
}

// Doc is what is indexed of a posting: its place and its packed terms.
type Doc struct {
	PostingID string
	Pos       int64
	Terms     []byte
}
