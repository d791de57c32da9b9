package concern_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"cunwu/service/concern"
)

func TestLoadRules(t *testing.T) {
	t.Parallel()
	good, err := fs.ReadFile(rulesDir, concern.RulesFile)
	if err != nil {
		t.Fatal(err)
	}
	load := func(pairs ...string) error {
		text := strings.NewReplacer(pairs...).Replace(string(good))
		_, err := concern.LoadRules(fstest.MapFS{concern.RulesFile: {Data: []byte(text)}})
		return err
	}
	if err := load(); err != nil {
		t.Fatal(err)
	}
	t.Run("all problems at once", func(t *testing.T) {
		t.Parallel()
		err := load("{code: other, name: 其他, similar: village}", "{code: road, name: 其他, similar: county}", "most: 9, source: I 本系统默认", "most: 12, source: 本系统默认",
			"watchdog_minutes: 35", "watchdog_minutes: 20", "percent: 10", "percent: 101", "days: [10, 25]", "days: [10, 31]")
		for _, want := range []string{"categories[road]", "similar", "必须有 other", "photos.most", "photos: 出处", "watchdog_minutes", "callback.percent", "talk_days.days"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("missing %q in:\n%v", want, err)
			}
		}
	})
	for name, data := range map[string]string{"unknown key": "nonsense: 1\n", "no mapping": "- 1\n", "nothing": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := concern.LoadRules(fstest.MapFS{concern.RulesFile: {Data: []byte(data)}}); err == nil {
				t.Error("taken")
			}
		})
	}
	if _, err := concern.LoadRules(fstest.MapFS{}); err == nil {
		t.Error("a missing file was taken")
	}
}
