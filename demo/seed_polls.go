package demo

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"cunwu/service/account"
	"cunwu/service/ballot"
	"cunwu/service/ballot/sealed"
	"cunwu/service/record"
	"cunwu/service/region"
)

// polled is a ballot on its way through the services.
type polled struct {
	*poll
	id      string
	roll    []string // sign-in codes of those who may vote, one for a household
	marks   []ballot.Mark
	keepers [sealed.Seats]*sealed.Trustee // on the devices of their keepers: nothing of them is stored
}

// electors gives the sign-in codes of people of a village, in the order of its
// roll.
func (x *seeder) electors(village region.Code, is func(person) bool) []string {
	var out []string
	for _, p := range x.rosterAt(village).people {
		if is(p) {
			out = append(out, p.code)
		}
	}
	return out
}

// polled draws who votes and how.
func (x *seeder) polled(p *poll) *polled {
	is := func(person) bool { return true }
	switch p.rule {
	case "opinion_households", "villagers_meeting_households":
		is = func(p person) bool { return p.head }
	case "representatives_meeting", "appraisal":
		is = func(p person) bool { return p.role == account.Representative }
	}
	d := newDice(x.o.Seed, "poll", string(p.village), p.question)
	out := &polled{poll: p, roll: x.electors(p.village, is)}
	if p.closes < 0 { // whoever tries the demo signs in as one of the first villagers
		first := func(code string) bool {
			var n int
			_, err := fmt.Sscanf(strings.TrimPrefix(code, "demo-villager-"+string(p.village)), "-%d", &n)
			return err == nil && n <= kept
		}
		out.roll = slices.DeleteFunc(out.roll, first)
		p.away = max(0, p.away-kept)
	}
	d.Shuffle(len(out.roll), func(i, j int) { out.roll[i], out.roll[j] = out.roll[j], out.roll[i] })
	out.roll = out.roll[:len(out.roll)-p.away]
	options := p.optionIDs()
	for o, n := range p.weights {
		for range n {
			out.marks = append(out.marks, ballot.Mark{Choices: options[o : o+1]})
		}
	}
	d.Shuffle(len(out.marks), func(i, j int) { out.marks[i], out.marks[j] = out.marks[j], out.marks[i] })
	for i := range out.marks { // a second choice comes from another ballot
		first := out.marks[i].Choices[0]
		other := out.marks[(i+1)%len(out.marks)].Choices[0]
		if p.most > 1 && first != other {
			out.marks[i].Choices = []string{first, other}
		}
	}
	return out
}

// optionIDs gives the ids that the options get.
func (p *poll) optionIDs() []string {
	switch ballot.Kind(p.kind) {
	case ballot.YesNo:
		return []string{ballot.Yes, ballot.No, ballot.Abstain}
	case ballot.Satisfied:
		return []string{ballot.OptSatisfied, ballot.OptBasic, ballot.OptNot}
	case ballot.ChooseOne, ballot.ChooseFew, ballot.Score:
	}
	out := make([]string, len(p.options))
	for i := range out {
		out[i] = fmt.Sprintf("o%d", i+1)
	}
	return out
}

func (p *poll) input(s span) ballot.Input {
	in := ballot.Input{
		Region: p.village, Question: p.question, Kind: ballot.Kind(p.kind), MaxChoices: p.most, Rule: p.rule,
		Sealed: p.sealed, Revote: p.revote, OpensAt: s.on(p.opens, 9, 0), ClosesAt: s.on(p.closes, 18, 0),
	}
	if p.asks != nil {
		in.Question = p.asks()
	}
	for _, label := range p.options {
		in.Options = append(in.Options, ballot.Option{Label: label})
	}
	return in
}

// deeds lists the acts of a ballot.
func (p *polled) deeds(x *seeder) []deed {
	var out []deed
	s := x.plan
	add := func(at time.Time, what string, do func(context.Context) error) {
		out = append(out, deed{at: at, what: p.question + ", " + what, do: do})
	}
	by := func(who, what string, at time.Time, do func(ctx context.Context, by account.Caller) error) {
		add(at, what, func(ctx context.Context) error {
			c, err := x.actor(ctx, codeAt(p.village, who))
			if err != nil {
				return err
			}
			return do(ctx, c)
		})
	}
	step := func(st ballot.Step) func(ctx context.Context, by account.Caller) error {
		return func(ctx context.Context, by account.Caller) error {
			_, err := x.s.Ballots.Act(ctx, by, x.act(by), p.id, st)
			return err
		}
	}
	by("clerk", "drafted", s.on(p.opens+1, 15, 0), func(ctx context.Context, by account.Caller) error {
		got, err := x.s.Ballots.Create(ctx, by, x.act(by), p.input(s))
		p.id = got.ID
		return err
	})
	if p.sealed {
		p.ceremony(x, by)
	}
	by("clerk", "opened", s.on(p.opens, 9, 10), step(ballot.Step{Action: ballot.ActOpen}))
	last := max(p.closes, 1)
	evenings := p.opens - last + 1
	for e := range evenings {
		part := [2]int{e * len(p.roll) / evenings, (e + 1) * len(p.roll) / evenings}
		add(s.on(p.opens-e, 17, 20), "casts", func(ctx context.Context) error { return p.cast(ctx, x, part[0], part[1]) })
	}
	if p.closes < 0 {
		add(s.on(1, 20, 30), "turnout", x.sweep)
		return out
	}
	add(s.on(p.closes, 18, 1), "closed", x.sweep)
	by("supervisor", "certified", s.on(p.closes-1, 11, 0), step(ballot.Step{Action: ballot.ActCertify, Opinion: p.opinion}))
	return out
}

func (x *seeder) sweep(ctx context.Context) error {
	_, err := x.s.Ballots.Sweep(ctx)
	return err
}

// cast takes the votes of part of the roll at once, as they come in an evening:
// they are committed together.
func (p *polled) cast(ctx context.Context, x *seeder, from, to int) error {
	var g errgroup.Group
	for i := from; i < to; i++ {
		by, err := x.actor(ctx, p.roll[i])
		if err != nil {
			return err
		}
		mark := p.marks[i%len(p.marks)]
		if p.sealed {
			err = p.castSealed(ctx, x, by, mark, i%3 == 0)
		} else {
			g.Go(func() error {
				_, err := x.s.Ballots.Cast(ctx, by, nil, p.id, mark)
				return err
			})
		}
		if err != nil {
			return err
		}
	}
	return g.Wait()
}

// castSealed seals on the phone, or has the server do it for a phone that cannot.
func (p *polled) castSealed(ctx context.Context, x *seeder, by account.Caller, m ballot.Mark, plain bool) error {
	n, err := x.s.Ballots.Notice(ctx, by, p.id)
	if err != nil {
		return err
	}
	box, err := n.Poll()
	if err != nil {
		return err
	}
	values := make([]byte, box.Options)
	values[slices.Index(p.optionIDs(), m.Choices[0])] = 1
	frame, err := box.Frame(values)
	if err != nil {
		return err
	}
	if plain {
		_, err = x.s.Ballots.CastPlain(ctx, by, "", nil, p.id, frame)
		return err
	}
	closed, err := box.Seal(frame)
	if err != nil {
		return err
	}
	_, err = x.s.Ballots.Cast(ctx, by, nil, p.id, ballot.Mark{Sealed: closed})
	return err
}

// seats are the offices that keep the keys.
var seats = [sealed.Seats]string{"supervisor", "representative-1", "township"}

// ceremony lists what the keepers of a sealed ballot do on their devices and
// hand in. The keys are random, live in this process only while the sample is
// made, and are destroyed as a village would.
func (p *polled) ceremony(x *seeder, by func(who, what string, at time.Time, do func(context.Context, account.Caller) error)) {
	s := x.plan
	for seat, who := range seats {
		by(who, "keys", s.on(p.opens+1, 16, seat), func(ctx context.Context, by account.Caller) error {
			return p.makeKeys(ctx, x, by, seat)
		})
		by(who, "hold", s.on(p.closes, 10, seat), func(ctx context.Context, by account.Caller) error {
			_, box, err := p.notice(ctx, x, by)
			if err != nil {
				return err
			}
			_, err = x.s.Ballots.PutHold(ctx, by, x.act(by), p.id, p.keepers[seat].Says(sealed.SaysHold, box))
			return err
		})
	}
	var list sealed.PeeledList
	pair := sealed.AC // the usual pair; the others are in reserve
	by(seats[pair.First()], "peeled", s.on(p.closes-1, 9, 0), func(ctx context.Context, by account.Caller) error {
		n, box, c, err := p.committed(ctx, x, by)
		if err != nil {
			return err
		}
		rows, err := x.s.Ballots.KeeperRows(ctx, by, p.id)
		if err != nil {
			return err
		}
		if list, err = p.keepers[pair.First()].PeelRows(box, c, pair, rows.Rows, n.Minimum()); err != nil {
			return err
		}
		_, err = x.s.Ballots.PutPeeled(ctx, by, x.act(by), p.id, list.Peeled)
		return err
	})
	by(seats[pair.Second()], "opened", s.on(p.closes-1, 10, 0), func(ctx context.Context, by account.Caller) error {
		n, _, c, err := p.committed(ctx, x, by)
		if err != nil {
			return err
		}
		got, err := p.keepers[pair.Second()].OpenList(n, c, list, false)
		if err != nil {
			return err
		}
		_, err = x.s.Ballots.PutOutcome(ctx, by, x.act(by), p.id, got)
		return err
	})
	for seat := range sealed.Seats {
		by(seats[seat], "destroyed", s.on(p.closes-4, 10, seat), func(ctx context.Context, by account.Caller) error {
			_, box, err := p.notice(ctx, x, by)
			if err != nil {
				return err
			}
			_, err = x.s.Ballots.PutDestroyed(ctx, by, x.act(by), p.id, p.keepers[seat].Says(sealed.SaysDestroyed, box))
			p.keepers[seat] = nil
			return err
		})
	}
}

func (p *polled) makeKeys(ctx context.Context, x *seeder, by account.Caller, seat int) error {
	n, err := x.s.Ballots.Notice(ctx, by, p.id)
	if err != nil {
		return err
	}
	digest, err := n.Digest()
	if err != nil {
		return err
	}
	seed := make([]byte, sealed.SeedSize)
	_, _ = rand.Read(seed) // crypto/rand never fails: the runtime aborts instead
	if p.keepers[seat], err = sealed.NewTrustee(seat, seed, digest); err != nil {
		return err
	}
	_, err = x.s.Ballots.PutKeys(ctx, by, x.act(by), p.id, p.keepers[seat].Statement(digest))
	return err
}

func (p *polled) notice(ctx context.Context, x *seeder, by account.Caller) (sealed.Notice, *sealed.Poll, error) {
	n, err := x.s.Ballots.Notice(ctx, by, p.id)
	if err != nil {
		return n, nil, err
	}
	box, err := n.Poll()
	return n, box, err
}

// committed gives what the public record says of the closed box.
func (p *polled) committed(ctx context.Context, x *seeder, by account.Caller) (sealed.Notice, *sealed.Poll, sealed.Commitment, error) {
	n, box, err := p.notice(ctx, x, by)
	if err != nil {
		return n, nil, sealed.Commitment{}, err
	}
	at, err := x.s.Ballots.Committed(ctx, by, p.id)
	if err != nil {
		return n, nil, sealed.Commitment{}, err
	}
	raw, err := x.s.Leaf(ctx, at)
	if err != nil {
		return n, nil, sealed.Commitment{}, err
	}
	leaf, _, err := record.ReadLeaf(raw)
	if err != nil {
		return n, nil, sealed.Commitment{}, err
	}
	c, err := sealed.ReadCommitment(leaf)
	return n, box, c, err
}
