package config

import (
	"errors"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	sealHex = "000102030405060708090a0b0c0d0e0f"
	macHex  = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
)

// production is the least that production needs.
func production(more ...string) []string {
	return append([]string{
		"CUNWU_ENV=production", "CUNWU_SEAL_KEYS=a:" + sealHex, "CUNWU_MAC_KEY=" + macHex, "CUNWU_LOG_KEY=ff" + macHex[2:],
		"CUNWU_WECHAT_APPID=wx0123456789abcdef", "CUNWU_WECHAT_SECRET=hush",
	}, more...)
}

func mustLoad(t *testing.T, environ []string, demo bool) Config {
	t.Helper()
	c, err := Load(environ, demo)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLoad_Defaults(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, []string{"HOME=/root", "PATH=/bin", "CUNWU_REDIS_URL="}, false)
	if c.Listen != "127.0.0.1:8080" || c.MetricsListen != "127.0.0.1:9090" || c.DatabaseURL != "sqlite:data/cunwu.db" ||
		c.Objects.Folder != "data/objects" || c.Objects.Bucket != nil || c.RedisURL != "" || c.Production || c.TestClock {
		t.Errorf("%+v", c)
	}
	if c.CacheBytes != 32<<20 || c.StaleFor != 10*time.Minute || c.LogLevel != slog.LevelInfo ||
		c.UploadBytes != 8<<20 || c.JSONBytes != 1<<20 || c.WritesPerSecond != 50 || c.TrustedProxies != nil {
		t.Errorf("%+v", c)
	}
	if d := mustLoad(t, []string{"CUNWU_DATA=/tmp/x"}, true); d.MetricsListen != "127.0.0.1:0" || d.DatabaseURL != "sqlite:/tmp/x/cunwu.db" || !d.Demo {
		t.Errorf("demo: %+v", d)
	}
}

func TestLoad_Everything(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, production(
		"CUNWU_LISTEN=0.0.0.0:80", "CUNWU_METRICS_LISTEN=[::1]:9", "CUNWU_TRUSTED_PROXIES=10.0.0.1, 172.28.0.0/24,fd00::/8",
		"CUNWU_DATABASE_URL=mysql://u:p%40@db:3306/cunwu", "CUNWU_REDIS_URL=redis://a:1,b:2", "CUNWU_DATABASE_CONNS=20",
		"CUNWU_OBJECTS_URL=s3://key:s%2Fecret@minio:9000/files/pre/fix?region=cn-west", "CUNWU_CACHE_MB=128", "CUNWU_LOG_LEVEL=debug",
		"CUNWU_WECHAT_TOKEN=tok", "CUNWU_WECHAT_AES_KEY="+strings.Repeat("A", 43),
		"CUNWU_SEAL_KEYS=new:"+sealHex+", old:ff"+sealHex[2:], "CUNWU_WRITES_PER_SECOND=0.5", "CUNWU_STALE_FOR=1h",
	), false)
	if !slices.Equal(c.TrustedProxies, []string{"10.0.0.1", "172.28.0.0/24", "fd00::/8"}) {
		t.Error(c.TrustedProxies)
	}
	if want := (Bucket{Endpoint: "minio:9000", Bucket: "files", Prefix: "pre/fix", Region: "cn-west", Key: "key", Secret: "s/ecret"}); c.Objects.Bucket == nil || *c.Objects.Bucket != want {
		t.Errorf("%+v", c.Objects.Bucket)
	}
	if len(c.SealKeys) != 2 || c.SealKeys[0].ID != "new" || c.SealKeys[1].ID != "old" || len(c.SealKeys[1].Key) != 16 || len(c.MACKey) != 32 {
		t.Error("keys")
	}
	if !c.Production || c.WritesPerSecond != 0.5 || c.StaleFor != time.Hour || c.LogLevel != slog.LevelDebug || c.WeChat.PushToken != "tok" {
		t.Errorf("%+v", c)
	}
	if len(c.Warnings) != 1 {
		t.Error(c.Warnings)
	}
}

// TestLoad_Problems: each wrong setting gives one sentence that names it.
func TestLoad_Problems(t *testing.T) {
	t.Parallel()
	for set, want := range map[string]string{
		"CUNWU_ENV=prod":                                 "CUNWU_ENV",
		"CUNWU_LISTNE=127.0.0.1:80":                      "没有 CUNWU_LISTNE 这个设置",
		"CUNWU_LISTEN_FILE=/x":                           "没有 CUNWU_LISTEN_FILE",
		"CUNWU_LISTEN=8080":                              "CUNWU_LISTEN",
		"CUNWU_LISTEN=127.0.0.1:99999":                   "CUNWU_LISTEN",
		"CUNWU_METRICS_LISTEN=http://x:1":                "CUNWU_METRICS_LISTEN",
		"CUNWU_TRUSTED_PROXIES=nginx":                    "CUNWU_TRUSTED_PROXIES",
		"CUNWU_TRUSTED_PROXIES=0.0.0.0/0":                "相信所有人",
		"CUNWU_DATABASE_URL=postgres://SECRET@x/y":       "CUNWU_DATABASE_URL",
		"CUNWU_DATABASE_URL=mysql://SECRET@/x":           "CUNWU_DATABASE_URL",
		"CUNWU_DATABASE_URL=mysql://u:SECRET%zz@h/x":     "CUNWU_DATABASE_URL",
		"CUNWU_DATABASE_URL=sqlite:":                     "CUNWU_DATABASE_URL",
		"CUNWU_DATABASE_URL=sqlite:x.db?_pragma=a":       "CUNWU_DATABASE_URL",
		"CUNWU_DATABASE_CONNS=-1":                        "CUNWU_DATABASE_CONNS",
		"CUNWU_REDIS_URL=SECRET@localhost:6379":          "CUNWU_REDIS_URL",
		"CUNWU_OBJECTS_URL=/data":                        "CUNWU_OBJECTS_URL",
		"CUNWU_OBJECTS_URL=file:":                        "CUNWU_OBJECTS_URL",
		"CUNWU_OBJECTS_URL=s3://k:SECRET@h":              "CUNWU_OBJECTS_URL",
		"CUNWU_OBJECTS_URL=s3://k:SECRET@h/bucket?acl=1": "CUNWU_OBJECTS_URL",
		"CUNWU_CACHE_MB=many":                            "CUNWU_CACHE_MB 的值不对：应是整数",
		"CUNWU_CACHE_MB=1":                               "CUNWU_CACHE_MB",
		"CUNWU_STALE_FOR=5m":                             "CUNWU_STALE_FOR",
		"CUNWU_STALE_FOR=600":                            "CUNWU_STALE_FOR 的值不对：应是时间",
		"CUNWU_SHUTDOWN=0s":                              "CUNWU_SHUTDOWN",
		"CUNWU_LOG_LEVEL=INFO":                           "CUNWU_LOG_LEVEL",
		"CUNWU_LOG_LEVEL=loud":                           "CUNWU_LOG_LEVEL",
		"CUNWU_JSON_KB=0":                                "CUNWU_JSON_KB",
		"CUNWU_UPLOAD_MB=500":                            "CUNWU_UPLOAD_MB",
		"CUNWU_WRITES_PER_SECOND=-1":                     "CUNWU_WRITES_PER_SECOND",
		"CUNWU_WRITES_PER_SECOND=NaN":                    "CUNWU_WRITES_PER_SECOND",
		"CUNWU_WRITES_PER_SECOND=fast":                   "CUNWU_WRITES_PER_SECOND 的值不对：应是数字",
		"CUNWU_SIGN_IN_BURST=0":                          "CUNWU_SIGN_IN_BURST",
		"CUNWU_SEAL_KEYS=SECRET":                         "CUNWU_SEAL_KEYS",
		"CUNWU_SEAL_KEYS=a:" + sealHex + ",a:" + sealHex: "用了两次",
		"CUNWU_SEAL_KEYS=a:" + strings.Repeat("00", 16):  "不是随机",
		"CUNWU_MAC_KEY=" + sealHex:                       "CUNWU_MAC_KEY",
		"CUNWU_MAC_KEY=" + strings.Repeat("ab", 32):      "不是随机",
		"CUNWU_LOG_KEY=SECRET":                           "CUNWU_LOG_KEY 应是 64 位",
		"CUNWU_LOG_ORIGIN=https://a.cn/log":              "CUNWU_LOG_ORIGIN",
		"CUNWU_LOG_ORIGIN=a b":                           "CUNWU_LOG_ORIGIN",
		"CUNWU_LOG_ORIGIN=a+b":                           "CUNWU_LOG_ORIGIN",
		"CUNWU_WECHAT_SECRET=SECRET":                     "CUNWU_WECHAT_APPID",
		"CUNWU_WECHAT_TOKEN=SECRET":                      "CUNWU_WECHAT_AES_KEY",
		"CUNWU_WECHAT_BASE=127.0.0.1:99":                 "CUNWU_WECHAT_BASE",
		"CUNWU_WECHAT_BASE=http://u:SECRET@h":            "CUNWU_WECHAT_BASE",
		"CUNWU_WECHAT_BASE=file:///etc/passwd":           "CUNWU_WECHAT_BASE",
		"CUNWU_TEST_CLOCK=maybe":                         "CUNWU_TEST_CLOCK 的值不对：应是 1 或 0",
		"CUNWU_CONFIG=/nowhere/at/all":                   "文件不存在",
		"CUNWU_MAC_KEY_FILE=/nowhere/at/all":             "CUNWU_MAC_KEY_FILE",
		"CUNWU_MAC_KEY_FILE=/dev/zero":                   "不是普通文件",
	} {
		t.Run(set, func(t *testing.T) {
			t.Parallel()
			_, err := Load([]string{set}, false)
			var p Problems
			if !errors.As(err, &p) || len(p) != 1 || !strings.Contains(p[0], want) {
				t.Fatalf("got %v", err)
			}
			if strings.Contains(err.Error(), "SECRET") && !strings.Contains(want, "SECRET") && !strings.Contains(p[0], "CUNWU_WECHAT_SECRET") {
				t.Errorf("a secret shows: %v", err)
			}
		})
	}
}

func TestLoad_AllAtOnce(t *testing.T) {
	t.Parallel()
	_, err := Load([]string{"CUNWU_LISTEN=x", "CUNWU_CACHE_MB=x", "CUNWU_SHUTDOWN=x", "CUNWU_WHAT=1", "CUNWU_STALE_FOR=1s"}, false)
	var p Problems
	if !errors.As(err, &p) || len(p) != 5 {
		t.Fatalf("%v", err)
	}
	if got := err.Error(); strings.Count(got, "\n  - ") != 5 {
		t.Error(got)
	}
}

func TestLoad_Production(t *testing.T) {
	t.Parallel()
	if c := mustLoad(t, production(), false); !c.Production || len(c.Warnings) != 0 {
		t.Errorf("%+v", c)
	}
	for set, want := range map[string]string{
		"CUNWU_TEST_CLOCK=1":                           "CUNWU_TEST_CLOCK 是测试用的",
		"CUNWU_TEST_CLOCK=0":                           "CUNWU_TEST_CLOCK 是测试用的",
		"CUNWU_WECHAT_BASE=http://127.0.0.1:1":         "CUNWU_WECHAT_BASE 是测试用的",
		"CUNWU_TEST_REDIS_URL=redis://x":               "CUNWU_TEST_REDIS_URL 是测试用的",
		"CUNWU_OBJECTS_URL=s3://k:hush@h/bucket?tls=0": "必须用 TLS",
		"CUNWU_SEAL_KEYS=":                             "必须设 CUNWU_SEAL_KEYS",
		"CUNWU_MAC_KEY=":                               "必须设 CUNWU_MAC_KEY",
		"CUNWU_LOG_KEY=":                               "必须设 CUNWU_LOG_KEY",
	} {
		_, err := Load(production(set), false)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", set, err)
		}
	}
	_, err := Load([]string{"CUNWU_ENV=production"}, true)
	var p Problems
	if !errors.As(err, &p) || len(p) != 6 {
		t.Errorf("bare production demo: %v", err)
	}
}

func TestLoad_ToolVariablesPassOutsideProduction(t *testing.T) {
	t.Parallel()
	mustLoad(t, []string{"CUNWU_TEST_MYSQL_URL=x", "CUNWU_TEST_REDIS_URL=x", "CUNWU_ROOT=/", "CUNWU_TOOLS=/", "CUNWU_VULNDB=/", "CUNWU_BENCH_SERVER=x"}, false)
}

func TestLoad_Warnings(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, []string{"CUNWU_TEST_CLOCK=1", "CUNWU_WECHAT_BASE=http://127.0.0.1:1"}, false)
	all := strings.Join(c.Warnings, "\n")
	for _, want := range []string{"CUNWU_TEST_CLOCK", "CUNWU_WECHAT_BASE", "CUNWU_ENV", "CUNWU_WECHAT_APPID"} {
		if !strings.Contains(all, want) {
			t.Errorf("no word on %s: %s", want, all)
		}
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad_File(t *testing.T) {
	t.Parallel()
	secret := write(t, "redis://:hush@cache:6379/1\n")
	path := write(t, "# 设置\n\n CUNWU_LISTEN = 127.0.0.1:1 \nCUNWU_DATA=\"/srv/cun wu\"\nCUNWU_REDIS_URL_FILE="+secret+"\n")
	c := mustLoad(t, []string{"CUNWU_CONFIG=" + path}, false)
	if c.Listen != "127.0.0.1:1" || c.Data != "/srv/cun wu" || c.RedisURL != "redis://:hush@cache:6379/1" {
		t.Errorf("%+v", c)
	}
	c = mustLoad(t, []string{"CUNWU_CONFIG=" + path, "CUNWU_LISTEN=127.0.0.1:2", "CUNWU_REDIS_URL=redis://other"}, false)
	if c.Listen != "127.0.0.1:2" || c.RedisURL != "redis://other" {
		t.Errorf("the environment does not outrank the file: %+v", c)
	}
	for text, want := range map[string]string{
		"LISTEN=1":                                   "第 1 行",
		"\nCUNWU_LISTEN":                             "第 2 行",
		"CUNWU_DATA=a\nCUNWU_DATA=b":                 "写了两次",
		"CUNWU_CONFIG=x":                             "不能再指定",
		"CUNWU_LISTNE=127.0.0.1:1":                   "没有 CUNWU_LISTNE",
		"CUNWU_DATA=" + strings.Repeat("x", maxFile): "64 KB",
	} {
		if _, err := Load([]string{"CUNWU_CONFIG=" + write(t, text)}, false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.30q: %v", text, err)
		}
	}
}

func TestLoad_SecretFiles(t *testing.T) {
	t.Parallel()
	for _, f := range fields() {
		if f.secret != (f.name == "CUNWU_DATABASE_URL" || f.name == "CUNWU_REDIS_URL" || f.name == "CUNWU_OBJECTS_URL" ||
			f.name == "CUNWU_SEAL_KEYS" || f.name == "CUNWU_MAC_KEY" || f.name == "CUNWU_LOG_KEY" || f.name == "CUNWU_WECHAT_SECRET" ||
			f.name == "CUNWU_WECHAT_TOKEN" || f.name == "CUNWU_WECHAT_AES_KEY") {
			t.Errorf("%s: secret %v", f.name, f.secret)
		}
	}
	mac := write(t, macHex+"\n")
	if c := mustLoad(t, []string{"CUNWU_MAC_KEY_FILE=" + mac}, false); len(c.MACKey) != 32 {
		t.Error("not read")
	}
	for name, environ := range map[string][]string{
		"只能设一个": {"CUNWU_MAC_KEY_FILE=" + mac, "CUNWU_MAC_KEY=" + macHex},
		"是空的":   {"CUNWU_MAC_KEY_FILE=" + write(t, " \n")},
	} {
		if _, err := Load(environ, false); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEnsureKeys(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	first := mustLoad(t, []string{"CUNWU_DATA=" + dir}, true)
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("reading settings made a folder")
	}
	var wg sync.WaitGroup
	var keys [8]Config
	for i := range keys { // of many that start at once, all get one key
		wg.Go(func() {
			keys[i] = first
			if err := keys[i].EnsureKeys(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, c := range keys {
		if string(c.MACKey) != string(keys[0].MACKey) || string(c.SealKeys[0].Key) != string(keys[0].SealKeys[0].Key) || len(c.MACKey) != 32 || len(c.SealKeys[0].Key) != 16 {
			t.Fatal("two keys")
		}
		if string(c.LogKey) != string(keys[0].LogKey) || len(c.LogKey) != 32 || c.LogOrigin != keys[0].LogOrigin || !originForm.MatchString(c.LogOrigin) {
			t.Fatalf("log: %q", c.LogOrigin)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 3 {
		t.Fatalf("%v %v", files, err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", f.Name(), info.Mode(), err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "mac.key"), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	again := first
	if err := again.EnsureKeys(); err == nil {
		t.Error("a damaged key was taken or replaced")
	}
	prod := mustLoad(t, production(), false)
	prod.LogKey = nil
	if err := prod.EnsureKeys(); !errors.Is(err, ErrNoKeys) {
		t.Error(err)
	}
	named := mustLoad(t, production("CUNWU_LOG_ORIGIN=cunwu.example.cn/log"), false)
	if err := named.EnsureKeys(); err != nil || named.LogOrigin != "cunwu.example.cn/log" {
		t.Errorf("%v %q", err, named.LogOrigin)
	}
}

// TestDescribe: docs/settings.md holds the table of all settings.
func TestDescribe(t *testing.T) {
	t.Parallel()
	const path, begin, end = "../docs/settings.md", "<!-- settings: begin -->\n", "<!-- settings: end -->\n"
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok1 := strings.Cut(string(raw), begin)
	table, tail, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("%s has lost the marks around the table", path)
	}
	if *update {
		if err := os.WriteFile(path, []byte(head+begin+Describe()+end+tail), 0o644); err != nil { //nolint:gosec // documentation
			t.Fatal(err)
		}
		return
	}
	if table != Describe() {
		t.Errorf("%s is not up to date: run go test ./config -update", path)
	}
	for _, f := range fields() {
		if f.doc == "" {
			t.Errorf("%s is not described", f.name)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("CUNWU_OBJECTS_URL=s3://k:s@h/bucket?tls=0", "CUNWU_SEAL_KEYS=a:"+sealHex)
	f.Add("CUNWU_DATABASE_URL=mysql://u:p@h/d", "CUNWU_TRUSTED_PROXIES=10.0.0.0/8,::1")
	f.Fuzz(func(_ *testing.T, a, b string) {
		for _, s := range []string{a, b} {
			if strings.Contains(s, "_FILE") || strings.HasPrefix(s, "CUNWU_CONFIG") {
				return // no reading of whatever files there are
			}
		}
		_, _ = Load([]string{a, b}, false)
	})
}
