package account_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cunwu/service/account"
	"cunwu/service/calendar"
)

func TestPersons(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		_, clerk, _ := w.staffed()
		ctx := w.Context()
		zhang, li, wang := w.resident(clerk, "张小三"), w.resident(clerk, "李小四"), w.resident(clerk, "王小五")
		six, zhao := w.resident(clerk, "王小六"), w.resident(clerk, "赵小七")

		w.Run("by name, spelt with or without spaces, in that village alone", func(t *testing.T) {
			for name, want := range map[string]int{"张小三": 1, " 张 小三": 1, "张小": 0, "张小三四": 0, "": 0, "张1": 0} {
				got, err := w.svc.Named(ctx, village, name)
				if err != nil || len(got) != want {
					t.Errorf("%q: %v %v", name, got, err)
				}
				if want == 1 && (got[0].ResidentID != zhang || got[0].Name != "张*三" || got[0].Village != village) {
					t.Errorf("%q: %+v", name, got[0])
				}
			}
			if got, err := w.svc.Named(ctx, otherVill, "张小三"); err != nil || len(got) != 0 {
				t.Errorf("in another village: %v %v", got, err)
			}
		})
		w.Run("full name", func(t *testing.T) {
			if name, ok, err := w.svc.FullName(ctx, zhang); name != "张小三" || !ok || err != nil {
				t.Error(name, ok, err)
			}
			for _, id := range []string{"", "nobody"} {
				if name, ok, err := w.svc.FullName(ctx, id); name != "" || ok || err != nil {
					t.Errorf("%q: %q %v %v", id, name, ok, err)
				}
			}
		})
		w.Run("of age on the day, and unknown told apart", func(t *testing.T) {
			born := time.Date(1970, 1, 1, 0, 0, 0, 0, calendar.China) // 张小三, by the ID number
			for _, c := range []struct {
				id           string
				on           time.Time
				adult, known bool
			}{
				{zhang, born.AddDate(18, 0, 0), true, true},
				{zhang, born.AddDate(18, 0, -1), false, true},
				{six, born.AddDate(90, 0, 0), false, false},
				{"nobody", born.AddDate(90, 0, 0), false, false},
				{"", born, false, false},
			} {
				adult, known, err := w.svc.Adult(ctx, c.id, c.on)
				if err != nil || adult != c.adult || known != c.known {
					t.Errorf("%+v: %v %v %v", c, adult, known, err)
				}
			}
		})
		w.Run("near relatives, recorded and derived", func(t *testing.T) {
			w.kin(clerk, zhang, account.Parent, li)
			w.kin(clerk, li, account.Parent, wang)
			w.kin(clerk, six, account.Spouse, wang)
			for id, want := range map[string][]string{
				zhang: {li, wang}, li: {zhang, wang}, wang: {li, zhang, six}, zhao: {}, "nobody": {}, "": {},
			} {
				slices.Sort(want)
				if got, err := w.svc.NearKin(ctx, id); err != nil || !slices.Equal(got, want) {
					t.Errorf("%s: %v %v, want %v", id, got, err, want)
				}
			}
		})
		w.Run("household", func(t *testing.T) {
			if got, err := w.svc.HouseholdNames(ctx, li); err != nil || !slices.Equal(got, []string{"张小三", "李小四"}) {
				t.Error(got, err)
			}
			if got, err := w.svc.HouseholdNames(ctx, "nobody"); err != nil || len(got) != 0 {
				t.Error(got, err)
			}
			counts, err := w.svc.HouseholdsByGroup(ctx, village)
			if err != nil || len(counts) != 3 || counts[village+"01"]+counts[village+"02"]+counts[village+"03"] != 3 {
				t.Error(counts, err)
			}
		})
	})
}

// persons are what the program alone may ask, since the answers say who somebody
// is; common are those of them that other things are called as well.
var (
	persons = []string{"Named", "FullName", "Adult", "NearKin", "HouseholdNames", "OnRoll"}
	common  = []string{"Named", "Adult", "OnRoll"}
)

// No door asks who somebody is: neither package that answers over HTTP so much
// as names what would tell.
func TestPersons_NoDoorAsks(t *testing.T) {
	t.Parallel()
	for _, door := range []string{"../../api", "../../web"} {
		err := filepath.WalkDir(door, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			for _, name := range asked(file) {
				t.Errorf("%s asks %s of persons", path, name)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	broken, err := parser.ParseFile(token.NewFileSet(), "", "package api\nfunc (a *API) show() { a.accounts.FullName(nil, \"\") }", 0)
	if err != nil || !slices.Equal(asked(broken), []string{"FullName"}) {
		t.Errorf("a door that asks is not found: %v", err)
	}
}

func asked(file *ast.File) []string {
	var out []string
	ast.Inspect(file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok || !slices.Contains(persons, sel.Sel.Name) {
			return true
		}
		of, ok := sel.X.(*ast.SelectorExpr)
		if !slices.Contains(common, sel.Sel.Name) || ok && of.Sel.Name == "accounts" {
			out = append(out, sel.Sel.Name)
		}
		return true
	})
	return out
}
