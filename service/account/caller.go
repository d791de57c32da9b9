// Package account knows who one is and what one may do where: WeChat identity,
// sessions, the residents' roll and its households, binding of the one to the
// other, consent, and appointments to public power with their terms.
//
// Invariants: an openid comes from WeChat's answer only, never from a client;
// one person has at most one account and one account at most one person; no
// answer tells whether somebody is on a roll; powers are appointments with a
// region and a term, checked at each request against the clock, so that they
// end by themselves; names, phone and ID fragments are sealed at rest and
// looked up by keyed hash only.
package account

import (
	"time"

	"cunwu/service/region"
)

// Role is a public office or standing, by its identifier in rules/powers.yaml.
type Role string

// The roles that code refers to by name; all others live in the rules alone.
const (
	Villager       Role = "villager"       // verified resident (村民)
	Representative Role = "representative" // villager representative (村民代表)
	Clerk          Role = "clerk"          // village clerk (文书)
	Director       Role = "director"       // village committee director (主任)
	Secretary      Role = "secretary"      // party secretary (书记)
	Supervisor     Role = "supervisor"     // head or member of the supervisory committee (监委会)
	Council        Role = "council"        // moral review council (评议会)
	Party          Role = "party"          // party member (党员)
	TownshipRole   Role = "township"       // township officer
	Discipline     Role = "discipline"     // county discipline officer
	CountyRole     Role = "county"         // county officer
	CityRole       Role = "city"           // city officer
	Admin          Role = "admin"          // first administrator, appoints the next level
)

// Standing is how far a person's binding to the roll has been confirmed.
type Standing string

// Standings, weakest first.
const (
	Unbound Standing = ""       // on no roll
	Reader  Standing = "reader" // matched: reads what verified villagers may read
	Voter   Standing = "voter"  // phone confirmed, or confirmed by clerk and supervisor: may also vote
)

// Grant is one appointment in force: a role at a place for a term.
type Grant struct {
	AppointmentID string
	Role          Role
	Region        region.Code
	Start, End    time.Time // the term; End is exclusive
}

// Caller is who makes a request, as of that request. The zero value is a stranger.
type Caller struct {
	AccountID   string
	SessionID   string
	SignedInAt  time.Time
	ResidentID  string
	Village     region.Code // where the person is on the roll, "" if nowhere
	Group       region.Code
	HouseholdID string // on that roll, "" where it names none
	Standing    Standing
	Grants      []Grant // in force at the time of the request
	ConsentDue  bool    // the privacy notice in force has not been agreed to
	DisplayName string  // masked, for answers to the person itself
}

// Known reports whether somebody is signed in.
func (c Caller) Known() bool { return c.AccountID != "" }

// ReadsVillage reports whether the caller may read what is shown to verified
// villagers of the place: residents bound to it, and officers whose grant
// covers it.
func (c Caller) ReadsVillage(village region.Code) bool {
	if c.Standing != Unbound && c.Village != "" && c.Village == village.At(region.Village) {
		return true
	}
	for _, g := range c.Grants {
		if g.Region.Contains(village) {
			return true
		}
	}
	return false
}
