package repository_test

import (
	"errors"
	"testing"

	"cunwu/repository"
	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/disclosure"
)

// about answers a request that speaks of a subject.
func about(t *testing.T, object, subject, text string) func(disclosure.Tx) error {
	t.Helper()
	return func(tx disclosure.Tx) error {
		e := audit.Event{Action: "test.act", Object: object, ObjectID: subject, Result: "ok"}
		if object == "case" {
			e.ObjectID, e.Detail = "case-of-"+subject, map[string]string{"subject": subject}
		}
		if err := tx.Record(t.Context(), e); err != nil {
			return err
		}
		return tx.Answer(t.Context(), text)
	}
}

// What was answered about a posting goes with its text: a repeat is told so,
// and other answers stay.
func TestReceipt_GoneWithItsText(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx, ds := t.Context(), db.Disclosures()
		for key, x := range map[string][2]string{"draft": {"disclosure", "p1"}, "submit": {"case", "p1"}, "other": {"disclosure", "p2"}} {
			if err := ds.InTx(ctx, asked("POST /x", key, "b"), about(t, x[0], x[1], "text of "+key)); err != nil {
				t.Fatal(err)
			}
		}
		erase := asked("POST /x", "erase", "b")
		err := ds.InTx(ctx, erase, func(tx disclosure.Tx) error {
			if err := tx.EraseVersions(ctx, "p1"); err != nil {
				return err
			}
			return about(t, "case", "p1", "text that the clerk goes on with")(tx)
		})
		if err != nil {
			t.Fatal(err)
		}
		nothing := func(disclosure.Tx) error { t.Error("it was done again"); return nil }
		for _, key := range []string{"draft", "submit", "erase"} {
			if err := ds.InTx(ctx, asked("POST /x", key, "b"), nothing); !errors.Is(err, repository.ErrGone) {
				t.Errorf("%s: %v", key, err)
			}
		}
		if err := ds.InTx(ctx, asked("POST /x", "draft", "another"), nothing); !errors.Is(err, repository.ErrMismatch) {
			t.Errorf("another body: %v", err)
		}
		wantReplay(t, ds.InTx(ctx, asked("POST /x", "other", "b"), nothing), "text of other")
		// What is answered later about it is kept again.
		if err := ds.InTx(ctx, asked("POST /x", "later", "b"), about(t, "case", "p1", "corrected")); err != nil {
			t.Fatal(err)
		}
		wantReplay(t, ds.InTx(ctx, asked("POST /x", "later", "b"), nothing), "corrected")
	})
}
