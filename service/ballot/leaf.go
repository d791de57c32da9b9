package ballot

import (
	"context"
	"encoding/hex"
	"iter"
	"slices"
	"time"

	"cunwu/service/ballot/sealed"
	"cunwu/service/record"
)

// openedLeaf is the public record's entry of opening. A sealed ballot's names
// its keys as well.
func openedLeaf(r Record, digest string, n *sealed.Notice) (record.Leaf, error) {
	facts := map[string]any{
		"id": r.ID, "region": string(r.Region), "definition": digest, "roll_size": r.RollSize, "roll": r.RollDigest,
		"sealed": r.Sealed, "opens_at": r.OpensAt.UnixMilli(), "closes_at": r.ClosesAt.UnixMilli(),
	}
	if n != nil {
		p, err := n.Poll()
		if err != nil {
			return record.Leaf{}, err
		}
		keys := make([]any, len(n.Trustees))
		for i, t := range n.Trustees {
			keys[i] = map[string]any{"seat": t.Seat, "box_key": hex.EncodeToString(t.Box), "sign_key": hex.EncodeToString(t.Sign)}
		}
		facts["keys"], facts["context"] = keys, hexOf(p.Context())
	}
	return record.Leaf{Kind: record.KindBallotOpened, Facts: facts}, nil
}

// resultLeaf is the entry of certification: digests of all that the result
// stands on.
func resultLeaf(r Record, definition string) (record.Leaf, error) {
	result, err := record.Canonical(r.Tally.Facts())
	if err != nil {
		return record.Leaf{}, err
	}
	return record.Leaf{Kind: record.KindBallotResult, Facts: map[string]any{
		"id": r.ID, "region": string(r.Region), "definition": definition, "roll": r.RollDigest, "roll_size": r.RollSize,
		"casts": r.Tally.CastsDigest, "cast": r.Tally.Cast, "result": Digest(result), "passed": r.Tally.Passed,
		"opinion_digest": Digest([]byte(r.Opinion)),
	}}, nil
}

// DigestLines gives what the site says now of every opening and every certified
// result, in the order of the log above an index. The entries are made anew from
// the rows, but for the list of casts, which the export shows in full: whoever
// recounts makes its digest.
func (s *Service) DigestLines(ctx context.Context, after int64) iter.Seq2[record.DigestLine, error] {
	return record.MergeDigests(s.lines(ctx, false, after), s.lines(ctx, true, after))
}

func (s *Service) lines(ctx context.Context, certified bool, after int64) iter.Seq2[record.DigestLine, error] {
	line := s.openedLine
	if certified {
		line = s.certifiedLine
	}
	return func(yield func(record.DigestLine, error) bool) {
		numbers, err := s.store.LoggedBallots(ctx, certified, after)
		if err != nil {
			yield(record.DigestLine{}, err)
			return
		}
		for batch := range slices.Chunk(numbers, record.DigestBatch) {
			rs, err := s.store.BallotsByNumber(ctx, batch)
			if err != nil {
				yield(record.DigestLine{}, err)
				return
			}
			for _, r := range rs {
				if l, err := line(ctx, r); !yield(l, err) || err != nil {
					return
				}
			}
		}
	}
}

// differs stands for rows that contradict each other so far that no entry can be
// made of them.
const differs = "differs"

func (s *Service) openedLine(ctx context.Context, r Record) (record.DigestLine, error) {
	l := record.DigestLine{ID: r.ID, Version: 1, Digest: differs, Index: *r.OpenedIndex}
	if r.OpenedAt.IsZero() || !r.public() {
		l.Digest = string(r.State) // although an entry says that it was opened
		return l, nil
	}
	var n *sealed.Notice
	if r.Sealed {
		k, err := s.store.BallotKeeping(ctx, r.Number)
		if err != nil {
			return l, err
		}
		if n = k.Notice; n == nil {
			return l, nil
		}
	}
	raw, err := r.Encode()
	if err != nil {
		return l, nil //nolint:nilerr // the line says it
	}
	leaf, err := openedLeaf(r, Digest(raw), n)
	if err == nil {
		l.Digest = lineDigest(leaf, r.OpenedAt)
	}
	return l, nil
}

func (s *Service) certifiedLine(_ context.Context, r Record) (record.DigestLine, error) {
	l := record.DigestLine{ID: r.ID, Version: 1, Digest: differs, Index: *r.ResultIndex}
	if r.State != Certified || r.Tally == nil {
		l.Digest = string(r.State)
		return l, nil
	}
	raw, err := r.Encode()
	if err != nil {
		return l, nil //nolint:nilerr // the line says it
	}
	leaf, err := resultLeaf(r, Digest(raw))
	if err == nil {
		l.Digest = lineDigest(leaf, r.CertifiedAt)
	}
	return l, nil
}

func lineDigest(l record.Leaf, at time.Time) string {
	raw, err := l.Canonical(at)
	if err != nil {
		return differs
	}
	return Digest(raw)
}
