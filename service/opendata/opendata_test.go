package opendata_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/opendata"
	"cunwu/service/record"
	"cunwu/service/region"
	"cunwu/service/workbook"
)

const village = region.Code("510821102200")

type places struct{}

func (places) Names(_ context.Context, codes []region.Code) (map[region.Code]string, error) {
	all := map[region.Code]string{"51": "四川省", "5108": "广元市", "510821": "旺苍县", "510821102": "嘉川镇", village: "盐井村"}
	out := map[region.Code]string{}
	for _, c := range codes {
		if all[c] != "" {
			out[c] = all[c]
		}
	}
	return out, nil
}

func service(t testing.TB, store opendata.Store) *opendata.Service {
	t.Helper()
	c, err := disclosure.LoadCatalogue(os.DirFS("../../config/rules"))
	if err != nil {
		t.Fatal(err)
	}
	return opendata.New(store, opendata.Options{
		Places: places{}, Catalogue: c, State: func(context.Context) (string, error) { return "state", nil },
	})
}

func fen(n int64) *int64 { return &n }

// many is an endless village: so many postings of so many lines, counted as
// they are asked for.
type many struct {
	postings, lines int
	summary         string
	failAt          int // the page that storage does not give, 0 for none
	pages, largest  int
}

func (m *many) OpenPage(_ context.Context, r opendata.Range) (opendata.Page, error) {
	m.pages++
	if m.pages == m.failAt {
		return opendata.Page{}, fault.ErrUnavailable
	}
	m.largest = max(m.largest, r.Limit)
	top := int64(m.postings)
	if r.Before != 0 {
		top = r.Before - 1
	}
	var page opendata.Page
	for pos := top; pos > 0 && len(page.Items) < r.Limit; pos-- {
		x := opendata.Standing{Record: disclosure.Record{
			ID: fmt.Sprintf("posting-%07d", pos), Region: village, ItemCode: "D02", Category: "FINANCE", Edition: "2026-01-01", Period: "2026-02",
			Visibility: disclosure.PublicInternet, State: disclosure.Published, Version: 1, Pos: pos, PublishedAt: dbtest.Start,
			Shown: disclosure.Shown{Title: m.summary, Summary: m.summary, IncomeFen: fen(12345)},
		}}
		if r.Texts {
			c := disclosure.Content{Title: "标题", Summary: "摘要"}
			for range m.lines {
				c.Lines = append(c.Lines, disclosure.Line{Date: "2026-02-03", Summary: m.summary, ExpenseFen: 5, Payee: m.summary})
			}
			raw, err := c.Canonical()
			if err != nil {
				return page, err
			}
			x.Content = raw
		}
		page.Items = append(page.Items, x)
		page.Next = pos
	}
	if page.Next == 1 {
		page.Next = 0
	}
	return page, nil
}

func write(t testing.TB, s *opendata.Service, q opendata.Query, f opendata.Format) []byte {
	t.Helper()
	e, err := s.Open(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := e.Write(t.Context(), f, &b, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// rows gives a file back as a table without its headings.
func rows(t testing.TB, f opendata.Format, k opendata.Kind, raw []byte) [][]string {
	t.Helper()
	var out [][]string
	switch f {
	case opendata.CSV:
		all, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff")))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		out = all[1:]
	case opendata.XLSX:
		b, err := excelize.OpenReader(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = b.Close() }()
		all, err := b.GetRows(b.GetSheetName(0), excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		out = all[1:]
	case opendata.JSONL:
		for line := range bytes.Lines(raw) {
			var m map[string]any
			d := json.NewDecoder(bytes.NewReader(line))
			d.UseNumber()
			if err := d.Decode(&m); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			var r []string
			for _, c := range opendata.Columns(k) {
				v := m[c.ID]
				if v == nil {
					v = ""
				}
				r = append(r, fmt.Sprint(v))
			}
			out = append(out, r)
		}
	}
	return out
}

var formats = []opendata.Format{opendata.CSV, opendata.XLSX, opendata.JSONL}

// Memory does not grow with the village: a page at a time is asked for, written
// and forgotten, and each is handed on before the next is asked for.
func TestExport_WalksInPages(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		m := &many{postings: 1003, lines: 3, summary: "电费"}
		e, err := service(t, m).Open(t.Context(), opendata.Query{Region: "51", Kind: opendata.Lines})
		if err != nil {
			t.Fatal(err)
		}
		flushes := 0
		var b bytes.Buffer
		err = e.Write(t.Context(), f, &b, func() error {
			if flushes++; flushes != m.pages {
				t.Fatalf("%s: %d flushes after %d pages", f, flushes, m.pages)
			}
			if f != opendata.XLSX && flushes == 1 && b.Len() == 0 {
				t.Fatalf("%s: nothing was sent with the first page", f)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if m.largest > 20 || m.pages != 51 {
			t.Errorf("%s: pages of %d, %d of them", f, m.largest, m.pages)
		}
		got := rows(t, f, opendata.Lines, b.Bytes())
		if len(got) != 3009 || got[0][0] != "posting-0001003" || got[3008][0] != "posting-0000001" {
			t.Errorf("%s: %d rows", f, len(got))
		}
	}
}

func TestExport_StorageFails(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		for _, at := range []int{1, 2, 5} {
			m := &many{postings: 1000, lines: 1, failAt: at, summary: "x"}
			e, err := service(t, m).Open(t.Context(), opendata.Query{Region: village, Kind: opendata.Lines})
			if at == 1 {
				if !errors.Is(err, fault.ErrUnavailable) {
					t.Errorf("%v", err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := e.Write(t.Context(), f, &b, nil); !errors.Is(err, fault.ErrUnavailable) {
				t.Errorf("%s: a file that broke off ended with %v", f, err)
			}
			if f == opendata.XLSX && b.Len() > 0 {
				t.Error("an xlsx was begun that does not end")
			}
		}
	}
}

func TestExport_NoFormulas(t *testing.T) {
	t.Parallel()
	for _, evil := range []string{`=HYPERLINK("http://x","y")`, "+1", "-1+2", "@SUM(1)", "\t=1", "＝1"} {
		m := &many{postings: 1, lines: 1, summary: evil}
		s := service(t, m)
		for _, k := range []opendata.Kind{opendata.Postings, opendata.Lines} {
			for _, row := range rows(t, opendata.CSV, k, write(t, s, opendata.Query{Region: village, Kind: k}, opendata.CSV)) {
				for _, v := range row {
					if workbook.Safe(v) != v && v != "" {
						t.Errorf("csv: %q", v)
					}
				}
			}
			b, err := excelize.OpenReader(bytes.NewReader(write(t, s, opendata.Query{Region: village, Kind: k}, opendata.XLSX)))
			if err != nil {
				t.Fatal(err)
			}
			sheet := b.GetSheetName(0)
			for c := range opendata.Columns(k) {
				at := workbook.ColumnName(c+1) + "2"
				formula, err := b.GetCellFormula(sheet, at)
				v, err2 := b.GetCellValue(sheet, at)
				if err != nil || err2 != nil || formula != "" || strings.HasPrefix(v, evil) {
					t.Errorf("%s %s: formula %q, value %q", k, at, formula, v)
				}
			}
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		}
		if got := rows(t, opendata.JSONL, opendata.Lines, write(t, s, opendata.Query{Region: village, Kind: opendata.Lines}, opendata.JSONL)); got[0][11] != evil {
			t.Errorf("JSON is no table and keeps what was written: %q", got[0])
		}
	}
}

func TestOpen_Refusals(t *testing.T) {
	t.Parallel()
	s := service(t, &many{})
	for q, want := range map[opendata.Query]*fault.Fault{
		{Region: "x"}:                                                region.ErrNotFound,
		{Region: "510821102999"}:                                     region.ErrNotFound,
		{Region: village, From: "2026-02-30"}:                        fault.ErrInvalid,
		{Region: village, To: "2026/02/03"}:                          fault.ErrInvalid,
		{Region: village, To: "9999-01-01"}:                          fault.ErrInvalid,
		{Region: village, From: "2026-02-03", To: "2026-02-02"}:      fault.ErrInvalid,
		{Region: village, From: "2026-02-03\r\nX: y", To: "2026-02"}: fault.ErrInvalid,
	} {
		if _, err := s.Open(t.Context(), q); !errors.Is(err, want) {
			t.Errorf("%+v: %v, want %s", q, err, want.Code)
		}
	}
	if _, err := s.Open(t.Context(), opendata.Query{Region: village, From: "2026-02-03", To: "2026-02-03"}); err != nil {
		t.Errorf("one day: %v", err)
	}
}

func TestTag_NamesQueryAndState(t *testing.T) {
	t.Parallel()
	s := service(t, &many{})
	seen := map[string]bool{}
	for _, q := range []opendata.Query{{Region: "51"}, {Region: "5108"}, {Region: "51", From: "2026-01-01"}, {Region: "51", To: "2026-01-01"}, {Region: "51", Kind: opendata.Lines}} {
		for _, f := range formats {
			tag, err := s.Tag(t.Context(), q, f)
			again, err2 := s.Tag(t.Context(), q, f)
			if err != nil || err2 != nil || seen[tag] || tag != again {
				t.Errorf("%+v %s: %s %s %v", q, f, tag, again, err)
			}
			seen[tag] = true
		}
	}
}

// put publishes a posting in the archive as the noun does.
func put(t *testing.T, db *dbtest.DB, id string, at time.Time, index int64, v disclosure.Visibility, state disclosure.State, ended bool) {
	t.Helper()
	c := disclosure.Content{Title: "标题" + id, Summary: "摘要" + id, Lines: []disclosure.Line{
		{Date: "2026-02-03", Summary: "一" + id, IncomeFen: 100}, {Summary: "二" + id, ExpenseFen: 50, BalanceFen: fen(50)},
	}}
	raw, err := c.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	err = db.Disclosures().InTx(t.Context(), dbtest.Act(), func(tx disclosure.Tx) error {
		r := disclosure.Record{
			ID: id, CaseID: audit.NewID(), Region: village, ItemCode: "D02", Category: "FINANCE", Edition: "2026-01-01", Period: "2026-02",
			Visibility: v, State: state, Revision: 1, Version: 1, Pos: disclosure.Position(at, index), PublishedAt: at, FirstAt: at,
			Shown: disclosure.Shown{Title: c.Title, Summary: c.Summary, IncomeFen: fen(100), ExpenseFen: fen(50)}, CreatedAt: at,
		}
		if _, err := tx.AddPosting(t.Context(), r, nil); err != nil {
			return err
		}
		version := disclosure.VersionRecord{PostingID: id, Number: 1, PublishedAt: at, Content: raw, Digest: strings.Repeat("a", 64), LogIndex: &index}
		if err := tx.AddPostingVersion(t.Context(), version); err != nil {
			return err
		}
		if ended {
			if err := tx.EndPostingVersion(t.Context(), id, 1, record.Place{Index: index + 1, At: at}, "写错了"); err != nil {
				return err
			}
		}
		// A narrow posting in a public feed would be a fault of ours elsewhere:
		// it must not get out here, either.
		if err := tx.PutFeed(t.Context(), disclosure.Scopes(village, 4, disclosure.PublicInternet), r.Pos); err != nil {
			return err
		}
		return tx.Record(t.Context(), audit.Event{Action: "test.put", Object: "disclosure", ObjectID: id, Result: "ok"})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestExport_GivesWhatStands(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		t.Helper()
		at := dbtest.Start
		for n := range 25 {
			put(t, db, fmt.Sprintf("open-%02d", n), at.Add(time.Duration(n)*time.Minute), int64(n), disclosure.PublicInternet, disclosure.Published, false)
		}
		later := at.AddDate(0, 0, 2)
		put(t, db, "archived", later, 30, disclosure.PublicInternet, disclosure.Archived, false)
		put(t, db, "narrow", later.Add(time.Minute), 31, disclosure.VerifiedVillager, disclosure.Published, false)
		put(t, db, "withdrawn", later.Add(2*time.Minute), 32, disclosure.PublicInternet, disclosure.Withdrawn, true)
		put(t, db, "corrected", later.Add(3*time.Minute), 33, disclosure.PublicInternet, disclosure.InReview, true)
		put(t, db, "expired", later.Add(4*time.Minute), 34, disclosure.PublicInternet, disclosure.Expired, true)
		put(t, db, "ending", later.Add(5*time.Minute), 35, disclosure.PublicInternet, disclosure.Published, true) // between two reads
		s := service(t, db.OpenData())
		for _, f := range formats {
			for _, code := range []region.Code{"51", "510821", village} {
				got := rows(t, f, opendata.Lines, write(t, s, opendata.Query{Region: code, Kind: opendata.Lines}, f))
				if len(got) != 52 || got[0][0] != "archived" || got[2][0] != "open-24" || got[51][0] != "open-00" || got[1][8] != "2" || got[0][3] != "广元市/旺苍县/嘉川镇" {
					t.Errorf("%s %s: %d rows, first %q", f, code, len(got), got[0])
				}
				for _, r := range got {
					if id := r[0]; id != "archived" && !strings.HasPrefix(id, "open-") {
						t.Errorf("%s gives %s", f, id)
					}
				}
			}
			q := opendata.Query{Region: village, Kind: opendata.Postings, To: at.Format(time.DateOnly)}
			if got := rows(t, f, q.Kind, write(t, s, q, f)); len(got) != 25 {
				t.Errorf("%s to: %d", f, len(got))
			}
			q.To, q.From = "", later.Format(time.DateOnly)
			for _, r := range rows(t, f, q.Kind, write(t, s, q, f)) {
				if r[0] != "archived" && r[0] != "ending" {
					t.Errorf("%s from: %q", f, r)
				}
			}
		}
	})
}
