package duty

import (
	"context"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/region"
)

// Demanding is how far the demand for an item has come. Who demands is shown to
// nobody.
type Demanding struct {
	ItemCode        string
	Villagers       int // who demand it
	Representatives int // of these
	// VillagersNeeded and RepresentativesNeeded are how many of either make it
	// due; 0 where there are none of them to ask.
	VillagersNeeded       int
	RepresentativesNeeded int
	Duty                  *Duty // once it is due
}

// demandTitle is what everybody reads of a demand that was enough.
const demandTitle = "村民联名要求公开"

// Demand enters the wish of a verified villager that an item of the catalogue
// be disclosed. Each counts once, for as long as the window of the rules; once
// one tenth of those on the roll or one fifth of the representatives demand it,
// it is due and the demands are dropped. The roll keeps birthdays sealed, so
// its children count among those of whom a tenth is needed.
// auth.required, region faults, duty.item_unknown, duty.not_of_village,
// duty.already_demanded.
func (s *Service) Demand(ctx context.Context, by account.Caller, act audit.Act, at region.Code, item string) (Demanding, error) {
	if err := s.atVillage(ctx, by, at); err != nil {
		return Demanding{}, err
	}
	sch := s.scheduleOn(s.opt.Clock.Now())
	if _, ok := sch.edition.Item(item); !ok {
		return Demanding{}, ErrItem.At("body.item_code", "没有这个事项")
	}
	if by.Standing == account.Unbound || by.Village != at {
		return Demanding{}, ErrNotOfVillage
	}
	var out Demanding
	err := s.store.InTx(ctx, act, func(tx Tx) error {
		var err error
		if out, err = s.demand(ctx, tx, by, at, item); err != nil {
			return err
		}
		return tx.Answer(ctx, out)
	})
	if err != nil {
		return Demanding{}, asIs(err, "demand")
	}
	return out, nil
}

// undemanded refuses while an earlier demand is neither met nor found not to
// apply.
func (s *Service) undemanded(ctx context.Context, tx Tx, at region.Code, item string) error {
	sch := s.scheduleOn(tx.Now())
	facts, err := tx.DutyFacts(ctx, []region.Code{at}, []string{item}, sch.since(s.opt.Rules))
	if err != nil {
		return err
	}
	for _, d := range s.reckoner.all(sch, facts[at]) {
		if d.Event != nil && d.Event.Kind == Demanded && d.DisclosureID == "" && d.State != NotApplicable {
			return ErrDemanded
		}
	}
	return nil
}

func (s *Service) demand(ctx context.Context, tx Tx, by account.Caller, at region.Code, item string) (Demanding, error) {
	now := tx.Now()
	d := Demand{Region: at, ItemCode: item, Account: by.AccountID, Resident: by.ResidentID}
	for _, g := range by.Grants {
		d.Representative = d.Representative ||
			g.Role == account.Representative && at.Contains(g.Region) && !now.Before(g.Start) && now.Before(g.End)
	}
	// It comes first: whoever else demands in this village waits for it.
	if err := tx.PutDemand(ctx, d); err != nil {
		return Demanding{}, err
	}
	if err := s.undemanded(ctx, tx, at, item); err != nil {
		return Demanding{}, err
	}
	out := Demanding{ItemCode: item}
	var err error
	out.Villagers, out.Representatives, err = tx.CountDemands(ctx, at, item, now.AddDate(0, -s.opt.Rules.WindowMonths, 0))
	if err != nil {
		return Demanding{}, err
	}
	residents, representatives, err := tx.Electorate(ctx, at, now)
	if err != nil {
		return Demanding{}, err
	}
	out.VillagersNeeded = share(residents, s.opt.Rules.VillagersOneIn)
	out.RepresentativesNeeded = share(representatives, s.opt.Rules.RepresentativesOne)
	enough := func(n, needed int) bool { return needed > 0 && n >= needed }
	if !enough(out.Villagers, out.VillagersNeeded) && !enough(out.Representatives, out.RepresentativesNeeded) {
		return out, tx.Record(ctx, audit.Event{Action: "duty.demand", Object: "duty", ObjectID: item, Region: string(at), Result: "ok"})
	}
	due, err := s.demandMet(ctx, tx, at, item)
	out.Duty = &due
	return out, err
}

// demandMet starts the clock of what enough people demand.
func (s *Service) demandMet(ctx context.Context, tx Tx, at region.Code, item string) (Duty, error) {
	day := tx.Now().Format(dayFormat)
	e, err := begin(ctx, tx, Event{
		Region: at, ItemCode: item, On: day, Title: demandTitle, Kind: Demanded, RecordedBy: audit.System,
	})
	if err != nil {
		return Duty{}, err
	}
	if err := tx.DropDemands(ctx, at, item); err != nil {
		return Duty{}, err
	}
	d, err := s.one(ctx, tx, at, item, day, tx.Now())
	if err != nil {
		return Duty{}, err
	}
	return d, s.tell(ctx, tx, at, d, string(e.Kind), "duty.demand")
}

// share gives the least number that is at least one in so many, 0 of none.
func share(all, oneIn int) int { return (all + oneIn - 1) / oneIn }
