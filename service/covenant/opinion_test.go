package covenant_test

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/covenant"
	"cunwu/service/fault"
	"cunwu/service/media"
	"cunwu/service/procedure"
)

func (h *house) say(by account.Caller, id string, in covenant.NewOpinion) (covenant.Opinion, error) {
	return h.svc.Speak(h.t.Context(), by, act(by), id, in)
}

// upload keeps an object of somebody's, without its bytes.
func (h *house) upload(owner string) string {
	h.t.Helper()
	id := audit.NewID()
	h.ok(h.db.Media().InTx(h.t.Context(), dbtest.Act(), func(tx media.Tx) error {
		if err := tx.AddObject(h.t.Context(), media.Object{ID: id, Kind: media.PNG, Digest: strings.Repeat("ab", 32), FileName: "表.png", Owner: owner, CreatedAt: h.db.Clock.Now()}); err != nil {
			return err
		}
		return tx.Record(h.t.Context(), audit.Event{Action: "test.upload", Object: "media", Result: "ok"})
	}))
	return id
}

// Opinions are read by their authors and the committee alone; everybody sees
// figures and answers; all are answered before the draft goes on.
func TestService_Opinions(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v, err := h.start(covenant.Covenant)
		h.ok(err)
		id := v.ID
		v, err = h.draft(id, clauses())
		h.ok(err)
		secret := "我家门口的垃圾桶太远"
		_, err = h.say(villager(1), id, covenant.NewOpinion{Stance: covenant.Change, Clause: "c02", Text: secret})
		h.ok(err)
		_, err = h.say(villager(2), id, covenant.NewOpinion{Stance: covenant.Support})
		h.ok(err)
		clerk := h.clerk()
		sheet := h.upload(clerk.AccountID)
		_, err = h.say(clerk, id, covenant.NewOpinion{Stance: covenant.Support, Text: "三组会上收的", People: 23, Sheet: sheet})
		h.ok(err)

		for _, by := range []account.Caller{{}, villager(2), villager(1)} {
			v, err = h.svc.Covenant(t.Context(), by, id)
			h.ok(err)
			if v.Opinions.People[covenant.Support] != 24 || v.Opinions.People[covenant.Change] != 1 || v.Opinions.Opinions != 3 {
				t.Errorf("counts %+v", v.Opinions)
			}
			if raw, _ := json.Marshal(v); bytes.Contains(raw, []byte(secret)) || bytes.Contains(raw, []byte("res-")) || bytes.Contains(raw, []byte(sheet)) {
				t.Errorf("an opinion or its author is shown: %s", raw)
			}
		}
		all, err := h.svc.Opinions(t.Context(), clerk, id)
		h.ok(err)
		own, err := h.svc.Opinions(t.Context(), villager(1), id)
		h.ok(err)
		if len(all) != 3 || len(own) != 1 || own[0].Text != secret {
			t.Errorf("%d for the committee, %+v for the author", len(all), own)
		}
		outsider := villager(9)
		outsider.Village = "510821102202"
		_, err = h.svc.Opinions(t.Context(), outsider, id)
		refused(t, err, covenant.ErrNotVillager)
		_, err = h.svc.Opinions(t.Context(), account.Caller{}, id)
		refused(t, err, account.ErrRequired)

		h.step(id, "draft")
		_, err = h.try(id, "submit", nil)
		refused(t, err, covenant.ErrUnanswered)
		for n := 1; n <= 3; n++ {
			by := h.clerk()
			_, err = h.svc.Reply(t.Context(), by, act(by), id, n, n == 1, "已在每组增设一个垃圾桶。")
			h.ok(err)
		}
		by := h.clerk()
		_, err = h.svc.Reply(t.Context(), by, act(by), id, 1, false, "改主意了，不采纳。")
		refused(t, err, covenant.ErrAnswered)
		_, err = h.svc.Reply(t.Context(), by, act(by), id, 9, false, "没有这一条意见。")
		refused(t, err, covenant.ErrOpinionNotFound)
		_, err = h.svc.Reply(t.Context(), by, act(by), id, 2, false, "请打 13800138000 说明。")
		refused(t, err, covenant.ErrPrivate)
		_, err = h.svc.Reply(t.Context(), villager(1), act(villager(1)), id, 2, true, "我自己来答复。")
		refused(t, err, account.ErrMayNot)
		v, err = h.svc.Covenant(t.Context(), account.Caller{}, id)
		h.ok(err)
		if len(v.Opinions.Answers) != 3 || !v.Opinions.Answers[0].Adopted || v.Opinions.Adopted != 1 || v.Opinions.Answers[0].By != "文书" {
			t.Errorf("answers %+v", v.Opinions)
		}
		h.do(id, "submit", nil)
	})
}

func TestService_OpinionRefusals(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v, err := h.start(covenant.Covenant)
		h.ok(err)
		id, yes := v.ID, covenant.NewOpinion{Stance: covenant.Support}
		outsider := villager(9)
		outsider.Village = "510821102202"
		unbound := account.Caller{AccountID: "acc-x"}
		for _, by := range []account.Caller{outsider, unbound, h.clerk()} {
			_, err = h.say(by, id, yes)
			refused(t, err, covenant.ErrNotVillager)
		}
		_, err = h.say(account.Caller{}, id, yes)
		refused(t, err, account.ErrRequired)
		for name, in := range map[string]covenant.NewOpinion{
			"Stance": {Stance: "maybe"}, "NoWords": {Stance: covenant.Oppose}, "Clause": {Stance: covenant.Support, Clause: "c44"},
			"Long": {Stance: covenant.Change, Text: strings.Repeat("长", 501)}, "NoSheet": {Stance: covenant.Support, People: 3},
			"NoPeople": {Stance: covenant.Support, Sheet: "x"}, "TooMany": {Stance: covenant.Support, Sheet: "x", People: 1_000_000},
		} {
			if _, err := h.say(villager(1), id, in); fault.Of(err) == nil || fault.Of(err).Kind != fault.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		clerk := h.clerk()
		_, err = h.say(clerk, id, covenant.NewOpinion{Stance: covenant.Support, People: 3, Sheet: h.upload("somebody-else")})
		refused(t, err, procedure.ErrFields)
		_, err = h.say(villager(1), id, covenant.NewOpinion{Stance: covenant.Support, People: 3, Sheet: h.upload("acc-1")})
		refused(t, err, account.ErrMayNot)
		for range 5 {
			_, err = h.say(villager(1), id, yes)
			h.ok(err)
		}
		_, err = h.say(villager(1), id, yes)
		refused(t, err, covenant.ErrTooMany)
		_, err = h.say(villager(2), id, yes)
		h.ok(err)
		h.later(1)
		_, err = h.say(villager(1), id, yes)
		h.ok(err)
		h.step(id, "draft")
		_, err = h.say(villager(1), id, yes)
		refused(t, err, covenant.ErrNotCollecting)
		_, err = h.say(villager(1), "nosuch", yes)
		refused(t, err, covenant.ErrNotFound)
	})
}

// The export of own data holds one's own opinions and nobody else's.
func TestService_ExportOwn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v, err := h.start(covenant.Covenant)
		h.ok(err)
		for n, text := range []string{"第一个人说的话", "第二个人说的话"} {
			_, err = h.say(villager(n+1), v.ID, covenant.NewOpinion{Stance: covenant.Change, Text: text})
			h.ok(err)
		}
		var out bytes.Buffer
		file := func(name string) (io.Writer, error) {
			out.WriteString(name + "\n")
			return &out, nil
		}
		h.ok(h.svc.ExportOwn(t.Context(), villager(2), file))
		if text := out.String(); !strings.Contains(text, "covenants.json") || !strings.Contains(text, "第二个人说的话") || strings.Contains(text, "第一个人") {
			t.Errorf("export: %s", text)
		}
	})
}
