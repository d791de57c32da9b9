package opendata_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"cunwu/service/opendata"
)

var update = flag.Bool("update", false, "write the tables of docs/open-data.md anew")

const columnsDoc = "../../docs/open-data.md"

func table(k opendata.Kind) string {
	var b strings.Builder
	b.WriteString("| JSON Lines | csv、xlsx | 类型 | 意思 |\n|---|---|---|---|\n")
	for _, c := range opendata.Columns(k) {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", c.ID, c.Title, c.Type, c.Meaning)
	}
	return b.String()
}

// The document says what the program writes: columns are a promise to others'
// programs, so a change must be seen.
func TestColumns_AreDocumented(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(columnsDoc)
	if err != nil {
		t.Fatal(err)
	}
	doc := string(raw)
	for _, k := range []opendata.Kind{opendata.Postings, opendata.Lines} {
		begin, end := "<!-- "+string(k)+" -->\n", "<!-- end -->"
		before, rest, ok := strings.Cut(doc, begin)
		have, after, ok2 := strings.Cut(rest, end)
		if !ok || !ok2 {
			t.Fatalf("%s has no table of %s", columnsDoc, k)
		}
		if *update {
			doc = before + begin + table(k) + end + after
		} else if have != table(k) {
			t.Errorf("%s does not say what is written:\n%s", columnsDoc, table(k))
		}
	}
	if *update {
		if err := os.WriteFile(columnsDoc, []byte(doc), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestColumns_AreWellFormed(t *testing.T) {
	t.Parallel()
	for _, k := range []opendata.Kind{opendata.Postings, opendata.Lines} {
		ids, titles := map[string]bool{}, map[string]bool{}
		for _, c := range opendata.Columns(k) {
			if ids[c.ID] || titles[c.Title] || c.Meaning == "" || !strings.Contains(" text date time yuan count bool ", " "+c.Type+" ") {
				t.Errorf("%s: %+v", k, c)
			}
			ids[c.ID], titles[c.Title] = true, true
		}
	}
}
