package demo

import (
	"fmt"
	"strconv"
	"strings"

	"cunwu/service/account"
	"cunwu/service/region"
)

// Village is the village to look at first, and Project a work of it that was
// paid for over several quarters.
const (
	Village = region.Code("510821102200")
	Project = "盐井沟堰渠整治"
)

// CodeInfo is one sign-in code, or a row of them numbered from 1 to Count; then
// Code ends in "-<n>".
type CodeInfo struct {
	Code   string
	Role   account.Role
	Office string // 文书
	Region region.Code
	Place  string // 盐井村
	Count  int    // 0 for a single code
}

// offices are the single codes of a village, as people say them.
var offices = []struct {
	role account.Role
	name string
}{{account.Clerk, "文书"}, {account.Director, "主任"}, {account.Secretary, "书记"}, {account.Supervisor, "监委会主任"}}

// above is an officer over the villages, signed in by an invite.
type above struct {
	role  account.Role
	name  string
	at    region.Code
	place string
}

// officersAbove lists city, counties and townships of the sample, top down.
func officersAbove() []above {
	out := []above{{account.CityRole, "市级工作人员", City, "广元市"}}
	seen := map[region.Code]bool{}
	var towns []above
	for _, v := range villages() {
		if county := v.code.At(region.County); !seen[county] {
			seen[county] = true
			out = append(out,
				above{account.CountyRole, "县级工作人员", county, v.county},
				above{account.Discipline, "县纪委监委工作人员", county, v.county})
		}
		if town := v.code.At(region.Township); !seen[town] {
			seen[town] = true
			towns = append(towns, above{account.TownshipRole, "乡镇工作人员", town, v.township})
		}
	}
	return append(out, towns...)
}

func (a above) code() string { return "demo-" + string(a.role) + "-" + string(a.at) }

// Codes lists the sign-in codes of the sample for people to read: officers from
// the city down, then each village, then strangers. It depends on nothing.
func Codes() []CodeInfo {
	var out []CodeInfo
	for _, a := range officersAbove() {
		out = append(out, CodeInfo{Code: a.code(), Role: a.role, Office: a.name, Region: a.at, Place: a.place})
	}
	for _, v := range villages() {
		for _, o := range offices {
			out = append(out, CodeInfo{
				Code: fmt.Sprintf("demo-%s-%s", o.role, v.code), Role: o.role, Office: o.name, Region: v.code, Place: v.name,
			})
		}
		c := v.counts()
		rows := []struct {
			role  account.Role
			name  string
			count int
		}{
			{account.Representative, "村民代表", c.representatives},
			{account.Council, "评议会成员", c.council},
			{account.Party, "党员", c.party},
			{account.Villager, "村民", c.adults - len(offices) - c.representatives - c.council - c.party},
		}
		for _, r := range rows {
			out = append(out, CodeInfo{
				Code: fmt.Sprintf("demo-%s-%s-<n>", r.role, v.code), Role: r.role, Office: r.name, Region: v.code, Place: v.name, Count: r.count,
			})
		}
	}
	return append(out, CodeInfo{Code: "demo-stranger-<n>", Office: "不在任何名册上", Count: strangers})
}

// adminCode signs in the first administrator, who appointed the others. The term
// of that office is over by the day of the first start, so it is told to nobody.
const adminCode = "demo-admin-" + string(City)

// strangers is how many stranger codes are told of; any number works, as an
// account comes into being at its first sign-in.
const strangers = 99

// Known reports whether a code signs in somebody of the sample, or one of its
// strangers. The stand-in for WeChat refuses all others, as the real one would.
func Known(code string) bool {
	if code == adminCode {
		return true
	}
	for _, c := range Codes() {
		row, numbered := strings.CutSuffix(c.Code, "<n>")
		if !numbered {
			if code == c.Code {
				return true
			}
			continue
		}
		rest, ok := strings.CutPrefix(code, row)
		if n, err := strconv.Atoi(rest); ok && err == nil && n >= 1 && n <= c.Count && strconv.Itoa(n) == rest {
			return true
		}
	}
	return false
}
