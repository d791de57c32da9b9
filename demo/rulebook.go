package demo

import (
	"fmt"
	"strings"
	"time"

	"cunwu/service/disclosure"
)

// standing writes the items that stay up for long: charters, lists, duties.
func (k *desk) standing(item string, day time.Time) paper {
	var p paper
	switch item {
	case "A01":
		p = k.charter()
	case "A02":
		p = k.covenant(day)
	case "A03":
		p = k.officers()
	case "A04":
		p = k.systems()
	case "A09":
		p = k.delegation()
	case "A10":
		p = k.threeLists()
	case "A11":
		p = k.powers()
	case "A12":
		p = k.certificates()
	case "A13":
		p = k.agents()
	case "A14":
		p = k.signboards()
	}
	p.WrittenOn = iso(day)
	return p
}

func (k *desk) charter() paper {
	return paper{Content: disclosure.Content{
		Title:   k.v.name + "村民自治章程",
		Summary: "这是全村办事的总规矩：大事怎么商量、钱怎么管、干部怎么管。和上一版比，增加了网上公开和小组议事两章。想看纸质的，便民服务中心柜台上有。" + k.askClerk(),
		Body: section("一、大事大家定", list("修路修渠、集体资产出租、收益分配，先由党支部提议，再经两委商议、党员大会审议、村民代表会议决议", "村民会议每年至少开一次", "十分之一以上村民提出，就要开会")) +
			section("二、钱要看得见", list("每月公布每一笔收支", "2,000元以上两委会定，5,000元以上代表会定", "监委会不盖章，钱不能出")) +
			section("三、干部受监督", list("每年底由村民代表评议一次", "村干部不承包本村工程，近亲属参加要回避", "离任要审计")) +
			section("四、小组议事", "水怎么放、路怎么修，组里自己商量，组长主持，记在本子上并公布。"),
		Fields: map[string]string{"版本号": "第3版", "表决会议": "村民会议", "应到/实到/赞成数": fmt.Sprintf("%d/%d/%d", k.v.people*7/10, k.v.people*4/10, k.v.people*38/100), "文本": "见正文"},
	}}
}

func (k *desk) covenant(day time.Time) paper {
	rules := []string{
		"不占公路堆东西、打场晒粮，收割季节让出半边路", "垃圾倒进桶里，建筑垃圾自己运到指定地点", "养狗要拴绳，咬了人要赔",
		"酒席不超过15桌，随礼不攀比", "赡养老人，每月至少看望一次", k.v.stream + "里不毒鱼、不电鱼、不倒农药瓶",
		"清明上坟不烧纸放炮，改用鲜花", "有矛盾先找组长和调解员，不打架、不堵路", "地界以承包证为准，不私自挪界石", "种" + k.v.crop + "不在下雨前打药，打药前告诉邻田",
	}
	return paper{
		Content: disclosure.Content{
			Title:   k.v.name + "村规民约",
			Summary: fmt.Sprintf("村规民约一共%d条，由村民会议表决通过。和老版本比，增加了酒席不超过15桌、上坟不烧纸两条，去掉了罚款的说法。违反的由评议会提醒教育。%s", len(rules), k.askClerk()),
			Body: section("条文", numbered(rules)) + section("做得好的", "每季度由评议会推荐上红榜，经本人同意才公布姓名。") +
				section("做得不好的", "先提醒，再上门说。需要公布的只写行为和小组，不写名字，改了就撤。"),
			Fields: map[string]string{"版本号": "第4版", "表决日期": iso(day.AddDate(0, 0, -9)), "赞成数": fmt.Sprint(k.v.people * 36 / 100), "备案日期": iso(day.AddDate(0, 0, -3)), "奖惩条款": "提醒教育为主，没有罚款", "文本": "见正文"},
		},
		files: []file{k.picture("board", "村规民约公示栏", k.dice("A02", "board"))},
	}
}

func (k *desk) officers() paper {
	rows := [][]string{
		{"职务", "姓名", "分工", "联系片区"},
		{"村党支部书记", k.r.secretary, "全面工作、党建", "全村"},
		{"村委会主任", k.r.director, "集体经济、工程项目", groupName(1)},
		{"监委会主任", k.r.supervisor, "监督公开、审票据", "全村"},
		{"文书", k.r.clerk, "公开、代办、档案", groupName(2)},
	}
	var reps []string
	for _, p := range k.r.people {
		if strings.HasPrefix(p.code, "demo-representative") {
			reps = append(reps, p.name+"（"+groupName(p.group)+"）")
		}
	}
	return paper{Content: disclosure.Content{
		Title:   "村两委、监委会和村民代表名单",
		Summary: fmt.Sprintf("书记%s，主任%s，监委会主任%s，文书%s；村民代表%d人。监委会成员和村委会成员没有亲属关系。找谁办什么事，看下面的分工。", k.r.secretary, k.r.director, k.r.supervisor, k.r.clerk, len(reps)),
		Body:    section("分工", table(rows)) + section("村民代表", strings.Join(reps, "、")+"。") + section("怎么联系", "工作日都在便民服务中心，门口牌子上有值班表和办公电话。"),
		Fields:  map[string]string{"任期": "5年", "职务": "见正文", "姓名": "见正文", "分工": "见正文"},
	}}
}

func (k *desk) systems() paper {
	rows := [][]string{{"制度", "管什么", "一句话"}, {"会议制度", "什么时候开会", "两委会每月一次，代表会每季度一次"}, {"财务制度", "钱怎么花", "先批后花，月月公开"}, {"印章制度", "公章怎么用", "用一次登记一次，空白纸不盖章"}, {"档案制度", "东西怎么存", "会议记录和合同都归档，村民可以查自己的"}, {"值班制度", "有事找谁", "每天有人，晚上有电话"}}
	return paper{Content: disclosure.Content{
		Title:   "村级工作制度汇编",
		Summary: "开会、花钱、盖章、存档、值班五项制度，一张表看明白。今年改了财务制度：报账不能超过一个月。" + k.askClerk(),
		Body:    section("五项制度", table(rows)) + section("执行得怎样", "监委会每季度查一次，结果写进监委会工作报告。"),
		Fields:  map[string]string{"制度名称": "会议、财务、印章、档案、值班", "文本": "见正文", "通过日期": "村民代表会议通过之日", "生效日期": "公布之日"},
	}}
}

func (k *desk) delegation() paper {
	return paper{Content: disclosure.Content{
		Title:   "村民会议授权村民代表会议的事项",
		Summary: "村民会议同意：5万元以下的小工程、误工补贴标准、集体资产出租，由村民代表会议定，期限一年。村规民约、收益分配方案不授权，还要全体村民定。" + k.askClerk(),
		Body:    section("授权的", list("预算5万元以下的公益项目", "误工补贴的人员和标准", "三年以下的集体资产出租")) + section("没有授权的", list("自治章程和村规民约", "土地承包方案", "选举和罢免")),
		Fields:  map[string]string{"授权事项": "小额工程、误工补贴、短期出租", "范围": "5万元以下", "期限": "一年", "表决数": "到会村民过半数同意"},
	}}
}

func (k *desk) threeLists() paper {
	return paper{Content: disclosure.Content{
		Title:   "三张清单：该村里办的、协助政府办的、不该村里办的",
		Summary: "村里该办的20件，协助政府办的26件，不该村里办的9件。不在清单里的事，村里可以退回。以前要村里开的很多证明，现在不用开了。" + k.askClerk(),
		Body: section("该村里办的（举例）", list("开会议事、公开账目", "调解纠纷", "管水、管路、管路灯", "照顾老人和留守儿童")) +
			section("协助政府办的（举例）", list("防汛防火、防疫", "低保申请入户", "医保养老提醒")) +
			section("不该村里办的（举例）", list("招商引资任务", "给别人的贷款担保", "查处违法建筑、环保执法", "要求群众关注公众号、下载软件")),
		Fields: map[string]string{"编号": "清-01至清-55", "事项": "见正文", "依据": "村民委员会组织法和市里清单", "生效/退出日期": "公布之日起"},
	}}
}

func (k *desk) powers() paper {
	steps := []string{"要花钱的人写清用途", "文书登记", "主任按限额审批，超过的上会", "监委会看票据、盖章", "每月公开"}
	return paper{
		Content: disclosure.Content{
			Title:   "小微权力清单和流程图",
			Summary: "村干部手里有32项小权力，比如报账、盖章、定工程、报低保。每一项怎么办、要几天、谁监督，都写清楚了。办事时照着看，不对就问。" + k.ask(),
			Body: section("最常用的一项：村里怎么花一笔钱", numbered(steps)) +
				section("容易出问题的地方", list("白条报账：没有正规发票不报", "自己批自己的：经办人和审批人不能是同一个人", "拆开花：同一件事不能拆成几笔躲过代表会")),
			Fields: map[string]string{"权力事项": "32项", "权限": "2,000元以下主任批，以上集体定", "时限": "一般5个工作日", "公开要求": "每月公开", "风险点": "报账、盖章、低保申报"},
		},
		files: []file{k.picture("board", "小微权力流程图栏", k.dice("A11", "board"))},
	}
}

func (k *desk) certificates() paper {
	return paper{Content: disclosure.Content{
		Title:   "村里能开和不能开的证明",
		Summary: "亲属关系、没有犯罪、婚姻状况、健在等20种证明，村里一律不开，也不该要您来开。谁让您开，把单位名字告诉我们。能开的11种当场办。" + k.askClerk(),
		Body: section("不用村里开的（举例）", table([][]string{{"要证明什么", "该找谁"}, {"亲属关系", "派出所或公证处"}, {"没有犯罪记录", "派出所"}, {"婚姻状况", "民政婚姻登记处"}, {"领养老金的人健在", "手机上认证，不会的找代办员"}})) +
			section("可以开的（举例）", list("申请法律援助的经济困难情况（按规定）", "承包地、宅基地申请的村级意见", "农机具补贴申请的村级意见")),
		Fields: map[string]string{"证明名称": "见正文", "用途": "见正文", "时限": "不用核实的当场办，要核实的3个工作日", "不予出具的办理指引": "见正文"},
	}}
}

func (k *desk) agents() paper {
	return paper{Content: disclosure.Content{
		Title:   "民事代办清单和代办员",
		Summary: "社保、医保、证件、缴费等46件事，代办员可以替您跑，不收一分钱。老人、残疾人打个招呼就上门。代办员不拿您的银行卡和密码。" + k.askClerk(),
		Body: section("能代办什么（举例）", list("医保报销、缴费", "高龄津贴、残疾人补贴申请", "老年证、优待证", "水电费、电话费", "养老金资格认证")) +
			section("怎么办", numbered([]string{"说一声或者填一张委托单", "代办员当天送到镇上或网上提交", "办好了送回家，您签收"})),
		Fields: map[string]string{"事项": "46项", "代办员姓名": k.r.clerk, "时限": "当天接件，2个工作日内送出", "服务点": "便民服务中心和各组组长家"},
	}}
}

func (k *desk) signboards() paper {
	rows := [][]string{{"牌子", "挂在哪里"}, {"村党支部", "大门左边"}, {"村民委员会", "大门右边"}, {"村务监督委员会", "大门右边"}, {"村股份经济合作社", "大门右边"}, {"党群服务中心", "门头"}}
	return paper{
		Content: disclosure.Content{
			Title:   "村里挂了哪些牌子",
			Summary: "村里现在只挂5块牌子，比清理前少了17块。新挂牌子要先经镇和县里同意。谁再要求挂牌，村里可以不挂。" + k.askClerk(),
			Body:    section("现有的牌子", table(rows)) + section("取下来的", "各种工作站、工作室、示范点的牌子17块，已经取下拍照存档。"),
			Fields:  map[string]string{"牌子名称": "5块，见正文", "位置": "便民服务中心大门"},
		},
		files: []file{k.picture("board", "便民服务中心门口", k.dice("A14", "board"))},
	}
}
