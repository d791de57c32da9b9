package web

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/concern"
	"cunwu/service/fault"
	"cunwu/service/procedure"
)

// ownMedia is where pictures are that not everybody may see.
const ownMedia = "/me"

// ownConcern is "/me/concerns/:id": a concern as the signed-in person sees it,
// with what they can do.
type ownConcern struct {
	concernPage
	Token, Key string
	Done       string // what was just done
	Problem    string
	Typed      string // an answer that was not taken
	Review     string // who sees it, in words
	Question   string // what the handler asks
	Ratings    []option
	Once       bool // not satisfied is the only answer left: it reopens
	Again      []option
	Answers    bool
	Withdraws  bool
	Joins      bool
	Leaves     bool
	MostPhotos int
}

var doneWords = map[string]string{
	"raised": "收到了，已经交到村里。", "sealed": "收到了，已经密封交给县纪委监委。", "join": "记下了：您也有这件事。", "leave": "已经取消同问。",
	"rate": "记下了，谢谢您说实话。", "again": "记下了，谢谢您。", "answer": "补充的情况已经交给经办的人。", "withdraw": "已经撤回。",
}

// myConcern is "/me/concerns/:id".
func (w *Web) myConcern(c *gin.Context) {
	id := c.Param("id")
	who, ok := w.known(c, "/me/concerns/"+url.PathEscape(id))
	if !ok {
		return
	}
	one, err := w.concerns.Concern(c.Request.Context(), who, id)
	if err != nil {
		w.refuse(c, err)
		return
	}
	done := c.Query("done")
	if done == "raised" && one.Visibility == concern.Sealed {
		done = "sealed"
	}
	w.showOwn(c, http.StatusOK, who, one, ownConcern{Done: doneWords[done]})
}

func (w *Web) showOwn(c *gin.Context, status int, who account.Caller, one concern.Concern, m ownConcern) {
	sheet, err := w.concernSheet(c.Request.Context(), one, ownMedia)
	if err != nil {
		w.refuse(c, err)
		return
	}
	m.concernPage, m.Token, m.Key = sheet, w.formToken(who), audit.NewID()
	m.Review, m.MostPhotos = reviewWords(one), w.concerns.Rules().Photos.Most
	if slices.ContainsFunc(one.Available, func(a procedure.Available) bool { return a.Action == "rate" }) {
		m.Ratings = ratingsOf(one)
		m.Once = len(m.Ratings) == 1
	}
	if one.AskAgain {
		m.Again = againChoices
	}
	for _, a := range one.Available {
		m.Answers = m.Answers || a.Action == "answer" && one.Mine
		m.Withdraws = m.Withdraws || a.Action == "withdraw"
	}
	for _, u := range one.Updates {
		if u.Kind == concern.Asked {
			m.Question = u.Text
		}
	}
	m.Joins = !one.Mine && !one.JoinedByMe && one.State.Open() && who.ResidentID != "" && who.Village == one.Region
	m.Leaves = one.JoinedByMe
	w.personal(c, status, "own", frame{Title: one.Title, Here: "/me/concerns/" + one.ID, Main: m})
}

// reviewWords says to the raiser and those who handle it who sees it.
func reviewWords(c concern.Concern) string {
	switch {
	case c.Visibility == concern.Sealed:
		return "这件事是密封的，只有县纪委监委看得到。"
	case c.Visibility == concern.Private:
		return "这件事不公开，只有说事人和经办的人看得到。"
	case c.Review == concern.Hidden:
		text := "这件事没有公开显示，内容没有删除，办理照常。"
		if c.WhyHidden != "" {
			text += "原因：" + c.WhyHidden
		}
		return text
	case c.Review == concern.Pending || c.Review == concern.Manual:
		return "正在审核，审核通过以后大家才看得到。办理不用等审核。"
	}
	return ""
}

var (
	ratingChoices = []option{
		{Value: string(concern.Satisfied), Name: "满意", Words: "这件事解决了"},
		{Value: string(concern.Basic), Name: "基本满意", Words: "大体上解决了"},
		{Value: string(concern.Dissatisfied), Name: "不满意", Words: "没有解决，请重办"},
	}
	againChoices = []option{
		{Value: string(concern.AgainSolved), Name: "解决了"},
		{Value: string(concern.AgainPartly), Name: "解决了一部分"},
		{Value: string(concern.AgainNot), Name: "没有解决"},
		{Value: string(concern.AgainUnsure), Name: "说不清"},
	}
)

// ratingsOf are the ratings that can be given where a concern stands, and what
// each brings about.
func ratingsOf(c concern.Concern) []option {
	good, bad := slices.Clone(ratingChoices[:2]), ratingChoices[2]
	switch c.State {
	case concern.Done:
		if c.Reopened || c.Visibility == concern.Sealed {
			bad.Words = "还是没有解决"
		}
		return append(good, bad)
	case concern.Unrated:
		if c.Reopened {
			return good
		}
		return append(good, bad)
	case concern.Unsatisfied:
		return good
	case concern.Settled, concern.Unable, concern.NotOurs:
		if !c.Reopened {
			return []option{bad}
		}
	default:
	}
	return nil
}

// actOnConcern takes a form of "/me/concerns/:id"; the field "do" says which.
func (w *Web) actOnConcern(c *gin.Context) {
	id := c.Param("id")
	who, ok := w.known(c, "/me/concerns/"+url.PathEscape(id))
	if !ok {
		return
	}
	sent, err := w.readForm(c, who, w.concerns.Rules().Photos.Most, 0)
	if err == nil {
		err = w.concerns.Known(c.Request.Context(), who, id)
	}
	if err == nil && len(sent.Problems) > 0 {
		err = fault.ErrInvalid.At("photos", "%s", sent.Problems[0].Text)
	} else if err == nil {
		err = w.takeAction(c, who, id, sent)
	}
	if replay := new(audit.Replay); errors.As(err, &replay) {
		err = nil
	}
	if err != nil {
		w.ownAgain(c, who, id, sent, err)
		return
	}
	w.goTo(c, "/me/concerns/"+url.PathEscape(id)+"?"+url.Values{"done": {sent.Get("do")}}.Encode())
}

// takeAction does what the form asks for.
func (w *Web) takeAction(c *gin.Context, who account.Caller, id string, sent sentForm) error {
	do := sent.Get("do")
	in := procedure.Input{Action: do, Fields: map[string]string{}}
	take := func(name, as string) {
		if text := sent.text(name); text != "" {
			in.Fields[as] = text
		}
	}
	switch do {
	case "rate":
		take("rating", "rating")
		take("comment", "comment")
	case "again":
		take("answer", "answer")
	case "answer":
		take("text", "text")
		in.Media = sent.ids()
	case "withdraw", "join", "leave":
	default:
		return fault.ErrInvalid
	}
	act, err := once(c, who, sent.Get("key"), in, func(any) string { return id })
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	switch do {
	case "join":
		_, err = w.concerns.Join(ctx, who, act, id)
	case "leave":
		_, err = w.concerns.Leave(ctx, who, act, id)
	default:
		_, err = w.concerns.Act(ctx, who, act, id, in)
	}
	return err
}

// ownAgain shows the page again with why it was not done.
func (w *Web) ownAgain(c *gin.Context, who account.Caller, id string, sent sentForm, cause error) {
	f := fault.Of(cause)
	if f == nil || f.Kind == fault.Internal || f.Kind == fault.Unavailable || f.Kind == fault.NotFound || errors.Is(f, errForm) {
		w.refuseForm(c, cause)
		return
	}
	one, err := w.concerns.Concern(c.Request.Context(), who, id)
	if err != nil {
		w.refuse(c, err)
		return
	}
	text := f.Message
	for i, p := range problemsOf(f) {
		if i == 0 {
			text = ""
		}
		text += p.Text
	}
	w.showOwn(c, refusalStatus(f), who, one, ownConcern{Problem: text, Typed: sent.text("text")})
}

// myConcernsPage is "/me/concerns".
type myConcernsPage struct {
	Name    string
	Token   string
	Village string // code, "" where the person is on no roll
	Items   []concernItem
	First   bool
	Next    string
}

// myConcerns is "/me/concerns": what one said or joined, anywhere.
func (w *Web) myConcerns(c *gin.Context) {
	who, ok := w.known(c, "/me/concerns")
	if !ok {
		return
	}
	cursor := c.Query("cursor")
	page, err := w.concerns.Concerns(c.Request.Context(), who, concern.Query{Mine: true, Cursor: cursor, Limit: perPage})
	if err != nil {
		w.refuse(c, err)
		return
	}
	m := myConcernsPage{Name: nameOf(who), Token: w.formToken(who), Village: string(who.Village), First: cursor == ""}
	for _, one := range page.Items {
		m.Items = append(m.Items, concernItem{Concern: one, Holder: holder(one), Rated: ratingLine(one), Before: firstOf(pictures(one.Photos, ownMedia))})
	}
	if page.Next != "" {
		m.Next = "/me/concerns?" + url.Values{"cursor": {page.Next}}.Encode()
	}
	w.personal(c, http.StatusOK, "mine", frame{Title: "我说的事", Here: "/me/concerns", Main: m})
}

// myMedia is "/me/media/:name": a picture that not everybody may see, for whom
// may.
func (w *Web) myMedia(c *gin.Context) {
	who, err := w.caller(c)
	if err != nil {
		w.refuse(c, err)
		return
	}
	f, err := w.uploads.Open(c.Request.Context(), who, c.Param("name"))
	if err != nil {
		w.refuse(c, err)
		return
	}
	defer func() { _ = f.Body.Close() }() // read side: nothing is lost
	h := c.Writer.Header()
	w.guard(h)
	private(h)
	h.Set("Content-Type", f.ContentType)
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	if f.ContentType == "application/pdf" {
		h.Set("Content-Disposition", "attachment")
	}
	if rs, ok := f.Body.(io.ReadSeeker); ok {
		http.ServeContent(c.Writer, c.Request, "", time.Time{}, rs)
		return
	}
	c.DataFromReader(http.StatusOK, f.Size, f.ContentType, f.Body, nil)
}
