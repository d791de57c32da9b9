package account_test

import (
	"encoding/hex"
	"testing"
	"time"

	"cunwu/service/account"
	"cunwu/service/record"
)

// offices gives the entries of the log about offices, all there are.
func (w *world) offices() (leaves []record.Leaf, digests []string) {
	w.Helper()
	raw, err := w.db.Records().Leaves(w.Context(), 0, 1000)
	w.ok(err)
	for _, r := range raw {
		l, _, err := record.ReadLeaf(r)
		w.ok(err)
		sum := record.Digest(r)
		leaves, digests = append(leaves, l), append(digests, hex.EncodeToString(sum[:]))
	}
	return leaves, digests
}

// agree compares the digest export with the log.
func (w *world) agree(erased ...int64) {
	w.Helper()
	leaves, digests := w.offices()
	for i := range leaves {
		if leaves[i].Kind == record.KindAppointmentEnded {
			digests[i] = record.Ended
		}
	}
	for _, i := range erased {
		digests[i] = record.Erased
	}
	n := 0
	for line, err := range w.svc.DigestLines(w.Context(), -1) {
		w.ok(err)
		if line.Index != int64(n) || line.ID != leaves[n].Facts["id"] || line.Version != 1 || line.Digest != digests[n] {
			w.Errorf("line %v, want the entry %v with digest %s", line, leaves[n], digests[n])
		}
		n++
	}
	if n != len(leaves) {
		w.Errorf("%d lines of %d entries", n, len(leaves))
	}
}

func TestRecord_Offices(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		officer, clerk, _ := w.staffed()
		leaves, _ := w.offices()
		if len(leaves) != 4 { // administrator, township officer, clerk, supervisor
			w.Fatalf("%d entries, want 4: %v", len(leaves), leaves)
		}
		start, end := w.term()
		made, err := w.svc.Appoint(w.Context(), officer, w.act(officer), account.AppointInput{
			Role: account.Director, Region: village, ResidentID: w.resident(clerk, "王小五"), Start: start, End: end,
		})
		w.ok(err)
		leaves, _ = w.offices()
		l := leaves[len(leaves)-1]
		a, err := w.db.Accounts().Appointment(w.Context(), made.Appointment.ID)
		w.ok(err)
		for name, want := range map[string]any{
			"id": a.ID, "role": "director", "region": string(village), "start": start.UnixMilli(), "end": end.UnixMilli(),
			"holder": record.Commitment(a.Logged.Salt, []byte(a.ResidentID)),
		} {
			if l.Facts[name] != want {
				w.Errorf("fact %s = %v, want %v", name, l.Facts[name], want)
			}
		}
		w.agree()

		// An office of no public power, and an offer that nobody took, are no matter of the record.
		_, err = w.svc.Appoint(w.Context(), officer, w.act(officer), account.AppointInput{
			Role: account.Secretary, Region: village, Invite: true, Start: start, End: end,
		})
		w.ok(err)
		_, err = w.svc.Appoint(w.Context(), clerk, w.act(clerk), account.AppointInput{
			Role: account.Representative, Region: village, ResidentID: w.resident(clerk, "张小三"), Start: start, End: end,
		})
		if err != nil {
			w.Logf("representatives are appointed by others: %v", err)
		}
		if after, _ := w.offices(); len(after) != len(leaves) {
			w.Errorf("%d entries, want %d: %v", len(after), len(leaves), after[len(leaves):])
		}

		w.db.Clock.Advance(time.Hour)
		_, err = w.svc.EndAppointment(w.Context(), officer, w.act(officer), account.DecisionInput{ID: a.ID, Reason: "本人辞职"})
		w.ok(err)
		after, _ := w.offices()
		if len(after) != len(leaves)+1 || after[len(leaves)].Kind != record.KindAppointmentEnded || after[len(leaves)].Facts["holder"] != l.Facts["holder"] {
			w.Errorf("entries after the end: %v", after[len(leaves):])
		}
		w.agree()
	})
}

// TestRecord_ClosedAccount erases a holder: the commitment stays in the log and
// nothing is left to check it with.
func TestRecord_ClosedAccount(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		_, clerk, _ := w.staffed()
		before, _ := w.offices()
		w.ok(w.svc.Close(w.Context(), clerk, w.act(clerk)))
		after, _ := w.offices()
		if len(after) != len(before)+1 || after[len(before)].Kind != record.KindAppointmentEnded {
			w.Fatalf("entries after the account was closed: %v", after[len(before):])
		}
		id, _ := after[len(before)].Facts["id"].(string)
		a, err := w.db.Accounts().Appointment(w.Context(), id)
		w.ok(err)
		if len(a.Logged.Salt) != 0 {
			w.Error("the salt of a closed account is still there")
		}
		w.agree(*a.Logged.MadeIndex)
	})
}
