package moderation

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"cunwu/service/account"
)

// Text asks the platform about texts, each by itself and beside each other,
// before any transaction and for at most the time of the rules. Passed is given
// where every text got a verdict of pass; Manual with why for everything else:
// doubt, risk, no openid, a platform that is down, slow or says nothing. Why is
// a word, for doubt with WeChat's label ("risky:20012"); it is for moderators.
//
// A text of risk is Manual as well and not Rejected: nobody sees it, and a
// person decides whether the platform erred.
func (s *Service) Text(ctx context.Context, by account.Caller, texts ...string) (state State, why string) {
	state, why = s.text(ctx, by, texts)
	word, _, _ := strings.Cut(why, ":")
	s.o.Observe("text", word)
	return state, why
}

func (s *Service) text(ctx context.Context, by account.Caller, texts []string) (State, string) {
	texts = slices.DeleteFunc(slices.Clone(texts), func(t string) bool { return strings.TrimSpace(t) == "" })
	if len(texts) == 0 {
		return Passed, SuggestPass // there is nothing to read
	}
	if s.o.Checker == nil {
		return Manual, WhyNoChecker
	}
	ctx, cancel := context.WithTimeout(ctx, s.o.Rules.TextWait())
	defer cancel()
	// The channel holds all answers: one that comes too late waits for nobody.
	results := make(chan outcome, len(texts))
	go s.askTexts(ctx, by.AccountID, texts, results)
	for range texts {
		select {
		case <-ctx.Done(): // also where the checker does not heed it
			return Manual, WhyTimeout
		case r := <-results:
			if r.state != Passed {
				return r.state, r.why
			}
		}
	}
	if ctx.Err() != nil {
		return Manual, WhyTimeout
	}
	return Passed, SuggestPass
}

// outcome is what an asking came to.
type outcome struct {
	state State
	why   string
}

func (s *Service) askTexts(ctx context.Context, accountID string, texts []string, results chan<- outcome) {
	openID, err := s.openID(ctx, accountID)
	if err != nil || openID == "" {
		results <- outcome{Manual, WhyNoOpenID}
		return
	}
	for _, t := range texts {
		go func() {
			v, err := s.o.Checker.CheckText(ctx, openID, t)
			state, why := judge(v, err)
			results <- outcome{state, why}
		}()
	}
}

// judge says what an answer is worth. It is the one place where anything passes
// by machine: an answer without an error, without a code, that says pass.
func judge(v Verdict, err error) (State, string) {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return Manual, WhyTimeout
	case err != nil, v.Code != 0:
		return Manual, WhyRefused
	case v.Suggest == SuggestPass:
		return Passed, SuggestPass
	case v.Suggest == SuggestReview, v.Suggest == SuggestRisky:
		return Manual, v.Suggest + ":" + strconv.FormatInt(v.Label, 10)
	}
	return Manual, WhyUnclear
}

// split takes a why apart into the word and WeChat's label.
func split(why string) (word string, label int64) {
	word, number, _ := strings.Cut(why, ":")
	label, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		label = 0
	}
	if len(word) > mostWord {
		word = WhyUnclear
	}
	return word, label
}

// mostWord is the longest word that the archive keeps.
const mostWord = 16
