package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"cunwu/service/region"
)

// memoryRequests are many times what the cache of pages holds: most are read from
// the database, which is what costs memory.
const memoryRequests = 60_000

// memory reads the resident memory of the released program: idle in the demo,
// and under load with the large data set.
func (b *bench) memory(ctx context.Context) error {
	t := &table{
		title: "Resident memory (VmRSS, and VmHWM: the most since the start)",
		head:  []string{"when", "MB now", "MB at most", "promise", ""},
	}
	if err := b.idleMemory(ctx, t); err != nil {
		return err
	}
	if err := b.loadedMemory(ctx, t); err != nil {
		return err
	}
	t.print(b.out)
	return nil
}

func (b *bench) idleMemory(ctx context.Context, t *table) error {
	for _, start := range []string{"first start, just seeded", "second start"} {
		p, err := b.startDemo(ctx, filepath.Join(b.dir, "idle"))
		if err != nil {
			return err
		}
		for _, path := range []string{"/", "/r/5108", "/api/v1/feed?region=5108"} {
			if _, _, err := fetch(ctx, http.MethodGet, "http://"+p.app+path, nil, nil); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Second):
		}
		now, most := p.memory()
		t.add("demo, idle for 10 s, "+start, fmt.Sprintf("%.0f", now), fmt.Sprintf("%.0f", most), "< 80 now", verdict(now < 80))
		if err := p.stop(); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) loadedMemory(ctx context.Context, t *table) error {
	data, err := b.million(ctx)
	if err != nil {
		return err
	}
	p, err := b.startDemo(ctx, data.dir)
	if err != nil {
		return err
	}
	defer func() { _ = p.stop() }()
	var requests []request
	for _, level := range []region.Level{region.City, region.County, region.Township, region.Village} {
		for _, place := range data.places[level] {
			for _, category := range []string{"", pageCategory} {
				for _, limit := range []int{10, 20, 50} {
					requests = append(requests, get(p.app, feedPath(place, category, "", limit), "Accept-Encoding: gzip"))
				}
			}
		}
	}
	progress("%d requests over %d pages", memoryRequests, len(requests))
	peak, done := watchMemory(p)
	rate, err := hammer(ctx, feedConnections, memoryRequests, http.StatusOK, func(n int) request {
		return requests[(n*7919)%len(requests)] // all of them, in no neighbourly order
	})
	highest := peak()
	<-done
	if err != nil {
		return err
	}
	_, most := p.memory()
	t.add(fmt.Sprintf("%d postings, %d connections over %d different pages, %.0f requests/s", data.postings, feedConnections, len(requests), rate),
		fmt.Sprintf("%.0f", highest), fmt.Sprintf("%.0f", most), "< 200", verdict(most < 200))
	return nil
}

// watchMemory notes the highest resident memory until peak is called.
func watchMemory(p *process) (peak func() float64, done <-chan struct{}) {
	stop, ended := make(chan struct{}), make(chan struct{})
	var highest float64
	go func() {
		defer close(ended)
		for {
			now, _ := p.memory()
			highest = max(highest, now)
			select {
			case <-stop:
				return
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	return func() float64 {
		close(stop)
		<-ended
		return highest
	}, ended
}
