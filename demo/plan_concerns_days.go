package demo

import (
	"cunwu/service/account"
	"cunwu/service/concern"
)

// talkDay gives the last day for talk at least so many days ago: the 10th and
// the 25th, as most villages hold it.
func (s span) talkDay(least int) int {
	for ago := least; ; ago++ {
		if d := s.today.AddDate(0, 0, -ago).Day(); d == 10 || d == 25 {
			return ago
		}
	}
}

// onTalkDays lists what was said aloud, or entered for people who came or phoned.
func (s span) onTalkDays() []saying {
	last := s.talkDay(6)
	before := s.talkDay(last + 1)
	return []saying{
		say(Village, 4, 4, last, "road", "四组到一组的近路被塌方的土埋了，走亲戚要绕两里路。", registered(), given(1, "四组组长", 28)).shot("mud").aloud(),
		say(Village, 5, 12, last, "farming", "今年核桃收购价早点公布，我们好安排请人打核桃。", registered(),
			onTheSpot(1, "合作社当场答应：开秤前十天公布收购价，贴在各组晒坝。").as("director"), pleased(3)).joined(2).aloud(),
		say(Village, 3, 15, before, "elderly", "村里的健身器材坏了两件，老人踩空容易摔。", registered(), given(1, "村委会副主任", 10),
			finished(5, "两件坏的已经拆走，新的一件装好了。").as("director").shown("square"), pleased(6)).aloud(),
		say(Village, 2, 21, before, "power", "晒坝边的路灯正对着我家窗子，亮一晚上睡不着。", registered(), given(1, "村电工", 0),
			finished(2, "灯头转了个方向，加了挡光板。").shown("lamp"), pleased(3)).shot("darklamp").aloud(),
		say(Village, 3, 0, 34, "welfare", "老人来说：高龄补贴两个月没有到账，卡是新换的。", registered(),
			onTheSpot(1, "卡号没有换过来，已经报镇民政办改了，下月一起补发。").as("director"), pleased(4)).
			entered(concern.InPerson, concern.Behalf{Resident: "villager-24"}),
		say(Village, 6, 0, 22, "water", "在外打工的来电话说：老屋的水管冻裂了，水往邻居院坝里流。", registered(), given(1, "六组管水员", 0),
			finished(2, "进户阀门已经关了，管子接好了。"), // the raiser has no account: somebody else calls
			office(4, "called_back", fields{"rating": "satisfied", "text": "说邻居已经拍照给他看了。"}).as(string(account.Supervisor))).
			entered(concern.ByPhone, concern.Behalf{Name: "何远成", Contact: "16009990012"}),
		say(liushu, 2, 0, 28, "road", "路过的货车司机来说：二组急弯的水沟盖板翘起来了，车轮陷进去过。", registered(), given(1, "村道养护员", 0),
			finished(3, "盖板换了两块，边上抹了水泥。"), office(5, "called_back", fields{"rating": "basic", "text": "说还差一块反光牌。"}).as(string(account.Supervisor))).
			entered(concern.InPerson, concern.Behalf{Name: "孙学明", Contact: "16009990034"}).shot("pothole"),
		say(xiaodao, 3, 0, 12, "rubbish", "有人在河边烧塑料，烟子呛得很，来说的人不愿意留名字。", registered(), given(1, "三组组长", 0)).
			entered(concern.InPerson, concern.Behalf{Anonymous: true}),
	}
}

// notPublic lists what the raisers show to nobody but those who handle it, and
// what goes to the county alone.
func notPublic() []saying {
	private := []saying{
		say(Village, 2, 31, 26, "welfare", "我老汉儿住院花了四万多，医保报了还剩一万八，想问还有没有别的救助。", registered(), given(1, "文书", 10),
			finished(9, "帮着报了大病保险和临时救助，镇民政办已经受理。"), pleased(11)),
		say(Village, 5, 35, 9, "neighbours", "儿媳妇动手打人，我们两个老的不敢出门，请悄悄来看一下。", registered(), given(1, "妇女主任和调解主任", 0),
			meanwhile(2, "当天已经上门，妇联同志一起去的，暂时安顿好了。")),
		say(chanlong, 2, 22, 32, "house", "我家批的宅基地，隔壁说占了他家的路，天天来闹，请村里不要公开。", registered(),
			sentOn(2, "to_mediation", "两家都愿意坐下来谈，请调解委员会来调。", "")),
		say(haitang, 3, 2, 15, "elderly", "母亲瘫在床上三年了，想申请护理补贴，不晓得找谁。", registered(),
			onTheSpot(1, "残疾人两项补贴的表已经送到家里，评残的医生下周三来。"), pleased(3)),
	}
	for i := range private {
		private[i].see = concern.Private
	}
	discipline := string(account.Discipline)
	return append(
		private,
		say(Village, 0, 28, 47, "other", "修水渠的时候，工地上的沙石有一车拉到了村干部自家院坝里，好几个人看到的。",
			office(2, "accept", nil).as(discipline),
			office(35, "answer", fields{"result": "已经核实：确有一车沙石由施工方送给当事人铺院坝，已按市场价退还，给予批评教育，并在村里通报施工方。"}).as(discipline),
			pleased(37)).seen(concern.Sealed),
		say(chichuan, 0, 5, 6, "other", "低保评议那天，评议会的人是谁家亲戚都坐在一起，没有回避。", office(1, "accept", nil).as(discipline)).seen(concern.Sealed),
	)
}

// doubted lists what the platform or a person doubts.
func doubted() []saying {
	return []saying{
		say(Village, 4, 37, 17, "customs", "收水费的是个骗子，多收了我家二十块，大家都不要交。", registered(), given(1, "三组管水员", 10),
			finished(6, "多收的二十块是抄表抄错了一位数，已经当面退了，从这个月起抄表拍照。")), // waits for a moderator
		say(Village, 1, 39, 24, "money", "黑心商家卖的化肥没有效果，合作社统一买的，能不能退？", office(1, "show", fields{"reason": "说的是化肥的质量，没有点名骂人。"}).as(string(account.Supervisor)),
			registered(), given(1, "合作社", 14), finished(10, "厂家来取了样，同批次的都退款，已经退了 31 户。"), pleased(11)),
		say(Village, 2, 5, 13, "neighbours", "二组开小卖部那家专门卖过期的东西，全家都不是好人。",
			office(1, "hide", fields{"kind": "insult", "reason": "骂到人家全家，请改成说哪样东西过期。"}).as(string(account.Supervisor)),
			registered(), notOurs("卖过期食品由市场监管部门查处。", "镇市场监管所；买到过期东西的请留下包装和小票")),
		say(liushu, 1, 26, 7, "other", "电线杆上的广告扫了码要先交钱，怀疑是假的，大家小心，我的电话 16001230067。", registered(),
			onTheSpot(1, "已经报给派出所，广告撕了，广播里提醒了三天。")),
	}
}
