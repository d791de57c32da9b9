package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"
)

const (
	prefix     = "CUNWU_"
	fileSuffix = "_FILE"
	// maxFile bounds a settings file and a secret's file.
	maxFile = 64 << 10
)

// toolPrefixes begin variables that belong to scripts and tests, not to the
// server: they are let pass outside production.
var toolPrefixes = []string{"CUNWU_TEST_", "CUNWU_BENCH_", "CUNWU_ROOT", "CUNWU_TOOLS", "CUNWU_VULNDB"}

// Problems are all that is wrong with the settings, a sentence each.
type Problems []string

// Error lists the sentences, one a line.
func (p Problems) Error() string { return "设置有问题：\n  - " + strings.Join(p, "\n  - ") }

// Load reads environ (as of os.Environ), the file that CUNWU_CONFIG names and
// the files of *_FILE secrets. Its error is Problems. demo is the demo command.
func Load(environ []string, demo bool) (Config, error) {
	var p Problems
	values := gather(environ, &p)
	production := values["CUNWU_ENV"] == "production"
	p.unknown(values, production)
	p.secrets(values)
	if demo && values["CUNWU_METRICS_LISTEN"] == "" {
		values["CUNWU_METRICS_LISTEN"] = "127.0.0.1:0"
	}
	s := p.parse(values)
	c := p.check(s, demo)
	if production {
		p.guard(s, values, demo)
	}
	if len(p) > 0 {
		return Config{}, p
	}
	return c, nil
}

func (p *Problems) add(format string, args ...any) { *p = append(*p, fmt.Sprintf(format, args...)) }

// gather merges the file and the environment; an empty value is no value.
func gather(environ []string, p *Problems) map[string]string {
	own := map[string]string{}
	for _, line := range environ {
		if name, value, ok := strings.Cut(line, "="); ok && strings.HasPrefix(name, prefix) {
			own[name] = strings.TrimSpace(value)
		}
	}
	values := map[string]string{}
	if path := own["CUNWU_CONFIG"]; path != "" {
		values = readFile(path, p)
	}
	for name, value := range own {
		values[name] = value
		// A secret set here outranks the same secret's file in the settings file.
		if value != "" {
			delete(values, other(name, own))
		}
	}
	for name, value := range values {
		if value == "" {
			delete(values, name)
		}
	}
	return values
}

// other gives the second way to set the same secret, unless own uses it too.
func other(name string, own map[string]string) string {
	twin, isFile := strings.CutSuffix(name, fileSuffix)
	if !isFile {
		twin = name + fileSuffix
	}
	if own[twin] != "" {
		return ""
	}
	return twin
}

func readFile(path string, p *Problems) map[string]string {
	values := map[string]string{}
	text, err := readSmall(path)
	if err != nil {
		p.add("CUNWU_CONFIG 指的设置文件读不出来（%s）：%s。", path, why(err))
		return values
	}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		switch _, twice := values[name]; {
		case !ok || !strings.HasPrefix(name, prefix):
			p.add("设置文件第 %d 行不是“CUNWU_名称=值”的形式。", i+1)
		case twice:
			p.add("设置文件第 %d 行：%s 写了两次。", i+1, name)
		case name == "CUNWU_CONFIG":
			p.add("设置文件第 %d 行：设置文件里不能再指定设置文件。", i+1)
		default:
			values[name] = unquote(value)
		}
	}
	return values
}

func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}

func readSmall(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return "", errSize
	}
	b, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	return string(b), err
}

var errSize = errors.New("不是普通文件，或超过 64 KB")

func why(err error) string {
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "文件不存在"
	case errors.Is(err, os.ErrPermission):
		return "没有权限"
	case errors.Is(err, errSize):
		return errSize.Error()
	}
	return "读取失败"
}

// unknown refuses variables that mean nothing: a typing error would otherwise
// leave a default in force unnoticed.
func (p *Problems) unknown(values map[string]string, production bool) {
	names := map[string]bool{}
	for _, f := range fields() {
		names[f.name] = true
		if f.secret {
			names[f.name+fileSuffix] = true
		}
	}
	for _, name := range sortedKeys(values) {
		tool := slices.ContainsFunc(toolPrefixes, func(t string) bool { return strings.HasPrefix(name, t) })
		switch {
		case names[name]:
		case tool && !production:
			delete(values, name)
		case tool:
			p.add("%s 是测试用的，生产环境不能设。", name)
		default:
			p.add("没有 %s 这个设置，请检查名称。", name)
		}
	}
}

// secrets reads *_FILE into the secret's own name.
func (p *Problems) secrets(values map[string]string) {
	for _, f := range fields() {
		path, ok := values[f.name+fileSuffix]
		if !f.secret || !ok {
			continue
		}
		if values[f.name] != "" {
			p.add("%s 和 %s%s 只能设一个。", f.name, f.name, fileSuffix)
			continue
		}
		text, err := readSmall(path)
		switch text = strings.TrimSpace(text); {
		case err != nil:
			p.add("%s%s 指的文件读不出来（%s）：%s。", f.name, fileSuffix, path, why(err))
		case text == "":
			p.add("%s%s 指的文件是空的（%s）。", f.name, fileSuffix, path)
		default:
			values[f.name] = text
		}
	}
}

// parse turns texts into types. A value that cannot be read counts as not set
// from then on, so that it is one problem and not two.
func (p *Problems) parse(values map[string]string) settings {
	var s settings
	err := env.ParseWithOptions(&s, env.Options{Environment: values})
	if err == nil {
		return s
	}
	names := map[string]string{}
	for _, f := range fields() {
		names[f.field] = f.name
	}
	var all env.AggregateError
	if !errors.As(err, &all) {
		p.add("设置读不出来：%v。", err)
		return s
	}
	for _, one := range all.Errors {
		var bad env.ParseError
		if errors.As(one, &bad) {
			p.add("%s 的值不对：应是%s。", names[bad.Name], kindName(bad.Type))
			delete(values, names[bad.Name])
		} else {
			p.add("设置读不出来：%v。", one)
		}
	}
	s = settings{}
	if err := env.ParseWithOptions(&s, env.Options{Environment: values}); err != nil {
		p.add("设置读不出来：%v。", err)
	}
	return s
}

func kindName(t reflect.Type) string {
	switch {
	case t.String() == "time.Duration":
		return "时间，例如 15s 或 10m"
	case t.Kind() == reflect.Bool:
		return " 1 或 0"
	case t.Kind() == reflect.Float64:
		return "数字"
	}
	return "整数"
}

// field is one variable as the struct describes it.
type field struct {
	field, name, def, doc, only string
	secret                      bool
}

func fields() []field {
	t := reflect.TypeFor[settings]()
	out := make([]field, t.NumField())
	for i := range out {
		f := t.Field(i)
		out[i] = field{
			field: f.Name, name: f.Tag.Get("env"), def: f.Tag.Get("envDefault"),
			doc: f.Tag.Get("doc"), only: f.Tag.Get("only"), secret: f.Tag.Get("secret") != "",
		}
	}
	return out
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Describe gives the table of all settings as Markdown, for the documentation.
func Describe() string {
	var b strings.Builder
	b.WriteString("| 名称 | 默认 | 说明 |\n|---|---|---|\n")
	for _, f := range fields() {
		name, def := "`"+f.name+"`", ""
		if f.secret {
			name += "<br>`" + f.name + fileSuffix + "`"
		}
		if f.def != "" {
			def = "`" + f.def + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", name, def, f.doc)
	}
	return b.String()
}
