package api

import (
	"bufio"
	"context"
	"io"
	"iter"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/fault"
	"cunwu/service/record"
)

const (
	// digestsCache is short: the export says what the site shows now.
	digestsCache = "public, max-age=2"
	// digestsStall is how long a reader of the export may take nothing.
	digestsStall = time.Minute
	// digestsFlush is after how many lines the export is sent on.
	digestsFlush = 1000
)

// logProof shows that a posting's entry is in the public log.
type logProof struct {
	Leaf       []byte   `json:"leaf" doc:"存证记录的原文（规范 JSON），base64"`
	Index      int64    `json:"index" doc:"第几条，从 0 开始"`
	TreeSize   int64    `json:"tree_size" doc:"检查点里一共多少条"`
	Hashes     [][]byte `json:"hashes" doc:"包含证明（RFC 6962），由下往上，base64"`
	Checkpoint string   `json:"checkpoint" doc:"签名的检查点，原文"`
}

func showProof(p record.Proof) logProof {
	out := logProof{Leaf: p.Leaf, Index: p.Index, TreeSize: p.TreeSize, Hashes: make([][]byte, len(p.Hashes)), Checkpoint: p.Checkpoint}
	for i := range p.Hashes {
		out.Hashes[i] = p.Hashes[i][:]
	}
	return out
}

// mountProofs serves what ties postings and offices to the public log.
func (a *API) mountProofs(g *gin.RouterGroup) {
	read(a, route{
		id: "get-disclosure-proof", path: "/disclosures/{id}/proof", tag: "存证", public: true,
		summary: "一条公开的存证证明", detail: "存证记录、它在日志里的包含证明和签名的检查点：不用登录，也不用相信本站的判断，就能自己核对。",
		known: func(ctx context.Context, caller account.Caller, id string) error {
			return a.disclosures.Known(ctx, caller, id)
		},
	}, func(ctx context.Context, caller account.Caller, in *IDPath) (logProof, error) {
		p, err := a.disclosures.Posting(ctx, caller, in.ID)
		if err != nil {
			return logProof{}, err
		}
		if p.Log == nil {
			return logProof{}, record.ErrNotFound
		}
		found, err := a.record.Proof(ctx, p.Log.Index)
		return showProof(found), err
	})
	g.GET("/log/digests", a.logDigests)
	a.documentDigests()
}

// logDigests says of every entry what the site shows of it now, one line each.
// An export that cannot be finished is cut off without its proper end, so that
// nobody takes it for whole.
func (a *API) logDigests(c *gin.Context) {
	c.Header("Access-Control-Allow-Origin", "*")
	after := int64(-1)
	if text := c.Query("after"); text != "" {
		var err error
		if after, err = strconv.ParseInt(text, 10, 64); err != nil || after < -1 {
			a.refuse(c, fault.ErrInvalid.At("query.after", "应填整数：从第几条之后开始。"))
			return
		}
	}
	ctx := c.Request.Context()
	streams := []iter.Seq2[record.DigestLine, error]{a.disclosures.DigestLines(ctx, after), a.accounts.DigestLines(ctx, after)}
	if a.ballots != nil {
		streams = append(streams, a.ballots.DigestLines(ctx, after))
	}
	next, stop := iter.Pull2(record.MergeDigests(streams...))
	defer stop()
	line, err, more := next()
	if err != nil {
		a.refuse(c, err)
		return
	}
	c.Header("Cache-Control", digestsCache)
	c.Header("Content-Type", plainText)
	c.Status(http.StatusOK)
	out := bufio.NewWriterSize(c.Writer, 32<<10)
	slow := http.NewResponseController(c.Writer)
	for n := 0; more && err == nil; n++ {
		if n%digestsFlush == 0 {
			// Where the deadline cannot be moved, the server's own holds.
			_ = slow.SetWriteDeadline(time.Now().Add(digestsStall))
			err = out.Flush()
		}
		if err == nil {
			_, err = io.WriteString(out, line.String()+"\n")
		}
		if err == nil {
			line, err, more = next()
		}
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		a.log.WarnContext(ctx, "digest export", "cause", err)
		panic(http.ErrAbortHandler) // the door's way to end a connection without an answer
	}
}

func (a *API) documentDigests() {
	oapi := a.huma.OpenAPI()
	problem := &huma.Response{Description: "拒绝", Content: map[string]*huma.MediaType{
		"application/problem+json": {Schema: oapi.Components.Schemas.Schema(typeOf[Problem](), true, "Problem")},
	}}
	oapi.AddOperation(&huma.Operation{
		OperationID: "get-log-digests", Method: http.MethodGet, Path: "/log/digests", Tags: []string{"存证"},
		Summary: "本站现在显示的每一条的摘要，用来和存证记录对照",
		Description: "每行：编号、版本、摘要、第几条存证，用空格分开，按存证次序。摘要是按现在显示的内容重新算出的那条存证记录的 SHA-256；" +
			"撤回、期满、离任或正文依法删除的，写 withdrawn、expired、ended、erased。",
		Parameters: []*huma.Param{{
			Name: "after", In: "query", Description: "只要第几条之后的", Example: -1, Schema: &huma.Schema{Type: "integer", Minimum: ptr(-1.0)},
		}},
		Responses: map[string]*huma.Response{
			"200": {Description: "文本", Content: map[string]*huma.MediaType{"text/plain": {Schema: &huma.Schema{Type: "string"}}}},
			"422": problem, "503": problem,
		},
	})
}
