package redblack

// stateNames are the words for states.
var stateNames = map[State]string{
	Nominated: "已提名", Reported: "已反映", Verified: "已核实", Heard: "听取说明", Education: "教育帮助", Corrected: "已改正",
	Evaluated: "评议通过", Consulted: "已听取代表意见", Asked: "征求本人意见", Notice: "公示中", Listed: "在榜", Suspended: "已撤下，待核实",
	Appealed: "申诉中", Expired: "到期下榜", Rejected: "没有上榜", Declined: "本人不愿上榜", Revoked: "已撤销",
}

// Name gives a state in words.
func (s State) Name() string { return stateNames[s] }

// Name gives a list in words.
func (k Kind) Name() string {
	if k == Black {
		return "黑榜"
	}
	return "红榜"
}

// stepNames are the words for what was done.
var stepNames = map[string]string{
	"nominated": "红榜提名", "reported": "黑榜反映", "verify": "核实", "tell": "告知本人", "reply": "本人说明", "reply_paper": "本人说明",
	"educate": "开始教育帮助", "to_council": "交评议会", "mended": "已经改正", "adopt": "评议通过", "not_adopted": "评议没有通过",
	"agreed": "已听取代表意见", "back": "退回评议会重议", "not_agreed": "代表不同意", "ask": "征求本人意见", "consent": "同意上榜",
	"consent_paper": "同意上榜", "decline": "不愿上榜", "decline_paper": "不愿上榜", "unanswered": "没有答复，不上榜", "give_notice": "开始公示",
	"list": "上榜", "reject": "不予上榜", "remove_me": "本人下榜", "expire": "到期下榜", "revoke": "撤销", "claim": "请求核实改正",
	"claim_kept": "请求核实改正", "confirm": "已改正下榜", "not_mended": "没有改正", "suspend": "先撤下来", "appeal": "申诉",
	"appeal_paper": "申诉", "take_name_off": "撤回姓名和照片", "reward": "登记激励",
	"appeal_on": "向乡镇申诉", "accept": "不再申诉", "uphold": "申诉成立", "refuse": "申诉不成立", "escalate": "逾期交乡镇", "resume": "恢复",
	"lapse": "公示后没有张贴，作罢", "object": "有人提异议", "resolve": "异议已处理", "vote": "评议表态", "consult": "代表表态", "note": "教育帮助",
	"withdraw_consent": "撤回姓名和照片", "agree_naming": "同意公布姓名", "withdraw_naming": "撤回公布姓名的同意", "propose_naming": "提出点名",
	"approve_naming": "复核点名", "stop_naming": "停止点名", "turned": "改正后转红榜", "announced": "公布红黑榜规则",
}

// StepName gives the words for an action, "" for what is none.
func StepName(action string) string { return stepNames[action] }
