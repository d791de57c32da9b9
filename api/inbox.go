package api

import (
	"context"
	"net/http"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/inbox"
)

// message is one thing the caller is told.
type message struct {
	ID     string  `json:"id"`
	Kind   string  `json:"kind" example:"disclosure.published" doc:"最新一件事的种类"`
	Region string  `json:"region" example:"510821102200"`
	Title  string  `json:"title" example:"盐井村公开了“财务收支逐笔明细”（2026-09）"`
	Body   string  `json:"body"`
	Link   string  `json:"link" example:"/d/abc" doc:"本站的网页路径"`
	Count  int     `json:"count" doc:"同一件事没读过的并成一条，这里是并了几条"`
	At     string  `json:"at" format:"date-time"`
	ReadAt *string `json:"read_at" format:"date-time" doc:"没读过为空"`
}

func showMessage(m inbox.Message) message {
	return message{
		ID: m.ID, Kind: m.Kind, Region: string(m.Region), Title: m.Title, Body: m.Body, Link: m.Link, Count: m.Count,
		At: stamp(m.At), ReadAt: stampOrNil(m.ReadAt),
	}
}

// follow is one thing the caller follows.
type follow struct {
	Kind string `json:"kind" enum:"place,item,posting"`
	Key  string `json:"key" example:"510821102200"`
	Name string `json:"name" example:"盐井村"`
}

func showFollow(f inbox.Follow) follow {
	return follow{Kind: string(f.Kind), Key: f.Key, Name: f.Name}
}

// followed names a thing to follow.
type followed struct {
	Kind string `json:"kind" enum:"place,item,posting" doc:"place 一个地方和它下面的，item 一个村的一个事项，posting 一条公开"`
	Key  string `json:"key" minLength:"1" maxLength:"40" doc:"place 填地区代码；item 填“村代码/事项代码”；posting 填公开内容的编号"`
}

// subscription is a WeChat template that the client may ask consent for.
type subscription struct {
	Purpose   string `json:"purpose" enum:"news,answers,tasks" doc:"news 公开消息，answers 询问的答复，tasks 等我办的事"`
	Template  string `json:"template" doc:"微信模板编号，用于 wx.requestSubscribeMessage"`
	LongTerm  bool   `json:"long_term" doc:"真为长期订阅；假为一次性，同意一次发一条"`
	Remaining int    `json:"remaining" doc:"还能发几条，按已知的算"`
}

func showSubscriptions(ss []inbox.Subscription) list[subscription] {
	return list[subscription]{Items: mapped(ss, func(s inbox.Subscription) subscription {
		return subscription{Purpose: string(s.Purpose), Template: s.Template, LongTerm: s.LongTerm, Remaining: s.Remaining}
	})}
}

// marked is how many messages were marked as read.
type marked struct {
	Read int `json:"read" doc:"这次标记了几条"`
}

func (a *API) mountInbox() {
	type query struct {
		Cursor string `query:"cursor" maxLength:"40"`
		Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
		Unread bool   `query:"unread" doc:"真为只要没读过的"`
	}
	const cursorOf = "messages"
	read(a, route{
		id: "list-messages", path: "/me/messages", tag: "消息", access: signedIn, summary: "我的消息，新的在前",
		detail: "同一件事没读过的并成一条，显示最新的。自己做的事不会通知自己。",
	}, func(ctx context.Context, c account.Caller, in *query) (list[message], error) {
		before, err := readCursor(cursorOf, in.Cursor)
		if err != nil {
			return list[message]{}, err
		}
		p, err := a.inbox.Messages(ctx, c, in.Unread, before, in.Limit)
		return list[message]{Items: mapped(p.Items, showMessage), Next: makeCursor(cursorOf, p.Next)}, err
	})
	type counted struct {
		Unread int `json:"unread" doc:"没读过的条数，最多数到 1000"`
	}
	read(a, route{id: "count-messages", path: "/me/messages/count", tag: "消息", access: signedIn, summary: "没读过的消息有几条"},
		func(ctx context.Context, c account.Caller, _ *struct{}) (counted, error) {
			n, err := a.inbox.Unread(ctx, c)
			return counted{n}, err
		})
	type readBody struct {
		Body struct {
			Action string   `json:"action" enum:"read" doc:"标记为读过"`
			IDs    []string `json:"ids,omitempty" maxItems:"100" doc:"消息编号；与 all 二选一"`
			All    bool     `json:"all,omitempty" doc:"真为全部"`
		}
	}
	write(a, route{
		id: "act-on-messages", path: "/me/messages/actions", tag: "消息", access: signedIn, summary: "把消息标记为读过",
		example: map[string]any{"action": "read", "all": true},
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *readBody) (int, error) {
		return a.inbox.Read(ctx, c, act, inbox.ReadInput{IDs: in.Body.IDs, All: in.Body.All})
	}, func(n int) marked { return marked{n} })
	a.mountFollows()
	a.mountSubscriptions()
}

func (a *API) mountFollows() {
	read(a, route{id: "list-follows", path: "/me/follows", tag: "消息", access: signedIn, summary: "我关注的", detail: "只有本人能看到，别人看不到谁关注了什么。"},
		func(ctx context.Context, c account.Caller, _ *struct{}) (list[follow], error) {
			fs, err := a.inbox.Follows(ctx, c)
			return list[follow]{Items: mapped(fs, showFollow)}, err
		})
	type body struct{ Body followed }
	write(a, route{
		id: "follow", method: http.MethodPut, path: "/me/follows", tag: "消息", access: signedIn,
		summary: "关注一个地方、一个事项或一条公开", detail: "已经关注的再关注一次不出错。最多关注 200 个。",
		example: map[string]any{"kind": "place", "key": "510821102200"},
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *body) (inbox.Follow, error) {
		return a.inbox.PutFollow(ctx, c, act, inbox.Follow{Kind: inbox.FollowKind(in.Body.Kind), Key: in.Body.Key})
	}, showFollow)
	type which struct {
		Kind string `query:"kind" required:"true" enum:"place,item,posting" example:"place"`
		Key  string `query:"key" required:"true" minLength:"1" maxLength:"40" example:"510821102200"`
	}
	write(a, route{
		id: "unfollow", method: http.MethodDelete, path: "/me/follows", tag: "消息", access: signedIn,
		summary: "不再关注", detail: "没有关注的，取消也不出错。",
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *which) (any, error) {
		return nil, a.inbox.DropFollow(ctx, c, act, inbox.Follow{Kind: inbox.FollowKind(in.Kind), Key: in.Key})
	}, func(any) done { return done{OK: true} })
}

func (a *API) mountSubscriptions() {
	read(a, route{
		id: "list-subscriptions", path: "/me/subscriptions", tag: "消息", access: signedIn,
		summary: "可以请用户订阅的微信消息，和还能发几条",
	}, func(ctx context.Context, c account.Caller, _ *struct{}) (list[subscription], error) {
		ss, err := a.inbox.Subscriptions(ctx, c)
		return showSubscriptions(ss), err
	})
	type result struct {
		Template string `json:"template" minLength:"1" maxLength:"64" doc:"模板编号"`
		Result   string `json:"result" enum:"accept,reject,ban,filter" doc:"wx.requestSubscribeMessage 返回的结果"`
	}
	type body struct {
		Body struct {
			Results []result `json:"results" minItems:"1" maxItems:"5" doc:"每个模板一项"`
		}
	}
	write(a, route{
		id: "subscribe", path: "/me/subscriptions", tag: "消息", access: signedIn, summary: "报告用户同意了哪些微信消息",
		detail:  "在用户点过订阅面板以后报告。一次性模板同意一次，以后发一条。",
		example: map[string]any{"results": []map[string]string{{"template": "模板编号", "result": "accept"}}},
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *body) ([]inbox.Subscription, error) {
		return a.inbox.Subscribe(ctx, c, act, mapped(in.Body.Results, func(r result) inbox.Answer {
			return inbox.Answer{Template: r.Template, Result: r.Result}
		}))
	}, showSubscriptions)
}
