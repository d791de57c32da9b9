package wechat

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1" //nolint:gosec // the platform's signature is SHA-1
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
)

// ErrUserData: encrypted user data is damaged, forged or of another app.
var ErrUserData = errors.New("wechat: user data refused")

// OpenUserData decrypts what a client passes on as encryptedData, and checks
// that it was made for this app. The SDK's own panics on a ciphertext that is
// not of whole blocks.
func OpenUserData(appID, sessionKey, encryptedData, iv string) ([]byte, error) {
	key, err1 := base64.StdEncoding.DecodeString(sessionKey)
	data, err2 := base64.StdEncoding.DecodeString(encryptedData)
	vector, err3 := base64.StdEncoding.DecodeString(iv)
	if errors.Join(err1, err2, err3) != nil || len(data) == 0 || len(data)%aes.BlockSize != 0 || len(vector) != aes.BlockSize {
		return nil, ErrUserData
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, ErrUserData
	}
	cipher.NewCBCDecrypter(block, vector).CryptBlocks(data, data)
	pad := int(data[len(data)-1])
	if pad < 1 || pad > aes.BlockSize {
		return nil, ErrUserData
	}
	plain := data[:len(data)-pad]
	var mark struct {
		Watermark struct {
			AppID string `json:"appid"`
		} `json:"watermark"`
	}
	if json.Unmarshal(plain, &mark) != nil || mark.Watermark.AppID != appID {
		return nil, ErrUserData
	}
	return plain, nil
}

// SignedByClient reports whether signature is that of rawData under a session key.
func SignedByClient(rawData, sessionKey, signature string) bool {
	sum := sha1.Sum([]byte(rawData + sessionKey)) //nolint:gosec // the platform's signature is SHA-1
	return same(hex.EncodeToString(sum[:]), signature)
}
