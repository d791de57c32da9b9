package demo

import (
	"cunwu/service/region"
)

// body is one 自治组织 of the sample.
type body struct {
	village region.Code
	kind    string
	name    string
	charter string
	members []string // as of codeAt, the convenor first
	doings  []doing
}

// doing is one activity of a body.
type doing struct {
	ago     int // days before the first start on which it was held
	kind    string
	title   string
	place   string
	plan    string
	heads   int
	yuan    int
	money   string
	summary string // "" while none was written
	scene   string // of its photo, "" for none
	off     string // why it was not held
	coming  bool   // planned for ago days after the first start
}

// Days before the first start.
const registeredAgo = 520

// bodies lists what the villages have.
func bodies() []body {
	return []body{
		{
			village: Village, kind: "wedding_funeral", name: "盐井村红白理事会", charter: feastCharter("12", "200"),
			members: []string{"representative-3", "representative-7", "villager-5", "villager-14", "party-2", "villager-22", "villager-33"},
			doings: []doing{
				{ago: 462, kind: "mutual_aid", title: "帮一组一户老人办丧事", place: "一组院坝", heads: 46, summary: "按章程办，三天办完，没有请乐队，用的碗筷桌凳都是理事会的。"},
				{ago: 371, kind: "meeting", title: "商量酒席桌数和随礼", place: "村便民服务中心", heads: 31, yuan: 120, money: "collective", summary: "大家说15桌还是多了，随礼一年比一年高，提出改成12桌、200元，写进村规民约修订的草案。", scene: "meeting"},
				{ago: 248, kind: "mutual_aid", title: "帮三组两户办喜事", place: "三组晒坝", heads: 88, yuan: 0, summary: "两户都办了11桌，理事会出桌凳和碗筷，厨房由邻居帮忙。", scene: "square"},
				{ago: 126, kind: "fellowship", title: "添置公用碗筷和桌凳", place: "村便民服务中心", heads: 12, yuan: 4860, money: "donation", summary: "用在外老乡捐的钱添了20张桌子、160套碗筷，登记造册，哪家办事都可以借。"},
				{ago: 33, kind: "mutual_aid", title: "帮五组一户办喜事", place: "五组院坝", heads: 92, summary: "办了12桌，没有放炮，剩菜打包分给了邻居。", scene: "orchard"},
				{ago: 5, kind: "meeting", title: "下个月的喜事排期", place: "村便民服务中心", plan: "把下个月以后要办事的几家排开，免得桌凳不够用。", coming: true},
			},
		},
		{
			village: Village, kind: "moral_council", name: "盐井村道德评议会", charter: moralCharter,
			doings: []doing{
				{ago: 345, kind: "review", title: "第一次红榜评议", place: "村便民服务中心", heads: 9, summary: "按知榜公布的条款评了第一批好事，本人同意的才公布姓名。", scene: "meeting"},
				{ago: 158, kind: "review", title: "半年评议和走访", place: "各组院坝", heads: 26, yuan: 180, money: "collective", summary: "走了六个组，听了大家对红黑榜的意见：好事要多写，不好的事先上门说。"},
				{ago: 61, kind: "review", title: "季度评议", place: "村便民服务中心", heads: 11, summary: "评了这个季度的好事，两件还要核实，下次再评。"},
			},
		},
		{
			village: Village, kind: "deliberation", name: "盐井村议事会", charter: talkCharter,
			members: []string{"representative-1", "representative-9", "villager-8", "villager-27", "villager-40"},
			doings: []doing{
				{ago: 284, kind: "meeting", title: "三组用水怎么轮", place: "三组上院", heads: 23, summary: "单日上院、双日下院，管水员记在本子上，大家都同意。", scene: "tank"},
				{ago: 75, kind: "meeting", title: "老学校的两间教室做什么用", place: "原大田村小学", heads: 38, summary: "说了四种用法，放到网上继续协商。"},
				{ago: 19, kind: "meeting", title: "核桃收购前碰头", place: "四组晒坝", heads: 17, off: "下大雨，改到说事日一起说。"},
			},
		},
		{
			village: liushu, kind: "wedding_funeral", name: "柳树村红白理事会", charter: feastCharter("12", "200"),
			members: []string{"representative-2", "representative-8", "villager-6", "villager-17", "villager-29"},
			doings: []doing{
				{ago: 468, kind: "mutual_aid", title: "帮二组一户办丧事", place: "二组院坝", heads: 52, summary: "三天办完，理事会出桌凳，邻居帮厨。"},
				{ago: 330, kind: "mutual_aid", title: "帮一组三户办喜事", place: "一组院坝", heads: 120, yuan: 300, money: "collective", summary: "三家排开日子办，桌凳轮着用，都没有超过12桌。", scene: "square"},
				{ago: 142, kind: "meeting", title: "采茶季节少办酒席的倡议", place: "茶叶加工房", heads: 40, summary: "大家同意采茶的一个半月里能缓就缓，写成倡议贴在各组。", scene: "tea"},
				{ago: 44, kind: "mutual_aid", title: "帮四组一户办寿宴", place: "四组院坝", heads: 64, summary: "按村规民约没有大办，只请了至亲，8桌。"},
			},
		},
		{
			village: liushu, kind: "moral_council", name: "柳树村道德评议会", charter: moralCharter,
			doings: []doing{
				{ago: 240, kind: "review", title: "年中评议", place: "村便民服务中心", heads: 14, summary: "评了采茶互助和护林的几件好事。", scene: "tea"},
				{ago: 52, kind: "review", title: "季度评议", place: "村便民服务中心", heads: 10},
			},
		},
		{
			village: xiaodao, kind: "wedding_funeral", name: "小稻村红白理事会", charter: feastCharter("10", "200"),
			members: []string{"representative-4", "representative-10", "villager-9", "villager-18", "villager-36"},
			doings: []doing{
				{ago: 390, kind: "meeting", title: "红白喜事怎么办，开院坝会", place: "村便民服务中心院坝", heads: 67, yuan: 260, money: "collective", summary: "桌数、烟酒、放炮三样意见最多，交村民代表商量。", scene: "meeting"},
				{ago: 171, kind: "mutual_aid", title: "帮三组两户合办喜事", place: "三组院坝", heads: 96, summary: "两家合在一起办，省了一半的桌凳和工。", scene: "field"},
				{ago: 58, kind: "fellowship", title: "理事会和几个村的交流", place: "镇文化站", heads: 22, yuan: 640, money: "fiscal", summary: "看了别村怎么借桌凳、怎么劝桌数，回来改了借用登记的办法。"},
			},
		},
		{
			village: xiaodao, kind: "moral_council", name: "小稻村道德评议会", charter: moralCharter,
			doings: []doing{{ago: 97, kind: "review", title: "半年评议", place: "村便民服务中心", heads: 12, summary: "评了收割互助和清渠的好事，意见都写在本子上。"}},
		},
		{
			village: chanlong, kind: "deliberation", name: "缠龙村议事会", charter: talkCharter,
			members: []string{"representative-1", "representative-6", "villager-4", "villager-16", "villager-28"},
			doings: []doing{
				{ago: 311, kind: "meeting", title: "柑橘怎么定价、怎么卖", place: "果品分拣棚", heads: 44, summary: "定了三个档次，按档卖，缺斤少两的由议事会当面说。", scene: "orchard"},
				{ago: 88, kind: "meeting", title: "垃圾桶守护怎么排班", place: "村便民服务中心", heads: 35, summary: "六个组各守一周，排班表贴在桶边。", scene: "road"},
			},
		},
		{
			village: chanlong, kind: "moral_council", name: "缠龙村道德评议会", charter: moralCharter,
			doings: []doing{{ago: 104, kind: "review", title: "季度评议", place: "村便民服务中心", heads: 13, yuan: 90, money: "collective", summary: "评了给游客带路、守护垃圾桶的好事，一件要再核实。"}},
		},
	}
}

func feastCharter(tables, gift string) string {
	return "第一条 理事会由村民推选，帮大家把红白喜事办得简单、体面、省钱。\n" +
		"第二条 哪家办事，提前三天告诉理事会，理事会帮着排日子、借桌凳、请帮忙的人，不收钱。\n" +
		"第三条 提倡酒席不超过" + tables + "桌，随礼一般不超过" + gift + "元；丧事三天办完。理事会只劝，不罚。\n" +
		"第四条 桌凳碗筷是大家的，借了登记，坏了照价赔。\n" +
		"第五条 每年开两次会，花的钱和办的事在村里公布，监委会可以查账。\n" +
		"第六条 理事会每届五年，村民不满意的，可以提议重新推选。\n"
}

const moralCharter = "第一条 评议会成员由村党支部会同村民推荐，任期五年，名单公布在公开栏。\n" +
	"第二条 评议会按村规民约评好事和不好的事：只评做了什么，不评人品，不说穷富、病痛和家务事。\n" +
	"第三条 三分之二以上成员到场才能评，过半数同意才算；和当事人是近亲属的要回避。\n" +
	"第四条 不好的事先上门说、先帮着改，改了就不上榜；上榜的不写姓名。\n" +
	"第五条 本人可以说明、可以申诉；评错了的，撤下来，在同样的地方道歉。\n"

const talkCharter = "第一条 议事会由各组推选，商量路怎么修、水怎么放、公共的东西怎么用。\n" +
	"第二条 议事会不代替村民会议和村民代表会议，商量出来的结果，该表决的要表决。\n" +
	"第三条 谁都可以来听、来说；一个人一次说五分钟，不打断别人。\n" +
	"第四条 商量的结果写在本子上，一周以内公布。\n"
