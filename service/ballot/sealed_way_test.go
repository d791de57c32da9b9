package ballot_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"slices"
	"testing"
	"time"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/ballot"
	"cunwu/service/ballot/sealed"
)

// sealing is a sealed ballot with its keepers' tools.
type sealing struct {
	*village
	ballot   ballot.View
	tools    [sealed.Seats]*sealed.Trustee
	keepers  [sealed.Seats]account.Caller
	poll     *sealed.Poll
	notice   sealed.Notice
	receipts []string
}

func (v *village) keepersOf() [sealed.Seats]account.Caller {
	a, b, c := v.officer(account.Supervisor), v.officer(account.Representative), v.officer(account.TownshipRole)
	c.Grants[0].Region = "510821102"
	return [sealed.Seats]account.Caller{a, b, c}
}

// draftSealed drafts one and makes the tools' keys.
func (v *village) draftSealed(change ...func(*ballot.Input)) *sealing {
	v.t.Helper()
	by := v.officer(account.Clerk)
	b, err := v.svc.Create(v.t.Context(), by, act(by), v.input(append(change, func(in *ballot.Input) { in.Sealed = true })...))
	if err != nil {
		v.t.Fatal(err)
	}
	s := &sealing{village: v, ballot: b, keepers: v.keepersOf()}
	s.key()
	return s
}

// key makes fresh keys for the definition as it stands.
func (s *sealing) key() {
	s.t.Helper()
	n, err := s.svc.Notice(s.t.Context(), s.keepers[1], s.ballot.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	digest, err := n.Digest()
	if err != nil {
		s.t.Fatal(err)
	}
	for seat := range s.tools {
		seed := make([]byte, sealed.SeedSize)
		_, _ = rand.Read(seed) // never fails
		if s.tools[seat], err = sealed.NewTrustee(seat, seed, digest); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *sealing) digest() [32]byte {
	n, err := s.svc.Notice(s.t.Context(), s.keepers[0], s.ballot.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	d, err := n.Digest()
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

func (s *sealing) put(by account.Caller, st sealed.Statement) error {
	v, err := s.svc.PutKeys(s.t.Context(), by, act(by), s.ballot.ID, st)
	if err == nil {
		s.ballot = v
	}
	return err
}

// openSealed goes on until casts are taken.
func (v *village) openSealed(change ...func(*ballot.Input)) *sealing {
	v.t.Helper()
	s := v.draftSealed(change...)
	for seat, tool := range s.tools {
		if err := s.put(s.keepers[seat], tool.Statement(s.digest())); err != nil {
			v.t.Fatal(seat, err)
		}
	}
	s.open()
	return s
}

func (s *sealing) open() {
	s.t.Helper()
	by := s.officer(account.Clerk)
	var err error
	if s.ballot, err = s.svc.Act(s.t.Context(), by, act(by), s.ballot.ID, ballot.Step{Action: "open"}); err != nil {
		s.t.Fatal(err)
	}
	if s.notice, err = s.svc.Notice(s.t.Context(), account.Caller{}, s.ballot.ID); err == nil {
		s.poll, err = s.notice.Poll()
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *sealing) frame(option int) []byte {
	values := make([]byte, s.poll.Options)
	values[option] = 1
	f, err := s.poll.Frame(values)
	if err != nil {
		s.t.Fatal(err)
	}
	return f
}

// phone casts as a phone does, plain as one that cannot seal.
func (s *sealing) phone(voter, option int) {
	s.t.Helper()
	b, err := s.poll.Seal(s.frame(option))
	if err != nil {
		s.t.Fatal(err)
	}
	got, err := s.cast(voter, s.ballot.ID, ballot.Mark{Sealed: b})
	if err != nil || got.SealedBy != ballot.ByPhone || got.Tracker != sealed.TrackerText(sealed.Tracker(b)) {
		s.t.Fatalf("%+v %v", got, err)
	}
	s.receipts = append(s.receipts, got.Tracker)
}

func (s *sealing) plain(voter, option int) {
	s.t.Helper()
	f := s.frame(option)
	got, err := s.svc.CastPlain(s.t.Context(), s.voter(voter), "", nil, s.ballot.ID, f)
	if err != nil || got.SealedBy != ballot.ByServer || len(got.Tracker) != 20 {
		s.t.Fatalf("%+v %v", got, err)
	}
	if len(bytes.Trim(f, "\x00")) != 0 {
		s.t.Error("the frame is still in memory")
	}
	s.receipts = append(s.receipts, got.Tracker)
}

// ceremony takes the closed box through the pair of the commitment.
func (s *sealing) ceremony() sealed.Outcome {
	s.t.Helper()
	c, list := s.peel()
	by := s.keepers[c.Pair.First()]
	if _, err := s.svc.PutPeeled(s.t.Context(), by, act(by), s.ballot.ID, list.Peeled); err != nil {
		s.t.Fatal(err)
	}
	out, err := s.tools[c.Pair.Second()].OpenList(s.notice, c, list, false)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

func (s *sealing) peel() (sealed.Commitment, sealed.PeeledList) {
	s.t.Helper()
	k, err := s.db.Ballots().BallotKeeping(s.t.Context(), s.number())
	if err != nil || k.Commitment == nil {
		s.t.Fatal(k, err)
	}
	c := *k.Commitment
	rows, err := s.svc.KeeperRows(s.t.Context(), s.keepers[c.Pair.First()], s.ballot.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	list, err := s.tools[c.Pair.First()].PeelRows(s.poll, c, c.Pair, rows.Rows, s.notice.Minimum())
	if err != nil {
		s.t.Fatal(err)
	}
	return c, list
}

func (s *sealing) number() int64 {
	r, err := s.db.Ballots().BallotRecord(s.t.Context(), s.ballot.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return r.Number
}

func (s *sealing) result(out sealed.Outcome) error {
	by := s.keepers[2]
	_, err := s.svc.PutOutcome(s.t.Context(), by, act(by), s.ballot.ID, out)
	return err
}

// From keys to erasure, on the service.
func TestSealed_WholeWay(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		v := newVillage(t, db, 30)
		s := v.openSealed()
		for i := range 16 { // more than half are there; sealed or on paper
			if i%2 == 0 {
				s.phone(i, i%3)
			} else {
				s.plain(i, i%3)
			}
		}
		s.phone(0, 1) // yes, then no
		s.phone(0, 0) // and back
		by := v.officer(account.Clerk)
		for _, who := range []string{"resident0000", "resident0020"} {
			v.atTable(s.ballot.ID, who)
		}
		if _, err := v.cast(20, s.ballot.ID, ballot.Mark{Sealed: s.seal(0)}); !errors.Is(err, ballot.ErrMeeting) {
			t.Error("after the table:", err)
		}
		v.close(s.ballot)
		out := s.ceremony()
		if out.N != 15 || out.Counted != 15 || out.Values[0][1] != 5 || out.Values[1][1] != 5 || out.Values[2][1] != 5 {
			t.Fatalf("%+v", out)
		}
		if err := s.result(out); !errors.Is(err, ballot.ErrPaperFirst) {
			t.Error(err)
		}
		if _, err := v.svc.PutPaper(t.Context(), by, act(by), s.ballot.ID, map[string]int{"yes": 2}); err != nil {
			t.Fatal(err)
		}
		if err := s.result(out); err != nil {
			t.Fatal(err)
		}
		if err := s.result(out); !errors.Is(err, ballot.ErrState) {
			t.Error("twice:", err)
		}
		v.certify(s.ballot)
		o, f, err := v.svc.SealedExport(t.Context(), account.Caller{}, s.ballot.ID)
		if err != nil || o.Tally.Counts["yes"] != 7 || o.Tally.Cast != 17 || o.Tally.Marked != 17 || len(f.Box) != 18 {
			t.Fatalf("%+v %d %v", o.Tally, len(f.Box), err)
		}
		for _, r := range s.receipts { // replaced and overridden ones too
			if !slices.ContainsFunc(f.Box, func(b []byte) bool { return sealed.TrackerText([32]byte(b)) == r }) {
				t.Errorf("%s is not in the box", r)
			}
		}
		if err := errors.Join(f.Notice.CheckPeeled(f.Peeled), f.Notice.CheckOutcome(f.Outcome)); err != nil {
			t.Error(err)
		}
		s.erase()
	})
}

func (s *sealing) seal(option int) []byte {
	b, err := s.poll.Seal(s.frame(option))
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// erase needs two statements; then the ballots are gone and the box list stays.
func (s *sealing) erase() {
	s.t.Helper()
	ctx := s.t.Context()
	for i, seat := range []int{0, 0, 2} {
		casts, err := s.db.Ballots().BallotSealed(ctx, s.number())
		if err != nil || casts[0].Ballot == nil {
			s.t.Fatalf("%d: gone before the second statement: %v", i, err)
		}
		by := s.keepers[seat]
		if _, err := s.svc.PutDestroyed(ctx, by, act(by), s.ballot.ID, s.tools[seat].Says(sealed.SaysDestroyed, s.poll)); err != nil {
			s.t.Fatal(err)
		}
	}
	casts, err := s.db.Ballots().BallotSealed(ctx, s.number())
	if err != nil || len(casts) != 18 || slices.ContainsFunc(casts, func(c ballot.SealedCast) bool { return c.Ballot != nil }) {
		s.t.Error("still there", len(casts), err)
	}
	if _, err := s.svc.KeeperRows(ctx, s.keepers[0], s.ballot.ID); !errors.Is(err, ballot.ErrErased) {
		s.t.Error(err)
	}
	// The last keeper's word is still taken, once: with it the export is final.
	for _, want := range []error{nil, ballot.ErrErased} {
		by := s.keepers[1]
		if _, err := s.svc.PutDestroyed(ctx, by, act(by), s.ballot.ID, s.tools[1].Says(sealed.SaysDestroyed, s.poll)); !errors.Is(err, want) {
			s.t.Errorf("%v, want %v", err, want)
		}
	}
}

func TestSealed_KeysAreRefused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		v := newVillage(t, db, 12)
		s := v.draftSealed()
		st := func(seat int) sealed.Statement { return s.tools[seat].Statement(s.digest()) }
		want := func(err, want error) {
			t.Helper()
			if !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
		}
		want(s.put(s.keepers[1], st(0)), ballot.ErrKeeper)
		admin := s.keepers[0]
		admin.Grants = append(slices.Clone(admin.Grants), account.Grant{Role: account.Admin, Region: "5108"})
		want(s.put(admin, st(0)), ballot.ErrKeeperAdmin)
		forged := st(0)
		forged.Box = s.tools[1].Key()
		want(s.put(s.keepers[0], forged), ballot.ErrKeys)
		if err := s.put(s.keepers[0], st(0)); err != nil {
			t.Fatal(err)
		}
		both := s.keepers[1]
		both.AccountID = s.keepers[0].AccountID
		want(s.put(both, st(1)), ballot.ErrKeeperTwice)
		same := s.tools[0]
		same.Seat = 1
		want(s.put(s.keepers[1], same.Statement(s.digest())), ballot.ErrKeys)
		same.Seat = 0
		by := v.officer(account.Clerk)
		_, err := v.svc.Act(t.Context(), by, act(by), s.ballot.ID, ballot.Step{Action: "open"})
		want(err, ballot.ErrSealedNotReady)
		// Another wording: the statement for the old one counts no more.
		in := v.input(func(in *ballot.Input) { in.Sealed, in.Question = true, "是否同意修缮村道和水渠" })
		if s.ballot, err = v.svc.Edit(t.Context(), by, act(by), s.ballot.ID, s.ballot.Revision, in); err != nil {
			t.Fatal(err)
		}
		want(s.put(s.keepers[1], s.tools[1].Statement([32]byte{1})), ballot.ErrKeys)
		s.key()
		for seat := 1; seat < 3; seat++ {
			if err := s.put(s.keepers[seat], st(seat)); err != nil {
				t.Fatal(err)
			}
		}
		if s.ballot.State != ballot.Draft {
			t.Error("ready with a statement for another wording")
		}
		if err := s.put(s.keepers[0], st(0)); err != nil || s.ballot.State != ballot.KeysReady {
			t.Fatal(s.ballot.State, err)
		}
		s.open()
		want(s.put(s.keepers[0], st(0)), ballot.ErrNotDraft)
	})
}

// Few ballots are not opened: those voters vote on paper.
func TestSealed_FewAreVoid(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		v := newVillage(t, db, 12)
		s := v.openSealed()
		for i := range 4 {
			s.phone(i, 0)
		}
		v.close(s.ballot)
		got, err := v.svc.Ballot(t.Context(), account.Caller{}, s.ballot.ID)
		if err != nil || got.State != ballot.Void {
			t.Fatal(got.State, err)
		}
		if _, err := v.svc.KeeperRows(t.Context(), s.keepers[0], s.ballot.ID); !errors.Is(err, ballot.ErrState) {
			t.Error(err)
		}
	})
}

func TestSealed_Refusals(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		v := newVillage(t, db, 20)
		s := v.openSealed()
		ctx := t.Context()
		for name, m := range map[string]ballot.Mark{
			"plain": yes(), "short": {Sealed: s.seal(0)[:384]}, "nothing": {}, "both": {Sealed: s.seal(0), Choices: []string{"yes"}},
		} {
			if _, err := v.cast(0, s.ballot.ID, m); !errors.Is(err, ballot.ErrChoice) {
				t.Errorf("%s: %v", name, err)
			}
		}
		two := s.frame(0)
		two[3] = 1
		if _, err := v.svc.CastPlain(ctx, v.voter(0), "", nil, s.ballot.ID, two); !errors.Is(err, ballot.ErrChoice) {
			t.Error(err)
		}
		if _, err := v.svc.CastPlain(ctx, v.voter(99), "", nil, s.ballot.ID, s.frame(0)); !errors.Is(err, ballot.ErrNotOnRoll) {
			t.Error(err)
		}
		by := v.officer(account.Clerk)
		if _, err := v.svc.EnterSheet(ctx, by, act(by), s.ballot.ID, "resident0001", yes(), "m1"); !errors.Is(err, ballot.ErrBlankSheet) {
			t.Error("a paper with a name:", err)
		}
		open := v.opened()
		if _, err := v.cast(0, open.ID, ballot.Mark{Sealed: s.seal(0)}); !errors.Is(err, ballot.ErrChoice) {
			t.Error("sealed into an open ballot:", err)
		}
		for i := range 12 {
			s.phone(i, i%2)
		}
		v.close(s.ballot)
		if _, err := v.svc.KeeperRows(ctx, by, s.ballot.ID); !errors.Is(err, ballot.ErrKeeper) {
			t.Error("rows for a clerk:", err)
		}
		out := s.ceremony()
		changed := out
		changed.Counted--
		if err := s.result(changed); !errors.Is(err, ballot.ErrStatement) {
			t.Error(err)
		}
		if _, err := v.svc.PutDestroyed(ctx, s.keepers[0], act(by), s.ballot.ID, s.tools[0].Says(sealed.SaysDestroyed, s.poll)); !errors.Is(err, ballot.ErrState) {
			t.Error("destroyed before it is certified:", err)
		}
		v.db.Clock.Set(v.db.Clock.Now().Add(time.Minute))
		if _, err := v.svc.Result(ctx, account.Caller{}, s.ballot.ID); !errors.Is(err, ballot.ErrNotCertified) {
			t.Error(err)
		}
	})
}
