package redblack_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"cunwu/service/account"
	"cunwu/service/region"
)

// person is somebody on the roll.
type person struct {
	name, house string
	adult       bool
	known       bool
	kin         []string
	roles       []account.Role
	at          region.Code
}

// people are the rolls and offices; residents and accounts have one word for both.
type people map[string]person

func (p people) entry(id string) account.RollEntry {
	x := p[id]
	return account.RollEntry{
		ResidentID: "res-" + id, Village: x.at, Household: x.house, Name: account.MaskName(x.name), AccountID: "acc-" + id,
		Group: x.at + "03",
	}
}

func bare(id string) string { return strings.TrimPrefix(id, "res-") }

func (p people) Named(_ context.Context, village region.Code, name string) ([]account.RollEntry, error) {
	var out []account.RollEntry
	for id, x := range p {
		if x.name == name && x.at == village {
			out = append(out, p.entry(id))
		}
	}
	return out, nil
}

func (p people) FullName(_ context.Context, id string) (string, bool, error) {
	x, ok := p[bare(id)]
	return x.name, ok, nil
}

func (p people) HouseholdNames(_ context.Context, id string) ([]string, error) {
	var out []string
	for _, x := range p {
		if x.house == p[bare(id)].house {
			out = append(out, x.name)
		}
	}
	return out, nil
}

func (p people) Adult(_ context.Context, id string, _ time.Time) (adult, known bool, err error) {
	return p[bare(id)].adult, p[bare(id)].known, nil
}

func (p people) NearKin(_ context.Context, id string) ([]string, error) { return p[bare(id)].kin, nil }

func (p people) OnRoll(_ context.Context, id string) (account.RollEntry, bool, error) {
	_, ok := p[bare(id)]
	return p.entry(bare(id)), ok, nil
}

func (p people) Holders(_ context.Context, role account.Role, within region.Code, _ time.Time) ([]string, error) {
	var out []string
	for id, x := range p {
		if slices.Contains(x.roles, role) && within.Contains(x.at) {
			out = append(out, "res-"+id)
		}
	}
	slices.Sort(out)
	return out, nil
}

func folk() people {
	out := people{}
	add := func(id, name string, roles ...account.Role) {
		out[id] = person{name: name, house: "hh-" + id, adult: true, known: true, roles: roles, at: yanjing}
	}
	add("clerk", "周文书", account.Clerk)
	add("director", "何主任", account.Director)
	add("sup", "冯监督", account.Supervisor)
	add("maker", "李春花")
	add("subject", subject)
	add("other", "陈秀英")
	add("child", "赵小宝")
	add("unknown", "孙无期")
	for i, name := range []string{"钱一", "钱二二", "钱三三", "钱四四"} {
		add(fmt.Sprintf("c%d", i+1), name, account.Council)
	}
	add("brother", "王德才", account.Council, account.Representative, account.Supervisor)
	for i, name := range []string{"吴一一", "吴二二", "吴三三"} {
		add(fmt.Sprintf("d%d", i+1), name, account.Representative)
	}
	set := func(id string, change func(*person)) {
		p := out[id]
		change(&p)
		out[id] = p
	}
	set("subject", func(p *person) { p.kin = []string{"res-brother"} })
	set("brother", func(p *person) { p.house = "hh-subject" })
	set("child", func(p *person) { p.adult = false })
	set("unknown", func(p *person) { p.adult, p.known = false, false })
	out["far"] = person{name: "马远村", house: "hh-far", adult: true, known: true, at: liushu}
	return out
}
