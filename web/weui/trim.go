//go:build ignore

// Command trim cuts the published style sheet of WeUI down to the components
// that our pages use, in daylight colours, with the variables they need:
//
//	npm pack weui@2.6.26 && tar xzf weui-2.6.26.tgz
//	go run web/weui/trim.go package/dist/style/weui.min.css > web/static/weui.css
package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

const banner = `/*!
 * WeUI v2.6.26 (https://github.com/weui/weui)
 * Copyright 2026 Tencent, Inc.
 * Licensed under the MIT license, see WEUI-LICENSE.txt
 * Cut down to what the pages use by web/weui/trim.go; not edited by hand.
 */
`

// kept are the classes of the components that the pages use.
var kept = map[string]bool{}

func init() {
	for _, c := range strings.Fields(`
		weui-cells weui-cells__title weui-cells__group weui-cell weui-cell_access weui-cell__hd weui-cell__bd weui-cell__ft weui-cell_link weui-cell_active
		weui-panel weui-panel__hd weui-panel__bd weui-panel__ft
		weui-media-box weui-media-box_text weui-media-box__title weui-media-box__desc weui-media-box__info weui-media-box__info__meta
		weui-btn weui-btn_primary weui-btn_default weui-btn_medium
		weui-form-preview__item weui-form-preview__label weui-form-preview__value
		weui-article weui-footer weui-footer__text weui-footer__links weui-footer__link
		weui-msg weui-msg__text-area weui-msg__title weui-msg__desc weui-msg__opr-area weui-btn-area`) {
		kept[c] = true
	}
}

var (
	class    = regexp.MustCompile(`\.([A-Za-z_][\w-]*)`)
	variable = regexp.MustCompile(`var\((--[\w-]+)`)
	banned   = regexp.MustCompile(`\[data-weui|\[wah|wx-root|^page\b|hotarea|:has\(|\[aria|\[role`)
)

// rule is a selector list with its declarations, inside a media query or not.
type rule struct{ at, selectors, body string }

// rules splits a minified sheet; nested at-rules other than @media are dropped.
func rules(css, at string) []rule {
	var out []rule
	for css != "" {
		open := strings.IndexByte(css, '{')
		if open < 0 {
			break
		}
		depth, end := 1, open+1
		for ; depth > 0; end++ {
			switch css[end] {
			case '{':
				depth++
			case '}':
				depth--
			}
		}
		head, body := css[:open], css[open+1:end-1]
		if i := strings.LastIndex(head, "*/"); i >= 0 {
			head = head[i+2:]
		}
		switch {
		case strings.HasPrefix(head, "@media") && !strings.Contains(head, "dark"):
			out = append(out, rules(body, head)...)
		case !strings.HasPrefix(head, "@"):
			out = append(out, rule{at, head, body})
		}
		css = css[end:]
	}
	return out
}

// wanted keeps the selectors of a list that speak of kept classes only.
func wanted(list string) string {
	var out []string
	for _, s := range strings.Split(list, ",") {
		found := class.FindAllStringSubmatch(s, -1)
		ok := len(found) > 0 && !banned.MatchString(s)
		for _, m := range found {
			ok = ok && kept[m[1]]
		}
		if ok {
			out = append(out, s)
		}
	}
	return strings.Join(out, ",")
}

func main() {
	css, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	var parts []rule
	values := map[string]string{}
	for _, r := range rules(string(css), "") {
		if s := wanted(r.selectors); s != "" {
			parts = append(parts, rule{r.at, s, r.body})
		}
		isRoot := false
		for _, s := range strings.Split(r.selectors, ",") {
			isRoot = isRoot || s == "body" || s == ":root"
		}
		if !isRoot || r.at != "" {
			continue
		}
		for _, d := range strings.Split(r.body, ";") {
			if name, v, ok := strings.Cut(d, ":"); ok && strings.HasPrefix(name, "--") {
				values[name] = v
			}
		}
	}
	fmt.Print(banner, root(parts, values))
	for _, p := range parts {
		if p.at != "" {
			fmt.Printf("%s{%s{%s}}\n", p.at, p.selectors, p.body)
			continue
		}
		fmt.Printf("%s{%s}\n", p.selectors, p.body)
	}
}

// root writes the variables that the parts use, and those that these use.
func root(parts []rule, values map[string]string) string {
	var order []string
	seen := map[string]bool{}
	var use func(text string)
	use = func(text string) {
		for _, m := range variable.FindAllStringSubmatch(text, -1) {
			v, ok := values[m[1]]
			if !ok || seen[m[1]] {
				continue
			}
			seen[m[1]] = true
			order = append(order, m[1]+":"+v)
			use(v)
		}
	}
	for _, p := range parts {
		use(p.body)
	}
	return "body{" + strings.Join(order, ";") + "}\n"
}
