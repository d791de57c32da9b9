package consultation

// stateNames are what readers see.
var stateNames = map[State]string{
	Submitted: "已提出", PreReview: "预审中", Redirected: "已转到别的渠道", Rejected: "不予受理", Accepted: "预审通过",
	SubjectsFixed: "参与主体已确定", Notified: "已预告", InSession: "协商中", Concluded: "已形成意见", Deciding: "已提交决议",
	Implementing: "落实中", FeedBack: "已反馈，请评价", Rated: "已评价", Archived: "已归档",
}

// way is the steps that a consultation usually goes, in order.
var way = []State{
	Submitted, PreReview, Accepted, SubjectsFixed, Notified, InSession, Concluded, Deciding, Implementing, FeedBack, Rated, Archived,
}

var sourceNames = map[Source]string{
	FromConcern: "村民反映的问题", FromVillager: "村民提出", FromCommittee: "村（居）委会提出", FromDeputy: "人大代表提出", FromCPPCC: "政协委员提出",
}

var channelNames = map[Channel]string{Ordinary: "村民协商", ComeConsult: "有事来协商"}

var formNames = map[Form]string{Online: "网上", Offline: "现场", Both: "现场和网上"}

var resultNames = map[string]string{"consensus": "形成一致意见", "partial": "部分达成一致", "none": "没有达成一致"}

var redirectNames = map[string]string{
	"talk": "村民说事", "errand": "代办服务", "resolution": "四议两公开", "mediation": "人民调解", "petition": "信访", "police": "公安机关",
}

// private are the redirections that are about single persons: such a matter is
// shown to nobody but those who work on it and who brought it up.
var private = map[string]bool{"mediation": true, "petition": true, "police": true}

// Name gives the word for a state.
func (s State) Name() string { return stateNames[s] }

// Name gives the word for a source.
func (s Source) Name() string { return sourceNames[s] }

// Name gives the word for a channel.
func (c Channel) Name() string { return channelNames[c] }

// Name gives the word for a form.
func (f Form) Name() string { return formNames[f] }

// Name gives the result in words.
func (o Outcome) Name() string { return resultNames[o.Result] }

// ToName gives where a topic was redirected to, in words.
func (r Review) ToName() string { return redirectNames[r.To] }

// Advisory is said wherever a ballot is linked.
const Advisory = "这次投票只征求意见，供协商参考，不是决议。"

// Anonymous is the label of statements: no names.
const Anonymous = "村民发表"

// steps gives the way with what was reached. What was left out on the way
// (a decision that was not needed) is left out here once it is passed.
func (r Record) steps() []Step {
	reached := map[State]Mark{}
	for _, m := range r.Content.Marks {
		reached[m.State] = m
	}
	if r.State == Redirected || r.State == Rejected {
		out := []Step{}
		for _, s := range []State{Submitted, PreReview, r.State} {
			out = append(out, Step{State: s, Name: s.Name(), At: reached[s].At, Now: s == r.State})
		}
		return out
	}
	out := make([]Step, 0, len(way))
	passed := true
	for _, s := range way {
		m, ok := reached[s]
		now := s == r.State
		if !ok && s == Deciding {
			continue
		}
		if ok || now || !passed {
			step := Step{State: s, Name: s.Name(), Now: now}
			if passed {
				step.At = m.At
			}
			out = append(out, step)
		}
		if now {
			passed = false
		}
	}
	return out
}
