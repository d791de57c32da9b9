package inbox_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/ballot"
	"cunwu/service/consultation"
	"cunwu/service/consultation/opinion"
	"cunwu/service/region"
)

// lives ties accounts "who" to residents "res-who" of a group.
func (h *house) lives(group region.Code, standing account.Standing, who ...string) {
	h.t.Helper()
	h.must(h.db.Accounts().InTx(h.t.Context(), dbtest.Act(), func(tx account.Tx) error {
		var rs []account.Resident
		for _, w := range who {
			rs = append(rs, account.Resident{ID: "res-" + w, Village: yanjing, Group: group, HouseholdID: "house", State: "active", NameMAC: []byte(w), Revision: 1})
		}
		if err := tx.AddResidents(h.t.Context(), rs); err != nil {
			return err
		}
		for _, w := range who {
			err := tx.AddBinding(h.t.Context(), account.Binding{
				ID: audit.NewID(), AccountID: w, ResidentID: "res-" + w, Village: yanjing, Standing: standing, CreatedAt: tx.Now(), Revision: 1,
			})
			if err != nil {
				return err
			}
		}
		return tx.Record(h.t.Context(), testEvent)
	}))
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// consults puts a consultation into the archive as it stands.
func (h *house) consults(change func(*consultation.Record), then func(tx consultation.Tx, id string) error) string {
	h.t.Helper()
	r := consultation.Record{
		ID: audit.NewID(), CaseID: audit.NewID(), Region: yanjing, Channel: consultation.Ordinary, State: consultation.Notified, Public: true,
		Revision: 3, Title: "三组便道从哪家地边过", CreatedAt: h.db.Clock.Now(), ChangedAt: h.db.Clock.Now(), CreatedBy: "proposer",
		Content: consultation.Content{
			Topic:    consultation.Topic{Title: "三组便道从哪家地边过"},
			Sessions: []consultation.Session{{On: "2026-03-05", Form: consultation.Both, Place: "村委会", Agenda: "路线走法", Cancelled: "下大雨"}},
		},
	}
	if change != nil {
		change(&r)
	}
	h.must(h.db.Consultations().InTx(h.t.Context(), dbtest.Act(), func(tx consultation.Tx) error {
		if err := tx.AddConsultation(h.t.Context(), r); err != nil {
			return err
		}
		if then != nil {
			if err := then(tx, r.ID); err != nil {
				return err
			}
		}
		return tx.Record(h.t.Context(), testEvent)
	}))
	return r.ID
}

// toldOf lists, of those asked, who has a message about a subject.
func (h *house) toldOf(subject string, who ...string) string {
	h.t.Helper()
	var out []string
	for _, w := range who {
		for _, m := range h.messages(w) {
			if m.Subject == subject {
				out = append(out, w)
				if m.Count != 1 {
					out = append(out, fmt.Sprint(m.Count))
				}
			}
		}
	}
	return strings.Join(out, " ")
}

func TestFollow_Consultation(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		h.lives(yanjing+"01", account.Reader, "proposer", "speaker", "one")
		h.lives(yanjing+"02", account.Voter, "voter", "rater", "two")
		h.appoint("clerk", account.Clerk, yanjing)
		h.appoint("director", account.Director, yanjing)
		h.appoint("secretary", account.Secretary, yanjing)
		h.appoint("town", account.TownshipRole, jiachuan)
		everybody := []string{"clerk", "director", "secretary", "town", "proposer", "speaker", "voter", "rater", "one", "two", "stranger"}
		partook := func(tx consultation.Tx, id string) error {
			ctx := t.Context()
			st := consultation.StatementRecord{ID: audit.NewID(), ConsultationID: id, Number: 1, Author: "res-speaker", Text: "走老路", State: consultation.Shown, Revision: 1}
			return errors.Join(tx.AddStatement(ctx, st),
				tx.PutVote(ctx, id, consultation.VoteRecord{StatementID: st.ID, Voter: "res-voter", Vote: opinion.Agree}, false),
				tx.PutVote(ctx, id, consultation.VoteRecord{StatementID: st.ID, Voter: "res-speaker", Vote: opinion.Agree}, false),
				tx.PutRating(ctx, id, "res-rater", consultation.Satisfied))
		}
		for name, c := range map[string]struct {
			action, by, want string
			change           func(*consultation.Record)
		}{
			"NewTopic":      {"proposed", "proposer", "clerk director", nil},
			"ToPreReview":   {"forward", "clerk", "secretary town proposer speaker voter rater", nil},
			"Passed":        {"accept", "town", "clerk director proposer speaker voter rater", nil},
			"SentElsewhere": {"redirect", "town", "proposer", func(r *consultation.Record) { r.Public = false }},
			"Village":       {"notify", "director", "proposer speaker voter rater one two", nil},
			"Group":         {"notify", "director", "proposer speaker one", func(r *consultation.Record) { r.Group = yanjing + "01" }},
			"PutOff":        {"postpone", "director", "proposer speaker voter rater one two", nil},
			"Outcome":       {"conclude", "director", "proposer speaker voter rater", nil},
			"Feedback":      {"feed_back", "clerk", "proposer speaker voter rater", nil},
			"OwnAct":        {"conclude", "voter", "proposer speaker rater", nil},
			"NoStep":        {"vote", "voter", "", nil},
		} {
			id := h.consults(c.change, partook)
			for range 2 { // announced twice, told once
				h.happens(c.by, "consultation."+c.action, id, map[string]string{"revision": "3"})
			}
			h.follow()
			if got := h.toldOf(id, everybody...); got != c.want {
				t.Errorf("%s: told %q, want %q", name, got, c.want)
			}
		}
		h.happens("clerk", "consultation.notify", "gone", map[string]string{"revision": "1"})
		h.follow() // of what is gone nobody is told, and nothing is held up
	})
}

// Two instances follow at once, and there are more villagers than one
// transaction takes: each hears once.
func TestFollow_ConsultationTogether(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		who := make([]string, 1100)
		for i := range who {
			who[i] = fmt.Sprintf("v%04d", i)
		}
		for part := range slices.Chunk(who, 100) {
			h.lives(yanjing+"01", account.Reader, part...)
		}
		id := h.consults(nil, nil)
		h.happens("director", "consultation.notify", id, map[string]string{"revision": "3"})
		var wg sync.WaitGroup
		for range 2 {
			svc := h.service(nil)
			wg.Go(func() {
				for range 20 {
					if _, err := svc.Follow(t.Context(), 50); err != nil {
						t.Error(err)
					}
					if _, err := svc.Spread(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		for _, w := range []string{"v0000", "v0499", "v0500", "v0999", "v1099"} {
			ms := h.messages(w)
			if len(ms) != 1 || ms[0].Count != 1 || ms[0].Link != "/c/"+id || !strings.Contains(ms[0].Body, "2026年3月5日") {
				t.Fatalf("%s: %+v", w, ms)
			}
		}
		told := 0
		for _, w := range who {
			told += len(h.messages(w))
		}
		if told != len(who) {
			t.Errorf("%d messages for %d villagers", told, len(who))
		}
	})
}

// votes puts a ballot with a roll into the archive. Who is in voted has voted.
func (h *house) votes(change func(*ballot.Record), roll []string, voted ...string) string {
	h.t.Helper()
	now := h.db.Clock.Now()
	r := ballot.Record{
		Definition: ballot.Definition{
			ID: audit.NewID(), Region: yanjing, Question: "是否同意修缮村道", Kind: ballot.YesNo,
			Options:    []ballot.Option{{ID: ballot.Yes, Label: "赞成"}, {ID: ballot.No, Label: "反对"}, {ID: ballot.Abstain, Label: "弃权"}},
			MaxChoices: 1, Electorate: ballot.Residents, Rule: "villagers_meeting", OpensAt: now, ClosesAt: now.Add(20 * time.Hour),
		},
		State: ballot.Draft, Revision: 1, CreatedAt: now, CreatedBy: "clerk", OpenedAt: now, RollSize: len(roll),
	}
	h.must(h.db.Ballots().InTx(h.t.Context(), dbtest.Act(), func(tx ballot.Tx) error {
		ctx := h.t.Context()
		if err := tx.AddBallot(ctx, r); err != nil {
			return err
		}
		return tx.Record(ctx, testEvent)
	}))
	stored, err := h.db.Ballots().BallotRecord(h.t.Context(), r.ID)
	h.must(err)
	h.must(h.db.Ballots().InTx(h.t.Context(), dbtest.Act(), func(tx ballot.Tx) error {
		ctx := h.t.Context()
		var entries []ballot.Entry
		for _, w := range roll {
			entries = append(entries, ballot.Entry{Subject: "res-" + w, Voters: []string{"res-" + w}})
		}
		if err := tx.FreezeRoll(ctx, stored.Number, entries); err != nil {
			return err
		}
		stored.State, stored.OpenedAt = ballot.Open, now
		stored.Revision++
		if err := tx.SaveBallot(ctx, stored); err != nil {
			return err
		}
		var casts []ballot.CastRequest
		for _, w := range voted {
			casts = append(casts, ballot.CastRequest{Ballot: stored.Number, Resident: "res-" + w, Pattern: ballot.Yes, Origin: ballot.Online, Tracker: ballot.NewTracker()})
		}
		if len(casts) > 0 {
			out, err := tx.PutCasts(ctx, casts)
			if err != nil || out[0].Err != nil {
				return errors.Join(err, out[0].Err)
			}
		}
		if change != nil {
			change(&stored)
			stored.Revision++
			if err := tx.SaveBallot(ctx, stored); err != nil {
				return err
			}
		}
		return tx.Record(ctx, testEvent)
	}))
	return r.ID
}

func TestFollow_Ballot(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		h.lives(yanjing+"01", account.Voter, "anna", "bo", "cheng")
		h.lives(yanjing+"01", account.Reader, "reader")
		h.lives(yanjing+"01", account.Voter, "offroll")
		h.appoint("super", account.Supervisor, yanjing)
		h.appoint("four", "four_post", yanjing)
		h.appoint("clerk", account.Clerk, yanjing)
		everybody := []string{"anna", "bo", "cheng", "reader", "offroll", "super", "four", "clerk"}
		roll := []string{"anna", "bo", "cheng", "reader"}
		tally := &ballot.Tally{Result: ballot.Result{Counts: map[string]int{"yes": 4711}, Cast: 4711, Reasoning: "赞成 4711，通过"}}
		state := func(s ballot.State) func(*ballot.Record) {
			return func(r *ballot.Record) { r.State, r.Tally, r.Reason = s, tally, "名册有误，重新发起" }
		}
		for name, c := range map[string]struct {
			kind, want string
			change     func(*ballot.Record)
			says       string
		}{
			"Opened":     {ballot.EventOpened, "anna bo cheng reader", nil, "可以投票"},
			"OpenedLong": {ballot.EventOpened, "", state(ballot.Certified), ""},
			"Closing":    {ballot.EventClosing, "bo cheng", nil, "可以投票"},
			"Sealed":     {ballot.EventClosing, "", func(r *ballot.Record) { r.Sealed = true }, ""},
			"Closed":     {ballot.EventClosed, "", state(ballot.Closed), ""},
			"Counted":    {ballot.EventCounted, "super four", state(ballot.Counted), "核对计票"},
			"Certified":  {ballot.EventCertified, "anna bo cheng reader", state(ballot.Certified), "4711"},
			"Early":      {ballot.EventCertified, "", state(ballot.Counted), ""},
			"Cancelled":  {ballot.EventCancelled, "anna bo cheng reader", state(ballot.Cancelled), "名册有误"},
			"Void":       {ballot.EventVoid, "anna bo cheng reader", state(ballot.Void), "名册有误"},
		} {
			id := h.votes(c.change, roll, "anna")
			for range 2 {
				h.happens("system", c.kind, id, map[string]string{"state": "x"})
			}
			h.follow()
			if got := h.toldOf(id, everybody...); got != c.want {
				t.Errorf("%s: told %q, want %q", name, got, c.want)
			}
			for _, w := range everybody {
				for _, m := range h.messages(w) {
					if m.Subject == id && (!strings.Contains(m.Body, c.says) || c.kind != ballot.EventCertified && strings.Contains(m.Title+m.Body, "4711")) {
						t.Errorf("%s: %+v", name, m)
					}
				}
			}
		}
	})
}

// That somebody has not voted goes through no template; that they can does.
func TestFollow_BallotTemplates(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.New(t))
	h.lives(yanjing+"01", account.Voter, "anna")
	h.accepts("anna", newsID, 3)
	h.accepts("anna", tasksID, 3)
	for kind, want := range map[string]int{ballot.EventOpened: 1, ballot.EventClosing: 0} {
		before := len(h.deliveries("anna"))
		h.happens("system", kind, h.votes(nil, []string{"anna"}), nil)
		h.follow()
		if got := len(h.deliveries("anna")) - before; got != want {
			t.Errorf("%s: %d deliveries, want %d", kind, got, want)
		}
	}
	if n := h.remaining("anna", tasksID); n != 3 {
		t.Errorf("a villager's message went by the officers' template: %d remain", n)
	}
}
