package demo

import "cunwu/service/consultation"

// oldSchool is talked about online now, with opinions that part.
func (s span) oldSchool() matter {
	return matter{
		village: Village, channel: consultation.Ordinary, by: "villager-7", ago: 31,
		topic: consultation.Topic{
			Title: "原大田村小学空着的两间教室做什么用", Source: consultation.FromVillager, Item: "B05",
			Question: "靠操场的两间教室空了三年，是改成老人日间照料点，租给合作社，还是留给娃娃看书写作业？",
			Why:      "老校舍的大半已经租给合作社，靠操场这边还有两间教室一直空着，门窗坏了，屋顶有一处漏雨。\n村里六十岁以上的老人有四百多位，放学没人管的娃娃有三十来个，合作社收核桃的时候又没有地方堆。三家都来问过，村两委不好自己定，请大家一起商量。",
		},
		turns: []turn{
			forwarded(30),
			accepted(25, "二组、三组老人和学生家庭，核桃合作社社员", "420", "属于村集体房屋怎么用，是村里自己的事，没有生效的决定。可以协商。"),
			invited(22, "利益相关方：二组、三组的老人和家属：照料和安静\n利益相关方：有学生的家庭：放学以后有地方去\n利益相关方：核桃合作社：堆放和分拣场地\n村民代表：各组村民代表\n专家：镇民政办工作人员"),
			s.announced(20, 12, "原大田村小学操场，小程序同时发表意见", "两间教室给谁用、钱从哪里来、谁来管。先在操场开一次院坝会，再在网上说两个星期。"),
			begun(12),
		},
		talk: talking{from: 12, to: 3, camps: []int{19, 15, 12}, part: 66, said: []remark{
			{0, "改成老人日间照料点，中午有口热饭吃，我们在外头打工也放心。", "+-0"},
			{0, "租给合作社放核桃，一年多收几千块租金，年底分红大家都有。", "-+-"},
			{0, "留给娃娃放学写作业、看书，寒暑假有人看着最要紧。", "--+"},
			{0, "哪样用法都要先看房子牢不牢，漏雨的屋顶和老电线先修好。", "+++"},
			{1, "收的租金要单独记账，每季度贴出来，用在老人和娃娃身上。", "+++"},
			{1, "收核桃的时候机器响到半夜，再给合作社，附近住户受不了。", "+-+"},
			{1, "照料点要请人做饭，工资从哪里出？没有账算就不要开头。", "-++"},
			{2, "教室在坡上，老人走着费力，要先修缓坡和扶手。", "+0+"},
			{3, "办红白喜事没有地方放桌凳，可以放这里，谁家用谁打扫。", "0+-"},
			{3, "村上已经有农家书屋，一年没几个人去，不要再修一个摆样子。", "++-"},
			{4, "两间房，一间给老人，一间给娃娃，不要只顾一头。", "+-+"},
			{4, "先问一下镇上，照料点有没有上级补助，有补助再说。", "+00"},
		}},
	}
}

// winterWorks is put to a ballot that is open: anybody of the village can vote.
func (s span) winterWorks() matter {
	return matter{
		village: Village, channel: consultation.Ordinary, by: "director", ago: 27,
		topic: consultation.Topic{
			Title: "今年冬天先办哪两件小事", Source: consultation.FromCommittee, Item: "A03",
			Question: "村里能拿出六万元左右，五件事办不完，先办哪两件？",
			Why:      "各组报上来五件事，加起来要十一万多元。集体收入今年能拿出六万元左右，只够先办两件。先听大家的，再交村民代表会议定。",
		},
		turns: []turn{
			forwarded(27),
			accepted(22, "全村六个组", "2000", "属于村级公益事业，钱从集体收入出，最后由村民代表会议决定。"),
			invited(20, "利益相关方：三组用水户：吃水\n利益相关方：五组、六组种田户：灌溉\n利益相关方：大田坝住户：走夜路\n党员代表：村党支部\n监督：村务监督委员会"),
			s.announced(18, 9, "村便民服务中心会议室，小程序同时发表意见", "五件事各要多少钱、受益多少户、能不能自己出一点工。"),
			begun(9),
			stepBy(8, 10, "director", "link_ballot", nil),
		},
		talk: talking{from: 9, to: 5, camps: []int{8, 6}, part: 75, said: []remark{
			{0, "三组的老水管年年冻裂，过年都吃不上水，应该排第一。", "++"},
			{0, "水渠清淤我们自己可以出工，村里只出挖机的钱就行。", "++"},
			{1, "路灯装了也要交电费，先把水的事办了。", "+-"},
			{1, "大田坝路口去年摔了两个人，三盏灯花不了多少钱。", "0+"},
			{2, "厕所是给来办事的人用的，不急。", "+0"},
		}},
		poll: &poll{
			village: Village, question: "今年冬天先办哪两件小事", kind: "choose_up_to", most: 2, rule: "opinion", revote: true,
			options: []string{"三组饮水管换新（约 42,000 元）", "五组水渠清淤（约 18,000 元）", "大田坝路口装 3 盏路灯（约 9,000 元）", "便民服务中心厕所改造（约 26,000 元）", "四组垃圾点硬化（约 11,000 元）"},
			opens:   8, closes: -45, weights: []int{9, 6, 5, 2, 2}, away: 46,
		},
	}
}

// spraying was agreed on and is being put into effect.
func (s span) spraying() matter {
	return matter{
		village: "510821102202", channel: consultation.Ordinary, by: "villager-4", ago: 110,
		topic: consultation.Topic{
			Title: "茶园打药和养蜂怎么错开", Source: consultation.FromVillager, Item: "D03",
			Question: "春天茶园打药，蜜蜂死了不少。打药的日子和蜂箱的位置怎么错开？",
			Why:      "柳树堰两边有七户养蜂，共一百六十多箱。今年四月茶园统一打药，事先没有通知，五户的蜂死了三成。养蜂户要赔，茶农说不打药茶就没了，为这个事吵过两回。",
		},
		turns: []turn{
			forwarded(109),
			accepted(104, "七户养蜂户和一组、二组茶农", "230", "属于村内生产安排，双方愿意谈。已经死的蜂要赔偿的，另走调解。"),
			invited(100, "利益相关方：七户养蜂户：蜂群安全\n利益相关方：一组、二组茶农：防虫和产量\n利益相关方：村集体茶园承租企业：统一打药的时间\n专家：镇农业服务中心农技员\n村民代表：一组、二组村民代表"),
			s.announced(97, 90, "柳树堰管理房，小程序同时发表意见", "打药前怎么通知、用什么药、蜂箱放哪里。"),
			begun(90),
			ended(84, "31", "打药通知、用药种类、蜂箱搬迁", "到场31人。农技员讲了哪些药对蜂毒性小、什么时辰打伤蜂最少。养蜂户同意花期搬两公里，前提是提前三天通知。企业同意傍晚打药。"),
			concluded(79, "consensus",
				"打药前三天由村广播和群里通知，写明地块和用药；花期只在傍晚六点以后打，不用菊酯类；蜂箱在打药期搬到尖山垭口，村里修一段平台；谁没通知就打药，照价赔蜂。",
				"三条都是双方当场点头的：通知费不了钱，傍晚打药对茶没有影响，搬箱的平台由村里出工。用药种类听农技员的。赔偿写在前头，以后不再为这个吵。"),
			s.planned(74, -24, "村农技员", "三件事：建打药通知群，印用药提示贴到茶园路口，在尖山垭口修放蜂平台二十米。"),
			reported(58, 30, "打药通知群建好，七户养蜂户和九十六户茶农都进了群；秋茶打药两次都提前三天发了通知。"),
			reported(9, 60, "用药提示贴了十四处，放蜂平台的石料已经拉到，等收完稻子开工。"),
		},
		talk: talking{from: 90, to: 85, camps: []int{9, 5}, part: 80, said: []remark{
			{0, "打药提前三天说一声，我们连夜把蜂搬走都行。", "++"},
			{0, "傍晚打药最好，蜂回箱了，药也不容易晒干。", "++"},
			{0, "不打药一亩要少收三四百块，不能光照顾养蜂的。", "+-"},
			{1, "菊酯类药贩子卖得便宜，要农技员说清楚哪些不能用。", "++"},
			{1, "死了的蜂总要有个说法，不能说过就算了。", "-+"},
		}},
	}
}

// visitors has just been brought up and waits for the pre-review.
func (s span) visitors() matter {
	return matter{
		village: "510821102205", channel: consultation.Ordinary, by: "villager-2", ago: 3,
		topic: consultation.Topic{
			Title: "采茶节游客的厕所和垃圾谁来管", Source: consultation.FromVillager, Item: "C01",
			Question: "采茶节一天来上千人，厕所和垃圾的费用，是合作社出、村里出，还是摊到摆摊的人头上？",
			Why:      "去年三天采茶节，茶园边上到处是垃圾，最后是村里几个保洁员扫了一个星期。今年再办，要先说好。",
		},
		turns: []turn{forwarded(2)},
	}
}

// darkLamps was no matter to talk about: it is sent where it is mended.
func (s span) darkLamps() matter {
	return matter{
		village: "510821101222", channel: consultation.Ordinary, by: "villager-5", ago: 40,
		topic: consultation.Topic{
			Title: "河边路灯坏了三盏，一直没人换", Source: consultation.FromVillager, Item: "B03",
			Question: "榆钱河边的路灯坏了两个月，该谁来换？",
			Why:      "漫水桥头到羊肚菌大棚这一段三盏灯不亮，采菌子的人天不亮就要走，看不清路。",
		},
		turns: []turn{
			forwarded(39),
			stepBy(34, 16, "township", "redirect", fields{"to": "talk", "reason": "路灯坏了是日常维修，不用商量，转村民说事办理：村电工五天内换好，村监委会去看。灯以后由谁管、电费谁出，可以另提协商。"}),
		},
	}
}
