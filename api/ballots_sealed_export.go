package api

import (
	"encoding/hex"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/ballot"
	"cunwu/service/ballot/sealed"
)

// fewestPapers: with fewer papers, the difference between the sum and the sealed
// part would tell what they say, so that only the sum is published.
const fewestPapers = 5

// exportSealed answers with the export of a sealed ballot; false where it is not
// one. There are no ballots in it, only the list of trackers.
func (a *API) exportSealed(c *gin.Context, caller account.Caller) bool {
	o, f, err := a.ballots.SealedExport(c.Request.Context(), caller, c.Param("id"))
	if errors.Is(err, ballot.ErrNotSealed) {
		return false
	}
	if err != nil {
		a.refuse(c, err)
		return true
	}
	body, err := encode(showSealedExport(o, f))
	if err != nil {
		a.refuse(c, err)
		return true
	}
	c.Header("Cache-Control", "public, max-age=60")
	c.Data(http.StatusOK, "application/json", body)
	return true
}

func showSealedExport(o ballot.Outcome, f ballot.SealedFacts) map[string]any {
	text := func(h sealed.Hash) string { return hex.EncodeToString(h[:]) }
	trustees := make([]map[string]any, len(f.Statements))
	for i, s := range f.Statements {
		trustees[i] = map[string]any{"seat": s.Seat, "box_key": s.Box, "sign_key": s.Sign, "statement": s}
		if f.Peeled.Seat == s.Seat {
			trustees[i]["peeled"] = f.Peeled
		}
		for _, h := range f.Destroyed {
			if h.Seat == s.Seat {
				trustees[i]["destroyed"] = h
			}
		}
	}
	box := make([]string, len(f.Box))
	for i, t := range f.Box {
		box[i] = hex.EncodeToString(t)
	}
	result := map[string]any{}
	for name, v := range o.Result {
		result[name] = v
	}
	result["counted"], result["bad"], result["paper"] = f.Outcome.Counted, f.Outcome.Bad, f.Paper
	if f.Paper == 0 || f.Paper >= fewestPapers {
		result["values"] = f.Outcome.Values
		for i, s := range f.Statements {
			if s.Seat == f.Outcome.Seat {
				trustees[i]["opened"] = f.Outcome
			}
		}
	}
	if f.SealedBy != nil {
		result["sealed_by"] = f.SealedBy
	}
	return map[string]any{
		"definition": o.Definition, "definition_digest": o.Digest, "roll_size": o.RollSize, "roll_digest": o.RollDigest,
		"box": box, "pair": f.Outcome.Pair, "trustees": trustees, "result": result, "context": text(f.Commitment.Context),
		"casts": f.Commitment.Casts, "replaced": f.Commitment.Replaced, "overridden": f.Commitment.Overridden, "n": f.Commitment.N,
		"commitments": map[string]any{
			"box": text(f.Commitment.Box), "rows": text(f.Commitment.Rows), "batch": text(f.Commitment.Batch), "peeled": text(f.Peeled.Peeled),
		},
	}
}
