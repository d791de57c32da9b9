package inbox_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/disclosure"
	"cunwu/service/inbox"
)

func TestSubscribe(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		say := func(template, result string) {
			t.Helper()
			since(h, time.Second)
			if _, err := h.svc.Subscribe(t.Context(), caller("reader"), act("reader"), []inbox.Answer{{template, result}}); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			template, result string
			want             int
		}{
			{newsID, "reject", 0},
			{newsID, "accept", 1},
			{newsID, "accept", 2},
			{newsID, "reject", 2},
			{newsID, "filter", 2},
			{newsID, "ban", 0},
			{longID, "accept", 1},
			{longID, "accept", 1},
			{longID, "reject", 0},
		} {
			say(c.template, c.result)
			if got := h.remaining("reader", c.template); got != c.want {
				t.Errorf("after %s of %s: %d, want %d", c.result, c.template, got, c.want)
			}
		}
		for range 50 { // a client that lies
			say(newsID, "accept")
		}
		if got := h.remaining("reader", newsID); got != 20 {
			t.Errorf("%d, want the bound", got)
		}
		_, err := h.svc.Subscribe(t.Context(), caller("reader"), act("reader"), []inbox.Answer{{"unknown", "accept"}})
		if !errors.Is(err, inbox.ErrTemplate) {
			t.Error(err)
		}
		if _, err := h.svc.Subscriptions(t.Context(), account.Caller{}); !errors.Is(err, account.ErrRequired) {
			t.Error(err)
		}
	})
}

func push(event, user string, at int64, list any) []byte {
	raw, err := json.Marshal(map[string]any{
		"ToUserName": "gh_1", "FromUserName": user, "CreateTime": at, "MsgType": "event", "Event": event, "List": list,
	})
	if err != nil {
		panic(err)
	}
	return raw
}

func TestPush(t *testing.T) {
	t.Parallel()
	type entry = map[string]any
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		take := func(message []byte) {
			t.Helper()
			for range 3 { // WeChat pushes again what it got no answer to
				if err := h.svc.Push(t.Context(), message); err != nil {
					t.Fatal(err)
				}
			}
		}
		expect := func(what string, want int) {
			t.Helper()
			if got := h.remaining("reader", newsID); got != want {
				t.Errorf("%s: %d remain, want %d", what, got, want)
			}
		}
		accept := entry{"TemplateId": newsID, "SubscribeStatusString": "accept", "PopupScene": "0"}
		take(push("subscribe_msg_popup_event", "o-reader", 1, accept))
		expect("one entry without brackets", 1)
		h.accepts("reader", newsID, 1)
		expect("the client tells of the same", 1)
		h.accepts("reader", newsID, 1)
		expect("the client is first", 2)
		take(push("subscribe_msg_popup_event", "o-reader", 2, []entry{accept, {"TemplateId": longID, "SubscribeStatusString": "accept"}}))
		expect("WeChat tells of the same", 2)
		if got := h.remaining("reader", longID); got != 1 {
			t.Errorf("%d of the long-term template", got)
		}
		take(push("subscribe_msg_sent_event", "o-reader", 3, entry{"TemplateId": newsID, "MsgID": "1", "ErrorCode": "0", "ErrorStatus": "success"}))
		expect("arrived", 2)
		take(push("subscribe_msg_sent_event", "o-reader", 4, []entry{{"TemplateId": newsID, "ErrorCode": 43101, "ErrorStatus": "failed"}}))
		expect("refused on arrival", 0)
		h.accepts("reader", newsID, 2)
		take(push("subscribe_msg_change_event", "o-reader", 5, []entry{{"TemplateId": newsID, "SubscribeStatusString": "reject"}}))
		expect("switched off", 0)
		for _, message := range []string{
			`{"Event":"wxa_media_check","FromUserName":"o-reader"}`, `{}`,
			string(push("subscribe_msg_popup_event", "nobody", 6, accept)),
			string(push("subscribe_msg_popup_event", "o-reader", 7, entry{"TemplateId": "of old", "SubscribeStatusString": "accept"})),
		} {
			take([]byte(message))
		}
		expect("of no concern", 0)
		for _, broken := range []string{"", "[]", `{"List":7}`, `{"List":"x"}`, "\xff"} {
			if err := h.svc.Push(t.Context(), []byte(broken)); !errors.Is(err, inbox.ErrPush) {
				t.Errorf("%q: %v", broken, err)
			}
		}
	})
}

func FuzzPush(f *testing.F) {
	f.Add([]byte(`{"Event":"subscribe_msg_popup_event","FromUserName":"x","List":{"TemplateId":"a","SubscribeStatusString":"accept"}}`))
	f.Add([]byte(`{"Event":"subscribe_msg_sent_event","List":[{"ErrorCode":1}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		// Without addresses nothing is written: it must neither fail otherwise nor panic.
		if err := inbox.New(nil, inbox.Options{}).Push(t.Context(), raw); err != nil && !errors.Is(err, inbox.ErrPush) {
			t.Error(err)
		}
	})
}

// However the client and WeChat tell of the same consents, none counts twice
// and none is lost.
func TestCredit_CountsOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		template := inbox.Template{ID: "x"}
		var c inbox.Credit
		client, weChat := 0, 0
		for range rapid.IntRange(0, 15).Draw(t, "steps") {
			byWeChat := rapid.Bool().Draw(t, "by WeChat")
			if byWeChat {
				weChat++
			} else {
				client++
			}
			c = inbox.After(c, template, "accept", byWeChat)
		}
		if want := max(client, weChat); c.Remaining < want || c.Remaining > client+weChat || c.Remaining > 20 {
			t.Fatalf("client %d, WeChat %d: %+v", client, weChat, c)
		}
		if c.Remaining == client+weChat && client > 0 && weChat > 0 {
			t.Fatalf("client %d, WeChat %d: all counted twice: %+v", client, weChat, c)
		}
	})
}

func TestFollows(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		me := caller("reader")
		known := strings.Repeat("a", 26)
		for _, c := range []struct {
			kind inbox.FollowKind
			key  string
			want string // name, or the code of a refusal
		}{
			{inbox.FollowPlace, string(yanjing), "盐井村"},
			{inbox.FollowPlace, "5108", "广元市"},
			{inbox.FollowPlace, "510821102999", "region.not_found"},
			{inbox.FollowPlace, "盐井村", "inbox.follow_invalid"},
			{inbox.FollowItem, string(yanjing) + "/D02", "盐井村·财务收支逐笔明细"},
			{inbox.FollowItem, string(yanjing) + "/Z99", "inbox.follow_unknown"},
			{inbox.FollowItem, "5108/D02", "inbox.follow_invalid"},
			{inbox.FollowPosting, known, "盐井村·财务收支明细"},
			{inbox.FollowPosting, strings.Repeat("b", 26), "disclosure.not_found"},
			{inbox.FollowPosting, "'; DROP TABLE", "inbox.follow_unknown"},
			{"gossip", "x", "inbox.follow_invalid"},
		} {
			f, err := h.svc.PutFollow(t.Context(), me, act("reader"), inbox.Follow{Kind: c.kind, Key: c.key})
			switch {
			case err == nil && f.Name != c.want:
				t.Errorf("%s %s: %q, want %q", c.kind, c.key, f.Name, c.want)
			case err != nil && !strings.HasPrefix(err.Error(), c.want):
				t.Errorf("%s %s: %v, want %s", c.kind, c.key, err, c.want)
			}
		}
		if fs, err := h.svc.Follows(t.Context(), me); err != nil || len(fs) != 4 {
			t.Errorf("%+v %v", fs, err)
		}
		for range 2 {
			if err := h.svc.DropFollow(t.Context(), me, act("reader"), inbox.Follow{Kind: inbox.FollowPlace, Key: "5108"}); err != nil {
				t.Error(err)
			}
		}
		if fs, err := h.svc.Follows(t.Context(), me); err != nil || len(fs) != 3 {
			t.Errorf("%+v %v", fs, err)
		}
		if fs, err := h.svc.Follows(t.Context(), caller("other")); err != nil || len(fs) != 0 {
			t.Errorf("another's follows are shown: %+v %v", fs, err)
		}
		h.in("reader", func(tx inbox.Tx) error {
			for len := range 200 {
				if err := tx.PutFollow(t.Context(), "reader", "place/"+strings.Repeat("9", len%10)+string(rune('a'+len/10))); err != nil {
					return err
				}
			}
			return nil
		})
		if _, err := h.svc.PutFollow(t.Context(), me, act("reader"), inbox.Follow{Kind: inbox.FollowPlace, Key: "5108"}); !errors.Is(err, inbox.ErrFollowLimit) {
			t.Error(err)
		}
	})
}

func TestRead_AndExport(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		h.accepts("reader", newsID, 1)
		var ids []string
		for range 3 {
			id := h.posting("二月收支", disclosure.Published, 1, disclosure.PublicInternet)
			h.follows("reader", inbox.FollowPosting, id)
			h.happens("clerk", disclosure.EventPublished, id, published(1))
		}
		h.follow()
		for _, m := range h.messages("reader") {
			ids = append(ids, m.ID)
		}
		me := caller("reader")
		if n, err := h.svc.Unread(t.Context(), me); n != 3 || err != nil {
			t.Error(n, err)
		}
		for _, in := range []inbox.ReadInput{{}, {IDs: ids, All: true}} {
			if _, err := h.svc.Read(t.Context(), me, act("reader"), in); !errors.Is(err, inbox.ErrWhich) {
				t.Error(err)
			}
		}
		if n, err := h.svc.Read(t.Context(), caller("other"), act("other"), inbox.ReadInput{IDs: ids}); n != 0 || err != nil {
			t.Errorf("another marks them: %d %v", n, err)
		}
		if n, err := h.svc.Read(t.Context(), me, act("reader"), inbox.ReadInput{IDs: ids[:1]}); n != 1 || err != nil {
			t.Error(n, err)
		}
		p, err := h.svc.Messages(t.Context(), me, true, 0, 1)
		if err != nil || len(p.Items) != 1 || p.Next == 0 {
			t.Fatalf("%+v %v", p, err)
		}
		if p, err = h.svc.Messages(t.Context(), me, true, p.Next, 1); err != nil || len(p.Items) != 1 || p.Next != 0 {
			t.Errorf("%+v %v", p, err)
		}
		var b bytes.Buffer
		err = h.svc.ExportOwn(t.Context(), me, func(string) (io.Writer, error) { return &b, nil })
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{ids[0], "二月收支", newsID, "posting", `"state": "pending"`} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("the export lacks %s: %s", want, b.String())
			}
		}
		since(h, 500*24*time.Hour)
		if n, err := h.svc.Sweep(t.Context()); n == 0 || err != nil || len(h.messages("reader")) != 0 {
			t.Errorf("old messages stay: %d %v", n, err)
		}
		if n, err := h.svc.Sweep(t.Context()); n != 0 || err != nil {
			t.Error(n, err)
		}
	})
}

// A closed account leaves nothing here.
func TestClosedAccount(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		who := h.news()
		h.accepts(who, newsID, 1)
		err := db.Accounts().InTx(t.Context(), dbtest.Act(), func(tx account.Tx) error {
			if err := tx.AddAccount(t.Context(), account.Account{ID: who, OpenIDMAC: []byte("m"), CreatedAt: tx.Now()}); err != nil {
				return err
			}
			if err := tx.EraseAccount(t.Context(), who); err != nil {
				return err
			}
			return tx.Record(t.Context(), testEvent)
		})
		if err != nil {
			t.Fatal(err)
		}
		fs, err := h.svc.Follows(t.Context(), caller(who))
		if err != nil || len(fs)+len(h.messages(who))+len(h.deliveries(who)) != 0 || h.remaining(who, newsID) != 0 {
			t.Errorf("%v %v %v %v", fs, h.messages(who), h.deliveries(who), err)
		}
		h.deliver(h.svc)
		if len(h.fake.Sent()) != 0 {
			t.Error("a closed account got a message")
		}
	})
}
