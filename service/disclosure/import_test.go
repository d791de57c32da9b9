package disclosure_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/region"
	"cunwu/service/workbook"
)

const septemberCSV = "日期,凭证号,摘要,科目,收入,支出,余额,收款单位\n,,期初余额,,,,100.00,\n" +
	"2026-02-03,记-1,收鱼塘发包款,经营收入,2000.00,,2100.00,\n2月12日,记-2,支付路灯电费,公益支出,,\"1,260.50\",839.50,供电公司\n合计,,,,2000.00,1260.50,,\n,,期末余额,,,,839.50,\n"

func (h *house) importLines(by account.Caller, id string, f disclosure.LinesFile) (disclosure.LinesPreview, error) {
	return h.svc.ImportLines(h.t.Context(), by, act(by), id, f)
}

func TestService_ImportLines(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		t.Helper()
		clerk := h.holder(account.Clerk, yanjing)
		p := h.draft(yanjing, "D02", "2026-02", disclosure.Content{Title: "2月收支", Summary: "二月的收支明细，请大家看看。"})
		file := disclosure.LinesFile{Name: "二月.csv", Data: []byte(septemberCSV), Revision: p.Revision}
		got, err := h.importLines(clerk, p.ID, file)
		if err != nil || got.Applied || len(got.Problems) != 0 || len(got.Lines) != 2 || got.ExpenseFen != 126050 {
			t.Fatalf("%+v %v", got, err)
		}
		if now := h.posting(clerk, p.ID); len(now.Content.Lines) != 0 || now.Revision != p.Revision {
			t.Fatal("a preview wrote")
		}
		file.Apply = true
		got, err = h.importLines(clerk, p.ID, file)
		if err != nil || !got.Applied || got.Revision != p.Revision+1 {
			t.Fatalf("%+v %v", got, err)
		}
		c := h.posting(clerk, p.ID).Content
		if len(c.Lines) != 2 || *c.IncomeFen != 200000 || *c.OpeningFen != 10000 || *c.ClosingFen != 83950 || c.Title != "2月收支" || c.Lines[1].Payee != "供电公司" || c.Lines[1].Date != "2026-02-12" {
			t.Errorf("%+v", c)
		}
		_, err = h.importLines(clerk, p.ID, file) // the draft has moved on
		refused(t, err, disclosure.ErrRaced)
		file.Revision, file.Data = got.Revision, []byte("摘要,支出\n电费,-5\n")
		bad, err := h.importLines(clerk, p.ID, file)
		refused(t, err, disclosure.ErrImport)
		if f := fault.Of(err); len(bad.Problems) != 1 || !strings.Contains(f.Fields[0].Message, "第 2 行 B 列：") {
			t.Errorf("%+v", f.Fields)
		}
		if now := h.posting(clerk, p.ID); now.Revision != got.Revision || len(now.Content.Lines) != 2 {
			t.Error("a refused file wrote")
		}
	})
}

func TestService_ImportLines_Refusals(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		t.Helper()
		clerk := h.holder(account.Clerk, yanjing)
		p := h.draft(yanjing, "D02", "2026-02", accounts())
		good := disclosure.LinesFile{Name: "a.csv", Data: []byte(septemberCSV)}
		_, err := h.importLines(account.Caller{}, p.ID, good)
		refused(t, err, account.ErrRequired)
		_, err = h.importLines(h.holder(account.Clerk, liushu), p.ID, good)
		refused(t, err, disclosure.ErrNotFound)
		_, err = h.importLines(h.holder(account.Supervisor, yanjing), p.ID, good)
		refused(t, err, account.ErrMayNot)
		_, err = h.importLines(clerk, p.ID, disclosure.LinesFile{Name: "a.csv", Data: good.Data, Mapping: map[string]string{"x": "image"}})
		refused(t, err, fault.ErrInvalid)
		_, err = h.importLines(clerk, p.ID, disclosure.LinesFile{Name: "a.xls", Data: good.Data})
		refused(t, err, workbook.ErrUnreadable)
		f := excelize.NewFile()
		for cell, v := range map[string]any{"A1": "摘要", "B1": "支出", "A2": "电费"} {
			if err := f.SetCellValue("Sheet1", cell, v); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.SetCellFormula("Sheet1", "B2", "2+3"); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
		seen, err := h.importLines(clerk, p.ID, disclosure.LinesFile{Name: "a.xlsx", Data: b.Bytes()})
		if err != nil || len(seen.Problems) == 0 || seen.Problems[0].Column != "B" || seen.Problems[0].Row != 2 {
			t.Errorf("%+v %v", seen.Problems, err)
		}
		_, err = h.importLines(clerk, p.ID, disclosure.LinesFile{Name: "a.xlsx", Data: b.Bytes(), Apply: true, Revision: p.Revision})
		refused(t, err, workbook.ErrFormula)
		h.do(p.ID, "submit", nil)
		_, err = h.importLines(clerk, p.ID, good)
		refused(t, err, disclosure.ErrNotDraft)
	})
}

// A repeat with the same key gets the first preview and changes nothing.
func TestService_ImportLines_Receipt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		t.Helper()
		clerk := h.holder(account.Clerk, yanjing)
		p := h.draft(yanjing, "D02", "2026-02", disclosure.Content{Title: "2月收支", Summary: "二月的收支明细，请大家看看。"})
		with := act(clerk)
		with.Receipt = &audit.Receipt{Scope: "s", Key: "k", Encode: func(result any) (int, []byte, error) {
			pv, ok := result.(disclosure.LinesPreview)
			if !ok || !pv.Applied {
				return 0, nil, fmt.Errorf("answered with %T", result)
			}
			raw, err := json.Marshal(pv.Revision)
			return 200, raw, err
		}}
		file := disclosure.LinesFile{Name: "a.csv", Data: []byte(septemberCSV), Apply: true, Revision: p.Revision}
		if _, err := h.svc.ImportLines(t.Context(), clerk, with, p.ID, file); err != nil {
			t.Fatal(err)
		}
		_, err := h.svc.ImportLines(t.Context(), clerk, with, p.ID, file)
		var again *audit.Replay
		if !errors.As(err, &again) || string(again.Body) != fmt.Sprint(p.Revision+1) {
			t.Fatalf("%v", err)
		}
		if h.posting(clerk, p.ID).Revision != p.Revision+1 {
			t.Error("a repeat wrote")
		}
	})
}

// filled takes the template of a period and writes cells into it.
func (h *house) filled(period string, cells map[string]any) []byte {
	h.t.Helper()
	var b bytes.Buffer
	if err := h.svc.Template(h.t.Context(), h.holder(account.Clerk, yanjing), yanjing, period, &b); err != nil {
		h.t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for at, v := range cells {
		sheet, cell, _ := strings.Cut(at, "!")
		if i, err := f.GetSheetIndex(sheet); err == nil && i < 0 {
			_, err = f.NewSheet(sheet)
			if err != nil {
				h.t.Fatal(err)
			}
		}
		if err := f.SetCellValue(sheet, cell, v); err != nil {
			h.t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		h.t.Fatal(err)
	}
	return out.Bytes()
}

// rowOf finds an item's row in the template.
func (h *house) rowOf(data []byte, code, period string) int {
	h.t.Helper()
	b, err := workbook.Read("a.xlsx", data, workbook.Limits{})
	if err != nil {
		h.t.Fatal(err)
	}
	for i, row := range b.Sheets[0].Rows {
		if len(row) > 2 && row[0] == code && row[2] == period {
			return i + 1
		}
	}
	h.t.Fatalf("no row of %s %s", code, period)
	return 0
}

func (h *house) batch(by account.Caller, data []byte, apply bool) (disclosure.BatchPreview, error) {
	return h.svc.ImportBatch(h.t.Context(), by, act(by), disclosure.BatchFile{Region: yanjing, Name: "batch.xlsx", Data: data, Apply: apply})
}

func (h *house) unfinished() int {
	h.t.Helper()
	page, err := h.svc.Mine(h.t.Context(), h.holder(account.Clerk, yanjing), yanjing, 0, 50)
	if err != nil {
		h.t.Fatal(err)
	}
	return len(page.Items)
}

func TestService_ImportBatch(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		t.Helper()
		clerk := h.holder(account.Clerk, yanjing)
		empty := h.filled("2026Q1", nil)
		got, err := h.batch(clerk, empty, true)
		refused(t, err, disclosure.ErrImport) // nothing filled in is no batch
		if len(got.Drafts) != 0 || len(got.Skipped) < 20 {
			t.Errorf("%d drafts, %d skipped", len(got.Drafts), len(got.Skipped))
		}
		d02, d05, c08 := h.rowOf(empty, "D02", "2026-02"), h.rowOf(empty, "D05", "2026Q1"), h.rowOf(empty, "C08", "2026Q1")
		cells := map[string]any{
			fmt.Sprintf("公开事项!E%d", d02): "二月的收支明细，请大家看看，有疑问找村监委会。", fmt.Sprintf("公开事项!H%d", d02): 2000, fmt.Sprintf("公开事项!G%d", d02): "2026-03-01",
			fmt.Sprintf("公开事项!E%d", d05): "一季度的债权债务没有变化，请大家看看。",
			fmt.Sprintf("公开事项!E%d", c08): "一季度调解三件，都调解成功了，谢谢大家。",
			"D02 2026-02!A2":             "2026-02-03", "D02 2026-02!C2": "收鱼塘发包款", "D02 2026-02!E2": 2000,
			"D05 2026Q1!A2": "2026-02-03", "D05 2026Q1!C2": "还路灯欠款", "D05 2026Q1!F2": 12.5,
		}
		data := h.filled("2026Q1", cells)
		got, err = h.batch(clerk, data, false)
		if err != nil || len(got.Problems) != 0 || len(got.Drafts) != 3 || got.Applied || h.unfinished() != 0 {
			t.Fatalf("%+v %v", got, err)
		}
		got, err = h.batch(clerk, data, true)
		if err != nil || !got.Applied || len(got.Drafts) != 3 || h.unfinished() != 3 {
			t.Fatalf("%+v %v", got, err)
		}
		for _, d := range got.Drafts {
			p := h.posting(clerk, d.ID)
			if p.State != disclosure.Draft || p.ItemCode != d.ItemCode || len(p.Content.Lines) != d.Lines {
				t.Errorf("%+v", p)
			}
			if d.ItemCode == "D02" && (*p.Content.IncomeFen != 200000 || p.Content.WrittenOn != "2026-03-01" || p.Content.Title != "盐井村2026年2月财务收支逐笔明细") {
				t.Errorf("%+v", p.Content)
			}
		}
		// What was drafted so can be submitted as anything else.
		h.do(got.Drafts[0].ID, "submit", nil)
		// Once more: each is being worked on, and is named.
		got, err = h.batch(clerk, data, true)
		refused(t, err, disclosure.ErrImport)
		if len(got.Problems) != 3 || !strings.Contains(got.Problems[0].Message, "已经有一份没办完的") || h.unfinished() != 3 {
			t.Errorf("%+v", got.Problems)
		}
	})
}

func TestService_ImportBatch_AllOrNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		t.Helper()
		clerk := h.holder(account.Clerk, yanjing)
		empty := h.filled("2026Q1", nil)
		c08, d05 := h.rowOf(empty, "C08", "2026Q1"), h.rowOf(empty, "D05", "2026Q1")
		good := map[string]any{fmt.Sprintf("公开事项!E%d", c08): "一季度调解三件，都调解成功了，谢谢大家。"}
		for name, c := range map[string]struct {
			cells map[string]any
			says  string
		}{
			"short summary":  {map[string]any{fmt.Sprintf("公开事项!E%d", d05): "短"}, "至少要"},
			"unknown item":   {map[string]any{"公开事项!A90": "Z99", "公开事项!E90": "这一项不在公开目录里，请核对。"}, "没有“Z99”"},
			"bad period":     {map[string]any{fmt.Sprintf("公开事项!C%d", c08): "2026-01"}, "季度"},
			"same twice":     {map[string]any{"公开事项!A90": "C08", "公开事项!C90": "2026Q1", "公开事项!D90": "又一份", "公开事项!E90": "同一个事项同一个期间写了两次。"}, "同一个事项"},
			"foreign sheet":  {map[string]any{"账本!A1": "x"}, "没有一行是这张表的"},
			"bad line":       {map[string]any{fmt.Sprintf("公开事项!E%d", d05): "一季度的债权债务没有变化，请看看。", "D05 2026Q1!A2": "2026-02-30", "D05 2026Q1!C2": "还", "D05 2026Q1!F2": 1}, "没有这一天"},
			"total differs":  {map[string]any{fmt.Sprintf("公开事项!E%d", d05): "一季度的债权债务没有变化，请看看。", fmt.Sprintf("公开事项!I%d", d05): 2, "D05 2026Q1!C2": "还", "D05 2026Q1!F2": 1}, "工作表“D05 2026Q1”里是 1.00"},
			"negative":       {map[string]any{fmt.Sprintf("公开事项!H%d", d05): -2}, "负数"},
			"field of other": {map[string]any{"公开事项!BZ1": "没有的栏", fmt.Sprintf("公开事项!BZ%d", c08): "x"}, "没有“没有的栏”"},
		} {
			cells := map[string]any{}
			for k, v := range good {
				cells[k] = v
			}
			for k, v := range c.cells {
				cells[k] = v
			}
			got, err := h.batch(clerk, h.filled("2026Q1", cells), true)
			refused(t, err, disclosure.ErrImport)
			if !strings.Contains(fmt.Sprint(got.Problems), c.says) || got.Applied {
				t.Errorf("%s: %+v", name, got.Problems)
			}
		}
		if n := h.unfinished(); n != 0 {
			t.Errorf("%d drafts of refused workbooks", n)
		}
		for _, by := range []account.Caller{h.holder(account.Supervisor, yanjing), h.holder(account.Clerk, liushu)} {
			_, err := h.batch(by, empty, false)
			refused(t, err, account.ErrMayNot)
		}
		_, err := h.batch(account.Caller{}, empty, false)
		refused(t, err, account.ErrRequired)
		_, err = h.svc.ImportBatch(t.Context(), clerk, act(clerk), disclosure.BatchFile{Region: "510821102299", Name: "a.xlsx", Data: empty})
		refused(t, err, region.ErrNotFound)
		err = h.svc.Template(t.Context(), clerk, yanjing, "2026年", &bytes.Buffer{})
		refused(t, err, fault.ErrInvalid)
	})
}
