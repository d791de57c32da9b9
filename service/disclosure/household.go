package disclosure

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// Households is what the package needs to know of the rolls.
type Households interface {
	// HouseholdOf gives the id of the household of a resident who is on a roll,
	// "" where there is none.
	HouseholdOf(ctx context.Context, resident string) (string, error)
	// HouseholdsNumbered gives the ids of those households of a village's roll
	// that have one of the numbers, by number.
	HouseholdsNumbered(ctx context.Context, village region.Code, numbers []string) (map[string]string, error)
}

// HouseholdEntry is what of a posting concerns one household: for its own eyes.
type HouseholdEntry struct {
	Number    string // of the household on the village's roll
	Summary   string
	AmountFen int64
}

// Concern is an entry as a member of the household reads it.
type Concern struct {
	PostingID  string
	Region     region.Code
	RegionName string
	ItemCode   string
	ItemName   string
	Period     string
	Title      string
	Summary    string
	AmountFen  int64
}

// ConcernPage is a page of entries, newest posting first; Next is 0 at the end.
type ConcernPage struct {
	Items []Concern
	Next  int64
}

// ConcernRecord is a sealed entry as the archive keeps it. Record is that of
// its posting where the entry was read, and empty where it is written.
type ConcernRecord struct {
	Record    Record
	Household string // id
	Sealed    account.Sealed
}

// concernJSON is what is sealed.
type concernJSON struct {
	Summary   string `json:"summary"`
	AmountFen int64  `json:"amount_fen"`
}

// sealedHousehold binds a sealed entry to its posting and household.
func sealedHousehold(posting, household string) []byte {
	return []byte("posting_household/" + posting + "/" + household)
}

// maxHouseholds bounds the entries of a posting: the largest villages have
// about three thousand households.
const maxHouseholds = 5000

// SetHouseholds writes what of a posting concerns which household, in place of
// what was there, and gives their number. Refusals: auth.required, auth.stale,
// disclosure.not_found, request.invalid, disclosure.household_unknown,
// disclosure.private_data, account.not_allowed, disclosure.not_draft (where the
// posting's time is over).
func (s *Service) SetHouseholds(ctx context.Context, by account.Caller, act audit.Act, id string, entries []HouseholdEntry) (int, error) {
	rec, _, err := s.toWork(ctx, by, id)
	if err != nil {
		return 0, err
	}
	if err := s.checkEntries(rec.Region, entries); err != nil {
		return 0, err
	}
	grant, err := s.opt.Powers.May(by, "disclosure.household", rec.Region)
	if err != nil {
		return 0, err
	}
	// After the power: whose household is on the roll is told to its keepers only.
	sealed, err := s.sealEntries(ctx, rec, entries)
	if err != nil {
		return 0, err
	}
	err = s.store.InTx(ctx, act.As(string(grant.Role), string(grant.Region)), func(tx Tx) error {
		now, _, err := tx.PostingForUpdate(ctx, id)
		if err != nil {
			return err
		}
		if now.State == Expired {
			return ErrNotDraft
		}
		if err := tx.PutConcerns(ctx, id, sealed); err != nil {
			return err
		}
		if err := tx.Record(ctx, audit.Event{
			Action: "disclosure.household", Object: "disclosure", ObjectID: id, Region: string(rec.Region), Result: "ok",
			Detail: map[string]string{"count": fmt.Sprint(len(sealed))},
		}); err != nil {
			return err
		}
		return tx.Answer(ctx, len(sealed))
	})
	return len(sealed), err
}

func (s *Service) checkEntries(village region.Code, entries []HouseholdEntry) error {
	var w wrongs
	if len(entries) > maxHouseholds {
		w.add("body.entries", "一次最多 %d 户。", maxHouseholds)
		return w.err()
	}
	seen := make(map[string]bool, len(entries))
	parts := make([]screening.Part, len(entries))
	for i, e := range entries {
		at := fmt.Sprintf("body.entries[%d]", i)
		w.text(at+".household", "户号", e.Number, 1, maxNumber, false)
		w.text(at+".summary", "说明", e.Summary, 1, maxCell, false)
		w.amount(at+".amount_fen", "金额", &e.AmountFen)
		number := strings.TrimSpace(e.Number)
		if seen[number] {
			w.add(at+".household", "户号“%s”重复了，一户只写一条。", firstRunes(number, maxNumber))
		}
		seen[number] = true
		parts[i] = screening.Part{Location: at + ".summary", Text: e.Summary}
	}
	if err := w.err(); err != nil {
		return err
	}
	return s.opt.Screening.Refuse(village, ErrPrivate, parts...)
}

// maxNumber is the longest number of a household that a roll takes.
const maxNumber = 40

// sealEntries seals each entry for its household, and names the households
// that are not on the village's roll.
func (s *Service) sealEntries(ctx context.Context, rec Record, entries []HouseholdEntry) ([]ConcernRecord, error) {
	ids := map[string]string{}
	if s.opt.Households != nil && len(entries) > 0 {
		numbers := make([]string, len(entries))
		for i, e := range entries {
			numbers[i] = strings.TrimSpace(e.Number)
		}
		var err error
		if ids, err = s.opt.Households.HouseholdsNumbered(ctx, rec.Region, numbers); err != nil {
			return nil, err
		}
	}
	var w wrongs
	out := make([]ConcernRecord, 0, len(entries))
	for i, e := range entries {
		household, ok := ids[strings.TrimSpace(e.Number)]
		if !ok {
			w.add(fmt.Sprintf("body.entries[%d].household", i), "本村名册里没有户号“%s”。", e.Number)
			continue
		}
		c := ConcernRecord{Household: household}
		plain, err := json.Marshal(concernJSON{e.Summary, e.AmountFen})
		if err != nil {
			return nil, fmt.Errorf("disclosure: encode an entry of a household: %w", err)
		}
		if c.Sealed.Blob, err = s.opt.Sealer.Seal(plain, sealedHousehold(rec.ID, household)); err != nil {
			return nil, fmt.Errorf("disclosure: seal an entry of a household: %w", err)
		}
		c.Sealed.Key = s.opt.Sealer.KeyID()
		out = append(out, c)
	}
	if len(w) > 0 {
		return nil, ErrHouseholdUnknown.With(w...)
	}
	return out, nil
}

// ConcernedHouseholds counts the households that have an entry at a posting:
// all that officers get to see of them. disclosure.not_found to whoever has no
// office that knows of the posting.
func (s *Service) ConcernedHouseholds(ctx context.Context, by account.Caller, id string) (int, error) {
	rec, _, err := s.toWork(ctx, by, id)
	if err != nil {
		return 0, err
	}
	if !s.knowsDrafts(by, rec.Region) {
		return 0, ErrNotFound
	}
	return s.store.ConcernedHouseholds(ctx, id)
}

// MyHousehold gives what concerns the caller's own household of the postings
// that stand now, newest first. before is the Next of the page before.
// Refusals: auth.required, feed.verified_only where the caller is on no roll,
// feed.query_invalid.
func (s *Service) MyHousehold(ctx context.Context, by account.Caller, before int64, limit int) (ConcernPage, error) {
	switch {
	case !by.Known():
		return ConcernPage{}, account.ErrRequired
	case limit < 1 || limit > maxPage || before < 0:
		return ConcernPage{}, ErrFeedQuery
	case by.Standing == account.Unbound || by.ResidentID == "" || s.opt.Households == nil:
		return ConcernPage{}, ErrVerifiedOnly
	}
	// Asked of the roll at each request: who moved out reads no more.
	household, err := s.opt.Households.HouseholdOf(ctx, by.ResidentID)
	if err != nil || household == "" {
		return ConcernPage{}, err
	}
	rows, err := s.store.ConcernsOf(ctx, household, before, limit+1)
	if err != nil {
		return ConcernPage{}, err
	}
	var page ConcernPage
	if len(rows) > limit {
		rows = rows[:limit]
		page.Next = rows[limit-1].Record.Pos
	}
	recs := make([]Record, len(rows))
	for i, r := range rows {
		recs[i] = r.Record
	}
	names, err := s.opt.Places.Names(ctx, places(recs))
	if err != nil {
		return ConcernPage{}, err
	}
	for _, r := range rows {
		c, err := s.concern(r)
		if err != nil {
			return ConcernPage{}, err
		}
		c.RegionName = names[c.Region]
		page.Items = append(page.Items, c)
	}
	return page, nil
}

func (s *Service) concern(r ConcernRecord) (Concern, error) {
	item, err := s.itemOf(r.Record)
	if err != nil {
		return Concern{}, err
	}
	plain, err := s.opt.Sealer.Open(r.Sealed.Blob, sealedHousehold(r.Record.ID, r.Household))
	if err != nil {
		return Concern{}, fmt.Errorf("disclosure: open an entry of posting %s: %w", r.Record.ID, err)
	}
	var j concernJSON
	if err := json.Unmarshal(plain, &j); err != nil {
		return Concern{}, fmt.Errorf("disclosure: read an entry of posting %s: %w", r.Record.ID, err)
	}
	return Concern{
		PostingID: r.Record.ID, Region: r.Record.Region, ItemCode: r.Record.ItemCode, ItemName: item.Name,
		Period: r.Record.Period, Title: r.Record.Shown.Title, Summary: j.Summary, AmountFen: j.AmountFen,
	}, nil
}
