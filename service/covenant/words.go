package covenant

var kindNames = map[Kind]string{Charter: "自治章程", Covenant: "村规民约"}

var clauseKindNames = map[ClauseKind]string{Encouraged: "提倡", NotAllowed: "禁止", General: "约定"}

var listNames = map[List]string{Red: "红榜", Black: "黑榜"}

var stanceNames = map[Stance]string{Support: "赞成", Change: "建议修改", Oppose: "不赞成"}

// stateNames are what readers see.
var stateNames = map[State]string{
	Collecting: "征求意见", Drafted: "草案", LegalChecked: "合法性审查通过", TownshipReviewed: "乡镇审核同意", Voting: "村民会议表决中",
	VoteFailed: "表决没有通过", Voted: "表决通过，等待备案", Filed: "已备案", Published: "已公布", Force: "生效",
	CorrectionOrdered: "责令改正，没有生效", Superseded: "已被新版代替", Rejected: "没有通过", Withdrawn: "已撤回",
}

// Way is the states that a revision usually goes through, in order.
var Way = []State{Collecting, Drafted, LegalChecked, TownshipReviewed, Voting, Voted, Filed, Published, Force}

// Name gives the word for a kind of text, "" for what is none.
func (k Kind) Name() string { return kindNames[k] }

// Name gives the word for a kind of clause.
func (k ClauseKind) Name() string { return clauseKindNames[k] }

// Name gives the word for a list, "" for none.
func (l List) Name() string { return listNames[l] }

// Name gives the word for a stance.
func (s Stance) Name() string { return stanceNames[s] }

// Name gives the word for a state.
func (s State) Name() string { return stateNames[s] }

// stepNames are the words for what was done.
var stepNames = map[string]string{ //nolint:gosec // words, no credentials
	StepCollecting: "征求意见", StepDrafted: "草案提交合法性审查", StepChecked: "合法性审查通过", StepReturned: "草案退回修改",
	StepReviewed: "乡镇审核同意", StepVoting: "提交村民会议表决", StepVoted: "村民会议表决通过", StepFailed: "村民会议没有通过",
	StepFiled: "已向乡镇备案", StepPublished: "公布", StepForce: "生效", StepCorrection: "乡镇责令改正", StepRejected: "修订结束，没有通过",
	StepWithdrawn: "修订撤回",
}

// StepName gives the words for a step that was announced, "" for what is none.
func StepName(step string) string { return stepNames[step] }
