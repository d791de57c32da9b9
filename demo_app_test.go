package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cunwu/demo"
)

// The demo as a newcomer meets it: its pages list consultations and ballots to
// strangers, results can be fetched, and its villagers can vote. A start that
// was cut short begins anew, and a second start keeps what is there.
func TestDemo(t *testing.T) {
	t.Parallel()
	dir := tempData(t)
	cfg := testConfig(t, dir)
	path := strings.TrimPrefix(cfg.DatabaseURL, "sqlite:")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".seeding", []byte("cut short"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, first := range []bool{true, false} {
		if got, err := seedIfNew(t.Context(), cfg, quiet()); err != nil || got != first {
			t.Fatal(got, err)
		}
	}
	if left, err := filepath.Glob(path + ".seeding*"); err != nil || len(left) > 0 {
		t.Error(left, err)
	}
	app, err := NewApp(t.Context(), withDemoAccount(cfg), quiet(), demoOptions(nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := &started{App: app, anon: client{t: t, base: "http://" + app.Addr()}}
	t.Cleanup(func() { _ = app.Close(t.Context()) })
	t.Run("Consultations", func(t *testing.T) { testDemoTalks(t, s) })
	t.Run("Ballots", func(t *testing.T) { testDemoBallots(t, s) })
	t.Run("Boards", func(t *testing.T) { testDemoBoards(t, s) })
}

// testDemoBoards: a stranger reads the lists by the names that people use of
// places, and no name of anybody on the black one.
func testDemoBoards(t *testing.T, s *started) {
	type item struct{ ID, State, Name, Deed string }
	var red, black struct {
		RegionName   string `json:"region_name"`
		Announcement struct{ Clauses []struct{ Title string } }
		Items        []item
	}
	at := "/api/v1/boards/" + string(demo.Village)
	s.anon.get(at + "/red?limit=50").want(http.StatusOK).into(&red)
	s.anon.get(at + "/black").want(http.StatusOK).into(&black)
	if red.RegionName != "盐井村" || len(red.Announcement.Clauses) == 0 || red.Announcement.Clauses[0].Title != "盐井村村规民约" {
		t.Errorf("%q, %v", red.RegionName, red.Announcement)
	}
	if len(red.Items) < 8 || len(black.Items) == 0 {
		t.Errorf("%d red and %d black entries", len(red.Items), len(black.Items))
	}
	named := 0
	for _, e := range red.Items {
		s.anon.get("/e/" + e.ID).want(http.StatusOK)
		if e.Name != "" {
			named++
		}
	}
	if named == 0 || named == len(red.Items) {
		t.Errorf("%d of %d red entries are named", named, len(red.Items))
	}
	for _, e := range black.Items {
		if e.Name != "" {
			t.Errorf("%s is named to a stranger", e.ID)
		}
	}
	for _, by := range []string{"deed", "clause", "group"} {
		if s.anon.get(at+"/red/ranking?period=all&by="+by).want(http.StatusOK).at("region_name") != "盐井村" {
			t.Errorf("the place of the ranking by %s", by)
		}
	}
	s.anon.get("/r/" + string(demo.Village) + "/boards").want(http.StatusOK)
	s.anon.get("/r/" + string(demo.Village) + "/covenant").want(http.StatusOK)
}

func testDemoTalks(t *testing.T, s *started) {
	var page struct {
		Items []struct{ ID, Region, State string }
	}
	s.anon.get("/api/v1/consultations?region=" + string(demo.City)).want(http.StatusOK).into(&page)
	places, grouped := map[string]bool{}, 0
	for _, c := range page.Items {
		places[c.Region] = true
		s.anon.get("/c/" + c.ID).want(http.StatusOK)
		if g := s.anon.get("/api/v1/consultations/" + c.ID + "/groups").want(http.StatusOK); g.at("groups_shown") == true {
			grouped++
		}
	}
	if len(page.Items) < 6 || len(places) < 6 || grouped != 1 {
		t.Errorf("%d consultations of %d villages, %d with groups", len(page.Items), len(places), grouped)
	}
}

func testDemoBallots(t *testing.T, s *started) {
	var page struct {
		Items []struct {
			ID, Region, State string
			Sealed            bool
		}
	}
	s.anon.get("/api/v1/ballots?region=" + string(demo.City)).want(http.StatusOK).into(&page)
	certified := map[bool]int{}
	open := ""
	for _, b := range page.Items {
		at := "/api/v1/ballots/" + b.ID
		switch b.State {
		case "certified":
			certified[b.Sealed]++
			s.anon.get(at + "/result").want(http.StatusOK)
			s.anon.get(at + "/export").want(http.StatusOK)
		case "open":
			open = at
			if b.Region != string(demo.Village) {
				t.Errorf("open in %s", b.Region)
			}
		}
	}
	if certified[false] < 3 || certified[true] != 1 || open == "" {
		t.Fatalf("%v certified, open: %q", certified, open)
	}
	for _, code := range []string{"demo-villager-510821102200-1", "demo-villager-510821102200-12"} {
		v := s.anon.signIn(code)
		if r := v.get(open).want(http.StatusOK); r.at("can_vote", "ok") != true {
			t.Errorf("%s cannot vote: %s", code, clip(r.body))
		}
		v.post(open+"/casts", obj{"choices": []string{"o1", "o2"}}).want(http.StatusOK)
	}
}
