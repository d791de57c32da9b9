package api

import (
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/fault"
	"cunwu/service/media"
)

// upload is a stored attachment as its uploader sees it.
type upload struct {
	ID       string `json:"id"`
	Kind     string `json:"kind" enum:"jpeg,png,pdf,mp3"`
	URL      string `json:"url"`
	ThumbURL string `json:"thumb_url,omitempty"`
	Width    int    `json:"width,omitempty"`
	Height   int    `json:"height,omitempty"`
	Size     int64  `json:"size"`
	Digest   string `json:"digest"`
	State    string `json:"state" enum:"stored" doc:"已存好；挂到公开内容上并发布后别人才看得到"`
}

func showUpload(o media.Object) upload {
	return upload{
		ID: o.ID, Kind: string(o.Kind), URL: o.Path(), ThumbURL: o.ThumbPath(), Width: o.Width, Height: o.Height,
		Size: o.Size, Digest: o.Digest, State: "stored",
	}
}

// envelopeBytes is what multipart framing may add to the file itself.
const envelopeBytes = 64 << 10

// mountUploads serves POST /uploads by hand, because the file is streamed: the
// part is read as it arrives, and nothing is spooled to disk.
func (a *API) mountUploads() {
	r := route{
		id: "upload", method: http.MethodPost, path: "/uploads", tag: "附件", access: signedIn, status: http.StatusCreated,
		summary: "传一个文件：照片、PDF 或录音", detail: "multipart/form-data，一个名为 file 的文件。照片会重新编码，去掉定位等信息。",
	}
	op := a.operation(r)
	op.Middlewares = huma.Middlewares{a.identify, a.signedIn, a.paced, a.idempotent}
	op.MaxBodyBytes = -1
	op.BodyReadTimeout = -1
	huma.Register(a.huma, op, func(ctx context.Context, in *uploadInput) (*output[upload], error) {
		q := requestFrom(ctx)
		act := q.act()
		if q.key != "" {
			act.Receipt = receipt(q, http.StatusCreated, showUpload)
		}
		o, err := a.takeFile(ctx, q.caller, act, in.request)
		if err != nil {
			return nil, a.asError(ctx, err)
		}
		return &output[upload]{Status: http.StatusCreated, CacheControl: "private, no-store", Body: showUpload(o)}, nil
	})
	a.documentFile(op.Path, "jpeg、png、pdf 或 mp3，不超过 8 MB")
}

// documentFile describes the multipart body of a POST that reads it by hand.
// The description is put on a copy: the library would read the body itself if
// it found one on the operation that it serves.
func (a *API) documentFile(path, what string) {
	item := a.huma.OpenAPI().Paths[path]
	op := *item.Post
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"multipart/form-data": {Schema: &huma.Schema{Type: "object", Required: []string{"file"}, Properties: map[string]*huma.Schema{
			"file": {Type: "string", Format: "binary", Description: what},
		}}},
	}}
	item.Post = &op
}

// uploadInput hands the raw request through huma's reading, which knows JSON only.
type uploadInput struct{ request *http.Request }

// Resolve takes the request.
func (u *uploadInput) Resolve(hctx huma.Context) []error {
	u.request = unwrapGin(hctx).Request
	return nil
}

func (a *API) takeFile(ctx context.Context, caller account.Caller, act audit.Act, r *http.Request) (media.Object, error) {
	part, err := a.filePart(r, media.ErrEmpty)
	if err != nil {
		return media.Object{}, err
	}
	o, err := a.media.Upload(ctx, caller, act, fileName(part), digested(part, act.Receipt), -1)
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		err = media.ErrTooLarge
	}
	return o, err
}

// filePart finds the part named file of a multipart body, within the upload
// limit; missing is the refusal where there is none.
func (a *API) filePart(r *http.Request, missing *fault.Fault) (*multipart.Part, error) {
	r.Body = http.MaxBytesReader(nil, r.Body, a.limits.UploadBytes+envelopeBytes)
	mr, err := r.MultipartReader()
	if err != nil {
		return nil, errMediaType.Saying("请用 multipart/form-data 上传一个名为 file 的文件。").Because(err)
	}
	for {
		part, err := mr.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			return nil, missing.At("body.file", "没有收到文件")
		case err != nil:
			return nil, bodyError(err)
		case part.FormName() == "file":
			return part, nil
		}
	}
}

// digested notes what was sent in the receipt as it streams by, so that the
// same Idempotency-Key with another file is noticed. The service reads a file to
// its end before it looks for a receipt.
func digested(part *multipart.Part, receipt *audit.Receipt) io.Reader {
	if receipt == nil {
		return part
	}
	d := &digestReader{part: part, receipt: receipt, sum: sha256.New()}
	_, _ = io.WriteString(d.sum, part.FileName()+"\x00") // a hash never fails
	return d
}

type digestReader struct {
	part    io.Reader
	receipt *audit.Receipt
	sum     hash.Hash
}

func (d *digestReader) Read(p []byte) (int, error) {
	n, err := d.part.Read(p)
	_, _ = d.sum.Write(p[:n]) // as above
	if errors.Is(err, io.EOF) {
		d.receipt.Digest = [32]byte(d.sum.Sum(nil))
	}
	return n, err
}

func fileName(p *multipart.Part) string { return strings.ToValidUTF8(p.FileName(), "") }

func bodyError(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return errTooLarge
	}
	return errMalformed.Saying("上传的内容不完整，请重新上传。").Because(err)
}

// serveMedia hands out stored bytes. What is public never changes under its
// name, so it may be kept for ever; the rest is for the asker alone.
func (a *API) serveMedia(c *gin.Context) {
	ctx := c.Request.Context()
	var caller account.Caller
	if token, sent := bearer(c.GetHeader("Authorization")); sent {
		var err error
		if caller, err = a.accounts.Authenticate(ctx, token); err != nil {
			a.refuse(c, err)
			return
		}
	}
	f, err := a.media.Open(ctx, caller, c.Param("name"))
	if err != nil {
		a.refuse(c, err)
		return
	}
	defer func() { _ = f.Body.Close() }() // read side: nothing is lost
	h := c.Writer.Header()
	h.Set("Content-Type", f.ContentType)
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	if f.ContentType == "application/pdf" {
		h.Set("Content-Disposition", "attachment; filename=\""+c.Param("name")+"\"")
	}
	if f.Public {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Etag", "\""+c.Param("name")+"\"")
	} else {
		h.Set("Cache-Control", "private, no-store")
	}
	if rs, ok := f.Body.(io.ReadSeeker); ok {
		http.ServeContent(c.Writer, c.Request, "", time.Time{}, rs)
		return
	}
	c.DataFromReader(http.StatusOK, f.Size, f.ContentType, f.Body, nil)
}
