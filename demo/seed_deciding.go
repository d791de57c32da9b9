package demo

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sort"
	"time"

	"cunwu/service/account"
	"cunwu/service/consultation"
	view "cunwu/service/consultation/opinion"
	"cunwu/service/procedure"
)

// matters lists the consultations of the sample.
func (s span) matters() []matter {
	return []matter{
		s.oldSchool(), s.winterWorks(), s.spraying(), s.feasts(), s.bins(), s.busStop(), s.visitors(), s.darkLamps(), s.parking(),
	}
}

// polls lists the ballots that no consultation asked for.
func polls() []*poll { return []*poll{clauseVote(), canalRating(), railVote(), appraisal()} }

// deciding lists all acts of consultations and ballots.
func (x *seeder) deciding() []deed {
	var out []deed
	for _, m := range x.plan.matters() {
		var p *polled
		if m.poll != nil {
			p = x.polled(m.poll)
			out = append(out, p.deeds(x)...)
		}
		out = append(out, x.discussed(m, p)...)
	}
	for _, p := range polls() {
		out = append(out, x.polled(p).deeds(x)...)
	}
	return slices.DeleteFunc(out, func(d deed) bool { return !d.at.Before(x.plan.today) })
}

// discussed lists the acts of one consultation; p is the ballot it links.
func (x *seeder) discussed(m matter, p *polled) []deed {
	id := x.topic(m.topic.Title) // given when it is brought up
	var out []deed
	add := func(at time.Time, what string, do func(context.Context) error) {
		out = append(out, deed{at: at, what: m.topic.Title + ", " + what, do: do})
	}
	add(x.plan.on(m.ago, 9, 20), "proposed", func(ctx context.Context) error {
		by, err := x.actor(ctx, codeAt(m.village, m.by))
		if err != nil {
			return err
		}
		got, err := x.s.Consultations.Propose(ctx, by, x.act(by), consultation.NewTopic{Region: m.village, Channel: m.channel, Topic: m.topic})
		*id = got.ID
		return err
	})
	for i, t := range m.turns {
		add(t.at(x.plan, i), t.Action, func(ctx context.Context) error { return x.turned(ctx, m, t, *id, p) })
	}
	x.spoken(m, id, add)
	x.rated(m, id, add)
	return out
}

// turned takes one step.
func (x *seeder) turned(ctx context.Context, m matter, t turn, id string, p *polled) error {
	by, err := x.actor(ctx, codeAt(m.village, t.by))
	if err != nil {
		return err
	}
	in := procedure.Input{Action: t.Action, Fields: maps.Clone(t.Fields)}
	if t.Action == "link_ballot" {
		in.Fields = map[string]string{"ballot": p.id}
	}
	if t.scene != "" {
		shot := file{name: "协商会现场.jpg", scene: t.scene, seed: newDice(x.o.Seed, "shot", m.topic.Title).Uint64()}
		data, err := shot.render()
		if err != nil {
			return err
		}
		o, err := x.s.Media.Upload(ctx, by, x.act(by), shot.name, bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return err
		}
		x.sum.Files++
		in.Media = []string{o.ID}
	}
	_, err = x.s.Consultations.Act(ctx, by, x.act(by), id, in)
	return err
}

// voice is somebody who takes part online, in the evening that suits them.
type voice struct {
	code string
	camp int
	at   time.Time
}

// voices gives who takes part, in the order of their evenings. People of all
// camps come on all evenings.
func (x *seeder) voices(m matter) []voice {
	d := newDice(x.o.Seed, "voices", string(m.village), m.topic.Title)
	var camps []int
	for c, n := range m.talk.camps {
		camps = append(camps, slices.Repeat([]int{c}, n)...)
	}
	d.Shuffle(len(camps), func(i, j int) { camps[i], camps[j] = camps[j], camps[i] })
	codes := x.electors(m.village, func(p person) bool { return p.role == account.Villager || p.role == account.Representative })
	d.Shuffle(len(codes), func(i, j int) { codes[i], codes[j] = codes[j], codes[i] })
	out := make([]voice, min(len(camps), len(codes)))
	evenings := m.talk.from - m.talk.to + 1
	for i := range out {
		at := x.plan.on(m.talk.from-i*evenings/len(out), 19, 30+d.between(0, 115))
		out[i] = voice{code: codes[i], camp: camps[i], at: at.Add(time.Duration(i) * time.Second)}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].at.Before(out[j].at) })
	return out
}

// otherwise is how many of a hundred think not as their camp does.
const otherwise = 7

// views gives who takes part, when each statement is made, and what each of the
// voices thinks of those that are made by then.
func (x *seeder) views(m matter) (voices []voice, said []time.Time, votes []map[int]view.Vote) {
	for i, r := range m.talk.said {
		said = append(said, x.plan.on(m.talk.from-r.later, 18, 30+5*i))
	}
	voices = x.voices(m)
	d := newDice(x.o.Seed, "opinions", string(m.village), m.topic.Title)
	for _, v := range voices {
		mine := map[int]view.Vote{}
		for i, r := range m.talk.said {
			if said[i].Before(v.at) && d.IntN(100) < m.talk.part {
				mine[i] = thinks(d, r.stance[v.camp])
			}
		}
		votes = append(votes, mine)
	}
	return voices, said, votes
}

// spoken lists what is said, and what people think of it.
func (x *seeder) spoken(m matter, id *string, add adding) {
	voices, said, votes := x.views(m)
	ids := make([]string, len(said))
	for i, r := range m.talk.said {
		add(said[i], "statement", func(ctx context.Context) error {
			by, err := x.actor(ctx, voices[i%len(voices)].code)
			if err != nil {
				return err
			}
			st, err := x.s.Consultations.Speak(ctx, by, x.act(by), *id, r.text)
			ids[i] = st.ID
			return err
		})
	}
	for n, v := range voices {
		add(v.at, "opinions", func(ctx context.Context) error {
			by, err := x.actor(ctx, v.code)
			if err != nil {
				return err
			}
			for _, i := range slices.Sorted(maps.Keys(votes[n])) {
				if _, err := x.s.Consultations.Vote(ctx, by, x.act(by), ids[i], votes[n][i]); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// thinks gives what one of a camp says of a statement.
func thinks(d dice, stance byte) view.Vote {
	all := []view.Vote{view.Agree, view.Disagree, view.Pass}
	if d.IntN(100) < otherwise || stance == '0' {
		return all[d.IntN(len(all))]
	}
	if stance == '+' {
		return view.Agree
	}
	return view.Disagree
}

// rated lists what villagers think of how it was done, in the evenings after
// they were told.
func (x *seeder) rated(m matter, id *string, add adding) {
	told := slices.IndexFunc(m.turns, func(t turn) bool { return t.Action == "feed_back" })
	if told < 0 {
		return
	}
	words := []string{consultation.Satisfied, consultation.Basic, consultation.Dissatisfied}
	voices, n := x.voices(m), 0
	for i, many := range m.ratings {
		for range many {
			code := voices[n%len(voices)].code
			add(x.plan.on(m.turns[told].ago-1-n%3, 19, n), "rating", func(ctx context.Context) error {
				by, err := x.actor(ctx, code)
				if err != nil {
					return err
				}
				_, err = x.s.Consultations.Rate(ctx, by, x.act(by), *id, words[i])
				return err
			})
			n++
		}
	}
}
