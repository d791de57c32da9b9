package demo

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"cunwu/service/account"
	"cunwu/service/board"
	"cunwu/service/duty"
	"cunwu/service/inbox"
	"cunwu/service/procedure"
	"cunwu/service/question"
	"cunwu/service/region"
)

// after lists what happens to a posting once it is out.
func (x *seeder) after(e *entered) []deed {
	var out []deed
	add := func(at time.Time, what string, do func(context.Context) error) {
		if at.Before(x.plan.today) {
			out = append(out, deed{at: at, what: e.name() + ", " + what, do: do})
		}
	}
	for i := range e.questions {
		x.questioned(e, &e.questions[i], add)
	}
	for i := range e.photos {
		x.photographed(e, &e.photos[i], add)
	}
	if len(e.households) > 0 {
		add(e.last().at.Add(10*time.Minute), "households", func(ctx context.Context) error {
			by, err := x.actor(ctx, e.desk.codeOf(string(account.Clerk)))
			if err != nil {
				return err
			}
			_, err = x.s.Disclosures.SetHouseholds(ctx, by, x.act(by), e.id, e.households)
			return err
		})
	}
	return out
}

type adding func(at time.Time, what string, do func(context.Context) error)

// joinEvery is the time between people who ask the same.
const joinEvery = 5 * time.Hour

// questioned asks, joins and answers.
func (x *seeder) questioned(e *entered, q *asked, add adding) {
	id := "" // given when it is asked
	add(q.at, "question", func(ctx context.Context) error {
		by, err := x.actor(ctx, e.desk.codeOf(q.by))
		if err != nil {
			return err
		}
		in := question.NewQuestion{PostingID: e.id, Text: q.text}
		if q.line >= 0 {
			in.Line = &q.line
		}
		raise := x.s.Questions.Ask
		if q.kind == question.Objected {
			raise = x.s.Questions.Object
		}
		got, err := raise(ctx, by, x.act(by), in)
		id = got.ID
		return err
	})
	for i, code := range q.joined {
		add(q.at.Add(time.Duration(i+1)*joinEvery), "join", func(ctx context.Context) error {
			by, err := x.actor(ctx, e.desk.codeOf(code))
			if err != nil {
				return err
			}
			_, err = x.s.Questions.Join(ctx, by, x.act(by), id)
			return err
		})
	}
	for _, w := range q.words {
		if w.action == waited {
			add(w.at, w.action, x.s.Settle)
			continue
		}
		add(w.at, w.action, func(ctx context.Context) error {
			by, err := x.actor(ctx, e.desk.codeOf(w.by))
			if err != nil {
				return err
			}
			in := procedure.Input{Action: w.action}
			if w.text != "" {
				in.Fields = map[string]string{"text": w.text}
			}
			_, err = x.s.Questions.Act(ctx, by, x.act(by), id, in)
			return err
		})
	}
}

// photographed has the clerk hand in a photo of the board and the supervisory
// committee look at it.
func (x *seeder) photographed(e *entered, p *photo, add adding) {
	id := ""
	add(p.at, "photo", func(ctx context.Context) error {
		data, err := p.shot.render()
		if err != nil {
			return err
		}
		by, err := x.actor(ctx, e.desk.codeOf(string(account.Clerk)))
		if err != nil {
			return err
		}
		o, err := x.s.Media.Upload(ctx, by, x.act(by), p.shot.name, bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return err
		}
		x.sum.Files++
		got, err := x.s.Boards.Post(ctx, by, x.act(by), board.NewPhoto{PostingID: e.id, Media: o.ID, TakenOn: iso(p.at)})
		id = got.ID
		return err
	})
	if p.decided.IsZero() {
		return
	}
	add(p.decided, "photo "+p.action, func(ctx context.Context) error {
		by, err := x.actor(ctx, e.desk.codeOf(string(account.Supervisor)))
		if err != nil {
			return err
		}
		_, err = x.s.Boards.Act(ctx, by, x.act(by), board.Decision{ID: id, Action: p.action, Reason: p.reason})
		return err
	})
}

// ruled lists what is entered about duties.
func (x *seeder) ruled(rs []ruling) []deed {
	out := make([]deed, 0, len(rs))
	for _, r := range rs {
		what := fmt.Sprintf("%s %s %s, %s", r.desk.v.name, r.item, r.period, r.kind)
		out = append(out, deed{at: r.at, what: what, do: func(ctx context.Context) error { return x.rule(ctx, r) }})
	}
	return out
}

func (x *seeder) rule(ctx context.Context, r ruling) error {
	by, err := x.actor(ctx, r.desk.codeOf(r.by))
	if err != nil {
		return err
	}
	in := duty.ExceptionInput{Region: r.desk.v.code, ItemCode: r.item, Period: r.period, Reason: r.text, Until: r.until}
	switch r.kind {
	case recordEvent:
		_, err = x.s.Duties.RecordEvent(ctx, by, x.act(by), duty.EventInput{Region: r.desk.v.code, ItemCode: r.item, On: r.period, Title: r.text})
	case extend:
		_, err = x.s.Duties.Extend(ctx, by, x.act(by), in)
	case exempt:
		_, err = x.s.Duties.Exempt(ctx, by, x.act(by), in)
	case demand:
		_, err = x.s.Duties.Demand(ctx, by, x.act(by), r.desk.v.code, r.item)
	}
	return err
}

// lastRead is how many days before the first start everybody has read what they
// were told; what came since waits.
const lastRead = 13

// told lists who follows what, and when messages are read: what is told is told
// at the end of each quarter, and read.
func (x *seeder) told() []deed {
	var out []deed
	morning := func(t time.Time) time.Time { return t.Add(7*time.Hour + 30*time.Minute) }
	for q := x.plan.start + 1; q <= x.plan.start+quarters; q++ {
		out = append(out, deed{at: morning(q.first().day(2)), what: "read", do: x.readAll})
	}
	out = append(out, deed{at: morning(x.plan.today.AddDate(0, 0, -lastRead)), what: "read", do: x.readAll})
	first := villages()[0]
	village := string(first.code)
	for i, f := range []struct {
		by   string
		kind inbox.FollowKind
		key  string
	}{
		{"demo-villager-" + village + "-1", inbox.FollowPlace, village},
		{"demo-villager-" + village + "-1", inbox.FollowItem, village + "/D02"},
		{"demo-villager-" + village + "-2", inbox.FollowPlace, village},
		{"demo-villager-" + village + "-3", inbox.FollowItem, village + "/F04"},
		{"demo-township-" + string(first.code.At(region.Township)), inbox.FollowPlace, string(first.code.At(region.Township))},
	} {
		at := x.plan.today.AddDate(0, 0, -80).Add(20*time.Hour + time.Duration(i)*time.Minute)
		out = append(out, deed{at: at, what: "follow " + f.key, do: func(ctx context.Context) error {
			by, err := x.actor(ctx, f.by)
			if err != nil {
				return err
			}
			_, err = x.s.Inbox.PutFollow(ctx, by, x.act(by), inbox.Follow{Kind: f.kind, Key: f.key})
			return err
		}})
	}
	return out
}

// readAll tells all that is to be told by now and has whoever holds an office,
// asked or follows read it.
func (x *seeder) readAll(ctx context.Context) error {
	if err := x.s.Settle(ctx); err != nil {
		return err
	}
	for _, code := range x.readers() {
		by, err := x.actor(ctx, code)
		if err != nil {
			return err
		}
		n, err := x.s.Inbox.Unread(ctx, by)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		if _, err := x.s.Inbox.Read(ctx, by, x.act(by), inbox.ReadInput{All: true}); err != nil {
			return err
		}
	}
	return nil
}

// readers lists officers of villages and townships, and the villagers who acted.
func (x *seeder) readers() []string {
	var out []string
	for _, c := range Codes() {
		if c.Count == 0 && c.Role != account.Discipline {
			out = append(out, c.Code)
		}
	}
	return append(out, x.acted...)
}

// actor gives whoever acts. Villagers sign in when they first act after the
// first day: on that day they were not bound to the roll yet.
func (x *seeder) actor(ctx context.Context, code string) (account.Caller, error) {
	if !strings.HasPrefix(code, "demo-villager-") {
		return x.caller(code), nil
	}
	if !x.signedIn[code] {
		in, err := x.s.Accounts.SignIn(ctx, x.act(x.caller(code)), code)
		if err != nil {
			return account.Caller{}, fmt.Errorf("sign in %s: %w", code, err)
		}
		x.remember(code, in.Caller)
		x.signedIn[code] = true
		x.acted = append(x.acted, code)
	}
	return x.caller(code), nil
}
