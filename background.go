package main

import (
	"context"
	"path/filepath"
	"runtime/debug"
	"time"

	"cunwu/repository"
	"cunwu/service/region"
)

// How often the loops look. Timers count in days, so a minute late is on time;
// changes made by other instances must show within a second.
const (
	changesEvery = 500 * time.Millisecond
	sweepEvery   = 30 * time.Second
	purgeEvery   = time.Hour
	leaveEvery   = 30 * time.Second
)

// startLoops runs what goes on beside the requests. Each loop ends with ctx.
func (a *App) startLoops(ctx context.Context) {
	ctx, a.stop = context.WithCancel(context.WithoutCancel(ctx))
	a.loops.Go(func() { a.followChanges(ctx) })
	a.loops.Go(func() { a.sweep(ctx); every(ctx, sweepEvery, a.sweep) })
	a.loops.Go(func() { every(ctx, purgeEvery, a.purge) })
	a.loops.Go(func() {
		a.leaveCheckpoint(ctx)
		every(ctx, leaveEvery, a.leaveCheckpoint)
	})
	a.loops.Go(func() { a.sealJournal(ctx) })
	a.loops.Go(func() { a.keepDuties(ctx) })
	a.loops.Go(func() { giveBack(ctx) })
	a.startInbox(ctx)
	a.startModeration(ctx)
	a.startFollowers(ctx)
	if a.redis != nil {
		a.loops.Go(func() { a.redis.Listen(ctx, a.prepared.Wake) })
	}
}

// startedAfter is when everything that a start needs is read, by far.
const startedAfter = 8 * time.Second

// giveBack returns to the machine, once, what starting took: rules, templates
// and descriptions are read by making several times what is kept of them, and a
// server that nobody calls would hold on to that for long.
func giveBack(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(startedAfter):
		debug.FreeOSMemory()
	}
}

func every(ctx context.Context, d time.Duration, do func(context.Context)) {
	t := time.NewTicker(d)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			do(ctx)
		}
	}
}

// followChanges drops prepared answers of places that other instances changed.
func (a *App) followChanges(ctx context.Context) {
	var f *repository.Follower
	ranked := &rankingWatch{follower: a.db.FollowRankings()}
	a.prepared.Follow(ctx, func(ctx context.Context, _ int64) ([]region.Code, int64, error) {
		var err error
		if f == nil {
			if f, err = a.db.Follow(ctx); err != nil {
				return nil, 0, err
			}
		}
		changes, err := f.Next(ctx)
		if err != nil {
			return nil, 0, err
		}
		if err := a.rankingChanges(ctx, ranked); err != nil {
			return nil, 0, err
		}
		var codes []region.Code
		var last int64
		for _, c := range changes {
			codes = append(codes, c.Region)
			last = max(last, c.Serial)
		}
		return codes, last, nil
	}, changesEvery)
}

// hint tells other instances to look at once. It may be lost: they poll.
func (a *App) hint() {
	if a.redis == nil {
		return
	}
	a.loops.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		a.redis.Hint(ctx)
	})
}

// sweep fires the timers of cases: what the rules make happen by itself.
func (a *App) sweep(ctx context.Context) {
	n, err := a.procedures.Sweep(ctx, a.fireTimer)
	if err != nil {
		a.log.WarnContext(ctx, "timers", "fired", n, "cause", err)
	}
	a.sweepBallots(ctx)
	a.sweepModeration(ctx)
	a.askRaisers(ctx)
	a.sweepErased(ctx)
}

// purge removes what has served its time: receipts of three days, used codes,
// sessions that are over.
func (a *App) purge(ctx context.Context) {
	if _, err := a.db.Purge(ctx); err != nil {
		a.log.WarnContext(ctx, "purge", "cause", err)
	}
	if _, err := a.accounts.Sweep(ctx); err != nil {
		a.log.WarnContext(ctx, "purge of sessions", "cause", err)
	}
	a.reseal(ctx)
}

// leaveCheckpoint leaves the log's checkpoint in the data folder, so that a
// restore there does not go back behind it (backup_command.go).
func (a *App) leaveCheckpoint(ctx context.Context) {
	text, err := a.record.Checkpoint(ctx)
	if err == nil {
		err = writeWhole(filepath.Join(a.cfg.Data, checkpointFile), []byte(text))
	}
	if err != nil {
		a.log.WarnContext(ctx, "checkpoint not left", "cause", err)
	}
}

// resealBatch is how many rows of a kind one transaction seals again.
const resealBatch = 200

// reseal brings everything under the newest key where there are older ones.
// A line in the log that nothing was left says that the older keys can go.
func (a *App) reseal(ctx context.Context) {
	if len(a.cfg.SealKeys) < 2 {
		return
	}
	for all := 0; ; {
		n, err := a.accounts.Reseal(ctx, resealBatch)
		if err != nil {
			a.log.WarnContext(ctx, "sealing under the newest key", "cause", err)
			return
		}
		if all += n; n == 0 {
			a.log.InfoContext(ctx, "everything is sealed under the newest key", "now", all, "key", a.cfg.SealKeys[0].ID)
			return
		}
	}
}
