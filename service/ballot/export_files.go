package ballot

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"cunwu/service/account"
	"cunwu/service/ballot/sealed"
	"cunwu/service/record"
	"cunwu/service/workbook"
)

// Format is a form of the public export.
type Format string

// Formats. JSON has all that a recount needs, CSV the list of casts alone.
const (
	JSON Format = "json"
	CSV  Format = "csv"
)

// exportEdition is raised when the form of exports changes, so that a copy kept
// somewhere is not taken for the present one.
const exportEdition = 2

// fewestPapers: with fewer papers, the difference between the sum and the sealed
// part would tell what they say, so that only the sum is published.
const fewestPapers = 5

// Column describes one column of the CSV export. Columns are only ever added at
// the end, and never change their meaning.
type Column struct {
	ID   string // name in JSON
	Head string // as written in the first row
	Note string
}

// Columns of the CSV export of open ballots.
var Columns = []Column{
	{"tracker", "编号", "这一票的编号，只有投票人自己知道是自己的"},
	{"choices", "选择代码", "选中的选项代码，按字母排列，用英文逗号隔开；打分的是 代码:分数"},
	{"labels", "选择", "选中的选项，用顿号隔开"},
	{"origin", "方式", "online 网上、meeting 会场、assisted 协助；任何一种不足 5 票时全部不写"},
}

// SealedColumns are those of a sealed one: what is in the box, not what was chosen.
var SealedColumns = []Column{
	{"tracker", "编号", "投票人手机上显示的 20 个字符；改过的票也在里面"},
	{"hash", "完整编号", "SHA-256，十六进制；编号是它的 base32 的前 20 个字符"},
}

// ExportInfo is what is known of an export before its first byte.
type ExportInfo struct {
	Tag   string // names the content: the same tag, the same bytes
	Final bool   // it will never be another
	Name  string // of a file to keep it in
}

// WriteExport writes the public export of a certified ballot. start is called
// once, before anything is read of the casts, and says where to; an error of it
// ends the export. Refusals: ballot.not_found, ballot.not_certified. What fails
// after start leaves a text that is not whole.
func (s *Service) WriteExport(ctx context.Context, by account.Caller, id string, f Format, start func(ExportInfo) (io.Writer, error)) error {
	r, err := s.known(ctx, by, id)
	if err != nil {
		return err
	}
	if r.State != Certified || r.Tally == nil {
		return ErrNotCertified
	}
	x := exporting{o: outcomeOf(r), format: f}
	if r.Sealed {
		_, facts, err := s.SealedExport(ctx, by, id)
		if err != nil {
			return err
		}
		x.sealed = &facts
	}
	info, err := x.info()
	if err != nil {
		return err
	}
	to, err := start(info)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(to, 32<<10)
	each := func(do func(Cast) error) error {
		return s.store.BallotCasts(ctx, r.Number, func(c Cast) error {
			if !x.o.Origins {
				c.Origin = ""
			}
			return do(c)
		})
	}
	if f == CSV {
		err = x.table(w, each)
	} else {
		err = x.object(w, each)
	}
	if err == nil {
		err = w.Flush()
	}
	return err
}

// exporting is one export under way.
type exporting struct {
	o      Outcome
	sealed *SealedFacts
	format Format
}

func (x exporting) info() (ExportInfo, error) {
	said := 0
	if x.sealed != nil {
		said = len(x.sealed.Destroyed)
	}
	raw, err := record.Canonical(map[string]any{
		"edition": exportEdition, "format": string(x.format), "definition": x.o.Definition, "result": x.o.Result,
		"casts": x.o.Tally.CastsDigest, "roll": x.o.RollDigest, "roll_size": x.o.RollSize, "destroyed": said,
	})
	if err != nil {
		return ExportInfo{}, fmt.Errorf("ballot: export: %w", err)
	}
	return ExportInfo{Tag: Digest(raw)[:32], Final: x.o.Final(x.sealed), Name: "ballot-" + x.o.ID + "." + string(x.format)}, nil
}

type exportedCast struct {
	Tracker string   `json:"tracker"`
	Choices []string `json:"choices"`
	Origin  string   `json:"origin,omitempty"`
}

// object writes {"definition":…,…,"ballots":[…],"result":…}: what a reader has
// to know before the casts stands before them.
func (x exporting) object(w *bufio.Writer, each func(func(Cast) error) error) error {
	if x.sealed != nil {
		return member(w, "", x.sealedObject(), "\n")
	}
	head := []struct {
		name string
		v    any
	}{
		{`{"definition":`, x.o.Definition},
		{`,"definition_digest":`, x.o.Digest},
		{`,"roll_size":`, x.o.RollSize},
		{`,"roll_digest":`, x.o.RollDigest},
		{`,"casts_digest":`, x.o.Tally.CastsDigest},
		{`,"log":`, x.places()},
	}
	for _, m := range head {
		if err := member(w, m.name, m.v, ""); err != nil {
			return err
		}
	}
	_, _ = w.WriteString(`,"ballots":[`) // a failed writer stays failed
	first := true
	err := each(func(c Cast) error {
		comma := ","
		if first {
			comma, first = "", false
		}
		return member(w, comma, exportedCast{Tracker: c.Tracker, Choices: KeysOfPattern(c.Pattern), Origin: string(c.Origin)}, "")
	})
	if err != nil {
		return err
	}
	if err := member(w, `],"result":`, x.o.Result, ""); err != nil {
		return err
	}
	return member(w, `,"opinion":`, x.o.Opinion, "}\n")
}

func (x exporting) places() map[string]*int64 {
	return map[string]*int64{"opened": x.o.OpenedIndex, "result": x.o.ResultIndex}
}

// member writes a value with what stands before and after it.
func member(w *bufio.Writer, before string, v any, after string) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("ballot: export: %w", err)
	}
	_, _ = w.WriteString(before) // a failed writer stays failed
	_, _ = w.Write(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
	_, err := w.WriteString(after)
	return err
}

// table writes the list of casts, a row each.
func (x exporting) table(w io.Writer, each func(func(Cast) error) error) error {
	t, err := workbook.NewCSV(w)
	if err != nil {
		return err
	}
	cols := Columns
	if x.sealed != nil {
		cols = SealedColumns
	}
	heads := make([]workbook.Value, len(cols))
	for i, c := range cols {
		heads[i] = workbook.Text(c.Head)
	}
	if err := t.Row(heads...); err != nil {
		return err
	}
	if x.sealed != nil {
		for _, b := range x.sealed.Box {
			if err := t.Row(workbook.Text(sealed.TrackerText([32]byte(b))), workbook.Text(hex.EncodeToString(b))); err != nil {
				return err
			}
		}
		return t.Close()
	}
	if err := each(func(c Cast) error {
		return t.Row(workbook.Text(c.Tracker), workbook.Text(c.Pattern), workbook.Text(x.o.LabelsOf(c.Pattern)), workbook.Text(string(c.Origin)))
	}); err != nil {
		return err
	}
	return t.Close()
}

// LabelsOf gives the words of a stored pattern.
func (d Definition) LabelsOf(pattern string) string {
	var out []string
	for _, key := range KeysOfPattern(pattern) {
		id, score, scored := strings.Cut(key, ":")
		label := d.label(id)
		if scored {
			label += " " + score + " 分"
		}
		out = append(out, label)
	}
	return strings.Join(out, "、")
}

// sealedObject is the export of a sealed ballot. There are no ballots in it,
// only the list of trackers.
func (x exporting) sealedObject() map[string]any {
	o, f := x.o, x.sealed
	trustees := make([]map[string]any, len(f.Statements))
	for i, s := range f.Statements {
		trustees[i] = map[string]any{"seat": s.Seat, "box_key": s.Box, "sign_key": s.Sign, "statement": s}
		if f.Peeled.Seat == s.Seat {
			trustees[i]["peeled"] = f.Peeled
		}
		if at := slices.IndexFunc(f.Destroyed, func(h sealed.Hold) bool { return h.Seat == s.Seat }); at >= 0 {
			trustees[i]["destroyed"] = f.Destroyed[at]
		}
		if f.Outcome.Seat == s.Seat && f.showsValues() {
			trustees[i]["opened"] = f.Outcome
		}
	}
	box := make([]string, len(f.Box))
	for i, t := range f.Box {
		box[i] = hex.EncodeToString(t)
	}
	result := map[string]any{}
	for name, v := range o.Result {
		result[name] = v
	}
	result["counted"], result["bad"], result["paper"] = f.Outcome.Counted, f.Outcome.Bad, f.Paper
	if f.showsValues() {
		result["values"] = f.Outcome.Values
	}
	if f.SealedBy != nil {
		result["sealed_by"] = f.SealedBy
	}
	c := f.Commitment
	return map[string]any{
		"openings": f.openings(), "sealed_by_labels": map[string]string{
			ByPhone: SealedLabel(ByPhone), ByServer: SealedLabel(ByServer), ByHelper: SealedLabel(ByHelper),
		},
		"definition": o.Definition, "definition_digest": o.Digest, "roll_size": o.RollSize, "roll_digest": o.RollDigest,
		"box": box, "pair": f.Outcome.Pair, "trustees": trustees, "result": result, "context": hexOf(c.Context),
		"casts": c.Casts, "replaced": c.Replaced, "overridden": c.Overridden, "n": c.N, "opinion": o.Opinion, "log": x.places(),
		"commitments": map[string]any{"box": hexOf(c.Box), "rows": hexOf(c.Rows), "batch": hexOf(c.Batch), "peeled": hexOf(f.Peeled.Peeled)},
	}
}

// openings are what each pair handed in; the salt lets its digest in the public
// record be made again.
func (f SealedFacts) openings() []map[string]any {
	out := []map[string]any{}
	for _, p := range usualPairs {
		o := f.Openings[p.String()]
		if o == nil {
			continue
		}
		one := map[string]any{"pair": p.String(), "peeled": o.Peeled, "second_run": o.SecondRun}
		if o.Outcome != nil && f.showsValues() {
			one["opened"], one["salt"] = *o.Outcome, hex.EncodeToString(o.Salt)
		}
		out = append(out, one)
	}
	return out
}

func (f SealedFacts) showsValues() bool { return f.Paper == 0 || f.Paper >= fewestPapers }
