package disclosure

import "cunwu/service/fault"

// Refusals of this noun.
var (
	// ErrNotFound: no such posting, or the caller may not know of it.
	ErrNotFound = fault.Define(fault.NotFound, "disclosure.not_found", "没有找到这条公开内容，可能还没有公布，或者只对本村村民公开。")
	// ErrRaced: somebody else changed it meanwhile.
	ErrRaced = fault.Define(fault.Conflict, "disclosure.raced", "这条内容刚被别人改过，请刷新后再操作。")
	// ErrNotDraft: it is not being written now.
	ErrNotDraft = fault.Define(fault.Conflict, "disclosure.not_draft", "这条内容已经提交，不能直接修改；需要改动请先退回或撤回。")
	// ErrForbidden: the caller's office does not cover it.
	ErrForbidden = fault.Define(fault.Forbidden, "disclosure.forbidden", "您没有在这个村办理公开事项的职责。")
	// ErrItemUnknown: not an item of the catalogue in force.
	ErrItemUnknown = fault.Define(fault.Invalid, "disclosure.item_unknown", "公开目录里没有这个事项，请从目录中选择。")
	// ErrTotalsDiffer: the lines do not add up to the stated totals.
	ErrTotalsDiffer = fault.Define(fault.Invalid, "disclosure.totals_differ", "明细合计与填写的总额对不上，请核对后再提交。")
	// ErrBalanceDiffers: opening, lines and closing do not follow from each other.
	ErrBalanceDiffers = fault.Define(fault.Invalid, "disclosure.balance_differs", "余额对不上，请按提示核对期初、逐行余额和期末后再提交。")
	// ErrTooMuchOther: too much of the money stands under "other".
	ErrTooMuchOther = fault.Define(fault.Invalid, "disclosure.too_much_other", "只写“其他”的收支太多，群众看不明白，请写清楚每一笔是什么钱。")
	// ErrUnseen: the reviewer has not looked at every attachment.
	ErrUnseen = fault.Define(fault.Invalid, "disclosure.attachment_unseen", "还有附件没有逐个查看，请全部看过再同意公开。")
	// ErrHouseholdUnknown: an entry is for a household that is not on the roll.
	ErrHouseholdUnknown = fault.Define(fault.Invalid, "disclosure.household_unknown", "有的户号在本村名册里找不到，请核对后再提交。")
	// ErrNoDifference: there is no text before, or one of the two had to go.
	ErrNoDifference = fault.Define(fault.NotFound, "disclosure.no_difference", "这一版没有可以对照的上一版：它是第一版，或者内容因涉及个人信息已经撤下。")
	// ErrPrivate: it holds what must never be published.
	ErrPrivate = fault.Define(fault.Invalid, "disclosure.private_data", "内容里有不能公开的个人信息，请按提示删去后再提交。")
	// ErrCategoryUnknown: a feed was asked for a category that is none.
	ErrCategoryUnknown = fault.Define(fault.Invalid, "feed.category_unknown", "没有这个公开类别，请从目录中选择。")
	// ErrVerifiedOnly: the feed of a village's own people was asked for by another.
	ErrVerifiedOnly = fault.Define(fault.Forbidden, "feed.verified_only", "这部分内容只对本村认证村民公开，请先完成村民认证。")
	// ErrFeedQuery: a feed was asked for with a bad limit or cursor.
	ErrFeedQuery = fault.Define(fault.Invalid, "feed.query_invalid", "翻页参数不对，请从第一页重新打开。")
)
