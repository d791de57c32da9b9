package disclosure

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/fault"
	"cunwu/service/procedure"
	"cunwu/service/record"
	"cunwu/service/screening"
)

// Act takes an action of the posting's case: submit, approve, object, proceed,
// confirm, return, publish, withdraw, extend. in.Revision, where given, is that
// of the Posting that was read. Refusals: those of procedure.Service.Act, and
// auth.required, auth.stale, disclosure.not_found, disclosure.raced; at submit
// and at publish also request.invalid, disclosure.totals_differ and
// disclosure.private_data.
func (s *Service) Act(ctx context.Context, by account.Caller, act audit.Act, id string, in procedure.Input) (Posting, error) {
	before, item, err := s.toWork(ctx, by, id)
	if err != nil {
		return Posting{}, err
	}
	if err := s.checkSaid(before, in); err != nil {
		return Posting{}, err
	}
	draft, raw, err := s.storedDraft(ctx, before)
	if err != nil {
		return Posting{}, err
	}
	desk, err := s.desk(ctx, by, before, item, draft.Media)
	if err != nil {
		return Posting{}, err
	}
	if desk.before, err = s.previousOf(ctx, before, item); err != nil {
		return Posting{}, err
	}
	if before.State == Confirmed && desk.fit(draft) == nil {
		desk.passed = raw
	}
	act = s.actingAs(by, act, before, in.Action)
	may, stale := s.mayAt(by, before.Region)
	var out Posting
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		m, err := desk.lock(ctx, tx, id)
		if err != nil {
			return err
		}
		if in.Revision != 0 && in.Revision != m.rec.Revision {
			return ErrRaced
		}
		if m.rec.State == Expired {
			return procedure.ErrStage
		}
		if err := m.checkSeen(in); err != nil {
			return err
		}
		in := procedure.Input{Action: in.Action, Fields: in.Fields, Media: in.Media}
		c, step, err := s.opt.Procedures.Act(ctx, tx, act, m.rec.CaseID, in, may, m.effect)
		if err != nil {
			return err
		}
		if out, err = m.finish(ctx, c, step); err != nil {
			return err
		}
		return tx.Answer(ctx, out)
	})
	if errors.Is(err, procedure.ErrForbidden) && *stale != nil {
		return Posting{}, *stale
	}
	return out, err
}

// FireTimer does what the timer of a posting's case asks for; see
// procedure.Service.Sweep. procedure.ErrTooEarly where somebody was quicker.
func (s *Service) FireTimer(ctx context.Context, c procedure.Case) error {
	rec, err := s.store.PostingRecord(ctx, c.SubjectID)
	if err != nil {
		return err
	}
	item, err := s.itemOf(rec)
	if err != nil {
		return err
	}
	desk, err := s.desk(ctx, account.Caller{}, rec, item, nil)
	if err != nil {
		return err
	}
	act := audit.BySystem("timer").As("timer", string(rec.Region))
	return s.store.InTx(ctx, act, func(tx Tx) error {
		m, err := desk.lock(ctx, tx, rec.ID)
		if err != nil {
			return err
		}
		after, step, err := s.opt.Procedures.Fire(ctx, tx, act, m.rec.CaseID, m.effect)
		if err != nil {
			return err
		}
		return m.save(ctx, after, step)
	})
}

// checkSaid screens what is said with an action: opinions and reasons are shown.
func (s *Service) checkSaid(rec Record, in procedure.Input) error {
	var parts []screening.Part
	for _, code := range slices.Sorted(maps.Keys(in.Fields)) {
		parts = append(parts, screening.Part{Location: "body." + code, Text: in.Fields[code]})
	}
	return s.opt.Screening.Refuse(rec.Region, ErrPrivate, parts...)
}

// actingAs names the office under which an action is taken: the one that holds
// the power named like it, else the first that the caller holds here.
func (s *Service) actingAs(by account.Caller, act audit.Act, rec Record, action string) audit.Act {
	for _, p := range append([]string{Procedure + "." + action}, powersOf()...) {
		if g, err := s.opt.Powers.May(by, p, rec.Region); err == nil {
			return act.As(string(g.Role), string(g.Region))
		}
	}
	return act
}

// move is one posting being moved inside a transaction.
type move struct {
	*desk
	tx      Tx
	rec     Record
	content Content // the draft, or what stands
	draft   []byte
	salt    []byte // of the text just published
	changed bool   // what the public sees has changed
}

// lock takes the posting, before its case: all movers take them in this order.
func (d *desk) lock(ctx context.Context, tx Tx, id string) (*move, error) {
	rec, draft, err := tx.PostingForUpdate(ctx, id)
	if err != nil {
		return nil, err
	}
	content, err := readContent(draft)
	if err != nil {
		return nil, err
	}
	return &move{desk: d, tx: tx, rec: rec, content: content, draft: draft}, nil
}

// effect does what a step of the case brings about.
func (m *move) effect(ctx context.Context, e procedure.Effect, c procedure.Case) error {
	switch e.Name {
	case effSubmitted:
		return m.submitted()
	case effPublished:
		return m.published(ctx, c, e.Step)
	case effWithdrawn:
		return m.withdrawn(ctx, e.Step)
	case effArchived:
		return m.archived(ctx)
	}
	return nil // reviewed and confirmed are told by the step itself
}

// submitted masks the draft by rule, checks it whole, and clears the word of an
// earlier review.
func (m *move) submitted() error {
	m.content = masked(m.s.opt.Screening, m.s.opt.Accounts, m.item, m.content)
	if err := m.fit(m.content); err != nil {
		return err
	}
	var err error
	m.draft, err = m.content.Canonical()
	m.rec.Shown = m.content.shown(m.rec.Shown.Questions)
	m.rec.Review = nil
	return err
}

// published makes the draft the next version and puts it into the feeds, above
// everything older. The rules may have grown since the submission, so it is
// checked again. Its time is that of its entry in the public record, whose head
// is locked last.
func (m *move) published(ctx context.Context, c procedure.Case, step procedure.Step) error {
	if m.passed == nil || !bytes.Equal(m.passed, m.draft) {
		if err := m.fit(m.content); err != nil {
			return err
		}
	}
	scopes, err := m.leaveFeeds(ctx)
	if err != nil {
		return err
	}
	if len(m.content.Media) > 0 {
		if err := m.tx.HangMedia(ctx, m.rec.ID, m.content.Media, true); err != nil {
			return err
		}
	}
	place, err := m.tx.NextPlace(ctx)
	if err != nil {
		return err
	}
	if !c.TimerAt.IsZero() && !calendar.Day(place.At).Equal(calendar.Day(m.tx.Now())) {
		// The posting time was counted from the day before: a second later it fits.
		return fault.ErrUnavailable.After(time.Second)
	}
	m.dated(place, c)
	if err := m.addVersion(ctx, place, step.Actor); err != nil {
		return err
	}
	m.draft, m.changed = nil, true
	return m.tx.PutFeed(ctx, scopes, m.rec.Pos)
}

// dated makes the posting's record that of a text published at a place of the
// public record.
func (m *move) dated(place record.Place, c procedure.Case) {
	m.rec.Version++
	m.rec.PublishedAt, m.rec.PostedFrom, m.rec.PostedUntil = place.At, place.At, c.TimerAt
	if m.rec.FirstAt.IsZero() {
		m.rec.FirstAt = place.At
		due, dated := m.item.Due(m.rec.Period, m.s.opt.Holidays)
		m.rec.Late = dated && place.At.After(due)
	}
	m.rec.Pos, m.rec.LogIndex = Position(place.At, place.Index), &place.Index
	m.rec.Reason = ""
	m.rec.Shown = m.content.shown(m.rec.Shown.Questions)
}

// maxAuthor is what the archive keeps of a masked name and an office.
const maxAuthor = 100

// addVersion stores the published text and its entry in the public record.
func (m *move) addVersion(ctx context.Context, place record.Place, author audit.Actor) error {
	v := VersionRecord{
		PostingID: m.rec.ID, Number: m.rec.Version, PublishedAt: place.At, Content: m.draft, LogIndex: &place.Index,
		Author: firstRunes(m.signature(author), maxAuthor),
	}
	if m.rec.committed() {
		v.Salt = record.NewSalt()
	}
	v.Digest, m.salt = digestOf(m.draft, v.Salt), v.Salt
	files, ok := fileDigests(m.content.Media, func(id string) (string, bool) { o, ok := m.objects[id]; return o.Digest, ok })
	if !ok {
		return ErrRaced // the draft changed while the desk was made ready
	}
	if err := m.tx.AddPostingVersion(ctx, v); err != nil {
		return err
	}
	return m.tx.AppendLeaf(ctx, place, publishedLeaf(m.rec, v, m.content, v.Digest, files))
}

// leaveFeeds takes the posting out of the feeds, where it stands in them, and
// gives those in which it is to stand.
func (m *move) leaveFeeds(ctx context.Context) ([]int64, error) {
	category, ok := m.s.opt.Catalogue.Edition(m.rec.Edition).CategoryOf(m.rec.Category)
	if !ok {
		return nil, ErrCategoryUnknown
	}
	scopes := Scopes(m.rec.Region, category.Number, m.rec.Visibility)
	if m.rec.Pos == 0 {
		return scopes, nil
	}
	return scopes, m.tx.DropFeed(ctx, scopes, m.rec.Pos)
}

// withdrawn takes the text down: its place in the feeds keeps a tombstone, and
// the text becomes the draft of the correction. For privacy it leaves the
// versions too.
func (m *move) withdrawn(ctx context.Context, step procedure.Step) error {
	standing, err := m.tx.PostingVersionForUpdate(ctx, m.rec.ID, m.rec.Version)
	if err != nil {
		return err
	}
	m.draft = standing.Content
	if m.content, err = readContent(m.draft); err != nil {
		return err
	}
	m.rec.Reason, m.changed = step.Fields["reason"], true
	if step.Fields["kind"] == "privacy" {
		if err := m.tx.EraseVersions(ctx, m.rec.ID); err != nil {
			return err
		}
	}
	if err := m.tx.HangMedia(ctx, m.rec.ID, m.content.Media, false); err != nil {
		return err
	}
	return m.ended(ctx, withdrawnLeaf(m.rec), m.rec.Reason)
}

// archived ends the posting time. A list of persons goes with it.
func (m *move) archived(ctx context.Context) error {
	m.changed = true
	if !m.rec.Personal {
		return nil
	}
	m.draft, m.content = nil, Content{}
	m.rec.Shown = Shown{Questions: m.rec.Shown.Questions}
	if err := m.tx.EraseVersions(ctx, m.rec.ID); err != nil {
		return err
	}
	return m.ended(ctx, expiredLeaf(m.rec), "")
}

// ended leaves the entry that says that the standing text is gone.
func (m *move) ended(ctx context.Context, leaf record.Leaf, reason string) error {
	place, err := record.Append(ctx, m.tx, leaf)
	if err != nil {
		return err
	}
	m.rec.LogIndex = &place.Index
	return m.tx.EndPostingVersion(ctx, m.rec.ID, m.rec.Version, place, reason)
}

// finish writes the posting after a step and gives it as the actor sees it.
func (m *move) finish(ctx context.Context, c procedure.Case, step procedure.Step) (Posting, error) {
	if err := m.save(ctx, c, step); err != nil {
		return Posting{}, err
	}
	return m.view(m.rec, c, showing{m.content, m.salt})
}

func (m *move) save(ctx context.Context, c procedure.Case, step procedure.Step) error {
	before := m.rec.State
	m.rec.State = State(m.s.opt.Procedures.State(c))
	if m.rec.State == Archived && m.rec.Personal {
		m.rec.State = Expired
	}
	if opinion, objection := step.Fields["opinion"], step.Fields["objection"]; opinion != "" || objection != "" {
		m.rec.Review = &Review{
			Opinion: opinion, Objection: objection, LookedAt: len(step.Media),
			By: m.signature(step.Actor), At: step.At.Truncate(time.Millisecond),
		}
	}
	m.rec.Revision++
	if err := m.tx.SavePosting(ctx, m.rec, m.draft); err != nil {
		return err
	}
	if kind := eventOf(before, m.rec.State, c.Returned); kind != "" {
		if err := m.announce(ctx, kind); err != nil {
			return err
		}
	}
	if m.changed {
		return m.tx.RegionChanged(ctx, m.rec.Region)
	}
	return nil
}

// signature is the masked name and the office of whoever took a step.
func (m *move) signature(actor audit.Actor) string {
	return screening.Signature(m.by, account.Role(actor.Role), m.s.opt.RoleName)
}
