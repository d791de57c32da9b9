package main

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cunwu/service/ballot/sealed"
)

// ceremony is a rehearsal on files: the server, each keeper and each phone is a
// process of its own.
type ceremony struct {
	t             *testing.T
	trustee, play string // programs
	dir           string
	papers        map[string]string
}

func newCeremony(t *testing.T) *ceremony {
	t.Helper()
	bin := t.TempDir()
	c := &ceremony{t: t, trustee: filepath.Join(bin, "cunwu"), play: filepath.Join(bin, "ceremony"), papers: map[string]string{}}
	for out, from := range map[string]string{c.trustee: ".", c.play: "./scripts/ceremony"} {
		build := exec.CommandContext(t.Context(), "go", "build", "-o", out, from) //nolint:gosec // fixed programs
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if said, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
	}
	return c
}

// fresh begins another poll with three keepers' keys.
func (c *ceremony) fresh(t *testing.T, how ...string) *ceremony {
	t.Helper()
	out := &ceremony{t: t, trustee: c.trustee, play: c.play, dir: t.TempDir(), papers: map[string]string{}}
	out.server("draft", how...)
	var statements []string
	for _, seat := range []string{"A", "B", "C"} {
		said := out.keeper(seat, "", "new")
		_, rest, _ := strings.Cut(said, "：\n\n")
		out.papers[seat], _, _ = strings.Cut(rest, "\n\n")
		statements = append(statements, filepath.Join(out.dir, seat, "for-server", "statement.json"))
	}
	out.server("open", statements...)
	return out
}

func (c *ceremony) path(name string) string { return filepath.Join(c.dir, name) }

func (c *ceremony) server(step string, args ...string) string {
	c.t.Helper()
	out, err := exec.CommandContext(c.t.Context(), c.play, append([]string{step, c.path("server")}, args...)...).CombinedOutput() //nolint:gosec // a fixed program
	if err != nil {
		c.t.Fatalf("%s: %v\n%s", step, err, out)
	}
	return string(out)
}

// try runs the tool of a keeper, who sees copies of what is published only.
func (c *ceremony) try(seat, input, step string, args ...string) (int, string) {
	c.t.Helper()
	args = append([]string{"trustee", step, "--seat", seat, "--dir", c.path(seat), "--poll", c.path("server/poll.json")}, args...)
	if step == "peel" || step == "open" {
		key, err := os.ReadFile(c.path("server/log.key"))
		if err != nil {
			c.t.Fatal(err)
		}
		args = append(args, "--commitment", c.path("server/commitment.json"), "--checkpoint", c.path("server/checkpoint"), "--log-key", strings.TrimSpace(string(key)))
	}
	cmd := exec.CommandContext(c.t.Context(), c.trustee, args...) //nolint:gosec // a fixed program
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		c.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

func (c *ceremony) keeper(seat, input, step string, args ...string) string {
	c.t.Helper()
	code, said := c.try(seat, input, step, args...)
	if code != 0 {
		c.t.Fatalf("%s %s: %d, %s", seat, step, code, said)
	}
	return said
}

func (c *ceremony) refused(want int, says, seat, step string, args ...string) {
	c.t.Helper()
	if code, said := c.try(seat, "", step, args...); code != want || !strings.Contains(said, says) {
		c.t.Errorf("%s %s: %d, %s; want %d and %q", seat, step, code, said, want, says)
	}
}

func (c *ceremony) peel(seat string, args ...string) string {
	return c.keeper(seat, "", "peel", append([]string{"--rows", c.path("server/rows.json")}, args...)...)
}

// The whole way with three keepers on three devices, one seat at a time, and
// what their tools refuse.
func TestCeremony(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds two programs")
	}
	programs := newCeremony(t)
	t.Run("Whole", func(t *testing.T) { t.Parallel(); wholeCeremony(programs.fresh(t)) })
	t.Run("Refusals", func(t *testing.T) { t.Parallel(); refusedCeremonies(programs.fresh(t)) })
	t.Run("ThreePairs", func(t *testing.T) { t.Parallel(); threePairs(programs.fresh(t, "all")) })
	t.Run("Few", func(t *testing.T) {
		t.Parallel()
		c := programs.fresh(t)
		c.server("cast", "2", "1", "1")
		c.server("close", "AC", "0")
		c.refused(1, "不到 5 票", "A", "peel", "--rows", c.path("server/rows.json"))
	})
}

func wholeCeremony(c *ceremony) {
	t := c.t
	c.server("cast", "6", "5", "4")
	c.server("revote", "0", "1") // yes, then no
	c.server("revote", "1", "1")
	c.server("revote", "1", "0") // and back
	for seat, paper := range c.papers {
		c.keeper(seat, "", "check")
		if said := c.keeper(seat, strings.ToLower(paper), "check", "--paper"); !strings.Contains(said, "钥匙还在") {
			t.Error(said)
		}
	}
	c.server("close", "AC", "2")
	c.refused(1, "不拆这一对", "C", "peel", "--rows", c.path("server/rows.json"))
	c.peel("A")
	list := c.path("A/for-second/peeled-list.json")
	first := readAll(t, list)
	// The deputy repeats it on another device, from the paper.
	deputy := *c
	deputy.dir = t.TempDir()
	if err := os.CopyFS(deputy.path("server"), os.DirFS(c.path("server"))); err != nil {
		t.Fatal(err)
	}
	deputy.keeper("A", c.papers["A"], "peel", "--paper", "--rows", deputy.path("server/rows.json"))
	if !bytes.Equal(first, readAll(t, deputy.path("A/for-second/peeled-list.json"))) {
		t.Error("the deputy's list is another")
	}
	c.refused(1, "不开这一对", "B", "open", "--peeled", list)
	c.keeper("C", "", "open", "--peeled", list)
	secrets := c.secrets()
	said := c.server("count", c.path("A/for-server/peeled.json"), c.path("C/for-server/result.json"))
	if said != "yes 5 no 6 abstain 2 bad 0\n" {
		t.Error(said)
	}
	c.refused(2, "--yes", "A", "destroy")
	for _, seat := range []string{"A", "B"} {
		c.keeper(seat, "", "destroy", "--yes")
		c.refused(1, "没有钥匙文件", seat, "peel", "--rows", c.path("server/rows.json"))
	}
	if _, err := os.Stat(list); !os.IsNotExist(err) {
		t.Error("the peeled list is still there")
	}
	c.checkDestroyed()
	c.nothingSecret(secrets)
}

// threePairs: where the definition asks for it, each keeper works for two pairs,
// and the three counts are the same.
func threePairs(c *ceremony) {
	t := c.t
	c.server("cast", "5", "3", "1")
	c.server("close", "AC", "0")
	rows := c.path("server/rows.json")
	for _, pair := range []string{"AC", "AB", "BC"} {
		first, second := pair[:1], pair[1:]
		c.keeper(first, "", "peel", "--rows", rows, "--pair", pair)
		c.keeper(second, "", "open", "--peeled", c.path(first+"/for-second/peeled-list-"+pair+".json"))
		said := c.server("count", c.path(first+"/for-server/peeled-"+pair+".json"), c.path(second+"/for-server/result-"+pair+".json"))
		if said != "yes 5 no 3 abstain 1 bad 0\n" {
			t.Errorf("%s: %s", pair, said)
		}
	}
	c.keeper("A", "", "destroy", "--yes")
	left, err := filepath.Glob(c.path("A/for-second/*"))
	if err != nil || len(left) > 0 {
		t.Errorf("still there: %v %v", left, err)
	}
}

// checkDestroyed reads the two statements as the server would.
func (c *ceremony) checkDestroyed() {
	n, err := sealed.ReadNotice(readAll(c.t, c.path("server/poll.json")))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, seat := range []string{"A", "B"} {
		var said sealed.Hold
		if err := sealed.ReadFile(readAll(c.t, c.path(seat+"/for-server/destroyed.json")), &said); err != nil {
			c.t.Fatal(err)
		}
		if err := n.CheckHold(sealed.SaysDestroyed, said); err != nil || said.Seat != seat {
			c.t.Error(err)
		}
		if n.CheckHold(sealed.SaysHold, said) == nil {
			c.t.Error("destroyed passes for held")
		}
	}
}

// secrets gives every spelling of every seed and private key of the ceremony.
func (c *ceremony) secrets() map[string][]byte {
	out := map[string][]byte{}
	n, err := sealed.ReadNotice(readAll(c.t, c.path("server/poll.json")))
	if err != nil {
		c.t.Fatal(err)
	}
	digest, err := n.Digest()
	if err != nil {
		c.t.Fatal(err)
	}
	for seat, paper := range c.papers {
		seed, err := hex.DecodeString(strings.TrimSpace(string(readAll(c.t, c.path(seat+"/seed.secret")))))
		if err != nil {
			c.t.Fatal(err)
		}
		box, err1 := hkdf.Key(sha256.New, seed, digest[:], "cunwu trustee box v1", 32)
		sign, err2 := hkdf.Key(sha256.New, seed, digest[:], "cunwu trustee sign v1", 32)
		key, err3 := hpke.DHKEM(ecdh.X25519()).DeriveKeyPair(box)
		if err1 != nil || err2 != nil || err3 != nil {
			c.t.Fatal(err1, err2, err3)
		}
		private, err := key.Bytes()
		if err != nil {
			c.t.Fatal(err)
		}
		for name, raw := range map[string][]byte{"seed": seed, "box": box, "sign": sign, "private": private} {
			out[seat+" "+name] = raw
			out[seat+" "+name+" hex"] = []byte(hex.EncodeToString(raw))
			out[seat+" "+name+" base64"] = []byte(base64.StdEncoding.EncodeToString(raw)[:40])
		}
		out[seat+" paper"] = []byte(paper[:19])
		list, _ := json.Marshal(seed)
		out[seat+" seed json"] = list
	}
	return out
}

// nothingSecret looks through all that a server or the other keeper ever got.
func (c *ceremony) nothingSecret(secrets map[string][]byte) {
	if len(secrets) < 3*13 {
		c.t.Fatalf("only %d spellings to look for", len(secrets))
	}
	files := 0
	for _, folder := range []string{"server", "A/for-server", "B/for-server", "C/for-server", "A/for-second"} {
		err := filepath.WalkDir(c.path(folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			files++
			raw := readAll(c.t, path)
			for name, secret := range secrets {
				if bytes.Contains(raw, secret) || bytes.Contains(bytes.ToUpper(raw), bytes.ToUpper(secret)) && len(secret) > 32 {
					c.t.Errorf("%s holds %s", path, name)
				}
			}
			return nil
		})
		if err != nil {
			c.t.Error(err)
		}
	}
	if files < 12 {
		c.t.Errorf("only %d files were looked at", files)
	}
}

// What the tools refuse by themselves, whatever the server says.
func refusedCeremonies(c *ceremony) {
	t := c.t
	rows := c.path("server/rows.json")
	c.refused(1, "已经有钥匙", "A", "new")
	c.server("cast", "4", "3", "2")
	if code, said := c.try("B", c.papers["A"], "check", "--paper"); code != 1 || !strings.Contains(said, "抄错") {
		t.Errorf("another's paper: %d %s", code, said)
	}
	c.server("close", "AC", "0")
	c.refused(1, "不能换成 AB", "A", "peel", "--rows", rows, "--pair", "AB")
	c.refused(2, "AB、AC 或 BC", "A", "peel", "--rows", rows, "--pair", "CA")
	c.wrongRecord(rows)
	c.peel("A")
	c.peel("A") // once more is allowed: it is the same
	list := c.path("A/for-second/peeled-list.json")
	changed := bytes.Replace(readAll(t, list), []byte(`"n":9`), []byte(`"n":8`), 1)
	forged := filepath.Join(t.TempDir(), "peeled-list.json")
	if err := os.WriteFile(forged, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	c.refused(1, "签名不对", "C", "open", "--peeled", forged)
	c.keeper("C", "", "open", "--peeled", list)
	// The server closes once more: with one voter less, the difference of two
	// openings would be that voter's choice.
	c.server("close", "AC", "1")
	c.refused(1, "第二批", "A", "peel", "--rows", rows)
	c.refused(1, "第二批", "C", "open", "--peeled", list)
	c.server("close", "AB", "0")
	c.refused(1, "不能换成 AB", "A", "peel", "--rows", rows)
}

// wrongRecord shows that what is not in the public record is not touched.
func (c *ceremony) wrongRecord(rows string) {
	path := c.path("server/checkpoint")
	good := readAll(c.t, path)
	write := func(name string, raw []byte) {
		if err := os.WriteFile(name, raw, 0o600); err != nil { //nolint:gosec // in a temporary folder
			c.t.Fatal(err)
		}
	}
	write(path, bytes.Replace(good, []byte("\n9\n"), []byte("\n8\n"), 1))
	c.refused(1, "没有", "A", "peel", "--rows", rows)
	write(path, good)
	proof := c.path("server/commitment.json")
	right := readAll(c.t, proof)
	write(proof, bytes.Replace(right, []byte(`"index":6`), []byte(`"index":5`), 1))
	c.refused(1, "不在这个检查点", "A", "peel", "--rows", rows)
	write(proof, right)
	list := readAll(c.t, rows)
	write(rows, bytes.Replace(list, []byte(`"n":1`), []byte(`"n":2`), 1))
	c.refused(1, "名单和封箱记录不一致", "A", "peel", "--rows", rows)
	write(rows, list)
}

func readAll(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path) //nolint:gosec // in a temporary folder
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
