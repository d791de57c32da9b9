package procedure

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "rewrite golden files")

// The rule book's own folder; the effects are those that package disclosure registers.
const ruleBook = "../../config/rules"

var disclosureEffects = []string{
	"disclosure.submitted", "disclosure.reviewed", "disclosure.confirmed",
	"disclosure.published", "disclosure.withdrawn", "disclosure.archived",
}

// Examples may use these powers and effects only.
func examplePower(p string) bool { return strings.HasPrefix(p, "toy.") }

var exampleEffects = []string{"toy.done", "toy.told"}

func mustParse(t testing.TB, name string) *Definition {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	d, problems := ParseDefinition(data, nil, append(exampleEffects, disclosureEffects...))
	if len(problems) > 0 {
		t.Fatalf("%s: %v", name, problems)
	}
	return d
}

func TestLoadDefinitions(t *testing.T) {
	t.Parallel()

	t.Run("the rule book is sound", func(t *testing.T) {
		t.Parallel()
		var table struct{ Powers map[string]string }
		if err := yaml.Unmarshal(must(os.ReadFile(ruleBook+"/powers.yaml")), &table); err != nil {
			t.Fatal(err)
		}
		// question.own belongs to whoever asked, not to an office.
		known := func(power string) bool { return table.Powers[power] != "" || power == "question.own" }
		ds, err := LoadDefinitions(os.DirFS(ruleBook), known, disclosureEffects)
		if err != nil {
			t.Fatal(err)
		}
		if codes := ds.Codes(); !slices.Contains(codes, "disclosure") {
			t.Fatalf("codes = %v", codes)
		}
	})

	t.Run("all problems of all files at once", func(t *testing.T) {
		t.Parallel()
		good := string(must(os.ReadFile("testdata/working_smallest.yaml")))
		fsys := fstest.MapFS{
			"procedures/a.v1.yaml": {Data: []byte(strings.Replace(good, "version: 1", "version: 0", 1))},
			"procedures/b.v1.yaml": {Data: []byte("code: b\nnonsense: 1\n")},
			"procedures/c.v1.yaml": {Data: []byte(good)},
		}
		_, err := LoadDefinitions(fsys, nil, exampleEffects)
		for _, want := range []string{"a.v1.yaml: version", "b.v1.yaml: 第 2 行", "c.v1.yaml: 文件名应是"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("missing %q in:\n%v", want, err)
			}
		}
	})
}

func TestDefinitions_Versions(t *testing.T) {
	t.Parallel()
	good := string(must(os.ReadFile("testdata/working_smallest.yaml")))
	second := strings.Replace(good, "version: 1", "version: 2", 1)
	load := func(second string) (*Definitions, error) {
		return LoadDefinitions(fstest.MapFS{
			"procedures/smallest.v1.yaml": {Data: []byte(good)},
			"procedures/smallest.v2.yaml": {Data: []byte(second)},
		}, nil, exampleEffects)
	}

	t.Run("a later version must take effect later", func(t *testing.T) {
		t.Parallel()
		if _, err := load(second); err == nil || !strings.Contains(err.Error(), "应晚于第 1 版的 2026-01-01") {
			t.Fatal(err)
		}
	})

	t.Run("new cases follow the newest in effect", func(t *testing.T) {
		t.Parallel()
		ds, err := load(strings.Replace(second, "effective_from: 2026-01-01", "effective_from: 2026-07-01", 1))
		if err != nil {
			t.Fatal(err)
		}
		for day, want := range map[string]int{"2026-01-01": 1, "2026-06-30": 1, "2026-07-01": 2} {
			d, err := ds.Current("smallest", date(day))
			if err != nil || d.Version != want {
				t.Errorf("%s: version %v, %v; want %d", day, d, err, want)
			}
		}
		if _, err := ds.Current("smallest", date("2025-12-31")); !errors.Is(err, ErrUnknownProcedure) {
			t.Errorf("before any version: %v", err)
		}
		if _, err := ds.Version("smallest", 3); err == nil {
			t.Error("a missing version was found")
		}
	})
}

// Each busted example breaks one rule; the golden text beside it is what an
// official will read.
func TestParseDefinition_Examples(t *testing.T) {
	t.Parallel()
	names := must(filepath.Glob("testdata/*.yaml"))
	busted := 0
	for _, name := range names {
		base := filepath.Base(name)
		if strings.HasPrefix(base, "busted_") {
			busted++
		}
		t.Run(base, func(t *testing.T) {
			t.Parallel()
			_, problems := ParseDefinition(must(os.ReadFile(name)), examplePower, exampleEffects)
			var got strings.Builder
			for _, p := range problems {
				got.WriteString(p.Error() + "\n")
			}
			if strings.HasPrefix(base, "working_") {
				if got.Len() > 0 {
					t.Fatalf("should work:\n%s", &got)
				}
				return
			}
			if got.Len() == 0 {
				t.Fatal("a busted example passed")
			}
			compareGolden(t, strings.TrimSuffix(name, ".yaml")+".golden", got.String())
		})
	}
	if busted < 12 {
		t.Errorf("only %d busted examples", busted)
	}
}

func TestParseDefinition_Limits(t *testing.T) {
	t.Parallel()
	good := must(os.ReadFile("testdata/working_smallest.yaml"))
	for name, data := range map[string][]byte{
		"two documents": append(append([]byte{}, good...), "\n---\ncode: x\n"...),
		"too large":     append(append([]byte{}, good...), "#"+strings.Repeat("x", maxFile)...),
		"nothing":       nil,
		"not a mapping": []byte("- 1\n"),
		"key twice":     []byte("code: a\ncode: b\n"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, problems := ParseDefinition(data, nil, nil); len(problems) == 0 {
				t.Error("accepted")
			}
		})
	}
}

func FuzzParseDefinition(f *testing.F) {
	for _, name := range must(filepath.Glob("testdata/*.yaml")) {
		f.Add(must(os.ReadFile(name)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, problems := ParseDefinition(data, nil, exampleEffects)
		if d == nil && len(problems) == 0 {
			t.Fatal("neither a definition nor a problem")
		}
		if len(problems) == 0 { // what passes can be begun without a panic
			c, step, err := Begin(d, Subject{CaseID: "c"}, someone, date("2026-03-02"), nil)
			if err != nil || c.Stage != d.Start || step.Seq != 1 {
				t.Fatalf("begin: %+v %+v %v", c, step, err)
			}
		}
	})
}

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatalf("%v (run with -update)", err)
	}
	if got != string(want) {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
