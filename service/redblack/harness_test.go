package redblack_test

import (
	"bytes"
	"context"
	"os"
	"testing"
	"testing/fstest"
	"time"

	"cunwu/repository"
	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/ballot"
	"cunwu/service/calendar"
	"cunwu/service/covenant"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/media"
	"cunwu/service/procedure"
	"cunwu/service/redblack"
	"cunwu/service/region"
	"cunwu/service/screening"
)

const (
	yanjing  = region.Code("510821102200")
	liushu   = region.Code("510821102202")
	jiachuan = region.Code("510821102")
	subject  = "王德顺"
)

// covenants is what is in force.
type covenants struct{ text *covenant.InForce }

func (c covenants) InForce(context.Context, region.Code, covenant.Kind, time.Time) (covenant.InForce, error) {
	if c.text.CovenantID == "" {
		return covenant.InForce{}, covenant.ErrNoneInForce
	}
	return *c.text, nil
}

// files are the uploads, and those erased.
type files struct {
	owner  map[string]string
	erased []string
}

func (f *files) Objects(_ context.Context, ids []string) ([]media.Object, error) {
	var out []media.Object
	for _, id := range ids {
		if o, ok := f.owner[id]; ok {
			out = append(out, media.Object{ID: id, Kind: media.JPEG, Owner: o, Digest: id, FileName: "a.jpg"})
		}
	}
	return out, nil
}

func (f *files) Erase(_ context.Context, ids []string) error {
	f.erased = append(f.erased, ids...)
	return nil
}

// drafts keeps what was drafted.
type drafts struct{ made []disclosure.NewDraft }

func (d *drafts) Draft(_ context.Context, _ account.Caller, _ audit.Act, in disclosure.NewDraft) (disclosure.Posting, error) {
	d.made = append(d.made, in)
	return disclosure.Posting{}, nil
}

type powers struct {
	policy *account.Policy
	clock  calendar.Clock
}

func (p powers) May(c account.Caller, power string, at region.Code) (account.Grant, error) {
	if !c.Known() {
		return account.Grant{}, account.ErrRequired
	}
	g, ok := p.policy.May(c, power, at, p.clock.Now())
	switch {
	case !ok:
		return account.Grant{}, account.ErrMayNot
	case p.policy.Stale(c, g, p.clock.Now()):
		return account.Grant{}, account.ErrStale
	}
	return g, nil
}

// house is the noun with everything it stands on, on one engine.
type house struct {
	testing.TB
	db     *dbtest.DB
	svc    *redblack.Service
	opt    redblack.Options
	procs  *procedure.Service
	people people
	text   *covenant.InForce
	files  *files
	drafts *drafts
}

func inForce() *covenant.InForce {
	return &covenant.InForce{
		CovenantID: "cov-1", Region: yanjing, Kind: covenant.Covenant, Version: 2, Title: "盐井村村规民约", AdoptedOn: "2026-01-10", FiledOn: "2026-01-15",
		Clauses: []covenant.Clause{
			{Code: "c01", Number: 1, Topic: "help", Kind: covenant.Encouraged, Text: "邻里互助，帮助孤寡老人。", List: covenant.Red},
			{Code: "c02", Number: 2, Topic: "clean", Kind: covenant.NotAllowed, Text: "不在路边乱倒垃圾。", List: covenant.Black, TurnsRed: true},
			{Code: "c03", Number: 3, Topic: "feast", Kind: covenant.NotAllowed, Text: "不大操大办。", List: covenant.Black},
			{Code: "c04", Number: 4, Topic: "general", Kind: covenant.General, Text: "遵纪守法。"},
		},
	}
}

// definitions are those of this noun alone.
func definitions(t testing.TB, policy *account.Policy) *procedure.Definitions {
	t.Helper()
	book := fstest.MapFS{}
	for _, name := range []string{"procedures/red_entry.v1.yaml", "procedures/black_entry.v1.yaml"} {
		data, err := os.ReadFile("../../config/rules/" + name)
		if err != nil {
			t.Fatal(err)
		}
		book[name] = &fstest.MapFile{Data: data}
	}
	defs, err := procedure.LoadDefinitions(book, func(p string) bool { return policy.PowerName(p) != "" }, nil)
	if err != nil {
		t.Fatal(err)
	}
	return defs
}

func newHouse(t testing.TB, db *dbtest.DB) *house {
	t.Helper()
	h := &house{TB: t, db: db, people: folk(), text: inForce(), files: &files{owner: map[string]string{}}, drafts: &drafts{}}
	screen, err := screening.Load(rulesDir, "screening.yaml")
	h.ok(err)
	table, err := os.ReadFile("../../config/rules/powers.yaml")
	h.ok(err)
	policy, err := account.ParsePolicy(table)
	h.ok(err)
	holidays, err := calendar.LoadHolidays(rulesDir)
	h.ok(err)
	rules, err := redblack.LoadRules(rulesDir)
	h.ok(err)
	thresholds, err := ballot.LoadThresholds(rulesDir)
	h.ok(err)
	sealer, err := repository.NewSealer([]repository.SealKey{{ID: "k1", Key: bytes.Repeat([]byte{7}, 16)}}, bytes.Repeat([]byte{9}, 32))
	h.ok(err)
	h.procs = procedure.New(db.Cases(), definitions(t, policy), holidays, db.Clock)
	h.opt = redblack.Options{
		Procedures: h.procs, Places: region.New(db.Regions()), Powers: powers{policy, db.Clock}, Media: h.files, Rolls: h.people,
		Covenants: covenants{h.text}, Rules: rules, Thresholds: thresholds, Screening: screen, Sealer: sealer, Holidays: holidays,
		Clock: db.Clock, Erase: h.files, Postings: h.drafts,
		MaskedNames: func(_ context.Context, ids []string) (map[string]string, error) {
			out := map[string]string{}
			for _, id := range ids {
				out[id] = "李*花"
			}
			return out, nil
		},
	}
	h.svc = redblack.New(db.RedBlack(), h.opt)
	var rs []region.Region
	for code, name := range map[region.Code]string{
		"51": "四川省", "5108": "广元市", "510821": "旺苍县", jiachuan: "嘉川镇", yanjing: "盐井村", liushu: "柳树村", yanjing + "03": "三组",
	} {
		rs = append(rs, region.Region{Code: code, Parent: code.Parent(), Level: code.Level(), Name: name, Short: name, State: region.Active})
	}
	h.ok(db.Regions().InTx(t.Context(), dbtest.Act(), func(tx region.Tx) error {
		if err := tx.PutRegions(t.Context(), rs); err != nil {
			return err
		}
		return tx.Record(t.Context(), audit.Event{Action: "test.places", Object: "region", Result: "ok"})
	}))
	return h
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatalf("%v %v", err, told(err))
	}
}

func told(err error) any {
	if f := fault.Of(err); f != nil {
		return f.Fields
	}
	return nil
}

// refused wants a refusal of exactly this code.
func (h *house) refused(err error, code string) {
	h.Helper()
	if f := fault.Of(err); f == nil || f.Code != code {
		h.Fatalf("got %v %v, want %s", err, told(err), code)
	}
}

// as gives somebody who signed in just now.
func (h *house) as(id string) account.Caller {
	now := h.db.Clock.Now()
	if id == "township" {
		return account.Caller{AccountID: "acc-township", SignedInAt: now, Grants: []account.Grant{{
			Role: account.TownshipRole, Region: jiachuan, Start: now.AddDate(-1, 0, 0), End: now.AddDate(1, 0, 0),
		}}}
	}
	p := h.people[id]
	c := account.Caller{
		AccountID: "acc-" + id, SignedInAt: now, ResidentID: "res-" + id, Village: p.at, Group: p.at + "03", Standing: account.Voter,
	}
	for _, r := range p.roles {
		c.Grants = append(c.Grants, account.Grant{Role: r, Region: p.at, Start: now.AddDate(-1, 0, 0), End: now.AddDate(1, 0, 0)})
	}
	return c
}

func by(c account.Caller) audit.Act { return audit.Act{Actor: audit.Actor{AccountID: c.AccountID}} }

func (h *house) announce() redblack.Announcement {
	h.Helper()
	c := h.as("clerk")
	a, err := h.svc.Announce(h.Context(), c, by(c), redblack.NewAnnouncement{
		Region: yanjing, Council: "道德评议会", KeeperRole: "clerk", Keeper: "周文书", Clauses: []string{"c01", "c02", "c03"},
		Incentives: "上红榜的在村民大会上表扬。", Objections: "公示期内向监委会提出。", From: h.db.Clock.Now().Format(time.DateOnly),
	})
	h.ok(err)
	return a
}

func (h *house) entry(kind redblack.Kind, who string) redblack.NewEntry {
	e := redblack.NewEntry{
		Kind: kind, Region: yanjing, Name: who, Group: "三组", Clause: "c01", Facts: "连续三个月给独居老人挑水劈柴。", Place: "三组院坝",
		On: h.db.Clock.Now().AddDate(0, 0, -3).Format(time.DateOnly),
	}
	if kind == redblack.Black {
		e.Clause, e.Facts = "c02", "多次把装修垃圾倒在村道边的水沟里。"
	}
	return e
}

func (h *house) nominate(kind redblack.Kind) string {
	h.Helper()
	c := h.as("maker")
	r, err := h.svc.Nominate(h.Context(), c, by(c), h.entry(kind, subject))
	h.ok(err)
	return r.ID
}

func (h *house) act(who, id, action string, fields ...string) (redblack.Receipt, error) {
	return h.actWith(who, id, action, nil, fields...)
}

func (h *house) actWith(who, id, action string, uploads []string, fields ...string) (redblack.Receipt, error) {
	in := procedure.Input{Action: action, Fields: map[string]string{}, Media: uploads}
	for i := 0; i+1 < len(fields); i += 2 {
		in.Fields[fields[i]] = fields[i+1]
	}
	c := h.as(who)
	for _, u := range uploads {
		if _, ok := h.files.owner[u]; !ok {
			h.files.owner[u] = c.AccountID
		}
	}
	return h.svc.Act(h.Context(), c, by(c), id, in)
}

// does takes an action that must succeed and lead to a state.
func (h *house) does(state redblack.State, who, id, action string, fields ...string) {
	h.Helper()
	r, err := h.act(who, id, action, fields...)
	h.ok(err)
	if r.State != state {
		h.Fatalf("%s led to %s, want %s", action, r.State, state)
	}
}

// days lets time pass, and the timers go off.
func (h *house) days(n int) {
	h.Helper()
	h.db.Clock.Advance(time.Duration(n) * 24 * time.Hour)
	h.sweep()
}

func (h *house) sweep() {
	h.Helper()
	_, err := h.procs.Sweep(h.Context(), h.svc.FireTimer)
	h.ok(err)
}

const (
	redDeed   = "连续三个月为独居老人挑水劈柴"
	blackDeed = "多次把装修垃圾倒在村道边的水沟里"
)

func (h *house) verify(id string, kind redblack.Kind) {
	h.Helper()
	deed, state := redDeed, redblack.Verified
	if kind == redblack.Black {
		deed = blackDeed
	}
	h.does(state, "clerk", id, "verify", "resident", "res-subject", "deed", deed, "month", h.db.Clock.Now().Format("2006-01"), "group", string(yanjing+"03"))
}

// council votes: all of it but the relative.
func (h *house) council(id, vote string) {
	h.Helper()
	for _, c := range []string{"c1", "c2", "c3", "c4"} {
		_, err := h.act(c, id, "vote", "vote", vote)
		h.ok(err)
	}
}

func (h *house) deputies(id, answer string) {
	h.Helper()
	for _, c := range []string{"d1", "d2"} {
		_, err := h.act(c, id, "consult", "answer", answer)
		h.ok(err)
	}
}

// redAsked takes a red matter to where the person is asked.
func (h *house) redAsked() string {
	h.Helper()
	id := h.nominate(redblack.Red)
	h.verify(id, redblack.Red)
	h.council(id, "yes")
	h.does(redblack.Evaluated, "clerk", id, "adopt")
	h.deputies(id, "yes")
	h.does(redblack.Consulted, "clerk", id, "agreed")
	h.does(redblack.Asked, "clerk", id, "ask", "by", "visit")
	return id
}

// photo is the id of the picture that goes with an entry.
func photo(id string) string { return "P" + id[1:] }

// redListed takes one to the list, with name and photo.
func (h *house) redListed() string {
	h.Helper()
	id := h.redAsked()
	r, err := h.actWith("subject", id, "consent", []string{photo(id)}, "name", "full")
	h.ok(err)
	if r.State != redblack.Notice {
		h.Fatal(r.State)
	}
	h.days(12)
	h.does(redblack.Listed, "clerk", id, "list")
	return id
}

// blackEvaluating takes a black matter to the council.
func (h *house) blackEvaluating() string {
	h.Helper()
	id := h.nominate(redblack.Black)
	h.verify(id, redblack.Black)
	h.does(redblack.Heard, "clerk", id, "tell", "by", "visit")
	h.does(redblack.Education, "subject", id, "reply", "text", "车子坏在半路，没有办法才倒的。")
	h.days(10)
	h.does(redblack.Education, "clerk", id, "to_council")
	return id
}

func (h *house) blackNotice() string {
	h.Helper()
	id := h.blackEvaluating()
	h.council(id, "yes")
	h.does(redblack.Evaluated, "clerk", id, "adopt")
	h.deputies(id, "yes")
	h.does(redblack.Consulted, "clerk", id, "agreed")
	h.does(redblack.Notice, "clerk", id, "give_notice", "by", "letter")
	return id
}

func (h *house) blackListed() string {
	h.Helper()
	id := h.blackNotice()
	h.days(12)
	h.does(redblack.Listed, "clerk", id, "list")
	return id
}

// onBoard gives the entry as a stranger sees it on the village's board.
func (h *house) onBoard(c account.Caller, id string) (redblack.Entry, bool) {
	h.Helper()
	b, err := h.svc.Board(h.Context(), c, redblack.BoardQuery{Region: yanjing, Limit: 50})
	h.ok(err)
	for _, e := range b.Entries {
		if e.ID == id {
			return e, true
		}
	}
	return redblack.Entry{}, false
}

// row gives the entry as the archive keeps it.
func (h *house) row(id string) redblack.Record {
	h.Helper()
	r, err := h.db.RedBlack().BoardEntry(h.Context(), id)
	h.ok(err)
	return r
}

// gone wants nothing personal left of an ended entry.
func (h *house) gone(id string, end redblack.State) {
	h.Helper()
	r := h.row(id)
	if r.State != end || len(r.Sealed.Blob) > 0 || r.Sealed.Key != "" || r.SubjectKey != "" || r.MakerKey != "" || r.Named {
		h.Fatalf("something is left: %+v", r)
	}
	if r.Kind == redblack.Black && r.Deed != "" || r.Log != nil && len(r.Log.Salt) > 0 {
		h.Fatalf("something is left: %+v", r)
	}
	for round := 1; round <= 2; round++ {
		votes, err := h.db.RedBlack().BoardVotes(h.Context(), id, round)
		h.ok(err)
		if len(votes) > 0 {
			h.Fatalf("%d voices are left", len(votes))
		}
	}
	objections, err := h.db.RedBlack().BoardObjections(h.Context(), id)
	h.ok(err)
	if len(objections) > 0 {
		h.Fatal("objections are left")
	}
	if _, on := h.onBoard(h.as("other"), id); on {
		h.Fatal("it is still on the board")
	}
}
