package api

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"cunwu/config/rules"
	"cunwu/service/calendar"
	"cunwu/service/concern"
	"cunwu/service/media"
	"cunwu/service/prepared"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// talk311 is an archive of concerns in memory; what it is not asked for here it
// does not have.
type talk311 struct {
	concern.Store
	recs  []concern.Record
	lines map[string][]concern.UpdateRecord
	asked int
	fails error
}

func (s *talk311) ConcernRecord(_ context.Context, id string) (concern.Record, error) {
	for _, r := range s.recs {
		if r.ID == id {
			return r, nil
		}
	}
	return concern.Record{}, concern.ErrNotFound
}

func (s *talk311) ConcernRecords(_ context.Context, ids []string) (out []concern.Record, _ error) {
	for _, r := range s.recs {
		if slices.Contains(ids, r.ID) {
			out = append(out, r)
		}
	}
	return out, nil
}

func (s *talk311) ConcernsIn(_ context.Context, q concern.Range) (out []concern.Record, _ error) {
	s.asked++
	for _, r := range s.recs { // newest first
		if !q.Region.Contains(r.Region) || q.Group != "" && q.Group != r.Group || q.Category != "" && q.Category != r.Category ||
			q.Open != nil && *q.Open != r.State.Open() || r.RaisedAt.Before(q.From) || !q.Until.IsZero() && !r.RaisedAt.Before(q.Until) ||
			q.Before != 0 && r.Serial >= q.Before || q.Least != 1 || !r.Shown() || len(out) == q.Limit {
			continue
		}
		out = append(out, r)
	}
	return out, s.fails
}

func (s *talk311) ConcernUpdates(_ context.Context, id string) ([]concern.UpdateRecord, error) {
	return s.lines[id], nil
}

func (s *talk311) ConcernsJoined(context.Context, string, []string) ([]string, error) {
	return nil, nil
}

type places311 struct{ region.Store }

var names311 = map[region.Code]string{"51": "四川省", "5108": "广元市", "510821": "旺苍县", "510821102": "东河镇", village: "盐井村", village + "03": "三组", "44": "广东省"}

func (places311) Regions(_ context.Context, codes []region.Code) (out []region.Region, _ error) {
	for _, c := range codes {
		if names311[c] != "" {
			out = append(out, region.Region{Code: c, Short: names311[c]})
		}
	}
	return out, nil
}

func (places311) Children(context.Context, region.Code) ([]region.Region, error) {
	return []region.Region{{Code: "44"}, {Code: "51"}}, nil
}

func (places311) ChildCounts(context.Context, []region.Code) (map[region.Code]int, error) {
	return nil, nil
}

type objects311 struct{}

func (objects311) Objects(_ context.Context, ids []string) (out []media.Object, _ error) {
	for _, id := range ids {
		o := media.Object{ID: id, Kind: media.JPEG, Digest: "d-" + id, Thumb: "t-" + id}
		if strings.HasPrefix(id, "voice") {
			o = media.Object{ID: id, Kind: media.MP3, Digest: "d-" + id}
		}
		out = append(out, o)
	}
	return out, nil
}

var now311 = time.Date(2026, 9, 20, 15, 0, 0, 0, calendar.China)

// sample311 holds concerns of every end, and what nobody may see.
func sample311() *talk311 {
	at := func(days int) time.Time { return now311.AddDate(0, 0, -days) }
	base := concern.Record{
		Region: village, Category: "road", Visibility: concern.Public, Review: concern.Passed, Level: "village", Raiser: "account-wang", Resident: "resident-wang",
	}
	var recs []concern.Record
	add := func(id string, days int, state concern.State, change func(r *concern.Record)) {
		r := base
		r.ID, r.State, r.RaisedAt, r.ChangedAt = id, state, at(days), at(days).Add(time.Hour)
		r.Content.Text = "路坏了，" + id
		if !state.Open() {
			r.EndedAt = at(days).Add(30 * time.Minute)
		}
		if change != nil {
			change(&r)
		}
		recs = append(recs, r)
	}
	add("going", 1, concern.InProgress, func(r *concern.Record) {
		r.Group, r.Content.Handler, r.Content.PromisedOn, r.Escalated = village+"03", "村委会主任", "2026-10-01", true
		r.Content.Text, r.Content.Transcript = "三组堰塘边的路垮了，找我 13800138000，<script>&\x01", "就是堰塘边"
		r.Content.Place = concern.Place{Text: "三组堰塘边", Point: &concern.Point{Latitude: 32.22861, Longitude: 106.29034}}
		r.Content.Media = []string{"voice-1", "photo-1", "photo-2"}
	})
	add("raised", 2, concern.Raised, func(r *concern.Record) { r.Category = "water" })
	add("settled", 3, concern.Settled, func(r *concern.Record) {
		r.Content.Result, r.Reopened, r.Visibility = "护栏装好了。", true, concern.Named
	})
	add("unrated", 4, concern.Unrated, nil)
	add("unable", 5, concern.Unable, func(r *concern.Record) { r.Category = "signal" })
	add("not_ours", 6, concern.NotOurs, nil)
	add("merged", 7, concern.Merged, func(r *concern.Record) { r.MergedInto = "going" })
	add("unsatisfied", 8, concern.Unsatisfied, nil)
	add("done", 9, concern.Done, nil)
	add("old", 100, concern.Unrated, nil)
	add("private", 1, concern.InProgress, func(r *concern.Record) { r.Visibility = concern.Private })
	add("sealed", 1, concern.InProgress, func(r *concern.Record) { r.Visibility = concern.Sealed })
	add("pending", 1, concern.InProgress, func(r *concern.Record) { r.Review = concern.Pending })
	add("hidden", 1, concern.InProgress, func(r *concern.Record) { r.Review = concern.Hidden })
	add("withdrawn", 1, concern.Withdrawn, nil)
	for i := range recs {
		recs[i].Serial = int64(1000 - i)
	}
	line := func(n int, kind concern.UpdateKind, by, text string, state concern.State, public bool) concern.UpdateRecord {
		return concern.UpdateRecord{ConcernID: "going", Number: n, Kind: kind, By: by, Text: text, State: state, Public: public, At: at(1).Add(time.Duration(n) * time.Hour), Account: "account-wang"}
	}
	lines := []concern.UpdateRecord{
		line(1, concern.StepTaken, "文书", "", concern.Registered, true),
		line(2, concern.Asked, "村委会主任", "请说说从哪里垮的。", concern.Waiting, false),
		line(3, concern.Answered, "说事人", "从我家门口", concern.InProgress, true),
		line(4, concern.Progress, "村委会主任", "明天挖机进场。", concern.InProgress, true),
	}
	lines[3].Media, lines[3].Review = []string{"photo-3"}, concern.Passed
	return &talk311{recs: recs, lines: map[string][]concern.UpdateRecord{"going": lines}}
}

type site311 struct {
	t     *testing.T
	r     *gin.Engine
	store *talk311
	cache *prepared.Cache
}

func open311Site(t *testing.T, asks int) site311 {
	t.Helper()
	gin.SetMode(gin.ReleaseMode)
	book := rules.FS
	book311, err := concern.LoadRules(book)
	if err != nil {
		t.Fatal(err)
	}
	screen, err := screening.Load(book, "screening.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s := site311{t: t, r: gin.New(), store: sample311(), cache: prepared.New(prepared.Options{})}
	t.Cleanup(s.cache.Close)
	regions, clock := region.New(places311{}), fixedClock{now311}
	_, err = New(s.r, Options{
		Prepared: s.cache, Log: slog.New(slog.DiscardHandler), Metrics: NewMetrics(), Version: "test", Clock: clock, Regions: regions,
		Limiter: &openLimiter{asks}, LastChange: func(context.Context) (int64, error) { return 1, nil },
		Concerns: concern.New(s.store, concern.Options{Places: regions, Media: objects311{}, Rules: book311, Screening: screen, Clock: clock}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

type fixedClock struct{ at time.Time }

func (c fixedClock) Now() time.Time { return c.at }

func (s site311) do(method, path string, header ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	req := httptest.NewRequestWithContext(s.t.Context(), method, "https://cunwu.example.cn"+path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.r.ServeHTTP(w, req)
	return w
}

// ids gives what a question found, in order, from JSON and from XML.
func (s site311) ids(path, query string) []string {
	s.t.Helper()
	w := s.do(http.MethodGet, base311+path+".json?"+query)
	if w.Code != http.StatusOK {
		s.t.Fatalf("%s: %d %s", query, w.Code, w.Body)
	}
	var fromJSON []read311
	if err := json.Unmarshal(w.Body.Bytes(), &fromJSON); err != nil {
		s.t.Fatal(err)
	}
	var fromXML struct {
		Items []read311 `xml:"request"`
	}
	if err := xml.Unmarshal(s.do(http.MethodGet, base311+path+".xml?"+query).Body.Bytes(), &fromXML); err != nil {
		s.t.Fatal(err)
	}
	got := mapped(fromJSON, func(r read311) string { return r.ID })
	if other := mapped(fromXML.Items, func(r read311) string { return r.ID }); !slices.Equal(got, other) {
		s.t.Errorf("%s: JSON %v, XML %v", query, got, other)
	}
	return got
}

// read311 is a request as a program of others reads it.
type read311 struct {
	ID     string `json:"service_request_id" xml:"service_request_id"`
	Status string `json:"status" xml:"status"`
	Notes  string `json:"status_notes" xml:"status_notes"`
}
