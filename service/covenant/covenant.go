// Package covenant keeps a village's charter (自治章程) and covenant (村规民约): texts
// made of numbered clauses, in versions, and the way by which a version comes
// about.
//
// Invariants: a version is never changed once it was put to the vote; what was in
// force stays readable for ever, and so does every clause under its version; a
// clause cannot fine, take away statutory rights, or tie certificates, welfare or
// education to conduct; nothing is in force that a certified, passed ballot of the
// villagers' meeting did not adopt.
package covenant

import (
	"time"

	"cunwu/service/region"
)

// Procedure is the code of the definition that every revision goes by.
const Procedure = "covenant_revision"

// Kind is which text it is.
type Kind string

// Kinds.
const (
	Charter  Kind = "charter"  // 自治章程
	Covenant Kind = "covenant" // 村规民约
)

// ClauseKind says what a clause does.
type ClauseKind string

// Kinds of clauses.
const (
	Encouraged ClauseKind = "encouraged"  // 提倡
	NotAllowed ClauseKind = "not_allowed" // 禁止、不准
	General    ClauseKind = "general"     // 其他约定
)

// List is the list that conduct under a clause may lead to.
type List string

// Lists. A clause that leads to neither has "".
const (
	Red   List = "red"
	Black List = "black"
)

// Measure is what follows from a clause: education, help, praise. It never is a
// fine and never touches certificates, welfare, education or a statutory right.
type Measure struct {
	Text   string `json:"text"`
	Source string `json:"source"` // the law, or whose decision it is
}

// Clause is one numbered clause of a version. Code is stable over versions of one
// village's text ("c07"); Topic is of the directory in rules/covenants.yaml and the
// same in all villages, so that clauses of several can be counted together.
type Clause struct {
	Code     string     `json:"code"`
	Number   int        `json:"number"` // from 1, in the order of the text
	Topic    string     `json:"topic"`
	Kind     ClauseKind `json:"kind"`
	Text     string     `json:"text"`
	Measures []Measure  `json:"measures,omitempty"`
	Source   string     `json:"source"` // where it comes from: law, custom, decision
	List     List       `json:"list,omitempty"`
	// TurnsRed: whoever corrected what this clause does not allow may be put up for
	// the red list.
	TurnsRed bool `json:"turns_red,omitempty"`
}

// InForce is a text as it is in force at a place on a day.
type InForce struct {
	CovenantID string
	Region     region.Code
	Kind       Kind
	Version    int
	Title      string
	Clauses    []Clause
	AdoptedOn  string // 2006-01-02, of the vote
	FiledOn    string // 2006-01-02, "" where it was not filed yet
	Since      time.Time
	Digest     string // lower-case hex SHA-256 of the canonical text
}

// Clause gives a clause by code.
func (f InForce) Clause(code string) (Clause, bool) {
	for _, c := range f.Clauses {
		if c.Code == code {
			return c, true
		}
	}
	return Clause{}, false
}
