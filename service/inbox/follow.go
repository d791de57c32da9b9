package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/concern"
	"cunwu/service/consultation"
	"cunwu/service/disclosure"
	"cunwu/service/moderation"
	"cunwu/service/outbox"
	"cunwu/service/region"
)

// Kinds of events that are told. Others are let pass.
const (
	kindSubmitted = disclosure.EventSubmitted
	kindReturned  = disclosure.EventReturned
	kindReviewed  = disclosure.EventReviewed
	kindConfirmed = disclosure.EventConfirmed
	kindPublished = disclosure.EventPublished
	kindWithdrawn = disclosure.EventWithdrawn
	kindAsked     = "question.asked"
	kindAnswered  = "question.answered"
	kindEscalated = "question.escalated"
	kindRemind    = "duty.remind"
	kindBoard     = "board.posted"
	kindUnseen    = moderation.Waiting
)

// spreadRows bounds how many rows of followers one transaction reads.
const spreadRows = 500

// errNothing undoes a transaction in which nothing was to be done.
var errNothing = errors.New("inbox: nothing to do")

// Follow takes at most limit events of the outbox and writes the messages that
// follow from them, in one transaction. It gives how many it took.
func (s *Service) Follow(ctx context.Context, limit int) (int, error) {
	taken := 0
	err := s.store.InTx(ctx, audit.BySystem("inbox"), func(tx Tx) error {
		taken = 0
		events, err := tx.TakeEvents(ctx, outbox.Notify, limit)
		if err != nil {
			return err
		}
		if len(events) == 0 {
			return errNothing
		}
		for _, e := range events {
			if err := s.tellEvent(ctx, tx, e); err != nil {
				return fmt.Errorf("inbox: tell %s %s: %w", e.Kind, e.Subject, err)
			}
		}
		taken = len(events)
		return tx.Record(ctx, audit.Event{
			Action: "inbox.tell", Object: "outbox", Result: "ok", Detail: map[string]string{"events": strconv.Itoa(taken)},
		})
	})
	if errors.Is(err, errNothing) {
		return 0, nil
	}
	return taken, err
}

// Spread goes on with the oldest event that has more followers than one
// transaction takes, and reports whether there was one.
func (s *Service) Spread(ctx context.Context) (bool, error) {
	if waiting, err := s.store.SpreadWaiting(ctx); err != nil || !waiting {
		return false, err
	}
	err := s.store.InTx(ctx, audit.BySystem("inbox"), func(tx Tx) error {
		job, ok, err := tx.OldestSpread(ctx)
		if err != nil {
			return err
		}
		if !ok {
			return errNothing
		}
		var e outbox.Event
		if err := json.Unmarshal(job.Event, &e); err != nil {
			return fmt.Errorf("inbox: read spread: %w", err)
		}
		if job.After, err = s.tellWidely(ctx, tx, e, job.After); err != nil {
			return err
		}
		if job.After == "" {
			err = tx.DropSpread(ctx, job.Serial)
		} else {
			err = tx.SaveSpread(ctx, job)
		}
		if err != nil {
			return err
		}
		return tx.Record(ctx, audit.Event{Action: "inbox.tell", Object: "outbox", ObjectID: e.Subject, Result: "ok"})
	})
	if errors.Is(err, errNothing) {
		return false, nil
	}
	return err == nil, err
}

// told names an event: what is told of it is told once.
func told(e outbox.Event) string {
	tail := e.Facts["version"]
	switch e.Kind {
	case kindRemind:
		tail = e.Facts["stage"] + "/" + e.At.Format("20060102")
	case kindSubmitted, kindReturned, kindReviewed, kindConfirmed, kindWithdrawn, kindAnswered, kindEscalated:
		// These may come again in the life of one thing.
		tail = strconv.FormatInt(e.At.UnixMilli(), 36)
	}
	if strings.HasPrefix(e.Kind, consultation.EventPrefix) {
		tail = e.Facts["revision"] // a step may be taken again
	}
	if strings.HasPrefix(e.Kind, concern.EventPrefix) && e.Kind != concern.EventAskAgain {
		tail = strconv.FormatInt(e.At.UnixMilli(), 36) // a step may be taken again
	}
	if strings.HasPrefix(e.Kind, redblackPrefix) {
		tail = e.Facts["revision"]
	}
	return e.Kind + "/" + e.Subject + "/" + tail
}

// tellEvent writes everything that follows from one event.
func (s *Service) tellEvent(ctx context.Context, tx Tx, e outbox.Event) error {
	if movesOn(e.Kind) {
		// The matter went on: who was to do the step before need not any more.
		if err := tx.CloseMatter(ctx, e.Subject, workOn(e.Subject)); err != nil {
			return err
		}
	}
	if _, known := purpose(e.Kind); !known {
		return nil
	}
	if first, err := tx.FirstTold(ctx, told(e)); err != nil || !first {
		return err
	}
	if e.Kind == kindAsked {
		if err := s.followAsked(ctx, tx, e); err != nil {
			return err
		}
	}
	if e.Kind == kindWithdrawn {
		// What had to be taken down must not be read on in messages.
		if err := tx.HideBodies(ctx, kindPublished, e.Subject, "这条公开已撤下更正。"); err != nil {
			return err
		}
	}
	if err := s.tellDirectly(ctx, tx, e); err != nil {
		return err
	}
	after, err := s.tellWidely(ctx, tx, e, "")
	if err != nil || after == "" {
		return err
	}
	raw, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("inbox: write spread: %w", err)
	}
	return tx.AddSpread(ctx, Spread{Event: raw, After: after})
}

// movesOn reports whether an event means that a matter stands elsewhere now.
func movesOn(kind string) bool {
	if what, ok := strings.CutPrefix(kind, redblackPrefix); ok {
		return !voices[what]
	}
	for _, prefix := range []string{"disclosure.", consultation.EventPrefix, ballotPrefix, concern.EventPrefix} {
		if strings.HasPrefix(kind, prefix) {
			return true
		}
	}
	return false
}

// followAsked makes whoever asks about a posting follow it: they hear of its
// corrections without a further step, and can leave it in their list.
func (s *Service) followAsked(ctx context.Context, tx Tx, e outbox.Event) error {
	posting := e.Facts["posting"]
	if posting == "" || e.Actor == "" || e.Actor == audit.System {
		return nil
	}
	if n, err := tx.CountFollows(ctx, e.Actor); err != nil || n >= mostFollows {
		return err
	}
	return tx.PutFollow(ctx, e.Actor, Follow{Kind: FollowPosting, Key: posting}.Followed())
}

// offices says by kind of event who must act, by role and level of the place.
func offices(e outbox.Event) (region.Level, []account.Role) {
	switch e.Kind {
	case kindSubmitted, kindBoard:
		return region.Village, []account.Role{account.Supervisor}
	case kindReviewed:
		return region.Village, []account.Role{account.Director}
	case kindConfirmed, kindReturned:
		return region.Village, []account.Role{account.Clerk}
	case kindAsked:
		return region.Village, []account.Role{account.Clerk, account.Director}
	case kindEscalated:
		return region.Township, []account.Role{account.TownshipRole}
	case kindRemind:
		if e.Facts["stage"] == stageTownship {
			return region.Township, []account.Role{account.TownshipRole}
		}
		return region.Village, []account.Role{account.Clerk, account.Director}
	case kindUnseen:
		return region.Village, []account.Role{account.Clerk, account.Supervisor, "four_post"}
	}
	return 0, nil
}

// stageTownship is the stage of a reminder that goes to the township.
const stageTownship = "township"

// tellDirectly tells those whom an event concerns by their office or because
// they asked.
func (s *Service) tellDirectly(ctx context.Context, tx Tx, e outbox.Event) error {
	switch {
	case strings.HasPrefix(e.Kind, consultation.EventPrefix):
		return s.tellOfConsultation(ctx, tx, e)
	case strings.HasPrefix(e.Kind, ballotPrefix):
		return s.tellOfBallot(ctx, tx, e)
	case strings.HasPrefix(e.Kind, concern.EventPrefix):
		return s.tellOfConcern(ctx, tx, e)
	case strings.HasPrefix(e.Kind, redblackPrefix):
		return s.tellOfEntry(ctx, tx, e)
	}
	if level, roles := offices(e); len(roles) > 0 {
		at := e.Region.At(level)
		accounts, err := tx.OfficeAccounts(ctx, at, roles)
		if err != nil {
			return err
		}
		n, err := s.forOfficers(ctx, e)
		if err != nil {
			return err
		}
		if err := s.tell(ctx, tx, e, n, accounts); err != nil {
			return err
		}
	}
	if (e.Kind != kindAnswered && e.Kind != kindEscalated) || s.o.Askers == nil {
		return nil
	}
	accounts, err := s.o.Askers.Askers(ctx, e.Subject)
	if err != nil {
		return err
	}
	n, err := s.forAskers(ctx, e)
	if err != nil {
		return err
	}
	return s.tell(ctx, tx, e, n, accounts)
}

// tellWidely tells those of an event who may be many, with accounts above
// after, and gives the last it told where there may be more, else "".
func (s *Service) tellWidely(ctx context.Context, tx Tx, e outbox.Event, after string) (string, error) {
	switch {
	case strings.HasPrefix(e.Kind, consultation.EventPrefix):
		return s.tellVillagers(ctx, tx, e, after)
	case strings.HasPrefix(e.Kind, ballotPrefix):
		return s.tellVoters(ctx, tx, e, after)
	case strings.HasPrefix(e.Kind, redblackPrefix):
		return s.tellReaders(ctx, tx, e, after)
	case e.Kind == kindPublished, e.Kind == kindWithdrawn:
		return s.tellFollowers(ctx, tx, e, after)
	}
	return "", nil
}

// tellFollowers tells followers with accounts above after, and gives the last
// it told where there may be more, else "".
func (s *Service) tellFollowers(ctx context.Context, tx Tx, e outbox.Event, after string) (string, error) {
	brief, ok, err := tx.PostingBrief(ctx, e.Subject)
	if err != nil || !ok || brief.stale(e) {
		return "", err
	}
	rows, err := tx.Followers(ctx, followedBy(e, brief), after, spreadRows)
	if err != nil || len(rows) == 0 {
		return "", err
	}
	next := ""
	if len(rows) == spreadRows {
		// The last account may follow more than was read: it comes next time.
		last := rows[len(rows)-1].Account
		rows = slices.DeleteFunc(rows, func(f Following) bool { return f.Account == last })
		next = rows[len(rows)-1].Account
	}
	closest := map[string]string{} // account to what it follows
	for _, r := range rows {
		if had, ok := closest[r.Account]; !ok || closer(r.Followed, had) {
			closest[r.Account] = r.Followed
		}
	}
	groups := map[string][]string{}
	for who, what := range closest {
		groups[what] = append(groups[what], who)
	}
	for _, what := range sorted(groups) {
		who := groups[what]
		slices.Sort(who)
		if brief.Personal {
			readers, err := tx.VillageReaders(ctx, e.Region, who)
			if err != nil {
				return "", err
			}
			who = slices.DeleteFunc(who, func(a string) bool { return !readers[a] })
		}
		n, err := s.forFollowers(ctx, e, brief, what)
		if err != nil {
			return "", err
		}
		if err := s.tell(ctx, tx, e, n, who); err != nil {
			return "", err
		}
	}
	return next, nil
}

// stale reports whether an event is no longer true of a posting: a newer one
// tells of what it is now.
func (b Brief) stale(e outbox.Event) bool {
	if e.Kind != kindPublished {
		return false
	}
	standing := b.State == string(disclosure.Published) || b.State == string(disclosure.Archived)
	return !standing || strconv.Itoa(b.Version) != e.Facts["version"]
}

// followedBy gives the things whose followers an event concerns. What villagers
// alone may read is in no feed above the village.
func followedBy(e outbox.Event, b Brief) []string {
	out := []string{Follow{Kind: FollowPosting, Key: e.Subject}.Followed()}
	if e.Kind == kindWithdrawn {
		return out
	}
	out = append(out, Follow{Kind: FollowItem, Key: string(e.Region) + "/" + e.Facts["item"]}.Followed())
	places := e.Region.Path()
	if b.Personal {
		places = []region.Code{e.Region}
	}
	for _, p := range places {
		out = append(out, Follow{Kind: FollowPlace, Key: string(p)}.Followed())
	}
	return out
}

// closer reports whether one thing is closer to a posting than another: the
// posting itself, then its item, then the smaller place.
func closer(a, b string) bool {
	rank := func(s string) int {
		f := parseFollowed(s)
		switch f.Kind {
		case FollowPosting:
			return 1000
		case FollowItem:
			return 100
		case FollowPlace:
		}
		return len(f.Key)
	}
	return rank(a) > rank(b)
}
