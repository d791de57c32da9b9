package sealed

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"cunwu/service/record"
)

// LeastBallots is the fewest ballots that are ever opened: with fewer, the
// counts would show who chose what. A definition may ask for more.
const LeastBallots = 5

// ErrFile: a file of the ceremony cannot be read as what it should be.
var ErrFile = errors.New("文件不对")

// Notice is what is published of a sealed poll (poll.json): first the
// definition alone, for which trustees make their keys; from opening on also
// the frozen roll and the three keys. Nothing in it is secret.
//
//	{"definition": {…}, "roll": "<hex>", "roll_size": 312,
//	 "trustees": [{"seat": "A", "box_key": "<base64>", "sign_key": "<base64>"}, …]}
type Notice struct {
	Definition json.RawMessage `json:"definition"`
	Roll       string          `json:"roll,omitempty"`
	RollSize   int             `json:"roll_size,omitempty"`
	Trustees   []Keys          `json:"trustees,omitempty"`
}

// Keys are the two public keys of one seat.
type Keys struct {
	Box  []byte `json:"box_key"`
	Seat string `json:"seat"`
	Sign []byte `json:"sign_key"`
}

// ReadNotice reads poll.json.
func ReadNotice(raw []byte) (Notice, error) {
	var n Notice
	if err := ReadFile(raw, &n); err != nil {
		return Notice{}, err
	}
	if _, err := n.Digest(); err != nil {
		return Notice{}, err
	}
	return n, nil
}

// ReadFile reads one JSON file of the ceremony; members nobody knows and
// anything after the end are ErrFile.
func ReadFile(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%w：%w", ErrFile, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w：后面还有别的内容", ErrFile)
	}
	return nil
}

// definition gives the definition in values that have a canonical form, so that
// white space and escapes of the file do not matter.
func (n Notice) definition() (map[string]any, error) {
	var object map[string]any
	d := json.NewDecoder(bytes.NewReader(n.Definition))
	d.UseNumber()
	if err := d.Decode(&object); err != nil {
		return nil, fmt.Errorf("%w：表决内容：%w", ErrFile, err)
	}
	whole, err := integers(object)
	if err != nil {
		return nil, err
	}
	out, _ := whole.(map[string]any)
	return out, nil
}

func integers(v any) (any, error) {
	switch v := v.(type) {
	case json.Number:
		n, err := v.Int64()
		if err != nil {
			return nil, fmt.Errorf("%w：%s 不是整数", ErrFile, v)
		}
		return n, nil
	case []any:
		for i := range v {
			one, err := integers(v[i])
			if err != nil {
				return nil, err
			}
			v[i] = one
		}
	case map[string]any:
		for name := range v {
			one, err := integers(v[name])
			if err != nil {
				return nil, err
			}
			v[name] = one
		}
	}
	return v, nil
}

func digest(v any) ([32]byte, error) {
	raw, err := record.Canonical(v)
	if err != nil {
		return [32]byte{}, fmt.Errorf("%w：%w", ErrFile, err)
	}
	return sha256.Sum256(raw), nil
}

// Digest is SHA-256 of the definition's canonical form: what trustees' keys are
// made for.
func (n Notice) Digest() ([32]byte, error) {
	d, err := n.definition()
	if err != nil {
		return [32]byte{}, err
	}
	return digest(d)
}

// bounds are the members of a definition that say what a frame may hold.
type bounds struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"`
	Sealed  bool   `json:"sealed"`
	Options []struct {
		ID string `json:"id"`
	} `json:"options"`
	MaxChoices int  `json:"max_choices"`
	Least      int  `json:"least_ballots"`
	AllPairs   bool `json:"all_pairs"`
}

// most of a score; kinds and words are those of package ballot.
const mostScore = 5

// Bounds gives a poll without digest and keys: how frames of this definition
// look, by its kind.
func (n Notice) Bounds() (Poll, error) {
	var b bounds
	if err := json.Unmarshal(n.Definition, &b); err != nil {
		return Poll{}, fmt.Errorf("%w：表决内容：%w", ErrFile, err)
	}
	p := Poll{Options: len(b.Options), Max: 1, Least: 1, Most: 1}
	switch b.Kind {
	case "yes_no", "choose_one", "satisfied":
	case "choose_up_to":
		p.Most = b.MaxChoices
	case "score":
		p.Max, p.Least, p.Most = mostScore, p.Options, p.Options
	default:
		return Poll{}, fmt.Errorf("%w：不认识的表决方式 %q", ErrFile, b.Kind)
	}
	for i, o := range b.Options {
		if o.ID == "abstain" && b.Kind != "score" {
			p.Alone = i + 1
		}
	}
	if !b.Sealed || p.Options < 1 || p.Options > MaxOptions {
		return Poll{}, fmt.Errorf("%w：不是秘密表决", ErrFile)
	}
	return p, nil
}

// Minimum is the fewest ballots of this poll that are opened, at least
// LeastBallots whatever the definition says.
func (n Notice) Minimum() int {
	var b bounds
	_ = json.Unmarshal(n.Definition, &b) // Bounds says what is wrong with it
	return max(b.Least, LeastBallots)
}

// AllPairs reports whether the definition asks for the opening by all three
// pairs, which must agree.
func (n Notice) AllPairs() bool {
	var b bounds
	_ = json.Unmarshal(n.Definition, &b) // Bounds says what is wrong with it
	return b.AllPairs
}

// Poll gives what ballots of this poll are bound to. Its digest covers the
// definition, the frozen roll and the keys of signatures; with the box keys in
// the context, the fingerprint on the printed notice covers everything.
func (n Notice) Poll() (*Poll, error) {
	p, err := n.Bounds()
	if err != nil {
		return nil, err
	}
	if len(n.Trustees) != Seats || n.Roll == "" {
		return nil, fmt.Errorf("%w：表决还没有开始，没有名册和三位保管人的公钥", ErrFile)
	}
	signs := make([]any, Seats)
	for i, k := range n.Trustees {
		if k.Seat != SeatName(i) || len(k.Sign) != KeySize {
			return nil, fmt.Errorf("%w：保管人的公钥应按 A、B、C 排列", ErrFile)
		}
		p.Keys[i], signs[i] = k.Box, base64.StdEncoding.EncodeToString(k.Sign)
		for _, other := range n.Trustees[:i] {
			if bytes.Equal(other.Sign, k.Sign) {
				return nil, ErrKeys
			}
		}
	}
	d, err := n.definition()
	if err != nil {
		return nil, err
	}
	if p.Definition, err = digest(map[string]any{"definition": d, "roll": n.Roll, "roll_size": n.RollSize, "sign_keys": signs}); err != nil {
		return nil, err
	}
	return &p, p.Check()
}

// Fingerprint is the 20 characters of the context that stand on the notice.
func (p *Poll) Fingerprint() string { return TrackerText(p.Context()) }

// SeatName gives A, B or C.
func SeatName(seat int) string { return "ABC"[seat : seat+1] }

// ReadSeat gives the number of a seat, from 0.
func ReadSeat(name string) (int, error) {
	if len(name) != 1 || name[0] < 'A' || name[0] >= 'A'+Seats {
		return 0, fmt.Errorf("%w：席位是 A、B 或 C", ErrFile)
	}
	return int(name[0] - 'A'), nil
}

// String gives AB, AC or BC.
func (p Pair) String() string { return SeatName(p.First()) + SeatName(p.Second()) }

// ReadPair reads AB, AC or BC.
func ReadPair(name string) (Pair, error) {
	for p := AB; p <= BC; p++ {
		if p.String() == name {
			return p, nil
		}
	}
	return 0, fmt.Errorf("%w：一对保管人是 AB、AC 或 BC", ErrFile)
}
