package account

import (
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cunwu/service/region"
)

func rulesPolicy(t testing.TB) *Policy {
	t.Helper()
	data, err := os.ReadFile("../../config/rules/powers.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := ParsePolicy(data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// slowMay is the table read aloud: some appointment in force, at a level where
// the role exists, names the power for its own place, or for all below it.
func slowMay(p *Policy, c Caller, power string, at region.Code, now time.Time) bool {
	for _, g := range c.Grants {
		if now.Before(g.Start) || !now.Before(g.End) || !at.Valid() {
			continue
		}
		for _, r := range p.Roles() {
			if r.Code != g.Role || !hasLevel(r.Levels, g.Region.Level()) {
				continue
			}
			for _, name := range r.Own {
				if name == power && g.Region == at {
					return true
				}
			}
			for _, name := range r.Below {
				for _, above := range at.Path() {
					if name == power && above == g.Region {
						return true
					}
				}
			}
		}
	}
	return false
}

func hasLevel(ls []region.Level, l region.Level) bool {
	for _, v := range ls {
		if v == l {
			return true
		}
	}
	return false
}

var somePlaces = []region.Code{
	"51", "52", "5108", "5109", "510821", "510822", "510821102", "510821103", "510821102200", "510821102202",
	"510821103200", "51082110220001", "51082110220203", "5108211022000", "", "x",
}

// 2,000 callers of up to three grants, every power at a place: over 30,000 decisions.
func TestPolicy_MayAgreesWithTheTableReadAloud(t *testing.T) {
	t.Parallel()
	p := rulesPolicy(t)
	roles := []Role{"nobody"}
	for _, r := range p.Roles() {
		roles = append(roles, r.Code)
	}
	powers := []string{"disclosure.unknown"}
	for name := range p.bits {
		powers = append(powers, name)
	}
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	yes, no := 0, 0
	grant := rapid.Custom(func(t *rapid.T) Grant {
		start := now.Add(time.Duration(rapid.IntRange(-3, 1).Draw(t, "start")) * time.Hour)
		g := Grant{
			Role: rapid.SampledFrom(roles).Draw(t, "role"), Region: rapid.SampledFrom(somePlaces).Draw(t, "region"),
			Start: start, End: start.Add(time.Duration(rapid.IntRange(0, 9).Draw(t, "hours")) * time.Hour),
		}
		// Most grants are of a level where the role exists, or hardly any would count.
		if r, ok := p.Role(g.Role); ok && rapid.IntRange(0, 9).Draw(t, "proper") > 0 {
			g.Region = region.Code("51082110220003").At(r.Levels[0])
		}
		return g
	})
	rapid.Check(t, func(t *rapid.T) {
		for range 20 {
			c := Caller{AccountID: "a", Grants: rapid.SliceOfN(grant, 0, 3).Draw(t, "grants")}
			at := rapid.SampledFrom(somePlaces).Draw(t, "at")
			if rapid.Bool().Draw(t, "home") {
				at = "510821102200"
			}
			for _, power := range powers {
				want := slowMay(p, c, power, at, now)
				g, got := p.May(c, power, at, now)
				if got != want {
					t.Fatalf("May(%v, %s, %s) = %v, want %v", c.Grants, power, at, got, want)
				}
				if got && !slowMay(p, Caller{Grants: []Grant{g}}, power, at, now) {
					t.Fatalf("May gave %v, which does not give %s at %s", g, power, at)
				}
				if got {
					yes++
				} else {
					no++
				}
			}
		}
	})
	if yes < 1000 || no < 10000 {
		t.Errorf("the comparison was empty: %d yes, %d no", yes, no)
	}
}

// What people rely on, in plain words.
func TestPolicy_Promises(t *testing.T) {
	t.Parallel()
	p := rulesPolicy(t)
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	holder := func(r Role, at region.Code) Caller {
		return Caller{AccountID: "a", Grants: []Grant{{Role: r, Region: at, Start: now.Add(-time.Hour), End: now.Add(time.Hour)}}}
	}
	const village = region.Code("510821102200")
	for _, above := range []struct {
		role Role
		at   region.Code
	}{{TownshipRole, "510821102"}, {CountyRole, "510821"}, {Discipline, "510821"}, {CityRole, "5108"}, {Admin, "5108"}} {
		c := holder(above.role, above.at)
		if !c.ReadsVillage(village) {
			t.Errorf("%s cannot read a village below", above.role)
		}
		for power := range p.bits {
			if _, ok := p.May(c, power, village, now); ok && strings.HasPrefix(power, "disclosure.") {
				t.Errorf("%s has %s over a village", above.role, power)
			}
		}
	}
	for _, c := range []struct {
		role  Role
		at    region.Code
		power string
		place region.Code
		want  bool
	}{
		{Clerk, village, "disclosure.draft", village, true},
		{Clerk, village, "disclosure.review", village, false},
		{Clerk, village, "disclosure.draft", "510821102202", false},
		{Supervisor, village, "disclosure.review", village, true},
		{Supervisor, village, "disclosure.publish", village, false},
		{Supervisor, village, "binding.countersign", village, true},
		{Clerk, village, "binding.countersign", village, false},
		{Director, village, "disclosure.confirm", village, true},
		{TownshipRole, "510821102", "appointment.make", village, true},
		{TownshipRole, "510821102", "appointment.make", "510821103200", false},
		{Clerk, "510821102", "disclosure.draft", "510821102", false},
	} {
		if _, got := p.May(holder(c.role, c.at), c.power, c.place, now); got != c.want {
			t.Errorf("%s of %s, %s at %s: %v, want %v", c.role, c.at, c.power, c.place, got, c.want)
		}
	}
}

func TestPolicy_EachLevelAppointsBelow(t *testing.T) {
	t.Parallel()
	p := rulesPolicy(t)
	now := time.Now()
	made := map[Role]bool{Admin: true}
	for _, r := range p.Roles() {
		for role, levels := range r.Appoints {
			made[role] = true
			for _, l := range levels {
				if l < r.Levels[0] {
					t.Errorf("%s appoints %s above itself", r.Code, role)
				}
			}
		}
	}
	for _, r := range p.Roles() {
		if !made[r.Code] {
			t.Errorf("nobody appoints %s", r.Code)
		}
	}
	c := Caller{Grants: []Grant{{Role: TownshipRole, Region: "510821102", Start: now.Add(-time.Hour), End: now.Add(time.Hour)}}}
	if _, ok := p.MayAppoint(c, powerAppoint, TownshipRole, "510821102", now); ok {
		t.Error("a township officer appoints his like")
	}
	if _, ok := p.MayAppoint(c, powerAppoint, Clerk, "510821103200", now); ok {
		t.Error("a township officer appoints in another township")
	}
}

func TestParsePolicy_RefusesWhatCannotBeMeant(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../config/rules/powers.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"unknown key":       {"version: 5", "version: 3\ncolour: red"},
		"no version":        {"version: 5", "version: 0"},
		"bad date":          {"2026-01-01", "2026-13-01"},
		"zero term":         {"officer_session_hours: 8", "officer_session_hours: 0"},
		"unknown power":     {"own: [disclosure.review, ", "own: [disclosure.revue, "},
		"unknown level":     {"levels: [township]", "levels: [town]"},
		"unknown role":      {"discipline: [county]", "police: [county]"},
		"wrong level":       {"clerk: [village]", "clerk: [township]"},
		"role twice":        {"code: party", "code: council"},
		"no source":         {"source: domain 2、M24、7.6", "source: \"\""},
		"appoints nobody":   {"below: [appointment.make, appointment.end]", "below: [appointment.end]"},
		"conflict of none":  {"one: [supervisor, four_post]", "one: [overseer]"},
		"conflict of what":  {"same_person: false", "same_person: false #\n    #"},
		"unknown kinship":   {"kinds: [spouse", "kinds: [cousin, spouse"},
		"unknown lay power": {"lay: [redblack.evaluate, ", "lay: [redblack.evaluation, "},
		"office of laymen":  {"own: [redblack.consult]", "own: [redblack.keep]"},
		"villager's powers": {"officer: true\n    own: [disclosure.draft, disclosure.household]", "officer: false\n    own: [disclosure.draft, disclosure.household]"},
	} {
		text := strings.Replace(string(data), change[0], change[1], 1)
		if name == "conflict of what" {
			text = strings.Replace(string(data), "same_person: false\n    near_kin: true", "same_person: false\n    near_kin: false", 1)
		}
		if text == string(data) {
			t.Errorf("%s: nothing was changed", name)
		}
		if _, err := ParsePolicy([]byte(text)); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestPolicy_NearKin(t *testing.T) {
	t.Parallel()
	p := rulesPolicy(t)
	// 祖 is parent of 父; 父 of 甲 and of 乙; 甲 is spouse of 丙.
	recorded := []Kinship{{"祖", "父", Parent}, {"父", "甲", Parent}, {"乙", "父", Child}, {"丙", "甲", Spouse}}
	for _, c := range []struct {
		of   string
		want map[string]Kin
	}{
		{"甲", map[string]Kin{"父": Child, "祖": Grandchild, "乙": Sibling, "丙": Spouse}},
		{"祖", map[string]Kin{"父": Parent, "甲": Grandparent, "乙": Grandparent}},
		{"丙", map[string]Kin{"甲": Spouse}},
	} {
		got := p.nearKin(c.of, recorded)
		if len(got) != len(c.want) {
			t.Errorf("kin of %s = %v, want %v", c.of, got, c.want)
		}
		for who, kin := range c.want {
			if got[who] != kin {
				t.Errorf("%s is %q of %s, want %q", c.of, got[who], who, kin)
			}
		}
	}
}

func BenchmarkPolicy_May(b *testing.B) {
	p := rulesPolicy(b)
	now := time.Now()
	c := Caller{Grants: []Grant{{Role: Clerk, Region: "510821102200", Start: now.Add(-time.Hour), End: now.Add(time.Hour)}}}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := p.May(c, "disclosure.draft", "510821102200", now); !ok {
			b.Fatal("refused")
		}
	}
}

func TestNotices(t *testing.T) {
	t.Parallel()
	n, err := ParseNotices(os.DirFS("../../config/rules/notices"))
	if err != nil {
		t.Fatal(err)
	}
	v := n.InForce(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	if v.Version != 1 || v.Code != PrivacyNotice || !strings.Contains(v.Text, "注销") {
		t.Errorf("%+v", v)
	}
}
