package demo

func largeWangcang() []profile {
	return []profile{{
		code: "510821102200", name: "盐井村", township: "木门镇", county: "旺苍县", large: true,
		groups: 6, households: 612, people: 2087, crop: "核桃", cropMu: 1860, stream: "盐井沟", former: "原大田村",
		lamps: 96, cleaners: 4, share: 60, costs: 100, opening: yuan(86420) + 35,
		contracts: []contract{
			{no: "合-01", what: "原大田村小学校舍", amount: "420平方米", tenant: "旺苍县山核源农产品专业合作社", use: "核桃初加工", yearly: 24000, months: []int{3, 9}},
			{no: "合-02", what: "村集体鱼塘", amount: "18亩", tenant: "本村村民张*", use: "生态养鱼", yearly: 16800, before: 12600, months: []int{4}, relet: true},
			{no: "合-03", what: "集体荒坡地", amount: "260亩", tenant: "木门镇青峰林果家庭农场", use: "种植脆李", yearly: 20800, months: []int{6, 12}},
		},
		seasons: []season{
			{[]int{10, 11}, "核桃代收代烘服务收入", "服务收入", 9800, 16500},
			{[]int{2, 5, 8, 11}, "光伏电站上网电费", "经营收入", 5200, 8900},
			{[]int{1}, "核桃合作社入股分红", "投资收益", 21000, 28000},
		},
		projects: []project{
			{name: "二组至四组产业路硬化", why: "这条路是运核桃的主要通道，下雨天泥深，三轮车上不去，去年有40多户的核桃靠背篼背下山。", scope: "硬化路面1.6公里，宽3.5米、厚18厘米，修错车道6处、涵管9道", budget: 528000, source: "财政衔接推进乡村振兴补助资金", builder: "广元市恒坦道路工程有限公司", upkeep: "村护路队每月巡查一次，由二组、四组组长具体负责", parts: roadParts, scene: "road", begin: 1, work: 78},
			{name: "盐井沟堰渠整治", why: "堰渠是上世纪修的，有7处漏水垮塌，下游五组、六组300多亩田春灌时放不到水。", scope: "整治堰渠2.3公里，其中重砌630米，清淤全线，新装分水闸11座", budget: 386000, source: "小型农田水利设施维修养护资金", builder: "旺苍县润田水利工程有限公司", upkeep: "五组、六组各落实一名管水员，工资从集体收入开支", parts: waterParts, scene: "canal", begin: 5, work: 64},
		},
		talks: []talk{
			{title: "核桃加工房晚上噪音和污水怎么办", origin: "村民说事", form: "现场协商会", points: []string{"住在附近的11户反映晚上10点后机器还在响，洗核桃的黑水流到田边", "合作社提出收购旺季只有40天，希望给一点时间", "村民代表建议错开时间、修沉淀池"}, result: "每天晚上9点后停机；合作社出钱修三级沉淀池一座，验收前不洗核桃；村里派人每周看一次", doer: "村委会副主任和合作社负责人", begin: 2},
			{title: "村里坝坝舞场地和时间", origin: "村民代表提出", form: "院坝会", points: []string{"跳舞的群众希望有灯有音响", "有娃娃中考高考的家庭希望早点结束", "大家都同意不占公路"}, result: "场地定在便民服务中心院坝，每天不晚于8点半结束，音响由专人管，考试前一个月停跳", doer: "妇女小组长", begin: 6},
		},
	}, {
		code: "510821102202", name: "柳树村", township: "木门镇", county: "旺苍县", large: true,
		groups: 5, households: 498, people: 1712, crop: "茶叶", cropMu: 1420, stream: "柳树堰", former: "原尖山村",
		lamps: 72, cleaners: 3, share: 90, costs: 100, opening: yuan(62180) + 70,
		contracts: []contract{
			{no: "合-01", what: "村集体茶园", amount: "180亩", tenant: "旺苍县翠峰茶业有限公司", use: "黄茶种植", yearly: 36000, months: []int{1, 7}},
			{no: "合-02", what: "柳树堰塘", amount: "26亩", tenant: "木门镇清水塘家庭农场", use: "养鱼，保证灌溉", yearly: 15600, before: 11000, months: []int{5}, relet: true},
			{no: "合-03", what: "原尖山村办公室", amount: "210平方米", tenant: "柳树村茶叶加工坊", use: "茶叶加工", yearly: 9600, months: []int{2, 8}},
		},
		seasons: []season{
			{[]int{4, 5}, "春茶鲜叶收购服务费", "服务收入", 12600, 19800},
			{[]int{3, 6, 9, 12}, "光伏电站上网电费", "经营收入", 4100, 7300},
			{[]int{10}, "稻谷烘干服务收入", "服务收入", 6800, 9900},
		},
		projects: []project{
			{name: "村内主路安装太阳能路灯", why: "主路上没有灯，老人和上学的娃娃早晚看不清路，去年冬天有3位老人摔倒。", scope: "安装6米高太阳能路灯82盏，沿主路每隔40米左右一盏", budget: 196800, source: "一事一议财政奖补资金", builder: "广元市明川照明工程有限公司", upkeep: "三年内由施工方免费换件，三年后由村集体负责", parts: lampParts, scene: "lamp", begin: 0, work: 32},
			{name: "三组人饮蓄水池和管网改造", why: "三组86户吃的是山泉水，天旱时要隔天供水，老管子年年冻裂。", scope: "新建50立方米蓄水池1口，铺设管道4.2公里，安装水表86块", budget: 294000, source: "农村饮水安全巩固提升资金", builder: "旺苍县泽民管道安装有限公司", upkeep: "三组用水户协会管理，每吨水收1.5元作为维修费，账目每季公开", parts: waterParts, scene: "tank", begin: 4, work: 56},
		},
		talks: []talk{
			{title: "采茶旺季请外地工人住哪里", origin: "茶企提出", form: "协商议事会", points: []string{"每年清明前后要来200多名采茶工，过去散住在农户家", "村民担心用火用电不安全", "企业愿意付住宿费"}, result: "原尖山村小学腾出8间作集中住宿点，企业装烟感和灭火器、付水电费，村里每晚查一次", doer: "村委会和茶企", begin: 1},
			{title: "柳树堰放水先后顺序", origin: "村民说事", form: "田间协商", points: []string{"上下游为先放水争过两次", "老年人讲过去是从下游往上游放", "管水员提出按田块面积排时间"}, result: "从下游一组开始，按面积排班放水，排班表贴在堰口和群里，管水员签字交接", doer: "管水员和各组组长", begin: 5},
		},
	}}
}

func smallWangcang() []profile {
	return []profile{{
		code: "510821102205", name: "茶元村", township: "木门镇", county: "旺苍县",
		groups: 4, households: 386, people: 1290, crop: "黄茶", cropMu: 2100, stream: "茶溪沟", former: "原双河村",
		lamps: 48, cleaners: 2, share: 20, costs: 72, opening: yuan(41260) + 18,
		contracts: []contract{{no: "合-01", what: "茶叶加工厂房", amount: "680平方米", tenant: "旺苍县茶元春茶业专业合作社", use: "黄茶加工", yearly: 42000, months: []int{3, 9}}},
		seasons:   []season{{[]int{5, 6}, "茶旅接待服务收入", "服务收入", 5600, 9200}},
		projects:  []project{{name: "茶园采摘步道和灌溉管网", why: "茶园坡陡，雨后湿滑，天旱时要靠人挑水。", scope: "修步道1.9公里、宽1.2米，铺设灌溉管道3.4公里", budget: 318000, source: "茶产业发展专项资金", builder: "旺苍县绿野园林工程有限公司", upkeep: "茶叶合作社负责日常维护，村里每季检查", parts: waterParts, scene: "tea", begin: 4, work: 70}},
		talks:     []talk{{title: "游客停车占了村道怎么办", origin: "村民说事", form: "院坝会", points: []string{"采茶节那几天村道两边停满车，救护车进不来", "有村民愿意把晒坝拿出来停车"}, result: "节假日在两个晒坝设临时停车点，村道一侧禁停，安排志愿者引导", doer: "治保主任", begin: 6}},
	}, {
		code: "510821101222", name: "榆钱村", township: "嘉川镇", county: "旺苍县",
		groups: 5, households: 455, people: 1530, crop: "羊肚菌", cropMu: 380, stream: "榆钱河", former: "原石梁村",
		lamps: 60, cleaners: 2, share: 20, costs: 70, opening: yuan(52300) + 64,
		contracts: []contract{{no: "合-01", what: "食用菌大棚", amount: "46个", tenant: "旺苍县榆香菌业专业合作社", use: "羊肚菌种植", yearly: 36800, months: []int{4, 10}}},
		seasons:   []season{{[]int{3, 4}, "羊肚菌烘干服务收入", "服务收入", 7200, 11800}},
		projects:  []project{{name: "榆钱河漫水桥加固", why: "涨水时漫水桥不能走，河对面两个组120多户出行不便。", scope: "加固桥墩4个，抬高桥面60厘米，两侧装护栏48米", budget: 268000, source: "农村公路危桥改造补助资金", builder: "广元市固达桥梁工程有限公司", upkeep: "村护路员每周巡查，涨水时拉警戒线", parts: roadParts, scene: "bridge", begin: 3, work: 66}},
		talks:     []talk{{title: "丧事大操大办怎么刹住", origin: "红白理事会提出", form: "村民代表协商会", points: []string{"有的人家办丧事摆五六十桌，左邻右舍随礼吃力", "老人担心办简单了没面子"}, result: "写进村规民约：丧事不超过15桌、不超过两天，由红白理事会帮着办，不放高音喇叭", doer: "红白理事会", begin: 5}},
	}, {
		code: "510821107225", name: "池川村", township: "普济镇", county: "旺苍县",
		groups: 4, households: 342, people: 1166, crop: "稻鱼", cropMu: 640, stream: "池川河", former: "原龙塘村",
		lamps: 44, cleaners: 2, share: 20, costs: 42, opening: yuan(33870) + 92,
		contracts: []contract{{no: "合-01", what: "龙塘水库养鱼水面", amount: "52亩", tenant: "普济镇龙塘生态渔业家庭农场", use: "不投肥养鱼", yearly: 31200, before: 23400, months: []int{3}, relet: true}},
		seasons:   []season{{[]int{9, 10}, "稻鱼米加工服务收入", "服务收入", 6400, 9800}},
		projects:  []project{{name: "龙塘山坪塘清淤扩容", why: "塘里淤泥有一米多深，蓄水比原来少了一半。", scope: "清淤8,600立方米，硬化塘埂210米，新装放水闸1座", budget: 232000, source: "高标准农田建设管护资金", builder: "旺苍县润田水利工程有限公司", upkeep: "承包人负责日常清漂，村里每年汛前检查", parts: waterParts, scene: "pond", begin: 5, work: 52}},
		talks:     []talk{{title: "稻田养鱼放水和打药怎么配合", origin: "村民代表提出", form: "田间协商", points: []string{"上面田打药，下面田的鱼遭了殃", "不打药又怕虫"}, result: "统一请植保队用低毒药，打药前一天在群里和广播通知，放水口装拦网", doer: "村农技员", begin: 3}},
	}}
}
