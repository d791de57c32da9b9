// Package web is the notice board: pages for people, made on the server, that
// work without scripts, on a slow phone and in large type. It holds no rules
// of village life.
//
// Invariants: public pages show what a stranger may see and nothing else, whoever
// is signed in, but for the red and black list (/r/:code/boards, /e), which is made
// anew for whoever is signed in; what is one person's own is there, under /me, at
// the forms and /sign-in, never kept and never indexed; each form carries a token of its session; nothing is
// fetched from another host; there is no
// inline style, and no script but on the page that checks the public record in
// the reader's browser; everything that people wrote is escaped, except the
// sanitised HTML of a posting's body; pages are prepared bytes, dropped when
// their place changes.
package web

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"log/slog"

	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/prepared"
	"cunwu/service/region"
	"cunwu/web/paper"
)

// Places is what the pages need of the tree of places.
type Places interface {
	// Region gives one place; region.ErrNotFound or region.ErrCode.
	Region(ctx context.Context, code region.Code) (region.Region, error)
	// Path gives the places from the province down to code, code included.
	Path(ctx context.Context, code region.Code) ([]region.Region, error)
	// Children gives the active places directly under a place, "" for provinces.
	Children(ctx context.Context, parent region.Code) ([]region.Region, error)
	// Search finds places by name, pinyin or initials, best first.
	Search(ctx context.Context, q string, within region.Code, limit int) ([]region.Region, error)
}

// Disclosures is what the pages need of the postings.
type Disclosures interface {
	Feed(ctx context.Context, caller account.Caller, q disclosure.FeedQuery) (disclosure.FeedPage, error)
	Posting(ctx context.Context, caller account.Caller, id string) (disclosure.Posting, error)
	Versions(ctx context.Context, caller account.Caller, id string) ([]disclosure.Version, error)
	Catalogue(ctx context.Context, place region.Code) (*disclosure.Edition, error)
	// Compare sets a posting beside the period before and the year before.
	Compare(ctx context.Context, caller account.Caller, id string) (disclosure.Comparison, error)
}

// Site is what the operator of a deployment must show at the foot of each page.
type Site struct {
	Name         string // of the site, default 村务公开
	Operator     string // the body responsible, e.g. 某县农业农村局
	ICP          string // ICP备案号; links to the registry as its rules ask
	Police       string // 公安备案号
	ComplaintURL string // where complaints and suggestions go: a path of ours or https
}

// Options are what the pages are made from. Places, Disclosures and Prepared
// are required.
type Options struct {
	Places      Places
	Disclosures Disclosures
	Prepared    *prepared.Cache
	// LastChange gives the serial of the last committed change; nil where the
	// prepared pages are not shared between instances.
	LastChange func(ctx context.Context) (int64, error)
	Log        *slog.Logger
	Site       Site
	Leaves     Leaves         // the public record; nil: print sheets carry no digest
	Things     Things         // nil: no pages of named things
	Indicators Indicators     // nil: no page of figures
	Questions  Questions      // nil: postings show no questions
	Boards     Boards         // nil: postings show no photos of the board
	Duties     Duties         // nil: no page of what is due
	Finder     Finder         // nil: nothing can be looked for in a place
	OpenData   bool           // the files under /open are served
	Clock      calendar.Clock // nil: the machine's

	Consultations Consultations // nil: no pages of them
	Talk          Talk          // without Concerns: no pages of them
	Ballots       Ballots       // nil: no pages of them
	Councils      Councils      // nil: no pages of them
	Lists         Lists         // the red and black list; nil: no pages of it
	Rankings      Rankings      // nil: nothing is ranked or endorsed
	Covenants     Covenants     // nil: no pages of them
}

// Web is the pages. It is safe for concurrent use.
type Web struct {
	places      Places
	disclosures Disclosures
	prepared    *prepared.Cache
	lastChange  func(ctx context.Context) (int64, error)
	log         *slog.Logger
	site        Site
	assets      *assets
	pages       map[string]*template.Template
	homes       homes
	leaves      Leaves
	things      Things
	thingHomes  homes
	indicators  Indicators
	questions   Questions
	boards      Boards
	duties      Duties
	finder      Finder
	openData    bool
	clock       calendar.Clock
	press       *paper.Press

	consultations Consultations

	concerns     Concerns
	concernHomes homes
	similar      Similar
	sessions     Sessions // nil: nobody can sign in here
	uploads      Uploads
	sign         func(kind, value string) []byte
	demoDoor     *DemoDoor
	pace         Pace
	ballots      Ballots
	councils     Councils
	redblack     Lists
	rankings     Rankings
	covenants    Covenants
}

// New reads the embedded templates and style sheets.
func New(o Options) (*Web, error) {
	w := &Web{
		places: o.Places, disclosures: o.Disclosures, prepared: o.Prepared,
		lastChange: o.LastChange, log: o.Log, site: o.Site, leaves: o.Leaves, things: o.Things, indicators: o.Indicators,
		questions: o.Questions, boards: o.Boards, duties: o.Duties, finder: o.Finder, openData: o.OpenData, clock: o.Clock, consultations: o.Consultations, ballots: o.Ballots,
		press: paper.NewPress(), councils: o.Councils, redblack: o.Lists, rankings: o.Rankings, covenants: o.Covenants,
	}
	w.setTalk(o.Talk)
	if w.clock == nil {
		w.clock = calendar.System{}
	}
	if w.site.Name == "" {
		w.site.Name = "村务公开"
	}
	if w.log == nil {
		w.log = slog.New(slog.DiscardHandler)
	}
	if w.lastChange == nil {
		w.lastChange = func(context.Context) (int64, error) { return 0, nil }
	}
	var err error
	if w.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	if w.pages, err = loadTemplates(); err != nil {
		return nil, err
	}
	return w, nil
}

// Mount adds the pages to a router: "/", "/r/:code", "/d/:id", its sheet for
// printing (as page and PDF), its script, its versions and the picture of its
// code, a village's sheet of codes, "/verify", "/set/big" and "/static/:name".
func (w *Web) Mount(r gin.IRouter) {
	w.mountThings(r)
	w.mountGathered(r)
	pages := map[string]gin.HandlerFunc{
		"/":                  w.home,
		"/r/:code":           w.place,
		"/d/:id":             w.posting,
		"/d/:id/print":       w.print,
		"/d/:id/qr.png":      w.qr,
		"/d/:id/sheet.pdf":   w.sheetPDF,
		"/d/:id/script":      w.script,
		"/d/:id/versions":    w.versions,
		"/r/:code/codes.pdf": w.codesPDF,
		"/verify":            w.verify,
		"/set/big":           w.setBig,
		"/static/:name":      w.static,
	}
	if w.consultations != nil {
		pages["/c/:id"], pages["/r/:code/consultations"] = w.talk, w.talks
	}
	if w.concerns != nil {
		w.mountConcerns(r)
	}
	if w.ballots != nil {
		pages["/b/:id"], pages["/r/:code/ballots"] = w.poll, w.polls
	}
	if w.councils != nil {
		pages["/o/:id"], pages["/o/:id/a/:activity"], pages["/r/:code/councils"] = w.councilBody, w.gathering, w.councilList
	}
	if w.redblack != nil {
		w.mountLists(r)
	}
	if w.covenants != nil {
		w.mountCovenants(r)
	}
	for path, h := range pages {
		r.GET(path, h)
		r.HEAD(path, h)
	}
}

// frame is what every page has around its own content.
type frame struct {
	Title       string // before the name of the site; "" on the first page
	Description string
	Big         bool
	Here        string // canonical path and query, for coming back
	Style       string // address of the style sheet
	Paper       string // and of the one of print sheets
	Icon        string
	Site        Site
	NoIndex     bool
	Feed        string // address of the place's feeds without the ending, "" for none
	Main        any
}

// render makes a page of a template.
func (w *Web) render(name string, f frame) ([]byte, error) {
	f.Site, f.Style, f.Paper, f.Icon = w.site, w.assets.style, w.assets.paper, w.assets.icon
	var b bytes.Buffer
	if err := w.pages[name].ExecuteTemplate(&b, "layout", f); err != nil {
		return nil, fmt.Errorf("web: render %s: %w", name, err)
	}
	return b.Bytes(), nil
}
