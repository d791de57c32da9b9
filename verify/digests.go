package verify

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"cunwu/service/record"
)

// spooled is the digest export of one moment, on disk: it may be long, and is
// read more than once.
type spooled struct{ file *os.File }

func spool(ctx context.Context, s Source) (*spooled, error) {
	from, err := s.Open(ctx, "digests")
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp("", "cunwu-digests-*")
	if err != nil {
		return nil, errors.Join(err, from.Close())
	}
	_, err = io.Copy(f, from)
	if err := errors.Join(err, from.Close()); err != nil {
		(&spooled{f}).close()
		return nil, fmt.Errorf("read digests: %w", err)
	}
	return &spooled{f}, nil
}

func (s *spooled) rewind() (io.Reader, error) {
	_, err := s.file.Seek(0, io.SeekStart)
	return s.file, err
}

func (s *spooled) close() {
	_, _ = s.file.Close(), os.Remove(s.file.Name()) // a temporary file
}

// parseLine reads a line of the export.
func parseLine(text string) (record.DigestLine, error) {
	parts := strings.Split(text, " ")
	if len(parts) != 4 {
		return record.DigestLine{}, errors.New("不是四个字段")
	}
	version, err := strconv.Atoi(parts[1])
	if err != nil || version < 1 {
		return record.DigestLine{}, errors.New("版本不是正整数")
	}
	index, err := strconv.ParseInt(parts[3], 10, 64)
	if err != nil || index < 0 {
		return record.DigestLine{}, errors.New("位置不是数字")
	}
	if parts[0] == "" || parts[2] == "" {
		return record.DigestLine{}, errors.New("有空的字段")
	}
	return record.DigestLine{ID: parts[0], Version: version, Digest: parts[2], Index: index}, nil
}

// settleEvery is how often a checkpoint is asked for that covers what the site
// shows already.
const settleEvery = 2 * time.Second

// compare holds what the site shows against what the log says. What was
// recorded before first must be shown; what is shown must be recorded, where
// need be in entries that the next checkpoint covers.
func (v *run) compare(ctx context.Context, digests *spooled, first int64) error {
	until := time.Now().Add(v.Settle)
	for {
		found, more := len(v.r.Findings), v.r.More
		m := matcher{run: v, first: first}
		if err := m.all(digests); err != nil {
			return err
		}
		if !m.early || time.Now().After(until) {
			return nil
		}
		if err := sleep(ctx, settleEvery); err != nil {
			return err
		}
		v.r.Findings, v.r.More = v.r.Findings[:found], more
		if err := v.renew(ctx); err != nil {
			return err
		}
		if err := v.follow(ctx); err != nil {
			return err
		}
	}
}

// matcher goes through log and export side by side, both in the order of the log.
type matcher struct {
	*run
	first  int64
	next   int // first entry of the ledger that no line was held against
	number int
	last   int64
	early  bool             // the site is ahead of the checkpoint
	erased map[string]int64 // texts that are gone, and where they were published
	open   map[string]int64 // last publication of each posting, for reading in full
}

func (m *matcher) all(digests *spooled) error {
	from, err := digests.rewind()
	if err != nil {
		return err
	}
	m.last, m.erased = -1, map[string]int64{}
	if m.wantsDeep() {
		m.open = map[string]int64{}
	}
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		m.number++
		l, err := parseLine(lines.Text())
		if err == nil && l.Index <= m.last {
			err = fmt.Errorf("位置 %d 没有排在 %d 之后", l.Index, m.last)
		}
		if err != nil {
			m.r.find(Export, fmt.Sprintf("第%d行", m.number), "摘要清单的这一行不对（%v）：%.120q", err, lines.Text())
			continue
		}
		m.last = l.Index
		m.line(l)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read digests: %w", err)
	}
	m.missingBefore(1 << 62)
	m.checkErased()
	m.deep = m.deep[:0]
	for _, index := range m.open {
		m.deep = append(m.deep, index)
	}
	return nil
}

// line holds one line against the log.
func (m *matcher) line(l record.DigestLine) {
	if l.Index < m.walk.base {
		return // a quick run has not read it
	}
	m.missingBefore(l.Index)
	if l.Index >= m.now.N {
		m.early = true
		m.r.find(Extra, l.ID, "网站有第%d版（%s），称在第%d条，而签名的记录只有 %d 条", l.Version, l.Digest, l.Index, m.now.N)
		return
	}
	g := &m.walk.ledger
	if m.next == len(g.entries) || g.entries[m.next].index != l.Index {
		m.r.find(Extra, l.ID, "网站有第%d版（%s），而第%d条记录说的不是它", l.Version, l.Digest, l.Index)
		return
	}
	e := g.entries[m.next]
	m.next++
	id, kind := g.idOf(e), kinds[e.kind]
	if id != l.ID || int(e.version) != l.Version {
		m.r.find(Changed, id, "%s；网站在这个位置显示的是 %s 第%d版", g.says(e), l.ID, l.Version)
		return
	}
	if m.open != nil {
		m.follow1(id, kind, l)
	}
	word, isWord := words[l.Digest]
	switch {
	case l.Digest == record.Erased && (kind == record.KindPublished || kind == record.KindAppointmentMade):
		m.erased[id] = e.index
	case isWord && word == kind:
	case l.Digest == hex.EncodeToString(e.digest[:]) && !slices.Contains(spoken, kind):
	case len(l.Digest) == 2*len(e.digest):
		m.r.find(Changed, id, "%s；网站现在显示的内容，摘要是 %s：内容被改动过", g.says(e), l.Digest)
	default:
		m.r.find(Changed, id, "%s；网站却显示为 %s（%s）", g.says(e), l.Digest, meaning(l.Digest))
	}
}

// spoken are the kinds of entries at which a word stands and no digest.
var spoken = []string{record.KindWithdrawn, record.KindExpired, record.KindAppointmentEnded}

// meaning explains what the site says in place of a digest.
func meaning(word string) string {
	if m, ok := map[string]string{
		record.Withdrawn: "已撤回", record.Expired: "公示期满", record.Ended: "已离任", record.Erased: "内容已删除",
		"moved": "发布时间或次序被改动过", "differs": "各处显示的内容互相不同", "incomplete": "附件不见了",
		"held": "仍在任", "open": "表决仍在进行", "closed": "已截止", "counted": "已计票，还没确认", "certified": "已公布", "cancelled": "表决已取消", "void": "表决作废",
	}[word]; ok {
		return m
	}
	return "与记录不符的状态"
}

// follow1 keeps the last publication of each posting that still stands.
func (m *matcher) follow1(id, kind string, l record.DigestLine) {
	switch {
	case kind == record.KindPublished && l.Digest != record.Erased:
		m.open[id] = l.Index
	case kind == record.KindPublished || kind == record.KindWithdrawn || kind == record.KindExpired:
		delete(m.open, id)
	}
}

// missingBefore reports the entries up to an index that no line spoke of.
func (m *matcher) missingBefore(index int64) {
	g := &m.walk.ledger
	for ; m.next < len(g.entries) && g.entries[m.next].index < index; m.next++ {
		e := g.entries[m.next]
		if e.index < m.first {
			m.r.find(Missing, g.idOf(e), "%s；网站上找不到", g.says(e))
		}
	}
}

// checkErased insists that what is gone was taken back in the open.
func (m *matcher) checkErased() {
	if len(m.erased) == 0 {
		return
	}
	g := &m.walk.ledger
	for _, e := range g.entries {
		if k := kinds[e.kind]; k != record.KindPublished && k != record.KindAppointmentMade {
			if at, gone := m.erased[g.idOf(e)]; gone && at < e.index {
				delete(m.erased, g.idOf(e))
			}
		}
	}
	for id, at := range m.erased {
		m.early = true
		m.r.find(Missing, id, "第%d条记录说它公开过；网站说内容已删除，而记录里没有撤回、公示期满或离任", at)
	}
}
