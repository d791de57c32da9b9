package demo

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"

	"cunwu/service/account"
	"cunwu/service/redblack"
	"cunwu/service/region"
)

// boards lists all acts of the red and black lists.
func (x *seeder) boards() []deed {
	var out []deed
	for i, a := range announcements() {
		out = append(out, deed{at: x.plan.on(a.ago, 10, i), what: codeAt(a.village, "") + "announced", do: func(ctx context.Context) error { return x.announce(ctx, a) }})
	}
	for i, m := range merits() {
		out = append(out, x.praised(m, i)...)
	}
	for i, l := range x.plan.lapses() {
		out = append(out, x.blamed(l, i)...)
	}
	return slices.DeleteFunc(out, func(d deed) bool { return !d.at.Before(x.plan.today) })
}

// announce makes the rules of a village's lists known (知榜).
func (x *seeder) announce(ctx context.Context, a announcing) error {
	by, err := x.actor(ctx, codeAt(a.village, string(account.Director)))
	if err != nil {
		return err
	}
	_, err = x.s.RedBlack.Announce(ctx, by, x.act(by), redblack.NewAnnouncement{
		Region: a.village, Council: "道德评议会", KeeperRole: string(account.Clerk), Keeper: x.rosterAt(a.village).clerk,
		Clauses:    slices.Concat(a.good, a.bad),
		Incentives: "上红榜的在公开栏和村民大会上表扬，年底发一张奖状；不发钱，不和补贴、证明挂钩。不好的事先上门帮着改，改了就不上榜。",
		Objections: "公示的时候有不同意见的，在手机上点“提异议”，或者告诉管榜人；当事人可以说明，也可以向监委会申诉，监委会五天、乡镇十天答复，申诉的时候先不展示。",
		From:       iso(x.plan.on(a.ago, 0, 0)),
	})
	return err
}

// rosterAt gives who lives in a village.
func (x *seeder) rosterAt(village region.Code) roster {
	if r, ok := x.rosters[village]; ok {
		return r
	}
	i := slices.IndexFunc(villages(), func(v profile) bool { return v.code == village })
	r := rosterOf(x.o.Seed, villages()[i])
	if x.rosters == nil {
		x.rosters = map[region.Code]roster{}
	}
	x.rosters[village] = r
	return r
}

// Days for which entries are shown, as the rules have it.
const (
	redShown   = 90
	blackShown = 30
)

// praised lists the acts of one red entry.
func (x *seeder) praised(m merit, number int) []deed {
	l := &listing{x: x, village: m.village, group: m.group, who: m.who, by: m.by, name: codeAt(m.village, "") + m.deed, minute: number % 50, asked: m.show != ""}
	if l.by == l.who {
		l.by++
	}
	at := m.listed
	l.reported(at+daysNominated, redblack.Red, m.clause, m.deed)
	if m.end == leftNominated {
		return l.out
	}
	l.verified(at+daysVerified, at+daysNominated+1, m.deed)
	if m.end == leftEvaluating {
		return l.out
	}
	l.toNotice(m, at)
	return l.out
}

// toNotice goes on from the council's meeting.
func (l *listing) toNotice(m merit, at int) {
	l.judged(at+daysVoted, at+daysAdopted, m.end == leftRefused)
	if m.end == leftRefused {
		return
	}
	l.heard(at+daysConsulted, at+daysAgreed)
	l.step(at+daysAsked, 10, keeper, "ask", fields{"by": "visit"})
	switch m.end {
	case leftAsked:
		return
	case leftDeclined:
		l.step(at+daysConsented, 19, aboutWhom, leftDeclined, nil)
		return
	}
	l.consented(m, at+daysConsented)
	if m.end == leftInNotice {
		return
	}
	if m.objected != "" {
		l.step(at+daysConsented-1, 19, string(account.Villager)+"-"+strconv.Itoa(m.who+1), "object", fields{"text": m.objected})
		l.step(at+daysConsented-3, 10, keeper, "resolve", fields{"number": "1", "result": "dismissed", "reason": m.answer})
	}
	l.tried(at+daysConsented, redTries)
	l.endorsed(m, at+daysConsented)
	if m.taken > 0 {
		l.step(at-m.taken, 20, aboutWhom, "withdraw_consent", nil)
	}
	l.expired(at+daysConsented, redShown, redTries)
}

// consented has the person say what may be shown.
func (l *listing) consented(m merit, ago int) {
	var shots []*shot
	if m.scene != "" {
		shots = []*shot{{code: l.code(l.who), scene: m.scene}}
	}
	l.add(ago, 8, "consent", func(ctx context.Context) error {
		files, err := all(ctx, l.x, shots)
		if err != nil {
			return err
		}
		return l.take(ctx, aboutWhom, "consent", fields{"name": m.show}, files...)
	})
	l.out[len(l.out)-1].shots = shots
}

// endorsed has villagers stand behind a deed on the evening of its listing, all
// at once: they are committed together.
func (l *listing) endorsed(m merit, notice int) {
	for _, after := range redTries {
		l.add(notice-after, 20, "endorsed", func(ctx context.Context) error {
			if l.listed != after {
				return nil
			}
			codes := l.x.electors(l.village, func(p person) bool {
				return (p.role == account.Representative || p.role == account.Villager) && p.code != l.code(l.who)
			})
			d := newDice(l.x.o.Seed, "endorsed", l.name)
			var g errgroup.Group
			for _, i := range d.Perm(min(len(codes), mostEndorsers))[:m.endorsed] {
				by, err := l.x.actor(ctx, codes[i])
				if err != nil {
					return err
				}
				g.Go(func() error {
					_, err := l.x.s.Rankings.Endorse(ctx, by, l.id, true)
					return err
				})
			}
			return g.Wait()
		})
	}
}

// mostEndorsers bounds who of a village ever stands behind a deed.
const mostEndorsers = 40

// blamed lists the acts of one black entry.
func (x *seeder) blamed(p lapse, number int) []deed {
	l := &listing{x: x, village: p.village, group: p.group, who: p.who, by: p.by, name: codeAt(p.village, "") + p.deed, minute: 30 + number}
	at := p.notice
	l.reported(at+daysReported, redblack.Black, p.clause, p.deed)
	switch p.end {
	case leftReported:
		return l.out
	case leftUnproven:
		l.step(at+daysSeen, 10, keeper, "reject", fields{"reason": "走访了几家，时间和地点都对不上，核实不了。"})
		return l.out
	}
	l.verified(at+daysSeen, at+daysReported+1, p.deed)
	l.step(at+daysTold, 10, keeper, "tell", fields{"by": "visit"})
	if p.end == leftTold {
		return l.out
	}
	l.step(at+daysReplied, 19, keeper, "reply_paper", fields{"text": p.reply})
	if p.end == leftHelping {
		return l.out
	}
	l.step(at+daysHelped, 10, keeper, "note", fields{"text": p.helped})
	if p.end == leftMended {
		l.step(at+daysToBody, 10, keeper, "mended", fields{"note": "护林员和组长去看过，已经改了，写了保证，也告诉了邻居。"})
		return l.out
	}
	l.step(at+daysToBody, 10, keeper, "to_council", nil)
	l.judged(at+daysJudged, at+daysCarried, false)
	l.heard(at+daysHeard, at+daysSettled)
	l.step(at, 8, keeper, "give_notice", fields{"by": "visit"})
	if p.end == leftNoticed {
		return l.out
	}
	l.tried(at, blackTries)
	for _, s := range p.way {
		l.step(s.ago, s.hour, s.by, s.action, s.fields)
		if s.fields["red_deed"] != "" {
			l.turned(p, s)
		}
	}
	l.expired(at, blackShown, blackTries)
	return l.out
}

// turned goes on with the red entry that a correction led to.
func (l *listing) turned(p lapse, s lapseStep) {
	m := merit{village: p.village, clause: p.clause, deed: s.fields["red_deed"], show: "none", endorsed: 7, who: p.who}
	r := &listing{x: l.x, village: l.village, group: l.group, who: l.who, by: l.by, name: l.name + " -> red", minute: l.minute}
	at := s.ago - daysVerified
	r.add(s.ago, s.hour+1, "found", func(ctx context.Context) error {
		by, err := l.x.actor(ctx, codeAt(l.village, keeper))
		if err != nil {
			return err
		}
		page, err := l.x.s.RedBlack.Matters(ctx, by, redblack.MattersQuery{Region: l.village, Limit: redblack.MostListed, All: true})
		if err != nil {
			return err
		}
		i := slices.IndexFunc(page.Items, func(o redblack.Matter) bool { return o.Kind == redblack.Red && o.Deed == m.deed })
		if i < 0 {
			return fmt.Errorf("%w: the correction led to nothing", errPlan)
		}
		r.id = page.Items[i].ID
		return nil
	})
	r.toNotice(m, at)
	l.out = append(l.out, r.out...)
}
