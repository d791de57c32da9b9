package concern

import (
	"context"
	"math"
	"time"

	"cunwu/service/account"
	"cunwu/service/media"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

const (
	raiserWord  = "说事人"
	systemWord  = "系统"
	sealedTitle = "密封反映"
)

// stateNames are the words that people read. Closed is never called solved.
var stateNames = map[State]string{
	Raised: "等村里登记", Registered: "已登记，等分流", AtTownship: "已交乡镇，等分流", AtCounty: "已交县里，等分流",
	InProgress: "办理中", Waiting: "等说事人补充", Elsewhere: "已转别的程序，等结果", Done: "已办结，等说事人评价",
	Settled: "说事人认为已解决", Unrated: "已办结，说事人没有评价", Unsatisfied: "重办后说事人仍不满意",
	Unable: "无法解决", NotOurs: "非本级职责", Merged: "已并入另一件", Withdrawn: "说事人已撤回",
}

// Name gives the words that people read.
func (s State) Name() string { return stateNames[s] }

// desk is what views need besides records.
type desk struct {
	names   map[region.Code]string
	people  map[string]string // account: masked name
	forWhom map[string]string // resident: masked name
	objects map[string]media.Object
	linked  map[string]Record // merged into and from
	joined  map[string]bool
	secrets map[string]secret
}

// desk looks up what the views of records need. extra are uploads that are
// about to be hung.
func (s *Service) desk(ctx context.Context, by account.Caller, recs []Record, updates []UpdateRecord, extra ...string) (desk, error) {
	d := desk{forWhom: map[string]string{}, objects: map[string]media.Object{}, linked: map[string]Record{}, joined: map[string]bool{}, secrets: map[string]secret{}}
	var places []region.Code
	var people, uploads, links, ids []string
	for _, r := range recs {
		ids = append(ids, r.ID)
		places = append(places, r.Region, r.Region.At(region.Township), r.Region.At(region.County))
		if r.Group != "" {
			places = append(places, r.Group)
		}
		if s.names(by, r) && !r.Content.ByOffice && r.Visibility != Sealed {
			people = append(people, r.Raiser)
		}
		uploads = append(uploads, r.Content.Media...)
		links = append(links, r.Content.MergedFrom...)
		if r.MergedInto != "" {
			links = append(links, r.MergedInto)
		}
		if err := s.deskPerson(ctx, by, r, &d, &people, &uploads); err != nil {
			return d, err
		}
	}
	for _, u := range updates {
		uploads = append(uploads, u.Media...)
	}
	return d, s.fill(ctx, by, &d, places, people, append(uploads, extra...), links, ids)
}

// names reports whether the caller reads who raised a concern, masked.
func (s *Service) names(by account.Caller, r Record) bool {
	return s.raised(by, r) || s.works(by, r) || r.Visibility == Named && r.Shown() && by.ReadsVillage(r.Region)
}

// deskPerson looks up for whom a concern was typed, and opens what is sealed,
// for the raiser and those who work on it.
func (s *Service) deskPerson(ctx context.Context, by account.Caller, r Record, d *desk, people, uploads *[]string) error {
	if !s.raised(by, r) && !s.works(by, r) && !s.typed(by, r) {
		return nil
	}
	if r.Resident != "" && r.Content.ForOther {
		found, ok, err := s.opt.Rolls.OnRoll(ctx, r.Resident)
		if err != nil {
			return err
		}
		if ok {
			d.forWhom[r.Resident] = found.Name
		}
	}
	if len(r.Secret.Blob) == 0 {
		return nil
	}
	var h secret
	if err := s.unseal(bindingOf(r.ID), r.Secret, &h); err != nil {
		return err
	}
	d.secrets[r.ID] = h
	*uploads = append(*uploads, h.Media...)
	if h.Raiser != "" {
		*people = append(*people, h.Raiser)
	}
	return nil
}

func (s *Service) fill(ctx context.Context, by account.Caller, d *desk, places []region.Code, people, uploads, links, ids []string) error {
	var err error
	if d.names, err = s.opt.Places.Names(ctx, places); err != nil {
		return err
	}
	if len(people) > 0 && s.opt.MaskedNames != nil {
		if d.people, err = s.opt.MaskedNames(ctx, people); err != nil {
			return err
		}
	}
	if len(uploads) > 0 {
		objects, err := s.opt.Media.Objects(ctx, uploads)
		if err != nil {
			return err
		}
		for _, o := range objects {
			d.objects[o.ID] = o
		}
	}
	recs, err := s.store.ConcernRecords(ctx, links)
	if err != nil {
		return err
	}
	for _, r := range recs {
		d.linked[r.ID] = r
	}
	joined, err := s.store.ConcernsJoined(ctx, by.ResidentID, ids)
	for _, id := range joined {
		d.joined[id] = true
	}
	return err
}

// view gives a concern as the caller may see it. updates may be nil in lists.
func (s *Service) view(by account.Caller, r Record, c procedure.Case, updates []UpdateRecord, d desk) Concern {
	whole := s.raised(by, r) || s.works(by, r)
	category, _ := s.opt.Rules.Category(r.Category)
	now := s.opt.Clock.Now()
	out := Concern{
		ID: r.ID, Serial: r.Serial, Region: r.Region, RegionName: d.names[r.Region], Group: r.Group, GroupName: d.names[r.Group],
		Category: r.Category, CategoryName: category.Name, Visibility: r.Visibility, Channel: r.Channel, State: r.State,
		StateName: r.State.Name(), Solved: r.State.Solved(), Level: r.Level, Handler: s.handlerOf(r, d), RaisedAt: r.RaisedAt,
		ChangedAt: r.ChangedAt, DueAt: r.DueAt, PromisedOn: r.Content.PromisedOn, Escalated: r.Escalated, Reopened: r.Reopened,
		EndedAt: r.EndedAt, Rating: r.Rating, Joined: r.Joined, Result: r.Content.Result, Links: r.Content.Links, Revision: r.Revision,
		Mine: s.raised(by, r), JoinedByMe: d.joined[r.ID], Available: []procedure.Available{},
	}
	if ownerOf(r) == "" {
		out.DueAt = time.Time{} // waiting for the raiser is nobody's delay
	} else {
		out.Overdue = !r.DueAt.IsZero() && now.After(r.DueAt)
	}
	s.viewText(&out, r, whole, d)
	s.viewMerged(by, &out, r, d)
	out.Updates = s.viewUpdates(updates, whole, d)
	if whole {
		out.Review, out.WhyHidden = r.Review, r.Content.WhyHidden
	}
	if s.raised(by, r) {
		out.AskAgain = s.asks(r)
	}
	if c.ID != "" {
		out.Available = s.available(by, r, c)
	}
	return out
}

// viewText fills in what was said: whole for the raiser and those who work on
// it, blacked out for others, and nothing of what is sealed but to the former.
func (s *Service) viewText(out *Concern, r Record, whole bool, d desk) {
	text, transcript, place, ids := r.Content.Text, r.Content.Transcript, r.Content.Place, r.Content.Media
	h := d.secrets[r.ID]
	if r.Visibility == Sealed {
		text, transcript, place, ids = h.Text, h.Transcript, h.Place, h.Media
	}
	if !whole {
		at := string(r.Region)
		text, transcript = s.opt.Screening.BlackOut(at, text), s.opt.Screening.BlackOut(at, transcript)
		place = Place{Text: s.opt.Screening.BlackOut(at, place.Text), Point: rounded(place.Point)}
	}
	out.Text, out.Transcript, out.Place, out.Title = text, transcript, place, titleOf(text)
	if r.Visibility == Sealed && text == "" {
		out.Title = sealedTitle
	}
	out.Photos = photos(ids, d, false, r.Review)
	if !whole && r.Review != Passed {
		out.Photos = nil
	}
	raiser := r.Raiser
	if h.Raiser != "" {
		raiser = h.Raiser
	}
	if !r.Content.ByOffice {
		out.RaiserName = d.people[raiser]
	}
	if whole {
		out.ForWhom = d.forWhom[r.Resident]
		switch {
		case h.Name != "":
			out.ForWhom, out.Contact = account.MaskName(h.Name), h.Contact
		case r.Content.Anonymous:
			out.ForWhom = "匿名"
		}
	}
}

// rounded gives a point to about a hundred metres: a house is not to be found
// by what its people complained of.
func rounded(p *Point) *Point {
	if p == nil {
		return nil
	}
	return &Point{Latitude: math.Round(p.Latitude*1000) / 1000, Longitude: math.Round(p.Longitude*1000) / 1000}
}

func photos(ids []string, d desk, after bool, review Review) []Photo {
	var out []Photo
	for _, id := range ids {
		o, ok := d.objects[id]
		if !ok {
			continue
		}
		out = append(out, Photo{ID: id, Kind: string(o.Kind), URL: o.Path(), ThumbURL: o.ThumbPath(), After: after, Review: review})
	}
	return out
}

// viewMerged links both ways, as far as the caller may know of the other end.
func (s *Service) viewMerged(by account.Caller, out *Concern, r Record, d desk) {
	knows := func(id string) bool {
		other, ok := d.linked[id]
		return ok && s.readable(by, other)
	}
	if knows(r.MergedInto) {
		out.MergedInto = r.MergedInto
	}
	for _, id := range r.Content.MergedFrom {
		if knows(id) {
			out.MergedFrom = append(out.MergedFrom, id)
		}
	}
}

func (s *Service) viewUpdates(updates []UpdateRecord, whole bool, d desk) []Update {
	var out []Update
	for _, u := range updates {
		if !whole && !u.Public {
			continue
		}
		v := Update{
			Number: u.Number, Kind: u.Kind, Action: u.Action, Text: u.Text, By: u.By, At: u.At, State: u.State, Public: u.Public,
		}
		switch {
		case len(u.Secret.Blob) > 0 && whole:
			var text string
			if err := s.unseal(updateBinding(u), u.Secret, &text); err == nil {
				v.Text = text
			}
		case !whole && u.By == raiserWord:
			v.Text = "" // what the raiser said afterwards nobody looked at
		}
		if whole || u.Review == Passed {
			v.Photos = photos(u.Media, d, true, u.Review)
		}
		out = append(out, v)
	}
	return out
}

// handlerOf names the office that acts.
func (s *Service) handlerOf(r Record, d desk) string {
	if r.Visibility == Sealed {
		return "县纪委监委"
	}
	if r.Content.Handler != "" && (r.State == InProgress || r.State == Waiting) {
		return r.Content.Handler
	}
	place := placeOf(r)
	switch r.Level {
	case levelTownship:
		return d.names[place] + "人民政府"
	case levelCounty:
		return d.names[place]
	}
	return d.names[place] + "村委会"
}

// Concern gives one concern with its timeline. What is sealed is recorded as
// read where it was not the raiser who read it. concern.not_found where there
// is nothing that the caller may know of.
func (s *Service) Concern(ctx context.Context, by account.Caller, id string) (Concern, error) {
	r, err := s.known(ctx, by, id)
	if err != nil {
		return Concern{}, err
	}
	updates, err := s.store.ConcernUpdates(ctx, id)
	if err != nil {
		return Concern{}, err
	}
	d, err := s.desk(ctx, by, []Record{r}, updates)
	if err != nil {
		return Concern{}, err
	}
	var c procedure.Case
	if s.raised(by, r) || s.works(by, r) {
		if c, err = s.opt.Procedures.Case(ctx, r.CaseID); err != nil {
			return Concern{}, err
		}
	}
	if err := s.recordReading(ctx, by, r); err != nil {
		return Concern{}, err
	}
	return s.view(by, r, c, updates, d), nil
}

// asks reports whether the raiser is asked whether it is really settled.
func (s *Service) asks(r Record) bool {
	if r.AgainAt.IsZero() || r.Content.Again != "" || r.State == Merged || r.State == Withdrawn {
		return false
	}
	return !s.opt.Clock.Now().Before(r.AgainAt)
}
