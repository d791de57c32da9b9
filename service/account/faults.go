package account

import (
	"errors"

	"cunwu/service/fault"
)

// Faults of signing in and of sessions.
var (
	// ErrCode: the sign-in code is malformed, was used before, or WeChat does not know it.
	ErrCode = fault.Define(fault.Unauthenticated, "auth.code_invalid", "登录没有成功，请退出小程序重新打开再试。")
	// ErrPhoneCode: the code for a phone number is malformed, was used before, or WeChat does not know it.
	ErrPhoneCode = fault.Define(fault.Invalid, "residency.phone_code_invalid", "没有取到手机号，请重新点一次授权，或者改填身份证后四位。")
	// ErrBlocked: WeChat says the user is of high risk.
	ErrBlocked = fault.Define(fault.Forbidden, "auth.blocked", "微信提示这个账号暂时不能登录，请联系村委会工作人员。")
	// ErrBusy: WeChat is away or slow.
	ErrBusy = fault.Define(fault.Unavailable, "auth.busy", "微信登录暂时繁忙，请稍后再试。")
	// ErrTooMany: WeChat's quota for this user is used up.
	ErrTooMany = fault.Define(fault.TooMany, "auth.too_many", "登录太频繁了，请过一会儿再试。")
	// ErrRequired: nobody is signed in.
	ErrRequired = fault.Define(fault.Unauthenticated, "auth.required", "请先登录。")
	// ErrExpired: the session is over, revoked, or was never ours.
	ErrExpired = fault.Define(fault.Unauthenticated, "auth.expired", "登录已过期，请重新登录。")
	// ErrStale: an officer's act needs a fresh sign-in.
	ErrStale = fault.Define(fault.Unauthenticated, "auth.stale", "办理公务需要重新登录，请登录后再提交。")
)

// Faults of powers and appointments.
var (
	// ErrMayNot: the caller holds no appointment that gives this power here.
	ErrMayNot = fault.Define(fault.Forbidden, "account.not_allowed", "您没有办理这件事的权限。")
	// ErrAppointment: no such appointment, or not one the caller may know of.
	ErrAppointment = fault.Define(fault.NotFound, "appointment.not_found", "没有找到这项任职。")
	// ErrRole: the role is unknown or cannot exist at that level.
	ErrRole = fault.Define(fault.Invalid, "appointment.role_invalid", "这个职务不存在，或不能设在这一级。")
	// ErrTerm: the term has no end, ends before it starts, or is already over.
	ErrTerm = fault.Define(fault.Invalid, "appointment.term_invalid", "任期不对：开始和结束时间都要填，结束要晚于开始和现在。")
	// ErrAppointee: neither a resident nor an invite, or both.
	ErrAppointee = fault.Define(fault.Invalid, "appointment.appointee_invalid", "请从村民名册选一人，或者选择发邀请码，二者选一。")
	// ErrClash: a conflict rule forbids the appointment; the fields name the rule.
	ErrClash = fault.Define(fault.Conflict, "appointment.conflict", "这项任职违反回避规定，不能办理。")
	// ErrHeld: the same person holds the same office there in an overlapping term.
	ErrHeld = fault.Define(fault.Conflict, "appointment.already_held", "这个人在这段时间已经担任这个职务。")
	// ErrEnded: the appointment is over already.
	ErrEnded = fault.Define(fault.Conflict, "appointment.ended", "这项任职已经结束。")
	// ErrInvite: the invite code is unknown, used or too old.
	ErrInvite = fault.Define(fault.NotFound, "appointment.invite_invalid", "邀请码不对、已用过或已过期，请向任命机关核实。")
	// ErrAdminExists: an administrator is in office.
	ErrAdminExists = fault.Define(fault.Conflict, "account.admin_exists", "已有管理员在任，不能再生成首个管理员的邀请码。")
	// ErrKinship: the two are the same person, of no known kind, or contradict what is recorded.
	ErrKinship = fault.Define(fault.Invalid, "account.kinship_invalid", "亲属关系填写不对。")
	// ErrReason: a reason must be given.
	ErrReason = fault.Define(fault.Invalid, "account.reason_required", "请写明原因（2 到 200 字）。")
)

// Faults of the roll and of binding to it.
var (
	// ErrRollFile: the file is no readable xlsx or csv.
	ErrRollFile = fault.Define(fault.Invalid, "roll.file_invalid", "名册文件读不出来，请用 xlsx 或 csv 格式，第一行是表头。")
	// ErrRollTooLarge: the file exceeds a limit that is named in the sentence.
	ErrRollTooLarge = fault.Define(fault.TooLarge, "roll.file_too_large", "名册文件太大了，请拆成几个文件分别导入。")
	// ErrRollProblems: nothing was written, because rows have problems.
	ErrRollProblems = fault.Define(fault.Invalid, "roll.has_problems", "名册里有问题，没有写入。请按提示改好后再导入。")
	// ErrResident: no such person on that roll.
	ErrResident = fault.Define(fault.NotFound, "roll.resident_not_found", "名册里没有这个人。")
	// ErrResidencyInput: the binding request is incomplete.
	ErrResidencyInput = fault.Define(fault.Invalid, "residency.input_invalid", "请填写所在村、姓名，并授权手机号或填写身份证后四位。")
	// ErrResidencyLimit: too many attempts of this account, or at this place, within a day.
	ErrResidencyLimit = fault.Define(fault.TooMany, "residency.too_many", "今天尝试的次数太多了，请明天再试，或到村委会找文书核对。")
	// ErrAlreadyBound: this account is bound to a person already.
	ErrAlreadyBound = fault.Define(fault.Conflict, "residency.already_bound", "您的账号已经完成村民认证。")
	// ErrBinding: no such binding or request, or not one the caller may know of.
	ErrBinding = fault.Define(fault.NotFound, "binding.not_found", "没有找到这条认证记录。")
	// ErrBindingState: the request was decided already.
	ErrBindingState = fault.Define(fault.Conflict, "binding.decided", "这条认证申请已经处理过了。")
	// ErrPersonBound: the person has another account; told to the clerk only.
	ErrPersonBound = fault.Define(fault.Conflict, "binding.person_bound", "这个人已经绑定了另一个账号，请先核实并解除原来的绑定。")
	// ErrSamePerson: whoever confirms may neither countersign nor confirm himself.
	ErrSamePerson = fault.Define(fault.Forbidden, "binding.two_persons", "认证要由文书和监委会两个不同的人分别确认，也不能确认自己的。")
)

// Faults of consent and of the account itself.
var (
	// ErrConsent: the privacy notice in force has not been agreed to.
	ErrConsent = fault.Define(fault.Forbidden, "consent.required", "请先阅读并同意最新的个人信息处理告知书。")
	// ErrNotice: no such notice, or not the version in force.
	ErrNotice = fault.Define(fault.Invalid, "consent.notice_invalid", "告知书版本不对，请重新打开后再同意。")
	// ErrRaced: somebody else changed the same thing meanwhile.
	ErrRaced = fault.Define(fault.Conflict, "account.raced", "刚才有人同时改动了这条记录，请刷新后再试。")
	// ErrCursor: the place in a list cannot be read.
	ErrCursor = fault.Define(fault.Invalid, "account.cursor_invalid", "翻页位置不对，请从第一页重新查看。")
)

// Errors between the store and this package; they never reach a door.
var (
	// ErrNone: the store has no such row.
	ErrNone = errors.New("account: no such row")
	// ErrTaken: a UNIQUE constraint refused the row.
	ErrTaken = errors.New("account: taken")
)
