package account_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cunwu/repository"
	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/fault"
	"cunwu/service/region"
)

// The places of the tests: one county, two townships, three villages.
const (
	city      = region.Code("5108")
	county    = region.Code("510821")
	township  = region.Code("510821102")
	village   = region.Code("510821102200")
	otherVill = region.Code("510821102202")
	farVill   = region.Code("510821103200")
)

// wechat stands in for the platform: a code "s-...-NAME" is of the openid
// "openid-NAME", a phone code "p-...-NUMBER" of that number.
type wechat struct{ asked atomic.Int64 }

func (w *wechat) OpenID(_ context.Context, code string) (string, error) {
	w.asked.Add(1)
	if !strings.HasPrefix(code, "s-") {
		return "", account.ErrCode
	}
	return "openid-" + code[strings.LastIndex(code, "-")+1:], nil
}

func (w *wechat) Phone(_ context.Context, code string) (string, error) {
	w.asked.Add(1)
	if !strings.HasPrefix(code, "p-") {
		return "", account.ErrCode
	}
	return code[strings.LastIndex(code, "-")+1:], nil
}

type world struct {
	*testing.T
	db     *dbtest.DB
	svc    *account.Service
	wx     *wechat
	sealer *repository.Sealer
	opts   account.Options
	codes  atomic.Int64
	tokens map[string]string
}

// each runs a test on every engine, in a world with places and nobody in it.
func each(t *testing.T, body func(w *world)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		t.Helper()
		body(newWorld(t, db))
	})
}

func newWorld(t *testing.T, db *dbtest.DB) *world {
	t.Helper()
	w := &world{T: t, db: db, wx: &wechat{}, tokens: map[string]string{}}
	w.places()
	powers, err := os.ReadFile("../../config/rules/powers.yaml")
	w.ok(err)
	policy, err := account.ParsePolicy(powers)
	w.ok(err)
	notices, err := account.ParseNotices(os.DirFS("../../config/rules/notices"))
	w.ok(err)
	w.sealer = sealer(t, "k1")
	w.opts = account.Options{
		Clock: db.Clock, Policy: policy, Sealer: w.sealer, WeChat: w.wx, Notices: notices, Places: db.Regions(),
		ReusableCodes: func(code string) bool { return strings.HasPrefix(code, "s-demo-") },
	}
	w.svc = account.New(db.Accounts(), w.opts)
	return w
}

func sealer(t *testing.T, ids ...string) *repository.Sealer {
	t.Helper()
	var ring []repository.SealKey
	for _, id := range ids {
		ring = append(ring, repository.SealKey{ID: id, Key: bytes.Repeat([]byte(id[len(id)-1:]), 16)})
	}
	s, err := repository.NewSealer(ring, bytes.Repeat([]byte("m"), 32))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (w *world) places() {
	w.Helper()
	var rs []region.Region
	for code, name := range map[region.Code]string{
		"51": "四川省", city: "广元市", county: "旺苍县", township: "某镇", "510821103": "邻镇",
		village: "盐井村", otherVill: "柳树村", farVill: "远山村",
	} {
		rs = append(rs, region.Region{Code: code, Parent: code.Parent(), Level: code.Level(), Name: name, Short: name, State: region.Active})
	}
	w.ok(w.db.Regions().InTx(w.Context(), dbtest.Act(), func(tx region.Tx) error {
		if err := tx.PutRegions(w.Context(), rs); err != nil {
			return err
		}
		return tx.Record(w.Context(), audit.Event{Action: "region.import"})
	}))
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("%v", err)
	}
}

// refused wants an error of that code.
func (w *world) refused(err error, want *fault.Fault) {
	w.Helper()
	if !errors.Is(err, want) {
		w.Errorf("error = %v, want %s", err, want.Code)
	}
}

func (w *world) act(c account.Caller) audit.Act {
	return audit.Act{Actor: audit.Actor{AccountID: c.AccountID}, RequestID: "req"}
}

func (w *world) code(name string) string { return fmt.Sprintf("s-%d-%s", w.codes.Add(1), name) }

// signIn signs somebody in anew and agrees to the notice.
func (w *world) signIn(name string) account.Caller {
	w.Helper()
	in, err := w.svc.SignIn(w.Context(), audit.Act{RequestID: "req"}, w.code(name))
	w.ok(err)
	w.tokens[name] = in.Token
	c := w.who(name)
	if c.ConsentDue {
		n := w.svc.Notice()
		_, err = w.svc.GiveConsent(w.Context(), c, w.act(c), account.ConsentInput{Notice: n.Code, Version: n.Version, Channel: "test"})
		w.ok(err)
	}
	return w.who(name)
}

// who asks who holds the token of the last sign-in.
func (w *world) who(name string) account.Caller {
	w.Helper()
	c, err := w.svc.Authenticate(w.Context(), w.tokens[name])
	w.ok(err)
	return c
}

func (w *world) term() (start, end time.Time) {
	now := w.db.Clock.Now()
	return now.Add(-time.Hour), now.AddDate(3, 0, 0)
}

// invite appoints somebody by invite and gives the caller with the office.
func (w *world) invite(by account.Caller, role account.Role, at region.Code, name string) account.Caller {
	w.Helper()
	start, end := w.term()
	made, err := w.svc.Appoint(w.Context(), by, w.act(by), account.AppointInput{
		Role: role, Region: at, Invite: true, Start: start, End: end,
	})
	w.ok(err)
	c := w.signIn(name)
	_, err = w.svc.RedeemInvite(w.Context(), c, w.act(c), made.InviteCode)
	w.ok(err)
	return w.who(name)
}

// admin makes the first administrator.
func (w *world) admin() account.Caller {
	w.Helper()
	code, err := w.svc.AdminInit(w.Context(), city)
	w.ok(err)
	c := w.signIn("admin")
	_, err = w.svc.RedeemInvite(w.Context(), c, w.act(c), code)
	w.ok(err)
	return w.who("admin")
}

// roll is a small roll: every ID number is right, and invented.
const roll = `户号,姓名,手机号,身份证号,组
001,张小三,13800000001,` + idZhang + `,1组
001,李小四,13800000002,` + idLi + `,1组
002,王小五,13800000003,` + idWang + `,二组
002,王小六,,,二组
003,赵小七,13800000005,` + idZhao + `,3
`

// staffed gives a village with a township officer, a clerk, a supervisor and a roll.
func (w *world) staffed() (officer, clerk, supervisor account.Caller) {
	w.Helper()
	officer = w.invite(w.admin(), account.TownshipRole, township, "officer")
	clerk = w.invite(officer, account.Clerk, village, "clerk")
	supervisor = w.invite(officer, account.Supervisor, village, "supervisor")
	p, err := w.svc.ImportRoll(w.Context(), clerk, w.act(clerk), account.RollImport{
		Village: village, Filename: "roll.csv", File: []byte(roll), Apply: true,
	})
	w.ok(err)
	if !p.Applied || p.New != 5 {
		w.Fatalf("import = %+v", p)
	}
	return officer, clerk, supervisor
}

// resident finds a person of the roll.
func (w *world) resident(c account.Caller, name string) string {
	w.Helper()
	page, err := w.svc.Residents(w.Context(), c, account.ResidentQuery{Village: village, Name: name})
	w.ok(err)
	if len(page.Items) != 1 {
		w.Fatalf("%d residents named %s", len(page.Items), name)
	}
	return page.Items[0].ID
}

func (w *world) bind(c account.Caller, name, last4 string) (account.Residency, error) {
	return w.svc.BindResidency(w.Context(), c, w.act(c), account.ResidencyInput{Region: village, Name: name, Last4: last4})
}

func (w *world) bindPhone(c account.Caller, name, phone string) (account.Residency, error) {
	code := fmt.Sprintf("p-%d-%s", w.codes.Add(1), phone)
	return w.svc.BindResidency(w.Context(), c, w.act(c), account.ResidencyInput{Region: village, Name: name, PhoneCode: code})
}

// Invented ID numbers of an area that is not assigned, with right check characters.
const (
	idZhang = "510899197001010014"
	idLi    = "510899197202020024"
	idWang  = "51089919800303003X"
	idZhao  = "51089919900404004X"
)
