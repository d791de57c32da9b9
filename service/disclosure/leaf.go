package disclosure

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"cunwu/service/record"
)

// LogEntry says where in the public record a posting stands: the entry that
// speaks of what is shown now, which is its publication, or the withdrawal or
// expiry of a text that is gone.
type LogEntry struct {
	Index int64
	// Salt is what the entry's commitment is checked with; nil where the entry
	// carries a plain digest, and for whoever may not read the text.
	Salt []byte
}

// committed reports whether the record carries commitments to a posting's texts
// and not their digests: where not everybody may read them, or they are to be
// erased one day. A digest of few names and sums could be guessed.
func (r Record) committed() bool { return r.Personal || r.Visibility != PublicInternet }

// digestOf gives the digest of a text as the record carries it.
func digestOf(canonical, salt []byte) string {
	if len(salt) > 0 {
		return record.Commitment(salt, canonical)
	}
	return Digest(canonical)
}

// publishedLeaf is the entry of a version. digest is digestOf its text; files
// are the digests of its attachments.
func publishedLeaf(r Record, v VersionRecord, c Content, digest string, files []string) record.Leaf {
	facts := map[string]any{
		"id": r.ID, "region": string(r.Region), "item": r.ItemCode, "period": r.Period, "version": v.Number,
		"visibility": string(r.Visibility), "digest": digest, "committed": len(v.Salt) > 0,
		"attachments": files, "late": r.Late,
	}
	if c.WrittenOn != "" {
		facts["written_on"] = c.WrittenOn
	}
	return record.Leaf{Kind: record.KindPublished, Facts: facts}
}

func withdrawnLeaf(r Record) record.Leaf {
	return record.Leaf{Kind: record.KindWithdrawn, Facts: map[string]any{
		"id": r.ID, "region": string(r.Region), "version": r.Version, "reason_digest": Digest([]byte(r.Reason)),
	}}
}

func expiredLeaf(r Record) record.Leaf {
	return record.Leaf{Kind: record.KindExpired, Facts: map[string]any{
		"id": r.ID, "region": string(r.Region), "version": r.Version,
	}}
}

// fileDigests gives the sorted digests of attachments; false where one of them
// is not known.
func fileDigests(ids []string, digest func(id string) (string, bool)) ([]string, bool) {
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		d, ok := digest(id)
		if !ok {
			return nil, false
		}
		out = append(out, d)
	}
	slices.Sort(out)
	return out, true
}

// What a digest line says where the archive contradicts itself: never a digest,
// so that it agrees with no entry.
const (
	wordMoved      = "moved"      // the posting's time or place in the feeds is not its version's
	wordDiffers    = "differs"    // feeds show other words or sums than the text has
	wordIncomplete = "incomplete" // an attachment is gone
)

// Logged is a published text with its posting, for comparing with the record.
type Logged struct {
	Record  Record
	Version VersionRecord
}

// DigestLines gives what the site says now of every entry about disclosures,
// in the order of indexes, from the one after the given. A text that was
// changed, redated, moved or given other attachments in the archive gives
// another digest than its entry has.
func (s *Service) DigestLines(ctx context.Context, after int64) iter.Seq2[record.DigestLine, error] {
	published := record.DigestLines(after, func(after int64) ([]record.DigestLine, error) {
		return s.publishedLines(ctx, after)
	})
	ended := record.DigestLines(after, func(after int64) ([]record.DigestLine, error) {
		page, err := s.store.LoggedVersions(ctx, true, after, record.DigestBatch)
		if err != nil {
			return nil, err
		}
		lines := make([]record.DigestLine, len(page))
		for i, l := range page {
			lines[i] = endedLine(l)
		}
		return lines, nil
	})
	return record.MergeDigests(published, ended)
}

func endedLine(l Logged) record.DigestLine {
	line := record.DigestLine{ID: l.Record.ID, Version: l.Version.Number, Digest: record.Expired, Index: *l.Version.EndedIndex}
	if !l.Version.WithdrawnAt.IsZero() {
		line.Digest = record.Withdrawn
	}
	if l.Version.Number == l.Record.Version && l.Record.standing() {
		line.Digest = string(l.Record.State) // it is shown although it was taken down
	}
	return line
}

func (s *Service) publishedLines(ctx context.Context, after int64) ([]record.DigestLine, error) {
	page, err := s.store.LoggedVersions(ctx, false, after, record.DigestBatch)
	if err != nil {
		return nil, err
	}
	var ids []string
	contents := make([]Content, len(page))
	for i, l := range page {
		if contents[i], err = readContent(l.Version.Content); err != nil {
			return nil, err
		}
		ids = append(ids, contents[i].Media...)
	}
	objects, err := s.opt.Media.Objects(ctx, ids)
	if err != nil {
		return nil, err
	}
	digests := map[string]string{}
	for _, o := range objects {
		digests[o.ID] = o.Digest
	}
	lines := make([]record.DigestLine, len(page))
	for i, l := range page {
		lines[i] = record.DigestLine{ID: l.Record.ID, Version: l.Version.Number, Index: *l.Version.LogIndex}
		if lines[i].Digest, err = shownDigest(l, contents[i], digests); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// shownDigest builds the entry of a version anew from what is shown of it.
func shownDigest(l Logged, c Content, digests map[string]string) (string, error) {
	r, v := l.Record, l.Version
	if len(v.Content) == 0 {
		return record.Erased, nil
	}
	at := v.PublishedAt
	if v.Number == r.Version && v.EndedIndex == nil {
		if !r.standing() {
			return string(r.public()), nil // it is not shown although nothing took it down
		}
		// Feeds and pages show these from the posting itself.
		if r.Pos != Position(at, *v.LogIndex) || !r.PublishedAt.Equal(at) {
			return wordMoved, nil
		}
		if !sameShown(c.shown(0), r.Shown) {
			return wordDiffers, nil
		}
	}
	files, ok := fileDigests(c.Media, func(id string) (string, bool) { d, ok := digests[id]; return d, ok })
	if !ok {
		return wordIncomplete, nil
	}
	canonical, err := publishedLeaf(r, v, c, digestOf(v.Content, v.Salt), files).Canonical(at)
	if err != nil {
		return "", err
	}
	sum := record.Digest(canonical)
	return fmt.Sprintf("%x", sum), nil
}

// sameShown compares what feeds show.
func sameShown(a, b Shown) bool {
	same := func(x, y *int64) bool { return (x == nil) == (y == nil) && (x == nil || *x == *y) }
	return a.Title == b.Title && a.Summary == b.Summary && a.Attachments == b.Attachments &&
		same(a.IncomeFen, b.IncomeFen) && same(a.ExpenseFen, b.ExpenseFen)
}
