package ballot

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/chronicle"
	"cunwu/service/outbox"
)

// Kinds of events that this package announces (see package outbox). Region is
// the village or group, Subject the ballot's id. Facts of all: state, sealed.
// There is never a figure in them, nor anything of a voter.
const (
	EventOpened    = "ballot.opened"
	EventClosing   = "ballot.closing" // soon; open ballots only
	EventClosed    = "ballot.closed"
	EventCounted   = "ballot.counted" // the supervisory committee is to certify it
	EventCertified = "ballot.certified"
	EventCancelled = "ballot.cancelled" // after it was open
	EventVoid      = "ballot.void"      // sealed, and too few
)

// eventOf gives the event of a state that was just reached, "" for none.
func eventOf(r Record) string {
	switch r.State {
	case Open:
		return EventOpened
	case Closed:
		return EventClosed
	case Counted:
		return EventCounted
	case Certified:
		return EventCertified
	case Cancelled:
		if !r.OpenedAt.IsZero() {
			return EventCancelled
		}
	case Void:
		return EventVoid
	case Draft, KeysReady:
	}
	return ""
}

// announce tells that a ballot came into its state, and puts what everybody may
// know into the chronicle of the place. It does nothing where the state is the
// one from before.
func announce(ctx context.Context, tx Tx, before State, r Record) error {
	kind := eventOf(r)
	if r.State == before || kind == "" {
		return nil
	}
	if err := say(ctx, tx, kind, r); err != nil {
		return err
	}
	heading, ok := headings[kind]
	if !ok {
		return nil
	}
	err := tx.AddEntry(ctx, chronicle.Entry{
		Kind: kind, Region: r.Region, Subject: r.ID, Title: heading + "：" + r.Question, Text: r.Told(), Link: Path(r.ID),
	})
	if err != nil {
		return err
	}
	return tx.RegionChanged(ctx, r.Region)
}

func say(ctx context.Context, tx Tx, kind string, r Record) error {
	return tx.Announce(ctx, outbox.Event{Kind: kind, Region: r.Region, Subject: r.ID, Facts: map[string]string{
		"state": string(r.State), "sealed": strconv.FormatBool(r.Sealed),
	}})
}

// headings are the words for what everybody may know. That a ballot is counted
// is the supervisory committee's business alone.
var headings = map[string]string{
	EventOpened: "表决开始", EventClosed: "表决截止", EventCertified: "表决结果", EventCancelled: "表决取消", EventVoid: "表决没有开箱",
}

// Path is where a ballot is read on this site.
func Path(id string) string { return "/b/" + id }

// Told says in words where a ballot stands. It holds figures of casts only once
// the result is certified.
func (r Record) Told() string {
	switch r.State {
	case Open:
		return r.Span()
	case Closed, Counted:
		return "投票已经截止，结果由村务监督委员会确认以后公布。"
	case Certified:
		if r.Tally != nil {
			return r.Tally.Reasoning
		}
	case Cancelled, Void:
		return r.Reason
	case Draft, KeysReady:
	}
	return ""
}

// Span says from when until when people can vote.
func (r Record) Span() string {
	const form = "1月2日15:04"
	from := r.OpensAt
	if r.OpenedAt.After(from) {
		from = r.OpenedAt
	}
	return from.In(calendar.China).Format(form) + " 到 " + r.ClosesAt.In(calendar.China).Format(form) + " 可以投票。"
}

const (
	// remindBefore is how long before the end those are reminded who have not
	// voted; half-way through a vote that is shorter than twice that.
	remindBefore  = 24 * time.Hour
	remindBatch   = 50
	noticeClosing = "closing"
)

// remindAt gives when a ballot's voters are reminded.
func (r Record) remindAt() time.Time {
	from := r.OpensAt
	if r.OpenedAt.After(from) {
		from = r.OpenedAt
	}
	return r.ClosesAt.Add(-min(remindBefore, r.ClosesAt.Sub(from)/2))
}

// remind announces of open ballots, once, that they close soon. Of sealed ones
// it does not: whether somebody has voted there is nobody's business, not even
// a program's that writes messages.
func (s *Service) remind(ctx context.Context) error {
	now := s.opt.Clock.Now()
	ids, err := s.store.BallotsClosing(ctx, now, now.Add(remindBefore), noticeClosing, remindBatch)
	if err != nil {
		return err
	}
	var problems []error
	for _, id := range ids {
		if err := s.remindOf(ctx, id); err != nil {
			problems = append(problems, fmt.Errorf("remind of ballot %s: %w", id, err))
		}
	}
	return errors.Join(problems...)
}

var errNotYet = errors.New("ballot: nobody is reminded yet")

func (s *Service) remindOf(ctx context.Context, id string) error {
	r, err := s.store.BallotRecord(ctx, id)
	if err != nil || s.opt.Clock.Now().Before(r.remindAt()) {
		return err
	}
	err = s.store.InTx(ctx, audit.BySystem("ballot.remind"), func(tx Tx) error {
		r, err := tx.BallotForUpdate(ctx, id)
		if err != nil {
			return err
		}
		if r.State != Open || r.Sealed || tx.Now().Before(r.remindAt()) || !tx.Now().Before(r.ClosesAt) {
			return errNotYet
		}
		first, err := tx.FirstNotice(ctx, r.Number, noticeClosing)
		if err != nil {
			return err
		}
		if !first {
			return errNotYet
		}
		if err := say(ctx, tx, EventClosing, r); err != nil {
			return err
		}
		return tx.Record(ctx, event("ballot.remind", r, nil))
	})
	if errors.Is(err, errNotYet) {
		return nil
	}
	return err
}
