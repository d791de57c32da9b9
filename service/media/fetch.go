package media

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"cunwu/service/fault"
)

// Fetch gives stored bytes by name to a caller that has decided itself that they
// may be given, as the check of content has. No door hands it a name that came
// from outside unsigned. Gives ErrNotFound, fault.ErrUnavailable.
func (s *Service) Fetch(ctx context.Context, name string) (File, error) {
	digest, ext, _ := strings.Cut(name, ".")
	kind, ok := kindOfExt(ext)
	if !ok || !isDigest(digest) {
		return File{}, ErrNotFound
	}
	body, size, err := s.blobs.Get(ctx, name)
	switch {
	case errors.Is(err, ErrNotFound):
		return File{}, ErrNotFound
	case err != nil:
		return File{}, fault.ErrUnavailable.Because(fmt.Errorf("fetch %s: %w", name, err))
	}
	return File{Body: body, Size: size, Kind: kind, ContentType: kind.ContentType()}, nil
}
