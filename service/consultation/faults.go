package consultation

import "cunwu/service/fault"

// Refusals of this noun.
var (
	// ErrNotFound: no such consultation, or the caller may not know of it.
	ErrNotFound = fault.Define(fault.NotFound, "consultation.not_found", "没有找到这次协商，可能还没有公开。")
	// ErrRaced: somebody else changed it meanwhile.
	ErrRaced = fault.Define(fault.Conflict, "consultation.raced", "刚刚有人更新了这次协商，请刷新后再试。")
	// ErrItemUnknown: not an item of the directory.
	ErrItemUnknown = fault.Define(fault.Invalid, "consultation.item_unknown", "议事协商事项指导目录里没有这一项，可以留空。")
	// ErrPrivate: what was written holds what must not be published.
	ErrPrivate = fault.Define(fault.Invalid, "consultation.private_data", "内容里有不能公开的个人信息，请按提示删去后再提交。")
	// ErrVillagersOnly: only verified villagers of the place.
	ErrVillagersOnly = fault.Define(fault.Forbidden, "consultation.villagers_only", "只有认证过的本村（本组）村民可以参加，请先完成村民认证。")
	// ErrNotice: the session is too soon after its announcement.
	ErrNotice = fault.Define(fault.Invalid, "consultation.notice_short", "协商日期离预告太近，请改到规定的天数以后。")
	// ErrNotToday: the announced day of the session has not come.
	ErrNotToday = fault.Define(fault.Conflict, "consultation.not_today", "还没有到预告的协商日期，不能提前开始。")
	// ErrNotOpen: no session that takes statements is under way.
	ErrNotOpen = fault.Define(fault.Conflict, "consultation.not_in_session", "现在没有正在进行的网上协商，不能发表意见或表态。")
	// ErrTooManyStatements: the person, or all together, said as much as the rules allow.
	ErrTooManyStatements = fault.Define(fault.Conflict, "consultation.statements_full", "这次协商您能发表的意见已经用完，可以给别人的意见表态。")
	// ErrStatementNotFound: no such statement, or not shown.
	ErrStatementNotFound = fault.Define(fault.NotFound, "statement.not_found", "没有找到这条意见，可能已经收回或隐藏。")
	// ErrVoted: somebody else has voted on it.
	ErrVoted = fault.Define(fault.Conflict, "statement.voted", "已经有人对这条意见表态，不能再修改；可以收回后另写一条。")
	// ErrNotAuthor: somebody else wrote it.
	ErrNotAuthor = fault.Define(fault.Forbidden, "statement.not_author", "只有写这条意见的人可以修改或收回。")
	// ErrOwnStatement: one does not moderate one's own words.
	ErrOwnStatement = fault.Define(fault.Forbidden, "statement.own", "自己写的意见不能由自己审核，请由其他人办理。")
	// ErrModerated: it is hidden already, or is not.
	ErrModerated = fault.Define(fault.Conflict, "statement.moderated", "这条意见已经处理过，请刷新后再看。")
	// ErrNotRating: ratings are not open.
	ErrNotRating = fault.Define(fault.Conflict, "consultation.not_rating", "现在不是评价的时候，反馈以后才能评价。")
	// ErrBallotUnknown: no such ballot of the village.
	ErrBallotUnknown = fault.Define(fault.Invalid, "consultation.ballot_unknown", "没有找到本村的这次投票，请核对编号。")
)
