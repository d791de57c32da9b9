package demo

import (
	"slices"

	"cunwu/service/region"
)

// profile is what the sample knows of one village beside its people. The codes
// and names of the places are real; everything that is said of them is made up.
type profile struct {
	number             int // from 1, in the order of villages
	code               region.Code
	name               string // 盐井村
	township, county   string
	large              bool // 72 adults and the full range of postings; small ones have a few
	groups             int
	households, people int    // as the sample texts tell
	crop               string // what the village lives on
	cropMu             int
	stream             string // the water that floods or feeds
	former             string // a village merged into this one
	lamps, cleaners    int
	share              int   // 元 paid out of the year's surplus to each household
	costs              int   // what running this village costs, in hundredths of the usual
	opening            int64 // 分 in the account when the ledger begins
	contracts          []contract
	seasons            []season
	projects           []project
	talks              []talk
}

// contract is a lease of something the village owns. It pays the same part of
// the yearly rent in each of its months.
type contract struct {
	no     string // 合-01
	what   string
	amount string // how much of it: 320平方米
	tenant string
	use    string
	yearly int // 元
	months []int
	relet  bool // runs out in the span and is let anew, publicly
	before int  // 元 a year before it was let anew
}

// season is an income that comes in certain months of each year.
type season struct {
	months    []int
	text      string
	category  string
	low, high int // 元
}

// project is one public work, told from the decision to the acceptance.
type project struct {
	name    string
	why     string
	scope   string
	budget  int // 元, the highest price allowed
	source  string
	builder string
	upkeep  string
	parts   []part // what the final account consists of, in hundredths
	scene   string
	begin   int // quarter of the span in which the representatives decide
	work    int // days of building
}

type part struct {
	what  string
	share int
}

// talk is one consultation: the question, what was said, what came of it.
type talk struct {
	title, origin, form string
	points              []string
	result, doer        string
	begin               int // quarter of the span
}

var (
	roadParts  = []part{{"水泥、砂石等材料", 52}, {"人工", 24}, {"机械和运输", 17}, {"安全警示设施", 4}, {"质量检测", 3}}
	waterParts = []part{{"水泥、条石、管材", 46}, {"人工", 31}, {"土石方开挖和运输", 18}, {"闸门和附件", 5}}
	lampParts  = []part{{"灯具和蓄电池", 66}, {"灯杆和基础", 20}, {"人工和吊装", 12}, {"检测", 2}}
	houseParts = []part{{"建筑材料", 49}, {"人工", 33}, {"水电安装", 11}, {"消防和无障碍设施", 7}}
)

// villages lists the sample villages: four large ones, then the small ones.
func villages() []profile {
	out := slices.Concat(largeWangcang(), largeLizhou(), smallWangcang(), smallLizhou())
	for i := range out {
		out[i].number = i + 1
	}
	return out
}

// groupName gives 一组, 二组 ...
func groupName(n int) string {
	return [...]string{"一", "二", "三", "四", "五", "六", "七", "八"}[n-1] + "组"
}
