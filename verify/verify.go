// Package verify checks a public record from outside: it needs the address of a
// site, or a folder that was saved of one, and a public key, and believes
// nothing else. It holds the verifier, the mirror and the witness.
//
// Invariants: nothing is compared before it is proven to be in the log; a
// checkpoint is remembered only after everything under it was consistent with
// the one remembered before; memory grows with the number of public things
// only, at about 80 bytes each.
package verify

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"cunwu/service/record"
)

// Code says what kind of thing does not agree. The texts are for scripts.
type Code string

// Codes of findings.
const (
	Signature  Code = "signature"  // the checkpoint is not signed with the known key
	Rollback   Code = "rollback"   // the log is shorter than it was
	Fork       Code = "fork"       // the log does not contain the log that was seen before
	Tree       Code = "tree"       // the entries do not give the signed root
	Tile       Code = "tile"       // a served tile differs from the entries
	Entry      Code = "entry"      // an entry cannot be read, or is not there
	Time       Code = "time"       // an entry is earlier than the one before it
	Changed    Code = "changed"    // the site shows something else than was recorded
	Missing    Code = "missing"    // what was recorded is not shown
	Extra      Code = "extra"      // what is shown was not recorded
	Export     Code = "export"     // a line of the digest export cannot be read
	Content    Code = "content"    // a posting's text does not give its recorded digest
	Attachment Code = "attachment" // an attachment is not the recorded one
	Mirror     Code = "mirror"     // a saved tile differs from the one served now
	Database   Code = "database"   // the database does not agree with the log
	Ballot     Code = "ballot"     // a ballot's definition, roll, casts or result is not the recorded one, or counts differently
)

// Finding is one thing that does not agree.
type Finding struct {
	Code    Code
	Subject string // what it is about: an id, an index, a file
	Text    string // what the log says and what the site says, in plain words
}

// String is the line that is printed.
func (f Finding) String() string { return string(f.Code) + " " + f.Subject + "：" + f.Text }

// mostFindings bounds a report; how many more there were is counted.
const mostFindings = 1000

// Report is the outcome of a run.
type Report struct {
	Findings  []Finding
	More      int // findings that are not listed
	Origin    string
	Size      int64
	Root      string // base64
	Before    int64  // size of the checkpoint remembered before, 0 for none
	Key       string // the verifier line that was used
	FirstUse  bool   // the key was taken from the site itself and is pinned now
	Rotated   bool   // the site has a new key, handed over by the old one
	Entries   int64  // entries read
	Things    int    // of them, what the site must show
	Read      int    // postings read in full
	Closed    int    // postings not open to strangers, so not read
	Last      time.Time
	SM2       bool      // the checkpoint bears a valid second signature by SM2
	Ballots   []Recount // ballots that were counted again
	Uncounted int       // certified ballots that were not, because there are too many

	mu sync.Mutex // over Findings and More: tiles are fetched, and compared with the mirror, several at once
}

// OK reports whether everything agreed.
func (r *Report) OK() bool { return len(r.Findings) == 0 }

func (r *Report) find(code Code, subject, format string, a ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.Findings) >= mostFindings {
		r.More++
		return
	}
	r.Findings = append(r.Findings, Finding{code, subject, fmt.Sprintf(format, a...)})
}

// All is Options.Deep for every posting.
const All = -1

// autoDeep is how many postings are read in full where nothing else is asked.
const autoDeep = 2000

// Options say what to check. Source is required.
type Options struct {
	Source Source
	Key    string // the verifier line; "": the one pinned in State, or trust on first use
	State  string // folder that remembers key and checkpoint; "" for none
	Save   string // folder to save a mirror to; "" for none
	// Quick reads only the entries that are new since the remembered
	// checkpoint. Changed bytes of older entries are then not noticed, only
	// changes of the tree.
	Quick bool
	// Deep is how many postings to read in full: All, or a number; 0 is none.
	// Auto reads all where there are fewer than 2,000.
	Deep int
	Auto bool
	// Settle is how long to wait for a checkpoint that covers what the site
	// shows already. 0: no wait.
	Settle time.Duration
	// Auditor has the database at hand; nil for none.
	Auditor Auditor
}

// run is one verification.
type run struct {
	Options
	r       Report
	state   state
	keys    []note.Verifier // accepted: the pinned key, and the site's if handed over
	line    string          // verifier line of the pinned key
	offered []string        // verifier lines that the site offers
	sm2     []note.Verifier // SM2 keys that the site names
	second  []string        // and their lines
	now     Checkpoint
	walk    walk
	deep    []int64 // indexes of publications to read in full
}

// Verify checks a log. The error says that something could not be fetched or
// written; what does not agree is in the report.
func Verify(ctx context.Context, o Options) (*Report, error) {
	v := &run{Options: o}
	var err error
	if v.state, err = loadState(ctx, o.State); err != nil {
		return nil, err
	}
	if o.Save != "" {
		v.Source = keeper{Source: o.Source, folder: o.Save, differ: func(name string) {
			v.r.find(Mirror, name, "现在提供的与以前保存的镜像不同")
		}}
	}
	err = v.verify(ctx)
	v.r.Origin, v.r.Size, v.r.Root = v.now.Origin, v.now.N, base64.StdEncoding.EncodeToString(v.now.Hash[:])
	v.r.Key, v.r.Entries, v.r.Things, v.r.Last = v.line, v.walk.read, len(v.walk.ledger.entries), v.walk.last
	return &v.r, err
}

var errStop = errors.New("nothing further can be checked")

func (v *run) verify(ctx context.Context) error {
	if err := v.begin(ctx); err != nil {
		return stopped(err)
	}
	first := v.now.N
	digests, err := spool(ctx, v.Source)
	if err != nil {
		return err
	}
	defer digests.close()
	if err := v.renew(ctx); err != nil {
		return stopped(err)
	}
	if err := v.follow(ctx); err != nil {
		return stopped(err)
	}
	if err := v.compare(ctx, digests, first); err != nil {
		return stopped(err)
	}
	if err := v.readDeep(ctx); err != nil {
		return err
	}
	if err := v.recountAll(ctx); err != nil {
		return err
	}
	if v.Auditor != nil {
		if err := v.audit(ctx); err != nil {
			return err
		}
	}
	return v.end(digests)
}

func stopped(err error) error {
	if errors.Is(err, errStop) {
		return nil
	}
	return err
}

// begin finds the key and the first checkpoint, and compares it with the one
// remembered.
func (v *run) begin(ctx context.Context) error {
	raw, err := read(ctx, v.Source, "key")
	if err != nil && v.Key == "" && v.state.key == "" {
		return err
	}
	v.offered = keyLines(raw)
	v.second, v.sm2 = sm2Lines(raw)
	v.line = strings.TrimSpace(v.Key)
	if v.line == "" {
		v.line = v.state.key
	}
	if v.line == "" {
		if len(v.offered) == 0 {
			return errors.New("网站没有给出可用的公钥（/log/key）")
		}
		v.line, v.r.FirstUse = v.offered[0], true
	}
	key, err := note.NewVerifier(v.line)
	if err != nil {
		return fmt.Errorf("公钥读不懂：%w", err)
	}
	v.keys = []note.Verifier{key}
	return v.renew(ctx)
}

// renew fetches the checkpoint of now and proves that it contains the one of
// before.
func (v *run) renew(ctx context.Context) error {
	raw, err := read(ctx, v.Source, "checkpoint")
	if err != nil {
		return err
	}
	next, err := openCheckpoint(raw, v.keys...)
	if errors.Is(err, errSignature) && !v.r.Rotated && v.handedOver(raw) {
		next, err = openCheckpoint(raw, v.keys...)
	}
	if err != nil {
		_, origin := textOf(raw)
		v.r.find(Signature, origin, "检查点没有用已知的公钥 %s 签名，可能被冒充或换了钥匙（%v）", v.line, err)
		return errStop
	}
	if next.Origin != v.keys[0].Name() {
		v.r.find(Signature, next.Origin, "检查点的名称不是公钥的名称 %s", v.keys[0].Name())
		return errStop
	}
	v.checkSM2(raw, next.Origin)
	before := v.now
	if before.Raw == nil {
		before = v.state.checkpoint
		v.r.Before = before.N
	}
	if next.N < before.N {
		if later, ok := v.asksAgain(ctx, before.N); ok {
			next = later
		}
	}
	v.now = next
	if before.Raw == nil {
		return nil
	}
	return v.extends(ctx, before)
}

// behindFor is how far one instance's checkpoint, and what caches keep of it, may
// lie behind another's: a smaller tree is reported only after that.
const behindFor = 6 * time.Second

// asksAgain fetches the checkpoint until it has at least n entries, for as long
// as one honest instance may lie behind another.
func (v *run) asksAgain(ctx context.Context, n int64) (Checkpoint, bool) {
	patience := time.NewTimer(min(behindFor, v.Settle))
	defer patience.Stop()
	for {
		select {
		case <-ctx.Done():
			return Checkpoint{}, false
		case <-patience.C:
			return Checkpoint{}, false
		case <-time.After(min(time.Second, v.Settle/4+time.Millisecond)):
		}
		raw, err := read(ctx, v.Source, "checkpoint")
		if err != nil {
			return Checkpoint{}, false
		}
		if c, err := openCheckpoint(raw, v.keys...); err == nil && c.N >= n {
			return c, true
		}
	}
}

// handedOver accepts a new key of the site for now; entries must show later
// that the old one handed over to it.
func (v *run) handedOver(raw []byte) bool {
	for _, line := range v.offered {
		if line == v.line {
			continue
		}
		if key, err := note.NewVerifier(line); err == nil && key.Name() == v.keys[0].Name() {
			if _, err := openCheckpoint(raw, key); err == nil {
				v.keys, v.r.Rotated = append(v.keys, key), true
				v.walk.successor = line
				return true
			}
		}
	}
	return false
}

// extends proves that the tree of now begins with the tree of before.
func (v *run) extends(ctx context.Context, before Checkpoint) error {
	switch {
	case v.now.N < before.N:
		v.r.find(Rollback, v.now.Origin, "记录变短了：以前见过 %d 条，现在只有 %d 条。可能恢复了旧备份或截断了记录", before.N, v.now.N)
		return errStop
	case v.now.N == before.N && v.now.Hash != before.Hash:
		v.r.find(Fork, v.now.Origin, "同样 %d 条记录，根摘要以前是 %s，现在是 %s。历史被改写，或者给不同的人看不同的记录", v.now.N, before.Hash, v.now.Hash)
		return errStop
	case v.now.N == before.N || before.N == 0:
		return nil
	}
	proof, err := tlog.ProveTree(v.now.N, before.N, tlog.TileHashReader(v.now.Tree, tileReader{ctx, v.Source}))
	if err == nil {
		err = tlog.CheckTree(proof, v.now.N, v.now.Hash, before.N, before.Hash)
	} else if u := (*unread)(nil); errors.As(err, &u) && !errors.Is(err, ErrMissing) {
		return err
	}
	if err != nil {
		v.r.find(Fork, v.now.Origin, "现在的 %d 条记录不是从以前见过的 %d 条延续下来的：历史被改写（%v）", v.now.N, before.N, err)
		return errStop
	}
	return nil
}

// follow reads the entries up to the checkpoint and rebuilds the root.
func (v *run) follow(ctx context.Context) error {
	w := &v.walk
	if w.report == nil {
		w.report, w.source = &v.r, v.Source
		w.hold, _ = ed25519Of(v.line)
		w.ledger.room(v.now.N)
		if v.Quick && v.state.checkpoint.N > 0 {
			if err := w.skip(ctx, v.now.Tree, v.state.checkpoint.N); err != nil {
				return err
			}
		}
	}
	if err := w.to(ctx, v.now.N); err != nil {
		return err
	}
	if root := w.front.root(); root != v.now.Hash {
		v.r.find(Tree, v.now.Origin, "%d 条记录算出的根摘要是 %s，签名的却是 %s：有记录被改、删或插入", v.now.N, root, v.now.Hash)
		return errStop
	}
	if v.r.Rotated && !w.rotated {
		v.r.find(Signature, v.now.Origin, "检查点用新钥匙 %s 签名，而记录里没有旧钥匙 %s 的交接", w.successor, v.line)
		return errStop
	}
	return nil
}

// ed25519Of gives the public key of a verifier line.
func ed25519Of(line string) (ed25519.PublicKey, error) {
	k, err := record.ReadVerifierKey(line)
	if err != nil {
		return nil, err
	}
	return k.Public, nil
}

// end remembers what was seen, unless history itself did not agree.
func (v *run) end(digests *spooled) error {
	for _, f := range v.r.Findings {
		if slices.Contains([]Code{Signature, Rollback, Fork, Tree, Tile, Mirror}, f.Code) {
			return nil
		}
	}
	line := v.line
	if v.r.Rotated {
		line = v.walk.successor
	}
	if v.Save != "" {
		if err := saveMirror(v.Save, append([]string{line}, v.second...), v.now.Raw, digests); err != nil {
			return err
		}
	}
	if v.State == "" {
		return nil
	}
	return saveState(v.State, line, v.now.Raw)
}

func saveMirror(folder string, lines []string, checkpoint []byte, digests *spooled) error {
	if err := put(folder, "key", strings.NewReader(strings.Join(lines, "\n")+"\n")); err != nil {
		return err
	}
	from, err := digests.rewind()
	if err != nil {
		return err
	}
	if err := put(folder, "digests", from); err != nil {
		return err
	}
	return put(folder, "checkpoint", bytes.NewReader(checkpoint))
}
