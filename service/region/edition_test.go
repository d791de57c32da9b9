package region

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"cunwu/service/fault"
)

const head = "code,parent_code,level,name\n"

func TestReadEdition_Guangyuan(t *testing.T) {
	t.Parallel()
	plain, err := os.ReadFile("../../config/rules/regions/guangyuan.csv")
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"plain": plain, "gzip": packed.Bytes(), "marked": append([]byte("\xef\xbb\xbf"), plain...),
	} {
		e, err := readEdition(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if e.size() != 1890 || e.scope != "5108" || e.deepest != Village || !e.has("510821102200") || e.has("510821102999") {
			t.Errorf("%s: %d places within %s down to %s", name, e.size(), e.scope, e.deepest)
		}
	}
	if _, err := readEdition(bytes.NewReader(packed.Bytes()[:packed.Len()/2])); !errors.Is(err, ErrEdition) {
		t.Errorf("half of a gzip: %v", err)
	}
}

func TestReadEdition_Scope(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Code{
		"51,,province,四川省\n":                                                             "51",
		"51,,province,四川省\n52,,province,贵州省\n":                                           "",
		"51,,province,四川省\n5108,51,city,广元市\n":                                           "5108",
		"51,,province,四川省\n5108,51,city,广元市\n5107,51,city,绵阳市\n":                         "51",
		"51,,province,四川省\n5108,51,city,广元市\n510802,5108,county,利州区\n5107,51,city,绵阳市\n": "51",
	} {
		e, err := readEdition(strings.NewReader(head + text))
		if err != nil || e.scope != want {
			t.Errorf("%s: %+v, %v", text, e, err)
		}
	}
}

func TestReadEdition_Wrong(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"Empty":        "",
		"NoHeader":     "51,,province,四川省\n",
		"OnlyHeader":   head,
		"Columns":      head + "51,,province\n",
		"Quote":        head + "51,,province,\"四川\n",
		"Code":         head + "5x,,province,四川省\n",
		"Parent":       head + "51,5,province,四川省\n",
		"Orphan":       head + "51,,province,四川省\n510802,5108,county,利州区\n",
		"OrphanDeep":   head + "51,,province,四川省\n510802101201,510802101,village,小稻村\n",
		"Level":        head + "51,,city,四川省\n",
		"Group":        head + "51080210120101,510802101201,group,一组\n",
		"Twice":        head + "51,,province,四川省\n51,,province,四川\n",
		"NoName":       head + "51,,province,  \n",
		"Formula":      head + "51,,province,=1+1\n",
		"FullFormula":  head + "51,,province,＝1\n",
		"Tag":          head + "51,,province,<b>四川\n",
		"LongName":     head + "51,,province," + strings.Repeat("川", 61) + "\n",
		"Encoding":     head + "51,,province,\xcb\xc4\n",
		"LongCode":     head + strings.Repeat("1", 1_000_000) + ",,province,四川省\n",
		"BrokenGzip":   "\x1f\x8bgarbage",
		"ControlChars": head + "51,,province,四\x00川\n",
	} {
		_, err := readEdition(strings.NewReader(text))
		f := fault.Of(err)
		if !errors.Is(err, ErrEdition) || len(f.Fields) == 0 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, x := range f.Fields {
			if len(x.Message) > 300 {
				t.Errorf("%s: a message of %d bytes", name, len(x.Message))
			}
		}
	}
}

func TestReadEdition_ManyProblems(t *testing.T) {
	t.Parallel()
	_, err := readEdition(strings.NewReader(head + strings.Repeat("x,,province,四川省\n", 100)))
	if f := fault.Of(err); f == nil || len(f.Fields) != maxProblems+1 {
		t.Fatalf("got %v", err)
	}
}

func TestReadMergers_Wrong(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"Date":  "510802101201,510802101202,2024-13-01\n",
		"Self":  "510802101201,510802101201,2024-01-01\n",
		"Level": "510802101201,510802,2024-01-01\n",
		"Twice": "510802101201,510802101202,2024-01-01\n510802101201,510802101203,2024-01-01\n",
		"Code":  "a,b,2024-01-01\n",
	} {
		if _, err := readMergers(strings.NewReader("old_code,new_code,date\n" + text)); !errors.Is(err, ErrEdition) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if m, err := readMergers(nil); err != nil || len(m) != 0 {
		t.Errorf("none: %v, %v", m, err)
	}
}

func FuzzReadEdition(f *testing.F) {
	f.Add([]byte(head + "51,,province,四川省\n5108,51,city,广元市\n"))
	f.Add([]byte("\x1f\x8b\x08\x00"))
	f.Add([]byte("\xef\xbb\xbf" + head))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := readEdition(bytes.NewReader(b))
		if err != nil {
			if !errors.Is(err, ErrEdition) {
				t.Fatalf("not a refusal: %v", err)
			}
			return
		}
		for i := range e.size() {
			p := e.place(i)
			if !p.code.Valid() || p.name == "" || (i > 0 && e.place(i-1).code >= p.code) {
				t.Fatalf("place %d is %+v", i, p)
			}
			if parent := p.code.Parent(); parent != "" && !e.has(parent) {
				t.Fatalf("%s without its parent", p.code)
			}
		}
	})
}

// The numbers sort as the codes do, and give the codes back.
func TestMark_Order(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawCode(t, "a"), drawCode(t, "b")
		if rapid.Bool().Draw(t, "related") {
			b = rapid.SampledFrom(a.Path()).Draw(t, "ancestor")
		}
		if got := (mark{key: keyOf(a)}).code(); got != a {
			t.Fatalf("%s came back as %s", a, got)
		}
		if cmp.Compare(keyOf(a), keyOf(b)) != cmp.Compare(a, b) {
			t.Fatalf("%s and %s sort otherwise", a, b)
		}
	})
}
