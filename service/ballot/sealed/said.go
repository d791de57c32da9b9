package sealed

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Hash is 32 bytes, in files as hex.
type Hash [32]byte

// MarshalText writes hex.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText reads hex of exactly 32 bytes.
func (h *Hash) UnmarshalText(text []byte) error {
	if hex.DecodedLen(len(text)) != len(h) {
		return ErrFile
	}
	_, err := hex.Decode(h[:], text)
	return err
}

// Statements of trustees, as files for the server. Signed is the JSON of the
// statement without its signature, members in alphabetical order, no white
// space: the canonical form of RFC 8785 for such values.

// Statement gives the keys of a seat (statement.json).
type Statement struct {
	Box        []byte `json:"box_key"`
	Definition Hash   `json:"definition"`
	Seat       string `json:"seat"`
	Sign       []byte `json:"sign_key"`
	Signature  []byte `json:"signature,omitempty"`
}

// Hold says that the seed is still held (hold.json), or, as destroyed.json,
// that it is destroyed: what is signed says which.
type Hold struct {
	Context   Hash   `json:"context"`
	Seat      string `json:"seat"`
	Signature []byte `json:"signature,omitempty"`
}

// Peeled is what the first of a pair publishes (peeled.json): no list.
type Peeled struct {
	Bad       int    `json:"bad"`
	Batch     Hash   `json:"batch"`
	Context   Hash   `json:"context"`
	N         int    `json:"n"`
	Pair      string `json:"pair"`
	Peeled    Hash   `json:"peeled"`
	Seat      string `json:"seat"`
	Signature []byte `json:"signature,omitempty"`
}

// PeeledList is what the first hands to the second, from hand to hand
// (peeled-list.json); it never goes to the server.
type PeeledList struct {
	Items  [][]byte `json:"items"`
	Peeled Peeled   `json:"peeled"`
}

// Outcome is what the second of a pair publishes (result.json): counts only.
type Outcome struct {
	Bad       int     `json:"bad"`
	Context   Hash    `json:"context"`
	Counted   int     `json:"counted"`
	N         int     `json:"n"`
	Pair      string  `json:"pair"`
	Peeled    Hash    `json:"peeled"`
	Seat      string  `json:"seat"`
	Values    [][]int `json:"values"` // [option][value]
	Signature []byte  `json:"signature,omitempty"`
}

// Signed gives the bytes of a statement that its signature is of: the statement
// must come without it.
func Signed(statement any) []byte { return signed(statement) }

func signed(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil { // of these types it cannot fail
		return nil
	}
	return raw
}

// Statement gives the signed statement of this trustee's keys.
func (t *Trustee) Statement(definition [32]byte) Statement {
	s := Statement{Box: t.Key(), Definition: definition, Seat: SeatName(t.Seat), Sign: t.SignKey()}
	s.Signature = t.Sign(SaysKeys, definition, signed(s))
	return s
}

// Check demands a statement signed by the keys it names, for this definition,
// with a key that can be sealed to.
func (s Statement) Check(definition [32]byte) error {
	sig := s.Signature
	s.Signature = nil
	if _, err := ReadSeat(s.Seat); err != nil {
		return err
	}
	if len(s.Box) != KeySize || s.Definition != definition || !VerifySaid(s.Sign, SaysKeys, definition, signed(s), sig) {
		return fmt.Errorf("%w：声明的签名不对，或者是为另一次表决做的", ErrRefused)
	}
	return usable(s.Box)
}

// Says signs that the seed is held (SaysHold) or destroyed (SaysDestroyed).
func (t *Trustee) Says(what string, p *Poll) Hold {
	h := Hold{Context: p.Context(), Seat: SeatName(t.Seat)}
	h.Signature = t.Sign(what, h.Context, signed(h))
	return h
}

// SignKeyOf gives the key of a seat's signatures, nil for no seat.
func (n Notice) SignKeyOf(seat string) []byte {
	for _, k := range n.Trustees {
		if k.Seat == seat {
			return k.Sign
		}
	}
	return nil
}

// CheckHold demands the right signature of SaysHold or SaysDestroyed.
func (n Notice) CheckHold(what string, h Hold) error {
	sig := h.Signature
	h.Signature = nil
	return n.checkSaid(what, h.Context, h.Seat, signed(h), sig)
}

// CheckPeeled demands the right signature of the first of its pair.
func (n Notice) CheckPeeled(s Peeled) error {
	sig := s.Signature
	s.Signature = nil
	pair, err := ReadPair(s.Pair)
	if err != nil {
		return err
	}
	if s.Seat != SeatName(pair.First()) {
		return fmt.Errorf("%w：不是这一对的第一位", ErrRefused)
	}
	return n.checkSaid(SaysPeeled, s.Context, s.Seat, signed(s), sig)
}

// CheckOutcome demands the right signature of the second of its pair.
func (n Notice) CheckOutcome(s Outcome) error {
	sig := s.Signature
	s.Signature = nil
	pair, err := ReadPair(s.Pair)
	if err != nil {
		return err
	}
	if s.Seat != SeatName(pair.Second()) {
		return fmt.Errorf("%w：不是这一对的第二位", ErrRefused)
	}
	return n.checkSaid(SaysResult, s.Context, s.Seat, signed(s), sig)
}

func (n Notice) checkSaid(what string, context Hash, seat string, about, sig []byte) error {
	p, err := n.Poll()
	if err != nil {
		return err
	}
	if broken("signature") {
		return nil
	}
	if p.Context() != context || !VerifySaid(n.SignKeyOf(seat), what, context, about, sig) {
		return fmt.Errorf("%w：签名不对，或者是另一次表决的", ErrRefused)
	}
	return nil
}

// Holds reports whether these are the keys that the notice names for the seat.
func (n Notice) Holds(t *Trustee) bool {
	return t.Seat < len(n.Trustees) && bytes.Equal(n.Trustees[t.Seat].Box, t.Key()) && bytes.Equal(n.Trustees[t.Seat].Sign, t.SignKey())
}

type rowJSON struct {
	Pseudo  string `json:"pseudo"`
	N       int    `json:"n"`
	Tracker Hash   `json:"tracker"`
	Ballot  []byte `json:"ballot,omitempty"`
}

// MarshalJSON writes pseudonym and tracker as hex, the ballot as base64.
func (r Row) MarshalJSON() ([]byte, error) {
	return json.Marshal(rowJSON{hex.EncodeToString(r.Pseudo[:]), r.N, r.Tracker, r.Ballot})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (r *Row) UnmarshalJSON(raw []byte) error {
	var j rowJSON
	if err := ReadFile(raw, &j); err != nil {
		return err
	}
	pseudo, err := hex.DecodeString(j.Pseudo)
	if err != nil || len(pseudo) != len(r.Pseudo) || j.N < 1 {
		return ErrFile
	}
	*r = Row{Pseudo: [16]byte(pseudo), N: j.N, Tracker: j.Tracker, Ballot: j.Ballot}
	return nil
}

// Rows is rows.json: what the trustees of the pair are given after closing.
type Rows struct {
	Context Hash  `json:"context"`
	Rows    []Row `json:"rows"`
}
