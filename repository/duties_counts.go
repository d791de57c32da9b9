package repository

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"cunwu/service/disclosure"
	"cunwu/service/duty"
	"cunwu/service/region"
)

type dutyCountRow struct {
	Region   string
	ItemCode string
	Period   string
	Kind     string
	Until    string
	N        int
}

// TableName names the table.
func (dutyCountRow) TableName() string { return "duty_counts" }

// scanned reads rows by hand: a city's clock reads hundreds of thousands, for
// which reflection is too slow.
func scanned(q *gorm.DB, each func(rows *sql.Rows) error) (err error) {
	rows, err := q.Rows()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// dutyDone are the states of what does a duty: published, or posted as long as
// it had to be.
var dutyDone = []string{string(disclosure.Published), string(disclosure.Archived), string(disclosure.Expired)}

// dutyFacts reads what duties of villages follow from, on a handle inside or
// outside of a transaction.
func dutyFacts(ctx context.Context, on func(context.Context) *gorm.DB, villages []region.Code, items []string, since time.Time) (map[region.Code]duty.Facts, error) {
	r := &factsRead{on: func() *gorm.DB { return on(ctx) }, items: padded(items), since: since, out: make(map[region.Code]duty.Facts, len(villages))}
	for _, v := range villages {
		r.out[v] = duty.Facts{}
	}
	r.villages = padded(each(villages, func(c region.Code) string { return string(c) }))
	if len(villages) == 0 {
		return r.out, nil
	}
	for _, step := range []func() error{r.places, r.postings, r.events, r.exceptions} {
		if err := step(); err != nil {
			return nil, wrapped("read duties", err)
		}
	}
	return r.out, nil
}

// factsRead is one reading of facts.
type factsRead struct {
	on       func() *gorm.DB
	villages []string
	items    []string
	since    time.Time
	out      map[region.Code]duty.Facts
}

func (r *factsRead) of(table, columns string) *gorm.DB {
	q := r.on().Table(table).Select(columns).Where("region IN ?", r.villages)
	if len(r.items) > 0 {
		q = q.Where("item_code IN ?", r.items)
	}
	return q
}

func (r *factsRead) places() error {
	q := r.on().Table("regions").Select("code").
		Where("code IN ? AND level = ? AND state = ?", r.villages, int(region.Village), string(region.Active))
	return scanned(q, func(rows *sql.Rows) error {
		var code string
		if err := rows.Scan(&code); err != nil {
			return err
		}
		f := r.out[region.Code(code)]
		f.Active = true
		r.out[region.Code(code)] = f
		return nil
	})
}

// whereabouts is where the facts of a posting are kept while they are read.
type whereabouts struct {
	village region.Code
	i       int
}

func (r *factsRead) postings() error {
	corrected := map[string]whereabouts{}
	q := r.of("postings", "id, region, item_code, period, first_at, published_at, late, version").
		Where("state IN ? AND published_at >= ?", dutyDone, toMillis(r.since)).Order("region, item_code, period, serial")
	err := scanned(q, func(rows *sql.Rows) error {
		var (
			p                               duty.Posting
			village                         string
			first, published, late, version int64
		)
		if err := rows.Scan(&p.ID, &village, &p.ItemCode, &p.Period, &first, &published, &late, &version); err != nil {
			return err
		}
		p.FirstAt, p.PublishedAt, p.Late = fromMillis(first), []time.Time{fromMillis(published)}, late != 0
		f := r.out[region.Code(village)]
		if version > 1 {
			corrected[p.ID] = whereabouts{region.Code(village), len(f.Postings)}
			p.PublishedAt = nil
		}
		f.Postings = append(f.Postings, p)
		r.out[region.Code(village)] = f
		return nil
	})
	if err != nil {
		return err
	}
	return r.versions(corrected)
}

// versions reads when each version of corrected postings was published.
func (r *factsRead) versions(corrected map[string]whereabouts) error {
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(corrected)), 256) {
		q := r.on().Table("posting_versions").Select("posting_id, published_at").
			Where("posting_id IN ?", padded(ids)).Order("posting_id, number")
		err := scanned(q, func(rows *sql.Rows) error {
			var (
				id string
				at int64
			)
			if err := rows.Scan(&id, &at); err != nil {
				return err
			}
			w := corrected[id]
			p := &r.out[w.village].Postings[w.i]
			p.PublishedAt = append(p.PublishedAt, fromMillis(at))
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *factsRead) events() error {
	var rows []dutyEventRow
	q := r.of("duty_events", "*")
	if !r.since.IsZero() {
		q = q.Where("event_on >= ?", r.since.Format(time.DateOnly))
	}
	if err := q.Order("region, item_code, event_on").Find(&rows).Error; err != nil {
		return err
	}
	for _, row := range rows {
		f := r.out[region.Code(row.Region)]
		f.Events = append(f.Events, row.event())
		r.out[region.Code(row.Region)] = f
	}
	return nil
}

func (r *factsRead) exceptions() error {
	var rows []dutyExceptionRow
	if err := r.of("duty_exceptions", "*").Order("region, item_code, period").Find(&rows).Error; err != nil {
		return err
	}
	for _, row := range rows {
		f := r.out[region.Code(row.Region)]
		f.Exceptions = append(f.Exceptions, row.exception())
		r.out[region.Code(row.Region)] = f
	}
	return nil
}

// DutyTalliesAt implements duty.Store.
func (s *Duties) DutyTalliesAt(ctx context.Context, places []region.Code, from string) ([]duty.Tally, error) {
	var out []duty.Tally
	for len(places) > 0 {
		n := min(len(places), 256)
		codes := padded(each(places[:n], func(c region.Code) string { return string(c) }))
		q := s.db.reader(ctx).Table("duty_counts").Where("region IN ? AND period >= ?", codes, from)
		part, err := readTallies(q)
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
		places = places[n:]
	}
	return out, nil
}

// DutyTalliesOf implements duty.Tx.
func (t *tx) DutyTalliesOf(ctx context.Context, place region.Code, items []string) ([]duty.Tally, error) {
	q := t.in(ctx).Table("duty_counts").Where("region = ? AND item_code <> ''", string(place))
	if len(items) > 0 {
		q = q.Where("item_code IN ?", padded(items))
	}
	return readTallies(q)
}

func readTallies(q *gorm.DB) ([]duty.Tally, error) {
	var out []duty.Tally
	q = q.Select("region, item_code, period, kind, until, n").Order("region, item_code, period, kind, until")
	err := scanned(q, func(rows *sql.Rows) error {
		var (
			d     duty.Tally
			place string
		)
		if err := rows.Scan(&place, &d.Item, &d.Period, &d.Kind, &d.Until, &d.N); err != nil {
			return err
		}
		d.Place = region.Code(place)
		out = append(out, d)
		return nil
	})
	return out, wrapped("read counts", err)
}

// stampKind is the kind of the row, of no item, that moves with any other row of
// its place.
const stampKind = "stamp"

// DutyStamps implements duty.Store.
func (s *Duties) DutyStamps(ctx context.Context, places []region.Code) (map[region.Code]int64, error) {
	out := make(map[region.Code]int64, len(places))
	for part := range slices.Chunk(places, 256) {
		codes := padded(each(part, func(c region.Code) string { return string(c) }))
		var rows []dutyCountRow
		err := s.db.reader(ctx).Where("region IN ? AND item_code = ? AND period = ? AND kind = ?", codes, "", "", stampKind).
			Order("region").Find(&rows).Error
		if err != nil {
			return nil, wrapped("read stamps", err)
		}
		for _, r := range rows {
			out[region.Code(r.Region)] = int64(r.N)
		}
	}
	return out, nil
}

// MoveDutyTallies implements duty.Tx.
func (t *tx) MoveDutyTallies(ctx context.Context, by []duty.Tally) error {
	var (
		added []dutyCountRow
		all   []duty.Tally
	)
	for i, m := range by {
		if i == 0 || by[i-1].Place != m.Place {
			all = append(all, duty.Tally{Place: m.Place, Kind: stampKind, N: 1})
		}
		all = append(all, m)
	}
	for _, m := range all {
		row := dutyCountRow{Region: string(m.Place), ItemCode: m.Item, Period: m.Period, Kind: m.Kind, Until: m.Until, N: m.N}
		at := func() *gorm.DB {
			return t.in(ctx).Model(&dutyCountRow{}).Where("region = ? AND item_code = ? AND period = ? AND kind = ? AND until = ?",
				row.Region, row.ItemCode, row.Period, row.Kind, row.Until)
		}
		g := at().UpdateColumn("n", gorm.Expr("n + ?", m.N))
		if g.Error != nil {
			return wrapped("move count", g.Error)
		}
		if g.RowsAffected == 0 {
			added = append(added, row)
			continue
		}
		if m.N < 0 {
			if err := at().Where("n = 0").Delete(&dutyCountRow{}).Error; err != nil {
				return wrapped("drop count", err)
			}
		}
	}
	if len(added) == 0 {
		return nil
	}
	return wrapped("add counts", t.in(ctx).CreateInBatches(added, insertBatch).Error)
}
