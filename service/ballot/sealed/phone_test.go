package sealed

import (
	"encoding/hex"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// phone runs the bundle that phones load, in a context without WebCrypto,
// TextEncoder and BigInt.
func phone(t *testing.T, args ...string) []string {
	t.Helper()
	return phoneOf(t, "", args...)
}

// phoneOf is phone with another bundle.
func phoneOf(t *testing.T, bundle string, args ...string) []string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("NOT TESTED: node is not installed, so the phone's side of sealed ballots was not run")
	}
	cmd := exec.CommandContext(t.Context(), node, append([]string{"../../../client/seal/cli.mjs"}, args...)...) //nolint:gosec // a fixed program
	cmd.Env = append(os.Environ(), "CUNWU_SEAL_BUNDLE="+bundle)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

func hexOf(b ...[]byte) string { return hex.EncodeToString(slices.Concat(b...)) }

// What phones seal, all three pairs of trustees open, and it says what was
// chosen; the phone gives the tracker that the server gives.
func TestPhone_SealsWhatTrusteesOpen(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var args []string
	want := []int{0, 0, 0}
	for i := range 40 {
		values := []byte{0, 0, 0}
		values[i*i%3], want[i*i%3] = 1, want[i*i%3]+1
		args = append(args, hexOf(values))
	}
	args = append(args, hexOf([]byte{1, 1, 0})) // a client that does not keep to the rules
	var batch [][]byte
	for _, line := range phone(t, append([]string{"seal", hexOf(h.poll.Definition[:]), hexOf(h.poll.Keys[0], h.poll.Keys[1], h.poll.Keys[2])}, args...)...) {
		text, tracker, _ := strings.Cut(line, " ")
		b, err := hex.DecodeString(text)
		if err != nil || len(b) != BallotSize {
			t.Fatalf("%d bytes: %v", len(b), err)
		}
		if TrackerText(Tracker(b)) != tracker {
			t.Fatalf("the phone shows tracker %s, the server %s", tracker, TrackerText(Tracker(b)))
		}
		batch = append(batch, b)
	}
	batch = append(batch, h.box(2, 1, 0)...) // and what the server sealed beside them
	for pair := AB; pair <= BC; pair++ {
		got := h.count(pair, batch)
		if got.Counted != 43 || got.Bad != 1 || !slices.Equal(yeses(got), []int{want[0] + 2, want[1] + 1, want[2]}) {
			t.Errorf("pair %d: %+v, want %v", pair, got, want)
		}
	}
}

func TestPhone_KnownAnswer(t *testing.T) {
	t.Parallel()
	if got := phone(t, "self-test"); !slices.Equal(got, []string{"true"}) { // RFC 9180, A.2.1
		t.Error(got)
	}
}

// Without randomness that can be trusted, or with a key that cannot, a phone
// seals nothing.
func TestPhone_Refuses(t *testing.T) {
	t.Parallel()
	for _, line := range phone(t, "refuse") {
		if !strings.HasSuffix(line, ": refused") {
			t.Error(line)
		}
	}
}

// A trustee's offline page opens the outer layer of what Go sealed.
func TestPhone_PeelsWhatServersSeal(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	secret, err := h.trustees[0].box.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	ballot := h.seal(1, 0, 0)
	got := phone(t, "open", hexOf(secret), hexOf(h.poll.Keys[0]), hexOf(h.poll.info(AB, outerLayer)), hexOf(ballot[1:1+outerSize]))
	inner, err := hex.DecodeString(got[0])
	if err != nil || len(inner) != innerSize {
		t.Errorf("%s", got[0])
	}
	wrong := phone(t, "open", hexOf(secret), hexOf(h.poll.Keys[0]), hexOf(h.poll.info(AC, outerLayer)), hexOf(ballot[1:1+outerSize]))
	if wrong[0] != "shut" {
		t.Error("another pair's place opens")
	}
}
