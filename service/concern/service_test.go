package concern_test

import (
	"strings"
	"testing"

	"cunwu/service/account"
	"cunwu/service/concern"
	"cunwu/service/fault"
	"cunwu/service/media"
	"cunwu/service/moderation"
	"cunwu/service/procedure"
)

// Each cell of the table of who sees what.
func TestVisibility(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		readers := map[string]account.Caller{
			"raiser": villager(1), "handler": h.clerk(), "township": h.township(), "villager": villager(5), "stranger": strangerCaller,
			"nobody": {}, "discipline": h.discipline(), "other clerk": h.holder(account.Clerk, liushu),
		}
		type sight struct{ whole, masked, name bool }
		all, text := sight{whole: true, name: true}, sight{masked: true}
		for visibility, want := range map[concern.Visibility]map[string]sight{
			concern.Public:  {"raiser": all, "handler": all, "township": all, "villager": text, "stranger": text, "nobody": text, "discipline": text, "other clerk": text},
			concern.Named:   {"raiser": all, "handler": all, "township": all, "villager": {masked: true, name: true}, "stranger": text, "nobody": text, "discipline": {masked: true, name: true}, "other clerk": text},
			concern.Private: {"raiser": all, "handler": all, "township": all},
			concern.Sealed:  {"raiser": all, "discipline": all},
		} {
			id := h.raise(villager(1), func(in *concern.NewConcern) { in.Visibility = visibility }).ID
			for who, by := range readers {
				c, err := h.svc.Concern(t.Context(), by, id)
				got := sight{whole: strings.Contains(c.Text, "13800138000"), masked: strings.Contains(c.Text, "■"), name: c.RaiserName != ""}
				if got != want[who] || (err == nil) != (want[who] != sight{}) {
					t.Errorf("%s to %s: %+v (%v), want %+v", visibility, who, got, err, want[who])
				}
				if (err != nil) != (h.svc.Known(t.Context(), by, id) != nil) {
					t.Errorf("%s to %s: known and readable differ", visibility, who)
				}
			}
		}
	})
}

// What nobody looked at is shown to nobody else, in whatever state a check is.
func TestReview(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for _, state := range []moderation.State{moderation.Manual, moderation.Pending, moderation.Rejected} {
			h.check.state = state
			id := h.raise(villager(1)).ID
			refused(t, h.svc.Known(t.Context(), villager(5), id), concern.ErrNotFound)
			h.decide(concern.SubjectKind, id, moderation.Passed)
			if err := h.svc.Known(t.Context(), account.Caller{}, id); err != nil {
				t.Errorf("passed after %s and not shown: %v", state, err)
			}
			h.do(h.supervisor(), id, "hide", given{"kind": "privacy", "reason": "写了别人家的事"})
			h.decide(concern.SubjectKind, id, moderation.Passed) // a late verdict
			refused(t, h.svc.Known(t.Context(), villager(5), id), concern.ErrNotFound)
			if own := h.see(villager(1), id); !strings.Contains(own.WhyHidden, "写了别人家的事") {
				t.Errorf("the author does not read why: %q", own.WhyHidden)
			}
		}
		h.check.state = moderation.Passed
		h.check.asked = nil
		for _, v := range []concern.Visibility{concern.Private, concern.Sealed} {
			h.raise(villager(1), func(in *concern.NewConcern) { in.Visibility = v })
		}
		if len(h.check.asked) > 0 {
			t.Errorf("a text that is not public left the house: %q", h.check.asked)
		}
	})
}

func TestPhotosWait(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		photo := h.photo(villager(1), media.JPEG)
		c := h.raise(villager(1), func(in *concern.NewConcern) { in.Media = []string{photo} })
		refused(t, h.svc.Known(t.Context(), account.Caller{}, c.ID), concern.ErrNotFound)
		if len(c.Photos) != 1 {
			t.Errorf("the raiser's photos: %v", c.Photos)
		}
		shown := func() bool {
			s, err := h.db.Media().Shown(t.Context(), photo, "")
			h.ok(err)
			return s.Public
		}
		if shown() {
			t.Error("a photo is public before its check")
		}
		h.decide(concern.SubjectKind, c.ID, moderation.Passed)
		if got := h.see(account.Caller{}, c.ID); len(got.Photos) != 1 || !shown() {
			t.Errorf("a photo that passed: %v", got.Photos)
		}
		h.do(h.supervisor(), c.ID, "hide", given{"kind": "privacy", "reason": "照片里有别人"})
		if shown() {
			t.Error("a hidden photo is public")
		}
	})
}

// Solved is said of one state only, and each state has words of its own.
func TestSolved_OnlySettled(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, s := range []concern.State{
		concern.Raised, concern.Registered, concern.AtTownship, concern.AtCounty, concern.InProgress, concern.Waiting, concern.Elsewhere,
		concern.Done, concern.Settled, concern.Unrated, concern.Unsatisfied, concern.Unable, concern.NotOurs, concern.Merged, concern.Withdrawn,
	} {
		if s.Solved() != (s == concern.Settled) {
			t.Errorf("%s: solved = %v", s, s.Solved())
		}
		if s.Name() == "" || names[s.Name()] {
			t.Errorf("%s: name %q", s, s.Name())
		}
		if s != concern.Settled && s != concern.Unsatisfied && strings.Contains(s.Name(), "已解决") {
			t.Errorf("%s reads as solved: %s", s, s.Name())
		}
		names[s.Name()] = true
	}
}

func TestEscalation(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.raise(villager(1)).ID
		h.later(3) // nobody registered within a working day
		c := h.see(h.township(), id)
		if c.State != concern.AtTownship || !c.Escalated || c.Level != "township" {
			t.Fatalf("%s %s", c.State, c.Level)
		}
		if _, err := h.try(h.clerk(), id, "assign", given{"handler": "村委会"}); err == nil {
			t.Error("the village assigns what went to the township")
		}
		h.later(8)
		if c = h.see(h.county(), id); c.State != concern.AtCounty {
			t.Fatalf("%s", c.State)
		}
		h.later(100)
		if c = h.see(h.county(), id); c.State != concern.AtCounty || !c.Overdue {
			t.Errorf("nobody is above the county: %s %v", c.State, c.Overdue)
		}
		h.do(h.county(), id, "assign", given{"handler": "县交通局"})
		h.do(h.county(), id, "finish", given{"result": "路已经修好了。"})
		c = h.do(villager(1), id, "rate", given{"rating": "dissatisfied"})
		if c.State != concern.InProgress || c.Level != "county" || !c.Reopened {
			t.Errorf("reopened at the county: %s %s", c.State, c.Level)
		}
		page, err := h.svc.Concerns(t.Context(), h.county(), concern.Query{Work: true, Limit: 10})
		h.ok(err)
		if len(page.Items) != 1 {
			t.Errorf("the county's work: %v", page.Items)
		}
	})
}

func TestReopening_Once(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for _, end := range []string{"done", "settled", "unrated", "unable", "not_ours"} {
			id := h.raise(villager(1)).ID
			h.do(h.clerk(), id, "register", nil)
			if end == "not_ours" {
				h.do(h.clerk(), id, "not_ours", given{"reason": "属于供电公司", "where": "镇供电所"})
			} else {
				h.do(h.clerk(), id, "assign", given{"handler": "村委会主任"})
			}
			switch end {
			case "unable":
				h.do(h.director(), id, "unable", given{"reason": "没有资金来源"})
			case "done", "settled", "unrated":
				h.do(h.director(), id, "finish", given{"result": "路已经修好了。"})
			}
			switch end {
			case "settled":
				h.do(villager(1), id, "rate", given{"rating": "basic"})
			case "unrated":
				h.later(25)
			}
			c := h.do(villager(1), id, "rate", given{"rating": "dissatisfied", "comment": "没有修到底"})
			if c.State != concern.InProgress || !c.Reopened {
				t.Errorf("%s: %s", end, c.State)
			}
			h.do(h.director(), id, "finish", given{"result": "又修了一遍。"})
			if c = h.do(villager(1), id, "rate", given{"rating": "dissatisfied"}); c.State != concern.Unsatisfied || c.Solved {
				t.Errorf("%s: a second time: %s", end, c.State)
			}
			_, err := h.try(villager(1), id, "rate", given{"rating": "dissatisfied"})
			refused(t, err, procedure.ErrGuard)
			if c = h.do(villager(1), id, "rate", given{"rating": "satisfied"}); !c.Solved {
				t.Errorf("%s: %s", end, c.State)
			}
			_, err = h.try(villager(1), id, "rate", given{"rating": "dissatisfied"})
			refused(t, err, procedure.ErrGuard)
		}
	})
}

// Waiting for the raiser is nobody's delay: the days that were left come back.
func TestWaiting(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for name, answered := range map[string]bool{"answered": true, "not answered": false} {
			id := h.raise(villager(1)).ID
			h.do(h.clerk(), id, "register", nil)
			now := h.db.Clock.Now()
			promised := now.AddDate(0, 0, 20).Format("2006-01-02")
			h.do(h.clerk(), id, "assign", given{"handler": "村委会主任", "promised_on": promised})
			h.later(5)
			h.do(h.director(), id, "ask", given{"text": "请说说从哪里开始垮的"})
			if answered {
				h.later(10)
				h.do(villager(1), id, "answer", given{"text": "从电杆那里"})
			} else {
				h.later(30)
			}
			c := h.see(h.clerk(), id)
			want := h.db.Clock.Now().AddDate(0, 0, 15).Format("2006-01-02")
			if c.State != concern.InProgress || c.PromisedOn != want || c.Overdue {
				t.Errorf("%s: %s, promised on %s, want %s", name, c.State, c.PromisedOn, want)
			}
		}
	})
}

func TestExtension_OnceThroughWaiting(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.raise(villager(1)).ID
		h.do(h.clerk(), id, "register", nil)
		_, err := h.try(h.clerk(), id, "assign", given{"handler": "主任", "promised_on": h.db.Clock.Now().AddDate(0, 0, 40).Format("2006-01-02")})
		refused(t, err, procedure.ErrFields)
		h.do(h.clerk(), id, "assign", given{"handler": "村委会主任"})
		h.do(h.director(), id, "extend", given{"days": "30", "reason": "水泥还没有到"})
		h.do(h.director(), id, "ask", given{"text": "请说说从哪里开始垮的"})
		h.do(villager(1), id, "answer", given{"text": "从电杆那里"})
		_, err = h.try(h.director(), id, "extend", given{"days": "5", "reason": "水泥还没有到"})
		refused(t, err, procedure.ErrExtended)
		if hasAction(h.see(h.director(), id), "extend") {
			t.Error("a second extension is offered")
		}
	})
}

func hasAction(c concern.Concern, code string) bool {
	for _, a := range c.Available {
		if a.Action == code {
			return true
		}
	}
	return false
}

func TestMerge_LinksBothWays(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first, second := h.raise(villager(1)).ID, h.raise(villager(5)).ID
		sealed := h.raise(villager(6), func(in *concern.NewConcern) { in.Visibility = concern.Sealed }).ID
		_, err := h.svc.Join(t.Context(), villager(8), act(villager(8)), second)
		h.ok(err)
		h.do(h.clerk(), second, "register", nil)
		for _, bad := range []string{second, sealed, "mfzwkzdjmfzwkzdjmfzwkzdjme"} {
			_, err := h.try(h.clerk(), second, "merge", given{"original": bad})
			refused(t, err, concern.ErrOriginal)
		}
		c := h.do(h.clerk(), second, "merge", given{"original": first})
		if c.State != concern.Merged || c.MergedInto != first || c.Solved {
			t.Errorf("%s into %q", c.State, c.MergedInto)
		}
		o := h.see(villager(5), first)
		if len(o.MergedFrom) != 1 || o.MergedFrom[0] != second || o.Joined != 2 || !o.JoinedByMe {
			t.Errorf("the original: %v, %d joined", o.MergedFrom, o.Joined)
		}
		_, err = h.try(h.clerk(), first, "merge", given{"original": second})
		refused(t, err, concern.ErrOriginal)
	})
}

func TestJoin(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.raise(villager(1)).ID
		join := func(by account.Caller) error { _, err := h.svc.Join(t.Context(), by, act(by), id); return err }
		refused(t, join(villager(1)), concern.ErrOwn)
		refused(t, join(strangerCaller), concern.ErrNotVerified)
		for range 2 {
			h.ok(join(villager(5)))
		}
		if c := h.see(villager(5), id); c.Joined != 1 || !c.JoinedByMe {
			t.Errorf("joined twice: %d", c.Joined)
		}
		mine, err := h.svc.Concerns(t.Context(), villager(5), concern.Query{Mine: true, Limit: 10})
		h.ok(err)
		if len(mine.Items) != 1 {
			t.Errorf("mine: %v", mine.Items)
		}
		for range 2 {
			_, err := h.svc.Leave(t.Context(), villager(5), act(villager(5)), id)
			h.ok(err)
		}
		if c := h.see(villager(5), id); c.Joined != 0 || c.JoinedByMe {
			t.Errorf("left: %d", c.Joined)
		}
		h.do(villager(1), id, "withdraw", nil)
		refused(t, join(villager(5)), concern.ErrNotFound)
	})
}

func TestRaise_Refusals(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		other := villager(3)
		other.Village = liushu
		recording, second := h.photo(villager(1), media.MP3), h.photo(villager(1), media.MP3)
		foreign := h.photo(villager(2), media.JPEG)
		pdf := h.photo(villager(1), media.PDF)
		for name, c := range map[string]struct {
			by     account.Caller
			change func(*concern.NewConcern)
			want   *fault.Fault
		}{
			"nobody":            {account.Caller{}, func(*concern.NewConcern) {}, account.ErrRequired},
			"stranger":          {strangerCaller, func(*concern.NewConcern) {}, concern.ErrNotVerified},
			"of another place":  {other, func(*concern.NewConcern) {}, concern.ErrNotVerified},
			"ten thousand":      {villager(1), func(in *concern.NewConcern) { in.Text = strings.Repeat("长", 10_000) }, concern.ErrTextLength},
			"nothing to see":    {villager(1), func(in *concern.NewConcern) { in.Text = strings.Repeat("\u200d", 20) }, concern.ErrTextLength},
			"category":          {villager(1), func(in *concern.NewConcern) { in.Category = "gossip" }, concern.ErrCategory},
			"abroad":            {villager(1), func(in *concern.NewConcern) { in.Region = "999999999999" }, nil},
			"a township":        {villager(1), func(in *concern.NewConcern) { in.Region = jiachuan }, fault.ErrInvalid},
			"off the map":       {villager(1), func(in *concern.NewConcern) { in.Place.Point = &concern.Point{Latitude: 91} }, fault.ErrInvalid},
			"somebody's photo":  {villager(1), func(in *concern.NewConcern) { in.Media = []string{foreign} }, concern.ErrMedia},
			"two recordings":    {villager(1), func(in *concern.NewConcern) { in.Media = []string{recording, second} }, concern.ErrMedia},
			"a document":        {villager(1), func(in *concern.NewConcern) { in.Media = []string{pdf} }, concern.ErrMedia},
			"a photo twice":     {villager(1), func(in *concern.NewConcern) { in.Media = []string{recording, recording} }, concern.ErrMedia},
			"in person":         {villager(1), func(in *concern.NewConcern) { in.Channel = concern.InPerson }, concern.ErrBehalf},
			"not the household": {villager(1), func(in *concern.NewConcern) { in.OnBehalf = &concern.Behalf{Resident: "res-8"} }, concern.ErrBehalf},
			"two ways":          {villager(1), func(in *concern.NewConcern) { in.OnBehalf = &concern.Behalf{Resident: "res-0", Name: "王大爷"} }, concern.ErrBehalf},
			"clerk for none": {villager(1), func(in *concern.NewConcern) {
				in.Channel, in.OnBehalf = concern.ByPhone, &concern.Behalf{Anonymous: true}
			}, account.ErrMayNot},
			"no talk day":      {villager(1), func(in *concern.NewConcern) { in.Channel, in.TalkDay = concern.OnTalkDay, "2026-02-11" }, concern.ErrTalkDay},
			"a talk day to be": {villager(1), func(in *concern.NewConcern) { in.Channel, in.TalkDay = concern.OnTalkDay, "2026-03-10" }, concern.ErrTalkDay},
		} {
			_, err := h.tryRaise(c.by, c.change)
			switch {
			case err == nil:
				t.Errorf("%s: taken", name)
			case c.want != nil:
				t.Run(name, func(t *testing.T) { refused(t, err, c.want) })
			}
		}
		page, err := h.svc.Concerns(t.Context(), h.clerk(), concern.Query{Region: yanjing, Limit: 50})
		h.ok(err)
		if len(page.Items) != 0 {
			t.Errorf("refusals left %d concerns", len(page.Items))
		}
		h.raise(villager(1), func(in *concern.NewConcern) { in.Channel, in.TalkDay = concern.OnTalkDay, "2026-02-25" })
		for range 9 {
			h.raise(villager(1))
		}
		_, err = h.tryRaise(villager(1))
		refused(t, err, concern.ErrTooMany)
	})
}

// Another village's officers do nothing, and nothing is changed by it.
func TestForeignOffice(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.raise(villager(1)).ID
		before := h.see(h.clerk(), id)
		foreign := h.holder(account.Clerk, liushu)
		for action, want := range map[string]*fault.Fault{
			"register": procedure.ErrForbidden, "withdraw": procedure.ErrForbidden, "nothing": procedure.ErrUnknownAction,
			"accept": procedure.ErrUnknownAction, "rate": procedure.ErrFields,
		} {
			_, err := h.try(foreign, id, action, nil)
			refused(t, err, want)
		}
		_, err := h.try(foreign, id, "rate", given{"rating": "satisfied"})
		refused(t, err, concern.ErrNotRaiser)
		_, err = h.try(foreign, id, "hide", given{"kind": "privacy", "reason": "不想看见"})
		refused(t, err, account.ErrMayNot)
		if after := h.see(h.clerk(), id); after.Revision != before.Revision {
			t.Errorf("revision %d, was %d", after.Revision, before.Revision)
		}
	})
}
