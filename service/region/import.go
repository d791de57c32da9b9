package region

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"iter"
	"strconv"
	"unicode/utf8"

	"cunwu/service/audit"
	"cunwu/service/fault"
)

const (
	// importBatch is how many places one transaction writes: other writers get
	// their turn in between. Villages scatter over the indexes by name, so that
	// small batches write every page of them again and again.
	importBatch = 20_000
	walkPage    = 5000
	// maxMarked is how many changed places are marked one by one; above it
	// their counties are.
	maxMarked       = 500
	defaultExamples = 20
	maxEdition      = 60 // characters
)

// ImportOptions say how an edition is imported.
type ImportOptions struct {
	// Apply writes; without it the import is a preview.
	Apply bool
	// Merges is a CSV of old_code,new_code,date, or nil.
	Merges io.Reader
	// Examples is how many changes of each sort the preview lists; 0 = 20.
	Examples int
}

// Change is one line of a preview. Was is the former name of a renamed place,
// Into the successor of a merged one.
type Change struct {
	Code Code
	Name string
	Was  string
	Into Code
}

// Changes counts changes of one sort and lists the first of them by code.
type Changes struct {
	Count int
	First []Change
}

func (c *Changes) add(most int, x Change) {
	if c.Count < most {
		c.First = append(c.First, x)
	}
	c.Count++
}

// Preview says what an edition changes. Returned are places that were merged or
// gone and are listed again.
type Preview struct {
	Edition  string
	Scope    Code // the place whose complete list the file is, "" for the nation
	Places   int
	ByLevel  map[Level]int
	New      Changes
	Renamed  Changes
	Returned Changes
	Merged   Changes
	Gone     Changes
	Applied  bool
}

// difference is what there is to write.
type difference struct {
	put    []int // places of the edition, by index
	merged []Code
	gone   []Code
}

// Import reads an edition of the official codes, CSV of
// code,parent_code,level,name, plain or gzip, and says what it changes; with
// Apply it writes it. Places missing from the file are marked merged or gone,
// never removed, and only within the file's scope and down to its deepest
// level, so groups stay. The file is checked whole before anything is written:
// ErrEdition. Places are written in many transactions; an import that was
// interrupted is finished by running it again. The act's receipt is not used.
func (s *Service) Import(ctx context.Context, act audit.Act, name string, r io.Reader, o ImportOptions) (Preview, error) {
	if n := utf8.RuneCountInString(name); n == 0 || n > maxEdition || !utf8.ValidString(name) {
		return Preview{}, fault.ErrInvalid.At("edition", "请写明版本，最多 %d 个字。", maxEdition)
	}
	e, err := readEdition(r)
	if err != nil {
		return Preview{}, err
	}
	mergers, err := readMergers(o.Merges)
	if err != nil {
		return Preview{}, err
	}
	if o.Examples <= 0 {
		o.Examples = defaultExamples
	}
	p := Preview{Edition: name, Scope: e.scope, Places: e.size(), ByLevel: map[Level]int{}}
	for _, m := range e.marks {
		p.ByLevel[m.code().Level()]++
	}
	d, err := s.compare(ctx, e, mergers, o.Examples, &p)
	if err != nil {
		return Preview{}, err
	}
	if !o.Apply {
		return p, nil
	}
	act.Receipt = nil
	if err := s.apply(ctx, act, p, e, d, mergers); err != nil {
		return Preview{}, fmt.Errorf("import edition: %w", err)
	}
	p.Applied = true
	s.Forget()
	return p, nil
}

// compare walks the edition and the archive side by side, both by code.
func (s *Service) compare(ctx context.Context, e *edition, mergers map[Code]merger, most int, p *Preview) (difference, error) {
	var d difference
	var bad problems
	used := 0
	next, stop := iter.Pull2(s.stored(ctx, e.scope))
	defer stop()
	old, err, more := next()
	i := 0
	for (more || i < e.size()) && err == nil {
		order := -1 // the edition's place comes first, is the same, or comes after
		if i == e.size() {
			order = 1
		} else if more {
			order = cmp.Compare(e.marks[i].code(), old.Code)
		}
		if order < 0 {
			now := e.place(i)
			d.put = append(d.put, i)
			p.New.add(most, Change{Code: now.code, Name: now.name})
		}
		if order == 0 {
			d.same(i, e.place(i), old, most, p)
		}
		if order > 0 {
			used += d.missing(old, e, mergers, most, p, &bad)
		}
		if order <= 0 {
			i++
		}
		if order >= 0 {
			old, err, more = next()
		}
	}
	if err != nil {
		return d, err
	}
	if used < len(mergers) {
		bad.add(0, "合并表里有 %d 行的原地区不存在，或仍在新版里。", len(mergers)-used)
	}
	return d, bad.err()
}

// same notes what has changed of a place that is in both.
func (d *difference) same(i int, now place, old Region, most int, p *Preview) {
	switch {
	case old.State != Active:
		p.Returned.add(most, Change{Code: now.code, Name: now.name, Was: old.Name})
	case old.Name != now.name:
		p.Renamed.add(most, Change{Code: now.code, Name: now.name, Was: old.Name})
	default:
		return
	}
	d.put = append(d.put, i)
}

// missing notes a place that the edition does not list, and gives 1 where the
// list of mergers told of it.
func (d *difference) missing(old Region, e *edition, mergers map[Code]merger, most int, p *Preview, bad *problems) int {
	m, told := mergers[old.Code]
	used := 0
	if told {
		used = 1
	}
	if old.State == Merged || old.Level > e.deepest || (old.State == Gone && !told) {
		return used
	}
	if !told {
		d.gone = append(d.gone, old.Code)
		p.Gone.add(most, Change{Code: old.Code, Name: old.Name})
		return used
	}
	if !e.has(m.into) {
		bad.add(0, "地区 %s 并入的 %s 不在新版里。", old.Code, m.into)
	}
	d.merged = append(d.merged, old.Code)
	p.Merged.add(most, Change{Code: old.Code, Name: old.Name, Into: m.into})
	return used
}

// stored gives what the archive holds of the places above scope and within it,
// by code.
func (s *Service) stored(ctx context.Context, scope Code) iter.Seq2[Region, error] {
	return func(yield func(Region, error) bool) {
		for _, c := range scope.Parent().Path() {
			rs, err := s.store.Regions(ctx, []Code{c})
			if err != nil {
				yield(Region{}, err)
				return
			}
			if len(rs) > 0 && !yield(rs[0], nil) {
				return
			}
		}
		after := Code("")
		for {
			rs, err := s.store.Within(ctx, scope, after, walkPage)
			if err != nil {
				yield(Region{}, err)
				return
			}
			for _, r := range rs {
				if !yield(r, nil) {
					return
				}
			}
			if len(rs) < walkPage {
				return
			}
			after = rs[len(rs)-1].Code
		}
	}
}

// apply writes the places in batches, then marks what is missing and notes the
// edition: until then an interrupted import has only added and renamed.
func (s *Service) apply(ctx context.Context, act audit.Act, p Preview, e *edition, d difference, mergers map[Code]merger) error {
	for at := 0; at < len(d.put); at += importBatch {
		batch := d.put[at:min(at+importBatch, len(d.put))]
		rs := make([]Region, len(batch))
		for i, at := range batch {
			x := e.place(at)
			rs[i] = named(x.code, x.name)
		}
		err := s.store.InTx(ctx, act, func(tx Tx) error {
			if err := tx.PutRegions(ctx, rs); err != nil {
				return err
			}
			return tx.Record(ctx, imported("region.import_batch", p, map[string]string{
				"from": string(rs[0].Code), "to": string(rs[len(rs)-1].Code), "count": strconv.Itoa(len(rs)),
			}))
		})
		if err != nil {
			return err
		}
	}
	return s.store.InTx(ctx, act, func(tx Tx) error {
		for _, c := range d.merged {
			if err := tx.MarkRegions(ctx, []Code{c}, Merged, mergers[c].into, mergers[c].on); err != nil {
				return err
			}
		}
		if err := tx.MarkRegions(ctx, d.gone, Gone, "", tx.Now()); err != nil {
			return err
		}
		if err := tx.PutEdition(ctx, p.Edition, p.Scope, p.Places); err != nil {
			return err
		}
		for _, c := range d.marks(e) {
			if err := tx.RegionChanged(ctx, c); err != nil {
				return err
			}
		}
		return tx.Record(ctx, imported("region.import", p, map[string]string{
			"new": strconv.Itoa(p.New.Count), "renamed": strconv.Itoa(p.Renamed.Count), "returned": strconv.Itoa(p.Returned.Count),
			"merged": strconv.Itoa(p.Merged.Count), "gone": strconv.Itoa(p.Gone.Count),
		}))
	})
}

func imported(action string, p Preview, detail map[string]string) audit.Event {
	detail["edition"] = p.Edition
	return audit.Event{Action: action, Object: "region_edition", Region: string(p.Scope), Detail: detail}
}

// marks gives the places whose prepared answers are to be dropped.
func (d *difference) marks(e *edition) []Code {
	var all []Code
	for _, at := range d.put {
		all = append(all, e.marks[at].code())
	}
	all = append(append(all, d.merged...), d.gone...)
	if len(all) <= maxMarked {
		return all
	}
	seen := map[Code]bool{}
	var out []Code
	for _, c := range all {
		if len(c) > int(County) {
			c = c.At(County)
		}
		if !seen[c] {
			seen[c] = true
			out = append(out, c)
		}
	}
	return out
}
