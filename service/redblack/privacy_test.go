package redblack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/procedure"
	"cunwu/service/record"
	"cunwu/service/redblack"
)

func TestNaming_EachCondition(t *testing.T) {
	each(t, func(h *house) {
		id := h.blackListed()
		name := func(who account.Caller) string {
			e, _ := h.onBoard(who, id)
			return e.Name
		}
		_, err := h.act("sup", id, "approve_naming")
		h.refused(err, "redblack.name_no_basis")
		_, err = h.act("clerk", id, "propose_naming", "basis", "consent", "days", "20")
		h.refused(err, "redblack.name_no_basis")
		_, err = h.act("clerk", id, "propose_naming", "basis", "paper", "days", "20")
		h.refused(err, "redblack.name_no_basis")
		_, err = h.act("clerk", id, "propose_naming", "basis", "statute", "text", "法律", "days", "20")
		h.refused(err, "redblack.name_no_basis")
		_, err = h.act("clerk", id, "propose_naming", "basis", "statute", "text", "某某法第十条", "days", "31")
		h.refused(err, "redblack.name_period")
		h.does(redblack.Listed, "subject", id, "agree_naming")
		_, err = h.act("sup", id, "approve_naming")
		h.refused(err, "redblack.name_not_approved")
		h.does(redblack.Listed, "clerk", id, "propose_naming", "basis", "consent", "days", "20")
		if name(h.as("other")) != "" {
			h.Fatal("named before it was approved")
		}
		_, err = h.act("clerk", id, "approve_naming")
		h.refused(err, "procedure.forbidden")
		_, err = h.act("brother", id, "approve_naming")
		h.refused(err, "redblack.relative")

		h.text.FiledOn = ""
		_, err = h.act("sup", id, "approve_naming")
		h.refused(err, "redblack.name_unvoted")
		h.text.FiledOn = "2026-01-15"
		p := h.people["subject"]
		h.people["subject"] = person{name: p.name, house: p.house, kin: p.kin, at: p.at}
		_, err = h.act("sup", id, "approve_naming")
		h.refused(err, "redblack.name_minor") // nobody knows the age
		h.people["subject"] = p

		h.does(redblack.Listed, "sup", id, "approve_naming")
		for who, want := range map[string]string{"other": subject, "clerk": subject, "far": "", "township": ""} {
			if got := name(h.as(who)); got != want {
				h.Fatalf("%s reads %q", who, got)
			}
		}
		if name(account.Caller{}) != "" {
			h.Fatal("strangers read the name")
		}
		above, err := h.svc.Board(h.Context(), h.as("other"), redblack.BoardQuery{Region: jiachuan, Limit: 10})
		h.ok(err)
		if len(above.Entries) != 1 || above.Entries[0].Name != "" {
			h.Fatalf("%+v", above.Entries)
		}
		h.does(redblack.Listed, "subject", id, "withdraw_naming")
		if name(h.as("other")) != "" {
			h.Fatal("named after the consent was taken back")
		}
		h.does(redblack.Listed, "subject", id, "agree_naming")
		h.does(redblack.Listed, "clerk", id, "propose_naming", "basis", "consent", "days", "2")
		h.does(redblack.Listed, "sup", id, "approve_naming")
		h.db.Clock.Advance(49 * time.Hour)
		if name(h.as("other")) != "" {
			h.Fatal("named for longer than was asked for")
		}
		h.does(redblack.Appealed, "subject", id, "appeal", "text", "不是我家倒的垃圾")
		_, err = h.act("sup", id, "approve_naming")
		h.refused(err, "redblack.name_no_basis")
		h.does(redblack.Appealed, "sup", id, "refuse", "reason", "现场有照片")
		h.does(redblack.Listed, "subject", id, "accept")
		if name(h.as("other")) != "" || h.row(id).Named {
			h.Fatal("an appeal ends naming for good")
		}
		_, err = h.actWith("clerk", id, "propose_naming", []string{"paper-sheet"}, "basis", "paper", "days", "3")
		h.ok(err)
		h.does(redblack.Listed, "sup", id, "approve_naming")
		m, err := h.svc.Matter(h.Context(), h.as("clerk"), id)
		h.ok(err)
		if m.Naming == nil || len(m.Naming.Satisfied) != len(h.opt.Rules.Naming.Conditions) {
			h.Fatalf("%+v", m.Naming)
		}
		h.does(redblack.Listed, "clerk", id, "stop_naming")
		h.days(40)
		h.gone(id, redblack.Expired)
	})
}

// TestRoles_SeeNoMoreThanTheirs reads one matter as everybody.
func TestRoles_SeeNoMoreThanTheirs(t *testing.T) {
	each(t, func(h *house) {
		id := h.blackEvaluating()
		for who, want := range map[string]struct{ name, facts, maker, resident bool }{
			"clerk": {true, true, true, true}, "c1": {name: true, facts: true}, "subject": {name: true}, "maker": {name: true, facts: true},
		} {
			m, err := h.svc.Matter(h.Context(), h.as(who), id)
			h.ok(err)
			if (m.Name != "") != want.name || (m.Facts != "") != want.facts || (m.Maker != "") != want.maker || (m.Resident != "") != want.resident {
				h.Fatalf("%s: %+v", who, m)
			}
		}
		for _, who := range []string{"other", "far", "sup", "d1", "township"} {
			_, err := h.svc.Matter(h.Context(), h.as(who), id)
			h.refused(err, "redblack.not_found")
			h.refused(h.svc.Known(h.Context(), h.as(who), id), "redblack.not_found")
		}
		h.council(id, "yes")
		h.does(redblack.Evaluated, "clerk", id, "adopt")
		m, err := h.svc.Matter(h.Context(), h.as("d1"), id)
		h.ok(err)
		if m.Name != "" || m.Facts != "" || m.Replied != nil || m.Deed != blackDeed || len(m.Available) != 1 || m.Available[0].Action != "consult" {
			h.Fatalf("%+v", m)
		}
		for who, n := range map[string]int{"clerk": 1, "d1": 1, "c1": 0, "other": 0, "sup": 0} {
			got, err := h.svc.Matters(h.Context(), h.as(who), redblack.MattersQuery{Region: yanjing, Limit: 10})
			h.ok(err)
			if len(got.Items) != n {
				h.Fatalf("%s has %d to do: %+v", who, len(got.Items), got.Items)
			}
		}
		own, err := h.svc.Own(h.Context(), h.as("subject"))
		h.ok(err)
		if len(own.About) != 1 || own.About[0].Facts != "" || own.About[0].Maker != "" || len(own.Made) != 0 {
			h.Fatalf("%+v", own)
		}
		var out bytes.Buffer
		h.ok(h.svc.ExportOwn(h.Context(), h.as("subject"), func(string) (io.Writer, error) { return &out, nil }))
		if !strings.Contains(out.String(), "车子坏在半路") || strings.Contains(out.String(), "装修垃圾倒在村道边的水沟里。") {
			h.Fatal(out.String())
		}
	})
}

// TestRemoval_LeavesNoTrace looks for the person in everything that is stored.
func TestRemoval_LeavesNoTrace(t *testing.T) {
	each(t, func(h *house) {
		ids := []string{}
		red := h.redListed()
		h.does(redblack.Declined, "subject", red, "remove_me")
		black := h.blackNotice()
		h.does(redblack.Notice, "other", black, "object", "text", "王德顺当天不在村里")
		h.does(redblack.Notice, "clerk", black, "resolve", "number", "1", "result", "dismissed", "reason", "王德顺当天在村里")
		h.days(12)
		h.does(redblack.Listed, "clerk", black, "list")
		h.does(redblack.Listed, "subject", black, "agree_naming")
		h.does(redblack.Listed, "clerk", black, "propose_naming", "basis", "consent", "days", "5")
		h.does(redblack.Listed, "sup", black, "approve_naming")
		h.does(redblack.Listed, "subject", black, "claim", "text", "王德顺已经清理")
		h.does(redblack.Corrected, "clerk", black, "confirm", "note", "王德顺家已清理", "council", "同意")
		h.gone(black, redblack.Corrected)
		for _, id := range append(ids, red, black) {
			steps, err := h.procs.Steps(h.Context(), h.row(id).CaseID)
			h.ok(err)
			text := fmt.Sprint(steps)
			for _, word := range []string{subject, "res-subject", "acc-subject", "acc-maker", "acc-other", "acc-c1", "清理", blackDeed, redDeed} {
				if strings.Contains(text, word) {
					h.Fatalf("the journal of the case tells %q: %s", word, text)
				}
			}
			c, err := h.procs.Case(h.Context(), h.row(id).CaseID)
			h.ok(err)
			if strings.HasPrefix(c.OpenedBy, "acc-") {
				h.Fatal("the case tells who said so")
			}
		}
		h.noName(subject)
	})
}

// noName looks for a name in the files of the archive.
func (h *house) noName(name string) {
	h.Helper()
	dir := filepath.Dir(strings.TrimPrefix(h.db.Options.URL, "sqlite:"))
	if h.db.Engine() != "sqlite" {
		return
	}
	seen := 0
	h.ok(filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path) //nolint:gosec // a file of this test
		seen += len(data)
		if bytes.Contains(data, []byte(name)) {
			h.Errorf("%s holds the name", path)
		}
		return err
	}))
	if seen == 0 {
		h.Fatal("no file was looked at")
	}
}

// TestLog_CommitsAndForgets makes the leaf's commitment again from what is shown.
func TestLog_CommitsAndForgets(t *testing.T) {
	each(t, func(h *house) {
		for _, list := range []func() string{h.redListed, h.blackListed} {
			id := list()
			e, on := h.onBoard(account.Caller{}, id)
			if !on || e.Log == nil {
				h.Fatalf("%+v", e)
			}
			raw, err := e.Committed()
			h.ok(err)
			leaf, err := h.db.Records().Leaves(h.Context(), e.Log.Index, 1)
			h.ok(err)
			if want := record.Commitment(e.Log.Salt, raw); len(leaf) != 1 || !bytes.Contains(leaf[0], []byte(want)) || !bytes.Contains(leaf[0], []byte(record.KindBoardListed)) {
				h.Fatalf("%s does not hold %s", leaf, want)
			}
			h.days(370)
			r := h.row(id)
			leaf, err = h.db.Records().Leaves(h.Context(), r.Log.Index, 1)
			h.ok(err)
			if len(r.Log.Salt) > 0 || !bytes.Contains(leaf[0], []byte(record.KindBoardRemoved)) {
				h.Fatalf("%+v %s", r.Log, leaf)
			}
		}
	})
}

func TestReports_HoldNoNames(t *testing.T) {
	each(t, func(h *house) {
		c := h.as("clerk")
		in := redblack.NewReport{Region: yanjing, Item: "C04", Period: "2026Q1"}
		_, err := h.svc.Report(h.Context(), c, by(c), in)
		h.refused(err, "redblack.nothing_to_report")
		h.redListed()
		h.blackListed()
		for _, item := range []string{"C04", "C05", "C06"} {
			in.Item, c = item, h.as("clerk")
			for _, in.Period = range []string{"2026Q1", "2026Q2"} {
				_, _ = h.svc.Report(h.Context(), c, by(c), in) // one of them has it
			}
		}
		if len(h.drafts.made) < 3 {
			h.Fatalf("%+v", h.drafts.made)
		}
		for _, d := range h.drafts.made {
			if text := fmt.Sprint(d); strings.Contains(text, subject) || strings.Contains(text, "王*顺") || strings.Contains(text, blackDeed) {
				h.Fatal(text)
			}
		}
		in.Item = "C07"
		_, err = h.svc.Report(h.Context(), c, by(c), in)
		h.refused(err, "request.invalid")
		in.Item, in.Period = "C05", "2026-Q1"
		_, err = h.svc.Report(h.Context(), c, by(c), in)
		h.refused(err, "request.invalid")
		in.Period = "2026Q1"
		_, err = h.svc.Report(h.Context(), h.as("other"), by(c), in)
		h.refused(err, "account.not_allowed")
	})
}

func TestRaces_OneKeeperWins(t *testing.T) {
	each(t, func(h *house) {
		id := h.nominate(redblack.Black)
		rev := h.row(id).Revision
		errs := make(chan error, 2)
		for _, who := range []string{"clerk", "director"} {
			c := h.as(who)
			go func() {
				_, err := h.svc.Act(context.WithoutCancel(h.Context()), c, by(c), id, procedure.Input{Action: "reject", Revision: rev, Fields: map[string]string{"reason": "核实不了"}})
				errs <- err
			}()
		}
		lost := 0
		for range 2 {
			if err := <-errs; err != nil {
				lost++
				if s := err.Error(); !strings.Contains(s, "redblack.raced") && !strings.Contains(s, "procedure.") && !strings.Contains(s, "redblack.not_found") {
					h.Error(err)
				}
			}
		}
		if lost != 1 {
			h.Fatalf("%d of two lost", lost)
		}
		other := h.nominate(redblack.Red)
		h.verify(other, redblack.Red)
		c := h.as("c1")
		for range 2 {
			go func() {
				_, err := h.svc.Act(context.WithoutCancel(h.Context()), c, by(c), other, procedure.Input{Action: "vote", Fields: map[string]string{"vote": "yes"}})
				errs <- err
			}()
		}
		first, second := <-errs, <-errs
		if (first == nil) == (second == nil) {
			h.Fatal("one voice counted twice, or never")
		}
	})
}

// TestReceipts_TellNothingOfAPerson looks at every answer to a write.
func TestReceipts_TellNothingOfAPerson(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		h.announce()
		id := h.nominate(redblack.Black)
		r, err := h.act("clerk", id, "verify", "resident", "res-subject", "deed", blackDeed, "month", "2026-03")
		h.ok(err)
		text, err := json.Marshal(r)
		h.ok(err)
		if strings.Contains(string(text), subject) || strings.Contains(string(text), "res-") || strings.Contains(string(text), "垃圾") {
			t.Fatal(string(text))
		}
		if slices.Contains(h.files.erased, "") {
			t.Fatal("an empty id was erased")
		}
	})
}

// TestRetries_AreAnsweredOnce repeats requests under their own keys.
func TestRetries_AreAnsweredOnce(t *testing.T) {
	each(t, func(h *house) {
		c := h.as("maker")
		act := by(c)
		act.Receipt = &audit.Receipt{Scope: "acc-maker POST /boards", Key: "k1", Digest: [32]byte{1}, Encode: func(any) (int, []byte, error) {
			return 201, []byte("{}"), nil
		}}
		first, err := h.svc.Nominate(h.Context(), c, act, h.entry(redblack.Black, subject))
		h.ok(err)
		_, err = h.svc.Nominate(h.Context(), c, act, h.entry(redblack.Black, subject))
		var replay *audit.Replay
		if !errors.As(err, &replay) || replay.Status != 201 {
			h.Fatalf("%v", err)
		}
		all, err := h.db.RedBlack().BoardEntries(h.Context(), redblack.Query{Region: yanjing, Limit: 10})
		h.ok(err)
		if len(all) != 1 || all[0].ID != first.ID {
			h.Fatalf("%+v", all)
		}
	})
}
