package main

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	signed "golang.org/x/mod/sumdb/note"

	"cunwu/service/ballot/sealed"
	"cunwu/verify"
)

// trusteeCommand is the tool of the three keepers of a sealed poll. It works on
// files, each keeper on an own device without network. The folder --dir holds
//
//	seed.secret                   the seed, for nobody else
//	state.json                    which batch this tool has worked on
//	for-server/*.json             what goes to the server: public keys, hashes, counts, signatures
//	for-second/peeled-list.json   what the first hands to the second, from hand to hand
//
// Where the definition asks for all three pairs, names end in the pair
// (peeled-AB.json).
//
// The formats are those of package sealed: Notice (poll.json), Rows (rows.json),
// Logged (commitment.json), Statement, Hold, Peeled, PeeledList, Outcome.
type trusteeCommand struct {
	New     trusteeNewCommand     `cmd:"" help:"为一次秘密表决做自己的钥匙，印出纸质备份"`
	Check   trusteeCheckCommand   `cmd:"" help:"证明钥匙还在（截止前一天）"`
	Peel    trusteePeelCommand    `cmd:"" help:"第一位：核对封箱记录，拆外层，打乱次序"`
	Open    trusteeOpenCommand    `cmd:"" help:"第二位：拆内层，只给出票数"`
	Destroy trusteeDestroyCommand `cmd:"" help:"异议期满后销毁钥匙，并签字"`
}

const (
	seedFile  = "seed.secret"
	stateFile = "state.json"
	forServer = "for-server"
	forSecond = "for-second"
)

// trusteePlace is what every step needs: whose device and which poll.
type trusteePlace struct {
	Dir  string `help:"自己的目录（new 时新建），不要放在服务器上" aliases:"out" required:"" type:"path"`
	Poll string `help:"表决文件 poll.json（网站上这次表决的公告）" required:"" type:"existingfile"`
	Seat string `help:"席位：A 监委会，B 村民代表，C 乡镇" required:"" enum:"A,B,C"`
}

func (p trusteePlace) notice() (sealed.Notice, int, error) {
	raw, err := os.ReadFile(p.Poll)
	if err != nil {
		return sealed.Notice{}, 0, err
	}
	n, err := sealed.ReadNotice(raw)
	if err != nil {
		return sealed.Notice{}, 0, fmt.Errorf("%s：%w", p.Poll, err)
	}
	seat, err := sealed.ReadSeat(p.Seat)
	return n, seat, err
}

// put writes a file of the folder; it is whole or not there.
func (p trusteePlace) put(folder, name string, v any) (string, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	path := filepath.Join(p.Dir, folder, name)
	return path, writeWhole(path, append(raw, '\n'))
}

func readCeremonyFile(path string, into any) error {
	raw, err := os.ReadFile(path) //nolint:gosec // the keeper names it
	if err == nil {
		err = sealed.ReadFile(raw, into)
	}
	if err != nil {
		return fmt.Errorf("%s：%w", path, err)
	}
	return nil
}

// trusteeKey says where the seed comes from.
type trusteeKey struct {
	trusteePlace
	Paper bool `help:"从标准输入读纸质备份（副手重做时，或设备坏了）"`
}

func (k trusteeKey) seed(seat int, digest [32]byte) ([]byte, error) {
	if k.Paper {
		typed, err := io.ReadAll(io.LimitReader(os.Stdin, 1<<10))
		if err != nil {
			return nil, err
		}
		return sealed.ReadPaper(seat, digest, string(typed))
	}
	raw, err := os.ReadFile(filepath.Join(k.Dir, seedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s 里没有钥匙文件；如果有纸质备份，用 --paper", k.Dir)
	}
	if err != nil {
		return nil, err
	}
	seed, err := hex.DecodeString(strings.TrimSpace(string(raw)))
	if err != nil {
		return nil, fmt.Errorf("%w：钥匙文件", sealed.ErrFile)
	}
	return seed, nil
}

// open gives the keeper's keys, and the poll once it is open: the keys must then
// be those of the notice.
func (k trusteeKey) open() (*sealed.Trustee, sealed.Notice, *sealed.Poll, error) {
	n, seat, err := k.notice()
	if err != nil {
		return nil, n, nil, err
	}
	p, err := n.Poll()
	if err != nil {
		return nil, n, nil, err
	}
	digest, err := n.Digest()
	if err != nil {
		return nil, n, nil, err
	}
	seed, err := k.seed(seat, digest)
	if err != nil {
		return nil, n, nil, err
	}
	t, err := sealed.NewTrustee(seat, seed, digest)
	clear(seed)
	if err != nil {
		return nil, n, nil, err
	}
	if !n.Holds(t) {
		return nil, n, nil, fmt.Errorf("%w：这把钥匙不是公告上 %s 席位的", sealed.ErrRefused, k.Seat)
	}
	return t, n, p, nil
}

type trusteeNewCommand struct{ trusteePlace }

// Run makes a seed for this poll and nothing else, on this device.
func (c trusteeNewCommand) Run(e *environment) error {
	n, seat, err := c.notice()
	if err != nil {
		return err
	}
	if _, err := n.Bounds(); err != nil {
		return err
	}
	digest, err := n.Digest()
	if err != nil {
		return err
	}
	seed := make([]byte, sealed.SeedSize)
	_, _ = rand.Read(seed) // crypto/rand never fails: the runtime aborts instead
	defer clear(seed)
	t, err := sealed.NewTrustee(seat, seed, digest)
	if err != nil {
		return err
	}
	// The paper is proved before it is printed: what is read back opens a trial
	// envelope.
	paper := sealed.Paper(seat, digest, seed)
	again, err := sealed.ReadPaper(seat, digest, paper)
	if err != nil {
		return err
	}
	backup, err := sealed.NewTrustee(seat, again, digest)
	if err != nil {
		return err
	}
	if err := errors.Join(t.Trial(), backup.Trial()); err != nil {
		return err
	}
	if err := keepSeed(filepath.Join(c.Dir, seedFile), seed); err != nil {
		return err
	}
	path, err := c.put(forServer, "statement.json", t.Statement(digest))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%s 席位的钥匙已做好，试开成功。\n\n纸质备份（打印或抄写，装进信封封好，不要拍照）：\n\n%s\n\n"+
		"请把 %s 交给网站。%s 里的其他文件不要交给任何人。\n", c.Seat, paper, path, c.Dir)
	return err
}

// keepSeed stores the seed where there is none: a second one would make the
// statement that was handed in useless.
func keepSeed(path string, seed []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the keeper names it
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s 已经有钥匙了；一次表决只做一次，要重做请换一个目录", filepath.Dir(path))
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(hex.EncodeToString(seed) + "\n")
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

type trusteeCheckCommand struct{ trusteeKey }

// Run signs that the seed is still held.
func (c trusteeCheckCommand) Run(e *environment) error {
	t, _, p, err := c.open()
	if err != nil {
		return err
	}
	if err := t.Trial(); err != nil {
		return err
	}
	path, err := c.put(forServer, "hold.json", t.Says(sealed.SaysHold, p))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "钥匙还在，能打开试封的信封。这次表决的指纹：%s（和张贴的公告核对）\n请把 %s 交给网站。\n", p.Fingerprint(), path)
	return err
}

// trusteeLogged names the entry of the public record and what it is held against.
type trusteeLogged struct {
	Commitment string   `help:"封箱记录和它的存证证明 commitment.json" required:"" type:"existingfile"`
	Checkpoint string   `help:"从网站以外（见证人、纸上）得到的检查点" required:"" type:"existingfile"`
	LogKey     string   `help:"网站存证记录的公钥（/log/key 的第一行）" required:""`
	WitnessKey []string `help:"见证人的公钥；给了就要求检查点有他们的联署"`
}

func (l trusteeLogged) read() (sealed.Commitment, error) {
	var logged sealed.Logged
	if err := readCeremonyFile(l.Commitment, &logged); err != nil {
		return sealed.Commitment{}, err
	}
	outside, err := os.ReadFile(l.Checkpoint)
	if err != nil {
		return sealed.Commitment{}, err
	}
	site, err := signed.NewVerifier(strings.TrimSpace(l.LogKey))
	if err != nil {
		return sealed.Commitment{}, fmt.Errorf("%w: --log-key：%w", errUsage, err)
	}
	keys := []signed.Verifier{site}
	for _, line := range l.WitnessKey {
		w, err := verify.NewCosignatureVerifier(strings.TrimSpace(line))
		if err != nil {
			return sealed.Commitment{}, fmt.Errorf("%w: --witness-key：%w", errUsage, err)
		}
		keys = append(keys, w)
	}
	return logged.Commitment(outside, keys...)
}

// book reads what this tool has worked on.
func (p trusteePlace) book() (sealed.Book, error) {
	var b sealed.Book
	err := readCeremonyFile(filepath.Join(p.Dir, stateFile), &b)
	if errors.Is(err, fs.ErrNotExist) {
		return sealed.Book{}, nil
	}
	return b, err
}

// named gives the name of a file; where all three pairs open, a keeper has one
// for each.
func named(what string, pair sealed.Pair, n sealed.Notice) string {
	if n.AllPairs() {
		what += "-" + pair.String()
	}
	return what + ".json"
}

type trusteePeelCommand struct {
	trusteeKey
	trusteeLogged
	Rows string `help:"截止后网站给保管人的名单 rows.json" required:"" type:"existingfile"`
	Pair string `help:"由哪一对开：AB、AC、BC；不给就是封箱时定的那一对"`
}

// Run takes off the outer layer.
func (c trusteePeelCommand) Run(e *environment) error {
	t, n, p, err := c.open()
	if err != nil {
		return err
	}
	logged, err := c.read()
	if err != nil {
		return err
	}
	pair := logged.Pair
	if c.Pair != "" {
		if pair, err = sealed.ReadPair(c.Pair); err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
	}
	book, err := c.book()
	if err == nil {
		err = book.Admit(logged)
	}
	if err != nil {
		return err
	}
	var rows sealed.Rows
	if err := readCeremonyFile(c.Rows, &rows); err != nil {
		return err
	}
	list, err := t.PeelRows(p, logged, pair, rows.Rows, n.Minimum())
	if err != nil {
		return err
	}
	// What was worked on is written down first: a tool that forgets could be
	// given a second batch.
	if _, err := c.put("", stateFile, book); err != nil {
		return err
	}
	second, err := c.put(forSecond, named("peeled-list", pair, n), list)
	if err != nil {
		return err
	}
	server, err := c.put(forServer, named("peeled", pair, n), list.Peeled)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%d 票，拆开 %d 票，拆不开 %d 票。名单摘要 %x（请副手用另一台设备重做，应完全一样）\n"+
		"请把 %s 当面交给 %s 席位，把 %s 交给网站；名单不要交给网站。\n",
		list.Peeled.N, len(list.Items), list.Peeled.Bad, list.Peeled.Peeled[:8], second, sealed.SeatName(pair.Second()), server)
	return err
}

type trusteeOpenCommand struct {
	trusteeKey
	trusteeLogged
	Peeled    string `help:"第一位交来的 peeled-list.json" required:"" type:"existingfile"`
	SecondRun bool   `help:"拆不开的票太多，副手已经重做过一次，结果一样"`
}

// Run takes off the inner layer and hands out counts.
func (c trusteeOpenCommand) Run(e *environment) error {
	t, n, _, err := c.open()
	if err != nil {
		return err
	}
	logged, err := c.read()
	if err != nil {
		return err
	}
	book, err := c.book()
	if err == nil {
		err = book.Admit(logged)
	}
	if err != nil {
		return err
	}
	var list sealed.PeeledList
	if err := readCeremonyFile(c.Peeled, &list); err != nil {
		return err
	}
	if err := book.AdmitList(list.Peeled.Pair, list.Peeled.Peeled, n.AllPairs()); err != nil {
		return err
	}
	out, err := t.OpenList(n, logged, list, c.SecondRun)
	if err != nil {
		return err
	}
	if _, err := c.put("", stateFile, book); err != nil {
		return err
	}
	pair, err := sealed.ReadPair(out.Pair)
	if err != nil {
		return err
	}
	path, err := c.put(forServer, named("result", pair, n), out)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%d 票：有效 %d 票，无效 %d 票。只写下了票数，没有写下任何一张票。\n请把 %s 交给网站。\n", out.N, out.Counted, out.Bad, path)
	return err
}

type trusteeDestroyCommand struct {
	trusteeKey
	Yes bool `help:"确认销毁：以后谁也不能再开这次表决的票"`
}

// Run destroys the seed and everything of the ballots on this device, then
// hands out the signed statement.
func (c trusteeDestroyCommand) Run(e *environment) error {
	if !c.Yes {
		return fmt.Errorf("%w: 销毁后不能恢复；异议期满、确认结果以后，加上 --yes 再运行", errUsage)
	}
	t, _, p, err := c.open()
	if err != nil {
		return err
	}
	said := t.Says(sealed.SaysDestroyed, p) // the key can sign only while it is there
	lists, err := filepath.Glob(filepath.Join(c.Dir, forSecond, "peeled-list*.json"))
	if err != nil {
		return err
	}
	for _, name := range append(lists, filepath.Join(c.Dir, seedFile)) {
		if err := shred(name); err != nil {
			return fmt.Errorf("没有销毁干净：%w", err)
		}
	}
	path, err := c.put(forServer, "destroyed.json", said)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "钥匙文件已覆盖并删除。请当众烧毁纸质备份，删去拷到这台设备上的 rows.json，再把 %s 交给网站。\n"+
		"说明：固态硬盘可能留有旧的数据块，设备请按规定处理。\n", path)
	return err
}

// shred overwrites a file before it is removed. What is not there is no error.
func shred(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0) //nolint:gosec // the keeper names the folder
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		_, err = io.CopyN(f, rand.Reader, info.Size())
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Remove(path)
}
