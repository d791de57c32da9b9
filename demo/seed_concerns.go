package demo

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"cunwu/service/account"
	"cunwu/service/concern"
	"cunwu/service/procedure"
	"cunwu/service/redblack"
	"cunwu/service/region"
)

// mostSettling is how many days back timers of concerns run every morning.
const mostSettling = 100

// concerns lists all acts of what villagers say is wrong.
func (x *seeder) concerns() []deed {
	x.snaps = newSnapshots(x.o.Seed)
	var out []deed
	for i, y := range x.plan.sayings() {
		out = append(out, x.said(y, i)...)
	}
	out = append(out, x.talkDays()...)
	for ago := mostSettling; ago > 0; ago-- {
		out = append(out, deed{at: x.plan.on(ago, 7, 0), what: "timers", do: x.fireDue})
	}
	return slices.DeleteFunc(out, func(d deed) bool { return !d.at.Before(x.plan.today) })
}

// sameEvery is the time between people who say the same, all on one evening.
const sameEvery = 17 * time.Minute

// fireDue lets concerns that nobody moved in time go a level up, ends what waited
// for a word long enough, and takes off the lists what was there long enough.
func (x *seeder) fireDue(ctx context.Context) error {
	_, err := x.s.Procedures.Sweep(ctx, func(ctx context.Context, c procedure.Case) error {
		switch c.Procedure {
		case concern.Procedure, concern.SealedProcedure:
			return x.s.Concerns.FireTimer(ctx, c)
		case redblack.RedProcedure, redblack.BlackProcedure:
			return x.s.RedBlack.FireTimer(ctx, c)
		}
		return procedure.ErrTooEarly // of another noun: in its own time
	})
	return err
}

// voicing is one concern on its way through the services.
type voicing struct {
	saying
	number int
	id     string
	photos []*shot
}

// said lists the acts of one concern.
func (x *seeder) said(y saying, number int) []deed {
	v := &voicing{saying: y, number: number}
	hour := [...]int{7, 12, 18, 19, 20}[number%5]
	if y.channel != concern.ByApp {
		hour = 14
	}
	raised := x.plan.on(y.ago, hour, number%60)
	title := []rune(y.text)
	var out []deed
	add := func(at time.Time, what string, do func(context.Context) error) {
		out = append(out, deed{at: at, what: codeAt(y.village, "") + string(title[:min(12, len(title))]) + ", " + what, do: do})
	}
	needs := func(shots ...*shot) { out[len(out)-1].shots = shots }
	add(raised, "raised", func(ctx context.Context) error { return x.raise(ctx, v) })
	for _, scene := range y.shots {
		v.photos = append(v.photos, &shot{code: v.codeOf(v.by), scene: scene})
	}
	needs(v.photos...)
	for i := range y.joins {
		add(raised.Add(time.Duration(i+1)*sameEvery), "joined", func(ctx context.Context) error { return x.joinConcern(ctx, v, i) })
	}
	for i, t := range y.way {
		var after []*shot
		if t.shot != "" {
			after = []*shot{{code: v.codeOf(t.by), scene: t.shot}}
		}
		add(t.at(x.plan, y, i), t.action, func(ctx context.Context) error { return x.strode(ctx, v, t, after) })
		needs(after...)
	}
	return out
}

// codeOf gives the sign-in code of whoever takes part in a concern.
func (v *voicing) codeOf(who string) string {
	switch who {
	case string(account.CountyRole), string(account.Discipline):
		return "demo-" + who + "-" + string(v.village.At(region.County))
	case raiser:
		who = v.by
		if v.behalf != nil {
			who = v.behalf.Resident
		}
	}
	return codeAt(v.village, who)
}

func (x *seeder) raise(ctx context.Context, v *voicing) error {
	by, err := x.actor(ctx, v.codeOf(v.by))
	if err != nil {
		return err
	}
	in := concern.NewConcern{
		Region: v.village, Category: v.category, Text: v.text, Place: concern.Place{Text: v.place, Point: v.point}, Visibility: v.see, Channel: v.channel,
		Transcript: v.spoken,
	}
	if v.group > 0 {
		in.Group = region.Code(fmt.Sprintf("%s%02d", v.village, v.group))
	}
	if in.Channel == concern.OnTalkDay {
		in.TalkDay = iso(x.plan.on(v.ago, 0, 0))
	}
	if in.OnBehalf, err = x.behalfOf(ctx, v); err != nil {
		return err
	}
	if in.Media, err = all(ctx, x, v.photos); err != nil {
		return err
	}
	if v.spoken != "" {
		o, err := x.s.Media.Upload(ctx, by, x.act(by), "语音.mp3", bytes.NewReader(recording), int64(len(recording)))
		if err != nil {
			return err
		}
		x.sum.Files++
		in.Media = append(in.Media, o.ID)
	}
	got, err := x.s.Concerns.Raise(ctx, by, x.act(by), in)
	if err != nil {
		return err
	}
	v.id = got.ID
	if v.key != "" {
		x.keys[v.key] = got.ID
	}
	return x.checked(ctx, len(in.Media))
}

// behalfOf finds for whom somebody types.
func (x *seeder) behalfOf(ctx context.Context, v *voicing) (*concern.Behalf, error) {
	switch {
	case v.kin:
		people := x.rosterAt(v.village).people
		self := slices.IndexFunc(people, func(p person) bool { return p.code == v.codeOf(v.by) })
		for _, p := range people {
			if p.household == people[self].household && p.code != people[self].code {
				return &concern.Behalf{Resident: x.caller(p.code).ResidentID}, nil
			}
		}
		return nil, fmt.Errorf("%w: nobody lives with %s", errPlan, v.by)
	case v.behalf == nil:
		return nil, nil //nolint:nilnil // one types for oneself
	case v.behalf.Resident == "":
		return v.behalf, nil
	}
	who, err := x.actor(ctx, v.codeOf(v.behalf.Resident))
	return &concern.Behalf{Resident: who.ResidentID}, err
}

// checked gives the platform the files that wait to be checked, and lets what
// it said of them count.
func (x *seeder) checked(ctx context.Context, files int) error {
	if files == 0 {
		return nil
	}
	if _, err := x.s.Moderation.Ask(ctx); err != nil {
		return err
	}
	for {
		if n, err := x.s.Concerns.Follow(ctx, 100); n == 0 || err != nil {
			return err
		}
	}
}

// joinConcern has somebody of the village say the same.
func (x *seeder) joinConcern(ctx context.Context, v *voicing, i int) error {
	codes := x.electors(v.village, func(p person) bool { return p.role == account.Villager && p.code != v.codeOf(raiser) })
	by, err := x.actor(ctx, codes[(v.number*5+i)%len(codes)])
	if err != nil {
		return err
	}
	_, err = x.s.Concerns.Join(ctx, by, x.act(by), v.id)
	return err
}

// topic gives where the id of a consultation is, or will be.
func (x *seeder) topic(title string) *string {
	if x.topics == nil {
		x.topics = map[string]*string{}
	}
	if x.topics[title] == nil {
		x.topics[title] = new(string)
	}
	return x.topics[title]
}

// strode takes one step of a concern.
func (x *seeder) strode(ctx context.Context, v *voicing, t stride, after []*shot) error {
	by, err := x.actor(ctx, v.codeOf(t.by))
	if err != nil {
		return err
	}
	in := procedure.Input{Action: t.action, Fields: maps.Clone(t.fields)}
	if in.Fields == nil {
		in.Fields = map[string]string{}
	}
	if t.days > 0 {
		in.Fields["promised_on"] = iso(x.plan.on(v.ago-t.after-t.days, 0, 0))
	}
	switch {
	case t.action == "merge":
		in.Fields["original"] = x.keys[t.to]
	case t.to != "":
		in.Fields["link"] = *x.topic(t.to)
	}
	if in.Media, err = all(ctx, x, after); err != nil {
		return err
	}
	if _, err = x.s.Concerns.Act(ctx, by, x.act(by), v.id, in); err != nil {
		return err
	}
	return x.checked(ctx, len(in.Media))
}

// talkDays lists what the clerk writes of the days for talk: one that was held,
// with minutes, and one to come.
func (x *seeder) talkDays() []deed {
	held := x.plan.talkDay(6)
	next := x.plan.today
	for next.Day() != 10 && next.Day() != 25 {
		next = next.AddDate(0, 0, 1)
	}
	day := concern.NewTalkDay{
		Region: Village, On: iso(x.plan.on(held, 0, 0)), Place: "便民服务中心院坝", Host: "村委会主任",
		Agenda: "一、上次没有办完的事，承办人当场说进度\n二、这个月的新事，一件一件登记\n三、核桃收购前的准备",
	}
	after := day
	after.Minutes = "到场 46 人。上次的事报了进度，当场新登记两件：四组近路塌方，核桃收购价早点公布。收购价一件合作社当场答应，塌方一件由四组组长牵头。"
	coming := concern.NewTalkDay{
		Region: Village, On: iso(next), Place: "四组晒坝", Host: "村党支部书记",
		Agenda: "一、正在办的每一件，由承办人说清楚办到哪一步\n二、冬天先办哪两件小事的投票情况\n三、谁有新的事，当场说当场记",
	}
	set := func(at time.Time, in concern.NewTalkDay) deed {
		return deed{at: at, what: "talk day " + in.On, do: func(ctx context.Context) error {
			by, err := x.actor(ctx, codeAt(Village, string(account.Clerk)))
			if err != nil {
				return err
			}
			_, err = x.s.Concerns.SetTalkDay(ctx, by, x.act(by), in)
			return err
		}}
	}
	return []deed{
		set(x.plan.on(held+4, 15, 0), day), set(x.plan.on(held-1, 16, 0), after), set(x.plan.on(2, 16, 0), coming),
	}
}

// Judge is what the demo's stand-in for WeChat thinks of a text, or of the
// address of a file: words of abuse are left to persons. "risky" and "doubtful"
// let whoever tries the demo see what becomes of them.
func Judge(content string) (suggest string, label int64) {
	switch {
	case strings.Contains(content, "risky"):
		return "risky", 20012
	case strings.Contains(content, "doubtful"), strings.Contains(content, "骗子"), strings.Contains(content, "黑心"):
		return "review", 21000
	}
	return "pass", 100
}
