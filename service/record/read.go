package record

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/emmansun/gmsm/sm2"
)

// ReadFacts reads a JSON object into values that have a canonical form: integers
// as int64, lists as []any, maps as map[string]any. ErrLeaf for everything else.
func ReadFacts(raw []byte) (map[string]any, error) {
	var object map[string]any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&object); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLeaf, err)
	}
	v, err := plain(object)
	if err != nil {
		return nil, err
	}
	facts, _ := v.(map[string]any)
	return facts, nil
}

// VerifySM2 reports whether sig is the SM2 signature (SM3, the usual user id,
// ASN.1 DER) of message by an uncompressed point.
func VerifySM2(point, message, sig []byte) bool {
	key, err := sm2.NewPublicKey(point)
	return err == nil && sm2.VerifyASN1WithSM2(key, nil, message, sig)
}
