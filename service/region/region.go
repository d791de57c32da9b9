// Package region is the tree of places: province, city, county, township,
// village (or community) and group, named by the official statistical codes.
//
// Invariants: ancestors are prefixes (province 2 digits, city 4, county 6,
// township 9, village 12, group 14), so every question of "is this within
// that" is a prefix question and none is recursive; a code that something
// hangs on is never removed: a merged or abolished place stays findable, and
// the place that took it over lists it among its former places.
package region

import (
	"context"
	"strings"
	"time"

	"cunwu/service/audit"
	"cunwu/service/fault"
)

// Code is an official region code of 2, 4, 6, 9, 12 or 14 digits.
type Code string

// Level is the rank of a place; its value is the number of digits of its codes.
type Level int

// The levels, from the top.
const (
	Province Level = 2
	City     Level = 4
	County   Level = 6
	Township Level = 9
	Village  Level = 12
	Group    Level = 14
)

// Levels lists the levels from the top.
var Levels = []Level{Province, City, County, Township, Village, Group}

// String gives the level's name in data files: "province" ... "group".
func (l Level) String() string {
	switch l {
	case Province:
		return "province"
	case City:
		return "city"
	case County:
		return "county"
	case Township:
		return "township"
	case Village:
		return "village"
	case Group:
		return "group"
	}
	return "unknown"
}

// Level gives the rank of a code, or 0 for a code that is none.
func (c Code) Level() Level {
	for _, r := range c {
		if r < '0' || r > '9' {
			return 0
		}
	}
	switch l := Level(len(c)); l {
	case Province, City, County, Township, Village, Group:
		if c[0] == '0' {
			return 0
		}
		return l
	}
	return 0
}

// Valid reports whether c has the form of a code. It says nothing of existence.
func (c Code) Valid() bool { return c.Level() != 0 }

// At gives the ancestor (or c itself) at a level, or "" if c is above it.
func (c Code) At(l Level) Code {
	if len(c) < int(l) {
		return ""
	}
	return c[:l]
}

// Parent gives the place above, or "" for a province.
func (c Code) Parent() Code {
	for i := len(Levels) - 1; i >= 0; i-- {
		if int(Levels[i]) < len(c) {
			return c[:Levels[i]]
		}
	}
	return ""
}

// Path gives the codes from the province down to c, c included.
func (c Code) Path() []Code {
	var p []Code
	for _, l := range Levels {
		if int(l) > len(c) {
			break
		}
		p = append(p, c[:l])
	}
	return p
}

// Contains reports whether other is c or lies within it.
func (c Code) Contains(other Code) bool {
	return c != "" && strings.HasPrefix(string(other), string(c))
}

// State says whether a place is in the current edition of the codes.
type State string

// States of a place.
const (
	Active State = "active"
	Merged State = "merged" // taken over by MergedInto
	Gone   State = "gone"   // absent from the current edition, successor unknown
)

// Former is a place that was merged into another.
type Former struct {
	Code     Code
	Name     string
	MergedOn time.Time // the date of the merger, midnight in China
}

// Region is one place. Kind is "village" or "community" at village level, else
// empty. Short is the name without 村民委员会 or 居民委员会.
type Region struct {
	Code       Code
	Parent     Code
	Level      Level
	Name       string
	Short      string
	Kind       string
	Pinyin     string // full pinyin without tones, e.g. "yanjingcun"
	Initials   string // e.g. "yjc"
	State      State
	MergedInto Code
	Former     []Former // filled by Service.Region only
	Children   int      // number of active children; filled by Service.Region and Children
}

// Store is what the package needs of the archive.
type Store interface {
	// Region gives one place of any state. ErrNotFound if there is none.
	Region(ctx context.Context, code Code) (Region, error)
	// Regions gives those that exist of the codes, in no order, without Former and Children.
	Regions(ctx context.Context, codes []Code) ([]Region, error)
	// Children gives the active places directly under parent ("" for provinces), by code.
	Children(ctx context.Context, parent Code) ([]Region, error)
	// Search gives active places within a prefix ("" for all) whose name,
	// pinyin or initials begin with q, or whose name contains it; best first,
	// higher levels first, at most limit.
	Search(ctx context.Context, q string, within Code, limit int) ([]Region, error)
	// Formers gives the places merged into code.
	Formers(ctx context.Context, code Code) ([]Former, error)
	// ChildCounts gives the number of active children of each of the places
	// that has any.
	ChildCounts(ctx context.Context, parents []Code) (map[Code]int, error)
	// Within gives the places of any state within a place ("" for all), itself
	// included, by code, after a code, at most limit.
	Within(ctx context.Context, within, after Code, limit int) ([]Region, error)
	// InTx runs fn in one transaction, in the name of act.
	InTx(ctx context.Context, act audit.Act, fn func(Tx) error) error
}

// Tx is the writing side.
type Tx interface {
	audit.Tx
	// PutRegions inserts or replaces places by code (any number).
	PutRegions(ctx context.Context, rs []Region) error
	// AddRegion inserts a place; ErrTaken where its code is taken.
	AddRegion(ctx context.Context, r Region) error
	// PutEdition notes that an edition of the codes was applied.
	PutEdition(ctx context.Context, edition string, scope Code, places int) error
	// MarkRegions sets the state of places; mergedInto may be empty.
	MarkRegions(ctx context.Context, codes []Code, s State, mergedInto Code, on time.Time) error
	// RegionChanged leaves a mark that every instance reads to drop prepared
	// answers of the place and of its ancestors.
	RegionChanged(ctx context.Context, code Code) error
}

var (
	// ErrNotFound: no such place.
	ErrNotFound = fault.Define(fault.NotFound, "region.not_found", "没有找到这个地方，请检查地区代码。")
	// ErrTaken: a place with this code exists.
	ErrTaken = fault.Define(fault.Conflict, "region.code_taken", "这个地区代码已经有了。")
	// ErrCode: not a region code at all.
	ErrCode = fault.Define(fault.Invalid, "region.code_invalid", "地区代码不对，应是 2、4、6、9、12 或 14 位数字。")
)
