package wechat

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"

	"github.com/silenceper/wechat/v2/util"

	"cunwu/service/inbox"
)

var _ inbox.Sender = (*Client)(nil)

const sendPath = "/cgi-bin/message/subscribe/send"

// Send hands a subscription message to WeChat and tells how far it came. A
// refused token is renewed and the call repeated once, which is safe because
// WeChat refused it unread. Nothing else is repeated here: whoever calls knows
// what may be sent again.
func (c *Client) Send(ctx context.Context, m inbox.Outgoing) inbox.Report {
	for renewed := false; ; renewed = true {
		token, err := c.tokens.GetAccessTokenContext(ctx)
		if err != nil {
			var known *Error
			code := int64(0)
			if errors.As(err, &known) {
				code = known.Code
			}
			r := inbox.Report{Reach: inbox.NotReached, Code: code, Note: "no token: " + Redact(err.Error())}
			if code != 0 {
				r.Reach = inbox.Answered // to the request for a token, with our settings at fault
			}
			return r
		}
		r := c.post(ctx, token, m)
		if r.Reach == inbox.Answered && !renewed && (r.Code == 40001 || r.Code == 40014 || r.Code == 42001) {
			c.tokens.drop(ctx, token)
			continue
		}
		return r
	}
}

// post makes the one call.
func (c *Client) post(ctx context.Context, token string, m inbox.Outgoing) inbox.Report {
	type item struct {
		Value string `json:"value"`
	}
	data := make(map[string]item, len(m.Data))
	for keyword, value := range m.Data {
		data[keyword] = item{value}
	}
	body := struct {
		ToUser   string          `json:"touser"`
		Template string          `json:"template_id"`
		Page     string          `json:"page,omitempty"`
		Data     map[string]item `json:"data"`
		Lang     string          `json:"lang"`
	}{m.OpenID, m.Template, m.Page, data, "zh_CN"}
	t := &trip{wire: c.wire}
	raw, err := util.PostJSONContext(context.WithValue(ctx, tripKey{}, t),
		"https://"+platformHost+sendPath+"?access_token="+url.QueryEscape(token), body)
	if err != nil {
		return inbox.Report{Reach: reachOf(t.status, err), Note: Redact(err.Error())}
	}
	var answer struct {
		Code *int64 `json:"errcode"`
		Msg  string `json:"errmsg"`
	}
	if json.Unmarshal(raw, &answer) != nil || answer.Code == nil {
		return inbox.Report{Reach: inbox.Unclear, Note: "an answer that cannot be read"}
	}
	return inbox.Report{Reach: inbox.Answered, Code: *answer.Code, Note: Redact(answer.Msg)}
}

// reachOf says how far a call came that has no answer of WeChat's. Only what
// certainly did not arrive is NotReached: no connection was made, or the
// platform's door turned it away by status. A time-out of the gateway (504) is
// none of these, because what is behind it may have taken the message.
func reachOf(status int, err error) inbox.Reach {
	var dial *net.OpError
	var cert *tls.CertificateVerificationError
	switch {
	case status == http.StatusGatewayTimeout:
		return inbox.Unclear
	case status != 0 && status != http.StatusOK:
		return inbox.NotReached
	case errors.As(err, &dial) && dial.Op == "dial", errors.As(err, &cert), errors.Is(err, errForeignHost):
		return inbox.NotReached
	}
	return inbox.Unclear
}
