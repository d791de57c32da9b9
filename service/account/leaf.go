package account

import (
	"context"
	"encoding/hex"
	"iter"
	"time"

	"cunwu/service/record"
)

// Logged is what an appointment's row knows of its entries in the public record.
type Logged struct {
	// Salt is what the commitment to the holder is checked with; nil once the
	// holder's data was erased.
	Salt []byte
	// MadeIndex and MadeAt are of the entry that says that the office is held,
	// EndedIndex of the one that says that it ended early; nil for none.
	MadeIndex  *int64
	MadeAt     time.Time
	EndedIndex *int64
}

// holder is what an office's entry commits to: the person of the roll, or the
// account where the holder is no such person.
func (a Appointment) holder() string {
	if a.ResidentID != "" {
		return a.ResidentID
	}
	return a.AccountID
}

// officeLeaf is the entry of an office. holder is the commitment to who holds it.
func officeLeaf(kind string, a Appointment, holder string) record.Leaf {
	return record.Leaf{Kind: kind, Facts: map[string]any{
		"id": a.ID, "role": string(a.Role), "region": string(a.Region),
		"start": a.Start.UnixMilli(), "end": a.End.UnixMilli(), "holder": holder,
	}}
}

// recordMade leaves the entry of an office that has found its holder, where the
// office carries public power. It comes after all other writes but the answer.
func (s *Service) recordMade(ctx context.Context, tx Tx, a Appointment) error {
	if !s.o.Policy.Officer(a.Role) || a.holder() == "" {
		return nil
	}
	salt := record.NewSalt()
	place, err := record.Append(ctx, tx, officeLeaf(record.KindAppointmentMade, a, record.Commitment(salt, []byte(a.holder()))))
	if err != nil {
		return err
	}
	return tx.PlaceAppointment(ctx, a.ID, Logged{Salt: salt, MadeIndex: &place.Index, MadeAt: place.At})
}

// recordEnded leaves the entry of an office that ended before its term. What
// was never recorded as held cannot end. With erase, because the holder's
// account is closed, the salt goes: nobody is to tell any more whom the entries
// commit to.
func (s *Service) recordEnded(ctx context.Context, tx Tx, a Appointment, erase bool) error {
	l := a.Logged
	if l.MadeIndex == nil || l.EndedIndex != nil {
		return nil
	}
	place, err := record.Append(ctx, tx, officeLeaf(record.KindAppointmentEnded, a, record.Commitment(l.Salt, []byte(a.holder()))))
	if err != nil {
		return err
	}
	l.EndedIndex = &place.Index
	if erase {
		l.Salt = nil
	}
	return tx.PlaceAppointment(ctx, a.ID, l)
}

// DigestLines gives what the site says now of every entry about offices, in the
// order of indexes, from the one after the given.
func (s *Service) DigestLines(ctx context.Context, after int64) iter.Seq2[record.DigestLine, error] {
	lines := func(ended bool, line func(Appointment) (record.DigestLine, error)) iter.Seq2[record.DigestLine, error] {
		return record.DigestLines(after, func(after int64) ([]record.DigestLine, error) {
			page, err := s.store.LoggedAppointments(ctx, ended, after, record.DigestBatch)
			if err != nil {
				return nil, err
			}
			out := make([]record.DigestLine, len(page))
			for i, a := range page {
				if out[i], err = line(a); err != nil {
					return nil, err
				}
			}
			return out, nil
		})
	}
	return record.MergeDigests(lines(false, madeLine), lines(true, endedLine))
}

func madeLine(a Appointment) (record.DigestLine, error) {
	line := record.DigestLine{ID: a.ID, Version: 1, Digest: record.Erased, Index: *a.Logged.MadeIndex}
	if a.Logged.EndedIndex == nil && !a.EndedAt.IsZero() {
		line.Digest = record.Ended // although no entry says so
		return line, nil
	}
	if len(a.Logged.Salt) == 0 {
		return line, nil
	}
	leaf := officeLeaf(record.KindAppointmentMade, a, record.Commitment(a.Logged.Salt, []byte(a.holder())))
	canonical, err := leaf.Canonical(a.Logged.MadeAt)
	if err != nil {
		return line, err
	}
	sum := record.Digest(canonical)
	line.Digest = hex.EncodeToString(sum[:])
	return line, nil
}

func endedLine(a Appointment) (record.DigestLine, error) {
	line := record.DigestLine{ID: a.ID, Version: 1, Digest: record.Ended, Index: *a.Logged.EndedIndex}
	if a.EndedAt.IsZero() {
		line.Digest = "held" // although an entry says that it ended
	}
	return line, nil
}
