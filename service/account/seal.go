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
	plain, err := json.Marshal(v)
	if err != nil {
		return Sealed{}, fmt.Errorf("account: encode %s: %w", kind, err)
	}
	blob, err := s.o.Sealer.Seal(plain, sealedBinding(kind, id))
	if err != nil {
		return Sealed{}, fmt.Errorf("account: seal %s: %w", kind, err)
	}
	return Sealed{Key: s.o.Sealer.KeyID(), Blob: blob}, nil
}

func (s *Service) open(kind, id string, sealed Sealed, v any) error {
	if len(sealed.Blob) == 0 {
		return nil
	}
	plain, err := s.o.Sealer.Open(sealed.Blob, sealedBinding(kind, id))
	if err != nil {
		return fmt.Errorf("account: open %s %s: %w", kind, id, err)
	}
	if err := json.Unmarshal(plain, v); err != nil {
		return fmt.Errorf("account: decode %s %s: %w", kind, id, err)
	}
	return nil
}

func sealedBinding(kind, id string) []byte { return []byte(kind + "/" + id) }
