package demo

// saltMerits are those of 盐井村.
func saltMerits() []merit {
	const v = Village
	return []merit{
		did(v, 372, 1, 4, clauseNeighbours, "full", 9, "邻居在外做工，连着两个月帮着喂鸡、看屋、收核桃。"),
		did(v, 341, 3, 9, clauseService, "masked", 14, "大雨后带着铁锹清了三组上院到公路的水沟，半天没有歇。"),
		did(v, 309, 2, 12, clauseHonesty, "full", 21, "在场镇捡到装着两千多元的布包，守了一个钟头等到失主。"),
		did(v, 240, 4, 20, clauseFeasts, "masked", 11, "办寿酒只请至亲八桌，没有收礼，也没有放炮。"),
		did(v, 209, 6, 23, clauseSpecial, "full", 17, "看到有人要锯古盐井边的老核桃树，上前劝住并报给了组长。"),
		did(v, 181, 1, 26, clauseTidy, "none", 3, "把房前堆了多年的砖头柴草理顺，又帮隔壁两家一起清干净。"),
		did(v, 154, 2, 30, clauseService, "full", 23, "修堰渠那半个月，出了十一个工，没有要误工补贴。"),
		did(v, 99, 5, 36, clauseNeighbours, "none", 8, "三轮车白天停在路口，谁要拉肥料拉核桃，说一声就帮着跑一趟。"),
		did(v, 74, 4, 7, clauseHonesty, "full", 19, "收核桃时多算了四十斤的钱，连夜给收购的人退了回去。").pictured("orchard"),
		did(v, 51, 6, 15, clauseService, "masked", 19, "下暴雨的晚上打着电筒，挨家喊醒河边六户搬到高处。"),
		did(v, 33, 2, 21, clauseFeasts, "full", 12, "搬新家没有办酒，请邻居喝了一顿茶，省下的钱给院坝安了两盏灯。").pictured("lamp").takenBack(12),
		did(v, 24, 1, 28, clauseElders, "full", 26, "陪独居老人去县城看眼睛，来回三趟，车费自己出的。").pictured("road").doubted("听说车费是社区报销的，请查一下再上榜。", "问过本人和老人，车票都是自己买的，没有报销。"),
		did(v, 12, 3, 35, clauseTidy, "none", 4, "轮到守水池的那个月，天天去看一眼，过滤网洗了四次。"),
		did(v, -3, 5, 11, clauseNewGood, "full", 0, "把自己订的三年农技杂志理好，送到农家书屋给大家借。").ended(leftInNotice),
		did(v, -5, 4, 18, clauseNeighbours, "", 0, "自己的打谷机借给组里七户人用，坏了自己修。").ended(leftAsked),
		did(v, -13, 6, 24, clauseService, "", 0, "收完核桃以后，把大田坝的机耕道垫平了三十多米。").ended(leftEvaluating),
		did(v, -15, 2, 38, clauseHonesty, "", 0, "赶场捡到一部手机，托人送到了派出所。").ended(leftNominated),
	}
}

// teaMerits are those of 柳树村.
func teaMerits() []merit {
	const v = liushu
	return []merit{
		did(v, 356, 1, 5, clauseSpecial, "full", 7, "每次打药前骑车到两里外告诉养蜂的，三年没有伤过一箱蜂。"),
		did(v, 287, 3, 13, clauseService, "full", 13, "护林的路被雪压断的竹子挡住，一个人砍了一个上午清开。"),
		did(v, 251, 4, 17, clauseFeasts, "none", 4, "家里办喜事用的是理事会的桌凳，十桌办完，没有发烟。"),
		did(v, 214, 2, 20, clauseTidy, "full", 9, "把茶叶加工房后面的旧农膜捡了四大袋，送到回收点。"),
		did(v, 176, 1, 24, clauseNewGood, "full", 16, "采茶最忙的一个星期，先帮人手少的两家采完再采自己的。"),
		did(v, 84, 4, 31, clauseElders, "none", 6, "每逢赶场，把组里四位老人要买的东西一起捎回来。"),
		did(v, 57, 2, 34, clauseNewGood, "full", 15, "把自家的烘干机让给邻居先用，自己的等到半夜才烘。").pictured("tea"),
		did(v, 29, 1, 8, clauseService, "masked", 15, "主动当了义务巡水员，四处接头一处一处看过。"),
		did(v, 9, 3, 15, clauseNeighbours, "full", 9, "帮邻居抢收一亩多茶青，赶在下雨前送到了加工房。"),
		did(v, 66, 4, 36, clauseTidy, "", 0, "平时爱打扫，院子里外都干净。").ended(leftRefused),
	}
}

// riceMerits are those of 小稻村.
func riceMerits() []merit {
	const v = xiaodao
	return []merit{
		did(v, 348, 2, 4, clauseSpecial, "masked", 8, "自己的收割机先帮四户劳力少的收完，才收自己的田。"),
		did(v, 281, 1, 12, clauseHonesty, "full", 5, "买种子时店里多给了一袋，走了三里路送回去。"),
		did(v, 247, 4, 16, clauseFeasts, "none", 7, "两家合在一起办喜事，只办了九桌，省下的桌凳工钱捐给了书屋。"),
		did(v, 208, 2, 19, clauseElders, "masked", 12, "每天给两位独居老人送一次热饭，下雨也没有断。"),
		did(v, 169, 3, 22, clauseNewGood, "full", 18, "放水的日子守到半夜，让下游的田先灌满。"),
		did(v, 116, 1, 25, clauseNeighbours, "none", 2, "帮着照看出门做工的邻居家的秧田，一天看两次水。"),
		did(v, 79, 4, 29, clauseTidy, "masked", 9, "把菜市场边上堆的烂菜叶，每天收摊后扫干净。"),
		did(v, 46, 2, 33, clauseService, "full", 18, "晒坝的旧路灯坏了，自己带着工具一盏一盏换好。").pictured("lamp"),
		did(v, 18, 3, 37, clauseNewGood, "full", 6, "组里清渠缺人，一个人出了三天工，没有记账。"),
		did(v, -4, 1, 14, clauseHonesty, "masked", 0, "租田时少丈了两分，主动找主人家补上了租金。").ended(leftInNotice),
	}
}

// orchardMerits are those of 缠龙村.
func orchardMerits() []merit {
	const v = chanlong
	return []merit{
		did(v, 365, 1, 5, clauseSpecial, "full", 15, "游客多付了一百二十元，追到停车场退了回去。"),
		did(v, 294, 3, 11, clauseService, "none", 4, "路边的排水沟每个月清一次，从来没有人安排过。"),
		did(v, 259, 4, 14, clauseTidy, "full", 10, "轮到守垃圾桶那一周，把桶边冲洗了三遍。"),
		did(v, 218, 1, 18, clauseElders, "masked", 10, "每天傍晚到隔壁老人门口望一眼，灯不亮就敲门。"),
		did(v, 163, 2, 21, clauseNewGood, "full", 13, "周末当了六次停车场志愿者，晒脱了一层皮。"),
		did(v, 108, 3, 24, clauseFeasts, "none", 3, "丧事三天办完，没有请乐队，剩菜都打包分了。"),
		did(v, 69, 4, 28, clauseHonesty, "full", 13, "分拣时把磕了皮的柑橘都挑出来，一个也没有混进礼盒。").pictured("orchard"),
		did(v, 41, 1, 31, clauseService, "masked", 8, "缠龙溪涨水前，把两处漂来的树枝捞上来，免得堵桥洞。"),
		did(v, 15, 2, 35, clauseNewGood, "full", 8, "主动给游客指路、发垃圾袋，连着做了二十天。"),
		did(v, 59, 3, 38, clauseNeighbours, "", 0, "帮邻居搬果筐扭了腰，还笑着说不要紧。").ended(leftDeclined),
	}
}
