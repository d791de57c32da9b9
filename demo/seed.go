package demo

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"sort"
	"strings"
	"sync"

	"cunwu/service/account"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/procedure"
)

// seeder carries what one seeding knows.
type seeder struct {
	s    Services
	o    Options
	plan span
	sum  Summary

	mu      sync.Mutex
	callers map[string]account.Caller // by sign-in code
}

// deed is one step of one posting in the order of time.
type deed struct {
	step
	post *entered
}

// entered is a posting on its way through the services.
type entered struct {
	posting
	shots    []*rendering
	id       string
	revision int
	media    []string
}

// rendering is a file that is being made ahead of its use.
type rendering struct {
	file
	done chan struct{}
	data []byte
	err  error
}

// renderAhead begins to make all files in the background, in the order in which
// they will be needed, and puts the steps of all postings in order of time.
func (x *seeder) renderAhead(ps []posting) []deed {
	x.plan = spanUntil(x.o.Now)
	var deeds []deed
	var queue []*rendering
	for _, p := range ps {
		e := &entered{posting: p}
		for _, f := range p.paper.files {
			r := &rendering{file: f, done: make(chan struct{})}
			e.shots = append(e.shots, r)
			queue = append(queue, r)
		}
		for _, s := range p.steps {
			deeds = append(deeds, deed{s, e})
		}
	}
	sort.SliceStable(deeds, func(i, j int) bool { return deeds[i].at.Before(deeds[j].at) })
	work := make(chan *rendering, len(queue))
	for _, r := range queue {
		work <- r
	}
	close(work)
	for range runtime.GOMAXPROCS(0) {
		go func() {
			for r := range work {
				r.data, r.err = r.render()
				close(r.done)
			}
		}()
	}
	return deeds
}

// postings takes every step at its time, in the name of whoever takes it.
func (x *seeder) postings(ctx context.Context, deeds []deed) error {
	for _, d := range deeds {
		if err := ctx.Err(); err != nil {
			return err
		}
		x.s.Clock.Set(d.at)
		if err := x.take(ctx, d); err != nil {
			p := d.post
			return fmt.Errorf("%s %s %s, %s: %w%s", p.desk.v.name, p.item, p.period, d.action, err, told(err))
		}
	}
	return nil
}

// told lists what a refusal found wrong, for whoever edits the texts.
func told(err error) string {
	f := fault.Of(err)
	if f == nil {
		return ""
	}
	var b strings.Builder
	for _, w := range f.Fields {
		b.WriteString("; " + w.Location + ": " + w.Message)
	}
	return b.String()
}

func (x *seeder) take(ctx context.Context, d deed) error {
	e := d.post
	by := x.caller(fmt.Sprintf("demo-%s-%s", d.by, e.desk.v.code))
	var got disclosure.Posting
	var err error
	switch d.action {
	case actDraft:
		if err := x.upload(ctx, by, e); err != nil {
			return err
		}
		c := e.paper.Content
		if e.first.Title != "" {
			c = e.first.Content
		}
		c.Media = e.media
		got, err = x.s.Disclosures.Draft(ctx, by, x.act(by), disclosure.NewDraft{
			Region: e.desk.v.code, ItemCode: e.item, Period: e.period, Content: c,
		})
		x.sum.Postings++
	case actEdit:
		c := e.paper.Content
		c.Media = e.media
		got, err = x.s.Disclosures.Edit(ctx, by, x.act(by), e.id, disclosure.Changes{Revision: e.revision, Content: c})
	default:
		got, err = x.s.Disclosures.Act(ctx, by, x.act(by), e.id, procedure.Input{Action: d.action, Fields: d.fields})
		if d.action == actPublish && got.Version == 1 {
			x.sum.Published++
		}
	}
	e.id, e.revision = got.ID, got.Revision
	return err
}

// upload takes in the files of a posting, before its draft is begun.
func (x *seeder) upload(ctx context.Context, by account.Caller, e *entered) error {
	for _, r := range e.shots {
		select {
		case <-r.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if r.err != nil {
			return r.err
		}
		o, err := x.s.Media.Upload(ctx, by, x.act(by), r.name, bytes.NewReader(r.data), int64(len(r.data)))
		if err != nil {
			return fmt.Errorf("upload %s: %w", r.name, err)
		}
		e.media = append(e.media, o.ID)
		x.sum.Files++
	}
	return nil
}
