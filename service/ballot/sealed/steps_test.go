package sealed

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cunwu/service/record"
)

var fixedTime = time.UnixMilli(1_790_000_000_000)

const testDefinition = `{"id":"p1","kind":"yes_no","max_choices":1,"options":[{"id":"yes","label":"赞成"},{"id":"no","label":"反对"},{"id":"abstain","label":"弃权"}],"question":"是否修路？","revote":true,"sealed":true}`

// opened is an open poll as its notice says it, with the keepers' keys.
type opened struct {
	*house
	notice Notice
}

func newOpened(t testing.TB) *opened {
	t.Helper()
	n := Notice{Definition: json.RawMessage(testDefinition)}
	digest, err := n.Digest()
	if err != nil {
		t.Fatal(err)
	}
	o := &opened{house: &house{t: t}, notice: n}
	for seat := range o.trustees {
		if o.trustees[seat], err = NewTrustee(seat, randomBytes(SeedSize), digest); err != nil {
			t.Fatal(err)
		}
		st := o.trustees[seat].Statement(digest)
		if err := st.Check(digest); err != nil {
			t.Fatal(err)
		}
		o.notice.Trustees = append(o.notice.Trustees, Keys{Box: st.Box, Seat: st.Seat, Sign: st.Sign})
	}
	o.notice.Roll, o.notice.RollSize = strings.Repeat("ab", 32), 40
	if o.poll, err = o.notice.Poll(); err != nil {
		t.Fatal(err)
	}
	return o
}

// closed gives rows and commitment of a box of ballots.
func (o *opened) closed(batch [][]byte) ([]Row, Commitment) {
	rows := make([]Row, len(batch))
	for i, b := range batch {
		rows[i] = Row{Pseudo: Pseudonym(randomBytes(16), fmt.Sprint(i)), N: 1, Tracker: Tracker(b), Ballot: b}
	}
	return rows, Commitment{
		ID: "p1", Region: "510821102200", Context: o.poll.Context(), Box: o.poll.Commit(KindBox, batch),
		Batch: o.poll.Commit(KindBatch, batch), Rows: o.poll.CommitRows(rows), Casts: len(batch), N: len(batch), Marked: len(batch), Pair: AC,
	}
}

func TestSteps_FromRowsToResult(t *testing.T) {
	t.Parallel()
	o := newOpened(t)
	rows, c := o.closed(o.box(4, 3, 2))
	list, err := o.trustees[0].PeelRows(o.poll, c, AC, rows, LeastBallots)
	if err != nil {
		t.Fatal(err)
	}
	out, err := o.trustees[2].OpenList(o.notice, c, list, false)
	if err != nil || out.Counted != 9 || out.Values[0][1] != 4 {
		t.Fatalf("%+v %v", out, err)
	}
	if err := errors.Join(o.notice.CheckPeeled(list.Peeled), o.notice.CheckOutcome(out)); err != nil {
		t.Error(err)
	}
	out.Values[0][1]++
	if o.notice.CheckOutcome(out) == nil {
		t.Error("a changed count passes")
	}
}

func TestSecondBatchesAreRefused(t *testing.T) {
	t.Parallel()
	o := newOpened(t)
	batch := o.box(4, 3, 2)
	_, c := o.closed(batch)
	_, fewer := o.closed(batch[1:])
	var b Book
	if err := errors.Join(b.Admit(c), b.Admit(c)); err != nil {
		t.Error(err)
	}
	if err := b.Admit(fewer); !errors.Is(err, ErrRefused) {
		t.Error(err)
	}
	if err := errors.Join(b.AdmitList("AC", Hash{1}, false), b.AdmitList("AC", Hash{1}, false)); err != nil {
		t.Error(err)
	}
	for _, other := range []struct {
		pair string
		list Hash
		all  bool
	}{{"AC", Hash{2}, false}, {"AC", Hash{2}, true}, {"BC", Hash{2}, false}, {"BC", Hash{1}, false}} {
		if err := b.AdmitList(other.pair, other.list, other.all); !errors.Is(err, ErrRefused) {
			t.Errorf("%+v: %v", other, err)
		}
	}
	if err := b.AdmitList("BC", Hash{2}, true); err != nil {
		t.Error("all pairs were asked for:", err)
	}
}

func TestChangedPairsAreRefused(t *testing.T) {
	t.Parallel()
	o := newOpened(t)
	rows, c := o.closed(o.box(4, 3, 2))
	if _, err := o.trustees[0].PeelRows(o.poll, c, AB, rows, LeastBallots); !errors.Is(err, ErrRefused) {
		t.Error(err)
	}
	var b Book
	if err := b.Admit(c); err != nil {
		t.Error(err)
	}
	c.Pair = AB
	if err := b.Admit(c); !errors.Is(err, ErrRefused) {
		t.Error(err)
	}
	c.Pair, c.Reserve = AC, []Pair{AB} // fixed beforehand
	if _, err := o.trustees[0].PeelRows(o.poll, c, AB, rows, LeastBallots); err != nil {
		t.Error(err)
	}
}

func TestWrongNumbersAreRefused(t *testing.T) {
	t.Parallel()
	o := newOpened(t)
	rows, c := o.closed(o.box(4, 3, 2))
	for name, change := range map[string]func(*Commitment){
		"somebody marked who has no ballot": func(c *Commitment) { c.Marked++ },
		"a paper too many":                  func(c *Commitment) { c.Paper++ },
		"a cast too many":                   func(c *Commitment) { c.Casts++ },
	} {
		other := c
		change(&other)
		if _, err := o.trustees[0].PeelRows(o.poll, other, AC, rows, LeastBallots); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestForgedListsAreRefused(t *testing.T) {
	t.Parallel()
	o := newOpened(t)
	rows, c := o.closed(o.box(4, 3, 2))
	list, err := o.trustees[0].PeelRows(o.poll, c, AC, rows, LeastBallots)
	if err != nil {
		t.Fatal(err)
	}
	stranger := newOpened(t)
	forged := list.Peeled
	forged.Signature = nil
	forged.Signature = stranger.trustees[0].Sign(SaysPeeled, forged.Context, signed(forged))
	if _, err := o.trustees[2].OpenList(o.notice, c, PeeledList{list.Items, forged}, false); !errors.Is(err, ErrRefused) {
		t.Error(err)
	}
}

// A ballot that holds another choice for each pair, by a client of one's own,
// and a lying peeler: both show where all three pairs are opened, and only there.
func TestPairsThatDiffer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	batch := h.box(4, 2, 2)
	all := func(batches map[Pair][][]byte) map[Pair]Tally {
		out := map[Pair]Tally{}
		for pair, b := range batches {
			out[pair] = h.count(pair, b)
		}
		return out
	}
	same := all(map[Pair][][]byte{AB: batch, AC: batch, BC: batch})
	if err := Agree(same); err != nil {
		t.Error(err)
	}
	delete(same, BC)
	if err := Agree(same); !errors.Is(err, ErrRefused) {
		t.Errorf("two pairs are enough: %v", err)
	}
	two := slices.Concat(h.seal(1, 0, 0)[:1+2*outerSize], h.seal(0, 1, 0)[1+2*outerSize:])
	faces := append(slices.Clone(batch), two)
	if err := Agree(all(map[Pair][][]byte{AB: faces, AC: faces, BC: faces})); !errors.Is(err, ErrRefused) {
		t.Errorf("two faces: %v", err)
	}
	lie := slices.Clone(batch)
	lie[0] = h.seal(0, 1, 0)
	if err := Agree(all(map[Pair][][]byte{AB: lie, AC: lie, BC: batch})); !errors.Is(err, ErrRefused) {
		t.Errorf("a liar: %v", err)
	}
}

func TestPaper(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		seed := rapid.SliceOfN(rapid.Byte(), SeedSize, SeedSize).Draw(r, "seed")
		definition := [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(r, "definition"))
		seat := rapid.IntRange(0, 2).Draw(r, "seat")
		paper := Paper(seat, definition, seed)
		got, err := ReadPaper(seat, definition, "  "+strings.ToLower(paper)+"\n")
		if err != nil || !slices.Equal(got, seed) {
			r.Fatal(err)
		}
		if _, err := ReadPaper((seat+1)%3, definition, paper); !errors.Is(err, ErrFile) {
			r.Fatal("another seat's paper passes")
		}
		letters := []byte(strings.ReplaceAll(strings.ReplaceAll(paper, " ", ""), "\n", ""))
		at := rapid.IntRange(0, len(letters)-1).Draw(r, "at")
		letters[at] = map[bool]byte{true: 'B', false: 'A'}[letters[at] == 'A']
		if _, err := ReadPaper(seat, definition, string(letters)); !errors.Is(err, ErrFile) {
			r.Fatal("a typing error passes")
		}
	})
}

func TestNotice_BindsEverything(t *testing.T) {
	t.Parallel()
	o := newOpened(t)
	context := o.poll.Context()
	spaced := o.notice
	spaced.Definition = json.RawMessage(strings.Replace(testDefinition, `,"kind"`, ",\n  \"kind\"", 1))
	if p, err := spaced.Poll(); err != nil || p.Context() != context {
		t.Error("white space matters")
	}
	for name, change := range map[string]func(*Notice){
		"question": func(n *Notice) {
			n.Definition = json.RawMessage(strings.Replace(testDefinition, "修路", "修桥", 1))
		},
		"roll": func(n *Notice) { n.Roll = strings.Repeat("ac", 32) },
		"size": func(n *Notice) { n.RollSize++ },
		"box key": func(n *Notice) {
			n.Trustees = slices.Clone(n.Trustees)
			n.Trustees[1].Box = newOpened(t).trustees[1].Key()
		},
		"sign key": func(n *Notice) {
			n.Trustees = slices.Clone(n.Trustees)
			n.Trustees[1].Sign = newOpened(t).trustees[1].SignKey()
		},
	} {
		n := o.notice
		change(&n)
		if p, err := n.Poll(); err != nil || p.Context() == context {
			t.Errorf("%s does not matter: %v", name, err)
		}
	}
}

func TestCommitment_Reads(t *testing.T) {
	t.Parallel()
	_, c := newOpened(t).closed(newHouse(t).box(2, 2, 2))
	c.Reserve = []Pair{AB, BC}
	raw, err := c.Leaf().Canonical(fixedTime)
	if err != nil {
		t.Fatal(err)
	}
	l, _, err := record.ReadLeaf(raw)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadCommitment(l)
	if err != nil || fmt.Sprint(got) != fmt.Sprint(c) {
		t.Errorf("%+v %v", got, err)
	}
	for name := range l.Facts {
		missing, _, _ := record.ReadLeaf(raw)
		delete(missing.Facts, name)
		if _, err := ReadCommitment(missing); !errors.Is(err, ErrFile) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

func FuzzReadNotice(f *testing.F) {
	f.Add([]byte(`{"definition":` + testDefinition + `}`))
	f.Add([]byte(`{"definition":{"options":[1e400]}}`))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		n, err := ReadNotice(raw)
		if err != nil {
			return
		}
		if p, err := n.Bounds(); err == nil {
			_ = p.ValidFrame(make([]byte, FrameSize))
		}
		_, _ = n.Poll()
	})
}

func FuzzReadPaper(f *testing.F) {
	f.Add("AAAA BBBB")
	f.Fuzz(func(t *testing.T, typed string) {
		if seed, err := ReadPaper(0, [32]byte{}, typed); err == nil && len(seed) != SeedSize {
			t.Error(len(seed))
		}
	})
}
