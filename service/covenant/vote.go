package covenant

import (
	"context"
	"strconv"
	"strings"
	"time"

	"cunwu/service/calendar"
	"cunwu/service/fault"
	"cunwu/service/procedure"
)

// meetings are the rules of thresholds.yaml by which the villagers' meeting
// decides (村民委员会组织法 2025 第二十五条、第二十六条). Representatives cannot
// adopt a covenant.
var meetings = map[string]bool{"villagers_meeting": true, "villagers_meeting_households": true}

// readVote reads the ballot that an action names, and what its result is. What
// is wrong with the input is an error; what speaks against it at this time goes
// to in.late, to be told after the powers.
func (s *Service) readVote(ctx context.Context, v Version, in *input) error {
	id := strings.TrimSpace(in.Fields["ballot"])
	women, err := strconv.Atoi(strings.TrimSpace(in.Fields["women"]))
	if id == "" || err != nil {
		return nil // the procedure says what is missing
	}
	if women < s.opt.Rules.Women.Least {
		return ErrNoWomen.At("body.women", "至少 %d 人。", s.opt.Rules.Women.Least)
	}
	if s.opt.Ballots == nil {
		return ErrBallotUnknown.At("body.ballot", "没有找到这次投票，请核对编号。")
	}
	b, err := s.opt.Ballots.CovenantBallot(ctx, id)
	if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
		return ErrBallotUnknown.At("body.ballot", "没有找到这次投票，请核对编号。")
	}
	if err != nil {
		return err
	}
	if err := b.isOf(v); err != nil {
		return err
	}
	in.late = b.against(v, in.Action)
	if in.late == nil && women > b.Present {
		return procedure.ErrFields.At("body.women", "不能多于参加表决的 %d 人。", b.Present)
	}
	in.vote = &Vote{
		Ballot: b.ID, Rule: b.Rule, Passed: b.Passed && in.late == nil, On: today(b.ClosedAt), Roll: b.Roll, Present: b.Present,
		Yes: b.Yes, No: b.No, Abstain: b.Abstain, Women: women, Certified: b.Certified, FileBy: s.fileBy(b.ClosedAt),
	}
	return nil
}

// isOf refuses a ballot that is not the villagers' meeting's on this very text.
func (b Ballot) isOf(v Version) error {
	switch {
	case b.Region != v.Region:
		return ErrBallotElsewhere.At("body.ballot", "这次投票不是本村的。")
	case !meetings[b.Rule] || !b.YesNo || b.Advisory:
		return ErrBallotRule.At("body.ballot", "不是村民会议的表决。")
	case !strings.Contains(b.Question, v.checkMark()):
		return ErrBallotText.At("body.ballot", "题目应当是：%s", v.Question())
	}
	return nil
}

// against says why a ballot cannot be entered as an action says, nil if it can.
func (b Ballot) against(v Version, action string) error {
	switch {
	case v.ReviewedAt.IsZero() || !b.OpenedAt.After(v.ReviewedAt):
		return ErrBallotEarly
	case b.Certified.IsZero():
		return ErrBallotUncertified
	case action == "record_vote" && !b.Passed:
		return ErrBallotNotPassed
	case action == "vote_failed" && b.Passed:
		return ErrBallotPassed
	}
	return nil
}

// fileBy is the last day of the filing, counted from the vote. The days are
// those of the procedure.
func (s *Service) fileBy(voted time.Time) string {
	def, err := s.opt.Procedures.Definitions().Current(Procedure, s.opt.Clock.Now())
	if err != nil {
		return ""
	}
	stage := def.Stage(stageVoted)
	if stage == nil || stage.Deadline == nil {
		return ""
	}
	last, _ := s.opt.Holidays.Deadline(voted.In(calendar.China), stage.Deadline.Days, stage.Deadline.Unit)
	return today(last)
}

// stageVoted is the stage of the procedure whose deadline is that of the filing.
const stageVoted = "voted"
