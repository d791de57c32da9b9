package disclosure

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// The body of a posting is Markdown with tables. Raw HTML is dropped, and so is
// every address that leads away: pictures and links stay on this site.
var (
	markdown = sync.OnceValue(func() goldmark.Markdown {
		tables := extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute))
		return goldmark.New(
			goldmark.WithExtensions(tables, extension.Strikethrough),
			goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(lowerHeadings{}, 100))),
		)
	})
	sanitiser = sync.OnceValue(func() *bluemonday.Policy {
		p := bluemonday.NewPolicy()
		p.AllowElements("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote",
			"strong", "em", "del", "code", "pre", "table", "thead", "tbody", "tr", "th", "td")
		p.AllowAttrs("align").Matching(regexp.MustCompile(`^(left|center|right)$`)).OnElements("th", "td")
		p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
		p.AllowAttrs("href").Matching(regexp.MustCompile(`^/(d|r|media)/[0-9A-Za-z._-]+$`)).OnElements("a")
		p.AllowAttrs("src").Matching(regexp.MustCompile(`^/media/[0-9a-z.]+$`)).OnElements("img")
		p.AllowAttrs("alt").Matching(bluemonday.Paragraph).OnElements("img")
		p.AllowRelativeURLs(true)
		p.RequireParseableURLs(true)
		return p
	})
	plainText = sync.OnceValue(bluemonday.StrictPolicy)
)

// maxMarks bounds the marks of emphasis and links in a body, and deepNesting the
// quotes and lists begun in one line: beyond them Markdown takes time that grows
// with the square, and no honest text comes near.
const maxMarks = 2000

var deepNesting = regexp.MustCompile(`(?m)^(?:[ \t]*(?:>|[-*+][ \t]|\d{1,9}[.)][ \t])){9}`)

// overmarked reports whether a body is made to be slow.
func overmarked(body string) bool {
	marks := 0
	for i := range len(body) {
		switch body[i] {
		case '*', '_', '[', '<':
			marks++
		}
	}
	return marks > maxMarks || deepNesting.MatchString(body)
}

// lowerHeadings makes the headings of a body stand below the title of its page.
type lowerHeadings struct{}

// Transform lowers every heading by one.
func (lowerHeadings) Transform(doc *ast.Document, _ text.Reader, _ parser.Context) {
	// The walk cannot fail: the walker below never does.
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if h, ok := n.(*ast.Heading); ok && entering {
			h.Level = min(h.Level+1, 6)
		}
		return ast.WalkContinue, nil
	})
}

// Render turns the Markdown of a body into HTML that may be put into a page.
func Render(body string) (string, error) {
	if body == "" {
		return "", nil
	}
	var b bytes.Buffer
	if err := markdown().Convert([]byte(body), &b); err != nil {
		return "", fmt.Errorf("disclosure: render a body: %w", err)
	}
	return strings.TrimSpace(sanitiser().SanitizeReader(&b).String()), nil
}

// readableText gives the text of rendered HTML as people read it, so that
// marks and entities between the digits of a number do not hide it.
func readableText(rendered string) string {
	return html.UnescapeString(plainText().Sanitize(rendered))
}
