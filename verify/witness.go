package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Witness cosigns checkpoints of one log that contain all it cosigned before
// (c2sp.org/tlog-witness). What it cosigned is on disk before anybody learns of
// the signature, so it can never be made to cosign two histories. It is safe
// for concurrent use, by one process: two with the same folder are not.
type Witness struct {
	folder string
	key    note.Verifier
	cosign *Cosigner
	now    func() time.Time

	mu   sync.Mutex
	last Checkpoint
}

// NewWitness makes a witness of the log with a verifier line. It remembers in a
// folder what it cosigned.
func NewWitness(ctx context.Context, line, folder string, c *Cosigner, now func() time.Time) (*Witness, error) {
	key, err := note.NewVerifier(strings.TrimSpace(line))
	if err != nil {
		return nil, fmt.Errorf("verify: the log's verifier line: %w", err)
	}
	if folder == "" {
		return nil, errors.New("verify: a witness needs a folder to remember in")
	}
	s, err := loadState(ctx, folder)
	if err != nil {
		return nil, err
	}
	if s.checkpoint.Raw != nil && s.checkpoint.Origin != key.Name() {
		return nil, fmt.Errorf("verify: the folder belongs to the log %s", s.checkpoint.Origin)
	}
	return &Witness{folder: folder, key: key, cosign: c, now: now, last: s.checkpoint}, nil
}

// WitnessKey finds the verifier line of the log: the one given, the one
// remembered in the folder, or that of the site, which is then remembered and
// reported as first use.
func WitnessKey(ctx context.Context, line, folder string, s Source) (key string, first bool, err error) {
	known, err := loadState(ctx, folder)
	switch {
	case err != nil:
		return "", false, err
	case line != "" && known.key != "" && line != known.key:
		return "", false, fmt.Errorf("verify: the folder remembers another key: %s", known.key)
	case line == "" && known.key != "":
		return known.key, false, nil
	case line == "" && s == nil:
		return "", false, errors.New("verify: a witness needs the log's key, or its address")
	case line == "":
		raw, err := read(ctx, s, "key")
		if err != nil {
			return "", false, err
		}
		offered := keyLines(raw)
		if len(offered) == 0 {
			return "", false, errors.New("verify: the site offers no key")
		}
		line, first = offered[0], true
	}
	return line, first, put(folder, "key", strings.NewReader(line+"\n"))
}

// refusal is why a checkpoint is not cosigned, as HTTP says it.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return fmt.Sprintf("%d %s", r.status, r.text) }

// conflict tells the size that the next proof has to begin with.
func (w *Witness) conflict() *refusal {
	return &refusal{http.StatusConflict, strconv.FormatInt(w.last.N, 10)}
}

// mostRequest bounds a request: 63 proof lines and a checkpoint.
const mostRequest = 64 << 10

// ServeHTTP is POST /add-checkpoint.
func (w *Witness) ServeHTTP(res http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.URL.Path != "/add-checkpoint" {
		http.NotFound(res, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(res, r.Body, mostRequest))
	if err != nil {
		http.Error(res, "too long", http.StatusRequestEntityTooLarge)
		return
	}
	line, err := w.add(body)
	if refused := (*refusal)(nil); errors.As(err, &refused) {
		res.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if refused.status == http.StatusConflict {
			res.Header().Set("Content-Type", "text/x.tlog.size")
		}
		res.WriteHeader(refused.status)
		_, _ = io.WriteString(res, refused.text+"\n") // the client went away: nothing to do about it
		return
	}
	if err != nil {
		http.Error(res, "cannot remember", http.StatusInternalServerError)
		return
	}
	_, _ = io.WriteString(res, line) // as above
}

// add checks a request and gives the cosignature.
func (w *Witness) add(body []byte) (string, error) {
	head, raw, ok := bytes.Cut(body, []byte("\n\n"))
	if !ok {
		return "", &refusal{http.StatusBadRequest, "no empty line before the checkpoint"}
	}
	old, proof, err := parseProof(string(head))
	if err != nil {
		return "", &refusal{http.StatusBadRequest, err.Error()}
	}
	if _, origin := textOf(raw); origin != w.key.Name() {
		return "", &refusal{http.StatusNotFound, "unknown log"}
	}
	c, err := openCheckpoint(raw, w.key)
	switch {
	case errors.Is(err, errSignature):
		return "", &refusal{http.StatusForbidden, "no signature of the log's key"}
	case err != nil:
		return "", &refusal{http.StatusBadRequest, err.Error()}
	case old > c.N:
		return "", &refusal{http.StatusBadRequest, "the old size is beyond the checkpoint"}
	}
	return w.accept(old, proof, c)
}

// accept compares with what was cosigned last, remembers, and signs: one after
// the other, or a slow request could take the memory back.
func (w *Witness) accept(old int64, proof tlog.TreeProof, c Checkpoint) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case old != w.last.N:
		return "", w.conflict()
	case old == c.N && w.last.Raw != nil && c.Hash != w.last.Hash:
		return "", w.conflict()
	case (old == 0 || old == c.N) && len(proof) > 0:
		return "", &refusal{http.StatusUnprocessableEntity, "a proof where there is nothing to prove"}
	case old > 0 && old < c.N:
		if err := tlog.CheckTree(proof, c.N, c.Hash, old, w.last.Hash); err != nil {
			return "", &refusal{http.StatusUnprocessableEntity, "the proof does not hold"}
		}
	case c.N == 0 && c.Hash != (&frontier{}).root():
		return "", &refusal{http.StatusUnprocessableEntity, "not the root of an empty tree"}
	}
	text, _ := textOf(c.Raw)
	line := w.cosign.Cosign(text, w.now())
	c.Raw = append(bytes.TrimRight(bytes.Clone(c.Raw), "\n"), "\n"+line...)
	if err := put(w.folder, "checkpoint", bytes.NewReader(c.Raw)); err != nil {
		return "", err
	}
	w.last = c
	return line, nil
}

// parseProof reads "old <size>" and the lines of a proof.
func parseProof(head string) (int64, tlog.TreeProof, error) {
	lines := strings.Split(head, "\n")
	digits, ok := strings.CutPrefix(lines[0], "old ")
	old, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || old < 0 || strconv.FormatInt(old, 10) != digits {
		return 0, nil, errors.New("no line of the old size")
	}
	if len(lines) > 64 {
		return 0, nil, errors.New("more than 63 lines of proof")
	}
	proof := make(tlog.TreeProof, 0, len(lines)-1)
	for _, line := range lines[1:] {
		h, err := tlog.ParseHash(line)
		if err != nil {
			return 0, nil, errors.New("a line of the proof is no hash")
		}
		proof = append(proof, h)
	}
	return old, proof, nil
}

// Poll looks at the log itself: it fetches the checkpoint and the tiles that
// prove it, and cosigns. The checkpoint with the cosignature stays in the
// folder. The error says what does not agree.
func (w *Witness) Poll(ctx context.Context, s Source) error {
	raw, err := read(ctx, s, "checkpoint")
	if err != nil {
		return err
	}
	c, err := openCheckpoint(raw, w.key)
	if err != nil {
		return err
	}
	w.mu.Lock()
	last := w.last
	w.mu.Unlock()
	if c.Origin != w.key.Name() || c.N < last.N {
		return fmt.Errorf("记录变短了：见证过 %d 条，现在只有 %d 条", last.N, c.N)
	}
	var proof tlog.TreeProof
	if last.N > 0 && last.N < c.N {
		if proof, err = tlog.ProveTree(c.N, last.N, tlog.TileHashReader(c.Tree, tileReader{ctx, s})); err != nil {
			return fmt.Errorf("从 %d 条到 %d 条的延续无法证明：%w", last.N, c.N, err)
		}
	}
	_, err = w.accept(last.N, proof, c)
	if refused := (*refusal)(nil); errors.As(err, &refused) {
		return fmt.Errorf("不见证：%d 条的检查点不是从见证过的 %d 条延续下来的：%w", c.N, last.N, err)
	}
	return err
}

// Watch polls until the context ends, and logs what it sees.
func (w *Witness) Watch(ctx context.Context, s Source, every time.Duration, log *slog.Logger) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		if err := w.Poll(ctx, s); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "not witnessed", "cause", err)
		} else if err == nil {
			log.InfoContext(ctx, "witnessed", "size", w.Size())
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// Size is that of the tree cosigned last.
func (w *Witness) Size() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last.N
}
