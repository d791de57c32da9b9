package repository_test

import (
	"errors"
	"reflect"
	"testing"

	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/council"
)

func onCouncils(t *testing.T, db *dbtest.DB, fn func(tx council.Tx) error) error {
	t.Helper()
	return db.Councils().InTx(t.Context(), dbtest.Act(), func(tx council.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return tx.Record(t.Context(), audit.Event{Action: "test.council", Object: "council", Result: "ok"})
	})
}

func someCouncil() council.Record {
	return council.Record{
		ID: audit.NewID(), Region: postingVillage, Kind: "board", Name: "理事会😀", From: "2026-01-01", Until: "2028-12-31", Charter: 1, Revision: 1,
		RegisteredAt: dbtest.Start, ChangedAt: dbtest.Start,
	}
}

func TestCouncils_RoundTrip(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		r := someCouncil()
		m := council.Member{CouncilID: r.ID, Number: 1, Resident: "res-1", Name: "王*成", Office: "convenor", From: "2026-01-01", EnteredAt: dbtest.Start}
		c := council.Charter{CouncilID: r.ID, Version: 1, Text: "章程😀\n第二行", By: "文书", Account: "someone", At: dbtest.Start}
		must(t, onCouncils(t, db, func(tx council.Tx) error {
			return errors.Join(tx.AddCouncil(t.Context(), r), tx.AddCouncilCharter(t.Context(), c), tx.AddCouncilMember(t.Context(), m))
		}))
		got, err := db.Councils().CouncilByID(t.Context(), r.ID)
		must(t, err)
		if r.Serial = got.Serial; !reflect.DeepEqual(got, r) {
			t.Errorf("got  %+v\nwant %+v", got, r)
		}
		charters, err := db.Councils().CouncilCharters(t.Context(), r.ID)
		must(t, err)
		members, bodies, err := db.Councils().CouncilSeats(t.Context(), "res-1")
		must(t, err)
		if len(charters) != 1 || charters[0] != c || len(members) != 1 || members[0] != m || bodies[0].ID != r.ID {
			t.Errorf("%+v %+v %+v", charters, members, bodies)
		}
		twin := someCouncil()
		if err := onCouncils(t, db, func(tx council.Tx) error { return tx.AddCouncil(t.Context(), twin) }); !errors.Is(err, council.ErrNameTaken) {
			t.Errorf("a name was taken twice: %v", err)
		}
		if err := onCouncils(t, db, func(tx council.Tx) error { return tx.AddCouncilMember(t.Context(), m) }); !errors.Is(err, council.ErrRaced) {
			t.Errorf("a number was given twice: %v", err)
		}
		twin.Name = "另一个"
		must(t, onCouncils(t, db, func(tx council.Tx) error { return tx.AddCouncil(t.Context(), twin) }))
		twin.Name, twin.Revision = r.Name, 2
		if err := onCouncils(t, db, func(tx council.Tx) error { return tx.SaveCouncil(t.Context(), twin) }); !errors.Is(err, council.ErrNameTaken) {
			t.Errorf("a name was taken by a change: %v", err)
		}
		twin.Name, twin.Revision = "又一个", 3
		if err := onCouncils(t, db, func(tx council.Tx) error { return tx.SaveCouncil(t.Context(), twin) }); !errors.Is(err, council.ErrRaced) {
			t.Errorf("a stale revision was written: %v", err)
		}
		if err := onCouncils(t, db, func(tx council.Tx) error {
			return tx.EndCouncilMember(t.Context(), r.ID, 2, "2026-02-01", tx.Now())
		}); !errors.Is(err, council.ErrMemberNotFound) {
			t.Errorf("%v", err)
		}
	})
}

func TestCouncilActivities_RoundTripAndRanges(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		var all []council.ActivityRecord
		for i, on := range []string{"2025-12-31", "2026-01-01", "", "2026-12-31"} {
			a := council.ActivityRecord{
				ID: audit.NewID(), CaseID: audit.NewID(), CouncilID: "body", Region: postingVillage, Kind: "review", State: council.Held, Title: "评议😀",
				HeldOn: on, Heads: i, CostFen: 1 << 40, Revision: 1, PlannedAt: dbtest.Start, ChangedAt: dbtest.Start,
				Content: council.Content{PlannedOn: "2026-01-01", Marks: []council.Mark{{State: council.Planned, At: dbtest.Start.UTC()}}},
			}
			if i == 3 {
				a.Region = "510821103200"
			}
			must(t, onCouncils(t, db, func(tx council.Tx) error { return tx.AddCouncilActivity(t.Context(), a) }))
			all = append(all, a)
		}
		got, err := db.Councils().CouncilActivity(t.Context(), all[0].ID)
		must(t, err)
		if all[0].Serial = got.Serial; !reflect.DeepEqual(got, all[0]) {
			t.Errorf("got  %+v\nwant %+v", got, all[0])
		}
		for name, x := range map[string]struct {
			r    council.ActivityRange
			want []int
		}{
			"Body":     {council.ActivityRange{CouncilID: "body"}, []int{3, 2, 1, 0}},
			"Year":     {council.ActivityRange{Region: postingVillage, From: "2026-01-01", Until: "2026-12-31"}, []int{1}},
			"CityYear": {council.ActivityRange{Region: "5108", From: "2026-01-01", Until: "2026-12-31"}, []int{3, 1}},
			"Before":   {council.ActivityRange{CouncilID: "body", Before: all[0].Serial + 1}, []int{0}},
			"None":     {council.ActivityRange{CouncilID: "other"}, nil},
		} {
			x.r.Limit = 10
			list, err := db.Councils().CouncilActivities(t.Context(), x.r)
			must(t, err)
			var have []int
			for _, a := range list {
				have = append(have, a.Heads)
			}
			if !reflect.DeepEqual(have, x.want) {
				t.Errorf("%s: %v, want %v", name, have, x.want)
			}
		}
		a := all[1]
		a.Revision = 3
		if err := onCouncils(t, db, func(tx council.Tx) error { return tx.SaveCouncilActivity(t.Context(), a) }); !errors.Is(err, council.ErrRaced) {
			t.Errorf("a stale revision was written: %v", err)
		}
		a.Revision, a.Content.Photos = 2, []string{"p1", "p2"}
		must(t, onCouncils(t, db, func(tx council.Tx) error { return tx.SaveCouncilActivity(t.Context(), a) }))
		a.Revision, a.Content.Photos = 3, []string{"p2"}
		must(t, onCouncils(t, db, func(tx council.Tx) error { return tx.SaveCouncilActivity(t.Context(), a) }))
	})
}
