package verify_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"cunwu/service/ballot"
	"cunwu/service/record"
	"cunwu/verify"
)

// poll adds a certified ballot to the log and gives its export, made by hand.
func (l *testLog) poll(id string, choices ...string) (exported map[string]any) {
	l.t.Helper()
	d := ballot.Definition{
		ID: id, Region: "510821102200", Question: "修不修路", Kind: ballot.YesNo, Electorate: ballot.Residents, Rule: "villagers_meeting",
		Options: []ballot.Option{{ID: "yes", Label: "赞成"}, {ID: "no", Label: "反对"}, {ID: "abstain", Label: "弃权"}},
		Pass:    ballot.Share{Num: 1, Den: 2, Of: ballot.OfPresent, Strict: true}, OpensAt: l.at, ClosesAt: l.at.Add(time.Hour),
	}
	raw, err := d.Encode()
	if err != nil {
		l.t.Fatal(err)
	}
	opened := l.append(record.KindBallotOpened, map[string]any{
		"id": id, "region": "510821102200", "definition": ballot.Digest(raw), "roll": "ab", "roll_size": 9, "sealed": false,
	})
	l.lines = append(l.lines, record.DigestLine{ID: id, Version: 1, Digest: hexOf(l.leaves[opened]), Index: opened})
	definition := d.Facts()
	definition["opened_at"] = l.at.Format(time.RFC3339)
	l.append(record.KindBallotClosed, map[string]any{"id": id, "region": "510821102200", "definition": ballot.Digest(raw), "roll": "ab"})
	definition["closed_at"] = l.at.Format(time.RFC3339)
	casts, list := []any{}, ""
	marks := make([]ballot.Mark, len(choices))
	for i, c := range choices {
		marks[i] = ballot.Mark{Choices: []string{c}}
		tracker := fmt.Sprintf("tracker%03d", i)
		casts, list = append(casts, map[string]any{"tracker": tracker, "choices": []any{c}}), list+tracker+" "+c+"\n"
	}
	tally := ballot.Tally{Result: ballot.Count(d, 9, len(choices), marks)}
	result, err := record.Canonical(tally.Facts())
	if err != nil {
		l.t.Fatal(err)
	}
	at := l.append(record.KindBallotResult, map[string]any{
		"id": id, "region": "510821102200", "definition": ballot.Digest(raw), "roll": "ab", "roll_size": 9, "casts": hexOf([]byte(list)),
		"cast": len(choices), "result": ballot.Digest(result), "passed": tally.Passed, "opinion_digest": hexOf([]byte("同意。")),
	})
	l.lines = append(l.lines, record.DigestLine{ID: id, Version: 1, Digest: hexOf(l.leaves[at]), Index: at})
	return map[string]any{
		"definition": definition, "roll_size": 9, "roll_digest": "ab", "ballots": casts, "result": tally.Facts(), "opinion": "同意。",
	}
}

// Everything that can be changed in an export is told in a sentence.
func TestVerify_Recount(t *testing.T) {
	t.Parallel()
	casts := func(e map[string]any) []any { list, _ := e["ballots"].([]any); return list }
	cast := func(tracker, choice string) any {
		return map[string]any{"tracker": tracker, "choices": []any{choice}}
	}
	inside := func(e map[string]any, name, member string, v any) {
		m, _ := e[name].(map[string]any)
		m = maps.Clone(m)
		m[member] = v
		e[name] = m
	}
	for name, c := range map[string]struct {
		change func(e map[string]any)
		says   string
	}{
		"nothing":     {func(map[string]any) {}, ""},
		"drop":        {func(e map[string]any) { e["ballots"] = casts(e)[1:] }, "少了 1 票"},
		"add":         {func(e map[string]any) { e["ballots"] = append(casts(e), cast("u", "no")) }, "多了 1 票"},
		"change":      {func(e map[string]any) { e["ballots"] = append(casts(e)[:4:4], cast("tracker004", "no")) }, "有票被换过或改过"},
		"reorder":     {func(e map[string]any) { l := casts(e); l[0], l[1] = l[1], l[0] }, "没有按编号排列"},
		"twice":       {func(e map[string]any) { e["ballots"] = append(casts(e)[:4:4], casts(e)[3]) }, "有重复的编号"},
		"not allowed": {func(e map[string]any) { e["ballots"] = append(casts(e)[:4:4], cast("tracker004", "other")) }, "这次表决不允许"},
		"question":    {func(e map[string]any) { inside(e, "definition", "question", "修不修桥") }, "表决的内容"},
		"times":       {func(e map[string]any) { inside(e, "definition", "opened_at", "2026-01-01T08:00:00+08:00") }, "开始的时间被改动过"},
		"roll":        {func(e map[string]any) { e["roll_size"] = 8 }, "名册人数被改动过：存证是 9，现在显示 8"},
		"roll digest": {func(e map[string]any) { e["roll_digest"] = "cd" }, "名册被改动过"},
		"passed":      {func(e map[string]any) { inside(e, "result", "passed", false) }, "公布的结果被改动过"},
		"opinion":     {func(e map[string]any) { e["opinion"] = "不同意。" }, "监委会的意见"},
		"another":     {func(e map[string]any) { inside(e, "definition", "id", "other") }, "导出的是另一次表决"},
		"fraction":    {func(e map[string]any) { inside(e, "result", "cast", 1.5) }, "读不懂"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLog(t)
			l.grow(3)
			e := l.poll("poll1", "yes", "yes", "yes", "no", "yes")
			c.change(e)
			m := l.site()
			raw, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			m["ballots/poll1.json"] = raw
			r, err := verify.Verify(t.Context(), verify.Options{Source: m, Key: l.key(), Deep: verify.All})
			if err != nil || len(r.Ballots) != 1 {
				t.Fatal(err, r.Ballots, r.Findings)
			}
			said := fmt.Sprint(r.Findings)
			if r.OK() != (c.says == "") || r.Ballots[0].Agrees != r.OK() || !strings.Contains(said, c.says) {
				t.Errorf("no line says %q: %s", c.says, said)
			}
			if r.OK() && (r.Ballots[0].Words != "应到 9 人，实到 5 人；赞成 4，反对 1，弃权 0；赞成超过到会人员半数，通过。" || r.Ballots[0].Cast != 5) {
				t.Errorf("%+v", r.Ballots[0])
			}
		})
	}
}

// An export that broke off is no finding and no agreement; one that is not there
// is missing; a name that is none is never looked for.
func TestVerify_RecountReading(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	raw, err := json.Marshal(l.poll("poll1", "yes"))
	if err != nil {
		t.Fatal(err)
	}
	l.poll("../poll2", "yes")
	m := l.site()
	look := func() (*verify.Report, error) {
		return verify.Verify(t.Context(), verify.Options{Source: m, Key: l.key(), Deep: verify.All})
	}
	if r, err := look(); err != nil || codes(r) != "missing" || len(r.Findings) != 1 {
		t.Errorf("gone: %v %v", err, r.Findings)
	}
	m["ballots/poll1.json"] = raw[:len(raw)/2]
	if _, err := look(); err == nil {
		t.Error("half an export was taken")
	}
	m["ballots/poll1.json"] = raw
	if r, err := look(); err != nil || !r.OK() || len(r.Ballots) != 1 {
		t.Errorf("whole: %v %v", err, r.Findings)
	}
}

// A site that names an SM2 key has to sign with it.
func TestVerify_SM2(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	l.grow(5)
	keys, err := record.KeysFromSeed(make([]byte, record.SeedSize))
	if err != nil {
		t.Fatal(err)
	}
	line := sm2Line(t, keys.SM2.Public())
	m := l.site()
	m["key"] = append(m["key"], line+"\n"...)
	if r := check(t, l, m, ""); codes(r) != "signature" || r.SM2 || !strings.Contains(fmt.Sprint(r.Findings), "国密") {
		t.Errorf("no SM2 signature: %v", r.Findings)
	}
	text, _, _ := strings.Cut(string(m["checkpoint"]), "\n\n")
	key, err := record.ReadVerifierKey(line)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := note.Sign(&note.Note{Text: text + "\n"}, signerOf(1), sm2Signer{t, key.Hash, keys.SM2})
	if err != nil {
		t.Fatal(err)
	}
	m["checkpoint"] = signed
	if r := check(t, l, m, ""); !r.OK() || !r.SM2 {
		t.Errorf("signed: %v", r.Findings)
	}
}

// sm2Signer signs notes with a key of package record.
type sm2Signer struct {
	t    *testing.T
	hash uint32
	key  record.Signer
}

func (sm2Signer) Name() string      { return origin }
func (s sm2Signer) KeyHash() uint32 { return s.hash }
func (s sm2Signer) Sign(msg []byte) ([]byte, error) {
	return s.key.Sign(s.t.Context(), msg)
}

// sm2Line writes the verifier line by the words of docs/verify.md.
func sm2Line(t *testing.T, point []byte) string {
	t.Helper()
	alg := append([]byte("\xffcunwu/sm2-sm3/v1"), point...)
	sum := sha256.Sum256(append([]byte(origin+"\n"), alg...))
	return fmt.Sprintf("%s+%x+%s", origin, sum[:4], base64.StdEncoding.EncodeToString(alg))
}
