package ballot_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"cunwu/service/ballot"
)

// FuzzDecodeDefinition: whatever is read without complaint is written the same
// way each time, and the digest of it stays.
func FuzzDecodeDefinition(f *testing.F) {
	d := yesNo()
	d.ID, d.Region, d.Question, d.Rule = "b1", yanjing, "是否同意修缮村道", "villagers_meeting"
	d.OpensAt = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	d.ClosesAt = d.OpensAt.Add(time.Hour)
	raw, err := d.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(`{"kind":"score","options":[{"id":"a","label":"甲"}],"pass":{"num":1,"den":0}}`))
	f.Add([]byte(`{"options":null,"opens_at":"0001-01-01T00:00:00Z"}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := ballot.DecodeDefinition(raw)
		if err != nil {
			return
		}
		once, err := d.Encode()
		if err != nil {
			return // times or numbers that have no canonical form
		}
		again, err := ballot.DecodeDefinition(once)
		if err != nil {
			t.Fatalf("what was written is not read: %s: %v", once, err)
		}
		twice, err := again.Encode()
		if err != nil || !bytes.Equal(once, twice) || ballot.Digest(once) != ballot.Digest(twice) {
			t.Fatalf("%s\n%s %v", once, twice, err)
		}
	})
}

// FuzzCast: a mark of any strings is refused, or counted exactly once for what
// it says and never for anything else; the stored form says the same.
func FuzzCast(f *testing.F) {
	f.Add(uint8(0), "yes", 0)
	f.Add(uint8(1), "o1,o2", 3)
	f.Add(uint8(2), "o1,o1", 3)
	f.Add(uint8(3), "o1:5,o2:1,o3:2", 5)
	f.Add(uint8(4), "satisfied\x00", -1)
	f.Fuzz(func(t *testing.T, kind uint8, text string, score int) {
		d := ballot.Definition{Kind: ballot.YesNo, Options: yesNo().Options, Pass: half()}
		switch kind % 4 {
		case 1:
			d.Kind, d.MaxChoices = ballot.ChooseFew, 2
		case 2:
			d.Kind = ballot.ChooseOne
		case 3:
			d.Kind, d.Pass = ballot.Score, ballot.Share{}
		}
		if kind%4 != 0 {
			d.Options = []ballot.Option{{"o1", "甲"}, {"o2", "乙"}, {"o3", "丙"}}
		}
		m := ballot.Mark{Choices: strings.Split(text, ",")}
		if d.Kind == ballot.Score {
			m = ballot.Mark{Scores: map[string]int{}}
			for _, part := range strings.Split(text, ",") {
				id, _, _ := strings.Cut(part, ":")
				m.Scores[id] = score
			}
		}
		r := ballot.Count(d, 3, 1, []ballot.Mark{m})
		stored := ballot.CountPatterns(d, 3, 1, map[string]int{m.Pattern(): 1})
		if !d.Valid(m) {
			if r.Cast != 0 || slices.ContainsFunc(slices.Collect(maps.Values(r.Counts)), func(n int) bool { return n != 0 }) || !r.Mismatch() {
				t.Fatalf("%q is not valid and counted: %+v", text, r)
			}
			return
		}
		total := 0
		for _, n := range r.Counts {
			total += n
		}
		if r.Cast != 1 || total != len(m.KeysOf()) || !maps.Equal(r.Counts, stored.Counts) || stored.Cast != 1 || r.Reasoning != stored.Reasoning {
			t.Fatalf("%q: %+v, stored %+v", text, r, stored)
		}
	})
}
