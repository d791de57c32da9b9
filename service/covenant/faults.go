package covenant

import "cunwu/service/fault"

// Refusals of this noun.
var (
	// ErrNotFound: no such text or version.
	ErrNotFound = fault.Define(fault.NotFound, "covenant.not_found", "没有找到这份章程或村规民约。")
	// ErrVersionNotFound: the text has no such version.
	ErrVersionNotFound = fault.Define(fault.NotFound, "covenant.version_not_found", "没有这一版。")
	// ErrClauseNotFound: the version has no such clause.
	ErrClauseNotFound = fault.Define(fault.NotFound, "covenant.clause_not_found", "这一版没有这一条。")
	// ErrNoneInForce: the place has no such text in force.
	ErrNoneInForce = fault.Define(fault.NotFound, "covenant.none_in_force", "这里还没有生效的村规民约。")
	// ErrOpinionNotFound: no such opinion.
	ErrOpinionNotFound = fault.Define(fault.NotFound, "covenant.opinion_not_found", "没有找到这条意见。")
	// ErrRaced: somebody else changed it meanwhile.
	ErrRaced = fault.Define(fault.Conflict, "covenant.raced", "刚刚有人更新了这份文本，请刷新后再试。")
	// ErrUnderWay: another revision of the same text is under way.
	ErrUnderWay = fault.Define(fault.Conflict, "covenant.under_way", "这份文本正在修订，办完以后才能再发起。")
	// ErrNoRevision: no revision is under way.
	ErrNoRevision = fault.Define(fault.Conflict, "covenant.no_revision", "这份文本现在没有在修订。")
	// ErrFrozen: the text was submitted, and can be changed only when it comes back.
	ErrFrozen = fault.Define(fault.Conflict, "covenant.draft_frozen", "文本已经提交，退回以后才能修改；进入表决以后不能再改。")
	// ErrNoDraft: there is no text yet.
	ErrNoDraft = fault.Define(fault.Conflict, "covenant.no_draft", "还没有写出草案，先把条款写好再提交。")
	// ErrSame: the draft says what the version before says.
	ErrSame = fault.Define(fault.Conflict, "covenant.same_text", "草案和原来的文本一样，没有改动，不能提交。")
	// ErrUnanswered: some opinions have no answer.
	ErrUnanswered = fault.Define(fault.Conflict, "covenant.opinions_unanswered", "还有意见没有答复，逐条答复以后才能提交草案。")
	// ErrForbidden: a clause does what the law does not allow.
	ErrForbidden = fault.Define(fault.Invalid, "covenant.clause_forbidden", "有的条款超出了村规民约可以规定的范围，请按提示修改。")
	// ErrClauseUnknown: a clause has a code that was never given.
	ErrClauseUnknown = fault.Define(fault.Invalid, "covenant.clause_unknown", "条款编号不对：新条款不要填编号，由系统给。")
	// ErrPrivate: what was written holds what must not be published.
	ErrPrivate = fault.Define(fault.Invalid, "covenant.private_data", "内容里有不能公开的个人信息，请按提示删去后再提交。")
	// ErrNotVillager: only verified villagers of the place.
	ErrNotVillager = fault.Define(fault.Forbidden, "covenant.not_villager", "只有认证过的本村村民可以提意见，请先完成村民认证。")
	// ErrNotCollecting: no opinions are collected now.
	ErrNotCollecting = fault.Define(fault.Conflict, "covenant.not_collecting", "现在不在征求意见。")
	// ErrTooMany: the person said as much today as the rules allow.
	ErrTooMany = fault.Define(fault.Conflict, "covenant.opinions_today_full", "您今天能提的意见已经提完，明天可以再提。")
	// ErrAnswered: the opinion has its answer.
	ErrAnswered = fault.Define(fault.Conflict, "covenant.opinion_answered", "这条意见已经答复过。")
	// ErrBallotUnknown: no such ballot.
	ErrBallotUnknown = fault.Define(fault.Invalid, "covenant.ballot_unknown", "没有找到这次投票，请核对编号。")
	// ErrBallotElsewhere: the ballot is of another place.
	ErrBallotElsewhere = fault.Define(fault.Invalid, "covenant.ballot_elsewhere", "这次投票不是本村的。")
	// ErrBallotRule: not a decision of the villagers' meeting.
	ErrBallotRule = fault.Define(fault.Invalid, "covenant.ballot_rule", "村规民约要由村民会议表决：投票规则应是村民会议（十八周岁以上村民或户的代表），选项是赞成、反对、弃权。")
	// ErrBallotText: the question does not carry the digest of the text.
	ErrBallotText = fault.Define(fault.Invalid, "covenant.ballot_text", "投票的题目里没有这份文本的校验码，表决的可能不是这份文本。")
	// ErrBallotEarly: it was opened before the township's review.
	ErrBallotEarly = fault.Define(fault.Conflict, "covenant.ballot_early", "这次投票在乡镇审核以前就开始了，不能用。")
	// ErrBallotUncertified: the count is not certified.
	ErrBallotUncertified = fault.Define(fault.Conflict, "covenant.ballot_uncertified", "这次投票的结果还没有经监委会确认。")
	// ErrBallotNotPassed: it did not pass.
	ErrBallotNotPassed = fault.Define(fault.Conflict, "covenant.ballot_not_passed", "这次投票没有通过，不能登记为通过。")
	// ErrBallotPassed: it did pass.
	ErrBallotPassed = fault.Define(fault.Conflict, "covenant.ballot_passed", "这次投票已经通过，不能登记为未通过。")
	// ErrNoWomen: no woman attended (民政部等七部门 2018).
	ErrNoWomen = fault.Define(fault.Invalid, "covenant.no_women", "参加表决的村民中应当有妇女，请核对签到表。")
	// ErrFiledOn: the day of filing cannot be.
	ErrFiledOn = fault.Define(fault.Invalid, "covenant.filed_on_invalid", "报备日期应在表决以后，不能晚于今天。")
	// ErrNotYet: the day from which it is in force has not come.
	ErrNotYet = fault.Define(fault.Conflict, "covenant.not_yet_in_force", "还没有到公布的生效日期。")
	// ErrCorrectionLate: the days within which a correction can be ordered are over.
	ErrCorrectionLate = fault.Define(fault.Conflict, "covenant.correction_late", "备案已满规定的天数，不能再责令改正。")
)
