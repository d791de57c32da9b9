package repository_test

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"cunwu/repository"
	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/region"
)

// The whole nation, where CUNWU_TEST_NATION names its file: at most 60 s and
// 300 MB on SQLite, a second import finds nothing to do, and searching stays
// quick among 620,573 villages. It prints what it measured.
func TestImport_Nation(t *testing.T) {
	path := os.Getenv("CUNWU_TEST_NATION")
	if path == "" {
		t.Skip("CUNWU_TEST_NATION is not set")
	}
	url := dbtest.SQLiteURL(t)
	if os.Getenv("CUNWU_TEST_NATION_MYSQL") != "" {
		url = dbtest.MySQLURL(t)
	}
	db := dbtest.With(t, repository.Options{URL: url, ReadTimeout: time.Minute, CacheMB: 32})
	ctx, s := t.Context(), region.New(db.Regions())
	for i, want := range []int{665276, 0} {
		f, err := os.Open(path) //nolint:gosec // the tester's own path
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		p, err := s.Import(ctx, audit.BySystem("import"), "2023", f, region.ImportOptions{Apply: true})
		if err != nil || p.New.Count != want || p.Gone.Count != 0 || p.Scope != "" {
			t.Fatalf("%+v, %v", p, err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		t.Logf("import %d: %.1f s, peak %d MB", i+1, time.Since(began).Seconds(), peakMB())
		if took := time.Since(began); took > time.Minute || peakMB() > 300 {
			t.Errorf("too slow or too big")
		}
	}
	for _, c := range []struct {
		q      string
		within region.Code
	}{
		{"大", ""}, {"盐井", ""}, {"dashi", ""}, {"yjc", ""}, {"石板", ""}, {"板社", "51"}, {"板社", "5108"}, {"z", ""}, {"大石板", "51"}, {"没有这个", ""},
	} {
		const times = 20
		began := time.Now()
		n := 0
		for range times {
			rs, err := s.Search(ctx, c.q, c.within, 20)
			if err != nil {
				t.Fatal(err)
			}
			n = len(rs)
		}
		t.Logf("search %s within %q: %d found, %s each", c.q, c.within, n, time.Since(began)/times)
	}
}

// peakMB is the most memory the process has had, in MB; 0 where the system does
// not tell.
func peakMB() int {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int(m.Sys >> 20)
	}
	for line := range strings.Lines(string(b)) {
		if kb, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(kb), " kB"))
			if err == nil {
				return n >> 10
			}
		}
	}
	return 0
}
