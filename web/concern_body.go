package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/fault"
	"cunwu/service/media"
)

// Technical bounds of a form with files. A village's line is slow: nine photos
// take minutes.
const (
	formTime      = 10 * time.Minute
	mostFormValue = 64 << 10 // bytes of one field
	mostFormText  = 1 << 20  // of all fields and the framing
)

// sentForm is what a form brought: fields, and what was uploaded with it.
type sentForm struct {
	url.Values
	Media    []media.Object // earlier uploads that were kept, then new ones
	Problems []problem
}

// problem is what is wrong with a field, in words.
type problem struct{ At, Text string }

// formReader reads one form of one person.
type formReader struct {
	w      *Web
	who    account.Caller
	scope  string // of receipts
	photos int    // how many may come with it
	voices int
	out    sentForm
	proven bool
}

// readForm reads a form, with files or without. Fields come before files, so
// that who sends them is proven before anything is kept. Files are streamed one
// by one; what is wrong with one of them is told with the form, and nothing that
// was typed is lost.
func (w *Web) readForm(c *gin.Context, who account.Caller, photos, voices int) (sentForm, error) {
	r := &formReader{w: w, who: who, scope: who.AccountID + " POST " + c.Request.URL.Path, photos: photos, voices: voices}
	r.out.Values = url.Values{}
	if err := w.paced(c, "account:"+who.AccountID, false); err != nil {
		return r.out, err
	}
	limit := int64(photos+voices)*w.uploads.Limits().Bytes + mostFormText
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, limit)
	control := http.NewResponseController(c.Writer)
	until := time.Now().Add(formTime)                                                       // of the machine, as the connection goes by it
	_, _ = control.SetReadDeadline(until), control.SetWriteDeadline(until.Add(time.Minute)) // test recorders have none
	err := r.read(c.Request)
	if err == nil {
		err = r.prove(c.Request.Context())
	}
	return r.out, err
}

func (r *formReader) read(req *http.Request) error {
	if !strings.HasPrefix(req.Header.Get("Content-Type"), "multipart/form-data") {
		if err := req.ParseForm(); err != nil {
			return fault.ErrInvalid.Because(err)
		}
		r.out.Values = req.PostForm
		return nil
	}
	parts, err := req.MultipartReader()
	if err != nil {
		return fault.ErrInvalid.Because(err)
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = r.part(req.Context(), part)
		}
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) && r.proven {
			r.say("photos", "一次传的文件太大，后面的没有收到。请少选几张，或者换小一点的照片。")
			return nil
		}
		if err != nil {
			return formError(err)
		}
	}
}

func formError(err error) error {
	if fault.Of(err) != nil {
		return err
	}
	return fault.ErrInvalid.Saying("没有收完整，可能是网络断了。请回到上一页再提交一次，不会重复。").Because(err)
}

func (r *formReader) say(at, text string) { r.out.Problems = append(r.out.Problems, problem{at, text}) }

func (r *formReader) part(ctx context.Context, p *multipart.Part) error {
	if p.FileName() == "" {
		if strings.HasPrefix(p.FormName(), "file_") { // nothing was chosen
			return nil
		}
		text, err := io.ReadAll(io.LimitReader(p, mostFormValue+1))
		if err == nil && len(text) > mostFormValue {
			err = fault.ErrInvalid.Saying("写的内容太长了。")
		}
		r.out.Add(p.FormName(), string(text))
		return err
	}
	if err := r.prove(ctx); err != nil {
		return err
	}
	return r.file(ctx, p)
}

// prove checks the token once, and takes up what was uploaded before.
func (r *formReader) prove(ctx context.Context) error {
	if r.proven {
		return nil
	}
	if err := r.w.checkToken(r.who, r.out.Get(tokenField)); err != nil {
		return err
	}
	r.proven = true
	if !isFormKey(r.out.Get("key")) {
		r.out.Set("key", audit.NewID())
	}
	return r.earlier(ctx)
}

// earlier takes up what came with the form before it was shown again: one's own
// uploads alone.
func (r *formReader) earlier(ctx context.Context) error {
	ids := r.out.Values["media"]
	if len(ids) == 0 || len(ids) > r.photos+r.voices {
		return nil
	}
	found, err := r.w.uploads.Objects(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		n := slices.IndexFunc(found, func(o media.Object) bool { return o.ID == id && o.Owner == r.who.AccountID })
		if n >= 0 && !slices.Contains(r.out.Values["drop"], id) && !r.has(id) {
			r.out.Media = append(r.out.Media, found[n])
		}
	}
	return nil
}

func (r *formReader) has(id string) bool {
	return slices.ContainsFunc(r.out.Media, func(o media.Object) bool { return o.ID == id })
}

// count gives how many photos and recordings there are.
func count(ms []media.Object) (photos, voices int) {
	for _, o := range ms {
		if o.Kind == media.MP3 {
			voices++
		} else {
			photos++
		}
	}
	return photos, voices
}

// file uploads one file. The same file with the same form is uploaded once,
// however often the form is sent.
func (r *formReader) file(ctx context.Context, p *multipart.Part) error {
	at := "photos"
	if p.FormName() == "file_voice" {
		at = "voice"
	}
	name := strings.ToValidUTF8(p.FileName(), "")
	data, err := io.ReadAll(io.LimitReader(p, r.w.uploads.Limits().Bytes+1))
	if err != nil {
		return err
	}
	act := actOf(r.who)
	sum := sha256.Sum256(data)
	act.Receipt = &audit.Receipt{
		Scope: r.scope + " file", Key: r.out.Get("key") + "/" + hex.EncodeToString(sum[:]), Digest: sum, Encode: encodeObject,
	}
	o, err := r.w.uploads.Upload(ctx, r.who, act, name, bytes.NewReader(data), int64(len(data)))
	if replay := new(audit.Replay); errors.As(err, &replay) {
		err = json.Unmarshal(replay.Body, &o)
	}
	if errors.Is(err, media.ErrKind) {
		r.say(at, "“"+name+"”没有收下：这里只收照片（jpg、png）和录音（mp3）。")
		return nil
	}
	if f := fault.Of(err); f != nil && f.Kind != fault.Internal {
		r.say(at, "“"+name+"”没有收下："+f.Message)
		return nil
	}
	if err != nil {
		return err
	}
	r.take(at, name, o)
	return nil
}

func encodeObject(result any) (int, []byte, error) {
	body, err := json.Marshal(result)
	return http.StatusCreated, body, err
}

// take adds an upload to the form as far as there is room for it.
func (r *formReader) take(at, name string, o media.Object) {
	photos, voices := count(r.out.Media)
	switch {
	case r.has(o.ID): // the same file twice
	case o.Kind == media.PDF || o.Kind == media.MP3 && r.voices == 0:
		r.say(at, "“"+name+"”不是照片，没有收下。")
	case o.Kind == media.MP3 && voices >= r.voices:
		r.say(at, "录音只能有一段，“"+name+"”没有收下。")
	case o.Kind != media.MP3 && photos >= r.photos:
		r.say(at, "照片最多 "+itoa(r.photos)+" 张，“"+name+"”没有收下。")
	default:
		r.out.Media = append(r.out.Media, o)
	}
}

var formKeyShape = regexp.MustCompile(`^[a-z2-7]{26}$`)

func isFormKey(s string) bool { return formKeyShape.MatchString(s) }

// text gives a field as it was meant: browsers end lines in two characters.
func (s sentForm) text(name string) string {
	return strings.TrimSpace(strings.ReplaceAll(s.Get(name), "\r\n", "\n"))
}

func (s sentForm) ids() []string {
	var out []string
	for _, o := range s.Media {
		out = append(out, o.ID)
	}
	return out
}

// once makes an act one that is done once however often the same form is sent.
// What is kept for a repeat is the id alone.
func once(c *gin.Context, who account.Caller, key string, what any, id func(result any) string) (audit.Act, error) {
	act := actOf(who)
	body, err := json.Marshal(what)
	if err != nil {
		return act, err
	}
	act.Receipt = &audit.Receipt{
		Scope: who.AccountID + " POST " + c.Request.URL.Path, Key: key, Digest: sha256.Sum256(body),
		Encode: func(result any) (int, []byte, error) { return http.StatusSeeOther, []byte(id(result)), nil },
	}
	return act, nil
}
