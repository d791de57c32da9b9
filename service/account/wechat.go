package account

import (
	"context"
	"regexp"
)

// WeChat is what the package needs of the platform. Implementations return
// ErrCode, ErrBlocked, ErrBusy or ErrTooMany, never an error that shows a
// secret; they are called outside transactions.
type WeChat interface {
	// OpenID trades a sign-in code for the user's id in this mini-program.
	OpenID(ctx context.Context, code string) (string, error)
	// Phone trades a phone code for the number that WeChat verified, 11 digits.
	Phone(ctx context.Context, code string) (string, error)
}

// codeForm is the form of a code: nothing that could change a query string.
var codeForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// ValidCode reports whether a code has the form that may be sent to WeChat.
func ValidCode(code string) bool { return codeForm.MatchString(code) }
