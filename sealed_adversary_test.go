package main

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"math"
	mathrand "math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"cunwu/service/ballot/sealed"
)

const (
	adversaryPolls  = 10
	adversaryVoters = 50
)

// adversary holds the database, the published counts, one keeper's key, and, if
// that is the second of the pair, the list that the first handed on. It guesses
// each voter's choice.
type adversary struct {
	t     *testing.T
	rng   *mathrand.Rand
	right map[string]int // by what it has
	asked map[string]int
}

// take counts the guesses that are right; -1 is a guess not to be had, for which
// a coin is thrown. Choices are 0 (yes) and 1 (no), as many of each, so that the
// published counts are of no help.
func (a *adversary) take(name string, guesses, truth []int) {
	for i, g := range guesses {
		if g < 0 {
			g = a.rng.IntN(2)
		}
		a.asked[name]++
		if g == truth[i] {
			a.right[name]++
		}
	}
}

func (a *adversary) share(name string) float64 {
	return float64(a.right[name]) / float64(a.asked[name])
}

// boxOf reads voter by voter, in the order of the roll, what is stored.
func boxOf(t *testing.T, db *sql.DB, path string) [][]byte {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT s.body FROM ballot_sealed s JOIN ballots b ON b.number = s.ballot WHERE b.id = ? ORDER BY s.voter",
		path[strings.LastIndexByte(path, '/')+1:])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }() // read to the end
	var out [][]byte
	for rows.Next() {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// peelOne opens the outer layer of one ballot with A's key: what the holder of
// that key can do whatever the tool refuses.
func peelOne(p *sealed.Poll, a *sealed.Trustee, b []byte) []byte {
	one := [][]byte{b}
	got, err := a.Peel(p, sealed.AC, one, p.Commit(sealed.KindBatch, one), 1)
	if err != nil || len(got) != 1 {
		return nil
	}
	return got[0]
}

// openOne opens one inner envelope with a keeper's key, whatever seat the tool is
// for: 0, 1, or -1.
func openOne(p *sealed.Poll, key *sealed.Trustee, pair sealed.Pair, inner []byte) int {
	tool := *key
	tool.Seat = pair.Second()
	one := [][]byte{inner}
	got, err := tool.Open(p, pair, one, 1, p.Commit(sealed.KindPeeled, one), 1, true)
	if err != nil || got.Counted != 1 {
		return -1
	}
	return slices.IndexFunc(got.Values, func(v []int) bool { return v[1] == 1 })
}

// alone tries one key on every layer and part of a stored ballot.
func alone(p *sealed.Poll, key *sealed.Trustee, b []byte) int {
	for pair := sealed.AB; pair <= sealed.BC; pair++ {
		part := b[1+int(pair)*128 : 1+(int(pair)+1)*128]
		tool := *key
		tool.Seat = pair.First()
		one := [][]byte{b}
		pieces := [][]byte{part, part[:80], part[48:]}
		if got, err := tool.Peel(p, pair, one, p.Commit(sealed.KindBatch, one), 1); err == nil {
			pieces = append(pieces, got...)
		}
		for _, piece := range pieces {
			for as := sealed.AB; as <= sealed.BC; as++ {
				if choice := openOne(p, key, as, piece); choice >= 0 {
					return choice
				}
			}
		}
	}
	return -1
}

// TestSealed_Adversary: with database and one key choices are guessed no better
// than by a coin, and each broken variant gives all of them away.
func TestSealed_Adversary(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("500 casts")
	}
	cfg := testConfig(t, tempData(t))
	h := start(t, cfg).hall(adversaryVoters)
	keepers := h.keepers()
	behind := openBehind(t, cfg.DatabaseURL)
	a := &adversary{t: t, rng: mathrand.New(mathrand.NewPCG(1, 2)), right: map[string]int{}, asked: map[string]int{}} //nolint:gosec // a coin
	var after []func()
	for range adversaryPolls {
		path := h.draftSealed(keepers)
		tools, n, poll := h.giveKeys(t, path, keepers)
		truth := h.secretly(t, path, poll, a.rng, behind)
		after = append(after, func() {
			h.openSealed(t, path, n, poll, tools, keepers)
			a.attack(poll, tools, boxOf(t, behind, path), truth)
			a.dictionary(behind, poll, truth)
		})
	}
	h.moveTo(h.clock.Now().Add(121 * time.Minute))
	for _, f := range after {
		f()
	}
	// Five standard deviations: chance alone passes it once in millions of runs, and
	// what links at all links nearly everybody.
	limit := 0.5 + 5*math.Sqrt(0.25/(adversaryPolls*adversaryVoters))
	for _, name := range []string{"no key", "A", "B", "C", "C with the peeled list", "dictionary"} {
		if a.asked[name] != adversaryPolls*adversaryVoters || a.share(name) > limit {
			t.Errorf("%s: %d guesses, %.3f right, limit %.3f", name, a.asked[name], a.share(name), limit)
		}
		t.Logf("%s: %.3f of %d", name, a.share(name), a.asked[name])
	}
	for _, name := range []string{"A and C", "broken: not sorted", "broken: rows stored", "broken: plain fingerprint"} {
		if a.share(name) != 1 {
			t.Errorf("%s: only %.3f: the adversary is too weak for this test to mean anything", name, a.share(name))
		}
	}
}

// secretly has everybody vote, half of them sealed on the phone, and gives the
// choices in the order of the roll.
func (h *hall) secretly(t *testing.T, path string, poll *sealed.Poll, rng *mathrand.Rand, behind *sql.DB) []int {
	t.Helper()
	choices := rng.Perm(adversaryVoters)
	byTracker := map[string]int{}
	for i := range choices {
		choices[i] %= 2
		values := []byte{0, 0, 0}
		values[choices[i]] = 1
		frame, err := poll.Frame(values)
		if err != nil {
			t.Fatal(err)
		}
		var r reply
		if i%2 == 0 {
			b, err := poll.Seal(frame)
			if err != nil {
				t.Fatal(err)
			}
			r = h.voters[i].post(path+"/casts", obj{"ballot": b}, "Idempotency-Key", "one")
		} else {
			r = h.voters[i].do(http.MethodPost, path+"/casts/plain", strings.NewReader(base64.StdEncoding.EncodeToString(frame)), map[string]string{"Idempotency-Key": "one"})
		}
		byTracker[r.want(http.StatusOK).str("tracker")] = choices[i]
	}
	box := boxOf(t, behind, path)
	if len(box) != adversaryVoters {
		t.Fatalf("%d in the box", len(box))
	}
	out := make([]int, len(box))
	for i, b := range box {
		out[i] = byTracker[sealed.TrackerText(sealed.Tracker(b))]
	}
	return out
}

func (a *adversary) attack(p *sealed.Poll, tools [sealed.Seats]*sealed.Trustee, box [][]byte, truth []int) {
	a.take("no key", slices.Repeat([]int{-1}, len(box)), truth)
	for seat, tool := range tools {
		guesses := make([]int, len(box))
		for i, b := range box {
			guesses[i] = alone(p, tool, b)
		}
		a.take(sealed.SeatName(seat), guesses, truth)
	}
	inner := make([][]byte, len(box))
	for i, b := range box {
		inner[i] = peelOne(p, tools[0], b)
	}
	peeled := slices.Clone(inner)
	slices.SortFunc(peeled, bytes.Compare)
	open := func(list [][]byte) []int {
		out := make([]int, len(list))
		for i, c := range list {
			out[i] = openOne(p, tools[2], sealed.AC, c)
		}
		return out
	}
	a.take("C with the peeled list", open(peeled), truth) // by place, which is all there is
	a.take("A and C", open(inner), truth)                 // two keepers: everything, and we say so
	a.take("broken: not sorted", open(inner), truth)      // the list in the order of the roll
	// Opened rows kept by the server in the list's order, and A's key.
	stored := open(peeled)
	guesses := make([]int, len(box))
	for i, c := range inner {
		guesses[i] = stored[slices.IndexFunc(peeled, func(x []byte) bool { return bytes.Equal(x, c) })]
	}
	a.take("broken: rows stored", guesses, truth)
}

// dictionary looks for the hash of a choice among the fingerprints of requests.
func (a *adversary) dictionary(db *sql.DB, p *sealed.Poll, truth []int) {
	words := map[string]int{}
	hashes := make([][]byte, 2)
	for option := range 2 {
		values := []byte{0, 0, 0}
		values[option] = 1
		frame, err := p.Frame(values)
		if err != nil {
			a.t.Fatal(err)
		}
		text := []byte(base64.StdEncoding.EncodeToString(frame))
		for _, body := range [][]byte{frame, text, []byte(`{"choices":["` + []string{"yes", "no"}[option] + `"]}`)} {
			sum := sha256.Sum256(body)
			words[string(sum[:])] = option
			hashes[option] = sum[:]
		}
	}
	rows, err := db.QueryContext(a.t.Context(), "SELECT digest FROM receipts")
	if err != nil {
		a.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }() // read to the end
	seen := 0
	guesses := slices.Repeat([]int{-1}, len(truth))
	for rows.Next() {
		var digest []byte
		if err := rows.Scan(&digest); err != nil {
			a.t.Fatal(err)
		}
		if _, hit := words[string(digest)]; hit {
			copy(guesses, truth) // grant it whose receipt that is
		}
		seen++
	}
	if err := rows.Err(); err != nil || seen < adversaryVoters {
		a.t.Fatal(seen, err)
	}
	a.take("dictionary", guesses, truth)
	for i, choice := range truth { // had the fingerprint been that of the body
		guesses[i] = words[string(hashes[choice])]
	}
	a.take("broken: plain fingerprint", guesses, truth)
}
