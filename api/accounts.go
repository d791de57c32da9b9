package api

import (
	"bytes"
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/region"
)

// session is the answer to a sign-in.
type session struct {
	Token     string     `json:"token" doc:"之后放在 Authorization: Bearer 里；只给这一次"`
	ExpiresAt string     `json:"expires_at"`
	User      user       `json:"user"`
	Roles     []roleTerm `json:"roles"`
}

type user struct {
	ID         string `json:"id"`
	Bound      bool   `json:"bound" doc:"是否已认证为某村村民"`
	NameMasked string `json:"name_masked" example:"王*成"`
}

// roleTerm is one office and its term.
type roleTerm struct {
	AppointmentID string      `json:"appointment_id"`
	Role          string      `json:"role" example:"clerk"`
	RoleName      string      `json:"role_name" example:"文书"`
	Region        region.Code `json:"region"`
	RegionName    string      `json:"region_name"`
	Start         string      `json:"start" format:"date"`
	End           string      `json:"end" format:"date" doc:"这一天起不再担任"`
}

// me is what the caller is here.
type me struct {
	User          user       `json:"user"`
	Residency     *residency `json:"residency"`
	Roles         []roleTerm `json:"roles"`
	ConsentDue    bool       `json:"consent_due" doc:"有新的告知书要读"`
	SignedInAt    string     `json:"signed_in_at"`
	NoticeVersion int        `json:"notice_version"`
}

type residency struct {
	Region     region.Code `json:"region"`
	RegionName string      `json:"region_name"`
	Group      region.Code `json:"group,omitempty"`
	Standing   string      `json:"standing" enum:"reader,voter" doc:"reader 可看本村公开，voter 还可参加表决"`
}

func (a *API) roles(ctx context.Context, c account.Caller) ([]roleTerm, error) {
	names, err := a.regions.Names(ctx, mapped(c.Grants, func(g account.Grant) region.Code { return g.Region }))
	if err != nil {
		return nil, err
	}
	return mapped(c.Grants, func(g account.Grant) roleTerm {
		rule, _ := a.accounts.Policy().Role(g.Role)
		return roleTerm{
			AppointmentID: g.AppointmentID, Role: string(g.Role), RoleName: rule.Name, Region: g.Region, RegionName: names[g.Region],
			Start: g.Start.In(calendar.China).Format("2006-01-02"), End: g.End.In(calendar.China).Format("2006-01-02"),
		}
	}), nil
}

func showUser(c account.Caller) user {
	return user{ID: c.AccountID, Bound: c.Standing != account.Unbound, NameMasked: c.DisplayName}
}

func (a *API) mountAccounts() {
	a.mountSignIn()
	a.mountMe()
	a.mountConsents()
	a.mountResidency()
}

func (a *API) mountSignIn() {
	type input struct {
		Body struct {
			Code string `json:"code" minLength:"1" maxLength:"128" doc:"wx.login 得到的 code"`
		}
	}
	type opened struct {
		session account.SignedIn
		roles   []roleTerm
	}
	r := route{
		id: "sign-in-wechat", path: "/auth/wechat", tag: "登录",
		summary: "用微信登录", detail: "code 只能用一次。演示环境可用固定登录码，如 demo-clerk-510821102200。",
		example: map[string]any{"code": "demo-clerk-510821102200"},
	}
	write(a, r, func(ctx context.Context, _ account.Caller, act audit.Act, in *input) (opened, error) {
		act.Receipt = nil // a receipt would keep the token
		s, err := a.accounts.SignIn(ctx, act, in.Body.Code)
		if err != nil {
			return opened{}, err
		}
		roles, err := a.roles(ctx, s.Caller)
		return opened{s, roles}, err
	}, func(s opened) session {
		return session{Token: s.session.Token, ExpiresAt: stamp(s.session.ExpiresAt), User: showUser(s.session.Caller), Roles: s.roles}
	})
	type everywhere struct {
		Body struct {
			Everywhere bool `json:"everywhere,omitempty" doc:"所有手机上都退出"`
		} `required:"false"`
	}
	write(a, route{
		id: "logout", path: "/auth/logout", tag: "登录", access: signedIn, summary: "退出登录，令牌立即失效",
		example: map[string]any{"everywhere": false},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *everywhere) (struct{}, error) {
		act.Receipt = nil // nobody can repeat it: the token is gone
		if in.Body.Everywhere {
			_, err := a.accounts.LogoutEverywhere(ctx, caller, act)
			return struct{}{}, err
		}
		return struct{}{}, a.accounts.Logout(ctx, caller, act)
	}, isDone)
}

func isDone(struct{}) done { return done{OK: true} }

func (a *API) mountMe() {
	read(a, route{id: "get-me", path: "/me", tag: "我的", access: signedIn, summary: "我是谁：认证、职务和任期"},
		func(ctx context.Context, c account.Caller, _ *struct{}) (me, error) {
			roles, err := a.roles(ctx, c)
			if err != nil {
				return me{}, err
			}
			out := me{User: showUser(c), Roles: roles, ConsentDue: c.ConsentDue, SignedInAt: stamp(c.SignedInAt), NoticeVersion: a.accounts.Notice().Version}
			if c.Standing != account.Unbound {
				names, err := a.regions.Names(ctx, []region.Code{c.Village})
				if err != nil {
					return me{}, err
				}
				out.Residency = &residency{Region: c.Village, RegionName: names[c.Village], Group: c.Group, Standing: string(c.Standing)}
			}
			return out, nil
		})
	op := a.operation(route{
		id: "export-me", method: http.MethodGet, path: "/me/export", tag: "我的", access: signedIn,
		summary: "导出我的全部数据（ZIP）",
	})
	op.Responses = map[string]*huma.Response{"200": {Description: "ZIP 文件", Content: map[string]*huma.MediaType{"application/zip": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}}
	huma.Register(a.huma, op, func(ctx context.Context, _ *struct{}) (*zipOutput, error) {
		var buf bytes.Buffer
		if err := a.accounts.Export(ctx, requestFrom(ctx).caller, &buf); err != nil {
			return nil, a.asError(ctx, err)
		}
		return &zipOutput{ContentType: "application/zip", Disposition: `attachment; filename="cunwu-mine.zip"`, CacheControl: "private, no-store", Body: buf.Bytes()}, nil
	})
	write(a, route{id: "close-me", path: "/me/close", tag: "我的", access: signedIn, summary: "注销账号，个人信息随即删除", example: map[string]any{"confirm": true}},
		func(ctx context.Context, c account.Caller, act audit.Act, in *struct {
			Body struct {
				Confirm bool `json:"confirm" doc:"确认注销，必须为 true"`
			}
		},
		) (struct{}, error) {
			if !in.Body.Confirm {
				return struct{}{}, errConfirm.At("body.confirm", "必须为 true")
			}
			act.Receipt = nil // the receipt would outlive the account
			return struct{}{}, a.accounts.Close(ctx, c, act)
		}, isDone)
}

// zipOutput is a file to keep.
type zipOutput struct {
	ContentType  string `header:"Content-Type"`
	Disposition  string `header:"Content-Disposition"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

// notice is the text people agree to.
type notice struct {
	Code      string `json:"code" example:"privacy"`
	Version   int    `json:"version"`
	Effective string `json:"effective" format:"date"`
	Title     string `json:"title"`
	Changes   string `json:"changes,omitempty" doc:"这一版改了什么"`
	Text      string `json:"text" doc:"Markdown"`
}

type consent struct {
	Notice  string `json:"notice"`
	Version int    `json:"version"`
	Given   bool   `json:"given" doc:"false 为撤回"`
	Channel string `json:"channel,omitempty"`
	At      string `json:"at"`
}

func showConsent(v account.ConsentView) consent {
	return consent{Notice: v.Notice, Version: v.Version, Given: v.Given, Channel: v.Channel, At: stamp(v.At)}
}

func (a *API) mountConsents() {
	read(a, route{id: "get-notice", path: "/notices/privacy", tag: "我的", public: true, summary: "现行的个人信息处理告知书"},
		func(context.Context, account.Caller, *struct{}) (notice, error) {
			n := a.accounts.Notice()
			return notice{Code: n.Code, Version: n.Version, Effective: n.Effective.Format("2006-01-02"), Title: n.Title, Changes: n.Changes, Text: n.Text}, nil
		})
	read(a, route{id: "list-my-consents", path: "/me/consents", tag: "我的", access: signedIn, summary: "我同意和撤回过什么"},
		func(ctx context.Context, c account.Caller, _ *struct{}) (list[consent], error) {
			vs, err := a.accounts.Consents(ctx, c)
			return list[consent]{Items: mapped(vs, showConsent)}, err
		})
	type input struct {
		Body struct {
			Notice  string `json:"notice" enum:"privacy"`
			Version int    `json:"version" minimum:"1"`
			Given   bool   `json:"given" doc:"true 同意，false 撤回"`
			Channel string `json:"channel,omitempty" maxLength:"20" doc:"从哪里同意的"`
		}
	}
	write(a, route{
		id: "record-consent", path: "/me/consents", tag: "我的", access: signedIn, status: http.StatusCreated,
		summary: "同意或撤回同意", example: map[string]any{"notice": "privacy", "version": 1, "given": true, "channel": "mini-program"},
	},
		func(ctx context.Context, c account.Caller, act audit.Act, in *input) (account.ConsentView, error) {
			ci := account.ConsentInput{Notice: in.Body.Notice, Version: in.Body.Version, Channel: in.Body.Channel}
			if in.Body.Given {
				return a.accounts.GiveConsent(ctx, c, act, ci)
			}
			return a.accounts.WithdrawConsent(ctx, c, act, ci)
		}, showConsent)
}

func (a *API) mountResidency() {
	type input struct {
		Body struct {
			Region    region.Code `json:"region" pattern:"^[0-9]{12}$" patternDescription:"12 位数字的村（社区）代码"`
			Name      string      `json:"name" minLength:"2" maxLength:"30"`
			PhoneCode string      `json:"phone_code,omitempty" maxLength:"128" doc:"微信手机号组件得到的 code"`
			Last4     string      `json:"last4,omitempty" pattern:"^[0-9]{3}[0-9Xx]$" patternDescription:"身份证号的最后 4 位" doc:"身份证后四位；与 phone_code 二选一"`
		}
	}
	type bound struct {
		State    string      `json:"state" enum:"bound,pending" doc:"pending：已转村文书核对"`
		Region   region.Code `json:"region"`
		Standing string      `json:"standing" enum:",reader,voter"`
	}
	write(a, route{
		id: "bind-residency", path: "/me/residency", tag: "我的", access: signedIn,
		summary: "认证为某村村民", detail: "与名册对上立即可看本村公开；对不上一律转文书核对，不透露名册上有没有这个人。",
		example: map[string]any{"region": "510821102200", "name": "王小成", "last4": "1234"},
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *input) (account.Residency, error) {
		b := in.Body
		return a.accounts.BindResidency(ctx, c, act, account.ResidencyInput{Region: b.Region, Name: b.Name, PhoneCode: b.PhoneCode, Last4: b.Last4})
	}, func(r account.Residency) bound {
		return bound{State: r.State, Region: r.Village, Standing: string(r.Standing)}
	})
}
