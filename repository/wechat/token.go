package wechat

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/silenceper/wechat/v2/cache"
	"github.com/silenceper/wechat/v2/credential"
	"golang.org/x/sync/singleflight"
)

// Tokens is a store that instances share. It may be away at any time: its
// errors cost a request to WeChat, never a failure.
type Tokens interface {
	Get(ctx context.Context, key string) (string, bool, error)
	Set(ctx context.Context, key, value string, ttl time.Duration) error
	DeleteIf(ctx context.Context, key, value string) error
}

const (
	// tokenMargin is how long before its end a token is given up.
	tokenMargin = 300 * time.Second
	// sharedCopy is how long a token from the shared store is kept in the
	// process: its end is not known there.
	sharedCopy = time.Minute
	// shortCopy is how long a token is kept that came within its margin.
	shortCopy = 10 * time.Second
	// tokenRest is how long nobody asks again after a failed fetch.
	tokenRest = time.Second
)

// tokenSource gives the SDK its access token: from this process, else from the
// shared store, else from WeChat, by one request for all who wait. It asks for
// the stable token, which is the same for all instances, and never forces a
// new one (20 a day).
type tokenSource struct {
	client *Client
	key    string
	shared Tokens
	direct *credential.StableAccessToken
	group  singleflight.Group

	mu       sync.Mutex
	token    string
	until    time.Time
	failed   error
	failedAt time.Time
}

var _ credential.AccessTokenContextHandle = (*tokenSource)(nil)

func newTokenSource(o Options, c *Client) *tokenSource {
	s := &tokenSource{client: c, key: "wechat_stable_token_" + o.AppID, shared: o.Tokens}
	h := credential.NewStableAccessToken(o.AppID, o.AppSecret, credential.CacheKeyMiniProgramPrefix, cache.NewMemory())
	s.direct, _ = h.(*credential.StableAccessToken)
	return s
}

// GetAccessToken is for calls of the SDK without a context; none is in use.
func (s *tokenSource) GetAccessToken() (string, error) {
	return "", errNoTrip
}

// GetAccessTokenContext gives a token.
func (s *tokenSource) GetAccessTokenContext(ctx context.Context) (string, error) {
	if token, ok, err := s.local(); ok {
		return token, err
	}
	ch := s.group.DoChan("", func() (any, error) {
		// For all who wait: it ends with none of them, but by its own time-out.
		return s.renew(context.WithoutCancel(ctx))
	})
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case r := <-ch:
		token, _ := r.Val.(string)
		return token, r.Err
	}
}

// local gives the process's copy, or the failure of a moment ago.
func (s *tokenSource) local() (token string, ok bool, failure error) {
	now := s.client.clock.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token != "" && now.Before(s.until) {
		return s.token, true, nil
	}
	if s.failed != nil && now.Before(s.failedAt.Add(tokenRest)) {
		return "", true, s.failed
	}
	return "", false, nil
}

func (s *tokenSource) renew(ctx context.Context) (string, error) {
	// Whoever was late for the flight before finds what it brought.
	if token, ok, err := s.local(); ok {
		return token, err
	}
	if s.shared != nil {
		if token, ok, err := s.shared.Get(ctx, s.key); err == nil && ok && token != "" {
			s.keep(token, sharedCopy)
			return token, nil
		}
	}
	var got credential.ResAccessToken
	e := s.client.once(ctx, "/cgi-bin/stable_token", func(ctx context.Context) (err error) {
		got, err = s.direct.GetAccessTokenDirectly(ctx, false)
		if err == nil && got.AccessToken == "" {
			err = errors.New("no token in the answer")
		}
		return err
	})
	if e != nil {
		e.token = "" // whatever it says of a token, it is not about one in use
		s.mu.Lock()
		defer s.mu.Unlock()
		s.failed, s.failedAt = e, s.client.clock.Now()
		return "", e
	}
	ttl := time.Duration(got.ExpiresIn)*time.Second - tokenMargin
	if ttl <= 0 {
		// WeChat hands out a token to its very end: use it, share it not.
		s.keep(got.AccessToken, shortCopy)
		return got.AccessToken, nil
	}
	s.keep(got.AccessToken, ttl)
	if s.shared != nil {
		if err := s.shared.Set(ctx, s.key, got.AccessToken, ttl); err != nil {
			s.client.log.WarnContext(ctx, "the wechat token was not shared", "error", err)
		}
	}
	return got.AccessToken, nil
}

func (s *tokenSource) keep(token string, ttl time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token, s.until, s.failed = token, s.client.clock.Now().Add(ttl), nil
}

// drop forgets a token that WeChat refused, unless another has taken its place.
func (s *tokenSource) drop(ctx context.Context, token string) {
	s.mu.Lock()
	if s.token == token {
		s.token = ""
	}
	s.mu.Unlock()
	if s.shared != nil {
		if err := s.shared.DeleteIf(ctx, s.key, token); err != nil {
			s.client.log.WarnContext(ctx, "a refused wechat token may still be shared", "error", err)
		}
	}
}
