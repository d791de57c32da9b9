package sealed

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const least = 5

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

// house is a poll with its three trustees.
type house struct {
	t        testing.TB
	poll     *Poll
	trustees [Seats]*Trustee
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{t: t, poll: &Poll{Options: 3, Max: 1, Least: 1, Most: 1}}
	copy(h.poll.Definition[:], randomBytes(32))
	for seat := range h.trustees {
		trustee, err := NewTrustee(seat, randomBytes(SeedSize), h.poll.Definition)
		if err != nil {
			t.Fatal(err)
		}
		if err := trustee.Trial(); err != nil {
			t.Fatal(err)
		}
		h.trustees[seat], h.poll.Keys[seat] = trustee, trustee.Key()
	}
	if err := h.poll.Check(); err != nil {
		t.Fatal(err)
	}
	return h
}

// seal seals values, whether the frame is valid or not.
func (h *house) seal(values ...byte) []byte {
	h.t.Helper()
	f := make([]byte, FrameSize)
	f[0], f[1] = formatVersion, byte(h.poll.Options)
	copy(f[2:], values)
	return h.sealFrame(f)
}

func (h *house) sealFrame(f []byte) []byte {
	h.t.Helper()
	b, err := h.poll.seal(f)
	if err != nil {
		h.t.Fatal(err)
	}
	return b
}

// count takes a batch through one pair.
func (h *house) count(pair Pair, batch [][]byte) Tally {
	h.t.Helper()
	inner, err := h.trustees[pair.First()].Peel(h.poll, pair, batch, h.poll.Commit(KindBatch, batch), least)
	if err != nil {
		h.t.Fatal(err)
	}
	tally, err := h.trustees[pair.Second()].Open(h.poll, pair, inner, len(batch), h.poll.Commit(KindPeeled, inner), least, true)
	if err != nil {
		h.t.Fatal(err)
	}
	return tally
}

func (h *house) box(counts ...int) [][]byte {
	var out [][]byte
	for option, n := range counts {
		for range n {
			values := make([]byte, h.poll.Options)
			values[option] = 1
			out = append(out, h.seal(values...))
		}
	}
	return out
}

func yeses(t Tally) []int {
	out := make([]int, len(t.Values))
	for i, v := range t.Values {
		out[i] = v[1]
	}
	return out
}

func TestThreePairsAgree(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	batch := h.box(4, 2, 3)
	for pair := AB; pair <= BC; pair++ {
		got := h.count(pair, batch)
		if got.Counted != 9 || got.Bad != 0 || !slices.Equal(yeses(got), []int{4, 2, 3}) {
			t.Errorf("pair %d: %+v", pair, got)
		}
	}
}

func TestBallot_SizesAndTrackers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a, b := h.seal(1, 0, 0), h.seal(0, 0, 1)
	if len(a) != BallotSize || len(b) != BallotSize || BallotSize != 385 {
		t.Errorf("%d, %d bytes", len(a), len(b))
	}
	if bytes.Equal(a, h.seal(1, 0, 0)) || len(TrackerText(Tracker(a))) != 20 {
		t.Error("two ballots of one choice must differ, and a tracker has 20 characters")
	}
}

// The order in which ballots came does not change a byte of what is handed on.
func TestOrderIsForgotten(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	batch := h.box(3, 3, 3)
	logged := h.poll.Commit(KindBatch, batch)
	one, err := h.trustees[0].Peel(h.poll, AB, batch, logged, least)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(batch)
	two, err := h.trustees[0].Peel(h.poll, AB, batch, logged, least)
	if err != nil || !slices.EqualFunc(one, two, bytes.Equal) {
		t.Errorf("the order leaks: %v", err)
	}
	if !slices.IsSortedFunc(one, bytes.Compare) {
		t.Error("not in byte order")
	}
}

func TestChangedBatchesAreRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	batch := h.box(3, 3, 3)
	logged := h.poll.Commit(KindBatch, batch)
	swapped := slices.Clone(batch)
	swapped[0] = h.seal(0, 1, 0)
	for name, other := range map[string][][]byte{
		"swapped": swapped, "dropped": batch[1:], "added": append(slices.Clone(batch), h.seal(0, 1, 0)),
	} {
		if _, err := h.trustees[0].Peel(h.poll, AB, other, logged, least); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	inner, err := h.trustees[0].Peel(h.poll, AB, batch, logged, least)
	if err != nil {
		t.Fatal(err)
	}
	peeled := h.poll.Commit(KindPeeled, inner)
	other, err := h.trustees[0].Peel(h.poll, AB, swapped, h.poll.Commit(KindBatch, swapped), least)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.trustees[1].Open(h.poll, AB, other, len(batch), peeled, least, false); !errors.Is(err, ErrRefused) {
		t.Errorf("another peeled list: %v", err)
	}
}

func TestCopiesCountOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	batch := h.box(3, 3, 3)
	batch = append(batch, batch[0])
	if got := h.count(AC, batch); got.Counted != 9 || got.Bad != 1 || yeses(got)[0] != 3 {
		t.Errorf("%+v", got)
	}
}

func TestBallotsOfOtherPollsAreBad(t *testing.T) {
	t.Parallel()
	h, other := newHouse(t), newHouse(t)
	other.poll.Keys = h.poll.Keys // the same people, another question
	batch := append(h.box(2, 2, 2), other.seal(1, 0, 0))
	if got := h.count(BC, batch); got.Counted != 6 || got.Bad != 1 {
		t.Errorf("%+v", got)
	}
}

// An envelope opens at its own layer, for its own pair and in nobody else's hands.
func TestLayersAndPairsAreBound(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.seal(1, 0, 0)
	part := func(pair Pair) []byte { return b[1+int(pair)*outerSize : 1+(int(pair)+1)*outerSize] }
	for name, got := range map[string][]byte{
		"the second's key on the outer layer": h.trustees[1].each(h.poll.info(AB, outerLayer), [][]byte{part(AB)})[0],
		"another pair's place":                h.trustees[0].each(h.poll.info(AC, outerLayer), [][]byte{part(AB)})[0],
		"the inner layer's number":            h.trustees[0].each(h.poll.info(AB, innerLayer), [][]byte{part(AB)})[0],
		"C on AB":                             h.trustees[2].each(h.poll.info(AB, outerLayer), [][]byte{part(AB)})[0],
	} {
		if got != nil {
			t.Errorf("%s opens it", name)
		}
	}
	if h.trustees[0].each(h.poll.info(AB, outerLayer), [][]byte{part(AB)})[0] == nil {
		t.Error("the right one does not")
	}
}

// A legal value in the padding would be a mark for a buyer of votes.
func TestMarkedFramesAreInvalid(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	marked := make([]byte, FrameSize)
	marked[0], marked[1], marked[2], marked[FrameSize-1] = formatVersion, 3, 1, 1
	if h.poll.ValidFrame(marked) {
		t.Error("a mark in the padding is valid")
	}
	batch := append(h.box(2, 2, 2), h.sealFrame(marked))
	if got := h.count(AB, batch); got.Counted != 6 || got.Bad != 1 {
		t.Errorf("%+v", got)
	}
}

func TestTwoCrossesAreInvalid(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	batch := append(h.box(2, 2, 2), h.seal(1, 1, 0), h.seal(0, 0, 0))
	if got := h.count(AB, batch); got.Counted != 6 || got.Bad != 2 {
		t.Errorf("%+v", got)
	}
	if _, err := h.poll.Frame([]byte{1, 1, 0}); !errors.Is(err, ErrFrame) {
		t.Errorf("Frame: %v", err)
	}
}

func TestLastCastCounts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first, last := h.seal(1, 0, 0), h.seal(0, 1, 0)
	voter := Pseudonym(randomBytes(16), "roll-1")
	rows := []Row{{voter, 2, Tracker(last), last}, {voter, 1, Tracker(first), first}}
	for range 2 {
		batch, err := Last(rows)
		if err != nil || len(batch) != 1 || !bytes.Equal(batch[0], last) {
			t.Fatalf("%v: not the last", err)
		}
		slices.Reverse(rows)
	}
	if _, err := Last([]Row{{voter, 1, Tracker(first), first}, {voter, 1, Tracker(last), last}}); !errors.Is(err, ErrRefused) {
		t.Errorf("one number twice: %v", err)
	}
	if _, err := Last([]Row{{voter, 1, Tracker(first), last}}); !errors.Is(err, ErrRefused) {
		t.Errorf("another ballot under a tracker: %v", err)
	}
}

func TestKeysThatMustBeRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	zero := *h.poll
	zero.Keys[1] = make([]byte, KeySize)
	if err := zero.Check(); !errors.Is(err, ErrKeys) {
		t.Errorf("a key of low order: %v", err)
	}
	twice := *h.poll
	twice.Keys[2] = twice.Keys[0]
	if err := twice.Check(); !errors.Is(err, ErrKeys) {
		t.Errorf("one trustee twice: %v", err)
	}
}

func TestSeedsThatMustBeRefused(t *testing.T) {
	t.Parallel()
	for name, seed := range map[string][]byte{
		"zeros": make([]byte, SeedSize), "one byte": bytes.Repeat([]byte{7}, SeedSize), "short": randomBytes(16),
	} {
		if _, err := NewTrustee(0, seed, [32]byte{}); !errors.Is(err, ErrKeys) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFewBallotsStayShut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	batch := h.box(2, 1, 1)
	logged := h.poll.Commit(KindBatch, batch)
	if _, err := h.trustees[0].Peel(h.poll, AB, batch, logged, least); !errors.Is(err, ErrRefused) {
		t.Errorf("peel: %v", err)
	}
	inner, err := h.trustees[0].Peel(h.poll, AB, batch, logged, 1)
	if err != nil {
		t.Fatal(err)
	}
	// The second tool does not trust the first.
	if _, err := h.trustees[1].Open(h.poll, AB, inner, len(batch), h.poll.Commit(KindPeeled, inner), least, false); !errors.Is(err, ErrRefused) {
		t.Errorf("open: %v", err)
	}
}

func TestManyLostAskForASecondRun(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	batch := h.box(4, 4, 4)
	for range 3 {
		batch = append(batch, append([]byte{formatVersion}, randomBytes(BallotSize-1)...))
	}
	inner, err := h.trustees[0].Peel(h.poll, AB, batch, h.poll.Commit(KindBatch, batch), least)
	if err != nil {
		t.Fatal(err)
	}
	peeled := h.poll.Commit(KindPeeled, inner)
	if _, err := h.trustees[1].Open(h.poll, AB, inner, len(batch), peeled, least, false); !errors.Is(err, ErrRefused) {
		t.Errorf("three of fifteen lost: %v", err)
	}
	got, err := h.trustees[1].Open(h.poll, AB, inner, len(batch), peeled, least, true)
	if err != nil || got.Counted != 12 || got.Bad != 3 {
		t.Errorf("%+v %v", got, err)
	}
}

// A peeler who lies shows only where all three pairs are opened: two of the
// tallies differ from the third.
func TestThreePairsShowALiar(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	batch := h.box(5, 2, 2)
	lie := slices.Clone(batch)
	lie[0] = h.seal(0, 1, 0) // A swaps a ballot in what it peels
	var tallies []string
	for pair, from := range map[Pair][][]byte{AB: lie, AC: lie, BC: batch} {
		tallies = append(tallies, fmt.Sprint(yeses(h.count(pair, from))))
	}
	slices.Sort(tallies)
	if tallies[0] == tallies[2] {
		t.Errorf("nobody sees it: %v", tallies)
	}
}

func TestStatements(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	context := h.poll.Context()
	sig := h.trustees[0].Sign(SaysPeeled, context, []byte("list"))
	key := h.trustees[0].SignKey()
	if !VerifySaid(key, SaysPeeled, context, []byte("list"), sig) {
		t.Error("the right statement is refused")
	}
	for name, ok := range map[string]bool{
		"another word":    VerifySaid(key, SaysResult, context, []byte("list"), sig),
		"another poll":    VerifySaid(key, SaysPeeled, [32]byte{}, []byte("list"), sig),
		"another subject": VerifySaid(key, SaysPeeled, context, []byte("tsil"), sig),
		"another trustee": VerifySaid(h.trustees[1].SignKey(), SaysPeeled, context, []byte("list"), sig),
		"no key":          VerifySaid(nil, SaysPeeled, context, []byte("list"), sig),
	} {
		if ok {
			t.Errorf("%s is accepted", name)
		}
	}
}

// One seed gives the same keys on a second machine, and others for another poll.
func TestSeedsAreOfOnePoll(t *testing.T) {
	t.Parallel()
	seed := randomBytes(SeedSize)
	key := func(definition byte) []byte {
		trustee, err := NewTrustee(1, seed, [32]byte{definition})
		if err != nil {
			t.Fatal(err)
		}
		return trustee.Key()
	}
	if !bytes.Equal(key(1), key(1)) || bytes.Equal(key(1), key(2)) {
		t.Error("keys do not follow seed and poll")
	}
}

// Whatever people choose, every pair counts the same as the people would.
func TestCount_AgreesWithTheVoters(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		h := newHouse(t)
		h.poll.Options = rapid.IntRange(1, 6).Draw(r, "options")
		h.poll.Max = byte(rapid.IntRange(1, 5).Draw(r, "max"))
		h.poll.Least, h.poll.Most = 0, h.poll.Options
		var batch [][]byte
		want := make([][]int, h.poll.Options)
		for i := range want {
			want[i] = make([]int, h.poll.Max+1)
		}
		for range rapid.IntRange(least, 9).Draw(r, "voters") {
			values := make([]byte, h.poll.Options)
			for i := range values {
				values[i] = byte(rapid.IntRange(0, int(h.poll.Max)).Draw(r, "value"))
				want[i][values[i]]++
			}
			f, err := h.poll.Frame(values)
			if err != nil {
				r.Fatal(err)
			}
			batch = append(batch, h.sealFrame(f))
		}
		pair := Pair(rapid.IntRange(0, 2).Draw(r, "pair"))
		if got := h.count(pair, batch); fmt.Sprint(got.Values) != fmt.Sprint(want) {
			r.Fatalf("%v, want %v", got.Values, want)
		}
	})
}

// How long sealing takes says nothing of the choice: the times of two choices,
// taken in turns, are ranked together (Mann and Whitney), so that a busy machine
// slows both alike.
func TestSealing_TakesTheSameTime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const each = 400
	frames := [2][]byte{}
	for i := range frames {
		values := []byte{0, 0, 0}
		values[2*i] = 1
		var err error
		if frames[i], err = h.poll.Frame(values); err != nil {
			t.Fatal(err)
		}
	}
	type sample struct {
		took   time.Duration
		choice int
	}
	var samples []sample
	for i := range 2 * each {
		choice := (i ^ i>>1) & 1 // none is always the one that comes after the other
		began := time.Now()
		h.sealFrame(frames[choice])
		samples = append(samples, sample{time.Since(began), choice})
	}
	slices.SortFunc(samples, func(a, b sample) int { return cmp.Compare(a.took, b.took) })
	ranks := 0.0
	for i, s := range samples {
		if s.choice == 0 {
			ranks += float64(i + 1)
		}
	}
	mean, deviation := each*(2*each+1)/2.0, math.Sqrt(each*each*(2*each+1)/12.0)
	if z := (ranks - mean) / deviation; math.Abs(z) > 6 {
		t.Errorf("one choice takes longer than the other: %.1f standard deviations", z)
	}
}

func TestCommitments(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a, b := h.seal(1, 0, 0), h.seal(0, 1, 0)
	one := h.poll.Commit(KindBox, [][]byte{a, b})
	if one != h.poll.Commit(KindBox, [][]byte{b, a}) {
		t.Error("order matters")
	}
	if one == h.poll.Commit(KindBatch, [][]byte{a, b}) || one == h.poll.Commit(KindBox, [][]byte{a}) || one == newHouse(t).poll.Commit(KindBox, [][]byte{a, b}) {
		t.Error("kind, items or poll do not matter")
	}
	rows := []Row{{N: 1, Tracker: Tracker(a)}, {N: 2, Tracker: Tracker(b)}}
	before := h.poll.CommitRows(rows)
	rows[1].N = 3
	if before == h.poll.CommitRows(rows) {
		t.Error("the number of casts does not matter")
	}
}
