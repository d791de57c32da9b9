package repository

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"cunwu/service/audit"
	"cunwu/service/ranking"
	"cunwu/service/region"
)

// Endorse implements ranking.Store. Like CastAll it is the way of many, so the
// statements are few, their texts are few, and gorm only carries them.
func (s *Rankings) Endorse(ctx context.Context, es []ranking.Endorsement) []ranking.Outcome {
	var out []ranking.Outcome
	err := s.db.inTx(ctx, audit.BySystem("ranking.endorse"), func(t *tx) error {
		var err error
		out, err = t.endorse(ctx, es)
		return err
	})
	if err != nil {
		out = make([]ranking.Outcome, len(es))
		for i := range out {
			out[i].Err = err
		}
	}
	return out
}

// endorsable is a deed as a group of endorsements finds it, and leaves it.
type endorsable struct {
	number  int64
	id      string
	region  string
	open    bool
	listed  int64
	before  int64 // how many stood behind it
	count   int64 // and do now
	on, off int   // how many endorsements came and went
}

// endorsementKey is the key of an endorsement.
type endorsementKey struct {
	deed     int64
	resident string
}

// endorsementState is whether an endorsement is there, before and after.
type endorsementState struct{ had, has bool }

// endorse locks the deeds, in the order of their ids, before it looks who stands
// behind them: two who press at once come one after the other.
func (t *tx) endorse(ctx context.Context, es []ranking.Endorsement) ([]ranking.Outcome, error) {
	deeds, err := t.lockEndorsed(ctx, es)
	if err != nil {
		return nil, wrapped("lock deeds", err)
	}
	states, err := t.readEndorsements(ctx, es, deeds)
	if err != nil {
		return nil, wrapped("read endorsements", err)
	}
	out := make([]ranking.Outcome, len(es))
	for i, e := range es {
		d := deeds[e.Deed]
		if out[i].Err = refusedEndorsement(e, d); out[i].Err != nil {
			continue
		}
		st := states[endorsementKey{d.number, e.Resident}]
		switch {
		case e.On && !st.has:
			d.count, d.on = d.count+1, d.on+1
		case !e.On && st.has:
			d.count, d.off = d.count-1, d.off+1
		}
		st.has = e.On
		out[i].State = ranking.State{Endorsed: e.On, Endorsements: d.count}
	}
	if err := t.writeEndorsements(ctx, states); err != nil {
		return nil, wrapped("write endorsements", err)
	}
	return out, wrapped("move rankings", t.moveRankings(ctx, deeds))
}

func refusedEndorsement(e ranking.Endorsement, d *endorsable) error {
	switch {
	case d == nil:
		return ranking.ErrNotFound
	case e.Refused != nil:
		return e.Refused
	case d.region != string(e.Village):
		return ranking.ErrNotVillager
	case !d.open:
		return ranking.ErrClosed
	}
	return nil
}

func (t *tx) lockEndorsed(ctx context.Context, es []ranking.Endorsement) (map[string]*endorsable, error) {
	deeds := map[string]*endorsable{}
	var ids []any
	for _, e := range es {
		if _, ok := deeds[e.Deed]; !ok {
			deeds[e.Deed] = nil
			ids = append(ids, e.Deed)
		}
	}
	clear(deeds)
	q := "SELECT number, id, region, is_open, listed_at, endorsements FROM ranked_deeds WHERE id IN (" + marks(&ids) + ") ORDER BY id" + t.exclusive()
	err := t.rows(ctx, q, ids, func(scan func(...any) error) error {
		var d endorsable
		var open int
		err := scan(&d.number, &d.id, &d.region, &open, &d.listed, &d.count)
		d.open, d.before = open != 0, d.count
		deeds[d.id] = &d
		return err
	})
	return deeds, err
}

// readEndorsements says who of those who ask stands behind their deed already.
// Each is asked for by the whole key; see votersQuery.
func (t *tx) readEndorsements(ctx context.Context, es []ranking.Endorsement, deeds map[string]*endorsable) (map[endorsementKey]*endorsementState, error) {
	states := map[endorsementKey]*endorsementState{}
	var keys []any
	for _, e := range es {
		d := deeds[e.Deed]
		if refusedEndorsement(e, d) != nil {
			continue
		}
		key := endorsementKey{d.number, e.Resident}
		if states[key] == nil {
			states[key] = &endorsementState{}
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return states, nil
	}
	keys = padded(keys)
	args := make([]any, 0, 2*len(keys))
	for _, k := range keys {
		key, _ := k.(endorsementKey)
		args = append(args, key.deed, key.resident)
	}
	const one = "SELECT deed, resident FROM endorsements WHERE deed = ? AND resident = ?"
	return states, t.rows(ctx, one+strings.Repeat(" UNION ALL "+one, len(keys)-1), args, func(scan func(...any) error) error {
		var key endorsementKey
		if err := scan(&key.deed, &key.resident); err != nil {
			return err
		}
		*states[key] = endorsementState{had: true, has: true}
		return nil
	})
}

// writeEndorsements puts what came and takes what went, in the order of keys.
func (t *tx) writeEndorsements(ctx context.Context, states map[endorsementKey]*endorsementState) error {
	var came, went []endorsementKey
	for key, st := range states {
		switch {
		case st.has && !st.had:
			came = append(came, key)
		case st.had && !st.has:
			went = append(went, key)
		}
	}
	order := func(a, b endorsementKey) int {
		return cmp.Or(cmp.Compare(a.deed, b.deed), strings.Compare(a.resident, b.resident))
	}
	slices.SortFunc(came, order)
	slices.SortFunc(went, order)
	args := make([]any, 0, 3*len(came))
	for _, k := range came {
		args = append(args, k.deed, k.resident, toMillis(t.now))
	}
	if err := t.insertMany(ctx, "INSERT INTO endorsements (deed, resident, at) VALUES ", 3, args); err != nil {
		return err
	}
	for _, k := range went {
		if err := t.exec(ctx, "DELETE FROM endorsements WHERE deed = ? AND resident = ?", k.deed, k.resident); err != nil {
			return err
		}
	}
	return nil
}

// moveRankings moves each deed by the sum of its group, in all its places at
// once, marks their villages, and leaves one event for the group: which deeds,
// and how many came and went. Not who: see recordCasts.
func (t *tx) moveRankings(ctx context.Context, deeds map[string]*endorsable) error {
	var moved []*endorsable
	var villages []string
	for _, d := range deeds {
		if d.on+d.off > 0 {
			moved = append(moved, d)
			villages = append(villages, d.region)
		}
	}
	if len(moved) == 0 {
		return nil
	}
	slices.SortFunc(moved, func(a, b *endorsable) int { return cmp.Compare(a.number, b.number) })
	e := audit.Event{Action: "ranking.endorse", Object: "deed", Detail: map[string]string{}}
	for _, d := range moved {
		e.Detail[d.id] = fmt.Sprintf("+%d-%d", d.on, d.off)
		if d.on == d.off {
			continue
		}
		if err := t.exec(ctx, "UPDATE ranked_deeds SET endorsements = ? WHERE number = ?", d.count, d.number); err != nil {
			return err
		}
		where, keys := placesOf(region.Code(d.region), d.listed, d.before, d.id)
		if err := t.exec(ctx, "UPDATE ranked_places SET weight = ? WHERE "+where, append([]any{-d.count}, keys...)...); err != nil {
			return err
		}
	}
	slices.Sort(villages)
	villages = slices.Compact(villages)
	for _, v := range villages {
		if err := t.markRankings(ctx, v); err != nil {
			return err
		}
	}
	if len(moved) == 1 {
		e.ObjectID = moved[0].id
	}
	if len(villages) == 1 {
		e.Region = villages[0]
	}
	return t.Record(ctx, e)
}

// affected runs a statement and gives how many rows it met.
func (t *tx) affected(ctx context.Context, q string, args ...any) (int64, error) {
	t.wrote = true
	res, err := t.gorm.Statement.ConnPool.ExecContext(ctx, q, args...)
	if err != nil {
		return 0, translate(t.db.dialect, err)
	}
	return res.RowsAffected()
}
