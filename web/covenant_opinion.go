package web

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/covenant"
	"cunwu/service/fault"
	"cunwu/service/region"
)

// opinionModel is "/r/:code/covenant/opinion": what one thinks of a text that is
// being revised, and what became of what one said before.
type opinionModel struct {
	covenant.View
	Path       []region.Region
	Kind       string
	URL        string
	Name       string
	Token, Key string
	Done       bool
	Problem    string
	Why        string // why one cannot say anything now
	Stances    []option
	Clauses    []option
	Drafted    []clauseLine
	Typed      string
	Most       int
	Mine       []ownOpinion
}

type ownOpinion struct {
	covenant.Opinion
	StanceName string
	ClauseName string
}

var stances = []option{
	{Value: string(covenant.Support), Name: "赞成", Words: "这样写就好"},
	{Value: string(covenant.Change), Name: "建议修改", Words: "请写下怎么改"},
	{Value: string(covenant.Oppose), Name: "不赞成", Words: "请写下为什么"},
}

func (w *Web) opinionPage(word string, kind covenant.Kind) gin.HandlerFunc {
	return func(c *gin.Context) {
		code, err := villageOf(c)
		if err != nil {
			w.refuse(c, err)
			return
		}
		who, ok := w.known(c, textURL(code, word)+"/opinion")
		if !ok {
			return
		}
		w.showOpinion(c, http.StatusOK, who, word, kind, opinionModel{Done: c.Query("done") != "", Clauses: []option{{Value: c.Query("clause"), Here: true}}})
	}
}

// showOpinion fills in what the form needs and writes it. Of m.Clauses and
// m.Stances what is chosen is kept.
func (w *Web) showOpinion(c *gin.Context, status int, who account.Caller, word string, kind covenant.Kind, m opinionModel) {
	ctx, code := c.Request.Context(), region.Code(c.Param("code"))
	text, err := w.textOf(ctx, code, kind)
	if err == nil {
		m.View, err = w.covenants.Covenant(ctx, who, text.ID)
	}
	if err == nil {
		m.Path, err = w.places.Path(ctx, code)
	}
	var all []covenant.Opinion
	if err == nil {
		all, err = w.covenants.Opinions(ctx, who, text.ID)
	}
	if err != nil {
		w.refuse(c, err)
		return
	}
	m.Kind, m.URL, m.Name, m.Token = kind.Name(), textURL(code, word), nameOf(who), w.formToken(who)
	if m.Key == "" {
		m.Key = audit.NewID()
	}
	if !m.MaySpeak {
		m.Why = m.WhyNot
	}
	rules := w.covenants.Rules()
	if m.Most = 500; rules != nil && rules.Opinions.Chars > 0 {
		m.Most = rules.Opinions.Chars
	}
	if m.UnderWay != nil {
		m.Drafted = clauseLines(m.UnderWay.Content.Clauses, rules)
	}
	m.choose()
	for _, o := range all {
		if o.Author == who.ResidentID && o.Author != "" { // who works on the text reads the others', elsewhere
			m.Mine = append(m.Mine, ownOpinion{Opinion: o, StanceName: o.Stance.Name(), ClauseName: m.clauseName(o.Clause)})
		}
	}
	w.personal(c, status, "covenant_opinion", frame{Title: "对" + m.RegionName + m.Kind + "提意见", Here: m.URL + "/opinion", Main: m})
}

// choose makes the choices of the form.
func (m *opinionModel) choose() {
	stance, clause := string(covenant.Change), ""
	for _, o := range m.Stances {
		if o.Here {
			stance = o.Value
		}
	}
	for _, o := range m.Clauses {
		if o.Here {
			clause = o.Value
		}
	}
	m.Stances = chosen(stances, stance)
	m.Clauses = []option{{Name: "整份" + m.Kind, Here: clause == ""}}
	for _, one := range m.Drafted {
		m.Clauses = append(m.Clauses, option{Value: one.Code, Name: "第" + strconv.Itoa(one.Number) + "条　" + clipped(one.Text), Here: one.Code == clause})
	}
}

func (m *opinionModel) clauseName(code string) string {
	for _, one := range m.Drafted {
		if one.Code == code {
			return "第" + strconv.Itoa(one.Number) + "条"
		}
	}
	return "整份" + m.Kind
}

// opinion takes the form: once, however often it is sent.
func (w *Web) opinion(word string, kind covenant.Kind) gin.HandlerFunc {
	return func(c *gin.Context) {
		code, err := villageOf(c)
		if err != nil {
			w.refuse(c, err)
			return
		}
		who, ok := w.known(c, textURL(code, word)+"/opinion")
		if !ok {
			return
		}
		if err := w.smallForm(c, who); err != nil {
			w.refuseForm(c, err)
			return
		}
		sent := sentForm{Values: c.Request.PostForm}
		in := covenant.NewOpinion{Stance: covenant.Stance(sent.Get("stance")), Clause: sent.Get("clause"), Text: sent.text("text")}
		err = w.speak(c, who, code, kind, sent.Get("key"), in)
		if err == nil {
			w.goTo(c, textURL(code, word)+"/opinion?done=1")
			return
		}
		f := fault.Of(err)
		if f == nil || f.Kind == fault.Internal || f.Kind == fault.Unavailable || f.Kind == fault.NotFound {
			w.refuse(c, err)
			return
		}
		w.showOpinion(c, refusalStatus(f), who, word, kind, opinionModel{
			Key: sent.Get("key"), Problem: inWords(f), Typed: in.Text,
			Stances: []option{{Value: string(in.Stance), Here: true}}, Clauses: []option{{Value: in.Clause, Here: true}},
		})
	}
}

func (w *Web) speak(c *gin.Context, who account.Caller, code region.Code, kind covenant.Kind, key string, in covenant.NewOpinion) error {
	text, err := w.textOf(c.Request.Context(), code, kind)
	if err != nil {
		return err
	}
	act, err := once(c, who, key, in, func(any) string { return text.ID })
	if err != nil {
		return err
	}
	_, err = w.covenants.Speak(c.Request.Context(), who, act, text.ID, in)
	if replay := new(audit.Replay); errors.As(err, &replay) {
		return nil
	}
	return err
}
