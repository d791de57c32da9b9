package redblack_test

import (
	"testing"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/redblack"
)

func TestAnnounce_Refusals(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		c := h.as("maker")
		_, err := h.svc.Nominate(t.Context(), c, by(c), h.entry(redblack.Red, subject))
		h.refused(err, "redblack.not_announced")
		_, err = h.svc.Announcement(t.Context(), yanjing)
		h.refused(err, "redblack.not_announced")
		good := redblack.NewAnnouncement{
			Region: yanjing, Council: "道德评议会", KeeperRole: "clerk", Keeper: "周文书", Clauses: []string{"c01"}, Incentives: "表扬", Objections: "找监委会", From: "2026-03-05",
		}
		for code, change := range map[string]func(*redblack.NewAnnouncement){
			"redblack.announcement_invalid":   func(a *redblack.NewAnnouncement) { a.Clauses = nil },
			"redblack.clause_not_in_force":    func(a *redblack.NewAnnouncement) { a.Clauses = []string{"c04"} },
			"redblack.private_data":           func(a *redblack.NewAnnouncement) { a.Objections = "打电话13800138000" },
			"region.not_found":                func(a *redblack.NewAnnouncement) { a.Region = "510821102299" },
			"redblack.announcement_invalid#2": func(a *redblack.NewAnnouncement) { a.From = "2026-02-01" },
			"redblack.announcement_invalid#3": func(a *redblack.NewAnnouncement) { a.KeeperRole = "member" },
		} {
			in := good
			change(&in)
			k := h.as("clerk")
			_, err := h.svc.Announce(t.Context(), k, by(k), in)
			h.refused(err, code[:len(code)-2*boolInt(code[len(code)-2] == '#')])
		}
		_, err = h.svc.Announce(t.Context(), c, by(c), good)
		h.refused(err, "account.not_allowed")
		_, err = h.svc.Announce(t.Context(), account.Caller{}, by(c), good)
		h.refused(err, "auth.required")
		k := h.as("clerk")
		first, err := h.svc.Announce(t.Context(), k, by(k), good)
		h.ok(err)
		if first.Members != 5 || first.Revision != 1 || len(first.Script()) < 4 || first.Log == nil {
			t.Fatalf("%+v", first)
		}
		_, err = h.svc.Nominate(t.Context(), c, by(c), h.entry(redblack.Red, subject))
		h.refused(err, "redblack.not_announced") // from the 5th on
		h.days(4)
		h.nominate(redblack.Red)
		second, err := h.svc.Announce(t.Context(), h.as("clerk"), by(k), func() redblack.NewAnnouncement { good.From = "2026-03-10"; return good }())
		h.ok(err)
		if got, err := h.svc.Announcement(t.Context(), yanjing); err != nil || got.ID != second.ID || got.Revision != 2 || !got.Clauses[0].Usable {
			t.Fatalf("%v %+v", err, got)
		}
		h.text.Clauses = h.text.Clauses[1:]
		if got, err := h.svc.Announcement(t.Context(), yanjing); err != nil || got.Clauses[0].Usable {
			t.Fatalf("%v %+v", err, got)
		}
		h.days(4)
		_, err = h.svc.Nominate(t.Context(), h.as("maker"), by(c), h.entry(redblack.Red, subject))
		h.refused(err, "redblack.clause_not_in_force")
		h.text.CovenantID = ""
		_, err = h.svc.Announce(t.Context(), h.as("clerk"), by(k), func() redblack.NewAnnouncement { good.From = "2026-03-20"; return good }())
		h.refused(err, "redblack.no_covenant")
	})
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestNominate_Refusals(t *testing.T) {
	each(t, func(h *house) {
		try := func(who string, kind redblack.Kind, name string, change func(*redblack.NewEntry)) error {
			c, in := h.as(who), h.entry(kind, name)
			if change != nil {
				change(&in)
			}
			_, err := h.svc.Nominate(h.Context(), c, by(c), in)
			return err
		}
		h.refused(try("maker", redblack.Red, "李春花", nil), "redblack.self_nomination")
		h.refused(try("maker", redblack.Red, "李 春 花", nil), "redblack.self_nomination")
		h.refused(try("far", redblack.Red, subject, nil), "redblack.not_verified")
		h.refused(try("maker", redblack.Red, subject, func(e *redblack.NewEntry) { e.Clause = "c02" }), "redblack.clause_not_in_force")
		h.refused(try("maker", redblack.Black, subject, func(e *redblack.NewEntry) { e.Clause = "c01" }), "redblack.clause_not_in_force")
		h.refused(try("maker", redblack.Red, subject, func(e *redblack.NewEntry) { e.Clause = "c04" }), "redblack.clause_not_in_force")
		h.refused(try("maker", "grey", subject, nil), "request.invalid")
		h.refused(try("maker", redblack.Red, subject, func(e *redblack.NewEntry) { e.On = "2026-05-01" }), "request.invalid")
		h.refused(try("maker", redblack.Red, subject, func(e *redblack.NewEntry) { e.Facts = "好" }), "request.invalid")
		h.refused(try("maker", redblack.Red, subject, func(e *redblack.NewEntry) { e.Evidence = []string{"nothing"} }), "redblack.media_invalid")
		h.refused(try("maker", redblack.Red, subject, func(e *redblack.NewEntry) { e.Behalf = "奶奶" }), "account.not_allowed")
		h.ok(try("clerk", redblack.Red, subject, func(e *redblack.NewEntry) { e.Behalf = "郑奶奶" }))
		// Nothing tells whether somebody is on the roll.
		h.ok(try("maker", redblack.Red, "没有这个人", nil))
		h.ok(try("maker", redblack.Red, subject, nil))
		h.ok(try("maker", redblack.Black, subject, nil))
		h.refused(try("maker", redblack.Black, subject, nil), "redblack.too_many")
		h.days(1)
		h.ok(try("maker", redblack.Black, subject, nil))
	})
}

func TestVerify_Refusals(t *testing.T) {
	each(t, func(h *house) {
		id := h.nominate(redblack.Black)
		month := h.db.Clock.Now().Format("2006-01")
		verify := func(who, id, resident, deed string) error {
			_, err := h.act(who, id, "verify", "resident", resident, "deed", deed, "month", month)
			return err
		}
		for deed, code := range map[string]string{
			"好吃 懒做，乱倒垃圾":         "redblack.text_refused",
			"低保户乱倒垃圾":            "redblack.text_refused",
			"残疾人乱倒垃圾":            "redblack.text_refused",
			"家庭矛盾后乱倒垃圾":          "redblack.text_refused",
			"王德顺乱倒垃圾":            "redblack.names_person",
			"王·德·才家乱倒垃圾":         "redblack.names_person",
			"乱倒垃圾，电话13800138000": "redblack.private_data",
			"倒":                  "procedure.fields_invalid",
		} {
			h.refused(verify("clerk", id, "res-subject", deed), code)
		}
		h.refused(verify("clerk", id, "res-other", blackDeed), "redblack.resident_unknown")
		h.refused(verify("maker", id, "res-other", blackDeed), "procedure.forbidden") // and learns nothing of the roll
		h.refused(verify("maker", id, "res-subject", blackDeed), "procedure.forbidden")
		h.refused(verify("other", id, "res-subject", blackDeed), "redblack.not_found")
		_, err := h.actWith("clerk", id, "verify", []string{"face"}, "resident", "res-subject", "deed", blackDeed, "month", month)
		h.refused(err, "redblack.black_photo")
		cs, err := h.svc.Candidates(h.Context(), h.as("clerk"), id)
		h.ok(err)
		if len(cs) != 1 || cs[0].Name != "王*顺" || cs[0].ResidentID != "res-subject" {
			h.Fatalf("%+v", cs)
		}
		_, err = h.svc.Candidates(h.Context(), h.as("c1"), id)
		h.refused(err, "redblack.not_found")
		h.text.Clauses[1].List = ""
		h.refused(verify("clerk", id, "res-subject", blackDeed), "redblack.clause_not_in_force")
		h.text.Clauses[1].List = "black"

		c := h.as("maker")
		child, err := h.svc.Nominate(h.Context(), c, by(c), h.entry(redblack.Black, "赵小宝"))
		h.ok(err)
		h.refused(verify("clerk", child.ID, "res-child", blackDeed), "redblack.minor")
		h.days(1)
		c = h.as("maker")
		red, err := h.svc.Nominate(h.Context(), c, by(c), h.entry(redblack.Red, "赵小宝"))
		h.ok(err)
		h.ok(verify("clerk", red.ID, "res-child", redDeed))
		h.council(red.ID, "yes")
		_, err = h.act("brother", red.ID, "vote", "vote", "yes") // no kin of this one
		h.ok(err)
		h.does(redblack.Evaluated, "clerk", red.ID, "adopt")
		h.deputies(red.ID, "yes")
		h.does(redblack.Consulted, "clerk", red.ID, "agreed")
		h.does(redblack.Asked, "clerk", red.ID, "ask", "by", "app")
		_, err = h.act("child", red.ID, "consent", "name", "full")
		h.refused(err, "redblack.minor")
		_, err = h.actWith("child", red.ID, "consent", []string{"kid"}, "name", "none")
		h.refused(err, "redblack.minor")
		h.text.Clauses[0].List = ""
		_, err = h.act("child", red.ID, "consent", "name", "none")
		h.refused(err, "redblack.clause_not_in_force")
		h.text.Clauses[0].List = "red"
		h.does(redblack.Notice, "child", red.ID, "consent", "name", "none")

		// A keeper decides nothing about kin.
		p := h.people["clerk"]
		p.name = "周文书"
		h.people["clerk"] = p
		self, err := h.svc.Nominate(h.Context(), h.as("other"), by(h.as("other")), h.entry(redblack.Red, "周文书"))
		h.ok(err)
		h.refused(verify("clerk", self.ID, "res-clerk", redDeed), "redblack.relative")
		h.ok(verify("director", self.ID, "res-clerk", redDeed))

		// Nominated under the own old spelling: found at verification.
		p = h.people["maker"]
		p.name = "李春香"
		h.people["maker"] = p
		mine, err := h.svc.Nominate(h.Context(), h.as("maker"), by(h.as("maker")), h.entry(redblack.Red, "李春花"))
		h.ok(err)
		p.name = "李春花"
		h.people["maker"] = p
		h.refused(verify("clerk", mine.ID, "res-maker", redDeed), "redblack.self_nomination")
	})
}

func TestReply_AndAppeal_Refusals(t *testing.T) {
	each(t, func(h *house) {
		id := h.nominate(redblack.Black)
		h.verify(id, redblack.Black)
		_, err := h.act("subject", id, "reply", "text", "没有这回事")
		h.refused(err, "redblack.not_found") // not told yet
		h.does(redblack.Heard, "clerk", id, "tell", "by", "app")
		_, err = h.act("subject", id, "reply", "text", "我王德顺没有倒过")
		h.refused(err, "redblack.names_person")
		_, err = h.act("subject", id, "appeal", "text", "没有这回事")
		h.refused(err, "procedure.not_now")
		h.db.Clock.Advance(5 * 24 * 3600e9)
		_, err = h.act("subject", id, "reply", "text", "没有这回事")
		h.refused(err, "procedure.too_late")
		h.sweep()
		_, err = h.act("clerk", id, "to_council")
		h.refused(err, "procedure.too_early")
		person, maker, err := h.svc.People(h.Context(), id)
		if err != nil || person != "acc-subject" || maker != "acc-maker" {
			h.Fatal(person, maker, err)
		}

		late := h.blackListed()
		h.does(redblack.Appealed, "subject", late, "appeal", "text", "不是我家倒的垃圾")
		h.does(redblack.Appealed, "sup", late, "refuse", "reason", "现场有照片")
		h.does(redblack.Listed, "subject", late, "accept")
		h.opt.Rules.Appeal.Days = 1
		_, err = h.act("subject", late, "appeal", "text", "还是不服这个")
		h.refused(err, "redblack.appeal_late")
		_, err = h.act("other", late, "appeal", "text", "替他说一句")
		h.refused(err, "procedure.forbidden")
	})
}
