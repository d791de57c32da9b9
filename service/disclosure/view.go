package disclosure

import (
	"context"

	"cunwu/service/account"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

// showing is what is shown of a posting, with the salt of a text that stands.
type showing struct {
	Content
	salt []byte
}

// view gives a posting as the caller at the desk may see it. t is what is
// shown of it: the draft to those who work on it, else what stands.
func (d *desk) view(rec Record, c procedure.Case, t showing) (Posting, error) {
	content := t.Content
	p := Posting{
		ID: rec.ID, Region: rec.Region, RegionName: d.names[rec.Region], PathNames: pathNames(d.names, rec.Region),
		Category: rec.Category, CategoryName: d.item.CategoryName, ItemCode: rec.ItemCode, ItemName: d.item.Name,
		Period: rec.Period, Visibility: rec.Visibility, State: rec.State, Version: rec.Version, Revision: rec.Revision,
		Late: rec.Late, Corrected: rec.Version > 1, Reason: rec.Reason, Content: content, Review: rec.Review,
		PublishedAt: rec.PublishedAt, PostedFrom: rec.PostedFrom, PostedUntil: rec.PostedUntil,
		Questions: rec.Shown.Questions, Answered: rec.Answered, Available: []procedure.Available{},
	}
	if rec.LogIndex != nil {
		p.Log = &LogEntry{Index: *rec.LogIndex, Salt: t.salt}
	}
	if d.by.Known() && rec.State != Expired {
		may, _ := d.s.mayAt(d.by, rec.Region)
		p.Available = d.s.opt.Procedures.Available(c, may)
	}
	for _, id := range content.Media {
		if o, ok := d.objects[id]; ok {
			p.Attachments = append(p.Attachments, Attachment{
				ID: o.ID, Kind: string(o.Kind), Name: o.FileName, URL: o.Path(), ThumbURL: o.ThumbPath(),
				Width: o.Width, Height: o.Height, Digest: o.Digest, Size: o.Size,
			})
		}
	}
	var err error
	p.BodyHTML, err = d.rendered(content.Body)
	return p, err
}

// pathNames gives the names from the city down to the place.
func pathNames(names map[region.Code]string, place region.Code) []string {
	var out []string
	for _, c := range place.Path() {
		if c.Level() >= region.City && names[c] != "" {
			out = append(out, names[c])
		}
	}
	return out
}

// Posting gives one posting. The zero Caller is a stranger. What was published
// and is being corrected is a tombstone for readers: its reason and no content;
// whoever works on it sees the draft. disclosure.not_found where there is
// nothing that the caller may know of.
func (s *Service) Posting(ctx context.Context, by account.Caller, id string) (Posting, error) {
	rec, err := s.store.PostingRecord(ctx, id)
	if err != nil {
		return Posting{}, err
	}
	insider := s.knowsDrafts(by, rec.Region)
	if !insider && !readable(rec, by) {
		return Posting{}, ErrNotFound
	}
	shown, err := s.textFor(ctx, rec, insider)
	if err != nil {
		return Posting{}, err
	}
	item, err := s.itemOf(rec)
	if err != nil {
		return Posting{}, err
	}
	d, err := s.desk(ctx, by, rec, item, shown.Media)
	if err != nil {
		return Posting{}, err
	}
	var c procedure.Case
	if by.Known() {
		if c, err = s.opt.Procedures.Case(ctx, rec.CaseID); err != nil {
			return Posting{}, err
		}
	}
	if !insider {
		rec.State = rec.public()
		if !rec.standing() {
			rec.Review = nil
		}
	}
	return d.view(rec, c, shown)
}

// textFor gives what stands, the draft to insiders where nothing stands, and
// else nothing.
func (s *Service) textFor(ctx context.Context, rec Record, insider bool) (showing, error) {
	switch {
	case rec.standing():
		v, err := s.store.PostingVersion(ctx, rec.ID, rec.Version)
		if err != nil {
			return showing{}, err
		}
		c, err := readContent(v.Content)
		return showing{c, v.Salt}, err
	case insider && rec.State != Expired:
		c, err := s.draftOf(ctx, rec)
		return showing{Content: c}, err
	}
	return showing{}, nil
}

// Versions gives every published text of a posting, newest first; those that
// were withdrawn say when and why. Content is nil where it had to go.
func (s *Service) Versions(ctx context.Context, by account.Caller, id string) ([]Version, error) {
	rec, err := s.store.PostingRecord(ctx, id)
	if err != nil {
		return nil, err
	}
	if !readable(rec, by) && !s.knowsDrafts(by, rec.Region) {
		return nil, ErrNotFound
	}
	stored, err := s.store.PostingVersions(ctx, id)
	if err != nil {
		return nil, err
	}
	out := make([]Version, 0, len(stored))
	for i := len(stored) - 1; i >= 0; i-- {
		v := Version{
			Number: stored[i].Number, PublishedAt: stored[i].PublishedAt, WithdrawnAt: stored[i].WithdrawnAt, Digest: stored[i].Digest,
			Author: stored[i].Author,
		}
		if i > 0 {
			v.Reason = stored[i-1].Reason
		}
		if len(stored[i].Content) > 0 {
			c, err := readContent(stored[i].Content)
			if err != nil {
				return nil, err
			}
			v.Content = &c
		}
		out = append(out, v)
	}
	return out, nil
}

// Page is a part of a list; Next is 0 at the end.
type Page struct {
	Items []Posting
	Next  int64
}

// Mine lists what of a village is not public now and waits for work, newest
// first: title, item, period and state, without texts and actions. before is
// the Next of the page before. region.not_found where the caller has no office
// that covers the village.
func (s *Service) Mine(ctx context.Context, by account.Caller, village region.Code, before int64, limit int) (Page, error) {
	if !by.Known() {
		return Page{}, account.ErrRequired
	}
	if village.Level() != region.Village || !s.knowsDrafts(by, village) {
		return Page{}, region.ErrNotFound
	}
	if limit < 1 || limit > maxPage || before < 0 {
		return Page{}, ErrFeedQuery
	}
	recs, err := s.store.PostingsUnfinished(ctx, village, before, limit+1)
	if err != nil {
		return Page{}, err
	}
	var page Page
	if len(recs) > limit {
		recs = recs[:limit]
		page.Next = recs[limit-1].Serial
	}
	names, err := s.opt.Places.Names(ctx, places(recs))
	if err != nil {
		return Page{}, err
	}
	may, _ := s.mayAt(by, village)
	for _, rec := range recs {
		item, err := s.itemOf(rec)
		if err != nil {
			return Page{}, err
		}
		c, err := s.opt.Procedures.Case(ctx, rec.CaseID)
		if err != nil {
			return Page{}, err
		}
		page.Items = append(page.Items, Posting{
			ID: rec.ID, Region: rec.Region, RegionName: names[rec.Region], PathNames: pathNames(names, rec.Region),
			Category: rec.Category, CategoryName: item.CategoryName, Available: s.opt.Procedures.Available(c, may),
			ItemCode: rec.ItemCode, ItemName: item.Name, Period: rec.Period, Visibility: rec.Visibility,
			State: rec.State, Version: rec.Version, Revision: rec.Revision, Reason: rec.Reason, Review: rec.Review,
			Content: Content{Title: rec.Shown.Title, Summary: rec.Shown.Summary, IncomeFen: rec.Shown.IncomeFen, ExpenseFen: rec.Shown.ExpenseFen},
		})
	}
	return page, nil
}
