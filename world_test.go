package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"cunwu/config"
	"cunwu/service/calendar"
	"cunwu/service/region"
)

// The places of the tests are real ones of the embedded tree.
const (
	testCity     = "5108"
	testCounty   = "510821"
	testTownship = "510821102"
	testVillage  = "510821102200"
	otherVillage = "510821102202"
)

// started is a running server and the clock it goes by.
type started struct {
	*App
	anon client
}

// testConfig gives embedded settings below a fresh folder, on a free port.
func testConfig(t *testing.T, dir string, extra ...string) config.Config {
	t.Helper()
	cfg, err := config.Load(append(testEnvironment(dir), extra...), true)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func testEnvironment(dir string) []string {
	return []string{"CUNWU_LISTEN=127.0.0.1:0", "CUNWU_METRICS_LISTEN=127.0.0.1:0", "CUNWU_DATA=" + dir, "CUNWU_TEST_CLOCK=1"}
}

// quiet is a log that says nothing unless the test is verbose.
func quiet() *slog.Logger {
	if testing.Verbose() && os.Getenv("CUNWU_TEST_LOG") != "" {
		return slog.New(slog.NewJSONHandler(os.Stderr, nil))
	}
	return slog.New(slog.DiscardHandler)
}

// start runs a server with the stand-in for WeChat and the real region tree.
func start(t *testing.T, cfg config.Config, change ...func(*appOptions)) *started {
	t.Helper()
	o := demoOptions(nil)
	for _, f := range change {
		f(&o)
	}
	ready := firstStart(t, cfg, o)
	app, err := NewApp(t.Context(), withDemoAccount(cfg), quiet(), o)
	if err != nil {
		t.Fatal(err)
	}
	if !ready {
		if err := importEmbeddedRegions(t.Context(), app.regions); err != nil {
			t.Fatal(err)
		}
	}
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
		defer cancel()
		if err := app.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return &started{App: app, anon: client{t: t, base: "http://" + app.Addr()}}
}

// office holds the people of the test villages, signed in.
type office struct {
	admin, township             client
	clerk, director, supervisor client
	otherClerk                  client
	villager                    client // bound to the roll, reader
	stranger                    client // signed in, on no roll
	appointments                map[string]string
}

// staff appoints from the first administrator downwards, through the API alone,
// as a county would: each level appoints the one below.
func (s *started) staff() *office {
	t := s.anon.t
	t.Helper()
	code, err := s.accounts.AdminInit(t.Context(), testCity)
	if err != nil {
		t.Fatal(err)
	}
	o := &office{appointments: map[string]string{}}
	o.admin = s.person(1).redeem(code)
	o.township = s.person(2).redeem(o.appoint(o.admin, "township", testTownship))
	o.clerk = s.person(3).redeem(o.appoint(o.township, "clerk", testVillage))
	o.director = s.person(4).redeem(o.appoint(o.township, "director", testVillage))
	o.supervisor = s.person(5).redeem(o.appoint(o.township, "supervisor", testVillage))
	o.otherClerk = s.person(6).redeem(o.appoint(o.township, "clerk", otherVillage))
	o.stranger = s.person(8)
	o.clerk.do(http.MethodPost, "/api/v1/regions/"+testVillage+"/roll?apply=true", rollFile(t, rollCSV), rollHeader).want(http.StatusOK)
	o.villager = s.person(7)
	o.villager.consent()
	o.villager.post("/api/v1/me/residency", obj{"region": testVillage, "name": "王小成", "last4": "0028"}).want(http.StatusOK)
	return o
}

// rollCSV is a small roll. The ID numbers have right check digits and belong to
// nobody: their dates of birth lie in a district code that was never given out.
const rollCSV = "户号,姓名,身份证号,电话,组\n" +
	"1,王小成,,13800000001,1\n"

var rollHeader = map[string]string{"Content-Type": "multipart/form-data; boundary=xxBOUNDARYxx"}

func rollFile(t *testing.T, csv string) io.Reader {
	t.Helper()
	return bytes.NewBufferString("--xxBOUNDARYxx\r\nContent-Disposition: form-data; name=\"file\"; filename=\"roll.csv\"\r\nContent-Type: text/csv\r\n\r\n" +
		csv + "\r\n--xxBOUNDARYxx--\r\n")
}

// person signs in one of the stand-in's strangers.
func (s *started) person(n int) client {
	s.anon.t.Helper()
	return s.anon.signIn(fmt.Sprintf("demo-stranger-%d", n))
}

// appoint offers an office by invite and gives the code.
func (o *office) appoint(by client, role string, at region.Code) string {
	by.t.Helper()
	now := time.Now().In(calendar.China)
	r := by.post("/api/v1/appointments", obj{
		"role": role, "region": at, "invite": true, "start": now.AddDate(0, 0, -1).Format("2006-01-02"), "end": now.AddDate(3, 0, 0).Format("2006-01-02"),
	}).want(http.StatusCreated)
	o.appointments[role+" "+string(at)] = r.str("id")
	return r.str("invite_code")
}

func (c client) redeem(code string) client {
	c.t.Helper()
	c.consent()
	c.post("/api/v1/me/appointments", obj{"code": code}).want(http.StatusOK)
	return c
}

func (c client) consent() {
	c.t.Helper()
	v, ok := c.get("/api/v1/notices/privacy").want(http.StatusOK).at("version").(float64)
	if !ok {
		c.t.Fatal("the notice has no version")
	}
	c.post("/api/v1/me/consents", obj{"notice": "privacy", "version": int(v), "given": true}).want(http.StatusCreated)
}

// draftOf is a posting that adds up, by itself and with those of the months
// before and after it.
func draftOf(village, period string) obj {
	opening := int64(0)
	if day, err := time.Parse("2006-01", period); err == nil {
		opening = int64(day.Year()*12+int(day.Month())) * (200000 - 126050)
	}
	return obj{
		"region": village, "item_code": "D02", "period": period, "title": "财务收支明细 " + period,
		"summary": "本月收入2000.00元，支出1260.50元。收入是鱼塘发包款，支出是路灯电费，有疑问请找监委会。",
		"lines": []obj{
			{"date": period + "-03", "voucher": "记-01", "summary": "收鱼塘发包款", "category": "经营收入", "income_fen": 200000},
			{
				"date": period + "-12", "voucher": "记-02", "summary": "支付村道路灯电费", "category": "公益支出", "expense_fen": 126050,
				"project": "村道路灯", "contract": "供用电合同", "asset": "路灯", "payee": "国网旺苍县供电公司",
			},
		},
		"income_fen": 200000, "expense_fen": 126050, "opening_fen": opening, "closing_fen": opening + 200000 - 126050,
	}
}

// publish takes a draft of the test village through every step.
func (o *office) publish(draft obj) string {
	o.clerk.t.Helper()
	id := o.clerk.post("/api/v1/disclosures", draft).want(http.StatusCreated).str("id")
	o.walk(id)
	return id
}

func (o *office) walk(id string) {
	o.clerk.t.Helper()
	step := func(c client, body obj) {
		c.t.Helper()
		c.post("/api/v1/disclosures/"+id+"/actions", body).want(http.StatusOK)
	}
	step(o.clerk, obj{"action": "submit"})
	step(o.supervisor, o.approval(id))
	step(o.director, obj{"action": "confirm", "note": "村委会会议已确认。"})
	step(o.clerk, obj{"action": "publish"})
}

// approval agrees to a posting, with every attachment looked at.
func (o *office) approval(id string) obj {
	o.supervisor.t.Helper()
	seen := []any{}
	shown := o.supervisor.get("/api/v1/disclosures/" + id).want(http.StatusOK)
	if files, ok := shown.at("attachments").([]any); ok {
		for i := range files {
			seen = append(seen, shown.str("attachments", i, "id"))
		}
	}
	return obj{"action": "approve", "opinion": "账目与凭证一致，同意公开。", "media": seen}
}

// tempData gives a folder for a server's data.
func tempData(t *testing.T) string { return filepath.Join(t.TempDir(), "data") }
