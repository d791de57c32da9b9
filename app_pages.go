package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"cunwu/demo"
	"cunwu/service/account"
	"cunwu/web"
)

// openPages puts together what the pages of concerns need: who signs in, who
// uploads, and what their forms are signed with. It comes after the services.
func (a *App) openPages(sealer account.Sealer, o appOptions) {
	limiter, limits := a.limiter(), limitsOf(a.cfg)
	a.talk = web.Talk{
		Concerns: a.concerns, Similar: a.concerns, Sessions: a.accounts, Uploads: a.media, Sign: sealer.MAC,
		Pace: func(ctx context.Context, key string, signIn bool) (bool, time.Duration) {
			if signIn {
				return limiter.Allow(ctx, "page:"+key, limits.SignInsPerSecond, limits.SignInBurst)
			}
			return limiter.Allow(ctx, "page:"+key, limits.WritesPerSecond, limits.WriteBurst)
		},
	}
	if o.reusable != nil && !a.cfg.Production {
		a.talk.Demo = &web.DemoDoor{Allows: o.reusable, People: demoPeople()}
	}
}

// demoEach is how many people of one kind and place the sign-in page offers.
const demoEach = 3

// demoPeople are the people of the sample's villages that one may sign in as,
// the village to look at first before the others.
func demoPeople() []web.DemoPlace {
	var first, out []web.DemoPlace
	var now web.DemoPlace
	keep := func(code string) {
		switch {
		case len(now.People) == 0:
		case strings.HasSuffix(code, string(demo.Village)):
			first = append(first, now)
		default:
			out = append(out, now)
		}
	}
	at := ""
	for _, c := range demo.Codes() {
		if len(c.Region) != len(demo.Village) {
			continue
		}
		if string(c.Region) != at {
			keep(at)
			at, now = string(c.Region), web.DemoPlace{Name: c.Place}
		}
		if c.Count == 0 {
			now.People = append(now.People, web.DemoPerson{Code: c.Code, Name: c.Place + c.Office})
			continue
		}
		var some []web.DemoPerson
		for n := range min(c.Count, demoEach) {
			some = append(some, web.DemoPerson{
				Code: strings.TrimSuffix(c.Code, "<n>") + fmt.Sprint(n+1), Name: fmt.Sprintf("%s%s，第 %d 位", c.Place, c.Office, n+1),
			})
		}
		if c.Role == account.Villager { // most who come here
			now.People = append(some, now.People...)
		} else {
			now.People = append(now.People, some...)
		}
	}
	keep(at)
	return append(first, out...)
}
