package concern_test

import (
	"testing"

	"cunwu/service/account"
	"cunwu/service/concern"
	"cunwu/service/concern/similar"
	"cunwu/service/region"
)

func (h *house) alike(at, group region.Code, category, text string) []string {
	h.t.Helper()
	found, err := h.svc.Similar(h.t.Context(), villager(5), at, group, category, text)
	h.ok(err)
	ids := []string{}
	for i, f := range found {
		if f.Score < 1 || f.Score > 100 || i > 0 && f.Score > found[i-1].Score {
			h.t.Errorf("score %d at %d", f.Score, i)
		}
		ids = append(ids, f.ID)
	}
	return ids
}

func saying(text, category string) func(*concern.NewConcern) {
	return func(in *concern.NewConcern) { in.Text, in.Category = text, category }
}

// rows counts what similar concerns are found by.
func (h *house) rows(term string, place region.Code) int {
	h.t.Helper()
	n, err := h.db.Concerns().ConcernTermCounts(h.t.Context(), place, similar.Terms(term, 1), 100)
	h.ok(err)
	return n[0]
}

func TestSimilar(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		road := h.raise(villager(1), saying("三组堰塘边的路被水冲垮了半边，晚上骑车很危险", "road")).ID
		h.raise(villager(2), saying("三组的路灯坏了好几盏，晚上很黑", "power"))
		h.raise(villager(2), saying("村口垃圾池满了好几天没人清运", "rubbish"))
		asked := "堰塘边那条路垮了一半，骑车过去很危险"
		for _, at := range []region.Code{yanjing, jiachuan, wangcang} {
			if got := h.alike(at, "", "road", asked); len(got) != 1 || got[0] != road {
				t.Errorf("at %s: %v, want %s", at, got, road)
			}
		}
		for what, got := range map[string][]string{
			"another village": h.alike(liushu, "", "road", asked),
			"another kind":    h.alike(yanjing, "", "power", asked),
			"nothing like it": h.alike(yanjing, "", "road", "低保评议没有公示名单"),
			"no text":         h.alike(yanjing, "", "road", ""),
		} {
			if len(got) != 0 {
				t.Errorf("%s: %v", what, got)
			}
		}
		if got := h.alike(yanjing, "", "", asked); len(got) == 0 || got[0] != road {
			t.Errorf("of any kind: %v", got)
		}
		found, err := h.svc.Similar(t.Context(), villager(5), yanjing, "", "road", asked)
		h.ok(err)
		if f := found[0]; f.Text == "" || f.StateName == "" || f.RaiserName != "" || f.RegionName != "盐井村" {
			t.Errorf("not enough, or too much, to judge by: %+v", f)
		}
	})
}

// What is not public, or not open any more, is offered to nobody, and leaves
// nothing behind to find it by.
func TestSimilar_FollowsWhatIsShown(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		text := "堰塘边的路垮了半边很危险"
		offered := func(what string, want int) {
			t.Helper()
			if got := h.alike(yanjing, "", "road", text); len(got) != want {
				t.Errorf("%s: offered %v, want %d", what, got, want)
			}
			if v, c := h.rows("堰塘", yanjing), h.rows("堰塘", wangcang); v != want || c != want {
				t.Errorf("%s: %d rows of the village and %d of the county, want %d", what, v, c, want)
			}
		}
		for _, v := range []concern.Visibility{concern.Private, concern.Sealed} {
			h.raise(villager(3), saying(text, "road"), func(in *concern.NewConcern) { in.Visibility = v })
		}
		offered("private and sealed", 0)
		h.check.state = "manual"
		id := h.raise(villager(1), saying(text, "road")).ID
		offered("waiting for a person", 0)
		h.do(h.supervisor(), id, "show", nil)
		offered("shown", 1)
		h.do(h.clerk(), id, "register", nil)
		offered("registered", 1)
		h.do(h.supervisor(), id, "hide", given{"kind": "privacy", "reason": "写了别人家的事"})
		offered("hidden", 0)
		h.do(h.supervisor(), id, "show", nil)
		h.do(h.clerk(), id, "assign", given{"handler": "村委会主任"})
		h.do(h.director(), id, "finish", given{"result": "路已经修好，装了护栏。"})
		offered("done", 1)
		h.do(villager(1), id, "rate", given{"rating": "satisfied"})
		offered("settled", 0)
		h.do(villager(1), id, "rate", given{"rating": "dissatisfied"})
		offered("opened again", 1)
		h.do(villager(1), id, "withdraw", nil)
		offered("withdrawn", 0)
	})
}

// What others read blacked out cannot be found by guessing it.
func TestSimilar_NotByWhatIsHidden(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.raise(villager(1), saying("水管漏水，请联系身份证510821198001010019，电话13800138000", "water"))
		if got := h.alike(yanjing, "", "water", "13800138000 510821198001010019"); len(got) != 0 {
			t.Errorf("found by a number: %v", got)
		}
	})
}

func TestSimilar_Groups(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		text := "有人的狗不拴，差点咬到娃娃"
		h.raise(villager(1), saying(text, "animals"), func(in *concern.NewConcern) { in.Group = yanjing + "03" })
		if got := h.alike(yanjing, yanjing+"03", "animals", text); len(got) != 1 {
			t.Errorf("the own group: %v", got)
		}
		if got := h.alike(yanjing, yanjing+"04", "animals", text); len(got) != 0 {
			t.Errorf("another group: %v", got)
		}
		if got := h.alike(yanjing, "", "animals", text); len(got) != 1 {
			t.Errorf("no group given: %v", got)
		}
	})
}

func TestSimilar_AtMostFive(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for n := range 7 {
			h.raise(villager(n), saying("堰塘边的路垮了半边很危险", "road"))
		}
		if got := h.alike(yanjing, "", "road", "堰塘边的路垮了半边"); len(got) != 5 {
			t.Errorf("%d offered", len(got))
		}
	})
}

func TestSimilar_Refusals(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ask := func(by account.Caller, at, group region.Code, category, text string) error {
			_, err := h.svc.Similar(t.Context(), by, at, group, category, text)
			return err
		}
		refused(t, ask(account.Caller{}, yanjing, "", "road", "路"), account.ErrRequired)
		refused(t, ask(villager(1), "510821102999", "", "road", "路"), region.ErrNotFound)
		refused(t, ask(villager(1), yanjing, "", "nothing", "路"), concern.ErrQuery)
		refused(t, ask(villager(1), yanjing, liushu+"01", "road", "路"), concern.ErrQuery)
		refused(t, ask(villager(1), yanjing, "", "road", "\xff"), concern.ErrQuery)
	})
}
