package disclosure

import (
	"context"
	"fmt"
	"slices"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/fault"
	"cunwu/service/media"
	"cunwu/service/region"
)

// NewDraft is what a clerk begins with. An empty Visibility takes the item's
// own; it may be narrower than that, never wider.
type NewDraft struct {
	Region     region.Code
	ItemCode   string
	Period     string
	Visibility Visibility
	Content    Content
}

// Changes is an edit of a draft. Revision is that of the Posting that was read.
type Changes struct {
	Revision int
	Content  Content
}

// Draft begins a posting of a village. Refusals: auth.required, auth.stale,
// region.not_found, request.invalid, disclosure.item_unknown,
// account.not_allowed. What was written may still break the rules of
// submission (totals, private data).
func (s *Service) Draft(ctx context.Context, by account.Caller, act audit.Act, in NewDraft) (Posting, error) {
	if !by.Known() {
		return Posting{}, account.ErrRequired
	}
	item, rec, err := s.newRecord(ctx, by, in)
	if err != nil {
		return Posting{}, err
	}
	draft, err := in.Content.Canonical()
	if err != nil {
		return Posting{}, err
	}
	desk, err := s.desk(ctx, by, rec, item, in.Content.Media)
	if err != nil {
		return Posting{}, err
	}
	if err := desk.checkMedia(ctx, in.Content, nil); err != nil {
		return Posting{}, err
	}
	grant, err := s.opt.Powers.May(by, "disclosure.draft", in.Region)
	if err != nil {
		return Posting{}, err
	}
	act = act.As(string(grant.Role), string(grant.Region))
	var out Posting
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		rec := rec // the closure may run again
		data := map[string]string{"standing": fmt.Sprint(item.Frequency == Standing)}
		c, err := s.opt.Procedures.Open(ctx, tx, act, Procedure, rec.Region, rec.ID, data)
		if err != nil {
			return err
		}
		rec.CaseID, rec.CreatedAt, rec.State = c.ID, tx.Now(), State(s.opt.Procedures.State(c))
		if rec.Serial, err = tx.AddPosting(ctx, rec, draft); err != nil {
			return err
		}
		if err := tx.HangMedia(ctx, rec.ID, in.Content.Media, false); err != nil {
			return err
		}
		if err := tx.Record(ctx, written("disclosure.draft", rec)); err != nil {
			return err
		}
		out, err = desk.view(rec, c, showing{Content: in.Content})
		if err != nil {
			return err
		}
		return tx.Answer(ctx, out)
	})
	return out, err
}

// newRecord checks where, what and for when a posting is to be.
func (s *Service) newRecord(ctx context.Context, by account.Caller, in NewDraft) (CatalogueItem, Record, error) {
	if in.Region.Level() != region.Village {
		return CatalogueItem{}, Record{}, fault.ErrInvalid.At("body.region", "请填写村（社区）的 12 位代码。")
	}
	if _, err := s.opt.Places.Active(ctx, in.Region, region.Village); err != nil {
		return CatalogueItem{}, Record{}, err
	}
	edition := s.opt.Catalogue.At(s.opt.Clock.Now())
	item, ok := edition.Item(in.ItemCode)
	if !ok {
		return CatalogueItem{}, Record{}, ErrItemUnknown.At("body.item_code", "公开目录里没有 %q 这一项。", firstRunes(in.ItemCode, 10))
	}
	var w wrongs
	s.checkPeriod(&w, item, in.Period)
	switch in.Visibility {
	case "":
		in.Visibility = item.Visibility
	case VerifiedVillager:
	case PublicInternet:
		if item.Visibility != PublicInternet {
			w.add("body.visibility", "“%s”只能对本村村民公开，不能公开到互联网。", item.Name)
		}
	default:
		w.add("body.visibility", "公开范围只能是 %s 或 %s。", PublicInternet, VerifiedVillager)
	}
	if err := w.err(); err != nil {
		return CatalogueItem{}, Record{}, err
	}
	if err := checkShape(item, in.Content); err != nil {
		return CatalogueItem{}, Record{}, err
	}
	return item, Record{
		ID: audit.NewID(), Region: in.Region, ItemCode: item.Code, Category: item.Category, Edition: edition.From,
		Period: in.Period, Visibility: in.Visibility, Revision: 1, Personal: s.personal(item),
		Shown: in.Content.shown(0), CreatedBy: by.AccountID,
	}, nil
}

// checkPeriod demands a period of the item's frequency, and one that has begun
// where there is something to wait for: notices and plans come before.
func (s *Service) checkPeriod(w *wrongs, item CatalogueItem, period string) {
	begins, ok := PeriodStart(item.Frequency, period)
	switch {
	case !ok:
		_, told := periodForm(item.Frequency)
		w.add("body.period", "“%s”%s公开，期间应填%s。", item.Name, item.Frequency, told)
	case !item.Frequency.periodic() || s.opt.Accounts.ahead(item.Code):
	case begins.After(s.opt.Clock.Now()):
		w.add("body.period", "%s这一期还没有开始，到 %s 才能起草。", period, begins.Format("2006年1月2日"))
	}
}

// personal reports whether an item is a list of persons, whose content goes at
// the end of its posting time (domain reference 7.4).
func (s *Service) personal(item CatalogueItem) bool {
	return item.Visibility == VerifiedVillager && (s.opt.Screening.MasksCategory(item.Category) ||
		slices.ContainsFunc(item.Fields, func(f FieldDef) bool { return f.Masked }))
}

// Edit changes the text of a draft, or of what was withdrawn for correction.
// Refusals: auth.required, auth.stale, disclosure.not_found, request.invalid,
// account.not_allowed, disclosure.not_draft, disclosure.raced.
func (s *Service) Edit(ctx context.Context, by account.Caller, act audit.Act, id string, in Changes) (Posting, error) {
	before, item, err := s.toWork(ctx, by, id)
	if err != nil {
		return Posting{}, err
	}
	if err := checkShape(item, in.Content); err != nil {
		return Posting{}, err
	}
	desk, err := s.desk(ctx, by, before, item, in.Content.Media)
	if err != nil {
		return Posting{}, err
	}
	old, err := s.draftOf(ctx, before)
	if err != nil {
		return Posting{}, err
	}
	if err := desk.checkMedia(ctx, in.Content, old.Media); err != nil {
		return Posting{}, err
	}
	grant, err := s.opt.Powers.May(by, "disclosure.draft", before.Region)
	if err != nil {
		return Posting{}, err
	}
	var out Posting
	err = s.store.InTx(ctx, act.As(string(grant.Role), string(grant.Region)), func(tx Tx) error {
		out, err = desk.save(ctx, tx, id, in)
		if err != nil {
			return err
		}
		return tx.Answer(ctx, out)
	})
	return out, err
}

// save writes an edited text.
func (d *desk) save(ctx context.Context, tx Tx, id string, in Changes) (Posting, error) {
	rec, _, err := tx.PostingForUpdate(ctx, id)
	if err != nil {
		return Posting{}, err
	}
	switch {
	case rec.State != Draft && rec.State != Withdrawn:
		return Posting{}, ErrNotDraft
	case rec.Revision != in.Revision:
		return Posting{}, ErrRaced
	}
	c, err := tx.CaseForUpdate(ctx, rec.CaseID)
	if err != nil {
		return Posting{}, err
	}
	draft, err := in.Content.Canonical()
	if err != nil {
		return Posting{}, err
	}
	rec.Revision++
	rec.Shown = in.Content.shown(rec.Shown.Questions)
	if err := tx.SavePosting(ctx, rec, draft); err != nil {
		return Posting{}, err
	}
	if err := tx.HangMedia(ctx, rec.ID, in.Content.Media, false); err != nil {
		return Posting{}, err
	}
	if err := tx.Record(ctx, written("disclosure.edit", rec)); err != nil {
		return Posting{}, err
	}
	return d.view(rec, c, showing{Content: in.Content})
}

// written is the journal's line of a text written or changed.
func written(action string, r Record) audit.Event {
	return audit.Event{
		Action: action, Object: "disclosure", ObjectID: r.ID, Region: string(r.Region), Result: "ok",
		Detail: map[string]string{"item": r.ItemCode, "period": r.Period, "revision": fmt.Sprint(r.Revision)},
	}
}

// toWork gives a posting to somebody who may work on it, or refuses.
func (s *Service) toWork(ctx context.Context, by account.Caller, id string) (Record, CatalogueItem, error) {
	if !by.Known() {
		return Record{}, CatalogueItem{}, account.ErrRequired
	}
	rec, err := s.store.PostingRecord(ctx, id)
	if err != nil {
		return Record{}, CatalogueItem{}, err
	}
	if !s.knowsDrafts(by, rec.Region) && !readable(rec, by) {
		return Record{}, CatalogueItem{}, ErrNotFound
	}
	item, err := s.itemOf(rec)
	return rec, item, err
}

// itemOf gives the item as it was when the posting was begun.
func (s *Service) itemOf(rec Record) (CatalogueItem, error) {
	item, ok := s.opt.Catalogue.Edition(rec.Edition).Item(rec.ItemCode)
	if !ok {
		return CatalogueItem{}, fmt.Errorf("disclosure: item %s of edition %s is gone from the rules", rec.ItemCode, rec.Edition)
	}
	return item, nil
}

// draftOf gives the text being written, or an empty one.
func (s *Service) draftOf(ctx context.Context, rec Record) (Content, error) {
	c, _, err := s.storedDraft(ctx, rec)
	return c, err
}

// storedDraft gives the text being written, and as it is stored.
func (s *Service) storedDraft(ctx context.Context, rec Record) (Content, []byte, error) {
	raw, err := s.store.PostingDraft(ctx, rec.ID)
	if err != nil {
		return Content{}, nil, err
	}
	c, err := readContent(raw)
	return c, raw, err
}

// desk is what is laid ready, outside of the transaction, to work on a posting
// and to show it afterwards.
type desk struct {
	s       *Service
	by      account.Caller
	item    CatalogueItem
	village region.Code
	names   map[region.Code]string
	objects map[string]media.Object
	// What takes time is done before the transaction, which holds the one
	// writer: body and html are the last rendering, passed the stored text that
	// was found fit to publish.
	body, html string
	passed     []byte
	before     previous // what stands for the period before
}

// rendered gives the HTML of a body, from memory where it is the last one.
func (d *desk) rendered(body string) (string, error) {
	if body == d.body {
		return d.html, nil
	}
	out, err := Render(body)
	if err == nil {
		d.body, d.html = body, out
	}
	return out, err
}

// fit demands all that a text must be before it is shown to anybody.
func (d *desk) fit(c Content) error {
	if err := checkShape(d.item, c); err != nil {
		return err
	}
	if err := checkAccounts(d.s.opt.Accounts, d.item, c, d.before); err != nil {
		return err
	}
	names, ok := d.fileNames(c)
	if !ok {
		return ErrRaced
	}
	var w wrongs
	if d.images(&w, c); len(w) > 0 {
		return w.err()
	}
	body, err := d.rendered(c.Body)
	if err != nil {
		return err
	}
	return d.s.opt.Screening.Refuse(d.village, ErrPrivate, c.parts(readableText(body), names)...)
}

func (s *Service) desk(ctx context.Context, by account.Caller, rec Record, item CatalogueItem, attachments []string) (*desk, error) {
	names, err := s.opt.Places.Names(ctx, rec.Region.Path())
	if err != nil {
		return nil, err
	}
	d := &desk{s: s, by: by, item: item, village: rec.Region, names: names, objects: map[string]media.Object{}}
	if len(attachments) == 0 {
		return d, nil
	}
	objects, err := s.opt.Media.Objects(ctx, attachments)
	if err != nil {
		return nil, err
	}
	for _, o := range objects {
		d.objects[o.ID] = o
	}
	return d, nil
}

// checkMedia demands that attachments exist and are the caller's own, a
// colleague's, or were there before.
func (d *desk) checkMedia(ctx context.Context, c Content, before []string) error {
	var w wrongs
	for i, id := range c.Media {
		o, ok := d.objects[id]
		if ok && o.Owner != d.by.AccountID && !slices.Contains(before, id) {
			var err error
			if ok, err = d.colleagues(ctx, o.Owner); err != nil {
				return err
			}
		}
		if !ok {
			w.add(fmt.Sprintf("body.media[%d]", i), "没有找到这个附件，请重新上传。")
		}
	}
	d.images(&w, c)
	return w.err()
}

// images demands that what a line shows as its voucher is a picture.
func (d *desk) images(w *wrongs, c Content) {
	for i, l := range c.Lines {
		if l.Image == "" {
			continue
		}
		if o, ok := d.objects[l.Image]; ok && o.Kind != media.JPEG && o.Kind != media.PNG {
			w.add(fmt.Sprintf("body.lines[%d].image", i), "第 %d 行的凭证要用图片，不能用别的文件。", i+1)
		}
	}
}

func (d *desk) colleagues(ctx context.Context, owner string) (bool, error) {
	if d.s.opt.Colleague == nil {
		return false, nil
	}
	return d.s.opt.Colleague(ctx, owner, d.village)
}

// fileNames gives the names of a content's attachments; false where one was
// not laid ready, because the draft changed meanwhile.
func (d *desk) fileNames(c Content) ([]string, bool) {
	names := make([]string, len(c.Media))
	for i, id := range c.Media {
		o, ok := d.objects[id]
		if !ok {
			return nil, false
		}
		names[i] = o.FileName
	}
	return names, true
}
