package account

import (
	"strings"
	"testing"
	"time"
)

// Whatever the file, reading it ends in rows or a refusal.
func FuzzReadRoll(f *testing.F) {
	f.Add("roll.csv", []byte("户号,姓名,手机号\n1,张三,13800000001\n"))
	f.Add("roll.csv", []byte("\xef\xbb\xbf户号,姓名\n\"1\",=张三\n"))
	f.Add("roll.csv", []byte("\xbb\xa7\xba\xc5,\xd0\xd5\xc3\xfb\n1,\xd5\xc5\xc8\xfd\n"))
	f.Add("roll.xlsx", []byte("PK\x05\x06"+strings.Repeat("\x00", 18)))
	limits := Limits{RollBytes: 1 << 16, RollUnpacked: 1 << 18, RollRows: 100}.orDefaults()
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		s, err := readSheet(name, data, limits)
		if err != nil {
			return
		}
		r, err := readRoll(s, "510821102200", time.Now())
		if err != nil {
			return
		}
		if r.preview.Total > 100 || len(r.preview.First) > 5 || len(r.preview.Problems) > maxProblems {
			t.Errorf("%+v", r.preview)
		}
		for _, e := range r.entries {
			if len(r.preview.Problems) == 0 && (e.secret.Name == "" || startsFormula(e.secret.Name)) {
				t.Errorf("%+v passed", e)
			}
		}
	})
}
