package api

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"cunwu/service/account"
	"cunwu/service/chronicle"
	"cunwu/service/disclosure"
	"cunwu/service/region"
)

// stepLine is one step of a consultation or a ballot. The items of the feed
// itself are postings, a shape that strangers rely on; these are their
// neighbours in time.
type stepLine struct {
	Kind       string      `json:"kind" example:"consultation.notify" doc:"哪一步：consultation.、ballot.、council. 等开头"`
	ID         string      `json:"id" doc:"协商或表决的编号"`
	Region     region.Code `json:"region" example:"510821102200"`
	RegionName string      `json:"region_name" example:"盐井村"`
	PathNames  []string    `json:"path_names" doc:"从市到村的名称"`
	Title      string      `json:"title" example:"协商预告：三组便道从哪家地边过"`
	Summary    string      `json:"summary"`
	Link       string      `json:"link" example:"/c/abc" doc:"本站的网页路径"`
	At         *string     `json:"published_at" example:"2026-10-09T10:12:00+08:00"`
}

func showStep(e chronicle.Shown) stepLine {
	return stepLine{
		Kind: e.Kind, ID: e.Subject, Region: e.Region, RegionName: e.RegionName, PathNames: e.PathNames, Title: e.Title,
		Summary: e.Text, Link: e.Link, At: stampOrNil(e.At),
	}
}

func (a *API) mountChronicle() {
	type query struct {
		Region string `query:"region" required:"true" pattern:"^[0-9]{2,14}$" patternDescription:"2 到 14 位数字的地区代码" doc:"地区代码，任何级别" example:"510821102200"`
		Cursor string `query:"cursor" maxLength:"40"`
		Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
	}
	read(a, route{
		id: "list-feed-steps", path: "/feed/steps", tag: "公开", public: true,
		summary: "协商和表决走到了哪一步，新的在前",
		detail:  "一个地方和它下面所有地方。预告、开始、形成意见、落实、反馈，表决的开始、截止、结果、取消。没有公布的结果不在里面。和公开的内容合在一起的，见 /feeds/{region}.atom。",
	}, func(ctx context.Context, _ account.Caller, in *query) (list[stepLine], error) {
		name := "feed/steps/" + in.Region
		before, err := readCursor(name, in.Cursor)
		if err != nil {
			return list[stepLine]{}, err
		}
		p, err := a.chronicle.Page(ctx, region.Code(in.Region), before, in.Limit)
		return list[stepLine]{Items: mapped(p.Items, showStep), Next: makeCursor(name, p.Next)}, err
	})
}

// feedEntry is one entry of a syndicated feed, whatever it is about.
type feedEntry struct {
	pos                           int64
	id, path, title, text, author string
	category                      atomCategory
	at                            time.Time
}

func postingEntry(i disclosure.Item) feedEntry {
	return feedEntry{
		pos: i.Pos, id: permanent("posting/" + i.ID), path: "/d/" + i.ID, title: entryTitle(i), text: entryText(i), author: i.RegionName,
		category: atomCategory{i.Category, i.CategoryName}, at: i.PublishedAt,
	}
}

func stepEntry(e chronicle.Shown) feedEntry {
	c := atomCategory{"consultation", "协商"}
	if strings.HasPrefix(e.Kind, "ballot.") {
		c = atomCategory{"ballot", "表决"}
	}
	return feedEntry{
		pos: e.Pos, id: permanent(fmt.Sprintf("step/%s/%s/%d", e.Kind, e.Subject, e.Pos)), path: e.Link, title: e.Title, text: e.Text,
		author: e.RegionName, category: c, at: e.At,
	}
}

// feedEntries gives postings and steps as one, newest first, from below a place
// in time on, and where the next page begins, 0 at the end.
func (a *API) feedEntries(ctx context.Context, place region.Code, before int64) ([]feedEntry, int64, error) {
	page, err := a.disclosures.Feed(ctx, account.Caller{}, disclosure.FeedQuery{Region: place, Before: before, Limit: syndicationPage})
	if err != nil {
		return nil, 0, err
	}
	all, more := mapped(page.Items, postingEntry), page.Next != 0
	if a.chronicle != nil {
		steps, err := a.chronicle.Page(ctx, place, before, syndicationPage)
		if err != nil {
			return nil, 0, err
		}
		all, more = append(all, mapped(steps.Items, stepEntry)...), more || steps.Next != 0
	}
	out, cut := newest(all, syndicationPage)
	if len(out) == 0 || !cut && !more {
		return out, 0, nil
	}
	return out, out[len(out)-1].pos, nil
}

// newest gives the newest n entries, and as many more as stand at the place of
// the last, since a page is cut by place; and whether any are left.
func newest(all []feedEntry, n int) (out []feedEntry, cut bool) {
	slices.SortStableFunc(all, func(a, b feedEntry) int {
		switch {
		case a.pos > b.pos:
			return -1
		case a.pos < b.pos:
			return 1
		}
		return 0
	})
	n = min(n, len(all))
	for n > 0 && n < len(all) && all[n].pos == all[n-1].pos {
		n++
	}
	return all[:n], n < len(all)
}
