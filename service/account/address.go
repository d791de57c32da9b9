package account

import (
	"context"
	"errors"
)

// OpenIDOf gives the openid of an account, "" for one that is closed or
// unknown. It is for handing messages to WeChat alone and never for answers.
func (s *Service) OpenIDOf(ctx context.Context, accountID string) (string, error) {
	a, err := s.store.Account(ctx, accountID)
	if errors.Is(err, ErrNone) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var secret accountSecret
	if err := s.open(SealedAccount, a.ID, a.Sealed, &secret); err != nil {
		return "", err
	}
	return secret.OpenID, nil
}

// AccountOf gives the account of an openid that WeChat named, "" where there is none.
func (s *Service) AccountOf(ctx context.Context, openID string) (string, error) {
	a, err := s.store.AccountByOpenID(ctx, s.o.Sealer.MAC(macOpenID, openID))
	if errors.Is(err, ErrNone) {
		return "", nil
	}
	return a.ID, err
}
