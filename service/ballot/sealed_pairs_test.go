package ballot_test

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/ballot"
	"cunwu/service/ballot/sealed"
	"cunwu/service/record"
)

func allPairs(in *ballot.Input) { in.AllPairs = true }

func (s *sealing) keeping() ballot.Keeping {
	s.t.Helper()
	k, err := s.db.Ballots().BallotKeeping(s.t.Context(), s.number())
	if err != nil || k.Commitment == nil {
		s.t.Fatal(k, err)
	}
	return k
}

// lists gives what the first of a pair makes of the closed box.
func (s *sealing) list(pair sealed.Pair) sealed.PeeledList {
	s.t.Helper()
	rows, err := s.svc.KeeperRows(s.t.Context(), s.keepers[pair.First()], s.ballot.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	list, err := s.tools[pair.First()].PeelRows(s.poll, *s.keeping().Commitment, pair, rows.Rows, s.notice.Minimum())
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

func (s *sealing) putPeeled(pair sealed.Pair, p sealed.Peeled) error {
	by := s.keepers[pair.First()]
	_, err := s.svc.PutPeeled(s.t.Context(), by, act(by), s.ballot.ID, p)
	return err
}

func (s *sealing) putOutcome(pair sealed.Pair, o sealed.Outcome) error {
	by := s.keepers[pair.Second()]
	v, err := s.svc.PutOutcome(s.t.Context(), by, act(by), s.ballot.ID, o)
	if err == nil {
		s.ballot = v
	}
	return err
}

// opens takes the box through a pair to its counts.
func (s *sealing) opens(pair sealed.Pair) sealed.Outcome {
	s.t.Helper()
	list := s.list(pair)
	if err := s.putPeeled(pair, list.Peeled); err != nil {
		s.t.Fatal(pair, err)
	}
	out, err := s.tools[pair.Second()].OpenList(s.notice, *s.keeping().Commitment, list, true)
	if err != nil {
		s.t.Fatal(pair, err)
	}
	return out
}

// leaves gives the facts of the record's entries of a kind.
func (v *village) leaves(kind string) []map[string]any {
	v.t.Helper()
	raw, err := v.db.Records().Leaves(v.t.Context(), 0, 1000)
	if err != nil {
		v.t.Fatal(err)
	}
	var out []map[string]any
	for _, r := range raw {
		l, _, err := record.ReadLeaf(r)
		if err != nil {
			v.t.Fatal(err)
		}
		if l.Kind == kind {
			out = append(out, l.Facts)
		}
	}
	return out
}

// All three pairs open where the definition says so, and only the third counts.
func TestSealed_AllPairsAgree(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		v := newVillage(t, db, 16)
		s := v.openSealed(allPairs)
		for i := range 9 {
			s.phone(i, i%3)
		}
		v.close(s.ballot)
		for _, pair := range []sealed.Pair{sealed.BC, sealed.AB, sealed.AC} {
			if _, err := v.svc.Result(t.Context(), v.officer(account.Supervisor), s.ballot.ID); !errors.Is(err, ballot.ErrNotCertified) {
				t.Errorf("before %s: %v", pair, err)
			}
			out := s.opens(pair)
			if err := s.putOutcome(pair, out); err != nil {
				t.Fatal(pair, err)
			}
			if err := s.putOutcome(pair, out); !errors.Is(err, ballot.ErrState) {
				t.Errorf("%s twice: %v", pair, err)
			}
			if want := map[bool]ballot.State{true: ballot.Counted, false: ballot.Closed}[pair == sealed.AC]; s.ballot.State != want {
				t.Fatalf("after %s: %s", pair, s.ballot.State)
			}
		}
		v.certify(s.ballot)
		o, f, err := v.svc.SealedExport(t.Context(), account.Caller{}, s.ballot.ID)
		if err != nil || o.Tally.Cast != 9 || o.Tally.Counts["no"] != 3 || len(f.Openings) != 3 {
			t.Errorf("%+v %v", o.Tally, err)
		}
	})
}

// A ballot that holds another choice for each pair makes the openings differ: no
// tally is kept or told, only by how much, and nothing is counted.
func TestSealed_PairsThatDiffer(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		v := newVillage(t, db, 16)
		s := v.openSealed(allPairs)
		for i := range 8 {
			s.phone(i, i%3)
		}
		two := slices.Concat(s.seal(0)[:1+2*128], s.seal(1)[1+2*128:])
		if _, err := v.cast(8, s.ballot.ID, ballot.Mark{Sealed: two}); err != nil {
			t.Fatal(err)
		}
		v.close(s.ballot)
		for _, pair := range []sealed.Pair{sealed.AB, sealed.AC, sealed.BC} {
			if err := s.putOutcome(pair, s.opens(pair)); err != nil {
				t.Fatal(pair, err)
			}
		}
		if s.ballot.State != ballot.Void || !strings.Contains(s.ballot.Reason, "相差 1 票") {
			t.Errorf("%s: %s", s.ballot.State, s.ballot.Reason)
		}
		for pair, o := range s.keeping().Openings {
			if o.Outcome != nil || o.Salt != nil {
				t.Errorf("the tally of %s is kept", pair)
			}
		}
		voids := v.leaves("ballot.void")
		if len(voids) != 1 || voids[0]["differs"] != int64(1) || voids[0]["id"] != s.ballot.ID {
			t.Errorf("the record says %v", voids)
		}
		if _, err := v.svc.Result(t.Context(), v.officer(account.Supervisor), s.ballot.ID); !errors.Is(err, ballot.ErrNotCertified) {
			t.Error(err)
		}
		by := v.officer(account.Supervisor)
		if _, err := v.svc.Act(t.Context(), by, act(by), s.ballot.ID, ballot.Step{Action: "certify", Opinion: "同意公布。"}); !errors.Is(err, ballot.ErrNotCounted) {
			t.Error("certified:", err)
		}
	})
}

// More lost ballots than bad phones explain, another list, another batch, a second
// result: what the server refuses by itself.
func TestSealed_ServerRefuses(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		v := newVillage(t, db, 20)
		s := v.openSealed()
		for i := range 12 {
			s.phone(i, i%2)
		}
		for i := 12; i < 15; i++ { // no phone seals like this
			junk := make([]byte, sealed.BallotSize)
			_, _ = rand.Read(junk) // never fails
			junk[0] = 1
			if _, err := v.cast(i, s.ballot.ID, ballot.Mark{Sealed: junk}); err != nil {
				t.Fatal(err)
			}
		}
		v.close(s.ballot)
		ac, ab := s.list(sealed.AC), s.list(sealed.AB)
		want := func(what string, err, want error) {
			t.Helper()
			if !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", what, err, want)
			}
		}
		wrong := ac.Peeled
		wrong.Batch[0]++
		want("another batch", s.putPeeled(sealed.AC, s.resign(0, wrong)), ballot.ErrStatement)
		out, err := s.tools[2].OpenList(s.notice, *s.keeping().Commitment, ac, true)
		if err != nil {
			t.Fatal(err)
		}
		want("no list yet", s.putOutcome(sealed.AC, out), ballot.ErrState)
		want("the list", s.putPeeled(sealed.AC, ac.Peeled), nil)
		wrong = ac.Peeled
		wrong.Peeled[0]++
		want("another list", s.putPeeled(sealed.AC, s.resign(0, wrong)), ballot.ErrStatement)
		want("three of fifteen lost", s.putOutcome(sealed.AC, out), ballot.ErrSecondRun)
		want("the deputy's run", s.putPeeled(sealed.AC, ac.Peeled), nil)
		want("confirmed", s.putOutcome(sealed.AC, out), nil)
		if s.ballot.State != ballot.Counted {
			t.Fatal(s.ballot.State)
		}
		want("a second pair", s.putPeeled(sealed.AB, ab.Peeled), ballot.ErrState)
		want("a second result", s.putOutcome(sealed.AC, out), ballot.ErrState)
	})
}

// resign signs a changed statement, as a keeper who cheats could.
func (s *sealing) resign(seat int, p sealed.Peeled) sealed.Peeled {
	s.t.Helper()
	p.Signature = nil
	p.Signature = s.tools[seat].Sign(sealed.SaysPeeled, p.Context, sealed.Signed(p))
	return p
}

// The counts' digest is in the record when they are handed in. They are few
// enough to be tried out, and nobody finds them before the export tells the salt.
func TestSealed_UnsealedLeafHides(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		v := newVillage(t, db, 16)
		s := v.openSealed()
		for i := range 9 {
			s.phone(i, i%3)
		}
		v.close(s.ballot)
		out := s.opens(sealed.AC)
		if err := s.putOutcome(sealed.AC, out); err != nil {
			t.Fatal(err)
		}
		leaf := v.leaves("ballot.unsealed")
		if len(leaf) != 1 || leaf[0]["pair"] != "AC" || leaf[0]["peeled"] != hex.EncodeToString(out.Peeled[:]) {
			t.Fatalf("%v", leaf)
		}
		for name, salt := range map[string][]byte{"none": nil, "zeros": make([]byte, 32)} { // and the counts known
			if leaf[0]["opened"] == ballot.OpenedDigest(salt, out) {
				t.Errorf("salt %s: the record gives the counts away", name)
			}
		}
		v.certify(s.ballot)
		_, f, err := v.svc.SealedExport(t.Context(), account.Caller{}, s.ballot.ID)
		if err != nil || leaf[0]["opened"] != ballot.OpenedDigest(f.Openings["AC"].Salt, f.Outcome) {
			t.Errorf("the export does not give what the record says: %v", err)
		}
	})
}

// The box is told from closing on, with replaced envelopes, and says of a receipt
// that it is in the box, not whether it counts.
func TestSealed_Box(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		v := newVillage(t, db, 16)
		s := v.openSealed()
		for i := range 9 {
			s.phone(i, i%3)
		}
		s.phone(0, 1)
		s.plain(1, 2)
		v.atTable(s.ballot.ID, "resident0002")
		if _, err := v.svc.SealedBox(t.Context(), account.Caller{}, s.ballot.ID); !errors.Is(err, ballot.ErrBoxOpen) {
			t.Error("while it is open:", err)
		}
		if mine, err := v.svc.Ballot(t.Context(), v.voter(0), s.ballot.ID); err != nil || !mine.Voted || mine.Tracker != "" {
			t.Errorf("the site tells which receipt counts: %+v %v", mine.Tracker, err)
		}
		v.close(s.ballot)
		box, err := v.svc.SealedBox(t.Context(), account.Caller{}, s.ballot.ID)
		if err != nil || len(box.Trackers) != 11 || box.Commitment.N != 8 {
			t.Fatalf("%d of %+v: %v", len(box.Trackers), box.Commitment, err)
		}
		trackers := make([][32]byte, len(box.Trackers))
		for i, b := range box.Trackers {
			trackers[i] = [32]byte(b)
		}
		if s.poll.CommitTrackers(sealed.KindBox, trackers) != box.Commitment.Box {
			t.Error("the list is not the one of the record")
		}
		for _, r := range s.receipts {
			if !box.Has(r) {
				t.Errorf("%s is not in the box", r)
			}
		}
		if len(s.receipts) != 11 || box.Has(strings.Repeat("a", 20)) || box.Has("") {
			t.Error("anything is in the box")
		}
	})
}

// Whoever runs the system keeps no key of it, however the two came together.
func TestSealed_AdminsKeepNoKeys(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		v := newVillage(t, db, 16)
		ctx := t.Context()
		want := func(what string, err, want error) {
			t.Helper()
			if !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", what, err, want)
			}
		}
		s := v.draftSealed()
		for seat, tool := range s.tools {
			if err := s.put(s.keepers[seat], tool.Statement(s.digest())); err != nil {
				t.Fatal(err)
			}
		}
		want("made administrator", v.svc.BarsOffice(ctx, account.Admin, s.keepers[1].AccountID, ""), ballot.ErrKeepsKeys)
		want("another office", v.svc.BarsOffice(ctx, account.Clerk, s.keepers[1].AccountID, ""), nil)
		want("another person", v.svc.BarsOffice(ctx, account.Admin, "acc-other", "resident0001"), nil)
		// By another way than an appointment here:
		v.admins = []string{s.keepers[1].AccountID}
		by := v.officer(account.Clerk)
		_, err := v.svc.Act(ctx, by, act(by), s.ballot.ID, ballot.Step{Action: "open"})
		want("opening", err, ballot.ErrKeeperAdmin)
		want("starting with a draft", v.svc.CheckKeepers(ctx), nil)
		v.admins = nil
		s.open()
		for i := range 9 {
			s.phone(i, i%3)
		}
		want("starting", v.svc.CheckKeepers(ctx), nil)
		v.admins = []string{s.keepers[1].AccountID}
		want("starting, with an administrator", v.svc.CheckKeepers(ctx), ballot.ErrKeeperAdmin)
		v.close(s.ballot)
		list := s.list(sealed.AC)
		admin := s.keepers[0]
		admin.Grants = append(slices.Clone(admin.Grants), account.Grant{Role: account.Admin, Region: "5108"})
		_, err = v.svc.PutPeeled(ctx, admin, act(admin), s.ballot.ID, list.Peeled)
		want("peeling", err, ballot.ErrKeeperAdmin)
	})
}

// Two seeds are lost: nobody opens it any more, and that is said.
func TestSealed_GivenUp(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		v := newVillage(t, db, 16)
		s := v.openSealed()
		for i := range 9 {
			s.phone(i, i%3)
		}
		void := func(by account.Caller) error {
			_, err := v.svc.Act(t.Context(), by, act(by), s.ballot.ID, ballot.Step{Action: "void", Reason: "两位保管人的钥匙都丢了，改用纸质票。"})
			return err
		}
		if err := void(v.officer(account.Supervisor)); !errors.Is(err, ballot.ErrState) {
			t.Error("while it is open:", err)
		}
		v.close(s.ballot)
		if err := void(v.officer(account.Clerk)); !errors.Is(err, account.ErrMayNot) {
			t.Error(err)
		}
		if err := void(v.officer(account.Supervisor)); err != nil || len(v.leaves("ballot.void")) != 1 {
			t.Fatal(err)
		}
		if got, err := v.svc.Ballot(t.Context(), account.Caller{}, s.ballot.ID); err != nil || got.State != ballot.Void || got.Reason == "" {
			t.Error(got.State, err)
		}
		if err := s.putPeeled(sealed.AC, sealed.Peeled{Seat: "A"}); !errors.Is(err, ballot.ErrState) {
			t.Error(err)
		}
	})
}

// Erased bytes are in no file of the engine, and not before two keepers said that
// their seeds are destroyed.
func TestSealed_ErasedFromFiles(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	v := newVillage(t, db, 60)
	s := v.openSealed()
	for i := range 50 {
		s.phone(i, i%2)
	}
	s.phone(0, 1)
	v.close(s.ballot)
	if err := s.putOutcome(sealed.AC, s.opens(sealed.AC)); err != nil {
		t.Fatal(err)
	}
	v.certify(s.ballot)
	casts, err := db.Ballots().BallotSealed(t.Context(), s.number())
	if err != nil {
		t.Fatal(err)
	}
	there := func() int {
		files, err := filepath.Glob(strings.TrimPrefix(db.Options.URL, "sqlite:") + "*")
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		var all string
		for _, f := range files {
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all += string(raw)
		}
		n := 0
		for _, c := range casts {
			if c.Ballot != nil && strings.Contains(all, string(c.Ballot[60:124])) {
				n++
			}
		}
		return n
	}
	if n := there(); n != 50 {
		t.Fatalf("only %d of 50 ballots are found: the search is broken", n)
	}
	for i, seat := range []int{0, 2} {
		by := s.keepers[seat]
		if n := there(); n != 50 {
			t.Errorf("after %d statements: %d of 50", i, n)
		}
		if _, err := s.svc.PutDestroyed(t.Context(), by, act(by), s.ballot.ID, s.tools[seat].Says(sealed.SaysDestroyed, s.poll)); err != nil {
			t.Fatal(err)
		}
	}
	if n := there(); n != 0 {
		t.Errorf("%d of 50 erased ballots are still in the files", n)
	}
}
