package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"cunwu/config/rules"
	"cunwu/repository"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/duty"
	"cunwu/service/region"
)

const (
	dutyAsks      = 30
	nationalCount = 620_573 // villages of the 2023 edition
	provinces     = 31
	villagesEach  = 20 // of a township that is made up
)

// benchDay is the day of the measured clock: all periods of a year have ended.
var benchDay = time.Date(2026, 12, 20, 9, 0, 0, 0, calendar.China)

// duties measures the disclosure clock on the embedded engine: every duty of
// every village of the city computed from its postings, and the numbers of the
// city and of a nation of made-up places. It is done inside of this process.
func (b *bench) duties(ctx context.Context) error {
	t := &table{title: "The disclosure clock, SQLite", head: []string{"what", "villages", "duties", "ms", "promise", ""}}
	if err := b.dutiesOfCity(ctx, t); err != nil {
		return err
	}
	if err := b.dutiesOfNation(ctx, t); err != nil {
		return err
	}
	t.note("Numbers of places are the median of %d questions, past the prepared answers, none of which moved since the first. Of the city, three of four villages have disclosed all that recurs; "+
		"each has two events. The nation's counts are those that as many villages would leave.", dutyAsks)
	t.print(b.out)
	return nil
}

// dutyBench is an archive with the clock over it, and a handle for filling it.
type dutyBench struct {
	db  *repository.DB
	svc *duty.Service
	sql *sql.DB
}

func (b *bench) openDuties(ctx context.Context, name string) (*dutyBench, error) {
	file := filepath.Join(b.dir, name)
	clock := calendar.Func(func() time.Time { return benchDay })
	db, err := repository.Open(ctx, repository.Options{URL: "sqlite:" + file, Logger: slog.New(slog.DiscardHandler), Clock: clock, ReadTimeout: time.Minute})
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx); err != nil {
		return nil, err
	}
	r, err := duty.LoadRules(rules.FS)
	if err != nil {
		return nil, err
	}
	c, err := disclosure.LoadCatalogue(rules.FS)
	if err != nil {
		return nil, err
	}
	h, err := calendar.LoadHolidays(rules.FS)
	if err != nil {
		return nil, err
	}
	raw, err := sql.Open("sqlite", "file:"+file+"?_pragma=synchronous(OFF)&_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, err
	}
	raw.SetMaxOpenConns(1)
	svc := duty.New(db.Duties(), duty.Options{Rules: r, Catalogue: c, Holidays: h, Places: region.New(db.Regions()), Clock: clock})
	return &dutyBench{db: db, svc: svc, sql: raw}, nil
}

func (d *dutyBench) close() {
	_ = d.sql.Close()
	_ = d.db.Close()
}

func (b *bench) dutiesOfCity(ctx context.Context, t *table) error {
	d, err := b.openDuties(ctx, "duties-city.db")
	if err != nil {
		return err
	}
	defer d.close()
	tree, err := rules.FS.ReadFile("regions/guangyuan.csv")
	if err != nil {
		return err
	}
	if _, err := region.New(d.db.Regions()).Import(ctx, audit.BySystem("bench"), "bench", bytes.NewReader(tree), region.ImportOptions{Apply: true}); err != nil {
		return err
	}
	if err := d.fillCity(ctx); err != nil {
		return err
	}
	start := time.Now()
	if _, err := d.svc.Recount(ctx, ""); err != nil {
		return err
	}
	progress("counting the city anew took %s", time.Since(start).Round(time.Millisecond))
	villages, all := 0, 0
	var want duty.Numbers
	start = time.Now()
	err = d.svc.Each(ctx, "5108", func(_ region.Code, ds []duty.Duty) error {
		villages, all = villages+1, all+len(ds)
		for _, one := range ds {
			for i, s := range duty.States {
				if one.State == s {
					want[i]++
				}
			}
		}
		return nil
	})
	took := time.Since(start)
	if err != nil {
		return err
	}
	t.add("every duty of the city, from its postings", fmt.Sprint(villages), fmt.Sprint(all), millis(took), "< 5000", verdict(took < 5*time.Second))
	got, err := d.svc.Counts(ctx, "5108", "")
	if err != nil {
		return err
	}
	if got.Total != want {
		return fmt.Errorf("counted %v, one by one %v", got.Total, want)
	}
	return d.measureCounts(ctx, t, "the city's numbers by county and by item", "5108", 200)
}

// fillCity gives three of four villages a posting for each period that has
// ended, and each two events.
func (d *dutyBench) fillCity(ctx context.Context) error {
	n := 0
	return d.svc.Each(ctx, "5108", func(code region.Code, ds []duty.Duty) error {
		if n++; n%500 == 0 {
			progress("%d villages filled", n)
		}
		tx, err := d.sql.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		for _, one := range ds {
			if n%4 == 0 || one.State == duty.Upcoming {
				continue
			}
			at := one.DueOn.AddDate(0, 0, -n%9).Add(time.Duration(n) * time.Second).UnixMilli()
			_, err := tx.ExecContext(ctx, `INSERT INTO postings (id, region, item_code, category, edition, period, visibility, state, version, late,
				published_at, title, summary, attachments, questions, case_id, revision, personal, first_at, posted_from, posted_until, created_at, created_by, reason, review)
				VALUES (?, ?, ?, ?, '2026-01-01', ?, 'PUBLIC_INTERNET', 'published', 1, 0, ?, '标题', '摘要', 0, 0, ?, 1, 0, ?, ?, ?, ?, 'clerk', '', '')`,
				audit.NewID(), string(code), one.ItemCode, one.Category, one.Period, at, audit.NewID(), at, at, at, at)
			if err != nil {
				return err
			}
		}
		for i, item := range []string{"B03", "F01"} {
			_, err := tx.ExecContext(ctx, `INSERT INTO duty_events (id, region, item_code, event_on, title, kind, recorded_by, at) VALUES (?, ?, ?, ?, '会议', 'happened', 'clerk', 0)`,
				audit.NewID(), string(code), item, benchDay.AddDate(0, 0, -(n+i)%300).Format(time.DateOnly))
			if err != nil {
				return err
			}
		}
		return tx.Commit()
	})
}

func (d *dutyBench) measureCounts(ctx context.Context, t *table, what string, place region.Code, most float64) error {
	var (
		took []time.Duration
		c    duty.Counts
	)
	for range dutyAsks {
		start := time.Now()
		var err error
		if c, err = d.svc.Counts(ctx, place, ""); err != nil {
			return err
		}
		took = append(took, time.Since(start))
	}
	duties := 0
	for _, n := range c.Total {
		duties += n
	}
	m := median(took)
	t.add(what, fmt.Sprint(c.Villages), fmt.Sprint(duties), millis(m), fmt.Sprintf("< %.0f", most), verdict(float64(m)/float64(time.Millisecond) < most))
	return nil
}

// dutiesOfNation makes up as many villages as the nation has, and the counts
// that they would leave with the provinces.
func (b *bench) dutiesOfNation(ctx context.Context, t *table) error {
	d, err := b.openDuties(ctx, "duties-nation.db")
	if err != nil {
		return err
	}
	defer d.close()
	if err := d.fillNation(ctx); err != nil {
		return err
	}
	start := time.Now()
	c, err := d.svc.Counts(ctx, "", "")
	if err != nil {
		return err
	}
	t.add("the first question of the day, all counts read and the villages counted", fmt.Sprint(c.Villages), "", millis(time.Since(start)), "", "")
	return d.measureCounts(ctx, t, "the nation's numbers by province and by item", "", 200)
}

func (d *dutyBench) fillNation(ctx context.Context) error {
	tx, err := d.sql.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	place := func(code, parent string, level region.Level) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO regions (code, parent, level, name, short, kind, pinyin, initials, state, merged_into, merged_on)
			VALUES (?, ?, ?, '某地', '某地', '', '', '', 'active', '', 0)`, code, parent, int(level))
		return err
	}
	for n, p := 0, 0; p < provinces; p++ {
		province := fmt.Sprint(11 + p)
		if err := place(province, "", region.Province); err != nil {
			return err
		}
		for i := 0; i < (nationalCount+provinces-1)/provinces && n < nationalCount; i++ {
			township := fmt.Sprintf("%s%07d", province, i/villagesEach)
			if i%villagesEach == 0 {
				if err := place(township, township[:6], region.Township); err != nil {
					return err
				}
			}
			if err := place(fmt.Sprintf("%s%03d", township, i%villagesEach), township, region.Village); err != nil {
				return err
			}
			n++
		}
		if err := d.fillCounts(ctx, tx, province); err != nil {
			return err
		}
		progress("%d of %d villages", n, nationalCount)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO region_editions (edition, scope, places, applied_at) VALUES ('bench', '', ?, 0)`, nationalCount)
	if err != nil {
		return err
	}
	return tx.Commit()
}

// fillCounts leaves for a province what its villages would leave: each period
// done, done late, exempt and extended to some days; each event by month, and
// open ones for some days.
// So does the whole country, as the sum of equal provinces.
func (d *dutyBench) fillCounts(ctx context.Context, tx *sql.Tx, province string) error {
	c, err := d.svc.Counts(ctx, "", "") // no place can be seen yet: the periods only
	if err != nil {
		return err
	}
	add := func(item, period, kind, until string, n int) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO duty_counts (region, item_code, period, kind, until, n) VALUES (?, ?, ?, ?, ?, ?)`, province, item, period, kind, until, n)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO duty_counts (region, item_code, period, kind, until, n) VALUES ('', ?, ?, ?, ?, ?)
			ON CONFLICT (region, item_code, period, kind, until) DO UPDATE SET n = n + excluded.n`, item, period, kind, until, n)
		return err
	}
	for _, i := range c.Items {
		for kind, n := range map[string]int{"done": 9000, "done_late": 1500, "not_applicable": 300} {
			if err := add(i.ItemCode, i.Period, kind, "", n); err != nil {
				return err
			}
		}
		for day := range 3 {
			if err := add(i.ItemCode, i.Period, "extended", benchDay.AddDate(0, 0, day).Format(time.DateOnly), 20); err != nil {
				return err
			}
		}
	}
	return fillEventCounts(add)
}

// fillEventCounts leaves those of thirty items, by month, and some that are open.
func fillEventCounts(add func(item, period, kind, until string, n int) error) error {
	for i := range 30 * 12 {
		item, month := fmt.Sprintf("B%02d", i/12), i%12+1
		period := fmt.Sprintf("2026-%02de", month)
		for _, kind := range []string{"done", "done_late"} {
			if err := add(item, period, kind, "", 900); err != nil {
				return err
			}
		}
		for day := range 5 {
			if err := add(item, period, "open", fmt.Sprintf("2026-%02d-%02d", month, 10+day), 3); err != nil {
				return err
			}
		}
	}
	return nil
}
