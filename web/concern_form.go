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
	"cunwu/service/concern"
	"cunwu/service/fault"
	"cunwu/service/media"
	"cunwu/service/region"
)

// raiseModel is "/v/new": the form, with what was typed and what is wrong.
type raiseModel struct {
	Place      region.Region
	Path       []region.Region
	Name       string // of who says it, masked
	Token, Key string
	Text       string
	Where      string
	Categories []option
	Groups     []option
	Visible    []option
	Media      []formMedia
	Problems   []problem
	Least      int // characters
	Most       int
	MostPhotos int
	Room       bool // for more photos
	VoiceRoom  bool
	Seconds    int
}

// formMedia is an upload that stays with the form.
type formMedia struct {
	ID, Thumb string
	Voice     bool
}

// Of gives what is wrong with a field, "" for nothing.
func (m raiseModel) Of(at string) string {
	var out []string
	for _, p := range m.Problems {
		if p.At == at {
			out = append(out, p.Text)
		}
	}
	return strings.Join(out, " ")
}

// visibilities are who may read a concern, each in one sentence.
var visibilities = []option{
	{Value: string(concern.Public), Name: "公开，不显示我的名字", Words: "大家都看得到这件事和办理经过，看不到是谁说的；经办的人知道是您。"},
	{Value: string(concern.Named), Name: "公开，本村人看得到是我", Words: "大家都看得到这件事；本村认证过的村民还看得到您的姓，名字用星号代替。"},
	{Value: string(concern.Private), Name: "不公开", Words: "只有您自己和经办的人看得到。"},
	{Value: string(concern.Sealed), Name: "密封，只给县纪委监委", Words: "反映干部的问题用这个：村里、乡镇都看不到，只有县纪委监委看得到。"},
}

// raisePage is "/v/new".
func (w *Web) raisePage(c *gin.Context) {
	at := region.Code(c.Query("region"))
	who, ok := w.known(c, raiseBack(at))
	if !ok || !w.mayRaise(c, who, &at) {
		return
	}
	m := raiseModel{Key: audit.NewID(), Visible: chosen(visibilities, string(concern.Public))}
	group := region.Code("")
	if who.Group != "" && at.Contains(who.Group) {
		group = who.Group
	}
	w.showRaise(c, http.StatusOK, who, m, at, group, "")
}

func raiseBack(at region.Code) string {
	if at == "" {
		return "/v/new"
	}
	return "/v/new?" + url.Values{"region": {string(at)}}.Encode()
}

// mayRaise turns away, in words, whom the service would turn away after they
// had typed everything. at is filled in with the caller's own village.
func (w *Web) mayRaise(c *gin.Context, who account.Caller, at *region.Code) bool {
	if *at == "" {
		*at = who.Village
	}
	switch {
	case who.ConsentDue:
		w.goTo(c, "/me/consent?"+url.Values{"back": {raiseBack(*at)}}.Encode())
	case who.ResidentID == "" || who.Village != *at:
		w.message(c, http.StatusForbidden, notice{"不能在这里说事", concern.ErrNotVerified.Message + "来人来电由村里登记，也可以到村委会当面说。"})
	default:
		return true
	}
	return false
}

func chosen(all []option, value string) []option {
	out := append([]option{}, all...)
	for i := range out {
		out[i].Here = out[i].Value == value
	}
	return out
}

// showRaise fills in what the form needs and writes it.
func (w *Web) showRaise(c *gin.Context, status int, who account.Caller, m raiseModel, at, group region.Code, category string) {
	ctx, rules := c.Request.Context(), w.concerns.Rules()
	var err error
	if m.Place, err = w.places.Region(ctx, at); err == nil {
		m.Path, err = w.places.Path(ctx, at)
	}
	if err == nil {
		m.Groups, err = w.groups(ctx, at, group, "全村的事")
	}
	if err != nil {
		w.refuse(c, err)
		return
	}
	m.Categories, m.Name, m.Token = w.categories(category, ""), nameOf(who), w.formToken(who)
	m.Least, m.Most, m.MostPhotos, m.Seconds = rules.Text.Min, rules.Text.Max, rules.Photos.Most, rules.Voice.Seconds
	photos, voices := 0, 0
	for _, f := range m.Media {
		if f.Voice {
			voices++
		} else {
			photos++
		}
	}
	m.Room, m.VoiceRoom = photos < m.MostPhotos, voices == 0
	w.personal(c, status, "raise", frame{Title: "说一件事", Here: raiseBack(at), Main: m})
}

// raise takes the form. Similar open concerns are shown first; then it is
// raised, once, however often the form is sent.
func (w *Web) raise(c *gin.Context) {
	who, ok := w.known(c, "/v/new")
	if !ok {
		return
	}
	sent, err := w.readForm(c, who, w.concerns.Rules().Photos.Most, 1)
	if err != nil {
		w.refuseForm(c, err)
		return
	}
	at := region.Code(sent.Get("region"))
	if !w.mayRaise(c, who, &at) {
		return
	}
	in := concern.NewConcern{
		Region: at, Group: region.Code(sent.Get("group")), Category: sent.Get("category"), Text: sent.text("text"),
		Place: concern.Place{Text: sent.text("where")}, Media: sent.ids(), Visibility: concern.Visibility(sent.Get("visibility")),
		Channel: concern.ByApp,
	}
	if in.Visibility == "" {
		in.Visibility = concern.Public
	}
	if len(sent.Problems) > 0 || sent.Has("edit") {
		w.raiseAgain(c, http.StatusUnprocessableEntity, who, sent, in, nil)
		return
	}
	if !sent.Has("checked") && w.offerSimilar(c, who, sent, in) {
		return
	}
	w.raiseNow(c, who, sent, in)
}

func (w *Web) raiseNow(c *gin.Context, who account.Caller, sent sentForm, in concern.NewConcern) {
	act, err := once(c, who, sent.Get("key"), in, func(result any) string {
		made, _ := result.(concern.Concern)
		return made.ID
	})
	var id string
	if err == nil {
		var made concern.Concern
		made, err = w.concerns.Raise(c.Request.Context(), who, act, in)
		id = made.ID
	}
	if replay := new(audit.Replay); errors.As(err, &replay) {
		id, err = string(replay.Body), nil
	}
	if err != nil {
		w.raiseAgain(c, http.StatusUnprocessableEntity, who, sent, in, err)
		return
	}
	w.goTo(c, "/me/concerns/"+id+"?done=raised")
}

// raiseAgain shows the form again with all that was typed, and what is wrong.
func (w *Web) raiseAgain(c *gin.Context, status int, who account.Caller, sent sentForm, in concern.NewConcern, cause error) {
	m := raiseModel{
		Key: sent.Get("key"), Text: in.Text, Where: in.Place.Text, Visible: chosen(visibilities, string(in.Visibility)),
		Media: formMediaOf(sent.Media), Problems: sent.Problems,
	}
	if cause != nil {
		f := fault.Of(cause)
		if f == nil || f.Kind == fault.Internal {
			w.refuse(c, cause)
			return
		}
		if f.Kind == fault.Unavailable {
			w.log.WarnContext(c.Request.Context(), "concern not raised", "error", cause)
		}
		status = refusalStatus(f)
		m.Problems = append(m.Problems, problemsOf(f)...)
		if f.Code == "idempotency.mismatch" { // sent before, then changed with the back button
			m.Key = audit.NewID()
			m.Problems = []problem{{Text: "这张表刚才已经提交过了，可以在“我说的事”里看到。如果要再说一件，请再点一次提交。"}}
		}
	} else if len(sent.Problems) == 0 {
		status = http.StatusOK
	}
	w.showRaise(c, status, who, m, in.Region, in.Group, in.Category)
}

// fieldsAt say which field of the form a location in what was sent is.
var fieldsAt = []struct{ prefix, at string }{
	{"body.text", "text"},
	{"body.place", "where"},
	{"body.media", "photos"},
	{"body.category", "category"},
	{"body.group", "group"},
	{"body.visibility", "visible"},
}

// problemsOf tells a refusal field by field.
func problemsOf(f *fault.Fault) []problem {
	var out []problem
	for _, field := range f.Fields {
		p := problem{Text: field.Message}
		for _, known := range fieldsAt {
			if strings.HasPrefix(field.Location, known.prefix) {
				p.At = known.at
			}
		}
		out = append(out, p)
	}
	if len(out) == 0 {
		out = append(out, problem{Text: f.Message})
	}
	return out
}

func formMediaOf(ms []media.Object) []formMedia {
	var out []formMedia
	for _, o := range ms {
		one := formMedia{ID: o.ID, Voice: o.Kind == media.MP3}
		if o.Thumb != "" {
			one.Thumb = ownMedia + o.ThumbPath()
		}
		out = append(out, one)
	}
	return out
}

// similarModel is what is alike, before anything is raised.
type similarModel struct {
	Place      region.Region
	Path       []region.Region
	Token, Key string
	Items      []concernItem
	Sent       concern.NewConcern
}

// mostSimilar is how many are offered: more is not read.
const mostSimilar = 5

// offerSimilar shows open concerns that may be the same, and reports whether
// there were any. Nothing is kept from being raised because they could not be
// looked up.
func (w *Web) offerSimilar(c *gin.Context, who account.Caller, sent sentForm, in concern.NewConcern) bool {
	if w.similar == nil || in.Visibility == concern.Sealed {
		return false
	}
	ctx := c.Request.Context()
	found, err := w.similar.Similar(ctx, who, in.Region, in.Group, in.Category, in.Text)
	if err != nil {
		if f := fault.Of(err); f == nil || f.Kind == fault.Internal || f.Kind == fault.Unavailable {
			w.log.WarnContext(ctx, "similar concerns not looked up", "error", err)
		}
		return false
	}
	m, err := w.similarOf(ctx, found, in)
	if err != nil || len(m.Items) == 0 {
		return false
	}
	m.Token, m.Key = w.formToken(who), sent.Get("key")
	w.personal(c, http.StatusOK, "similar", frame{Title: "有人说过差不多的事", Here: raiseBack(in.Region), Main: m})
	return true
}

func (w *Web) similarOf(ctx context.Context, found []concern.Similar, in concern.NewConcern) (similarModel, error) {
	m := similarModel{Sent: in}
	for _, s := range found {
		if s.Mine || len(m.Items) == mostSimilar {
			continue
		}
		m.Items = append(m.Items, concernItem{Concern: s.Concern, Holder: holder(s.Concern), Before: firstOf(pictures(s.Photos, ownMedia))})
	}
	var err error
	if m.Place, err = w.places.Region(ctx, in.Region); err == nil {
		m.Path, err = w.places.Path(ctx, in.Region)
	}
	return m, err
}

func itoa(n int) string { return strconv.Itoa(n) }
