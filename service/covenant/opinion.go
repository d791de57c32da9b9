package covenant

import (
	"context"
	"strings"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/screening"
)

// Origin is the way by which an opinion came in.
type Origin string

// Origins.
const (
	Online Origin = "online"
	Paper  Origin = "paper" // entered by the clerk, with the sheet
)

// Stance is what somebody thinks of the text or of a clause.
type Stance string

// Stances.
const (
	Support Stance = "support"
	Change  Stance = "change"
	Oppose  Stance = "oppose"
)

// Opinion is what was said of a version. It is seen by its author and by those
// who work on the text.
type Opinion struct {
	CovenantID string
	Version    int
	Number     int // from 1 within the version
	Origin     Origin
	Stance     Stance
	Clause     string // code, "" for the whole text
	Text       string
	People     int    // how many said so: 1 online
	Sheet      string // upload id of the paper
	Author     string // resident, "" of paper
	At         time.Time
	Adopted    bool
	Answer     string // why, "" until answered
	AnsweredBy string // the office
	AnsweredAt time.Time
}

// Answered reports whether the committee has answered.
func (o Opinion) Answered() bool { return !o.AnsweredAt.IsZero() }

// Counts are what everybody sees of the opinions on a version.
type Counts struct {
	Version  int
	People   map[Stance]int // how many people, by stance
	Opinions int
	Answered int
	Adopted  int
	Answers  []Answer
}

// Answer is the committee's word on an opinion, without whose it was and what
// it said.
type Answer struct {
	Number  int
	Stance  Stance
	Clause  string
	Adopted bool
	Reason  string
	By      string
	At      time.Time
}

// NewOpinion is what somebody says. People and Sheet are of paper alone, which
// the clerk enters.
type NewOpinion struct {
	Stance Stance
	Clause string // code of the draft, "" for the whole text
	Text   string // may be empty where the stance is support
	People int    // how many put their names under it
	Sheet  string // upload id of the photo of the sheet
}

const (
	leastAnswer = 4
	mostAnswer  = 500
)

// Speak says an opinion on the revision under way: verified villagers for
// themselves, the committee (People and Sheet given) what came in on paper.
// Refusals: auth.required, auth.stale, covenant.not_found, request.invalid,
// procedure.fields_invalid, covenant.not_villager, account.not_allowed,
// covenant.not_collecting, covenant.opinions_today_full. An opinion is not
// screened: nobody but its author and the committee reads it.
func (s *Service) Speak(ctx context.Context, by account.Caller, act audit.Act, id string, in NewOpinion) (Opinion, error) {
	if !by.Known() {
		return Opinion{}, account.ErrRequired
	}
	d, err := s.desk(ctx, id)
	if err != nil {
		return Opinion{}, err
	}
	in.Clause, in.Text, in.Sheet = strings.TrimSpace(in.Clause), strings.TrimSpace(in.Text), strings.TrimSpace(in.Sheet)
	paper := in.People != 0 || in.Sheet != ""
	if err := s.checkOpinion(ctx, by, d.work(), in, paper); err != nil {
		return Opinion{}, err
	}
	if paper {
		grant, err := s.opt.Powers.May(by, PowerManage, d.text.Region)
		if err != nil {
			return Opinion{}, err
		}
		act = act.As(string(grant.Role), string(grant.Region))
	} else if err := maySpeakNow(d.work(), by); err != nil {
		return Opinion{}, err
	}
	var out Opinion
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		w, err := locked(ctx, tx, d.text.ID)
		if err != nil {
			return err
		}
		if out, err = s.enter(ctx, tx, by, w, in, paper); err != nil {
			return err
		}
		if err := tx.Record(ctx, event("covenant.opinion", w.text)); err != nil {
			return err
		}
		if err := tx.RegionChanged(ctx, w.text.Region); err != nil {
			return err
		}
		return tx.Answer(ctx, out)
	})
	return out, err
}

func (s *Service) checkOpinion(ctx context.Context, by account.Caller, w *work, in NewOpinion, paper bool) error {
	var wr wrongs
	if in.Stance.Name() == "" {
		wr.add("body.stance", "应是 support（赞成）、change（建议修改）或 oppose（不赞成）。")
	}
	least := 2
	if in.Stance == Support {
		least = 0
	}
	wr.text("body.text", "意见", in.Text, least, s.opt.Rules.Opinions.Chars)
	if w.open != nil && in.Clause != "" {
		if _, ok := w.open.Clause(in.Clause); !ok {
			wr.add("body.clause", "草案里没有 %q 这一条。", cut(in.Clause))
		}
	}
	if paper && (in.People < 1 || in.People > s.opt.Rules.Opinions.PaperMost) {
		wr.add("body.people", "应是 1 到 %d 人。", s.opt.Rules.Opinions.PaperMost)
	}
	if paper && in.Sheet == "" {
		wr.add("body.sheet", "纸质意见要附上意见表的照片。")
	}
	if err := wr.err(); err != nil || !paper {
		return err
	}
	return s.ownPapers(ctx, by, "body.sheet", []string{in.Sheet})
}

// enter keeps an opinion on a locked text.
func (s *Service) enter(ctx context.Context, tx Tx, by account.Caller, w *work, in NewOpinion, paper bool) (Opinion, error) {
	if w.open == nil || w.open.State != Collecting {
		return Opinion{}, ErrNotCollecting
	}
	o := Opinion{
		CovenantID: w.text.ID, Version: w.open.Number, Origin: Online, Stance: in.Stance, Clause: in.Clause, Text: in.Text,
		People: 1, Author: by.ResidentID, At: tx.Now(),
	}
	if paper {
		o.Origin, o.People, o.Sheet, o.Author = Paper, in.People, in.Sheet, ""
	}
	all, own, err := tx.CovenantOpinionsMade(ctx, o.CovenantID, o.Version, o.Author, calendar.Day(tx.Now()))
	if err != nil {
		return Opinion{}, err
	}
	if rule := s.opt.Rules.Opinions; all >= rule.Most || !paper && own >= rule.PerDay {
		return Opinion{}, ErrTooMany
	}
	o.Number = all + 1
	return o, tx.AddCovenantOpinion(ctx, o)
}

// Opinions gives what was said of the newest version: all to those who work on
// the text, else what the caller said. Refusals: auth.required,
// covenant.not_found, covenant.not_villager.
func (s *Service) Opinions(ctx context.Context, by account.Caller, id string) ([]Opinion, error) {
	if !by.Known() {
		return nil, account.ErrRequired
	}
	t, err := s.store.CovenantByID(ctx, id)
	if err != nil {
		return nil, err
	}
	all, err := s.store.CovenantOpinions(ctx, t.ID, t.Last)
	if err != nil {
		return nil, err
	}
	if s.works(by, t.Region) {
		return all, nil
	}
	if by.ResidentID == "" || by.Village != t.Region {
		return nil, ErrNotVillager
	}
	own := []Opinion{}
	for _, o := range all {
		if o.Author == by.ResidentID {
			own = append(own, o)
		}
	}
	return own, nil
}

// Reply answers an opinion on the newest version, once. The reason is public.
// Refusals: auth.required, auth.stale, covenant.not_found, request.invalid,
// covenant.private_data, account.not_allowed, covenant.opinion_not_found,
// covenant.no_revision, covenant.opinion_answered.
func (s *Service) Reply(ctx context.Context, by account.Caller, act audit.Act, id string, number int, adopted bool, reason string) (Opinion, error) {
	if !by.Known() {
		return Opinion{}, account.ErrRequired
	}
	t, err := s.store.CovenantByID(ctx, id)
	if err != nil {
		return Opinion{}, err
	}
	reason = strings.TrimSpace(reason)
	var w wrongs
	w.text("body.reason", "理由", reason, leastAnswer, mostAnswer)
	if err := w.err(); err != nil {
		return Opinion{}, err
	}
	if err := s.screened(t.Region, screening.Part{Location: "body.reason", Text: reason}); err != nil {
		return Opinion{}, err
	}
	grant, err := s.opt.Powers.May(by, PowerManage, t.Region)
	if err != nil {
		return Opinion{}, err
	}
	act = act.As(string(grant.Role), string(grant.Region))
	var out Opinion
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		w, err := locked(ctx, tx, t.ID)
		if err != nil {
			return err
		}
		out, err = tx.CovenantOpinion(ctx, t.ID, w.text.Last, number)
		switch {
		case err != nil:
			return err
		case w.open == nil || w.open.State.Frozen():
			return ErrNoRevision
		case out.Answered():
			return ErrAnswered
		}
		out.Adopted, out.Answer, out.AnsweredBy, out.AnsweredAt = adopted, reason, s.office(act.Actor), tx.Now()
		if err := tx.AnswerCovenantOpinion(ctx, out); err != nil {
			return err
		}
		if err := tx.Record(ctx, event("covenant.answer", w.text)); err != nil {
			return err
		}
		if err := tx.RegionChanged(ctx, w.text.Region); err != nil {
			return err
		}
		return tx.Answer(ctx, out)
	})
	return out, err
}
