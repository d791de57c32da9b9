package web

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// verifyPolicy lets this one page run our script and lets that ask this site,
// so that the reader's browser can do the checking.
var verifyPolicy = []string{"default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"}

// verifyPage is where a citizen checks one posting against the public record.
type verifyPage struct {
	Script  string // address of the script
	Address string // of the site, for the program that checks it from outside
}

// verify is "/verify". The posting's id stays in the browser: the page is the
// same for all of them.
func (w *Web) verify(c *gin.Context) {
	body, err := w.render("verify", frame{
		Title: "核对一条公开", Description: "在自己的浏览器里核对公开的内容有没有被改动过。", Big: isBig(c.Request), Here: "/verify",
		Main: verifyPage{Script: w.assets.verify, Address: address(c.Request)},
	})
	if err != nil {
		w.refuse(c, err)
		return
	}
	h := c.Writer.Header()
	w.guard(h)
	h["Content-Security-Policy"] = verifyPolicy
	h.Set("Cache-Control", "private, no-store") // it names the host that was asked
	h.Set("Content-Type", "text/html; charset=utf-8")
	c.Status(http.StatusOK)
	if c.Request.Method == http.MethodHead {
		c.Writer.WriteHeaderNow()
		return
	}
	_, _ = c.Writer.Write(body) // the client went away: nothing to do about it
}
