package repository_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/covenant"
)

// fullCovenant has something in every part.
func fullCovenant() (covenant.Text, covenant.Version) {
	at, index := dbtest.Start, int64(7)
	t := covenant.Text{
		ID: audit.NewID(), Region: postingVillage, Kind: covenant.Covenant, Current: 1, Open: 2, Last: 2, Codes: 9, Revision: 1,
		CreatedAt: at, ChangedAt: at.Add(time.Hour),
	}
	v := covenant.Version{
		ID: audit.NewID(), CovenantID: t.ID, Number: 1, CaseID: audit.NewID(), Region: t.Region, Kind: t.Kind, State: covenant.Force,
		Revision: 1, Digest: "ab", ReviewedAt: at, FiledAt: at, CorrectTo: at, Since: at, CreatedAt: at, ChangedAt: at,
		Content: covenant.Content{
			Draft: covenant.Draft{Title: "约😀", Clauses: []covenant.Clause{{
				Code: "c01", Number: 1, Topic: "tidy", Kind: covenant.NotAllowed, Text: "不得乱倒垃圾。", Source: "会", List: covenant.Black, TurnsRed: true,
				Measures: []covenant.Measure{{Text: "教育", Source: "会"}},
			}}},
			Notice: "说明", Base: 1, Submitted: true, Corrects: true, Marks: []covenant.Mark{{State: covenant.Force, At: at.UTC()}},
			Said:       []covenant.Said{{Action: "submit", Text: "好", By: "文书", At: at.UTC()}},
			Vote:       &covenant.Vote{Ballot: "b", Passed: true, On: "2026-03-01", Women: 3, Certified: at.UTC(), FileBy: "2026-03-11"},
			Filing:     &covenant.Filing{On: "2026-03-02", Receipt: "3号", Late: true},
			Correction: &covenant.Correction{Text: "改", Clauses: []string{"c01"}, Until: "2026-04-01", At: at.UTC()}, LogIndex: &index,
		},
	}
	return t, v
}

func onCovenants(t *testing.T, db *dbtest.DB, fn func(tx covenant.Tx) error) error {
	t.Helper()
	return db.Covenants().InTx(t.Context(), dbtest.Act(), func(tx covenant.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return tx.Record(t.Context(), audit.Event{Action: "test.covenant", Object: "covenant", Result: "ok"})
	})
}

func TestCovenants_RoundTrip(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		text, v := fullCovenant()
		must(t, onCovenants(t, db, func(tx covenant.Tx) error {
			if err := tx.AddCovenant(t.Context(), text); err != nil {
				return err
			}
			return tx.AddCovenantVersion(t.Context(), v)
		}))
		for _, id := range []string{text.ID, v.ID} {
			got, err := db.Covenants().CovenantByID(t.Context(), id)
			must(t, err)
			text.Serial = got.Serial
			if !reflect.DeepEqual(got, text) {
				t.Errorf("by %s: %+v, want %+v", id, got, text)
			}
		}
		got, err := db.Covenants().CovenantVersion(t.Context(), text.ID, 1)
		must(t, err)
		if !reflect.DeepEqual(got, v) {
			t.Errorf("got  %+v\nwant %+v", got, v)
		}
		again := text
		again.ID = audit.NewID()
		err = onCovenants(t, db, func(tx covenant.Tx) error { return tx.AddCovenant(t.Context(), again) })
		if !errors.Is(err, covenant.ErrUnderWay) {
			t.Errorf("a second text of the kind: %v", err)
		}
		v.Revision, v.Until = 2, v.Since.Add(time.Hour)
		must(t, onCovenants(t, db, func(tx covenant.Tx) error {
			return tx.SaveCovenantVersion(t.Context(), v, []string{"paper", "paper2"})
		}))
		err = onCovenants(t, db, func(tx covenant.Tx) error { return tx.SaveCovenantVersion(t.Context(), v, nil) })
		if !errors.Is(err, covenant.ErrRaced) {
			t.Errorf("a stale revision was written: %v", err)
		}
		for after, want := range map[time.Duration]error{-time.Millisecond: covenant.ErrNoneInForce, 0: nil, time.Hour - time.Millisecond: nil, time.Hour: covenant.ErrNoneInForce} {
			if _, err := db.Covenants().CovenantAt(t.Context(), text.Region, text.Kind, v.Since.Add(after)); !errors.Is(err, want) {
				t.Errorf("%s after: %v, want %v", after, err, want)
			}
		}
	})
}
