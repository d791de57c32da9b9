package demo

import "cunwu/service/concern"

// onRubbish lists what is said of rubbish, waste water and toilets.
func onRubbish() []saying {
	return []saying{
		say(Village, 4, 7, 80, "rubbish", "四组垃圾桶五天没有人拉了，臭得很，苍蝇满天飞。", registered(), given(1, "保洁员", 0),
			finished(2, "当天拉走，改成隔天一拉，保洁员在桶上签字。").shown("square"), pleased(3), asked4(29, concern.AgainSolved, "一直隔天拉。")).
			at("四组垃圾点").shot("rubbish").joined(4).called("bins4"),
		say(Village, 4, 27, 79, "rubbish", "垃圾堆到路上来了，狗扒得到处都是，请快点拉。", registered(), merged(1, "bins4")),
		say(Village, 1, 16, 39, "rubbish", "加工房洗核桃的黑水又流到田边了，协商的时候不是说好要修沉淀池吗。", registered(),
			given(1, "村委会副主任和合作社", 30), meanwhile(10, "沉淀池已经挖好，在打底板。"),
			finished(28, "三级沉淀池修好，试了两天，出来的水是清的。").shown("canal"), rated(30, concern.Satisfied, "水清了，鸭子又下河了。")).
			at("一组河边田").shot("blackwater").joined(3),
		say(Village, 3, 36, 8, "rubbish", "便民服务中心的厕所没有水冲，老人来办事不方便。", registered(), given(1, "文书", 21),
			meanwhile(4, "水箱已经买回来，等师傅有空来装。")).joined(1),
		say(xiaodao, 2, 9, 68, "rubbish", "有人把菜叶子倒在稻香河里，下游都发臭了。", registered(), given(1, "河道巡查员", 10),
			finished(8, "清了两车菜叶，河边立了牌子，收菜点放了两个大桶。").shown("bank"), pleased(9)).shot("rubbish").joined(2),
		say(xiaodao, 5, 17, 20, "rubbish", "化粪池满了往路上漫，打了电话说过几天来，等了一个星期。", registered(), given(1, "保洁队", 7)).shot("blackwater").joined(2),
		say(chanlong, 1, 8, 13, "rubbish", "桃园里农药瓶子乱甩，哪里可以收？", registered(),
			onTheSpot(2, "收瓶点设在一组晒坝，十个瓶子换一双手套，每月 10 日来拉。").as("director")),
		say(yueba, 3, 4, 44, "rubbish", "周末游客扔的垃圾没有人捡，我们住在湖边的帮忙捡了两年。", registered(), given(1, "村委会", 14),
			finished(12, "湖边设了六个桶，节假日请两个人，钱从停车费里出。").as("director").shown("pond"), pleased(14)).shot("rubbish").joined(2),
		say(chayuan, 2, 6, 11, "rubbish", "新修的公厕门锁着，说是等验收，到底哪天开。", registered(),
			onTheSpot(1, "锁已经打开，管理员是村保洁员，早七点开晚九点关。"), rated(3, concern.Satisfied, "开了。")),
		say(shengou, 3, 5, 17, "rubbish", "收垃圾的车每次只走到桥头，里头五户要自己背出来。", registered(), given(1, "保洁队", 0),
			finished(6, "从这个月起桥里头每周三、周六进一次小三轮。")),
	}
}

// onFields lists what is said of canals, land, farming and animals.
func onFields() []saying {
	return []saying{
		say(Village, 5, 22, 92, "irrigation", "盐井沟堰渠整治以后，五组分水闸关不严，水都往六组跑了。", registered(), given(1, "五组管水员", 0),
			finished(6, "闸板换了橡胶条，请五组、六组的人一起放水试过。").shown("canal"), pleased(7), asked4(30, concern.AgainSolved, "")).
			at("五组分水闸").shot("leak").joined(2),
		say(Village, 6, 34, 27, "irrigation", "六组尾水段堰渠里淤了半尺泥，放水下来一半都漫到路上。", registered(), given(1, "六组组长", 15),
			finished(14, "清淤 320 米，六组自己出了 22 个工，村里付挖机钱。").as("director").shown("canal"),
			rated(15, concern.Basic, "主渠清了，斗渠还要再清一下。")).shot("leak").joined(3),
		say(Village, 2, 38, 23, "farming", "核桃长黑斑，落了一地，农技员什么时候来看一下？", registered(),
			onTheSpot(2, "农技员来看过，是黑斑病，讲了修枝和打药的时间，药方贴在二组晒坝。"), pleased(3)).shot("orchard").joined(4),
		say(Village, 4, 40, 14, "animals", "四组有两条大狗没有拴，娃娃上学不敢过，上周把一个娃娃的裤子咬破了。", registered(), given(1, "治保主任", 0),
			finished(3, "上门说过，两条狗都拴了，主人写了保证。按村规民约，再放出来要上红黑榜。").as("director")).
			at("四组小学路口").shot("dog").joined(3),
		say(Village, 2, 2, 1, "animals", "野猪把坡上的苞谷拱了半亩，哪里报损失？").shot("field"),
		say(liushu, 1, 9, 84, "farming", "茶园打药，我们的蜂死了好多，能不能先说一声再打。", registered(),
			sentOn(3, "to_consultation", "打药和养蜂怎么错开，正在协商，一起谈。", "茶园打药和养蜂怎么错开"),
			finished(30, "协商定了：打药前三天通知，傍晚六点以后打，搬箱的平台由村里出工修。"), pleased(31), asked4(33, concern.AgainPartly, "通知有了，平台还没有修。")).
			joined(3),
		say(liushu, 5, 25, 34, "irrigation", "柳树堰放水的排班表没有人管，轮到我们一组的时候已经没水了。", registered(), given(1, "管水员", 0),
			finished(5, "排班表重新贴了，管水员每天签字拍照发到群里。"), rated(6, concern.Dissatisfied, "签了字，水还是没有按时来。"),
			finished(11, "堰口加了一把锁，两个组各拿一把钥匙，轮到哪组哪组开。").as("director"), rated(12, concern.Dissatisfied, "钥匙在哪个手里还是看人情。")).joined(1),
		say(chichuan, 2, 3, 63, "irrigation", "龙塘山坪塘的放水闸手柄断了，天旱开不开。", registered(), given(1, "承包人和村委会", 10),
			finished(8, "手柄换了新的，闸槽除了锈，放水试过。").shown("pond"), pleased(10)).shot("leak"),
		say(chanlong, 4, 27, 49, "irrigation", "缠龙溪河堤脚被水掏空了一截，再涨一次水就要垮。", registered(), handedUp(1, "河堤是镇里的工程，还在质保期。"),
			given(2, "镇水利站", 25).inTown(), finished(22, "掏空的 9 米已经抛石填混凝土，施工方负责，没有花村里的钱。").inTown().shown("bank"), pleased(24)).
			shot("wall").joined(2),
		say(shengou, 1, 7, 10, "farming", "收花椒的压价，比镇上每斤少一块多，村里能不能联系别的收货人。", registered(), given(1, "合作社", 25)).joined(2),
		say(haitang, 1, 1, 18, "animals", "隔壁组的鸭子天天在我们秧田里，说了几次不听。", registered(), given(1, "一组组长", 0), finished(4, "两边说好：插秧后四十天鸭子关起来，跑出来损了苗照价赔。")),
		say(yueba, 1, 7, 2, "land", "退耕还林的树苗死了一片，验收的时候怎么算？", registered()).shot("field"),
	}
}

// onMoney lists what is said of accounts, works and contracts.
func onMoney() []saying {
	return []saying{
		say(Village, 0, 17, 57, "money", "堰渠整治公开的决算里写了分水闸 11 座，我数来数去只有 9 座，请说清楚。", registered(),
			given(1, "监委会主任和文书", 10), finished(9, "两座在六组尾水段林子里，已经请说事人和两名代表一起去看过，11 座都在，照片补到公开里。").as("director").shown("canal"),
			rated(10, concern.Satisfied, "看到了，是有。")).joined(2),
		say(Village, 0, 23, 31, "money", "老学校租给合作社的租金今年交没有？分红的时候没有看到。", registered(),
			onTheSpot(1, "今年的租金 4 月已经交了，记在 4 月账上，凭证在便民服务中心可以查。"), rated(2, concern.Basic, "查到了，建议以后单列出来。")).joined(2),
		say(Village, 0, 41, 12, "money", "去年修路剩的水泥说是放在仓库，现在一包都没有，去哪了？", registered(), given(1, "监委会主任", 26),
			meanwhile(5, "出库单找到了 2 张，还差 1 张，正在找当时的保管员。")).joined(1),
		say(liushu, 0, 12, 76, "money", "茶园租金十年没有涨过，合同哪年到期，到期是不是要重新开价？", registered(),
			onTheSpot(2, "合同还有两年到期，已经在合同台账里公开。到期前六个月公开报价，价高者得。").as("director"), pleased(3)).joined(3),
		say(xiaodao, 0, 26, 90, "money", "机耕道的钱里有一笔机械费，我们看到的挖机只来了三天，怎么付了八天的钱？", registered(), given(1, "监委会主任", 15),
			finished(13, "查了台班签证：两台挖机各四天，合计八个台班，签证单和照片已经补到公开里。"), rated(14, concern.Satisfied, "清楚了。"), asked4(29, concern.AgainSolved, "")),
		say(chayuan, 0, 3, 36, "money", "步道护栏一户收了四十块，还差多少没有公布。", registered(), given(1, "文书", 7),
			finished(5, "收款明细按组公布在公开栏和网上，收了 14,960 元，差 11 户。"), pleased(6)),
		say(haitang, 0, 7, 51, "money", "停车场收的费用哪里去了，从来没有公布过。", registered(), given(1, "文书", 10), finished(9, "停车费从今年起单列，每季度公布，上个季度收了 3,120 元。")).joined(2),
	}
}
