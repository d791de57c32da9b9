package redblack

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/chronicle"
	"cunwu/service/covenant"
	"cunwu/service/fault"
	"cunwu/service/outbox"
	"cunwu/service/record"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// Path is where the lists of a place stand on this site.
func Path(place region.Code) string { return "/r/" + string(place) + "/boards" }

// Announce makes the rules known (知榜) in place of those before. Refusals:
// auth.required, region faults, request.invalid, redblack.announcement_invalid,
// redblack.private_data, redblack.clause_not_in_force, account.not_allowed,
// auth.stale, redblack.no_covenant, redblack.raced.
func (s *Service) Announce(ctx context.Context, by account.Caller, act audit.Act, in NewAnnouncement) (Announcement, error) {
	if !by.Known() {
		return Announcement{}, account.ErrRequired
	}
	place, err := s.opt.Places.Active(ctx, in.Region, region.Village)
	if err != nil {
		return Announcement{}, err
	}
	now := s.opt.Clock.Now()
	if err := s.checkAnnouncement(&in, now); err != nil {
		return Announcement{}, err
	}
	grant, err := s.opt.Powers.May(by, PowerAnnounce, in.Region)
	if err != nil {
		return Announcement{}, err
	}
	a, err := s.announcement(ctx, in, now)
	if err != nil {
		return Announcement{}, err
	}
	a.RegionName = place.Short
	act = act.As(string(grant.Role), string(grant.Region))
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		before, err := tx.BoardAnnouncementNow(ctx, in.Region)
		if f := fault.Of(err); err != nil && (f == nil || f.Code != ErrNotAnnounced.Code) {
			return err
		}
		a.Revision, a.MadeAt = before.Revision+1, tx.Now()
		if err := announced(ctx, tx, &a); err != nil {
			return err
		}
		return tx.Answer(ctx, a)
	})
	return a, err
}

// announced writes the announcement and tells of it.
func announced(ctx context.Context, tx Tx, a *Announcement) error {
	raw, err := a.Committed()
	if err != nil {
		return fmt.Errorf("redblack: announcement: %w", err)
	}
	at, err := record.Append(ctx, tx, record.Leaf{Kind: record.KindBoardAnnounced, Facts: map[string]any{
		"id": a.ID, "region": string(a.Region), "digest": record.Commitment(nil, raw), "revision": a.Revision,
	}})
	if err != nil {
		return err
	}
	a.Log = &Logged{Index: at.Index}
	if err := tx.AddBoardAnnouncement(ctx, *a); err != nil {
		return err
	}
	if err := tx.Record(ctx, audit.Event{
		Action: "redblack.announce", Object: "board_announcement", ObjectID: a.ID, Region: string(a.Region), Result: "ok",
		Detail: map[string]string{"revision": strconv.Itoa(a.Revision)},
	}); err != nil {
		return err
	}
	if err := tx.AddEntry(ctx, chronicle.Entry{
		Kind: "redblack.announced", Region: a.Region, Subject: a.ID, Title: "公布红黑榜规则（知榜）",
		Text: "评议：" + a.Council + "，管榜：" + a.Keeper + "；" + strconv.Itoa(len(a.Clauses)) + " 条村规民约上榜，" + a.From + " 起施行。",
		Link: Path(a.Region),
	}); err != nil {
		return err
	}
	if err := tx.Announce(ctx, outbox.Event{Kind: "redblack.announced", Region: a.Region, Subject: a.ID, Facts: map[string]string{
		"revision": strconv.Itoa(a.Revision), "from": a.From,
	}}); err != nil {
		return err
	}
	return tx.RegionChanged(ctx, a.Region)
}

// Committed gives what the leaf of an announcement commits to, without salt, in a
// form that anybody can make again.
func (a Announcement) Committed() ([]byte, error) {
	codes := make([]string, len(a.Clauses))
	for i, c := range a.Clauses {
		codes[i] = string(c.List) + ":" + c.Code + ":" + c.Text
	}
	return record.Canonical(map[string]any{
		"council": a.Council, "members": a.Members, "keeper": a.Keeper, "keeper_role": a.KeeperRole, "covenant": a.CovenantID,
		"version": a.Version, "clauses": codes, "incentives": a.Incentives, "objections": a.Objections, "from": a.From,
	})
}

func (s *Service) checkAnnouncement(in *NewAnnouncement, now time.Time) error {
	for _, text := range []*string{&in.Council, &in.Keeper, &in.KeeperRole, &in.Incentives, &in.Objections, &in.From} {
		*text = strings.TrimSpace(*text)
	}
	var w wrongs
	most := s.opt.Rules.Texts.AnnouncementMax
	w.text("body.council", "评议组织", in.Council, 2, 60)
	w.text("body.keeper", "管榜人", in.Keeper, 2, s.opt.Rules.Texts.NameMax)
	w.text("body.incentives", "激励和帮助", in.Incentives, 2, most)
	w.text("body.objections", "怎么提异议和申诉", in.Objections, 2, most)
	if _, err := time.ParseInLocation(time.DateOnly, in.From, calendar.China); err != nil || in.From < today(now) {
		w.add("body.from", "施行日期应是今天或以后的日期，如 2026-10-01。")
	}
	if !slices.Contains(keeperRoles, account.Role(in.KeeperRole)) {
		w.add("body.keeper_role", "管榜人的职务只能是 %s 或 %s。", account.Director, account.Clerk)
	}
	if len(in.Clauses) == 0 || len(in.Clauses) > 100 {
		w.add("body.clauses", "请选择上榜的条款，1 到 100 条。")
	}
	for i, c := range in.Clauses {
		if slices.Contains(in.Clauses[:i], c) || !utf8.ValidString(c) {
			w.add("body.clauses", "“%s”重复了。", cut(c))
		}
	}
	if len(w) > 0 {
		return ErrAnnouncement.With(w...)
	}
	return s.opt.Screening.Refuse(in.Region, ErrPrivate,
		screening.Part{Location: "body.council", Text: in.Council}, screening.Part{Location: "body.keeper", Text: in.Keeper},
		screening.Part{Location: "body.incentives", Text: in.Incentives}, screening.Part{Location: "body.objections", Text: in.Objections})
}

// keeperRoles are the offices that hold redblack.keep (powers.yaml).
var keeperRoles = []account.Role{account.Director, account.Clerk}

// announcement makes what is to be announced from the covenant in force.
func (s *Service) announcement(ctx context.Context, in NewAnnouncement, now time.Time) (Announcement, error) {
	text, err := s.opt.Covenants.InForce(ctx, in.Region, covenant.Covenant, now)
	if f := fault.Of(err); f != nil && f.Kind != fault.Internal && f.Kind != fault.Unavailable {
		return Announcement{}, ErrNoCovenant
	}
	if err != nil {
		return Announcement{}, err
	}
	a := Announcement{
		ID: audit.NewID(), Region: in.Region, Council: in.Council, KeeperRole: in.KeeperRole, Keeper: in.Keeper,
		CovenantID: text.CovenantID, Version: text.Version, Incentives: in.Incentives, Objections: in.Objections, From: in.From,
	}
	for _, code := range in.Clauses {
		c, ok := text.Clause(code)
		if !ok || c.List == "" {
			return Announcement{}, ErrClauseNotInForce.At("body.clauses", "“%s”不是现行村规民约里上榜的条款。", cut(code))
		}
		a.Clauses = append(a.Clauses, AnnouncedClause{ClauseRef: refOf(text, c), Number: c.Number, List: Kind(c.List), Usable: true, Title: text.Title})
	}
	members, err := s.opt.Rolls.Holders(ctx, account.Council, in.Region, now)
	if err != nil {
		return Announcement{}, err
	}
	if a.Members = len(members); a.Members == 0 {
		return Announcement{}, ErrAnnouncement.At("body.council", "本村还没有登记道德评议会成员，请先登记。")
	}
	return a, nil
}

// Announcement gives the rules made known last, whether in effect yet or not;
// anybody may read them. region faults, redblack.not_announced.
func (s *Service) Announcement(ctx context.Context, village region.Code) (Announcement, error) {
	place, err := s.opt.Places.Active(ctx, village, region.Village)
	if err != nil {
		return Announcement{}, err
	}
	a, err := s.store.BoardAnnouncement(ctx, village)
	if err != nil {
		return Announcement{}, err
	}
	a.RegionName = place.Short
	return a, s.usable(ctx, &a)
}

// usable marks the clauses that the covenant in force still has.
func (s *Service) usable(ctx context.Context, a *Announcement) error {
	text, err := s.opt.Covenants.InForce(ctx, a.Region, covenant.Covenant, s.opt.Clock.Now())
	if f := fault.Of(err); f != nil && f.Kind != fault.Internal && f.Kind != fault.Unavailable {
		return nil
	}
	if err != nil {
		return err
	}
	for i, c := range a.Clauses {
		now, ok := text.Clause(c.Code)
		a.Clauses[i].Usable = ok && Kind(now.List) == c.List
	}
	return nil
}

// Script gives an announcement as it is read out over the loudspeaker or printed:
// short lines, no codes.
func (a Announcement) Script() []string {
	out := []string{
		a.RegionName + "红黑榜的规则，从" + a.From + "起施行。",
		"由" + a.Council + "评议，成员" + strconv.Itoa(a.Members) + "人。管榜人：" + a.Keeper + "。",
	}
	for _, list := range []struct {
		kind Kind
		says string
	}{{Red, "上红榜的是："}, {Black, "上黑榜的是（先教育帮助，改了就不上榜，榜上不写姓名）："}} {
		var lines []string
		for _, c := range a.Clauses {
			if c.List == list.kind {
				lines = append(lines, "第"+strconv.Itoa(c.Number)+"条，"+c.Text)
			}
		}
		if len(lines) > 0 {
			out = append(append(out, list.says), lines...)
		}
	}
	return append(out, "激励和帮助："+a.Incentives, "怎么提异议和申诉："+a.Objections)
}
