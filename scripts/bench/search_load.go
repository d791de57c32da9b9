package main

import (
	"bufio"
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"

	"cunwu/service/search"
)

// planted are the words that are looked for, with the share of postings that
// they stand in.
var planted = []struct {
	word  string
	every int64 // in one of so many postings
}{{"路灯", 4}, {"电费", 5}, {"水渠", 100}, {"路灯维修", 200}, {"石拱", 50_000}}

const (
	// spillParts is into how many files terms are sorted, so that a part fits
	// into memory.
	spillParts = 64
	madeWords  = 3000 // different made-up words
	madeLines  = 8
)

// author makes up the texts of postings: words of two letters, few of them
// common and most of them rare, as in what people write.
type author struct {
	source *rand.PCG
	dice   *rand.Rand
	zipf   *rand.Zipf
}

func newAuthor() *author {
	source := rand.NewPCG(0, 0)
	dice := rand.New(source)
	return &author{source: source, dice: dice, zipf: rand.NewZipf(dice, 1.2, 30, madeWords-1)}
}

func (a *author) words(b *strings.Builder, n int) {
	for range n {
		w := rune(a.zipf.Uint64())
		b.WriteRune(0x4e00 + w*5%2500)
		b.WriteRune(0x4e00 + w*11%2500)
	}
}

// write gives the texts of a posting: title, summary, lines. The same serial
// has always the same.
func (a *author) write(serial int64) []string {
	a.source.Seed(uint64(serial), 5108)
	out := make([]string, 0, 2+madeLines)
	for _, n := range []int{6, 20} {
		var b strings.Builder
		a.words(&b, n)
		out = append(out, b.String())
	}
	for range madeLines {
		var b strings.Builder
		a.words(&b, 3)
		out = append(out, b.String())
	}
	for _, p := range planted {
		if a.dice.Int64N(p.every) == 0 {
			out[1] += "，" + p.word
		}
	}
	return out
}

// indexTexts fills the index for all loaded postings that have none, in the
// order in which it is stored: terms are spilled to files by their range, and
// each file is sorted and written.
func (d *dataset) indexTexts(ctx context.Context, db *sql.DB, scratch, verb string) error {
	var pos int64
	var item, period string
	err := db.QueryRowContext(ctx, "SELECT pos, item_code, period FROM postings WHERE pos IS NOT NULL AND id NOT IN (SELECT posting_id FROM search_docs) ORDER BY serial DESC LIMIT 1").
		Scan(&pos, &item, &period)
	if err != nil {
		return err
	}
	var have int64
	sure := search.TermsOf(item, period, nil)[0] // every posting has that of its period
	err = db.QueryRowContext(ctx, "SELECT COUNT(*) FROM search_terms WHERE term = ? AND pos = ?", int64(sure), pos).Scan(&have)
	if err != nil || have > 0 {
		return err
	}
	dir, err := os.MkdirTemp(scratch, "terms.")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s := &spill{}
	if err := s.take(ctx, db, dir); err != nil {
		return err
	}
	return s.load(ctx, db, verb)
}

// indexOnMySQL does it in a database on a server.
func (b *bench) indexOnMySQL(ctx context.Context, address string, d *dataset) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	c := mysql.NewConfig()
	c.Net, c.Addr, c.User, c.DBName = "tcp", u.Host, u.User.Username(), strings.TrimPrefix(u.Path, "/")
	c.Passwd, _ = u.User.Password()
	c.MaxAllowedPacket = 0
	db, err := openMySQL(ctx, c)
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if err := d.indexTexts(ctx, db, b.dir, "INSERT IGNORE"); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "ANALYZE TABLE search_terms")
	return err
}

// spill is terms on their way into the index.
type spill struct {
	borders []search.Term // of the parts, rising
	files   []*os.File
	to      []*bufio.Writer
}

func (s *spill) take(ctx context.Context, db *sql.DB, dir string) error {
	rows, err := db.QueryContext(ctx, "SELECT serial, pos, item_code, period FROM postings WHERE pos IS NOT NULL AND id NOT IN (SELECT posting_id FROM search_docs) ORDER BY serial")
	if err != nil {
		return err
	}
	defer rows.Close()
	a := newAuthor()
	s.sample(a)
	for range len(s.borders) + 1 {
		f, err := os.Create(filepath.Join(dir, fmt.Sprint(len(s.files))))
		if err != nil {
			return err
		}
		s.files, s.to = append(s.files, f), append(s.to, bufio.NewWriterSize(f, 1<<16))
	}
	for n := 0; rows.Next(); n++ {
		var serial, pos int64
		var item, period string
		if err := rows.Scan(&serial, &pos, &item, &period); err != nil {
			return err
		}
		for _, t := range search.TermsOf(item, period, a.write(serial)) {
			part, _ := slices.BinarySearch(s.borders, t+1) // borders begin their part
			var b [16]byte
			binary.BigEndian.PutUint64(b[:8], uint64(t))
			binary.BigEndian.PutUint64(b[8:], uint64(pos))
			if _, err := s.to[part].Write(b[:]); err != nil {
				return err
			}
		}
		if n%200_000 == 0 {
			progress("terms of %d postings", n)
		}
	}
	return rows.Err()
}

// sample finds borders that make parts of about the same size.
func (s *spill) sample(a *author) {
	var some []search.Term
	for serial := range int64(2000) {
		some = append(some, search.TermsOf("D02", "2026", a.write(serial))...)
	}
	slices.Sort(some)
	for i := 1; i < spillParts; i++ {
		s.borders = append(s.borders, some[i*len(some)/spillParts])
	}
	s.borders = slices.Compact(s.borders)
}

func (s *spill) load(ctx context.Context, db *sql.DB, verb string) error {
	for i, f := range s.files {
		entries, err := s.part(i, f)
		if err != nil {
			return err
		}
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		for part := range slices.Chunk(entries, 200_000) {
			rows := make([][]any, len(part))
			for j, e := range part {
				rows[j] = []any{int64(e.Term), e.Pos}
			}
			if err := insert(ctx, tx, verb, "search_terms", []string{"term", "pos"}, rows); err != nil {
				return errors.Join(err, tx.Rollback())
			}
		}
		if err := tx.Commit(); err != nil {
			return err
		}
		if i%8 == 0 {
			progress("indexed %d of %d parts", i, len(s.files))
		}
	}
	return nil
}

func (s *spill) part(i int, f *os.File) ([]search.Entry, error) {
	defer f.Close()
	if err := s.to[i].Flush(); err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	var out []search.Entry
	in := bufio.NewReaderSize(f, 1<<16)
	for {
		var b [16]byte
		if _, err := io.ReadFull(in, b[:]); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		out = append(out, search.Entry{Term: search.Term(binary.BigEndian.Uint64(b[:8])), Pos: int64(binary.BigEndian.Uint64(b[8:]))})
	}
	slices.SortFunc(out, func(a, b search.Entry) int { return cmp.Or(cmp.Compare(a.Term, b.Term), cmp.Compare(a.Pos, b.Pos)) })
	return out, nil
}
