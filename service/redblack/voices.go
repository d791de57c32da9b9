package redblack

import (
	"context"
	"slices"
	"strconv"

	"cunwu/service/account"
)

// Stages at which somebody is asked.
const (
	stageEvaluating = "evaluating"
	stageConsulting = "consulting"
)

// voices is what was said of an entry so far.
type voices struct {
	council  Figures
	words    string // how the council's count came about
	quorate  bool
	carried  bool
	complete bool // all of the council said something
	heard    Figures
	enough   bool // as many representatives were heard as the rule asks for
	agreed   bool // no more against than for
	open     int  // objections not dealt with
}

// round is which evaluation is under way.
func (r Record) round() int { return max(r.Private.Round, 1) }

// voices counts, within the transaction, what was said.
func (m *move) voices(ctx context.Context) (voices, error) {
	var (
		votes []VoteRecord
		made  []ObjectionRecord
		err   error
	)
	if m.r.Stage == stageEvaluating || m.r.Stage == stageConsulting {
		if votes, err = m.tx.BoardVotesCast(ctx, m.r.ID, m.r.round()); err != nil {
			return voices{}, err
		}
	}
	if m.r.Stage == "notice" {
		if made, err = m.tx.BoardObjectionsMade(ctx, m.r.ID); err != nil {
			return voices{}, err
		}
	}
	return m.s.count(m.r, votes, made, m.prep.council, m.prep.deputies), nil
}

// count counts voices by the rules. A voice counts while its owner holds the
// office and is no relative: rolls are those of now.
func (s *Service) count(r Record, votes []VoteRecord, made []ObjectionRecord, council, deputies []string) voices {
	var v voices
	v.council, v.heard = s.figures(r, votes, CouncilBody, council), s.figures(r, votes, RepresentativesBody, deputies)
	f := v.council
	// Without its rule nothing is carried.
	if result, err := s.opt.Thresholds.RollCall(s.opt.Rules.Council.Rule, f.Roll, f.Yes, f.No, f.Abstain); err == nil {
		v.quorate, v.carried, v.words = result.QuorumMet, result.Passed, result.Reasoning
	}
	v.complete = v.council.Roll > 0 && v.council.Present == v.council.Roll
	share := s.opt.Rules.Representatives
	v.enough = v.heard.Roll > 0 && v.heard.Present*share.Den >= v.heard.Roll*share.Num
	v.agreed = v.heard.No <= v.heard.Yes
	for _, o := range made {
		if o.Result == "" {
			v.open++
		}
	}
	return v
}

func (s *Service) figures(r Record, votes []VoteRecord, body Body, roll []string) Figures {
	keys := make([]string, len(roll))
	for i, id := range roll {
		keys[i] = s.voiceKey(r.ID, id)
	}
	f := Figures{Roll: len(roll)}
	for _, v := range votes {
		if v.Body != body || !slices.Contains(keys, v.Voter) {
			continue
		}
		f.Present++
		switch v.Vote {
		case Yes:
			f.Yes++
		case No:
			f.No++
		case Abstain:
			f.Abstain++
		}
	}
	return f
}

// vote takes the voice of a member of the council, or of a representative.
func (m *move) vote(ctx context.Context, body Body) error {
	role, stage, outsider, roll := account.Council, stageEvaluating, ErrNotCouncil, m.prep.council
	word := m.fields["vote"]
	if body == RepresentativesBody {
		role, stage, outsider, roll = account.Representative, stageConsulting, ErrNotRepresentative, m.prep.deputies
		word = m.fields["answer"]
	}
	if isKin(m.by, m.r, m.prep.kin) {
		return ErrRelative
	}
	if m.r.Stage != stage {
		holders, err := m.s.opt.Rolls.Holders(ctx, role, m.r.Region, m.tx.Now())
		if err != nil {
			return err
		}
		if m.by.ResidentID == "" || !slices.Contains(holders, m.by.ResidentID) {
			return outsider
		}
		return ErrNotNow
	}
	if m.by.ResidentID == "" || !slices.Contains(roll, m.by.ResidentID) {
		return outsider
	}
	return m.tx.AddBoardVote(ctx, VoteRecord{
		Entry: m.r.ID, Body: body, Round: m.r.round(), Voter: m.s.voiceKey(m.r.ID, m.by.ResidentID), Vote: Vote(word),
	})
}

// object takes an objection of a verified villager to a notice.
func (m *move) object(ctx context.Context) error {
	if !belongs(m.by, m.r.Region) {
		return ErrNotVerified
	}
	if m.r.State != Notice {
		return ErrNotNow
	}
	made, err := m.tx.BoardObjectionsMade(ctx, m.r.ID)
	if err != nil {
		return err
	}
	o := ObjectionRecord{
		Entry: m.r.ID, Number: len(made) + 1, Objector: m.s.voiceKey(m.r.ID, m.by.ResidentID), At: m.tx.Now(),
		Secret: ObjectionSecret{Text: m.fields["text"]},
	}
	if o.Sealed, err = m.s.seal(objectionBinding(o.Entry, o.Number), o.Secret); err != nil {
		return err
	}
	return m.tx.AddBoardObjection(ctx, o)
}

// resolve answers an objection. One that is upheld ends the matter.
func (m *move) resolve(ctx context.Context) (upheld bool, err error) {
	if m.r.State != Notice {
		return false, ErrNotNow
	}
	if isKin(m.by, m.r, m.prep.kin) {
		return false, ErrRelative
	}
	made, err := m.tx.BoardObjectionsMade(ctx, m.r.ID)
	if err != nil {
		return false, err
	}
	number, err := strconv.Atoi(m.fields["number"])
	if err != nil || number < 1 || number > len(made) || made[number-1].Result != "" {
		return false, ErrObjection.At("body.number", "没有这条没处理的异议。")
	}
	o := made[number-1]
	if err := m.s.unseal(objectionBinding(o.Entry, o.Number), o.Sealed, &o.Secret); err != nil {
		return false, err
	}
	if o.Objector == m.s.voiceKey(m.r.ID, m.by.ResidentID) {
		return false, ErrObjection.At("body.number", "自己提的异议不能由自己处理。")
	}
	o.Result, o.Answered, o.Secret.Answer = m.fields["result"], m.tx.Now(), m.fields["reason"]
	if o.Sealed, err = m.s.seal(objectionBinding(o.Entry, o.Number), o.Secret); err != nil {
		return false, err
	}
	return o.Result == "upheld", m.tx.AnswerBoardObjection(ctx, o)
}
