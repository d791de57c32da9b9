package record_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"cunwu/config/rules"
	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/record"
)

// journalled leaves n lines in the journal.
func journalled(t *testing.T, db *dbtest.DB, n int) {
	t.Helper()
	for range n {
		if err := db.PutSetting(t.Context(), dbtest.Act(), "test", audit.NewID()); err != nil {
			t.Fatal(err)
		}
	}
}

func leavesOf(t *testing.T, db *dbtest.DB, kind string) []record.Leaf {
	t.Helper()
	raw, err := db.Records().Leaves(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var out []record.Leaf
	for _, r := range raw {
		l, _, err := record.ReadLeaf(r)
		if err != nil {
			t.Fatal(err)
		}
		if l.Kind == kind {
			out = append(out, l)
		}
	}
	return out
}

func sealing(t *testing.T, s *record.Sealer, want bool) {
	t.Helper()
	if did, err := s.Seal(t.Context()); err != nil || did != want {
		t.Fatalf("sealed %v, %v, want %v", did, err, want)
	}
}

func TestSealer_Intervals(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		s := record.NewSealer(db.Journal(), db.Clock.Now)
		sealing(t, s, false) // an empty journal
		journalled(t, db, 3)
		sealing(t, s, false) // seen once
		journalled(t, db, 2)
		sealing(t, s, true) // the first three
		sealing(t, s, true) // the other two, and its own line
		sealing(t, s, false)
		sealing(t, s, false) // its own lines alone keep nobody awake
		journalled(t, db, 600)
		sealing(t, s, false)
		sealing(t, s, true)
		next := int64(1)
		for i, l := range leavesOf(t, db, record.KindAudit) {
			from, _ := l.Facts["from"].(int64)
			to, _ := l.Facts["to"].(int64)
			if from != next || to < from {
				t.Errorf("interval %d is %v, want it from %d", i, l.Facts, next)
			}
			again, err := record.DigestInterval(from, to, db.AuditRows(t.Context(), from, to))
			if err != nil || again.Digest != l.Facts["digest"] || int64(again.Count) != l.Facts["count"] {
				t.Errorf("interval %d computed anew is %+v %v, the log says %v", i, again, err, l.Facts)
			}
			next = to + 1
		}
		if next <= 605 {
			t.Errorf("sealed up to %d", next-1)
		}
	})
}

// TestSealer_Lease has two instances: one does the work until it is away.
func TestSealer_Lease(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		a, b := record.NewSealer(db.Journal(), db.Clock.Now), record.NewSealer(db.Journal(), db.Clock.Now)
		journalled(t, db, 1)
		sealing(t, a, false)
		sealing(t, b, false)
		sealing(t, a, true)
		journalled(t, db, 1)
		sealing(t, b, false)
		sealing(t, b, false) // a holds the lease
		db.Clock.Advance(4 * record.SealEvery)
		sealing(t, b, true)
		sealing(t, a, false)
		sealing(t, a, false)
		if n := len(leavesOf(t, db, record.KindAudit)); n != 2 {
			t.Errorf("%d intervals, want 2", n)
		}
	})
}

// TestAuditRow_Canonical cannot put two rows into the same bytes.
func TestAuditRow_Canonical(t *testing.T) {
	t.Parallel()
	text := rapid.SampledFrom([]string{"", ",", "1:", "1:a,", "村务", "0:,"})
	rapid.Check(t, func(t *rapid.T) {
		draw := func() record.AuditRow {
			return record.AuditRow{Serial: 7, Object: text.Draw(t, "object"), ObjectID: text.Draw(t, "id"), Region: text.Draw(t, "region")}
		}
		a, b := draw(), draw()
		if (a == b) != (string(a.Canonical()) == string(b.Canonical())) {
			t.Fatalf("%+v and %+v are %q and %q", a, b, a.Canonical(), b.Canonical())
		}
	})
}

func TestRecordRules(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		for i, c := range []struct {
			text    string
			changed bool
		}{{"a", true}, {"a", false}, {"b", true}, {"a", true}} {
			book := fstest.MapFS{"powers.yaml": {Data: []byte(c.text)}, "rules.go": {Data: []byte("package rules")}}
			if did, err := record.NoteRules(t.Context(), db.Journal(), book); err != nil || did != c.changed {
				t.Errorf("%d: recorded %v %v, want %v", i, did, err, c.changed)
			}
		}
		got := leavesOf(t, db, record.KindRules)
		if len(got) != 3 {
			t.Fatalf("%d entries, want 3", len(got))
		}
		// sha256 of "a"
		const a = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
		if files, _ := got[0].Facts["files"].(map[string]any); len(files) != 1 || files["powers.yaml"] != a {
			t.Errorf("files %v", got[0].Facts)
		}
	})
}

// TestRuleFiles_FitALeaf looks at the real rule book, and at one much larger.
func TestRuleFiles_FitALeaf(t *testing.T) {
	t.Parallel()
	large := fstest.MapFS{}
	for i := range 200 {
		large["procedures/"+strings.Repeat("x", i%40+1)+string(rune('a'+i%26))+".yaml"] = &fstest.MapFile{Data: []byte{byte(i)}}
	}
	for name, read := range map[string]func() (map[string]string, error){
		"ours":  func() (map[string]string, error) { return record.RuleFiles(rules.FS) },
		"large": func() (map[string]string, error) { return record.RuleFiles(large) },
	} {
		files, err := read()
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v %v", name, files, err)
		}
		if _, err := (record.Leaf{Kind: record.KindRules, Facts: map[string]any{"files": files}}).Canonical(dbtest.Start); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
