package repository

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"gorm.io/gorm"

	"cunwu/service/audit"
	"cunwu/service/ballot"
	"cunwu/service/calendar"
)

// CastAll implements ballot.Store. It is the way of nearly all casts, so the
// statements are few, their shapes are few, and gorm only carries them.
func (s *Ballots) CastAll(ctx context.Context, casts []ballot.CastRequest) []ballot.CastOutcome {
	var out []ballot.CastOutcome
	err := s.db.inTx(ctx, audit.BySystem("ballot.cast"), func(t *tx) error {
		var err error
		if out, err = t.PutCasts(ctx, casts); err != nil {
			return err
		}
		return t.recordCasts(ctx, casts, out)
	})
	if err != nil {
		out = make([]ballot.CastOutcome, len(casts))
		for i := range out {
			out[i].Err = err
		}
	}
	return out
}

// recordCasts leaves one event for the group: which ballots, and how many each.
// Neither persons nor choices.
func (t *tx) recordCasts(ctx context.Context, casts []ballot.CastRequest, out []ballot.CastOutcome) error {
	counts := map[int64]int{}
	for i, c := range casts {
		if out[i].Err == nil {
			counts[c.Ballot]++
		}
	}
	if len(counts) == 0 {
		return nil
	}
	e := audit.Event{Action: "ballot.cast", Object: "ballot", Detail: map[string]string{}}
	for number, n := range counts {
		b := t.boxes[number]
		e.Detail[b.id] = strconv.Itoa(n)
		if len(counts) == 1 {
			e.ObjectID, e.Region = b.id, b.region
		}
	}
	return t.Record(ctx, e)
}

// box is a ballot as casts need it: read with a shared lock, so that closing
// waits for this transaction, or this one sees it closed.
type box struct {
	id, region string
	refusal    error // of every cast, by state and time
	revote     bool
	sealed     bool
}

// rollPlace is the key of an entry of a roll.
type rollPlace struct{ ballot, voter int64 }

// boxState is an entry of the roll as it stands, and as this group leaves it.
type boxState struct {
	subject string
	had     string             // before this group
	now     string             // after the casts so far
	cast    ballot.CastRequest // the one that stands, where touched
	hit     bool
	all     []ballot.CastRequest // of a sealed ballot: each has a tracker that stays
}

// PutCasts implements ballot.Tx. Entries of the roll are locked in their order
// before receipts are read: who repeats a request waits here for the first one.
func (t *tx) PutCasts(ctx context.Context, casts []ballot.CastRequest) ([]ballot.CastOutcome, error) {
	out := make([]ballot.CastOutcome, len(casts))
	if err := t.readBoxes(ctx, casts); err != nil {
		return nil, wrapped("read ballots of casts", err)
	}
	places, err := t.findVoters(ctx, casts)
	if err != nil {
		return nil, wrapped("find voters of casts", err)
	}
	states, err := t.lockEntries(ctx, places)
	if err != nil {
		return nil, wrapped("lock entries of rolls", err)
	}
	receipts, err := t.readReceipts(ctx, casts)
	if err != nil {
		return nil, wrapped("read receipts of casts", err)
	}
	var fresh []receiptRow
	for i, c := range casts {
		id := castReceipt(c)
		if first, ok := receipts[string(id)]; ok {
			out[i].Err = replayed(first, c)
			continue
		}
		if out[i].Err = t.admit(ctx, c, places[i], states); out[i].Err != nil {
			if fatal(out[i].Err) {
				return nil, out[i].Err
			}
			continue
		}
		out[i] = ballot.CastOutcome{Tracker: c.Tracker, Origin: c.Origin, SealedBy: c.SealedBy}
		if id != nil {
			row, err := t.castReceiptRow(id, c, out[i])
			if err != nil {
				return nil, err
			}
			receipts[string(id)] = row
			fresh = append(fresh, row)
		}
	}
	if err := t.writeCasts(ctx, states); err != nil {
		return nil, wrapped("write casts", err)
	}
	return out, wrapped("write receipts of casts", t.writeReceipts(ctx, fresh))
}

// fatal reports whether an error is the whole group's and not one cast's.
func fatal(err error) bool { return errors.Is(err, errGroup) }

var errGroup = errors.New("repository: casts failed as a group")

// admit checks one cast and notes it in the state of its entry.
func (t *tx) admit(ctx context.Context, c ballot.CastRequest, at rollPlace, states map[rollPlace]*boxState) error {
	if c.Allowed != nil {
		return c.Allowed
	}
	b, ok := t.boxes[c.Ballot]
	if !ok {
		return ballot.ErrNotFound
	}
	st, ok := states[at]
	if !ok || c.Household != "" && c.Household != st.subject {
		return ballot.ErrNotOnRoll
	}
	if c.Lapsed != nil {
		return c.Lapsed
	}
	if b.refusal != nil {
		return b.refusal
	}
	if b.sealed != (c.SealedBy != "") {
		return ballot.ErrSealedWay
	}
	if err := ballot.Admit(ballot.Origin(st.now), c.Origin, b.revote); err != nil {
		return err
	}
	if c.Assist != nil {
		if err := t.useAssist(ctx, c.Assist); err != nil {
			return err
		}
	}
	st.now, st.cast, st.hit = string(c.Origin), c, true
	if c.Sealed != nil {
		st.all = append(st.all, c)
	}
	return nil
}

// readBoxes reads the ballots of the casts, each once, with a shared lock.
func (t *tx) readBoxes(ctx context.Context, casts []ballot.CastRequest) error {
	var numbers []any
	t.boxes = map[int64]box{}
	for _, c := range casts {
		if _, ok := t.boxes[c.Ballot]; !ok {
			t.boxes[c.Ballot] = box{}
			numbers = append(numbers, c.Ballot)
		}
	}
	clear(t.boxes)
	return t.rows(ctx, "SELECT number, id, region, state, opens_at, closes_at, revote, sealed FROM ballots WHERE number IN ("+
		marks(&numbers)+") ORDER BY number"+t.shared(), numbers, func(scan func(...any) error) error {
		var (
			number, opens, closes int64
			revote, sealed        int
			state                 string
			b                     box
		)
		if err := scan(&number, &b.id, &b.region, &state, &opens, &closes, &revote, &sealed); err != nil {
			return err
		}
		b.revote, b.sealed = revote != 0, sealed != 0
		b.refusal = ballot.Record{
			Definition: ballot.Definition{OpensAt: fromMillis(opens), ClosesAt: fromMillis(closes)},
			State:      ballot.State(state),
		}.Takes(t.now)
		t.boxes[number] = b
		return nil
	})
}

// findVoters gives the entry of the roll that each cast is for.
func (t *tx) findVoters(ctx context.Context, casts []ballot.CastRequest) ([]rollPlace, error) {
	places := make([]rollPlace, len(casts))
	residents := map[int64][]any{}
	for i, c := range casts {
		places[i] = rollPlace{c.Ballot, c.Voter}
		if c.Voter == 0 && c.Resident != "" {
			residents[c.Ballot] = append(residents[c.Ballot], c.Resident)
		}
	}
	type who struct {
		ballot   int64
		resident string
	}
	found := map[who]int64{}
	for number, ids := range residents {
		q, args := t.votersQuery(number, ids)
		err := t.rows(ctx, q, args, func(scan func(...any) error) error {
			var id string
			var voter int64
			err := scan(&id, &voter)
			found[who{number, id}] = voter
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	for i, c := range casts {
		if c.Voter == 0 {
			places[i].voter = found[who{c.Ballot, c.Resident}]
		}
	}
	return places, nil
}

// votersQuery finds the entries of people on one roll.
func (t *tx) votersQuery(number int64, residents []any) (q string, args []any) {
	list := marks(&residents)
	q = "SELECT resident, voter FROM ballot_voters" + t.byKey() + " WHERE ballot = ? AND resident IN (" + list + ")"
	return q, append([]any{number}, residents...)
}

// byKey makes a server of the MySQL protocol find a list of rows by the primary
// key. A roll is written in one go, and one that has no statistics of it yet reads
// all of it instead.
func (t *tx) byKey() string {
	if t.db.Engine() != "mysql" {
		return ""
	}
	return " FORCE INDEX (PRIMARY)"
}

// lockEntries reads and locks entries of rolls in the order of ballot and voter.
func (t *tx) lockEntries(ctx context.Context, places []rollPlace) (map[rollPlace]*boxState, error) {
	voters := map[int64][]int64{}
	var numbers []int64
	for _, p := range places {
		if p.voter == 0 {
			continue
		}
		if voters[p.ballot] == nil {
			numbers = append(numbers, p.ballot)
		}
		voters[p.ballot] = append(voters[p.ballot], p.voter)
	}
	slices.Sort(numbers)
	states := map[rollPlace]*boxState{}
	for _, number := range numbers {
		slices.Sort(voters[number])
		args := anys(voters[number])
		q := "SELECT voter, way, subject FROM ballot_roll" + t.byKey() + " WHERE ballot = ? AND voter IN (" + marks(&args) + ") ORDER BY voter" + t.exclusive()
		err := t.rows(ctx, q, append([]any{number}, args...), func(scan func(...any) error) error {
			var voter int64
			var st boxState
			err := scan(&voter, &st.had, &st.subject)
			st.now = st.had
			states[rollPlace{number, voter}] = &st
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return states, nil
}

// writeCasts puts what stands: new rows in bulk, changed ones each.
func (t *tx) writeCasts(ctx context.Context, states map[rollPlace]*boxState) error {
	var fresh []any
	var envelopes []rollPlace
	marked := map[string]map[int64][]any{} // way, ballot, voters
	for _, at := range touched(states) {
		st := states[at]
		c := st.cast
		if t.boxes[at.ballot].sealed {
			envelopes = append(envelopes, at)
		} else if st.had == "" {
			fresh = append(fresh, at.ballot, at.voter, c.Pattern, string(c.Origin), c.Tracker)
		} else if err := t.exec(ctx, "UPDATE ballot_casts SET pattern = ?, origin = ?, tracker = ? WHERE ballot = ? AND voter = ?",
			c.Pattern, string(c.Origin), c.Tracker, at.ballot, at.voter); err != nil {
			return err
		}
		if st.had != st.now {
			if marked[st.now] == nil {
				marked[st.now] = map[int64][]any{}
			}
			marked[st.now][at.ballot] = append(marked[st.now][at.ballot], at.voter)
		}
	}
	if err := t.insertMany(ctx, "INSERT INTO ballot_casts (ballot, voter, pattern, origin, tracker) VALUES ", 5, fresh); err != nil {
		return err
	}
	if err := t.putSealed(ctx, envelopes, states); err != nil {
		return err
	}
	for way, ballots := range marked {
		for number, voters := range ballots {
			q := "UPDATE ballot_roll" + t.byKey() + " SET way = ? WHERE ballot = ? AND voter IN (" + marks(&voters) + ")"
			if err := t.exec(ctx, q, append([]any{way, number}, voters...)...); err != nil {
				return err
			}
		}
	}
	return nil
}

// touched gives the entries that were cast for, in the order of their keys.
func touched(states map[rollPlace]*boxState) []rollPlace {
	out := make([]rollPlace, 0, len(states))
	for at, st := range states {
		if st.hit {
			out = append(out, at)
		}
	}
	slices.SortFunc(out, func(a, b rollPlace) int {
		if a.ballot != b.ballot {
			return int(a.ballot - b.ballot)
		}
		return int(a.voter - b.voter)
	})
	return out
}

// useAssist uses up an assisted session.
func (t *tx) useAssist(ctx context.Context, hash []byte) error {
	g := t.in(ctx).Exec("UPDATE ballot_assists SET used_at = ? WHERE token_hash = ? AND used_at = 0 AND opened_at <= ? AND expires_at > ?",
		toMillis(t.now), hash, toMillis(t.now), toMillis(t.now))
	if g.Error != nil {
		return fmt.Errorf("%w: %w", errGroup, g.Error)
	}
	if g.RowsAffected == 0 {
		return ballot.ErrAssist
	}
	return nil
}

func castReceipt(c ballot.CastRequest) []byte {
	if c.Receipt == nil {
		return nil
	}
	return receiptID(c.Receipt)
}

// replayed is what a cast gets whose key was used before.
func replayed(first receiptRow, c ballot.CastRequest) error {
	if !bytes.Equal(first.Digest, c.Receipt.Digest[:]) {
		return ErrMismatch
	}
	return &audit.Replay{Status: first.Status, Body: first.Body}
}

func (t *tx) castReceiptRow(id []byte, c ballot.CastRequest, o ballot.CastOutcome) (receiptRow, error) {
	status, body, err := c.Receipt.Encode(ballot.Receipt{Tracker: o.Tracker, Origin: o.Origin, SealedBy: o.SealedBy})
	if err != nil {
		return receiptRow{}, fmt.Errorf("encode the answer: %w", err)
	}
	at := t.now
	if t.boxes[c.Ballot].sealed { // of a sealed cast no time is kept, but the day
		at = calendar.EndOfDay(at)
	}
	return receiptRow{ID: id, Digest: c.Receipt.Digest[:], Status: status, Body: body, At: toMillis(at)}, nil
}

// readReceipts gives the receipts in force for the keys of the casts, and
// removes those that have outlived their time.
func (t *tx) readReceipts(ctx context.Context, casts []ballot.CastRequest) (map[string]receiptRow, error) {
	found := map[string]receiptRow{}
	var ids []any
	for _, c := range casts {
		if id := castReceipt(c); id != nil {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return found, nil
	}
	var over []any
	err := t.rows(ctx, "SELECT id, digest, status, body, at FROM receipts WHERE id IN ("+marks(&ids)+")", ids, func(scan func(...any) error) error {
		var r receiptRow
		err := scan(&r.ID, &r.Digest, &r.Status, &r.Body, &r.At)
		if r.At <= toMillis(t.now.Add(-receiptLife)) {
			over = append(over, r.ID)
		} else {
			found[string(r.ID)] = r
		}
		return err
	})
	if err != nil || len(over) == 0 {
		return found, err
	}
	wrote := t.wrote // what is removed here asks for no event
	err = t.exec(ctx, "DELETE FROM receipts WHERE id IN ("+marks(&over)+")", over...)
	t.wrote = wrote
	return found, err
}

// writeReceipts stores the answers. A key that is taken now was taken since it
// was looked for: everything is done again.
func (t *tx) writeReceipts(ctx context.Context, fresh []receiptRow) error {
	args := make([]any, 0, 5*len(fresh))
	for _, r := range fresh {
		args = append(args, r.ID, r.Digest, r.Status, r.Body, r.At)
	}
	err := t.insertMany(ctx, "INSERT INTO receipts (id, digest, status, body, at) VALUES ", 5, args)
	if !errors.Is(err, gorm.ErrDuplicatedKey) {
		return err
	}
	return fmt.Errorf("%w: %w", errRetry, err)
}

// shared and exclusive are the ends of reads that lock; SQLite has one writer.
func (t *tx) shared() string {
	if t.db.Engine() == "sqlite" {
		return ""
	}
	return " LOCK IN SHARE MODE"
}

func (t *tx) exclusive() string {
	if t.db.Engine() == "sqlite" {
		return ""
	}
	return " FOR UPDATE"
}
