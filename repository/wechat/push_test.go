package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"cunwu/service/calendar"
)

// The vectors are those of the platform's own documents.
const (
	vectorBody = `{"ToUserName":"gh_97417a04a28d","Encrypt":"+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="}`
	vectorText = `{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":1714112445,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}`
	vectorTime = "1714112445"
	vectorSig  = "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"
)

var vectorConf = PushConf{AppID: "wxba5fad812f8e6fb9", Token: "AAAAA", AESKey: strings.Repeat("A", 43)}

func TestOpenPush(t *testing.T) {
	t.Parallel()
	now := time.Unix(1714112445, 0)
	open := func(c PushConf, now time.Time, encryptType, signature, body string) (string, error) {
		plain, err := OpenPush(c, now, vectorTime, "415670741", encryptType, signature, []byte(body))
		return string(plain), err
	}
	if got, err := open(vectorConf, now, "aes", vectorSig, vectorBody); err != nil || got != vectorText {
		t.Fatal(got, err)
	}
	if _, err := open(vectorConf, now.Add(4*time.Minute), "aes", vectorSig, vectorBody); err != nil {
		t.Error("refused within the window:", err)
	}
	other := vectorConf
	other.AppID = "wx1"
	narrow := vectorConf
	narrow.Window = time.Second
	for name, try := range map[string]func() (string, error){
		"PlainSignature": func() (string, error) {
			return open(vectorConf, now, "aes", "6c5c811b55cc85e0e1b54100749188c20beb3f5d", vectorBody)
		},
		"NoSignature":  func() (string, error) { return open(vectorConf, now, "aes", "", vectorBody) },
		"Plaintext":    func() (string, error) { return open(vectorConf, now, "", vectorSig, `{"Event":"x"}`) },
		"PlainType":    func() (string, error) { return open(vectorConf, now, "raw", vectorSig, vectorBody) },
		"NoEncrypt":    func() (string, error) { return open(vectorConf, now, "aes", vectorSig, vectorText) },
		"Old":          func() (string, error) { return open(vectorConf, now.Add(time.Hour), "aes", vectorSig, vectorBody) },
		"FromTomorrow": func() (string, error) { return open(vectorConf, now.Add(-time.Hour), "aes", vectorSig, vectorBody) },
		"NarrowWindow": func() (string, error) { return open(narrow, now.Add(2*time.Second), "aes", vectorSig, vectorBody) },
		"OtherApp":     func() (string, error) { return open(other, now, "aes", vectorSig, vectorBody) },
		"Tampered": func() (string, error) {
			return open(vectorConf, now, "aes", vectorSig, strings.Replace(vectorBody, "+qdx", "+qdy", 1))
		},
		"TamperedAndSignedWithoutKey": func() (string, error) {
			body := strings.Replace(vectorBody, "+qdx", "+qdy", 1)
			var e struct{ Encrypt string }
			_ = json.Unmarshal([]byte(body), &e)
			c := other // right signature, wrong app inside
			return open(c, now, "aes", sign(c.Token, vectorTime, "415670741", e.Encrypt), body)
		},
		"NotJSON": func() (string, error) { return open(vectorConf, now, "aes", vectorSig, "<xml>") },
	} {
		if got, err := try(); !errors.Is(err, ErrPush) {
			t.Errorf("%s was taken: %q %v", name, got, err)
		}
	}
}

// TestPushVectors: the verification, the plain signature and the reply of the
// platform's document.
func TestPushVectors(t *testing.T) {
	t.Parallel()
	if got := sign("AAAAA", "1714036504", "1514711492"); got != "f464b24fc39322e44b38aa78f5edd27bd1441696" {
		t.Error("verification:", got)
	}
	if got := sign("AAAAA", "1714037059", "486452656"); got != "899cf89e464efb63f54ddac96b0a0a235f53aa78" {
		t.Error("plain post:", got)
	}
	if got := sign("AAAAA", vectorTime, "415670741"); got != "6c5c811b55cc85e0e1b54100749188c20beb3f5d" {
		t.Error("plain signature:", got)
	}
	encrypted, signature, err := sealPush(vectorConf, []byte("707722b803182950"), []byte(`{"demo_resp":"good luck"}`), "1713424427", "415670741")
	if err != nil || encrypted != "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==" ||
		signature != "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1" {
		t.Error("reply:", encrypted, signature, err)
	}
	var e struct{ Encrypt string }
	if err := json.Unmarshal([]byte(vectorBody), &e); err != nil {
		t.Fatal(err)
	}
	random, plain, err := util.DecryptMsg(vectorConf.AppID, e.Encrypt, vectorConf.AESKey)
	if err != nil || string(random) != "a8eedb185eb2fecf" || len(plain) != 167 {
		t.Error(string(random), len(plain), err)
	}
}

func TestUserDataVectors(t *testing.T) {
	t.Parallel()
	const (
		app  = "wx4f4bc4dec97d474b"
		key  = "tiihtNczf5v6AKRyjwEUhQ=="
		iv   = "r7BXXKkLb8qrSNn05n0qiA=="
		data = "CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS9uT5geRa0W4oTOb1WT7fJlAC+oNPdbB+3hVbJSRgv+4lGOETKUQz6OYStslQ142dNCuabNPGBzlooOmB231qMM85d2/fV6ChevvXvQP8Hkue1poOFtnEtpyxVLW1zAo6/1Xx1COxFvrc2d7UL/lmHInNlxuacJXwu0fjpXfz/YqYzBIBzD6WUfTIF9GRHpOn/Hz7saL8xz+W//FRAUid1OksQaQx4CMs8LOddcQhULW4ucetDf96JcR3g0gfRK4PC7E/r7Z6xNrXd2UIeorGj5Ef7b1pJAYB6Y5anaHqZ9J6nKEBvB4DnNLIVWSgARns/8wR2SiRS7MNACwTyrGvt9ts8p12PKFdlqYTopNHR1Vf7XjfhQlVsAJdNiKdYmYVoKlaRv85IfVunYzO0IKXsyl7JCUjCpoG20f0a04COwfneQAGGwd5oa+T8yO5hzuyDb/XcxxmK01EpqOyuxINew=="
		want = `{"openId":"oGZUI0egBJY1zhBYw2KhdUfwVJJE","nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":"Guangdong","country":"CN","avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/aSKcBBPpibyKNicHNTMM0qJVh8Kjgiak2AHWr8MHM4WgMEm7GFhsf8OYrySdbvAMvTsw3mo8ibKicsnfN5pRjl1p8HQ/0","unionId":"ocMvos6NjeKLIBqg5Mr9QjxrP1FA","watermark":{"timestamp":1477314187,"appid":"wx4f4bc4dec97d474b"}}`
	)
	if got, err := OpenUserData(app, key, data, iv); err != nil || string(got) != want {
		t.Error(string(got), err)
	}
	for name, try := range map[string][4]string{
		"OtherApp": {"wx1", key, data, iv}, "NotWholeBlocks": {app, key, "QUJD", iv}, "Empty": {app, key, "", iv},
		"BadKey": {app, "QUJD", data, iv}, "BadIV": {app, key, data, "QUJD"}, "NotBase64": {app, key, "%%", iv},
		"Tampered": {app, key, "Aiy" + data[3:], iv},
	} {
		if got, err := OpenUserData(try[0], try[1], try[2], try[3]); !errors.Is(err, ErrUserData) {
			t.Errorf("%s was taken: %q", name, got)
		}
	}
	const raw = `{"nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":"Guangdong","country":"CN","avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/1vZvI39NWFQ9XM4LtQpFrQJ1xlgZxx3w7bQxKARol6503Iuswjjn6nIGBiaycAjAtpujxyzYsrztuuICqIM5ibXQ/0"}`
	if !SignedByClient(raw, "HyVFkGl5F5OQWJZZaNzBBg==", "75e81ceda165f4ffa64f4068af58c64b8f54b88c") {
		t.Error("the signature of the document is refused")
	}
	if SignedByClient(raw+" ", "HyVFkGl5F5OQWJZZaNzBBg==", "75e81ceda165f4ffa64f4068af58c64b8f54b88c") {
		t.Error("a signature of other data was taken")
	}
}

func FuzzOpenUserData(f *testing.F) {
	f.Add("tiihtNczf5v6AKRyjwEUhQ==", "CiyLU1Aw2KjvrjMdj8YKlg==", "r7BXXKkLb8qrSNn05n0qiA==")
	f.Fuzz(func(_ *testing.T, key, data, iv string) { _, _ = OpenUserData("wx", key, data, iv) })
}

func FuzzOpenPush(f *testing.F) {
	f.Add([]byte(vectorBody), vectorSig)
	f.Fuzz(func(_ *testing.T, body []byte, signature string) {
		_, _ = OpenPush(vectorConf, time.Unix(1714112445, 0), vectorTime, "415670741", "aes", signature, body)
	})
}

func TestReceiver(t *testing.T) {
	t.Parallel()
	var got []string
	var storeErr error
	clock := calendar.Func(func() time.Time { return time.Unix(1714112445, 0) })
	rec := NewReceiver(vectorConf, clock, slog.New(slog.DiscardHandler), func(_ context.Context, message []byte) error {
		got = append(got, string(message))
		return storeErr
	})
	ask := func(method string, q url.Values, body string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		rec.ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), method, "/wechat/push?"+q.Encode(), strings.NewReader(body)))
		return w
	}
	push := url.Values{"timestamp": {vectorTime}, "nonce": {"415670741"}, "encrypt_type": {"aes"}, "msg_signature": {vectorSig}}
	if w := ask(http.MethodPost, push, vectorBody); w.Code != 200 || w.Body.String() != "success" || len(got) != 1 || got[0] != vectorText {
		t.Errorf("%d %q %v", w.Code, w.Body, got)
	}
	storeErr = errors.New("full")
	if w := ask(http.MethodPost, push, vectorBody); w.Code != 503 {
		t.Errorf("not stored, yet %d", w.Code)
	}
	for name, w := range map[string]*httptest.ResponseRecorder{
		"plaintext": ask(http.MethodPost, url.Values{"timestamp": {vectorTime}, "nonce": {"415670741"}, "signature": {"6c5c811b55cc85e0e1b54100749188c20beb3f5d"}}, `{"Event":"x"}`),
		"oversized": ask(http.MethodPost, push, strings.Repeat(" ", maxPush)+vectorBody),
		"bad echo":  ask(http.MethodGet, url.Values{"timestamp": {vectorTime}, "nonce": {"1"}, "echostr": {"1"}, "signature": {"0"}}, ""),
	} {
		if w.Code != 403 || w.Body.Len() != 0 {
			t.Errorf("%s: %d %q", name, w.Code, w.Body)
		}
	}
	if w := ask(http.MethodPut, push, vectorBody); w.Code != 405 || w.Header().Get("Allow") == "" {
		t.Errorf("PUT: %d", w.Code)
	}
	echo := func(text string) *httptest.ResponseRecorder {
		return ask(http.MethodGet, url.Values{
			"timestamp": {vectorTime}, "nonce": {"7"}, "echostr": {text}, "signature": {sign("AAAAA", vectorTime, "7")},
		}, "")
	}
	if w := echo("4375120948345356249"); w.Code != 200 || w.Body.String() != "4375120948345356249" {
		t.Errorf("echo: %d %q", w.Code, w.Body)
	}
	if w := echo("<script>"); w.Code != 403 {
		t.Errorf("a script was echoed: %q", w.Body)
	}
}

// TestFake_Paths: the paths that no client of ours uses yet behave as the
// platform does, the pushed result of a media check included.
func TestFake_Paths(t *testing.T) {
	t.Parallel()
	now := time.Unix(1714112445, 0)
	conf := PushConf{AppID: appID, Token: "tok", AESKey: strings.Repeat("B", 43)}
	pushed := make(chan string, 1)
	f := NewFake(FakeOptions{
		AppID: appID, AppSecret: appSecret, Conf: conf, Now: now.Unix,
		Push: func(q url.Values, body []byte) error {
			plain, err := OpenPush(conf, now, q.Get("timestamp"), q.Get("nonce"), q.Get("encrypt_type"), q.Get("msg_signature"), body)
			if err != nil {
				t.Error(err)
			}
			pushed <- string(plain)
			return nil
		},
	})
	client := &http.Client{Transport: f.Transport()}
	post := func(path, body string) (answer map[string]any, contentType string) {
		t.Helper()
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "https://api.weixin.qq.com"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		raw, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		_ = json.Unmarshal(raw, &answer)
		return answer, resp.Header.Get("Content-Type")
	}
	if a, _ := post("/wxa/msg_sec_check?access_token=wrong", `{}`); a["errcode"] != 40001.0 {
		t.Error("a wrong token was taken", a)
	}
	a, _ := post("/cgi-bin/stable_token", `{"appid":"`+appID+`","secret":"`+appSecret+`"}`)
	token, _ := a["access_token"].(string)
	if token == "" {
		t.Fatal(a)
	}
	suggest := func(a map[string]any) any { r, _ := a["result"].(map[string]any); return r["suggest"] }
	with := "?access_token=" + token
	if a, _ := post("/wxa/msg_sec_check"+with, `{"content":"修路公示"}`); suggest(a) != "pass" {
		t.Error(a)
	}
	if a, _ := post("/wxa/msg_sec_check"+with, `{"content":"risky"}`); suggest(a) != "risky" {
		t.Error(a)
	}
	a, _ = post("/wxa/media_check_async"+with, `{"media_url":"https://x/risky.jpg"}`)
	message := <-pushed
	if trace, _ := a["trace_id"].(string); trace == "" || !strings.Contains(message, trace) || !strings.Contains(message, `"suggest":"risky"`) {
		t.Error(a, message)
	}
	if a, _ := post("/cgi-bin/message/subscribe/send"+with, `{"touser":"o","template_id":"t"}`); a["errcode"] != 0.0 || len(f.Sent()) != 1 {
		t.Error(a)
	}
	if a, _ := post("/cgi-bin/message/subscribe/send"+with, `{"template_id":"t"}`); a["errcode"] != 47003.0 {
		t.Error(a)
	}
	if _, ct := post("/wxa/getwxacodeunlimit"+with, `{"scene":"r=510821"}`); ct != "image/jpeg" {
		t.Error(ct)
	}
	if a, _ := post("/wxa/getwxacodeunlimit"+with, `{"scene":""}`); a["errcode"] != 40169.0 {
		t.Error(a)
	}
	if a, _ := post("/wxa/generate_urllink"+with, `{}`); a["url_link"] == "" {
		t.Error(a)
	}
	if a, _ := post("/wxa/generate_urllink"+with, `{broken`); a["errcode"] != 47001.0 {
		t.Error(a)
	}
	f.FailStatus("/wxa/generate_urllink", 1, 502)
	if a, _ := post("/wxa/generate_urllink"+with, `{}`); a["url_link"] != nil {
		t.Error(a)
	}
}
