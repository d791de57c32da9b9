package main

import (
	"bytes"
	"database/sql"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/redis/go-redis/v9"
)

// trace is what must be found nowhere once a person was taken off the lists, by
// what it is.
type trace map[string][]byte

func (x trace) in(where string, data []byte, found func(string)) {
	for what, needle := range x {
		if bytes.Contains(data, needle) {
			found(what + " in " + where)
		}
	}
}

const (
	appealText    = "碎砖不是我家倒的，那几天我在广元住院部陪护。"
	objectionText = "只写一件事不合适，应该先把垃圾池修好。"
)

// TestBoards_NoTrace: of whom was taken off nothing is left, in the database with
// its write-ahead log, the files, the cache, nor in anything that the server
// answers to anybody but the person.
func TestBoards_NoTrace(t *testing.T) {
	t.Parallel()
	d := newStand(t)
	d.traceless(func(x trace, found func(string)) {
		err := filepath.WalkDir(d.cfg.Data, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			data, err := os.ReadFile(path) //nolint:gosec // of the test's own folder
			if err == nil {
				x.in(filepath.Base(path), data, found)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// TestBoards_NoTraceDistributed is the same on MySQL protocol and Redis: every
// row of every table, every value of every key.
func TestBoards_NoTraceDistributed(t *testing.T) {
	env, _, _ := distributed(t)
	d := newStandOn(t, testConfig(t, tempData(t), append(env, manySignIns)...))
	d.traceless(func(x trace, found func(string)) {
		dumpTables(t, d.cfg.DatabaseURL, func(table string, row []byte) { x.in("table "+table, row, found) })
		dumpKeys(t, os.Getenv("CUNWU_TEST_REDIS_URL"), func(key string, value []byte) { x.in("key "+key, append([]byte(key), value...), found) })
		err := filepath.WalkDir(d.cfg.Data, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			data, err := os.ReadFile(path) //nolint:gosec // of the test's own folder
			x.in(filepath.Base(path), data, found)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// traceless takes one red and one black entry of a person to the lists and off
// them again, and looks for traces with search and through the door.
func (d *stand) traceless(search func(x trace, found func(string))) {
	t := d.t
	t.Helper()
	evidence := d.folk["maker"].upload("现场.png", photoOf(t, 203, 151)).want(http.StatusCreated)
	red, photo := d.redListed()
	d.folk["other"].send(http.MethodPut, entryAt(red, "/endorsement"), nil).want(http.StatusOK)
	black := d.blackNotice(obj{"evidence": []string{evidence.str("id")}})
	d.folk["other"].post(entryAt(black, "/objections"), obj{"text": objectionText}).want(http.StatusCreated)
	d.later(9)
	d.step(d.clerk, black, "notice", obj{"action": "resolve", "number": "1", "result": "dismissed", "reason": "垃圾池已经修好。"})
	d.step(d.clerk, black, "listed", obj{"action": "list"})
	d.step(d.folk["subject"], black, "listed", obj{"action": "agree_naming"})
	d.step(d.clerk, black, "listed", obj{"action": "propose_naming", "basis": "consent", "days": "10"})
	d.step(d.supervisor, black, "listed", obj{"action": "approve_naming"})

	x := trace{
		"name": []byte(nameOf("subject")), "red facts": []byte(redFacts), "black facts": []byte(blackFacts), "red deed": []byte(redDeed),
		"black deed": []byte(blackDeed), "reply": []byte(replyText), "appeal": []byte(appealText), "objection": []byte(objectionText),
		"photo": d.subjectsOwn(photo), "evidence": d.clerk.get(evidence.str("url")).want(http.StatusOK).body,
		"small evidence": d.clerk.get(evidence.str("thumb_url")).want(http.StatusOK).body,
	}
	var before []string
	search(x, func(what string) { before = append(before, what) })
	d.answers(x, []string{red, black}, func(what string) { before = append(before, what) })
	for _, what := range []string{"name", "red deed", "black deed", "photo", "evidence", "black facts", "reply"} {
		if !strings.Contains(strings.Join(before, "\n"), what+" in") {
			t.Errorf("the search finds no %s while it is there", what)
		}
	}

	d.step(d.folk["subject"], black, "appealed", obj{"action": "appeal", "text": appealText})
	d.step(d.supervisor, black, "revoked", obj{"action": "uphold", "reason": "查明不是他家。", "apology": sorry})
	d.step(d.folk["subject"], red, "declined", obj{"action": "remove_me"})
	d.waits("the inbox forgets", func() bool {
		return !strings.Contains(string(d.clerk.get("/api/v1/me/messages").want(http.StatusOK).body), black)
	})
	d.sweepErased(t.Context())
	d.waits("the write-ahead log is truncated", func() bool { return d.db.Scrub(t.Context()) == nil })
	search(x, func(what string) { t.Errorf("left behind: %s", what) })
	d.answers(x, []string{red, black}, func(what string) { t.Errorf("still answered: %s", what) })
	for _, id := range []string{red, black} {
		r, err := d.db.RedBlack().BoardEntry(t.Context(), id)
		if err != nil || len(r.Sealed.Blob) != 0 || r.SubjectKey != "" || r.MakerKey != "" || r.Named || r.Group != "" || r.Log != nil && len(r.Log.Salt) != 0 {
			t.Errorf("what is left of the entry leads to the person: %v %+v", err, r)
		}
	}
	for _, r := range []reply{photo, evidence} {
		for _, at := range []string{"url", "thumb_url"} {
			for _, c := range []client{d.anon, d.clerk, d.folk["subject"], d.folk["maker"]} {
				c.get(r.str(at)).problem(http.StatusNotFound, "media.not_found")
			}
		}
	}
	d.exports(red, black)
}

// subjectsOwn gives the bytes of a picture as they are stored.
func (d *stand) subjectsOwn(r reply) []byte {
	d.t.Helper()
	return d.folk["subject"].get(r.str("url")).want(http.StatusOK).body
}

// exports: what the person, and who said so, take away holds nothing of an entry
// that is over.
func (d *stand) exports(ids ...string) {
	d.t.Helper()
	for _, who := range []string{"subject", "maker"} {
		own := ownFile(d.t, d.folk[who].get("/api/v1/me/export").want(http.StatusOK).body, "red-and-black-list.json")
		for _, id := range ids {
			if strings.Contains(own, id) {
				d.t.Errorf("the export of the %s: %s", who, clip([]byte(own)))
			}
		}
	}
}

// answers asks everything that could hold a trace, of everybody but the person.
func (d *stand) answers(x trace, ids []string, found func(string)) {
	d.t.Helper()
	paths := []string{
		"/api/v1/me/messages", "/api/v1/me/tasks", "/api/v1/me/boards", "/api/v1/me/export", d.board("matters") + "?all=true", d.board("announcement"),
		"/log/checkpoint", "/log/digests", "/api/v1/covenants?region=" + testVillage, "/", "/me/boards", "/r/" + testVillage + "/boards/rules",
		"/open/51/postings.csv", "/open/51/postings.json",
	}
	for i := range 4 {
		paths = append(paths, fmt.Sprintf("/log/tile/entries/000.p/%d", i+1))
	}
	for _, place := range []string{testVillage, testTownship, testCounty, testCity, "51"} {
		paths = append(paths, "/api/v1/boards/"+place+"/red", "/api/v1/boards/"+place+"/black", "/api/v1/feed?region="+place, "/api/v1/feed/steps?region="+place,
			"/feeds/"+place+".atom", "/feeds/"+place+".json", "/r/"+place, "/r/"+place+"/boards", "/api/v1/indicators?region="+place)
		for _, by := range []string{"deed", "clause"} {
			paths = append(paths, "/api/v1/boards/"+place+"/red/ranking?period=all&by="+by)
		}
	}
	for _, id := range ids {
		paths = append(paths, entryAt(id, ""), entryAt(id, "/candidates"), "/e/"+id)
	}
	for _, q := range []string{nameOf("subject"), "抢收玉米", "建筑垃圾"} {
		// The question itself comes back with the answer, so that only items count.
		for who, c := range d.askers() {
			r := c.get("/api/v1/search?region=" + testVillage + "&q=" + url.QueryEscape(q))
			if r.status == http.StatusOK && strings.Contains(string(r.body), `"items":[{`) {
				found("something in the search of " + who + " for " + q)
			}
		}
	}
	for who, c := range d.askers() {
		for _, p := range paths {
			r := c.get(p)
			x.in(who+" "+p, []byte(unzipped(r.body)), found)
		}
	}
}

func (d *stand) askers() map[string]client {
	return map[string]client{
		"stranger": d.anon, "villager": d.folk["other"], "maker": d.folk["maker"], "council": d.folk["c1"], "keeper": d.clerk, "supervisor": d.supervisor, "township": d.township,
	}
}

// dumpTables gives every row of every table.
func dumpTables(t *testing.T, databaseURL string, row func(table string, data []byte)) {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	dsn := mysql.NewConfig()
	dsn.User, dsn.Net, dsn.Addr, dsn.DBName = u.User.Username(), "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
	dsn.Passwd, _ = u.User.Password()
	db, err := sql.Open("mysql", dsn.FormatDSN())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	tables := rowsOf(t, db, "SHOW TABLES")
	for _, table := range tables {
		name := string(table)
		for _, data := range rowsOf(t, db, "SELECT * FROM `"+name+"`") {
			row(name, data)
		}
	}
}

// rowsOf gives the rows of a query, each with its columns one after the other.
func rowsOf(t *testing.T, db *sql.DB, query string) [][]byte {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for rows.Next() {
		raw, into := make([]sql.RawBytes, len(columns)), make([]any, len(columns))
		for i := range raw {
			into[i] = &raw[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		parts := make([][]byte, len(raw))
		for i, r := range raw {
			parts[i] = r
		}
		sep := []byte{0}
		if len(raw) == 1 {
			sep = nil
		}
		out = append(out, bytes.Join(parts, sep))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// dumpKeys gives every key with its value in the form in which Redis moves it.
func dumpKeys(t *testing.T, redisURL string, key func(name string, value []byte)) {
	t.Helper()
	o, err := redis.ParseURL(redisURL)
	if err != nil {
		t.Fatal(err)
	}
	r := redis.NewClient(o)
	defer func() { _ = r.Close() }()
	all := r.Scan(t.Context(), 0, "*", 1000).Iterator()
	for all.Next(t.Context()) {
		value, err := r.Dump(t.Context(), all.Val()).Bytes()
		if err == nil { // else it ran out meanwhile
			key(all.Val(), value)
		}
	}
	if err := all.Err(); err != nil {
		t.Fatal(err)
	}
}
