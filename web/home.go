package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"cunwu/service/region"
)

const (
	mostFound  = 30
	mostLetter = 30 // characters of a search that are looked at
)

// homePage is the first page: choosing a place.
type homePage struct {
	Query  string
	Found  []found
	Asked  bool
	Path   []region.Region // the places above Places, where there is only one way
	Places []region.Region
}

// found is a place with the names above it, because villages share names.
type found struct {
	region.Region
	Above string
}

// home is "/": the tree of places, or what a search found.
func (w *Web) home(c *gin.Context) {
	big := isBig(c.Request)
	if w.fast(c, big) {
		return
	}
	q := searched(c.Request)
	if q != "" {
		// Searches are many and seldom the same twice: they are not kept.
		w.search(c, q, big)
		return
	}
	w.page(c, "", "home", big, func(ctx context.Context) ([]byte, error) {
		m, err := w.tree(ctx)
		if err != nil {
			return nil, err
		}
		return w.render("home", frame{Big: big, Here: "/", Description: "查看村里的财务、项目、补贴和决策公开。", Main: m})
	})
}

func searched(r *http.Request) string {
	q := strings.Join(strings.Fields(strings.ToValidUTF8(r.URL.Query().Get("q"), "")), " ")
	if utf8.RuneCountInString(q) > mostLetter {
		q = string([]rune(q)[:mostLetter])
	}
	return q
}

// tree gives the places to begin with: from the top down to where there is
// something to choose.
func (w *Web) tree(ctx context.Context) (homePage, error) {
	var m homePage
	at := region.Code("")
	for {
		children, err := w.places.Children(ctx, at)
		if err != nil {
			return m, err
		}
		if len(children) != 1 || children[0].Level >= region.County {
			m.Places = children
			return m, nil
		}
		m.Path, at = append(m.Path, children[0]), children[0].Code
	}
}

func (w *Web) search(c *gin.Context, q string, big bool) {
	ctx := c.Request.Context()
	rs, err := w.places.Search(ctx, q, "", mostFound)
	if err != nil {
		w.refuse(c, err)
		return
	}
	m := homePage{Query: q, Asked: true}
	for _, r := range rs {
		path, err := w.places.Path(ctx, r.Code)
		if err != nil {
			w.refuse(c, err)
			return
		}
		m.Found = append(m.Found, found{Region: r, Above: above(path)})
	}
	here := "/?" + url.Values{"q": {q}}.Encode()
	body, err := w.render("home", frame{Title: "找“" + q + "”", Big: big, Here: here, NoIndex: true, Main: m})
	if err != nil {
		w.refuse(c, err)
		return
	}
	h := c.Writer.Header()
	w.guard(h)
	h["Cache-Control"], h["Vary"] = pageCache, pageVary
	c.Data(http.StatusOK, "text/html; charset=utf-8", body)
}

// above joins the names of the places above the last one.
func above(path []region.Region) string {
	var names []string
	for i, p := range path {
		if i < len(path)-1 && p.Level > region.Province {
			names = append(names, p.Short)
		}
	}
	return strings.Join(names, " ")
}
