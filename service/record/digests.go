package record

import (
	"fmt"
	"iter"
)

// What a digest line says in place of a digest.
const (
	// Withdrawn and Expired stand at the index of the leaf that says so.
	Withdrawn = "withdrawn"
	Expired   = "expired"
	// Ended stands at the index of the leaf by which an office ended.
	Ended = "ended"
	// Erased stands at the index of a publication whose text had to go.
	Erased = "erased"
)

// DigestLine is what the site says now of one entry of the log. Digest is the
// hex Digest of the entry as it is built anew from what the site shows, so a
// reader compares it with the SHA-256 of the entry and knows nothing else; or
// one of the words above.
type DigestLine struct {
	ID      string
	Version int
	Digest  string
	Index   int64
}

// String is the line as it is served, without its end.
func (l DigestLine) String() string {
	return fmt.Sprintf("%s %d %s %d", l.ID, l.Version, l.Digest, l.Index)
}

// DigestBatch is how many lines a noun reads at once for an export.
const DigestBatch = 200

// DigestLines makes a stream of pages: page gives the lines with indexes above
// the one given, in their order, none at the end. One page is held at a time.
func DigestLines(after int64, page func(after int64) ([]DigestLine, error)) iter.Seq2[DigestLine, error] {
	return func(yield func(DigestLine, error) bool) {
		for {
			lines, err := page(after)
			if err != nil {
				yield(DigestLine{}, err)
				return
			}
			if len(lines) == 0 {
				return
			}
			for _, l := range lines {
				if !yield(l, nil) {
					return
				}
			}
			after = lines[len(lines)-1].Index
		}
	}
}

// MergeDigests makes one stream in the order of indexes of streams in that
// order. An error of any of them ends it.
func MergeDigests(streams ...iter.Seq2[DigestLine, error]) iter.Seq2[DigestLine, error] {
	return func(yield func(DigestLine, error) bool) {
		var heads []*digestHead
		for _, s := range streams {
			next, stop := iter.Pull2(s)
			defer stop()
			if h := (&digestHead{next: next}); h.advance() {
				heads = append(heads, h)
			}
		}
		for len(heads) > 0 {
			least := 0
			for i, h := range heads {
				if h.err != nil {
					yield(DigestLine{}, h.err)
					return
				}
				if h.line.Index < heads[least].line.Index {
					least = i
				}
			}
			if !yield(heads[least].line, nil) {
				return
			}
			if !heads[least].advance() {
				heads = append(heads[:least], heads[least+1:]...)
			}
		}
	}
}

type digestHead struct {
	next func() (DigestLine, error, bool)
	line DigestLine
	err  error
}

func (h *digestHead) advance() (more bool) {
	h.line, h.err, more = h.next()
	return more
}
