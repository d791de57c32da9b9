package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/ballot"
	"cunwu/service/ballot/sealed"
	"cunwu/service/fault"
)

// plainRoute is what metrics call the way of those who cannot seal.
const plainRoute = "/api/v1/ballots/:id/casts/plain"

// plainBody is the one length of its body: 32 bytes of frame in base64.
const plainBody = 44

// The keepers' files, as package sealed has them, with words for the document.
type keeperStatement struct {
	Box        []byte      `json:"box_key" doc:"封票用的公钥，base64"`
	Definition sealed.Hash `json:"definition" doc:"表决内容的摘要"`
	Seat       string      `json:"seat" enum:"A,B,C" doc:"席位"`
	Sign       []byte      `json:"sign_key" doc:"签名用的公钥，base64"`
	Signature  []byte      `json:"signature,omitempty" doc:"签名，base64"`
}

type keeperHold struct {
	Context   sealed.Hash `json:"context" doc:"这次表决的指纹"`
	Seat      string      `json:"seat" enum:"A,B,C" doc:"席位"`
	Signature []byte      `json:"signature,omitempty" doc:"签名，base64"`
}

type keeperPeeled struct {
	Bad       int         `json:"bad" minimum:"0" doc:"拆不开的票"`
	Batch     sealed.Hash `json:"batch" doc:"封箱的这批票的摘要"`
	Context   sealed.Hash `json:"context" doc:"这次表决的指纹"`
	N         int         `json:"n" minimum:"0" doc:"这批有多少票"`
	Pair      string      `json:"pair" enum:"AB,AC,BC" doc:"由哪一对开"`
	Peeled    sealed.Hash `json:"peeled" doc:"拆开外层以后的名单摘要"`
	Seat      string      `json:"seat" enum:"A,B,C" doc:"席位"`
	Signature []byte      `json:"signature,omitempty" doc:"签名，base64"`
}

type keeperOutcome struct {
	Bad       int         `json:"bad" minimum:"0" doc:"无效票"`
	Context   sealed.Hash `json:"context" doc:"这次表决的指纹"`
	Counted   int         `json:"counted" minimum:"0" doc:"有效票"`
	N         int         `json:"n" minimum:"0" doc:"这批有多少票"`
	Pair      string      `json:"pair" enum:"AB,AC,BC" doc:"由哪一对开"`
	Peeled    sealed.Hash `json:"peeled" doc:"拆开外层以后的名单摘要"`
	Seat      string      `json:"seat" enum:"A,B,C" doc:"席位"`
	Values    [][]int     `json:"values" doc:"每个选项、每个取值的票数；没有任何一张票"`
	Signature []byte      `json:"signature,omitempty" doc:"签名，base64"`
}

type sealedKeys struct {
	Box  string `json:"box_key" doc:"封票用的公钥，base64"`
	Seat string `json:"seat"`
	Sign string `json:"sign_key" doc:"签名用的公钥，base64"`
}

// sealedNotice is poll.json of cunwu trustee.
type sealedNotice struct {
	Definition any          `json:"definition" doc:"表决内容"`
	Roll       string       `json:"roll,omitempty" doc:"名册的摘要，开始以后才有"`
	RollSize   int          `json:"roll_size,omitempty" doc:"名册人数，开始以后才有"`
	Trustees   []sealedKeys `json:"trustees,omitempty" doc:"三位保管人的公钥，开始以后才有"`
}

func showNotice(n sealed.Notice) (sealedNotice, error) {
	out := sealedNotice{Roll: n.Roll, RollSize: n.RollSize}
	b64 := base64.StdEncoding.EncodeToString
	for _, k := range n.Trustees {
		out.Trustees = append(out.Trustees, sealedKeys{Box: b64(k.Box), Seat: k.Seat, Sign: b64(k.Sign)})
	}
	return out, json.Unmarshal(n.Definition, &out.Definition)
}

type sealedRow struct {
	Pseudo  string `json:"pseudo" doc:"这位投票人的代号"`
	N       int    `json:"n" doc:"这位投票人的第几票"`
	Tracker string `json:"tracker" doc:"查票码，全长"`
	Ballot  []byte `json:"ballot,omitempty" doc:"最后一票的密文，base64"`
}

type sealedRows struct {
	Context string      `json:"context" doc:"这次表决的指纹"`
	Rows    []sealedRow `json:"rows"`
}

func showRows(r sealed.Rows) sealedRows {
	out := sealedRows{Context: hex.EncodeToString(r.Context[:]), Rows: []sealedRow{}}
	for _, row := range r.Rows {
		out.Rows = append(out.Rows, sealedRow{
			Pseudo: hex.EncodeToString(row.Pseudo[:]), N: row.N, Tracker: hex.EncodeToString(row.Tracker[:]), Ballot: row.Ballot,
		})
	}
	return out
}

// sealedBox is what everybody may know of the box.
type sealedBox struct {
	Casts      int      `json:"casts" doc:"投进过多少个封票"`
	Commitment string   `json:"commitment" doc:"名单的摘要，截止时写进了公开存证"`
	Index      int64    `json:"log_index" doc:"在公开存证里的位置"`
	InBox      *bool    `json:"in_box,omitempty" doc:"查的那个查票码在不在票箱里；在，不等于它是最后一票"`
	Trackers   []string `json:"trackers,omitempty" doc:"20 个字符的查票码，按摘要排列"`
	Digests    []string `json:"digests,omitempty" doc:"全长的摘要，同样的次序"`
}

func showBox(b ballot.Box, asked string) sealedBox {
	out := sealedBox{Casts: len(b.Trackers), Commitment: hex.EncodeToString(b.Commitment.Box[:]), Index: b.Index}
	if asked != "" {
		in := b.Has(asked)
		out.InBox = &in
		return out
	}
	for _, t := range b.Trackers {
		out.Digests = append(out.Digests, hex.EncodeToString(t))
		out.Trackers = append(out.Trackers, sealed.TrackerText([32]byte(t)))
	}
	return out
}

func (a *API) knownSealed(ctx context.Context, caller account.Caller, id string) error {
	return a.ballots.KnownSealed(ctx, caller, id)
}

func (a *API) mountSealed(r *gin.Engine) {
	a.mountSealedReads()
	a.mountKeepers()
	a.mountTable()
	r.POST(plainRoute, a.castPlain)
	a.documentPlain()
}

func (a *API) mountSealedReads() {
	read(a, route{
		id: "get-ballot-notice", path: "/ballots/{id}/notice", tag: "秘密表决", public: true, known: a.knownSealed,
		summary: "秘密表决的公告（poll.json）", detail: "保管人的工具和封票的手机都用它；开始以后有名册摘要和三位保管人的公钥。",
	}, func(ctx context.Context, caller account.Caller, in *IDPath) (sealedNotice, error) {
		n, err := a.ballots.Notice(ctx, caller, in.ID)
		if err != nil {
			return sealedNotice{}, err
		}
		return showNotice(n)
	})
	read(a, route{
		id: "get-ballot-commitment", path: "/ballots/{id}/commitment", tag: "秘密表决", public: true, known: a.knownSealed,
		summary: "封箱记录和它的存证证明（commitment.json）", detail: "截止时写进存证记录：票箱、名单、要开的这批票的摘要，票数，由哪一对保管人开。",
	}, func(ctx context.Context, caller account.Caller, in *IDPath) (logProof, error) {
		at, err := a.ballots.Committed(ctx, caller, in.ID)
		if err != nil {
			return logProof{}, err
		}
		p, err := a.record.Proof(ctx, at)
		return showProof(p), err
	})
	read(a, route{
		id: "get-ballot-box", path: "/ballots/{id}/box", tag: "秘密表决", public: true, known: a.knownSealed,
		summary: "票箱名单：投进过的每个封票的查票码", detail: "截止以后公布，包括改票前的；看不出是谁的，也看不出哪一票有效。给出 tracker 只回答在不在票箱里。",
	}, func(ctx context.Context, caller account.Caller, in *struct {
		IDPath
		Tracker string `query:"tracker" maxLength:"20" pattern:"^[a-z2-7]{20}$" patternDescription:"回执上的 20 个字符" doc:"回执上的查票码" example:"k7w2mzq54hxb3ncv6rtd"`
	},
	) (sealedBox, error) {
		b, err := a.ballots.SealedBox(ctx, caller, in.ID)
		return showBox(b, in.Tracker), err
	})
	read(a, route{
		id: "get-ballot-rows", path: "/ballots/{id}/rows", tag: "秘密表决", access: signedIn, known: a.knownSealed,
		summary: "给保管人的名单（rows.json）", detail: "截止以后，只给要开箱的保管人：没有姓名，没有时间。",
	}, func(ctx context.Context, caller account.Caller, in *IDPath) (sealedRows, error) {
		rows, err := a.ballots.KeeperRows(ctx, caller, in.ID)
		return showRows(rows), err
	})
}

// Values of the right shape for examples: no keeper's, and refused as such.
var (
	exampleHash = strings.Repeat("0", 64)
	exampleKey  = base64.StdEncoding.EncodeToString(make([]byte, sealed.KeySize))
)

// keeperFile registers the handing in of one of the keepers' files.
func keeperFile[B any](a *API, id, path, summary, detail string, example map[string]any, put func(context.Context, account.Caller, audit.Act, string, B) (ballot.View, error)) {
	write(a, route{
		id: id, path: "/ballots/{id}/" + path, tag: "秘密表决", access: signedIn, known: a.knownSealed,
		summary: summary, detail: detail, example: example,
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct {
		IDPath
		Body B
	},
	) (ballot.View, error) {
		return put(ctx, caller, act, in.ID, in.Body)
	}, showBallot)
}

type keysBody struct {
	Seat      string          `json:"seat" enum:"A,B,C" doc:"席位：A 监委会，B 村民代表，C 乡镇"`
	Statement keeperStatement `json:"statement" doc:"cunwu trustee new 生成的 statement.json"`
}

func (a *API) mountKeepers() {
	signature := base64.StdEncoding.EncodeToString(make([]byte, 64))
	hold := map[string]any{"seat": "A", "context": exampleHash, "signature": signature}
	keeperFile(a, "put-ballot-keys", "keys", "交上自己席位的公钥", "由担任这个席位的人自己交；三个席位三个人，系统管理员不能做保管人。", map[string]any{
		"seat": "A", "statement": map[string]any{
			"seat": "A", "definition": exampleHash, "box_key": exampleKey, "sign_key": exampleKey, "signature": signature,
		},
	}, func(ctx context.Context, by account.Caller, act audit.Act, id string, b keysBody) (ballot.View, error) {
		if b.Seat != b.Statement.Seat {
			return ballot.View{}, ballot.ErrKeys.At("body.seat", "和声明里的席位不一样")
		}
		return a.ballots.PutKeys(ctx, by, act, id, sealed.Statement(b.Statement))
	})
	keeperFile(a, "put-ballot-hold", "holds", "证明钥匙还在", "截止以前；由谁开箱按这个定。文件由 cunwu trustee check 生成。", hold,
		func(ctx context.Context, by account.Caller, act audit.Act, id string, h keeperHold) (ballot.View, error) {
			return a.ballots.PutHold(ctx, by, act, id, sealed.Hold(h))
		})
	keeperFile(a, "put-ballot-peeled", "peeled", "第一位保管人：外层已拆", "只交摘要和签名，名单当面交给第二位。文件由 cunwu trustee peel 生成。", map[string]any{
		"seat": "A", "context": exampleHash, "batch": exampleHash, "peeled": exampleHash, "n": 9, "bad": 0, "pair": "AC", "signature": signature,
	}, func(ctx context.Context, by account.Caller, act audit.Act, id string, p keeperPeeled) (ballot.View, error) {
		return a.ballots.PutPeeled(ctx, by, act, id, sealed.Peeled(p))
	})
	keeperFile(a, "put-ballot-opened", "opened", "第二位保管人：票数", "只有票数，没有任何一张票。文件由 cunwu trustee open 生成。", map[string]any{
		"seat": "C", "context": exampleHash, "peeled": exampleHash, "n": 9, "counted": 9, "bad": 0, "pair": "AC", "signature": signature,
		"values": [][]int{{4, 5}, {6, 3}, {8, 1}},
	}, func(ctx context.Context, by account.Caller, act audit.Act, id string, o keeperOutcome) (ballot.View, error) {
		return a.ballots.PutOutcome(ctx, by, act, id, sealed.Outcome(o))
	})
	keeperFile(a, "put-ballot-destroyed", "destroyed", "钥匙已销毁", "确认结果以后；有两位销毁，封票就删除。文件由 cunwu trustee destroy 生成。", hold,
		func(ctx context.Context, by account.Caller, act audit.Act, id string, h keeperHold) (ballot.View, error) {
			return a.ballots.PutDestroyed(ctx, by, act, id, sealed.Hold(h))
		})
}

type paperBody struct {
	Counts map[string]int `json:"counts" doc:"票箱里纸质票的票数，选项代码到票数"`
}

func (a *API) mountTable() {
	keeperFile(a, "put-ballot-paper", "paper", "录入会场纸质票的票数", "截止以后、开箱以前。", map[string]any{"counts": map[string]any{"yes": 6, "no": 2}},
		func(ctx context.Context, by account.Caller, act audit.Act, id string, b paperBody) (ballot.View, error) {
			return a.ballots.PutPaper(ctx, by, act, id, b.Counts)
		})
}

// castPlain takes a choice that the phone could not seal, in one body of one
// length. It is sealed and wiped before anything else is done: no JSON, no
// text, no log line, no digest of it.
func (a *API) castPlain(c *gin.Context) {
	q, started := a.begin(c)
	c.Writer.Header().Set("Cache-Control", "private, no-store")
	c.Writer.Header().Set("Connection", "close")
	c.Writer = sizedWriter{c.Writer}
	if !broken("buffer") {
		defer wipeConnection(c.Writer)
	}
	defer func() {
		if r := recover(); r != nil { // what was read is not told
			a.log.ErrorContext(c.Request.Context(), "panic", "request_id", q.id, "route", plainRoute)
			if !c.Writer.Written() {
				a.refuse(c, fault.ErrInternal)
			}
		}
		a.metrics.observe(http.MethodPost, plainRoute, c.Writer.Status(), time.Since(started))
	}()
	got, err := a.takePlain(c, q)
	var replay *audit.Replay
	if errors.As(err, &replay) {
		c.Writer.Header().Set("Idempotent-Replayed", "true")
		c.Data(replay.Status, "application/json", replay.Body)
		return
	}
	var body []byte
	if err == nil {
		body, err = encode(showRecorded(got))
	}
	if err != nil {
		a.refuse(c, err)
		return
	}
	c.Data(http.StatusOK, "application/json", body)
}

func (a *API) takePlain(c *gin.Context, q *request) (ballot.Receipt, error) {
	ctx, id := c.Request.Context(), c.Param("id")
	token, sent := bearer(c.GetHeader("Authorization"))
	if !sent {
		return ballot.Receipt{}, account.ErrRequired
	}
	sum := sha256.Sum256([]byte(token))
	who := ballot.AssistPrefix + hex.EncodeToString(sum[:])
	if !strings.HasPrefix(token, ballot.AssistPrefix) {
		caller, err := a.accounts.Authenticate(ctx, token)
		if err != nil {
			return ballot.Receipt{}, err
		}
		q.caller, who, token = caller, caller.AccountID, ""
		if err := a.ballots.Castable(ctx, caller, id); err != nil {
			return ballot.Receipt{}, err
		}
	} else if err := a.ballots.Helped(ctx, token, id); err != nil {
		return ballot.Receipt{}, err
	}
	if ok, wait := a.limiter.Allow(ctx, "account:"+who, a.limits.WritesPerSecond, a.limits.WriteBurst); !ok {
		return ballot.Receipt{}, errTooMany.After(wait)
	}
	var rc *audit.Receipt
	if key, present := c.Request.Header["Idempotency-Key"]; present {
		if !visible(key[0]) {
			return ballot.Receipt{}, errKeyNeeded.At("header.Idempotency-Key", "1 到 255 个可见字符")
		}
		q.key, q.scope = key[0], who+" "+c.Request.Method+" "+c.Request.URL.Path // and no digest
		rc = receipt(q, http.StatusOK, showRecorded)
	}
	var frame [sealed.FrameSize]byte
	defer clear(frame[:])
	if err := a.readPlain(c, frame[:]); err != nil {
		return ballot.Receipt{}, err
	}
	mark := leak(a.log, rc, frame[:]) // nothing, but in a variant for tests
	got, err := a.ballots.CastPlain(ctx, q.caller, token, rc, id, frame[:])
	got.Tracker += mark
	return got, err
}

// readPlain reads the body into one buffer that is wiped.
func (a *API) readPlain(c *gin.Context, frame []byte) error {
	var buf [plainBody + 1]byte
	defer clear(buf[:])
	_ = http.NewResponseController(c.Writer).SetReadDeadline(time.Now().Add(a.limits.BodyTime)) // test recorders have no deadline
	n, err := io.ReadFull(c.Request.Body, buf[:])
	_ = http.NewResponseController(c.Writer).SetReadDeadline(time.Time{}) // as above
	switch {
	case n != plainBody && (err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)):
		return ballot.ErrChoice
	case !errors.Is(err, io.ErrUnexpectedEOF):
		return errTimeout.Because(err)
	}
	var raw [plainBody / 4 * 3]byte
	defer clear(raw[:])
	if n, err = base64.StdEncoding.Decode(raw[:], buf[:plainBody]); err != nil || n != len(frame) {
		return ballot.ErrChoice // the cause would quote the body
	}
	copy(frame, raw[:n])
	if broken("plain-text") {
		return bindPlain(string(buf[:plainBody]))
	}
	return nil
}

// kept is for the variant of a server that reads choices as other requests are
// read.
var kept []map[string]string

// bindPlain is that variant's: text and JSON, which nobody wipes.
func bindPlain(text string) error {
	raw, err := json.Marshal(map[string]string{"frame": text})
	if err != nil {
		return err
	}
	var bound map[string]string
	err = json.Unmarshal(raw, &bound)
	kept = append(kept, bound)
	return err
}

// documentPlain describes what huma does not serve.
func (a *API) documentPlain() {
	oapi := a.huma.OpenAPI()
	schemas := oapi.Components.Schemas
	problem := &huma.Response{Description: "拒绝", Content: map[string]*huma.MediaType{
		"application/problem+json": {Schema: schemas.Schema(typeOf[Problem](), true, "Problem")},
	}}
	responses := map[string]*huma.Response{"200": {Description: "已存好", Content: map[string]*huma.MediaType{"application/json": {
		Schema: schemas.Schema(typeOf[recorded](), true, "Recorded"),
	}}}}
	for _, status := range []string{"401", "403", "404", "409", "422", "429", "503"} {
		responses[status] = problem
	}
	oapi.AddOperation(&huma.Operation{
		OperationID: "cast-ballot-plain", Method: http.MethodPost, Path: "/api/v1/ballots/{id}/casts/plain", Tags: []string{"秘密表决"},
		Summary:     "手机不能封票时由服务器代封",
		Description: "正文固定 44 个字符：32 字节票面的 base64（1、选项个数、每个选项一个字节、其余为零）。收到后在内存里立即封好并抹去；控制服务器的人在那一刻能看到。",
		Security:    []map[string][]string{{"bearer": {}}},
		Parameters: []*huma.Param{
			{Name: "id", In: "path", Required: true, Description: "表决编号", Schema: &huma.Schema{Type: "string"}},
			{
				Name: "Idempotency-Key", In: "header", Schema: &huma.Schema{Type: "string", MinLength: ptr(1), MaxLength: ptr(255)},
				Description: "同一次投票的重试请带同一个值。保留 72 小时。",
			},
		},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"text/plain": {
			Schema:  &huma.Schema{Type: "string", MinLength: ptr(plainBody), MaxLength: ptr(plainBody)},
			Example: base64.StdEncoding.EncodeToString(append([]byte{1, 3, 1}, make([]byte, 29)...)),
		}}},
		Responses: responses,
	})
}
