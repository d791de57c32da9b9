// Package mention collects what the public accounts say of one thing: every
// line of a standing public posting that names a project, a contract, an asset
// or a paid organisation is found on the page of that thing, whichever quarter
// it was disclosed in.
//
// Invariants: only what strangers may read is collected; people are not: a name
// that is masked, or that could be a person's, has no page; a thing's id follows
// from its village, kind and name, so that the address on a printed code stays;
// sums are counted from the lines that stand, never moved by differences; what
// is withdrawn is gone from the lists at once, and from the sums when the event
// of it has been followed.
package mention

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/outbox"
	"cunwu/service/region"
)

// Kind says what sort of thing is named.
type Kind string

// Kinds of things.
const (
	Project  Kind = "project"
	Contract Kind = "contract"
	Asset    Kind = "asset"
	Payee    Kind = "payee" // an organisation that money was paid to or taken from
)

// Kinds lists the kinds in the order in which they are shown.
var Kinds = []Kind{Project, Contract, Asset, Payee}

// Word is what people call the kind, "" for none of ours.
func (k Kind) Word() string {
	return map[Kind]string{Project: "项目", Contract: "合同", Asset: "资产", Payee: "往来单位"}[k]
}

// Faults of the package.
var (
	// ErrNotFound: nothing that stands names such a thing.
	ErrNotFound = fault.Define(fault.NotFound, "mention.not_found", "没有找到这个项目、合同、资产或单位。")
	// ErrQuery: the list was asked for in a way that has no answer.
	ErrQuery = fault.Define(fault.Invalid, "mention.query_invalid", "查询条件不对。")
)

// Thing is a project, contract, asset or organisation as one village's public
// postings name it. Sums are 分 over all lines that name it.
type Thing struct {
	ID         string
	Region     region.Code
	RegionName string
	Kind       Kind
	Name       string
	Lines      int
	IncomeFen  int64
	ExpenseFen int64
	LastAt     time.Time // of the newest publication that names it
}

// Mention is one line of a posting, or one of its fields, that names a thing.
type Mention struct {
	ThingID   string
	Pos       int64 // of the posting in the feeds
	Line      int   // from 0 in the posting's lines; FieldLine where a field names it
	PostingID string
	Version   int
	Date      string // of the line, 2006-01-02; "" where it has none
	Summary   string
	// IncomeFen and ExpenseFen are 分; both 0 where a field names the thing.
	IncomeFen  int64
	ExpenseFen int64
}

// FieldLine stands for the number of a line where a field names the thing.
const FieldLine = -1

// Source is what the public may read of a posting now.
type Source struct {
	ID       string
	Region   region.Code
	ItemCode string
	Pos      int64
	Version  int
	Content  []byte // canonical JSON of the standing version
}

// After is a place in a list of things: behind the one with this time and id.
// The zero value is the beginning.
type After struct {
	At time.Time
	ID string
}

// AfterLine is a place in the lines of a thing. The zero value is the beginning.
type AfterLine struct {
	Pos  int64
	Line int
}

// Store is what the package needs of the archive.
type Store interface {
	// ThingList gives the things of a village, of one kind or of all (""), by
	// newest publication, then id, both falling, at most limit.
	ThingList(ctx context.Context, village region.Code, kind Kind, after After, limit int) ([]Thing, error)
	// Thing gives one. ErrNotFound.
	Thing(ctx context.Context, id string) (Thing, error)
	// ThingLines gives the lines that name a thing, newest posting and last line
	// first, at most limit; with q only those in whose summary it occurs. Lines
	// of what does not stand any more are left out, so a page can be short.
	ThingLines(ctx context.Context, id, q string, after AfterLine, limit int) (lines []Mention, next AfterLine, err error)
}

// Tx is the writing side: what a follower of the outbox offers.
type Tx interface {
	outbox.Tx
	// MentionSource gives what the public may read of a posting now; false where
	// that is nothing.
	MentionSource(ctx context.Context, postingID string) (Source, bool, error)
	// DropMentions removes the lines of a posting and gives the things that
	// they named.
	DropMentions(ctx context.Context, postingID string) ([]string, error)
	// PutMentions adds lines, and the things that are not there yet.
	PutMentions(ctx context.Context, things []Thing, lines []Mention) error
	// RecountThings counts the lines and sums of things anew; those without
	// lines go.
	RecountThings(ctx context.Context, ids []string) error
	// RegionChanged drops prepared answers of the place; see package disclosure.
	RegionChanged(ctx context.Context, code region.Code) error
}

var idLetters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// idLength is that of all ids; 130 bits.
const idLength = 26

// ID gives the id of a thing: the same for ever for the same village, kind and
// normalised name.
func ID(village region.Code, kind Kind, name string) string {
	sum := sha256.Sum256([]byte(string(village) + "|" + string(kind) + "|" + Name(name)))
	return idLetters.EncodeToString(sum[:])[:idLength]
}

// Linked gives the id of the thing that a line of a village's account names;
// false where such a name has no page: it is masked, could be a person's, or is
// a description.
func Linked(village region.Code, kind Kind, name string) (string, bool) {
	if strings.ContainsAny(name, "\r\n") {
		return "", false
	}
	if name = Name(name); !collected(kind, name) {
		return "", false
	}
	return ID(village, kind, name), true
}

// Name gives the one form of a name: full-width letters and brackets as plain
// ones, no space around or doubled within.
func Name(name string) string {
	return strings.Join(strings.Fields(norm.NFKC.String(name)), " ")
}

// longestName is the most characters that are taken for a name: what is longer
// is a description, which no other line will repeat.
const longestName = 60

// collected reports whether a name gets a page.
func collected(kind Kind, name string) bool {
	n := utf8.RuneCountInString(name)
	if n == 0 || n > longestName || strings.ContainsAny(name, "*＊") {
		return false
	}
	return kind != Payee || organisation(name)
}

// longestPerson is the most characters of a person's name without a dot.
const longestPerson = 4

// bodies are the last characters of names of organisations that are as short as
// a person's.
const bodies = "店厂所站会社院校部局行队处家馆场司矿坊庙园办室组村镇乡县市"

// organisation reports whether a name is certainly not a person's. Accounts are
// masked before publication; this keeps a page from being made of a name that
// slipped through.
func organisation(name string) bool {
	if strings.ContainsAny(name, "·•・") {
		return false // names of several peoples are written with a dot
	}
	if utf8.RuneCountInString(name) > longestPerson {
		return true
	}
	last, _ := utf8.DecodeLastRuneInString(name)
	return strings.ContainsRune(bodies, last)
}

// fieldKinds says which fields of catalogue items name a thing.
var fieldKinds = map[string]Kind{
	"项目": Project, "项目名称": Project, "合同编号": Contract, "资产": Asset, "资产名称": Asset,
	"中标方": Payee, "承租方": Payee, "对方": Payee,
}

// notProjects are the items whose field 项目 is the name of a benefit or a
// charge: a page of "水费" would collect nothing that belongs together.
var notProjects = map[string]bool{"H07": true, "H08": true, "J06": true}

// found is one posting's things and lines.
type found struct {
	things []Thing
	lines  []Mention
}

// find collects what a posting names.
func find(s Source, c disclosure.Content) found {
	village := s.Region.At(region.Village)
	if village == "" {
		village = s.Region
	}
	var out found
	seen := map[string]bool{}
	add := func(kind Kind, name string, m Mention) {
		id, ok := Linked(village, kind, name)
		if !ok {
			return
		}
		name = Name(name)
		m.ThingID, m.Pos, m.PostingID, m.Version = id, s.Pos, s.ID, s.Version
		if !seen[m.ThingID] {
			seen[m.ThingID] = true
			out.things = append(out.things, Thing{ID: m.ThingID, Region: village, Kind: kind, Name: name})
		} else if m.Line == FieldLine {
			return // named twice by fields
		}
		out.lines = append(out.lines, m)
	}
	for name, kind := range fieldKinds {
		if kind == Project && notProjects[s.ItemCode] {
			continue
		}
		if v := c.Fields[name]; v != "" {
			add(kind, v, Mention{Line: FieldLine, Summary: c.Title})
		}
	}
	for i, l := range c.Lines {
		m := Mention{Line: i, Date: l.Date, Summary: l.Summary, IncomeFen: l.IncomeFen, ExpenseFen: l.ExpenseFen}
		add(Project, l.Project, m)
		add(Contract, l.Contract, m)
		add(Asset, l.Asset, m)
		add(Payee, l.Payee, m)
	}
	return out
}
