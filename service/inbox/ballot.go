package inbox

import (
	"context"

	"cunwu/service/account"
	"cunwu/service/ballot"
	"cunwu/service/outbox"
	"cunwu/service/region"
)

const (
	ballotPrefix = "ballot."
	// fourPost may certify as the supervisory committee does (四职合一).
	fourPost account.Role = "four_post"
)

// ballotPurposes are the events of ballots that are told. The reminder goes
// through no template: that somebody has not voted stays in the app.
var ballotPurposes = map[string]Purpose{
	ballot.EventOpened: ForNews, ballot.EventClosing: "", ballot.EventCounted: ForTasks, ballot.EventCertified: ForNews,
	ballot.EventCancelled: ForNews, ballot.EventVoid: ForNews,
}

// toldWhile is the state in which an event is still true; others always are.
var toldWhile = map[string]ballot.State{
	ballot.EventOpened: ballot.Open, ballot.EventClosing: ballot.Open, ballot.EventCounted: ballot.Counted,
	ballot.EventCertified: ballot.Certified,
}

// ballotOf gives the ballot of an event, false where the event is true no more.
func ballotOf(ctx context.Context, tx Tx, e outbox.Event) (ballot.Record, bool, error) {
	r, ok, err := tx.BallotBrief(ctx, e.Subject)
	if err != nil || !ok {
		return r, false, err
	}
	want, bound := toldWhile[e.Kind]
	over := want == ballot.Open && !tx.Now().Before(r.ClosesAt)
	return r, (!bound || r.State == want) && !over, nil
}

// tellOfBallot tells the supervisory committee that a count waits for it. It
// reads the figures where it certifies them, and nowhere else.
func (s *Service) tellOfBallot(ctx context.Context, tx Tx, e outbox.Event) error {
	if e.Kind != ballot.EventCounted {
		return nil
	}
	r, ok, err := ballotOf(ctx, tx, e)
	if err != nil || !ok {
		return err
	}
	village := r.Region.At(region.Village)
	place, err := s.placeName(ctx, village)
	if err != nil {
		return err
	}
	who, err := tx.OfficeAccounts(ctx, village, []account.Role{account.Supervisor, fourPost})
	if err != nil {
		return err
	}
	return s.tell(ctx, tx, e, notice{
		Matter: workOn(r.ID), Title: place + "有一次表决等您确认结果", Body: "“" + r.Question + "”：请核对计票，确认后才公布。", Link: ballot.Path(r.ID),
	}, who)
}

// tellVoters tells those on the roll, with accounts above after. The reminder
// is for those alone who can still vote and whose entry has not.
func (s *Service) tellVoters(ctx context.Context, tx Tx, e outbox.Event, after string) (string, error) {
	n, told := ballotWords[e.Kind]
	if !told {
		return "", nil
	}
	r, ok, err := ballotOf(ctx, tx, e)
	if err != nil || !ok {
		return "", err
	}
	waiting := e.Kind == ballot.EventClosing
	if waiting && r.Sealed {
		return "", nil
	}
	who, err := tx.VoterAccounts(ctx, r.Number, waiting, after, spreadRows)
	if err != nil {
		return "", err
	}
	return lastOf(who), s.tell(ctx, tx, e, notice{
		Matter: "ballot/" + r.ID, Title: n.title + "：" + r.Question, Body: r.Told() + n.more, Link: ballot.Path(r.ID),
	}, who)
}

// ballotWords are the sentences to those on the roll.
var ballotWords = map[string]struct{ title, more string }{
	ballot.EventOpened:    {"请您投票", "可以在手机上投，也可以到会场投。"},
	ballot.EventClosing:   {"表决快要截止", "刚刚投过的不用理会。"},
	ballot.EventCertified: {"表决结果公布了", ""},
	ballot.EventCancelled: {"表决取消了", ""},
	ballot.EventVoid:      {"秘密表决没有开箱", ""},
}
