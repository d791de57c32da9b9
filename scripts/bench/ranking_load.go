package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"cunwu/service/chronicle"
	"cunwu/service/ranking"
	"cunwu/service/region"
)

// loadedDeeds is what was put into a database past the program.
type loadedDeeds struct {
	places                        map[region.Level][]region.Code
	of                            map[region.Code][]string // ids of a village's deeds
	villages, deeds, endorsements int
}

const (
	rankingHouseholds = 300 // of each village, in six groups
	villagesAtOnce    = 100
)

// openAnyBulk opens a database past the program, without a care for its safety.
func openAnyBulk(ctx context.Context, address string) (*sql.DB, error) {
	if file, ok := strings.CutPrefix(address, "sqlite:"); ok {
		return bulk(file)
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	c := mysql.NewConfig()
	c.Net, c.Addr, c.User, c.DBName, c.MaxAllowedPacket, c.InterpolateParams = "tcp", u.Host, u.User.Username(), strings.Trim(u.Path, "/"), 0, true
	c.Passwd, _ = u.User.Password()
	db, err := openMySQL(ctx, c)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// loadDeeds fills an empty database with the demo's tree, and forty deeds and
// their share of the endorsements in each village of the city.
func loadDeeds(ctx context.Context, demo, address string, endorsements int) (l *loadedDeeds, err error) {
	file, err := databaseFile(demo)
	if err != nil {
		return nil, err
	}
	from, err := bulk(file)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	tree, err := rowsOf(ctx, from, "SELECT * FROM regions")
	if err != nil || len(tree) == 0 {
		return nil, errors.Join(err, errors.New("the demo has no places"))
	}
	db, err := openAnyBulk(ctx, address)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	l = &loadedDeeds{places: map[region.Level][]region.Code{}, of: map[region.Code][]string{}}
	values := make([][]any, len(tree))
	for i, r := range tree {
		values[i] = r.values
		for j, c := range r.columns {
			if code := region.Code(fmt.Sprint(r.values[j])); c == "code" && code.At(region.City) == "5108" {
				l.places[code.Level()] = append(l.places[code.Level()], code)
			}
		}
	}
	if err := insert(ctx, db, "INSERT", "regions", tree[0].columns, values); err != nil {
		return nil, err
	}
	f := &deedLoader{loadedDeeds: l, db: db, counts: map[[4]any]int64{}, dice: rand.New(rand.NewPCG(5108, 7)), now: time.Now()}
	villages := l.places[region.Village]
	l.villages = len(villages)
	for from := 0; from < len(villages); from += villagesAtOnce {
		if err := f.some(ctx, villages[from:min(from+villagesAtOnce, len(villages))], endorsements/len(villages)); err != nil {
			return nil, err
		}
	}
	if err := f.finish(ctx); err != nil {
		return nil, err
	}
	return l, statistics(ctx, db, address)
}

// statistics lets the engine know what it holds, as it would by and by.
func statistics(ctx context.Context, db *sql.DB, address string) error {
	q := []string{"ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"}
	if !strings.HasPrefix(address, "sqlite:") {
		q = []string{"ANALYZE TABLE ranked_deeds, ranked_places, ranked_counts, endorsements, households"}
	}
	for _, s := range q {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

type deedLoader struct {
	*loadedDeeds
	db     *sql.DB
	counts map[[4]any]int64 // scope, period, kind, code
	dice   *rand.Rand
	now    time.Time
}

// some loads the deeds of a few villages in one transaction.
func (f *deedLoader) some(ctx context.Context, villages []region.Code, each int) error {
	tx, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	var deeds, places, given, homes [][]any
	for _, v := range villages {
		for i := range rankingHouseholds {
			homes = append(homes, []any{fmt.Sprintf("h%s%04d", v, i), string(v), fmt.Sprint(i), fmt.Sprintf("%s%02d", v, i%6+1)})
		}
		for i := range rankingDeeds {
			f.deeds++
			// The first deed has most, the last next to none; together they have all.
			n := each * 2 * (rankingDeeds - i) / (rankingDeeds * (rankingDeeds + 1))
			at := f.now.Add(-time.Duration(f.dice.Int64N(int64(2 * 365 * 24 * time.Hour))))
			id := fmt.Sprintf("d%s%08d", v, i)
			f.of[v] = append(f.of[v], id)
			group, clause, topic := fmt.Sprintf("%s%02d", v, i%6+1), fmt.Sprintf("c%d", i%15), fmt.Sprintf("t%d", i%12)
			deeds = append(deeds, []any{f.deeds, id, string(v), group, fmt.Sprintf("雨夜帮邻居抢收玉米，第%d回", i), clause, "邻里有难，互相搭手", topic, at.UnixMilli(), 1, n})
			for _, period := range ranking.Periods(at) {
				for _, scope := range chronicle.Scopes(v) {
					places = append(places, []any{f.deeds, scope, period, -n, at.UnixMilli(), id})
					if scope != chronicle.Scope(v) {
						f.counts[[4]any{scope, period, "topic", topic}]++
					}
				}
				f.counts[[4]any{chronicle.Scope(v), period, "clause", clause}]++
				f.counts[[4]any{chronicle.Scope(v), period, "group", group}]++
			}
			for r := range n {
				given = append(given, []any{f.deeds, fmt.Sprintf("v%s%06d", v, r), at.UnixMilli()})
			}
			f.endorsements += n
		}
	}
	for _, t := range []struct {
		name, columns string
		rows          [][]any
	}{
		{"households", "id,village,number,village_group", homes},
		{"ranked_deeds", "number,id,region,village_group,title,clause,clause_text,topic,listed_at,is_open,endorsements", deeds},
		{"ranked_places", "deed,scope,period,weight,listed_at,id", places},
		{"endorsements", "deed,resident,at", given},
	} {
		if err := insert(ctx, tx, "INSERT", t.name, strings.Split(t.columns, ","), t.rows); err != nil {
			return err
		}
	}
	progress("%d endorsements", f.endorsements)
	return tx.Commit()
}

// finish writes the counts.
func (f *deedLoader) finish(ctx context.Context) error {
	var rows [][]any
	for k, n := range f.counts {
		rows = append(rows, append(append([]any{}, k[:]...), n, "邻里有难，互相搭手"))
	}
	tx, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	if err := insert(ctx, tx, "INSERT", "ranked_counts", []string{"scope", "period", "kind", "code", "entries", "title"}, rows); err != nil {
		return err
	}
	return tx.Commit()
}
