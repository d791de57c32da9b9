package wechat

import (
	"context"
	"crypto/sha1" //nolint:gosec // the platform's signature is SHA-1
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"cunwu/service/calendar"
)

// PushConf are the secrets of the message push, as set at the platform in JSON
// and safe mode. Window is how far a message's time may be from ours.
type PushConf struct {
	AppID  string
	Token  string
	AESKey string // 43 characters
	Window time.Duration
}

// ErrPush: the message is not from WeChat, or not for us. It says no more, so
// that nobody can probe.
var ErrPush = errors.New("wechat: push refused")

const (
	defaultPushWindow = 5 * time.Minute
	maxPush           = 64 << 10
)

func sign(parts ...string) string {
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, ""))) //nolint:gosec // the platform's signature is SHA-1
	return hex.EncodeToString(sum[:])
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// timely reports whether a message's time is near ours.
func (c PushConf) timely(now time.Time, timestamp string) bool {
	window := c.Window
	if window <= 0 {
		window = defaultPushWindow
	}
	ts, err := strconv.ParseInt(timestamp, 10, 64)
	return err == nil && now.Sub(time.Unix(ts, 0)).Abs() <= window
}

// OpenPush verifies msg_signature over the ciphertext, the time and the app id,
// and decrypts. The plain signature, which covers no content, is never looked
// at, and an unencrypted message is never taken.
func OpenPush(c PushConf, now time.Time, timestamp, nonce, encryptType, msgSignature string, body []byte) ([]byte, error) {
	if encryptType != "aes" || !c.timely(now, timestamp) {
		return nil, ErrPush
	}
	var e struct{ Encrypt string }
	if json.Unmarshal(body, &e) != nil || e.Encrypt == "" {
		return nil, ErrPush
	}
	if !same(sign(c.Token, timestamp, nonce, e.Encrypt), msgSignature) {
		return nil, ErrPush
	}
	_, plain, err := util.DecryptMsg(c.AppID, e.Encrypt, c.AESKey)
	if err != nil {
		return nil, ErrPush
	}
	return plain, nil
}

// sealPush encrypts a message as WeChat does; random is 16 bytes.
func sealPush(c PushConf, random, message []byte, timestamp, nonce string) (encrypted, msgSignature string, err error) {
	out, err := util.EncryptMsg(random, message, c.AppID, c.AESKey)
	if err != nil {
		return "", "", errors.New("wechat: the push key is not of 43 characters")
	}
	return string(out), sign(c.Token, timestamp, nonce, string(out)), nil
}

// Receiver is the door for messages that WeChat pushes, at /wechat/push.
type Receiver struct {
	conf    PushConf
	clock   calendar.Clock
	log     *slog.Logger
	deliver func(ctx context.Context, message []byte) error
}

// NewReceiver makes a receiver. deliver stores a verified message and returns
// at once (WeChat waits five seconds and repeats up to three times); its error
// makes WeChat repeat.
func NewReceiver(conf PushConf, clock calendar.Clock, log *slog.Logger, deliver func(ctx context.Context, message []byte) error) *Receiver {
	return &Receiver{conf: conf, clock: clock, log: log, deliver: deliver}
}

var echoForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// ServeHTTP answers the verification (GET) and takes messages (POST).
func (p *Receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	switch r.Method {
	case http.MethodGet:
		echo, ts := q.Get("echostr"), q.Get("timestamp")
		if !p.conf.timely(p.clock.Now(), ts) || !echoForm.MatchString(echo) ||
			!same(sign(p.conf.Token, ts, q.Get("nonce")), q.Get("signature")) {
			p.refuse(w, r)
			return
		}
		_, _ = io.WriteString(w, echo) //nolint:gosec // letters and digits, as plain text
	case http.MethodPost:
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPush))
		if err != nil {
			p.refuse(w, r)
			return
		}
		plain, err := OpenPush(p.conf, p.clock.Now(), q.Get("timestamp"), q.Get("nonce"), q.Get("encrypt_type"), q.Get("msg_signature"), body)
		if err != nil {
			p.refuse(w, r)
			return
		}
		if err := p.deliver(r.Context(), plain); err != nil {
			p.log.ErrorContext(r.Context(), "a wechat push was not stored", "error", err)
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, "success")
	default:
		w.Header().Set("Allow", "GET, POST")
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

func (p *Receiver) refuse(w http.ResponseWriter, r *http.Request) {
	p.log.WarnContext(r.Context(), "a wechat push was refused")
	w.WriteHeader(http.StatusForbidden)
}
