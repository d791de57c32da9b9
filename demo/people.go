package demo

import (
	"fmt"
	"strconv"

	"cunwu/service/account"
	"cunwu/service/region"
)

// person is one line of a sample residents' roll. All names are made up.
type person struct {
	code      string // the sign-in code
	role      account.Role
	village   region.Code
	group     int
	household string
	head      bool
	relation  string // to the head of the household
	name      string
	male      bool
	birth     int    // year
	phone     string // of a range that no operator has given out
	last4     string // of a made-up identity number
}

// roster is who lives in one village. People holds the adults of one household
// one after another, the head first.
type roster struct {
	people                                 []person
	secretary, director, clerk, supervisor string
	representatives, council, party        int
}

// counts says how many of each role a village has. Everybody not named here is
// a plain villager.
type counts struct{ households, adults, representatives, council, party int }

var (
	largeCounts = counts{households: 27, adults: 72, representatives: 15, council: 5, party: 6}
	smallCounts = counts{households: 9, adults: 24, representatives: 8, council: 2, party: 2}
)

// counts gives the numbers of a village.
func (v profile) counts() counts {
	if v.large {
		return largeCounts
	}
	return smallCounts
}

var (
	surnames = []rune("李王张刘陈杨赵黄周吴徐孙何郭马罗梁宋郑谢唐冯邓曹彭曾田董潘袁蔡蒋余杜魏")
	maleEnd  = []rune("国强建军明华志德成林福贵永兴春生学文正平光辉长贤世勇家富天云海波少松")
	femEnd   = []rune("秀英桂兰玉珍淑芳翠莲金凤素琼丽华晓燕红梅春香永碧群菊蓉娟慧敏琴霞")
)

// rosterOf makes the people of a village. One household has one surname for
// the head, a grown child and a parent; who married in has another. Offices
// go to heads of different households, so that no two are near relatives.
func rosterOf(seed uint64, v profile) roster {
	d := newDice(seed, "people", string(v.code))
	c := v.counts()
	r := roster{representatives: c.representatives, council: c.council, party: c.party}
	used := map[string]bool{}
	for h := range c.households {
		size := c.adults / c.households
		if h < c.adults%c.households {
			size++
		}
		r.people = append(r.people, householdOf(d, v, h, size, used)...)
	}
	r.assign(v)
	return r
}

// meeting is how many sit in the representatives' meeting: four in five of them
// are representatives of the villagers.
func (r roster) meeting() int { return r.representatives + r.representatives/4 }

func householdOf(d dice, v profile, h, size int, used map[string]bool) []person {
	family := surnames[(h*7+len(v.name)+d.IntN(3))%len(surnames)]
	headBirth := 1962 + d.IntN(18)
	maleHead := h%5 != 3
	members := []struct {
		relation string
		own      bool // bears the family's surname
		male     bool
		birth    int
	}{
		{"户主", true, maleHead, headBirth},
		{"配偶", false, !maleHead, headBirth + d.between(-3, 3)},
		{"子女", true, d.IntN(2) == 0, headBirth + d.between(22, 25)},
		{"父母", true, maleHead, headBirth - d.between(21, 26)},
	}
	out := make([]person, 0, size)
	for _, m := range members[:size] {
		surname := family
		if !m.own {
			surname = surnames[d.IntN(len(surnames))]
		}
		n := len(used) + 1
		out = append(out, person{
			village: v.code, group: h%v.groups + 1, household: fmt.Sprintf("%03d", h+1), head: m.relation == "户主",
			relation: m.relation, name: freshName(d, surname, m.male, used), male: m.male, birth: m.birth,
			phone: phoneOf(v, n), last4: fmt.Sprintf("%04d", (n*37+1009)%10000),
		})
	}
	return out
}

// phoneOf gives a number that looks like a mobile number; the range 160 has not
// been given to any operator, so it is nobody's.
func phoneOf(v profile, n int) string { return fmt.Sprintf("160%02d%06d", v.number, n) }

// freshName gives a name that nobody in the village has yet.
func freshName(d dice, surname rune, male bool, used map[string]bool) string {
	from := femEnd
	if male {
		from = maleEnd
	}
	for {
		name := string(surname) + string(from[d.IntN(len(from))])
		if d.IntN(5) > 0 {
			name += string(from[d.IntN(len(from))])
		}
		if r := []rune(name); len(r) == 3 && r[1] == r[2] || used[name] {
			continue
		}
		used[name] = true
		return name
	}
}

// assign gives offices to heads of households, then makes everybody else a
// plain villager, each with the sign-in code of the role.
func (r *roster) assign(v profile) {
	wanted := []account.Role{account.Secretary, account.Director, account.Clerk, account.Supervisor}
	wanted = append(wanted, repeat(account.Representative, r.representatives)...)
	wanted = append(wanted, repeat(account.Council, r.council)...)
	next := map[account.Role]int{}
	give := func(p *person, role account.Role) {
		next[role]++
		p.role, p.code = role, "demo-"+string(role)+"-"+string(v.code)
		switch role {
		case account.Secretary:
			r.secretary = p.name
		case account.Director:
			r.director = p.name
		case account.Clerk:
			r.clerk = p.name
		case account.Supervisor:
			r.supervisor = p.name
		default:
			p.code += "-" + strconv.Itoa(next[role])
		}
	}
	for i := range r.people {
		if r.people[i].head && len(wanted) > 0 {
			give(&r.people[i], wanted[0])
			wanted = wanted[1:]
		}
	}
	for i := range r.people {
		p := &r.people[i]
		switch {
		case p.code != "":
		case len(wanted) > 0 && p.relation == "配偶":
			give(p, wanted[0])
			wanted = wanted[1:]
		case next[account.Party] < r.party && p.relation == "子女":
			give(p, account.Party)
		default:
			give(p, account.Villager)
		}
	}
}

func repeat(role account.Role, n int) []account.Role {
	out := make([]account.Role, n)
	for i := range out {
		out[i] = role
	}
	return out
}
