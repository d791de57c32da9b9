package ballot

import "cunwu/service/fault"

// Refusals of ballots.
var (
	// ErrNotFound: there is no such ballot, or the caller may not know of it.
	ErrNotFound = fault.Define(fault.NotFound, "ballot.not_found", "没有找到这次表决。")
	// ErrInvalid: a definition is not one that the rules allow; fields say why.
	ErrInvalid = fault.Define(fault.Invalid, "ballot.definition_invalid", "表决的内容填得不对，请按提示修改。")
	// ErrLooser: quorum or majority asks for less than the rule does.
	ErrLooser = fault.Define(fault.Invalid, "ballot.rule_looser", "到会和通过的要求可以比规定更严，不能更松。")
	// ErrPersonal: the question or an option says what must not be published.
	ErrPersonal = fault.Define(fault.Invalid, "ballot.personal_data", "表决内容里有不能公开的个人信息，请删去。")
	// ErrChoice: what was marked is not what the ballot offers.
	ErrChoice = fault.Define(fault.Invalid, "ballot.choice_invalid", "选项不对，请按这次表决给出的选项和个数选择。")
	// ErrAction: no such action of a ballot.
	ErrAction = fault.Define(fault.Invalid, "ballot.action_unknown", "没有这一步，请看 available_actions。")
	// ErrReason: an act that needs a reason or an opinion came without.
	ErrReason = fault.Define(fault.Invalid, "ballot.reason_needed", "请写明理由或意见（2 到 200 个字）。")
	// ErrVoter: a sheet or an assisted session names nobody of the roll.
	ErrVoter = fault.Define(fault.Invalid, "ballot.voter_unknown", "名册里没有这个人或这一户，请核对。")
	// ErrImage: a sheet of an open ballot came without its picture.
	ErrImage = fault.Define(fault.Invalid, "ballot.sheet_image_needed", "请先拍照上传纸质票，再录入。")
	// ErrBlankSheet: at a sealed ballot's table nothing of the paper is entered.
	ErrBlankSheet = fault.Define(fault.Invalid, "ballot.sheet_not_blank", "秘密表决的纸质票不写姓名、不拍照；这里只登记谁投过了，不要填选项和照片。")
	// ErrPlace: a rule for groups was asked for in a village, or the reverse.
	ErrPlace = fault.Define(fault.Invalid, "ballot.rule_place", "这条规则不适用于这一级：村民小组会议只在组里，村民会议、村民代表会议只在村里。")
	// ErrConsent: a voter is helped without having agreed.
	ErrConsent = fault.Define(fault.Invalid, "ballot.consent_needed", "请先征得本人同意并如实记录，才能协助投票。")

	// ErrStanding: the binding to the roll is too weak for voting.
	ErrStanding = fault.Define(fault.Forbidden, "ballot.standing_needed", "您的身份还没有完成核对，请到村委会办理认证后再投票。")
	// ErrNotOnRoll: the caller is not on this ballot's roll.
	ErrNotOnRoll = fault.Define(fault.Forbidden, "ballot.not_on_roll", "您不在这次表决的名册里，不能投票。")
	// ErrRoleEnded: the caller was on the roll by an office that has ended.
	ErrRoleEnded = fault.Define(fault.Forbidden, "ballot.role_ended", "您列入名册所凭的身份已经终止，不能投票。")
	// ErrMayNot: the caller has no power over this ballot.
	ErrMayNot = fault.Define(fault.Forbidden, "ballot.not_allowed", "您没有办理这一步的权限。")
	// ErrSamePerson: the second signature must be another person's.
	ErrSamePerson = fault.Define(fault.Forbidden, "ballot.same_person", "录入和核对不能是同一个人。")

	// ErrNotDraft: what was opened is not changed any more.
	ErrNotDraft = fault.Define(fault.Conflict, "ballot.not_draft", "表决开始后内容和名册不能再改，只能说明理由后取消。")
	// ErrRaced: somebody else changed the draft.
	ErrRaced = fault.Define(fault.Conflict, "ballot.raced", "刚才有人改过这次表决，请刷新后再试。")
	// ErrSealedNotReady: a sealed ballot without three trustees' keys.
	ErrSealedNotReady = fault.Define(fault.Conflict, "ballot.sealed_not_ready", "秘密表决要先有三位保管人的钥匙，现在还不能开始。")
	// ErrNotOpen: casting has not begun.
	ErrNotOpen = fault.Define(fault.Conflict, "ballot.not_open", "投票还没有开始。")
	// ErrClosed: casting is over.
	ErrClosed = fault.Define(fault.Conflict, "ballot.closed", "投票已经截止。")
	// ErrCancelled: the ballot was called off.
	ErrCancelled = fault.Define(fault.Conflict, "ballot.cancelled", "这次表决已经取消。")
	// ErrAlreadyCast: the entry of the roll has voted, and that stands.
	ErrAlreadyCast = fault.Define(fault.Conflict, "ballot.already_cast", "已经投过票了，这次表决不能改票。")
	// ErrMeeting: the entry has voted at the table, which shuts every other way.
	ErrMeeting = fault.Define(fault.Conflict, "ballot.cast_at_meeting", "已经在会场投过票，网上不能再投。")
	// ErrTooLate: it would close before it can be voted on.
	ErrTooLate = fault.Define(fault.Conflict, "ballot.closes_too_soon", "截止时间已过，请改好时间再开始。")
	// ErrEmptyRoll: nobody would be asked.
	ErrEmptyRoll = fault.Define(fault.Conflict, "ballot.roll_empty", "名册里一个人也没有，不能开始表决。")
	// ErrNotCounted: there is nothing to certify yet.
	ErrNotCounted = fault.Define(fault.Conflict, "ballot.not_counted", "还没有计票，不能确认。")
	// ErrNotCertified: the result is not public before certification.
	ErrNotCertified = fault.Define(fault.Conflict, "ballot.not_certified", "结果要等投票截止、监委会确认以后才公布。")
	// ErrState: the act does not fit the state.
	ErrState = fault.Define(fault.Conflict, "ballot.wrong_state", "这次表决现在不能办这一步。")
	// ErrSheetDone: the sheet was decided on.
	ErrSheetDone = fault.Define(fault.Conflict, "ballot.sheet_decided", "这张票已经核对过了。")
	// ErrImageUsed: one picture is one paper.
	ErrImageUsed = fault.Define(fault.Conflict, "ballot.sheet_image_used", "这张照片已经用于另一张票，请重新拍照。")

	// ErrAssist: the token of an assisted session is unknown, used or over.
	ErrAssist = fault.Define(fault.Unauthenticated, "ballot.assist_invalid", "协助投票的时限已过或已经用过，请重新办理。")
	// ErrBusy: too many casts are waiting; nothing was recorded.
	ErrBusy = fault.Define(fault.Unavailable, "ballot.busy", "投票的人太多，请稍等几秒再试；刚才这次没有记下。")
)
