package verify

import (
	"crypto/sha256"
	"fmt"
	"math"

	"cunwu/service/record"
)

// words are what the digest export may write in place of a digest, with the
// kind of entry at which each stands. Erased stands at what was published.
var words = map[string]string{
	record.Withdrawn: record.KindWithdrawn,
	record.Expired:   record.KindExpired,
	record.Ended:     record.KindAppointmentEnded,
}

// names are the kinds of entries that the site must show, in words.
var names = map[string]string{
	record.KindPublished: "发布", record.KindWithdrawn: "撤回", record.KindExpired: "公示期满",
	record.KindAppointmentMade: "任职", record.KindAppointmentEnded: "离任",
	record.KindBallotOpened: "表决开始", record.KindBallotResult: "表决结果",
}

// kinds number the names, so that an entry needs one byte for its kind.
var kinds = []string{
	record.KindPublished, record.KindWithdrawn, record.KindExpired,
	record.KindAppointmentMade, record.KindAppointmentEnded,
	record.KindBallotOpened, record.KindBallotResult,
}

// entry is what is remembered of a leaf that the site must show: 48 bytes and
// its id, because there may be a million.
type entry struct {
	digest  [sha256.Size]byte // of the leaf's bytes
	index   int64
	version int32
	id      uint32 // where its id begins in the ledger
	length  uint8
	kind    uint8 // in kinds
}

// ledger is what the log says of all public things, in the order of the log.
type ledger struct {
	ids     []byte
	entries []entry
}

// mostRoom bounds what is set aside on the word of a checkpoint.
const mostRoom = 1 << 20

// room sets aside what a log of a size may need, so that growing does not hold
// everything twice. Memory that is not used costs nothing.
func (g *ledger) room(size int64) {
	n := int(min(size, mostRoom))
	g.entries, g.ids = make([]entry, 0, n), make([]byte, 0, 26*n)
}

// take remembers a leaf, if it is one that the site must show.
func (g *ledger) take(raw []byte, l record.Leaf, index int64) error {
	for i, kind := range kinds {
		if kind != l.Kind {
			continue
		}
		id, _ := l.Facts["id"].(string)
		version, given := l.Facts["version"].(int64)
		if !given {
			version = 1 // appointments and ballots have none
		}
		if id == "" || len(id) > math.MaxUint8 || version < 1 || version > math.MaxInt32 || len(g.ids) > math.MaxUint32-math.MaxUint8 {
			return fmt.Errorf("id %q, version %d", id, version)
		}
		g.entries = append(g.entries, entry{
			digest: sha256.Sum256(raw), index: index, version: int32(version), id: uint32(len(g.ids)), //nolint:gosec // checked above
			length: uint8(len(id)), kind: uint8(i), //nolint:gosec // checked above; kinds are few
		})
		g.ids = append(g.ids, id...)
		return nil
	}
	return nil
}

func (g *ledger) idOf(e entry) string { return string(g.ids[e.id : e.id+uint32(e.length)]) }

// says puts an entry in words.
func (g *ledger) says(e entry) string {
	return fmt.Sprintf("第%d条记录：%s，第%d版，摘要 %x", e.index, names[kinds[e.kind]], e.version, e.digest)
}

// fact gives a text among a leaf's facts, or "".
func fact(l record.Leaf, name string) string {
	s, _ := l.Facts[name].(string)
	return s
}

// factList gives the texts of a list among a leaf's facts.
func factList(l record.Leaf, name string) []string {
	list, _ := l.Facts[name].([]any)
	out := make([]string, 0, len(list))
	for _, x := range list {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}
