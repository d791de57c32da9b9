package consultation

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"cunwu/service/calendar"
	"cunwu/service/consultation/opinion"
)

// DirectoryFile is where the directory lies in the rule book.
const DirectoryFile = "consultation-directory.yaml"

// Item is one matter of the directory of consultations (议事协商事项指导目录).
type Item struct {
	Code         string   `yaml:"code"`
	Category     string   `yaml:"category"`
	Name         string   `yaml:"item"`
	Example      string   `yaml:"example"`
	Form         string   `yaml:"form"`
	Participants []string `yaml:"participants"`
	Route        string   `yaml:"route"`
	Limits       string   `yaml:"limits"`
	Source       string   `yaml:"source"`
}

// OnlineRules are the figures of online deliberation.
type OnlineRules struct {
	StatementChars  int    `yaml:"statement_chars"`
	StatementsMost  int    `yaml:"statements_most"`  // of one person
	StatementsTotal int    `yaml:"statements_total"` // of all
	GroupsFrom      int    `yaml:"groups_from"`
	GroupLeast      int    `yaml:"group_least"`
	GroupsMost      int    `yaml:"groups_most"`
	CommonPercent   int    `yaml:"common_percent"`
	Source          string `yaml:"source"`
}

func (o OnlineRules) limits() opinion.Limits {
	return opinion.Limits{Least: o.GroupLeast, Most: o.GroupsMost, Common: o.CommonPercent}
}

// HideKind is why a statement may be hidden.
type HideKind struct {
	Code string `yaml:"code"`
	Name string `yaml:"name"`
}

// Notice is how long before a session it is announced at the latest.
type Notice struct {
	Days   int           `yaml:"days"`
	Unit   calendar.Unit `yaml:"unit"`
	Source string        `yaml:"source"`
}

// Directory is consultation-directory.yaml. It never changes once loaded.
type Directory struct {
	Version    int         `yaml:"version"`
	Effective  string      `yaml:"effective"`
	Notice     Notice      `yaml:"notice"`
	Online     OnlineRules `yaml:"online"`
	Moderation []HideKind  `yaml:"moderation"`
	Items      []Item      `yaml:"items"`
}

// Item gives an item by code.
func (d *Directory) Item(code string) (Item, bool) {
	i := slices.IndexFunc(d.Items, func(it Item) bool { return it.Code == code })
	if i < 0 {
		return Item{}, false
	}
	return d.Items[i], true
}

// HideName gives the word for a kind of hiding, "" for none.
func (d *Directory) HideName(code string) string {
	for _, k := range d.Moderation {
		if k.Code == code {
			return k.Name
		}
	}
	return ""
}

var (
	forms = map[string]string{
		"village_council": "村民议事会", "hearing": "听证会", "talk": "恳谈会", "courtyard": "院坝会", "online": "网络协商",
	}
	routes = map[string]string{
		"implement": "直接落实", "resolution": "提交村民（代表）会议", "group_meeting": "提交村民小组会议",
		"collective": "提交集体经济组织成员（代表）大会", "township": "报乡镇",
	}
	itemCode = regexp.MustCompile(`^[A-Z][0-9]{2}$`)
	sourced  = regexp.MustCompile(`^[LRSPXI] \S`)
)

// FormName gives the suggested form in words.
func (i Item) FormName() string { return forms[i.Form] }

// RouteName gives in words how such a matter is decided afterwards.
func (i Item) RouteName() string { return routes[i.Route] }

// LoadDirectory reads and checks the directory of a rule book. All problems are
// reported at once.
func LoadDirectory(book fs.FS) (*Directory, error) {
	f, err := book.Open(DirectoryFile)
	if err != nil {
		return nil, fmt.Errorf("consultation: %w", err)
	}
	defer func() { _ = f.Close() }() // read only
	dec := yaml.NewDecoder(f)
	dec.KnownFields(true)
	var d Directory
	if err := dec.Decode(&d); err != nil {
		return nil, fmt.Errorf("%s: %w", DirectoryFile, err)
	}
	return &d, errors.Join(d.problems()...)
}

func (d *Directory) problems() []error {
	var out []error
	say := func(format string, args ...any) {
		out = append(out, fmt.Errorf(DirectoryFile+": "+format, args...))
	}
	if d.Version < 1 || d.Effective == "" {
		say("version 和 effective 不能少")
	}
	if n := d.Notice; n.Days < 1 || n.Days > 60 || !n.Unit.Valid() || !sourced.MatchString(n.Source) {
		say("notice: 天数应在 1 到 60 之间，单位应是 %s，出处要以证据等级开头", calendar.UnitNames())
	}
	d.Online.problems(say)
	kinds := map[string]bool{}
	for _, k := range d.Moderation {
		if k.Code == "" || k.Name == "" || kinds[k.Code] {
			say("moderation[%s]: 代码和名称不能少，也不能重复", k.Code)
		}
		kinds[k.Code] = true
	}
	if len(kinds) == 0 {
		say("moderation: 至少要有一个类别")
	}
	seen := map[string]bool{}
	for _, i := range d.Items {
		if seen[i.Code] {
			say("items[%s]: 代码重复", i.Code)
		}
		seen[i.Code] = true
		i.problems(say)
	}
	if len(seen) == 0 {
		say("items: 一个事项也没有")
	}
	return out
}

func (o OnlineRules) problems(say func(string, ...any)) {
	for name, v := range map[string][3]int{
		"statement_chars": {o.StatementChars, 20, 500}, "statements_most": {o.StatementsMost, 1, 100},
		"statements_total": {o.StatementsTotal, 1, 1000}, "groups_from": {o.GroupsFrom, 2 * o.GroupLeast, 100000},
		"group_least": {o.GroupLeast, 3, 1000}, "groups_most": {o.GroupsMost, 2, 9}, "common_percent": {o.CommonPercent, 51, 100},
	} {
		if v[0] < v[1] || v[0] > v[2] {
			say("online.%s: 应在 %d 到 %d 之间", name, v[1], v[2])
		}
	}
	if !sourced.MatchString(o.Source) {
		say("online.source: 出处要以证据等级开头")
	}
}

func (i Item) problems(say func(string, ...any)) {
	if !itemCode.MatchString(i.Code) {
		say("items[%s]: 代码应是一个大写字母加两位数字", i.Code)
	}
	for name, text := range map[string]string{"category": i.Category, "item": i.Name, "example": i.Example, "limits": i.Limits} {
		if strings.TrimSpace(text) == "" {
			say("items[%s].%s: 没有写", i.Code, name)
		}
	}
	if forms[i.Form] == "" {
		say("items[%s].form: 不认识 %q", i.Code, i.Form)
	}
	if routes[i.Route] == "" {
		say("items[%s].route: 不认识 %q", i.Code, i.Route)
	}
	if len(i.Participants) == 0 {
		say("items[%s].participants: 至少要请一方", i.Code)
	}
	if !sourced.MatchString(i.Source) {
		say("items[%s].source: 出处要以证据等级开头", i.Code)
	}
}
