package web

import (
	"context"
	"fmt"
	"strings"

	"github.com/gin-gonic/gin"

	"cunwu/service/broadcast"
)

// scriptPage is a posting to be read out over the loudspeaker.
type scriptPage struct {
	ID      string
	Heading string
	Lines   []string
	Took    string // how long reading takes, in words
}

// script is "/d/:id/script", in large type: it is read aloud from a telephone
// or from paper.
func (w *Web) script(c *gin.Context) {
	big := isBig(c.Request)
	if w.fast(c, big) {
		return
	}
	id := c.Param("id")
	place, err := w.homeOf(c.Request.Context(), id)
	if err != nil {
		w.refuse(c, err)
		return
	}
	w.page(c, string(place), "d/"+id+"/script", big, func(ctx context.Context) ([]byte, error) {
		m, err := w.sheet(ctx, id)
		if err != nil {
			return nil, err
		}
		text := broadcast.Script(m.Posting)
		return w.render("script", frame{
			Title: m.Heading + "（广播稿）", Big: big, Here: "/d/" + m.ID, NoIndex: true,
			Main: scriptPage{ID: m.ID, Heading: m.Heading, Lines: strings.Split(text, "\n"), Took: took(broadcast.Seconds(text))},
		})
	})
}

// took says a length of time: 1分35秒.
func took(seconds int) string {
	if seconds < 60 {
		return fmt.Sprintf("%d秒", seconds)
	}
	if seconds%60 == 0 {
		return fmt.Sprintf("%d分钟", seconds/60)
	}
	return fmt.Sprintf("%d分%d秒", seconds/60, seconds%60)
}
