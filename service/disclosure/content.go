package disclosure

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// contentJSON is the canonical form of a published text: fields in this order,
// names of fields sorted, no HTML escapes. Versions and their digests outlive
// the program, so names here never change; new ones are omitted when empty.
type contentJSON struct {
	Title      string            `json:"title"`
	Summary    string            `json:"summary"`
	Body       string            `json:"body,omitempty"`
	Fields     map[string]string `json:"fields,omitempty"`
	Lines      []lineJSON        `json:"lines,omitempty"`
	IncomeFen  *int64            `json:"income_fen,omitempty"`
	ExpenseFen *int64            `json:"expense_fen,omitempty"`
	OpeningFen *int64            `json:"opening_fen,omitempty"`
	ClosingFen *int64            `json:"closing_fen,omitempty"`
	Media      []string          `json:"media,omitempty"`
	WrittenOn  string            `json:"written_on,omitempty"`
}

type lineJSON struct {
	Date       string `json:"date,omitempty"`
	Voucher    string `json:"voucher,omitempty"`
	Summary    string `json:"summary"`
	Category   string `json:"category,omitempty"`
	IncomeFen  int64  `json:"income_fen"`
	ExpenseFen int64  `json:"expense_fen"`
	BalanceFen *int64 `json:"balance_fen,omitempty"`
	Handler    string `json:"handler,omitempty"`
	Reviewer   string `json:"reviewer,omitempty"`
	Project    string `json:"project,omitempty"`
	Contract   string `json:"contract,omitempty"`
	Asset      string `json:"asset,omitempty"`
	Payee      string `json:"payee,omitempty"`
	Image      string `json:"image,omitempty"`
}

// Canonical gives the one JSON form of a content; its SHA-256 is the digest of
// a version.
func (c Content) Canonical() ([]byte, error) {
	j := contentJSON{
		Title: c.Title, Summary: c.Summary, Body: c.Body, Fields: c.Fields,
		IncomeFen: c.IncomeFen, ExpenseFen: c.ExpenseFen,
		OpeningFen: c.OpeningFen, ClosingFen: c.ClosingFen, Media: c.Media, WrittenOn: c.WrittenOn,
	}
	for _, l := range c.Lines {
		j.Lines = append(j.Lines, lineJSON(l))
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(j); err != nil {
		return nil, fmt.Errorf("disclosure: encode a content: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// readContent is the reverse of Canonical.
func readContent(raw []byte) (Content, error) {
	var j contentJSON
	if len(raw) == 0 {
		return Content{}, nil
	}
	if err := json.Unmarshal(raw, &j); err != nil {
		return Content{}, fmt.Errorf("disclosure: read a stored content: %w", err)
	}
	c := Content{
		Title: j.Title, Summary: j.Summary, Body: j.Body, Fields: j.Fields,
		IncomeFen: j.IncomeFen, ExpenseFen: j.ExpenseFen,
		OpeningFen: j.OpeningFen, ClosingFen: j.ClosingFen, Media: j.Media, WrittenOn: j.WrittenOn,
	}
	for _, l := range j.Lines {
		c.Lines = append(c.Lines, Line(l))
	}
	return c, nil
}

// Digest gives the hex SHA-256 of a canonical form.
func Digest(canonical []byte) string {
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}

// shown gives what feeds show of a content.
func (c Content) shown(questions int) Shown {
	return Shown{
		Title: c.Title, Summary: c.Summary, Attachments: len(c.Media), Questions: questions,
		IncomeFen: c.IncomeFen, ExpenseFen: c.ExpenseFen,
	}
}
