package demo

import "cunwu/service/concern"

// onPeople lists what is said of care, insurance, school and papers.
func onPeople() []saying {
	return []saying{
		say(Village, 3, 19, 48, "insurance", "医保今年涨了，在外头打工的娃儿在那边交了，这边还要不要交？", registered(),
			onTheSpot(1, "在外地参加了职工医保的，这边不用交；把参保证明拍给文书，系统里标一下就行。"), pleased(2)).joined(2),
		say(Village, 5, 10, 38, "papers", "办个老年证跑了两趟，一趟说没带照片，一趟说机器坏了，能不能代办。", registered(),
			onTheSpot(1, "已经由代办员上门拿资料，证办好了送到家里。").as("director"), rated(5, concern.Satisfied, "送到屋头来了。")),
		say(chichuan, 4, 8, 43, "elderly", "村里好几个老人中午吃不上热饭，别的村有食堂，我们这里能不能办。", registered(), given(1, "村委会", 15),
			cannot(14, "全村要用餐的老人 14 位，住得散，请人做饭一年要四万多，集体没有这笔收入。先由志愿者给其中 5 位送饭。").as("director"),
			rated(16, concern.Dissatisfied, "送饭的只来了三天，后头就没有了。"), finished(20, "送饭改由邻居结对，每天每户补 6 元，镇民政办出钱，已经送了五天。").as("director")).joined(2),
		say(liushu, 2, 18, 65, "children", "校车不到我们尖山这边，小娃娃要走四里路。", registered(), handedUp(2, "校车线路由教育局定。"),
			toCounty(4, "线路审批在县教育局。"), given(6, "县教育局", 20).inCounty(),
			office(18, "not_ours", fields{"reason": "教育局答复：该线路坡陡弯急，不符合校车通行条件，改为发给交通补助。", "where": "县教育局基础教育股"}).inCounty()).joined(2),
		say(xiaodao, 3, 30, 28, "papers", "开一个收入证明，村里不给开，银行又非要。", registered(),
			notOurs("收入证明不在村里能开的清单里，村里也不知道各家收入。", "银行应该看流水和合同；仍要村里开的，可以向县里的证明投诉电话反映")),
		say(yuqian, 1, 7, 25, "welfare", "隔壁住砖房的吃低保，真正困难的没有吃上，是怎么评的。", registered(),
			notOurs("低保由镇政府审核确认，村里只协助调查，不能决定。", "镇民政办；也可以申请对他的家庭情况重新核查")).seen(concern.Private),
		say(chanlong, 3, 31, 21, "insurance", "养老金认证手机上老是人脸不过，老人自己不会弄。", registered(),
			onTheSpot(1, "代办员上门做了认证，三天内恢复发放。"), pleased(3)).forKin(),
		say(haitang, 5, 4, 5, "children", "暑假河边没有人看娃娃，去年隔壁村淹了一个，能不能安排人巡一下。", registered(), given(1, "村委会副主任", 20)).joined(4),
		say(shengou, 4, 8, 35, "papers", "户口迁过来的手续，派出所说要村里盖章，村里说不用，到底听哪个的？", registered(), given(1, "文书", 0), withdrawn(3)),
	}
}

// onNeighbours lists what is said of houses, quarrels, customs and danger.
func onNeighbours() []saying {
	return []saying{
		say(Village, 6, 13, 20, "neighbours", "两家为院坝边的一棵柿子树吵了半年，请村里来说个公道。", registered(),
			sentOn(2, "to_mediation", "两家都同意请人民调解员来调。", "")),
		say(Village, 1, 42, 30, "house", "修厕所要不要先批？邻居修了没人说，我们动土就有人来量。", registered(),
			onTheSpot(2, "在自家宅基地范围内改建厕所不用批，超出的要先申请；邻居家超出的部分镇上已经去量了。"), rated(3, concern.Basic, "")),
		say(chayuan, 4, 2, 46, "house", "老屋基想重修，报上去三个月没有回音，问了都说在走程序。", registered(), handedUp(1, "宅基地审批在镇里。"),
			given(2, "镇自然资源所", 20).inTown(), finished(15, "图件补齐了，已经批下来，证在镇便民大厅可以领。").inTown(), pleased(17)).seen(concern.Private),
		say(xiaodao, 6, 35, 42, "danger", "屋后头的坡裂了一条缝，下雨不敢睡觉。", registered(), handedUp(1, "要请地质队来看。"),
			given(2, "镇应急办和县地质队", 10).inTown(), meanwhile(3, "当天已经把两户老人接到村委会住，装了裂缝计。").inTown(),
			finished(11, "地质队看过：坡体稳定，裂缝是表土。已经封填夯实，挖了截水沟，雨季每天有人看。").inTown().shown("bank"), pleased(12)).
			shot("wall").joined(1),
		say(chanlong, 1, 13, 78, "customs", "办丧事放高音喇叭放到半夜两三点，旁边住户睡不成。", registered(), given(1, "红白理事会", 7),
			finished(5, "红白理事会上门说了，晚上十点以后不放，写进了村规民约。"), rated(6, concern.Dissatisfied, "上周又放了一夜。"),
			finished(11, "又上门说了一次，音响由理事会保管，办事用多少借多少。").as("director"), rated(12, concern.Dissatisfied, "规矩有了，没有人敢去收音响。")),
		say(yuqian, 4, 3, 60, "danger", "菌棚的电线乱拉，棚里又堆柴火，真要着火一下就完。", registered(), given(1, "合作社和治保主任", 15),
			finished(14, "电线全部穿管，柴火搬出棚外三十米，配了六个灭火器。"), pleased(16)).shot("wires"),
		say(shengou, 1, 2, 73, "other", "村里广播早上六点就放，夜班回来的睡不着，能不能晚一点。", registered(),
			onTheSpot(1, "改成早上七点半开始，周末不放。"), pleased(2), asked4(29, concern.AgainSolved, "改了就没再早过。")),
		say(chichuan, 1, 6, 6, "neighbours", "上头的水沟往我屋头流，叫他家改道不肯，请来看一下。", registered(), given(1, "调解主任", 0)).shot("leak"),
	}
}

// onElsewhere lists what villages cannot settle by themselves: what went on to
// other ways, what is late, what is nobody's of this level.
func onElsewhere() []saying {
	return []saying{
		say(Village, 2, 32, 24, "other", "老学校两间空教室，我们想用来放学看书，合作社也想要，到底怎么定。", registered(),
			sentOn(1, "to_consultation", "正在协商这两间教室怎么用，请到协商里说。", "原大田村小学空着的两间教室做什么用")).joined(2),
		say(Village, 0, 26, 40, "other", "村口那块坝子能不能修个停车场，逢场天停得满路都是。", registered(),
			sentOn(2, "to_resolution", "要动集体的地和钱，交村民代表会议定。", "")).joined(3),
		// The village did not do it in time: by itself it went to the township, which sent it on to the county.
		say(Village, 6, 6, 36, "land", "高速路占了地，青苗费只付了一半，说剩下的等决算，等了一年。", registered(),
			given(1, "村委会主任", 7), toCounty(9, "青苗补偿由县征地办管，镇上没有这笔钱。"), given(11, "县征地服务中心", 0).inCounty(),
			meanwhile(17, "决算还在审，等审计局的意见。").inCounty()).joined(4),
		say(liushu, 4, 28, 33, "danger", "老公路上的危桥限重牌倒了两年，大货车照样过。", registered(), given(1, "村委会副主任", 7),
			toCounty(10, "这座桥是县道，县交通局管。"), given(12, "县公路养护段", 0).inCounty()).joined(2).shot("rail"),
		say(xiaodao, 0, 14, 17, "signal", "宽带拉不进来，几家公司都说等，我们在家上网课的娃娃没办法。", registered(), given(1, "文书", 7),
			toCounty(10, "要三家运营商一起来看，请县里协调。")).joined(2),
		say(Village, 4, 24, 10, "road", "四组去镇上的路口缺一块反光镜，转弯看不到来车。", registered(), given(1, "村委会副主任", 7)).joined(1).shot("weeds"),
		say(chanlong, 3, 6, 10, "rubbish", "沟里有人倒建筑垃圾，已经堵了一半水沟。", registered(), given(1, "三组组长", 7)).shot("rubbish"),
		say(chayuan, 1, 5, 31, "danger", "茶园步道护栏松了两根，下面就是坎。", registered(), given(1, "茶叶合作社", 0),
			finished(5, "两根都重新浇了底脚。").shown("tea"), pleased(6), asked4(29, concern.AgainNot, "又松了一根，是原来那根旁边的。"),
			finished(30, "整段 60 米护栏都检查了一遍，松的三根全部重浇。").shown("tea")).shot("rail"),
		say(yuqian, 5, 8, 4, "farming", "羊肚菌菌种今年统一买还是自己买？统一买便宜不便宜？", registered(), given(1, "农技员", 0), askedBack(2, "请问你是问明年春天这一季，还是今年秋天这一季。")),
		say(haitang, 3, 8, 14, "irrigation", "海棠溪清淤的土倒在岸边没有拉走，雨一来又冲回去了。", registered(), given(1, "清淤施工方", 0),
			askedBack(5, "请指一下是哪一段岸边，我们好叫施工方对着拉。")).shot("mud"),
		say(shengou, 2, 6, 21, "power", "抽水的电费一直是一个组在交，该几个组摊。", registered(), given(1, "文书", 14), askedBack(9, "请把交费的条子给我们看一下，好算几个组怎么摊。")),
		say(yueba, 2, 6, 19, "other", "民宿夜里放音乐放到十二点，能不能管一下。", registered(),
			notOurs("社会噪声由公安机关管，村里没有处罚权。", "白朝派出所；晚上可以直接打报警电话"), rated(4, concern.Dissatisfied, "就不能先去说一声？"),
			finished(8, "村里和民宿都说好了，晚上十点半停，房客也发了提示。")).joined(1),
	}
}
