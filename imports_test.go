package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the import path of this tree.
const module = "cunwu/"

// nouns are the packages of service/, lowest first. A noun may import those
// below it and never those above: so a reader can learn them in this order,
// and no two depend on each other.
var nouns = []string{
	"fault", "audit", "calendar", "workbook", "record", "region", "outbox", "chronicle", "account", "screening", "media", "prepared",
	"moderation", "procedure", "register", "ballot", "disclosure", "board", "broadcast", "question", "duty", "search", "mention",
	"consultation", "resolution", "concern", "council", "covenant", "ranking", "redblack", "errand", "oversight", "indicator", "opendata", "inbox",
}

// libraries that only one layer may know.
var (
	webLibraries     = []string{"github.com/gin-gonic", "github.com/danielgtaylor/huma"}
	storageLibraries = []string{
		"gorm.io", "github.com/redis", "github.com/go-sql-driver", "modernc.org/sqlite",
		"github.com/pressly/goose", "github.com/minio", "database/sql",
	}
	wechatLibraries = []string{"github.com/silenceper/wechat"}
)

// importRule says what the packages under one folder may import of ours, and
// which libraries they must not know.
type importRule struct {
	under  string     // folder; the longest match counts
	ours   []string   // folders of ours that it may import; its own is always allowed
	tests  []string   // folders that its tests may import besides
	never  [][]string // library prefixes that neither it nor its tests may import
	only   []string   // where set: the only libraries outside std
	reason string
}

var importRules = []importRule{
	{
		under: "service/fault", only: []string{},
		reason: "every noun says no with it, so it can know none of them",
	},
	{
		under: "service/audit", only: []string{}, tests: []string{"service/fault"},
		reason: "every write is recorded with it, so it can know none of what is written",
	},
	{
		under: "service/calendar", only: []string{"go.yaml.in/yaml"}, ours: []string{"service/fault"},
		reason: "days and deadlines are the same for all nouns",
	},
	{
		under: "service", ours: []string{"lower nouns"}, tests: []string{"repository", "config/rules"},
		never:  [][]string{webLibraries, storageLibraries, wechatLibraries},
		reason: "the rules of village life must be readable and testable without web, database or WeChat",
	},
	{
		under: "repository", ours: []string{"service"}, tests: []string{"config/rules"},
		never:  [][]string{webLibraries},
		reason: "the archive serves the nouns; it gets plain options and knows neither doors nor settings",
	},
	{
		under: "api", ours: []string{"service"}, tests: []string{"repository", "config/rules"},
		never:  [][]string{storageLibraries, wechatLibraries},
		reason: "a door binds, calls one service and renders; if it knew the archive, rules would grow in it",
	},
	{
		under: "web", ours: []string{"service"}, tests: []string{"repository", "config/rules"},
		never:  [][]string{storageLibraries, wechatLibraries},
		reason: "the notice board shows what the services say, as the JSON door does, and does not lean on that door",
	},
	{
		under: "verify", ours: []string{"service/record", "service/ballot"}, only: []string{"golang.org/x/mod/sumdb"},
		never:  [][]string{webLibraries, storageLibraries, wechatLibraries},
		reason: "who checks the record must not lean on what kept it: of ours it knows the formats, and the pure count of ballots",
	},
	{
		under: "config", tests: []string{"service"},
		never:  [][]string{webLibraries, storageLibraries, wechatLibraries},
		reason: "settings and rules are data: whoever reads them decides what they mean",
	},
	{
		under: "demo", ours: []string{"service", "config/rules"}, tests: []string{"repository"},
		never:  [][]string{webLibraries, storageLibraries, wechatLibraries},
		reason: "sample content goes through the services, as people would do it, and not around them",
	},
	{
		under: "scripts", ours: []string{"service", "repository", "config", "api", "web", "demo", "verify"},
		reason: "tools may use everything, and nothing may use them",
	},
	{
		under: ".", ours: []string{"service", "repository", "config", "api", "web", "demo", "verify"},
		reason: "the composition root is the one place that knows all",
	},
}

// TestImports checks each file of the tree against importRules.
func TestImports(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "data") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		folder := path.Dir(filepath.ToSlash(name))
		seen[strings.SplitN(folder, "/", 2)[0]]++
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if why := refuseImport(folder, strings.HasSuffix(name, "_test.go"), imported); why != "" {
				t.Errorf("%s imports %s: %s", name, imported, why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen["service"] == 0 {
		t.Fatal("no file of service/ was looked at: the walk is broken")
	}
}

// TestImports_Refuses shows that the rules can say no.
func TestImports_Refuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		folder, imported string
		test, refused    bool
	}{
		{"service/region", "cunwu/service/fault", false, false},
		{"service/region", "cunwu/service/account", false, true},
		{"service/region", "cunwu/service/account", true, true},
		{"service/disclosure", "cunwu/service/procedure", false, false},
		{"service/disclosure", "cunwu/repository", false, true},
		{"service/disclosure", "cunwu/repository/dbtest", true, false},
		{"service/disclosure", "cunwu/config", false, true},
		{"service/disclosure", "cunwu/api", true, true},
		{"service/disclosure", "gorm.io/gorm", false, true},
		{"service/disclosure", "gorm.io/gorm", true, true},
		{"service/disclosure", "database/sql", false, true},
		{"service/account", "github.com/silenceper/wechat/v2", false, true},
		{"service/fault", "cunwu/service/audit", false, true},
		{"service/fault", "golang.org/x/sync/singleflight", false, true},
		{"service/nobody", "fmt", false, true},
		{"repository", "cunwu/service/account", false, false},
		{"repository/cache", "github.com/redis/go-redis/v9", false, false},
		{"repository", "github.com/gin-gonic/gin", false, true},
		{"repository", "cunwu/config", false, true},
		{"api", "cunwu/repository", false, true},
		{"api", "cunwu/web", true, true},
		{"api", "github.com/redis/go-redis/v9", false, true},
		{"web", "cunwu/api", false, true},
		{"config", "cunwu/service/region", false, true},
		{"config", "cunwu/config/rules", false, false},
		{".", "cunwu/repository", false, false},
		{".", "cunwu/scripts/bench", false, true},
		{"verify", "cunwu/service/record", false, false},
		{"verify", "cunwu/service/disclosure", true, true},
		{"verify", "cunwu/repository", true, true},
		{"verify", "golang.org/x/net/html", false, true},
		{"elsewhere", "fmt", false, true},
	} {
		if got := refuseImport(c.folder, c.test, c.imported); (got != "") != c.refused {
			t.Errorf("%s (test %v) importing %s: refused = %q, want refused %v", c.folder, c.test, c.imported, got, c.refused)
		}
	}
}

// TestDependencies_HaveReasons compares go.mod's direct requirements with the
// table of docs/dependencies.md: each dependency has a reason, each reason a
// dependency.
func TestDependencies_HaveReasons(t *testing.T) {
	t.Parallel()
	read := func(name string) string {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	direct := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^(?:require )?\t?(\S+\.\S+/\S+|\S+\.\S+) v\S+$`).FindAllStringSubmatch(read("go.mod"), -1) {
		direct[m[1]] = true
	}
	if len(direct) == 0 {
		t.Fatal("no direct requirement found in go.mod: the pattern is broken")
	}
	reasons := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| \\S").FindAllStringSubmatch(read("docs/dependencies.md"), -1) {
		reasons[m[1]] = true
	}
	for name := range direct {
		if !reasons[name] {
			t.Errorf("go.mod requires %s: say why in docs/dependencies.md", name)
		}
	}
	for name := range reasons {
		if !direct[name] {
			t.Errorf("docs/dependencies.md speaks of %s, which go.mod does not require directly", name)
		}
	}
}

// refuseImport says why a file in folder must not import a path, or "".
func refuseImport(folder string, test bool, imported string) string {
	rule, ok := ruleFor(folder)
	if !ok {
		return "folder " + folder + " has no import rule: give it one in imports_test.go, with its reason"
	}
	if noun, isNoun := strings.CutPrefix(folder, "service/"); isNoun && rank(noun) < 0 {
		return "noun " + noun + " has no place in the order of nouns: give it one in imports_test.go"
	}
	if own, isOurs := strings.CutPrefix(imported, module); isOurs {
		if mayImportOurs(rule, folder, test, own) {
			return ""
		}
		return fmt.Sprintf("%s may import %v of ours: %s", folder, rule.ours, rule.reason)
	}
	for _, libraries := range rule.never {
		if matchesAny(imported, libraries) {
			return fmt.Sprintf("%s must not know this library: %s", folder, rule.reason)
		}
	}
	outside := strings.Contains(strings.SplitN(imported, "/", 2)[0], ".")
	if rule.only != nil && outside && !test && !matchesAny(imported, rule.only) {
		return fmt.Sprintf("%s may import of others only %v: %s", folder, rule.only, rule.reason)
	}
	return ""
}

func mayImportOurs(rule importRule, folder string, test bool, own string) bool {
	root := strings.SplitN(folder, "/", 2)[0]
	if root != "service" && matchesAny(own, []string{root}) || matchesAny(own, []string{folder}) {
		return true
	}
	if test && matchesAny(own, rule.tests) {
		return true
	}
	if !slices.Contains(rule.ours, "lower nouns") {
		return matchesAny(own, rule.ours)
	}
	noun, isNoun := strings.CutPrefix(own, "service/")
	mine := rank(strings.TrimPrefix(folder, "service/"))
	return isNoun && rank(noun) >= 0 && rank(noun) < mine
}

// rank gives the place of a noun (or of a package inside it) in the order, or -1.
func rank(noun string) int {
	return slices.Index(nouns, strings.SplitN(noun, "/", 2)[0])
}

// ruleFor gives the rule with the longest matching folder. The root rule is for
// the root alone.
func ruleFor(folder string) (importRule, bool) {
	best := -1
	for i, r := range importRules {
		if matchesAny(folder, []string{r.under}) && (best < 0 || len(r.under) > len(importRules[best].under)) {
			best = i
		}
	}
	if best < 0 {
		return importRule{}, false
	}
	return importRules[best], true
}

// matchesAny reports whether a path is one of the prefixes or lies below one.
func matchesAny(p string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool {
		return p == prefix || strings.HasPrefix(p, prefix+"/")
	})
}
