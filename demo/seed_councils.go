package demo

import (
	"context"
	"slices"
	"strconv"

	"cunwu/service/account"
	"cunwu/service/council"
	"cunwu/service/procedure"
)

// councils lists all acts of the bodies of villages.
func (x *seeder) councils() []deed {
	var out []deed
	for i, b := range bodies() {
		g := &governing{body: b}
		out = append(out, deed{at: x.plan.on(registeredAgo, 9, i), what: b.name + ", registered", do: func(ctx context.Context) error { return g.register(ctx, x) }})
		for j, d := range b.doings {
			out = append(out, g.doing(x, d, j)...)
		}
	}
	return slices.DeleteFunc(out, func(d deed) bool { return !d.at.Before(x.plan.today) })
}

// governing is a body on its way through the services.
type governing struct {
	body
	id string
}

func (g *governing) register(ctx context.Context, x *seeder) error {
	by, err := x.actor(ctx, codeAt(g.village, string(account.Director)))
	if err != nil {
		return err
	}
	from := x.plan.on(registeredAgo, 0, 0)
	in := council.NewCouncil{
		Region: g.village, Kind: g.kind, Name: g.name, Charter: g.charter, From: iso(from), Until: iso(from.AddDate(termYears, 0, -1)),
	}
	for i, who := range g.members {
		office := "member"
		if i == 0 {
			office = council.Convenor
		}
		member, err := x.actor(ctx, codeAt(g.village, who))
		if err != nil {
			return err
		}
		in.Members = append(in.Members, council.NewMember{Resident: member.ResidentID, Office: office, From: iso(from)})
	}
	got, err := x.s.Councils.Register(ctx, by, x.act(by), in)
	g.id = got.ID
	return err
}

// doing lists the acts of one activity: planned a week before, told of on its
// evening, summed up two days later.
func (g *governing) doing(x *seeder, d doing, place int) []deed {
	var out []deed
	held, told := x.plan.on(d.ago, 0, 0), x.plan.on(d.ago+7, 9, 20+place)
	if d.coming {
		held, told = x.plan.on(-d.ago, 0, 0), x.plan.on(2, 10, place)
	}
	id := ""
	add := func(ago, hour int, what string, do func(ctx context.Context, by account.Caller) error) {
		at := x.plan.on(ago, hour, 10+place)
		if what == "planned" {
			at = told
		}
		out = append(out, deed{at: at, what: g.name + " " + d.title + ", " + what, do: func(ctx context.Context) error {
			by, err := x.actor(ctx, codeAt(g.village, string(account.Clerk)))
			if err != nil {
				return err
			}
			return do(ctx, by)
		}})
	}
	step := func(ago, hour int, action string, f fields) {
		var shots []*shot
		if action == "hold" && d.scene != "" {
			shots = []*shot{{code: codeAt(g.village, string(account.Clerk)), scene: d.scene}}
		}
		add(ago, hour, action, func(ctx context.Context, by account.Caller) error {
			in := procedure.Input{Action: action, Fields: f}
			var err error
			if in.Media, err = all(ctx, x, shots); err != nil {
				return err
			}
			_, err = x.s.Councils.Act(ctx, by, x.act(by), id, in)
			return err
		})
		out[len(out)-1].shots = shots
	}
	add(0, 0, "planned", func(ctx context.Context, by account.Caller) error {
		got, err := x.s.Councils.Plan(ctx, by, x.act(by), g.id, council.NewActivity{Kind: d.kind, Title: d.title, On: iso(held), Place: d.place, Plan: d.plan})
		id = got.ID
		return err
	})
	switch {
	case d.coming:
		return out
	case d.off != "":
		step(d.ago, 9, "cancel", fields{"reason": d.off})
		return out
	}
	f := fields{"held_on": iso(held), "place": d.place, "heads": strconv.Itoa(d.heads), "cost_fen": strconv.FormatInt(yuan(d.yuan), 10)}
	if d.money != "" {
		f["money"] = d.money
	}
	step(d.ago, 20, "hold", f)
	if d.summary != "" {
		step(d.ago-2, 10, "summarise", fields{"summary": d.summary})
	}
	return out
}
