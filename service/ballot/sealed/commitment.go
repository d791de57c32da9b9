package sealed

import (
	"encoding/hex"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"cunwu/service/record"
)

// KindCommitted is the public record's entry that fixes, before any trustee
// touches a row, what may be opened and by whom.
const KindCommitted = "ballot.committed"

// Commitment is that entry. Marked are the voters marked as having voted, Paper
// those of them who did so at the table; N is what is left to open.
type Commitment struct {
	ID, Region                  string
	Context, Box, Rows, Batch   Hash
	Casts, Replaced, Overridden int
	N, Marked, Paper            int
	Pair                        Pair
	Reserve                     []Pair
}

// Leaf gives the entry as the public record takes it.
func (c Commitment) Leaf() record.Leaf {
	reserve := make([]any, len(c.Reserve))
	for i, p := range c.Reserve {
		reserve[i] = p.String()
	}
	return record.Leaf{Kind: KindCommitted, Facts: map[string]any{
		"id": c.ID, "region": c.Region, "context": text(c.Context), "box": text(c.Box), "rows": text(c.Rows), "batch": text(c.Batch),
		"casts": c.Casts, "replaced": c.Replaced, "overridden": c.Overridden, "n": c.N, "marked": c.Marked, "paper": c.Paper,
		"pair": c.Pair.String(), "reserve": reserve,
	}}
}

func text(h Hash) string { return hex.EncodeToString(h[:]) }

// ReadCommitment reads such an entry.
func ReadCommitment(l record.Leaf) (Commitment, error) {
	if l.Kind != KindCommitted {
		return Commitment{}, fmt.Errorf("%w：不是秘密表决的封箱记录", ErrFile)
	}
	var c Commitment
	var bad bool
	words := map[string]*string{"id": &c.ID, "region": &c.Region}
	for name, into := range words {
		s, ok := l.Facts[name].(string)
		*into, bad = s, bad || !ok
	}
	for name, into := range map[string]*Hash{"context": &c.Context, "box": &c.Box, "rows": &c.Rows, "batch": &c.Batch} {
		s, _ := l.Facts[name].(string)
		bad = into.UnmarshalText([]byte(s)) != nil || bad
	}
	for name, into := range map[string]*int{
		"casts": &c.Casts, "replaced": &c.Replaced, "overridden": &c.Overridden, "n": &c.N, "marked": &c.Marked, "paper": &c.Paper,
	} {
		n, ok := l.Facts[name].(int64)
		*into, bad = int(n), bad || !ok || n < 0
	}
	name, _ := l.Facts["pair"].(string)
	pair, err := ReadPair(name)
	reserve, ok := l.Facts["reserve"].([]any)
	c.Pair, bad = pair, bad || err != nil || !ok
	for _, v := range reserve {
		s, _ := v.(string)
		p, err := ReadPair(s)
		c.Reserve, bad = append(c.Reserve, p), bad || err != nil
	}
	if bad {
		return Commitment{}, fmt.Errorf("%w：封箱记录缺了内容", ErrFile)
	}
	return c, nil
}

// allows reports whether the pair was fixed beforehand.
func (c Commitment) allows(p Pair) bool { return p == c.Pair || slices.Contains(c.Reserve, p) }

// check demands that the entry is of this poll and that its sums are right.
func (c Commitment) check(p *Poll, pair Pair) error {
	switch {
	case c.Context != p.Context():
		return fmt.Errorf("%w：封箱记录是另一次表决的", ErrRefused)
	case !c.allows(pair) && !broken("pair"):
		return fmt.Errorf("%w：封箱时定的是 %s，不能换成 %s", ErrRefused, c.Pair, pair)
	case (c.N != c.Marked-c.Paper || c.N != c.Casts-c.Replaced-c.Overridden) && !broken("numbers"):
		return fmt.Errorf("%w：票数对不上：投过票的 %d 人减去纸质票 %d 张，应开 %d 票", ErrRefused, c.Marked, c.Paper, c.N)
	}
	return nil
}

// Logged shows that an entry is in the public record (commitment.json): the
// answer of GET /ballots/{id}/commitment as it came.
type Logged struct {
	Leaf       []byte   `json:"leaf"`
	Index      int64    `json:"index"`
	TreeSize   int64    `json:"tree_size"`
	Hashes     [][]byte `json:"hashes"`
	Checkpoint string   `json:"checkpoint"`
}

// Commitment gives the entry if it is in the tree of a checkpoint that came from
// elsewhere than the server, signed by each of the verifiers.
func (l Logged) Commitment(outside []byte, verifiers ...note.Verifier) (Commitment, error) {
	if len(verifiers) == 0 { // nothing would be checked
		return Commitment{}, fmt.Errorf("%w：没有公钥可核对检查点", ErrRefused)
	}
	var signed string
	for _, v := range verifiers {
		n, err := note.Open(outside, note.VerifierList(v))
		if err != nil {
			return Commitment{}, fmt.Errorf("%w：检查点上没有 %s 的有效签名", ErrRefused, v.Name())
		}
		signed = n.Text
	}
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + afterFirstLine(signed)))
	if err != nil {
		return Commitment{}, fmt.Errorf("%w：检查点：%w", ErrFile, err)
	}
	if tree.N != l.TreeSize {
		return Commitment{}, fmt.Errorf("%w：检查点有 %d 条，证明是 %d 条时的，请取同一时刻的", ErrRefused, tree.N, l.TreeSize)
	}
	path := make(tlog.RecordProof, len(l.Hashes))
	for i, h := range l.Hashes {
		if len(h) != tlog.HashSize {
			return Commitment{}, fmt.Errorf("%w：存证证明", ErrFile)
		}
		path[i] = tlog.Hash(h)
	}
	if l.Index < 0 || l.Index >= tree.N || tlog.CheckRecord(path, tree.N, tree.Hash, l.Index, tlog.RecordHash(l.Leaf)) != nil {
		return Commitment{}, fmt.Errorf("%w：封箱记录不在这个检查点的存证记录里", ErrRefused)
	}
	leaf, _, err := record.ReadLeaf(l.Leaf)
	if err != nil {
		return Commitment{}, fmt.Errorf("%w：%w", ErrFile, err)
	}
	return ReadCommitment(leaf)
}

func afterFirstLine(s string) string {
	for i := range s {
		if s[i] == '\n' {
			return s[i+1:]
		}
	}
	return ""
}

// PeelRows is the whole step of the first of a pair: the last cast counts once
// more, on the own machine; rows, batch and numbers are those of the public
// record; then Peel.
func (t *Trustee) PeelRows(p *Poll, c Commitment, pair Pair, rows []Row, least int) (PeeledList, error) {
	if err := c.check(p, pair); err != nil {
		return PeeledList{}, err
	}
	if p.CommitRows(rows) != c.Rows {
		return PeeledList{}, fmt.Errorf("%w：名单和封箱记录不一致", ErrRefused)
	}
	batch, err := Last(rows)
	if err != nil {
		return PeeledList{}, err
	}
	if len(batch) != c.N {
		return PeeledList{}, fmt.Errorf("%w：名单上应有 %d 票，实有 %d 票", ErrRefused, c.N, len(batch))
	}
	items, err := t.Peel(p, pair, batch, c.Batch, least)
	if err != nil {
		return PeeledList{}, err
	}
	out := PeeledList{Items: items, Peeled: Peeled{
		Bad: len(batch) - len(items), Batch: c.Batch, Context: c.Context, N: c.N, Pair: pair.String(),
		Peeled: p.Commit(KindPeeled, items), Seat: SeatName(t.Seat),
	}}
	out.Peeled.Signature = t.Sign(SaysPeeled, c.Context, signed(out.Peeled))
	return out, nil
}

// OpenList is the whole step of the second of a pair: the list is the one that
// the first signed for this batch; then Open. secondRun says that a deputy
// peeled once more and got the same list.
func (t *Trustee) OpenList(n Notice, c Commitment, list PeeledList, secondRun bool) (Outcome, error) {
	p, err := n.Poll()
	if err != nil {
		return Outcome{}, err
	}
	if err := n.CheckPeeled(list.Peeled); err != nil {
		return Outcome{}, err
	}
	pair, err := ReadPair(list.Peeled.Pair)
	if err != nil {
		return Outcome{}, err
	}
	if err := c.check(p, pair); err != nil {
		return Outcome{}, err
	}
	if list.Peeled.Batch != c.Batch || list.Peeled.N != c.N {
		return Outcome{}, fmt.Errorf("%w：第一位拆的不是封箱的这批票", ErrRefused)
	}
	tally, err := t.Open(p, pair, list.Items, c.N, list.Peeled.Peeled, n.Minimum(), secondRun)
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{
		Bad: tally.Bad, Context: c.Context, Counted: tally.Counted, N: c.N, Pair: pair.String(),
		Peeled: list.Peeled.Peeled, Seat: SeatName(t.Seat), Values: tally.Values,
	}
	out.Signature = t.Sign(SaysResult, c.Context, signed(out))
	return out, nil
}

// Book is what a trustee's tool remembers of a poll beside the seed
// (state.json), so that nobody gets a second batch opened and learns the
// difference between the two.
type Book struct {
	Context Hash            `json:"context"`
	Batch   Hash            `json:"batch"`
	Pair    Pair            `json:"pair"`
	Lists   map[string]Hash `json:"lists,omitempty"` // that were opened, by pair
}

// Admit notes a batch and its main pair, or refuses another than the noted.
func (b *Book) Admit(c Commitment) error {
	switch {
	case b.Context == Hash{}:
		b.Context, b.Batch, b.Pair = c.Context, c.Batch, c.Pair
		return nil
	case b.Context != c.Context:
		return fmt.Errorf("%w：这个目录是另一次表决的", ErrRefused)
	case b.Batch != c.Batch && !broken("second-batch"):
		return fmt.Errorf("%w：这次表决已经处理过另一批票，不能再处理第二批", ErrRefused)
	case b.Pair != c.Pair && !broken("pair"):
		return fmt.Errorf("%w：封箱时定的是 %s，不能换成 %s", ErrRefused, b.Pair, c.Pair)
	}
	return nil
}

// AdmitList notes the list of a pair that is opened, or refuses another than the
// noted. Lists of two pairs are opened only where the definition asks for all.
func (b *Book) AdmitList(pair string, h Hash, allPairs bool) error {
	for noted, list := range b.Lists {
		if noted == pair && list != h || noted != pair && !allPairs {
			return fmt.Errorf("%w：这次表决已经开过另一份名单", ErrRefused)
		}
	}
	if b.Lists == nil {
		b.Lists = map[string]Hash{}
	}
	b.Lists[pair] = h
	return nil
}
