package account_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"cunwu/service/account"
	"cunwu/service/fault"
)

func (w *world) importRoll(c account.Caller, name string, file []byte, apply bool) (account.RollPreview, error) {
	return w.svc.ImportRoll(w.Context(), c, w.act(c), account.RollImport{Village: village, Filename: name, File: file, Apply: apply})
}

func (w *world) rollSize(c account.Caller) int {
	w.Helper()
	page, err := w.svc.Residents(w.Context(), c, account.ResidentQuery{Village: village, Limit: 50})
	w.ok(err)
	return len(page.Items)
}

// clerked gives a village with a clerk and an empty roll.
func (w *world) clerked() account.Caller {
	w.Helper()
	officer := w.invite(w.admin(), account.TownshipRole, township, "officer")
	return w.invite(officer, account.Clerk, village, "clerk")
}

func TestService_ImportRoll_PreviewWritesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		clerk := w.clerked()
		p, err := w.importRoll(clerk, "名册.csv", []byte(roll), false)
		w.ok(err)
		if p.Applied || p.Total != 5 || p.New != 5 || len(p.First) != 5 || len(p.Problems) != 0 {
			w.Errorf("%+v", p)
		}
		if first := p.First[0]; first.Name != "张*三" || first.Phone != "138****0001" || first.Row != 2 || !first.Last4 || first.Group != string(village)+"01" {
			w.Errorf("first row = %+v", first)
		}
		if w.rollSize(clerk) != 0 {
			w.Error("a preview wrote")
		}
	})
}

func TestService_ImportRoll_Problems(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		clerk := w.clerked()
		bad := "户号,姓名,手机号,身份证号,组\n" +
			"001,张小三,13800000001," + idZhang + ",1组\n" + // 2: good
			",李小四,,,\n" + // 3: no household
			"001,,,,1组\n" + // 4: no name
			"001,王小五,12345,,1组\n" + // 5: phone
			"001,王小六,," + idZhang[:17] + "9,1组\n" + // 6: check digit
			"002,赵小七,," + idZhang + ",2组\n" + // 7: same ID as 2
			"001,张小三,,,1组\n" + // 8: same name in the household
			"003,周小八,,,51082110220107\n" + // 9: another village's group
			"001,吴小九,,,2组\n" + // 10: household in two groups
			"004,=cmd|x,,,\n" + // 11: formula
			"005,郑小十,,,＝1\n" // 12: full-width formula
		p, err := w.importRoll(clerk, "roll.csv", []byte(bad), true)
		w.refused(err, account.ErrRollProblems)
		if p.Applied || p.Total != 11 {
			w.Errorf("%+v", p)
		}
		rows := map[string]bool{}
		for _, v := range p.Problems {
			rows[fmt.Sprintf("%d %s", v.Row, v.Column)] = true
		}
		for _, want := range []string{
			"3 户号", "4 姓名", "5 手机号", "6 身份证号", "7 身份证号", "8 姓名", "9 组", "10 组", "11 姓名", "12 组",
		} {
			if !rows[want] {
				w.Errorf("no problem at %s: %v", want, p.Problems)
			}
		}
		if rows["2 姓名"] || w.rollSize(clerk) != 0 {
			w.Error("the good row is blamed, or something was written")
		}
		if f := fault.Of(err); len(f.Fields) != len(p.Problems) {
			w.Errorf("%d fields, %d problems", len(f.Fields), len(p.Problems))
		}
	})
}

func TestService_ImportRoll_Again(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		_, clerk, _ := w.staffed()
		p, err := w.importRoll(clerk, "roll.csv", []byte(roll), true)
		w.ok(err)
		if p.Same != 5 || p.New+p.Changed+p.Missing != 0 {
			w.Errorf("the same file again: %+v", p)
		}
		// 李 changed her name and moved to another household, 王小六 got a
		// number, 赵 is not in the file, 孙 is new.
		next := "户号,姓名,手机号,身份证号,组\n" +
			"001,张小三,13800000001," + idZhang + ",1组\n" +
			"002,李小莉,13800000002," + idLi + ",二组\n" +
			"002,王小五,13800000003," + idWang + ",二组\n" +
			"002,王小六,13800000009,,二组\n" +
			"009,孙小八,,,\n"
		li := w.resident(clerk, "李小四")
		p, err = w.importRoll(clerk, "roll.csv", []byte(next), true)
		w.ok(err)
		if p.New != 1 || p.Changed != 2 || p.Same != 2 || p.Missing != 1 {
			w.Errorf("%+v", p)
		}
		if w.resident(clerk, "李小莉") != li {
			w.Error("one ID number became two people")
		}
		if w.rollSize(clerk) != 6 {
			w.Error("somebody was marked as gone untold")
		}
		// The column of phones left out says nothing about phones.
		_, err = w.importRoll(clerk, "roll.csv", []byte("户号,姓名\n001,张小三\n"), true)
		w.ok(err)
		c := w.signIn("anna")
		got, err := w.bindPhone(c, "张小三", "13800000001")
		w.ok(err)
		if got.State != account.StateBound {
			w.Error("the phone number was lost")
		}
		// Marked as gone: they leave the list, and their binding sleeps.
		p, err = w.svc.ImportRoll(w.Context(), clerk, w.act(clerk), account.RollImport{
			Village: village, Filename: "r.csv", File: []byte("户号,姓名\n002,王小五\n"), Apply: true, MarkMissing: true,
		})
		w.ok(err)
		if p.Missing != 5 || w.rollSize(clerk) != 1 {
			w.Errorf("%+v, %d left", p, w.rollSize(clerk))
		}
		if w.who("anna").Standing != account.Unbound {
			w.Error("who moved away still reads")
		}
		// And back again.
		_, err = w.importRoll(clerk, "roll.csv", []byte(roll), true)
		w.ok(err)
		if w.who("anna").Standing != account.Voter {
			w.Error("who came back is not known again")
		}
	})
}

func TestService_ImportRoll_Powers(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		officer, clerk, supervisor := w.staffed()
		for _, c := range []account.Caller{officer, supervisor, w.signIn("stranger")} {
			_, err := w.importRoll(c, "roll.csv", []byte(roll), false)
			w.refused(err, account.ErrMayNot)
		}
		_, err := w.svc.ImportRoll(w.Context(), clerk, w.act(clerk), account.RollImport{Village: otherVill, Filename: "r.csv", File: []byte(roll)})
		w.refused(err, account.ErrMayNot)
		_, err = w.svc.Residents(w.Context(), w.signIn("stranger"), account.ResidentQuery{Village: village})
		w.refused(err, account.ErrMayNot)
		_, err = w.svc.Residents(w.Context(), supervisor, account.ResidentQuery{Village: village})
		w.refused(err, account.ErrMayNot)
	})
}

func book(t testing.TB, fill func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	for i, row := range strings.Split(strings.TrimSpace(roll), "\n") {
		cells := []any{}
		for _, v := range strings.Split(row, ",") {
			cells = append(cells, v)
		}
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &cells); err != nil {
			t.Fatal(err)
		}
	}
	if fill != nil {
		fill(f)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bomb is an archive whose sheet unpacks to so many MB.
func bomb(t testing.TB, mb int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, 9) })
	f, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(f, "<worksheet>")
	chunk := bytes.Repeat([]byte(" "), 1<<20)
	for range mb {
		_, _ = f.Write(chunk)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestService_ImportRoll_Formats(t *testing.T) {
	t.Parallel()
	large, ratio := bomb(t, 80), bomb(t, 8) // slow to make: once for all engines
	each(t, func(w *world) {
		clerk := w.clerked()
		gbk, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(roll))
		w.ok(err)
		for name, file := range map[string][]byte{
			"utf8.csv": []byte(roll), "mark.CSV": []byte("\ufeff" + roll), "gbk.csv": gbk, "book.xlsx": book(w, nil),
		} {
			p, err := w.importRoll(clerk, name, file, false)
			if err != nil || p.Total != 5 || len(p.Problems) != 0 {
				w.Errorf("%s: %+v, %v", name, p, err)
			}
		}
		p, err := w.importRoll(clerk, "formula.xlsx", book(w, func(f *excelize.File) {
			w.ok(f.SetCellFormula("Sheet1", "B3", `HYPERLINK("http://x","y")`))
		}), false)
		w.ok(err)
		if len(p.Problems) == 0 || p.Problems[0].Row != 3 {
			w.Errorf("a formula passed: %+v", p.Problems)
		}
		many := "户号,姓名\n" + strings.Repeat("1,张三\n", 20_001)
		wide := strings.Repeat("甲,", 60) + "户号,姓名\n"
		for name, c := range map[string]struct {
			file []byte
			want *fault.Fault
		}{
			"bomb.xlsx":   {large, account.ErrRollTooLarge},
			"ratio.xlsx":  {ratio, account.ErrRollTooLarge},
			"many.csv":    {[]byte(many), account.ErrRollTooLarge},
			"wide.csv":    {[]byte(wide), account.ErrRollTooLarge},
			"huge.csv":    {make([]byte, 9<<20), account.ErrRollTooLarge},
			"no.xlsx":     {[]byte("PK\x03\x04 not really"), account.ErrRollFile},
			"nul.csv":     {[]byte("户号,姓名\n1,\x00"), account.ErrRollFile},
			"quote.csv":   {[]byte("户号,姓名\n\"1,张"), account.ErrRollFile},
			"empty.csv":   {nil, account.ErrRollFile},
			"columns.csv": {[]byte("甲,乙\n1,2\n"), account.ErrRollFile},
			"twice.csv":   {[]byte("户号,姓名,名字\n"), account.ErrRollFile},
			"roll.pdf":    {[]byte(roll), account.ErrRollFile},
			"bytes.csv":   {[]byte{0xff, 0xfe, 0x80, 0x81, 0xff}, account.ErrRollFile},
		} {
			_, err := w.importRoll(clerk, name, c.file, true)
			if !isFault(err, c.want) {
				w.Errorf("%s: %v, want %s", name, err, c.want.Code)
			}
		}
	})
}

func isFault(err error, want *fault.Fault) bool {
	f := fault.Of(err)
	return f != nil && f.Code == want.Code
}

func TestService_Residents_Pages(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		_, clerk, _ := w.staffed()
		seen, after := map[string]bool{}, ""
		for range 5 {
			page, err := w.svc.Residents(w.Context(), clerk, account.ResidentQuery{Village: village, After: after, Limit: 2})
			w.ok(err)
			for _, r := range page.Items {
				if seen[r.ID] || strings.ContainsAny(r.Name, "小") {
					w.Errorf("%+v", r)
				}
				seen[r.ID] = true
			}
			if after = page.Next; after == "" {
				break
			}
		}
		if len(seen) != 5 || after != "" {
			w.Errorf("%d residents", len(seen))
		}
	})
}
