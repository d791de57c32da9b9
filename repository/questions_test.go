package repository_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/board"
	"cunwu/service/procedure"
	"cunwu/service/question"
)

// fullQuestion is a question with every column set to something of its own.
func fullQuestion() question.Record {
	line := 3
	return question.Record{
		ID: audit.NewID(), PostingID: audit.NewID(), Version: 2, Region: postingVillage, ItemCode: "D02", Public: true,
		Kind: question.Objected, Line: &line, Text: "为什么😀", Asker: "someone", AskedAt: dbtest.Start, State: question.Open,
		DueAt: dbtest.Start.Add(time.Hour), Answers: 4, AnsweredAt: dbtest.Start.Add(time.Minute), Joined: 5, CaseID: audit.NewID(), Revision: 1,
	}
}

func onQuestions(t *testing.T, db *dbtest.DB, fn func(tx question.Tx) error) error {
	t.Helper()
	return db.Questions().InTx(t.Context(), dbtest.Act(), func(tx question.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return tx.Record(t.Context(), audit.Event{Action: "test.question", Object: "question", Result: "ok"})
	})
}

func addQuestion(t *testing.T, db *dbtest.DB, r question.Record) question.Record {
	t.Helper()
	err := onQuestions(t, db, func(tx question.Tx) error {
		serial, err := tx.AddQuestion(t.Context(), r)
		r.Serial = serial
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestQuestions_EveryColumnComesBack(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		for _, v := range reflect.VisibleFields(reflect.TypeFor[question.Record]()) {
			if v.Name != "Serial" && reflect.ValueOf(fullQuestion()).FieldByIndex(v.Index).IsZero() {
				t.Errorf("the test's record leaves %s unset", v.Name)
			}
		}
		want := addQuestion(t, db, fullQuestion())
		if got, err := db.Questions().QuestionRecord(t.Context(), want.ID); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("added:\n got %+v\nwant %+v (%v)", got, want, err)
		}
		bare := addQuestion(t, db, question.Record{ID: audit.NewID(), Region: postingVillage, Revision: 1})
		if got, err := db.Questions().QuestionRecord(t.Context(), bare.ID); err != nil || !reflect.DeepEqual(got, bare) {
			t.Errorf("bare:\n got %+v\nwant %+v (%v)", got, bare, err)
		}
		cleared := want
		cleared.State, cleared.DueAt, cleared.Answers, cleared.AnsweredAt, cleared.Joined, cleared.Revision = question.Settled, time.Time{}, 0, time.Time{}, 0, 2
		save := func(tx question.Tx) error { return tx.SaveQuestion(t.Context(), cleared) }
		if err := onQuestions(t, db, save); err != nil {
			t.Fatal(err)
		}
		if got, err := db.Questions().QuestionRecord(t.Context(), want.ID); err != nil || !reflect.DeepEqual(got, cleared) {
			t.Errorf("cleared:\n got %+v\nwant %+v (%v)", got, cleared, err)
		}
		if err := onQuestions(t, db, save); !errors.Is(err, procedure.ErrRaced) {
			t.Errorf("on an old revision: %v", err)
		}
		_, err := db.Questions().QuestionRecord(t.Context(), audit.NewID())
		if !errors.Is(err, question.ErrNotFound) {
			t.Errorf("none: %v", err)
		}
	})
}

func TestQuestions_WordsAndJoins(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		q := addQuestion(t, db, fullQuestion())
		w := question.Word{QuestionID: q.ID, Kind: question.Answer, Text: "答复", By: "李*四 文书", Account: "clerk", At: dbtest.Start}
		err := onQuestions(t, db, func(tx question.Tx) error {
			for want := 1; want <= 2; want++ {
				if n, err := tx.AddQuestionWord(t.Context(), w); err != nil || n != want {
					t.Errorf("word %d %v, want %d", n, err, want)
				}
			}
			return errors.Join(tx.AddQuestionJoin(t.Context(), q.ID, "b"), tx.AddQuestionJoin(t.Context(), q.ID, "a"))
		})
		if err != nil {
			t.Fatal(err)
		}
		words, err := db.Questions().QuestionWords(t.Context(), []string{q.ID})
		w.Number = 2
		if err != nil || len(words) != 2 || words[1] != w {
			t.Errorf("%+v %v", words, err)
		}
		if who, err := db.Questions().QuestionJoiners(t.Context(), q.ID); err != nil || !slices.Equal(who, []string{"a", "b"}) {
			t.Errorf("%v %v", who, err)
		}
		err = onQuestions(t, db, func(tx question.Tx) error { return tx.AddQuestionJoin(t.Context(), q.ID, "a") })
		if !errors.Is(err, procedure.ErrRaced) {
			t.Errorf("joined twice: %v", err)
		}
		err = onQuestions(t, db, func(tx question.Tx) error { return tx.DropQuestionJoin(t.Context(), q.ID, "a") })
		if err != nil {
			t.Fatal(err)
		}
		if ids, err := db.Questions().QuestionsJoined(t.Context(), "a", []string{q.ID}); err != nil || len(ids) != 0 {
			t.Errorf("%v %v", ids, err)
		}
		if ids, err := db.Questions().QuestionsJoined(t.Context(), "b", []string{q.ID, "x"}); err != nil || !slices.Equal(ids, []string{q.ID}) {
			t.Errorf("%v %v", ids, err)
		}
	})
}

func TestBoards_EveryColumnComesBack(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		want := board.Record{
			ID: audit.NewID(), PostingID: audit.NewID(), Version: 2, Region: postingVillage, MediaID: audit.NewID(), TakenOn: "2026-03-01",
			State: board.Posted, Uploader: "clerk", UploadedBy: "李*四 文书", UploadedAt: dbtest.Start,
		}
		on := func(fn func(tx board.Tx) error) error {
			return db.Boards().InTx(t.Context(), dbtest.Act(), func(tx board.Tx) error {
				if err := fn(tx); err != nil {
					return err
				}
				return tx.Record(t.Context(), audit.Event{Action: "test.board", Object: "board_photo", Result: "ok"})
			})
		}
		add := func(tx board.Tx) (err error) { want.Serial, err = tx.AddBoardPhoto(t.Context(), want); return err }
		if err := on(add); err != nil {
			t.Fatal(err)
		}
		twice := want
		twice.ID = audit.NewID()
		err := on(func(tx board.Tx) error { _, err := tx.AddBoardPhoto(t.Context(), twice); return err })
		if !errors.Is(err, board.ErrTwice) {
			t.Errorf("the same upload twice: %v", err)
		}
		want.State, want.Decider, want.DecidedBy, want.DecidedAt, want.Reason = board.Refused, "member", "张* 监委会", dbtest.Start.Add(time.Hour), "看不清"
		decide := func(tx board.Tx) error { return tx.DecideBoardPhoto(t.Context(), want) }
		if err := on(decide); err != nil {
			t.Fatal(err)
		}
		if got, err := db.Boards().BoardPhoto(t.Context(), want.ID); err != nil || got != want {
			t.Errorf("\n got %+v\nwant %+v (%v)", got, want, err)
		}
		if err := on(decide); !errors.Is(err, board.ErrDecided) {
			t.Errorf("decided twice: %v", err)
		}
		if got, err := db.Boards().BoardPhotos(t.Context(), want.PostingID); err != nil || len(got) != 1 {
			t.Errorf("%+v %v", got, err)
		}
	})
}
