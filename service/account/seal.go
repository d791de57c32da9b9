package account

import (
	"encoding/json"
	"fmt"
)

// Sealer encrypts what is personal before it is stored and gives keyed hashes
// to look it up by. The implementation may be software or an approved module.
type Sealer interface {
	// Seal encrypts plain under the newest key; aad binds the result to its row,
	// so that a blob copied to another row does not open.
	Seal(plain, aad []byte) ([]byte, error)
	// Open decrypts what Seal gave under any known key.
	Open(blob, aad []byte) ([]byte, error)
	// MAC is a keyed hash of 32 bytes; the same value under another kind gives
	// another hash. Its key is separate and does not rotate with the others.
	MAC(kind, value string) []byte
	// KeyID names the newest key, at most 16 ascii characters.
	KeyID() string
}

// Sealed is a sealed column: the key's name, for rotation, and the blob.
type Sealed struct {
	Key  string
	Blob []byte
}

// Kinds of sealed rows, for the additional data and for resealing.
const (
	SealedAccount  = "account"
	SealedResident = "resident"
	SealedRequest  = "request"
	// Of other nouns, whose rows are sealed under the same keys.
	SealedConcern       = "concern"
	SealedConcernUpdate = "concern_update"
	SealedHousehold     = "posting_household"
	SealedBoardEntry    = "board_entry"
	// SealedBoardObjection is bound to entry and number.
	SealedBoardObjection = "board_objection"
)

// sealedKinds are all of them: a key that one of them is still under cannot go.
var sealedKinds = []string{SealedAccount, SealedResident, SealedRequest, SealedConcern, SealedConcernUpdate, SealedHousehold, SealedBoardEntry, SealedBoardObjection}

// Kinds of keyed hashes.
const (
	macOpenID = "openid"
	macName   = "name"
	macPhone  = "phone"
	macID     = "id"
	macLast4  = "last4"
)

func (s *Service) seal(kind, id string, v any) (Sealed, error) {
	return SealJSON(s.o.Sealer, string(sealedBinding(kind, id)), v)
}

func (s *Service) open(kind, id string, sealed Sealed, v any) error {
	return OpenJSON(s.o.Sealer, string(sealedBinding(kind, id)), sealed, v)
}

// SealJSON seals a value as JSON, bound to a row: "<kind>/<what the row is told by>".
func SealJSON(sealer Sealer, binding string, v any) (Sealed, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return Sealed{}, fmt.Errorf("encode %s: %w", binding, err)
	}
	blob, err := sealer.Seal(plain, []byte(binding))
	if err != nil {
		return Sealed{}, fmt.Errorf("seal %s: %w", binding, err)
	}
	return Sealed{Key: sealer.KeyID(), Blob: blob}, nil
}

// OpenJSON reads into v what SealJSON sealed under the same binding. Where nothing
// is sealed, v stays as it is.
func OpenJSON(sealer Sealer, binding string, sealed Sealed, v any) error {
	if len(sealed.Blob) == 0 {
		return nil
	}
	plain, err := sealer.Open(sealed.Blob, []byte(binding))
	if err != nil {
		return fmt.Errorf("open %s: %w", binding, err)
	}
	if err := json.Unmarshal(plain, v); err != nil {
		return fmt.Errorf("decode %s: %w", binding, err)
	}
	return nil
}

func sealedBinding(kind, id string) []byte { return []byte(kind + "/" + id) }
