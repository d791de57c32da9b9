package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/fault"
	"cunwu/service/redblack"
	"cunwu/service/region"
)

// nominateModel is "/r/:code/boards/new": the form, with what was typed and what
// is wrong.
type nominateModel struct {
	Place      region.Region
	Path       []region.Region
	Red        bool
	Tabs       []tab
	Name       string // of who says it, masked
	Token, Key string
	In         redblack.NewEntry
	Clauses    []option
	Media      []formMedia
	Room       bool // for more photos
	MostPhotos int
	Texts      redblack.TextLengths
	Today      string
	Problems   []problem
}

// Of gives what is wrong with a field, "" for nothing.
func (m nominateModel) Of(at string) string {
	var out []string
	for _, p := range m.Problems {
		if p.At == at {
			out = append(out, p.Text)
		}
	}
	return strings.Join(out, " ")
}

func nominateURL(village region.Code, list redblack.Kind) string {
	return listsURL(village) + "/new?" + url.Values{"list": {string(list)}}.Encode()
}

func listOf(text string) redblack.Kind {
	if redblack.Kind(text) == redblack.Black {
		return redblack.Black
	}
	return redblack.Red
}

// nominatePage is "/r/:code/boards/new".
func (w *Web) nominatePage(c *gin.Context) {
	code, err := villageOf(c)
	if err != nil {
		w.refuse(c, err)
		return
	}
	list := listOf(c.Query("list"))
	who, ok := w.known(c, nominateURL(code, list))
	if !ok || !w.mayNominate(c, who, code, list) {
		return
	}
	in := redblack.NewEntry{Kind: list, Region: code, Clause: c.Query("clause")}
	w.showNominate(c, http.StatusOK, who, nominateModel{Key: audit.NewID(), In: in})
}

// mayNominate turns away, in words, whom the service would turn away after they
// had typed everything.
func (w *Web) mayNominate(c *gin.Context, who account.Caller, village region.Code, list redblack.Kind) bool {
	switch {
	case who.ConsentDue:
		w.goTo(c, "/me/consent?"+url.Values{"back": {nominateURL(village, list)}}.Encode())
	case who.Standing == account.Unbound || who.ResidentID == "" || who.Village != village:
		w.message(c, http.StatusForbidden, notice{"不能在这里提", redblack.ErrNotVerified.Message + "也可以到村委会当面说，由管榜人登记。"})
	default:
		return true
	}
	return false
}

// showNominate fills in what the form needs and writes it.
func (w *Web) showNominate(c *gin.Context, status int, who account.Caller, m nominateModel) {
	if err := w.fillNominate(c.Request.Context(), &m); err != nil {
		if isFault(err, redblack.ErrNotAnnounced) {
			w.message(c, http.StatusConflict, notice{"现在还不能评", redblack.ErrNotAnnounced.Message})
			return
		}
		w.refuse(c, err)
		return
	}
	m.Name, m.Token = nameOf(who), w.formToken(who)
	title := "提名好事，上红榜"
	if !m.Red {
		title = "反映不好的事"
	}
	w.personal(c, status, "boards_new", frame{Title: title, Here: nominateURL(m.In.Region, m.In.Kind), Main: m})
}

func (w *Web) fillNominate(ctx context.Context, m *nominateModel) error {
	a, err := w.redblack.Announcement(ctx, m.In.Region)
	if err != nil {
		return err
	}
	if m.Place, err = w.places.Region(ctx, m.In.Region); err != nil {
		return err
	}
	if m.Path, err = w.places.Path(ctx, m.In.Region); err != nil {
		return err
	}
	m.Red, m.Today = m.In.Kind == redblack.Red, w.today()
	m.Tabs = []tab{
		{Name: "提名好事（红榜）", URL: nominateURL(m.In.Region, redblack.Red), Here: m.Red},
		{Name: "反映不好的事（黑榜）", URL: nominateURL(m.In.Region, redblack.Black), Here: !m.Red},
	}
	for _, one := range a.Clauses {
		if one.List == m.In.Kind && one.Usable {
			m.Clauses = append(m.Clauses, option{Value: one.Code, Name: "第" + strconv.Itoa(one.Number) + "条　" + clipped(one.Text), Here: one.Code == m.In.Clause})
		}
	}
	m.Texts = w.redblack.Rules().Texts
	m.MostPhotos = m.Texts.EvidenceMost
	m.Room = len(m.Media) < m.MostPhotos
	return nil
}

// longestChoice is how many characters of a clause fit a choice on a telephone.
const longestChoice = 28

func clipped(text string) string {
	r := []rune(text)
	if len(r) <= longestChoice {
		return text
	}
	return string(r[:longestChoice]) + "……"
}

// nominate takes the form: once, however often it is sent.
func (w *Web) nominate(c *gin.Context) {
	code, err := villageOf(c)
	if err != nil {
		w.refuse(c, err)
		return
	}
	who, ok := w.known(c, nominateURL(code, redblack.Red))
	if !ok {
		return
	}
	sent, err := w.readForm(c, who, w.redblack.Rules().Texts.EvidenceMost, 0)
	if err != nil {
		w.refuseForm(c, err)
		return
	}
	in := redblack.NewEntry{
		Kind: listOf(sent.Get("list")), Region: code, Name: sent.text("name"), Group: sent.text("group"), Clause: sent.Get("clause"),
		Facts: sent.text("facts"), Place: sent.text("where"), On: sent.text("on"), Evidence: sent.ids(),
	}
	if !w.mayNominate(c, who, code, in.Kind) {
		return
	}
	if len(sent.Problems) > 0 {
		w.nominateAgain(c, who, sent, in, nil)
		return
	}
	act, err := once(c, who, sent.Get("key"), in, func(result any) string {
		made, _ := result.(redblack.Receipt)
		return made.ID
	})
	if err == nil {
		_, err = w.redblack.Nominate(c.Request.Context(), who, act, in)
	}
	if replay := new(audit.Replay); errors.As(err, &replay) {
		err = nil
	}
	if err != nil {
		w.nominateAgain(c, who, sent, in, err)
		return
	}
	w.goTo(c, "/me/boards?"+url.Values{"done": {string(in.Kind)}}.Encode())
}

// nominateAgain shows the form again with all that was typed, and what is wrong.
func (w *Web) nominateAgain(c *gin.Context, who account.Caller, sent sentForm, in redblack.NewEntry, cause error) {
	m := nominateModel{Key: sent.Get("key"), In: in, Media: formMediaOf(sent.Media), Problems: sent.Problems}
	status := http.StatusUnprocessableEntity
	if cause != nil {
		f := fault.Of(cause)
		if f == nil || f.Kind == fault.Internal || f.Kind == fault.Unavailable {
			w.refuse(c, cause)
			return
		}
		status = refusalStatus(f)
		m.Problems = append(m.Problems, entryProblems(f)...)
		if f.Code == "idempotency.mismatch" { // sent before, then changed with the back button
			m.Key = audit.NewID()
			m.Problems = []problem{{Text: "这张表刚才已经提交过了。如果要再提一件，请再点一次提交。"}}
		}
	}
	w.showNominate(c, status, who, m)
}

// entryFieldsAt say which field of the form a location in what was sent is.
var entryFieldsAt = []struct{ prefix, at string }{
	{"body.name", "name"},
	{"body.group", "group"},
	{"body.clause", "clause"},
	{"body.facts", "facts"},
	{"body.place", "where"},
	{"body.on", "on"},
	{"body.evidence", "photos"},
}

func entryProblems(f *fault.Fault) []problem {
	out := problemsOf(f)
	for i := range f.Fields {
		for _, known := range entryFieldsAt {
			if strings.HasPrefix(f.Fields[i].Location, known.prefix) {
				out[i].At = known.at
			}
		}
	}
	return out
}
