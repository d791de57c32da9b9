package moderation

import (
	"context"
	"time"

	"cunwu/service/audit"
	"cunwu/service/outbox"
)

var zeroTime time.Time

// announce tells what a subject came to. "by" is told where a person brought it
// to its end: whoever follows keeps that against what machines say later. On the
// way there a person's word on one part ends nothing. The reason is public, was
// screened, and is for the author.
func announce(ctx context.Context, tx Tx, all []Check, state State, violation, reason string) error {
	sub := all[0].Subject
	facts := map[string]string{"kind": sub.Kind, "state": string(state)}
	if state == Passed || state == Rejected {
		for _, c := range all {
			if c.ByPerson {
				facts["by"] = "person"
			}
		}
	}
	if state == Rejected && violation != "" {
		facts["violation"], facts["reason"] = violation, reason
	}
	return tx.Announce(ctx, outbox.Event{Kind: Decided, Region: sub.Region, Subject: sub.ID, Facts: facts})
}

// record writes an event about a check: codes only.
func record(ctx context.Context, tx Tx, action string, c Check) error {
	return tx.Record(ctx, audit.Event{
		Action: "moderation." + action, Object: c.Subject.Kind, ObjectID: c.Subject.ID, Region: string(c.Subject.Region), Result: "ok",
		Detail: map[string]string{"check": c.ID, "state": string(c.State), "suggest": c.Suggest},
	})
}
