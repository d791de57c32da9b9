package opendata

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"cunwu/service/disclosure"
	"cunwu/service/region"
	"cunwu/service/workbook"
)

// Pages are small where texts are read: a posting has up to 2000 lines.
const (
	postingsPage = 200
	linesPage    = 20
	// maxBookRows bounds an xlsx: more opens nowhere in a village.
	maxBookRows = 200_000
)

// Export is a walk over what a query asks for, with its first page read.
type Export struct {
	s     *Service
	q     Query
	rng   Range
	first Page
}

// Open checks a query and reads its first page. Refusals: region.not_found,
// request.invalid, and where storage is away service.unavailable.
func (s *Service) Open(ctx context.Context, q Query) (*Export, error) {
	rng, err := s.check(ctx, q)
	if err != nil {
		return nil, err
	}
	first, err := s.store.OpenPage(ctx, rng)
	if err != nil {
		return nil, err
	}
	return &Export{s: s, q: q, rng: rng, first: first}, nil
}

// table is a file being written, row by row.
type table interface {
	head(cols []column) error
	row(cols []column, r row) error
	flush() error
}

// Write writes the file to w. flush, where given, is called after each page with
// what was written so far. An error after the first byte means that the file is
// not whole: the caller must break the transfer off. Refusals before the first
// byte of an xlsx: ErrTooMany, ErrBusy.
func (e *Export) Write(ctx context.Context, f Format, w io.Writer, flush func() error) error {
	if flush == nil {
		flush = func() error { return nil }
	}
	switch f {
	case XLSX:
		return e.book(ctx, w, flush)
	case JSONL:
		return e.walk(ctx, &jsonTable{w: w, tell: flush})
	case CSV:
	}
	c, err := workbook.NewCSV(w)
	if err != nil {
		return err
	}
	return e.walk(ctx, &csvTable{CSV: c, tell: flush})
}

// walk reads page by page. What is withdrawn before its page is read is not in
// the file; what is published meanwhile stands above the first page and is not
// either. A posting that is corrected meanwhile moves up and out of the walk.
func (e *Export) walk(ctx context.Context, t table) error {
	cols := columnsOf(e.q.Kind)
	if err := t.head(cols); err != nil {
		return err
	}
	page, rng := e.first, e.rng
	for {
		if err := e.page(ctx, t, cols, page); err != nil {
			return err
		}
		if err := t.flush(); err != nil {
			return err
		}
		if page.Next == 0 {
			return nil
		}
		rng.Before = page.Next
		var err error
		if page, err = e.s.store.OpenPage(ctx, rng); err != nil {
			return err
		}
	}
}

func (e *Export) page(ctx context.Context, t table, cols []column, page Page) error {
	var codes []region.Code
	for _, x := range page.Items {
		codes = append(codes, x.Record.Region.Path()...)
	}
	names, err := e.s.opt.Places.Names(ctx, unique(codes))
	if err != nil {
		return err
	}
	for _, x := range page.Items {
		// The archive gives nothing else; this is the last look before the world.
		if x.Record.Visibility != disclosure.PublicInternet || !x.Record.Standing() {
			continue
		}
		item, ok := e.s.opt.Catalogue.Edition(x.Record.Edition).Item(x.Record.ItemCode)
		if !ok {
			return fmt.Errorf("opendata: item %s of edition %s is gone from the rules", x.Record.ItemCode, x.Record.Edition)
		}
		r := row{rec: x.Record, item: item, names: names}
		if e.q.Kind != Lines {
			if err := t.row(cols, r); err != nil {
				return err
			}
			continue
		}
		c, err := disclosure.ParseContent(x.Content)
		if err != nil {
			return err
		}
		for i := range c.Lines {
			r.line, r.n = c.Lines[i], int64(i)+1
			if err := t.row(cols, r); err != nil {
				return err
			}
		}
	}
	return nil
}

func unique(codes []region.Code) []region.Code {
	seen := map[region.Code]bool{}
	var out []region.Code
	for _, c := range codes {
		if !seen[c] {
			seen[c] = true
			out = append(out, c)
		}
	}
	return out
}

func heads(cols []column) []workbook.Value {
	out := make([]workbook.Value, len(cols))
	for i, c := range cols {
		out[i] = workbook.Text(c.Title)
	}
	return out
}

func values(cols []column, r row) []workbook.Value {
	out := make([]workbook.Value, len(cols))
	for i, c := range cols {
		out[i] = c.of(r).value()
	}
	return out
}

type csvTable struct {
	*workbook.CSV
	tell func() error
}

func (t *csvTable) head(cols []column) error       { return t.Row(heads(cols)...) }
func (t *csvTable) row(cols []column, r row) error { return t.Row(values(cols, r)...) }

func (t *csvTable) flush() error {
	if err := t.Flush(); err != nil {
		return err
	}
	return t.tell()
}

// jsonTable writes one object a line, its fields in the order of the columns.
type jsonTable struct {
	w    io.Writer
	buf  bytes.Buffer
	tell func() error
}

func (t *jsonTable) head([]column) error { return nil }

func (t *jsonTable) row(cols []column, r row) error {
	for i, c := range cols {
		sep := byte(',')
		if i == 0 {
			sep = '{'
		}
		v, err := c.of(r).json()
		if err != nil {
			return fmt.Errorf("opendata: encode %s: %w", c.ID, err)
		}
		t.buf.WriteByte(sep)
		t.buf.WriteString(`"` + c.ID + `":`)
		t.buf.Write(v)
	}
	t.buf.WriteString("}\n")
	if t.buf.Len() < 64<<10 {
		return nil
	}
	return t.send()
}

func (t *jsonTable) send() error {
	_, err := t.buf.WriteTo(t.w)
	if err != nil {
		return fmt.Errorf("opendata: write: %w", err)
	}
	return nil
}

func (t *jsonTable) flush() error {
	if err := t.send(); err != nil {
		return err
	}
	return t.tell()
}

// book makes a whole xlsx in a temporary file and then writes it: a zip cannot
// be begun before its end is known to come.
func (e *Export) book(ctx context.Context, w io.Writer, tell func() error) error {
	select {
	case e.s.books <- struct{}{}:
		defer func() { <-e.s.books }()
	default:
		return ErrBusy
	}
	x, err := workbook.NewXLSX()
	if err != nil {
		return err
	}
	defer func() { _ = x.Discard() }() // what was to be said is said by then
	if err := x.Sheet(map[Kind]string{Postings: "公开", Lines: "明细"}[e.q.Kind]); err != nil {
		return err
	}
	if err := e.walk(ctx, &bookTable{XLSX: x, tell: tell}); err != nil {
		return err
	}
	if err := x.Close(); err != nil {
		return err
	}
	_, err = x.WriteTo(w)
	return err
}

type bookTable struct {
	*workbook.XLSX
	rows int
	tell func() error
}

func (t *bookTable) head(cols []column) error { return t.Row(heads(cols)...) }
func (t *bookTable) flush() error             { return t.tell() }

func (t *bookTable) row(cols []column, r row) error {
	if t.rows++; t.rows > maxBookRows {
		return ErrTooMany
	}
	return t.Row(values(cols, r)...)
}
