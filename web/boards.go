package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/fault"
	"cunwu/service/prepared"
	"cunwu/service/procedure"
	"cunwu/service/ranking"
	"cunwu/service/redblack"
	"cunwu/service/region"
)

// Lists is what the pages need of the red and black list.
type Lists interface {
	Announcement(ctx context.Context, village region.Code) (redblack.Announcement, error)
	Board(ctx context.Context, by account.Caller, q redblack.BoardQuery) (redblack.Board, error)
	Entry(ctx context.Context, by account.Caller, id string) (redblack.Entry, error)
	// Own gives what there is about the caller, and what the caller said of others.
	Own(ctx context.Context, by account.Caller) (redblack.Own, error)
	Nominate(ctx context.Context, by account.Caller, act audit.Act, in redblack.NewEntry) (redblack.Receipt, error)
	Act(ctx context.Context, by account.Caller, act audit.Act, id string, in procedure.Input) (redblack.Receipt, error)
	Rules() *redblack.Rules
}

// Rankings is what the pages need of the rankings.
type Rankings interface {
	Page(ctx context.Context, q ranking.Query) (ranking.Page, error)
	// Endorsements gives how many stand behind each of the deeds, by id.
	Endorsements(ctx context.Context, deeds []string) (map[string]int64, error)
	Endorsement(ctx context.Context, by account.Caller, deed string) (ranking.State, error)
	Endorse(ctx context.Context, by account.Caller, deed string, on bool) (ranking.State, error)
}

// rankingSubject is under which the pages with endorsements are prepared; an
// endorsement drops them. The program drops it by the same word.
const rankingSubject = "ranking"

// mountLists adds the pages of the red and black list: "/r/:code/boards", its
// rules as page, sheet and script, "/e/:id", and, where people can sign in, the
// forms and "/me/boards".
func (w *Web) mountLists(r gin.IRouter) {
	both(r, "/r/:code/boards", w.lists)
	both(r, "/r/:code/boards/rules", w.rules)
	both(r, "/r/:code/boards/rules/script", w.rulesScript)
	both(r, "/r/:code/boards/rules/sheet.pdf", w.rulesSheet)
	both(r, "/e/:id", w.entry)
	if w.sessions == nil {
		return
	}
	both(r, "/r/:code/boards/new", w.nominatePage)
	r.POST("/r/:code/boards/new", w.nominate)
	r.POST("/e/:id", w.actOnEntry)
	both(r, "/me/boards", w.myEntries)
}

// unfound keeps a page out of search engines: what is taken off a list must not
// be found there either.
func unfound(c *gin.Context) { c.Header("X-Robots-Tag", "noindex") }

// freshPage is pageOfDay for what may show a person by consent, or conduct for a
// few days: it is never shown once it is outdated, not even while storage is
// away, since what was taken off would stand there.
func (w *Web) freshPage(c *gin.Context, place region.Code, key string, big bool, build maker) {
	under, short := prepared.Of(rankingSubject, string(place)), alias(c, big)+"@"+w.today()
	key = pageKey(key, big) + "@" + w.today()
	a, f, err := w.prepare(c.Request.Context(), under, key, build)
	switch {
	case err != nil:
		w.refuse(c, err)
	case f.Stale:
		w.live(c, build)
	default:
		w.prepared.Alias(short, under, key)
		w.serve(c, a, f)
	}
}

// fastFresh is fast for such pages.
func (w *Web) fastFresh(c *gin.Context, big bool) bool {
	a, f, ok := w.prepared.GetFast(alias(c, big) + "@" + w.today())
	if ok = ok && !f.Stale; ok {
		w.serve(c, a, f)
	}
	return ok
}

// listsQuery is what is asked of "/r/:code/boards".
type listsQuery struct {
	place  region.Code
	list   redblack.Kind // "" both; one of them to turn its pages
	before int64
	by     ranking.By
	period ranking.Period
}

// listsQuery reads it. Parameters that we do not know are ignored, as everywhere.
func (w *Web) listsQuery(c *gin.Context) (listsQuery, error) {
	q := listsQuery{place: region.Code(c.Param("code")), by: ranking.ByDeed}
	if !q.place.Valid() || q.place.Level() > region.Village {
		return q, region.ErrNotFound
	}
	v := c.Request.URL.Query()
	switch q.list = redblack.Kind(v.Get("list")); q.list {
	case "", redblack.Red, redblack.Black:
	default:
		return q, fault.ErrInvalid
	}
	var err error
	if q.list != "" {
		if q.before, err = cursorOf(v.Get("cursor")); err != nil {
			return q, err
		}
	}
	if by := v.Get("by"); by != "" {
		if q.by, err = ranking.ParseBy(by); err != nil {
			return q, err
		}
	}
	if q.by == ranking.ByGroup && q.place.Level() != region.Village {
		return q, ranking.ErrGroupPlace
	}
	q.period, err = ranking.ParsePeriod(v.Get("period"), w.clock.Now())
	return q, err
}

func listsURL(place region.Code) string { return redblack.Path(place) }

// url is the canonical address of a question.
func (q listsQuery) url() string {
	v := url.Values{}
	if q.list != "" {
		v.Set("list", string(q.list))
		if q.before != 0 {
			v.Set("cursor", strconv.FormatInt(q.before, 36))
		}
	} else {
		v.Set("by", string(q.by))
		v.Set("period", q.period.Label)
	}
	return listsURL(q.place) + "?" + v.Encode()
}

// lists is "/r/:code/boards". To a stranger it is prepared; whoever is signed in
// gets a page of their own, since the service may show them more.
func (w *Web) lists(c *gin.Context) {
	unfound(c)
	big := isBig(c.Request)
	who, err := w.caller(c)
	if err != nil {
		w.refuse(c, err)
		return
	}
	if !who.Known() && w.fastFresh(c, big) {
		return
	}
	q, err := w.listsQuery(c)
	if err != nil {
		w.refuse(c, err)
		return
	}
	if who.Known() {
		m, err := w.listsOf(c.Request.Context(), who, q)
		if err != nil {
			w.refuse(c, err)
			return
		}
		w.personal(c, http.StatusOK, "boards", w.listsFrame(m, q))
		return
	}
	w.freshPage(c, q.place, q.url(), big, func(ctx context.Context) ([]byte, error) {
		m, err := w.listsOf(ctx, account.Caller{}, q)
		if err != nil {
			return nil, err
		}
		f := w.listsFrame(m, q)
		f.Big = big
		return w.render("boards", f)
	})
}

func (w *Web) listsFrame(m listsPage, q listsQuery) frame {
	return frame{
		Title: m.Place.Short + "红黑榜", Description: m.Place.Name + "的红黑榜：按村规民约，由村里自己评。",
		Here: q.url(), NoIndex: true, Main: m,
	}
}
