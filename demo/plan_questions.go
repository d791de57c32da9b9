package demo

import (
	"strings"
	"time"

	"cunwu/service/disclosure"
	"cunwu/service/question"
)

// asked is one question about a posting, or an objection, with what becomes of it.
type asked struct {
	at     time.Time
	by     string // a code without its village
	kind   question.Kind
	line   int // of the posting's lines, -1 for the whole
	text   string
	joined []string // who asks the same, some hours apart
	words  []word
}

// word is one act on a question. Actions are those of its procedure; waited is
// none: the time for an answer is over and the township has it.
type word struct {
	at     time.Time
	by     string
	action string
	text   string
}

const waited = "waited"

// Days between a question and what follows from nobody answering it: ten, and
// as many more as the longest holidays take.
const untilWaited = 20

// reply is a question about a line that has a word in it, and its answer.
type reply struct{ word, question, answer string }

var replies = []reply{
	{"路灯电费", "路灯电费和上个月不一样，是灯多了还是亮得久了？", "灯没有多，亮灯时间跟着季节调。供电单位的电费单在便民服务中心，随时可以看。"},
	{"保洁员", "保洁员的劳务费是按月算还是按天算？请假扣不扣？", "按月算，每人每月650元。请假按天扣下来给顶班的人，签到册在文书处。"},
	{"误工补贴", "误工补贴发给了哪些人？能不能看名单？", "名单在“误工补贴发放”里，本村认证村民可以看。签到表和领款表订在一起。"},
	{"办公用品", "办公用品买了些什么？能不能列个单子？", "主要是打印纸、墨盒和档案盒。发票后面附了清单，凭证号就是这一行写的。"},
	{"水电网费", "便民服务中心的网费和水电费能不能分开写？", "可以。票据本来就是分开的，下个月起分成两笔记。"},
	{"维修", "这次修理请的是哪里的人？有没有比过价？", "2,000元以下由主任审批，问了两家，选了便宜的一家，两家的报价和收据订在一起。"},
}

// afterwards adds what happens to the postings of a village once they are out:
// questions, photos of the board, what is told to households. Its postings
// begin at from.
func (p *planner) afterwards(k *desk, from int) {
	if !k.v.large {
		return
	}
	standing := func(x *posting) bool { return x.last().action == actPublish && !x.report }
	months := 0
	for i := len(p.out) - 1; i >= from; i-- { // the newest of an item is planned last
		x := &p.out[i]
		if x.item != "D02" || !standing(x) {
			continue
		}
		switch months++; {
		case months == 1:
			p.ask(x, k.waiting)
		case months == 2 && k.complete():
			p.ask(x, k.answered(months, false))
		case k.complete() && months <= 12 || months == 3:
			p.ask(x, k.answered(months, true))
		}
	}
	if !k.complete() {
		return
	}
	// newest gives the newest standing posting of an item that was out so many days ago.
	newest := func(item string, days int) *posting {
		for i := len(p.out) - 1; i >= from; i-- {
			if x := &p.out[i]; x.item == item && standing(x) && x.last().at.Before(p.span.today.AddDate(0, 0, -days)) {
				return x
			}
		}
		return nil
	}
	p.ask(newest("F05", 40), k.appealed)
	p.ask(newest("D04", 45), k.forgotten)
	p.ask(newest("D03", 65), k.overdue)
	p.ask(newest("E05", 25), k.objected)
	p.photograph(k, newest)
	p.households(k, newest)
	p.reported(k)
}

// ask adds a question to a posting, with what of it lies before today.
// Nothing is asked of a posting that is not there.
func (p *planner) ask(x *posting, about asking) {
	if x == nil {
		return
	}
	after := func(days, hour int) time.Time {
		out := x.last().at
		return date(out.Year(), int(out.Month()), out.Day()+days).Add(time.Duration(hour)*time.Hour + 12*time.Minute)
	}
	q := about(x, after)
	if q.text == "" || !q.at.Before(p.span.today) {
		return
	}
	for i, w := range q.words {
		if !w.at.Before(p.span.today) {
			q.words = q.words[:i]
			break
		}
	}
	x.questions = append(x.questions, q)
}

// pickReply gives the n-th question that fits a line of the content.
func pickReply(c disclosure.Content, n int) (reply, int) {
	for i := range replies {
		r := replies[(i+n)%len(replies)]
		if line := lineWith(c, func(l disclosure.Line) bool { return strings.Contains(l.Summary, r.word) }); line >= 0 {
			return r, line
		}
	}
	return reply{}, -1
}

// asking lays out a question about a posting; after counts from its publication.
type asking = func(x *posting, after func(days, hour int) time.Time) asked

// waiting is asked about the newest accounts and not answered yet.
func (k *desk) waiting(x *posting, after func(days, hour int) time.Time) asked {
	r, line := pickReply(x.paper.Content, 1)
	at := after(2, 20)
	if recent := k.span.today.AddDate(0, 0, -4).Add(20 * time.Hour); at.Before(recent) {
		at = recent // it still has time, on whatever day the demo is started
	}
	return asked{at: at, by: "villager-6", kind: question.Asked, line: line, text: r.question, joined: []string{"villager-9", "villager-11"}}
}

// answered is answered within days, and settled by the asker if settled.
func (k *desk) answered(n int, settled bool) asking {
	return func(x *posting, after func(days, hour int) time.Time) asked {
		r, line := pickReply(x.paper.Content, n)
		by := []string{"villager-2", "villager-4", "villager-7"}[n%3]
		out := asked{
			at: after(1, 19), by: by, kind: question.Asked, line: line, text: r.question,
			joined: []string{"villager-5", "villager-8", "villager-10"}[:1+n%3],
			words:  []word{{after(4+n%3, 10), "clerk", "answer", r.answer}},
		}
		if settled {
			out.words = append(out.words, word{after(8+n%4, 21), by, "settle", ""})
		}
		return out
	}
}

// appealed is answered, taken to the township, answered there and settled.
func (k *desk) appealed(x *posting, after func(days, hour int) time.Time) asked {
	return asked{
		at: after(3, 18), by: "villager-3", kind: question.Asked, line: -1, text: "有两处做得毛糙，什么时候返工？质量保证金还留着没有？",
		joined: []string{"villager-12", "villager-13", "villager-14", "villager-15"},
		words: []word{
			{after(6, 11), "director", "answer", "质量保证金还留着，没有付。已经通知施工方返工。"},
			{after(8, 19), "villager-3", "not_satisfied", "只说会返工，没有说哪天修好、谁来验收。"},
			{after(14, 15), "township", "decide", "镇农业农村办到现场看过，施工方已经返工完，由监委会和3名村民代表验收签字；保证金满一年没有问题才付。"},
			{after(17, 20), "villager-3", "settle", ""},
		},
	}
}

// forgotten is not answered in time; the township answers.
func (k *desk) forgotten(x *posting, after func(days, hour int) time.Time) asked {
	return asked{
		at: after(2, 19), by: "villager-1", kind: question.Asked, line: 0, text: "这一项支出最多，是不是先报了预算才花的？",
		joined: []string{"villager-5", "villager-16"},
		words: []word{
			{after(2+untilWaited, 9), "", waited, ""},
			{after(2+untilWaited+4, 16), "township", "decide", "经查，这项支出在年度财务计划以内，2,000元以上的几笔都有两委会记录。村里没有按时答复，已经提醒。"},
			{after(2+untilWaited+7, 21), "villager-1", "settle", ""},
		},
	}
}

// overdue is answered by nobody, the township's time is over, too.
func (k *desk) overdue(x *posting, after func(days, hour int) time.Time) asked {
	at := after(1, 20)
	if late := k.span.today.AddDate(0, 0, -62).Add(20 * time.Hour); at.Before(late) {
		at = late
	}
	return asked{
		at: at, by: "villager-17", kind: question.Asked, line: 0, text: "这一项收入里，是哪几份合同的租金？能不能分开写？",
		joined: []string{"villager-18"},
		words:  []word{{at.AddDate(0, 0, untilWaited), "", waited, ""}},
	}
}

// objected is the supervisory committee's, after publication.
func (k *desk) objected(x *posting, after func(days, hour int) time.Time) asked {
	return asked{
		at: after(5, 9), by: "supervisor", kind: question.Objected, line: 0, text: "这一笔租金的收款凭证后面缺一张银行回单，请补上。",
		words: []word{
			{after(7, 10), "clerk", "answer", "银行回单已经打印补在凭证后面，请监委会再看一次。"},
			{after(8, 15), "supervisor", "settle", ""},
		},
	}
}

// reportDays is how far a report looks back, so that there is always something
// that was answered.
const reportDays = 60

// reported is K06 made from the records of questions, some days ago.
func (p *planner) reported(k *desk) {
	var x *posting
	for days := 12; x == nil && days < 20; days++ { // another K06 may be of that day
		on := workday(p.span.today.AddDate(0, 0, -days))
		x = p.add(k, "K06", iso(on), on.AddDate(0, 0, 2), paper{Content: disclosure.Content{Title: "询问质疑与答复（截至" + iso(on) + "）"}})
	}
	if x == nil {
		return
	}
	x.report = true
	for i := range x.steps {
		if x.steps[i].action == actApprove {
			x.steps[i].fields = map[string]string{"opinion": "和提问、答复的记录一致，同意公布。"}
		}
	}
}
