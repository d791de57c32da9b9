package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/fault"
	"cunwu/service/redblack"
	"cunwu/service/region"
)

// entryPage is "/e/:id": an entry that is on a list, and for whom it is about or
// who said so, what they may know besides.
type entryPage struct {
	Item    entryItem
	Path    []region.Region
	Steps   []entryStep
	Ranked  bool // it can be endorsed, or could
	SignsIn bool
	Name    string // of who is signed in, "" for a stranger
	Token   string
	Key     string
	Done    string
	Problem string
	Typed   url.Values

	Endorsed bool // by the caller
	MayTake  bool // the caller can endorse, or take back
	Hidden   bool // strangers do not see it
	Own      *ownMatter
	Forms    []entryForm
}

// entryStep is one line of the public history.
type entryStep struct {
	Name string
	At   string
	Past bool
}

// ownMatter is what only the person concerned, or who said so, is shown.
type ownMatter struct {
	redblack.Matter
	About bool // the caller is whom it is about
	Due   string
}

// entry is "/e/:id".
func (w *Web) entry(c *gin.Context) {
	unfound(c)
	big := isBig(c.Request)
	who, err := w.caller(c)
	if err != nil {
		w.refuse(c, err)
		return
	}
	id := c.Param("id")
	if who.Known() {
		w.showEntry(c, http.StatusOK, who, id, entryPage{Done: entryDone[c.Query("done")]})
		return
	}
	if w.fastFresh(c, big) {
		return
	}
	seen, err := w.redblack.Entry(c.Request.Context(), who, id)
	if err != nil {
		w.refuse(c, err)
		return
	}
	w.freshPage(c, seen.Region, "e/"+seen.ID, big, func(ctx context.Context) ([]byte, error) {
		e, err := w.redblack.Entry(ctx, account.Caller{}, id)
		if err != nil {
			return nil, err
		}
		m, err := w.entryOf(ctx, account.Caller{}, e)
		if err != nil {
			return nil, err
		}
		f := entryFrame(m)
		f.Big = big
		return w.render("entry", f)
	})
}

func entryFrame(m entryPage) frame {
	list := "红榜"
	if !m.Item.Red {
		list = "黑榜"
	}
	return frame{Title: m.Item.RegionName + list, Here: "/e/" + m.Item.ID, NoIndex: true, Main: m}
}

// entryOf gathers the page that everybody is shown, as far as the caller may see.
func (w *Web) entryOf(ctx context.Context, who account.Caller, e redblack.Entry) (entryPage, error) {
	items := []entryItem{itemOf(e, who, "")}
	if err := w.countEndorsements(ctx, items); err != nil {
		return entryPage{}, err
	}
	m := entryPage{Item: items[0], Steps: stepsOf(e, w.clock.Now()), SignsIn: w.sessions != nil}
	m.Ranked = m.Item.Red && w.rankings != nil && !e.ListedAt.IsZero()
	var err error
	m.Path, err = w.places.Path(ctx, e.Region)
	return m, err
}

// stepsOf is the public history of an entry.
func stepsOf(e redblack.Entry, now time.Time) []entryStep {
	var out []entryStep
	add := func(name string, at time.Time) {
		if !at.IsZero() {
			out = append(out, entryStep{Name: name, At: day(at), Past: !at.After(now)})
		}
	}
	add("开始公示", e.NoticeAt)
	add("公示期满", e.NoticeEnd)
	add("上榜", e.ListedAt)
	if e.State.OnBoard() {
		add("最后展示的一天，过了自动下榜", e.ExpiresAt)
	}
	return out
}

// showEntry writes the page of whoever is signed in: what everybody sees, and
// what is theirs.
func (w *Web) showEntry(c *gin.Context, status int, who account.Caller, id string, m entryPage) {
	m, err := w.entryFor(c.Request.Context(), who, id, m)
	if err != nil {
		w.refuse(c, err)
		return
	}
	w.personal(c, status, "entry", entryFrame(m))
}

// entryFor adds to a page what the caller may see and do. What is not on a list
// is shown to those alone whom it concerns.
func (w *Web) entryFor(ctx context.Context, who account.Caller, id string, given entryPage) (entryPage, error) {
	e, err := w.redblack.Entry(ctx, who, id)
	hidden := isFault(err, redblack.ErrNotFound)
	if err != nil && !hidden {
		return given, err
	}
	own, err := w.ownMatter(ctx, who, id)
	if err != nil {
		return given, err
	}
	if hidden {
		if own == nil {
			return given, redblack.ErrNotFound
		}
		e = own.Entry
	}
	m, err := w.entryOf(ctx, who, e)
	if err != nil {
		return given, err
	}
	m.Name, m.Token, m.Key, m.Hidden = nameOf(who), w.formToken(who), audit.NewID(), hidden
	m.Done, m.Problem, m.Typed = given.Done, given.Problem, given.Typed
	m.Forms = formsOf(e.Available, m.Typed)
	if m.Own = own; own != nil {
		m.Forms = formsOf(own.Available, m.Typed)
	}
	if !m.Ranked {
		return m, nil
	}
	state, err := w.rankings.Endorsement(ctx, who, id)
	if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
		m.Ranked = false
		return m, nil
	}
	m.Endorsed, m.Item.Endorsed = state.Endorsed, state.Endorsements
	mine := own != nil && own.About // nobody endorses a deed of their own
	m.MayTake = !m.Item.Past && (e.Endorsable && !mine || state.Endorsed)
	return m, err
}

// ownMatter finds an entry among what is about the caller, then among what the
// caller said of others; nil where it is neither. Who works on it does so
// elsewhere, and sees here what everybody does.
func (w *Web) ownMatter(ctx context.Context, who account.Caller, id string) (*ownMatter, error) {
	own, err := w.redblack.Own(ctx, who)
	if err != nil {
		return nil, err
	}
	for i, ms := range [][]redblack.Matter{own.About, own.Made} {
		for _, m := range ms {
			if m.ID == id {
				return &ownMatter{Matter: m, About: i == 0, Due: day(m.DueAt)}, nil
			}
		}
	}
	return nil, nil //nolint:nilnil // nothing of theirs: no error
}

// isFault reports whether an error is a certain refusal, whatever it says.
func isFault(err error, known *fault.Fault) bool {
	f := fault.Of(err)
	return f != nil && (errors.Is(err, known) || f.Code == known.Code)
}
