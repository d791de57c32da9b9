package demo_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"cunwu/config/rules"
	"cunwu/demo"
	"cunwu/repository"
	"cunwu/service/account"
	"cunwu/service/ballot"
	"cunwu/service/calendar"
	"cunwu/service/concern"
	"cunwu/service/council"
	"cunwu/service/covenant"
	"cunwu/service/disclosure"
	"cunwu/service/ranking"
	"cunwu/service/redblack"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// CovenantBallot shows of a ballot what a stranger may know, as the server does.
func (l linked) CovenantBallot(ctx context.Context, id string) (covenant.Ballot, error) {
	v, err := l.ballots.Ballot(ctx, account.Caller{}, id)
	if err != nil {
		return covenant.Ballot{}, err
	}
	b := covenant.Ballot{
		ID: id, Region: v.Region, Rule: v.Rule, YesNo: v.Kind == ballot.YesNo, Advisory: v.Advisory, Question: v.Question,
		OpenedAt: v.OpenedAt, ClosedAt: v.ClosedAt, Certified: v.CertifiedAt,
	}
	if v.State != ballot.Certified {
		return b, nil
	}
	o, err := l.ballots.Result(ctx, account.Caller{}, id)
	if err != nil {
		return covenant.Ballot{}, err
	}
	b.Passed, b.QuorumMet, b.Roll, b.Present = o.Tally.Passed, o.Tally.QuorumMet, o.RollSize, o.Tally.Cast
	b.Yes, b.No, b.Abstain = o.Tally.Counts[ballot.Yes], o.Tally.Counts[ballot.No], o.Tally.Counts[ballot.Abstain]
	return b, nil
}

// addVillageRules ties covenants, bodies and the lists as the server does.
func (w *world) addVillageRules(t *testing.T, places *region.Service, screen *screening.Screen, holidays *calendar.Holidays, sealer *repository.Sealer) {
	t.Helper()
	w.Councils = council.New(w.db.Councils(), council.Options{
		Procedures: w.procedures, Places: places, Powers: w.Accounts, Roll: w.Accounts, Media: w.Media, Postings: w.Disclosures,
		Rules: must[*council.Rules](t)(council.LoadRules(rules.FS)), Screening: screen, Clock: w.clock,
	})
	w.Covenants = covenant.New(w.db.Covenants(), covenant.Options{
		Procedures: w.procedures, Places: places, Powers: w.Accounts, Media: w.Media, Rules: must[*covenant.Rules](t)(covenant.LoadRules(rules.FS)),
		Screening: screen, Holidays: holidays, Clock: w.clock, Ballots: linked{w.Ballots}, Postings: w.Disclosures,
	})
	w.Rankings = ranking.New(w.db.Rankings(), ranking.Options{
		Places: places, Households: w.Accounts, Rules: must[*ranking.Rules](t)(ranking.LoadRules(rules.FS)), Clock: w.clock,
	})
	w.RedBlack = redblack.New(w.db.RedBlack(), redblack.Options{
		Procedures: w.procedures, Places: places, Powers: w.Accounts, Media: w.Media, Rolls: w.Accounts, Covenants: w.Covenants,
		Rules:      must[*redblack.Rules](t)(redblack.LoadRules(rules.FS)),
		Thresholds: must[*ballot.Thresholds](t)(ballot.LoadThresholds(rules.FS)), Screening: screen, Sealer: sealer, Holidays: holidays,
		Clock: w.clock, Postings: w.Disclosures,
	})
}

// kept gives what the keeper of a village knows of.
func (w world) kept(t *testing.T, village region.Code) []redblack.Matter {
	t.Helper()
	by := w.signIn(t, "demo-clerk-"+string(village))
	q := redblack.MattersQuery{Region: village, Limit: redblack.MostListed, All: true}
	var out []redblack.Matter
	for {
		page, err := w.RedBlack.Matters(t.Context(), by, q)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, page.Items...)
		if q.Before = page.Next; q.Before == 0 {
			return out
		}
	}
}

// ruled are the villages with covenants and lists.
var ruled = []region.Code{"510821102200", "510821102202", "510802101201", "510802101203"}

// testCovenants: each of four villages has two versions that certified ballots
// adopted and that differ, one has a charter, one is collecting opinions.
func testCovenants(t *testing.T, w world) {
	charters, collecting := 0, 0
	for _, village := range ruled {
		page, err := w.Covenants.List(t.Context(), covenant.Query{Region: village, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range page.Items {
			if x.Kind == covenant.Charter {
				charters++
				continue
			}
			if len(x.Versions) < 2 || x.InForce == nil || x.InForce.Number != 2 || len(x.InForce.Content.Clauses) < 12 {
				t.Fatalf("%s: %d versions, in force %+v", x.RegionName, len(x.Versions), x.InForce)
			}
			for _, v := range x.Versions {
				switch {
				case v.State == covenant.Collecting:
					collecting++
					whole, err := w.Covenants.Covenant(t.Context(), account.Caller{}, x.ID)
					if err != nil || whole.Opinions.Opinions < 4 || whole.Opinions.Answered < 2 {
						t.Errorf("%+v, %v", whole.Opinions, err)
					}
					continue
				case v.Content.Vote == nil || !v.Content.Vote.Passed || v.Content.Filing == nil || v.Content.Filing.Late:
					t.Errorf("%s %d: %+v %+v", x.RegionName, v.Number, v.Content.Vote, v.Content.Filing)
					continue
				}
				o, err := w.Ballots.Result(t.Context(), account.Caller{}, v.Content.Vote.Ballot)
				if err != nil || !strings.Contains(o.Question, v.Short()) || !o.Tally.Passed {
					t.Errorf("%s %d: %q, %v", x.RegionName, v.Number, o.Question, err)
				}
			}
			if x.Versions[0].Digest == x.Versions[1].Digest && x.Versions[0].State != covenant.Collecting {
				t.Errorf("%s: both versions say the same", x.RegionName)
			}
		}
	}
	if charters != 1 || collecting != 1 {
		t.Errorf("%d charters, %d collecting", charters, collecting)
	}
}

// testCouncils: every village has bodies with a charter and people in them, and
// they did something in different quarters, with photos and cost.
func testCouncils(t *testing.T, w world) {
	kinds, photos, cost, coming, off := map[string]int{}, 0, int64(0), 0, 0
	months := map[string]bool{}
	for _, village := range ruled {
		page, err := w.Councils.List(t.Context(), account.Caller{}, council.Range{Region: village, Limit: 20})
		if err != nil || len(page.Items) < 2 {
			t.Fatalf("%s: %d bodies, %v", village, len(page.Items), err)
		}
		for _, c := range page.Items {
			kinds[c.Kind]++
			if c.Size < 5 || c.Charter < 1 || c.Expired {
				t.Errorf("%s: %+v", c.Name, c)
			}
			acts, err := w.Councils.Activities(t.Context(), c.ID, 0, 20)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range acts.Items {
				photos += len(a.Pictures)
				cost += a.CostFen
				coming += one(a.State == council.Planned)
				off += one(a.State == council.Cancelled)
				if a.State.Happened() {
					months[a.HeldOn[:7]] = true
				}
			}
		}
	}
	if kinds["wedding_funeral"] < 3 || kinds["moral_council"] != 4 || kinds["deliberation"] < 2 || photos < 8 || cost < 100_000 || coming != 1 || off != 1 || len(months) < 12 {
		t.Errorf("%v, %d photos, %d 分, %d coming, %d off, %d months", kinds, photos, cost, coming, off, len(months))
	}
	reports := 0
	for _, x := range w.feed(t, account.Caller{}, disclosure.FeedQuery{Region: ruled[1]}) {
		reports += one(x.ItemCode == "C07" && strings.HasSuffix(x.Title, "年自治组织情况"))
	}
	if reports != 1 {
		t.Errorf("%d reports on bodies", reports)
	}
}

// testRed: at least 40 deeds were recognised in four quarters, with endorsements
// that tie and that are few; names are shown by consent alone.
func testRed(t *testing.T, w world) {
	all, err := ranking.ParsePeriod(ranking.AllTime, today)
	if err != nil {
		t.Fatal(err)
	}
	page, err := w.Rankings.Page(t.Context(), ranking.Query{Region: demo.City, By: ranking.ByDeed, Period: all, Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	tied, small := 0, 0
	for _, r := range page.Items {
		tied, small = tied+one(r.Tied), small+one(r.SmallSample)
	}
	if len(page.Items) < 40 || tied < 6 || small < 4 {
		t.Errorf("%d deeds, %d tied, %d of few", len(page.Items), tied, small)
	}
	at := today
	for range 4 {
		q, err := ranking.ParsePeriod("", at)
		if err != nil {
			t.Fatal(err)
		}
		if page, err = w.Rankings.Page(t.Context(), ranking.Query{Region: demo.City, By: ranking.ByDeed, Period: q, Limit: 50}); err != nil || len(page.Items) < 4 {
			t.Errorf("%s: %d deeds, %v", q.Label, len(page.Items), err)
		}
		at = at.AddDate(0, -3, 0)
	}
	if page, err = w.Rankings.Page(t.Context(), ranking.Query{Region: shown, By: ranking.ByDeed, Period: all, Limit: 50}); err != nil || len(page.Items) < 8 {
		t.Errorf("%d in the village, %v", len(page.Items), err)
	}
	board, err := w.RedBlack.Board(t.Context(), account.Caller{}, redblack.BoardQuery{Region: demo.City, Kind: redblack.Red, Limit: redblack.MostListed})
	if err != nil {
		t.Fatal(err)
	}
	full, masked, none, photos, notices := 0, 0, 0, 0, 0
	for _, e := range board.Entries {
		full += one(e.Name != "" && !strings.Contains(e.Name, "*"))
		masked += one(strings.Contains(e.Name, "*"))
		none += one(e.Name == "")
		photos += one(e.Photo != nil)
		notices += one(e.State == redblack.Notice)
	}
	if full < 3 || masked < 3 || none < 3 || photos < 3 || notices < 2 {
		t.Errorf("%d named, %d masked, %d not, %d photos, %d in notice", full, masked, none, photos, notices)
	}
}

// testBlackStates: matters of the black list stand at every state that the demo
// promises, strangers see conduct alone, and of one there is an apology.
func testBlackStates(t *testing.T, w world) {
	states := map[redblack.State]int{}
	for _, village := range ruled {
		for _, m := range w.kept(t, village) {
			if m.Kind == redblack.Black {
				states[m.State]++
			} else {
				states["red "+m.State]++
			}
		}
	}
	for _, s := range []redblack.State{
		redblack.Reported, redblack.Heard, redblack.Education, redblack.Notice, redblack.Listed, redblack.Appealed,
		"red " + redblack.Nominated, "red " + redblack.Verified, "red " + redblack.Asked, "red " + redblack.Notice, "red " + redblack.Listed,
	} {
		if states[s] == 0 {
			t.Errorf("none is %s: %v", s, states)
		}
	}
	board, err := w.RedBlack.Board(t.Context(), w.signIn(t, "demo-villager-510821102200-2"), redblack.BoardQuery{Region: demo.City, Kind: redblack.Black, Limit: redblack.MostListed})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range board.Entries {
		if e.Name != "" || e.Photo != nil {
			t.Errorf("%+v", e)
		}
	}
	if len(board.Entries) != states[redblack.Notice]+states[redblack.Listed] || len(board.Apologies) != 1 {
		t.Errorf("%d shown of %v, %d apologies", len(board.Entries), states, len(board.Apologies))
	}
}

// testLists: lists of quarters and of a month are made from the records.
func testLists(t *testing.T, w world) {
	lists := map[string]int{}
	for _, x := range w.feed(t, account.Caller{}, disclosure.FeedQuery{Region: demo.City}) {
		if strings.Contains(x.Title, "季度红榜") && strings.Contains(x.Title, "年第") || strings.HasSuffix(x.Title, "季度黑榜") || strings.HasSuffix(x.Title, "村民说事清单与办理结果") {
			lists[x.ItemCode]++
		}
	}
	if lists["C04"] < 1 || lists["C05"] < 1 || lists["C03"] < 1 {
		t.Errorf("%v from the records", lists)
	}
}

// testConcernForms: strangers read nobody's name, villagers do; there is a pin on
// the map and a recording.
func testConcernForms(t *testing.T, w world) {
	villager := w.signIn(t, "demo-villager-510821102200-2")
	for by, names := range map[*account.Caller]bool{{}: false, &villager: true} {
		named, pins, voices := 0, 0, 0
		for _, c := range w.concerns(t, *by, concern.Query{Region: shown}) {
			whole, err := w.Concerns.Concern(t.Context(), *by, c.ID)
			if err != nil {
				t.Fatal(err)
			}
			named += one(whole.Visibility == concern.Named && whole.RaiserName != "")
			pins += one(whole.Place.Point != nil)
			voices += one(whole.Transcript != "")
		}
		if (named > 0) != names || pins < 2 || voices < 1 {
			t.Errorf("%d named (%v), %d pins, %d recordings", named, names, pins, voices)
		}
	}
}

// TestRules_AnyDay: the plan holds together around long holidays and at the turn
// of years, when notices are longer and quarters begin.
func TestRules_AnyDay(t *testing.T) {
	t.Parallel()
	for _, day := range []time.Time{
		time.Date(2026, 2, 26, 9, 0, 0, 0, calendar.China), time.Date(2026, 10, 10, 9, 0, 0, 0, calendar.China),
	} {
		t.Run(day.Format(time.DateOnly), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if err := demo.SeedRules(t.Context(), w.Services, demo.Options{Seed: 1, Now: day}); err != nil {
				t.Fatal(err)
			}
			testCovenants(t, w)
			testBlackStates(t, w)
		})
	}
}
