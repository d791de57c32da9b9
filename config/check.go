package config

import (
	"bytes"
	"encoding/hex"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// leastStaleFor is our own promise: a page once read is read on for ten minutes
// while storage is away.
const leastStaleFor = 10 * time.Minute

// check turns what was read into a Config, noting every problem.
func (p *Problems) check(s settings, demo bool) Config {
	c := Config{
		Production: s.Env == "production", Demo: demo,
		Listen: s.Listen, MetricsListen: s.Metrics, Data: s.Data,
		DatabaseURL: s.Database, DatabaseConns: s.Conns, RedisURL: s.Redis,
		CacheBytes: int64(s.Cache) << 20, StaleFor: s.StaleFor, Shutdown: s.Shutdown,
		JSONBytes: int64(s.JSONBytes) << 10, UploadBytes: int64(s.UploadBytes) << 20,
		WritesPerSecond: s.WriteRate, WriteBurst: s.WriteBurst, SignInsPerSecond: s.SignInRate, SignInBurst: s.SignInBurst,
		TestClock: s.TestClock,
		Site:      Site{Name: s.SiteName, Operator: s.SiteOperator, ICP: s.SiteICP, Police: s.SitePolice, ComplaintURL: s.SiteComplaints},
	}
	if s.Env != "production" && s.Env != "development" {
		p.add("CUNWU_ENV 只能是 production 或 development。")
	}
	p.address("CUNWU_LISTEN", s.Listen)
	p.address("CUNWU_METRICS_LISTEN", s.Metrics)
	c.TrustedProxies = p.proxies(s.Proxies)
	if c.DatabaseURL == "" {
		c.DatabaseURL = "sqlite:" + filepath.Join(s.Data, "cunwu.db")
	}
	p.database(c.DatabaseURL)
	if s.Redis != "" && !strings.HasPrefix(s.Redis, "redis://") && !strings.HasPrefix(s.Redis, "rediss://") {
		p.add("CUNWU_REDIS_URL 要以 redis:// 或 rediss:// 开头。")
	}
	c.Objects = p.objects(s.Objects, s.Data)
	p.limits(s)
	if err := c.LogLevel.UnmarshalText([]byte(s.LogLevel)); err != nil || !strings.Contains("debug info warn error", s.LogLevel) {
		p.add("CUNWU_LOG_LEVEL 只能是 debug、info、warn 或 error。")
	}
	c.SealKeys = p.sealKeys(s.SealKeys)
	c.MACKey = p.key32("CUNWU_MAC_KEY", s.MACKey)
	c.LogKey = p.key32("CUNWU_LOG_KEY", s.LogKey)
	c.LogOrigin = s.LogOrigin
	if s.LogOrigin != "" && !originForm.MatchString(s.LogOrigin) {
		p.add("CUNWU_LOG_ORIGIN 应像 cunwu.example.cn/log：主机名加路径，没有 https://、空格和加号。")
	}
	c.SiteURL = p.siteURL(s)
	c.WeChat = p.weChat(s)
	c.Warnings = warnings(c)
	return c
}

// siteURL wants https where people's pictures are fetched from it.
func (p *Problems) siteURL(s settings) string {
	if s.SiteURL == "" {
		return ""
	}
	u, err := url.Parse(s.SiteURL)
	plain := err == nil && u.Scheme == "http" && s.Env != "production"
	if err != nil || u.Scheme != "https" && !plain || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		p.add("CUNWU_SITE_URL 应像 https://cunwu.example.cn：只有协议和主机名。")
		return ""
	}
	return u.Scheme + "://" + u.Host
}

func (p *Problems) address(name, value string) {
	host, port, err := net.SplitHostPort(value)
	n, perr := strconv.ParseUint(port, 10, 16)
	if err != nil || perr != nil || strings.ContainsAny(host, " /") || n > 65535 {
		p.add("%s 应是“地址:端口”，例如 127.0.0.1:8080。", name)
	}
}

func (p *Problems) proxies(value string) []string {
	var out []string
	for one := range strings.SplitSeq(value, ",") {
		one = strings.TrimSpace(one)
		if one == "" {
			continue
		}
		_, err1 := netip.ParseAddr(one)
		network, err2 := netip.ParsePrefix(one)
		switch {
		case err1 != nil && err2 != nil:
			p.add("CUNWU_TRUSTED_PROXIES 里的“%s”不是 IP 地址或网段。", one)
		case err2 == nil && network.Bits() == 0:
			p.add("CUNWU_TRUSTED_PROXIES 不能是 %s：那等于相信所有人。", one)
		default:
			out = append(out, one)
		}
	}
	return out
}

func (p *Problems) database(value string) {
	if path, ok := strings.CutPrefix(value, "sqlite:"); ok {
		if path == "" || strings.ContainsAny(path, "?#") {
			p.add("CUNWU_DATABASE_URL 的 sqlite: 后面应是文件路径，不带参数。")
		}
		return
	}
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "mysql" {
		p.add("CUNWU_DATABASE_URL 应是 sqlite:路径 或 mysql://用户:密码@主机:端口/库名（密码里的特殊字符要写成 %%XX）。")
		return
	}
	if u.Hostname() == "" || u.User.Username() == "" || strings.Trim(u.Path, "/") == "" {
		p.add("CUNWU_DATABASE_URL 缺少主机、用户或库名。")
	}
}

var bucketForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

func (p *Problems) objects(value, data string) Objects {
	if value == "" {
		return Objects{Folder: filepath.Join(data, "objects")}
	}
	if folder, ok := strings.CutPrefix(value, "file:"); ok {
		if folder == "" {
			p.add("CUNWU_OBJECTS_URL 的 file: 后面应是目录。")
		}
		return Objects{Folder: folder}
	}
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "s3" {
		p.add("CUNWU_OBJECTS_URL 应是 file:目录 或 s3://密钥名:密钥@主机/桶（密钥里的特殊字符要写成 %%XX）。")
		return Objects{}
	}
	bucket, keyPrefix, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	b := &Bucket{Endpoint: u.Host, Bucket: bucket, Prefix: keyPrefix, Key: u.User.Username()}
	b.Secret, _ = u.User.Password()
	if b.Endpoint == "" || b.Key == "" || b.Secret == "" || !bucketForm.MatchString(b.Bucket) {
		p.add("CUNWU_OBJECTS_URL 缺少主机、密钥或桶名，或桶名不合规。")
	}
	for name, v := range u.Query() {
		switch {
		case name == "region":
			b.Region = v[0]
		case name == "tls" && (v[0] == "0" || v[0] == "1"):
			b.Plain = v[0] == "0"
		default:
			p.add("CUNWU_OBJECTS_URL 的参数只能有 region=地区 和 tls=0 或 tls=1。")
		}
	}
	return Objects{Bucket: b}
}

func (p *Problems) limits(s settings) {
	between := func(name string, value, least, most int) {
		if value < least || value > most {
			p.add("%s 应在 %d 到 %d 之间。", name, least, most)
		}
	}
	between("CUNWU_CACHE_MB", s.Cache, 8, 8192)
	between("CUNWU_JSON_KB", s.JSONBytes, 16, 10240)
	between("CUNWU_UPLOAD_MB", s.UploadBytes, 1, 10)
	between("CUNWU_DATABASE_CONNS", s.Conns, 0, 1000)
	between("CUNWU_WRITE_BURST", s.WriteBurst, 1, 1_000_000)
	between("CUNWU_SIGN_IN_BURST", s.SignInBurst, 1, 1_000_000)
	for name, rate := range map[string]float64{"CUNWU_WRITES_PER_SECOND": s.WriteRate, "CUNWU_SIGN_INS_PER_SECOND": s.SignInRate} {
		if !(rate >= 0 && rate <= 1_000_000) {
			p.add("%s 应在 0 到 1000000 之间。", name)
		}
	}
	if s.StaleFor < leastStaleFor || s.StaleFor > 24*time.Hour {
		p.add("CUNWU_STALE_FOR 应在 10m 到 24h 之间。")
	}
	if s.Shutdown < time.Second || s.Shutdown > 5*time.Minute {
		p.add("CUNWU_SHUTDOWN 应在 1s 到 5m 之间。")
	}
}

var keyIDForm = regexp.MustCompile(`^[A-Za-z0-9-]{1,16}$`)

func (p *Problems) sealKeys(value string) []SealKey {
	if value == "" {
		return nil
	}
	var out []SealKey
	seen := map[string]bool{}
	for one := range strings.SplitSeq(value, ",") {
		id, text, _ := strings.Cut(strings.TrimSpace(one), ":")
		key, err := hex.DecodeString(text)
		switch {
		case !keyIDForm.MatchString(id) || err != nil || len(key) != 16:
			p.add("CUNWU_SEAL_KEYS 第 %d 个应是 名称:32 位十六进制，名称是 1 到 16 个字母、数字或 -。", len(out)+1)
			return nil
		case seen[id]:
			p.add("CUNWU_SEAL_KEYS 里的名称“%s”用了两次。", id)
		case weak(key):
			p.add("CUNWU_SEAL_KEYS 里的“%s”不是随机的密钥。", id)
		}
		seen[id] = true
		out = append(out, SealKey{ID: id, Key: key})
	}
	return out
}

// originForm is a URL without its scheme, as the name of a log must be.
var originForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*$`)

func (p *Problems) key32(name, value string) []byte {
	if value == "" {
		return nil
	}
	key, err := hex.DecodeString(value)
	if err != nil || len(key) != 32 {
		p.add("%s 应是 64 位十六进制。", name)
		return nil
	}
	if weak(key) {
		p.add("%s 不是随机的密钥。", name)
	}
	return key
}

// weak notices placeholders: one byte repeated.
func weak(key []byte) bool { return bytes.Count(key, key[:1]) == len(key) }

var (
	appIDForm = regexp.MustCompile(`^wx[0-9a-z]{1,30}$`)
	aesForm   = regexp.MustCompile(`^[A-Za-z0-9]{43}$`)
)

func (p *Problems) weChat(s settings) WeChat {
	w := WeChat{AppID: s.AppID, AppSecret: s.AppSecret, PushToken: s.PushToken, PushAESKey: s.PushAESKey}
	if (w.AppID == "") != (w.AppSecret == "") {
		p.add("CUNWU_WECHAT_APPID 和 CUNWU_WECHAT_SECRET 要同时设。")
	}
	if w.AppID != "" && !appIDForm.MatchString(w.AppID) {
		p.add("CUNWU_WECHAT_APPID 应以 wx 开头。")
	}
	if (w.PushToken == "") != (w.PushAESKey == "") {
		p.add("CUNWU_WECHAT_TOKEN 和 CUNWU_WECHAT_AES_KEY 要同时设。")
	}
	if w.PushAESKey != "" && !aesForm.MatchString(w.PushAESKey) {
		p.add("CUNWU_WECHAT_AES_KEY 应是 43 个字母或数字。")
	}
	w.Templates = p.templates(s.Templates)
	if s.WeChatBase != "" {
		u, err := url.Parse(s.WeChatBase)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" {
			p.add("CUNWU_WECHAT_BASE 应是网址，例如 http://127.0.0.1:9999。")
		}
		w.Base = u
	}
	return w
}

// guard refuses what must not be in production.
func (p *Problems) guard(s settings, values map[string]string, demo bool) {
	if demo {
		p.add("CUNWU_ENV=production 时不能运行演示。")
	}
	for _, f := range fields() {
		if _, set := values[f.name]; set && f.only == "development" {
			p.add("%s 是测试用的，生产环境不能设。", f.name)
		}
	}
	for _, need := range [][2]string{
		{"CUNWU_SEAL_KEYS", s.SealKeys},
		{"CUNWU_MAC_KEY", s.MACKey},
		{"CUNWU_LOG_KEY", s.LogKey},
		{"CUNWU_WECHAT_APPID", s.AppID},
		{"CUNWU_WECHAT_SECRET", s.AppSecret},
	} {
		if need[1] == "" {
			p.add("生产环境必须设 %s。", need[0])
		}
	}
	if u, err := url.Parse(s.Objects); err == nil && u.Scheme == "s3" && u.Query().Get("tls") == "0" {
		p.add("生产环境的附件存储必须用 TLS：去掉 CUNWU_OBJECTS_URL 里的 tls=0。")
	}
}

func warnings(c Config) []string {
	var out []string
	if c.TestClock {
		out = append(out, "时钟可以被任何人拨动（CUNWU_TEST_CLOCK=1），只能用于测试。")
	}
	if c.WeChat.Base != nil {
		out = append(out, "微信接口由替身代替（CUNWU_WECHAT_BASE），只能用于测试。")
	}
	if !c.Production && !c.Demo {
		out = append(out, "没有设 CUNWU_ENV=production，生产检查没有打开。")
		if c.WeChat.AppID == "" {
			out = append(out, "没有设 CUNWU_WECHAT_APPID，微信登录不可用。")
		}
	}
	if c.LogLevel < slog.LevelInfo && c.Production {
		out = append(out, "日志级别是 debug，用完请改回 info。")
	}
	return out
}
