package verify

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"cunwu/service/ballot"
	"cunwu/service/ballot/sealed"
	"cunwu/service/record"
)

// Kinds of a sealed ballot's ceremony that package record does not name.
const (
	kindPeeled   = "ballot.peeled"
	kindUnsealed = "ballot.unsealed"
	kindVoid     = "ballot.void"
	kindErased   = "ballot.erased"
)

// Recount is one ballot that was counted again from its export.
type Recount struct {
	ID       string
	Question string
	Sealed   bool   // the sum is checked, not the decryption
	Cast     int    // ballots that were added up
	Words    string // the result as counted here
	Agrees   bool
}

// ballotBook remembers where the log speaks of ballots: indexes alone, because
// there may be many, in the order of the log.
type ballotBook struct {
	entries map[string][]int64
	ids     []string // as they first came
}

func (b *ballotBook) take(l record.Leaf, index int64) {
	if !strings.HasPrefix(l.Kind, "ballot.") {
		return
	}
	id := fact(l, "id")
	if !safeName(id) { // it becomes part of addresses and names of files
		return
	}
	if b.entries == nil {
		b.entries = map[string][]int64{}
	}
	if b.entries[id] == nil {
		b.ids = append(b.ids, id)
	}
	b.entries[id] = append(b.entries[id], index)
}

func safeName(id string) bool {
	return id != "" && len(id) <= 64 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == ""
}

// logged is one entry about a ballot.
type logged struct {
	record.Leaf
	at    time.Time
	index int64
}

// ballotLog is what the log says of one ballot.
type ballotLog struct {
	id                        string
	opened, closed, committed *logged
	peeled, unsealed          []logged // of each pair
	result, cancelled, void   *logged
	erased                    *logged // what was sealed is gone
}

// leaves reads entries again, bundle by bundle.
type leaves struct {
	v       *run
	entries [][]byte
	bundle  int64
}

func (r *leaves) at(ctx context.Context, index int64) (logged, error) {
	if n := index / tileWidth; r.entries == nil || n != r.bundle {
		var err error
		if r.entries, err = readBundle(ctx, r.v.Source, n, int(min(r.v.now.N-n*tileWidth, tileWidth))); err != nil {
			return logged{}, err
		}
		r.bundle = n
	}
	l, at, err := record.ReadLeaf(r.entries[index%tileWidth])
	return logged{l, at, index}, err // it could be read a moment ago
}

func (r *leaves) ballot(ctx context.Context, id string) (ballotLog, error) {
	b := ballotLog{id: id}
	for _, index := range r.v.walk.ballots.entries[id] {
		l, err := r.at(ctx, index)
		if err != nil {
			return b, err
		}
		switch l.Kind {
		case record.KindBallotOpened:
			b.opened = &l
		case record.KindBallotClosed:
			b.closed = &l
		case sealed.KindCommitted:
			b.committed = &l
		case kindPeeled:
			b.peeled = append(b.peeled, l)
		case record.KindBallotResult:
			b.result = &l
		case record.KindBallotCancelled:
			b.cancelled = &l
		case kindUnsealed:
			b.unsealed = append(b.unsealed, l)
		case kindVoid:
			b.void = &l
		case kindErased:
			b.erased = &l
		}
	}
	return b, nil
}

// recountAll holds each ballot of the log against what the site, or a mirror of
// it, gives out, and counts the certified ones again.
func (v *run) recountAll(ctx context.Context) error {
	if v.Deep == 0 && !v.Auto {
		return nil
	}
	ids := v.walk.ballots.ids
	most := len(ids)
	switch {
	case v.Deep > 0:
		most = v.Deep
	case v.Auto && v.Deep == 0:
		most = autoDeep
	}
	if len(ids) > most {
		v.r.Uncounted, ids = len(ids)-most, spread(ids, most)
	}
	read := &leaves{v: v}
	for _, id := range ids {
		b, err := read.ballot(ctx, id)
		if err != nil {
			return err
		}
		if err := v.lookAt(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

func (v *run) lookAt(ctx context.Context, b ballotLog) error {
	if web := site(v.Source); web != nil {
		if err := v.readShown(ctx, web, b); err != nil {
			return err
		}
	}
	if b.result == nil {
		return nil
	}
	from, err := v.Source.Open(ctx, ballotFolder+b.id+".json")
	if errors.Is(err, ErrMissing) {
		v.r.find(Missing, b.id, "第%d条记录说这次表决的结果已经公布，却取不到每一票的导出，不能重新计票（%v）", b.result.index, err)
		return nil
	}
	if err != nil {
		return err
	}
	done, err := v.recount(b, from)
	if err := errors.Join(err, from.Close()); err != nil {
		return err
	}
	v.r.Ballots = append(v.r.Ballots, done)
	return nil
}

// recountDatabase counts what lies in the database.
func (v *run) recountDatabase(ctx context.Context) error {
	read := &leaves{v: v}
	for _, id := range v.walk.ballots.ids {
		b, err := read.ballot(ctx, id)
		if err != nil {
			return err
		}
		if b.result == nil {
			continue
		}
		if err := v.recountStored(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

func (v *run) recountStored(ctx context.Context, b ballotLog) error {
	f, err := os.CreateTemp("", "cunwu-ballot-*")
	if err != nil {
		return err
	}
	spool := &spooled{f}
	defer spool.close()
	w := bufio.NewWriter(f)
	err = v.Auditor.Ballot(ctx, b.id, w)
	if errors.Is(err, ErrMissing) {
		v.r.find(Missing, b.id, "第%d条记录说这次表决的结果已经公布，数据库里却没有公布的结果", b.result.index)
		return nil
	}
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		return fmt.Errorf("export of ballot %s: %w", b.id, err)
	}
	from, err := spool.rewind()
	if err != nil {
		return err
	}
	_, err = v.recount(b, from)
	return err
}

// recount checks one export against the log and counts it. The error is of
// reading; what does not agree is found.
func (v *run) recount(b ballotLog, from io.Reader) (Recount, error) {
	e, err := readExport(from)
	var bad *unreadable
	if errors.As(err, &bad) {
		v.r.find(Ballot, b.id, "导出的内容读不懂（%v）", err)
		return Recount{ID: b.id}, nil
	}
	if err != nil {
		return Recount{}, fmt.Errorf("read the export of ballot %s: %w", b.id, err)
	}
	found := v.r.total()
	c := checking{b: b, e: e, say: func(format string, a ...any) { v.r.find(Ballot, b.id, format, a...) }}
	out := c.all()
	out.Agrees = v.r.total() == found
	return out, nil
}

// total is how many findings there are, listed or not.
func (r *Report) total() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.Findings) + r.More
}

// checking is the comparison of one export with the log.
type checking struct {
	b   ballotLog
	e   *export
	say func(format string, a ...any)
}

func (c checking) all() Recount {
	out := Recount{ID: c.b.id, Question: c.e.question()}
	if id, _ := c.e.definition["id"].(string); id != c.b.id {
		c.say("导出的是另一次表决（编号 %s，%s），不是这一次的", id, out.Question)
		return out
	}
	d, ok := c.definition()
	c.roll()
	if !ok {
		return out
	}
	var r ballot.Result
	if out.Sealed = d.Sealed; d.Sealed {
		r, ok = c.sealed(d)
	} else {
		r, ok = c.casts(d), true
	}
	if ok {
		out.Words, out.Cast = r.Reasoning, r.Cast
		c.result(r)
	}
	if digest := ballot.Digest([]byte(c.e.opinion)); digest != fact(c.b.result.Leaf, "opinion_digest") {
		c.say("监委会的意见和公布结果时存证的不同：被改动过。现在显示的是“%s”", c.e.opinion)
	}
	return out
}

// definition checks question, options, rule and times by their digest.
func (c checking) definition() (ballot.Definition, bool) {
	raw, err := c.e.canonicalDefinition()
	if err != nil {
		c.say("表决的内容读不懂（%v）", err)
		return ballot.Definition{}, false
	}
	now := ballot.Digest(raw)
	if was := fact(c.b.result.Leaf, "definition"); now != was {
		c.say("表决的内容（问题、选项、谁来投、按什么规则、时间）被改动过：公布结果时存证的摘要是 %s，现在显示的“%s”等内容，摘要是 %s", was, c.e.question(), now)
	}
	if o := c.b.opened; o != nil {
		if was := fact(o.Leaf, "definition"); was != fact(c.b.result.Leaf, "definition") {
			c.say("开始时（第%d条记录）和公布结果时（第%d条记录）存证的表决内容不同：开始以后换过题目", o.index, c.b.result.index)
		}
		c.times(*o)
	}
	d, err := ballot.DecodeDefinition(raw)
	if err != nil {
		c.say("表决的内容读不懂（%v）", err)
	}
	return d, err == nil
}

// late is by how much an honest site's own clock may differ from the log's.
const late = record.MaxClockBack + time.Second

func (c checking) times(opened logged) {
	at, err := time.Parse(time.RFC3339, c.e.text("opened_at"))
	if err != nil || opened.at.Sub(at).Abs() > late {
		c.say("开始的时间被改动过：存证是 %s，现在显示 %s", stamp(opened.at), c.e.text("opened_at"))
	}
	shut := c.b.closed
	if shut == nil {
		shut = c.b.committed
	}
	if shut == nil {
		return
	}
	at, err = time.Parse(time.RFC3339, c.e.text("closed_at"))
	if err != nil || shut.at.Sub(at).Abs() > late {
		c.say("截止的时间被改动过：存证是 %s，现在显示 %s", stamp(shut.at), c.e.text("closed_at"))
	}
}

// roll checks size and digest of the frozen roll.
func (c checking) roll() {
	was, _ := c.b.result.Facts["roll_size"].(int64)
	if int64(c.e.rollSize) != was {
		c.say("名册人数被改动过：存证是 %d，现在显示 %d", was, c.e.rollSize)
	}
	if now, was := c.e.rollDigest, fact(c.b.result.Leaf, "roll"); now != was {
		c.say("名册被改动过：存证的摘要是 %s，现在显示 %s", was, now)
	}
	if o := c.b.opened; o != nil && (fact(o.Leaf, "roll") != fact(c.b.result.Leaf, "roll") || o.Facts["roll_size"] != c.b.result.Facts["roll_size"]) {
		c.say("开始时（第%d条记录）和公布结果时（第%d条记录）存证的名册不同：开始以后换过名册", o.index, c.b.result.index)
	}
}

// casts checks the list of casts and counts it.
func (c checking) casts(d ballot.Definition) ballot.Result {
	was, _ := c.b.result.Facts["cast"].(int64)
	switch now := int64(c.e.casts); {
	case now < was:
		c.say("少了 %d 票：公布结果时存证的是 %d 票，现在导出的只有 %d 票", was-now, was, now)
	case now > was:
		c.say("多了 %d 票：公布结果时存证的是 %d 票，现在导出的有 %d 票", now-was, was, now)
	case c.e.castsDigest != fact(c.b.result.Leaf, "casts"):
		c.say("有票被换过或改过：仍是 %d 票，而票单的摘要存证是 %s，现在是 %s", was, fact(c.b.result.Leaf, "casts"), c.e.castsDigest)
	}
	if c.e.disorder {
		c.say("票单里有重复的编号，或者没有按编号排列")
	}
	r, wrong := ballot.Recount(d, c.e.rollSize, c.e.number("marked"), c.e.patterns)
	if len(wrong) > 0 {
		c.say("有 %d 种选法是这次表决不允许的，不能计入，例如“%s”", len(wrong), wrong[0])
	}
	return r
}

// result compares what was counted here, what is shown and what was recorded.
func (c checking) result(r ballot.Result) {
	counted, err := record.Canonical(ballot.Tally{Result: r}.Facts())
	if err != nil {
		c.say("重新计票的结果写不成规范的形式（%v）", err)
		return
	}
	shown, err := record.Canonical(c.e.resultFacts())
	if err != nil {
		c.say("公布的结果读不懂（%v）", err)
		return
	}
	words := c.e.resultText("reasoning")
	if was := fact(c.b.result.Leaf, "result"); ballot.Digest(shown) != was {
		c.say("公布的结果被改动过：存证的摘要是 %s，现在显示的“%s”，摘要是 %s", was, words, ballot.Digest(shown))
	}
	if string(counted) != string(shown) {
		c.say("重新计票和公布的结果不同。重新计票：%s公布的：%s公布的票数：%s", r.Reasoning, words, c.e.countsText())
	}
	if passed, _ := c.b.result.Facts["passed"].(bool); passed != r.Passed {
		c.say("重新计票是%s，存证却说%s", passes(r.Passed), passes(passed))
	}
}

func passes(p bool) string {
	if p {
		return "通过"
	}
	return "不通过"
}
