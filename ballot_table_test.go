package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"cunwu/service/calendar"
)

// paperPNG is a picture unlike those of other shades.
func paperPNG(t *testing.T, shade uint8) []byte {
	t.Helper()
	p := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range p.Pix {
		p.Pix[i] = shade
	}
	p.Set(1, 1, color.White)
	var b bytes.Buffer
	if err := png.Encode(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestBallots_Table: a paper counts when a second person has compared it with
// its picture, which the two of them can open and nobody else.
func TestBallots_Table(t *testing.T) {
	t.Parallel()
	h := start(t, testConfig(t, tempData(t))).hall(8)
	second := h.person(9).redeem(h.appoint(h.township, "clerk", testVillage))
	foreign := h.person(10).redeem(h.appoint(h.township, "supervisor", otherVillage))
	id, closes := h.question(obj{"revote": true})
	path := "/api/v1/ballots/" + id
	first := h.clerk.upload("a.png", paperPNG(t, 10)).want(http.StatusCreated)
	again := h.clerk.upload("b.png", paperPNG(t, 10)).want(http.StatusCreated).str("id")
	own := h.voters[0].upload("c.png", paperPNG(t, 30)).want(http.StatusCreated).str("id")
	secondOwn := second.upload("d.png", paperPNG(t, 40)).want(http.StatusCreated).str("id")
	voter, other := h.residentOf(2), h.residentOf(3)
	sheet := func(voter, media string) obj { return obj{"voter": voter, "choices": []string{"no"}, "media": media} }
	h.refuse(t, []string{id}, map[string]refused{
		"NoPicture":     {h.clerk, path + "/sheets", sheet(voter, ""), 422, "ballot.sheet_image_needed"},
		"NoSuchPicture": {h.clerk, path + "/sheets", sheet(voter, "nope"), 422, "ballot.sheet_image_needed"},
		"OthersPicture": {h.clerk, path + "/sheets", sheet(voter, own), 422, "ballot.sheet_image_needed"},
		"ByAVillager":   {h.voters[0], path + "/sheets", sheet(voter, own), 403, "account.not_allowed"},
		"BySupervisor":  {h.supervisor, path + "/sheets", sheet(voter, own), 422, "ballot.sheet_image_needed"},
		"OfNobody":      {h.clerk, path + "/sheets", sheet("nobody", first.str("id")), 422, "ballot.voter_unknown"},
		"BadChoice":     {h.clerk, path + "/sheets", obj{"voter": voter, "choices": []string{"yes", "no"}, "media": first.str("id")}, 422, "ballot.choice_invalid"},
		"Unknown":       {h.supervisor, path + "/sheets/1/actions", obj{"action": "confirm"}, 404, "ballot.not_found"},
	})
	h.voters[2].post(path+"/casts", obj{"choices": []string{"yes"}}).want(http.StatusOK)
	h.clerk.post(path+"/sheets", sheet(voter, first.str("id"))).want(http.StatusCreated)
	h.clerk.post(path+"/sheets", sheet(other, again)).problem(http.StatusConflict, "ballot.sheet_image_used")
	second.post(path+"/sheets", sheet(other, secondOwn)).want(http.StatusCreated)

	// The picture, large and small.
	shown := h.supervisor.get(path + "/sheets").want(http.StatusOK)
	image := shown.str("items", 0, "image")
	objects, err := h.db.Media().Objects(t.Context(), []string{first.str("id")})
	if err != nil || len(objects) != 1 || objects[0].Path() != image || objects[0].ThumbPath() == "" {
		t.Fatal(objects, image, err)
	}
	for _, file := range []string{image, objects[0].ThumbPath()} {
		for name, c := range map[string]struct {
			who  client
			want int
		}{
			"clerk": {h.clerk, 200}, "supervisor": {h.supervisor, 200}, "second clerk": {second, 404}, "director": {h.director, 404},
			"township": {h.township, 404}, "county": {h.admin, 404}, "supervisor elsewhere": {foreign, 404}, "clerk elsewhere": {h.otherClerk, 404},
			"the voter": {h.voters[2], 404}, "villager": {h.villager, 404}, "stranger": {h.stranger, 404}, "anonymous": {h.anon, 404},
		} {
			r := c.who.get(file)
			if r.status != c.want {
				t.Errorf("%s opens %s: %d, want %d", name, file, r.status, c.want)
			}
			if r.status == 200 && !strings.Contains(r.header.Get("Cache-Control"), "private") {
				t.Errorf("%s: %s", name, r.header.Get("Cache-Control"))
			}
		}
	}
	// What papers say, until it is decided on, and to whom.
	choices := func(c client, n int) string {
		l, _ := c.get(path+"/sheets").want(http.StatusOK).at("items", n, "choices").([]any)
		return toText(l)
	}
	if choices(h.supervisor, 0) != "no" || choices(h.clerk, 0) != "no" || choices(second, 0) != "" || choices(h.clerk, 1) != "" {
		t.Error("papers are shown to others, or not to their own")
	}
	h.voters[0].get(path+"/sheets").problem(http.StatusForbidden, "ballot.not_allowed")
	h.township.get(path+"/sheets").problem(http.StatusForbidden, "ballot.not_allowed")

	// Nothing counts before it is confirmed, and what is refused never does.
	before := h.voters[2].get(path).want(http.StatusOK)
	if before.str("way") != "online" {
		t.Errorf("%s", before.body)
	}
	h.clerk.post(path+"/sheets/1/actions", obj{"action": "confirm"}).problem(http.StatusForbidden, "account.not_allowed")
	h.voters[0].post(path+"/sheets/1/actions", obj{"action": "confirm"}).problem(http.StatusForbidden, "account.not_allowed")
	foreign.post(path+"/sheets/1/actions", obj{"action": "confirm"}).problem(http.StatusForbidden, "account.not_allowed")
	h.supervisor.post(path+"/sheets/1/actions", obj{"action": "confirm"}).want(http.StatusOK)
	h.supervisor.post(path+"/sheets/2/actions", obj{"action": "refuse"}).want(http.StatusOK)
	for _, n := range []string{"1", "2"} {
		h.supervisor.post(path+"/sheets/"+n+"/actions", obj{"action": "confirm"}).problem(http.StatusConflict, "ballot.sheet_decided")
	}
	if choices(h.supervisor, 0) != "" || choices(h.clerk, 0) != "" {
		t.Error("a compared paper can be counted along")
	}
	h.voters[2].post(path+"/casts", obj{"choices": []string{"yes"}}).problem(http.StatusConflict, "ballot.cast_at_meeting")
	h.voters[3].post(path+"/casts", obj{"choices": []string{"yes"}}).want(http.StatusOK)
	late := h.clerk.upload("e.png", paperPNG(t, 50)).want(http.StatusCreated).str("id")
	h.clerk.post(path+"/sheets", sheet(other, late)).want(http.StatusCreated)
	h.moveTo(closes)
	h.supervisor.post(path+"/sheets/3/actions", obj{"action": "confirm"}).problem(http.StatusConflict, "ballot.closed")
	h.counted(path)
	h.supervisor.post(path+"/actions", obj{"action": "certify", "opinion": "与名册和纸票核对一致，同意公布。"}).want(http.StatusOK)
	r := h.anon.get(path + "/result").want(http.StatusOK)
	if r.at("result", "counts", "no") != 1.0 || r.at("result", "counts", "yes") != 1.0 || r.at("result", "mismatch") != false {
		t.Errorf("%s", r.body)
	}
	if choices(h.clerk, 0) != "no" {
		t.Error("a certified ballot's papers cannot be looked up")
	}
}

func toText(l []any) string {
	var out []string
	for _, v := range l {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return strings.Join(out, " ")
}

// TestBallots_SealedTable: of a sealed ballot's paper neither choice nor picture
// is taken in, and the mark needs two people too.
func TestBallots_SealedTable(t *testing.T) {
	t.Parallel()
	h := start(t, testConfig(t, tempData(t))).hall(6)
	k := h.keepers()
	path := h.draftSealed(k)
	h.giveKeys(t, path, k)
	picture := h.clerk.upload("a.png", paperPNG(t, 10)).want(http.StatusCreated).str("id")
	voter := h.residentOf(2)
	h.clerk.post(path+"/sheets", obj{"voter": voter, "choices": []string{"no"}}).problem(http.StatusUnprocessableEntity, "ballot.sheet_not_blank")
	h.clerk.post(path+"/sheets", obj{"voter": voter, "media": picture}).problem(http.StatusUnprocessableEntity, "ballot.sheet_not_blank")
	h.clerk.post(path+"/sheets", obj{"voter": voter}).want(http.StatusCreated)
	if h.voters[2].get(path).want(http.StatusOK).at("voted") != false {
		t.Error("one signature marks the roll")
	}
	h.clerk.post(path+"/sheets/1/actions", obj{"action": "confirm"}).problem(http.StatusForbidden, "account.not_allowed")
	h.supervisor.post(path+"/sheets/1/actions", obj{"action": "confirm"}).want(http.StatusOK)
	if r := h.voters[2].get(path).want(http.StatusOK); r.at("voted") != true || r.str("way") != "meeting" || r.str("can_vote", "code") != "ballot.cast_at_meeting" {
		t.Errorf("%s", r.body)
	}
}

// TestBallots_HelpedToken: the token of a session of help opens one door, once,
// for half an hour.
func TestBallots_HelpedToken(t *testing.T) {
	t.Parallel()
	h := start(t, testConfig(t, tempData(t))).hall(6)
	id, _ := h.question(obj{"revote": true})
	other, _ := h.question(nil)
	path := "/api/v1/ballots/" + id
	help := func(i int) client {
		r := h.clerk.post(path+"/assists", obj{"voter": h.residentOf(i), "consent": "本人当面同意，家属在场。"}).want(http.StatusCreated)
		ends, err := time.Parse(time.RFC3339, r.str("expires_at"))
		if left := ends.Sub(h.clock.Now()); err != nil || left > 30*time.Minute || left < 29*time.Minute {
			t.Errorf("it lasts %v %v", left, err)
		}
		return client{t: t, base: h.anon.base, token: r.str("token")}
	}
	used, late := help(2), help(4)
	var doc struct{ Paths map[string]map[string]any }
	h.anon.get("/openapi.json").want(http.StatusOK).into(&doc)
	tried := 0
	for _, p := range slices.Sorted(maps.Keys(doc.Paths)) {
		if strings.HasSuffix(p, "/casts") || strings.HasSuffix(p, "/casts/plain") || !strings.HasPrefix(p, "/api/v1/") {
			continue
		}
		at := strings.NewReplacer("{id}", id, "{code}", testVillage, "{n}", "1", "{number}", "1", "{region}", testVillage, "{file}", "lines.csv").Replace(p)
		for method := range doc.Paths[p] {
			if !slices.Contains([]string{"get", "post", "put", "delete", "patch"}, method) {
				continue
			}
			tried++
			r := used.do(strings.ToUpper(method), at, strings.NewReader("{}"), map[string]string{"Content-Type": "application/json"})
			if r.status != http.StatusUnauthorized && r.status != http.StatusForbidden && !openToNobody(r) && !sameForStrangers(h.anon, method, at, r) {
				t.Errorf("%s %s with the token of help: %d %s", method, at, r.status, clip(r.body))
			}
		}
	}
	if tried < 80 {
		t.Fatalf("only %d routes were tried", tried)
	}
	used.post("/api/v1/ballots/"+other+"/casts", obj{"choices": []string{"yes"}}).problem(http.StatusUnauthorized, "ballot.assist_invalid")
	used.post(path+"/casts", obj{"choices": []string{"maybe"}}).problem(http.StatusUnprocessableEntity, "ballot.choice_invalid")
	one := used.post(path+"/casts", obj{"choices": []string{"abstain"}}, "Idempotency-Key", "help-1").want(http.StatusOK)
	again := used.post(path+"/casts", obj{"choices": []string{"abstain"}}, "Idempotency-Key", "help-1").want(http.StatusOK)
	if one.str("origin") != "assisted" || !bytes.Equal(one.body, again.body) {
		t.Errorf("%s %s", one.body, again.body)
	}
	used.post(path+"/casts", obj{"choices": []string{"yes"}}).problem(http.StatusUnauthorized, "ballot.assist_invalid")
	h.moveTo(h.clock.Now().Add(30*time.Minute + time.Second)) // the door takes whole seconds
	late.post(path+"/casts", obj{"choices": []string{"yes"}}).problem(http.StatusUnauthorized, "ballot.assist_invalid")
	if got := h.box(id); !strings.Contains(got, "map[abstain:1] map[assisted:1] marked 1") {
		t.Error(got)
	}
	h.helpLogged(t, id)
}

// openToNobody: the way does not exist for this method or thing.
func openToNobody(r reply) bool {
	return r.status == http.StatusNotFound && !bytes.Contains(r.body, []byte(`"id"`))
}

// sameForStrangers: what is public may be read with any token or none, so long
// as nothing more is in it.
func sameForStrangers(anon client, method, at string, r reply) bool {
	plain := anon.do(strings.ToUpper(method), at, strings.NewReader("{}"), map[string]string{"Content-Type": "application/json"})
	return plain.status == r.status && (r.status >= 400 || len(plain.body) == len(r.body))
}

// helpLogged: who opened the session, with what consent, is kept; the journal
// has one event of it under the helper's name and none under the voter's.
func (h *hall) helpLogged(t *testing.T, id string) {
	t.Helper()
	events, err := h.db.AuditEvents(t.Context(), 0, 10000)
	if err != nil {
		t.Fatal(err)
	}
	helps := 0
	for _, e := range events {
		if e.Action == "ballot.assist" && e.ObjectID == id && e.Actor.AccountID != "" && e.Actor.Role == "clerk" && e.RequestID != "" {
			helps++
		}
	}
	if helps != 2 {
		t.Errorf("%d sessions of help are in the journal, want 2", helps)
	}
	behind := openBehind(t, h.cfg.DatabaseURL)
	defer func() { _ = behind.Close() }()
	got, err := behind.QueryContext(t.Context(), "SELECT helper, consent, opened_at, used_at FROM ballot_assists ORDER BY opened_at, used_at")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = got.Close() }()
	for got.Next() {
		var helper, consent string
		var opened, used int64
		if err := got.Scan(&helper, &consent, &opened, &used); err != nil {
			t.Fatal(err)
		}
		if helper == "" || consent != "本人当面同意，家属在场。" || opened == 0 {
			t.Errorf("kept: %s %s %d", helper, consent, opened)
		}
		if used != 0 {
			helps++
		}
	}
	if got.Err() != nil || helps != 3 {
		t.Errorf("%v, one of two sessions was used: %d", got.Err(), helps-2)
	}
}

// TestBallots_Households: the first valid cast of whoever may speak for the
// household stands; where it may be changed, any of them changes it until the end.
func TestBallots_Households(t *testing.T) {
	t.Parallel()
	h := start(t, testConfig(t, tempData(t))).hall(6)
	changeable, closes := h.question(obj{"rule": "villagers_meeting_households", "revote": true})
	firm, _ := h.question(obj{"rule": "villagers_meeting_households"})
	cast := func(i int, id, choice string) reply {
		return h.voters[i].post("/api/v1/ballots/"+id+"/casts", obj{"choices": []string{choice}})
	}
	cast(0, changeable, "maybe").problem(http.StatusUnprocessableEntity, "ballot.choice_invalid") // not valid: it takes nothing away
	cast(0, changeable, "yes").want(http.StatusOK)
	cast(1, changeable, "no").want(http.StatusOK) // the other of the household
	cast(0, firm, "yes").want(http.StatusOK)
	cast(1, firm, "no").problem(http.StatusConflict, "ballot.already_cast")
	if r := h.voters[1].get("/api/v1/ballots/" + firm).want(http.StatusOK); r.at("voted") != true || r.str("can_vote", "code") != "ballot.already_cast" || r.at("roll_size") != 4.0 {
		t.Errorf("%s", r.body)
	}
	cast(2, changeable, "yes").want(http.StatusOK)
	h.roll(nil, map[int]int{3: 9}) // three has moved into a household of its own
	cast(3, changeable, "no").problem(http.StatusForbidden, "ballot.not_on_roll")
	cast(2, changeable, "no").want(http.StatusOK) // who stayed still may
	h.clerk.post("/api/v1/ballots/"+changeable+"/assists", obj{"voter": h.residentOf(3), "consent": "本人当面同意。"}).problem(http.StatusUnprocessableEntity, "ballot.voter_unknown")
	h.moveTo(closes)
	cast(0, changeable, "yes").problem(http.StatusConflict, "ballot.closed")
	h.counted("/api/v1/ballots/" + changeable)
	h.supervisor.post("/api/v1/ballots/"+changeable+"/actions", obj{"action": "certify", "opinion": "与名册核对一致，同意公布。"}).want(http.StatusOK)
	r := h.anon.get("/api/v1/ballots/" + changeable + "/result").want(http.StatusOK)
	if r.at("result", "counts", "no") != 2.0 || r.at("result", "counts", "yes") != 0.0 || r.at("result", "marked") != 2.0 || !strings.HasPrefix(r.str("result", "reasoning"), "应到 4 户，实到 2 户") {
		t.Errorf("%s", r.body)
	}
}

// TestBallots_CanVote: before a ballot begins everybody is told whether they are
// on its roll, of whichever electorate.
func TestBallots_CanVote(t *testing.T) {
	t.Parallel()
	h := start(t, testConfig(t, tempData(t))).hall(6)
	h.voters[0].redeem(h.appoint(h.director, "representative", testVillage))
	secretary := h.person(11).redeem(h.appoint(h.township, "secretary", testVillage))
	h.voters[1].redeem(h.appoint(secretary, "party", testVillage))
	h.voters[2].redeem(h.appoint(secretary, "council", testVillage))
	begins := h.clock.Now().In(calendar.China).Add(time.Hour)
	for name, c := range map[string]struct {
		rule    string
		members []int
		roll    float64
		on      []int
	}{
		"Residents":       {"villagers_meeting", nil, 7, []int{0, 1, 2, 3, 4, 5}},
		"Households":      {"villagers_meeting_households", nil, 4, []int{0, 1, 2, 3, 4, 5}},
		"Representatives": {"representatives_meeting", nil, 1, []int{0}},
		"PartyMembers":    {"party_assembly", nil, 1, []int{1}},
		"Collective":      {"collective_assembly", []int{1, 3, 5}, 3, []int{1, 3, 5}},
		"Body":            {"moral_council", nil, 1, []int{2}},
		"NamedBody":       {"moral_council", []int{4, 5}, 2, []int{4, 5}},
		"Interested":      {"opinion_interested", []int{0, 5}, 2, []int{0, 5}},
	} {
		members := []string{"nobody"}
		for _, i := range c.members {
			members = append(members, h.residentOf(i), h.residentOf(i))
		}
		change := obj{"rule": c.rule, "opens_at": begins.Format(time.RFC3339)}
		if c.members != nil {
			change["members"] = members
		}
		id, _ := h.question(change)
		path := "/api/v1/ballots/" + id
		for i, v := range h.voters {
			r := v.get(path).want(http.StatusOK)
			code, on := "ballot.not_on_roll", slices.Contains(c.on, i)
			if on {
				code = "ballot.not_open"
			}
			if r.at("roll_size") != c.roll || r.str("can_vote", "code") != code || r.at("can_vote", "on_roll") != on || r.str("can_vote", "reason") == "" {
				t.Errorf("%s, voter %d: %s", name, i, r.body)
			}
			v.post(path+"/casts", obj{"choices": []string{"yes"}}).problem(map[bool]int{true: 409, false: 403}[on], code)
		}
		for code, who := range map[string]client{"auth.required": h.anon, "ballot.not_on_roll": h.stranger} {
			if r := who.get(path).want(http.StatusOK); r.str("can_vote", "code") != code {
				t.Errorf("%s: %s", name, r.body)
			}
		}
	}
	h.clerk.post("/api/v1/ballots", h.draftBody(obj{"rule": "collective_assembly"})).want(http.StatusCreated)
	empty := h.clerk.post("/api/v1/ballots", h.draftBody(obj{"rule": "opinion_interested", "members": []string{"nobody"}})).want(http.StatusCreated).str("id")
	h.clerk.post("/api/v1/ballots/"+empty+"/actions", obj{"action": "open"}).problem(http.StatusConflict, "ballot.roll_empty")
}
