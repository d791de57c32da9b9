package account

import (
	"strings"
	"time"

	"cunwu/service/region"
)

// column is one column of a roll that is understood.
type column int

const (
	colHousehold column = iota
	colName
	colPhone
	colID
	colGroup
	columns
)

// columnNames are the headings as problems name them; aliases what files say.
var (
	columnNames = [columns]string{"户号", "姓名", "手机号", "身份证号", "组"}
	aliases     = map[string]column{
		"户号": colHousehold, "户编号": colHousehold, "户口编号": colHousehold,
		"姓名": colName, "名字": colName,
		"手机号": colPhone, "手机": colPhone, "手机号码": colPhone, "电话": colPhone, "联系电话": colPhone,
		"身份证号": colID, "身份证": colID, "身份证号码": colID, "公民身份号码": colID, "公民身份证号码": colID,
		"组": colGroup, "小组": colGroup, "村民小组": colGroup, "组别": colGroup, "所在组": colGroup,
	}
)

// maxProblems bounds how many problems a preview lists.
const maxProblems = 200

// previewRows is how many rows a preview shows.
const previewRows = 5

// entry is one person as the file says.
type entry struct {
	row       int
	household string
	group     region.Code
	secret    residentSecret
	id        string // the full number; it lives no longer than the import
}

// rollReading is a file being read for a village.
type rollReading struct {
	village region.Code
	now     time.Time
	at      [columns]int // index of each column, -1 if the file lacks it
	entries []entry
	preview RollPreview

	ids     map[string]int
	persons map[string]int
	groups  map[string]region.Code // household -> group
}

// readRoll checks a sheet row by row. Problems are in the preview; an error is
// returned only for a file without the needed columns.
func readRoll(s sheet, village region.Code, now time.Time) (*rollReading, error) {
	r := &rollReading{
		village: village, now: now,
		ids: map[string]int{}, persons: map[string]int{}, groups: map[string]region.Code{},
	}
	if err := r.header(s); err != nil {
		return nil, err
	}
	for i := 1; i < len(s.rows); i++ {
		if !blank(s.rows[i]) {
			r.line(i+1, s.rows[i], s.formulas[i+1])
		}
	}
	r.preview.Total = len(r.entries)
	for _, e := range r.entries[:min(previewRows, len(r.entries))] {
		r.preview.First = append(r.preview.First, RollRow{
			Row: e.row, Household: e.household, Name: MaskName(e.secret.Name), Phone: maskPhone(e.secret.Phone),
			Last4: e.secret.Last4 != "", Group: string(e.group),
		})
	}
	return r, nil
}

func (r *rollReading) header(s sheet) error {
	for c := range r.at {
		r.at[c] = -1
	}
	if len(s.rows) == 0 {
		return ErrRollFile
	}
	for i, heading := range s.rows[0] {
		c, known := aliases[strings.TrimSpace(heading)]
		if !known {
			continue
		}
		if r.at[c] >= 0 {
			return ErrRollFile.Saying("表头里“%s”出现了两次。", columnNames[c])
		}
		r.at[c] = i
	}
	for _, c := range []column{colHousehold, colName} {
		if r.at[c] < 0 {
			return ErrRollFile.Saying("表头里没有“%s”这一列。", columnNames[c])
		}
	}
	return nil
}

func blank(row []string) bool {
	for _, v := range row {
		if strings.TrimSpace(v) != "" {
			return false
		}
	}
	return true
}

func (r *rollReading) cell(row []string, c column) string {
	if i := r.at[c]; i >= 0 && i < len(row) {
		return strings.TrimSpace(row[i])
	}
	return ""
}

func (r *rollReading) problem(row int, columnName, message string) {
	if len(r.preview.Problems) == maxProblems {
		r.preview.More++
		return
	}
	r.preview.Problems = append(r.preview.Problems, RollProblem{Row: row, Column: columnName, Message: message})
}

// line checks one row. It counts as an entry even with problems, so that the
// total is what the file holds.
func (r *rollReading) line(n int, row []string, formula bool) {
	e := entry{row: n, household: r.cell(row, colHousehold)}
	if formula {
		r.problem(n, "", "这一行有公式，请改成填好的内容。")
	}
	for c := range columns {
		if startsFormula(r.cell(row, c)) {
			r.problem(n, columnNames[c], "内容不能以 = + - @ 开头。")
		}
	}
	if e.household == "" || len([]rune(e.household)) > maxNumber {
		r.problem(n, columnNames[colHousehold], "户号没有填，或超过 20 个字。")
	}
	if e.secret.Name = normalName(r.cell(row, colName)); e.secret.Name == "" {
		r.problem(n, columnNames[colName], "姓名没有填，或不像姓名。")
	}
	r.linePhone(&e, r.cell(row, colPhone))
	r.lineID(&e, r.cell(row, colID))
	r.lineGroup(&e, r.cell(row, colGroup))
	r.duplicates(e)
	r.entries = append(r.entries, e)
}

func (r *rollReading) linePhone(e *entry, v string) {
	if v == "" {
		return
	}
	if e.secret.Phone = normalPhone(v); e.secret.Phone == "" {
		r.problem(e.row, columnNames[colPhone], "手机号不对，应是 11 位。")
	}
}

func (r *rollReading) lineID(e *entry, v string) {
	if v == "" {
		return
	}
	id, birth, ok := parseID(v, r.now)
	if !ok {
		r.problem(e.row, columnNames[colID], "身份证号不对，请核对（要 18 位，设成文本格式）。")
		return
	}
	e.id, e.secret.Last4, e.secret.Birth = id, id[14:], birth.Format(time.DateOnly)
}

func (r *rollReading) lineGroup(e *entry, v string) {
	g, ok := parseGroup(v, r.village)
	if !ok {
		r.problem(e.row, columnNames[colGroup], "组不对，应是本村的组，例如“3组”。")
		return
	}
	e.group = g
	if old, seen := r.groups[e.household]; seen && old != g {
		r.problem(e.row, columnNames[colGroup], "同一户的组前后不一样。")
		return
	}
	r.groups[e.household] = g
}

func (r *rollReading) duplicates(e entry) {
	if e.id != "" {
		if first, dup := r.ids[e.id]; dup {
			r.problem(e.row, columnNames[colID], "和第 "+itoa(first)+" 行的身份证号重复。")
		} else {
			r.ids[e.id] = e.row
		}
	}
	key := e.household + "\x1f" + e.secret.Name
	if first, dup := r.persons[key]; dup {
		r.problem(e.row, columnNames[colName], "和第 "+itoa(first)+" 行是同一户同名，请核对。")
	} else {
		r.persons[key] = e.row
	}
}
