package account_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/audit"
)

func (w *world) export(c account.Caller) map[string]string {
	w.Helper()
	var b bytes.Buffer
	w.ok(w.svc.Export(w.Context(), c, &b))
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	w.ok(err)
	out := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		w.ok(err)
		text, err := io.ReadAll(r)
		w.ok(err)
		w.ok(r.Close())
		out[f.Name] = string(text)
	}
	return out
}

func TestService_Export(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		_, clerk, _ := w.staffed()
		_, err := w.bindPhone(clerk, "李小四", "13911111111")
		w.ok(err)
		_, err = w.bind(clerk, "李小四", idLi[14:])
		w.ok(err)
		files := w.export(w.who("clerk"))
		for name, want := range map[string][]string{
			"account.csv": {"openid-clerk"}, "residency.csv": {"李小四", "13800000002", "1972-02-02", idLi[14:]},
			"binding_requests.csv": {"superseded", "matched"}, "appointments.csv": {"clerk", string(village)},
			"consents.csv": {"privacy,1,true"}, "sessions.csv": {clerk.SessionID},
		} {
			for _, s := range want {
				if !strings.Contains(files[name], s) {
					w.Errorf("%s lacks %s:\n%s", name, s, files[name])
				}
			}
		}
		var all map[string][]map[string]string
		w.ok(json.Unmarshal([]byte(files["own.json"]), &all))
		if len(all) != 6 || all["residency"][0]["name"] != "李小四" {
			w.Errorf("own.json = %v", all)
		}
		if strings.Contains(files["own.json"], "张小三") || strings.Contains(files["own.json"], idLi) {
			w.Error("somebody else's data, or the whole ID number, is in the export")
		}
		w.refused(w.svc.Export(w.Context(), account.Caller{}, io.Discard), account.ErrRequired)
	})
}

func TestService_Close(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		_, clerk, _ := w.staffed()
		_, err := w.bind(clerk, "李小四", idLi[14:])
		w.ok(err)
		token := w.tokens["clerk"]
		w.ok(w.svc.Close(w.Context(), clerk, w.act(clerk)))
		_, err = w.svc.Authenticate(w.Context(), token)
		w.refused(err, account.ErrExpired)
		a, err := w.db.Accounts().Account(w.Context(), clerk.AccountID)
		w.ok(err)
		if a.ClosedAt.IsZero() || a.OpenIDMAC != nil || len(a.Sealed.Blob) != 0 {
			w.Errorf("tombstone = %+v", a)
		}
		w.refused(w.svc.Close(w.Context(), clerk, w.act(clerk)), account.ErrExpired)
		// The same person comes back as somebody new, without the office.
		again := w.signIn("clerk")
		if again.AccountID == clerk.AccountID || len(again.Grants) != 0 || again.Standing != account.Unbound {
			w.Errorf("came back as %+v", again)
		}
		got, err := w.bind(again, "李小四", idLi[14:])
		w.ok(err)
		if got.State != account.StateBound {
			w.Errorf("the person is not free: %+v", got)
		}
	})
}

// bytesOnDisk gives all that the closed archive left in its folder.
func bytesOnDisk(t *testing.T, db *dbtest.DB) []byte {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(strings.TrimPrefix(db.Options.URL, "sqlite:"))
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	return all
}

// A thousand phones, names and numbers go in; none stands in the file.
func TestArchive_HoldsNothingPersonalInClear(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.New(t))
	clerk := w.clerked()
	var b strings.Builder
	b.WriteString("户号,姓名,手机号,身份证号,组\n")
	var secrets []string
	for i := range 1000 {
		surname, given := string([]rune("赵钱孙李周吴郑王冯陈")[i%10]), string(rune(0x5c00+i))
		name, phone := surname+"试"+given, fmt.Sprintf("1390000%04d", i)
		secrets = append(secrets, name, phone)
		fmt.Fprintf(&b, "%03d,%s,%s,,\n", i/4, name, phone)
	}
	_, err := w.importRoll(clerk, "roll.csv", []byte(b.String()), true)
	w.ok(err)
	_, err = w.importRoll(clerk, "more.csv", []byte(roll), true)
	w.ok(err)
	secrets = append(secrets, idZhang, idZhang[4:14], idLi, "李小四", "13800000002", "openid-anna", "13911111111", "孙小八", "1972-02-02")
	anna := w.signIn("anna")
	_, err = w.bindPhone(anna, "孙小八", "13911111111")
	w.ok(err)
	_, err = w.bind(anna, "李小四", idLi[14:])
	w.ok(err)
	secrets = append(secrets, w.tokens["anna"], w.tokens["clerk"])
	disk := bytesOnDisk(t, w.db)
	if !bytes.Contains(disk, []byte(anna.AccountID)) {
		t.Fatal("the search finds nothing at all")
	}
	for _, s := range secrets {
		if bytes.Contains(disk, []byte(s)) {
			t.Errorf("%q stands in the archive", s)
		}
	}
}

// After closing, neither hash nor sealed bytes of the account are in the file.
func TestArchive_ForgetsAClosedAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.New(t))
	w.staffed()
	anna := w.signIn("anna")
	_, err := w.bind(anna, "孙小八", "1111")
	w.ok(err)
	a, err := w.db.Accounts().Account(w.Context(), anna.AccountID)
	w.ok(err)
	rs, err := w.db.Accounts().RequestsOf(w.Context(), anna.AccountID)
	w.ok(err)
	w.ok(w.svc.Close(w.Context(), anna, w.act(anna)))
	disk := bytesOnDisk(t, w.db)
	if !bytes.Contains(disk, []byte(anna.AccountID)) {
		t.Error("the id is gone from the journal")
	}
	for what, trace := range map[string][]byte{
		"hash of the openid": a.OpenIDMAC, "sealed openid": a.Sealed.Blob, "sealed request": rs[0].Sealed.Blob,
		"session": []byte(anna.SessionID + anna.AccountID),
	} {
		if len(trace) == 0 || bytes.Contains(disk, trace) {
			t.Errorf("%s is still there", what)
		}
	}
}

func TestService_Consent(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.staffed()
		// A second version comes into force in April.
		notices, err := account.ParseNotices(fstest.MapFS{
			"privacy.yaml": {Data: []byte("code: privacy\ntitle: 告知书\nsource: 测试\nversions:\n" +
				"  - {version: 1, effective: 2026-01-01, file: a.md, changes: 一}\n  - {version: 2, effective: 2026-04-01, file: b.md, changes: 二}\n")},
			"a.md": {Data: []byte("一")}, "b.md": {Data: []byte("二")},
		})
		w.ok(err)
		w.opts.Notices = notices
		w.svc = account.New(w.db.Accounts(), w.opts)
		in, err := w.svc.SignIn(w.Context(), audit.Act{RequestID: "r"}, w.code("anna"))
		w.ok(err)
		w.tokens["anna"] = in.Token
		c := w.who("anna")
		_, err = w.bind(c, "李小四", idLi[14:])
		w.refused(err, account.ErrConsent)
		give := func(version int) error {
			_, err := w.svc.GiveConsent(w.Context(), c, w.act(c), account.ConsentInput{Notice: "privacy", Version: version})
			return err
		}
		w.refused(give(2), account.ErrNotice)
		w.ok(give(1))
		_, err = w.bind(w.who("anna"), "李小四", idLi[14:])
		w.ok(err)

		// A new version: the person stays what she is, the next write asks again.
		w.db.Clock.Set(time.Date(2026, 4, 1, 0, 0, 0, 0, w.db.Clock.Now().Location()))
		w.signInOnly("anna")
		c = w.who("anna")
		if !c.ConsentDue || c.Standing != account.Reader {
			w.Errorf("after a new version: %+v", c)
		}
		w.refused(w.svc.NeedConsent(c), account.ErrConsent)
		w.refused(give(1), account.ErrNotice)
		w.ok(give(2))
		w.ok(w.svc.NeedConsent(w.who("anna")))

		// Withdrawn: known by account only, from that moment on.
		_, err = w.svc.WithdrawConsent(w.Context(), c, w.act(c), account.ConsentInput{Notice: "privacy"})
		w.ok(err)
		if c = w.who("anna"); !c.ConsentDue || c.Standing != account.Unbound || c.ReadsVillage(village) {
			w.Errorf("after withdrawal: %+v", c)
		}
		w.ok(give(2))
		if w.who("anna").Standing != account.Reader {
			w.Error("given again, the binding does not wake")
		}
		lines, err := w.svc.Consents(w.Context(), c)
		w.ok(err)
		if len(lines) != 4 || lines[0].Version != 1 || lines[2].Given {
			w.Errorf("ledger = %+v", lines)
		}
	})
}

// signInOnly signs in without agreeing to anything.
func (w *world) signInOnly(name string) {
	w.Helper()
	in, err := w.svc.SignIn(w.Context(), audit.Act{RequestID: "r"}, w.code(name))
	w.ok(err)
	w.tokens[name] = in.Token
}

func TestService_Reseal(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		_, clerk, _ := w.staffed()
		_, err := w.bind(w.signIn("anna"), "孙小八", "1111")
		w.ok(err)
		rotated := w.opts
		rotated.Sealer = sealer(w.T, "k2", "k1")
		svc := account.New(w.db.Accounts(), rotated)
		total := 0
		for range 20 {
			n, err := svc.Reseal(w.Context(), 2)
			w.ok(err)
			if total += n; n == 0 {
				break
			}
		}
		if total != 5+5+1 { // accounts, residents, request
			w.Errorf("%d rows sealed again", total)
		}
		// The old key can go.
		rotated.Sealer = sealer(w.T, "k2")
		w.svc = account.New(w.db.Accounts(), rotated)
		if w.resident(clerk, "李小四") == "" || !strings.Contains(w.export(w.who("anna"))["account.csv"], "openid-anna") {
			w.Error("unreadable after rotation")
		}
	})
}

func TestService_Me(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		_, clerk, _ := w.staffed()
		_, err := w.bind(clerk, "孙小八", "1111")
		w.ok(err)
		me, err := w.svc.Me(w.Context(), w.who("clerk"))
		w.ok(err)
		if !me.Pending || len(me.Roles) != 1 || me.Roles[0].RoleName != "文书" || me.Roles[0].MayEnd {
			w.Errorf("%+v", me)
		}
		_, err = w.bind(clerk, "李小四", idLi[14:])
		w.ok(err)
		names, err := w.svc.DisplayNames(w.Context(), []string{clerk.AccountID, "nobody", clerk.AccountID})
		w.ok(err)
		if len(names) != 1 || names[clerk.AccountID] != "李*四" {
			w.Errorf("%v", names)
		}
	})
}
