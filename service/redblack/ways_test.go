package redblack_test

import (
	"slices"
	"testing"
	"time"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/redblack"
)

func each(t *testing.T, fn func(h *house)) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		h.announce()
		fn(h)
	})
}

func TestRed_ListedAndExpired(t *testing.T) {
	each(t, func(h *house) {
		id := h.redListed()
		e, on := h.onBoard(account.Caller{}, id)
		if !on || e.Name != subject || e.Photo == nil || e.Deed != redDeed || e.Log == nil || len(e.Log.Salt) == 0 {
			h.Fatalf("%v %+v", on, e)
		}
		if m, err := h.svc.Matter(h.Context(), h.as("clerk"), id); err != nil || m.Council.Yes != 4 || m.Council.Roll != 4 || m.Consulted.Yes != 2 || m.Maker == "" {
			h.Fatalf("%v %+v", err, m)
		}
		h.days(370)
		h.gone(id, redblack.Expired)
		left, err := h.svc.Entry(h.Context(), account.Caller{}, id)
		h.ok(err)
		if left.Deed != redDeed || left.Name != "" || left.Photo != nil {
			h.Fatalf("%+v", left)
		}
		if !slices.Contains(h.files.erased, photo(id)) {
			h.Fatal("the photo was not erased")
		}
	})
}

func TestRed_ConsentWithdrawn(t *testing.T) {
	each(t, func(h *house) {
		id := h.redListed()
		before := h.row(id).Log.Index
		h.does(redblack.Listed, "subject", id, "withdraw_consent")
		e, on := h.onBoard(account.Caller{}, id)
		if !on || e.Name != "" || e.Photo != nil || e.Deed != redDeed || e.Log.Index <= before {
			h.Fatalf("%v %+v", on, e)
		}
		if !slices.Contains(h.files.erased, photo(id)) {
			h.Fatal("the photo was not erased")
		}
		_, err := h.act("subject", id, "withdraw_consent")
		h.refused(err, "redblack.no_consent")
		_, err = h.act("other", id, "withdraw_consent")
		h.refused(err, "procedure.forbidden")
		h.does(redblack.Declined, "subject", id, "remove_me")
		h.gone(id, redblack.Declined)
		if r := h.row(id); r.EndKind != "consent_withdrawn" || r.Deed != "" {
			h.Fatalf("%+v", r)
		}
	})
}

func TestRed_Endings(t *testing.T) {
	each(t, func(h *house) {
		declined := h.redAsked()
		h.does(redblack.Declined, "subject", declined, "decline")
		h.gone(declined, redblack.Declined)

		silent := h.redAsked()
		h.days(20)
		h.gone(silent, redblack.Declined)

		paper := h.redAsked()
		_, err := h.act("clerk", paper, "consent_paper", "name", "masked")
		h.refused(err, "procedure.fields_invalid")
		_, err = h.actWith("clerk", paper, "consent_paper", []string{"sheet-1"}, "name", "masked")
		h.ok(err)
		if e, on := h.onBoard(account.Caller{}, paper); !on || e.Name != "王*顺" || e.Photo != nil {
			h.Fatalf("%v %+v", on, e)
		}
		h.days(12)
		h.does(redblack.Listed, "clerk", paper, "list")
		h.does(redblack.Revoked, "clerk", paper, "revoke", "reason", "查明不属实")
		h.gone(paper, redblack.Revoked)

		refused := h.nominate(redblack.Red)
		h.does(redblack.Rejected, "clerk", refused, "reject", "reason", "核实不了")
		h.gone(refused, redblack.Rejected)

		lapsed := h.redAsked()
		h.does(redblack.Notice, "subject", lapsed, "consent", "name", "none")
		if e, _ := h.onBoard(account.Caller{}, lapsed); e.Name != "" {
			h.Fatal(e.Name)
		}
		h.days(40)
		h.gone(lapsed, redblack.Rejected)
	})
}

func TestBlack_CorrectedBeforeListing_TurnsRed(t *testing.T) {
	each(t, func(h *house) {
		id := h.nominate(redblack.Black)
		h.verify(id, redblack.Black)
		h.does(redblack.Heard, "clerk", id, "tell", "by", "visit")
		h.days(6) // no reply
		if r := h.row(id); r.State != redblack.Education {
			h.Fatal(r.State)
		}
		h.does(redblack.Education, "clerk", id, "note", "text", "上门讲了垃圾分类。")
		if _, err := h.svc.Entry(h.Context(), account.Caller{}, id); err == nil {
			h.Fatal("strangers see it")
		}
		h.does(redblack.Corrected, "clerk", id, "mended", "note", "水沟已经清理干净", "red_deed", "主动清理村道边的水沟")
		h.gone(id, redblack.Corrected)
		waits, err := h.svc.Matters(h.Context(), h.as("c1"), redblack.MattersQuery{Region: yanjing, Limit: 20})
		h.ok(err)
		if len(waits.Items) != 1 || waits.Items[0].Kind != redblack.Red || waits.Items[0].State != redblack.Verified || waits.Items[0].Name != subject {
			h.Fatalf("%+v", waits.Items)
		}
		red := waits.Items[0].ID
		h.council(red, "yes")
		h.does(redblack.Evaluated, "clerk", red, "adopt")
		h.deputies(red, "yes")
		h.does(redblack.Consulted, "clerk", red, "agreed")
		h.does(redblack.Asked, "clerk", red, "ask", "by", "app")
		h.does(redblack.Notice, "subject", red, "consent", "name", "full")
	})
}

func TestBlack_ListedAndExpired(t *testing.T) {
	each(t, func(h *house) {
		id := h.blackListed()
		for _, who := range []account.Caller{{}, h.as("other"), h.as("clerk"), h.as("township")} {
			if e, on := h.onBoard(who, id); !on || e.Name != "" || e.Photo != nil || e.Deed != blackDeed {
				h.Fatalf("%v %+v", on, e)
			}
		}
		if e, _ := h.onBoard(h.as("other"), id); e.Reply == "" {
			h.Fatal("villagers do not see the reply")
		}
		if e, _ := h.onBoard(account.Caller{}, id); e.Reply != "" {
			h.Fatal("strangers see the reply")
		}
		r := h.row(id)
		if r.ExpiresAt.Sub(r.ListedAt) > 30*24*time.Hour {
			h.Fatal(r.ExpiresAt)
		}
		// Where the sweep is late, the board is not.
		h.db.Clock.Advance(31 * 24 * time.Hour)
		if _, on := h.onBoard(account.Caller{}, id); on {
			h.Fatal("it is shown after its time")
		}
		_, err := h.svc.Entry(h.Context(), account.Caller{}, id)
		h.refused(err, "redblack.not_found")
		h.sweep()
		h.gone(id, redblack.Expired)
	})
}

func TestBlack_CorrectedAfterListing(t *testing.T) {
	each(t, func(h *house) {
		quick := h.blackListed()
		h.does(redblack.Listed, "subject", quick, "claim", "text", "已经清理干净")
		h.does(redblack.Corrected, "clerk", quick, "confirm", "note", "现场看过了", "council", "同意下榜")
		h.gone(quick, redblack.Corrected)

		slow := h.blackListed()
		listed := h.row(slow).ExpiresAt
		h.does(redblack.Listed, "clerk", slow, "claim_kept", "text", "听说已经清理")
		h.days(4)
		if _, on := h.onBoard(account.Caller{}, slow); on || h.row(slow).State != redblack.Suspended {
			h.Fatal("nobody looked, and it is still shown")
		}
		h.does(redblack.Listed, "clerk", slow, "not_mended", "reason", "现场还有垃圾")
		if got := h.row(slow).ExpiresAt; !got.Equal(listed) {
			h.Fatalf("it ends at %s, not %s", got, listed)
		}
		h.days(40)
		h.gone(slow, redblack.Expired)
	})
}

func TestBlack_AppealUpheld(t *testing.T) {
	each(t, func(h *house) {
		id := h.blackListed()
		h.does(redblack.Appealed, "subject", id, "appeal", "text", "不是我家倒的垃圾")
		if _, on := h.onBoard(h.as("other"), id); on {
			h.Fatal("an appealed entry is shown")
		}
		_, err := h.act("brother", id, "uphold", "reason", "查明不是他家", "apology", "经查这条黑榜不属实，予以撤销并道歉。")
		h.refused(err, "redblack.relative")
		_, err = h.act("sup", id, "uphold", "reason", "查明不是他家", "apology", "经查王德顺没有倒垃圾，予以撤销并道歉。")
		h.refused(err, "redblack.names_person")
		h.does(redblack.Revoked, "sup", id, "uphold", "reason", "查明不是他家", "apology", "经查这条黑榜不属实，予以撤销并道歉。")
		h.gone(id, redblack.Revoked)
		b, err := h.svc.Board(h.Context(), account.Caller{}, redblack.BoardQuery{Region: yanjing, Kind: redblack.Black, Limit: 10})
		h.ok(err)
		if len(b.Apologies) != 1 || b.Apologies[0].ID != id || b.Apologies[0].Text == "" {
			h.Fatalf("%+v", b.Apologies)
		}
		h.days(30)
		b, err = h.svc.Board(h.Context(), account.Caller{}, redblack.BoardQuery{Region: yanjing, Kind: redblack.Black, Limit: 10})
		h.ok(err)
		if len(b.Apologies) != 0 {
			h.Fatal("the apology is shown for ever")
		}
		n, err := h.svc.Totals(h.Context(), jiachuan, dbtest.Start, h.db.Clock.Now())
		h.ok(err)
		if n != (redblack.Totals{Black: 1, Revoked: 1}) {
			h.Fatalf("%+v", n)
		}
	})
}

func TestBlack_AppealRefused(t *testing.T) {
	each(t, func(h *house) {
		id := h.blackListed()
		ends := h.row(id).ExpiresAt
		h.does(redblack.Appealed, "subject", id, "appeal", "text", "不是我家倒的垃圾")
		h.does(redblack.Appealed, "sup", id, "refuse", "reason", "现场有照片")
		h.does(redblack.Appealed, "subject", id, "appeal_on", "text", "照片拍的不是我家")
		h.days(15) // the township is overdue: it stays frozen
		if _, on := h.onBoard(h.as("other"), id); on || h.row(id).State != redblack.Appealed {
			h.Fatal("an appealed entry came back by itself")
		}
		_, err := h.act("sup", id, "refuse", "reason", "现场有照片")
		h.refused(err, "procedure.forbidden")
		h.does(redblack.Listed, "township", id, "refuse", "reason", "事实清楚")
		if got := h.row(id).ExpiresAt; !got.Equal(ends) {
			h.Fatalf("it ends at %s, not %s", got, ends)
		}

		second := h.blackListed()
		h.does(redblack.Appealed, "subject", second, "appeal", "text", "不是我家倒的垃圾")
		h.days(9) // the supervisors are overdue: the township decides
		if s := h.row(second).Stage; s != "listed_township" {
			h.Fatal(s)
		}
		h.days(30) // its time is over meanwhile
		h.does(redblack.Listed, "township", second, "refuse", "reason", "事实清楚")
		if _, on := h.onBoard(h.as("other"), second); on {
			h.Fatal("it is shown after its time")
		}
		h.days(1)
		h.gone(second, redblack.Expired)

		third := h.blackNotice()
		h.does(redblack.Appealed, "subject", third, "appeal", "text", "不是我家倒的垃圾")
		h.does(redblack.Appealed, "sup", third, "refuse", "reason", "现场有照片")
		h.days(6) // not taken further
		if r := h.row(third); r.State != redblack.Notice || !r.NoticeAt.After(r.CreatedAt.AddDate(0, 0, 12)) {
			h.Fatalf("%+v", r)
		}
		_, err = h.act("clerk", third, "list")
		h.refused(err, "redblack.notice_running")
	})
}

func TestCouncil_AndRepresentatives(t *testing.T) {
	each(t, func(h *house) {
		id := h.nominate(redblack.Red)
		h.verify(id, redblack.Red)
		for who, code := range map[string]string{"brother": "redblack.relative", "clerk": "redblack.not_council"} {
			_, err := h.act(who, id, "vote", "vote", "yes")
			h.refused(err, code)
		}
		_, err := h.act("c1", id, "vote", "vote", "perhaps")
		h.refused(err, "procedure.fields_invalid")
		_, err = h.act("clerk", id, "adopt")
		h.refused(err, "procedure.condition_unmet")
		for who, vote := range map[string]string{"c1": "yes", "c2": "yes", "c3": "no"} {
			_, err := h.act(who, id, "vote", "vote", vote)
			h.ok(err)
		}
		_, err = h.act("c1", id, "vote", "vote", "no")
		h.refused(err, "redblack.voted")
		_, err = h.act("clerk", id, "adopt") // not all have spoken, and there is time
		h.refused(err, "procedure.condition_unmet")
		_, err = h.act("c4", id, "vote", "vote", "yes")
		h.ok(err)
		h.does(redblack.Evaluated, "clerk", id, "adopt")
		_, err = h.act("brother", id, "consult", "answer", "no")
		h.refused(err, "redblack.relative")
		_, err = h.act("c1", id, "consult", "answer", "no")
		h.refused(err, "redblack.not_representative")
		h.deputies(id, "no")
		_, err = h.act("clerk", id, "agreed")
		h.refused(err, "procedure.condition_unmet")
		h.does(redblack.Verified, "clerk", id, "back")
		h.council(id, "yes")
		h.does(redblack.Evaluated, "clerk", id, "adopt")
		h.deputies(id, "no")
		_, err = h.act("clerk", id, "back")
		h.refused(err, "procedure.condition_unmet")
		h.does(redblack.Rejected, "clerk", id, "not_agreed")
		h.gone(id, redblack.Rejected)
		if r := h.row(id); r.Council.Yes != 4 || r.Council.Roll != 4 || r.Consulted.No != 2 || r.Consulted.Roll != 3 {
			h.Fatalf("%+v %+v", r.Council, r.Consulted)
		}

		failed := h.nominate(redblack.Red)
		h.verify(failed, redblack.Red)
		h.council(failed, "no")
		h.does(redblack.Rejected, "clerk", failed, "not_adopted")
		if r := h.row(failed); r.Council.No != 4 || r.Council.Words == "" {
			h.Fatalf("%+v", r.Council)
		}
	})
}

func TestNotice_Objections(t *testing.T) {
	each(t, func(h *house) {
		id := h.blackNotice()
		_, err := h.act("far", id, "object", "text", "不应该公示这个")
		h.refused(err, "redblack.not_verified")
		h.does(redblack.Notice, "other", id, "object", "text", "应该先修垃圾池再说")
		_, err = h.act("other", id, "object", "text", "应该先修垃圾池再说")
		h.refused(err, "redblack.objected")
		_, err = h.act("clerk", id, "list")
		h.refused(err, "redblack.notice_running")
		h.days(12)
		_, err = h.act("clerk", id, "list")
		h.refused(err, "redblack.objections_open")
		_, err = h.act("clerk", id, "resolve", "number", "2", "result", "dismissed", "reason", "垃圾池已经修好")
		h.refused(err, "redblack.objection_unknown")
		m, err := h.svc.Matter(h.Context(), h.as("c1"), id)
		h.ok(err)
		if len(m.Objections) != 1 || m.Objections[0].Text == "" || m.Maker != "" || m.Resident != "" {
			h.Fatalf("%+v", m)
		}
		h.does(redblack.Notice, "clerk", id, "resolve", "number", "1", "result", "dismissed", "reason", "垃圾池已经修好")
		h.does(redblack.Listed, "clerk", id, "list")

		upheld := h.blackNotice()
		h.does(redblack.Notice, "other", upheld, "object", "text", "当天他不在村里")
		h.does(redblack.Rejected, "clerk", upheld, "resolve", "number", "1", "result", "upheld", "reason", "查明不在村里")
		h.gone(upheld, redblack.Rejected)
	})
}
