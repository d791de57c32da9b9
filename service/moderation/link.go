package moderation

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"cunwu/service/media"
)

// linkLife is how long the platform may fetch a file: it asks for an hour at least.
const linkLife = 2 * time.Hour

// linkPath is the door of the addresses.
const linkPath = "/media/check/"

// address gives where the platform fetches a file: an address that is signed,
// ends by itself and opens that one file.
func (s *Service) address(name string, now time.Time) string {
	return s.o.Site + linkPath + s.token(name, now.Add(linkLife))
}

// token is "<end>-<signature>-<name>": the name comes last, so that the address
// ends as a picture's or a recording's does.
func (s *Service) token(name string, end time.Time) string {
	until := strconv.FormatInt(end.Unix(), 36)
	return until + "-" + s.signature(until, name) + "-" + name
}

// signature has no "-" in it, which parts the token.
func (s *Service) signature(until, name string) string {
	text := base64.RawURLEncoding.EncodeToString(s.o.Sign(until + "\n" + name))
	return strings.ReplaceAll(text, "-", "~")
}

// OpenLink gives the file of a token to whoever has it. ErrLink where it was not
// made here, or is over.
func (s *Service) OpenLink(ctx context.Context, token string) (media.File, error) {
	until, rest, _ := strings.Cut(token, "-")
	signature, name, ok := strings.Cut(rest, "-")
	if !ok || s.o.Sign == nil || s.o.Files == nil {
		return media.File{}, ErrLink
	}
	if subtle.ConstantTimeCompare([]byte(signature), []byte(s.signature(until, name))) != 1 {
		return media.File{}, ErrLink
	}
	end, err := strconv.ParseInt(until, 36, 64)
	if err != nil || !s.now().Before(time.Unix(end, 0)) {
		return media.File{}, ErrLink
	}
	f, err := s.o.Files.Fetch(ctx, name)
	if err != nil {
		return media.File{}, missing(err)
	}
	return f, nil
}
