package demo_test

import (
	"context"
	"testing"

	"cunwu/config/rules"
	"cunwu/demo"
	"cunwu/repository"
	"cunwu/service/account"
	"cunwu/service/ballot"
	"cunwu/service/calendar"
	"cunwu/service/council"
	"cunwu/service/covenant"
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

func TestRules_AnyDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := demo.SeedRules(t.Context(), w.Services, demo.Options{Seed: 1, Now: today}); err != nil {
		t.Fatal(err)
	}
}
