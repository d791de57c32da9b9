package ballot

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"cunwu/service/calendar"
	"cunwu/service/record"
	"cunwu/service/region"
)

// Facts gives the definition as strangers see it, in values that have a
// canonical form. Shares that ask for nothing are left out.
func (d Definition) Facts() map[string]any {
	options := make([]any, len(d.Options))
	for i, o := range d.Options {
		options[i] = map[string]any{"id": o.ID, "label": o.Label}
	}
	out := map[string]any{
		"id": d.ID, "region": string(d.Region), "question": d.Question, "kind": string(d.Kind), "options": options,
		"max_choices": d.MaxChoices, "electorate": string(d.Electorate), "rule": d.Rule, "sealed": d.Sealed,
		"revote": d.Revote, "advisory": d.Advisory, "opens_at": instant(d.OpensAt), "closes_at": instant(d.ClosesAt),
	}
	if d.AllPairs { // where it is not asked for, definitions read as they always did
		out["all_pairs"] = true
	}
	for name, s := range map[string]Share{"quorum": d.Quorum, "pass": d.Pass} {
		if s.Den != 0 {
			out[name] = map[string]any{"num": s.Num, "den": s.Den, "of": string(s.Of), "strict": s.Strict}
		}
	}
	return out
}

func instant(t time.Time) string { return t.In(calendar.China).Format(time.RFC3339) }

// Encode gives the canonical JSON of the definition: what is stored, and whose
// SHA-256 the public record carries from opening on.
func (d Definition) Encode() ([]byte, error) {
	raw, err := record.Canonical(d.Facts())
	if err != nil {
		return nil, fmt.Errorf("ballot: definition: %w", err)
	}
	return raw, nil
}

type definitionJSON struct {
	ID         string      `json:"id"`
	Region     region.Code `json:"region"`
	Question   string      `json:"question"`
	Kind       Kind        `json:"kind"`
	Options    []Option    `json:"options"` // names of fields fit whatever their case
	MaxChoices int         `json:"max_choices"`
	Electorate Electorate  `json:"electorate"`
	Rule       string      `json:"rule"`
	Quorum     Share       `json:"quorum"`
	Pass       Share       `json:"pass"`
	Sealed     bool        `json:"sealed"`
	AllPairs   bool        `json:"all_pairs"`
	Revote     bool        `json:"revote"`
	Advisory   bool        `json:"advisory"`
	OpensAt    time.Time   `json:"opens_at"`
	ClosesAt   time.Time   `json:"closes_at"`
}

// DecodeDefinition reads what Encode gave.
func DecodeDefinition(raw []byte) (Definition, error) {
	var j definitionJSON
	if err := json.Unmarshal(raw, &j); err != nil {
		return Definition{}, fmt.Errorf("ballot: read definition: %w", err)
	}
	j.OpensAt, j.ClosesAt = j.OpensAt.In(calendar.China), j.ClosesAt.In(calendar.China)
	return Definition(j), nil
}

// Digest is SHA-256 in hex.
func Digest(canonical []byte) string {
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}

// Entry is one line of the frozen roll. Subject is the person, or the household;
// Voters are the residents who may cast for it.
type Entry struct {
	Subject string
	Voters  []string
}

// RollDigest is SHA-256 over the sorted salted hashes of the entries, a line
// each. The salt stays here: nobody outside can try out persons against it.
func RollDigest(salt []byte, roll []Entry) string {
	lines := make([]string, len(roll))
	for i, e := range roll {
		sum := sha256.Sum256(append(append([]byte(nil), salt...), e.Subject...))
		lines[i] = hex.EncodeToString(sum[:])
	}
	slices.Sort(lines)
	return Digest([]byte(strings.Join(lines, "\n")))
}

const trackerAlphabet = "23456789abcdefghijkmnpqrstuvwxyz" // 32, none that reads like another

// TrackerLength is the number of characters of a tracker: 100 random bits.
const TrackerLength = 20

// NewTracker gives a random name for a cast. It is made from nothing that is
// known of the voter, the choice or the time.
func NewTracker() string {
	var b [TrackerLength]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails: the runtime aborts instead
	for i, c := range b {
		b[i] = trackerAlphabet[c&31]
	}
	return string(b[:])
}

// Pattern is a mark as it is stored and counted: its keys, sorted, with commas.
func (m Mark) Pattern() string {
	keys := slices.Clone(m.KeysOf())
	slices.Sort(keys)
	return strings.Join(keys, ",")
}

// KeysOfPattern takes a stored pattern apart.
func KeysOfPattern(p string) []string {
	if p == "" {
		return nil
	}
	return strings.Split(p, ",")
}
