package demo

import (
	"cunwu/service/covenant"
	"cunwu/service/region"
)

// custom is one text of a village over its versions.
type custom struct {
	village  region.Code
	kind     covenant.Kind
	versions []edition
}

// edition is one version and when it came into force; force is negative for one
// on which opinions are collected still, so many days after it was begun.
type edition struct {
	force    int // days before the first start
	notice   string
	check    string // what the township says of it
	review   string
	rewrite  func(before []covenant.Clause) []covenant.Clause // given with the codes of before
	away     int                                              // households that did not vote
	against  int                                              // of twenty that did, how many said no
	women    int
	opinions []opinionOn
}

// opinionOn is what a villager says of a draft, and what was answered.
type opinionOn struct {
	by      int // of the plain villagers
	ago     int
	stance  covenant.Stance
	clause  string
	text    string
	answer  string // "" while none is given
	adopted bool
}

// Days between the steps of a revision and the day on which it comes into force.
const (
	daysStarted   = 48
	daysDrafted   = 31
	daysChecked   = 29
	daysReviewed  = 26
	daysSubmitted = 24
	daysOpened    = 22
	daysClosed    = 21
	daysRecorded  = 20
	daysFiled     = 17
	daysPublished = 15
)

// customs lists charters and covenants of the sample.
func customs() []custom {
	return []custom{
		{village: Village, kind: covenant.Charter, versions: []edition{founded(428, charterOf("盐井沟")).voted(3, 1, 10)}},
		{village: Village, kind: covenant.Covenant, versions: []edition{
			founded(436, common("盐井沟", "15", "核桃", saltSpecials())).voted(4, 1, 9),
			revised(203, "酒席桌数、院坝卫生和养狗，大家说得最多，这次一起商量。", saltChanges).voted(2, 2, 11),
		}},
		{village: liushu, kind: covenant.Covenant, versions: []edition{
			founded(442, common("柳溪", "12", "茶叶", teaSpecials())).voted(5, 2, 8),
			revised(211, "采茶季节和养蜂的事，上一版没有写清楚，请大家提意见。", teaChanges).voted(3, 0, 10),
			collecting(6, "上一版用了半年多，想请大家说说：哪些条款要改，要不要加上乱接水管和电动车充电的约定。", teaOpinions()),
		}},
		{village: xiaodao, kind: covenant.Covenant, versions: []edition{
			founded(448, common("稻香渠", "12", "水稻", riceSpecials())).voted(4, 3, 9),
			revised(219, "红白喜事的桌数由村民代表商量过，现在写进村规民约，请大家提意见。", riceChanges).voted(6, 1, 8),
		}},
		{village: chanlong, kind: covenant.Covenant, versions: []edition{
			founded(454, common("缠龙溪", "10", "柑橘", orchardSpecials())).voted(6, 1, 8),
			revised(227, "垃圾桶放到哪里定了，分类和守护也要写进村规民约，请大家提意见。", orchardChanges).voted(4, 2, 9),
		}},
	}
}

// founded begins a text.
func founded(force int, clauses []covenant.Clause) edition {
	return edition{
		force: force, notice: "根据大家平时说的和各组院坝会的意见，起草了草案，请提意见，纸上写、网上写都可以。",
		check: "没有罚款和限制权利的内容，合法。", review: "内容合法，符合本村实际，同意提交村民会议。",
		rewrite: func([]covenant.Clause) []covenant.Clause { return clauses },
	}
}

// revised changes the version before.
func revised(force int, notice string, rewrite func([]covenant.Clause) []covenant.Clause) edition {
	return edition{
		force: force, notice: notice, check: "改动的条款没有罚款，也不涉及证明和补贴，合法。",
		review: "改动的条款经过各组讨论，同意提交村民会议。", rewrite: rewrite,
	}
}

func collecting(began int, notice string, opinions []opinionOn) edition {
	return edition{force: -began, notice: notice, opinions: opinions}
}

// voted says how the households voted.
func (e edition) voted(away, against, women int) edition {
	e.away, e.against, e.women = away, against, women
	return e
}

// praise, help and talk are what follows from clauses: nothing else does.
func praise() []covenant.Measure {
	return []covenant.Measure{{Text: "评议会评上的上红榜表扬，本人同意才公布姓名", Source: "本村村民会议"}}
}

func talkedTo() []covenant.Measure {
	return []covenant.Measure{
		{Text: "由评议会成员上门劝导，帮助改正", Source: "本村村民会议"},
		{Text: "劝导以后仍不改的，经评议上黑榜，只写行为、不写姓名，改了就撤", Source: "本村村民会议"},
	}
}

func good(topic, text, source string) covenant.Clause {
	return covenant.Clause{Topic: topic, Kind: covenant.Encouraged, Text: text, Source: source, List: covenant.Red, Measures: praise()}
}

func bad(topic, text, source string, turns bool) covenant.Clause {
	return covenant.Clause{Topic: topic, Kind: covenant.NotAllowed, Text: text, Source: source, List: covenant.Black, TurnsRed: turns, Measures: talkedTo()}
}

func rule(topic, text, source string) covenant.Clause {
	return covenant.Clause{Topic: topic, Kind: covenant.General, Text: text, Source: source}
}

// Codes that the common clauses get, in their order.
const (
	clauseElders     = "c01"
	clauseNeighbours = "c02"
	clauseFeasts     = "c03"
	clauseTidy       = "c04"
	clauseService    = "c05"
	clauseHonesty    = "c06"
	clauseDumping    = "c07"
	clauseBlocking   = "c08"
	clauseFire       = "c09"
	clauseNoise      = "c10"
	clauseGambling   = "c11" // given up in the second version
	clauseSpecial    = "c12" // encouraged, of the village
	clauseSpecialBad = "c13" // not allowed, of the village
	clauseNewGood    = "c15" // encouraged, of the second version
	clauseNewBad     = "c16" // not allowed, of the second version
)

// common is what all four villages agreed on, in the words of each, with two
// clauses of the village's own at the end.
func common(stream, tables, crop string, own []covenant.Clause) []covenant.Clause {
	out := []covenant.Clause{
		good("elders", "孝敬老人，常回家看看；在外做工的多打电话，老人有事随叫随到。", "老年人权益保障法；本村习惯"),
		good("neighbours", "邻里有事互相帮，收"+crop+"的时候换工，出门在外的帮着看屋。", "本村习惯"),
		good("customs", "红白喜事从简，酒席不超过"+tables+"桌，不比排场，丧事三天办完。", "村民代表会议"),
		good("tidy", "房前屋后自己扫，垃圾分好放进桶里，柴草码整齐。", "村庄清洁行动；村民代表会议"),
		good("volunteering", "参加修路、清渠、护林和照看公共设施的义务劳动。", "本村习惯"),
		good("honesty", "讲信用，捡到东西还给失主，借的农具按时还。", "本村习惯"),
		bad("tidy", "不乱倒垃圾，不往"+stream+"里倒污水、扔农药瓶。", "固体废物污染环境防治法；水污染防治法", true),
		bad("roads", "不占公路和机耕道堆柴草、砂石，不在路上晒粮食。", "公路法；村民代表会议", true),
		bad("safety", "防火期不带火进山，不在野外烧秸秆、烧荒草。", "森林防火条例；大气污染防治法", false),
		bad("customs", "不借搬家、做寿的名义大操大办，夜里十点以后不放炮、不放高音喇叭。", "噪声污染防治法；村民代表会议", true),
		bad("order", "不聚在一起赌钱，不给赌钱的提供场地。", "治安管理处罚法", false),
	}
	out = append(out, own...)
	return append(out, rule("affairs", "有矛盾先找组长和调解员，说不拢的依法解决；对村里有意见，可以当面说，也可以在网上说。", "人民调解法；本村习惯"))
}

func saltSpecials() []covenant.Clause {
	return []covenant.Clause{
		good("forest", "爱护古盐井和老核桃树，看到有人挖树根、砍树枝上前劝一句。", "文物保护法；村民代表会议"),
		bad("farming", "放水轮着来，不半夜挖开别人的田缺口。", "本村习惯", true),
	}
}

func teaSpecials() []covenant.Clause {
	return []covenant.Clause{
		good("farming", "茶园打药先告诉养蜂的，打药三天前在组里说一声。", "农药管理条例；协商结果"),
		bad("farming", "不采别人的茶，不在下雨前打药。", "农产品质量安全法；本村习惯", true),
	}
}

func riceSpecials() []covenant.Clause {
	return []covenant.Clause{
		good("farming", "收割机让着用，先熟先收，帮劳力少的人家抢收。", "本村习惯"),
		bad("roads", "收割时不让机器压坏机耕道不修，压坏了自己垫平。", "村民代表会议", true),
	}
}

func orchardSpecials() []covenant.Clause {
	return []covenant.Clause{
		good("honesty", "卖柑橘不以次充好，游客多付的钱退回去。", "消费者权益保护法；本村习惯"),
		bad("forest", "不在缠龙溪毒鱼、电鱼，不挖河沙。", "渔业法；水法", false),
	}
}

// edit puts another text in the place of a clause.
func edit(cs []covenant.Clause, code, text, source string) {
	for i := range cs {
		if cs[i].Code == code {
			cs[i].Text, cs[i].Source = text, source
		}
	}
}

// withoutGambling leaves out the clause that every first version has: what the law
// forbids anyway went out with the second.
func withoutGambling(cs []covenant.Clause) []covenant.Clause {
	var out []covenant.Clause
	for _, c := range cs {
		if c.Code != clauseGambling {
			out = append(out, c)
		}
	}
	return out
}

func saltChanges(cs []covenant.Clause) []covenant.Clause {
	edit(cs, clauseFeasts, "红白喜事从简，酒席不超过12桌，随礼一般不超过200元，丧事三天办完，由红白理事会帮着操办。", "村民会议")
	edit(cs, clauseTidy, "房前屋后自己扫，垃圾分好放进桶里，柴草码整齐；每月最后一个星期六一起打扫公共的地方。", "村庄清洁行动；村民会议")
	return append(withoutGambling(cs),
		good("education", "帮着接送、照看留在村里的小学生，农家书屋借的书按时还。", "村民会议"),
		bad("order", "养狗要拴绳、打疫苗，不放出来吓人，粪便自己收。", "动物防疫法；村民会议", true))
}

func teaChanges(cs []covenant.Clause) []covenant.Clause {
	edit(cs, clauseSpecial, "茶园打药先告诉养蜂的，打药三天前在组里说一声，蜂箱提前搬开。", "农药管理条例；协商结果")
	edit(cs, clauseNoise, "不借搬家、做寿的名义大操大办，夜里九点半以后不放炮、不放高音喇叭。", "噪声污染防治法；村民会议")
	return append(withoutGambling(cs),
		good("volunteering", "采茶季节组织互助，先帮人手少的人家采。", "村民会议"),
		bad("tidy", "用完的农膜、农药瓶不丢在茶园，送到回收点。", "土壤污染防治法；村民会议", true))
}

func riceChanges(cs []covenant.Clause) []covenant.Clause {
	edit(cs, clauseFeasts, "红白喜事从简，酒席不超过10桌，不另外发烟，丧事三天办完。", "村民代表会议；村民会议")
	edit(cs, clauseBlocking, "不占公路和机耕道堆柴草、砂石；收割季节晒粮食要让出半边路，天黑收走。", "公路法；村民会议")
	return append(withoutGambling(cs),
		good("farming", "清渠放水的日子，每户出一个人，先下游后上游。", "村民会议"),
		bad("order", "电动车不在楼道里充电，不从窗户拉线充电。", "消防法；村民会议", true))
}

func orchardChanges(cs []covenant.Clause) []covenant.Clause {
	edit(cs, clauseTidy, "垃圾分成四样放进桶里，厨余自己沤肥；轮到守桶的那一周，把桶边扫干净。", "协商结果；村民会议")
	edit(cs, clauseElders, "孝敬老人，常回家看看；独居的老人由隔壁邻居每天望一眼。", "老年人权益保障法；村民会议")
	return append(withoutGambling(cs),
		good("volunteering", "周末轮流到停车场当志愿者，给游客指路。", "村民会议"),
		bad("tidy", "办酒席后的垃圾不堆在桶外，当天装好拉走。", "固体废物污染环境防治法；村民会议", true))
}

// charterOf is a short charter.
func charterOf(stream string) []covenant.Clause {
	return []covenant.Clause{
		rule("affairs", "大事由村民会议、村民代表会议决定，按党支部提议、两委商议、党员大会审议、村民代表会议决议的顺序办。", "村民委员会组织法"),
		rule("affairs", "十分之一以上的村民或者三分之一以上的村民代表提出，就要开村民会议。", "村民委员会组织法第二十五条"),
		rule("affairs", "村民代表由各组推选，每季度开一次会；代表要先问联系户的意见。", "村民委员会组织法第二十九条"),
		rule("affairs", "村里每一笔收支每月公布，村民可以问，七天里答复。", "村民委员会组织法第三十四条"),
		rule("affairs", "两千元以上的开支由两委会定，五千元以上的由村民代表会议定，监委会看过票据才能支出。", "村民代表会议"),
		rule("affairs", "村干部和近亲属不承包本村的工程，每年由村民代表评议一次。", "村民代表会议"),
		rule("farming", stream+"的水怎么放、机耕道怎么修，由用到的小组自己商量，组长主持，写在本子上并公布。", "村民委员会组织法第三十二条"),
		rule("affairs", "红白理事会、道德评议会、议事会由村民推选，每年公布做了什么、花了多少。", "村民代表会议"),
	}
}

// teaOpinions are said of the version on which opinions are collected.
func teaOpinions() []opinionOn {
	return []opinionOn{
		{by: 3, ago: 5, stance: covenant.Change, clause: clauseFeasts, text: "12桌还是多了，建议改成10桌，年轻人也轻松。", answer: "和红白理事会商量过，放进草案请大家表决。", adopted: true},
		{by: 7, ago: 4, stance: covenant.Support, clause: clauseNewGood},
		{by: 12, ago: 4, stance: covenant.Oppose, clause: clauseNoise, text: "九点半太早了，夏天天黑得晚，十点合适。"},
		{by: 19, ago: 3, stance: covenant.Change, text: "加一条：不乱接自来水管，漏水要报给管水员。", answer: "这一条好，写进草案。", adopted: true},
		{by: 25, ago: 2, stance: covenant.Change, text: "电动车充电要有固定的地方，光写不准不行。", answer: "充电棚在申请，棚子修好以前先不写进去。"},
		{by: 31, ago: 1, stance: covenant.Support, text: "没有意见，写得清楚。"},
	}
}
