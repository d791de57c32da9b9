package inbox

import (
	"context"
	"regexp"
	"strings"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/region"
)

// mostFollows is a technical bound.
const mostFollows = 200

var (
	itemForm    = regexp.MustCompile(`^[A-Z][0-9]{2}$`)
	postingForm = regexp.MustCompile(`^[a-z2-7]{26}$`)
)

// parseFollowed is the reverse of Followed.
func parseFollowed(s string) Follow {
	kind, key, _ := strings.Cut(s, "/")
	return Follow{Kind: FollowKind(kind), Key: key}
}

// Follows lists what the caller follows, with names. A posting that the caller
// may not know of any more has none.
func (s *Service) Follows(ctx context.Context, c account.Caller) ([]Follow, error) {
	if !c.Known() {
		return nil, account.ErrRequired
	}
	fs, err := s.store.FollowsOf(ctx, c.AccountID)
	if err != nil {
		return nil, err
	}
	for i := range fs {
		if fs[i].Name, err = s.followName(ctx, c, fs[i]); err != nil {
			return nil, err
		}
	}
	return fs, nil
}

func (s *Service) followName(ctx context.Context, c account.Caller, f Follow) (string, error) {
	switch f.Kind {
	case FollowPlace:
		return s.placeName(ctx, region.Code(f.Key))
	case FollowItem:
		village, item, _ := strings.Cut(f.Key, "/")
		name, err := s.placeName(ctx, region.Code(village))
		return name + "·" + s.itemNames(item, s.o.Clock.Now()), err
	case FollowPosting:
		if s.o.Postings == nil {
			return "", nil
		}
		p, err := s.o.Postings.Posting(ctx, c, f.Key)
		if err != nil {
			return "一条已看不到的公开", nil //nolint:nilerr // the list must not fail for one that is gone
		}
		return p.RegionName + "·" + p.ItemName, nil
	}
	return "", nil
}

// PutFollow makes the caller follow a thing; following it already is no error.
// ErrFollowKey, ErrFollowUnknown, ErrFollowLimit and refusals of places.
func (s *Service) PutFollow(ctx context.Context, c account.Caller, act audit.Act, f Follow) (Follow, error) {
	if !c.Known() {
		return Follow{}, account.ErrRequired
	}
	if err := s.mayFollow(ctx, c, f); err != nil {
		return Follow{}, err
	}
	var err error
	if f.Name, err = s.followName(ctx, c, f); err != nil {
		return Follow{}, err
	}
	err = s.store.InTx(ctx, act.As("", ""), func(tx Tx) error {
		n, err := tx.CountFollows(ctx, c.AccountID)
		if err != nil {
			return err
		}
		if n >= mostFollows {
			return ErrFollowLimit
		}
		if err := tx.PutFollow(ctx, c.AccountID, f.Followed()); err != nil {
			return err
		}
		f.At = tx.Now()
		// The journal does not tell who reads what: the kind alone.
		if err := tx.Record(ctx, audit.Event{Action: "inbox.follow", Object: string(f.Kind), Result: "ok"}); err != nil {
			return err
		}
		return tx.Answer(ctx, f)
	})
	return f, err
}

// mayFollow refuses what is malformed and what the caller may not know of.
func (s *Service) mayFollow(ctx context.Context, c account.Caller, f Follow) error {
	switch f.Kind {
	case FollowPlace:
		if !region.Code(f.Key).Valid() {
			return ErrFollowKey.At("body.key", "地区代码是 2、4、6、9、12 或 14 位数字")
		}
		_, err := s.o.Places.Active(ctx, region.Code(f.Key), region.Levels...)
		return err
	case FollowItem:
		village, item, _ := strings.Cut(f.Key, "/")
		if region.Code(village).Level() != region.Village || !itemForm.MatchString(item) {
			return ErrFollowKey.At("body.key", "应是“12 位村代码/事项代码”，如 510821102200/D02")
		}
		if _, ok := s.o.Catalogue.At(s.o.Clock.Now()).Item(item); !ok {
			return ErrFollowUnknown
		}
		_, err := s.o.Places.Active(ctx, region.Code(village), region.Village)
		return err
	case FollowPosting:
		if !postingForm.MatchString(f.Key) || s.o.Postings == nil {
			return ErrFollowUnknown
		}
		_, err := s.o.Postings.Posting(ctx, c, f.Key)
		return err
	}
	return ErrFollowKey.At("body.kind", "只能是 place、item 或 posting")
}

// DropFollow makes the caller follow a thing no more; it is no error where it
// was not followed.
func (s *Service) DropFollow(ctx context.Context, c account.Caller, act audit.Act, f Follow) error {
	if !c.Known() {
		return account.ErrRequired
	}
	if len(f.Followed()) > 64 {
		return ErrFollowKey
	}
	return s.store.InTx(ctx, act.As("", ""), func(tx Tx) error {
		if _, err := tx.DropFollow(ctx, c.AccountID, f.Followed()); err != nil {
			return err
		}
		if err := tx.Record(ctx, audit.Event{Action: "inbox.unfollow", Object: string(f.Kind), Result: "ok"}); err != nil {
			return err
		}
		return tx.Answer(ctx, nil)
	})
}
