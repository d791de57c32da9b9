package api

import (
	"errors"

	"cunwu/service/ballot"
	"cunwu/service/fault"
)

// ballotShown is a ballot as clients see it: no counts.
type ballotShown struct {
	ID          string        `json:"id"`
	Region      string        `json:"region"`
	Question    string        `json:"question"`
	Kind        string        `json:"kind"`
	Options     []BallotItem  `json:"options"`
	MaxChoices  int           `json:"max_choices"`
	Electorate  string        `json:"electorate" doc:"名册是谁"`
	Rule        string        `json:"rule"`
	Quorum      *BallotShare  `json:"quorum,omitempty"`
	Pass        *BallotShare  `json:"pass,omitempty" doc:"没有的只征求意见"`
	State       string        `json:"state" enum:"draft,keys_ready,open,closed,counted,certified,cancelled,void"`
	Sealed      bool          `json:"sealed"`
	AllPairs    bool          `json:"all_pairs,omitempty" doc:"三对保管人都开箱，票数一致才算"`
	Revote      bool          `json:"revote"`
	Advisory    bool          `json:"advisory"`
	OpensAt     string        `json:"opens_at"`
	ClosesAt    string        `json:"closes_at"`
	ServerTime  string        `json:"server_time" doc:"倒计时以此为准"`
	OpenedAt    *string       `json:"opened_at,omitempty"`
	ClosedAt    *string       `json:"closed_at,omitempty"`
	CertifiedAt *string       `json:"certified_at,omitempty"`
	Reason      string        `json:"reason,omitempty" doc:"取消的理由；秘密表决作废的，是为什么（封票太少、开不了箱、三对结果不同）"`
	RollSize    int           `json:"roll_size,omitempty" doc:"名册人数（户数），开始后才有"`
	RollDigest  string        `json:"roll_digest,omitempty"`
	Digest      string        `json:"definition_digest,omitempty"`
	Turnout     *ballotPeople `json:"turnout,omitempty" doc:"到会人数，取整到十；不满 100 人的名册至少晚 10 分钟"`
	CanVote     *ballotMay    `json:"can_vote,omitempty" doc:"我能不能投"`
	Voted       bool          `json:"voted" doc:"我（或我户）投过没有"`
	Tracker     string        `json:"tracker,omitempty" doc:"自己那一票的编号，公布后可核对；秘密表决不显示，只在投票时的回执上"`
	Way         string        `json:"way,omitempty" enum:"online,meeting,assisted"`
	Revision    int           `json:"revision"`
	Actions     []string      `json:"available_actions"`
	Log         *ballotPlaces `json:"log,omitempty" doc:"在公开存证里的位置"`
}

type ballotPeople struct {
	Cast int    `json:"cast"`
	At   string `json:"at"`
}

type ballotMay struct {
	OK     bool   `json:"ok"`
	OnRoll bool   `json:"on_roll" doc:"在名册里而且可以投；还没开始的也说得出来"`
	Code   string `json:"code,omitempty"`
	Reason string `json:"reason,omitempty"`
}

type ballotPlaces struct {
	Opened *int64 `json:"opened,omitempty"`
	Result *int64 `json:"result,omitempty"`
}

func showShare(s ballot.Share) *BallotShare {
	if s.Den == 0 {
		return nil
	}
	return &BallotShare{Num: s.Num, Den: s.Den, Of: string(s.Of), Strict: s.Strict}
}

func showBallot(v ballot.View) ballotShown {
	out := ballotShown{
		ID: v.ID, Region: string(v.Region), Question: v.Question, Kind: string(v.Kind), MaxChoices: v.MaxChoices,
		Options:    mapped(v.Options, func(o ballot.Option) BallotItem { return BallotItem{ID: o.ID, Label: o.Label} }),
		Electorate: string(v.Electorate), Rule: v.Rule, Quorum: showShare(v.Quorum), Pass: showShare(v.Pass),
		State: string(v.State), Sealed: v.Sealed, AllPairs: v.AllPairs, Revote: v.Revote, Advisory: v.Advisory, OpensAt: stamp(v.OpensAt),
		ClosesAt: stamp(v.ClosesAt), ServerTime: stamp(v.Now), OpenedAt: stampOrNil(v.OpenedAt), ClosedAt: stampOrNil(v.ClosedAt),
		CertifiedAt: stampOrNil(v.CertifiedAt), Reason: v.Reason, RollSize: v.RollSize, RollDigest: v.RollDigest, Digest: v.Digest,
		Voted: v.Voted, Tracker: v.Tracker, Way: string(v.Way), Revision: v.Revision, Actions: v.Actions,
	}
	if v.Turnout != nil {
		out.Turnout = &ballotPeople{Cast: *v.Turnout, At: stamp(v.TurnoutAt)}
	}
	if v.OpenedIndex != nil {
		out.Log = &ballotPlaces{Opened: v.OpenedIndex, Result: v.ResultIndex}
	}
	if v.Asked {
		out.CanVote = showMay(v.CanVote)
		out.CanVote.OnRoll = v.OnRoll
	}
	return out
}

func showMay(err error) *ballotMay {
	var f *fault.Fault
	if errors.As(err, &f) {
		return &ballotMay{Code: f.Code, Reason: f.Message}
	}
	return &ballotMay{OK: true}
}

type ballotRule struct {
	Code       string       `json:"code"`
	Name       string       `json:"name"`
	Electorate string       `json:"electorate"`
	Quorum     *BallotShare `json:"quorum,omitempty"`
	Pass       *BallotShare `json:"pass,omitempty"`
	Sealed     string       `json:"sealed" enum:"may,must,never"`
	Source     string       `json:"source" doc:"出处"`
}

func showRule(r ballot.Rule) ballotRule {
	return ballotRule{
		Code: r.Code, Name: r.Name, Electorate: string(r.Electorate), Quorum: showShare(r.Quorum), Pass: showShare(r.Pass),
		Sealed: string(r.Sealed), Source: r.Source,
	}
}

// ballotResult is a count with what it stands on.
type ballotResult struct {
	Definition  map[string]any `json:"definition"`
	RollSize    int            `json:"roll_size"`
	RollDigest  string         `json:"roll_digest"`
	Result      map[string]any `json:"result" doc:"counts 按选项，cast 实到，marked 名册上记为投过的，mismatch 两者不符，reasoning 用话说明"`
	CastsDigest string         `json:"casts_digest" doc:"全部票按编号排列后的 SHA-256，公开存证里也有"`
	Opinion     string         `json:"opinion,omitempty" doc:"监委会的意见"`
	CertifiedAt *string        `json:"certified_at"`
	State       string         `json:"state"`
	Log         *ballotPlaces  `json:"log,omitempty"`
}

func showResult(o ballot.Outcome) ballotResult {
	return ballotResult{
		Definition: o.Definition, RollSize: o.RollSize, RollDigest: o.RollDigest, Result: o.Result,
		CastsDigest: o.Tally.CastsDigest, Opinion: o.Opinion, CertifiedAt: stampOrNil(o.CertifiedAt), State: string(o.State),
		Log: &ballotPlaces{Opened: o.OpenedIndex, Result: o.ResultIndex},
	}
}
