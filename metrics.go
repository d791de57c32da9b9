package main

import (
	"github.com/prometheus/client_golang/prometheus"
)

// figures reads the state of storage and of the prepared answers when the
// metrics are asked for.
type figures struct {
	app      *App
	answers  *prometheus.Desc
	bytes    *prometheus.Desc
	conns    *prometheus.Desc
	waits    *prometheus.Desc
	redisOff *prometheus.Desc
}

func newFigures(a *App) *figures {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("cunwu_"+name, help, labels, nil)
	}
	return &figures{
		app:      a,
		answers:  desc("prepared_lookups_total", "Prepared answers that were not at hand, by what happened: miss, shared, load, failure, stale.", "outcome"),
		bytes:    desc("prepared_bytes", "Bytes of the prepared answers kept in process."),
		conns:    desc("database_connections", "Connections by pool and state.", "pool", "state"),
		waits:    desc("database_wait_seconds_total", "Time spent waiting for a connection, by pool.", "pool"),
		redisOff: desc("redis_away", "1 while Redis is known not to answer."),
	}
}

// Describe names the figures.
func (f *figures) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{f.answers, f.bytes, f.conns, f.waits, f.redisOff} {
		ch <- d
	}
}

// Collect reads them.
func (f *figures) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	count := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	s := f.app.prepared.Stats()
	count(f.answers, float64(s.Misses), "miss")
	count(f.answers, float64(s.SharedHits), "shared")
	count(f.answers, float64(s.Loads), "load")
	count(f.answers, float64(s.Failures), "failure")
	count(f.answers, float64(s.Stale), "stale")
	gauge(f.bytes, float64(s.Bytes))
	for pool, d := range f.app.db.Stats() {
		gauge(f.conns, float64(d.InUse), pool, "in_use")
		gauge(f.conns, float64(d.Idle), pool, "idle")
		count(f.waits, d.WaitDuration.Seconds(), pool)
	}
	if f.app.redis != nil {
		away, _ := f.app.redis.Away()
		v := 0.0
		if away {
			v = 1
		}
		gauge(f.redisOff, v)
	}
}
