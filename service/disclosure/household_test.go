package disclosure_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/region"
)

// roll puts households with one resident each on a village's roll.
func (h *house) roll(at region.Code, numbers ...string) {
	h.t.Helper()
	var homes []account.Household
	var people []account.Resident
	for _, n := range numbers {
		id := "home" + string(at) + n
		homes = append(homes, account.Household{ID: id, Village: at, Number: n})
		people = append(people, account.Resident{
			ID: "person" + string(at) + n, Village: at, HouseholdID: id, State: account.OnRoll, NameMAC: make([]byte, 32),
			Sealed: account.Sealed{Key: "t", Blob: []byte{1}},
		})
	}
	err := h.db.Accounts().InTx(h.t.Context(), dbtest.Act(), func(tx account.Tx) error {
		if err := tx.AddHouseholds(h.t.Context(), homes); err != nil {
			return err
		}
		if err := tx.AddResidents(h.t.Context(), people); err != nil {
			return err
		}
		return tx.Record(h.t.Context(), audit.Event{Action: "test.roll", Object: "roll", Result: "ok"})
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// member is a verified villager of a household.
func member(at region.Code, number string) account.Caller {
	c := villager(at)
	c.AccountID, c.ResidentID = c.AccountID+number, "person"+string(at)+number
	return c
}

func (h *house) concerns(by account.Caller) []disclosure.Concern {
	h.t.Helper()
	p, err := h.svc.MyHousehold(h.t.Context(), by, 0, 50)
	if err != nil {
		h.t.Fatal(err)
	}
	return p.Items
}

func (h *house) setHouseholds(id string, entries ...disclosure.HouseholdEntry) (int, error) {
	h.t.Helper()
	by := h.holder(account.Clerk, yanjing)
	return h.svc.SetHouseholds(h.t.Context(), by, act(by), id, entries)
}

func TestService_WhatConcernsAHousehold(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.roll(yanjing, "1", "2")
		h.roll(liushu, "1")
		p := h.draft(yanjing, "D02", "2026-02", accounts())
		entries := []disclosure.HouseholdEntry{{Number: "1", Summary: "分红", AmountFen: 200_00}, {Number: "2", Summary: "分红和补差", AmountFen: 260_00}}
		if n, err := h.setHouseholds(p.ID, entries...); n != 2 || err != nil {
			t.Fatalf("%d %v %v", n, err, fields(err))
		}
		if got := h.concerns(member(yanjing, "1")); len(got) != 0 {
			t.Errorf("before it is published: %+v", got)
		}
		h.publish(p.ID)
		for number, want := range map[string]int64{"1": 200_00, "2": 260_00} {
			got := h.concerns(member(yanjing, number))
			if len(got) != 1 || got[0].AmountFen != want || got[0].PostingID != p.ID || got[0].Title != "2026年一季度收支" ||
				got[0].ItemName != "财务收支逐笔明细" || got[0].Period != "2026-02" || got[0].RegionName != "盐井村" {
				t.Errorf("household %s reads %+v", number, got)
			}
		}
		if got := h.concerns(member(liushu, "1")); len(got) != 0 {
			t.Errorf("the household of that number elsewhere reads %+v", got)
		}
		for name, by := range map[string]account.Caller{
			"clerk": h.holder(account.Clerk, yanjing), "township": h.holder(account.TownshipRole, "510821102"), "unbound": {AccountID: "acc"},
		} {
			if _, err := h.svc.MyHousehold(t.Context(), by, 0, 50); !errors.Is(err, disclosure.ErrVerifiedOnly) {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err := h.svc.MyHousehold(t.Context(), account.Caller{}, 0, 50)
		refused(t, err, account.ErrRequired)
		if n, err := h.svc.ConcernedHouseholds(t.Context(), h.holder(account.Supervisor, yanjing), p.ID); n != 2 || err != nil {
			t.Errorf("count %d %v", n, err)
		}
		if _, err := h.svc.ConcernedHouseholds(t.Context(), member(yanjing, "1"), p.ID); !errors.Is(err, disclosure.ErrNotFound) {
			t.Errorf("a villager counts: %v", err)
		}
		// Written anew they replace the old ones.
		if _, err := h.setHouseholds(p.ID, entries[1]); err != nil {
			t.Fatal(err)
		}
		if got := h.concerns(member(yanjing, "1")); len(got) != 0 {
			t.Errorf("replaced: %+v", got)
		}
		// Nothing of them is where it could be read by others.
		h.nowhere(t, "补差")
		h.do(p.ID, "withdraw", map[string]string{"reason": "写了个人情况", "kind": "privacy"})
		h.correctDraft(p.ID)
		if got := h.concerns(member(yanjing, "2")); len(got) != 0 {
			t.Errorf("after a withdrawal for privacy: %+v", got)
		}
	})
}

// correctDraft publishes what was taken down once more.
func (h *house) correctDraft(id string) { h.t.Helper(); h.publish(id) }

// nowhere demands that a text is in no entry of the record and no event.
func (h *house) nowhere(t *testing.T, text string) {
	t.Helper()
	for _, l := range h.log() {
		if strings.Contains(string(l.raw), text) {
			t.Errorf("the public record tells %s", l.raw)
		}
	}
	events, err := h.db.AuditEvents(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if strings.Contains(fmt.Sprintf("%+v", e), text) {
			t.Errorf("the journal tells %+v", e)
		}
	}
}

func TestService_HouseholdRefusals(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.roll(yanjing, "1")
		p := h.put(yanjing, "D02", "2026-02", accounts())
		one := disclosure.HouseholdEntry{Number: "1", Summary: "分红", AmountFen: 1}
		_, err := h.setHouseholds(p.ID, one, disclosure.HouseholdEntry{Number: "99", Summary: "分红"})
		if at := refused(t, err, disclosure.ErrHouseholdUnknown); !slices.Equal(at, []string{"body.entries[1].household"}) || !strings.Contains(fault.Of(err).Fields[0].Message, "99") {
			t.Errorf("%v", fault.Of(err).Fields)
		}
		for name, x := range map[string]struct {
			entries []disclosure.HouseholdEntry
			want    *fault.Fault
		}{
			"negative": {[]disclosure.HouseholdEntry{{Number: "1", Summary: "分红", AmountFen: -1}}, fault.ErrInvalid},
			"unsaid":   {[]disclosure.HouseholdEntry{{Number: "1"}}, fault.ErrInvalid},
			"twice":    {[]disclosure.HouseholdEntry{one, {Number: " 1", Summary: "分红"}}, fault.ErrInvalid},
			"too many": {make([]disclosure.HouseholdEntry, 5001), fault.ErrInvalid},
			"private":  {[]disclosure.HouseholdEntry{{Number: "1", Summary: "电话13812345678"}}, disclosure.ErrPrivate},
		} {
			if _, err := h.setHouseholds(p.ID, x.entries...); !errors.Is(err, x.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		for name, x := range map[string]struct {
			by   account.Caller
			want error
		}{
			"stranger": {account.Caller{}, account.ErrRequired}, "villager": {villager(yanjing), account.ErrMayNot},
			"clerk of elsewhere": {h.holder(account.Clerk, liushu), account.ErrMayNot},
			"supervisor":         {h.holder(account.Supervisor, yanjing), account.ErrMayNot},
		} {
			_, err := h.svc.SetHouseholds(t.Context(), x.by, act(x.by), p.ID, []disclosure.HouseholdEntry{one})
			if !errors.Is(err, x.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if got := h.concerns(member(yanjing, "1")); len(got) != 0 {
			t.Errorf("something was written: %+v", got)
		}
	})
}

func TestService_HouseholdPages(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.roll(yanjing, "1")
		var want []string
		for i := range 5 {
			p := h.put(yanjing, "A02", "2026", plain(fmt.Sprintf("第%d件事", i)))
			if _, err := h.setHouseholds(p.ID, disclosure.HouseholdEntry{Number: "1", Summary: "一份", AmountFen: int64(i)}); err != nil {
				t.Fatal(err)
			}
			want = append([]string{p.ID}, want...)
			h.db.Clock.Advance(time.Minute)
		}
		var got []string
		before := int64(0)
		for {
			p, err := h.svc.MyHousehold(t.Context(), member(yanjing, "1"), before, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range p.Items {
				got = append(got, c.PostingID)
			}
			if before = p.Next; before == 0 {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("pages give %v, want %v", got, want)
		}
	})
}
