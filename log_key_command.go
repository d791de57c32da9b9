package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"

	"cunwu/config"
	"cunwu/service/audit"
	"cunwu/service/record"
)

// logKeyFile is where the data folder keeps the record's key where none is set.
const logKeyFile = "log.key"

type rotateLogKeyCommand struct {
	New string `arg:"" help:"新密钥的文件（64 位十六进制）；不存在就生成一个"`
}

// Run retires the key that signs the public record. The old key's signature
// over the new one goes into the record, so that whoever knew the old key can
// come to know the new one.
func (c rotateLogKeyCommand) Run(ctx context.Context, e *environment) error {
	cfg, err := config.Load(e.environ, false)
	if err != nil {
		return err
	}
	local := len(cfg.LogKey) == 0 // the key is in the data folder
	// The file comes first: a key that is lost after it was announced would
	// leave the record without a signer.
	seed, err := config.EnsureKeyFile(c.New, record.SeedSize)
	if err != nil {
		return err
	}
	keys, err := record.KeysFromSeed(seed)
	if err != nil {
		return err
	}
	a, err := NewApp(ctx, cfg, newLog(cfg, e.stderr), appOptions{})
	if err != nil {
		return err
	}
	at, err := a.record.Rotate(ctx, audit.BySystem("log.rotate"), keys)
	lines := a.record.VerifierKeys()
	if err := errors.Join(err, a.release()); err != nil {
		return err
	}
	next := fmt.Sprintf("请把 CUNWU_LOG_KEY 换成 %s 里的密钥", c.New)
	if local {
		if err := writeWhole(filepath.Join(cfg.Data, logKeyFile), []byte(hex.EncodeToString(seed)+"\n")); err != nil {
			return fmt.Errorf("已经换了密钥，但没能写进数据目录，请把 %s 复制成 %s：%w", c.New, filepath.Join(cfg.Data, logKeyFile), err)
		}
		next = "新密钥已写进数据目录"
	}
	_, err = fmt.Fprintf(e.stdout, "已换签名密钥，见存证记录第 %d 条。%s，一分钟内重启所有服务：旧密钥不再签名。\n新的公钥：%s\n", at.Index, next, lines[0])
	return err
}
