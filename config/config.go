// Package config reads the settings of the server: environment variables that
// begin with CUNWU_, and a file of the same form. They are typed and strict:
// what is unknown, malformed or unsafe is refused, all of it at once, each in a
// plain sentence. No setting at all means everything embedded below ./data.
//
// Invariants: a secret never appears in an error or in Describe; production
// starts with no switch of the demo or of tests, and not without its keys.
// Reading settings writes nothing; EnsureKeys alone makes files.
package config

import (
	"log/slog"
	"net/url"
	"time"
)

// Config is what was set, checked and complete.
type Config struct {
	Production bool
	Demo       bool

	Listen         string   // host:port
	MetricsListen  string   // host:port; port 0 takes a free one
	TrustedProxies []string // addresses and networks whose X-Forwarded-For is believed
	Data           string   // folder of everything embedded
	DatabaseURL    string   // sqlite:PATH or mysql://...
	DatabaseConns  int      // 0: the archive's default
	RedisURL       string   // empty: none
	Objects        Objects
	CacheBytes     int64         // of prepared answers
	StaleFor       time.Duration // how long they outlive a failure of storage
	Shutdown       time.Duration // for requests under way when the server ends
	LogLevel       slog.Level

	JSONBytes        int64   // largest JSON body
	UploadBytes      int64   // largest file
	WritesPerSecond  float64 // of one account
	WriteBurst       int
	SignInsPerSecond float64 // of one network address
	SignInBurst      int

	SealKeys []SealKey // newest first; empty until EnsureKeys where none are set
	MACKey   []byte    // 32 bytes; as above

	LogKey    []byte // secret of the public log's signing keys, 32 bytes; as above
	LogOrigin string // the public log's name; empty until EnsureKeys where none is set

	WeChat    WeChat
	TestClock bool
	Site      Site
	SiteURL   string // where the service is reached from outside, without a slash at the end; may be empty

	// Warnings are sentences to print loudly at the start.
	Warnings []string
}

// SealKey is one SM4 key (16 bytes) for sensitive columns, with the name that
// is stored beside what it sealed.
type SealKey struct {
	ID  string
	Key []byte
}

// Objects says where attachments are: in a folder, or in a bucket.
type Objects struct {
	Folder string
	Bucket *Bucket
}

// Bucket is a bucket of S3-compatible storage. Plain means without TLS.
type Bucket struct {
	Endpoint, Bucket, Prefix, Region, Key, Secret string
	Plain                                         bool
}

// Site is what the foot of every public page says: whose service this is, its
// filing numbers, and where complaints go (a path of ours or an https address).
type Site struct {
	Name, Operator, ICP, Police, ComplaintURL string
}

// WeChat is the mini-program's account at the platform. AppID is empty where
// sign-in by WeChat is not set up, PushToken where no messages are received.
type WeChat struct {
	AppID, AppSecret      string
	PushToken, PushAESKey string
	Base                  *url.URL // stand-in for the platform, nil for the real one
	Templates             []Template
}

// Template is a subscription template of the mini-program. Fields says which of
// title, place, time and note goes into which keyword; empty for thing1, thing2,
// time3 and thing4 in this order.
type Template struct {
	Purpose  string            `json:"purpose"` // news, answers or tasks
	ID       string            `json:"id"`
	LongTerm bool              `json:"long_term"`
	Fields   map[string]string `json:"fields"`
	Page     string            `json:"page"`
}

// settings are the variables, in the order of the documentation. env names the
// variable, envDefault its default, secret allows NAME_FILE, doc is its
// meaning, and only says where it may be set.
type settings struct {
	Env     string `env:"CUNWU_ENV" envDefault:"development" doc:"production 打开全部生产检查；development 供试用和开发"`
	File    string `env:"CUNWU_CONFIG" doc:"设置文件，每行一个 名称=值，# 开头是注释；环境变量优先于文件"`
	Listen  string `env:"CUNWU_LISTEN" envDefault:"127.0.0.1:8080" doc:"监听地址"`
	Metrics string `env:"CUNWU_METRICS_LISTEN" envDefault:"127.0.0.1:9090" doc:"指标（/metrics）的监听地址，不要对外开放；演示默认用空闲端口"`
	Proxies string `env:"CUNWU_TRUSTED_PROXIES" doc:"可信代理的地址或网段，逗号分隔；不设则不信任何人的 X-Forwarded-For"`
	Data    string `env:"CUNWU_DATA" envDefault:"./data" doc:"数据目录：内置数据库、附件、自动生成的密钥"`

	Database string `env:"CUNWU_DATABASE_URL" secret:"yes" doc:"sqlite:路径，或 mysql://用户:密码@主机:端口/库名；默认在数据目录里的 cunwu.db"`
	Conns    int    `env:"CUNWU_DATABASE_CONNS" envDefault:"0" doc:"数据库连接数上限，0 为自动"`
	Redis    string `env:"CUNWU_REDIS_URL" secret:"yes" doc:"redis://[用户:密码@]主机:端口[/库号]，集群写多个地址、逗号分隔；不设则只用进程内缓存"`
	Objects  string `env:"CUNWU_OBJECTS_URL" secret:"yes" doc:"附件存放：file:目录，或 s3://密钥名:密钥@主机[:端口]/桶[/前缀][?region=地区&tls=0]；默认在数据目录里的 objects"`

	Cache    int           `env:"CUNWU_CACHE_MB" envDefault:"32" doc:"进程内页面缓存上限（MB），8 到 8192"`
	StaleFor time.Duration `env:"CUNWU_STALE_FOR" envDefault:"10m" doc:"数据库不可用时，旧页面最多还能看多久，不少于 10m"`
	Shutdown time.Duration `env:"CUNWU_SHUTDOWN" envDefault:"15s" doc:"停止服务时等待未完成请求的时间，1s 到 5m"`
	LogLevel string        `env:"CUNWU_LOG_LEVEL" envDefault:"info" doc:"日志级别：debug、info、warn、error"`

	JSONBytes   int     `env:"CUNWU_JSON_KB" envDefault:"1024" doc:"JSON 请求的大小上限（KB），16 到 10240"`
	UploadBytes int     `env:"CUNWU_UPLOAD_MB" envDefault:"8" doc:"单个上传文件的大小上限（MB），1 到 10"`
	WriteRate   float64 `env:"CUNWU_WRITES_PER_SECOND" envDefault:"50" doc:"每个账号平均每秒最多提交几次，0 为不限"`
	WriteBurst  int     `env:"CUNWU_WRITE_BURST" envDefault:"200" doc:"每个账号一次最多连续提交几次"`
	SignInRate  float64 `env:"CUNWU_SIGN_INS_PER_SECOND" envDefault:"20" doc:"每个网络地址平均每秒最多登录几次（一个村常共用一个地址），0 为不限"`
	SignInBurst int     `env:"CUNWU_SIGN_IN_BURST" envDefault:"200" doc:"每个网络地址一次最多连续登录几次"`

	SealKeys string `env:"CUNWU_SEAL_KEYS" secret:"yes" doc:"敏感字段的 SM4 密钥，格式 名称:32 位十六进制，新的在前，逗号分隔；生产必须设，其他情况自动生成在数据目录"`
	MACKey   string `env:"CUNWU_MAC_KEY" secret:"yes" doc:"查找用的 HMAC 密钥，64 位十六进制，设定后不能更换；生产必须设，其他情况自动生成在数据目录"`

	LogKey    string `env:"CUNWU_LOG_KEY" secret:"yes" doc:"存证记录的签名密钥，64 位十六进制；生产必须设，其他情况自动生成在数据目录的 log.key"`
	LogOrigin string `env:"CUNWU_LOG_ORIGIN" doc:"存证记录的名称，一般是本站网址去掉 https:// 再加 /log，例如 cunwu.example.cn/log，设定后不能更换；默认由 CUNWU_MAC_KEY 算出，每个站点不同"`

	SiteURL        string `env:"CUNWU_SITE_URL" doc:"本站对外的网址，例如 https://cunwu.example.cn；微信凭它来取待审的照片和录音，不设则照片和录音都由人审核"`
	SiteName       string `env:"CUNWU_SITE_NAME" envDefault:"村务公开" doc:"网页上的名称"`
	SiteOperator   string `env:"CUNWU_SITE_OPERATOR" doc:"主办单位，显示在页脚"`
	SiteICP        string `env:"CUNWU_SITE_ICP" doc:"ICP 备案号，显示在页脚"`
	SitePolice     string `env:"CUNWU_SITE_POLICE" doc:"公安备案号，显示在页脚"`
	SiteComplaints string `env:"CUNWU_SITE_COMPLAINTS" doc:"投诉建议的网址：本站路径或 https 地址"`

	AppID      string `env:"CUNWU_WECHAT_APPID" doc:"小程序的 AppID；生产必须设"`
	AppSecret  string `env:"CUNWU_WECHAT_SECRET" secret:"yes" doc:"小程序的 AppSecret；生产必须设"`
	PushToken  string `env:"CUNWU_WECHAT_TOKEN" secret:"yes" doc:"微信消息推送的 Token，与下一项同时设"`
	PushAESKey string `env:"CUNWU_WECHAT_AES_KEY" secret:"yes" doc:"微信消息推送的 EncodingAESKey，43 个字符（后台选 JSON 和安全模式）"`
	Templates  string `env:"CUNWU_WECHAT_TEMPLATES" doc:"订阅消息模板，JSON 数组或 JSON 文件的路径，写法见下文；不设则消息只在站内"`
	WeChatBase string `env:"CUNWU_WECHAT_BASE" only:"development" doc:"微信接口替身的网址，供测试；生产不能设"`
	TestClock  bool   `env:"CUNWU_TEST_CLOCK" envDefault:"false" only:"development" doc:"1 打开可拨动的时钟（PUT /testing/clock），供测试；生产不能设"`
}
