package config

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ErrNoKeys: production never makes its own keys: a key that nobody has kept is
// lost with the disk, and with it all that it sealed.
var ErrNoKeys = errors.New("config: production needs its keys set")

// EnsureKeys fills in the keys that were not set from files in the data folder,
// which are made at the first start, readable by nobody else. It makes no file
// where all keys are set.
func (c *Config) EnsureKeys() error {
	missing := len(c.SealKeys) == 0 || len(c.MACKey) == 0 || len(c.LogKey) == 0
	if missing && c.Production {
		return ErrNoKeys
	}
	if len(c.SealKeys) == 0 {
		key, err := EnsureKeyFile(filepath.Join(c.Data, "seal.key"), 16)
		if err != nil {
			return err
		}
		c.SealKeys = []SealKey{{ID: "local", Key: key}}
	}
	for _, k := range []struct {
		file string
		key  *[]byte
	}{{"mac.key", &c.MACKey}, {"log.key", &c.LogKey}} {
		if len(*k.key) > 0 {
			continue
		}
		key, err := EnsureKeyFile(filepath.Join(c.Data, k.file), 32)
		if err != nil {
			return err
		}
		*k.key = key
	}
	if c.LogOrigin == "" {
		c.LogOrigin = defaultOrigin(c.MACKey)
	}
	return nil
}

// defaultOrigin names the public log of a site that has no name for it: of the
// key that stays the same for the life of the database, and so unlike that of
// any other site.
func defaultOrigin(macKey []byte) string {
	mac := hmac.New(sha256.New, macKey)
	mac.Write([]byte("cunwu log origin"))
	return "cunwu.local/" + hex.EncodeToString(mac.Sum(nil)[:8])
}

// EnsureKeyFile gives the key of size bytes that a file holds in hexadecimal,
// and makes one with a random key, mode 0600, where there is no file. A damaged
// file is an error, never replaced: what it sealed would be lost.
func EnsureKeyFile(path string, size int) ([]byte, error) {
	text, err := readSmall(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeKeyFile(path, size)
	}
	if err != nil {
		return nil, fmt.Errorf("config: read key %s: %w", path, err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != size {
		return nil, fmt.Errorf("config: %s does not hold a key of %d bytes", path, size)
	}
	return key, nil
}

func makeKeyFile(path string, size int) ([]byte, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("config: make data folder: %w", err)
	}
	key := make([]byte, size)
	_, _ = rand.Read(key) // crypto/rand never fails: the runtime aborts instead
	tmp, err := os.CreateTemp(filepath.Dir(path), ".key-*")
	if err != nil {
		return nil, fmt.Errorf("config: make key: %w", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	_, werr := tmp.WriteString(hex.EncodeToString(key) + "\n")
	if err := errors.Join(werr, tmp.Sync(), tmp.Close()); err != nil {
		return nil, fmt.Errorf("config: write key: %w", err)
	}
	// Link instead of rename: of two that start at once, one key must win.
	err = os.Link(tmp.Name(), path)
	if errors.Is(err, fs.ErrExist) {
		return EnsureKeyFile(path, size)
	}
	if err != nil {
		return nil, fmt.Errorf("config: keep key: %w", err)
	}
	return key, nil
}
