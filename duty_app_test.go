package main

import (
	"net/http"
	"testing"
	"time"

	"cunwu/service/calendar"
)

const dutiesPath = "/api/v1/regions/" + testVillage + "/duties"

// overdueMonth gives the newest month of D02 that the test village owes.
func overdueMonth(t *testing.T, s *started) string {
	t.Helper()
	for _, state := range []string{"overdue", "very_overdue"} {
		r := s.anon.get(dutiesPath + "?item=D02&limit=1&state=" + state).want(http.StatusOK)
		if items, ok := r.at("items").([]any); ok && len(items) > 0 {
			return r.str("items", 0, "period")
		}
	}
	t.Fatal("nothing of D02 is overdue")
	return ""
}

// What is due is computed for everybody to see; a publication does it, and the
// numbers of all places above follow.
func TestDuties_PublishDoes(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	o := s.staff()
	period := overdueMonth(t, s)
	before := s.anon.get("/api/v1/regions/" + testCity + "/duties").want(http.StatusOK)
	if n, ok := before.at("total", "overdue").(float64); !ok || n == 0 {
		t.Errorf("a city in which nothing was published owes nothing: %s", clip(before.body))
	}
	id := o.publish(draftOf(testVillage, period))
	r := s.anon.get(dutiesPath + "?item=D02&period=" + period).want(http.StatusOK)
	if r.str("items", 0, "state") != "done_late" || r.str("items", 0, "disclosure_id") != id {
		t.Errorf("%s", r.body)
	}
	for _, place := range []string{testTownship, testCounty, testCity, "51"} {
		eventually(t, 5*time.Second, "counted in "+place, func() bool {
			r := s.anon.get("/api/v1/regions/" + place + "/duties?state=done_late").want(http.StatusOK)
			children, ok := r.at("children").([]any)
			return r.at("total", "done_late") == 1.0 && ok && len(children) == 1 && r.str("by_item", 0, "period") == period
		})
	}
	if e := r.header.Get("ETag"); e != "" {
		s.anon.do(http.MethodGet, dutiesPath+"?item=D02&period="+period, nil, map[string]string{"If-None-Match": e}).want(http.StatusNotModified)
	}
	for path, want := range map[string]int{
		"/api/v1/regions/510821102999/duties": http.StatusNotFound, "/api/v1/regions/5/duties": http.StatusUnprocessableEntity,
		"/api/v1/regions/51082110220001/duties": http.StatusUnprocessableEntity, dutiesPath + "?state=late": http.StatusUnprocessableEntity,
		dutiesPath + "?cursor=AAAA": http.StatusUnprocessableEntity, dutiesPath + "?limit=501": http.StatusUnprocessableEntity,
		dutiesPath + "?q=1": http.StatusUnprocessableEntity,
	} {
		s.anon.get(path).want(want)
	}
}

func TestDuties_Acts(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	o := s.staff()
	today := time.Now().In(calendar.China).Format(time.DateOnly)

	t.Run("Event", func(t *testing.T) {
		body := obj{"item_code": "B03", "event_on": today, "title": "村民代表会议通过路灯维修方案"}
		s.anon.post(dutiesPath+"/events", body).problem(http.StatusUnauthorized, "auth.required")
		for _, c := range []client{o.villager, o.stranger, o.otherClerk} {
			c.post(dutiesPath+"/events", body).problem(http.StatusForbidden, "account.not_allowed")
		}
		first := o.clerk.post(dutiesPath+"/events", body, "Idempotency-Key", "event-1").want(http.StatusOK)
		again := o.clerk.post(dutiesPath+"/events", body, "Idempotency-Key", "event-1").want(http.StatusOK)
		if first.str("state") != "due" || string(first.body) != string(again.body) || again.header.Get("Idempotent-Replayed") == "" {
			t.Errorf("%s\n%s", first.body, again.body)
		}
		o.supervisor.post(dutiesPath+"/events", body).want(http.StatusOK)
		r := s.anon.get(dutiesPath + "?item=B03").want(http.StatusOK)
		if items, ok := r.at("items").([]any); !ok || len(items) != 1 {
			t.Errorf("%s", r.body)
		}
		o.clerk.post(dutiesPath+"/events", obj{"item_code": "D02", "event_on": today, "title": "开会"}).problem(http.StatusUnprocessableEntity, "duty.item_periodic")
		o.clerk.post(dutiesPath+"/events", obj{"item_code": "B03", "event_on": today, "title": "请联系13812345678"}).problem(http.StatusUnprocessableEntity, "duty.private_data")
	})
	t.Run("Extension", func(t *testing.T) {
		until := time.Now().In(calendar.China).AddDate(0, 0, 10).Format(time.DateOnly)
		body := obj{"item_code": "D02", "period": overdueMonth(t, s), "reason": "凭证在县里审计，尚未退回。", "until": until}
		o.clerk.post(dutiesPath+"/extensions", body).problem(http.StatusForbidden, "account.not_allowed")
		r := o.township.post(dutiesPath+"/extensions", body).want(http.StatusOK)
		if r.str("state") != "extended" || r.str("extension", "until") != until || r.str("extension", "decided_by") == "" {
			t.Errorf("%s", r.body)
		}
		for _, place := range []string{testTownship, testCity} {
			eventually(t, 5*time.Second, "extension counted in "+place, func() bool {
				return s.anon.get("/api/v1/regions/"+place+"/duties").want(http.StatusOK).at("total", "extended") == 1.0
			})
		}
	})
	t.Run("Exemption", func(t *testing.T) {
		body := obj{"item_code": "D02", "period": "2026-01", "reason": "没有这类收支。"}
		body["period"] = overdueMonth(t, s)
		o.director.post(dutiesPath+"/exemptions", body).problem(http.StatusForbidden, "account.not_allowed")
		r := o.township.post(dutiesPath+"/exemptions", body).want(http.StatusOK)
		if r.str("state") != "not_applicable" || r.str("exemption", "reason") == "" {
			t.Errorf("%s", r.body)
		}
		body["period"] = "2031-01"
		o.township.post(dutiesPath+"/exemptions", body).problem(http.StatusUnprocessableEntity, "duty.unknown")
	})
	t.Run("Demand", func(t *testing.T) {
		o.stranger.post(dutiesPath+"/demands", obj{"item_code": "D05"}).problem(http.StatusForbidden, "duty.not_of_village")
		o.villager.post(dutiesPath+"/demands", obj{"item_code": "Z99"}).problem(http.StatusUnprocessableEntity, "duty.item_unknown")
		o.villager = s.bound(o)
		elsewhere := "/api/v1/regions/" + otherVillage + "/duties/demands"
		o.villager.post(elsewhere, obj{"item_code": "D05"}).problem(http.StatusForbidden, "duty.not_of_village")
		r := o.villager.post(dutiesPath+"/demands", obj{"item_code": "D05"}).want(http.StatusOK) // a tenth of three is one
		if r.str("duty", "event", "kind") != "demanded" {
			t.Errorf("%s", r.body)
		}
		o.villager.post(dutiesPath+"/demands", obj{"item_code": "D05"}).problem(http.StatusConflict, "duty.already_demanded")
	})
}
