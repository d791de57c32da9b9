package ranking_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"cunwu/config/rules"
	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/fault"
	"cunwu/service/ranking"
	"cunwu/service/region"
)

const village = region.Code("510821102200")

// around stands for places, households and the directory.
type around struct{ households map[region.Code]int }

func (around) Region(_ context.Context, code region.Code) (region.Region, error) {
	if code.At(region.Province) != "51" {
		return region.Region{}, region.ErrNotFound
	}
	return region.Region{Code: code, Name: "名" + string(code)}, nil
}

func (around) Names(_ context.Context, codes []region.Code) (map[region.Code]string, error) {
	out := map[region.Code]string{}
	for _, c := range codes {
		out[c] = "名" + string(c)
	}
	return out, nil
}

func (a around) HouseholdsByGroup(context.Context, region.Code) (map[region.Code]int, error) {
	return a.households, nil
}

func (around) TopicName(code string) string {
	if code == "mutual_aid" {
		return "邻里互助"
	}
	return ""
}

func book(t interface{ Fatal(...any) }) *ranking.Rules {
	r, err := ranking.LoadRules(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func list(t *testing.T, db *dbtest.DB, ds ...ranking.Deed) {
	t.Helper()
	ctx := t.Context()
	err := db.Regions().InTx(ctx, dbtest.Act(), func(tx region.Tx) error {
		r, ok := tx.(ranking.Tx)
		if !ok {
			return errors.New("no transaction of rankings")
		}
		for _, d := range ds {
			if err := r.RankDeed(ctx, d); err != nil {
				return err
			}
		}
		return tx.Record(ctx, audit.Event{Action: "test"})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestParseBy(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"deed", "clause", "group"} {
		if by, err := ranking.ParseBy(s); err != nil || string(by) != s {
			t.Errorf("%s: %v, %v", s, by, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "by")
		if _, err := ranking.ParseBy(s); !errors.Is(err, ranking.ErrBy) && s != "deed" && s != "clause" && s != "group" {
			t.Fatalf("%q is ranked", s)
		}
	})
}

func TestParsePeriod(t *testing.T) {
	t.Parallel()
	// Still the last hour of the third quarter elsewhere, the fourth in China.
	now := time.Date(2026, 9, 30, 16, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		in, label string
		number    int64
	}{
		{"", "2026Q4", 20264},
		{"all", "all", 0},
		{"2026", "2026", 2026},
		{"2026-10", "2026-10", 202610},
		{"2026-01", "2026-01", 202601},
		{"2026Q4", "2026Q4", 20264},
		{"2025Q4", "2025Q4", 20254},
		{"1999-12", "1999-12", 199912},
	} {
		if p, err := ranking.ParsePeriod(c.in, now); err != nil || p.Number != c.number || p.Label != c.label {
			t.Errorf("%q: %+v, %v", c.in, p, err)
		}
	}
	for _, in := range []string{"2027", "2026-11", "2027Q1", "2026-00", "2026-13", "2026Q0", "2026Q5", "2026q3", "0999", "20264", "All", " all", "2026-1", "2026Q", "-1", "２０２６"} {
		if p, err := ranking.ParsePeriod(in, now); !errors.Is(err, ranking.ErrPeriod) {
			t.Errorf("%q: %+v, %v", in, p, err)
		}
	}
}

// Every time lies in the four periods that parse as its own, and in no other.
func TestPeriods_Parse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMilli(rapid.Int64Range(0, 4_000_000_000_000).Draw(t, "at")).In(calendar.China)
		now := at.AddDate(1, 0, 0)
		want := []string{at.Format("2006-01"), fmt.Sprintf("%dQ%d", at.Year(), (at.Month()+2)/3), at.Format("2006"), "all"}
		for i, n := range ranking.Periods(at) {
			if p, err := ranking.ParsePeriod(want[i], now); err != nil || p.Number != n {
				t.Fatalf("%s: %+v, %v; want %d", want[i], p, err, n)
			}
		}
	})
}

func FuzzParsePeriod(f *testing.F) {
	for _, s := range []string{"", "all", "2026", "2026-09", "2026Q3", "9999", "2026Q33"} {
		f.Add(s)
	}
	now := time.Date(2026, 9, 1, 0, 0, 0, 0, calendar.China)
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ranking.ParsePeriod(s, now)
		if err != nil {
			return
		}
		if again, err := ranking.ParsePeriod(p.Label, now); err != nil || again != p || p.Number < 0 || p.Number > 202609 {
			t.Errorf("%q: %+v, then %+v, %v", s, p, again, err)
		}
	})
}

func TestLoadRules(t *testing.T) {
	t.Parallel()
	if r := book(t); r.Page.Most < r.Page.Default || r.Deed.Least < 2 {
		t.Errorf("%+v", r)
	}
	bad := fstest.MapFS{ranking.RulesFile: {Data: []byte("version: 0\neffective: x\ndeed: {least: 0, unit: endorsements, source: I x}\n" +
		"clause: {least: 3, unit: likes, source: I x}\ngroup: {least: 3, unit: households}\npage: {default: 30, most: 20, source: I x}\n")}}
	_, err := ranking.LoadRules(bad)
	if err == nil || strings.Count(err.Error(), "\n") != 4 {
		t.Errorf("all five problems at once: %v", err)
	}
	if _, err := ranking.LoadRules(fstest.MapFS{ranking.RulesFile: {Data: []byte("person: {least: 1}\n")}}); err == nil {
		t.Error("a rule for persons is taken")
	}
	if _, err := ranking.LoadRules(fstest.MapFS{}); err == nil {
		t.Error("no rules are taken")
	}
}

// plain is a ranking of figures made the plain way: rank is one more than how
// many are above, tied is that another has the same.
func plain(figures []int64) (ranks []int64, tied []bool) {
	for i, f := range figures {
		above, same := int64(0), false
		for j, g := range figures {
			if g > f {
				above++
			}
			same = same || i != j && f == g
		}
		ranks, tied = append(ranks, above+1), append(tied, same)
	}
	return ranks, tied
}

// memory ranks what it is given.
type memory struct {
	ranking.Store
	deeds  []ranking.Standing
	counts []ranking.Count
}

func (m *memory) DeedsRanked(_ context.Context, _, _ int64, after *ranking.Place, limit int) ([]ranking.Standing, error) {
	slices.SortFunc(m.deeds, func(a, b ranking.Standing) int {
		return cmp.Or(cmp.Compare(b.Endorsements, a.Endorsements), a.ListedAt.Compare(b.ListedAt), cmp.Compare(a.ID, b.ID))
	})
	from := 0
	if after != nil {
		from = slices.IndexFunc(m.deeds, func(d ranking.Standing) bool { return d.ID == after.ID }) + 1
	}
	return m.deeds[from:min(from+limit, len(m.deeds))], nil
}

func (m *memory) EntriesCounted(context.Context, int64, int64, ranking.Kind) ([]ranking.Count, error) {
	return slices.Clone(m.counts), nil
}

// Ranks and ties are right whatever the size of the pages.
func TestPage_RanksAcrossPages(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m, a := &memory{}, around{households: map[region.Code]int{}}
		for i, f := range rapid.SliceOfN(rapid.Int64Range(0, 3), 0, 30).Draw(t, "figures") {
			m.deeds = append(m.deeds, ranking.Standing{Endorsements: f, Deed: ranking.Deed{
				ID: fmt.Sprintf("d%02d", i), Region: village, ListedAt: time.UnixMilli(int64(1 + i%3)),
			}})
			g := fmt.Sprintf("%s%02d", village, i+1)
			m.counts = append(m.counts, ranking.Count{Code: g, Entries: f})
			a.households[region.Code(g)] = rapid.IntRange(1, 3).Draw(t, "households")
		}
		svc := ranking.New(m, ranking.Options{Places: a, Households: a, Rules: book(t)})
		for _, by := range []ranking.By{ranking.ByDeed, ranking.ByClause, ranking.ByGroup} {
			q := ranking.Query{Region: village, By: by, Limit: rapid.IntRange(1, 7).Draw(t, "limit")}
			var rows []ranking.Row
			for {
				p, err := svc.Page(context.Background(), q)
				if err != nil || len(p.Items) > q.Limit {
					t.Fatal(err, len(p.Items))
				}
				if rows = append(rows, p.Items...); p.Next == nil {
					break
				}
				q.After = p.Next
			}
			var figures []int64
			for _, r := range rows {
				figures = append(figures, map[ranking.By]int64{ranking.ByDeed: r.Endorsements, ranking.ByClause: r.Entries, ranking.ByGroup: r.PerMille}[by])
			}
			if len(rows) != len(m.deeds) || !slices.IsSortedFunc(figures, func(a, b int64) int { return cmp.Compare(b, a) }) {
				t.Fatalf("%s: %d rows of %d: %v", by, len(rows), len(m.deeds), figures)
			}
			ranks, tied := plain(figures)
			for i, r := range rows {
				if r.Rank != ranks[i] || r.Tied != tied[i] {
					t.Fatalf("%s: row %d of %v has rank %d (%t), want %d (%t)", by, i, figures, r.Rank, r.Tied, ranks[i], tied[i])
				}
			}
		}
	})
}

func TestPage_Groups(t *testing.T) {
	t.Parallel()
	m := &memory{counts: []ranking.Count{{Code: string(village) + "01", Entries: 2}, {Code: string(village) + "03", Entries: 9}, {Code: string(village) + "02", Entries: 1}}}
	a := around{households: map[region.Code]int{village + "01": 30, village + "02": 15, village + "04": 8, village + "03": 0, "": 5, "51082110220101": 9}}
	svc := ranking.New(m, ranking.Options{Places: a, Households: a, Rules: book(t)})
	p, err := svc.Page(t.Context(), ranking.Query{Region: village, By: ranking.ByGroup, Limit: 20})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range p.Items {
		got = append(got, fmt.Sprintf("%d %s %d/%d %d %t %t", r.Rank, r.ID[12:], r.Entries, r.Households, r.PerMille, r.Tied, r.SmallSample))
	}
	want := []string{"1 01 2/30 67 true false", "1 02 1/15 67 true false", "3 04 0/8 0 false true"}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestPage_Refusals(t *testing.T) {
	t.Parallel()
	svc := ranking.New(&memory{}, ranking.Options{Places: around{}, Households: around{}, Rules: book(t)})
	for _, c := range []struct {
		place region.Code
		by    ranking.By
		limit int
		want  error
	}{
		{"x", ranking.ByDeed, 1, region.ErrCode},
		{"52", ranking.ByDeed, 1, region.ErrNotFound},
		{village + "01", ranking.ByDeed, 1, ranking.ErrPlace},
		{"510821", ranking.ByGroup, 1, ranking.ErrGroupPlace},
	} {
		if _, err := svc.Page(t.Context(), ranking.Query{Region: c.place, By: c.by, Limit: c.limit}); !errors.Is(err, c.want) {
			t.Errorf("%s by %s: %v, want %v", c.place, c.by, err, c.want)
		}
	}
	for _, limit := range []int{0, -1, 51} {
		if _, err := svc.Page(t.Context(), ranking.Query{Region: village, By: ranking.ByDeed, Limit: limit}); err == nil {
			t.Errorf("a page of %d", limit)
		}
	}
}

// On both engines: titles, topics, and who may endorse.
func TestService(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx := t.Context()
		about := errors.New("away")
		svc := ranking.New(db.Rankings(), ranking.Options{
			Places: around{}, Households: around{}, Rules: book(t), Clock: db.Clock, Topics: around{},
			About: func(_ context.Context, deed, resident string) (bool, error) {
				if resident == "lost" {
					return false, about
				}
				return deed == "a" && resident == "mine", nil
			},
		})
		list(
			t, db, ranking.Deed{ID: "a", Region: village, Clause: "c1", ClauseText: "旧说法", Topic: "mutual_aid", ListedAt: dbtest.Start, Open: true},
			ranking.Deed{ID: "b", Region: village, Clause: "c1", ClauseText: "新说法", Topic: "other", ListedAt: dbtest.Start, Open: true},
			ranking.Deed{ID: "c", Region: village, ListedAt: dbtest.Start},
		)
		titles := func(place region.Code) (out []string) {
			p, err := svc.Page(ctx, ranking.Query{Region: place, By: ranking.ByClause, Limit: 9})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range p.Items {
				out = append(out, fmt.Sprintf("%s %d", r.Title, r.Entries))
			}
			return out
		}
		if got := titles(village); !slices.Equal(got, []string{"新说法 2"}) {
			t.Errorf("clauses: %v", got)
		}
		if got := titles("5108"); !slices.Equal(got, []string{"邻里互助 1", "other 1"}) {
			t.Errorf("topics: %v", got)
		}
		voter := func(resident string) account.Caller {
			return account.Caller{AccountID: "acc", ResidentID: resident, Village: village, Standing: account.Voter}
		}
		reader := voter("r")
		reader.Standing = account.Reader
		for _, c := range []struct {
			by   account.Caller
			deed string
			on   bool
			want error
		}{
			{account.Caller{}, "a", true, account.ErrRequired},
			{reader, "z", true, ranking.ErrNotFound},
			{reader, "a", true, ranking.ErrStanding},
			{account.Caller{AccountID: "acc"}, "a", true, ranking.ErrNotVillager},
			{voter("mine"), "a", true, ranking.ErrOwn},
			{voter("mine"), "a", false, nil},
			{voter("mine"), "b", true, nil},
			{voter("lost"), "b", true, about},
			{voter("r"), "c", true, ranking.ErrClosed},
		} {
			if _, err := svc.Endorse(ctx, c.by, c.deed, c.on); !errors.Is(err, c.want) {
				t.Errorf("%+v endorses %s: %v, want %v", c.by, c.deed, err, c.want)
			}
		}
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				if s, err := svc.Endorse(ctx, voter(fmt.Sprint("r", i%100)), "a", true); err != nil || !s.Endorsed {
					t.Error(s, err)
				}
			})
		}
		wg.Wait()
		if s, err := svc.Endorsement(ctx, voter("r7"), "a"); err != nil || s.Endorsements != 100 || !s.Endorsed {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

// slow takes one group at a time, and only when it is let.
type slow struct {
	ranking.Store
	entered, let chan struct{}
	groups       atomic.Int64
}

func (s *slow) Endorse(_ context.Context, es []ranking.Endorsement) []ranking.Outcome {
	if s.groups.Add(1) == 1 {
		close(s.entered)
	}
	<-s.let
	return make([]ranking.Outcome, len(es))
}

// Those who wait share a commit; who does not wait any longer is not told that
// it failed, but that it is not known; and there is an end to waiting.
func TestEndorse_Groups(t *testing.T) {
	t.Parallel()
	st := &slow{entered: make(chan struct{}), let: make(chan struct{})}
	svc := ranking.New(st, ranking.Options{Rules: book(t)})
	by := account.Caller{AccountID: "acc", ResidentID: "r", Village: village, Standing: account.Voter}
	gone, stop := context.WithCancel(t.Context())
	stop()
	if _, err := svc.Endorse(gone, by, "a", true); fault.Of(err) == nil || fault.Of(err).Kind != fault.Unavailable {
		t.Errorf("without a commit: %v", err)
	}
	<-st.entered // that one is a group alone; what comes now waits
	const come, wait = 5000, 4096
	var wg sync.WaitGroup
	var busy, good atomic.Int64
	for range come {
		wg.Go(func() {
			switch _, err := svc.Endorse(t.Context(), by, "a", true); {
			case errors.Is(err, ranking.ErrBusy):
				if busy.Add(1) == come-wait {
					close(st.let)
				}
			case err == nil:
				good.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if g := st.groups.Load(); good.Load() != wait || g != 1+wait/256 {
		t.Errorf("%d taken in %d groups, %d sent away", good.Load(), g, busy.Load())
	}
}
