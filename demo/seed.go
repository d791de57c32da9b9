package demo

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"cunwu/service/account"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

// seeder carries what one seeding knows.
type seeder struct {
	s    Services
	o    Options
	plan span
	sum  Summary

	mu      sync.Mutex
	callers map[string]account.Caller // by sign-in code

	signedIn map[string]bool // villagers who signed in once more, to act
	acted    []string        // their codes, in the order of their first act

	topics  map[string]*string // ids of consultations by title, given when they are brought up
	keys    map[string]string  // ids of concerns by their keys in the plan
	rosters map[region.Code]roster
	snaps   *snapshots

	ahead chan struct{} // postings whose files are taken in and not yet used
}

// mostAhead is how many postings the uploads may be ahead of the clock.
const mostAhead = 4

// deed is one act of the sample at its time.
type deed struct {
	at      time.Time
	what    string // for whoever edits the texts, where it is refused
	do      func(ctx context.Context) error
	uploads *entered // whose files it needs, or nil
	shots   []*shot  // pictures that it needs besides
}

// entered is a posting on its way through the services.
type entered struct {
	posting
	shots    []*rendering
	id       string
	revision int
	media    []string
	ready    chan struct{} // closed when media or failed is set
	failed   error
	nothing  bool // the records had nothing to report
}

func (e *entered) name() string { return e.desk.v.name + " " + e.item + " " + e.period }

// rendering is a file that is being made ahead of its use.
type rendering struct {
	file
	done chan struct{}
	data []byte
	err  error
}

// renderAhead begins to make all files in the background, in the order in which
// they will be needed, and puts all acts in order of time.
func (x *seeder) renderAhead(ps []posting, rs []ruling) []deed {
	x.plan = spanUntil(x.o.Now)
	deeds := slices.Concat(x.ruled(rs), x.told(), x.deciding(), x.concerns(), x.covenants(), x.councils(), x.boards())
	var queue []*rendering
	for _, p := range ps {
		e := &entered{posting: p, ready: make(chan struct{})}
		for _, f := range p.paper.files {
			r := &rendering{file: f, done: make(chan struct{})}
			e.shots = append(e.shots, r)
			queue = append(queue, r)
		}
		for _, s := range p.steps {
			d := deed{at: s.at, what: e.name() + ", " + s.action, do: func(ctx context.Context) error { return x.take(ctx, s, e) }}
			if s.action == actDraft && len(e.shots) > 0 {
				d.uploads = e
			}
			deeds = append(deeds, d)
		}
		deeds = append(deeds, x.after(e)...)
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
	ctx, cancel := context.WithCancel(ctx)
	x.ahead = make(chan struct{}, mostAhead)
	done := make(chan struct{})
	go func() {
		defer close(done)
		x.uploadAhead(ctx, deeds)
	}()
	defer func() {
		cancel()
		<-done
	}()
	for _, d := range deeds {
		if err := ctx.Err(); err != nil {
			return err
		}
		x.s.Clock.Set(d.at)
		if err := d.do(ctx); err != nil {
			return fmt.Errorf("%s: %w%s", d.what, err, told(err))
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

func (x *seeder) take(ctx context.Context, d step, e *entered) error {
	if e.nothing {
		return nil
	}
	by := x.caller(fmt.Sprintf("demo-%s-%s", d.by, e.desk.v.code))
	var got disclosure.Posting
	var err error
	switch d.action {
	case actDraft:
		if err := x.uploaded(ctx, e); err != nil {
			return err
		}
		if e.report {
			got, err = x.reported(ctx, by, e)
			break
		}
		c := e.content(e.paper)
		if e.first.Title != "" {
			c = e.content(e.first)
		}
		got, err = x.s.Disclosures.Draft(ctx, by, x.act(by), disclosure.NewDraft{
			Region: e.desk.v.code, ItemCode: e.item, Period: e.period, Content: c,
		})
		x.sum.Postings++
	case actEdit:
		c := e.content(e.paper)
		got, err = x.s.Disclosures.Edit(ctx, by, x.act(by), e.id, disclosure.Changes{Revision: e.revision, Content: c})
	default:
		in := procedure.Input{Action: d.action, Fields: d.fields}
		if d.action == actApprove {
			in.Media = e.media // looked at one by one
		}
		got, err = x.s.Disclosures.Act(ctx, by, x.act(by), e.id, in)
		if d.action == actPublish && got.Version == 1 {
			x.sum.Published++
		}
	}
	e.id, e.revision = got.ID, got.Revision
	return err
}

// content gives a paper with the files as they were taken in.
func (e *entered) content(p paper) disclosure.Content {
	c := p.Content
	c.Media = e.media
	for i, f := range e.paper.files {
		if f.line > 0 {
			c.Lines = slices.Clone(c.Lines)
			c.Lines[f.line-1].Image = e.media[i]
		}
	}
	return c
}

// uploadAhead takes in the files in the order in which they are needed, not more
// than a few postings ahead of the clock: taking in a picture costs as much time
// as ten steps, and the steps use one processor only.
func (x *seeder) uploadAhead(ctx context.Context, deeds []deed) {
	for _, d := range deeds {
		for _, s := range d.shots {
			if !s.ahead(ctx, x) {
				return
			}
		}
		if d.uploads == nil {
			continue
		}
		select {
		case x.ahead <- struct{}{}:
		case <-ctx.Done():
			return
		}
		d.uploads.failed = x.upload(ctx, d.uploads)
		close(d.uploads.ready)
	}
}

// upload takes in the files of a posting in the name of its clerk.
func (x *seeder) upload(ctx context.Context, e *entered) error {
	by := x.caller(fmt.Sprintf("demo-%s-%s", account.Clerk, e.desk.v.code))
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
	}
	return nil
}

// uploaded waits until the files of a posting are taken in.
func (x *seeder) uploaded(ctx context.Context, e *entered) error {
	if len(e.shots) == 0 {
		return nil
	}
	select {
	case <-e.ready:
	case <-ctx.Done():
		return ctx.Err()
	}
	<-x.ahead
	x.sum.Files += len(e.media)
	return e.failed
}
