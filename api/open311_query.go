package api

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"cunwu/service/calendar"
	"cunwu/service/concern"
	"cunwu/service/fault"
	"cunwu/service/region"
)

const (
	// most311 is how many requests one question reaches: the standard's "90 days
	// or first 1000, whichever is smallest". It bounds the work of an answer.
	most311 = 1000
	span311 = 90 // days
	page311 = 50 // of whoever pages without saying how large
	ids311  = 50
)

// query311 is a parsed question; zero fields do not narrow.
type query311 struct {
	place    region.Code // "" for the whole site
	ids      []string    // override everything but the place
	services []string    // sorted
	open     *bool
	from     time.Time
	until    time.Time // not included; zero for now
	page     int       // from 1
	size     int
}

// kind311 is what may be asked of a list, and how long it may be.
type kind311 struct {
	names []string
	size  int // of whoever says nothing, at most
}

var (
	narrowing311 = []string{"jurisdiction_id", "service_request_id", "service_code", "start_date", "end_date", "status", "page", "page_size"}
	requestsKind = kind311{narrowing311, most311}
	// A timeline costs as much as a list of concerns.
	updatesKind = kind311{narrowing311, page311}
	oneKind     = kind311{[]string{"jurisdiction_id"}, 1}
)

// readers311 read one parameter each. The standard takes an empty one as not
// given; what it does not know is refused, since a filter that is overlooked
// gives a wrong answer that looks right.
var readers311 = map[string]func(*query311, *concern.Rules, string) error{
	"jurisdiction_id":    func(q *query311, _ *concern.Rules, s string) error { return q.takePlace(s) },
	"service_request_id": func(q *query311, _ *concern.Rules, s string) error { return q.takeIDs(s) },
	"service_code":       (*query311).takeServices,
	"status":             func(q *query311, _ *concern.Rules, s string) error { return q.takeStatus(s) },
	"start_date": func(q *query311, _ *concern.Rules, s string) (err error) {
		q.from, _, err = day311("start_date", s)
		return err
	},
	"end_date": func(q *query311, _ *concern.Rules, s string) (err error) {
		_, q.until, err = day311("end_date", s)
		return err
	},
	"page": func(q *query311, _ *concern.Rules, s string) (err error) {
		q.page, err = count311("page", s)
		return err
	},
	"page_size": func(q *query311, _ *concern.Rules, s string) (err error) {
		q.size, err = count311("page_size", s)
		return err
	},
	// What clients send without needing it here.
	"api_key":    func(*query311, *concern.Rules, string) error { return nil },
	"extensions": func(*query311, *concern.Rules, string) error { return nil },
}

func bad311(name, format string, args ...any) error {
	return fault.ErrInvalid.At("query."+name, format, args...)
}

// parse311 reads the parameters that are allowed, the rest is refused. now is
// where the default of 90 days is counted from.
func parse311(raw string, now time.Time, rules *concern.Rules, k kind311) (query311, error) {
	var q query311
	values, err := url.ParseQuery(raw)
	if err != nil {
		return q, fault.ErrInvalid.At("query", "参数格式不对")
	}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names) // the same question is refused for the same reason
	for _, name := range names {
		vs := values[name]
		read := readers311[name]
		if read == nil || !slices.Contains(k.names, name) && name != "api_key" && name != "extensions" {
			return q, bad311(name, "没有这个参数")
		}
		if len(vs) != 1 {
			return q, bad311(name, "只能给一次，几个值用逗号隔开")
		}
		if vs[0] == "" {
			continue
		}
		if err := read(&q, rules, vs[0]); err != nil {
			return q, err
		}
	}
	return q, q.complete(now, k)
}

// complete fills in what was not given and checks what must fit together.
func (q *query311) complete(now time.Time, k kind311) error {
	switch {
	case q.from.IsZero() && q.until.IsZero():
		// From the beginning of a day on, so that the answer can be kept for it.
		y, m, d := now.In(calendar.China).Date()
		q.from = time.Date(y, m, d-span311, 0, 0, 0, 0, calendar.China)
	case q.until.IsZero():
		q.until = q.from.AddDate(0, 0, span311)
	case q.from.IsZero():
		q.from = q.until.AddDate(0, 0, -span311)
	case !q.from.Before(q.until):
		return bad311("end_date", "不能早于 start_date")
	case q.until.Add(-time.Millisecond).Sub(q.from) > span311*24*time.Hour:
		return bad311("end_date", "和 start_date 最多相隔 %d 天", span311)
	}
	return q.paged(k)
}

func (q *query311) paged(k kind311) error {
	if q.size > k.size {
		return bad311("page_size", "这里最多 %d", k.size)
	}
	if q.size == 0 {
		q.size = min(page311, k.size)
		if q.page == 0 {
			q.size = k.size
		}
	}
	q.page = max(q.page, 1)
	if q.page*q.size > most311 {
		return bad311("page", "最多翻到第 %d 件，再早的请用 start_date 和 end_date 分段取", most311)
	}
	return nil
}

func (q *query311) takePlace(s string) error {
	q.place = region.Code(s)
	if !q.place.Valid() {
		return region.ErrNotFound.Saying("没有这个 jurisdiction_id：应是地区代码。")
	}
	return nil
}

// list311 splits at commas, without what is empty or said twice, sorted.
func list311(s string) []string {
	var out []string
	for one := range strings.SplitSeq(s, ",") {
		if one = strings.TrimSpace(one); one != "" {
			out = append(out, one)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (q *query311) takeIDs(s string) error {
	q.ids = list311(s)
	if len(q.ids) > ids311 {
		return bad311("service_request_id", "一次最多 %d 个", ids311)
	}
	return nil
}

func (q *query311) takeServices(rules *concern.Rules, s string) error {
	q.services = list311(s)
	for _, code := range q.services {
		if _, ok := rules.Category(code); !ok {
			return bad311("service_code", "没有这个类别，见 services")
		}
	}
	if len(q.services) == len(rules.Categories) {
		q.services = nil
	}
	return nil
}

func (q *query311) takeStatus(s string) error {
	words := list311(s)
	for _, w := range words {
		if w != "open" && w != "closed" {
			return bad311("status", "应是 open 或 closed")
		}
	}
	if len(words) == 1 {
		q.open = ptr(words[0] == "open")
	}
	return nil
}

// day311 reads a time with its zone, or a day in China, as what begins and
// what ends with it.
func day311(name, s string) (from, until time.Time, err error) {
	if t, err := time.ParseInLocation(time.DateOnly, s, calendar.China); err == nil {
		return t, t.AddDate(0, 0, 1), nil
	}
	s = strings.ReplaceAll(s, " ", "+") // of a zone that was not escaped
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, t.Truncate(time.Millisecond).Add(time.Millisecond), nil
		}
	}
	return from, until, bad311(name, "应是 2026-09-01T00:00:00+08:00（带时区）或 2026-09-01")
}

func count311(name, s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > most311 {
		return 0, bad311(name, "应是 1 到 %d 的整数", most311)
	}
	return n, nil
}

// key is canonical: equal questions have equal keys.
func (q query311) key() string {
	open := "all"
	if q.open != nil {
		open = strconv.FormatBool(*q.open)
	}
	return strings.Join([]string{
		string(q.place), strings.Join(q.ids, ","), strings.Join(q.services, ","), open, ms311(q.from), ms311(q.until),
		strconv.Itoa(q.page), strconv.Itoa(q.size),
	}, "/")
}

func ms311(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.UnixMilli(), 36)
}

// cachedUnder is the place whose changes make an answer old. Changes are told
// of villages, not of groups; and of "" with every change.
func (q query311) cachedUnder() string {
	if len(q.ids) > 0 {
		return ""
	}
	if q.place.Level() == region.Group {
		return string(q.place.At(region.Village))
	}
	return string(q.place)
}
