package demo

func largeLizhou() []profile {
	return []profile{{
		code: "510802101201", name: "小稻村", township: "大石镇", county: "利州区", large: true,
		groups: 6, households: 705, people: 2318, crop: "蔬菜", cropMu: 1150, stream: "稻香河", former: "原高梁村",
		lamps: 128, cleaners: 5, share: 130, costs: 100, opening: yuan(118760) + 42,
		contracts: []contract{
			{no: "合-01", what: "蔬菜大棚", amount: "62亩", tenant: "广元市利州区稻香蔬菜专业合作社", use: "四季蔬菜种植", yearly: 55800, months: []int{1, 7}},
			{no: "合-02", what: "原高梁村村委会办公楼", amount: "360平方米", tenant: "大石镇稻田里农家乐", use: "餐饮", yearly: 28000, before: 21000, months: []int{5, 11}, relet: true},
			{no: "合-03", what: "村集体冷库", amount: "200吨", tenant: "广元市利州区稻香蔬菜专业合作社", use: "蔬菜预冷", yearly: 24000, months: []int{4, 10}},
		},
		seasons: []season{
			{[]int{9, 10}, "稻谷烘干服务收入", "服务收入", 14200, 21600},
			{[]int{2, 5, 8, 11}, "蔬菜集散点管理服务费", "服务收入", 7600, 11400},
			{[]int{1}, "村集体劳务公司上交收益", "投资收益", 26000, 34000},
		},
		projects: []project{
			{name: "高标准农田机耕道", why: "田块中间没有机耕道，收割机要绕两公里，每亩多花30元。", scope: "修机耕道2.2公里，宽3米，下田坡道34处", budget: 616000, source: "高标准农田建设资金", builder: "广元市恒坦道路工程有限公司", upkeep: "农田管护员每月巡查，损坏由合作社先修后报", parts: roadParts, scene: "field", begin: 2, work: 84},
			{name: "老年活动室和日间照料点改造", why: "村里60岁以上老人有560多位，原来的活动室漏雨，没有厕所扶手。", scope: "翻修房屋240平方米，做防水、无障碍坡道和厕所扶手，添置床位6张", budget: 248000, source: "养老服务体系建设补助资金", builder: "广元市众安建筑工程有限公司", upkeep: "村老年协会管理，每周一至周六开放", parts: houseParts, scene: "house", begin: 5, work: 60},
		},
		talks: []talk{
			{title: "蔬菜烂叶子往哪里倒", origin: "村民说事", form: "院坝会", points: []string{"收菜季节烂菜叶倒在路边沟里，夏天发臭", "合作社说拉到镇上一车要80元", "有养鸡户愿意要一部分"}, result: "设2个固定堆肥点，合作社付看管费，堆好的肥免费给种菜户；乱倒的按村规民约批评并自己清理", doer: "环境卫生小组和合作社", begin: 3},
			{title: "农家乐开在原办公楼，停车和油烟", origin: "村民代表提出", form: "现场协商会", points: []string{"周末车多，挡了附近6户的门", "油烟往住户窗子飘"}, result: "店家装油烟净化器，租用旁边晒坝作停车场，周末自己安排人指挥", doer: "店家和村委会", begin: 7},
		},
	}, {
		code: "510802101203", name: "缠龙村", township: "大石镇", county: "利州区", large: true,
		groups: 5, households: 467, people: 1586, crop: "桃李", cropMu: 1680, stream: "缠龙溪", former: "原牛头村",
		lamps: 84, cleaners: 3, share: 100, costs: 100, opening: yuan(73590) + 28,
		contracts: []contract{
			{no: "合-01", what: "集体果园", amount: "320亩", tenant: "广元市利州区缠龙果业有限公司", use: "桃、李种植和采摘", yearly: 38400, months: []int{2, 8}},
			{no: "合-02", what: "原牛头村小学校舍", amount: "480平方米", tenant: "广元市溪谷里旅游开发有限公司", use: "民宿", yearly: 32000, before: 18000, months: []int{6, 12}, relet: true},
		},
		seasons: []season{
			{[]int{6, 7}, "果品分拣和冷藏服务收入", "服务收入", 13800, 19600},
			{[]int{4, 10}, "景区停车场收入", "经营收入", 6900, 12800},
			{[]int{1}, "民宿按营业额分成", "投资收益", 15000, 22000},
		},
		projects: []project{
			{name: "缠龙溪河堤加固", why: "前年涨水冲垮河堤两处，淹了27亩桃园和5户人家的院坝。", scope: "浆砌河堤412米，清理河道1.1公里，装水位标尺2处", budget: 462000, source: "山洪灾害防治资金", builder: "广元市川河水利建设有限公司", upkeep: "村河长每周巡河，汛期每天巡查", parts: waterParts, scene: "bank", begin: 0, work: 88},
			{name: "果园产业路和轨道运输车", why: "桃李熟了要靠人背，一趟40分钟，运不赢就烂在树上。", scope: "硬化产业路0.9公里，安装轨道运输车2条、共760米", budget: 436000, source: "东西部协作帮扶资金", builder: "广元市恒坦道路工程有限公司", upkeep: "果业公司管轨道车，村里管路，损坏三天内修好", parts: roadParts, scene: "orchard", begin: 4, work: 74},
		},
		talks: []talk{
			{title: "桃花节摊位怎么分", origin: "村民说事", form: "村民议事会", points: []string{"去年摊位先到先得，外村人占了好位置", "困难户希望照顾", "消防通道要留出来"}, result: "60个摊位先保证本村，抽签定位置，困难户可先选；收费每天10元用于卫生清运，账单独公开", doer: "村委会和妇女小组长", begin: 1},
			{title: "果树农药瓶和反光膜回收", origin: "网格员提出", form: "院坝会", points: []string{"果园边上到处是药瓶和反光膜", "农户说没地方交"}, result: "设5个回收点，10个药瓶换一块肥皂，反光膜由果业公司统一拉走", doer: "网格员和果业公司", begin: 6},
		},
	}}
}

func smallLizhou() []profile {
	return []profile{{
		code: "510802102209", name: "深沟村", township: "盘龙镇", county: "利州区",
		groups: 4, households: 318, people: 1044, crop: "花椒", cropMu: 720, stream: "深沟河", former: "原大湾村",
		lamps: 40, cleaners: 2, share: 20, costs: 42, opening: yuan(28640) + 55,
		contracts: []contract{{no: "合-01", what: "花椒烘干房", amount: "150平方米", tenant: "广元市利州区深沟花椒专业合作社", use: "花椒烘干", yearly: 15000, months: []int{6}}},
		seasons:   []season{{[]int{7, 8}, "花椒烘干服务收入", "服务收入", 8600, 13200}},
		projects:  []project{{name: "二组滑坡路段治理", why: "这段路每年雨季都要垮，去年断了9天。", scope: "修挡墙86米，排水沟240米，路面修复320平方米", budget: 198000, source: "农村公路水毁修复资金", builder: "广元市固达桥梁工程有限公司", upkeep: "护路员雨后必查，发现裂缝立即报告", parts: roadParts, scene: "road", begin: 4, work: 45}},
		talks:     []talk{{title: "汛期哪些人先转移、转移到哪里", origin: "防汛工作安排", form: "村民小组会", points: []string{"河边住的14户老人多", "原来定的转移点在小学，晚上没人开门"}, result: "转移点改为村便民服务中心，钥匙由两名干部各拿一把；每户老人定一名帮扶邻居", doer: "各组组长", begin: 2}},
	}, {
		code: "510802103227", name: "海棠溪村", township: "宝轮镇", county: "利州区",
		groups: 5, households: 520, people: 1748, crop: "草莓", cropMu: 460, stream: "海棠溪", former: "原紫林村",
		lamps: 76, cleaners: 3, share: 20, costs: 72, opening: yuan(64910) + 80,
		contracts: []contract{{no: "合-01", what: "草莓采摘大棚", amount: "38亩", tenant: "宝轮镇溪畔草莓家庭农场", use: "草莓采摘", yearly: 45600, months: []int{2, 11}}},
		seasons:   []season{{[]int{2, 3}, "采摘季停车和摊位管理费", "经营收入", 8800, 14600}},
		projects:  []project{{name: "村文化院坝和健身场地", why: "村里没有像样的活动场地，开大会要借学校操场。", scope: "铺设场地860平方米，安装健身器材12件、休息长椅20条", budget: 226000, source: "一事一议财政奖补资金", builder: "广元市众安建筑工程有限公司", upkeep: "村文化队管理，器材每季检查一次", parts: houseParts, scene: "square", begin: 3, work: 48}},
		talks:     []talk{{title: "采摘园旁边的路该不该改单行", origin: "村民说事", form: "协商议事会", points: []string{"周末两头堵，本村人回家要等半小时", "农场担心改了游客找不到"}, result: "周末和节假日白天单行，路口装指示牌，本村车辆不受限", doer: "村委会和农场", begin: 4}},
	}, {
		code: "510802200209", name: "月坝村", township: "白朝乡", county: "利州区",
		groups: 3, households: 246, people: 812, crop: "高山蔬菜", cropMu: 540, stream: "月坝湖", former: "原新坝村",
		lamps: 58, cleaners: 3, share: 60, costs: 90, opening: yuan(58420) + 16,
		contracts: []contract{{no: "合-01", what: "游客服务点和木屋", amount: "9间", tenant: "广元市溪谷里旅游开发有限公司", use: "民宿接待", yearly: 54000, months: []int{1, 7}}},
		seasons:   []season{{[]int{7, 8, 10}, "停车场和观光车分成", "经营收入", 9200, 17800}},
		projects:  []project{{name: "污水管网和小型处理站", why: "民宿多了，污水直接流进湿地，湖水有了味道。", scope: "铺设污水管2.7公里，建日处理60吨的处理站1座，接户108户", budget: 586000, source: "农村人居环境整治资金", builder: "广元市清源环保工程有限公司", upkeep: "委托专业公司运行，每年费用由民宿经营户按床位分担", parts: waterParts, scene: "tank", begin: 2, work: 90}},
		talks:     []talk{{title: "民宿客人晚上放烟花", origin: "网格员提出", form: "经营户协商会", points: []string{"林区边上放烟花危险，老人睡不好", "经营户怕少了客人"}, result: "全村禁放，改在湖边办篝火晚会，由村里统一安排灭火人员，费用经营户分担", doer: "民宿协会", begin: 5}},
	}}
}
