package region

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"cunwu/service/calendar"
	"cunwu/service/fault"
)

const (
	// maxPlaces and maxBytes bound an edition; the whole nation has 665,276
	// places in 37 MB.
	maxPlaces   = 2_000_000
	maxBytes    = 256 << 20
	maxProblems = 20
	dateForm    = "2006-01-02"
)

var (
	// ErrEdition: the file of an edition is wrong; the fields say where, at
	// most the first 20 problems. Nothing was written.
	ErrEdition = fault.Define(fault.Invalid, "region.edition_invalid", "地区数据文件有误，没有写入任何内容，请按提示修改后重新导入。")

	editionHeader = []string{"code", "parent_code", "level", "name"}
	mergesHeader  = []string{"old_code", "new_code", "date"}
)

// place is one line of an edition.
type place struct {
	code Code
	name string
}

// edition is a read and checked file: places by code, what it is the complete
// list of, and its deepest level. The nation's 665,276 places are kept in about
// 40 bytes each: sortable numbers, and all names in one piece.
type edition struct {
	marks   []mark
	names   []byte
	scope   Code
	deepest Level
}

// mark is a place: its code as a number that sorts as the code does (14 digits,
// then the length in the low 4 bits), and where its name is.
type mark struct {
	key uint64
	at  uint32
	n   uint16
}

const keyDigits = int(Group)

func keyOf(c Code) uint64 {
	var k uint64
	for i := range keyDigits {
		k *= 10
		if i < len(c) {
			k += uint64(c[i] - '0')
		}
	}
	return k<<4 | uint64(len(c))
}

func (m mark) code() Code {
	return Code(strconv.FormatUint(m.key>>4, 10)[:m.key&15])
}

// add appends a place.
func (e *edition) add(p place) {
	e.deepest = max(e.deepest, p.code.Level())
	e.marks = append(e.marks, mark{key: keyOf(p.code), at: uint32(len(e.names)), n: uint16(len(p.name))}) //nolint:gosec // bounded by maxBytes and maxName
	e.names = append(e.names, p.name...)
}

// place gives one place; they are in the order of their codes.
func (e *edition) place(i int) place {
	m := e.marks[i]
	return place{code: m.code(), name: string(e.names[m.at : m.at+uint32(m.n)])}
}

func (e *edition) size() int { return len(e.marks) }

func (e *edition) has(c Code) bool {
	if !c.Valid() {
		return false
	}
	_, ok := slices.BinarySearchFunc(e.marks, keyOf(c), func(m mark, k uint64) int { return cmp.Compare(m.key, k) })
	return ok
}

// problems collects what is wrong with a file, up to a bound. Line 0 is the
// file as a whole.
type problems struct {
	fields []fault.Field
	more   int
}

func (p *problems) add(line int, format string, args ...any) {
	if len(p.fields) >= maxProblems {
		p.more++
		return
	}
	location := "file"
	if line > 0 {
		location = fmt.Sprintf("line %d", line)
	}
	p.fields = append(p.fields, fault.Field{Location: location, Message: fmt.Sprintf(format, args...)})
}

func (p *problems) err() error {
	if len(p.fields) == 0 {
		return nil
	}
	if p.more > 0 {
		p.fields = append(p.fields, fault.Field{Location: "file", Message: fmt.Sprintf("还有 %d 处问题没有列出。", p.more)})
	}
	return ErrEdition.With(p.fields...)
}

// readEdition reads and checks a whole file, plain or gzip.
func readEdition(r io.Reader) (*edition, error) {
	e := &edition{}
	var bad problems
	lines := map[Code]int{}
	err := readTable(r, editionHeader, func(line int, f []string) error {
		if e.size() >= maxPlaces {
			return ErrEdition.At("file", "超过 %d 行。", maxPlaces)
		}
		p, problem := readPlace(f)
		if problem != "" {
			bad.add(line, "%s", problem)
			return nil
		}
		e.add(p)
		if p.code.Level() < Village { // only these can be parents
			lines[Code(strings.Clone(string(p.code)))] = line
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(e.marks, func(a, b mark) int { return cmp.Compare(a.key, b.key) })
	e.checkTree(lines, &bad)
	if e.size() == 0 && len(bad.fields) == 0 {
		return nil, ErrEdition.At("file", "文件里没有地区。")
	}
	e.scope = e.findScope()
	return e, bad.err()
}

func readPlace(f []string) (place, string) {
	code := Code(f[0])
	l := code.Level()
	switch {
	case l == 0 || l == Group:
		return place{}, fmt.Sprintf("地区代码“%s”不对。", clip(f[0]))
	case string(code.Parent()) != f[1]:
		return place{}, fmt.Sprintf("地区 %s 的上级代码应是“%s”。", code, code.Parent())
	case l.String() != f[2]:
		return place{}, fmt.Sprintf("地区 %s 的级别应是“%s”。", code, l)
	}
	if problem := badName(f[3]); problem != "" {
		return place{}, fmt.Sprintf("地区 %s：%s", code, problem)
	}
	return place{code: code, name: strings.TrimSpace(f[3])}, ""
}

// badName tells what is wrong with the name of a place, "" if nothing.
func badName(name string) string {
	trimmed := strings.TrimSpace(name)
	switch {
	case trimmed == "":
		return "名称是空的。"
	case !utf8.ValidString(name):
		return "名称里有无法识别的字符。"
	case utf8.RuneCountInString(trimmed) > maxName:
		return fmt.Sprintf("名称超过 %d 个字。", maxName)
	case strings.ContainsAny(trimmed[:1], "=+-@") || strings.ContainsFunc(trimmed, forbidden):
		return "名称里有不允许的字符。"
	}
	return ""
}

func forbidden(r rune) bool {
	return unicode.IsControl(r) || strings.ContainsRune("<>\"\\＝＋－＠", r)
}

// checkTree finds codes listed twice and places whose parent is not listed.
func (e *edition) checkTree(lines map[Code]int, bad *problems) {
	for i, m := range e.marks {
		code := m.code()
		if i > 0 && e.marks[i-1].key == m.key {
			bad.add(lines[code], "地区代码 %s 出现了两次。", code)
		}
		parent := code.Parent()
		if _, ok := lines[parent]; parent != "" && !ok {
			bad.add(lines[code], "地区 %s 的上级 %s 不在文件里。", code, parent)
		}
	}
}

// findScope gives the lowest place that every line is within or above: a file
// with one city's tree says nothing of the other cities.
func (e *edition) findScope() Code {
	if e.size() == 0 {
		return ""
	}
	deep := e.marks[0].code()
	for _, m := range e.marks {
		if int(m.key&15) > len(deep) {
			deep = m.code()
		}
	}
	scope := Code("")
	for _, c := range deep.Path() {
		if !e.allAround(c) {
			break
		}
		scope = c
	}
	return scope
}

// allAround reports whether every place is within c or above it.
func (e *edition) allAround(c Code) bool {
	for _, m := range e.marks {
		if p := m.code(); !c.Contains(p) && !p.Contains(c) {
			return false
		}
	}
	return true
}

// merger is one line of the list of mergers.
type merger struct {
	into Code
	on   time.Time
}

// readMergers reads old_code,new_code,date; nil gives none.
func readMergers(r io.Reader) (map[Code]merger, error) {
	out := map[Code]merger{}
	if r == nil {
		return out, nil
	}
	var bad problems
	err := readTable(r, mergesHeader, func(line int, f []string) error {
		old, into := Code(f[0]), Code(f[1])
		on, err := time.ParseInLocation(dateForm, f[2], calendar.China)
		_, twice := out[old]
		switch {
		case !old.Valid() || !into.Valid() || old == into || old.Level() != into.Level():
			bad.add(line, "合并前后的代码“%s”“%s”不对，应是同一级的两个不同代码。", clip(f[0]), clip(f[1]))
		case err != nil:
			bad.add(line, "日期“%s”不对，应像 2026-01-31。", clip(f[2]))
		case twice:
			bad.add(line, "地区 %s 出现了两次。", old)
		}
		out[Code(strings.Clone(f[0]))] = merger{into: Code(strings.Clone(f[1])), on: on}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, bad.err()
}

// readTable reads a strict CSV with the given header, plain or gzip, with or
// without a byte order mark, and hands each line over.
func readTable(r io.Reader, header []string, each func(line int, fields []string) error) error {
	plain, err := unpacked(r)
	if err != nil {
		return err
	}
	limited := &io.LimitedReader{R: plain, N: maxBytes}
	c := csv.NewReader(limited)
	c.FieldsPerRecord = len(header)
	c.ReuseRecord = true
	first, err := c.Read()
	if err != nil || strings.Join(first, ",") != strings.Join(header, ",") {
		return ErrEdition.At("line 1", "第一行应是 %s。", strings.Join(header, ","))
	}
	for {
		f, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return unreadable(err)
		}
		line, _ := c.FieldPos(0)
		if err := each(line, f); err != nil {
			return err
		}
	}
	if limited.N <= 0 {
		return ErrEdition.At("file", "文件太大。")
	}
	return nil
}

func unreadable(err error) error {
	var p *csv.ParseError
	if errors.As(err, &p) {
		return ErrEdition.At(fmt.Sprintf("line %d", p.Line), "这一行无法读取，应是用逗号分开的各栏。").Because(err)
	}
	return ErrEdition.At("file", "文件无法读取，可能不完整。").Because(err)
}

func unpacked(r io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	head, _ := b.Peek(3)
	if bytes.HasPrefix(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, ErrEdition.At("file", "压缩文件无法打开。").Because(err)
		}
		return z, nil
	}
	if bytes.Equal(head, []byte("\xef\xbb\xbf")) {
		_, _ = b.Discard(3)
	}
	return b, nil
}

// clip keeps a wrong value short and printable in a message.
func clip(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if utf8.RuneCountInString(s) > 20 {
		return string([]rune(s)[:20]) + "…"
	}
	return s
}
