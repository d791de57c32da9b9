package wechat

import (
	"fmt"
	"regexp"
)

// Error is a failed request to the platform, safe to log. Code is WeChat's
// errcode, 0 where there was no answer; Rid is what WeChat's support asks for.
type Error struct {
	API  string
	Code int64
	Msg  string
	Rid  string

	token string // the access token that was used, to drop no other
}

// Error gives the whole without secrets.
func (e *Error) Error() string {
	return fmt.Sprintf("wechat: %s: errcode %d: %s", e.API, e.Code, e.Msg)
}

// codeBusy is WeChat's "system is busy".
const codeBusy = -1

// tokenRefused reports whether WeChat takes the access token for invalid or over.
func (e *Error) tokenRefused() bool {
	return e.token != "" && (e.Code == 40001 || e.Code == 40014 || e.Code == 42001)
}

var (
	secretParam = regexp.MustCompile(`(?i)(\b(?:app)?(?:secret|access_token|js_code|code)(?:=|"\s*:\s*"))[^&\s"]+`)
	ridForm     = regexp.MustCompile(`rid: ?([0-9a-f-]+)`)
)

// Redact takes secrets, tokens and codes out of a text that may hold a URL or a body.
func Redact(s string) string { return secretParam.ReplaceAllString(s, "${1}***") }

func rid(msg string) string {
	if m := ridForm.FindStringSubmatch(msg); m != nil {
		return m[1]
	}
	return ""
}
