package consultation_test

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"cunwu/service/account"
	"cunwu/service/chronicle"
	"cunwu/service/consultation"
	"cunwu/service/consultation/opinion"
	"cunwu/service/record"
	"cunwu/service/region"
)

// entries are the chronicle of a place, oldest first.
func (h *house) entries(place region.Code) []chronicle.Shown {
	h.t.Helper()
	p, err := chronicle.New(h.db.Chronicle(), region.New(h.db.Regions())).Page(h.t.Context(), place, 0, 50)
	h.ok(err)
	out := make([]chronicle.Shown, len(p.Items))
	for i, e := range p.Items {
		out[len(out)-1-i] = e
	}
	return out
}

// Each public step stands in the chronicle of the village and of all above it,
// in order, and page by page as on one.
func TestChronicle(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.session(topic(), "online")
		h.ends(id, "consensus")
		var kinds []string
		for _, e := range h.entries("510821") {
			kinds = append(kinds, strings.TrimPrefix(e.Kind, "consultation."))
			if e.Subject != id || e.RegionName != "盐井村" || e.Link != "/c/"+id || !strings.Contains(e.Title, "三组便道") || len(e.PathNames) != 4 {
				t.Errorf("%+v", e)
			}
		}
		if got := strings.Join(kinds, " "); got != "forward accept fix_subjects notify start end conclude" {
			t.Errorf("steps %s", got)
		}
		if len(h.entries("510821102202")) != 0 {
			t.Error("in another village's chronicle")
		}
		svc := chronicle.New(h.db.Chronicle(), region.New(h.db.Regions()))
		seen, before := 0, int64(0)
		for range 10 {
			p, err := svc.Page(t.Context(), yanjing, before, 3)
			h.ok(err)
			for _, e := range p.Items {
				if before != 0 && e.Pos >= before {
					t.Errorf("%d after %d", e.Pos, before)
				}
				before = e.Pos
				seen++
			}
			if p.Next == 0 {
				break
			}
		}
		if seen != 7 {
			t.Errorf("paging gave %d of 7", seen)
		}
	})
}

// What goes to mediation is no longer anybody's business: it leaves the
// chronicle, and other consultations stay.
func TestChronicle_Private(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		other := h.propose(h.holder(account.Clerk, yanjing), topic())
		h.do(other, "forward", nil)
		id := h.propose(villager(1), topic())
		if n := len(h.entries(yanjing)); n != 1 {
			t.Fatalf("%d entries: a topic is not public when it is brought up", n)
		}
		h.do(id, "forward", nil)
		if n := len(h.entries(yanjing)); n != 2 {
			t.Fatalf("%d entries", n)
		}
		h.do(id, "redirect", given{"to": "mediation", "reason": "两家之间的纠纷，请调解员办理。"})
		for _, place := range []region.Code{yanjing, "510821102", "51"} {
			if es := h.entries(place); len(es) != 1 || es[0].Subject != other {
				t.Errorf("%s: %+v", place, es)
			}
		}
	})
}

// A resolution and a concern find their consultations, and the consultation
// names them; strangers see what is public.
func TestLinks(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		in := topic()
		in.Topic.Source, in.Topic.ConcernID = consultation.FromConcern, "concern-7"
		id := h.session(in, "offline")
		hidden := h.propose(villager(2), in)
		h.ends(id, "none")
		c := h.do(id, "to_resolution", given{"resolution": "resolution-9"})
		if c.Resolution == nil || c.Resolution.ID != "resolution-9" || c.Content.Topic.ConcernID != "concern-7" {
			t.Errorf("%+v", c.Resolution)
		}
		for name, find := range map[string]func() ([]consultation.Linked, error){
			"concern":    func() ([]consultation.Linked, error) { return h.svc.ByConcern(ctx, "concern-7") },
			"resolution": func() ([]consultation.Linked, error) { return h.svc.ByResolution(ctx, "resolution-9") },
		} {
			got, err := find()
			h.ok(err)
			if len(got) != 1 || got[0].ID != id || got[0].StateName != "已提交决议" {
				t.Errorf("%s: %+v", name, got)
			}
		}
		if got, err := h.svc.ByConcern(ctx, "resolution-9"); err != nil || len(got) != 0 {
			t.Errorf("a resolution's id as a concern's: %v %v", got, err)
		}
		q := consultation.Query{LinkKind: consultation.LinkConcern, Target: "concern-7", Limit: 10}
		for _, c := range []struct {
			by   account.Caller
			want int
		}{{account.Caller{}, 1}, {villager(2), 2}, {villager(3), 1}} {
			p, err := h.svc.List(ctx, c.by, q)
			h.ok(err)
			if len(p.Items) != c.want {
				t.Errorf("%s sees %d, want %d (hidden: %s)", c.by.AccountID, len(p.Items), c.want, hidden)
			}
		}
		_, err := h.svc.List(ctx, account.Caller{}, consultation.Query{Limit: 10})
		refused(t, err, region.ErrNotFound)
	})
}

// Outcome and feedback are committed to in the public record: with the salt the
// text can be checked, and another text does not fit.
func TestLeaves(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.session(topic(), "online")
		h.ends(id, "consensus")
		h.do(id, "no_follow_up", given{"reason": "已经当场办完，不用再办。"})
		c := h.do(id, "feed_back", given{"feedback": "便道已按大家的意见走老路修好。"})
		outcome, err := c.Content.Outcome.Committed()
		h.ok(err)
		said, err := c.Content.Feedback.Committed()
		h.ok(err)
		for kind, x := range map[string]struct {
			log *consultation.Logged
			raw []byte
		}{
			record.KindConsultationOutcome:  {c.Content.Outcome.Log, outcome},
			record.KindConsultationFeedback: {c.Content.Feedback.Log, said},
		} {
			if x.log == nil {
				t.Fatalf("%s: no place in the record", kind)
			}
			raw, err := h.db.Records().Leaves(t.Context(), x.log.Index, 1)
			h.ok(err)
			var leaf map[string]any
			h.ok(json.Unmarshal(raw[0], &leaf))
			if leaf["kind"] != kind || leaf["id"] != id || leaf["digest"] != record.Commitment(x.log.Salt, x.raw) {
				t.Errorf("%s: %s", kind, raw[0])
			}
			if leaf["digest"] == record.Commitment(x.log.Salt, append(x.raw, ' ')) || bytes.Contains(raw[0], []byte("老路")) {
				t.Errorf("%s: the leaf holds the text, or fits another", kind)
			}
		}
	})
}

// The export of own data has what one said and nothing of others.
func TestExportOwn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.session(topic(), "online")
		mine := h.propose(villager(1), topic())
		st := h.speak(villager(1), id, "走老路，不占地。")
		h.speak(villager(2), id, "取直更近，别绕。")
		for n, v := range map[int]opinion.Vote{1: opinion.Disagree, 2: opinion.Agree} {
			_, err := h.svc.Vote(t.Context(), villager(n), act(villager(n)), st.ID, v)
			h.ok(err)
		}
		got := h.own(villager(1))
		for _, want := range []string{mine, "走老路，不占地。", `"vote": "disagree"`} {
			if !strings.Contains(got, want) {
				t.Errorf("%s lacks %q", got, want)
			}
		}
		for _, not := range []string{"取直更近", `"agree"`, "res-2"} {
			if strings.Contains(got, not) {
				t.Errorf("%s has %q", got, not)
			}
		}
		if got := h.own(account.Caller{AccountID: "nobody"}); strings.Contains(got, "老路，") {
			t.Errorf("a stranger's own data: %s", got)
		}
	})
}

func (h *house) own(by account.Caller) string {
	h.t.Helper()
	var out bytes.Buffer
	h.ok(h.svc.ExportOwn(h.t.Context(), by, func(name string) (io.Writer, error) {
		if name != "consultations.json" {
			h.t.Errorf("file %q", name)
		}
		return &out, nil
	}))
	return out.String()
}
