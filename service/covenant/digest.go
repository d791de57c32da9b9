package covenant

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"

	"cunwu/service/record"
)

// Canonical gives the text of a version in the form that its digest is made of,
// and that anybody can make again: RFC 8785 JSON of clauses, number, region,
// text and title.
func (v Version) Canonical() ([]byte, error) {
	clauses := make([]any, len(v.Content.Clauses))
	for i, c := range v.Content.Clauses {
		measures := make([]any, len(c.Measures))
		for j, m := range c.Measures {
			measures[j] = map[string]any{"text": m.Text, "source": m.Source}
		}
		clauses[i] = map[string]any{
			"code": c.Code, "number": c.Number, "topic": c.Topic, "kind": string(c.Kind), "text": c.Text, "measures": measures,
			"source": c.Source, "list": string(c.List), "turns_red": c.TurnsRed,
		}
	}
	raw, err := record.Canonical(map[string]any{
		"text": string(v.Kind), "region": string(v.Region), "number": v.Number, "title": v.Content.Title, "clauses": clauses,
	})
	if err != nil {
		return nil, fmt.Errorf("covenant: canonical text: %w", err)
	}
	return raw, nil
}

// digested gives the digest of a version's text, "" where it has no clauses.
func (v Version) digested() (string, error) {
	if len(v.Content.Clauses) == 0 {
		return "", nil
	}
	raw, err := v.Canonical()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}

// same reports whether two drafts say the same.
func (d Draft) same(o Draft) bool {
	return d.Title == o.Title && reflect.DeepEqual(d.Clauses, o.Clauses)
}
