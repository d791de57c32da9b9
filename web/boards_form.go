package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/fault"
	"cunwu/service/procedure"
	"cunwu/service/redblack"
)

// entryForm is something that one can do about an entry, as a form.
type entryForm struct {
	Do      string
	Heading string
	Words   string
	Button  string
	Asks    []entryField
	Twice   bool // it opens with one tap, and is sent with a second
	Plain   bool // not the thing that is waited for
	Photo   bool // a photo may come with it
}

// entryField is one field of it: text, or one of several choices.
type entryField struct {
	Code, Label string
	Least, Most int
	Required    bool
	Choices     []option
	Typed       string
}

// entryForms are what villagers do in the browser, in the order of the page; what
// officers do is done in the mini-program.
var entryForms = []entryForm{
	{Do: "consent", Heading: "有人提名您上红榜", Words: "同不同意由您。同意以后先公示几天，再上榜。姓名怎么写也由您定，以后随时可以撤回。", Button: "同意上榜", Photo: true},
	{Do: "decline", Heading: "不愿意上榜", Words: "不愿意就不上，不写原因，也没有别人知道。", Button: "我不愿意上榜", Plain: true},
	{Do: "reply", Heading: "请您说明情况", Words: "您说的话会写在这件事旁边，本村村民看得到。", Button: "交上去"},
	{Do: "claim", Heading: "已经改了？", Words: "说一声，一个工作日内来核实。核实了就下榜；没有按时核实，也先撤下来。", Button: "我已经改了，请核实"},
	{Do: "appeal", Heading: "不服，要申诉", Words: "一申诉就马上撤下来，处理完以前谁也看不到。监委会先处理，还不服可以找乡镇。", Button: "交申诉"},
	{Do: "appeal_on", Heading: "还是不服，找乡镇", Words: "乡镇处理完以前，谁也看不到。", Button: "向乡镇申诉"},
	{Do: "accept", Heading: "不再申诉", Words: "不再申诉，就按原来的办。", Button: "不再申诉", Twice: true, Plain: true},
	{Do: "agree_naming", Heading: "同意写上名字", Words: "这是您自己的事，不同意没有任何影响。写上了随时可以撤回。", Button: "我同意写上名字", Twice: true, Plain: true},
	{Do: "withdraw_naming", Heading: "不再写上名字", Words: "撤回以后，名字马上不再显示。", Button: "撤回，不显示我的名字", Twice: true},
	{Do: "withdraw_consent", Heading: "撤回同意", Words: "撤回以后，姓名和照片马上不再显示。", Button: "撤回，不显示我的姓名和照片", Twice: true},
	{Do: "remove_me", Heading: "我要下榜", Words: "下榜以后，这一条别人都看不到了。", Button: "我要下榜", Twice: true, Plain: true},
	{Do: "object", Heading: "对公示有意见", Words: "写下理由，评议会要给答复。别人看不到是谁提的。", Button: "提异议", Plain: true},
}

// defaultAsks are the fields of what is no step of a procedure.
var defaultAsks = map[string][]procedure.Field{
	"object": {{Code: "text", Name: "您的理由", Required: true, Min: 4, Max: 500}},
}

var nameChoices = map[string]option{
	"full":   {Name: "写全名"},
	"masked": {Name: "只写姓", Words: "名字用星号代替"},
	"none":   {Name: "不写姓名", Words: "只写做了什么事"},
}

// formsOf gives the forms for what is open to the caller, with what was typed.
func formsOf(open []procedure.Available, typed url.Values) []entryForm {
	var out []entryForm
	for _, f := range entryForms {
		for _, a := range open {
			if a.Action != f.Do {
				continue
			}
			fields := a.Fields
			if len(fields) == 0 {
				fields = defaultAsks[f.Do]
			}
			for _, field := range fields {
				f.Asks = append(f.Asks, askOf(field, typed.Get(field.Code)))
			}
			out = append(out, f)
			break
		}
	}
	return out
}

func askOf(f procedure.Field, typed string) entryField {
	out := entryField{Code: f.Code, Label: f.Name, Least: f.Min, Most: f.Max, Required: f.Required, Typed: typed}
	if out.Most == 0 {
		out.Most = 1000
	}
	for i, value := range f.OneOf {
		o := option{Name: value}
		if named, ok := nameChoices[value]; ok {
			o = named
		}
		o.Value, o.Here = value, typed == value || typed == "" && i == len(f.OneOf)-1 // the one that tells least comes last
		out.Choices = append(out.Choices, o)
	}
	return out
}

var entryDone = map[string]string{
	"endorse": "记下了：您赞同这件好事。别人看不到是谁赞同的。", "unendorse": "已经收回赞同。", "consent": "记下了：您同意上榜。", "decline": "记下了：不上榜。",
	"reply": "收到了您的说明。", "claim": "收到了，一个工作日内来核实。", "appeal": "收到了申诉。处理完以前，这一条谁也看不到。", "appeal_on": "收到了，已经交到乡镇。",
	"accept": "记下了：不再申诉。", "agree_naming": "记下了。", "withdraw_naming": "已经撤回，名字不再显示。", "withdraw_consent": "已经撤回，姓名和照片不再显示。", "remove_me": "已经下榜。", "object": "收到了您的意见，评议会要给答复。",
	"red": "收到了您的提名，管榜人会去核实。别人看不到是谁提名的。", "black": "收到了您反映的事，管榜人会去核实。别人看不到是谁反映的。",
}

// actOnEntry takes a form of "/e/:id"; the field "do" says which.
func (w *Web) actOnEntry(c *gin.Context) {
	unfound(c)
	id := c.Param("id")
	who, ok := w.known(c, "/e/"+url.PathEscape(id))
	if !ok {
		return
	}
	sent, err := w.readForm(c, who, 1, 0)
	if err == nil && len(sent.Problems) > 0 {
		err = fault.ErrInvalid.At("photos", "%s", sent.Problems[0].Text)
	} else if err == nil {
		err = w.takeEntryAction(c, who, id, sent)
	}
	if replay := new(audit.Replay); errors.As(err, &replay) {
		err = nil
	}
	if err != nil {
		w.entryAgain(c, who, id, sent, err)
		return
	}
	to, do := "/e/"+url.PathEscape(id), sent.Get("do")
	if do == "remove_me" || do == "decline" { // the entry is gone with it
		to = "/me/boards"
	}
	w.goTo(c, to+"?"+url.Values{"done": {do}}.Encode())
}

func (w *Web) takeEntryAction(c *gin.Context, who account.Caller, id string, sent sentForm) error {
	ctx, do := c.Request.Context(), sent.Get("do")
	if do == "endorse" || do == "unendorse" {
		if w.rankings == nil {
			return redblack.ErrNotFound
		}
		_, err := w.rankings.Endorse(ctx, who, id, do == "endorse")
		return err
	}
	if !knownForm(do) {
		return fault.ErrInvalid
	}
	in := procedure.Input{Action: do, Fields: map[string]string{}}
	for _, code := range []string{"text", "name"} {
		if text := sent.text(code); text != "" {
			in.Fields[code] = text
		}
	}
	if do == "consent" {
		in.Media = sent.ids()
	}
	act, err := once(c, who, sent.Get("key"), in, func(any) string { return id })
	if err != nil {
		return err
	}
	_, err = w.redblack.Act(ctx, who, act, id, in)
	return err
}

func knownForm(do string) bool {
	for _, f := range entryForms {
		if f.Do == do {
			return true
		}
	}
	return false
}

// entryAgain shows the page again with what was typed and why it was not done.
func (w *Web) entryAgain(c *gin.Context, who account.Caller, id string, sent sentForm, cause error) {
	f := fault.Of(cause)
	if f == nil || f.Kind == fault.Internal || f.Kind == fault.Unavailable || f.Kind == fault.NotFound || errors.Is(f, errForm) {
		w.refuseForm(c, cause)
		return
	}
	w.showEntry(c, refusalStatus(f), who, id, entryPage{Problem: inWords(f), Typed: sent.Values})
}

// inWords is a refusal with what it says of single fields.
func inWords(f *fault.Fault) string {
	text := ""
	for _, p := range problemsOf(f) {
		text += p.Text
	}
	return text
}

// myEntriesPage is "/me/boards": what there is about the caller, and what the
// caller said of others.
type myEntriesPage struct {
	Name, Token string
	Village     string
	Done        string
	About       []ownItem
	Made        []ownItem
}

type ownItem struct {
	entryItem
	Waits bool // for the caller
	Due   string
}

func (w *Web) myEntries(c *gin.Context) {
	who, ok := w.known(c, "/me/boards")
	if !ok {
		return
	}
	own, err := w.redblack.Own(c.Request.Context(), who)
	if err != nil {
		w.refuse(c, err)
		return
	}
	m := myEntriesPage{Name: nameOf(who), Token: w.formToken(who), Village: string(who.Village), Done: entryDone[c.Query("done")]}
	list := func(ms []redblack.Matter) []ownItem {
		var out []ownItem
		for _, one := range ms {
			i := ownItem{entryItem: itemOf(one.Entry, who, ""), Due: day(one.DueAt)}
			for _, f := range formsOf(one.Available, nil) {
				i.Waits = i.Waits || !f.Plain && !f.Twice
			}
			out = append(out, i)
		}
		return out
	}
	m.About, m.Made = list(own.About), list(own.Made)
	w.personal(c, http.StatusOK, "boards_own", frame{Title: "红黑榜：和我有关的", Here: "/me/boards", Main: m})
}
