package indicator

import (
	"os"
	"slices"
	"testing"
	"time"

	"cunwu/service/calendar"
)

func counting(t *testing.T) *Service {
	t.Helper()
	h, err := calendar.LoadHolidays(os.DirFS("../../config/rules"))
	if err != nil {
		t.Fatal(err)
	}
	return New(nil, Options{Holidays: h, PostingDays: 15, AnswerDays: 10})
}

func on(month time.Month, day int) time.Time {
	return time.Date(2026, month, day, 10, 0, 0, 0, calendar.China)
}

func TestOfPosting(t *testing.T) {
	t.Parallel()
	s := counting(t)
	full := []string{"open", "submit", "approve", "confirm", "publish"}
	for name, c := range map[string]struct {
		p    PostingFacts
		want []Figure
	}{
		"draft":     {PostingFacts{Steps: []string{"open"}}, nil},
		"running":   {PostingFacts{FirstAt: on(3, 2), Version: 1, Standing: true, Steps: full, Versions: []Span{{From: on(3, 2)}}}, []Figure{Published, Reviewed}},
		"archived":  {PostingFacts{FirstAt: on(3, 2), Version: 1, Standing: true, Over: true, Steps: full}, []Figure{Published, PostingOver, PostedLong, Reviewed}},
		"for ever":  {PostingFacts{FirstAt: on(3, 2), Version: 1, Standing: true, Open: true, Steps: full, OnBoard: true}, []Figure{Published, PostingOver, PostedLong, OnBoard, Reviewed}},
		"14 days":   {PostingFacts{FirstAt: on(3, 2), Version: 1, Versions: []Span{{on(3, 2), on(3, 16)}}, Steps: full}, []Figure{Published, PostingOver, Reviewed}},
		"15 days":   {PostingFacts{FirstAt: on(3, 2), Version: 1, Versions: []Span{{on(3, 2), on(3, 17)}}, Steps: full}, []Figure{Published, PostingOver, PostedLong, Reviewed}},
		"corrected": {PostingFacts{FirstAt: on(3, 2), Version: 2, Standing: true, Versions: []Span{{on(3, 2), on(3, 5)}, {From: on(3, 6)}}, Steps: full}, []Figure{Published, Corrected, Reviewed}},
		"without the committee": {
			PostingFacts{FirstAt: on(3, 2), Version: 1, Standing: true, Steps: []string{"open", "submit", "proceed", "confirm", "publish"}},
			[]Figure{Published},
		},
		"corrected without the committee": {
			PostingFacts{FirstAt: on(3, 2), Version: 2, Standing: true, Steps: append(slices.Clone(full), "withdraw", "submit", "proceed", "confirm", "publish")},
			[]Figure{Published, Corrected},
		},
	} {
		got := s.ofPosting("x", c.p)
		if !slices.Equal(got.Figures, c.want) || len(c.want) > 0 && got.Month != 202603 {
			t.Errorf("%s: %+v, want %v", name, got, c.want)
		}
	}
}

func TestOfQuestion(t *testing.T) {
	t.Parallel()
	s := counting(t)
	for name, c := range map[string]struct {
		q    QuestionFacts
		want []Figure
	}{
		"open":          {QuestionFacts{AskedAt: on(3, 2)}, []Figure{Asked}},
		"in time":       {QuestionFacts{AskedAt: on(3, 2), AnsweredAt: on(3, 12)}, []Figure{Asked, AnswerOver, AnsweredInTime}},
		"late":          {QuestionFacts{AskedAt: on(3, 2), AnsweredAt: on(3, 13)}, []Figure{Asked, AnswerOver}},
		"overdue":       {QuestionFacts{AskedAt: on(3, 2), Escalated: true}, []Figure{Asked, AnswerOver, EscalatedUp}},
		"not satisfied": {QuestionFacts{AskedAt: on(3, 2), AnsweredAt: on(3, 3), Escalated: true}, []Figure{Asked, AnswerOver, AnsweredInTime, EscalatedUp}},
	} {
		if got := s.ofQuestion("x", c.q); !slices.Equal(got.Figures, c.want) {
			t.Errorf("%s: %v, want %v", name, got.Figures, c.want)
		}
	}
}

func TestJoinSplit(t *testing.T) {
	t.Parallel()
	for _, fs := range [][]Figure{nil, {Published}, figures} {
		if got := Split(Join(fs)); !slices.Equal(got, fs) {
			t.Errorf("%v became %v", fs, got)
		}
	}
	if n := len(Join(figures)); n > 200 { // the column's width
		t.Errorf("all figures take %d bytes", n)
	}
	if got := valueOf(Definition{}, [2]int{2, 3}, 3); got.Ratio == nil || *got.Ratio != 0.6667 || got.SmallSample {
		t.Errorf("%+v", got)
	}
	if got := valueOf(Definition{}, [2]int{0, 0}, 1); got.Ratio != nil || !got.SmallSample {
		t.Errorf("nothing over nothing: %+v", got)
	}
}
