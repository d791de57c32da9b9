package disclosure_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"cunwu/service/disclosure"
	"cunwu/service/fault"
)

func TestRender(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ in, want string }{
		"empty":     {"", ""},
		"paragraph": {"第一段\n\n第二段", "<p>第一段</p>\n<p>第二段</p>"},
		"heading":   {"# 一\n\n###### 六", "<h2>一</h2>\n<h6>六</h6>"},
		"table": {
			"|项|额|\n|:--|--:|\n|路|3|",
			"<table>\n<thead>\n<tr>\n<th align=\"left\">项</th>\n<th align=\"right\">额</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n" +
				"<td align=\"left\">路</td>\n<td align=\"right\">3</td>\n</tr>\n</tbody>\n</table>",
		},
		"picture of ours":   {"![图](/media/ab12.jpg)", `<p><img src="/media/ab12.jpg" alt="图"></p>`},
		"picture elsewhere": {"![图](https://evil.example/a.png)", `<p><img alt="图"></p>`},
		"link of ours":      {"[看](/d/abc)", `<p><a href="/d/abc">看</a></p>`},
		"link elsewhere":    {"[看](https://evil.example)", "<p>看</p>"},
		"link without host": {"[看](//evil.example/d/a)", "<p>看</p>"},
		"script link":       {"[看](javascript:alert(1))", "<p>看</p>"},
		"data picture":      {"![x](data:image/png;base64,AAAA)", `<p><img alt="x"></p>`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := disclosure.Render(tt.in)
			if err != nil || got != tt.want {
				t.Errorf("got  %q %v\nwant %q", got, err, tt.want)
			}
		})
	}
}

// unsafeHTML is what no rendered body may hold outside of text.
var unsafeHTML = regexp.MustCompile(`(?i)<(script|style|iframe|object|form|svg|input|link|meta|base)|<[^>]*\s(on\w+|style|class|id)=|(href|src)="(?:[^/]|//)`)

func FuzzRender(f *testing.F) {
	for _, seed := range []string{
		"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[a](javascript:x)", "![a](//h/b)", "<a href='/d/x' onclick=y>z</a>",
		"```\n<b>\n```", "&lt;script&gt;", "|a|\n|-|\n|<i onmouseover=x>|", "[a]: https://evil.example\n[a]", "<https://evil.example>",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		out, err := disclosure.Render(body)
		if err != nil {
			t.Fatal(err)
		}
		if bad := unsafeHTML.FindString(out); bad != "" {
			t.Errorf("%q became %q with %q", body, out, bad)
		}
	})
}

// TestRender_Hostile is not timed: what is refused would take seconds, and what
// passes comes back well within the limit of the test binary.
func TestRender_Hostile(t *testing.T) {
	t.Parallel()
	for _, one := range []string{">", "[", "*a_ ", "![", "[a](", "1. ", "> - ", "* ", "<"} {
		c := accounts()
		c.Body = strings.Repeat(one, 50_000/len(one))
		if at := refused(t, disclosure.CheckShape(item(t, "D02"), c), fault.ErrInvalid); !slices.Equal(at, []string{"body.body"}) {
			t.Errorf("%q: %v", one, at)
		}
	}
	for _, one := range []string{"`", "|", "&", "(", "~~", "|a\n|-\n", "\n> - ", "> 一\n\n", "\\"} {
		c := accounts()
		c.Body = strings.Repeat(one, 50_000/len(one)/2)
		if err := disclosure.CheckShape(item(t, "D02"), c); err != nil {
			t.Errorf("%q: %v", one, err)
		}
		if _, err := disclosure.Render(c.Body); err != nil {
			t.Errorf("%q: %v", one, err)
		}
	}
}
