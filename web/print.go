package web

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/skip2/go-qrcode"

	"cunwu/service/account"
	"cunwu/service/disclosure"
	"cunwu/service/record"
)

// qrPixels is the size of the code's picture: at 300 dpi it is 3 cm on paper,
// which old telephones read.
const qrPixels = 360

// Leaves is what the print sheet needs of the public record.
type Leaves interface {
	// Proof gives the leaf at an index; record.ErrNotFound where there is none.
	Proof(ctx context.Context, index int64) (record.Proof, error)
}

// printPage is a posting for the board in the village: everything that the page
// shows that paper can show, who put it up, and a code by which the paper can
// be checked against the record.
type printPage struct {
	postingPage
	QR      string // address of the code's picture
	Address string // of the posting, in letters
	Logged  bool
	Digest  []string // of the leaf, in groups of eight
}

// print is "/d/:id/print".
func (w *Web) print(c *gin.Context) {
	ctx := c.Request.Context()
	m, err := w.sheet(ctx, c.Param("id"))
	if err == nil && m.Gone != "" { // a notice that was taken down is not put up
		err = disclosure.ErrNotFound
	}
	if err != nil {
		w.refuse(c, err)
		return
	}
	page := printPage{postingPage: m, QR: "/d/" + m.ID + "/qr.png", Address: address(c.Request) + "/d/" + m.ID}
	digest, err := w.leafDigest(ctx, m.Posting)
	if err != nil {
		w.refuse(c, err)
		return
	}
	if page.Logged = digest != ""; page.Logged {
		page.Digest = eights(digest)
	}
	body, err := w.render("print", frame{Title: m.Heading, Here: "/d/" + m.ID, Main: page})
	if err != nil {
		w.refuse(c, err)
		return
	}
	w.own(c, "text/html; charset=utf-8", body)
}

// qr is "/d/:id/qr.png": the posting's address, and after # its place in the
// record and the digest of its leaf, which a browser keeps to itself.
func (w *Web) qr(c *gin.Context) {
	ctx := c.Request.Context()
	p, err := w.disclosures.Posting(ctx, account.Caller{}, c.Param("id"))
	if err != nil {
		w.refuse(c, err)
		return
	}
	digest, err := w.leafDigest(ctx, p)
	if err != nil {
		w.refuse(c, err)
		return
	}
	picture, err := qrcode.Encode(codeText(address(c.Request), p, digest), qrcode.Medium, qrPixels)
	if err != nil {
		w.refuse(c, fmt.Errorf("web: code of a posting: %w", err))
		return
	}
	w.own(c, "image/png", picture)
}

// leafDigest gives the digest of the leaf that speaks of what is shown, "" for
// what is older than the record.
func (w *Web) leafDigest(ctx context.Context, p disclosure.Posting) (string, error) {
	if p.Log == nil || w.leaves == nil {
		return "", nil
	}
	proof, err := w.leaves.Proof(ctx, p.Log.Index)
	if err != nil {
		return "", err
	}
	digest := record.Digest(proof.Leaf)
	return hex.EncodeToString(digest[:]), nil
}

// own writes what is made for one request. It carries the name of the host that
// was asked, so nobody may keep it for others.
func (w *Web) own(c *gin.Context, contentType string, body []byte) {
	h := c.Writer.Header()
	w.guard(h)
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Type", contentType)
	c.Status(http.StatusOK)
	if c.Request.Method == http.MethodHead {
		c.Writer.WriteHeaderNow()
		return
	}
	_, _ = c.Writer.Write(body) // the client went away: nothing to do about it
}

// address gives the site's address as the reader's browser has it.
func address(r *http.Request) string {
	if r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
