package repository_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/moderation"
)

// fullCheck is a check with every column set to something of its own.
func fullCheck() moderation.Check {
	at := func(n int) time.Time { return dbtest.Start.Add(time.Duration(n) * time.Minute) }
	return moderation.Check{
		ID: audit.NewID(), Subject: moderation.Subject{Kind: "concern", ID: audit.NewID(), Region: postingVillage},
		Part: moderation.MediaPart(audit.NewID()), State: moderation.Pending, Trace: "60f96f1d-3845297a-1976a3ce", Suggest: "risky",
		Label: 20012, Account: "someone", Tries: 3, NextAt: at(1), WatchAt: at(2), WaitsAt: at(3), AskedAt: at(4), DecidedAt: at(5),
		BegunAt: at(6), ByPerson: true,
	}
}

func onChecks(t *testing.T, db *dbtest.DB, fn func(tx moderation.Tx) error) error {
	t.Helper()
	return db.Moderation().InTx(t.Context(), dbtest.Act(), func(tx moderation.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return tx.Record(t.Context(), audit.Event{Action: "test.check", Object: "check", Result: "ok"})
	})
}

func TestModeration_EveryColumnComesBack(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		want := fullCheck()
		for _, v := range reflect.VisibleFields(reflect.TypeFor[moderation.Check]()) {
			if v.Name != "Serial" && reflect.ValueOf(want).FieldByIndex(v.Index).IsZero() {
				t.Errorf("the test's check leaves %s unset", v.Name)
			}
		}
		bare := moderation.Check{ID: audit.NewID(), Subject: moderation.Subject{Kind: "concern", ID: audit.NewID(), Region: postingVillage}}
		if err := onChecks(t, db, func(tx moderation.Tx) error { return tx.AddChecks(t.Context(), []moderation.Check{want, bare}) }); err != nil {
			t.Fatal(err)
		}
		same := func(what string, want moderation.Check) {
			t.Helper()
			got, err := db.Moderation().CheckByID(t.Context(), want.ID)
			want.Serial = got.Serial
			if err != nil || got.Serial == 0 || !reflect.DeepEqual(got, want) {
				t.Errorf("%s:\n got %+v\nwant %+v (%v)", what, got, want, err)
			}
		}
		same("added", want)
		same("bare", bare)
		cleared := moderation.Check{ID: want.ID, Subject: want.Subject, Part: want.Part, Account: want.Account, BegunAt: want.BegunAt, State: moderation.Passed}
		if err := onChecks(t, db, func(tx moderation.Tx) error { return tx.SaveCheck(t.Context(), cleared) }); err != nil {
			t.Fatal(err)
		}
		same("cleared", cleared)
		if _, err := db.Moderation().CheckByID(t.Context(), audit.NewID()); !errors.Is(err, moderation.ErrNotFound) {
			t.Errorf("none: %v", err)
		}
		err := onChecks(t, db, func(tx moderation.Tx) error {
			again := fullCheck()
			again.Subject, again.Part = want.Subject, want.Part
			return tx.AddChecks(t.Context(), []moderation.Check{again})
		})
		if err == nil {
			t.Error("one part has two checks")
		}
	})
}

// TestModeration_Traces: the row of a trace id is made by whichever comes first.
func TestModeration_Traces(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		v := moderation.Verdict{Trace: "t-1", Suggest: "pass", Label: 100, Code: 7}
		given := func(check string, wantAnswered, wantOurs bool) {
			t.Helper()
			err := onChecks(t, db, func(tx moderation.Tx) error {
				got, answered, ours, err := tx.TraceGiven(t.Context(), "t-1", check)
				if err == nil && (answered != wantAnswered || ours != wantOurs || answered && got != v) {
					t.Errorf("%s: %+v %v %v", check, got, answered, ours)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		answer := func(v moderation.Verdict, wantCheck string, wantFirst bool) {
			t.Helper()
			err := onChecks(t, db, func(tx moderation.Tx) error {
				check, first, err := tx.AnswerGiven(t.Context(), v)
				if err == nil && (check != wantCheck || first != wantFirst) {
					t.Errorf("%+v: %q %v", v, check, first)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		answer(v, "", true)
		answer(moderation.Verdict{Trace: "t-1", Suggest: "risky"}, "", false)
		given("check-a", true, true)
		given("check-a", true, true)
		given("check-b", true, false)
		answer(v, "check-a", false)
		v = moderation.Verdict{Trace: "t-2", Suggest: "review", Label: 1}
		err := onChecks(t, db, func(tx moderation.Tx) error {
			_, answered, ours, err := tx.TraceGiven(t.Context(), "t-2", "check-c")
			if answered || !ours {
				t.Error("answered before it was")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		answer(v, "check-c", true)
		answer(v, "check-c", false)
	})
}
