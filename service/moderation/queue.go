package moderation

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/media"
	"cunwu/service/outbox"
	"cunwu/service/region"
)

// Item is what waits for a person, as the person sees it.
type Item struct {
	Check
	KindName   string
	RegionName string
	Why        string // in words
	Text       string // of the subject
	File       media.Object
	Overdue    bool // it waits longer than the rules say
}

// Queue is a page of what waits; Next is 0 at the end.
type Queue struct {
	Items []Item
	Next  int64
}

const mostPage = 50

// Queue gives what waits for a person in a place and all below it, oldest first,
// as far as the caller decides about it there; after is the Next of the page
// before. Refusals: auth.required, moderation.query_invalid, account.not_allowed.
func (s *Service) Queue(ctx context.Context, by account.Caller, at region.Code, after int64, limit int) (Queue, error) {
	if !by.Known() {
		return Queue{}, account.ErrRequired
	}
	if limit < 1 || limit > mostPage || at == "" {
		return Queue{}, ErrQuery.At("query.limit", "一页 1 到 %d 条。", mostPage)
	}
	kinds := s.decides(by, at)
	if len(kinds) == 0 {
		return Queue{}, account.ErrMayNot
	}
	cs, err := s.store.ChecksWaiting(ctx, at, kinds, after, limit+1)
	if err != nil {
		return Queue{}, err
	}
	var q Queue
	if len(cs) > limit {
		cs = cs[:limit]
		q.Next = cs[limit-1].Serial
	}
	q.Items, err = s.items(ctx, by, cs)
	return q, err
}

// decides gives the kinds that a caller decides about at a place. A sign-in too
// old to act may look.
func (s *Service) decides(by account.Caller, at region.Code) []string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(s.o.Kinds)) {
		_, err := s.o.Powers.May(by, s.o.Kinds[k].Power, at)
		if err == nil || errors.Is(err, account.ErrStale) {
			out = append(out, k)
		}
	}
	return out
}

func (s *Service) items(ctx context.Context, by account.Caller, cs []Check) ([]Item, error) {
	texts, err := s.texts(ctx, by, cs)
	if err != nil {
		return nil, err
	}
	files, err := s.files(ctx, cs)
	if err != nil {
		return nil, err
	}
	codes := make([]region.Code, len(cs))
	for i, c := range cs {
		codes[i] = c.Subject.Region
	}
	names, err := s.o.Places.Names(ctx, codes)
	if err != nil {
		return nil, err
	}
	late := s.now().Add(-s.o.Rules.Remind())
	out := make([]Item, len(cs))
	for i, c := range cs {
		out[i] = Item{
			Check: c, KindName: s.o.Kinds[c.Subject.Kind].Name, RegionName: names[c.Subject.Region], Why: c.Reason(),
			Text: texts[c.Subject.Kind+"/"+c.Subject.ID], File: files[c.Part.Media()], Overdue: c.WaitsAt.Before(late),
		}
	}
	return out, nil
}

func (s *Service) texts(ctx context.Context, by account.Caller, cs []Check) (map[string]string, error) {
	byKind := map[string][]string{}
	for _, c := range cs {
		if k := c.Subject.Kind; s.o.Kinds[k].Texts != nil && !slices.Contains(byKind[k], c.Subject.ID) {
			byKind[k] = append(byKind[k], c.Subject.ID)
		}
	}
	out := map[string]string{}
	for k, ids := range byKind {
		texts, err := s.o.Kinds[k].Texts(ctx, by, ids)
		if err != nil {
			return nil, err
		}
		for id, text := range texts {
			out[k+"/"+id] = text
		}
	}
	return out, nil
}

func (s *Service) files(ctx context.Context, cs []Check) (map[string]media.Object, error) {
	out := map[string]media.Object{}
	var ids []string
	for _, c := range cs {
		if id := c.Part.Media(); id != "" {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 || s.o.Files == nil {
		return out, nil
	}
	objects, err := s.o.Files.Objects(ctx, ids)
	for _, o := range objects {
		out[o.ID] = o
	}
	return out, err
}

// labels are WeChat's, in its own words.
var labels = map[int64]string{
	100: "正常", 10001: "广告", 20001: "时政", 20002: "色情", 20003: "辱骂", 20006: "违法犯罪",
	20008: "欺诈", 20012: "低俗", 20013: "版权", 21000: "其他",
}

var whys = map[string]string{ //nolint:gosec // sentences, no credentials
	SuggestPass: "微信认为没有问题，但结果来晚了", WhyTimeout: "微信没有及时答复", WhyRefused: "微信没有检查",
	WhyNoOpenID: "提交的人没有用微信登录", WhyWatchdog: "微信一直没有结果", WhyUnclear: "微信的答复看不明白",
	WhyNoChecker: "没有接通微信的检查", WhyNoFile: "文件找不到或者不能检查", WhyNoAddress: "没有设置微信取文件的网址",
}

// Reason says in words why a person has to look.
func (c Check) Reason() string {
	label := labels[c.Label]
	if label == "" && c.Label != 0 {
		label = strconv.FormatInt(c.Label, 10)
	}
	switch c.Suggest {
	case SuggestReview:
		return "微信认为需要人看：" + label
	case SuggestRisky:
		return "微信认为有风险：" + label
	}
	if w := whys[c.Suggest]; w != "" {
		return w
	}
	return "需要人看"
}

// remindBatch is how many villages are reminded in one transaction.
const remindBatch = 100

// Remind announces Waiting for each village where something waits for a person
// longer than the rules say, once a day, and gives for how many.
func (s *Service) Remind(ctx context.Context) (int, error) {
	now := s.now()
	total := 0
	for after := region.Code(""); ; {
		vs, err := s.store.VillagesWaiting(ctx, now.Add(-s.o.Rules.Remind()), after, remindBatch)
		if err != nil || len(vs) == 0 {
			return total, err
		}
		n := 0
		err = s.inTx(ctx, func(tx Tx) error {
			n, err = s.remindAll(ctx, tx, vs, now)
			return err
		})
		if err != nil {
			return total, err
		}
		total += n
		after = vs[len(vs)-1].Region
	}
}

func (s *Service) remindAll(ctx context.Context, tx Tx, vs []Village, now time.Time) (int, error) {
	day, n := now.In(calendar.China).Format(time.DateOnly), 0
	for _, v := range vs {
		first, err := tx.FirstReminder(ctx, v.Region, day)
		if err != nil {
			return 0, err
		}
		if !first {
			continue
		}
		n++
		err = tx.Announce(ctx, outbox.Event{
			Kind: Waiting, Region: v.Region, Subject: string(v.Region) + "/" + day,
			Facts: map[string]string{"count": strconv.Itoa(v.Count), "since": v.Since.In(calendar.China).Format(time.DateOnly)},
		})
		if err != nil {
			return 0, err
		}
	}
	if n == 0 {
		return 0, errNothing
	}
	return n, tx.Record(ctx, audit.Event{
		Action: "moderation.remind", Object: "checks", Result: "ok", Detail: map[string]string{"villages": strconv.Itoa(n)},
	})
}

// answersKept is how long pushed answers are kept: the platform repeats within
// a minute, and no check waits for longer than the watchdog.
const answersKept = 30 * 24 * time.Hour

// Purge removes pushed answers that have served their time.
func (s *Service) Purge(ctx context.Context) (int, error) {
	n := 0
	err := s.inTx(ctx, func(tx Tx) error {
		var err error
		if n, err = tx.DropAnswers(ctx, tx.Now().Add(-answersKept), 1000); err != nil {
			return err
		}
		if n == 0 {
			return errNothing
		}
		return tx.Record(ctx, audit.Event{
			Action: "moderation.purge", Object: "check_answers", Result: "ok", Detail: map[string]string{"count": strconv.Itoa(n)},
		})
	})
	return n, err
}
