package question

import (
	"context"
	"fmt"
	"slices"
	"time"

	"cunwu/service/account"
	"cunwu/service/disclosure"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

// Question gives one question. question.not_found where there is nothing that
// the caller may know of.
func (s *Service) Question(ctx context.Context, by account.Caller, id string) (Question, error) {
	q, err := s.known(ctx, by, id)
	if err != nil {
		return Question{}, err
	}
	shown, err := s.show(ctx, by, []Record{q})
	if err != nil {
		return Question{}, err
	}
	return shown[0], nil
}

// Of lists the questions about a posting, newest first, at most limit with
// serials below before (0 for all). disclosure.not_found,
// question.query_invalid.
func (s *Service) Of(ctx context.Context, by account.Caller, postingID string, before int64, limit int) (Page, error) {
	if err := s.opt.Postings.Known(ctx, by, postingID); err != nil {
		return Page{}, err
	}
	return s.page(ctx, by, Range{PostingID: postingID, Before: before, Limit: limit})
}

// In lists the questions of a village or a township, newest first. Strangers
// get those about what is public; region.not_found, question.query_invalid.
func (s *Service) In(ctx context.Context, by account.Caller, q Query) (Page, error) {
	names, err := s.opt.Places.Names(ctx, []region.Code{q.Region})
	if err != nil {
		return Page{}, err
	}
	if names[q.Region] == "" {
		return Page{}, region.ErrNotFound
	}
	if l := q.Region.Level(); l != region.Village && l != region.Township {
		return Page{}, ErrQuery.At("path.code", "请给出乡镇或村（社区）的代码。")
	}
	if q.State != "" && !slices.Contains(States, q.State) {
		return Page{}, ErrQuery.At("query.state", "没有这种状态。")
	}
	return s.page(ctx, by, Range{
		Region: q.Region, State: q.State, PublicOnly: !by.ReadsVillage(q.Region), Before: q.Before, Limit: q.Limit,
	})
}

func (s *Service) page(ctx context.Context, by account.Caller, r Range) (Page, error) {
	if r.Limit < 1 || r.Limit > maxPage || r.Before < 0 {
		return Page{}, ErrQuery.At("query.limit", "每页条数应在 1 到 %d 之间。", maxPage)
	}
	limit := r.Limit
	r.Limit++
	recs, err := s.store.QuestionsIn(ctx, r)
	if err != nil {
		return Page{}, err
	}
	var page Page
	if len(recs) > limit {
		recs = recs[:limit]
		page.Next = recs[limit-1].Serial
	}
	if page.Items, err = s.show(ctx, by, recs); err != nil {
		return Page{}, err
	}
	return page, nil
}

// Titles gives the text of questions by id, for lists of what waits for
// somebody who may read them anyway.
func (s *Service) Titles(ctx context.Context, ids []string) (map[string]string, error) {
	recs, err := s.store.QuestionRecords(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(recs))
	for _, q := range recs {
		out[q.ID] = q.Text
	}
	return out, nil
}

// show gives records as the caller may see them, leaving out those that the
// caller may not.
func (s *Service) show(ctx context.Context, by account.Caller, recs []Record) ([]Question, error) {
	about, err := s.about(ctx, recs)
	if err != nil {
		return nil, err
	}
	recs = slices.DeleteFunc(slices.Clone(recs), func(q Record) bool {
		return !s.readable(by, q, about[q.PostingID].State)
	})
	out := []Question{}
	if len(recs) == 0 {
		return out, nil
	}
	ids := idsOf(recs)
	words, err := s.wordsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	names, err := s.askers(ctx, by, recs)
	if err != nil {
		return nil, err
	}
	var joined []string
	if by.Known() {
		if joined, err = s.store.QuestionsJoined(ctx, by.AccountID, ids); err != nil {
			return nil, err
		}
	}
	for _, rec := range recs {
		available, err := s.available(ctx, by, rec)
		if err != nil {
			return nil, err
		}
		q := s.view(by, rec, words[rec.ID], available)
		q.PostingTitle, q.Asker, q.JoinedByMe = shownTitle(about[rec.PostingID]), names[rec.Asker], slices.Contains(joined, rec.ID)
		if rec.Kind == Objected {
			q.Asker = ""
		}
		out = append(out, q)
	}
	return out, nil
}

// own gives a question to whoever just raised or moved it, inside the
// transaction, where nothing may be read but through tx.
func (s *Service) own(ctx context.Context, tx Tx, by account.Caller, q Record, title string, words []Word) (Question, error) {
	c, err := tx.CaseForUpdate(ctx, q.CaseID)
	if err != nil {
		return Question{}, err
	}
	joined, err := tx.QuestionJoined(ctx, q.ID, by.AccountID)
	if err != nil {
		return Question{}, err
	}
	may, _ := s.mayOn(by, q)
	out := s.view(by, q, words, s.opt.Procedures.Available(c, may))
	out.PostingTitle, out.JoinedByMe = title, joined
	return out, nil
}

func (s *Service) view(by account.Caller, q Record, words []Word, available []procedure.Available) Question {
	return Question{
		ID: q.ID, Serial: q.Serial, PostingID: q.PostingID, Version: q.Version, Region: q.Region, ItemCode: q.ItemCode,
		Kind: q.Kind, Line: q.Line, Text: q.Text, AskedAt: q.AskedAt, State: q.State, DueAt: q.DueAt,
		Overdue: q.State.Waits() && overdue(q.DueAt, s.opt.Clock.Now()), Words: words, Joined: q.Joined,
		Mine: by.Known() && by.AccountID == q.Asker, Available: available,
	}
}

func overdue(due, now time.Time) bool { return !due.IsZero() && now.After(due) }

// available lists what the caller can do with a question now. The case is read
// only for those who could do anything.
func (s *Service) available(ctx context.Context, by account.Caller, q Record) ([]procedure.Available, error) {
	if q.State.Over() || !s.raised(by, q) && !s.mustAnswer(by, q) {
		return []procedure.Available{}, nil
	}
	c, err := s.opt.Procedures.Case(ctx, q.CaseID)
	if err != nil {
		return nil, err
	}
	may, _ := s.mayOn(by, q)
	return s.opt.Procedures.Available(c, may), nil
}

// askers gives the masked names of those who asked, where the caller owes them
// an answer.
func (s *Service) askers(ctx context.Context, by account.Caller, recs []Record) (map[string]string, error) {
	var ids []string
	for _, q := range recs {
		if q.Kind == Asked && s.mustAnswer(by, q) {
			ids = append(ids, q.Asker)
		}
	}
	if len(ids) == 0 || s.opt.MaskedNames == nil {
		return map[string]string{}, nil
	}
	return s.opt.MaskedNames(ctx, ids)
}

func (s *Service) wordsOf(ctx context.Context, ids []string) (map[string][]Word, error) {
	words, err := s.store.QuestionWords(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := map[string][]Word{}
	for _, w := range words {
		out[w.QuestionID] = append(out[w.QuestionID], w)
	}
	return out, nil
}

func (s *Service) about(ctx context.Context, recs []Record) (map[string]disclosure.Record, error) {
	var ids []string
	for _, q := range recs {
		if !slices.Contains(ids, q.PostingID) {
			ids = append(ids, q.PostingID)
		}
	}
	postings, err := s.store.QuestionPostings(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[string]disclosure.Record, len(postings))
	for _, p := range postings {
		out[p.ID] = p
	}
	if len(out) < len(ids) {
		return nil, fmt.Errorf("question: a posting of %v is gone", ids)
	}
	return out, nil
}

func (s *Service) titles(ctx context.Context, recs []Record) (map[string]string, error) {
	about, err := s.about(ctx, recs)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for id, p := range about {
		out[id] = shownTitle(p)
	}
	return out, nil
}

// shownTitle gives the title of what stands, "" of what was taken down.
func shownTitle(p disclosure.Record) string {
	if !standing(p.State) {
		return ""
	}
	return p.Shown.Title
}

func idsOf(recs []Record) []string {
	ids := make([]string, len(recs))
	for i, q := range recs {
		ids[i] = q.ID
	}
	return ids
}
