package verify_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cunwu/service/record"
	"cunwu/verify"
)

// A log that grows honestly by a thousand operations is never reported, however
// the verifier's visits fall.
func TestVerify_Honest(t *testing.T) {
	t.Parallel()
	l, folder, quick := newLog(t), t.TempDir(), t.TempDir()
	var before int64
	for _, step := range []int{0, 1, 2, 37, 216, 1, 255, 256, 232} {
		l.grow(step)
		m := l.site()
		r := check(t, l, m, folder)
		if !r.OK() || r.Size != int64(len(l.leaves)) || r.Before != before || r.Entries != r.Size {
			t.Fatalf("after %d operations: %v, size %d, before %d, read %d", len(l.leaves), r.Findings, r.Size, r.Before, r.Entries)
		}
		q, err := verify.Verify(t.Context(), verify.Options{Source: m, Key: l.key(), State: quick, Quick: true})
		if err != nil || !q.OK() || q.Entries > int64(step)+256 {
			t.Fatalf("quick after %d operations: %v %v, read %d", len(l.leaves), err, q.Findings, q.Entries)
		}
		before = r.Size
	}
	if before != 1000 {
		t.Fatalf("%d operations, not a thousand", before)
	}
}

// The verifier's last visit, and the size of the log when it comes again.
const seen, now = 300, 700

// tampering is one way of changing a log or what its site shows.
type tampering struct {
	tamper func(t *testing.T, l *testLog, m memory) memory
	codes  string // expected, each once
	words  string // in one of the lines
}

// historyTampering changes the log itself.
func historyTampering() map[string]tampering {
	return map[string]tampering{
		"nothing": {func(_ *testing.T, _ *testLog, m memory) memory { return m }, "", ""},
		"edit an entry": {func(_ *testing.T, l *testLog, m memory) memory {
			leaves := append([][]byte(nil), l.leaves[256:512]...)
			leaves[12] = bytes.Replace(leaves[12], []byte(`"late":false`), []byte(`"late":true`), 1)
			m["tile/entries/001"] = bundleOf(leaves)
			return m
		}, "tile tree", "记录被改动"},
		"drop an entry": {func(_ *testing.T, l *testLog, m memory) memory {
			m["tile/entries/001"] = bundleOf(append(append([][]byte(nil), l.leaves[256:300]...), l.leaves[301:512]...))
			return m
		}, "entry", "取不到或读不懂"},
		"reorder entries": {func(_ *testing.T, l *testLog, m memory) memory {
			leaves := append([][]byte(nil), l.leaves[256:512]...)
			leaves[10], leaves[11] = leaves[11], leaves[10]
			m["tile/entries/001"] = bundleOf(leaves)
			return m
		}, "tile time tree", "时间倒退"},
		"insert in the past, signed anew": {func(_ *testing.T, l *testLog, _ memory) memory {
			l.leaves = append(l.leaves[:100], append([][]byte{l.leaves[99]}, l.leaves[100:]...)...)
			return l.site()
		}, "fork", "历史被改写"},
		"truncate, signed anew": {func(_ *testing.T, l *testLog, _ memory) memory {
			l.leaves = l.leaves[:250]
			return l.site()
		}, "rollback", "记录变短了：以前见过 300 条，现在只有 250 条"},
		"truncate and grow again": {func(_ *testing.T, l *testLog, _ memory) memory {
			l.leaves, l.lines = l.leaves[:250], nil
			l.at = l.at.Add(time.Millisecond)
			l.grow(450)
			return l.site()
		}, "fork", "历史被改写"},
		"rewrite everything, signed anew": {func(t *testing.T, l *testLog, _ memory) memory {
			other := newLog(t)
			other.at = other.at.Add(time.Millisecond)
			other.grow(now)
			return other.site()
		}, "fork", "历史被改写"},
		"fork at the same size": {func(t *testing.T, l *testLog, _ memory) memory {
			other := newLog(t)
			other.at = other.at.Add(time.Millisecond)
			other.grow(seen)
			return other.site()
		}, "fork", "给不同的人看不同的记录"},
		"another key": {func(_ *testing.T, l *testLog, m memory) memory {
			l.signSeed = 9
			m["checkpoint"] = l.checkpoint(l.leaves)
			return m
		}, "signature", "没有用已知的公钥"},
		"another key, offered as ours": {func(_ *testing.T, l *testLog, m memory) memory {
			l.signSeed = 9
			m["checkpoint"], m["key"] = l.checkpoint(l.leaves), []byte(lineOf(9)+"\n")
			return m
		}, "signature", "没有旧钥匙"},
		"time goes back, signed": {func(_ *testing.T, l *testLog, _ memory) memory {
			l.at = l.at.AddDate(0, -1, 0)
			l.publish("backdated", 1)
			return l.site()
		}, "time", "时间倒退"},
		"a tile": {func(_ *testing.T, _ *testLog, m memory) memory {
			m["tile/0/000"] = append(bytes.Repeat([]byte{7}, 32), m["tile/0/000"][32:]...)
			return m
		}, "tile", "与树里的摘要不同"},
	}
}

// shownTampering changes what the site shows.
func shownTampering() map[string]tampering {
	return map[string]tampering{
		"text changed": {func(_ *testing.T, l *testLog, m memory) memory {
			l.lines[20].Digest = strings.Repeat("ab", 32)
			m["digests"] = l.digests()
			return m
		}, "changed", "内容被改动过"},
		"redated": {func(_ *testing.T, l *testLog, m memory) memory {
			l.lines[len(l.lines)-1].Digest = "moved"
			m["digests"] = l.digests()
			return m
		}, "changed", "发布时间或次序被改动过"},
		"version hidden": {func(_ *testing.T, l *testLog, m memory) memory {
			l.lines[5].Version++
			m["digests"] = l.digests()
			return m
		}, "changed", "网站在这个位置显示的是"},
		"posting deleted": {func(_ *testing.T, l *testLog, m memory) memory {
			l.lines = append(l.lines[:30], l.lines[31:]...)
			m["digests"] = l.digests()
			return m
		}, "missing", "网站上找不到"},
		"text erased though it stands": {func(_ *testing.T, l *testLog, m memory) memory {
			l.erase("posting00608")
			m["digests"] = l.digests()
			return m
		}, "missing", "网站说内容已删除"},
		"posting smuggled in": {func(_ *testing.T, l *testLog, m memory) memory {
			l.lines = append(l.lines, record.DigestLine{ID: "smuggled", Version: 1, Digest: strings.Repeat("0", 64), Index: now})
			m["digests"] = l.digests()
			return m
		}, "extra", "签名的记录只有 700 条"},
		"posting at another's place": {func(_ *testing.T, l *testLog, m memory) memory {
			l.lines[7].Index = 3 // an interval of the journal stands there
			l.lines = append(l.lines[:3], l.lines[7])
			m["digests"] = l.digests()
			return m
		}, "extra missing", "说的不是它"},
		"withdrawal undone": {func(_ *testing.T, l *testLog, m memory) memory {
			for i := range l.lines {
				if l.lines[i].Digest == record.Withdrawn {
					l.lines[i].Digest = "published"
				}
			}
			m["digests"] = l.digests()
			return m
		}, "changed", "网站却显示为 published"},
		"line broken": {func(_ *testing.T, _ *testLog, m memory) memory {
			m["digests"] = append(m["digests"], "nonsense\n"...)
			return m
		}, "export", "不是四个字段"},
	}
}

// TestVerify_Tampering changes an honest log in each way, and looks with the
// memory of an older checkpoint.
func TestVerify_Tampering(t *testing.T) {
	t.Parallel()
	cases := historyTampering()
	maps.Copy(cases, shownTampering())
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, folder := newLog(t), t.TempDir()
			l.grow(seen)
			if r := check(t, l, l.site(), folder); !r.OK() {
				t.Fatal(r.Findings)
			}
			l.grow(now - seen)
			r := check(t, l, c.tamper(t, l, l.site()), folder)
			if got := codes(r); got != c.codes {
				t.Fatalf("reported %q, not %q: %v", got, c.codes, r.Findings)
			}
			var lines strings.Builder
			for _, f := range r.Findings {
				fmt.Fprintln(&lines, f)
			}
			if !strings.Contains(lines.String(), c.words) {
				t.Errorf("no line says %q:\n%s", c.words, lines.String())
			}
		})
	}
}

// A report of tampered history must not become the memory for the next visit.
func TestVerify_KeepsMemory(t *testing.T) {
	t.Parallel()
	l, folder := newLog(t), t.TempDir()
	l.grow(300)
	check(t, l, l.site(), folder)
	honest := l.leaves
	l.leaves = l.leaves[:200]
	for range 2 {
		if r := check(t, l, l.site(), folder); codes(r) != "rollback" {
			t.Fatal(r.Findings)
		}
	}
	l.leaves = honest
	if r := check(t, l, l.site(), folder); !r.OK() || r.Before != 300 {
		t.Fatal(r.Findings, r.Before)
	}
}

// Without a key the first visit trusts the site and says so; from then on the
// key is pinned.
func TestVerify_TrustOnFirstUse(t *testing.T) {
	t.Parallel()
	l, folder := newLog(t), t.TempDir()
	l.grow(20)
	o := verify.Options{Source: l.site(), State: folder}
	if r, err := verify.Verify(t.Context(), o); err != nil || !r.OK() || !r.FirstUse || r.Key != l.key() {
		t.Fatal(r, err)
	}
	if r, err := verify.Verify(t.Context(), o); err != nil || !r.OK() || r.FirstUse {
		t.Fatal(r, err)
	}
	l.seed = 2
	o.Source = l.site()
	if r, err := verify.Verify(t.Context(), o); err != nil || codes(r) != "signature" {
		t.Fatal(r, err)
	}
}

// A key that hands over to another, by a signed leaf, is followed.
func TestVerify_Rotation(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		by   byte
		want string
	}{"by the old key": {1, ""}, "by somebody else": {3, "signature"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, folder := newLog(t), t.TempDir()
			l.grow(20)
			check(t, l, l.site(), folder)
			before, after := []string{lineOf(1)}, []string{lineOf(2)}
			sig := ed25519.Sign(keyOf(c.by), record.RotationText(before, after))
			l.append(record.KindKeyRotated, map[string]any{"old": before, "new": after, "signature": base64.StdEncoding.EncodeToString(sig)})
			l.grow(300)
			l.seed = 2
			r, err := verify.Verify(t.Context(), verify.Options{Source: l.site(), State: folder})
			if err != nil || codes(r) != c.want || !r.Rotated {
				t.Fatal(r, err)
			}
			if c.want != "" {
				return
			}
			if r, err = verify.Verify(t.Context(), verify.Options{Source: l.site(), State: folder}); err != nil || !r.OK() || r.Key != lineOf(2) {
				t.Fatal(r, err)
			}
		})
	}
}

// A mirror is checked as the site is, with the site gone.
func TestVerify_Mirror(t *testing.T) {
	t.Parallel()
	l, mirror := newLog(t), filepath.Join(t.TempDir(), "mirror")
	for range 2 {
		l.grow(600)
		r, err := verify.Verify(t.Context(), verify.Options{Source: l.site(), Save: mirror})
		if err != nil || !r.OK() {
			t.Fatal(r, err)
		}
	}
	o := verify.Options{Source: verify.Folder(mirror), Key: l.key()}
	r, err := verify.Verify(t.Context(), o)
	if err != nil || !r.OK() || r.Size != 1200 || r.Entries != 1200 {
		t.Fatal(r, err)
	}
	other := newLog(t)
	other.at = other.at.Add(time.Millisecond)
	other.grow(1300)
	if r, err = verify.Verify(t.Context(), verify.Options{Source: other.site(), Save: mirror}); err != nil || codes(r) != "mirror" {
		t.Fatal(r.Findings, err)
	}
	if r, err = verify.Verify(t.Context(), o); err != nil || !r.OK() || r.Size != 1200 {
		t.Fatal("the mirror was spoilt:", r.Findings, err)
	}
	mustWrite(t, filepath.Join(mirror, "tile", "entries", "000"), bundleOf(other.leaves[:256]))
	if r, err = verify.Verify(t.Context(), o); err != nil || !strings.Contains(codes(r), "tree") {
		t.Fatal(r.Findings, err)
	}
}

// What was published while the verifier ran is neither extra nor missing.
func TestVerify_WhileItGrows(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	l.grow(280)
	m := l.site()
	old := m["checkpoint"]
	l.grow(40)
	m = l.site()
	moving := &movingSource{memory: m, checkpoints: [][]byte{old, old, m["checkpoint"]}}
	m[path("entries", 1, 24)] = bundleOf(l.leaves[256:280])
	m[path("0", 1, 24)] = m[path("0", 1, 64)][:24*32]
	r, err := verify.Verify(t.Context(), verify.Options{Source: moving, Key: l.key(), Settle: 1 << 36})
	if err != nil || !r.OK() || r.Size != 320 {
		t.Fatal(r, err)
	}
}
