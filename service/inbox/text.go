package inbox

import (
	"context"
	"strings"
	"time"

	"cunwu/service/calendar"
	"cunwu/service/outbox"
	"cunwu/service/region"
)

// said is what every text may name: place and item, both public.
type said struct {
	place string // of the village
	item  string
	when  string // period, "" for none
}

func (s *Service) said(ctx context.Context, e outbox.Event) (said, error) {
	place, err := s.placeName(ctx, e.Region)
	if err != nil {
		return said{}, err
	}
	return said{place: place, item: s.itemNames(e.Facts["item"], e.At), when: e.Facts["period"]}, nil
}

func (s *Service) placeName(ctx context.Context, code region.Code) (string, error) {
	names, err := s.o.Places.Names(ctx, []region.Code{code})
	if err != nil {
		return "", err
	}
	if names[code] == "" {
		return string(code), nil
	}
	return names[code], nil
}

// itemNames gives the names of items, at most three. They come as codes, each
// maybe with its period, between semicolons or commas.
func (s *Service) itemNames(codes string, at time.Time) string {
	if codes == "" {
		return "公开事项"
	}
	var names []string
	seen := map[string]bool{}
	for part := range strings.FieldsFuncSeq(codes, func(r rune) bool { return r == ';' || r == ',' }) {
		code, _, _ := strings.Cut(strings.TrimSpace(part), " ")
		if code == "" || seen[code] {
			continue
		}
		seen[code] = true
		name := code
		if item, ok := s.o.Catalogue.At(at).Item(code); ok {
			name = item.Name
		}
		names = append(names, name)
	}
	if len(names) > 3 {
		return strings.Join(names[:3], "、") + "等"
	}
	return strings.Join(names, "、")
}

// thing names a posting by item and period.
func (x said) thing() string {
	if x.when == "" {
		return "“" + x.item + "”"
	}
	return "“" + x.item + "”（" + x.when + "）"
}

// work are the sentences to those who must act: what, and what to do.
var work = map[string][2]string{
	kindSubmitted: {"有一条公开等您审查", "请逐个看过附件，再写意见。"},
	kindReviewed:  {"有一条公开等您确认", "监委会已经审查，请确认或退回。"},
	kindConfirmed: {"有一条公开可以发布了", "已经确认，请发布。"},
	kindReturned:  {"有一条公开被退回", "请按意见修改后再提交。"},
	kindAsked:     {"有村民询问公开内容", "请在期限内答复，到期没有答复会转到乡镇。"},
	kindEscalated: {"有一条询问转到乡镇", "村里没有按期答复，或者村民不满意，请处理。"},
	kindBoard:     {"公开栏照片等您核对", "请看照片和实际公开栏是否一致。"},
}

// workOn is the matter of what is to be done on a posting.
func workOn(posting string) string { return "work/" + posting }

// forOfficers is what an event says to those whose office it concerns.
func (s *Service) forOfficers(ctx context.Context, e outbox.Event) (notice, error) {
	x, err := s.said(ctx, e)
	if err != nil {
		return notice{}, err
	}
	if e.Kind == kindRemind {
		return s.reminder(e, x), nil
	}
	if e.Kind == kindUnseen {
		return unseen(e, x), nil
	}
	w := work[e.Kind]
	if e.Kind == kindAsked && e.Facts["kind"] == "objection" {
		w = [2]string{"监委会提出监督异议", "请在期限内答复，到期没有答复会转到乡镇。"}
	}
	n := notice{Title: x.place + w[0], Body: x.thing() + "：" + w[1], Link: "/d/" + e.Subject}
	switch e.Kind {
	case kindAsked, kindEscalated:
		posting := e.Facts["posting"]
		n.Matter, n.Link = "questions/"+string(e.Region), "/d/"+posting
		if posting == "" {
			n.Link = "/r/" + string(e.Region)
		}
		n.Many = x.place + "有 %d 条询问等您办理"
		n.Body += latest(e.Facts["due"])
	case kindBoard:
		n.Matter, n.Link = "board/"+string(e.Region), "/r/"+string(e.Region)
		n.Body = w[1]
	default:
		n.Matter = workOn(e.Subject)
	}
	return n, nil
}

// latest says a deadline given as a date or as RFC 3339.
func latest(due string) string {
	t, err := time.ParseInLocation(time.DateOnly, due, calendar.China)
	if err != nil {
		if t, err = time.Parse(time.RFC3339, due); err != nil {
			return ""
		}
	}
	return "最晚 " + t.In(calendar.China).Format("1月2日") + "。"
}

// reminder is what the duty clock says. Its facts are lists.
func (s *Service) reminder(e outbox.Event, x said) notice {
	items := s.itemNames(e.Facts["items"], e.At)
	if n := e.Facts["count"]; n != "" && n != "1" {
		items += "，共 " + clip(n, 6) + " 项"
	}
	n := notice{Matter: "duty/" + string(e.Region), Link: "/r/" + string(e.Region)}
	switch e.Facts["stage"] {
	case "before":
		n.Title, n.Body = x.place+"有公开事项快到期了", items+"：请在期限前公开。"
	case stageTownship:
		n.Matter = "duty/" + string(e.Region.At(region.Township))
		n.Title, n.Body = x.place+"有公开事项过期未公开", items+"：已提醒村里，请督促。"
		n.Many = "有 %d 次公开事项过期提醒，最近的是" + escaped(x.place)
	default:
		n.Title, n.Body = x.place+"有公开事项已过期", items+"：请尽快公开；确有原因的，请按规定申请延期。"
	}
	return n
}

// unseen is what moderators hear of what nobody has looked at. While they have
// not read it, the next day's takes its place.
func unseen(e outbox.Event, x said) notice {
	title := x.place + "有 " + clip(e.Facts["count"], 6) + " 条内容等您审核"
	n := notice{
		Matter: "moderation/" + string(e.Region), Title: title, Many: escaped(title) + "（已提醒 %d 次）", Link: "/r/" + string(e.Region),
		Body: "看过才能公开，请尽快处理。",
	}
	if t, err := time.ParseInLocation(time.DateOnly, e.Facts["since"], calendar.China); err == nil {
		n.Body = "最早的从" + t.Format("1月2日") + "等到现在，看过才能公开，请尽快处理。"
	}
	return n
}

// forAskers is what an event says to those who asked.
func (s *Service) forAskers(ctx context.Context, e outbox.Event) (notice, error) {
	x, err := s.said(ctx, e)
	if err != nil {
		return notice{}, err
	}
	n := notice{Matter: "question/" + e.Subject, Link: "/d/" + e.Facts["posting"]}
	if e.Facts["posting"] == "" {
		n.Link = "/r/" + string(e.Region)
	}
	if e.Kind == kindAnswered {
		n.Title, n.Body = "您问的事有答复了", x.place+x.thing()+"：请看答复，并告诉我们是否满意。"
		return n, nil
	}
	n.Title, n.Body = "您问的事已转到乡镇", x.place+x.thing()+"：由乡镇继续办理，请等候答复。"
	return n, nil
}

// forFollowers is what an event says to those who follow one of its things.
func (s *Service) forFollowers(ctx context.Context, e outbox.Event, b Brief, followed string) (notice, error) {
	x, err := s.said(ctx, e)
	if err != nil {
		return notice{}, err
	}
	n := notice{Matter: followed, Link: "/d/" + e.Subject, Body: x.thing()}
	if !b.Personal && b.Title != "" && e.Kind == kindPublished {
		n.Body = "《" + b.Title + "》"
	}
	switch {
	case e.Kind == kindWithdrawn:
		n.Title, n.Body = "您关注的公开已撤下更正", x.place+x.thing()+"：改好以后会再公开。"
	case b.Version > 1:
		n.Title = "更正：" + x.place + "更正了" + x.thing()
	default:
		n.Title = x.place + "公开了" + x.thing()
	}
	f := parseFollowed(followed)
	switch f.Kind {
	case FollowPlace:
		name, err := s.placeName(ctx, region.Code(f.Key))
		if err != nil {
			return notice{}, err
		}
		n.Many = escaped(name) + "有 %d 条新公开"
	case FollowItem:
		n.Many = escaped(x.place+"的“"+x.item+"”") + "有 %d 条新公开"
	case FollowPosting:
	}
	return n, nil
}

// escaped makes a text safe as part of a format.
func escaped(s string) string { return strings.ReplaceAll(s, "%", "%%") }
