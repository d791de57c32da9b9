package main

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"cunwu/config/rules"
	"cunwu/repository"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/concern"
	"cunwu/service/concern/similar"
	"cunwu/service/media"
	"cunwu/service/moderation"
	"cunwu/service/procedure"
	"cunwu/service/region"
	"cunwu/service/screening"
)

const (
	concernAsks     = 60
	concernVillages = 260
	concernCounty   = region.Code("510821")
	concernVillage  = region.Code("510821102200")
	workListed      = 10_000
	checkTakes      = 50 * time.Millisecond // the stand-in's answer
)

// concernsBench measures what is asked while somebody says what is wrong: similar
// concerns among those of a county, all of them open and public; raising with
// three photos, the check standing in for the platform; and the work list of an
// office with many. It is done inside of this process, on the embedded engine.
func (b *bench) concernsBench(ctx context.Context) error {
	c, err := b.openConcerns(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	start := time.Now()
	if err := c.fill(ctx, b.concerns); err != nil {
		return err
	}
	progress("%d concerns loaded in %s", b.concerns, time.Since(start).Round(time.Second))
	t := &table{title: "Concerns, SQLite", head: []string{"what", "concerns", "median ms", "slowest ms", "promise", ""}}
	for _, place := range []region.Code{concernVillage, concernCounty} {
		if err := c.measureSimilar(ctx, t, place, b.concerns); err != nil {
			return err
		}
	}
	if err := c.measureRaising(ctx, t, b.concerns); err != nil {
		return err
	}
	if err := c.measureWork(ctx, t); err != nil {
		return err
	}
	t.note("Medians of %d questions. All concerns are open and public, so that all are looked through; texts are put together from %d beginnings, %d things and %d troubles. "+
		"The stand-in for content checks answers within %s, asked before the transaction as the platform is.", concernAsks, len(benchWhere), len(benchWhat), len(benchTrouble), checkTakes)
	t.print(b.out)
	return nil
}

// concernBench is an archive with the noun over it, and a handle for filling it.
type concernBench struct {
	db  *repository.DB
	svc *concern.Service
	sql *sql.DB
}

func (c *concernBench) close() {
	_ = c.sql.Close()
	_ = c.db.Close()
}

// benchPowers gives every power to whoever has an office.
type benchPowers struct{}

func (benchPowers) May(c account.Caller, _ string, at region.Code) (account.Grant, error) {
	for _, g := range c.Grants {
		if g.Region == at || g.Region.Contains(at) {
			return g, nil
		}
	}
	return account.Grant{}, account.ErrMayNot
}

// benchRolls knows nobody: nobody here types for somebody else.
type benchRolls struct{}

func (benchRolls) OnRoll(context.Context, string) (account.RollEntry, bool, error) {
	return account.RollEntry{}, false, nil
}

// benchChecks passes every text, after a while.
type benchChecks struct{}

func (benchChecks) Text(context.Context, account.Caller, ...string) (state moderation.State, why string) {
	time.Sleep(checkTakes)
	return moderation.Passed, ""
}

func (benchChecks) Begin(context.Context, concern.Tx, account.Caller, moderation.Subject, moderation.State, []string) error {
	return nil
}

func (benchChecks) Decided(context.Context, concern.Tx, moderation.Subject, bool, string, string, string) error {
	return nil
}

func (b *bench) openConcerns(ctx context.Context) (*concernBench, error) {
	file := filepath.Join(b.dir, "concerns.db")
	clock := calendar.Func(func() time.Time { return benchDay })
	db, err := repository.Open(ctx, repository.Options{URL: "sqlite:" + file, Logger: slog.New(slog.DiscardHandler), Clock: clock, ReadTimeout: time.Minute})
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx); err != nil {
		return nil, err
	}
	r, err := concern.LoadRules(rules.FS)
	if err != nil {
		return nil, err
	}
	screen, err := screening.Load(rules.FS, "screening.yaml")
	if err != nil {
		return nil, err
	}
	h, err := calendar.LoadHolidays(rules.FS)
	if err != nil {
		return nil, err
	}
	defs, err := procedure.LoadDefinitions(rules.FS, func(string) bool { return true }, []string{
		"disclosure.submitted", "disclosure.reviewed", "disclosure.confirmed", "disclosure.published", "disclosure.withdrawn", "disclosure.archived",
	})
	if err != nil {
		return nil, err
	}
	sealer, err := repository.NewSealer([]repository.SealKey{{ID: "k1", Key: make([]byte, 16)}}, make([]byte, 32))
	if err != nil {
		return nil, err
	}
	raw, err := sql.Open("sqlite", "file:"+file+"?_pragma=synchronous(OFF)&_pragma=busy_timeout(5000)&_pragma=cache_size(-200000)")
	if err != nil {
		return nil, err
	}
	raw.SetMaxOpenConns(1)
	svc := concern.New(db.Concerns(), concern.Options{
		Procedures: procedure.New(db.Cases(), defs, h, clock), Places: region.New(db.Regions()), Powers: benchPowers{}, Media: db.Media(),
		Rolls: benchRolls{}, Rules: r, Screening: screen, Sealer: sealer, Holidays: h, Clock: clock, Checks: benchChecks{},
	})
	return &concernBench{db: db, svc: svc, sql: raw}, nil
}

// What people say, by its parts.
var (
	benchWhere   = strings.Fields("三组堰塘边 二组晒坝 一组老井 村口桥头 学校后面 卫生室门口 四组水库 文化广场 五组垭口 六组院子 老茶园 砖厂旁边 新修的公路上 沟对面 安置点 幸福院 村委会门前 七组梯田 河坝里 祠堂旁")
	benchWhat    = strings.Fields("的路 的路灯 的水管 的垃圾池 的排水沟 的电杆 的桥栏杆 的公厕 的蓄水池 的护坡 的变压器 的健身器材 的水渠 的广播 的监控 的挡土墙 的标志牌 的化粪池 的网线 的大树")
	benchTrouble = strings.Fields("被水冲垮了半边 坏了好几天没人修 一直在漏水 满了没人清运 堵得厉害 歪了要倒 断了一截 臭得很 干裂漏光了 塌下来一块 冒火花 螺丝松了很危险 淤满了泥巴 响不起来 被人弄坏了 裂了一条大口子 被偷走了 往外冒粪水 断断续续 挡住了视线")
	benchSoWhat  = strings.Fields("，晚上骑车很危险。 ，老人娃娃走路不方便。 ，下雨天更加恼火。 ，已经有人摔伤。 ，影响大家种庄稼。 ，找过组长没有下文。 ，夏天蚊子多得很。 ，希望早点安排人来看。 ，我们愿意出工出力。 ，别的组早就弄好了。")
)

// benchText puts a text together. A step that shares no factor with the number
// of texts goes through all of them.
func benchText(n int) string {
	n = n * 7919
	pick := func(of []string) string {
		s := of[n%len(of)]
		n /= len(of)
		return s
	}
	return pick(benchWhere) + pick(benchWhat) + pick(benchTrouble) + pick(benchSoWhat) + fmt.Sprintf("大约有%d处。", n%9+1)
}

// termLine is a row of what similar concerns are found by.
type termLine struct{ place, term, serial int64 }

// fill loads the county's villages and their concerns, all open and public, and
// the rows that raising them would leave.
func (c *concernBench) fill(ctx context.Context, count int) error {
	tx, err := c.sql.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	villages, err := c.fillPlaces(ctx, tx)
	if err != nil {
		return err
	}
	categories := c.svc.Rules().Categories
	county := numberOf(concernCounty)
	var lines []termLine
	for n := range count {
		at, text := villages[n%len(villages)], benchText(n)
		owner := at
		if n < workListed {
			owner = concernVillage[:9] // the office with the long list
		}
		raised := benchDay.Add(-time.Duration(count-n) * time.Minute).UnixMilli()
		_, err := tx.ExecContext(ctx, `INSERT INTO concerns (serial, id, case_id, region, village_group, category, visibility, channel, state, stage, level, review,
			shown, is_open, owner, due_at, raised_at, changed_at, ended_at, again_at, raiser, resident, rating, joined, merged_into, escalated, reopened, callback,
			talk_day, revision, title, content, seal_key, sealed)
			VALUES (?, ?, ?, ?, '', ?, 'public', 'app', 'registered', 'triage_village', 'village', 'passed', 1, 1, ?, ?, ?, ?, 0, 0, ?, '', '', 0, '', 0, 0, 0, '', 1, ?, ?, '', x'')`,
			n+1, audit.NewID(), audit.NewID(), string(at), categories[n%len(categories)].Code, string(owner), raised+3*24*3600*1000, raised, raised,
			fmt.Sprintf("account-%d", n%9973), string([]rune(text)[:12]), fmt.Sprintf(`{"text":%q,"place":{}}`, text))
		if err != nil {
			return err
		}
		for _, t := range similar.Terms(text, 40) {
			lines = append(lines, termLine{numberOf(at), int64(t), int64(n + 1)}, termLine{county, int64(t), int64(n + 1)})
		}
	}
	progress("%d rows of terms", len(lines))
	slices.SortFunc(lines, func(a, b termLine) int {
		return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.term, b.term), cmp.Compare(a.serial, b.serial))
	})
	if err := fillTerms(ctx, tx, lines); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "ANALYZE"); err != nil {
		return err
	}
	return tx.Commit()
}

func numberOf(code region.Code) int64 {
	n := int64(0)
	for _, r := range string(code) {
		n = n*10 + int64(r-'0')
	}
	return n
}

func fillTerms(ctx context.Context, tx *sql.Tx, lines []termLine) error {
	for part := range slices.Chunk(lines, 1000) {
		var q strings.Builder
		q.WriteString("INSERT INTO concern_terms (place, term, serial) VALUES ")
		for i, l := range part {
			if i > 0 {
				q.WriteByte(',')
			}
			fmt.Fprintf(&q, "(%d,%d,%d)", l.place, l.term, l.serial)
		}
		if _, err := tx.ExecContext(ctx, q.String()); err != nil {
			return err
		}
	}
	return nil
}

// fillPlaces makes a county of villages and gives them, the one that is asked
// about six times: it has more to say than any other.
func (c *concernBench) fillPlaces(ctx context.Context, tx *sql.Tx) ([]region.Code, error) {
	seen, out := map[region.Code]bool{}, []region.Code{}
	put := func(code region.Code) error {
		for _, p := range code.Path() {
			if seen[p] {
				continue
			}
			seen[p] = true
			if _, err := tx.ExecContext(ctx, `INSERT INTO regions (code, parent, level, name, short, kind, pinyin, initials, state, merged_into, merged_on)
				VALUES (?, ?, ?, '某地', '某地', '', '', '', 'active', '', 0)`, string(p), string(p.Parent()), int(p.Level())); err != nil {
				return err
			}
		}
		return nil
	}
	for i := range concernVillages {
		code := region.Code(fmt.Sprintf("%s%03d%03d", concernCounty, 100+i/12, 200+i%12))
		if err := put(code); err != nil {
			return nil, err
		}
		out = append(out, code)
		if i%64 == 0 {
			out = append(out, concernVillage)
		}
	}
	return out, put(concernVillage)
}

// measured gives the times of asking again and again.
func measured(what func(i int) error) ([]time.Duration, error) {
	took := make([]time.Duration, concernAsks)
	for i := range took {
		start := time.Now()
		if err := what(i); err != nil {
			return nil, err
		}
		took[i] = time.Since(start)
	}
	return took, nil
}

func addConcerns(t *table, what string, n int, took []time.Duration, most time.Duration) {
	m := median(took)
	t.add(what, fmt.Sprint(n), millis(m), millis(slices.Max(took)), fmt.Sprintf("< %d", most.Milliseconds()), verdict(m < most))
}

func benchVillager(i int) account.Caller {
	who := fmt.Sprintf("villager-%d", i)
	return account.Caller{AccountID: who, ResidentID: "r-" + who, Village: concernVillage, Standing: account.Reader}
}

func (c *concernBench) measureSimilar(ctx context.Context, t *table, at region.Code, count int) error {
	found := 0
	took, err := measured(func(i int) error {
		text := "我们" + benchText(i*31+7) + "请问什么时候能修好，都等了很久了。"
		some, err := c.svc.Similar(ctx, benchVillager(i), at, "", "", text)
		found += len(some)
		return err
	})
	if err != nil {
		return err
	}
	if found == 0 {
		return fmt.Errorf("nothing alike was found at %s", at)
	}
	addConcerns(t, fmt.Sprintf("similar ones, of %s", map[region.Level]string{region.Village: "a village", region.County: "the county"}[at.Level()]), count, took, 30*time.Millisecond)
	return nil
}

// measureRaising raises with three photos that were uploaded before.
func (c *concernBench) measureRaising(ctx context.Context, t *table, count int) error {
	took := make([]time.Duration, concernAsks)
	for i := range took {
		by := benchVillager(i)
		ids, err := c.upload(ctx, by)
		if err != nil {
			return err
		}
		start := time.Now()
		if _, err := c.svc.Raise(ctx, by, audit.Act{Actor: audit.Actor{AccountID: by.AccountID}}, concern.NewConcern{
			Region: concernVillage, Category: "road", Text: benchText(i), Media: ids, Visibility: concern.Public, Channel: concern.ByApp,
		}); err != nil {
			return err
		}
		took[i] = time.Since(start)
	}
	addConcerns(t, "raising with 3 photos, upload apart", count, took, 400*time.Millisecond)
	return nil
}

func (c *concernBench) upload(ctx context.Context, by account.Caller) ([]string, error) {
	ids := []string{audit.NewID(), audit.NewID(), audit.NewID()}
	err := c.db.Media().InTx(ctx, audit.BySystem("bench"), func(tx media.Tx) error {
		for _, id := range ids {
			if err := tx.AddObject(ctx, media.Object{ID: id, Kind: media.JPEG, Digest: id, Owner: by.AccountID, CreatedAt: benchDay}); err != nil {
				return err
			}
		}
		return tx.Record(ctx, audit.Event{Action: "bench.upload", Object: "media", Result: "ok"})
	})
	return ids, err
}

// measureWork asks for the first page of what an office owes.
func (c *concernBench) measureWork(ctx context.Context, t *table) error {
	at := concernVillage.At(region.Township)
	officer := account.Caller{AccountID: "officer", SignedInAt: benchDay, Grants: []account.Grant{{Role: account.TownshipRole, Region: at, Start: benchDay.AddDate(-1, 0, 0), End: benchDay.AddDate(1, 0, 0)}}}
	listed := 0
	took, err := measured(func(int) error {
		p, err := c.svc.Concerns(ctx, officer, concern.Query{Region: concernCounty, Work: true, Limit: 20})
		listed = len(p.Items)
		return err
	})
	if err != nil {
		return err
	}
	if listed != 20 {
		return fmt.Errorf("the work list shows %d", listed)
	}
	addConcerns(t, "a page of a work list by urgency", workListed, took, 30*time.Millisecond)
	return nil
}
