package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// maxSafe is the largest integer that every JSON reader keeps (RFC 8785,
	// section 3.2.2.3 with IEEE 754 doubles): 2^53 - 1.
	maxSafe = 1<<53 - 1
	// maxDepth bounds nesting, so that a value cannot overflow the stack.
	maxDepth = 16
)

// Canonical renders a value as RFC 8785 says: members sorted by the UTF-16 units
// of their names, no white space, the fewest escapes. It takes strings, bools,
// int, int64, lists ([]any, []string) and maps (map[string]any,
// map[string]string). Everything else is ErrLeaf: nil and fractions, integers
// beyond 2^53-1 and text that is not UTF-8, which readers would not agree on.
func Canonical(v any) ([]byte, error) { return appendValue(nil, v, 0) }

func appendValue(b []byte, v any, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("%w: nested too deep", ErrLeaf)
	}
	switch v := v.(type) {
	case string:
		return appendString(b, v)
	case bool:
		return strconv.AppendBool(b, v), nil
	case int:
		return appendInt(b, int64(v))
	case int64:
		return appendInt(b, v)
	case []string:
		return appendList(b, v, depth)
	case []any:
		return appendList(b, v, depth)
	case map[string]string:
		return appendMap(b, v, depth)
	case map[string]any:
		return appendMap(b, v, depth)
	}
	return nil, fmt.Errorf("%w: a %T has no canonical form", ErrLeaf, v)
}

func appendInt(b []byte, n int64) ([]byte, error) {
	if n > maxSafe || n < -maxSafe {
		return nil, fmt.Errorf("%w: %d is beyond 2^53", ErrLeaf, n)
	}
	return strconv.AppendInt(b, n, 10), nil
}

func appendList[V any](b []byte, list []V, depth int) ([]byte, error) {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendValue(b, v, depth+1); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func appendMap[V any](b []byte, m map[string]V, depth int) ([]byte, error) {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.SortFunc(names, compareNames)
	b = append(b, '{')
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendString(b, name); err != nil {
			return nil, err
		}
		if b, err = appendValue(append(b, ':'), m[name], depth+1); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// compareNames orders names by their UTF-16 units. Where both are ASCII, as
// nearly all are, bytes have the same order and cost nothing.
func compareNames(x, y string) int {
	if isASCII(x) && isASCII(y) {
		return strings.Compare(x, y)
	}
	return slices.Compare(utf16.Encode([]rune(x)), utf16.Encode([]rune(y)))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// shortEscapes are the control characters with an escape of two characters.
var shortEscapes = map[byte]byte{'\b': 'b', '\t': 't', '\n': 'n', '\f': 'f', '\r': 'r', '"': '"', '\\': '\\'}

func appendString(b []byte, s string) ([]byte, error) {
	if !utf8.ValidString(s) {
		return nil, fmt.Errorf("%w: text is not UTF-8", ErrLeaf)
	}
	b = append(b, '"')
	for i := range len(s) {
		c := s[i]
		if short, ok := shortEscapes[c]; ok {
			b = append(b, '\\', short)
		} else if c < 0x20 {
			b = fmt.Appendf(b, `\u%04x`, c)
		} else {
			b = append(b, c)
		}
	}
	return append(b, '"'), nil
}

// ReadLeaf reads a leaf back. Integers come as int64, lists as []any, maps as
// map[string]any. Bytes that are not exactly the canonical form of a leaf are
// ErrLeaf: two texts must not be able to mean one leaf.
func ReadLeaf(canonical []byte) (Leaf, time.Time, error) {
	var object map[string]any
	d := json.NewDecoder(bytes.NewReader(canonical))
	d.UseNumber()
	if err := d.Decode(&object); err != nil {
		return Leaf{}, time.Time{}, fmt.Errorf("%w: %w", ErrLeaf, err)
	}
	v, err := plain(object)
	if err != nil {
		return Leaf{}, time.Time{}, err
	}
	facts, _ := v.(map[string]any)
	at, isTime := facts["at"].(int64)
	kind, _ := facts["kind"].(string)
	version := facts["v"]
	for _, name := range []string{"at", "kind", "v"} {
		delete(facts, name)
	}
	l, when := Leaf{Kind: kind, Facts: facts}, time.UnixMilli(at)
	again, err := l.Canonical(when)
	if err != nil {
		return Leaf{}, time.Time{}, err
	}
	if !isTime || version != int64(leafVersion) || !bytes.Equal(again, canonical) {
		return Leaf{}, time.Time{}, fmt.Errorf("%w: not in canonical form", ErrLeaf)
	}
	return l, when, nil
}

// plain turns the decoder's numbers into integers.
func plain(v any) (any, error) {
	switch v := v.(type) {
	case json.Number:
		n, err := strconv.ParseInt(v.String(), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: %s is no integer", ErrLeaf, v)
		}
		return n, nil
	case []any:
		for i := range v {
			var err error
			if v[i], err = plain(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for name := range v {
			one, err := plain(v[name])
			if err != nil {
				return nil, err
			}
			v[name] = one
		}
	}
	return v, nil
}
