package verify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"strings"

	"cunwu/service/ballot"
	"cunwu/service/record"
)

const (
	// mostExport bounds an export: ten million casts with room to spare.
	mostExport = 2 << 30
	// mostPatterns bounds the ways in which an export's casts may be marked: more
	// cannot be of people, and would fill the memory.
	mostPatterns = 1 << 20
	// mostKeys bounds what one cast may choose.
	mostKeys = 200
)

// unreadable says that an export is not what it should be, as against one that
// could not be fetched.
type unreadable struct{ why string }

func (u *unreadable) Error() string { return u.why }

// export is a ballot's public export. Casts are added up while they are read.
type export struct {
	definition map[string]any
	rollSize   int
	rollDigest string
	result     map[string]any
	opinion    string
	rest       map[string]json.RawMessage

	casts       int
	castsDigest string
	patterns    map[string]int
	disorder    bool // trackers twice, or not in their order
}

func readExport(from io.Reader) (*export, error) {
	d := json.NewDecoder(io.LimitReader(from, mostExport))
	d.UseNumber()
	e := &export{patterns: map[string]int{}, rest: map[string]json.RawMessage{}}
	if err := e.read(d); err != nil {
		return nil, broken(err)
	}
	return e, e.members()
}

// broken tells what is no JSON of an export from what broke off on the way.
func broken(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if errors.As(err, &syntax) && !errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &kind) {
		return &unreadable{err.Error()}
	}
	return err
}

func (e *export) read(d *json.Decoder) error {
	if err := delim(d, '{'); err != nil {
		return err
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		if _, twice := e.rest[name]; twice {
			return &unreadable{"“" + name + "”写了两次"}
		}
		if name == "ballots" {
			e.rest[name] = nil
			if err := e.readCasts(d); err != nil {
				return err
			}
			continue
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return err
		}
		e.rest[name] = raw
	}
	_, err := d.Token()
	return err
}

func delim(d *json.Decoder, want json.Delim) error {
	t, err := d.Token()
	if err == nil && t != want {
		err = &unreadable{fmt.Sprintf("%v 的位置应是 %s", t, want)}
	}
	return err
}

func (e *export) readCasts(d *json.Decoder) error {
	if err := delim(d, '['); err != nil {
		return err
	}
	list, last := sha256.New(), ""
	for d.More() {
		var c struct {
			Tracker string   `json:"tracker"`
			Choices []string `json:"choices"`
		}
		if err := d.Decode(&c); err != nil {
			return err
		}
		if len(c.Choices) > mostKeys || len(e.patterns) > mostPatterns {
			return &unreadable{"一票的选择太多"}
		}
		e.disorder = e.disorder || c.Tracker <= last
		last = c.Tracker
		e.casts++
		e.patterns[addCast(list, c.Tracker, c.Choices)]++
	}
	e.castsDigest = hex.EncodeToString(list.Sum(nil))
	return delim(d, ']')
}

// addCast adds a line to the list of casts and gives the cast's pattern.
func addCast(list hash.Hash, tracker string, choices []string) string {
	pattern := strings.Join(choices, ",")
	_, _ = list.Write([]byte(tracker + " " + pattern + "\n")) // a hash takes everything
	return pattern
}

// members reads what is small.
func (e *export) members() error {
	var err error
	if e.definition, err = record.ReadFacts(e.rest["definition"]); err != nil {
		return &unreadable{"definition：" + err.Error()}
	}
	if e.result, err = record.ReadFacts(e.rest["result"]); err != nil {
		return &unreadable{"result：" + err.Error()}
	}
	for name, into := range map[string]any{"roll_size": &e.rollSize, "roll_digest": &e.rollDigest, "opinion": &e.opinion} {
		if raw, ok := e.rest[name]; ok {
			if err := json.Unmarshal(raw, into); err != nil {
				return &unreadable{name + "：" + err.Error()}
			}
		}
	}
	return nil
}

// canonicalDefinition gives the bytes whose digest is in the log: without the
// times that came later.
func (e *export) canonicalDefinition() ([]byte, error) {
	d := maps.Clone(e.definition)
	delete(d, "opened_at")
	delete(d, "closed_at")
	return record.Canonical(d)
}

func (e *export) text(name string) string {
	s, _ := e.definition[name].(string)
	return s
}

func (e *export) question() string { return e.text("question") }

func (e *export) number(name string) int {
	n, _ := e.result[name].(int64)
	return int(n)
}

func (e *export) resultText(name string) string {
	s, _ := e.result[name].(string)
	return s
}

// countsText lists the published counts by option, for a report.
func (e *export) countsText() string {
	counts, _ := e.result["counts"].(map[string]any)
	raw, err := record.Canonical(counts)
	if err != nil {
		return "（读不懂）"
	}
	return string(raw)
}

// ofSealed are members of a sealed ballot's result that its digest does not cover:
// they have signatures of their own.
var ofSealed = []string{"counted", "bad", "paper", "values", "sealed_by"}

func (e *export) resultFacts() map[string]any {
	r := maps.Clone(e.result)
	if sealed, _ := e.definition["sealed"].(bool); sealed {
		for _, name := range ofSealed {
			delete(r, name)
		}
	}
	return r
}

// readShown holds the page of a ballot against the entry of its opening, whether
// there is a result or not.
func (v *run) readShown(ctx context.Context, web *Site, b ballotLog) error {
	if b.opened == nil {
		return nil // a quick run has not read it
	}
	raw, err := web.small(ctx, "/api/v1/ballots/"+b.id)
	if errors.Is(err, ErrMissing) {
		v.r.find(Missing, b.id, "第%d条记录：表决开始；网站上打不开", b.opened.index)
		return nil
	}
	if err != nil {
		return err
	}
	var state struct {
		State  string `json:"state"`
		Reason string `json:"reason"`
	}
	d, err := ballot.DecodeDefinition(raw)
	if err == nil {
		err = json.Unmarshal(raw, &state)
	}
	var canonical []byte
	if err == nil {
		canonical, err = d.Encode()
	}
	if err != nil {
		v.r.find(Ballot, b.id, "网站显示的表决读不懂（%v）", err)
		return nil
	}
	if now, was := ballot.Digest(canonical), fact(b.opened.Leaf, "definition"); now != was {
		v.r.find(Ballot, b.id, "表决的内容（问题、选项、谁来投、按什么规则、时间）在开始以后被改动过：开始时存证的摘要是 %s，网站现在显示的“%s”等内容，摘要是 %s", was, d.Question, now)
	}
	v.states(b, state.State, state.Reason)
	return nil
}

// states compares where the ballot stands. What is newer than the checkpoint may
// be further than the log says, never behind it.
func (v *run) states(b ballotLog, state, reason string) {
	switch {
	case b.cancelled != nil && state != string(ballot.Cancelled):
		v.r.find(Ballot, b.id, "第%d条记录说这次表决已取消，网站却说%s", b.cancelled.index, meaning(state))
	case b.cancelled != nil && ballot.Digest([]byte(reason)) != fact(b.cancelled.Leaf, "reason_digest"):
		v.r.find(Ballot, b.id, "取消表决的理由被改动过，现在显示的是“%s”", reason)
	case b.void != nil && state != string(ballot.Void):
		v.r.find(Ballot, b.id, "第%d条记录说这次表决作废，网站却说%s", b.void.index, meaning(state))
	case b.result != nil && state != string(ballot.Certified):
		v.r.find(Ballot, b.id, "第%d条记录说结果已经公布，网站却说%s", b.result.index, meaning(state))
	case (b.closed != nil || b.committed != nil) && (state == string(ballot.Open) || state == string(ballot.Cancelled)):
		v.r.find(Ballot, b.id, "记录说这次表决已经截止，网站却说%s", meaning(state))
	}
}

// decode reads one member strictly into what is expected.
func (e *export) decode(name string, into any) error {
	d := json.NewDecoder(bytes.NewReader(e.rest[name]))
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%s：%w", name, err)
	}
	return nil
}
