package ranking

import "cunwu/service/fault"

// Refusals of rankings.
var (
	// ErrNotFound: no such deed is in the rankings.
	ErrNotFound = fault.Define(fault.NotFound, "ranking.deed_not_found", "没有找到这件事，可能已经撤下。")
	// ErrBy: what was asked for is not ranked. Opinion of the cyberspace commission
	// of 2023-12-18 and 国办函〔2026〕12号: see the package.
	ErrBy = fault.Define(fault.Invalid, "ranking.by_unknown",
		"只排好事（deed）、村规条目（clause）和小组（group）。不给人、干部和村排名：中央网信办2023年12月18日的意见要求防止“指尖上的形式主义”，国办函〔2026〕12号不许把积分排名、点赞量、网络投票数当作考评依据。")
	// ErrPeriod: a period that is none, or one that has not begun.
	ErrPeriod = fault.Define(fault.Invalid, "ranking.period_invalid", "期间写成 2026-09、2026Q3、2026 或 all，不能是还没有到的。")
	// ErrGroupPlace: groups are compared within one village alone.
	ErrGroupPlace = fault.Define(fault.Invalid, "ranking.group_needs_village", "小组只在一个村里比，请给出村的代码。")
	// ErrPlace: there is no ranking within a group.
	ErrPlace = fault.Define(fault.Invalid, "ranking.place_small", "排行只做到村，请给出村或以上的地区代码。")

	// ErrNotVillager: only the villagers of the deed's village endorse it.
	ErrNotVillager = fault.Define(fault.Forbidden, "ranking.not_villager", "只有这个村经过认证的村民可以点赞同。")
	// ErrStanding: the binding to the roll is too weak.
	ErrStanding = fault.Define(fault.Forbidden, "ranking.standing_needed", "您的身份还没有完成核对，请到村委会办理认证后再点赞同。")
	// ErrOwn: the deed is the caller's own.
	ErrOwn = fault.Define(fault.Forbidden, "ranking.own_deed", "这是您自己的事，请让别的村民来点赞同。")

	// ErrClosed: the deed is no longer on the list.
	ErrClosed = fault.Define(fault.Conflict, "ranking.closed", "这件事已经下榜，不能再点或收回赞同。")
	// ErrBusy: too many wait.
	ErrBusy = fault.Define(fault.Unavailable, "ranking.busy", "现在人太多，请稍后再点。")
)
