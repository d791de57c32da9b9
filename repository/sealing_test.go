package repository_test

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"
	"pgregory.net/rapid"

	"cunwu/repository"
)

func sealKey(id string, b byte) repository.SealKey {
	return repository.SealKey{ID: id, Key: bytes.Repeat([]byte{b}, 16)}
}

func newSealer(t testing.TB, keys ...repository.SealKey) *repository.Sealer {
	t.Helper()
	s, err := repository.NewSealer(keys, bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The vectors of GB/T 32907-2016 (SM4, one block) and GB/T 32905-2016 (SM3).
func TestSealer_StandardVectors(t *testing.T) {
	t.Parallel()
	key, _ := hex.DecodeString("0123456789abcdeffedcba9876543210")
	block, err := sm4.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]byte, 16)
	block.Encrypt(out, key)
	if got := hex.EncodeToString(out); got != "681edf34d206965e86b3e94f536e4246" {
		t.Errorf("SM4 = %s", got)
	}
	if sum := sm3.Sum([]byte("abc")); hex.EncodeToString(sum[:]) != "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0" {
		t.Errorf("SM3 = %x", sum)
	}
}

func TestSealer_OpensWhatItSealed(t *testing.T) {
	t.Parallel()
	s := newSealer(t, sealKey("k1", 1))
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		aad := rapid.SliceOf(rapid.Byte()).Draw(t, "aad")
		blob, err := s.Seal(plain, aad)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Open(blob, aad)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("%x, %v", got, err)
		}
		// One bit anywhere spoils it, and so does another row's name.
		if _, err := s.Open(blob, append(bytes.Clone(aad), 'x')); err == nil {
			t.Fatal("opened under another row")
		}
		i := rapid.IntRange(0, len(blob)-1).Draw(t, "at")
		blob[i] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if _, err := s.Open(blob, aad); err == nil {
			t.Fatal("opened a changed blob")
		}
	})
}

func TestSealer_Rotates(t *testing.T) {
	t.Parallel()
	old := newSealer(t, sealKey("k1", 1))
	both := newSealer(t, sealKey("k2", 2), sealKey("k1", 1))
	fresh := newSealer(t, sealKey("k2", 2))
	blob, err := old.Seal([]byte("张三"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := both.Open(blob, nil); err != nil || string(got) != "张三" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := fresh.Open(blob, nil); err == nil {
		t.Error("opened without the old key")
	}
	if both.KeyID() != "k2" {
		t.Error(both.KeyID())
	}
	if bytes.Equal(old.MAC("name", "a"), old.MAC("phone", "a")) || !bytes.Equal(old.MAC("name", "a"), both.MAC("name", "a")) {
		t.Error("hashes depend on kind and on the hash key only")
	}
}

func TestNewSealer_RefusesBadKeys(t *testing.T) {
	t.Parallel()
	mac := make([]byte, 32)
	for name, ring := range map[string][]repository.SealKey{
		"none": nil, "short": {{ID: "a", Key: make([]byte, 15)}}, "unnamed": {sealKey("", 1)},
		"strange": {sealKey("钥匙", 1)}, "long": {sealKey("aaaaaaaaaaaaaaaaa", 1)}, "twice": {sealKey("a", 1), sealKey("a", 2)},
	} {
		if _, err := repository.NewSealer(ring, mac); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, err := repository.NewSealer([]repository.SealKey{sealKey("a", 1)}, mac[:31]); err == nil {
		t.Error("a short hash key was taken")
	}
}

func FuzzSealer_Open(f *testing.F) {
	s := newSealer(f, sealKey("k1", 1))
	blob, err := s.Seal([]byte("x"), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(blob)
	f.Add([]byte{1, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		// Each worker seals its own seed under the same key: that one may open.
		if plain, err := s.Open(b, nil); err == nil && string(plain) != "x" {
			t.Errorf("opened %x: %x", b, plain)
		}
	})
}
