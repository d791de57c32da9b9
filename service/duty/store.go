package duty

import (
	"context"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/outbox"
	"cunwu/service/region"
)

// Store is what the package needs of the archive.
type Store interface {
	// DutyFacts gives what is stored of villages, each of which has an entry.
	// items limits it to items, none for all. since, where not zero, leaves out
	// what was last published, or happened, before it.
	DutyFacts(ctx context.Context, villages []region.Code, items []string, since time.Time) (map[region.Code]Facts, error)
	// DutyTalliesAt gives the counts of places, of periods that are not less than
	// from as texts ("2026"; "" for all), by place, item, period, kind, until.
	DutyTalliesAt(ctx context.Context, places []region.Code, from string) ([]Tally, error)
	// DutyStamps gives for those of the places that have counts a number that
	// is another whenever they moved.
	DutyStamps(ctx context.Context, places []region.Code) (map[region.Code]int64, error)
	// TreeEdition gives a number that changes with the tree of places.
	TreeEdition(ctx context.Context) (int64, error)
	// VillagesByTownship counts the active villages of each township.
	VillagesByTownship(ctx context.Context) (map[region.Code]int, error)
	// VillagesAfter gives active villages within a place ("" for all), by code,
	// after a code, at most limit.
	VillagesAfter(ctx context.Context, within, after region.Code, limit int) ([]region.Code, error)
	// TalliedAfter gives villages, active or not, that have counts and lie
	// within a place, by code, after a code, at most limit; gone leaves only
	// those that are not active.
	TalliedAfter(ctx context.Context, within, after region.Code, gone bool, limit int) ([]region.Code, error)
	// ServedAfter gives villages in which somebody holds one of the offices at
	// a time, by code, after a code, at most limit.
	ServedAfter(ctx context.Context, roles []account.Role, at time.Time, after region.Code, limit int) ([]region.Code, error)
	// InTx runs fn in one transaction, in the name of act.
	InTx(ctx context.Context, act audit.Act, fn func(Tx) error) error
}

// Tx is the writing side.
type Tx interface {
	outbox.Tx
	// DutyFacts is that of Store, as this transaction sees it.
	DutyFacts(ctx context.Context, villages []region.Code, items []string, since time.Time) (map[region.Code]Facts, error)
	// LockDutyTallies makes all who move counts wait for each other.
	LockDutyTallies(ctx context.Context) error
	// DutyTalliesOf gives the counts of one place, of items (none for all).
	DutyTalliesOf(ctx context.Context, place region.Code, items []string) ([]Tally, error)
	// MoveDutyTallies adds to counts; a row that comes to nothing goes. The
	// stamps of the places move, too.
	MoveDutyTallies(ctx context.Context, by []Tally) error
	// AddDutyEvent stores an event unless the village has one of the item and
	// day, and gives the one that is stored.
	AddDutyEvent(ctx context.Context, e Event) (Event, error)
	// PutDutyException stores a decision, in place of an earlier one.
	PutDutyException(ctx context.Context, x Exception) error
	// PutDemand stores a demand; one of the same person is renewed.
	PutDemand(ctx context.Context, d Demand) error
	// CountDemands counts those who demand an item since a time, and the
	// representatives among them.
	CountDemands(ctx context.Context, village region.Code, item string, since time.Time) (all, representatives int, err error)
	// DropDemands removes the demands of an item: they were met, or served.
	DropDemands(ctx context.Context, village region.Code, item string) error
	// Electorate counts those on a village's roll and the representatives of
	// the village and its groups in office at a time.
	Electorate(ctx context.Context, village region.Code, at time.Time) (residents, representatives int, err error)
	// AddReminders notes reminders and gives those that were not noted before.
	AddReminders(ctx context.Context, village region.Code, rs []Reminder) ([]Reminder, error)
	// RegionChanged leaves a mark that every instance reads to drop prepared
	// answers of the place and of its ancestors.
	RegionChanged(ctx context.Context, code region.Code) error
}

// Demand is one person's wish that an item be disclosed. Nobody is shown who
// demanded.
type Demand struct {
	Region         region.Code
	ItemCode       string
	Account        string
	Resident       string
	Representative bool
}

// Reminder is one stage that one duty reached.
type Reminder struct {
	ItemCode string
	Period   string
	Stage    string
}
