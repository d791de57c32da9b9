package demo

import (
	"context"
	"slices"
	"strconv"

	"cunwu/service/account"
	"cunwu/service/covenant"
	"cunwu/service/procedure"
)

// covenants lists all acts of charters and covenants.
func (x *seeder) covenants() []deed {
	var out []deed
	for _, c := range customs() {
		r := &revising{custom: c, name: codeAt(c.village, "") + string(c.kind)}
		for i, e := range c.versions {
			out = append(out, r.revision(x, e, i+1)...)
		}
	}
	return slices.DeleteFunc(out, func(d deed) bool { return !d.at.Before(x.plan.today) })
}

// revising is one text on its way through the services.
type revising struct {
	custom
	name    string
	id      string
	clauses []covenant.Clause // as the archive numbered them
	open    covenant.Version
}

// revision lists the acts of one version.
func (r *revising) revision(x *seeder, e edition, number int) []deed {
	var out []deed
	by := func(who, what string, ago, hour int, do func(ctx context.Context, by account.Caller) error) {
		out = append(out, deed{at: x.plan.on(ago, hour, number*7), what: r.name + " " + strconv.Itoa(number) + ", " + what, do: func(ctx context.Context) error {
			c, err := x.actor(ctx, codeAt(r.village, who))
			if err != nil {
				return err
			}
			return do(ctx, c)
		}})
	}
	step := func(who, action string, ago, hour int, with func() fields) {
		by(who, action, ago, hour, func(ctx context.Context, by account.Caller) error {
			in := procedure.Input{Action: action}
			if with != nil {
				in.Fields = with()
			}
			return r.take(x.s.Covenants.Act(ctx, by, x.act(by), r.id, in))
		})
	}
	began := e.force + daysStarted
	if e.force < 0 {
		began = -e.force
	}
	by("clerk", "collecting", began, 9, func(ctx context.Context, by account.Caller) error {
		return r.take(x.s.Covenants.Start(ctx, by, x.act(by), covenant.NewRevision{Region: r.village, Kind: r.kind, Notice: e.notice}))
	})
	for i, o := range e.opinions {
		r.spoken(x, o, i+1, by)
	}
	if e.force < 0 {
		return out
	}
	f := e.force
	by("clerk", "draft", f+daysDrafted, 9, func(ctx context.Context, by account.Caller) error {
		return r.take(x.s.Covenants.PutDraft(ctx, by, x.act(by), r.id, 0, covenant.Draft{Title: r.open.Content.Title, Clauses: e.rewrite(slices.Clone(r.clauses))}))
	})
	step("clerk", "draft", f+daysDrafted, 10, nil)
	step("clerk", "submit", f+daysDrafted, 11, nil)
	step("township", "pass_check", f+daysChecked, 10, said("opinion", e.check))
	step("township", "pass_review", f+daysReviewed, 10, said("opinion", e.review))
	step("clerk", "begin_vote", f+daysSubmitted, 9, nil)
	p := r.poll(x, e, number)
	out = append(out, p.deeds(x)...)
	step("clerk", "record_vote", f+daysRecorded, 15, func() fields {
		return fields{"ballot": p.id, "women": strconv.Itoa(e.women)}
	})
	step("township", "file", f+daysFiled, 10, func() fields {
		day := x.plan.on(f+daysFiled, 0, 0)
		return fields{"filed_on": iso(day), "receipt": "备" + strconv.Itoa(day.Year()) + "-" + strconv.Itoa(day.YearDay())}
	})
	step("clerk", "publish", f+daysPublished, 16, said("in_force_on", iso(x.plan.on(f, 0, 0))))
	step("clerk", "enter_force", f, 8, nil)
	return out
}

func said(field, text string) func() fields { return func() fields { return fields{field: text} } }

// take remembers what the text came to.
func (r *revising) take(v covenant.View, err error) error {
	if err != nil {
		return err
	}
	r.id = v.ID
	if v.UnderWay != nil {
		r.open = *v.UnderWay
		r.clauses = v.UnderWay.Content.Clauses
	}
	return nil
}

// poll is the villagers' meeting by households, whose question names the very
// text that is voted on.
func (r *revising) poll(x *seeder, e edition, number int) *polled {
	return x.polled(&poll{
		village: r.village, question: r.name + strconv.Itoa(number), asks: func() string { return r.open.Question() },
		kind: "yes_no", rule: "villagers_meeting_households", opens: e.force + daysOpened, closes: e.force + daysClosed,
		weights: []int{20 - e.against, e.against}, away: e.away, opinion: "核对过签到表和票数，按户表决，没有差错。",
	})
}

// spoken has a villager say an opinion, and the director answer it the next day.
func (r *revising) spoken(x *seeder, o opinionOn, number int, by func(who, what string, ago, hour int, do func(context.Context, account.Caller) error)) {
	by(string(account.Villager)+"-"+strconv.Itoa(o.by), "opinion", o.ago, 19, func(ctx context.Context, by account.Caller) error {
		_, err := x.s.Covenants.Speak(ctx, by, x.act(by), r.id, covenant.NewOpinion{Stance: o.stance, Clause: o.clause, Text: o.text})
		return err
	})
	if o.answer == "" {
		return
	}
	by("director", "answer", o.ago-1, 10, func(ctx context.Context, by account.Caller) error {
		_, err := x.s.Covenants.Reply(ctx, by, x.act(by), r.id, number, o.adopted, o.answer)
		return err
	})
}
