package api

import (
	"context"

	"cunwu/service/account"
	"cunwu/service/broadcast"
)

// script is what is read out over the loudspeaker.
type script struct {
	Text    string `json:"text" doc:"广播稿，一段一行，数字已写成汉字" example:"各位村民，大家好！现在播送盐井村村务公开。"`
	Seconds int    `json:"seconds" doc:"念完约需几秒（按每分钟 240 字估算），不超过 120" example:"95"`
}

// mountBroadcast opens the scripts of postings. Everybody hears a loudspeaker,
// so a script is made of what a stranger may read, whoever asks.
func (a *API) mountBroadcast() {
	read(a, route{
		id: "get-disclosure-script", path: "/disclosures/{id}/script", tag: "公开", public: true,
		known: func(ctx context.Context, _ account.Caller, id string) error {
			return a.disclosures.Known(ctx, account.Caller{}, id)
		},
		summary: "一条公开的广播稿", detail: "口语、数字写成汉字，两分钟以内念完。只对本村公开的内容没有广播稿。",
	}, func(ctx context.Context, _ account.Caller, in *IDPath) (script, error) {
		p, err := a.disclosures.Posting(ctx, account.Caller{}, in.ID)
		if err != nil {
			return script{}, err
		}
		text := broadcast.Script(p)
		return script{Text: text, Seconds: broadcast.Seconds(text)}, nil
	})
}
