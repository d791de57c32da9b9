package consultation

import (
	"context"
	"fmt"

	"cunwu/service/record"
)

// Logged is where a text stands in the public record, and the salt with which
// it is committed to there. People are named in such texts now and then: a text
// that has to be erased goes with its salt, and the leaf then says nothing.
type Logged struct {
	Index int64  `json:"index"`
	Salt  []byte `json:"salt"`
}

// Committed gives what the leaf of an outcome commits to, in a form that anybody
// can make again: canonical JSON of reasons, result and text.
func (o Outcome) Committed() ([]byte, error) {
	return record.Canonical(map[string]any{"result": o.Result, "text": o.Text, "reasons": o.Reasons})
}

// Committed gives what the leaf of a feedback commits to: canonical JSON of text.
func (s Said) Committed() ([]byte, error) { return record.Canonical(map[string]any{"text": s.Text}) }

// logged leaves the leaf of a step that makes an outcome or a feedback public.
func logged(ctx context.Context, tx Tx, r *Record, action string) error {
	switch o, f := r.Content.Outcome, r.Content.Feedback; {
	case action == "conclude" && o != nil:
		raw, err := o.Committed()
		if err != nil {
			return fmt.Errorf("consultation: outcome: %w", err)
		}
		o.Log, err = leave(ctx, tx, record.KindConsultationOutcome, *r, raw)
		return err
	case action == "feed_back" && f != nil:
		raw, err := f.Committed()
		if err != nil {
			return fmt.Errorf("consultation: feedback: %w", err)
		}
		f.Log, err = leave(ctx, tx, record.KindConsultationFeedback, *r, raw)
		return err
	}
	return nil
}

func leave(ctx context.Context, tx Tx, kind string, r Record, raw []byte) (*Logged, error) {
	salt := record.NewSalt()
	at, err := record.Append(ctx, tx, record.Leaf{Kind: kind, Facts: map[string]any{
		"id": r.ID, "region": string(r.Region), "digest": record.Commitment(salt, raw), "committed": true,
	}})
	return &Logged{Index: at.Index, Salt: salt}, err
}
