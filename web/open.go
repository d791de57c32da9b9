package web

import (
	"context"

	"github.com/gin-gonic/gin"

	"cunwu/service/opendata"
	"cunwu/service/region"
)

// openPage explains the files and feeds of a place.
type openPage struct {
	Place region.Region
	Path  []region.Region
	Kinds []openKind
}

type openKind struct {
	Name    string
	Files   []tab
	Columns []opendata.Column
}

var columnTypes = map[string]string{"text": "文字", "date": "日期", "time": "时间", "yuan": "金额", "count": "数", "bool": "是或否"}

// openFiles is "/r/:code/open".
func (w *Web) openFiles(c *gin.Context) {
	big := isBig(c.Request)
	if w.fast(c, big) {
		return
	}
	place := region.Code(c.Param("code"))
	if !place.Valid() {
		w.refuse(c, region.ErrNotFound)
		return
	}
	here := "/r/" + string(place) + "/open"
	w.page(c, string(place), here[1:], big, func(ctx context.Context) ([]byte, error) {
		var m openPage
		var err error
		if m.Place, err = w.places.Region(ctx, place); err != nil {
			return nil, err
		}
		if m.Path, err = w.places.Path(ctx, place); err != nil {
			return nil, err
		}
		m.Kinds = []openKind{openKindOf("每条公开一行", place, opendata.Postings), openKindOf("每笔收支一行", place, opendata.Lines)}
		return w.render("open", frame{
			Title: m.Place.Short + "的订阅和数据", Description: m.Place.Name + "公开内容的订阅地址和数据文件。",
			Big: big, Here: here, Feed: feedOf(place), Main: m,
		})
	})
}

func openKindOf(name string, place region.Code, kind opendata.Kind) openKind {
	k := openKind{Name: name}
	for _, f := range []struct {
		format opendata.Format
		name   string
	}{{opendata.XLSX, "Excel 表格（xlsx）"}, {opendata.CSV, "csv"}, {opendata.JSONL, "JSON Lines"}} {
		k.Files = append(k.Files, tab{Name: f.name, URL: "/open/" + string(place) + "/" + string(kind) + "." + string(f.format)})
	}
	for _, c := range opendata.Columns(kind) {
		c.Type = columnTypes[c.Type]
		k.Columns = append(k.Columns, c)
	}
	return k
}

// mountGathered adds what is gathered from more than one posting, where there
// are such services.
func (w *Web) mountGathered(r gin.IRouter) {
	add := func(on bool, path string, h gin.HandlerFunc) {
		if on {
			r.GET(path, h)
			r.HEAD(path, h)
		}
	}
	add(w.questions != nil, "/d/:id/questions", w.questionList)
	add(w.duties != nil, "/r/:code/duties", w.dutyList)
	add(w.openData, "/r/:code/open", w.openFiles)
}
