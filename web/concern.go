package web

import (
	"context"
	"errors"
	"io"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/concern"
	"cunwu/service/media"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

// Concerns is what the pages need of what villagers say.
type Concerns interface {
	Concern(ctx context.Context, by account.Caller, id string) (concern.Concern, error)
	Concerns(ctx context.Context, by account.Caller, q concern.Query) (concern.Page, error)
	// Known gives concern.not_found unless the caller may know of a concern.
	Known(ctx context.Context, by account.Caller, id string) error
	Raise(ctx context.Context, by account.Caller, act audit.Act, in concern.NewConcern) (concern.Concern, error)
	Act(ctx context.Context, by account.Caller, act audit.Act, id string, in procedure.Input) (concern.Concern, error)
	Join(ctx context.Context, by account.Caller, act audit.Act, id string) (concern.Concern, error)
	Leave(ctx context.Context, by account.Caller, act audit.Act, id string) (concern.Concern, error)
	Rules() *concern.Rules
}

// Similar finds open concerns that may be the same as what is about to be said,
// the likeliest first.
type Similar interface {
	Similar(ctx context.Context, by account.Caller, village, group region.Code, category, text string) ([]concern.Similar, error)
}

// Uploads is what the pages need of the attachments.
type Uploads interface {
	Upload(ctx context.Context, caller account.Caller, act audit.Act, fileName string, r io.Reader, size int64) (media.Object, error)
	Objects(ctx context.Context, ids []string) ([]media.Object, error)
	Open(ctx context.Context, caller account.Caller, name string) (media.File, error)
	Limits() media.Limits
}

// Talk is what the pages of concerns are made from. Concerns is required; where
// Sessions, Uploads or Sign is missing the pages can be read and nothing else.
type Talk struct {
	Concerns Concerns
	Sessions Sessions
	Uploads  Uploads
	// Sign is a keyed hash: what it signs cannot be made by others.
	Sign    func(kind, value string) []byte
	Similar Similar   // nil: nobody is shown what is alike
	Demo    *DemoDoor // nil: one signs in through the mini-program alone
	// Pace reports whether a key may write, or an address sign in, now; nil:
	// always.
	Pace Pace
}

// Pace reports whether a key may act now, and if not, how long to wait.
type Pace = func(ctx context.Context, key string, signIn bool) (ok bool, wait time.Duration)

func (w *Web) setTalk(t Talk) {
	w.concerns, w.similar, w.pace = t.Concerns, t.Similar, t.Pace
	if t.Sessions != nil && t.Uploads != nil && t.Sign != nil {
		w.sessions, w.uploads, w.sign, w.demoDoor = t.Sessions, t.Uploads, t.Sign, t.Demo
	}
}

// mountConcerns adds the pages of concerns: "/v/:id", "/r/:code/concerns", and,
// where people can sign in, "/v/new", "/me/concerns" and what belongs to it.
func (w *Web) mountConcerns(r gin.IRouter) {
	both(r, "/v/:id", w.concern)
	both(r, "/r/:code/concerns", w.concernList)
	if w.sessions == nil {
		return
	}
	w.mountSessions(r)
	both(r, "/v/new", w.raisePage)
	r.POST("/v/new", w.raise)
	both(r, "/me/concerns", w.myConcerns)
	both(r, "/me/concerns/:id", w.myConcern)
	r.POST("/me/concerns/:id", w.actOnConcern)
	both(r, "/me/media/:name", w.myMedia)
}

// concernPage is one concern with its timeline, to whomever it is shown.
type concernPage struct {
	concern.Concern
	Path    []region.Region
	Holder  string
	Way     []way
	Events  []event
	Before  []picture
	After   []picture
	Voices  []picture
	Onward  []onward
	Rated   string
	SignsIn bool // one can sign in here to join and to rate
}

// concern is "/v/:id": what a stranger may see, whoever asks. Whoever may see
// more is sent to a page of their own.
func (w *Web) concern(c *gin.Context) {
	big := isBig(c.Request)
	if w.fastToday(c, big) {
		return
	}
	id := c.Param("id")
	place, err := w.concernHome(c.Request.Context(), id)
	if err != nil {
		w.concernMissing(c, id, err)
		return
	}
	w.pageOfDay(c, string(place), "v/"+id, big, func(ctx context.Context) ([]byte, error) {
		one, err := w.concerns.Concern(ctx, account.Caller{}, id)
		if err != nil {
			return nil, err
		}
		m, err := w.concernSheet(ctx, one, "")
		if err != nil {
			return nil, err
		}
		return w.render("concern", frame{
			Title: m.Title, Description: m.RegionName + "村民说的事：" + m.StateName + "。", Big: big, Here: "/v/" + m.ID, Main: m,
		})
	})
}

// concernMissing answers for a concern that strangers may not know of: to
// whoever may, it is on a page of their own.
func (w *Web) concernMissing(c *gin.Context, id string, cause error) {
	if errors.Is(cause, concern.ErrNotFound) {
		who, err := w.caller(c)
		if err == nil && who.Known() && w.concerns.Known(c.Request.Context(), who, id) == nil {
			w.goTo(c, "/me/concerns/"+url.PathEscape(id))
			return
		}
	}
	w.refuse(c, cause)
}

// concernHome gives the village of a concern that a stranger may see; see
// homeOf.
func (w *Web) concernHome(ctx context.Context, id string) (region.Code, error) {
	if code, ok := w.concernHomes.get(id); ok {
		if err := w.concerns.Known(ctx, account.Caller{}, id); errors.Is(err, concern.ErrNotFound) {
			return "", err
		}
		return code, nil
	}
	one, err := w.concerns.Concern(ctx, account.Caller{}, id)
	if err != nil {
		return "", err
	}
	w.concernHomes.put(one.ID, one.Region)
	return one.Region, nil
}

// concernSheet gathers the page of a concern. under is where its photos are,
// "" where everybody may see them.
func (w *Web) concernSheet(ctx context.Context, one concern.Concern, under string) (concernPage, error) {
	m := concernPage{
		Concern: one, Holder: holder(one), Way: wayOf(one), Events: events(one, under), After: pictures(afterOf(one), under),
		Onward: onwards(one.Links), Rated: ratingLine(one), SignsIn: w.sessions != nil,
	}
	for _, p := range pictures(one.Photos, under) {
		if p.Voice {
			m.Voices = append(m.Voices, p)
		} else {
			m.Before = append(m.Before, p)
		}
	}
	var err error
	m.Path, err = w.places.Path(ctx, one.Region)
	return m, err
}
