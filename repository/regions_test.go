package repository_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/fault"
	"cunwu/service/region"
)

const regionHead = "code,parent_code,level,name\n"

func guangyuan(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../config/rules/regions/guangyuan.csv")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func imports(t *testing.T, s *region.Service, text, merges string, apply bool) region.Preview {
	t.Helper()
	o := region.ImportOptions{Apply: apply}
	if merges != "" {
		o.Merges = strings.NewReader("old_code,new_code,date\n" + merges)
	}
	p, err := s.Import(t.Context(), audit.BySystem("import"), "2023", strings.NewReader(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// seeded gives the region service over the tree of Guangyuan.
func seeded(t *testing.T, db *dbtest.DB) *region.Service {
	t.Helper()
	s := region.New(db.Regions())
	if p := imports(t, s, guangyuan(t), "", true); !p.Applied || p.New.Count != 1890 {
		t.Fatalf("imported %+v", p)
	}
	return s
}

func TestImport_Preview(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		s := region.New(db.Regions())
		p := imports(t, s, guangyuan(t), "", false)
		if p.Applied || p.New.Count != 1890 || len(p.New.First) != 20 || p.Scope != "5108" || p.ByLevel[region.Village] != 1735 || p.ByLevel[region.County] != 7 {
			t.Errorf("preview %+v", p)
		}
		if rs, err := s.Children(t.Context(), ""); err != nil || len(rs) != 0 {
			t.Errorf("a preview wrote %v, %v", rs, err)
		}
		wantEvents(t, db, 0)
		s = seeded(t, db)
		p = imports(t, s, guangyuan(t), "", true)
		if p.New.Count+p.Renamed.Count+p.Returned.Count+p.Merged.Count+p.Gone.Count != 0 {
			t.Errorf("the same edition again changes something: %+v", p)
		}
	})
}

func TestService_Tree(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx, s := t.Context(), seeded(t, db)
		r, err := s.Region(ctx, "510821102")
		if err != nil || r.Level != region.Township || r.Parent != "510821" || r.Children == 0 || r.State != region.Active {
			t.Errorf("township %+v, %v", r, err)
		}
		rs, err := s.Children(ctx, "5108")
		if err != nil || len(rs) != 7 || rs[0].Code != "510802" || rs[0].Children == 0 {
			t.Errorf("counties %+v, %v", rs, err)
		}
		villages, err := s.Children(ctx, "510821102")
		if err != nil || len(villages) != r.Children {
			t.Errorf("%d villages for %d children, %v", len(villages), r.Children, err)
		}
		path, err := s.Path(ctx, "510821102200")
		var names []string
		for _, p := range path {
			names = append(names, p.Short)
		}
		if got := strings.Join(names, "/"); err != nil || !strings.HasPrefix(got, "四川省/广元市/旺苍县/") || !strings.HasSuffix(got, "/盐井村") {
			t.Errorf("path %s, %v", got, err)
		}
		for range 2 { // from the archive, then from memory
			byCode, err := s.Names(ctx, []region.Code{"5108", "510821102200", "510821102200", "999999", "x"})
			if err != nil || len(byCode) != 2 || byCode["510821102200"] != "盐井村" {
				t.Errorf("names %v, %v", byCode, err)
			}
		}
	})
}

func TestService_Refusals(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx, s := t.Context(), seeded(t, db)
		long := strings.Repeat("1", 1_000_000)
		for code, want := range map[region.Code]error{
			"99": region.ErrNotFound, "510821999999": region.ErrNotFound,
			"5": region.ErrCode, "盐井": region.ErrCode, region.Code(long): region.ErrCode,
		} {
			if _, err := s.Region(ctx, code); !errors.Is(err, want) {
				t.Errorf("region %.20s: %v", code, err)
			}
			if _, err := s.Path(ctx, code); !errors.Is(err, want) {
				t.Errorf("path %.20s: %v", code, err)
			}
			if _, err := s.Children(ctx, code); !errors.Is(err, want) {
				t.Errorf("children %.20s: %v", code, err)
			}
		}
		for _, q := range []string{"", "   ", strings.Repeat("村", 41), "\xff\xfe", long} {
			if _, err := s.Search(ctx, q, "", 10); !errors.Is(err, fault.ErrInvalid) {
				t.Errorf("search %.20q: %v", q, err)
			}
		}
		if _, err := s.Search(ctx, "村", "x", 10); !errors.Is(err, region.ErrCode) {
			t.Errorf("search within nonsense: %v", err)
		}
	})
}

func TestService_Search(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx, s := t.Context(), seeded(t, db)
		for name, c := range map[string]struct {
			q      string
			within region.Code
			first  string // short name of the first result, "" for none
		}{
			"Name":          {"盐井", "510821102", "盐井村"},
			"Committee":     {"盐井村村民委员会", "510821102", "盐井村"},
			"Pinyin":        {"Yan Jing", "510821102", "盐井村"},
			"Initials":      {"yjc", "510821102", "盐井村"},
			"Part":          {"井村", "510821102", "盐井村"},
			"CountyFirst":   {"旺苍", "", "旺苍县"},
			"Overridden":    {"chaotian", "", "朝天区"},
			"CityInitials":  {"gys", "", "广元市"},
			"PartOfCounty":  {"苍县", "", "旺苍县"},
			"Elsewhere":     {"盐井", "510802", ""},
			"NoWildcards":   {"%", "510821", ""},
			"NoUnderscores": {"___", "510821", ""},
			"Injection":     {"' OR '1'='1", "", ""},
		} {
			rs, err := s.Search(ctx, c.q, c.within, 10)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			got := ""
			if len(rs) > 0 {
				got = rs[0].Short
			}
			if got != c.first {
				t.Errorf("%s: found %q, want %q", name, got, c.first)
			}
		}
		rs, err := s.Search(ctx, "大", "", 1000)
		if err != nil || len(rs) != 50 {
			t.Fatalf("found %d, %v", len(rs), err)
		}
		for i := 1; i < len(rs); i++ {
			if rs[i].Level < rs[i-1].Level {
				t.Errorf("%s after %s", rs[i].Name, rs[i-1].Name)
			}
		}
	})
}

// A later edition: what is new, renamed, merged and gone, and the village that
// something hangs on stays findable.
func TestImport_LaterEdition(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx, s := t.Context(), seeded(t, db)
		if _, err := s.AddGroup(ctx, dbtest.Act(), "51082110220001", "一组"); err != nil {
			t.Fatal(err)
		}
		old, gone, renamed := line(t, "510821102200"), line(t, "510802101203"), line(t, "510802101201")
		next := strings.NewReplacer(old, "", gone, "", renamed, strings.Replace(renamed, "小稻村", "大稻村", 1)).Replace(guangyuan(t)) +
			"510821102299,510821102,village,新井村村民委员会\n"
		merges := "510821102200,510821102202,2024-06-30\n"

		p := imports(t, s, next, merges, false)
		if p.New.Count != 1 || p.Renamed.Count != 1 || p.Merged.Count != 1 || p.Gone.Count != 1 || p.Returned.Count != 0 {
			t.Fatalf("preview %+v", p)
		}
		if m := p.Merged.First[0]; m.Into != "510821102202" || p.Gone.First[0].Code != "510802101203" || !strings.Contains(p.Renamed.First[0].Was, "小稻村") {
			t.Errorf("preview %+v", p)
		}
		if r, err := s.Region(ctx, "510821102200"); err != nil || r.State != region.Active {
			t.Errorf("a preview wrote: %+v, %v", r, err)
		}

		imports(t, s, next, merges, true)
		r, err := s.Region(ctx, "510821102200")
		if err != nil || r.State != region.Merged || r.MergedInto != "510821102202" {
			t.Errorf("merged: %+v, %v", r, err)
		}
		r, err = s.Region(ctx, "510821102202")
		day := time.Date(2024, 6, 30, 0, 0, 0, 0, calendar.China)
		if err != nil || len(r.Former) != 1 || r.Former[0].Code != "510821102200" || !r.Former[0].MergedOn.Equal(day) || !strings.HasPrefix(r.Former[0].Name, "盐井村") {
			t.Errorf("successor: %+v, %v", r, err)
		}
		if path, err := s.Path(ctx, "51082110220001"); err != nil || len(path) != 6 {
			t.Errorf("the group under the merged village: %v, %v", path, err)
		}
		if names, err := s.Names(ctx, []region.Code{"510802101201", "510802101203"}); err != nil || names["510802101201"] != "大稻村" || names["510802101203"] == "" {
			t.Errorf("names %v, %v", names, err)
		}
		if rs, err := s.Search(ctx, "盐井", "510821102", 10); err != nil || len(rs) != 0 {
			t.Errorf("a merged village is found: %v, %v", rs, err)
		}
		if _, err := s.Active(ctx, "510802101203", region.Village); !errors.Is(err, region.ErrGone) {
			t.Errorf("gone: %v", err)
		}
		if _, err := s.AddGroup(ctx, dbtest.Act(), "51082110220002", "二组"); !errors.Is(err, region.ErrGone) {
			t.Errorf("a group under a merged village: %v", err)
		}

		p = imports(t, s, guangyuan(t), "", true) // the old edition once more
		if p.Returned.Count != 2 || p.Gone.Count != 1 || p.Renamed.Count != 1 {
			t.Errorf("back: %+v", p)
		}
		if r, err := s.Region(ctx, "510821102200"); err != nil || r.State != region.Active || r.MergedInto != "" {
			t.Errorf("back: %+v, %v", r, err)
		}
	})
}

// line finds a place's line in the tree of Guangyuan.
func line(t *testing.T, code string) string {
	t.Helper()
	for l := range strings.Lines(guangyuan(t)) {
		if strings.HasPrefix(l, code+",") {
			return l
		}
	}
	t.Fatalf("no line for %s", code)
	return ""
}

// One city's file says nothing of its neighbours.
func TestImport_LeavesOthersAlone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx, s := t.Context(), seeded(t, db)
		other := "51,,province,四川省\n5107,51,city,绵阳市\n510703,5107,county,涪城区\n"
		if p := imports(t, s, regionHead+other, "", true); p.Scope != "510703" || p.New.Count != 2 || p.Gone.Count != 0 {
			t.Errorf("a neighbour: %+v", p)
		}
		if p := imports(t, s, guangyuan(t), "", true); p.New.Count+p.Gone.Count != 0 {
			t.Errorf("and back: %+v", p)
		}
		if rs, err := s.Children(ctx, "51"); err != nil || len(rs) != 2 {
			t.Errorf("cities %v, %v", rs, err)
		}
	})
}

func TestImport_Refusals(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx, s := t.Context(), seeded(t, db)
		for name, c := range map[string]struct{ edition, file, merges string }{
			"BadFile":       {"2024", regionHead + "x\n", ""},
			"StillThere":    {"2024", guangyuan(t), "510821102200,510821102202,2024-06-30\n"},
			"UnknownOld":    {"2024", guangyuan(t), "510821102298,510821102202,2024-06-30\n"},
			"UnknownNew":    {"2024", strings.Replace(guangyuan(t), line(t, "510821102200"), "", 1), "510821102200,510821102298,2024-06-30\n"},
			"NoEdition":     {"", guangyuan(t), ""},
			"LongEdition":   {strings.Repeat("版", 61), guangyuan(t), ""},
			"MergesColumns": {"2024", guangyuan(t), "x"},
		} {
			o := region.ImportOptions{Apply: true}
			if c.merges != "" {
				o.Merges = strings.NewReader("old_code,new_code,date\n" + c.merges)
			}
			_, err := s.Import(ctx, dbtest.Act(), c.edition, strings.NewReader(c.file), o)
			if f := fault.Of(err); f == nil || f.Kind != fault.Invalid || len(f.Fields) == 0 {
				t.Errorf("%s: %v", name, err)
			}
		}
		if r, err := s.Region(ctx, "510821102200"); err != nil || r.State != region.Active {
			t.Errorf("something was written: %+v, %v", r, err)
		}
	})
}

func TestAddGroup(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx, s := t.Context(), seeded(t, db)
		var changed []region.Code
		db.OnChange(func(cs []region.Code) { changed = append(changed, cs...) })
		act := asked("a", "k", "body")
		r, err := s.AddGroup(ctx, act, "51082110220001", " 一组 ")
		if err != nil || r.Level != region.Group || r.Name != "一组" || r.Parent != "510821102200" {
			t.Fatalf("%+v, %v", r, err)
		}
		if len(changed) != 1 || changed[0] != "510821102200" {
			t.Errorf("changed %v", changed)
		}
		if gs, err := s.Children(ctx, "510821102200"); err != nil || len(gs) != 1 || gs[0].Pinyin != "yizu" {
			t.Errorf("groups %+v, %v", gs, err)
		}
		var replay *audit.Replay
		if _, err := s.AddGroup(ctx, act, "51082110220001", "一组"); !errors.As(err, &replay) {
			t.Errorf("the same request again: %v", err)
		}
		for name, c := range map[string]struct {
			code region.Code
			name string
			want error
		}{
			"Taken":     {"51082110220001", "一组", region.ErrTaken},
			"NoVillage": {"51082110229901", "一组", region.ErrNotFound},
			"Village":   {"510821102200", "一组", region.ErrCode},
			"NoCode":    {"", "一组", region.ErrCode},
			"NoName":    {"51082110220002", " ", fault.ErrInvalid},
			"LongName":  {"51082110220002", strings.Repeat("组", 61), fault.ErrInvalid},
			"Encoding":  {"51082110220002", "\xff组", fault.ErrInvalid},
			"Formula":   {"51082110220002", "=1+1", fault.ErrInvalid},
		} {
			if _, err := s.AddGroup(ctx, dbtest.Act(), c.code, c.name); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// Everything within a place is the range of its prefix, on both engines, in the
// order of the codes, however it is paged.
func TestWithin_IsThePrefix(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx := t.Context()
		seeded(t, db)
		all := within(ctx, t, db, "", 500)
		if len(all) != 1890 {
			t.Fatalf("%d places", len(all))
		}
		rapid.Check(t, func(rt *rapid.T) {
			c := rapid.SampledFrom(all).Draw(rt, "place")
			limit := rapid.IntRange(1, 700).Draw(rt, "page")
			got := within(ctx, t, db, c, limit)
			var want []region.Code
			for _, x := range all {
				if c.Contains(x) {
					want = append(want, x)
				}
			}
			if len(got) != len(want) {
				rt.Fatalf("within %s: %d places, want %d", c, len(got), len(want))
			}
			for i := range want {
				if got[i] != want[i] {
					rt.Fatalf("within %s: place %d is %s, want %s", c, i, got[i], want[i])
				}
			}
		})
	})
}

func within(ctx context.Context, t *testing.T, db *dbtest.DB, c region.Code, limit int) []region.Code {
	t.Helper()
	var out []region.Code
	after := region.Code("")
	for {
		rs, err := db.Regions().Within(ctx, c, after, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rs {
			out = append(out, r.Code)
			after = r.Code
		}
		if len(rs) < limit {
			return out
		}
	}
}
