package web

import (
	"context"
	"fmt"
	"strconv"

	"cunwu/service/account"
	"cunwu/service/ballot"
	"cunwu/service/ballot/sealed"
)

// pollSeal is what is told of a sealed ballot.
type pollSeal struct {
	Fingerprint string // as on the printed notice
	Labels      []pollLabel
	Steps       []pollStep
	Pair        string
}

// pollLabel is how many were sealed in one way, and who could have seen them.
type pollLabel struct{ Name, Seen, Text string }

// pollStep is one step of the ceremony.
type pollStep struct {
	Text string
	Done bool
}

// wayNames name the ways in.
var wayNames = []struct {
	way  ballot.Origin
	name string
}{{ballot.Online, "自己在手机上投"}, {ballot.Meeting, "到会场投纸质票"}, {ballot.Assisted, "请人协助投"}}

// labelNames name where a sealed ballot was sealed, and say who could have seen it.
var labelNames = []struct{ label, name, seen string }{
	{ballot.ByPhone, "本机封票", "在自己手机上封好再交"},
	{ballot.ByServer, "服务器代封", "手机不能封，由服务器封好；当时服务器看得到"},
	{ballot.ByHelper, "协助投票", "由协助的人操作；协助的人看得到"},
}

func (w *Web) pollResult(ctx context.Context, v ballot.View) (*pollResult, error) {
	o, err := w.ballots.Result(ctx, account.Caller{}, v.ID)
	if err != nil {
		return nil, err
	}
	r, unit := o.Tally.Result, v.Electorate.Unit()
	out := &pollResult{
		Passed: passedWords(v, r), Words: r.Reasoning, Bars: pollBars(o.Record, r), Opinion: o.Opinion,
		Certified: minute(o.CertifiedAt), Casts: r.Cast,
		Turnout: []pollLine{
			{"名册上", strconv.Itoa(r.Roll) + " " + unit}, {"投了票的", strconv.Itoa(r.Cast) + " " + unit + percentOf(r.Cast, r.Roll)},
		},
		Digests: []pollLine{{"表决内容", o.Digest}, {"名册", o.RollDigest}, {"全部的票", o.Tally.CastsDigest}},
	}
	if r.Mismatch() {
		out.Mismatch = fmt.Sprintf("名册上记为投过票的有 %d %s，计到的票有 %d 张，两者不符。请向监委会问明原因。", r.Marked, unit, r.Cast)
	}
	if o.ResultIndex != nil {
		out.Place = *o.ResultIndex
	}
	if o.Origins && !v.Sealed {
		for _, x := range wayNames {
			if n := o.Tally.Origins[x.way]; n > 0 {
				out.Ways = append(out.Ways, pollLine{x.name, strconv.Itoa(n) + " 票"})
			}
		}
	}
	return out, nil
}

func passedWords(v ballot.View, r ballot.Result) string {
	switch {
	case !r.QuorumMet:
		return "人数不够，表决无效"
	case v.Pass.Den == 0:
		return "征求意见的结果"
	case r.Passed:
		return "通过"
	}
	return "没有通过"
}

func percentOf(part, whole int) string {
	if whole == 0 {
		return ""
	}
	return fmt.Sprintf("（%.1f%%）", float64(part)*100/float64(whole))
}

// pollBars are the counts by option. Of scores there is the average.
func pollBars(r ballot.Record, counted ballot.Result) []share {
	out := make([]share, 0, len(r.Options))
	for _, o := range r.Options {
		b := share{Label: o.Label, N: counted.Counts[o.ID], Width: "0"}
		if r.Kind == ballot.Score {
			sum := 0
			for n := ballot.LeastScore; n <= ballot.MostScore; n++ {
				sum += n * counted.Counts[o.ID+":"+strconv.Itoa(n)]
			}
			if b.N, b.Text = sum, "没有人打分"; counted.Cast > 0 {
				mean := float64(sum) / float64(counted.Cast)
				b.Text, b.Width = fmt.Sprintf("平均 %.1f 分", mean), fmt.Sprintf("%.1f", mean*100/ballot.MostScore)
			}
			out = append(out, b)
			continue
		}
		b.Text = strconv.Itoa(b.N) + " 票" + percentOf(b.N, counted.Cast)
		if counted.Cast > 0 {
			b.Width = fmt.Sprintf("%.1f", float64(b.N)*100/float64(counted.Cast))
		}
		out = append(out, b)
	}
	return out
}

// pollSeal gathers what is told of a sealed ballot: never more than its state
// allows.
func (w *Web) pollSeal(ctx context.Context, v ballot.View) (*pollSeal, error) {
	n, err := w.ballots.Notice(ctx, account.Caller{}, v.ID)
	if err != nil {
		return nil, err
	}
	s := &pollSeal{}
	if p, err := n.Poll(); err == nil {
		s.Fingerprint = p.Fingerprint()
	}
	done := 1 // the keys are there, or it would not be open
	switch v.State {
	case ballot.Closed:
		done = 2
	case ballot.Counted:
		done = 4
	case ballot.Certified:
		done = 5
	case ballot.Draft, ballot.KeysReady, ballot.Open, ballot.Cancelled, ballot.Void:
	}
	if v.State == ballot.Certified {
		_, f, err := w.ballots.SealedExport(ctx, account.Caller{}, v.ID)
		if err != nil {
			return nil, err
		}
		s.Pair = f.Outcome.Pair
		for _, x := range labelNames {
			if n, told := f.SealedBy[x.label]; told && n > 0 {
				s.Labels = append(s.Labels, pollLabel{x.name, x.seen, strconv.Itoa(n) + " 票"})
			}
		}
		if f.Paper > 0 {
			s.Labels = append(s.Labels, pollLabel{"会场纸质票", "不写姓名，投进票箱", strconv.Itoa(f.Paper) + " 票"})
		}
		if len(f.Destroyed) >= 2 {
			done = 6
		}
	}
	s.Steps = ceremonySteps(v, n, done)
	return s, nil
}

func ceremonySteps(v ballot.View, n sealed.Notice, done int) []pollStep {
	if v.State == ballot.Void || v.State == ballot.Cancelled {
		return nil
	}
	opening := "第二位保管人拆内层，只报票数，不知道是谁投的"
	if n.AllPairs() {
		opening = "第二位保管人拆内层，只报票数，不知道是谁投的；三对保管人各开一次，结果要一致"
	}
	out := make([]pollStep, 0, 6)
	for i, text := range []string{
		"三位保管人各自做好钥匙，名册和内容冻结，开始投票", "截止封箱：票的清单写进公开存证，以后不能增减",
		"第一位保管人拆外层、打乱次序，不知道选了什么", opening, "监委会确认，公布结果", "两位以上保管人销毁钥匙，封票删除，以后谁也打不开",
	} {
		out = append(out, pollStep{text, i < done})
	}
	if done == 2 { // which of the two has opened is not told here
		out[2].Done = false
	}
	return out
}
