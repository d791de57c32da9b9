// Package paper lays out and makes the A4 sheets that a village prints: a
// posting for the board, and the QR codes of its pages, as PDF with the font
// inside, so that every printer and every telephone shows the same.
//
// It knows nothing of postings: it is given words, and places them. Laying out
// (a Document of runs of text, lines and codes) is apart from drawing, so that
// what is on the paper can be tested without reading a PDF.
//
// Invariants: nothing that is given is cut off: long text wraps, long tables go
// on over pages under a repeated head; a character that the font lacks is
// printed as 〓 and the sheet says so; the same words give the same bytes; the
// font is held in memory only while a sheet is made, and at most two are made
// at a time.
//
// The font is WenQuanYi Micro Hei (Apache-2.0), see font/README.md.
package paper

import (
	"context"
	"fmt"
)

// atOnce bounds the sheets being made: each holds the font, about 10 MB with
// its tables, and the server's memory is small.
const atOnce = 2

// Press makes sheets. It is safe for concurrent use.
type Press struct{ turns chan struct{} }

// NewPress makes a press that holds nothing yet.
func NewPress() *Press { return &Press{turns: make(chan struct{}, atOnce)} }

// Sheet makes the sheet of a posting as PDF. It waits for its turn; the error
// is that of ctx where the turn did not come.
func (p *Press) Sheet(ctx context.Context, s Sheet) ([]byte, error) {
	return p.make(ctx, s.Title, func(f *face) (*Document, error) { return laySheet(f, s) })
}

// Codes makes the sheet of a village's codes as PDF, in the same way.
func (p *Press) Codes(ctx context.Context, s CodeSheet) ([]byte, error) {
	return p.make(ctx, s.Title, func(f *face) (*Document, error) { return layCodes(f, s) })
}

func (p *Press) make(ctx context.Context, title string, lay func(*face) (*Document, error)) ([]byte, error) {
	select {
	case p.turns <- struct{}{}:
		defer func() { <-p.turns }()
	case <-ctx.Done():
		return nil, fmt.Errorf("paper: wait for a turn: %w", ctx.Err())
	}
	f, err := openFace()
	if err != nil {
		return nil, err
	}
	doc, err := lay(f)
	if err != nil {
		return nil, err
	}
	return draw(f, title, doc)
}
