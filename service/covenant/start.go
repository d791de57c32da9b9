package covenant

import (
	"context"
	"errors"
	"strings"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/procedure"
	"cunwu/service/region"
	"cunwu/service/screening"
)

const (
	leastNotice = 4
	mostNotice  = 1000
)

// NewRevision begins a revision.
type NewRevision struct {
	Region region.Code // the village
	Kind   Kind
	Title  string // of the text; "" keeps that of the version before
	Notice string // what opinions are asked on
}

// Start begins a revision of a text, or of the first version of one. Its draft
// is that of the version in force, or of the last one where the township ordered
// that one to be corrected before it was in force. Refusals: auth.required,
// auth.stale, region faults, request.invalid, covenant.private_data,
// account.not_allowed, covenant.under_way.
func (s *Service) Start(ctx context.Context, by account.Caller, act audit.Act, in NewRevision) (View, error) {
	if !by.Known() {
		return View{}, account.ErrRequired
	}
	place, err := s.checkStart(ctx, &in)
	if err != nil {
		return View{}, err
	}
	grant, err := s.opt.Powers.May(by, PowerManage, in.Region)
	if err != nil {
		return View{}, err
	}
	act = act.As(string(grant.Role), string(grant.Region))
	d, err := s.deskOf(ctx, in, place.Short)
	if err != nil {
		return View{}, err
	}
	var out View
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		w, err := begin(ctx, tx, in)
		if err != nil {
			return err
		}
		if err := s.nextVersion(ctx, tx, act, w, in, place.Short); err != nil {
			return err
		}
		if err := announce(ctx, tx, w.text, *w.open, StepCollecting); err != nil {
			return err
		}
		if err := tx.RegionChanged(ctx, in.Region); err != nil {
			return err
		}
		out = s.view(by, w, d)
		return tx.Answer(ctx, out)
	})
	return out, err
}

func (s *Service) checkStart(ctx context.Context, in *NewRevision) (region.Region, error) {
	in.Title, in.Notice = strings.TrimSpace(in.Title), strings.TrimSpace(in.Notice)
	var w wrongs
	if in.Region.Level() != region.Village {
		w.add("body.region", "请填写村（社区）的 12 位代码。")
	}
	if in.Kind.Name() == "" {
		w.add("body.kind", "应是 charter（自治章程）或 covenant（村规民约）。")
	}
	if in.Title != "" {
		w.text("body.title", "名称", in.Title, leastTitle, mostTitle)
	}
	w.text("body.notice", "征求意见的说明", in.Notice, leastNotice, mostNotice)
	if err := w.err(); err != nil {
		return region.Region{}, err
	}
	err := s.screened(in.Region, screening.Part{Location: "body.title", Text: in.Title}, screening.Part{Location: "body.notice", Text: in.Notice})
	if err != nil {
		return region.Region{}, err
	}
	return s.opt.Places.Active(ctx, in.Region, region.Village)
}

// begin locks the text of a place, or makes it.
func begin(ctx context.Context, tx Tx, in NewRevision) (*work, error) {
	w := &work{}
	t, err := tx.CovenantOfPlace(ctx, in.Region, in.Kind)
	if errors.Is(err, ErrNotFound) {
		t = Text{ID: audit.NewID(), Region: in.Region, Kind: in.Kind, Revision: 1, CreatedAt: tx.Now(), ChangedAt: tx.Now()}
		if err := tx.AddCovenant(ctx, t); err != nil {
			return nil, err
		}
		w.text = t
		return w, nil
	}
	if err != nil {
		return nil, err
	}
	if t.Open != 0 {
		return nil, ErrUnderWay
	}
	w.text = t
	return w, w.read(ctx, tx)
}

// nextVersion opens the case of a new version, and keeps both.
func (s *Service) nextVersion(ctx context.Context, tx Tx, act audit.Act, w *work, in NewRevision, place string) error {
	t := &w.text
	t.Last++
	v := Version{
		ID: audit.NewID(), CovenantID: t.ID, Number: t.Last, Region: t.Region, Kind: t.Kind, Revision: 1,
		CreatedAt: tx.Now(), ChangedAt: tx.Now(), Content: Content{Notice: in.Notice},
	}
	if base := w.base(); base != nil {
		v.Content.Base, v.Content.Corrects, v.Content.Draft = base.Number, base.Content.Correction != nil, base.Content.Draft
	}
	if in.Title != "" {
		v.Content.Title = in.Title
	}
	if v.Content.Title == "" {
		v.Content.Title = place + t.Kind.Name()
	}
	c, err := s.opt.Procedures.Open(ctx, tx, act, Procedure, t.Region, v.ID, nil)
	if err != nil {
		return err
	}
	w.cases = map[string]procedure.Case{v.ID: c}
	v.CaseID, v.State = c.ID, State(s.opt.Procedures.State(c))
	v.Content.Marks = []Mark{{State: v.State, At: tx.Now()}}
	if v.Digest, err = v.digested(); err != nil {
		return err
	}
	if err := tx.AddCovenantVersion(ctx, v); err != nil {
		return err
	}
	t.Open = v.Number
	t.Revision++
	t.ChangedAt = tx.Now()
	w.open = &v
	return tx.SaveCovenant(ctx, *t)
}
