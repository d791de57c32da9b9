package demo

import (
	"fmt"

	"cunwu/service/consultation"
)

// feasts went on to the representatives' meeting, is done, and is being rated.
func (s span) feasts() matter {
	number := fmt.Sprintf("小稻村代表会〔%d〕4号", s.today.AddDate(0, 0, -96).Year())
	return matter{
		village: "510802101201", channel: consultation.Ordinary, by: "villager-6", ago: 140,
		topic: consultation.Topic{
			Title: "红白喜事办多少桌、随多少礼", Source: consultation.FromVillager, Item: "A01",
			Question: "酒席的桌数和随礼的数目，要不要写进村规民约？写多少合适？",
			Why:      "这两年办一回酒席少的三十桌，多的六七十桌，随礼从一百涨到三百。一年随礼上万的人家不少，都觉得吃不消，又没有人好意思先少。",
		},
		turns: []turn{
			forwarded(139),
			accepted(134, "全村七百多户", "2300", "属于村规民约内容，可以协商；写进村规民约要由会议表决，不能罚款。"),
			invited(130, "利益相关方：准备办喜事的人家：席面和开支\n利益相关方：外出打工和困难家庭：随礼负担\n利益相关方：一条龙厨师班子：生意\n村民代表：各组村民代表\n党员代表：红白理事会"),
			s.announced(127, 120, "村文化活动室，小程序同时发表意见", "桌数上限、随礼多少、几种酒不办、谁来劝。"),
			begun(120),
			ended(113, "47", "桌数、随礼、升学酒和满月酒", "到场47人。多数赞成限桌，争的是二十桌还是十五桌；随礼写不写数目没有谈拢；都同意升学酒、满月酒不办。厨师班子说桌数少了就按桌收费，不包场。"),
			concluded(109, "partial",
				"喜事丧事都不超过二十桌；升学、满月、搬家不办酒；随礼多少不写数目，由各人自愿，红白理事会带头不超过一百元。",
				"二十桌坐得下三代近亲，到会的人里赞成的最多；随礼写死了没人好执行，写进规矩又做不到反而难看；升学和满月两样酒没有人反对停。随礼一条没有谈拢，所以是部分一致。"),
			stepBy(105, 10, "director", "to_resolution", fields{"resolution": number, "note": "写进村规民约要由村民代表会议表决。"}),
			s.planned(94, 40, "红白理事会会长", "村规民约改好印发到户；办席前到理事会登记，理事会上门讲；厨师班子的收费表贴在公开栏。"),
			reported(70, 50, "村规民约改印七百二十份，各组组长发到户；厨师班子的收费表已经贴出。"),
			reported(42, 100, "登记办席十一家，最多的十九桌；升学酒一家也没有办。村监委会逐家问过。"),
			stepBy(40, 15, "director", "finish", nil),
			stepBy(6, 16, "clerk", "feed_back", fields{"feedback": "大家商量的二十桌写进了村规民约，三个月办席十一家，没有超的；有两家说亲戚多坐不下，理事会借了活动室的桌凳。随礼的事没有写数目，谁家想少随，可以对外说是村里的规矩。谢谢大家。"}),
		},
		talk: talking{from: 120, to: 114, camps: []int{7, 6, 4}, part: 80, said: []remark{
			{0, "二十桌坐得下三代亲戚了，再多就是摆面子。", "++-"},
			{0, "一年随礼一万多，比种菜挣的还多，要限。", "+++"},
			{0, "我家就这一个娃，结婚办热闹点，花自己的钱也要管？", "-0+"},
			{1, "升学酒、满月酒都不要办了，办一个带一串。", "++0"},
			{1, "随礼写一百，写了谁来查？不如不写。", "-++"},
			{2, "白事也要限，老人走了大家心里难受，不是来吃席的。", "++0"},
		}},
		ratings: []int{11, 4, 1},
	}
}

// clauseVote is what became of the feasts.
func clauseVote() *poll {
	return &poll{
		village: "510802101201", question: "是否同意把“红白喜事不超过二十桌，升学、满月、搬家不办酒”写进村规民约", kind: "yes_no",
		rule: "representatives_meeting", opens: 97, closes: 95, weights: []int{11, 2, 1}, away: 1,
		opinion: "名册15人，投票14人，票数和名册上的记号对得上，计票没有差错。",
	}
}

// bins has come to an outcome; its ballot is certified.
func (s span) bins() matter {
	return matter{
		village: "510802101203", channel: consultation.Ordinary, by: "clerk", ago: 62,
		topic: consultation.Topic{
			Title: "垃圾桶放在哪里，保洁费每户交多少", Source: consultation.FromCommittee, Item: "C01",
			Question: "垃圾桶是放在路口集中管，还是几户一个？保洁费一户一年交多少？",
			Why:      "现在八十多只桶散放在路边，清运车跑一圈要半天，靠桶近的几户嫌臭。保洁员三个人，一年工资和清运费要五万多元，集体收入只够一半。",
		},
		turns: []turn{
			forwarded(62),
			accepted(57, "全村四百六十多户和十一家农家乐", "1500", "属于村内环境卫生；收费要由村民代表会议决定，本次只听意见。"),
			invited(54, "利益相关方：靠近垃圾桶的住户：臭味\n利益相关方：农家乐和民宿：垃圾多，该不该多交\n利益相关方：一般住户：每年交多少\n村民代表：各组村民代表\n监督：村务监督委员会"),
			s.announced(51, 45, "果园院坝，小程序同时发表意见", "桶放在哪里、收不收费、收多少、谁可以不交。"),
			begun(45),
			stepBy(40, 10, "director", "link_ballot", nil),
			ended(28, "36", "放桶地点、收费标准、免交的人", "到场36人。愿意集中放的多，条件是每天清；农家乐同意多交。独居老人和低收入家庭不交，大家没有意见。收多少另在网上按户问了一遍。"),
			concluded(19, "consensus",
				"垃圾桶集中到十九个路口，每天清一次；一般住户每户每年交六十元，农家乐每家每年交三百六十元，独居老人和低收入家庭不交；方案交村民代表会议表决。",
				"按户问下来，交六十元的最多。六十元加上农家乐交的，正好补上清运费的缺口，账由村务监督委员会每半年看一次、贴出来。集中放桶能让清运车少跑一半路。"),
		},
		talk: talking{from: 45, to: 38, camps: []int{8, 6}, part: 75, said: []remark{
			{0, "桶放在我家门口对面，夏天窗子都不敢开。", "+0"},
			{0, "集中放可以，但是要每天拉，不然路口更臭。", "++"},
			{1, "农家乐一家顶十家的垃圾，要多交。", "++"},
			{1, "老人一天就一小袋，走到路口太远。", "-+"},
			{2, "收了多少、花了多少，要贴出来看得见。", "++"},
		}},
		poll: &poll{
			village: "510802101203", question: "保洁费一户一年交多少合适", kind: "choose_one", rule: "opinion_households", revote: true,
			options: []string{"不交，全由集体收入出", "每户 30 元", "每户 60 元", "每户 100 元"},
			opens:   40, closes: 33, weights: []int{3, 6, 13, 2}, away: 3,
			opinion: "名册27户，投票24户，和名册上的记号一致，同意公布。只是征求意见，收费另开会定。",
		},
	}
}

// busStop was run with the CPPCC, adopted and archived.
func (s span) busStop() matter {
	return matter{
		village: "510802103227", channel: consultation.ComeConsult, by: "clerk", ago: 215,
		topic: consultation.Topic{
			Title: "进村客车的停靠点放在哪里", Source: consultation.FromCPPCC, Item: "E03", Liaison: "利州区政协宝轮镇委员联络组",
			Question: "客车进村以后停在老地方，还是移到文化院坝？早班能不能提前二十分钟？",
			Why:      "老停靠点在采摘园路口弯道上，周末车多，去年擦碰过两回。上学的娃娃和去镇上看病的老人都在这里等车，没有遮雨的地方。",
		},
		turns: []turn{
			forwarded(214),
			accepted(209, "坐车的村民、采摘园、客运公司", "700", "关系出行安全，客运公司愿意来谈；定下来由镇里和客运公司办。"),
			invited(205, "利益相关方：坐车上学看病的村民：安全和时间\n利益相关方：采摘园农场：客人上下车\n政协委员：镇委员联络组两位委员\n部门：镇交管办、客运公司\n专家：区公路站技术员"),
			s.announced(202, 195, "村文化院坝，小程序同时发表意见", "停靠点移到哪里、雨棚谁来修、早班车提前多久。"),
			begun(195),
			ended(188, "29", "停靠点、雨棚、早班时间", "到场29人，客运公司当场同意早班提前二十分钟试一个月。技术员量过弯道，说老地方视距不够。农场愿意让出路边三米地。"),
			concluded(183, "consensus",
				"停靠点移到文化院坝东头，由镇里划线装牌，农场让地，村里出工修雨棚；早班车从六点五十提前到六点半。",
				"弯道上停车看不见对面来车，量过视距不够，这一条没有争的。院坝离三个组差不多远。早班提前是为了赶上镇卫生院挂号。"),
			s.planned(178, 96, "村委会主任", "镇交管办划线装牌，村里修雨棚，客运公司改班次。"),
			reported(150, 50, "线划好，牌子装好；早班试行一个月，天天有人坐。"),
			reported(118, 100, "雨棚修好验收，花了一万一千八百元，已在公开栏贴出；早班正式提前。"),
			stepBy(117, 15, "director", "finish", nil),
			stepBy(112, 16, "clerk", "feed_back", fields{"feedback": "停靠点已经移到文化院坝，雨棚装好，早班六点半发车。老停靠点画了禁停线。还有人希望傍晚加一班，客运公司说要看坐车的人数，半年以后再谈。"}),
			stepBy(100, 16, "clerk", "close_rating", nil),
			stepBy(96, 10, "clerk", "adopt", fields{"result_adopter": "宝轮镇人民政府", "adoption_reply": "同意协商意见。划线装牌的费用由镇里列支，已请客运公司把早班调整报区里备案。"}),
			stepBy(90, 16, "clerk", "archive", nil),
		},
		talk: talking{from: 195, to: 190, camps: []int{6, 3}, part: 80, said: []remark{
			{0, "弯道上等车，对面来车看不见，早晚要出事。", "++"},
			{0, "移到院坝，我们坡上的要多走十分钟。", "-+"},
			{1, "下雨天抱着娃娃没地方躲，修个棚子最实在。", "++"},
			{1, "早班早二十分钟，赶得上卫生院挂号。", "++"},
		}},
		ratings: []int{7, 2, 0},
	}
}

// parking has been announced.
func (s span) parking() matter {
	return matter{
		village: "510802200209", channel: consultation.Ordinary, by: "villager-3", ago: 18,
		topic: consultation.Topic{
			Title: "民宿客人的车停在哪里", Source: consultation.FromVillager, Item: "F03",
			Question: "周末民宿客人的车占了村道和晒坝，是划停车位、错时开放晒坝，还是在湖口修停车场？",
			Why:      "一到周末，湖边路两侧停满了车，三轮车过不去，晒菜没有地方。经营户怕限了停车就没有客人。",
		},
		turns: []turn{
			forwarded(17),
			accepted(12, "湖边两个组的住户和民宿经营户", "260", "属于公共场地怎么用，可以协商；修停车场占地要另报。"),
			invited(7, "利益相关方：湖边住户：出行和晒坝\n利益相关方：民宿经营户：客人停车\n村民代表：各组村民代表\n部门：乡交管站"),
			s.announced(4, -12, "月坝村游客服务点，小程序同时发表意见", "周末晒坝什么时候让停、停车费归谁、湖口要不要修停车场。"),
		},
	}
}

// canalRating asks how satisfied people are with a work that is done.
func canalRating() *poll {
	return &poll{
		village: Village, question: "您对盐井沟堰渠整治这项工程满意吗", kind: "satisfied", rule: "opinion",
		opens: 52, closes: 43, weights: []int{30, 15, 6}, away: 21,
		opinion: "投票51人，与名册记号一致。不满意的6票没有写原因，请村委会在说事日再问一次。",
	}
}

// railVote was even, and even does not pass.
func railVote() *poll {
	return &poll{
		village: "510821102205", question: "是否同意每户出 40 元，给茶园步道加装护栏", kind: "yes_no", rule: "representatives_meeting",
		opens: 33, closes: 31, weights: []int{4, 3, 1}, opinion: "应到8人全部投票，赞成4票没有超过半数，没有通过，计票无误。",
	}
}

// appraisal is held in secret, as the law wants it.
func appraisal() *poll {
	return &poll{
		village: "510821102202", question: "对村民委员会半年工作的民主评议", kind: "satisfied", rule: "appraisal", sealed: true,
		opens: 26, closes: 24, weights: []int{8, 4, 2}, away: 1,
		opinion: "名册15人，封票14张，开箱14张，没有拆不开的票。三位保管人的签名都在，同意公布。",
	}
}
