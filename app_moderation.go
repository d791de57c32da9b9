package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"cunwu/repository/wechat"
	"cunwu/service/account"
	"cunwu/service/concern"
	"cunwu/service/inbox"
	"cunwu/service/moderation"
)

// askEvery is how soon after it was sent a file is given to WeChat.
const askEvery = time.Second

// linkUse keeps the signatures of files' addresses apart from other uses of the key.
const linkUse = "media_check_link"

// openModeration builds what sees to it that nothing unreviewed is shown.
func (a *App) openModeration(o appOptions, sealer account.Sealer) {
	outcomes := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "cunwu_content_checks_total", Help: "Checks of texts and files, by what and by outcome.",
	}, []string{"what", "outcome"})
	a.metrics.Registry.MustRegister(outcomes)
	mo := moderation.Options{
		Rules: a.rules.moderation, Powers: a.accounts, Places: a.regions, Clock: a.clock, Addresses: a.accounts, AppID: a.cfg.WeChat.AppID,
		Files: a.media, Site: a.cfg.SiteURL, Screening: a.rules.screening, RoleName: a.roleName, Log: a.log,
		Sign: func(text string) []byte { return sealer.MAC(linkUse, text) },
		Kinds: map[string]moderation.Kind{
			concern.SubjectKind:   {Name: "说事", Power: concern.PowerModerate, Texts: a.concernTexts},
			concern.UpdateSubject: {Name: "说事的进展", Power: concern.PowerModerate},
		},
		Observe: func(what, outcome string) { outcomes.WithLabelValues(what, outcome).Inc() },
	}
	if checker, ok := a.wechat.(moderation.Checker); ok {
		mo.Checker = checker
	}
	// The stand-in of the demo pushes past the door, and fetches nothing.
	direct, isFake := o.weChat.(interface {
		Deliver(to func(ctx context.Context, message []byte) error)
	})
	if isFake && mo.Site == "" {
		mo.Site = "http://" + a.cfg.Listen
	}
	a.moderation = moderation.New(a.db.Moderation(), mo)
	if isFake {
		direct.Deliver(a.moderation.Answered)
	}
}

// concernTexts gives moderators what they decide about.
func (a *App) concernTexts(ctx context.Context, by account.Caller, ids []string) (map[string]string, error) {
	out := map[string]string{}
	for _, id := range ids {
		c, err := a.concerns.Concern(ctx, by, id)
		if errors.Is(err, concern.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		parts := []string{c.Text}
		for _, more := range []string{c.Transcript, c.Place.Text} {
			if more != "" {
				parts = append(parts, more)
			}
		}
		out[id] = strings.Join(parts, "\n\n")
	}
	return out, nil
}

// startModeration asks about files soon after they were sent. What waits for
// longer times is seen to by sweepModeration.
func (a *App) startModeration(ctx context.Context) {
	a.loops.Go(func() { every(ctx, askEvery, a.askChecks) })
	a.loops.Go(func() { every(ctx, purgeEvery, a.purgeChecks) })
}

// askChecks gives WeChat everything that is to be asked now.
func (a *App) askChecks(ctx context.Context) {
	for {
		n, err := a.moderation.Ask(ctx)
		if err != nil && ctx.Err() == nil {
			a.log.WarnContext(ctx, "files not given for checking", "cause", err)
		}
		if n == 0 || err != nil {
			return
		}
	}
}

// sweepModeration hands to persons what was never answered, and reminds them of
// what waits.
func (a *App) sweepModeration(ctx context.Context) {
	a.askChecks(ctx)
	if n, err := a.moderation.Watch(ctx); err != nil && ctx.Err() == nil {
		a.log.WarnContext(ctx, "checks without answer", "handed over", n, "cause", err)
	}
	if _, err := a.moderation.Remind(ctx); err != nil && ctx.Err() == nil {
		a.log.WarnContext(ctx, "moderators not reminded", "cause", err)
	}
}

func (a *App) purgeChecks(ctx context.Context) {
	if _, err := a.moderation.Purge(ctx); err != nil && ctx.Err() == nil {
		a.log.WarnContext(ctx, "old answers not removed", "cause", err)
	}
}

// pushed takes a verified push of WeChat to whom it is for. What cannot be read
// is noted and not asked for again.
func (a *App) pushed(ctx context.Context, message []byte) error {
	var head struct{ Event string }
	_ = json.Unmarshal(message, &head) // who takes it says whether it can be read
	take, unreadable := a.inbox.Push, inbox.ErrPush
	if head.Event == moderation.MediaEvent {
		take, unreadable = a.moderation.Answered, moderation.ErrPush
	}
	err := take(ctx, message)
	if errors.Is(err, unreadable) {
		a.log.WarnContext(ctx, "wechat push", "bytes", len(message), "cause", err)
		return nil
	}
	return err
}

// mountPush takes what WeChat pushes, where its secrets are set: consents given
// and taken back, and verdicts on files.
func (a *App) mountPush(r gin.IRouter) {
	w := a.cfg.WeChat
	if w.PushToken == "" {
		if a.cfg.Production && w.AppID != "" {
			a.log.Warn("no secrets for what WeChat pushes (CUNWU_WECHAT_TOKEN): pictures and recordings wait for a person")
		}
		return
	}
	door := wechat.NewReceiver(wechat.PushConf{AppID: w.AppID, Token: w.PushToken, AESKey: w.PushAESKey}, a.clock.base, a.log, a.pushed)
	r.Any("/wechat/push", gin.WrapH(door))
}
