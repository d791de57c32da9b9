package broadcast

// Announcement is what a village tells everybody beside its postings: the rules of
// its lists, a meeting, a call for opinions. All but Title may be empty.
type Announcement struct {
	Place      string   // the village, e.g. 盐井村
	Title      string   // what it is about, at most 40 characters once in words
	Paragraphs []string // what is said, the most important first
	Objections string   // how to object, at most longestWay characters once in words
	Source     string   // by whose decision, e.g. 村民会议三月二日表决通过
}

// longestWay is the longest way to object that is said in full; of a longer one
// it is said that it stands on the paper.
const longestWay = 120

// ranks of an announcement's sentences; the objections are always there.
const (
	byWhom = iota + 1
	content
)

// places of an announcement's sentences.
const (
	annGreeting = iota
	annWhat
	annSource
	annContent
	annObject
	annWhere
)

// Announce writes the script of an announcement, a paragraph a line: at most Most
// characters, whole sentences, numbers in words, and how to object always. What
// does not fit is on the paper, and the script says so. Give it what everybody may
// hear: names are not taken out.
func Announce(a Announcement) string {
	place := short(a.Place, "本村")
	ss := []sentence{
		{always, annGreeting, "各位村民，大家好！现在播送" + place + "的一项通知。"},
		{always, annWhat, "通知的内容是：" + short(a.Title, "村里的一项规定") + "。"},
		{always, annObject, wayToObject(a.Objections)},
		{always, annWhere, "全文贴在村务公开栏，也可以用手机扫栏上的二维码看。播送完了，没听清的过后还会再播一遍，谢谢大家。"},
	}
	for _, s := range sentences(a.Source) {
		ss = append(ss, sentence{byWhom, annSource, s})
	}
	for _, p := range a.Paragraphs {
		for _, s := range sentences(p) {
			ss = append(ss, sentence{content, annContent, s})
		}
	}
	return fill(ss)
}

// wayToObject says how to object, shortly.
func wayToObject(text string) string {
	said := ""
	for _, s := range sentences(text) {
		said += s
	}
	switch {
	case said == "":
		return "有不同意见的，可以向村民委员会或者村务监督委员会提出。"
	case Length(said) > longestWay:
		return "有不同意见的，可以提出，办法写在公告上。"
	}
	return said
}
