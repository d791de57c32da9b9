package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"cunwu/service/calendar"
)

// quarter is a village's quarter: its name, its months, what was published of
// each, and the people.
type quarter struct {
	t      *testing.T
	s      *started
	o      *office
	other  client // a second verified villager
	name   string
	months []string
	ids    map[string]string // by month; "" is what belongs to the quarter
}

// A quarter as people live it, through the door alone: from the workbook to the
// sheets on the board, questions that get answers, the township that sees what
// is late, a correction, a withdrawal, and everybody told of what others did.
func TestQuarter(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	q := &quarter{t: t, s: s, ids: map[string]string{}}
	now := time.Now().In(calendar.China)
	first := time.Date(now.Year(), (now.Month()-1)/3*3+1, 1, 9, 0, 0, 0, calendar.China)
	q.name = fmt.Sprintf("%dQ%d", first.Year(), (first.Month()+2)/3)
	for i := range 3 {
		q.months = append(q.months, first.AddDate(0, i, 0).Format("2006-01"))
	}
	// Three days after its end, when the last month is still on time.
	s.anon.send(http.MethodPut, "/testing/clock", obj{"now": first.AddDate(0, 3, 3).Format(time.RFC3339)}).want(http.StatusOK)
	q.o = s.staff()
	q.o.villager = s.bound(q.o)
	q.other = s.person(9)
	q.other.consent()
	q.other = s.boundAs(q.other, 1)
	q.o.villager.send(http.MethodPut, "/api/v1/me/follows", obj{"kind": "place", "key": testVillage}).want(http.StatusOK)
	for _, step := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"Workbook", q.workbook},
		{"LinesInGBK", q.lines},
		{"Attachment", q.attachment},
		{"Published", q.publish},
		{"Paper", q.paper},
		{"Board", q.board},
		{"Found", q.found},
		{"Question", q.question},
		{"Township", q.township},
		{"Indicators", q.indicators},
		{"Told", q.told},
		{"Corrected", q.corrected},
		{"Withdrawn", q.withdrawn},
	} {
		if !t.Run(step.name, step.run) {
			return // what follows stands on it
		}
	}
}

// as lets a step fail for itself.
func as(t *testing.T, c client) client { t.Helper(); c.t = t; return c }

// file posts a file to an address that reads one.
func (c client) file(path, name string, data []byte) reply {
	c.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {fmt.Sprintf(`form-data; name="file"; filename="%s"`, name)}, "Content-Type": {"application/octet-stream"},
	})
	if err == nil {
		_, err = part.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return c.do(http.MethodPost, path, &b, map[string]string{"Content-Type": w.FormDataContentType()})
}

// filled writes cells into the village's template of the quarter. A cell is
// "D02 2026-07!B2", or "公开事项!C08 2026Q3!白话摘要": the row of an item and
// period, the column of a heading.
func (q *quarter) filled(t *testing.T, cells map[string]any) []byte {
	t.Helper()
	raw := as(t, q.o.clerk).get("/api/v1/disclosures/workbook?region=" + testVillage + "&period=" + q.name).want(http.StatusOK).body
	f, err := excelize.OpenReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := f.GetRows("公开事项")
	if err != nil {
		t.Fatal(err)
	}
	for at, v := range cells {
		p := strings.Split(at, "!")
		sheet, cell := p[0], p[1]
		if len(p) == 3 {
			row := slices.IndexFunc(rows, func(r []string) bool { return len(r) > 2 && r[0]+" "+r[2] == p[1] })
			column := slices.Index(rows[0], p[2])
			if row < 0 || column < 0 {
				t.Fatalf("the template has no %s", at)
			}
			if cell, err = excelize.CoordinatesToCellName(column+1, row+1); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.SetCellValue(sheet, cell, v); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const quarterSummary = "本月收入2000.00元，支出1260.50元。收入是鱼塘发包款，支出是路灯电费，有疑问请找监委会。"

// cells are the quarter's accounts: each month takes in 2000.00 and spends
// 1260.50. Those of the last month come by a file of their own.
func (q *quarter) cells() map[string]any {
	out := map[string]any{
		"公开事项!C08 " + q.name + "!白话摘要": "这个季度调解了三件纠纷，都调解成功了，谢谢大家。",
		"公开事项!C08 " + q.name + "!受理数":  "3", "公开事项!C08 " + q.name + "!成功数": "3",
	}
	for i, m := range q.months {
		if i == 2 {
			break
		}
		out["公开事项!D02 "+m+"!白话摘要"] = quarterSummary
		out["公开事项!D02 "+m+"!期初余额"] = fmt.Sprintf("%.2f", 1000+739.5*float64(i))
		out["公开事项!D02 "+m+"!期末余额"] = fmt.Sprintf("%.2f", 1000+739.5*float64(i+1))
		sheet := "D02 " + m + "!"
		for cell, v := range map[string]any{
			"A2": m + "-03", "B2": "记-01", "C2": "收鱼塘发包款", "D2": "经营收入", "E2": 2000,
			"A3": m + "-12", "B3": "记-02", "C3": "支付村道路灯电费", "D3": "公益支出", "F3": 1260.5, "J3": "村道路灯", "M3": "国网旺苍县供电公司",
		} {
			out[sheet+cell] = v
		}
	}
	return out
}

// workbook: a mistake is named by sheet, row and column and nothing is written;
// mended, it becomes drafts.
func (q *quarter) workbook(t *testing.T) {
	clerk, path := as(t, q.o.clerk), "/api/v1/disclosures/workbook?region="+testVillage
	wrong := q.cells()
	sheet := "D02 " + q.months[1]
	wrong[sheet+"!F3"] = "一千多"
	r := clerk.file(path, "本季度.xlsx", q.filled(t, wrong)).want(http.StatusOK)
	if r.at("applied") != false || r.str("problems", 0, "sheet") != sheet || r.at("problems", 0, "row") != 3.0 || r.str("problems", 0, "column") != "F" || r.str("problems", 0, "message") == "" {
		t.Errorf("preview: %s", r.body)
	}
	refused := clerk.file(path+"&apply=true", "本季度.xlsx", q.filled(t, wrong)).problem(http.StatusUnprocessableEntity, "disclosure.import_problems")
	if !strings.Contains(string(refused.body), sheet) || !strings.Contains(string(refused.body), "第 3 行 F 列") {
		t.Errorf("refusal: %s", refused.body)
	}
	unfinished := func() int {
		l, _ := clerk.get("/api/v1/disclosures?region=" + testVillage).want(http.StatusOK).at("items").([]any)
		return len(l)
	}
	if n := unfinished(); n != 0 {
		t.Fatalf("a refused workbook left %d drafts", n)
	}
	as(t, q.o.otherClerk).file(path, "本季度.xlsx", q.filled(t, q.cells())).problem(http.StatusForbidden, "account.not_allowed")
	good := q.filled(t, q.cells())
	if r := clerk.file(path, "本季度.xlsx", good).want(http.StatusOK); len(r.at("problems").([]any)) != 0 || unfinished() != 0 { //nolint:forcetypeassert // a test
		t.Fatalf("preview: %s", r.body)
	}
	r = clerk.file(path+"&apply=true", "本季度.xlsx", good).want(http.StatusOK)
	if r.at("applied") != true || unfinished() != 3 {
		t.Fatalf("applied: %s", r.body)
	}
	for i := range 3 {
		period := r.str("drafts", i, "period")
		if period == q.name {
			period = ""
		}
		q.ids[period] = r.str("drafts", i, "id")
	}
}

// lines: the last month's come from a village's own ledger, as its old program
// writes it: csv in GBK, columns of its own.
func (q *quarter) lines(t *testing.T) {
	clerk, m := as(t, q.o.clerk), q.months[2]
	q.ids[m] = clerk.post("/api/v1/disclosures", obj{
		"region": testVillage, "item_code": "D02", "period": m, "title": "盐井村" + m + "财务收支逐笔明细", "summary": quarterSummary,
	}).want(http.StatusCreated).str("id")
	path := "/api/v1/disclosures/" + q.ids[m] + "/lines"
	ledger := func(spent string) []byte {
		text := "记账日期,凭证字号,摘要,科目,收方,付方,余额,工程名称,往来单位\r\n,,期初余额,,,,2479.00,,\r\n" +
			m + "-03,记-01,收鱼塘发包款,经营收入,2000.00,,4479.00,,\r\n" + m + "-12,记-02,支付村道路灯电费,公益支出,," + spent + ",3218.50,村道路灯,国网旺苍县供电公司\r\n" +
			"合计,,,,2000.00,1260.50,,,\r\n,,期末余额,,,,3218.50,,\r\n"
		raw, err := simplifiedchinese.GBK.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return []byte(raw)
	}
	r := clerk.file(path, "明细.csv", ledger("-1260.50")).want(http.StatusOK)
	if r.at("problems", 0, "row") != 4.0 || r.str("problems", 0, "column") != "F" {
		t.Errorf("a negative amount: %s", r.body)
	}
	r = clerk.file(path, "明细.csv", ledger("1260.50")).want(http.StatusOK)
	if l, _ := r.at("problems").([]any); len(l) != 0 || r.str("lines", 1, "payee") != "国网旺苍县供电公司" || r.at("applied") != false {
		t.Fatalf("preview: %s", r.body)
	}
	revision, _ := r.at("revision").(float64)
	r = clerk.file(fmt.Sprintf("%s?apply=true&revision=%d", path, int(revision)), "明细.csv", ledger("1260.50")).want(http.StatusOK)
	if r.at("applied") != true || r.at("totals", "closing_fen") != 321850.0 {
		t.Errorf("applied: %s", r.body)
	}
}

// edit gives the draft of a posting as a clerk's form holds it.
func (q *quarter) edit(t *testing.T, id string) obj {
	t.Helper()
	var shown obj
	as(t, q.o.clerk).get("/api/v1/disclosures/" + id).want(http.StatusOK).into(&shown)
	out, media := obj{}, []any{}
	for _, key := range []string{"title", "summary", "body", "fields", "lines", "income_fen", "expense_fen", "opening_fen", "closing_fen", "revision"} {
		if shown[key] != nil {
			out[key] = shown[key]
		}
	}
	files, _ := shown["attachments"].([]any)
	for _, f := range files {
		file, _ := f.(map[string]any)
		media = append(media, file["id"])
	}
	lines, _ := out["lines"].([]any)
	for _, l := range lines {
		line, _ := l.(map[string]any)
		delete(line, "image_url")
	}
	out["media"] = media
	return out
}

// attachment: a voucher's picture belongs to a line of the last month.
func (q *quarter) attachment(t *testing.T) {
	clerk, id := as(t, q.o.clerk), q.ids[q.months[2]]
	file := clerk.upload("电费单.png", photo(t)).want(http.StatusCreated).str("id")
	d := q.edit(t, id)
	d["media"] = []any{file}
	lines, _ := d["lines"].([]any)
	line, _ := lines[1].(map[string]any)
	line["image"] = file
	clerk.send(http.MethodPut, "/api/v1/disclosures/"+id, d).want(http.StatusOK)
}

// publish: reviewed with every attachment looked at, confirmed, published; the
// months in their order, as each begins with what the one before ended with.
func (q *quarter) publish(t *testing.T) {
	for _, m := range append(slices.Clone(q.months), "") {
		path := "/api/v1/disclosures/" + q.ids[m] + "/actions"
		as(t, q.o.clerk).post(path, obj{"action": "submit"}).want(http.StatusOK)
		if m == q.months[2] {
			as(t, q.o.supervisor).post(path, obj{"action": "approve", "opinion": "同意公开。", "media": []any{}}).problem(http.StatusUnprocessableEntity, "disclosure.attachment_unseen")
		}
		as(t, q.o.supervisor).post(path, q.o.approval(q.ids[m])).want(http.StatusOK)
		as(t, q.o.director).post(path, obj{"action": "confirm", "note": "村委会会议已确认。"}).want(http.StatusOK)
		as(t, q.o.clerk).post(path, obj{"action": "publish"}).want(http.StatusOK)
	}
	if err := q.s.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	p := as(t, q.s.anon).get("/api/v1/disclosures/" + q.ids[q.months[2]]).want(http.StatusOK)
	if p.str("state") != "published" || p.at("late") != false || p.at("review", "looked_at") != 1.0 || p.str("lines", 1, "image_url") == "" {
		t.Errorf("%s", p.body)
	}
}

// paper: what is hung up and read out.
func (q *quarter) paper(t *testing.T) {
	anon, id := as(t, q.s.anon), q.ids[q.months[2]]
	for _, path := range []string{"/d/" + id + "/sheet.pdf", "/r/" + testVillage + "/codes.pdf"} {
		if r := anon.get(path).want(http.StatusOK); !bytes.HasPrefix(r.body, []byte("%PDF-")) {
			t.Errorf("%s is no PDF", path)
		}
	}
	r := anon.get("/api/v1/disclosures/" + id + "/script").want(http.StatusOK)
	if n, _ := r.at("seconds").(float64); n < 10 || n > 120 || !strings.Contains(r.str("text"), "一千二百六十元五角") {
		t.Errorf("%s", r.body)
	}
}

// board: the sheet was hung up, and the committee says so.
func (q *quarter) board(t *testing.T) {
	path := "/api/v1/disclosures/" + q.ids[q.months[2]] + "/board-photos"
	picture := as(t, q.o.clerk).upload("公开栏.png", photo(t)).want(http.StatusCreated).str("id")
	p := as(t, q.o.clerk).post(path, obj{"media": picture, "taken_on": q.s.clock.Now().In(calendar.China).Format(time.DateOnly)}).want(http.StatusCreated)
	as(t, q.o.supervisor).post("/api/v1/board-photos/"+p.str("id")+"/actions", obj{"action": "confirm"}).want(http.StatusOK)
	if r := as(t, q.s.anon).get(path).want(http.StatusOK); r.str("items", 0, "state") != "confirmed" {
		t.Errorf("%s", r.body)
	}
}

// duty gives the state of a month's accounts on the duty clock.
func (q *quarter) duty(t *testing.T, item, period string) reply {
	t.Helper()
	return as(t, q.s.anon).get(dutiesPath + "?item=" + item + "&period=" + period).want(http.StatusOK)
}

// openLines reads the village's file of lines as a spreadsheet does.
func (q *quarter) openLines(t *testing.T) [][]string {
	t.Helper()
	r := as(t, q.s.anon).get("/open/" + testVillage + "/lines.csv").want(http.StatusOK)
	body, ok := bytes.CutPrefix(r.body, []byte("\xef\xbb\xbf"))
	if !ok {
		t.Error("no mark that it is UTF-8")
	}
	rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

// found: by a word, on the clock, in the feeds, among the named things, and in
// the files to take away.
func (q *quarter) found(t *testing.T) {
	anon, last := as(t, q.s.anon), q.ids[q.months[2]]
	r := anon.get(searchPath(testCounty, "路灯", "item", "D02")).want(http.StatusOK)
	if l, _ := r.at("items").([]any); len(l) != 3 {
		t.Errorf("search: %s", clip(r.body))
	}
	for i, want := range []string{"done_late", "done_late", "done"} {
		r := q.duty(t, "D02", q.months[i])
		if r.str("items", 0, "state") != want || r.str("items", 0, "disclosure_id") != q.ids[q.months[i]] {
			t.Errorf("%s: %s", q.months[i], r.body)
		}
	}
	if r := q.duty(t, "C08", q.name); r.str("items", 0, "state") != "done" {
		t.Errorf("%s", r.body)
	}
	var atom struct {
		Entries []struct {
			Title string `xml:"title"`
		} `xml:"entry"`
	}
	r = anon.get("/feeds/" + testVillage + ".atom").want(http.StatusOK)
	if err := xml.Unmarshal(r.body, &atom); err != nil || len(atom.Entries) != 4 {
		t.Errorf("%v %s", err, clip(r.body))
	}
	r = anon.get("/feeds/" + testTownship + ".json").want(http.StatusOK)
	if l, _ := r.at("items").([]any); len(l) != 4 || r.str("version") != "https://jsonfeed.org/version/1.1" || !strings.HasSuffix(r.str("items", 1, "url"), "/d/"+last) {
		t.Errorf("%s", clip(r.body))
	}
	if rows := q.openLines(t); len(rows) != 6 {
		t.Errorf("%d lines to take away: %v", len(rows), rows)
	}
	r = anon.get("/api/v1/things?region=" + testVillage + "&kind=project").want(http.StatusOK)
	if r.str("items", 0, "name") != "村道路灯" || r.at("items", 0, "expense_fen") != 3*126050.0 {
		t.Errorf("%s", r.body)
	}
	r = anon.get("/api/v1/disclosures/" + last + "/comparison").want(http.StatusOK)
	if r.str("before", "period") != q.months[1] {
		t.Errorf("%s", r.body)
	}
}

// question: asked about one line, joined, answered, settled by the asker alone.
func (q *quarter) question(t *testing.T) {
	id := q.ids[q.months[2]]
	r := as(t, q.o.villager).post("/api/v1/disclosures/"+id+"/questions", obj{"text": "路灯电费为什么这么多？", "line": 1}).want(http.StatusCreated)
	path := "/api/v1/questions/" + r.str("id")
	as(t, q.other).send(http.MethodPut, path+"/joined", obj{}).want(http.StatusOK)
	as(t, q.o.clerk).post(path+"/actions", obj{"action": "answer", "text": "上月多装了六盏路灯。"}).want(http.StatusOK)
	as(t, q.other).post(path+"/actions", obj{"action": "settle"}).problem(http.StatusForbidden, "procedure.forbidden")
	as(t, q.o.villager).post(path+"/actions", obj{"action": "settle"}).want(http.StatusOK)
	r = as(t, q.s.anon).get(path).want(http.StatusOK)
	if r.str("state") != "settled" || r.at("joined") != 1.0 || r.at("line") != 1.0 || strings.Contains(string(r.body), "王") || strings.Contains(string(r.body), "李") {
		t.Errorf("%s", r.body)
	}
	if r := as(t, q.s.anon).get("/api/v1/disclosures/" + id).want(http.StatusOK); r.at("questions") != 1.0 || r.at("answered") != 1.0 {
		t.Errorf("%s", clip(r.body))
	}
}

// township: sees what is late, extends one, exempts one; its numbers follow.
func (q *quarter) township(t *testing.T) {
	township, path := as(t, q.o.township), "/api/v1/regions/"+testTownship+"/duties"
	number := func(state string) float64 {
		n, _ := as(t, q.s.anon).get(path).want(http.StatusOK).at("total", state).(float64)
		return n
	}
	late := func(item string) string {
		for _, state := range []string{"overdue", "very_overdue"} {
			r := as(t, q.s.anon).get(dutiesPath + "?item=" + item + "&state=" + state).want(http.StatusOK)
			if l, _ := r.at("items").([]any); len(l) > 0 {
				return r.str("items", 0, "period")
			}
		}
		t.Fatalf("nothing of %s is late", item)
		return ""
	}
	if number("overdue")+number("very_overdue") == 0 {
		t.Error("nothing is late in a township that published almost nothing")
	}
	r := as(t, q.s.anon).get(path).want(http.StatusOK)
	if l, _ := r.at("children").([]any); len(l) < 2 || r.str("by_item", 0, "item_code") == "" {
		t.Errorf("%s", clip(r.body))
	}
	owed := number("overdue") + number("very_overdue")
	until := q.s.clock.Now().In(calendar.China).AddDate(0, 0, 5).Format(time.DateOnly)
	extend := obj{"item_code": "D02", "period": late("D02"), "reason": "凭证在县里审计，尚未退回。", "until": until}
	as(t, q.o.clerk).post(dutiesPath+"/extensions", extend).problem(http.StatusForbidden, "account.not_allowed")
	township.post(dutiesPath+"/extensions", extend).want(http.StatusOK)
	exempt := obj{"item_code": "D09", "period": late("D09"), "reason": "这个月没有误工补贴。"}
	if r := township.post(dutiesPath+"/exemptions", exempt).want(http.StatusOK); r.str("state") != "not_applicable" || r.str("exemption", "decided_by") == "" {
		t.Errorf("%s", r.body)
	}
	if r := q.duty(t, "D02", extend["period"].(string)); r.str("items", 0, "state") != "extended" || r.str("items", 0, "extension", "until") != until { //nolint:forcetypeassert // set above
		t.Errorf("%s", r.body)
	}
	eventually(t, 5*time.Second, "the township's numbers follow", func() bool {
		return number("extended") == 1 && number("not_applicable") == 1 && number("overdue")+number("very_overdue") == owed-2
	})
}

// indicators: counted from the same records, with numerator and denominator.
func (q *quarter) indicators(t *testing.T) {
	if err := q.s.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	period := q.s.clock.Now().In(calendar.China).Format("2006-01")
	r := as(t, q.s.anon).get("/api/v1/indicators?region=" + testVillage + "&period=" + period).want(http.StatusOK)
	items, _ := r.at("items").([]any)
	got := map[string][2]float64{}
	for i := range items {
		n, _ := r.at("items", i, "numerator").(float64)
		d, _ := r.at("items", i, "denominator").(float64)
		got[r.str("items", i, "code")] = [2]float64{n, d}
		if small := r.at("items", i, "small_sample"); (d < 5) != (small == true) || (small == true) != (r.at("items", i, "value") == nil) {
			t.Errorf("%s", clip(r.body))
		}
	}
	for code, want := range map[string][2]float64{"I04": {1, 4}, "I05": {0, 4}, "I06": {1, 1}, "I07": {0, 1}} {
		if got[code] != want {
			t.Errorf("%s is %v, want %v: %s", code, got[code], want, r.body)
		}
	}
}

// told: everybody of what others did, and nobody of their own.
func (q *quarter) told(t *testing.T) {
	messages := func(c client) (kinds []string) {
		r := as(t, c).get("/api/v1/me/messages?limit=50").want(http.StatusOK)
		l, _ := r.at("items").([]any)
		for i := range l {
			kinds = append(kinds, r.str("items", i, "kind"))
		}
		return kinds
	}
	for who, c := range map[string]struct {
		by         client
		some, none string // kinds
	}{
		"villager":   {q.o.villager, "disclosure.published", "question.asked"},
		"asker":      {q.o.villager, "question.answered", "question.settled"},
		"clerk":      {q.o.clerk, "question.asked", "disclosure.published"},
		"supervisor": {q.o.supervisor, "disclosure.submitted", "disclosure.published"},
		"director":   {q.o.director, "disclosure.reviewed", "disclosure.published"},
	} {
		got := messages(c.by)
		if !slices.ContainsFunc(got, func(k string) bool { return strings.HasPrefix(k, c.some) }) || slices.Contains(got, c.none) {
			t.Errorf("%s was told of %v", who, got)
		}
	}
	if got := messages(q.o.stranger); len(got) != 0 {
		t.Errorf("who follows nothing was told of %v", got)
	}
}

// corrected: a new version that says so, and says what is different.
func (q *quarter) corrected(t *testing.T) {
	clerk, anon, id := as(t, q.o.clerk), as(t, q.s.anon), q.ids[q.months[2]]
	path := "/api/v1/disclosures/" + id
	clerk.post(path+"/actions", obj{"action": "withdraw", "reason": "凭证号写错", "kind": "error"}).want(http.StatusOK)
	if r := q.duty(t, "D02", q.months[2]); r.str("items", 0, "state") == "done" {
		t.Errorf("done while it is down: %s", r.body)
	}
	d := q.edit(t, id)
	lines, _ := d["lines"].([]any)
	line, _ := lines[1].(map[string]any)
	line["voucher"] = "记-03"
	clerk.send(http.MethodPut, path, d).want(http.StatusOK)
	q.o.walk(id)
	r := anon.get(path + "/versions/2/difference").want(http.StatusOK)
	if r.str("reason") != "凭证号写错" || r.str("lines", 1, "op") != "changed" || r.str("lines", 1, "cells", 0, "before") != "记-02" || r.str("lines", 1, "cells", 0, "after") != "记-03" {
		t.Errorf("%s", r.body)
	}
	if r := anon.get("/feeds/" + testVillage + ".json").want(http.StatusOK); !strings.HasPrefix(r.str("items", 0, "title"), "更正：") {
		t.Errorf("%s", clip(r.body))
	}
	if r := anon.get("/d/" + id).want(http.StatusOK); !bytes.Contains(r.body, []byte("更正")) {
		t.Error("the page does not say that it was corrected")
	}
	if r := q.duty(t, "D02", q.months[2]); r.str("items", 0, "state") != "done" {
		t.Errorf("the day of the first version no longer counts: %s", r.body)
	}
}

// withdrawn: a tombstone with the reason, and nothing of it anywhere else.
func (q *quarter) withdrawn(t *testing.T) {
	anon, id := as(t, q.s.anon), q.ids[q.months[2]]
	as(t, q.o.clerk).post("/api/v1/disclosures/"+id+"/actions", obj{"action": "withdraw", "reason": "照片里有个人情况", "kind": "privacy"}).want(http.StatusOK)
	if err := q.s.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := anon.get("/api/v1/disclosures/" + id).want(http.StatusOK)
	if r.str("state") != "withdrawn" || r.str("reason") == "" || bytes.Contains(r.body, []byte("电费")) {
		t.Errorf("%s", r.body)
	}
	if finds(anon, searchPath(testCounty, "路灯"), id) {
		t.Error("found")
	}
	for _, path := range []string{"/d/" + id, "/feeds/" + testVillage + ".atom", "/api/v1/feed?region=" + testCity} {
		if body := anon.get(path).want(http.StatusOK).body; bytes.Contains(body, []byte("记-03")) {
			t.Errorf("%s tells", path)
		}
	}
	for _, row := range q.openLines(t) {
		if row[0] == id {
			t.Errorf("exported: %v", row)
		}
	}
	r = anon.get("/api/v1/things?region=" + testVillage + "&kind=project").want(http.StatusOK)
	if r.at("items", 0, "expense_fen") != 2*126050.0 {
		t.Errorf("among the named things: %s", r.body)
	}
}

// TestQuarter_Refusals: broken and hostile files and requests are told in order,
// who, where, what, whether one may, and leave nothing.
func TestQuarter_Refusals(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	o := s.staff()
	book := "/api/v1/disclosures/workbook?region=" + testVillage
	t.Run("Files", func(t *testing.T) {
		clerk := as(t, o.clerk)
		for name, c := range map[string]struct {
			data   []byte
			status int
			code   string
		}{
			"空.xlsx":  {nil, 422, "workbook.unreadable"},
			"旧.xls":   {append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 512)...), 422, "workbook.unreadable"},
			"乱.xlsx":  {[]byte("PK\x03\x04 not a workbook"), 422, "workbook.unreadable"},
			"炸弹.xlsx": {zipBomb(t), 413, "workbook.too_large"},
			"程序.exe":  {[]byte("MZ"), 422, "workbook.unreadable"},
		} {
			for _, apply := range []string{"", "&apply=true"} {
				clerk.file(book+apply, name, c.data).problem(c.status, c.code)
			}
		}
		clerk.post(book, obj{}).problem(http.StatusUnsupportedMediaType, "request.media_type")
		if l, _ := clerk.get("/api/v1/disclosures?region=" + testVillage).want(http.StatusOK).at("items").([]any); len(l) != 0 {
			t.Errorf("%d drafts of files that were refused", len(l))
		}
	})
	t.Run("Order", func(t *testing.T) {
		const nowhere = "/api/v1/regions/510821102999"
		good := obj{"item_code": "D02", "period": "2026-09", "reason": "尚未退回。", "until": "2026-01-01"}
		for _, path := range []string{"/duties/events", "/duties/extensions", "/duties/exemptions", "/duties/demands", "/questions/report"} {
			as(t, s.anon).post(nowhere+path, obj{}).problem(http.StatusUnauthorized, "auth.required")
			as(t, o.stranger).post(nowhere+path, obj{}).problem(http.StatusNotFound, "region.not_found")
			as(t, o.stranger).post("/api/v1/regions/"+testVillage+path, obj{}).problem(http.StatusUnprocessableEntity, "request.invalid")
		}
		as(t, o.stranger).post(dutiesPath+"/extensions", good).problem(http.StatusUnprocessableEntity, "request.invalid")
		as(t, o.otherClerk).file(book, "a.xlsx", zipBomb(t)).problem(http.StatusForbidden, "account.not_allowed") // strangers' files are not opened
	})
}

// zipBomb is a small file that says it is a sheet of a hundred megabytes, and
// is: one megabyte of nothing is compressed, and repeated.
func zipBomb(t *testing.T) []byte {
	t.Helper()
	file, err := makeZipBomb()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

var makeZipBomb = sync.OnceValues(func() ([]byte, error) {
	const times = 100
	nothing := make([]byte, 1<<20)
	var packed, file bytes.Buffer
	f, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(nothing)
	if err := errors.Join(err, f.Flush()); err != nil {
		return nil, err
	}
	body := bytes.Repeat(packed.Bytes(), times)
	packed.Reset()
	if err := f.Close(); err != nil {
		return nil, err
	}
	body = append(body, packed.Bytes()...)
	sum := crc32.NewIEEE()
	for range times {
		_, _ = sum.Write(nothing)
	}
	z := zip.NewWriter(&file)
	w, err := z.CreateRaw(&zip.FileHeader{
		Name: "xl/worksheets/sheet1.xml", Method: zip.Deflate, CRC32: sum.Sum32(),
		CompressedSize64: uint64(len(body)), UncompressedSize64: uint64(times * len(nothing)),
	})
	if err != nil {
		return nil, err
	}
	_, err = w.Write(body)
	err = errors.Join(err, z.Close())
	return file.Bytes(), err
})

// TestZipBomb_Opens: the file is what it says; only its size is wrong with it.
func TestZipBomb_Opens(t *testing.T) {
	t.Parallel()
	file := zipBomb(t)
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	r, err := z.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, r); n != 100<<20 || err != nil || len(file) > 2<<20 {
		t.Errorf("%d bytes of %d, %v", n, len(file), err)
	}
}

// The document that is printed names every operation of a server that runs.
func TestOpenAPI_PrintedIsServed(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	var printed bytes.Buffer
	if err := (openapiCommand{}).Run(&environment{stdout: &printed}); err != nil {
		t.Fatal(err)
	}
	var want, got struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	s.anon.get("/openapi.json").want(http.StatusOK).into(&want)
	if err := json.Unmarshal(printed.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	for path, operations := range want.Paths {
		for method := range operations {
			if got.Paths[path][method] == nil {
				t.Errorf("%s %s is served and not printed", method, path)
			}
		}
	}
	if len(got.Paths) != len(want.Paths) {
		t.Errorf("%d paths printed, %d served", len(got.Paths), len(want.Paths))
	}
}
