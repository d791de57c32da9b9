package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// at opens a browser in which somebody of the stand is signed in.
func (d *stand) at(who string) *browser {
	d.t.Helper()
	for i, v := range villagers {
		if v.who == who {
			b := d.browser()
			b.signIn(40 + i)
			return b
		}
	}
	d.t.Fatalf("nobody is %s", who)
	return nil
}

// do sends the form of an entry's page that does something.
func (b *browser) do(id, do string, pairs ...string) page {
	b.t.Helper()
	form := b.open("/e/" + id).want(http.StatusOK).says(`name="do" value="` + do + `"`)
	return b.submit("/e/"+id, with(form.hidden("token", "key"), append(pairs, "do", do)...))
}

// comes opens a page until it says something and lacks something: what changed
// shows within a second, on every instance.
func (b *browser) comes(path, says, lacks string) {
	b.t.Helper()
	(&stand{t: b.t}).waits(path+" changes", func() bool {
		body := b.open(path).body
		return strings.Contains(body, says) && (lacks == "" || !strings.Contains(body, lacks))
	})
}

// The lists in a browser without scripts: a nomination, consent, endorsement and
// the withdrawal of both; conduct, the reply beside it, and an appeal that takes it
// off at once. Strangers read no more than they may.
func TestBoardsPages_Walk(t *testing.T) {
	t.Parallel()
	d := newStand(t)
	board := "/r/" + testVillage + "/boards"
	stranger, other := d.browser(), d.at("other")
	stranger.open("/r/"+testVillage).want(http.StatusOK).says(`href="`+board+`"`, "/covenant")
	stranger.open(board).want(http.StatusOK).says("陈晓兰", "道德评议会", "现在红榜上没有")
	stranger.open(board+"/rules").want(http.StatusOK).says("邻里互助，帮助孤寡老人", "年底发一张奖状", "不在路边、沟里倒垃圾")
	stranger.open(board + "/rules/script").want(http.StatusOK).says("各位村民，大家好！")
	stranger.open("/r/"+testVillage+"/covenant/1").want(http.StatusOK).says("不准", "会上黑榜", "改了可以上红榜").silent("不大操大办</a>")

	maker := d.at("maker")
	form := maker.open(board+"/new?list=red").want(http.StatusOK).says(`value="c01"`).silent(`value="c02"`, `value="c03"`)
	said := url.Values{"list": {"red"}, "name": {nameOf("subject")}, "clause": {"c01"}, "facts": {redFacts}, "on": {d.day(-1)}, "where": {"三组"}}
	maker.submit(board+"/new", with(form.hidden("token", "key"), "list", "red", "name", nameOf("maker"), "clause", "c01", "facts", redFacts, "on", d.day(-1), "where", "三组")).
		want(http.StatusUnprocessableEntity).says("不能提名自己", redFacts)
	for name, v := range form.hidden("token", "key") {
		said[name] = v
	}
	maker.submit(board+"/new", said).want(http.StatusOK).says("收到了您的提名", "已提名")
	other.open("/me/boards").want(http.StatusOK).silent("已提名")

	id := d.redAsked()
	other, subject := d.at("other"), d.at("subject") // the clock went on
	for _, b := range []*browser{stranger, other} {
		b.open("/e/" + id).want(http.StatusNotFound)
	}
	subject.open("/me/boards").want(http.StatusOK).says("等您来办", redDeed)
	subject.do(id, "consent", "name", "full").want(http.StatusOK).says("您同意上榜", nameOf("subject"))
	stranger.comes(board, nameOf("subject"), "")
	d.later(7)
	d.step(d.clerk, id, "listed", obj{"action": "list"})
	other, subject = d.at("other"), d.at("subject")
	stranger.comes("/e/"+id, "在榜", "公示中")
	other.do(id, "endorse").want(http.StatusOK).says("您已经赞同", "1 人赞同")
	stranger.comes(board, "1 人赞同", "")
	subject.open("/e/" + id).want(http.StatusOK).silent(`value="endorse"`)
	subject.do(id, "withdraw_consent").want(http.StatusOK).says("不再显示").silent(nameOf("subject"))
	stranger.comes(board, redDeed, nameOf("subject"))
	stranger.comes("/e/"+id, redDeed, nameOf("subject"))

	id = d.blackListed(nil)
	other, subject = d.at("other"), d.at("subject")
	stranger.comes(board, blackDeed, "")
	for path, b := range map[string]*browser{board: stranger, "/e/" + id: stranger, "/r/" + testTownship + "/boards": other} {
		p := b.open(path).want(http.StatusOK).says(blackDeed).silent(nameOf("subject"), replyText, blackFacts)
		if !strings.Contains(p.header.Get("X-Robots-Tag"), "noindex") {
			t.Errorf("%s may be indexed", path)
		}
	}
	own := other.open("/e/"+id).want(http.StatusOK).says(replyText).silent(nameOf("subject"), blackFacts, `value="appeal"`)
	if own.header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("what a villager reads may be kept: %q", own.header.Get("Cache-Control"))
	}
	subject.do(id, "appeal", "text", "碎砖不是我家倒的。").want(http.StatusOK).says("处理完以前", "申诉中")
	stranger.comes(board, "现在黑榜上没有", blackDeed)
	for _, b := range []*browser{stranger, other} {
		b.open("/e/" + id).want(http.StatusNotFound)
	}
}
