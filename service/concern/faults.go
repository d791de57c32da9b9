package concern

import "cunwu/service/fault"

// Refusals of this noun.
var (
	// ErrNotFound: no such concern, or the caller may not know of it.
	ErrNotFound = fault.Define(fault.NotFound, "concern.not_found", "没有找到这件说事。")
	// ErrTextLength: the text is too short or too long.
	ErrTextLength = fault.Define(fault.Invalid, "concern.text_length", "说的内容太短或者太长。")
	// ErrCategory: there is no such category.
	ErrCategory = fault.Define(fault.Invalid, "concern.category_unknown", "没有这个类别，请重新选择。")
	// ErrMedia: too many photos, a file of another kind, or somebody else's.
	ErrMedia = fault.Define(fault.Invalid, "concern.media_invalid", "照片或录音不对，请重新上传。")
	// ErrPrivate: what an office writes holds what must not be published.
	ErrPrivate = fault.Define(fault.Invalid, "concern.private_data", "内容里有不能公开的个人信息，请按提示删去后再提交。")
	// ErrBehalf: for whom it is said is missing or wrong.
	ErrBehalf = fault.Define(fault.Invalid, "concern.behalf_invalid", "请写清楚是替谁说的。")
	// ErrTalkDay: the village has no such day.
	ErrTalkDay = fault.Define(fault.Invalid, "concern.talk_day_unknown", "这一天不是本村的说事日。")
	// ErrQuery: a list was asked for with a bad state, limit, place or cursor.
	ErrQuery = fault.Define(fault.Invalid, "concern.query_invalid", "查询条件不对，请重新打开列表。")
	// ErrOriginal: what it should be merged into cannot take it.
	ErrOriginal = fault.Define(fault.Invalid, "concern.original_invalid", "不能并入那一件，请核对编号。")
	// ErrNotVerified: only verified villagers of the place raise and join.
	ErrNotVerified = fault.Define(fault.Forbidden, "concern.not_verified", "只有本村认证村民可以在这里说事，请先完成村民认证。")
	// ErrNotRaiser: the word belongs to whoever raised it.
	ErrNotRaiser = fault.Define(fault.Forbidden, "concern.not_raiser", "只有说事人自己能评价。")
	// ErrHandled: whoever handled it asks nobody how it was.
	ErrHandled = fault.Define(fault.Forbidden, "concern.own_work", "经办人不能回访自己办的事。")
	// ErrOwn: whoever raised it cannot join it.
	ErrOwn = fault.Define(fault.Conflict, "concern.own_concern", "这是您自己说的事，不用再点同问。")
	// ErrOver: it is over.
	ErrOver = fault.Define(fault.Conflict, "concern.over", "这件事已经了结，不能再点同问；还有问题请另外说。")
	// ErrNotRating: there is nothing to rate now.
	ErrNotRating = fault.Define(fault.Conflict, "concern.not_rating", "这件事现在不能评价。")
	// ErrNotAsked: the raiser was not asked, or answered before.
	ErrNotAsked = fault.Define(fault.Conflict, "concern.not_asked", "现在没有问您这件事，或者您已经回答过了。")
	// ErrCalled: it is not drawn for a call-back, or somebody called before.
	ErrCalled = fault.Define(fault.Conflict, "concern.not_to_call", "这件事不需要回访，或者已经回访过了。")
	// ErrReviewed: it is hidden, or shown, already.
	ErrReviewed = fault.Define(fault.Conflict, "concern.reviewed", "这件事已经是这样，不用重复办理。")
	// ErrTooMany: one person said a lot within a day.
	ErrTooMany = fault.Define(fault.TooMany, "concern.too_many", "今天说的事已经很多了，请明天再说。")
)
