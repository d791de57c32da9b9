package concern

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/procedure"
)

// move is one concern being moved.
type move struct {
	s       *Service
	by      account.Caller
	act     audit.Act
	given   procedure.Input
	system  bool // a timer moves it
	own     bool // act as the raiser, whose word somebody else carries
	r       Record
	before  Record
	other   *Record // the original of a merger, locked too
	c       procedure.Case
	merging string // id of the original
	stale   error  // the power is there, the sign-in too old
}

// run locks the concern, lets body change it, and gives it as the caller sees
// it then.
func (m *move) run(ctx context.Context, seen Record, body func(tx Tx) error) (Concern, error) {
	s := m.s
	updates, err := s.store.ConcernUpdates(ctx, seen.ID)
	if err != nil {
		return Concern{}, err
	}
	about := seen
	if m.merging != "" {
		about.MergedInto = m.merging
	}
	d, err := s.desk(ctx, m.by, []Record{about}, updates, m.given.Media...)
	if err != nil {
		return Concern{}, err
	}
	var out Concern
	err = s.store.InTx(ctx, m.act, func(tx Tx) error {
		if err := m.lock(ctx, tx, seen); err != nil {
			return err
		}
		if m.given.Revision != 0 && m.given.Revision != m.r.Revision {
			return procedure.ErrRaced
		}
		if err := body(tx); err != nil {
			return err
		}
		timeline, err := tx.ConcernTimeline(ctx, m.r.ID)
		if err != nil {
			return err
		}
		if m.c, err = tx.CaseForUpdate(ctx, m.r.CaseID); err != nil {
			return err
		}
		out = s.view(m.by, m.r, m.c, timeline, d)
		return tx.Answer(ctx, m.answer(out))
	})
	if errors.Is(err, procedure.ErrForbidden) && m.stale != nil {
		return Concern{}, m.stale
	}
	return m.answer(out), err
}

// answer gives what is answered. Answers are kept for repeats, so that of what
// is sealed they hold no text.
func (m *move) answer(c Concern) Concern {
	if c.Visibility != Sealed {
		return c
	}
	c.Text, c.Transcript, c.Place, c.Title, c.RaiserName, c.ForWhom, c.Contact, c.Photos = "", "", Place{}, sealedTitle, "", "", "", nil
	c.Updates = slices.Clone(c.Updates)
	for i := range c.Updates {
		c.Updates[i].Text = ""
	}
	return c
}

// lock takes the concerns by id, so that two mergers cannot wait for each other.
func (m *move) lock(ctx context.Context, tx Tx, seen Record) error {
	ids := []string{seen.ID}
	if m.merging != "" {
		ids = append(ids, m.merging)
		slices.Sort(ids)
	}
	m.other = nil
	for _, id := range ids {
		r, err := tx.ConcernForUpdate(ctx, id)
		if err != nil {
			return err
		}
		if id == seen.ID {
			m.r, m.before = r, r
		} else {
			m.other = &r
		}
	}
	return nil
}

// step takes one step of the case and writes what it brings about.
func (m *move) step(ctx context.Context, tx Tx, in procedure.Input) error {
	given := in
	given.Revision = 0 // of the concern, not of the case
	given.Data = m.data(tx.Now(), in)
	if m.r.Visibility == Sealed {
		given.Fields = veiled(in.Fields)
	}
	may, stale := m.s.mayOn(m.by, m.r)
	if m.own {
		may = func(power string) bool { return power == OwnPower }
	}
	c, step, err := m.s.opt.Procedures.Act(ctx, tx, m.act, m.r.CaseID, given, may, nil)
	if err != nil {
		m.stale = *stale
		return err
	}
	if step.Action == procedure.ExtendAction && m.r.Content.Extended {
		return procedure.ErrExtended
	}
	step.Fields = trimmed(in.Fields)
	return m.follow(ctx, tx, c, step)
}

// veiled hides what is written about a sealed matter from the journal of its
// case: what stays has the same length, so that the rule's limits hold.
func veiled(fields map[string]string) map[string]string {
	out := maps.Clone(fields)
	for code, text := range out {
		if code != "days" {
			out[code] = strings.Repeat("密", utf8.RuneCountInString(strings.TrimSpace(text)))
		}
	}
	return out
}

func trimmed(fields map[string]string) map[string]string {
	out := make(map[string]string, len(fields))
	for code, text := range fields {
		out[code] = strings.TrimSpace(text)
	}
	return out
}

// data is what guards and promised days of the procedure go by.
func (m *move) data(now time.Time, in procedure.Input) map[string]string {
	out := map[string]string{"level": m.r.Level, "reopened": strconv.FormatBool(m.r.Reopened)}
	switch in.Action {
	case "assign":
		out["promised_on"] = strings.TrimSpace(in.Fields["promised_on"])
	case "answer", "resume":
		out["promised_on"] = dayOf(now.AddDate(0, 0, m.r.Content.WaitLeft))
	case "link":
		out["promised_on"] = dayOf(m.r.DueAt)
		if now.After(m.r.DueAt) {
			out["promised_on"] = ""
		}
	}
	return out
}

// follow enters a step that was taken into the concern, its timeline and the
// outbox.
func (m *move) follow(ctx context.Context, tx Tx, c procedure.Case, step procedure.Step) error {
	r := &m.r
	was := *r
	m.took(step, c, tx.Now())
	m.s.stands(r, c, tx.Now())
	m.draw()
	if m.handled() && !slices.Contains(r.Content.Handlers, m.act.Actor.AccountID) {
		r.Content.Handlers = append(slices.Clone(r.Content.Handlers), m.act.Actor.AccountID)
	}
	if step.Action == "merge" {
		if err := m.merge(ctx, tx); err != nil {
			return err
		}
	}
	if step.Action != "archive" {
		if err := m.append(ctx, tx, m.lineOf(step)); err != nil {
			return err
		}
	}
	if err := m.s.save(ctx, tx, m.before, r); err != nil {
		return err
	}
	m.before = *r
	return announce(ctx, tx, eventOf(step, was), *r)
}

// handled reports whether a step is work on the concern: whoever took one calls
// no raiser about it.
func (m *move) handled() bool {
	return !m.system && !m.own && !m.s.raised(m.by, m.r)
}

// took enters what was given with a step.
func (m *move) took(step procedure.Step, c procedure.Case, now time.Time) {
	r, f := &m.r, step.Fields
	k := &r.Content
	switch step.Action {
	case "assign":
		k.Handler, k.PromisedOn, k.Extended = f["handler"], dayOf(c.DueAt), false
	case procedure.ExtendAction:
		k.PromisedOn, k.Extended = dayOf(c.DueAt), true
	case "ask":
		k.WaitLeft = daysLeft(r.DueAt, now)
	case "answer", "resume":
		if r.Visibility != Sealed {
			k.PromisedOn = dayOf(c.DueAt)
		}
	case "to_village", "to_township", "to_county", "back":
		k.Handler, k.PromisedOn, k.Extended = "", "", false
	case "escalate":
		k.Handler, k.PromisedOn, k.Extended, r.Escalated = "", "", false, true
	case "to_consultation", "to_resolution", "to_mediation", "link":
		k.Handler, k.PromisedOn, k.Extended = "", "", false
		m.link(step)
	case "reopen_village", "reopen_township", "reopen_county":
		r.Reopened, k.PromisedOn, k.Extended = true, dayOf(c.DueAt), false
	case "merge":
		r.MergedInto, r.AgainAt = m.merging, time.Time{}
	case "withdraw":
		r.AgainAt = time.Time{}
	}
	if id := f["disclosure"]; id != "" {
		k.Links = append(slices.Clone(k.Links), Link{Kind: LinkDisclosure, ID: id})
	}
	if result := resultOf(step); result != "" && r.Visibility != Sealed {
		k.Result = result
	}
}

// daysLeft counts the days that the handler still had, at least one.
func daysLeft(due, now time.Time) int {
	return max(int(calendar.Day(due).Sub(calendar.Day(now))/(24*time.Hour)), 1)
}

// resultOf gives what came of a concern in words, "" where a step ends nothing.
func resultOf(step procedure.Step) string {
	f := step.Fields
	switch step.Action {
	case "finish", "on_the_spot":
		return f["result"]
	case "answer":
		return f["result"] // of a sealed one; the raiser's answer has no such field
	case "unable":
		return f["reason"]
	case "not_ours":
		return f["reason"] + "（应该找：" + f["where"] + "）"
	}
	return ""
}

// linkKinds are where a concern goes on, by the action that leads there.
var linkKinds = map[string]string{"to_consultation": "consultation", "to_resolution": "resolution", "to_mediation": "mediation"}

// link ties the concern to what it goes on as. The number may come later.
func (m *move) link(step procedure.Step) {
	k := &m.r.Content
	links := slices.Clone(k.Links)
	if kind := linkKinds[step.Action]; kind != "" {
		links = append(links, Link{Kind: kind, ID: step.Fields["link"]})
	} else if n := len(links); n > 0 {
		links[n-1].ID = step.Fields["link"]
	}
	k.Links = links
}

// draw decides, when a concern comes to an end, whether its raiser is called. A
// raiser without an account is always called: nobody else can say how it was.
func (m *move) draw() {
	r := &m.r
	if r.Callback != NotCalled || r.Visibility == Sealed || r.State == Merged || r.State == Withdrawn {
		return
	}
	over := !r.State.Open()
	if over && m.s.drawn(r.ID) || (over || r.State == Done) && r.voiceless() {
		r.Callback = ToCall
	}
}

// voiceless reports whether the raiser has no account of their own, and can be
// asked.
func (r Record) voiceless() bool {
	return r.Content.ByOffice && r.Resident == "" && !r.Content.Anonymous
}
