package demo_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"strings"
	"testing"
	"time"

	"cunwu/config/rules"
	"cunwu/demo"
	"cunwu/repository"
	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/ballot"
	"cunwu/service/board"
	"cunwu/service/calendar"
	"cunwu/service/concern"
	"cunwu/service/consultation"
	"cunwu/service/council"
	"cunwu/service/covenant"
	"cunwu/service/disclosure"
	"cunwu/service/duty"
	"cunwu/service/inbox"
	"cunwu/service/media"
	"cunwu/service/outbox"
	"cunwu/service/procedure"
	"cunwu/service/question"
	"cunwu/service/record"
	"cunwu/service/redblack"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// platform stands in for WeChat as the demo has it: every known code is
// somebody, every phone code is the number it names.
type platform struct{}

func (platform) OpenID(_ context.Context, code string) (string, error) {
	if !demo.Known(code) {
		return "", account.ErrCode
	}
	return "open-" + code, nil
}

func (platform) Phone(_ context.Context, code string) (string, error) {
	return strings.TrimPrefix(code, "phone-"), nil
}

// world is all services on one empty archive.
type world struct {
	demo.Services
	db    *dbtest.DB
	clock *demo.Clock

	procedures *procedure.Service
}

// must gives v or ends the test.
func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newWorld(t *testing.T) world {
	t.Helper()
	clock := demo.NewClock()
	db := dbtest.With(t, repository.Options{Clock: clock})
	sealer := must[*repository.Sealer](t)(repository.NewSealer(
		[]repository.SealKey{{ID: "k1", Key: []byte("0123456789abcdef")}}, []byte("0123456789abcdef0123456789abcdef")))
	policy := must[*account.Policy](t)(account.ParsePolicy(must[[]byte](t)(fs.ReadFile(rules.FS, "powers.yaml"))))
	notices := must[*account.Notices](t)(account.ParseNotices(must[fs.FS](t)(fs.Sub(rules.FS, "notices"))))
	holidays := must[*calendar.Holidays](t)(calendar.LoadHolidays(rules.FS))
	defs := must[*procedure.Definitions](t)(procedure.LoadDefinitions(rules.FS, func(string) bool { return true }, disclosure.Effects()))
	blobs := must[*repository.MediaFiles](t)(repository.OpenMediaFiles(t.TempDir()))
	regions := region.New(db.Regions())
	accounts := account.New(db.Accounts(), account.Options{
		Clock: clock, Policy: policy, Sealer: sealer, WeChat: platform{}, Notices: notices, Places: regions,
		ReusableCodes: func(string) bool { return true },
	})
	catalogue := must[*disclosure.Catalogue](t)(disclosure.LoadCatalogue(rules.FS))
	screen := must[*screening.Screen](t)(screening.Load(rules.FS, "screening.yaml"))
	w := world{db: db, clock: clock, procedures: procedure.New(db.Cases(), defs, holidays, clock)}
	w.Services = demo.Services{
		Accounts: accounts, Regions: regions, Media: media.New(db.Media(), blobs, media.Options{Clock: clock}), Clock: clock,
		Disclosures: disclosure.New(db.Disclosures(), disclosure.Options{
			Procedures: w.procedures, Places: regions, Media: db.Media(), Powers: accounts, Catalogue: catalogue,
			Screening: screen, Holidays: holidays, Clock: clock, Households: db.Disclosures(), Sealer: sealer,
			Accounts: must[*disclosure.AccountRules](t)(disclosure.LoadAccountRules(rules.FS, "accounts.yaml", nil)),
		}),
		Duties: duty.New(db.Duties(), duty.Options{
			Rules: must[*duty.Rules](t)(duty.LoadRules(rules.FS)), Catalogue: catalogue, Holidays: holidays, Screening: screen,
			Places: regions, Powers: accounts, Clock: clock,
		}),
	}
	w.Questions = question.New(db.Questions(), question.Options{
		Procedures: w.procedures, Postings: w.Disclosures, Places: regions, Powers: accounts, Screening: screen, Clock: clock,
	})
	w.Boards = board.New(db.Boards(), board.Options{Postings: w.Disclosures, Powers: accounts, Screening: screen, Clock: clock})
	w.Inbox = inbox.New(db.Inbox(), inbox.Options{Places: regions, Catalogue: catalogue, Postings: w.Disclosures, Clock: clock})
	w.Ballots = ballot.New(db.Ballots(), ballot.Options{
		Powers: accounts, Places: regions, Media: w.Media, Rolls: accounts, Screening: screen, Clock: clock, Administers: accounts.Administers,
		Thresholds: must[*ballot.Thresholds](t)(ballot.LoadThresholds(rules.FS)),
	})
	w.Consultations = consultation.New(db.Consultations(), consultation.Options{
		Procedures: w.procedures, Places: regions, Powers: accounts, Media: w.Media, Screening: screen, Holidays: holidays, Clock: clock,
		Directory: must[*consultation.Directory](t)(consultation.LoadDirectory(rules.FS)), Ballots: linked{w.Ballots},
	})
	w.addConcerns(t, regions, screen, holidays, sealer)
	w.addVillageRules(t, regions, screen, holidays, sealer)
	w.Settle = w.settle
	w.Leaf = func(ctx context.Context, index int64) ([]byte, error) {
		leaves, err := db.Records().Leaves(ctx, index, 1)
		if err != nil || len(leaves) != 1 {
			return nil, errors.Join(record.ErrNotFound, err)
		}
		return leaves[0], nil
	}
	return w
}

// linked shows of a ballot what a stranger may know, as the server does.
type linked struct{ ballots *ballot.Service }

func (l linked) BallotLink(ctx context.Context, id string) (consultation.BallotLink, error) {
	v, err := l.ballots.Ballot(ctx, account.Caller{}, id)
	return consultation.BallotLink{ID: id, Region: v.Region, Title: v.Question, State: string(v.State), Advisory: v.Advisory}, err
}

// settle fires the timers that are due and follows what was announced.
func (w world) settle(ctx context.Context) error {
	_, err := w.procedures.Sweep(ctx, func(ctx context.Context, c procedure.Case) error {
		switch c.Procedure {
		case question.Procedure:
			return w.Questions.FireTimer(ctx, c)
		case consultation.Procedure:
			return nil // nothing happens by itself
		case concern.Procedure, concern.SealedProcedure:
			return w.Concerns.FireTimer(ctx, c)
		case redblack.RedProcedure, redblack.BlackProcedure:
			return w.RedBlack.FireTimer(ctx, c)
		case council.Procedure:
			return w.Councils.FireTimer(ctx, c)
		case covenant.Procedure:
			return nil // nothing happens by itself
		}
		return w.Disclosures.FireTimer(ctx, c)
	})
	for topic, follow := range map[outbox.Topic]outbox.Handler{
		outbox.Tally: w.Duties.Follow, outbox.Review: w.Concerns.Follow, outbox.Notify: w.Inbox.Follow,
	} {
		if err == nil {
			err = outbox.NewFollower(w.db.Outbox(), topic, follow, slog.New(slog.DiscardHandler)).Drain(ctx)
		}
	}
	return err
}

// today is the day of the first start in these tests.
var today = time.Date(2026, 9, 18, 15, 4, 5, 0, calendar.China)

// seeded gives one seeded world for all that only read of it.
func seeded(t *testing.T) (world, demo.Summary) {
	t.Helper()
	w := newWorld(t)
	sum, err := demo.Seed(t.Context(), w.Services, demo.Options{Seed: 1, Now: today})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", sum)
	return w, sum
}

// signIn gives the caller behind a demo code, as of the first start.
func (w world) signIn(t *testing.T, code string) account.Caller {
	t.Helper()
	in, err := w.Accounts.SignIn(t.Context(), audit.Act{RequestID: "test"}, code)
	if err != nil {
		t.Fatalf("%s: %v", code, err)
	}
	return in.Caller
}

// feed reads a feed to its end.
func (w world) feed(t *testing.T, by account.Caller, q disclosure.FeedQuery) []disclosure.Item {
	t.Helper()
	q.Limit = 50
	var out []disclosure.Item
	for {
		page, err := w.Disclosures.Feed(t.Context(), by, q)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, page.Items...)
		if page.Next == 0 {
			return out
		}
		q.Before = page.Next
	}
}

func TestSeed(t *testing.T) {
	t.Parallel()
	w, sum := seeded(t)
	if !w.clock.Now().Equal(today) {
		t.Errorf("the clock stands at %s", w.clock.Now())
	}
	if sum.Villages != 10 || sum.People < 4*60 || sum.Published < 400 || sum.Files < 20 {
		t.Errorf("%+v", sum)
	}
	t.Run("Feeds", func(t *testing.T) { testFeeds(t, w, sum) })
	t.Run("Postings", func(t *testing.T) { testPostings(t, w) })
	t.Run("Personal", func(t *testing.T) { testPersonal(t, w) })
	t.Run("Codes", func(t *testing.T) { testCodes(t, w) })
	t.Run("Duties", func(t *testing.T) { testDuties(t, w) })
	t.Run("Questions", func(t *testing.T) { testQuestions(t, w) })
	t.Run("Told", func(t *testing.T) { testTold(t, w) })
	t.Run("Board", func(t *testing.T) { testBoard(t, w) })
	t.Run("Consultations", func(t *testing.T) { testConsultations(t, w) })
	t.Run("Ballots", func(t *testing.T) { testBallots(t, w) })
	t.Run("Concerns", func(t *testing.T) { testConcerns(t, w) })
	t.Run("ConcernsHidden", func(t *testing.T) { testConcernsHidden(t, w) })
	t.Run("ConcernThread", func(t *testing.T) { testConcernThread(t, w) })
	t.Run("TalkDays", func(t *testing.T) { testTalkDays(t, w) })
	t.Run("ConcernForms", func(t *testing.T) { testConcernForms(t, w) })
	t.Run("Covenants", func(t *testing.T) { testCovenants(t, w) })
	t.Run("Councils", func(t *testing.T) { testCouncils(t, w) })
	t.Run("Red", func(t *testing.T) { testRed(t, w) })
	t.Run("Black", func(t *testing.T) { testBlackStates(t, w) })
	t.Run("Lists", func(t *testing.T) { testLists(t, w) })
	t.Run("UnderWay", func(t *testing.T) { testUnderWay(t, w) })
	t.Run("Again", func(t *testing.T) {
		if _, err := demo.Seed(t.Context(), w.Services, demo.Options{Seed: 1, Now: today}); err == nil {
			t.Error("a seeded archive was seeded again")
		}
	})
}

// testFeeds: everything of a village stands in the feeds of all places above.
func testFeeds(t *testing.T, w world, sum demo.Summary) {
	city := w.feed(t, account.Caller{}, disclosure.FeedQuery{Region: demo.City})
	items, at := map[string]bool{}, map[region.Code]int{}
	planned := demo.Planned(1, today)
	for i, x := range city {
		items[x.ItemCode] = true
		for _, p := range x.Region.Path() {
			at[p]++
		}
		if i > 0 && x.PublishedAt.After(city[i-1].PublishedAt) {
			t.Fatalf("%s is out of order", x.Title)
		}
		if want, ok := planned[x.RegionName+" "+x.Title+" "+x.Period]; x.State == disclosure.Published && (!ok || !want.Equal(x.PublishedAt)) {
			t.Errorf("%s %s came out at %s, planned for %s", x.RegionName, x.Title, x.PublishedAt, want)
		}
		if x.PublishedAt.After(today) || x.PublishedAt.Before(today.AddDate(-3, 0, 0)) {
			t.Errorf("%s was published %s", x.Title, x.PublishedAt)
		}
	}
	if len(city) < 400 || len(city) > sum.Published || len(items) < 25 {
		t.Errorf("the city's feed has %d postings of %d items, %d were published", len(city), len(items), sum.Published)
	}
	for _, code := range []region.Code{"510821", "510802", "510821102", "510802101", "510821102200", "510821102202", "510802101201", "510802101203"} {
		if got := len(w.feed(t, account.Caller{}, disclosure.FeedQuery{Region: code})); got != at[code] || got < 40 {
			t.Errorf("the feed of %s has %d postings, the city's has %d of it", code, got, at[code])
		}
	}
}

// testPostings looks at whole postings: sums, lateness, corrections, files.
func testPostings(t *testing.T, w world) {
	late, corrected, pictures, documents := 0, 0, 0, 0
	for _, x := range w.feed(t, account.Caller{}, disclosure.FeedQuery{Region: demo.City}) {
		p, err := w.Disclosures.Posting(t.Context(), account.Caller{}, x.ID)
		if err != nil {
			t.Fatalf("%s: %v", x.Title, err)
		}
		if p.Review == nil && p.State != disclosure.Withdrawn {
			t.Errorf("%s: nobody reviewed it", p.Content.Title)
		}
		if strings.Contains(p.BodyHTML, "| ---") || p.BodyHTML == "" && p.State != disclosure.Withdrawn {
			t.Errorf("%s: the body is not rendered: %.80s", p.Content.Title, p.BodyHTML)
		}
		if p.Late {
			late++
		}
		if p.Corrected {
			corrected++
			if vs, err := w.Disclosures.Versions(t.Context(), account.Caller{}, p.ID); err != nil || len(vs) != 2 || vs[0].Reason == "" {
				t.Errorf("%s: versions %+v, %v", p.Content.Title, vs, err)
			}
		}
		for _, a := range p.Attachments {
			if a.ThumbURL != "" {
				pictures++
			} else {
				documents++
			}
		}
	}
	t.Logf("%d late, %d corrected, %d pictures, %d documents", late, corrected, pictures, documents)
	if late < 5 || late > 80 || corrected < 8 || pictures < 10 || documents < 10 {
		t.Errorf("%d late, %d corrected, %d pictures, %d documents", late, corrected, pictures, documents)
	}
}

// testPersonal: lists of persons are for the verified villagers of the place.
func testPersonal(t *testing.T, w world) {
	const village = region.Code("510821102200")
	villager := w.signIn(t, "demo-villager-510821102200-3")
	stranger := w.signIn(t, "demo-stranger-1")
	seen := 0
	for _, x := range w.feed(t, villager, disclosure.FeedQuery{Region: village, Verified: true}) {
		p, err := w.Disclosures.Posting(t.Context(), villager, x.ID)
		if err != nil {
			t.Fatal(err)
		}
		if p.Visibility != disclosure.VerifiedVillager {
			continue
		}
		seen++
		for _, who := range []account.Caller{{}, stranger, w.signIn(t, "demo-villager-510802101201-3")} {
			if _, err := w.Disclosures.Posting(t.Context(), who, x.ID); !errors.Is(err, disclosure.ErrNotFound) {
				t.Errorf("%s is shown to somebody of elsewhere: %v", p.Content.Title, err)
			}
		}
	}
	if seen == 0 {
		t.Error("a villager sees no list of persons")
	}
}

// testCodes: every code signs in, bound and in office.
func testCodes(t *testing.T, w world) {
	for _, c := range demo.Codes() {
		code := strings.Replace(c.Code, "<n>", "1", 1)
		got := w.signIn(t, code)
		if c.Region == "" {
			if got.Standing != account.Unbound || len(got.Grants) > 0 {
				t.Errorf("%s is %+v", code, got)
			}
			continue
		}
		village := c.Region.Level() == region.Village
		if village && (got.Standing != account.Voter || got.Village != c.Region || got.ConsentDue || got.Group == "") {
			t.Errorf("%s is %+v", code, got)
		}
		office := c.Role != account.Villager
		if office && (len(got.Grants) != 1 || got.Grants[0].Role != c.Role || got.Grants[0].Region != c.Region) {
			t.Errorf("%s holds %+v", code, got.Grants)
		}
	}
	for _, code := range []string{"demo-villager-510802101203-40", "demo-representative-510821102202-15", "demo-council-510802101201-5", "demo-party-510821102200-6"} {
		if got := w.signIn(t, code); got.Standing != account.Voter {
			t.Errorf("%s is %+v", code, got)
		}
	}
}

// testUnderWay: clerks and supervisors find work waiting.
func testUnderWay(t *testing.T, w world) {
	states := map[disclosure.State]int{}
	for _, c := range demo.Codes() {
		if c.Role != account.Clerk {
			continue
		}
		page, err := w.Disclosures.Mine(t.Context(), w.signIn(t, c.Code), c.Region, 0, 50)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.Items {
			states[p.State]++
		}
	}
	for _, s := range []disclosure.State{disclosure.Draft, disclosure.InReview, disclosure.Reviewed, disclosure.Confirmed, disclosure.Withdrawn} {
		if states[s] == 0 {
			t.Errorf("nothing is %s: %v", s, states)
		}
	}
}

// TestSeed_Stops: what cannot be finished says so, for the caller not to mark it done.
func TestSeed_Stops(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := demo.Seed(ctx, w.Services, demo.Options{Seed: 1, Now: today}); err == nil {
		t.Error("a broken-off seeding was reported as done")
	}
}
