package demo

import "cunwu/service/account"

// aboutWhom is whom a black entry is about.
const aboutWhom = "person"

// Steps after which a report is left.
const (
	leftReported = "reported"
	leftUnproven = "reject"
	leftTold     = "tell"
	leftHelping  = "reply"
	leftMended   = "mended"
	leftNoticed  = "give_notice"
)

// lapses lists the reports for the black list. None says who it was.
func (s span) lapses() []lapse {
	supervisor, clerk := string(account.Supervisor), string(account.Clerk)
	return []lapse{
		{
			village: Village, notice: -40, group: 3, who: 10, by: 25, clause: clauseDumping, end: leftReported,
			deed: "装修剩下的砖渣倒在三组的水沟里，水漫到了路上。",
		},
		{
			village: Village, notice: -36, group: 5, who: 17, by: 6, clause: clauseNewBad, end: leftTold,
			deed: "晚上把大狗放在院坝外，过路的人不敢走。",
		},
		{
			village: Village, notice: 32, group: 4, who: 29, by: 13, clause: clauseFire, end: leftMended,
			deed: "在田坎上烧荒草，烟飘到公路上。", reply: "当时不知道那几天是防火期，火一直守着，灭了才走的。",
			helped: "护林员上门讲了防火期的日子和处理荒草的办法。",
		},
		{
			village: Village, notice: 21, group: 2, who: 31, by: 37, clause: clauseBlocking, end: "list",
			deed: "建房的沙石占了半边机耕道一个多月，劝了两次还没有搬。", reply: "雨天车进不来，沙石一时拉不走。",
			helped: "组长帮着联系了一辆小货车，说好三天拉完，后来没有拉。",
		},
		{
			village: Village, notice: 84, group: 6, who: 40, by: 3, clause: clauseDumping, end: "list",
			deed: "装过农药的瓶子和袋子丢在大田坝的水沟边。", reply: "瓶子是风吹过去的，以后注意。",
			helped: "评议会成员上门讲了回收点在哪里，送了两个回收袋。",
			way: []lapseStep{
				{ago: 60, hour: 9, by: aboutWhom, action: "claim", fields: fields{"text": "水沟边的瓶子都捡干净了，送到了回收点，有收条。"}},
				{ago: 60, hour: 15, by: clerk, action: "confirm", fields: fields{
					"note": "组长和评议会成员当天去看过，水沟边干净，收条属实。", "council": "同意下榜。",
					"red_deed": "带头把大田坝水沟边的农药瓶捡干净，还帮着隔壁两块田一起捡。",
				}},
			},
		},
		{
			village: liushu, notice: 24 - daysReplied, group: 2, who: 11, by: 28, clause: clauseNewBad, end: leftHelping,
			deed: "用完的农膜堆在茶园路边，风一吹满地都是。", reply: "收购的人说好来拉，一直没有来。",
		},
		{
			village: liushu, notice: 27, group: 3, who: 22, by: 12, clause: clauseSpecialBad, end: "list",
			deed: "下雨前打药，药水流进了下面人家的水窖边。", reply: "打药的时候天还是晴的，雨是后来下的。",
			helped: "农技员上门讲了看天气打药的办法。",
			way: []lapseStep{
				{ago: 2, hour: 20, by: aboutWhom, action: "appeal", fields: fields{"text": "那天的天气预报是多云，我打药前看过手机，请查一查再说。"}},
			},
		},
		{
			village: liushu, notice: 50, group: 4, who: 33, by: 19, clause: clauseNoise, end: leftUnproven,
			deed: "夜里放高音喇叭。",
		},
		{
			village: xiaodao, notice: 4, group: 1, who: 20, by: 31, clause: clauseNewBad, end: leftNoticed,
			deed: "从二楼窗户拉线给电动车充电，线搭在过路的铁栏杆上。", reply: "楼下没有插座，正在想办法。",
			helped: "电工上门看过，指了公共充电的地方。",
		},
		{
			village: xiaodao, notice: s.midway() + blackTries[0], group: 4, who: 28, by: 8, clause: clauseBlocking, end: "list",
			deed: "晒的粮食占满了整条机耕道，收割机过不去。", reply: "那几天要下雨，只有晒在路上。",
			helped: "组长帮着在晒坝腾了一块地方，没有搬过去。",
		},
		{
			village: chanlong, notice: 25, group: 2, who: 26, by: 10, clause: clauseNewBad, end: "list",
			deed: "办酒席后的垃圾堆在桶外两天，没有拉走。", reply: "垃圾不是我们一家的，别家办事的也堆在那里。",
			helped: "组长上门商量怎么分装，约了清运的车。",
			way: []lapseStep{
				{ago: 5, hour: 20, by: aboutWhom, action: "appeal", fields: fields{"text": "那堆垃圾大半是前一天别家办事留下的，清运的师傅可以作证。"}},
				{ago: 3, hour: 10, by: supervisor, action: "uphold", fields: fields{
					"reason":  "问过清运的师傅，垃圾是两家的，当天没有分清就算到一家头上。",
					"apology": "上次黑榜公示的“办酒席后的垃圾没有拉走”没有查清楚，算错了人家。现在撤销，评议会向当事人道歉。",
				}},
			},
		},
	}
}
