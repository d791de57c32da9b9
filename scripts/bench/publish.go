package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

const (
	publishWriters = 16
	publishCount   = 3200
	publishItem    = "A07" // 随时: as many of one day as there are
)

var publishVillages = []string{"510821102200", "510821102202", "510802101201", "510802101203"}

// person is somebody signed in to the demo.
type person struct {
	base, token string
}

// publish measures the publish action alone, over HTTP, on the embedded engine
// with every commit synced: drafting, review and confirmation are done before.
func (b *bench) publish(ctx context.Context) error {
	// The limit of one account is switched off: four villages' officers stand
	// in for those of hundreds here.
	p, err := b.startDemo(ctx, filepath.Join(b.dir, "publish"), "CUNWU_WRITES_PER_SECOND=0")
	if err != nil {
		return err
	}
	defer func() { _ = p.stop() }()
	jobs, err := confirmedPostings(ctx, "http://"+p.app+"/api/v1")
	if err != nil {
		return err
	}
	progress("publishing %d postings", len(jobs))
	start := time.Now()
	waited, err := inParallel(ctx, publishWriters, jobs, func(ctx context.Context, j publishJob) error {
		return j.publisher.post(ctx, "/disclosures/"+j.id+"/actions", map[string]any{"action": "publish"}, nil)
	})
	if err != nil {
		return err
	}
	rate := float64(len(jobs)) / time.Since(start).Seconds()
	t := &table{
		title: fmt.Sprintf("Publishing: the publish action alone, over HTTP, SQLite synchronous=FULL, %d writers, %d postings", publishWriters, len(jobs)),
		head:  []string{"publications/s", "told to wait (429)", "promise", ""},
	}
	t.add(fmt.Sprintf("%.0f", rate), strconv.Itoa(waited), "≥ 300", verdict(rate >= 300))
	t.note("The limit on writes of one account is off (CUNWU_WRITES_PER_SECOND=0).")
	t.print(b.out)
	return nil
}

type publishJob struct {
	id        string
	publisher person
}

// confirmedPostings takes drafts through review and confirmation.
func confirmedPostings(ctx context.Context, base string) ([]publishJob, error) {
	progress("drafting, reviewing and confirming %d postings", publishCount)
	type office struct{ clerk, supervisor, director person }
	offices := make([]office, len(publishVillages))
	for i, v := range publishVillages {
		for role, who := range map[string]*person{"clerk": &offices[i].clerk, "supervisor": &offices[i].supervisor, "director": &offices[i].director} {
			var err error
			if *who, err = signIn(ctx, base, "demo-"+role+"-"+v); err != nil {
				return nil, err
			}
		}
	}
	numbers := make([]int, publishCount)
	for i := range numbers {
		numbers[i] = i
	}
	jobs := make([]publishJob, publishCount)
	_, err := inParallel(ctx, publishWriters, numbers, func(ctx context.Context, i int) error {
		o := offices[i%len(offices)]
		var made struct {
			ID string `json:"id"`
		}
		day := time.Now().AddDate(0, 0, -1-i%60).Format(time.DateOnly)
		if err := o.clerk.post(ctx, "/disclosures", map[string]any{
			"region": publishVillages[i%len(offices)], "item_code": publishItem, "period": day,
			"title": fmt.Sprintf("第%d号公开", i), "summary": "用来量发布速度的公开，没有别的意思。",
		}, &made); err != nil {
			return err
		}
		path := "/disclosures/" + made.ID + "/actions"
		for _, step := range []struct {
			by   person
			body map[string]any
		}{
			{o.clerk, map[string]any{"action": "submit"}},
			{o.supervisor, map[string]any{"action": "approve", "opinion": "同意公开。"}},
			{o.director, map[string]any{"action": "confirm", "note": "同意。"}},
		} {
			if err := step.by.post(ctx, path, step.body, nil); err != nil {
				return err
			}
		}
		// Half are published by the director, half by the clerk, as happens.
		publisher := o.clerk
		if i%8 >= 4 {
			publisher = o.director
		}
		jobs[i] = publishJob{id: made.ID, publisher: publisher}
		return nil
	})
	return jobs, err
}

func signIn(ctx context.Context, base, code string) (person, error) {
	var answer struct {
		Token string `json:"token"`
	}
	err := person{base: base}.post(ctx, "/auth/wechat", map[string]any{"code": code}, &answer)
	return person{base: base, token: answer.Token}, err
}

// post sends JSON and reads the answer into out, if it is wanted.
func (p person) post(ctx context.Context, path string, body map[string]any, out any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	header := map[string]string{"Content-Type": "application/json"}
	if p.token != "" {
		header["Authorization"] = "Bearer " + p.token
	}
	answer, _, err := fetch(ctx, http.MethodPost, p.base+path, header, bytes.NewReader(raw))
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(answer, out)
}

// inParallel does the jobs with n workers and counts how often one was told to
// wait; it waits and tries again then.
func inParallel[T any](ctx context.Context, n int, jobs []T, do func(context.Context, T) error) (waited int, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan T)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			for job := range queue {
				for {
					err := do(ctx, job)
					var r *refusal
					if errors.As(err, &r) && r.status == http.StatusTooManyRequests {
						mu.Lock()
						waited++
						mu.Unlock()
						time.Sleep(100 * time.Millisecond)
						continue
					}
					if err != nil {
						cancel(err)
					}
					break
				}
			}
		})
	}
feeding:
	for _, job := range jobs {
		select {
		case queue <- job:
		case <-ctx.Done():
			break feeding
		}
	}
	close(queue)
	wg.Wait()
	return waited, context.Cause(ctx)
}
