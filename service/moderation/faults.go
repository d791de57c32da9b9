package moderation

import (
	"errors"

	"cunwu/service/fault"
)

// Refusals of this noun.
var (
	// ErrNotFound: no such check, or the caller does not moderate there.
	ErrNotFound = fault.Define(fault.NotFound, "moderation.not_found", "没有找到这条待审内容。")
	// ErrLink: the address of a file under check is wrong or over.
	ErrLink = fault.Define(fault.NotFound, "moderation.link_unknown", "这个地址不对，或者已经过期。")
	// ErrDecision: an act, a kind or a reason is missing or wrong.
	ErrDecision = fault.Define(fault.Invalid, "moderation.decision_invalid", "请选择通过或不通过；不通过要选类别、写理由。")
	// ErrPrivate: the reason, which is public, holds what must not be.
	ErrPrivate = fault.Define(fault.Invalid, "moderation.private_data", "理由会公开，里面有不能公开的个人信息，请删去后再提交。")
	// ErrQuery: a list was asked for with a bad place or limit.
	ErrQuery = fault.Define(fault.Invalid, "moderation.query_invalid", "查询条件不对，请重新打开列表。")
	// ErrOwn: nobody decides about what they sent.
	ErrOwn = fault.Define(fault.Forbidden, "moderation.own_content", "自己提交的内容要由别的审核人员来审。")
	// ErrDecided: it is decided like this already.
	ErrDecided = fault.Define(fault.Conflict, "moderation.decided", "这条内容已经这样处理过了，请刷新列表。")
)

// ErrPush: a pushed answer that cannot be read or is not for us. It will not
// become better when it is pushed again.
var ErrPush = errors.New("moderation: a push that cannot be read")

// errNothing undoes a transaction in which nothing was to be done.
var errNothing = errors.New("moderation: nothing to do")
