package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// assets are the files that pages refer to, under names that carry a hash of
// their content: an address never changes what it means, so it may be kept for
// ever.
type assets struct {
	style, paper, icon, verify string
	files                      map[string]asset
}

type asset struct {
	body, gzip  []byte
	contentType string
}

func loadAssets() (*assets, error) {
	a := &assets{files: map[string]asset{}}
	var sheet []byte
	for _, name := range []string{"weui.css", "cunwu.css", "print.css"} { // ours come after and win
		part, err := staticFiles.ReadFile("static/" + name)
		if err != nil {
			return nil, fmt.Errorf("web: style sheet: %w", err)
		}
		sheet = append(sheet, part...)
	}
	icon, err := staticFiles.ReadFile("static/icon.svg")
	if err != nil {
		return nil, fmt.Errorf("web: icon: %w", err)
	}
	licence, err := staticFiles.ReadFile("static/WEUI-LICENSE.txt")
	if err != nil {
		return nil, fmt.Errorf("web: licence: %w", err)
	}
	if a.style, err = a.add("style", ".css", "text/css; charset=utf-8", sheet); err != nil {
		return nil, err
	}
	paper, err := staticFiles.ReadFile("static/paper.css")
	if err != nil {
		return nil, fmt.Errorf("web: style sheet: %w", err)
	}
	if a.paper, err = a.add("paper", ".css", "text/css; charset=utf-8", paper); err != nil {
		return nil, err
	}
	if a.icon, err = a.add("icon", ".svg", "image/svg+xml", icon); err != nil {
		return nil, err
	}
	script, err := staticFiles.ReadFile("static/verify.js")
	if err != nil {
		return nil, fmt.Errorf("web: script: %w", err)
	}
	if a.verify, err = a.add("verify", ".js", "text/javascript; charset=utf-8", script); err != nil {
		return nil, err
	}
	a.files["WEUI-LICENSE.txt"] = asset{body: licence, contentType: "text/plain; charset=utf-8"}
	return a, nil
}

func (a *assets) add(name, ext, contentType string, body []byte) (string, error) {
	var packed bytes.Buffer
	zw, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return "", fmt.Errorf("web: compress: %w", err)
	}
	if _, err = zw.Write(body); err != nil {
		return "", fmt.Errorf("web: compress: %w", err)
	}
	if err = zw.Close(); err != nil {
		return "", fmt.Errorf("web: compress: %w", err)
	}
	sum := sha256.Sum256(body)
	file := name + "." + hex.EncodeToString(sum[:8]) + ext
	a.files[file] = asset{body: body, gzip: packed.Bytes(), contentType: contentType}
	return "/static/" + file, nil
}

// static serves the files; names of older builds are not found, and a page
// that names them is older than they are.
func (w *Web) static(c *gin.Context) {
	f, ok := w.assets.files[c.Param("name")]
	if !ok {
		w.message(c, http.StatusNotFound, pageMissing)
		return
	}
	h := c.Writer.Header()
	w.guard(h)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Type", f.contentType)
	h.Set("Vary", "Accept-Encoding")
	body := f.body
	if f.gzip != nil && takesGzip(c.GetHeader("Accept-Encoding")) {
		body = f.gzip
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.Status(http.StatusOK)
	if c.Request.Method == http.MethodHead {
		c.Writer.WriteHeaderNow()
		return
	}
	_, _ = c.Writer.Write(body) // the client went away: nothing to do about it
}

// loadTemplates gives each page its own set: the layout and what fills it.
func loadTemplates() (map[string]*template.Template, error) {
	out := map[string]*template.Template{}
	for _, page := range []string{"home", "place", "posting", "print", "message", "verify", "script", "thing", "things", "indicators", "questions", "versions", "duties", "find", "open", "consultation", "consultations", "councils", "council", "council_activity", "ballot", "ballots", "boards", "boards_rules", "boards_script", "boards_new", "boards_own", "entry", "covenant", "covenant_changes", "covenant_opinion", "concern", "concerns", "raise", "similar", "own", "mine", "signin", "consent"} {
		t, err := template.New(page).Funcs(functions).ParseFS(templateFiles, "templates/layout.html", "templates/parts.html", "templates/concern_parts.html", "templates/boards_parts.html", "templates/"+page+".html")
		if err != nil {
			return nil, fmt.Errorf("web: template %s: %w", page, err)
		}
		out[page] = t
	}
	return out, nil
}

// takesGzip reads Accept-Encoding: gzip named and not refused with q=0.
func takesGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			q, found := strings.CutPrefix(strings.ReplaceAll(weight, " ", ""), "q=")
			return !found || strings.Trim(q, "0.") != ""
		}
	}
	return false
}
