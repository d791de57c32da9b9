package region

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/maypok86/otter/v2"

	"cunwu/service/audit"
	"cunwu/service/fault"
)

const (
	// cacheSize bounds the places kept in process, about 300 bytes each.
	cacheSize = 20_000
	// cacheLife is how long another instance's import may go unseen.
	cacheLife   = time.Minute
	maxQuery    = 40 // characters
	maxName     = 60 // characters
	maxFound    = 50
	maxCodesLen = 1000
)

// ErrGone: the place is no longer one under which something new can begin.
var ErrGone = fault.Define(fault.Conflict, "region.not_active", "这个地方已经合并或撤销，不能再新增内容。")

// Service answers questions about places. It is safe for concurrent use.
type Service struct {
	store Store
	seen  *otter.Cache[Code, Region]
}

// New gives a Service over an archive.
func New(s Store) *Service {
	return &Service{store: s, seen: otter.Must(&otter.Options[Code, Region]{
		MaximumSize:      cacheSize,
		ExpiryCalculator: otter.ExpiryWriting[Code, Region](cacheLife),
	})}
}

// Region gives one place of any state, with its former places and the number of
// its children. ErrCode, ErrNotFound.
func (s *Service) Region(ctx context.Context, code Code) (Region, error) {
	if !code.Valid() {
		return Region{}, ErrCode
	}
	r, err := s.store.Region(ctx, code)
	if err != nil {
		return Region{}, err
	}
	if r.Former, err = s.store.Formers(ctx, code); err != nil {
		return Region{}, err
	}
	counts, err := s.store.ChildCounts(ctx, []Code{code})
	if err != nil {
		return Region{}, err
	}
	r.Children = counts[code]
	return r, nil
}

// Children gives the active places directly under a place ("" for the
// provinces) by code, each with the number of its own children. ErrCode,
// ErrNotFound.
func (s *Service) Children(ctx context.Context, parent Code) ([]Region, error) {
	if parent != "" {
		if _, err := s.known(ctx, parent); err != nil {
			return nil, err
		}
	}
	rs, err := s.store.Children(ctx, parent)
	if err != nil {
		return nil, err
	}
	codes := make([]Code, len(rs))
	for i := range rs {
		codes[i] = rs[i].Code
	}
	counts, err := s.store.ChildCounts(ctx, codes)
	if err != nil {
		return nil, err
	}
	for i := range rs {
		rs[i].Children = counts[rs[i].Code]
	}
	return rs, nil
}

// Path gives the places from the province down to code, code included; a place
// above that is not in the tree is left out. ErrCode, ErrNotFound.
func (s *Service) Path(ctx context.Context, code Code) ([]Region, error) {
	if !code.Valid() {
		return nil, ErrCode
	}
	all := code.Path()
	found, err := s.many(ctx, all)
	if err != nil {
		return nil, err
	}
	if _, ok := found[code]; !ok {
		return nil, ErrNotFound
	}
	out := make([]Region, 0, len(all))
	for _, c := range all {
		if r, ok := found[c]; ok {
			out = append(out, r)
		}
	}
	return out, nil
}

// Names gives the short names of many places of any state; codes that exist
// nowhere are left out. It is mostly answered from memory.
func (s *Service) Names(ctx context.Context, codes []Code) (map[Code]string, error) {
	found, err := s.many(ctx, codes)
	if err != nil {
		return nil, err
	}
	out := make(map[Code]string, len(found))
	for c, r := range found {
		out[c] = r.Short
	}
	return out, nil
}

// Active gives a place at one of the levels (any if none is given) that is in
// the current edition. ErrCode, ErrNotFound, ErrGone.
func (s *Service) Active(ctx context.Context, code Code, levels ...Level) (Region, error) {
	r, err := s.known(ctx, code)
	if err != nil {
		return Region{}, err
	}
	if r.State != Active {
		return Region{}, ErrGone
	}
	for _, l := range levels {
		if r.Level == l {
			return r, nil
		}
	}
	if len(levels) > 0 {
		return Region{}, ErrCode.Saying("这里不能用这一级的地区代码。")
	}
	return r, nil
}

// Search finds active places within a place ("" for everywhere) by the
// beginning of their name, pinyin or initials, or by a part of the name; higher
// levels come first. A part of a name is looked for only where that is cheap:
// within a city or below, and among provinces, cities and counties everywhere.
// limit is cut to 1..50. ErrCode, fault.ErrInvalid.
func (s *Service) Search(ctx context.Context, q string, within Code, limit int) ([]Region, error) {
	if within != "" && !within.Valid() {
		return nil, ErrCode
	}
	if !utf8.ValidString(q) || utf8.RuneCountInString(q) > maxQuery {
		return nil, fault.ErrInvalid.At("query.q", "查找的文字太长或无法识别，最多 %d 个字。", maxQuery)
	}
	q = searchable(q)
	if q == "" {
		return nil, fault.ErrInvalid.At("query.q", "请输入地名、拼音或拼音首字母。")
	}
	return s.store.Search(ctx, q, within, min(max(limit, 1), maxFound))
}

// searchable brings what was typed to the form in which names are kept.
func searchable(q string) string {
	q = strings.Map(func(r rune) rune {
		if r <= ' ' || r == '\'' || r == '’' || r == '　' {
			return -1
		}
		return r
	}, strings.ToLower(q))
	if len(q) > 0 && q[len(q)-1] >= utf8.RuneSelf {
		for _, e := range endings {
			if strings.HasSuffix(q, e.cut) {
				q, _ = Short(q)
				break
			}
		}
	}
	return q
}

// AddGroup adds a group (组) under a village: code is the village's and two
// digits more. ErrCode, ErrNotFound, ErrGone, ErrTaken, fault.ErrInvalid.
// Whether the actor may do it is the caller's question.
func (s *Service) AddGroup(ctx context.Context, act audit.Act, code Code, name string) (Region, error) {
	if code.Level() != Group {
		return Region{}, ErrCode.Saying("组的代码应是 14 位数字：村的 12 位代码加 2 位组号。")
	}
	if problem := badName(name); problem != "" {
		return Region{}, fault.ErrInvalid.At("body.name", "%s", problem)
	}
	r := named(code, strings.TrimSpace(name))
	village, err := s.store.Region(ctx, r.Parent)
	if err != nil {
		return Region{}, err
	}
	if village.State != Active {
		return Region{}, ErrGone
	}
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		if err := tx.AddRegion(ctx, r); err != nil {
			return err
		}
		if err := tx.RegionChanged(ctx, r.Parent); err != nil {
			return err
		}
		err := tx.Record(ctx, audit.Event{Action: "region.group_add", Object: "region", ObjectID: string(code), Region: string(r.Parent)})
		if err != nil {
			return err
		}
		return tx.Answer(ctx, r)
	})
	if err != nil {
		return Region{}, fmt.Errorf("add group: %w", err)
	}
	return r, nil
}

// known gives one place of any state, from memory where it can.
func (s *Service) known(ctx context.Context, code Code) (Region, error) {
	if !code.Valid() {
		return Region{}, ErrCode
	}
	found, err := s.many(ctx, []Code{code})
	if err != nil {
		return Region{}, err
	}
	r, ok := found[code]
	if !ok {
		return Region{}, ErrNotFound
	}
	return r, nil
}

// many gives those of the codes that exist, from memory where it can. A place
// that does not exist is not remembered, so that hostile codes fill nothing.
func (s *Service) many(ctx context.Context, codes []Code) (map[Code]Region, error) {
	out := make(map[Code]Region, len(codes))
	var missing []Code
	asked := map[Code]bool{}
	for _, c := range codes {
		if r, ok := s.seen.GetIfPresent(c); ok {
			out[c] = r
		} else if c.Valid() && !asked[c] {
			asked[c] = true
			missing = append(missing, c)
		}
	}
	for len(missing) > 0 {
		n := min(len(missing), maxCodesLen)
		rs, err := s.store.Regions(ctx, missing[:n])
		if err != nil {
			return nil, err
		}
		for _, r := range rs {
			s.seen.Set(r.Code, r)
			out[r.Code] = r
		}
		missing = missing[n:]
	}
	return out, nil
}

// Forget drops what is kept in memory of all places.
func (s *Service) Forget() { s.seen.InvalidateAll() }
