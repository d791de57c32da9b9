package demo

import "cunwu/service/concern"

// onRoads lists what is said of roads and bridges.
func onRoads() []saying {
	return []saying{
		say(Village, 1, 3, 74, "road", "一组下坡那截水泥路烂了个大坑，摩托车晚上骑过来看不到，上个月已经摔了两个人。", registered(),
			given(1, "村道养护员", 14), meanwhile(6, "沙石和水泥已经拉到路边，等天晴。"),
			finished(12, "破损的三处路面已经挖掉重打，共 21 平方米，养护七天后可以过车。").shown("road"),
			rated(14, concern.Satisfied, "补得平，谢谢。"), asked4(29, concern.AgainSolved, "过了一个月没有再裂。")).
			at("一组核桃加工房下面").shot("pothole").joined(3).called("pothole"),
		say(Village, 1, 11, 72, "road", "加工房下头路上有坑，骑车危险，请派人补一下。", registered(), merged(1, "pothole")),
		say(Village, 4, 18, 66, "road", "四组转弯处的挡土墙裂了一条口子，下雨就往下掉石头，娃娃上学天天从底下过。", registered(),
			given(1, "村委会副主任", 20), finished(15, "裂口已经灌浆，墙脚加砌了 8 米，立了两块警示牌。").shown("road"),
			rated(16, concern.Dissatisfied, "只糊了面子，里头还是空的，一敲就响。"),
			finished(21, "请镇上的技术员来看过，空的一段 3 米已经拆了重砌，墙后铺了碎石排水。").as("director").shown("road"),
			rated(22, concern.Satisfied, "这回是真的弄好了。")).at("四组大转弯").shot("wall").joined(2),
		say(Village, 2, 25, 19, "road", "去老学校的路边长满了草，把路都占了一半，会车只有退。", registered(), given(1, "二组组长", 0),
			finished(5, "二组出了六个工，把 700 米路两边的草割干净了。").shown("road"), rated(6, concern.Basic, "草割了，树枝还有几根没砍。")).
			at("去原大田村小学的路").shot("weeds"),
		say(Village, 5, 9, 12, "road", "五组机耕道被拉石头的大车压烂了，收核桃的三轮车进不去。", registered(),
			given(1, "村委会主任", 28), meanwhile(7, "已经找到拉石头的车主，答应出一半的料钱，等他这趟活干完就动工。")).
			at("五组机耕道口").shot("pothole").joined(4),
		say(liushu, 2, 6, 41, "road", "茶园到公路那段泥巴路，一下雨鲜叶都拉不出来，想问今年还硬化不硬化。", registered(),
			handedUp(2, "硬化要列入镇里的通村路计划，村里没有这笔钱。"),
			given(3, "镇交通办", 30).inTown(), prolonged(26, 10, "勘测已经做完，等县里下达今年的计划。").inTown(),
			meanwhile(34, "已经列入今年第二批计划，长 1.1 公里，正在走招标的手续。").inTown(),
			finished(39, "已经列入今年第二批通组路计划，年底以前开工；开工前由镇上先铺一层碎石。").inTown()).joined(2).shot("mud"),
		say(yuqian, 3, 2, 52, "road", "漫水桥头的护栏被水冲歪了两根，老人过桥没有扶的地方。", registered(), given(1, "村护路员", 0),
			finished(7, "两根护栏已经扶正加固，桥头拉了警戒线。").shown("bridge"), pleased(9), asked4(30, concern.AgainSolved, "")).
			shot("rail").at("榆钱河漫水桥"),
		say(chichuan, 1, 4, 33, "road", "水库边上那段路塌了半边，只剩一个车的宽度，晚上没有灯。", registered(),
			given(1, "村委会主任", 7), given(9, "镇应急办和交通办", 25).inTown(),
			meanwhile(15, "塌方段已经围起来，晚上挂了警示灯，等石料。").inTown(),
			finished(28, "塌方段砌了 14 米挡墙，路面恢复到原来的宽度。").inTown().shown("bank")).shot("wall").joined(2),
		say(xiaodao, 4, 12, 58, "road", "收割机下田的坡道太陡，前年翻过一次，能不能修缓一点。", registered(), given(1, "四组组长", 15),
			finished(13, "两处坡道已经挖缓，铺了碎石，收割机试过可以下。").shown("field"), pleased(15)).shot("mud"),
		say(haitang, 2, 3, 26, "road", "草莓季节外头的车把路口堵死，救护车都进不来。", registered(), given(1, "治保主任", 10),
			finished(9, "路口划了禁停线，周末安排两名志愿者，临时停车到晒坝。").as("director"), pleased(12)).shot("mud"),
		say(yueba, 1, 2, 3, "road", "去湖边的步道木板断了几块，游客踩空过，看哪个管。", registered()).shot("planks"),
	}
}

// onWater lists what is said of drinking water.
func onWater() []saying {
	return []saying{
		say(Village, 3, 5, 88, "water", "三组又停水三天了，蓄水池是满的，水就是下不来，请来看看是不是管子堵了。", registered(),
			given(1, "三组管水员", 0), finished(4, "过滤网被泥沙堵了，已经洗干净，今后每月洗一次，登记在水池门上。").shown("tank"),
			rated(5, concern.Satisfied, "水来了，大。"), asked4(30, concern.AgainSolved, "这个月没有停过水。")).
			at("三组蓄水池").shot("drytank").joined(5).called("water3"),
		say(Village, 3, 14, 87, "water", "我们院子没有水吃，挑水要走半里路。", registered(), merged(1, "water3")),
		say(Village, 3, 29, 45, "water", "三组上院的水有股铁锈味，烧开了还有一层黄的，能不能验一下。", registered(),
			given(1, "村委会副主任", 20), askedBack(3, "请说一下是早上第一道水才有，还是一直有，大概哪几户。"),
			answered(5, "早上头一道水最重，放一阵就好些，上院六七家都有。"),
			meanwhile(9, "水样已经送到县里的检测中心，结果要十天。"),
			finished(19, "检测结果：铁超标，别的合格，是一段老铁管生锈。已经换成塑料管 160 米，复检合格。").shown("tank"), pleased(20)).
			at("三组上院").shot("rusty").joined(4),
		say(Village, 6, 8, 16, "water", "六组有两户的水表走得比别家快，一个月四五十块，怀疑表坏了。", registered(), given(1, "六组管水员", 12),
			askedBack(4, "请把最近三个月的水费条子拍照给我们，好和总表对。")),
		say(liushu, 3, 10, 70, "water", "新管子接通半年了，冬天冻裂过的那几处还在渗水，路面都结冰。", registered(), given(1, "用水户协会", 10),
			finished(9, "四处渗水的接头都换了，埋深加到 60 公分。").shown("tank"),
			rated(10, concern.Dissatisfied, "换了三处，我屋后头那处没有换。"), finished(13, "漏掉的一处也换了，请本人到场看着换的。"), pleased(14)).
			shot("rusty"),
		say(liushu, 3, 21, 24, "water", "天旱的时候隔天供水，能不能把时间固定下来，好做准备。", registered(),
			onTheSpot(1, "从本周起单日供上院、双日供下院，早上六点到九点，已经发到群里并贴在水池门口。"), pleased(2)).joined(4),
		say(chanlong, 2, 5, 61, "water", "新修的蓄水池没有盖子，树叶虫子都往里头掉。", registered(), given(1, "村委会主任", 15),
			finished(11, "加了钢筋混凝土盖板和锁，清洗消毒一次。").shown("tank"), pleased(13), asked4(29, concern.AgainPartly, "盖子好了，围栏还没有。")).
			shot("drytank"),
		say(shengou, 2, 3, 37, "water", "上头养猪场的水流到我们水井边来了，有臭味。", registered(),
			handedUp(1, "要环保的执法权，村里只能劝。"), given(2, "镇生态环保办", 20).inTown(),
			meanwhile(8, "已经取水样，责令养猪场先停止外排。").inTown(),
			finished(21, "养猪场修了三级沉淀池，水样复检合格，镇上每月抽查一次。").inTown(), rated(23, concern.Basic, "现在不臭了，再看一段时间。")).joined(2),
		say(yueba, 2, 5, 9, "water", "村里说装水表要交三百，别的村不收，到底该不该收。", registered(),
			given(1, "文书", 25), meanwhile(3, "正在找当时的协议和收据，核对完公布。")).joined(1),
	}
}

// onLamps lists what is said of electricity, lamps and telephones.
func onLamps() []saying {
	return []saying{
		say(Village, 2, 20, 96, "power", "二组路口的灯不亮半个月了，晚上打工回来一路黑。", registered(), given(1, "村电工", 0),
			finished(3, "换了控制器和一块电池，灯已经亮了。").shown("lamp"), pleased(4), asked4(30, concern.AgainSolved, "")).
			at("二组路口").shot("darklamp").joined(2),
		say(Village, 6, 30, 29, "power", "大田坝路口一盏灯都没有，去年摔了两个人，能不能装几盏。", registered(),
			sentOn(3, "to_consultation", "装灯要花集体的钱，和另外几件事一起商量先办哪两件。", "今年冬天先办哪两件小事")).
			at("大田坝路口").shot("darklamp").joined(4),
		say(Village, 5, 33, 15, "power", "五组的电线搭在核桃树上，刮风就冒火花，怕引起火灾。", registered(),
			handedUp(1, "线路是供电所的，请镇上协调供电所尽快来。"), given(2, "镇供电所", 10).inTown(),
			finished(5, "树枝已经修剪，线路抬高，换了一根电杆。").inTown().shown("lamp")).shot("wires").joined(1),
		say(yuqian, 2, 5, 33, "power", "河边三盏路灯坏了两个多月，协商那边说转到这里来办，请给个准话哪天修。", registered(),
			given(1, "村电工", 0), finished(6, "三盏灯都换了灯头，漫水桥头到大棚一段已经全亮。").shown("lamp"), rated(7, concern.Satisfied, "说六天就六天。")).
			at("漫水桥头到羊肚菌大棚").shot("darklamp").joined(2),
		say(liushu, 1, 15, 47, "power", "采茶的时候变压器老跳闸，鲜叶等着炒，损失算哪个的。", registered(),
			handedUp(1, "变压器容量是供电部门管的。"), toCounty(2, "增容要县供电公司批，镇上已经写了报告。"),
			given(4, "县供电公司", 0).inCounty(), meanwhile(12, "已经列入明年春天以前的增容计划，具体日期还没有定。").inCounty()).joined(5),
		say(chayuan, 3, 4, 22, "signal", "茶溪沟里头三户电话打不通，有急事只有走到公路上去打。", registered(),
			handedUp(1, "要找铁塔公司和三家运营商。"), toCounty(3, "三家运营商的建站计划由县里统筹。")).joined(1),
		say(chanlong, 5, 19, 55, "power", "缠龙溪新装的太阳能灯只亮两个钟头，天一阴就不亮。", registered(), given(1, "施工单位", 20),
			finished(18, "检查了 24 盏，换了 9 块电池，都在质保期内没有花钱。").shown("lamp"), pleased(20)).shot("darklamp"),
		say(haitang, 4, 6, 40, "power", "三相电说了两年没有拉过来，烘干机用不起。", registered(), given(1, "村委会主任", 10),
			cannot(8, "供电部门答复：四组用电负荷不够，要等机站改造。村里没有办法自己拉，明年再申请一次。")),
		say(xiaodao, 1, 22, 2, "power", "菜市场边上的路灯杆子歪了，风大得很，怕倒下来打到人。", registered()).shot("darklamp"),
		say(chichuan, 3, 7, 1, "signal", "手机上看不起视频，一到晚上就卡，是不是基站有问题。"),
	}
}
