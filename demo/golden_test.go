package demo

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGoldenTexts shows some texts whole, for people to read as villagers would.
func TestGoldenTexts(t *testing.T) {
	t.Parallel()
	wanted := strings.Fields("D02 D04 D06 F01 F04 B03 C02 C03 H03 K06 A12 E04")
	var b strings.Builder
	for _, x := range plan(1, startOn(t, "2026-09-18"), villages()...) {
		i := slices.Index(wanted, x.item)
		if i < 0 || len(x.steps) < 5 {
			continue
		}
		wanted = slices.Delete(wanted, i, i+1)
		fmt.Fprintf(&b, "# %s %s %s\n\n标题：%s\n\n摘要：%s\n\n%s", x.desk.v.name, x.item, x.period, x.paper.Title, x.paper.Summary, x.paper.Body)
		for _, name := range slices.Sorted(maps.Keys(x.paper.Fields)) {
			fmt.Fprintf(&b, "%s：%s\n", name, x.paper.Fields[name])
		}
		for _, l := range x.paper.Lines {
			fmt.Fprintf(&b, "%s | %s | %s | %s | 收 %s | 支 %s", l.Date, l.Voucher, l.Category, l.Summary, money(l.IncomeFen), money(l.ExpenseFen))
			if l.BalanceFen != nil {
				fmt.Fprintf(&b, " | 余 %s", money(*l.BalanceFen))
			}
			b.WriteString("\n")
		}
		for _, s := range x.steps {
			fmt.Fprintf(&b, "%s %s %s %v\n", s.at.Format("2006-01-02 15:04"), s.by, s.action, s.fields)
		}
		b.WriteString("\n")
	}
	if len(wanted) > 0 {
		t.Errorf("nothing of %v", wanted)
	}
	name := filepath.Join("testdata", "texts.golden.md")
	if *update {
		if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name) //nolint:gosec // a fixed name
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the texts differ from %s; read them and run the test with -update", name)
	}
}
