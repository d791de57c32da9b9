package api

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
)

func TestParseCast(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]bool{
		`{"choices":["yes"]}`:                        true,
		`{"scores":{"a":1,"b":2}}`:                   true,
		`{}`:                                         true,
		` { "choices" : [ "a" , "a" ] } `:            true, // twice one option: for the rules to refuse
		`{"Choices":["yes"]}`:                        false,
		`{"choices":["yes"],"voter":"x"}`:            false,
		`{"choices":["yes"],"choices":["no"]}`:       false,
		`{"scores":{"a":1,"a":5}}`:                   false,
		`{"choices":["a"],"\u0063hoices":["b"]}`:     false,
		`{"scores":{"a":{"b":1}}}`:                   false,
		`{"scores":{"a":1.5}}`:                       false,
		`{"ballot":"not base64!"}`:                   false,
		`[]`:                                         false,
		`"choices"`:                                  false,
		`{"choices":{"a":1}}`:                        false,
		`{"choices":[["a"]]}`:                        false,
		`{"scores":{"a":1e400}}`:                     false,
		`{"choices":["a"]}{"choices":["b"]}`:         false,
		`{"choices":["a"],"scores":{"choices":1}}`:   true,
		`{"scores":{"choices":1},"choices":["a"]}`:   true,
		`{"choices":["choices","choices","scores"]}`: true,
	} {
		if _, err := parseCast([]byte(body)); (err == nil) != want {
			t.Errorf("%s: %v, want taken: %v", body, err, want)
		}
	}
}

// FuzzParseCast: what is taken says one thing, the same when it is written anew.
func FuzzParseCast(f *testing.F) {
	f.Add([]byte(`{"choices":["yes"]}`))
	f.Add([]byte(`{"scores":{"a":1,"b":5}}`))
	f.Add([]byte(`{"ballot":"AAAA"}`))
	f.Add([]byte(`{"choices":["a"],"choices":["b"]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := parseCast(body)
		if err != nil {
			return
		}
		if !json.Valid(body) {
			t.Fatalf("%q is taken and no JSON", body)
		}
		again, err := json.Marshal(castBody{Choices: m.Choices, Scores: m.Scores, Ballot: m.Sealed})
		if err != nil {
			t.Fatal(err)
		}
		n, err := parseCast(again)
		if err != nil || !slices.Equal(m.Choices, n.Choices) || !maps.Equal(m.Scores, n.Scores) || !slices.Equal(m.Sealed, n.Sealed) {
			t.Fatalf("%q: %+v, again %+v %v", body, m, n, err)
		}
	})
}
