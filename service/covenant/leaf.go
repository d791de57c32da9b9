package covenant

import (
	"context"

	"cunwu/service/record"
)

// leave leaves the leaf of a publication: the text is public, so its digest is
// plain, and anybody can make it again from Version.Canonical.
func leave(ctx context.Context, tx Tx, v *Version) error {
	facts := map[string]any{
		"id": v.CovenantID, "region": string(v.Region), "text": string(v.Kind), "version": v.Number, "digest": v.Digest,
		"in_force_on": v.Content.InForceOn,
	}
	if vote := v.Content.Vote; vote != nil {
		facts["ballot"], facts["adopted_on"] = vote.Ballot, vote.On
	}
	if f := v.Content.Filing; f != nil {
		facts["filed_on"] = f.On
	}
	at, err := record.Append(ctx, tx, record.Leaf{Kind: record.KindCovenantPublished, Facts: facts})
	v.Content.LogIndex = &at.Index
	return err
}
