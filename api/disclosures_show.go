package api

import (
	"encoding/hex"
	"slices"

	"cunwu/service/disclosure"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

// feedItem is one line of the feed: the shape that strangers rely on.
type feedItem struct {
	ID           string      `json:"id" example:"mfzwkzdjmfzwkzdjmfzwkzdjme"`
	Region       region.Code `json:"region" example:"510821102200" doc:"发布的村（社区）"`
	RegionName   string      `json:"region_name" example:"盐井村"`
	PathNames    []string    `json:"path_names" doc:"从市到村的名称"`
	Category     string      `json:"category" example:"FINANCE"`
	CategoryName string      `json:"category_name" example:"村级财务"`
	ItemCode     string      `json:"item_code" example:"D02"`
	ItemName     string      `json:"item_name" example:"财务收支逐笔明细"`
	Period       string      `json:"period" example:"2026-09"`
	Title        string      `json:"title"`
	Summary      string      `json:"summary" doc:"几句大白话；已撤回的为空"`
	PublishedAt  *string     `json:"published_at" example:"2026-10-09T10:12:00+08:00"`
	Version      int         `json:"version" doc:"第几版；大于 1 是更正过的"`
	State        string      `json:"state" enum:"draft,in_review,reviewed,confirmed,published,withdrawn,archived,expired"`
	Late         bool        `json:"late" doc:"过了应公开的日子才公开"`
	Corrected    bool        `json:"corrected" doc:"更正过的：version 大于 1"`
	Attachments  int         `json:"attachments"`
	Questions    int         `json:"questions" doc:"收到的问题数"`
	Answered     int         `json:"answered" doc:"其中答复过的"`
	IncomeFen    *int64      `json:"income_fen,omitempty" doc:"收入合计，单位分"`
	ExpenseFen   *int64      `json:"expense_fen,omitempty" doc:"支出合计，单位分"`
}

func showItem(i disclosure.Item) feedItem {
	return feedItem{
		ID: i.ID, Region: i.Region, RegionName: i.RegionName, PathNames: i.PathNames,
		Category: i.Category, CategoryName: i.CategoryName, ItemCode: i.ItemCode, ItemName: i.ItemName,
		Period: i.Period, Title: i.Title, Summary: i.Summary, PublishedAt: stampOrNil(i.PublishedAt),
		Version: i.Version, State: string(i.State), Late: i.Late, Corrected: i.Corrected, Attachments: i.Attachments, Questions: i.Questions, Answered: i.Answered,
		IncomeFen: i.IncomeFen, ExpenseFen: i.ExpenseFen,
	}
}

// posting is one disclosure in full.
type posting struct {
	ID           string            `json:"id"`
	Region       region.Code       `json:"region"`
	RegionName   string            `json:"region_name"`
	PathNames    []string          `json:"path_names"`
	Category     string            `json:"category"`
	CategoryName string            `json:"category_name"`
	ItemCode     string            `json:"item_code"`
	ItemName     string            `json:"item_name"`
	Period       string            `json:"period"`
	Title        string            `json:"title"`
	Summary      string            `json:"summary"`
	PublishedAt  *string           `json:"published_at"`
	Version      int               `json:"version"`
	Revision     int               `json:"revision" doc:"修改草稿时原样带回，防止互相覆盖"`
	State        string            `json:"state"`
	Visibility   string            `json:"visibility" enum:"PUBLIC_INTERNET,VERIFIED_VILLAGER"`
	Late         bool              `json:"late"`
	Corrected    bool              `json:"corrected"`
	Reason       string            `json:"reason,omitempty" doc:"撤回的原因"`
	Body         string            `json:"body" doc:"Markdown 原文"`
	BodyHTML     string            `json:"body_html" doc:"净化后的 HTML"`
	Fields       map[string]string `json:"fields"`
	Lines        []line            `json:"lines"`
	IncomeFen    *int64            `json:"income_fen,omitempty"`
	ExpenseFen   *int64            `json:"expense_fen,omitempty"`
	OpeningFen   *int64            `json:"opening_fen,omitempty" doc:"期初余额，分"`
	ClosingFen   *int64            `json:"closing_fen,omitempty" doc:"期末余额，分"`
	Attachments  []attachment      `json:"attachments"`
	Questions    int               `json:"questions" doc:"收到的问题数"`
	Answered     int               `json:"answered" doc:"其中答复过的"`
	Review       *review           `json:"review"`
	PostedFrom   *string           `json:"posted_from"`
	PostedUntil  *string           `json:"posted_until"`
	WrittenOn    string            `json:"written_on,omitempty" doc:"纸上的落款日期"`
	Log          *logEntry         `json:"log" doc:"存证记录的位置；还没有存证的为 null"`
	Available    []available       `json:"available_actions"`
}

// logEntry says where in the public log a posting stands.
type logEntry struct {
	Index int64  `json:"index" doc:"第几条，从 0 开始"`
	Salt  string `json:"salt,omitempty" doc:"只对本村公开的内容，核对承诺值用的随机数，十六进制"`
}

type line struct {
	Date       string `json:"date" format:"date" example:"2026-09-12"`
	Voucher    string `json:"voucher,omitempty" maxLength:"40" example:"记-0912"`
	Summary    string `json:"summary" minLength:"1" maxLength:"200" example:"支付村道路灯电费"`
	Category   string `json:"category,omitempty" maxLength:"40" example:"公益支出"`
	IncomeFen  int64  `json:"income_fen,omitempty" minimum:"0" maximum:"10000000000000" example:"0"`
	ExpenseFen int64  `json:"expense_fen,omitempty" minimum:"0" maximum:"10000000000000" example:"126050"`
	BalanceFen *int64 `json:"balance_fen,omitempty" example:"8837420"`
	Handler    string `json:"handler,omitempty" maxLength:"40"`
	Reviewer   string `json:"reviewer,omitempty" maxLength:"40"`
	Project    string `json:"project,omitempty" maxLength:"200" doc:"哪个项目，写大家叫的名字" example:"三组水渠整治"`
	Contract   string `json:"contract,omitempty" maxLength:"200" doc:"哪份合同" example:"鱼塘承包合同"`
	Asset      string `json:"asset,omitempty" maxLength:"200" doc:"哪项集体资产" example:"村口鱼塘"`
	Payee      string `json:"payee,omitempty" maxLength:"200" doc:"收款方；单位写全称，个人公布时遮盖姓名" example:"国网旺苍县供电公司"`
	Image      string `json:"image,omitempty" maxLength:"40" doc:"凭证图片：附件之一的编号，个人信息先涂黑"`
	ImageURL   string `json:"image_url,omitempty" readOnly:"true" doc:"凭证图片的地址，由系统给出"`
}

type attachment struct {
	ID       string `json:"id"`
	Kind     string `json:"kind" enum:"jpeg,png,pdf,mp3"`
	Name     string `json:"name"`
	URL      string `json:"url"`
	ThumbURL string `json:"thumb_url,omitempty"`
	Width    int    `json:"width,omitempty"`
	Height   int    `json:"height,omitempty"`
	Digest   string `json:"digest" doc:"SHA-256，十六进制"`
	Size     int64  `json:"size"`
}

type review struct {
	Opinion   string  `json:"opinion,omitempty"`
	Objection string  `json:"objection,omitempty"`
	LookedAt  int     `json:"looked_at" doc:"逐个查看过的附件数"`
	By        string  `json:"by"`
	At        *string `json:"at"`
}

// available is one action the caller can take now.
type available struct {
	Action      string  `json:"action" example:"submit"`
	Name        string  `json:"name" example:"提交审核"`
	Fields      []field `json:"fields,omitempty"`
	Attachments int     `json:"attachments,omitempty" doc:"至少要附几个文件"`
}

type field struct {
	Code     string   `json:"code"`
	Name     string   `json:"name"`
	Required bool     `json:"required"`
	Max      int      `json:"max,omitempty"`
	OneOf    []string `json:"one_of,omitempty"`
}

func showLine(l disclosure.Line) line {
	return line{
		Date: l.Date, Voucher: l.Voucher, Summary: l.Summary, Category: l.Category, IncomeFen: l.IncomeFen,
		ExpenseFen: l.ExpenseFen, BalanceFen: l.BalanceFen, Handler: l.Handler, Reviewer: l.Reviewer,
		Project: l.Project, Contract: l.Contract, Asset: l.Asset, Payee: l.Payee, Image: l.Image,
	}
}

func takeLine(l line) disclosure.Line {
	return disclosure.Line{
		Date: l.Date, Voucher: l.Voucher, Summary: l.Summary, Category: l.Category, IncomeFen: l.IncomeFen,
		ExpenseFen: l.ExpenseFen, BalanceFen: l.BalanceFen, Handler: l.Handler, Reviewer: l.Reviewer,
		Project: l.Project, Contract: l.Contract, Asset: l.Asset, Payee: l.Payee, Image: l.Image,
	}
}

func showAttachment(x disclosure.Attachment) attachment {
	return attachment{ID: x.ID, Kind: x.Kind, Name: x.Name, URL: x.URL, ThumbURL: x.ThumbURL, Width: x.Width, Height: x.Height, Digest: x.Digest, Size: x.Size}
}

func showAvailable(x procedure.Available) available {
	return available{Action: x.Action, Name: x.Name, Attachments: x.Media, Fields: mapped(x.Fields, func(f procedure.Field) field {
		return field{Code: f.Code, Name: f.Name, Required: f.Required, Max: f.Max, OneOf: f.OneOf}
	})}
}

func showPosting(p disclosure.Posting) posting {
	out := posting{
		ID: p.ID, Region: p.Region, RegionName: p.RegionName, PathNames: p.PathNames,
		Category: p.Category, CategoryName: p.CategoryName, ItemCode: p.ItemCode, ItemName: p.ItemName,
		Period: p.Period, Title: p.Content.Title, Summary: p.Content.Summary, PublishedAt: stampOrNil(p.PublishedAt),
		Version: p.Version, Revision: p.Revision, State: string(p.State), Visibility: string(p.Visibility),
		Late: p.Late, Corrected: p.Corrected, Reason: p.Reason, Body: p.Content.Body, BodyHTML: p.BodyHTML,
		Fields: p.Content.Fields, Lines: mapped(p.Content.Lines, showLine),
		IncomeFen: p.Content.IncomeFen, ExpenseFen: p.Content.ExpenseFen,
		OpeningFen: p.Content.OpeningFen, ClosingFen: p.Content.ClosingFen,
		Attachments: mapped(p.Attachments, showAttachment), Questions: p.Questions, Answered: p.Answered,
		PostedFrom: stampOrNil(p.PostedFrom), PostedUntil: stampOrNil(p.PostedUntil), WrittenOn: p.Content.WrittenOn,
		Available: mapped(p.Available, showAvailable),
	}
	if p.State == disclosure.Withdrawn && out.Title == "" {
		out.Title = p.ItemName + "（已撤回）" // as the feed calls its tombstone
	}
	for i, l := range out.Lines {
		if at := slices.IndexFunc(p.Attachments, func(a disclosure.Attachment) bool { return a.ID == l.Image }); at >= 0 {
			out.Lines[i].ImageURL = p.Attachments[at].URL
		}
	}
	if out.Fields == nil {
		out.Fields = map[string]string{}
	}
	if p.Log != nil {
		out.Log = &logEntry{Index: p.Log.Index, Salt: hex.EncodeToString(p.Log.Salt)}
	}
	if r := p.Review; r != nil {
		out.Review = &review{Opinion: r.Opinion, Objection: r.Objection, LookedAt: r.LookedAt, By: r.By, At: stampOrNil(r.At)}
	}
	return out
}
