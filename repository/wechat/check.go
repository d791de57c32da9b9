package wechat

import (
	"context"
	"errors"
	"fmt"

	"github.com/silenceper/wechat/v2/miniprogram/security"

	"cunwu/service/moderation"
)

var _ moderation.Checker = (*Client)(nil)

// What the platform takes of a text at once, in characters, and how much of the
// piece before each piece repeats, so that nothing hides on a seam.
const (
	textPiece = 2500
	textSeam  = 40
)

const (
	textPath  = "/wxa/msg_sec_check"
	mediaPath = "/wxa/media_check_async"
)

// scene is that of what villagers write: a forum.
const scene = security.MsgSceneForum

// Kinds of files, as the platform counts them.
const (
	mediaAudio = 1
	mediaImage = 2
)

// errNoVerdict: an answer without an error that says nothing. It is no pass.
var errNoVerdict = errors.New("wechat: the answer holds no verdict")

// CheckText asks about a text, in pieces where it is longer than the platform
// takes, and gives the verdict of pass only where every piece got one. Whatever
// is no verdict is an error, which is moderation.ErrUnaskable where the platform
// does not check for this user.
func (c *Client) CheckText(ctx context.Context, openID, text string) (moderation.Verdict, error) {
	if openID == "" {
		return moderation.Verdict{}, moderation.ErrUnaskable
	}
	var v moderation.Verdict
	for _, piece := range pieces(text) {
		var err error
		if v, err = c.checkPiece(ctx, openID, piece); err != nil || v.Suggest != moderation.SuggestPass {
			return v, err
		}
	}
	return v, nil
}

// pieces cuts a text into what the platform takes, always at least one.
func pieces(text string) []string {
	r := []rune(text)
	var out []string
	for len(r) > textPiece {
		out = append(out, string(r[:textPiece]))
		r = r[textPiece-textSeam:]
	}
	return append(out, string(r))
}

func (c *Client) checkPiece(ctx context.Context, openID, text string) (moderation.Verdict, error) {
	var res security.MsgCheckResponse
	err := c.call(ctx, apiText, textPath, func(ctx context.Context) (err error) {
		res, err = c.sdk.GetSecurity().MsgCheckContext(ctx, &security.MsgCheckRequest{OpenID: openID, Scene: scene, Content: text})
		return err
	})
	if err != nil {
		return moderation.Verdict{}, checkError(err)
	}
	v := moderation.Verdict{Trace: res.TraceID, Suggest: string(res.Result.Suggest), Label: int64(res.Result.Label)}
	switch res.Result.Suggest {
	case security.CheckSuggestReview, security.CheckSuggestRisky:
		return v, nil
	case security.CheckSuggestPass:
		for _, d := range res.Detail {
			if d.ErrCode != 0 { // what this strategy would have found is not known
				v.Suggest = moderation.SuggestReview
			}
		}
		return v, nil
	}
	return moderation.Verdict{}, errNoVerdict
}

// CheckMedia asks for a check of the file at an address and gives the trace id
// under which the verdict will be pushed.
func (c *Client) CheckMedia(ctx context.Context, openID, url string, audio bool) (string, error) {
	if openID == "" {
		return "", moderation.ErrUnaskable
	}
	kind := uint8(mediaImage)
	if audio {
		kind = mediaAudio
	}
	trace := ""
	err := c.call(ctx, apiMedia, mediaPath, func(ctx context.Context) (err error) {
		trace, err = c.sdk.GetSecurity().MediaCheckAsyncContext(ctx, &security.MediaCheckAsyncRequest{
			MediaURL: url, MediaType: kind, OpenID: openID, Scene: uint8(scene),
		})
		return err
	})
	if err != nil {
		return "", checkError(err)
	}
	if trace == "" {
		return "", errNoVerdict
	}
	return trace, nil
}

// checkError marks what no repeating cures: a user who was not here for two
// hours (61010), or is not one of this mini-program (40003).
func checkError(err error) error {
	var e *Error
	if errors.As(err, &e) && (e.Code == 61010 || e.Code == 40003) {
		return fmt.Errorf("%w: %w", moderation.ErrUnaskable, err)
	}
	return err
}
