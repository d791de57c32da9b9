package question

import "cunwu/service/fault"

// Refusals of this noun.
var (
	// ErrNotFound: no such question, or the caller may not know of it.
	ErrNotFound = fault.Define(fault.NotFound, "question.not_found", "没有找到这个问题。")
	// ErrPrivate: the text holds what must never be published.
	ErrPrivate = fault.Define(fault.Invalid, "question.private_data", "内容里有不能公开的个人信息，请按提示删去后再提交。")
	// ErrQuery: a list was asked for with a bad state, limit or place.
	ErrQuery = fault.Define(fault.Invalid, "question.query_invalid", "查询条件不对，请重新打开列表。")
	// ErrNotVerified: only verified villagers of the place ask.
	ErrNotVerified = fault.Define(fault.Forbidden, "question.not_verified", "只有本村认证村民可以提问，请先完成村民认证。")
	// ErrNotStanding: what was asked about is not up now.
	ErrNotStanding = fault.Define(fault.Conflict, "question.not_standing", "这条公开现在没有挂出来，等更正公布以后再提问。")
	// ErrOwn: whoever asked cannot join their own question.
	ErrOwn = fault.Define(fault.Conflict, "question.own_question", "这是您自己提的问题，不用再点同问。")
	// ErrOver: it is settled, or as unsettled as it gets.
	ErrOver = fault.Define(fault.Conflict, "question.over", "这个问题已经办结，不能再点同问；还有疑问请另外提问。")
	// ErrTooMany: one person asked a lot within a day.
	ErrTooMany = fault.Define(fault.TooMany, "question.too_many", "今天提的问题已经很多了，请明天再提。")
	// ErrNothing: no question of the period was answered.
	ErrNothing = fault.Define(fault.Conflict, "question.nothing_to_report", "这段时间没有答复过的公开提问，不用起草。")
)
