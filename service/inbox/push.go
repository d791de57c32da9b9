package inbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"cunwu/service/audit"
)

// Events that WeChat pushes about subscription messages.
const (
	pushPopup  = "subscribe_msg_popup_event"
	pushChange = "subscribe_msg_change_event"
	pushSent   = "subscribe_msg_sent_event"
)

// ErrPush: what was pushed cannot be read. It will not become better when it is
// pushed again.
var ErrPush = errors.New("inbox: a push that cannot be read")

// pushed is a push as WeChat writes it.
type pushed struct {
	FromUserName string
	Event        string
	List         pushedList
}

type pushedEntry struct {
	TemplateID  string      `json:"TemplateId"`
	Status      string      `json:"SubscribeStatusString"`
	ErrorCode   json.Number `json:"ErrorCode"`
	ErrorStatus string      `json:"ErrorStatus"`
}

// pushedList is one entry or several: WeChat writes one without brackets.
type pushedList []pushedEntry

// UnmarshalJSON takes both.
func (l *pushedList) UnmarshalJSON(raw []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) {
		var one pushedEntry
		if err := json.Unmarshal(raw, &one); err != nil {
			return err
		}
		*l = pushedList{one}
		return nil
	}
	var all []pushedEntry
	if err := json.Unmarshal(raw, &all); err != nil {
		return err
	}
	*l = all
	return nil
}

// mostPushed bounds the entries of one push: an account has few templates.
const mostPushed = 100

// answers gives what a push says of the reader's consents.
func (p pushed) answers() []Answer {
	var out []Answer
	for _, e := range p.List {
		switch {
		case p.Event == pushSent && e.ErrorCode != "" && e.ErrorCode != "0":
			// It was refused when it arrived: nothing is taken any more.
			out = append(out, Answer{e.TemplateID, "ban"})
		case p.Event == pushPopup:
			out = append(out, Answer{e.TemplateID, e.Status})
		case p.Event == pushChange && e.Status == "reject":
			// Switched off for good in WeChat's own list.
			out = append(out, Answer{e.TemplateID, "ban"})
		case p.Event == pushChange:
			out = append(out, Answer{e.TemplateID, "on"})
		}
	}
	return out
}

// Push takes a verified message of WeChat and puts the balances right. The same
// push again changes nothing. Events of other kinds are passed over. ErrPush.
func (s *Service) Push(ctx context.Context, message []byte) error {
	var p pushed
	if err := json.Unmarshal(message, &p); err != nil || len(p.List) > mostPushed {
		return ErrPush
	}
	answers := p.answers()
	if len(answers) == 0 || p.FromUserName == "" || s.o.Addresses == nil {
		return nil
	}
	accountID, err := s.o.Addresses.AccountOf(ctx, p.FromUserName)
	if err != nil || accountID == "" {
		return err
	}
	err = s.store.InTx(ctx, audit.BySystem("wechat push"), func(tx Tx) error {
		first, err := tx.FirstPush(ctx, sha256.Sum256(message))
		if err != nil {
			return err
		}
		if !first {
			return errNothing
		}
		for _, a := range inOrder(answers) {
			if t, ok := s.templateByID(a.Template); ok && a.Result == "on" && t.LongTerm {
				a.Result = "accept"
			}
			if _, err := s.answered(ctx, tx, accountID, a, byWeChat); err != nil {
				return err
			}
		}
		return tx.Record(ctx, audit.Event{
			Action: "inbox.push", Object: "account", ObjectID: accountID, Result: "ok", Detail: map[string]string{"event": p.Event},
		})
	})
	if errors.Is(err, errNothing) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("inbox: take a push: %w", err)
	}
	return nil
}
