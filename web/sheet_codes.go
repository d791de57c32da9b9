package web

import (
	"context"
	"net/http"
	"sort"
	"strings"

	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/disclosure"
	"cunwu/service/region"
	"cunwu/web/paper"
)

// codesPDF is "/r/:code/codes.pdf": a village's codes to hang beside the board,
// so that whoever stands there finds the page of what hangs there.
func (w *Web) codesPDF(c *gin.Context) {
	code := region.Code(c.Param("code"))
	site, ok := siteAddress(c.Request)
	if !ok {
		w.message(c, http.StatusBadRequest, pageBad)
		return
	}
	if !code.Valid() || code.Level() != region.Village {
		w.refuse(c, region.ErrNotFound)
		return
	}
	w.file(c, string(code), "r/"+string(code)+"/codes.pdf/"+site, "codes-"+string(code)+".pdf", func(ctx context.Context) ([]byte, error) {
		sheet, err := w.codeSheet(ctx, code, site)
		if err != nil {
			return nil, err
		}
		return w.press.Codes(ctx, sheet)
	})
}

func (w *Web) codeSheet(ctx context.Context, code region.Code, site string) (paper.CodeSheet, error) {
	place, err := w.places.Region(ctx, code)
	if err != nil {
		return paper.CodeSheet{}, err
	}
	path, err := w.places.Path(ctx, code)
	if err != nil {
		return paper.CodeSheet{}, err
	}
	edition, err := w.disclosures.Catalogue(ctx, code)
	if err != nil {
		return paper.CodeSheet{}, err
	}
	newest, err := w.newest(ctx, code)
	if err != nil {
		return paper.CodeSheet{}, err
	}
	home := site + "/r/" + string(code)
	sheet := paper.CodeSheet{
		Title: place.Short + "村务公开，扫码看",
		Lead:  []string{placeLine(path), "用手机扫一扫就能看，不用登录。"},
		First: paper.Code{Name: place.Short + "的全部公开", Note: home, Text: home},
		Foot:  place.Short + " · 村务公开二维码",
	}
	byCategory := paper.CodePart{Name: "按类别看（总是最新的内容）"}
	for _, cat := range edition.Categories {
		byCategory.Codes = append(byCategory.Codes, paper.Code{Name: cat.Name, Text: site + placeURL(code, cat.Code, 0)})
	}
	sheet.Parts = append(sheet.Parts, byCategory)
	return withNewest(sheet, edition, newest, site), nil
}

// withNewest adds the newest posting of each item: those that stand for long
// first, as their codes need not be printed anew each month.
func withNewest(sheet paper.CodeSheet, edition *disclosure.Edition, newest []disclosure.Item, site string) paper.CodeSheet {
	standing := paper.CodePart{Name: "长期公开的事项"}
	others := paper.CodePart{Name: "其他事项最近一次公开"}
	for _, i := range newest {
		c := paper.Code{Name: i.ItemName, Note: period(i.Period), Text: site + "/d/" + i.ID}
		if item, ok := edition.Item(i.ItemCode); ok && item.Frequency == disclosure.Standing {
			standing.Codes = append(standing.Codes, c)
			continue
		}
		others.Codes = append(others.Codes, c)
	}
	sheet.Parts = append(sheet.Parts, standing, others)
	return sheet
}

// A village's feed is walked back so far for the newest posting of each item:
// two thousand postings are more than ten years of a busy village.
const (
	walkPages = 40
	walkPage  = 50
)

// newest gives the newest posting that stands of each item, by item code.
func (w *Web) newest(ctx context.Context, code region.Code) ([]disclosure.Item, error) {
	seen := map[string]disclosure.Item{}
	q := disclosure.FeedQuery{Region: code, Limit: walkPage}
	for range walkPages {
		page, err := w.disclosures.Feed(ctx, account.Caller{}, q)
		if err != nil {
			return nil, err
		}
		for _, i := range page.Items {
			stands := i.State == disclosure.Published || i.State == disclosure.Archived
			if _, ok := seen[i.ItemCode]; stands && !ok {
				seen[i.ItemCode] = i
			}
		}
		if page.Next == 0 {
			break
		}
		q.Before = page.Next
	}
	out := make([]disclosure.Item, 0, len(seen))
	for _, i := range seen {
		out = append(out, i)
	}
	sort.Slice(out, func(a, b int) bool { return strings.Compare(out[a].ItemCode, out[b].ItemCode) < 0 })
	return out, nil
}
