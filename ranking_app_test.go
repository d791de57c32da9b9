package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/prepared"
	"cunwu/service/ranking"
	"cunwu/service/region"
)

// lists writes to the rankings as the noun that lists deeds does.
func (s *started) lists(do func(ctx context.Context, tx ranking.Tx) error) {
	t := s.anon.t
	t.Helper()
	ctx := t.Context()
	err := s.db.Regions().InTx(ctx, dbtest.Act(), func(tx region.Tx) error {
		r, ok := tx.(ranking.Tx)
		if !ok {
			return errors.New("no transaction of rankings")
		}
		return errors.Join(do(ctx, r), tx.Record(ctx, audit.Event{Action: "test"}))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// listed lists deeds in a village, the first of them the earliest, and gives
// their ids.
func (s *started) listed(village region.Code, n int) []string {
	s.anon.t.Helper()
	var ids []string
	s.lists(func(ctx context.Context, tx ranking.Tx) error {
		for i := range n {
			d := ranking.Deed{
				ID: fmt.Sprintf("%s%012d0x", village, i), Region: village, Group: village + region.Code(fmt.Sprintf("%02d", i%2+1)),
				Title: fmt.Sprintf("雨夜帮邻居抢收玉米，第%d家", i+1), Clause: fmt.Sprintf("c%d", i%3), ClauseText: fmt.Sprintf("邻里相助之%d", i%3),
				Topic: "mutual_aid", ListedAt: s.clock.Now().Add(time.Duration(i-n) * time.Minute), Open: true,
			}
			ids = append(ids, d.ID)
			if err := tx.RankDeed(ctx, d); err != nil {
				return err
			}
		}
		return nil
	})
	return ids
}

func rankingPath(place, query string) string {
	return "/api/v1/boards/" + place + "/red/ranking?" + query
}

func endorsementPath(id string) string { return "/api/v1/boards/entries/" + id + "/endorsement" }

func (c client) endorse(id string, on bool) reply {
	c.t.Helper()
	method := http.MethodPut
	if !on {
		method = http.MethodDelete
	}
	return c.do(method, endorsementPath(id), nil, nil)
}

// rankedRow is one row of a ranking as a client reads it.
type rankedRow struct {
	Rank         int
	ID, Title    string
	Endorsements *int
	Entries      *int
	Per100       *float64 `json:"entries_per_100_households"`
	Tied         bool
	Small        bool `json:"small_sample"`
}

// rows reads a whole ranking, page by page.
func (c client) rows(place, query string) []rankedRow {
	c.t.Helper()
	var out []rankedRow
	cursor := ""
	for {
		var p struct {
			Items []rankedRow
			Next  string `json:"next_cursor"`
		}
		c.get(rankingPath(place, query+cursor)).want(http.StatusOK).into(&p)
		out = append(out, p.Items...)
		if p.Next == "" {
			return out
		}
		cursor = "&cursor=" + p.Next
	}
}

// brief tells rank, figure and tie of rows: "1:3 2:1= 2:1=".
func brief(rows []rankedRow) string {
	var out []string
	for _, r := range rows {
		s := fmt.Sprint(r.Rank, ":")
		switch {
		case r.Per100 != nil:
			s += fmt.Sprint(*r.Per100)
		case r.Endorsements != nil:
			s += fmt.Sprint(*r.Endorsements)
		case r.Entries != nil:
			s += fmt.Sprint(*r.Entries)
		}
		if r.Tied {
			s += "="
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

// Endorsing and what it is ranked by, through the door alone.
func TestRanking_WholeWay(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	h := s.hall(3)
	ids := s.listed(testVillage, 5)
	s.listed(otherVillage, 2)
	if r := h.voters[0].endorse(ids[3], true).want(http.StatusOK); r.at("endorsed") != true || r.at("endorsements") != 1.0 {
		t.Errorf("endorsed: %s", r.body)
	}
	for range 2 { // twice is once
		h.voters[1].endorse(ids[3], true).want(http.StatusOK)
		h.voters[1].endorse(ids[1], true).want(http.StatusOK)
	}
	if r := h.voters[2].endorse(ids[4], true).want(http.StatusOK); r.at("endorsements") != 1.0 {
		t.Errorf("first: %s", r.body)
	}
	if r := h.voters[2].get(endorsementPath(ids[3])).want(http.StatusOK); r.at("endorsed") != false || r.at("endorsements") != 2.0 {
		t.Errorf("of another: %s", r.body)
	}
	for _, limit := range []int{1, 2, 3, 50} {
		want := "1:2 2:1= 2:1= 4:0= 4:0="
		eventually(t, time.Second, want, func() bool { return brief(s.anon.rows(testVillage, fmt.Sprint("limit=", limit))) == want })
	}
	all := s.anon.rows(testCity, "by=deed&period=all&limit=2")
	if got := brief(all); got != "1:2 2:1= 2:1= 4:0= 4:0= 4:0= 4:0=" || !all[0].Small {
		t.Errorf("of the city: %s", got)
	}
	if got := []string{all[1].ID, all[2].ID}; !slices.Equal(got, []string{ids[1], ids[4]}) {
		t.Errorf("the earlier listing comes first: %v", got)
	}
	if got := s.anon.rows(testVillage, "by=clause"); brief(got) != "1:2= 1:2= 3:1" || got[0].Title != "邻里相助之0" {
		t.Errorf("clauses: %+v", got)
	}
	if got := s.anon.rows(testCounty, "by=clause"); brief(got) != "1:7" || got[0].ID != "mutual_aid" {
		t.Errorf("topics: %+v", got)
	}
	groups := s.anon.rows(testVillage, "by=group") // the roll of the hall: three households in the first group, none in the second
	if brief(groups) != "1:100" || groups[0].ID != testVillage+"01" || !groups[0].Small || *groups[0].Entries != 3 {
		t.Errorf("groups: %+v", groups)
	}
	if r := h.voters[1].endorse(ids[3], false).want(http.StatusOK); r.at("endorsed") != false || r.at("endorsements") != 1.0 {
		t.Errorf("taken back: %s", r.body)
	}
	h.voters[1].endorse(ids[3], false).want(http.StatusOK)
	want := "1:1= 1:1= 1:1= 4:0= 4:0="
	eventually(t, time.Second, want, func() bool { return brief(s.anon.rows(testVillage, "")) == want })
	t.Run("Export", func(t *testing.T) { h.exportsEndorsement(ids[1]) })
}

// exportsEndorsement finds an own endorsement in the export of own data.
func (h *hall) exportsEndorsement(id string) {
	t := h.voters[1].t
	t.Helper()
	caller, err := h.accounts.Authenticate(t.Context(), h.voters[1].token)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = ownEndorsements{h.App}.ExportOwn(t.Context(), caller, func(name string) (io.Writer, error) {
		if name != "endorsements.json" {
			t.Errorf("file %q", name)
		}
		return &out, nil
	})
	if err != nil || strings.Count(out.String(), "deed_id") != 1 || !strings.Contains(out.String(), id) {
		t.Errorf("%v: %s", err, out.String())
	}
}

// What is refused, with which code.
func TestRanking_Refusals(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	h := s.hall(2)
	ids := s.listed(testVillage, 3)
	there := s.listed(otherVillage, 1)
	mine := ids[2]
	s.deedAbout = func(_ context.Context, deed, resident string) (bool, error) {
		return deed == mine && resident != "", nil
	}
	type refused struct {
		by     client
		id     string
		status int
		code   string
	}
	for _, r := range []refused{
		{s.anon, ids[0], http.StatusUnauthorized, "auth.required"},
		{h.voters[0], "nothing", http.StatusNotFound, "ranking.deed_not_found"},
		{h.stranger, "nothing", http.StatusNotFound, "ranking.deed_not_found"},
		{h.stranger, ids[0], http.StatusForbidden, "ranking.not_villager"},
		{h.clerk, ids[0], http.StatusForbidden, "ranking.not_villager"},
		{h.voters[0], there[0], http.StatusForbidden, "ranking.not_villager"},
		{s.bound(h.office), ids[0], http.StatusForbidden, "ranking.standing_needed"},
		{h.voters[0], mine, http.StatusForbidden, "ranking.own_deed"},
	} {
		r.by.endorse(r.id, true).problem(r.status, r.code)
	}
	h.voters[0].endorse(ids[0], true).want(http.StatusOK)
	s.lists(func(ctx context.Context, tx ranking.Tx) error {
		return errors.Join(tx.CloseDeed(ctx, ids[0]), tx.DropDeed(ctx, ids[1]))
	})
	h.voters[1].endorse(ids[0], true).problem(http.StatusConflict, "ranking.closed")
	h.voters[0].endorse(ids[0], false).problem(http.StatusConflict, "ranking.closed")
	h.voters[0].endorse(ids[1], true).problem(http.StatusNotFound, "ranking.deed_not_found")
	h.voters[0].get(endorsementPath(ids[1])).problem(http.StatusNotFound, "ranking.deed_not_found")
	if got := s.anon.rows(testVillage, "period=all"); len(got) != 2 || *got[0].Endorsements != 1 {
		t.Errorf("a closed deed stays, a dropped one does not: %+v", got)
	}
	s.refusesQuestions()
}

// refusesQuestions asks for what no ranking gives.
func (s *started) refusesQuestions() {
	s.anon.t.Helper()
	next := s.anon.get(rankingPath(testVillage, "limit=1")).want(http.StatusOK).str("next_cursor")
	for query, code := range map[string]string{
		"period=2026-13": "ranking.period_invalid", "period=2026Q5": "ranking.period_invalid", "period=2999": "ranking.period_invalid",
		"period=2999-01": "ranking.period_invalid", "period=0": "ranking.period_invalid", "period=2026q3": "ranking.period_invalid",
		"limit=0": "request.invalid", "limit=51": "request.invalid", "limit=x": "request.invalid", "sort=likes": "request.invalid",
		"by=deed&by=clause": "request.invalid", "by=clause&cursor=" + next: "request.cursor_invalid", "limit=1&cursor=" + next[:8]: "request.cursor_invalid",
	} {
		s.anon.get(rankingPath(testVillage, query)).problem(http.StatusUnprocessableEntity, code)
	}
	s.anon.get(rankingPath(testCounty, "by=group")).problem(http.StatusUnprocessableEntity, "ranking.group_needs_village")
	s.anon.get(rankingPath(testVillage+"01", "")).want(http.StatusNotFound) // no such group
	s.anon.get(rankingPath("99", "by=person")).problem(http.StatusNotFound, "region.not_found")
	s.anon.get(rankingPath("5x", "")).problem(http.StatusUnprocessableEntity, "region.code_invalid")
}

// An endorsement shows within a second on every instance, at every level, and
// leaves the prepared pages of the feed alone.
func TestRanking_LiveOnEveryInstance(t *testing.T) {
	t.Parallel()
	settings := map[string]func(*testing.T) []string{
		"SQLite": func(*testing.T) []string { return nil },
		"MySQLAndRedis": func(t *testing.T) []string {
			t.Helper()
			env, _, _ := distributed(t)
			return env
		},
	}
	for name, env := range settings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, more := tempData(t), env(t)
			one := start(t, testConfig(t, dir, more...))
			two := start(t, testConfig(t, dir, more...))
			h := one.hall(3)
			id := one.listed(testVillage, 2)[1]
			feed := two.anon.get("/api/v1/feed?region=" + testCity).want(http.StatusOK)
			kept, _, ok := two.prepared.GetFast("/api/v1/feed?region=" + testCity)
			if !ok {
				t.Fatalf("the feed is not prepared: %s", feed.body)
			}
			for i, c := range h.voters {
				for _, place := range []string{testVillage, testTownship, testCounty, testCity, "51"} {
					for _, s := range []*started{one, two} {
						s.anon.get(rankingPath(place, "")).want(http.StatusOK)
					}
				}
				c.endorse(id, true).want(http.StatusOK)
				committed := time.Now()
				for _, place := range []string{testVillage, testTownship, testCounty, testCity, "51"} {
					for _, s := range []*started{one, two} {
						eventually(t, time.Second-time.Since(committed), "an endorsement at "+place, func() bool {
							return *s.anon.rows(place, "")[0].Endorsements == i+1
						})
					}
				}
			}
			if now, _, ok := two.prepared.GetFast("/api/v1/feed?region=" + testCity); !ok || now != kept {
				t.Error("endorsements have dropped the feed")
			}
		})
	}
}

// However many endorsements there are, a page that everybody looks at is made
// anew a few times a second at most.
func TestRanking_MadeSeldom(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	ids := s.listed(testVillage, 3)
	path := rankingPath(testCity, "")
	made, started := map[*prepared.Answer]bool{}, time.Now()
	for n := 0; time.Since(started) < 2*time.Second; n++ {
		out := s.db.Rankings().Endorse(t.Context(), []ranking.Endorsement{{Deed: ids[n%3], Resident: fmt.Sprint("r", n), Village: testVillage, On: true}})
		if out[0].Err != nil {
			t.Fatal(out[0].Err)
		}
		s.anon.get(path).want(http.StatusOK)
		if a, _, ok := s.prepared.GetFast(path); ok {
			made[a] = true
		}
	}
	if took := time.Since(started).Seconds(); float64(len(made)) > 3*took+2 {
		t.Errorf("made %d times in %.1f s", len(made), took)
	}
}

// personal is what would make an ordering one of people, offices or places.
var (
	ordersPath  = regexp.MustCompile(`(?i)(^|[/_.-])(rank[a-z]*|leader[a-z]*|top|scores?|points|likes|best|worst|competitions?)([/_.-]|$)`)
	ordersQuery = regexp.MustCompile(`(?i)^(by|sort|order|order_by|rank|ranking|top|score|orderby|sort_by)$`)
	ordersField = regexp.MustCompile(`(?i)^(rank|ranking|place_in|position|points|total_score|score_total|likes|leaderboard)$`)
	rankedKinds = []any{"deed", "clause", "group"}
)

// No ranking of persons, cadres or villages can be had: the one ranking refuses
// all but deeds, clauses and groups, with a sentence that says why; and no other
// operation, page or parameter orders anything.
func TestRanking_NeverOfPeople(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	s.listed(testVillage, 2)
	for _, by := range []string{
		"person", "resident", "villager", "household", "family", "cadre", "official", "clerk", "director", "village", "township", "county", "region",
		"likes", "votes", "score", "points", "logins", "endorser", "account", "name", "DEED", "deed,person", "deed ", "个人", "干部", "村",
	} {
		for _, place := range []string{testVillage, testCity} {
			r := s.anon.do(http.MethodGet, rankingPath(place, "period=all&by="+strings.ReplaceAll(by, " ", "%20")), nil, nil)
			r.problem(http.StatusUnprocessableEntity, "ranking.by_unknown")
			if d := r.str("detail"); !strings.Contains(d, "不给人、干部和村排名") || !strings.Contains(d, "国办函〔2026〕12号") {
				t.Errorf("by=%s says %q", by, d)
			}
		}
	}
	t.Run("Document", func(t *testing.T) { s.documentOrdersNothing(t) })
	t.Run("Routes", func(t *testing.T) {
		engine, ok := s.server.Handler.(*gin.Engine)
		if !ok {
			t.Fatal("another engine")
		}
		for _, r := range engine.Routes() {
			if r.Path != "/api/v1/boards/:region/red/ranking" && ordersPath.MatchString(r.Path) {
				t.Errorf("%s %s looks like a ranking", r.Method, r.Path)
			}
		}
	})
	t.Run("Rows", func(t *testing.T) {
		for _, by := range rankedKinds {
			body := string(s.anon.get(rankingPath(testVillage, fmt.Sprint("period=all&by=", by))).want(http.StatusOK).body)
			for _, field := range []string{"name\":\"", "resident", "account", "person", "photo"} {
				if strings.Contains(strings.NewReplacer("region_name", "", "group_name", "").Replace(body), `"`+field) {
					t.Errorf("by=%s tells %s: %s", by, field, body)
				}
			}
		}
	})
}

// documentOrdersNothing walks all operations of the document, and asks each that
// lists something for an order.
func (s *started) documentOrdersNothing(t *testing.T) {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters []struct {
				Name, In string
				Schema   struct{ Enum []any }
			}
		}
		Components struct {
			Schemas map[string]struct {
				Properties map[string]json.RawMessage
			}
		}
	}
	s.anon.get("/openapi.json").want(http.StatusOK).into(&doc)
	const one = "/api/v1/boards/{region}/red/ranking"
	if len(doc.Paths) < 50 || doc.Paths[one] == nil {
		t.Fatalf("%d paths", len(doc.Paths))
	}
	for path, ops := range doc.Paths {
		if path != one && ordersPath.MatchString(path) {
			t.Errorf("%s looks like a ranking", path)
		}
		for method, op := range ops {
			for _, p := range op.Parameters {
				switch {
				case path == one && p.Name == "by":
					if !slices.Equal(p.Schema.Enum, rankedKinds) {
						t.Errorf("by is one of %v", p.Schema.Enum)
					}
				case p.In == "query" && ordersQuery.MatchString(p.Name):
					t.Errorf("%s %s can be ordered by %s", method, path, p.Name)
				}
			}
		}
		if _, ok := ops["get"]; ok && !strings.Contains(path, "{") {
			plain := s.anon.get(path + "?region=" + testCity)
			for _, order := range []string{"sort=likes", "order=votes", "by=village", "rank=cadre", "top=10"} {
				if r := s.anon.get(path + "?region=" + testCity + "&" + order); r.status == http.StatusOK && !bytes.Equal(r.body, plain.body) {
					t.Errorf("%s answers differently with %s", path, order)
				}
			}
		}
	}
	for name, schema := range doc.Components.Schemas {
		for field := range schema.Properties {
			if ordersField.MatchString(field) && name != "RankingRow" {
				t.Errorf("%s has %s", name, field)
			}
		}
	}
}
