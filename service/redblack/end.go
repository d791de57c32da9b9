package redblack

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/chronicle"
	"cunwu/service/outbox"
	"cunwu/service/procedure"
	"cunwu/service/ranking"
	"cunwu/service/record"
)

// endKinds are the words for how an entry ended, by the action that ended it.
var endKinds = map[string]string{
	"expire": "expiry", "reject": "refusal", "not_adopted": "not_adopted", "not_agreed": "not_agreed", "lapse": "lapse",
	"decline": "declined", "decline_paper": "declined", "unanswered": "unanswered", "remove_me": "consent_withdrawn",
	"mended": "correction", "confirm": "correction", "uphold": "revocation", "revoke": "revocation",
}

// end erases, in the transaction that ends an entry, all that is personal of it
// and all traces where it was shown: domain reference 7.5, docs/design/redblack.md.
func (m *move) end(ctx context.Context, action string, now time.Time) error {
	r := &m.r
	r.EndedAt, r.EndKind = now, endKinds[action]
	if r.State == Corrected {
		if err := m.turn(ctx, now); err != nil {
			return err
		}
	}
	if r.State == Revoked && r.Kind == Black {
		if err := m.apologise(ctx, now); err != nil {
			return err
		}
	}
	if err := m.unrank(ctx); err != nil {
		return err
	}
	if err := m.unlog(ctx); err != nil {
		return err
	}
	if err := m.dropMedia(ctx, ""); err != nil {
		return err
	}
	if err := m.tx.WipeBoardEntry(ctx, r.ID); err != nil {
		return err
	}
	if r.Kind == Black || r.State != Expired {
		r.Deed, r.Group = "", ""
	}
	r.SubjectKey, r.MakerKey, r.Named, r.Private = "", "", false, Private{}
	return nil
}

// dropMedia takes the uploads of an entry off it, and their bytes after it.
func (m *move) dropMedia(ctx context.Context, use Use) error {
	ids, err := m.tx.DropBoardMedia(ctx, m.r.ID, use)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := m.tx.EraseMedia(ctx, id); err != nil {
			return err
		}
	}
	m.erase = append(m.erase, ids...)
	return nil
}

// Committed gives what the leaf of an entry commits to under its salt, in a form
// that anybody can make again while it is shown: canonical JSON of clause, deed,
// group, month and the name shown, "" for none.
func (e Entry) Committed() ([]byte, error) {
	name := e.Name
	if e.Kind == Black {
		name = ""
	}
	return committed(e.Clause.Code, e.Deed, string(e.Group), e.Month, name)
}

func committed(clause, deed, group, month, name string) ([]byte, error) {
	return record.Canonical(map[string]any{"clause": clause, "deed": deed, "group": group, "month": month, "name": name})
}

// leave puts the entry as it is listed into the public log. Of black the leaf
// never holds a name: naming comes later, and goes before.
func (m *move) leave(ctx context.Context) error {
	r := &m.r
	name := ""
	if r.Kind == Red {
		name = m.s.nameFor(m.by, *r, m.tx.Now())
	}
	raw, err := committed(r.Clause.Code, r.Deed, string(r.Group), r.Month, name)
	if err != nil {
		return fmt.Errorf("redblack: leaf of an entry: %w", err)
	}
	salt := record.NewSalt()
	at, err := record.Append(ctx, m.tx, record.Leaf{Kind: record.KindBoardListed, Facts: map[string]any{
		"id": r.ID, "region": string(r.Region), "list": string(r.Kind), "digest": record.Commitment(salt, raw), "committed": true,
	}})
	r.Log = &Logged{Index: at.Index, Salt: salt}
	return err
}

// unlog leaves the leaf of a removal and forgets the salt, so that what was
// committed to says nothing to anybody.
func (m *move) unlog(ctx context.Context) error {
	r := &m.r
	if r.Log == nil {
		return nil
	}
	at, err := record.Append(ctx, m.tx, record.Leaf{Kind: record.KindBoardRemoved, Facts: map[string]any{
		"id": r.ID, "region": string(r.Region), "list": string(r.Kind), "leaf": strconv.FormatInt(r.Log.Index, 10),
	}})
	r.Log = &Logged{Index: at.Index}
	return err
}

func (m *move) rank(ctx context.Context) error {
	r := m.r
	return m.tx.RankDeed(ctx, ranking.Deed{
		ID: r.ID, Region: r.Region, Group: r.Group, Title: r.Deed, Clause: r.Clause.Code, ClauseText: r.Clause.Text, Topic: r.Clause.Topic,
		ListedAt: r.ListedAt, Open: true,
	})
}

// unrank ends endorsing; what should not have been listed leaves the rankings.
func (m *move) unrank(ctx context.Context) error {
	if m.r.Kind != Red || m.r.ListedAt.IsZero() {
		return nil
	}
	if m.r.State == Expired {
		return m.tx.CloseDeed(ctx, m.r.ID)
	}
	return m.tx.DropDeed(ctx, m.r.ID)
}

// turnedDeed is shown where the keeper wrote nothing else.
const turnedDeed = "主动改正，带头遵守村规民约。"

// turn puts whoever corrected it up for the red list, where the covenant says so:
// verified already, with the origin.
func (m *move) turn(ctx context.Context, now time.Time) error {
	if !m.prep.turns || m.r.Private.Resident == "" {
		return nil
	}
	p := m.r.Private
	deed := m.fields["red_deed"]
	if deed == "" {
		deed = turnedDeed
	}
	red := Record{
		ID: audit.NewID(), Kind: Red, Region: m.r.Region, Group: m.r.Group, Clause: m.prep.turnedRef, CreatedAt: now, Deed: deed,
		Month: now.In(calendar.China).Format("2006-01"), SubjectKey: m.r.SubjectKey,
		Private: Private{
			Origin: m.r.ID, Name: p.Name, NameGroup: p.NameGroup, Resident: p.Resident, Minor: p.Minor, Facts: m.fields["note"], At: today(now),
		},
	}
	if err := m.s.begin(ctx, m.tx, m.act, &red); err != nil {
		return err
	}
	c, _, err := m.s.opt.Procedures.Act(ctx, m.tx, m.act, red.CaseID, procedure.Input{Action: "verify", Fields: map[string]string{
		"resident": p.Resident, "deed": deed, "month": red.Month,
	}}, func(power string) bool { return power == PowerKeep }, nil)
	if err != nil {
		return err
	}
	red.Stage, red.State, red.Revision = c.Stage, State(m.s.opt.Procedures.State(c)), 2
	kept, err := m.s.closed(red)
	if err != nil {
		return err
	}
	if err := m.tx.SaveBoardEntry(ctx, kept); err != nil {
		return err
	}
	return m.s.tell(ctx, m.tx, red, "turned")
}

// apologise puts the apology where the entry was, for as long as it was there.
func (m *move) apologise(ctx context.Context, now time.Time) error {
	r := m.r
	if r.NoticeAt.IsZero() {
		return nil
	}
	length := max(now.Sub(r.NoticeAt), time.Duration(m.s.opt.Rules.Apology.Days)*24*time.Hour)
	return m.tx.AddBoardApology(ctx, ApologyRecord{
		ID: r.ID, Region: r.Region, Clause: r.Clause, Month: r.Month, Text: m.fields["apology"], MadeAt: now, ShownTo: now.Add(length),
	})
}

// appealed enters what was said and decided of an appeal.
func (m *move) appealed(step procedure.Step, now time.Time) error {
	r, p, f := &m.r, &m.r.Private, m.fields
	last := func(change func(a *Appeal)) {
		if n := len(p.Appeals); n > 0 {
			change(&p.Appeals[n-1])
		}
	}
	township := step.From == "notice_township" || step.From == "listed_township"
	switch step.Action {
	case "appeal", "appeal_paper":
		if late, _ := m.s.opt.Holidays.Deadline(r.NoticeAt, m.s.opt.Rules.Appeal.Days, m.s.opt.Rules.Appeal.Unit); now.After(late) {
			return ErrAppealLate
		}
		p.Claim = nil
		p.Appeals = append(p.Appeals, Appeal{Text: f["text"], At: now})
	case "appeal_on":
		last(func(a *Appeal) { a.Text += "\n" + f["text"] })
	case "escalate":
		last(func(a *Appeal) { a.Supervisor = "overdue" })
	case "uphold", "refuse":
		word := map[string]string{"uphold": "upheld", "refuse": "refused"}[step.Action]
		last(func(a *Appeal) {
			a.Reason, a.DecidedAt = f["reason"], now
			if township {
				a.Township = word
			} else {
				a.Supervisor = word
			}
		})
	}
	return m.noticed(m.c, now)
}

// tell says what happened to those who follow. Facts hold no texts and nothing of
// a person; whoever is told of their own matter is found by People.
func (s *Service) tell(ctx context.Context, tx Tx, r Record, action string) error {
	return tx.Announce(ctx, outbox.Event{Kind: "redblack." + action, Region: r.Region, Subject: r.ID, Facts: map[string]string{
		"list": string(r.Kind), "state": string(r.State), "public": strconv.FormatBool(r.State.OnBoard()),
		"revision": strconv.Itoa(r.Revision),
	}})
}

// chronicled keeps the chronicle: what is no longer shown leaves it altogether.
func (m *move) chronicled(ctx context.Context, action string) error {
	r, was := m.r, m.before.State.OnBoard()
	if !r.State.OnBoard() {
		if was || r.State.Ended() {
			if err := m.tx.DropEntries(ctx, r.ID); err != nil {
				return err
			}
		}
		if r.State == Revoked && r.Kind == Black && !r.NoticeAt.IsZero() {
			return m.tx.AddEntry(ctx, chronicle.Entry{
				Kind: "redblack.apology", Region: r.Region, Subject: r.ID, Title: "撤销黑榜并道歉", Text: m.fields["apology"], Link: Path(r.Region),
			})
		}
		return nil
	}
	title := map[string]string{"give_notice": "黑榜公示", "consent": "红榜公示", "consent_paper": "红榜公示", "list": r.Kind.Name() + "上榜"}[action]
	if title == "" && was {
		return nil
	}
	if title == "" {
		title = r.Kind.Name() + r.State.Name()
	}
	return m.tx.AddEntry(ctx, chronicle.Entry{
		Kind: "redblack." + action, Region: r.Region, Subject: r.ID, Title: title + "：" + r.Deed, Text: "村规民约：" + r.Clause.Text,
		Link: Path(r.Region),
	})
}
