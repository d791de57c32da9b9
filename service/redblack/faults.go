package redblack

import "cunwu/service/fault"

// Refusals of this noun.
var (
	// ErrNotFound: no such entry, or the caller may not know of it.
	ErrNotFound = fault.Define(fault.NotFound, "redblack.not_found", "没有找到这一条，可能已经下榜。")
	// ErrNotAnnounced: the rules were not made known, or are not in effect yet.
	ErrNotAnnounced = fault.Define(fault.Conflict, "redblack.not_announced", "本村还没有公布红黑榜的规则（知榜），现在不能评榜。")
	// ErrNoCovenant: no covenant is in force at the village.
	ErrNoCovenant = fault.Define(fault.Conflict, "redblack.no_covenant", "本村还没有生效的村规民约，不能公布红黑榜的规则。")
	// ErrClauseNotInForce: the clause is not announced, or no longer in force, or
	// leads to another list.
	ErrClauseNotInForce = fault.Define(fault.Invalid, "redblack.clause_not_in_force", "这一条不在已公布的红黑榜条款里，或者已经不再生效。")
	// ErrNotVerified: only verified villagers of the place nominate and report.
	ErrNotVerified = fault.Define(fault.Forbidden, "redblack.not_verified", "只有本村认证村民可以提名、反映和提异议，请先完成村民认证。")
	// ErrSelf: one does not nominate oneself.
	ErrSelf = fault.Define(fault.Invalid, "redblack.self_nomination", "不能提名自己，请由别人提名。")
	// ErrTooMany: one person said a lot within a day.
	ErrTooMany = fault.Define(fault.TooMany, "redblack.too_many", "今天提得已经很多了，请明天再来。")
	// ErrTextRefused: a text to be shown judges character, or speaks of poverty,
	// health or family; the field names the kind of word.
	ErrTextRefused = fault.Define(fault.Invalid, "redblack.text_refused", "公布的文字里有不能写的内容，请按提示改。")
	// ErrNamesPerson: a text to be shown holds the name of whom it is about.
	ErrNamesPerson = fault.Define(fault.Invalid, "redblack.names_person", "公布的文字里有当事人或家里人的姓名，请删去。")
	// ErrPrivate: a text to be shown holds what must not be published.
	ErrPrivate = fault.Define(fault.Invalid, "redblack.private_data", "内容里有不能公开的个人信息，请按提示删去后再提交。")
	// ErrResident: not one of the people on the roll who have that name.
	ErrResident = fault.Define(fault.Invalid, "redblack.resident_unknown", "请从名册上同名的人里选一位。")
	// ErrMinor: under 18, or nobody knows.
	ErrMinor = fault.Define(fault.Invalid, "redblack.minor", "不满十八岁的，不上黑榜；红榜不公布姓名和照片。")
	// ErrBlackPhoto: no photo is ever shown with a black entry.
	ErrBlackPhoto = fault.Define(fault.Invalid, "redblack.black_photo", "黑榜一律不放照片。")
	// ErrMedia: a file is not there, is somebody else's, or of another kind.
	ErrMedia = fault.Define(fault.Invalid, "redblack.media_invalid", "照片不对，请重新上传。")
	// ErrRelative: near kin of whom it is about decide nothing about it.
	ErrRelative = fault.Define(fault.Forbidden, "redblack.relative", "您是当事人本人或近亲属，按规定回避，不能参加。")
	// ErrNotCouncil: not a member of the council today.
	ErrNotCouncil = fault.Define(fault.Forbidden, "redblack.not_council", "只有道德评议会的成员可以评议。")
	// ErrNotRepresentative: no representative today.
	ErrNotRepresentative = fault.Define(fault.Forbidden, "redblack.not_representative", "只有村民代表可以在这里表态。")
	// ErrVoted: said already, in this round.
	ErrVoted = fault.Define(fault.Conflict, "redblack.voted", "您已经表过态了。")
	// ErrNotNow: the matter is not where this can be done.
	ErrNotNow = fault.Define(fault.Conflict, "redblack.not_now", "这件事现在不在这一步，请刷新后再看。")
	// ErrNoticeRunning: the public notice is not over.
	ErrNoticeRunning = fault.Define(fault.Conflict, "redblack.notice_running", "公示期还没有满，不能上榜。")
	// ErrObjectionsOpen: an objection was not dealt with.
	ErrObjectionsOpen = fault.Define(fault.Conflict, "redblack.objections_open", "还有没处理的异议，不能上榜。")
	// ErrObjection: no such objection, or it was dealt with.
	ErrObjection = fault.Define(fault.Invalid, "redblack.objection_unknown", "没有找到这条异议，或者已经处理过了。")
	// ErrObjected: one objection per person and entry.
	ErrObjected = fault.Define(fault.Conflict, "redblack.objected", "您已经提过异议，正在处理。")
	// ErrAppealLate: the time to appeal is over.
	ErrAppealLate = fault.Define(fault.Conflict, "redblack.appeal_late", "申诉期已经过了。")
	// ErrConsent: what is to be shown needs the consent of the person.
	ErrConsent = fault.Define(fault.Conflict, "redblack.no_consent", "没有可以撤回的同意。")
	// ErrAnnouncement: the rules to be made known are not complete.
	ErrAnnouncement = fault.Define(fault.Invalid, "redblack.announcement_invalid", "知榜的内容不完整，请按提示补充。")
	// ErrRaced: somebody else changed it meanwhile.
	ErrRaced = fault.Define(fault.Conflict, "redblack.raced", "刚刚有人办理了这一条，请刷新后再试。")
	// ErrQuery: a list was asked for with a bad kind, limit or cursor.
	ErrQuery = fault.Define(fault.Invalid, "redblack.query_invalid", "查询条件不对，请重新打开列表。")
	// ErrNothing: nothing to report in that quarter.
	ErrNothing = fault.Define(fault.Conflict, "redblack.nothing_to_report", "这个季度没有可以公布的内容。")
)

// Refusals of naming a person on the black list, one per condition of 7.5.
var namingFaults = map[string]*fault.Fault{
	"unvoted":      fault.Define(fault.Conflict, "redblack.name_unvoted", "村规民约的这一条还没有表决通过并备案，不能点名。"),
	"unverified":   fault.Define(fault.Conflict, "redblack.name_unverified", "事情还没有核实，不能点名。"),
	"unheard":      fault.Define(fault.Conflict, "redblack.name_unheard", "还没有告知本人并听取说明，不能点名。"),
	"no_basis":     fault.Define(fault.Conflict, "redblack.name_no_basis", "没有本人单独的同意，也没有明确的法律依据，不能点名。"),
	"minor":        fault.Define(fault.Conflict, "redblack.name_minor", "不满十八岁，或者不知道满没满十八岁的，不能点名。"),
	"appeal":       fault.Define(fault.Conflict, "redblack.name_appeal", "正在申诉，不能点名。"),
	"period":       fault.Define(fault.Conflict, "redblack.name_period", "点名最多三十日，而且不能超过在榜的日子。"),
	"not_listed":   fault.Define(fault.Conflict, "redblack.name_not_listed", "只有在榜的才可以点名。"),
	"not_approved": fault.Define(fault.Conflict, "redblack.name_not_approved", "要管榜人提出、监委会复核，才可以点名。"),
}
