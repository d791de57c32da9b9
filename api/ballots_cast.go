package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/ballot"
	"cunwu/service/fault"
)

// castRoute is what metrics call the hot path of casting.
const castRoute = "/api/v1/ballots/:id/casts"

// recorded is the answer to a cast: its size is the same whatever was chosen.
type recorded struct {
	Tracker  string `json:"tracker" example:"k7w2mzq94hxb3ncv8rtd" doc:"这一票的随机编号，公布后可用它核对"`
	Origin   string `json:"origin" enum:"online,meeting,assisted"`
	Recorded bool   `json:"recorded" doc:"已存好"`
	SealedBy string `json:"sealed_by,omitempty" enum:"phone,server,helper" doc:"秘密表决：phone 本机封票、server 服务器代封、helper 协助投票"`
	Label    string `json:"sealed_by_label,omitempty" enum:"本机封票,服务器代封,协助投票" doc:"给投票人看的说法"`
}

// castBody is a marked ballot.
type castBody struct {
	Choices []string       `json:"choices,omitempty" doc:"选项代码"`
	Scores  map[string]int `json:"scores,omitempty" doc:"打分的：选项代码到分数"`
	Ballot  []byte         `json:"ballot,omitempty" doc:"秘密表决：手机上封好的票，385 字节的 base64（516 个字符），不再有其他字段"`
}

// cast is the hot path of voting, served by hand. There is no log line of who
// voted when: the metrics count by status, and the journal has groups.
func (a *API) cast(c *gin.Context) {
	q, started := a.begin(c)
	c.Writer.Header().Set("Cache-Control", "private, no-store")
	defer func() {
		if r := recover(); r != nil {
			a.log.ErrorContext(c.Request.Context(), "panic", "request_id", q.id, "route", castRoute, "panic", r)
			if !c.Writer.Written() {
				a.refuse(c, fault.ErrInternal)
			}
		}
		a.metrics.observe(http.MethodPost, castRoute, c.Writer.Status(), time.Since(started))
	}()
	got, err := a.takeCast(c, q)
	var replay *audit.Replay
	switch {
	case errors.As(err, &replay):
		c.Writer.Header().Set("Idempotent-Replayed", "true")
		c.Data(replay.Status, "application/json", replay.Body)
	case err != nil:
		a.refuse(c, err)
	default:
		body, err := encode(showRecorded(got))
		if err != nil {
			a.refuse(c, err)
			return
		}
		c.Data(http.StatusOK, "application/json", body)
	}
}

func showRecorded(r ballot.Receipt) recorded {
	return recorded{Tracker: r.Tracker, Origin: string(r.Origin), Recorded: true, SealedBy: r.SealedBy, Label: ballot.SealedLabel(r.SealedBy)}
}

// takeCast goes through the refusals in their order: who, known, what was sent.
func (a *API) takeCast(c *gin.Context, q *request) (ballot.Receipt, error) {
	ctx, id := c.Request.Context(), c.Param("id")
	token, sent := bearer(c.GetHeader("Authorization"))
	if !sent {
		return ballot.Receipt{}, account.ErrRequired
	}
	helped := strings.HasPrefix(token, ballot.AssistPrefix)
	pace := ""
	if helped {
		sum := sha256.Sum256([]byte(token))
		pace = ballot.AssistPrefix + hex.EncodeToString(sum[:])
		if err := a.ballots.Helped(ctx, token, id); err != nil {
			return ballot.Receipt{}, err
		}
	} else {
		caller, err := a.accounts.Authenticate(ctx, token)
		if err != nil {
			return ballot.Receipt{}, err
		}
		q.caller, pace = caller, caller.AccountID
		if err := a.ballots.Castable(ctx, caller, id); err != nil {
			return ballot.Receipt{}, err
		}
	}
	if ok, wait := a.limiter.Allow(ctx, "account:"+pace, a.limits.WritesPerSecond, a.limits.WriteBurst); !ok {
		return ballot.Receipt{}, errTooMany.After(wait)
	}
	mark, receipt, err := a.readCast(c, q, pace)
	if err != nil {
		return ballot.Receipt{}, err
	}
	if helped {
		return a.ballots.CastAssisted(ctx, token, receipt, id, mark)
	}
	return a.ballots.Cast(ctx, q.caller, receipt, id, mark)
}

// readCast reads the body and the Idempotency-Key.
func (a *API) readCast(c *gin.Context, q *request, who string) (ballot.Mark, *audit.Receipt, error) {
	body, err := a.readBody(c, a.limits.JSONBytes)
	if err != nil {
		return ballot.Mark{}, nil, err
	}
	if ct := c.GetHeader("Content-Type"); ct != "" && ct != "application/json" && !isJSON(ct) {
		return ballot.Mark{}, nil, errMediaType
	}
	if err := checkJSONText(body); err != nil {
		return ballot.Mark{}, nil, err
	}
	mark, err := parseCast(body)
	if err != nil {
		return ballot.Mark{}, nil, err
	}
	key, present := c.Request.Header["Idempotency-Key"]
	if !present {
		return mark, nil, nil
	}
	if !visible(key[0]) {
		return ballot.Mark{}, nil, errKeyNeeded.At("header.Idempotency-Key", "1 到 255 个可见字符")
	}
	q.key, q.digest = key[0], sha256.Sum256(body)
	q.scope = who + " " + c.Request.Method + " " + c.Request.URL.Path
	return mark, receipt(q, http.StatusOK, showRecorded), nil
}

// parseCast reads {"choices": [...]} or {"scores": {...}} strictly: another
// field, or one of another case, is refused and not overlooked.
func parseCast(body []byte) (ballot.Mark, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		if json.Valid(body) {
			return ballot.Mark{}, fault.ErrInvalid.At("body", "应是一个 JSON 对象")
		}
		return ballot.Mark{}, errMalformed
	}
	if name, twice := repeatedName(body); twice {
		return ballot.Mark{}, fault.ErrInvalid.At("body."+clipName(name), "写了两遍")
	}
	var m ballot.Mark
	for name, raw := range fields {
		var err error
		switch name {
		case "choices":
			err = json.Unmarshal(raw, &m.Choices)
		case "scores":
			err = json.Unmarshal(raw, &m.Scores)
		case "ballot":
			err = json.Unmarshal(raw, &m.Sealed)
		default:
			return ballot.Mark{}, fault.ErrInvalid.At("body."+clipName(name), "没有这个字段")
		}
		if err != nil {
			return ballot.Mark{}, fault.ErrInvalid.At("body."+name, "格式不对")
		}
	}
	return m, nil
}

// repeatedName finds a name that stands twice in one object of a JSON text. Of
// two choices nobody can say which was meant.
func repeatedName(body []byte) (string, bool) {
	d := json.NewDecoder(bytes.NewReader(body))
	var open []map[string]bool // nil: a list
	name := false              // a name comes next, where an object is open
	for {
		token, err := d.Token()
		if err != nil {
			return "", false // the end: the text is known to be well formed
		}
		last := len(open) - 1
		switch v := token.(type) {
		case json.Delim:
			switch v {
			case '{':
				open, name = append(open, map[string]bool{}), true
				continue
			case '[':
				open, name = append(open, nil), false
				continue
			}
			open = open[:last]
		case string:
			if name && open[last] != nil {
				if open[last][v] {
					return v, true
				}
				open[last][v], name = true, false
				continue
			}
		}
		name = len(open) > 0 && open[len(open)-1] != nil // a value has ended
	}
}

// clipName keeps a name that a client made up from filling an answer.
func clipName(name string) string {
	if r := []rune(name); len(r) > 40 {
		return string(r[:40])
	}
	return name
}

// callerOf gives who asks, on paths served by hand.
func (a *API) callerOf(ctx context.Context, c *gin.Context) (account.Caller, error) {
	token, sent := bearer(c.GetHeader("Authorization"))
	if !sent {
		return account.Caller{}, nil
	}
	return a.accounts.Authenticate(ctx, token)
}

// documentCasts describes what huma does not serve.
func (a *API) documentCasts() {
	oapi := a.huma.OpenAPI()
	schemas := oapi.Components.Schemas
	problem := &huma.Response{Description: "拒绝", Content: map[string]*huma.MediaType{
		"application/problem+json": {Schema: schemas.Schema(typeOf[Problem](), true, "Problem")},
	}}
	id := &huma.Param{Name: "id", In: "path", Required: true, Description: "表决编号", Schema: &huma.Schema{Type: "string"}}
	oapi.AddOperation(&huma.Operation{
		OperationID: "cast-ballot", Method: http.MethodPost, Path: "/api/v1/ballots/{id}/casts", Tags: []string{"表决"},
		Summary:     "投票",
		Description: "存好以后才回答；没有收到回答或得到 503 时不知道是否存好，请用同一个 Idempotency-Key 重试。协助投票用 POST /ballots/{id}/assists 得到的令牌。",
		Security:    []map[string][]string{{"bearer": {}}},
		Parameters: []*huma.Param{id, {
			Name: "Idempotency-Key", In: "header", Schema: &huma.Schema{Type: "string", MinLength: ptr(1), MaxLength: ptr(255)},
			Description: "同一次投票的重试请带同一个值。保留 72 小时。",
		}},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {
			Schema: schemas.Schema(typeOf[castBody](), true, "CastBody"), Example: map[string]any{"choices": []string{"yes"}},
		}}},
		Responses: map[string]*huma.Response{
			"200": {Description: "已存好", Content: map[string]*huma.MediaType{"application/json": {
				Schema: schemas.Schema(typeOf[recorded](), true, "Recorded"),
			}}},
			"400": problem, "401": problem, "403": problem, "404": problem, "409": problem, "422": problem, "429": problem, "503": problem,
		},
	})
}
