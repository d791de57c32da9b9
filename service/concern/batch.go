package concern

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/fault"
	"cunwu/service/procedure"
)

// mostBatch is how many concerns one batch may take.
const mostBatch = 50

// BatchResult is what came of one concern of a batch. Err is nil, or why
// nothing was done with this one.
type BatchResult struct {
	ID       string
	State    State
	Revision int
	Err      error
}

// batchKept is what of a result a repeat of the request is answered with.
type batchKept struct {
	State    State `json:"state"`
	Revision int   `json:"revision"`
}

// Batch takes the same action of several concerns, each in a transaction and
// with a result of its own: what is refused for one holds up none of the
// others. A repeat of the request does again what was not done. Refusals of the
// whole: auth.required, request.invalid.
func (s *Service) Batch(ctx context.Context, by account.Caller, act audit.Act, ids []string, in procedure.Input) ([]BatchResult, error) {
	if !by.Known() {
		return nil, account.ErrRequired
	}
	if len(ids) < 1 || len(ids) > mostBatch || len(slices.Compact(slices.Sorted(slices.Values(ids)))) < len(ids) {
		return nil, fault.ErrInvalid.At("body.ids", "请选 1 到 %d 件，不要重复。", mostBatch)
	}
	in.Media, in.Revision = nil, 0 // of one concern, not of several
	out := make([]BatchResult, len(ids))
	for i, id := range ids {
		out[i] = s.batchOne(ctx, by, act, id, in)
		if err := out[i].Err; err != nil && fault.Of(err) == nil {
			return nil, err // no refusal: a repeat goes on from here
		}
	}
	return out, nil
}

func (s *Service) batchOne(ctx context.Context, by account.Caller, act audit.Act, id string, in procedure.Input) BatchResult {
	if act.Receipt != nil {
		receipt := *act.Receipt
		receipt.Key += " " + id
		receipt.Encode = func(result any) (int, []byte, error) {
			c, ok := result.(Concern)
			if !ok {
				return 0, nil, fmt.Errorf("concern: batch answered with %T", result)
			}
			body, err := json.Marshal(batchKept{c.State, c.Revision})
			return http.StatusOK, body, err
		}
		act.Receipt = &receipt
	}
	c, err := s.Act(ctx, by, act, id, in)
	var before *audit.Replay
	if errors.As(err, &before) {
		var kept batchKept
		if err := json.Unmarshal(before.Body, &kept); err != nil {
			return BatchResult{ID: id, Err: fmt.Errorf("concern: read receipt: %w", err)}
		}
		return BatchResult{ID: id, State: kept.State, Revision: kept.Revision}
	}
	if err != nil {
		return BatchResult{ID: id, Err: err}
	}
	return BatchResult{ID: id, State: c.State, Revision: c.Revision}
}
