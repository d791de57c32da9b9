package web

import (
	"context"
	"html/template"
	"sort"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/board"
	"cunwu/service/disclosure"
	"cunwu/service/region"
)

// postingPage is one posting: the plain words first, then the money, then the
// rest.
type postingPage struct {
	disclosure.Posting
	Heading  string
	Path     []region.Region
	Totals   []total
	Charts   []chart
	Compared []compareChart // with the periods before
	Fields   []field
	Body     template.HTML
	Pictures []disclosure.Attachment
	Files    []disclosure.Attachment
	Versions []disclosure.Version
	Columns  columns
	Gone     string    // in words, why there is no content
	LoggedAt time.Time // of the entry of the public record, zero where versions do not tell

	// What the posting's own page has besides.
	Accounts  []accountLine
	Wide      int  // columns of the table
	Span      int  // and those after date and text
	Vouchers  bool // a line has a voucher's number or picture
	Photos    []board.Photo
	Asked     []asked
	MoreAsked string // address of the older questions, "" for none
}

type field struct{ Name, Value string }

// columns says which columns of the table hold anything.
type columns struct{ Voucher, Category, Income, Expense, Balance, Handler, Reviewer bool }

// posting is "/d/:id".
func (w *Web) posting(c *gin.Context) {
	big := isBig(c.Request)
	if w.fastToday(c, big) {
		return
	}
	id := c.Param("id")
	place, err := w.homeOf(c.Request.Context(), id)
	if err != nil {
		w.refuse(c, err)
		return
	}
	w.pageOfDay(c, string(place), "d/"+id, big, func(ctx context.Context) ([]byte, error) {
		m, err := w.fullSheet(ctx, id)
		if err != nil {
			return nil, err
		}
		return w.render("posting", frame{
			Title: m.Heading, Description: m.Content.Summary, Big: big, Here: "/d/" + m.ID, Main: m,
		})
	})
}

// fullSheet gathers the page of a posting with what people said about it.
func (w *Web) fullSheet(ctx context.Context, id string) (postingPage, error) {
	m, err := w.sheet(ctx, id)
	if err != nil {
		return m, err
	}
	if m.Compared, err = w.comparison(ctx, m.Posting); err != nil {
		return m, err
	}
	if m.Photos, err = w.photosOf(ctx, id); err != nil {
		return m, err
	}
	m.Accounts = w.accountLines(m.Posting)
	for _, l := range m.Accounts {
		m.Vouchers = m.Vouchers || l.Voucher != "" || l.Picture != ""
	}
	for _, shown := range []bool{m.Columns.Category, m.Columns.Income, m.Columns.Expense, m.Columns.Balance, m.Vouchers, m.Columns.Handler, m.Columns.Reviewer} {
		if shown {
			m.Span++
		}
	}
	m.Wide = 2 + m.Span
	var next int64
	if m.Asked, next, err = w.askedOf(ctx, m, 0); err == nil && next != 0 {
		m.MoreAsked = questionsURL(id, next)
	}
	return m, err
}

// homes remembers the places of postings, which never change: their pages are
// kept under the place, and must be found while storage is away.
type homes struct {
	mu sync.Mutex
	of map[string]region.Code
}

// mostHomes bounds homes; about 5 MB.
const mostHomes = 50_000

func (h *homes) get(id string) (region.Code, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	code, ok := h.of[id]
	return code, ok
}

func (h *homes) put(id string, code region.Code) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.of == nil || len(h.of) >= mostHomes {
		h.of = map[string]region.Code{}
	}
	h.of[id] = code
}

// homeOf gives the place of a posting that a stranger may see. Whether it may
// still be seen is decided when its page is made.
func (w *Web) homeOf(ctx context.Context, id string) (region.Code, error) {
	if code, ok := w.homes.get(id); ok {
		return code, nil
	}
	p, err := w.disclosures.Posting(ctx, account.Caller{}, id)
	if err != nil {
		return "", err
	}
	w.homes.put(p.ID, p.Region)
	return p.Region, nil
}

// sheet gathers the page of a posting.
func (w *Web) sheet(ctx context.Context, id string) (postingPage, error) {
	p, err := w.disclosures.Posting(ctx, account.Caller{}, id)
	if err != nil {
		return postingPage{}, err
	}
	m := postingPage{
		Posting: p, Charts: charts(p.Content.Lines), Columns: columnsOf(p.Content.Lines),
		// Sanitised by package disclosure: that is what BodyHTML promises.
		Body: template.HTML(p.BodyHTML), //nolint:gosec // see above
	}
	if m.Heading = p.Content.Title; m.Heading == "" { // a tombstone has no text of its own
		m.Heading = period(p.Period) + p.ItemName
	}
	if m.Path, err = w.places.Path(ctx, p.Region); err != nil {
		return m, err
	}
	if m.Versions, err = w.disclosures.Versions(ctx, account.Caller{}, id); err != nil {
		return m, err
	}
	edition, err := w.disclosures.Catalogue(ctx, p.Region)
	if err != nil {
		return m, err
	}
	m.Fields = fieldsOf(p, edition)
	m.Totals = withBalances(withRest(totalsOf(p.Content.IncomeFen, p.Content.ExpenseFen)), p.Content)
	for _, a := range p.Attachments {
		if a.ThumbURL != "" {
			m.Pictures = append(m.Pictures, a)
		} else {
			m.Files = append(m.Files, a)
		}
	}
	m.Gone = gone(p.State)
	m.LoggedAt = loggedAt(p, m.Versions)
	return m, nil
}

// loggedAt gives the time of the entry that speaks of what is shown now.
func loggedAt(p disclosure.Posting, versions []disclosure.Version) time.Time {
	switch {
	case p.State == disclosure.Expired || len(versions) == 0:
		return time.Time{} // the end of a posting time is told by its last day
	case p.State == disclosure.Withdrawn:
		return versions[0].WithdrawnAt
	}
	return p.PublishedAt
}

// fieldsOf puts the fields in the order of the catalogue; those it does not
// know any more come last, by name.
func fieldsOf(p disclosure.Posting, edition *disclosure.Edition) []field {
	var out []field
	seen := map[string]bool{}
	if item, ok := edition.Item(p.ItemCode); ok {
		for _, f := range item.Fields {
			seen[f.Name] = true
			if v := p.Content.Fields[f.Name]; v != "" {
				out = append(out, field{f.Name, v})
			}
		}
	}
	known := len(out)
	for name, v := range p.Content.Fields {
		if !seen[name] && v != "" {
			out = append(out, field{name, v})
		}
	}
	sort.Slice(out[known:], func(i, j int) bool { return out[known+i].Name < out[known+j].Name })
	return out
}

func columnsOf(lines []disclosure.Line) columns {
	var c columns
	for _, l := range lines {
		c.Voucher = c.Voucher || l.Voucher != ""
		c.Category = c.Category || l.Category != ""
		c.Income = c.Income || l.IncomeFen != 0
		c.Expense = c.Expense || l.ExpenseFen != 0
		c.Balance = c.Balance || l.BalanceFen != nil
		c.Handler = c.Handler || l.Handler != ""
		c.Reviewer = c.Reviewer || l.Reviewer != ""
	}
	return c
}

// gone says in words why a posting shows no content.
func gone(s disclosure.State) string {
	switch s {
	case disclosure.Withdrawn:
		return "这条公开已撤回，正在更正。更正后的内容会重新公开。"
	case disclosure.Expired:
		return "公示期已满，依法不再显示名单内容。"
	case disclosure.Draft, disclosure.InReview, disclosure.Reviewed, disclosure.Confirmed, disclosure.Published, disclosure.Archived:
	}
	return ""
}
