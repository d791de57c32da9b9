package record_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cunwu/service/record"
)

// The vectors follow RFC 8785, sections 3.2.2.2 and 3.2.3.
func TestCanonical(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in   any
		want string
	}{
		"Escapes": {"€$\u000f\nA'B\"\\\\\"/\u2028\b\t\f\r\u007f", `"€$\u000f\nA'B\"\\\\\"/` + "\u2028" + `\b\t\f\r` + "\u007f\""},
		"Sorting": {
			map[string]any{"€": 1, "\r": 2, "\ufb33": 3, "1": 4, "😀": 5, "\u0080": 6, "ö": 7},
			"{\"\\r\":2,\"1\":4,\"\u0080\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\ufb33\":3}",
		},
		"Nested":  {map[string]any{"b": []any{true, "x", int64(-1)}, "a": map[string]string{"二": "2", "一": "1"}}, `{"a":{"一":"1","二":"2"},"b":[true,"x",-1]}`},
		"Empty":   {map[string]any{"l": []string{}, "m": map[string]any{}, "s": ""}, `{"l":[],"m":{},"s":""}`},
		"Largest": {[]any{1<<53 - 1, -(1<<53 - 1)}, `[9007199254740991,-9007199254740991]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := record.Canonical(c.in)
			if err != nil || string(got) != c.want {
				t.Errorf("got %s, %v\nwant %s", got, err, c.want)
			}
		})
	}
	var deep any = "x"
	for range 20 {
		deep = []any{deep}
	}
	for name, v := range map[string]any{
		"Nil": nil, "Float": 1.5, "TooLarge": 1 << 53, "NotUTF8": "\xff", "NameNotUTF8": map[string]any{"\xff": 1},
		"Struct": struct{}{}, "Deep": deep, "Inside": map[string]any{"a": []any{nil}},
	} {
		if got, err := record.Canonical(v); !errors.Is(err, record.ErrLeaf) {
			t.Errorf("%s: got %s, %v", name, got, err)
		}
	}
}

// drawValue draws what facts are made of.
func drawValue(t *rapid.T, depth int) any {
	kinds := 3
	if depth > 0 {
		kinds = 5
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return rapid.String().Draw(t, "text")
	case 1:
		return rapid.Bool().Draw(t, "bool")
	case 2:
		return rapid.Int64Range(-(1<<53)+1, 1<<53-1).Draw(t, "n")
	case 3:
		out := make([]any, rapid.IntRange(0, 3).Draw(t, "len"))
		for i := range out {
			out[i] = drawValue(t, depth-1)
		}
		return out
	}
	return drawFacts(t, depth-1)
}

func drawFacts(t *rapid.T, depth int) map[string]any {
	out := map[string]any{}
	for range rapid.IntRange(0, 4).Draw(t, "members") {
		name := rapid.String().Draw(t, "name")
		if name != "at" && name != "kind" && name != "v" {
			out[name] = drawValue(t, depth)
		}
	}
	return out
}

// TestLeaf_Canonical: the order in which facts were put does not matter, the
// bytes are JSON that any reader reads as the same facts, and reading them back
// gives the leaf.
func TestLeaf_Canonical(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := record.Leaf{Kind: rapid.StringMatching(`[a-z]+\.[a-z]+`).Draw(t, "kind"), Facts: drawFacts(t, 3)}
		at := time.UnixMilli(rapid.Int64Range(0, 1<<42).Draw(t, "at"))
		raw, err := l.Canonical(at)
		if err != nil {
			if errors.Is(err, record.ErrLeaf) && strings.Contains(err.Error(), "bytes") {
				t.Skip("too large")
			}
			t.Fatal(err)
		}
		names := slices.Collect(maps.Keys(l.Facts))
		again := record.Leaf{Kind: l.Kind, Facts: map[string]any{}}
		for _, name := range rapid.Permutation(names).Draw(t, "order") {
			again.Facts[name] = l.Facts[name]
		}
		if other, err := again.Canonical(at); err != nil || !bytes.Equal(raw, other) {
			t.Fatalf("%s\n%s %v", raw, other, err)
		}
		if !json.Valid(raw) {
			t.Fatalf("not JSON: %s", raw)
		}
		back, when, err := record.ReadLeaf(raw)
		if err != nil || !when.Equal(at) || back.Kind != l.Kind || !reflect.DeepEqual(back.Facts, l.Facts) {
			t.Fatalf("%+v %s %v, want %+v", back, when, err, l)
		}
	})
}

func TestLeaf_Refused(t *testing.T) {
	t.Parallel()
	for name, l := range map[string]record.Leaf{
		"NoKind": {}, "Reserved": {Kind: "a", Facts: map[string]any{"at": 1}}, "NotAValue": {Kind: "a", Facts: map[string]any{"x": 1.0}},
		"Large": {Kind: "a", Facts: map[string]any{"x": strings.Repeat("村", 1400)}},
	} {
		if raw, err := l.Canonical(time.UnixMilli(1)); !errors.Is(err, record.ErrLeaf) {
			t.Errorf("%s: %s %v", name, raw, err)
		}
	}
	for _, raw := range []string{
		``, `null`, `[]`, `{}`, `{"at":1,"kind":"a","v":2}`, `{"kind":"a","at":1,"v":1}`, `{"at":1,"kind":"a","v":1} `,
		`{"at":1,"kind":"a","v":1,"v":1}`, `{"at":1.0,"kind":"a","v":1}`, `{"at":1,"kind":"a","v":1,"x":null}`, `{"at":"1","kind":"a","v":1}`,
		`{"at":1,"kind":"a","v":1}{}`, `{"at":1,"kind":"\u0061","v":1}`, `{"at":01,"kind":"a","v":1}`,
	} {
		if l, _, err := record.ReadLeaf([]byte(raw)); !errors.Is(err, record.ErrLeaf) {
			t.Errorf("%s was taken as %+v, %v", raw, l, err)
		}
	}
}

func FuzzReadLeaf(f *testing.F) {
	f.Add([]byte(`{"at":1,"kind":"a","v":1,"x":["y",{"z":true}]}`))
	f.Add([]byte(`{"at":-1,"kind":"","v":1}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		l, at, err := record.ReadLeaf(raw)
		if err != nil {
			return
		}
		if again, err := l.Canonical(at); err != nil || !bytes.Equal(again, raw) {
			t.Errorf("%q was taken and is %q, %v", raw, again, err)
		}
	})
}
