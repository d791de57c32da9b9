package disclosure

import (
	"context"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/fault"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

// Draft begins a posting.
func (s *Service) Draft(ctx context.Context, by account.Caller, act audit.Act, in NewDraft) (Posting, error) {
	return Posting{}, fault.ErrInternal
}

// Edit changes a draft.
func (s *Service) Edit(ctx context.Context, by account.Caller, act audit.Act, id string, in Changes) (Posting, error) {
	return Posting{}, fault.ErrInternal
}

// Act takes an action.
func (s *Service) Act(ctx context.Context, by account.Caller, act audit.Act, id string, in procedure.Input) (Posting, error) {
	return Posting{}, fault.ErrInternal
}

// Posting gives one posting as the caller may see it.
func (s *Service) Posting(ctx context.Context, by account.Caller, id string) (Posting, error) {
	return Posting{}, fault.ErrInternal
}

// Versions gives the published texts, newest first.
func (s *Service) Versions(ctx context.Context, by account.Caller, id string) ([]Version, error) {
	return nil, fault.ErrInternal
}

// Feed gives a page of a place's feed.
func (s *Service) Feed(ctx context.Context, by account.Caller, q FeedQuery) (FeedPage, error) {
	return FeedPage{}, fault.ErrInternal
}

// Catalogue gives the items in force for a place now.
func (s *Service) Catalogue(ctx context.Context, place region.Code) (*Edition, error) {
	return nil, fault.ErrInternal
}

// Mine lists what is not published of a village.
func (s *Service) Mine(ctx context.Context, by account.Caller, village region.Code, before int64, limit int) (Page, error) {
	return Page{}, fault.ErrInternal
}

// FireTimer does what a case's timer asks for.
func (s *Service) FireTimer(ctx context.Context, c procedure.Case) error { return fault.ErrInternal }
