package repository_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/consultation"
	"cunwu/service/consultation/opinion"
)

// fullConsultation has something in every part.
func fullConsultation() consultation.Record {
	at := dbtest.Start
	return consultation.Record{
		ID: audit.NewID(), CaseID: audit.NewID(), Region: postingVillage, Group: postingVillage + "01",
		Channel: consultation.ComeConsult, State: consultation.Implementing, Public: true, Revision: 1, Title: "议题😀",
		CreatedAt: at, ChangedAt: at.Add(time.Hour), CreatedBy: "someone",
		Content: consultation.Content{
			Topic:        consultation.Topic{Title: "议题😀", Question: "问", Source: consultation.FromCPPCC, Item: "B01", Liaison: "政协"},
			Review:       &consultation.Review{Result: "accept", Reason: "可以", HowMany: 3, At: at.UTC(), By: "乡镇"},
			Participants: []consultation.Participant{{Kind: "专家", Who: "某", Advises: true}},
			Sessions:     []consultation.Session{{On: "2026-03-01", Form: consultation.Both, NotifiedAt: at.UTC(), Photos: []string{"a"}}},
			Plan:         &consultation.Plan{Percent: 50, Milestones: []consultation.Milestone{{Percent: 50, What: "一半", At: at.UTC()}}},
			Marks:        []consultation.Mark{{State: consultation.Submitted, At: at.UTC()}},
		},
	}
}

func onConsultations(t *testing.T, db *dbtest.DB, fn func(tx consultation.Tx) error) error {
	t.Helper()
	return db.Consultations().InTx(t.Context(), dbtest.Act(), func(tx consultation.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return tx.Record(t.Context(), audit.Event{Action: "test.consultation", Object: "consultation", Result: "ok"})
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestConsultations_RoundTrip(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		r := fullConsultation()
		must(t, onConsultations(t, db, func(tx consultation.Tx) error { return tx.AddConsultation(t.Context(), r) }))
		got, err := db.Consultations().ConsultationByID(t.Context(), r.ID)
		must(t, err)
		if r.Serial = got.Serial; !got.CreatedAt.Equal(r.CreatedAt) || !got.ChangedAt.Equal(r.ChangedAt) {
			t.Errorf("times %v %v", got.CreatedAt, got.ChangedAt)
		}
		got.CreatedAt, got.ChangedAt = r.CreatedAt, r.ChangedAt
		if !reflect.DeepEqual(got, r) {
			t.Errorf("got  %+v\nwant %+v", got, r)
		}
		r.Revision, r.State = 2, consultation.Archived
		must(t, onConsultations(t, db, func(tx consultation.Tx) error { return tx.SaveConsultation(t.Context(), r, []string{"a", "a2"}) }))
		err = onConsultations(t, db, func(tx consultation.Tx) error { return tx.SaveConsultation(t.Context(), r, nil) })
		if !errors.Is(err, consultation.ErrRaced) {
			t.Errorf("a stale revision was written: %v", err)
		}
		_, err = db.Consultations().ConsultationByID(t.Context(), "nosuch")
		if !errors.Is(err, consultation.ErrNotFound) {
			t.Errorf("%v", err)
		}
	})
}

func TestConsultations_Lists(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		var ids []string
		for i := range 4 {
			r := fullConsultation()
			r.Public = i > 0
			if i == 3 {
				r.Region = "510821103200"
			}
			ids = append(ids, r.ID)
			must(t, onConsultations(t, db, func(tx consultation.Tx) error { return tx.AddConsultation(t.Context(), r) }))
		}
		for name, x := range map[string]struct {
			q    consultation.Query
			want []string
		}{
			"Stranger":    {consultation.Query{Region: "5108"}, []string{ids[3], ids[2], ids[1]}},
			"Village":     {consultation.Query{Region: postingVillage}, []string{ids[2], ids[1]}},
			"Insider":     {consultation.Query{Region: postingVillage, All: true}, []string{ids[2], ids[1], ids[0]}},
			"Proposer":    {consultation.Query{Region: postingVillage, Own: "someone"}, []string{ids[2], ids[1], ids[0]}},
			"Other":       {consultation.Query{Region: postingVillage, Own: "another"}, []string{ids[2], ids[1]}},
			"Elsewhere":   {consultation.Query{Region: "5109"}, nil},
			"State":       {consultation.Query{Region: "5108", State: consultation.Archived}, nil},
			"StateInside": {consultation.Query{Region: "5108", State: consultation.Implementing}, []string{ids[3], ids[2], ids[1]}},
		} {
			x.q.Limit = 50
			got, err := db.Consultations().ConsultationsOf(t.Context(), x.q)
			must(t, err)
			var have []string
			for _, r := range got {
				have = append(have, r.ID)
			}
			if !reflect.DeepEqual(have, x.want) {
				t.Errorf("%s: %v, want %v", name, have, x.want)
			}
		}
	})
}

func TestStatements_VotesAndRatings(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		r := fullConsultation()
		s := consultation.StatementRecord{
			ID: audit.NewID(), ConsultationID: r.ID, Number: 1, Author: "res-1", Text: "意见😀", State: consultation.Shown,
			At: dbtest.Start, ChangedAt: dbtest.Start, Revision: 1,
		}
		vote := consultation.VoteRecord{StatementID: s.ID, Voter: "res-2", Vote: opinion.Agree}
		must(t, onConsultations(t, db, func(tx consultation.Tx) error {
			return errors.Join(tx.AddConsultation(t.Context(), r), tx.AddStatement(t.Context(), s), tx.PutVote(t.Context(), r.ID, vote, false))
		}))
		twice := s
		twice.ID = audit.NewID()
		if err := onConsultations(t, db, func(tx consultation.Tx) error { return tx.AddStatement(t.Context(), twice) }); !errors.Is(err, consultation.ErrRaced) {
			t.Errorf("a number was given twice: %v", err)
		}
		if err := onConsultations(t, db, func(tx consultation.Tx) error { return tx.PutVote(t.Context(), r.ID, vote, false) }); !errors.Is(err, consultation.ErrRaced) {
			t.Errorf("a second voice was taken: %v", err)
		}
		vote.Vote = opinion.Pass
		must(t, onConsultations(t, db, func(tx consultation.Tx) error {
			if v, err := tx.VoteOn(t.Context(), s.ID, "res-2"); err != nil || v != opinion.Agree {
				t.Errorf("%v %v", v, err)
			}
			mine, err := tx.VotedByOthers(t.Context(), s.ID, "res-2")
			others, err2 := tx.VotedByOthers(t.Context(), s.ID, "res-1")
			if mine || !others || err != nil || err2 != nil {
				t.Errorf("by others: %v %v", mine, others)
			}
			return errors.Join(tx.PutVote(t.Context(), r.ID, vote, true),
				tx.PutRating(t.Context(), r.ID, "res-1", "basic"), tx.PutRating(t.Context(), r.ID, "res-1", "satisfied"), tx.PutRating(t.Context(), r.ID, "res-2", "basic"))
		}))
		votes, err := db.Consultations().VotesOf(t.Context(), r.ID, "")
		must(t, err)
		people, err := db.Consultations().PeopleOf(t.Context(), r.ID)
		must(t, err)
		if len(votes) != 1 || votes[0] != vote || people != 2 {
			t.Errorf("%+v, %d people", votes, people)
		}
		counts, mine, err := db.Consultations().RatingsOf(t.Context(), r.ID, "res-1")
		must(t, err)
		if counts["satisfied"] != 1 || counts["basic"] != 1 || mine != "satisfied" {
			t.Errorf("%v %q", counts, mine)
		}
	})
}
