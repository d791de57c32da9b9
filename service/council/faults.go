package council

import "cunwu/service/fault"

// Refusals of this noun.
var (
	// ErrNotFound: no such body.
	ErrNotFound = fault.Define(fault.NotFound, "council.not_found", "没有找到这个自治组织。")
	// ErrActivityNotFound: no such activity.
	ErrActivityNotFound = fault.Define(fault.NotFound, "council.activity_not_found", "没有找到这次活动。")
	// ErrMemberNotFound: the body has no membership of that number.
	ErrMemberNotFound = fault.Define(fault.NotFound, "council.member_not_found", "这个组织没有这个编号的成员。")
	// ErrKind: not a kind of body or of activity that the rules know.
	ErrKind = fault.Define(fault.Invalid, "council.kind_unknown", "没有这个种类，请在列出的种类中选择。")
	// ErrTerm: a day outside the term, or a term that ends before it begins.
	ErrTerm = fault.Define(fault.Invalid, "council.term_invalid", "任期的日期不对，请检查。")
	// ErrMemberUnknown: the person is not on the roll of this village.
	ErrMemberUnknown = fault.Define(fault.Invalid, "council.member_unknown", "本村名册里没有这个人。")
	// ErrMemberDays: a membership that ends before it begins.
	ErrMemberDays = fault.Define(fault.Invalid, "council.member_days", "成员任职的起止日期不对，请检查。")
	// ErrByOffice: the members of such a body are those appointed to an office.
	ErrByOffice = fault.Define(fault.Invalid, "council.members_by_office", "这个组织的成员就是被任命的人，请在任命里登记，不另立名单。")
	// ErrCost: the cost and where the money came from do not go together.
	ErrCost = fault.Define(fault.Invalid, "council.cost_invalid", "经费和来源不相符：花了钱要写来源，没有花钱不写来源。")
	// ErrPhoto: an upload that is not there, or is somebody else's.
	ErrPhoto = fault.Define(fault.Invalid, "council.photo_unknown", "没有找到照片，请重新上传。")
	// ErrPrivate: what was written holds what must not be published.
	ErrPrivate = fault.Define(fault.Invalid, "council.private_data", "内容里有不能公开的个人信息，请按提示删去后再提交。")
	// ErrNameTaken: the village has a body of that name.
	ErrNameTaken = fault.Define(fault.Conflict, "council.name_taken", "本村已经登记了同名的组织。")
	// ErrOverlap: the person sits in the body already at that time.
	ErrOverlap = fault.Define(fault.Conflict, "council.member_overlap", "这个人在这段时间已经是成员。")
	// ErrOffice: the office is held by as many as the rules allow.
	ErrOffice = fault.Define(fault.Conflict, "council.office_held", "这个职务在这段时间已经有人担任，请先登记前任离任。")
	// ErrFull: the body has as many memberships as the rules allow.
	ErrFull = fault.Define(fault.Conflict, "council.members_full", "这个组织登记的成员已经达到上限。")
	// ErrEnded: the membership has ended, or ends no later than that.
	ErrEnded = fault.Define(fault.Conflict, "council.member_ended", "这个人的任职已经登记为结束。")
	// ErrCorrections: corrected as often as the rules allow.
	ErrCorrections = fault.Define(fault.Conflict, "council.corrections_full", "这次活动更正的次数已经达到上限。")
	// ErrRaced: somebody else changed it meanwhile.
	ErrRaced = fault.Define(fault.Conflict, "council.raced", "刚刚有人改动过，请刷新后再试。")
	// ErrNothing: the village has no body to report on in that year.
	ErrNothing = fault.Define(fault.Conflict, "council.nothing_to_report", "这一年没有登记的自治组织，不用起草。")
)
