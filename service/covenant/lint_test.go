package covenant_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"cunwu/service/covenant"
)

func rules(t testing.TB) *covenant.Rules {
	t.Helper()
	r, err := covenant.LoadRules(rulesDir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// ordinary are clauses as villages write them, and as they may.
var ordinary = []string{
	"孝敬父母，赡养老人，子女每月至少看望一次。",
	"提倡婚事新办、丧事简办，红白喜事办酒不超过20桌，每桌不超过300元。",
	"提倡人情礼金不超过100元，反对高额彩礼。",
	"不办升学宴、谢师宴、乔迁宴。",
	"不得乱倒垃圾，垃圾分类投放到指定地点。",
	"门前实行三包：包卫生、包绿化、包秩序。",
	"禁止在林区野外用火，清明祭扫提倡鲜花祭奠。",
	"违反本约的，由村民委员会批评教育，责令改正；造成损失的，依法承担赔偿责任。",
	"损坏公共设施的，照价赔偿或者恢复原状。",
	"协助困难家庭申请低保，经办人不得收取好处。",
	"配合落实上级补贴政策，不虚报、不冒领。",
	"不得骗取低保、救助和补贴。",
	"村务监督委员会监督低保、救助、补贴的发放。",
	"外嫁女和其他村民享有同等的权利。",
	"妇女不因结婚、离婚、丧偶失去承包权，任何人不得侵犯。",
	"不得以婚嫁、离婚、丧偶为由剥夺妇女的土地承包权。",
	"不得干涉老人再婚。",
	"提倡尊师重教，适龄儿童按时入学，家长不得让孩子辍学。",
	"不得拒绝适龄儿童入学。",
	"不让孩子上学的，由村委会上门劝导。",
	"不得设定罚款，不得以罚款代替教育。",
	"严禁以村规民约的名义罚款。",
	"违法用火的，报告林业和公安机关依法处理。",
	"发现赌博、吸毒的，及时报警。",
	"支持村民依法信访，不得打击报复反映问题的人。",
	"机动车不得乱停在他人宅基地和路口。",
	"建房先批后建，不办理审批手续不得动工。",
	"不得出具虚假证明。",
	"村委会按规定出具证明，证明事项清单以外的不开。",
	"爱护水源，不向河道倾倒垃圾、粪便，不毒鱼、不电鱼。",
	"护林员每天巡山，村民互相提醒。",
	"邻里有矛盾，先找调解员，不打架、不骂街。",
	"农忙时互相换工，照顾缺劳力的人家。",
	"参加志愿服务的，由理事会送一面流动红旗。",
	"积极参加村民会议，认真投票，不买卖选票。",
	"与表决事项有利害关系的近亲属应当回避，不得参加表决。",
	"反对强买强卖，不强迫村民捐款。",
	"家庭成员之间互相尊重，反对家庭暴力。",
	"全家老少都来打扫卫生，月底评一次文明户。",
	"违反三次的，当年不再评为文明户。",
	"人走断电，注意用火用电安全。",
	"停水停电提前在群里通知。",
	"粮食没收完以前不在晒坝停车。",
	"借用村里的桌椅，用完按时归还，弄坏了修好。",
	"捐款修路的，公布捐款人姓名，表示感谢。",
	"表扬好人好事，征得本人同意后公布姓名和照片。",
	"不传谣、不信谣，不在网上发布他人的隐私。",
	"饲养狗要拴养，伤人的依法赔偿。",
	"诚实守信，借东西要还，说话要算数。",
	"积分可以换牙膏、毛巾，每次扣2分要说明理由。",
	"新媳妇、新女婿进村，理事会送一次家风礼。",
	"妇女和男子平等，夫妻共同决定家里的大事。",
	"禁止乱砍滥伐，采伐林木先办采伐证。",
	"参军、升学的，村里开欢送会。",
	"老人养老由子女共同负担，不得推诿。",
	"不给父母生活费的，由理事会上门劝说。",
}

// forbidden are clauses that were found in villages or are like them, by the
// pattern that must find them.
var forbidden = map[string][]string{
	"fine": {
		"乱倒垃圾的，罚款50元。",
		"不得乱倒垃圾，违者罚款100元。",
		"不得乱倒垃圾违者罚款50元。",
		"偷砍林木一棵处以200元。",
		"违反一次扣50元，从工资中扣。",
		"牲畜下田的没收。",
		"不按时交费的缴纳违约金。",
		"偷一罚十。",
		"损坏树木的，按价三倍赔偿。",
		"违反的罚交卫生费。",
		"酒席超过标准的扣除当年奖金。",
		"乱丢垃圾，罚 款 五 十 元。",
		"乱停车的处５０元。",
		"违者罚义务工三天。",
		"每次加收滞纳金。",
	},
	"rights": {
		"违反本约的，取消土地承包权。",
		"三次违反的，收回其宅基地。",
		"不参加劳动的，不得享受征地补偿。",
		"违者停发当年集体分红。",
		"不交卫生费的，取消选举资格和选举权。",
		"列入黑榜的，不得参加投票。",
		"违反的取消集体经济组织成员资格。",
		"不分土地给违约户。",
		"违约三年的，暂停其建房审批，不批宅基地。",
		"不得乱倒垃圾否则取消分红。",
	},
	"women": {
		"外嫁女不得享受集体分红。",
		"离婚妇女一年内迁出户口。",
		"丧偶改嫁的，收回承包地。",
		"上门女婿不享有村民待遇。",
		"出嫁女户口未迁的，不予分配土地补偿款。",
	},
	"certificate": {
		"不参加公益劳动的，村委会不予出具任何证明。",
		"违者三年内不办理一切手续。",
		"列入黑榜的，村里拒开介绍信。",
		"不听劝告的，村委会不再为其办理事项。",
		"不交费的，一律不盖章。",
	},
	"welfare": {
		"违反两次的取消低保。",
		"不赡养老人的，停发各种补贴。",
		"上了黑榜不得享受救助和慰问。",
		"违者取消合作医疗报销。",
		"不参加集体活动的，不得申报危房改造。",
		"酒席超标的不能评低保。",
		"违反的停发养老金。",
	},
	"education": {
		"违反者其子女不得入学。",
		"不交卫生费的，不开入学证明。",
		"违约户的孩子不予政审、不得参军。",
		"违者取消子女升学奖励和助学金。",
	},
	"collective": {
		"一人违反，全家受牵连。",
		"违反的，全家一律不得享受村里待遇。",
		"实行连坐，左邻右舍互相监督。",
		"违法的，其家属同样列入黑名单。",
	},
	"compulsion": {
		"乱搭乱建的，村里强行拆除。",
		"不听劝的予以断水断电。",
		"偷盗的游街示众。",
		"违反的强制义务工五天。",
		"扣押其车辆，交钱取回。",
		"屡教不改的开除村籍。",
	},
	"exposure": {
		"违反的在大喇叭点名。",
		"上黑榜的公布姓名和照片。",
		"不赡养老人的，指名通报。",
	},
	"remedy": {
		"村民不得上访。",
		"有纠纷不准起诉，必须由村里处理。",
	},
	"marriage": {
		"寡妇不得改嫁外村。",
		"禁止与外村通婚。",
	},
}

func TestRules_OrdinaryClausesPass(t *testing.T) {
	t.Parallel()
	r := rules(t)
	for _, text := range ordinary {
		for _, f := range r.Check(text) {
			t.Errorf("%q refused as %s: %q", text, f.Pattern.Code, f.Text)
		}
	}
	if len(ordinary) < 40 {
		t.Error("too few ordinary clauses")
	}
}

func TestRules_ForbiddenClausesAreFound(t *testing.T) {
	t.Parallel()
	r := rules(t)
	n := 0
	for code, texts := range forbidden {
		for _, text := range texts {
			n++
			found := r.Check(text)
			i := slices.IndexFunc(found, func(f covenant.Finding) bool { return f.Pattern.Code == code })
			if i < 0 {
				t.Errorf("%q is not found as %s: %v", text, code, found)
				continue
			}
			if m := found[i].Message(); !strings.Contains(m, "《") || !strings.Contains(m, "建议写成") {
				t.Errorf("%q: the message names no law or no other wording: %s", text, m)
			}
		}
	}
	if n < 40 {
		t.Errorf("only %d forbidden clauses", n)
	}
	for _, p := range r.Lint {
		if len(forbidden[p.Code]) == 0 {
			t.Errorf("no clause tests %s", p.Code)
		}
	}
}

// A forbidden clause stays forbidden among others, with spaces in it, and with
// other digits; an ordinary one never becomes forbidden by what stands beside it.
func TestRules_Surroundings(t *testing.T) {
	t.Parallel()
	r := rules(t)
	var bad []string
	for _, texts := range forbidden {
		bad = append(bad, texts...)
	}
	slices.Sort(bad)
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.SampledFrom(ordinary).Draw(t, "a"), rapid.SampledFrom(ordinary).Draw(t, "b")
		if found := r.Check(a + b); len(found) > 0 {
			t.Fatalf("%q: %s", a+b, found[0].Text)
		}
		x := []rune(rapid.SampledFrom(bad).Draw(t, "x"))
		at := rapid.IntRange(0, len(x)).Draw(t, "at")
		gap := rapid.SampledFrom([]string{"", " ", "　", "\u200b", "\t"}).Draw(t, "gap")
		if text := a + string(x[:at]) + gap + string(x[at:]) + b; len(r.Check(text)) == 0 {
			t.Fatalf("%q passes", text)
		}
	})
}

func FuzzRules_Check(f *testing.F) {
	for _, text := range ordinary {
		f.Add(text)
	}
	r := rules(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, found := range r.Check(text) {
			if found.Text == "" {
				t.Error("nothing was found")
			}
		}
	})
}

func TestLoadRules_SaysAllProblems(t *testing.T) {
	t.Parallel()
	_, err := covenant.LoadRules(fstest.MapFS{covenant.RulesFile: {Data: []byte(`
version: 0
effective: ""
opinions: {per_day: 0, chars: 1, paper_most: 0, most: 0, source: 没有等级}
text: {clauses: 0, chars: 1, measures: 0, source: ""}
women: {least: 0, source: ""}
correction: {days: 0, unit: week, source: ""}
topics: [{code: A, name: ""}, {code: A, name: x}]
lint:
  - {code: "9", name: "", match: ["(", "a*"], unless: [], law: "", plain: "", suggest: "", source: ""}
  - {code: b, name: 甲, match: [], unless: [], law: 法, plain: 句, suggest: 句, source: L 法}
`)}})
	if err == nil {
		t.Fatal("taken")
	}
	for _, want := range []string{
		"version", "opinions.per_day", "opinions.source", "text.clauses", "women.least", "correction.days", "correction.unit",
		"topics[A]", "lint[9].name", "lint[9].law", "match[0]", "match[1]", "lint[b].match",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told in\n%v", want, err)
		}
	}
	if _, err := covenant.LoadRules(fstest.MapFS{covenant.RulesFile: {Data: []byte("nosuch: 1\n")}}); err == nil {
		t.Error("an unknown key is taken")
	}
	if _, err := covenant.LoadRules(fstest.MapFS{}); err == nil {
		t.Error("no file is taken")
	}
}
