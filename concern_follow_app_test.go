package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// What follows from concerns, through the door: similar ones, several acts at
// once, notices, figures, indicators and the monthly list.
func TestConcern_WhatFollows(t *testing.T) {
	s := start(t, testConfig(t, tempData(t)))
	h := s.hall(3)
	o := h.office
	var ids []string
	for i, by := range h.voters[:3] {
		id := by.post("/api/v1/concerns", newMatter).want(http.StatusCreated).str("id")
		if i == 0 {
			o.clerk.post("/api/v1/concerns/"+id+"/actions", obj{"action": "show"}).want(http.StatusOK)
		}
		ids = append(ids, id)
	}
	t.Run("Similar", func(t *testing.T) {
		path := "/api/v1/concerns/similar?region=" + testVillage + "&category=road&text=" + url.QueryEscape("堰塘边的路垮了半边，骑车很危险")
		got := h.voters[1].get(path).want(http.StatusOK)
		if got.str("items", 0, "id") != ids[0] || strings.Contains(string(got.body), ids[2]) || strings.Contains(string(got.body), "13800138000") {
			t.Errorf("%s", clip(got.body))
		}
		s.anon.get(path).problem(http.StatusUnauthorized, "auth.required")
		h.voters[1].get(strings.Replace(path, "road", "roads", 1)).problem(http.StatusUnprocessableEntity, "concern.query_invalid")
	})
	t.Run("Batch", func(t *testing.T) {
		body := obj{"ids": append([]string{"nothing"}, ids...), "action": "register"}
		for range 2 {
			got := o.clerk.post("/api/v1/concerns/batch", body, "Idempotency-Key", "all").want(http.StatusOK)
			if got.at("items", 0, "ok") != false || got.str("items", 0, "code") != "concern.not_found" || got.at("items", 3, "ok") != true {
				t.Errorf("%s", clip(got.body))
			}
		}
		o.clerk.post("/api/v1/concerns/batch", obj{"action": "register"}).problem(http.StatusUnprocessableEntity, "request.invalid")
		o.clerk.post("/api/v1/concerns/batch", obj{"ids": []string{}, "action": "register"}).problem(http.StatusUnprocessableEntity, "request.invalid")
		assign := obj{"ids": ids, "action": "assign", "handler": "村委会主任"}
		if got := o.clerk.post("/api/v1/concerns/batch", assign).want(http.StatusOK); got.str("items", 2, "state") != "in_progress" {
			t.Errorf("%s", clip(got.body))
		}
	})
	finish := obj{"ids": ids, "action": "finish", "result": "垮塌的路段已经修好，装了护栏。"}
	o.director.post("/api/v1/concerns/batch", finish).want(http.StatusOK)
	h.voters[0].post("/api/v1/concerns/"+ids[0]+"/actions", obj{"action": "rate", "rating": "satisfied"}).want(http.StatusOK)
	if err := s.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Run("Notices", func(t *testing.T) {
		if got := h.voters[1].get("/api/v1/me/messages").want(http.StatusOK); !strings.Contains(string(got.body), "您说的事办结了，请您评价") {
			t.Errorf("%s", clip(got.body))
		}
	})
	t.Run("Figures", func(t *testing.T) {
		got := s.anon.get("/api/v1/concerns/figures?region=" + testCity).want(http.StatusOK)
		if got.at("total", "raised") != 3.0 || got.at("total", "closed") != 3.0 || got.at("total", "rated") != nil {
			t.Errorf("%s", clip(got.body))
		}
		if got := o.clerk.get("/api/v1/concerns/figures?region=" + testVillage).want(http.StatusOK); got.at("total", "content") != 1.0 {
			t.Errorf("%s", clip(got.body))
		}
		s.anon.get("/api/v1/concerns/figures?region="+testVillage+"&from=2026-99").problem(http.StatusUnprocessableEntity, "concern.query_invalid")
		if got := s.anon.get("/api/v1/indicators?region=" + testVillage + "&period=2026").want(http.StatusOK); !strings.Contains(string(got.body), "说事满意率") {
			t.Errorf("%s", clip(got.body))
		}
	})
	t.Run("MonthlyList", func(t *testing.T) {
		month := s.clock.Now().Format("2006-01")
		got := o.clerk.post("/api/v1/regions/"+testVillage+"/concerns/report", obj{"month": month}).want(http.StatusCreated)
		if got.str("item_code") != "C03" || strings.Contains(string(got.body), "13800138000") || !strings.Contains(string(got.body), "村委会主任") {
			t.Errorf("%s", clip(got.body))
		}
		h.voters[0].post("/api/v1/regions/"+testVillage+"/concerns/report", obj{"month": month}).problem(http.StatusForbidden, "account.not_allowed")
	})
}
