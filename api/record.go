package api

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
	"golang.org/x/mod/sumdb/tlog"

	"cunwu/service/record"
)

// How long clients may keep what the log serves. A full tile never changes; a
// partial one neither, but is of no use once it is full.
const (
	checkpointCache  = "public, max-age=2"
	logKeyCache      = "public, max-age=60"
	fullTileCache    = "public, max-age=31536000, immutable"
	partialTileCache = "public, max-age=86400"
	plainText        = "text/plain; charset=utf-8"
)

// mountRecord serves the public log in the C2SP tlog-tiles format. These are
// plain handlers: their paths and bytes are a standard's and not ours.
func (a *API) mountRecord(g *gin.RouterGroup) {
	for path, h := range map[string]gin.HandlerFunc{
		"/log/checkpoint": a.logCheckpoint,
		"/log/key":        a.logKey,
		"/log/tile/*path": a.logTile,
	} {
		g.GET(path, h)
		g.HEAD(path, h)
	}
	a.documentRecord()
}

// answerLog writes bytes that any page of any site may read and check.
func (a *API) answerLog(c *gin.Context, body []byte, err error, contentType, cache string) {
	c.Header("Access-Control-Allow-Origin", "*")
	if err != nil {
		a.refuse(c, err)
		return
	}
	c.Header("Cache-Control", cache)
	c.Header("Content-Length", strconv.Itoa(len(body)))
	c.Data(http.StatusOK, contentType, body)
}

func (a *API) logCheckpoint(c *gin.Context) {
	text, err := a.record.Checkpoint(c.Request.Context())
	a.answerLog(c, []byte(text), err, plainText, checkpointCache)
}

func (a *API) logKey(c *gin.Context) {
	text, err := a.record.KeyText(c.Request.Context())
	a.answerLog(c, []byte(text), err, plainText, logKeyCache)
}

func (a *API) logTile(c *gin.Context) {
	t, ok := readTilePath(c.Param("path"))
	if !ok {
		a.answerLog(c, nil, record.ErrNotFound, "", "")
		return
	}
	ctx := c.Request.Context()
	var body []byte
	var err error
	if t.L < 0 {
		body, err = a.record.Entries(ctx, t.N, t.W)
	} else {
		body, err = a.record.Tile(ctx, t.L, t.N, t.W)
	}
	cache := fullTileCache
	if t.W < record.TileWidth {
		cache = partialTileCache
	}
	a.answerLog(c, body, err, "application/octet-stream", cache)
}

// readTilePath reads what follows /log/tile: /<L>/<N>[.p/<W>] or
// /entries/<N>[.p/<W>], which has level -1. Only the one canonical spelling of a
// tile is taken, so that a tile has one address.
func readTilePath(path string) (tlog.Tile, bool) {
	// The library reads the older form, which names the height as well and says
	// data for entries.
	level, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch level {
	case "entries":
		level = "data"
	case "data":
		return tlog.Tile{}, false
	}
	t, err := tlog.ParseTilePath("tile/8/" + level + "/" + rest)
	return t, err == nil
}

// documentRecord describes what huma does not serve.
func (a *API) documentRecord() {
	oapi := a.huma.OpenAPI()
	problem := &huma.Response{Description: "拒绝", Content: map[string]*huma.MediaType{
		"application/problem+json": {Schema: oapi.Components.Schemas.Schema(typeOf[Problem](), true, "Problem")},
	}}
	in := func(name, doc string, example any, kind string) *huma.Param {
		return &huma.Param{Name: name, In: "path", Required: true, Description: doc, Example: example, Schema: &huma.Schema{Type: kind}}
	}
	add := func(id, path, summary, description, contentType string, params ...*huma.Param) {
		schema := &huma.Schema{Type: "string"}
		if contentType != "text/plain" {
			schema.Format = "binary"
		}
		responses := map[string]*huma.Response{
			"200": {Description: "原样的字节", Content: map[string]*huma.MediaType{contentType: {Schema: schema}}},
			"503": problem,
		}
		if len(params) > 0 {
			responses["404"] = problem
		}
		oapi.AddOperation(&huma.Operation{
			OperationID: id, Method: http.MethodGet, Path: path, Tags: []string{"存证"},
			Summary: summary, Description: description, Parameters: params, Responses: responses,
		})
	}
	n := in("n", "第几块，从 0 开始，三位一组（1234067 写作 x001/x234/067）；不满的块后面加 .p/宽度", "000", "string")
	const binary = "application/octet-stream"
	add("get-log-checkpoint", "/log/checkpoint", "存证记录的签名检查点",
		"格式见 c2sp.org/tlog-checkpoint。签名依次是 Ed25519、SM2 和带时间的 cosignature/v1。没有新内容时也不会超过 60 秒。", "text/plain")
	add("get-log-key", "/log/key", "验证签名用的公钥",
		"每行一个，第一行是 Ed25519，然后是联署和 SM2；换下来的旧公钥在后面，注明到第几条为止。", "text/plain")
	add("get-log-tile", "/log/tile/{level}/{n}", "一块哈希", "格式见 c2sp.org/tlog-tiles。满的块永远不变，可以长期缓存。", binary,
		in("level", "层，0 是最底层", 0, "integer"), n)
	add("get-log-entries", "/log/tile/entries/{n}", "一块存证内容", "每条前面是两个字节的长度。格式见 c2sp.org/tlog-tiles。", binary, n)
}
