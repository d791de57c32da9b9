package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"cunwu/config/rules"
	"cunwu/service/disclosure"
	"cunwu/service/region"
)

// dataset is the demo's tree of places with many postings on it.
type dataset struct {
	dir      string // data folder
	file     string // its database
	postings int
	places   map[region.Level][]region.Code
	regions  []row // the tree as it is stored
	posting  row   // a published posting, the pattern of all
	version  row   // and its text
}

// row is a stored row by column. Copying rows that the program itself wrote
// keeps the benchmark true to the schema as that grows.
type row struct {
	columns []string
	values  []any
}

func (r row) with(changes map[string]any) []any {
	out := slices.Clone(r.values)
	for i, c := range r.columns {
		if v, ok := changes[c]; ok {
			out[i] = v
		}
	}
	return out
}

// million makes the data set in an embedded database, once per scratch folder:
// the demo's own first start, then postings in bulk.
func (b *bench) million(ctx context.Context) (*dataset, error) {
	d := &dataset{dir: filepath.Join(b.dir, "million"), postings: b.postings}
	if err := b.seed(ctx, d.dir); err != nil {
		return nil, err
	}
	file, err := databaseFile(d.dir)
	if err != nil {
		return nil, err
	}
	d.file = file
	db, err := bulk(file)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if err := d.read(ctx, db); err != nil {
		return nil, err
	}
	var have int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM postings WHERE pos IS NOT NULL").Scan(&have); err != nil {
		return nil, err
	}
	if have < d.postings {
		if err := d.load(ctx, db, d.postings-have, "INSERT OR IGNORE"); err != nil {
			return nil, err
		}
		if _, err := db.ExecContext(ctx, "ANALYZE"); err != nil {
			return nil, err
		}
		if _, err := db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// bulk opens a database for loading: what is loaded can be loaded again, so
// there is no sync, and a large cache.
func bulk(file string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=synchronous(OFF)&_pragma=cache_size(-400000)&_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// seed gives a folder the demo's content, by a first start, if it has none.
func (b *bench) seed(ctx context.Context, dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	progress("first start of the demo")
	p, err := b.startDemo(ctx, dir)
	if err != nil {
		return err
	}
	return p.stop()
}

// millionOnMySQL makes a database of its own on the server, with the same tree
// and as many postings. done drops it.
func (b *bench) millionOnMySQL(ctx context.Context, server string, d *dataset) (address string, done func(), err error) {
	c, address, done, err := emptyMySQL(ctx, server)
	if err != nil {
		return "", nil, err
	}
	if err := b.fillMySQL(ctx, c, strings.TrimPrefix(address[strings.LastIndexByte(address, '/'):], "/"), address, d); err != nil {
		done()
		return "", nil, err
	}
	return address, done, nil
}

// emptyMySQL makes a database of its own on the server. done drops it.
func emptyMySQL(ctx context.Context, server string) (c *mysql.Config, address string, done func(), err error) {
	u, err := url.Parse(server)
	if err != nil {
		return nil, "", nil, err
	}
	name := fmt.Sprintf("cunwu_bench_%d", os.Getpid())
	c = mysql.NewConfig()
	c.Net, c.Addr, c.User = "tcp", u.Host, u.User.Username()
	c.Passwd, _ = u.User.Password()
	c.MaxAllowedPacket = 0
	admin, err := openMySQL(ctx, c)
	if err != nil {
		return nil, "", nil, err
	}
	if _, err := admin.ExecContext(ctx, "CREATE DATABASE "+name+" CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"); err != nil {
		return nil, "", nil, errors.Join(err, admin.Close())
	}
	u.Path = "/" + name
	return c, u.String(), func() {
		_, _ = admin.ExecContext(context.WithoutCancel(ctx), "DROP DATABASE "+name)
		_ = admin.Close()
	}, nil
}

func (b *bench) fillMySQL(ctx context.Context, c *mysql.Config, name, address string, d *dataset) error {
	migrate := exec.CommandContext(ctx, b.binary, "migrate")
	migrate.Env = append(cleanEnvironment(), "CUNWU_DATABASE_URL="+address, "CUNWU_DATA="+b.dir)
	if out, err := migrate.CombinedOutput(); err != nil {
		return fmt.Errorf("migrate: %w: %s", err, out)
	}
	c.DBName = name
	db, err := openMySQL(ctx, c)
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, s := range []string{"SET unique_checks = 0", "SET SESSION innodb_lock_wait_timeout = 600"} {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	tree := make([][]any, len(d.regions))
	for i, r := range d.regions {
		tree[i] = r.values
	}
	if err := insert(ctx, db, "INSERT IGNORE", "regions", d.regions[0].columns, tree); err != nil {
		return err
	}
	if err := d.load(ctx, db, d.postings, "INSERT IGNORE"); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "ANALYZE TABLE postings, posting_versions, feed_entries")
	return err
}

func openMySQL(ctx context.Context, c *mysql.Config) (*sql.DB, error) {
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	return db, db.PingContext(ctx)
}

// databaseFile finds the database in a data folder by what it is, not by name.
func databaseFile(dir string) (string, error) {
	var found string
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || found != "" {
			return err
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		head := make([]byte, 15)
		if _, err := f.Read(head); err == nil && string(head) == "SQLite format 3" {
			found = name
		}
		return nil
	})
	if err == nil && found == "" {
		err = errors.New("no database in " + dir)
	}
	return found, err
}

// read takes the tree and the pattern rows from the demo's database.
func (d *dataset) read(ctx context.Context, db *sql.DB) error {
	regions, err := rowsOf(ctx, db, "SELECT * FROM regions")
	if err != nil {
		return err
	}
	d.regions, d.places = regions, map[region.Level][]region.Code{}
	for _, r := range regions {
		code := region.Code(fmt.Sprint(r.values[slices.Index(r.columns, "code")]))
		if code.At(region.City) == "5108" {
			d.places[code.Level()] = append(d.places[code.Level()], code)
		}
	}
	patterns, err := rowsOf(ctx, db, "SELECT * FROM postings WHERE state = 'published' AND visibility = 'PUBLIC_INTERNET' AND expense_fen IS NOT NULL ORDER BY serial LIMIT 1")
	if err != nil {
		return err
	}
	if len(patterns) == 0 || len(d.places[region.Village]) == 0 {
		return errors.New("the demo has no published posting with lines to copy, or no villages")
	}
	d.posting = patterns[0]
	texts, err := rowsOf(ctx, db, "SELECT * FROM posting_versions WHERE posting_id = ? ORDER BY number LIMIT 1", d.posting.values[slices.Index(d.posting.columns, "id")])
	if err != nil || len(texts) == 0 {
		return errors.Join(err, errors.New("the pattern posting has no text"))
	}
	d.version = texts[0]
	return nil
}

func rowsOf(ctx context.Context, db *sql.DB, query string, args ...any) ([]row, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var out []row
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		out = append(out, row{columns: columns, values: values})
	}
	return out, rows.Err()
}

// load adds n postings of the last two years, village by chance, category by
// chance, in the order of their publication.
func (d *dataset) load(ctx context.Context, db *sql.DB, n int, verb string) error {
	items, err := publicItems()
	if err != nil {
		return err
	}
	var serial int64
	if err := db.QueryRowContext(ctx, "SELECT COALESCE(MAX(serial), 0) FROM postings").Scan(&serial); err != nil {
		return err
	}
	const span, chunk = 2 * 365 * 24 * time.Hour, 20_000
	dice := rand.New(rand.NewPCG(5108, uint64(n)))
	begin := time.Now().Add(-span - 24*time.Hour)
	texts := newAuthor()
	villages := d.places[region.Village]
	for done := 0; done < n; done += chunk {
		var postings, versions, entries [][]any
		for i := done; i < min(done+chunk, n); i++ {
			serial++
			at := begin.Add(time.Duration(float64(span) * float64(i) / float64(n)))
			item := items[dice.IntN(len(items))]
			village := villages[dice.IntN(len(villages))]
			pos := disclosure.Position(at, serial)
			id, ms := madeUpID(serial), at.UnixMilli()
			text := texts.write(serial)
			postings = append(postings, d.posting.with(map[string]any{
				"serial": serial, "pos": pos, "id": id, "case_id": id, "region": string(village), "item_code": item.code,
				"category": item.category, "published_at": ms, "first_at": ms, "posted_from": ms, "created_at": ms, "version": 1, "draft": nil, "title": text[0], "summary": text[1],
				"log_index": nil, // the public record knows nothing of made-up content
			}))
			versions = append(versions, d.version.with(map[string]any{"posting_id": id, "number": 1, "published_at": ms, "log_index": nil, "ended_index": nil}))
			for _, scope := range disclosure.Scopes(village, item.number, disclosure.PublicInternet) {
				entries = append(entries, []any{scope, pos})
			}
		}
		slices.SortFunc(entries, func(a, b []any) int {
			return cmp.Or(cmp.Compare(a[0].(int64), b[0].(int64)), cmp.Compare(a[1].(int64), b[1].(int64)))
		})
		if err := d.insertChunk(ctx, db, verb, postings, versions, entries); err != nil {
			return err
		}
		if done/chunk%10 == 0 {
			progress("loaded %d of %d postings", done+len(postings), n)
		}
	}
	return nil
}

func (d *dataset) insertChunk(ctx context.Context, db *sql.DB, verb string, postings, versions, entries [][]any) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := insert(ctx, tx, verb, "postings", d.posting.columns, postings); err != nil {
		return err
	}
	if err := insert(ctx, tx, verb, "posting_versions", d.version.columns, versions); err != nil {
		return err
	}
	if err := insert(ctx, tx, verb, "feed_entries", []string{"scope", "pos"}, entries); err != nil {
		return err
	}
	return tx.Commit()
}

type executor interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// insert writes rows with many in one statement, within the engines' limits on
// parameters.
func insert(ctx context.Context, x executor, verb, table string, columns []string, rows [][]any) error {
	most := 8000 / len(columns)
	one := "(" + strings.TrimSuffix(strings.Repeat("?,", len(columns)), ",") + "),"
	head := fmt.Sprintf("%s INTO %s (%s) VALUES ", verb, table, strings.Join(columns, ","))
	for part := range slices.Chunk(rows, most) {
		args := make([]any, 0, len(part)*len(columns))
		for _, r := range part {
			args = append(args, r...)
		}
		if _, err := x.ExecContext(ctx, head+strings.TrimSuffix(strings.Repeat(one, len(part)), ","), args...); err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	return nil
}

type loadedItem struct {
	code, category string
	number         int
}

// publicItems are the items of the catalogue that anybody may read.
func publicItems() ([]loadedItem, error) {
	catalogue, err := disclosure.LoadCatalogue(rules.FS)
	if err != nil {
		return nil, err
	}
	edition := catalogue.At(time.Now())
	if edition == nil {
		return nil, errors.New("no catalogue is in force")
	}
	var out []loadedItem
	for _, item := range edition.Items {
		category, ok := edition.CategoryOf(item.Category)
		if ok && item.Visibility == disclosure.PublicInternet {
			out = append(out, loadedItem{code: item.Code, category: item.Category, number: category.Number})
		}
	}
	return out, nil
}

// madeUpID gives 26 characters that look like an id, each serial its own.
func madeUpID(serial int64) string {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(serial)))
	return hex.EncodeToString(sum[:])[:26]
}
