// Command ceremony plays the server in a rehearsal of a sealed ballot, on files
// in one folder: no database, no network. The keepers' tool and the phones are
// processes of their own; see scripts/ceremony.sh.
//
//	ceremony draft  DIR [all]                   poll.json with a definition; all: by all three pairs
//	ceremony open   DIR STATEMENT STATEMENT STATEMENT
//	ceremony roll   DIR                         what a phone needs: digest and keys, in hex
//	ceremony cast   DIR YES NO ABSTAIN          sealed by the server: as many of each
//	ceremony phones DIR                         sealed by phones: "ballot tracker" lines in hex
//	ceremony revote DIR VOTER VALUE             the voter casts once more (value 0, 1 or 2)
//	ceremony close  DIR PAIR PAPER              the last PAPER voters vote on paper
//	ceremony count  DIR PEELED RESULT           checks both signatures, prints the counts
package main

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"cunwu/service/ballot/sealed"
	"cunwu/service/record"
)

var errUsage = errors.New("usage: ceremony draft|open|roll|cast|phones|revote|close|count DIR ...")

func main() {
	if err := run(os.Args[1:]); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "ceremony:", err)
		os.Exit(1)
	}
}

// box is the ballot box: by voter the casts in their order.
type box struct {
	Casts [][][]byte `json:"casts"`
}

type server struct{ dir string }

func run(args []string) error {
	if len(args) < 2 {
		return errUsage
	}
	s, rest := server{args[1]}, args[2:]
	steps := map[string]func([]string) error{
		"draft": s.draft, "open": s.open, "roll": s.roll, "cast": s.cast, "phones": s.phones,
		"revote": s.revote, "close": s.close, "count": s.count,
	}
	step, ok := steps[args[0]]
	if !ok {
		return errUsage
	}
	return step(rest)
}

func (s server) write(name string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.dir, name), raw, 0o600)
}

func readFile(path string, v any) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return sealed.ReadFile(raw, v)
}

func (s server) read(name string, v any) error { return readFile(filepath.Join(s.dir, name), v) }

func (s server) draft(args []string) error {
	facts := map[string]any{
		"id": "rehearsal", "question": "是否同意把村集体鱼塘承包期延长三年？", "kind": "yes_no", "sealed": true, "revote": true, "max_choices": 1,
		"options": []any{
			map[string]any{"id": "yes", "label": "赞成"},
			map[string]any{"id": "no", "label": "反对"},
			map[string]any{"id": "abstain", "label": "弃权"},
		},
	}
	if len(args) > 0 {
		facts["all_pairs"] = true
	}
	definition, err := record.Canonical(facts)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	return s.write("poll.json", sealed.Notice{Definition: definition})
}

// open takes the three statements; nothing but public keys is in them.
func (s server) open(files []string) error {
	var n sealed.Notice
	if err := s.read("poll.json", &n); err != nil {
		return err
	}
	if len(files) != sealed.Seats {
		return errUsage
	}
	digest, err := n.Digest()
	if err != nil {
		return err
	}
	roll := sha256.Sum256([]byte("the frozen roll of the rehearsal"))
	n.Roll, n.RollSize, n.Trustees = hex.EncodeToString(roll[:]), 60, make([]sealed.Keys, sealed.Seats)
	for _, file := range files {
		var st sealed.Statement
		if err := readFile(file, &st); err != nil {
			return err
		}
		if err := st.Check(digest); err != nil {
			return err
		}
		seat, err := sealed.ReadSeat(st.Seat)
		if err != nil {
			return err
		}
		n.Trustees[seat] = sealed.Keys{Box: st.Box, Seat: st.Seat, Sign: st.Sign}
	}
	p, err := n.Poll()
	if err != nil {
		return err
	}
	_, _ = fmt.Println("fingerprint on the printed notice:", p.Fingerprint())
	return errors.Join(s.write("poll.json", n), s.write("box.json", box{}))
}

func (s server) poll() (sealed.Notice, *sealed.Poll, error) {
	var n sealed.Notice
	if err := s.read("poll.json", &n); err != nil {
		return n, nil, err
	}
	p, err := n.Poll()
	return n, p, err
}

func (s server) roll([]string) error {
	_, p, err := s.poll()
	if err == nil {
		_, err = fmt.Printf("%x %x%x%x\n", p.Definition, p.Keys[0], p.Keys[1], p.Keys[2])
	}
	return err
}

// put adds casts of new voters.
func (s server) put(ballots ...[]byte) error {
	var b box
	if err := s.read("box.json", &b); err != nil {
		return err
	}
	for _, ballot := range ballots {
		b.Casts = append(b.Casts, [][]byte{ballot})
	}
	return s.write("box.json", b)
}

func (s server) seal(value int) ([]byte, error) {
	_, p, err := s.poll()
	if err != nil {
		return nil, err
	}
	values := make([]byte, p.Options)
	if value < 0 || value >= len(values) {
		return nil, errUsage
	}
	values[value] = 1
	frame, err := p.Frame(values)
	if err != nil {
		return nil, err
	}
	return p.Seal(frame)
}

func numbers(args []string, n int) ([]int, error) {
	if len(args) != n {
		return nil, errUsage
	}
	out := make([]int, n)
	for i, a := range args {
		v, err := strconv.Atoi(a)
		if err != nil || v < 0 {
			return nil, errUsage
		}
		out[i] = v
	}
	return out, nil
}

func (s server) cast(args []string) error {
	counts, err := numbers(args, 3)
	if err != nil {
		return err
	}
	var ballots [][]byte
	for value, n := range counts {
		for range n {
			b, err := s.seal(value)
			if err != nil {
				return err
			}
			ballots = append(ballots, b)
		}
	}
	return s.put(ballots...)
}

func (s server) phones([]string) error {
	var ballots [][]byte
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		text, tracker, _ := strings.Cut(lines.Text(), " ")
		b, err := hex.DecodeString(text)
		if err != nil || len(b) != sealed.BallotSize || sealed.TrackerText(sealed.Tracker(b)) != tracker {
			return fmt.Errorf("a phone sent what is no ballot: %s", tracker)
		}
		ballots = append(ballots, b)
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return s.put(ballots...)
}

func (s server) revote(args []string) error {
	who, err := numbers(args, 2)
	if err != nil {
		return err
	}
	var b box
	if err := s.read("box.json", &b); err != nil {
		return err
	}
	ballot, err := s.seal(who[1])
	if err != nil || who[0] >= len(b.Casts) {
		return errors.Join(errUsage, err)
	}
	b.Casts[who[0]] = append(b.Casts[who[0]], ballot)
	return s.write("box.json", b)
}

// close keeps the last cast of each voter, drops those who voted on paper, and
// fixes everything in the record before a keeper touches a row.
func (s server) close(args []string) error {
	if len(args) != 2 {
		return errUsage
	}
	pair, err := sealed.ReadPair(args[0])
	if err != nil {
		return err
	}
	paper, err := numbers(args[1:], 1)
	if err != nil {
		return err
	}
	n, p, err := s.poll()
	if err != nil {
		return err
	}
	var b box
	if err := s.read("box.json", &b); err != nil {
		return err
	}
	c := sealed.Commitment{ID: "rehearsal", Region: "510821102200", Context: p.Context(), Marked: len(b.Casts), Paper: paper[0], Pair: pair}
	var rows []sealed.Row
	var all, batch [][]byte
	for i, casts := range b.Casts {
		c.Casts += len(casts)
		c.Replaced += len(casts) - 1
		all = append(all, casts...)
		if i >= len(b.Casts)-paper[0] {
			c.Overridden++
			continue
		}
		salt := make([]byte, 16)
		_, _ = rand.Read(salt) // never fails
		pseudo := sealed.Pseudonym(salt, strconv.Itoa(i))
		for k, ballot := range casts {
			row := sealed.Row{Pseudo: pseudo, N: k + 1, Tracker: sealed.Tracker(ballot)}
			if k == len(casts)-1 {
				row.Ballot = ballot
				batch = append(batch, ballot)
			}
			rows = append(rows, row)
		}
	}
	c.N = len(batch)
	for _, p := range []sealed.Pair{sealed.AB, sealed.AC, sealed.BC} {
		if n.AllPairs() && p != pair {
			c.Reserve = append(c.Reserve, p)
		}
	}
	c.Box, c.Rows, c.Batch = p.Commit(sealed.KindBox, all), p.CommitRows(rows), p.Commit(sealed.KindBatch, batch)
	return errors.Join(s.write("rows.json", sealed.Rows{Context: c.Context, Rows: rows}), s.log(c))
}

// log puts the commitment among other entries of a record and signs a checkpoint.
func (s server) log(c sealed.Commitment) error {
	var hashes []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, at := range indexes {
			out[i] = hashes[at]
		}
		return out, nil
	})
	var leaf []byte
	const size, index = 9, 6
	for i := range int64(size) {
		entry := record.Leaf{Kind: record.KindRules, Facts: map[string]any{"n": i}}
		if i == index {
			entry = c.Leaf()
		}
		raw, err := entry.Canonical(time.Now())
		if err != nil {
			return err
		}
		if i == index {
			leaf = raw
		}
		more, err := tlog.StoredHashes(i, raw, reader)
		if err != nil {
			return err
		}
		hashes = append(hashes, more...)
	}
	root, err := tlog.TreeHash(size, reader)
	if err != nil {
		return err
	}
	proof, err := tlog.ProveRecord(size, index, reader)
	if err != nil {
		return err
	}
	private, public, err := note.GenerateKey(rand.Reader, "rehearsal.example.cn/log")
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		return err
	}
	checkpoint, err := note.Sign(&note.Note{Text: fmt.Sprintf("rehearsal.example.cn/log\n%d\n%s\n", size, root)}, signer)
	if err != nil {
		return err
	}
	logged := sealed.Logged{Leaf: leaf, Index: index, TreeSize: size, Checkpoint: string(checkpoint)}
	for _, h := range proof {
		logged.Hashes = append(logged.Hashes, h[:])
	}
	return errors.Join(
		s.write("commitment.json", logged),
		os.WriteFile(filepath.Join(s.dir, "checkpoint"), checkpoint, 0o600),
		os.WriteFile(filepath.Join(s.dir, "log.key"), []byte(public+"\n"), 0o600),
	)
}

func (s server) count(args []string) error {
	if len(args) != 2 {
		return errUsage
	}
	n, _, err := s.poll()
	if err != nil {
		return err
	}
	var peeled sealed.Peeled
	var out sealed.Outcome
	if err := errors.Join(readFile(args[0], &peeled), readFile(args[1], &out)); err != nil {
		return err
	}
	if err := errors.Join(n.CheckPeeled(peeled), n.CheckOutcome(out)); err != nil {
		return err
	}
	if out.Peeled != peeled.Peeled || out.Pair != peeled.Pair || out.N != peeled.N || out.Counted+out.Bad != out.N {
		return errors.New("the two keepers do not speak of the same list")
	}
	_, err = fmt.Printf("yes %d no %d abstain %d bad %d\n", out.Values[0][1], out.Values[1][1], out.Values[2][1], out.Bad)
	return err
}
