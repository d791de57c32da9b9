package web

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/fault"
)

// Sessions is what the pages need to know who is asking.
type Sessions interface {
	SignIn(ctx context.Context, act audit.Act, code string) (account.SignedIn, error)
	// Authenticate gives who holds a token, or auth.required, auth.expired.
	Authenticate(ctx context.Context, token string) (account.Caller, error)
	Logout(ctx context.Context, c account.Caller, act audit.Act) error
	// Notice gives the privacy notice in force.
	Notice() account.Notice
	GiveConsent(ctx context.Context, c account.Caller, act audit.Act, in account.ConsentInput) (account.ConsentView, error)
}

// DemoDoor lets people in by sign-in codes of the demo. Where there is none,
// the pages say that one signs in through the mini-program.
type DemoDoor struct {
	// Allows says which codes are of the demo; no other is tried, since those of
	// WeChat belong to the mini-program alone.
	Allows func(code string) bool
	People []DemoPlace
}

// DemoPlace is the people of one place whom one may sign in as.
type DemoPlace struct {
	Name   string
	People []DemoPerson
}

// DemoPerson is somebody of the sample.
type DemoPerson struct{ Code, Name string }

const (
	sessionCookie = "session"
	tokenField    = "token"
	mostSmallForm = 64 << 10 // bytes of a form without files
)

var (
	errForm = fault.Define(fault.Forbidden, "web.form_stale", "这张表已经失效，请回到上一页刷新，再填一次。")
	errSlow = fault.Define(fault.TooMany, "web.too_many", "操作太快了，请过一会儿再试。")
)

// private are the pages that belong to one person: they are never kept and
// never found by search engines.
func private(h http.Header) {
	h.Set("Cache-Control", "private, no-store")
	h.Set("Vary", "Cookie")
	h.Set("X-Robots-Tag", "noindex")
}

// mountSessions adds signing in and out, and consent.
func (w *Web) mountSessions(r gin.IRouter) {
	both(r, "/sign-in", w.signInPage)
	both(r, "/me/consent", w.consentPage)
	r.POST("/sign-in", w.signIn)
	r.POST("/sign-out", w.signOut)
	r.POST("/me/consent", w.consent)
}

func both(r gin.IRouter, path string, h gin.HandlerFunc) {
	r.GET(path, h)
	r.HEAD(path, h)
}

// caller gives who is asking; a stranger where the session is over.
func (w *Web) caller(c *gin.Context) (account.Caller, error) {
	cookie, err := c.Request.Cookie(sessionCookie)
	if err != nil || w.sessions == nil {
		return account.Caller{}, nil
	}
	who, err := w.sessions.Authenticate(c.Request.Context(), cookie.Value)
	if f := fault.Of(err); f != nil && f.Kind == fault.Unauthenticated {
		return account.Caller{}, nil
	}
	return who, err
}

// known gives the caller, or sends a stranger to sign in and come back to the
// page named, and reports false.
func (w *Web) known(c *gin.Context, back string) (account.Caller, bool) {
	who, err := w.caller(c)
	if err != nil {
		w.refuse(c, err)
		return who, false
	}
	if !who.Known() {
		w.goTo(c, "/sign-in?"+url.Values{"back": {back}}.Encode())
		return who, false
	}
	return who, true
}

// goTo sends the browser to another page of ours.
func (w *Web) goTo(c *gin.Context, to string) {
	h := c.Writer.Header()
	w.guard(h)
	private(h)
	c.Redirect(http.StatusSeeOther, to)
}

// formToken is what proves that a form came from a page that we gave to this
// session: no other site can know it.
func (w *Web) formToken(who account.Caller) string {
	return base64.RawURLEncoding.EncodeToString(w.sign("web_form", who.SessionID))
}

func (w *Web) checkToken(who account.Caller, given string) error {
	if !hmac.Equal([]byte(given), []byte(w.formToken(who))) {
		return errForm
	}
	return nil
}

// smallForm reads the fields of a form without files, checks its token and
// holds back who is too quick.
func (w *Web) smallForm(c *gin.Context, who account.Caller) error {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, mostSmallForm)
	if err := c.Request.ParseForm(); err != nil {
		return fault.ErrInvalid.Because(err)
	}
	if err := w.checkToken(who, c.Request.PostForm.Get(tokenField)); err != nil {
		return err
	}
	return w.paced(c, "account:"+who.AccountID, false)
}

func (w *Web) paced(c *gin.Context, key string, signIn bool) error {
	if w.pace == nil {
		return nil
	}
	if ok, wait := w.pace(c.Request.Context(), key, signIn); !ok {
		return errSlow.After(wait)
	}
	return nil
}

// actOf is a request as a write in the caller's name.
func actOf(who account.Caller) audit.Act {
	return audit.Act{Actor: audit.Actor{AccountID: who.AccountID}, RequestID: audit.NewID()}
}

// signInModel is "/sign-in".
type signInModel struct {
	Back    string
	Name    string // of who is signed in, "" for nobody
	Token   string
	Problem string
	Demo    []DemoPlace
	Open    bool // one can sign in here at all
}

func (w *Web) signInPage(c *gin.Context) {
	who, err := w.caller(c)
	if err != nil {
		w.refuse(c, err)
		return
	}
	w.showSignIn(c, http.StatusOK, signInModel{Back: safeBack(c.Query("back"))}, who)
}

func (w *Web) showSignIn(c *gin.Context, status int, m signInModel, who account.Caller) {
	if who.Known() {
		m.Name, m.Token = nameOf(who), w.formToken(who)
	}
	if w.demoDoor != nil {
		m.Open, m.Demo = true, w.demoDoor.People
	}
	w.personal(c, status, "signin", frame{Title: "登录", Here: "/sign-in?" + url.Values{"back": {m.Back}}.Encode(), Main: m})
}

// personal writes a page that belongs to one person.
func (w *Web) personal(c *gin.Context, status int, name string, f frame) {
	f.Big, f.NoIndex = isBig(c.Request), true
	body, err := w.render(name, f)
	if err != nil {
		w.refuse(c, err)
		return
	}
	h := c.Writer.Header()
	w.guard(h)
	private(h)
	h.Set("Content-Type", "text/html; charset=utf-8")
	c.Status(status)
	if c.Request.Method == http.MethodHead {
		c.Writer.WriteHeaderNow()
		return
	}
	_, _ = c.Writer.Write(body) // the client went away: nothing to do about it
}

// sameSite refuses a sign-in that another site sends: nobody is to type what is
// theirs under a stranger's name.
var sameSite = http.NewCrossOriginProtection()

func (w *Web) signIn(c *gin.Context) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, mostSmallForm)
	m := signInModel{Back: safeBack(c.PostForm("back"))}
	code := strings.TrimSpace(c.PostForm("code"))
	if sameSite.Check(c.Request) != nil || w.demoDoor == nil || !w.demoDoor.Allows(code) {
		m.Problem = "登录没有成功，请重新选一个人。"
		w.showSignIn(c, http.StatusForbidden, m, account.Caller{})
		return
	}
	if err := w.paced(c, "address:"+c.ClientIP(), true); err != nil {
		w.refuse(c, err)
		return
	}
	in, err := w.sessions.SignIn(c.Request.Context(), audit.Act{RequestID: audit.NewID()}, code)
	if f := fault.Of(err); f != nil && f.Kind == fault.Unauthenticated {
		m.Problem = "没有这个人，请重新选一个。"
		w.showSignIn(c, http.StatusForbidden, m, account.Caller{})
		return
	}
	if err != nil {
		w.refuse(c, err)
		return
	}
	w.setSession(c, in.Token, in.ExpiresAt.Sub(w.clock.Now()))
	w.goTo(c, m.Back)
}

// setSession keeps the token in a cookie that scripts cannot read and other
// sites cannot send with a form; "" takes it away.
func (w *Web) setSession(c *gin.Context, token string, length time.Duration) {
	age := int(length / time.Second)
	if token == "" {
		age = -1
	}
	http.SetCookie(c.Writer, &http.Cookie{ //nolint:gosec // Secure wherever the reader came over TLS; the demo has none
		Name: sessionCookie, Value: token, Path: "/", MaxAge: age,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: overTLS(c.Request),
	})
}

// overTLS reports whether the reader came over TLS, to us or to a proxy before
// us. Who lies about it spoils a cookie of their own.
func overTLS(r *http.Request) bool {
	return r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}

func (w *Web) signOut(c *gin.Context) {
	who, err := w.caller(c)
	if err == nil && who.Known() {
		if err = w.smallForm(c, who); err == nil {
			err = w.sessions.Logout(c.Request.Context(), who, actOf(who))
		}
	}
	if err != nil {
		w.refuseForm(c, err)
		return
	}
	w.setSession(c, "", 0)
	w.goTo(c, "/sign-in")
}

// refuseForm says why a form was not taken, in words.
func (w *Web) refuseForm(c *gin.Context, err error) {
	f := fault.Of(err)
	if f == nil || f.Kind == fault.Internal || f.Kind == fault.Unavailable || f.Kind == fault.NotFound {
		w.refuse(c, err)
		return
	}
	status := refusalStatus(f)
	if status == http.StatusTooManyRequests {
		c.Header("Retry-After", strconv.Itoa(int(max(retryAfter, f.RetryAfter)/time.Second)))
	}
	text := f.Message
	for _, at := range f.Fields {
		text += at.Message
	}
	w.message(c, status, notice{"没有办成", text})
}

// refusalStatus gives the status of a page that tells of a refusal.
func refusalStatus(f *fault.Fault) int {
	switch f.Kind {
	case fault.Forbidden, fault.Unauthenticated:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.TooMany:
		return http.StatusTooManyRequests
	case fault.Unavailable, fault.Internal:
		return http.StatusServiceUnavailable
	case fault.Malformed:
		return http.StatusBadRequest
	case fault.Invalid, fault.Unsupported:
	}
	return http.StatusUnprocessableEntity
}

// nameOf is what a signed-in person is called on their own pages.
func nameOf(who account.Caller) string {
	if who.DisplayName == "" {
		return "您（还没有完成村民认证）"
	}
	return who.DisplayName
}

// consentModel is "/me/consent".
type consentModel struct {
	account.Notice
	Lines []string
	Back  string
	Token string
	Due   bool
}

func (w *Web) consentPage(c *gin.Context) {
	back := safeBack(c.Query("back"))
	here := "/me/consent?" + url.Values{"back": {back}}.Encode()
	who, ok := w.known(c, here)
	if !ok {
		return
	}
	m := consentModel{Notice: w.sessions.Notice(), Back: back, Token: w.formToken(who), Due: who.ConsentDue}
	for _, line := range paragraphs(m.Text) {
		if line = strings.TrimSpace(strings.TrimLeft(line, "#")); line != "" {
			m.Lines = append(m.Lines, strings.ReplaceAll(line, "**", ""))
		}
	}
	w.personal(c, http.StatusOK, "consent", frame{Title: m.Title, Here: here, Main: m})
}

func (w *Web) consent(c *gin.Context) {
	who, ok := w.known(c, "/me/consent")
	if !ok {
		return
	}
	err := w.smallForm(c, who)
	if err == nil {
		version, _ := strconv.Atoi(c.PostForm("version")) // 0 is no version: refused
		_, err = w.sessions.GiveConsent(c.Request.Context(), who, actOf(who), account.ConsentInput{
			Notice: account.PrivacyNotice, Version: version, Channel: "web",
		})
	}
	if err != nil {
		w.refuseForm(c, err)
		return
	}
	w.goTo(c, safeBack(c.PostForm("back")))
}
