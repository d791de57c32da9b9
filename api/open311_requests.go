package api

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"cunwu/service/account"
	"cunwu/service/calendar"
	"cunwu/service/concern"
	"cunwu/service/region"
)

// piece311 is how many concerns are asked for at once.
const piece311 = 50

// find311 gives the concerns that a question is about, as strangers see them:
// newest first. concern.not_found where ids were given and there is none of
// them, region.not_found.
func (a *API) find311(ctx context.Context, q query311) ([]concern.Concern, error) {
	if len(q.ids) > 0 {
		return a.byID311(ctx, q)
	}
	sources, err := a.sources311(ctx, q)
	if err != nil {
		return nil, err
	}
	skip, out := (q.page-1)*q.size, []concern.Concern{}
	for len(out) < q.size {
		c, ok, err := a.newest311(ctx, sources)
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		if skip > 0 {
			skip--
			continue
		}
		out = append(out, c)
	}
	return out, nil
}

func (a *API) byID311(ctx context.Context, q query311) ([]concern.Concern, error) {
	out := []concern.Concern{}
	for _, id := range q.ids {
		c, err := a.concerns.Concern(ctx, account.Caller{}, id)
		if errors.Is(err, concern.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if q.place == "" || q.place.Contains(c.Region) || q.place == c.Group {
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		return nil, concern.ErrNotFound
	}
	return out, nil
}

// source311 is a list of the service that is read piece by piece.
type source311 struct {
	query concern.Query
	held  []concern.Concern
	ended bool
}

// sources311 gives the lists that together answer a question: the service
// takes one place and one category at a time.
func (a *API) sources311(ctx context.Context, q query311) ([]*source311, error) {
	places, services := []region.Code{q.place}, q.services
	if q.place == "" {
		tops, err := a.regions.Children(ctx, "")
		if err != nil {
			return nil, err
		}
		places = mapped(tops, func(r region.Region) region.Code { return r.Code })
	}
	if len(services) == 0 {
		services = []string{""}
	}
	var out []*source311
	for _, p := range places {
		group := region.Code("")
		if p.Level() == region.Group {
			p, group = p.At(region.Village), p
		}
		for _, s := range services {
			out = append(out, &source311{query: concern.Query{
				Region: p, Group: group, Category: s, Open: q.open, From: q.from, Until: q.until, Limit: piece311,
			}})
		}
	}
	return out, nil
}

// newest311 takes the newest concern off the lists; false at their end.
func (a *API) newest311(ctx context.Context, sources []*source311) (concern.Concern, bool, error) {
	var best *source311
	for _, s := range sources {
		// A piece may be empty and not the last.
		for len(s.held) == 0 && !s.ended {
			page, err := a.concerns.Concerns(ctx, account.Caller{}, s.query)
			if err != nil {
				return concern.Concern{}, false, err
			}
			s.held, s.query.Cursor, s.ended = page.Items, page.Next, page.Next == ""
		}
		if len(s.held) > 0 && (best == nil || s.held[0].Serial > best.held[0].Serial) {
			best = s
		}
	}
	if best == nil {
		return concern.Concern{}, false, nil
	}
	c := best.held[0]
	best.held = best.held[1:]
	return c, true, nil
}

// status311 says whether somebody still owes something. Closed is no more than
// that nobody does.
func status311(s concern.State) string {
	if s.Open() {
		return "open"
	}
	return "closed"
}

func show311(base string, c concern.Concern) Request311 {
	out := Request311{
		ID: c.ID, Status: status311(c.State), Notes: words311(notes311(c)), Service: c.CategoryName, Code: c.Category,
		Description: words311(said311(c)), Agency: words311(c.Handler), Requested: stamp(c.RaisedAt), Updated: stamp(c.ChangedAt),
		Address: words311(address311(c)), AddressID: words311(c.Region), Media: words311(media311(base, c.Photos)),
	}
	if c.Group != "" {
		out.AddressID = words311(c.Group)
	}
	if !c.State.Open() && !c.EndedAt.IsZero() {
		out.Updated = stamp(c.EndedAt) // as the standard has it
	}
	if on, err := time.ParseInLocation(time.DateOnly, c.PromisedOn, calendar.China); err == nil {
		out.Notice = words311("承诺 " + c.PromisedOn + " 以前办结。")
		out.Expected = words311(stamp(on.AddDate(0, 0, 1).Add(-time.Second)))
	}
	if p := c.Place.Point; p != nil {
		out.Lat, out.Long = degrees311{&p.Latitude}, degrees311{&p.Longitude}
	}
	return out
}

// notes311 are the honest words: the state's name never says solved but where
// the raiser did.
func notes311(c concern.Concern) string {
	text := c.StateName
	if c.MergedInto != "" {
		text += "（" + c.MergedInto + "）"
	}
	text += "。"
	if c.Escalated {
		text += "曾经逾期，已自动上交。"
	}
	if c.Reopened {
		text += "重办过一次。"
	}
	if c.Result != "" {
		text += "办理结果：" + c.Result
	}
	return text
}

func said311(c concern.Concern) string {
	if c.Transcript == "" {
		return c.Text
	}
	return c.Text + "\n录音：" + c.Transcript
}

// address311 goes from the place to the village, as the standard wants.
func address311(c concern.Concern) string {
	var parts []string
	for _, s := range []string{c.Place.Text, c.GroupName, c.RegionName} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, "，")
}

// media311 is the first picture: the standard has room for one address.
func media311(base string, photos []concern.Photo) string {
	for _, p := range photos {
		if p.ThumbURL != "" { // recordings have none
			return base + p.URL
		}
	}
	return ""
}

// kindWords311 say what a line without words of its own is.
var kindWords311 = map[concern.UpdateKind]string{
	concern.Progress: "办理进展", concern.Asked: "请说事人补充", concern.Answered: "说事人已补充", concern.Result: "办理结果",
	concern.Rated: "说事人已评价", concern.AskedAgain: "说事人再次回答", concern.CalledBack: "已回访",
	concern.HiddenNow: "暂停公开", concern.ShownNow: "恢复公开",
}

// timelines311 gives the public timelines of concerns, one after the other.
func (a *API) timelines311(ctx context.Context, base string, cs []concern.Concern) ([]Update311, error) {
	out := []Update311{}
	for _, c := range cs {
		if c.Updates == nil { // of a list
			whole, err := a.concerns.Concern(ctx, account.Caller{}, c.ID)
			if errors.Is(err, concern.ErrNotFound) {
				continue // hidden meanwhile
			}
			if err != nil {
				return nil, err
			}
			c = whole
		}
		for _, u := range c.Updates {
			out = append(out, showUpdate311(base, c.ID, u))
		}
	}
	return out, nil
}

func showUpdate311(base, id string, u concern.Update) Update311 {
	text := u.Text
	if text == "" {
		text = kindWords311[u.Kind]
	}
	if text == "" {
		text = u.State.Name()
	}
	if !strings.HasPrefix(text, u.By) {
		text = u.By + "：" + text
	}
	return Update311{
		ID: id + "-" + strconv.Itoa(u.Number), Request: id, Status: status311(u.State), Notes: words311(u.State.Name()),
		Updated: stamp(u.At), Description: words311(text), Media: words311(media311(base, u.Photos)),
	}
}
