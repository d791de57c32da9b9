package main

import (
	"context"
	"errors"
	"fmt"

	"cunwu/config"
)

type adminEndCommand struct {
	Account string `help:"账号编号，启动时的报错里有" required:""`
}

// Run ends what makes an account administrator. It works where the server refuses
// to start because that account keeps a key of a sealed ballot.
func (c adminEndCommand) Run(ctx context.Context, e *environment) error {
	cfg, err := config.Load(e.environ, false)
	if err != nil {
		return err
	}
	a, err := NewApp(ctx, cfg, newLog(cfg, e.stderr), appOptions{autoCreate: embedded(cfg)})
	if err != nil {
		return err
	}
	n, err := a.accounts.AdminEnd(ctx, c.Account)
	if err := errors.Join(err, a.release()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "终止了 %d 个管理员职务。\n", n)
	return err
}
