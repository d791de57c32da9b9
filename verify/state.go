package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
)

// state is what a verifier remembers between runs: the files "key" and
// "checkpoint" of its folder.
type state struct {
	key        string
	checkpoint Checkpoint // its signature was checked before it was written
}

func loadState(ctx context.Context, folder string) (state, error) {
	var s state
	if folder == "" {
		return s, nil
	}
	key, err := read(ctx, Folder(folder), "key")
	if err != nil && !errors.Is(err, ErrMissing) {
		return s, err
	}
	s.key = strings.TrimSpace(string(key))
	raw, err := read(ctx, Folder(folder), "checkpoint")
	if errors.Is(err, ErrMissing) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	text, _ := textOf(raw)
	if s.checkpoint, err = parseCheckpoint(text, raw); err != nil {
		return s, fmt.Errorf("状态目录 %s 里的检查点读不懂：%w", folder, err)
	}
	return s, nil
}

func saveState(folder, key string, checkpoint []byte) error {
	if err := put(folder, "key", strings.NewReader(key+"\n")); err != nil {
		return err
	}
	return put(folder, "checkpoint", bytes.NewReader(checkpoint))
}
