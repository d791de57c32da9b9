package inbox

import "cunwu/service/fault"

// Refusals of this noun.
var (
	// ErrFollowKey: the key is none of its kind.
	ErrFollowKey = fault.Define(fault.Invalid, "inbox.follow_invalid", "关注的对象不对：地方填地区代码，事项填“村代码/事项代码”，公开内容填编号。")
	// ErrFollowUnknown: it does not exist, or the caller may not know of it.
	ErrFollowUnknown = fault.Define(fault.NotFound, "inbox.follow_unknown", "没有找到要关注的内容，可能还没有公开，或者只对本村村民公开。")
	// ErrFollowLimit: too many are followed already.
	ErrFollowLimit = fault.Define(fault.Conflict, "inbox.follow_limit", "关注的太多了，请先取消一些再关注新的。")
	// ErrTemplate: not one of the templates in use.
	ErrTemplate = fault.Define(fault.Invalid, "inbox.template_unknown", "没有这个消息模板，请刷新后再试。")
	// ErrWhich: neither ids nor all, or both.
	ErrWhich = fault.Define(fault.Invalid, "inbox.ids_invalid", "请写明要标记哪些消息：ids 填编号，或者 all 填 true。")
)
