package redblack_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"cunwu/service/account"
	"cunwu/service/procedure"
	"cunwu/service/redblack"
)

var rulesDir = os.DirFS("../../config/rules")

func TestRules_OfTheRuleBook(t *testing.T) {
	t.Parallel()
	if _, err := redblack.LoadRules(rulesDir); err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile("../../config/rules/powers.yaml")
	if err != nil {
		t.Fatal(err)
	}
	policy, err := account.ParsePolicy(table)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"red_entry.v1.yaml", "black_entry.v1.yaml"} {
		data, err := os.ReadFile("../../config/rules/procedures/" + name)
		if err != nil {
			t.Fatal(err)
		}
		_, problems := procedure.ParseDefinition(data, func(p string) bool { return policy.PowerName(p) != "" }, nil)
		for _, p := range problems {
			t.Errorf("%s: %v", name, p)
		}
	}
}

func TestLoadRules_ReportsAllAtOnce(t *testing.T) {
	t.Parallel()
	bad := fstest.MapFS{"boards.yaml": {Data: []byte(`
version: 0
display: {black: {days: 31, source: 没有等级}}
refused: [{code: character, match: ["好 吃"]}]
naming: {days: 60, conditions: [{code: minor}, {code: whim, sentence: a, source: I b}]}
`)}}
	_, err := redblack.LoadRules(bad)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"version", "display.black.days", "display.black.source", "refused[character]", "好 吃", `"poverty"`, "naming.days", "whim", `"unheard"`, "appeal.unit", "council.rule",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not speak of %q:\n%v", want, err)
		}
	}
	if _, err := redblack.LoadRules(fstest.MapFS{"boards.yaml": {Data: []byte("nonsense: 1")}}); err == nil {
		t.Error("an unknown key was taken")
	}
	if _, err := redblack.LoadRules(fstest.MapFS{}); err == nil {
		t.Error("no file, no error")
	}
}
